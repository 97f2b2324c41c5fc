//! Where on its texture a point of a geom is, as MuJoCo's renderer has it.

use crate::math::lanes::{LaneMask, Lanes, atan2};
use crate::math::spatial::V3;
use crate::model::{Geom, GeomType, Material, Texture, TextureType};
use std::f64::consts::FRAC_1_PI;

/// How a texture lies on a geom.
#[derive(Clone, Debug)]
pub(super) enum Mapping {
    /// From above: repetitions per metre along x and against y, and where the first begins.
    Flat { scale: [f64; 2], offset: [f64; 2] },
    /// On each side of a box: its half-lengths [m], and repetitions on a side.
    Box { half: V3<f64>, repeat: [f64; 2] },
    /// By longitude and latitude of a sphere or ellipsoid of these radii [m].
    Globe { radii: V3<f64>, repeat: [f64; 2] },
    /// By longitude and height, and from above on the ends; half-lengths [m].
    Drum { half: V3<f64>, repeat: [f64; 2] },
    /// By longitude and height, and by latitude on both ends; radius and half of the straight part [m].
    Pill { radius: f64, half: f64, repeat: [f64; 2] },
    /// A cube about the geom that is seen from its middle: what a metre is along each axis, and the most of them; of a
    /// pill what lies beyond its straight part.
    Cube { scale: V3<f64>, rate: f64, ends: Option<[f64; 2]> },
}

/// Where a sample is on a texture, in repetitions, and how many a metre of the surface covers.
#[derive(Clone, Copy)]
pub(super) struct Spot<L: Lanes> {
    pub s: L,
    pub t: L,
    pub rate_s: L,
    pub rate_t: L,
    /// On the upper or lower side of a cube.
    pub is_level: L::Mask,
}

impl Mapping {
    /// That of a geom with this material.
    pub fn new(material: &Material, texture: &Texture, geom: &Geom) -> Self {
        let whole = |size: f64| size > 0.0 && size.is_finite();
        let [a, b, c] = geom.size;
        // Half-lengths; what has none is measured in metres.
        let half = match geom.geom_type {
            GeomType::Sphere => [a; 3],
            GeomType::Capsule | GeomType::Cylinder => [a, a, b],
            _ => [a, b, c],
        };
        let half = half.map(|size| if whole(size) { size } else { 1.0 });
        let is_uniform = material.texuniform;
        if texture.texture_type != TextureType::Flat2d {
            return Self::cube(geom, half, is_uniform);
        }
        // Of a uniform texture sizes count along two axes, whatever side is meant.
        let repeat = [0, 1].map(|k| material.texrepeat[k] * if is_uniform { half[k] } else { 1.0 });
        match geom.geom_type {
            GeomType::Box => Self::Box { half, repeat },
            GeomType::Sphere | GeomType::Ellipsoid => Self::Globe { radii: half, repeat },
            GeomType::Cylinder => Self::Drum { half, repeat },
            GeomType::Capsule => Self::Pill { radius: a, half: b, repeat },
            _ => {
                let scale = [0, 1].map(|k| 0.5 * repeat[k] / half[k]);
                // A plane with an end begins there.
                let begins =
                    |k: usize| match geom.geom_type == GeomType::Plane && whole(geom.size[k]) {
                        true => scale[k] * half[k],
                        false => 0.5,
                    };
                Self::Flat { scale, offset: [begins(0), begins(1)] }
            }
        }
    }

    /// Of planes, meshes and height fields a metre is a metre, of others a half-length is one.
    fn cube(geom: &Geom, half: V3<f64>, is_uniform: bool) -> Self {
        let is_scaled =
            !matches!(geom.geom_type, GeomType::Plane | GeomType::Mesh | GeomType::HeightField);
        let scale = half.map(|half| match (is_scaled, is_uniform) {
            (true, false) => 1.0 / half,
            (false, true) => half,
            _ => 1.0,
        });
        let rate = 0.5 * scale.into_iter().fold(0.0, f64::max);
        let ends = (geom.geom_type == GeomType::Capsule).then_some([half[0], half[2]]);
        Self::Cube { scale, rate, ends }
    }

    /// Whether what lies beyond an edge is the next repetition.
    pub fn repeats(&self) -> bool {
        !matches!(self, Self::Cube { .. })
    }

    /// The place of a point of the geom with a normal, both in its frame.
    #[inline(always)]
    pub fn spot<L: Lanes>(&self, at: V3<L>, normal: V3<L>) -> Spot<L> {
        match *self {
            Self::Flat { scale, offset } => Spot {
                s: at[0] * L::splat(scale[0]) + L::splat(offset[0]),
                t: L::splat(offset[1]) - at[1] * L::splat(scale[1]),
                rate_s: L::splat(scale[0]),
                rate_t: L::splat(scale[1]),
                is_level: L::Mask::splat(false),
            },
            Self::Box { half, repeat } => on_box(at, normal, half, repeat),
            Self::Globe { radii, repeat } => {
                let unit = [0, 1, 2].map(|k| at[k] * L::splat(1.0 / radii[k]));
                let across = (unit[0] * unit[0] + unit[1] * unit[1]).sqrt();
                let latitude = atan2(unit[2], across) * L::splat(FRAC_1_PI);
                let radius = L::splat(radii[0]) * across;
                round(unit, L::splat(0.5) - latitude, (radius, FRAC_1_PI / radii[2]), repeat)
            }
            Self::Drum { half, repeat } => {
                let unit = [0, 1, 2].map(|k| at[k] * L::splat(1.0 / half[k]));
                let height = L::splat(0.5) - L::splat(0.5) * unit[2];
                let side = round(unit, height, (L::splat(half[0]), 0.5 / half[2]), repeat);
                let [s, t] =
                    [0, 1].map(|k| (L::splat(0.5) + L::splat(0.5) * unit[k]) * L::splat(repeat[k]));
                let rates = [0, 1].map(|k| L::splat(0.5 * repeat[k] / half[k]));
                let is_end = L::splat(0.5).lt(normal[2].abs());
                choose(
                    is_end,
                    Spot {
                        s,
                        t,
                        rate_s: rates[0],
                        rate_t: rates[1],
                        is_level: L::Mask::splat(false),
                    },
                    side,
                )
            }
            Self::Pill { radius, half, repeat } => {
                let above = at[2].abs() - L::splat(half);
                let across = (at[0] * at[0] + at[1] * at[1]).sqrt();
                let latitude = atan2(above, across) * L::splat(2.0 * FRAC_1_PI);
                let is_up = L::zero().le(at[2]);
                let height = L::splat(0.5) - at[2] * L::splat(0.5 / half.max(1e-9));
                let ball = L::select(is_up, L::one() - latitude, latitude);
                let down = L::select(L::zero().lt(above), ball, height);
                round(at, down, (across, FRAC_1_PI / radius), repeat)
            }
            Self::Cube { scale, rate, ends } => on_cube(beyond(at, ends), scale, rate),
        }
    }
}

#[inline(always)]
fn choose<L: Lanes>(first: L::Mask, a: Spot<L>, b: Spot<L>) -> Spot<L> {
    Spot {
        s: L::select(first, a.s, b.s),
        t: L::select(first, a.t, b.t),
        rate_s: L::select(first, a.rate_s, b.rate_s),
        rate_t: L::select(first, a.rate_t, b.rate_t),
        is_level: L::Mask::splat(false),
    }
}

/// Around the z axis at a radius [m], and a part of the way down, of which a metre is so much.
#[inline(always)]
fn round<L: Lanes>(at: V3<L>, down: L, (radius, rate): (L, f64), repeat: [f64; 2]) -> Spot<L> {
    let turn = 0.5 * FRAC_1_PI;
    let around = atan2(at[1], at[0]) * L::splat(turn);
    let around = L::select(around.lt(L::zero()), around + L::one(), around);
    Spot {
        s: around * L::splat(repeat[0]),
        t: down * L::splat(repeat[1]),
        rate_s: L::splat(turn * repeat[0]) / radius.max(L::splat(1e-6)),
        rate_t: L::splat(rate * repeat[1]),
        is_level: L::Mask::splat(false),
    }
}

/// On the side that a normal is of: of those along z from x and y, of others from what lies across and z.
#[inline(always)]
fn on_box<L: Lanes>(at: V3<L>, normal: V3<L>, half: V3<f64>, repeat: [f64; 2]) -> Spot<L> {
    let (is_x, is_y) = largest(normal);
    let part = |k: usize| at[k] * L::splat(0.5 / half[k]);
    let rate = |k: usize| L::splat(0.5 / half[k]);
    let is_side = is_x | is_y;
    let across = L::select(is_x, part(1), part(0));
    let up = L::select(is_side, part(2), part(1));
    Spot {
        s: (L::splat(0.5) + across) * L::splat(repeat[0]),
        t: (L::splat(0.5) - up) * L::splat(repeat[1]),
        rate_s: L::select(is_x, rate(1), rate(0)) * L::splat(repeat[0]),
        rate_t: L::select(is_side, rate(2), rate(1)) * L::splat(repeat[1]),
        is_level: L::Mask::splat(false),
    }
}

/// Where x is the largest part, and where y is.
#[inline(always)]
fn largest<L: Lanes>(of: V3<L>) -> (L::Mask, L::Mask) {
    let [x, y, z] = [of[0].abs(), of[1].abs(), of[2].abs()];
    (y.lt(x) & z.lt(x), x.le(y) & z.lt(y))
}

/// MuJoCo's capsule is a cylinder with half a sphere on each end, and each has coordinates of its own.
#[inline(always)]
fn beyond<L: Lanes>(at: V3<L>, ends: Option<[f64; 2]>) -> V3<L> {
    let Some([radius, half]) = ends else { return at };
    let above = at[2].abs() - L::splat(half);
    let stretched = L::splat(half) + above * L::splat(half / radius);
    let z = L::select(L::zero().lt(above), stretched.flip_sign(at[2]), at[2]);
    [at[0], at[1], z]
}

/// OpenGL's sides of a cube (1.5, "3.8.6 Cube map texture selection").
#[inline(always)]
fn on_cube<L: Lanes>(at: V3<L>, scale: V3<f64>, rate: f64) -> Spot<L> {
    let [x, y, z] = [0, 1, 2].map(|k| at[k] * L::splat(scale[k]));
    let (is_x, is_y) = largest([x, y, z]);
    let main = L::select(is_x, x, L::select(is_y, y, z));
    let is_up = L::zero().le(main);
    let s = L::select(is_y, x, L::select(is_x, -z, x));
    let s = L::select(is_up | is_y, s, -s);
    let t = L::select(is_y, L::select(is_up, z, -z), -y);
    let length = main.abs().max(L::splat(1e-9));
    let half = L::splat(0.5);
    let rate = L::splat(rate) / length;
    Spot {
        s: half + half * s / length,
        t: half + half * t / length,
        rate_s: rate,
        rate_t: rate,
        is_level: !(is_x | is_y),
    }
}

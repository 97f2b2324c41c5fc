//! Patterns and pictures on surfaces, and the sky.

use super::mapping::{Mapping, Spot};
use super::pixels::Pyramid;
use crate::math::lanes::{Lanes, atan2};
use crate::math::rays::dot;
use crate::math::spatial::V3;
use crate::model::{Builtin, Geom, GeomType, Material, Texture, TextureMark, TextureType};
use std::f64::consts::FRAC_2_PI;
use std::sync::Arc;

/// What is on a geom, and where.
#[derive(Clone, Debug)]
pub(super) struct Print {
    mapping: Mapping,
    ink: Ink,
}

#[derive(Clone, Debug)]
enum Ink {
    Pattern(Pattern),
    Picture(Arc<Pyramid>),
}

/// A builtin texture.
#[derive(Clone, Debug)]
struct Pattern {
    builtin: Builtin,
    is_cube: bool,
    rgb1: V3<f64>,
    rgb2: V3<f64>,
    mark: TextureMark,
    markrgb: V3<f64>,
    /// One over the pixels of a repetition.
    pixel: f64,
}

impl Print {
    /// None for a texture whose file is not read, and for a picture on a mesh, which may have places for it of its own.
    pub fn new(
        material: &Material,
        (texture, pixels): (&Texture, Option<&Arc<Pyramid>>),
        geom: &Geom,
    ) -> Option<Self> {
        let ink = match pixels.filter(|_| geom.geom_type != GeomType::Mesh) {
            Some(pixels) => Ink::Picture(pixels.clone()),
            None => Ink::Pattern(Pattern::new(texture)?),
        };
        Some(Self { mapping: Mapping::new(material, texture, geom), ink })
    }

    /// The colour at a point of the geom with a normal, both in its frame, in lanes that are seen; `width` is what a
    /// sample covers there [m].
    #[inline(always)]
    pub fn colour<L: Lanes>(&self, at: V3<L>, normal: V3<L>, width: L, seen: L::Mask) -> [L; 3] {
        let spot = self.mapping.spot(at, normal);
        let widths = [width * spot.rate_s, width * spot.rate_t];
        match &self.ink {
            Ink::Pattern(pattern) => {
                pattern.colour(&spot, widths.map(|it| it.max(L::splat(1e-6))), at)
            }
            Ink::Picture(pixels) => {
                let [cols, rows] = pixels.size().map(|n| L::splat(n as f64));
                let reach = (widths[0] * cols).max(widths[1] * rows);
                let repeats = self.mapping.repeats();
                let place = match repeats {
                    true => [fraction(spot.s), fraction(spot.t)],
                    false => [spot.s, spot.t],
                };
                pixels.colour(place, reach, seen, repeats)
            }
        }
    }
}

impl Pattern {
    fn new(texture: &Texture) -> Option<Self> {
        Some(Self {
            builtin: texture.builtin?,
            is_cube: texture.texture_type != TextureType::Flat2d,
            rgb1: texture.rgb1,
            rgb2: texture.rgb2,
            mark: texture.mark,
            markrgb: texture.markrgb,
            pixel: 1.0 / texture.width.max(1) as f64,
        })
    }

    /// The colour at a place, where a sample covers so much of a repetition; `at` is the point [m].
    #[inline(always)]
    fn colour<L: Lanes>(&self, spot: &Spot<L>, [width_s, width_t]: [L; 2], at: V3<L>) -> [L; 3] {
        let Spot { s, t, is_level, .. } = *spot;
        let first = match self.builtin {
            Builtin::Checker => {
                let both = square_wave(s, width_s) * square_wave(t, width_t);
                // MuJoCo has both colours of a cube the other way round on two of its sides.
                let both = L::select(is_level, -both, both);
                L::splat(0.5) + L::splat(0.5) * both
            }
            Builtin::Gradient if self.is_cube => rise(at[2], dot(at, at).sqrt()),
            Builtin::Gradient => {
                let (x, y) = (fraction(s) - L::splat(0.5), fraction(t) - L::splat(0.5));
                (L::one() - L::splat(2.0) * (x * x + y * y).sqrt()).max(L::zero())
            }
            Builtin::Flat => L::one(),
        };
        let mark = self.marks(s, width_s).max(self.marks(t, width_t));
        let mut colour = [L::zero(); 3];
        for k in 0..3 {
            let plain = mix(self.rgb1[k], self.rgb2[k], first);
            colour[k] = plain + mark * (L::splat(self.markrgb[k]) - plain);
        }
        colour
    }

    /// How much of a sample lies on marks along one axis.
    #[inline(always)]
    fn marks<L: Lanes>(&self, s: L, width: L) -> L {
        let half = match self.mark {
            TextureMark::Edge => self.pixel,
            TextureMark::Cross => 0.5 * self.pixel,
            TextureMark::None | TextureMark::Random => return L::zero(),
        };
        let from_middle = (fraction(s) - L::splat(0.5)).abs();
        let away = match self.mark {
            TextureMark::Edge => L::splat(0.5) - from_middle,
            _ => from_middle,
        };
        let near = ((L::splat(half) - away) / width + L::splat(0.5)).clamp(L::zero(), L::one());
        // A sample that is as wide as a repetition has its mean.
        let wide = (width + width - L::one()).clamp(L::zero(), L::one());
        near + wide * (L::splat(2.0 * half) - near)
    }
}

#[inline(always)]
fn fraction<L: Lanes>(x: L) -> L {
    x - x.floor()
}

#[inline(always)]
fn mix<L: Lanes>(first: f64, second: f64, part: L) -> L {
    L::splat(second) + part * L::splat(first - second)
}

/// The mean, over a width about a place, of a wave that is 1 in the first half of each unit and -1 in the
/// second. From afar a checker is its mean colour, as a picture of it would be.
#[inline(always)]
fn square_wave<L: Lanes>(s: L, width: L) -> L {
    let half = width * L::splat(0.5);
    (triangle(s + half) - triangle(s - half)) / width
}

/// The integral of the wave.
#[inline(always)]
fn triangle<L: Lanes>(s: L) -> L {
    let part = fraction(s);
    part.min(L::one() - part)
}

/// From 0 straight down to 1 straight up: MuJoCo's gradient, to about a hundredth.
#[inline(always)]
fn rise<L: Lanes>(up: L, length: L) -> L {
    let across = (length * length - up * up).max(L::zero()).sqrt();
    let part = atan2(up, across) * L::splat(FRAC_2_PI);
    let bent = part * (L::splat(1.35) - L::splat(0.35) * part * part);
    L::splat(0.5) + L::splat(0.5) * bent
}

/// What is seen where there is nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Heaven {
    Black,
    /// Colours straight up and straight down.
    Gradient(V3<f64>, V3<f64>),
    /// Ours: from the horizon to straight up, and plain below.
    Soft,
    Flat(V3<f64>),
}

const HORIZON: V3<f64> = [0.86, 0.91, 0.96];
const ZENITH: V3<f64> = [0.38, 0.56, 0.82];

impl Heaven {
    /// By a ray's direction in the world.
    #[inline(always)]
    pub fn colour<L: Lanes>(&self, up: L, length: L) -> [L; 3] {
        let (first, second, part) = match self {
            Self::Black => return [L::zero(); 3],
            Self::Flat(rgb) => return [L::splat(rgb[0]), L::splat(rgb[1]), L::splat(rgb[2])],
            Self::Gradient(above, below) => (above, below, rise(up, length)),
            Self::Soft => {
                let high = (up / length).clamp(L::zero(), L::one()).sqrt();
                (&ZENITH, &HORIZON, high)
            }
        };
        [
            mix(first[0], second[0], part),
            mix(first[1], second[1], part),
            mix(first[2], second[2], part),
        ]
    }
}

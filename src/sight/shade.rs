//! The colour of each sample: Phong's model with MuJoCo's lights and materials (OpenGL 1.5, "2.14 Colors and
//! Coloring"), seen from where the camera is.

use super::bounds::Rect;
use super::canvas::{Canvas, SKY};
use super::lamp::{Lamp, SHININESS, power};
use super::pose::WorldFrame;
use super::renderer::Background;
use super::shadow::{Lit, blocked};
use super::stage::{Placed, RayScene};
use super::texture::{Heaven, Print};
use crate::math::lanes::{LaneMask, Lanes, MOST_LANES};
use crate::math::rays::{Solid, dot, normal, point, scaled, unit};
use crate::math::spatial::{V3, rotate_back, splat3};
use crate::model::{Geom, TextureType};
use crate::physics::RayShape;

/// How a geom answers light.
#[derive(Clone, Debug)]
pub(super) struct Paint {
    rgb: V3<f64>,
    print: Option<Print>,
    emission: f64,
    specular: f64,
    shininess: u32,
}

impl Paint {
    fn new(stage: &RayScene, geom: &Geom) -> Self {
        let model = &stage.model;
        let material = geom.matid.and_then(|index| model.materials.get(index));
        let texture = material.and_then(|it| model.textures.get(it.texid?).zip(it.texid));
        let print = material.zip(texture).and_then(|(it, (of, index))| {
            let pixels = stage.pixels.get(index).and_then(Option::as_ref);
            Print::new(it, (of, pixels), geom)
        });
        // What has no material has these (mjv_updateScene).
        let (emission, specular, shininess) =
            material.map_or((0.0, 0.5, 0.5), |it| (it.emission, it.specular, it.shininess));
        Self {
            rgb: [0, 1, 2].map(|k| f64::from(geom.rgba[k])),
            print,
            emission,
            specular,
            shininess: (shininess * SHININESS).clamp(0.0, SHININESS).round() as u32,
        }
    }
}

/// What is the same in all pictures of a model.
#[derive(Clone, Debug)]
pub(super) struct Palette {
    /// Of each of the stage's props.
    paints: Vec<Paint>,
    pub heaven: Heaven,
}

impl Palette {
    pub fn new(stage: &RayScene, backdrop: Background) -> Self {
        let model = &stage.model;
        let paint = |prop: &super::stage::Prop| Paint::new(stage, &model.geoms[prop.geomid]);
        let skies = &mut model.textures.iter();
        let sky = skies.find(|it| it.texture_type == TextureType::Skybox);
        let heaven = match sky.and_then(|sky| Some((sky, sky.builtin?))) {
            Some((sky, crate::model::Builtin::Gradient)) => Heaven::Gradient(sky.rgb1, sky.rgb2),
            Some((sky, _)) => Heaven::Flat(sky.rgb1),
            None if backdrop == Background::Day => Heaven::Soft,
            None => Heaven::Black,
        };
        Self { paints: stage.props.iter().map(paint).collect(), heaven }
    }

    /// Gives the stage's props other colours, one after the other.
    pub fn recolour(&mut self, colours: impl Iterator<Item = V3<f64>>) {
        self.paints.iter_mut().zip(colours).for_each(|(paint, rgb)| paint.rgb = rgb);
    }
}

/// Everything that colours are made of, for one environment.
#[derive(Clone, Copy)]
pub(super) struct Light<'a, L> {
    pub stage: &'a RayScene,
    pub palette: &'a Palette,
    pub placed: &'a [Placed<L>],
    pub lamps: &'a [Lamp<L>],
    /// As `shadow::shades`.
    pub shades: &'a [Option<Rect>],
    /// World from camera: of it only the way up counts.
    pub up: V3<L>,
    /// Height of a sample at depth 1 [m].
    pub sample: L,
}

/// The way up in the camera's frame.
pub(super) fn upward<L: Lanes>(eye: &WorldFrame) -> V3<L> {
    splat3([eye.mat[6], eye.mat[7], eye.mat[8]])
}

/// What the samples of a strip are on, each its own.
struct Skin<L: Lanes> {
    /// Something is met.
    seen: L::Mask,
    /// Where, in the camera's frame [m].
    at: V3<L>,
    depth: L,
    geom: L,
    /// Unit vector to the camera.
    view: V3<L>,
    /// As `Canvas::halving`.
    halving: L,
    /// Outward, in the camera's frame.
    normal: V3<L>,
    base: [L; 3],
    emission: L,
    specular: L,
    shininess: L,
    /// The different values of `shininess`.
    exponents: [u32; MOST_LANES],
    n_exponents: usize,
}

impl<L: Lanes> Light<'_, L> {
    /// The colours of a strip, from 0 to 1 and beyond.
    #[inline(always)]
    pub fn strip(&self, canvas: &Canvas<L>, row: usize, strip: usize) -> [L; 3] {
        let geom = canvas.geom[row * canvas.strips + strip];
        let is_sky = geom.equal(L::splat(SKY));
        if !(!is_sky).any() {
            return self.sky(canvas, row, strip);
        }
        let mut skin = self.bare(canvas, row, strip);
        let mut left = !is_sky;
        for lane in 0..L::WIDTH {
            if !left.lane(lane) {
                continue;
            }
            let number = geom.lane(lane);
            let same = geom.equal(L::splat(number));
            self.cover(canvas, row, strip, number as usize, same, &mut skin);
            left = left & !same;
            if !left.any() {
                break;
            }
        }
        let mut colour = self.lighted(&skin, [row, strip]);
        if is_sky.any() {
            let heaven = self.sky(canvas, row, strip);
            for k in 0..3 {
                colour[k] = L::select(is_sky, heaven[k], colour[k]);
            }
        }
        colour
    }

    #[inline(always)]
    fn sky(&self, canvas: &Canvas<L>, row: usize, strip: usize) -> [L; 3] {
        let along = canvas.direction(row, strip);
        self.palette.heaven.colour(dot(self.up, along), dot(along, along).sqrt())
    }

    /// Where the samples are, without what they are on.
    #[inline(always)]
    fn bare(&self, canvas: &Canvas<L>, row: usize, strip: usize) -> Skin<L> {
        let place = row * canvas.strips + strip;
        let geom = canvas.geom[place];
        let seen = !geom.equal(L::splat(SKY));
        let depth = L::select(seen, canvas.depth[place], L::one());
        let (direction, scale) = (canvas.direction(row, strip), canvas.shortening[place]);
        let at = match canvas.parallel {
            true => [canvas.x[strip], L::splat(canvas.y[row]), -depth],
            false => [direction[0] * depth, direction[1] * depth, -depth],
        };
        let zero = L::zero();
        Skin {
            seen,
            at,
            depth,
            geom,
            view: scaled([-direction[0], -direction[1], -direction[2]], scale),
            halving: canvas.halving[place],
            normal: [zero, zero, L::one()],
            base: [zero; 3],
            emission: zero,
            specular: zero,
            shininess: zero,
            exponents: [0; MOST_LANES],
            n_exponents: 0,
        }
    }

    /// Puts one geom's normals and colours where it is seen.
    #[inline(always)]
    fn cover(
        &self,
        canvas: &Canvas<L>,
        row: usize,
        strip: usize,
        geom: usize,
        seen: L::Mask,
        skin: &mut Skin<L>,
    ) {
        let (placed, paint) = (&self.placed[geom], &self.palette.paints[geom]);
        let is_plane = matches!(self.stage.props[geom].shape, RayShape::Solid(Solid::Plane));
        let (mut local, mut facing) = ([L::zero(); 3], [L::zero(), L::zero(), L::one()]);
        // Of a plane all that counts of a place is the pattern there.
        if !is_plane || paint.print.is_some() {
            let (from, along) = canvas.ray(placed, row, strip);
            local = point(from, along, skin.depth);
        }
        let mut normal = [placed.axes[6], placed.axes[7], placed.axes[8]];
        if !is_plane {
            facing = self.normal(canvas, row * canvas.strips + strip, geom, local);
            normal = rotate_back(&placed.axes, facing);
        }
        let mut base = splat3(paint.rgb);
        if let Some(print) = &paint.print {
            // What a sample covers on a surface that it sees at a slant.
            let slant = dot(normal, skin.view).max(L::splat(0.02));
            let reach = if canvas.parallel { L::one() } else { skin.depth };
            let own = print.colour(local, facing, self.sample * reach / slant, seen);
            base = [base[0] * own[0], base[1] * own[1], base[2] * own[2]];
        }
        for k in 0..3 {
            skin.normal[k] = L::select(seen, normal[k], skin.normal[k]);
            skin.base[k] = L::select(seen, base[k], skin.base[k]);
        }
        skin.emission = L::select(seen, L::splat(paint.emission), skin.emission);
        skin.specular = L::select(seen, L::splat(paint.specular), skin.specular);
        let exponent = L::splat(f64::from(paint.shininess));
        skin.shininess = L::select(seen, exponent, skin.shininess);
        if !skin.exponents[..skin.n_exponents].contains(&paint.shininess) {
            skin.exponents[skin.n_exponents] = paint.shininess;
            skin.n_exponents += 1;
        }
    }

    /// The light that the samples send to the camera.
    #[inline(always)]
    fn lighted(&self, skin: &Skin<L>, at: [usize; 2]) -> [L; 3] {
        let base = skin.base;
        let mut colour =
            [base[0] * skin.emission, base[1] * skin.emission, base[2] * skin.emission];
        for (index, lamp) in self.lamps.iter().enumerate() {
            let (to, distance, arrives) = lamp.at(skin.at);
            let cosine = dot(skin.normal, to);
            let mut reached = skin.seen & L::zero().lt(cosine) & L::zero().lt(arrives);
            if lamp.casts && reached.any() {
                let (place, depth, geom) = (skin.at, skin.depth, skin.geom);
                let lit = Lit { at: place, depth, to, distance, geom, lit: reached };
                let shades = &self.shades[index * self.placed.len()..];
                reached = reached & !blocked(self.stage, self.placed, shades, at, &lit);
            }
            let (mut gleam, mut bright) = (L::zero(), L::zero());
            if reached.any() {
                let mirrored = self.gleam(skin, to, lamp.is_head) * arrives;
                gleam = L::select(reached, mirrored, gleam) * skin.specular;
                bright = L::select(reached, cosine * arrives, bright);
            }
            for k in 0..3 {
                let plain = lamp.ambient[k] * arrives + lamp.diffuse[k] * bright;
                colour[k] += base[k] * plain + lamp.specular[k] * gleam;
            }
        }
        colour
    }

    /// How much of a light that comes from there is mirrored to the camera.
    #[inline(always)]
    fn gleam(&self, skin: &Skin<L>, to: V3<L>, is_head: bool) -> L {
        let view = skin.view;
        let half = [to[0] + view[0], to[1] + view[1], to[2] + view[2]];
        let half = if is_head { scaled(half, skin.halving) } else { unit(half) };
        let cosine = dot(skin.normal, half).max(L::zero());
        if skin.n_exponents == 1 {
            return power(cosine, skin.exponents[0]);
        }
        let mut gleam = L::zero();
        for &exponent in &skin.exponents[..skin.n_exponents] {
            let is_it = skin.shininess.equal(L::splat(f64::from(exponent)));
            gleam = L::select(is_it, power(cosine, exponent), gleam);
        }
        gleam
    }

    /// The outward normal in the geom's frame.
    #[inline(always)]
    fn normal(&self, canvas: &Canvas<L>, place: usize, geom: usize, local: V3<L>) -> V3<L> {
        match &self.stage.props[geom].shape {
            RayShape::Solid(solid) => normal(*solid, self.placed[geom].size, local),
            RayShape::Surface(surface) => {
                let mut out = [L::zero(); 3];
                for lane in 0..L::WIDTH {
                    let n = surface.normal(canvas.facet[place].lane(lane) as usize);
                    for k in 0..3 {
                        out[k].set_lane(lane, n[k]);
                    }
                }
                unit(out)
            }
        }
    }
}

//! The colour of each sample: Phong's model with MuJoCo's lights and materials (OpenGL 1.5, "2.14 Colors and
//! Coloring"), seen from where the camera is.

use super::canvas::{Canvas, SKY};
use super::lamp::{Lamp, SHININESS, power};
use super::pose::Frame;
use super::renderer::Backdrop;
use super::shadow::{Lit, blocked};
use super::stage::{Placed, Stage};
use super::texture::{Heaven, Pattern};
use crate::math::lanes::{LaneMask, Lanes, MOST_LANES};
use crate::math::rays::{dot, normal, point, unit};
use crate::math::spatial::{V3, rotate_back, splat3};
use crate::model::{Geom, Model, TextureType};
use crate::physics::Seen;

/// How a geom answers light.
#[derive(Clone, Debug)]
pub(super) struct Paint {
    rgb: V3<f64>,
    pattern: Option<Pattern>,
    emission: f64,
    specular: f64,
    shininess: u32,
}

impl Paint {
    fn new(model: &Model, geom: &Geom) -> Self {
        let material = geom.matid.and_then(|index| model.materials.get(index));
        let texture = material.and_then(|it| model.textures.get(it.texid?));
        let pattern = material.zip(texture).and_then(|(it, of)| Pattern::new(it, of, geom));
        // What has no material has these (mjv_updateScene).
        let (emission, specular, shininess) =
            material.map_or((0.0, 0.5, 0.5), |it| (it.emission, it.specular, it.shininess));
        Self {
            rgb: [0, 1, 2].map(|k| f64::from(geom.rgba[k])),
            pattern,
            emission,
            specular,
            shininess: (shininess * SHININESS).clamp(0.0, SHININESS).round() as u32,
        }
    }
}

/// What is the same in all pictures of a model.
#[derive(Debug)]
pub(super) struct Palette {
    /// Of each of the stage's props.
    paints: Vec<Paint>,
    pub heaven: Heaven,
}

impl Palette {
    pub fn new(stage: &Stage, backdrop: Backdrop) -> Self {
        let model = &stage.model;
        let paint = |prop: &super::stage::Prop| Paint::new(model, &model.geoms[prop.geomid]);
        let skies = &mut model.textures.iter();
        let sky = skies.find(|it| it.texture_type == TextureType::Skybox);
        let heaven = match sky.and_then(|sky| Some((sky, sky.builtin?))) {
            Some((sky, crate::model::Builtin::Gradient)) => Heaven::Gradient(sky.rgb1, sky.rgb2),
            Some((sky, _)) => Heaven::Flat(sky.rgb1),
            None if backdrop == Backdrop::Day => Heaven::Soft,
            None => Heaven::Black,
        };
        Self { paints: stage.props.iter().map(paint).collect(), heaven }
    }
}

/// Everything that colours are made of, for one environment.
#[derive(Clone, Copy)]
pub(super) struct Light<'a, L> {
    pub stage: &'a Stage,
    pub palette: &'a Palette,
    pub placed: &'a [Placed<L>],
    pub lamps: &'a [Lamp<L>],
    /// World from camera: of it only the way up counts.
    pub up: V3<L>,
    /// Height of a sample at depth 1 [m].
    pub sample: L,
}

/// The way up in the camera's frame.
pub(super) fn upward<L: Lanes>(eye: &Frame) -> V3<L> {
    splat3([eye.mat[6], eye.mat[7], eye.mat[8]])
}

impl<L: Lanes> Light<'_, L> {
    /// The colours of a strip, from 0 to 1 and beyond.
    #[inline(always)]
    pub fn strip(&self, canvas: &Canvas<L>, row: usize, strip: usize) -> [L; 3] {
        let at = row * canvas.strips + strip;
        let geom = canvas.geom[at];
        let first = geom.lane(0);
        let same = geom.equal(L::splat(first));
        if !(!same).any() {
            return match first == SKY {
                true => self.sky(canvas, row, strip),
                false => self.surface(canvas, row, strip, first as usize, same),
            };
        }
        let mut colour = self.sky(canvas, row, strip);
        let mut done = [false; MOST_LANES];
        for lane in 0..L::WIDTH {
            if done[lane] {
                continue;
            }
            let number = geom.lane(lane);
            let same = geom.equal(L::splat(number));
            for other in lane..L::WIDTH {
                done[other] |= same.lane(other);
            }
            if number != SKY {
                let own = self.surface(canvas, row, strip, number as usize, same);
                for k in 0..3 {
                    colour[k] = L::select(same, own[k], colour[k]);
                }
            }
        }
        colour
    }

    /// A sample's direction in the camera's frame, of depth 1.
    #[inline(always)]
    fn direction(&self, canvas: &Canvas<L>, row: usize, strip: usize) -> V3<L> {
        match canvas.parallel {
            true => [L::zero(), L::zero(), -L::one()],
            false => [canvas.x[strip], L::splat(canvas.y[row]), -L::one()],
        }
    }

    #[inline(always)]
    fn sky(&self, canvas: &Canvas<L>, row: usize, strip: usize) -> [L; 3] {
        if !canvas.geom[row * canvas.strips + strip].equal(L::splat(SKY)).any() {
            return [L::zero(); 3];
        }
        let along = self.direction(canvas, row, strip);
        self.palette.heaven.colour(dot(self.up, along), dot(along, along).sqrt())
    }

    /// The colours of one geom, in the lanes that see it.
    #[inline(always)]
    fn surface(
        &self,
        canvas: &Canvas<L>,
        row: usize,
        strip: usize,
        geom: usize,
        seen: L::Mask,
    ) -> [L; 3] {
        let place = row * canvas.strips + strip;
        let placed = &self.placed[geom];
        let depth = L::select(seen, canvas.depth[place], L::one());
        let (from, along) = canvas.ray(placed, row, strip);
        let local = point(from, along, depth);
        let facing = self.normal(canvas, place, geom, local);
        let normal = rotate_back(&placed.axes, facing);
        let direction = self.direction(canvas, row, strip);
        let view = unit([-direction[0], -direction[1], -direction[2]]);
        let at = match canvas.parallel {
            true => [canvas.x[strip], L::splat(canvas.y[row]), -depth],
            false => [direction[0] * depth, direction[1] * depth, -depth],
        };
        let paint = &self.palette.paints[geom];
        let base = match &paint.pattern {
            None => splat3(paint.rgb),
            Some(pattern) => {
                // What a sample covers on a surface that it sees at a slant.
                let slant = dot(normal, view).max(L::splat(0.02));
                let reach = if canvas.parallel { L::one() } else { depth };
                let own = pattern.colour(local, facing, self.sample * reach / slant);
                let tint = splat3::<L>(paint.rgb);
                [own[0] * tint[0], own[1] * tint[1], own[2] * tint[2]]
            }
        };
        let lit = Lit { at, depth, to: view, distance: depth, geom: canvas.geom[place], lit: seen };
        self.lighted(paint, base, normal, view, lit)
    }

    #[inline(always)]
    fn lighted(
        &self,
        paint: &Paint,
        base: [L; 3],
        normal: V3<L>,
        view: V3<L>,
        mut lit: Lit<L>,
    ) -> [L; 3] {
        let seen = lit.lit;
        let emission = L::splat(paint.emission);
        let mut colour = [base[0] * emission, base[1] * emission, base[2] * emission];
        for lamp in self.lamps {
            let (to, distance, arrives) = lamp.at(lit.at);
            let cosine = dot(normal, to);
            let mut reached = seen & L::zero().lt(cosine) & L::zero().lt(arrives);
            if lamp.casts && reached.any() {
                (lit.to, lit.distance, lit.lit) = (to, distance, reached);
                reached = reached & !blocked(self.stage, self.placed, &lit);
            }
            let half = unit([to[0] + view[0], to[1] + view[1], to[2] + view[2]]);
            let gleam = power(dot(normal, half).max(L::zero()), paint.shininess);
            let gleam = L::select(reached, gleam * arrives, L::zero()) * L::splat(paint.specular);
            let bright = L::select(reached, cosine * arrives, L::zero());
            for k in 0..3 {
                let plain = lamp.ambient[k] * arrives + lamp.diffuse[k] * bright;
                colour[k] += base[k] * plain + lamp.specular[k] * gleam;
            }
        }
        colour
    }

    /// The outward normal in the geom's frame.
    #[inline(always)]
    fn normal(&self, canvas: &Canvas<L>, place: usize, geom: usize, local: V3<L>) -> V3<L> {
        match &self.stage.props[geom].shape {
            Seen::Solid(solid) => normal(*solid, self.placed[geom].size, local),
            Seen::Surface(surface) => {
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

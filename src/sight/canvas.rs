//! What is met at each sample of a picture: the nearest geom and its depth.
//!
//! A register holds samples side by side in a row, a strip. Geoms are taken one after the other and visit the
//! strips on which they can be.

use super::stage::{Placed, RayScene};
use super::view::Frustum;
use crate::math::lanes::{Kernel, LaneMask, Lanes};
use crate::math::rays::{Facing, NOWHERE, Solid, dot, front};
use crate::math::spatial::V3;
use crate::physics::RayShape;

/// The place in `geom` of samples that meet nothing.
pub(super) const SKY: f64 = -1.0;

/// One environment's samples, strip by strip.
#[derive(Clone, Debug)]
pub(super) struct Canvas<L> {
    pub cols: usize,
    pub rows: usize,
    /// Registers in a row.
    pub strips: usize,
    /// Where rays cross depth 1 (of parallel rays: where they begin): of each strip, and of each row [m].
    pub x: Vec<L>,
    pub y: Vec<f64>,
    /// How opaque a geom has to be to be seen at a sample, of four rows in turn, shape (4, strips).
    opaque: Vec<L>,
    pub parallel: bool,
    /// One over the length of each ray's direction of depth 1, shape (rows, strips).
    pub shortening: Vec<L>,
    /// One over the length of the sum of the unit vector to the camera and the camera's axis, of the same shape:
    /// what a light at the camera gleams by.
    pub halving: Vec<L>,
    /// Depth along the camera's axis [m], shape (rows, strips).
    pub depth: Vec<L>,
    /// Index into the stage's props; [`SKY`].
    pub geom: Vec<L>,
    /// The triangle of a surface.
    pub facet: Vec<L>,
}

/// Works out what depends on the directions of a canvas's rays alone.
struct Measure<'a, L>(&'a mut Canvas<L>);

impl<L: Lanes> Kernel for Measure<'_, L> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let canvas = self.0;
        for at in 0..canvas.shortening.len() {
            let [x, y, z] = canvas.direction(at / canvas.strips, at % canvas.strips);
            let scale = L::one() / dot([x, y, z], [x, y, z]).sqrt();
            let half = [-x * scale, -y * scale, -z * scale + L::one()];
            canvas.shortening[at] = scale;
            canvas.halving[at] = L::one() / dot(half, half).sqrt();
        }
    }
}

/// Thresholds of ordered dither (Bayer, 1973), in sixteenths.
const BAYER: [[u8; 4]; 4] = [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]];

impl<L: Lanes> Canvas<L> {
    pub fn new(view: &Frustum, cols: usize, rows: usize) -> Self {
        let strips = cols.div_ceil(L::WIDTH);
        let of_lanes = |value: &dyn Fn(usize) -> f64| -> Vec<L> {
            let strip = |strip: usize| {
                let mut lanes = L::zero();
                for lane in 0..L::WIDTH {
                    lanes.set_lane(lane, value(strip * L::WIDTH + lane));
                }
                lanes
            };
            (0..strips).map(strip).collect()
        };
        let across = |col: usize| view.x[0] + (col as f64 + 0.5) / cols as f64 * view.width();
        let down = |row: usize| view.y[1] - (row as f64 + 0.5) / rows as f64 * view.height();
        let threshold = |row: usize, col: usize| (f64::from(BAYER[row][col % 4]) + 0.5) / 16.0;
        let n = rows * strips;
        let mut canvas = Self {
            cols,
            rows,
            strips,
            x: of_lanes(&across),
            y: (0..rows).map(down).collect(),
            opaque: (0..4).flat_map(|row| of_lanes(&|col| threshold(row, col))).collect(),
            parallel: view.parallel,
            shortening: vec![L::one(); n],
            halving: vec![L::one(); n],
            depth: vec![L::splat(NOWHERE); n],
            geom: vec![L::splat(SKY); n],
            facet: vec![L::zero(); n],
        };
        L::vectorize(Measure(&mut canvas));
        canvas
    }

    /// A sample's direction in the camera's frame, of depth 1.
    #[inline(always)]
    pub fn direction(&self, row: usize, strip: usize) -> V3<L> {
        match self.parallel {
            true => [L::zero(), L::zero(), -L::one()],
            false => [self.x[strip], L::splat(self.y[row]), -L::one()],
        }
    }

    #[inline(always)]
    pub fn clear(&mut self) {
        self.depth.fill(L::splat(NOWHERE));
        self.geom.fill(L::splat(SKY));
    }

    /// A sample's ray in a geom's frame: where it begins and along what, of depth 1.
    #[inline(always)]
    pub fn ray(&self, placed: &Placed<L>, row: usize, strip: usize) -> (V3<L>, V3<L>) {
        let (x, y) = (self.x[strip], L::splat(self.y[row]));
        let [a0, a1, a2, b0, b1, b2, c0, c1, c2] = placed.axes;
        let across = [a0 * x + a1 * y, b0 * x + b1 * y, c0 * x + c1 * y];
        let [px, py, pz] = placed.from;
        if self.parallel {
            ([px + across[0], py + across[1], pz + across[2]], [-a2, -b2, -c2])
        } else {
            (placed.from, [across[0] - a2, across[1] - b2, across[2] - c2])
        }
    }

    /// Draws all geoms.
    #[inline(always)]
    pub fn draw(&mut self, stage: &RayScene, placed: &[Placed<L>]) {
        self.clear();
        for one in placed {
            match &stage.props[one.prop].shape {
                // Each by itself, so that what it is is known inside its loops.
                RayShape::Solid(Solid::Plane) => self.sweep(stage, one, Solid::Plane),
                RayShape::Solid(Solid::Sphere) => self.sweep(stage, one, Solid::Sphere),
                RayShape::Solid(Solid::Capsule) => self.sweep(stage, one, Solid::Capsule),
                RayShape::Solid(Solid::Ellipsoid) => self.sweep(stage, one, Solid::Ellipsoid),
                RayShape::Solid(Solid::Cylinder) => self.sweep(stage, one, Solid::Cylinder),
                RayShape::Solid(Solid::Box) => self.sweep(stage, one, Solid::Box),
                RayShape::Surface(_) => self.sweep_surface(stage, one),
            }
        }
    }

    #[inline(always)]
    fn sweep(&mut self, stage: &RayScene, placed: &Placed<L>, solid: Solid) {
        let Some(rect) = placed.rect else { return };
        let alpha = stage.props[placed.prop].alpha;
        let number = L::splat(placed.prop as f64);
        for row in rect.rows[0]..rect.rows[1] {
            if solid == Solid::Plane && self.is_above(placed, row) {
                continue;
            }
            for strip in rect.strips(row, L::WIDTH) {
                let (from, along) = self.ray(placed, row, strip);
                let t = front(solid, placed.size, from, along);
                let at = row * self.strips + strip;
                let is_nearer = t.lt(self.depth[at]) & self.is_opaque(alpha, row, strip);
                if is_nearer.any() {
                    self.depth[at] = L::select(is_nearer, t, self.depth[at]);
                    self.geom[at] = L::select(is_nearer, number, self.geom[at]);
                }
            }
        }
    }

    #[inline(always)]
    fn sweep_surface(&mut self, stage: &RayScene, placed: &Placed<L>) {
        let Some(rect) = placed.rect else { return };
        let prop = &stage.props[placed.prop];
        let RayShape::Surface(surface) = &prop.shape else { return };
        let number = L::splat(placed.prop as f64);
        for row in rect.rows[0]..rect.rows[1] {
            for strip in rect.strips(row, L::WIDTH) {
                let (from, along) = self.ray(placed, row, strip);
                let at = row * self.strips + strip;
                let (t, which) = surface.meet(Facing::Front, from, along, self.depth[at]);
                let is_nearer =
                    t.lt(self.depth[at]) & L::zero().lt(t) & self.is_opaque(prop.alpha, row, strip);
                if is_nearer.any() {
                    self.depth[at] = L::select(is_nearer, t, self.depth[at]);
                    self.geom[at] = L::select(is_nearer, number, self.geom[at]);
                    self.facet[at] = L::select(is_nearer, which, self.facet[at]);
                }
            }
        }
    }

    /// No ray of a row goes down towards a plane: their slopes lie between those at the ends of the row.
    #[inline(always)]
    fn is_above(&self, placed: &Placed<L>, row: usize) -> bool {
        let [c0, c1, c2] = [6, 7, 8].map(|k| placed.axes[k].lane(0));
        let (y, is_wide) = (c1 * self.y[row], !self.parallel);
        let rise = |x: f64| {
            let parts = if is_wide { [c0 * x, y, -c2] } else { [0.0, 0.0, -c2] };
            // Rounding of a lane's sum is less.
            parts.iter().sum::<f64>() - 1e-5 * parts.iter().map(|part| part.abs()).sum::<f64>()
        };
        rise(self.x[0].lane(0)) > 0.0 && rise(self.x[self.strips - 1].lane(L::WIDTH - 1)) > 0.0
    }

    /// Where something so opaque is seen: of what is half transparent half the samples are, evenly spread.
    #[inline(always)]
    fn is_opaque(&self, alpha: f32, row: usize, strip: usize) -> L::Mask {
        if alpha >= 1.0 {
            return L::Mask::splat(true);
        }
        self.opaque[(row % 4) * self.strips + strip].lt(L::splat(f64::from(alpha)))
    }
}

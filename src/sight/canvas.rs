//! What is met at each sample of a picture: the nearest geom and its depth.
//!
//! A register holds samples side by side in a row, a strip. Geoms are taken one after the other and visit the
//! strips on which they can be.

use super::stage::{Placed, Stage};
use super::view::Frustum;
use crate::math::lanes::{LaneMask, Lanes};
use crate::math::rays::{Facing, NOWHERE, Solid, span};
use crate::math::spatial::V3;
use crate::physics::Seen;

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
    /// Depth along the camera's axis [m], shape (rows, strips).
    pub depth: Vec<L>,
    /// Index into the stage's props; [`SKY`].
    pub geom: Vec<L>,
    /// The triangle of a surface.
    pub facet: Vec<L>,
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
        Self {
            cols,
            rows,
            strips,
            x: of_lanes(&across),
            y: (0..rows).map(down).collect(),
            opaque: (0..4).flat_map(|row| of_lanes(&|col| threshold(row, col))).collect(),
            parallel: view.parallel,
            depth: vec![L::splat(NOWHERE); n],
            geom: vec![L::splat(SKY); n],
            facet: vec![L::zero(); n],
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
    pub fn draw(&mut self, stage: &Stage, placed: &[Placed<L>]) {
        self.clear();
        for one in placed {
            match &stage.props[one.prop].shape {
                // Each by itself, so that what it is is known inside its loops.
                Seen::Solid(Solid::Plane) => self.sweep(stage, one, Solid::Plane),
                Seen::Solid(Solid::Sphere) => self.sweep(stage, one, Solid::Sphere),
                Seen::Solid(Solid::Capsule) => self.sweep(stage, one, Solid::Capsule),
                Seen::Solid(Solid::Ellipsoid) => self.sweep(stage, one, Solid::Ellipsoid),
                Seen::Solid(Solid::Cylinder) => self.sweep(stage, one, Solid::Cylinder),
                Seen::Solid(Solid::Box) => self.sweep(stage, one, Solid::Box),
                Seen::Surface(_) => self.sweep_surface(stage, one),
            }
        }
    }

    #[inline(always)]
    fn sweep(&mut self, stage: &Stage, placed: &Placed<L>, solid: Solid) {
        let Some(rect) = placed.rect else { return };
        let alpha = stage.props[placed.prop].alpha;
        let number = L::splat(placed.prop as f64);
        for row in rect.rows[0]..rect.rows[1] {
            for strip in rect.cols[0] / L::WIDTH..rect.cols[1].div_ceil(L::WIDTH) {
                let (from, along) = self.ray(placed, row, strip);
                let t = span(solid, placed.size, from, along).front();
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
    fn sweep_surface(&mut self, stage: &Stage, placed: &Placed<L>) {
        let Some(rect) = placed.rect else { return };
        let prop = &stage.props[placed.prop];
        let Seen::Surface(surface) = &prop.shape else { return };
        let number = L::splat(placed.prop as f64);
        for row in rect.rows[0]..rect.rows[1] {
            for strip in rect.cols[0] / L::WIDTH..rect.cols[1].div_ceil(L::WIDTH) {
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

    /// Where something so opaque is seen: of what is half transparent half the samples are, evenly spread.
    #[inline(always)]
    fn is_opaque(&self, alpha: f32, row: usize, strip: usize) -> L::Mask {
        if alpha >= 1.0 {
            return L::Mask::splat(true);
        }
        self.opaque[(row % 4) * self.strips + strip].lt(L::splat(f64::from(alpha)))
    }
}

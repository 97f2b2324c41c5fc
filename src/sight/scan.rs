//! Scans: patterns of rays from a body or site, and how far they go.

use super::error::SightError;
use super::pose::{IDENTITY, Pose, WorldFrame};
use super::stage::RayScene;
use crate::math::lanes::{Isa, Kernel, Lanes, for_isa, hypot, sin_cos};
use crate::math::rays::{Facing, NOWHERE, span, unit};
use crate::math::spatial::{V3, add3, quat_to_mat, rotate, rotate_back, splat3, sub3};
use crate::physics::{RayShape, is_visible};
use rayon::prelude::*;
use std::sync::Arc;

/// Most rays of a scan.
pub const MOST_RAYS: usize = 1 << 20;
/// Environments that a thread takes at a time at least.
const LEAST: usize = 4;

/// Rays in the frame of what they are fixed to.
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    /// Straight down from a grid of this size along x and y about the origin, a step apart \[m\]; row by row
    /// from the lowest y, each from the lowest x.
    Grid {
        /// Lengths along x and y \[m\].
        size: [f64; 2],
        /// Distance of neighbouring rays \[m\].
        step: f64,
    },
    /// Rings, from the lowest up, between two elevations \[degrees\], each of so many sectors round from x to
    /// y.
    Rings {
        /// Number of rings.
        rings: usize,
        /// Rays of each ring.
        sectors: usize,
        /// Elevation of the lowest and the highest ring \[degrees\].
        elevation: [f64; 2],
    },
    /// One ray along x.
    Ahead,
    /// Origins \[m\] and directions of any length, one by one.
    Rays(Vec<(V3<f64>, V3<f64>)>),
}

/// Which rotations of its mount a scan follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// As it does.
    Full,
    /// About the vertical only; straight up and down stay so.
    Yaw,
    /// Not at all.
    World,
}

/// Type of the data of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanOutput {
    /// The length to what it meets \[m\]; the range where it meets nothing within it.
    Distances,
    /// How high what it meets is above the frame's origin \[m\], negative below; minus the range where there
    /// is nothing.
    Heights,
}

/// Mount of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mount {
    /// The frame of the body of this index.
    Body(usize),
    /// The frame of the site of this index.
    Site(usize),
}

/// A scan that is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct ScanSpec {
    /// What it is fixed to.
    pub mount: Mount,
    /// Its rays.
    pub pattern: Pattern,
    /// Which turns of its mount it follows.
    pub align: Align,
    /// What each ray yields.
    pub gives: ScanOutput,
    /// Farthest length \[m\].
    pub range: f64,
    /// The geoms that rays meet; None: all but those of the body that it is fixed to.
    pub against: Option<Vec<usize>>,
}

/// Casts the same rays in any number of environments. What an environment gets depends on its pose alone.
#[derive(Debug)]
pub struct Scanner {
    stage: Arc<RayScene>,
    spec: ScanSpec,
    /// Origins and unit directions.
    rays: Vec<(V3<f64>, V3<f64>)>,
    bodyid: usize,
    /// Frame relative to the body.
    own: WorldFrame,
    /// Indices into the stage's props.
    props: Vec<usize>,
    isa: Isa,
}

impl Pattern {
    /// Origins \[m\] and unit directions. Fails on lengths, angles and counts that cannot be.
    pub fn rays(&self) -> Result<Vec<(V3<f64>, V3<f64>)>, SightError> {
        match self {
            Self::Grid { size, step } => grid(*size, *step),
            Self::Rings { rings, sectors, elevation } => lidar(*rings, *sectors, *elevation),
            Self::Ahead => Ok(vec![([0.0; 3], [1.0, 0.0, 0.0])]),
            Self::Rays(rays) => rays.iter().map(|&(from, along)| checked(from, along)).collect(),
        }
    }
}

fn checked(from: V3<f64>, along: V3<f64>) -> Result<(V3<f64>, V3<f64>), SightError> {
    let length = along.iter().map(|x| x * x).sum::<f64>().sqrt();
    let is_sound = length > 1e-12 && length.is_finite() && from.iter().all(|x| x.is_finite());
    match is_sound {
        true => Ok((from, unit(along))),
        false => Err(SightError::Pattern {
            what: "the length of a ray's direction",
            number: length,
            wanted: "above zero, and all numbers finite",
        }),
    }
}

fn count(number: f64) -> Result<usize, SightError> {
    if number > MOST_RAYS as f64 {
        return Err(SightError::TooManyRays { count: number as usize, most: MOST_RAYS });
    }
    Ok(number as usize)
}

fn grid(size: [f64; 2], step: f64) -> Result<Vec<(V3<f64>, V3<f64>)>, SightError> {
    let wanted = "a finite length above zero, and no side negative";
    for (what, number) in [
        ("the step of the grid", step),
        ("a side of the grid", size[0]),
        ("a side of the grid", size[1]),
    ] {
        let least = if what == "the step of the grid" { f64::MIN_POSITIVE } else { 0.0 };
        if !(number >= least && number.is_finite()) {
            return Err(SightError::Pattern { what, number, wanted });
        }
    }
    // A step more fits if all but rounding of it does.
    let [nx, ny] = size.map(|side| (side / step + 1e-6).floor() + 1.0);
    count(nx * ny)?;
    let place = |i: usize, n: f64| (i as f64 - (n - 1.0) / 2.0) * step;
    let (columns, rows) = (count(nx)?, count(ny)?);
    let row = |row: usize| {
        (0..columns).map(move |col| ([place(col, nx), place(row, ny), 0.0], [0.0, 0.0, -1.0]))
    };
    Ok((0..rows).flat_map(row).collect())
}

fn lidar(
    rings: usize,
    sectors: usize,
    elevation: [f64; 2],
) -> Result<Vec<(V3<f64>, V3<f64>)>, SightError> {
    if rings == 0 || sectors == 0 {
        let what = "the number of rings and sectors";
        return Err(SightError::Pattern { what, number: 0.0, wanted: "1 or more" });
    }
    let [low, high] = elevation;
    if let Some(number) = elevation.into_iter().find(|x| !(-90.0..=90.0).contains(x)) {
        let what = "an elevation";
        return Err(SightError::Pattern { what, number, wanted: "-90 to 90 degrees" });
    }
    count(rings as f64 * sectors as f64)?;
    let mut rays = Vec::with_capacity(rings * sectors);
    for ring in 0..rings {
        let part = if rings > 1 { ring as f64 / (rings - 1) as f64 } else { 0.5 };
        let (up, across) = sin_cos((low + part * (high - low)).to_radians());
        for sector in 0..sectors {
            let turn = std::f64::consts::TAU * sector as f64 / sectors as f64;
            let (sin, cos) = sin_cos(turn);
            rays.push(([0.0; 3], [across * cos, across * sin, up]));
        }
    }
    Ok(rays)
}

impl Scanner {
    /// A scanner of one pattern of rays.
    ///
    /// # Errors
    ///
    /// If the model lacks what the scan is fixed to or meets, or a number of the scan is out of its range.
    pub fn new(stage: Arc<RayScene>, spec: ScanSpec, isa: Isa) -> Result<Self, SightError> {
        let model = stage.model.clone();
        if !(spec.range > 0.0 && spec.range.is_finite()) {
            let (what, wanted) = ("the range", "a finite length above zero");
            return Err(SightError::Pattern { what, number: spec.range, wanted });
        }
        let rays = spec.pattern.rays()?;
        if rays.len() > MOST_RAYS {
            return Err(SightError::TooManyRays { count: rays.len(), most: MOST_RAYS });
        }
        let missing = |kind, index, count| SightError::Missing { kind, index, count };
        let (bodyid, own) = match spec.mount {
            Mount::Body(body) if body < model.bodies.len() => {
                (body, WorldFrame { pos: [0.0; 3], mat: IDENTITY })
            }
            Mount::Body(body) => return Err(missing("body", body, model.bodies.len())),
            Mount::Site(site) => {
                let count = model.sites.len();
                let site = model.sites.get(site).ok_or(missing("site", site, count))?;
                (site.bodyid, WorldFrame { pos: site.pos, mat: quat_to_mat(site.quat) })
            }
        };
        let count = model.geoms.len();
        if let Some(&index) = spec.against.iter().flatten().find(|geom| **geom >= count) {
            return Err(missing("geom", index, count));
        }
        let is_met = |geom: usize, body: usize| match &spec.against {
            Some(geoms) => geoms.contains(&geom),
            None => body != bodyid && is_visible(&model, geom),
        };
        let props = stage.props.iter().enumerate();
        let props = props.filter(|(_, it)| is_met(it.geomid, it.bodyid)).map(|(i, _)| i).collect();
        Ok(Self { stage, spec, rays, bodyid, own, props, isa })
    }

    /// Numbers of one environment.
    pub fn len(&self) -> usize {
        self.rays.len()
    }

    /// Whether it has no rays.
    pub fn is_empty(&self) -> bool {
        self.rays.is_empty()
    }

    /// What the rays of each pose give, shape (n, rays), on all threads of the current pool.
    ///
    /// # Panics
    /// If `out` has not `len` numbers for each pose, or a pose is not of this model.
    pub fn scan(&self, poses: &[Pose], out: &mut [f32]) {
        assert_eq!(out.len(), poses.len() * self.len(), "numbers of {} scans", poses.len());
        if !self.is_empty() {
            for_isa!(self.isa, L => self.scan_in_lanes::<L>(poses, out));
        }
    }

    fn scan_in_lanes<L: Lanes>(&self, poses: &[Pose], out: &mut [f32]) {
        let rows = poses.par_iter().zip(out.par_chunks_mut(self.len())).with_min_len(LEAST);
        rows.for_each(|(pose, out)| {
            let scan = self.prepare::<L>(pose);
            L::vectorize(Scan { scanner: self, scan, out });
        });
    }

    /// The lengths of one pose's rays in double precision, [`NOWHERE`] and more where they meet nothing.
    pub fn reference(&self, pose: &Pose) -> Vec<f64> {
        let scan = self.prepare::<f64>(pose);
        (0..self.len()).map(|ray| scan.lengths(self, ray)).collect()
    }

    /// Where every `stride`-th of the rays, 0 being taken as 1, begins and where it ends in the world \[m\], of one
    /// pose. The others are not cast.
    pub fn beams(&self, pose: &Pose, stride: usize) -> Vec<[V3<f64>; 2]> {
        let frame = self.frame(pose);
        let scan = self.prepare::<f64>(pose);
        let rays = self.rays.iter().enumerate().step_by(stride.max(1));
        let ends = rays.map(|(ray, (from, along))| {
            let length = scan.lengths(self, ray).min(self.spec.range);
            let begin = add3(frame.pos, rotate(&frame.mat, *from));
            let end = add3(begin, rotate(&frame.mat, along.map(|x| x * length)));
            [begin, end]
        });
        ends.collect()
    }

    /// The frame of the pattern in the world.
    fn frame(&self, pose: &Pose) -> WorldFrame {
        let mount = pose.fixed(self.bodyid, self.own.pos, &self.own.mat);
        let mat = match self.spec.align {
            Align::Full => mount.mat,
            Align::World => IDENTITY,
            Align::Yaw => level(mount.mat),
        };
        WorldFrame { pos: mount.pos, mat }
    }

    fn prepare<L: Lanes>(&self, pose: &Pose) -> Beams<L> {
        let frame = self.frame(pose);
        let target = |&index: &usize| {
            let geom = self.stage.props[index].frame(pose);
            let offset = rotate_back(&geom.mat, sub3(frame.pos, geom.pos));
            let turn = [0, 1, 2].map(|k| {
                let axis = [frame.mat[k], frame.mat[3 + k], frame.mat[6 + k]];
                rotate_back(&geom.mat, axis)
            });
            Target { prop: index, offset, turn: turn.map(splat3) }
        };
        Beams {
            up: splat3([frame.mat[6], frame.mat[7], frame.mat[8]]),
            targets: self.props.iter().map(target).collect(),
        }
    }
}

/// The same heading without pitch and roll; of a frame whose x is straight up or down as its y says.
fn level(mat: [f64; 9]) -> [f64; 9] {
    let length = hypot(mat[0], mat[3]);
    let (cos, sin) = match length > 1e-6 {
        true => (mat[0] / length, mat[3] / length),
        false => {
            let other = hypot(mat[1], mat[4]);
            (mat[4] / other, -mat[1] / other)
        }
    };
    [cos, -sin, 0.0, sin, cos, 0.0, 0.0, 0.0, 1.0]
}

/// A geom, with the scan's frame in its own.
struct Target<L> {
    prop: usize,
    offset: V3<f64>,
    /// The scan's axes in the geom's frame.
    turn: [V3<L>; 3],
}

/// One environment's scan.
struct Beams<L> {
    up: V3<L>,
    targets: Vec<Target<L>>,
}

impl<L: Lanes> Beams<L> {
    /// Lengths of the rays from a place on.
    #[inline(always)]
    fn lengths(&self, scanner: &Scanner, first: usize) -> L {
        let (from, along) = load::<L>(&scanner.rays, first);
        let mut nearest = L::splat(NOWHERE);
        for target in &self.targets {
            let prop = &scanner.stage.props[target.prop];
            let start = add3(splat3(target.offset), turned(&target.turn, from));
            let along = turned(&target.turn, along);
            let t = match &prop.shape {
                RayShape::Solid(solid) => span(*solid, splat3(prop.size), start, along).ahead(),
                RayShape::Surface(surface) => surface.meet(Facing::Both, start, along, nearest).0,
            };
            nearest = nearest.min(t);
        }
        nearest
    }
}

#[inline(always)]
fn turned<L: Lanes>(axes: &[V3<L>; 3], v: V3<L>) -> V3<L> {
    let [x, y, z] = axes;
    [
        x[0] * v[0] + y[0] * v[1] + z[0] * v[2],
        x[1] * v[0] + y[1] * v[1] + z[1] * v[2],
        x[2] * v[0] + y[2] * v[1] + z[2] * v[2],
    ]
}

/// Rays side by side; after the last one, that again.
#[inline(always)]
fn load<L: Lanes>(rays: &[(V3<f64>, V3<f64>)], first: usize) -> (V3<L>, V3<L>) {
    let (mut from, mut along) = ([L::zero(); 3], [L::zero(); 3]);
    for lane in 0..L::WIDTH {
        let (o, d) = rays[(first + lane).min(rays.len() - 1)];
        for k in 0..3 {
            from[k].set_lane(lane, o[k]);
            along[k].set_lane(lane, d[k]);
        }
    }
    (from, along)
}

struct Scan<'a, L> {
    scanner: &'a Scanner,
    scan: Beams<L>,
    out: &'a mut [f32],
}

impl<L: Lanes> Kernel for Scan<'_, L> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { scanner, scan, out } = self;
        let range = L::splat(scanner.spec.range);
        for first in (0..scanner.len()).step_by(L::WIDTH) {
            let length = scan.lengths(scanner, first);
            let told = match scanner.spec.gives {
                ScanOutput::Distances => length.min(range),
                ScanOutput::Heights => {
                    let (from, along) = load::<L>(&scanner.rays, first);
                    let up = scan.up;
                    let at = up[0] * from[0] + up[1] * from[1] + up[2] * from[2];
                    let rise = up[0] * along[0] + up[1] * along[1] + up[2] * along[2];
                    L::select(length.le(range), at + length * rise, -range)
                }
            };
            told.spread(&mut out[first..]);
        }
    }
}

//! Where environments stand, and how large everything is.

use super::Poses;
use super::pose::{Pose, Poser};
use crate::math::rng::{Random, RandomStream};
use crate::model::{Geom, GeomType, JointType, Model};
use bevy::prelude::*;
use std::f32::consts::PI;
use std::sync::Arc;

/// Joint positions that are looked at to see how far a model reaches.
const N_SAMPLES: u64 = 48;
/// Space between neighbours, as a part of the larger of their heights and widths.
const GAP: f32 = 0.35;
/// How much of a terrain is shown at first, in sizes of a robot.
const ON_TERRAIN: f32 = 4.0;

/// The arrangement of the environments on show, in the simulation's axes [m].
#[derive(Resource, Clone, Debug, PartialEq)]
pub(in crate::viewer::app) struct Layout {
    /// Origin of each environment's frame.
    pub offsets: Vec<Vec3>,
    /// Where these are unless robots are kept apart.
    pub grid: Vec<Vec3>,
    /// All environments have one origin, on a terrain, where everybody is where their episode says.
    pub shares_ground: bool,
    /// Corners of a box about one environment in its own frame.
    pub low: Vec3,
    pub high: Vec3,
    /// Height of the ground.
    pub ground: f32,
    /// The body that carries the model away from where it began, if one does.
    pub traveller: Option<usize>,
    /// Where that is at rest, in the frame of its environment.
    rest: Vec3,
}

impl Layout {
    pub(in crate::viewer::app) fn new(model: &Arc<Model>, n_envs: usize) -> Self {
        let traveller = traveller(model);
        let (low, high) = reach(model, traveller.is_some());
        let rest = traveller.and_then(|body| Some(Poser::new(model.clone()).rest().get(body)?.pos));
        let planes = model.geoms.iter().filter(|geom| geom.geom_type == GeomType::Plane);
        let ground = planes.map(|geom| geom.pos[2] as f32).reduce(f32::min);
        let size = high - low;
        let gap = GAP * size.z.max(size.y);
        // Travellers run along x, and one that is ahead should not stand in the next one.
        let ahead = if traveller.is_some() { 1.5 } else { 1.0 };
        let step = Vec2::new(ahead * size.x + gap, size.y + gap);
        let shares_ground = model.geoms.iter().any(|geom| geom.geom_type == GeomType::HeightField);
        let grid = match shares_ground {
            true => vec![Vec3::ZERO; n_envs],
            false => grid(n_envs, step),
        };
        let (offsets, rest) = (grid.clone(), rest.unwrap_or_default());
        let ground = ground.unwrap_or(low.z);
        Self { offsets, grid, shares_ground, low, high, ground, traveller, rest }
    }

    /// Moves each environment so that its robot stays in its place of the grid, however far it travels, or back. On a
    /// terrain, and alone, robots are where they are.
    pub(in crate::viewer::app) fn keep_apart(&mut self, is_wanted: bool, poses: &Poses) {
        let is_wanted = is_wanted && !self.shares_ground && self.grid.len() > 1;
        for (env, (offset, place)) in self.offsets.iter_mut().zip(&self.grid).enumerate() {
            let body = self.traveller.filter(|_| is_wanted);
            let pose = body.and_then(|body| poses.0.get(env)?.get(body));
            let moved = pose.map_or(Vec3::ZERO, |pose| pose.pos - self.rest);
            *offset = *place - moved.with_z(0.0);
        }
    }

    /// How far an environment is from its place of the grid, for its robot to be kept apart from others [m].
    pub(in crate::viewer::app) fn shift(&self, env: usize) -> Vec3 {
        let places = self.offsets.get(env).zip(self.grid.get(env));
        places.map_or(Vec3::ZERO, |(offset, place)| *offset - *place)
    }

    /// Whether another one is the same but for robots that are kept apart.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        Self { offsets: other.offsets.clone(), ..self.clone() } == *other
    }

    /// Corners of a box about all environments, and about as much of a terrain as they soon walk over.
    pub(in crate::viewer::app) fn bounds(&self) -> (Vec3, Vec3) {
        if self.shares_ground && self.grid.len() > 1 {
            let size = self.high - self.low;
            let around = (ON_TERRAIN * size.max_element() * Vec3::new(1.0, 1.0, 0.0)) / 2.0;
            return (self.low - around, self.high + around);
        }
        let corner = |f: fn(Vec3, Vec3) -> Vec3| self.grid.iter().copied().reduce(f);
        let (first, last) = (corner(Vec3::min), corner(Vec3::max));
        (self.low + first.unwrap_or_default(), self.high + last.unwrap_or_default())
    }
}

/// A grid about the origin that is about as deep as it is wide.
fn grid(n: usize, step: Vec2) -> Vec<Vec3> {
    let n_x = ((n as f32 * step.y / step.x).sqrt().round() as usize).clamp(1, n.max(1));
    let n_y = n.div_ceil(n_x);
    let centre = Vec2::new((n_x - 1) as f32, (n_y.max(1) - 1) as f32) / 2.0;
    let place = |i: usize| (Vec2::new((i % n_x) as f32, (i / n_x) as f32) - centre) * step;
    (0..n).map(|i| place(i).extend(0.0)).collect()
}

/// A body that is free, or slides without end.
fn traveller(model: &Model) -> Option<usize> {
    let travels = |joint: &&crate::model::Joint| match joint.jnt_type {
        JointType::Free => true,
        JointType::Slide => !joint.limited,
        _ => false,
    };
    let top = |joint: &&crate::model::Joint| model.bodies[joint.bodyid].parentid == 0;
    model.joints.iter().filter(travels).find(top).map(|joint| joint.bodyid)
}

/// Corners of a box that holds one environment: at rest if it travels, else over all its joints'
/// ranges.
fn reach(model: &Arc<Model>, travels: bool) -> (Vec3, Vec3) {
    let mut poser = Poser::new(model.clone());
    let mut low = Vec3::INFINITY;
    let mut high = Vec3::NEG_INFINITY;
    let mut include = |poses: &[Pose]| {
        for geom in model.geoms.iter().filter(|geom| geom.geom_type != GeomType::Plane) {
            if geom.geom_type == GeomType::HeightField {
                continue;
            }
            let body = poses[geom.bodyid];
            let local = Pose::new(geom.pos, geom.quat);
            let centre = body.pos + body.quat * local.pos;
            let half = half_extents(geom, body.quat * local.quat);
            low = low.min(centre - half);
            high = high.max(centre + half);
        }
    };
    include(&poser.rest());
    if !travels {
        for sample in 0..N_SAMPLES {
            include(&poser.poses(&random_position(model, sample)));
        }
    }
    if !low.is_finite() || !high.is_finite() {
        return (Vec3::NEG_ONE, Vec3::ONE);
    }
    (low, high)
}

/// Positions anywhere in the ranges of slides and hinges; of hinges without limits anywhere.
fn random_position(model: &Model, sample: u64) -> Vec<f32> {
    let mut random = Random::new(0, RandomStream::Reset, 0, sample);
    let mut qpos: Vec<f32> = model.qpos0.iter().map(|&q| q as f32).collect();
    for joint in &model.joints {
        let range = match joint.jnt_type {
            JointType::Slide | JointType::Hinge if joint.limited => joint.range,
            JointType::Hinge => [-f64::from(PI), f64::from(PI)],
            _ => continue,
        };
        qpos[joint.qposadr] = random.uniform_in(range[0], range[1]) as f32;
    }
    qpos
}

/// Half the edges of the box about a geom along the world's axes [m].
fn half_extents(geom: &Geom, quat: Quat) -> Vec3 {
    let [a, b, c] = geom.size.map(|size| size as f32);
    let axis = (quat * Vec3::Z).abs();
    match geom.geom_type {
        GeomType::Sphere => Vec3::splat(a),
        GeomType::Capsule => axis * b + Vec3::splat(a),
        GeomType::Cylinder => axis * b + a * (Vec3::ONE - axis * axis).max(Vec3::ZERO).powf(0.5),
        GeomType::Box => {
            let turn = Mat3::from_quat(quat);
            turn.x_axis.abs() * a + turn.y_axis.abs() * b + turn.z_axis.abs() * c
        }
        _ => Vec3::splat(geom.rbound as f32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::parse_mjcf;
    use std::path::Path;

    fn layout(body: &str, n_envs: usize) -> Layout {
        let text = format!(
            r#"<mujoco><worldbody><geom type="plane" size="1 1 1" pos="0 0 -0.5"/>{body}
            </worldbody></mujoco>"#
        );
        let (model, problems) = parse_mjcf(&text, Path::new("."));
        Layout::new(&Arc::new(model.unwrap_or_else(|| panic!("{problems:?}"))), n_envs)
    }

    #[test]
    fn neighbours_do_not_touch() {
        let layout = layout(
            r#"<body><joint type="slide" axis="1 0 0" limited="true" range="-2 2"/>
            <geom type="box" size="0.5 0.1 0.2"/></body>"#,
            12,
        );
        assert_eq!(layout.traveller, None);
        assert!(layout.low.x < -2.0 && layout.high.x > 2.0, "{layout:?}");
        let size = layout.high - layout.low;
        for (i, one) in layout.offsets.iter().enumerate() {
            for other in &layout.offsets[..i] {
                let apart = (*one - *other).abs();
                assert!(apart.x > size.x || apart.y > size.y, "{one} {other}");
            }
        }
        assert_eq!((layout.offsets.len(), layout.ground), (12, -0.5));
    }

    #[test]
    fn on_a_terrain_more_is_shown_than_one_robot() {
        let robot = r#"<body pos="0 0 1"><freejoint/><geom size="0.1"/></body>"#;
        let hill = r#"<geom type="box" size="1 1 0.5"/>"#;
        let alone = layout(&format!("{hill}{robot}"), 1);
        let grid = vec![Vec3::ZERO; 3];
        let crowd = Layout { offsets: grid.clone(), grid, shares_ground: true, ..alone.clone() };
        let width = |layout: &Layout| layout.bounds().1.x - layout.bounds().0.x;
        assert_eq!(width(&crowd), (1.0 + ON_TERRAIN) * width(&alone));
    }

    #[test]
    fn robots_that_are_kept_apart_stay_in_their_places() {
        let robot = r#"<body pos="1 2 1"><freejoint/><geom size="0.1"/></body>"#;
        let mut layout = layout(robot, 3);
        let at = |x: f32, y: f32| Pose { pos: Vec3::new(x, y, 3.0), ..default() };
        let world = Pose::default();
        let poses = [at(1.0, 2.0), at(6.0, 2.0), at(1.0, -7.0)].map(|robot| vec![world, robot]);
        let poses = Poses(poses.to_vec());
        let grid = layout.grid.clone();
        layout.keep_apart(true, &poses);
        for (env, bodies) in poses.0.iter().enumerate() {
            let place = layout.offsets[env] + bodies[1].pos;
            let apart = place - grid[env] - Vec3::new(1.0, 2.0, 3.0);
            // What a sum of numbers below 10 m loses in f32.
            assert!(apart.length() < 1e-5, "{env}: {apart}");
        }
        assert!((layout.shift(1) + 5.0 * Vec3::X).length() < 1e-5, "{}", layout.shift(1));
        assert!(layout.is_like(&Layout { offsets: grid.clone(), ..layout.clone() }));
        layout.keep_apart(false, &poses);
        assert_eq!(layout.offsets, grid);
        // On a terrain everybody is where it is.
        layout.shares_ground = true;
        layout.keep_apart(true, &poses);
        assert_eq!((&layout.offsets, layout.shift(1)), (&grid, Vec3::ZERO));
    }

    #[test]
    fn what_moves_without_end_travels() {
        let free = r#"<body name="a"><freejoint/><geom size="0.1"/></body>"#;
        assert_eq!(layout(free, 3).traveller, Some(1));
        let hinged = r#"<body><joint type="hinge"/><geom size="0.1" pos="1 0 0"/></body>"#;
        assert_eq!(layout(hinged, 3).traveller, None);
    }

    #[test]
    fn a_box_that_is_turned_reaches_farther() {
        let model = parse_mjcf(
            r#"<mujoco><worldbody><geom type="box" size="1 1 1"/></worldbody></mujoco>"#,
            Path::new("."),
        );
        let geom = &model.0.unwrap().geoms[0];
        let turned = half_extents(geom, Quat::from_rotation_z(PI / 4.0));
        assert!((turned - Vec3::new(2f32.sqrt(), 2f32.sqrt(), 1.0)).length() < 1e-5, "{turned}");
    }
}

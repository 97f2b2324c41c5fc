//! Where bodies are, from joint positions.

use crate::model::{self, Model};
use crate::physics::{Data, Params, Plan, forward, place};
use crate::scene::Snapshot;
use crate::sight;
use bevy::prelude::*;
use std::sync::Arc;

/// A frame in another.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::viewer::app) struct Pose {
    pub pos: Vec3,
    pub quat: Quat,
}

impl Pose {
    /// By which it is the same as another: numbers that are none are the same too.
    pub(in crate::viewer::app) fn bits(&self) -> [u32; 7] {
        let ([x, y, z], [i, j, k, w]) = (self.pos.to_array(), self.quat.to_array());
        [x, y, z, i, j, k, w].map(f32::to_bits)
    }

    pub(in crate::viewer::app) fn new(pos: model::Vec3, [w, x, y, z]: model::Quat) -> Self {
        let quat = [x, y, z, w].map(|part| part as f32);
        Self { pos: vec3(pos), quat: Quat::from_array(quat).normalize() }
    }

    pub(super) fn transform(&self) -> Transform {
        Transform { translation: self.pos, rotation: self.quat, ..default() }
    }

    /// On the way to another, at 0..=1.
    pub(in crate::viewer::app) fn towards(&self, other: &Self, way: f32) -> Self {
        Self { pos: self.pos.lerp(other.pos, way), quat: self.quat.slerp(other.quat, way) }
    }
}

/// A vector in Bevy's type.
pub(super) fn vec3(v: model::Vec3) -> Vec3 {
    Vec3::from_array(v.map(|part| part as f32))
}

/// Bodies as they are drawn, shape (nbody,), as what sees takes them: cameras, lights, scans.
pub(in crate::viewer::app) fn seen(model: &Model, bodies: &[Pose]) -> sight::Pose {
    let mat = |body: &Pose| Mat3::from_quat(body.quat).transpose().to_cols_array().map(f64::from);
    let wide = |v: Vec3| v.to_array().map(f64::from);
    // The mass of each subtree and its moment about the origin, from the leaves to the root.
    let mut sums: Vec<(f32, Vec3)> = Vec::with_capacity(bodies.len());
    for (body, place) in model.bodies.iter().zip(bodies) {
        let (mass, centre) = (body.mass as f32, place.pos + place.quat * vec3(body.ipos));
        sums.push((mass, mass * centre));
    }
    for body in (1..sums.len()).rev() {
        let (mass, moment) = sums[body];
        let parent = &mut sums[model.bodies[body].parentid];
        *parent = (parent.0 + mass, parent.1 + moment);
    }
    let centre = |((mass, moment), place): (&(f32, Vec3), &Pose)| match *mass > 0.0 {
        true => wide(*moment / *mass),
        false => wide(place.pos),
    };
    sight::Pose {
        xpos: bodies.iter().map(|body| wide(body.pos)).collect(),
        xmat: bodies.iter().map(mat).collect(),
        subtree_com: sums.iter().zip(bodies).map(centre).collect(),
    }
}

/// The model's kinematics, on a bench of its own.
pub(in crate::viewer::app) struct Poser {
    plan: Plan,
    params: Params<f64>,
    data: Data<f64>,
}

impl Poser {
    pub(in crate::viewer::app) fn new(model: Arc<Model>) -> Self {
        let plan = Plan::new(model);
        Self { params: Params::new(&plan.model), data: Data::new(&plan), plan }
    }

    /// Poses of all bodies at joint positions of shape (nq,).
    pub(in crate::viewer::app) fn poses(&mut self, qpos: &[f32]) -> Vec<Pose> {
        for (to, &from) in self.data.state.qpos.iter_mut().zip(qpos) {
            *to = f64::from(from);
        }
        place(&self.plan, &self.params, &mut self.data);
        let frames = self.data.xpos.iter().zip(&self.data.xquat);
        frames.map(|(&pos, &quat)| Pose::new(pos, quat)).collect()
    }

    /// Poses of some environments between two steps of theirs, at 0..=1, shape (n_envs, nbody). An
    /// environment that begins anew jumps.
    pub(in crate::viewer::app) fn between(
        &mut self,
        before: &[Snapshot],
        after: &[Snapshot],
        way: f32,
    ) -> Vec<Vec<Pose>> {
        let mut of_one = |(before, after): (&Snapshot, &Snapshot)| {
            let from = self.poses(&before.qpos);
            if way == 0.0 || before.episode != after.episode {
                return from;
            }
            let to = self.poses(&after.qpos);
            from.iter().zip(&to).map(|(from, to)| from.towards(to, way)).collect()
        };
        before.iter().zip(after).map(&mut of_one).collect()
    }

    /// Everything that follows from an environment's state, contacts and their forces included.
    pub(in crate::viewer::app) fn forward(&mut self, now: &Snapshot) -> (&Plan, &Data<f64>) {
        let state = &mut self.data.state;
        let arrays = [
            (&mut state.qpos, &now.qpos),
            (&mut state.qvel, &now.qvel),
            (&mut state.ctrl, &now.ctrl),
        ];
        for (to, from) in arrays {
            to.iter_mut().zip(from).for_each(|(to, &from)| *to = f64::from(from));
        }
        forward(&self.plan, &self.params, &mut self.data);
        (&self.plan, &self.data)
    }

    /// Poses in the model's reference configuration.
    pub(in crate::viewer::app) fn rest(&mut self) -> Vec<Pose> {
        let qpos0: Vec<f32> = self.plan.model.qpos0.iter().map(|&q| q as f32).collect();
        self.poses(&qpos0)
    }
}

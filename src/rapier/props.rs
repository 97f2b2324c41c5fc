//! Loose things among the robots.

use super::convert::vector;
use super::touch::PROP;
use crate::scene::{MOST_PROPS, Prop, PropShape, Throw};
use bevy_rapier3d::rapier::dynamics::{
    ImpulseJointSet, IslandManager, MultibodyJointSet, RigidBodyBuilder, RigidBodyHandle,
    RigidBodySet,
};
use bevy_rapier3d::rapier::geometry::{ColliderBuilder, ColliderSet};
use bevy_rapier3d::rapier::pipeline::ActiveHooks;
use std::collections::VecDeque;

const FRICTION: f32 = 0.6;
const RESTITUTION: f32 = 0.3;
/// What has fallen this far [m] is gone.
const ABYSS: f32 = -20.0;

/// The sets of a world that hold its bodies.
pub(super) struct Sets<'a> {
    pub bodies: &'a mut RigidBodySet,
    pub colliders: &'a mut ColliderSet,
    pub islands: &'a mut IslandManager,
    pub joints: &'a mut MultibodyJointSet,
}

/// What has been thrown, oldest first.
#[derive(Default)]
pub(super) struct Props {
    thrown: VecDeque<(RigidBodyHandle, u64, PropShape)>,
    n_thrown: u64,
}

impl Props {
    pub(super) fn throw(&mut self, throw: &Throw, sets: &mut Sets<'_>) {
        let body = RigidBodyBuilder::dynamic()
            .translation(vector(throw.pos))
            .linvel(vector(throw.velocity));
        let collider = match throw.shape {
            PropShape::Box([x, y, z]) => ColliderBuilder::cuboid(x, y, z),
            PropShape::Ball(radius) => ColliderBuilder::ball(radius),
        };
        let collider = collider
            .mass(throw.mass as f32)
            .friction(FRICTION)
            .restitution(RESTITUTION)
            .active_hooks(ActiveHooks::FILTER_CONTACT_PAIRS)
            .user_data(PROP);
        let handle = sets.bodies.insert(body);
        sets.colliders.insert_with_parent(collider, handle, sets.bodies);
        self.n_thrown += 1;
        self.thrown.push_back((handle, self.n_thrown, throw.shape));
        while self.thrown.len() > MOST_PROPS {
            if let Some((oldest, ..)) = self.thrown.pop_front() {
                remove(oldest, sets);
            }
        }
    }

    /// Forgets what has fallen out of the world.
    pub(super) fn tidy(&mut self, sets: &mut Sets<'_>) {
        self.thrown.retain(|&(handle, ..)| {
            let height = sets.bodies.get(handle).map(|body| body.translation().z);
            let stays = height.is_some_and(|height| height > ABYSS);
            if !stays {
                remove(handle, sets);
            }
            stays
        });
    }

    pub(super) fn all(&self, bodies: &RigidBodySet) -> Vec<Prop> {
        let thrown = self.thrown.iter();
        let prop = |&(handle, id, shape): &(RigidBodyHandle, u64, PropShape)| {
            let pose = bodies.get(handle)?.position();
            let r = pose.rotation;
            let quat = [r.w, r.x, r.y, r.z];
            Some(Prop { id, shape, pos: pose.translation.to_array(), quat })
        };
        thrown.filter_map(prop).collect()
    }
}

fn remove(handle: RigidBodyHandle, sets: &mut Sets<'_>) {
    let none = &mut ImpulseJointSet::new();
    sets.bodies.remove(handle, sets.islands, sets.colliders, none, sets.joints, true);
}

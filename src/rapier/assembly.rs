//! A model as Rapier's bodies, colliders and one multibody that hangs on the world.

use super::convert::{pose, rotation, vector};
use super::coordinate::{Coordinate, fixed, joint, link_of};
use super::shape::shape;
use super::touch::Touch;
use crate::model::{Body, Model};
use bevy_rapier3d::rapier::dynamics::{
    MassProperties, MultibodyIndex, MultibodyJointSet, RigidBodyBuilder, RigidBodyHandle,
    RigidBodySet,
};
use bevy_rapier3d::rapier::geometry::{ColliderBuilder, ColliderSet};
use bevy_rapier3d::rapier::math::Pose;
use bevy_rapier3d::rapier::pipeline::ActiveHooks;

/// What a model becomes.
pub(super) struct Assembly {
    pub bodies: RigidBodySet,
    pub colliders: ColliderSet,
    pub joints: MultibodyJointSet,
    /// None if nothing in the model moves.
    pub multibody: Option<MultibodyIndex>,
    pub coordinates: Vec<Coordinate>,
    /// The rigid body of each of our bodies; none of those that stand still.
    pub handles: Vec<Option<RigidBodyHandle>>,
}

impl Assembly {
    pub(super) fn new(model: &Model, touch: &Touch) -> Self {
        let mut assembly = Self {
            bodies: RigidBodySet::new(),
            colliders: ColliderSet::new(),
            joints: MultibodyJointSet::new(),
            multibody: None,
            coordinates: Vec::new(),
            handles: vec![None; model.bodies.len()],
        };
        let root = assembly.bodies.insert(RigidBodyBuilder::fixed());
        // Of bodies that stand still, where.
        let mut places = vec![Pose::IDENTITY; model.bodies.len()];
        let mut moved: Vec<(usize, RigidBodyHandle)> = Vec::new();
        for (i, body) in model.bodies.iter().enumerate().skip(1) {
            let parent = assembly.handles[body.parentid];
            let mut base = pose(body.pos, body.quat);
            if parent.is_none() {
                base = places[body.parentid] * base;
            }
            if parent.is_none() && body.jntnum == 0 {
                places[i] = base;
                continue;
            }
            assembly.handles[i] = Some(assembly.link(model, body, parent, root, base, &mut moved));
        }
        assembly.colliders(model, touch, &places);
        for handle in assembly.handles.iter().flatten() {
            if let Some(body) = assembly.bodies.get_mut(*handle) {
                body.recompute_mass_properties_from_colliders(&assembly.colliders);
            }
        }
        assembly.coordinates(model, &moved);
        assembly
    }

    /// A chain of links for a body: one for each joint, of which the last bears its mass.
    fn link(
        &mut self,
        model: &Model,
        body: &Body,
        parent: Option<RigidBodyHandle>,
        root: RigidBodyHandle,
        base: Pose,
        moved: &mut Vec<(usize, RigidBodyHandle)>,
    ) -> RigidBodyHandle {
        let bare = || RigidBodyBuilder::dynamic().can_sleep(false);
        let mass = MassProperties::with_principal_inertia_frame(
            vector(body.ipos),
            body.mass as f32,
            vector(body.inertia),
            rotation(body.iquat),
        );
        let whole =
            bare().additional_mass_properties(mass).gravity_scale((1.0 - body.gravcomp) as f32);
        let mut previous = parent.unwrap_or(root);
        // Only the first joint bridges the way from the parent.
        let from = |k: usize| if k == 0 { base } else { Pose::IDENTITY };
        let of_body = model.joints[body.jntadr..body.jntadr + body.jntnum].iter().enumerate();
        let mut data: Vec<_> = of_body.map(|(k, it)| joint(model, it, from(k))).collect();
        if data.is_empty() {
            data.push(fixed(base));
        }
        let n = data.len();
        for (k, data) in data.into_iter().enumerate() {
            let builder = if k + 1 == n { whole.clone() } else { bare() };
            let child = self.bodies.insert(builder);
            self.joints.insert(previous, child, data, true);
            if body.jntnum > 0 {
                moved.push((body.jntadr + k, child));
            }
            previous = child;
        }
        previous
    }

    fn colliders(&mut self, model: &Model, touch: &Touch, places: &[Pose]) {
        let hooks = ActiveHooks::FILTER_CONTACT_PAIRS | ActiveHooks::MODIFY_SOLVER_CONTACTS;
        for (index, geom) in model.geoms.iter().enumerate() {
            let touches = geom.contype | geom.conaffinity != 0 || touch.holds(index);
            let Some(placed) = touches.then(|| shape(model, geom)).flatten() else { continue };
            let in_body = pose(geom.pos, geom.quat) * placed.pose;
            let collider = ColliderBuilder::new(placed.shape)
                .density(0.0)
                .friction(geom.friction[0] as f32)
                .active_hooks(hooks)
                .user_data(index as u128 + 1);
            match self.handles[geom.bodyid] {
                Some(body) => {
                    let collider = collider.position(in_body);
                    self.colliders.insert_with_parent(collider, body, &mut self.bodies);
                }
                None => {
                    self.colliders.insert(collider.position(places[geom.bodyid] * in_body));
                }
            }
        }
    }

    /// Finds the link of every joint, and gives the multibody our damping and rotor inertia.
    fn coordinates(&mut self, model: &Model, moved: &[(usize, RigidBodyHandle)]) {
        let Some(&(_, first)) = moved.first() else { return };
        let Some(link) = self.joints.rigid_body_link(first) else { return };
        let index = link.multibody;
        self.multibody = Some(index);
        let Some(multibody) = self.joints.get_multibody_mut(index) else { return };
        // Settles that the root stands still, which moves the places of all velocities.
        multibody.forward_kinematics(&self.bodies, false);
        multibody.damping_mut().fill(0.0);
        for &(jnt, child) in moved {
            let joint = &model.joints[jnt];
            let Some(link) = link_of(multibody, child) else { continue };
            let (id, first) = (link.link_id(), link.assembly_id());
            let parent = link.parent_id().and_then(|parent| multibody.link(parent));
            let parent = parent.filter(|parent| !parent.is_root());
            let parent = parent.map(|parent| parent.rigid_body_handle());
            self.coordinates.push(Coordinate::new(model, joint, child, parent, id));
            for k in 0..joint.jnt_type.nv() {
                let dof = &model.dofs[joint.dofadr + k];
                let damping = if model.opt.enable.damper { dof.damping } else { 0.0 };
                multibody.damping_mut()[first + k] = damping as f32;
                multibody.armature_mut()[first + k] = dof.armature as f32;
            }
        }
    }
}

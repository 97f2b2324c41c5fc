//! Joints: our positions and velocities from and to those of a multibody's links.

use super::convert::{numbers, quaternion, rotation, vector};
use crate::model::{Joint, JointType, Model};
use bevy_rapier3d::rapier::dynamics::{
    GenericJoint, JointAxesMask, JointAxis, MultibodyJoint, RigidBodySet,
};
use bevy_rapier3d::rapier::dynamics::{Multibody, MultibodyLink, RigidBodyHandle};
use bevy_rapier3d::rapier::math::{Pose, Rotation, Vector};

/// Axes of a link's coordinates: x of translation, x of rotation.
const LIN_X: usize = 0;
const ANG_X: usize = 3;

/// One of our joints and the link that it moves.
pub(super) struct Coordinate {
    pub jnt_type: JointType,
    pub link: usize,
    /// The bodies on both sides; the parent is none where it cannot move.
    pub child: RigidBodyHandle,
    pub parent: Option<RigidBodyHandle>,
    pub qposadr: usize,
    pub dofadr: usize,
    /// Hinges and slides count from here.
    reference: f64,
    /// In the child's frame.
    axis: Vector,
    /// Stiffness, and where the spring rests counted from the reference.
    spring: Option<(f32, f32)>,
}

impl Coordinate {
    pub(super) fn new(
        model: &Model,
        joint: &Joint,
        child: RigidBodyHandle,
        parent: Option<RigidBodyHandle>,
        link: usize,
    ) -> Self {
        let reference = model.qpos0[joint.qposadr];
        let rest = model.qpos_spring[joint.qposadr] - reference;
        let is_scalar = matches!(joint.jnt_type, JointType::Hinge | JointType::Slide);
        let springs = is_scalar && joint.stiffness != 0.0 && model.opt.enable.spring;
        Self {
            jnt_type: joint.jnt_type,
            link,
            child,
            parent,
            qposadr: joint.qposadr,
            dofadr: joint.dofadr,
            reference,
            axis: vector(joint.axis),
            spring: springs.then_some((joint.stiffness as f32, rest as f32)),
        }
    }

    /// Puts the link where `qpos` has it, and forgets what rounding it has gathered. Velocities go
    /// into those of the whole multibody.
    pub(super) fn place(&self, multibody: &mut Multibody, qpos: &[f64], qvel: &[f64]) {
        let (q, v) = (&qpos[self.qposadr..], &qvel[self.dofadr..]);
        let Some(link) = multibody.link_mut(self.link) else { return };
        let first = link.assembly_id();
        link.joint = MultibodyJoint::new(link.joint.data, false);
        if let Some((stiffness, rest)) = self.spring {
            let axis = if self.jnt_type == JointType::Slide { LIN_X } else { ANG_X };
            link.joint.set_spring(axis, stiffness, rest);
        }
        match self.jnt_type {
            JointType::Hinge | JointType::Slide => {
                link.joint.apply_displacement(&[(q[0] - self.reference) as f32]);
                multibody.generalized_velocity_mut()[first] = v[0] as f32;
            }
            JointType::Ball => {
                let turn = rotation([q[0], q[1], q[2], q[3]]);
                link.joint.apply_displacement(&turn.to_scaled_axis().to_array());
                let spin = turn * vector([v[0], v[1], v[2]]);
                set(multibody, first, spin);
            }
            JointType::Free => {
                let turn = rotation([q[3], q[4], q[5], q[6]]);
                let [x, y, z] = vector([q[0], q[1], q[2]]).to_array();
                let [a, b, c] = turn.to_scaled_axis().to_array();
                link.joint.apply_displacement(&[x, y, z, a, b, c]);
                set(multibody, first, vector([v[0], v[1], v[2]]));
                set(multibody, first + 3, turn * vector([v[3], v[4], v[5]]));
            }
        }
    }

    /// Where the link is now. Of the two quaternions of a turn the one nearer to `qpos` as it was.
    pub(super) fn read(&self, multibody: &Multibody, qpos: &mut [f64], qvel: &mut [f64]) {
        let (q, v) = (&mut qpos[self.qposadr..], &mut qvel[self.dofadr..]);
        let Some(link) = multibody.link(self.link) else { return };
        let coords = link.joint.coords();
        let velocity = multibody.joint_velocity(link);
        let part =
            |first: usize| Vector::new(velocity[first], velocity[first + 1], velocity[first + 2]);
        match self.jnt_type {
            JointType::Hinge | JointType::Slide => {
                let axis = if self.jnt_type == JointType::Slide { LIN_X } else { ANG_X };
                q[0] = f64::from(coords[axis]) + self.reference;
                v[0] = f64::from(velocity[0]);
            }
            JointType::Ball => {
                let turn = link.joint.joint_rot();
                keep_sign(&mut q[..4], turn);
                v[..3].copy_from_slice(&numbers(turn.inverse() * part(0)));
            }
            JointType::Free => {
                let turn = link.joint.joint_rot();
                q[..3].copy_from_slice(&[coords[0], coords[1], coords[2]].map(f64::from));
                keep_sign(&mut q[3..7], turn);
                v[..3].copy_from_slice(&numbers(part(0)));
                v[3..6].copy_from_slice(&numbers(turn.inverse() * part(3)));
            }
        }
    }

    /// Lets generalised forces act: on the child, and in the opposite direction on its parent.
    pub(super) fn push(&self, bodies: &mut RigidBodySet, forces: &[f64]) {
        let tau = &forces[self.dofadr..self.dofadr + self.jnt_type.nv()];
        if tau.iter().all(|&part| part == 0.0) {
            return;
        }
        let Some(child) = bodies.get(self.child) else { return };
        let turn = child.position().rotation;
        let (mut force, mut torque) = (Vector::ZERO, Vector::ZERO);
        let mut point = child.center_of_mass();
        match self.jnt_type {
            JointType::Hinge => torque = turn * self.axis * tau[0] as f32,
            JointType::Slide => force = turn * self.axis * tau[0] as f32,
            JointType::Ball => torque = turn * vector([tau[0], tau[1], tau[2]]),
            JointType::Free => {
                force = vector([tau[0], tau[1], tau[2]]);
                torque = turn * vector([tau[3], tau[4], tau[5]]);
                point = child.position().translation;
            }
        }
        for (body, sign) in [(Some(self.child), 1.0), (self.parent, -1.0)] {
            if let Some(body) = body.and_then(|handle| bodies.get_mut(handle)) {
                body.add_force_at_point(sign * force, point, true);
                body.add_torque(sign * torque, true);
            }
        }
    }
}

fn set(multibody: &mut Multibody, first: usize, v: Vector) {
    let mut velocity = multibody.generalized_velocity_mut();
    (velocity[first], velocity[first + 1], velocity[first + 2]) = (v.x, v.y, v.z);
}

fn keep_sign(q: &mut [f64], turn: Rotation) {
    let new = quaternion(turn);
    let along: f64 = new.iter().zip(&*q).map(|(a, b)| a * b).sum();
    let sign = if along < 0.0 { -1.0 } else { 1.0 };
    q.iter_mut().zip(new).for_each(|(to, from)| *to = sign * from);
}

/// Rapier's joint for one of ours, between the frame that `base` has in the parent and the child.
/// Hinges turn about x of both local frames and slides move along it.
pub(super) fn joint(model: &Model, joint: &Joint, base: Pose) -> GenericJoint {
    let anchor = vector(joint.pos);
    let along = Rotation::from_rotation_arc(Vector::X, vector(joint.axis).normalize_or(Vector::X));
    let (free, frame) = match joint.jnt_type {
        JointType::Hinge => (JointAxesMask::ANG_X, Pose::from_parts(anchor, along)),
        JointType::Slide => (JointAxesMask::LIN_X, Pose::from_rotation(along)),
        JointType::Ball => (JointAxesMask::ANG_AXES, Pose::from_parts(anchor, Rotation::IDENTITY)),
        // A free joint is the frame itself, whatever the body's place in the file.
        JointType::Free => (JointAxesMask::all(), Pose::IDENTITY),
    };
    let base = if joint.jnt_type == JointType::Free { Pose::IDENTITY } else { base };
    let mut data = GenericJoint::new(JointAxesMask::all() - free);
    data.local_frame1 = base * frame;
    data.local_frame2 = frame;
    let axis = match joint.jnt_type {
        JointType::Hinge => JointAxis::AngX,
        JointType::Slide => JointAxis::LinX,
        JointType::Ball | JointType::Free => return data,
    };
    if joint.limited && model.opt.enable.limit {
        let reference = model.qpos0[joint.qposadr];
        data.set_limits(axis, joint.range.map(|bound| (bound - reference) as f32));
    }
    data
}

/// A link that does not move in its parent.
pub(super) fn fixed(base: Pose) -> GenericJoint {
    let mut data = GenericJoint::new(JointAxesMask::all());
    data.local_frame1 = base;
    data
}

/// The link of a body.
pub(super) fn link_of(multibody: &Multibody, body: RigidBodyHandle) -> Option<&MultibodyLink> {
    multibody.links().find(|link| link.rigid_body_handle() == body)
}

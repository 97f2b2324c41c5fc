//! Forces that follow from the state alone: springs, dampers, gravity compensation, drag.

use super::data::Data;
use super::fluid;
use super::kinematics::point_velocity;
use super::params::Params;
use super::plan::{Plan, last_dof};
use crate::math::lanes::Lanes;
use crate::math::spatial::*;
use crate::model::JointType;

/// Passive forces (mj_passive), and what pushes from outside (`xfrc_applied`).
#[inline(always)]
pub(super) fn passive<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    d.qfrc_passive.fill(L::zero());
    if plan.has_spring {
        for jnt in 0..plan.model.joints.len() {
            joint_spring(plan, p, d, jnt);
        }
    }
    if plan.has_damping {
        for i in 0..plan.model.nv {
            d.qfrc_passive[i] = (-p.dof_damping[i]).mul_add(d.state.qvel[i], d.qfrc_passive[i]);
        }
    }
    let enable = plan.model.opt.enable;
    for i in 0..plan.model.tendons.len() {
        let tendon = &p.tendons[i];
        let mut force = L::zero();
        if enable.spring {
            let [low, high] = tendon.lengthspring;
            let length = d.ten_length[i];
            force = tendon.stiffness * (length.clamp(low, high) - length);
        }
        if enable.damper {
            force = (-tendon.damping).mul_add(d.ten_velocity[i], force);
        }
        let shape = &plan.tendons[i];
        for (&dof, &growth) in shape.dofs.iter().zip(&d.ten_J[shape.adr..]) {
            d.qfrc_passive[dof] = growth.mul_add(force, d.qfrc_passive[dof]);
        }
    }
    fluid::drag(plan, p, d);
    if plan.has_gravcomp {
        let mut force = std::mem::take(&mut d.qfrc_gravcomp);
        force.fill(L::zero());
        for (i, body) in plan.model.bodies.iter().enumerate() {
            if body.gravcomp != 0.0 {
                let lift = scale3(p.gravity, -(p.body_mass[i] * p.body_gravcomp[i]));
                apply_force(plan, d, i, join6([L::zero(); 3], lift), &mut force);
            }
        }
        for (i, &lift) in force.iter().enumerate() {
            if !plan.model.joints[plan.model.dofs[i].jntid].actgravcomp {
                d.qfrc_passive[i] += lift;
            }
        }
        d.qfrc_gravcomp = force;
    }
}

/// Adds the generalised force of a wrench (torque, then force) at a body's centre of mass.
#[inline(always)]
pub(super) fn apply_force<L: Lanes>(
    plan: &Plan,
    d: &Data<L>,
    body: usize,
    wrench: V6<L>,
    out: &mut [L],
) {
    let torque = [wrench[0], wrench[1], wrench[2]];
    let force = [wrench[3], wrench[4], wrench[5]];
    let point = d.xipos[body];
    let mut dof = last_dof(&plan.model, body);
    while let Some(i) = dof {
        let mut total = dot3(point_velocity(plan, d, i, point), force);
        if plan.dof_rotates[i] {
            total += dot3(d.dof_axis[i], torque);
        }
        out[i] += total;
        dof = plan.model.dofs[i].parentid;
    }
}

#[inline(always)]
fn joint_spring<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>, jnt: usize) {
    let joint = &plan.model.joints[jnt];
    if joint.stiffness == 0.0 {
        return;
    }
    let stiffness = p.jnt_stiffness[jnt];
    let (mut qpos, mut dof) = (joint.qposadr, joint.dofadr);
    let linear = match joint.jnt_type {
        JointType::Ball => 0,
        JointType::Free => 3,
        JointType::Slide | JointType::Hinge => 1,
    };
    for _ in 0..linear {
        d.qfrc_passive[dof] = stiffness * (p.qpos_spring[qpos] - d.state.qpos[qpos]);
        (qpos, dof) = (qpos + 1, dof + 1);
    }
    if matches!(joint.jnt_type, JointType::Ball | JointType::Free) {
        let quat = |from: &[L]| [from[qpos], from[qpos + 1], from[qpos + 2], from[qpos + 3]];
        let turn =
            quat_mul(quat_conjugate(quat(&p.qpos_spring)), quat_normalize(quat(&d.state.qpos)));
        let stretch = quat_to_rotation_vector(turn);
        for k in 0..3 {
            d.qfrc_passive[dof + k] = -(stiffness * stretch[k]);
        }
    }
}

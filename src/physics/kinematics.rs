//! Positions: body frames, joint axes, centres of mass, inertias and motion axes.

use super::data::Data;
use super::params::Params;
use super::plan::Plan;
use crate::math::lanes::Lanes;
use crate::math::spatial::*;
use crate::model::JointType;

/// World frames of bodies and joints from `qpos` (mj_kinematics).
#[inline(always)]
pub fn kinematics<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    for (i, body) in plan.model.bodies.iter().enumerate().skip(1) {
        let parent = body.parentid;
        let (mut pos, mut quat) = (p.body_pos[i], p.body_quat[i]);
        if parent != 0 {
            pos = add3(rotate(&d.xmat[parent], pos), d.xpos[parent]);
            quat = quat_mul(d.xquat[parent], quat);
        }
        let mut mat = quat_to_mat(quat);
        for jnt in body.jntadr..body.jntadr + body.jntnum {
            let joint = &plan.model.joints[jnt];
            let travel = d.state.qpos[joint.qposadr] - p.qpos0[joint.qposadr];
            let anchor = add3(rotate(&mat, p.jnt_pos[jnt]), pos);
            let axis = rotate(&mat, p.jnt_axis[jnt]);
            d.xanchor[jnt] = anchor;
            d.xaxis[jnt] = axis;
            match joint.jnt_type {
                JointType::Slide => pos = mul_add3(axis, travel, pos),
                JointType::Hinge => {
                    quat = quat_mul(quat, quat_axis_angle(p.jnt_axis[jnt], travel));
                    mat = quat_to_mat(quat);
                    pos = sub3(anchor, rotate(&mat, p.jnt_pos[jnt]));
                }
            }
        }
        // Products of unit quaternions drift by rounding only, once per joint.
        let quat = quat_normalize(quat);
        d.xpos[i] = pos;
        d.xquat[i] = quat;
        d.xmat[i] = quat_to_mat(quat);
        d.xipos[i] = add3(rotate(&d.xmat[i], p.body_ipos[i]), pos);
    }
}

/// Centres of mass, inertias about them, and the motion axis of each dof (mj_comPos).
#[inline(always)]
pub(super) fn com_pos<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    let bodies = &plan.model.bodies;
    for (com, (&mass, &xipos)) in d.subtree_com.iter_mut().zip(p.body_mass.iter().zip(&d.xipos)) {
        *com = xipos.map(|x| x * mass);
    }
    for i in (0..bodies.len()).rev() {
        if i > 0 {
            let parent = bodies[i].parentid;
            d.subtree_com[parent] = add3(d.subtree_com[parent], d.subtree_com[i]);
        }
        d.subtree_com[i] = d.subtree_com[i].map(|x| x * p.body_subtreemass_inv[i]);
    }
    for i in 1..bodies.len() {
        let com = d.subtree_com[bodies[i].rootid];
        let imat = quat_to_mat(quat_mul(d.xquat[i], p.body_iquat[i]));
        d.xinertia[i] = rotate_inertia(p.body_inertia[i], &imat);
        let offset = sub3(d.xipos[i], com);
        d.cinert[i] = spatial_inertia(&d.xinertia[i], p.body_mass[i], offset);
    }
    for (jnt, joint) in plan.model.joints.iter().enumerate() {
        let axis = d.xaxis[jnt];
        d.cdof[joint.dofadr] = match joint.jnt_type {
            JointType::Slide => join6([L::zero(); 3], axis),
            JointType::Hinge => {
                let com = d.subtree_com[bodies[joint.bodyid].rootid];
                join6(axis, cross3(axis, sub3(com, d.xanchor[jnt])))
            }
        };
    }
}

//! Positions: body frames, joint axes, centres of mass, inertias and motion axes.

use super::data::Data;
use super::params::{GeomParams, Params};
use super::plan::{Axes, Plan};
use crate::math::lanes::Lanes;
use crate::math::spatial::*;
use crate::model::JointType;

/// World frames of bodies and joints from `qpos` (mj_kinematics), and of sites.
#[inline(always)]
pub fn kinematics<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    for (i, body) in plan.model.bodies.iter().enumerate().skip(1) {
        let parent = body.parentid;
        let (mut pos, mut quat) = (p.body_pos[i], p.body_quat[i]);
        if parent != 0 {
            pos = add3(rotate(&d.xmat[parent], pos), d.xpos[parent]);
            quat = quat_mul(d.xquat[parent], quat);
        }
        let mut mat = if body.jntnum > 0 { quat_to_mat(quat) } else { [L::zero(); 9] };
        for jnt in body.jntadr..body.jntadr + body.jntnum {
            let joint = &plan.model.joints[jnt];
            let qpos = &d.state.qpos[joint.qposadr..joint.qposadr + joint.jnt_type.nq()];
            if joint.jnt_type == JointType::Free {
                // A free joint is the frame itself, whatever the body's place in the file.
                pos = [qpos[0], qpos[1], qpos[2]];
                quat = quat_normalize([qpos[3], qpos[4], qpos[5], qpos[6]]);
                d.xanchor[jnt] = pos;
                continue;
            }
            let anchor = add3(rotate(&mat, p.jnt_pos[jnt]), pos);
            d.xanchor[jnt] = anchor;
            match joint.jnt_type {
                JointType::Slide => {
                    let axis = rotate(&mat, p.jnt_axis[jnt]);
                    d.dof_axis[joint.dofadr] = axis;
                    pos = mul_add3(axis, qpos[0] - p.qpos0[joint.qposadr], pos);
                    continue;
                }
                JointType::Hinge => {
                    d.dof_axis[joint.dofadr] = rotate(&mat, p.jnt_axis[jnt]);
                    let angle = qpos[0] - p.qpos0[joint.qposadr];
                    quat = quat_mul(quat, quat_axis_angle(p.jnt_axis[jnt], angle));
                }
                _ => {
                    let turn = quat_normalize([qpos[0], qpos[1], qpos[2], qpos[3]]);
                    quat = quat_mul(quat, turn);
                }
            }
            mat = quat_to_mat(quat);
            pos = sub3(anchor, rotate(&mat, p.jnt_pos[jnt]));
        }
        // Products of unit quaternions drift by rounding only, once per joint.
        let quat = quat_normalize(quat);
        d.xpos[i] = pos;
        d.xquat[i] = quat;
        d.xmat[i] = quat_to_mat(quat);
        d.xipos[i] = add3(rotate(&d.xmat[i], p.body_ipos[i]), pos);
        for jnt in body.jntadr..body.jntadr + body.jntnum {
            ball_axes(plan, d, i, jnt);
        }
    }
    for (i, site) in plan.model.sites.iter().enumerate() {
        let (pos, mat) = place(&p.sites[i], d.xpos[site.bodyid], &d.xmat[site.bodyid], Axes::All);
        (d.site_xpos[i], d.site_xmat[i]) = (pos, mat);
    }
}

/// Free and ball joints turn about the axes of the body itself.
#[inline(always)]
fn ball_axes<L: Lanes>(plan: &Plan, d: &mut Data<L>, body: usize, jnt: usize) {
    let joint = &plan.model.joints[jnt];
    let mut dof = joint.dofadr;
    if joint.jnt_type == JointType::Free {
        for k in 0..3 {
            d.dof_axis[dof + k] = [L::zero(); 3];
            d.dof_axis[dof + k][k] = L::one();
        }
        dof += 3;
    }
    if matches!(joint.jnt_type, JointType::Free | JointType::Ball) {
        for k in 0..3 {
            let m = &d.xmat[body];
            d.dof_axis[dof + k] = [m[k], m[3 + k], m[6 + k]];
        }
    }
}

/// The world frame of something fixed to a body at `pos`, `mat`; only the axes that are asked for.
#[inline(always)]
pub(super) fn place<L: Lanes>(
    local: &GeomParams<L>,
    pos: V3<L>,
    mat: &M3<L>,
    axes: Axes,
) -> (V3<L>, M3<L>) {
    let place = add3(rotate(mat, local.pos), pos);
    let mut turned = [L::zero(); 9];
    let first = match axes {
        Axes::None => 3,
        Axes::Z => 2,
        Axes::All => 0,
    };
    for k in first..3 {
        let axis = rotate(mat, [local.mat[k], local.mat[3 + k], local.mat[6 + k]]);
        (turned[k], turned[3 + k], turned[6 + k]) = (axis[0], axis[1], axis[2]);
    }
    (place, turned)
}

/// Centres of mass, inertias about them, and the motion axis of each dof (mj_comPos).
#[inline(always)]
pub(super) fn com_pos<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    let bodies = &plan.model.bodies;
    for (com, (&mass, &xipos)) in d.subtree_com.iter_mut().zip(p.body_mass.iter().zip(&d.xipos)) {
        *com = scale3(xipos, mass);
    }
    for i in (0..bodies.len()).rev() {
        if i > 0 {
            let parent = bodies[i].parentid;
            d.subtree_com[parent] = add3(d.subtree_com[parent], d.subtree_com[i]);
        }
        d.subtree_com[i] = if bodies[i].subtreemass > 0.0 {
            scale3(d.subtree_com[i], p.body_subtreemass_inv[i])
        } else {
            d.xipos[i]
        };
    }
    for i in 1..bodies.len() {
        let com = d.subtree_com[bodies[i].rootid];
        let imat = quat_to_mat(quat_mul(d.xquat[i], p.body_iquat[i]));
        d.xinertia[i] = rotate_inertia(p.body_inertia[i], &imat);
        let offset = sub3(d.xipos[i], com);
        d.cinert[i] = spatial_inertia(&d.xinertia[i], p.body_mass[i], offset);
    }
    for (i, dof) in plan.model.dofs.iter().enumerate() {
        let axis = d.dof_axis[i];
        d.cdof[i] = if plan.dof_rotates[i] {
            let com = d.subtree_com[bodies[dof.bodyid].rootid];
            join6(axis, cross3(axis, sub3(com, d.xanchor[dof.jntid])))
        } else {
            join6([L::zero(); 3], axis)
        };
    }
}

/// How a point fixed to the dof's body moves when this dof alone moves with unit velocity.
#[inline(always)]
pub(super) fn point_velocity<L: Lanes>(
    plan: &Plan,
    d: &Data<L>,
    dof: usize,
    point: V3<L>,
) -> V3<L> {
    let axis = d.dof_axis[dof];
    if plan.dof_rotates[dof] {
        cross3(axis, sub3(point, d.xanchor[plan.model.dofs[dof].jntid]))
    } else {
        axis
    }
}

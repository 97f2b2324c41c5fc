//! Joint-space inertia and sparse factorisation.

use super::data::Data;
use super::params::Params;
use super::plan::Plan;
use crate::math::lanes::Lanes;
use crate::math::spatial::{V3, cross3, dot3, shift_inertia, sub3, symmetric_mul};
use crate::model::JointType;

/// Joint-space inertia by composite rigid bodies (mj_crb; Featherstone 2008, section 6.2).
///
/// Each composite is taken about its own centre of mass rather than the whole tree's: the small
/// inertia of a far link would drown in its distance squared, which costs f32 two digits.
#[inline(always)]
pub(super) fn crb<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    let bodies = &plan.model.bodies;
    for i in 1..bodies.len() {
        let offset = sub3(d.xipos[i], d.subtree_com[i]);
        d.crb[i] = shift_inertia(&d.xinertia[i], p.body_mass[i], offset);
    }
    for i in (1..bodies.len()).rev() {
        let parent = bodies[i].parentid;
        if parent != 0 {
            let offset = sub3(d.subtree_com[i], d.subtree_com[parent]);
            let shifted = shift_inertia(&d.crb[i], p.body_subtreemass[i], offset);
            for (total, entry) in d.crb[parent].iter_mut().zip(shifted) {
                *total += entry;
            }
        }
    }
    for (i, dof) in plan.model.dofs.iter().enumerate() {
        // The composite's momentum when this dof alone moves with unit velocity.
        let com = d.subtree_com[dof.bodyid];
        let (rotation, velocity) = unit_motion(plan, d, i, com);
        let mass = p.body_subtreemass[dof.bodyid];
        let linear = velocity.map(|v| v * mass);
        let angular = symmetric_mul(&d.crb[dof.bodyid], rotation);
        d.qM[plan.M_rowadr[i]] =
            dot3(rotation, angular) + dot3(velocity, linear) + p.dof_armature[i];
        for (adr, j) in plan.ancestors(i) {
            let (rotation, velocity) = unit_motion(plan, d, j, com);
            d.qM[adr] = dot3(rotation, angular) + dot3(velocity, linear);
        }
    }
}

/// Angular velocity, and velocity of a material point, when a dof alone moves with unit velocity.
#[inline(always)]
fn unit_motion<L: Lanes>(plan: &Plan, d: &Data<L>, dof: usize, point: V3<L>) -> (V3<L>, V3<L>) {
    let jnt = plan.model.dofs[dof].jntid;
    let axis = d.xaxis[jnt];
    match plan.model.joints[jnt].jnt_type {
        JointType::Slide => ([L::zero(); 3], axis),
        JointType::Hinge => (axis, cross3(axis, sub3(point, d.xanchor[jnt]))),
    }
}

/// Factors a tree-sparse symmetric positive definite matrix in place into L'DL, without fill-in
/// (Featherstone 2008, section 6.5). The diagonal keeps D; `diag_inv` gets its inverse.
#[inline(always)]
pub(super) fn factor<L: Lanes>(plan: &Plan, matrix: &mut [L], diag_inv: &mut [L]) {
    for k in (0..plan.model.nv).rev() {
        let (row, nnz) = (plan.M_rowadr[k], plan.M_rownnz[k]);
        let inv = L::one() / matrix[row];
        diag_inv[k] = inv;
        for a in 1..nnz {
            let ancestor = plan.M_rowadr[plan.M_colind[row + a]];
            let scaled = matrix[row + a] * inv;
            for b in a..nnz {
                let product = matrix[row + b];
                let entry = &mut matrix[ancestor + b - a];
                *entry = (-scaled).mul_add(product, *entry);
            }
            matrix[row + a] = scaled;
        }
    }
}

/// Solves for `x` in place with a factor made by [`factor`].
#[inline(always)]
pub(super) fn solve<L: Lanes>(plan: &Plan, factored: &[L], diag_inv: &[L], x: &mut [L]) {
    for i in (0..plan.model.nv).rev() {
        let xi = x[i];
        for (adr, j) in plan.ancestors(i) {
            x[j] = (-factored[adr]).mul_add(xi, x[j]);
        }
        x[i] = xi * diag_inv[i];
    }
    for i in 0..plan.model.nv {
        let mut xi = x[i];
        for (adr, j) in plan.ancestors(i) {
            xi = (-factored[adr]).mul_add(x[j], xi);
        }
        x[i] = xi;
    }
}

/// `out = matrix * x` for a tree-sparse symmetric matrix.
#[inline(always)]
pub(super) fn multiply<L: Lanes>(plan: &Plan, matrix: &[L], x: &[L], out: &mut [L]) {
    for i in 0..plan.model.nv {
        let mut sum = matrix[plan.M_rowadr[i]] * x[i];
        for (adr, j) in plan.ancestors(i) {
            sum = matrix[adr].mul_add(x[j], sum);
            out[j] = matrix[adr].mul_add(x[i], out[j]);
        }
        out[i] = sum;
    }
}

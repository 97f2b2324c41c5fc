//! Joint-space inertia.

use super::data::Data;
use super::kinematics::point_velocity;
use super::params::Params;
use super::pattern::tri;
use super::plan::Plan;
use crate::math::lanes::Lanes;
use crate::math::spatial::{dot3, scale3, shift_inertia, sub3, symmetric_mul};

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
    if plan.has_tendon_armature {
        d.qM.fill(L::zero());
    }
    for (i, dof) in plan.model.dofs.iter().enumerate() {
        // The composite's momentum when this dof alone moves with unit velocity.
        let com = d.subtree_com[dof.bodyid];
        let mass = p.body_subtreemass[dof.bodyid];
        let velocity = point_velocity(plan, d, i, com);
        let linear = scale3(velocity, mass);
        let mut diagonal = dot3(velocity, linear) + p.dof_armature[i];
        let row = tri(i, 0);
        if plan.dof_rotates[i] {
            let angular = symmetric_mul(&d.crb[dof.bodyid], d.dof_axis[i]);
            diagonal += dot3(d.dof_axis[i], angular);
            for j in plan.ancestors.row(i) {
                let mut entry = dot3(point_velocity(plan, d, j, com), linear);
                if plan.dof_rotates[j] {
                    entry += dot3(d.dof_axis[j], angular);
                }
                d.qM[row + j] = entry;
            }
        } else {
            for j in plan.ancestors.row(i) {
                d.qM[row + j] = dot3(point_velocity(plan, d, j, com), linear);
            }
        }
        d.qM[row + i] = diagonal;
    }
    if plan.has_tendon_armature {
        tendon_armature(plan, p, d);
    }
}

/// Rotor inertia that turns with a tendon (mj_tendonArmature).
#[inline(always)]
fn tendon_armature<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    for (shape, params) in plan.tendons.iter().zip(&p.tendons) {
        let row = &d.ten_J[shape.adr..shape.adr + shape.dofs.len()];
        for (&i, &a) in shape.dofs.iter().zip(row) {
            for (&j, &b) in shape.dofs.iter().zip(row).filter(|&(&j, _)| j <= i) {
                d.qM[tri(i, j)] += params.armature * a * b;
            }
        }
    }
}

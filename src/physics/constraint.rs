//! Constraint rows of dry friction and limits, and what all rows have in common: which exist, their Jacobian, and how
//! softly they hold.
//!
//! Formulas: MuJoCo documentation, "Computation / Constraint model" and "Solver parameters".

use super::data::{Data, Group, Push};
use super::equality;
use super::params::{Impedance, LimitParams, MIN_VALUE, Params};
use super::plan::{Plan, Slot, Subject};
use crate::math::lanes::{LaneMask, Lanes, Slice, pow, turns, when};
use crate::math::spatial::*;

/// Makes the groups of all constraints but contacts (mj_makeConstraint).
#[inline(always)]
pub(super) fn make_constraint<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    d.groups.clear();
    if L::RECORDS {
        // What a block does not write reads 0 after it: no weight, so no row.
        for rows in [&mut d.efc_J, &mut d.efc_D, &mut d.efc_aref] {
            rows.fill(L::zero());
        }
    }
    for slot in &plan.slots[plan.equality_slots.clone()] {
        equality::equality(plan, p, d, slot);
    }
    for slot in &plan.slots[plan.friction_slots.clone()] {
        friction(plan, p, d, slot);
    }
    for slot in &plan.slots[plan.limit_slots.clone()] {
        limit(plan, p, d, slot);
    }
}

/// Appends a group of rows that push as their subject does.
#[inline(always)]
pub(super) fn push_group<L: Lanes>(
    plan: &Plan,
    d: &mut Data<L>,
    slot: &Slot,
    pos: L,
    friction: [L; 5],
    mu: L,
) {
    let push = Push::of(slot.subject, slot.dim, plan.model.opt.cone);
    d.groups.push(Group { slot: *slot, push, pos, friction, mu });
    if L::RECORDS {
        // The solver finds them by an index.
        let rows = slot.row..slot.row + slot.dim;
        let jacobian = slot.jadr..slot.jadr + slot.dim * plan.dofs(slot).len();
        L::keep("efc_J", jacobian.start, &mut d.efc_J[jacobian], true);
        L::keep("efc_aref", rows.start, &mut d.efc_aref[rows], true);
    }
}

/// A row of the Jacobian times a vector over dofs.
#[inline(always)]
pub(super) fn row_dot<L: Lanes>(plan: &Plan, slot: &Slot, row: usize, efc_J: &[L], x: &[L]) -> L {
    let dofs = plan.dofs(slot);
    let first = slot.jadr + row * dofs.len();
    let mut sum = L::zero();
    for (&dof, &j) in dofs.iter().zip(&efc_J[first..first + dofs.len()]) {
        sum = j.mul_add(x[dof as usize], sum);
    }
    sum
}

/// All rows of a slot's Jacobian times a vector over dofs.
#[inline(always)]
pub(super) fn rows_dot<L: Lanes>(plan: &Plan, slot: &Slot, efc_J: &[L], x: &[L], out: &mut [L]) {
    let dofs = plan.dofs(slot);
    let jacobian = &efc_J[slot.jadr..slot.jadr + slot.dim * dofs.len()];
    match slot.dim {
        1 => times::<L, 1>(dofs, jacobian, x, out),
        3 => times::<L, 3>(dofs, jacobian, x, out),
        4 => times::<L, 4>(dofs, jacobian, x, out),
        _ => times::<L, 6>(dofs, jacobian, x, out),
    }
}

#[inline(always)]
fn times<L: Lanes, const DIM: usize>(dofs: &[u32], jacobian: &[L], x: &[L], out: &mut [L]) {
    let n = dofs.len();
    let rows: [&[L]; DIM] = std::array::from_fn(|r| &jacobian[r * n..(r + 1) * n]);
    let mut sums = [L::zero(); DIM];
    turns!(L, for (k, &dof) in dofs.iter().enumerate(), [sums;] => {
        let x = x[dof as usize];
        for r in 0..DIM {
            sums[r] = rows[r][k].mul_add(x, sums[r]);
        }
    });
    out[..DIM].copy_from_slice(&sums);
}

/// Adds a slot's transposed Jacobian times a number for each of its rows to a vector over dofs.
#[inline(always)]
pub(super) fn add_transposed<L: Lanes>(
    plan: &Plan,
    slot: &Slot,
    efc_J: &[L],
    by_row: &[L],
    out: &mut [L],
) {
    let dofs = plan.dofs(slot);
    let jacobian = &efc_J[slot.jadr..slot.jadr + slot.dim * dofs.len()];
    match slot.dim {
        1 => add_times::<L, 1>(dofs, jacobian, by_row, out),
        3 => add_times::<L, 3>(dofs, jacobian, by_row, out),
        4 => add_times::<L, 4>(dofs, jacobian, by_row, out),
        _ => add_times::<L, 6>(dofs, jacobian, by_row, out),
    }
}

#[inline(always)]
fn add_times<L: Lanes, const DIM: usize>(
    dofs: &[u32],
    jacobian: &[L],
    by_row: &[L],
    out: &mut [L],
) {
    let n = dofs.len();
    let rows: [&[L]; DIM] = std::array::from_fn(|r| &jacobian[r * n..(r + 1) * n]);
    let mut values = [L::zero(); DIM];
    values.copy_from_slice(&by_row[..DIM]);
    turns!(L, for (k, &dof) in dofs.iter().enumerate(), [Slice(&mut *out);] => {
        let total = &mut out[dof as usize];
        for r in 0..DIM {
            *total = rows[r][k].mul_add(values[r], *total);
        }
    });
}

/// How hard a row holds: its impedance at a distance from where it begins, and the inverse of its
/// regularisation.
#[inline(always)]
pub(super) fn regularise<L: Lanes>(params: &Impedance<L>, distance: L, invweight: L) -> (L, L) {
    let impedance = impedance(params, distance);
    let regularisation = ((L::one() - impedance) * invweight / impedance).max(L::splat(MIN_VALUE));
    (impedance, regularisation)
}

/// The impedance at a distance from the margin: a smooth step from `dmin` to `dmax` over `width`.
#[inline(always)]
fn impedance<L: Lanes>(params: &Impedance<L>, distance: L) -> L {
    let one = L::one();
    let x = (distance / params.width.max(L::splat(MIN_VALUE))).min(one);
    let mid = params.midpoint;
    let power = params.power;
    let y = if power == 1.0 {
        x
    } else {
        // a x^p up to the midpoint, 1 - b (1 - x)^p from there on, meeting with equal slopes.
        let lower = power_of(x, power) / power_of(mid, power - 1.0);
        let upper = one - power_of(one - x, power) / power_of(one - mid, power - 1.0);
        L::select(x.le(mid), lower, upper)
    };
    // A width of zero has no step: MuJoCo takes the mean.
    let flat = params.width.le(L::splat(MIN_VALUE));
    let mean = L::splat(0.5) * (params.dmin + params.dmax);
    L::select(flat, mean, y.mul_add(params.dmax - params.dmin, params.dmin))
}

/// base^exponent, with the usual exponents as products.
#[inline(always)]
fn power_of<L: Lanes>(base: L, exponent: f64) -> L {
    if exponent == 1.0 {
        base
    } else if exponent == 2.0 {
        base * base
    } else {
        pow(base, L::splat(exponent))
    }
}

/// A limit of a joint or tendon (mj_instantiateLimit).
#[inline(always)]
fn limit<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>, slot: &Slot) {
    // Where it stands, and the derivative of its distance by the position.
    let side = |limit: &LimitParams<L>, value: L, side: usize| {
        let sign = L::splat(if side == 0 { 1.0 } else { -1.0 });
        (sign * (value - limit.range[side]), sign)
    };
    match slot.subject {
        Subject::LimitJoint(jnt, which) => {
            let limit = &p.jnt_limit[jnt];
            let joint = &plan.model.joints[jnt];
            let (pos, sign) = side(limit, d.state.qpos[joint.qposadr], which);
            when!(L, pos.lt(limit.margin), [d.groups, d.efc_J, d.efc_D, d.efc_aref;] => {
                d.efc_J[slot.jadr] = sign;
                limit_row(plan, d, slot, limit, pos);
            });
        }
        Subject::LimitBall(jnt) => {
            let limit = &p.jnt_limit[jnt];
            let q = &d.state.qpos[plan.model.joints[jnt].qposadr..];
            let turn = quat_to_rotation_vector(quat_normalize([q[0], q[1], q[2], q[3]]));
            let angle = dot3(turn, turn).sqrt();
            let pos = limit.range[0].max(limit.range[1]) - angle;
            when!(L, pos.lt(limit.margin), [d.groups, d.efc_J, d.efc_D, d.efc_aref;] => {
                let inverse = L::one() / angle.max(L::splat(MIN_VALUE));
                for (k, _) in plan.dofs(slot).iter().enumerate() {
                    // The list of dofs begins with the last.
                    d.efc_J[slot.jadr + k] = -(turn[2 - k] * inverse);
                }
                limit_row(plan, d, slot, limit, pos);
            });
        }
        Subject::LimitTendon(tendon, which) => {
            let limit = &p.tendons[tendon].limit;
            let (pos, sign) = side(limit, d.ten_length[tendon], which);
            when!(L, pos.lt(limit.margin), [d.groups, d.efc_J, d.efc_D, d.efc_aref;] => {
                tendon_row(plan, d, slot, tendon, sign);
                limit_row(plan, d, slot, limit, pos);
            });
        }
        _ => {}
    }
}

#[inline(always)]
fn limit_row<L: Lanes>(plan: &Plan, d: &mut Data<L>, slot: &Slot, limit: &LimitParams<L>, pos: L) {
    let violation = pos - limit.margin;
    let active = violation.lt(L::zero());
    let (impedance, r) = regularise(&limit.impedance, violation.abs(), limit.invweight0);
    d.efc_D[slot.row] = L::select(active, L::one() / r, L::zero());
    let velocity = row_dot(plan, slot, 0, &d.efc_J, &d.state.qvel);
    d.efc_aref[slot.row] =
        -(limit.impedance.damping * velocity) - limit.impedance.stiffness * impedance * violation;
    push_group(plan, d, slot, pos, [L::zero(); 5], L::zero());
}

/// Writes a tendon's Jacobian times `scale` as the slot's only row.
#[inline(always)]
fn tendon_row<L: Lanes>(plan: &Plan, d: &mut Data<L>, slot: &Slot, tendon: usize, scale: L) {
    let n = slot.dofs.1 - slot.dofs.0;
    d.efc_J[slot.jadr..slot.jadr + n].fill(L::zero());
    add_tendon(plan, d, slot, tendon, scale);
}

#[inline(always)]
pub(super) fn add_tendon<L: Lanes>(
    plan: &Plan,
    d: &mut Data<L>,
    slot: &Slot,
    tendon: usize,
    scale: L,
) {
    let shape = &plan.tendons[tendon];
    for (k, &dof) in shape.dofs.iter().enumerate() {
        add_entry(plan, d, slot, 0, dof, d.ten_J[shape.adr + k] * scale);
    }
}

/// Adds to the Jacobian's entry of a dof.
#[inline(always)]
pub(super) fn add_entry<L: Lanes>(
    plan: &Plan,
    d: &mut Data<L>,
    slot: &Slot,
    row: usize,
    dof: usize,
    value: L,
) {
    let dofs = plan.dofs(slot);
    if let Some(place) = dofs.iter().position(|&i| i as usize == dof) {
        d.efc_J[slot.jadr + row * dofs.len() + place] += value;
    }
}

/// Dry friction of a dof or tendon (mj_instantiateFriction): holds still up to a largest force.
#[inline(always)]
fn friction<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>, slot: &Slot) {
    let params = match slot.subject {
        Subject::FrictionDof(dof) => {
            d.efc_J[slot.jadr] = L::one();
            &p.dof_friction[dof]
        }
        Subject::FrictionTendon(tendon) => {
            tendon_row(plan, d, slot, tendon, L::one());
            &p.tendons[tendon].friction
        }
        _ => return,
    };
    let (_, r) = regularise(&params.impedance, L::zero(), params.invweight0);
    d.efc_D[slot.row] = L::one() / r;
    let velocity = row_dot(plan, slot, 0, &d.efc_J, &d.state.qvel);
    d.efc_aref[slot.row] = -(params.impedance.damping * velocity);
    let mut limit = [L::zero(); 5];
    limit[0] = params.frictionloss;
    push_group(plan, d, slot, L::zero(), limit, L::zero());
}

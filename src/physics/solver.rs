//! The constrained acceleration: Newton's method with an exact line search.
//!
//! Minimises over the acceleration a
//!   (a - qacc_smooth)' M (a - qacc_smooth) / 2 + sum over rows of D min(0, J a - aref)^2 / 2,
//! a strictly convex function (MuJoCo documentation, "Computation / Constraint solver"). It is
//! quadratic between the points where rows begin or cease to push, so a step that changes no row's
//! state has reached the minimum. Each lane decides for itself when it is done.

use super::data::Data;
use super::inertia;
use super::plan::Plan;
use crate::math::lanes::{LaneMask, Lanes};

/// Fills `qacc` and `qfrc_constraint`.
#[inline(always)]
pub(super) fn solve<L: Lanes>(plan: &Plan, d: &mut Data<L>) {
    d.qacc.copy_from_slice(&d.qacc_smooth);
    d.qfrc_constraint.fill(L::zero());
    if d.active_rows.is_empty() {
        return;
    }
    let mut todo = start(plan, d);
    for _ in 0..plan.model.opt.iterations {
        todo = todo & !gradient(plan, d);
        if !todo.any() {
            break;
        }
        newton_direction(plan, d);
        let step = L::select(todo, line_search(plan, d), L::zero());
        todo = todo & advance(plan, d, step);
    }
    constraint_force(plan, d);
}

/// Chooses the cheaper of the last and the unconstrained acceleration; the answer does not depend
/// on it, only the number of iterations. Returns the lanes that have rows at all.
#[inline(always)]
fn start<L: Lanes>(plan: &Plan, d: &mut Data<L>) -> L::Mask {
    let mut constrained = L::Mask::splat(false);
    for &row in &d.active_rows {
        constrained = constrained | L::zero().lt(d.efc_D[row]);
    }
    let smooth_cost = evaluate(plan, d);
    std::mem::swap(&mut d.qacc, &mut d.state.qacc_warmstart);
    let warm_cost = evaluate(plan, d);
    let warm = constrained & warm_cost.lt(smooth_cost);
    for i in 0..plan.model.nv {
        d.qacc[i] = L::select(warm, d.qacc[i], d.qacc_smooth[i]);
    }
    evaluate(plan, d);
    constrained
}

/// Updates `ma` and `jaref` for the present `qacc`, and returns its cost.
#[inline(always)]
fn evaluate<L: Lanes>(plan: &Plan, d: &mut Data<L>) -> L {
    let s = &mut d.solver;
    inertia::multiply(plan, &d.qM, &d.qacc, &mut s.ma);
    let mut cost = L::zero();
    for i in 0..plan.model.nv {
        cost = (s.ma[i] - d.qfrc_smooth[i]).mul_add(d.qacc[i] - d.qacc_smooth[i], cost);
    }
    for &row in &d.active_rows {
        let jaref = row_dot(plan, row, &d.efc_J, &d.qacc) - d.efc_aref[row];
        s.jaref[row] = jaref;
        let push = jaref.min(L::zero());
        cost = (d.efc_D[row] * push).mul_add(push, cost);
    }
    cost * L::splat(0.5)
}

/// A row of the Jacobian times a vector over dofs.
#[inline(always)]
fn row_dot<L: Lanes>(plan: &Plan, row: usize, efc_J: &[L], x: &[L]) -> L {
    let slot = plan.rows[row];
    let mut sum = L::zero();
    for adr in slot.adr..slot.adr + slot.nnz {
        sum = efc_J[adr].mul_add(x[plan.row_dof[adr]], sum);
    }
    sum
}

/// The gradient, and which rows push. Returns the lanes whose gradient is as good as zero, in
/// MuJoCo's scaling, or in the lanes' own precision where that is coarser.
#[inline(always)]
fn gradient<L: Lanes>(plan: &Plan, d: &mut Data<L>) -> L::Mask {
    let s = &mut d.solver;
    let mut size = L::zero();
    for i in 0..plan.model.nv {
        s.grad[i] = s.ma[i] - d.qfrc_smooth[i];
        size = size.max(s.ma[i].abs()).max(d.qfrc_smooth[i].abs());
    }
    for &row in &d.active_rows {
        let jaref = s.jaref[row];
        s.pushing[row] = L::select(jaref.lt(L::zero()), d.efc_D[row], L::zero());
        let force = -(s.pushing[row] * jaref);
        size = size.max(force.abs());
        let slot = plan.rows[row];
        for adr in slot.adr..slot.adr + slot.nnz {
            let grad = &mut s.grad[plan.row_dof[adr]];
            *grad = (-d.efc_J[adr]).mul_add(force, *grad);
        }
    }
    let mut squared = L::zero();
    for &grad in &s.grad {
        squared = grad.mul_add(grad, squared);
    }
    let opt = &plan.model.opt;
    let scale = L::splat(1.0 / (plan.model.meaninertia * plan.model.nv.max(1) as f64));
    let norm = squared.sqrt();
    (norm * scale).lt(L::splat(opt.tolerance)) | norm.le(size * L::splat(L::EPSILON))
}

/// `search = -H^-1 grad` with H = M + J' D J over the rows that push.
#[inline(always)]
fn newton_direction<L: Lanes>(plan: &Plan, d: &mut Data<L>) {
    let s = &mut d.solver;
    s.hessian.copy_from_slice(&d.qM);
    for &row in &d.active_rows {
        // A row's dofs lie on one chain, so the entry of each pair is in the deeper dof's row.
        let slot = plan.rows[row];
        for a in slot.adr..slot.adr + slot.nnz {
            let weighted = s.pushing[row] * d.efc_J[a];
            let first = plan.M_rowadr[plan.row_dof[a]];
            for b in a..slot.adr + slot.nnz {
                let entry = &mut s.hessian[first + b - a];
                *entry = weighted.mul_add(d.efc_J[b], *entry);
            }
        }
    }
    inertia::factor(plan, &mut s.hessian, &mut s.hessian_diag_inv);
    for (search, &grad) in s.search.iter_mut().zip(&s.grad) {
        *search = -grad;
    }
    inertia::solve(plan, &s.hessian, &s.hessian_diag_inv, &mut s.search);
    inertia::multiply(plan, &d.qM, &s.search, &mut s.mv);
    for &row in &d.active_rows {
        s.jv[row] = row_dot(plan, row, &d.efc_J, &s.search);
    }
}

/// The exact minimum along `search`: a root of the cost's derivative, which is increasing and
/// piecewise linear, by Newton steps kept inside a bracket.
#[inline(always)]
fn line_search<L: Lanes>(plan: &Plan, d: &Data<L>) -> L {
    let s = &d.solver;
    let (mut slope0, mut curvature) = (L::zero(), L::zero());
    for i in 0..plan.model.nv {
        slope0 = s.search[i].mul_add(s.ma[i] - d.qfrc_smooth[i], slope0);
        curvature = s.search[i].mul_add(s.mv[i], curvature);
    }
    let (mut low, mut high) = (L::zero(), L::splat(f64::from(f32::MAX)));
    let mut alpha = L::one();
    let mut todo = L::Mask::splat(true);
    for _ in 0..plan.model.opt.ls_iterations {
        let (mut first, mut second) = (curvature.mul_add(alpha, slope0), curvature);
        for &row in &d.active_rows {
            let jaref = s.jv[row].mul_add(alpha, s.jaref[row]);
            let weighted = L::select(jaref.lt(L::zero()), d.efc_D[row] * s.jv[row], L::zero());
            first = weighted.mul_add(jaref, first);
            second = weighted.mul_add(s.jv[row], second);
        }
        let descending = first.lt(L::zero());
        low = L::select(todo & descending, alpha, low);
        high = L::select(todo & !descending, alpha, high);
        let newton = alpha - first / second;
        let inside = low.le(newton) & newton.le(high);
        let next = L::select(inside, newton, L::splat(0.5) * (low + high));
        let settled = (next - alpha).abs().le(alpha * L::splat(2.0 * L::EPSILON));
        alpha = L::select(todo, next, alpha);
        todo = todo & !settled;
        if !todo.any() {
            break;
        }
    }
    alpha
}

/// Moves by `step` along `search`. Returns the lanes in which some row changed its state.
#[inline(always)]
fn advance<L: Lanes>(plan: &Plan, d: &mut Data<L>, step: L) -> L::Mask {
    let s = &mut d.solver;
    let moved = L::zero().lt(step);
    let along = |x: L, direction: L| L::select(moved, direction.mul_add(step, x), x);
    for i in 0..plan.model.nv {
        d.qacc[i] = along(d.qacc[i], s.search[i]);
        s.ma[i] = along(s.ma[i], s.mv[i]);
    }
    let mut changed = L::Mask::splat(false);
    for &row in &d.active_rows {
        let pushed = L::zero().lt(s.pushing[row]);
        s.jaref[row] = along(s.jaref[row], s.jv[row]);
        let pushes = s.jaref[row].lt(L::zero()) & L::zero().lt(d.efc_D[row]);
        changed = changed | (pushed & !pushes) | (pushes & !pushed);
    }
    changed
}

/// `J' force` of the rows that push.
#[inline(always)]
fn constraint_force<L: Lanes>(plan: &Plan, d: &mut Data<L>) {
    for &row in &d.active_rows {
        let force = -(d.efc_D[row] * d.solver.jaref[row].min(L::zero()));
        let slot = plan.rows[row];
        for adr in slot.adr..slot.adr + slot.nnz {
            let total = &mut d.qfrc_constraint[plan.row_dof[adr]];
            *total = d.efc_J[adr].mul_add(force, *total);
        }
    }
}

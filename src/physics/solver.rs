//! The constrained acceleration: Newton's method with an exact line search.
//!
//! Minimises over the acceleration a
//!   (a - qacc_smooth)' M (a - qacc_smooth) / 2 + sum over groups of rows of cost(J a - aref),
//! a strictly convex function (MuJoCo documentation, "Computation / Constraint solver"). Each lane
//! decides for itself when it is done.

use super::constraint::{add_transposed, rows_dot};
use super::cost::{self, LocalHessian, MAX_DIM};
use super::data::{Data, Group, Push};
use super::hessian::add_group;
use super::line_search::line_search;
use super::params::Params;
use super::plan::Plan;
use crate::math::lanes::{LaneMask, Lanes, Slice, cells, listed, put, repeat, turns, when};

/// Newton steps at the beginning that are taken whole, without a line search. They need not lower the
/// cost; most of them land where other rows push, and from there fewer steps lead to the end.
const WHOLE_STEPS: usize = 2;

/// Fills `qacc`, `qfrc_constraint` and `efc_force`.
#[inline(always)]
pub(super) fn solve<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    d.qacc.copy_from_slice(&d.qacc_smooth);
    d.qfrc_constraint.fill(L::zero());
    if d.groups.is_empty() {
        return;
    }
    choose_pattern(plan, d);
    if L::RECORDS {
        keep_in_arrays(d);
    }
    let mut todo = start(plan, d);
    repeat!(L, turn in plan.model.opt.iterations, while todo, [d.qacc, d.efc_force, d.solver;] => {
        find_live(d, todo);
        todo = todo & !gradient(plan, p, d);
        when!(L, todo, [d.qacc, d.solver; todo] => {
            newton_direction(plan, d, todo);
            todo = todo & take_step(plan, p, d, todo, turn);
        });
    });
    constraint_force(plan, d);
    if L::RECORDS {
        release_from_arrays(d);
    }
}

/// What is found by an index here, where it is written down as a program.
fn keep_in_arrays<L: Lanes>(d: &mut Data<L>) {
    let s = &mut d.solver;
    let filled = [
        ("efc_D", &mut d.efc_D),
        ("efc_force", &mut d.efc_force),
        ("qM", &mut d.qM),
        ("qfrc_smooth", &mut d.qfrc_smooth),
        ("qfrc_constraint", &mut d.qfrc_constraint),
        ("qacc_smooth", &mut d.qacc_smooth),
        ("qacc", &mut d.qacc),
        ("warmstart", &mut d.state.qacc_warmstart),
    ];
    filled.into_iter().for_each(|(name, cells)| L::keep(name, 0, cells, true));
    let empty = [
        ("jaref", &mut s.jaref),
        ("jv", &mut s.jv),
        ("grad", &mut s.grad),
        ("search", &mut s.search),
        ("ma", &mut s.ma),
        ("mv", &mut s.mv),
        ("hessian", &mut s.hessian),
        ("hessian_diag_inv", &mut s.hessian_diag_inv),
        ("scratch", &mut s.scratch),
    ];
    empty.into_iter().for_each(|(name, cells)| L::keep(name, 0, cells, false));
}

fn release_from_arrays<L: Lanes>(d: &mut Data<L>) {
    let (s, state) = (&mut d.solver, &mut d.state);
    L::release(cells!([d.efc_J, d.efc_aref, d.efc_D, d.efc_force, d.qM, d.qfrc_smooth; ]));
    L::release(cells!([d.qfrc_constraint, d.qacc_smooth, d.qacc, state.qacc_warmstart, s.jaref; ]));
    L::release(cells!([s.jv, s.grad, s.search, s.ma, s.mv, s.hessian, s.hessian_diag_inv; ]));
    L::release(cells!([s.scratch; ]));
}

/// Moves along `search`, in the first turns all the way, later as far as it is best. Returns the lanes in which that
/// may not have been the end.
#[inline(always)]
fn take_step<L: Lanes>(
    plan: &Plan,
    p: &Params<L>,
    d: &mut Data<L>,
    todo: L::Mask,
    turn: L,
) -> L::Mask {
    let (mut step, mut slope) = (L::one(), L::zero());
    let searches = L::splat(WHOLE_STEPS as f64).le(turn);
    when!(L, searches, [step, slope;] => {
        let (found, descent) = line_search(plan, d, todo);
        (step, slope) = (L::select(searches, found, step), L::select(searches, descent, slope));
    });
    let step = L::select(todo, step, L::zero());
    let kinks_passed = advance(plan, d, step);
    // A whole step through one quadratic ends in its minimum; the line search may have stopped
    // a little short of a kink, with the same rows pushing.
    let whole = (step - L::one()).abs().le(L::splat(4.0 * L::EPSILON));
    let unfinished = kinks_passed | !whole;
    // Half the decrease that a quadratic would have had, in MuJoCo's scaling.
    let improvement = L::splat(-0.5) * step * slope * p.solver_scale;
    unfinished & (!searches | L::splat(plan.model.opt.tolerance).le(improvement))
}

/// Lists the groups that a lane with work to do has. What the others say changes in none of these
/// lanes, and of lanes that are done nothing is asked any more.
#[inline(always)]
fn find_live<L: Lanes>(d: &mut Data<L>, todo: L::Mask) {
    d.solver.live.clear();
    for (index, group) in d.groups.iter().enumerate() {
        if (todo & L::zero().lt(d.efc_D[group.slot.row])).any() {
            d.solver.live.push(index as u32);
        }
    }
}

/// Finds the pattern of the Hessian: the tree's, and more where a group couples branches.
#[inline(always)]
fn choose_pattern<L: Lanes>(plan: &Plan, d: &mut Data<L>) {
    let s = &mut d.solver;
    if !d.groups.iter().any(|group| group.slot.couples) {
        return;
    }
    s.pattern_rows.copy_from_slice(&plan.tree_rows);
    for group in d.groups.iter().filter(|group| group.slot.couples) {
        // Each dof meets all smaller ones of the group.
        let dofs = plan.dofs(&group.slot);
        let mut smaller = 0_u128;
        for &dof in dofs.iter().rev() {
            s.pattern_rows[dof as usize] |= smaller;
            smaller |= 1 << dof;
        }
    }
    if s.pattern_rows != s.pattern_key {
        s.pattern_key.copy_from_slice(&s.pattern_rows);
        s.pattern.set_closure(&mut s.pattern_rows);
    }
}

/// Chooses the cheaper of the last and the unconstrained acceleration; the answer does not depend
/// on it, only the number of iterations. Fills `ma` and `jaref`; returns the lanes that have rows.
#[inline(always)]
fn start<L: Lanes>(plan: &Plan, d: &mut Data<L>) -> L::Mask {
    let s = &mut d.solver;
    let warm = &d.state.qacc_warmstart;
    plan.tree.multiply(&d.qM, warm, &mut s.ma);
    put!(L, [s.ma;]);
    let (mut constrained, mut gain) = (L::Mask::splat(false), L::zero());
    turns!(L, for i in 0..plan.model.nv, [gain;] => {
        let half = L::splat(0.5) * (s.ma[i] - d.qfrc_smooth[i]);
        gain = half.mul_add(warm[i] - d.qacc_smooth[i], gain);
    });
    turns!(L, for group in &d.groups, [gain, s.jaref, s.jv; constrained] => {
        let slot = group.slot;
        let rows = slot.row..slot.row + slot.dim;
        let present = L::zero().lt(d.efc_D[slot.row]);
        constrained = constrained | present;
        listed!(L, present, [gain, s.jaref, s.jv;] => {
            rows_dot(plan, &slot, &d.efc_J, &d.qacc_smooth, &mut s.jaref[rows.clone()]);
            rows_dot(plan, &slot, &d.efc_J, warm, &mut s.jv[rows.clone()]);
            for row in rows.clone() {
                s.jaref[row] -= d.efc_aref[row];
                s.jv[row] -= d.efc_aref[row];
            }
            gain += cost::cost(group, &d.efc_D[rows.clone()], &s.jv[rows.clone()])
                - cost::cost(group, &d.efc_D[rows.clone()], &s.jaref[rows]);
        });
    });
    let warm_is_better = constrained & gain.lt(L::zero());
    turns!(L, for i in 0..plan.model.nv, [d.qacc, s.ma;] => {
        d.qacc[i] = L::select(warm_is_better, warm[i], d.qacc_smooth[i]);
        s.ma[i] = L::select(warm_is_better, s.ma[i], d.qfrc_smooth[i]);
    });
    turns!(L, for group in &d.groups, [s.jaref;] => {
        listed!(L, L::zero().lt(d.efc_D[group.slot.row]), [s.jaref;] => {
            for row in group.slot.row..group.slot.row + group.slot.dim {
                s.jaref[row] = L::select(warm_is_better, s.jv[row], s.jaref[row]);
            }
        });
    });
    constrained
}

/// The gradient. Returns the lanes in which it is as good as zero, in MuJoCo's scaling, or in the
/// lanes' own precision where that is coarser.
#[inline(always)]
fn gradient<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) -> L::Mask {
    let s = &mut d.solver;
    let mut size = L::zero();
    turns!(L, for i in 0..plan.model.nv, [size, s.grad;] => {
        s.grad[i] = s.ma[i] - d.qfrc_smooth[i];
        size = size.max(s.ma[i].abs()).max(d.qfrc_smooth[i].abs());
    });
    let live = s.live.iter().map(|&index| &d.groups[index as usize]);
    turns!(L, for group in live, [size, s.grad, d.efc_force;] => {
        let slot = group.slot;
        let rows = slot.row..slot.row + slot.dim;
        let force = &mut d.efc_force[rows.clone()];
        let present = L::zero().lt(d.efc_D[slot.row]);
        listed!(L, present, [size, s.grad, Slice(&mut *force);] => {
            cost::force(group, &d.efc_D[rows.clone()], &s.jaref[rows], force);
            let mut pull = [L::zero(); MAX_DIM];
            for (pull, &force) in pull.iter_mut().zip(force.iter()) {
                size = size.max(force.abs());
                *pull = -force;
            }
            add_transposed(plan, &slot, &d.efc_J, &pull, &mut s.grad);
        });
    });
    let mut squared = L::zero();
    turns!(L, for &grad in &s.grad, [squared;] => {
        squared = grad.mul_add(grad, squared);
    });
    let norm = squared.sqrt();
    let opt = &plan.model.opt;
    (norm * p.solver_scale).lt(L::splat(opt.tolerance)) | norm.le(size * L::splat(L::EPSILON))
}

/// `search = -H^-1 grad` with H = M + sum over groups of J' (local Hessian) J.
#[inline(always)]
fn newton_direction<L: Lanes>(plan: &Plan, d: &mut Data<L>, todo: L::Mask) {
    let s = &mut d.solver;
    let couples = s.live.iter().any(|&index| d.groups[index as usize].slot.couples);
    let pattern = if couples { &s.pattern } else { &plan.tree };
    plan.tree.copy_into(&d.qM, pattern, &mut s.hessian);
    put!(L, [s.hessian;]);
    let mut local: LocalHessian<L> = [[L::zero(); MAX_DIM]; MAX_DIM];
    let live = s.live.iter().map(|&index| &d.groups[index as usize]);
    turns!(L, for group in live, [s.hessian;] => {
        let rows = group.slot.row..group.slot.row + group.slot.dim;
        let present = L::zero().lt(d.efc_D[group.slot.row]);
        listed!(L, present, [s.hessian;] => {
            let pushes = cost::curvature(group, &d.efc_D[rows.clone()], &s.jaref[rows], &mut local);
            when!(L, todo & pushes, [s.hessian;] => {
                add_group(plan, group, &local, &d.efc_J, &mut s.scratch, &mut s.hessian);
            });
        });
    });
    pattern.factor(&mut s.hessian, &mut s.hessian_diag_inv);
    for (search, &grad) in s.search.iter_mut().zip(&s.grad) {
        *search = -grad;
    }
    put!(L, [s.search;]);
    pattern.solve(&s.hessian, &s.hessian_diag_inv, &mut s.search);
    plan.tree.multiply(&d.qM, &s.search, &mut s.mv);
    put!(L, [s.mv;]);
    let live = s.live.iter().map(|&index| &d.groups[index as usize]);
    turns!(L, for group in live, [s.jv;] => {
        let present = L::zero().lt(d.efc_D[group.slot.row]);
        listed!(L, present, [s.jv;] => {
            rows_dot(plan, &group.slot, &d.efc_J, &s.search, &mut s.jv[group.slot.row..]);
        });
    });
}

/// Moves by `step` along `search`. Returns the lanes in which the cost was not one quadratic all the
/// way: elsewhere the minimum has been reached.
#[inline(always)]
fn advance<L: Lanes>(plan: &Plan, d: &mut Data<L>, step: L) -> L::Mask {
    let s = &mut d.solver;
    let moved = L::zero().lt(step);
    turns!(L, for i in 0..plan.model.nv, [d.qacc, s.ma;] => {
        d.qacc[i] = moved_by(moved, step, d.qacc[i], s.search[i]);
        s.ma[i] = moved_by(moved, step, s.ma[i], s.mv[i]);
    });
    let mut changed = L::Mask::splat(false);
    let live = s.live.iter().map(|&index| &d.groups[index as usize]);
    turns!(L, for group in live, [s.jaref; changed] => {
        let rows = group.slot.row..group.slot.row + group.slot.dim;
        let weight = d.efc_D[group.slot.row];
        let jaref = &mut s.jaref[rows.clone()];
        let jv = &s.jv[rows];
        listed!(L, L::zero().lt(weight), [Slice(&mut *jaref); changed] => {
            changed = changed | passes_kink(group, weight, (moved, step), jaref, jv);
            for (x, &v) in jaref.iter_mut().zip(jv) {
                *x = moved_by(moved, step, *x, v);
            }
        });
    });
    changed
}

/// The lanes in which a group's cost is not one quadratic along a step.
#[inline(always)]
fn passes_kink<L: Lanes>(
    group: &Group<L>,
    weight: L,
    (moved, step): (L::Mask, L),
    jaref: &[L],
    jv: &[L],
) -> L::Mask {
    let zero = L::zero();
    let present = zero.lt(weight);
    match group.push {
        Push::Equality => L::Mask::splat(false),
        Push::Unilateral => {
            let after = moved_by(moved, step, jaref[0], jv[0]);
            present & differs::<L>(jaref[0].lt(zero), after.lt(zero))
        }
        Push::Friction => {
            let most = group.friction[0];
            let (before, after) =
                (weight * jaref[0], weight * moved_by(moved, step, jaref[0], jv[0]));
            differs::<L>(before.lt(most), after.lt(most))
                | differs::<L>((-most).lt(before), (-most).lt(after))
        }
        Push::Pyramid => {
            let after = moved_by(moved, step, jaref[0], jv[0]);
            let mut changed = L::Mask::splat(false);
            for k in 1..jaref.len() {
                let friction = group.friction[k - 1];
                let (lean, leans) =
                    (friction * jaref[k], friction * moved_by(moved, step, jaref[k], jv[k]));
                let plus = differs::<L>((jaref[0] + lean).lt(zero), (after + leans).lt(zero));
                let minus = differs::<L>((jaref[0] - lean).lt(zero), (after - leans).lt(zero));
                changed = changed | (present & (plus | minus));
            }
            changed
        }
        // Curved: Newton's step is exact only in the limit.
        Push::Cone => present,
    }
}

/// `x + step * direction` in the lanes that move. The others keep their bits.
#[inline(always)]
fn moved_by<L: Lanes>(moved: L::Mask, step: L, x: L, direction: L) -> L {
    L::select(moved, direction.mul_add(step, x), x)
}

#[inline(always)]
fn differs<L: Lanes>(a: L::Mask, b: L::Mask) -> L::Mask {
    (a & !b) | (b & !a)
}

/// `J' force`, and the forces themselves.
#[inline(always)]
fn constraint_force<L: Lanes>(plan: &Plan, d: &mut Data<L>) {
    turns!(L, for group in &d.groups, [d.efc_force, d.qfrc_constraint;] => {
        let slot = group.slot;
        let rows = slot.row..slot.row + slot.dim;
        let force = &mut d.efc_force[rows.clone()];
        let present = L::zero().lt(d.efc_D[slot.row]);
        listed!(L, present, [Slice(&mut *force), d.qfrc_constraint;] => {
            cost::force(group, &d.efc_D[rows.clone()], &d.solver.jaref[rows], force);
            add_transposed(plan, &slot, &d.efc_J, force, &mut d.qfrc_constraint);
        });
    });
}

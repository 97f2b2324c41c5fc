//! Constraint rows: which exist, their Jacobian, and how softly they hold.
//!
//! Formulas: MuJoCo documentation, "Computation / Constraint model" and "Solver parameters".

use super::data::Data;
use super::params::{LimitParams, MIN_VALUE, Params};
use super::plan::Plan;
use crate::math::lanes::{LaneMask, Lanes};

/// Makes the rows of joint limits (mj_instantiateLimit, mj_makeImpedance, mj_referenceConstraint).
#[inline(always)]
pub(super) fn make_constraint<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    d.active_rows.clear();
    for (row, slot) in plan.limits.iter().enumerate() {
        let limit = &p.jnt_limit[slot.jntid];
        let sign = L::splat(slot.sign);
        let pos = sign * (d.state.qpos[slot.qposadr] - limit.range[slot.side]);
        let active = pos.lt(limit.margin);
        if !active.any() {
            continue;
        }
        d.active_rows.push(row);
        d.efc_pos[row] = pos;
        d.efc_J[plan.rows[row].adr] = sign;

        let violation = pos - limit.margin;
        let impedance = impedance(limit, violation.abs());
        let regularisation =
            ((L::one() - impedance) * limit.invweight0 / impedance).max(L::splat(MIN_VALUE));
        d.efc_D[row] = L::select(active, L::one() / regularisation, L::zero());
        let velocity = sign * d.state.qvel[plan.row_dof[plan.rows[row].adr]];
        d.efc_aref[row] = -(limit.damping * velocity) - limit.stiffness * impedance * violation;
    }
}

/// The impedance at a distance from the margin: a smooth step from `dmin` to `dmax` over `width`.
#[inline(always)]
fn impedance<L: Lanes>(limit: &LimitParams<L>, distance: L) -> L {
    let one = L::one();
    let x = (distance / limit.width.max(L::splat(MIN_VALUE))).min(one);
    let mid = limit.midpoint;
    let y = if limit.power == 1.0 {
        x
    } else {
        // a x^p up to the midpoint, 1 - b (1 - x)^p from there on, meeting with equal slopes.
        let power = limit.power;
        let pow = |base: L, exponent: f64| {
            if exponent == 1.0 {
                base
            } else if exponent == 2.0 {
                base * base
            } else {
                base.map(|b| b.powf(exponent))
            }
        };
        let lower = pow(x, power) / pow(mid, power - 1.0);
        let upper = one - pow(one - x, power) / pow(one - mid, power - 1.0);
        L::select(x.le(mid), lower, upper)
    };
    // A width of zero has no step: MuJoCo takes the mean.
    let flat = limit.width.le(L::splat(MIN_VALUE));
    let mean = L::splat(0.5) * (limit.dmin + limit.dmax);
    L::select(flat, mean, y.mul_add(limit.dmax - limit.dmin, limit.dmin))
}

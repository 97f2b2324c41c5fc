//! How far to go along the solver's direction.

use super::cost::{self, LocalHessian, MAX_DIM};
use super::data::{Data, Group, Push};
use super::plan::Plan;
use crate::math::lanes::{LaneMask, Lanes, listed, repeat, turns};

/// The slope at the end, as a part of that at the start, that counts as none.
const LS_TOLERANCE: f64 = 1e-3;

/// The exact minimum along `search`, and the slope at its start: a root of the cost's derivative,
/// which increases, by Newton steps kept inside a bracket. Where the derivative bends, two Newton steps
/// may lead back to where they began: a step that is more than half of the one before it gives way to
/// bisection.
#[inline(always)]
pub(super) fn line_search<L: Lanes>(plan: &Plan, d: &Data<L>, mut todo: L::Mask) -> (L, L) {
    let s = &d.solver;
    let (mut slope0, mut curvature) = (L::zero(), L::zero());
    turns!(L, for i in 0..plan.model.nv, [slope0, curvature;] => {
        slope0 = s.search[i].mul_add(s.ma[i] - d.qfrc_smooth[i], slope0);
        curvature = s.search[i].mul_add(s.mv[i], curvature);
    });
    let mut whole_slope = L::zero();
    turns!(L, for (&search, &grad) in s.search.iter().zip(&s.grad), [whole_slope;] => {
        whole_slope = search.mul_add(grad, whole_slope);
    });
    let unbounded = L::splat(f64::from(f32::MAX));
    let (mut low, mut high) = (L::zero(), unbounded);
    let mut alpha = L::one();
    let mut last = unbounded;
    let precision = L::splat(2.0 * L::EPSILON);
    let flat = whole_slope.abs() * L::splat(LS_TOLERANCE);
    let mut local: LocalHessian<L> = [[L::zero(); MAX_DIM]; MAX_DIM];
    repeat!(L, _turn in plan.model.opt.ls_iterations, while todo, [alpha, low, high, last;] => {
        let (mut first, mut second) = (curvature.mul_add(alpha, slope0), curvature);
        let live = s.live.iter().map(|&index| &d.groups[index as usize]);
        turns!(L, for group in live, [first, second;] => {
            let rows = group.slot.row..group.slot.row + group.slot.dim;
            let (jaref, jv) = (&s.jaref[rows.clone()], &s.jv[rows.clone()]);
            listed!(L, L::zero().lt(d.efc_D[group.slot.row]), [first, second;] => {
                let (one, two) = along(group, &d.efc_D[rows], jaref, jv, alpha, &mut local);
                first += one;
                second += two;
            });
        });
        let descending = first.lt(L::zero());
        low = L::select(todo & descending, alpha, low);
        high = L::select(todo & !descending, alpha, high);
        let newton = alpha - first / second;
        let shrinks = (newton - alpha).abs().le(L::splat(0.5) * last);
        let inside = (low.lt(newton) & newton.lt(high) & shrinks) | unbounded.le(high);
        let next = L::select(inside, newton, L::splat(0.5) * (low + high));
        last = (next - alpha).abs();
        let settled = first.abs().le(flat) | (next - alpha).abs().le(alpha * precision);
        alpha = L::select(todo & !settled, next, alpha);
        todo = todo & !settled;
    });
    (alpha, whole_slope)
}

/// First and second derivative of a group's cost by the step length.
#[inline(always)]
fn along<L: Lanes>(
    group: &Group<L>,
    d: &[L],
    jaref: &[L],
    jv: &[L],
    alpha: L,
    local: &mut LocalHessian<L>,
) -> (L, L) {
    let zero = L::zero();
    match group.push {
        Push::Unilateral => {
            let x = jv[0].mul_add(alpha, jaref[0]);
            let weighted = L::select(x.lt(zero), d[0] * jv[0], zero);
            (weighted * x, weighted * jv[0])
        }
        Push::Pyramid => {
            let (x0, v0) = (jv[0].mul_add(alpha, jaref[0]), jv[0]);
            let (mut first, mut second) = (zero, zero);
            for k in 1..jaref.len() {
                let friction = group.friction[k - 1];
                let (v, x) = (friction * jv[k], friction * jv[k].mul_add(alpha, jaref[k]));
                for (x, v) in [(x0 + x, v0 + v), (x0 - x, v0 - v)] {
                    let on = L::select(x.lt(zero), v, zero);
                    first = on.mul_add(x, first);
                    second = on.mul_add(v, second);
                }
            }
            (d[0] * first, d[0] * second)
        }
        _ => {
            let dim = jaref.len();
            let (mut x, mut force) = ([zero; MAX_DIM], [zero; MAX_DIM]);
            for k in 0..dim {
                x[k] = jv[k].mul_add(alpha, jaref[k]);
            }
            cost::force(group, d, &x[..dim], &mut force[..dim]);
            let mut first = zero;
            for k in 0..dim {
                first = (-force[k]).mul_add(jv[k], first);
            }
            if !cost::curvature(group, d, &x[..dim], local).any() {
                return (first, zero);
            }
            let mut second = zero;
            for i in 0..dim {
                for j in 0..dim {
                    second = (local[i][j] * jv[i]).mul_add(jv[j], second);
                }
            }
            (first, second)
        }
    }
}

//! What constraint rows cost at an acceleration: each group's force and local Hessian.
//!
//! Formulas: MuJoCo documentation, "Computation / Constraint solver". A group sees only
//! `jaref = J qacc - aref` of its own rows; its cost is convex in them.

use super::data::{Group, Push};
use crate::math::lanes::{LaneMask, Lanes};

/// Most rows of a group.
pub(super) const MAX_DIM: usize = 6;

/// Second derivatives of a group's cost, symmetric; entries beyond the group's rows are not set.
pub(super) type LocalHessian<L> = [[L; MAX_DIM]; MAX_DIM];

/// The negative derivative of the cost by `jaref`: the force of each row.
#[inline(always)]
pub(super) fn force<L: Lanes>(group: &Group<L>, d: &[L], jaref: &[L], out: &mut [L]) {
    let zero = L::zero();
    match group.push {
        Push::Equality => {
            for k in 0..jaref.len() {
                out[k] = -(d[k] * jaref[k]);
            }
        }
        Push::Unilateral => out[0] = -(d[0] * jaref[0].min(zero)),
        Push::Friction => {
            let most = group.friction[0];
            out[0] = (-(d[0] * jaref[0])).clamp(-most, most);
        }
        Push::Pyramid => {
            out[0] = zero;
            for k in 1..jaref.len() {
                let lean = group.friction[k - 1] * jaref[k];
                let plus = (jaref[0] + lean).min(zero);
                let minus = (jaref[0] - lean).min(zero);
                out[0] = (-d[0]).mul_add(plus + minus, out[0]);
                out[k] = -(d[0] * group.friction[k - 1] * (plus - minus));
            }
        }
        Push::Cone => {
            let zone = Zone::of(group, d, jaref);
            let normal = -(zone.weight * zone.excess * group.mu);
            out[0] = zone.choose(zero, -(d[0] * jaref[0]), normal);
            for k in 1..jaref.len() {
                let friction = group.friction[k - 1];
                let slide = -(normal * friction * friction * jaref[k] * zone.tangent_inv);
                out[k] = zone.choose(zero, -(d[k] * jaref[k]), slide);
            }
        }
    }
}

/// The cost.
#[inline(always)]
pub(super) fn cost<L: Lanes>(group: &Group<L>, d: &[L], jaref: &[L]) -> L {
    let (zero, half) = (L::zero(), L::splat(0.5));
    match group.push {
        Push::Equality => half * squares(d, jaref),
        Push::Unilateral => {
            let push = jaref[0].min(zero);
            half * d[0] * push * push
        }
        Push::Friction => {
            // Quadratic up to the largest force, linear beyond.
            let most = group.friction[0];
            let force = (d[0] * jaref[0]).clamp(-most, most);
            let r = L::select(zero.lt(d[0]), L::one() / d[0], zero);
            force * (jaref[0] - half * r * force)
        }
        Push::Pyramid => {
            let mut sum = zero;
            for k in 1..jaref.len() {
                let lean = group.friction[k - 1] * jaref[k];
                let plus = (jaref[0] + lean).min(zero);
                let minus = (jaref[0] - lean).min(zero);
                sum = plus.mul_add(plus, minus.mul_add(minus, sum));
            }
            half * d[0] * sum
        }
        Push::Cone => {
            let zone = Zone::of(group, d, jaref);
            let edge = half * zone.weight * zone.excess * zone.excess;
            zone.choose(zero, half * squares(d, jaref), edge)
        }
    }
}

#[inline(always)]
fn squares<L: Lanes>(d: &[L], jaref: &[L]) -> L {
    let mut sum = L::zero();
    for (&d, &x) in d.iter().zip(jaref) {
        sum = (d * x).mul_add(x, sum);
    }
    sum
}

/// The Hessian. Returns the lanes that push at all; if none does it may not be set.
#[inline(always)]
pub(super) fn curvature<L: Lanes>(
    group: &Group<L>,
    d: &[L],
    jaref: &[L],
    hessian: &mut LocalHessian<L>,
) -> L::Mask {
    let zero = L::zero();
    let dim = jaref.len();
    match group.push {
        Push::Equality => {
            for i in 0..dim {
                hessian[i] = [zero; MAX_DIM];
                hessian[i][i] = d[i];
            }
            L::Mask::splat(true)
        }
        Push::Unilateral => {
            let pushes = jaref[0].lt(zero) & zero.lt(d[0]);
            hessian[0][0] = L::select(pushes, d[0], zero);
            pushes
        }
        Push::Friction => {
            let sticks = (d[0] * jaref[0]).abs().lt(group.friction[0]);
            hessian[0][0] = L::select(sticks, d[0], zero);
            sticks
        }
        Push::Pyramid => {
            let mut any = L::Mask::splat(false);
            hessian[0][0] = zero;
            for k in 1..dim {
                let friction = group.friction[k - 1];
                let lean = friction * jaref[k];
                let plus_on = (jaref[0] + lean).lt(zero);
                let minus_on = (jaref[0] - lean).lt(zero);
                any = any | plus_on | minus_on;
                let plus = L::select(plus_on, d[0], zero);
                let minus = L::select(minus_on, d[0], zero);
                let sum = plus + minus;
                hessian[0][0] += sum;
                let cross = friction * (plus - minus);
                (hessian[0][k], hessian[k][0]) = (cross, cross);
                hessian[k][k] = friction * friction * sum;
                for j in 1..k {
                    (hessian[j][k], hessian[k][j]) = (zero, zero);
                }
            }
            any & zero.lt(d[0])
        }
        Push::Cone => cone_curvature(group, d, jaref, hessian),
    }
}

/// The Hessian of an elliptic cone: on the edge it is that of weight / 2 (mu N - ...)^2, with the
/// curvature of the circle.
#[inline(always)]
fn cone_curvature<L: Lanes>(
    group: &Group<L>,
    d: &[L],
    jaref: &[L],
    hessian: &mut LocalHessian<L>,
) -> L::Mask {
    let zero = L::zero();
    let dim = jaref.len();
    let zone = Zone::of(group, d, jaref);
    let pushes = (!zone.free) & zero.lt(d[0]);
    if !pushes.any() {
        return pushes;
    }
    // excess = N - mu T with N = mu jaref_0 and T = |friction jaref|; its derivative by each row.
    let mut slope = [zero; MAX_DIM];
    slope[0] = group.mu;
    for k in 1..dim {
        let friction = group.friction[k - 1];
        slope[k] = -(group.mu * friction * friction * jaref[k] * zone.tangent_inv);
    }
    // Second derivative of the excess: -mu (diag(f^2) / T - u u' / T^3).
    let bend = -(zone.excess * group.mu * zone.tangent_inv);
    for i in 0..dim {
        for j in 0..=i {
            let mut edge = slope[i] * slope[j];
            if j > 0 {
                let (fi, fj) = (group.friction[i - 1], group.friction[j - 1]);
                let mut circle =
                    -(slope[i] * slope[j] / (group.mu * group.mu).max(L::splat(1e-15)));
                if i == j {
                    circle += fi * fj;
                }
                edge += bend * circle;
            }
            let whole = if i == j { d[i] } else { zero };
            let value = zone.choose(zero, whole, zone.weight * edge);
            (hessian[i][j], hessian[j][i]) = (value, value);
        }
    }
    pushes
}

/// Where in relation to an elliptic cone a contact is.
struct Zone<L: Lanes> {
    /// Separating: no force.
    free: L::Mask,
    /// Inside the friction cone: all rows push as if bilateral. Otherwise on its edge.
    sticks: L::Mask,
    /// N - mu T.
    excess: L,
    /// One over T.
    tangent_inv: L,
    /// D_0 / (mu^2 (1 + mu^2)).
    weight: L,
}

impl<L: Lanes> Zone<L> {
    #[inline(always)]
    fn of(group: &Group<L>, d: &[L], jaref: &[L]) -> Self {
        let (zero, mu) = (L::zero(), group.mu);
        let normal = mu * jaref[0];
        let mut squared = zero;
        for k in 1..jaref.len() {
            let slide = group.friction[k - 1] * jaref[k];
            squared = slide.mul_add(slide, squared);
        }
        let tangent = squared.sqrt();
        let still = tangent.le(L::splat(1e-15));
        let free = (mu * tangent).le(normal) | (still & zero.le(normal));
        let sticks = mu.mul_add(normal, tangent).le(zero) | (still & normal.lt(zero));
        let weight = d[0] / (mu * mu * (L::one() + mu * mu)).max(L::splat(1e-15));
        let tangent_inv = L::one() / L::select(still, L::one(), tangent);
        Self { free, sticks, excess: normal - mu * tangent, tangent_inv, weight }
    }

    #[inline(always)]
    fn choose(&self, free: L, sticks: L, edge: L) -> L {
        L::select(self.free, free, L::select(self.sticks, sticks, edge))
    }
}

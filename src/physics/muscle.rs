//! Muscles: how their force follows from length, velocity and activation, and activation from control.
//!
//! Formulas: MuJoCo documentation, "Modeling / Muscles" (force-length-velocity curves after Zajac 1989 and Millard
//! et al. 2013, activation dynamics of the latter), and the behaviour of its engine where that is silent.

use super::params::{MIN_VALUE, MuscleParams};
use crate::math::lanes::Lanes;

/// Length of an actuator in optimal lengths of its muscle.
#[inline(always)]
fn in_optimal_lengths<L: Lanes>(muscle: &MuscleParams<L>, length: L) -> L {
    (length - muscle.shortest) / muscle.optimal + muscle.low
}

/// Active force at rest in largest forces: four pieces of parabolas, one at the optimal length.
#[inline(always)]
fn force_length<L: Lanes>(muscle: &MuscleParams<L>, length: L) -> L {
    let (zero, one, half) = (L::zero(), L::one(), L::splat(0.5));
    let least = L::splat(MIN_VALUE);
    let a = half * (muscle.lmin + one);
    let b = half * (muscle.lmax + one);
    let foot = |x: L| half * x * x;
    let rising = foot((length - muscle.lmin) / (a - muscle.lmin).max(least));
    let below = one - foot((one - length) / (one - a).max(least));
    let above = one - foot((length - one) / (b - one).max(least));
    let falling = foot((muscle.lmax - length) / (muscle.lmax - b).max(least));
    let first = L::select(length.le(a), rising, below);
    let last = L::select(length.le(b), above, falling);
    let inside = muscle.lmin.le(length) & length.le(muscle.lmax);
    L::select(inside, L::select(length.le(one), first, last), zero)
}

/// Active force by velocity, in that at rest, and its derivative by the velocity [velocities of vmax].
#[inline(always)]
fn force_velocity<L: Lanes>(muscle: &MuscleParams<L>, velocity: L) -> (L, L) {
    let (zero, one, two) = (L::zero(), L::one(), L::splat(2.0));
    let y = muscle.fvmax - one;
    let divisor = y.max(L::splat(MIN_VALUE));
    let short = velocity + one;
    let rest = y - velocity;
    let value = L::select(
        velocity.le(zero),
        L::select(velocity.le(-one), zero, short * short),
        L::select(velocity.le(y), muscle.fvmax - rest * rest / divisor, muscle.fvmax),
    );
    let slope = L::select(
        velocity.le(zero),
        L::select(velocity.le(-one), zero, two * short),
        L::select(velocity.le(y), two * rest / divisor, zero),
    );
    (value, slope)
}

/// The force of a unit of activation, and its derivative by the actuator's velocity. It pulls: it is negative.
#[inline(always)]
pub(super) fn gain<L: Lanes>(muscle: &MuscleParams<L>, length: L, velocity: L) -> (L, L) {
    let at_rest = -(muscle.peak * force_length(muscle, in_optimal_lengths(muscle, length)));
    let fastest = (muscle.optimal * muscle.vmax).max(L::splat(MIN_VALUE));
    let (by_velocity, slope) = force_velocity(muscle, velocity / fastest);
    (at_rest * by_velocity, at_rest * slope / fastest)
}

/// The passive force of a muscle that is stretched beyond its optimal length.
#[inline(always)]
pub(super) fn bias<L: Lanes>(muscle: &MuscleParams<L>, length: L) -> L {
    let (one, half) = (L::one(), L::splat(0.5));
    let length = in_optimal_lengths(muscle, length);
    let b = half * (one + muscle.lmax);
    let width = (b - one).max(L::splat(MIN_VALUE));
    let (x, beyond) = ((length - one) / width, (length - b) / width);
    let share = L::select(length.le(b), half * x * x, half + beyond);
    let share = L::select(length.le(one), L::zero(), share);
    -(muscle.peak * muscle.fpmax * share)
}

/// Rate of change of the activation [1/s]; time constants [s] of activation and deactivation, and the width of the
/// difference over which one becomes the other.
#[inline(always)]
pub(super) fn activation<L: Lanes>(ctrl: L, act: L, times: [f64; 3]) -> L {
    let (zero, one) = (L::zero(), L::one());
    let [rise, fall, width] = times;
    let difference = ctrl.clamp(zero, one) - act;
    // The more is active, the slower calcium is taken up and the faster it is given back.
    let scale = L::splat(1.5).mul_add(act.clamp(zero, one), L::splat(0.5));
    let rise = L::splat(rise) * scale;
    let fall = L::splat(fall) / scale;
    let share = if width < MIN_VALUE {
        L::select(zero.lt(difference), one, zero)
    } else {
        smooth_step((difference / L::splat(width) + L::splat(0.5)).clamp(zero, one))
    };
    let time = share.mul_add(rise - fall, fall);
    difference / time.max(L::splat(MIN_VALUE))
}

/// From 0 to 1 with two derivatives zero at either end: 6 x^5 - 15 x^4 + 10 x^3.
#[inline(always)]
fn smooth_step<L: Lanes>(x: L) -> L {
    let inner = L::splat(6.0).mul_add(x, L::splat(-15.0)).mul_add(x, L::splat(10.0));
    x * x * x * inner
}

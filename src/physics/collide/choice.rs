//! One of three axes, another one in each lane.

use crate::math::lanes::Lanes;
use crate::math::spatial::V3;

/// One of three by lane.
pub(super) type Choice<L> = [<L as Lanes>::Mask; 3];

/// Which of three a number says; none if it says another.
#[inline(always)]
pub(super) fn choice<L: Lanes>(number: L) -> Choice<L> {
    std::array::from_fn(|k| number.equal(L::splat(k as f64)))
}

/// The number that is chosen of three.
#[inline(always)]
pub(super) fn pick<L: Lanes>(choice: &Choice<L>, of: V3<L>) -> L {
    L::select(choice[0], of[0], L::select(choice[1], of[1], of[2]))
}

/// The three beginning with the one that is chosen, in cyclic order.
#[inline(always)]
pub(super) fn begin_with<L: Lanes>(choice: &Choice<L>, of: V3<L>) -> V3<L> {
    std::array::from_fn(|k| pick(choice, [of[k], of[(k + 1) % 3], of[(k + 2) % 3]]))
}

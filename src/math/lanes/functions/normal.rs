//! The normal distribution.

use super::trigonometric::cos_of_turns;
use super::{Lanes, ln};

/// A standard normal number of two that are uniform, `u` in (0, 1] and `v` in [0, 1) (Box and Muller, 1958).
#[inline(always)]
pub fn normal<L: Lanes>(u: L, v: L) -> L {
    let radius = (L::splat(-2.0) * ln(u)).sqrt();
    radius * cos_of_turns(v)
}

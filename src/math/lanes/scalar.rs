//! The f64 reference: one lane.

use super::{Kernel, LaneMask, Lanes, MOST_LANES};

impl LaneMask for bool {
    #[inline(always)]
    fn splat(value: bool) -> Self {
        value
    }

    #[inline(always)]
    fn any(self) -> bool {
        self
    }

    #[inline(always)]
    fn lane(self, _lane: usize) -> bool {
        self
    }
}

impl Lanes for f64 {
    type Mask = bool;
    const WIDTH: usize = 1;
    const EPSILON: f64 = f64::EPSILON;

    #[inline(never)]
    fn vectorize<K: Kernel>(kernel: K) -> K::Output {
        kernel.run()
    }

    #[inline(always)]
    fn splat(value: f64) -> Self {
        value
    }

    // A fused multiply-add is a library call where the target lacks it, so the reference rounds twice.
    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        self * b + c
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        f64::sqrt(self)
    }

    #[inline(always)]
    fn abs(self) -> Self {
        f64::abs(self)
    }

    #[inline(always)]
    fn floor(self) -> Self {
        f64::floor(self)
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        if self < other { self } else { other }
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        if self > other { self } else { other }
    }

    #[inline(always)]
    fn lt(self, other: Self) -> bool {
        self < other
    }

    #[inline(always)]
    fn le(self, other: Self) -> bool {
        self <= other
    }

    #[inline(always)]
    fn equal(self, other: Self) -> bool {
        self == other
    }

    #[inline(always)]
    fn select(mask: bool, a: Self, b: Self) -> Self {
        if mask { a } else { b }
    }

    #[inline(always)]
    fn gather(table: &[f32], places: &[u32; MOST_LANES]) -> Self {
        f64::from(table[places[0] as usize])
    }

    #[inline(always)]
    fn lane(self, _lane: usize) -> f64 {
        self
    }

    #[inline(always)]
    fn set_lane(&mut self, _lane: usize, value: f64) {
        *self = value;
    }
}

//! Single numbers as lanes: the f64 reference, and f32 for what is not blocks of environments.

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

/// One lane of a kind of number, with so many bits of fraction and so much added to its exponents.
macro_rules! one_lane {
    ($number:ident, $fraction:literal, $bias:literal) => {
        impl Lanes for $number {
            type Mask = bool;
            const WIDTH: usize = 1;
            const EPSILON: f64 = $number::EPSILON as f64;

            #[inline(never)]
            fn vectorize<K: Kernel>(kernel: K) -> K::Output {
                kernel.run()
            }

            #[inline(always)]
            fn splat(value: f64) -> Self {
                value as $number
            }

            // A fused multiply-add is a library call where the target lacks it, so this rounds twice.
            #[inline(always)]
            fn mul_add(self, b: Self, c: Self) -> Self {
                self * b + c
            }

            #[inline(always)]
            fn sqrt(self) -> Self {
                $number::sqrt(self)
            }

            #[inline(always)]
            fn abs(self) -> Self {
                $number::abs(self)
            }

            #[inline(always)]
            fn flip_sign(self, by: Self) -> Self {
                $number::from_bits(self.to_bits() ^ (by.to_bits() & (-0.0 as $number).to_bits()))
            }

            #[inline(always)]
            fn exponent(self) -> Self {
                (self.to_bits() >> $fraction) as i32 as $number - $bias as $number
            }

            // The fraction's bits under the exponent of 1.
            #[inline(always)]
            fn mantissa(self) -> Self {
                let one = (1.0 as $number).to_bits();
                $number::from_bits(self.to_bits() & ((1 << $fraction) - 1) | one)
            }

            // The sum's last bits are n and the bias, which belong where the exponent is.
            #[inline(always)]
            fn power_of_two(self) -> Self {
                let sum = self + ((1_u64 << $fraction) + $bias) as $number;
                $number::from_bits(sum.to_bits() << $fraction)
            }

            #[inline(always)]
            fn floor(self) -> Self {
                $number::floor(self)
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
                $number::from(table[places[0] as usize])
            }

            #[inline(always)]
            fn lane(self, _lane: usize) -> f64 {
                self as f64
            }

            #[inline(always)]
            fn set_lane(&mut self, _lane: usize, value: f64) {
                *self = value as $number;
            }
        }
    };
}
one_lane!(f64, 52, 1023);
one_lane!(f32, 23, 127);

//! Four lanes of f32 in plain Rust; compilers turn the loops into the target's vector instructions.

use super::{Kernel, LaneMask, Lanes, MOST_LANES, Vector};
use std::ops::{Add, AddAssign, BitAnd, BitOr, Div, Mul, Neg, Not, Sub, SubAssign};

/// The four lanes of a result, written out: `std::array::from_fn` is a loop with a guard, which compilers take long to
/// undo in each of the many thousand places where a lane is worked out.
macro_rules! each {
    ($lane:ident, $value:expr) => {{
        let (a, b, c, d) = (
            {
                let $lane = 0_usize;
                $value
            },
            {
                let $lane = 1_usize;
                $value
            },
            {
                let $lane = 2_usize;
                $value
            },
            {
                let $lane = 3_usize;
                $value
            },
        );
        [a, b, c, d]
    }};
}

/// Four lanes of f32.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(16))]
pub struct F32x4([f32; 4]);

/// Four truth values.
#[derive(Clone, Copy, Debug)]
pub struct Mask4([bool; 4]);

impl BitAnd for Mask4 {
    type Output = Self;
    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        Self(each!(i, self.0[i] & other.0[i]))
    }
}

impl BitOr for Mask4 {
    type Output = Self;
    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        Self(each!(i, self.0[i] | other.0[i]))
    }
}

impl Not for Mask4 {
    type Output = Self;
    #[inline(always)]
    fn not(self) -> Self {
        Self(each!(i, !self.0[i]))
    }
}

impl LaneMask for Mask4 {
    #[inline(always)]
    fn splat(value: bool) -> Self {
        Self([value; 4])
    }

    #[inline(always)]
    fn any(self) -> bool {
        self.0.iter().any(|&lane| lane)
    }

    #[inline(always)]
    fn lane(self, lane: usize) -> bool {
        self.0[lane]
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident, $op:tt) => {
        impl $trait for F32x4 {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self(each!(i, self.0[i] $op other.0[i]))
            }
        }
    };
}
operator!(Add, add, +);
operator!(Sub, sub, -);
operator!(Mul, mul, *);
operator!(Div, div, /);

impl Neg for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self(each!(i, -self.0[i]))
    }
}

impl AddAssign for F32x4 {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for F32x4 {
    #[inline(always)]
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Lanes for F32x4 {
    type Mask = Mask4;
    const WIDTH: usize = 4;
    const EPSILON: f64 = f32::EPSILON as f64;

    #[inline(never)]
    fn vectorize<K: Kernel>(kernel: K) -> K::Output {
        kernel.run()
    }

    #[inline(always)]
    fn splat(value: f64) -> Self {
        Self([value as f32; 4])
    }

    // Not fused: f32::mul_add is a library call where the target lacks it.
    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        self * b + c
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(each!(i, self.0[i].sqrt()))
    }

    #[inline(always)]
    fn abs(self) -> Self {
        Self(each!(i, self.0[i].abs()))
    }

    #[inline(always)]
    fn flip_sign(self, by: Self) -> Self {
        Self(each!(i, self.0[i].flip_sign(by.0[i])))
    }

    #[inline(always)]
    fn exponent(self) -> Self {
        Self(each!(i, self.0[i].exponent()))
    }

    #[inline(always)]
    fn mantissa(self) -> Self {
        Self(each!(i, self.0[i].mantissa()))
    }

    #[inline(always)]
    fn power_of_two(self) -> Self {
        Self(each!(i, self.0[i].power_of_two()))
    }

    #[inline(always)]
    fn floor(self) -> Self {
        Self(each!(i, self.0[i].floor()))
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self::select(self.lt(other), self, other)
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self::select(other.lt(self), self, other)
    }

    #[inline(always)]
    fn lt(self, other: Self) -> Mask4 {
        Mask4(each!(i, self.0[i] < other.0[i]))
    }

    #[inline(always)]
    fn le(self, other: Self) -> Mask4 {
        Mask4(each!(i, self.0[i] <= other.0[i]))
    }

    #[inline(always)]
    fn equal(self, other: Self) -> Mask4 {
        Mask4(each!(i, self.0[i] == other.0[i]))
    }

    #[inline(always)]
    fn select(mask: Mask4, a: Self, b: Self) -> Self {
        Self(each!(i, if mask.0[i] { a.0[i] } else { b.0[i] }))
    }

    #[inline(always)]
    fn gather(table: &[f32], places: &[u32; MOST_LANES]) -> Self {
        Self(each!(i, table[places[i] as usize]))
    }

    #[inline(always)]
    fn lane(self, lane: usize) -> f64 {
        f64::from(self.0[lane])
    }

    #[inline(always)]
    fn set_lane(&mut self, lane: usize, value: f64) {
        self.0[lane] = value as f32;
    }
}

#[allow(unsafe_code, reason = "kernels read and write through pointers")]
impl Vector for F32x4 {
    #[inline(always)]
    fn repeat(value: f32) -> Self {
        Self([value; 4])
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller's, that four numbers lie there.
        Self(unsafe { from.cast::<[f32; 4]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller's, that there is room for four numbers.
        unsafe { to.cast::<[f32; 4]>().write_unaligned(self.0) }
    }
}

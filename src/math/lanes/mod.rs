//! Numbers that hold one value for each of several environments.
//!
//! Physics and task expressions are written once, generic over [`Lanes`]. `f64` is the reference
//! with a single lane; a single lane of `f32` is what kernels of the learner are made of; the other `f32` types hold as many lanes as the machine's registers and are chosen
//! at run time by [`Isa::detect`]. Types that need more than every machine has are not for programs to name: an [`Isa`]
//! picks them, and only where it was detected.

#[cfg(test)]
mod array_tests;
mod functions;
mod isa;
mod portable;
mod record;
mod recorder;
mod scalar;
pub mod trace;
#[cfg(test)]
mod trace_tests;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use functions::{atan2, exp, exp_m1, hypot, ln, ln_1p, normal, pow, sin_cos, tanh};
pub use isa::{HasAvx2, HasAvx512, Isa};
pub use portable::F32x4;
pub use record::{Cells, CellsAndMasks, Slice, Visitor};
pub(crate) use record::{cells, listed, put, repeat, turns, when};
#[cfg(target_arch = "x86_64")]
pub(crate) use x86::{F32x8, F32x16};

use std::fmt::Debug;
use std::ops::{Add, AddAssign, BitAnd, BitOr, Div, Mul, Neg, Not, Sub, SubAssign};

/// Lanes of the widest layout.
pub const MOST_LANES: usize = 16;

/// A truth value for each lane.
pub trait LaneMask:
    Copy + BitAnd<Output = Self> + BitOr<Output = Self> + Not<Output = Self> + Send + Sync + 'static
{
    /// The same answer in every lane.
    fn splat(value: bool) -> Self;
    /// Whether any lane is true.
    fn any(self) -> bool;
    /// The truth value of one lane.
    fn lane(self, lane: usize) -> bool;
}

/// One number for each of `WIDTH` environments, in arithmetic that acts on each lane alone.
///
/// No operation moves a value from one lane to another: what an environment computes cannot depend
/// on its neighbours.
pub trait Lanes:
    Copy
    + Debug
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
{
    /// One truth value for each lane.
    type Mask: LaneMask;
    /// Number of environments in a block.
    const WIDTH: usize;
    /// Relative precision of one lane.
    const EPSILON: f64;
    /// Whether what is done is written down: then [`enter`](Self::enter) and the others below are called. No other
    /// lanes have them.
    const RECORDS: bool = false;

    /// Runs a kernel compiled for the instruction set of this type. Everything that the kernel
    /// calls should be `#[inline(always)]`, or it is compiled for the baseline instruction set.
    fn vectorize<K: Kernel>(kernel: K) -> K::Output;

    /// The same number in every lane.
    fn splat(value: f64) -> Self;
    /// `self * b + c`, fused where the instruction set has it.
    fn mul_add(self, b: Self, c: Self) -> Self;
    /// Square root, correctly rounded.
    fn sqrt(self) -> Self;
    /// Without the sign.
    fn abs(self) -> Self;
    /// The other sign where the sign bit of `by` is set.
    fn flip_sign(self, by: Self) -> Self;
    /// e of a positive normal number 2^e m with m in [1, 2).
    fn exponent(self) -> Self;
    /// m of a positive normal number 2^e m with m in [1, 2).
    fn mantissa(self) -> Self;
    /// 2^n of an integer n for which that is a normal number.
    fn power_of_two(self) -> Self;
    /// The largest integer that is not larger.
    fn floor(self) -> Self;
    /// The smaller; `other` where `self` is NaN.
    fn min(self, other: Self) -> Self;
    /// The larger; `other` where `self` is NaN.
    fn max(self, other: Self) -> Self;
    /// Where `self` is less than `other`; false where one is NaN.
    fn lt(self, other: Self) -> Self::Mask;
    /// Where `self` is at most `other`; false where one is NaN.
    fn le(self, other: Self) -> Self::Mask;
    /// Where both are equal; false where one is NaN, true of 0 and -0.
    fn equal(self, other: Self) -> Self::Mask;
    /// `a` where the mask is true, else `b`.
    fn select(mask: Self::Mask, a: Self, b: Self) -> Self;
    /// One lane's number.
    fn lane(self, lane: usize) -> f64;
    /// Replaces one lane's number.
    fn set_lane(&mut self, lane: usize, value: f64);

    /// Writes the first lanes side by side, as many as there is room for.
    #[inline(always)]
    fn spread(self, to: &mut [f32]) {
        let mut lanes = [0.0_f32; MOST_LANES];
        for lane in 0..Self::WIDTH {
            lanes[lane] = self.lane(lane) as f32;
        }
        let n = to.len().min(Self::WIDTH);
        to[..n].copy_from_slice(&lanes[..n]);
    }

    /// Writes the first lanes as bytes, as many as there is room for: 0 to 1 becomes 0 to 255, rounded; what
    /// lies outside is the nearer end, and what is no number 0.
    #[inline(always)]
    fn spread_bytes(self, to: &mut [u8]) {
        let scaled = self * Self::splat(255.0) + Self::splat(0.5);
        let bounded = scaled.max(Self::zero()).min(Self::splat(255.0));
        let (mut lanes, mut bytes) = ([0.0_f32; MOST_LANES], [0_u8; MOST_LANES]);
        bounded.spread(&mut lanes);
        for lane in 0..Self::WIDTH {
            bytes[lane] = lanes[lane] as u8;
        }
        let n = to.len().min(Self::WIDTH);
        to[..n].copy_from_slice(&bytes[..n]);
    }

    /// Each lane's number of a table, at places within it.
    ///
    /// # Panics
    /// If a place of one of the `WIDTH` lanes is not in the table.
    fn gather(table: &[f32], places: &[u32; MOST_LANES]) -> Self;

    /// Each lane's number of a table at a whole number of its own: at the nearer end where that lies beyond the
    /// table, the first of what is no number.
    ///
    /// # Panics
    /// If the table is empty.
    #[inline(always)]
    fn look_up(table: &[f32], places: Self) -> Self {
        assert!(!table.is_empty(), "a table without numbers");
        let bounded = places.max(Self::zero());
        let mut at = [0; MOST_LANES];
        for lane in 0..Self::WIDTH {
            at[lane] = (bounded.lane(lane) as usize).min(table.len() - 1) as u32;
        }
        Self::gather(table, &at)
    }

    /// Begins a block for lanes that have the mask; `cells` are what it may change.
    #[inline(always)]
    fn enter(_mask: Self::Mask, _cells: &mut dyn Cells<Self>) {}

    /// Ends the block.
    #[inline(always)]
    fn leave(_cells: &mut dyn Cells<Self>) {}

    /// Begins a loop for lanes that have work to do; returns the number of the turn.
    #[inline(always)]
    fn begin_loop(_limit: usize, _todo: &mut Self::Mask, _cells: &mut dyn Cells<Self>) -> Self {
        Self::zero()
    }

    /// Ends the loop.
    #[inline(always)]
    fn end_loop(_todo: &mut Self::Mask, _cells: &mut dyn Cells<Self>) {}

    /// Begins a loop whose turns are alike.
    #[inline(always)]
    fn begin_turns(_cells: &mut dyn Cells<Self>) {}

    /// Begins a turn of it.
    #[inline(always)]
    fn begin_turn(_cells: &mut dyn Cells<Self>) {}

    /// Ends the turn.
    #[inline(always)]
    fn end_turn(_cells: &mut dyn Cells<Self>) {}

    /// Ends the loop.
    #[inline(always)]
    fn end_turns(_cells: &mut dyn Cells<Self>) {}

    /// Cells that are to lie in an array of this name, side by side from `first` on, until they are
    /// [released](Self::release); `filled` if what they hold now counts.
    #[inline(always)]
    fn keep(_array: &'static str, _first: usize, _cells: &mut [Self], _filled: bool) {}

    /// What these cells hold goes to their arrays.
    #[inline(always)]
    fn put(_cells: &mut dyn Cells<Self>) {}

    /// These cells lie in no array any more.
    #[inline(always)]
    fn release(_cells: &mut dyn Cells<Self>) {}

    /// What follows belongs to a stage of the computation.
    #[inline(always)]
    fn begin_stage(_name: &'static str) {}

    /// Ends the stage.
    #[inline(always)]
    fn end_stage() {}

    /// 0 in every lane.
    #[inline(always)]
    fn zero() -> Self {
        Self::splat(0.0)
    }

    /// 1 in every lane.
    #[inline(always)]
    fn one() -> Self {
        Self::splat(1.0)
    }

    /// The nearest number in `low..=high`; `low` where `self` is NaN.
    #[inline(always)]
    fn clamp(self, low: Self, high: Self) -> Self {
        self.max(low).min(high)
    }
}

/// Lanes of f32 that are read from memory and written to it: what products of matrices are made of.
pub(crate) trait Vector: Lanes {
    /// The same number in every lane, with no way through f64.
    fn repeat(value: f32) -> Self;

    /// The `WIDTH` numbers from an address on, of any alignment.
    ///
    /// # Safety
    /// They can be read.
    #[allow(unsafe_code, reason = "kernels read and write through pointers")]
    unsafe fn load(from: *const f32) -> Self;

    /// Writes `WIDTH` numbers to an address, of any alignment.
    ///
    /// # Safety
    /// They can be written.
    #[allow(unsafe_code, reason = "kernels read and write through pointers")]
    unsafe fn store(self, to: *mut f32);
}

/// Work that is compiled once for each instruction set; see [`Lanes::vectorize`].
pub trait Kernel {
    /// The kernel's result.
    type Output;
    /// Implementations are `#[inline(always)]`.
    fn run(self) -> Self::Output;
}

/// Evaluates an expression with a type parameter bound to an [`Isa`]'s lane type:
/// `for_isa!(isa, L => Batch::<L>::new())`.
macro_rules! for_isa {
    ($isa:expr, $L:ident => $body:expr) => {
        match $isa {
            #[cfg(target_arch = "x86_64")]
            $crate::math::lanes::Isa::Avx512(_) => {
                type $L = $crate::math::lanes::F32x16;
                $body
            }
            #[cfg(target_arch = "x86_64")]
            $crate::math::lanes::Isa::Avx2(_) => {
                type $L = $crate::math::lanes::F32x8;
                $body
            }
            $crate::math::lanes::Isa::Reference => {
                type $L = f64;
                $body
            }
            _ => {
                type $L = $crate::math::lanes::F32x4;
                $body
            }
        }
    };
}
pub(crate) use for_isa;

#[cfg(test)]
mod tests {
    use super::*;

    fn arithmetic<L: Lanes>() {
        let mut a = L::zero();
        let mut b = L::splat(2.0);
        for lane in 0..L::WIDTH {
            a.set_lane(lane, lane as f64 - 1.5);
        }
        b.set_lane(0, -3.0);
        for lane in 0..L::WIDTH {
            let (x, y) = (a.lane(lane), b.lane(lane));
            assert_eq!((a + b).lane(lane), x + y);
            assert_eq!((a - b).lane(lane), x - y);
            assert_eq!((a * b).lane(lane), x * y);
            assert_eq!((a / b).lane(lane), (x / y) as f32 as f64 + residue::<L>(x / y));
            assert_eq!((-a).lane(lane), -x);
            assert_eq!(a.abs().lane(lane), x.abs());
            assert_eq!(a.flip_sign(b).lane(lane), if y < 0.0 { -x } else { x });
            assert_eq!(b.abs().exponent().lane(lane), 1.0);
            assert_eq!(b.abs().mantissa().lane(lane), y.abs() / 2.0);
            assert_eq!((a - L::splat(0.5)).power_of_two().lane(lane), (x - 0.5).exp2());
            assert_eq!(a.floor().lane(lane), x.floor());
            assert_eq!(a.min(b).lane(lane), x.min(y));
            assert_eq!(a.max(b).lane(lane), x.max(y));
            assert_eq!(a.mul_add(b, L::one()).lane(lane), x * y + 1.0);
            assert_eq!(a.lt(b).lane(lane), x < y);
            assert_eq!(a.le(b).lane(lane), x <= y);
            assert_eq!(a.equal(b).lane(lane), x == y);
            assert_eq!(L::select(a.lt(b), a, b).lane(lane), if x < y { x } else { y });
            assert_eq!((!a.lt(b)).lane(lane), x >= y);
        }
        let table: Vec<f32> = (0..40_u8).map(f32::from).collect();
        let mut places = [0; MOST_LANES];
        for lane in 0..L::WIDTH {
            places[lane] = 39 - 2 * lane as u32;
        }
        let gathered = L::gather(&table, &places);
        for lane in 0..L::WIDTH {
            assert_eq!(gathered.lane(lane), f64::from(places[lane]));
        }
        let found = L::look_up(&table, a + L::splat(2.0));
        for lane in 0..L::WIDTH {
            assert_eq!(found.lane(lane), (lane as f64 + 0.5).floor());
        }
        for (place, wanted) in [(-1.0, 0.0), (f64::NAN, 0.0), (40.0, 39.0), (f64::INFINITY, 39.0)] {
            assert_eq!(L::look_up(&table, L::splat(place)).lane(0), wanted, "{place}");
        }
        let (mut numbers, mut bytes) = (vec![9.0; L::WIDTH + 1], vec![9; L::WIDTH + 1]);
        a.spread(&mut numbers);
        (a * L::splat(0.5)).spread_bytes(&mut bytes);
        for lane in 0..L::WIDTH {
            assert_eq!(f64::from(numbers[lane]), a.lane(lane));
            let byte = (a.lane(lane) * 0.5).clamp(0.0, 1.0) * 255.0;
            assert_eq!(f64::from(bytes[lane]), (byte + 0.5).floor().min(255.0), "{byte}");
        }
        assert_eq!((numbers[L::WIDTH], bytes[L::WIDTH]), (9.0, 9));
        a.spread_bytes(&mut bytes[..1]);
        L::splat(f64::NAN).spread_bytes(&mut bytes[..1]);
        assert_eq!(bytes[0], 0);
        assert_eq!(L::splat(4.0).sqrt().lane(0), 2.0);
        assert!(!L::Mask::splat(false).any());
        assert!(L::Mask::splat(true).any());
    }

    /// What f64 keeps of a quotient that f32 rounds away; nothing for f32 lanes.
    fn residue<L: Lanes>(x: f64) -> f64 {
        if L::EPSILON < 1e-10 { x - f64::from(x as f32) } else { 0.0 }
    }

    #[test]
    fn every_layout_computes_the_same_arithmetic() {
        for isa in Isa::available() {
            for_isa!(isa, L => {
                assert_eq!(isa.width(), L::WIDTH);
                arithmetic::<L>();
            });
        }
    }
}

//! Lanes as wide as x86-64's vector registers, in explicit instructions.
//!
//! The types are used only where an [`Isa`](super::Isa) says so, which exists on a machine that has the instructions;
//! that is what makes the intrinsics below sound. No other crate can name them, and in this one only an arm of a match on
//! an `Isa` does, which a test of `isa.rs` holds.
#![allow(unsafe_code)] // intrinsics; see above

use super::{Kernel, LaneMask, Lanes, MOST_LANES, Vector};
use std::arch::x86_64::*;
use std::ops::{Add, AddAssign, BitAnd, BitOr, Div, Mul, Neg, Not, Sub, SubAssign};

macro_rules! lanes {
    (
        $lanes:ident, $mask:ident, $register:ty, $bits:ty, $width:literal, $features:literal,
        add: $add:ident, sub: $sub:ident, mul: $mul:ident, div: $div:ident, fma: $fma:ident,
        sqrt: $sqrt:ident, set1: $set1:ident, load: $load:ident, store: $store:ident, min: $min:ident, max: $max:ident,
        andnot: $andnot:ident, xor: $xor:ident, and_bits: $and_bits:ident, or_bits: $or_bits:ident,
        bits: $cast:ident, numbers: $cast_back:ident, left: $left:ident, right: $right:ident, convert: $convert:ident,
        floor: $floor:expr, cmp: $cmp:ident,
        select: $select:expr, and: $and:expr, or: $or:expr, not: $not:expr,
        splat_mask: $splat_mask:expr, movemask: $movemask:expr, bytes: $bytes:expr, look_up: $look_up:expr
    ) => {
        #[doc = concat!(stringify!($width), " lanes of f32 in one register.")]
        #[derive(Clone, Copy, Debug)]
        #[repr(transparent)]
        pub struct $lanes($register);

        #[doc = concat!(stringify!($width), " truth values.")]
        #[derive(Clone, Copy, Debug)]
        #[repr(transparent)]
        pub struct $mask($bits);

        impl BitAnd for $mask {
            type Output = Self;
            #[inline(always)]
            fn bitand(self, other: Self) -> Self {
                Self($and(self.0, other.0))
            }
        }

        impl BitOr for $mask {
            type Output = Self;
            #[inline(always)]
            fn bitor(self, other: Self) -> Self {
                Self($or(self.0, other.0))
            }
        }

        impl Not for $mask {
            type Output = Self;
            #[inline(always)]
            fn not(self) -> Self {
                Self($not(self.0))
            }
        }

        impl LaneMask for $mask {
            #[inline(always)]
            fn splat(value: bool) -> Self {
                Self($splat_mask(value))
            }

            #[inline(always)]
            fn any(self) -> bool {
                $movemask(self.0) != 0
            }

            #[inline(always)]
            fn lane(self, lane: usize) -> bool {
                $movemask(self.0) & (1 << lane) != 0
            }
        }

        // SAFETY (all below): the type exists only where its instructions do; see the module.
        impl Add for $lanes {
            type Output = Self;
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                Self(unsafe { $add(self.0, other.0) })
            }
        }

        impl Sub for $lanes {
            type Output = Self;
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                Self(unsafe { $sub(self.0, other.0) })
            }
        }

        impl Mul for $lanes {
            type Output = Self;
            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                Self(unsafe { $mul(self.0, other.0) })
            }
        }

        impl Div for $lanes {
            type Output = Self;
            #[inline(always)]
            fn div(self, other: Self) -> Self {
                Self(unsafe { $div(self.0, other.0) })
            }
        }

        impl Neg for $lanes {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                Self(unsafe { $xor(self.0, $set1(-0.0)) })
            }
        }

        impl AddAssign for $lanes {
            #[inline(always)]
            fn add_assign(&mut self, other: Self) {
                *self = *self + other;
            }
        }

        impl SubAssign for $lanes {
            #[inline(always)]
            fn sub_assign(&mut self, other: Self) {
                *self = *self - other;
            }
        }

        impl Lanes for $lanes {
            type Mask = $mask;
            const WIDTH: usize = $width;
            const EPSILON: f64 = f32::EPSILON as f64;

            #[inline]
            fn vectorize<K: Kernel>(kernel: K) -> K::Output {
                // Kernels are large: one copy of each, however many callers there are.
                #[inline(never)]
                #[target_feature(enable = $features)]
                fn inner<K: Kernel>(kernel: K) -> K::Output {
                    kernel.run()
                }
                unsafe { inner(kernel) }
            }

            #[inline(always)]
            fn splat(value: f64) -> Self {
                Self(unsafe { $set1(value as f32) })
            }

            #[inline(always)]
            fn mul_add(self, b: Self, c: Self) -> Self {
                Self(unsafe { $fma(self.0, b.0, c.0) })
            }

            #[inline(always)]
            fn sqrt(self) -> Self {
                Self(unsafe { $sqrt(self.0) })
            }

            #[inline(always)]
            fn abs(self) -> Self {
                Self(unsafe { $andnot($set1(-0.0), self.0) })
            }

            #[inline(always)]
            fn flip_sign(self, by: Self) -> Self {
                Self(unsafe { $xor(self.0, $and_bits(by.0, $set1(-0.0))) })
            }

            #[inline(always)]
            fn exponent(self) -> Self {
                Self(unsafe { $sub($convert($right::<23>($cast(self.0))), $set1(127.0)) })
            }

            // The fraction's bits under the exponent of 1.
            #[inline(always)]
            fn mantissa(self) -> Self {
                let fraction = f32::from_bits(0x007f_ffff);
                Self(unsafe { $or_bits($and_bits(self.0, $set1(fraction)), $set1(1.0)) })
            }

            // The sum's last bits are n + 127, which belong where the exponent is.
            #[inline(always)]
            fn power_of_two(self) -> Self {
                Self(unsafe { $cast_back($left::<23>($cast($add(self.0, $set1(8_388_735.0))))) })
            }

            #[inline(always)]
            fn floor(self) -> Self {
                Self(unsafe { $floor(self.0) })
            }

            #[inline(always)]
            fn min(self, other: Self) -> Self {
                Self(unsafe { $min(self.0, other.0) })
            }

            #[inline(always)]
            fn max(self, other: Self) -> Self {
                Self(unsafe { $max(self.0, other.0) })
            }

            #[inline(always)]
            fn lt(self, other: Self) -> $mask {
                $mask(unsafe { $cmp::<_CMP_LT_OQ>(self.0, other.0) })
            }

            #[inline(always)]
            fn le(self, other: Self) -> $mask {
                $mask(unsafe { $cmp::<_CMP_LE_OQ>(self.0, other.0) })
            }

            #[inline(always)]
            fn equal(self, other: Self) -> $mask {
                $mask(unsafe { $cmp::<_CMP_EQ_OQ>(self.0, other.0) })
            }

            #[inline(always)]
            fn select(mask: $mask, a: Self, b: Self) -> Self {
                Self($select(mask.0, a.0, b.0))
            }

            #[inline(always)]
            fn spread(self, to: &mut [f32]) {
                let lanes: [f32; $width] = unsafe { std::mem::transmute(self.0) };
                // A whole register is one store; a copy of some length or other would be a call.
                match to.first_chunk_mut() {
                    Some(whole) => *whole = lanes,
                    None => to.copy_from_slice(&lanes[..to.len()]),
                }
            }

            #[inline(always)]
            fn spread_bytes(self, to: &mut [u8]) {
                let scaled = self * Self::splat(255.0) + Self::splat(0.5);
                let bounded = scaled.max(Self::zero()).min(Self::splat(255.0));
                let bytes: [u8; $width] = $bytes(bounded.0);
                match to.first_chunk_mut() {
                    Some(whole) => *whole = bytes,
                    None => to.copy_from_slice(&bytes[..to.len()]),
                }
            }

            #[inline(always)]
            fn gather(table: &[f32], places: &[u32; MOST_LANES]) -> Self {
                let mut lanes = [0.0; $width];
                for lane in 0..$width {
                    lanes[lane] = table[places[lane] as usize];
                }
                Self(unsafe { std::mem::transmute::<[f32; $width], $register>(lanes) })
            }

            #[inline(always)]
            fn look_up(table: &[f32], places: Self) -> Self {
                assert!(!table.is_empty(), "a table without numbers");
                // Places are signed numbers of 32 bits.
                let last = (table.len() - 1).min(i32::MAX as usize) as i32;
                // SAFETY: what is read lies between the first and the last of the table.
                Self($look_up(table.as_ptr(), last, places.max(Self::zero()).0))
            }

            #[inline(always)]
            fn lane(self, lane: usize) -> f64 {
                let lanes: [f32; $width] = unsafe { std::mem::transmute(self.0) };
                f64::from(lanes[lane])
            }

            #[inline(always)]
            fn set_lane(&mut self, lane: usize, value: f64) {
                let mut lanes: [f32; $width] = unsafe { std::mem::transmute(self.0) };
                lanes[lane] = value as f32;
                self.0 = unsafe { std::mem::transmute::<[f32; $width], $register>(lanes) };
            }
        }

        impl Vector for $lanes {
            #[inline(always)]
            fn repeat(value: f32) -> Self {
                Self(unsafe { $set1(value) })
            }

            #[inline(always)]
            unsafe fn load(from: *const f32) -> Self {
                Self(unsafe { $load(from) })
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut f32) {
                unsafe { $store(to, self.0) }
            }
        }
    };
}

lanes!(
    F32x16, Mask16, __m512, __mmask16, 16, "avx512f,avx512dq,avx512vl,avx2,fma",
    add: _mm512_add_ps, sub: _mm512_sub_ps, mul: _mm512_mul_ps, div: _mm512_div_ps,
    fma: _mm512_fmadd_ps, sqrt: _mm512_sqrt_ps, set1: _mm512_set1_ps,
    load: _mm512_loadu_ps, store: _mm512_storeu_ps,
    min: _mm512_min_ps, max: _mm512_max_ps, andnot: _mm512_andnot_ps, xor: _mm512_xor_ps,
    and_bits: _mm512_and_ps, or_bits: _mm512_or_ps, bits: _mm512_castps_si512, numbers: _mm512_castsi512_ps,
    left: _mm512_slli_epi32, right: _mm512_srli_epi32, convert: _mm512_cvtepi32_ps,
    floor: |x| _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC }>(x),
    cmp: _mm512_cmp_ps_mask,
    select: |mask, a, b| unsafe { _mm512_mask_blend_ps(mask, b, a) },
    and: |a: __mmask16, b: __mmask16| a & b,
    or: |a: __mmask16, b: __mmask16| a | b,
    not: |a: __mmask16| !a,
    splat_mask: |value: bool| if value { u16::MAX } else { 0 },
    movemask: |mask: __mmask16| mask,
    bytes: |x| unsafe {
        let bytes = _mm512_cvtepi32_epi8(_mm512_cvttps_epi32(x));
        std::mem::transmute::<__m128i, [u8; 16]>(bytes)
    },
    look_up: |table: *const f32, last: i32, places: __m512| unsafe {
        // A number that is too large becomes the largest of unsigned ones.
        let at = _mm512_min_epu32(_mm512_cvttps_epi32(places), _mm512_set1_epi32(last));
        _mm512_i32gather_ps::<4>(at, table)
    }
);

lanes!(
    F32x8, Mask8, __m256, __m256, 8, "avx2,fma",
    add: _mm256_add_ps, sub: _mm256_sub_ps, mul: _mm256_mul_ps, div: _mm256_div_ps,
    fma: _mm256_fmadd_ps, sqrt: _mm256_sqrt_ps, set1: _mm256_set1_ps,
    load: _mm256_loadu_ps, store: _mm256_storeu_ps,
    min: _mm256_min_ps, max: _mm256_max_ps, andnot: _mm256_andnot_ps, xor: _mm256_xor_ps,
    and_bits: _mm256_and_ps, or_bits: _mm256_or_ps, bits: _mm256_castps_si256, numbers: _mm256_castsi256_ps,
    left: _mm256_slli_epi32, right: _mm256_srli_epi32, convert: _mm256_cvtepi32_ps,
    floor: _mm256_floor_ps,
    cmp: _mm256_cmp_ps,
    select: |mask, a, b| unsafe { _mm256_blendv_ps(b, a, mask) },
    and: |a, b| unsafe { _mm256_and_ps(a, b) },
    or: |a, b| unsafe { _mm256_or_ps(a, b) },
    not: |a| unsafe { _mm256_xor_ps(a, _mm256_castsi256_ps(_mm256_set1_epi32(-1))) },
    splat_mask: |value: bool| unsafe {
        _mm256_castsi256_ps(_mm256_set1_epi32(if value { -1 } else { 0 }))
    },
    movemask: |mask| unsafe { _mm256_movemask_ps(mask) },
    bytes: |x| unsafe {
        let numbers = _mm256_cvttps_epi32(x);
        let (low, high) = (_mm256_castsi256_si128(numbers), _mm256_extracti128_si256::<1>(numbers));
        let halves = _mm_packus_epi32(low, high);
        _mm_cvtsi128_si64(_mm_packus_epi16(halves, halves)).to_le_bytes()
    },
    look_up: |table: *const f32, last: i32, places: __m256| unsafe {
        // A number that is too large becomes the largest of unsigned ones.
        let at = _mm256_min_epu32(_mm256_cvttps_epi32(places), _mm256_set1_epi32(last));
        _mm256_i32gather_ps::<4>(table, at)
    }
);

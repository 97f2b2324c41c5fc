//! What each instruction does in the threads of a warp, but for those that lead elsewhere.

use super::WARP;
use super::frame::{Frame, Longs, Unwritten, Words};
use crate::device::ptx::{Instruction, Opcode, Operand};
use std::array::from_fn;

/// The only NaN that an operation makes.
const NAN: u32 = 0x7FFF_FFFF;

/// The bits of a result.
#[inline(always)]
fn bits(x: f32) -> u32 {
    if x.is_nan() { NAN } else { x.to_bits() }
}

/// Operands of an instruction by their places, for the threads that do it.
struct Operands<'a> {
    frame: &'a Frame,
    of: &'a [Operand; 4],
    threads: u32,
}

impl Operands<'_> {
    #[inline(always)]
    fn word(&self, place: usize) -> Result<Words, Unwritten> {
        self.frame.word(self.of[place], self.threads)
    }

    #[inline(always)]
    fn mask(&self, place: usize) -> Result<u32, Unwritten> {
        self.frame.mask(self.of[place], self.threads)
    }

    #[inline(always)]
    fn number(&self, f: impl Fn(f32) -> f32) -> Result<Made, Unwritten> {
        let a = self.word(1)?;
        Ok(Made::Word(from_fn(|i| bits(f(f32::from_bits(a[i]))))))
    }

    #[inline(always)]
    fn numbers(&self, f: impl Fn(f32, f32) -> f32) -> Result<Made, Unwritten> {
        let (a, b) = (self.word(1)?, self.word(2)?);
        Ok(Made::Word(from_fn(|i| bits(f(f32::from_bits(a[i]), f32::from_bits(b[i]))))))
    }

    #[inline(always)]
    fn words(&self, f: impl Fn(u32, u32) -> u32) -> Result<Made, Unwritten> {
        let (a, b) = (self.word(1)?, self.word(2)?);
        Ok(Made::Word(from_fn(|i| f(a[i], b[i]))))
    }

    #[inline(always)]
    fn compare(&self, f: impl Fn(u32, u32) -> bool) -> Result<Made, Unwritten> {
        let (a, b) = (self.word(1)?, self.word(2)?);
        let mut mask = 0;
        for i in 0..WARP as usize {
            mask |= u32::from(f(a[i], b[i])) << i;
        }
        Ok(Made::Mask(mask))
    }

    #[inline(always)]
    fn compare_numbers(&self, f: impl Fn(f32, f32) -> bool) -> Result<Made, Unwritten> {
        self.compare(|a, b| f(f32::from_bits(a), f32::from_bits(b)))
    }

    #[inline(always)]
    fn fma(&self) -> Result<Made, Unwritten> {
        let [a, b, c] = [self.word(1)?, self.word(2)?, self.word(3)?];
        let fma =
            |i: usize| f32::from_bits(a[i]).mul_add(f32::from_bits(b[i]), f32::from_bits(c[i]));
        Ok(Made::Word(from_fn(|i| bits(fma(i)))))
    }

    #[inline(always)]
    fn select(&self) -> Result<Made, Unwritten> {
        let (a, b, mask) = (self.word(1)?, self.word(2)?, self.mask(3)?);
        Ok(Made::Word(from_fn(|i| if mask >> i & 1 == 1 { a[i] } else { b[i] })))
    }

    #[inline(always)]
    fn mad_word(&self) -> Result<Made, Unwritten> {
        let [a, b, c] = [self.word(1)?, self.word(2)?, self.word(3)?];
        Ok(Made::Word(from_fn(|i| a[i].wrapping_mul(b[i]).wrapping_add(c[i]))))
    }

    #[inline(always)]
    fn mad_wide(&self) -> Result<Made, Unwritten> {
        let (a, b) = (self.word(1)?, self.word(2)?);
        let c = self.frame.long(self.of[3], self.threads)?;
        let mad = |i: usize| (u64::from(a[i]) * u64::from(b[i])).wrapping_add(c[i]);
        Ok(Made::Long(from_fn(mad)))
    }
}

/// What an instruction makes.
enum Made {
    Word(Words),
    Long(Longs),
    Mask(u32),
    Nothing,
}

/// Does an instruction that computes on registers, in these threads.
#[inline(always)]
pub(super) fn operate(frame: &mut Frame, it: &Instruction, threads: u32) -> Result<(), Unwritten> {
    let operands = Operands { frame, of: &it.operands, threads };
    let made = made(it.opcode, &operands)?;
    match made {
        Made::Word(words) => frame.set_word(it.operands[0], threads, &words),
        Made::Long(longs) => frame.set_long(it.operands[0], threads, &longs),
        Made::Mask(mask) => frame.set_mask(it.operands[0], threads, mask),
        Made::Nothing => {}
    }
    Ok(())
}

#[inline(always)]
fn made(opcode: Opcode, o: &Operands) -> Result<Made, Unwritten> {
    match opcode {
        Opcode::Add => o.numbers(|a, b| a + b),
        Opcode::Sub => o.numbers(|a, b| a - b),
        Opcode::Mul => o.numbers(|a, b| a * b),
        Opcode::Div => o.numbers(|a, b| a / b),
        Opcode::Fma => o.fma(),
        Opcode::Sqrt => o.number(f32::sqrt),
        Opcode::Neg => o.number(|a| -a),
        Opcode::Abs => o.number(f32::abs),
        Opcode::Floor => o.number(f32::floor),
        Opcode::ToF32 => o.word(1).map(|a| Made::Word(from_fn(|i| (a[i] as f32).to_bits()))),
        Opcode::Lt => o.compare_numbers(|a, b| a < b),
        Opcode::Le => o.compare_numbers(|a, b| a <= b),
        Opcode::Gt => o.compare_numbers(|a, b| a > b),
        Opcode::Eq => o.compare_numbers(|a, b| a == b),
        Opcode::WordLt => o.compare(|a, b| a < b),
        Opcode::WordGe => o.compare(|a, b| a >= b),
        Opcode::WordNe => o.compare(|a, b| a != b),
        Opcode::Select => o.select(),
        Opcode::Move => o.word(1).map(Made::Word),
        Opcode::MoveMask => o.mask(1).map(Made::Mask),
        Opcode::And => o.words(|a, b| a & b),
        Opcode::Or => o.words(|a, b| a | b),
        Opcode::Xor => o.words(|a, b| a ^ b),
        // Shifts by more than all bits leave none.
        Opcode::ShiftRight => o.words(|a, n| a.checked_shr(n).unwrap_or(0)),
        Opcode::ShiftLeft => o.words(|a, n| a.checked_shl(n).unwrap_or(0)),
        Opcode::AddWord => o.words(u32::wrapping_add),
        Opcode::MadWord => o.mad_word(),
        Opcode::MadWide => o.mad_wide(),
        Opcode::AndMask => Ok(Made::Mask(o.mask(1)? & o.mask(2)?)),
        Opcode::OrMask => Ok(Made::Mask(o.mask(1)? | o.mask(2)?)),
        Opcode::NotMask => Ok(Made::Mask(!o.mask(1)?)),
        Opcode::ToGlobal => o.frame.long(o.of[1], o.threads).map(Made::Long),
        // Theirs is another place.
        Opcode::Address
        | Opcode::Load
        | Opcode::Store
        | Opcode::LoadLocal
        | Opcode::StoreLocal
        | Opcode::LoadParameter
        | Opcode::LoadLongParameter
        | Opcode::StoreParameter
        | Opcode::Branch
        | Opcode::Return
        | Opcode::Call => Ok(Made::Nothing),
    }
}

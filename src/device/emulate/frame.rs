//! Registers of a warp.

use super::WARP;
use crate::device::ptx::{Operand, Routine};

/// One value for each thread of a warp.
pub(super) type Words = [u32; WARP as usize];
pub(super) type Longs = [u64; WARP as usize];

/// A register was read that not all of these threads have written.
pub(super) struct Unwritten {
    pub(super) threads: u32,
}

/// Registers and arrays of a routine that is under way. A mask has a bit for each thread.
pub(super) struct Frame {
    words: Vec<Words>,
    longs: Vec<Longs>,
    masks: Vec<u32>,
    /// Which threads have written each of them.
    written_words: Vec<u32>,
    written_longs: Vec<u32>,
    written_masks: Vec<u32>,
    pub(super) arrays: Vec<Vec<Words>>,
    /// Arrays that each thread has for itself, and which threads have written each word of them.
    pub(super) locals: Vec<Vec<(Words, u32)>>,
}

impl Frame {
    pub(super) fn new(routine: &Routine) -> Self {
        let array = |&n: &u32| vec![[0; WARP as usize]; n as usize];
        let local = |&n: &u32| vec![([0; WARP as usize], 0); n as usize];
        Self {
            words: vec![[0; WARP as usize]; routine.n_words],
            longs: vec![[0; WARP as usize]; routine.n_longs],
            masks: vec![0; routine.n_masks],
            written_words: vec![0; routine.n_words],
            written_longs: vec![0; routine.n_longs],
            written_masks: vec![0; routine.n_masks],
            arrays: routine.arrays.iter().map(array).collect(),
            locals: routine.locals.iter().map(local).collect(),
        }
    }

    /// 32 bits that a register has or that stand in the text.
    #[inline(always)]
    pub(super) fn word(&self, operand: Operand, threads: u32) -> Result<Words, Unwritten> {
        match operand {
            Operand::Word(register) => {
                check(self.written_words[register as usize], threads)?;
                Ok(self.words[register as usize])
            }
            Operand::Bits(bits) => Ok([bits; WARP as usize]),
            _ => Ok([0; WARP as usize]),
        }
    }

    #[inline(always)]
    pub(super) fn long(&self, operand: Operand, threads: u32) -> Result<Longs, Unwritten> {
        match operand {
            Operand::Long(register) | Operand::Memory(register) => {
                check(self.written_longs[register as usize], threads)?;
                Ok(self.longs[register as usize])
            }
            _ => Ok([0; WARP as usize]),
        }
    }

    #[inline(always)]
    pub(super) fn mask(&self, operand: Operand, threads: u32) -> Result<u32, Unwritten> {
        match operand {
            Operand::Mask(register) => {
                check(self.written_masks[register as usize], threads)?;
                Ok(self.masks[register as usize])
            }
            Operand::Truth(true) => Ok(u32::MAX),
            _ => Ok(0),
        }
    }

    #[inline(always)]
    pub(super) fn set_word(&mut self, to: Operand, threads: u32, from: &Words) {
        let Operand::Word(register) = to else { return };
        self.written_words[register as usize] |= threads;
        blend(&mut self.words[register as usize], threads, from);
    }

    #[inline(always)]
    pub(super) fn set_long(&mut self, to: Operand, threads: u32, from: &Longs) {
        let Operand::Long(register) = to else { return };
        self.written_longs[register as usize] |= threads;
        blend(&mut self.longs[register as usize], threads, from);
    }

    #[inline(always)]
    pub(super) fn set_mask(&mut self, to: Operand, threads: u32, from: u32) {
        let Operand::Mask(register) = to else { return };
        self.written_masks[register as usize] |= threads;
        let mask = &mut self.masks[register as usize];
        *mask = *mask & !threads | from & threads;
    }
}

#[inline(always)]
fn check(written: u32, threads: u32) -> Result<(), Unwritten> {
    match threads & !written {
        0 => Ok(()),
        threads => Err(Unwritten { threads }),
    }
}

/// Takes over what these threads have.
#[inline(always)]
pub(super) fn blend<T: Copy>(to: &mut [T; WARP as usize], threads: u32, from: &[T; WARP as usize]) {
    if threads == u32::MAX {
        *to = *from;
        return;
    }
    for thread in 0..WARP as usize {
        let is_in = threads >> thread & 1 == 1;
        to[thread] = if is_in { from[thread] } else { to[thread] };
    }
}

//! 32 threads that go through a kernel in lockstep.

use super::frame::{Frame, Unwritten, blend};
use super::memory::{Memory, PLACE_BITS, TABLE};
use super::operate::operate;
use super::{KernelFault, WARP};
use crate::device::BLOCK;
use crate::device::ptx::{Instruction, Module, Opcode, Operand, Routine, Special};
use crate::math::lanes::{Isa, Kernel, Lanes, for_isa};

/// A warp of a launch.
pub(super) struct Warp<'a> {
    pub(super) module: &'a Module,
    /// What is run, in the end the kernel.
    pub(super) routine: &'a Routine,
    pub(super) memory: &'a mut Memory,
    /// Of the kernel.
    pub(super) arguments: &'a [u64],
    pub(super) block: u32,
    /// The number in its block of the first thread.
    pub(super) first: u32,
    /// Instructions after which it is taken to go round for ever.
    pub(super) most_done: u64,
}

impl Kernel for Warp<'_> {
    /// How many instructions were done.
    type Output = Result<u64, KernelFault>;

    #[inline(always)]
    fn run(mut self) -> Self::Output {
        let (routine, mut n_done) = (self.routine, 0);
        self.go(routine, &mut Frame::new(routine), u32::MAX, &mut n_done)?;
        Ok(n_done)
    }
}

/// A function that is called by some threads of a warp.
struct Called<'a, 'b> {
    warp: &'a mut Warp<'b>,
    routine: &'b Routine,
    frame: &'a mut Frame,
    threads: u32,
    n_done: &'a mut u64,
}

impl Kernel for Called<'_, '_> {
    type Output = Result<(), KernelFault>;

    #[inline(always)]
    fn run(self) -> Self::Output {
        self.warp.go(self.routine, self.frame, self.threads, self.n_done)
    }
}

/// Threads of a warp, apart where a branch led them apart.
///
/// Those that stand first in the text go on, and are joined by those that wait where they come to. What a thread
/// computes does not depend on who goes with it.
struct Groups {
    /// The instruction that comes next for those that go on, and who they are.
    at: usize,
    threads: u32,
    /// The others, those that stand last first.
    waiting: Vec<(usize, u32)>,
}

impl Groups {
    /// Those that go on are at another place now; who waits there, or before it, comes first.
    #[inline(always)]
    fn go_to(&mut self, at: usize) {
        self.at = at;
        if let Some(&(next, _)) = self.waiting.last()
            && next <= at
        {
            self.wait(at, self.threads);
            self.go_on();
        }
    }

    /// Adds threads that wait at a place.
    fn wait(&mut self, at: usize, threads: u32) {
        let place = self.waiting.partition_point(|&(other, _)| at < other);
        match self.waiting.get_mut(place) {
            Some((other, waiting)) if *other == at => *waiting |= threads,
            _ => self.waiting.insert(place, (at, threads)),
        }
    }

    /// The first of those that wait go on; false if there are none.
    fn go_on(&mut self) -> bool {
        let Some((at, threads)) = self.waiting.pop() else { return false };
        (self.at, self.threads) = (at, threads);
        true
    }

    /// Some jump, the others go to the next instruction.
    fn branch(&mut self, jumping: u32, target: usize) {
        match (jumping, self.threads & !jumping) {
            (0, _) => self.go_to(self.at + 1),
            (_, 0) => self.go_to(target),
            (_, others) => {
                self.wait(target, jumping);
                self.wait(self.at + 1, others);
                self.go_on();
            }
        }
    }

    /// Some are at their end; false if no thread is left.
    fn leave(&mut self, leaving: u32) -> bool {
        self.threads &= !leaving;
        if self.threads == 0 {
            return self.go_on();
        }
        self.go_to(self.at + 1);
        true
    }
}

impl<'a> Warp<'a> {
    /// Takes these threads through a routine.
    #[inline(always)]
    fn go(
        &mut self,
        routine: &'a Routine,
        frame: &mut Frame,
        threads: u32,
        n_done: &mut u64,
    ) -> Result<(), KernelFault> {
        let mut groups = Groups { at: 0, threads, waiting: vec![] };
        loop {
            let it = &routine.instructions[groups.at];
            *n_done += 1;
            if self.most_done < *n_done {
                return Err(self.fault(it, groups.threads, "the kernel does not come to its end"));
            }
            let mut doing = groups.threads;
            if let Some((mask, value)) = it.guard {
                let mask = frame.mask(Operand::Mask(mask), doing);
                let mask = mask.map_err(|by| self.unwritten(it, by))?;
                doing &= if value { mask } else { !mask };
            }
            match (it.opcode, it.operands) {
                (Opcode::Branch, [Operand::Target(target), ..]) => {
                    groups.branch(doing, target as usize);
                    continue;
                }
                (Opcode::Return, _) => {
                    if !groups.leave(doing) {
                        return Ok(());
                    }
                    continue;
                }
                (Opcode::Call, _) => self.call(frame, it, doing, n_done)?,
                (Opcode::Load | Opcode::Store, _) => self.global(frame, it, doing)?,
                (Opcode::LoadLocal | Opcode::StoreLocal, _) => self.local(frame, it, doing)?,
                (Opcode::Address, [to, what, ..]) => {
                    let address = match what {
                        Operand::Table(table) => TABLE | u64::from(table) << PLACE_BITS,
                        Operand::Local(local) => u64::from(local) << PLACE_BITS,
                        _ => 0,
                    };
                    frame.set_long(to, doing, &[address; WARP as usize]);
                }
                (Opcode::LoadParameter | Opcode::LoadLongParameter | Opcode::StoreParameter, _) => {
                    self.parameter(frame, it, doing)?
                }
                (_, [to, Operand::Special(special), ..]) => self.special(frame, to, special, doing),
                _ => operate(frame, it, doing).map_err(|by| self.unwritten(it, by))?,
            }
            groups.go_to(groups.at + 1);
        }
    }

    fn fault(&self, it: &Instruction, threads: u32, what: &str) -> KernelFault {
        let thread = self.block * BLOCK + self.first + threads.trailing_zeros();
        KernelFault { line: it.line, thread, what: what.to_owned() }
    }

    fn unwritten(&self, it: &Instruction, by: Unwritten) -> KernelFault {
        self.fault(it, by.threads, "a register is read that was never written")
    }

    fn special(&self, frame: &mut Frame, to: Operand, special: Special, threads: u32) {
        let of = |thread: usize| match special {
            Special::Block => self.block,
            Special::BlockSize => BLOCK,
            Special::Thread => self.first + thread as u32,
        };
        frame.set_word(to, threads, &std::array::from_fn(of));
    }

    /// Reads or writes numbers in buffers.
    fn global(
        &mut self,
        frame: &mut Frame,
        it: &Instruction,
        doing: u32,
    ) -> Result<(), KernelFault> {
        let is_load = it.opcode == Opcode::Load;
        let [memory, number] = if is_load { [1, 0] } else { [0, 1] };
        let addresses = frame.long(it.operands[memory], doing);
        let addresses = addresses.map_err(|by| self.unwritten(it, by))?;
        let mut numbers = match is_load {
            true => [0; WARP as usize],
            false => {
                let numbers = frame.word(it.operands[number], doing);
                numbers.map_err(|by| self.unwritten(it, by))?
            }
        };
        for thread in (0..WARP).filter(|thread| doing >> thread & 1 == 1) {
            let address = addresses[thread as usize];
            if let Some(word) = self.table(address).filter(|_| is_load) {
                numbers[thread as usize] = word;
                continue;
            }
            let Some(at) = self.memory.at(address) else {
                let what = format!("{address:#x} is in no buffer");
                return Err(self.fault(it, 1 << thread, &what));
            };
            let bits = &mut numbers[thread as usize];
            match is_load {
                true => *bits = at.to_bits(),
                false => *at = f32::from_bits(*bits),
            }
        }
        if is_load {
            frame.set_word(it.operands[number], doing, &numbers);
        }
        Ok(())
    }

    /// The word of a table at an address.
    fn table(&self, address: u64) -> Option<u32> {
        let address = Some(address).filter(|address| address & TABLE != 0)? & !TABLE;
        let (_, words) = self.module.tables.get((address >> PLACE_BITS) as usize)?;
        let byte = (address & ((1 << PLACE_BITS) - 1)) as usize;
        words.get(byte / 4).copied().filter(|_| byte.is_multiple_of(4))
    }

    /// Reads or writes numbers that each thread has for itself.
    fn local(&self, frame: &mut Frame, it: &Instruction, doing: u32) -> Result<(), KernelFault> {
        let is_load = it.opcode == Opcode::LoadLocal;
        let [memory, number] = if is_load { [1, 0] } else { [0, 1] };
        let addresses = frame.long(it.operands[memory], doing);
        let addresses = addresses.map_err(|by| self.unwritten(it, by))?;
        let mut numbers = match is_load {
            true => [0; WARP as usize],
            false => {
                let numbers = frame.word(it.operands[number], doing);
                numbers.map_err(|by| self.unwritten(it, by))?
            }
        };
        for thread in (0..WARP).filter(|thread| doing >> thread & 1 == 1) {
            let address = addresses[thread as usize];
            let byte = (address & ((1 << PLACE_BITS) - 1)) as usize;
            let array = frame.locals.get_mut((address >> PLACE_BITS) as usize);
            let word = array.and_then(|array| array.get_mut(byte / 4));
            let Some((words, written)) = word.filter(|_| byte.is_multiple_of(4)) else {
                let what = format!("{address:#x} is in no array of the thread");
                return Err(self.fault(it, 1 << thread, &what));
            };
            if is_load && *written >> thread & 1 == 0 {
                return Err(self.fault(it, 1 << thread, "a number is read that was never written"));
            }
            let (number, word) = (&mut numbers[thread as usize], &mut words[thread as usize]);
            match is_load {
                true => *number = *word,
                false => (*word, *written) = (*number, *written | 1 << thread),
            }
        }
        if is_load {
            frame.set_word(it.operands[number], doing, &numbers);
        }
        Ok(())
    }

    /// Reads parameters, and writes those of a call.
    fn parameter(
        &self,
        frame: &mut Frame,
        it: &Instruction,
        doing: u32,
    ) -> Result<(), KernelFault> {
        match it.operands {
            [to, Operand::Parameter(index), ..] => {
                let argument = self.arguments[index as usize];
                match it.opcode {
                    Opcode::LoadLongParameter => {
                        frame.set_long(to, doing, &[argument; WARP as usize]);
                    }
                    _ => frame.set_word(to, doing, &[argument as u32; WARP as usize]),
                }
            }
            [to, Operand::Element { array, word }, ..] => {
                let words = frame.arrays[array as usize][word as usize];
                frame.set_word(to, doing, &words);
            }
            [Operand::Element { array, word }, from, ..] => {
                let words = frame.word(from, doing).map_err(|by| self.unwritten(it, by))?;
                blend(&mut frame.arrays[array as usize][word as usize], doing, &words);
            }
            _ => {}
        }
        Ok(())
    }

    /// Takes these threads through a function and back.
    fn call(
        &mut self,
        frame: &mut Frame,
        it: &Instruction,
        threads: u32,
        n_done: &mut u64,
    ) -> Result<(), KernelFault> {
        let [Operand::Function(routine), results, arguments, _] = it.operands else {
            return Ok(());
        };
        let routine = &self.module.routines[routine as usize];
        let mut inner = Frame::new(routine);
        if let Operand::Array(array) = arguments {
            inner.arrays[1].clone_from(&frame.arrays[array as usize]);
        }
        let called = Called { warp: self, routine, frame: &mut inner, threads, n_done };
        for_isa!(Isa::detect(), L => L::vectorize(called))?;
        if let Operand::Array(array) = results {
            let pairs = frame.arrays[array as usize].iter_mut().zip(&inner.arrays[0]);
            pairs.for_each(|(to, from)| blend(to, threads, from));
        }
        Ok(())
    }
}

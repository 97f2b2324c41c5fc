//! A device without a GPU: it runs nothing but the text that a driver would get.
//!
//! Warps of 32 threads go through it in lockstep. Numbers are those of the hardware, with one NaN for all that an
//! operation makes (0x7FFFFFFF). What a GPU would let pass is an error here: reading or writing outside of every
//! buffer, and reading a register that was never written.
//!
//! Kernels that are written by hand run as a C++ compiler made them ([`KernelLibrary`]), if there is a library of them.

mod frame;
mod library;
mod memory;
mod operate;
mod warp;

use super::kernels::KernelSource;
use super::ptx::{Module, Routine, parameters, read_ptx};
use super::{Argument, BLOCK, BufferId, DeviceError, Grid, KernelId, ProgramBackend};
use crate::math::lanes::{Isa, Lanes, for_isa};
use library::HostKernel;
pub use library::KernelLibrary;
use memory::Memory;
use warp::Warp;

/// Threads that run in lockstep.
pub(super) const WARP: u32 = 32;

/// A program error found by the emulator: the line of PTX and what it did wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the PTX, thread {thread}: {what}")]
pub struct KernelFault {
    /// Line of the text, from 1.
    pub line: u32,
    /// Its number among all of the launch.
    pub thread: u32,
    /// What it did, in words.
    pub what: String,
}

/// Instructions of a warp after which a launch is taken never to end: a thousand times those of the largest step.
const MOST_DONE: u64 = 1 << 34;

/// A kernel that was loaded.
#[derive(Debug)]
enum Loaded {
    /// A routine of a text.
    Text(Module, usize),
    Host(HostKernel),
}

/// A device that is no GPU.
#[derive(Debug)]
pub struct Emulator {
    memory: Memory,
    kernels: Vec<Loaded>,
    library: Option<KernelLibrary>,
    n_done: u64,
    /// [`MOST_DONE`], or less.
    pub(super) most_done: u64,
}

impl Default for Emulator {
    fn default() -> Self {
        let (memory, kernels) = (Memory::default(), vec![]);
        Self { memory, kernels, library: None, n_done: 0, most_done: MOST_DONE }
    }
}

impl Emulator {
    /// An emulator without buffers or kernels.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with kernels that are written by hand.
    pub fn with_library(library: KernelLibrary) -> Self {
        Self { library: Some(library), ..Self::default() }
    }

    /// Instructions that warps did so far; what the threads of a warp do together counts once.
    pub fn n_done(&self) -> u64 {
        self.n_done
    }
}

impl ProgramBackend for Emulator {
    fn name(&self) -> String {
        "emulator".to_owned()
    }

    fn load(&mut self, ptx: &str, kernel: &str) -> Result<KernelId, DeviceError> {
        let module = read_ptx(ptx)?;
        let is_it = |it: &Routine| it.name == kernel && it.parameters.is_some();
        let Some(index) = module.routines.iter().position(is_it) else {
            return Err(DeviceError::NoKernel { name: kernel.to_owned() });
        };
        self.kernels.push(Loaded::Text(module, index));
        Ok(KernelId(self.kernels.len() - 1))
    }

    fn load_source(
        &mut self,
        source: &KernelSource,
        kernel: &str,
    ) -> Result<KernelId, DeviceError> {
        let name = || kernel.to_owned();
        let library =
            self.library.as_ref().ok_or_else(|| DeviceError::NoLibrary { name: name() })?;
        let no_kernel = || DeviceError::NoKernel { name: name() };
        let loaded = library.find(kernel).ok_or_else(no_kernel)?;
        // What a GPU would be given is held to here too.
        let of_text = parameters(source.ptx, kernel).ok_or_else(no_kernel)?;
        loaded.check_parameters(&of_text)?;
        self.kernels.push(Loaded::Host(loaded));
        Ok(KernelId(self.kernels.len() - 1))
    }

    fn allocate(&mut self, n: usize) -> Result<BufferId, DeviceError> {
        Ok(self.memory.allocate(n))
    }

    fn free(&mut self, buffer: BufferId) -> Result<(), DeviceError> {
        self.memory.free(buffer)
    }

    fn write(&mut self, to: BufferId, at: usize, numbers: &[f32]) -> Result<(), DeviceError> {
        self.memory.range(to, at, numbers.len())?.copy_from_slice(numbers);
        Ok(())
    }

    fn read(&mut self, from: BufferId, at: usize, numbers: &mut [f32]) -> Result<(), DeviceError> {
        numbers.copy_from_slice(self.memory.range(from, at, numbers.len())?);
        Ok(())
    }

    fn launch_grid(
        &mut self,
        kernel: KernelId,
        grid: Grid,
        arguments: &[Argument],
    ) -> Result<(), DeviceError> {
        match self.kernels.get(kernel.0) {
            None => Err(DeviceError::NoKernel { name: format!("number {}", kernel.0) }),
            Some(Loaded::Host(kernel)) => kernel.launch(grid, arguments, &mut self.memory),
            Some(Loaded::Text(module, index)) => {
                let routine = &module.routines[*index];
                grid.check(&routine.name)?;
                if grid.threads != BLOCK || grid.blocks.1 > 1 {
                    let what = format!("blocks of {BLOCK} threads in one row, and got {grid:?}");
                    return Err(DeviceError::HostFault { name: routine.name.clone(), what });
                }
                let arguments = self.memory.arguments(routine, arguments)?;
                for block in 0..grid.blocks.0 {
                    for first in (0..BLOCK).step_by(WARP as usize) {
                        let memory = &mut self.memory;
                        let arguments = &arguments;
                        let most_done = self.most_done;
                        let warp =
                            Warp { module, routine, memory, arguments, block, first, most_done };
                        self.n_done += for_isa!(Isa::detect(), L => L::vectorize(warp))?;
                    }
                }
                Ok(())
            }
        }
    }
}

//! Kernels that a C++ compiler made, from a library.

use super::memory::Memory;
use crate::device::{Argument, DeviceError, Grid, Parameter, check_arguments};
use libloading::Library;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::Path;
use std::sync::Arc;

/// A library of the kernels of `device/kernels/`, made with their `host.h`.
#[derive(Clone, Debug)]
pub struct KernelLibrary {
    library: Arc<Library>,
    is_backwards: bool,
}

/// Runs a grid of a kernel: with the addresses of its arguments, blocks by two indices, threads of a block, and whether
/// the last thread is first. 0 if all went well.
type Launch = unsafe extern "C" fn(*mut *mut c_void, u32, u32, u32, c_int) -> c_int;

/// The kinds of a kernel's parameters, a letter each.
type Kinds = unsafe extern "C" fn() -> *const c_char;

/// A kernel of a library.
#[derive(Debug)]
pub(super) struct HostKernel {
    name: String,
    parameters: Vec<Parameter>,
    launch: Launch,
    library: KernelLibrary,
}

impl KernelLibrary {
    /// The library in a file. It stays loaded until the program ends.
    ///
    /// # Errors
    /// If the system cannot load it.
    pub fn open(path: &Path) -> Result<Self, DeviceError> {
        let failed = |error: libloading::Error| DeviceError::Library {
            path: path.display().to_string(),
            said: error.to_string(),
        };
        #[allow(unsafe_code, reason = "a library of another language")]
        // SAFETY: whoever names the library answers for what it does when it is loaded; ours does nothing.
        let library = unsafe { Library::new(path) }.map_err(failed)?;
        // Its fibers' stacks are given back where threads end, which may be later than anything here.
        let library = Arc::new(library);
        std::mem::forget(library.clone());
        Ok(Self { library, is_backwards: false })
    }

    /// The same with the last block and its last thread first, for tests: kernels must not tell the difference.
    #[must_use]
    pub fn backwards(self) -> Self {
        Self { is_backwards: true, ..self }
    }

    /// The kernel of a name.
    pub(super) fn find(&self, name: &str) -> Option<HostKernel> {
        #[allow(unsafe_code, reason = "a library of another language")]
        // SAFETY: `host.h` defines both symbols together, with these types, and the library stays loaded.
        let (launch, kinds) = unsafe {
            let launch = *self.library.get::<Launch>(format!("launch_{name}")).ok()?;
            let kinds = *self.library.get::<Kinds>(format!("kinds_{name}")).ok()?;
            (launch, CStr::from_ptr(kinds()))
        };
        let kind = |letter: &u8| match letter {
            b'b' => Some(Parameter::Address),
            b'c' => Some(Parameter::Count),
            b'f' => Some(Parameter::Number),
            _ => None,
        };
        let parameters = kinds.to_bytes().iter().map(kind).collect::<Option<_>>()?;
        Some(HostKernel { name: name.to_owned(), parameters, launch, library: self.clone() })
    }
}

impl HostKernel {
    fn fault(&self, what: String) -> DeviceError {
        DeviceError::HostFault { name: self.name.clone(), what }
    }

    /// Fails unless it takes what the kernel of the text takes.
    pub(super) fn check_parameters(&self, of_text: &[Parameter]) -> Result<(), DeviceError> {
        if self.parameters == of_text {
            return Ok(());
        }
        let what = format!("it takes {:?}, and that of the text {of_text:?}", self.parameters);
        Err(self.fault(what))
    }

    /// Runs all threads of a grid.
    pub(super) fn launch(
        &self,
        grid: Grid,
        arguments: &[Argument],
        memory: &mut Memory,
    ) -> Result<(), DeviceError> {
        grid.check(&self.name)?;
        check_arguments(&self.name, &self.parameters, arguments)?;
        // Of each argument its bits, aligned as addresses are; a 32-bit number lies in the first four bytes.
        let bits = |argument: &Argument| match *argument {
            Argument::Buffer(buffer) => Ok(memory.pointer(buffer)? as u64),
            Argument::Count(count) => Ok(in_eight(count)),
            Argument::Number(number) => Ok(in_eight(number.to_bits())),
        };
        let values: Result<Vec<u64>, DeviceError> = arguments.iter().map(bits).collect();
        let mut values = values?;
        if grid.is_empty() {
            return Ok(());
        }
        let mut places: Vec<*mut c_void> =
            values.iter_mut().map(|it| std::ptr::from_mut(it).cast()).collect();
        let (x, y) = grid.blocks;
        let backwards = c_int::from(self.library.is_backwards);
        #[allow(unsafe_code, reason = "a kernel of another language")]
        // SAFETY: the kernel gets as many arguments as it has parameters, of their kinds. What it does with the buffers
        // behind them is bounded by nothing, as on a GPU; they live, and nothing else reads or writes them meanwhile.
        let answer = unsafe { (self.launch)(places.as_mut_ptr(), x, y, grid.threads, backwards) };
        match answer {
            0 => self.check_fences(arguments, memory),
            1 => Err(self.fault(format!("a block cannot have {} threads", grid.threads))),
            _ => {
                let what = "some threads of a block ended while others waited at a barrier";
                Err(self.fault(what.to_owned()))
            }
        }
    }

    fn check_fences(&self, arguments: &[Argument], memory: &Memory) -> Result<(), DeviceError> {
        let broken = arguments.iter().position(|argument| match argument {
            Argument::Buffer(buffer) => !memory.is_whole(*buffer),
            Argument::Count(_) | Argument::Number(_) => false,
        });
        match broken {
            None => Ok(()),
            Some(place) => {
                Err(self
                    .fault(format!("it wrote beyond the end of the buffer of argument {place}")))
            }
        }
    }
}

/// A 32-bit number in the first of eight bytes.
fn in_eight(number: u32) -> u64 {
    let mut bytes = [0; 8];
    bytes[..4].copy_from_slice(&number.to_ne_bytes());
    u64::from_ne_bytes(bytes)
}

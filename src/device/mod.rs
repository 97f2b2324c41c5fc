//! Machines that run programs for many environments at once.
//!
//! A program becomes PTX ([`to_ptx`]), which is the one thing that a [`ProgramBackend`] takes: a GPU through its driver, or the
//! [`Emulator`], which reads the text and does on the CPU what it says.

mod cuda;
mod emulate;
#[cfg(test)]
pub mod emulated;
mod ptx;
#[cfg(test)]
mod tests;

pub use cuda::Cuda;
pub use emulate::{Emulator, KernelFault};
pub use ptx::{KERNEL, Layout, ReadError, Row, to_ptx, to_ptx_in};

/// Threads of a block in a launch.
pub const BLOCK: u32 = 128;

/// Memory of the backend that allocated it: f32, from 0 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BufferId(usize);

/// A kernel of the backend that loaded it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KernelId(usize);

/// An argument of a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// The address of its first number.
    Buffer(BufferId),
    /// A 32-bit number.
    Count(u32),
}

/// An error of a backend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// The text of a program cannot be read.
    #[error(transparent)]
    Text(#[from] ReadError),
    /// No device has this name.
    #[error(
        "there is no device `{name}`; there are cuda (or cuda:0, the first GPU), cuda:1 and so on, and emulate"
    )]
    NoDevice {
        /// The name that was asked for.
        name: String,
    },
    /// The library of NVIDIA's driver was not found.
    #[error(
        "no NVIDIA driver was found (libcuda.so.1 or nvcuda.dll); install NVIDIA's driver, or compute on the CPU"
    )]
    NoDriver,
    /// The driver is older than needed.
    #[error("NVIDIA's driver is for CUDA {found}, and {needed} or later is needed; update it")]
    OldDriver {
        /// The CUDA version that the driver is for.
        found: String,
        /// The least CUDA version that will do.
        needed: String,
    },
    /// No GPU has this number.
    #[error("there is no GPU cuda:{number}, but {found}")]
    NoGpu {
        /// The number that was asked for, from 0.
        number: usize,
        /// The GPUs that there are, in words.
        found: String,
    },
    /// The GPU is older than needed.
    #[error("{name} has compute capability {capability}, and 7.5 (Turing) or later is needed")]
    OldGpu {
        /// The GPU's name.
        name: String,
        /// Its compute capability, such as `6.1`.
        capability: String,
    },
    /// The GPU has too little free memory.
    #[error(
        "{} MB are needed on the GPU, which has {} MB free; use fewer environments",
        bytes.div_ceil(1_000_000),
        free / 1_000_000
    )]
    OutOfMemory {
        /// Memory that was asked for \[bytes\].
        bytes: u64,
        /// Memory that is free \[bytes\].
        free: u64,
    },
    /// A call of the driver failed.
    #[error("NVIDIA's driver could not {doing}: {said}")]
    Driver {
        /// What could not be done, in words.
        doing: &'static str,
        /// The driver's message.
        said: String,
    },
    /// The text has no kernel of this name.
    #[error("the text has no kernel `{name}`")]
    NoKernel {
        /// The name that was asked for.
        name: String,
    },
    /// A kernel did what it must not do.
    #[error(transparent)]
    Fault(#[from] KernelFault),
    /// The buffer is not one of this device, or was freed.
    #[error("buffer {number} is not one of this device, or is free again")]
    NoBuffer {
        /// The buffer's number.
        number: usize,
    },
    /// A copy reaches beyond the buffer.
    #[error("{n} numbers from {at} on are not all in a buffer of {length}")]
    OutOfBuffer {
        /// Index of the first number.
        at: usize,
        /// How many numbers.
        n: usize,
        /// Numbers in the buffer.
        length: usize,
    },
    /// The arguments do not match the kernel's parameters.
    #[error("kernel `{name}` takes {expected}, and was given {given}")]
    Arguments {
        /// The kernel's name.
        name: String,
        /// The kernel's parameters, in words.
        expected: String,
        /// The arguments, in words.
        given: String,
    },
}

/// The device of a name: `cuda` or `cuda:0`, `cuda:1` and so on, or `emulate`.
///
/// # Errors
/// If it is no such name, or if there is no such device.
pub fn open(name: &str) -> Result<Box<dyn ProgramBackend>, DeviceError> {
    Ok(match parse(name)? {
        Named::Emulator => Box::new(Emulator::new()),
        Named::Cuda(number) => Box::new(Cuda::new(number)?),
    })
}

/// Whether there is a device of a name, without opening it.
///
/// # Errors
/// If it is no such name, or if there is no such device.
pub fn find(name: &str) -> Result<(), DeviceError> {
    match parse(name)? {
        Named::Emulator => Ok(()),
        Named::Cuda(number) => Cuda::find(number),
    }
}

/// A device as a name has it.
enum Named {
    Emulator,
    Cuda(usize),
}

fn parse(name: &str) -> Result<Named, DeviceError> {
    let no_device = || DeviceError::NoDevice { name: name.to_owned() };
    match name {
        "emulate" => Ok(Named::Emulator),
        "cuda" => Ok(Named::Cuda(0)),
        _ => {
            let number = name.strip_prefix("cuda:").ok_or_else(no_device)?;
            let is_whole = number.bytes().all(|digit| digit.is_ascii_digit());
            number.parse().ok().filter(|_| is_whole).map(Named::Cuda).ok_or_else(no_device)
        }
    }
}

/// Whether a kernel, of whose parameters some are addresses, takes these arguments.
fn check_arguments(
    kernel: &str,
    parameters: &[bool],
    arguments: &[Argument],
) -> Result<(), DeviceError> {
    let is_buffer = |it: &Argument| matches!(it, Argument::Buffer(_));
    let given: Vec<bool> = arguments.iter().map(is_buffer).collect();
    if given == parameters {
        return Ok(());
    }
    let kind = |&is_buffer: &bool| if is_buffer { "a buffer" } else { "a count" };
    let list = |all: &[bool]| all.iter().map(kind).collect::<Vec<_>>().join(", ");
    let (expected, given) = (list(parameters), list(&given));
    Err(DeviceError::Arguments { name: kernel.to_owned(), expected, given })
}

/// A device with memory of its own that runs kernels, in the order in which they are launched.
pub trait ProgramBackend: Send {
    /// For people.
    fn name(&self) -> String;

    /// What people should know of what was loaded since the last call, and is no error.
    fn notes(&mut self) -> Vec<String> {
        Vec::new()
    }

    /// Whether machine code of a PTX text is at hand, so that loading it takes no time to speak of.
    fn is_assembled(&self, _ptx: &str) -> bool {
        true
    }

    /// Memory that is free \[bytes\], where the device has its own.
    fn free_bytes(&self) -> Option<u64> {
        None
    }

    /// Makes a kernel of a PTX text ready to be launched.
    ///
    /// # Errors
    /// If the device cannot read the text, or if there is no such kernel in it.
    fn load(&mut self, ptx: &str, kernel: &str) -> Result<KernelId, DeviceError>;

    /// Memory for `n` numbers, all 0.
    ///
    /// # Errors
    /// If there is not so much left.
    fn allocate(&mut self, n: usize) -> Result<BufferId, DeviceError>;

    /// Gives memory back.
    ///
    /// # Errors
    /// If it is none of this device.
    fn free(&mut self, buffer: BufferId) -> Result<(), DeviceError>;

    /// Copies numbers into a buffer, from its number `at` on.
    ///
    /// # Errors
    /// If they are not all in it.
    fn write(&mut self, to: BufferId, at: usize, numbers: &[f32]) -> Result<(), DeviceError>;

    /// Copies numbers out of a buffer, from its number `at` on, after all that was launched before.
    ///
    /// # Errors
    /// If they are not all in it, or if a kernel that was launched before failed.
    fn read(&mut self, from: BufferId, at: usize, numbers: &mut [f32]) -> Result<(), DeviceError>;

    /// Runs a kernel in at least `n_threads` threads, in blocks of [`BLOCK`].
    ///
    /// # Errors
    /// If the arguments are not those that it takes, or, where that is known at once, if it fails.
    fn launch(
        &mut self,
        kernel: KernelId,
        n_threads: u32,
        arguments: &[Argument],
    ) -> Result<(), DeviceError>;
}

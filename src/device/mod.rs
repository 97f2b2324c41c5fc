//! Machines that run programs for many environments at once.
//!
//! A program becomes PTX ([`to_ptx`]), which a [`ProgramBackend`] takes: a GPU through its driver, or the
//! [`Emulator`], which reads the text and does on the CPU what it says. Kernels that are written by hand are
//! [`kernels::KernelSource`]s: a GPU takes their PTX, the emulator a library that a C++ compiler made of the same source.

#[cfg(test)]
pub mod counting;
mod cuda;
mod emulate;
#[cfg(test)]
pub mod emulated;
mod grid;
pub mod kernels;
#[cfg(test)]
pub mod opened;
mod ptx;
mod shared;
#[cfg(test)]
mod tests;
pub mod words;

pub use cuda::Cuda;
pub use emulate::{Emulator, KernelFault, KernelLibrary};
pub use grid::Grid;
pub use ptx::{KERNEL, Layout, Parameter, ReadError, Row, to_ptx, to_ptx_in};
pub use shared::Shared;

use kernels::KernelSource;

/// Threads of a block in a launch.
pub const BLOCK: u32 = 128;

/// Memory of the backend that allocated it: f32, from 0 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BufferId(usize);

/// A kernel of the backend that loaded it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KernelId(usize);

/// An argument of a kernel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Argument {
    /// The address of its first number.
    Buffer(BufferId),
    /// A 32-bit number.
    Count(u32),
    /// A number in single precision.
    Number(f32),
}

impl Argument {
    fn kind(&self) -> Parameter {
        match self {
            Self::Buffer(_) => Parameter::Address,
            Self::Count(_) => Parameter::Count,
            Self::Number(_) => Parameter::Number,
        }
    }
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
    /// The emulator has no library of kernels that are written by hand.
    #[error(
        "the emulator cannot run kernel `{name}`, for which it needs a library that a C++ compiler makes of the kernels; \
         compute that on the CPU, or on a GPU with the device cuda"
    )]
    NoLibrary {
        /// The kernel's name.
        name: String,
    },
    /// A library of kernels cannot be opened.
    #[error("the library of kernels {path} cannot be opened: {said}")]
    Library {
        /// Its path.
        path: String,
        /// What the system said.
        said: String,
    },
    /// A kernel of a library did what it must not do.
    #[error("kernel `{name}` of the library: {what}")]
    HostFault {
        /// The kernel's name.
        name: String,
        /// What it did, in words.
        what: String,
    },
    /// A launch has more blocks or threads than a GPU takes.
    #[error(
        "kernel `{name}` cannot have {} x {} blocks of {} threads; a GPU takes at most 2147483647 x 65535 of 1024",
        grid.blocks.0,
        grid.blocks.1,
        grid.threads
    )]
    Grid {
        /// The kernel's name.
        name: String,
        /// What was asked for.
        grid: Grid,
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

/// The environment variable that names a library of the kernels that are written by hand, for the emulator: what a C++
/// compiler makes of `device/kernels/` with its `host.h`.
pub const KERNEL_LIBRARY: &str = "DNNE_KERNEL_LIBRARY";

/// The device of a name with the kernels that are written by hand; none, if that is the emulator and
/// [`KERNEL_LIBRARY`] is not set.
///
/// # Errors
/// As those of [`open`], or if the library cannot be opened.
pub fn open_with_kernels(name: &str) -> Result<Option<Box<dyn ProgramBackend>>, DeviceError> {
    #[cfg(test)]
    if let Some(opened) = opened::in_place() {
        return Ok(Some(opened));
    }
    match (parse(name)?, std::env::var_os(KERNEL_LIBRARY)) {
        (Named::Emulator, None) => Ok(None),
        (Named::Emulator, Some(path)) => {
            let library = KernelLibrary::open(path.as_ref())?;
            Ok(Some(Box::new(Emulator::with_library(library))))
        }
        (Named::Cuda(number), _) => Ok(Some(Box::new(Cuda::new(number)?))),
    }
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

/// Whether a kernel with these parameters takes these arguments.
fn check_arguments(
    kernel: &str,
    parameters: &[Parameter],
    arguments: &[Argument],
) -> Result<(), DeviceError> {
    let given: Vec<Parameter> = arguments.iter().map(Argument::kind).collect();
    if given == parameters {
        return Ok(());
    }
    let list = |all: &[Parameter]| all.iter().map(Parameter::words).collect::<Vec<_>>().join(", ");
    let (expected, given) = (list(parameters), list(&given));
    Err(DeviceError::Arguments { name: kernel.to_owned(), expected, given })
}

/// A device with memory of its own that runs kernels, in the order in which they are launched.
pub trait ProgramBackend: Send + Sync {
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

    /// Makes a kernel that is written by hand ready to be launched.
    ///
    /// # Errors
    /// If the device cannot run it, or if there is no such kernel in the source.
    fn load_source(&mut self, source: &KernelSource, kernel: &str)
    -> Result<KernelId, DeviceError>;

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

    /// Runs a kernel in all threads of a grid.
    ///
    /// # Errors
    /// If no GPU would launch the grid, if the arguments are not those that it takes, or, where that is known at once, if
    /// it fails.
    fn launch_grid(
        &mut self,
        kernel: KernelId,
        grid: Grid,
        arguments: &[Argument],
    ) -> Result<(), DeviceError>;

    /// Runs a kernel in at least `n_threads` threads, in blocks of [`BLOCK`].
    ///
    /// # Errors
    /// As those of [`launch_grid`](Self::launch_grid).
    fn launch(
        &mut self,
        kernel: KernelId,
        n_threads: u32,
        arguments: &[Argument],
    ) -> Result<(), DeviceError> {
        self.launch_grid(kernel, Grid::of_threads(n_threads), arguments)
    }
}

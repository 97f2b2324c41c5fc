//! A GPU, by NVIDIA's driver.
//!
//! cudarc looks for the driver's library when the first GPU is asked for: nothing of CUDA is needed to build, and
//! without a driver the program starts all the same.

mod assemble;
mod cache;
mod found;
#[cfg(test)]
mod tests;

use super::kernels::KernelSource;
use super::ptx::{Parameter, parameters};
use super::{Argument, BufferId, DeviceError, Grid, KernelId, ProgramBackend, check_arguments};
use assemble::assemble;
use cache::Cache;
use cudarc::driver::sys::CUresult;
use cudarc::driver::{
    CudaContext, CudaFunction, CudaModule, CudaSlice, CudaStream, DriverError, LaunchConfig,
    PushKernelArg,
};
use cudarc::nvrtc::Ptx;
use std::collections::HashMap;
use std::ffi::CString;
use std::sync::Arc;

/// A kernel, by its name, and its parameters.
struct Loaded {
    name: String,
    function: CudaFunction,
    parameters: Vec<Parameter>,
}

/// Memory, and how many numbers of it were asked for.
struct Held {
    numbers: CudaSlice<f32>,
    n: usize,
}

/// A GPU, and one stream of work on it.
pub struct Cuda {
    name: String,
    context: Arc<CudaContext>,
    stream: Arc<CudaStream>,
    buffers: Vec<Option<Held>>,
    kernels: Vec<Loaded>,
    /// Of sources with kernels that were loaded, by their names.
    modules: HashMap<&'static str, Arc<CudaModule>>,
    cache: Cache,
    /// For which GPU and driver machine code is.
    made_for: String,
    notes: Vec<String>,
}

/// What the driver says when it does not do something.
fn refused(doing: &'static str) -> impl Fn(DriverError) -> DeviceError {
    move |error| {
        let name = format!("{:?}", error.0);
        let said = match error.error_string() {
            Ok(said) => format!("{} ({name})", said.to_string_lossy()),
            Err(_) => name,
        };
        DeviceError::Driver { doing, said }
    }
}

impl Cuda {
    /// Whether there is a GPU of this number, from 0, and a driver for it.
    ///
    /// # Errors
    /// If there is no driver or an old one, or no GPU of this number.
    pub fn find(number: usize) -> Result<(), DeviceError> {
        found::driver(number)?;
        let n_gpus = CudaContext::device_count().map_err(refused("count its GPUs"))?;
        found::check_number(number, n_gpus)
    }

    /// The GPU of this number, from 0.
    ///
    /// # Errors
    /// If there is no driver or an old one, no GPU of this number, or one that is older than Turing.
    pub fn new(number: usize) -> Result<Self, DeviceError> {
        Self::find(number)?;
        let context = CudaContext::new(number).map_err(refused("open the GPU"))?;
        let name = context.name().map_err(refused("name the GPU"))?;
        let capability = context.compute_capability().map_err(refused("describe the GPU"))?;
        found::check_capability(&name, capability)?;
        #[allow(unsafe_code, reason = "whoever turns it off answers for the order of streams")]
        // SAFETY: memory is allocated, used and freed on the one stream below and on no other, and so in order. Events would
        // order the uses of each buffer by several streams, at the price of two calls of the driver for each argument.
        unsafe {
            context.disable_event_tracking();
        }
        let stream = context.new_stream().map_err(refused("make a stream"))?;
        let made_for = format!("{name} {capability:?} {}", found::driver_version()?);
        Ok(Self {
            name,
            context,
            stream,
            buffers: vec![],
            kernels: vec![],
            modules: HashMap::new(),
            cache: Cache::of_user(),
            made_for,
            notes: vec![],
        })
    }

    /// Machine code of a text, from the cache if it is there.
    fn module(&mut self, ptx: &str) -> Result<Arc<CudaModule>, DeviceError> {
        let refused = refused("make machine code of a kernel");
        self.context.bind_to_thread().map_err(&refused)?;
        let text = CString::new(ptx).map_err(|_| DeviceError::NoKernel { name: String::new() })?;
        let of = [ptx, &self.made_for];
        let code = self.cache.code(&of, &mut self.notes, || assemble(&text))?;
        if let Ok(module) = self.context.load_module(Ptx::from_binary(code)) {
            return Ok(module);
        }
        // Whatever the file held: the driver says what it thinks of the text.
        self.cache.forget(&of);
        self.context.load_module(Ptx::from_src(ptx)).map_err(&refused)
    }

    /// A kernel of a module, which a text became.
    fn take(
        &mut self,
        (ptx, kernel): (&str, &str),
        module: impl FnOnce(&mut Self) -> Result<Arc<CudaModule>, DeviceError>,
    ) -> Result<KernelId, DeviceError> {
        let name = kernel.to_owned();
        // A text ends for the driver at the first zero.
        let Some(parameters) = parameters(ptx, kernel).filter(|_| !ptx.contains('\0')) else {
            return Err(DeviceError::NoKernel { name });
        };
        let function = module(self)?.load_function(kernel).map_err(refused("find a kernel"))?;
        self.kernels.push(Loaded { name, function, parameters });
        Ok(KernelId(self.kernels.len() - 1))
    }

    fn held(&mut self, buffer: BufferId) -> Result<&mut Held, DeviceError> {
        let held = self.buffers.get_mut(buffer.0).and_then(Option::as_mut);
        held.ok_or(DeviceError::NoBuffer { number: buffer.0 })
    }

    /// A buffer of which numbers `at..at + n` are asked for.
    fn range(&mut self, buffer: BufferId, at: usize, n: usize) -> Result<&mut Held, DeviceError> {
        let held = self.held(buffer)?;
        match at.checked_add(n).is_some_and(|end| end <= held.n) {
            true => Ok(held),
            false => Err(DeviceError::OutOfBuffer { at, n, length: held.n }),
        }
    }

    fn finish(&self) -> Result<(), DeviceError> {
        self.stream.synchronize().map_err(refused("end what was launched"))
    }
}

impl ProgramBackend for Cuda {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    fn is_assembled(&self, ptx: &str) -> bool {
        self.cache.has(&[ptx, &self.made_for])
    }

    fn free_bytes(&self) -> Option<u64> {
        let (free, _) = self.context.mem_get_info().ok()?;
        Some(free as u64)
    }

    fn load(&mut self, ptx: &str, kernel: &str) -> Result<KernelId, DeviceError> {
        self.take((ptx, kernel), |device| device.module(ptx))
    }

    fn load_source(
        &mut self,
        source: &KernelSource,
        kernel: &str,
    ) -> Result<KernelId, DeviceError> {
        self.take((source.ptx, kernel), |device| {
            if let Some(module) = device.modules.get(source.name) {
                return Ok(module.clone());
            }
            let module = device.module(source.ptx)?;
            device.modules.insert(source.name, module.clone());
            Ok(module)
        })
    }

    fn allocate(&mut self, n: usize) -> Result<BufferId, DeviceError> {
        // The driver has no memory without an address.
        let numbers = self.stream.alloc_zeros::<f32>(n.max(1)).map_err(|error| match error.0 {
            CUresult::CUDA_ERROR_OUT_OF_MEMORY => {
                let free = self.free_bytes().unwrap_or_default();
                DeviceError::OutOfMemory { bytes: (n as u64).saturating_mul(4), free }
            }
            _ => refused("allocate memory")(error),
        })?;
        self.buffers.push(Some(Held { numbers, n }));
        Ok(BufferId(self.buffers.len() - 1))
    }

    fn free(&mut self, buffer: BufferId) -> Result<(), DeviceError> {
        self.held(buffer)?;
        self.buffers[buffer.0] = None;
        Ok(())
    }

    fn write(&mut self, to: BufferId, at: usize, numbers: &[f32]) -> Result<(), DeviceError> {
        let stream = self.stream.clone();
        let held = self.range(to, at, numbers.len())?;
        if numbers.is_empty() {
            return Ok(());
        }
        let mut to = held.numbers.slice_mut(at..at + numbers.len());
        stream.memcpy_htod(numbers, &mut to).map_err(refused("copy to the GPU"))?;
        // The copy may still read the numbers, which the caller is free to drop or to change.
        self.finish()
    }

    fn read(&mut self, from: BufferId, at: usize, numbers: &mut [f32]) -> Result<(), DeviceError> {
        let stream = self.stream.clone();
        let held = self.range(from, at, numbers.len())?;
        if !numbers.is_empty() {
            let from = held.numbers.slice(at..at + numbers.len());
            stream.memcpy_dtoh(&from, numbers).map_err(refused("copy from the GPU"))?;
        }
        self.finish()
    }

    fn launch_grid(
        &mut self,
        kernel: KernelId,
        grid: Grid,
        arguments: &[Argument],
    ) -> Result<(), DeviceError> {
        for argument in arguments {
            if let Argument::Buffer(buffer) = argument {
                self.held(*buffer)?;
            }
        }
        let Some(kernel) = self.kernels.get(kernel.0) else {
            return Err(DeviceError::NoKernel { name: format!("number {}", kernel.0) });
        };
        grid.check(&kernel.name)?;
        check_arguments(&kernel.name, &kernel.parameters, arguments)?;
        if grid.is_empty() {
            return Ok(());
        }
        let mut launch = self.stream.launch_builder(&kernel.function);
        for argument in arguments {
            match argument {
                Argument::Count(count) => {
                    launch.arg(count);
                }
                Argument::Number(number) => {
                    launch.arg(number);
                }
                Argument::Buffer(buffer) => {
                    let held = self.buffers[buffer.0].as_ref();
                    launch.arg(&held.expect("it was looked up above").numbers);
                }
            }
        }
        let grid = LaunchConfig {
            grid_dim: (grid.blocks.0, grid.blocks.1, 1),
            block_dim: (grid.threads, 1, 1),
            shared_mem_bytes: 0,
        };
        #[allow(unsafe_code, reason = "a kernel may do anything to memory of the GPU")]
        // SAFETY: the kernel gets as many arguments as it has parameters, of their kinds, and what it may reach by
        // them is memory of the GPU that lives until the stream is done with it, as cudarc frees in the stream's order.
        let launched = unsafe { launch.launch(grid) };
        launched.map(|_| ()).map_err(refused("launch a kernel"))
    }
}

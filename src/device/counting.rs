//! A device whose copies are counted, for tests.

use super::kernels::KernelSource;
use super::{Argument, BufferId, DeviceError, Grid, KernelId, ProgramBackend};
use std::sync::{Arc, Mutex};

/// Copies between host and device: numbers of each, and launches.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Copies {
    /// To the device.
    pub written: Vec<usize>,
    /// From it.
    pub read: Vec<usize>,
    /// Kernels launched.
    pub n_launched: usize,
}

/// A device whose copies are counted.
pub struct Counting {
    device: Box<dyn ProgramBackend>,
    copies: Arc<Mutex<Copies>>,
}

impl Counting {
    /// The device, and where what is copied is found.
    pub fn new(device: Box<dyn ProgramBackend>) -> (Self, Arc<Mutex<Copies>>) {
        let copies = Arc::<Mutex<Copies>>::default();
        (Self { device, copies: copies.clone() }, copies)
    }
}

impl ProgramBackend for Counting {
    fn name(&self) -> String {
        self.device.name()
    }

    fn load(&mut self, ptx: &str, kernel: &str) -> Result<KernelId, DeviceError> {
        self.device.load(ptx, kernel)
    }

    fn load_source(&mut self, source: &KernelSource, name: &str) -> Result<KernelId, DeviceError> {
        self.device.load_source(source, name)
    }

    fn allocate(&mut self, n: usize) -> Result<BufferId, DeviceError> {
        self.device.allocate(n)
    }

    fn free(&mut self, buffer: BufferId) -> Result<(), DeviceError> {
        self.device.free(buffer)
    }

    fn write(&mut self, to: BufferId, at: usize, numbers: &[f32]) -> Result<(), DeviceError> {
        self.copies.lock().unwrap().written.push(numbers.len());
        self.device.write(to, at, numbers)
    }

    fn read(&mut self, from: BufferId, at: usize, numbers: &mut [f32]) -> Result<(), DeviceError> {
        self.copies.lock().unwrap().read.push(numbers.len());
        self.device.read(from, at, numbers)
    }

    fn launch_grid(
        &mut self,
        kernel: KernelId,
        grid: Grid,
        arguments: &[Argument],
    ) -> Result<(), DeviceError> {
        self.copies.lock().unwrap().n_launched += 1;
        self.device.launch_grid(kernel, grid, arguments)
    }
}

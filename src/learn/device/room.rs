//! The buffers of an update, to be given back together.

use crate::device::kernels::KernelSource;
use crate::device::{Argument, BufferId, DeviceError, Grid, KernelId, ProgramBackend};

/// A device that notes what is allocated on it.
pub(super) struct Noting<'a> {
    device: &'a mut dyn ProgramBackend,
    buffers: Vec<BufferId>,
}

impl<'a> Noting<'a> {
    pub(super) fn new(device: &'a mut dyn ProgramBackend) -> Self {
        Self { device, buffers: Vec::new() }
    }

    /// What was allocated.
    pub(super) fn into_buffers(self) -> Vec<BufferId> {
        self.buffers
    }
}

impl ProgramBackend for Noting<'_> {
    fn name(&self) -> String {
        self.device.name()
    }

    fn load(&mut self, ptx: &str, kernel: &str) -> Result<KernelId, DeviceError> {
        self.device.load(ptx, kernel)
    }

    fn load_source(
        &mut self,
        source: &KernelSource,
        kernel: &str,
    ) -> Result<KernelId, DeviceError> {
        self.device.load_source(source, kernel)
    }

    fn allocate(&mut self, n: usize) -> Result<BufferId, DeviceError> {
        let buffer = self.device.allocate(n)?;
        self.buffers.push(buffer);
        Ok(buffer)
    }

    fn free(&mut self, buffer: BufferId) -> Result<(), DeviceError> {
        self.buffers.retain(|it| *it != buffer);
        self.device.free(buffer)
    }

    fn write(&mut self, to: BufferId, at: usize, numbers: &[f32]) -> Result<(), DeviceError> {
        self.device.write(to, at, numbers)
    }

    fn read(&mut self, from: BufferId, at: usize, numbers: &mut [f32]) -> Result<(), DeviceError> {
        self.device.read(from, at, numbers)
    }

    fn launch(
        &mut self,
        kernel: KernelId,
        n_threads: u32,
        arguments: &[Argument],
    ) -> Result<(), DeviceError> {
        self.device.launch(kernel, n_threads, arguments)
    }

    fn launch_grid(
        &mut self,
        kernel: KernelId,
        grid: Grid,
        arguments: &[Argument],
    ) -> Result<(), DeviceError> {
        self.device.launch_grid(kernel, grid, arguments)
    }
}

//! The buffers of an update, to be given back together.

use crate::device::kernels::KernelSource;
use crate::device::{Argument, BufferId, DeviceError, Grid, KernelId, ProgramBackend};
use crate::learn::error::LearnError;

/// What `make` makes on a device, with all buffers that it allocated there. They are given back if it fails.
pub(super) fn noting<T>(
    device: &mut dyn ProgramBackend,
    make: impl FnOnce(&mut dyn ProgramBackend) -> Result<T, LearnError>,
) -> Result<(T, Vec<BufferId>), LearnError> {
    let mut noting = Noting { device, buffers: Vec::new() };
    let made = make(&mut noting);
    let Noting { device, buffers } = noting;
    match made {
        Ok(made) => Ok((made, buffers)),
        Err(error) => {
            // What came first is what people are told, though the device may not take back one of them either.
            for buffer in buffers {
                let _ = device.free(buffer);
            }
            Err(error)
        }
    }
}

/// A device that notes what is allocated on it.
struct Noting<'a> {
    device: &'a mut dyn ProgramBackend,
    buffers: Vec<BufferId>,
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

    fn launch_grid(
        &mut self,
        kernel: KernelId,
        grid: Grid,
        arguments: &[Argument],
    ) -> Result<(), DeviceError> {
        self.device.launch_grid(kernel, grid, arguments)
    }
}

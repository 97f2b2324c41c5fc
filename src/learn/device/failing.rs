//! A device that fails, for tests.

use crate::device::kernels::KernelSource;
use crate::device::{Argument, BufferId, DeviceError, Emulator, Grid, KernelId, ProgramBackend};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};

/// What a device holds, and when it fails.
#[derive(Debug, Default)]
pub(in crate::learn) struct Held {
    pub(in crate::learn) buffers: HashSet<BufferId>,
    /// It fails once, after so many things done.
    pub(in crate::learn) fails_after: Option<usize>,
}

impl Held {
    fn count(&mut self) -> Result<(), DeviceError> {
        match self.fails_after {
            Some(0) => {
                self.fails_after = None;
                Err(DeviceError::OutOfMemory { bytes: 0, free: 0 })
            }
            left => {
                self.fails_after = left.map(|n| n - 1);
                Ok(())
            }
        }
    }
}

/// An emulator that counts what is allocated, freed, copied, loaded and launched.
pub(in crate::learn) struct Failing {
    device: Emulator,
    held: Arc<Mutex<Held>>,
}

impl Failing {
    pub(in crate::learn) fn new(device: Emulator) -> (Self, Arc<Mutex<Held>>) {
        let held = Arc::<Mutex<Held>>::default();
        (Self { device, held: held.clone() }, held)
    }
}

impl ProgramBackend for Failing {
    fn name(&self) -> String {
        self.device.name()
    }

    fn load(&mut self, ptx: &str, kernel: &str) -> Result<KernelId, DeviceError> {
        self.device.load(ptx, kernel)
    }

    fn load_source(&mut self, source: &KernelSource, name: &str) -> Result<KernelId, DeviceError> {
        self.held.lock().unwrap().count()?;
        self.device.load_source(source, name)
    }

    fn allocate(&mut self, n: usize) -> Result<BufferId, DeviceError> {
        let mut held = self.held.lock().unwrap();
        held.count()?;
        let buffer = self.device.allocate(n)?;
        held.buffers.insert(buffer);
        Ok(buffer)
    }

    fn free(&mut self, buffer: BufferId) -> Result<(), DeviceError> {
        let mut held = self.held.lock().unwrap();
        held.count()?;
        self.device.free(buffer)?;
        held.buffers.remove(&buffer);
        Ok(())
    }

    fn write(&mut self, to: BufferId, at: usize, numbers: &[f32]) -> Result<(), DeviceError> {
        self.held.lock().unwrap().count()?;
        self.device.write(to, at, numbers)
    }

    fn read(&mut self, from: BufferId, at: usize, numbers: &mut [f32]) -> Result<(), DeviceError> {
        self.held.lock().unwrap().count()?;
        self.device.read(from, at, numbers)
    }

    fn launch_grid(
        &mut self,
        kernel: KernelId,
        grid: Grid,
        arguments: &[Argument],
    ) -> Result<(), DeviceError> {
        self.held.lock().unwrap().count()?;
        self.device.launch_grid(kernel, grid, arguments)
    }
}

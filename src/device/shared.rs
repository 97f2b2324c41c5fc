//! A device that several use in turn.

use super::kernels::KernelSource;
use super::{Argument, BufferId, DeviceError, Grid, KernelId, ProgramBackend};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A device that several use in turn, such as environments and the policy that acts in them: what one allocates the
/// others may read, and what they launch runs in the order in which they do.
#[derive(Clone)]
pub struct Shared(Arc<Mutex<Box<dyn ProgramBackend>>>);

impl Shared {
    /// The device, for who gets a clone of this.
    pub fn new(device: Box<dyn ProgramBackend>) -> Self {
        Self(Arc::new(Mutex::new(device)))
    }

    /// Whether both are the same device, so that buffers of one are those of the other.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    fn device(&self) -> MutexGuard<'_, Box<dyn ProgramBackend>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Shared").field(&self.name()).finish()
    }
}

impl ProgramBackend for Shared {
    fn name(&self) -> String {
        self.device().name()
    }

    fn notes(&mut self) -> Vec<String> {
        self.device().notes()
    }

    fn is_assembled(&self, ptx: &str) -> bool {
        self.device().is_assembled(ptx)
    }

    fn free_bytes(&self) -> Option<u64> {
        self.device().free_bytes()
    }

    fn load(&mut self, ptx: &str, kernel: &str) -> Result<KernelId, DeviceError> {
        self.device().load(ptx, kernel)
    }

    fn load_source(
        &mut self,
        source: &KernelSource,
        kernel: &str,
    ) -> Result<KernelId, DeviceError> {
        self.device().load_source(source, kernel)
    }

    fn allocate(&mut self, n: usize) -> Result<BufferId, DeviceError> {
        self.device().allocate(n)
    }

    fn free(&mut self, buffer: BufferId) -> Result<(), DeviceError> {
        self.device().free(buffer)
    }

    fn write(&mut self, to: BufferId, at: usize, numbers: &[f32]) -> Result<(), DeviceError> {
        let _span = tracing::debug_span!("copy to device", numbers = numbers.len()).entered();
        self.device().write(to, at, numbers)
    }

    fn read(&mut self, from: BufferId, at: usize, numbers: &mut [f32]) -> Result<(), DeviceError> {
        let _span = tracing::debug_span!("copy from device", numbers = numbers.len()).entered();
        self.device().read(from, at, numbers)
    }

    fn launch_grid(
        &mut self,
        kernel: KernelId,
        grid: Grid,
        arguments: &[Argument],
    ) -> Result<(), DeviceError> {
        self.device().launch_grid(kernel, grid, arguments)
    }
}

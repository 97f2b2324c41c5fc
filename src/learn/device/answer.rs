//! What a device gives back after an update, in one copy.

use crate::device::kernels::OPTIMIZER;
use crate::device::{Argument, BufferId, DeviceError, Grid, KernelId, ProgramBackend};

/// Buffers that are put together on the device and read at once.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    copy: KernelId,
    buffer: BufferId,
    /// Each with its length.
    parts: Vec<(BufferId, usize)>,
}

impl Answer {
    /// Of these buffers, each with its length.
    pub(super) fn new(
        device: &mut dyn ProgramBackend,
        parts: &[(BufferId, usize)],
    ) -> Result<Self, DeviceError> {
        let n = parts.iter().map(|(_, n)| n).sum();
        Ok(Self {
            copy: device.load_source(&OPTIMIZER, "copy_to")?,
            buffer: device.allocate(n)?,
            parts: parts.to_vec(),
        })
    }

    /// The numbers of each. This waits for what was launched.
    pub(super) fn read(
        &self,
        device: &mut dyn ProgramBackend,
    ) -> Result<Vec<Vec<f32>>, DeviceError> {
        use Argument::{Buffer, Count};
        let mut at = 0;
        for &(from, n) in &self.parts {
            let (from, to) = (Buffer(from), Buffer(self.buffer));
            let arguments = [from, to, Count(at as u32), Count(n as u32)];
            device.launch_grid(self.copy, Grid::of_threads(n as u32), &arguments)?;
            at += n;
        }
        let mut numbers = vec![0.0; at];
        device.read(self.buffer, 0, &mut numbers)?;
        let mut rest = &numbers[..];
        let part = |&(_, n): &(BufferId, usize)| {
            let (part, tail) = rest.split_at(n);
            rest = tail;
            part.to_vec()
        };
        Ok(self.parts.iter().map(part).collect())
    }
}

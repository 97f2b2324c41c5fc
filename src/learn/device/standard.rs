//! Mean and deviation of numbers on a device.

use crate::device::kernels::STANDARD;
use crate::device::{Argument, BLOCK, BufferId, DeviceError, Grid, KernelId, ProgramBackend};

/// Numbers whose moments a block takes, as `device/kernels/standard.cu` has it.
const ROWS: u32 = 8 * BLOCK;

/// Places of what [`Standards::take`] writes, three numbers of double precision: the mean, the deviation of a sample +
/// 1e-8, the variance.
pub(in crate::learn) const STANDARD_LEN: usize = 6;

/// Mean and deviation of up to so many numbers at once, in a fixed order.
#[derive(Clone, Debug)]
pub(in crate::learn) struct Standards {
    moments: KernelId,
    of_moments: KernelId,
    normalize: KernelId,
    /// Of each block mean and sum of squares, in double precision.
    partials: BufferId,
}

impl Standards {
    /// For up to `most` numbers.
    pub(in crate::learn) fn new(
        device: &mut dyn ProgramBackend,
        most: usize,
    ) -> Result<Self, DeviceError> {
        Ok(Self {
            moments: device.load_source(&STANDARD, "moments")?,
            of_moments: device.load_source(&STANDARD, "standard_of_moments")?,
            normalize: device.load_source(&STANDARD, "normalize_by_standard")?,
            partials: device.allocate(4 * most.div_ceil(ROWS as usize))?,
        })
    }

    /// Writes those of `n` numbers of `data` to `standard`: of the first, or of those at `chosen` places, shape (n,).
    pub(in crate::learn) fn take(
        &self,
        device: &mut dyn ProgramBackend,
        (data, chosen): (BufferId, Option<BufferId>),
        n: u32,
        standard: BufferId,
    ) -> Result<(), DeviceError> {
        use Argument::{Buffer, Count};
        let (partials, blocks) = (Buffer(self.partials), n.div_ceil(ROWS));
        // Without chosen places any buffer will do in their stead.
        let places = Buffer(chosen.unwrap_or(data));
        let is_chosen = Count(u32::from(chosen.is_some()));
        let moments = [Buffer(data), places, partials, Count(n), is_chosen];
        device.launch_grid(self.moments, in_blocks(blocks), &moments)?;
        device.launch_grid(self.of_moments, in_blocks(1), &[partials, Buffer(standard), Count(n)])
    }

    /// (x - mean) / deviation in the place of the first `n` numbers of `data`.
    pub(in crate::learn) fn normalize(
        &self,
        device: &mut dyn ProgramBackend,
        data: BufferId,
        n: u32,
        standard: BufferId,
    ) -> Result<(), DeviceError> {
        let arguments = [Argument::Buffer(standard), Argument::Buffer(data), Argument::Count(n)];
        device.launch_grid(self.normalize, Grid::of_threads(n), &arguments)
    }
}

/// So many blocks of [`BLOCK`] threads.
pub(super) fn in_blocks(n: u32) -> Grid {
    Grid { blocks: (n, 1), threads: BLOCK }
}

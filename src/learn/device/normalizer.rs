//! Running statistics of columns on a device, and normalisation by them.

use super::control::{Control, Ended};
use crate::device::kernels::NORMALIZER;
use crate::device::words::from_doubles;
use crate::device::{Argument, BLOCK, BufferId, DeviceError, Grid, KernelId, ProgramBackend};
use crate::learn::normalizer::RunningStats;

/// Rows of a partial sum, as `device/kernels/normalizer.cu` has them.
const CHUNK_ROWS: u32 = 1024;

/// Statistics of the columns of up to so many rows at once.
#[derive(Clone, Debug)]
pub(super) struct DeviceNormalizer {
    moments: KernelId,
    merge: KernelId,
    normalize: KernelId,
    gather: KernelId,
    require: KernelId,
    dim: usize,
    /// Means, variances and rows seen, in double precision, shape (3, dim).
    pub(super) statistics: BufferId,
    next: BufferId,
    partials: BufferId,
    /// Means and roots of variances, shape (2, dim).
    pub(super) scale: BufferId,
}

/// Numbers of one or more columns, and which rows of them; all of the first where none are chosen.
#[derive(Clone, Copy)]
pub(super) struct Chosen {
    pub(super) data: BufferId,
    pub(super) indices: Option<BufferId>,
    pub(super) n_rows: usize,
}

/// Blocks for all columns of every chunk of rows, in one row. More than can be counted are the most that can, which no
/// device takes.
pub(super) fn moment_blocks(dim: usize, n_rows: usize) -> Grid {
    let n_chunks = n_rows.div_ceil(CHUNK_ROWS as usize);
    let n = dim.div_ceil(BLOCK as usize).saturating_mul(n_chunks);
    Grid { blocks: (u32::try_from(n).unwrap_or(u32::MAX), 1), threads: BLOCK }
}

/// What columns of statistics (means, variances and rows seen) scale by: means, then roots of variances, shape (2, dim).
pub(super) fn scale_of(columns: &[Vec<f64>; 3]) -> Vec<f32> {
    let stats = RunningStats::of_columns(columns.each_ref().map(Vec::as_slice));
    let mean = columns[0].iter().map(|mean| *mean as f32);
    mean.chain(stats.std().map(|std| std as f32)).collect()
}

impl DeviceNormalizer {
    pub(super) fn new(
        device: &mut dyn ProgramBackend,
        dim: usize,
        most_rows: usize,
    ) -> Result<Self, DeviceError> {
        let n_chunks = most_rows.div_ceil(CHUNK_ROWS as usize);
        Ok(Self {
            moments: device.load_source(&NORMALIZER, "column_moments")?,
            merge: device.load_source(&NORMALIZER, "merge_moments")?,
            normalize: device.load_source(&NORMALIZER, "normalize_column")?,
            gather: device.load_source(&NORMALIZER, "gather_rows")?,
            require: device.load_source(&NORMALIZER, "require_finite")?,
            dim,
            statistics: device.allocate(6 * dim)?,
            next: device.allocate(6 * dim)?,
            partials: device.allocate(4 * dim * n_chunks)?,
            scale: device.allocate(2 * dim)?,
        })
    }

    /// Places of the statistics.
    pub(super) fn len(&self) -> usize {
        6 * self.dim
    }

    /// Takes over statistics: means, variances and rows seen, each of shape (dim,).
    pub(super) fn write(
        &self,
        device: &mut dyn ProgramBackend,
        columns: &[Vec<f64>; 3],
    ) -> Result<(), DeviceError> {
        device.write(self.statistics, 0, &from_doubles(&columns.concat()))?;
        device.write(self.scale, 0, &scale_of(columns))
    }

    /// Takes rows into the statistics; if they are not finite, the update ends so.
    pub(super) fn observe(
        &self,
        device: &mut dyn ProgramBackend,
        control: Control,
        rows: Chosen,
        ended: Ended,
    ) -> Result<(), DeviceError> {
        use Argument::{Buffer, Count};
        let (n, dim) = (Count(rows.n_rows as u32), Count(self.dim as u32));
        let moments = [
            Buffer(control.buffer),
            Buffer(rows.data),
            // Without chosen rows any buffer will do in their stead.
            Buffer(rows.indices.unwrap_or(rows.data)),
            Buffer(self.partials),
            n,
            dim,
            Count(u32::from(rows.indices.is_some())),
        ];
        device.launch_grid(self.moments, moment_blocks(self.dim, rows.n_rows), &moments)?;
        let merge = [
            Buffer(control.buffer),
            Buffer(self.partials),
            Buffer(self.statistics),
            Buffer(self.next),
            Buffer(self.scale),
            n,
            dim,
            Count(ended as u32),
        ];
        device.launch_grid(self.merge, Grid { blocks: (1, 1), threads: BLOCK }, &merge)
    }

    /// Normalises the first `n` numbers of one column in place.
    pub(super) fn normalize(
        &self,
        device: &mut dyn ProgramBackend,
        control: Control,
        (data, n): (BufferId, usize),
        limit: f32,
    ) -> Result<(), DeviceError> {
        use Argument::{Buffer, Count, Number};
        let (control, scale) = (Buffer(control.buffer), Buffer(self.scale));
        let arguments = [control, scale, Buffer(data), Count(n as u32), Number(limit)];
        device.launch_grid(self.normalize, Grid::of_threads(n as u32), &arguments)
    }

    /// Has the update end so unless the first `n` numbers are finite.
    pub(super) fn require_finite(
        &self,
        device: &mut dyn ProgramBackend,
        control: Control,
        (data, n): (BufferId, usize),
        ended: Ended,
    ) -> Result<(), DeviceError> {
        use Argument::{Buffer, Count};
        let arguments =
            [Buffer(control.buffer), Buffer(data), Count(n as u32), Count(ended as u32)];
        device.launch_grid(self.require, Grid::of_threads(n as u32), &arguments)
    }

    /// Chosen rows into `x`, shape (n, dim), and normalised to +-`limit` if there is one.
    pub(super) fn gather(
        &self,
        device: &mut dyn ProgramBackend,
        control: Control,
        rows: Chosen,
        limit: Option<f32>,
        x: BufferId,
    ) -> Result<(), DeviceError> {
        use Argument::{Buffer, Count, Number};
        let arguments = [
            Buffer(control.buffer),
            Buffer(rows.data),
            Buffer(rows.indices.unwrap_or(rows.data)),
            Buffer(self.scale),
            Buffer(x),
            Count(rows.n_rows as u32),
            Count(self.dim as u32),
            Count(u32::from(limit.is_some())),
            Number(limit.unwrap_or(0.0)),
        ];
        let n_threads = (rows.n_rows * self.dim) as u32;
        device.launch_grid(self.gather, Grid::of_threads(n_threads), &arguments)
    }
}

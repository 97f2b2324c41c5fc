//! Into the lanes, a picture in each, and out of them.

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use super::grid::Grid;
use crate::math::lanes::{F32x4, Isa, Kernel, Lanes, MOST_LANES};
#[cfg(target_arch = "x86_64")]
use crate::math::lanes::{F32x8, F32x16};

/// Scaling of the bytes of an encoder's pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scaling {
    /// 0 to 1: divided by 255.
    #[default]
    Unit,
    /// -0.5 to 0.5: the same, less a half.
    Centered,
    /// The same, less the mean of the picture, all frames and channels together.
    MeanFree,
}

impl Scaling {
    /// What is added to the bytes of a picture, divided by 255.
    pub(in crate::learn) fn offset<'a>(self, frames: impl Iterator<Item = &'a [u8]>) -> f32 {
        match self {
            Self::Unit => 0.0,
            Self::Centered => -0.5,
            Self::MeanFree => {
                let (mut sum, mut n) = (0_u64, 0);
                for frame in frames {
                    sum += frame.iter().map(|byte| u64::from(*byte)).sum::<u64>();
                    n += frame.len();
                }
                -(sum as f64 / (255.0 * n.max(1) as f64)) as f32
            }
        }
    }
}

/// Writes pictures into the lanes. `frame(row, i)` is the i-th frame of one of the `rows`, at least one of them,
/// shape (height, width, channels of a frame); the channels of `grid` are those of all frames, one frame's after
/// the other's. Lanes without a row hold what the last one does.
pub(super) fn pictures_in<'a>(
    isa: Isa,
    grid: Grid,
    scaling: Scaling,
    (rows, frames): (usize, usize),
    frame: impl Fn(usize, usize) -> &'a [u8],
    to: &mut [f32],
) {
    let lanes = isa.width();
    assert_eq!(to.len(), grid.len() * lanes, "pictures and their shape");
    grid.clear_border(to, lanes);
    let mut offsets = [0.0; MOST_LANES];
    for (lane, offset) in offsets.iter_mut().enumerate() {
        *offset = scaling.offset((0..frames).map(|i| frame(lane.min(rows - 1), i)));
    }
    let len = grid.width * grid.channels / frames;
    for i in 0..frames {
        let pictures: [&[u8]; MOST_LANES] =
            std::array::from_fn(|lane| frame(lane.min(rows - 1), i));
        for (y, row) in grid.rows().enumerate() {
            let from = pictures.map(|picture| &picture[y * len..(y + 1) * len]);
            let to = &mut to[row.start * lanes..row.end * lanes];
            let work = RowIn { from, offsets: &offsets, to, channels: grid.channels, frames, i };
            match isa {
                #[cfg(target_arch = "x86_64")]
                Isa::Avx512(_) => F32x16::vectorize(In::<F32x16, 16>(work, PhantomData)),
                #[cfg(target_arch = "x86_64")]
                Isa::Avx2(_) => F32x8::vectorize(In::<F32x8, 8>(work, PhantomData)),
                _ => F32x4::vectorize(In::<F32x4, 4>(work, PhantomData)),
            }
        }
    }
}

/// A row of pixels of one frame.
struct RowIn<'a> {
    from: [&'a [u8]; MOST_LANES],
    offsets: &'a [f32; MOST_LANES],
    to: &'a mut [f32],
    /// Those of all frames.
    channels: usize,
    frames: usize,
    /// Which frame.
    i: usize,
}

/// Bytes of a row that are read at once, and how many such groups lie side by side before they are taken apart.
const GROUP: usize = 4;
const GROUPS: usize = 64;

/// Of `W` lanes, which are those of the type: arrays that the compiler knows the extent of become registers.
struct In<'a, L, const W: usize>(RowIn<'a>, PhantomData<L>);

impl<L: Lanes, const W: usize> Kernel for In<'_, L, W> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let RowIn { from, offsets, to, channels, frames, i } = self.0;
        let of_frame = channels / frames;
        // Where the next number goes: its pixel, and its channel among those of the frame.
        let (mut pixel, mut channel) = (0, 0);
        let len = from[0].len();
        let mut groups = [[0_u32; MOST_LANES]; GROUPS];
        for first in (0..len).step_by(GROUP * GROUPS) {
            let n = (GROUP * GROUPS).min(len - first);
            for (lane, from) in from.iter().enumerate().take(W) {
                let (whole, rest) = from[first..first + n].as_chunks::<GROUP>();
                let (to_whole, to_rest) = groups.split_at_mut(whole.len());
                for (group, bytes) in to_whole.iter_mut().zip(whole) {
                    group[lane] = u32::from_le_bytes(*bytes);
                }
                if let (Some(group), false) = (to_rest.first_mut(), rest.is_empty()) {
                    let bytes = rest.iter().rev();
                    group[lane] = bytes.fold(0, |group, byte| group << 8 | u32::from(*byte));
                }
            }
            for k in 0..n {
                let (group, shift) = (&groups[k / GROUP], 8 * (k % GROUP));
                let place = pixel * channels + i * of_frame + channel;
                if let Some(to) = to[place * W..].first_chunk_mut::<W>() {
                    *to = std::array::from_fn(|lane| {
                        let byte = (group[lane] >> shift) & 0xff;
                        byte as i32 as f32 * (1.0 / 255.0) + offsets[lane]
                    });
                }
                channel += 1;
                if channel == of_frame {
                    (pixel, channel) = (pixel + 1, 0);
                }
            }
        }
    }
}

/// Writes the first lanes, one for each row, into columns of `rows`, shape (rows, row_dim), that begin with
/// `first`: channel by channel, and of each the pixels row by row. `grid` has no border.
pub(super) fn rows_out(
    isa: Isa,
    grid: Grid,
    from: &[f32],
    (rows, row_dim, first): (&mut [f32], usize, usize),
) {
    let (lanes, pixels) = (isa.width(), grid.height * grid.width);
    for (lane, row) in rows.chunks_exact_mut(row_dim).enumerate() {
        let row = &mut row[first..first + grid.size()];
        for (channel, row) in row.chunks_exact_mut(pixels).enumerate() {
            let from = from[channel * lanes..].iter().skip(lane).step_by(grid.channels * lanes);
            row.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        }
    }
}

/// The reverse of [`rows_out`]; lanes without a row hold zeros.
pub(super) fn rows_in(
    isa: Isa,
    grid: Grid,
    (rows, row_dim, first): (&[f32], usize, usize),
    to: &mut [f32],
) {
    let (lanes, pixels) = (isa.width(), grid.height * grid.width);
    if rows.len() < lanes * row_dim {
        to.fill(0.0);
    }
    for (lane, row) in rows.chunks_exact(row_dim).enumerate() {
        let row = &row[first..first + grid.size()];
        for (channel, row) in row.chunks_exact(pixels).enumerate() {
            let to = to[channel * lanes..].iter_mut().skip(lane).step_by(grid.channels * lanes);
            to.zip(row).for_each(|(to, from)| *to = *from);
        }
    }
}

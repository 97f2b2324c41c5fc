//! The extents of a convolution, and how kernels cut it up.

use super::grid::Grid;
use crate::math::lanes::Isa;

/// The extents of a convolution. The border of its input is its padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::learn) struct ConvShape {
    pub(in crate::learn) input: Grid,
    pub(in crate::learn) output: Grid,
    /// Side of a filter.
    pub(in crate::learn) kernel: usize,
    pub(in crate::learn) stride: usize,
}

impl ConvShape {
    /// Weights of a filter.
    pub(super) fn patch(&self) -> usize {
        self.kernel * self.segment()
    }

    /// Weights of a row of a filter: they meet numbers that lie one after the other.
    pub(super) fn segment(&self) -> usize {
        self.kernel * self.input.channels
    }

    pub(super) fn filters(&self) -> usize {
        self.output.channels
    }

    /// Where the window of an output begins, in the input with its border.
    #[inline(always)]
    pub(super) fn window(&self, oy: usize, ox: usize) -> usize {
        oy * self.stride * self.input.row() + ox * self.stride * self.input.channels
    }

    /// Rows of the output whose weight gradient is summed before the next ones: as many as leave the gradients by a
    /// block of their filters in half of the nearest cache, and all of them with the input under them in the next
    /// one. A band's sums are added across lanes, which takes time too.
    pub(super) fn band(&self, isa: Isa) -> usize {
        const NEAREST: usize = 24 << 10;
        const NEXT: usize = 768 << 10;
        let bytes = |numbers: usize| numbers * isa.width() * size_of::<f32>();
        let near = NEAREST / bytes(self.output.width * widest(isa).min(self.filters()));
        let first = bytes(self.kernel * self.input.row());
        let each = bytes(self.stride * self.input.row() + self.output.row());
        let next = NEXT.saturating_sub(first) / each;
        near.min(next).clamp(1, self.output.height)
    }

    /// Numbers of working memory that [`Job::Weights`](super::kernel::Job::Weights) needs.
    pub(super) fn scratch(&self, isa: Isa) -> usize {
        self.band(isa) * self.output.width * MOST_FILTERS * isa.width()
    }
}

/// Filters of a tile, at most.
const MOST_FILTERS: usize = 8;

/// Filters, or rows of weights, that a tile takes at most.
pub(super) fn widest(isa: Isa) -> usize {
    // With three pixels 24 of 32 registers, with two 12 of 16: one more would not stay in a register.
    match isa {
        Isa::Avx512(_) => MOST_FILTERS,
        Isa::Avx2(_) | Isa::Portable | Isa::Reference => 6,
    }
}

/// How many of the `left` ones the next tile takes: the widest, and at the end halves of it.
#[inline(always)]
pub(super) fn next_block(left: usize, widest: usize) -> usize {
    if left >= widest {
        widest
    } else if left >= 4 {
        4
    } else if left >= 2 {
        2
    } else {
        1
    }
}

//! Where the numbers of pictures lie.

use std::ops::Range;

/// Pictures that go through a layer together, one in each lane: shape (height + 2 border, width + 2 border,
/// channels, lanes). The border holds zeros, and is the padding of the layer that reads it. Places and lengths
/// are those of one lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::learn) struct Grid {
    pub(in crate::learn) height: usize,
    pub(in crate::learn) width: usize,
    pub(in crate::learn) channels: usize,
    pub(in crate::learn) border: usize,
}

impl Grid {
    /// Numbers of all its pixels, those of the border included.
    pub(super) fn len(self) -> usize {
        (self.height + 2 * self.border) * self.row()
    }

    /// Numbers of the pixels inside the border.
    pub(super) fn size(self) -> usize {
        self.height * self.width * self.channels
    }

    /// Numbers of a row of pixels, with the border at its ends.
    pub(super) fn row(self) -> usize {
        (self.width + 2 * self.border) * self.channels
    }

    /// Where a pixel inside the border begins.
    pub(super) fn at(self, y: usize, x: usize) -> usize {
        (y + self.border) * self.row() + (x + self.border) * self.channels
    }

    /// The rows inside the border.
    pub(super) fn rows(self) -> impl Iterator<Item = Range<usize>> {
        let len = self.width * self.channels;
        (0..self.height).map(move |y| self.at(y, 0)..self.at(y, 0) + len)
    }

    /// Puts zeros into the border of `data`, in which a number has `lanes`.
    pub(super) fn clear_border(self, data: &mut [f32], lanes: usize) {
        if self.border == 0 {
            return;
        }
        let mut end = 0;
        for row in self.rows() {
            data[end * lanes..row.start * lanes].fill(0.0);
            end = row.end;
        }
        data[end * lanes..self.len() * lanes].fill(0.0);
    }
}

/// The pixels of the input under each pixel of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::learn) struct Window {
    /// Side of a square.
    pub(in crate::learn) size: usize,
    /// Pixels from one to the next.
    pub(in crate::learn) stride: usize,
    /// Pixels beyond each side of the input that windows begin with.
    pub(in crate::learn) padding: usize,
}

impl Window {
    /// How many of them cover `len` pixels; none, if the first does not fit or they have no extent.
    pub(in crate::learn) fn count(self, len: usize) -> Option<usize> {
        let free = len.checked_add(self.padding.checked_mul(2)?)?.checked_sub(self.size)?;
        (self.size > 0 && self.stride > 0).then(|| free / self.stride + 1)
    }

    /// The pixels of `len` that the window of a place covers.
    pub(in crate::learn) fn covers(self, place: usize, len: usize) -> Range<usize> {
        let start = place * self.stride;
        let end = (start + self.size).saturating_sub(self.padding).min(len);
        start.saturating_sub(self.padding)..end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_border_is_cleared() {
        let grid = Grid { height: 2, width: 3, channels: 2, border: 1 };
        let mut data = vec![1.0; grid.len() * 4];
        grid.clear_border(&mut data, 4);
        assert_eq!(data.iter().sum::<f32>(), (grid.size() * 4) as f32);
        assert!(grid.rows().flatten().all(|place| data[place * 4..][..4] == [1.0; 4]));
    }

    #[test]
    fn windows_end_at_the_last_pixel() {
        let window = Window { size: 3, stride: 2, padding: 1 };
        assert_eq!((window.count(5), window.count(1), window.count(0)), (Some(3), Some(1), None));
        assert_eq!([0, 1, 2].map(|i| window.covers(i, 5)), [0..2, 1..4, 3..5]);
        assert_eq!(Window { size: 6, stride: 1, padding: 0 }.count(5), None);
        assert_eq!(Window { size: 1, stride: 0, padding: 0 }.count(5), None);
    }
}

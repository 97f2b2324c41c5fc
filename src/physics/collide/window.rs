//! The cells of a height field that lie under a shape, in lanes.

use super::field::{Blocks, Field};
use super::height_field::Bounds;
use super::prism::Prism;
use crate::math::lanes::{Lanes, MOST_LANES, hypot};
use crate::math::spatial::*;

/// The height in lanes that are not above a cell.
const FAR_BELOW: f64 = -1e6;

/// The cells under each lane's shape, or blocks of them.
pub(super) struct Window<L> {
    /// Where the first one is among the peaks, how far it is to the next row, and the last place.
    first: [u32; MOST_LANES],
    stride: [u32; MOST_LANES],
    last: [u32; MOST_LANES],
    /// Whether there is a lane whose blocks have several cells.
    is_coarse: bool,
    /// Their number along x and y.
    pub(super) count: [L; 2],
    /// The largest numbers.
    pub(super) most: [usize; 2],
    /// The first cell's lowest corner, about the shape's centre.
    corner: [L; 2],
}

/// One cell in each lane.
pub(super) struct Cell<L> {
    /// The place of its lowest corner.
    places: [u32; MOST_LANES],
    /// Its lower and upper lines along x and y, about the shape's centre.
    lines: [[L; 2]; 2],
}

impl<L: Lanes> Window<L> {
    #[inline(always)]
    pub(super) fn under(field: &Field, centre: V3<L>, bounds: &Bounds<L>, near: L::Mask) -> Self {
        let cell = field.cell();
        let zero = L::zero();
        let buried = (centre[2] + bounds.high[2]).lt(L::splat(-field.size[3]));
        let near = near & !buried;
        let nowhere = [0; MOST_LANES];
        let mut window = Self {
            first: nowhere,
            stride: nowhere,
            last: nowhere,
            is_coarse: false,
            count: [zero; 2],
            most: [0; 2],
            corner: [zero; 2],
        };
        let mut from = [zero; 2];
        for k in 0..2 {
            let last = L::splat(([field.ncol, field.nrow][k] - 1) as f64);
            let per_cell = L::splat(1.0 / cell[k]);
            let middle = (centre[k] + L::splat(field.size[k])) * per_cell;
            let low = bounds.low[k].mul_add(per_cell, middle);
            let high = bounds.high[k].mul_add(per_cell, middle);
            from[k] = low.floor().clamp(zero, last);
            let end = (-(-high).floor()).clamp(zero, last);
            window.count[k] = L::select(near, end - from[k], zero).max(zero);
        }
        for lane in 0..L::WIDTH {
            // Whole numbers within the grid.
            let at = from.map(|line| line.lane(lane) as usize);
            let end = [0, 1].map(|k| at[k] + window.count[k].lane(lane) as usize);
            let Blocks { level, first, count } = field.blocks(at, end);
            let blocks = field.levels[level];
            window.is_coarse |= level > 0;
            window.first[lane] = blocks.place(first[0], first[1]) as u32;
            window.stride[lane] = blocks.stride as u32;
            window.last[lane] = blocks.place(blocks.count[0] - 1, blocks.count[1] - 1) as u32;
            for k in 0..2 {
                window.count[k].set_lane(lane, count[k] as f64);
                window.most[k] = window.most[k].max(count[k]);
                let line = (at[k] as f64).mul_add(cell[k], -field.size[k]);
                window.corner[k].set_lane(lane, line - centre[k].lane(lane));
            }
        }
        window
    }

    /// The lanes that have this one of the cells or blocks.
    #[inline(always)]
    pub(super) fn covers(&self, col: usize, row: usize) -> L::Mask {
        L::splat(col as f64).lt(self.count[0]) & L::splat(row as f64).lt(self.count[1])
    }

    /// Where it is among the peaks; elsewhere some other one.
    #[inline(always)]
    pub(super) fn places(&self, col: usize, row: usize) -> [u32; MOST_LANES] {
        let mut places = self.first;
        for (lane, place) in places.iter_mut().enumerate() {
            let offset = row as u32 * self.stride[lane] + col as u32;
            *place = (*place + offset).min(self.last[lane]);
        }
        places
    }

    /// Heights about the shape's centre.
    #[inline(always)]
    pub(super) fn height(
        &self,
        table: &[f32],
        field: &Field,
        places: &[u32; MOST_LANES],
        centre: L,
    ) -> L {
        L::gather(table, places).mul_add(L::splat(field.size[2]), -centre)
    }

    /// The cell in this place, or the highest of the block.
    #[inline(always)]
    pub(super) fn cell(
        &self,
        field: &Field,
        places: [u32; MOST_LANES],
        at: [usize; 2],
        centre: V3<L>,
    ) -> Cell<L> {
        if self.is_coarse {
            return Self::highest(field, places, centre);
        }
        let side = field.cell();
        let line =
            |k: usize, beyond: usize| self.corner[k] + L::splat((at[k] + beyond) as f64 * side[k]);
        Cell { places, lines: [0, 1].map(|k| [line(k, 0), line(k, 1)]) }
    }

    #[inline(never)]
    fn highest(field: &Field, mut places: [u32; MOST_LANES], centre: V3<L>) -> Cell<L> {
        let side = field.cell();
        let mut lines = [[L::zero(); 2]; 2];
        for (lane, place) in places.iter_mut().enumerate().take(L::WIDTH) {
            *place = field.highest[*place as usize];
            let at = [*place as usize % field.ncol, *place as usize / field.ncol];
            for k in 0..2 {
                for (beyond, line) in lines[k].iter_mut().enumerate() {
                    let along = ((at[k] + beyond) as f64).mul_add(side[k], -field.size[k]);
                    line.set_lane(lane, along - centre[k].lane(lane));
                }
            }
        }
        Cell { places, lines }
    }

    /// One of the two prisms of a cell, beyond the diagonal from its lowest corner to the highest or
    /// before it, in the given lanes; in others one that is far below.
    #[inline(always)]
    pub(super) fn prism(
        &self,
        field: &Field,
        cell: &Cell<L>,
        centre: L,
        half: usize,
        lanes: L::Mask,
    ) -> Prism<L> {
        let [width, depth] = field.cell();
        let diagonal = hypot(width, depth);
        let (u, v) = (depth / diagonal, width / diagonal);
        // Corners by column and row.
        let (corners, sides) = if half == 0 {
            ([[0, 1], [0, 0], [1, 1]], [[-1.0, 0.0], [u, -v], [0.0, 1.0]])
        } else {
            ([[0, 0], [1, 0], [1, 1]], [[0.0, -1.0], [1.0, 0.0], [-u, v]])
        };
        let mut top = [[L::zero(); 3]; 3];
        for (corner, [col, row]) in top.iter_mut().zip(corners) {
            let table = &field.data[row * field.ncol + col..];
            let height = self.height(table, field, &cell.places, centre);
            let height = L::select(lanes, height, L::splat(FAR_BELOW));
            *corner = [cell.lines[0][col], cell.lines[1][row], height];
        }
        Prism::new(top, sides, L::splat(-field.size[3]) - centre)
    }
}

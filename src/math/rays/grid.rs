//! A grid of heights, and a walk along it: each lane goes from cell to cell by its own ray.
//!
//! F. Musgrave, "Grid Tracing: Fast Ray Tracing for Height Fields", 1988. Where a ray stays above all of a block of
//! cells it passes the block at once (A. Tevs et al., "Maximum Mipmaps for Fast, Accurate, and Scalable Dynamic
//! Height Field Rendering", 2008).

use super::surface::Facing;
use super::{NOWHERE, TINY, is_number, not_zero};
use crate::math::lanes::{LaneMask, Lanes};
use crate::math::spatial::V3;

/// Cells along the side of a block.
const BLOCK: usize = 8;
/// Rays that cross fewer cells than this go by cells from the start.
const SHORT: f64 = 4.0;

/// The upper side of a field. A cell is cut from its lowest corner to its highest; its triangles have the places
/// 2 n (below the cut) and 2 n + 1 of the nth cell.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    ncol: usize,
    /// Cells along x and y.
    cells: [usize; 2],
    /// Half-lengths along x and y, and of a cell its sides [m].
    half: [f64; 2],
    side: [f64; 2],
    /// Of a part of 1, and of the base below zero [m].
    height: f64,
    depth: f64,
    /// Wider than rounding of heights [m].
    margin: f64,
    /// Heights as parts, shape (nrow, ncol), and the lowest and highest of them.
    parts: Vec<f32>,
    range: [f64; 2],
    /// The highest corner of each cell, row by row, and after them that of each block.
    tops: Vec<f32>,
    /// Blocks along x.
    across: usize,
}

/// A ray in units of cells along x and y.
struct Ray<L> {
    from: V3<L>,
    along: V3<L>,
    /// One over the first two of `along`.
    inverse: [L; 2],
    /// So far beyond an edge a cell is still met [cells]: rounding of where the ray is moves it by less.
    slack: L,
    margin: L,
    /// The length along the ray at which it is past the grid or has gone far enough.
    leave: L,
}

/// Where rays are: a length along each, and the lowest column and row of the cell or block that they are in.
struct Walk<L> {
    t: L,
    cell: [L; 2],
    /// Cells along a side: 1 or [`BLOCK`].
    size: L,
}

/// How a ray leaves a cell or block.
struct Exit<L> {
    t: L,
    /// The cell that comes next.
    next: [L; 2],
}

impl Grid {
    pub fn new(nrow: usize, ncol: usize, size: [f64; 4], heights: &[f64], margin: f64) -> Self {
        let parts: Vec<f32> = heights.iter().map(|part| *part as f32).collect();
        let cells = [ncol - 1, nrow - 1];
        let [across, down] = cells.map(|count| count.div_ceil(BLOCK));
        let mut tops = vec![f32::NEG_INFINITY; cells[0] * cells[1] + across * down];
        let (by_cell, by_block) = tops.split_at_mut(cells[0] * cells[1]);
        for row in 0..cells[1] {
            for col in 0..cells[0] {
                let at = row * ncol + col;
                let corners = [at, at + 1, at + ncol, at + ncol + 1].map(|at| parts[at]);
                let top = corners.into_iter().fold(f32::NEG_INFINITY, f32::max);
                by_cell[row * cells[0] + col] = top;
                let block = &mut by_block[row / BLOCK * across + col / BLOCK];
                *block = block.max(top);
            }
        }
        let low = parts.iter().copied().fold(f32::INFINITY, f32::min);
        let high = parts.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        Self {
            ncol,
            cells,
            half: [size[0], size[1]],
            side: [0, 1].map(|k| 2.0 * size[k] / cells[k] as f64),
            height: size[2],
            depth: size[3],
            margin,
            parts,
            range: [f64::from(low), f64::from(high)],
            tops,
            across,
        }
    }

    /// How many triangles there are.
    pub fn len(&self) -> usize {
        2 * self.cells[0] * self.cells[1]
    }

    /// The upward normal of a triangle, of any length.
    pub fn normal(&self, triangle: usize) -> [f64; 3] {
        let cell = triangle / 2;
        let at = cell / self.cells[0] * self.ncol + cell % self.cells[0];
        let [low, right, up, high] = [at, at + 1, at + self.ncol, at + self.ncol + 1]
            .map(|at| f64::from(self.parts[at]) * self.height);
        let (x, y) = match triangle % 2 {
            0 => (right - low, high - right),
            _ => (high - up, up - low),
        };
        [-x / self.side[0], -y / self.side[1], 1.0]
    }

    /// Where a ray may meet the sides or the base before what it meets of the grid. One that begins between them
    /// and meets the grid cannot: it would come to them only after that.
    #[inline(always)]
    pub fn may_be_passed<L: Lanes>(&self, from: V3<L>, t: L) -> L::Mask {
        let [x, y] = self.half.map(L::splat);
        let is_between =
            from[0].abs().le(x) & from[1].abs().le(y) & L::splat(-self.depth).le(from[2]);
        !(is_between & t.lt(L::splat(NOWHERE)))
    }

    /// The first point ahead, up to a length along the ray, and its triangle; else [`NOWHERE`].
    #[inline(always)]
    pub fn meet<L: Lanes>(&self, facing: Facing, from: V3<L>, along: V3<L>, most: L) -> (L, L) {
        let (mut nearest, mut which) = (L::splat(NOWHERE), L::zero());
        let (ray, mut walk, mut open) = self.begin(from, along, most);
        // Lanes that have come to a cell which they may meet wait for the others, so that all look at theirs at once.
        let mut waits = L::Mask::splat(false);
        while open.any() {
            let moves = open & !waits;
            let exit = self.exit(&ray, &walk);
            if moves.any() {
                let is_above = self.is_above(&ray, &walk, exit.t);
                let is_block = L::one().lt(walk.size);
                waits = waits | (moves & !is_above & !is_block);
                let passes = moves & is_above;
                walk.size = L::select(moves & !is_above, L::one(), walk.size);
                open = open & (!passes | self.is_on(&ray, &exit));
                walk.go(passes, &exit);
                continue;
            }
            let (t, triangle) = self.look(facing, &ray, &walk);
            let is_met = waits & t.lt(nearest) & t.le(most);
            nearest = L::select(is_met, t, nearest);
            which = L::select(is_met, triangle, which);
            open = open & !is_met & self.is_on(&ray, &exit);
            walk.go(waits, &exit);
            waits = L::Mask::splat(false);
        }
        (nearest, which)
    }

    /// Rays where they come to the grid, and which of them do.
    #[inline(always)]
    fn begin<L: Lanes>(&self, from: V3<L>, along: V3<L>, most: L) -> (Ray<L>, Walk<L>, L::Mask) {
        let per_cell = [L::splat(1.0 / self.side[0]), L::splat(1.0 / self.side[1])];
        let x = (from[0] + L::splat(self.half[0])) * per_cell[0];
        let y = (from[1] + L::splat(self.half[1])) * per_cell[1];
        let along = [along[0] * per_cell[0], along[1] * per_cell[1], along[2]];
        let widest = L::splat(self.cells[0].max(self.cells[1]) as f64);
        let rounding = L::splat(8.0 * L::EPSILON);
        let slack = rounding * (widest + x.abs().max(y.abs()));
        let margin = L::splat(self.margin) + rounding * from[2].abs();
        let one = L::one();
        let inverse = [one / not_zero(along[0]), one / not_zero(along[1])];
        let low = [-slack, -slack, L::splat(self.range[0] * self.height) - margin];
        let high = [
            L::splat(self.cells[0] as f64) + slack,
            L::splat(self.cells[1] as f64) + slack,
            L::splat(self.range[1] * self.height) + margin,
        ];
        let (from, per_axis) =
            ([x, y, from[2]], [inverse[0], inverse[1], one / not_zero(along[2])]);
        let (mut enter, mut leave) = (L::zero(), most);
        for k in 0..3 {
            let a = (low[k] - from[k]) * per_axis[k];
            let b = (high[k] - from[k]) * per_axis[k];
            enter = a.min(b).max(enter);
            leave = a.max(b).min(leave);
        }
        let sum = (x + y + from[2]) + (along[0] + along[1] + along[2]);
        // Neither infinite nor NaN.
        let open = enter.le(leave) & is_number(sum * L::zero());
        let reach = along[0].abs().max(along[1].abs()) * (leave - enter);
        let is_short = reach.lt(L::splat(SHORT));
        let ray = Ray { from, along, inverse, slack, margin, leave };
        let last = [L::splat((self.cells[0] - 1) as f64), L::splat((self.cells[1] - 1) as f64)];
        let cell = [
            ray.at(0, enter).floor().clamp(L::zero(), last[0]),
            ray.at(1, enter).floor().clamp(L::zero(), last[1]),
        ];
        let size = L::select(is_short, L::one(), L::splat(BLOCK as f64));
        (ray, Walk { t: enter, cell, size }, open)
    }

    /// The ray is above all of a cell or block until it leaves it.
    #[inline(always)]
    fn is_above<L: Lanes>(&self, ray: &Ray<L>, walk: &Walk<L>, exit: L) -> L::Mask {
        let n_cells = self.cells[0] * self.cells[1];
        let [x, y] = walk.cell;
        let block = [blocks(x), blocks(y)];
        let of_cell = y * L::splat(self.cells[0] as f64) + x;
        let of_block =
            L::splat(n_cells as f64) + block[1] * L::splat(self.across as f64) + block[0];
        let place = L::select(L::one().lt(walk.size), of_block, of_cell);
        let top = L::look_up(&self.tops, place) * L::splat(self.height) + ray.margin;
        let lowest = ray.at(2, walk.t).min(ray.at(2, exit.min(ray.leave)));
        top.lt(lowest)
    }

    /// Where a ray leaves the cell or block that it is in.
    #[inline(always)]
    fn exit<L: Lanes>(&self, ray: &Ray<L>, walk: &Walk<L>) -> Exit<L> {
        let (zero, one, size) = (L::zero(), L::one(), walk.size);
        let is_block = one.lt(size);
        let (mut low, mut beyond, mut at) = ([zero; 2], [zero; 2], [zero; 2]);
        for k in 0..2 {
            let first = blocks(walk.cell[k]) * L::splat(BLOCK as f64);
            low[k] = L::select(is_block, first, walk.cell[k]);
            let is_forward = zero.le(ray.inverse[k]);
            beyond[k] = low[k] + L::select(is_forward, size, -one);
            // Along the grid's own edge a ray is in the last cells, and leaves them no sooner.
            let count = L::splat(self.cells[k] as f64);
            let is_last = beyond[k].lt(zero) | count.le(beyond[k]);
            let outer = L::select(is_forward, count + ray.slack, -ray.slack);
            let inner = low[k] + L::select(is_forward, size, zero);
            at[k] = (L::select(is_last, outer, inner) - ray.from[k]) * ray.inverse[k];
        }
        let t = at[0].min(at[1]).max(walk.t);
        let by_x = at[0].le(at[1]);
        let [x, y] = [
            self.within(0, ray.at(0, t), low[0], size),
            self.within(1, ray.at(1, t), low[1], size),
        ];
        Exit { t, next: [L::select(by_x, beyond[0], x), L::select(by_x, y, beyond[1])] }
    }

    /// The column or row of a place, which is in a cell or block from `low` on and on the grid.
    #[inline(always)]
    fn within<L: Lanes>(&self, axis: usize, at: L, low: L, size: L) -> L {
        let last = L::splat((self.cells[axis] - 1) as f64);
        at.floor().clamp(low, last.min(low + size - L::one()))
    }

    /// There is a cell after the exit that the ray comes to.
    #[inline(always)]
    fn is_on<L: Lanes>(&self, ray: &Ray<L>, exit: &Exit<L>) -> L::Mask {
        let [x, y] = exit.next;
        let is_low = x.lt(L::zero()) | y.lt(L::zero());
        let is_in = x.lt(L::splat(self.cells[0] as f64)) & y.lt(L::splat(self.cells[1] as f64));
        exit.t.le(ray.leave) & is_in & !is_low
    }

    /// Where a ray meets the two triangles of a cell, and the nearer one.
    #[inline(always)]
    fn look<L: Lanes>(&self, facing: Facing, ray: &Ray<L>, walk: &Walk<L>) -> (L, L) {
        let [col, row] = walk.cell;
        let at = row * L::splat(self.ncol as f64) + col;
        let (low, right) = (self.corner(at, 0), self.corner(at, 1));
        let (up, high) = (self.corner(at, self.ncol), self.corner(at, self.ncol + 1));
        let from = [ray.from[0] - col, ray.from[1] - row, ray.from[2] - low];
        let first = ray.meet_half(facing, from, [right - low, high - right], false);
        let second = ray.meet_half(facing, from, [high - up, up - low], true);
        let cell = row * L::splat(self.cells[0] as f64) + col;
        let is_second = second.lt(first);
        let number = cell + cell + L::select(is_second, L::one(), L::zero());
        (first.min(second), number)
    }

    /// The height of a corner of a cell whose lowest one is at a place.
    #[inline(always)]
    fn corner<L: Lanes>(&self, at: L, offset: usize) -> L {
        L::look_up(&self.parts, at + L::splat(offset as f64)) * L::splat(self.height)
    }
}

impl<L: Lanes> Ray<L> {
    #[inline(always)]
    fn at(&self, axis: usize, t: L) -> L {
        self.from[axis] + t * self.along[axis]
    }

    /// Where it meets the half of a cell before or beyond the cut, a plane through the cell's lowest corner with
    /// slopes along x and y [m for each cell]. The ray begins at `from`, counted from that corner.
    #[inline(always)]
    fn meet_half(&self, facing: Facing, from: V3<L>, slope: [L; 2], is_beyond: bool) -> L {
        let [dx, dy, dz] = self.along;
        let falls = (slope[0] * dx + slope[1] * dy) - dz;
        let above = from[2] - (slope[0] * from[0] + slope[1] * from[1]);
        let t = above / not_zero(falls);
        let (u, v) = (from[0] + t * dx, from[1] + t * dy);
        let (least, most) = (-self.slack, L::one() + self.slack);
        let past = if is_beyond { u - v } else { v - u };
        let is_inside = least.le(u) & u.le(most) & least.le(v) & v.le(most) & past.le(self.slack);
        let faces = match facing {
            Facing::Front => L::splat(TINY).lt(falls),
            Facing::Both => L::splat(TINY).lt(falls.abs()),
        };
        L::select(is_inside & faces & L::zero().le(t), t, L::splat(NOWHERE))
    }
}

impl<L: Lanes> Walk<L> {
    /// Moves lanes to the next cell, or to the block that begins with it.
    #[inline(always)]
    fn go(&mut self, lanes: L::Mask, exit: &Exit<L>) {
        let is_same = |k: usize| blocks(exit.next[k]).equal(blocks(self.cell[k]));
        let enters = lanes & !(is_same(0) & is_same(1));
        self.size = L::select(enters, L::splat(BLOCK as f64), self.size);
        for k in 0..2 {
            self.cell[k] = L::select(lanes, exit.next[k], self.cell[k]);
        }
        self.t = L::select(lanes, exit.t, self.t);
    }
}

/// The column or row of blocks that a column or row of cells is in.
#[inline(always)]
fn blocks<L: Lanes>(cell: L) -> L {
    (cell * L::splat(1.0 / BLOCK as f64)).floor()
}

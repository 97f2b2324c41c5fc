//! Heights on a grid, and which of its cells are looked at under a shape.

/// The most cells, or blocks of cells, that are looked at under a shape, and the most along one side. MuJoCo has a bound
/// too: it stops at the fiftieth contact, in the order of the grid.
pub(super) const MOST_CELLS: usize = 256;
pub(super) const MOST_ALONG: usize = 64;

/// Heights on a grid over x and y.
#[derive(Clone, Debug)]
pub struct Field {
    pub(super) nrow: usize,
    pub(super) ncol: usize,
    /// Half-widths in x and y, the height that 1 in `data` stands for, depth of the base below zero.
    pub size: [f64; 4],
    /// Heights in 0 to 1; rows along x, the first row at the lowest y.
    pub(super) data: Vec<f32>,
    /// The highest corner of the cell whose lowest corner is here. After those of the cells, those of blocks of 2 by 2
    /// of them, of 4 by 4 and so on.
    pub(super) peaks: Vec<f32>,
    /// For each of those the place of the highest cell.
    pub(super) highest: Vec<u32>,
    pub(super) levels: Vec<Level>,
}

/// Blocks of cells of one size, 1 by 1 at first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    /// Where its first one is among the peaks, and how far it is from there to the next row.
    first: usize,
    pub(super) stride: usize,
    /// Blocks along x and y.
    pub(super) count: [usize; 2],
}

/// Cells next to each other, or blocks of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blocks {
    /// How often a cell is doubled in width to make one.
    pub level: usize,
    /// Column and row of the first, and how many there are along x and y.
    pub first: [usize; 2],
    pub count: [usize; 2],
}

impl Field {
    /// Of heights from 0 to 1, rows along x, the first row at the lowest y. One that has less than a
    /// cell touches nothing.
    pub fn new(nrow: usize, ncol: usize, size: [f64; 4], heights: &[f64]) -> Self {
        // The precision in which they are given.
        let data: Vec<f32> = heights.iter().map(|&height| height as f32).collect();
        let at = |place: usize| data.get(place).copied().unwrap_or(0.0);
        let peak = |i: usize| at(i).max(at(i + 1)).max(at(i + ncol)).max(at(i + ncol + 1));
        let peaks = (0..data.len()).map(peak).collect();
        let highest = (0..data.len() as u32).collect();
        let cells = [ncol, nrow].map(|lines| lines.saturating_sub(1));
        let levels = vec![Level { first: 0, stride: ncol, count: cells }];
        let mut field = Self { nrow, ncol, size, data, peaks, highest, levels };
        while field.is_sound() && field.levels.last().is_some_and(|level| level.count != [1, 1]) {
            field.add_level();
        }
        field
    }

    /// Adds the blocks of twice the last ones' size.
    fn add_level(&mut self) {
        let finer = self.levels[self.levels.len() - 1];
        let count = finer.count.map(|count| count.div_ceil(2));
        self.levels.push(Level { first: self.peaks.len(), stride: count[0], count });
        for row in 0..count[1] {
            for col in 0..count[0] {
                let mut best = finer.place(2 * col, 2 * row);
                for (col, row) in [(1, 0), (0, 1), (1, 1)].map(|(x, y)| (2 * col + x, 2 * row + y))
                {
                    let is_there = col < finer.count[0] && row < finer.count[1];
                    if is_there && self.peaks[finer.place(col, row)] > self.peaks[best] {
                        best = finer.place(col, row);
                    }
                }
                self.peaks.push(self.peaks[best]);
                self.highest.push(self.highest[best]);
            }
        }
    }

    /// Width of a cell in x and y.
    pub(super) fn cell(&self) -> [f64; 2] {
        let width = |half: f64, count: usize| 2.0 * half / (count - 1) as f64;
        [width(self.size[0], self.ncol), width(self.size[1], self.nrow)]
    }

    pub(super) fn is_sound(&self) -> bool {
        self.nrow > 1 && self.ncol > 1 && self.data.len() == self.nrow * self.ncol
    }

    /// The smallest blocks of which few enough cover the cells from these columns and rows to those before the ends.
    pub(super) fn blocks(&self, from: [usize; 2], end: [usize; 2]) -> Blocks {
        if (0..2).any(|k| end[k] <= from[k]) {
            return Blocks { level: 0, first: from, count: [0; 2] };
        }
        let mut level = 0;
        loop {
            let first = from.map(|line| line >> level);
            let count = [0, 1].map(|k| end[k].div_ceil(1 << level) - first[k]);
            let is_few =
                count[0] * count[1] <= MOST_CELLS && count.iter().all(|n| *n <= MOST_ALONG);
            if is_few || level + 1 == self.levels.len() {
                return Blocks { level, first, count };
            }
            level += 1;
        }
    }
}

impl Level {
    pub(super) fn place(&self, col: usize, row: usize) -> usize {
        self.first + row * self.stride + col
    }
}

//! Terrain on a grid as a surface: the triangles of its cells, its sides and its base.

use super::Surface;
use super::grid::Grid;

impl Surface {
    /// Of heights in [0, 1] on a grid, row by row along y. `size` has half-lengths along x and y, the height
    /// of 1 and the depth of the base below zero. Cells are cut from their lowest corner to their highest, as
    /// in MuJoCo. One that has less than a cell is met by nothing.
    pub fn of_field(nrow: usize, ncol: usize, size: [f64; 4], heights: &[f64]) -> Self {
        if nrow < 2 || ncol < 2 || heights.len() != nrow * ncol {
            return Self::new(&[], &[]);
        }
        let [x, y, height, depth] = size;
        let step = |half: f64, count: usize| 2.0 * half / (count - 1) as f64;
        let (dx, dy) = (step(x, ncol), step(y, nrow));
        let mut points: Vec<[f64; 3]> = Vec::with_capacity(2 * heights.len());
        for (place, part) in heights.iter().enumerate() {
            let (row, col) = ((place / ncol) as f64, (place % ncol) as f64);
            points.push([dx * col - x, dy * row - y, f64::from(*part as f32) * height]);
        }
        let mut faces = Vec::new();
        let along_x = |row: usize| (0..ncol).map(move |col| (row * ncol + col) as u32);
        let along_y = |col: usize| (0..nrow).map(move |row| (row * ncol + col) as u32);
        // Each side with the field on its left.
        wall(&mut points, &mut faces, along_x(0), depth);
        wall(&mut points, &mut faces, along_y(ncol - 1), depth);
        wall(&mut points, &mut faces, along_x(nrow - 1).rev(), depth);
        wall(&mut points, &mut faces, along_y(0).rev(), depth);
        let first = points.len() as u32;
        points.extend([[-x, -y, -depth], [x, -y, -depth], [x, y, -depth], [-x, y, -depth]]);
        faces.extend([[first, first + 2, first + 1], [first, first + 3, first + 2]]);
        let mut surface = Self::new(&points, &faces);
        let top = points.iter().fold(0.0_f64, |most, point| most.max(point[2].abs()));
        surface.half_extents[2] = surface.half_extents[2].max(top);
        let margin = super::surface::MARGIN * surface.half_extents.into_iter().fold(0.0, f64::max);
        surface.grid = Some(Grid::new(nrow, ncol, size, heights, margin));
        surface
    }
}

/// What stands below a line of points, down to the base.
fn wall(
    points: &mut Vec<[f64; 3]>,
    faces: &mut Vec<[u32; 3]>,
    line: impl Iterator<Item = u32>,
    depth: f64,
) {
    let mut before: Option<(u32, u32)> = None;
    for top in line {
        let [x, y, _] = points[top as usize];
        let low = points.len() as u32;
        points.push([x, y, -depth]);
        if let Some((last_top, last_low)) = before {
            faces.push([last_low, low, top]);
            faces.push([last_low, top, last_top]);
        }
        before = Some((top, low));
    }
}

//! Where on a picture a geom can be: a rectangle that no pixel of it lies outside of.

use super::view::Frustum;
use crate::math::spatial::{M3, V3};

/// Columns and rows, each from the first to the one after the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rect {
    pub cols: [usize; 2],
    pub rows: [usize; 2],
}

/// A geom about its centre in the camera's frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bulk {
    pub centre: V3<f64>,
    /// Camera from geom.
    pub axes: M3<f64>,
    /// Half-lengths of a box along its axes, and the radius of a ball, that hold it [m].
    pub half: V3<f64>,
    pub radius: f64,
}

/// So much wider than exact [samples]: rounding of a ray moves it by less.
const MARGIN: f64 = 1.0;
/// A nearer box may reach behind the camera [m].
const NEAREST: f64 = 1e-6;

/// None if it is not in view.
pub(super) fn rectangle(bulk: &Bulk, view: &Frustum, cols: usize, rows: usize) -> Option<Rect> {
    let whole = Rect { cols: [0, cols], rows: [0, rows] };
    if !bulk.radius.is_finite() || !bulk.centre.iter().chain(&bulk.axes).all(|x| x.is_finite()) {
        return Some(whole);
    }
    let depth = -bulk.centre[2];
    if depth <= -bulk.radius {
        return None;
    }
    let [mut x, mut y] = if view.parallel {
        [0, 1].map(|k| [bulk.centre[k] - bulk.radius, bulk.centre[k] + bulk.radius])
    } else {
        [0, 1].map(|k| silhouette(bulk.centre[k], depth, bulk.radius))
    };
    if let Some([bx, by]) = corners(bulk, view.parallel) {
        x = [x[0].max(bx[0]), x[1].min(bx[1])];
        y = [y[0].max(by[0]), y[1].min(by[1])];
    }
    let across = (cols as f64 / view.width(), rows as f64 / view.height());
    let cols = clip([(x[0] - view.x[0]) * across.0, (x[1] - view.x[0]) * across.0], cols)?;
    let rows = clip([(view.y[1] - y[1]) * across.1, (view.y[1] - y[0]) * across.1], rows)?;
    Some(Rect { cols, rows })
}

/// Slopes of the lines that touch a ball at a depth, in a plane through the camera.
fn silhouette(side: f64, depth: f64, radius: f64) -> [f64; 2] {
    let far = f64::INFINITY;
    if depth <= radius {
        return [-far, far];
    }
    let touching = (side * side + depth * depth - radius * radius).max(0.0).sqrt();
    let low = depth * touching + radius * side;
    let high = depth * touching - radius * side;
    [
        if low > 0.0 { (side * touching - radius * depth) / low } else { -far },
        if high > 0.0 { (side * touching + radius * depth) / high } else { far },
    ]
}

/// The same of the box; none if part of it may be behind the camera.
fn corners(bulk: &Bulk, parallel: bool) -> Option<[[f64; 2]; 2]> {
    let mut ends = [[f64::INFINITY, f64::NEG_INFINITY]; 2];
    for corner in 0..8_usize {
        let signed = |k: usize| if corner >> k & 1 == 1 { bulk.half[k] } else { -bulk.half[k] };
        let local = [signed(0), signed(1), signed(2)];
        let at = |row: usize| {
            let m = &bulk.axes[3 * row..3 * row + 3];
            bulk.centre[row] + m[0] * local[0] + m[1] * local[1] + m[2] * local[2]
        };
        let depth = if parallel { 1.0 } else { -at(2) };
        if depth < NEAREST {
            return None;
        }
        for k in 0..2 {
            let slope = at(k) / depth;
            ends[k] = [ends[k][0].min(slope), ends[k][1].max(slope)];
        }
    }
    Some(ends)
}

/// Whole places; none if there is none of them on the picture.
fn clip([low, high]: [f64; 2], count: usize) -> Option<[usize; 2]> {
    let most = count as f64;
    let first = (low - MARGIN).floor().clamp(0.0, most) as usize;
    let last = (high + MARGIN).ceil().clamp(0.0, most) as usize;
    (first < last).then_some([first, last])
}

//! Where on a picture a geom can be: a rectangle that no pixel of it lies outside of.

use super::view::Frustum;
use crate::math::spatial::{M3, V3};
use std::ops::Range;

/// Columns and rows, each from the first to the one after the last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    pub cols: [usize; 2],
    pub rows: [usize; 2],
    pub band: Option<Band>,
}

/// A slanting stripe of the picture: what is long and narrow lies in one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Band {
    /// The first and last column in row 0, and columns for each row further down.
    ends: [f64; 2],
    step: f64,
}

impl Rect {
    /// All of a picture.
    pub fn whole(cols: usize, rows: usize) -> Self {
        Self { cols: [0, cols], rows: [0, rows], band: None }
    }

    /// It may be on a register of so many samples.
    #[inline(always)]
    pub fn has(&self, row: usize, strip: usize, width: usize) -> bool {
        let first = strip * width;
        self.rows[0] <= row
            && row < self.rows[1]
            && self.cols[0] < first + width
            && first < self.cols[1]
    }
    /// The registers of so many samples in which it is on a row.
    #[inline(always)]
    pub fn strips(&self, row: usize, width: usize) -> Range<usize> {
        let [mut first, mut last] = self.cols;
        if let Some(band) = &self.band {
            // Numbers below zero and above all columns become those ends.
            let shift = band.step * row as f64;
            first = first.max((band.ends[0] + shift).floor() as usize);
            last = last.min((band.ends[1] + shift).ceil() as usize);
        }
        first / width..last.div_ceil(width)
    }
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
    let whole = Rect::whole(cols, rows);
    if !bulk.radius.is_finite() || !bulk.centre.iter().chain(&bulk.axes).all(|x| x.is_finite()) {
        return Some(whole);
    }
    let depth = -bulk.centre[2];
    if depth <= -bulk.radius {
        return None;
    }
    let [mut x, mut y] = of_ball(bulk.centre, bulk.radius, view);
    let corners = corners(bulk, view.parallel);
    if let Some(corners) = &corners {
        let [bx, by] = [0, 1].map(|k| ends(corners.iter().map(|corner| corner[k])));
        x = [x[0].max(bx[0]), x[1].min(bx[1])];
        y = [y[0].max(by[0]), y[1].min(by[1])];
    }
    let across = (cols as f64 / view.width(), rows as f64 / view.height());
    let rect = on_picture([x, y], view, cols, rows)?;
    Some(Rect { band: corners.and_then(|corners| band(bulk, &corners, view, across)), ..rect })
}

/// That of a ball which is drawn out from one centre to another.
pub(super) fn drawn_out(
    centres: [V3<f64>; 2],
    radius: f64,
    view: &Frustum,
    cols: usize,
    rows: usize,
) -> Option<Rect> {
    if !view.parallel && centres.iter().any(|centre| -centre[2] <= radius) {
        return Some(Rect::whole(cols, rows));
    }
    let [a, b] = centres.map(|centre| of_ball(centre, radius, view));
    let both = [0, 1].map(|k| [a[k][0].min(b[k][0]), a[k][1].max(b[k][1])]);
    on_picture(both, view, cols, rows)
}

/// Slopes, or of parallel rays places, between which a ball is.
fn of_ball(centre: V3<f64>, radius: f64, view: &Frustum) -> [[f64; 2]; 2] {
    match view.parallel {
        true => [0, 1].map(|k| [centre[k] - radius, centre[k] + radius]),
        false => [0, 1].map(|k| silhouette(centre[k], -centre[2], radius)),
    }
}

fn on_picture([x, y]: [[f64; 2]; 2], view: &Frustum, cols: usize, rows: usize) -> Option<Rect> {
    let across = (cols as f64 / view.width(), rows as f64 / view.height());
    let cols = clip([(x[0] - view.x[0]) * across.0, (x[1] - view.x[0]) * across.0], cols)?;
    let rows = clip([(view.y[1] - y[1]) * across.1, (view.y[1] - y[0]) * across.1], rows)?;
    Some(Rect { cols, rows, band: None })
}

/// The stripe along the longest axis that holds all corners; none along rows, of which it would take whole ones.
fn band(bulk: &Bulk, corners: &[[f64; 2]; 8], view: &Frustum, across: (f64, f64)) -> Option<Band> {
    let longest = (1..3).fold(0, |best, k| if bulk.half[k] > bulk.half[best] { k } else { best });
    let (tail, head) = (corners[0], corners[1 << longest]);
    let samples = [(head[0] - tail[0]) * across.0, (tail[1] - head[1]) * across.1];
    // In samples, counted down as rows are, from the middle of the first.
    if samples[1].abs() < 1.0 {
        return None;
    }
    let step = samples[0] / samples[1];
    let column = |corner: &[f64; 2]| {
        let col = (corner[0] - view.x[0]) * across.0;
        col - step * ((view.y[1] - corner[1]) * across.1 - 0.5)
    };
    let [first, last] = ends(corners.iter().map(column));
    Some(Band { ends: [first - MARGIN, last + MARGIN], step })
}

fn ends(numbers: impl Iterator<Item = f64>) -> [f64; 2] {
    numbers.fold([f64::INFINITY, f64::NEG_INFINITY], |[a, b], x| [a.min(x), b.max(x)])
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

/// Slopes to the corners of the box; none if part of it may be behind the camera.
fn corners(bulk: &Bulk, parallel: bool) -> Option<[[f64; 2]; 8]> {
    let mut slopes = [[0.0; 2]; 8];
    for (corner, slope) in slopes.iter_mut().enumerate() {
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
        *slope = [at(0) / depth, at(1) / depth];
    }
    Some(slopes)
}

/// Whole places; none if there is none of them on the picture.
fn clip([low, high]: [f64; 2], count: usize) -> Option<[usize; 2]> {
    let most = count as f64;
    let first = (low - MARGIN).floor().clamp(0.0, most) as usize;
    let last = (high + MARGIN).ceil().clamp(0.0, most) as usize;
    (first < last).then_some([first, last])
}

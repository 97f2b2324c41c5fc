//! Height fields: terrain on a regular grid, in one lane.
//!
//! As in MuJoCo (documentation, "Computation / Collision detection"), every triangle of the grid is the
//! top of a solid prism that stands on the base, and the prisms under a shape collide with it one by one
//! as convex shapes. There may be many; the contacts that are kept are bounded.

use super::convex::Convex;
use super::convex_convex::deepest;
use super::per_lane::Manifold;
use super::{Contact, Kind, Shape, ShapeData};
use crate::math::spatial::*;

/// The most contacts of a height field with another shape: the deepest, [`SPREAD`] - 1 that are far
/// apart, and the next deepest.
pub const HEIGHT_FIELD_CONTACTS: usize = 8;
const SPREAD: usize = 4;

/// Heights on a grid over x and y.
#[derive(Clone, Debug)]
pub struct Field {
    pub nrow: usize,
    pub ncol: usize,
    /// Half-widths in x and y, the height that 1 in `data` stands for, depth of the base below zero.
    pub size: [f64; 4],
    /// Heights in 0 to 1; rows along x, the first row at the lowest y.
    pub data: Vec<f64>,
}

impl Field {
    fn point(&self, row: usize, col: usize) -> V3<f64> {
        let along =
            |i: usize, count: usize, half: f64| half * (2.0 * i as f64 / (count - 1) as f64 - 1.0);
        [
            along(col, self.ncol, self.size[0]),
            along(row, self.nrow, self.size[1]),
            self.data[row * self.ncol + col] * self.size[2],
        ]
    }

    /// The cells that an interval covers on an axis with `count` points and a half-width.
    fn cells(count: usize, half: f64, low: f64, high: f64) -> std::ops::Range<usize> {
        let cell = |x: f64| (x + half) / (2.0 * half) * (count - 1) as f64;
        let last = (count - 1) as f64;
        // Casts of numbers within the grid.
        let (first, end) = (cell(low).floor().clamp(0.0, last), cell(high).ceil().clamp(0.0, last));
        first as usize..end as usize
    }
}

pub(super) fn field_convex(kind: Kind, a: &Shape<f64>, b: &Shape<f64>, found: &mut Manifold) {
    let ShapeData::HeightField(field) = a.data else { return };
    if field.nrow < 2 || field.ncol < 2 || field.data.len() != field.nrow * field.ncol {
        return;
    }
    // The other shape in the field's frame.
    let into = |v: V3<f64>| -> V3<f64> { std::array::from_fn(|k| dot3(a.axis(k), v)) };
    let columns: [V3<f64>; 3] = std::array::from_fn(|k| into(b.axis(k)));
    let local = Shape {
        pos: into(sub3(b.pos, a.pos)),
        mat: std::array::from_fn(|i| columns[i % 3][i / 3]),
        ..*b
    };
    let shape = Convex::new(kind, &local, [0.0; 3]);
    let margin = found.margin();
    let reach = |k: usize, side: f64| {
        let mut direction = [0.0; 3];
        direction[k] = side;
        shape.support(direction)[k] + side * (shape.radius + margin)
    };
    let [x, y, _, base] = field.size;
    let low = reach(2, -1.0);
    if reach(2, 1.0) < -base {
        return;
    }
    let mut candidates = Vec::new();
    for row in Field::cells(field.nrow, y, reach(1, -1.0), reach(1, 1.0)) {
        for col in Field::cells(field.ncol, x, reach(0, -1.0), reach(0, 1.0)) {
            let corner = |r: usize, c: usize| field.point(row + r, col + c);
            let (p, q) = (corner(0, 0), corner(1, 1));
            for top in [[corner(1, 0), p, q], [p, corner(0, 1), q]] {
                if top.iter().all(|v| v[2] < low) {
                    continue;
                }
                if let Some(contact) = deepest(&Convex::prism(top, -base), &shape, margin) {
                    candidates.push(contact);
                }
            }
        }
    }
    for contact in choose(candidates) {
        found.push(Contact {
            pos: add3(rotate(&a.mat, contact.pos), a.pos),
            normal: rotate(&a.mat, contact.normal),
            ..contact
        });
    }
}

/// Of many contacts those that are worth a slot.
fn choose(mut candidates: Vec<Contact<f64>>) -> Vec<Contact<f64>> {
    let squared = |a: &Contact<f64>, b: &Contact<f64>| {
        let between = sub3(a.pos, b.pos);
        dot3(between, between)
    };
    // Stable, so that ties go by the grid.
    candidates.sort_by(|a, b| a.dist.total_cmp(&b.dist));
    let mut chosen: Vec<Contact<f64>> = Vec::new();
    while chosen.len() < HEIGHT_FIELD_CONTACTS && !candidates.is_empty() {
        let lonely = |c: &Contact<f64>| {
            chosen.iter().map(|other| squared(c, other)).fold(f64::INFINITY, f64::min)
        };
        let mut next = 0;
        if (1..SPREAD).contains(&chosen.len()) {
            for i in 1..candidates.len() {
                if lonely(&candidates[i]) > lonely(&candidates[next]) {
                    next = i;
                }
            }
        }
        let contact = candidates.remove(next);
        // Prisms side by side find the same contact on their common edge.
        let known = chosen.iter().any(|other| {
            let turned = sub3(contact.normal, other.normal);
            squared(&contact, other) < 1e-10 && dot3(turned, turned) < 1e-8
        });
        if !known {
            chosen.push(contact);
        }
    }
    chosen
}

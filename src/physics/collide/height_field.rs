//! Height fields: terrain on a regular grid.
//!
//! As in MuJoCo (documentation, "Computation / Collision detection"), every triangle of the grid is the
//! top of a solid prism that stands on the base, and the prisms under a shape collide with it one by one
//! as convex shapes. There may be many; the contacts that are kept are bounded.
//!
//! Lanes go over the cells under their own shape in step. Positions are about the shape's centre, along
//! the field's axes: fields are large, and what decides about a contact is small.

use super::convex::Convex;
use super::convex_convex::deepest;
use super::prism::Prism;
use super::{ABSENT, Contact, Shape, ShapeData, ShapeKind};
use crate::math::lanes::{Kernel, LaneMask, Lanes, MOST_LANES, hypot};
use crate::math::spatial::*;

/// The most contacts of a height field with another shape: the deepest, [`SPREAD`] - 1 that are far
/// apart, and the next deepest.
pub const HEIGHT_FIELD_CONTACTS: usize = 8;
const SPREAD: usize = 4;
/// The height in lanes that are not above a cell.
const FAR_BELOW: f64 = -1e6;

/// Heights on a grid over x and y.
#[derive(Clone, Debug)]
pub struct Field {
    nrow: usize,
    ncol: usize,
    /// Half-widths in x and y, the height that 1 in `data` stands for, depth of the base below zero.
    pub size: [f64; 4],
    /// Heights in 0 to 1; rows along x, the first row at the lowest y.
    data: Vec<f32>,
    /// The highest corner of the cell whose lowest corner is here.
    peaks: Vec<f32>,
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
        Self { nrow, ncol, size, data, peaks }
    }

    /// Width of a cell in x and y.
    fn cell(&self) -> [f64; 2] {
        let width = |half: f64, count: usize| 2.0 * half / (count - 1) as f64;
        [width(self.size[0], self.ncol), width(self.size[1], self.nrow)]
    }

    fn is_sound(&self) -> bool {
        self.nrow > 1 && self.ncol > 1 && self.data.len() == self.nrow * self.ncol
    }
}

/// The contacts of a height field and any other shape.
pub(super) struct FieldContacts<'a, L: Lanes> {
    pub kind: ShapeKind,
    pub field: &'a Shape<'a, L>,
    pub other: &'a Shape<'a, L>,
    pub margin: L,
    pub near: L::Mask,
    pub out: &'a mut [Contact<L>],
}

impl<L: Lanes> Kernel for FieldContacts<'_, L> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { kind, field: a, other: b, margin, near, out } = self;
        for slot in out.iter_mut() {
            slot.dist = L::splat(ABSENT);
        }
        let ShapeData::HeightField(field) = a.data else { return };
        if !field.is_sound() || !near.any() {
            return;
        }
        let columns = [0, 1, 2].map(|k| rotate_back(&a.mat, b.axis(k)));
        let shape = Shape {
            pos: [L::zero(); 3],
            mat: std::array::from_fn(|i| columns[i % 3][i / 3]),
            ..*b
        };
        let centre = rotate_back(&a.mat, sub3(b.pos, a.pos));
        let bounds = Bounds::of(kind, &shape, margin);
        let window = Window::under(field, centre, &bounds, near);
        let mut candidates = Vec::new();
        for row in 0..window.most[1] {
            for col in 0..window.most[0] {
                let places = window.places(field, col, row);
                let peak = window.height(&field.peaks, field, &places, centre[2]);
                let high = window.covers(col, row) & bounds.low[2].le(peak);
                if !high.any() {
                    continue;
                }
                for half in 0..2 {
                    let prism = window.prism(field, &places, centre[2], [col, row], half, high);
                    let mut contact = prism_contact(kind, &prism, &shape, &bounds, margin);
                    if contact.dist.le(margin).any() {
                        contact.pos = rotate(&a.mat, contact.pos);
                        contact.normal = rotate(&a.mat, contact.normal);
                        candidates.push(contact);
                    }
                }
            }
        }
        if !candidates.is_empty() {
            keep(&candidates, b.pos, out);
        }
    }
}

/// The contact with one prism, about the shape's centre.
#[inline(always)]
fn prism_contact<L: Lanes>(
    kind: ShapeKind,
    prism: &Prism<L>,
    shape: &Shape<L>,
    bounds: &Bounds<L>,
    margin: L,
) -> Contact<L> {
    let size = shape.size;
    let (mut contact, hard) = match kind {
        ShapeKind::Sphere => return prism.sphere(size[0], margin),
        ShapeKind::Capsule => prism.capsule(scale3(shape.axis(2), size[1]), size[0], margin),
        ShapeKind::Box => prism.cuboid(shape, margin),
        _ => (Contact::absent(), bounds.meet(prism)),
    };
    if hard.any() {
        one_by_one(kind, prism, shape, margin, hard, &mut contact);
    }
    contact
}

/// The contact in the lanes that need the general routine.
#[inline(never)]
fn one_by_one<L: Lanes>(
    kind: ShapeKind,
    prism: &Prism<L>,
    shape: &Shape<L>,
    margin: L,
    hard: L::Mask,
    contact: &mut Contact<L>,
) {
    for lane in (0..L::WIDTH).filter(|&lane| hard.lane(lane)) {
        let other = Convex::new(kind, &shape.in_lane(lane), [0.0; 3]);
        if let Some(found) = deepest(&prism.solid(lane), &other, margin.lane(lane)) {
            contact.set_lane(lane, &found);
        }
    }
}

/// A box along the field's axes about a shape with its margin.
struct Bounds<L> {
    low: V3<L>,
    high: V3<L>,
}

impl<L: Lanes> Bounds<L> {
    #[inline(always)]
    fn of(kind: ShapeKind, shape: &Shape<L>, margin: L) -> Self {
        let size = shape.size;
        let mut reach = [L::zero(); 3];
        for k in 0..3 {
            let [x, y, z] = [shape.mat[3 * k], shape.mat[3 * k + 1], shape.mat[3 * k + 2]];
            reach[k] = match kind {
                ShapeKind::Sphere => size[0],
                ShapeKind::Capsule => z.abs().mul_add(size[1], size[0]),
                ShapeKind::Cylinder => {
                    let across = (L::one() - z * z).max(L::zero()).sqrt();
                    z.abs().mul_add(size[1], across * size[0])
                }
                ShapeKind::Ellipsoid => {
                    let scaled = [x * size[0], y * size[1], z * size[2]];
                    dot3(scaled, scaled).sqrt()
                }
                ShapeKind::Mesh => return Self::of_mesh(shape, margin),
                _ => dot3([x.abs(), y.abs(), z.abs()], size),
            } + margin;
        }
        Self { low: neg3(reach), high: reach }
    }

    #[inline(never)]
    fn of_mesh(shape: &Shape<L>, margin: L) -> Self {
        let (mut low, mut high) = ([L::zero(); 3], [L::zero(); 3]);
        for lane in 0..L::WIDTH {
            let mesh = Convex::new(ShapeKind::Mesh, &shape.in_lane(lane), [0.0; 3]);
            for k in 0..3 {
                let mut direction = [0.0; 3];
                direction[k] = 1.0;
                high[k].set_lane(lane, mesh.support(direction)[k]);
                low[k].set_lane(lane, mesh.support(direction.map(|x: f64| -x))[k]);
            }
        }
        Self { low: low.map(|x| x - margin), high: high.map(|x| x + margin) }
    }

    /// The lanes in which a prism's top and sides leave room for a meeting.
    #[inline(always)]
    fn meet(&self, prism: &Prism<L>) -> L::Mask {
        let planes = prism.planes([L::zero(); 3]);
        let mut meet = L::Mask::splat(true);
        for (&plane, normal) in planes.iter().zip(prism.outward()) {
            let mut nearest = plane;
            for k in 0..3 {
                nearest += (normal[k] * self.low[k]).min(normal[k] * self.high[k]);
            }
            meet = meet & nearest.le(L::zero());
        }
        meet
    }
}

/// The cells under each lane's shape.
struct Window<L> {
    /// The place of the first cell's lowest corner.
    first: [u32; MOST_LANES],
    /// Their number along x and y.
    count: [L; 2],
    /// The largest numbers.
    most: [usize; 2],
    /// The first cell's lowest corner, about the shape's centre.
    corner: [L; 2],
}

impl<L: Lanes> Window<L> {
    #[inline(always)]
    fn under(field: &Field, centre: V3<L>, bounds: &Bounds<L>, near: L::Mask) -> Self {
        let cell = field.cell();
        let zero = L::zero();
        let buried = (centre[2] + bounds.high[2]).lt(L::splat(-field.size[3]));
        let near = near & !buried;
        let mut window =
            Self { first: [0; MOST_LANES], count: [zero; 2], most: [0; 2], corner: [zero; 2] };
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
            let [x, y] = [from[0].lane(lane), from[1].lane(lane)];
            window.first[lane] = (y as usize * field.ncol + x as usize) as u32;
            for k in 0..2 {
                window.most[k] = window.most[k].max(window.count[k].lane(lane) as usize);
                let line = [x, y][k].mul_add(cell[k], -field.size[k]);
                window.corner[k].set_lane(lane, line - centre[k].lane(lane));
            }
        }
        window
    }

    /// The lanes that have this one of the cells.
    #[inline(always)]
    fn covers(&self, col: usize, row: usize) -> L::Mask {
        L::splat(col as f64).lt(self.count[0]) & L::splat(row as f64).lt(self.count[1])
    }

    /// Where it is; elsewhere some other cell.
    #[inline(always)]
    fn places(&self, field: &Field, col: usize, row: usize) -> [u32; MOST_LANES] {
        let last = (field.data.len() - field.ncol - 2) as u32;
        let offset = (row * field.ncol + col) as u32;
        let mut places = self.first;
        for place in &mut places {
            *place = (*place + offset).min(last);
        }
        places
    }

    /// Heights about the shape's centre.
    #[inline(always)]
    fn height(&self, table: &[f32], field: &Field, places: &[u32; MOST_LANES], centre: L) -> L {
        L::gather(table, places).mul_add(L::splat(field.size[2]), -centre)
    }

    /// One of the two prisms of a cell, beyond the diagonal from its lowest corner to the highest or
    /// before it, in the given lanes; in others one that is far below.
    #[inline(always)]
    fn prism(
        &self,
        field: &Field,
        places: &[u32; MOST_LANES],
        centre: L,
        at: [usize; 2],
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
            let x = self.corner[0] + L::splat((at[0] + col) as f64 * width);
            let y = self.corner[1] + L::splat((at[1] + row) as f64 * depth);
            let table = &field.data[row * field.ncol + col..];
            let height = self.height(table, field, places, centre);
            *corner = [x, y, L::select(lanes, height, L::splat(FAR_BELOW))];
        }
        Prism::new(top, sides, L::splat(-field.size[3]) - centre)
    }
}

/// Fills the slots with those of the candidates, about `centre`, that are worth one.
#[inline(always)]
fn keep<L: Lanes>(candidates: &[Contact<L>], centre: V3<L>, out: &mut [Contact<L>]) {
    let mut used = 0;
    let mut found: Vec<Contact<f64>> = Vec::with_capacity(candidates.len());
    for lane in 0..L::WIDTH {
        found.clear();
        for candidate in candidates {
            if candidate.dist.lane(lane) < ABSENT {
                found.push(candidate.in_lane(lane));
            }
        }
        let (chosen, count) = choose(&mut found);
        for (slot, contact) in chosen[..count].iter().enumerate() {
            if slot == used {
                out[slot] = Contact::absent();
                used += 1;
            }
            let pos = std::array::from_fn(|k| contact.pos[k] + centre[k].lane(lane));
            out[slot].set_lane(lane, &Contact { pos, ..*contact });
        }
    }
}

/// Of many contacts those that are worth a slot, and their number.
fn choose(candidates: &mut Vec<Contact<f64>>) -> ([Contact<f64>; HEIGHT_FIELD_CONTACTS], usize) {
    let squared = |a: &Contact<f64>, b: &Contact<f64>| {
        let between = sub3(a.pos, b.pos);
        dot3(between, between)
    };
    // Stable, so that ties go by the grid.
    candidates.sort_by(|a, b| a.dist.total_cmp(&b.dist));
    let mut chosen = [Contact::absent(); HEIGHT_FIELD_CONTACTS];
    let mut count = 0;
    while count < HEIGHT_FIELD_CONTACTS && !candidates.is_empty() {
        let known = &chosen[..count];
        let lonely = |c: &Contact<f64>| {
            known.iter().map(|other| squared(c, other)).fold(f64::INFINITY, f64::min)
        };
        let mut next = 0;
        if (1..SPREAD).contains(&count) {
            for i in 1..candidates.len() {
                if lonely(&candidates[i]) > lonely(&candidates[next]) {
                    next = i;
                }
            }
        }
        let contact = candidates.remove(next);
        // Prisms side by side find the same contact on their common edge.
        let same = |other: &Contact<f64>| {
            let turned = sub3(contact.normal, other.normal);
            squared(&contact, other) < 1e-10 && dot3(turned, turned) < 1e-8
        };
        if !known.iter().any(same) {
            chosen[count] = contact;
            count += 1;
        }
    }
    (chosen, count)
}

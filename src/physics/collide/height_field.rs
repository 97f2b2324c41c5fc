//! Height fields: terrain on a regular grid.
//!
//! As in MuJoCo (documentation, "Computation / Collision detection"), every triangle of the grid is the
//! top of a solid prism that stands on the base, and the prisms under a shape collide with it one by one
//! as convex shapes. There may be many; the contacts that are kept are bounded, and so are the cells that are looked at:
//! under a shape as wide as a terrain it is the highest cell of each block of cells.
//!
//! Lanes go over the cells under their own shape in step. Positions are about the shape's centre, along
//! the field's axes: fields are large, and what decides about a contact is small.

use super::convex::Convex;
use super::convex_convex::deepest;
use super::prism::Prism;
use super::window::Window;
use super::{ABSENT, Contact, Shape, ShapeData, ShapeKind};
use crate::math::lanes::{Kernel, LaneMask, Lanes};
use crate::math::spatial::*;

/// The most contacts of a height field with another shape: the deepest, [`SPREAD`] - 1 that are far
/// apart, and the next deepest.
pub const HEIGHT_FIELD_CONTACTS: usize = 8;
const SPREAD: usize = 4;

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
                let covers = window.covers(col, row);
                if !covers.any() {
                    continue;
                }
                let places = window.places(col, row);
                let peak = window.height(&field.peaks, field, &places, centre[2]);
                let high = covers & bounds.low[2].le(peak);
                if !high.any() {
                    continue;
                }
                let cell = window.cell(field, places, [col, row], centre);
                for half in 0..2 {
                    let prism = window.prism(field, &cell, centre[2], half, high);
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
pub(super) struct Bounds<L> {
    pub low: V3<L>,
    pub high: V3<L>,
}

impl<L: Lanes> Bounds<L> {
    #[inline(always)]
    pub fn of(kind: ShapeKind, shape: &Shape<L>, margin: L) -> Self {
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

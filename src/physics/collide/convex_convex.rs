//! Any two convex shapes, in one lane.

use super::convex::{Convex, Witness};
use super::epa::epa;
use super::features::{flat_contacts, spread};
use super::gjk::{Outcome, gjk};
use super::per_lane::Manifold;
use super::{Contact, Kind, Shape, ShapeData, max_contacts};
use crate::math::spatial::*;

/// The nearest points of separate shapes, or the deepest of overlapping ones; about the first
/// shape's origin. None if they are further apart than `margin`.
fn witness(a: &Convex, b: &Convex, margin: f64) -> Option<Witness> {
    let round = a.radius + b.radius;
    let witness = match gjk(a, b, margin + round) {
        Outcome::Far => return None,
        Outcome::Apart(witness) => witness,
        Outcome::Overlap(simplex) => epa(a, b, &simplex)?,
    };
    let dist = witness.dist - round;
    Some(Witness {
        dist,
        normal: witness.normal,
        first: mul_add3(witness.normal, a.radius, witness.first),
        second: mul_add3(witness.normal, -b.radius, witness.second),
    })
}

/// The contact at the nearest or deepest points.
pub(super) fn deepest(a: &Convex, b: &Convex, margin: f64) -> Option<Contact<f64>> {
    Some(contact(&witness(a, b, margin)?, [0.0; 3]))
}

pub(super) fn convex_convex(
    kinds: (Kind, Kind),
    a: &Shape<f64>,
    b: &Shape<f64>,
    found: &mut Manifold,
) {
    let (first, second) = (Convex::new(kinds.0, a, a.pos), Convex::new(kinds.1, b, a.pos));
    let Some(witness) = witness(&first, &second, found.margin()) else { return };
    let most = max_contacts(kinds.0, kinds.1);
    if most < 2 || !flat_contacts((&first, &second), &witness, a.pos, most, found) {
        found.push(contact(&witness, a.pos));
    }
}

/// The contact midway between two points about an origin.
pub(super) fn contact(witness: &Witness, origin: V3<f64>) -> Contact<f64> {
    let middle: V3<f64> = std::array::from_fn(|k| 0.5 * (witness.first[k] + witness.second[k]));
    Contact {
        dist: witness.dist,
        pos: add3(middle, origin),
        normal: witness.normal,
        tangent: [0.0; 3],
    }
}

/// The vertices of a hull below the margin: the deepest, and others far from it.
pub(super) fn plane_mesh(a: &Shape<f64>, b: &Shape<f64>, found: &mut Manifold) {
    let ShapeData::Hull(hull) = b.data else { return };
    let normal = a.axis(2);
    // The plane's axes in the frame of the mesh.
    let into = |v: V3<f64>| -> V3<f64> { std::array::from_fn(|k| dot3(b.axis(k), v)) };
    let [x, y, up] = [a.axis(0), a.axis(1), normal].map(into);
    let height = dot3(sub3(b.pos, a.pos), normal);
    let below: Vec<(V3<f64>, V3<f64>)> = (hull.vertices.iter())
        .map(|v| (*v, dot3(up, *v) + height))
        .filter(|(_, dist)| *dist <= found.margin())
        .map(|(v, dist)| (v, [dot3(x, v), dot3(y, v), dist]))
        .collect();
    for i in spread(&below, |p| p.1, max_contacts(Kind::Plane, Kind::Mesh)) {
        let (vertex, [_, _, dist]) = below[i];
        let pos = mul_add3(normal, -0.5 * dist, add3(rotate(&b.mat, vertex), b.pos));
        found.push(Contact { dist, pos, normal, tangent: [0.0; 3] });
    }
}

//! Any two convex shapes, in one lane.

use super::convex::{Convex, Witness};
use super::epa::epa;
use super::gjk::{Outcome, gjk};
use super::per_lane::Manifold;
use super::several::several;
use super::{Contact, Shape, ShapeKind, max_contacts};
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
    kinds: (ShapeKind, ShapeKind),
    a: &Shape<f64>,
    b: &Shape<f64>,
    found: &mut Manifold,
) {
    let (first, second) = (Convex::new(kinds.0, a, a.pos), Convex::new(kinds.1, b, a.pos));
    let Some(witness) = witness(&first, &second, found.margin()) else { return };
    let may_be_several = max_contacts(kinds.0, kinds.1) > 1;
    if !may_be_several || !several((&first, &second), &witness, a.pos, found) {
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

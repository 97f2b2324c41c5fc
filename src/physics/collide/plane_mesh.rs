//! A plane and a convex mesh: of the face at the deepest vertex that lies best on the plane the corners below the
//! margin, or those of four that span most of it, as MuJoCo has it.

use super::per_lane::Manifold;
use super::polygon::largest_quad;
use super::{Contact, Shape, ShapeData};
use crate::math::spatial::*;

pub(super) const MOST: usize = 4;

pub(super) fn plane_mesh(a: &Shape<f64>, b: &Shape<f64>, found: &mut Manifold) {
    let ShapeData::Hull(hull) = b.data else { return };
    let normal = a.axis(2);
    let up: V3<f64> = std::array::from_fn(|k| dot3(b.axis(k), normal));
    let height = dot3(sub3(b.pos, a.pos), normal);
    let distance = |vertex: usize| dot3(up, hull.vertices[vertex]) + height;
    let deepest = hull.support(up.map(|part| -part));
    let mut push = |vertex: usize| {
        let dist = distance(vertex);
        let place = add3(rotate(&b.mat, hull.vertices[vertex]), b.pos);
        let pos = mul_add3(normal, -0.5 * dist, place);
        // Beyond the margin it is none.
        found.push(Contact { dist, pos, normal, tangent: [0.0; 3] });
    };
    let faces = hull.faces_at[deepest].iter().map(|&face| &hull.faces[face]);
    let lying = faces.min_by(|p, q| dot3(p.normal, up).total_cmp(&dot3(q.normal, up)));
    let Some(face) = lying else { return push(deepest) };
    // The order of the corners decides which four of them are taken: it begins with the deepest.
    let first = face.corners.iter().position(|&corner| corner == deepest).unwrap_or_default();
    let (before, from) = face.corners.split_at(first);
    let corners = [from, before].concat();
    if corners.len() <= MOST {
        return corners.into_iter().for_each(push);
    }
    let places: Vec<V3<f64>> = corners.iter().map(|&corner| hull.vertices[corner]).collect();
    largest_quad(&places).into_iter().for_each(|i| push(corners[i]));
}

//! A plane and a convex mesh: of the face at the deepest vertex that lies best on the plane the corners below the
//! margin, as MuJoCo has it. Of a face with more than four, which MuJoCo reduces by a rule of its own, the deepest and
//! others far from it.

use super::per_lane::Manifold;
use super::{Contact, Shape, ShapeData};
use crate::math::spatial::*;

pub(super) const MOST: usize = 4;

pub(super) fn plane_mesh(a: &Shape<f64>, b: &Shape<f64>, found: &mut Manifold) {
    let ShapeData::Hull(hull) = b.data else { return };
    let normal = a.axis(2);
    // The plane's axes in the frame of the mesh.
    let into = |v: V3<f64>| -> V3<f64> { std::array::from_fn(|k| dot3(b.axis(k), v)) };
    let [x, y, up] = [a.axis(0), a.axis(1), normal].map(into);
    let height = dot3(sub3(b.pos, a.pos), normal);
    let distance = |vertex: usize| dot3(up, hull.vertices[vertex]) + height;
    let deepest = hull.support(up.map(|part| -part));
    if distance(deepest) > found.margin() {
        return;
    }
    let faces = hull.faces_at[deepest].iter().map(|&face| &hull.faces[face]);
    let lying = faces.min_by(|p, q| dot3(p.normal, up).total_cmp(&dot3(q.normal, up)));
    let corners = lying.map_or(vec![], |face| face.corners.clone());
    let others = corners.into_iter().filter(|&corner| corner != deepest);
    let below: Vec<(V3<f64>, V3<f64>)> = std::iter::once(deepest)
        .chain(others.filter(|&corner| distance(corner) <= found.margin()))
        .map(|corner| (hull.vertices[corner], distance(corner)))
        .map(|(v, dist)| (v, [dot3(x, v), dot3(y, v), dist]))
        .collect();
    for i in spread(&below, |p| p.1, MOST) {
        let (vertex, [_, _, dist]) = below[i];
        let pos = mul_add3(normal, -0.5 * dist, add3(rotate(&b.mat, vertex), b.pos));
        found.push(Contact { dist, pos, normal, tangent: [0.0; 3] });
    }
}

/// Up to `most` of some points (x, y, height) that are far apart: all, or the lowest, the furthest from
/// it, the furthest from the line of both, and the furthest on that line's other side.
fn spread<P>(points: &[P], at: impl Fn(&P) -> V3<f64>, most: usize) -> Vec<usize> {
    if points.len() <= most {
        return (0..points.len()).collect();
    }
    let from = |i: usize, p: V3<f64>| {
        let base = at(&points[i]);
        [p[0] - base[0], p[1] - base[1]]
    };
    let best = |of: &dyn Fn(V3<f64>) -> f64| {
        let mut best = (0, f64::NEG_INFINITY);
        for (i, p) in points.iter().enumerate() {
            let value = of(at(p));
            if value > best.1 {
                best = (i, value);
            }
        }
        best.0
    };
    let first = best(&|p| -p[2]);
    let second = best(&|p| {
        let [x, y] = from(first, p);
        x * x + y * y
    });
    let [x, y] = from(first, at(&points[second]));
    let side = |p: V3<f64>| {
        let [u, v] = from(first, p);
        x * v - y * u
    };
    let (left, right) = (best(&side), best(&|p| -side(p)));
    let further = side(at(&points[left])) >= -side(at(&points[right]));
    let (third, fourth) = if further { (left, right) } else { (right, left) };
    let mut chosen = vec![first];
    for i in [second, third, fourth] {
        if !chosen.contains(&i) {
            chosen.push(i);
        }
    }
    chosen.truncate(most);
    chosen
}

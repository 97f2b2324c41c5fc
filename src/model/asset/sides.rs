//! The flat sides of a hull, as MuJoCo makes them out.

use crate::math::lanes::{atan2, hypot};
use crate::model::frames::{cross, dot, sub};
use crate::model::types::Vec3;
use std::collections::HashMap;

/// Azimuth and polar angle of normals are told apart by steps of this [rad] (`MakePolygons` of MuJoCo).
const STEP: f64 = 0.01;
/// A normal whose z is this close to 1 or -1 has no azimuth.
const POLE: f64 = 1e-7;
/// Twice the area of a triangle that has no normal [m^2] (`mjMINVAL`).
const MIN_VAL: f64 = 1e-15;

/// For each triangle the number of its side, from 0; none for a triangle without area.
///
/// Triangles are of one side if edges join them and the directions of their normals round to the same azimuth and polar
/// angle. Meshes from files are flat to their rounding only, and this decides which triangles MuJoCo takes for one
/// face of a contact. It looks at a mesh as its file has it, before it is scaled or turned: so must the caller.
pub(super) fn sides(vertices: &[Vec3], triangles: &[[u32; 3]]) -> Vec<Option<u32>> {
    let keys: Vec<_> = triangles.iter().map(|triangle| key(vertices, triangle)).collect();
    let edges = |[p, q, r]: [u32; 3]| [(p, q), (q, r), (r, p)];
    let owners = triangles.iter().enumerate().flat_map(|(i, &t)| edges(t).map(|edge| (edge, i)));
    let owner: HashMap<(u32, u32), usize> = owners.collect();
    let mut sides = vec![None; triangles.len()];
    let mut count = 0;
    for first in 0..triangles.len() {
        if keys[first].is_none() || sides[first].is_some() {
            continue;
        }
        sides[first] = Some(count);
        let mut left = vec![first];
        while let Some(i) = left.pop() {
            let beyond = edges(triangles[i]).map(|(from, to)| owner.get(&(to, from)).copied());
            for j in beyond.into_iter().flatten() {
                if keys[j] == keys[first] && sides[j].is_none() {
                    sides[j] = Some(count);
                    left.push(j);
                }
            }
        }
        count += 1;
    }
    sides
}

/// The direction of a triangle's normal, in steps of azimuth and polar angle.
fn key(vertices: &[Vec3], triangle: &[u32; 3]) -> Option<(i64, i64)> {
    let [p, q, r] = triangle.map(|corner| vertices[corner as usize]);
    let normal = cross(sub(q, p), sub(r, p));
    let length = dot(normal, normal).sqrt();
    // Written so that a NaN has no direction.
    if !(length >= MIN_VAL && length.is_finite()) {
        return None;
    }
    // Adding zero makes -0 to 0, whose azimuth is another.
    let [x, y, z] = normal.map(|part| part / length + 0.0);
    let steps = |angle: f64| (angle / STEP).round() as i64;
    if z.abs() > 1.0 - POLE {
        return Some((0, if z < 0.0 { steps(std::f64::consts::PI) } else { 0 }));
    }
    Some((steps(atan2(y, x)), steps(atan2(hypot(x, y), z))))
}

#[cfg(test)]
mod tests {
    use crate::model::convex_hull;
    use serde::Deserialize;
    use std::collections::BTreeSet;

    #[derive(Deserialize)]
    struct Golden {
        meshes: Vec<Recorded>,
    }

    #[derive(Deserialize)]
    struct Recorded {
        points: Vec<[f64; 3]>,
        sides: Vec<BTreeSet<usize>>,
    }

    /// The sides of our hull, each as the set of its points.
    fn ours(points: &[[f64; 3]]) -> Vec<BTreeSet<usize>> {
        let hull = convex_hull(points).unwrap();
        let index = |at: [f64; 3]| points.iter().position(|point| *point == at).unwrap();
        let count = 1 + *hull.sides.iter().flatten().max().unwrap() as usize;
        let mut sides = vec![BTreeSet::new(); count];
        for (triangle, side) in hull.triangles.iter().zip(&hull.sides) {
            let corners = triangle.map(|corner| index(hull.vertices[corner as usize]));
            sides[side.unwrap() as usize].extend(corners);
        }
        sides.sort();
        sides
    }

    #[test]
    fn the_sides_of_hulls_are_those_of_mujoco() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/sides.json");
        let golden: Golden =
            serde_json::from_str(&std::fs::read_to_string(folder).unwrap()).unwrap();
        assert!(golden.meshes.len() >= 14);
        for (number, mut mesh) in golden.meshes.into_iter().enumerate() {
            mesh.sides.sort();
            assert!(ours(&mesh.points) == mesh.sides, "mesh {number}");
        }
    }
}

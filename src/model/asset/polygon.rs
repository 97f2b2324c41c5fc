//! Polygons of files as triangles.
//!
//! A polygon of more than three corners need not be flat, so which triangles it is made of decides the volume and the
//! inertia of its mesh. These are those that MuJoCo 4.0 makes of an OBJ file (by experiment).

use crate::model::frames::{cross, sub};
use crate::model::types::Vec3;

/// Polygons with more corners are left out, as in MuJoCo 4.0.
pub(super) const MAX_CORNERS: usize = 100;

/// The triangles of a polygon, whose corners are numbers of vertices.
pub(super) fn triangles(vertices: &[Vec3], polygon: &[u32]) -> Vec<[u32; 3]> {
    let at = |corner: u32| vertices[corner as usize];
    let squared = |p: u32, q: u32| {
        // MuJoCo reads files in 32-bit numbers.
        let [x, y, z] = sub(at(p), at(q)).map(|part| part as f32);
        x * x + y * y + z * z
    };
    match *polygon {
        [] | [_] | [_, _] => vec![],
        [a, b, c] => vec![[a, b, c]],
        // The shorter diagonal.
        [a, b, c, d] if squared(a, c) < squared(b, d) => vec![[a, b, c], [a, c, d]],
        [a, b, c, d] => vec![[a, b, d], [b, c, d]],
        _ if polygon.len() > MAX_CORNERS => vec![],
        _ => ears(vertices, polygon),
    }
}

/// Ears are cut off, from the first corner on, in the plane of two axes.
fn ears(vertices: &[Vec3], polygon: &[u32]) -> Vec<[u32; 3]> {
    let [x, y] = plane(vertices, polygon);
    let place = |corner: u32| {
        let vertex = vertices[corner as usize];
        [vertex[x] as f32, vertex[y] as f32]
    };
    let mut left = polygon.to_vec();
    let mut triangles = vec![];
    let (mut start, mut n_tried) = (0, 0);
    // A round without an ear ends it: what crosses itself may have none.
    while left.len() > 3 && n_tried < left.len() {
        let n = left.len();
        start %= n;
        let corner = |k: usize| left[(start + k) % n];
        let ear = [corner(0), corner(1), corner(2)];
        let outline = ear.map(place);
        let is_free = (3..n).all(|k| !is_inside(outline, place(corner(k))));
        if turns_outward(outline) && is_free {
            triangles.push(ear);
            left.remove((start + 1) % n);
            n_tried = 0;
        } else {
            start += 1;
            n_tried += 1;
        }
    }
    triangles.extend(<[u32; 3]>::try_from(left).ok());
    triangles
}

/// The two axes across which the polygon lies, by its first corner that is not straight.
fn plane(vertices: &[Vec3], polygon: &[u32]) -> [usize; 2] {
    let at = |k: usize| vertices[polygon[k % polygon.len()] as usize];
    let across = |k: usize| cross(sub(at(k + 1), at(k)), sub(at(k + 2), at(k + 1)));
    let corners = (0..polygon.len()).map(|k| across(k).map(f64::abs));
    let straight = f64::from(f32::EPSILON);
    match corners.into_iter().find(|corner| corner.iter().any(|part| *part > straight)) {
        Some([x, y, z]) if z > x && z > y => [0, 1],
        Some([x, y, z]) if !(x > y && x > z) => [0, 2],
        _ => [1, 2],
    }
}

/// Whether a corner turns as the triangle about the origin over its first edge does. That is how MuJoCo tells what
/// points out, wherever the origin is.
fn turns_outward([a, b, c]: [[f32; 2]; 3]) -> bool {
    let turn = (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0]);
    let sense = turn * (a[0] * b[1] - a[1] * b[0]);
    sense >= 0.0 || sense.is_nan()
}

/// Whether a ray from a point along x crosses the triangle's outline an odd number of times.
fn is_inside(triangle: [[f32; 2]; 3], [x, y]: [f32; 2]) -> bool {
    let crosses = |i: usize| {
        let ([x1, y1], [x2, y2]) = (triangle[i], triangle[(i + 2) % 3]);
        (y1 > y) != (y2 > y) && x < (x2 - x1) * (y - y1) / (y2 - y1) + x1
    };
    (0..3).filter(|&i| crosses(i)).count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::super::mesh_file::parse;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Golden {
        files: Vec<Recorded>,
    }

    #[derive(Deserialize)]
    struct Recorded {
        name: String,
        text: String,
        vertices: usize,
        faces: Vec<[u32; 3]>,
    }

    /// Quadrilaterals, flat and uneven polygons, round and with notches, near the origin and away from it, and files of
    /// several objects (`tests/golden/obj.json`).
    #[test]
    fn the_triangles_of_obj_files_are_those_of_mujoco() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/obj.json");
        let golden: Golden = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        assert!(golden.files.len() >= 60);
        for file in golden.files {
            let raw = parse("obj", file.text.as_bytes()).unwrap();
            assert_eq!(raw.vertices.len(), file.vertices, "{}", file.name);
            assert_eq!(raw.faces, file.faces, "{}\n{}", file.name, file.text);
        }
    }

    #[test]
    fn a_polygon_that_crosses_itself_or_is_huge_comes_to_an_end() {
        let star: Vec<_> = (0..7)
            .map(|i| (f64::from(i * 3) * std::f64::consts::TAU / 7.0).sin_cos())
            .map(|(sin, cos)| [cos, sin, 0.0])
            .collect();
        assert!(super::triangles(&star, &[0, 1, 2, 3, 4, 5, 6]).len() <= 5);
        let many: Vec<u32> = (0..100_000).collect();
        let round: Vec<_> =
            many.iter().map(|&i| [f64::from(i), 0.0, f64::from(i).powi(2)]).collect();
        assert!(super::triangles(&round, &many).is_empty());
        assert_eq!(super::triangles(&star, &[0, 0, 0, 0, 0]).len(), 3);
        assert!(super::triangles(&star, &[0, 1]).is_empty());
    }
}

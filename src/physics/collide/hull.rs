//! Convex hulls of meshes.

use crate::math::spatial::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A convex polyhedron in its geom's frame.
#[derive(Clone, Debug)]
pub struct Hull {
    pub vertices: Vec<[f64; 3]>,
    /// For each vertex those at the other ends of its triangles' edges.
    pub neighbours: Vec<Vec<usize>>,
    pub faces: Vec<HullFace>,
    /// For each vertex the faces around it, or in which it is: what is flat to rounding has vertices that are no
    /// corners.
    pub faces_at: Vec<Vec<usize>>,
    /// Of a sphere about the frame's origin that contains the hull.
    pub radius: f64,
}

/// A flat side of a hull.
#[derive(Clone, Debug)]
pub struct HullFace {
    /// Outward, unit; of triangles that are not quite in one plane, by their areas.
    pub normal: [f64; 3],
    /// Vertices, counterclockwise as seen from outside.
    pub corners: Vec<usize>,
}

/// Cosine of the angle up to which a triangle continues the face beside it, 2.4 mrad: meshes from files are flat to
/// their rounding only. MuJoCo's faces are nearly these.
const COPLANAR: f64 = 1.0 - 3e-6;

/// A unit vector; none of what has no length.
fn unit(v: V3<f64>) -> Option<V3<f64>> {
    let length = dot3(v, v).sqrt();
    (length >= f64::MIN_POSITIVE).then(|| v.map(|part| part / length))
}

impl Hull {
    /// Hulls of up to this many vertices are searched in full.
    const SMALL: usize = 24;

    /// The hull with these vertices and triangles, counterclockwise as seen from outside; none without any.
    pub fn new(vertices: &[[f64; 3]], triangles: &[[u32; 3]]) -> Option<Self> {
        let radius = vertices.iter().map(|&p| dot3(p, p)).fold(0.0, f64::max).sqrt();
        let mut neighbours = vec![BTreeSet::new(); vertices.len()];
        let mut faces_at = vec![vec![]; vertices.len()];
        let triangles: Vec<_> = triangles.iter().map(|t| t.map(|corner| corner as usize)).collect();
        for [p, q, r] in &triangles {
            for (from, to) in [(*p, *q), (*q, *r), (*r, *p)] {
                neighbours[from].insert(to);
                neighbours[to].insert(from);
            }
        }
        let (faces, face_of) = faces(vertices, &triangles);
        for (triangle, face) in triangles.iter().zip(face_of) {
            for &vertex in triangle {
                let at: &mut Vec<usize> = &mut faces_at[vertex];
                at.extend(face.filter(|face| !at.contains(face)));
            }
        }
        faces_at.iter_mut().for_each(|at| at.sort_unstable());
        let neighbours = neighbours.into_iter().map(|n| n.into_iter().collect()).collect();
        let hull = Self { vertices: vertices.to_vec(), neighbours, faces, faces_at, radius };
        (!triangles.is_empty()).then_some(hull)
    }

    /// The vertex that is furthest in a direction of the hull's frame.
    pub(super) fn support(&self, direction: V3<f64>) -> usize {
        let height = |i: usize| dot3(self.vertices[i], direction);
        let higher = |best: usize, i: usize| if height(i) > height(best) { i } else { best };
        if self.vertices.len() <= Self::SMALL {
            return (1..self.vertices.len()).fold(0, higher);
        }
        // Uphill along edges: on a convex surface every summit is the highest.
        let mut best = 0;
        loop {
            let next = self.neighbours[best].iter().copied().fold(best, higher);
            if next == best {
                return best;
            }
            best = next;
        }
    }
}

/// Joins neighbouring triangles that are nearly in one plane; the faces, and which of them each triangle is part of.
fn faces(vertices: &[V3<f64>], triangles: &[[usize; 3]]) -> (Vec<HullFace>, Vec<Option<usize>>) {
    let across = |[p, q, r]: [usize; 3]| {
        cross3(sub3(vertices[q], vertices[p]), sub3(vertices[r], vertices[p]))
    };
    let edges = |[p, q, r]: [usize; 3]| [[p, q], [q, r], [r, p]];
    let normals: Vec<_> = triangles.iter().map(|&t| unit(across(t))).collect();
    let owners = triangles.iter().enumerate().flat_map(|(i, &t)| edges(t).map(|edge| (edge, i)));
    let owner: HashMap<[usize; 2], usize> = owners.collect();
    let mut face_of = vec![None; triangles.len()];
    let mut faces = vec![];
    for seed in 0..triangles.len() {
        let Some(first) = normals[seed].filter(|_| face_of[seed].is_none()) else { continue };
        face_of[seed] = Some(faces.len());
        let continues = |j: usize| normals[j].is_some_and(|normal| dot3(normal, first) > COPLANAR);
        let (mut members, mut outline, mut sum) = (vec![seed], BTreeMap::new(), [0.0; 3]);
        while let Some(i) = members.pop() {
            sum = add3(sum, across(triangles[i]));
            for [from, to] in edges(triangles[i]) {
                match owner.get(&[to, from]) {
                    Some(&j) if face_of[j] == Some(faces.len()) => {}
                    Some(&j) if face_of[j].is_none() && continues(j) => {
                        face_of[j] = Some(faces.len());
                        members.push(j);
                    }
                    _ => drop(outline.insert(from, to)),
                }
            }
        }
        let corners = once_around(&outline);
        faces.push(HullFace { normal: unit(sum).unwrap_or(first), corners });
    }
    (faces, face_of)
}

/// The corners of an outline, which says of each which comes next.
fn once_around(outline: &BTreeMap<usize, usize>) -> Vec<usize> {
    let Some((&start, _)) = outline.iter().next() else { return vec![] };
    let mut corners = vec![start];
    while let Some(&to) = corners.last().and_then(|last| outline.get(last)) {
        if to == start || corners.len() > outline.len() {
            break;
        }
        corners.push(to);
    }
    corners
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::convex_hull;

    fn hull_of(points: &[V3<f64>]) -> Option<Hull> {
        let (vertices, triangles) = convex_hull(points)?;
        Hull::new(&vertices, &triangles)
    }

    #[test]
    fn the_hull_of_a_box_with_points_inside_and_on_it_has_six_faces() {
        let mut points = Vec::new();
        for x in [-1.0, 0.0, 1.0] {
            for y in [-2.0, 0.5, 2.0] {
                for z in [-0.5, 0.1, 0.5] {
                    points.push([x, y, z]);
                }
            }
        }
        let hull = hull_of(&points).unwrap();
        assert_eq!(hull.faces.len(), 6);
        let corners: f64 = hull.faces.iter().map(|f| f.normal.iter().sum::<f64>()).sum();
        assert!(corners.abs() < 1e-12);
        for face in &hull.faces {
            for p in &points {
                let at = dot3(face.normal, hull.vertices[face.corners[0]]);
                assert!(dot3(face.normal, *p) <= at + 1e-12);
            }
        }
    }

    #[test]
    fn climbing_finds_the_vertex_that_a_search_finds() {
        let points: Vec<[f64; 3]> = (0..200)
            .map(|i| {
                let (a, z) = (f64::from(i) * 2.4, f64::from(i) / 100.0 - 0.995);
                let r = (1.0 - z * z).sqrt();
                [r * a.cos(), 2.0 * r * a.sin(), z]
            })
            .collect();
        let hull = hull_of(&points).unwrap();
        assert_eq!(hull.vertices.len(), 200);
        for i in 0..100 {
            let t = f64::from(i);
            let d = [t.sin(), (1.7 * t).cos(), (0.3 * t).sin()];
            let best = hull.vertices.iter().map(|&v| dot3(v, d)).fold(f64::MIN, f64::max);
            assert_eq!(dot3(hull.vertices[hull.support(d)], d), best);
        }
    }

    #[test]
    fn flat_or_missing_points_have_no_hull() {
        assert!(hull_of(&[]).is_none());
        assert!(hull_of(&[[1.0, 2.0, 3.0]; 9]).is_none());
        let flat: Vec<[f64; 3]> = (0..9).map(|i| [f64::from(i), f64::from(i * i), 0.0]).collect();
        assert!(hull_of(&flat).is_none());
    }
}

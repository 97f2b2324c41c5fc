//! Convex hulls of meshes.

use crate::math::spatial::*;
use std::collections::{BTreeMap, BTreeSet};

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

/// A unit vector; none of what has no length.
fn unit(v: V3<f64>) -> Option<V3<f64>> {
    let length = dot3(v, v).sqrt();
    (length >= f64::MIN_POSITIVE).then(|| v.map(|part| part / length))
}

impl Hull {
    /// Hulls of up to this many vertices are searched in full.
    const SMALL: usize = 24;

    /// The hull with these vertices and triangles, counterclockwise as seen from outside, and for each triangle the
    /// number of its flat side, from 0, if it has any; none without triangles.
    pub fn new(
        vertices: &[[f64; 3]],
        triangles: &[[u32; 3]],
        sides: &[Option<u32>],
    ) -> Option<Self> {
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
        let faces = faces(vertices, &triangles, sides);
        for (triangle, side) in triangles.iter().zip(sides) {
            for &vertex in triangle {
                let at: &mut Vec<usize> = &mut faces_at[vertex];
                at.extend(side.map(|side| side as usize).filter(|side| !at.contains(side)));
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

/// The flat sides that triangles make up.
fn faces(vertices: &[V3<f64>], triangles: &[[usize; 3]], sides: &[Option<u32>]) -> Vec<HullFace> {
    let count = sides.iter().flatten().max().map_or(0, |last| *last as usize + 1);
    let mut edges = vec![BTreeSet::new(); count];
    let mut sums = vec![[0.0; 3]; count];
    for (&[p, q, r], side) in triangles.iter().zip(sides) {
        let Some(side) = side.map(|side| side as usize) else { continue };
        edges[side].extend([(p, q), (q, r), (r, p)]);
        let (edge1, edge2) = (sub3(vertices[q], vertices[p]), sub3(vertices[r], vertices[p]));
        sums[side] = add3(sums[side], cross3(edge1, edge2));
    }
    let of_side = |(edges, sum): (BTreeSet<(usize, usize)>, V3<f64>)| {
        // An edge between two triangles of the side is none of its outline.
        let outline = edges.iter().filter(|(from, to)| !edges.contains(&(*to, *from)));
        let corners = once_around(&outline.copied().collect());
        HullFace { normal: unit(sum).unwrap_or([0.0; 3]), corners }
    };
    edges.into_iter().zip(sums).map(of_side).collect()
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
        let hull = convex_hull(points)?;
        Hull::new(&hull.vertices, &hull.triangles, &hull.sides)
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

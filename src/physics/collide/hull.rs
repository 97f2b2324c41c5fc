//! Convex hulls of meshes.

use crate::math::spatial::*;
use std::collections::{BTreeMap, BTreeSet};

/// A convex polyhedron in its geom's frame.
#[derive(Clone, Debug)]
pub struct Hull {
    pub vertices: Vec<[f64; 3]>,
    /// For each vertex those at the other ends of its edges.
    pub neighbours: Vec<Vec<usize>>,
    pub faces: Vec<HullFace>,
    /// For each vertex the faces around it.
    pub faces_at: Vec<Vec<usize>>,
    /// Of a sphere about the frame's origin that contains the hull.
    pub radius: f64,
}

/// A flat side of a hull.
#[derive(Clone, Debug)]
pub struct HullFace {
    /// Outward, unit.
    pub normal: [f64; 3],
    /// Vertices, counterclockwise as seen from outside.
    pub corners: Vec<usize>,
}

/// Relative to the hull's size: points this close to a plane are in it.
const FLAT: f64 = 1e-7;
/// Cosine above which neighbouring triangles make one face.
const COPLANAR: f64 = 1.0 - 1e-9;

struct Triangle {
    corners: [usize; 3],
    normal: V3<f64>,
    offset: f64,
}

impl Hull {
    /// Hulls of up to this many vertices are searched in full.
    const SMALL: usize = 24;

    /// The hull of some points, or none if they lie in one plane.
    ///
    /// Points are added one by one, each replacing the triangles that it sees (the incremental
    /// algorithm; O'Rourke, "Computational Geometry in C", 1998, chapter 4).
    pub fn new(points: &[[f64; 3]]) -> Option<Self> {
        if !points.iter().flatten().all(|x| x.is_finite()) {
            return None;
        }
        let radius = points.iter().map(|&p| dot3(p, p)).fold(0.0, f64::max).sqrt();
        let flat = FLAT * radius;
        let start = first_tetrahedron(points, flat)?;
        let centre: V3<f64> =
            std::array::from_fn(|k| start.iter().map(|&i| points[i][k]).sum::<f64>() / 4.0);
        let triangle = |corners: [usize; 3]| {
            let [p, q, r] = corners.map(|i| points[i]);
            let normal = cross3(sub3(q, p), sub3(r, p));
            let length = dot3(normal, normal).sqrt().max(f64::MIN_POSITIVE);
            let normal = normal.map(|x| x / length);
            Triangle { corners, normal, offset: dot3(normal, p) }
        };
        let [a, b, c, d] = start;
        let mut triangles: Vec<Triangle> = [[a, b, c], [a, d, b], [a, c, d], [b, d, c]]
            .into_iter()
            .map(|[i, j, k]| {
                let outward = triangle([i, j, k]);
                let inside = dot3(outward.normal, centre) < outward.offset;
                if inside { outward } else { triangle([i, k, j]) }
            })
            .collect();
        for (i, &point) in points.iter().enumerate() {
            let sees = |t: &Triangle| dot3(t.normal, point) - t.offset > flat;
            if !triangles.iter().any(sees) {
                continue;
            }
            let mut edges = BTreeSet::new();
            for t in triangles.iter().filter(|t| sees(t)) {
                let [p, q, r] = t.corners;
                edges.extend([[p, q], [q, r], [r, p]]);
            }
            triangles.retain(|t| !sees(t));
            let outline = edges.iter().filter(|[p, q]| !edges.contains(&[*q, *p]));
            triangles.extend(outline.map(|[p, q]| triangle([*p, *q, i])));
        }
        Some(Self::from_triangles(points, &triangles, radius))
    }

    /// Joins triangles in one plane to faces, and numbers the vertices that are left.
    fn from_triangles(points: &[[f64; 3]], triangles: &[Triangle], radius: f64) -> Self {
        let mut owner = BTreeMap::new();
        for (i, t) in triangles.iter().enumerate() {
            let [p, q, r] = t.corners;
            owner.extend([([p, q], i), ([q, r], i), ([r, p], i)]);
        }
        let mut group = vec![usize::MAX; triangles.len()];
        let mut loops: Vec<(V3<f64>, Vec<usize>)> = Vec::new();
        for seed in 0..triangles.len() {
            if group[seed] != usize::MAX {
                continue;
            }
            let normal = triangles[seed].normal;
            let mut members = vec![seed];
            group[seed] = seed;
            let mut next = BTreeMap::new();
            while let Some(i) = members.pop() {
                let [p, q, r] = triangles[i].corners;
                for [from, to] in [[p, q], [q, r], [r, p]] {
                    match owner.get(&[to, from]) {
                        Some(&j) if group[j] == seed => {}
                        Some(&j)
                            if group[j] == usize::MAX
                                && dot3(triangles[j].normal, normal) > COPLANAR =>
                        {
                            group[j] = seed;
                            members.push(j);
                        }
                        _ => {
                            next.insert(from, to);
                        }
                    }
                }
            }
            // Along the outline once around.
            let Some((&start, _)) = next.iter().next() else { continue };
            let mut corners = vec![start];
            while let Some(&to) = corners.last().and_then(|last| next.get(last)) {
                if to == start || corners.len() > next.len() {
                    break;
                }
                corners.push(to);
            }
            loops.push((normal, corners));
        }

        let used: BTreeSet<usize> = loops.iter().flat_map(|(_, c)| c.iter().copied()).collect();
        let number: BTreeMap<usize, usize> =
            used.iter().zip(0..).map(|(&old, new)| (old, new)).collect();
        let vertices: Vec<_> = used.iter().map(|&i| points[i]).collect();
        let mut neighbours = vec![BTreeSet::new(); vertices.len()];
        let mut faces_at = vec![Vec::new(); vertices.len()];
        let mut faces = Vec::new();
        for (normal, corners) in loops {
            let corners: Vec<usize> = corners.iter().map(|i| number[i]).collect();
            for (k, &i) in corners.iter().enumerate() {
                let j = corners[(k + 1) % corners.len()];
                neighbours[i].insert(j);
                neighbours[j].insert(i);
                faces_at[i].push(faces.len());
            }
            faces.push(HullFace { normal, corners });
        }
        let neighbours = neighbours.into_iter().map(|n| n.into_iter().collect()).collect();
        Self { vertices, neighbours, faces, faces_at, radius }
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

/// Four points that are far from being in one plane.
fn first_tetrahedron(points: &[[f64; 3]], flat: f64) -> Option<[usize; 4]> {
    let furthest = |of: &dyn Fn(V3<f64>) -> f64| {
        (0..points.len()).max_by(|&i, &j| of(points[i]).total_cmp(&of(points[j])))
    };
    let a = furthest(&|p| -p[0])?;
    let from_a = |p: V3<f64>| sub3(p, points[a]);
    let b = furthest(&|p| dot3(from_a(p), from_a(p)))?;
    let ab = from_a(points[b]);
    let off_line = |p: V3<f64>| {
        let across = cross3(ab, from_a(p));
        dot3(across, across)
    };
    let c = furthest(&off_line)?;
    let normal = cross3(ab, from_a(points[c]));
    let length = dot3(normal, normal).sqrt();
    let off_plane = |p: V3<f64>| dot3(normal, from_a(p)).abs();
    let d = furthest(&off_plane)?;
    let volume = off_plane(points[d]);
    (length > 0.0 && volume > flat * length && flat > 0.0).then_some([a, b, c, d])
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let hull = Hull::new(&points).unwrap();
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
        let hull = Hull::new(&points).unwrap();
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
        assert!(Hull::new(&[]).is_none());
        assert!(Hull::new(&[[1.0, 2.0, 3.0]; 9]).is_none());
        let flat: Vec<[f64; 3]> = (0..9).map(|i| [f64::from(i), f64::from(i * i), 0.0]).collect();
        assert!(Hull::new(&flat).is_none());
    }
}

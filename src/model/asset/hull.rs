//! The convex hull of points, by the quickhull algorithm (Barber, Dobkin and Huhdanpaa 1996).

use super::sides::sides;
use crate::model::frames::{cross, dot, sub};
use crate::model::types::Vec3;

/// Points nearer to a face than this part of the size of all lie in it.
const THICKNESS: f64 = 1e-10;

/// A triangle of the growing hull; its outside is where its corners turn counter-clockwise.
struct Face {
    corners: [usize; 3],
    /// The face beyond each edge (corner k to corner k + 1).
    neighbours: [usize; 3],
    normal: Vec3,
    offset: f64,
    /// Points outside of it that no other face has.
    outside: Vec<usize>,
    alive: bool,
}

/// A convex polyhedron.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConvexHull {
    pub vertices: Vec<Vec3>,
    /// Outward, as indices into `vertices`.
    pub triangles: Vec<[u32; 3]>,
    /// For each triangle the flat side that it is part of; none of a triangle without area.
    pub sides: Vec<Option<u32>>,
}

/// The hull of points; none if they lie in a plane.
pub(crate) fn convex_hull(points: &[Vec3]) -> Option<ConvexHull> {
    let mut hull = Hull::new(points)?;
    hull.grow();
    let (vertices, triangles) = hull.into_mesh();
    let sides = sides(&vertices, &triangles);
    Some(ConvexHull { vertices, triangles, sides })
}

struct Hull<'a> {
    points: &'a [Vec3],
    tolerance: f64,
    faces: Vec<Face>,
}

impl<'a> Hull<'a> {
    /// A tetrahedron of points far apart.
    fn new(points: &'a [Vec3]) -> Option<Self> {
        let mut extremes = Vec::new();
        for axis in 0..3 {
            let by = |a: &usize, b: &usize| points[*a][axis].total_cmp(&points[*b][axis]);
            extremes.push((0..points.len()).min_by(by)?);
            extremes.push((0..points.len()).max_by(by)?);
        }
        let distance = |a: usize, b: usize| {
            let d = sub(points[a], points[b]);
            dot(d, d)
        };
        let couples = extremes.iter().flat_map(|a| extremes.iter().map(|b| (*a, *b)));
        let (a, b) = couples.max_by(|x, y| distance(x.0, x.1).total_cmp(&distance(y.0, y.1)))?;
        let size = distance(a, b).sqrt();
        let tolerance = THICKNESS * size;
        let line = sub(points[b], points[a]);
        let off_line = |p: usize| {
            let away = cross(line, sub(points[p], points[a]));
            dot(away, away)
        };
        let all = || 0..points.len();
        let c = all().max_by(|x, y| off_line(*x).total_cmp(&off_line(*y)))?;
        let normal = cross(line, sub(points[c], points[a]));
        let off_plane = |p: usize| dot(normal, sub(points[p], points[a]));
        let d = all().max_by(|x, y| off_plane(*x).abs().total_cmp(&off_plane(*y).abs()))?;
        let length = dot(normal, normal).sqrt();
        // A hull that is flat up to rounding has no inside. Written so that a NaN is flat.
        let is_flat =
            !(size > 0.0 && length > tolerance * size && off_plane(d).abs() > tolerance * length);
        if is_flat {
            return None;
        }
        let (b, c) = if off_plane(d) > 0.0 { (c, b) } else { (b, c) };
        let mut hull = Self { points, tolerance, faces: Vec::new() };
        // Each face looks away from the fourth corner.
        for corners in [[a, b, c], [a, d, b], [b, d, c], [c, d, a]] {
            hull.add_face(corners);
        }
        for (face, neighbours) in
            [[1, 2, 3], [3, 2, 0], [1, 3, 0], [2, 1, 0]].into_iter().enumerate()
        {
            hull.faces[face].neighbours = neighbours;
        }
        let all: Vec<usize> = (0..points.len()).collect();
        hull.distribute(&all, 0);
        Some(hull)
    }

    fn add_face(&mut self, corners: [usize; 3]) -> usize {
        let [a, b, c] = corners.map(|corner| self.points[corner]);
        let normal = cross(sub(b, a), sub(c, a));
        let length = dot(normal, normal).sqrt();
        let normal = if length > 0.0 { normal.map(|x| x / length) } else { [0.0; 3] };
        let face = Face {
            corners,
            neighbours: [usize::MAX; 3],
            normal,
            offset: dot(normal, a),
            outside: Vec::new(),
            alive: true,
        };
        self.faces.push(face);
        self.faces.len() - 1
    }

    fn height(&self, face: usize, point: usize) -> f64 {
        dot(self.faces[face].normal, self.points[point]) - self.faces[face].offset
    }

    /// Gives each point to the first of the faces from `first` on that it is outside of.
    fn distribute(&mut self, points: &[usize], first: usize) {
        for &point in points {
            let over =
                (first..self.faces.len()).find(|&face| self.height(face, point) > self.tolerance);
            if let Some(face) = over {
                self.faces[face].outside.push(point);
            }
        }
    }

    fn grow(&mut self) {
        let mut next = 0;
        while next < self.faces.len() {
            if !self.faces[next].alive || self.faces[next].outside.is_empty() {
                next += 1;
                continue;
            }
            let farthest = self.faces[next]
                .outside
                .iter()
                .copied()
                .max_by(|a, b| self.height(next, *a).total_cmp(&self.height(next, *b)));
            match farthest {
                Some(eye) => self.add_point(eye, next),
                None => next += 1,
            }
        }
    }

    /// Replaces the faces that the point sees by a cone from the point to their rim.
    fn add_point(&mut self, eye: usize, first: usize) {
        let mut rim = Vec::new();
        let mut freed = Vec::new();
        let mut stack = vec![first];
        self.faces[first].alive = false;
        while let Some(face) = stack.pop() {
            freed.append(&mut self.faces[face].outside);
            for edge in 0..3 {
                let neighbour = self.faces[face].neighbours[edge];
                if !self.faces[neighbour].alive {
                    continue;
                }
                if self.height(neighbour, eye) > self.tolerance {
                    self.faces[neighbour].alive = false;
                    stack.push(neighbour);
                } else {
                    let corners = self.faces[face].corners;
                    rim.push((corners[edge], corners[(edge + 1) % 3], neighbour));
                }
            }
        }
        // An edge whose far side turned out to be visible later is no part of the rim.
        rim.retain(|(_, _, neighbour)| self.faces[*neighbour].alive);
        let start = self.faces.len();
        for &(from, to, beyond) in &rim {
            let face = self.add_face([from, to, eye]);
            self.faces[face].neighbours[0] = beyond;
            let back = (0..3).find(|&k| {
                let corners = self.faces[beyond].corners;
                corners[k] == to && corners[(k + 1) % 3] == from
            });
            if let Some(back) = back {
                self.faces[beyond].neighbours[back] = face;
            }
        }
        let mut starts: std::collections::HashMap<usize, usize> = std::collections::HashMap::new();
        for face in start..self.faces.len() {
            starts.insert(self.faces[face].corners[0], face);
        }
        for face in start..self.faces.len() {
            // The rim is a loop: the face that starts where this one ends is the next.
            let next = starts.get(&self.faces[face].corners[1]).copied().unwrap_or(face);
            self.faces[face].neighbours[1] = next;
            self.faces[next].neighbours[2] = face;
        }
        for face in start..self.faces.len() {
            if self.faces[face].neighbours[2] == usize::MAX {
                self.faces[face].neighbours[2] = face;
            }
        }
        freed.retain(|point| *point != eye);
        self.distribute(&freed, start);
    }

    fn into_mesh(self) -> (Vec<Vec3>, Vec<[u32; 3]>) {
        let mut index = vec![u32::MAX; self.points.len()];
        let mut vertices = Vec::new();
        let mut faces = Vec::new();
        for face in self.faces.iter().filter(|face| face.alive) {
            faces.push(face.corners.map(|corner| {
                if index[corner] == u32::MAX {
                    index[corner] = vertices.len() as u32;
                    vertices.push(self.points[corner]);
                }
                index[corner]
            }));
        }
        (vertices, faces)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look random and are the same in every run.
    fn points(count: usize, place: impl Fn([f64; 3]) -> Vec3) -> Vec<Vec3> {
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 11) as f64 / (1_u64 << 53) as f64 * 2.0 - 1.0
        };
        (0..count).map(|_| place([next(), next(), next()])).collect()
    }

    /// No point is outside, every edge has two sides, and Euler's formula holds.
    fn check(points: &[Vec3]) -> (Vec<Vec3>, Vec<[u32; 3]>) {
        let ConvexHull { vertices, triangles: faces, .. } = convex_hull(points).expect("not flat");
        assert_eq!(vertices.len() + faces.len(), faces.len() * 3 / 2 + 2);
        let mut edges = std::collections::HashSet::new();
        for face in &faces {
            let [a, b, c] = face.map(|corner| vertices[corner as usize]);
            let normal = cross(sub(b, a), sub(c, a));
            let size = dot(normal, normal).sqrt();
            for point in points {
                assert!(dot(normal, sub(*point, a)) <= 1e-8 * size, "{point:?}");
            }
            for k in 0..3 {
                assert!(edges.insert((face[k], face[(k + 1) % 3])));
            }
        }
        assert!(edges.iter().all(|(a, b)| edges.contains(&(*b, *a))));
        (vertices, faces)
    }

    #[test]
    fn hulls_hold_all_points_and_are_closed() {
        check(&points(1000, |p| p));
        let ball = points(800, |p| {
            let length = dot(p, p).sqrt();
            p.map(|x| x / length)
        });
        assert_eq!(check(&ball).0.len(), 800);
        // A lattice has many points in each of its planes.
        let lattice: Vec<Vec3> =
            (0..1000).map(|n| [n % 10, n / 10 % 10, n / 100].map(f64::from)).collect();
        let (vertices, _) = check(&lattice);
        assert!(vertices.len() >= 8);
        check(&points(500, |p| p.map(|x| f64::from((x * 3.0).round() as f32))));
    }

    #[test]
    fn flat_and_empty_sets_have_no_hull() {
        assert!(convex_hull(&[]).is_none());
        assert!(convex_hull(&[[1.0; 3]; 10]).is_none());
        assert!(convex_hull(&points(50, |[x, y, _]| [x, y, 0.5 * x])).is_none());
        assert!(convex_hull(&points(50, |[x, _, _]| [x, x, x])).is_none());
        assert!(convex_hull(&[[f64::NAN; 3]; 10]).is_none());
    }
}

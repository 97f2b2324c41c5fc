//! A surface of triangles: those of a grid of heights, and others with a tree of boxes over them.

use super::grid::Grid;
use super::{NOWHERE, dot, not_zero};
use crate::math::lanes::{LaneMask, Lanes};
use crate::math::spatial::{V3, splat3};

/// Most triangles of a leaf.
const LEAF: usize = 4;
/// Boxes are wider by this part of the surface's extent than their triangles, so that rounding loses none.
pub(super) const MARGIN: f64 = 1e-5;
/// Deeper than any tree: halves of so many triangles as there are numbers of them.
const DEEPEST: usize = 64;

/// From which sides triangles are met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Facing {
    /// From the side from which their corners go round against the clock.
    Front,
    /// From both sides.
    Both,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    /// In numbers of 32 bits, which the margin is wide enough for.
    low: [f32; 3],
    high: [f32; 3],
    /// Of a leaf its first triangle, else its second child; the first child follows its parent.
    place: u32,
    /// Triangles of a leaf; zero of others.
    count: u32,
}

/// Triangles that rays meet.
#[derive(Clone, Debug)]
pub struct Surface {
    /// Its triangles come first.
    pub(super) grid: Option<Grid>,
    nodes: Vec<Node>,
    /// A corner and the two edges from it, in the order of the leaves.
    triangles: Vec<[[f64; 3]; 3]>,
    /// The same for lanes of f32.
    single: Vec<[[f32; 3]; 3]>,
    /// Half-lengths of a box about the origin that holds it.
    pub half_extents: [f64; 3],
}

impl Surface {
    /// Of triangles as places in a list of points, outward against the clock. Those without area are left
    /// out.
    pub fn new(points: &[[f64; 3]], faces: &[[u32; 3]]) -> Self {
        let corner = |index: u32| points.get(index as usize).copied().unwrap_or([0.0; 3]);
        let mut corners: Vec<[[f64; 3]; 3]> = faces
            .iter()
            .map(|face| face.map(corner))
            .filter(|corners| area(corners) > 0.0)
            .collect();
        let mut half_extents = [0.0_f64; 3];
        for point in corners.iter().flatten() {
            for k in 0..3 {
                half_extents[k] = half_extents[k].max(point[k].abs());
            }
        }
        let margin = MARGIN * half_extents.into_iter().fold(0.0, f64::max);
        let mut surface = Self {
            grid: None,
            nodes: Vec::new(),
            triangles: Vec::new(),
            single: Vec::new(),
            half_extents,
        };
        if !corners.is_empty() {
            surface.split(&mut corners, margin);
        }
        let narrow = |triangle: &[[f64; 3]; 3]| triangle.map(|point| point.map(|x| x as f32));
        surface.single = surface.triangles.iter().map(narrow).collect();
        surface
    }

    /// Puts triangles into the tree, halved along the longest side of the box of their centres.
    fn split(&mut self, corners: &mut [[[f64; 3]; 3]], margin: f64) {
        let (low, high) = bounds(corners.iter().flatten().copied());
        let node = self.nodes.len();
        self.nodes.push(Node {
            low: low.map(|x| (x - margin) as f32),
            high: high.map(|x| (x + margin) as f32),
            place: self.triangles.len() as u32,
            count: corners.len() as u32,
        });
        if corners.len() <= LEAF {
            self.triangles.extend(corners.iter().map(edges));
            return;
        }
        let (low, high) = bounds(corners.iter().map(centre));
        let longest = (0..3)
            .fold(0, |best, k| if high[k] - low[k] > high[best] - low[best] { k } else { best });
        let middle = corners.len() / 2;
        corners.select_nth_unstable_by(middle, |a, b| {
            centre(a)[longest].total_cmp(&centre(b)[longest])
        });
        let (first, second) = corners.split_at_mut(middle);
        self.split(first, margin);
        self.nodes[node].place = self.nodes.len() as u32;
        self.nodes[node].count = 0;
        self.split(second, margin);
    }

    /// How many triangles there are.
    pub fn len(&self) -> usize {
        self.of_grid() + self.triangles.len()
    }

    fn of_grid(&self) -> usize {
        self.grid.as_ref().map_or(0, Grid::len)
    }

    /// Whether it has no triangles.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The outward normal of a triangle, of any length.
    pub fn normal(&self, triangle: usize) -> [f64; 3] {
        if let Some(grid) = self.grid.as_ref().filter(|grid| triangle < grid.len()) {
            return grid.normal(triangle);
        }
        let [_, a, b] = self.triangles.get(triangle - self.of_grid()).copied().unwrap_or_default();
        cross(a, b)
    }

    /// The nearest point ahead, up to a length along the ray, and its triangle: [`NOWHERE`] where there is
    /// none. Of two that are equally near it is the triangle with the smaller place.
    ///
    /// What a lane gets depends on its own ray alone: a triangle counts where the box of its leaf is met, not
    /// before the ray enters it, and in whatever order boxes are visited.
    #[inline(always)]
    pub fn meet<L: Lanes>(&self, facing: Facing, from: V3<L>, along: V3<L>, most: L) -> (L, L) {
        let (mut nearest, mut which) = (L::splat(NOWHERE), L::zero());
        if let Some(grid) = &self.grid {
            (nearest, which) = grid.meet(facing, from, along, most);
            if !grid.may_be_passed(from, nearest).any() {
                return (nearest, which);
            }
        }
        if self.nodes.is_empty() {
            return (nearest, which);
        }
        let first = self.of_grid();
        let one = L::one();
        let inverse =
            [one / not_zero(along[0]), one / not_zero(along[1]), one / not_zero(along[2])];
        let mut stack = [0_u32; DEEPEST];
        let mut height = 1;
        while height > 0 {
            height -= 1;
            let index = stack[height] as usize;
            let node = &self.nodes[index];
            let (enter, leave) = cross_box(node, from, inverse);
            let is_met = enter.le(leave) & L::zero().le(leave);
            if !(is_met & enter.le(nearest.min(most))).any() {
                continue;
            }
            if node.count == 0 {
                let near_first = self.is_near_first(index, node, inverse);
                let (near, far) = match near_first {
                    true => (index as u32 + 1, node.place),
                    false => (node.place, index as u32 + 1),
                };
                stack[height] = far;
                stack[height + 1] = near;
                height += 2;
                continue;
            }
            for triangle in node.place..node.place + node.count {
                let t = self.meet_one(triangle as usize, facing, from, along);
                let number = L::splat((first + triangle as usize) as f64);
                let is_nearer = t.lt(nearest) | (t.equal(nearest) & number.lt(which));
                let counts = is_met & enter.le(t) & t.le(most) & is_nearer;
                nearest = L::select(counts, t, nearest);
                which = L::select(counts, number, which);
            }
        }
        (nearest, which)
    }

    /// Whether the first child is on the side that the first lane's ray comes from.
    #[inline(always)]
    fn is_near_first<L: Lanes>(&self, index: usize, node: &Node, inverse: V3<L>) -> bool {
        let (first, second) = (&self.nodes[index + 1], &self.nodes[node.place as usize]);
        let mut best = (0.0_f32, 0);
        for k in 0..3 {
            let apart = (second.low[k] + second.high[k]) - (first.low[k] + first.high[k]);
            if apart.abs() > best.0.abs() {
                best = (apart, k);
            }
        }
        (best.0 >= 0.0) == (inverse[best.1].lane(0) >= 0.0)
    }

    /// A corner of a triangle and the two edges from it, in the precision of the lanes.
    #[inline(always)]
    fn corners<L: Lanes>(&self, triangle: usize) -> [V3<L>; 3] {
        if L::EPSILON < 1e-10 {
            let [corner, a, b] = &self.triangles[triangle];
            return [splat3(*corner), splat3(*a), splat3(*b)];
        }
        let [corner, a, b] = &self.single[triangle];
        [broadcast(corner), broadcast(a), broadcast(b)]
    }

    /// Where a ray meets a triangle: T. Moeller and B. Trumbore, "Fast, Minimum Storage Ray/Triangle
    /// Intersection", 1997. Edges are a little wide, so that no ray slips through between two triangles.
    #[inline(always)]
    pub(super) fn meet_one<L: Lanes>(
        &self,
        triangle: usize,
        facing: Facing,
        from: V3<L>,
        along: V3<L>,
    ) -> L {
        let [corner, a, b] = self.corners::<L>(triangle);
        let p = cross_lanes(along, b);
        let determinant = dot(a, p);
        let inverse = L::one() / not_zero(determinant);
        let offset = [from[0] - corner[0], from[1] - corner[1], from[2] - corner[2]];
        let u = dot(offset, p) * inverse;
        let q = cross_lanes(offset, a);
        let v = dot(along, q) * inverse;
        let t = dot(b, q) * inverse;
        let slack = L::splat(8.0 * L::EPSILON);
        let inside = (-slack).le(u) & (-slack).le(v) & (u + v).le(L::one() + slack);
        let faces = match facing {
            Facing::Front => L::zero().lt(determinant),
            Facing::Both => L::Mask::splat(true),
        };
        // A ray along the triangle's plane meets its edges at most, which belong to its neighbours too.
        let crosses = L::splat(super::TINY).lt(determinant.abs());
        L::select(inside & faces & crosses & L::zero().le(t), t, L::splat(NOWHERE))
    }
}

/// Where a ray enters and leaves a node's box.
#[inline(always)]
fn cross_box<L: Lanes>(node: &Node, from: V3<L>, inverse: V3<L>) -> (L, L) {
    let (mut enter, mut leave) = (L::splat(-NOWHERE), L::splat(NOWHERE));
    for k in 0..3 {
        let a = (L::splat(f64::from(node.low[k])) - from[k]) * inverse[k];
        let b = (L::splat(f64::from(node.high[k])) - from[k]) * inverse[k];
        // A box is wider than what it holds, so that a zero times infinity, which is no number, may be passed.
        enter = a.min(b).max(enter);
        leave = a.max(b).min(leave);
    }
    (enter, leave)
}

#[inline(always)]
fn broadcast<L: Lanes>([x, y, z]: &[f32; 3]) -> V3<L> {
    [L::splat(f64::from(*x)), L::splat(f64::from(*y)), L::splat(f64::from(*z))]
}

#[inline(always)]
fn cross_lanes<L: Lanes>(a: V3<L>, b: V3<L>) -> V3<L> {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn edges([a, b, c]: &[[f64; 3]; 3]) -> [[f64; 3]; 3] {
    let to = |p: &[f64; 3]| [p[0] - a[0], p[1] - a[1], p[2] - a[2]];
    [*a, to(b), to(c)]
}

fn area(corners: &[[f64; 3]; 3]) -> f64 {
    let [_, a, b] = edges(corners);
    cross(a, b).iter().map(|x| x * x).sum()
}

fn centre(corners: &[[f64; 3]; 3]) -> [f64; 3] {
    [0, 1, 2].map(|k| corners[0][k] + corners[1][k] + corners[2][k])
}

fn bounds(points: impl Iterator<Item = [f64; 3]>) -> ([f64; 3], [f64; 3]) {
    let ends = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
    points.fold(ends, |(low, high), point| {
        ([0, 1, 2].map(|k| low[k].min(point[k])), [0, 1, 2].map(|k| high[k].max(point[k])))
    })
}

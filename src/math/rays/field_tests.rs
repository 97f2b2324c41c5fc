//! Height fields against all of their triangles, one by one.

use super::tests::{Rays, met};
use super::*;
use crate::math::lanes::{Isa, for_isa};
use crate::math::rng::{Random, RandomStream};

/// A field and its triangles, written down without the walk's help.
struct Field {
    size: [f64; 4],
    cells: [usize; 2],
    surface: Surface,
    triangles: Vec<[[f64; 3]; 3]>,
}

impl Field {
    fn new(nrow: usize, ncol: usize, size: [f64; 4], heights: &[f64]) -> Self {
        let [x, y, height, depth] = size;
        let at = |row: usize, col: usize| {
            let across = 2.0 * x * col as f64 / (ncol - 1) as f64 - x;
            let along = 2.0 * y * row as f64 / (nrow - 1) as f64 - y;
            [across, along, f64::from(heights[row * ncol + col] as f32) * height]
        };
        let low = |[x, y, _]: [f64; 3]| [x, y, -depth];
        let mut triangles = vec![];
        for (row, col) in (0..nrow - 1).flat_map(|row| (0..ncol - 1).map(move |col| (row, col))) {
            let corners = [at(row, col), at(row, col + 1), at(row + 1, col), at(row + 1, col + 1)];
            triangles.push([corners[0], corners[1], corners[3]]);
            triangles.push([corners[0], corners[3], corners[2]]);
        }
        let mut wall = |a: [f64; 3], b: [f64; 3]| {
            triangles.extend([[low(a), low(b), b], [low(a), b, a]]);
        };
        for col in 0..ncol - 1 {
            wall(at(0, col), at(0, col + 1));
            wall(at(nrow - 1, col + 1), at(nrow - 1, col));
        }
        for row in 0..nrow - 1 {
            wall(at(row + 1, 0), at(row, 0));
            wall(at(row, ncol - 1), at(row + 1, ncol - 1));
        }
        let corners = [[-x, -y, -depth], [x, -y, -depth], [x, y, -depth], [-x, y, -depth]];
        triangles.push([corners[0], corners[2], corners[1]]);
        triangles.push([corners[0], corners[3], corners[2]]);
        let surface = Surface::of_field(nrow, ncol, size, heights);
        Self { size, cells: [ncol - 1, nrow - 1], surface, triangles }
    }

    fn random(random: &mut Random, nrow: usize, ncol: usize, size: [f64; 4]) -> Self {
        let heights: Vec<f64> = (0..nrow * ncol).map(|_| random.uniform_in(0.0, 1.0)).collect();
        Self::new(nrow, ncol, size, &heights)
    }

    /// The nearest of all triangles whose edges are wider by a part, and its normal.
    fn nearest(&self, facing: Facing, ray: &([f64; 3], [f64; 3]), slack: f64) -> (f64, [f64; 3]) {
        let mut best = (NOWHERE, [0.0; 3]);
        for corners in &self.triangles {
            let [a, b, c] = *corners;
            let to = |p: [f64; 3]| [0, 1, 2].map(|k| p[k] - a[k]);
            let normal = cross(to(b), to(c));
            let rise = dot(normal, ray.1);
            if rise == 0.0 || (facing == Facing::Front && rise > 0.0) {
                continue;
            }
            let t = -dot(normal, to(ray.0)) / rise;
            let at = to(point(ray.0, ray.1, t));
            let square = dot(normal, normal);
            let v = dot(cross(to(b), at), normal) / square;
            let u = dot(cross(at, to(c)), normal) / square;
            let is_inside = u >= -slack && v >= -slack && u + v <= 1.0 + slack;
            if t >= 0.0 && is_inside && t < best.0 {
                best = (t, normal);
            }
        }
        best
    }

    /// Rays that are hard for a walk: through corners, along lines of the grid and its cuts, straight up and down,
    /// from inside, from below and from far away.
    fn rays(&self, random: &mut Random, n: usize) -> Vec<([f64; 3], [f64; 3])> {
        let [x, y, height, depth] = self.size;
        let side = [2.0 * x / self.cells[0] as f64, 2.0 * y / self.cells[1] as f64];
        let one = |i: usize| {
            let mut draw = |most: f64| random.uniform_in(-most, most);
            let above = height * (1.0 + draw(1.0).abs());
            let anywhere = [draw(1.2 * x), draw(1.2 * y), draw(1.2 * (height + depth))];
            let line = [0, 1].map(|k| {
                let count = (self.cells[k] + 1) as f64;
                let number = ((draw(0.5) + 0.5) * count).floor().min(count - 1.0);
                number * side[k] - [x, y][k]
            });
            let down = [0.0, 0.0, -1.0];
            match i % 10 {
                0 => ([anywhere[0], anywhere[1], above], down),
                1 => ([line[0], anywhere[1], above], down),
                2 => ([line[0], line[1], above], down),
                3 => ([anywhere[0], anywhere[1], -depth - 1.0], [0.0, 0.0, 1.0]),
                4 => ([-1.5 * x, line[1], above], [1.0, 0.0, -0.6 * above / x]),
                5 => ([line[0], 1.5 * y, above], [0.0, -1.0, -0.6 * above / y]),
                6 => ([line[0], line[1], above], [side[0], side[1], -height * draw(0.5).abs()]),
                7 => ([anywhere[0], anywhere[1], -0.9 * depth], [draw(1.0), draw(1.0), draw(0.3)]),
                8 => {
                    let from = [draw(4.0 * x), draw(4.0 * y), draw(4.0 * (height + depth))];
                    (from, sub(anywhere, from))
                }
                _ => {
                    let from = [draw(x), draw(y), above];
                    (from, sub([anywhere[0], anywhere[1], height * draw(1.0).abs()], from))
                }
            }
        };
        (0..n).map(one).collect()
    }
}

fn sub(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [0, 1, 2].map(|k| a[k] - b[k])
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn fields() -> Vec<Field> {
    let mut random = Random::new(3, RandomStream::Reset, 0, 0);
    let hill = |i: usize| {
        let (row, col) = ((i / 30) as f64 / 8.0, (i % 30) as f64 / 11.0);
        0.5 + 0.3 * row.sin() + 0.2 * (2.0 * col).cos()
    };
    let hills: Vec<f64> = (0..26 * 30).map(hill).collect();
    vec![
        Field::random(&mut random, 2, 2, [1.0, 1.0, 0.5, 0.1]),
        Field::random(&mut random, 3, 19, [2.0, 0.3, 0.4, 0.2]),
        Field::random(&mut random, 9, 9, [1.0, 1.0, 3.0, 1.0]),
        Field::random(&mut random, 21, 34, [5.0, 3.0, 0.2, 0.1]),
        Field::new(26, 30, [4.0, 4.0, 1.0, 0.5], &hills),
        Field::new(10, 10, [1.0, 2.0, 0.5, 0.2], &[0.0; 100]),
        Field::new(4, 5, [1.0, 2.0, 0.5, 0.2], &[1.0; 20]),
    ]
}

#[test]
fn a_walk_finds_what_all_triangles_would() {
    let mut random = Random::new(4, RandomStream::Reset, 0, 0);
    let (mut n_rays, mut n_clear) = (0, 0);
    for (index, field) in fields().iter().enumerate() {
        for (ray, facing) in field
            .rays(&mut random, 1000)
            .iter()
            .flat_map(|ray| [(ray, Facing::Front), (ray, Facing::Both)])
        {
            let (t, which) = field.surface.meet(facing, ray.0, ray.1, NOWHERE);
            // Where a ray passes an edge by a hair rounding may decide, but only there.
            let (narrow, normal) = field.nearest(facing, ray, -1e-9);
            let (wide, _) = field.nearest(facing, ray, 1e-9);
            let is_near = |other: f64| (t - other).abs() <= 1e-9 * other.max(1.0);
            assert!(
                is_near(narrow) || is_near(wide),
                "{index} {facing:?} {ray:?}: {t} {narrow} {wide}"
            );
            n_rays += 1;
            if narrow == NOWHERE || wide != narrow {
                continue;
            }
            n_clear += 1;
            let ours = field.surface.normal(which as usize);
            let apart = cross(ours, normal);
            let is_same = dot(apart, apart) <= 1e-18 * dot(ours, ours) * dot(normal, normal);
            assert!(is_same && dot(ours, normal) > 0.0, "{index} {ray:?}: {ours:?} {normal:?}");
            for (most, wanted) in [(0.999 * t, NOWHERE), (1.001 * t, t)] {
                assert_eq!(field.surface.meet(facing, ray.0, ray.1, most).0, wanted, "{most}");
            }
        }
    }
    assert!(n_clear > n_rays / 4, "{n_clear} of {n_rays}");
}

#[test]
fn lanes_meet_a_field_where_the_reference_does_and_with_the_same_bits_in_every_width() {
    let mut random = Random::new(5, RandomStream::Reset, 0, 0);
    let mut n_clear = 0;
    for (index, field) in fields().iter().enumerate() {
        let pairs = field.rays(&mut random, 1500);
        let (from, along) = pairs.iter().copied().unzip();
        let rays = Rays { solid: None, from, along };
        let portable = met::<crate::math::lanes::F32x4>(&rays, &field.surface);
        for isa in Isa::available().into_iter().filter(|isa| *isa != Isa::Reference) {
            let found = for_isa!(isa, L => met::<L>(&rays, &field.surface));
            assert!(found == portable, "{index} in {}", isa.name());
        }
        for (ray, found) in pairs.iter().zip(portable.chunks_exact(2)) {
            let (narrow, _) = field.nearest(Facing::Both, ray, -1e-3);
            let (wide, _) = field.nearest(Facing::Both, ray, 1e-3);
            if narrow != wide {
                continue;
            }
            n_clear += 1;
            // Of a ray that is nearly along the ground a little is far; 1e-4 is the promise to pixels.
            let is_near = (found[0] - wide).abs() <= 1e-4 * wide.max(1.0);
            assert!(is_near, "{index} {ray:?}: {} {wide}", found[0]);
        }
    }
    assert!(n_clear > 7 * 1500 / 3, "{n_clear}");
}

#[test]
fn rays_that_are_no_numbers_or_have_no_end_meet_nothing_and_come_to_an_end() {
    let field = &fields()[3];
    let (nan, far) = (f64::NAN, f64::INFINITY);
    for (from, along) in [
        ([nan, 0.0, 1.0], [0.0, 0.0, -1.0]),
        ([0.0, 0.0, 1.0], [nan, 0.0, -1.0]),
        ([0.0, 0.0, nan], [1.0, 0.0, -1.0]),
        ([far, 0.0, 1.0], [-1.0, 0.0, 0.0]),
        ([0.0, 0.0, 1.0], [far, 0.0, -1.0]),
        ([1e30, 1e30, 1.0], [-1.0, -1.0, 0.0]),
        ([0.0, 0.0, 1.0], [0.0; 3]),
    ] {
        assert_eq!(field.surface.meet(Facing::Both, from, along, NOWHERE).0, NOWHERE, "{from:?}");
    }
}

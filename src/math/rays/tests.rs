//! Closed forms of every shape, and that lanes meet what the reference meets.

use super::*;
use crate::math::lanes::{Isa, for_isa};
use crate::math::rng::{Random, RandomStream};

const SOLIDS: [Solid; 6] =
    [Solid::Plane, Solid::Sphere, Solid::Capsule, Solid::Ellipsoid, Solid::Cylinder, Solid::Box];
const CLOSED: [Solid; 5] =
    [Solid::Sphere, Solid::Capsule, Solid::Ellipsoid, Solid::Cylinder, Solid::Box];
const SIZE: [f64; 3] = [0.5, 1.0, 2.0];

fn ahead(solid: Solid, from: [f64; 3], along: [f64; 3]) -> f64 {
    span(solid, SIZE, from, along).ahead()
}

fn front(solid: Solid, from: [f64; 3], along: [f64; 3]) -> f64 {
    span(solid, SIZE, from, along).front()
}

/// A cube of side 2 about the origin.
fn cube() -> Surface {
    let points: Vec<[f64; 3]> =
        (0..8_u8).map(|i| [0, 1, 2].map(|k| if i >> k & 1 == 1 { 1.0 } else { -1.0 })).collect();
    let sides: [[u32; 4]; 6] =
        [[0, 4, 6, 2], [1, 3, 7, 5], [0, 1, 5, 4], [2, 6, 7, 3], [0, 2, 3, 1], [4, 5, 7, 6]];
    let faces: Vec<[u32; 3]> =
        sides.iter().flat_map(|&[a, b, c, d]| [[a, b, c], [a, c, d]]).collect();
    Surface::new(&points, &faces)
}

#[test]
fn rays_from_outside_meet_what_is_ahead_of_them() {
    let along_x = [-2.0, 0.0, 0.0];
    for (solid, reach) in [
        (Solid::Sphere, 0.5),
        (Solid::Capsule, 0.5),
        (Solid::Ellipsoid, 0.5),
        (Solid::Cylinder, 0.5),
        (Solid::Box, 0.5),
    ] {
        // Lengths count in that of the direction.
        let t = ahead(solid, [3.0, 0.0, 0.0], along_x);
        assert!((t - (3.0 - reach) / 2.0).abs() < 1e-15, "{solid:?} {t}");
        assert_eq!(front(solid, [3.0, 0.0, 0.0], along_x), t);
    }
    for (solid, top) in [
        (Solid::Plane, 0.0),
        (Solid::Sphere, 0.5),
        (Solid::Capsule, 1.5),
        (Solid::Ellipsoid, 2.0),
        (Solid::Cylinder, 1.0),
        (Solid::Box, 2.0),
    ] {
        // Parallel to every side wall and axis.
        let t = ahead(solid, [0.1, 0.2, 7.0], [0.0, 0.0, -1.0]);
        let round = match solid {
            Solid::Sphere => (0.25_f64 - 0.05).sqrt(),
            Solid::Capsule => 1.0 + (0.25_f64 - 0.05).sqrt(),
            Solid::Ellipsoid => 2.0 * (1.0 - 0.04 - 0.04_f64).sqrt(),
            _ => top,
        };
        assert!((t - (7.0 - round)).abs() < 1e-14, "{solid:?} {t}");
    }
}

#[test]
fn rays_that_begin_inside_meet_the_wall_before_them_and_no_front() {
    for solid in CLOSED {
        let t = ahead(solid, [0.0; 3], [1.0, 0.0, 0.0]);
        assert!((t - 0.5).abs() < 1e-15, "{solid:?} {t}");
        assert_eq!(front(solid, [0.0; 3], [1.0, 0.0, 0.0]), NOWHERE, "{solid:?}");
        let up = ahead(solid, [0.0; 3], [0.0, 0.0, 1.0]);
        let top = [(Solid::Sphere, 0.5), (Solid::Capsule, 1.5), (Solid::Cylinder, 1.0)];
        let top = top.iter().find(|(of, _)| *of == solid).map_or(2.0, |(_, top)| *top);
        assert!((up - top).abs() < 1e-14, "{solid:?} {up}");
    }
    assert_eq!(ahead(Solid::Plane, [0.0, 0.0, -1.0], [0.0, 0.0, -1.0]), NOWHERE);
    assert_eq!(ahead(Solid::Plane, [0.0, 0.0, -1.0], [0.0, 0.0, 1.0]), NOWHERE);
}

#[test]
fn rays_that_pass_or_go_away_meet_nothing() {
    for solid in CLOSED {
        assert_eq!(ahead(solid, [3.0, 0.0, 0.0], [1.0, 0.0, 0.0]), NOWHERE, "{solid:?} behind");
        assert_eq!(ahead(solid, [3.0, 0.0, 2.5], [-1.0, 0.0, 0.0]), NOWHERE, "{solid:?} above");
        assert_eq!(ahead(solid, [0.7, 1.6, 9.0], [0.0, 0.0, -1.0]), NOWHERE, "{solid:?} beside");
    }
    assert_eq!(ahead(Solid::Plane, [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]), NOWHERE, "level");
    assert_eq!(ahead(Solid::Plane, [3.0, 0.0, 1.0], [0.0, 0.0, -1.0]), NOWHERE, "beyond its edge");
    let endless = span::<f64>(Solid::Plane, [0.0; 3], [3.0, 0.0, 1.0], [0.0, 0.0, -1.0]);
    assert_eq!(endless.ahead(), 1.0);
}

#[test]
fn a_ray_that_grazes_is_met_just_inside_and_not_just_outside() {
    for (solid, edge, at) in [
        (Solid::Sphere, 0.5, 0.0),
        (Solid::Capsule, 0.5, 0.3),
        (Solid::Ellipsoid, 1.0, 0.0),
        (Solid::Cylinder, 0.5, 0.3),
        (Solid::Box, 1.0, 0.3),
    ] {
        for (offset, is_met) in [(-1e-9, true), (1e-9, false)] {
            let t = ahead(solid, [3.0, edge + offset, at], [-1.0, 0.0, 0.0]);
            assert_eq!(t < NOWHERE, is_met, "{solid:?} {offset}");
        }
    }
}

#[test]
fn rays_that_are_no_numbers_meet_nothing() {
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    let surface = cube();
    for bad in [nan, inf, -inf] {
        for k in 0..3 {
            let (mut from, mut along) = ([0.2, 0.1, 3.0], [0.0, 0.1, -1.0]);
            from[k] = bad;
            for solid in SOLIDS {
                let t = span::<f64>(solid, SIZE, from, along).ahead();
                // The line of a ray that begins at infinity along an endless plane meets it nowhere either.
                assert!(t == NOWHERE, "{solid:?} from {from:?}: {t}");
            }
            assert_eq!(surface.meet(Facing::Both, from, along, NOWHERE).0, NOWHERE);
            from[k] = 0.2;
            along[k] = nan;
            for solid in SOLIDS {
                let t = span::<f64>(solid, SIZE, from, along).ahead();
                assert!(t == NOWHERE, "{solid:?} along {along:?}: {t}");
            }
            assert_eq!(surface.meet(Facing::Both, from, along, NOWHERE).0, NOWHERE);
        }
    }
    for solid in SOLIDS {
        assert_eq!(ahead(solid, [0.0, 0.0, 5.0], [0.0; 3]), NOWHERE, "{solid:?}, no direction");
    }
}

#[test]
fn normals_are_outward_and_of_length_one() {
    let mut random = Random::new(3, RandomStream::Reset, 0, 0);
    let mut n_met = 0;
    for case in 0..3000 {
        let mut draw = |most: f64| [0; 3].map(|_| random.uniform_in(-most, most));
        let (from, to) = (draw(1.0).map(|x| x + 4.0 * x.signum()), draw(0.6));
        let along = [0, 1, 2].map(|k| to[k] - from[k]);
        let solid = SOLIDS[case % SOLIDS.len()];
        let t = front(solid, from, along);
        if t == NOWHERE {
            continue;
        }
        n_met += 1;
        let at = point(from, along, t);
        let n = normal(solid, SIZE, at);
        assert!((dot(n, n) - 1.0).abs() < 1e-12, "{solid:?} {n:?}");
        assert!(dot(n, along) < 1e-9, "{solid:?} {n:?} {along:?}");
        // A step outward is outside, a step inward inside.
        let (out, into) = (point(at, n, 1e-6), point(at, n, -1e-6));
        if solid != Solid::Plane {
            let inside = |from| span(solid, SIZE, from, n).enter <= 0.0;
            assert!(!inside(out) || span(solid, SIZE, out, n).leave < 0.0, "{solid:?}");
            assert!(span(solid, SIZE, into, n).touches(), "{solid:?}");
        }
    }
    assert!(n_met > 1000, "{n_met}");
}

#[test]
fn a_surface_is_met_from_both_sides_or_from_its_front() {
    let surface = cube();
    assert_eq!((surface.len(), surface.half_extents), (12, [1.0; 3]));
    let of = |facing, from: [f64; 3], along: [f64; 3]| surface.meet(facing, from, along, NOWHERE);
    let (t, triangle) = of(Facing::Front, [0.3, 0.2, 5.0], [0.0, 0.0, -2.0]);
    assert_eq!(t, 2.0);
    let n = surface.normal(triangle as usize);
    assert!(n[2] > 0.0 && n[0] == 0.0 && n[1] == 0.0, "{n:?}");
    assert_eq!(of(Facing::Both, [0.3, 0.2, 0.0], [0.0, 0.0, 1.0]).0, 1.0);
    assert_eq!(of(Facing::Front, [0.3, 0.2, 0.0], [0.0, 0.0, 1.0]).0, NOWHERE);
    assert_eq!(of(Facing::Both, [1.5, 0.2, 5.0], [0.0, 0.0, -1.0]).0, NOWHERE);
    assert_eq!(surface.meet(Facing::Both, [0.3, 0.2, 5.0], [0.0, 0.0, -1.0], 3.9).0, NOWHERE);
    // Through an edge and a corner: nothing slips through.
    assert_eq!(of(Facing::Both, [0.0, 0.0, 5.0], [0.0, 0.0, -1.0]).0, 4.0);
    assert_eq!(of(Facing::Both, [5.0, 5.0, 5.0], [-1.0, -1.0, -1.0]).0, 4.0);
    let nothing = Surface::new(&[[0.0; 3]; 3], &[[0, 1, 2]]);
    assert!(nothing.is_empty());
    assert_eq!(nothing.meet(Facing::Both, [0.0; 3], [1.0, 0.0, 0.0], NOWHERE).0, NOWHERE);
}

/// A dome of many triangles.
fn dome(n: usize) -> Surface {
    let heights: Vec<f64> = (0..n * n)
        .map(|i| {
            let (x, y) = ((i % n) as f64 / n as f64 - 0.5, (i / n) as f64 / n as f64 - 0.5);
            (1.0 - 3.0 * (x * x + y * y)).max(0.0)
        })
        .collect();
    Surface::of_field(n, n, [1.0, 1.0, 0.5, 0.2], &heights)
}

/// A mesh that waves.
fn sheet(n: usize) -> Surface {
    let point = |i: usize| {
        let (x, y) = ((i % n) as f64 / 4.0 - 1.0, (i / n) as f64 / 4.0 - 1.0);
        [x, y, 0.3 * (5.0 * x).sin() * (4.0 * y).cos()]
    };
    let points: Vec<[f64; 3]> = (0..n * n).map(point).collect();
    let corner = (0..n - 1).flat_map(|row| (0..n - 1).map(move |col| (row * n + col) as u32));
    let row = n as u32;
    let faces: Vec<[u32; 3]> =
        corner.flat_map(|at| [[at, at + 1, at + row + 1], [at, at + row + 1, at + row]]).collect();
    Surface::new(&points, &faces)
}

#[test]
fn the_tree_finds_what_all_triangles_would() {
    assert_eq!(dome(9).len(), 2 * 64 + 4 * 2 * 8 + 2);
    let surface = sheet(9);
    assert_eq!(surface.len(), 2 * 64);
    let mut random = Random::new(9, RandomStream::Reset, 0, 0);
    let mut n_met = 0;
    for _ in 0..4000 {
        let mut draw = |most: f64| [0; 3].map(|_| random.uniform_in(-most, most));
        let (from, along) = (draw(2.0), draw(1.0));
        let (t, _) = surface.meet(Facing::Both, from, along, NOWHERE);
        let all = (0..surface.len())
            .map(|it| surface.meet_one(it, Facing::Both, from, along))
            .fold(NOWHERE, f64::min);
        assert_eq!(t, all, "{from:?} {along:?}");
        n_met += usize::from(t < NOWHERE);
    }
    assert!(n_met > 200, "{n_met}");
}

#[test]
fn a_field_is_as_high_as_its_grid_says_and_has_sides_and_a_base() {
    let surface = dome(5);
    let down =
        |x: f64, y: f64| 5.0 - surface.meet(Facing::Both, [x, y, 5.0], [0.0, 0.0, -1.0], NOWHERE).0;
    let at = |i: usize| (1.0 - 3.0 * ((i as f64 / 5.0 - 0.5).powi(2) + 0.01_f64)).max(0.0);
    for col in 1..4 {
        let height = f64::from(at(col) as f32) * 0.5;
        assert!((down(-1.0 + 0.5 * col as f64, 0.0) - height).abs() < 1e-7, "{col}");
    }
    let level = |from: [f64; 3], along| surface.meet(Facing::Front, from, along, NOWHERE).0;
    assert_eq!(level([5.0, 0.1, -0.1], [-1.0, 0.0, 0.0]), 4.0);
    assert_eq!(level([-5.0, 0.1, -0.1], [1.0, 0.0, 0.0]), 4.0);
    assert_eq!(level([0.1, 5.0, -0.1], [0.0, -1.0, 0.0]), 4.0);
    assert_eq!(level([0.1, -5.0, -0.1], [0.0, 1.0, 0.0]), 4.0);
    assert!((level([0.1, 0.1, -5.0], [0.0, 0.0, 1.0]) - 4.8).abs() < 1e-12);
    assert_eq!(level([3.0, 0.1, 5.0], [0.0, 0.0, -1.0]), NOWHERE);
    assert!(Surface::of_field(1, 3, [1.0; 4], &[0.0; 3]).is_empty());
}

pub(super) struct Rays {
    /// None for a surface.
    pub solid: Option<Solid>,
    pub from: Vec<[f64; 3]>,
    pub along: Vec<[f64; 3]>,
}

/// What each ray meets, in lanes side by side.
pub(super) fn met<L: Lanes>(rays: &Rays, surface: &Surface) -> Vec<f64> {
    let mut out = Vec::new();
    for (from, along) in rays.from.chunks(L::WIDTH).zip(rays.along.chunks(L::WIDTH)) {
        let (mut o, mut d) = ([L::zero(); 3], [L::one(); 3]);
        for lane in 0..from.len() {
            for k in 0..3 {
                o[k].set_lane(lane, from[lane][k]);
                d[k].set_lane(lane, along[lane][k]);
            }
        }
        let (t, which) = match rays.solid {
            Some(solid) => (span(solid, SIZE.map(L::splat), o, d).ahead(), L::zero()),
            None => surface.meet(Facing::Both, o, d, L::splat(NOWHERE)),
        };
        for lane in 0..from.len() {
            out.extend([t.lane(lane), which.lane(lane)]);
        }
    }
    out
}

#[test]
fn rays_meet_the_same_bits_in_lanes_of_every_width() {
    let surface = dome(17);
    let mut random = Random::new(7, RandomStream::Reset, 0, 0);
    let mut draw = |most: f64| [0; 3].map(|_| random.uniform_in(-most, most));
    let from: Vec<[f64; 3]> = (0..4096).map(|_| draw(3.0)).collect();
    let along: Vec<[f64; 3]> = (0..4096)
        .map(|i| {
            let (to, o) = (draw(1.2), from[i]);
            [0, 1, 2].map(|k| to[k] - o[k])
        })
        .collect();
    let solids = SOLIDS.into_iter().map(Some).chain([None]);
    for solid in solids {
        let rays = Rays { solid, from: from.clone(), along: along.clone() };
        let reference = met::<f64>(&rays, &surface);
        let portable = met::<crate::math::lanes::F32x4>(&rays, &surface);
        for isa in Isa::available() {
            let found = for_isa!(isa, L => met::<L>(&rays, &surface));
            if isa != Isa::Reference {
                assert!(found == portable, "{solid:?} in {}", isa.name());
            }
        }
        // Where f32 and f64 both meet it, they meet it in the same place, but for rays that graze.
        let both = |i: &usize| portable[2 * i] < 1e20 && reference[2 * i] < 1e20;
        let n_both = (0..4096).filter(both).count();
        let is_near = |i: &usize| {
            (portable[2 * i] - reference[2 * i]).abs() < 1e-5 * reference[2 * i].max(1.0)
        };
        let n_near = (0..4096).filter(|i| both(i) && is_near(i)).count();
        assert!(n_both > 300, "{solid:?} {n_both}");
        assert!(n_near as f64 > 0.99 * n_both as f64, "{solid:?}: {n_near} of {n_both}");
    }
}

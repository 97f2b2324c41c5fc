//! What has to hold of contacts whatever MuJoCo says.

use super::tests::{Case, Collide, golden, in_lane, run};
use super::*;
use crate::math::lanes::{F32x4, Isa, LaneMask, for_isa};
use crate::math::spatial::{cross3, dot3, sub3};

/// Whether a point is in a shape, up to rounding.
fn contains(kind: ShapeKind, shape: &Shape<f64>, point: [f64; 3]) -> bool {
    let offset = sub3(point, shape.pos);
    let p: [f64; 3] = std::array::from_fn(|k| dot3(shape.axis(k), offset));
    let size = shape.size;
    let slack = 2e-5;
    match kind {
        ShapeKind::Plane => p[2] < slack,
        ShapeKind::Sphere => dot3(p, p).sqrt() < size[0] + slack,
        ShapeKind::Capsule => {
            let z = p[2] - p[2].clamp(-size[1], size[1]);
            dot3([p[0], p[1], z], [p[0], p[1], z]).sqrt() < size[0] + slack
        }
        ShapeKind::Ellipsoid => {
            let q = [p[0] / size[0], p[1] / size[1], p[2] / size[2]];
            (dot3(q, q).sqrt() - 1.0) * size.iter().fold(f64::INFINITY, |a, b| a.min(*b)) < slack
        }
        ShapeKind::Cylinder => p[0].hypot(p[1]) < size[0] + slack && p[2].abs() < size[1] + slack,
        ShapeKind::Box => (0..3).all(|k| p[k].abs() < size[k] + slack),
        ShapeKind::Mesh => {
            let ShapeData::Hull(hull) = shape.data else { panic!("a mesh has a hull") };
            let beyond = |face: &super::hull::HullFace| {
                dot3(face.normal, sub3(p, hull.vertices[face.corners[0]]))
            };
            hull.faces.iter().all(|face| beyond(face) < slack)
        }
        ShapeKind::HeightField => {
            let ShapeData::HeightField(field) = shape.data else { panic!("no heights") };
            p[0].abs() < field.size[0] + slack
                && p[1].abs() < field.size[1] + slack
                && p[2] > -field.size[3] - slack
        }
    }
}

/// A contact's ends, half its distance to either side, lie on the surfaces. Between the edges of boxes
/// that are apart they need not: there the distance is along an axis, as in MuJoCo.
#[test]
fn contacts_connect_points_of_both_shapes() {
    let mut contacts = 0;
    for case in golden() {
        // Where the normal of several contacts is a face's that is nearly across the way out, the distance is
        // along that.
        let is_along = |c: &[f64; 10]| match case.contacts.first() {
            Some(theirs) => (0..7).all(|k| (c[k] - theirs[k]).abs() < 1e-4),
            None => false,
        };
        for c in run::<f64>(&case) {
            let is_clipped = case.kinds.1 >= ShapeKind::Cylinder && !is_along(&c);
            if case.kinds == (ShapeKind::Box, ShapeKind::Box) && c[0] > 0.0 || is_clipped {
                continue;
            }
            let (a, b) = (case.shape::<f64>(0), case.shape::<f64>(1));
            let end = |side: f64| std::array::from_fn(|k| c[1 + k] + side * 0.5 * c[0] * c[4 + k]);
            assert!(contains(case.kinds.0, &a, end(-1.0)), "{} first {c:?}", case.name);
            assert!(contains(case.kinds.1, &b, end(1.0)), "{} second {c:?}", case.name);
            contacts += 1;
        }
    }
    assert!(contacts > 600, "{contacts}");
}

/// Puts one case in each lane.
fn in_lanes<L: Lanes>(cases: &[&Case]) -> Vec<Vec<[f64; 10]>> {
    let (mut a, mut b) = (cases[0].shape::<L>(0), cases[0].shape::<L>(1));
    let mut margin = L::zero();
    for (lane, case) in cases.iter().enumerate() {
        for (g, shape) in [&mut a, &mut b].into_iter().enumerate() {
            let from = case.shape::<f64>(g);
            for k in 0..3 {
                shape.pos[k].set_lane(lane, from.pos[k]);
                shape.size[k].set_lane(lane, from.size[k]);
            }
            for k in 0..9 {
                shape.mat[k].set_lane(lane, from.mat[k]);
            }
        }
        margin.set_lane(lane, case.margin);
    }
    let near = L::Mask::splat(true);
    let out = L::vectorize(Collide(cases[0].kinds, [&a, &b], margin, near, cases[0].slots()));
    (0..cases.len()).map(|lane| in_lane(&out, lane)).collect()
}

#[test]
fn a_lane_does_not_depend_on_its_neighbours() {
    let cases = golden();
    for isa in Isa::available() {
        let mut lanes = 0;
        for group in cases.chunk_by(|a, b| a.kinds == b.kinds && a.mesh == b.mesh) {
            for some in group.chunks(isa.width()) {
                let some: Vec<&Case> = some.iter().collect();
                let reversed: Vec<&Case> = some.iter().rev().copied().collect();
                let (forward, mut backward) =
                    for_isa!(isa, L => (in_lanes::<L>(&some), in_lanes::<L>(&reversed)));
                backward.reverse();
                assert_eq!(forward, backward);
                for (case, found) in some.iter().zip(&forward) {
                    assert_eq!(*found, for_isa!(isa, L => run::<L>(case)), "{}", case.name);
                    lanes += 1;
                }
            }
        }
        assert_eq!(lanes, cases.len());
    }
}

/// Bounds that do not overlap leave every slot empty, whatever the shapes.
#[test]
fn what_is_not_near_does_not_touch() {
    fn absent<L: Lanes>(case: &Case) -> bool {
        let (a, b) = (case.shape::<L>(0), case.shape::<L>(1));
        let near = L::Mask::splat(false);
        let out = L::vectorize(Collide(case.kinds, [&a, &b], L::one(), near, case.slots()));
        (0..L::WIDTH).all(|lane| in_lane(&out, lane).is_empty())
    }
    for case in golden() {
        assert!(absent::<f64>(&case) && absent::<F32x4>(&case), "{}", case.name);
        let (a, b) = (case.shape::<f64>(0), case.shape::<f64>(1));
        assert!(case.contacts.is_empty() || case.near(&a, &b, case.margin), "{}", case.name);
    }
}

/// Shapes at one place, without length, without direction: no matter what, the numbers are finite.
#[test]
fn degenerate_shapes_have_finite_contacts() {
    fn finite<L: Lanes>(case: &Case) {
        let (a, b) = (case.shape::<L>(0), case.shape::<L>(1));
        let mut first = L::zero();
        first.set_lane(0, 1.0);
        let (near, margin) = (L::zero().lt(first), L::splat(0.01));
        let out = L::vectorize(Collide(case.kinds, [&a, &b], margin, near, case.slots()));
        let found = in_lane(&out, 0); // asserts that all is finite
        for c in found {
            let normal = dot3([c[4], c[5], c[6]], [c[4], c[5], c[6]]);
            assert!((normal - 1.0).abs() < 1e-5, "{} {c:?}", case.name);
        }
    }
    let sizes = [[0.0; 3], [0.3, 0.0, 0.0], [0.3, 0.2, 0.2], [0.0, 0.2, 0.0]];
    let quats = [[1.0, 0.0, 0.0, 0.0], [0.5, 0.5, 0.5, 0.5], [0.8, 0.0, 0.6, 0.0]];
    let mut pairs = golden();
    pairs.dedup_by_key(|case| case.kinds);
    for mut case in pairs {
        for (size1, size2) in sizes.iter().flat_map(|a| sizes.map(|b| (*a, b))) {
            for quat in quats {
                for offset in [0.0, 1e-20, 1e-12, 1e-8, 0.2] {
                    case.size = [size1, size2];
                    case.quat = [quats[0], quat];
                    case.pos = [[0.0; 3], [0.0, 0.0, offset]];
                    finite::<f64>(&case);
                    finite::<F32x4>(&case);
                }
            }
        }
    }
}

#[test]
fn contact_frames_are_right_handed_and_orthonormal() {
    fn check<L: Lanes>(tolerance: f64) {
        let normals = [[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, 1.0], [0.48, 0.6, 0.64]];
        for normal in normals {
            for hint in normals.into_iter().chain([[0.0; 3], normal.map(|x| x + 1e-6)]) {
                let frame = contact_frame::<L>(splat3(normal), splat3(hint));
                let row = |i: usize| [0, 1, 2].map(|k| frame[3 * i + k].lane(0));
                for i in 0..3 {
                    for j in 0..3 {
                        let expected = if i == j { 1.0 } else { 0.0 };
                        assert!(
                            (dot3(row(i), row(j)) - expected).abs() < tolerance,
                            "{normal:?} {hint:?}"
                        );
                    }
                }
                let handed = dot3(cross3(row(0), row(1)), row(2));
                assert!(handed > 0.5);
            }
        }
    }
    check::<f64>(1e-14);
    check::<F32x4>(1e-6);
}

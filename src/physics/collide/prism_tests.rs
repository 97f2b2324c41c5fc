//! The closed forms of prisms against the general routine for convex shapes.

use super::convex::Convex;
use super::convex_convex::deepest;
use super::prism::Prism;
use super::{ABSENT, Shape, ShapeData, ShapeKind};
use crate::math::rng::{Random, RandomStream};
use crate::math::spatial::{quat_normalize, quat_to_mat, rotate};

const CASES: u32 = 4000;
const MARGIN: f64 = 0.02;

/// A right-angled triangle over the base's level at -0.5, and a shape somewhere about its top.
fn draw(kind: ShapeKind, case: u32) -> (Prism<f64>, Shape<'static, f64>) {
    let mut random = Random::new(7, RandomStream::Control, kind as u32, u64::from(case));
    let mut within = |low: f64, high: f64| random.uniform_in(low, high);
    let (x, y) = (within(-0.15, 0.05), within(-0.15, 0.05));
    let mut corner = |x: f64, y: f64| [x, y, within(-0.12, 0.04)];
    let top = [corner(x, y), corner(x + 0.1, y), corner(x + 0.1, y + 0.1)];
    let slant = std::f64::consts::FRAC_1_SQRT_2;
    let prism = Prism::new(top, [[0.0, -1.0], [1.0, 0.0], [-slant, slant]], -0.5);
    let size = [within(0.01, 0.05), within(0.02, 0.08), within(0.02, 0.08)];
    let quat = [within(-1.0, 1.0), within(-1.0, 1.0), within(-1.0, 1.0), within(-1.0, 1.0)];
    let mat = quat_to_mat(quat_normalize(quat));
    (prism, Shape { pos: [0.0; 3], mat, size, data: ShapeData::None })
}

/// Counts the cases that touch, after comparing them. The general routine ends at about 1e-12 of the
/// distance, the direction is good to its root.
fn compare(kind: ShapeKind, margin: f64) -> usize {
    let mut touching = 0;
    for case in 0..CASES {
        let (prism, shape) = draw(kind, case);
        let (ours, hard) = match kind {
            ShapeKind::Sphere => (prism.sphere(shape.size[0], margin), false),
            ShapeKind::Capsule => {
                let half = rotate(&shape.mat, [0.0, 0.0, shape.size[1]]);
                prism.capsule(half, shape.size[0], margin)
            }
            _ => prism.cuboid(&shape, margin),
        };
        if hard {
            continue;
        }
        let theirs = deepest(&prism.solid(0), &Convex::new(kind, &shape, [0.0; 3]), margin);
        let Some(theirs) = theirs.filter(|contact| contact.dist <= margin) else {
            assert!(ours.dist == ABSENT, "{kind:?} {case}: {ours:?} of none");
            continue;
        };
        touching += 1;
        assert!((ours.dist - theirs.dist).abs() < 1e-6, "{kind:?} {case}: {ours:?} of {theirs:?}");
        for k in 0..3 {
            let turned = (ours.normal[k] - theirs.normal[k]).abs();
            let moved = (ours.pos[k] - theirs.pos[k]).abs();
            // Of two directions of the same depth, and of a box's points along an edge, there is a choice.
            let chosen = kind == ShapeKind::Box;
            assert!(
                chosen || turned < 1e-5 && moved < 1e-5,
                "{kind:?} {case}: {ours:?} of {theirs:?}"
            );
        }
    }
    touching
}

#[test]
fn spheres_touch_prisms_as_any_convex_shapes_do() {
    assert!(compare(ShapeKind::Sphere, MARGIN) > 500);
}

#[test]
fn capsules_touch_prisms_as_any_convex_shapes_do() {
    assert!(compare(ShapeKind::Capsule, MARGIN) > 500);
}

#[test]
fn boxes_touch_prisms_as_any_convex_shapes_do() {
    assert!(compare(ShapeKind::Box, 0.0) > 500);
}

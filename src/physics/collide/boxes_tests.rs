//! Boxes with boxes and capsules, a pose of its own in each lane: f32 lanes against the f64 reference.

use super::tests::{Collide, in_lane};
use super::*;
use crate::math::differences::largest_difference;
use crate::math::lanes::{Isa, LaneMask, for_isa};
use crate::math::rng::{Random, RandomStream};
use crate::math::spatial::{dot3, quat_normalize, quat_to_mat};

/// Poses of each pair: a quarter anywhere, the others on top of each other, upright or turned about the vertical,
/// some of them of the same size, where faces and corners coincide.
const N_POSES: u32 = 4000;

/// Position, frame and size of two shapes that overlap or nearly do, in numbers that f32 has.
fn pose(kinds: (ShapeKind, ShapeKind), pose: u32) -> [[[f64; 9]; 3]; 2] {
    let mut random = Random::new(1, RandomStream::Control, pose, 0);
    let way = random.below(4);
    let mut size = [(); 2].map(|()| [(); 3].map(|()| random.uniform_in(0.1, 0.5)));
    if way == 3 {
        size[1] = size[0];
    }
    let lying = if kinds.0 == ShapeKind::Box { size[0][2] } else { size[0][0] + size[0][1] };
    let offset = if way == 0 {
        let direction = [(); 3].map(|()| random.normal());
        let reach = random.uniform_in(0.2, 0.9) / dot3(direction, direction).sqrt();
        direction.map(|x| x * reach)
    } else {
        let mut across = || random.uniform_in(-0.2, 0.2);
        [across(), across(), lying + size[1][2] - 0.01]
    };
    let mut turn = |is_first: bool| match way {
        0 => [(); 4].map(|()| random.normal()),
        2 | 3 if !is_first => [1.0, 0.0, 0.0, random.normal()],
        _ => [1.0, 0.0, 0.0, 0.0],
    };
    let frames = [turn(true), turn(false)].map(|turn| quat_to_mat(quat_normalize(turn)));
    std::array::from_fn(|g| {
        let wide = |v: [f64; 3]| std::array::from_fn(|k| v.get(k).copied().unwrap_or_default());
        let pos = if g == 0 { [0.0; 3] } else { offset };
        [wide(pos), frames[g], wide(size[g])].map(|part| part.map(|x| f64::from(x as f32)))
    })
}

/// The contacts of all poses.
fn contacts<L: Lanes>(kinds: (ShapeKind, ShapeKind)) -> Vec<Vec<[f64; 10]>> {
    let mut found = Vec::new();
    for first in (0..N_POSES).step_by(L::WIDTH) {
        let mut shapes = [(); 2].map(|()| Shape {
            pos: [L::zero(); 3],
            mat: [L::zero(); 9],
            size: [L::zero(); 3],
            data: ShapeData::None,
        });
        for lane in 0..L::WIDTH {
            for (shape, [pos, mat, size]) in shapes.iter_mut().zip(pose(kinds, first + lane as u32))
            {
                for k in 0..3 {
                    shape.pos[k].set_lane(lane, pos[k]);
                    shape.size[k].set_lane(lane, size[k]);
                }
                (0..9).for_each(|k| shape.mat[k].set_lane(lane, mat[k]));
            }
        }
        let (slots, near) = (max_contacts(kinds.0, kinds.1), L::Mask::splat(true));
        let [a, b] = &shapes;
        let out = L::vectorize(Collide(kinds, [a, b], L::splat(0.002), near, slots));
        found.extend((0..L::WIDTH).map(|lane| in_lane(&out, lane)));
    }
    found
}

/// As many contacts, and each where the reference has it. What is closest to a capsule's axis by less than the
/// rounding of f32 frames is a tie for f32 and none for f64, so points along it may differ; the deepest is as deep.
#[test]
fn lanes_find_the_contacts_of_the_reference() {
    for kinds in [(ShapeKind::Box, ShapeKind::Box), (ShapeKind::Capsule, ShapeKind::Box)] {
        let reference = contacts::<f64>(kinds);
        let n_touching = reference.iter().filter(|contacts| !contacts.is_empty()).count();
        assert!(n_touching > 3000, "{kinds:?}: only {n_touching} touch");
        for isa in Isa::available() {
            let found = for_isa!(isa, L => contacts::<L>(kinds));
            assert_eq!(found.len(), reference.len());
            for (i, (ours, theirs)) in found.iter().zip(&reference).enumerate() {
                let said = format!("{kinds:?} {i}, {}: {ours:?} {theirs:?}", isa.name());
                assert_eq!(ours.len(), theirs.len(), "{said}");
                let deepest =
                    |of: &[[f64; 10]]| of.iter().map(|c| c[0]).fold(f64::INFINITY, f64::min);
                let both_none = ours.is_empty() && theirs.is_empty();
                assert!(both_none || (deepest(ours) - deepest(theirs)).abs() < 1e-4, "{said}");
                if kinds.0 == ShapeKind::Box {
                    // Of the tangent the normal says all.
                    let far =
                        |c: &[f64; 10], other: &[f64; 10]| largest_difference(&c[..7], &other[..7]);
                    let nearest = |c: &[f64; 10]| {
                        theirs.iter().map(|other| far(c, other)).fold(1.0, f64::min)
                    };
                    assert!(ours.iter().all(|contact| nearest(contact) < 1e-4), "{said}");
                }
            }
        }
    }
}

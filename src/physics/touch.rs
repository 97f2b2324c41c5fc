//! Whether a ray meets the volume of a site: where touch sensors feel.

use crate::math::lanes::{LaneMask, Lanes};
use crate::math::spatial::V3;
use crate::model::GeomType;

/// A direction shorter than this along an axis is across it.
const LEVEL: f64 = 1e-15;

/// One in the lanes in which the ray from `from` along `direction` (both in the site's frame) starts
/// inside the site or meets it, else zero.
#[inline(always)]
pub(super) fn ray_meets_site<L: Lanes>(
    site_type: GeomType,
    size: V3<L>,
    from: V3<L>,
    direction: V3<L>,
) -> L {
    L::select(meets(site_type, size, from, direction), L::one(), L::zero())
}

#[inline(always)]
fn meets<L: Lanes>(site_type: GeomType, size: V3<L>, from: V3<L>, along: V3<L>) -> L::Mask {
    let [radius, half, _] = size;
    match site_type {
        GeomType::Sphere => meets_ball([radius; 3], from, along),
        GeomType::Ellipsoid => meets_ball(size, from, along),
        GeomType::Capsule => {
            let [x, y, z] = from;
            meets_tube(radius, half, from, along)
                | meets_ball([radius; 3], [x, y, z - half], along)
                | meets_ball([radius; 3], [x, y, z + half], along)
        }
        GeomType::Cylinder => {
            meets_tube(radius, half, from, along)
                | meets_cap(radius, half, from, along)
                | meets_cap(radius, -half, from, along)
        }
        _ => meets_box(size, from, along),
    }
}

/// Roots of a t^2 + 2 b t + c = 0, smaller first, and where they are real.
#[inline(always)]
fn roots<L: Lanes>(a: L, b: L, c: L) -> ([L; 2], L::Mask) {
    let discriminant = b * b - a * c;
    let exist = L::splat(LEVEL).lt(a) & L::zero().le(discriminant);
    let root = discriminant.max(L::zero()).sqrt();
    ([(-b - root) / a, (-b + root) / a], exist)
}

#[inline(always)]
fn meets_ball<L: Lanes>(radii: V3<L>, from: V3<L>, along: V3<L>) -> L::Mask {
    let (mut a, mut b, mut c) = (L::zero(), L::zero(), L::splat(-1.0));
    for k in 0..3 {
        let (x, v) = (from[k] / radii[k], along[k] / radii[k]);
        a += v * v;
        b += x * v;
        c += x * x;
    }
    let ([_, last], exist) = roots(a, b, c);
    exist & L::zero().le(last)
}

/// The round side of a cylinder about z.
#[inline(always)]
fn meets_tube<L: Lanes>(radius: L, half: L, from: V3<L>, along: V3<L>) -> L::Mask {
    let a = along[0] * along[0] + along[1] * along[1];
    let b = from[0] * along[0] + from[1] * along[1];
    let c = from[0] * from[0] + from[1] * from[1] - radius * radius;
    let ([first, last], exist) = roots(a, b, c);
    let on_side = |t: L| L::zero().le(t) & t.mul_add(along[2], from[2]).abs().le(half);
    exist & (on_side(first) | on_side(last))
}

/// A flat end of a cylinder.
#[inline(always)]
fn meets_cap<L: Lanes>(radius: L, end: L, from: V3<L>, along: V3<L>) -> L::Mask {
    let t = (end - from[2]) / along[2];
    let (x, y) = (t.mul_add(along[0], from[0]), t.mul_add(along[1], from[1]));
    let crosses = L::splat(LEVEL).le(along[2].abs());
    crosses & L::zero().le(t) & (x * x + y * y).le(radius * radius)
}

#[inline(always)]
fn meets_box<L: Lanes>(half: V3<L>, from: V3<L>, along: V3<L>) -> L::Mask {
    let (mut enter, mut leave) = (L::zero(), L::splat(f64::from(f32::MAX)));
    let mut between = L::Mask::splat(true);
    for k in 0..3 {
        let is_level = along[k].abs().lt(L::splat(LEVEL));
        let step = L::select(is_level, L::one(), along[k]);
        let (a, b) = ((-half[k] - from[k]) / step, (half[k] - from[k]) / step);
        enter = L::select(is_level, enter, enter.max(a.min(b)));
        leave = L::select(is_level, leave, leave.min(a.max(b)));
        between = between & (!is_level | from[k].abs().le(half[k]));
    }
    between & enter.le(leave)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::lanes::{Isa, for_isa};
    use crate::math::rng::{Random, Stream};

    const KINDS: [GeomType; 5] = [
        GeomType::Sphere,
        GeomType::Ellipsoid,
        GeomType::Capsule,
        GeomType::Cylinder,
        GeomType::Box,
    ];

    #[test]
    fn rays_meet_what_lies_ahead_or_about_them() {
        let size = [0.5, 1.0, 2.0];
        for kind in KINDS {
            assert!(
                meets::<f64>(kind, size, [0.1, 0.0, 0.1], [0.0, 0.6, 0.8]),
                "{kind:?} from inside"
            );
            assert!(meets::<f64>(kind, size, [3.0, 0.0, 0.0], [-1.0, 0.0, 0.0]), "{kind:?} ahead");
            assert!(
                meets::<f64>(kind, size, [0.0, 0.0, 5.0], [0.0, 0.0, -1.0]),
                "{kind:?} from above"
            );
            assert!(!meets::<f64>(kind, size, [3.0, 0.0, 0.0], [1.0, 0.0, 0.0]), "{kind:?} behind");
            assert!(!meets::<f64>(kind, size, [3.0, 0.0, 3.5], [-1.0, 0.0, 0.0]), "{kind:?} past");
        }
    }

    struct Ray(GeomType, [f64; 3], [f64; 3], [f64; 3]);

    fn hits<L: Lanes>(ray: &Ray) -> f64 {
        let lanes = |v: [f64; 3]| v.map(L::splat);
        let hits = ray_meets_site(ray.0, lanes(ray.1), lanes(ray.2), lanes(ray.3));
        for lane in 1..L::WIDTH {
            assert_eq!(hits.lane(lane), hits.lane(0));
        }
        hits.lane(0)
    }

    #[test]
    fn lanes_feel_what_the_reference_feels() {
        let mut random = Random::new(5, Stream::Reset, 0, 0);
        let mut n_hits = 0.0;
        for case in 0..2000 {
            let mut draw = |most: f64| [0; 3].map(|_| random.uniform_in(-most, most));
            let size = draw(1.0).map(|x| x.abs() + 0.1);
            let (from, along) = (draw(2.0), draw(1.0));
            let kind = KINDS[case % KINDS.len()];
            let ray = Ray(kind, size, from, along);
            let reference = hits::<f64>(&ray);
            n_hits += reference;
            for isa in Isa::available() {
                let felt = for_isa!(isa, L => hits::<L>(&ray));
                assert_eq!(felt, reference, "{kind:?} {size:?} {from:?} {along:?}");
            }
        }
        assert!(n_hits > 100.0 && n_hits < 1900.0, "{n_hits}");
    }
}

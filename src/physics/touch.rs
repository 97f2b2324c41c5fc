//! Whether a ray meets the volume of a site: where touch sensors feel.

use crate::math::lanes::Lanes;
use crate::math::spatial::V3;
use crate::model::GeomType;

/// One in the lanes in which the ray from `from` along `direction` (both in the site's frame) starts
/// inside the site or meets it, else zero.
pub(super) fn ray_meets_site<L: Lanes>(
    site_type: GeomType,
    size: V3<L>,
    from: V3<L>,
    direction: V3<L>,
) -> L {
    let mut hits = L::zero();
    for lane in 0..L::WIDTH {
        let of = |v: V3<L>| v.map(|x| x.lane(lane));
        if meets(site_type, of(size), of(from), of(direction)) {
            hits.set_lane(lane, 1.0);
        }
    }
    hits
}

fn meets(site_type: GeomType, size: [f64; 3], from: [f64; 3], along: [f64; 3]) -> bool {
    let [radius, half, _] = size;
    match site_type {
        GeomType::Sphere => meets_ball([radius; 3], [0.0; 3], from, along),
        GeomType::Ellipsoid => meets_ball(size, [0.0; 3], from, along),
        GeomType::Capsule => {
            meets_tube(radius, half, from, along)
                || meets_ball([radius; 3], [0.0, 0.0, half], from, along)
                || meets_ball([radius; 3], [0.0, 0.0, -half], from, along)
        }
        GeomType::Cylinder => {
            meets_tube(radius, half, from, along) || meets_cap(radius, half, from, along)
        }
        _ => meets_box(size, from, along),
    }
}

/// Roots of a t^2 + 2 b t + c = 0, smaller first; none without real roots.
fn roots(a: f64, b: f64, c: f64) -> Option<[f64; 2]> {
    let discriminant = b * b - a * c;
    (a > 1e-15 && discriminant >= 0.0).then(|| {
        let root = discriminant.sqrt();
        [(-b - root) / a, (-b + root) / a]
    })
}

fn meets_ball(radii: [f64; 3], centre: [f64; 3], from: [f64; 3], along: [f64; 3]) -> bool {
    let (mut a, mut b, mut c) = (0.0, 0.0, -1.0);
    for k in 0..3 {
        let (x, v) = ((from[k] - centre[k]) / radii[k], along[k] / radii[k]);
        a += v * v;
        b += x * v;
        c += x * x;
    }
    roots(a, b, c).is_some_and(|[_, last]| last >= 0.0)
}

/// The round side of a cylinder about z.
fn meets_tube(radius: f64, half: f64, from: [f64; 3], along: [f64; 3]) -> bool {
    let a = along[0] * along[0] + along[1] * along[1];
    let b = from[0] * along[0] + from[1] * along[1];
    let c = from[0] * from[0] + from[1] * from[1] - radius * radius;
    roots(a, b, c)
        .is_some_and(|ts| ts.iter().any(|&t| t >= 0.0 && (from[2] + t * along[2]).abs() <= half))
}

/// The flat ends of a cylinder.
fn meets_cap(radius: f64, half: f64, from: [f64; 3], along: [f64; 3]) -> bool {
    [-half, half].iter().any(|end| {
        let t = (end - from[2]) / along[2];
        let (x, y) = (from[0] + t * along[0], from[1] + t * along[1]);
        t.is_finite() && t >= 0.0 && x * x + y * y <= radius * radius
    })
}

fn meets_box(half: [f64; 3], from: [f64; 3], along: [f64; 3]) -> bool {
    let (mut enter, mut leave) = (0.0_f64, f64::INFINITY);
    for k in 0..3 {
        if along[k].abs() < 1e-15 {
            if from[k].abs() > half[k] {
                return false;
            }
            continue;
        }
        let a = (-half[k] - from[k]) / along[k];
        let b = (half[k] - from[k]) / along[k];
        enter = enter.max(a.min(b));
        leave = leave.min(a.max(b));
    }
    enter <= leave
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rays_meet_what_lies_ahead_or_about_them() {
        let size = [0.5, 1.0, 2.0];
        let kinds = [
            GeomType::Sphere,
            GeomType::Ellipsoid,
            GeomType::Capsule,
            GeomType::Cylinder,
            GeomType::Box,
        ];
        for kind in kinds {
            assert!(meets(kind, size, [0.1, 0.0, 0.1], [0.0, 0.6, 0.8]), "{kind:?} from inside");
            assert!(meets(kind, size, [3.0, 0.0, 0.0], [-1.0, 0.0, 0.0]), "{kind:?} ahead");
            assert!(meets(kind, size, [0.0, 0.0, 5.0], [0.0, 0.0, -1.0]), "{kind:?} from above");
            assert!(!meets(kind, size, [3.0, 0.0, 0.0], [1.0, 0.0, 0.0]), "{kind:?} behind");
            assert!(!meets(kind, size, [3.0, 0.0, 3.5], [-1.0, 0.0, 0.0]), "{kind:?} past");
        }
    }
}

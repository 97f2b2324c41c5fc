//! Whether a ray meets the volume of a site: where touch sensors feel.

use super::rays::solid;
use crate::math::lanes::Lanes;
use crate::math::rays::span;
use crate::math::spatial::V3;
use crate::model::GeomType;

/// One in the lanes in which the ray from `from` along `direction` (both in the site's frame) starts
/// inside the site or meets it, else zero.
#[inline(always)]
pub(super) fn ray_meets_site<L: Lanes>(
    site_type: GeomType,
    size: V3<L>,
    from: V3<L>,
    direction: V3<L>,
) -> L {
    let is_met = span(solid(site_type), size, from, direction).touches();
    L::select(is_met, L::one(), L::zero())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::lanes::{Isa, for_isa};
    use crate::math::rng::{Random, RandomStream};

    const KINDS: [GeomType; 5] = [
        GeomType::Sphere,
        GeomType::Ellipsoid,
        GeomType::Capsule,
        GeomType::Cylinder,
        GeomType::Box,
    ];

    fn meets(kind: GeomType, size: [f64; 3], from: [f64; 3], along: [f64; 3]) -> bool {
        ray_meets_site(kind, size, from, along) == 1.0
    }

    #[test]
    fn rays_meet_what_lies_ahead_or_about_them() {
        let size = [0.5, 1.0, 2.0];
        for kind in KINDS {
            assert!(meets(kind, size, [0.1, 0.0, 0.1], [0.0, 0.6, 0.8]), "{kind:?} from inside");
            assert!(meets(kind, size, [3.0, 0.0, 0.0], [-1.0, 0.0, 0.0]), "{kind:?} ahead");
            assert!(meets(kind, size, [0.0, 0.0, 5.0], [0.0, 0.0, -1.0]), "{kind:?} from above");
            assert!(!meets(kind, size, [3.0, 0.0, 0.0], [1.0, 0.0, 0.0]), "{kind:?} behind");
            assert!(!meets(kind, size, [3.0, 0.0, 3.5], [-1.0, 0.0, 0.0]), "{kind:?} past");
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
        let mut random = Random::new(5, RandomStream::Reset, 0, 0);
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

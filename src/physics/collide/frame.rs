//! The frame of a contact, in which its friction acts.

use crate::math::lanes::{LaneMask, Lanes, when};
use crate::math::spatial::*;

/// The contact frame from a unit normal and a tangent hint: rows normal, first and second tangent
/// (MuJoCo's mju_makeFrame).
///
/// The first tangent is the hint made orthogonal to the normal. Where the hint is zero it is y, or z
/// if the normal is close to y.
#[inline(always)]
pub fn contact_frame<L: Lanes>(normal: V3<L>, tangent: V3<L>) -> M3<L> {
    let (zero, one) = (L::zero(), L::one());
    let steep = L::splat(0.5).le(normal[1].abs());
    let default = [zero, L::select(steep, zero, one), L::select(steep, one, zero)];
    let given = L::splat(0.25).le(dot3(tangent, tangent));
    let hint: V3<L> = std::array::from_fn(|k| L::select(given, tangent[k], default[k]));

    let mut across = mul_add3(normal, -dot3(normal, hint), hint);
    // A hint along the normal leaves nothing but rounding: take x, as MuJoCo does, or z.
    let noise = L::splat(64.0 * L::EPSILON);
    let along = dot3(across, across).le(noise * noise);
    when!(L, along, [across;] => {
        let flat = normal[0].abs().lt(L::splat(0.9));
        let other = [L::select(flat, one, zero), zero, L::select(flat, zero, one)];
        let other = mul_add3(normal, -dot3(normal, other), other);
        across = std::array::from_fn(|k| L::select(along, other[k], across[k]));
    });
    let scale = one / dot3(across, across).sqrt();
    let across = across.map(|x| x * scale);
    // Near the normal the first pass is orthogonal only up to rounding over the angle; twice is
    // enough (Parlett, "The Symmetric Eigenvalue Problem", 1998, section 6.9).
    let t1 = mul_add3(normal, -dot3(normal, across), across);
    let t2 = cross3(normal, t1);
    [normal[0], normal[1], normal[2], t1[0], t1[1], t1[2], t2[0], t2[1], t2[2]]
}

//! Vectors, quaternions and spatial algebra on lanes.
//!
//! Conventions are MuJoCo's: quaternions (w, x, y, z); matrices row-major; spatial vectors have
//! their rotational part first; spatial quantities of a tree are about the tree's centre of mass,
//! in world axes. No closures: what they call is not compiled for the lanes' instruction set.
//! Formulas: Featherstone, "Rigid Body Dynamics Algorithms", 2008, chapter 2.

use super::lanes::{Lanes, atan2, sin_cos};

/// Vector (x, y, z).
pub type V3<L> = [L; 3];
/// Quaternion (w, x, y, z).
pub type Q4<L> = [L; 4];
/// Row-major 3 x 3 matrix.
pub type M3<L> = [L; 9];
/// Spatial vector: rotational, then translational.
pub type V6<L> = [L; 6];
/// Symmetric tensor: xx, yy, zz, xy, xz, yz.
pub type S6<L> = [L; 6];
/// Spatial inertia: rotational (xx, yy, zz, xy, xz, yz), first mass moment (3), mass.
pub type I10<L> = [L; 10];

/// The same vector in every lane.
#[inline(always)]
pub fn splat3<L: Lanes>(v: [f64; 3]) -> V3<L> {
    v.map(L::splat)
}

/// `a + b`.
#[inline(always)]
pub fn add3<L: Lanes>(a: V3<L>, b: V3<L>) -> V3<L> {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

/// `a - b`.
#[inline(always)]
pub fn sub3<L: Lanes>(a: V3<L>, b: V3<L>) -> V3<L> {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

/// `a * s`.
#[inline(always)]
pub fn scale3<L: Lanes>(a: V3<L>, s: L) -> V3<L> {
    [a[0] * s, a[1] * s, a[2] * s]
}

/// `-a`.
#[inline(always)]
pub fn neg3<L: Lanes>(a: V3<L>) -> V3<L> {
    [-a[0], -a[1], -a[2]]
}

/// `a` where the mask is true, else `b`.
#[inline(always)]
pub fn select3<L: Lanes>(mask: L::Mask, a: V3<L>, b: V3<L>) -> V3<L> {
    [L::select(mask, a[0], b[0]), L::select(mask, a[1], b[1]), L::select(mask, a[2], b[2])]
}

/// `a * s + b`.
#[inline(always)]
pub fn mul_add3<L: Lanes>(a: V3<L>, s: L, b: V3<L>) -> V3<L> {
    [a[0].mul_add(s, b[0]), a[1].mul_add(s, b[1]), a[2].mul_add(s, b[2])]
}

/// Dot product.
#[inline(always)]
pub fn dot3<L: Lanes>(a: V3<L>, b: V3<L>) -> L {
    a[0].mul_add(b[0], a[1].mul_add(b[1], a[2] * b[2]))
}

/// Cross product `a x b`.
#[inline(always)]
pub fn cross3<L: Lanes>(a: V3<L>, b: V3<L>) -> V3<L> {
    [
        a[1].mul_add(b[2], -(a[2] * b[1])),
        a[2].mul_add(b[0], -(a[0] * b[2])),
        a[0].mul_add(b[1], -(a[1] * b[0])),
    ]
}

/// Matrix times vector.
#[inline(always)]
pub fn rotate<L: Lanes>(m: &M3<L>, v: V3<L>) -> V3<L> {
    [dot3([m[0], m[1], m[2]], v), dot3([m[3], m[4], m[5]], v), dot3([m[6], m[7], m[8]], v)]
}

/// Transposed matrix times vector.
#[inline(always)]
pub fn rotate_back<L: Lanes>(m: &M3<L>, v: V3<L>) -> V3<L> {
    [dot3([m[0], m[3], m[6]], v), dot3([m[1], m[4], m[7]], v), dot3([m[2], m[5], m[8]], v)]
}

/// Product `a b`: the rotation `b`, then `a`.
#[inline(always)]
pub fn quat_mul<L: Lanes>(a: Q4<L>, b: Q4<L>) -> Q4<L> {
    [
        a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
        a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
        a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1],
        a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0],
    ]
}

/// Conjugate; of a unit quaternion the inverse rotation.
#[inline(always)]
pub fn quat_conjugate<L: Lanes>(q: Q4<L>) -> Q4<L> {
    [q[0], -q[1], -q[2], -q[3]]
}

/// Scaled to length 1; not finite for the zero quaternion.
#[inline(always)]
pub fn quat_normalize<L: Lanes>(q: Q4<L>) -> Q4<L> {
    let squared = q[0].mul_add(q[0], q[1].mul_add(q[1], q[2].mul_add(q[2], q[3] * q[3])));
    let scale = L::one() / squared.sqrt();
    [q[0] * scale, q[1] * scale, q[2] * scale, q[3] * scale]
}

/// Rotation by `angle` \[rad\] about a unit `axis`.
#[inline(always)]
pub fn quat_axis_angle<L: Lanes>(axis: V3<L>, angle: L) -> Q4<L> {
    let (sin, cos) = sin_cos(angle * L::splat(0.5));
    [cos, axis[0] * sin, axis[1] * sin, axis[2] * sin]
}

/// Axis times angle \[rad\] of a unit quaternion, the angle in (-pi, pi].
#[inline(always)]
pub fn quat_to_rotation_vector<L: Lanes>(q: Q4<L>) -> V3<L> {
    let v = [q[1], q[2], q[3]];
    let sin = dot3(v, v).sqrt();
    // q and -q are the same rotation; the one with w >= 0 turns by less.
    let flip = q[0].lt(L::zero());
    let half = atan2(sin, L::select(flip, -q[0], q[0]));
    let tiny = sin.le(L::splat(1e-15));
    let scale = L::splat(2.0) * half / L::select(tiny, L::one(), sin);
    let scale = L::select(tiny, L::splat(2.0), L::select(flip, -scale, scale));
    scale3(v, scale)
}

/// `q` turned by angular velocity `w` [rad/s] in its own frame for `time` \[s\] (mju_quatIntegrate).
#[inline(always)]
pub fn quat_integrate<L: Lanes>(q: Q4<L>, w: V3<L>, time: L) -> Q4<L> {
    let speed = dot3(w, w).sqrt();
    let still = speed.le(L::splat(1e-15));
    let (sin, cos) = sin_cos(speed * time * L::splat(0.5));
    let scale = L::select(still, L::zero(), sin / L::select(still, L::one(), speed));
    quat_normalize(quat_mul(quat_normalize(q), [cos, w[0] * scale, w[1] * scale, w[2] * scale]))
}

/// Rotation matrix of a unit quaternion.
#[inline(always)]
pub fn quat_to_mat<L: Lanes>(q: Q4<L>) -> M3<L> {
    let two = L::splat(2.0);
    let [w, x, y, z] = q;
    let (xx, yy, zz) = (x * x, y * y, z * z);
    let (xy, xz, yz) = (x * y, x * z, y * z);
    let (wx, wy, wz) = (w * x, w * y, w * z);
    [
        L::one() - two * (yy + zz),
        two * (xy - wz),
        two * (xz + wy),
        two * (xy + wz),
        L::one() - two * (xx + zz),
        two * (yz - wx),
        two * (xz - wy),
        two * (yz + wx),
        L::one() - two * (xx + yy),
    ]
}

/// Principal moments `inertia` in axes `mat`, as a symmetric tensor in world axes.
#[inline(always)]
pub fn rotate_inertia<L: Lanes>(inertia: V3<L>, mat: &M3<L>) -> S6<L> {
    let [a, b, c] = inertia;
    // R diag(inertia) R', of which six entries are distinct.
    let rows = [[mat[0], mat[1], mat[2]], [mat[3], mat[4], mat[5]], [mat[6], mat[7], mat[8]]];
    let [x, y, z] = rows;
    let scaled_x = [x[0] * a, x[1] * b, x[2] * c];
    let scaled_y = [y[0] * a, y[1] * b, y[2] * c];
    let scaled_z = [z[0] * a, z[1] * b, z[2] * c];
    [
        dot3(scaled_x, x),
        dot3(scaled_y, y),
        dot3(scaled_z, z),
        dot3(scaled_x, y),
        dot3(scaled_x, z),
        dot3(scaled_y, z),
    ]
}

/// Inertia about a point from which the centre of `mass` lies at `offset` (parallel axes).
#[inline(always)]
pub fn shift_inertia<L: Lanes>(i: &S6<L>, mass: L, offset: V3<L>) -> S6<L> {
    let [x, y, z] = offset;
    let [mx, my, mz] = [mass * x, mass * y, mass * z];
    [
        my.mul_add(y, mz.mul_add(z, i[0])),
        mx.mul_add(x, mz.mul_add(z, i[1])),
        mx.mul_add(x, my.mul_add(y, i[2])),
        (-mx).mul_add(y, i[3]),
        (-mx).mul_add(z, i[4]),
        (-my).mul_add(z, i[5]),
    ]
}

/// Symmetric tensor times vector.
#[inline(always)]
pub fn symmetric_mul<L: Lanes>(i: &S6<L>, v: V3<L>) -> V3<L> {
    [dot3([i[0], i[3], i[4]], v), dot3([i[3], i[1], i[5]], v), dot3([i[4], i[5], i[2]], v)]
}

/// Spatial inertia about a point from which the centre of `mass` lies at `offset`; `inertia` is
/// about the centre.
#[inline(always)]
pub fn spatial_inertia<L: Lanes>(inertia: &S6<L>, mass: L, offset: V3<L>) -> I10<L> {
    let i = shift_inertia(inertia, mass, offset);
    let [x, y, z] = offset;
    [i[0], i[1], i[2], i[3], i[4], i[5], mass * x, mass * y, mass * z, mass]
}

/// Momentum: spatial inertia times spatial velocity.
#[inline(always)]
pub fn inertia_mul<L: Lanes>(i: &I10<L>, v: &V6<L>) -> V6<L> {
    let moment = [i[6], i[7], i[8]];
    let (rotational, linear) = ([v[0], v[1], v[2]], [v[3], v[4], v[5]]);
    let from_linear = cross3(moment, linear);
    let from_rotation = cross3(rotational, moment);
    let angular = symmetric_mul(&[i[0], i[1], i[2], i[3], i[4], i[5]], rotational);
    [
        angular[0] + from_linear[0],
        angular[1] + from_linear[1],
        angular[2] + from_linear[2],
        i[9].mul_add(linear[0], from_rotation[0]),
        i[9].mul_add(linear[1], from_rotation[1]),
        i[9].mul_add(linear[2], from_rotation[2]),
    ]
}

/// Motion cross product: the rate of change of the motion `m` that moves with `v`.
#[inline(always)]
pub fn cross_motion<L: Lanes>(v: &V6<L>, m: &V6<L>) -> V6<L> {
    let (w, u) = ([v[0], v[1], v[2]], [v[3], v[4], v[5]]);
    let (mw, mu) = ([m[0], m[1], m[2]], [m[3], m[4], m[5]]);
    let rotational = cross3(w, mw);
    let linear = add3(cross3(w, mu), cross3(u, mw));
    join6(rotational, linear)
}

/// Force cross product: the rate of change of the force `f` that moves with `v`.
#[inline(always)]
pub fn cross_force<L: Lanes>(v: &V6<L>, f: &V6<L>) -> V6<L> {
    let (w, u) = ([v[0], v[1], v[2]], [v[3], v[4], v[5]]);
    let (torque, force) = ([f[0], f[1], f[2]], [f[3], f[4], f[5]]);
    join6(add3(cross3(w, torque), cross3(u, force)), cross3(w, force))
}

/// A spatial vector of its two parts.
#[inline(always)]
pub fn join6<L: Lanes>(rotational: V3<L>, linear: V3<L>) -> V6<L> {
    [rotational[0], rotational[1], rotational[2], linear[0], linear[1], linear[2]]
}

/// `a + b`.
#[inline(always)]
pub fn add6<L: Lanes>(a: &V6<L>, b: &V6<L>) -> V6<L> {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3], a[4] + b[4], a[5] + b[5]]
}

/// `a * s + b`.
#[inline(always)]
pub fn mul_add6<L: Lanes>(a: &V6<L>, s: L, b: &V6<L>) -> V6<L> {
    [
        a[0].mul_add(s, b[0]),
        a[1].mul_add(s, b[1]),
        a[2].mul_add(s, b[2]),
        a[3].mul_add(s, b[3]),
        a[4].mul_add(s, b[4]),
        a[5].mul_add(s, b[5]),
    ]
}

/// Dot product.
#[inline(always)]
pub fn dot6<L: Lanes>(a: &V6<L>, b: &V6<L>) -> L {
    let low = a[0].mul_add(b[0], a[1].mul_add(b[1], a[2] * b[2]));
    a[3].mul_add(b[3], a[4].mul_add(b[4], a[5].mul_add(b[5], low)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quaternion_and_its_matrix_rotate_alike() {
        let axis = [2.0 / 7.0, 3.0 / 7.0, 6.0 / 7.0];
        let q = quat_axis_angle(axis, 0.8);
        let v = [0.3, -1.2, 0.7];
        let [w, x, y, z] = q;
        let sandwich = quat_mul(quat_mul(q, [0.0, v[0], v[1], v[2]]), [w, -x, -y, -z]);
        let rotated = rotate(&quat_to_mat(q), v);
        for k in 0..3 {
            assert!((sandwich[k + 1] - rotated[k]).abs() < 1e-15);
        }
    }

    #[test]
    fn kinetic_energy_does_not_depend_on_the_reference_point() {
        let mat = quat_to_mat(quat_axis_angle([0.6, 0.0, 0.8], 0.4));
        let (mass, inertia) = (2.0, rotate_inertia([0.3, 0.5, 0.7], &mat));
        let (w, velocity) = ([0.2, -0.4, 0.9], [1.0, 2.0, -0.5]);
        let energy = |offset: [f64; 3]| {
            // The velocity of the material point that lies at the reference point.
            let at_point = sub3(velocity, cross3(w, offset));
            let v = join6(w, at_point);
            0.5 * dot6(&v, &inertia_mul(&spatial_inertia(&inertia, mass, offset), &v))
        };
        assert!((energy([0.0; 3]) - energy([0.4, -0.7, 1.1])).abs() < 1e-14);
    }

    #[test]
    fn force_cross_is_dual_to_motion_cross() {
        let v = [0.1, 0.2, -0.3, 0.4, 0.5, 0.6];
        let m = [1.0, -2.0, 0.5, 0.3, 0.2, -0.8];
        let f = [0.7, 0.1, -0.9, 1.5, -0.6, 0.25];
        let power = dot6(&cross_motion(&v, &m), &f) + dot6(&m, &cross_force(&v, &f));
        assert!(power.abs() < 1e-15);
    }
}

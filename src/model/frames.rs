//! Vectors of three, quaternions and rotation matrices (rows, world from local), as the model compiler
//! needs them.

use super::types::{Quat, Vec3};
use crate::math::lanes::{atan2, sin_cos};

/// Lengths below this count as zero, as in MuJoCo's compiler (`mjEPS`).
pub(super) const EPS: f64 = 1e-14;

pub(super) type Mat3 = [Vec3; 3];

pub(super) const IDENTITY: Quat = [1.0, 0.0, 0.0, 0.0];

pub(super) fn add(a: Vec3, b: Vec3) -> Vec3 {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

pub(super) fn sub(a: Vec3, b: Vec3) -> Vec3 {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

pub(super) fn scale(a: Vec3, s: f64) -> Vec3 {
    a.map(|x| x * s)
}

pub(super) fn dot(a: Vec3, b: Vec3) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(super) fn cross(a: Vec3, b: Vec3) -> Vec3 {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// A vector of length one and the length it had; none if it is too short or too long to have a
/// direction. A vector whose length
/// is one already stays as it is, to the last bit.
pub(super) fn normalize<const N: usize>(a: [f64; N]) -> Option<([f64; N], f64)> {
    let square: f64 = a.iter().map(|x| x * x).sum();
    if square < EPS || !square.is_finite() {
        return None;
    }
    let length = square.sqrt();
    if (length - 1.0).abs() <= EPS {
        return Some((a, length));
    }
    Some((a.map(|x| x / length), length))
}

pub(super) fn quat_mul(a: Quat, b: Quat) -> Quat {
    [
        a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
        a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
        a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1],
        a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0],
    ]
}

/// Rotation by an angle [rad] about a unit axis.
pub(super) fn quat_about(axis: Vec3, angle: f64) -> Quat {
    let (sin, cos) = sin_cos(angle / 2.0);
    [cos, axis[0] * sin, axis[1] * sin, axis[2] * sin]
}

pub(super) fn quat_to_mat(q: Quat) -> Mat3 {
    let [w, x, y, z] = q;
    [
        [w * w + x * x - y * y - z * z, 2.0 * (x * y - w * z), 2.0 * (x * z + w * y)],
        [2.0 * (x * y + w * z), w * w - x * x + y * y - z * z, 2.0 * (y * z - w * x)],
        [2.0 * (x * z - w * y), 2.0 * (y * z + w * x), w * w - x * x - y * y + z * z],
    ]
}

/// The quaternion of a right-handed frame whose unit axes are the columns x, y, z. The largest
/// component comes first, so that nothing is divided by a small number (Shepperd 1978).
pub(super) fn quat_from_axes(x: Vec3, y: Vec3, z: Vec3) -> Quat {
    let trace = x[0] + y[1] + z[2];
    let quat = if trace > 0.0 {
        let w = 0.5 * (1.0 + trace).sqrt();
        let s = 0.25 / w;
        [w, s * (y[2] - z[1]), s * (z[0] - x[2]), s * (x[1] - y[0])]
    } else if x[0] > y[1] && x[0] > z[2] {
        let i = 0.5 * (1.0 + x[0] - y[1] - z[2]).sqrt();
        let s = 0.25 / i;
        [s * (y[2] - z[1]), i, s * (x[1] + y[0]), s * (z[0] + x[2])]
    } else if y[1] > z[2] {
        let j = 0.5 * (1.0 - x[0] + y[1] - z[2]).sqrt();
        let s = 0.25 / j;
        [s * (z[0] - x[2]), s * (x[1] + y[0]), j, s * (y[2] + z[1])]
    } else {
        let k = 0.5 * (1.0 - x[0] - y[1] + z[2]).sqrt();
        let s = 0.25 / k;
        [s * (x[1] - y[0]), s * (z[0] + x[2]), s * (y[2] + z[1]), k]
    };
    normalize(quat).map_or(IDENTITY, |(quat, _)| quat)
}

/// The smallest rotation that takes z to this unit vector; straight down, half a turn about x.
pub(super) fn quat_from_z(direction: Vec3) -> Quat {
    let normal = cross([0.0, 0.0, 1.0], direction);
    let (axis, sin) = normalize(normal).unwrap_or(([1.0, 0.0, 0.0], 0.0));
    quat_about(axis, atan2(sin, direction[2]))
}

/// The rotation back.
pub(super) fn quat_conj([w, x, y, z]: Quat) -> Quat {
    [w, -x, -y, -z]
}

pub(super) fn rotate(quat: Quat, v: Vec3) -> Vec3 {
    mat_vec(quat_to_mat(quat), v)
}

/// A frame in another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pose {
    pub pos: Vec3,
    pub quat: Quat,
}

impl Pose {
    pub const IDENTITY: Self = Self { pos: [0.0; 3], quat: IDENTITY };

    /// The frame that is at `child` in this one.
    pub fn then(self, child: Self) -> Self {
        let quat = quat_mul(self.quat, child.quat);
        Self {
            pos: add(self.pos, rotate(self.quat, child.pos)),
            quat: normalize(quat).map_or(IDENTITY, |(quat, _)| quat),
        }
    }

    /// This frame in `other`, both in one world.
    pub fn seen_from(self, other: Self) -> Self {
        let back = quat_conj(other.quat);
        Self { pos: rotate(back, sub(self.pos, other.pos)), quat: quat_mul(back, self.quat) }
    }
}

pub(super) fn mat_vec(m: Mat3, v: Vec3) -> Vec3 {
    m.map(|row| dot(row, v))
}

pub(super) fn mat_mul(a: Mat3, b: Mat3) -> Mat3 {
    let bt = transpose(b);
    a.map(|row| bt.map(|column| dot(row, column)))
}

pub(super) fn transpose(m: Mat3) -> Mat3 {
    [0, 1, 2].map(|i| m.map(|row| row[i]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_round_trip_through_a_quaternion_in_all_four_branches() {
        for quat in [
            [0.9, 0.1, -0.3, 0.2],
            [0.1, 0.9, -0.3, 0.2],
            [0.1, 0.2, -0.9, 0.2],
            [0.1, 0.2, -0.3, 0.9],
        ] {
            let (quat, _) = normalize(quat).expect("not zero");
            let [x, y, z] = transpose(quat_to_mat(quat));
            let back = quat_from_axes(x, y, z);
            let same: f64 = quat.iter().zip(back).map(|(a, b)| a * b).sum();
            assert!((same.abs() - 1.0).abs() < 1e-14, "{quat:?} {back:?}");
        }
    }

    #[test]
    fn quat_from_z_takes_z_there_even_upside_down() {
        for direction in [[0.0, 0.6, 0.8], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]] {
            let z = mat_vec(quat_to_mat(quat_from_z(direction)), [0.0, 0.0, 1.0]);
            assert!((dot(z, direction) - 1.0).abs() < 1e-14, "{direction:?}");
        }
    }
}

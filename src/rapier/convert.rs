//! Our numbers as Rapier's: f32, quaternions with the scalar last.

use crate::model::{Quat, Vec3};
use bevy_rapier3d::rapier::math::{Pose, Rotation, Vector};

pub(super) fn vector(v: Vec3) -> Vector {
    Vector::new(v[0] as f32, v[1] as f32, v[2] as f32)
}

pub(super) fn rotation(q: Quat) -> Rotation {
    Rotation::from_xyzw(q[1] as f32, q[2] as f32, q[3] as f32, q[0] as f32).normalize()
}

pub(super) fn pose(pos: Vec3, quat: Quat) -> Pose {
    Pose::from_parts(vector(pos), rotation(quat))
}

pub(super) fn numbers(v: Vector) -> Vec3 {
    [v.x, v.y, v.z].map(f64::from)
}

pub(super) fn quaternion(r: Rotation) -> Quat {
    let r = r.normalize();
    [r.w, r.x, r.y, r.z].map(f64::from)
}

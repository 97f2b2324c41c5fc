//! The reference position `qpos0`: where the bodies are, how each dof moves them, and M with its
//! inverse. M is built densely from Jacobians, since this runs once.

use super::MIN_VAL;
use super::route::tendon_row;
use crate::model::frames::{
    Mat3, Pose, add, cross, dot, mat_vec, quat_about, quat_mul, quat_to_mat, rotate, scale, sub,
    transpose,
};
use crate::model::types::{Joint, JointType, Model, Vec3};

/// A body in the world at `qpos0`.
pub(in crate::model) struct Placed {
    pub pose: Pose,
    /// Centre of mass [m].
    pub com: Vec3,
    /// World from principal axes.
    axes: Mat3,
}

/// Motion with one dof: linear and angular velocity in the world at unit rate.
pub(super) struct Column {
    pub dof: usize,
    pub linear: Vec3,
    pub angular: Vec3,
}

/// All joints at rest: at `qpos0` they do not displace their bodies.
pub(in crate::model) fn place_bodies(model: &Model) -> Vec<Placed> {
    place(model, None)
}

/// The bodies at other positions of the joints.
pub(super) fn place_at(model: &Model, qpos: &[f64]) -> Vec<Placed> {
    place(model, Some(qpos))
}

fn place(model: &Model, qpos: Option<&[f64]>) -> Vec<Placed> {
    let mut placed: Vec<Placed> = Vec::with_capacity(model.bodies.len());
    for (body_idx, body) in model.bodies.iter().enumerate() {
        let own = Pose { pos: body.pos, quat: body.quat };
        let mut pose = match body_idx {
            0 => Pose::IDENTITY,
            _ => placed[body.parentid].pose.then(own),
        };
        if let Some(qpos) = qpos {
            for joint in &model.joints[body.jntadr..body.jntadr + body.jntnum] {
                pose = displace(model, joint, qpos, pose);
            }
        }
        let inertial = pose.then(Pose { pos: body.ipos, quat: body.iquat });
        placed.push(Placed { pose, com: inertial.pos, axes: quat_to_mat(inertial.quat) });
    }
    placed
}

/// A body's pose after a joint has moved.
fn displace(model: &Model, joint: &Joint, qpos: &[f64], pose: Pose) -> Pose {
    let at = joint.qposadr;
    let moved = |k: usize| qpos[at + k] - model.qpos0[at + k];
    let turn = match joint.jnt_type {
        JointType::Free => {
            let pos = [qpos[at], qpos[at + 1], qpos[at + 2]];
            let quat = [qpos[at + 3], qpos[at + 4], qpos[at + 5], qpos[at + 6]];
            return Pose { pos, quat };
        }
        JointType::Slide => {
            let pos = add(pose.pos, scale(rotate(pose.quat, joint.axis), moved(0)));
            return Pose { pos, ..pose };
        }
        JointType::Hinge => quat_about(joint.axis, moved(0)),
        JointType::Ball => [qpos[at], qpos[at + 1], qpos[at + 2], qpos[at + 3]],
    };
    let anchor = add(pose.pos, rotate(pose.quat, joint.pos));
    let quat = quat_mul(pose.quat, turn);
    Pose { pos: sub(anchor, rotate(quat, joint.pos)), quat }
}

/// The columns of the dofs that move a point of this body.
pub(super) fn jacobian(
    model: &Model,
    placed: &[Placed],
    body_idx: usize,
    point: Vec3,
) -> Vec<Column> {
    let mut columns = Vec::new();
    let mut ancestor = body_idx;
    while ancestor > 0 {
        let body = &model.bodies[ancestor];
        let world_from_body = quat_to_mat(placed[ancestor].pose.quat);
        for joint in &model.joints[body.jntadr..body.jntadr + body.jntnum] {
            let anchor = add(placed[ancestor].pose.pos, mat_vec(world_from_body, joint.pos));
            let turn = |dof: usize, axis: Vec3| Column {
                dof,
                linear: cross(axis, sub(point, anchor)),
                angular: axis,
            };
            let slide = |dof: usize, axis: Vec3| Column { dof, linear: axis, angular: [0.0; 3] };
            let unit = |k: usize| [0, 1, 2].map(|i| if i == k { 1.0 } else { 0.0 });
            let axis = mat_vec(world_from_body, joint.axis);
            let body_axes = transpose(world_from_body);
            let dof = joint.dofadr;
            match joint.jnt_type {
                JointType::Slide => columns.push(slide(dof, axis)),
                JointType::Hinge => columns.push(turn(dof, axis)),
                JointType::Ball => columns.extend((0..3).map(|k| turn(dof + k, body_axes[k]))),
                JointType::Free => {
                    columns.extend((0..3).map(|k| slide(dof + k, unit(k))));
                    columns.extend((0..3).map(|k| turn(dof + 3 + k, body_axes[k])));
                }
            }
        }
        ancestor = body.parentid;
    }
    columns
}

/// M = sum over bodies of m Jt' Jt + Jr' I Jr, and the armature of dofs and tendons; shape (nv, nv).
pub(super) fn joint_space_inertia(
    model: &Model,
    placed: &[Placed],
    jacobians: &[Vec<Column>],
) -> Vec<f64> {
    let nv = model.nv;
    let mut inertia = vec![0.0; nv * nv];
    for (body_idx, body) in model.bodies.iter().enumerate() {
        let axes_from_world = transpose(placed[body_idx].axes);
        let seen: Vec<Vec3> = jacobians[body_idx]
            .iter()
            .map(|column| mat_vec(axes_from_world, column.angular))
            .collect();
        for (row, a) in jacobians[body_idx].iter().enumerate() {
            let momentum = [0, 1, 2].map(|k| body.inertia[k] * seen[row][k]);
            for (column, b) in jacobians[body_idx].iter().enumerate() {
                inertia[a.dof * nv + b.dof] +=
                    body.mass * dot(a.linear, b.linear) + dot(momentum, seen[column]);
            }
        }
    }
    for (dof_idx, dof) in model.dofs.iter().enumerate() {
        inertia[dof_idx * nv + dof_idx] += dof.armature;
    }
    for (index, tendon) in model.tendons.iter().enumerate().filter(|(_, it)| it.armature > 0.0) {
        let row = tendon_row(model, placed, index);
        for (i, a) in &row {
            for (j, b) in &row {
                inertia[i * nv + j] += tendon.armature * a * b;
            }
        }
    }
    inertia
}

/// Inverse of a symmetric positive definite matrix, shape (n, n), by Cholesky's factor; none if it is
/// not positive definite.
pub(super) fn invert(matrix: &[f64], n: usize) -> Option<Vec<f64>> {
    let mut factor = matrix.to_vec();
    for row in 0..n {
        for column in 0..=row {
            let (a, b) = (&factor[row * n..row * n + column], &factor[column * n..][..column]);
            let known: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
            let rest = factor[row * n + column] - known;
            if row > column {
                factor[row * n + column] = rest / factor[column * n + column];
            } else if rest >= MIN_VAL {
                factor[row * n + row] = rest.sqrt();
            } else {
                return None;
            }
        }
    }
    // The upper triangle takes the transpose, so that both substitutions run along rows.
    for row in 0..n {
        for column in 0..row {
            factor[column * n + row] = factor[row * n + column];
        }
    }
    let mut inverse = vec![0.0; n * n];
    for unit in 0..n {
        let solution = &mut inverse[unit * n..(unit + 1) * n];
        solution[unit] = 1.0;
        for row in unit..n {
            let entries = factor[row * n + unit..row * n + row].iter().zip(&solution[unit..row]);
            let known: f64 = entries.map(|(a, b)| a * b).sum();
            solution[row] = (solution[row] - known) / factor[row * n + row];
        }
        for row in (0..n).rev() {
            let entries = factor[row * n + row + 1..(row + 1) * n].iter().zip(&solution[row + 1..]);
            let known: f64 = entries.map(|(a, b)| a * b).sum();
            solution[row] = (solution[row] - known) / factor[row * n + row];
        }
    }
    Some(inverse)
}

/// J inv(M) J' of one row.
pub(super) fn quadratic(inverse: &[f64], nv: usize, row: &[(usize, f64)]) -> f64 {
    row.iter().map(|(i, a)| row.iter().map(|(j, b)| a * b * inverse[i * nv + j]).sum::<f64>()).sum()
}

/// The norm of inv(M) J' of one row.
pub(super) fn acceleration(inverse: &[f64], nv: usize, row: &[(usize, f64)]) -> f64 {
    let of = |i: usize| row.iter().map(|(j, a)| a * inverse[i * nv + j]).sum::<f64>();
    (0..nv).map(|i| of(i).powi(2)).sum::<f64>().sqrt()
}

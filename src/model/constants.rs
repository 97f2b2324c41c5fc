//! What MuJoCo derives from the reference position `qpos0` (`mj_setConst`): the mean diagonal of M and
//! how easily each body and dof is moved. M is built densely from Jacobians, since this runs once.

use super::collide::weld_ids;
use super::compile::MIN_VAL;
use super::diagnostic::Diagnostics;
use super::frames::{
    EPS, IDENTITY, Mat3, add, cross, dot, mat_vec, quat_mul, quat_to_mat, sub, transpose,
};
use super::spec::Spec;
use super::types::{JointType, Model, Quat, Vec3};

/// A body in the world at `qpos0`.
struct Placed {
    pos: Vec3,
    quat: Quat,
    /// Centre of mass [m].
    com: Vec3,
    /// World from principal axes.
    axes: Mat3,
}

/// Motion of a body's centre of mass with one dof: linear and angular velocity in the world at unit rate.
struct Column {
    dof: usize,
    linear: Vec3,
    angular: Vec3,
}

/// Sets `meaninertia` and the `invweight0` of bodies and dofs.
pub(super) fn set_constants(spec: &Spec, model: &mut Model, sink: &mut Diagnostics) {
    let nv = model.nv;
    if nv == 0 {
        return;
    }
    let placed = place_bodies(model);
    let jacobians: Vec<Vec<Column>> =
        (0..model.bodies.len()).map(|body_idx| jacobian(model, &placed, body_idx)).collect();
    let inertia = joint_space_inertia(model, &placed, &jacobians);
    let mean = (0..nv).map(|dof| inertia[dof * nv + dof]).sum::<f64>() / nv as f64;
    model.meaninertia = mean;
    let Some(inverse) = invert(&inertia, nv) else {
        sink.error(
            &spec.origin,
            "the joints and masses leave some motion without inertia at the reference position",
            "look for joints of one body along the same axis; armature gives a joint inertia",
        );
        return;
    };
    set_inverse_weights(spec, model, &jacobians, &inverse);
    let weights = model.bodies.iter().flat_map(|body| body.invweight0);
    let mut numbers = weights.chain(model.dofs.iter().map(|dof| dof.invweight0));
    if !mean.is_finite() || !numbers.all(f64::is_finite) {
        sink.error(
            &spec.origin,
            "the inertia at the reference position is beyond what numbers can hold",
            "check the sizes, masses and positions",
        );
    }
}

/// All joints at rest: at `qpos0` they do not displace their bodies.
fn place_bodies(model: &Model) -> Vec<Placed> {
    let mut placed: Vec<Placed> = Vec::with_capacity(model.bodies.len());
    for (body_idx, body) in model.bodies.iter().enumerate() {
        let (pos, quat) = if body_idx == 0 {
            ([0.0; 3], IDENTITY)
        } else {
            let parent = &placed[body.parentid];
            let offset = mat_vec(quat_to_mat(parent.quat), body.pos);
            (add(parent.pos, offset), quat_mul(parent.quat, body.quat))
        };
        placed.push(Placed {
            pos,
            quat,
            com: add(pos, mat_vec(quat_to_mat(quat), body.ipos)),
            axes: quat_to_mat(quat_mul(quat, body.iquat)),
        });
    }
    placed
}

/// The columns of the dofs that move this body.
fn jacobian(model: &Model, placed: &[Placed], body_idx: usize) -> Vec<Column> {
    let mut columns = Vec::new();
    let mut ancestor = body_idx;
    while ancestor > 0 {
        let body = &model.bodies[ancestor];
        let world_from_body = quat_to_mat(placed[ancestor].quat);
        for joint in &model.joints[body.jntadr..body.jntadr + body.jntnum] {
            let axis = mat_vec(world_from_body, joint.axis);
            let anchor = add(placed[ancestor].pos, mat_vec(world_from_body, joint.pos));
            let (linear, angular) = match joint.jnt_type {
                JointType::Slide => (axis, [0.0; 3]),
                JointType::Hinge => (cross(axis, sub(placed[body_idx].com, anchor)), axis),
            };
            columns.push(Column { dof: joint.dofadr, linear, angular });
        }
        ancestor = body.parentid;
    }
    columns
}

/// M = sum over bodies of m Jt' Jt + Jr' I Jr, and the armature on the diagonal; shape (nv, nv).
fn joint_space_inertia(model: &Model, placed: &[Placed], jacobians: &[Vec<Column>]) -> Vec<f64> {
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
    inertia
}

/// Inverse of a symmetric positive definite matrix, shape (n, n), by Cholesky's factor; none if it is
/// not positive definite.
fn invert(matrix: &[f64], n: usize) -> Option<Vec<f64>> {
    let mut factor = matrix.to_vec();
    for row in 0..n {
        for column in 0..=row {
            let known: f64 =
                (0..column).map(|k| factor[row * n + k] * factor[column * n + k]).sum();
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
    let mut inverse = vec![0.0; n * n];
    for unit in 0..n {
        let solution = &mut inverse[unit * n..(unit + 1) * n];
        solution[unit] = 1.0;
        for row in unit..n {
            let known: f64 = (unit..row).map(|k| factor[row * n + k] * solution[k]).sum();
            solution[row] = (solution[row] - known) / factor[row * n + row];
        }
        for row in (0..n).rev() {
            let known: f64 = (row + 1..n).map(|k| factor[k * n + row] * solution[k]).sum();
            solution[row] = (solution[row] - known) / factor[row * n + row];
        }
    }
    Some(inverse)
}

/// The diagonal of inv(M), and of J inv(M) J' at each centre of mass, averaged over the three linear
/// and the three angular directions.
fn set_inverse_weights(spec: &Spec, model: &mut Model, jacobians: &[Vec<Column>], inverse: &[f64]) {
    let nv = model.nv;
    let weld = weld_ids(model);
    for body_idx in 1..model.bodies.len() {
        model.bodies[body_idx].invweight0 = if weld[body_idx] == 0 {
            [0.0; 2]
        } else if only_slides(spec, model, body_idx) {
            [1.0 / model.bodies[body_idx].mass.max(MIN_VAL), 0.0]
        } else {
            mean_inverse(&jacobians[body_idx], inverse, nv)
        };
    }
    for dof_idx in 0..nv {
        let bodyid = model.dofs[dof_idx].bodyid;
        model.dofs[dof_idx].invweight0 = if only_slides(spec, model, bodyid) {
            1.0 / model.bodies[bodyid].mass.max(MIN_VAL)
        } else {
            inverse[dof_idx * nv + dof_idx]
        };
    }
}

fn mean_inverse(jacobian: &[Column], inverse: &[f64], nv: usize) -> [f64; 2] {
    let mut weights = [0.0; 2];
    for a in jacobian {
        for b in jacobian {
            let entry = inverse[a.dof * nv + b.dof];
            weights[0] += entry * dot(a.linear, b.linear);
            weights[1] += entry * dot(a.angular, b.angular);
        }
    }
    weights.map(|weight| weight / 3.0)
}

/// MuJoCo's shortcut for a leaf body at its own centre of mass that slides along its own axes, on the
/// world or on a body fixed to it (`body_simple` = 2): its weight is 1/m, without armature and whatever
/// the number of axes. It shows in the stiffness of limits, so it is done likewise here.
fn only_slides(spec: &Spec, model: &Model, body_idx: usize) -> bool {
    let body = &model.bodies[body_idx];
    let parent = &model.bodies[body.parentid];
    let is_leaf = !model.bodies[1..].iter().any(|child| child.parentid == body_idx);
    let on_world = body.parentid == 0 || (parent.parentid == 0 && parent.dofnum == 0);
    let is_null = |pos: Vec3| pos.iter().all(|x| x.abs() < EPS);
    let unturned = body.iquat[1..].iter().all(|x| x.abs() < EPS);
    let joints = &model.joints[body.jntadr..body.jntadr + body.jntnum];
    let along_axes = joints.iter().all(|joint| {
        let n_parts = joint.axis.iter().filter(|x| x.abs() > EPS).count();
        joint.jnt_type == JointType::Slide && is_null(joint.pos) && n_parts == 1
    });
    spec.bodies[body_idx].simple
        && body.jntnum > 0
        && is_leaf
        && on_world
        && is_null(body.ipos)
        && unturned
        && along_axes
}

//! What MuJoCo derives from the reference position (`mj_setConst`): the mean diagonal of M, how easily
//! bodies, dofs and tendons are moved, what actuators accelerate, and the springs and dampers given by time constant or ratio.

use super::MIN_VAL;
use super::pairs::weld_ids;
use super::reference::{
    Column, Placed, acceleration, invert, jacobian, joint_space_inertia, place_bodies, quadratic,
};
use super::route::tendon_row;
use crate::model::diagnostic::Diagnostics;
use crate::model::frames::{EPS, Pose, dot, rotate};
use crate::model::spec::Spec;
use crate::model::spec_forces::Term;
use crate::model::types::{JointType, Model, Transmission, Vec3};

/// Sets `meaninertia`, every `invweight0`, and what `springdamper` and `dampratio` ask for.
pub(super) fn set_constants(
    spec: &Spec,
    model: &mut Model,
    placed: &[Placed],
    sink: &mut Diagnostics,
) {
    let nv = model.nv;
    if nv == 0 {
        return;
    }
    let jacobians: Vec<Vec<Column>> = (0..model.bodies.len())
        .map(|body_idx| jacobian(model, placed, body_idx, placed[body_idx].com))
        .collect();
    let inertia = joint_space_inertia(model, placed, &jacobians);
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
    let is_parent = parents(model);
    for body_idx in 1..model.bodies.len() {
        model.bodies[body_idx].only_slides =
            !is_parent[body_idx] && only_slides(spec, model, body_idx);
    }
    set_inverse_weights(model, placed, &jacobians, &inverse);
    set_spring_dampers(spec, model);
    set_damping_ratios(spec, model, placed, &inverse);
}

impl Model {
    /// Brings what is derived from masses and inertias up to date with them: subtree masses, the mean
    /// inertia, and how easily bodies, dofs and tendons are moved (MuJoCo's mj_setConst). False if
    /// some motion is left without inertia; the model is then as it was, but for subtree masses.
    pub fn set_constants(&mut self) -> bool {
        super::sum_subtree_masses(self);
        if self.nv == 0 {
            return true;
        }
        let placed = place_bodies(self);
        let jacobians: Vec<Vec<Column>> = (0..self.bodies.len())
            .map(|body_idx| jacobian(self, &placed, body_idx, placed[body_idx].com))
            .collect();
        let inertia = joint_space_inertia(self, &placed, &jacobians);
        let Some(inverse) = invert(&inertia, self.nv) else { return false };
        let sum: f64 = (0..self.nv).map(|dof| inertia[dof * self.nv + dof]).sum();
        self.meaninertia = sum / self.nv as f64;
        set_inverse_weights(self, &placed, &jacobians, &inverse);
        true
    }
}

/// The diagonal of inv(M), and of J inv(M) J' at each centre of mass, averaged over directions: three
/// linear and three angular ones of a body, and those of a free or ball joint.
fn set_inverse_weights(
    model: &mut Model,
    placed: &[Placed],
    jacobians: &[Vec<Column>],
    inverse: &[f64],
) {
    let nv = model.nv;
    let weld = weld_ids(model);
    for body_idx in 1..model.bodies.len() {
        model.bodies[body_idx].invweight0 = if weld[body_idx] == 0 {
            [0.0; 2]
        } else if model.bodies[body_idx].only_slides {
            [1.0 / model.bodies[body_idx].mass.max(MIN_VAL), 0.0]
        } else {
            mean_inverse(&jacobians[body_idx], inverse, nv)
        };
    }
    for joint in &model.joints {
        let mean = |dofs: std::ops::Range<usize>| {
            let count = dofs.len() as f64;
            dofs.map(|dof| inverse[dof * nv + dof]).sum::<f64>() / count
        };
        let first = joint.dofadr;
        let group = if joint.jnt_type.nv() == 1 { 1 } else { 3 };
        for start in (first..first + joint.jnt_type.nv()).step_by(group) {
            let dofs = start..start + group;
            let weight = if model.bodies[joint.bodyid].only_slides {
                1.0 / model.bodies[joint.bodyid].mass.max(MIN_VAL)
            } else {
                mean(dofs.clone())
            };
            model.dofs[dofs].iter_mut().for_each(|dof| dof.invweight0 = weight);
        }
    }
    for tendon in 0..model.tendons.len() {
        let row = tendon_row(model, placed, tendon);
        model.tendons[tendon].invweight0 = quadratic(inverse, nv, &row);
    }
    for index in 0..model.nu {
        let actuator = &model.actuators[index];
        let row = moment(model, placed, actuator.transmission, actuator.gear);
        model.actuators[index].acc0 = acceleration(inverse, nv, &row);
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

fn parents(model: &Model) -> Vec<bool> {
    let mut is_parent = vec![false; model.bodies.len()];
    for body in &model.bodies[1..] {
        is_parent[body.parentid] = true;
    }
    is_parent
}

/// MuJoCo's shortcut for a leaf body at its own centre of mass that slides along its own axes, on the
/// world or on a body fixed to it (`body_simple` = 2): its weight is 1/m, without armature and whatever
/// the number of axes. It shows in the stiffness of limits, so it is done likewise here.
fn only_slides(spec: &Spec, model: &Model, body_idx: usize) -> bool {
    let body = &model.bodies[body_idx];
    let parent = &model.bodies[body.parentid];
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
        && on_world
        && is_null(body.ipos)
        && unturned
        && along_axes
}

/// `springdamper`: the spring and damper that give the joint's inertia a time constant and a ratio.
fn set_spring_dampers(spec: &Spec, model: &mut Model) {
    let specs = spec.bodies.iter().flat_map(|body| &body.joints);
    for (joint, spec) in model.joints.iter_mut().zip(specs) {
        let [time, ratio] = spec.springdamper;
        if time <= 0.0 || ratio <= 0.0 {
            continue;
        }
        let dofs = &mut model.dofs[joint.dofadr..joint.dofadr + joint.jnt_type.nv()];
        let inertia = 1.0 / dofs[0].invweight0.max(MIN_VAL);
        joint.stiffness = inertia / (time * time * ratio * ratio).max(MIN_VAL);
        dofs.iter_mut().for_each(|dof| dof.damping = 2.0 * inertia / time.max(MIN_VAL));
    }
}

/// `dampratio`: the damping that is this many times critical for the mass that a servo sees.
fn set_damping_ratios(spec: &Spec, model: &mut Model, placed: &[Placed], inverse: &[f64]) {
    let servos = spec.actuators.iter().map(|it| {
        it.gaintype == Term::Fixed
            && it.biastype == Term::Affine
            && it.gainprm[0] == -it.biasprm[1]
            && it.biasprm[2] > 0.0
    });
    for (index, is_servo) in servos.enumerate() {
        if !is_servo {
            continue;
        }
        let actuator = &model.actuators[index];
        let row = moment(model, placed, actuator.transmission, actuator.gear);
        let mass = 1.0 / quadratic(inverse, model.nv, &row).max(MIN_VAL);
        let critical = 2.0 * (actuator.gainprm[0].max(0.0) * mass).sqrt();
        model.actuators[index].biasprm[2] *= -critical;
    }
}

/// The joint-space force of an actuator for each unit of its own.
fn moment(
    model: &Model,
    placed: &[Placed],
    transmission: Transmission,
    gear: [f64; 6],
) -> Vec<(usize, f64)> {
    let force = [gear[0], gear[1], gear[2]];
    let torque = [gear[3], gear[4], gear[5]];
    match transmission {
        Transmission::Tendon(tendon) => {
            let row = tendon_row(model, placed, tendon);
            row.into_iter().map(|(dof, coef)| (dof, coef * gear[0])).collect()
        }
        Transmission::Site(site) => {
            let site = &model.sites[site];
            let pose = placed[site.bodyid].pose.then(Pose { pos: site.pos, quat: site.quat });
            let (force, torque) = (rotate(pose.quat, force), rotate(pose.quat, torque));
            jacobian(model, placed, site.bodyid, pose.pos)
                .iter()
                .map(|column| (column.dof, dot(column.linear, force) + dot(column.angular, torque)))
                .collect()
        }
        // It has no place to pull at until there are contacts.
        Transmission::Body(_) => vec![],
        Transmission::Joint(joint) | Transmission::JointInParent(joint) => {
            let in_parent = matches!(transmission, Transmission::JointInParent(_));
            let joint = &model.joints[joint];
            // At the reference position a ball joint is at rest, so its two frames differ by the body's
            // own; a free joint's parent is the world.
            let body = &model.bodies[joint.bodyid];
            let turned = |axis: Vec3| match in_parent {
                true => rotate(crate::model::frames::quat_conj(body.quat), axis),
                false => axis,
            };
            let numbers = match joint.jnt_type {
                JointType::Slide | JointType::Hinge => vec![gear[0]],
                JointType::Ball => turned(force).to_vec(),
                JointType::Free => [force, turned(torque)].concat(),
            };
            numbers.into_iter().enumerate().map(|(k, x)| (joint.dofadr + k, x)).collect()
        }
    }
}

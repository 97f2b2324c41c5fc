//! Actuators: from controls to generalised forces.

use super::data::Data;
use super::kinematics::point_velocity;
use super::muscle;
use super::params::Params;
use super::plan::{Plan, last_dof};
use crate::math::lanes::{Lanes, exp_m1};
use crate::math::spatial::*;
use crate::model::{ActuatorDynamics, JointType, Transmission};

/// Lengths and velocities of transmissions, actuator forces and what they do to the joints
/// (mj_transmission, mj_fwdActuation).
#[inline(always)]
pub(super) fn actuation<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    d.qfrc_actuator.fill(L::zero());
    let on = plan.model.opt.enable.actuation;
    let mut arms = std::mem::take(&mut d.arms);
    for i in 0..plan.model.nu {
        (d.actuator_length[i], d.actuator_velocity[i]) = transmission(plan, p, d, i, &mut arms);
        d.actuator_force[i] = if on { actuator_force(plan, p, d, i) } else { L::zero() };
    }
    d.arms = arms;
    limit_tendon_forces(plan, p, d);
    for (force, params) in d.actuator_force.iter_mut().zip(&p.actuators) {
        if let Some([low, high]) = params.forcerange {
            *force = force.clamp(low, high);
        }
    }
    sum_tendon_forces(plan, d);
    let mut arms = std::mem::take(&mut d.arms);
    for (i, actuator) in plan.model.actuators.iter().enumerate() {
        if let Some(dof) = plan.scalar_dof(actuator) {
            let gear = p.actuators[i].gear[0];
            d.qfrc_actuator[dof] = gear.mul_add(d.actuator_force[i], d.qfrc_actuator[dof]);
            continue;
        }
        moment(plan, p, d, i, &mut arms);
        for &(dof, arm) in &arms {
            d.qfrc_actuator[dof] = arm.mul_add(d.actuator_force[i], d.qfrc_actuator[dof]);
        }
    }
    d.arms = arms;
    if on && plan.model.nu > 0 {
        compensate_gravity(plan, d);
    }
    for (jnt, joint) in plan.model.joints.iter().enumerate() {
        if let Some([low, high]) = p.jnt_actfrcrange[jnt] {
            let force = &mut d.qfrc_actuator[joint.dofadr];
            *force = force.clamp(low, high);
        }
    }
}

/// Adds up the forces of each tendon's actuators.
#[inline(always)]
fn sum_tendon_forces<L: Lanes>(plan: &Plan, d: &mut Data<L>) {
    d.ten_force.fill(L::zero());
    for (i, actuator) in plan.model.actuators.iter().enumerate() {
        if let Transmission::Tendon(tendon) = actuator.transmission {
            d.ten_force[tendon] = d.ten_force[tendon] + d.actuator_force[i];
        }
    }
}

/// The share of gravity compensation that joints take through their actuators; MuJoCo has it only where
/// the model has an actuator at all.
#[inline(always)]
fn compensate_gravity<L: Lanes>(plan: &Plan, d: &mut Data<L>) {
    if !plan.has_gravcomp {
        return;
    }
    for joint in plan.model.joints.iter().filter(|joint| joint.actgravcomp) {
        for dof in joint.dofadr..joint.dofadr + joint.jnt_type.nv() {
            d.qfrc_actuator[dof] += d.qfrc_gravcomp[dof];
        }
    }
}

/// Scales the forces of a tendon's actuators where their sum is beyond its range. Their own ranges
/// come after it.
#[inline(always)]
fn limit_tendon_forces<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    if p.tendons.iter().all(|tendon| tendon.actfrcrange.is_none()) {
        return;
    }
    sum_tendon_forces(plan, d);
    for (i, actuator) in plan.model.actuators.iter().enumerate() {
        let Transmission::Tendon(tendon) = actuator.transmission else { continue };
        if let Some([low, high]) = p.tendons[tendon].actfrcrange {
            let sum = d.ten_force[tendon];
            let clamped = sum.clamp(low, high);
            let scale = L::select(sum.equal(clamped), L::one(), clamped / sum);
            d.actuator_force[i] = d.actuator_force[i] * scale;
        }
    }
}

/// The moment arms of an actuator: (dof, generalised force of a unit of its force).
#[inline(always)]
pub(super) fn moment<L: Lanes>(
    plan: &Plan,
    p: &Params<L>,
    d: &Data<L>,
    index: usize,
    arms: &mut Vec<(usize, L)>,
) {
    arms.clear();
    let gear = &p.actuators[index].gear;
    match plan.model.actuators[index].transmission {
        Transmission::Joint(jnt) => {
            let joint = &plan.model.joints[jnt];
            for k in 0..joint.jnt_type.nv() {
                arms.push((joint.dofadr + k, gear[k]));
            }
        }
        Transmission::JointInParent(jnt) => {
            let joint = &plan.model.joints[jnt];
            let mut wrench = *gear;
            match joint.jnt_type {
                JointType::Slide | JointType::Hinge => {}
                JointType::Ball => {
                    let q = &d.state.qpos[joint.qposadr..joint.qposadr + 4];
                    let mat = quat_to_mat(quat_normalize([q[0], q[1], q[2], q[3]]));
                    wrench[..3].copy_from_slice(&rotate_back(&mat, [gear[0], gear[1], gear[2]]));
                }
                JointType::Free => {
                    let torque = rotate_back(&d.xmat[joint.bodyid], [gear[3], gear[4], gear[5]]);
                    wrench[3..].copy_from_slice(&torque);
                }
            }
            for k in 0..joint.jnt_type.nv() {
                arms.push((joint.dofadr + k, wrench[k]));
            }
        }
        Transmission::Tendon(tendon) => {
            let shape = &plan.tendons[tendon];
            for (&dof, &growth) in shape.dofs.iter().zip(&d.ten_J[shape.adr..]) {
                arms.push((dof, gear[0] * growth));
            }
        }
        Transmission::Site(site) => {
            let mat = &d.site_xmat[site];
            let force = rotate(mat, [gear[0], gear[1], gear[2]]);
            let torque = rotate(mat, [gear[3], gear[4], gear[5]]);
            let mut dof = last_dof(&plan.model, plan.model.sites[site].bodyid);
            while let Some(i) = dof {
                let mut arm = dot3(point_velocity(plan, d, i, d.site_xpos[site]), force);
                if plan.dof_rotates[i] {
                    arm += dot3(d.dof_axis[i], torque);
                }
                arms.push((i, arm));
                dof = plan.model.dofs[i].parentid;
            }
        }
        Transmission::Body(body) => {
            adhesion_moment(plan, p, d, body, arms);
        }
    }
}

/// How fast the contacts of a body close, on average, with each dof. Contacts count that push, and those in their
/// gap; the gear does not (mj_transmission).
#[inline(always)]
fn adhesion_moment<L: Lanes>(
    plan: &Plan,
    p: &Params<L>,
    d: &Data<L>,
    body: usize,
    arms: &mut Vec<(usize, L)>,
) {
    let mut count = L::zero();
    for contact in &d.contacts {
        let bodies = plan.pairs[contact.pair].bodies;
        let dofs = plan.dofs(&plan.slots[contact.slot]);
        if !bodies.contains(&body) || dofs.is_empty() {
            continue;
        }
        let is_there = contact.dist.lt(p.pairs[contact.pair].margin);
        count += L::select(is_there, L::one(), L::zero());
        let normal = [contact.frame[0], contact.frame[1], contact.frame[2]];
        let last = last_dof(&plan.model, bodies[1]);
        for &dof in dofs {
            let dof = dof as usize;
            let moves_second =
                last.is_some_and(|last| last == dof || plan.ancestor_rows[last] & (1 << dof) != 0);
            let speed = dot3(normal, point_velocity(plan, d, dof, contact.pos));
            let speed = if moves_second { speed } else { -speed };
            let speed = L::select(is_there, speed, L::zero());
            match arms.iter_mut().find(|(known, _)| *known == dof) {
                Some((_, arm)) => *arm += speed,
                None => arms.push((dof, speed)),
            }
        }
    }
    let inverse = L::one() / count.max(L::one());
    for (_, arm) in arms {
        *arm = -(*arm * inverse);
    }
}

/// Length and velocity. Free joints, sites and contacts have no length.
#[inline(always)]
pub(super) fn transmission<L: Lanes>(
    plan: &Plan,
    p: &Params<L>,
    d: &Data<L>,
    index: usize,
    arms: &mut Vec<(usize, L)>,
) -> (L, L) {
    let gear = &p.actuators[index].gear;
    let length = match plan.model.actuators[index].transmission {
        Transmission::Joint(jnt) | Transmission::JointInParent(jnt) => {
            let joint = &plan.model.joints[jnt];
            let qpos = &d.state.qpos[joint.qposadr..];
            match joint.jnt_type {
                JointType::Slide | JointType::Hinge => {
                    let velocity = gear[0] * d.state.qvel[joint.dofadr];
                    return (gear[0] * qpos[0], velocity);
                }
                JointType::Ball => {
                    let turn = quat_normalize([qpos[0], qpos[1], qpos[2], qpos[3]]);
                    dot3(quat_to_rotation_vector(turn), [gear[0], gear[1], gear[2]])
                }
                JointType::Free => L::zero(),
            }
        }
        Transmission::Tendon(tendon) => {
            return (gear[0] * d.ten_length[tendon], gear[0] * d.ten_velocity[tendon]);
        }
        Transmission::Site(_) | Transmission::Body(_) => L::zero(),
    };
    let mut velocity = L::zero();
    moment(plan, p, d, index, arms);
    for &(dof, arm) in &*arms {
        velocity = arm.mul_add(d.state.qvel[dof], velocity);
    }
    (length, velocity)
}

/// The force before the gear and before any range; also the rate of change of the actuator's state.
#[inline(always)]
fn actuator_force<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>, index: usize) -> L {
    let actuator = &plan.model.actuators[index];
    let params = &p.actuators[index];
    let mut ctrl = d.state.ctrl[index];
    if let (true, Some([low, high])) = (plan.model.opt.enable.clampctrl, params.ctrlrange) {
        ctrl = ctrl.clamp(low, high);
    }
    let mut input = ctrl;
    if let Some(act) = actuator.actadr {
        let state = d.state.act[act];
        d.act_dot[act] = match actuator.dynamics {
            ActuatorDynamics::Filter(time) | ActuatorDynamics::FilterExact(time) => {
                (ctrl - state) * L::splat(1.0 / time.max(1e-15))
            }
            ActuatorDynamics::Muscle(times) => muscle::activation(ctrl, state, times),
            ActuatorDynamics::Integrator | ActuatorDynamics::None => ctrl,
        };
        input = if actuator.actearly { next_act(plan, p, d, index) } else { state };
    }
    let (length, velocity) = (d.actuator_length[index], d.actuator_velocity[index]);
    let gain = match &params.gain_muscle {
        Some(muscle) => muscle::gain(muscle, length, velocity).0,
        None => affine(&params.gain, length, velocity),
    };
    let bias = match &params.bias_muscle {
        Some(muscle) => muscle::bias(muscle, length),
        None => affine(&params.bias, length, velocity),
    };
    gain.mul_add(input, bias)
}

#[inline(always)]
fn affine<L: Lanes>(coefficients: &[L; 3], length: L, velocity: L) -> L {
    let [constant, by_length, by_velocity] = *coefficients;
    by_velocity.mul_add(velocity, by_length.mul_add(length, constant))
}

/// An actuator's state at the end of the step (mj_nextActivation).
#[inline(always)]
pub(super) fn next_act<L: Lanes>(plan: &Plan, p: &Params<L>, d: &Data<L>, index: usize) -> L {
    let actuator = &plan.model.actuators[index];
    let act = actuator.actadr.unwrap_or(0);
    let time = match actuator.dynamics {
        // The exact solution of the filter over one step with constant control.
        ActuatorDynamics::FilterExact(time) => {
            let time = time.max(1e-15);
            L::splat(-time) * exp_m1(p.timestep / L::splat(-time))
        }
        _ => p.timestep,
    };
    let next = d.act_dot[act].mul_add(time, d.state.act[act]);
    match p.actuators[index].actrange {
        Some([low, high]) => next.clamp(low, high),
        None => next,
    }
}

/// How much an actuator's force grows with the velocity of its transmission, for implicit
/// integration; zero where the force is held at its range, or the sum of forces on its joint or
/// tendon at theirs.
#[inline(always)]
pub(super) fn velocity_gain<L: Lanes>(plan: &Plan, p: &Params<L>, d: &Data<L>, index: usize) -> L {
    let params = &p.actuators[index];
    let actuator = &plan.model.actuators[index];
    let mut input = d.state.ctrl[index];
    if let (true, Some([low, high])) = (plan.model.opt.enable.clampctrl, params.ctrlrange) {
        input = input.clamp(low, high);
    }
    if let Some(act) = actuator.actadr {
        input = if actuator.actearly { next_act(plan, p, d, index) } else { d.state.act[act] };
    }
    let by_velocity = match &params.gain_muscle {
        Some(muscle) => {
            muscle::gain(muscle, d.actuator_length[index], d.actuator_velocity[index]).1
        }
        None => params.gain[2],
    };
    let mut gain = by_velocity.mul_add(input, params.bias[2]);
    let mut drop_where_held = |force: L, range: Option<[L; 2]>, slack: f64| {
        if let Some([low, high]) = range {
            let slack = |limit: L| limit.abs() * L::splat(slack);
            let held = force.le(low + slack(low)) | (high - slack(high)).le(force);
            gain = L::select(held, L::zero(), gain);
        }
    };
    drop_where_held(d.actuator_force[index], params.forcerange, 0.0);
    match actuator.transmission {
        Transmission::Joint(jnt) | Transmission::JointInParent(jnt) => {
            let force = d.qfrc_actuator[plan.model.joints[jnt].dofadr];
            drop_where_held(force, p.jnt_actfrcrange[jnt], 0.0);
        }
        Transmission::Tendon(tendon) => {
            // Forces that were scaled down add up to the limit only but for rounding.
            let slack = 1e-10_f64.max(4.0 * L::EPSILON);
            drop_where_held(d.ten_force[tendon], p.tendons[tendon].actfrcrange, slack);
        }
        Transmission::Site(_) | Transmission::Body(_) => {}
    }
    gain
}

/// Sums the forces, factors M and solves for the unconstrained acceleration (mj_fwdAcceleration).
#[inline(always)]
pub(super) fn acceleration<L: Lanes>(plan: &Plan, d: &mut Data<L>) {
    for i in 0..plan.model.nv {
        d.qfrc_smooth[i] = d.qfrc_passive[i] - d.qfrc_bias[i] + d.qfrc_actuator[i];
    }
    if !d.state.xfrc_applied.is_empty() {
        let mut smooth = std::mem::take(&mut d.qfrc_smooth);
        for body in 1..plan.model.bodies.len() {
            super::passive::apply_force(plan, d, body, d.state.xfrc_applied[body], &mut smooth);
        }
        d.qfrc_smooth = smooth;
    }
    plan.tree.copy_into(&d.qM, &plan.tree, &mut d.qLD);
    plan.tree.factor(&mut d.qLD, &mut d.qLDiagInv);
    d.qacc_smooth.copy_from_slice(&d.qfrc_smooth);
    plan.tree.solve(&d.qLD, &d.qLDiagInv, &mut d.qacc_smooth);
}

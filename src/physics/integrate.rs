//! From accelerations to the next state.

use super::actuation;
use super::data::Data;
use super::fluid;
use super::params::Params;
use super::pattern::tri;
use super::plan::Plan;
use crate::math::lanes::{LaneMask, Lanes, when};
use crate::math::spatial::*;
use crate::model::{Integrator, JointType};

/// Semi-implicit Euler (mj_Euler, mj_implicit): velocities first, then positions with the new ones.
///
/// With implicit joint damping the damping force is that of the velocity at the end of the step, so
/// (M + h B) a = force; `implicitfast` does the same for the velocity derivatives of all passive and
/// actuator forces.
#[inline(always)]
pub(super) fn semi_implicit<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    let h = p.timestep;
    let nv = plan.model.nv;
    let opt = &plan.model.opt;
    let implicit = match opt.integrator {
        Integrator::ImplicitFast => true,
        _ => plan.has_damping && opt.eulerdamp,
    };
    if implicit {
        for i in 0..nv {
            d.qacc_smooth[i] = d.qfrc_smooth[i] + d.qfrc_constraint[i];
        }
        let all = opt.integrator == Integrator::ImplicitFast;
        let pattern = &plan.tree;
        pattern.copy_into(&d.qM, pattern, &mut d.qLD);
        if plan.has_damping {
            for i in 0..nv {
                let diagonal = &mut d.qLD[tri(i, i)];
                *diagonal = h.mul_add(p.dof_damping[i], *diagonal);
            }
        }
        if all {
            fluid::add_damping(plan, p, d);
            subtract_derivatives(plan, p, d);
        }
        let free = if all { gyroscopic(plan, p, d) } else { vec![] };
        pattern.factor(&mut d.qLD, &mut d.qLDiagInv);
        pattern.solve(&d.qLD, &d.qLDiagInv, &mut d.qacc_smooth);
        for (dof, acceleration) in free {
            d.qacc_smooth[dof..dof + 6].copy_from_slice(&acceleration);
        }
    }
    advance_act(plan, p, d);
    let qacc = if implicit { &d.qacc_smooth } else { &d.qacc };
    for i in 0..nv {
        d.state.qvel[i] = h.mul_add(qacc[i], d.state.qvel[i]);
    }
    integrate_pos(plan, &mut d.state.qpos, &d.state.qvel, h);
}

/// Accelerations of the bodies that float alone, with their first dofs: for them `implicitfast` takes the
/// velocity derivatives of centrifugal and gyroscopic forces too, which are not symmetric
/// (MuJoCo documentation, "Computation / Numerical integration").
#[inline(always)]
fn gyroscopic<L: Lanes>(plan: &Plan, p: &Params<L>, d: &Data<L>) -> Vec<(usize, [L; 6])> {
    let mut found = Vec::new();
    for &(body, dof) in &plan.free_alone {
        // The matrix so far, and the derivative of (force, torque) by the angular velocity.
        let mut matrix: [[L; 6]; 6] = std::array::from_fn(|i| {
            std::array::from_fn(|j| d.qLD[tri(dof + i.max(j), dof + i.min(j))])
        });
        let axes = &d.xmat[body];
        let spin = rotate(axes, std::array::from_fn(|k| d.state.qvel[dof + 3 + k]));
        let arm = sub3(d.subtree_com[body], d.xpos[body]);
        let mass = p.body_subtreemass[body];
        // Angular momentum about the body's origin for a given angular velocity.
        let momentum = |w: V3<L>| {
            let own = symmetric_mul(&d.crb[body], w);
            add3(own, scale3(cross3(arm, cross3(w, arm)), mass))
        };
        for k in 0..3 {
            let along = [axes[k], axes[3 + k], axes[6 + k]];
            let force = add3(cross3(along, cross3(spin, arm)), cross3(spin, cross3(along, arm)));
            let torque = add3(cross3(along, momentum(spin)), cross3(spin, momentum(along)));
            let torque = rotate_back(axes, torque);
            for row in 0..3 {
                matrix[row][3 + k] += p.timestep * mass * force[row];
                matrix[3 + row][3 + k] += p.timestep * torque[row];
            }
        }
        let mut x: [L; 6] = std::array::from_fn(|i| d.qacc_smooth[dof + i]);
        eliminate(&mut matrix, &mut x);
        found.push((dof, x));
    }
    found
}

/// Solves a system whose symmetric part is positive definite, so that no pivoting is needed.
#[inline(always)]
fn eliminate<L: Lanes>(matrix: &mut [[L; 6]; 6], x: &mut [L; 6]) {
    for k in 0..6 {
        let inverse = L::one() / matrix[k][k];
        for i in k + 1..6 {
            let factor = matrix[i][k] * inverse;
            for j in k + 1..6 {
                matrix[i][j] = (-factor).mul_add(matrix[k][j], matrix[i][j]);
            }
            x[i] = (-factor).mul_add(x[k], x[i]);
        }
    }
    for k in (0..6).rev() {
        for j in k + 1..6 {
            x[k] = (-matrix[k][j]).mul_add(x[j], x[k]);
        }
        x[k] = x[k] / matrix[k][k];
    }
}

/// Takes h times the velocity derivatives of tendon dampers and actuators from the matrix. As in MuJoCo, what
/// couples dofs of different branches is left out: M has no place for it.
#[inline(always)]
fn subtract_derivatives<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    let h = p.timestep;
    let couples = |i: usize, j: usize| i == j || plan.ancestor_rows[i] & (1 << j) != 0;
    if plan.model.opt.enable.damper {
        for (shape, params) in plan.tendons.iter().zip(&p.tendons) {
            let row = &d.ten_J[shape.adr..shape.adr + shape.dofs.len()];
            for (&i, &a) in shape.dofs.iter().zip(row) {
                for (&j, &b) in shape.dofs.iter().zip(row).filter(|&(&j, _)| couples(i, j)) {
                    d.qLD[tri(i, j)] += h * params.damping * a * b;
                }
            }
        }
    }
    if !plan.model.opt.enable.actuation {
        return;
    }
    for index in 0..plan.model.nu {
        let actuator = &plan.model.actuators[index];
        let is_affine = actuator.gain_muscle.is_none();
        if is_affine && actuator.gainprm[2] == 0.0 && actuator.biasprm[2] == 0.0 {
            continue;
        }
        let gain = h * actuation::velocity_gain(plan, p, d, index);
        let mut arms = std::mem::take(&mut d.arms);
        actuation::moment(plan, p, d, index, &mut arms);
        for &(i, a) in &arms {
            for &(j, b) in arms.iter().filter(|&&(j, _)| couples(i, j)) {
                d.qLD[tri(i, j)] -= gain * a * b;
            }
        }
        d.arms = arms;
    }
}

/// Positions after moving with `qvel` for `time` (mj_integratePos).
#[inline(always)]
fn integrate_pos<L: Lanes>(plan: &Plan, qpos: &mut [L], qvel: &[L], time: L) {
    for joint in &plan.model.joints {
        let (mut q, mut v) = (joint.qposadr, joint.dofadr);
        let linear = match joint.jnt_type {
            JointType::Free => 3,
            JointType::Ball => 0,
            JointType::Slide | JointType::Hinge => 1,
        };
        for _ in 0..linear {
            qpos[q] = time.mul_add(qvel[v], qpos[q]);
            (q, v) = (q + 1, v + 1);
        }
        if matches!(joint.jnt_type, JointType::Free | JointType::Ball) {
            let quat = [qpos[q], qpos[q + 1], qpos[q + 2], qpos[q + 3]];
            let turned = quat_integrate(quat, [qvel[v], qvel[v + 1], qvel[v + 2]], time);
            qpos[q..q + 4].copy_from_slice(&turned);
        }
    }
}

/// Actuator states at the end of the step.
#[inline(always)]
pub(super) fn advance_act<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    for index in 0..plan.model.nu {
        if let Some(act) = plan.model.actuators[index].actadr {
            d.state.act[act] = actuation::next_act(plan, p, d, index);
        }
    }
}

/// What the coordinates of turns do while the joints move with `qvel`: a turn by `before` since the step
/// began does not commute with the velocity, which is in the body's axes. `rates` holds the rate of the
/// stage before on entry, whose time `before` is, and the present one on return. Source: Munthe-Kaas,
/// "Runge-Kutta methods on Lie groups", BIT 38 (1998).
#[inline(always)]
fn turn_rates<L: Lanes>(plan: &Plan, qvel: &[L], before: L, rates: &mut [L]) {
    for joint in &plan.model.joints {
        let v = joint.dofadr + joint.jnt_type.nv().saturating_sub(3);
        if matches!(joint.jnt_type, JointType::Slide | JointType::Hinge) {
            rates[v] = qvel[v];
            continue;
        }
        rates[joint.dofadr..v].copy_from_slice(&qvel[joint.dofadr..v]);
        let turn: V3<L> = std::array::from_fn(|k| before * rates[v + k]);
        let spin = [qvel[v], qvel[v + 1], qvel[v + 2]];
        let once = cross3(turn, spin);
        let twice = cross3(turn, once);
        // (1 - x/2 cot(x/2)) / x^2 as a series in the squared angle.
        let squared = dot3(turn, turn);
        let mut factor = L::splat(1.0 / 47_900_160.0);
        for coefficient in [1.0 / 1_209_600.0, 1.0 / 30_240.0, 1.0 / 720.0, 1.0 / 12.0] {
            factor = factor.mul_add(squared, L::splat(coefficient));
        }
        for k in 0..3 {
            let first_order = L::splat(0.5).mul_add(once[k], spin[k]);
            rates[v + k] = factor.mul_add(twice[k], first_order);
        }
    }
}

/// Before the first stage of Runge and Kutta's fourth order (mj_RungeKutta).
#[inline(always)]
pub(super) fn begin_rk4<L: Lanes>(d: &mut Data<L>) {
    d.rk4.qpos.copy_from_slice(&d.state.qpos);
    d.rk4.qvel.copy_from_slice(&d.state.qvel);
    d.rk4.act.copy_from_slice(&d.state.act);
    d.rk4.qvel_sum.fill(L::zero());
    d.rk4.qacc_sum.fill(L::zero());
    d.rk4.act_dot_sum.fill(L::zero());
    d.rk4.rates.fill(L::zero());
    d.rk4.before = L::zero();
}

/// Stages of [`rk4_stage`].
pub(super) const RK4_STAGES: usize = 4;

/// The end of a stage, at whose state `forward` has been run: adds to the sums, and goes from the step's beginning to
/// the next stage's state.
#[inline(always)]
pub(super) fn rk4_stage<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    let (nv, na) = (plan.model.nv, plan.model.na);
    let stage = d.rk4.stage;
    let is_inner = stage.equal(L::one()) | stage.equal(L::splat(2.0));
    let weight = L::select(is_inner, L::splat(2.0 / 6.0), L::splat(1.0 / 6.0));
    turn_rates(plan, &d.state.qvel, d.rk4.before, &mut d.rk4.rates);
    for i in 0..nv {
        d.rk4.qvel_sum[i] = weight.mul_add(d.rk4.rates[i], d.rk4.qvel_sum[i]);
        d.rk4.qacc_sum[i] = weight.mul_add(d.qacc[i], d.rk4.qacc_sum[i]);
    }
    for i in 0..na {
        d.rk4.act_dot_sum[i] = weight.mul_add(d.act_dot[i], d.rk4.act_dot_sum[i]);
    }
    let goes_on = stage.lt(L::splat((RK4_STAGES - 1) as f64));
    when!(L, goes_on, [d.state.qpos, d.state.qvel, d.state.act, d.rk4.before;] => {
        // Half a step, half a step, a whole one.
        let is_early = stage.lt(L::splat(2.0));
        let reach = p.timestep * L::select(is_early, L::splat(0.5), L::one());
        d.state.qpos.copy_from_slice(&d.rk4.qpos);
        integrate_pos(plan, &mut d.state.qpos, &d.rk4.rates, reach);
        d.rk4.before = reach;
        for i in 0..nv {
            d.state.qvel[i] = reach.mul_add(d.qacc[i], d.rk4.qvel[i]);
        }
        for i in 0..na {
            d.state.act[i] = reach.mul_add(d.act_dot[i], d.rk4.act[i]);
        }
    });
}

/// After the last stage: the whole step by the sums.
#[inline(always)]
pub(super) fn end_rk4<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    let h = p.timestep;
    d.state.qpos.copy_from_slice(&d.rk4.qpos);
    d.state.act.copy_from_slice(&d.rk4.act);
    d.act_dot.copy_from_slice(&d.rk4.act_dot_sum);
    advance_act(plan, p, d);
    integrate_pos(plan, &mut d.state.qpos, &d.rk4.qvel_sum, h);
    for i in 0..plan.model.nv {
        d.state.qvel[i] = h.mul_add(d.rk4.qacc_sum[i], d.rk4.qvel[i]);
    }
}

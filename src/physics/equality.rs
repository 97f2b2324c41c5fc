//! Constraint rows of equalities: connects, welds, coupled joints and tendons.
//!
//! Formulas: MuJoCo documentation, "Computation / Constraint model".

use super::constraint::{add_entry, add_tendon, push_group, regularise, row_dot};
use super::data::{Data, Group};
use super::kinematics::point_velocity;
use super::params::Params;
use super::plan::{Plan, Slot, Subject, last_dof};
use crate::math::lanes::Lanes;
use crate::math::spatial::*;
use crate::model::EqualityType;

/// An equality constraint (mj_instantiateEquality).
#[inline(always)]
pub(super) fn equality<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>, slot: &Slot) {
    let Subject::Equality(index) = slot.subject else { return };
    let params = &p.equalities[index];
    let n = slot.dofs.1 - slot.dofs.0;
    d.efc_J[slot.jadr..slot.jadr + slot.dim * n].fill(L::zero());
    let mut pos = [L::zero(); 6];
    // The rate of change of the Jacobian times the velocity.
    let mut drift = [L::zero(); 6];
    match &plan.model.equalities[index].equality_type {
        EqualityType::Connect { bodies, .. } => {
            let error = point_error(plan, d, slot, *bodies, &params.anchors);
            pos[..3].copy_from_slice(&error);
            drift[..3].copy_from_slice(&point_drift(plan, d, *bodies, &params.anchors));
        }
        EqualityType::Weld { bodies, .. } => {
            let error = point_error(plan, d, slot, *bodies, &params.anchors);
            pos[..3].copy_from_slice(&error);
            let turn = turn_error(plan, d, slot, *bodies, params.relquat, params.torquescale);
            pos[3..].copy_from_slice(&turn);
            drift[..3].copy_from_slice(&point_drift(plan, d, *bodies, &params.anchors));
            let turn = turn_drift(d, *bodies, params.relquat, params.torquescale);
            drift[3..].copy_from_slice(&turn);
        }
        &EqualityType::Joint { joints: (one, other), .. } => {
            let place = |jnt: usize| {
                let adr = plan.model.joints[jnt].qposadr;
                d.state.qpos[adr] - p.qpos0[adr]
            };
            let x = other.map_or(L::zero(), place);
            let (value, slope) = polynomial(&params.polycoef, x);
            pos[0] = place(one) - value;
            let dof = |jnt: usize| plan.model.joints[jnt].dofadr;
            add_entry(plan, d, slot, 0, dof(one), L::one());
            if let Some(other) = other {
                add_entry(plan, d, slot, 0, dof(other), -slope);
            }
        }
        &EqualityType::Tendon { tendons: (one, other), .. } => {
            let place = |tendon: usize| d.ten_length[tendon] - p.tendons[tendon].length0;
            let x = other.map_or(L::zero(), place);
            let (value, slope) = polynomial(&params.polycoef, x);
            pos[0] = place(one) - value;
            add_tendon(plan, d, slot, one, L::one());
            if let Some(other) = other {
                add_tendon(plan, d, slot, other, -slope);
            }
        }
    }
    let distance = pos[..slot.dim].iter().fold(L::zero(), |sum, &x| x.mul_add(x, sum)).sqrt();
    for k in 0..slot.dim {
        let invweight = params.invweight0[k / 3];
        let (impedance, r) = regularise(&params.impedance, distance, invweight);
        d.efc_D[slot.row + k] = L::one() / r;
        let velocity = row_dot(plan, slot, k, &d.efc_J, &d.state.qvel);
        d.efc_aref[slot.row + k] = -(params.impedance.damping * velocity)
            - params.impedance.stiffness * impedance * pos[k]
            - drift[k];
    }
    push_group(plan, d, slot, distance, [L::zero(); 5], L::zero());
}

#[inline(always)]
fn polynomial<L: Lanes>(coefficients: &[L; 5], x: L) -> (L, L) {
    let (mut value, mut slope) = (L::zero(), L::zero());
    for &coefficient in coefficients.iter().rev() {
        slope = slope.mul_add(x, value);
        value = value.mul_add(x, coefficient);
    }
    (value, slope)
}

/// How far a point of the first body is from one of the second; writes the first three rows.
#[inline(always)]
fn point_error<L: Lanes>(
    plan: &Plan,
    d: &mut Data<L>,
    slot: &Slot,
    bodies: [usize; 2],
    anchors: &[V3<L>; 2],
) -> V3<L> {
    let points: [V3<L>; 2] =
        std::array::from_fn(|k| add3(rotate(&d.xmat[bodies[k]], anchors[k]), d.xpos[bodies[k]]));
    for k in 0..2 {
        let mut dof = last_dof(&plan.model, bodies[k]);
        while let Some(i) = dof {
            let velocity = point_velocity(plan, d, i, points[k]);
            for row in 0..3 {
                let value = if k == 0 { velocity[row] } else { -velocity[row] };
                add_entry(plan, d, slot, row, i, value);
            }
            dof = plan.model.dofs[i].parentid;
        }
    }
    sub3(points[0], points[1])
}

/// The acceleration of the two points relative to each other that the velocity alone gives; gravity,
/// which `cacc` holds, is that of both.
#[inline(always)]
fn point_drift<L: Lanes>(
    plan: &Plan,
    d: &Data<L>,
    bodies: [usize; 2],
    anchors: &[V3<L>; 2],
) -> V3<L> {
    let [one, other] = std::array::from_fn(|k| {
        let body = bodies[k];
        let point = add3(rotate(&d.xmat[body], anchors[k]), d.xpos[body]);
        let arm = sub3(point, d.subtree_com[plan.model.bodies[body].rootid]);
        let (v, a) = (&d.cvel[body], &d.cacc[body]);
        let (spin, angular) = ([v[0], v[1], v[2]], [a[0], a[1], a[2]]);
        let moving = add3([v[3], v[4], v[5]], cross3(spin, arm));
        add3(add3([a[3], a[4], a[5]], cross3(angular, arm)), cross3(spin, moving))
    });
    sub3(one, other)
}

/// The same for the rows of the turn: the second derivative of q2' q1 relquat without accelerations.
#[inline(always)]
fn turn_drift<L: Lanes>(d: &Data<L>, bodies: [usize; 2], relquat: Q4<L>, torquescale: L) -> V3<L> {
    let part = |v: &V6<L>| [v[0], v[1], v[2]];
    let [spin1, spin2] = bodies.map(|body| part(&d.cvel[body]));
    let angular = sub3(part(&d.cacc[bodies[0]]), part(&d.cacc[bodies[1]]));
    let relative = sub3(spin1, spin2);
    let pure = |v: V3<L>| [L::zero(), v[0], v[1], v[2]];
    let half = L::splat(0.5);
    // Half of (relative spin, then that of the first body) less (that of the second, then relative).
    let after = quat_mul(pure(relative), pure(spin1));
    let before = quat_mul(pure(spin2), pure(relative));
    let mut middle = pure(angular);
    for k in 0..4 {
        middle[k] += half * (after[k] - before[k]);
    }
    let held = quat_mul(d.xquat[bodies[0]], relquat);
    let moved = quat_mul(quat_mul(quat_conjugate(d.xquat[bodies[1]]), middle), held);
    let scale = half * torquescale;
    [scale * moved[1], scale * moved[2], scale * moved[3]]
}

/// How far the first body is turned from where the second holds it: the imaginary part of
/// q2' q1 relquat, times the torque scale; writes the last three rows with its derivative.
#[inline(always)]
fn turn_error<L: Lanes>(
    plan: &Plan,
    d: &mut Data<L>,
    slot: &Slot,
    bodies: [usize; 2],
    relquat: Q4<L>,
    torquescale: L,
) -> V3<L> {
    let held = quat_mul(d.xquat[bodies[0]], relquat);
    let back = quat_conjugate(d.xquat[bodies[1]]);
    let turn = quat_mul(back, held);
    let half = torquescale * L::splat(0.5);
    for k in 0..2 {
        let sign = if k == 0 { half } else { -half };
        let mut dof = last_dof(&plan.model, bodies[k]);
        while let Some(i) = dof {
            if plan.dof_rotates[i] {
                let [x, y, z] = d.dof_axis[i];
                let moved = quat_mul(quat_mul(back, [L::zero(), x, y, z]), held);
                for row in 0..3 {
                    add_entry(plan, d, slot, 3 + row, i, moved[1 + row] * sign);
                }
            }
            dof = plan.model.dofs[i].parentid;
        }
    }
    [turn[1] * torquescale, turn[2] * torquescale, turn[3] * torquescale]
}

/// The forces of a connect or weld on its two bodies: visits (body, torque, force, point, sign).
#[inline(always)]
pub(super) fn wrenches<L: Lanes>(
    plan: &Plan,
    p: &Params<L>,
    d: &Data<L>,
    index: usize,
    group: &Group<L>,
    visit: &mut impl FnMut(usize, V3<L>, V3<L>, V3<L>, f64),
) {
    let (bodies, welds) = match plan.model.equalities[index].equality_type {
        EqualityType::Connect { bodies, .. } => (bodies, false),
        EqualityType::Weld { bodies, .. } => (bodies, true),
        _ => return,
    };
    let params = &p.equalities[index];
    let f = &d.efc_force[group.slot.row..group.slot.row + group.slot.dim];
    let force = [f[0], f[1], f[2]];
    let mut torque = [L::zero(); 3];
    if welds {
        let held = quat_mul(d.xquat[bodies[0]], params.relquat);
        let back = quat_conjugate(d.xquat[bodies[1]]);
        for k in 0..3 {
            let mut axis = [L::zero(); 4];
            axis[1 + k] = L::one();
            let moved = quat_mul(quat_mul(back, axis), held);
            let half = params.torquescale * L::splat(0.5);
            torque[k] = half * dot3([moved[1], moved[2], moved[3]], [f[3], f[4], f[5]]);
        }
    }
    for (k, sign) in [(0, 1.0), (1, -1.0)] {
        let point = add3(rotate(&d.xmat[bodies[k]], params.anchors[k]), d.xpos[bodies[k]]);
        visit(bodies[k], torque, force, point, sign);
    }
}

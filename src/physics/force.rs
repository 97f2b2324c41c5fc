//! Passive and actuator forces, and the acceleration that follows without constraints.

use super::data::Data;
use super::inertia;
use super::params::Params;
use super::plan::Plan;
use crate::math::lanes::Lanes;

/// Springs and dampers of joints (mj_passive).
#[inline(always)]
pub(super) fn passive<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    for (i, dof) in plan.model.dofs.iter().enumerate() {
        let mut force = L::zero();
        if plan.has_spring {
            let qpos = plan.model.joints[dof.jntid].qposadr;
            let stretch = d.state.qpos[qpos] - p.qpos_spring[qpos];
            force = -(p.jnt_stiffness[dof.jntid] * stretch);
        }
        if plan.has_damping {
            force = (-p.dof_damping[i]).mul_add(d.state.qvel[i], force);
        }
        d.qfrc_passive[i] = force;
    }
}

/// Motors: the clamped control, as a force through the gear (mj_fwdActuation).
#[inline(always)]
pub(super) fn actuation<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    d.qfrc_actuator.fill(L::zero());
    for (i, actuator) in plan.model.actuators.iter().enumerate() {
        let mut force = d.state.ctrl[i];
        if let Some([low, high]) = p.actuator_ctrlrange[i] {
            force = force.clamp(low, high);
        }
        if let Some([low, high]) = p.actuator_forcerange[i] {
            force = force.clamp(low, high);
        }
        let dof = plan.model.joints[actuator.jntid].dofadr;
        d.qfrc_actuator[dof] = p.actuator_gear[i].mul_add(force, d.qfrc_actuator[dof]);
    }
}

/// Sums the forces, factors M and solves for the unconstrained acceleration (mj_fwdAcceleration).
#[inline(always)]
pub(super) fn acceleration<L: Lanes>(plan: &Plan, d: &mut Data<L>) {
    for i in 0..plan.model.nv {
        d.qfrc_smooth[i] = d.qfrc_passive[i] - d.qfrc_bias[i] + d.qfrc_actuator[i];
    }
    d.qLD.copy_from_slice(&d.qM);
    inertia::factor(plan, &mut d.qLD, &mut d.qLDiagInv);
    d.qacc_smooth.copy_from_slice(&d.qfrc_smooth);
    inertia::solve(plan, &d.qLD, &d.qLDiagInv, &mut d.qacc_smooth);
}

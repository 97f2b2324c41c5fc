//! From accelerations to the next state.

use super::data::Data;
use super::forward::forward;
use super::inertia;
use super::params::Params;
use super::plan::Plan;
use crate::math::lanes::Lanes;

/// Semi-implicit Euler with implicit joint damping (mj_Euler): the damping force is that of the
/// velocity at the end of the step, so (M + h B) a = force.
#[inline(always)]
pub(super) fn euler<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    let h = p.timestep;
    let nv = plan.model.nv;
    if plan.has_damping && plan.model.opt.eulerdamp {
        for i in 0..nv {
            d.qacc_smooth[i] = d.qfrc_smooth[i] + d.qfrc_constraint[i];
        }
        d.qLD.copy_from_slice(&d.qM);
        for i in 0..nv {
            let diagonal = &mut d.qLD[plan.M_rowadr[i]];
            *diagonal = h.mul_add(p.dof_damping[i], *diagonal);
        }
        inertia::factor(plan, &mut d.qLD, &mut d.qLDiagInv);
        inertia::solve(plan, &d.qLD, &d.qLDiagInv, &mut d.qacc_smooth);
        for i in 0..nv {
            d.state.qvel[i] = h.mul_add(d.qacc_smooth[i], d.state.qvel[i]);
        }
    } else {
        for i in 0..nv {
            d.state.qvel[i] = h.mul_add(d.qacc[i], d.state.qvel[i]);
        }
    }
    // Slides and hinges: one position per velocity, in the same order.
    for i in 0..nv {
        d.state.qpos[i] = h.mul_add(d.state.qvel[i], d.state.qpos[i]);
    }
}

/// Runge and Kutta's fourth order (mj_RungeKutta); `forward` has been run at the present state.
#[inline(always)]
pub(super) fn rk4<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    let h = p.timestep;
    let nv = plan.model.nv;
    d.rk4.qpos.copy_from_slice(&d.state.qpos);
    d.rk4.qvel.copy_from_slice(&d.state.qvel);
    d.rk4.qvel_sum.fill(L::zero());
    d.rk4.qacc_sum.fill(L::zero());
    // Each stage's weight in the sum, and how far it carries to the next.
    for (weight, reach) in [(1.0, 0.5), (2.0, 0.5), (2.0, 1.0), (1.0, 0.0)] {
        let weight = L::splat(weight / 6.0);
        for i in 0..nv {
            d.rk4.qvel_sum[i] = weight.mul_add(d.state.qvel[i], d.rk4.qvel_sum[i]);
            d.rk4.qacc_sum[i] = weight.mul_add(d.qacc[i], d.rk4.qacc_sum[i]);
        }
        if reach > 0.0 {
            let reach = h * L::splat(reach);
            for i in 0..nv {
                d.state.qpos[i] = reach.mul_add(d.state.qvel[i], d.rk4.qpos[i]);
                d.state.qvel[i] = reach.mul_add(d.qacc[i], d.rk4.qvel[i]);
            }
            forward(plan, p, d);
        }
    }
    for i in 0..nv {
        d.state.qpos[i] = h.mul_add(d.rk4.qvel_sum[i], d.rk4.qpos[i]);
        d.state.qvel[i] = h.mul_add(d.rk4.qacc_sum[i], d.rk4.qvel[i]);
    }
}

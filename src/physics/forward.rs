//! One step, as a table of contents.

use super::data::Data;
use super::params::Params;
use super::plan::Plan;
use super::{constraint, force, inertia, integrate, kinematics, solver, velocity};
use crate::math::lanes::{Kernel, Lanes};
use crate::model::Integrator;

/// Everything that follows from state and controls, up to the constrained acceleration `qacc`.
pub fn forward<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    L::vectorize(Forward { plan, p, d });
}

/// Advances one block by one timestep.
pub fn step<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    forward(plan, p, d);
    L::vectorize(Integrate { plan, p, d });
}

/// A kernel of its own, so that it is compiled once for each instruction set and not once more for
/// each of its callers.
struct Forward<'a, L> {
    plan: &'a Plan,
    p: &'a Params<L>,
    d: &'a mut Data<L>,
}

impl<L: Lanes> Kernel for Forward<'_, L> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { plan, p, d } = self;
        kinematics::kinematics(plan, p, d);
        kinematics::com_pos(plan, p, d);
        inertia::crb(plan, p, d);
        velocity::com_vel(plan, d);
        velocity::bias(plan, p, d);
        force::passive(plan, p, d);
        force::actuation(plan, p, d);
        force::acceleration(plan, d);
        constraint::make_constraint(plan, p, d);
        solver::solve(plan, d);
        d.state.qacc_warmstart.copy_from_slice(&d.qacc);
    }
}

struct Integrate<'a, L> {
    plan: &'a Plan,
    p: &'a Params<L>,
    d: &'a mut Data<L>,
}

impl<L: Lanes> Kernel for Integrate<'_, L> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { plan, p, d } = self;
        match plan.model.opt.integrator {
            Integrator::Euler => integrate::euler(plan, p, d),
            Integrator::Rk4 => integrate::rk4(plan, p, d),
        }
    }
}

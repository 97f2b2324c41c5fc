//! One step, as a table of contents.

use super::data::Data;
use super::params::Params;
use super::plan::Plan;
use super::{
    actuation, constraint, contact, inertia, integrate, kinematics, passive, sensor, solver,
    tendon, velocity,
};
use crate::math::lanes::{Kernel, Lanes};
use crate::model::Integrator;

/// Everything that follows from state and controls, up to the constrained acceleration `qacc`.
pub fn forward<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    L::vectorize(Positions { plan, p, d });
    L::vectorize(Forces { plan, p, d });
    L::vectorize(Constraints { plan, p, d });
    L::vectorize(Actuation { plan, p, d });
    L::vectorize(Solve { plan, p, d });
}

/// Advances one block by one timestep.
pub fn step<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    forward(plan, p, d);
    L::vectorize(Integrate { plan, p, d });
}

/// As [`step`], and fills the sensors of forces and accelerations on the way.
pub fn step_sensing<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    forward(plan, p, d);
    L::vectorize(ForceSensors { plan, p, d });
    L::vectorize(Integrate { plan, p, d });
}

/// All of a step but the new positions and velocities, for which another engine takes the forces of the
/// actuators from here. `senses` as in [`step_sensing`].
pub fn act<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>, senses: bool) {
    forward(plan, p, d);
    if senses {
        L::vectorize(ForceSensors { plan, p, d });
    }
    L::vectorize(Activations { plan, p, d });
}

/// Brings poses and velocities of bodies, and the sensors of them, up to the present state. Forces
/// and accelerations stay those of the last step.
pub fn refresh<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    L::vectorize(Refresh { plan, p, d });
}

/// Brings poses of bodies up to the present positions, and nothing else.
pub fn place<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    L::vectorize(Place { plan, p, d });
}

/// Declares kernels, each compiled once for each instruction set and not once more for each of its
/// callers; several, because the compiler's effort grows faster than a function's length.
macro_rules! kernels {
    ($($name:ident, $stage:literal = |$plan:ident, $p:ident, $d:ident| $body:block)*) => {$(
        struct $name<'a, L> {
            plan: &'a Plan,
            p: &'a Params<L>,
            d: &'a mut Data<L>,
        }

        impl<L: Lanes> Kernel for $name<'_, L> {
            type Output = ();

            #[inline(always)]
            fn run(self) {
                let Self { plan: $plan, p: $p, d: $d } = self;
                L::begin_stage($stage);
                $body
                L::end_stage();
            }
        }
    )*};
}

kernels! {
    Positions, "positions" = |plan, p, d| {
        kinematics::kinematics(plan, p, d);
        kinematics::com_pos(plan, p, d);
        tendon::tendons(plan, p, d);
        inertia::crb(plan, p, d);
    }
    Forces, "forces" = |plan, p, d| {
        velocity::com_vel(plan, d);
        velocity::bias(plan, p, d);
        passive::passive(plan, p, d);
    }
    Constraints, "constraints" = |plan, p, d| {
        contact::collision(plan, p, d);
        constraint::make_constraint(plan, p, d);
        contact::make_contacts(plan, p, d);
    }
    // After the contacts: adhesion pulls at them.
    Actuation, "actuation" = |plan, p, d| {
        actuation::actuation(plan, p, d);
        actuation::acceleration(plan, d);
    }
    Solve, "solve" = |plan, p, d| {
        solver::solve(plan, p, d);
        d.state.qacc_warmstart.copy_from_slice(&d.qacc);
    }
    Integrate, "integrate" = |plan, p, d| {
        match plan.model.opt.integrator {
            Integrator::Euler | Integrator::ImplicitFast => integrate::semi_implicit(plan, p, d),
            Integrator::Rk4 => integrate::rk4(plan, p, d),
        }
    }
    Activations, "activations" = |plan, p, d| {
        integrate::advance_act(plan, p, d);
    }
    ForceSensors, "force sensors" = |plan, p, d| {
        sensor::force_sensors(plan, p, d);
    }
    Place, "place" = |plan, p, d| {
        kinematics::kinematics(plan, p, d);
    }
    Refresh, "refresh" = |plan, p, d| {
        kinematics::kinematics(plan, p, d);
        kinematics::com_pos(plan, p, d);
        tendon::tendons(plan, p, d);
        velocity::com_vel(plan, d);
        sensor::motion_sensors(plan, p, d);
    }
}

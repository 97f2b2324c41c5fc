//! One step, as a table of contents.

use super::data::Data;
use super::params::Params;
use super::plan::Plan;
use super::{
    actuation, constraint, contact, inertia, integrate, kinematics, passive, sensor, solver,
    tendon, velocity,
};
use crate::math::lanes::{Kernel, LaneMask, Lanes, repeat, when};
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
    advance(plan, p, d, None);
}

/// As [`step`], and fills the sensors of forces and accelerations on the way where a lane `senses`.
pub fn step_sensing<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>, senses: L::Mask) {
    advance(plan, p, d, Some(senses));
}

fn advance<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>, senses: Option<L::Mask>) {
    if plan.model.opt.integrator == Integrator::Rk4 {
        return advance_rk4(plan, p, d, senses);
    }
    forward(plan, p, d);
    sense(plan, p, d, senses);
    L::vectorize(Integrate { plan, p, d });
}

/// Runge and Kutta's four stages; sensors are those of the first.
fn advance_rk4<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>, senses: Option<L::Mask>) {
    L::vectorize(BeginRk4 { plan, p, d });
    if L::RECORDS {
        contact::list_absent(plan, d);
    }
    let mut todo = L::Mask::splat(true);
    repeat!(L, stage in integrate::RK4_STAGES, while todo, [
        d.state.qpos, d.state.qvel, d.state.act, d.state.qacc_warmstart,
        d.rk4.rates, d.rk4.before, d.rk4.qvel_sum, d.rk4.qacc_sum, d.rk4.act_dot_sum,
        // For who asks for the forces of a step, which are those of the last stage.
        d.qfrc_actuator, d.actuator_force, d.contacts, d.groups, d.efc_force, d.efc_D, d.sensordata;
    ] => {
        forward(plan, p, d);
        let is_first = stage.equal(L::zero());
        sense(plan, p, d, senses.map(|senses| senses & is_first));
        d.rk4.stage = stage;
        L::vectorize(StageRk4 { plan, p, d });
    });
    L::vectorize(EndRk4 { plan, p, d });
}

fn sense<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>, senses: Option<L::Mask>) {
    let Some(senses) = senses else { return };
    when!(L, senses, [d.sensordata;] => {
        L::vectorize(ForceSensors { plan, p, d });
    });
}

/// All of a step but the new positions and velocities, for which another engine takes the forces of the
/// actuators from here. Where it `senses`, the sensors are filled as by [`step_sensing`].
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
        integrate::semi_implicit(plan, p, d);
    }
    BeginRk4, "integrate" = |_plan, _p, d| {
        integrate::begin_rk4(d);
    }
    StageRk4, "integrate" = |plan, p, d| {
        integrate::rk4_stage(plan, p, d);
    }
    EndRk4, "integrate" = |plan, p, d| {
        integrate::end_rk4(plan, p, d);
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

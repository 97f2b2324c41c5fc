//! What is said to be needed of memory, beside what buffers hold.

use super::{Data, Plan, shipped};
use crate::math::lanes::{F32x4, Isa, Lanes};
use crate::physics::data::{ContactData, Group, RungeKuttaData, SolverData};
use crate::physics::{BlockState, Simulation};
use std::sync::Arc;

/// Takes a structure apart and counts the bytes of its vectors, by their lengths. Its other fields, each of which is
/// named too, are variables from there on.
macro_rules! count {
    ($bytes:ident += $Whole:ident { $($vector:ident),* $(,)? } and { $($other:ident $(: $unseen:tt)?),* } of $whole:expr) => {
        let $Whole { $($vector,)* $($other $(: $unseen)?,)* } = $whole;
        $($bytes += size_of_val(&$vector[..]);)*
    };
}

fn held<L: Lanes>(data: &Data<L>) -> usize {
    let mut bytes = size_of::<Data<L>>();
    count!(
        bytes += Data {
            xpos,
            xquat,
            xmat,
            xipos,
            xanchor,
            site_xpos,
            site_xmat,
            dof_axis,
            subtree_com,
            xinertia,
            cinert,
            crb,
            cdof,
            cdof_dot,
            cvel,
            cacc,
            cfrc,
            ten_length,
            ten_velocity,
            ten_J,
            ten_force,
            qM,
            qLD,
            qLDiagInv,
            actuator_force,
            actuator_length,
            actuator_velocity,
            act_dot,
            qfrc_bias,
            qfrc_passive,
            qfrc_gravcomp,
            qfrc_actuator,
            qfrc_smooth,
            qfrc_constraint,
            qacc_smooth,
            qacc,
            geom_xpos,
            geom_xmat,
            found,
            efc_aref,
            efc_D,
            efc_force,
            efc_J,
            sensordata,
            cacc_full,
            cfrc_int,
        } and { state, arms, contacts, groups, solver, rk4 } of data
    );
    count!(
        bytes += SolverData {
            jaref,
            jv,
            grad,
            search,
            ma,
            mv,
            hessian,
            hessian_diag_inv,
            pattern_rows,
            pattern_key,
            scratch,
        } and { pattern: _, live } of solver
    );
    count!(
        bytes += RungeKuttaData {
            qpos,
            qvel,
            act,
            rates,
            qvel_sum,
            qacc_sum,
            act_dot_sum,
        } and { stage: _, before: _ } of rk4
    );
    // What is filled in each step, by its capacity.
    bytes += contacts.capacity() * size_of::<ContactData<L>>();
    bytes += groups.capacity() * size_of::<Group<L>>();
    bytes += live.capacity() * size_of::<u32>() + arms.capacity() * size_of::<(usize, L)>();
    bytes + state.bytes() as usize
}

/// Within a fifth of what is held, in the narrowest lanes and in wider ones.
#[test]
fn a_bench_takes_what_is_said() {
    let mut ratios = Vec::new();
    for (name, model) in shipped() {
        let plan = Plan::new(Arc::new(model));
        let narrow = (Data::<f64>::bytes(&plan), held(&Data::<f64>::new(&plan)));
        let wide = (Data::<F32x4>::bytes(&plan), held(&Data::<F32x4>::new(&plan)));
        for (said, held) in [narrow, wide] {
            let ratio = said as f64 / held as f64;
            println!("{name}: {said} of {held}, {ratio:.3}");
            ratios.push(ratio);
        }
    }
    assert!(ratios.iter().all(|ratio| (0.8..1.2).contains(ratio)), "{ratios:?}");
}

/// To the byte what the blocks hold, beside the benches.
#[test]
fn environments_of_a_simulation_take_what_is_said() {
    for (name, model) in shipped() {
        let (isa, model) = (Isa::Reference, Arc::new(model));
        let plan = Plan::new(model.clone());
        let block = BlockState::<f64>::new(&plan);
        let each = size_of_val(&block) + 8 * (2 * model.nv + model.nq + model.na + model.nu);
        let grown =
            Simulation::bytes(&model, 100_007, isa) - Simulation::bytes(&model, 100_000, isa);
        assert_eq!(grown, 7 * each as u64, "{name}");
        // What is asked for may be more than a machine ever has.
        assert!(Simulation::bytes(&model, usize::MAX, isa) > 1 << 60);
    }
}

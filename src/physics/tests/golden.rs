//! The stages of one step against MuJoCo's recorded answers, without contacts.

use super::{dense, golden, inject, model_of, numbers, rows, states};
use crate::math::differences::relative_difference;
use crate::math::lanes::Isa;
use crate::physics::{Data, Params, Plan, Simulation, forward, step};
use serde_json::Value;

pub(super) const MODELS: [&str; 8] = [
    "cartpole",
    "cartpole_v1",
    "double_pendulum",
    "double_pendulum_euler",
    "arm6",
    "arm6_rk4",
    "compiler",
    "from_geoms",
];

#[test]
fn every_stage_agrees_with_mujoco_in_f64() {
    for name in MODELS {
        let (model, golden) = golden(name);
        let plan = Plan::new(model.clone());
        let params = Params::<f64>::new(&model);
        let mut d = Data::<f64>::new(&plan);
        for (kind, solved) in [("free", 1e-9), ("limits", 1e-6)] {
            for (i, state) in states(&golden, kind).iter().enumerate() {
                inject(&mut d, state);
                forward(&plan, &params, &mut d);
                let rows = rows(&plan, &d);
                let stages = [
                    ("xpos", d.xpos.concat(), 1e-12),
                    ("xquat", d.xquat.concat(), 1e-12),
                    ("subtree_com", d.subtree_com.concat(), 1e-12),
                    ("qM", dense(&plan, &d.qM), 1e-12),
                    ("qfrc_bias", d.qfrc_bias.clone(), 1e-11),
                    ("qfrc_passive", d.qfrc_passive.clone(), 1e-12),
                    ("qfrc_actuator", d.qfrc_actuator.clone(), 1e-12),
                    ("qacc_smooth", d.qacc_smooth.clone(), 1e-9),
                    ("efc_pos", rows.pos, 1e-12),
                    ("efc_vel", rows.vel, 1e-11),
                    ("efc_aref", rows.aref, 1e-9),
                    ("efc_D", rows.weight, 1e-9),
                    ("qfrc_constraint", d.qfrc_constraint.clone(), solved),
                    ("qacc", d.qacc.clone(), solved),
                ];
                for (stage, ours, tolerance) in stages {
                    let theirs = numbers(&state[stage]);
                    if theirs.is_empty() {
                        // Where no limit is near there are no rows, on either side.
                        let is_row = stage.starts_with("efc_") && state["nefc"] == 0;
                        assert!(is_row && ours.is_empty(), "{name} {kind} {i} {stage}: {ours:?}");
                        continue;
                    }
                    let error = relative_difference(&ours, &theirs);
                    assert!(error < tolerance, "{name} {kind} {i} {stage}: {error:e}");
                }
                inject(&mut d, state);
                step(&plan, &params, &mut d);
                for (ours, theirs) in [(&d.state.qpos, "next_qpos"), (&d.state.qvel, "next_qvel")] {
                    let error = relative_difference(ours, &numbers(&state[theirs]));
                    assert!(error < solved, "{name} {kind} {i} {theirs}: {error:e}");
                }
            }
        }
    }
}

#[test]
fn one_step_of_f32_lanes_agrees_with_mujoco() {
    for isa in Isa::available().into_iter().filter(|&isa| isa != Isa::Reference) {
        for name in MODELS {
            let (model, golden) = golden(name);
            let recorded: Vec<&Value> =
                ["free", "limits"].iter().flat_map(|kind| states(&golden, kind)).collect();
            let mut simulation = Simulation::new(model, recorded.len(), isa);
            for (env, state) in recorded.iter().enumerate() {
                let (qpos, qvel) = (numbers(&state["qpos"]), numbers(&state["qvel"]));
                simulation.set_state(env, &qpos, &qvel);
                simulation.set_ctrl(env, &numbers(&state["ctrl"]));
            }
            simulation.step(1);
            let mut errors: Vec<f64> = Vec::new();
            for (env, state) in recorded.iter().enumerate() {
                let (qpos, qvel) = simulation.state(env);
                let position = relative_difference(&qpos, &numbers(&state["next_qpos"]));
                errors
                    .push(position.max(relative_difference(&qvel, &numbers(&state["next_qvel"]))));
            }
            errors.sort_by(f64::total_cmp);
            let p99 = errors[(errors.len() * 99).div_ceil(100) - 1];
            let worst = errors[errors.len() - 1];
            let isa = isa.name();
            assert!(p99 < 1e-5 && worst < 1e-4, "{name} {isa}: {p99:e}, worst {worst:e}");
        }
    }
}

#[test]
fn a_hundred_steps_agree_with_mujoco() {
    for (isa, tolerance) in [(Isa::Reference, 1e-6), (Isa::detect(), 1e-2)] {
        for name in MODELS {
            let (model, golden) = golden(name);
            let rollout = &golden["rollout"];
            let mut simulation = Simulation::new(model, 1, isa);
            simulation.set_state(0, &numbers(&rollout["qpos"]), &numbers(&rollout["qvel"]));
            simulation.set_ctrl(0, &numbers(&rollout["ctrl"]));
            for (i, theirs) in states(rollout, "then_qpos").iter().enumerate() {
                simulation.step(10);
                let error = relative_difference(&simulation.state(0).0, &numbers(theirs));
                assert!(error < tolerance, "{name} {} at {}: {error:e}", isa.name(), 10 * (i + 1));
            }
        }
    }
}

#[test]
fn inertia_is_factored_and_solved_exactly() {
    let (model, golden) = golden("arm6");
    let plan = Plan::new(model.clone());
    let params = Params::<f64>::new(&model);
    let mut d = Data::<f64>::new(&plan);
    inject(&mut d, &states(&golden, "free")[0]);
    forward(&plan, &params, &mut d);
    let x: Vec<f64> = (0..model.nv).map(|i| i as f64 - 2.3).collect();
    let mut product = vec![0.0; model.nv];
    plan.tree.multiply(&d.qM, &x, &mut product);
    plan.tree.solve(&d.qLD, &d.qLDiagInv, &mut product);
    assert!(relative_difference(&product, &x) < 1e-12);
}

/// A ball that is 1 cm deep in a floor, with `<pair>`s. MuJoCo 4.0's accelerations upwards.
#[test]
fn a_pair_that_is_named_twice_acts_twice() {
    let one = r#"<pair geom1="floor" geom2="ball"/>"#;
    for (pairs, qacc) in [(one.to_owned(), 24.509500000000017), (one.repeat(2), 25.389487179487197)]
    {
        let model = model_of(&format!(
            r#"<mujoco><worldbody><geom name="floor" type="plane" size="1 1 1"/>
            <body pos="0 0 0.09"><freejoint/><geom name="ball" size="0.1"/></body></worldbody>
            <contact>{pairs}</contact></mujoco>"#
        ));
        let dt = model.opt.timestep;
        let mut simulation = Simulation::new(model, 1, Isa::Reference);
        simulation.step(1);
        let (_, qvel) = simulation.state(0);
        assert!((qvel[2] / dt - qacc).abs() < 1e-9, "{} is not {qacc}", qvel[2] / dt);
    }
}

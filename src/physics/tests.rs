//! The engine against MuJoCo's recorded answers (`tests/golden/`), and against physics.

use super::data::Push;
use super::pattern::tri;
use super::{Data, Params, Plan, Simulation, forward, step};
use crate::math::lanes::{Isa, Lanes};
use crate::model::{Model, load_mjcf};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

const MODELS: [&str; 8] = [
    "cartpole",
    "cartpole_v1",
    "double_pendulum",
    "double_pendulum_euler",
    "arm6",
    "arm6_rk4",
    "compiler",
    "from_geoms",
];

fn golden(name: &str) -> (Arc<Model>, Value) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join(format!("tests/golden/{name}.json"))).unwrap();
    let golden: Value = serde_json::from_str(&text).unwrap();
    let (model, diagnostics) = load_mjcf(&root.join(golden["model"].as_str().unwrap()));
    let mut model = model.unwrap_or_else(|| panic!("{name}: {diagnostics:?}"));
    // The recorded answers were iterated to the end.
    model.opt.tolerance = 0.0;
    (Arc::new(model), golden)
}

fn states<'a>(golden: &'a Value, kind: &str) -> &'a [Value] {
    golden[kind].as_array().unwrap()
}

/// All numbers of a nested list.
fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        number => vec![number.as_f64().unwrap()],
    }
}

/// The largest difference, relative to the largest magnitude or one.
fn error(ours: &[f64], theirs: &[f64]) -> f64 {
    assert_eq!(ours.len(), theirs.len());
    let scale = theirs.iter().fold(1.0_f64, |max, x| max.max(x.abs()));
    ours.iter().zip(theirs).fold(0.0_f64, |max, (a, b)| max.max((a - b).abs())) / scale
}

fn inject<L: Lanes>(data: &mut Data<L>, state: &Value) {
    let set = |to: &mut [L], from: &Value| {
        to.iter_mut().zip(numbers(from)).for_each(|(to, from)| *to = L::splat(from));
    };
    set(&mut data.state.qpos, &state["qpos"]);
    set(&mut data.state.qvel, &state["qvel"]);
    set(&mut data.state.ctrl, &state["ctrl"]);
    data.state.qacc_warmstart.fill(L::zero());
}

fn dense(plan: &Plan, sparse: &[f64]) -> Vec<f64> {
    let nv = plan.model.nv;
    let mut full = vec![0.0; nv * nv];
    for i in 0..nv {
        full[i * nv + i] = sparse[tri(i, i)];
        for j in plan.tree.row(i) {
            full[i * nv + j] = sparse[tri(i, j)];
            full[j * nv + i] = sparse[tri(i, j)];
        }
    }
    full
}

/// Constraint rows as MuJoCo lists them: of a pyramid its edges rather than its axes.
struct Rows {
    pos: Vec<f64>,
    vel: Vec<f64>,
    aref: Vec<f64>,
    weight: Vec<f64>,
}

fn rows(plan: &Plan, d: &Data<f64>) -> Rows {
    let mut rows = Rows { pos: vec![], vel: vec![], aref: vec![], weight: vec![] };
    for group in &d.groups {
        let slot = group.slot;
        let vel = |k| super::constraint::row_dot(plan, &slot, k, &d.efc_J, &d.state.qvel);
        let aref = |k: usize| d.efc_aref[slot.row + k];
        let mut push = |k: usize, sign: f64| {
            // An edge is the normal, leaning to one side by the friction coefficient.
            let lean = if sign == 0.0 { 0.0 } else { sign * group.friction[k - 1] };
            let base = if sign == 0.0 { k } else { 0 };
            rows.pos.push(if matches!(group.push, Push::Cone) && k > 0 { 0.0 } else { group.pos });
            rows.vel.push(vel(base) + lean * vel(k));
            rows.aref.push(aref(base) + lean * aref(k));
            rows.weight.push(d.efc_D[slot.row + base]);
        };
        match group.push {
            Push::Pyramid => (1..slot.dim).for_each(|k| {
                push(k, 1.0);
                push(k, -1.0);
            }),
            _ => (0..slot.dim).for_each(|k| push(k, 0.0)),
        }
    }
    rows
}

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
                    let error = error(&ours, &numbers(&state[stage]));
                    assert!(error < tolerance, "{name} {kind} {i} {stage}: {error:e}");
                }
                inject(&mut d, state);
                step(&plan, &params, &mut d);
                for (ours, theirs) in [(&d.state.qpos, "next_qpos"), (&d.state.qvel, "next_qvel")] {
                    let error = error(ours, &numbers(&state[theirs]));
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
                let position = error(&qpos, &numbers(&state["next_qpos"]));
                errors.push(position.max(error(&qvel, &numbers(&state["next_qvel"]))));
            }
            errors.sort_by(f64::total_cmp);
            let p99 = errors[(errors.len() * 99).div_ceil(100) - 1];
            assert!(p99 < 1e-5, "{name} {}: {p99:e}", isa.name());
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
                let error = error(&simulation.state(0).0, &numbers(theirs));
                assert!(error < tolerance, "{name} {} at {}: {error:e}", isa.name(), 10 * (i + 1));
            }
        }
    }
}

/// Kinetic and gravitational energy [J] of the present state.
fn energy(plan: &Plan, params: &Params<f64>, d: &mut Data<f64>) -> f64 {
    let state = d.state.clone();
    forward(plan, params, d);
    d.state = state;
    let qM = dense(plan, &d.qM);
    let (nv, qvel) = (plan.model.nv, &d.state.qvel);
    let mut energy = 0.0;
    for i in 0..nv {
        for j in 0..nv {
            energy += 0.5 * qvel[i] * qM[i * nv + j] * qvel[j];
        }
    }
    for (body, xipos) in plan.model.bodies.iter().zip(&d.xipos) {
        energy -= body.mass * (0..3).map(|k| plan.model.opt.gravity[k] * xipos[k]).sum::<f64>();
    }
    energy
}

#[test]
fn an_undamped_double_pendulum_keeps_its_energy_for_ten_seconds() {
    let (model, _) = golden("double_pendulum");
    let plan = Plan::new(model.clone());
    let params = Params::<f64>::new(&model);
    let mut d = Data::<f64>::new(&plan);
    d.state.qpos[0] = 2.0;
    d.state.qpos[1] = -1.0;
    let start = energy(&plan, &params, &mut d);
    let mut worst = 0.0_f64;
    for _ in 0..(10.0 / model.opt.timestep) as usize {
        step(&plan, &params, &mut d);
        worst = worst.max((energy(&plan, &params, &mut d) - start).abs());
    }
    let scale = start.abs().max(1.0);
    assert!(worst / scale < 1e-6, "drift {:e} of {start}", worst);
}

/// A state that differs between environments and has some at their limits.
fn scatter(simulation: &mut Simulation, recorded: &[Value], first: usize) {
    for env in 0..simulation.n_envs() {
        let state = &recorded[(first + env) % recorded.len()];
        simulation.set_state(env, &numbers(&state["qpos"]), &numbers(&state["qvel"]));
        simulation.set_ctrl(env, &numbers(&state["ctrl"]));
    }
}

#[test]
fn a_trajectory_depends_neither_on_its_lane_nor_on_its_neighbours() {
    let (model, golden) = golden("arm6");
    let recorded = states(&golden, "limits");
    for isa in Isa::available() {
        let mut together = Simulation::new(model.clone(), recorded.len(), isa);
        scatter(&mut together, recorded, 0);
        together.step(50);
        for env in [0, 1, 7, 31] {
            let mut alone = Simulation::new(model.clone(), 1, isa);
            scatter(&mut alone, recorded, env);
            alone.step(50);
            assert_eq!(alone.state(0), together.state(env), "{} {env}", isa.name());
        }
    }
}

#[test]
fn a_trajectory_does_not_depend_on_the_number_of_threads() {
    let (model, golden) = golden("arm6");
    let recorded = states(&golden, "limits");
    let run = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| {
            let mut simulation = Simulation::new(model.clone(), 100, Isa::detect());
            scatter(&mut simulation, recorded, 0);
            simulation.step(20);
            (0..100).map(|env| simulation.state(env)).collect::<Vec<_>>()
        })
    };
    assert_eq!(run(1), run(3));
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
    assert!(error(&product, &x) < 1e-12);
}

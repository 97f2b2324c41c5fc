//! A trajectory is its own: lanes, neighbours and threads do not enter.

use super::{golden, numbers, states};
use crate::math::lanes::Isa;
use crate::physics::Simulation;
use serde_json::Value;

/// With limits; with contacts, elliptic cones and self-contacts.
const MODELS: [(&str, &str); 5] = [
    ("arm6", "limits"),
    ("states/ant", "contacts"),
    ("states/humanoid", "contacts"),
    ("states/elliptic", "contacts"),
    ("states/pyramids", "contacts"),
];

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
    for (name, kind) in MODELS {
        let (model, golden) = golden(name);
        let recorded = states(&golden, kind);
        for isa in Isa::available() {
            let mut together = Simulation::new(model.clone(), recorded.len(), isa);
            scatter(&mut together, recorded, 0);
            together.step(50);
            for env in [0, 1, 7, recorded.len() - 1] {
                let mut alone = Simulation::new(model.clone(), 1, isa);
                scatter(&mut alone, recorded, env);
                alone.step(50);
                assert_eq!(alone.state(0), together.state(env), "{name} {} {env}", isa.name());
            }
        }
    }
}

#[test]
fn a_trajectory_does_not_depend_on_the_number_of_threads() {
    for (name, kind) in MODELS {
        let (model, golden) = golden(name);
        let recorded = states(&golden, kind);
        let run = |n_threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
            pool.install(|| {
                let mut simulation = Simulation::new(model.clone(), 100, Isa::detect());
                scatter(&mut simulation, recorded, 0);
                simulation.step(20);
                (0..100).map(|env| simulation.state(env)).collect::<Vec<_>>()
            })
        };
        assert_eq!(run(1), run(3), "{name}");
    }
}

#[test]
fn a_roll_out_is_the_same_as_its_steps_one_by_one() {
    let (n_envs, n_steps) = (37, 6);
    for name in ["states/ant", "states/fluid"] {
        let (model, golden) = golden(name);
        let recorded = states(&golden, "contacts");
        let nu = model.nu;
        let control = |k: usize| ((k * 37 % 101) as f64 - 50.0) / 50.0;
        let controls: Vec<f64> = (0..n_steps * n_envs * nu).map(control).collect();
        for isa in Isa::available() {
            let mut at_once = Simulation::new(model.clone(), n_envs, isa);
            let mut one_by_one = Simulation::new(model.clone(), n_envs, isa);
            scatter(&mut at_once, recorded, 0);
            scatter(&mut one_by_one, recorded, 0);
            at_once.roll_out(n_steps, &controls);
            for step in controls.chunks(n_envs * nu) {
                step.chunks(nu).enumerate().for_each(|(env, ctrl)| one_by_one.set_ctrl(env, ctrl));
                one_by_one.step(1);
            }
            for env in 0..n_envs {
                assert_eq!(at_once.state(env), one_by_one.state(env), "{name} {}", isa.name());
            }
        }
    }
}

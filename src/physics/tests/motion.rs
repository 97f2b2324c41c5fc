//! The engine against physics: what must be conserved, rest, or add up.

use super::{dense, golden};
use crate::math::lanes::Isa;
use crate::model::{Model, load_mjcf, parse_mjcf};
use crate::physics::{Data, Params, Plan, Simulation, forward, refresh, step};
use std::path::Path;
use std::sync::Arc;

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

fn model(text: &str) -> Arc<Model> {
    let (model, diagnostics) = parse_mjcf(text, Path::new("."));
    Arc::new(model.unwrap_or_else(|| panic!("{diagnostics:?}")))
}

/// As [`Simulation`], one environment in the lanes of this machine.
fn simulation(model: &Arc<Model>) -> Simulation {
    let mut simulation = Simulation::new(model.clone(), 1, Isa::detect());
    simulation.set_state(0, &model.qpos0, &vec![0.0; model.nv]);
    simulation
}

#[test]
fn a_block_on_a_slope_below_the_friction_angle_does_not_creep() {
    // Friction 0.6 holds up to 31 degrees. Soft constraints let every resting contact slip a little;
    // elliptic cones with a large impratio are MuJoCo's way of saying that friction is hard.
    let block = model(
        r#"<mujoco><option timestep="0.005" cone="elliptic" impratio="1000"/>
        <worldbody><geom type="plane" size="0 0 1" euler="0 20 0" friction="0.6"/>
        <body pos="0.0376 0 0.1034" euler="0 20 0"><freejoint/>
        <geom type="box" size="0.2 0.2 0.11" friction="0.6"/></body></worldbody></mujoco>"#,
    );
    let mut simulation = simulation(&block);
    simulation.step(200);
    let (start, _) = simulation.state(0);
    simulation.step(2000);
    let (end, _) = simulation.state(0);
    let creep = (0..3).map(|k| (end[k] - start[k]).powi(2)).sum::<f64>().sqrt();
    assert!(creep < 1e-3, "{creep} m in ten seconds");
}

#[test]
fn a_block_on_a_slope_above_the_friction_angle_slides() {
    let block = model(
        r#"<mujoco><option timestep="0.005" cone="elliptic" impratio="1000"/>
        <worldbody><geom type="plane" size="0 0 1" euler="0 40 0" friction="0.6"/>
        <body pos="0.0707 0 0.0843" euler="0 40 0"><freejoint/>
        <geom type="box" size="0.2 0.2 0.11" friction="0.6"/></body></worldbody></mujoco>"#,
    );
    let mut simulation = simulation(&block);
    simulation.step(200);
    let (_, qvel) = simulation.state(0);
    let along = qvel[0].hypot(qvel[2]);
    let slope = 40_f64.to_radians();
    let expected = 9.81 * (slope.sin() - 0.6 * slope.cos());
    assert!((along - expected).abs() < 0.05 * expected, "{along} m/s after a second: {expected}");
}

#[test]
fn a_stack_of_five_boxes_stands() {
    let boxes: String = (0..5)
        .map(|i| {
            let z = 0.1 + 0.2 * f64::from(i);
            format!(
                r#"<body pos="0 0 {z}"><freejoint/><geom type="box" size="0.1 0.1 0.1"/></body>"#
            )
        })
        .collect();
    let stack = model(&format!(
        r#"<mujoco><option timestep="0.005"/><worldbody><geom type="plane" size="0 0 1"/>{boxes}
        </worldbody></mujoco>"#
    ));
    let mut simulation = simulation(&stack);
    simulation.step(2000);
    let (qpos, qvel) = simulation.state(0);
    for (i, body) in qpos.chunks(7).enumerate() {
        let z = 0.1 + 0.2 * i as f64;
        assert!((body[2] - z).abs() < 0.01 && body[0].hypot(body[1]) < 0.01, "{i}: {body:?}");
    }
    assert!(qvel.iter().all(|v| v.abs() < 1e-2), "{qvel:?}");
}

/// Momentum and angular momentum about the centre of mass of the whole, from the state alone.
fn momentum(plan: &Plan, params: &Params<f64>, qpos: &[f64], qvel: &[f64]) -> [f64; 6] {
    let mut d = Data::<f64>::new(plan);
    d.state.qpos.copy_from_slice(qpos);
    d.state.qvel.copy_from_slice(qvel);
    refresh(plan, params, &mut d);
    let mass = plan.model.bodies[1].subtreemass;
    let s = &d.sensordata;
    [mass * s[0], mass * s[1], mass * s[2], s[3], s[4], s[5]]
}

#[test]
fn momentum_is_conserved_in_free_flight_of_f32() {
    let flyer = model(
        r#"<mujoco><option timestep="0.002" gravity="0 0 0" integrator="RK4"/><worldbody>
        <body name="trunk"><freejoint/><geom type="box" size="0.2 0.1 0.05"/>
        <body pos="0.2 0 0"><joint axis="0 1 0"/><geom type="capsule" fromto="0 0 0 0.3 0 0" size="0.04"/>
        <body pos="0.3 0 0"><joint type="ball"/><geom type="capsule" fromto="0 0 0 0 0.3 0" size="0.03"/>
        </body></body></body></worldbody><sensor><subtreelinvel body="trunk"/>
        <subtreeangmom body="trunk"/></sensor></mujoco>"#,
    );
    let plan = Plan::new(flyer.clone());
    let params = Params::<f64>::new(&flyer);
    let mut simulation = simulation(&flyer);
    let qvel = [0.3, -0.2, 0.5, 1.0, -2.0, 1.5, 3.0, -1.0, 2.0, 0.5];
    simulation.set_state(0, &flyer.qpos0, &qvel);
    let start = momentum(&plan, &params, &flyer.qpos0, &qvel);
    let size = start.iter().fold(0.0_f64, |max, x| max.max(x.abs()));
    for _ in 0..10 {
        simulation.step(50);
        let (qpos, qvel) = simulation.state(0);
        let now = momentum(&plan, &params, &qpos, &qvel);
        for k in 0..6 {
            // Rounding of a thousand additions in f32 walks; a second of flight stays within this.
            assert!((now[k] - start[k]).abs() < 1e-5 * size.max(1.0), "{k}: {start:?} {now:?}");
        }
    }
}

#[test]
fn a_falling_capsule_is_stopped_by_the_integral_of_its_contact_force() {
    let capsule = model(
        r#"<mujoco><option timestep="0.001"/><worldbody><geom type="plane" size="0 0 1"/>
        <body pos="0 0 0.5" euler="0 60 0"><freejoint/><geom type="capsule" size="0.1 0.2"/></body>
        </worldbody></mujoco>"#,
    );
    let plan = Plan::new(capsule.clone());
    let params = Params::<f64>::new(&capsule);
    let mut d = Data::<f64>::new(&plan);
    let mass = capsule.bodies[1].mass;
    let (mut impulse, mut touched) = ([0.0; 3], 0);
    for _ in 0..1000 {
        step(&plan, &params, &mut d);
        let force = d.contact_force(&plan, 1);
        (0..3).for_each(|k| impulse[k] += 0.001 * force[k]);
        touched += usize::from(force[2] > 0.0);
    }
    assert!(touched > 100, "it lay on the ground for {touched} of 1000 steps");
    for k in 0..3 {
        let gravity = if k == 2 { -9.81 * mass } else { 0.0 };
        let gained = mass * d.state.qvel[k];
        let expected = impulse[k] + gravity;
        assert!((gained - expected).abs() < 1e-9 * mass, "{k}: {gained} {expected}");
    }
}

#[test]
fn a_hand_in_a_wall_does_not_disturb_what_can_move() {
    // Neither side of that contact can give way; its rows would have no dof and an enormous weight.
    let text = |hand: &str| {
        format!(
            r#"<mujoco><worldbody><geom type="plane" size="0 0 1"/>
            <geom type="box" size="0.2 0.2 0.2" pos="2 0 0.2"/>{hand}
            <body pos="0 0 0.3"><freejoint/><geom type="sphere" size="0.1"/></body>
            </worldbody></mujoco>"#
        )
    };
    let hand = r#"<body mocap="true" pos="2 0 0.3"><geom type="sphere" size="0.2"/></body>"#;
    let [with, without] = [text(hand), text("")].map(|text| {
        let mut simulation = simulation(&model(&text));
        simulation.step(500);
        simulation.state(0)
    });
    assert_eq!(with, without);
}

/// Random numbers for actions, the same everywhere.
fn noise(seed: &mut u64) -> f64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) as f64 / f64::from(1_u32 << 30) - 1.0
}

/// Steps many environments with random actions held for four steps; the number of bad numbers.
fn soak(scene: &str, n_envs: usize, n_steps: usize) -> usize {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("scenes/{scene}/{scene}.xml"));
    let (model, diagnostics) = load_mjcf(&path);
    let model = Arc::new(model.unwrap_or_else(|| panic!("{diagnostics:?}")));
    let mut simulation = Simulation::new(model.clone(), n_envs, Isa::detect());
    let mut seed = 7;
    for _ in 0..n_steps.div_ceil(4) {
        for env in 0..n_envs {
            let ctrl: Vec<f64> = (0..model.nu).map(|_| noise(&mut seed)).collect();
            simulation.set_ctrl(env, &ctrl);
        }
        simulation.step(4);
    }
    let is_bad = |(qpos, qvel): (Vec<f64>, Vec<f64>)| {
        !qpos.iter().chain(&qvel).all(|x| x.is_finite() && x.abs() < 1e4)
    };
    (0..n_envs).filter(|&env| is_bad(simulation.state(env))).count()
}

#[test]
fn random_actions_do_not_blow_up() {
    for scene in ["humanoid", "ant", "quadruped"] {
        assert_eq!(soak(scene, 64, 300), 0, "{scene}");
    }
}

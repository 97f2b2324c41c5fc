//! Rapier against our own engine, where both must agree: without contacts, over a short time.

use super::world::World;
use super::{Rapier, unsupported_features};
use crate::math::differences::relative_difference;
use crate::math::rng::{Random, RandomStream};
use crate::model::{JointType, Model, parse_mjcf};
use crate::physics::{Data, Params, Plan, act, step};
use crate::scene::{
    ActionUnits, Actions, Drive, Engine, Environments, MOST_PROPS, PropShape, SceneLibrary, Throw,
};
use crate::space::Device;
use std::path::Path;
use std::sync::Arc;

/// Rapier's numbers are f32, and it integrates in four parts of each step.
const TOLERANCE: f64 = 0.01;

fn model(text: &str) -> Arc<Model> {
    let (model, diagnostics) = parse_mjcf(text, Path::new("."));
    Arc::new(model.unwrap_or_else(|| panic!("{diagnostics:?}")))
}

fn scenes() -> SceneLibrary {
    SceneLibrary::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes"))
}

/// Both engines from the same state with the same controls; the largest difference in positions and
/// velocities, relative to the largest of them or one.
fn difference(model: &Arc<Model>, qpos: &[f64], qvel: &[f64], ctrl: &[f64], n_steps: usize) -> f64 {
    let plan = Plan::new(model.clone());
    let params = Params::<f64>::new(model);
    let (mut ours, mut theirs) = (Data::<f64>::new(&plan), Data::<f64>::new(&plan));
    let mut world = World::new(model);
    for data in [&mut ours, &mut theirs] {
        data.state.qpos.copy_from_slice(qpos);
        data.state.qvel.copy_from_slice(qvel);
        data.state.ctrl.copy_from_slice(ctrl);
    }
    for _ in 0..n_steps {
        step(&plan, &params, &mut ours);
        act(&plan, &params, &mut theirs, false);
        let actuation = theirs.qfrc_actuator.clone();
        let state = &mut theirs.state;
        let drive = Drive { actuation: &actuation, pushes: &[] };
        world.advance(&mut state.qpos, &mut state.qvel, &drive);
    }
    let pairs = |a: &[f64], b: &[f64]| relative_difference(b, a);
    let moved = pairs(&ours.state.qpos, qpos).max(pairs(&ours.state.qvel, qvel));
    assert!(moved > 10.0 * TOLERANCE, "nothing has moved: {:?}", ours.state.qpos);
    pairs(&ours.state.qpos, &theirs.state.qpos).max(pairs(&ours.state.qvel, &theirs.state.qvel))
}

#[test]
fn a_thrown_body_flies_and_tumbles_as_ours_does() {
    let body = model(
        r#"<mujoco><option timestep="0.0005"/><worldbody><body pos="0 0 3"><freejoint/>
        <inertial pos="0.1 -0.05 0.2" mass="1.5" diaginertia="0.02 0.05 0.04" quat="0.9 0.1 0.4 0"/>
        </body></worldbody></mujoco>"#,
    );
    let qpos = [0.3, -0.2, 3.0, 0.8, 0.0, 0.6, 0.0];
    let error = difference(&body, &qpos, &[0.5, 1.0, 2.0, 3.0, -1.0, 2.0], &[], 800);
    assert!(error < TOLERANCE, "{error}");
}

#[test]
fn a_double_pendulum_swings_as_ours_does() {
    let pendulum = model(
        r#"<mujoco><option timestep="0.0005"/><worldbody>
        <body pos="0.2 0 2" euler="0 20 0"><joint axis="0 1 0" pos="0.05 0 0.1" damping="0.05"/>
        <geom type="capsule" fromto="0 0 0 0 0 -0.6" size="0.05"/>
        <body pos="0 0 -0.6"><joint axis="0.3 1 0.1" armature="0.02" ref="30"/>
        <geom type="capsule" fromto="0 0 0 0.1 0 -0.5" size="0.04"/></body></body>
        </worldbody></mujoco>"#,
    );
    let error = difference(&pendulum, &[1.2, -0.4], &[0.5, -2.0], &[], 1000);
    assert!(error < TOLERANCE, "{error}");
}

#[test]
fn several_joints_of_one_body_with_springs_and_motors_move_as_ours_do() {
    let walker = model(
        r#"<mujoco><option timestep="0.0005"/><worldbody>
        <body pos="0 0 1.2"><joint name="x" type="slide" axis="1 0 0" armature="0.1"/>
        <joint name="z" type="slide" axis="0 0 1" ref="1.2" damping="1"/>
        <joint name="turn" axis="0 1 0" damping="0.1"/>
        <geom type="capsule" fromto="0 0 -0.2 0.1 0 0.2" size="0.06"/>
        <body pos="0.05 0 -0.2"><joint name="knee" axis="0 -1 0" stiffness="20" springref="25"/>
        <geom type="capsule" fromto="0 0 0 0 0 -0.4" size="0.05"/>
        <body pos="0 0 -0.4"><joint name="ankle" type="ball" damping="0.02"/>
        <geom type="box" size="0.1 0.05 0.03" pos="0.05 0 0"/></body></body></body>
        </worldbody><actuator><motor joint="x" gear="3"/><motor joint="turn" gear="2"/>
        <position joint="knee" kp="15"/><motor joint="ankle" gear="0.3 0.1 -0.2 0 0 0"/></actuator>
        </mujoco>"#,
    );
    let qpos = [0.2, 1.3, 0.1, 0.4, 0.96, 0.0, 0.28, 0.0];
    let qvel = [0.5, 0.2, -1.0, 2.0, 0.5, 1.0, -0.5];
    let error = difference(&walker, &qpos, &qvel, &[1.0, -1.0, 0.3, 0.5], 600);
    assert!(error < TOLERANCE, "{error}");
}

/// The cart is driven to and fro, the pole falls.
#[test]
fn a_cart_with_a_pole_moves_as_ours_does() {
    let cart = scenes().load("cartpole").unwrap().model;
    let mut fine = (*cart).clone();
    fine.opt.timestep = 0.0005;
    let error = difference(&Arc::new(fine), &[0.1, 0.2], &[0.5, -0.3], &vec![0.4; cart.nu], 1000);
    assert!(error < TOLERANCE, "{error}");
}

#[test]
fn positions_and_velocities_come_back_as_they_were_put() {
    let ball = model(
        r#"<mujoco><worldbody><body><joint type="ball" pos="0.1 0 0.2"/><geom size="0.1"/>
        <body pos="1 0 0"><joint type="slide" axis="1 1 0" ref="0.4"/><geom size="0.1"/></body></body>
        </worldbody></mujoco>"#,
    );
    let named = ["ant", "humanoid", "hopper", "walker2d", "half_cheetah", "quadruped", "reacher"];
    let named = named.map(|name| scenes().load(name).unwrap().model);
    for model in named.into_iter().chain([ball]) {
        let mut random = Random::new(3, RandomStream::Reset, 0, 0);
        let mut draw =
            |n: usize| -> Vec<f64> { (0..n).map(|_| random.uniform_in(-1.0, 1.0)).collect() };
        let (mut qpos, qvel) = (draw(model.nq), draw(model.nv));
        for joint in &model.joints {
            let first = match joint.jnt_type {
                JointType::Free => joint.qposadr + 3,
                JointType::Ball => joint.qposadr,
                _ => continue,
            };
            let length = qpos[first..first + 4].iter().map(|x| x * x).sum::<f64>().sqrt();
            qpos[first..first + 4].iter_mut().for_each(|x| *x /= length);
        }
        let mut world = World::new(&model);
        (world.qpos, world.qvel) = (qpos.clone(), qvel.clone());
        world.place();
        // Quaternions come back with the sign that they had; the rest comes from the links alone.
        world.qvel.fill(f64::NAN);
        for joint in model.joints.iter().filter(|joint| joint.jnt_type.nq() == 1) {
            world.qpos[joint.qposadr] = f64::NAN;
        }
        world.read();
        let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
        assert!(near(&qpos, &world.qpos), "{}: {qpos:?} {:?}", model.name, world.qpos);
        assert!(near(&qvel, &world.qvel), "{}: {qvel:?} {:?}", model.name, world.qvel);
    }
}

fn environments(scene: &str, n_envs: usize) -> Environments {
    let scene = scenes().load(scene).unwrap();
    let mut environments = Environments::new(&scene, n_envs, 7, Device::detect()).unwrap();
    environments.use_engine(&Rapier);
    environments
}

fn rest(environments: &mut Environments, n_steps: usize) {
    let values = vec![0.0; environments.n_envs() * environments.action_dim(ActionUnits::Policy)];
    for _ in 0..n_steps {
        environments.step(Actions { values: &values, units: ActionUnits::Policy }).unwrap();
    }
}

#[test]
fn an_ant_stands_on_the_ground() {
    let mut ants = environments("ant", 2);
    let dt = ants.scene().task.dt;
    rest(&mut ants, (3.0 / dt) as usize);
    for env in 0..2 {
        let ant = ants.snapshot(env).unwrap();
        assert!((0.3..1.0).contains(&ant.qpos[2]), "{ant:?}");
        assert!(ant.qvel.iter().all(|v| v.abs() < 0.1), "{ant:?}");
    }
}

/// What happens in one environment is its own affair, also across resets.
#[test]
fn environments_do_not_depend_on_their_number() {
    let run = |n_envs: usize| {
        let mut hoppers = environments("hopper", n_envs);
        rest(&mut hoppers, 150);
        hoppers.snapshot(0).unwrap()
    };
    let (alone, in_company) = (run(1), run(5));
    assert!(alone.episode > 1, "no hopper fell: {alone:?}");
    assert_eq!(alone, in_company);
}

#[test]
fn a_heavy_ball_pushes_the_ant_and_lies_on_the_ground() {
    let mut ants = environments("ant", 2);
    rest(&mut ants, 60);
    let [x, y] = [0, 1].map(|k| ants.snapshot(0).unwrap().qpos[k]);
    let pos = [f64::from(x) - 2.0, f64::from(y), 1.0];
    let throw = Throw { shape: PropShape::Ball(0.25), mass: 3.0, pos, velocity: [8.0, 0.0, 0.0] };
    ants.throw(0, &throw);
    rest(&mut ants, 120);
    let (hit, spared) = (ants.snapshot(0).unwrap(), ants.snapshot(1).unwrap());
    assert!(hit.qpos[0] > x + 0.1, "{hit:?}");
    assert!(spared.props.is_empty());
    let ball = hit.props[0];
    assert!((ball.pos[2] - 0.25).abs() < 0.05, "{ball:?}");
}

#[test]
fn of_too_many_things_the_oldest_vanish() {
    let mut carts = environments("cartpole", 1);
    for k in 0..MOST_PROPS + 3 {
        let pos = [f64::from(k as u32), 5.0, 1.0];
        let shape = PropShape::Box([0.1, 0.1, 0.1]);
        carts.throw(0, &Throw { shape, mass: 1.0, pos, velocity: [0.0; 3] });
        rest(&mut carts, 1);
    }
    let props = carts.snapshot(0).unwrap().props;
    let ids: Vec<u64> = props.iter().map(|prop| prop.id).collect();
    assert_eq!(ids, (4..=MOST_PROPS as u64 + 3).collect::<Vec<u64>>());
}

#[test]
fn what_rapier_lacks_is_told() {
    let none = model(
        "<mujoco><worldbody><body><joint/><geom size='0.1' contype='0' conaffinity='0'/></body></worldbody></mujoco>",
    );
    assert!(unsupported_features(&none).is_empty());
    let model = model(
        r#"<mujoco><worldbody><geom type="plane" size="1 1 1"/>
        <body name="a" pos="0 0 1"><joint type="ball" range="0 40" limited="true"/>
        <geom type="ellipsoid" size="0.1 0.2 0.1" condim="6"/></body>
        <body name="b" pos="1 0 1"><joint frictionloss="0.1"/><geom size="0.1"/></body></worldbody>
        <equality><connect body1="a" body2="b" anchor="0 0 0"/></equality></mujoco>"#,
    );
    let told = unsupported_features(&model).join("\n");
    for word in ["solref", "rolling", "limits", "dry friction", "equality", "polyhedra"] {
        assert!(told.contains(word), "{word} is not in:\n{told}");
    }
}

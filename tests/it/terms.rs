//! Terms in Rust beside the same terms as expressions, on the quadruped: sensors, contacts, noise.

use crate::support::repository;
use dnne::math::lanes::Isa;
use dnne::nodes;
use dnne::scene::{ActionUnits, Actions, Environments, Scene, SceneLibrary, StepOutput, Terms};
use dnne::session::{Session, SessionOptions};
use dnne::space::Device;
use std::path::Path;

/// A task on the quadruped with more observations, rewards and terminations.
fn task(observations: &str, rewards: &str, terminations: &str) -> String {
    let model = repository("scenes/quadruped/quadruped.xml");
    let actuators = ["front_left_hip", "front_left_thigh", "hind_right_calf"];
    let actions = actuators.map(|name| format!("(actuator: \"{name}\", scale: 0.8)")).join(", ");
    format!(
        "Task(model: {model:?}, dt: 0.02, substeps: 4, episode_length: 40,
        actions: Continuous([{actions}]),
        observations: [(\"height\", \"xpos(trunk).z\"), {observations}],
        observation_noise: [(\"height\", 0.01)],
        rewards: [(\"alive\", \"1\"), {rewards}],
        terminations: [(name: \"fallen\", when: \"axis_z(trunk).z < 0.5\"), {terminations}],
        reset: [(joint: \"root\", qpos: (0, 0.3), qvel: (-1, 1))],
        pushes: Some((joint: \"root\", every: 10, velocity: 1.0)),
        curriculum: Some((0, 1)))"
    )
}

fn scene(text: &str) -> Scene {
    Scene::parse("dog", Path::new("task.ron"), text).unwrap()
}

fn with_expressions() -> Scene {
    let observations = [
        ("trunk", "qpos(front_left_hip)"),
        ("joint", "qvel(hind_right_calf)"),
        ("com", "com(trunk).x"),
        ("centre", "xipos(trunk).y"),
        ("quat", "xquat(trunk).z"),
        ("side", "axis_y(trunk).x"),
        ("speed", "linvel(trunk).x"),
        ("spin", "angvel(trunk).z"),
        ("gyro", "sensor(gyro).y"),
        ("touch", "sensor(hind_left_touch)"),
        ("push", "contact_force(hind_left_calf).z"),
        ("torque", "joint_force(front_left_hip)"),
        ("servo", "actuator_force(front_left_hip)"),
        ("ctrl", "ctrl(front_left_thigh)"),
        ("action", "action(front_left_thigh)"),
        ("last", "previous_action(front_left_thigh)"),
        ("time", "time"),
        ("difficulty", "difficulty"),
        ("before", "prev(linvel(trunk).x)"),
    ];
    let pairs = |list: &[(&str, &str)]| -> String {
        list.iter().map(|(name, text)| format!("({name:?}, {text:?}), ")).collect()
    };
    let rewards = [("speed", "linvel(trunk).x"), ("effort", "-0.5 * action(front_left_hip)^2")];
    let ends = "(name: \"high\", when: \"xpos(trunk).z > 0.55\", reward: Some(-3.0))";
    scene(&task(&pairs(&observations), &pairs(&rewards), ends))
}

/// The same in Rust.
fn terms(scene: &Scene) -> Terms {
    let model = &scene.model;
    let body = |name: &str| model.body_id(name).unwrap();
    let joint = |name: &str| &model.joints[model.joint_id(name).unwrap()];
    let sensor = |name: &str| model.sensors.iter().position(|it| it.name == name).unwrap();
    let actuator = |name: &str| model.actuator_id(name).unwrap();
    let (trunk, calf) = (body("trunk"), body("hind_left_calf"));
    let (hip, last) = (joint("front_left_hip"), joint("hind_right_calf"));
    let (hip_place, hip_dof, last_dof) = (hip.qposadr, hip.dofadr, last.dofadr);
    let (gyro, touch) = (sensor("gyro"), sensor("hind_left_touch"));
    let (servo, thigh) = (actuator("front_left_hip"), actuator("front_left_thigh"));
    Terms::new()
        .observation("own", 19, move |env, out| {
            out.copy_from_slice(&[
                env.qpos(hip_place),
                env.qvel(last_dof),
                env.subtree_com(trunk)[0],
                env.xipos(trunk)[1],
                env.xquat(trunk)[3],
                env.xmat(trunk)[1],
                env.linvel(trunk)[0],
                env.angvel(trunk)[2],
                env.sensor(gyro, 1),
                env.sensor(touch, 0),
                env.contact_force(calf)[2],
                env.joint_force(hip_dof),
                env.actuator_force(servo),
                env.ctrl(thigh),
                env.action(1),
                env.previous_action(1),
                env.time(),
                env.difficulty(),
                env.memory()[1],
            ]);
        })
        // The speed now and a step before.
        .memory(2, move |env, kept| {
            let speed = env.linvel(trunk)[0];
            kept[1] = if env.has_stepped() { kept[0] } else { speed };
            kept[0] = speed;
        })
        .reward("speed", move |env| env.linvel(trunk)[0])
        .reward("effort", |env| -0.5 * env.action(0).powi(2))
        .termination("high", Some(-3.0), move |env| env.xpos(trunk)[2] > 0.55)
}

fn with_terms() -> Scene {
    let plain = scene(&task("", "", ""));
    plain.with_terms(&terms(&plain)).unwrap()
}

fn environments(scene: &Scene, n_envs: usize, isa: Isa) -> Environments {
    Environments::new(scene, n_envs, 11, Device::Cpu(isa)).unwrap()
}

fn step(environments: &mut Environments, step: usize) -> StepOutput {
    let n = environments.n_envs() * 3;
    let values: Vec<f32> = (0..n).map(|i| ((i * 7 + step / 5) as f32).sin()).collect();
    environments.set_progress(0.5);
    let actions = Actions { values: &values, units: ActionUnits::Policy };
    environments.step(actions).unwrap().clone()
}

/// Rewards are rounded to f32 once by expressions and term by term by functions.
fn assert_alike(a: &StepOutput, b: &StepOutput) {
    assert_eq!(a.observations.buffers(), b.observations.buffers());
    assert_eq!(a.next_observations.buffers(), b.next_observations.buffers());
    assert_eq!((&a.terminated, &a.truncated), (&b.terminated, &b.truncated));
    for (x, y) in a.rewards.iter().zip(&b.rewards) {
        assert!((x - y).abs() < 1e-5, "{x} {y}");
    }
    for (x, y) in a.reward_terms.iter().zip(&b.reward_terms) {
        assert!((x - y).abs() < 1e-5, "{x} {y}");
    }
}

#[test]
fn terms_in_rust_are_what_they_are_as_expressions() {
    let (written, coded) = (with_expressions(), with_terms());
    assert_eq!(coded.task.reward_names, written.task.reward_names);
    assert_eq!(coded.task.termination_names, written.task.termination_names);
    assert_eq!(coded.task.observations.names()[1], "own[0]");
    for isa in Isa::available() {
        let n_envs = 2 * isa.width() + 1;
        let (mut a, mut b) =
            (environments(&written, n_envs, isa), environments(&coded, n_envs, isa));
        assert_alike(a.output(), b.output());
        let mut n_ended = 0;
        for k in 0..90 {
            let (a, b) = (step(&mut a, k), step(&mut b, k));
            assert_alike(&a, &b);
            n_ended += a.terminated.iter().filter(|ended| **ended).count();
        }
        assert!(n_ended > 0, "{}", isa.name());
    }
}

#[test]
fn terms_in_rust_do_not_see_lanes_threads_or_neighbours() {
    let scene = with_terms();
    let isa = Isa::detect();
    let few = |n_envs: usize, n_threads: usize| -> Vec<f32> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| {
            let mut environments = environments(&scene, n_envs, isa);
            let of_third =
                |output: &StepOutput| output.observations.row(3).f32s("observations").to_vec();
            (0..60).flat_map(|k| of_third(&step(&mut environments, k))).collect()
        })
    };
    let alone = few(4, 1);
    assert_eq!(alone, few(37, 1));
    assert_eq!(alone, few(67, 3));
}

#[test]
fn what_terms_in_rust_keep_is_saved() {
    let scene = with_terms();
    let mut whole = environments(&scene, 20, Isa::detect());
    (0..7).for_each(|k| drop(step(&mut whole, k)));
    let mut resumed = environments(&scene, 20, Isa::detect());
    resumed.load_state(&whole.state()).unwrap();
    for k in 7..60 {
        assert_eq!(step(&mut whole, k).observations, step(&mut resumed, k).observations);
    }
    assert_eq!(whole.state(), resumed.state());
}

#[test]
fn terms_that_cannot_be_are_refused() {
    let plain = scene(&task("", "", ""));
    let said = |terms: Terms| plain.with_terms(&terms).map(|_| ()).unwrap_err().to_string();
    assert!(said(Terms::new().reward("alive", |_| 0.0)).contains("two rewards named \"alive\""));
    assert!(said(Terms::new().observation("none", 0, |_, _| ())).contains("\"none\" has size 0"));
    assert!(with_terms().with_terms(&Terms::new()).is_err());
    // What is not finite ends the episode, and is counted.
    let bad = Terms::new().reward("bad", |env| if env.time() > 0.03 { f64::NAN } else { 0.0 });
    let mut environments = environments(&plain.with_terms(&bad).unwrap(), 5, Isa::detect());
    assert_eq!(step(&mut environments, 0).n_non_finite, 0);
    let output = step(&mut environments, 1);
    assert_eq!((output.n_non_finite, output.terminated), (5, vec![true; 5]));
}

/// A session finds the terms with the scene; resets begin where the function says.
#[test]
fn a_session_trains_with_terms_in_rust() {
    let terms = Terms::new()
        .observation("tip", 1, |env, out| out[0] = env.xpos(2)[0])
        .reward("calm", |env| -env.action(0).abs())
        .reset(|start, random| start.qpos[0] = random.uniform_in(0.5, 0.6));
    let scenes = SceneLibrary::new(repository("scenes")).with_terms("Cartpole", terms);
    let scene = scenes.load("cartpole").unwrap();
    let environments = environments(&scene, 30, Isa::detect());
    let obs_dim = environments.observation_space().size();
    let seen = environments.output().observations.f32s("observations");
    let starts = seen.chunks(obs_dim).map(|row| row[0]);
    assert!(starts.clone().all(|x| (0.5..=0.6).contains(&x)), "{:?}", starts.collect::<Vec<_>>());
    let graph = nodes::training_loop()
        .node("env", "IsaacGymEnvNode")
        .set("env_name", "Cartpole")
        .node("agent", "PPOAgentNode")
        .node("trainer", "PPOTrainerNode")
        .build_with(&scenes)
        .unwrap();
    let mut session = Session::new(&graph, SessionOptions::new(scenes)).unwrap();
    while session.progress().updates < 2 {
        session.tick().unwrap();
    }
    let reports = session.take_reports();
    let calm = reports.last().unwrap().reward_terms["calm"].as_f64().unwrap();
    assert!((-1.0..0.0).contains(&calm), "{calm}");
}

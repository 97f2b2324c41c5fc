//! Streams of observations from a program's own terms: pictures of bytes, and numbers for the critic only.

use crate::support::repository;
use dnne::learn::{Array, Policy, PolicyConfig, StateDict};
use dnne::math::lanes::Isa;
use dnne::nodes::{self, CheckpointRequest};
use dnne::scene::{ActionUnits, Actions, Environments, Scene, SceneLibrary, StepOutput, Terms};
use dnne::session::{CheckpointInfo, Session, SessionOptions};
use dnne::space::{Device, ElementType, ObservationGroup};
use dnne::workflow::Graph;
use std::path::{Path, PathBuf};

/// A picture of the cart and the tip of the pole, 8 by 8 pixels of one byte, as bright as it is told; and for the
/// value the time, in numbers that are no vector.
fn eyes(brightness: u8) -> Terms {
    Terms::new()
        .stream("eye", &[8, 8, 1], ObservationGroup::Policy, move |env, out: &mut [u8]| {
            let column = |x: f64| ((x + 4.0).clamp(0.0, 7.9)) as usize;
            let (cart, tip) = (env.xpos(1)[0], env.xmat(2));
            out[7 * 8 + column(cart)] = brightness;
            out[column(3.0 * tip[2])] = brightness / 2;
            // Steps of a sixtieth of a second.
            out[8] = (env.time() * 60.0).round() as u8;
        })
        .stream("clock", &[2, 2], ObservationGroup::Critic, |env, out: &mut [f32]| {
            out[3] = env.time() as f32;
            out[0] = -out[3];
        })
}

fn scenes(brightness: u8) -> SceneLibrary {
    SceneLibrary::new(repository("scenes")).with_terms("Cartpole", eyes(brightness))
}

fn cartpole(terms: &Terms) -> Scene {
    let plain = SceneLibrary::new(repository("scenes")).load("cartpole").unwrap();
    plain.with_terms(terms).unwrap()
}

fn step(environments: &mut Environments) -> StepOutput {
    let n = environments.n_envs();
    let values: Vec<f32> = (0..n).map(|env| (env as f32).sin()).collect();
    let actions = Actions { values: &values, units: ActionUnits::Policy };
    environments.step(actions).unwrap().clone()
}

fn graph(scenes: &SceneLibrary, observe_at: &str) -> Graph {
    nodes::training_loop()
        .node("env", "IsaacGymEnvNode")
        .set("env_name", "Cartpole")
        .set("num_envs", 32)
        .node("agent", "PPOAgentNode")
        .set("separate_value", true)
        // Its pictures are too small for convolutions.
        .set("cnn", "none")
        .set("normalize_observations", true)
        .set("observe_at", observe_at)
        .node("trainer", "PPOTrainerNode")
        .set("horizon_length", 16)
        .set("minibatch_size", 128)
        .build_with(scenes)
        .unwrap()
}

fn session(scenes: SceneLibrary, observe_at: &str) -> Session {
    let graph = graph(&scenes, observe_at);
    Session::new(&graph, SessionOptions { seed: 5, ..SessionOptions::new(scenes) }).unwrap()
}

fn train(session: &mut Session, steps: u64) {
    while session.progress().steps < steps {
        session.tick().unwrap();
    }
}

/// Saves into a folder, and gives the checkpoint's path.
fn checkpoint(session: &mut Session, folder: &Path) -> PathBuf {
    let request = CheckpointRequest {
        node: "session".to_owned(),
        trigger: "test".to_owned(),
        best: None,
        folder: Some(folder.to_owned()),
        keep: None,
        model: None,
    };
    session.save_checkpoint(&request).unwrap().unwrap()
}

fn read(checkpoint: &Path, file: &str) -> StateDict {
    StateDict::from_safetensors(&std::fs::read(checkpoint.join(file)).unwrap()).unwrap()
}

/// Everything that is saved but for the clock.
fn state(checkpoint: &Path) -> Vec<(String, Array)> {
    let state = read(checkpoint, "state.safetensors");
    let timeless = state.iter().filter(|(name, _)| !name.ends_with("wall_secs"));
    timeless.map(|(name, array)| (name.to_owned(), array.clone())).collect()
}

/// The bytes and the shape of the one saved array whose name ends so.
fn bytes_of(state: &[(String, Array)], end: &str) -> (Vec<u8>, Vec<usize>) {
    let found: Vec<_> = state.iter().filter(|(name, _)| name.ends_with(end)).collect();
    match &found[..] {
        [(_, Array::U8 { data, shape })] => (data.clone(), shape.clone()),
        other => panic!("{end}: {other:?}"),
    }
}

#[test]
fn pictures_flow_from_the_scene_to_the_rollout_and_a_resumed_run_is_the_same() {
    for observe_at in ["update", "step"] {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        // Two updates, and six steps of the third rollout.
        let mut whole = session(scenes(255), observe_at);
        train(&mut whole, 32 * (2 * 16 + 6));
        let middle = checkpoint(&mut whole, &path("middle"));
        let saved = state(&middle);
        let (held, shape) = bytes_of(&saved, "rollout.stream.eye");
        assert_eq!(shape, [6, 32, 8, 8, 1]);
        let (now, shape) = bytes_of(&saved, "env.stream.eye");
        assert_eq!(shape, [32, 64]);
        // Each picture has a cart, and its clock runs from step to step.
        assert!(held.chunks(64).all(|picture| picture[56..].contains(&255)));
        let clock = |picture: &[u8]| picture[8];
        for env in 0..32 {
            let mut steps: Vec<u8> =
                (0..6).map(|step| clock(&held[(step * 32 + env) * 64..][..64])).collect();
            steps.push(clock(&now[env * 64..][..64]));
            let runs_or_restarts = |two: &[u8]| two[1] > two[0] || two[1] == 0;
            assert!(steps.windows(2).all(runs_or_restarts), "{steps:?}");
        }
        train(&mut whole, 32 * 16 * 5);

        let mut resumed = session(scenes(255), observe_at);
        resumed.load_checkpoint(&CheckpointInfo::open(&middle).unwrap()).unwrap();
        train(&mut resumed, 32 * 16 * 5);
        let [whole, resumed] =
            [(whole, "whole"), (resumed, "resumed")].map(|(mut session, name)| {
                assert_eq!(session.progress().updates, 5);
                state(&checkpoint(&mut session, &path(name)))
            });
        assert!(!whole.is_empty() && whole == resumed, "the resumed run is another ({observe_at})");
    }
}

/// All that differs is how bright the pictures are.
#[test]
fn a_training_learns_from_its_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let weights = |brightness: u8, name: &str| {
        let mut session = session(scenes(brightness), "update");
        train(&mut session, 32 * 16 * 2);
        let checkpoint = checkpoint(&mut session, &folder.path().join(name));
        read(&checkpoint, "weights.safetensors")
    };
    let bright = weights(255, "bright");
    assert_eq!(weights(255, "again"), bright);
    let dark = weights(100, "dark");
    assert_ne!(dark, bright);
    // Four numbers and 64 bytes for the policy, and four numbers more for the value.
    let inputs = |name: &str| bright.get(name).unwrap().shape()[1];
    assert_eq!((inputs("trunk.0.weight"), inputs("value_trunk.0.weight")), (68, 72));
    // Numbers have statistics, stream by stream; bytes have none.
    let statistics: Vec<&str> = bright.names().filter(|name| name.ends_with("mean")).collect();
    assert_eq!(statistics, ["observations.mean", "stream.clock.mean"]);
}

#[test]
fn streams_do_not_see_lanes_threads_or_neighbours_and_show_both_ends_of_a_step() {
    let scene = cartpole(&eyes(255));
    let third = |n_envs: usize, n_threads: usize| -> Vec<(Vec<u8>, Vec<u8>)> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| {
            let mut environments = Environments::new(&scene, n_envs, 3, Device::detect()).unwrap();
            let picture = |seen: &dnne::space::Observations| seen.row(2).u8s("eye").to_vec();
            (0..200)
                .map(|_| {
                    let output = step(&mut environments);
                    assert_eq!(output.observations.u8s("eye").len(), n_envs * 64);
                    (picture(&output.observations), picture(&output.next_observations))
                })
                .collect()
        })
    };
    let alone = third(3, 1);
    assert_eq!(alone, third(37, 1));
    assert_eq!(alone, third(67, 3));
    // Where an episode ended the step led to another picture than the one that the next begins with.
    let ends: Vec<_> = alone.iter().filter(|(now, next)| now != next).collect();
    assert!(!ends.is_empty() && ends.len() < 100, "{}", ends.len());
    assert!(ends.iter().all(|(now, next)| now[8] == 0 && next[8] > 0));
}

/// What only the value sees stands between the task's observations and its rewards, and what success is behind
/// all.
#[test]
fn terms_go_beside_what_only_the_value_sees() {
    let file = repository("scenes/cartpole/task.ron");
    let text = std::fs::read_to_string(&file).unwrap();
    let more = "success: Some(\"time > 100\"), critic_observations: [(\"seven\", \"7\")],
        rewards: [(\"two\", \"2\"), ";
    let scene = Scene::parse("cartpole", &file, &text.replacen("rewards: [", more, 1)).unwrap();
    let terms = Terms::new()
        .observation("five", 1, |_, out| out[0] = 5.0)
        .reward("ten", |_| 10.0)
        .termination("late", Some(-3.0), |env| env.time() > 0.05);
    let scene = scene.with_terms(&terms).unwrap();
    let mut environments = Environments::new(&scene, 6, 3, Device::detect()).unwrap();
    let output = step(&mut environments);
    let seen = &output.next_observations;
    assert_eq!(seen.f32s("critic_observations"), [7.0; 6]);
    assert!(seen.f32s("observations").chunks(5).all(|row| row[4] == 5.0 && row[0] != 7.0));
    let names = &scene.task.reward_names;
    assert_eq!((&*names[0], &*names[names.len() - 1]), ("two", "ten"));
    let terms = &output.reward_terms;
    // The last is what terminations gave.
    assert_eq!((terms[0], &terms[names.len() - 1..]), (2.0, &[10.0, 0.0][..]));
    assert_eq!(output.terminated, [false; 6]);
    let ended =
        (0..9).map(|_| step(&mut environments)).find(|output| output.terminated == [true; 6]);
    let ended = ended.expect("it is late");
    assert_eq!(ended.rewards, [-3.0; 6]);
    assert!(ended.episodes.len() == 6 && ended.episodes.iter().all(|episode| !episode.success));
}

/// Streams alone have bodies and sensors brought up to date, in a task that needs neither.
#[test]
fn streams_read_the_present() {
    let own = |env: &dnne::scene::EnvView<'_>, out: &mut [f32]| out[0] = env.xpos(1)[0] as f32;
    let scene = cartpole(&Terms::new().stream("cart", &[1], ObservationGroup::Policy, own));
    let mut environments = Environments::new(&scene, 20, 3, Device::detect()).unwrap();
    let check = |output: &StepOutput| {
        for seen in [&output.observations, &output.next_observations] {
            let (own, all) = (seen.f32s("cart"), seen.f32s("observations"));
            assert_eq!((own.len(), all.len()), (20, 80));
            for (own, all) in own.iter().zip(all.chunks(4)) {
                assert!((own - all[0]).abs() < 1e-6, "{own} {}", all[0]);
            }
        }
    };
    check(environments.output());
    let ends = (0..200).map(|_| {
        let output = step(&mut environments);
        check(&output);
        output.episodes.len()
    });
    assert!(ends.sum::<usize>() > 0);
}

#[test]
fn an_environments_streams_are_part_of_its_state() {
    let scene = cartpole(&eyes(255));
    let new = || Environments::new(&scene, 20, 3, Device::detect()).unwrap();
    let (mut whole, mut resumed) = (new(), new());
    (0..7).for_each(|_| drop(step(&mut whole)));
    assert_ne!(whole.output().observations, resumed.output().observations);
    resumed.load_state(&whole.state()).unwrap();
    assert_eq!(whole.output().observations, resumed.output().observations);
    assert_eq!(whole.snapshot(4).unwrap().observations, whole.output().observations.row(4));
    for _ in 0..30 {
        assert_eq!(step(&mut whole).observations, step(&mut resumed).observations);
    }
}

#[test]
fn streams_that_cannot_be_are_refused_by_name() {
    let plain = SceneLibrary::new(repository("scenes")).load("cartpole").unwrap();
    let said = |terms: Terms| plain.with_terms(&terms).map(|_| ()).unwrap_err().to_string();
    let eye = |terms: Terms, name: &str, shape: &[usize]| {
        terms.stream(name, shape, ObservationGroup::Policy, |_, _: &mut [u8]| ())
    };
    let empty = said(eye(Terms::new(), "eye", &[8, 0, 3]));
    assert!(empty.contains("\"eye\" has size 0"), "{empty}");
    let two = said(eye(eye(Terms::new(), "eye", &[2]), "eye", &[3]));
    assert!(two.contains("two observation streams named \"eye\""), "{two}");
    assert!(said(eye(Terms::new(), "observations", &[2])).contains("named \"observations\""));
    let reserved = said(eye(Terms::new(), "critic_observations", &[2]));
    assert!(reserved.contains("rename it"), "{reserved}");
    // The same of what a task file lists.
    let file = repository("scenes/cartpole/task.ron");
    let text = std::fs::read_to_string(&file).unwrap();
    let twice = text.replacen(
        "observations: [",
        "observations: [(\"again\", \"0\"), (\"again\", \"1\"), ",
        1,
    );
    let said = Scene::parse("cartpole", &file, &twice).map(|_| ()).unwrap_err().to_string();
    assert!(said.contains("two observations named \"again\""), "{said}");
}

/// A number of a stream that is not finite ends its environment's episode, as any other does.
#[test]
fn numbers_of_streams_that_are_not_finite_are_never_shown() {
    let broken = |late: bool| {
        let stream = move |env: &dnne::scene::EnvView<'_>, out: &mut [f32]| {
            if env.has_stepped() == late && (!late || env.time() > 0.05) {
                out[2] = f32::NAN;
            }
        };
        let terms = Terms::new().stream("far", &[2, 2], ObservationGroup::Policy, stream);
        cartpole(
            &terms.stream("eye", &[2], ObservationGroup::Policy, |_, out: &mut [u8]| out.fill(9)),
        )
    };
    let at_once = Environments::new(&broken(false), 5, 3, Device::detect());
    let said = at_once.map(|_| ()).unwrap_err().to_string();
    assert!(said.contains("\"far[2]\" is NaN right after a reset"), "{said}");
    let mut environments = Environments::new(&broken(true), 5, 3, Device::detect()).unwrap();
    let ends: Vec<StepOutput> =
        (0..20).map(|_| step(&mut environments)).filter(|output| output.n_non_finite > 0).collect();
    let first = ends.first().expect("the time comes");
    assert_eq!((first.n_non_finite, &first.terminated), (5, &vec![true; 5]));
    assert_eq!(first.next_observations.f32s("far"), [0.0; 20]);
    assert_eq!(first.next_observations.u8s("eye"), [0; 10]);
    assert_eq!(first.observations.u8s("eye"), [9; 10]);
}

#[test]
fn tasks_with_different_pictures_are_not_joined() {
    let join = |second: Option<&[usize]>| {
        let eye = |shape: &[usize]| {
            Terms::new().stream("eye", shape, ObservationGroup::Policy, |env, out: &mut [u8]| {
                out[0] = (env.time() * 50.0) as u8;
            })
        };
        let mut scenes =
            SceneLibrary::new(repository("scenes")).with_terms("Cartpole", eye(&[2, 2, 1]));
        if let Some(shape) = second {
            scenes = scenes.with_terms("CartpoleMasked", eye(shape));
        }
        let graph = nodes::training_loop()
            .node("env", "MultiTask")
            .node("one", "IsaacGymEnvNode")
            .set("env_name", "Cartpole")
            .node("two", "IsaacGymEnvNode")
            .set("env_name", "CartpoleMasked")
            .connect("one", "sim", "env", "sim_a")
            .connect("two", "sim", "env", "sim_b")
            .node("agent", "PPOAgentNode")
            .set("cnn", "none")
            .node("trainer", "PPOTrainerNode")
            .build_with(&scenes);
        graph.map(|graph| Session::new(&graph, SessionOptions::new(scenes)).unwrap())
    };
    let mut session = join(Some(&[2, 2, 1])).unwrap();
    train(&mut session, 128 * 20);
    for other in [None, Some(&[2, 3, 1][..])] {
        let found = join(other).map(|_| ()).unwrap_err();
        let said = found.diagnostics.iter().map(ToString::to_string).collect::<String>();
        assert!(said.contains("\"eye\"") && said.contains("2 x 2 x 1"), "{said}");
    }
}

#[test]
fn a_device_that_is_not_there_is_refused_by_name() {
    let scenes = scenes(255);
    let scene = scenes.load("cartpole").unwrap();
    let environments = Environments::new(&scene, 1, 0, Device::Cuda(2)).map(|_| ());
    let space = scene.task.observations.clone();
    assert_eq!(space.stream("eye").unwrap().element, ElementType::U8);
    let config = PolicyConfig {
        separate_value: true,
        ..PolicyConfig::new(space, scene.task.action_space.clone())
    };
    let policy = Policy::new(config.clone(), Device::Cuda(2)).map(|_| ());
    let graph = graph(&scenes, "update");
    let options = SessionOptions { device: Device::Cuda(2), ..SessionOptions::new(scenes) };
    let session = Session::new(&graph, options).map(|_| ());
    // Terms in Rust cannot be on a device, wherever a GPU is; without a driver that is said first.
    for said in [environments.unwrap_err().to_string(), session.unwrap_err().to_string()] {
        assert!(
            said.contains("NVIDIA") || said.contains("no GPU") || said.contains("cuda:2"),
            "{said}"
        );
    }
    let said = policy.unwrap_err().to_string();
    assert!(said.contains("on the CPU only") && said.contains("cuda:2"), "{said}");
    // The reference of physics is one lane of f64; networks have none.
    Policy::new(config, Device::Cpu(Isa::Reference)).unwrap();
}

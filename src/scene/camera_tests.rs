//! Pictures of tasks, through environments.

use super::*;
use crate::space::{Device, ObservationStream, Picture};
use std::path::Path;

const MODEL: &str = r#"<mujoco>
  <worldbody>
    <camera name="front" pos="0 -4 1" xyaxes="1 0 0 0 0 1"/>
    <camera name="far" pos="0 -8 1" xyaxes="1 0 0 0 0 1" fovy="30"/>
    <geom type="plane" size="9 9 0.1"/>
    <body name="cart" pos="0 0 1">
      <joint name="slider" type="slide" axis="1 0 0"/>
      <geom type="box" size="0.4 0.2 0.4" mass="1" rgba="1 0 0 1" contype="0" conaffinity="0"/>
    </body>
  </worldbody>
  <actuator><motor name="push" joint="slider" ctrlrange="-40 40"/></actuator>
</mujoco>"#;

fn task(observations: &str, cameras: &str) -> String {
    format!(
        r#"Task(
            model: "model.xml", dt: 0.05, substeps: 1, episode_length: 7,
            actions: Continuous([(actuator: "push", scale: 40.0)]),
            observations: [{observations}],
            critic_observations: [("speed", "qvel(slider)")],
            cameras: [{cameras}],
            rewards: [("still", "1")],
            terminations: [(name: "away", when: "qpos(slider) > 1.2")],
            reset: [(joint: "slider", qpos: (-0.5, 0.5), qvel: (-2, 2))],
        )"#
    )
}

const STACK: &str = r#"(name: "front", size: (24, 16), stack: 3)"#;

fn parse(text: &str) -> Result<Scene, SceneError> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("model.xml"), MODEL).unwrap();
    Scene::parse("cart", &folder.path().join("task.ron"), text)
}

fn scene() -> Scene {
    parse(&task("", STACK)).unwrap()
}

fn environments(n: usize) -> Environments {
    Environments::new(&scene(), n, 5, Device::detect()).unwrap()
}

fn step(environments: &mut Environments, k: usize) -> StepOutput {
    let actions: Vec<f32> =
        (0..environments.n_envs()).map(|env| ((k * 7 + env * 3) % 5) as f32 / 2.0 - 1.0).collect();
    let actions = Actions { values: &actions, units: ActionUnits::Policy };
    environments.step(actions).unwrap().clone()
}

const FRAME: usize = 24 * 16;

/// The frames of an environment's stack, oldest first.
fn frames(shown: &crate::space::Observations, env: usize) -> Vec<&[u8]> {
    let stack = &shown.u8s("front")[env * 3 * FRAME..(env + 1) * 3 * FRAME];
    stack.chunks_exact(FRAME).collect()
}

#[test]
fn the_policy_sees_pictures_alone_and_the_value_the_state() {
    let scene = scene();
    let streams = scene.task.observations.streams();
    let names: Vec<&str> = streams.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["front", ObservationStream::CRITIC_OBSERVATIONS]);
    let picture = Picture { frames: 3, height: 16, width: 24, channels: 1 };
    assert_eq!(streams[0].as_picture(), Some(picture));
    // The numbers are where they were without cameras.
    let n = 3;
    let mut seen = Environments::new(&scene, n, 5, Device::detect()).unwrap();
    let blind = parse(&task(r#"("x", "qpos(slider)")"#, "")).unwrap();
    let mut blind = Environments::new(&blind, n, 5, Device::detect()).unwrap();
    for k in 0..20 {
        let (seen, blind) = (step(&mut seen, k), step(&mut blind, k));
        let name = ObservationStream::CRITIC_OBSERVATIONS;
        assert_eq!(seen.observations.f32s(name), blind.observations.f32s(name), "step {k}");
        assert_eq!(seen.terminated, blind.terminated);
    }
}

#[test]
fn a_stack_moves_on_by_a_frame_and_begins_anew_with_the_episode() {
    let n = 5;
    let mut environments = environments(n);
    let mut before = environments.output().observations.clone();
    (0..n).for_each(|env| {
        let first = frames(&before, env);
        assert!(first[0].iter().any(|byte| *byte != first[0][0]), "environment {env} sees nothing");
        assert!(first[0] == first[1] && first[1] == first[2]);
    });
    let (mut n_moves, mut n_begins) = (0, 0);
    for k in 0..30 {
        let output = step(&mut environments, k);
        for env in 0..n {
            let (old, led) = (frames(&before, env), frames(&output.next_observations, env));
            assert_eq!((led[0], led[1]), (old[1], old[2]), "step {k}, environment {env}");
            n_moves += usize::from(led[2] != led[1]);
            let now = frames(&output.observations, env);
            if output.episode_starts[env] {
                assert!(now[0] == now[1] && now[1] == now[2]);
                assert_ne!(now[2], led[2], "step {k}: the episode before is still seen");
                n_begins += 1;
            } else {
                assert_eq!(now, led);
            }
        }
        before = output.observations;
    }
    assert!(n_moves > 120 && n_begins >= 20, "{n_moves} moves, {n_begins} beginnings");
}

#[test]
fn pictures_are_those_of_the_renderer_after_step_and_reset() {
    use crate::sight::{CameraOutput, PictureSpec, Pose, RayScene, Renderer, Viewpoint};
    let scene = scene();
    let spec = PictureSpec {
        viewpoint: Viewpoint::Camera(0),
        width: 24,
        height: 16,
        sees: CameraOutput::Gray,
        samples: 2,
        backdrop: Default::default(),
    };
    let stage = std::sync::Arc::new(RayScene::new(scene.model.clone()));
    let isa = Device::detect().isa().unwrap();
    let renderer = Renderer::new(stage, spec, isa).unwrap();
    let mut environments = Environments::new(&scene, 3, 5, Device::detect()).unwrap();
    for k in 0..12 {
        let output = step(&mut environments, k);
        for env in 0..3 {
            let x = f64::from(environments.snapshot(env).unwrap().qpos[0]);
            let identity = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
            let pose = Pose {
                xpos: vec![[0.0; 3], [x, 0.0, 1.0]],
                xmat: vec![identity; 2],
                subtree_com: vec![[0.0; 3]; 2],
            };
            let mut expected = vec![0; FRAME];
            renderer.draw(&[pose], &mut expected);
            assert_eq!(frames(&output.observations, env)[2], expected, "step {k}");
        }
    }
}

#[test]
fn pictures_do_not_depend_on_threads_or_neighbours() {
    let run = |n_threads: usize, n: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| {
            let mut environments = environments(n);
            let mut seen = Vec::new();
            for k in 0..12 {
                let output = step(&mut environments, k);
                for shown in [&output.observations, &output.next_observations] {
                    seen.push(shown.u8s("front")[..2 * 3 * FRAME].to_vec());
                }
            }
            seen
        })
    };
    let expected = run(1, 40);
    for (n_threads, n) in [(2, 40), (1, 2), (2, 17)] {
        assert!(run(n_threads, n) == expected, "{n_threads} threads, {n} environments");
    }
}

#[test]
fn a_saved_state_goes_on_with_the_same_bytes() {
    let n = 19;
    let mut first = environments(n);
    (0..4).for_each(|k| drop(step(&mut first, k)));
    let state = first.state();
    let mut second = environments(n);
    (0..2).for_each(|k| drop(step(&mut second, k)));
    second.load_state(&state).unwrap();
    assert_eq!(second.state(), state);
    for k in 4..20 {
        let (one, other) = (step(&mut first, k), step(&mut second, k));
        assert!(one.observations == other.observations, "step {k}");
        assert!(one.next_observations == other.next_observations, "step {k}");
    }
    assert_eq!(first.state(), second.state());
}

#[test]
fn states_that_are_no_numbers_are_black_and_end() {
    let mut environments = environments(2);
    let values = [f32::NAN, 0.5];
    let output =
        environments.step(Actions { values: &values, units: ActionUnits::Policy }).unwrap();
    assert_eq!(output.terminated, [true, false]);
    assert!(frames(&output.next_observations, 0).concat().iter().all(|byte| *byte == 0));
    let now = frames(&output.observations, 0);
    assert!(now[0] == now[2] && now[0].iter().any(|byte| *byte != 0));
}

#[test]
fn cameras_see_what_is_asked_for() {
    let shape = |camera: &str| {
        let scene = parse(&task("", camera)).unwrap();
        let n_bytes = Environments::new(&scene, 1, 1, Device::detect()).unwrap();
        let name = &scene.task.observations.streams()[0].name;
        let bytes = n_bytes.output().observations.u8s(name).to_vec();
        (scene.task.observations.streams()[0].shape.clone(), bytes)
    };
    assert_eq!(shape(r#"(name: "front")"#).0, [64, 64, 1]);
    let (size, colours) = shape(r#"(name: "eye", camera: "far", size: (9, 5), sees: Rgb)"#);
    assert_eq!(size, [5, 9, 3]);
    let redness = |pixel: &[u8]| pixel[0].saturating_sub(pixel[1]);
    assert!(colours.chunks_exact(3).any(|pixel| redness(pixel) > 40), "the cart is red");
    let depth = r#"(name: "front", size: (8, 8), sees: Depth, range: (2, 4), stack: 2)"#;
    let (size, depths) = shape(depth);
    assert_eq!(size, [2, 8, 8, 1]);
    // The cart's face is 3.8 m away, and the sky white.
    assert!(depths.contains(&230) && depths.contains(&255), "{depths:?}");
}

#[test]
fn two_cameras_have_a_stream_each() {
    let two = r#"(name: "front", size: (8, 8)), (name: "side", camera: "far", size: (4, 4))"#;
    let scene = parse(&task(r#"("x", "qpos(slider)")"#, two)).unwrap();
    let names: Vec<&str> =
        scene.task.observations.streams().iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["observations", "front", "side", "critic_observations"]);
    let environments = Environments::new(&scene, 2, 1, Device::detect()).unwrap();
    for name in ["front", "side"] {
        let bytes = environments.output().observations.u8s(name);
        assert!(bytes.iter().any(|byte| *byte != bytes[0]), "{name}");
    }
}

#[test]
fn cameras_that_cannot_be_are_refused_by_name() {
    let file = Path::new("task.ron");
    for (cameras, expected) in [
        (r#"(name: "fron")"#, "unknown camera \"fron\"; did you mean \"front\"?"),
        (r#"(name: "eye", camera: "fat")"#, "unknown camera \"fat\"; did you mean \"far\"?"),
        (r#"(name: "front"), (name: "front", camera: "far")"#, "two cameras named \"front\""),
        (r#"(name: "observations", camera: "far")"#, "cannot be named \"observations\""),
        (r#"(name: "a.b", camera: "far")"#, "cannot be named \"a.b\""),
        (r#"(name: "", camera: "far")"#, "cannot be named \"\""),
        (r#"(name: "front", size: (0, 64))"#, "camera \"front\": a picture of 0 x 64 pixels"),
        (r#"(name: "front", size: (64, 100000))"#, "a picture of 64 x 100000 pixels"),
        (r#"(name: "front", size: (64.5, 64))"#, "`size` must be two whole numbers"),
        (r#"(name: "front", size: 64)"#, "`size` must be two numbers"),
        (r#"(name: "front", stack: 0)"#, "camera \"front\": a `stack` of 0"),
        (r#"(name: "front", stack: 1000)"#, "a `stack` of 1000"),
        (r#"(name: "front", samples: 0)"#, "0 samples along a pixel's side"),
        (r#"(name: "front", sees: Depth, samples: 2)"#, "depth and segmentation take one"),
        (r#"(name: "front", sees: Depth, range: (2, 1))"#, "depths from 2 to 1 m"),
        (r#"(name: "front", sees: Depth, range: (0, inf))"#, "depths from 0 to inf m"),
        (r#"(name: "front", sees: Grey)"#, "did you mean Gray?"),
        (r#"(name: "front", stak: 2)"#, "did you mean `stack`?"),
        (r#"(camera: "front")"#, "lacks `name`"),
        ("", "`observations` must be at least one term, where there are no `cameras`"),
    ] {
        let said = parse(&task("", cameras)).err().map(|error| error.to_string());
        let said = said.unwrap_or_else(|| panic!("{cameras} was accepted"));
        assert!(said.contains(expected), "{cameras}: {said}");
        assert_eq!(said.lines().count(), 1, "{cameras}: {said}");
        assert!(said.contains(&file.display().to_string()), "{said}");
    }
}

/// As a camera of the model that stands there, with the body that it is fixed to.
#[test]
fn a_camera_may_be_of_the_task_and_sees_what_one_of_the_model_would() {
    // "front" of the model, by a place and a target, and one that rides on the cart and looks down.
    let placed =
        r#"(name: "placed", pose: (pos: (0, -4, 1), target: (0, 3, 1)), size: (24, 16), stack: 3)"#;
    let pictures = |cameras: &str, name: &str| {
        let scene = parse(&task("", cameras)).unwrap();
        let mut environments = Environments::new(&scene, 5, 5, Device::detect()).unwrap();
        (0..6)
            .map(|k| step(&mut environments, k).observations.u8s(name).to_vec())
            .collect::<Vec<_>>()
    };
    let seen = pictures(placed, "placed");
    assert_eq!(seen, pictures(STACK, "front"));
    let fovy = placed.replace("target: (0, 3, 1)", "target: (0, 3, 1), fovy: 80");
    assert_ne!(seen, pictures(&fovy, "placed"));
    // What rides along always sees the cart at the same place; what stands does not.
    let above = |body: &str| {
        format!(
            r#"(name: "above", pose: ({body}pos: (0, 0, 3), target: (0, 0, 0)), size: (24, 16))"#
        )
    };
    let ridden = pictures(&above("body: \"cart\", "), "above");
    let stood = pictures(&above(""), "above");
    let middle = |frames: &[Vec<u8>]| -> Vec<u8> {
        frames.iter().flat_map(|it| it.chunks_exact(24 * 16).map(|one| one[8 * 24 + 12])).collect()
    };
    let varies = |bytes: &[u8]| bytes.iter().any(|byte| *byte != bytes[0]);
    assert!(varies(&middle(&stood)) && !varies(&middle(&ridden)));
}

#[test]
fn poses_that_cannot_be_are_refused_by_name() {
    let pose = |name: &str, pose: &str| format!(r#"(name: "{name}", {pose}, size: (24, 16))"#);
    let good = "pos: (0, -4, 1), target: (0, 0, 1)";
    for (name, text, said) in [
        ("front", format!("pose: ({good})"), "there is one of that name"),
        ("eye", format!("camera: \"front\", pose: ({good})"), "remove one"),
        ("eye", format!("pose: (body: \"crat\", {good})"), "did you mean \"cart\""),
        ("eye", "pose: (pos: (1, 1, 1), target: (1, 1, 1))".to_owned(), "two different places"),
        ("eye", "pose: (pos: (inf, 1, 1), target: (1, 1, 1))".to_owned(), "two different places"),
        ("eye", "pose: (pos: (NaN, 1, 1), target: (1, 1, 1))".to_owned(), "two different places"),
        ("eye", format!("pose: ({good}, fovy: 180)"), "between 0 and 180"),
        ("eye", format!("pose: ({good}, fovy: 0)"), "between 0 and 180"),
        ("eye", format!("pose: ({good}, fovy: NaN)"), "between 0 and 180"),
        ("eye", "pose: (pos: (0, 0, 1))".to_owned(), "`target`"),
        ("eye", format!("pose: ({good}, quat: 1)"), "quat"),
        ("eye", "pose: \"front\"".to_owned(), "named values"),
    ] {
        let error = parse(&task("", &pose(name, &text))).unwrap_err();
        let diagnostics = error.diagnostics();
        assert_eq!(diagnostics.len(), 1, "{text}: {diagnostics:#?}");
        assert!(diagnostics[0].to_string().contains(said), "{text}: {diagnostics:#?}");
        assert!(diagnostics[0].span.is_some(), "{text}");
    }
}

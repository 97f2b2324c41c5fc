//! Noise of cameras, through environments.

use super::*;
use crate::space::Device;

/// A gray floor under light from everywhere, cameras above it that see nothing else, and one that sees nothing. What
/// moves is out of sight.
const MODEL: &str = r#"<mujoco>
  <visual><headlight ambient="1 1 1" diffuse="0 0 0" specular="0 0 0"/></visual>
  <worldbody>
    <light active="false"/>
    <camera name="low" pos="0 0 2"/>
    <camera name="high" pos="0 0 4"/>
    <camera name="up" pos="0 0 3" euler="180 0 0"/>
    <geom type="plane" size="0 0 1" rgba="0.5 0.5 0.5 1"/>
    <body pos="90 0 1">
      <joint name="slider" type="slide" axis="1 0 0"/>
      <geom size="0.1" mass="1" contype="0" conaffinity="0"/>
    </body>
  </worldbody>
  <actuator><motor name="push" joint="slider"/></actuator>
</mujoco>"#;

fn parse(cameras: &str) -> Result<Scene, SceneError> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("model.xml"), MODEL).unwrap();
    let text = format!(
        r#"Task(
            model: "model.xml", dt: 0.05, episode_length: 7,
            actions: Continuous([(actuator: "push", scale: 1.0)]),
            observations: [("x", "qpos(slider)")],
            cameras: [{cameras}],
            rewards: [("still", "1")],
        )"#
    );
    Scene::parse("floor", &folder.path().join("task.ron"), &text)
}

fn environments(cameras: &str, n: usize) -> Environments {
    Environments::new(&parse(cameras).unwrap(), n, 5, Device::detect()).unwrap()
}

fn step(environments: &mut Environments) -> StepOutput {
    let values = vec![0.5; environments.n_envs()];
    environments.step(Actions { values: &values, units: ActionUnits::Policy }).unwrap().clone()
}

/// What a camera saw in twenty steps of eight environments.
fn seen(camera: &str) -> Vec<u8> {
    let mut environments = environments(camera, 8);
    let frames = (0..20).map(|_| step(&mut environments).observations.buffers()[1].clone());
    frames.flat_map(|it| <u8 as crate::space::Element>::of(&it).unwrap().to_vec()).collect()
}

fn mean_and_deviation(bytes: &[u8]) -> (f64, f64) {
    let n = bytes.len() as f64;
    let mean = bytes.iter().map(|x| f64::from(*x)).sum::<f64>() / n;
    let squares = bytes.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>();
    (mean, (squares / n).sqrt())
}

const SIZE: &str = "size: (24, 16)";

#[test]
fn levels_are_the_standard_deviation_of_gray_and_colours() {
    for sees in ["Gray", "Rgb"] {
        let plain = seen(&format!(r#"(name: "low", {SIZE}, sees: {sees})"#));
        let level = plain[0];
        assert!(plain.iter().all(|byte| *byte == level));
        let noisy = seen(&format!(r#"(name: "low", {SIZE}, sees: {sees}, noise: (levels: 4))"#));
        let (mean, deviation) = mean_and_deviation(&noisy);
        // Four standard errors of 61,440 samples; rounding to levels adds 1/12 to the variance.
        assert!((mean - f64::from(level)).abs() < 0.07, "{sees}: {mean}");
        assert!((deviation - (16.0_f64 + 1.0 / 12.0).sqrt()).abs() < 0.05, "{sees}: {deviation}");
        // Neighbours, channels and frames each have their own.
        let frame = noisy.len() / 20;
        for away in [1, 2, 3, 24, 384, frame] {
            let pairs = noisy.iter().zip(&noisy[away..]);
            let sum: f64 =
                pairs.map(|(a, b)| (f64::from(*a) - mean) * (f64::from(*b) - mean)).sum();
            let correlation = sum / 16.0 / (noisy.len() - away) as f64;
            assert!(correlation.abs() < 0.02, "{sees}: {correlation} at {away}");
        }
    }
}

#[test]
fn noise_of_depth_goes_by_distance_and_dropouts_see_nothing() {
    let near = seen(&format!(
        r#"(name: "low", {SIZE}, sees: Depth, range: (0, 8), noise: (depth: (0.1, 0.05, 0.025), dropout: 0.1))"#
    ));
    let far = seen(&format!(
        r#"(name: "high", {SIZE}, sees: Depth, range: (0, 8), noise: (depth: (0.1, 0.05, 0.025), dropout: 0.1))"#
    ));
    for (bytes, depth) in [(near, 2.0_f64), (far, 4.0)] {
        let n = bytes.len() as f64;
        let met: Vec<u8> = bytes.into_iter().filter(|byte| *byte != 255).collect();
        let dropped = 1.0 - met.len() as f64 / n;
        // Four standard errors.
        assert!((dropped - 0.1).abs() < 4.0 * (0.09 / n).sqrt(), "{dropped}");
        let (mean, deviation) = mean_and_deviation(&met);
        let level = 255.0 / 8.0;
        assert!((mean / level - depth).abs() < 0.02, "{mean}");
        let wanted = (0.1 + 0.05 * depth + 0.025 * depth * depth) * level;
        assert!((deviation / wanted - 1.0).abs() < 0.02, "{deviation} {wanted}");
    }
    let nothing = seen(&format!(
        r#"(name: "up", {SIZE}, sees: Depth, noise: (depth: (1, 1, 1), dropout: 0.5))"#
    ));
    assert!(nothing.iter().all(|byte| *byte == 255));
}

#[test]
fn a_stack_keeps_the_noise_of_its_frames() {
    let mut environments =
        environments(&format!(r#"(name: "low", {SIZE}, stack: 3, noise: (levels: 9))"#), 3);
    let frame = 24 * 16;
    let mut before = environments.output().observations.u8s("low").to_vec();
    assert!(
        (0..3)
            .all(|env| before[env * 3 * frame..][..frame]
                == before[(env * 3 + 2) * frame..][..frame])
    );
    for k in 0..20 {
        let output = step(&mut environments);
        let now = output.observations.u8s("low").to_vec();
        for env in 0..3 {
            let of =
                |bytes: &[u8], place: usize| bytes[(env * 3 + place) * frame..][..frame].to_vec();
            if output.episode_starts[env] {
                assert_eq!(of(&now, 0), of(&now, 2), "step {k}");
                let led = output.next_observations.u8s("low");
                assert_ne!(
                    of(&now, 2),
                    of(led, 2),
                    "step {k}: the noise is that of the episode before"
                );
            } else {
                assert_eq!(of(&now, 1), of(&before, 2), "step {k}");
                assert_ne!(of(&now, 1), of(&now, 2), "step {k}");
            }
        }
        before = now;
    }
}

const TWO: &str = r#"(name: "low", size: (24, 16), noise: (levels: 9)),
    (name: "high", size: (9, 7), sees: Depth, noise: (depth: (0.5, 0, 0), dropout: 0.1))"#;

#[test]
fn noise_does_not_depend_on_threads_neighbours_or_later_cameras() {
    let run = |cameras: &str, n_threads: usize, n: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| {
            let mut environments = environments(cameras, n);
            let two = 2 * 24 * 16;
            (0..10)
                .map(|_| step(&mut environments).observations.u8s("low")[..two].to_vec())
                .collect::<Vec<_>>()
        })
    };
    let expected = run(TWO, 1, 40);
    for (n_threads, n) in [(2, 40), (1, 2), (2, 17)] {
        assert!(run(TWO, n_threads, n) == expected, "{n_threads} threads, {n} environments");
    }
    assert!(run(r#"(name: "low", size: (24, 16), noise: (levels: 9))"#, 1, 3) == expected);
}

#[test]
fn every_environment_has_its_own_noise_in_every_step() {
    let mut environments = environments(TWO, 40);
    let mut seen = std::collections::HashSet::new();
    for _ in 0..10 {
        let output = step(&mut environments);
        let all = output.observations.u8s("low");
        seen.extend(all.chunks_exact(24 * 16).map(<[u8]>::to_vec));
    }
    assert_eq!(seen.len(), 400);
}

#[test]
fn a_saved_state_goes_on_with_the_same_noise() {
    let (mut first, mut second) = (environments(TWO, 19), environments(TWO, 19));
    (0..4).for_each(|_| drop(step(&mut first)));
    let state = first.state();
    second.load_state(&state).unwrap();
    for k in 4..16 {
        let (one, other) = (step(&mut first), step(&mut second));
        assert!(one.observations == other.observations, "step {k}");
        assert!(one.next_observations == other.next_observations, "step {k}");
    }
    assert_eq!(first.state(), second.state());
}

#[test]
fn noise_that_cannot_be_is_refused_by_name() {
    for (more, expected) in [
        ("noise: (levels: -1)", "camera \"low\": noise of -1 `levels`"),
        ("noise: (levels: NaN)", "noise of NaN `levels`"),
        ("noise: (levels: 300)", "noise of 300 `levels`"),
        ("noise: (dropout: 0.1)", "are of Depth"),
        ("noise: (depth: (1, 0, 0))", "are of Depth"),
        ("sees: Depth, noise: (levels: 1)", "is of Gray and Rgb"),
        ("sees: Depth, noise: (depth: (0, -1, 0))", "noise of `depth` (0, -1, 0)"),
        ("sees: Depth, noise: (depth: (0, 0, inf))", "noise of `depth` (0, 0, inf)"),
        ("sees: Depth, noise: (depth: 0.1)", "`depth` must be three numbers: (x, y, z)"),
        ("sees: Depth, noise: (dropout: 1.5)", "a `dropout` of 1.5"),
        ("sees: Depth, noise: (dropout: NaN)", "a `dropout` of NaN"),
        ("noise: (level: 1)", "did you mean `levels`?"),
        ("noise: 4", "`noise` must be named values in ( )"),
    ] {
        let said = parse(&format!(r#"(name: "low", {SIZE}, {more})"#)).err();
        let said = said.unwrap_or_else(|| panic!("{more} was accepted")).to_string();
        assert!(said.contains(expected), "{more}: {said}");
        assert_eq!(said.lines().count(), 1, "{more}: {said}");
    }
}

//! A policy step as a program gives what environments give, to the bit.

use super::pair::{Pair, Programs};
use super::{task_trace_errors, trace_tick};
use crate::math::lanes::{Isa, for_isa};
use crate::math::program::kept::check_sizes;
use crate::math::rng::{Random, RandomStream};
use crate::scene::{ActionUnits, Environments, Scene, SceneLibrary, Terms};
use crate::space::ActionSpace;

fn library() -> SceneLibrary {
    SceneLibrary::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes"))
}

/// Actions of a space and beyond it, and now and then one that is no number.
fn draw(environments: &Environments, units: ActionUnits, random: &mut Random) -> Vec<f32> {
    let n_numbers = environments.n_envs() * environments.action_dim(units);
    let choices = match environments.action_space() {
        ActionSpace::Continuous(_) => None,
        ActionSpace::Discrete(n) => Some(*n),
        ActionSpace::MultiDiscrete(n) => n.iter().max().copied(),
    };
    let mut draw = || match choices {
        _ if random.below(500) == 0 => f32::NAN,
        Some(n) if units == ActionUnits::Policy => random.uniform_in(-0.6, n as f64) as f32,
        _ => random.uniform_in(-1.3, 1.3) as f32,
    };
    (0..n_numbers).map(|_| draw()).collect()
}

/// Numbers compared, episodes that rules ended, steps that were not finite, pushes.
fn follow(scene: &Scene, units: ActionUnits, n_steps: usize) -> [usize; 4] {
    let programs = Programs::of(scene, units);
    let mut sums = [0; 4];
    for isa in Isa::available().into_iter().filter(|isa| *isa != Isa::Reference) {
        let counts = for_isa!(isa, L => {
            let mut pair = Pair::<L>::new(scene, &programs, isa, units);
            let mut random = Random::new(3, RandomStream::Control, 0, 0);
            for _ in 0..n_steps {
                let actions = draw(&pair.environments, units, &mut random);
                pair.step(&actions);
            }
            pair.counts
        });
        sums.iter_mut().zip(counts).for_each(|(sum, n)| *sum += n);
    }
    sums
}

#[test]
fn a_tick_as_a_program_gives_the_bits_of_environments() {
    let (mut sums, mut n_scenes) = ([0; 4], 0);
    for name in library().names() {
        let scene = library().load(&name).unwrap();
        if !task_trace_errors(&scene).is_empty() {
            continue;
        }
        let n_steps = if scene.model.nv > 20 { 8 } else { 40 };
        let counts = follow(&scene, ActionUnits::Policy, n_steps);
        assert!(counts[0] > 1000, "{name}: {counts:?}");
        sums.iter_mut().zip(counts).for_each(|(sum, n)| *sum += n);
        n_scenes += 1;
    }
    assert!(n_scenes >= 9 && sums[1] > 20 && sums[2] > 10, "{n_scenes} {sums:?}");
}

/// A ball with a leg on a floor.
fn ball(integrator: &str) -> String {
    format!(
        r#"<mujoco><option integrator="{integrator}"/><worldbody>
        <geom name="floor" type="plane" size="5 5 1"/>
        <body name="ball" pos="0 0 0.12"><freejoint name="root"/>
          <geom name="ball" type="sphere" size="0.1" mass="1"/><site name="middle"/>
          <body name="leg" pos="0.1 0 0"><joint name="hip" axis="0 1 0" damping="0.1" range="-60 60"/>
            <geom name="foot" type="capsule" fromto="0 0 0 0.2 0 -0.1" size="0.04" mass="0.3"/>
          </body></body></worldbody>
        <actuator><motor name="push" joint="hip" gear="2"/></actuator>
        <sensor><accelerometer name="felt" site="middle"/><gyro name="spin" site="middle"/></sensor>
        </mujoco>"#
    )
}

/// A task over it that has everything that a program takes.
pub(in crate::scene) fn everything(integrator: &str, substeps: usize, actions: &str) -> Scene {
    let randomize = r#"(what: Mass, of: ["ball"], scale: (0.5, 2.0)),
          (what: Friction, of: ["foot"], scale: (0.6, 3.0)), (what: Damping, of: ["*"], scale: (0.5, 2.0)),
          (what: Strength, of: ["*"], scale: (0.9, 1.1))"#;
    of_ball(integrator, substeps, actions, randomize)
}

/// The same, but its model is that of all episodes.
pub(in crate::scene) fn of_one_model(integrator: &str, substeps: usize, actions: &str) -> Scene {
    of_ball(integrator, substeps, actions, "")
}

fn of_ball(integrator: &str, substeps: usize, actions: &str, randomize: &str) -> Scene {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ball.xml"), ball(integrator)).unwrap();
    let task = format!(
        r#"Task(model: "ball.xml", dt: 0.02, substeps: {substeps}, episode_length: 25,
        actions: {actions},
        action_delay: 2,
        observations: [("z", "xpos(ball).z"), ("felt", "sensor(felt).z"), ("spin", "sensor(spin).y"),
          ("weight", "contact_force(leg).z"), ("torque", "joint_force(hip)"), ("time", "time"),
          ("late", "ctrl(push)"), ("before", "prev(qpos(hip))")],
        observation_noise: [("felt", 0.5), ("late", 0.1)],
        critic_observations: [("x", "linvel(ball).x")],
        rewards: [("up", "xpos(ball).z"), ("still", "-0.1 * qvel(hip)^2 * difficulty")],
        terminations: [(name: "low", when: "xpos(leg).z < 0.09", reward: Some(-1.0))],
        success: Some("qvel(hip) > 0"),
        pushes: Some((joint: "root", every: 7, velocity: 1.5)),
        randomize: [{randomize}],
        reset: [(joint: "hip", qpos: (-0.5, 0.5), qvel: (-1, 1)),
          (joint: "root", qpos: (0, 0.1), xy: (-0.3, 0.3), yaw: (-2, 2))])"#
    );
    Scene::parse("everything", &folder.path().join("task.ron"), &task).unwrap()
}

/// Delays, noise, pushes, randomised numbers, forces, sensors, memory, resets.
#[test]
fn all_that_a_task_may_have_is_part_of_its_programs() {
    let by_motor = r#"Continuous([(actuator: "push", scale: 0.7)])"#;
    let by_choice =
        r#"MultiDiscrete([(name: "push", actuators: ["push"], choices: [[-1], [0.3], [0.7]])])"#;
    for (integrator, substeps, actions, units) in [
        ("Euler", 1, by_motor, ActionUnits::Policy),
        ("RK4", 2, by_motor, ActionUnits::Policy),
        ("RK4", 1, by_choice, ActionUnits::Policy),
        ("implicitfast", 3, by_motor, ActionUnits::Effort),
        ("Euler", 2, by_motor, ActionUnits::Control),
        ("Euler", 2, by_choice, ActionUnits::Control),
    ] {
        let scene = everything(integrator, substeps, actions);
        let counts = follow(&scene, units, 60);
        assert!(counts[0] > 10_000 && counts[1] > 5 && counts[3] > 20, "{integrator} {counts:?}");
    }
}

#[test]
fn what_runs_on_the_cpu_only_is_refused_by_name_and_place() {
    let said = |scene: &Scene| -> Vec<String> {
        let refused = task_trace_errors(scene);
        assert_eq!(trace_tick::<f32>(scene, ActionUnits::Policy).err(), refused.first().cloned());
        refused.iter().map(ToString::to_string).collect()
    };
    let camera = said(&library().load("cartpole_pixels").unwrap());
    assert_eq!(camera.len(), 1);
    let names = ["cartpole_pixels/task.ron:", "camera \"front\"", "CPU only", "observe"];
    assert!(names.iter().all(|name| camera[0].contains(name)), "{camera:?}");
    let field = said(&library().load("quadruped").unwrap());
    // One thing to change, however many geoms it touches.
    let names = ["quadruped.xml:", "<geom ", "height field", "more", "CPU only", "have planes"];
    assert!(field.len() == 1 && names.iter().all(|it| field[0].contains(it)), "{field:?}");
    let scan = said(&library().load("quadruped_scan").unwrap());
    let is_placed = |it: &&String| it.contains("task.ron:") && it.contains("scan \"");
    assert_eq!(scan.iter().filter(is_placed).count(), 1, "{scan:?}");
    let folder = tempfile::tempdir().unwrap();
    let model = r#"<mujoco><asset><mesh name="m" vertex="0 0 0  1 0 0  0 1 0  0 0 1"/></asset><worldbody>
        <geom name="rock" type="mesh" mesh="m" contype="0" conaffinity="0"/>
        <body name="eye" pos="0 0 3"><joint name="slide" type="slide"/><geom size="0.1"/>
        <site name="down" zaxis="0 0 -1"/></body></worldbody>
        <actuator><motor name="push" joint="slide"/></actuator>
        <sensor><rangefinder name="height" site="down"/></sensor></mujoco>"#;
    std::fs::write(folder.path().join("eye.xml"), model).unwrap();
    let task = r#"Task(model: "eye.xml", dt: 0.01, episode_length: 9, rewards: [("one", "1")],
        actions: Continuous([(actuator: "push", scale: 1.0)]),
        observations: [("height", "sensor(height)")])"#;
    let ray = said(&Scene::parse("eye", &folder.path().join("task.ron"), task).unwrap());
    let names =
        [r#"eye.xml:2:9: <geom name="rock">"#, r#"rangefinder "height""#, "mesh", "have a box"];
    assert!(ray.len() == 1 && names.iter().all(|name| ray[0].contains(name)), "{ray:?}");
    let terms = Terms::new().reward("zero", |_| 0.0);
    let scene = library().load("cartpole").unwrap().with_terms(&terms).unwrap();
    let terms = said(&scene);
    assert!(
        terms.len() == 1 && terms[0].starts_with("terms in Rust: they run on the CPU only"),
        "{terms:?}"
    );
}

/// `DNNE_KEEP_COUNTS=1` keeps what is counted instead.
#[test]
fn no_stage_of_a_tick_has_grown() {
    let scenes = library().names().into_iter().map(|name| library().load(&name).unwrap());
    let tick = |scene: &Scene| trace_tick::<f32>(scene, ActionUnits::Policy).ok();
    let programs = scenes.filter_map(|scene| Some((scene.name.clone(), tick(&scene)?)));
    check_sizes("ticks", 9, programs);
}

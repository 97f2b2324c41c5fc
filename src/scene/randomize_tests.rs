//! Randomised parameters: an episode is that of a model whose file has the scaled numbers.

use super::{ActionUnits, Actions, Environments, Scene};
use crate::math::lanes::Isa;
use crate::space::Device;

/// What may be randomised, as tasks name it.
const WHATS: [&str; 5] = ["Mass", "Friction", "Damping", "Stiffness", "Strength"];

/// Factors that keep the digits of what they scale: by body, geom, joint and actuator the same for all of
/// a kind, and for some names only.
#[derive(Clone, Copy)]
struct Factors {
    mass: f64,
    friction: f64,
    damping: f64,
    stiffness: f64,
    strength: f64,
}

const ONES: Factors =
    Factors { mass: 1.0, friction: 1.0, damping: 1.0, stiffness: 1.0, strength: 1.0 };

/// Everything that a factor reaches, and everything that depends on it: contacts mixed by the larger
/// friction and by priority, an explicit pair, limits, dry friction, equalities and a tendon, whose rows
/// weigh by the inertia they see, and a medium.
fn model(by: Factors) -> String {
    let inertial = |mass: f64| {
        let (mass, moment) = (mass * by.mass, 0.0078125 * mass * by.mass);
        format!(
            r#"<inertial pos="0.01 0 0" mass="{mass}" diaginertia="{moment} {moment} {moment}"/>"#
        )
    };
    let friction = |slide: f64| {
        let by = by.friction;
        format!(r#"friction="{} {} {}""#, slide * by, 0.0625 * by, 0.03125 * by)
    };
    let joint = format!(
        r#"damping="{}" stiffness="{}" frictionloss="0.05""#,
        0.25 * by.damping,
        1.5 * by.stiffness
    );
    let (kp, kv, gain) = (6.0 * by.strength, 0.5 * by.strength, 2.0 * by.strength);
    let pair = (0.5 * by.friction, 0.125 * by.friction, 0.0625 * by.friction);
    format!(
        r#"<mujoco><option timestep="0.004" density="1.5" viscosity="0.125"/><worldbody>
        <geom name="floor" type="plane" size="3 3 1" {floor} condim="4"/>
        <body name="sled" pos="0 0 0.098">{m1}<freejoint name="sled"/>
          <geom name="sled" type="box" size="0.1 0.1 0.1" {sled}/></body>
        <body name="ball" pos="1 0 0.099">{m2}<freejoint name="ball"/>
          <geom name="ball" size="0.1" {ball} condim="6" priority="1"/></body>
        <body name="block" pos="2 0 0.098">{m3}<freejoint name="block"/>
          <geom name="block" type="box" size="0.1 0.1 0.1" {sled}/>
          <body name="arm" pos="0 0 0.3">{m1}
            <joint name="swing" axis="0 1 0" {joint} range="-20 20"/>
            <geom name="arm" size="0.05" pos="0.1 0 0" contype="0" conaffinity="0"/>
            <body name="rod" pos="0.2 0 0">{m2}
              <joint name="slide" type="slide" axis="1 0 0" {joint} range="-0.1 0.1"/></body>
            <body name="tail" pos="-0.2 0 0">{m3}<joint name="tail" axis="0 1 0" {joint}/>
            </body></body></body></worldbody>
        <contact><pair geom1="floor" geom2="block" condim="6" friction="{p0} {p0} {p1} {p2} {p2}"/>
        </contact>
        <tendon><fixed name="cord" range="-0.05 0.05" frictionloss="0.01">
          <joint joint="swing" coef="1"/><joint joint="slide" coef="-1"/></fixed></tendon>
        <equality><joint joint1="swing" joint2="tail" polycoef="0 0.5 0 0 0"/>
          <connect body1="sled" body2="ball" anchor="0.4 0 0" solref="0.1 1"/></equality>
        <actuator><position name="servo" joint="swing" kp="{kp}" kv="{kv}"/>
          <general name="push" joint="slide" gainprm="{gain}"/></actuator>
        <keyframe><key name="k" qpos="0 0 0.098 1 0 0 0  1 0 0.099 1 0 0 0  2 0 0.098 1 0 0 0  0.1 0 0.2"
          qvel="1 0 0 0 0 0  1 0.5 0 0 0 1  -1 0 0 0 0 3  1 0.5 -1"/></keyframe></mujoco>"#,
        floor = friction(0.5),
        sled = friction(0.25),
        ball = friction(0.375),
        m1 = inertial(2.0),
        m2 = inertial(1.0),
        m3 = inertial(4.0),
        p0 = pair.0,
        p1 = pair.1,
        p2 = pair.2,
    )
}

/// Positions and velocities after some steps of a task over this model.
fn run(model: &str, randomize: &str, n_steps: usize) -> Vec<f32> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("model.xml"), model).unwrap();
    let task = format!(
        r#"Task(model: "model.xml", dt: 0.004, episode_length: 1000,
        actions: Continuous([(actuator: "servo", scale: 1.0), (actuator: "push", scale: 1.0)]),
        observations: [("time", "time")], rewards: [("one", "1")], keyframe: Some("k"),
        randomize: [{randomize}])"#
    );
    let scene = Scene::parse("model", &folder.path().join("task.ron"), &task).unwrap();
    let mut environments = Environments::new(&scene, 1, 11, Device::Cpu(Isa::Reference)).unwrap();
    for _ in 0..n_steps {
        let actions = Actions { values: &[0.75, -0.5], units: ActionUnits::Policy };
        environments.step(actions).unwrap();
    }
    let state = environments.state();
    let all = [state.f32s("qpos"), state.f32s("qvel")].concat();
    assert!(all.len() > 20 && all.iter().all(|x| x.is_finite()), "{all:?}");
    all
}

fn entry(what: &str, names: &str, factor: f64) -> String {
    format!("(what: {what}, of: [{names}], scale: ({factor}, {factor})),")
}

#[test]
fn an_episode_is_that_of_a_model_whose_file_has_the_scaled_numbers() {
    let plain = run(&model(ONES), "", 60);
    for chosen in 1..1 << WHATS.len() {
        let by = |index: usize, factor: f64| if chosen >> index & 1 == 1 { factor } else { 1.0 };
        let factors = Factors {
            mass: by(0, 2.0),
            friction: by(1, 0.25),
            damping: by(2, 4.0),
            stiffness: by(3, 8.0),
            strength: by(4, 0.5),
        };
        let all = [2.0, 0.25, 4.0, 8.0, 0.5];
        let entries = (0..WHATS.len()).filter(|index| chosen >> index & 1 == 1);
        let randomize: String = entries.map(|i| entry(WHATS[i], "\"*\"", all[i])).collect();
        let drawn = run(&model(ONES), &randomize, 60);
        assert_eq!(drawn, run(&model(factors), "", 60), "{randomize}");
        assert_ne!(drawn, plain, "{randomize} does nothing");
    }
}

#[test]
fn a_name_that_is_listed_twice_counts_once_and_lists_multiply() {
    let base = model(ONES);
    for (what, name) in WHATS.into_iter().zip(["sled", "floor", "swing", "swing", "servo"]) {
        let all = run(&base, &entry(what, "\"*\"", 0.5), 20);
        let twice = entry(what, &format!("\"*\", \"{name}\", \"{name}\", \"*\""), 0.5);
        assert_eq!(run(&base, &twice, 20), all, "{what}");
        let lists = entry(what, "\"*\"", 2.0) + &entry(what, "\"*\"", 0.25);
        assert_eq!(run(&base, &lists, 20), all, "{what}");
    }
}

#[test]
fn friction_of_one_geom_is_mixed_with_that_of_the_other() {
    // Of the sled's contact with the floor the larger coefficient counts, of the ball's the ball's alone.
    let floor = |by: f64| {
        let scaled =
            format!(r#"friction="{} {} {}" condim="4""#, 0.5 * by, 0.0625 * by, 0.03125 * by);
        model(ONES).replace(r#"friction="0.5 0.0625 0.03125" condim="4""#, &scaled)
    };
    let without_pair = |text: String| {
        let (before, rest) = text.split_once("<contact>").unwrap();
        format!("{before}{}", rest.split_once("</contact>").unwrap().1)
    };
    for factor in [0.125, 0.75, 4.0] {
        let drawn = run(&without_pair(model(ONES)), &entry("Friction", "\"floor\"", factor), 60);
        assert_eq!(drawn, run(&without_pair(floor(factor)), "", 60), "{factor}");
    }
}

#[test]
fn an_explicit_pair_takes_the_larger_factor_of_its_geoms_once() {
    let pair = |by: f64| {
        let (slide, spin, roll) = (0.5 * by, 0.125 * by, 0.0625 * by);
        let scaled = format!(r#"friction="{slide} {slide} {spin} {roll} {roll}""#);
        model(ONES).replace(r#"friction="0.5 0.5 0.125 0.0625 0.0625""#, &scaled)
    };
    // Only the block's own geom is scaled beside the floor, and it touches nothing but the floor.
    let block = |factor| entry("Friction", "\"block\"", factor);
    assert_eq!(run(&model(ONES), &block(0.25), 60), run(&pair(0.25), "", 60));
    assert_eq!(run(&model(ONES), &block(4.0), 60), run(&pair(4.0), "", 60));
}

/// Two boxes that slide on a floor at 1 m/s, one by an explicit pair; the velocity at the end is that of
/// MuJoCo 4.0.0 with half the friction of the file.
#[test]
fn sliding_boxes_brake_by_the_friction_that_was_drawn() {
    const SLIDING: &str = r#"<mujoco><worldbody><geom name="floor" type="plane" size="3 3 1"/>
        <body pos="0 0 .0995"><freejoint/><geom name="g1" type="box" size=".1 .1 .1"/></body>
        <body pos="1 0 .0995"><freejoint/><geom name="g2" type="box" size=".1 .1 .1"/></body>
        <body pos="3 0 0"><joint name="j"/>
        <geom size=".05" pos=".1 0 0" contype="0" conaffinity="0"/></body></worldbody>
        <contact><pair geom1="floor" geom2="g2" condim="3"/></contact>
        <actuator><motor name="servo" joint="j"/><motor name="push" joint="j"/></actuator>
        <keyframe><key name="k" qpos="0 0 .0995 1 0 0 0 1 0 .0995 1 0 0 0 0"
          qvel="1 0 0 0 0 0 1 0 0 0 0 0 0"/></keyframe></mujoco>"#;
    let at_end = run(SLIDING, &entry("Friction", "\"*\"", 0.5), 50);
    for velocity in [at_end[15], at_end[15 + 6]] {
        assert!((velocity - 0.028_614_34).abs() < 1e-5, "{at_end:?}");
    }
}

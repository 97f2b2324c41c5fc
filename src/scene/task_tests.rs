//! What legged robots ask of tasks: bodies, contacts, groups, memory, noise, delay, randomisation. On
//! a box that falls free onto a floor, with a paddle on a hinge.

use super::{ActionUnits, Actions, Environments, Scene, SceneError};
use crate::space::{Device, Observations};

const MODEL: &str = r#"<mujoco><option gravity="0 0 -10" timestep="0.005"/><worldbody>
    <geom name="floor" type="plane" size="1 1 1"/>
    <body name="box" pos="0 0 2"><freejoint name="root"/>
    <geom name="hull" type="box" size="0.1 0.1 0.1" mass="2"/>
    <body name="paddle" pos="0 0 0.3"><joint name="hinge" axis="0 1 0" range="-60 60"/>
    <geom type="sphere" size="0.05" mass="0.5" pos="0 0 0.1" contype="0" conaffinity="0"/></body>
    </body></worldbody>
    <actuator><motor name="hinge" joint="hinge" gear="3"/>
    <motor name="fan" joint="hinge" gear="0.5"/></actuator>
    <keyframe><key name="low" qpos="0 0 0.5 1 0 0 0 0.2"/></keyframe></mujoco>"#;

fn scene(parts: &[(&str, &str)]) -> Result<Scene, SceneError> {
    let defaults = [
        ("dt", "0.01"),
        ("substeps", "2"),
        ("episode_length", "50"),
        ("actions", r#"Continuous([(actuator: "hinge", scale: 1.0)])"#),
        ("observations", r#"[("height", "xpos(box).z")]"#),
        ("rewards", r#"[("one", "1")]"#),
    ];
    let mut text = String::from("Task(\n    model: \"box.xml\",\n");
    for (name, default) in defaults {
        let given = parts.iter().find(|(part, _)| *part == name);
        text += &format!("    {name}: {},\n", given.map_or(default, |(_, value)| value));
    }
    for (name, value) in parts.iter().filter(|(part, _)| !defaults.iter().any(|d| d.0 == *part)) {
        text += &format!("    {name}: {value},\n");
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("box.xml"), MODEL).unwrap();
    Scene::parse("box", &folder.path().join("task.ron"), &(text + ")"))
}

fn environments(parts: &[(&str, &str)], n: usize) -> Environments {
    let scene = scene(parts).unwrap_or_else(|error| panic!("{error}"));
    Environments::new(&scene, n, 3, Device::detect()).unwrap()
}

/// Observations of the first environment after some steps with the same action.
fn after(environments: &mut Environments, n_steps: usize, action: f32) -> Vec<f64> {
    let actions = vec![action; environments.n_envs()];
    for _ in 0..n_steps {
        environments.step(Actions { values: &actions, units: ActionUnits::Policy }).unwrap();
    }
    let dim = environments.observation_space().size();
    environments.output().observations.f32s("observations")[..dim]
        .iter()
        .map(|&x| f64::from(x))
        .collect()
}

#[test]
fn a_free_fall_is_seen_in_every_frame() {
    let observations = r#"[("z", "xpos(box).z"), ("v", "linvel(box).z"), ("up", "axis_z(box).z"),
        ("local", "local_linvel(box).z"), ("yaw", "yaw(box)"), ("com", "com(box).z"),
        ("joint", "scaled(hinge)"), ("high", "range_high(hinge)")]"#;
    let mut environments = environments(&[("observations", observations)], 1);
    let seen = after(&mut environments, 20, 0.0);
    // Semi-implicit Euler: the speed is exact, the height a little below the parabola.
    let wanted = [2.0 - 0.5 * 10.0 * 0.2 * 0.205, -2.0, 1.0, -2.0, 0.0];
    for (seen, wanted) in seen.iter().zip(wanted) {
        assert!((seen - wanted).abs() < 1e-4, "{seen} for {wanted}");
    }
    assert!((seen[5] - (wanted[0] + 0.5 * 0.4 / 2.5)).abs() < 1e-4, "{seen:?}");
    assert!(seen[6].abs() < 1e-3 && (seen[7] - 60_f64.to_radians()).abs() < 1e-6);
}

#[test]
fn contact_forces_carry_the_weight_once_a_step_has_been_taken() {
    let parts = [
        ("observations", r#"[("f", "contact_force(box).z"), ("t", "joint_force(hinge)")]"#),
        ("keyframe", "Some(\"low\")"),
        ("episode_length", "400"),
    ];
    let mut environments = environments(&parts, 3);
    assert_eq!(after(&mut environments, 0, 0.0), [0.0, 0.0]);
    let seen = after(&mut environments, 300, 0.5);
    assert!((seen[0] - 25.0).abs() < 0.5, "{seen:?}");
    assert!((seen[1] - 1.5).abs() < 1e-6, "{seen:?}");
}

#[test]
fn groups_give_an_observation_for_each_and_one_for_all() {
    let parts = [
        ("groups", r#"[("parts", ["box", "paddle"])]"#),
        ("define", r#"[("height", "xpos(it).z"), ("top", "max(parts, height)")]"#),
        (
            "observations",
            r#"[("height", "each(parts, height)"), ("sum", "sum(parts, height)"),
                ("mean", "mean(parts, xpos(it).z)"), ("top", "top + 0"),
                ("high", "count(parts, height > 2.1)"),
                ("any", "if(any(parts, height > 9), 1, 0)")]"#,
        ),
    ];
    let scene = scene(&parts).unwrap();
    assert_eq!(scene.task.observations.names()[..2], ["height[box]", "height[paddle]"]);
    let environments = Environments::new(&scene, 1, 3, Device::detect()).unwrap();
    let seen = environments.output().observations.f32s("observations");
    let wanted = [2.0, 2.3, 4.3, 2.15, 2.3, 1.0, 0.0];
    for (seen, wanted) in seen.iter().zip(wanted) {
        assert!((seen - wanted).abs() < 1e-6, "{seen} for {wanted}");
    }
}

#[test]
fn mistakes_in_groups_are_placed() {
    for (expression, message) in [
        ("sum(legs, qpos(it))", "unknown group `legs`; did you mean `leg`?"),
        ("sum(leg, qpos(it))", "unknown joint `box` (for `box`)"),
        ("1 + each(leg, 1)", "each() stands alone"),
        ("qpos(root)", "needs a hinge or slide joint"),
        ("qpos(it)", "unknown joint `it`"),
        ("sensor(nose)", "the scene has no sensor with a name"),
        ("prev()", "prev() takes 1 argument"),
    ] {
        let observations = format!("[(\"o\", \"{expression}\")]");
        let parts = [("groups", r#"[("leg", ["box"])]"#), ("observations", observations.as_str())];
        let error = scene(&parts).expect_err(expression).to_string();
        assert!(error.contains(message), "{expression}: {error}");
    }
}

#[test]
fn an_expression_remembers_its_last_value_within_an_episode() {
    let parts = [
        ("observations", r#"[("fall", "prev(xpos(box).z) - xpos(box).z"), ("z", "xpos(box).z")]"#),
        ("episode_length", "3"),
    ];
    let mut environments = environments(&parts, 1);
    assert_eq!(after(&mut environments, 0, 0.0)[0], 0.0);
    let first = after(&mut environments, 1, 0.0);
    let second = after(&mut environments, 1, 0.0);
    assert!((second[0] - (first[1] - second[1])).abs() < 1e-6, "{first:?} {second:?}");
    // The third step ends the episode: the next begins without a fall behind it.
    assert_eq!(after(&mut environments, 1, 0.0)[0], 0.0);
}

#[test]
fn noise_is_bounded_seeded_and_only_where_it_is_wanted() {
    let parts =
        [("observations", r#"[("a", "0"), ("b", "0")]"#), ("observation_noise", r#"[("b", 0.5)]"#)];
    let run = || {
        let mut environments = environments(&parts, 40);
        after(&mut environments, 2, 0.0);
        environments.output().observations.f32s("observations").to_vec()
    };
    let seen = run();
    let noise: Vec<f32> = seen.iter().copied().skip(1).step_by(2).collect();
    assert!(seen.iter().step_by(2).all(|&a| a == 0.0));
    assert!(noise.iter().all(|b| b.abs() <= 0.5));
    assert!(noise.iter().any(|&b| b > 0.3) && noise.iter().any(|&b| b < -0.3));
    assert_eq!(seen, run());
}

#[test]
fn actions_arrive_late_by_up_to_their_delay() {
    let parts = [("observations", r#"[("torque", "joint_force(hinge)")]"#), ("action_delay", "3")];
    let mut environments = environments(&parts, 64);
    let mut first_seen = [0; 64];
    for step in 1..=5 {
        after(&mut environments, 1, 1.0);
        for (env, &torque) in
            environments.output().observations.f32s("observations").iter().enumerate()
        {
            if torque > 0.0 && first_seen[env] == 0 {
                first_seen[env] = step;
            }
        }
    }
    for delay in 0..4 {
        assert!(first_seen.contains(&(delay + 1)), "no delay of {delay}: {first_seen:?}");
    }
    assert!(first_seen.iter().all(|&step| (1..=4).contains(&step)));
}

#[test]
fn episodes_start_from_the_keyframe_with_noise_within_limits() {
    let parts = [
        (
            "observations",
            r#"[("z", "xpos(box).z"), ("q", "qpos(hinge)"), ("yaw", "yaw(box)"),
                ("x", "xpos(box).x"), ("up", "axis_z(box).z")]"#,
        ),
        ("keyframe", "Some(\"low\")"),
        (
            "reset",
            r#"[(joint: "*", qpos: (-9, 9)), (joint: "root", qpos: (0, 0.1), xy: (-1, 1), yaw: (-3, 3))]"#,
        ),
    ];
    let environments = environments(&parts, 100);
    let (mut widest, mut turns) = (0.0_f32, 0);
    for row in environments.output().observations.f32s("observations").chunks(5) {
        assert!((0.5..=0.6001).contains(&row[0]) && row[1].abs() <= 1.0473, "{row:?}");
        assert!(row[3].abs() <= 1.0 && (row[4] - 1.0).abs() < 1e-5, "{row:?}");
        widest = widest.max(row[1].abs());
        turns += usize::from(row[2].abs() > 1.0);
    }
    assert!(widest > 1.04 && turns > 30, "{widest} {turns}");
}

#[test]
fn randomised_masses_show_in_the_weight_and_grow_with_the_difficulty() {
    let parts = [
        ("observations", r#"[("f", "contact_force(box).z")]"#),
        ("keyframe", "Some(\"low\")"),
        ("episode_length", "200"),
        ("randomize", r#"[(what: Mass, of: ["box"], scale: (0.5, 1.5))]"#),
        ("curriculum", "Some((0.0, 1.0))"),
    ];
    let weights = |progress: f64| {
        let mut environments = environments(&parts, 32);
        environments.set_progress(progress);
        // The first episode was drawn when nothing was hard yet.
        after(&mut environments, 399, 0.0);
        let forces = environments.output().observations.clone();
        let spread = |f: fn(f32, f32) -> f32, from| {
            forces.f32s("observations").iter().copied().fold(from, f)
        };
        (spread(f32::min, f32::MAX), spread(f32::max, f32::MIN))
    };
    let (least, most) = weights(0.0);
    assert!((least - 25.0).abs() < 0.5 && (most - 25.0).abs() < 0.5, "{least} {most}");
    let (least, most) = weights(1.0);
    assert!(least < 18.0 && most > 32.0, "{least} {most}");
    assert!(least > 14.5 && most < 35.5, "{least} {most}");
}

#[test]
fn pushes_come_on_time() {
    let parts = [
        ("observations", r#"[("vx", "linvel(box).x"), ("vy", "linvel(box).y")]"#),
        ("pushes", r#"Some((joint: "root", every: 5, velocity: 2.0))"#),
    ];
    let mut environments = environments(&parts, 16);
    after(&mut environments, 5, 0.0);
    assert!(environments.output().observations.f32s("observations").iter().all(|v| v.abs() < 1e-5));
    after(&mut environments, 1, 0.0);
    let speeds =
        environments.output().observations.f32s("observations").chunks(2).map(|v| v[0].hypot(v[1]));
    let fastest = speeds.fold(0.0, f32::max);
    assert!(fastest > 0.5 && fastest <= 2.01, "{fastest}");
}

#[test]
fn a_batch_goes_on_from_its_saved_state_bit_by_bit() {
    let parts = [
        (
            "observations",
            r#"[("fall", "prev(xpos(box).z) - xpos(box).z"), ("q", "qpos(hinge)"),
                ("f", "contact_force(box).z")]"#,
        ),
        ("action_delay", "2"),
        ("observation_noise", r#"[("q", 0.01)]"#),
        (
            "randomize",
            r#"[(what: Friction, of: ["hull"], scale: (0.5, 2.0)),
            (what: Mass, of: ["*"], scale: (0.8, 1.2)), (what: Strength, of: ["*"], scale: (0.8, 1.2))]"#,
        ),
        ("pushes", r#"Some((joint: "root", every: 7, velocity: 1.0))"#),
        ("reset", r#"[(joint: "root", qpos: (-1.7, 0), yaw: (-3, 3))]"#),
    ];
    let mut one = environments(&parts, 21);
    after(&mut one, 37, 0.8);
    let mut other = environments(&parts, 21);
    other.load_state(&one.state()).unwrap();
    after(&mut one, 40, -0.3);
    after(&mut other, 40, -0.3);
    assert_eq!(one.state(), other.state());
    assert_eq!(one.output().observations, other.output().observations);
}

#[test]
fn an_environment_does_not_see_how_many_others_there_are() {
    let parts = [
        (
            "observations",
            r#"[("z", "xpos(box).z"), ("q", "qpos(hinge)"), ("f", "contact_force(box).z")]"#,
        ),
        (
            "reset",
            r#"[(joint: "root", qpos: (-1.7, 0), yaw: (-3, 3)), (joint: "*", qpos: (-1, 1))]"#,
        ),
    ];
    let run = |n: usize| {
        let mut environments = environments(&parts, n);
        after(&mut environments, 120, 0.5);
        environments.output().observations.f32s("observations")[..15].to_vec()
    };
    let alone = run(5);
    assert_eq!(alone, run(16));
    assert_eq!(alone, run(100));
}

#[test]
fn what_only_the_value_sees_has_no_noise_and_comes_before_and_after_resets() {
    let parts = [
        ("observations", r#"[("height", "xpos(box).z")]"#),
        ("critic_observations", r#"[("true_height", "xpos(box).z"), ("time", "time")]"#),
        ("rewards", r#"[("two", "2")]"#),
        ("observation_noise", r#"[("height", 0.5)]"#),
        ("episode_length", "3"),
    ];
    let mut environments = environments(&parts, 5);
    let sizes: Vec<usize> =
        environments.observation_space().streams().iter().map(|stream| stream.size()).collect();
    assert_eq!(sizes, [1, 2]);
    let value_only = |output: &Observations| output.f32s("critic_observations").to_vec();
    assert_eq!(value_only(&environments.output().observations), [2.0, 0.0].repeat(5));
    assert_eq!(environments.output().episode_starts, [true; 5]);
    for step in 1..=3 {
        after(&mut environments, 1, 0.0);
        let output = environments.output();
        assert_eq!(output.rewards, [2.0; 5]);
        assert_eq!(output.episode_starts, [step == 3; 5]);
        let (now, next) = (&output.observations, &output.next_observations);
        let heights = next.f32s("observations");
        let (now, next) = (value_only(now), value_only(next));
        // The time since the episode began tells what was before and what is after the reset.
        for env in 0..5 {
            assert_eq!(next[2 * env + 1], (0.01 * f64::from(step)) as f32);
            assert_eq!(now[2 * env + 1], if step == 3 { 0.0 } else { next[2 * env + 1] });
            assert_eq!(next[2 * env], next[0]);
            assert_ne!(heights[env], next[2 * env]);
        }
    }
    after(&mut environments, 1, 0.0);
    let scene = environments.scene().clone();
    let mut loaded = Environments::new(&scene, 5, 3, environments.device()).unwrap();
    loaded.load_state(&environments.state()).unwrap();
    let (a, b) = (environments.output(), loaded.output());
    assert_eq!(a.episode_starts, b.episode_starts);
    let unknown = [("critic_observations", r#"[("x", "xpos(bax).z")]"#)];
    let error = scene_error(&unknown);
    assert!(error.contains("bax") && error.contains("box"), "{error}");
}

fn scene_error(parts: &[(&str, &str)]) -> String {
    scene(parts).map(|scene| scene.name).unwrap_err().to_string()
}

#[test]
fn several_choices_are_made_at_once() {
    let actions = r#"MultiDiscrete([
        (name: "paddle", actuators: ["hinge"], choices: [[-1.0], [0.0], [1.0]]),
        (name: "wind", actuators: ["fan"], choices: [[0.0], [2.0]]),
    ])"#;
    let observations = r#"[("hinge", "ctrl(hinge)"), ("fan", "ctrl(fan)"),
        ("paddle", "action(paddle)"), ("wind", "action(wind)")]"#;
    let mut environments = environments(&[("actions", actions), ("observations", observations)], 2);
    assert_eq!(environments.action_space().to_string(), "one of 3, one of 2");
    // The second environment's indices are beyond the last option: the last is meant.
    let actions = Actions { values: &[0.0, 1.0, 7.0, 0.0], units: ActionUnits::Policy };
    let output = environments.step(actions).unwrap();
    assert_eq!(output.observations.f32s("observations"), [-1.0, 2.0, 0.0, 1.0, 1.0, 0.0, 2.0, 0.0]);
    let effort = Actions { values: &[0.0; 4], units: ActionUnits::Effort };
    assert!(environments.step(effort).is_err());

    let twice = r#"MultiDiscrete([
        (name: "a", actuators: ["hinge"], choices: [[-1.0], [1.0]]),
        (name: "b", actuators: ["fan", "hinge"], choices: [[0.0, 1.0], [2.0, 1.0]]),
    ])"#;
    for (actions, part) in [
        (twice, "\"hinge\" is driven by two choices"),
        ("MultiDiscrete([])", "at least one choice"),
        (r#"MultiDiscrete([(name: "a", actuators: ["fan"], choices: [[1.0]])])"#, "at least two"),
    ] {
        let error = scene_error(&[("actions", actions)]);
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn success_is_what_the_task_says_of_the_last_step() {
    let parts = [("success", r#"Some("action(hinge) > 0.5")"#), ("episode_length", "3")];
    let mut environments = environments(&parts, 2);
    for (last, is_success) in [(1.0, true), (-1.0, false)] {
        after(&mut environments, 2, -last);
        after(&mut environments, 1, last);
        let episodes = &environments.output().episodes;
        assert_eq!(episodes.len(), 2);
        assert!(episodes.iter().all(|episode| episode.success == is_success), "{episodes:?}");
    }
    let error = scene(&[("success", r#"Some("action(hinge)")"#)]).unwrap_err().to_string();
    assert!(error.contains("a condition is needed"), "{error}");
}

#[test]
fn a_reward_is_the_sum_of_its_parts_or_what_an_end_gives_instead() {
    let parts = [
        ("rewards", r#"[("one", "1"), ("two", "100 * time")]"#),
        ("terminations", r#"[(name: "late", when: "time > 0.025", reward: Some(-5.0))]"#),
    ];
    let mut environments = environments(&parts, 2);
    after(&mut environments, 2, 0.0);
    let output = environments.output();
    assert_eq!(output.reward_parts, [1.0, 2.0, 0.0, 1.0, 2.0, 0.0]);
    assert_eq!(output.rewards, [3.0, 3.0]);
    after(&mut environments, 1, 0.0);
    let output = environments.output();
    assert_eq!(output.reward_parts, [0.0, 0.0, -5.0, 0.0, 0.0, -5.0]);
    assert_eq!(output.rewards, [-5.0, -5.0]);
}

/// What is meant is plain: numbers for expressions, and what may be there without `Some`.
#[test]
fn numbers_stand_for_expressions_and_nothing_needs_some() {
    let parts = [
        ("rewards", r#"[("one", 1), ("half", -0.5), ("tiny", 1e-3), ("written", "0.25")]"#),
        ("define", r#"[("two", 2.0)]"#),
        ("observations", r#"[("two", "two"), ("three", 3)]"#),
        ("terminations", r#"[(name: "late", when: "time > 0.025", reward: -5.0)]"#),
        ("keyframe", r#""low""#),
    ];
    let mut of_numbers = environments(&parts, 1);
    assert_eq!(after(&mut of_numbers, 1, 0.0), [2.0, 3.0]);
    let reward = of_numbers.output().rewards[0];
    assert!((reward - 0.751).abs() < 1e-6, "{reward}");
    after(&mut of_numbers, 2, 0.0);
    assert_eq!(of_numbers.output().rewards[0], -5.0);
    // As it was written before.
    let with_some =
        [("terminations", r#"[(name: "late", when: "time > 0.025", reward: Some(-5))]"#)];
    let mut with_some = environments(&with_some, 1);
    after(&mut with_some, 3, 0.0);
    assert_eq!(with_some.output().rewards[0], -5.0);
    let said = scene(&[("rewards", r#"[("one", [1])]"#)]).unwrap_err().to_string();
    assert!(said.contains("an expression in quotes, or a number"), "{said}");
}

//! Tasks and expressions, on a ball on a rail pushed by a motor: x'' = force / 2 kg.

use super::expression::{Compiler, Constants, ExpressionError, ExpressionInputs, ValueType, When};
use super::{ActionUnits, Actions, Environments, Scene, SceneError};
use crate::model::{Model, parse_mjcf};
use crate::physics::{Data, Params, Plan, refresh};
use crate::space::{ActionSpace, Device};
use std::path::Path;
use std::sync::Arc;

pub(super) const MODEL: &str = r#"<mujoco><option gravity="0 0 -9.81"/><worldbody>
    <body name="ball" pos="0 0 1"><joint name="left-rail" type="slide" axis="1 0 0"/>
    <geom type="sphere" size="0.1" mass="2" contype="0" conaffinity="0"/></body></worldbody>
    <actuator><motor name="push" joint="left-rail" gear="2"/></actuator></mujoco>"#;

/// A task in which `parts` replace the defaults of the same name.
pub(super) fn task(parts: &[(&str, &str)]) -> String {
    let defaults = [
        ("dt", "0.1"),
        ("episode_length", "5"),
        ("actions", r#"Continuous([(actuator: "push", scale: 3.0)])"#),
        ("define", r#"[("x", "qpos('left-rail')")]"#),
        ("observations", r#"[("x", "x"), ("v", "qvel('left-rail')"), ("t", "time")]"#),
        ("rewards", r#"[("one", "1"), ("cost", "-0.5 * action(push)^2")]"#),
        ("terminations", "[]"),
        ("reset", "[]"),
    ];
    let value = |name: &str, default: &str| {
        let given = parts.iter().find(|(part, _)| *part == name);
        given.map_or(default.to_owned(), |(_, value)| (*value).to_owned())
    };
    let fields = defaults.map(|(name, default)| format!("    {name}: {},\n", value(name, default)));
    let more = parts.iter().filter(|(name, _)| defaults.iter().all(|(known, _)| known != name));
    let more: String = more.map(|(name, value)| format!("    {name}: {value},\n")).collect();
    format!("Task(\n    model: \"ball.xml\",\n{}{more})", fields.concat())
}

fn scene(parts: &[(&str, &str)]) -> Result<Scene, SceneError> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ball.xml"), MODEL).unwrap();
    Scene::parse("ball", &folder.path().join("task.ron"), &task(parts))
}

pub(super) fn environments(parts: &[(&str, &str)], n_envs: usize) -> Environments {
    Environments::new(&scene(parts).unwrap(), n_envs, 4, Device::detect()).unwrap()
}

pub(super) fn policy(values: &[f32]) -> Actions<'_> {
    Actions { values, units: ActionUnits::Policy }
}

fn model() -> Model {
    parse_mjcf(MODEL, Path::new(".")).0.unwrap()
}

/// The value of an expression with the ball at x = 0.5 and v = -2, after an action of 0.25.
fn evaluate(text: &str) -> Result<f64, ExpressionError> {
    let model = model();
    let actions = ["push".to_owned()];
    let groups = [("rails".to_owned(), vec!["left-rail".to_owned()])];
    let constants = Constants { dt: 0.1 };
    let mut compiler = Compiler::new(&model, &actions, &groups, constants, When::AfterStep);
    compiler.define("x", "qpos('left-rail')")?;
    compiler.define("speed", "abs(qvel(it))")?;
    compiler.output(text, ValueType::Number)?;
    let program = compiler.finish();
    let plan = Plan::new(Arc::new(model.clone()));
    let mut data = Data::<f64>::new(&plan);
    (data.state.qpos[0], data.state.qvel[0]) = (0.5, -2.0);
    refresh(&plan, &Params::new(&plan.model), &mut data);
    let mut registers = vec![0.0; program.n_registers()];
    let inputs = ExpressionInputs {
        plan: &plan,
        data: &data,
        action: &[0.25],
        previous_action: &[-1.0],
        time: 3.0,
        difficulty: 0.5,
        memory: &[7.0],
        stepped: true,
        scans: &[],
        terms: &[],
    };
    program.run(&inputs, &mut registers);
    Ok(program.output(&registers, 0))
}

#[test]
fn expressions_follow_the_usual_precedence() {
    for (text, value) in [
        ("1 + 2 * 3 ^ 2", 19.0),
        ("-2 ^ 2", -4.0),
        ("2 ^ 3 ^ 0", 2.0),
        ("2 ^ -1", 0.5),
        ("(1 + 2) * 3 - 4 / 2", 7.0),
        ("8 / 4 / 2", 1.0),
        ("if(1 < 2 and not 3 <= 2 or 1 == 2, 5, 6)", 5.0),
        ("if(1 > 2 || 2 != 2, 5, 6)", 6.0),
        ("clamp(7, -1, 1) + min(2, 3) + max(2, 3)", 6.0),
        ("abs(-3) + sign(-2) + floor(2.7) + square(3)", 13.0),
        ("atan2(1, 1) * 4 / pi", 1.0),
        ("sqrt(4) + exp(0) + ln(1) + sin(0) + cos(0) + tan(0) + tanh(0)", 4.0),
        ("1e-3 * 1.5E3", 1.5),
    ] {
        let got = evaluate(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert!((got - value).abs() < 1e-12, "{text} is {got}");
    }
}

#[test]
fn expressions_read_the_scene() {
    for (text, value) in [
        ("x", 0.5),
        ("qvel('left-rail')", -2.0),
        ("action(push) + previous_action(push)", -0.75),
        ("xpos(ball).x + 10 * xpos(ball).z", 10.5),
        ("xipos(ball).x", 0.5),
        ("xquat(ball).w", 1.0),
        ("time", 3.0),
    ] {
        assert!((evaluate(text).unwrap() - value).abs() < 1e-12, "{text}");
    }
}

#[test]
fn mistakes_in_expressions_have_a_place_and_a_remedy() {
    for (text, at, parts) in [
        ("1 + qpos(rail)", 9, "left-rail"),
        ("1 + sqr(2)", 4, "sqrt"),
        ("1 + y", 4, "unknown name `y`"),
        ("1 +", 3, "ends too early"),
        ("1 + * 2", 4, "did not expect"),
        ("1 = 2", 2, "write =="),
        ("2 ** 3", 3, "write ^ for powers"),
        ("1 > 0 ? 2 : 3", 6, "write if(condition, then, else)"),
        ("1 \u{2212} 2", 2, "write - for minus"),
        ("2 \u{d7} 3", 2, "write * for products"),
        ("2\u{b2}", 1, "write ^2"),
        ("qpos(\u{2018}left-rail\u{2019})", 5, "in quotes"),
        ("min(1)", 0, "takes 2 arguments, got 1"),
        ("1 + (2 < 3)", 5, "a condition, but a number"),
        ("if(1, 2, 3)", 3, "a number, but a condition"),
        ("2 * xpos(ball)", 4, "xpos(ball).x"),
        ("xpos(ball).w", 0, "component `w`"),
        ("qpos('left-rail').x", 0, "no component"),
        ("1e999", 0, "out of range"),
        ("action(pull)", 7, "push"),
        ("1 < 2", 0, "a number is needed"),
    ] {
        let error = evaluate(text).expect_err(text);
        assert_eq!(error.span.start, at, "{text}: {error}");
        assert!(error.to_string().contains(parts), "{text}: {error}");
    }
}

#[test]
fn hostile_expressions_are_refused_without_harm() {
    for text in
        ["(".repeat(100_000), "-".repeat(50_000) + "1", "x ".repeat(3), "'".into(), "é".into()]
    {
        assert!(evaluate(&text).is_err());
    }
}

#[test]
fn a_mistake_in_a_task_has_its_line_and_column() {
    for (name, value, place, parts) in [
        ("observations", r#"[("x", "x + z")]"#, "task.ron:7:31", "unknown name `z`"),
        ("rewards", r#"[("one", "1 < 2")]"#, "task.ron:8:24", "a number is needed"),
        ("actions", r#"Continuous([(actuator: "pull", scale: 1.0)])"#, "task.ron:5:37", "\"push\""),
        ("reset", r#"[(joint: "rail")]"#, "task.ron:10:21", "left-rail"),
        ("reset", r#"[(joint: "left-rail", qpos: (1, -1))]"#, "task.ron:10", "in order"),
        ("dt", "-1", "task.ron:3:5", "`dt` must be"),
        ("episode_length", "0", "task.ron:4:5", "at least 1"),
        ("actions", "Discrete(actuators: [], choices: [[]])", "task.ron:5", "two choices"),
        ("dt", "oops", "task.ron:3", ""),
    ] {
        let said = scene(&[(name, value)]).map(|_| ()).unwrap_err().to_string();
        assert!(said.contains(place) && said.contains(parts), "{name}: {said}");
    }
}

#[test]
fn a_step_simulates_rewards_and_observes() {
    let mut environments = environments(&[], 3);
    let output = environments.step(policy(&[0.5, -2.0, 0.0])).unwrap();
    // A control of 1.5 through a gear of 2 pushes 2 kg with 3 N for 0.1 s; -2 is clipped to -1.
    let expected = [0.015, 0.15, 0.1, -0.03, -0.3, 0.1, 0.0, 0.0, 0.1];
    for (got, expected) in output.observations.f32s("observations").iter().zip(expected) {
        assert!((got - expected).abs() < 1e-6, "{:?}", output.observations);
    }
    assert_eq!(output.rewards, [0.875, 0.5, 1.0]);
    assert_eq!(output.reward_terms[0], 1.0);
    assert!((output.reward_terms[1] + 0.625 / 3.0).abs() < 1e-7);
    let wrong = environments.step(policy(&[0.0])).map(|_| ()).unwrap_err();
    assert!(wrong.to_string().contains("expected 3, got 1"), "{wrong}");
}

#[test]
fn an_effort_is_a_force_whatever_the_gear() {
    let mut environments = environments(&[], 1);
    let effort = Actions { values: &[4.0], units: ActionUnits::Effort };
    let output = environments.step(effort).unwrap();
    assert!((output.observations.f32s("observations")[1] - 0.2).abs() < 1e-6);
}

#[test]
fn an_episode_is_cut_off_at_its_length_and_begins_anew() {
    let mut environments = environments(&[], 2);
    for step in 1..=11 {
        let output = environments.step(policy(&[1.0, 1.0])).unwrap();
        let last = step % 5 == 0;
        assert_eq!(output.truncated, [last, last], "step {step}");
        assert_eq!(output.terminated, [false, false]);
        assert_eq!(output.episodes.len(), if last { 2 } else { 0 });
        if last {
            assert_eq!((output.episodes[1].env, output.episodes[1].length), (1, 5));
            assert_eq!(output.episodes[1].total_reward, 2.5);
            assert_eq!(output.observations.f32s("observations")[..3], [0.0, 0.0, 0.0]);
            assert!(
                (output.next_observations.f32s("observations")[1] - 1.5).abs() < 1e-5,
                "where it led"
            );
        } else {
            assert_eq!(output.observations, output.next_observations);
        }
    }
}

#[test]
fn a_termination_ends_and_may_replace_the_reward() {
    let ends =
        r#"[(name: "far", when: "x > 0.1", reward: Some(-7.0)), (name: "back", when: "x < 0")]"#;
    let mut environments = environments(&[("terminations", ends)], 3);
    let output = environments.step(policy(&[0.0, 1.0, -1.0])).unwrap();
    assert_eq!(output.terminated, [false, false, true]);
    assert_eq!(output.rewards, [1.0, 0.5, 0.5]);
    environments.step(policy(&[0.0, 1.0, 0.0])).unwrap();
    let output = environments.step(policy(&[0.0, 1.0, 0.0])).unwrap();
    assert_eq!((output.terminated[1], output.rewards[1]), (true, -7.0));
    assert_eq!(output.truncated, [false; 3]);
}

#[test]
fn reset_noise_fills_its_range_and_differs_by_environment_and_episode() {
    let noise = r#"[(joint: "left-rail", qpos: (1, 2), qvel: (-4, -3))]"#;
    let mut environments = environments(&[("reset", noise)], 400);
    let first: Vec<f32> = environments.output().observations.f32s("observations").to_vec();
    let column = |k: usize| first.chunks(3).map(move |row| row[k]);
    let range = |k: usize| column(k).fold((f32::MAX, f32::MIN), |(a, b), x| (a.min(x), b.max(x)));
    let ((x_low, x_high), (v_low, v_high)) = (range(0), range(1));
    assert!((1.0..1.05).contains(&x_low) && (1.95..=2.0).contains(&x_high));
    assert!((-4.0..-3.95).contains(&v_low) && (-3.05..=-3.0).contains(&v_high));
    for _ in 0..5 {
        environments.step(policy(&[0.0; 400])).unwrap();
    }
    let second = environments.output().observations.f32s("observations");
    assert!(first.chunks(3).zip(second.chunks(3)).all(|(a, b)| a[0] != b[0]));
}

#[test]
fn numbers_that_are_not_finite_end_the_episode_and_are_counted() {
    let mut environments = environments(&[], 20);
    let mut values = [0.0; 20];
    values[3] = f32::NAN;
    let output = environments.step(policy(&values)).unwrap();
    assert_eq!(output.n_non_finite, 1);
    assert!(output.terminated[3] && !output.terminated[2]);
    assert!(
        output
            .observations
            .f32s("observations")
            .iter()
            .chain(output.next_observations.f32s("observations"))
            .all(|x| x.is_finite())
    );
    assert!(output.rewards.iter().all(|x| x.is_finite()));
    let output = environments.step(policy(&[0.5; 20])).unwrap();
    assert_eq!(output.n_non_finite, 0);
    let (row3, row2) = (
        &output.observations.f32s("observations")[9..12],
        &output.observations.f32s("observations")[6..9],
    );
    assert!((row3[1] - 0.15).abs() < 1e-6 && row3[2] < row2[2], "it began anew");
}

#[test]
fn a_choice_drives_its_actuators() {
    let choices = r#"Discrete(actuators: ["push"], choices: [[-1.0], [2.0]])"#;
    let rewards = r#"[("chosen", "action(choice)")]"#;
    let mut environments = environments(&[("actions", choices), ("rewards", rewards)], 3);
    assert_eq!(*environments.action_space(), ActionSpace::Discrete(2));
    let output = environments.step(policy(&[0.0, 1.0, 1.0])).unwrap();
    assert_eq!(output.rewards, [0.0, 1.0, 1.0]);
    assert!((output.observations.f32s("observations")[1] + 0.1).abs() < 1e-6);
    assert!((output.observations.f32s("observations")[4] - 0.2).abs() < 1e-6);
    let effort = Actions { values: &[-2.0, 3.0, 0.0], units: ActionUnits::Effort };
    let said = environments.step(effort).map(|_| ()).unwrap_err().to_string();
    assert!(said.contains("choices, not efforts"), "{said}");
}

#[test]
fn a_saved_state_goes_on_bit_for_bit() {
    let parts = [("reset", r#"[(joint: "left-rail", qpos: (-1, 1))]"#)];
    let actions: Vec<f32> = (0..40).map(|i| (i as f32).cos()).collect();
    let mut whole = environments(&parts, 40);
    for _ in 0..3 {
        whole.step(policy(&actions)).unwrap();
    }
    let saved = whole.state();
    let mut resumed = environments(&parts, 40);
    resumed.load_state(&saved).unwrap();
    for _ in 0..7 {
        let (a, b) =
            (whole.step(policy(&actions)).unwrap(), resumed.step(policy(&actions)).unwrap());
        assert_eq!((&a.observations, &a.rewards), (&b.observations, &b.rewards));
        assert_eq!(a.episodes, b.episodes);
    }
    assert_eq!(whole.state(), resumed.state());
    assert!(environments(&parts, 39).load_state(&saved).is_err());
}

/// A control range makes full force of what is no number, if it is let through.
#[test]
fn an_action_that_is_no_number_is_no_force() {
    let limited = MODEL.replace("gear=\"2\"", "gear=\"2\" ctrllimited=\"true\" ctrlrange=\"-9 9\"");
    assert_ne!(limited, MODEL);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ball.xml"), limited).unwrap();
    let scene = Scene::parse("ball", &folder.path().join("task.ron"), &task(&[])).unwrap();
    for units in [ActionUnits::Policy, ActionUnits::Effort] {
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut environments = Environments::new(&scene, 3, 4, Device::detect()).unwrap();
            let output = environments.step(Actions { values: &[0.0, value, 0.0], units }).unwrap();
            assert_eq!(output.n_non_finite, 1);
            assert_eq!(output.terminated, [false, true, false]);
            assert_eq!(output.rewards[1], 0.0);
            assert!(output.next_observations.f32s("observations").iter().all(|x| x.is_finite()));
        }
    }
}

#[test]
fn observations_are_finite_after_resets() {
    let always = [("observations", r#"[("x", "x"), ("rate", "x / time")]"#)];
    let made = Environments::new(&scene(&always).unwrap(), 20, 4, Device::detect());
    let said = made.map(|_| ()).unwrap_err().to_string();
    assert!(said.contains("\"rate\"") && said.contains("NaN"), "{said}");
    // Only where it is drawn now and then is it met after the beginning: then it is counted.
    let sometimes = [
        ("observations", r#"[("root", "sqrt(x + 0.99)")]"#),
        ("reset", r#"[(joint: "left-rail", qpos: (-1, 1))]"#),
    ];
    let scene = scene(&sometimes).unwrap();
    let seed = (0..100).find(|&seed| Environments::new(&scene, 64, seed, Device::detect()).is_ok());
    let mut environments = Environments::new(&scene, 64, seed.unwrap(), Device::detect()).unwrap();
    let mut n = 0;
    for _ in 0..200 {
        let output = environments.step(policy(&[0.0; 64])).unwrap();
        assert!(output.observations.f32s("observations").iter().all(|x| x.is_finite()));
        n += output.n_non_finite;
    }
    assert!(n > 0);
}

#[test]
fn rewards_whose_sum_is_not_finite_end_the_episode() {
    let rewards = r#"[("a", "3e38 * action(push)"), ("b", "3e38 * action(push)")]"#;
    let mut environments = environments(&[("rewards", rewards)], 2);
    let output = environments.step(policy(&[0.1, 1.0])).unwrap();
    assert_eq!((output.n_non_finite, output.rewards[1]), (1, 0.0));
    assert_eq!(output.terminated, [false, true]);
}

#[test]
fn places_are_those_of_the_part_that_is_wrong() {
    let text = r#"// dt: 1, "rail"
Task(
    model: "ball.xml", // actions: "push" /* dt: */
    episode_length: 5,
    define: [("dt", "1"), ("rail", "qpos('left-rail')")],
    observations: [("rail", "rail")],
    rewards: [("dt", "dt"), ("actions", "rail")],
    reset: [(joint: "rail")],
    actions: Continuous([(actuator: "push", scale: 3.0)]),
    dt: 0.1,
)"#;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ball.xml"), MODEL).unwrap();
    let said = |text: &str| {
        let parsed = Scene::parse("ball", &folder.path().join("task.ron"), text);
        parsed.map(|_| ()).unwrap_err().to_string()
    };
    for (from, to, place, part) in [
        ("scale: 3.0", "scale: 0.0", "task.ron:9:37", "not 0"),
        ("scale: 3.0", "scale: 1.0", "task.ron:8:21", "unknown joint"),
        ("    dt: 0.1", "    dt: -0.1", "task.ron:10:5", "`dt` must be"),
        ("[(\"rail\", \"rail\")]", "[(\"rail\", \"rall\")]", "task.ron:6:30", "rall"),
    ] {
        let said = said(&text.replacen(from, to, 1));
        assert!(said.contains(place) && said.contains(part), "{said}");
    }
}

use super::*;
use crate::diagnostic::Severity;
use crate::scene::SceneLibrary;
use std::path::Path;

/// A ball on a rail above a floor, and a task for it.
const MODEL: &str = r#"<mujoco><worldbody><geom name="floor" type="plane" size="5 5 1"/>
    <body name="ball" pos="0 0 1"><joint name="rail" type="slide" axis="1 0 0"/>
    <geom name="skin" type="sphere" size="0.1" mass="2"/></body></worldbody>
    <actuator><motor name="push" joint="rail" gear="2"/></actuator></mujoco>"#;

const PARTS: [(&str, &str); 7] = [
    ("dt", "0.1"),
    ("episode_length", "50"),
    ("actions", r#"Continuous([(actuator: "push", scale: 3.0)])"#),
    ("observations", r#"[("x", "qpos(rail)"), ("time", "time")]"#),
    ("rewards", r#"[("still", "1 - abs(action(push))")]"#),
    ("terminations", r#"[(name: "away", when: "abs(qpos(rail)) > 100")]"#),
    ("reset", r#"[(joint: "rail", qpos: (-1.0, 1.0))]"#),
];

/// The scene with some parts of its task, or a text of its model, replaced.
fn scene(parts: &[(&str, &str)], (from, to): (&str, &str)) -> Scene {
    let folder = tempfile::tempdir().unwrap();
    assert!(MODEL.contains(from), "{from}");
    std::fs::write(folder.path().join("ball.xml"), MODEL.replace(from, to)).unwrap();
    let fields = PARTS.map(|(name, default)| {
        let given = parts.iter().find(|(part, _)| *part == name);
        format!("{name}: {},\n", given.map_or(default, |(_, value)| value))
    });
    let text = format!("Task(model: \"ball.xml\", {})", fields.concat());
    Scene::parse("ball", &folder.path().join("task.ron"), &text).unwrap()
}

/// Time enough for whatever machine runs the tests, beside others.
fn patient() -> TrialLimits {
    TrialLimits { time: Duration::from_secs(200), ..TrialLimits::default() }
}

fn try_parts(parts: &[(&str, &str)]) -> Trial {
    try_scene(&scene(parts, ("", "")), 1, Device::detect(), &patient()).unwrap()
}

/// The findings as lines, each with whether it is an error.
fn said(trial: &Trial) -> Vec<String> {
    trial.diagnostics.iter().map(ToString::to_string).collect()
}

#[test]
fn a_sound_scene_shows_its_ranges_and_what_doing_nothing_brings() {
    let trial = try_parts(&[]);
    assert!(trial.is_sound() && trial.diagnostics.is_empty(), "{:?}", said(&trial));
    assert_eq!((trial.n_envs, trial.n_steps), (64, [100, 100]));
    let [x, time] = &trial.observations[..] else { panic!("{:?}", trial.observations) };
    assert_eq!((x.name.as_str(), time.name.as_str()), ("x", "time"));
    // It begins within 1 m, and a random force of 6 N moves 2 kg by some metres in 5 s.
    assert!((-30.0..-0.9).contains(&x.low) && (0.9..30.0).contains(&x.high), "{x:?}");
    // After the last step of an episode the next one shows itself, at time 0.
    assert!(time.low == 0.0 && (time.high - 4.9).abs() < 1e-5, "{time:?}");
    let idle =
        ZeroActionResult { reward: 1.0, episode_return: 50.0, episode_length: 50.0, ended: 1.0 };
    assert_eq!(trial.idle, Some(idle));
}

/// Each of these is found, with its name, where and since when, and how bad it is.
#[test]
fn numbers_that_are_not_finite_are_named() {
    let cases = [
        // From the first moment.
        (
            "observations",
            r#"[("x", "1 / time")]"#,
            "error[not-finite]: observation \"x\" is inf in 64 of 64 environments where an episode begins",
        ),
        // Only where a ball begins at the left: about half of them.
        (
            "rewards",
            r#"[("fine", "1"), ("root", "sqrt(qpos(rail))")]"#,
            "error[not-finite]: reward \"root\" is NaN in ",
        ),
        ("rewards", r#"[("root", "sqrt(qpos(rail))")]"#, "first after step 1 with zero actions"),
        // Only with actions other than zero.
        (
            "rewards",
            r#"[("deed", "1 - ln(1 - abs(action(push))) + sqrt(0.0001 - action(push)^2)")]"#,
            "reward \"deed\" is NaN in 64 of 64 environments, first after step 1 with random actions",
        ),
        // Finite terms whose sum is not.
        (
            "rewards",
            r#"[("a", "3e38"), ("b", "3e38")]"#,
            "error[not-finite]: the sum of the rewards is ",
        ),
        (
            "terminations",
            r#"[(name: "lost", when: "sqrt(-1 - qpos(rail)^2) > 1")]"#,
            "error[not-finite]: termination \"lost\" compares NaN in 64 of 64 environments, first after step 1",
        ),
        (
            "terminations",
            r#"[(name: "lost", when: "not (time > 9 or sqrt(-1) < 1) and time > 7")]"#,
            "termination \"lost\" compares NaN",
        ),
    ];
    for (part, value, expected) in cases {
        let trial = try_parts(&[(part, value)]);
        let said = said(&trial);
        assert!(said.iter().any(|line| line.contains(expected)), "{value}: {said:#?}");
        assert!(!trial.is_sound(), "{value}");
    }
    // What is guarded is sound.
    let guarded =
        r#"[(name: "lost", when: "if(qpos(rail) > 0, sqrt(max(qpos(rail), 0)), 0) > 50")]"#;
    let trial = try_parts(&[("terminations", guarded)]);
    assert!(trial.diagnostics.is_empty(), "{:?}", said(&trial));
}

/// One environment of 64 may meet what no other does: worth a word, but no reason not to train.
#[test]
fn what_few_environments_meet_is_a_warning() {
    let trial = try_parts(&[("rewards", r#"[("root", "sqrt(qpos(rail) + 0.98)")]"#)]);
    let found: Vec<_> = trial.diagnostics.iter().filter(|it| it.code == "not-finite").collect();
    let [found] = &found[..] else { panic!("{:?}", said(&trial)) };
    // How many there are is known: those that begin left of -0.98, of 64 uniform in -1 to 1.
    assert_eq!(found.severity, Severity::Warning, "{found}");
    assert!(found.message.contains("with zero actions"), "{found}");
}

#[test]
fn terminations_that_hold_at_once_are_named() {
    let always =
        r#"[(name: "away", when: "qpos(rail) > -5"), (name: "never", when: "time > 900")]"#;
    let trial = try_parts(&[("terminations", always)]);
    let lines = said(&trial);
    let expected = "error[ends-at-once]: the first step ends the episode in 64 of 64 environments with actions of \
                    zero and in 64 with random ones, by \"away\"; ";
    assert!(lines.iter().any(|line| line.starts_with(expected)), "{lines:#?}");
    // Two of three begin there.
    let often = r#"[(name: "away", when: "qpos(rail) > -0.5")]"#;
    let trial = try_parts(&[("terminations", often)]);
    assert!(trial.is_sound() && said(&trial)[0].starts_with("warning[ends-at-once]"));
    // Where an episode is one step, that is meant.
    let trial = try_parts(&[("terminations", always), ("episode_length", "1")]);
    assert!(trial.diagnostics.is_empty(), "{:?}", said(&trial));
}

#[test]
fn contacts_that_begin_deep_are_named_with_their_depth() {
    // 3 cm into the floor, of a ball of 10 cm.
    let trial = |height: &str| {
        let scene = scene(&[], ("pos=\"0 0 1\"", &format!("pos=\"0 0 {height}\"")));
        try_scene(&scene, 1, Device::detect(), &patient()).unwrap()
    };
    let lines = said(&trial("0.07"));
    let expected = "geom \"floor\" and geom \"skin\", 30.0 mm deep in 64 of 64 environments";
    assert!(lines.iter().any(|line| line.contains(expected)), "{lines:#?}");
    // At rest on it, a millimetre deep.
    for height in ["0.099", "0.1", "0.5"] {
        let lines = said(&trial(height));
        assert!(lines.iter().all(|line| !line.contains("deep-contact")), "{height}: {lines:#?}");
    }
}

#[test]
fn a_model_without_a_task_is_tried_by_its_controls() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ball.xml");
    std::fs::write(&path, MODEL).unwrap();
    let scene = Scene::of_model(&path).0.unwrap();
    let trial = try_scene(&scene, 1, Device::detect(), &patient()).unwrap();
    assert!(trial.diagnostics.is_empty() && trial.idle.is_none(), "{:?}", said(&trial));
    assert_eq!(trial.n_steps, [100, 100]);
}

#[test]
fn less_is_tried_where_time_or_memory_end_and_that_is_said() {
    let scene = scene(&[], ("", ""));
    let quick = TrialLimits { time: Duration::ZERO, ..TrialLimits::default() };
    let trial = try_scene(&scene, 1, Device::detect(), &quick).unwrap();
    // A step of each is always taken.
    assert!(trial.n_envs <= 16 && trial.n_steps == [1, 1], "{} {:?}", trial.n_envs, trial.n_steps);
    let lines = said(&trial);
    assert!(
        lines.iter().any(|line| line.starts_with("note[trial-short]: the scene is large: ")),
        "{lines:?}"
    );
    let poor = TrialLimits { bytes: 1_000, ..patient() };
    let trial = try_scene(&scene, 1, Device::detect(), &poor).unwrap();
    assert_eq!((trial.n_envs, trial.n_steps), (0, [0, 0]));
    assert!(said(&trial)[0].starts_with("warning[trial-none]"), "{:?}", said(&trial));
}

/// The shipped scenes are what the thresholds go by.
#[test]
fn shipped_scenes_have_nothing_to_be_said_of() {
    let library = SceneLibrary::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes"));
    let names = library.names();
    assert!(names.len() > 3);
    for name in names {
        let scene = library.load(&name).unwrap();
        let trial = try_scene(&scene, 1, Device::detect(), &patient()).unwrap();
        assert_eq!((trial.n_envs, trial.n_steps), (64, [100, 100]), "{name}");
        let is_note = |it: &Diagnostic| it.severity == Severity::Note;
        assert!(trial.diagnostics.iter().all(is_note), "{name}: {:#?}", said(&trial));
    }
}

#[test]
fn a_trial_is_the_same_whenever_it_is_made() {
    let noise = [("observations", r#"[("x", "qpos(rail)"), ("v", "qvel(rail)")]"#)];
    let [a, b] = [try_parts(&noise), try_parts(&noise)].map(|trial| Trial { secs: 0.0, ..trial });
    assert_eq!(serde_json::to_value(&a).unwrap(), serde_json::to_value(&b).unwrap());
}

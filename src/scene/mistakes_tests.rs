//! Task files with several mistakes: each is told, with its place, in words of our own.

use super::task_file::TaskFile;
use super::task_reader;
use super::tests::MODEL;
use super::{Scene, SceneError};
use std::path::Path;

const TASK: &str = r#"Task(
    model: "ball.xml",
    dt: 0.1,
    episode_length: 5,
    actions: Continuous([(actuator: "push", scale: 3.0)]),
    groups: [("rails", ["left-rail"])],
    define: [("x", "qpos('left-rail')"), ("far", "x > 2")],
    observations: [("x", "x"), ("v", "qvel('left-rail')")],
    rewards: [("one", "1"), ("cost", "-0.5 * action(push)^2")],
    terminations: [(name: "away", when: "far", reward: -1.0)],
    reset: [(joint: "left-rail", qpos: (-1, 1))],
    randomize: [(what: Mass, of: ["ball"], scale: (0.5, 2.0))],
)
"#;

/// What is said of a text, one line for each finding.
fn said(text: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ball.xml"), MODEL).unwrap();
    let file = folder.path().join("task.ron");
    std::fs::write(&file, text).unwrap();
    let (scene, found) = Scene::examine(&file);
    let folder = folder.path().display().to_string();
    let errors: Vec<String> = found
        .iter()
        .filter(|it| it.is_error())
        .map(|it| {
            let names_a_file = it.file.as_ref().is_some_and(|it| it.starts_with(&*folder));
            assert!(names_a_file, "{it}");
            let place = it.span.map_or(String::new(), |span| span.to_string());
            format!("{place}: {}", it.message)
        })
        .collect();
    assert_eq!(scene.is_none(), !errors.is_empty(), "{text}");
    errors
}

/// The task with some texts replaced.
fn changed(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(TASK.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    })
}

#[test]
fn every_mistake_of_a_file_is_told_at_once() {
    assert_eq!(said(TASK), [""; 0]);
    let cases: [(&[(&str, &str)], &[&str]); 25] = [
        // Fields.
        (
            &[("episode_length", "episode_lenght"), ("dt: 0.1", "dt: -1")],
            &[
                "3:5: `dt` must be seconds in (0, 10]",
                "4:5: the task has no field `episode_lenght`; did you mean `episode_length`?",
            ],
        ),
        (
            &[("    dt: 0.1,\n", "    bogus: 3,\n")],
            &[
                "1:1: the task lacks `dt`",
                "3:5: the task has no field `bogus`; known: model, dt, substeps, episode_length, actions, action_delay, \
             groups, define, observations, critic_observations, cameras, scans, observation_noise, rewards, terminations, success, \
             keyframe, reset, pushes, randomize, curriculum",
            ],
        ),
        (&[("dt: 0.1,", "dt: 0.1, dt: 0.2,")], &["3:14: `dt` is there twice; keep one"]),
        (
            &[("dt: 0.1", "dt: \"fast\""), ("length: 5", "length: 5.5")],
            &[
                "3:9: `dt` must be a number, not a text",
                "4:21: `episode_length` must be a whole number from 0 to 4294967295",
            ],
        ),
        // Entries, each by itself.
        (
            &[
                ("(actuator: \"push\"", "(actuator: \"pusch\""),
                ("joint: \"left-rail\"", "joint: \"rail\""),
            ],
            &[
                "5:37: unknown actuator \"pusch\"; did you mean \"push\"?",
                "11:21: unknown joint \"rail\"; did you mean \"left-rail\"?",
            ],
        ),
        (
            &[
                ("reward: -1.0", "reword: -1.0"),
                ("what: Mass", "what: \"mass\""),
                ("qpos: (-1, 1)", "qpos: [-1, 1], spin: 2"),
            ],
            &[
                "10:48: a termination has no field `reword`; did you mean `reward`?",
                "11:40: `qpos` stands in round brackets: (low, high)",
                "11:49: a reset has no field `spin`; known: joint, qpos, qvel, xy, yaw",
                "12:24: `what` must be one of Mass, Friction, Damping, Stiffness, Strength, Color, \
                 LightBrightness, LightDirection, CameraPosition, CameraOrientation, FieldOfView, without quotes; did you \
                 mean Mass?",
            ],
        ),
        (
            &[
                ("(\"one\", \"1\")", "(\"one\")"),
                ("(\"v\", \"qvel('left-rail')\")", "(name: \"v\", value: \"1\")"),
            ],
            &[
                "8:32: an entry of `observations` must be (\"name\", \"expression\"), without `name:` and `value:`",
                "9:15: an entry of `rewards` must be (\"name\", \"expression\"), not 1 values",
            ],
        ),
        (
            &[("episode_length: 5,", "episode_length: 5e0,")],
            &["4:21: 5e0 must be a whole number here, without a point or an exponent"],
        ),
        (
            &[("    dt: 0.1", "\u{a0}   dt: 0.1")],
            &["3:1: a blank other than a space stands here (U+00A0); write a space"],
        ),
        (&[("\"ball.xml\"", "\"\"")], &["1:1: the task names no model"]),
        // Expressions: each, and all that is wrong in one.
        (
            &[("(\"x\", \"x\")", "(\"x\", \"y + z\")"), ("\"far\"", "\"far\"")],
            &[
                "8:27: in \"y + z\": unknown name `y`; did you mean `yaw`?",
                "8:31: in \"y + z\": unknown name `z`; known: ",
            ],
        ),
        (
            &[("\"1\"", "\"qpos(slidr)\""), ("-0.5 * action(push)^2", "qpos(slidr)")],
            &[
                "9:29: in \"qpos(slidr)\": unknown joint `slidr`",
                "9:54: in \"qpos(slidr)\": unknown joint `slidr`",
            ],
        ),
        (
            &[("when: \"far\"", "when: \"x\""), ("\"1\"", "\"1 < 2\"")],
            &[
                "9:24: in \"1 < 2\": this is a condition, but a number is needed",
                "10:42: in \"x\": this is a number, but a condition is needed",
            ],
        ),
        // What follows from a mistake is not told as another one.
        (
            &[("\"qpos('left-rail')\"), (\"far\"", "\"qpos(rail)\"), (\"far\"")],
            &["7:26: in \"qpos(rail)\": unknown joint `rail`"],
        ),
        (
            &[("(\"x\", \"qpos('left-rail')\")", "(\"x\", [])")],
            &["7:20: \"x\" of `define` must be an expression in quotes, or a number, not a list"],
        ),
        (
            &[("Continuous([(actuator: \"push\", scale: 3.0)])", "Continous([])")],
            &[
                "5:14: `actions` must be Continuous([...]), Discrete(actuators: [...], choices: [...]) or \
             MultiDiscrete([...]); did you mean `Continuous`?",
            ],
        ),
        // Form.
        (
            &[("dt: 0.1,", "dt: 0.1"), ("\"one\", \"1\"", "\"one\" \"1\"")],
            &["4:5: a comma is missing before this", "9:22: a comma is missing before this"],
        ),
        (
            &[("dt: 0.1", "dt = 0.1"), ("scale: 3.0", "scale:")],
            &["3:8: write `dt: ...` with a colon", "5:45: `scale` has no value"],
        ),
        (
            &[("('left-rail')\")],\n    rewards", "('left-rail')\")),\n    rewards")],
            &["8:58: `[` is closed by `)`; write `]`"],
        ),
        (
            &[("scale: (0.5, 2.0))],\n)", "scale: (0.5, 2.0))]\n")],
            &["1:5: this `(` is never closed"],
        ),
        (
            &[("\"ball.xml\"", "'ball.xml'"), ("5,", "five,")],
            &[
                "2:12: texts stand in double quotes: \"ball.xml\"",
                "4:21: `episode_length` must be a number, not the word `five`",
            ],
        ),
        (
            &[("\"1\"", "one")],
            &["9:23: \"one\" of `rewards` must be an expression: write \"one\" in quotes"],
        ),
        (
            &[("3.0", "3.0.0"), ("0.5, 2.0", "0.5")],
            &[
                "5:52: `3.0.0` is not a number; write 0.5 or 1e-3, an expression in quotes",
                "12:51: `scale` must be two numbers: (low, high), not 1",
            ],
        ),
        (&[("Task(", "Tusk(")], &["1:1: a task is written `Task(...)`, not `Tusk(...)`"]),
        (
            &[("[\"ball\"]", "[\"bal\", \"ball\", \"world\"]"), ("[\"left-rail\"])", "left-rail)")],
            &[
                "6:24: \"rails\" of `groups` must be a list in [ ], not the word `left-rail`",
                "12:35: unknown body \"bal\"; did you mean \"ball\"?",
                "12:50: unknown body \"world\"; did you mean \"ball\"?",
            ],
        ),
    ];
    let mut wrong = Vec::new();
    for (changes, expected) in cases {
        let said = said(&changed(changes));
        let agree = said.len() == expected.len()
            && expected.iter().zip(&said).all(|(it, line)| line.starts_with(it));
        if !agree {
            wrong.push(format!("{changes:?}\nexpected {expected:#?}\nsaid {said:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// None of the words of the file's format, which speak of enums, structs and their variants.
#[test]
fn nothing_is_said_in_the_words_of_ron() {
    for from in 0..TASK.len() {
        for to in ["", "\"", "(", "]", ",", "x"] {
            if !TASK.is_char_boundary(from + 1) {
                continue;
            }
            let text = format!("{}{to}{}", &TASK[..from], &TASK[from + 1..]);
            for line in said(&text) {
                for word in
                    ["Expected", "Unexpected", "enum", "struct", "variant", "char ", "identifier"]
                {
                    assert!(!line.contains(word), "{line}\n{text}");
                }
            }
        }
    }
}

/// The two readers agree on what is sound, number by number.
#[test]
fn what_is_sound_reads_the_same_without_ron() {
    let scenes = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes");
    let mut texts = vec![
        TASK.to_owned(),
        format!("\u{feff}// First.\n#![enable(implicit_some)]\n{TASK} /* a /* b */ c */"),
        changed(&[("dt: 0.1", "dt: 1e-1 /* s */"), ("5,", "0x05,"), ("\"x > 2\"", "r#\"x > 2\"#")]),
        changed(&[
            ("reward: -1.0", "reward: Some(-1.0)"),
            ("    reset", "    success: None, pushes: None,\n    reset"),
        ]),
        changed(&[("\"far\", reward", "\"\\u{66}\\x61r\", reward"), ("(-1, 1)", "(-1_0.5, inf)")]),
        changed(&[
            (
                "actions: Continuous([(actuator: \"push\", scale: 3.0)])",
                "actions: Discrete(actuators: [\"push\"], choices: [[1], [-1.5]])",
            ),
            ("action(push)", "action(choice)"),
        ]),
        TASK.replace("Task(", "("),
    ];
    for entry in std::fs::read_dir(scenes).unwrap() {
        texts.extend(std::fs::read_to_string(entry.unwrap().path().join("task.ron")).ok());
    }
    assert!(texts.len() > 15);
    for text in texts {
        let Ok(task) = TaskFile::parse(&text) else { continue };
        let remains = task_reader::read(&text);
        assert!(remains.faults.is_empty(), "{:?}\n{text}", remains.faults);
        assert_eq!(format!("{task:?}"), format!("{:?}", remains.file));
    }
    // All but the one with a byte order mark are sound.
    assert!(TaskFile::parse(&changed(&[("5,", "0x05,")])).is_ok());
}

#[test]
fn mistakes_of_the_model_and_of_the_task_come_together() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ball.xml"), MODEL.replace("slide", "slid")).unwrap();
    let text = changed(&[("dt: 0.1", "dt: fast")]);
    let error = Scene::parse("ball", &folder.path().join("task.ron"), &text).unwrap_err();
    let SceneError::Task(found) = &error else { panic!("{error}") };
    assert_eq!(found.len(), 2, "{error}");
    assert!(found[0].file.as_ref().unwrap().ends_with("task.ron"));
    assert!(found[1].file.as_ref().unwrap().ends_with("ball.xml"));
}

/// What can be used and is hardly meant: all of it, with its place.
#[test]
fn doubled_names_and_a_timestep_that_does_not_count_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let model = MODEL.replace("<option ", "<option timestep=\"0.01\" ");
    std::fs::write(folder.path().join("ball.xml"), model).unwrap();
    let said = |changes: &[(&str, &str)]| -> Vec<String> {
        let file = folder.path().join("task.ron");
        std::fs::write(&file, changed(changes)).unwrap();
        let (scene, found) = Scene::examine(&file);
        assert!(scene.is_some());
        found
            .iter()
            .map(|it| it.to_string().replace(&*folder.path().to_string_lossy(), ""))
            .collect()
    };
    let timestep = "/task.ron:3:5: note: the model's timestep of 0.01 s does not count: dt and substeps make it \
                    0.100000 s; for the model's write substeps: 10";
    assert_eq!(said(&[]), [timestep]);
    let whole = ("dt: 0.1,", "dt: 0.1, substeps: 10,");
    assert_eq!(said(&[whole]), [""; 0]);
    for (from, to, place, name) in [
        ("\"cost\", ", "\"one\", ", "9:29", "\"one\" is there twice in `rewards`"),
        (
            "reward: -1.0)",
            "reward: -1.0), (name: \"away\", when: \"far\")",
            "10:63",
            "\"away\" is there twice in `terminations`",
        ),
        (
            "[(\"rails\", ",
            "[(\"rails\", []), (\"rails\", ",
            "6:29",
            "\"rails\" is there twice in `groups`",
        ),
        (
            "(\"far\", \"x > 2\")",
            "(\"far\", \"x > 2\"), (\"far\", \"x > 3\")",
            "7:60",
            "\"far\" is there twice in `define`",
        ),
        (
            "scale: 3.0)",
            "scale: 3.0), (actuator: \"push\", scale: 1.0)",
            "5:58",
            "\"push\" is there twice in `actions`",
        ),
    ] {
        let said = said(&[whole, (from, to)]);
        let [line] = &said[..] else { panic!("{said:?}") };
        assert!(line.starts_with(&format!("/task.ron:{place}: warning: {name}")), "{line}");
    }
}

/// What is no task is told as that, and not also as a model that is not there.
#[test]
fn a_file_that_holds_no_task_has_no_more_mistakes() {
    let json = r#"{"model": "ball.xml", "dt": 0.1}"#;
    for text in ["", "// nothing\n", json, "model: ball.xml\ndt: 0.1\n", "/* ", "3"] {
        let said = said(text);
        assert!(!said.is_empty(), "{text:?} is sound");
        assert!(!said.iter().any(|line| line.contains("cannot be read: ")), "{text:?}: {said:?}");
    }
}

#[test]
fn long_expressions_are_quoted_in_part() {
    let long = format!("\"{}slidr\"", "x + ".repeat(60));
    let said = said(&TASK.replacen("\"1\"", &long, 1));
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("9:264: ") && said[0].len() < 400, "{said:?}");
    assert!(said[0].contains(" ...\": unknown name `slidr`"), "{said:?}");
}

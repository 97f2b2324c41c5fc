//! What the command line says where something was meant that is not there, and how it helps on.

use crate::support::{fail, repository, run, succeed, workflow};
use std::fs;
use std::path::Path;

/// Two short runs in `runs`, and a workflow and a scene here.
fn home() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("workflows")).unwrap();
    fs::copy(workflow("cartpole_single"), folder.path().join("workflows/balance.json")).unwrap();
    let train = ["train", "balance", "--updates", "1", "--quiet", "--headless", "--no-trial"];
    for out in ["runs/first_try", "runs/second_try"] {
        succeed(folder.path(), &[&train[..], &["--out", out]].concat());
    }
    folder
}

fn code_and_errors(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let output = run(folder, args);
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn words_that_lead_to_nothing_get_the_nearest_name() {
    let folder = home();
    let robot = repository("tests/golden/models/arm6.xml");
    fs::create_dir(folder.path().join("robots")).unwrap();
    fs::copy(robot, folder.path().join("robots/arm.xml")).unwrap();
    for (args, said) in [
        (&["check", "balanc"][..], "did you mean workflows/balance.json?"),
        (&["check", "workflows/balanse.json"], "did you mean workflows/balance.json?"),
        (&["check", "robots/amr.xml"], "did you mean robots/arm.xml?"),
        (&["check", "hoper"], "did you mean hopper"),
        (&["train", "balence"], "did you mean workflows/balance.json?"),
        (&["sweep", "balence"], "did you mean workflows/balance.json?"),
        (&["export", "balence", "--to", "program"], "did you mean workflows/balance.json?"),
        (&["edit", "balence"], "did you mean workflows/balance.json?"),
        (&["sim", "hoper"], "did you mean hopper"),
        (&["look", "robots/arn.xml", "--out", "x.png"], "did you mean robots/arm.xml?"),
        (&["eval", "runs/se"], "did you mean runs/second_try?"),
        (&["eval", "second_tri"], "did you mean runs/second_try?"),
        (&["record", "first_tri", "--out", "x.gif"], "did you mean runs/first_try?"),
        (&["export-policy", "first_tri", "--onnx", "x.onnx"], "did you mean runs/first_try?"),
        (&["compare", "first_tri"], "did you mean runs/first_try?"),
        (&["train", "--resume", "first_tri"], "did you mean runs/first_try?"),
        (&["train", "balance", "--init-from", "first_tri"], "did you mean runs/first_try?"),
        (&["watch", "first_tri"], "did you mean runs/first_try?"),
        (
            &["compare", "first_try", "--metric", "episode_retrun"],
            "did you mean \"episode_return\"?",
        ),
    ] {
        let errors = fail(folder.path(), args);
        assert!(errors.contains(said), "{args:?}: {errors}");
    }
    assert!(!folder.path().join("program").exists() && !folder.path().join("x.png").exists());
}

#[test]
fn what_is_of_another_kind_is_named_as_what_it_is() {
    let folder = home();
    let scene = repository("scenes/cartpole").to_string_lossy().into_owned();
    for (args, said) in [
        (&["eval", "workflows/balance.json"][..], "dnne train workflows/balance.json"),
        (&["eval", "balance"], "dnne train balance"),
        (&["train", &scene], "is a scene and no workflow"),
        (&["check", "workflows"], "workflows/balance.json"),
        (&["train", "workflows"], "workflows/balance.json"),
        (&["sim", "workflows"], "is a folder and no scene or model"),
    ] {
        let errors = fail(folder.path(), args);
        assert!(errors.contains(said), "{args:?}: {errors}");
    }
    // A folder of runs lists them, the newest first.
    let errors = fail(folder.path(), &["eval", "runs"]);
    let place = |name: &str| errors.find(name).unwrap_or_else(|| panic!("no {name}: {errors}"));
    assert!(place("runs/second_try") < place("runs/first_try"), "{errors}");
    assert!(errors.contains("update 1"), "{errors}");
}

#[test]
fn a_command_that_was_given_nothing_lists_what_there_is() {
    let folder = home();
    for (args, said) in [
        (&["train"][..], "workflows/balance.json"),
        (&["sweep"], "workflows/balance.json"),
        (&["check"], "workflows/balance.json"),
        (&["export", "--to", "x"], "workflows/balance.json"),
        (&["eval"], "runs/second_try"),
        (&["compare"], "runs/second_try"),
        (&["record", "--out", "x.gif"], "runs/second_try"),
        (&["export-policy", "--onnx", "x.onnx"], "runs/second_try"),
        (&["watch"], "runs/second_try"),
    ] {
        let (code, errors) = code_and_errors(folder.path(), args);
        assert_eq!(code, Some(2), "{args:?}: {errors}");
        assert!(errors.contains(said), "{args:?}: {errors}");
    }
}

/// Names from files and of files cannot make lines of their own, nor steer the terminal.
#[cfg(unix)]
#[test]
fn a_name_with_line_breaks_stays_in_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let name = "w\nx: 0 errors\u{1b}[2J.json";
    let text = "{\"a\\nb: error\": {\"class_type\": \"Nope\\n\"}}";
    fs::write(folder.path().join(name), text).unwrap();
    std::os::unix::fs::symlink("loop", folder.path().join("loop")).unwrap();
    let errors = fail(folder.path(), &["check", name]);
    assert_eq!(errors.lines().count(), 2, "{errors}");
    assert!(
        errors.lines().all(|line| line.starts_with("w\\nx: 0 errors\\u{1b}[2J.json:")),
        "{errors}"
    );
    assert!(errors.contains("node a\\nb: error"), "{errors}");
    // A link to nothing is no name that was mistaken.
    let errors = fail(folder.path(), &["check", "loop"]);
    assert!(errors.contains("check the path") && !errors.contains("did you mean"), "{errors}");
}

/// Not at the value that stands in the file.
#[test]
fn mistakes_of_the_command_line_are_shown_there() {
    let folder = home();
    for (option, value, said) in [
        ("--set", "PPOTrainerNode.gama=0.9", "did you mean \"gamma\"?"),
        ("--set", "PPOTrainerNode.gamma=9", "gamma"),
        ("--set", "PPOTrainerNode.epochs=many", "epochs"),
        ("--set", "PPOTrainrNode.gamma=0.9", "PPOTrainerNode"),
        ("--set", "gamma", "NODE.PARAM=VALUE"),
        ("--num-envs", "0", "num_envs"),
        ("--device", "cuda:9", "device"),
    ] {
        let args = ["train", "balance", option, value];
        let (code, errors) = code_and_errors(folder.path(), &args);
        assert_eq!(code, Some(2), "{args:?}: {errors}");
        let line = errors.lines().find(|line| line.contains("error"));
        let line = line.unwrap_or_else(|| panic!("{args:?}: {errors}"));
        assert!(line.starts_with(&format!("{option} {value}: error")), "{errors}");
        assert!(line.contains(said), "{args:?}: {errors}");
    }
    for (args, said) in [
        (["train", "balance", "--updates", "-1"], "write a whole number"),
        (["train", "balance", "--device", "gpu"], "there are cpu, cuda (or cuda:0"),
        (["train", "balance", "--seed", "abc"], "write a whole number"),
        (["train", "balance", "--timeout", "5"], "90s"),
    ] {
        let (code, errors) = code_and_errors(folder.path(), &args);
        assert!(code == Some(2) && errors.contains(said), "{args:?}: {errors}");
        assert!(!errors.contains("use '--"), "{args:?}: {errors}");
    }
}

#[test]
fn an_import_has_a_workflow_that_trains() {
    let folder = tempfile::tempdir().unwrap();
    let robot = repository("tests/golden/models/arm6.xml").to_string_lossy().into_owned();
    let said = succeed(folder.path(), &["import", &robot, "--out", "scenes/Arm"]);
    for part in ["dnne train workflows/arm_ppo.json", "dnne watch workflows/arm_ppo.json"] {
        assert!(said.contains(part) && !said.contains("--scenes"), "{said}");
    }
    let train = ["train", "workflows/arm_ppo.json", "--updates", "1", "--num-envs", "8", "--quiet"];
    let set = ["--set", "PPOTrainerNode.minibatch_size=256"];
    succeed(folder.path(), &[&train[..], &set].concat());
    let said = succeed(folder.path(), &["check", "scenes/Arm", "--no-trial"]);
    assert!(said.contains("terminations  none"), "{said}");
    // What somebody has written there stays.
    let file = folder.path().join("workflows/arm_ppo.json");
    fs::write(&file, "mine").unwrap();
    fs::rename(folder.path().join("scenes/Arm"), folder.path().join("scenes/other")).unwrap();
    let said = succeed(folder.path(), &["import", &robot, "--out", "scenes/Arm"]);
    assert!(said.contains("is left as it was"), "{said}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    // Elsewhere it lies beside the scene, and the command says where the scene is.
    let said = succeed(folder.path(), &["import", &robot, "--out", "lab/arm"]);
    assert!(said.contains("dnne train lab/arm_ppo.json --scenes lab"), "{said}");
    succeed(folder.path(), &["check", "lab/arm_ppo.json", "--scenes", "lab", "--no-trial"]);
}

/// A scene stands for the workflow that trains in it, if there is one, and gets one if there is none.
#[test]
fn a_scene_is_trained_by_its_workflow() {
    let folder = tempfile::tempdir().unwrap();
    let robot = repository("tests/golden/models/arm6.xml").to_string_lossy().into_owned();
    for out in ["scenes/Reach", "lab/Grip"] {
        succeed(folder.path(), &["import", &robot, "--out", out]);
    }
    let written = folder.path().join("workflows/reach_ppo.json");
    fs::remove_file(&written).unwrap();
    let options = ["--updates", "1", "--num-envs", "8", "--headless", "--no-trial"];
    let small = ["--set", "PPOTrainerNode.minibatch_size=256"];
    let train = |words: &str| {
        let output = run(folder.path(), &[&["train", words], &options[..], &small].concat());
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{words}: {errors}");
        errors
    };
    assert!(train("scenes/Reach").contains("had no workflow; wrote workflows/reach_ppo.json"));
    assert!(written.is_file());
    // By its name too, and nothing is written again.
    let text = fs::read(&written).unwrap();
    assert!(train("reach").contains("is trained by workflows/reach_ppo.json"));
    assert_eq!(fs::read(&written).unwrap(), text);
    // A scene that does not lie in `scenes` has its workflow beside it.
    assert!(train("lab/Grip").contains("is trained by lab/grip_ppo.json"));
    let runs = ["reach_ppo", "reach_ppo-2", "grip_ppo"];
    assert!(runs.iter().all(|run| folder.path().join("runs").join(run).is_dir()));
    // Of several one has to be named.
    fs::copy(&written, folder.path().join("workflows/other.json")).unwrap();
    let errors = fail(folder.path(), &["train", "scenes/Reach"]);
    let both = "trains in it: workflows/other.json, workflows/reach_ppo.json";
    assert!(errors.contains(both), "{errors}");
    assert!(fail(folder.path(), &["sweep", "scenes/Reach"]).contains(both));
    // One that trains elsewhere is not written over.
    fs::remove_file(folder.path().join("workflows/other.json")).unwrap();
    fs::copy(workflow("cartpole_single"), &written).unwrap();
    let errors = fail(folder.path(), &["train", "scenes/Reach"]);
    assert!(errors.contains("is a scene and no workflow"), "{errors}");
    assert_eq!(fs::read(&written).unwrap(), fs::read(workflow("cartpole_single")).unwrap());
}

#[test]
fn shells_complete_commands_and_options() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = succeed(folder.path(), &["completions", shell]);
        for part in ["dnne", "export-policy", "no-trial"] {
            assert!(script.contains(part), "{shell}: no {part}");
        }
    }
    assert!(fail(folder.path(), &["completions", "tcsh"]).contains("possible values"));
}

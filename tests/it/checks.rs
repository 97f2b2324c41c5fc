//! What `dnne check` and a training say of files: all that is wrong, before and while they run.

use crate::bad_input::{broken_scene, expect};
use crate::support::{fail, last_checkpoint, metrics, n_rows, repository, run, succeed, workflow};
use serde_json::{Value, json};

/// All mistakes of a task file in one go, as text and for programs; nothing of what is wrong is tried.
#[test]
fn check_lists_every_mistake_of_a_scene() {
    let folder = tempfile::tempdir().unwrap();
    broken_scene(folder.path(), "task.ron", "qpos(slider)", "qpos(slidr)");
    let task = folder.path().join("broken/task.ron");
    let text = std::fs::read_to_string(&task).unwrap();
    std::fs::write(&task, text.replacen("episode_length", "episode_lenght", 1)).unwrap();
    let said = fail(folder.path(), &["check", "broken"]);
    expect(
        &said,
        &["task.ron:6:5", "did you mean `episode_length`?", "task.ron:12:21", "broken: 2 errors"],
    );
    let output = run(folder.path(), &["check", "broken/task.ron", "--json"]);
    assert_eq!(output.status.code(), Some(2));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["sound"], &report["subject"]), (&json!(false), &json!("scene")));
    assert_eq!(report["diagnostics"].as_array().unwrap().len(), 2);
    assert_eq!(report["diagnostics"][0]["span"]["start"], json!({"line": 6, "column": 5}));
    assert!(report["trials"].is_null());
}

/// What reading does not show: a reward that is not finite keeps a training from beginning, unless that is meant; then
/// it ends after an update, with what was learned.
#[test]
fn a_reward_that_is_not_finite_is_found_before_and_while_training() {
    let folder = tempfile::tempdir().unwrap();
    broken_scene(folder.path(), "task.ron", "1 - angle^2", "sqrt(-1 - angle^2)");
    let scenes = folder.path().to_string_lossy().into_owned();
    let said = fail(folder.path(), &["check", "broken"]);
    expect(
        &said,
        &["error[not-finite]", "reward \"upright\" is NaN in 64 of 64 environments", "1 error"],
    );
    let only_read = run(folder.path(), &["check", "broken", "--no-trial"]);
    let said = String::from_utf8_lossy(&only_read.stdout).into_owned();
    assert!(
        only_read.status.success()
            && said.contains("broken: sound as far as can be read; not simulated (--no-trial)"),
        "{said}"
    );
    let set = ["--set", "IsaacGymEnvNode.env_name=broken", "--num-envs", "16", "--out", "run"];
    let path = workflow("cartpole_single");
    let train = [&["train", &path, "--scenes", &scenes, "--updates", "3"], &set[..]].concat();
    let said = fail(folder.path(), &train);
    expect(&said, &["node 1", "reward \"upright\" is NaN", "--no-trial"]);
    assert!(!folder.path().join("run").exists());
    let said = fail(folder.path(), &[&train[..], &["--no-trial"]].concat());
    let cause =
        "not finite in 16 of 16 environments since the update before: reward \"upright\" in 16";
    expect(&said, &[cause, "saved in"]);
    assert_eq!(n_rows(&folder.path().join("run")), 1);
    assert!(last_checkpoint(&folder.path().join("run")).exists());
}

/// Terms of a RewardShaper are tried as those of the scene are, with the node that has them.
#[test]
fn the_trial_finds_terms_of_a_reward_shaper_that_are_not_finite() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("reacher_shaped");
    let train = |terms: &str| {
        let set = format!("RewardShaper.terms={terms}");
        let small = ["--num-envs", "16", "--updates", "1", "--headless", "--out", "run"];
        let sets = ["--set", "RewardShaper.weights=effort: 2", "--set", &set];
        run(folder.path(), &[&["train", &path][..], &small, &sets].concat())
    };
    for (terms, parts) in [
        ("fine: 1; root: sqrt(-1 - reward^2)", ["\"root\" of the RewardShaper", "in 64 of 64"]),
        (
            "still: ln(previous_obs(0) - previous_obs(0))",
            ["\"still\" of the RewardShaper", "first after step 1"],
        ),
        // Of random actions alone.
        (
            "deed: sqrt(0.0001 - action(0)^2)",
            ["\"deed\" of the RewardShaper", "with random actions"],
        ),
    ] {
        let output = train(terms);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{terms}: {said}");
        expect(&said, &parts);
        expect(&said, &["error[not-finite]", "terms", "--no-trial"]);
        assert!(!folder.path().join("run").exists());
    }
    let output = train("fine: 1 - action(0)^2");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A sound scene is sound by both, with what it does at first.
#[test]
fn check_tries_what_it_has_read() {
    let folder = tempfile::tempdir().unwrap();
    let scene = repository("scenes/cartpole").to_string_lossy().into_owned();
    let said = succeed(folder.path(), &["check", &scene]);
    expect(&said, &["cartpole: sound", "doing nothing gives", "pole_angle"]);
    let text = succeed(folder.path(), &["check", &scene, "--json"]);
    let report: Value = serde_json::from_str(&text).unwrap();
    let trial = &report["trials"][0];
    assert_eq!((&report["sound"], &trial["n_envs"]), (&json!(true), &json!(64)));
    assert_eq!(trial["observations"].as_array().unwrap().len(), 4);
    assert!(trial["idle"]["reward"].as_f64().unwrap() > 0.0);
    expect(&fail(folder.path(), &["check", &scene, "--device", "abacus"]), &["abacus"]);
}

/// A state that is no longer finite ends a simulation with the step and the joint.
#[test]
fn sim_ends_where_numbers_are_no_longer_finite() {
    let folder = tempfile::tempdir().unwrap();
    let model = r#"<mujoco><option timestep="1"/><worldbody><body><joint name="rail" type="slide" axis="1 0 0"/>
        <geom size="0.1"/></body></worldbody></mujoco>"#;
    std::fs::write(folder.path().join("robot.xml"), model).unwrap();
    // Both fit into a number of 32 bits, and their sum does not.
    std::fs::write(folder.path().join("start.csv"), "qpos.rail,qvel.rail\n3e38,3e38\n").unwrap();
    let sim = ["sim", "robot.xml", "--state", "start.csv", "--out", "out.csv"];
    let said = fail(folder.path(), &sim);
    expect(&said, &["step 1, environment 0", "joint \"rail\" is not finite"]);
    assert!(!folder.path().join("out.csv").exists());
}

/// As the seed guide sets it: the agent's learning rate is the one that is learned with.
#[test]
fn the_agents_learning_rate_is_learned_with_where_the_trainer_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let (path, scenes) = (workflow("cartpole_single"), repository("scenes"));
    let scenes = scenes.to_string_lossy().into_owned();
    let set = ["--set", "PPOAgentNode.learning_rate=0.01", "--updates", "1", "--out", "run"];
    let train = [&["train", &path, "--scenes", &scenes, "--headless"], &set[..]].concat();
    succeed(folder.path(), &train);
    assert_eq!(metrics(&folder.path().join("run"))[0]["learning_rate"], json!(0.01));
}

/// One update of one step cannot move an adaptive rate: said before it is tried for hours.
#[test]
fn settings_without_effect_are_said_where_a_training_begins() {
    let folder = tempfile::tempdir().unwrap();
    let (path, scenes) = (workflow("cartpole_single"), repository("scenes"));
    let scenes = scenes.to_string_lossy().into_owned();
    let set = ["schedule=adaptive", "epochs=1", "minibatch_size=4096"];
    let set = set.map(|it| format!("PPOTrainerNode.{it}"));
    let mut train = vec!["train", &path, "--scenes", &scenes, "--updates", "1", "--out", "run"];
    set.iter().for_each(|it| train.extend(["--set", it]));
    let output = run(folder.path(), &train);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    expect(&said, &["warning[idle-setting]", "node 6", "schedule", "one minibatch and one epoch"]);
}

/// Nothing is no workflow.
#[test]
fn an_empty_file_is_not_sound() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("w.json"), "{}").unwrap();
    let output = run(folder.path(), &["check", "w.json"]);
    assert_eq!(output.status.code(), Some(2));
    expect(&String::from_utf8_lossy(&output.stderr), &["empty-workflow", "1 error"]);
}

/// A check reads the header of weights, for they may be gigabytes; the trial reads them whole.
#[test]
fn damaged_weights_are_found_by_the_trial() {
    let folder = tempfile::tempdir().unwrap();
    let (path, scenes) = (workflow("cartpole_single"), repository("scenes"));
    let scenes = scenes.to_string_lossy().into_owned();
    succeed(
        folder.path(),
        &["train", &path, "--scenes", &scenes, "--updates", "1", "--out", "run"],
    );
    let mut document: Value =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    document["7"] = json!({"class_type": "CheckpointLoader", "inputs": {"path": "run"}});
    document["3"]["inputs"]["model"] = json!(["7", 0]);
    std::fs::write(folder.path().join("w.json"), document.to_string()).unwrap();
    let check = ["check", "w.json", "--scenes", &scenes];
    succeed(folder.path(), &check);
    let file = last_checkpoint(&folder.path().join("run")).join("weights.safetensors");
    let mut bytes = std::fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    succeed(folder.path(), &[&check[..], &["--no-trial"]].concat());
    expect(&fail(folder.path(), &check), &["node 7", "path", "is damaged", "1 error"]);
    bytes.pop();
    std::fs::write(&file, &bytes).unwrap();
    expect(
        &fail(folder.path(), &[&check[..], &["--no-trial"]].concat()),
        &["node 7", "holds no weights"],
    );
}

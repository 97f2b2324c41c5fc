//! A robot's file becomes a scene that trains.

use crate::support::{fail, repository, succeed};
use std::fs;

fn model(name: &str) -> String {
    repository(&format!("tests/golden/models/{name}")).to_string_lossy().into_owned()
}

/// The single-environment workflow, on another scene and without the cart's action node.
fn workflow_for(scene: &str) -> String {
    format!(
        r#"{{"1": {{"class_type": "IsaacGymEnvNode", "inputs": {{"env_name": "{scene}", "num_envs": 20}}}},
            "2": {{"class_type": "ORNode", "inputs": {{"input_a": ["1", 1], "input_b": ["4", 0]}}}},
            "3": {{"class_type": "PPOAgentNode", "inputs": {{"observations": ["2", 0]}}}},
            "4": {{"class_type": "IsaacGymStepNode",
                  "inputs": {{"sim": ["1", 0], "actions": ["3", 0], "trigger": ["6", 1]}}}},
            "6": {{"class_type": "PPOTrainerNode",
                  "inputs": {{"states": ["2", 0], "policy_outputs": ["3", 0], "rewards": ["4", 1],
                             "dones": ["4", 2], "model": ["3", 1]}}}}}}"#
    )
}

#[test]
fn imported_robots_train_at_once() {
    let folder = tempfile::tempdir().unwrap();
    // With an include; with meshes and a package; with a free root.
    for (file, scene) in [
        ("arm6_rk4.xml", "arm"),
        ("robot.urdf", "machine"),
        ("../../../scenes/ant/ant.xml", "insect"),
    ] {
        let out = format!("scenes/{scene}");
        succeed(folder.path(), &["import", &model(file), "--out", &out]);
        succeed(folder.path(), &["check", &out]);
        fs::write(folder.path().join("w.json"), workflow_for(scene)).unwrap();
        succeed(folder.path(), &["check", "w.json", "--scenes", "scenes"]);
        let run = format!("runs/{scene}");
        let train =
            ["train", "w.json", "--scenes", "scenes", "--updates", "2", "--quiet", "--out", &run];
        succeed(folder.path(), &train);
    }
    // No drafts are left behind.
    let names: Vec<_> = fs::read_dir(folder.path().join("scenes")).unwrap().collect();
    assert_eq!(names.len(), 3);
}

#[test]
fn what_cannot_be_imported_is_said_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("still.xml"), "<mujoco><worldbody/></mujoco>").unwrap();
    let error = fail(folder.path(), &["import", "still.xml"]);
    assert!(error.contains("no actuator with a name"), "{error}");
    fs::write(folder.path().join("broken.xml"), "<mujoco><worldbody><body>").unwrap();
    let error = fail(folder.path(), &["import", "broken.xml"]);
    assert!(error.contains("broken.xml:1") && error.contains("does not load"), "{error}");
    let error = fail(folder.path(), &["import", "missing.xml"]);
    assert!(error.contains("cannot be read"), "{error}");
    fs::create_dir(folder.path().join("mine")).unwrap();
    let error = fail(folder.path(), &["import", &model("arm6.xml"), "--out", "mine"]);
    assert!(error.contains("mine exists already"), "{error}");
    let scenes = folder.path().join("scenes");
    assert!(!scenes.exists() || fs::read_dir(scenes).unwrap().next().is_none());
}

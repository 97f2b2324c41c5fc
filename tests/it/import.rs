//! A robot's file becomes a scene that trains.

use crate::support::{fail, repository, succeed};
use std::fs;
use std::path::Path;

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

/// A package as ROS has them: `kit/urdf`, `kit/meshes`, and another package beside it. The robot names its
/// meshes by `mesh`.
fn package(top: &Path, mesh: &str) -> String {
    let inertial = r#"<inertial><mass value="1"/><inertia ixx=".01" ixy="0" ixz="0" iyy=".02" iyz="0"
        izz=".025"/></inertial>"#;
    let robot = format!(
        r#"<?xml version="1.0"?><robot name="kit"><link name="base">{inertial}</link><link name="a">
        {inertial}<visual><geometry><mesh filename="package://kit/meshes/looks/none.dae"/></geometry></visual>
        <collision><geometry><mesh filename="{mesh}" scale="0.1 -0.1 0.1"/></geometry></collision></link>
        <joint name="j" type="revolute"><parent link="base"/><child link="a"/><axis xyz="0 1 0"/>
        <limit lower="-1" upper="1" effort="5" velocity="3"/></joint></robot>"#
    );
    let assets = repository("tests/golden/models/assets");
    for (from, to) in [
        ("peg.stl", "kit/meshes/collision/Part.STL"),
        ("latin.obj", "kit/meshes/collision/crate.obj"),
        ("peg.stl", "other_kit/meshes/peg.stl"),
    ] {
        let to = top.join(to);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(assets.join(from), to).unwrap();
    }
    fs::create_dir_all(top.join("kit/urdf")).unwrap();
    fs::write(top.join("kit/urdf/robot.urdf"), robot).unwrap();
    "kit/urdf/robot.urdf".to_owned()
}

/// All files of a folder and of those in it.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, mut all): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    all.extend(folders.iter().flat_map(|folder| files(folder)));
    all
}

#[test]
fn an_import_is_whole_wherever_the_meshes_of_a_package_lie() {
    for mesh in [
        "package://kit/meshes/collision/Part.STL",
        "package://kit/meshes/collision/crate.obj",
        "package://other_kit/meshes/peg.stl",
        "model://kit/meshes/collision/crate.obj",
        "../meshes/collision/Part.STL",
        "file://../meshes/collision/crate.obj",
        "../../other_kit/meshes/peg.stl",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let robot = package(folder.path(), mesh);
        let sound = succeed(folder.path(), &["check", &robot]);
        assert!(sound.contains("sound, 2 bodies, 1 dof, 1 actuator"), "{mesh}: {sound}");
        // Below the package, where a search upwards would find what an import left behind.
        let out = folder.path().join("kit/scenes/robot");
        succeed(folder.path(), &["import", &robot, "--out", &out.to_string_lossy()]);
        let elsewhere = tempfile::tempdir().unwrap();
        let copy = elsewhere.path().join("robot");
        for file in files(&out) {
            let to = copy.join(file.strip_prefix(&out).unwrap());
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(&file, to).unwrap();
        }
        succeed(elsewhere.path(), &["check", "robot"]);
        let is_mesh = |file: &Path| {
            let ending = file.extension().unwrap_or_default().to_ascii_lowercase();
            ending == "stl" || ending == "obj"
        };
        let meshes: Vec<_> = files(&out).into_iter().filter(|file| is_mesh(file)).collect();
        assert_eq!(meshes.len(), 1, "{mesh}: {meshes:?}");
        // A scene that is not whole is not sound, though the mesh is to be found above it.
        fs::remove_file(&meshes[0]).unwrap();
        let error = fail(folder.path(), &["check", &out.to_string_lossy()]);
        assert!(error.contains("cannot be read"), "{mesh}: {error}");
    }
}

#[test]
fn a_scene_reads_no_file_from_outside_of_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let robot = package(folder.path(), "../meshes/collision/Part.STL");
    succeed(folder.path(), &["import", &robot, "--out", "scene"]);
    let task = fs::read_to_string(folder.path().join("scene/task.ron")).unwrap();
    fs::create_dir(folder.path().join("kit/urdf/scene")).unwrap();
    for (model, word) in [("../robot.urdf", "outside"), ("robot.urdf", "outside")] {
        let task = task.replace("urdf/robot.urdf", model);
        let place = if model.starts_with("..") { "kit/urdf/scene" } else { "kit/urdf" };
        fs::write(folder.path().join(place).join("task.ron"), task).unwrap();
        let error = fail(folder.path(), &["check", place]);
        assert!(error.contains(word), "{model}: {error}");
    }
}

#[test]
fn check_says_of_a_urdf_what_it_says_of_mjcf() {
    let folder = tempfile::tempdir().unwrap();
    let robot = |inside: &str| {
        format!(
            r#"<?xml version="1.0"?><robot name="r"><link name="world"/><link name="b">{inside}</link>
            <joint name="j" type="floating"><parent link="world"/><child link="b"/></joint></robot>"#
        )
    };
    let whole = r#"<inertial><mass value="1"/><inertia ixx=".1" ixy="0" ixz="0" iyy=".1" iyz="0" izz=".1"/>
        </inertial>"#;
    for name in ["r.urdf", "r.URDF", "r.xml", "r.robot", "r"] {
        fs::write(folder.path().join(name), robot(whole)).unwrap();
        let said = succeed(folder.path(), &["check", name]);
        assert!(said.contains("sound, 1 body, 6 dofs"), "{name}: {said}");
        fs::write(folder.path().join(name), robot("<inertial/>")).unwrap();
        let error = fail(folder.path(), &["check", name]);
        assert!(error.contains("has no <mass>") && error.contains("2 errors"), "{name}: {error}");
    }
}

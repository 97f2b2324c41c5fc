//! Node kinds that a program has as its own: every one compiles there, learns the same bit for bit, and does what
//! it is changed to do.

use crate::exported::{OWN, changed_step};
use crate::exports::{drawn, keep_or_compare, scenes, train_coded, train_drawn};
use crate::support::{fail, repository, succeed, timeless_metrics, weights, workflow};
use dnne::export::{Exported, LibrarySource, OWN_NODES, OwnNodes, Project};
use dnne::nodes::NodeKind;
use dnne::prelude::Program;
use dnne::workflow::Role;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// All built-in kinds that have code.
pub(crate) fn all() -> OwnNodes {
    let kinds = dnne::nodes::registry().iter();
    let coded = kinds.filter(|schema| !matches!(schema.role, Role::Reroute | Role::Comment));
    let classes: Vec<&str> = coded.map(|schema| schema.class_type).collect();
    OwnNodes::new(&classes).unwrap()
}

/// The kept files are part of this program, so they compile, and with no more of the library than is public.
#[test]
fn every_built_in_kind_is_kept_as_it_is_exported() {
    let own = all();
    // A reroute and a note are gone once a document is checked.
    assert_eq!(own.kinds.len() + 2, dnne::nodes::registry().iter().count());
    assert_eq!(own.kinds.len(), OWN.len());
    let folder = repository("tests/it/exported").join(OWN_NODES);
    let list = own.list().unwrap();
    keep_or_compare(&folder.join("mod.rs"), &list);
    for (module, text) in &own.files {
        keep_or_compare(&folder.join(format!("{module}.rs")), text);
    }
    let kept: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    let exported = own.files.keys().copied().chain(["mod"]);
    assert_eq!(kept, exported.map(str::to_owned).collect());
}

fn own_classes(name: &str) -> Vec<&'static str> {
    let (_, graph) = drawn(name);
    graph.nodes.iter().map(|node| node.class.class_type).collect()
}

#[test]
fn a_project_that_owns_all_its_nodes_has_them_as_they_are_kept() {
    for name in ["cartpole_ppo", "ant_ppo"] {
        let (document, graph) = drawn(name);
        let own = &own_classes(name);
        let (library, folder) = (LibrarySource::Path(repository("")), &repository("exports/mine"));
        let (document, graph, scenes) = (&document, &graph, &scenes());
        let exported = Exported { name, document, graph, scenes, library, own, folder };
        let project = Project::new(&exported).unwrap();
        let ours = Path::new("src").join(OWN_NODES);
        let nodes: Vec<_> =
            project.files.iter().filter(|(path, _)| path.starts_with(&ours)).collect();
        assert!(nodes.len() > own.len());
        for (path, bytes) in nodes.iter().filter(|(path, _)| !path.ends_with("mod.rs")) {
            let file = path.file_name().unwrap();
            let kept = repository("tests/it/exported").join(OWN_NODES).join(file);
            assert!(std::fs::read(kept).unwrap() == *bytes, "{}", path.display());
        }
        let code = &project.code.text;
        assert!(code.contains("\n\nmod generated_nodes;\n\nuse dnne::prelude::*;\n"), "{code}");
        let kinds = OwnNodes::new(own).unwrap().kinds;
        for module in &kinds {
            let line = format!("\n        .replace(generated_nodes::{module}::KIND)\n");
            assert!(code.contains(&line), "{code}");
        }
        assert_eq!(code.matches(".replace(").count(), kinds.len());
    }
}

/// The program with its own code of those of these kinds that a workflow has.
fn owning(program: Program, name: &str, kinds: &[NodeKind]) -> Program {
    let used = own_classes(name);
    let own = kinds.iter().filter(|kind| used.contains(&kind.schema.class_type));
    own.fold(program, |program, kind| program.replace(*kind))
}

#[test]
fn own_nodes_learn_what_the_built_in_ones_do() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["cartpole_ppo", "ant_ppo"] {
        let [built_in, own] =
            ["built-in", "own"].map(|kind| folder.path().join(format!("{name}-{kind}")));
        train_drawn(name, &built_in);
        train_coded(name, &own, |program| owning(program, name, OWN));
        assert!(timeless_metrics(&own).len() == 3);
        assert_eq!(timeless_metrics(&built_in), timeless_metrics(&own), "{name}");
        assert!(weights(&built_in) == weights(&own), "{name}");
    }
}

/// What is changed in the kept step node: the rewards, and their terms.
const CHANGES: [(&str, &str); 2] = [
    (
        "rewards.values.extend_from_slice(&output.rewards);",
        "rewards.values.extend(output.rewards.iter().map(|reward| 2.0 * reward));",
    ),
    (
        "rewards.terms.extend_from_slice(&output.reward_terms);",
        "rewards.terms.extend(output.reward_terms.iter().map(|term| 2.0 * term));",
    ),
];

#[test]
fn a_reward_that_is_changed_in_an_own_node_is_learned_from_and_shows_in_the_metrics() {
    let mut text = all().files["isaac_gym_step"].clone();
    for (before, after) in CHANGES {
        assert_eq!(text.matches(before).count(), 1, "{before}");
        text = text.replace(before, after);
    }
    keep_or_compare(&repository("tests/it/exported/changed_step.rs"), &text);
    let folder = tempfile::tempdir().unwrap();
    let [plain, changed] = ["plain", "changed"].map(|name| folder.path().join(name));
    train_drawn("cartpole_ppo", &plain);
    train_coded("cartpole_ppo", &changed, |program| program.replace(changed_step::KIND));
    let terms = |run: &Path| -> Vec<(String, f64)> {
        let rows = timeless_metrics(run);
        let terms = rows[0]["reward_terms"].as_object().unwrap();
        terms.iter().map(|(name, value)| (name.clone(), value.as_f64().unwrap())).collect()
    };
    // Until the first update both act alike.
    let doubled: Vec<(String, f64)> =
        terms(&plain).into_iter().map(|(name, value)| (name, 2.0 * value)).collect();
    assert!(doubled.iter().any(|(_, value)| *value != 0.0));
    assert_eq!(terms(&changed), doubled);
    assert!(weights(&plain) != weights(&changed));
    // Whoever looks at the run with the built-in node is told.
    let run: Value =
        serde_json::from_slice(&std::fs::read(changed.join("run.json")).unwrap()).unwrap();
    assert_eq!(run["own_kinds"], serde_json::json!(["IsaacGymStepNode"]));
    let path = changed.display().to_string();
    let output = crate::support::run(folder.path(), &["eval", &path, "--episodes", "1"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("own code of IsaacGymStepNode"), "{said}");
}

#[test]
fn nodes_to_own_are_named_by_id_or_class_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_ppo");
    let own = "5,IsaacGymStep";
    succeed(folder.path(), &["export", &path, "--own", own, "--to", "mine"]);
    let nodes = folder.path().join("mine/src").join(OWN_NODES);
    let mut names: Vec<String> = std::fs::read_dir(nodes)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["action_map.rs", "cartpole_action.rs", "isaac_gym_step.rs", "mod.rs"]);
    let said = fail(folder.path(), &["export", &path, "--own", "5,77", "--to", "nowhere"]);
    assert!(said.contains("--own 77") && !folder.path().join("nowhere").exists(), "{said}");
}

#[test]
fn a_workflow_for_a_device_that_is_missing_is_exported_for_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = repository("tests/data/dnne_july_cartpole.json").display().to_string();
    let scenes = repository("scenes").display().to_string();
    let export = ["export", &path, "--to", "july", "--scenes", &scenes];
    let said = fail(folder.path(), &export);
    assert!(said.contains("--device cpu") && !folder.path().join("july").exists(), "{said}");
    let set = ["--device", "cpu", "--set", "IsaacGymEnvNode.num_envs=32"];
    succeed(folder.path(), &export.into_iter().chain(set).collect::<Vec<_>>());
    let code = std::fs::read_to_string(folder.path().join("july/src/main.rs")).unwrap();
    assert!(code.contains("num_envs: 32") && !code.contains("device"), "{code}");
    // The drawing beside it says the same.
    let text = std::fs::read_to_string(folder.path().join("july/workflow.json")).unwrap();
    assert!(text.contains("\"cpu\"") && !text.contains("\"cuda\""), "{text}");
    succeed(&folder.path().join("july"), &["check", "workflow.json"]);
}

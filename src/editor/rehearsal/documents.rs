//! Files, tabs and forms: what is open, what is kept, and what happens to the file outside.

use super::*;
use crate::editor::canvas::Shape;
use crate::workflow::OnDisk;
use serde_json::{Value, json};

const TRAINER: &str = "PPO Trainer";

/// Opens a workflow that is written here.
fn written(it: &mut Rehearsal, name: &str, workflow: &Value) -> PathBuf {
    let path = it.folder.path().join(name);
    std::fs::write(&path, workflow.to_string()).unwrap();
    it.editor.open(&path).unwrap();
    it.settle();
    it.key(Key::Period, NONE);
    it.settle();
    path
}

#[test]
fn a_wire_is_replaced_by_labels_whose_ends_are_seen_when_one_is_selected() {
    let mut it = Rehearsal::of("cartpole_ppo");
    let before = it.links();
    let wire = it.on_wire(it.wire("Step", TRAINER));
    it.right_click(wire);
    it.idle(2);
    it.click(it.text("replace by labels"));
    it.settle();
    let labels: Vec<String> =
        it.plan().labels().iter().map(|&i| it.plan().nodes[i].id.clone()).collect();
    assert_eq!(labels.len(), 2, "{:?}", it.links());
    assert!(labels.iter().all(|id| it.plan().node(id).unwrap().shape == Shape::Pill));
    let lines = |it: &Rehearsal| {
        let is_nest = |shape: &egui::Shape| matches!(shape, egui::Shape::LineSegment { stroke, .. } if stroke.color == egui::Color32::from_rgb(0x2F, 0xC8, 0xD8));
        it.shapes.iter().filter(|clipped| is_nest(&clipped.shape)).count()
    };
    it.key(Key::Period, NONE);
    it.settle();
    it.click(it.nowhere());
    assert_eq!(lines(&it), 0);
    let label = it.at(it.plan().node(&labels[0]).unwrap().rect.center());
    it.click(label);
    assert_eq!(lines(&it), 1);
    it.undo_all();
    assert_eq!(it.links(), before);
}

#[test]
fn a_node_of_an_unknown_class_is_drawn_as_the_file_lists_it() {
    let mut it = Rehearsal::empty();
    let node = json!({"id": 3, "type": "Balancer", "pos": [0, 0], "size": [200, 100],
        "inputs": [{"name": "config", "type": "_CONFIG_PYDICT", "link": null}],
        "outputs": [{"name": "trigger", "type": "*TRIGGER", "links": []}]});
    let path =
        written(&mut it, "unknown.json", &json!({"nodes": [node], "links": [], "version": 0.4}));
    let planned = it.node("Balancer");
    assert_eq!(
        (planned.inputs[0].name.as_str(), planned.outputs[0].name.as_str()),
        ("config", "trigger")
    );
    let found: Vec<_> = it.tab().findings.of_node("3").collect();
    assert!(found.iter().any(|found| found.message.contains("Balancer")), "{found:?}");
    assert!(it.tab().findings.graph.is_none() && path.is_file());
}

#[test]
fn a_file_without_a_drawing_gets_one_and_is_not_touched_until_it_is_saved() {
    let mut it = Rehearsal::empty();
    let file = workflow("ant_ppo");
    let path = it.open_copy(&file);
    assert!(it.plan().nodes.len() > 5 && it.tab().error_message.is_some());
    let rects: Vec<Rect> = it.plan().nodes.iter().map(|node| node.rect).collect();
    for (i, rect) in rects.iter().enumerate() {
        assert!(
            rects[..i].iter().all(|other| !other.intersects(*rect)),
            "nodes lie on one another"
        );
    }
    // It fits a window, which one long row would not, and that it was arranged is no edit.
    let bounds = it.plan().bounds().unwrap();
    assert!(bounds.width() < 1600.0 && bounds.width() < 4.0 * bounds.height(), "{bounds:?}");
    assert!(!it.tab().is_dirty() && it.tab().can_undo().is_none());
    it.editor.autosave();
    assert_eq!(std::fs::read(&path).unwrap(), std::fs::read(&file).unwrap());
}

#[test]
fn several_workflows_are_open_in_tabs_and_what_is_not_saved_is_asked_for() {
    let mut it = Rehearsal::of("cartpole_ppo");
    let path = it.open_copy(&workflow("cartpole_lstm"));
    assert_eq!(it.editor.tabs().len(), 2);
    // Opened again it is gone to, not doubled.
    it.key(Key::PageUp, CTRL);
    assert_eq!(it.tab().name(), "cartpole_ppo");
    it.editor.open(&path).unwrap();
    assert_eq!((it.editor.tabs().len(), it.tab().name()), (2, "cartpole_lstm"));
    // One that is saved closes at once; one that is not asks.
    it.key(Key::W, CTRL);
    assert_eq!(it.editor.tabs().len(), 1);
    it.key(Key::A, CTRL);
    it.key(Key::ArrowLeft, NONE);
    it.key(Key::W, CTRL);
    assert_eq!(it.editor.tabs().len(), 1);
    assert!(it.editor.is_writing() && it.tab().is_dirty());
    it.key(Key::Escape, NONE);
    assert_eq!(it.editor.tabs().len(), 1);
    assert!(it.tab().is_dirty());
}

#[test]
fn what_was_not_saved_is_offered_after_a_kill() {
    let mut it = Rehearsal::of("cartpole_ppo");
    it.click(it.header(TRAINER));
    it.key(Key::Delete, NONE);
    let after = it.json();
    it.editor.autosave();
    let path = it.tab().path().unwrap().to_path_buf();
    // The program ends without a word; another is begun.
    let mut next = Rehearsal::empty();
    next.editor.open(&path).unwrap();
    next.settle();
    assert!(
        next.tab().found.is_some() && next.plan().nodes.iter().any(|node| node.title == TRAINER)
    );
    let kinds = Kinds::builtin();
    next.editor.tab_mut().unwrap().answer_found(true, kinds.registry());
    assert!(next.json() == after && next.tab().is_dirty());
}

#[test]
fn a_file_that_changed_outside_is_told_and_not_overwritten() {
    let mut it = Rehearsal::of("cartpole_ppo");
    let path = it.tab().path().unwrap().to_path_buf();
    it.click(it.header(TRAINER));
    it.key(Key::Delete, NONE);
    std::fs::copy(workflow("cartpole_lstm"), &path).unwrap();
    it.editor.tab_mut().unwrap().look_outside();
    assert!(matches!(it.tab().outside, Some(OnDisk::Changed)));
    it.key(Key::S, CTRL);
    assert!(it.editor.is_writing() && it.tab().is_dirty(), "it asks first");
    assert_eq!(std::fs::read(&path).unwrap(), std::fs::read(workflow("cartpole_lstm")).unwrap());
    it.key(Key::Escape, NONE);
    std::fs::remove_file(&path).unwrap();
    it.editor.tab_mut().unwrap().look_outside();
    assert!(matches!(it.tab().outside, Some(OnDisk::Gone)));
}

#[test]
fn arranged_nodes_lie_apart_and_groups_go_along() {
    let mut it = Rehearsal::of("cartpole_ppo");
    let members = |it: &Rehearsal| -> Vec<Vec<String>> {
        let of = |group: &Rect| {
            let nodes = it.plan().nodes.iter().filter(|node| group.contains_rect(node.rect));
            nodes.map(|node| node.title.clone()).collect()
        };
        it.plan().groups.iter().map(|group| of(&group.rect)).collect()
    };
    let before = members(&it);
    it.command(Command::Arrange);
    it.settle();
    let after = members(&it);
    for (before, after) in before.iter().zip(&after) {
        assert!(before.iter().all(|title| after.contains(title)), "{before:?} {after:?}");
    }
    let rects: Vec<Rect> = it.plan().nodes.iter().map(|node| node.rect).collect();
    for (i, rect) in rects.iter().enumerate() {
        assert!(rects[..i].iter().all(|other| !other.intersects(*rect)));
    }
}

/// After each edit what is drawn is what a newly opened workflow would show.
#[test]
fn what_follows_an_edit_is_what_is_worked_out_anew() {
    use crate::workflow::{Edit, NodeMode};
    let mut it = Rehearsal::of("cartpole_ppo");
    let kinds = Kinds::builtin();
    let id = it.node(TRAINER).id.clone();
    let nodes = || vec![id.clone()];
    let set = |param: &str, value: Value| Edit::SetParam {
        node: id.clone(),
        param: param.to_owned(),
        value,
    };
    let edits = [
        set("gamma", json!(0.9)),
        set("total_updates", json!(7)),
        Edit::RenameNode {
            node: id.clone(),
            title: "A longer title than it had before".to_owned(),
        },
        Edit::SetMode { nodes: nodes(), mode: NodeMode::Muted },
        Edit::Collapse { nodes: nodes(), collapsed: true },
        Edit::MoveNodes { to: vec![(id.clone(), [-300.0, 40.0])] },
        set("gamma", json!(0.95)),
        Edit::Collapse { nodes: nodes(), collapsed: false },
        Edit::ParamToInput { node: id.clone(), param: "gamma".to_owned() },
        Edit::RemoveNodes { nodes: nodes(), bridge: true },
    ];
    let drawn = |tab: &Tab| {
        let plan = tab.plan();
        let nodes: Vec<_> =
            plan.nodes.iter().map(|node| (node.id.clone(), node.rect, node.stamp)).collect();
        let wires: Vec<_> = plan
            .wires
            .iter()
            .map(|wire| (wire.link.clone(), wire.points.clone(), wire.flow))
            .collect();
        (nodes, wires)
    };
    let n_edits = edits.len();
    for step in 0..2 * n_edits {
        let tab = it.editor.tab_mut().unwrap();
        // All of them, and back.
        match edits.get(step) {
            Some(edit) => {
                drop(tab.edit(kinds.registry(), edit).unwrap_or_else(|| panic!("{edit:?}")))
            }
            None => drop(tab.undo(kinds.registry()).unwrap()),
        }
        it.settle();
        let tab = it.editor.tab_mut().unwrap();
        let mut anew = Tab::new("anew", tab.document().clone(), kinds.registry());
        anew.take_findings(tab.findings.clone());
        let ctx = Context::default();
        add_fonts(&ctx);
        let _ = ctx.run_ui(RawInput::default(), |_| {});
        let _ = ctx.run_ui(RawInput::default(), |ui| anew.lay_out(ui.ctx(), kinds.registry()));
        assert_eq!(drawn(tab), drawn(&anew), "step {step}");
    }
}

#[test]
fn the_editor_looks_as_it_is_kept() {
    let mut it = Rehearsal::of("cartpole_ppo");
    it.key(Key::F, NONE);
    it.settle();
    pictures::compare("canvas", &mut it);
    let at = it.input(TRAINER, "dones");
    it.with(CTRL_ALT, |it| it.click(at));
    it.settle();
    // How long the check took is another each time.
    it.editor.tab_mut().unwrap().findings.took = Duration::from_millis(9);
    it.move_to(it.nowhere());
    it.idle(2);
    pictures::compare("error", &mut it);
    it.key(Key::Z, CTRL);
    it.settle();
    it.double_click(it.nowhere());
    it.write("ppo");
    it.idle(4);
    pictures::compare("palette", &mut it);
}

#[test]
fn work_that_has_no_file_yet_is_found_again() {
    let mut it = Rehearsal::empty();
    it.key(Key::N, CTRL);
    it.settle();
    it.key(Key::Tab, NONE);
    it.write("console");
    it.key(Key::Enter, NONE);
    it.editor.autosave();
    let left = it.json();
    // The program is killed, and another begins.
    let kinds = Arc::new(Kinds::builtin());
    let scenes: Scenes = Arc::new(|_| SceneLibrary::new("scenes"));
    let shelter = Some(it.folder.path().join("unsaved"));
    it.editor = Editor::new(kinds, scenes, Habits::default(), shelter);
    it.key(Key::N, CTRL);
    it.settle();
    assert!(it.plan().nodes.is_empty());
    let found = it.tab().found.as_ref().expect("the work is offered");
    assert_eq!(found.document.to_json(), left);
    // Saved under a name it is not offered again.
    it.editor.tab_mut().unwrap().answer_found(true, Kinds::builtin().registry());
    let path = it.folder.path().join("kept.json");
    it.key(Key::S, CTRL);
    it.key(Key::A, CTRL);
    it.write(&path.display().to_string());
    it.key(Key::Enter, NONE);
    assert!(path.is_file());
    it.key(Key::N, CTRL);
    it.settle();
    assert!(it.tab().found.is_none());
}

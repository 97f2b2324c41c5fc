//! Every shortcut that ComfyUI's and DNNE's users have in their fingers.

use super::*;
use crate::editor::canvas::Shape;
use crate::workflow::{NodeMode, Role};

const TRAINER: &str = "PPO Trainer";

const ROWS: &[Row] = &[
    ("Ctrl+Enter trains", |it| {
        it.key(Key::Enter, CTRL);
        assert_eq!(it.requests, [Request::Train]);
    }),
    ("Train trains what a click on it has just ended the edit of", |it| {
        it.click(it.field("Cartpole", "num_envs"));
        it.write("256");
        let middle = it.size.x * 0.5;
        it.click(pos2(middle, 22.0));
        it.settle();
        assert_eq!(it.requests, [Request::Train]);
        let graph = it.tab().sound().unwrap();
        let env = graph.nodes.iter().find(|node| node.class.role == Role::Environment).unwrap();
        assert_eq!(env.params["num_envs"].to_json(), 256);
    }),
    ("Ctrl+Alt+Enter stops", |it| {
        it.key(Key::Enter, CTRL_ALT);
        assert_eq!(it.requests, [Request::Stop]);
    }),
    ("R reads the scenes again", |it| {
        let before = it.tab().findings.took;
        it.key(Key::R, NONE);
        it.settle();
        assert!(it.requests.is_empty() && it.tab().findings.graph.is_some(), "{before:?}");
    }),
    ("N shows and hides the node library", |it| {
        let width = |it: &Rehearsal| it.tab().state.area().unwrap().width();
        let with = width(it);
        it.key(Key::N, NONE);
        assert!(width(it) > with + 100.0);
        it.key(Key::N, NONE);
        assert_eq!(width(it), with);
    }),
    ("W shows workflows, of which one is opened", |it| {
        let mine = it.folder.path().join("mine.json");
        std::fs::copy(it.tab().path().unwrap(), &mine).unwrap();
        it.editor.habits.recent = vec![mine];
        it.key(Key::W, NONE);
        it.click(pos2(60.0, 90.0));
        it.settle();
        assert_eq!(it.tab().name(), "mine");
    }),
    ("Ctrl+S saves", |it| {
        it.click(it.header(TRAINER));
        it.key(Key::ArrowRight, NONE);
        assert!(it.tab().is_dirty());
        it.key(Key::S, CTRL);
        assert!(!it.tab().is_dirty());
        let file = std::fs::read_to_string(it.tab().path().unwrap()).unwrap();
        let shown = it.tab().document().with_view(it.tab().camera.to_view()).to_json();
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(read(&file), read(&shown));
    }),
    ("Ctrl+O opens", |it| {
        let path = it.folder.path().join("other.json");
        std::fs::copy(workflow("ant_ppo"), &path).unwrap();
        it.key(Key::O, CTRL);
        it.write(&path.display().to_string());
        it.key(Key::Enter, NONE);
        it.settle();
        assert_eq!((it.editor.tabs().len(), it.tab().name()), (2, "other"));
    }),
    ("Ctrl+Shift+S saves under another name", |it| {
        it.key(Key::S, CTRL_SHIFT);
        it.key(Key::A, CTRL);
        let path = it.folder.path().join("second");
        it.write(&path.display().to_string());
        it.key(Key::Enter, NONE);
        assert!(path.with_extension("json").is_file());
        assert_eq!(it.tab().name(), "second");
    }),
    ("Ctrl+Z takes back, Ctrl+Y and Ctrl+Shift+Z do again", |it| {
        let before = it.json();
        it.click(it.header(TRAINER));
        it.key(Key::Delete, NONE);
        let after = it.json();
        assert_ne!(before, after);
        for redo in [CTRL_SHIFT, CTRL] {
            it.key(Key::Z, CTRL);
            assert_eq!(it.json(), before);
            it.key(if redo == CTRL { Key::Y } else { Key::Z }, redo);
            assert_eq!(it.json(), after);
        }
    }),
    ("Ctrl+A selects all, Ctrl+C copies it, Ctrl+V pastes it", |it| {
        let n = it.plan().nodes.len();
        it.key(Key::A, CTRL);
        assert_eq!(it.tab().selection.nodes.len(), n);
        it.key(Key::C, CTRL);
        assert!(it.clipboard.contains("PPOTrainerNode"), "{}", it.clipboard);
        it.key(Key::V, CTRL);
        assert_eq!(it.plan().nodes.len(), 2 * n);
        // What was pasted is selected.
        assert_eq!(it.tab().selection.nodes.len(), n);
    }),
    ("Ctrl+X takes out", |it| {
        it.click(it.header(TRAINER));
        it.key(Key::X, CTRL);
        assert!(it.plan().nodes.iter().all(|node| node.title != TRAINER));
        assert!(it.clipboard.contains("PPOTrainerNode"));
    }),
    ("Ctrl+Shift+V pastes with what feeds it", |it| {
        let feeds =
            |it: &Rehearsal| it.links().iter().filter(|it| it.contains("> PPO Trainer")).count();
        let before = feeds(it);
        it.click(it.header(TRAINER));
        it.key(Key::C, CTRL);
        it.key(Key::V, CTRL);
        assert_eq!(feeds(it), before);
        it.key(Key::Z, CTRL);
        it.key(Key::V, CTRL_SHIFT);
        assert_eq!(feeds(it), 2 * before);
    }),
    ("Delete and Backspace delete", |it| {
        for key in [Key::Delete, Key::Backspace] {
            it.click(it.header(TRAINER));
            it.key(key, NONE);
            assert!(it.plan().nodes.iter().all(|node| node.title != TRAINER));
            it.key(Key::Z, CTRL);
        }
    }),
    ("Ctrl+G groups, and the name is written at once", |it| {
        let before = it.plan().groups.len();
        it.click(it.header(TRAINER));
        it.key(Key::G, CTRL);
        it.write("Learning");
        it.key(Key::Enter, NONE);
        assert_eq!(it.plan().groups.len(), before + 1);
        let group = it.plan().groups.last().unwrap();
        assert_eq!(group.title, "Learning");
        assert!(group.rect.contains_rect(it.node(TRAINER).rect));
    }),
    ("Alt+C collapses, and again unfolds", |it| {
        it.click(it.header(TRAINER));
        it.key(Key::C, ALT);
        assert_eq!(it.node(TRAINER).shape, Shape::Collapsed);
        it.key(Key::C, ALT);
        assert_eq!(it.node(TRAINER).shape, Shape::Full);
    }),
    ("Ctrl+B bypasses, Ctrl+M mutes", |it| {
        it.click(it.header(TRAINER));
        for (key, mode) in [(Key::B, NodeMode::Bypassed), (Key::M, NodeMode::Muted)] {
            it.key(key, CTRL);
            assert_eq!(it.node(TRAINER).mode, mode);
            it.key(key, CTRL);
            assert_eq!(it.node(TRAINER).mode, NodeMode::Active);
        }
    }),
    ("P pins: it stays where it is", |it| {
        it.click(it.header(TRAINER));
        it.key(Key::P, NONE);
        let before = it.node(TRAINER).rect;
        it.drag(it.header(TRAINER), it.header(TRAINER) + vec2(60.0, -40.0));
        assert!(it.node(TRAINER).is_pinned);
        assert_eq!(it.node(TRAINER).rect, before);
    }),
    (". sees everything", |it| {
        it.drag(it.nowhere(), it.nowhere() + vec2(400.0, 300.0));
        it.key(Key::Period, NONE);
        it.settle();
        let tab = it.tab();
        let seen = tab.camera.seen(tab.state.area().unwrap());
        assert!(seen.contains_rect(tab.plan().bounds().unwrap()));
    }),
    ("Alt+= and Alt+- zoom", |it| {
        let before = it.tab().camera.zoom;
        it.key(Key::Equals, ALT);
        let near = it.tab().camera.zoom;
        it.key(Key::Minus, ALT);
        assert!(near > 1.1 * before && (it.tab().camera.zoom - before).abs() < 1e-3);
        it.key(Key::Plus, ALT);
        assert!(it.tab().camera.zoom > 1.1 * before);
    }),
    ("Alt+M shows and hides the minimap", |it| {
        let with = it.shapes.len();
        it.key(Key::M, ALT);
        assert!(!it.editor.habits.minimap && it.shapes.len() < with);
        it.key(Key::M, ALT);
        assert!(it.editor.habits.minimap);
    }),
    ("H locks, V unlocks", |it| {
        let before = it.json();
        it.key(Key::H, NONE);
        it.drag(it.header(TRAINER), it.header(TRAINER) + vec2(50.0, 0.0));
        it.double_click(it.header(TRAINER));
        assert_eq!(it.json(), before);
        assert!(!it.editor.is_writing());
        it.key(Key::V, NONE);
        it.drag(it.header(TRAINER), it.header(TRAINER) + vec2(50.0, 0.0));
        assert_ne!(it.json(), before);
    }),
    ("Ctrl+, shows the settings", |it| {
        it.key(Key::Comma, CTRL);
        assert!(it.editor.is_writing());
        it.key(Key::Escape, NONE);
        assert!(!it.editor.is_writing());
    }),
    ("Ctrl+` shows what is wrong", |it| {
        it.click(it.header(TRAINER));
        let before = it.tab().state.area().unwrap();
        it.with(CTRL_ALT, |it| it.click(it.input(TRAINER, "rewards")));
        it.settle();
        let with = it.tab().state.area().unwrap();
        assert!(with.height() < before.height());
        it.key(Key::Backtick, CTRL);
        assert_eq!(it.tab().state.area().unwrap(), before);
        it.key(Key::Backtick, CTRL);
    }),
    ("Ctrl+Shift+K shows all shortcuts, and does one", |it| {
        let before = it.editor.habits.minimap;
        it.key(Key::K, CTRL_SHIFT);
        it.write("minimap");
        it.key(Key::Enter, NONE);
        assert_ne!(it.editor.habits.minimap, before);
    }),
    ("keys are changed in the list, and what says them follows", |it| {
        it.key(Key::F1, NONE);
        it.write("bypass");
        it.click(it.text("Ctrl+B"));
        // Esc leaves it as it is, and the list open.
        it.key(Key::Escape, NONE);
        assert!(it.editor.is_writing());
        it.click(it.text("Ctrl+B"));
        it.key(Key::J, CTRL_SHIFT);
        it.text("Ctrl+Shift+J");
        it.key(Key::Escape, NONE);
        assert!(!it.editor.is_writing());
        it.click(it.header(TRAINER));
        it.key(Key::B, CTRL);
        assert_eq!(it.node(TRAINER).mode, NodeMode::Active);
        it.key(Key::J, CTRL_SHIFT);
        assert_eq!(it.node(TRAINER).mode, NodeMode::Bypassed);
        // The bar below, and the node's menu.
        it.text("Ctrl+Shift+J");
        it.right_click(it.header(TRAINER));
        let said = |it: &Rehearsal| {
            let is_it = |clipped: &&epaint::ClippedShape| matches!(&clipped.shape, egui::Shape::Text(text) if text.galley.text() == "Ctrl+Shift+J");
            it.shapes.iter().filter(is_it).count()
        };
        assert_eq!(said(it), 2);
    }),
    ("whose keys are is told, and they are taken or left", |it| {
        it.key(Key::F1, NONE);
        it.write("bypass");
        it.click(it.text("Ctrl+B"));
        it.key(Key::S, CTRL);
        it.text("Ctrl+S is \u{201c}save\u{201d} now.");
        it.click(it.text("Cancel"));
        assert!(it.editor.keymap.is_usual());
        it.click(it.text("Ctrl+B"));
        it.key(Key::S, CTRL);
        it.click(it.text("Let it be \u{201c}bypass\u{201d}"));
        assert_eq!(it.editor.keymap.key(Command::Bypass), "Ctrl+S");
        assert_eq!(it.editor.keymap.key(Command::Save), "");
        assert!(!it.tab().is_dirty(), "nothing was saved or bypassed meanwhile");
        // Keys of the window are nobody's.
        it.click(it.text("Ctrl+S"));
        it.key(Key::F12, NONE);
        assert_eq!(it.editor.keymap.key(Command::Bypass), "Ctrl+S");
        it.click(it.text("No key"));
        assert_eq!(it.editor.keymap.keys(Command::Bypass), []);
        it.click(it.text("All as they were"));
        assert!(it.editor.keymap.is_usual());
    }),
    ("one command gets its usual keys back", |it| {
        it.editor.keymap.give(Command::Bypass, &[]);
        it.editor.keymap.give(Command::Mute, &[]);
        it.key(Key::F1, NONE);
        it.write("bypass");
        let chip = it.text("no key");
        it.click(chip + vec2(34.0, 0.0));
        assert!(!it.editor.keymap.is_changed(Command::Bypass));
        assert!(it.editor.keymap.is_changed(Command::Mute));
    }),
    ("arrows move what is selected by one step of the grid", |it| {
        it.click(it.header(TRAINER));
        let start = it.node(TRAINER).rect.min;
        for (key, way) in [
            (Key::ArrowLeft, vec2(-10.0, 0.0)),
            (Key::ArrowUp, vec2(-10.0, -10.0)),
            (Key::ArrowRight, vec2(0.0, -10.0)),
            (Key::ArrowDown, vec2(0.0, 0.0)),
        ] {
            it.key(key, NONE);
            assert_eq!(it.node(TRAINER).rect.min, start + way);
        }
    }),
    ("what has no key is found by its name", |it| {
        for (name, command) in [
            ("fit group", Command::FitGroup),
            ("next workflow", Command::NextTab),
            ("previous workflow", Command::PreviousTab),
            ("start page", Command::StartPage),
            ("remove everything", Command::RemoveAll),
        ] {
            it.key(Key::F1, NONE);
            it.write(name);
            it.key(Key::Enter, NONE);
            assert!(!it.editor.is_writing(), "{command:?} was not done");
        }
        assert!(it.plan().nodes.is_empty());
        assert_eq!(it.requests, [Request::StartPage]);
        it.key(Key::E, CTRL);
        assert!(it.editor.exports());
        it.key(Key::Escape, NONE);
        assert!(!it.editor.exports());
    }),
    ("Tab and F2 add and rename", |it| {
        it.move_to(it.nowhere());
        it.key(Key::Tab, NONE);
        it.write("console");
        it.key(Key::Enter, NONE);
        it.key(Key::F2, NONE);
        it.write("My console");
        it.key(Key::Enter, NONE);
        assert_eq!(it.selected(), ["My console"]);
    }),
    ("F8 goes to what is wrong, Alt+Enter mends it", |it| {
        it.with(CTRL_ALT, |it| it.click(it.input(TRAINER, "dones")));
        it.settle();
        assert!(it.tab().findings.graph.is_none());
        it.click(it.nowhere());
        it.key(Key::F8, NONE);
        assert_eq!(it.selected(), [TRAINER]);
        it.key(Key::Enter, ALT);
        it.settle();
        assert!(it.tab().findings.graph.is_some());
    }),
];

#[test]
fn every_shortcut_does_what_people_are_used_to() {
    play(ROWS);
}

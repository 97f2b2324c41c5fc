//! Every command of the table does something.

use super::*;
use crate::editor::command::COMMANDS;

/// What a person can tell apart: the document, what is selected, seen, open and asked for.
fn state(it: &Rehearsal) -> String {
    let tab = it.editor.tab();
    let of_tab = tab.map(|tab| {
        let zoom = (tab.camera.zoom, tab.camera.offset, tab.route());
        let open: Vec<bool> = tab.plan().nodes.iter().map(|node| node.is_open).collect();
        (
            tab.document().to_json(),
            tab.selection.clone(),
            zoom,
            open,
            tab.is_dirty(),
            tab.name().to_owned(),
            tab.state.is_writing(),
            tab.state.is_locked(),
            tab.error_message.clone(),
        )
    });
    let habits = serde_json::to_string(&it.editor.habits).unwrap();
    format!(
        "{of_tab:?} {habits} {} {:?} {} {} {}",
        it.editor.tabs().len(),
        it.requests,
        it.editor.is_writing(),
        it.editor.is_touring(),
        it.clipboard
    )
}

#[test]
fn every_command_does_something() {
    let mut idle = Vec::new();
    for entry in COMMANDS {
        let mut it = Rehearsal::of("cartpole_ppo");
        prepare(&mut it, entry.command);
        let before = state(&it);
        it.command(entry.command);
        it.settle();
        if state(&it) == before {
            idle.push(entry.command);
        }
    }
    // What it reads again is the same as before.
    idle.retain(|command| *command != Command::ReloadScenes);
    assert_eq!(idle, []);
}

/// Brings the editor where the command has something to do.
fn prepare(it: &mut Rehearsal, command: Command) {
    use Command::*;
    for title in ["PPO Agent", "Step", "PPO Trainer"] {
        let at = it.header(title);
        it.with(SHIFT, |it| it.click(at));
    }
    match command {
        Save | Undo | Redo => {
            it.key(Key::ArrowDown, NONE);
            if command == Redo {
                it.key(Key::Z, CTRL);
            }
        }
        NextTab | PreviousTab => {
            it.editor.open_new();
        }
        Paste | PasteConnected => it.key(Key::C, CTRL),
        Ungroup | FitGroup => {
            it.key(Key::G, CTRL);
            it.key(Key::Enter, NONE);
            if command == FitGroup {
                // It would stand over the corner.
                it.editor.habits.minimap = false;
                let corner = it.at(it.plan().groups.last().unwrap().rect.max) - vec2(4.0, 4.0);
                it.drag(corner, corner + vec2(-60.0, -30.0));
            }
        }
        Remedy | NextProblem => {
            let at = it.input("PPO Trainer", "dones");
            it.with(CTRL_ALT, |it| it.click(at));
            it.settle();
            if command == NextProblem {
                it.click(it.nowhere());
            }
        }
        Fit => {
            it.drag(it.nowhere(), it.nowhere() + vec2(50.0, 0.0));
        }
        Workflows => it.editor.habits.sidebar = false,
        Unlock => it.command(Lock),
        _ => {}
    }
}

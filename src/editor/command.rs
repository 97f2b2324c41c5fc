//! What can be done by a key, a menu or a button: one table.

use bevy_egui::egui::{Key, KeyboardShortcut, Modifiers};

/// Something that can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Command {
    New,
    Open,
    Save,
    SaveAs,
    Close,
    NextTab,
    PreviousTab,
    Undo,
    Redo,
    Cut,
    Copy,
    Paste,
    PasteConnected,
    Duplicate,
    Delete,
    SelectAll,
    Clear,
    RemoveAll,
    Rename,
    Group,
    Ungroup,
    FitGroup,
    Collapse,
    Bypass,
    Mute,
    Pin,
    Unfold,
    AddNode,
    Find,
    Arrange,
    AlignLeft,
    AlignTop,
    DistributeAcross,
    DistributeDown,
    NudgeLeft,
    NudgeRight,
    NudgeUp,
    NudgeDown,
    Fit,
    FitSelection,
    ZoomIn,
    ZoomOut,
    Minimap,
    Sidebar,
    Workflows,
    Problems,
    NextProblem,
    Remedy,
    Wires,
    Snap,
    Lock,
    Unlock,
    DragSelects,
    ReloadScenes,
    Settings,
    Code,
    Export,
    Picture,
    Drawing,
    Train,
    Pause,
    Stop,
    Shortcuts,
    Tour,
    Theme,
    StartPage,
}

/// What a command is for, in the list of shortcuts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    File,
    Edit,
    Nodes,
    View,
    Run,
}

/// One row of the table.
pub(crate) struct Entry {
    pub command: Command,
    /// Its name in the preferences.
    pub id: &'static str,
    pub section: Section,
    pub name: &'static str,
    pub keys: &'static [KeyboardShortcut],
}

const NONE: Modifiers = Modifiers::NONE;
const CTRL: Modifiers = Modifiers::COMMAND;
const ALT: Modifiers = Modifiers::ALT;
const CTRL_SHIFT: Modifiers = Modifiers { shift: true, ..Modifiers::COMMAND };
const CTRL_ALT: Modifiers = Modifiers { alt: true, ..Modifiers::COMMAND };

const fn key(modifiers: Modifiers, key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(modifiers, key)
}

macro_rules! commands {
    ($($section:ident: $command:ident $name:literal [$($modifiers:expr, $key:ident);*]),* $(,)?) => {
        /// Every command with its name and its keys.
        pub(crate) static COMMANDS: &[Entry] = &[$(Entry {
            command: Command::$command,
            id: stringify!($command),
            section: Section::$section,
            name: $name,
            keys: &[$(key($modifiers, Key::$key)),*],
        }),*];
    };
}

commands![
    File: New "new workflow" [CTRL, N],
    File: Open "open" [CTRL, O],
    File: Save "save" [CTRL, S],
    File: SaveAs "save as" [CTRL_SHIFT, S],
    File: Close "close workflow" [CTRL, W],
    File: NextTab "next workflow" [CTRL, PageDown],
    File: PreviousTab "previous workflow" [CTRL, PageUp],
    File: Export "export as a Rust program" [CTRL, E],
    File: Picture "save as a picture, with the workflow inside" [],
    File: Drawing "save as an SVG drawing, with the workflow inside" [],
    File: StartPage "start page" [CTRL, Home],
    Edit: Undo "undo" [CTRL, Z],
    Edit: Redo "redo" [CTRL, Y; CTRL_SHIFT, Z],
    Edit: Cut "cut" [CTRL, X],
    Edit: Copy "copy" [CTRL, C],
    Edit: Paste "paste" [CTRL, V],
    Edit: PasteConnected "paste with connections" [CTRL_SHIFT, V],
    Edit: Duplicate "duplicate" [CTRL, D],
    Edit: Delete "delete" [NONE, Delete; NONE, Backspace],
    Edit: SelectAll "select all" [CTRL, A],
    Edit: Clear "select nothing" [NONE, Escape],
    Edit: RemoveAll "remove everything" [],
    Nodes: AddNode "add a node" [NONE, Tab],
    Nodes: Rename "rename" [NONE, F2],
    Nodes: Collapse "collapse" [ALT, C],
    Nodes: Unfold "show all settings" [ALT, S],
    Nodes: Bypass "bypass" [CTRL, B],
    Nodes: Mute "mute" [CTRL, M],
    Nodes: Pin "pin" [NONE, P],
    Nodes: Group "group" [CTRL, G],
    Nodes: Ungroup "ungroup" [CTRL_SHIFT, G],
    Nodes: FitGroup "fit group to its nodes" [],
    Nodes: Arrange "arrange everything" [CTRL_ALT, A],
    Nodes: AlignLeft "align left edges" [],
    Nodes: AlignTop "align top edges" [],
    Nodes: DistributeAcross "distribute across" [],
    Nodes: DistributeDown "distribute down" [],
    Nodes: NudgeLeft "move left" [NONE, ArrowLeft],
    Nodes: NudgeRight "move right" [NONE, ArrowRight],
    Nodes: NudgeUp "move up" [NONE, ArrowUp],
    Nodes: NudgeDown "move down" [NONE, ArrowDown],
    View: Fit "see everything" [NONE, Period],
    View: FitSelection "see what is selected" [NONE, F],
    View: ZoomIn "nearer" [ALT, Equals; ALT, Plus],
    View: ZoomOut "farther" [ALT, Minus],
    View: Find "find a node" [CTRL, F],
    View: Sidebar "node library" [NONE, N],
    View: Workflows "workflows in the sidebar" [NONE, W],
    View: Minimap "minimap" [ALT, M],
    View: Problems "problems" [CTRL, Backtick],
    View: NextProblem "next problem" [NONE, F8],
    View: Remedy "fix the first problem" [ALT, Enter],
    View: Wires "wires as curves, straight or in steps" [ALT, W],
    View: Snap "snap to the grid" [ALT, G],
    View: Lock "lock: the mouse only moves the view" [NONE, H],
    View: Unlock "unlock" [NONE, V],
    View: DragSelects "drag on empty canvas selects, or moves it" [],
    View: ReloadScenes "read the scenes again" [NONE, R],
    View: Settings "settings" [CTRL, Comma],
    View: Code "Rust code beside the canvas" [CTRL, K],
    View: Theme "light or dark" [ALT, L],
    View: Tour "take the tour: five steps" [],
    View: Shortcuts "all shortcuts" [NONE, F1; CTRL_SHIFT, K],
    Run: Train "train" [CTRL, Enter],
    Run: Pause "pause or go on" [CTRL, Space],
    Run: Stop "stop" [CTRL_ALT, Enter],
];

impl Command {
    /// Its row.
    pub(crate) fn entry(self) -> &'static Entry {
        let entry = COMMANDS.iter().find(|entry| entry.command == self);
        entry.expect("every command has a row, which a test holds")
    }

    pub(crate) fn name(self) -> &'static str {
        self.entry().name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_key_means_two_commands_and_no_command_has_two_rows() {
        let mut keys = HashSet::new();
        let mut commands = HashSet::new();
        for entry in COMMANDS {
            assert!(commands.insert(entry.command), "{:?} twice", entry.command);
            for key in entry.keys {
                assert!(keys.insert((key.modifiers, key.logical_key)), "{key:?}");
            }
        }
        assert!(commands.contains(&Command::StartPage) && commands.contains(&Command::New));
    }

    #[test]
    fn nothing_that_takes_much_away_hangs_on_one_key() {
        let entry = |command: Command| command.entry().keys.iter();
        for command in
            [Command::Close, Command::Cut, Command::Stop, Command::Mute, Command::Ungroup]
        {
            assert!(entry(command).all(|key| key.modifiers != NONE), "{command:?}");
        }
    }
}

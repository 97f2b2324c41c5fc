//! Which keys mean which command: those of the table, but where a person chose others.

use super::command::{COMMANDS, Command, Entry};
use bevy_egui::egui::{Key, KeyboardShortcut, Modifiers};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Keys that the window has for itself, and what they do there.
const FIXED: [(Modifiers, Key, &str); 5] = [
    (Modifiers::NONE, Key::Escape, "leaves what is going on"),
    (Modifiers::NONE, Key::Space, "moves the canvas while it is held"),
    (Modifiers::NONE, Key::F6, "goes from the canvas to the robots and back"),
    (Modifiers::NONE, Key::F12, "saves a picture of the window"),
    (Modifiers::COMMAND, Key::Q, "closes the window"),
];

/// The keys of every command.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Keymap {
    /// Of those commands whose keys are not the table's.
    chosen: BTreeMap<Command, Vec<KeyboardShortcut>>,
}

/// Whose keys are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The window's, and what they do there.
    Window(&'static str),
    Command(Command),
}

impl Keymap {
    pub(crate) fn keys(&self, command: Command) -> &[KeyboardShortcut] {
        self.chosen.get(&command).map_or(command.entry().keys, Vec::as_slice)
    }

    /// The first key of a command as it is written on keyboards; empty where it has none.
    pub(crate) fn key(&self, command: Command) -> String {
        self.keys(command).first().map_or(String::new(), written)
    }

    /// All keys of a command, as a list says them.
    pub(crate) fn listed(&self, command: Command) -> String {
        let keys: Vec<String> = self.keys(command).iter().map(written).collect();
        keys.join(", ")
    }

    /// What a tooltip says of a command: its name, and its key where it has one.
    pub(crate) fn hint(&self, command: Command) -> String {
        self.with_key(command.name(), command)
    }

    /// A text, and in brackets the key of the command that does what it says.
    pub(crate) fn with_key(&self, text: &str, command: Command) -> String {
        match self.key(command) {
            key if key.is_empty() => text.to_owned(),
            key => format!("{text} ({key})"),
        }
    }

    /// The command that a key means.
    pub(crate) fn of(&self, pressed: Key, modifiers: Modifiers) -> Option<Command> {
        let is_meant = |keys: &KeyboardShortcut| {
            keys.logical_key == pressed && modifiers.matches_exact(keys.modifiers)
        };
        let mut commands = COMMANDS.iter().map(|entry| entry.command);
        commands.find(|command| self.keys(*command).iter().any(is_meant))
    }

    /// Whose keys these are, if somebody has them but a command.
    pub(crate) fn owner(&self, keys: &KeyboardShortcut, but: Command) -> Option<Owner> {
        let is_fixed = |(modifiers, key, _): &&(Modifiers, Key, &str)| {
            (*modifiers, *key) == (keys.modifiers, keys.logical_key)
        };
        if let Some((.., does)) = FIXED.iter().find(is_fixed)
            && !but.entry().keys.contains(keys)
        {
            return Some(Owner::Window(does));
        }
        let others = COMMANDS.iter().map(|entry| entry.command).filter(|other| *other != but);
        let mut owners = others.filter(|other| self.keys(*other).contains(keys));
        owners.next().map(Owner::Command)
    }

    pub(crate) fn is_changed(&self, command: Command) -> bool {
        self.chosen.contains_key(&command)
    }

    /// Whether no key is another than the table's.
    pub(crate) fn is_usual(&self) -> bool {
        self.chosen.is_empty()
    }

    /// Gives keys to a command, in the place of those that it had; whoever had them has them no more.
    pub(crate) fn give(&mut self, command: Command, keys: &[KeyboardShortcut]) {
        for entry in COMMANDS.iter().filter(|entry| entry.command != command) {
            let theirs = self.keys(entry.command);
            if theirs.iter().any(|their| keys.contains(their)) {
                let left = theirs.iter().filter(|their| !keys.contains(their)).copied().collect();
                self.put(entry, left);
            }
        }
        self.put(command.entry(), keys.to_vec());
    }

    fn put(&mut self, entry: &Entry, keys: Vec<KeyboardShortcut>) {
        if keys == entry.keys {
            self.chosen.remove(&entry.command);
        } else {
            self.chosen.insert(entry.command, keys);
        }
    }

    /// Gives all commands the keys of the table.
    pub(crate) fn reset(&mut self) {
        self.chosen.clear();
    }

    /// What differs from the table, as preferences keep it: names of commands with their keys.
    pub(crate) fn to_json(&self) -> Value {
        let named = self.chosen.iter().map(|(command, keys)| {
            let keys: Vec<String> = keys.iter().map(kept).collect();
            (command.entry().id.to_owned(), json!(keys))
        });
        Value::Object(named.collect::<Map<String, Value>>())
    }

    /// The keys that preferences keep. What of them cannot be is left out, and said.
    pub(crate) fn read(value: &Value) -> (Self, Vec<String>) {
        let (mut keymap, mut problems) = (Self::default(), Vec::new());
        let Value::Object(named) = value else {
            let problem = format!("expected names of commands with their keys, found {value}");
            return (keymap, vec![problem]);
        };
        for (name, value) in named {
            let entry = COMMANDS.iter().find(|entry| entry.id == name);
            match entry.ok_or_else(|| "there is no such command".to_owned()).and_then(|entry| {
                keymap.put(entry, read_keys(value)?);
                Ok(())
            }) {
                Ok(()) => {}
                Err(problem) => problems.push(format!("{name}: {problem}")),
            }
        }
        while let Some((command, keys, owner)) = keymap.collision() {
            keymap.chosen.remove(&command);
            let owner = match owner {
                Owner::Window(does) => does.to_owned(),
                Owner::Command(other) => format!("means {:?}, too", other.entry().id),
            };
            let name = command.entry().id;
            problems.push(format!("{name}: {} {owner}; it has its usual keys", written(&keys)));
        }
        (keymap, problems)
    }

    /// A command with chosen keys that somebody else has.
    fn collision(&self) -> Option<(Command, KeyboardShortcut, Owner)> {
        self.chosen.iter().find_map(|(command, keys)| {
            keys.iter().find_map(|keys| Some((*command, *keys, self.owner(keys, *command)?)))
        })
    }
}

fn read_keys(value: &Value) -> Result<Vec<KeyboardShortcut>, String> {
    let problem = || format!("expected a list such as [\"Ctrl+Shift+S\"], found {value}");
    let texts = value.as_array().ok_or_else(problem)?;
    let mut keys = Vec::new();
    for text in texts {
        let text = text.as_str().ok_or_else(problem)?;
        let read = read_key(text).ok_or_else(|| format!("no keyboard has {text:?}"))?;
        if !keys.contains(&read) {
            keys.push(read);
        }
    }
    Ok(keys)
}

/// Keys as they are kept: `Ctrl+Shift+V`.
fn kept(keys: &KeyboardShortcut) -> String {
    prefix(keys.modifiers) + keys.logical_key.name()
}

fn read_key(text: &str) -> Option<KeyboardShortcut> {
    let mut modifiers = Modifiers::NONE;
    let mut parts = text.split('+').map(str::trim);
    let key = Key::from_name(parts.next_back()?)?;
    for part in parts {
        let flag = match part {
            "Ctrl" => &mut modifiers.command,
            "Alt" => &mut modifiers.alt,
            "Shift" => &mut modifiers.shift,
            _ => return None,
        };
        if std::mem::replace(flag, true) {
            return None;
        }
    }
    Some(KeyboardShortcut::new(modifiers, key))
}

/// Keys that were pressed, as the table has them: what is Ctrl on one keyboard is the command key on another.
pub(crate) fn pressed(key: Key, modifiers: Modifiers) -> KeyboardShortcut {
    let Modifiers { alt, shift, command, .. } = modifiers;
    KeyboardShortcut::new(Modifiers { alt, shift, command, ..Modifiers::NONE }, key)
}

fn prefix(modifiers: Modifiers) -> String {
    let held = [(modifiers.command, "Ctrl+"), (modifiers.alt, "Alt+"), (modifiers.shift, "Shift+")];
    held.into_iter().filter(|(is_held, _)| *is_held).map(|(_, name)| name).collect()
}

/// Keys as a list says them: `Ctrl+Shift+V`.
pub(crate) fn written(keys: &KeyboardShortcut) -> String {
    let name = match keys.logical_key {
        Key::Period => ".",
        Key::Backtick => "`",
        Key::Comma => ",",
        Key::Equals => "=",
        Key::ArrowLeft => "\u{2190}",
        Key::ArrowRight => "\u{2192}",
        Key::ArrowUp => "\u{2191}",
        Key::ArrowDown => "\u{2193}",
        Key::Escape => "Esc",
        key => key.name(),
    };
    prefix(keys.modifiers) + name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> KeyboardShortcut {
        read_key(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn every_key_that_the_table_has_is_kept_and_read_again() {
        let mut n = 0;
        for entry in COMMANDS {
            for keys in entry.keys {
                assert_eq!(read_key(&kept(keys)), Some(*keys), "{}", written(keys));
                let held = Modifiers { ctrl: keys.modifiers.command, ..keys.modifiers };
                assert_eq!(pressed(keys.logical_key, held), *keys);
                assert_eq!(Keymap::default().of(keys.logical_key, held), Some(entry.command));
                n += 1;
            }
        }
        assert!(n > 50, "{n}");
    }

    #[test]
    fn what_was_chosen_is_read_again() {
        let mut keymap = Keymap::default();
        keymap.give(Command::Mute, &[keys("Ctrl+B")]);
        keymap.give(Command::Delete, &[]);
        assert_eq!(keymap.keys(Command::Bypass), []);
        assert_eq!(keymap.of(Key::B, Modifiers::COMMAND), Some(Command::Mute));
        assert_eq!(
            (keymap.key(Command::Mute), keymap.key(Command::Bypass)),
            ("Ctrl+B".into(), "".into())
        );
        assert_eq!(Keymap::read(&keymap.to_json()), (keymap.clone(), Vec::new()));
        // Given back, nothing is chosen.
        keymap.give(Command::Bypass, Command::Bypass.entry().keys);
        assert_eq!(keymap.keys(Command::Mute), []);
        keymap.give(Command::Mute, Command::Mute.entry().keys);
        keymap.give(Command::Delete, Command::Delete.entry().keys);
        assert_eq!(keymap, Keymap::default());
        assert_eq!(keymap.to_json(), json!({}));
    }

    #[test]
    fn what_cannot_be_is_left_out_and_said() {
        let cases = [
            (json!([1]), 1, json!({})),
            (json!({"Fly": ["Ctrl+F"]}), 1, json!({})),
            (json!({"Save": "Ctrl+F"}), 1, json!({})),
            (json!({"Save": [3]}), 1, json!({})),
            (json!({"Save": ["Hyper+F"]}), 1, json!({})),
            (json!({"Save": ["Ctrl+Ctrl+F"]}), 1, json!({})),
            (json!({"Save": ["F13th"], "Mute": ["Alt+J"]}), 1, json!({"Mute": ["Alt+J"]})),
            // Another command has them, or the window.
            (json!({"Mute": ["Ctrl+S"]}), 1, json!({})),
            (json!({"Mute": ["Ctrl+Q"]}), 1, json!({})),
            (json!({"Mute": ["F12"], "Pin": ["F7"]}), 1, json!({"Pin": ["F7"]})),
            // It was freed for them.
            (json!({"Mute": ["Ctrl+S"], "Save": []}), 0, json!({"Mute": ["Ctrl+S"], "Save": []})),
            (json!({"Mute": ["Ctrl+M", "Ctrl+M"]}), 0, json!({})),
        ];
        for (value, n_problems, left) in cases {
            let (keymap, problems) = Keymap::read(&value);
            assert_eq!(problems.len(), n_problems, "{value}: {problems:?}");
            assert_eq!(keymap.to_json(), left, "{value}");
            assert_eq!(keymap.collision(), None, "{value}");
        }
    }

    #[test]
    fn keys_have_owners() {
        let keymap = Keymap::default();
        let of = |text: &str, but: Command| keymap.owner(&keys(text), but);
        assert_eq!(of("Ctrl+S", Command::Mute), Some(Owner::Command(Command::Save)));
        assert_eq!(of("Ctrl+S", Command::Save), None);
        assert_eq!(of("Ctrl+J", Command::Save), None);
        assert!(matches!(of("F12", Command::Save), Some(Owner::Window(_))));
        // Esc is the window's but for the command that has it.
        assert!(matches!(of("Esc", Command::Save), Some(Owner::Window(_))));
        assert_eq!(of("Esc", Command::Clear), None);
    }
}

//! Keyboard shortcuts: each feature binds its own, and the list on F1 has them all.
//!
//! Shortcuts match the letter on the key, wherever a keyboard has it.

use super::chord::Chord;
use super::shortcut::{Bound, Group, Shortcut, Shortcuts};
use super::{Aside, Page, Preferences};
use bevy::input::ButtonState;
use bevy::input::keyboard::{Key, KeyCode, KeyboardFocusLost, KeyboardInput};
use bevy::prelude::*;
use bevy_egui::input::EguiWantsInput;
use std::collections::BTreeMap;

/// The name among the preferences.
const KEYS: &str = "view_keys";

/// Keys have been looked at; what they do is done before the next set of systems.
#[derive(SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PressKeys;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Shortcuts>()
        .add_systems(Startup, take_over)
        .add_systems(Update, press.in_set(PressKeys))
        .add_systems(Update, keep.after(PressKeys));
}

/// Keys that a person chose the last time.
fn take_over(mut shortcuts: ResMut<Shortcuts>, preferences: Res<Preferences>) {
    let kept = preferences.get::<BTreeMap<String, String>>(KEYS).unwrap_or_default();
    for problem in shortcuts.read(&kept) {
        eprintln!("warning: the preference {KEYS:?}, {problem}");
    }
}

/// Keys that were changed are kept at once.
fn keep(
    shortcuts: Res<Shortcuts>,
    mut preferences: ResMut<Preferences>,
    mut last: Local<Option<BTreeMap<String, String>>>,
) {
    if !shortcuts.is_changed() {
        return;
    }
    let now = shortcuts.to_json();
    if last.replace(now.clone()).is_some_and(|last| last != now) {
        preferences.set(KEYS, now);
        preferences.write();
    }
}

/// Has a system run whenever a key is pressed.
pub(crate) fn bind<M>(
    app: &mut App,
    shortcut: Shortcut,
    system: impl IntoSystem<(), (), M> + 'static,
) {
    let system = app.register_system(system);
    let chord = Some(shortcut.chord.clone());
    let bound = Bound { shortcut, chord, system };
    app.world_mut().get_resource_or_init::<Shortcuts>().bound.push(bound);
}

/// Puts something that the mouse does into the list.
pub(crate) fn explain(app: &mut App, group: Group, name: &'static str, does: &'static str) {
    app.world_mut().get_resource_or_init::<Shortcuts>().habits.push((group, name, does));
}

/// Which keys are held that change what others mean. They are counted along with the keys, in the order in
/// which a person pressed them: in a slow picture one may be let go already.
#[derive(Default)]
struct Held {
    ctrl: bool,
    alt: bool,
    super_key: bool,
}

impl Held {
    /// Records a key; returns whether it was one of these.
    fn note(&mut self, key: &Key, is_down: bool) -> bool {
        let flag = match key {
            Key::Control => &mut self.ctrl,
            Key::Alt => &mut self.alt,
            Key::Super | Key::Meta => &mut self.super_key,
            _ => return false,
        };
        *flag = is_down;
        true
    }
}

fn press(
    mut inputs: MessageReader<KeyboardInput>,
    mut losses: MessageReader<KeyboardFocusLost>,
    egui: Res<EguiWantsInput>,
    (mut shortcuts, page, aside): (ResMut<Shortcuts>, Res<State<Page>>, Res<Aside>),
    mut held: Local<Held>,
    mut commands: Commands,
) {
    for input in inputs.read() {
        let is_down = input.state == ButtonState::Pressed;
        let is_modifier = held.note(&input.logical_key, is_down);
        // With Alt and its like they are for the window manager, which may have used them to come here.
        let is_for_others = held.alt || held.super_key || egui.wants_any_keyboard_input();
        if is_modifier || !is_down || is_for_others {
            continue;
        }
        let key = meant(&input.logical_key, input.key_code);
        if shortcuts.listens() {
            shortcuts.hear(&Chord { key, ctrl: held.ctrl });
            continue;
        }
        let is_meant = |Bound { shortcut, chord, .. }: &&Bound| {
            chord.as_ref().is_some_and(|chord| chord.is_pressed(&key, held.ctrl))
                && (shortcut.always || !aside.has_keys)
                && shortcut.page.is_none_or(|of| of == *page.get())
                && (shortcut.repeats || !input.repeat)
        };
        for bound in shortcuts.bound.iter().filter(is_meant) {
            commands.run_system(bound.system);
        }
    }
    // Their letting go is told to another window.
    if losses.read().count() > 0 {
        *held = Held::default();
    }
}

/// The key of a shortcut that is meant. On a keyboard of another script no key has these letters; there those are
/// meant that lie where they would.
fn meant(logical: &Key, place: KeyCode) -> Key {
    match logical {
        Key::Character(text) if text.is_ascii() => Chord::sign(text),
        Key::Character(_) | Key::Dead(_) | Key::Unidentified(_) => {
            latin(place).map_or(logical.clone(), |letter| Chord::sign(&letter.to_string()))
        }
        _ => logical.clone(),
    }
}

/// What is on a key of a keyboard for English.
fn latin(place: KeyCode) -> Option<char> {
    use KeyCode::{
        BracketLeft, BracketRight, Equal, KeyA, KeyB, KeyC, KeyD, KeyE, KeyF, KeyG, KeyH, KeyI,
        KeyJ, KeyK, KeyL, KeyM, KeyN, KeyO, KeyP, KeyQ, KeyR, KeyS, KeyT, KeyU, KeyV, KeyW, KeyX,
        KeyY, KeyZ, Minus,
    };
    const LETTERS: [KeyCode; 26] = [
        KeyA, KeyB, KeyC, KeyD, KeyE, KeyF, KeyG, KeyH, KeyI, KeyJ, KeyK, KeyL, KeyM, KeyN, KeyO,
        KeyP, KeyQ, KeyR, KeyS, KeyT, KeyU, KeyV, KeyW, KeyX, KeyY, KeyZ,
    ];
    match place {
        BracketLeft => Some('['),
        BracketRight => Some(']'),
        Equal => Some('='),
        Minus => Some('-'),
        _ => LETTERS.iter().zip('a'..='z').find(|(key, _)| **key == place).map(|(_, it)| it),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn character(text: &str) -> Key {
        Key::Character(text.into())
    }

    #[test]
    fn the_letter_on_a_key_counts_and_not_its_place() {
        // Where a keyboard for French has A, one for English has Q.
        assert_eq!(meant(&character("a"), KeyCode::KeyQ), character("a"));
        assert_eq!(meant(&character("A"), KeyCode::KeyQ), character("a"));
        assert_eq!(meant(&character("+"), KeyCode::BracketRight), character("="));
        assert_eq!(meant(&Key::Escape, KeyCode::Escape), Key::Escape);
    }

    #[test]
    fn on_a_keyboard_of_another_script_the_place_counts() {
        assert_eq!(meant(&character("\u{444}"), KeyCode::KeyA), character("a"));
        assert_eq!(meant(&character("\u{445}"), KeyCode::BracketLeft), character("["));
        assert_eq!(meant(&character("\u{451}"), KeyCode::Backquote), character("\u{451}"));
    }
}

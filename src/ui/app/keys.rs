//! Keyboard shortcuts: each feature binds its own, and the list on F1 has them all.
//!
//! Shortcuts match the letter on the key, wherever a keyboard has it.

use super::{Aside, Page};
use bevy::ecs::system::SystemId;
use bevy::input::ButtonState;
use bevy::input::keyboard::{Key, KeyCode, KeyboardFocusLost, KeyboardInput};
use bevy::prelude::*;
use bevy_egui::input::EguiWantsInput;

/// What the list puts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    Playback,
    View,
    Overlays,
    Poke,
}

/// A key, and what the list says of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shortcut {
    group: Group,
    key: Key,
    /// What is written on it.
    name: String,
    does: &'static str,
    /// Where it is one; none for everywhere.
    page: Option<Page>,
    /// Only with Ctrl held.
    with_ctrl: bool,
    /// Whether it does more while it is held.
    repeats: bool,
    /// Whether it is one also where the keys are for what stands beside the view.
    always: bool,
}

impl Shortcut {
    /// A key with a letter or a sign on it, for whoever watches a session.
    pub(crate) fn letter(group: Group, letter: char, does: &'static str) -> Self {
        let key = Key::Character(letter.to_lowercase().to_string().into());
        Self::key(group, key, &letter.to_string(), does)
    }

    /// The same for a key with a name on it.
    pub(crate) fn key(group: Group, key: Key, name: &str, does: &'static str) -> Self {
        let (page, with_ctrl, repeats, always) = (Some(Page::Watch), false, false, false);
        Self { group, key, name: name.to_owned(), does, page, with_ctrl, repeats, always }
    }

    /// The same only with Ctrl: what cannot be undone is not to be had by one key.
    pub(crate) fn with_ctrl(self) -> Self {
        Self { name: format!("Ctrl and {}", self.name), with_ctrl: true, ..self }
    }

    /// The same on every page.
    pub(crate) fn everywhere(self) -> Self {
        Self { page: None, ..self }
    }

    /// The same also where the keys are for what stands beside the view.
    pub(crate) fn always(self) -> Self {
        Self { always: true, ..self }
    }

    /// The same, done again and again while the key is held.
    pub(crate) fn repeating(self) -> Self {
        Self { repeats: true, ..self }
    }
}

impl Shortcut {
    /// Whether it is one with Ctrl held or not. Letters with Ctrl are other keys: Ctrl and C copies. Those with a name
    /// are the same, so that a step can be made while a body is pulled.
    fn fits(&self, ctrl: bool) -> bool {
        match (self.with_ctrl, &self.key) {
            (true, _) => ctrl,
            (false, Key::Character(_)) => !ctrl,
            (false, _) => true,
        }
    }
}

/// All there are, as they were bound.
#[derive(Resource, Default)]
pub(crate) struct Shortcuts {
    keys: Vec<(Shortcut, SystemId)>,
    /// Mouse habits: what they are called and what they do.
    habits: Vec<(Group, &'static str, &'static str)>,
}

impl Shortcuts {
    /// What they are called and what they do, by what they are for, in two columns.
    pub(crate) fn listed(&self) -> [Vec<(&'static str, Vec<(&str, &'static str)>)>; 2] {
        let of = |group: Group, name: &'static str| {
            let keys = self.keys.iter().map(|(key, _)| (key.group, key.name.as_str(), key.does));
            let all = keys.chain(self.habits.iter().copied());
            let rows = all.filter(|(of, ..)| *of == group).map(|(_, name, does)| (name, does));
            (name, rows.collect())
        };
        use Group::{Overlays, Playback, Poke, View};
        [
            vec![of(Playback, "Playback"), of(Overlays, "Overlays"), of(Poke, "Poke")],
            vec![of(View, "View")],
        ]
    }
}

/// Keys have been looked at; what they do is done before the next set of systems.
#[derive(SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PressKeys;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Shortcuts>().add_systems(Update, press.in_set(PressKeys));
}

/// Has a system run whenever a key is pressed.
pub(crate) fn bind<M>(
    app: &mut App,
    shortcut: Shortcut,
    system: impl IntoSystem<(), (), M> + 'static,
) {
    let system = app.register_system(system);
    app.world_mut().get_resource_or_init::<Shortcuts>().keys.push((shortcut, system));
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
    (shortcuts, page, aside): (Res<Shortcuts>, Res<State<Page>>, Res<Aside>),
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
        let is_meant = |shortcut: &Shortcut| {
            shortcut.key == key
                && (shortcut.always || !aside.has_keys)
                && shortcut.page.is_none_or(|of| of == *page.get())
                && shortcut.fits(held.ctrl)
                && (shortcut.repeats || !input.repeat)
        };
        for (_, system) in shortcuts.keys.iter().filter(|(shortcut, _)| is_meant(shortcut)) {
            commands.run_system(*system);
        }
    }
    // Their letting go is told to another window.
    if losses.read().count() > 0 {
        *held = Held::default();
    }
}

/// The key of a shortcut that is meant. Capitals are the same letters, and + lies with = on one key. On a
/// keyboard of another script no key has these letters; there those are meant that lie where they would.
fn meant(logical: &Key, place: KeyCode) -> Key {
    let letter = match logical {
        Key::Character(text) if text.is_ascii() => match text.as_str() {
            "+" => "=".to_owned(),
            "_" => "-".to_owned(),
            text => text.to_lowercase(),
        },
        Key::Character(_) | Key::Dead(_) | Key::Unidentified(_) => match latin(place) {
            Some(letter) => letter.to_string(),
            None => return logical.clone(),
        },
        _ => return logical.clone(),
    };
    Key::Character(letter.into())
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

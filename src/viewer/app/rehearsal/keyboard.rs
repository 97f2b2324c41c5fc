//! The keys of a person, on a keyboard for English unless it is said.

use super::Rehearsal;
use bevy::input::ButtonState;
use bevy::input::keyboard::{Key, KeyboardInput};
use bevy::prelude::*;

impl Rehearsal {
    pub(super) fn key(&mut self, key: KeyCode, state: ButtonState) {
        self.key_of(key, logical(key), state, false);
    }

    pub(super) fn key_of(
        &mut self,
        key_code: KeyCode,
        logical_key: Key,
        state: ButtonState,
        repeat: bool,
    ) {
        let window = self.window();
        let text = None;
        let input = KeyboardInput { key_code, logical_key, state, text, repeat, window };
        self.app.world_mut().write_message(input);
    }

    /// Presses a key with Ctrl held.
    pub(super) fn press_with_ctrl(&mut self, key: KeyCode) {
        self.key(KeyCode::ControlLeft, ButtonState::Pressed);
        self.press(key);
        self.key(KeyCode::ControlLeft, ButtonState::Released);
        self.pass(1);
    }

    /// Presses a key and lets it go.
    pub(super) fn press(&mut self, key: KeyCode) {
        self.key(key, ButtonState::Pressed);
        self.pass(1);
        self.key(key, ButtonState::Released);
        self.pass(1);
    }
}

/// What is on a key of a keyboard for English.
pub(super) fn logical(key: KeyCode) -> Key {
    let sign = |sign: &str| Key::Character(sign.into());
    match key {
        KeyCode::ControlLeft => Key::Control,
        KeyCode::AltLeft => Key::Alt,
        KeyCode::SuperLeft => Key::Super,
        KeyCode::Space => Key::Space,
        KeyCode::Tab => Key::Tab,
        KeyCode::Escape => Key::Escape,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::ArrowLeft => Key::ArrowLeft,
        KeyCode::ArrowRight => Key::ArrowRight,
        KeyCode::F1 => Key::F1,
        KeyCode::Equal => sign("="),
        KeyCode::Minus => sign("-"),
        KeyCode::BracketLeft => sign("["),
        KeyCode::BracketRight => sign("]"),
        // Debug names of letters are KeyA, KeyB and so on.
        letter => match format!("{letter:?}").strip_prefix("Key") {
            Some(letter) => sign(&letter.to_lowercase()),
            None => panic!("{letter:?} is not on the rehearsal's keyboard"),
        },
    }
}

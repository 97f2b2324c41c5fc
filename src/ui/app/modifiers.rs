//! Ctrl and its like count as they were held when a key was pressed.
//!
//! bevy_egui takes those that are held at the end of all input that a picture brought. In a slow picture, of a window
//! that software draws, Ctrl is often let go by then, and Ctrl+A would be A.

use bevy::input::ButtonState;
use bevy::input::keyboard::{Key, KeyboardFocusLost, KeyboardInput};
use bevy::prelude::*;
use bevy_egui::input::ModifierKeysState;
use bevy_egui::{EguiInputSet, EguiPreUpdateSet};

/// As they are at the end of the input.
#[derive(Resource, Default)]
struct Now(ModifierKeysState);

pub(super) fn plugin(app: &mut App) {
    let keys = as_typed.after(EguiInputSet::InitReading).before(EguiInputSet::FocusContext);
    let end = as_they_are.after(EguiInputSet::WriteEguiEvents);
    app.init_resource::<Now>()
        .add_systems(PreUpdate, (keys, end).in_set(EguiPreUpdateSet::ProcessInput));
}

fn as_typed(
    mut inputs: MessageReader<KeyboardInput>,
    mut losses: MessageReader<KeyboardFocusLost>,
    (mut state, mut now): (ResMut<ModifierKeysState>, ResMut<Now>),
) {
    // The window that loses the keyboard is not told of what is let go.
    let is_lost = losses.read().count() > 0;
    let before = if is_lost { ModifierKeysState::default() } else { now.0 };
    now.0 = *state;
    let inputs = inputs.read().map(|input| (&input.logical_key, input.state));
    if let Some(typed) = at_the_last_key(before, inputs) {
        *state = typed;
    }
}

fn as_they_are(mut state: ResMut<ModifierKeysState>, now: Res<Now>) {
    *state = now.0;
}

/// What was held when the last other key was pressed, if one was.
fn at_the_last_key<'k>(
    before: ModifierKeysState,
    inputs: impl Iterator<Item = (&'k Key, ButtonState)>,
) -> Option<ModifierKeysState> {
    let (mut held, mut typed) = (before, None);
    for (key, state) in inputs {
        let is_down = state == ButtonState::Pressed;
        match key {
            Key::Shift => held.shift = is_down,
            Key::Control => held.ctrl = is_down,
            Key::Alt => held.alt = is_down,
            Key::Super | Key::Meta => held.win = is_down,
            _ if is_down => typed = Some(held),
            _ => {}
        }
    }
    typed
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy_egui::input::write_modifiers_keys_state_system;

    /// What egui would be told in each picture, by the keys that it brought: `+` of one that is pressed.
    fn told(pictures: &[&[&str]]) -> Vec<(bool, bool)> {
        #[derive(Resource, Default)]
        struct Told(Vec<(bool, bool)>);
        let mut app = App::new();
        app.add_message::<KeyboardInput>()
            .add_message::<KeyboardFocusLost>()
            .init_resource::<ModifierKeysState>()
            .init_resource::<Told>()
            .configure_sets(
                PreUpdate,
                (
                    EguiInputSet::InitReading,
                    EguiInputSet::FocusContext,
                    EguiInputSet::ReadBevyMessages,
                    EguiInputSet::WriteEguiEvents,
                )
                    .chain(),
            )
            .add_plugins(plugin)
            .add_systems(
                PreUpdate,
                (
                    write_modifiers_keys_state_system.in_set(EguiInputSet::InitReading),
                    (|state: Res<ModifierKeysState>, mut told: ResMut<Told>| {
                        told.0.push((state.ctrl, state.shift));
                    })
                    .in_set(EguiInputSet::ReadBevyMessages),
                ),
            );
        for keys in pictures {
            for key in *keys {
                let state = match key.starts_with('+') {
                    true => ButtonState::Pressed,
                    false => ButtonState::Released,
                };
                let logical_key = match &key[1..] {
                    "Ctrl" => Key::Control,
                    "Shift" => Key::Shift,
                    letter => Key::Character(letter.into()),
                };
                let key_code = KeyCode::KeyA;
                let window = Entity::PLACEHOLDER;
                let (text, repeat) = (None, false);
                let input = KeyboardInput { key_code, logical_key, state, text, repeat, window };
                app.world_mut().write_message(input);
            }
            app.update();
        }
        app.world_mut().remove_resource::<Told>().unwrap_or_default().0
    }

    #[test]
    fn ctrl_counts_as_it_was_held_when_the_key_was_pressed() {
        let (none, ctrl, shift) = ((false, false), (true, false), (false, true));
        // All in one picture, and what was held is held no longer in the next.
        let quick = ["+Ctrl", "+a", "-a", "-Ctrl"];
        assert_eq!(told(&[&quick, &["+b", "-b"]]), [ctrl, none]);
        // Over several pictures.
        assert_eq!(told(&[&["+Ctrl"], &["+a"], &["-a"], &["-Ctrl"]]), [ctrl, ctrl, ctrl, none]);
        // Held before, and pressed after.
        assert_eq!(told(&[&["+Shift"], &["+a", "-Shift", "+Ctrl"], &[]]), [shift, shift, ctrl]);
        assert_eq!(told(&[&["+a", "-a", "+Ctrl"], &["-Ctrl"]]), [none, none]);
    }
}

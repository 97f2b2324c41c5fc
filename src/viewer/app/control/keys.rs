//! Keyboard shortcuts, after MuJoCo's `simulate` where it has one.

use super::super::camera::Follow;
use super::super::live::{Live, Watched};
use super::super::props::Throwing;
use super::Control;
use bevy::prelude::*;
use bevy::render::view::screenshot::{Screenshot, save_to_disk};
use bevy_egui::input::egui_wants_any_keyboard_input;
use std::path::PathBuf;

use Group::{Overlays, Playback, Poke, View};

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    PlayPause,
    Step,
    StepBack,
    Reset,
    Faster,
    Slower,
    ToggleRender,
    TogglePanel,
    ToggleTimeline,
    ToggleFollow,
    ToggleOrbit,
    NextEnvironment,
    PreviousEnvironment,
    Deselect,
    Joints,
    Frames,
    Masses,
    Contacts,
    Inertia,
    Trails,
    Tint,
    Theme,
    Inspect,
    Adjust,
    Colliders,
    ThrowBox,
    ThrowBall,
    NextPolicy,
    ActOtherwise,
    Help,
    Picture,
    Quit,
}

/// What the help puts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Playback,
    View,
    Overlays,
    Poke,
}

/// Keys, what the help calls them, and what they do.
const KEYS: [(Group, KeyCode, &str, &str, Action); 32] = [
    (Playback, KeyCode::Space, "Space", "play or pause", Action::PlayPause),
    (Playback, KeyCode::ArrowRight, "Right", "pause; one step", Action::Step),
    (Playback, KeyCode::ArrowLeft, "Left", "pause; one step back", Action::StepBack),
    (Playback, KeyCode::Equal, "=", "faster", Action::Faster),
    (Playback, KeyCode::Minus, "-", "slower", Action::Slower),
    (Playback, KeyCode::Backspace, "Backspace", "end the episode of one or of all", Action::Reset),
    (Playback, KeyCode::KeyP, "P", "play the next checkpoint's policy", Action::NextPolicy),
    (Playback, KeyCode::KeyD, "D", "its draws, its mean, or random actions", Action::ActOtherwise),
    (View, KeyCode::KeyR, "R", "3D view on or off", Action::ToggleRender),
    (View, KeyCode::Tab, "Tab", "panel on or off", Action::TogglePanel),
    (View, KeyCode::KeyH, "H", "timeline of the last seconds", Action::ToggleTimeline),
    (View, KeyCode::KeyK, "K", "inspector of bodies, joints, geoms", Action::Inspect),
    (View, KeyCode::KeyA, "A", "settings of a training", Action::Adjust),
    (View, KeyCode::KeyF, "F", "follow what travels, or stay", Action::ToggleFollow),
    (View, KeyCode::KeyO, "O", "turn the camera slowly", Action::ToggleOrbit),
    (View, KeyCode::BracketRight, "]", "select the next environment", Action::NextEnvironment),
    (View, KeyCode::BracketLeft, "[", "select the previous one", Action::PreviousEnvironment),
    (View, KeyCode::Escape, "Esc", "deselect", Action::Deselect),
    (View, KeyCode::KeyL, "L", "light or dark panels", Action::Theme),
    (Overlays, KeyCode::KeyJ, "J", "joint axes", Action::Joints),
    (Overlays, KeyCode::KeyE, "E", "frames of bodies", Action::Frames),
    (Overlays, KeyCode::KeyM, "M", "centre of mass", Action::Masses),
    (Overlays, KeyCode::KeyC, "C", "contacts and their forces", Action::Contacts),
    (Overlays, KeyCode::KeyI, "I", "boxes of equal inertia", Action::Inertia),
    (Overlays, KeyCode::KeyT, "T", "trails", Action::Trails),
    (Overlays, KeyCode::KeyV, "V", "colours by return", Action::Tint),
    (Overlays, KeyCode::KeyG, "G", "shapes as Rapier has them", Action::Colliders),
    (Poke, KeyCode::KeyB, "B", "throw a box (--physics rapier)", Action::ThrowBox),
    (Poke, KeyCode::KeyN, "N", "throw a ball", Action::ThrowBall),
    (View, KeyCode::F1, "F1", "this list", Action::Help),
    (View, KeyCode::F12, "F12", "save a picture", Action::Picture),
    (View, KeyCode::KeyQ, "Ctrl and Q", "close; a training is saved", Action::Quit),
];

/// Mouse habits, for the help.
const MOUSE: [(Group, &str, &str); 6] = [
    (View, "left drag", "turn the camera"),
    (View, "right drag", "move the camera"),
    (View, "wheel", "nearer or farther"),
    (View, "double-click", "select an environment"),
    (Poke, "Ctrl, right drag", "pull a body"),
    (Poke, "Ctrl, left drag", "turn a body"),
];

/// Shortcuts by what they are for, in two columns: what they are called and what they do.
pub(in crate::viewer::app) fn shortcuts()
-> [Vec<(&'static str, Vec<(&'static str, &'static str)>)>; 2] {
    let of = |group: Group, name: &'static str| {
        let keys = KEYS.iter().map(|&(of, _, name, does, _)| (of, name, does)).chain(MOUSE);
        let rows = keys.filter(|(of, ..)| *of == group).map(|(_, name, does)| (name, does));
        (name, rows.collect())
    };
    [
        vec![of(Playback, "Playback"), of(Overlays, "Overlays"), of(Poke, "Poke")],
        vec![of(View, "View")],
    ]
}

/// With these held no key is a shortcut.
const OTHERS: [KeyCode; 4] =
    [KeyCode::AltLeft, KeyCode::AltRight, KeyCode::SuperLeft, KeyCode::SuperRight];

pub(super) fn plugin(app: &mut App) {
    // A step that is asked for by a key feels the pull of the same picture.
    let press = press.run_if(not(egui_wants_any_keyboard_input));
    app.add_systems(Update, press.after(super::poke::poke));
}

fn press(
    keys: Res<ButtonInput<KeyCode>>,
    mut live: ResMut<Live>,
    watched: Res<Watched>,
    mut control: ResMut<Control>,
    mut follows: Query<&mut Follow>,
    mut throwing: MessageWriter<Throwing>,
    mut exit: MessageWriter<AppExit>,
    mut commands: Commands,
) {
    // Those are for the window manager, which may have used them to come here.
    if OTHERS.into_iter().any(|key| was_held(&keys, key)) {
        return;
    }
    for (_, key, _, _, action) in KEYS {
        if !keys.just_pressed(key) || (action == Action::Quit && !has_ctrl(&keys)) {
            continue;
        }
        let n_envs = live.envs.len().max(1);
        match action {
            Action::PlayPause => control.play_or_pause(),
            Action::Step => control.step(&live),
            Action::StepBack => control.step_back(&live),
            Action::Reset => live.reset(control.selected),
            Action::Faster => control.speed = control.speed.faster(),
            Action::Slower => control.speed = control.speed.slower(),
            Action::ToggleRender => control.renders = !control.renders,
            Action::TogglePanel => control.shows_panel = !control.shows_panel,
            Action::ToggleTimeline => control.shows_timeline = !control.shows_timeline,
            Action::ToggleFollow => {
                follows.iter_mut().for_each(|mut follow| follow.enabled = !follow.enabled);
            }
            Action::ToggleOrbit => control.orbits = !control.orbits,
            Action::NextEnvironment => {
                control.selected = Some(control.selected.map_or(0, |env| (env + 1) % n_envs));
            }
            Action::PreviousEnvironment => {
                let before = |env: usize| (env + n_envs - 1) % n_envs;
                control.selected = Some(control.selected.map_or(n_envs - 1, before));
            }
            Action::Deselect => control.selected = None,
            Action::Joints => flip(&mut control.overlays.joints),
            Action::Frames => flip(&mut control.overlays.frames),
            Action::Masses => flip(&mut control.overlays.masses),
            Action::Contacts => flip(&mut control.overlays.contacts),
            Action::Inertia => flip(&mut control.overlays.inertia),
            Action::Trails => flip(&mut control.overlays.trails),
            Action::Tint => control.tints = !control.tints,
            Action::Theme => control.light = !control.light,
            Action::Inspect => control.inspects = !control.inspects,
            Action::Adjust => control.adjusts = !control.adjusts,
            Action::Colliders => flip(&mut control.overlays.colliders),
            Action::ThrowBox => {
                throwing.write(Throwing::Box);
            }
            Action::ThrowBall => {
                throwing.write(Throwing::Ball);
            }
            Action::NextPolicy => control.next_policy(&mut live, watched.0.kind),
            Action::ActOtherwise => control.act_otherwise(),
            Action::Quit => {
                exit.write(AppExit::Success);
            }
            Action::Help => control.shows_help = !control.shows_help,
            Action::Picture => {
                commands.spawn(Screenshot::primary_window()).observe(save_to_disk(free_name()));
            }
        }
    }
}

fn has_ctrl(keys: &ButtonInput<KeyCode>) -> bool {
    [KeyCode::ControlLeft, KeyCode::ControlRight].into_iter().any(|key| was_held(keys, key))
}

/// Whether a key was held at any time since the last picture: in a slow one it may be let go already.
fn was_held(keys: &ButtonInput<KeyCode>, key: KeyCode) -> bool {
    keys.pressed(key) || keys.just_pressed(key) || keys.just_released(key)
}

fn flip(flag: &mut bool) {
    *flag = !*flag;
}

/// A name for a picture that no file has.
fn free_name() -> PathBuf {
    let name = |number: u32| PathBuf::from(format!("dnne-{number}.png"));
    (1..).map(name).find(|path| !path.exists()).unwrap_or_else(|| name(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_leaves_nothing_out() {
        let rows = shortcuts().into_iter().flatten().map(|(_, rows)| rows.len());
        assert_eq!(rows.sum::<usize>(), KEYS.len() + MOUSE.len());
    }

    #[test]
    fn no_key_and_no_action_stands_twice() {
        for (i, (_, key, name, _, action)) in KEYS.iter().enumerate() {
            for (_, other_key, other_name, _, other_action) in &KEYS[..i] {
                assert!(key != other_key && name != other_name && action != other_action, "{name}");
            }
        }
    }
}

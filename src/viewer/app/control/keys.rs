//! Keyboard shortcuts, after MuJoCo's `simulate` where it has one.

use super::super::camera::Follow;
use super::super::live::{Live, Watched};
use super::super::props::Throwing;
use super::Control;
use super::poke::pokes;
use bevy::prelude::*;
use bevy::render::view::screenshot::{Screenshot, save_to_disk};
use bevy_egui::input::egui_wants_any_keyboard_input;
use std::path::PathBuf;

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

/// Keys, what the help calls them, and what they do.
const KEYS: [(KeyCode, &str, &str, Action); 32] = [
    (KeyCode::Space, "Space", "play or pause", Action::PlayPause),
    (KeyCode::ArrowRight, "Right", "pause; one step", Action::Step),
    (KeyCode::ArrowLeft, "Left", "pause; one step back in what was shown", Action::StepBack),
    (
        KeyCode::Backspace,
        "Backspace",
        "end the episode of the selected environment, or of all",
        Action::Reset,
    ),
    (KeyCode::Equal, "=", "faster", Action::Faster),
    (KeyCode::Minus, "-", "slower", Action::Slower),
    (
        KeyCode::KeyR,
        "R",
        "3D view on or off; off leaves the processor to the session",
        Action::ToggleRender,
    ),
    (KeyCode::Tab, "Tab", "panel on or off", Action::TogglePanel),
    (KeyCode::KeyH, "H", "timeline of the last seconds on or off", Action::ToggleTimeline),
    (KeyCode::KeyF, "F", "follow what travels, or stay", Action::ToggleFollow),
    (KeyCode::KeyO, "O", "turn the camera slowly", Action::ToggleOrbit),
    (KeyCode::BracketRight, "]", "select the next environment", Action::NextEnvironment),
    (KeyCode::BracketLeft, "[", "select the previous environment", Action::PreviousEnvironment),
    (KeyCode::Escape, "Esc", "deselect", Action::Deselect),
    (KeyCode::KeyJ, "J", "joint axes", Action::Joints),
    (KeyCode::KeyE, "E", "frames of bodies", Action::Frames),
    (KeyCode::KeyM, "M", "centre of mass", Action::Masses),
    (KeyCode::KeyC, "C", "contacts and their forces", Action::Contacts),
    (KeyCode::KeyI, "I", "boxes of equal inertia", Action::Inertia),
    (KeyCode::KeyT, "T", "trails", Action::Trails),
    (KeyCode::KeyV, "V", "colour environments by return", Action::Tint),
    (KeyCode::KeyK, "K", "inspector of bodies, joints and geoms", Action::Inspect),
    (KeyCode::KeyA, "A", "settings that can be moved while training", Action::Adjust),
    (KeyCode::KeyL, "L", "light or dark panels", Action::Theme),
    (KeyCode::KeyG, "G", "shapes as Rapier has them", Action::Colliders),
    (
        KeyCode::KeyB,
        "B",
        "throw a box where the mouse points (with --physics rapier)",
        Action::ThrowBox,
    ),
    (KeyCode::KeyN, "N", "throw a ball", Action::ThrowBall),
    (KeyCode::KeyP, "P", "play the next checkpoint's policy", Action::NextPolicy),
    (
        KeyCode::KeyD,
        "D",
        "play the policy's draws, its mean action, or random actions",
        Action::ActOtherwise,
    ),
    (KeyCode::F1, "F1", "this list", Action::Help),
    (KeyCode::F12, "F12", "save a picture", Action::Picture),
    (KeyCode::KeyQ, "Ctrl and Q", "close; a training is saved", Action::Quit),
];

/// Mouse habits, for the help.
const MOUSE: [(&str, &str); 6] = [
    ("left drag", "turn the camera"),
    ("right drag", "move the camera"),
    ("wheel", "nearer or farther"),
    ("double-click", "select an environment"),
    ("Ctrl and right drag", "pull a body"),
    ("Ctrl and left drag", "turn a body"),
];

/// All shortcuts: what they are called and what they do.
pub(in crate::viewer::app) const SHORTCUTS: fn() -> Vec<(&'static str, &'static str)> =
    || KEYS.iter().map(|&(_, name, does, _)| (name, does)).chain(MOUSE).collect();

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, press.run_if(not(egui_wants_any_keyboard_input)));
}

fn press(
    keys: Res<ButtonInput<KeyCode>>,
    live: Res<Live>,
    watched: Res<Watched>,
    mut control: ResMut<Control>,
    mut follows: Query<&mut Follow>,
    mut throwing: MessageWriter<Throwing>,
    mut exit: MessageWriter<AppExit>,
    mut commands: Commands,
) {
    for (key, _, _, action) in KEYS {
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
            Action::NextPolicy => {
                let show = &watched.0;
                if let Some(now) = control.policy(show) {
                    control.play_policy((now + 1) % show.checkpoints.len(), show, &live);
                }
            }
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

/// Whether Ctrl was held at any time since the last picture: in a slow one it may be let go already.
fn has_ctrl(keys: &ButtonInput<KeyCode>) -> bool {
    let ctrl = [KeyCode::ControlLeft, KeyCode::ControlRight];
    pokes(keys) || keys.any_just_pressed(ctrl) || keys.any_just_released(ctrl)
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
    fn no_key_and_no_action_stands_twice() {
        for (i, (key, name, _, action)) in KEYS.iter().enumerate() {
            for (other_key, other_name, _, other_action) in &KEYS[..i] {
                assert!(key != other_key && name != other_name && action != other_action, "{name}");
            }
        }
    }
}

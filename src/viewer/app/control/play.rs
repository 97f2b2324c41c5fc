//! The keys that play a session.

use super::super::super::window_options::SessionKind;
use super::super::live::{Live, Playback, Watched};
use super::super::stage::Selection;
use crate::ui::{Group, Shortcut, bind};
use bevy::input::keyboard::Key;
use bevy::prelude::*;

pub(super) fn plugin(app: &mut App) {
    let letter = |letter, does| Shortcut::letter(Group::Playback, letter, does);
    let key = |key, does| Shortcut::key(Group::Playback, key, does);
    bind(app, key(Key::Space, "play or pause"), |mut playback: ResMut<Playback>| {
        playback.play_or_pause();
    });
    let step = key(Key::ArrowRight, "pause; one step").repeating();
    bind(app, step, |mut playback: ResMut<Playback>, live: Res<Live>| playback.step(&live));
    let step_back = key(Key::ArrowLeft, "pause; one step back").repeating();
    bind(app, step_back, |mut playback: ResMut<Playback>, live: Res<Live>| {
        playback.step_back(&live);
    });
    bind(app, letter('=', "faster").repeating(), |mut playback: ResMut<Playback>| {
        playback.speed = playback.speed.faster();
    });
    bind(app, letter('-', "slower").repeating(), |mut playback: ResMut<Playback>| {
        playback.speed = playback.speed.slower();
    });
    let reset = key(Key::Backspace, "end the episode of one or of all").with_ctrl();
    bind(app, reset, |live: Res<Live>, selection: Res<Selection>| live.reset(selection.env));
    bind(
        app,
        letter('P', "play the next checkpoint's policy"),
        |mut playback: ResMut<Playback>, mut live: ResMut<Live>, watched: Res<Watched>| {
            playback.next_policy(&mut live, watched.0.kind);
        },
    );
    let act = letter('D', "sampled, mean or random actions");
    bind(
        app,
        act,
        |mut playback: ResMut<Playback>, mut live: ResMut<Live>, watched: Res<Watched>| {
            match watched.0.kind {
                SessionKind::Looking => live.drive_otherwise(),
                SessionKind::Training | SessionKind::Playing { .. } => playback.act_otherwise(),
            }
        },
    );
}

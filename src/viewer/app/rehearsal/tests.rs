//! What a person does at the window, and what is to come of it.

mod counts;
mod hands;
mod looks;
mod sessions;
mod window;

use super::super::camera::View;
use super::super::live::Curves;
use super::*;
use crate::nodes::CheckpointRequest;
use crate::rapier::Rapier;

/// Every panel, overlay and mode, as a person sees it who works through them by keys and mouse.
#[test]
fn the_window_shows_what_it_is_asked_for() {
    let Some(mut it) = Rehearsal::new("Ant", 4, PLAYING) else { return };
    it.step(6);
    it.looks_like("play");
    assert_eq!(it.selection().env, None);
    let torso = it.place_of(1, 1);
    it.double_click(torso);
    assert_eq!((it.selection().env, it.selection().body), (Some(1), Some(1)));
    it.pass(20);
    it.looks_like("selected");
    for (key, name) in [
        (KeyCode::KeyJ, "joints"),
        (KeyCode::KeyE, "frames"),
        (KeyCode::KeyM, "masses"),
        (KeyCode::KeyC, "contacts"),
        (KeyCode::KeyI, "inertia"),
        (KeyCode::KeyG, "colliders"),
    ] {
        it.press(key);
        it.looks_like(name);
        it.press(key);
    }
    it.step(12);
    it.press(KeyCode::KeyK);
    it.looks_like("inspector");
    it.press(KeyCode::KeyK);
    it.press(KeyCode::KeyH);
    it.press(KeyCode::ArrowLeft);
    it.press(KeyCode::ArrowLeft);
    assert_eq!(it.playback().back, 2);
    it.looks_like("timeline");
    it.press(KeyCode::KeyH);
    it.press(KeyCode::Escape);
    it.press(KeyCode::KeyV);
    it.pass(10);
    it.looks_like("returns");
    it.press(KeyCode::KeyV);
    it.press(KeyCode::KeyL);
    it.press(KeyCode::F1);
    it.looks_like("help_light");
    it.press(KeyCode::F1);
    it.press(KeyCode::KeyR);
    assert!(!it.get::<View>().renders);
    it.looks_like("render_off");
}

/// Where software draws the window: plainer, and still the same robots, ground, shadows and sky.
#[test]
fn a_draft_shows_the_same() {
    let play = Play { quality: Quality::Draft, ..Play::new("Ant", 4, PLAYING) };
    let Some(mut it) = Rehearsal::of(play) else { return };
    it.step(6);
    it.looks_like("draft");
}

#[test]
fn a_training_shows_its_curves() {
    let Some(mut it) = Rehearsal::new("Cartpole", 9, SessionKind::Training) else { return };
    it.step(3);
    it.looks_like("training");
    it.press(KeyCode::KeyA);
    it.looks_like("adjust");
    it.live().set("entropy_coef", 0.125);
    it.live().set("gamma", 7.0);
    let value = |it: &Rehearsal| {
        it.live().settings().iter().find_map(|setting| {
            (setting.name == "entropy_coef" && setting.by_hand).then_some(setting.value)
        })
    };
    it.until("the setting is moved", |it| {
        value(it) == Some(0.125) && it.live().error_message.is_some()
    });
    let error_message = it.live().error_message.clone().unwrap_or_default();
    assert!(error_message.contains("gamma"), "{error_message}");
}

/// With the 3D view off no frames come, and yet it is to be seen how far the training is.
#[test]
fn a_training_without_its_3d_view_says_how_far_it_is() {
    let Some(mut it) = Rehearsal::new("Cartpole", 9, SessionKind::Training) else { return };
    it.press(KeyCode::KeyR);
    it.looks_like("training_no_3d");
    let n_rows = |it: &Rehearsal| it.app.world().resource::<Curves>().n_rows;
    let before = n_rows(&it);
    it.press(KeyCode::Space);
    it.until("two updates", |it| n_rows(it) >= before + 2);
    let reached = it.live().reached(it.app.world().resource::<Curves>());
    // One frame may have been on its way.
    assert_eq!(it.live().progress.updates, 0);
    assert!(reached.updates >= 2 && reached.steps >= 2 * 9 * 16, "{reached:?}");
}

/// A policy that plays keeps to the clock also with the 3D view off, and the panels go along.
#[test]
fn a_policy_without_its_3d_view_plays_on() {
    let Some(mut it) = Rehearsal::new("Cartpole", 2, PLAYING) else { return };
    it.press(KeyCode::KeyR);
    it.press(KeyCode::Space);
    let before = it.progress();
    it.until("five steps", |it| it.progress() >= before + 5);
}

#[test]
fn episodes_begin_anew_when_they_are_told_to() {
    let Some(mut it) = Rehearsal::new("Cartpole", 3, PLAYING) else { return };
    it.step(4);
    let episodes = |it: &Rehearsal| it.live().envs.iter().map(|e| e.episode).collect::<Vec<_>>();
    let before = episodes(&it);
    it.press(KeyCode::BracketRight);
    it.press(KeyCode::BracketRight);
    assert_eq!(it.selection().env, Some(1));
    // Not by a key alone: it cannot be undone.
    it.press(KeyCode::Backspace);
    it.step(1);
    assert_eq!(episodes(&it), before);
    it.press_with_ctrl(KeyCode::Backspace);
    it.step(1);
    assert_eq!(episodes(&it), [before[0], before[1] + 1, before[2]]);
    it.press(KeyCode::KeyN);
    it.until("a complaint", |it| it.live().error_message.is_some());
    let error_message = it.live().error_message.clone().unwrap_or_default();
    assert!(error_message.contains("--physics rapier"), "{error_message}");
    it.press(KeyCode::Escape);
    it.press_with_ctrl(KeyCode::Backspace);
    it.step(1);
    assert_eq!(episodes(&it), [before[0] + 1, before[1] + 2, before[2] + 1]);
}

/// Ctrl and a drag by the right button: the body follows the mouse, and the spring is drawn; so is the
/// body's trail.
#[test]
fn a_body_that_is_dragged_comes_along() {
    let Some(mut it) = Rehearsal::new("Ant", 1, PLAYING) else { return };
    it.press(KeyCode::KeyT);
    it.step(5);
    let (place, before) = (it.place_of(0, 1), it.live().envs[0].qpos.clone());
    it.point_at(place);
    it.key(KeyCode::ControlLeft, ButtonState::Pressed);
    it.pass(1);
    it.button(MouseButton::Right, ButtonState::Pressed);
    it.point_at(place + Vec2::new(120.0, -260.0));
    it.step(24);
    it.looks_like("poke");
    let lifted = it.live().envs[0].qpos[2] - before[2];
    assert!(lifted > 0.1, "lifted by {lifted} m");
    it.button(MouseButton::Right, ButtonState::Released);
    it.key(KeyCode::ControlLeft, ButtonState::Released);
    it.step(1);
}

/// By the left button the body turns, and the camera does not.
#[test]
fn a_body_that_is_turned_comes_round() {
    let Some(mut it) = Rehearsal::new("Ant", 1, PLAYING) else { return };
    it.step(5);
    let place = it.place_of(0, 1);
    // Twice the angle about the vertical that a quaternion's w and z say.
    let yaw = |it: &Rehearsal| {
        let qpos = &it.live().envs[0].qpos;
        2.0 * qpos[6].atan2(qpos[3])
    };
    let before = yaw(&it);
    it.point_at(place);
    it.key(KeyCode::ControlLeft, ButtonState::Pressed);
    it.pass(1);
    it.button(MouseButton::Left, ButtonState::Pressed);
    it.point_at(place + Vec2::new(120.0, 0.0));
    it.step(40);
    it.looks_like("turn");
    let turned = yaw(&it) - before;
    assert!((0.2..1.0).contains(&turned), "turned by {turned} rad");
    it.button(MouseButton::Left, ButtonState::Released);
    it.key(KeyCode::ControlLeft, ButtonState::Released);
    it.step(1);
}

/// In Rapier: what is thrown flies, is drawn, and hits.
#[test]
fn things_are_thrown_where_rapier_moves_the_bodies() {
    let engine: Option<Arc<dyn EngineKind>> = Some(Arc::new(Rapier));
    let play = Play { engine, ..Play::new("Ant", 1, PLAYING) };
    let Some(mut it) = Rehearsal::of(play) else { return };
    it.step(40);
    let place = it.place_of(0, 1);
    it.point_at(place);
    let x_and_y = |it: &Rehearsal| Vec2::from_slice(&it.live().envs[0].qpos);
    let before = x_and_y(&it);
    it.step(10);
    let drift = x_and_y(&it).distance(before);
    assert!(drift < 0.005, "it stands, but for {drift} m");
    it.press(KeyCode::KeyB);
    it.step(10);
    it.press(KeyCode::KeyN);
    it.step(12);
    assert_eq!(it.live().envs[0].props.len(), 2);
    it.looks_like("thrown");
    it.step(20);
    let moved = x_and_y(&it).distance(before);
    assert!(moved > 0.02, "hit, it moved by {moved} m");
}

/// Checkpoints' policies one after the other, and what the policy does, by keys.
#[test]
fn another_policy_plays_when_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let play = Play::new("Cartpole", 1, SessionKind::Training);
    let mut session = play.session();
    let checkpoints: Vec<CheckpointInfo> = (0..2)
        .map(|i| {
            (0..16).for_each(|_| assert!(session.tick().is_ok()));
            let request = CheckpointRequest {
                node: "session".to_owned(),
                trigger: "test".to_owned(),
                best: None,
                folder: Some(folder.path().join(i.to_string())),
                keep: None,
                model: None,
            };
            CheckpointInfo::open(&session.save_checkpoint(&request).unwrap().unwrap()).unwrap()
        })
        .collect();
    let play = Play { checkpoints, ..Play::new("Cartpole", 1, PLAYING) };
    let Some(mut it) = Rehearsal::of(play) else { return };
    let action_mode = [ActionMode::Random, ActionMode::Sampled, ActionMode::Mean];
    assert_eq!(it.playback().action_mode, action_mode[2]);
    for expected in action_mode {
        it.press(KeyCode::KeyD);
        assert_eq!(it.playback().action_mode, expected);
        it.step(1);
    }
    for expected in [0, 1, 0] {
        it.press(KeyCode::KeyP);
        assert_eq!(it.playback().policy(it.live()), Some(expected));
        it.step(1);
    }
    assert_eq!(it.live().error_message, None);
    it.looks_like("policies");
}

/// A training goes on while its policy's mean action is shown beside it, and is on show again afterwards.
#[test]
fn a_training_shows_what_its_policy_would_do_otherwise() {
    let Some(mut it) = Rehearsal::new("Cartpole", 4, SessionKind::Training) else { return };
    let progress = |it: &Rehearsal| (it.live().envs[0].progress, it.live().progress.steps);
    it.step(4);
    assert_eq!(progress(&it), (4, 16));
    it.press(KeyCode::KeyD);
    it.step(3);
    assert_eq!((it.playback().action_mode, progress(&it)), (ActionMode::Mean, (3, 28)));
    it.looks_like("beside");
    for _ in 0..2 {
        it.press(KeyCode::KeyD);
    }
    it.step(1);
    assert_eq!((it.playback().action_mode, progress(&it)), (ActionMode::Sampled, (8, 32)));
    assert_eq!(it.live().error_message, None);
}

#[test]
fn speed_and_pause_follow_the_keys() {
    let Some(mut it) = Rehearsal::new("Cartpole", 2, PLAYING) else { return };
    it.press(KeyCode::Space);
    assert!(!it.playback().paused);
    let before = it.progress();
    it.until("five steps", |it| it.progress() >= before + 5);
    it.press(KeyCode::Space);
    it.pass(4);
    let paused = it.progress();
    it.pass(6);
    assert_eq!(it.progress(), paused);
    let speed = it.playback().speed;
    it.press(KeyCode::Minus);
    assert_ne!(it.playback().speed, speed);
    it.press(KeyCode::Equal);
    assert_eq!(it.playback().speed, speed);
}

//! What the mouse and the keyboard are for: the 3D view, or what is beside it.

use super::super::super::overlay::Overlays;
use super::super::super::panels::Open;
use super::super::super::stage::{Layout, Poses};
use super::super::keyboard::logical;
use super::*;
use crate::ui::Shortcuts;
use bevy::input::keyboard::Key;
use bevy::input::mouse::{MouseScrollUnit, MouseWheel};
use bevy::input::touch::TouchPhase;

/// In the panel, and a place in the view where nothing is but sky.
const IN_PANEL: Vec2 = Vec2::new(1_100.0, 130.0);
const IN_VIEW: Vec2 = Vec2::new(300.0, 60.0);

fn wheel(it: &mut Rehearsal) {
    let window = it.window();
    it.app.world_mut().write_message(MouseWheel {
        unit: MouseScrollUnit::Line,
        x: 0.0,
        y: 3.0,
        window,
        phase: TouchPhase::Moved,
    });
    it.pass(1);
}

fn drag(it: &mut Rehearsal, from: Vec2, to: Vec2) {
    it.point_at(from);
    it.button(MouseButton::Left, ButtonState::Pressed);
    it.point_at(to);
    it.button(MouseButton::Left, ButtonState::Released);
}

/// Clicks, drags and the wheel over a panel are for the panel.
#[test]
fn the_mouse_over_a_panel_leaves_the_view_alone() {
    let Some(mut it) = Rehearsal::new("Ant", 2, PLAYING) else { return };
    it.step(2);
    let torso = it.place_of(1, 1);
    it.double_click(torso);
    assert_eq!(it.selection().env, Some(1));
    // The camera has arrived there.
    it.pass(12);
    let seen = |it: &mut Rehearsal| {
        let rig = it.rig();
        (rig.azimuth, rig.elevation, rig.distance)
    };
    let before = seen(&mut it);
    it.double_click(IN_PANEL);
    assert_eq!(it.selection().env, Some(1), "two clicks on a button are no double-click");
    wheel(&mut it);
    drag(&mut it, IN_PANEL, IN_PANEL + Vec2::new(60.0, 200.0));
    // Begun in the panel, it does not become one of the view on its way.
    drag(&mut it, IN_PANEL, IN_VIEW);
    assert_eq!(seen(&mut it), before);
    // And over the view all of them do something.
    it.point_at(IN_VIEW);
    wheel(&mut it);
    let nearer = seen(&mut it);
    assert!(nearer.2 < before.2, "{nearer:?}");
    // One that begins in the view goes on over the panel.
    drag(&mut it, IN_VIEW, IN_PANEL);
    assert_ne!(seen(&mut it).0, before.0);
    it.double_click(IN_VIEW);
    assert_eq!(it.selection().env, None);
}

/// Each robot stays in its place of the grid, and can be chosen there; without that it is where it has come to.
#[test]
fn robots_are_kept_apart() {
    let Some(mut it) = Rehearsal::new("Ant", 4, PLAYING) else { return };
    it.step(20);
    let away = |it: &Rehearsal| {
        let (layout, poses) = (it.get::<Layout>(), it.get::<Poses>());
        let traveller = layout.traveller.unwrap();
        let away =
            |env: usize| layout.offsets[env] + poses.0[env][traveller].pos - layout.grid[env];
        let away: Vec<f32> = (0..4).map(|env| away(env).truncate().length()).collect();
        away.into_iter().fold(0.0, f32::max)
    };
    let before = away(&it);
    it.press(KeyCode::KeyU);
    it.pass(1);
    assert!(before > 1e-3 && away(&it) < 1e-5, "{before} m, then {} m", away(&it));
    let torso = it.place_of(3, 1);
    it.double_click(torso);
    assert_eq!((it.selection().env, it.selection().body), (Some(3), Some(1)));
    it.step(1);
    assert!(away(&it) < 1e-5);
    it.press(KeyCode::KeyU);
    it.pass(1);
    assert!(away(&it) > 1e-3);
}

/// What is behind a window over the view is not pulled through it.
#[test]
fn a_body_behind_a_window_stays() {
    let Some(mut it) = Rehearsal::new("Ant", 1, PLAYING) else { return };
    it.step(5);
    let lifted = |it: &mut Rehearsal| {
        let (place, before) = (it.place_of(0, 1), it.live().envs[0].qpos[2]);
        it.point_at(place);
        let world = it.app.world_mut();
        let context = world.query_filtered::<Entity, With<EguiContext>>().single(world).unwrap();
        let event = egui::Event::PointerMoved(egui::pos2(place.x, place.y));
        it.app.world_mut().write_message(EguiInputEvent { context, event });
        it.pass(2);
        it.key(KeyCode::ControlLeft, ButtonState::Pressed);
        it.pass(1);
        it.button(MouseButton::Right, ButtonState::Pressed);
        it.point_at(place - Vec2::new(0.0, 200.0));
        it.step(16);
        it.button(MouseButton::Right, ButtonState::Released);
        it.key(KeyCode::ControlLeft, ButtonState::Released);
        it.step(1);
        it.live().envs[0].qpos[2] - before
    };
    it.press(KeyCode::F1);
    it.pass(2);
    let behind = lifted(&mut it);
    it.press(KeyCode::F1);
    it.pass(2);
    let free = lifted(&mut it);
    assert!(
        behind.abs() < 0.02 && free > 0.05,
        "by {behind} m behind a window, by {free} m without"
    );
}

/// egui is told of a key as well, as it is of every key in a window.
fn press_for_both(it: &mut Rehearsal, key: KeyCode, egui_key: egui::Key) {
    let world = it.app.world_mut();
    let context = world.query_filtered::<Entity, With<EguiContext>>().single(world).unwrap();
    let event = egui::Event::Key {
        key: egui_key,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: egui::Modifiers::NONE,
    };
    it.app.world_mut().write_message(EguiInputEvent { context, event });
    it.press(key);
    it.pass(1);
}

/// Tab is for the panel, and takes the other keys from nobody; with Alt held no key is a shortcut.
#[test]
fn keys_work_after_tab() {
    let Some(mut it) = Rehearsal::new("Cartpole", 1, PLAYING) else { return };
    press_for_both(&mut it, KeyCode::Tab, egui::Key::Tab);
    assert!(!it.get::<Open>().panel);
    press_for_both(&mut it, KeyCode::Tab, egui::Key::Tab);
    assert!(it.get::<Open>().panel);
    press_for_both(&mut it, KeyCode::Tab, egui::Key::Tab);
    press_for_both(&mut it, KeyCode::Tab, egui::Key::Tab);
    assert!(it.get::<Open>().panel);
    press_for_both(&mut it, KeyCode::KeyJ, egui::Key::J);
    assert!(it.get::<Overlays>().joints);
    for held in [KeyCode::AltLeft, KeyCode::SuperLeft] {
        it.key(held, ButtonState::Pressed);
        press_for_both(&mut it, KeyCode::KeyJ, egui::Key::J);
        press_for_both(&mut it, KeyCode::Tab, egui::Key::Tab);
        it.key(held, ButtonState::Released);
        it.pass(1);
    }
    assert!(it.get::<Overlays>().joints && it.get::<Open>().panel);
}

/// A key is meant by the letter on it, wherever a keyboard has it; held, it goes on where that is of use.
#[test]
fn a_key_is_known_by_its_letter_and_repeats_while_it_is_held() {
    let Some(mut it) = Rehearsal::new("Cartpole", 3, PLAYING) else { return };
    it.step(1);
    // Where a keyboard for French has A, one for English has Q.
    it.key_of(KeyCode::KeyQ, Key::Character("a".into()), ButtonState::Pressed, false);
    it.pass(2);
    assert!(it.get::<Open>().settings);
    // Another one for Russian has no A at all.
    it.key_of(KeyCode::KeyA, Key::Character("\u{444}".into()), ButtonState::Pressed, false);
    it.pass(2);
    assert!(!it.get::<Open>().settings);
    let held = |it: &mut Rehearsal, key: KeyCode| {
        for repeat in [false, true, true] {
            it.key_of(key, logical(key), ButtonState::Pressed, repeat);
        }
        it.key(key, ButtonState::Released);
        it.pass(2);
    };
    held(&mut it, KeyCode::BracketRight);
    assert_eq!(it.selection().env, Some(2));
    // What is switched is switched once.
    held(&mut it, KeyCode::KeyJ);
    assert!(it.get::<Overlays>().joints);
}

/// By a person with a keyboard for French or German: what has other letters there than one for English, and above all
/// what closes the window.
#[test]
fn letters_are_where_french_and_german_keyboards_have_them() {
    let Some(mut it) = Rehearsal::new("Cartpole", 3, PLAYING) else { return };
    it.step(1);
    let press = |it: &mut Rehearsal, place: KeyCode, letter: &str| {
        for state in [ButtonState::Pressed, ButtonState::Released] {
            it.key_of(place, Key::Character(letter.into()), state, false);
        }
        it.pass(1);
    };
    press(&mut it, KeyCode::KeyQ, "a");
    press(&mut it, KeyCode::Semicolon, "m");
    assert!(it.get::<Open>().settings && it.get::<Overlays>().masses);
    let at_first = it.playback().speed;
    press(&mut it, KeyCode::Slash, "-");
    assert_ne!(it.playback().speed, at_first);
    press(&mut it, KeyCode::BracketRight, "+");
    assert_eq!(it.playback().speed, at_first);
    // The keys that have the brackets of English have no letters of it here.
    press(&mut it, KeyCode::BracketLeft, "\u{fc}");
    assert_eq!(it.selection().env, Some(2));
    it.key_of(KeyCode::BracketLeft, Key::Dead(Some('^')), ButtonState::Pressed, false);
    it.pass(1);
    assert_eq!(it.selection().env, Some(1));
    it.key(KeyCode::ControlLeft, ButtonState::Pressed);
    press(&mut it, KeyCode::KeyQ, "a");
    assert_eq!(it.app.should_exit(), None);
    press(&mut it, KeyCode::KeyA, "q");
    assert_eq!(it.app.should_exit(), Some(AppExit::Success));
}

/// A key of the view is changed in the list by a click and the new key, and the old one means nothing any more.
#[test]
fn a_key_of_the_view_is_changed_in_the_list() {
    let Some(mut it) = Rehearsal::new("Cartpole", 1, PLAYING) else { return };
    let place = {
        let columns = it.get::<Shortcuts>().listed();
        let mut rows = columns.iter().flatten().flat_map(|(_, rows)| rows);
        rows.find(|row| row.does == "joint axes").and_then(|row| row.place).unwrap()
    };
    it.press(KeyCode::F1);
    it.app.world_mut().resource_mut::<Shortcuts>().ask(place);
    // T has another meaning; Y has none.
    it.press(KeyCode::KeyT);
    assert!(it.get::<Shortcuts>().asked().is_some_and(|asked| asked.contains("trails")));
    assert!(!it.get::<Overlays>().trails);
    it.press(KeyCode::KeyY);
    assert_eq!(it.get::<Shortcuts>().asked(), None);
    it.press(KeyCode::F1);
    it.press(KeyCode::KeyJ);
    assert!(!it.get::<Overlays>().joints);
    it.press(KeyCode::KeyY);
    assert!(it.get::<Overlays>().joints);
}

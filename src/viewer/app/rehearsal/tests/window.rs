//! The window itself: its panels, its title, and what it shows of the robot that was chosen.

use super::super::super::overlay::Overlays;
use super::super::super::panels::sees::Seen;
use super::super::super::stage::{Stands, Tint};
use super::looks::{looking, scene};
use super::*;

/// The first column of the panel at the side, a little inside of it [pixels].
const PANEL: usize = 960;

/// Columns of the side panel that differ by more than a little in two pictures of the window.
fn apart_in_panel(one: &[u8], other: &[u8]) -> usize {
    let width = SIZE.0 as usize;
    let differs = |at: usize| (0..3).any(|k| one[3 * at + k].abs_diff(other[3 * at + k]) > 12);
    (0..width * SIZE.1 as usize).filter(|at| at % width >= PANEL && differs(*at)).count()
}

/// Letters that were never drawn before make the texture of letters another; panels stay in every picture.
#[test]
fn panels_stay_while_a_window_opens_over_the_view() {
    let Some(mut it) = Rehearsal::new("Cartpole", 1, PLAYING) else { return };
    it.step(1);
    it.pass(2);
    let before = shoot(&mut it.app, camera::stand_still).unwrap();
    for key in [KeyCode::F1, KeyCode::KeyK] {
        it.key(key, ButtonState::Pressed);
        let first = shoot(&mut it.app, camera::stand_still).unwrap();
        it.key(key, ButtonState::Released);
        it.pass(3);
        let later = shoot(&mut it.app, camera::stand_still).unwrap();
        // One button of the panel is lit now.
        let [first, later] = [&first, &later].map(|now| apart_in_panel(&before, now));
        assert!(first < 4_000, "{first} pixels of the panel changed in the first picture");
        assert!(later < 4_000, "{later} pixels of the panel changed");
        it.press(key);
        it.pass(3);
    }
}

/// The view has what panels leave of the window, however large they are.
#[test]
fn panels_grow_and_the_view_gives_way() {
    let Some(mut it) = Rehearsal::new("Cartpole", 1, PLAYING) else { return };
    let beside = |it: &mut Rehearsal| {
        let world = it.app.world_mut();
        let mut cameras = world.query_filtered::<&Camera, With<Rig>>();
        let view = cameras.single(world).unwrap().viewport.clone().unwrap();
        SIZE.0 - view.physical_size.x
    };
    let before = beside(&mut it);
    let world = it.app.world_mut();
    let mut contexts = world.query::<&mut EguiContext>();
    contexts.single_mut(world).unwrap().get_mut().set_zoom_factor(1.5);
    it.pass(5);
    let after = beside(&mut it);
    let ratio = f64::from(after) / f64::from(before);
    assert!((ratio - 1.5).abs() < 0.06, "{before} pixels became {after}");
    // With Ctrl these keys are not those of the speed, nor is C that of contacts.
    let speed = it.playback().speed;
    for key in [KeyCode::Equal, KeyCode::Minus, KeyCode::Minus, KeyCode::KeyC] {
        it.press_with_ctrl(key);
    }
    assert_eq!((it.playback().speed, it.get::<Overlays>().contacts), (speed, false));
}

#[test]
fn the_title_says_how_far_a_training_is() {
    let Some(mut it) = Rehearsal::new("Cartpole", 4, SessionKind::Training) else { return };
    let title = |it: &mut Rehearsal| {
        let world = it.app.world_mut();
        let mut windows = world.query_filtered::<&Window, With<PrimaryWindow>>();
        windows.single(world).unwrap().title.clone()
    };
    // The rows that it has already are those of 60 of 100 updates.
    assert_eq!(title(&mut it), "Cartpole rehearsal 60 % paused - DNNE");
    it.press(KeyCode::Space);
    let running = title(&mut it);
    assert!(running.ends_with(" % - DNNE") && !running.contains("paused"), "{running}");
}

/// The robot that was chosen has another colour than the others, and the camera comes to it.
#[test]
fn the_chosen_robot_stands_out_and_the_camera_flies_to_it() {
    let Some(mut it) = Rehearsal::new("Cartpole", 9, PLAYING) else { return };
    it.step(1);
    let stands = |it: &mut Rehearsal| {
        let world = it.app.world_mut();
        let mut all: Vec<(usize, Stands)> = world
            .query::<(&Environment, &Tint)>()
            .iter(world)
            .map(|(environment, tint)| (environment.0, tint.stands))
            .collect();
        all.sort_by_key(|(env, _)| *env);
        all.into_iter().map(|(_, stands)| stands).collect::<Vec<_>>()
    };
    let far = it.rig();
    assert_eq!(stands(&mut it), [Stands::Among; 9]);
    (0..3).for_each(|_| it.press(KeyCode::BracketRight));
    let on_the_way = it.rig();
    it.pass(15);
    let near = it.rig();
    let mut expected = [Stands::Among; 9];
    expected[2] = Stands::Out;
    assert_eq!(stands(&mut it), expected);
    assert!(near.distance < 0.85 * far.distance, "{} m, then {} m", far.distance, near.distance);
    assert!(
        on_the_way.distance > near.distance && on_the_way.distance < far.distance,
        "it flies: {} m on the way",
        on_the_way.distance
    );
    it.press(KeyCode::Escape);
    it.pass(15);
    assert_eq!(stands(&mut it), [Stands::Among; 9]);
    let back = it.rig();
    assert!((back.distance / far.distance - 1.0).abs() < 0.02, "{} m", back.distance);
    assert!(back.target.distance(far.target) < 0.02 * far.distance, "{back:?}");
}

/// A panel shows the very bytes that a policy would get.
#[test]
fn what_a_robot_sees_is_what_its_policy_gets() {
    let Some(mut it) = looking(&scene("cartpole_pixels")) else { return };
    it.step(3);
    it.pass(2);
    let task = it.live().envs[0].observations.clone();
    let names: Vec<String> = {
        let on_show = it.get::<OnShow>();
        on_show.scene.task.cameras().map(|(name, _)| name.to_owned()).collect()
    };
    assert!(!names.is_empty());
    for name in names {
        let shown = it.get::<Seen>().bytes(&name).unwrap_or_default();
        assert_eq!(shown, task.u8s(&name), "{name}");
        assert!(shown.iter().any(|byte| *byte != shown[0]), "{name} is all of one colour");
    }
}

/// Rays are drawn where a task scans: more is drawn with them than without.
#[test]
fn rays_of_scans_are_seen() {
    let Some(mut it) = looking(&scene("quadruped_scan")) else { return };
    it.step(1);
    it.app.insert_resource(Draws(true));
    it.pass(2);
    let without = shoot(&mut it.app, camera::stand_still).unwrap();
    it.press(KeyCode::KeyS);
    it.pass(2);
    let with = shoot(&mut it.app, camera::stand_still).unwrap();
    it.app.insert_resource(Draws(false));
    let width = SIZE.0 as usize;
    let is_in_view = |at: &usize| at % width < 900;
    let n_red = |rgb: &[u8]| {
        let is_red = |at: usize| {
            let [r, g, b] = [0, 1, 2].map(|k| i32::from(rgb[3 * at + k]));
            r > 150 && r > g + 80 && r > b + 80
        };
        (0..width * SIZE.1 as usize).filter(is_in_view).filter(|at| is_red(*at)).count()
    };
    let [before, after] = [&without, &with].map(|rgb| n_red(rgb));
    assert!(after > before + 200, "{before} red pixels became {after}");
}

//! Few environments on show, many, and more or fewer than before.

use super::super::super::graphics::Surface;
use super::*;
use bevy::core_pipeline::core_3d::Opaque3d;
use bevy::pbr::Shadow;
use bevy::render::RenderApp;
use bevy::render::render_phase::{BinnedPhaseItem, ViewBinnedRenderPhases};
use std::process::Command;

/// Set in a process that runs one test alone, where memory says something.
const ALONE: &str = "DNNE_TEST_ALONE";

fn show(it: &mut Rehearsal, n_envs: usize) {
    it.app.world_mut().resource_mut::<OnShow>().n_envs = n_envs;
    it.pass(2);
}

/// Where environments of more are, they are seen at once, also while paused; what is not on show any more is not
/// chosen, and the camera sees what is.
#[test]
fn another_number_is_shown_whole() {
    let Some(mut it) = Rehearsal::new("Ant", 9, PLAYING) else { return };
    show(&mut it, 2);
    it.step(8);
    let few = it.rig();
    let first = it.live().envs[0].clone();
    show(&mut it, 9);
    it.until("a frame of nine", |it| it.live().envs.len() == 9);
    assert_eq!(it.live().envs[0], first, "nothing was stepped for it");
    it.pass(1);
    let place = |it: &mut Rehearsal, env: usize| {
        let world = it.app.world_mut();
        let mut bodies = world.query::<(&Body, &Transform)>();
        let found = bodies.iter(world).find(|(body, _)| (body.env, body.body) == (env, 1));
        found.unwrap().1.translation
    };
    for env in 0..9 {
        let expected = Vec3::from_slice(&it.live().envs[env].qpos);
        assert!(place(&mut it, env).distance(expected) < 1e-4, "{env}");
    }
    let many = it.rig();
    assert!(many.distance > 1.2 * few.distance, "{} then {}", few.distance, many.distance);
    for _ in 0..9 {
        it.press(KeyCode::BracketRight);
    }
    assert_eq!(it.selection().env, Some(8));
    show(&mut it, 2);
    assert_eq!(it.selection().env, None);
    let again = it.rig().distance;
    assert!((again / few.distance - 1.0).abs() < 0.05, "{} then {again}", few.distance);
}

/// A geom of all environments is drawn in one go: 256 ants take the draws of two, in every pass.
#[test]
fn many_environments_take_the_draws_of_few() {
    let Some(mut it) = Rehearsal::new("Ant", 256, PLAYING) else { return };
    let mut draws = |n: usize| {
        it.app.insert_resource(Draws(true));
        show(&mut it, n);
        let world = it.app.sub_app(RenderApp).world();
        let passes = [n_draws::<Opaque3d>(world), n_draws::<Shadow>(world)];
        it.app.insert_resource(Draws(false));
        passes
    };
    let few = draws(2);
    assert!(few.iter().all(|n| *n > 0), "nothing was drawn: {few:?}");
    assert_eq!(draws(256), few);
}

/// Calls by which the views that were drawn last draw what is in a phase.
fn n_draws<P: BinnedPhaseItem>(renderer: &World) -> usize {
    let phases = &renderer.resource::<ViewBinnedRenderPhases<P>>().0;
    let calls = phases.values().map(|phase| {
        let one_by_one = phase.unbatchable_meshes.values().map(|bin| bin.entities.len());
        phase.multidrawable_meshes.len() + phase.batchable_meshes.len() + one_by_one.sum::<usize>()
    });
    calls.sum()
}

/// Environments come and go a thousand times, few finely drawn and many coarsely, also in the colours of their
/// returns, and nothing stays behind. In a process of its own, or other tests would count.
#[test]
fn environments_that_go_leave_nothing() {
    let name = concat!(module_path!(), "::environments_that_go_leave_nothing");
    in_a_process_of_its_own(name, come_and_go);
}

/// Runs a test of that name alone.
pub(super) fn in_a_process_of_its_own(name: &str, test: fn()) {
    if std::env::var_os(ALONE).is_some() {
        test();
        return;
    }
    let name = name.split_once("::").unwrap().1;
    let mut alone = Command::new(std::env::current_exe().unwrap());
    let output = alone.args([name, "--exact", "--nocapture"]).env(ALONE, "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    println!("{said}");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("1 passed"), "it did not run");
}

fn come_and_go() {
    let Some(mut it) = Rehearsal::new("Cartpole", 37, PLAYING) else { return };
    it.step(3);
    // The 3D view is off: what counts are entities and assets, not pixels.
    it.press(KeyCode::KeyR);
    let rounds = |it: &mut Rehearsal, n: usize| {
        it.press(KeyCode::KeyV);
        for i in 0..n {
            show(it, 1 + 6 * (i % 7));
            let world = it.app.world_mut();
            let n_shown = world.query::<&Environment>().iter(world).count();
            assert_eq!(n_shown, 1 + 6 * (i % 7));
        }
        it.press(KeyCode::KeyV);
        // Many, then few: what they are drawn with is made anew.
        show(it, 37);
        it.pass(10);
        show(it, 4);
        it.pass(10);
        let world = it.app.world_mut();
        let n_meshes = world.resource::<Assets<Mesh>>().len();
        let n_materials = world.resource::<Assets<Surface>>().len();
        let n_entities = world.query::<Entity>().iter(world).count();
        ((n_entities, n_meshes, n_materials), resident_bytes())
    };
    let before = rounds(&mut it, 100);
    let after = rounds(&mut it, 900);
    assert_eq!(after.0, before.0);
    println!("resident memory: {:.1} MB, then {:.1} MB", before.1 / 1e6, after.1 / 1e6);
    assert!(after.1 <= 1.05 * before.1, "{} bytes became {}", before.1, after.1);
}

/// Memory of this process; 0 where the system does not tell.
pub(super) fn resident_bytes() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<f64>().ok());
    pages.unwrap_or(0.0) * 4096.0
}

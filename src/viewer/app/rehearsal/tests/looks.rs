//! Robots that are looked at without a policy: sliders, what drives them, files that are saved meanwhile.

use super::*;
use crate::session::{ControlSource, ScenePreview};
use bevy_egui::egui::Id;
use std::fs;
use std::path::Path;

/// A ball over a floor, and an arm with a motor and a keyframe.
const ROBOT: &str = r#"<mujoco model="thrower"><worldbody>
    <body name="ball" pos="0 0 0.5"><freejoint name="ball"/><geom size="0.1" mass="1"/></body>
    <body name="arm" pos="0.4 0 1"><joint name="elbow" type="hinge" axis="0 1 0" range="-120 120"/>
        <geom type="capsule" size="0.05" fromto="0 0 0 0.5 0 0"/></body>
    </worldbody>
    <actuator><motor name="pull" joint="elbow" gear="10" ctrlrange="-2 2"/></actuator>
    <sensor><jointpos name="angle" joint="elbow"/></sensor>
    <keyframe><key name="bent" qpos="0 0 0.5 1 0 0 0 0.7" ctrl="1.5"/></keyframe></mujoco>"#;

/// A window on a scene or model that is looked at, paused before its first step.
pub(super) fn looking(path: &Path) -> Option<Rehearsal> {
    let _stage = STAGE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut app = hidden()?;
    let look = ScenePreview::open(path, 1, 5).unwrap();
    let (stage, spectator) = broadcast(1);
    let show = WindowOptions {
        scene: look.scene().clone(),
        n_envs: 1,
        most_envs: 1,
        checkpoints: Vec::new(),
        run: None,
        title: look.scene().name.clone(),
        kind: SessionKind::Looking,
        planned: None,
        action_mode: ActionMode::Mean,
        history: Vec::new(),
        interrupted: Arc::default(),
        max_fps: None,
        started: Instant::now(),
        renders: true,
        stays: true,
    };
    let live = Live::new(spectator, &show, Arc::new(Mutex::new(None)));
    live.pause();
    add_window_plugins(&mut app);
    enter(app.world_mut(), live, show);
    app.insert_state(Page::Watch);
    app.add_systems(Startup, |mut playback: ResMut<Playback>| playback.paused = true);
    make_ready(&mut app);
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    let session = std::thread::spawn(move || look.run(stage, &stopped).unwrap());
    let mut rehearsal = Rehearsal { app, _stage, stop, session: Some(session) };
    rehearsal.until("the first frame", |it| !it.live().envs.is_empty());
    rehearsal.pass(3);
    Some(rehearsal)
}

pub(super) fn scene(name: &str) -> std::path::PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes")).join(name)
}

/// Where a slider is.
fn slider(it: &mut Rehearsal, id: Id) -> egui::Rect {
    let world = it.app.world_mut();
    let mut contexts = world.query::<&mut EguiContext>();
    let mut context = contexts.single_mut(world).unwrap();
    context.get_mut().read_response(id).expect("it is there").rect
}

fn tell(it: &mut Rehearsal, event: egui::Event) {
    let world = it.app.world_mut();
    let context = world.query_filtered::<Entity, With<EguiContext>>().single(world).unwrap();
    it.app.world_mut().write_message(EguiInputEvent { context, event });
    it.pass(1);
}

/// Drags the knob of a slider to a part of its way, 0 to 1.
fn drag(it: &mut Rehearsal, id: Id, to: f32) {
    let rect = slider(it, id);
    let at = |part: f32| egui::pos2(rect.left() + part * rect.width(), rect.center().y);
    let press = |pos: egui::Pos2, pressed: bool| egui::Event::PointerButton {
        pos,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: egui::Modifiers::NONE,
    };
    tell(it, egui::Event::PointerMoved(at(0.5)));
    tell(it, press(at(0.5), true));
    for part in [0.5 + (to - 0.5) / 2.0, to] {
        tell(it, egui::Event::PointerMoved(at(part)));
    }
    tell(it, press(at(to), false));
    it.pass(2);
}

fn qpos(it: &Rehearsal, place: usize) -> f32 {
    it.live().envs[0].qpos[place]
}

#[test]
fn a_scene_is_driven_and_posed_by_its_sliders() {
    let Some(mut it) = looking(&scene("cartpole")) else { return };
    assert_eq!(*it.live().driving(), ControlSource::Zero);
    let before = it.live().envs[0].clone();
    drag(&mut it, Id::new(("actuator", 0usize)), 0.9);
    let ControlSource::Hold(controls) = it.live().driving().clone() else {
        panic!("it is not held")
    };
    assert!(controls[0] > 0.5, "{controls:?}");
    it.step(3);
    let now = it.live().envs[0].clone();
    assert_eq!((now.ctrl.clone(), now.progress), (controls, 3));
    assert!(now.qvel[0] > before.qvel[0] + 0.05, "{now:?}");
    // While nothing moves a joint goes where it is put, and what is observed goes along.
    drag(&mut it, Id::new(("joint", 1usize)), 0.75);
    it.until("the pole is put", |it| (qpos(it, 1) - now.qpos[1]).abs() > 0.5);
    assert_eq!((it.live().envs[0].progress, qpos(&it, 0)), (3, now.qpos[0]));
    assert_ne!(it.live().envs[0].observations, now.observations);
    it.step(8);
    assert!(it.live().envs[0].conditions.contains(&true), "the pole is past its limit");
    assert_eq!(it.live().envs[0].episode, 1);
    it.looks_like("look_cartpole");
    // D goes from what is held to zero actions, and on to random ones.
    it.press(KeyCode::KeyD);
    it.step(1);
    assert_eq!((it.live().driving(), it.live().envs[0].ctrl[0]), (&ControlSource::Zero, 0.0));
    it.press(KeyCode::KeyD);
    it.step(1);
    let first = it.live().envs[0].ctrl[0];
    it.step(1);
    assert!(*it.live().driving() == ControlSource::Random && it.live().envs[0].ctrl[0] != first);
    it.press_with_ctrl(KeyCode::Backspace);
    it.until("a new episode", |it| it.live().envs[0].episode == 2);
    assert_eq!(it.live().envs[0].progress, 0);
    assert_eq!((it.live().error_message.as_ref(), it.live().failure()), (None, None));
}

/// How many bodies there are in the picture.
fn n_bodies(it: &mut Rehearsal) -> usize {
    let world = it.app.world_mut();
    world.query::<&Body>().iter(world).count()
}

#[test]
fn a_model_is_loaded_again_when_it_is_saved_and_stays_while_it_is_broken() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("thrower.xml");
    fs::write(&path, ROBOT).unwrap();
    let Some(mut it) = looking(&path) else { return };
    it.step(30);
    let view = |it: &mut Rehearsal| {
        let rig = it.rig();
        (rig.target, rig.azimuth, rig.elevation, rig.distance)
    };
    let (seen, n_before) = (view(&mut it), n_bodies(&mut it));
    let height = qpos(&it, 2);
    fs::write(&path, ROBOT.replace("joint=\"elbow\" gear", "joint=\"elbo\" gear")).unwrap();
    it.until("what is wrong", |it| !it.live().look().problems.is_empty());
    it.press(KeyCode::KeyC);
    it.press(KeyCode::KeyI);
    it.looks_like("look_broken");
    assert_eq!(
        (n_bodies(&mut it), qpos(&it, 2), it.live().envs[0].progress),
        (n_before, height, 30)
    );
    // What was good still moves.
    it.step(1);
    // Mended, with a second joint and a body more, which were not there before.
    let more = r#"<body name="hand" pos="0.5 0 0"><joint name="wrist"/><geom size="0.08"/></body></body>
        </worldbody>"#;
    let mended = ROBOT.replace("</body>\n    </worldbody>", more).replace("0 0.7\"", "0 0.7 0.1\"");
    fs::write(&path, mended).unwrap();
    it.until("the mended one", |it| it.live().look().problems.is_empty());
    it.until("its first frame", |it| it.live().envs.first().is_some_and(|env| env.qpos.len() == 9));
    it.pass(2);
    assert_eq!(n_bodies(&mut it), n_before + 1);
    assert_eq!(it.get::<OnShow>().scene.model.joints.len(), 3);
    drag(&mut it, Id::new(("joint", 2usize)), 0.75);
    it.until("the new joint is put", |it| qpos(it, 8) > 0.5);
    it.step(2);
    assert_eq!(view(&mut it).1, seen.1);
}

/// As many bodies, and the camera where it was, when only a number is another.
#[test]
fn the_camera_stays_when_a_scene_of_the_same_size_is_loaded_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("thrower.xml");
    fs::write(&path, ROBOT).unwrap();
    let Some(mut it) = looking(&path) else { return };
    let place = Vec2::new(300.0, 300.0);
    it.point_at(place);
    it.button(MouseButton::Left, ButtonState::Pressed);
    it.point_at(place + Vec2::new(120.0, 0.0));
    it.button(MouseButton::Left, ButtonState::Released);
    it.pass(2);
    let rig = it.rig();
    fs::write(&path, ROBOT.replace("gear=\"10\"", "gear=\"20.5\"")).unwrap();
    it.until("the new gear", |it| it.get::<OnShow>().scene.model.actuators[0].gear[0] == 20.5);
    it.pass(4);
    let after = it.rig();
    let of = |rig: Rig| (rig.target, rig.azimuth, rig.elevation, rig.distance);
    assert_eq!(of(after), of(rig));
}

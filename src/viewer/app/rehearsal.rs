//! The whole window without a screen: a real session on its thread, keys and mouse as Bevy's events,
//! pictures of what a person would see.

use super::super::show::{Kind, Show};
use super::control::Control;
use super::graphics::{self, Canvas};
use super::live::Live;
use super::stage::{Body, Environment};
use super::window::furnish;
use crate::math::lanes::Isa;
use crate::nodes::{Mode, registry};
use crate::scene::{Scene, SceneLibrary};
use crate::session::{Broadcast, Session, SessionOptions, broadcast};
use crate::workflow::{Graph, GraphBuilder};
use bevy::camera::RenderTarget;
use bevy::input::ButtonState;
use bevy::input::keyboard::{Key, KeyboardInput};
use bevy::input::mouse::MouseButtonInput;
use bevy::prelude::*;
use bevy::time::TimeUpdateStrategy;
use bevy::window::PrimaryWindow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const SIZE: (u32, u32) = (1280, 720);
/// Between two pictures, as the app's clock has it.
const FRAME: Duration = Duration::from_millis(40);
const PATIENCE: Duration = Duration::from_secs(120);
/// Mean difference of a colour channel, of 255, that drivers may have.
const TOLERANCE: f64 = 2.0;
/// Part of the pixels that may differ by more than 40 of 255: letters at the edge of a pixel.
const MOST_DIFFERENT: f64 = 0.01;

/// One at a time: each has a renderer.
static STAGE: Mutex<()> = Mutex::new(());

struct Rehearsal {
    app: App,
    _stage: MutexGuard<'static, ()>,
    stop: Arc<AtomicBool>,
    session: Option<JoinHandle<()>>,
}

fn scenes() -> SceneLibrary {
    SceneLibrary::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes"))
}

/// A training; what is only played leaves out what learns.
fn graph(scene: &str, n_envs: i64) -> Graph {
    GraphBuilder::new(registry())
        .node("trainer", "PPOTrainerNode")
        .node("env", "IsaacGymEnvNode")
        .set("env_name", scene)
        .set("num_envs", n_envs)
        .node("agent", "PPOAgentNode")
        .node("step", "IsaacGymStepNode")
        .node("or", "ORNode")
        .connect("env", "sim", "step", "sim")
        .connect("env", "observations", "or", "input_a")
        .connect("step", "observations", "or", "input_b")
        .connect("or", "output", "agent", "observations")
        .connect("agent", "policy_output", "step", "actions")
        .connect("or", "output", "trainer", "states")
        .connect("agent", "policy_output", "trainer", "policy_outputs")
        .connect("step", "rewards", "trainer", "rewards")
        .connect("step", "dones", "trainer", "dones")
        .connect("agent", "model", "trainer", "model")
        .connect("trainer", "training_complete", "step", "trigger")
        .build()
        .unwrap()
}

/// A policy that knows nothing acts, or begins to learn, until somebody closes.
fn work(scene: &str, n_envs: usize, kind: Kind, mut stage: Broadcast, stop: &AtomicBool) {
    let mode = match kind {
        Kind::Training => Mode::Train,
        Kind::Playing => Mode::Evaluate { deterministic: true },
    };
    let isa = Isa::detect();
    let options = SessionOptions { mode, isa, seed: 5, ..SessionOptions::new(scenes()) };
    let mut session = Session::new(&graph(scene, n_envs as i64), options).unwrap();
    while !stop.load(Ordering::SeqCst) && stage.attend(&mut session, stop) {
        session.tick().unwrap();
        let reports = session.take_reports();
        stage.show(&mut session, &reports);
    }
}

impl Rehearsal {
    /// A window on a session that plays, paused before its first step; none where nothing can be
    /// rendered, which is then said.
    fn new(scene: &str, n_envs: usize, kind: Kind) -> Option<Self> {
        let _stage = STAGE.lock().unwrap_or_else(PoisonError::into_inner);
        let hidden = Window { resolution: SIZE.into(), ..default() };
        let mut app = match graphics::offscreen_with(Some(hidden)) {
            Ok(app) => app,
            Err(error) => {
                println!("skipped: {error}");
                return None;
            }
        };
        let (stage, spectator) = broadcast(n_envs);
        let show = Show {
            scene: Scene::clone(&scenes().load(scene).unwrap()),
            n_envs,
            most_envs: n_envs,
            checkpoints: Vec::new(),
            title: format!("{scene} rehearsal"),
            kind,
            history: history(),
            interrupted: Arc::default(),
            max_fps: None,
            stays: true,
        };
        let live = Live::new(spectator, &show, Arc::new(Mutex::new(None)));
        live.pause();
        Canvas::stretch(&mut app, SIZE);
        furnish(&mut app, live, show);
        app.insert_resource(TimeUpdateStrategy::ManualDuration(FRAME));
        app.world_mut().resource_mut::<Control>().paused = true;
        app.init_resource::<Draws>()
            .add_systems(First, look_into_the_image)
            .add_systems(Last, draw_only_for_pictures);
        graphics::make_ready(&mut app);
        let stop = Arc::new(AtomicBool::new(false));
        let (scene, stopped) = (scene.to_owned(), stop.clone());
        let session = std::thread::spawn(move || work(&scene, n_envs, kind, stage, &stopped));
        let mut rehearsal = Self { app, _stage, stop, session: Some(session) };
        rehearsal.pass(3);
        Some(rehearsal)
    }

    /// So many pictures pass by.
    fn pass(&mut self, n: usize) {
        (0..n).for_each(|_| self.app.update());
    }

    fn control(&self) -> &Control {
        self.app.world().resource::<Control>()
    }

    fn live(&self) -> &Live {
        self.app.world().resource::<Live>()
    }

    /// Number of the first environment's step.
    fn progress(&self) -> u64 {
        self.live().envs.first().map_or(0, |env| env.episode * 10_000 + u64::from(env.progress))
    }

    fn key(&mut self, key: KeyCode, state: ButtonState) {
        let window = self.window();
        self.app.world_mut().write_message(KeyboardInput {
            key_code: key,
            logical_key: Key::Unidentified(bevy::input::keyboard::NativeKey::Unidentified),
            state,
            text: None,
            repeat: false,
            window,
        });
    }

    /// Presses a key and lets it go.
    fn press(&mut self, key: KeyCode) {
        self.key(key, ButtonState::Pressed);
        self.pass(1);
        self.key(key, ButtonState::Released);
        self.pass(1);
    }

    fn button(&mut self, state: ButtonState) {
        let (window, button) = (self.window(), MouseButton::Left);
        self.app.world_mut().write_message(MouseButtonInput { button, state, window });
        self.pass(1);
    }

    fn window(&mut self) -> Entity {
        let world = self.app.world_mut();
        world.query_filtered::<Entity, With<PrimaryWindow>>().single(world).unwrap()
    }

    fn point_at(&mut self, place: Vec2) {
        let world = self.app.world_mut();
        let mut windows = world.query_filtered::<&mut Window, With<PrimaryWindow>>();
        windows.single_mut(world).unwrap().set_cursor_position(Some(place));
        self.pass(1);
    }

    /// Where a body is in the picture.
    fn place_of(&mut self, env: usize, body: usize) -> Vec2 {
        let world = self.app.world_mut();
        let mut bodies = world.query::<(&Body, &GlobalTransform)>();
        let place = bodies.iter(world).find(|(b, _)| (b.env, b.body) == (env, body));
        let place = place.unwrap().1.translation();
        let mut cameras = world.query_filtered::<(&Camera, &GlobalTransform), With<Camera3d>>();
        let (camera, view) = cameras.single(world).unwrap();
        camera.world_to_viewport(view, place).unwrap()
    }

    fn double_click(&mut self, place: Vec2) {
        self.point_at(place);
        for state in [ButtonState::Pressed, ButtonState::Released].repeat(2) {
            self.button(state);
        }
    }

    /// Single steps, each waited for.
    fn step(&mut self, n: usize) {
        for _ in 0..n {
            let before = self.progress();
            self.press(KeyCode::ArrowRight);
            self.until("a step", |it| it.progress() != before);
        }
    }

    /// Lets pictures pass until something has come about.
    fn until(&mut self, what: &str, has_come: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !has_come(self) {
            assert!(start.elapsed() < PATIENCE, "waited in vain: {what}");
            self.pass(1);
        }
    }

    /// Compares what is to be seen with the picture of that name; half of it in each direction, which
    /// is what is kept.
    fn looks_like(&mut self, name: &str) {
        self.app.insert_resource(Draws(true));
        self.pass(2);
        let got = halved(&graphics::shoot(&mut self.app).unwrap());
        self.app.insert_resource(Draws(false));
        let size = (SIZE.0 / 2, SIZE.1 / 2);
        let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/pictures");
        let path = Path::new(golden).join(format!("window_{name}.png"));
        // To be looked at, and kept if it is as it should be.
        let aside = std::env::temp_dir().join(format!("dnne_window_{name}.png"));
        write_png(&aside, &got, size);
        if std::env::var_os("DNNE_KEEP_PICTURES").is_some() {
            write_png(&path, &got, size);
        }
        let expected = read_png(&path, size).unwrap_or_else(|error| {
            panic!("{}: {error}; what came is in {}", path.display(), aside.display())
        });
        let apart = || got.iter().zip(&expected).map(|(a, b)| f64::from(a.abs_diff(*b)));
        let mean = apart().sum::<f64>() / got.len() as f64;
        let different = apart().filter(|&d| d > 40.0).count() as f64 / got.len() as f64;
        assert!(
            mean < TOLERANCE && different < MOST_DIFFERENT,
            "{name}: on average {mean:.2} apart, {:.2} % of it by more than 40; see {}",
            100.0 * different,
            aside.display()
        );
    }
}

impl Drop for Rehearsal {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        self.app = App::empty();
        if let Some(session) = self.session.take()
            && session.join().is_err()
            && !std::thread::panicking()
        {
            panic!("the session failed");
        }
    }
}

/// Whether the 3D view is drawn: only for pictures, since software draws slowly.
#[derive(Resource, Default)]
struct Draws(bool);

fn draw_only_for_pictures(draws: Res<Draws>, mut cameras: Query<&mut Camera, With<Camera3d>>) {
    if !draws.0 {
        cameras.iter_mut().for_each(|mut camera| camera.is_active = false);
    }
}

/// Cameras look into the canvas in place of the window.
fn look_into_the_image(
    mut commands: Commands,
    canvas: Res<Canvas>,
    cameras: Query<(Entity, &RenderTarget), Added<Camera>>,
) {
    for (camera, target) in &cameras {
        if matches!(target, RenderTarget::Window(_)) {
            commands.entity(camera).insert(canvas.target());
        }
    }
}

/// Rows of metrics as a training writes them.
fn history() -> Vec<serde_json::Value> {
    let row = |i: u32| {
        let t = f64::from(i) / 60.0;
        serde_json::json!({
            "update": i, "steps": 16_384 * i, "steps_per_sec": 71_234.5,
            "episode_return": 490.0 * (1.0 - (-4.0 * t).exp()) + 12.0 * (40.0 * t).sin(),
            "episode_length": 480.0 * (1.0 - (-3.0 * t).exp()) + 9.0 * (31.0 * t).cos(),
            "value_loss": 0.3 * (-2.0 * t).exp(),
            "simulate_secs": 0.11, "infer_secs": 0.05, "store_secs": 0.01, "update_secs": 0.08,
            "other_secs": 0.004, "reward_terms": {"alive": 0.5, "progress": 1.4, "effort": -0.2},
        })
    };
    (1..=60).map(row).collect()
}

/// Each pixel the mean of four.
fn halved(rgb: &[u8]) -> Vec<u8> {
    let (width, height) = (SIZE.0 as usize, SIZE.1 as usize);
    let mut out = Vec::with_capacity(rgb.len() / 4);
    for y in (0..height).step_by(2) {
        for x in (0..width).step_by(2) {
            for part in 0..3 {
                let at =
                    |dx: usize, dy: usize| u32::from(rgb[3 * ((y + dy) * width + x + dx) + part]);
                out.push(((at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1) + 2) / 4) as u8);
            }
        }
    }
    out
}

fn write_png(path: &PathBuf, rgb: &[u8], (width, height): (u32, u32)) {
    let file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let mut encoder = png::Encoder::new(file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    encoder.write_header().unwrap().write_image_data(rgb).unwrap();
}

fn read_png(path: &Path, size: (u32, u32)) -> Result<Vec<u8>, String> {
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let decoder = png::Decoder::new(std::io::BufReader::new(file));
    let mut reader = decoder.read_info().map_err(|error| error.to_string())?;
    let mut rgb = vec![0; reader.output_buffer_size().unwrap_or(0)];
    let info = reader.next_frame(&mut rgb).map_err(|error| error.to_string())?;
    assert_eq!((info.width, info.height), size);
    Ok(rgb)
}

/// Every panel, overlay and mode, as a person sees it who works through them by keys and mouse.
#[test]
fn the_window_shows_what_it_is_asked_for() {
    let Some(mut it) = Rehearsal::new("Ant", 4, Kind::Playing) else { return };
    it.step(6);
    it.looks_like("play");
    assert_eq!(it.control().selected, None);
    let torso = it.place_of(1, 1);
    it.double_click(torso);
    assert_eq!((it.control().selected, it.control().body), (Some(1), Some(1)));
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
    assert_eq!(it.control().back, 2);
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
    assert!(!it.control().renders);
    it.looks_like("render_off");
}

#[test]
fn a_training_shows_its_curves() {
    let Some(mut it) = Rehearsal::new("Cartpole", 9, Kind::Training) else { return };
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
        value(it) == Some(0.125) && it.live().complaint.is_some()
    });
    let complaint = it.live().complaint.clone().unwrap_or_default();
    assert!(complaint.contains("gamma"), "{complaint}");
}

#[test]
fn episodes_begin_anew_when_they_are_told_to() {
    let Some(mut it) = Rehearsal::new("Cartpole", 3, Kind::Playing) else { return };
    it.step(4);
    let episodes = |it: &Rehearsal| it.live().envs.iter().map(|e| e.episode).collect::<Vec<_>>();
    let before = episodes(&it);
    it.press(KeyCode::BracketRight);
    it.press(KeyCode::BracketRight);
    assert_eq!(it.control().selected, Some(1));
    it.press(KeyCode::Backspace);
    it.step(1);
    assert_eq!(episodes(&it), [before[0], before[1] + 1, before[2]]);
    it.press(KeyCode::KeyN);
    it.until("a complaint", |it| it.live().complaint.is_some());
    let complaint = it.live().complaint.clone().unwrap_or_default();
    assert!(complaint.contains("--physics rapier"), "{complaint}");
    it.press(KeyCode::Escape);
    it.press(KeyCode::Backspace);
    it.step(1);
    assert_eq!(episodes(&it), [before[0] + 1, before[1] + 2, before[2] + 1]);
}

/// Ctrl and a drag: the body follows the mouse, and the spring is drawn; so is the body's trail.
#[test]
fn a_body_that_is_dragged_comes_along() {
    let Some(mut it) = Rehearsal::new("Ant", 1, Kind::Playing) else { return };
    it.press(KeyCode::KeyT);
    it.step(5);
    let (place, before) = (it.place_of(0, 1), it.live().envs[0].qpos.clone());
    it.point_at(place);
    it.key(KeyCode::ControlLeft, ButtonState::Pressed);
    it.pass(1);
    it.button(ButtonState::Pressed);
    it.point_at(place + Vec2::new(120.0, -260.0));
    it.step(24);
    it.looks_like("poke");
    let lifted = it.live().envs[0].qpos[2] - before[2];
    assert!(lifted > 0.1, "lifted by {lifted} m");
    it.button(ButtonState::Released);
    it.key(KeyCode::ControlLeft, ButtonState::Released);
    it.step(1);
}

#[test]
fn speed_and_pause_follow_the_keys() {
    let Some(mut it) = Rehearsal::new("Cartpole", 2, Kind::Playing) else { return };
    it.press(KeyCode::Space);
    assert!(!it.control().paused);
    let before = it.progress();
    it.until("five steps", |it| it.progress() >= before + 5);
    it.press(KeyCode::Space);
    it.pass(4);
    let paused = it.progress();
    it.pass(6);
    assert_eq!(it.progress(), paused);
    let speed = it.control().speed;
    it.press(KeyCode::Minus);
    assert_ne!(it.control().speed, speed);
    it.press(KeyCode::Equal);
    assert_eq!(it.control().speed, speed);
}

/// Environments come and go a thousand times, and nothing stays behind.
#[test]
fn environments_that_go_leave_nothing() {
    let Some(mut it) = Rehearsal::new("Cartpole", 2, Kind::Playing) else { return };
    // The 3D view is off: what counts are entities and assets, not pixels.
    it.press(KeyCode::KeyR);
    let count = |it: &mut Rehearsal, n: usize| {
        it.app.world_mut().resource_mut::<super::stage::OnShow>().n_envs = n;
        it.pass(2);
        let world = it.app.world_mut();
        let n_shown = world.query::<&Environment>().iter(world).count();
        assert_eq!(n_shown, n);
        let n_meshes = world.resource::<Assets<Mesh>>().len();
        let n_materials = world.resource::<Assets<StandardMaterial>>().len();
        let n_entities = world.query::<Entity>().iter(world).count();
        (n_entities, n_meshes, n_materials, resident_bytes())
    };
    for i in 0..100 {
        count(&mut it, 1 + i % 7);
    }
    let before = count(&mut it, 4);
    for i in 0..900 {
        count(&mut it, 1 + i % 7);
    }
    let after = count(&mut it, 4);
    assert_eq!((after.0, after.1, after.2), (before.0, before.1, before.2));
    // Other tests share the process: what this says holds when it runs alone.
    println!("resident memory: {:.1} MB, then {:.1} MB", before.3 / 1e6, after.3 / 1e6);
}

/// Memory of this process; 0 where the system does not tell.
fn resident_bytes() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<f64>().ok());
    pages.unwrap_or(0.0) * 4096.0
}

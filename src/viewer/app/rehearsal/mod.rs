//! The whole window without a screen: a real session on its thread, keys and mouse as Bevy's events,
//! pictures of what a person would see.

mod keyboard;
mod pictures;
mod tests;

use super::super::window_options::{SessionKind, WindowOptions};
use super::camera;
use super::graphics::{Canvas, shoot};
use super::live::{Live, Playback};
use super::sessions::enter;
use super::stage::{Body, Environment, OnShow, Rig, Selection};
use super::window::add_window_plugins;
use crate::nodes::{ActionMode, Mode, training_loop};
use crate::scene::{EngineKind, Scene, SceneLibrary};
use crate::session::{Broadcast, CheckpointInfo, Session, SessionOptions, broadcast};
use crate::skips::skip;
use crate::ui::{Page, Quality, make_ready, offscreen_with};
use crate::workflow::Graph;
use bevy::camera::RenderTarget;
use bevy::input::ButtonState;
use bevy::input::mouse::{MouseButtonInput, MouseMotion};
use bevy::prelude::*;
use bevy::time::TimeUpdateStrategy;
use bevy::window::PrimaryWindow;
use bevy_egui::input::EguiInputEvent;
use bevy_egui::{EguiContext, egui};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const SIZE: (u32, u32) = (1280, 720);
/// Between two pictures, as the app's clock has it.
const FRAME: Duration = Duration::from_millis(40);
const PATIENCE: Duration = Duration::from_secs(120);

/// One at a time: each has a renderer.
static STAGE: Mutex<()> = Mutex::new(());

/// Without a checkpoint: the policy knows nothing.
const PLAYING: SessionKind = SessionKind::Playing { checkpoint: None };

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
    training_loop()
        .node("trainer", "PPOTrainerNode")
        .node("env", "IsaacGymEnvNode")
        .set("env_name", scene)
        .set("num_envs", n_envs)
        .node("agent", "PPOAgentNode")
        .build()
        .unwrap()
}

/// What is rehearsed.
struct Play {
    scene: &'static str,
    n_envs: usize,
    kind: SessionKind,
    engine: Option<Arc<dyn EngineKind>>,
    checkpoints: Vec<CheckpointInfo>,
    quality: Quality,
}

impl Play {
    fn new(scene: &'static str, n_envs: usize, kind: SessionKind) -> Self {
        let (engine, checkpoints, quality) = (None, Vec::new(), Quality::Fine);
        Self { scene, n_envs, kind, engine, checkpoints, quality }
    }

    fn session(&self) -> Session {
        let play = Mode::Evaluate { deterministic: true };
        let options = |mode| {
            let engine = self.engine.clone();
            SessionOptions { mode, engine, seed: 5, ..SessionOptions::new(scenes()) }
        };
        let graph = |n_envs: usize| graph(self.scene, n_envs as i64);
        match self.kind {
            SessionKind::Training => {
                let mut session = Session::new(&graph(self.n_envs), options(Mode::Train)).unwrap();
                let scene = self.scene;
                session.allow_evaluation_session(Box::new(move |n_envs| {
                    let play = Self::new(scene, n_envs, PLAYING);
                    Ok(play.session())
                }));
                session
            }
            SessionKind::Playing { .. } | SessionKind::Looking => {
                Session::new(&graph(self.n_envs), options(play)).unwrap()
            }
        }
    }
}

/// A policy that knows nothing acts, or begins to learn, until somebody closes.
fn work(play: &Play, mut stage: Broadcast, stop: &AtomicBool) {
    let mut session = play.session();
    while !stop.load(Ordering::SeqCst) && stage.attend(&mut session, stop) {
        session.tick().unwrap();
        let reports = session.take_reports();
        stage.show(&mut session, &reports);
    }
}

impl Rehearsal {
    /// A window on a session that plays, paused before its first step; none where nothing can be
    /// rendered, which is then said.
    fn new(scene: &'static str, n_envs: usize, kind: SessionKind) -> Option<Self> {
        Self::of(Play::new(scene, n_envs, kind))
    }

    fn of(play: Play) -> Option<Self> {
        let _stage = STAGE.lock().unwrap_or_else(PoisonError::into_inner);
        let mut app = hidden()?;
        let Play { scene, n_envs, kind, quality, .. } = play;
        app.insert_resource(quality);
        let (stage, spectator) = broadcast(n_envs);
        let show = WindowOptions {
            scene: Scene::clone(&scenes().load(scene).unwrap()),
            n_envs,
            most_envs: n_envs,
            checkpoints: play.checkpoints.clone(),
            run: None,
            title: format!("{scene} rehearsal"),
            kind,
            planned: (kind == SessionKind::Training).then_some(100),
            action_mode: if kind == SessionKind::Training {
                ActionMode::Sampled
            } else {
                ActionMode::Mean
            },
            history: history(),
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
        let session = std::thread::spawn(move || work(&play, stage, &stopped));
        let mut rehearsal = Self { app, _stage, stop, session: Some(session) };
        rehearsal.pass(3);
        Some(rehearsal)
    }

    /// So many pictures pass by.
    fn pass(&mut self, n: usize) {
        (0..n).for_each(|_| self.app.update());
    }

    fn playback(&self) -> &Playback {
        self.app.world().resource()
    }

    fn selection(&self) -> Selection {
        *self.app.world().resource()
    }

    fn live(&self) -> &Live {
        self.app.world().resource()
    }

    /// The resource of a feature.
    fn get<T: Resource>(&self) -> &T {
        self.app.world().resource()
    }

    /// Where the camera is.
    fn rig(&mut self) -> Rig {
        let world = self.app.world_mut();
        *world.query::<&Rig>().single(world).unwrap()
    }

    /// Number of the first environment's step.
    fn progress(&self) -> u64 {
        self.live().envs.first().map_or(0, |env| env.episode * 10_000 + u64::from(env.progress))
    }

    fn button(&mut self, button: MouseButton, state: ButtonState) {
        let window = self.window();
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
        let mut window = windows.single_mut(world).unwrap();
        let before = window.cursor_position();
        window.set_cursor_position(Some(place));
        if let Some(before) = before {
            world.write_message(MouseMotion { delta: place - before });
        }
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

    /// On panels: drawn into an image, they are told of the mouse by themselves.
    fn click(&mut self, place: Vec2) {
        let world = self.app.world_mut();
        let mut panels = world.query_filtered::<Entity, With<EguiContext>>();
        let context = panels.single(world).unwrap();
        let pos = egui::pos2(place.x, place.y);
        let press = |pressed: bool| egui::Event::PointerButton {
            pos,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: egui::Modifiers::NONE,
        };
        for event in [egui::Event::PointerMoved(pos), press(true), press(false)] {
            self.app.world_mut().write_message(EguiInputEvent { context, event });
            self.pass(1);
        }
    }

    fn double_click(&mut self, place: Vec2) {
        self.point_at(place);
        for state in [ButtonState::Pressed, ButtonState::Released].repeat(2) {
            self.button(MouseButton::Left, state);
        }
    }

    /// Single steps, each waited for, and a picture after each. The app's clock stands still until the step
    /// has come: when it comes must not show, in the camera's way or in what pulls at a body.
    fn step(&mut self, n: usize) {
        for _ in 0..n {
            let before = self.progress();
            self.app.insert_resource(TimeUpdateStrategy::ManualDuration(Duration::ZERO));
            self.press(KeyCode::ArrowRight);
            self.until("a step", |it| it.progress() != before);
            self.app.insert_resource(TimeUpdateStrategy::ManualDuration(FRAME));
            self.pass(1);
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

    /// Compares what is to be seen with the picture of that name.
    fn looks_like(&mut self, name: &str) {
        self.app.insert_resource(Draws(true));
        self.pass(2);
        let got = shoot(&mut self.app, camera::stand_still).unwrap();
        self.app.insert_resource(Draws(false));
        let window = self.window();
        let size = self.app.world().get::<Window>(window).unwrap().physical_size();
        pictures::compare(name, &got, (size.x, size.y));
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

/// An app that draws into an image; none where nothing can be rendered, which is then said.
fn hidden() -> Option<App> {
    hidden_of(SIZE)
}

fn hidden_of(size: (u32, u32)) -> Option<App> {
    let hidden = Window { resolution: size.into(), ..default() };
    match offscreen_with(Some(hidden)) {
        Ok(mut app) => {
            Canvas::stretch(&mut app, size);
            app.insert_resource(TimeUpdateStrategy::ManualDuration(FRAME))
                .init_resource::<Draws>()
                .add_systems(First, look_into_the_image)
                .add_systems(Last, draw_only_for_pictures);
            Some(app)
        }
        Err(error) => {
            skip("graphics", &error.to_string());
            None
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
            "simulate_secs": 0.09, "observe_secs": 0.02, "infer_secs": 0.05, "store_secs": 0.01, "update_secs": 0.08,
            "other_secs": 0.004, "reward_terms": {"alive": 0.5, "progress": 1.4, "effort": -0.2},
        })
    };
    (1..=60).map(row).collect()
}

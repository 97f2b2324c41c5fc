//! A window on a session that runs on a thread of its own, or on one after the other.

use super::super::error::ViewerError;
use super::super::host::{FirstPage, Host};
use super::super::smoothness::Smoothness;
use super::super::window_options::WindowOptions;
use super::camera::View;
use super::live::{Live, Watched};
use super::meter::Meter;
use super::sessions::{Sessions, TITLE, enter};
use super::{
    camera, control, desk, live, meter, mirror, overlay, panels, props, sessions, stage, title,
};
use crate::editor::Desk;
use crate::session::{Broadcast, broadcast};
use crate::ui::{self, Calm, Edited, Group, Page, Preferences, Shortcut, bind};
use bevy::input::keyboard::Key;
use bevy::prelude::*;
use bevy::render::view::screenshot::{Screenshot, save_to_disk};
use bevy::winit::WinitSettings;
use std::fmt::Display;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Builder;

/// Opens a window on a session. `work` runs it, on another thread, until the window is closed or
/// the work is done; what it returns is returned when both have ended, with how the window kept up. If it
/// fails, the window says so.
pub fn watch<T: Send, E: Display + Send>(
    show: WindowOptions,
    work: impl FnOnce(Broadcast) -> Result<T, E> + Send,
) -> Result<(Result<T, E>, Smoothness), ViewerError> {
    let (session_side, spectator) = broadcast(show.n_envs);
    let failure = Arc::new(Mutex::new(None));
    let (mut app, meter) = opened(&show.title, show.max_fps)?;
    let live = Live::new(spectator, &show, failure.clone());
    enter(app.world_mut(), live, show);
    app.insert_state(Page::Watch);
    std::thread::scope(|scope| {
        // Named for profilers and lists of threads.
        let session = Builder::new().name("session".to_owned());
        let worker = session.spawn_scoped(scope, move || {
            work(session_side).inspect_err(|error| {
                let mut failure = failure.lock().unwrap_or_else(PoisonError::into_inner);
                *failure = Some(format!("{error:#}"));
            })
        });
        let worker = worker.expect("the system has no thread left");
        app.run();
        // What the app leaves behind would keep the session waiting for wishes.
        drop(app);
        let result = worker.join().unwrap_or_else(|panic| resume_unwind(panic));
        Ok((result, meter.read()))
    })
}

/// Opens a window from whose pages sessions are opened and to which they go back.
pub fn browse(host: impl Host + 'static, first: FirstPage) -> Result<(), ViewerError> {
    let title = match &first {
        FirstPage::Watch(opened) => opened.show.title.clone(),
        _ => TITLE.to_owned(),
    };
    let (mut app, meter) = opened(&title, None)?;
    let sessions = Sessions::attach(&mut app, Arc::new(host));
    match first {
        FirstPage::Start => {}
        FirstPage::Edit(path) => {
            app.world_mut().write_message(Edited(path));
        }
        FirstPage::Watch(opened) => {
            sessions.begin(*opened)(app.world_mut());
            app.insert_state(Page::Watch);
        }
    }
    app.run();
    drop(app);
    sessions.end(&meter);
    Ok(())
}

/// A window with all that it may need.
fn opened(title: &str, max_fps: Option<f64>) -> Result<(App, Meter), ViewerError> {
    let file = dirs::config_dir().map(|folder| folder.join("dnne/window.json"));
    let pace = ui::pace(max_fps, true, None);
    let mut app = ui::windowed(title, pace, Preferences::open(file))?;
    add_window_plugins(&mut app);
    app.add_plugins(meter::plugin).add_systems(Last, keep_pace);
    let meter = app.world().resource::<Meter>().clone();
    Ok((app, meter))
}

/// Draws less often while no 3D view is drawn.
fn keep_pace(
    view: Option<Res<View>>,
    watched: Option<Res<Watched>>,
    (page, calm): (Res<State<Page>>, Res<Calm>),
    desk: Option<Res<Desk>>,
    mut settings: ResMut<WinitSettings>,
) {
    let max_fps = watched.and_then(|watched| watched.0.max_fps);
    // The end of a training that is being saved is looked for.
    let is_ending = desk.is_some_and(|desk| desk.run.is_ending());
    let calm = if is_ending && *calm == Calm::Resting { Calm::Waiting } else { *calm };
    let canvas = (*page.get() == Page::Edit).then_some(calm);
    let pace = ui::pace(max_fps, view.is_some_and(|view| view.renders), canvas);
    if settings.focused_mode != pace.focused_mode {
        *settings = pace;
    }
}

/// Puts everything into an app that a window has.
pub(super) fn add_window_plugins(app: &mut App) {
    app.add_plugins((
        ui::plugin,
        stage::plugin,
        mirror::plugin,
        props::plugin,
        camera::plugin,
        control::plugin,
        live::plugin,
        overlay::plugin,
        panels::plugin,
        desk::plugin,
        sessions::plugin,
        title::plugin,
    ));
    let picture = Shortcut::key(Group::View, Key::F12, "save a picture");
    bind(app, picture.everywhere().always(), |mut commands: Commands| {
        commands.spawn(Screenshot::primary_window()).observe(save_to_disk(free_name()));
    });
    let quit = Shortcut::letter(Group::View, 'Q', "close; a training is saved");
    bind(app, quit.with_ctrl().everywhere().always(), |mut exit: MessageWriter<AppExit>| {
        exit.write(AppExit::Success);
    });
}

/// A name for a picture that no file has.
fn free_name() -> PathBuf {
    let name = |number: u32| PathBuf::from(format!("dnne-{number}.png"));
    (1..).map(name).find(|path| !path.exists()).unwrap_or_else(|| name(0))
}

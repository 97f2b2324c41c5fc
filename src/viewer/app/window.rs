//! A window on a session that runs on a thread of its own.

use super::super::error::ViewerError;
use super::super::show::Show;
use super::super::smoothness::Smoothness;
use super::camera::View;
use super::keys::{Group, Shortcut, bind};
use super::live::{Live, Watched};
use super::meter::Meter;
use super::panels::LayoutFile;
use super::stage::OnShow;
use super::{camera, control, graphics, keys, live, meter, mirror, overlay, panels, props, stage};
use crate::session::{Broadcast, broadcast};
use bevy::input::keyboard::Key;
use bevy::prelude::*;
use bevy::render::view::screenshot::{Screenshot, save_to_disk};
use bevy::winit::WinitSettings;
use std::fmt::Display;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Opens a window on a session. `work` runs it, on another thread, until the window is closed or
/// the work is done; what it returns is returned when both have ended, with how the window kept up. If it
/// fails, the window says so.
pub fn watch<T: Send, E: Display + Send>(
    show: Show,
    work: impl FnOnce(Broadcast) -> Result<T, E> + Send,
) -> Result<(Result<T, E>, Smoothness), ViewerError> {
    let (stage_side, spectator) = broadcast(show.n_envs);
    let failure = Arc::new(Mutex::new(None));
    let mut app = graphics::windowed(&show.title, graphics::pace(show.max_fps, true))?;
    app.insert_resource(LayoutFile(
        dirs::config_dir().map(|folder| folder.join("dnne/window.json")),
    ));
    furnish(&mut app, Live::new(spectator, &show, failure.clone()), show);
    app.add_plugins(meter::plugin).add_systems(Last, keep_pace);
    let meter = app.world().resource::<Meter>().clone();
    std::thread::scope(|scope| {
        let worker = scope.spawn(move || {
            work(stage_side).inspect_err(|error| {
                let mut failure = failure.lock().unwrap_or_else(PoisonError::into_inner);
                *failure = Some(format!("{error:#}"));
            })
        });
        app.run();
        // What the app leaves behind would keep the session waiting for wishes.
        drop(app);
        let result = worker.join().unwrap_or_else(|panic| resume_unwind(panic));
        Ok((result, meter.read()))
    })
}

/// Draws less often while the 3D view is off.
fn keep_pace(view: Res<View>, watched: Res<Watched>, mut settings: ResMut<WinitSettings>) {
    let pace = graphics::pace(watched.0.max_fps, view.renders);
    if settings.focused_mode != pace.focused_mode {
        *settings = pace;
    }
}

/// Puts everything into an app that a window has.
pub(super) fn furnish(app: &mut App, live: Live, show: Show) {
    app.insert_resource(OnShow { scene: show.scene.clone(), n_envs: show.n_envs })
        .insert_resource(live)
        .insert_resource(Watched(show))
        .add_plugins((
            stage::plugin,
            mirror::plugin,
            props::plugin,
            camera::plugin,
            control::plugin,
            live::plugin,
            overlay::plugin,
            panels::plugin,
            keys::plugin,
        ));
    let picture = Shortcut::key(Group::View, Key::F12, "F12", "save a picture");
    bind(app, picture, |mut commands: Commands| {
        commands.spawn(Screenshot::primary_window()).observe(save_to_disk(free_name()));
    });
    let quit = Shortcut::letter(Group::View, 'Q', "close; a training is saved").with_ctrl();
    bind(app, quit, |mut exit: MessageWriter<AppExit>| {
        exit.write(AppExit::Success);
    });
}

/// A name for a picture that no file has.
fn free_name() -> PathBuf {
    let name = |number: u32| PathBuf::from(format!("dnne-{number}.png"));
    (1..).map(name).find(|path| !path.exists()).unwrap_or_else(|| name(0))
}

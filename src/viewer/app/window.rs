//! A window on a session that runs on a thread of its own.

use super::super::error::ViewerError;
use super::super::show::Show;
use super::live::{Live, Watched};
use super::stage::OnShow;
use super::{camera, control, graphics, live, mirror, overlay, panels, props, stage};
use crate::session::{Broadcast, broadcast};
use bevy::prelude::*;
use std::panic::resume_unwind;

/// Opens a window on a session. `work` runs it, on another thread, until the window is closed or
/// the work is done; what it returns is returned when both have ended.
pub fn watch<T: Send>(
    show: Show,
    work: impl FnOnce(Broadcast) -> T + Send,
) -> Result<T, ViewerError> {
    let (stage_side, spectator) = broadcast(show.n_envs);
    let mut app = graphics::windowed(&show.title, show.max_fps)?;
    app.insert_resource(OnShow { scene: show.scene.clone(), n_envs: show.n_envs })
        .insert_resource(Live::new(spectator, &show))
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
        ));
    std::thread::scope(|scope| {
        let worker = scope.spawn(move || work(stage_side));
        app.run();
        // What the app leaves behind would keep the session waiting for wishes.
        drop(app);
        Ok(worker.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}

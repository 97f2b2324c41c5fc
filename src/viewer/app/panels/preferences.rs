//! How a person likes the window, kept from one time to the next.

use super::super::overlay::{Overlays, Tints};
use super::Open;
use super::curves::Choice;
use bevy::prelude::*;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What is kept. What a file does not say is as it is at first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Preferences {
    light: bool,
    shows_panel: bool,
    shows_timeline: bool,
    panel_width: f32,
    overlays: Overlays,
    tints: bool,
    curves: Vec<String>,
    smoothing: f64,
}

impl Default for Preferences {
    fn default() -> Self {
        let choice = Choice::default();
        Self {
            light: false,
            shows_panel: true,
            shows_timeline: false,
            panel_width: super::WIDTH,
            overlays: Overlays::default(),
            tints: false,
            curves: choice.names,
            smoothing: choice.smoothing,
        }
    }
}

/// Where they are kept; there before the app starts, if they are to be kept.
#[derive(Resource, Default, Clone)]
pub(in crate::viewer::app) struct LayoutFile(pub Option<PathBuf>);

/// What is in the file.
#[derive(Resource)]
struct Kept(Preferences);

/// Width of the side panel [points].
#[derive(Resource)]
pub(super) struct PanelWidth(pub f32);

pub(super) fn plugin(app: &mut App) {
    let LayoutFile(path) = app.world_mut().get_resource_or_init::<LayoutFile>().clone();
    let last = path.as_deref().and_then(|path| std::fs::read(path).ok());
    // A file that cannot be read is as good as none: nothing hangs on it.
    let last: Preferences =
        last.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    app.insert_resource(PanelWidth(last.panel_width.clamp(200.0, 900.0)));
    app.world_mut().resource_mut::<Choice>().restore(&last.curves, last.smoothing);
    let open = Open {
        panel: last.shows_panel,
        timeline: last.shows_timeline,
        light: last.light,
        ..Open::default()
    };
    app.insert_resource(open).insert_resource(last.overlays).insert_resource(Tints(last.tints));
    app.insert_resource(Kept(last)).add_systems(Last, keep.run_if(on_message::<AppExit>));
}

/// Writes them when the window closes, if they have changed.
fn keep(
    (open, overlays, tints): (Res<Open>, Res<Overlays>, Res<Tints>),
    choice: Res<Choice>,
    width: Res<PanelWidth>,
    file: Res<LayoutFile>,
    mut kept: ResMut<Kept>,
) {
    let now = Preferences {
        light: open.light,
        shows_panel: open.panel,
        shows_timeline: open.timeline,
        panel_width: width.0,
        overlays: *overlays,
        tints: tints.0,
        curves: choice.names.clone(),
        smoothing: choice.smoothing,
    };
    let Some(path) = file.0.as_ref().filter(|_| now != kept.0) else { return };
    let written = path
        .parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .map_err(|error| error.to_string())
        .and_then(|()| serde_json::to_vec_pretty(&now).map_err(|error| error.to_string()))
        .and_then(|bytes| {
            crate::session::write_atomically(path, &bytes).map_err(|error| error.to_string())
        });
    match written {
        Ok(()) => kept.0 = now,
        Err(error) => {
            eprintln!("warning: the window's layout was not kept in {}: {error}", path.display());
        }
    }
}

//! How a person likes what is beside the 3D view, kept from one time to the next.

use super::super::overlay::{Overlays, Tints};
use super::curves::Choice;
use super::{Open, WIDTH};
use crate::ui::{KeepPreferences, Preferences};
use bevy::prelude::*;

/// Names among the preferences.
const PANEL: &str = "shows_panel";
const TIMELINE: &str = "shows_timeline";
const PANEL_WIDTH: &str = "panel_width";
const OVERLAYS: &str = "overlays";
const TINTS: &str = "tints";
const CURVES: &str = "curves";
const SMOOTHING: &str = "smoothing";
const OVER_TIME: &str = "curves_over_time";
const LOG: &str = "curves_log";

/// Width of the side panel [points].
#[derive(Resource)]
pub(super) struct PanelWidth(pub f32);

pub(super) fn plugin(app: &mut App) {
    let world = app.world_mut();
    let last = world.get_resource_or_init::<Preferences>();
    let at_first = Open::default();
    let open = Open {
        panel: last.get(PANEL).unwrap_or(at_first.panel),
        timeline: last.get(TIMELINE).unwrap_or(at_first.timeline),
        ..at_first
    };
    let width: f32 = last.get(PANEL_WIDTH).unwrap_or(WIDTH);
    let (overlays, tints) = (last.get::<Overlays>(OVERLAYS), last.get(TINTS));
    let (names, smoothing) = (last.get::<Vec<String>>(CURVES), last.get(SMOOTHING));
    let mut choice = Choice::default();
    let names = names.unwrap_or_else(|| choice.names.clone());
    choice.restore(&names, smoothing.unwrap_or(choice.smoothing));
    choice.axes.time = last.get(OVER_TIME).unwrap_or_default();
    choice.axes.log = last.get(LOG).unwrap_or_default();
    app.insert_resource(open)
        .insert_resource(PanelWidth(width.clamp(200.0, 900.0)))
        .insert_resource(overlays.unwrap_or_default())
        .insert_resource(Tints(tints.unwrap_or_default()))
        .insert_resource(choice)
        .add_systems(Last, keep.in_set(KeepPreferences));
}

fn keep(
    (open, overlays, tints): (Res<Open>, Res<Overlays>, Res<Tints>),
    choice: Res<Choice>,
    width: Res<PanelWidth>,
    mut preferences: ResMut<Preferences>,
) {
    preferences.set(PANEL, open.panel);
    preferences.set(TIMELINE, open.timeline);
    preferences.set(PANEL_WIDTH, width.0);
    preferences.set(OVERLAYS, *overlays);
    preferences.set(TINTS, tints.0);
    preferences.set(CURVES, &choice.names);
    preferences.set(SMOOTHING, choice.smoothing);
    preferences.set(OVER_TIME, choice.axes.time);
    preferences.set(LOG, choice.axes.log);
}

//! How large panels are: Ctrl and + or -, which egui itself follows.

use super::keys::explain;
use super::preferences::KeepPreferences;
use super::shortcut::Group;
use super::{DrawPanels, Preferences};
use bevy::prelude::*;
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};
use std::ops::RangeInclusive;

/// The name among the preferences.
const ZOOM: &str = "zoom";
/// Smaller cannot be read, and of larger panels a screen has no room.
const ZOOMS: RangeInclusive<f32> = 0.5..=3.0;

/// How many times larger panels are than the screen would have them.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
struct Zoom(f32);

pub(super) fn plugin(app: &mut App) {
    let kept = app.world().resource::<Preferences>().get(ZOOM).unwrap_or(1.0);
    app.insert_resource(Zoom(bounded(kept)))
        .add_systems(EguiPrimaryContextPass, follow.before(DrawPanels))
        .add_systems(Last, keep.in_set(KeepPreferences));
    explain(app, Group::View, "Ctrl, + or -", "larger or smaller panels");
    explain(app, Group::View, "Ctrl, 0", "panels as large as at first");
}

fn bounded(zoom: f32) -> f32 {
    if zoom.is_finite() { zoom.clamp(*ZOOMS.start(), *ZOOMS.end()) } else { 1.0 }
}

/// At first egui is told; from then on it tells.
fn follow(mut contexts: EguiContexts, mut zoom: ResMut<Zoom>, mut is_told: Local<bool>) -> Result {
    let ctx = contexts.ctx_mut()?;
    if !std::mem::replace(&mut *is_told, true) {
        ctx.set_zoom_factor(zoom.0);
        return Ok(());
    }
    let wanted = ctx.zoom_factor();
    let now = bounded(wanted);
    if now != wanted {
        ctx.set_zoom_factor(now);
    }
    zoom.set_if_neq(Zoom(now));
    Ok(())
}

fn keep(zoom: Res<Zoom>, mut preferences: ResMut<Preferences>) {
    preferences.set(ZOOM, zoom.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_stay_readable_whatever_was_kept() {
        let kept = [1.25, 0.0, 1e9, f32::NAN, -3.0];
        assert_eq!(kept.map(bounded), [1.25, 0.5, 3.0, 1.0, 0.5]);
    }
}

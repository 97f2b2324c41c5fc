//! The colours of panels, dark or light.

use super::keys::bind;
use super::preferences::KeepPreferences;
use super::shortcut::{Group, Shortcut};
use super::{Preferences, look};
use bevy::prelude::*;
use bevy_egui::egui::{self, Color32};
use bevy_egui::{EguiContexts, EguiPreUpdateSet, EguiPrimaryContextPass};

/// For what is looked at, what is beside it, and things of several kinds.
pub(crate) const ACCENT: Color32 = Color32::from_rgb(237, 148, 51);
pub(crate) const MUTED: Color32 = Color32::from_rgb(130, 136, 145);
/// Lines of plots behind what they show, on either background.
pub(crate) const GRID: Color32 = Color32::from_rgba_premultiplied(45, 47, 50, 90);
pub(crate) const PALETTE: [Color32; 8] = [
    Color32::from_rgb(41, 120, 181),
    Color32::from_rgb(237, 148, 51),
    Color32::from_rgb(92, 158, 92),
    Color32::from_rgb(178, 92, 148),
    Color32::from_rgb(214, 80, 60),
    Color32::from_rgb(110, 190, 200),
    Color32::from_rgb(200, 180, 60),
    Color32::from_rgb(130, 136, 145),
];
/// How much of a text's strength that of lesser texts has: with egui's 0.6 small print cannot be read.
const WEAK: f32 = 0.85;
/// Text in dark panels.
const DARK_TEXT: Color32 = Color32::from_gray(205);
/// The name among the preferences.
const LIGHT: &str = "light";

/// Whether panels are light.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Theme {
    pub light: bool,
}

pub(super) fn plugin(app: &mut App) {
    let light = app.world().resource::<Preferences>().get(LIGHT).unwrap_or_default();
    app.insert_resource(Theme { light })
        .add_systems(
            PreUpdate,
            set_style.after(EguiPreUpdateSet::ProcessInput).before(EguiPreUpdateSet::BeginPass),
        )
        .add_systems(EguiPrimaryContextPass, apply.before(super::DrawPanels))
        .add_systems(Last, keep.in_set(KeepPreferences));
    let key = Shortcut::letter(Group::View, 'L', "light or dark panels").everywhere();
    bind(app, key, |mut theme: ResMut<Theme>| theme.light = !theme.light);
}

/// Colours and fonts come first: what is drawn in a font that is not there yet would be an error, and fonts are
/// there from the next picture on.
fn set_style(mut contexts: EguiContexts, mut is_done: Local<bool>) -> Result {
    if !std::mem::replace(&mut *is_done, true) {
        let ctx = contexts.ctx_mut()?;
        look::add_fonts(ctx);
        set_colours(ctx);
    }
    Ok(())
}

fn apply(mut contexts: EguiContexts, theme: Res<Theme>) -> Result {
    let ctx = contexts.ctx_mut()?;
    ctx.set_theme(if theme.light { egui::Theme::Light } else { egui::Theme::Dark });
    Ok(())
}

fn keep(theme: Res<Theme>, mut preferences: ResMut<Preferences>) {
    preferences.set(LIGHT, theme.light);
}

/// Sets the colours of both themes.
fn set_colours(ctx: &egui::Context) {
    for theme in [egui::Theme::Dark, egui::Theme::Light] {
        ctx.style_mut_of(theme, |style| {
            style.visuals.weak_text_alpha = WEAK;
            if theme == egui::Theme::Dark {
                style.visuals.widgets.noninteractive.fg_stroke.color = DARK_TEXT;
                style.visuals.widgets.inactive.fg_stroke.color = DARK_TEXT;
            }
        });
    }
}

//! The window's own Bevy plugins, a file each.

mod aside;
mod calm;
mod camera;
mod chord;
mod clipboard;
mod display;
mod fit;
mod focus;
mod help;
mod keys;
pub(crate) mod look;
mod modifiers;
mod page;
mod parts;
mod preferences;
mod quality;
mod shortcut;
mod start;
mod templates;
mod theme;
#[cfg(test)]
mod tiles;
mod window;
mod zoom;

pub(crate) use aside::Aside;
pub(crate) use calm::Calm;
pub(crate) use camera::ViewOfPage;
pub(crate) use help::Help;
pub(crate) use keys::{PressKeys, bind, explain};
pub(crate) use page::Page;
pub(crate) use parts::{message, round_marks, row, section, significant, steps, toggle, track};
pub(crate) use preferences::{KeepPreferences, Preferences};
pub(crate) use quality::Quality;
#[cfg(test)]
pub(crate) use shortcut::Shortcuts;
pub(crate) use shortcut::{Group, Shortcut};
pub(crate) use start::{Chosen, Edited, StartPage};
pub(crate) use theme::{ACCENT, GRID, MUTED, PALETTE, Theme};
#[cfg(test)]
pub(crate) use tiles::apart;
#[cfg(test)]
pub(crate) use window::offscreen_with;
pub(crate) use window::{make_ready, offscreen, pace, require_adapter, windowed};

use bevy::asset::AssetEventSystems;
use bevy::prelude::*;
use bevy_egui::{EguiPlugin, EguiPostUpdateSet, EguiPrimaryContextPass};

/// Panels are laid out, those of the page before the windows over it.
#[derive(bevy::ecs::schedule::SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct DrawPanels;

/// The panels of the page's view are laid out, after what stands beside them has taken its room.
#[derive(bevy::ecs::schedule::SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct DrawView;

/// Everything that a window has before there is something in it.
pub(crate) fn plugin(app: &mut App) {
    app.add_plugins(EguiPlugin::default())
        // Letters that were never drawn before, and the whole of all letters when they need more room, are on the
        // graphics card in the picture that shows them: renderers are told of images that changed in this set, and of
        // what changes after it in the next picture.
        .configure_sets(PostUpdate, EguiPostUpdateSet::PostProcessOutput.before(AssetEventSystems))
        .add_plugins((
            preferences::plugin,
            page::plugin,
            aside::plugin,
            calm::plugin,
            camera::plugin,
            theme::plugin,
            keys::plugin,
            start::plugin,
        ))
        .add_plugins((
            focus::plugin,
            modifiers::plugin,
            clipboard::plugin,
            fit::plugin,
            zoom::plugin,
        ))
        .init_resource::<help::Help>()
        .add_systems(
            EguiPrimaryContextPass,
            (help::window, focus::release.run_if(not(in_state(Page::Start))))
                .chain()
                .after(DrawPanels),
        );
    help::bind_key(app);
}

//! What the window is for at the moment.

use bevy::prelude::*;

/// The pages of the window. Features set up what they need when their page is entered, and take it away when
/// it is left.
#[derive(States, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Page {
    /// What there is to open is listed.
    #[default]
    Start,
    /// Workflows are edited.
    Edit,
    /// A session is watched.
    Watch,
}

pub(super) fn plugin(app: &mut App) {
    app.init_state::<Page>();
}

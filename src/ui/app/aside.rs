//! What of the window is not for the view of the page, and whose the keys are.

use bevy::prelude::*;

/// Taken from the view and its panels by what stands beside them.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Aside {
    /// How much is taken at the left, above and below [points].
    pub left: f32,
    pub top: f32,
    pub bottom: f32,
    /// Whether keys mean what they mean there.
    pub has_keys: bool,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Aside>();
}

/// Whether keys mean what they mean in the view.
pub(super) fn view_has_keys(aside: Res<Aside>) -> bool {
    !aside.has_keys
}

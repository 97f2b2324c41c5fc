//! What was chosen of all that is on show.

use bevy::prelude::*;

/// The environment that was chosen, and its body.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::viewer::app) struct Selection {
    pub env: Option<usize>,
    pub body: Option<usize>,
}

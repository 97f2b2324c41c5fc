//! What a person at the window does with keys and mouse: plays and pauses, turns the camera, chooses, pulls,
//! throws.

mod orbit;
mod pick;
mod play;
mod pointer;
mod poke;
mod select;
mod throw;

use crate::ui::PressKeys;
use bevy::prelude::*;

pub(super) fn plugin(app: &mut App) {
    // A step that is asked for by a key feels the pull of the same picture.
    app.configure_sets(Update, PressKeys.after(poke::poke)).add_plugins((
        orbit::plugin,
        play::plugin,
        pointer::plugin,
        poke::plugin,
        select::plugin,
        throw::plugin,
    ));
}

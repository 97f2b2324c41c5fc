//! Errors of opening a window.

/// An error of the window or of drawing.
#[derive(Debug, thiserror::Error)]
pub enum UiError {
    /// The build has no window.
    #[error(
        "this build of dnne cannot draw; build it with the feature `viewer`, which is part of the \
         default features"
    )]
    NotBuilt,

    /// There is no graphics driver; with the system's message.
    #[error(
        "no graphics adapter was found. Install a Vulkan driver for your GPU, or Mesa's software \
         renderer (Debian and Ubuntu: mesa-vulkan-drivers). The system said: {0}"
    )]
    NoAdapter(String),

    /// There is no screen; with the system's message.
    #[error(
        "cannot open a window: {0}. On a machine without a screen use `dnne train --headless` and \
         `dnne record`"
    )]
    NoDisplay(String),
}

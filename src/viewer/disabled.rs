//! What a build without rendering has in place of the viewer.

use super::error::ViewerError;
use super::host::{FirstPage, Host};
use super::motion::Motion;
use super::recording::Recording;
use super::smoothness::Smoothness;
use super::window_options::WindowOptions;
use crate::session::Broadcast;
use crate::ui::UiError;
use std::fmt::Display;

/// A film: there is none, since this build cannot draw.
pub enum Film {}

impl Film {
    /// Fails.
    pub fn begin(_: Recording) -> Result<Self, ViewerError> {
        Err(UiError::NotBuilt.into())
    }

    /// Renders the film: there is none in this build.
    pub fn shoot(self, _: &Motion, _: &mut dyn FnMut(u64)) -> Result<(), ViewerError> {
        match self {}
    }
}

/// Fails: this build has no window.
pub fn watch<T: Send, E: Display + Send>(
    _: WindowOptions,
    _: impl FnOnce(Broadcast) -> Result<T, E> + Send,
) -> Result<(Result<T, E>, Smoothness), ViewerError> {
    Err(UiError::NotBuilt.into())
}

/// Fails: this build has no window.
pub fn browse(_: impl Host + 'static, _: FirstPage) -> Result<(), ViewerError> {
    Err(UiError::NotBuilt.into())
}

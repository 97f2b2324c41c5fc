//! What the editor shows of a training that it began.

use super::canvas::Live;
use super::differences::Differences;
use super::page::Shown;

/// A training as the editor sees it; at rest there is none.
#[derive(Default)]
pub(crate) struct RunView {
    pub live: Option<Live>,
    progress: Option<Progress>,
    is_paused: bool,
    is_ending: bool,
    /// Whether it has made all its updates.
    pub has_ended: bool,
    /// How the workflow in front, which it is of, differs from it by now.
    pub differences: Differences,
    /// How canvas and view share the window, while there is a view.
    pub shown: Option<Shown>,
}

/// How far it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Progress {
    /// `update 63 of 100`.
    pub title: String,
    /// `33 600 steps/s`.
    pub rate: String,
    /// From 0 to 1.
    pub share: f32,
}

impl RunView {
    pub(crate) fn progress(&self) -> Option<&Progress> {
        self.progress.as_ref()
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.is_paused
    }

    /// Whether the last one is still being saved.
    pub(crate) fn is_ending(&self) -> bool {
        self.is_ending
    }

    /// Takes over how far it is.
    pub(crate) fn set(&mut self, progress: Option<Progress>, is_paused: bool, is_ending: bool) {
        (self.progress, self.is_paused, self.is_ending) = (progress, is_paused, is_ending);
    }
}

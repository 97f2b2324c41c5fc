//! Where something was read that is found wanting later.

use super::{Diagnostic, Place};
use std::path::Path;
use std::sync::Arc;

/// Where a part of a file stands, kept beside what was made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The file; none of a text that came from no file.
    pub file: Option<Arc<Path>>,
    /// Where it begins.
    pub place: Place,
    /// The element of a model, for example `<geom name="floor">`; empty of other files.
    pub element: String,
}

impl Diagnostic {
    /// Says where it is, if that is known.
    #[must_use]
    pub fn located(self, location: Option<&Location>) -> Self {
        let Some(Location { file, place, element }) = location else { return self };
        let file = file.as_ref().map(|file| file.display().to_string());
        let it = self.file(file.as_deref()).at(Some((*place).into()));
        if element.is_empty() { it } else { it.element(element.as_str()) }
    }
}

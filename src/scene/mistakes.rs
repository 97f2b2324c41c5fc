//! The mistakes of a task file, all of them.

use super::error::SceneError;
use crate::diagnostic::Diagnostic;
use std::collections::HashSet;

/// How many are listed; a file that is no task at all has one for each word.
const MOST: usize = 100;

/// What is wrong with a task file, as it is found.
#[derive(Default)]
pub(super) struct Mistakes {
    found: Vec<Diagnostic>,
    /// Names of which nothing is known, for something is wrong where they are made.
    lost: HashSet<String>,
}

impl Mistakes {
    pub(super) fn note(&mut self, error: SceneError) {
        self.found.extend(error.diagnostics());
    }

    /// The value, or none if it is wrong, which is noted.
    pub(super) fn take<T>(&mut self, result: Result<T, SceneError>) -> Option<T> {
        result.map_err(|error| self.note(error)).ok()
    }

    /// What uses this name is not judged.
    pub(super) fn lose(&mut self, name: &str) {
        self.lost.insert(name.to_owned());
    }

    /// Whether an expression uses a name of which nothing is known.
    pub(super) fn excuse(&self, expression: &str) -> bool {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        !self.lost.is_empty()
            && expression.split(|c| !is_part(c)).any(|word| self.lost.contains(word))
    }

    pub(super) fn is_lost(&self, name: &str) -> bool {
        self.lost.contains(name)
    }

    /// All of them in the order of the file, each once; an error if there are any.
    pub(super) fn finish(mut self) -> Result<(), SceneError> {
        if self.found.is_empty() {
            return Ok(());
        }
        self.found.sort_by(|a, b| (a.span, &a.message).cmp(&(b.span, &b.message)));
        self.found.dedup();
        let more = self.found.len().saturating_sub(MOST);
        if more > 0 {
            self.found.truncate(MOST);
            let file = self.found[0].file.clone();
            let message = format!("and {more} more mistakes; mend these first");
            self.found.push(Diagnostic::error("", message).file(file.as_deref()));
        }
        Err(SceneError::Task(self.found))
    }
}

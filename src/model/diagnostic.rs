//! Findings about a model file as they are collected.

use crate::diagnostic::{Diagnostic, Location, Place, Severity};
use std::path::Path;
use std::sync::Arc;

/// More findings than this are only counted: nobody reads them.
const MAX_DIAGNOSTICS: usize = 500;
/// Names among which the nearest is looked for, and the longest one that has a nearest.
const MAX_NAMES: usize = 2000;
const MAX_NAME: usize = 200;

/// A place in a file and the element there.
#[derive(Clone, Debug, Default)]
pub(super) struct Origin {
    pub file: Option<Arc<Path>>,
    pub line: u32,
    pub column: u32,
    pub element: String,
}

impl Origin {
    /// The file as a whole.
    pub fn file(path: &Path) -> Self {
        Self { file: Some(path.into()), line: 1, column: 1, element: String::new() }
    }

    /// As it is kept in the model.
    pub fn location(&self) -> Location {
        let place = Place { line: self.line as usize, column: self.column as usize };
        Location { file: self.file.clone(), place, element: self.element.clone() }
    }
}

/// The list that every stage adds to.
#[derive(Debug, Default)]
pub(super) struct Diagnostics {
    list: Vec<Diagnostic>,
    errors: usize,
    noted: Vec<String>,
    /// Findings beyond the longest list.
    unsaid: usize,
}

impl Diagnostics {
    pub fn error(
        &mut self,
        origin: &Origin,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.errors += 1;
        self.push(Severity::Error, origin, message.into(), remedy.into());
    }

    pub fn warning(
        &mut self,
        origin: &Origin,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.push(Severity::Warning, origin, message.into(), remedy.into());
    }

    /// A note, unless there is one of this kind already: a model with fifty lights gets one note.
    pub fn note_once(&mut self, kind: &str, origin: &Origin, message: impl Into<String>) {
        if !self.noted.iter().any(|noted| noted == kind) {
            self.noted.push(kind.to_owned());
            self.push(Severity::Note, origin, message.into(), String::new());
        }
    }

    fn push(&mut self, severity: Severity, origin: &Origin, message: String, remedy: String) {
        if self.is_full() {
            self.unsaid += 1;
            return;
        }
        let place = Place { line: origin.line as usize, column: origin.column as usize };
        let file = origin.file.as_ref().map(|file| file.display().to_string());
        self.list.push(
            Diagnostic::new(severity, "", message)
                .file(Some(file.as_deref().unwrap_or("<text>")))
                .at(Some(place.into()))
                .element(origin.element.as_str())
                .remedy(remedy),
        );
    }

    /// Further findings are only counted.
    pub fn is_full(&self) -> bool {
        self.list.len() >= MAX_DIAGNOSTICS
    }

    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    pub fn n_errors(&self) -> usize {
        self.errors
    }

    pub fn into_list(mut self) -> Vec<Diagnostic> {
        if let (Some(last), true) = (self.list.last(), self.unsaid > 0) {
            let mut last = last.clone();
            last.severity = if self.errors > 0 { Severity::Error } else { Severity::Warning };
            last.message = format!("and {} more findings", self.unsaid);
            last.remedy = "mend those above first".to_owned();
            self.list.push(last);
        }
        self.list
    }
}

/// "did you mean ...?" for the known name nearest to this one, or else the names there are.
pub(super) fn suggest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().filter(|known| !known.is_empty()).collect();
    let short = |name: &str| name.len() <= MAX_NAME;
    let nearest = known
        .iter()
        .take(if short(name) { MAX_NAMES } else { 0 })
        .filter(|known| short(known))
        .map(|known| (strsim::osa_distance(name, known), known))
        .min()
        .filter(|(distance, _)| *distance <= 2.max(name.chars().count() / 3));
    match nearest {
        Some((_, nearest)) => format!("did you mean \"{nearest}\"?"),
        None if known.is_empty() => "there are none".to_owned(),
        None if known.len() <= 20 => format!("known here: {}", known.join(", ")),
        None => format!("known here: {}, ...", known[..20].join(", ")),
    }
}

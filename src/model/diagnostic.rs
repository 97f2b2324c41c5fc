//! What is wrong with a model file, where, and what to do about it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// More findings than this are only counted: nobody reads them.
const MAX_DIAGNOSTICS: usize = 500;
/// Names among which the nearest is looked for, and the longest one that has a nearest.
const MAX_NAMES: usize = 2000;
const MAX_NAME: usize = 200;

/// How much a diagnostic matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something was read and has no effect.
    Note,
    /// The model works, but perhaps not as meant.
    Warning,
    /// There is no model.
    Error,
}

/// One finding about a model file.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelDiagnostic {
    pub severity: Severity,
    /// The file it is in; none if the text did not come from a file.
    pub file: Option<PathBuf>,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// The element it is about, for example `<joint name="hip">`.
    pub element: String,
    pub message: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        })
    }
}

impl fmt::Display for ModelDiagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{}", file.display())?,
            None => f.write_str("<text>")?,
        }
        write!(f, ":{}:{}: {}: ", self.line, self.column, self.severity)?;
        if !self.element.is_empty() {
            write!(f, "{}: ", self.element)?;
        }
        f.write_str(&self.message)?;
        match &self.remedy {
            Some(remedy) => write!(f, "; {remedy}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ModelDiagnostic {}

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
}

/// The list that every stage adds to.
#[derive(Debug, Default)]
pub(super) struct Diagnostics {
    list: Vec<ModelDiagnostic>,
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
        self.list.push(ModelDiagnostic {
            severity,
            file: origin.file.as_deref().map(Path::to_owned),
            line: origin.line,
            column: origin.column,
            element: origin.element.clone(),
            message,
            remedy: Some(remedy).filter(|remedy| !remedy.is_empty()),
        });
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

    pub fn into_list(mut self) -> Vec<ModelDiagnostic> {
        if let (Some(last), true) = (self.list.last(), self.unsaid > 0) {
            let mut last = last.clone();
            last.severity = if self.errors > 0 { Severity::Error } else { Severity::Warning };
            last.message = format!("and {} more findings", self.unsaid);
            last.remedy = Some("mend those above first".to_owned());
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

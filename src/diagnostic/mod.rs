//! What is wrong with a file that a person wrote, be it a model, a task or a workflow: where, what, and what
//! to do about it.

mod count;
mod location;
mod read;
mod span;
mod suggest;

pub use count::counted;
pub use location::Location;
pub use read::{is_utf16, read_bytes, read_text};
pub use span::{Place, Span};
pub use suggest::{did_you_mean, nearest};

use serde::Serialize;
use std::fmt;

/// Severity of a diagnostic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; nothing needs to change.
    Note,
    /// The file can be used, though perhaps not as its author meant.
    Warning,
    /// The file cannot be used.
    Error,
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

/// One finding about a file.
///
/// Displays as one line, such as
/// `workflows/x.json:12:7: error[unknown-class]: node 3 ("PPO Agent"): ...; did you mean ...?` or
/// `scenes/x/x.xml:9:5: error: <joint name="hip">: ...; ...`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// Stable kebab-case name of the kind of finding, for tests and for looking up; empty for findings
    /// about models and tasks, whose kinds have no names.
    pub code: &'static str,
    /// The file it was found in, as the caller named it.
    pub file: Option<String>,
    /// Id of the node concerned.
    pub node: Option<String>,
    /// Title of the node concerned, where it has one.
    pub title: Option<String>,
    /// Parameter, input or output concerned.
    pub field: Option<String>,
    /// The element of a model concerned, for example `<joint name="hip">`.
    pub element: Option<String>,
    /// Where in the file.
    pub span: Option<Span>,
    /// What is wrong.
    pub message: String,
    /// What to do about it; empty where there is nothing to do.
    pub remedy: String,
}

/// Most characters of a message: what files say may be quoted in it, and files may be anything.
const MOST_CHARACTERS: usize = 1_000;

/// A message whose middle is left out where it is too long.
fn shortened(message: String) -> String {
    let count = message.chars().count();
    if count <= MOST_CHARACTERS {
        return message;
    }
    let half = MOST_CHARACTERS / 2;
    let start: String = message.chars().take(half).collect();
    let end: String = message.chars().skip(count - half).collect();
    format!("{start} ... {end}")
}

impl Diagnostic {
    /// A finding of the given severity, not yet placed.
    pub fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity,
            code,
            file: None,
            node: None,
            title: None,
            field: None,
            element: None,
            span: None,
            message: shortened(message.into()),
            remedy: String::new(),
        }
    }

    /// A finding that makes the file of no use.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// A finding with which the file can still be used.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    /// A remark.
    pub fn note(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, message)
    }

    /// Names the node concerned.
    #[must_use]
    pub fn node(mut self, id: impl Into<String>, title: Option<&str>) -> Self {
        self.node = Some(id.into());
        self.title = title.filter(|t| !t.is_empty()).map(str::to_owned);
        self
    }

    /// Names the parameter, input or output concerned.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Names the element of a model concerned, unless it has no name.
    #[must_use]
    pub fn element(mut self, element: impl Into<String>) -> Self {
        self.element = Some(element.into()).filter(|element| !element.is_empty());
        self
    }

    /// Says where in the file.
    #[must_use]
    pub fn at(mut self, span: Option<Span>) -> Self {
        self.span = span;
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into();
        self
    }

    /// Names the file.
    #[must_use]
    pub fn file(mut self, file: Option<&str>) -> Self {
        self.file = file.map(str::to_owned);
        self
    }

    /// Whether this makes the file of no use.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The line without severity and code, for where it can only be an error.
    pub fn plain(&self) -> impl fmt::Display {
        fmt::from_fn(|f| {
            self.write_where(f)?;
            self.write_what(f)
        })
    }

    /// What it is about and what is wrong with that, without place, severity, code and remedy.
    pub fn what(&self) -> impl fmt::Display {
        fmt::from_fn(|f| self.write_fault(f))
    }

    fn write_where(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, self.span) {
            (Some(file), Some(span)) => write!(f, "{file}:{span}: "),
            (Some(file), None) => write!(f, "{file}: "),
            (None, Some(span)) => write!(f, "{span}: "),
            (None, None) => Ok(()),
        }
    }

    /// What it is about, what is wrong with that, and what to do.
    fn write_what(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_fault(f)?;
        if !self.remedy.is_empty() {
            write!(f, "; {}", self.remedy)?;
        }
        Ok(())
    }

    fn write_fault(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(node) = &self.node {
            write!(f, "node {node}")?;
            if let Some(title) = &self.title {
                write!(f, " ({title:?})")?;
            }
            if let Some(field) = &self.field {
                write!(f, ", {field}")?;
            }
            f.write_str(": ")?;
        } else if let Some(subject) = self.field.as_ref().or(self.element.as_ref()) {
            write!(f, "{subject}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Diagnostic {}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_where(f)?;
        match self.code {
            "" => write!(f, "{}: ", self.severity)?,
            code => write!(f, "{}[{code}]: ", self.severity)?,
        }
        self.write_what(f)
    }
}

/// Whether any of these makes the file of no use.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(Diagnostic::is_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn displays_as_one_line_with_place_node_field_and_remedy() {
        let diagnostic = Diagnostic::error("unknown-class", "no node is called \"PPOAgnt\"")
            .node("3", Some("PPO Agent"))
            .field("gamma")
            .at(Some(Place { line: 12, column: 7 }.into()))
            .file(Some("workflows/x.json"))
            .remedy("did you mean \"PPOAgentNode\"?");
        assert_eq!(
            diagnostic.to_string(),
            "workflows/x.json:12:7: error[unknown-class]: node 3 (\"PPO Agent\"), gamma: \
             no node is called \"PPOAgnt\"; did you mean \"PPOAgentNode\"?"
        );
    }

    #[test]
    fn a_finding_without_code_and_node_names_its_element() {
        let diagnostic = Diagnostic::warning("", "it has no mass")
            .element("<body name=\"arm\">")
            .at(Some(Place { line: 9, column: 5 }.into()))
            .file(Some("arm.xml"))
            .remedy("give it a geom");
        let what = "<body name=\"arm\">: it has no mass; give it a geom";
        assert_eq!(diagnostic.to_string(), format!("arm.xml:9:5: warning: {what}"));
        assert_eq!(diagnostic.plain().to_string(), format!("arm.xml:9:5: {what}"));
        assert_eq!(diagnostic.what().to_string(), "<body name=\"arm\">: it has no mass");
        let whole = Diagnostic::error("", "it is empty").element("");
        assert_eq!(whole.to_string(), "error: it is empty");
    }
}

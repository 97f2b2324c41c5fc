//! What is wrong with a workflow: where, what, and what to do about it.

use std::fmt;

/// How much a diagnostic matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing needs to change.
    Note,
    /// The workflow runs, though perhaps not as its author meant.
    Warning,
    /// The workflow cannot run.
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

/// A position in a text file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// One finding about a workflow.
///
/// Displays as one line:
/// `workflows/x.json:12:7: error[unknown-class]: node 3 ("PPO Agent"): ...; did you mean ...?`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// Stable kebab-case name of the kind of finding, for tests and for looking up.
    pub code: &'static str,
    /// The file it was found in, as the caller named it.
    pub file: Option<String>,
    /// Id of the node concerned.
    pub node: Option<String>,
    /// Title of the node concerned, where it has one.
    pub title: Option<String>,
    /// Parameter, input or output concerned.
    pub field: Option<String>,
    /// Where in the file.
    pub place: Option<Place>,
    /// What is wrong.
    pub message: String,
    /// What to do about it; empty where there is nothing to do.
    pub remedy: String,
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
            place: None,
            message: message.into(),
            remedy: String::new(),
        }
    }

    /// A finding that stops the workflow from running.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// A finding that does not stop the workflow.
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

    /// Says where in the file.
    #[must_use]
    pub fn at(mut self, place: Option<Place>) -> Self {
        self.place = place;
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

    /// Whether this stops the workflow from running.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl std::error::Error for Diagnostic {}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, self.place) {
            (Some(file), Some(place)) => write!(f, "{file}:{place}: ")?,
            (Some(file), None) => write!(f, "{file}: ")?,
            (None, Some(place)) => write!(f, "{place}: ")?,
            (None, None) => {}
        }
        write!(f, "{}[{}]: ", self.severity, self.code)?;
        if let Some(node) = &self.node {
            write!(f, "node {node}")?;
            if let Some(title) = &self.title {
                write!(f, " ({title:?})")?;
            }
            if let Some(field) = &self.field {
                write!(f, ", {field}")?;
            }
            f.write_str(": ")?;
        } else if let Some(field) = &self.field {
            write!(f, "{field}: ")?;
        }
        f.write_str(&self.message)?;
        if !self.remedy.is_empty() {
            write!(f, "; {}", self.remedy)?;
        }
        Ok(())
    }
}

/// Whether any of these stops the workflow from running.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(Diagnostic::is_error)
}

/// The candidate that `name` was probably meant to be, if one is close enough.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Half of the letters right is where suggestions stop being guesses in the dark.
    const CLOSE_ENOUGH: f64 = 0.5;
    let plain = |s: &str| -> String {
        s.chars().take(100).filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let wanted = plain(name);
    candidates
        .into_iter()
        .map(|candidate| {
            let score = strsim::normalized_damerau_levenshtein(&wanted, &plain(candidate));
            (score, candidate)
        })
        .filter(|(score, _)| *score >= CLOSE_ENOUGH)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// "did you mean X?" where something is near, else the list of what there is.
pub(crate) fn did_you_mean(name: &str, candidates: &[&str]) -> String {
    match nearest(name, candidates.iter().copied()) {
        Some(near) => format!("did you mean {near:?}?"),
        None if candidates.is_empty() => "there are none to choose from".to_owned(),
        None => format!("choose one of {}", candidates.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn displays_as_one_line_with_place_node_field_and_remedy() {
        let diagnostic = Diagnostic::error("unknown-class", "no node is called \"PPOAgnt\"")
            .node("3", Some("PPO Agent"))
            .field("gamma")
            .at(Some(Place { line: 12, column: 7 }))
            .file(Some("workflows/x.json"))
            .remedy("did you mean \"PPOAgentNode\"?");
        assert_eq!(
            diagnostic.to_string(),
            "workflows/x.json:12:7: error[unknown-class]: node 3 (\"PPO Agent\"), gamma: \
             no node is called \"PPOAgnt\"; did you mean \"PPOAgentNode\"?"
        );
    }

    #[test]
    fn nearest_ignores_case_and_spaces_and_refuses_strangers() {
        let names = ["PPOAgentNode", "PPOTrainerNode", "ORNode"];
        assert_eq!(nearest("ppo agent", names), Some("PPOAgentNode"));
        assert_eq!(nearest("KSampler", names), None);
    }
}

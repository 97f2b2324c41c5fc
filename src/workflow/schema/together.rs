//! Groups of parameters that form one setting.

/// What several parameters of a node kind say together. Files have each of them by itself; code says the
/// whole by one field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ParamGroup {
    /// Some words of a choice bring parameters of their own, which count with no other word.
    Choice {
        /// The choice.
        choice: &'static str,
        /// Words, and the names of what they bring.
        brings: &'static [(&'static str, &'static [&'static str])],
    },
    /// When something is done again and again, as `epoch`, `time` or `best_metric` and a text that says how
    /// many updates, how much time or which metric.
    Trigger {
        /// What code calls it.
        name: &'static str,
        /// The switch without which it is never done, if there is one.
        enabled: Option<&'static str>,
        /// The choice of the three words.
        kind: &'static str,
        /// The text.
        value: &'static str,
    },
}

impl ParamGroup {
    /// The name by which code says the whole.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Choice { choice, .. } => choice,
            Self::Trigger { name, .. } => name,
        }
    }

    /// Whether a parameter is part of it.
    pub fn has(&self, param: &str) -> bool {
        match self {
            Self::Choice { choice, brings } => {
                *choice == param || brings.iter().any(|(_, names)| names.contains(&param))
            }
            Self::Trigger { enabled, kind, value, .. } => {
                [*kind, *value].contains(&param) || *enabled == Some(param)
            }
        }
    }
}

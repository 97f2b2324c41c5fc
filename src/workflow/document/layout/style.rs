//! How a text is laid out, for what is written anew in it.

use serde_json::Value;

use super::scan::Written;

/// The layout of values that have nothing beside them to be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Style {
    /// A line end, where the text has any between its values.
    pub line: Option<&'static str>,
    /// What one level is indented by.
    pub unit: String,
    /// Between a key and its value.
    pub colon: String,
    /// Behind a comma within a line.
    pub gap: String,
    /// Whether what is short stands in one line.
    pub short_in_line: bool,
    /// Whether letters beyond ASCII are written as numbers.
    pub ascii: bool,
}

impl Style {
    /// The layout of new files: one member a line, and what is short in one line.
    pub(super) fn ours() -> Self {
        Self {
            line: Some("\n"),
            unit: "  ".to_owned(),
            colon: ": ".to_owned(),
            gap: " ".to_owned(),
            short_in_line: true,
            ascii: false,
        }
    }

    /// The layout of a text.
    pub(super) fn of(text: &str, root: &Written) -> Self {
        let Some(first) = root.entries.first() else { return Self::ours() };
        let lead = &text[first.lead.clone()];
        let colon = text[first.colon.clone()].to_owned();
        let tight = if colon.ends_with(' ') { " " } else { "" };
        let line = lead.contains('\n').then_some(if lead.contains("\r\n") { "\r\n" } else { "\n" });
        let unit = lead.rsplit('\n').next().filter(|_| line.is_some());
        let in_line = in_line(text, root);
        Self {
            line,
            unit: unit.unwrap_or_default().to_owned(),
            colon,
            gap: in_line.gap.unwrap_or(tight).to_owned(),
            short_in_line: in_line.any,
            ascii: text.is_ascii() && text.contains("\\u"),
        }
    }

    /// Whether a value is written in one line.
    pub(super) fn fits_line(&self, key: Option<&str>, value: &Value, in_line: &str) -> bool {
        const LONGEST: usize = 100;
        // One setting, port, node or link a line, so that version control shows which one was changed.
        let is_settings = key == Some("widgets_values_named");
        let holds = |item: &Value| item.is_array() || item.is_object();
        let is_table = value.as_array().is_some_and(|items| items.iter().any(holds));
        let is_short = in_line.len() <= LONGEST && depth(value) <= 2 && !is_settings && !is_table;
        self.line.is_none() || is_empty(value) || self.short_in_line && is_short
    }
}

/// How many lists and objects lie in each other, itself included.
fn depth(value: &Value) -> usize {
    let deepest = match value {
        Value::Array(items) => items.iter().map(depth).max(),
        Value::Object(members) => members.values().map(depth).max(),
        _ => return 0,
    };
    1 + deepest.unwrap_or(0)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// What stands in one line.
#[derive(Default)]
struct InLine<'t> {
    any: bool,
    gap: Option<&'t str>,
}

fn in_line<'t>(text: &'t str, written: &Written) -> InLine<'t> {
    let mut found = InLine::default();
    let mut todo = vec![written];
    while let Some(written) = todo.pop() {
        for (index, entry) in written.entries.iter().enumerate() {
            let lead = &text[entry.lead.clone()];
            if !lead.contains('\n') {
                found.any |= index == 0;
                if index > 0 && found.gap.is_none() {
                    found.gap = Some(lead);
                }
            }
            todo.push(&entry.value);
        }
    }
    found
}

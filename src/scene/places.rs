//! Where the parts of a task file stand, for messages.

use super::error::SceneError;
use crate::diagnostic::Place;
use std::collections::HashMap;
use std::path::Path;

/// A task file's path and text, to say where something is wrong.
pub(super) struct Text<'a> {
    file: &'a Path,
    text: &'a str,
    /// The text with a space for each byte of a comment.
    plain: String,
    /// Where the task's own fields begin.
    fields: HashMap<String, usize>,
}

impl<'a> Text<'a> {
    pub(super) fn new(file: &'a Path, text: &'a str) -> Self {
        let (plain, fields) = scan(text);
        Self { file, text, plain, fields }
    }

    /// An error at a field of the task; at the file's beginning if it is not there.
    pub(super) fn error(&self, field: &str, message: String) -> SceneError {
        self.error_at(self.field(field), message)
    }

    /// An error at the first text `"quoted"` in a field.
    pub(super) fn error_in(&self, field: &str, quoted: &str, message: String) -> SceneError {
        let field = self.field(field);
        let found = self.plain[field..].find(&format!("\"{quoted}\""));
        self.error_at(field + found.unwrap_or(0), message)
    }

    /// An error some bytes into an expression of a field. Expressions stand in the file as they are
    /// read unless they need escapes; then the place is the field and the message must do.
    pub(super) fn error_in_expression(
        &self,
        field: &str,
        expression: &str,
        at: usize,
        message: String,
    ) -> SceneError {
        let field = self.field(field);
        let found = self.plain[field..].find(&format!("\"{expression}\""));
        self.error_at(found.map_or(field, |quote| field + quote + 1 + at), message)
    }

    /// An error at the first such `"name"` in a field, which names nothing of its kind that is known.
    pub(super) fn unknown<'n>(
        &self,
        field: &str,
        kind: &str,
        name: &str,
        known: impl Iterator<Item = &'n str>,
    ) -> SceneError {
        let nearest = known
            .filter(|known| !known.is_empty())
            .max_by(|a, b| strsim::jaro(a, name).total_cmp(&strsim::jaro(b, name)))
            .map(|nearest| format!("; did you mean \"{nearest}\"?"));
        let message = format!("unknown {kind} \"{name}\"{}", nearest.unwrap_or_default());
        self.error_in(field, name, message)
    }

    fn field(&self, name: &str) -> usize {
        self.fields.get(name).copied().unwrap_or(0)
    }

    fn error_at(&self, offset: usize, message: String) -> SceneError {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &self.text[..offset];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let place = Place {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        };
        SceneError::task(self.file, place, message)
    }
}

/// Takes the comments out of a RON text, and finds the fields of its outermost struct. The text has
/// been parsed; on anything else this finds less, and does not fail.
fn scan(text: &str) -> (String, HashMap<String, usize>) {
    let mut plain = text.as_bytes().to_vec();
    let mut fields = HashMap::new();
    let (mut at, mut depth) = (0, 0_usize);
    while at < plain.len() {
        let rest = &text.as_bytes()[at..];
        let length = match rest[0] {
            b'/' if rest.starts_with(b"//") => {
                let line = rest.iter().position(|&byte| byte == b'\n');
                let length = line.unwrap_or(rest.len());
                plain[at..at + length].fill(b' ');
                length
            }
            b'/' if rest.starts_with(b"/*") => {
                let length = block_comment(rest);
                plain[at..at + length].fill(b' ');
                length
            }
            b'"' => string(rest),
            byte if byte.is_ascii_alphabetic() || byte == b'_' => {
                let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
                let length = rest.iter().take_while(|byte| is_word(byte)).count();
                let after = text.get(at + length..).unwrap_or_default().trim_start();
                if depth == 1 && after.starts_with(':') {
                    fields.entry(text[at..at + length].to_owned()).or_insert(at);
                }
                length
            }
            byte => {
                match byte {
                    b'(' | b'[' | b'{' => depth += 1,
                    b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                1
            }
        };
        at += length;
    }
    // Comments are replaced whole, from one ASCII character to another.
    (String::from_utf8_lossy(&plain).into_owned(), fields)
}

/// The length of a block comment; they nest.
fn block_comment(text: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0);
    while at < text.len() {
        match &text[at..] {
            rest if rest.starts_with(b"/*") => (at, depth) = (at + 2, depth + 1),
            rest if rest.starts_with(b"*/") => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of a string with its quotes.
fn string(text: &[u8]) -> usize {
    let mut at = 1;
    while at < text.len() && text[at] != b'"' {
        at += if text[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(text.len())
}

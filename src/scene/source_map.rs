//! Source positions of the parts of a task file, for messages.

use super::error::SceneError;
use super::task_outline::{Form, Piece, outline};
use crate::diagnostic::{Location, Place};
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
    outline: Piece,
    /// Where entries begin that could not be read and are not counted.
    unread: Vec<usize>,
}

impl<'a> Text<'a> {
    pub(super) fn new(file: &'a Path, text: &'a str) -> Self {
        let (plain, fields) = scan(text);
        let outline = outline(text).0;
        Self { file, text, plain, fields, outline, unread: Vec::new() }
    }

    /// The same text, in which the entries that begin here could not be read.
    pub(super) fn without(self, unread: Vec<usize>) -> Self {
        Self { unread, ..self }
    }

    /// An error at a field of the task; at the file's beginning if it is not there.
    pub(super) fn error(&self, field: &str, message: String) -> SceneError {
        self.error_at(self.field(field), message)
    }

    /// An error at the first text `"quoted"` in an entry of a field.
    pub(super) fn error_in(&self, at: Entry<'_>, quoted: &str, message: String) -> SceneError {
        let start = self.entry(at);
        let end = self.piece(at).map_or(self.plain.len(), |piece| piece.span.end);
        let found = self.plain[start..end].find(&format!("\"{quoted}\""));
        self.error_at(start + found.unwrap_or(0), message)
    }

    /// An error at an entry of a field.
    pub(super) fn error_of(&self, entry: Entry<'_>, message: String) -> SceneError {
        self.error_at(self.entry(entry), message)
    }

    /// An error some bytes into the expression of an entry. Expressions stand in the file as they are
    /// read unless they need escapes; then the place is the entry and the message must do.
    pub(super) fn error_in_expression(
        &self,
        entry: Entry<'_>,
        expression: &str,
        at: usize,
        message: String,
    ) -> SceneError {
        let start = self.entry(entry);
        // Behind the name, which may be the same text.
        let value = self.piece(entry).and_then(value_of).map_or(start, |value| value.span.start);
        let found = self.plain[value..].find(&format!("\"{expression}\""));
        self.error_at(found.map_or(start, |quote| value + quote + 1 + at), message)
    }

    /// An error at the first such `"name"` in an entry, which names nothing of its kind that is known.
    pub(super) fn unknown<'n>(
        &self,
        at: Entry<'_>,
        kind: &str,
        name: &str,
        known: impl Iterator<Item = &'n str>,
    ) -> SceneError {
        let nearest = known
            .filter(|known| !known.is_empty())
            .max_by(|a, b| strsim::jaro(a, name).total_cmp(&strsim::jaro(b, name)))
            .map(|nearest| format!("; did you mean \"{nearest}\"?"));
        let message = format!("unknown {kind} \"{name}\"{}", nearest.unwrap_or_default());
        self.error_in(at, name, message)
    }

    /// Where an entry of a field stands.
    pub(super) fn location(&self, entry: Entry<'_>) -> Location {
        let place = self.place(self.entry(entry));
        Location { file: Some(self.file.into()), place, element: String::new() }
    }

    /// Where an entry of a field begins; the field, where it has none of that number.
    fn entry(&self, entry: Entry<'_>) -> usize {
        self.piece(entry).map_or_else(|| self.field(entry.0), |piece| piece.span.start)
    }

    fn piece(&self, (field, number): Entry<'_>) -> Option<&Piece> {
        let Form::Group { fields, .. } = &self.outline.form else { return None };
        let value = &fields.iter().find(|it| it.name == field)?.value;
        let items = match &value.form {
            Form::List(items) => items,
            // Of actions.
            Form::Group { name: Some(_), items, .. } => match &items.first()?.form {
                Form::List(items) => items,
                _ => return None,
            },
            _ => return None,
        };
        let is_read = |item: &&Piece| {
            !matches!(item.form, Form::Nothing) && !self.unread.contains(&item.span.start)
        };
        items.iter().filter(is_read).nth(number)
    }

    /// An error some bytes into the text.
    pub(super) fn error_of_form(&self, at: usize, message: String) -> SceneError {
        self.error_at(at, message)
    }

    fn field(&self, name: &str) -> usize {
        self.fields.get(name).copied().unwrap_or(0)
    }

    fn error_at(&self, offset: usize, message: String) -> SceneError {
        SceneError::task(self.file, self.place(offset), message)
    }

    /// The place of so many bytes into the text.
    fn place(&self, offset: usize) -> Place {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &self.text[..offset];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Place {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

/// A field, and which of its entries.
pub(super) type Entry<'e> = (&'e str, usize);

/// The second value of `("name", value)`.
fn value_of(entry: &Piece) -> Option<&Piece> {
    match &entry.form {
        Form::Group { items, .. } if items.len() == 2 => items.get(1),
        Form::Group { fields, .. } => {
            fields.iter().find(|field| field.name == "when").map(|field| &field.value)
        }
        _ => None,
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

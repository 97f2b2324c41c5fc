//! The outline of a RON text: its values with their places, as far as they can be made out. Where something is wrong
//! it is noted and the rest is read on, so that one mistake does not hide the others.

use std::ops::Range;

/// A value.
#[derive(Debug)]
pub(super) struct Piece {
    /// Bytes of the text.
    pub span: Range<usize>,
    pub form: Form,
}

/// What a value is.
#[derive(Debug)]
pub(super) enum Form {
    Text(String),
    Number(f64),
    /// A word by itself, such as `None` or `Mass`.
    Word(String),
    List(Vec<Piece>),
    /// `(...)` or `Name(...)`, with and without names of the values in it.
    Group {
        name: Option<String>,
        fields: Vec<Field>,
        items: Vec<Piece>,
    },
    /// None is there, or none that can be made out; that has been noted.
    Nothing,
}

/// A value with its name.
#[derive(Debug)]
pub(super) struct Field {
    pub name: String,
    /// Where the name begins.
    pub at: usize,
    pub value: Piece,
}

/// Something wrong: where, and what.
pub(super) type Fault = (usize, String);

/// Mistakes of form that are listed; a file that is no task at all has one for each word.
const MOST_FAULTS: usize = 100;

/// Brackets in brackets that are followed; tasks need five.
const MOST_DEPTH: usize = 64;

/// The value that a text is, and what is wrong with its form.
pub(super) fn outline(text: &str) -> (Piece, Vec<Fault>) {
    let mut reader = Reader { text, at: 0, open: Vec::new(), faults: Vec::new() };
    reader.skip_attributes();
    let piece = reader.value();
    reader.skip_blank();
    if reader.at < text.len() && reader.faults.is_empty() {
        reader.fault(
            reader.at,
            "the task ends before this; remove what follows, or a bracket too many",
        );
    }
    (piece, reader.faults)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// The brackets that are open: what closes each, and where it was opened.
    open: Vec<(u8, usize)>,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn fault(&mut self, at: usize, message: impl Into<String>) {
        if self.faults.len() == MOST_FAULTS {
            self.faults.push((at, "and more: what follows was not read".to_owned()));
            self.at = self.text.len();
        }
        if self.faults.len() < MOST_FAULTS {
            self.faults.push((at, message.into()));
        }
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// `#![enable(...)]`, which says nothing about the task.
    fn skip_attributes(&mut self) {
        self.skip_blank();
        while self.rest().starts_with("#!") {
            let length = self.rest().find(']').map_or(self.rest().len(), |end| end + 1);
            self.at += length;
            self.skip_blank();
        }
    }

    /// Blanks and comments.
    fn skip_blank(&mut self) {
        loop {
            let rest = self.rest();
            let blank = rest.len()
                - rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}').len();
            self.at += blank;
            let rest = self.rest();
            if rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                self.skip_block_comment();
            } else {
                return;
            }
        }
    }

    fn skip_block_comment(&mut self) {
        let start = self.at;
        let mut depth = 0;
        while self.at < self.text.len() {
            let rest = &self.text.as_bytes()[self.at..];
            match rest {
                _ if rest.starts_with(b"/*") => (depth, self.at) = (depth + 1, self.at + 2),
                _ if rest.starts_with(b"*/") => (depth, self.at) = (depth - 1, self.at + 2),
                _ => self.at += 1,
            }
            if depth == 0 {
                return;
            }
        }
        self.fault(start, "this comment has no end; close it with */");
    }

    fn value(&mut self) -> Piece {
        self.skip_blank();
        let start = self.at;
        let form = match self.peek() {
            Some(b'"') => self.string(),
            Some(b'r') if self.rest().starts_with("r\"") || self.rest().starts_with("r#") => {
                self.raw_string()
            }
            Some(b'\'') => self.quoted_singly(),
            Some(b'[') => self.list(),
            Some(b'(') => self.group(None),
            Some(b'+' | b'-' | b'.' | b'0'..=b'9') => self.number(),
            Some(c) if c.is_ascii_alphabetic() || c == b'_' => self.word(),
            _ => Form::Nothing,
        };
        Piece { span: start..self.at, form }
    }

    fn word(&mut self) -> Form {
        let mut word = self.name();
        // A text whose quotes lack, such as ball.xml.
        while let Some(sign @ ('-' | '.')) = self.rest().chars().next() {
            if !self.rest()[1..].starts_with(char::is_alphanumeric) {
                break;
            }
            self.at += 1;
            word.push(sign);
            word += &self.name();
        }
        let end = self.at;
        self.skip_blank();
        match self.peek() {
            Some(b'(') => self.group(Some(word)),
            _ => {
                self.at = end;
                match word.as_str() {
                    "inf" => Form::Number(f64::INFINITY),
                    "NaN" => Form::Number(f64::NAN),
                    _ => Form::Word(word),
                }
            }
        }
    }

    fn name(&mut self) -> String {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let name = rest[..end].to_owned();
        self.at += end;
        name
    }

    fn number(&mut self) -> Form {
        let start = self.at;
        let rest = self.rest();
        let is_part = |c: char| c.is_alphanumeric() || "+-._".contains(c);
        let end = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
        let written = rest[..end].to_owned();
        self.at += end;
        let plain = written.replace('_', "");
        match plain.trim_start_matches('+') {
            "-inf" => return Form::Number(f64::NEG_INFINITY),
            "-NaN" => return Form::Number(f64::NAN),
            _ => {}
        }
        let digits = plain.trim_start_matches(['+', '-']);
        let sign = if plain.starts_with('-') { -1.0 } else { 1.0 };
        let bases = [("0x", 16), ("0o", 8), ("0b", 2)];
        let based =
            bases.iter().find_map(|(prefix, base)| Some((digits.strip_prefix(prefix)?, *base)));
        let value = match based {
            Some((digits, base)) => i64::from_str_radix(digits, base).ok().map(|n| sign * n as f64),
            None => plain.parse().ok(),
        };
        match value {
            Some(value) => Form::Number(value),
            None => {
                self.fault(
                    start,
                    format!(
                        "`{written}` is not a number; write 0.5 or 1e-3, an expression in quotes"
                    ),
                );
                Form::Nothing
            }
        }
    }

    fn string(&mut self) -> Form {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        while let Some(c) = self.rest().chars().next() {
            self.at += c.len_utf8();
            match c {
                '"' => return Form::Text(text),
                '\\' => self.escape(&mut text),
                c => text.push(c),
            }
        }
        // It has eaten all that follows: the quotes that lack are most likely those of its own line.
        let line = self.text[start..].find('\n').map_or(self.text.len(), |end| start + end);
        self.at =
            self.text[start..line].rfind([',', ')']).map_or(line, |end| start + end).max(start + 1);
        self.fault(start, "this text has no end: a \" is missing on this line or a later one");
        Form::Nothing
    }

    fn escape(&mut self, text: &mut String) {
        let at = self.at - 1;
        let Some(c) = self.rest().chars().next() else { return };
        self.at += c.len_utf8();
        match c {
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'r' => text.push('\r'),
            '0' => text.push('\0'),
            '"' | '\'' | '\\' => text.push(c),
            'x' | 'u' => {
                let rest = self.rest();
                let (digits, length) = match rest
                    .strip_prefix('{')
                    .and_then(|it| it.split_once('}'))
                {
                    Some((digits, _)) => (digits, digits.len() + 2),
                    None => (rest.get(..2).unwrap_or_default(), rest.get(..2).map_or(0, str::len)),
                };
                let value = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
                self.at += length;
                match value {
                    Some(c) => text.push(c),
                    None => self.fault(at, "this escape means no letter; write \\u{e9}"),
                }
            }
            _ => self
                .fault(at, format!("`\\{c}` means nothing in a text; write \\\\ for a backslash")),
        }
    }

    fn raw_string(&mut self) -> Form {
        let start = self.at;
        let hashes = self.rest()[1..].chars().take_while(|c| *c == '#').count();
        let end = format!("\"{}", "#".repeat(hashes));
        let body = start + 1 + hashes + 1;
        match self.text.get(body..).and_then(|rest| rest.find(&end)) {
            Some(length) if self.text.as_bytes()[body - 1] == b'"' => {
                self.at = body + length + end.len();
                Form::Text(self.text[body..body + length].to_owned())
            }
            _ => {
                self.at = start + 1;
                self.fault(start, "this raw text has no end");
                Form::Nothing
            }
        }
    }

    /// Other languages have texts in these, too.
    fn quoted_singly(&mut self) -> Form {
        let start = self.at;
        let line = self.rest().find('\n').unwrap_or(self.rest().len());
        let end = self.rest()[1..line].find('\'').map_or(line, |end| end + 2);
        let text = self.rest()[1..end].trim_end_matches('\'').to_owned();
        self.at += end;
        self.fault(start, format!("texts stand in double quotes: \"{text}\""));
        Form::Text(text)
    }

    fn list(&mut self) -> Form {
        let mut items = Vec::new();
        self.inside(b']', |reader| items.push(reader.value()));
        Form::List(items)
    }

    fn group(&mut self, name: Option<String>) -> Form {
        let (mut fields, mut items) = (Vec::new(), Vec::new());
        self.inside(b')', |reader| match reader.field() {
            Some(field) => fields.push(field),
            None => items.push(reader.value()),
        });
        Form::Group { name, fields, items }
    }

    /// A name and its value, if that is what comes.
    fn field(&mut self) -> Option<Field> {
        let at = self.at;
        if !self.peek().is_some_and(|c| c.is_ascii_alphabetic() || c == b'_') {
            return None;
        }
        let name = self.name();
        let end = self.at;
        self.skip_blank();
        match self.peek() {
            Some(b':') => self.at += 1,
            Some(b'=') => {
                self.fault(self.at, format!("write `{name}: ...` with a colon"));
                self.at += 1;
            }
            // A raw text, or a word or group by itself.
            _ => {
                self.at = if self.text[at..end].is_empty() { end } else { at };
                return None;
            }
        }
        let value = self.value();
        if matches!(value.form, Form::Nothing) && value.span.is_empty() {
            self.fault(at, format!("`{name}` has no value"));
        }
        Some(Field { name, at, value })
    }

    /// What stands between an opening bracket, which comes now, and the closing one, with commas between.
    fn inside(&mut self, close: u8, mut next: impl FnMut(&mut Self)) {
        let start = self.at;
        let opening = char::from(self.text.as_bytes()[start]);
        if self.open.len() >= MOST_DEPTH {
            self.fault(start, "there are too many brackets in brackets");
            self.at = self.text.len();
            return;
        }
        self.at += 1;
        self.open.push((close, start));
        let mut needs_comma = false;
        loop {
            self.skip_blank();
            match self.peek() {
                None => {
                    // One bracket that lacks leaves all open that are about it.
                    if !self.faults.iter().any(|(_, message)| message.contains("never closed")) {
                        self.fault(start, format!("this `{opening}` is never closed"));
                    }
                    break;
                }
                Some(c) if c == close => {
                    self.at += 1;
                    break;
                }
                Some(c @ (b')' | b']' | b'}')) => {
                    let outer = &self.open[..self.open.len() - 1];
                    let is_outer = outer.iter().any(|(close, _)| *close == c);
                    let found = char::from(c);
                    self.fault(
                        self.at,
                        format!(
                            "`{opening}` is closed by `{found}`; write `{}`",
                            char::from(close)
                        ),
                    );
                    // That of an outer bracket stays for it, unless it stands there in place of the right one.
                    let rest = self.text[self.at + 1..].trim_start();
                    let in_place = rest.starts_with(',') || rest.starts_with(found);
                    if !is_outer || in_place {
                        self.at += 1;
                    }
                    break;
                }
                Some(b',') => {
                    if !needs_comma {
                        self.fault(self.at, "there is nothing before this comma");
                    }
                    self.at += 1;
                    needs_comma = false;
                }
                Some(_) => {
                    if needs_comma {
                        self.fault(self.at, "a comma is missing before this");
                    }
                    let before = self.at;
                    next(self);
                    if self.at == before {
                        let end = self
                            .rest()
                            .find(|c: char| c.is_whitespace() || "()[]{},\"".contains(c));
                        let first = self.rest().chars().next().map_or(0, char::len_utf8);
                        let end = before + end.unwrap_or(self.rest().len()).max(first);
                        self.at = end;
                        let found: String = self.text[before..end].chars().take(20).collect();
                        self.fault(before, format!("`{found}` does not belong here"));
                    }
                    needs_comma = true;
                }
            }
        }
        self.open.pop();
    }
}

//! Where each value of a JSON text stands, with the spaces around it.

use std::ops::Range;

/// A value as it is written.
#[derive(Debug)]
pub(super) struct Written {
    /// Its first byte.
    pub start: usize,
    /// Behind its last byte.
    pub end: usize,
    /// Its members or items, in order; empty for scalars.
    pub entries: Vec<Entry>,
}

/// A member or item as it is written: `lead`, key, `colon`, value, `tail`, and then a comma or the bracket.
#[derive(Debug)]
pub(super) struct Entry {
    /// The space before it.
    pub lead: Range<usize>,
    /// The key with its quotes, and what it spells.
    pub key: Option<(Range<usize>, String)>,
    /// The colon with the space around it.
    pub colon: Range<usize>,
    pub value: Written,
    /// The space behind it.
    pub tail: Range<usize>,
}

/// Reads a text that is known to be JSON; none where it is not.
pub(super) fn scan(text: &str) -> Option<Written> {
    let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut scanner = Scanner { text, at };
    scanner.space();
    let value = scanner.value()?;
    scanner.space();
    (scanner.at == text.len()).then_some(value)
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) -> Range<usize> {
        let start = self.at;
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
        start..self.at
    }

    // Deeper than 128 no text is read at all, so the depth of calls has an end.
    fn value(&mut self) -> Option<Written> {
        let start = self.at;
        let entries = match self.peek()? {
            b'{' => self.entries(b'}')?,
            b'[' => self.entries(b']')?,
            b'"' => {
                self.string()?;
                Vec::new()
            }
            _ => {
                self.literal()?;
                Vec::new()
            }
        };
        Some(Written { start, end: self.at, entries })
    }

    fn entries(&mut self, close: u8) -> Option<Vec<Entry>> {
        self.at += 1;
        let mut entries = Vec::new();
        loop {
            let lead = self.space();
            if self.peek()? == close {
                self.at += 1;
                return Some(entries);
            }
            let (key, colon) = if close == b'}' { self.key()? } else { (None, self.at..self.at) };
            let value = self.value()?;
            let tail = self.space();
            entries.push(Entry { lead, key, colon, value, tail });
            match self.peek()? {
                b',' => self.at += 1,
                other if other == close => {}
                _ => return None,
            }
        }
    }

    fn key(&mut self) -> Option<(Option<(Range<usize>, String)>, Range<usize>)> {
        let raw = self.string()?;
        let name = serde_json::from_str(&self.text[raw.clone()]).ok()?;
        let start = self.at;
        self.space();
        if self.peek()? != b':' {
            return None;
        }
        self.at += 1;
        self.space();
        Some((Some((raw, name)), start..self.at))
    }

    fn string(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        if self.peek()? != b'"' {
            return None;
        }
        self.at += 1;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Some(start..self.at)
    }

    fn literal(&mut self) -> Option<()> {
        let start = self.at;
        while let Some(byte) = self.peek() {
            if matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\r' | b'\n') {
                break;
            }
            self.at += 1;
        }
        (self.at > start).then_some(())
    }
}

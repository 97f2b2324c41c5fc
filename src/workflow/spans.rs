//! Where each value of a JSON text begins and ends.
//!
//! `serde_json` values carry no positions, so the text is walked once more and the span of
//! every value is kept, addressed by JSON pointer (`/nodes/2/widgets_values/0`). It serves
//! diagnostics only: on text that is not JSON it stops early and knows less, and never fails.

use std::collections::HashMap;

use crate::diagnostic::{Place, Span};

/// Deeper than anything `serde_json` accepts, so that it never cuts a document that parsed.
const MAX_DEPTH: usize = 256;

/// The place of every value in one JSON text.
#[derive(Debug, Clone, Default)]
pub struct SpanIndex {
    // A tree rather than a map from pointer to place: with long keys the pointers of a hostile
    // file would take memory quadratic in its size.
    entries: Vec<Entry>,
    duplicates: Vec<Duplicate>,
    /// The entry that the empty pointer means.
    root: usize,
}

#[derive(Debug, Clone)]
struct Entry {
    span: Span,
    children: Children,
}

#[derive(Debug, Clone)]
enum Children {
    None,
    Object(HashMap<String, usize>),
    Array(Vec<usize>),
}

/// A key that its object holds more than once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Duplicate {
    /// The key.
    pub key: String,
    /// How many objects and arrays it lies in: 1 for a key of the root.
    pub depth: usize,
    /// The later value.
    pub span: Span,
}

impl SpanIndex {
    /// Walks `text` once.
    pub fn new(text: &str) -> Self {
        let mut scanner = Scanner {
            text: text.as_bytes(),
            at: 0,
            place: Place { line: 1, column: 1 },
            index: SpanIndex::default(),
        };
        // A `None` means the text ended early or is not JSON: what was seen so far stands.
        let _ = scanner.value(0);
        scanner.index
    }

    /// The value at `pointer`, or else the nearest value that encloses it.
    pub fn span(&self, pointer: &str) -> Option<Span> {
        self.entries.get(self.find(pointer)).map(|entry| entry.span)
    }

    /// The places in the value at `pointer`, whose own pointer becomes the empty one.
    pub(crate) fn within(mut self, pointer: &str) -> Self {
        self.root = self.find(pointer);
        let Some(whole) = self.span("") else { return self };
        let depth = pointer.split('/').skip(1).count();
        self.duplicates.retain(|it| it.span.start >= whole.start && it.span.end <= whole.end);
        self.duplicates.iter_mut().for_each(|it| it.depth = it.depth.saturating_sub(depth));
        self
    }

    /// The entry of the value at `pointer`, or of the nearest that encloses it.
    fn find(&self, pointer: &str) -> usize {
        let mut found = self.root;
        for step in pointer.split('/').skip(1) {
            let Some(entry) = self.entries.get(found) else { break };
            let child = match &entry.children {
                Children::None => None,
                Children::Object(members) => members.get(&unescape(step)).copied(),
                Children::Array(items) => {
                    let position = step.parse::<usize>().ok();
                    position.and_then(|i| items.get(i)).copied()
                }
            };
            let Some(child) = child else { break };
            found = child;
        }
        found
    }

    /// Keys that their objects hold more than once, in file order.
    pub(crate) fn duplicates(&self) -> &[Duplicate] {
        &self.duplicates
    }
}

/// The pointer to a member or item of the value at `pointer`.
pub(crate) fn child(pointer: &str, step: impl std::fmt::Display) -> String {
    let step = step.to_string().replace('~', "~0").replace('/', "~1");
    format!("{pointer}/{step}")
}

fn unescape(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    place: Place,
    index: SpanIndex,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn advance(&mut self) {
        let Some(byte) = self.peek() else { return };
        self.at += 1;
        if byte == b'\n' {
            self.place.line += 1;
            self.place.column = 1;
        } else if self.peek().is_none_or(|next| next & 0xC0 != 0x80) {
            // Columns count characters: bytes that continue one do not move the column.
            self.place.column += 1;
        }
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.advance();
        }
    }

    /// Steps over `byte`, or says that something else stands there.
    fn expect(&mut self, byte: u8) -> Option<()> {
        self.skip_space();
        if self.peek() != Some(byte) {
            return None;
        }
        self.advance();
        Some(())
    }

    fn value(&mut self, depth: usize) -> Option<usize> {
        self.skip_space();
        let first = self.peek()?;
        let index = self.index.entries.len();
        self.index.entries.push(Entry { span: self.place.into(), children: Children::None });
        match first {
            _ if depth > MAX_DEPTH => return None,
            b'{' => self.object(index, depth)?,
            b'[' => self.array(index, depth)?,
            b'"' => {
                self.string()?;
            }
            _ => self.literal()?,
        }
        self.index.entries[index].span.end = self.place;
        Some(index)
    }

    fn object(&mut self, index: usize, depth: usize) -> Option<()> {
        self.expect(b'{')?;
        let mut members = HashMap::new();
        let mut complete = None;
        loop {
            self.skip_space();
            if self.peek() == Some(b'}') {
                self.advance();
                complete = Some(());
                break;
            }
            let Some(key) = self.string() else { break };
            if self.expect(b':').is_none() {
                break;
            }
            self.skip_space();
            let next = self.index.entries.len();
            let value = self.value(depth + 1);
            if self.index.entries.len() > next && members.insert(key.clone(), next).is_some() {
                let depth = depth + 1;
                let span = self.index.entries[next].span;
                let duplicate = Duplicate { key, depth, span };
                self.index.duplicates.push(duplicate);
            }
            if value.is_none() || !self.separated(b'}') {
                break;
            }
        }
        self.index.entries[index].children = Children::Object(members);
        complete
    }

    fn array(&mut self, index: usize, depth: usize) -> Option<()> {
        self.expect(b'[')?;
        let mut items = Vec::new();
        let mut complete = None;
        loop {
            self.skip_space();
            if self.peek() == Some(b']') {
                self.advance();
                complete = Some(());
                break;
            }
            let next = self.index.entries.len();
            let value = self.value(depth + 1);
            if self.index.entries.len() > next {
                items.push(next);
            }
            if value.is_none() || !self.separated(b']') {
                break;
            }
        }
        self.index.entries[index].children = Children::Array(items);
        complete
    }

    /// Steps over a comma; true also where the closing bracket comes next.
    fn separated(&mut self, close: u8) -> bool {
        self.skip_space();
        match self.peek() {
            Some(b',') => {
                self.advance();
                true
            }
            other => other == Some(close),
        }
    }

    fn string(&mut self) -> Option<String> {
        let start = self.at;
        self.expect(b'"')?;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    self.advance();
                    self.advance();
                }
                _ => self.advance(),
            }
        }
        self.advance();
        serde_json::from_slice(self.text.get(start..self.at)?).ok()
    }

    fn literal(&mut self) -> Option<()> {
        let start = self.at;
        while let Some(byte) = self.peek() {
            if matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\r' | b'\n') {
                break;
            }
            self.advance();
        }
        (self.at > start).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, pointer: &str) -> (usize, usize) {
        let found = SpanIndex::new(text).span(pointer).unwrap().start;
        (found.line, found.column)
    }

    #[test]
    fn finds_members_and_items_at_any_depth() {
        let text = "{\n  \"3\": {\"inputs\": {\"hidden_sizes\": [64,\n 65]}},\n \"a\": 1}";
        assert_eq!(place(text, ""), (1, 1));
        assert_eq!(place(text, "/3"), (2, 8));
        assert_eq!(place(text, "/3/inputs/hidden_sizes"), (2, 36));
        assert_eq!(place(text, "/3/inputs/hidden_sizes/1"), (3, 2));
        assert_eq!(place(text, "/a"), (4, 7));
    }

    #[test]
    fn a_value_ends_behind_its_last_character() {
        let text = "{\"a\": [1,\n 23 ], \"b\": \"é\"}";
        let index = SpanIndex::new(text);
        let end = |pointer: &str| index.span(pointer).map(|span| (span.end.line, span.end.column));
        assert_eq!(end("/a/0"), Some((1, 9)));
        assert_eq!(end("/a/1"), Some((2, 4)));
        assert_eq!(end("/a"), Some((2, 6)));
        assert_eq!(end("/b"), Some((2, 16)));
        assert_eq!(end(""), Some((2, 17)));
    }

    #[test]
    fn falls_back_to_the_nearest_enclosing_value() {
        let text = "{\"3\":\n {\"inputs\": {}}}";
        assert_eq!(place(text, "/3/inputs/gamma"), (2, 13));
        assert_eq!(place(text, "/nothing/here"), (1, 1));
    }

    #[test]
    fn counts_characters_and_reads_escapes() {
        let text = r#"{"é\"/~\u0041": "日本", "b": [true, {"c": null}]}"#;
        assert_eq!(place(text, &child("", "é\"/~A")), (1, 17));
        assert_eq!(place(text, "/b/1/c"), (1, 41));
    }

    #[test]
    fn records_repeated_keys() {
        let index = SpanIndex::new("{\"1\": 1,\n\"1\": 2, \"2\": {\"x\": 0, \"x\": 0}}");
        let keys: Vec<_> = index
            .duplicates()
            .iter()
            .map(|d| (d.key.as_str(), d.depth, d.span.start.line))
            .collect();
        assert_eq!(keys, [("1", 1, 2), ("x", 2, 2)]);
        let span = index.span("/1").unwrap();
        assert_eq!(span.start, Place { line: 2, column: 6 });
        assert_eq!(span.end, Place { line: 2, column: 7 });
    }

    #[test]
    fn survives_anything() {
        let text = r#"{"a": [1, -2.5e3, "x\n", {"b": null}], "c": "日"}"#;
        for end in 0..=text.len() {
            if let Some(cut) = text.get(..end) {
                let _ = SpanIndex::new(cut).span("/a/3/b");
            }
        }
        for odd in ["", "}", "]]", "[,]", "{\"a\"}", "{:}", "\"\\", "[1 2]", "{\"a\":}"] {
            let _ = SpanIndex::new(odd).span("/a");
        }
        let _ = SpanIndex::new(&"[".repeat(100_000));
    }

    #[test]
    fn agrees_with_serde_json_about_every_value() {
        let text = r#"{"n": [ {"id": 1, "v": [0.5, "a,b]", {}]}, [] ], "z": false}"#;
        let root: serde_json::Value = serde_json::from_str(text).unwrap();
        let index = SpanIndex::new(text);
        let mut todo = vec![(String::new(), &root)];
        while let Some((pointer, value)) = todo.pop() {
            let column = index.span(&pointer).unwrap().start.column;
            let mut stream = serde_json::Deserializer::from_str(&text[column - 1..])
                .into_iter::<serde_json::Value>();
            assert_eq!(&stream.next().unwrap().unwrap(), value, "at {pointer}");
            if let Some(members) = value.as_object() {
                todo.extend(members.iter().map(|(k, v)| (child(&pointer, k), v)));
            }
            if let Some(items) = value.as_array() {
                let items = items.iter().enumerate();
                todo.extend(items.map(|(i, v)| (child(&pointer, i), v)));
            }
        }
    }
}

//! Prints changed values between the unchanged text.

use std::ops::Range;

use serde_json::{Map, Value};

use super::pair::pair;
use super::scan::{Entry, Written};
use super::style::Style;

/// A value of the text: what it is, and where.
type Old<'a> = (&'a Value, &'a Written);

/// A member or item to be written.
enum Item<'a> {
    /// One whose key a later one has too: it counts for nothing and stays.
    Overridden(usize),
    Current {
        key: Option<&'a str>,
        value: &'a Value,
        /// Which entry of the text it was.
        was: Option<usize>,
        /// What it is printed like: itself before, or one beside it.
        like: Option<Old<'a>>,
    },
}

impl Item<'_> {
    fn was(&self) -> Option<usize> {
        match self {
            Item::Overridden(index) => Some(*index),
            Item::Current { was, .. } => *was,
        }
    }
}

pub(super) struct Printer<'a> {
    text: &'a str,
    style: &'a Style,
    out: String,
}

impl<'a> Printer<'a> {
    pub(super) fn new(text: &'a str, style: &'a Style) -> Self {
        Self { text, style, out: String::with_capacity(text.len()) }
    }

    pub(super) fn finish(self) -> String {
        self.out
    }

    /// Copies a part of the text.
    pub(super) fn copy(&mut self, range: Range<usize>) {
        self.out.push_str(&self.text[range]);
    }

    fn slice(&self, range: &Range<usize>) -> &'a str {
        &self.text[range.clone()]
    }

    /// Writes a value like one of the text; `indent` is that of the line in which it begins.
    fn value(&mut self, key: Option<&str>, value: &Value, like: Option<Old>, indent: &str) {
        match (value, like) {
            (_, Some((old, written))) if old == value => self.copy(written.start..written.end),
            (Value::Object(new), Some((Value::Object(old), written)))
                if !new.is_empty() && !written.entries.is_empty() =>
            {
                self.changed_object(new, old, written, indent);
            }
            (Value::Array(new), Some((Value::Array(old), written)))
                if !new.is_empty() && !written.entries.is_empty() =>
            {
                self.changed_list(new, old, written, indent);
            }
            _ => self.fresh(key, value, indent),
        }
    }

    /// Writes an object like one of the text.
    pub(super) fn changed_object(
        &mut self,
        new: &Map<String, Value>,
        old: &Map<String, Value>,
        written: &Written,
        indent: &str,
    ) {
        if new.is_empty() || written.entries.is_empty() {
            return self.fresh(None, &Value::Object(new.clone()), indent);
        }
        let name = |entry: &Entry| entry.key.as_ref().map_or("", |(_, name)| name).to_owned();
        // Of entries with one key the last counts.
        let mut last = std::collections::HashMap::new();
        for (index, entry) in written.entries.iter().enumerate() {
            last.insert(name(entry), index);
        }
        let mut items: Vec<Item> = Vec::new();
        for (key, value) in new {
            let was = last.get(key).copied();
            let like = was.and_then(|was| Some((old.get(key)?, &written.entries[was].value)));
            items.push(Item::Current { key: Some(key), value, was, like });
        }
        for (index, entry) in written.entries.iter().enumerate() {
            let name = name(entry);
            if last[&name] != index && new.contains_key(&name) {
                let behind = |item: &Item| item.was().is_some_and(|was| was > index);
                let place = items.iter().position(behind).unwrap_or(0);
                items.insert(place, Item::Overridden(index));
            }
        }
        self.items(('{', '}'), &items, written, indent);
    }

    fn changed_list(&mut self, new: &[Value], old: &[Value], written: &Written, indent: &str) {
        let pairs = pair(old, new);
        let entry = |index: usize| Some((old.get(index)?, &written.entries.get(index)?.value));
        let mut before = None;
        let mut items = Vec::new();
        for (position, (value, was)) in new.iter().zip(&pairs).enumerate() {
            let beside = || before.or_else(|| pairs[position..].iter().flatten().next().copied());
            let model = was.or_else(beside).or(Some(0));
            before = model;
            let like = model.and_then(entry).filter(|(old, _)| {
                was.is_some()
                    || old.is_object() && value.is_object()
                    || old.is_array() && value.is_array()
            });
            items.push(Item::Current { key: None, value, was: *was, like });
        }
        self.items(('[', ']'), &items, written, indent);
    }

    /// Writes members or items with the spaces that they had; new ones with those of their neighbours.
    fn items(
        &mut self,
        (open, close): (char, char),
        items: &[Item],
        written: &Written,
        indent: &str,
    ) {
        self.out.push(open);
        let entries = &written.entries;
        for (position, item) in items.iter().enumerate() {
            let lead = self.lead(items, position, entries);
            self.out.push_str(lead);
            let inner = lead.rsplit_once('\n').map_or(indent, |(_, indent)| indent);
            self.item(item, entries, inner);
            let is_last = position + 1 == items.len();
            let tail = match item.was() {
                _ if is_last => &entries[entries.len() - 1].tail,
                Some(was) if was + 1 < entries.len() => &entries[was].tail,
                _ => &(0..0),
            };
            self.copy(tail.clone());
            if !is_last {
                self.out.push(',');
            }
        }
        self.out.push(close);
    }

    fn item(&mut self, item: &Item, entries: &[Entry], indent: &str) {
        let (key, value, was, like) = match item {
            Item::Overridden(index) => {
                let entry = &entries[*index];
                let start = entry.key.as_ref().map_or(entry.value.start, |(key, _)| key.start);
                return self.copy(start..entry.value.end);
            }
            Item::Current { key, value, was, like } => (*key, *value, *was, *like),
        };
        if let Some(name) = key {
            let entry = was.map(|was| &entries[was]);
            match entry.and_then(|entry| entry.key.as_ref()) {
                Some((raw, _)) => self.copy(raw.clone()),
                None => self.string(name),
            }
            self.copy(entry.unwrap_or(&entries[0]).colon.clone());
        }
        self.value(key, value, like, indent);
    }

    /// The space before an item.
    fn lead(&self, items: &[Item], position: usize, entries: &[Entry]) -> &'a str {
        let first = self.slice(&entries[0].lead);
        if position == 0 {
            return first;
        }
        let own = |item: &Item| item.was().filter(|was| *was > 0);
        let before = || items[..position].iter().rev().find_map(own);
        let behind = || items[position..].iter().find_map(own);
        let any = || (entries.len() > 1).then_some(1);
        match own(&items[position]).or_else(before).or_else(behind).or_else(any) {
            Some(was) => self.slice(&entries[was].lead),
            None if first.contains('\n') => first,
            None => &self.style.gap,
        }
    }

    /// Writes a document that comes from no text.
    pub(super) fn new_root(&mut self, root: &Map<String, Value>) {
        self.broken(&Value::Object(root.clone()), "");
    }

    /// Writes a value that nothing in the text is like.
    fn fresh(&mut self, key: Option<&str>, value: &Value, indent: &str) {
        let start = self.out.len();
        self.in_line(value);
        if self.style.fits_line(key, value, &self.out[start..]) || !has_items(value) {
            return;
        }
        self.out.truncate(start);
        self.broken(value, indent);
    }

    fn in_line(&mut self, value: &Value) {
        let gap = |out: &mut String, index: usize| {
            if index > 0 {
                out.push(',');
                out.push_str(&self.style.gap);
            }
        };
        match value {
            Value::Array(items) => {
                self.out.push('[');
                for (index, item) in items.iter().enumerate() {
                    gap(&mut self.out, index);
                    self.in_line(item);
                }
                self.out.push(']');
            }
            Value::Object(members) => {
                self.out.push('{');
                for (index, (key, value)) in members.iter().enumerate() {
                    gap(&mut self.out, index);
                    self.string(key);
                    self.out.push_str(&self.style.colon);
                    self.in_line(value);
                }
                self.out.push('}');
            }
            Value::String(text) => self.string(text),
            scalar => self.out.push_str(&scalar.to_string()),
        }
    }

    /// Writes one member or item a line.
    fn broken(&mut self, value: &Value, indent: &str) {
        let line = self.style.line.unwrap_or("\n");
        let inner = format!("{indent}{}", self.style.unit);
        let (open, close) = if value.is_object() { ('{', '}') } else { ('[', ']') };
        self.out.push(open);
        let n = match value {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.new_line(index, line, &inner);
                    self.fresh(None, item, &inner);
                }
                items.len()
            }
            Value::Object(members) => {
                for (index, (key, value)) in members.iter().enumerate() {
                    self.new_line(index, line, &inner);
                    self.string(key);
                    self.out.push_str(&self.style.colon);
                    self.fresh(Some(key), value, &inner);
                }
                members.len()
            }
            _ => 0,
        };
        if n > 0 {
            self.out.push_str(line);
            self.out.push_str(indent);
        }
        self.out.push(close);
    }

    fn new_line(&mut self, index: usize, line: &str, indent: &str) {
        if index > 0 {
            self.out.push(',');
        }
        self.out.push_str(line);
        self.out.push_str(indent);
    }

    fn string(&mut self, text: &str) {
        let quoted = Value::from(text).to_string();
        if !self.style.ascii {
            return self.out.push_str(&quoted);
        }
        for letter in quoted.chars() {
            if letter.is_ascii() {
                self.out.push(letter);
                continue;
            }
            for unit in letter.encode_utf16(&mut [0; 2]) {
                self.out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
}

fn has_items(value: &Value) -> bool {
    value.is_array() || value.is_object()
}

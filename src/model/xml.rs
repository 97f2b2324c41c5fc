//! XML into a tree of elements that know their places, with `<include>` resolved, and typed access to
//! their attributes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::diagnostic::{Diagnostics, Origin};
use super::files::Files;
use crate::diagnostic::{self, counted};

/// Deeper nesting than this is taken for a mistake: the stages after this one recurse.
const MAX_DEPTH: usize = 256;
/// Larger files are taken for a mistake [bytes].
const MAX_FILE: u64 = 32 << 20;
/// Columns up to here are counted in characters.
const MAX_COLUMN: usize = 1000;

#[derive(Debug)]
pub(super) struct Attribute {
    pub name: String,
    pub value: String,
    line: u32,
    column: u32,
}

#[derive(Debug)]
pub(super) struct Element {
    pub tag: String,
    pub origin: Origin,
    pub attributes: Vec<Attribute>,
    pub children: Vec<Element>,
}

/// Parses the text and the files that it includes; none if there is no root element.
///
/// As in MuJoCo, an `<include>` stands for the children of the root of its file, and a file is included at
/// most once.
pub(super) fn read_tree(
    text: &str,
    file: Option<&Path>,
    files: &Files,
    sink: &mut Diagnostics,
) -> Option<Element> {
    let mut reader =
        TreeReader { files, seen: file.iter().map(|file| canonical(file)).collect(), sink };
    reader.document(text, file.map(Arc::from), 0)
}

/// A text and where its lines begin. The parser's own look-up counts from the start of the text each
/// time, which takes seconds in a large file.
struct Source<'a> {
    file: Option<Arc<Path>>,
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Source<'a> {
    fn new(text: &'a str, file: Option<Arc<Path>>) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect();
        Self { file, text, starts }
    }

    /// Line and column, from 1.
    fn place(&self, at: usize) -> (u32, u32) {
        let line = self.starts.partition_point(|start| *start <= at).max(1);
        let start = self.starts[line - 1];
        // In a line without end the column counts bytes: nobody counts characters there.
        let column = match self.text.get(start..at) {
            Some(before) if before.len() < MAX_COLUMN => before.chars().count(),
            _ => at - start,
        };
        (line as u32, column as u32 + 1)
    }
}

struct TreeReader<'a> {
    files: &'a Files,
    seen: Vec<PathBuf>,
    sink: &'a mut Diagnostics,
}

impl TreeReader<'_> {
    /// `depth` is that of the element in whose place the document stands: files that include each other are nested
    /// as one would be.
    fn document(&mut self, text: &str, file: Option<Arc<Path>>, depth: usize) -> Option<Element> {
        let document = match roxmltree::Document::parse(text) {
            Ok(document) => document,
            Err(error) => {
                let position = error.pos();
                let origin = Origin {
                    file,
                    line: position.row,
                    column: position.col,
                    element: String::new(),
                };
                self.sink.error(
                    &origin,
                    format!("this is not well-formed XML: {error}"),
                    "mend the XML",
                );
                return None;
            }
        };
        Some(self.element(document.root_element(), &Source::new(text, file), depth))
    }

    fn element(
        &mut self,
        node: roxmltree::Node<'_, '_>,
        source: &Source<'_>,
        depth: usize,
    ) -> Element {
        let tag = node.tag_name().name().to_owned();
        let attributes = node
            .attributes()
            .map(|attribute| {
                let (line, column) = source.place(attribute.range().start);
                Attribute {
                    name: attribute.name().to_owned(),
                    value: attribute.value().to_owned(),
                    line,
                    column,
                }
            })
            .collect();
        let (line, column) = source.place(node.range().start);
        let label = match node.attribute("name") {
            Some(name) => format!("<{tag} name=\"{name}\">"),
            None => format!("<{tag}>"),
        };
        let origin = Origin { file: source.file.clone(), line, column, element: label };
        let mut element = Element { tag, origin, attributes, children: Vec::new() };
        self.children(node, source, depth, &mut element);
        element
    }

    fn children(
        &mut self,
        node: roxmltree::Node<'_, '_>,
        source: &Source<'_>,
        depth: usize,
        parent: &mut Element,
    ) {
        if depth >= MAX_DEPTH {
            self.sink.error(
                &parent.origin,
                format!("elements are nested more than {MAX_DEPTH} deep"),
                "flatten the file",
            );
            return;
        }
        for child in node.children() {
            if child.is_text() && child.text().is_some_and(|text| !text.trim().is_empty()) {
                let (line, column) = source.place(child.range().start);
                let origin = Origin { line, column, ..parent.origin.clone() };
                self.sink.warning(
                    &origin,
                    "text between elements means nothing in MJCF",
                    "make it a comment",
                );
            } else if child.is_element() {
                let child = self.element(child, source, depth + 1);
                if child.tag == "include" {
                    parent.children.extend(self.include(&child, depth + 1));
                } else {
                    parent.children.push(child);
                }
            }
        }
    }

    fn include(&mut self, element: &Element, depth: usize) -> Vec<Element> {
        let Some(name) = element.text("file") else {
            self.sink.error(&element.origin, "there is no file to include", "add file=\"...\"");
            return Vec::new();
        };
        let path = self.files.of_include(name, element.origin.file.as_deref());
        let identity = canonical(&path);
        if self.seen.contains(&identity) {
            self.sink.error(
                &element.at("file"),
                format!("\"{name}\" is included already, or includes itself"),
                "include each file once",
            );
            return Vec::new();
        }
        self.seen.push(identity);
        let text = self.files.enter(&path).map_err(std::io::Error::other);
        match text.and_then(|()| read_text(&path)) {
            Ok(text) => {
                let root = self.document(&text, Some(path.into()), depth);
                root.map_or(Vec::new(), |root| root.children)
            }
            Err(error) => {
                self.sink.error(
                    &element.at("file"),
                    format!("\"{}\" cannot be read: {error}", path.display()),
                    "a path is relative to the folder of the main file",
                );
                Vec::new()
            }
        }
    }
}

/// The text of a file, unless it is larger than any model.
pub(super) fn read_text(path: &Path) -> std::io::Result<String> {
    diagnostic::read_text(path, MAX_FILE)
}

/// One name per file, however its path is written.
fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Puts a value that was read in its place, and leaves what is there otherwise.
pub(super) fn set<T>(target: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *target = value;
    }
}

impl Element {
    /// The attribute as it stands in the file.
    pub fn text(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|found| found.name == name)?;
        Some(&found.value)
    }

    /// Where the attribute is; the element if it has none of this name.
    pub fn at(&self, name: &str) -> Origin {
        match self.attributes.iter().find(|found| found.name == name) {
            Some(attribute) => {
                Origin { line: attribute.line, column: attribute.column, ..self.origin.clone() }
            }
            None => self.origin.clone(),
        }
    }

    /// Whether the attribute is there and says something.
    pub fn has(&self, name: &str) -> bool {
        self.text(name).is_some_and(|text| !text.trim().is_empty())
    }

    /// A name of something else; none if it is left blank.
    pub fn name_of(&self, name: &str) -> Option<String> {
        self.text(name).filter(|_| self.has(name)).map(str::to_owned)
    }

    /// Any number of finite numbers. An attribute without any is as if it were not there.
    pub fn list(&self, name: &str, sink: &mut Diagnostics) -> Option<Vec<f64>> {
        let text = self.text(name).filter(|_| self.has(name))?;
        let mut numbers = Vec::new();
        for word in text.split_ascii_whitespace() {
            match word.parse::<f64>() {
                Ok(number) if number.is_finite() => numbers.push(number),
                Ok(_) => {
                    let message = format!("{name}=\"{text}\": {word} is not a finite number");
                    sink.error(&self.at(name), message, "write a finite number");
                    return None;
                }
                Err(_) => {
                    let message = format!("{name}=\"{text}\": \"{word}\" is not a number");
                    sink.error(&self.at(name), message, "separate numbers by spaces");
                    return None;
                }
            }
        }
        Some(numbers)
    }

    /// Exactly N numbers.
    pub fn numbers<const N: usize>(&self, name: &str, sink: &mut Diagnostics) -> Option<[f64; N]> {
        let list = self.list(name, sink)?;
        let count = list.len();
        let array = <[f64; N]>::try_from(list).ok();
        if array.is_none() {
            let message = format!("{name} has {} instead of {N}", counted(count, "number"));
            sink.error(&self.at(name), message, format!("write {}", counted(N, "number")));
        }
        array
    }

    /// One to N numbers; those that are not given stay as they are.
    pub fn fill(&self, name: &str, target: &mut [f64], sink: &mut Diagnostics) {
        let Some(list) = self.list(name, sink) else {
            return;
        };
        if list.is_empty() || list.len() > target.len() {
            let (given, most) = (counted(list.len(), "number"), target.len());
            let message = format!("{name} has {given} instead of 1 to {most}");
            sink.error(
                &self.at(name),
                message,
                format!("write at most {}", counted(most, "number")),
            );
            return;
        }
        target[..list.len()].copy_from_slice(&list);
    }

    /// Constraint parameters in one of their two forms.
    pub fn solref(&self, name: &str, target: &mut [f64; 2], sink: &mut Diagnostics) {
        self.fill(name, target, sink);
        let [stiff, damp] = *target;
        if self.has(name) && (stiff > 0.0) != (damp > 0.0) {
            let message = format!("{name}=\"{stiff} {damp}\" mixes its two forms");
            let remedy = "write two positive numbers (time constant, damping ratio) or two negative \
                          ones (-stiffness, -damping)";
            sink.error(&self.at(name), message, remedy);
        }
    }

    /// The attribute, which has to be there.
    pub fn required(&self, name: &str, sink: &mut Diagnostics) -> Option<String> {
        let text = self.text(name).filter(|text| !text.is_empty());
        if text.is_none() {
            let message = format!("<{}> has no {name}", self.tag);
            sink.error(&self.origin, message, format!("add {name}=\"...\""));
        }
        text.map(str::to_owned)
    }

    pub fn number(&self, name: &str, sink: &mut Diagnostics) -> Option<f64> {
        self.numbers::<1>(name, sink).map(|[number]| number)
    }

    /// A number that may not be negative.
    pub fn amount(&self, name: &str, sink: &mut Diagnostics) -> Option<f64> {
        let number = self.number(name, sink)?;
        if number < 0.0 {
            let message = format!("{name} is negative ({number})");
            sink.error(&self.at(name), message, "write zero or more");
            return None;
        }
        Some(number)
    }

    pub fn integer(&self, name: &str, sink: &mut Diagnostics) -> Option<i32> {
        let text = self.text(name).filter(|_| self.has(name))?;
        let number = text.trim().parse::<i32>().ok();
        if number.is_none() {
            let message = format!("{name}=\"{text}\" is not a whole number");
            sink.error(&self.at(name), message, "write a whole number");
        }
        number
    }

    /// One of a set of words.
    pub fn keyword<T: Copy>(
        &self,
        name: &str,
        words: &[(&str, T)],
        sink: &mut Diagnostics,
    ) -> Option<T> {
        let text = self.text(name)?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let message = format!("{name}=\"{text}\" is not known");
            let remedy = format!("one of: {}", known.join(", "));
            sink.error(&self.at(name), message, remedy);
        }
        found.map(|(_, value)| *value)
    }

    pub fn boolean(&self, name: &str, sink: &mut Diagnostics) -> Option<bool> {
        self.keyword(name, &[("true", true), ("false", false)], sink)
    }
}

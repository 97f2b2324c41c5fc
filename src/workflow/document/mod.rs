//! A workflow file: read from untrusted bytes, edited in place, written back whole.

#![expect(
    clippy::result_large_err,
    reason = "a document is read or changed a few times in a run: the size of its error is no cost"
)]

mod api;
mod august;
mod canvas;
mod columns;
mod composite;
mod convert;
mod edit;
mod file;
mod labels;
mod layout;
mod ui;
mod values;
mod wrapped;

pub use canvas::{
    Canvas, CanvasGroup, CanvasInput, CanvasLabel, CanvasLink, CanvasNode, CanvasOutput,
    CanvasReroute, CanvasView,
};
pub use columns::lay_out;
pub use edit::{
    DocumentChange, Edit, EditError, Fragment, History, Made, NodeMode, NodeToAdd, Port, PortRef,
    Touched, TreePath, TreeStep,
};
pub use file::{Autosaved, FileError, OnDisk, Overwrite, WorkflowFile};

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};
use thiserror::Error;

use super::sketch::Sketch;
use super::spans::SpanIndex;
use super::value::{in_words, shortened};
use crate::diagnostic::{Diagnostic, Place, Span, is_utf16, read_bytes};

/// Files larger than this are not workflows, and not worth the memory to find that out.
const LARGEST_BYTES: u64 = 64 << 20;

/// Which of the two JSON forms a document is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// An object of nodes by id; links are `[node_id, output_slot]` among the inputs.
    Api,
    /// LiteGraph 0.4: lists of nodes and links, with positions, colours and groups.
    Ui,
}

/// A workflow file, kept as the JSON tree that was read, so that nothing is lost in writing it.
#[derive(Debug, Clone)]
pub struct Document {
    file: Option<String>,
    form: Form,
    root: Map<String, Value>,
    spans: SpanIndex,
    /// The text it was read from, whose layout it keeps; none for a document made here.
    text: Option<Arc<str>>,
    /// What was said of it as it was read, if it is in words of another generation.
    remarks: Vec<Diagnostic>,
}

/// An error of writing a document.
#[derive(Debug, Error)]
#[error("cannot write {path}: {source}")]
pub struct SaveError {
    /// Where it should have gone.
    pub path: String,
    /// What the system said.
    pub source: std::io::Error,
}

impl Document {
    /// Reads a document from `bytes`; `file` is how diagnostics name it.
    ///
    /// The diagnostics are those of the file itself: broken JSON, wrong types, repeated ids,
    /// dangling links. Where a document is returned, [`super::check`] reports them again among its
    /// own, so report one set or the other.
    pub fn parse(bytes: &[u8], file: Option<&str>) -> (Option<Document>, Vec<Diagnostic>) {
        match Self::read(bytes, file) {
            Ok(document) => {
                let (_, diagnostics) = document.sketch();
                (Some(document), diagnostics)
            }
            Err(diagnostic) => (None, vec![diagnostic.file(file)]),
        }
    }

    /// Reads a document from a file.
    pub fn load(path: impl AsRef<Path>) -> (Option<Document>, Vec<Diagnostic>) {
        let name = path.as_ref().display().to_string();
        match read_bytes(path.as_ref(), LARGEST_BYTES) {
            Ok(bytes) => Self::parse(&bytes, Some(&name)),
            Err(error) => {
                let diagnostic = Diagnostic::error("cannot-read", error.to_string())
                    .remedy("check the path, the size and the permissions")
                    .file(Some(&name));
                (None, vec![diagnostic])
            }
        }
    }

    /// A document in the UI form that was written in memory: `root` has lists of nodes and links. It has no
    /// places in a text.
    pub(crate) fn new(root: Map<String, Value>) -> Document {
        Document::untold(None, Form::Ui, root)
    }

    /// A document that comes from no text.
    fn untold(file: Option<String>, form: Form, root: Map<String, Value>) -> Document {
        let (spans, text, remarks) = (SpanIndex::default(), None, Vec::new());
        Document { file, form, root, spans, text, remarks }
    }

    fn read(bytes: &[u8], file: Option<&str>) -> Result<Document, Diagnostic> {
        if bytes.len() as u64 > LARGEST_BYTES {
            let message = format!("{} bytes are too many for a workflow", bytes.len());
            return Err(Diagnostic::error("too-large", message)
                .remedy("a workflow file is at most 64 MiB: is this the right file?"));
        }
        let whole = std::str::from_utf8(bytes).map_err(|error| not_utf8(bytes, error))?;
        // Some editors on Windows begin a file with a byte order mark, which is not JSON.
        let text = whole.strip_prefix('\u{feff}').unwrap_or(whole);
        let root: Value = serde_json::from_str(text).map_err(|error| broken_json(text, &error))?;
        let spans = SpanIndex::new(text);
        let file = file.map(str::to_owned);
        let (form, root) = match root {
            Value::Object(root) => match form_of(&root) {
                Ok(form) => (form, root),
                Err(wrong) => {
                    let wrong = wrong.at(spans.span("/nodes"));
                    return Self::unwrapped(&Value::Object(root), spans, file, wrong);
                }
            },
            other => {
                let found = in_words(&other);
                let message = format!("a workflow is a JSON object, and this file holds {found}");
                let wrong = not_a_workflow(message).at(spans.span(""));
                return Self::unwrapped(&other, spans, file, wrong);
            }
        };
        if form == Form::Ui
            && let Some((root, remarks)) = august::translate(&root)
        {
            return Ok(Document { remarks, ..Document::untold(file, form, root) });
        }
        let (text, remarks) = (Some(whole.into()), Vec::new());
        Ok(Document { file, form, root, spans, text, remarks })
    }

    /// The one workflow inside of something else that is no workflow for a reason.
    fn unwrapped(
        outer: &Value,
        spans: SpanIndex,
        file: Option<String>,
        reason: Diagnostic,
    ) -> Result<Document, Diagnostic> {
        let mut all = wrapped::inside(outer);
        let Some(wrapped::Inner { pointer, root, is_text }) = all.pop() else {
            return Err(reason);
        };
        if !all.is_empty() {
            let others = all.iter().map(|it| it.pointer.as_str());
            let places = others.chain([pointer.as_str()]).collect::<Vec<_>>().join(", ");
            let message = format!("there are several workflows in this file, at {places}");
            return Err(Diagnostic::error("several-workflows", message)
                .at(spans.span(&pointer))
                .remedy("save one of them in a file of its own"));
        }
        let form = form_of(&root)?;
        let message = format!("the workflow is read that stands at {pointer} in this file");
        let remark = Diagnostic::note("wrapped-workflow", message)
            .at(spans.span(&pointer))
            .remedy("what is around it is no part of it, and is not kept where it is saved");
        // What is written as a text has no places of its own.
        let spans = if is_text { SpanIndex::default() } else { spans.within(&pointer) };
        let mut remarks = vec![remark];
        if form == Form::Ui
            && let Some((root, more)) = august::translate(&root)
        {
            remarks.extend(more);
            return Ok(Document { remarks, ..Document::untold(file, form, root) });
        }
        Ok(Document { spans, remarks, ..Document::untold(file, form, root) })
    }

    /// A new workflow without nodes, in the UI form.
    pub fn empty() -> Document {
        let root = convert::empty_root();
        Document::untold(None, Form::Ui, root)
    }

    /// Which form the document is in.
    pub fn form(&self) -> Form {
        self.form
    }

    /// How diagnostics name the document.
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// The JSON tree, unknown keys and all.
    pub fn root(&self) -> &Map<String, Value> {
        &self.root
    }

    /// The JSON tree, to be edited in place. Places in diagnostics stay those of the text read.
    pub fn root_mut(&mut self) -> &mut Map<String, Value> {
        &mut self.root
    }

    /// Forgets where in the text that was read each value stands: after an edit it stands elsewhere.
    fn forget_places(&mut self) {
        self.spans = SpanIndex::default();
    }

    /// The tree as indented JSON with a final newline, whatever the layout of the file is.
    pub fn to_json(&self) -> String {
        let mut text = format!("{:#}", Value::Object(self.root.clone()));
        text.push('\n');
        text
    }

    /// The document in the layout of the text that it was read from: what was not changed is the same to the
    /// letter. One that was made here is written in our own layout.
    pub fn to_text(&self) -> String {
        match &self.text {
            Some(text) => layout::write_like(text, &self.root),
            None => layout::write_new(&self.root),
        }
    }

    /// Writes the text of the document, so that `path` holds either the old file or all of the new one.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), SaveError> {
        write_whole(path.as_ref(), self.to_text().as_bytes())
    }

    /// Nodes and links as written, and what is wrong with the file itself.
    pub(crate) fn sketch(&self) -> (Sketch, Vec<Diagnostic>) {
        let mut reader = Reader { spans: &self.spans, diagnostics: Vec::new() };
        reader.report_repeated_keys(self.form);
        let mut sketch = match self.form {
            Form::Api => api::sketch(&self.root, &mut reader),
            Form::Ui => ui::sketch(&self.root, &mut reader),
        };
        sketch.file.clone_from(&self.file);
        let file = self.file.as_deref();
        let diagnostics = self.remarks.iter().cloned().chain(reader.diagnostics);
        let diagnostics = diagnostics.map(|d| d.file(file));
        (sketch, diagnostics.collect())
    }
}

/// Writes a file, so that `path` holds either what it held or all of `bytes`.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), SaveError> {
    let failed = |source| SaveError { path: path.display().to_string(), source };
    // A link to a file stays one: what it leads to is written.
    let found = std::fs::canonicalize(path).ok();
    let path = found.as_deref().unwrap_or(path);
    // A rename is only atomic within one file system: the temporary file lies beside its goal.
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    keep_permissions(path, file.as_file()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// What reading a form needs: places, and somewhere to put complaints.
struct Reader<'a> {
    spans: &'a SpanIndex,
    diagnostics: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn place(&self, pointer: &str) -> Option<Span> {
        self.spans.span(pointer)
    }

    fn report(&mut self, pointer: &str, diagnostic: Diagnostic) {
        let place = self.place(pointer);
        self.diagnostics.push(diagnostic.at(place));
    }

    /// Reports a value of the wrong type; `node` is the id of the node it belongs to.
    fn wrong_type(&mut self, pointer: &str, node: Option<&str>, expected: &str, found: &Value) {
        let field = pointer.rsplit('/').next().unwrap_or("").to_owned();
        let message = format!("expected {expected}, found {}", in_words(found));
        let mut diagnostic = Diagnostic::error("wrong-type", message)
            .field(field)
            .remedy(format!("write {expected}"));
        if let Some(id) = node {
            diagnostic = diagnostic.node(id, None);
        }
        self.report(pointer, diagnostic);
    }

    fn report_repeated_keys(&mut self, form: Form) {
        for duplicate in self.spans.duplicates() {
            let key = shortened(&duplicate.key);
            let diagnostic = if form == Form::Api && duplicate.depth == 1 {
                Diagnostic::error("duplicate-node-id", "another node has the same id")
                    .node(key, None)
                    .remedy("give each node its own id")
            } else {
                let message = format!("the key {key:?} is given twice; the later one counts");
                Diagnostic::warning("duplicate-key", message).remedy("remove one of them")
            };
            self.diagnostics.push(diagnostic.at(Some(duplicate.span)));
        }
    }
}

fn form_of(root: &Map<String, Value>) -> Result<Form, Diagnostic> {
    let is_node = |value: &Value| value.get("class_type").is_some();
    match root.get("nodes") {
        Some(Value::Array(_)) => Ok(Form::Ui),
        // A node of the API form may have any id, "nodes" too.
        Some(other) if !is_node(other) => {
            let message = format!("expected a list of nodes, found {}", in_words(other));
            Err(not_a_workflow(message).field("nodes"))
        }
        _ if root.is_empty() || root.values().any(is_node) => Ok(Form::Api),
        _ => Err(not_a_workflow(
            "neither a list \"nodes\" nor any node with a \"class_type\" is in this file"
                .to_owned(),
        )),
    }
}

fn not_a_workflow(message: String) -> Diagnostic {
    Diagnostic::error("not-a-workflow", message)
        .remedy("open a workflow saved by DNNE, in its API or its UI form")
}

fn not_utf8(bytes: &[u8], error: std::str::Utf8Error) -> Diagnostic {
    let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
    let what = if is_utf16(bytes) { "UTF-16" } else { "not UTF-8" };
    Diagnostic::error("not-utf8", format!("the file is {what} text from here on"))
        .at(Some(place_after(good).into()))
        .remedy("save it as UTF-8")
}

fn broken_json(text: &str, error: &serde_json::Error) -> Diagnostic {
    let line_text = text.split('\n').nth(error.line().saturating_sub(1));
    let line_bytes = line_text.unwrap_or("").as_bytes();
    // serde_json counts bytes; the column points at the offending byte, or just before it.
    let at = error.column().saturating_sub(1).min(line_bytes.len());
    // Inside a number it is the whole number that is wrong.
    let is_number = |b: &u8| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E');
    let back = line_bytes[..at].iter().rev().take_while(|b| is_number(b));
    let start = at - back.count();
    let place =
        Place { line: error.line().max(1), column: place_after(&line_bytes[..start]).column };
    let said = error.to_string();
    let said = said.split(" at line ").next().unwrap_or_default();
    let broken = |message: String| Diagnostic::error("broken-json", message);
    let not_finite =
        |message: String| Diagnostic::error("not-finite", message).remedy("write a finite number");
    let diagnostic = match number_of_python(&line_bytes[start..]) {
        Some(word) => not_finite(format!("{word} is not a JSON number")),
        None if said.contains("number out of range") => {
            not_finite("the number is too large for any computation".to_owned())
        }
        None if error.is_eof() => broken(format!("the file ends early: {said}"))
            .remedy("the file is cut off: fetch or save it again"),
        None => broken(said.to_owned()).remedy("correct the JSON at this place"),
    };
    diagnostic.at(Some(place.into()))
}

/// What Python writes into JSON for numbers that JSON does not have.
fn number_of_python(text: &[u8]) -> Option<&'static str> {
    let mut words = ["NaN", "Infinity", "-Infinity"].into_iter();
    // The error may point at the byte before the word.
    words.find(|word| {
        let starts = |t: &[u8]| t.starts_with(word.as_bytes());
        starts(text) || text.get(1..).is_some_and(starts)
    })
}

/// The place of the character after `bytes`.
fn place_after(bytes: &[u8]) -> Place {
    let line_start = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
    let characters = bytes[line_start..].iter().filter(|b| **b & 0xC0 != 0x80);
    Place {
        line: bytes.iter().filter(|b| **b == b'\n').count() + 1,
        column: characters.count() + 1,
    }
}

/// Temporary files are private to their owner; the document keeps what it had, or the usual.
fn keep_permissions(path: &Path, file: &std::fs::File) -> std::io::Result<()> {
    if let Ok(metadata) = std::fs::metadata(path) {
        return file.set_permissions(metadata.permissions());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    Ok(())
}

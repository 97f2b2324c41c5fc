//! A workflow that is open: its document with what can be undone, its file, what is seen and selected of it.

use super::canvas::{Camera, CanvasState, Plan, Route, Sources, Widths, arranged};
use super::check::Findings;
use super::picture::{Format, workflow_in};
use super::selection::Selection;
use crate::workflow::{
    Autosaved, Canvas, Document, Edit, FileError, Form, Graph, History, Made, NodeSchema, OnDisk,
    Overwrite, Registry, Touched, WorkflowFile,
};
use bevy_egui::egui;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What of a plan does not hold any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stale {
    Nothing,
    /// Where things are, and how large.
    Places,
    /// What some nodes look like (`Tab::restyled`).
    Nodes,
    All,
}

/// A workflow that is open.
pub(crate) struct Tab {
    history: History,
    file: Option<WorkflowFile>,
    /// Beside what the work of one without a file is kept.
    shelter: Option<WorkflowFile>,
    /// What the document draws, and gives for parameters.
    canvas: Canvas,
    values: HashMap<String, Vec<Option<Value>>>,
    plan: Plan,
    /// The same before something was shown elsewhere than it is.
    unmoved: Option<Canvas>,
    /// What of it is to be worked out again, and of which nodes, where it is of some.
    stale: Stale,
    restyled: BTreeSet<usize>,
    widths: Widths,
    /// The nodes whose settings are all shown.
    open: HashSet<String>,
    route: Route,
    /// Counts the states of the document.
    revision: u64,
    /// The state that was written beside the file last.
    autosaved: u64,
    pub selection: Selection,
    pub camera: Camera,
    /// Whether the camera is yet to be put where all is seen.
    pub is_unseen: bool,
    pub state: CanvasState,
    pub findings: Findings,
    /// Why the last thing could not be done.
    pub error_message: Option<String>,
    /// What was found beside the file when it was opened: work that was not saved.
    pub found: Option<Autosaved>,
    /// What happened to the file outside, and was not yet answered.
    pub outside: Option<OnDisk>,
    name: String,
    /// Whether the file says no places: once texts can be measured nodes are put where wires are short.
    is_unplaced: bool,
}

impl Tab {
    /// A new workflow without a file.
    pub(crate) fn new(name: &str, document: Document, registry: &Registry) -> Self {
        let is_unplaced = document.form() == Form::Api;
        let document = document.to_ui_form(registry);
        let camera = document.canvas().view.map(Camera::from_view);
        let mut tab = Self {
            history: History::new(document),
            file: None,
            shelter: None,
            canvas: Canvas::default(),
            values: HashMap::new(),
            plan: Plan::default(),
            unmoved: None,
            stale: Stale::All,
            restyled: BTreeSet::new(),
            widths: Widths::default(),
            open: HashSet::new(),
            route: Route::default(),
            revision: 0,
            autosaved: 0,
            selection: Selection::default(),
            is_unseen: camera.is_none(),
            camera: camera.unwrap_or_default(),
            state: CanvasState::default(),
            findings: Findings::default(),
            error_message: None,
            found: None,
            outside: None,
            name: name.to_owned(),
            is_unplaced,
        };
        tab.draw_anew(registry);
        tab.refresh(registry);
        tab
    }

    /// The same, with a place where its work is kept until it has a file; what was left there is found.
    pub(crate) fn sheltered(mut self, file: WorkflowFile) -> Self {
        self.found = file.autosaved();
        self.shelter = Some(file);
        self
    }

    /// The workflow of a file; otherwise says why there is none.
    pub(crate) fn open(path: &Path, registry: &Registry) -> Result<Self, String> {
        if Format::of(path).is_some() {
            return Self::open_picture(path, registry);
        }
        let (file, document, diagnostics) = WorkflowFile::open(path);
        let Some(document) = document else {
            let all: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
            return Err(all.join("\n"));
        };
        let is_api = document.form() == Form::Api;
        let mut tab = Self::new(&name_of(path), document, registry);
        tab.found = file.autosaved();
        tab.file = Some(file);
        if is_api {
            // It has no positions: saved again it would have another form, which somebody must want.
            tab.error_message = Some(
                "This file holds no drawing, so one was made. Saving writes it as a drawing."
                    .to_owned(),
            );
        }
        Ok(tab)
    }

    /// The workflow that a picture holds. It has no file: saving it does not touch the picture.
    fn open_picture(path: &Path, registry: &Registry) -> Result<Self, String> {
        let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let text = workflow_in(&bytes).ok_or_else(|| {
            format!(
                "{} holds no workflow; pictures that are shared may have lost it",
                path.display()
            )
        })?;
        let name = path.display().to_string();
        let (document, diagnostics) = Document::parse(text.as_bytes(), Some(&name));
        let Some(document) = document else {
            let all: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
            return Err(all.join("\n"));
        };
        Ok(Self::new(&name_of(path), document, registry))
    }

    pub(crate) fn document(&self) -> &Document {
        self.history.document()
    }

    pub(crate) fn canvas(&self) -> &Canvas {
        &self.canvas
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn path(&self) -> Option<&Path> {
        self.file.as_ref().map(WorkflowFile::path)
    }

    /// The kind of a node, if it is known.
    pub(crate) fn kind_of(&self, node: &str) -> Option<&'static NodeSchema> {
        self.plan.node(node)?.schema
    }

    /// Whether the document is checked as it is now.
    pub(crate) fn is_checked(&self) -> bool {
        self.findings.revision == self.revision
    }

    /// The graph of the document as it is now, if that is checked and sound.
    pub(crate) fn sound(&self) -> Option<Arc<Graph>> {
        self.findings.graph.clone().filter(|_| self.is_checked())
    }

    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    pub(crate) fn is_dirty(&self) -> bool {
        self.history.is_dirty()
    }

    pub(crate) fn can_undo(&self) -> Option<&'static str> {
        self.history.can_undo()
    }

    pub(crate) fn can_redo(&self) -> Option<&'static str> {
        self.history.can_redo()
    }

    pub(crate) fn route(&self) -> Route {
        self.route
    }

    pub(crate) fn set_route(&mut self, route: Route) {
        self.route = route;
        self.stale = Stale::All;
    }

    /// Shows all settings of a node, or only those that differ.
    pub(crate) fn toggle_open(&mut self, node: &str) {
        if !self.open.remove(node) {
            self.open.insert(node.to_owned());
        }
        self.stale = Stale::All;
    }

    /// Where everything is, as of the last change.
    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Works out where everything is, if something changed.
    pub(crate) fn lay_out(&mut self, ctx: &egui::Context, registry: &Registry) {
        let stale = std::mem::replace(&mut self.stale, Stale::Nothing);
        let restyled = std::mem::take(&mut self.restyled);
        let sources = Sources {
            canvas: &self.canvas,
            registry,
            values: &self.values,
            open: &self.open,
            findings: &self.findings,
            route: self.route,
        };
        match stale {
            Stale::Nothing => {}
            Stale::Places => self.plan.follow(ctx, &mut self.widths, &self.canvas, self.route),
            Stale::Nodes if self.plan.renew(ctx, &mut self.widths, &sources, &restyled) => {}
            Stale::Nodes | Stale::All => {
                self.plan = Plan::new(ctx, &mut self.widths, &sources);
                if std::mem::take(&mut self.is_unplaced) && self.place(registry) {
                    self.lay_out(ctx, registry);
                }
            }
        }
    }

    /// Puts the nodes of a file that says no places where wires are short, which is no edit; whether there are some.
    fn place(&mut self, registry: &Registry) -> bool {
        let Some(edit) = arranged(&self.plan, &[]) else { return false };
        let mut history = History::new(self.document().clone());
        if let Err(error) = history.apply(registry, &edit) {
            self.error_message = Some(error.to_string());
            return false;
        }
        self.history = History::new(history.into_document());
        self.draw_anew(registry);
        self.refresh(registry);
        true
    }

    /// Does something to the document. What cannot be done changes nothing, and why stands in `error_message`.
    pub(crate) fn edit(&mut self, registry: &Registry, edit: &Edit) -> Option<Made> {
        match self.history.apply(registry, edit) {
            Ok(made) => {
                self.error_message = None;
                self.refresh(registry);
                Some(made)
            }
            Err(error) => {
                self.error_message = Some(error.to_string());
                // What was shown while the mouse moved was not done.
                self.refresh(registry);
                None
            }
        }
    }

    /// What is done until `end` is one step.
    pub(crate) fn begin(&mut self, name: &'static str) {
        self.history.begin(name);
    }

    pub(crate) fn end(&mut self) {
        self.history.end();
    }

    pub(crate) fn undo(&mut self, registry: &Registry) -> Option<&'static str> {
        let name = self.history.undo();
        self.refresh(registry);
        name
    }

    pub(crate) fn redo(&mut self, registry: &Registry) -> Option<&'static str> {
        let name = self.history.redo();
        self.refresh(registry);
        name
    }

    /// Takes over what a check found. The graph of the last sound state stays, for what shows it.
    pub(crate) fn take_findings(&mut self, findings: Findings) {
        let before = std::mem::replace(&mut self.findings, findings);
        if before.wrong_fields().ne(self.findings.wrong_fields()) {
            self.stale = Stale::All;
        }
        if self.findings.graph.is_none() {
            // What cannot be worked out now is shown as it was.
            self.findings.sizes = before.sizes;
        }
    }

    /// Shows nodes, reroutes and groups elsewhere than they are, while the mouse moves them.
    pub(crate) fn preview(&mut self, change: impl FnOnce(&mut Canvas)) {
        self.unmoved.get_or_insert_with(|| self.canvas.clone());
        change(&mut self.canvas);
        self.stale = match self.stale {
            Stale::Nothing | Stale::Places => Stale::Places,
            Stale::Nodes | Stale::All => Stale::All,
        };
    }

    /// Shows the document as it is.
    pub(crate) fn refresh(&mut self, registry: &Registry) {
        let mut stale = Stale::Nodes;
        if let Some(unmoved) = self.unmoved.take() {
            self.canvas = unmoved;
            stale = Stale::All;
        }
        match self.history.take_touched() {
            Touched::Nodes(nodes) if nodes.iter().all(|node| self.redraw(registry, *node)) => {
                self.restyled.extend(nodes);
            }
            _ => self.draw_anew(registry),
        }
        self.selection.keep_to(&self.canvas);
        self.stale = self.stale.max(stale);
        self.revision += 1;
    }

    /// Takes over what changed in one node; false where that is not enough.
    fn redraw(&mut self, registry: &Registry, node: usize) -> bool {
        let document = self.history.document();
        let found = document.param_values_of(registry, node);
        let is_drawn = document.redraw_node(&mut self.canvas, node);
        let Some((id, values)) = found.filter(|_| is_drawn) else { return false };
        match values {
            Some(values) => drop(self.values.insert(id, values)),
            None => drop(self.values.remove(&id)),
        }
        true
    }

    fn draw_anew(&mut self, registry: &Registry) {
        self.canvas = self.history.document().canvas();
        self.values = self.history.document().param_values(registry);
        self.stale = Stale::All;
    }

    /// Writes the document to its file.
    pub(crate) fn save(&mut self, overwrite: Overwrite) -> Result<(), FileError> {
        let document = self.history.document().with_view(self.camera.to_view());
        if let Some(file) = &mut self.file {
            file.save(&document, overwrite)?;
            self.history.mark_saved();
            self.autosaved = self.revision;
            self.outside = None;
        }
        Ok(())
    }

    /// Writes the document to another file, which is then its own.
    pub(crate) fn save_as(&mut self, path: PathBuf, overwrite: Overwrite) -> Result<(), FileError> {
        let mut file = WorkflowFile::new(path);
        let document = self.history.document().with_view(self.camera.to_view());
        file.save(&document, overwrite)?;
        // What was kept of unsaved work beside the old file is saved now.
        let left = self.discard();
        self.shelter = None;
        self.name = name_of(file.path());
        self.file = Some(file);
        self.history.mark_saved();
        self.autosaved = self.revision;
        left
    }

    /// Writes the document beside its file, if it has changed since; what is not saved is so not lost.
    pub(crate) fn autosave(&mut self) {
        // What was found there is not written over before somebody has answered for it.
        let is_due = self.autosaved != self.revision && self.found.is_none();
        let beside = self.file.as_ref().or(self.shelter.as_ref());
        let Some(file) = beside.filter(|_| is_due) else { return };
        if let Some(folder) = self.shelter.as_ref().and_then(|file| file.path().parent()) {
            // Where it cannot be made, writing says why.
            let _ = std::fs::create_dir_all(folder);
        }
        let written = if self.history.is_dirty() {
            file.autosave(self.document())
        } else {
            file.discard_autosave()
        };
        match written {
            Ok(()) => self.autosaved = self.revision,
            Err(error) => {
                self.error_message =
                    Some(format!("what you changed is not kept beside the file: {error}"))
            }
        }
    }

    /// Looks whether the file is still what was read or written here.
    pub(crate) fn look_outside(&mut self) {
        let now = self.file.as_ref().map(WorkflowFile::on_disk);
        self.outside = now.filter(|now| matches!(now, OnDisk::Changed | OnDisk::Gone));
    }

    /// Reads the file again, in the place of what is open.
    pub(crate) fn reload(&mut self, registry: &Registry) {
        let Some(path) = self.path().map(Path::to_path_buf) else { return };
        match Self::open(&path, registry) {
            Ok(mut tab) => {
                (tab.camera, tab.is_unseen) = (self.camera, false);
                tab.found = None;
                *self = tab;
            }
            Err(problem) => self.error_message = Some(problem),
        }
    }

    /// Keeps what is open, whatever the file holds now.
    pub(crate) fn keep_mine(&mut self) {
        if let Some(file) = &mut self.file {
            file.accept_disk();
        }
        self.history.mark_unsaved();
        self.outside = None;
    }

    /// Takes the work that was found beside the file, or throws it away.
    pub(crate) fn answer_found(&mut self, take: bool, registry: &Registry) {
        let Some(found) = self.found.take() else { return };
        if take {
            self.history = History::new(found.document);
            self.history.mark_unsaved();
            self.draw_anew(registry);
            self.refresh(registry);
        } else if let Err(error) = self.discard() {
            self.error_message = Some(error.to_string());
        }
    }

    /// Leaves nothing beside the file, as the work is saved or not wanted.
    pub(crate) fn discard(&self) -> Result<(), FileError> {
        let beside = self.file.as_ref().or(self.shelter.as_ref());
        beside.map_or(Ok(()), WorkflowFile::discard_autosave)
    }
}

/// A file's name without its ending.
fn name_of(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

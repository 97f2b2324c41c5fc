//! What both JSON forms and the builder reduce to before schemas come into play.
//!
//! A sketch holds names as they were written and places for diagnostics; whether a class exists or
//! a value fits is not yet asked.

use std::collections::HashMap;

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Span};

/// A workflow as written: nodes and links, nothing resolved.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sketch {
    pub file: Option<String>,
    pub nodes: Vec<SketchNode>,
    pub links: Vec<SketchLink>,
}

/// What ComfyUI writes behind a number, such as a seed: what becomes of it after a run.
pub(crate) const AFTER_A_RUN: [&str; 4] = ["fixed", "increment", "decrement", "randomize"];

/// Whether a node takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Active,
    /// As if it were not there.
    Muted,
    /// Its inputs stand in for its outputs.
    Bypassed,
}

/// A node as written.
#[derive(Debug, Clone)]
pub(crate) struct SketchNode {
    pub id: String,
    pub class: String,
    pub title: Option<String>,
    pub mode: Mode,
    pub place: Option<Span>,
    pub class_place: Option<Span>,
    /// Values given by name.
    pub named: Vec<(String, Given)>,
    /// Values given by position.
    pub widgets: Vec<Given>,
    /// What it is, if it stands for several nodes: a thing that this version does not read.
    pub composite: Option<Composite>,
}

/// What a node is that stands for several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Composite {
    pub kind: CompositeKind,
    /// What the file calls it.
    pub name: Option<String>,
    /// The nodes in it, in words; none where the file does not hold them.
    pub nodes: Option<Vec<String>>,
}

/// Which of ComfyUI's two ways to put several nodes into one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CompositeKind {
    /// Its class is the id of a graph among the file's definitions.
    Subgraph,
    /// Its class is `workflow>` and the name of a group, the older form.
    GroupNode,
}

/// A value as written, and where.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub value: Value,
    pub place: Option<Span>,
}

/// One end of a link at its node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    Name(String),
    Slot(usize),
}

/// A link as written. The node that it feeds exists.
#[derive(Debug, Clone)]
pub(crate) struct SketchLink {
    /// None where the link comes from nowhere, which was reported.
    pub from: Option<usize>,
    pub output: End,
    pub to: usize,
    pub input: End,
    /// What the file says flows along it, where it says so.
    pub type_name: Option<String>,
    pub place: Option<Span>,
}

impl SketchNode {
    /// A node of this id and class, without parameters or links.
    pub fn new(id: impl Into<String>, class: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            class: class.into(),
            title: None,
            mode: Mode::Active,
            place: None,
            class_place: None,
            named: Vec::new(),
            widgets: Vec::new(),
            composite: None,
        }
    }

    /// Marks a diagnostic as concerning this node.
    pub fn blame(&self, diagnostic: Diagnostic) -> Diagnostic {
        let place = diagnostic.span.or(self.place);
        diagnostic.node(self.id.as_str(), self.title.as_deref()).at(place)
    }
}

impl Sketch {
    /// Node positions by id. Ids are unique in a sketch: a repeated one was reported and left out.
    pub fn index(&self) -> HashMap<String, usize> {
        let ids = self.nodes.iter().map(|n| n.id.clone());
        ids.zip(0..).collect()
    }
}

//! Workflows: documents, node schema types, the checked graph.
//!
//! A [`Document`] is a file as it was written, kept whole so that writing it back loses nothing.
//! [`check`] reads it against a [`Registry`] of node schemas and gives a [`Graph`]: reroutes,
//! bypassed and muted nodes gone, names canonical, parameters typed and in range.
//!
//! This room knows nothing of Bevy, egui, physics or learning. Nothing here panics on what a user
//! wrote: reading returns a value and diagnostics.

mod builder;
mod check;
mod describe;
mod document;
mod error;
mod graph;
mod registry;
mod resolve;
mod schema;
mod sketch;
mod spans;
mod value;

pub use builder::GraphBuilder;
pub use check::{
    EnvironmentCatalog, EnvironmentProblem, EnvironmentSpec, Loaded, NodeFault, check, load,
    load_bytes,
};
pub use document::{
    Autosaved, Canvas, CanvasGroup, CanvasInput, CanvasLabel, CanvasLink, CanvasNode, CanvasOutput,
    CanvasReroute, CanvasView, Document, DocumentChange, Edit, EditError, FileError, Form,
    Fragment, History, Made, NodeMode, NodeToAdd, OnDisk, Overwrite, Port, PortRef, SaveError,
    Touched, TreePath, TreeStep, WorkflowFile, lay_out,
};
pub use error::WorkflowError;
pub use graph::{Feed, FromParam, Graph, GraphNode, OutputRef, ParamError};
pub use registry::{Absent, Registry};
pub use schema::{
    Firing, NodeSchema, ParamGroup, ParamSchema, ParamType, PortSchema, PortType, Role,
};
pub use spans::SpanIndex;
pub use value::{ParamValue, ValueProblem};

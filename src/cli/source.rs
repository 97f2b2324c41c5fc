//! Loading workflows and scenes from the paths that a person gives.

use crate::nodes::registry;
use crate::scene::SceneLibrary;
use crate::workflow::{Diagnostic, Document, Graph, has_errors};
use std::path::{Path, PathBuf};

/// The scenes that belong to a workflow: `--scenes`, else the `scenes` folder beside the folder that
/// the workflow lies in, else `scenes` here.
pub(super) fn scene_library(option: Option<&Path>, workflow: &Path) -> SceneLibrary {
    let beside = workflow.parent().map(|folder| folder.join("../scenes"));
    let folder = match (option, beside) {
        (Some(folder), _) => folder.to_owned(),
        (None, Some(beside)) if beside.is_dir() => beside,
        _ => PathBuf::from("scenes"),
    };
    // A path without dots reads better in messages.
    let current = std::env::current_dir().ok().and_then(|here| here.canonicalize().ok());
    let folder = match (folder.canonicalize(), current) {
        (Ok(full), Some(here)) => match full.strip_prefix(&here) {
            Ok(inside) => inside.to_owned(),
            Err(_) => full,
        },
        _ => folder,
    };
    SceneLibrary::new(folder)
}

/// A workflow after overrides and checks.
pub(super) struct Source {
    /// The document as it will be run; none if the file is no workflow at all.
    pub document: Option<Document>,
    /// The graph, if nothing stops it.
    pub graph: Option<Graph>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a workflow, applies `overrides` (NODE.PARAM=VALUE) and checks it.
pub(super) fn load(path: &Path, overrides: &[String], scenes: &SceneLibrary) -> Source {
    let (document, mut diagnostics) = Document::load(path);
    let Some(mut document) = document else {
        return Source { document: None, graph: None, diagnostics };
    };
    diagnostics.clear();
    for option in overrides {
        diagnostics.extend(document.set_param_from_option(registry(), option).err());
    }
    let (graph, found) = crate::workflow::check(&document, registry(), scenes);
    diagnostics.extend(found);
    let graph = graph.filter(|_| !has_errors(&diagnostics));
    Source { document: Some(document), graph, diagnostics }
}

impl Source {
    /// Prints what was found; notes only where asked for.
    pub(super) fn report(&self, notes: bool) {
        for diagnostic in &self.diagnostics {
            if notes || diagnostic.severity > crate::workflow::Severity::Note {
                eprintln!("{diagnostic}");
            }
        }
    }
}

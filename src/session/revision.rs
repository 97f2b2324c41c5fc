//! Parameters that are changed when a run is resumed.

use super::build::Session;
use super::error::SessionError;
use super::files::write_atomically;
use super::run_folder::RunFolder;
use super::settings::SettingChange;
use super::start::workflow_text;
use crate::nodes::{Kinds, LiveSetting, Progress, Trainer};
use crate::workflow::{Document, Graph, GraphNode, ParamValue, WorkflowError};
use serde_json::Value;

/// Parameters that are changed when a run is resumed.
#[derive(Clone, Debug)]
pub struct Revision {
    /// The text of the workflow with the changes.
    workflow: String,
    changes: Vec<ParamChange>,
}

#[derive(Clone, Debug)]
struct ParamChange {
    node: String,
    param: String,
    from: Value,
    to: Value,
}

impl Revision {
    /// What `overrides` (NODE.PARAM=VALUE) make of a run's workflow, whose graph was `before` and is `after`.
    pub(super) fn new(
        folder: &RunFolder,
        (before, after): (Option<&Graph>, &Graph),
        overrides: &[String],
        kinds: &Kinds,
    ) -> Result<Self, SessionError> {
        let (document, diagnostics) = Document::load(folder.workflow());
        let mut document = document.ok_or(WorkflowError { diagnostics })?;
        for option in overrides {
            let set = document.set_param_from_option(kinds.registry(), option);
            set.map_err(|found| WorkflowError { diagnostics: vec![found] })?;
        }
        let changes = after.nodes.iter().flat_map(|node| {
            let old = before.and_then(|graph| graph.nodes.iter().find(|old| old.id == node.id));
            changes(old, node)
        });
        let changes = changes.collect();
        Ok(Self { workflow: workflow_text(document, after, kinds)?, changes })
    }
}

impl Revision {
    /// The changed parameters, each as NODE.PARAM.
    pub(super) fn settings(&self) -> String {
        let names: Vec<String> =
            self.changes.iter().map(|it| format!("{}.{}", it.node, it.param)).collect();
        names.join(", ")
    }
}

/// The parameters of a node that are not what they were.
fn changes(old: Option<&GraphNode>, node: &GraphNode) -> Vec<ParamChange> {
    let of = |(param, value): (&String, _)| {
        let from = old.and_then(|old| old.params.get(param)).map_or(Value::Null, |it| it.to_json());
        let to = ParamValue::to_json(value);
        let (node, param) = (node.id.clone(), param.clone());
        (from != to).then_some(ParamChange { node, param, from, to })
    };
    node.params.iter().filter_map(of).collect()
}

impl Session {
    /// Records the changes in the run's folder, and saves the workflow with them. They replace what was changed by
    /// hand during the training.
    pub(super) fn revise(&mut self, revision: &Revision) -> Result<(), SessionError> {
        let Some(mut folder) = self.folder.take() else { return Ok(()) };
        let Progress { updates, steps } = self.progress();
        let written = (|| {
            for ParamChange { node, param, from, to } in &revision.changes {
                folder.append_change(&SettingChange {
                    update: updates,
                    steps,
                    setting: format!("{node}.{param}"),
                    from: from.clone(),
                    to: Some(to.clone()),
                })?;
            }
            write_atomically(&folder.workflow(), revision.workflow.as_bytes())?;
            folder.take_inputs()
        })();
        self.n_changes += revision.changes.len() as u64;
        self.folder = Some(folder);
        written?;
        for ParamChange { node, param, to, .. } in &revision.changes {
            let Some(value) = to.as_f64() else { continue };
            let entity = self.nodes.iter().find(|it| it.id == *node).map(|it| it.entity);
            let trainer = entity.and_then(|entity| self.world_mut().get_mut::<Trainer>(entity));
            let Some(mut trainer) = trainer else { continue };
            let is_meant = |setting: &LiveSetting| setting.name == *param;
            if trainer.settings(updates).iter().any(is_meant) {
                // A rate that follows the divergence would go on from where it was.
                let set = trainer.set(param, value).and_then(|()| trainer.release(param));
                let name = format!("node {node}");
                set.map_err(|cause| SessionError::Node { node: name, cause })?;
            }
        }
        Ok(())
    }
}

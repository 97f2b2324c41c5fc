//! Saving a session to checkpoints, and loading it.

use super::build::{Session, SessionNode};
use super::checkpoint::{self, CheckpointInfo, CheckpointMetadata};
use super::error::SessionError;
use super::run_folder::RunFolder;
use crate::learn::{HiddenStates, Mismatch, StateDict};
use crate::nodes::{
    Agent, BEST_PREFIX, CheckpointRequest, Console, DeviceMark, NodeError, Progress, Trainer,
    TrainingDevice, change_of_device, checkpoint_name, file_name, transfer,
};
use std::path::PathBuf;
use std::time::SystemTime;

impl Session {
    /// Writes a checkpoint of where the session is now; the path is none if the session keeps no
    /// files and the request names no folder. Call between ticks.
    pub fn save_checkpoint(
        &mut self,
        request: &CheckpointRequest,
    ) -> Result<Option<PathBuf>, SessionError> {
        let _span = tracing::info_span!("checkpoint").entered();
        let parent = match (&request.folder, &self.folder) {
            (Some(folder), _) => folder.clone(),
            (None, Some(run)) => run.checkpoints(),
            (None, None) => return Ok(None),
        };
        let progress = self.progress();
        let name = match &request.best {
            Some(_) => format!("{BEST_PREFIX}{}", file_name(&request.node)),
            None => checkpoint_name(progress),
        };
        let metadata = CheckpointMetadata {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            run: self.folder.as_ref().map(|run| run.id().to_owned()),
            folder: self.folder.as_ref().and_then(|run| std::path::absolute(run.path()).ok()),
            node: request.node.clone(),
            trigger: request.trigger.clone(),
            time: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
            update: progress.updates,
            step: progress.steps,
            best_metric: request.best.clone(),
            workflow_hash: self.folder.as_ref().map(RunFolder::workflow_hash).transpose()?,
            checksums: Default::default(),
            inputs: self.folder.as_ref().map_or_else(Default::default, |run| run.inputs().clone()),
            device: self.device_mark(),
            changes: self.n_changes,
            hyperparameters: self.hyperparameters(),
        };
        // What a checkpoint counts on must not be lost where the checkpoint is not.
        if let Some(folder) = &self.folder {
            folder.sync()?;
        }
        let (weights, state) = (self.weights(request)?, self.state()?);
        let path = checkpoint::write(&parent, &name, metadata.clone(), weights, &state)?;
        if let (Some(keep), None) = (request.keep, &request.best) {
            checkpoint::prune(&parent, &metadata, keep)?;
        }
        Ok(Some(path))
    }

    /// Resumes from a checkpoint of the same workflow: every node, bit for bit. Fails if a node's
    /// state is missing or does not fit, or if there is state of a node that the workflow lacks; the
    /// session cannot be used after that.
    pub fn load_checkpoint(&mut self, checkpoint: &CheckpointInfo) -> Result<(), SessionError> {
        let state = checkpoint.state()?;
        let wrong = |message| SessionError::Run { path: checkpoint.path.clone(), message };
        let known: Vec<String> = self.stateful().map(|node| file_name(&node.id)).collect();
        let unknown = state.names().find(|name| {
            let node = name.split('.').next().unwrap_or_default();
            !known.iter().any(|known| known == node)
        });
        if let Some(name) = unknown {
            let message = format!(
                "holds `{name}`, which belongs to no node of the workflow; it was written for \
                 another one"
            );
            return Err(wrong(message));
        }
        for index in 0..self.nodes.len() {
            self.load_node(index, &state, checkpoint)?;
        }
        self.n_changes = checkpoint.metadata.changes;
        let now = self.device_mark();
        if self.is_training()
            && let Some(told) = change_of_device(checkpoint.metadata.device.as_ref(), now.as_ref())
        {
            (self.world().resource::<Console>().0)(&told);
        }
        let (updates, steps) = checkpoint.position();
        self.world_mut().insert_resource(Progress { updates, steps });
        Ok(())
    }

    /// Loads only the network of a checkpoint, for evaluation. Hidden states are 0.
    pub fn load_networks(&mut self, checkpoint: &CheckpointInfo) -> Result<(), SessionError> {
        let state = checkpoint.state()?;
        for index in 0..self.nodes.len() {
            let entity = self.nodes[index].entity;
            if self.world().get::<Agent>(entity).is_some() {
                self.load_node(index, &state, checkpoint)?;
            }
            if let Some(mut agent) = self.world_mut().get_mut::<Agent>(entity) {
                agent.hidden_states = HiddenStates::default();
            }
        }
        Ok(())
    }

    /// Plays the policy of another checkpoint of the same workflow from now on. Fails if the session trains a
    /// policy of its own or the checkpoint does not fit; then nothing changes.
    pub fn play(&mut self, checkpoint: &CheckpointInfo) -> Result<(), SessionError> {
        if self.is_training() {
            let message = "this session trains one of its own";
            return Err(SessionError::Policy(message.to_owned()));
        }
        self.load_networks(checkpoint)
    }

    /// Initialises the agent with the layers that fit of a checkpoint of any workflow; returns line by line which
    /// those are.
    pub fn begin_with(
        &mut self,
        checkpoint: &CheckpointInfo,
        mismatch: Mismatch,
    ) -> Result<Vec<String>, SessionError> {
        let weights = checkpoint.weights()?;
        let source = checkpoint.path.display().to_string();
        for index in 0..self.nodes.len() {
            let (entity, id) = (self.nodes[index].entity, self.nodes[index].id.clone());
            if let Some(mut agent) = self.world_mut().get_mut::<Agent>(entity) {
                let taken = transfer(&mut agent.policy, &weights, mismatch, &source);
                return taken.map_err(in_node(&id));
            }
        }
        Ok(Vec::new())
    }

    fn load_node(
        &mut self,
        index: usize,
        state: &StateDict,
        checkpoint: &CheckpointInfo,
    ) -> Result<(), SessionError> {
        let node = &self.nodes[index];
        let Some(kept) = node.kind.state else { return Ok(()) };
        let (entity, id) = (node.entity, node.id.clone());
        let saved = state.nested(&file_name(&id));
        if saved.is_empty() {
            return Err(SessionError::Run {
                path: checkpoint.path.clone(),
                message: format!(
                    "holds nothing of node {id} ({}); it was written for another workflow",
                    node.kind.schema.class_type
                ),
            });
        }
        (kept.load)(self.world_mut(), entity, &saved).map_err(in_node(&id))
    }

    /// The device of the training, if it is not the processor.
    fn device_mark(&self) -> Option<DeviceMark> {
        self.world().get_resource::<TrainingDevice>().map(TrainingDevice::mark)
    }

    /// Every node's parameters under its id, with what was changed by hand.
    fn hyperparameters(&self) -> serde_json::Value {
        let of_node = |node: &SessionNode| {
            let mut params = node.params.clone();
            if let Some(trainer) = self.world().get::<Trainer>(node.entity) {
                trainer.note_changes(&mut params);
            }
            (node.id.clone(), params)
        };
        self.nodes.iter().map(of_node).collect()
    }

    /// The nodes that have state.
    fn stateful(&self) -> impl Iterator<Item = &SessionNode> {
        self.nodes.iter().filter(|node| node.kind.state.is_some())
    }

    /// The file of weights of the agent that a request means.
    fn weights(&self, request: &CheckpointRequest) -> Result<Vec<u8>, SessionError> {
        let mut agents = self.nodes.iter().filter_map(|node| {
            let agent = self.world().get::<Agent>(node.entity)?;
            let is_meant = request.model.is_none_or(|model| model == node.entity);
            is_meant.then_some((node, agent))
        });
        let (id, bytes) = match agents.next() {
            Some((node, agent)) => (node.id.as_str(), agent.policy.to_safetensors()),
            None => (checkpoint::OWN_NODE, StateDict::new().to_safetensors()),
        };
        bytes.map_err(NodeError::from).map_err(in_node(id))
    }

    /// Every node's state under its id.
    fn state(&self) -> Result<StateDict, SessionError> {
        let mut all = StateDict::new();
        for node in self.stateful() {
            if let Some(kept) = &node.kind.state {
                let saved = (kept.save)(self.world(), node.entity).map_err(in_node(&node.id))?;
                all.insert_nested(&file_name(&node.id), saved);
            }
        }
        Ok(all)
    }
}

fn in_node(id: &str) -> impl Fn(NodeError) -> SessionError {
    let node = format!("node {id}");
    move |cause| SessionError::Node { node: node.clone(), cause }
}

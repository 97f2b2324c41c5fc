//! `CheckpointSaver`: writes a network to disk when its trigger says so.

use crate::diagnostic::Diagnostic;
use crate::learn::StateDict;
use crate::nodes::{
    CheckpointRequest, CheckpointRequests, CheckpointTrigger, NodeBuilder, NodeError, NodeKind,
    NodeState, Payload, Wires, diagnostics_of, n_kept,
};
use crate::workflow::{
    Graph, GraphNode, NodeSchema, ParamGroup, ParamSchema, PortSchema, PortType, Role,
};
use bevy::ecs::system::BoxedSystem;
use bevy::prelude::*;
use std::path::{Component, PathBuf};

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "CheckpointSaver",
    aliases: &["CheckpointSaverNode"],
    title: "Checkpoint Saver",
    category: "checkpoints",
    doc: "Saves the weights of a network with everything that a run needs to go on from there, as \
          the trainer's updates make it due.",
    role: Role::Saver,
    inputs: &[
        PortSchema::new("model", PortType::Model, "The network to save.").held(),
        PortSchema::new(
            "loss_info",
            PortType::Metrics,
            "Metrics of the updates to follow; if not connected, those of the workflow's trainer.",
        )
        .aliases(&["loss", "metrics"])
        .optional(),
    ],
    params: &[
        ParamSchema::text("path", "", "Folder to save in; empty is that of the run.").path(),
        ParamSchema::choice(
            "trigger",
            "epoch",
            &["epoch", "time", "best_metric"],
            "What triggers a checkpoint.",
        )
        .aliases(&["trigger_type", "checkpoint_trigger_type"]),
        ParamSchema::text(
            "value",
            "10",
            "How many updates (10), how much time (1h30m), or which metric (episode_return, \
             reward_terms.NAME, tasks.NAME.success_rate; over the newest 100 episodes, or so many: \
             episode_return over 30; the least: episode_length lowest).",
        )
        .aliases(&["trigger_value", "checkpoint_trigger_value"]),
        ParamSchema::int(
            "keep",
            0,
            0,
            1 << 30,
            "How many of this node's checkpoints to keep, the newest; 0 keeps all.",
        )
        .aliases(&["keep_last", "checkpoint_keep"]),
    ],
    together: &[ParamGroup::Trigger {
        name: "trigger",
        enabled: None,
        kind: "trigger",
        value: "value",
    }],
    check_among: |graph, saver| {
        let node = &graph.nodes[saver];
        let mut found = diagnostics_of(trigger(graph, node));
        found.extend(place(node));
        found
    },
    ..NodeSchema::EMPTY
};

pub(crate) const KIND: NodeKind =
    NodeKind { schema: &SCHEMA, build: Some(build), state: Some(NodeState { save, load }) };

/// What is to be said of where checkpoints go, if that is not the run's folder.
fn place(node: &GraphNode) -> Option<Diagnostic> {
    let path = node.text("path").ok().filter(|path| !path.is_empty())?;
    if path.starts_with('~') {
        let message = format!("\"{path}\": nothing here makes a person's folder of `~`");
        let remedy = "write the whole path, or leave it empty for the run's folder";
        return Some(Diagnostic::error("unusable-value", message).field("path").remedy(remedy));
    }
    let whole = std::path::absolute(&path).unwrap_or_else(|_| PathBuf::from(&path));
    let message = format!("writes outside of the run's folder, to {}", whole.display());
    let climbs = whole.components().any(|part| part == Component::ParentDir);
    let new = if climbs { Diagnostic::warning } else { Diagnostic::note };
    let remedy = "leave the path empty to keep the checkpoints in the run";
    Some(new("writes-outside", message).field("path").remedy(remedy))
}

/// The trigger, whose value is wrong or right by what kind it is.
fn trigger(graph: &Graph, node: &GraphNode) -> Result<CheckpointTrigger, NodeError> {
    let trainer = graph.nodes.iter().find(|node| node.class.role == Role::Trainer);
    let metrics = trainer.map_or(&[][..], |trainer| trainer.class.metrics);
    CheckpointTrigger::new(&node.text("trigger")?, &node.text("value")?, "value", metrics)
}

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let path = b.node().text("path")?;
    let folder = (!path.is_empty()).then(|| PathBuf::from(path));
    let keep = n_kept(b.node().param("keep")?);
    let trigger = trigger(b.graph, b.node())?;
    b.insert(trigger);
    let (id, node) = (b.node().id.clone(), b.entity);
    let fire = move |mut wires: Wires,
                     mut triggers: Query<&mut CheckpointTrigger>,
                     mut requests: ResMut<CheckpointRequests>| {
        let Some(taken) = wires.take(node) else { return Ok(()) };
        let unexpected = |input, expected, got: &Payload| NodeError::Payload {
            input,
            expected,
            got: got.describe(),
        };
        let metrics = match taken.get("loss_info") {
            Some(Payload::Metrics(metrics)) => metrics,
            Some(other) => return Err(unexpected("loss_info", "metrics", other)),
            // Nothing trains: this is inference.
            None => return Ok(()),
        };
        let model = match taken.get("model") {
            Some(&Payload::Model(model)) => model,
            Some(other) => return Err(unexpected("model", "an agent's network", other)),
            None => return Ok(()),
        };
        let Ok(mut trigger) = triggers.get_mut(node) else { return Ok(()) };
        if let Some(request) = trigger.check(&id, model, metrics)? {
            requests.0.push(CheckpointRequest { folder: folder.clone(), keep, ..request });
        }
        Ok(())
    };
    Ok(b.system(fire))
}

fn save(world: &World, entity: Entity) -> Result<StateDict, NodeError> {
    Ok(world.get::<CheckpointTrigger>(entity).map(CheckpointTrigger::state).unwrap_or_default())
}

fn load(world: &mut World, entity: Entity, state: &StateDict) -> Result<(), NodeError> {
    match world.get_mut::<CheckpointTrigger>(entity) {
        Some(mut trigger) => trigger.load_state(state),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nodes::kinds::learning::ppo_settings;
    use crate::workflow::ParamValue;

    static OTHER: NodeSchema = NodeSchema {
        class_type: "OtherTrainer",
        role: Role::Trainer,
        metrics: &["regret"],
        ..NodeSchema::EMPTY
    };
    static SILENT: NodeSchema = NodeSchema { metrics: &[], ..OTHER };

    /// What the checker says of a saver beside a trainer.
    fn findings(trainer: &'static NodeSchema, value: &str) -> Vec<String> {
        let node = |class: &'static NodeSchema, params: &[(&str, &str)]| GraphNode {
            id: class.class_type.to_owned(),
            class,
            title: String::new(),
            params: params
                .iter()
                .map(|(name, text)| ((*name).to_owned(), ParamValue::Text((*text).to_owned())))
                .collect(),
            inputs: Vec::new(),
        };
        let saver = node(&SCHEMA, &[("trigger", "best_metric"), ("value", value)]);
        let graph = Graph { nodes: vec![node(trainer, &[]), saver] };
        let found = (SCHEMA.check_among)(&graph, 1);
        found.into_iter().map(|diagnostic| diagnostic.message).collect()
    }

    #[test]
    fn the_best_metric_is_one_of_whatever_algorithm_trains() {
        for metric in ["regret", "episode_return", "reward_terms.upright", "10"] {
            assert_eq!(findings(&OTHER, metric), [""; 0], "{metric}");
        }
        let said = findings(&OTHER, "entropy");
        assert!(said.len() == 1 && said[0].contains("regret"), "{said:?}");
        assert_eq!(findings(&ppo_settings::SCHEMA, "entropy"), [""; 0]);
        assert_eq!(findings(&ppo_settings::SCHEMA, "regret").len(), 1);
        // Of one that does not say what it reports the first update tells.
        assert_eq!(findings(&SILENT, "anything"), [""; 0]);
    }
}

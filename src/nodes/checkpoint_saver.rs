//! `CheckpointSaver`: writes a network to disk when its trigger says so.

use super::checkpoint_trigger::CheckpointTrigger;
use super::flow::Wires;
use super::kind::{NodeBuilder, NodeError, NodeKind};
use super::payload::Payload;
use super::run::{CheckpointRequest, CheckpointRequests, Reports};
use crate::workflow::{NodeSchema, ParamSchema, PortSchema, PortType};
use bevy::ecs::system::BoxedSystem;
use bevy::prelude::*;
use std::path::PathBuf;

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "CheckpointSaver",
    aliases: &["CheckpointSaverNode"],
    title: "Checkpoint Saver",
    category: "checkpoints",
    doc: "Saves the weights of a network and a description of them.",
    inputs: &[
        PortSchema::new("model", PortType::Model, "The network to save.").held(),
        PortSchema::new("loss_info", PortType::Metrics, "Numbers that tell the best network.")
            .aliases(&["loss", "metrics"])
            .optional(),
    ],
    params: &[
        ParamSchema::text("path", "", "Folder to save in; empty is that of the run."),
        ParamSchema::choice(
            "trigger",
            "epoch",
            &["epoch", "time", "best_metric"],
            "What makes a checkpoint due.",
        )
        .aliases(&["trigger_type", "checkpoint_trigger_type"]),
        ParamSchema::text(
            "value",
            "10",
            "How many updates (10), how much time (1h30m), or which metric.",
        )
        .aliases(&["trigger_value", "checkpoint_trigger_value"]),
    ],
    ..NodeSchema::EMPTY
};

pub(super) const KIND: NodeKind = NodeKind::stateless(&SCHEMA, build);

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let node = b.node();
    let path = node.text("path")?;
    let folder = (!path.is_empty()).then(|| PathBuf::from(path));
    let mut trigger =
        CheckpointTrigger::new(&node.text("trigger")?, &node.text("value")?, "value")?;
    let (id, node) = (node.id.clone(), b.entity);
    Ok(b.system(
        move |mut wires: Wires, reports: Res<Reports>, mut requests: ResMut<CheckpointRequests>| {
            let Some(taken) = wires.take(node) else { return Ok(()) };
            // Without metrics of its own it goes by those that this tick brought.
            let metrics = match taken.get("loss_info") {
                Some(Payload::Metrics(metrics)) => Some(metrics.clone()),
                _ => reports.0.last().cloned(),
            };
            if let Some(metrics) = metrics
                && let Some(request) = trigger.check(&id, metrics.update, &metrics)?
            {
                requests.0.push(CheckpointRequest { folder: folder.clone(), ..request });
            }
            Ok(())
        },
    ))
}

//! `MetricsLogger`: thins out training metrics for other loggers.

use bevy::ecs::system::BoxedSystem;
use dnne::nodes::{NodeBuilder, NodeError, NodeKind, Payload, Wires, take_metrics};
use dnne::workflow::{NodeSchema, ParamSchema, PortSchema, PortType};

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "MetricsLogger",
    aliases: &["MetricsLoggerNode"],
    title: "Metrics Logger",
    category: "monitoring",
    doc: "Hands on every interval-th row of metrics to other loggers. Every row is in the run's \
          metrics.jsonl, whatever loggers a workflow has.",
    inputs: &[PortSchema::new("loss_info", PortType::Metrics, "Metrics from the trainer.")
        .aliases(&["loss", "metrics"])],
    outputs: &[PortSchema::new("metrics", PortType::Metrics, "The same metrics, when due.")],
    params: &[ParamSchema::int("interval", 1, 1, 1 << 40, "Updates from one entry to the next.")
        .unit("updates")],
    ..NodeSchema::EMPTY
};

pub(crate) const KIND: NodeKind = NodeKind::stateless(&SCHEMA, build);

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let interval = b.node().int("interval")? as u64;
    let (node, output) = (b.entity, b.output("metrics"));
    Ok(b.system(move |mut wires: Wires| {
        if let Some(metrics) = take_metrics(&mut wires, node, interval)? {
            wires.emit(node, output, Payload::Metrics(metrics));
        }
        Ok(())
    }))
}

//! `TensorBoardLogger`: writes training metrics for TensorBoard.

use super::flow::Wires;
use super::kind::{NodeBuilder, NodeError, NodeKind};
use super::metrics_logger::take_metrics;
use super::payload::Metrics;
use super::run::RunPath;
use super::tensorboard_events::EventWriter;
use crate::workflow::{NodeSchema, ParamSchema, PortSchema, PortType};
use bevy::ecs::system::BoxedSystem;
use bevy::prelude::*;

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "TensorBoardLogger",
    aliases: &["TensorBoard", "TensorBoardLoggerNode"],
    title: "TensorBoard",
    category: "monitoring",
    doc: "Writes training metrics as TensorBoard events into the run.",
    inputs: &[PortSchema::new("loss_info", PortType::Metrics, "Metrics to write.")
        .aliases(&["loss", "metrics"])],
    params: &[ParamSchema::int("interval", 1, 1, 1 << 40, "Updates from one event to the next.")
        .unit("updates")],
    ..NodeSchema::EMPTY
};

pub(super) const KIND: NodeKind = NodeKind::stateless(&SCHEMA, build);

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let interval = b.node().int("interval")? as u64;
    let (id, node) = (b.node().id.clone(), b.entity);
    let mut writer: Option<EventWriter> = None;
    Ok(b.system(move |mut wires: Wires, folder: Res<RunPath>| {
        let Some(metrics) = take_metrics(&mut wires, node, interval)? else { return Ok(()) };
        let Some(folder) = &folder.0 else { return Ok(()) };
        let folder = folder.join("tensorboard");
        let file_error = |cause| NodeError::File { path: folder.clone(), cause };
        let writer = match &mut writer {
            Some(writer) => writer,
            none => none.insert(EventWriter::create(&folder, &id).map_err(file_error)?),
        };
        writer.scalars(metrics.steps, &scalars(&metrics)).map_err(file_error)
    }))
}

/// The numbers of a row under the names that CleanRL made usual.
fn scalars(m: &Metrics) -> Vec<(String, f64)> {
    let mut scalars = vec![
        ("charts/SPS", m.steps_per_sec),
        ("charts/learning_rate", m.stats.learning_rate),
        ("losses/policy_loss", m.stats.policy_loss),
        ("losses/value_loss", m.stats.value_loss),
        ("losses/entropy", m.stats.entropy),
        ("losses/approx_kl", m.stats.kl),
        ("losses/clipfrac", m.stats.clip_fraction),
        ("losses/explained_variance", m.stats.explained_variance),
        ("losses/grad_norm", m.stats.grad_norm),
    ];
    scalars.extend(m.episode_return.map(|value| ("charts/episodic_return", value)));
    scalars.extend(m.episode_length.map(|value| ("charts/episodic_length", value)));
    let mut scalars: Vec<(String, f64)> =
        scalars.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let terms = m.reward_terms.iter();
    scalars.extend(terms.filter_map(|(name, v)| Some((format!("rewards/{name}"), v.as_f64()?))));
    scalars
}

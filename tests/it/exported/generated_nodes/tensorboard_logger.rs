//! `TensorBoardLogger`: writes training metrics for TensorBoard.

use super::tensorboard_events::EventWriter;
use bevy::ecs::system::BoxedSystem;
use bevy::prelude::*;
use dnne::nodes::{
    Metrics, NodeBuilder, NodeError, NodeKind, RunPath, Wires, file_name, take_metrics,
};
use dnne::workflow::{Graph, NodeSchema, ParamSchema, PortSchema, PortType};

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "TensorBoardLogger",
    aliases: &["TensorBoard", "TensorBoardLoggerNode"],
    title: "TensorBoard",
    category: "monitoring",
    doc: "Writes training metrics, histograms of actions and their deviations, every node's \
          parameters and the workflow as TensorBoard events into the run's folder tensorboard, or, of \
          several loggers, into folders in it by their ids.",
    inputs: &[PortSchema::new("loss_info", PortType::Metrics, "Metrics to write.")
        .aliases(&["loss", "metrics"])],
    params: &[ParamSchema::int("interval", 1, 1, 1 << 40, "Updates from one event to the next.")
        .unit("updates")],
    ..NodeSchema::EMPTY
};

pub(crate) const KIND: NodeKind = NodeKind::stateless(&SCHEMA, build);

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let interval = b.node().int("interval")? as u64;
    let (id, node) = (b.node().id.clone(), b.entity);
    // TensorBoard takes the files of one folder for one training that was begun anew with each.
    let is_alone =
        b.graph.nodes.iter().filter(|node| std::ptr::eq(node.class, &SCHEMA)).count() == 1;
    let subfolder = if is_alone { String::new() } else { file_name(&id) };
    let hyperparameters = hyperparameters(b.graph);
    let mut writer: Option<EventWriter> = None;
    Ok(b.system(move |mut wires: Wires, folder: Res<RunPath>| {
        let Some(metrics) = take_metrics(&mut wires, node, interval)? else { return Ok(()) };
        let Some(run) = &folder.0 else { return Ok(()) };
        let folder = run.join("tensorboard").join(&subfolder);
        let file_error = |cause| NodeError::File { path: folder.clone(), cause };
        let writer = match &mut writer {
            Some(writer) => writer,
            none => {
                let new = EventWriter::create(&folder, &id, metrics.steps);
                let mut new = new.map_err(file_error)?;
                let mut texts = vec![("hyperparameters", hyperparameters.clone())];
                // Runs of the command line keep their workflow; others may have none.
                if let Ok(workflow) = std::fs::read_to_string(run.join("workflow.json")) {
                    texts.push(("workflow", format!("```json\n{workflow}\n```")));
                }
                new.texts(metrics.steps, &texts).map_err(file_error)?;
                none.insert(new)
            }
        };
        let named = |(name, histogram)| (format!("policy/{name}"), histogram);
        let all = metrics.histograms.iter().map(|(name, histogram)| (name, histogram));
        let histograms: Vec<_> = all.map(named).collect();
        writer.summary(metrics.steps, &scalars(&metrics), &histograms).map_err(file_error)
    }))
}

/// Every node's parameters, as a table in Markdown.
fn hyperparameters(graph: &Graph) -> String {
    let mut rows = vec!["| node | parameter | value |".to_owned(), "|-|-|-|".to_owned()];
    for node in &graph.nodes {
        let class_type = node.class.class_type;
        rows.extend(node.params.iter().map(|(name, value)| {
            let value = value.to_json().to_string().replace('|', "\\|");
            format!("| {} ({class_type}) | {name} | {value} |", node.id)
        }));
    }
    rows.join("\n")
}

/// The numbers of a row under the names that CleanRL made usual.
fn scalars(m: &Metrics) -> Vec<(String, f64)> {
    let mut scalars = vec![
        ("charts/SPS", m.steps_per_sec),
        ("charts/difficulty", m.difficulty),
        ("time/simulate", m.simulate_secs),
        ("time/observe", m.observe_secs),
        ("time/infer", m.infer_secs),
        ("time/store", m.store_secs),
        ("time/update", m.update_secs),
        ("time/other", m.other_secs),
    ];
    scalars.extend(m.episode_return.map(|value| ("charts/episodic_return", value)));
    scalars.extend(m.episode_length.map(|value| ("charts/episodic_length", value)));
    let mut scalars: Vec<(String, f64)> =
        scalars.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    scalars.extend(m.success_rate.map(|value| ("charts/success_rate".to_owned(), value)));
    scalars.extend(m.learned.reals().map(|(name, value)| (tag(name), value)));
    for (task, of) in &m.tasks {
        let numbers = [
            ("episodic_return", of.episode_return),
            ("episodic_length", of.episode_length),
            ("success_rate", of.success_rate),
        ];
        let named = |(name, value): (&str, Option<f64>)| Some((format!("{task}/{name}"), value?));
        scalars.extend(numbers.into_iter().filter_map(named));
    }
    let terms = m.reward_terms.iter();
    scalars.extend(terms.filter_map(|(name, v)| Some((format!("rewards/{name}"), v.as_f64()?))));
    scalars
}

/// The tag of a number that an algorithm reports.
fn tag(name: &str) -> String {
    match name {
        "learning_rate" => "charts/learning_rate".to_owned(),
        "clip_fraction" => "losses/clipfrac".to_owned(),
        name => format!("losses/{name}"),
    }
}

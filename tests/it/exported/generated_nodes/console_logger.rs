//! `ConsoleLogger`: prints training metrics.

use bevy::ecs::system::BoxedSystem;
use bevy::prelude::*;
use dnne::nodes::{Console, Metrics, NodeBuilder, NodeError, NodeKind, Wires, take_metrics};
use dnne::workflow::{NodeSchema, ParamSchema, PortSchema, PortType};

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "ConsoleLogger",
    aliases: &["ConsoleLoggerNode"],
    title: "Console Logger",
    category: "monitoring",
    doc: "Prints training metrics to the terminal.",
    inputs: &[PortSchema::new("loss_info", PortType::Metrics, "Metrics to print.")
        .aliases(&["loss", "metrics"])],
    params: &[ParamSchema::int("interval", 1, 1, 1 << 40, "Updates from one line to the next.")
        .unit("updates")],
    ..NodeSchema::EMPTY
};

pub(crate) const KIND: NodeKind = NodeKind::stateless(&SCHEMA, build);

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let interval = b.node().int("interval")? as u64;
    let node = b.entity;
    let mut table = MetricsTable::default();
    Ok(b.system(move |mut wires: Wires, console: Res<Console>| {
        if let Some(metrics) = take_metrics(&mut wires, node, interval)? {
            table.lines(&metrics).iter().for_each(|line| (console.0)(line));
        }
        Ok(())
    }))
}

/// Rows of metrics as lines of a table.
#[derive(Debug, Default)]
pub struct MetricsTable {
    n_rows: usize,
}

impl MetricsTable {
    /// The line of a row, with a heading before it if the last one has scrolled away.
    pub fn lines(&mut self, metrics: &Metrics) -> Vec<String> {
        let heading = self.n_rows.is_multiple_of(20).then(|| HEADING.to_owned());
        self.n_rows += 1;
        heading.into_iter().chain([line(metrics)]).collect()
    }
}

const HEADING: &str = " update       steps   steps/s    return    length   p.loss    v.loss  \
                       entropy        kl        lr";

/// A row under the heading, with a dash where an algorithm has no such number.
fn line(m: &Metrics) -> String {
    let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.1}"));
    let learned = |name: &str, decimals: usize| {
        let value = m.learned.real(name);
        value.map_or("-".to_owned(), |value| format!("{value:.decimals$}"))
    };
    let rate = m.learned.real("learning_rate");
    format!(
        "{:7} {:11} {:9.0} {:>9} {:>9} {:>8} {:>9} {:>8} {:>9} {:>9}",
        m.update,
        m.steps,
        m.steps_per_sec,
        number(m.episode_return),
        number(m.episode_length),
        learned("policy_loss", 4),
        learned("value_loss", 4),
        learned("entropy", 3),
        learned("kl", 5),
        rate.map_or("-".to_owned(), |rate| format!("{rate:.2e}")),
    )
}

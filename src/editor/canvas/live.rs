//! What a training does at the moment, as the canvas shows it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How long a node stays lit after it fired, and a dot is on its way along a wire.
const LIT: Duration = Duration::from_millis(300);
const ON_THE_WAY: Duration = Duration::from_millis(350);

/// What nodes and wires do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Live {
    pub nodes: HashMap<String, LiveNode>,
    /// Links on which something is on its way, and since when.
    pub sent: HashMap<String, Instant>,
    /// What flowed last along each link, in words.
    pub shapes: HashMap<String, String>,
    /// Links that keep a node waiting.
    pub starved: Vec<String>,
}

/// What a node does.
#[derive(Clone, Debug, Default)]
pub(crate) struct LiveNode {
    pub n_firings: u64,
    /// What a firing takes on average.
    pub mean: Duration,
    pub fired: Option<Instant>,
    /// What it waits for, in words, where it has waited for long.
    pub waits_for: Option<String>,
    /// Whether it was edited since the run began: the run goes on without that.
    pub is_changed: bool,
    /// Small curve: what it shows, and its last values.
    pub curve: Option<(String, Vec<f32>)>,
}

impl Live {
    /// How strongly a node is lit: 1 as it fires, 0 some time after.
    pub(crate) fn glow(&self, node: &str) -> f32 {
        let fired = self.nodes.get(node).and_then(|node| node.fired);
        fired.map_or(0.0, |fired| 1.0 - share(fired, LIT).unwrap_or(1.0))
    }

    /// How far along a link dots are.
    pub(crate) fn pulses(&self, link: &str) -> Option<f32> {
        self.sent.get(link).and_then(|since| share(*since, ON_THE_WAY))
    }

    pub(crate) fn starves(&self, link: &str) -> bool {
        self.starved.iter().any(|starved| starved == link)
    }
}

/// How much of a time has passed; none after it.
fn share(since: Instant, of: Duration) -> Option<f32> {
    let share = since.elapsed().as_secs_f32() / of.as_secs_f32();
    (share <= 1.0).then_some(share)
}

//! What a training does at the moment, as the canvas shows it.

use crate::editor::tab::Tab;
use crate::session::NodeStatus;
use crate::workflow::{NodeSchema, PortType, Role};
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

/// How long a node stays lit after it fired, and a dot is on its way along a wire.
const LIT: Duration = Duration::from_millis(300);
const ON_THE_WAY: Duration = Duration::from_millis(350);

/// No dot sets out on a wire more often than this.
const BETWEEN_DOTS: Duration = Duration::from_millis(333);

/// What came from a training.
pub(crate) struct LiveNews<'a> {
    /// What each node has done since it is watched.
    pub nodes: &'a [NodeStatus],
    /// The nodes that the training has otherwise.
    pub changed: &'a HashSet<String>,
    /// Whether no node fires any more, which ended the training.
    pub is_stuck: bool,
    /// The last values of a metric, if it has any.
    pub curve: &'a dyn Fn(&str) -> Option<Vec<f32>>,
}

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
    /// Takes over what came from a training of a tab's workflow.
    pub(crate) fn take(&mut self, tab: &Tab, news: &LiveNews<'_>) {
        let (now, canvas) = (Instant::now(), tab.canvas());
        for (id, node) in &mut self.nodes {
            node.is_changed = news.changed.contains(id);
        }
        for status in news.nodes {
            let node = self.nodes.entry(status.id.clone()).or_default();
            let (before, fired) = (node.n_firings, status.counts.n_firings);
            node.n_firings = fired;
            node.mean = status.counts.busy.checked_div(fired.max(1) as u32).unwrap_or_default();
            if fired != before {
                node.fired = Some(now);
            }
            let waits = news.is_stuck && !status.waits_for.is_empty();
            node.waits_for = waits.then(|| {
                let names: Vec<&str> = status.waits_for.iter().map(|id| name_of(tab, id)).collect();
                names.join(", ")
            });
            node.curve = watched_for(tab.kind_of(&status.id))
                .and_then(|name| Some((name.to_owned(), (news.curve)(name)?)));
            for link in canvas.links.iter().filter(|link| link.from.0 == status.id) {
                if let Some(sent) = status.counts.sent.get(link.from.1).and_then(Option::as_ref) {
                    self.shapes.insert(link.id.clone(), sent.to_string());
                    let last = self.sent.get(&link.id);
                    if fired != before && last.is_none_or(|last| last.elapsed() >= BETWEEN_DOTS) {
                        self.sent.insert(link.id.clone(), now);
                    }
                }
            }
        }
        let waiting =
            |node: &str| self.nodes.get(node).is_some_and(|node| node.waits_for.is_some());
        let starving: HashSet<(&str, &str)> = news
            .nodes
            .iter()
            .filter(|status| waiting(&status.id))
            .flat_map(|status| {
                // For what the other sends, or until the other has taken what it sent.
                let (own, others) = (status.id.as_str(), status.waits_for.iter());
                others.flat_map(move |other| [(other.as_str(), own), (own, other.as_str())])
            })
            .collect();
        self.starved = canvas
            .links
            .iter()
            .filter(|link| starving.contains(&(link.from.0.as_str(), link.to.0.as_str())))
            .map(|link| link.id.clone())
            .collect();
    }

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

/// What a node is called on the canvas.
fn name_of<'a>(tab: &'a Tab, id: &'a str) -> &'a str {
    let plan = tab.plan();
    plan.position(id).map_or(id, |i| plan.nodes[i].title.as_str())
}

/// How much of a time has passed; none after it.
fn share(since: Instant, of: Duration) -> Option<f32> {
    let share = since.elapsed().as_secs_f32() / of.as_secs_f32();
    (share <= 1.0).then_some(share)
}

/// The metric that a kind is watched for: of a trainer the first that it reports, of what takes metrics on
/// the return of episodes.
fn watched_for(kind: Option<&NodeSchema>) -> Option<&'static str> {
    let kind = kind?;
    let hands_on = || kind.outputs.iter().any(|output| output.port_type == PortType::Metrics);
    match kind.role {
        Role::Trainer => kind.metrics.first().copied(),
        _ => hands_on().then_some("episode_return"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nodes::Kinds;

    /// Of each built-in kind the metric that its node draws is one that it reports.
    #[test]
    fn trainers_and_loggers_are_watched() {
        let kinds = Kinds::builtin();
        let registry = kinds.registry();
        let of = |class: &str| watched_for(Some(registry.find(class).unwrap()));
        assert_eq!(of("PPOTrainerNode"), Some("policy_loss"));
        assert_eq!(of("MetricsLogger"), Some("episode_return"));
        assert_eq!((of("ORNode"), watched_for(None)), (None, None));
        let trainers: Vec<_> = registry.iter().filter(|kind| kind.role == Role::Trainer).collect();
        assert!(!trainers.is_empty());
        for kind in trainers {
            let metric = watched_for(Some(kind)).unwrap();
            assert!(kind.metrics.contains(&metric), "{}", kind.class_type);
        }
    }
}

//! A training in which nothing fires any more is drawn where it waits.

use super::*;
use crate::editor::canvas::LiveNews;
use crate::nodes::NodeCounts;
use crate::session::NodeStatus;
use std::collections::HashSet;

#[test]
fn a_deadlock_is_drawn_where_it_waits() {
    let mut it = Rehearsal::of("cartpole_ppo");
    let id = |it: &Rehearsal, title: &str| it.node(title).id.clone();
    let (trainer, step) = (id(&it, "PPO Trainer"), id(&it, "Step"));
    let status = |id: &str, waits_for: &[&String]| NodeStatus {
        id: id.to_owned(),
        counts: NodeCounts::default(),
        waits_for: waits_for.iter().map(|id| (*id).clone()).collect(),
    };
    let nodes = [status(&trainer, &[&step]), status(&step, &[])];
    let changed = HashSet::new();
    let take = |it: &mut Rehearsal, is_stuck: bool| {
        let news = LiveNews { nodes: &nodes, changed: &changed, is_stuck, curve: &|_| None };
        it.run.live.get_or_insert_default().take(it.editor.tab().unwrap(), &news);
        it.picture(Vec::new());
        it.picture(Vec::new());
    };
    // While it runs to wait is nothing.
    take(&mut it, false);
    let live = it.run.live.as_ref().unwrap();
    assert!(live.starved.is_empty() && live.nodes[&trainer].waits_for.is_none());
    take(&mut it, true);
    let live = it.run.live.as_ref().unwrap();
    assert_eq!(live.nodes[&trainer].waits_for.as_deref(), Some("Step"));
    assert!(live.nodes[&step].waits_for.is_none());
    // The wires between the two, rewards and dones and the trigger back, and no others.
    let canvas = it.tab().canvas();
    let between = |from: &str, to: &str| {
        [(&trainer, &step), (&step, &trainer)].iter().any(|(a, b)| (from, to) == (a, b))
    };
    let links = canvas.links.iter().filter(|link| between(&link.from.0, &link.to.0));
    let mut expected: Vec<&str> = links.map(|link| link.id.as_str()).collect();
    let mut starved: Vec<&str> = live.starved.iter().map(String::as_str).collect();
    expected.sort_unstable();
    starved.sort_unstable();
    assert!(expected.len() >= 3, "{expected:?}");
    assert_eq!(starved, expected);
    // And it is said below the node.
    let says = it.text("waits for Step");
    let node = it.at(it.node("PPO Trainer").rect.left_bottom());
    assert!(says.y > node.y && says.y < node.y + 30.0 && says.x > node.x, "{says:?} {node:?}");
}

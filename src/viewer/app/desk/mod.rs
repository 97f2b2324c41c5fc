//! The editor in the window: what it asks for is done, and what a training does that it began is told to it.

use super::live::{Curves, Live, Playback};
use crate::editor::{self, Asked, Begun, Desk, Differences, Progress, Request};
use crate::session::total_updates;
use crate::ui::{Chosen, Page, StartPage, Theme};
use crate::workflow::{Graph, GraphNode, NodeSchema, PortType, Role};
use bevy::prelude::*;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How many values of a curve a node shows.
const CURVE: usize = 80;
/// No dot sets out on a wire more often than this.
const BETWEEN_DOTS: Duration = Duration::from_millis(333);

pub(super) fn plugin(app: &mut App) {
    let is_up = resource_exists::<Desk>;
    app.add_plugins(editor::plugin)
        .add_systems(Update, obey.run_if(is_up))
        .add_systems(Update, follow.run_if(in_state(Page::Watch).and_then(resource_exists::<Desk>)))
        .add_systems(OnExit(Page::Watch), forget);
}

/// What the editor asks for, but what opens sessions.
fn obey(
    mut asked: MessageReader<Asked>,
    mut theme: ResMut<Theme>,
    playback: Option<ResMut<Playback>>,
    start: Option<Res<StartPage>>,
    desk: Res<Desk>,
    mut chosen: MessageWriter<Chosen>,
    mut next: ResMut<NextState<Page>>,
) {
    let mut playback = playback;
    for Asked(request) in asked.read() {
        match request {
            Request::Theme => theme.light = !theme.light,
            Request::Pause => {
                if let Some(playback) = &mut playback {
                    playback.play_or_pause();
                }
            }
            // What comes after it is begun when it is saved.
            Request::Stop | Request::GoOn(_) | Request::TrainAnew => next.set(Page::Edit),
            Request::Look(scene) => {
                chosen.write(Chosen(desk.editor.scene(scene)));
            }
            Request::StartPage if start.is_some() => next.set(Page::Start),
            _ => {}
        }
    }
}

/// Nodes, wires and curves of what runs, as the canvas shows them.
fn follow(
    mut desk: ResMut<Desk>,
    mut live: ResMut<Live>,
    (curves, playback): (Res<Curves>, Res<Playback>),
    mut counts: Local<HashMap<String, u64>>,
    mut told: Local<HashMap<String, f64>>,
) {
    let Some(begun) = desk.begun() else { return };
    let (planned, number) = (total_updates(&begun.graph), begun.number);
    live.watch_nodes(true);
    let reached = live.reached(&curves);
    let rate =
        curves.last("steps_per_sec").map_or(String::new(), |rate| format!("{rate:.0} steps/s"));
    let (title, share) = match planned {
        Some(planned) if planned > 0 => {
            let title = format!("update {} of {planned}", reached.updates);
            (title, reached.updates as f32 / planned as f32)
        }
        _ => (format!("update {}", reached.updates), 1.0),
    };
    let title = if live.ended { format!("{title}, done") } else { title };
    let progress = Progress { title, rate, share };
    desk.run.set(Some(progress), playback.paused, false);
    desk.run.has_ended = live.ended;
    if desk.editor.number() != number {
        // Another workflow is in front, of which nothing runs.
        desk.run.live = None;
        desk.run.differences = Differences::default();
        return;
    }
    let differences = take_over(&desk, &live, &mut told);
    let Desk { editor, run, .. } = &mut *desk;
    run.differences = differences;
    let Some(tab) = editor.tab() else { return };
    let news = editor::LiveNews {
        nodes: &live.nodes,
        changed: &run.differences.nodes,
        is_paused: playback.paused,
        is_stuck: is_stuck(&live),
        curve: &|name| curve(&curves, name),
    };
    run.live.get_or_insert_default().take(tab, &news);
}

/// What was edited since the run began. A setting that may change while it runs is handed to it.
fn take_over(desk: &Desk, live: &Live, told: &mut HashMap<String, f64>) -> Differences {
    let now = desk.editor.tab().and_then(|tab| tab.findings.graph.clone());
    let (Some(Begun { graph: begun, .. }), Some(now)) = (desk.begun(), now) else {
        return Differences::default();
    };
    if Arc::ptr_eq(begun, &now) {
        told.clear();
        return Differences::default();
    }
    let settings = live.settings();
    for node in &now.nodes {
        let Some(before) = begun.node(&node.id).filter(|before| before.class == node.class) else {
            changed.insert(node.id.clone());
            continue;
        };
        let source = |graph: &Graph, node: &GraphNode, input: &str| {
            node.source(input).map(|source| (graph.nodes[source.node].id.clone(), source.output))
        };
        let inputs = node.inputs.iter().chain(&before.inputs).map(|feed| feed.input.as_str());
        if inputs.into_iter().any(|input| source(&now, node, input) != source(begun, before, input))
        {
            changed.insert(node.id.clone());
        }
        for (name, value) in &node.params {
            let may_change = node.class.role == Role::Trainer
                && settings.iter().any(|setting| setting.name == name);
            let number = value.to_json().as_f64();
            match number.filter(|_| may_change) {
                Some(number) => {
                    let last = told.get(name).copied();
                    let last =
                        last.or(before.params.get(name).and_then(|it| it.to_json().as_f64()));
                    if last != Some(number) {
                        live.set(name, number);
                        told.insert(name.clone(), number);
                    }
                }
                None if before.params.get(name) != Some(value) => {
                    changed.insert(node.id.clone());
                }
                None => {}
            }
        }
    }
    Differences::new(begun, &now, is_live)
}

/// Whether no node fires any more, though nobody paused: then what they wait for is the reason.
fn is_stuck(live: &Live) -> bool {
    live.failure().is_some()
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

/// The last values of a metric, if it has any.
fn curve(curves: &Curves, name: &str) -> Option<(String, Vec<f32>)> {
    let points = curves.get(name);
    let from = points.len().saturating_sub(CURVE);
    let values = points[from..].iter().map(|point| point[1] as f32).collect();
    (points.len() > 1).then(|| (name.to_owned(), values))
}

/// Nothing runs any more.
fn forget(desk: Option<ResMut<Desk>>) {
    if let Some(mut desk) = desk {
        let was_here = desk.end().is_some();
        desk.run.set(None, false, was_here);
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

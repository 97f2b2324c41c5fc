//! The editor in the window: what it asks for is done, and what a training does that it began is told to it.

use super::live::{Curves, Live, Playback};
use crate::editor::{self, Asked, Begun, Desk, Differences, Progress, Request};
use crate::session::total_updates;
use crate::ui::{Chosen, Page, StartPage, Theme};
use crate::workflow::{GraphNode, Role};
use bevy::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

/// How many values of a curve a node shows.
const CURVE: usize = 80;

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
    let title = match (live.failure(), live.ended) {
        (Some(_), _) => format!("{title}, failed"),
        (None, true) => format!("{title}, done"),
        (None, false) => title,
    };
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
        is_stuck: live.is_stuck,
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
    let is_live = |node: &GraphNode, name: &str| {
        let is_number = node.params.get(name).is_some_and(|it| it.to_json().is_number());
        let may_change = || settings.iter().any(|setting| setting.name == name);
        node.class.role == Role::Trainer && is_number && may_change()
    };
    for node in &now.nodes {
        let Some(before) = begun.node(&node.id).filter(|before| before.class == node.class) else {
            continue;
        };
        for (name, value) in node.params.iter().filter(|(name, _)| is_live(node, name)) {
            let Some(number) = value.to_json().as_f64() else { continue };
            let last = told.get(name).copied();
            let last = last.or(before.params.get(name).and_then(|it| it.to_json().as_f64()));
            if last != Some(number) {
                live.set(name, number);
                told.insert(name.clone(), number);
            }
        }
    }
    Differences::new(begun, &now, is_live)
}

/// The last values of a metric, if it has any.
fn curve(curves: &Curves, name: &str) -> Option<Vec<f32>> {
    let points = curves.get(name);
    let from = points.len().saturating_sub(CURVE);
    let values = points[from..].iter().map(|point| point[1] as f32).collect();
    (points.len() > 1).then_some(values)
}

/// Nothing runs any more.
fn forget(desk: Option<ResMut<Desk>>) {
    if let Some(mut desk) = desk {
        let was_here = desk.end().is_some();
        desk.run.set(None, false, was_here);
    }
}

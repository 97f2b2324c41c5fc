//! When pictures came, as far as a program can know: when they were handed to the window system.

use super::super::smoothness::Smoothness;
use super::live::Watched;
use super::stage::Poses;
use crate::ui::Page;
use bevy::prelude::*;
use bevy::render::render_resource::PipelineCache;
use bevy::render::{Render, RenderApp, RenderSystems};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Updates of the app with environments on show after which one of them has been drawn; drawing may be one
/// update behind.
const DRAWN_AFTER: u32 = 3;

/// Shared by the app and its renderer.
#[derive(Resource, Clone, Default)]
pub(super) struct Meter(Arc<Mutex<Reading>>);

#[derive(Default)]
struct Reading {
    /// When what is on show was asked for; none while nothing is.
    started: Option<Instant>,
    n_with_environments: u32,
    last: Option<Instant>,
    smoothness: Smoothness,
}

impl Meter {
    pub(super) fn read(&self) -> Smoothness {
        self.with(|reading| reading.smoothness)
    }

    /// Whether a picture has been drawn that lacked nothing.
    pub(super) fn is_whole(&self) -> bool {
        self.with(|reading| reading.smoothness.whole.is_some())
    }

    fn with<T>(&self, f: impl FnOnce(&mut Reading) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

pub(super) fn plugin(app: &mut App) {
    let meter = Meter::default();
    app.insert_resource(meter.clone())
        .add_systems(OnEnter(Page::Watch), |watched: Res<Watched>, meter: Res<Meter>| {
            let started = Some(watched.0.started);
            meter.with(|reading| *reading = Reading { started, ..Reading::default() });
        })
        .add_systems(OnExit(Page::Watch), |meter: Res<Meter>| {
            meter.with(|reading| reading.started = None);
        })
        .add_systems(Last, see_environments);
    let Some(renderer) = app.get_sub_app_mut(RenderApp) else { return };
    let note = move |meter: Res<Meter>, pipelines: Res<PipelineCache>| {
        let is_whole = pipelines.waiting_pipelines().next().is_none();
        meter.with(|reading| reading.note(is_whole));
    };
    renderer.insert_resource(meter).add_systems(Render, note.in_set(RenderSystems::Cleanup));
}

fn see_environments(poses: Res<Poses>, meter: Res<Meter>) {
    if !poses.0.is_empty() {
        meter.with(|reading| reading.n_with_environments += 1);
    }
}

impl Reading {
    /// A picture went out; `is_whole` says that no shader was still being compiled.
    fn note(&mut self, is_whole: bool) {
        let Some(started) = self.started else { return };
        let (now, smoothness) = (Instant::now(), &mut self.smoothness);
        if smoothness.n_pictures == 0 {
            smoothness.first = now - started;
        }
        smoothness.n_pictures += 1;
        if smoothness.whole.is_some() {
            let gap = self.last.map_or(Duration::ZERO, |last| now - last);
            smoothness.longest_gap = smoothness.longest_gap.max(gap);
        } else if self.n_with_environments >= DRAWN_AFTER && is_whole {
            smoothness.whole = Some(now - started);
        }
        self.last = Some(now);
    }
}

//! Files and folders that are dropped on the window are opened, whatever is watched at the moment.

use super::super::live::Live;
use super::Sessions;
use crate::ui::{Chosen, Page};
use bevy::prelude::*;
use bevy::window::FileDragAndDrop;
use std::path::PathBuf;

/// What is to be opened when the session that is watched has ended.
#[derive(Resource, Default)]
struct Waiting(Option<PathBuf>);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Waiting>().add_systems(
        Update,
        (
            take.run_if(in_state(Page::Start).or_else(in_state(Page::Watch))),
            open.run_if(in_state(Page::Start).and_then(resource_exists::<Sessions>)),
        )
            .chain(),
    );
}

/// Of several the last counts. A window that was opened for one session opens no other.
fn take(
    mut drops: MessageReader<FileDragAndDrop>,
    page: Res<State<Page>>,
    sessions: Option<Res<Sessions>>,
    mut live: Option<ResMut<Live>>,
    mut waiting: ResMut<Waiting>,
    mut next: ResMut<NextState<Page>>,
) {
    let dropped = drops.read().filter_map(|drop| match drop {
        FileDragAndDrop::DroppedFile { path_buf, .. } => Some(path_buf.clone()),
        _ => None,
    });
    let Some(path) = dropped.last() else { return };
    if sessions.is_none() {
        if let Some(live) = &mut live {
            live.complaint = Some(
                "This window is for this training or run alone. Drop files on one that was opened by \
                 `dnne` or `dnne watch SCENE`"
                    .to_owned(),
            );
        }
        return;
    }
    waiting.0 = Some(path);
    if *page.get() == Page::Watch {
        next.set(Page::Start);
    }
}

fn open(mut waiting: ResMut<Waiting>, sessions: Res<Sessions>, mut chosen: MessageWriter<Chosen>) {
    if waiting.0.is_some()
        && sessions.running().is_none()
        && let Some(path) = waiting.0.take()
    {
        chosen.write(Chosen(path));
    }
}

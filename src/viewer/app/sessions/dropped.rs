//! Files and folders that are dropped on the window are opened, whatever is watched at the moment.

use super::super::live::Live;
use super::Sessions;
use crate::editor::{Desk, PictureFormat};
use crate::ui::{Chosen, Edited, Page};
use bevy::prelude::*;
use bevy::window::FileDragAndDrop;
use std::path::{Path, PathBuf};

/// What is to be opened when the session that is watched has ended.
#[derive(Resource, Default)]
struct Waiting(Option<PathBuf>);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Waiting>().add_systems(
        Update,
        (
            take.run_if(in_state(Page::Start).or_else(in_state(Page::Watch))),
            open.run_if(in_state(Page::Start).and_then(resource_exists::<Sessions>)),
            take_in.run_if(in_state(Page::Edit).and_then(resource_exists::<Desk>)),
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
            live.error_message = Some(
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

/// In the editor a drawing is opened beside the others.
fn take_in(
    mut drops: MessageReader<FileDragAndDrop>,
    mut desk: ResMut<Desk>,
    mut chosen: MessageWriter<Chosen>,
) {
    for drop in drops.read() {
        let FileDragAndDrop::DroppedFile { path_buf: path, .. } = drop else { continue };
        if !is_drawing(path) {
            chosen.write(Chosen(path.clone()));
        } else if let Err(problem) = desk.editor.open(path) {
            desk.editor.tell("It cannot be opened", problem);
        }
    }
}

/// Workflows, and pictures that hold one.
fn is_drawing(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "json") || PictureFormat::of(path).is_some()
}

fn open(
    mut waiting: ResMut<Waiting>,
    sessions: Res<Sessions>,
    mut chosen: MessageWriter<Chosen>,
    mut edited: MessageWriter<Edited>,
) {
    if waiting.0.is_some()
        && sessions.running().is_none()
        && let Some(path) = waiting.0.take()
    {
        if is_drawing(&path) {
            edited.write(Edited(Some(path)));
        } else {
            chosen.write(Chosen(path));
        }
    }
}

//! The window's title: what is watched, how far it is, and the program's name.

use super::super::window_options::SessionKind;
use super::live::{Curves, Live, Playback, Watched};
use super::sessions::TITLE;
use crate::ui::Page;
use bevy::prelude::*;
use bevy::window::PrimaryWindow;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, entitle.run_if(in_state(Page::Watch)));
}

fn entitle(
    (watched, live): (Res<Watched>, Res<Live>),
    (curves, playback): (Res<Curves>, Res<Playback>),
    mut windows: Query<&mut Window, With<PrimaryWindow>>,
) {
    let updates = live.reached(&curves).updates;
    let state = State {
        name: &watched.0.title,
        progress: match (watched.0.kind, watched.0.planned) {
            (SessionKind::Training, Some(planned)) if planned > 0 => Some(share(updates, planned)),
            (SessionKind::Training, _) => Some(format!("update {updates}")),
            _ => None,
        },
        is_paused: playback.paused,
        has_ended: live.ended,
        has_failed: live.failure().is_some(),
    };
    let title = state.title();
    for mut window in &mut windows {
        // Window systems are asked only for what is new.
        if window.title != title {
            window.title.clone_from(&title);
        }
    }
}

/// Whole percents, which are a hundred only when all is done.
fn share(updates: u64, planned: u64) -> String {
    format!("{} %", (100.0 * updates as f64 / planned as f64).min(100.0).floor())
}

/// What a title tells.
struct State<'a> {
    name: &'a str,
    progress: Option<String>,
    is_paused: bool,
    has_ended: bool,
    has_failed: bool,
}

impl State<'_> {
    fn title(&self) -> String {
        let state = match (self.has_failed, self.has_ended, self.is_paused) {
            (true, ..) => "failed",
            (_, true, _) => "ended",
            (_, _, true) => "paused",
            _ => "",
        };
        let parts = [self.name, self.progress.as_deref().unwrap_or_default(), state];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        format!("{} - {TITLE}", parts.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_says_how_far_it_is_and_what_it_does() {
        let of = |progress: Option<&str>, is_paused, has_ended, has_failed| {
            let progress = progress.map(str::to_owned);
            State { name: "ant_ppo", progress, is_paused, has_ended, has_failed }.title()
        };
        assert_eq!(of(Some("23 %"), false, false, false), "ant_ppo 23 % - DNNE");
        assert_eq!(of(Some("23 %"), true, false, false), "ant_ppo 23 % paused - DNNE");
        assert_eq!(of(Some("100 %"), true, true, false), "ant_ppo 100 % ended - DNNE");
        assert_eq!(of(None, false, true, true), "ant_ppo failed - DNNE");
        assert_eq!(of(None, false, false, false), "ant_ppo - DNNE");
        assert_eq!(
            [share(0, 7), share(6, 7), share(7, 7), share(9, 7)],
            ["0 %", "85 %", "100 %", "100 %"]
        );
    }
}

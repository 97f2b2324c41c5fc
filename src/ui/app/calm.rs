//! When the panels want their next picture: at rest none.

use bevy::prelude::*;
use bevy_egui::{EguiFullOutput, EguiInput, EguiPostUpdateSet, EguiPreUpdateSet, egui};
use std::time::{Duration, Instant};

/// For so long after the last motion pictures follow each other as they do in motion: what a click asks for may take
/// some of them to come about.
const SETTLE: Duration = Duration::from_millis(400);
/// A picture that is wanted sooner than this is a motion.
const MOTION: Duration = Duration::from_millis(40);
/// One that is wanted later is not waited for.
const LONGEST: Duration = Duration::from_secs(10);

/// How much moves on the panels.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Calm {
    /// Something does.
    #[default]
    Moving,
    /// Something will, in less than ten seconds.
    Waiting,
    /// Nothing does until something happens: the mouse, a key, a file that changed, a check that ended.
    Resting,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Calm>()
        .add_systems(
            PreUpdate,
            drop_the_same_modifiers
                .after(EguiPreUpdateSet::ProcessInput)
                .before(EguiPreUpdateSet::BeginPass),
        )
        .add_systems(
            PostUpdate,
            note.after(EguiPostUpdateSet::EndPass).before(EguiPostUpdateSet::ProcessOutput),
        );
}

/// egui is told of the modifier keys anew for every picture, and wants another picture after everything that it is
/// told: without this there would be no end.
fn drop_the_same_modifiers(
    mut inputs: Query<&mut EguiInput>,
    mut last: Local<Option<egui::Modifiers>>,
) {
    for mut input in &mut inputs {
        // With the focus of the window egui forgets what is held.
        if input.events.iter().any(|event| matches!(event, egui::Event::WindowFocused(_))) {
            *last = None;
        }
        input.events.retain(|event| match event {
            egui::Event::ModifiersChanged(now) => last.replace(*now) != Some(*now),
            _ => true,
        });
    }
}

fn note(
    outputs: Query<&EguiFullOutput>,
    mut calm: ResMut<Calm>,
    mut last_motion: Local<Option<Instant>>,
) {
    let of_windows = outputs.iter().filter_map(|output| output.0.as_ref());
    let delays = of_windows.flat_map(|output| output.viewport_output.values());
    let delay = delays.map(|window| window.repaint_delay).min().unwrap_or(Duration::MAX);
    if delay < MOTION {
        *last_motion = Some(Instant::now());
    }
    let now = Calm::after(delay, last_motion.map(|motion| motion.elapsed()));
    calm.set_if_neq(now);
}

impl Calm {
    /// By when egui wants its next picture, and how long ago the last motion was.
    fn after(delay: Duration, motion: Option<Duration>) -> Self {
        if delay < MOTION || motion.is_some_and(|motion| motion < SETTLE) {
            Self::Moving
        } else if delay < LONGEST {
            Self::Waiting
        } else {
            Self::Resting
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_egui_wants_says_how_calm_it_is() {
        let secs = Duration::from_secs_f64;
        let cases = [
            (0.0, None, Calm::Moving),
            (1e9, Some(0.1), Calm::Moving),
            (1e9, Some(1.0), Calm::Resting),
            (0.3, Some(1.0), Calm::Waiting),
            (1e9, None, Calm::Resting),
        ];
        for (delay, motion, expected) in cases {
            assert_eq!(Calm::after(secs(delay), motion.map(secs)), expected, "{delay} {motion:?}");
        }
        assert_eq!(Calm::after(Duration::MAX, None), Calm::Resting);
    }

    #[test]
    fn egui_is_told_of_modifiers_once() {
        let mut app = App::new();
        app.add_systems(Update, drop_the_same_modifiers);
        let entity = app.world_mut().spawn(EguiInput::default()).id();
        let mut told = |modifiers: egui::Modifiers| {
            let mut input = app.world_mut().get_mut::<EguiInput>(entity).unwrap();
            input.events = vec![egui::Event::ModifiersChanged(modifiers), egui::Event::Copy];
            app.update();
            app.world().get::<EguiInput>(entity).unwrap().events.len()
        };
        let (none, shift) = (egui::Modifiers::NONE, egui::Modifiers::SHIFT);
        assert_eq!([none, none, shift, shift, none].map(&mut told), [2, 1, 2, 1, 2]);
        let mut input = app.world_mut().get_mut::<EguiInput>(entity).unwrap();
        let now = egui::Event::ModifiersChanged(none);
        input.events = vec![egui::Event::WindowFocused(true), now];
        app.update();
        assert_eq!(app.world().get::<EguiInput>(entity).unwrap().events.len(), 2);
    }
}

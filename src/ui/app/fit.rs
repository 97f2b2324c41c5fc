//! The size of the window: what it was the last time, and never more than its screen has.

use super::Preferences;
use super::preferences::KeepPreferences;
use bevy::prelude::*;
use bevy::window::{Monitor, OnMonitor, PrimaryMonitor, PrimaryWindow};

/// The name among the preferences.
const SIZE: &str = "window_size";
/// Width and height where nothing was kept, and at least [points].
const USUAL: [f32; 2] = [1280.0, 720.0];
const LEAST: [f32; 2] = [480.0, 320.0];
/// Part of a screen that a window may have: the rest is for bars and the window's own frame.
const SHARE: f32 = 0.94;

/// Width and height that are asked for [points].
pub(super) fn wanted(preferences: &Preferences) -> [f32; 2] {
    let kept = preferences.get::<[f32; 2]>(SIZE).unwrap_or(USUAL);
    [0, 1].map(|k| if kept[k].is_finite() { kept[k].max(LEAST[k]) } else { USUAL[k] })
}

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, fit).add_systems(Last, keep.in_set(KeepPreferences));
}

/// Makes a window that is larger than its screen smaller, once it is known which screen that is.
fn fit(
    mut windows: Query<(&mut Window, Option<&OnMonitor>), With<PrimaryWindow>>,
    monitors: Query<&Monitor>,
    primary: Query<&Monitor, With<PrimaryMonitor>>,
    mut is_done: Local<bool>,
) {
    if *is_done || monitors.is_empty() {
        return;
    }
    for (mut window, on) in &mut windows {
        let own = on.and_then(|on| monitors.get(on.0).ok());
        let Some(monitor) = own.or(primary.single().ok()).or(monitors.iter().next()) else {
            continue;
        };
        *is_done = true;
        let screen = UVec2::new(monitor.physical_width, monitor.physical_height);
        let now = window.physical_size();
        let fitted = fitted(now, screen);
        if fitted != now {
            window.resolution.set_physical_resolution(fitted.x, fitted.y);
        }
    }
}

/// A size on a screen, both in pixels; each side by itself. A screen without a size is none.
fn fitted(window: UVec2, screen: UVec2) -> UVec2 {
    let most = (screen.as_vec2() * SHARE).as_uvec2();
    let bounded = |size: u32, most: u32| if most == 0 { size } else { size.min(most) };
    UVec2::new(bounded(window.x, most.x), bounded(window.y, most.y))
}

fn keep(windows: Query<&Window, With<PrimaryWindow>>, mut preferences: ResMut<Preferences>) {
    if let Ok(window) = windows.single() {
        preferences.set(SIZE, [window.width(), window.height()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_never_larger_than_its_screen() {
        let full_hd = UVec2::new(1920, 1080);
        // 1280 x 720 points on a screen of scale 2.
        assert_eq!(fitted(UVec2::new(2560, 1440), full_hd), UVec2::new(1804, 1015));
        assert_eq!(fitted(UVec2::new(1280, 720), full_hd), UVec2::new(1280, 720));
        assert_eq!(fitted(UVec2::new(1280, 720), UVec2::new(800, 1000)), UVec2::new(752, 720));
        assert_eq!(fitted(UVec2::new(1280, 720), UVec2::ZERO), UVec2::new(1280, 720));
    }

    #[test]
    fn what_was_kept_comes_back_if_it_is_a_size() {
        let mut preferences = Preferences::default();
        assert_eq!(wanted(&preferences), USUAL);
        preferences.set(SIZE, [1500.0, 10.0]);
        assert_eq!(wanted(&preferences), [1500.0, LEAST[1]]);
        preferences.set(SIZE, "large");
        assert_eq!(wanted(&preferences), USUAL);
    }
}

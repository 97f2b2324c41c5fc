//! The last seconds of an environment, which can be looked at again.

use super::super::live::{Live, Playback};
use crate::ui::{ACCENT, GRID, MUTED, significant};
use bevy_egui::egui::{Slider, Ui};
use egui_plot::{GridMark, Line, Plot, PlotPoints, VLine};

const HEIGHT: f32 = 72.0;

/// The return of the chosen environment, or of the first, over the frames that are kept; a slider
/// goes back in them.
pub(super) fn show(
    ui: &mut Ui,
    live: &Live,
    playback: &mut Playback,
    selected: Option<usize>,
    dt: f64,
) {
    let clip = live.clip();
    let n_past = clip.n_past();
    let env = selected.unwrap_or(0);
    // Seconds before the newest frame.
    let time = |i: usize| (i as f64 - n_past as f64) * dt;
    ui.horizontal(|ui| {
        let which = if selected.is_some() { "" } else { ", as none is selected" };
        ui.strong(format!("Return of environment {env}{which}"));
        ui.spacing_mut().slider_width = (ui.available_width() - 70.0).max(60.0);
        let mut at = -(playback.back.min(n_past) as f64);
        let slider = Slider::new(&mut at, -(n_past.max(1) as f64)..=0.0)
            .integer()
            .custom_formatter(move |frames, _| format!("{:.2} s", frames * dt));
        if ui.add(slider).on_hover_text("Left and Right").changed() {
            playback.paused = true;
            playback.back = (-at).round() as usize;
        }
    });
    let points = clip.past().enumerate().filter_map(|(i, frame)| {
        frame.envs.get(env).map(|snapshot| [time(i), snapshot.total_reward])
    });
    let points: Vec<[f64; 2]> = points.collect();
    let marks = ends(points.iter().map(|point| point[1]));
    let now = time(n_past - playback.back.min(n_past));
    Plot::new("timeline")
        .height(HEIGHT)
        .grid_color(GRID)
        .allow_scroll(false)
        .allow_drag(false)
        .allow_zoom(false)
        .x_axis_formatter(|mark, _| format!("{} s", significant(mark.value)))
        .y_axis_formatter(|mark, _| significant(mark.value))
        .y_grid_spacer(move |_| marks.clone())
        .include_x(time(0).min(-dt))
        .include_x(0.0)
        .show(ui, |plot| {
            plot.line(Line::new("return", PlotPoints::from(points)).color(ACCENT).width(1.6));
            plot.vline(VLine::new("now", now).color(MUTED).width(1.0));
        });
}

/// Marks at the least and the greatest value: in so low a plot, round numbers would often be none but 0.
fn ends(values: impl Iterator<Item = f64> + Clone) -> Vec<GridMark> {
    let (low, high) = (values.clone().reduce(f64::min), values.reduce(f64::max));
    let (Some(low), Some(high)) = (low, high) else { return Vec::new() };
    let mark = |value: f64| GridMark { value, step_size: (high - low).max(f64::MIN_POSITIVE) };
    if low == high { vec![mark(low)] } else { vec![mark(low), mark(high)] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_and_the_greatest_return_are_marked() {
        let marked = |values: &[f64]| -> Vec<f64> {
            ends(values.iter().copied()).into_iter().map(|mark| mark.value).collect()
        };
        assert_eq!(marked(&[2.0, -1.5, 7.25, 3.0]), [-1.5, 7.25]);
        assert_eq!(marked(&[4.0, 4.0]), [4.0]);
        assert_eq!(marked(&[]), [0.0; 0]);
    }
}

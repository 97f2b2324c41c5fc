//! Axes of curves: over steps or time, of values or of their logarithms, with units and round numbers.

use super::super::super::live::Curves;
use crate::ui::{GRID, round_marks, significant, steps};
use bevy_egui::egui::{Align2, FontId, Sense, Ui, vec2};
use egui_plot::{AxisHints, GridInput, GridMark, HoverPosition, Plot};

/// Of a plot [points].
const HEIGHT: f32 = 110.0;
/// Between lines of the grid, and between numbers along and across [points].
const LEAST_GRID: f32 = 8.0;
const ALONG: f64 = 64.0;
const ACROSS: f64 = 26.0;
/// Of the numbers at the left, so that curves stand below each other [points].
const NUMBERS: f32 = 44.0;
/// The last part of an axis, where a number would be cut off.
const LAST: f64 = 0.05;

/// What curves are drawn over, and how their values are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Axes {
    /// Over the time that the training took, and not over environment steps.
    pub time: bool,
    /// Logarithms of the values: what is not above 0 has none.
    pub log: bool,
}

impl Axes {
    /// What the axis along says.
    pub(super) fn along(self) -> &'static str {
        if self.time { "training time" } else { "environment steps" }
    }

    /// Points of (steps, value) as they are drawn; their times are those of the same run.
    pub(super) fn place(self, points: &[[f64; 2]], run: &Curves) -> Vec<[f64; 2]> {
        let x = |steps: f64| if self.time { run.secs_at(steps) } else { steps };
        let kept = points.iter().filter(|point| !self.log || point[1] > 0.0);
        kept.map(|&[at, value]| [x(at), if self.log { value.log10() } else { value }]).collect()
    }

    /// A plot with numbers at both axes.
    pub(super) fn plot<'a>(self, place: usize, unit: &'static str) -> Plot<'a> {
        let y = AxisHints::new_y().min_thickness(NUMBERS);
        let y = y.label_spacing(0.5 * ACROSS as f32..=ACROSS as f32);
        let x = AxisHints::new_x().formatter(move |mark, range| {
            let from_end = (range.end() - mark.value) / (range.end() - range.start());
            if from_end < LAST { String::new() } else { self.x(mark.value) }
        });
        // Bounds are kept by this name, and those over other axes are none of these.
        Plot::new(("plot", place, self.time, self.log))
            .height(HEIGHT)
            .allow_scroll(false)
            .grid_spacing(LEAST_GRID..=ACROSS as f32)
            .grid_color(GRID)
            .custom_x_axes(vec![x])
            .custom_y_axes(vec![y.formatter(move |mark, _| self.y(mark.value))])
            .x_grid_spacer(|input| marks(&input, ALONG))
            .y_grid_spacer(|input| marks(&input, ACROSS))
            .label_formatter(move |hover| {
                let at = match hover {
                    HoverPosition::NearDataPoint { position, .. }
                    | HoverPosition::Elsewhere { position } => position,
                };
                Some(format!("{} {unit}\nat {}", self.y(at.y), self.x(at.x)))
            })
    }

    fn x(self, value: f64) -> String {
        if self.time { duration(value) } else { steps(value) }
    }

    fn y(self, value: f64) -> String {
        significant(if self.log { 10f64.powf(value) } else { value })
    }
}

/// A time as people say it: 90 s, 90 min, 3 h.
fn duration(secs: f64) -> String {
    match secs.abs() {
        size if size >= 7200.0 => format!("{} h", significant(secs / 3600.0)),
        size if size >= 180.0 => format!("{} min", significant(secs / 60.0)),
        _ => format!("{} s", significant(secs)),
    }
}

/// The unit of a metric by its name; empty of a number without one.
pub(super) fn unit(name: &str) -> &'static str {
    let last = name.rsplit('.').next().unwrap_or(name);
    match last {
        "episode_length" => "steps",
        name if name.ends_with("steps_per_sec") => "steps/s",
        name if name.ends_with("_secs") => "s",
        _ => "",
    }
}

/// Round numbers, so many points apart or more.
fn marks(input: &GridInput, apart: f64) -> Vec<GridMark> {
    let least = input.base_step_size / f64::from(LEAST_GRID) * apart;
    let (step_size, values) = round_marks(input.bounds, least);
    values.into_iter().map(|value| GridMark { value, step_size }).collect()
}

/// Along each axis of points that all have one place there, what is to be shown around it: a plot would show a million
/// times as much.
pub(super) fn around<'p>(
    points: impl Iterator<Item = &'p [f64; 2]> + Clone,
) -> [Option<[f64; 2]>; 2] {
    [0, 1].map(|axis| {
        let values = points.clone().map(|point| point[axis]);
        let (low, high) = (values.clone().reduce(f64::min)?, values.reduce(f64::max)?);
        let room = if high == 0.0 { 1.0 } else { 0.1 * high.abs() };
        (high - low <= 1e-9 * high.abs()).then_some([low - room, high + room])
    })
}

/// In the place of a plot without a curve: why there is none.
pub(super) fn empty(ui: &mut Ui, why: &str) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    let visuals = ui.visuals();
    ui.painter().rect_filled(rect, 2.0, visuals.extreme_bg_color);
    let (colour, font) = (visuals.weak_text_color(), FontId::proportional(12.5));
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, why, font, colour);
}

/// Why a curve has no points to draw.
pub(super) fn why_empty(name: &str, curves: &Curves, axes: Axes) -> &'static str {
    let has_points = !curves.get(name).is_empty();
    match name {
        _ if has_points && axes.log => "no value is above 0, and only those have logarithms",
        _ if curves.n_rows == 0 => "no update has been made yet",
        "episode_return" | "episode_length" | "success_rate" => "no episode has ended yet",
        _ => "no update has told this number yet",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn points_lie_over_steps_or_time_and_logarithms_leave_out_what_has_none() {
        let mut run = Curves::default();
        for (steps, value) in [(10, 100.0), (20, 0.0), (30, 0.1)] {
            run.push(
                &json!({"steps": steps, "loss": value, "simulate_secs": 1.0, "other_secs": 0.5}),
            );
        }
        let points = run.get("loss");
        let of = |time, log| Axes { time, log }.place(points, &run);
        assert_eq!(of(false, false), [[10.0, 100.0], [20.0, 0.0], [30.0, 0.1]]);
        assert_eq!(of(true, true), [[1.5, 2.0], [4.5, -1.0]]);
    }

    #[test]
    fn numbers_have_their_units() {
        assert_eq!([duration(0.5), duration(90.0), duration(600.0)], ["0.5 s", "90 s", "10 min"]);
        assert_eq!(duration(5400.0 * 2.0), "3 h");
        let units = ["episode_length", "update_secs", "update_steps_per_sec", "reward_terms.alive"];
        assert_eq!(units.map(unit), ["steps", "s", "steps/s", ""]);
    }

    #[test]
    fn what_does_not_change_has_its_value_in_the_middle() {
        let level = [[10.0, 1000.0], [20.0, 1000.0]];
        assert_eq!(around(level.iter()), [None, Some([900.0, 1100.0])]);
        assert_eq!(around([[5.0, 0.0]].iter()), [Some([4.5, 5.5]), Some([-1.0, 1.0])]);
        assert_eq!(around([[1.0, -2.0], [2.0, 2.0]].iter()), [None, None]);
        assert_eq!(around([].iter()), [None, None]);
    }

    #[test]
    fn a_plot_without_a_curve_says_why() {
        let mut run = Curves::default();
        let why = |run: &Curves, name, log| why_empty(name, run, Axes { time: false, log });
        assert_eq!(why(&run, "episode_return", false), "no update has been made yet");
        run.push(&json!({"steps": 1, "loss": -1.0, "episode_return": null}));
        assert_eq!(why(&run, "episode_return", false), "no episode has ended yet");
        assert!(why(&run, "loss", true).contains("above 0"));
        assert!(why(&run, "entropy", true).contains("told"));
    }
}

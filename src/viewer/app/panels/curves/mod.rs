//! Metrics as curves.

mod axis;
mod behind;
mod export;

use super::super::live::Curves;
use crate::ui::{ACCENT, MUTED, PALETTE, significant, toggle};
use behind::{Behind, Runs};
use bevy::prelude::*;
use bevy_egui::egui::{Button, ComboBox, Id, PopupCloseBehavior, Slider, TextEdit, Ui};
use egui_plot::{Line, PlotPoints};
use std::path::Path;

pub(super) use axis::Axes;

/// More points than this are not told apart on a screen.
const MOST_POINTS: usize = 600;

/// Which curves are shown, and how.
#[derive(Resource)]
pub(super) struct Choice {
    pub names: Vec<String>,
    /// Rows over which a curve is averaged.
    pub smoothing: f64,
    pub axes: Axes,
    /// While no new rows are shown, the steps of the last that is.
    frozen: Option<f64>,
    /// Another run, which is drawn behind.
    behind: Option<Behind>,
    /// Those that may be.
    runs: Runs,
    /// What was drawn last.
    drawn: Vec<Drawn>,
    /// What came of the last export, or of the last run that was to be behind.
    said: String,
}

/// A curve as smoothed from so many rows, up to so many steps.
struct Drawn {
    name: String,
    n_rows: usize,
    until: f64,
    smoothing: f64,
    points: Vec<[f64; 2]>,
}

impl Default for Choice {
    fn default() -> Self {
        let names = ["episode_return", "episode_length"].map(str::to_owned).to_vec();
        Self {
            names,
            smoothing: 0.0,
            axes: Axes::default(),
            frozen: None,
            behind: None,
            runs: Runs::default(),
            drawn: Vec::new(),
            said: String::new(),
        }
    }
}

impl Choice {
    /// Another session has other curves.
    pub(super) fn forget(&mut self) {
        (self.frozen, self.said, self.behind) = (None, String::new(), None);
        self.runs = Runs::default();
        self.drawn.clear();
    }

    pub(super) fn restore(&mut self, names: &[String], smoothing: f64) {
        self.names = names.to_vec();
        self.smoothing = if smoothing.is_finite() { smoothing.clamp(0.0, 50.0) } else { 0.0 };
    }
}

/// Shows the curves of a run, which is in the folder `run`, if that is known.
pub(super) fn show(
    ui: &mut Ui,
    curves: &Curves,
    choice: &mut Choice,
    title: &str,
    run: Option<&Path>,
) {
    let slider = Slider::new(&mut choice.smoothing, 0.0..=50.0).text("smoothing").integer();
    ui.add(slider).on_hover_text("Updates over which curves are averaged");
    ui.horizontal_wrapped(|ui| {
        let over = "Over the time that the training took, in place of environment steps";
        toggle(ui, &mut choice.axes.time, "Over time").on_hover_text(over);
        let log = "Values on a logarithmic axis";
        toggle(ui, &mut choice.axes.log, "Log").on_hover_text(log);
        ui.weak("behind");
        let Choice { behind, runs, said, .. } = choice;
        behind::choose(ui, behind, (runs, run), said);
    });
    let mut removed = None;
    for place in 0..choice.names.len() {
        ui.horizontal(|ui| {
            choose(ui, place, &mut choice.names[place], curves);
            let name = choice.names[place].as_str();
            if let Some(last) = curves.last(name) {
                ui.label(format!("{} {}", significant(last), axis::unit(name)));
            }
            if ui.small_button("x").on_hover_text("Remove this curve").clicked() {
                removed = Some(place);
            }
        });
        draw(ui, place, curves, choice);
    }
    if !choice.names.is_empty() {
        let behind = choice.behind.as_ref();
        let behind = behind.map_or(String::new(), |it| format!(", behind in blue {}", it.name));
        ui.weak(format!("over {}{behind}", choice.axes.along()));
    }
    if let Some(place) = removed {
        choice.names.remove(place);
    }
    ui.horizontal(|ui| {
        let unused = curves.names().find(|name| is_news(name) && !has(choice, name));
        if ui.add_enabled(unused.is_some(), Button::new("Add a curve")).clicked() {
            choice.names.extend(unused.map(str::to_owned));
        }
        let mut is_frozen = choice.frozen.is_some();
        if toggle(ui, &mut is_frozen, "Freeze").on_hover_text("Leave out new updates").changed() {
            choice.frozen = is_frozen.then(|| curves.last("steps").unwrap_or(0.0));
        }
        if ui.button("CSV").on_hover_text("Write all metrics to a file here").clicked() {
            let path = export::free_name(title, "csv");
            choice.said = export::outcome(export::csv(curves, &path));
        }
        if ui.button("PNG").on_hover_text("Draw these curves into a file here").clicked() {
            let path = export::free_name(title, "png");
            choice.said = export::outcome(export::png(curves, choice, title, &path));
        }
    });
    if !choice.said.is_empty() {
        ui.weak(&choice.said);
    }
}

/// A list of all metrics, of which a few letters leave those that have them.
fn choose(ui: &mut Ui, place: usize, name: &mut String, curves: &Curves) {
    let kept = Id::new(("search among metrics", place));
    let mut search: String = ui.data(|data| data.get_temp(kept)).unwrap_or_default();
    let list = ComboBox::from_id_salt(("curve", place)).selected_text(name.as_str()).width(180.0);
    let list = list.close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let shown = list.show_ui(ui, |ui| {
        let field = TextEdit::singleline(&mut search).hint_text("search");
        ui.add(field.desired_width(f32::INFINITY));
        let mut n = 0;
        for other in curves.names().filter(|other| is_meant(other, &search)) {
            n += 1;
            if ui.selectable_label(other == name, other).clicked() {
                other.clone_into(name);
                ui.close();
            }
        }
        if n == 0 {
            ui.weak("no metric has these letters");
        }
    });
    // A list that is closed is whole again.
    let is_open = shown.inner.is_some();
    ui.data_mut(|data| {
        if is_open {
            data.insert_temp(kept, search);
        } else {
            data.remove::<String>(kept);
        }
    });
}

/// Whether a name has all words that are looked for.
fn is_meant(name: &str, search: &str) -> bool {
    let name = name.to_lowercase();
    search.to_lowercase().split_whitespace().all(|word| name.contains(word))
}

/// A curve, as it was before it was smoothed in gray, and of the run behind in blue; or why there is none.
fn draw(ui: &mut Ui, place: usize, curves: &Curves, choice: &mut Choice) {
    let (name, axes, smoothing) = (choice.names[place].clone(), choice.axes, choice.smoothing);
    let smooth = axes.place(&points(choice, &name, smoothing, curves), curves);
    let raw = (smoothing > 0.0).then(|| axes.place(&points(choice, &name, 0.0, curves), curves));
    let behind = choice.behind.as_mut().map(|behind| {
        let points = behind.points(&name, smoothing, MOST_POINTS).to_vec();
        axes.place(&points, &behind.curves)
    });
    let behind = behind.filter(|points| !points.is_empty());
    if smooth.is_empty() && behind.is_none() {
        axis::empty(ui, axis::why_empty(&name, curves, axes));
        return;
    }
    let lines = [Some(&smooth), raw.as_ref(), behind.as_ref()].into_iter().flatten().flatten();
    let mut plot = axes.plot(place, axis::unit(&name));
    for (axis, span) in axis::around(lines).into_iter().enumerate() {
        let Some([low, high]) = span else { continue };
        plot = match axis {
            0 => plot.include_x(low).include_x(high),
            _ => plot.include_y(low).include_y(high),
        };
    }
    plot.show(ui, |plot| {
        if let Some(behind) = behind {
            let line = Line::new("behind", PlotPoints::from(behind));
            plot.line(line.color(PALETTE[0]).width(1.2).allow_hover(false));
        }
        if let Some(raw) = raw {
            let raw = Line::new("", PlotPoints::from(raw));
            plot.line(raw.color(MUTED).width(0.7).allow_hover(false));
        }
        plot.line(Line::new(name, PlotPoints::from(smooth)).color(ACCENT).width(1.6));
    });
}

/// Whether a metric is more than a place on the axis.
fn is_news(name: &str) -> bool {
    !["steps", "update"].contains(&name)
}

fn has(choice: &Choice, name: &str) -> bool {
    choice.names.iter().any(|other| other == name)
}

/// A curve as drawn last, unless there are new rows.
fn points(choice: &mut Choice, name: &str, smoothing: f64, curves: &Curves) -> Vec<[f64; 2]> {
    let until = choice.frozen.unwrap_or(f64::INFINITY);
    let n_rows = if choice.frozen.is_some() { 0 } else { curves.n_rows };
    let is_same = |drawn: &Drawn| drawn.name == name && drawn.smoothing == smoothing;
    let is_new = |drawn: &Drawn| drawn.n_rows == n_rows && drawn.until == until;
    if let Some(drawn) = choice.drawn.iter().find(|drawn| is_same(drawn) && is_new(drawn)) {
        return drawn.points.clone();
    }
    let points = curves.smooth(name, smoothing, until, MOST_POINTS);
    let now = choice.smoothing;
    let Choice { drawn, names, .. } = choice;
    let is_wanted = |other: &Drawn| {
        names.contains(&other.name) && (other.smoothing == now || other.smoothing == 0.0)
    };
    drawn.retain(|other| !is_same(other) && is_wanted(other));
    drawn.push(Drawn { name: name.to_owned(), n_rows, until, smoothing, points: points.clone() });
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn curves() -> Curves {
        let mut curves = Curves::default();
        curves.push(&json!({"steps": 10, "loss": 1.5}));
        curves.push(&json!({"steps": 20, "loss": 2.0, "terms": {"alive": 1}}));
        curves
    }

    #[test]
    fn curves_on_hold_stay_as_they_are() {
        let mut curves = curves();
        let mut choice = Choice { names: vec!["loss".to_owned()], ..Choice::default() };
        let n_points = |choice: &mut Choice, curves: &Curves| {
            [0.0, 3.0].map(|smoothing| points(choice, "loss", smoothing, curves).len())
        };
        assert_eq!(n_points(&mut choice, &curves), [2, 2]);
        choice.frozen = Some(20.0);
        curves.push(&json!({"steps": 30, "loss": 9.0}));
        assert_eq!(n_points(&mut choice, &curves), [2, 2]);
        choice.frozen = None;
        assert_eq!(n_points(&mut choice, &curves), [3, 3]);
    }

    #[test]
    fn metrics_are_found_by_parts_of_their_names() {
        let found = |search: &str| {
            let names = ["episode_return", "reward_terms.alive", "update_secs"];
            names.into_iter().filter(|name| is_meant(name, search)).count()
        };
        assert_eq!([found(""), found("RE"), found("terms al"), found("loss")], [3, 2, 1, 0]);
    }
}

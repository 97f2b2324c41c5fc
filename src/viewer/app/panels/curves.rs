//! Metrics as curves.

use super::super::live::Curves;
use crate::plot::{Curve, Plot as Picture};
use crate::session::write_atomically;
use crate::ui::{ACCENT, GRID, MUTED, round_marks, significant, steps, toggle};
use anyhow::Context;
use bevy::prelude::*;
use bevy_egui::egui::{Button, ComboBox, Slider, Ui};
use egui_plot::{AxisHints, GridInput, GridMark, Line, Plot, PlotPoints};
use std::path::{Path, PathBuf};

/// More points than this are not told apart on a screen.
const MOST_POINTS: usize = 600;
const HEIGHT: f32 = 110.0;
/// Between lines of the grid, and between numbers along and across [points].
const LEAST_GRID: f32 = 8.0;
const ALONG: f64 = 64.0;
const ACROSS: f64 = 26.0;
/// Of the numbers at the left, so that curves stand below each other [points].
const NUMBERS: f32 = 44.0;
/// The last part of an axis, where a number would be cut off.
const LAST: f64 = 0.05;

/// Which curves are shown, and how smooth.
#[derive(Resource)]
pub(super) struct Choice {
    pub names: Vec<String>,
    /// Rows over which a curve is averaged.
    pub smoothing: f64,
    /// While no new rows are shown, the steps of the last that is.
    frozen: Option<f64>,
    /// What was drawn last.
    drawn: Vec<Drawn>,
    /// What came of the last export.
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
        Self { names, smoothing: 0.0, frozen: None, drawn: Vec::new(), said: String::new() }
    }
}

impl Choice {
    /// Another session has other curves.
    pub(super) fn forget(&mut self) {
        (self.frozen, self.said) = (None, String::new());
        self.drawn.clear();
    }

    pub(super) fn restore(&mut self, names: &[String], smoothing: f64) {
        self.names = names.to_vec();
        self.smoothing = if smoothing.is_finite() { smoothing.clamp(0.0, 50.0) } else { 0.0 };
    }
}

pub(super) fn show(ui: &mut Ui, curves: &Curves, choice: &mut Choice, title: &str) {
    let slider = Slider::new(&mut choice.smoothing, 0.0..=50.0).text("smoothing").integer();
    ui.add(slider).on_hover_text("Updates over which curves are averaged");
    let mut removed = None;
    for place in 0..choice.names.len() {
        ui.horizontal(|ui| {
            ComboBox::from_id_salt(("curve", place))
                .selected_text(&choice.names[place])
                .width(200.0)
                .show_ui(ui, |ui| {
                    for name in curves.names() {
                        ui.selectable_value(&mut choice.names[place], name.to_owned(), name);
                    }
                });
            if let Some(last) = curves.last(&choice.names[place]) {
                ui.label(significant(last));
            }
            if ui.small_button("x").on_hover_text("Remove this curve").clicked() {
                removed = Some(place);
            }
        });
        let name = choice.names[place].clone();
        let smooth = points(choice, &name, choice.smoothing, curves);
        let raw = (choice.smoothing > 0.0).then(|| points(choice, &name, 0.0, curves));
        picture(place).show(ui, |plot| {
            if let Some(raw) = raw {
                let raw = Line::new("", PlotPoints::from(raw));
                plot.line(raw.color(MUTED).width(0.7).allow_hover(false));
            }
            plot.line(Line::new(name, PlotPoints::from(smooth)).color(ACCENT).width(1.6));
        });
    }
    if !choice.names.is_empty() {
        ui.weak("over environment steps");
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
        if toggle(ui, &mut is_frozen, "Hold").on_hover_text("Freeze the curves").changed() {
            choice.frozen = is_frozen.then(|| curves.last("steps").unwrap_or(0.0));
        }
        if ui.button("CSV").on_hover_text("Write all metrics to a file here").clicked() {
            choice.said = outcome(export_csv(curves, &free_name(title, "csv")));
        }
        if ui.button("PNG").on_hover_text("Draw these curves into a file here").clicked() {
            choice.said = outcome(export_png(curves, choice, title, &free_name(title, "png")));
        }
    });
    if !choice.said.is_empty() {
        ui.weak(&choice.said);
    }
}

/// Whether a metric is more than a place on the axis.
fn is_news(name: &str) -> bool {
    !["steps", "update"].contains(&name)
}

fn has(choice: &Choice, name: &str) -> bool {
    choice.names.iter().any(|other| other == name)
}

/// A plot with numbers at both axes.
fn picture<'a>(place: usize) -> Plot<'a> {
    let y = AxisHints::new_y().min_thickness(NUMBERS);
    let y = y.label_spacing(0.5 * ACROSS as f32..=ACROSS as f32);
    let x = AxisHints::new_x().formatter(|mark, range| {
        let from_end = (range.end() - mark.value) / (range.end() - range.start());
        if from_end < LAST { String::new() } else { steps(mark.value) }
    });
    Plot::new(("plot", place))
        .height(HEIGHT)
        .allow_scroll(false)
        .grid_spacing(LEAST_GRID..=ACROSS as f32)
        .grid_color(GRID)
        .custom_x_axes(vec![x])
        .custom_y_axes(vec![y.formatter(|mark, _| significant(mark.value))])
        .x_grid_spacer(|input| marks(&input, ALONG))
        .y_grid_spacer(|input| marks(&input, ACROSS))
}

/// Round numbers, so many points apart or more.
fn marks(input: &GridInput, apart: f64) -> Vec<GridMark> {
    let least = input.base_step_size / f64::from(LEAST_GRID) * apart;
    let (step_size, values) = round_marks(input.bounds, least);
    values.into_iter().map(|value| GridMark { value, step_size }).collect()
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

fn outcome(written: anyhow::Result<PathBuf>) -> String {
    match written {
        Ok(path) => format!("wrote {}", path.display()),
        Err(error) => format!("nothing was written: {error:#}"),
    }
}

/// A name for an export of a run's curves that no file has.
fn free_name(title: &str, ending: &str) -> PathBuf {
    let plain = |c: char| if c.is_alphanumeric() { c } else { '_' };
    let title: String = title.chars().map(plain).collect();
    let name = |number: u32| PathBuf::from(format!("{title}-curves-{number}.{ending}"));
    (1..).map(name).find(|path| !path.exists()).unwrap_or_else(|| name(0))
}

/// Every metric at every row, in a column each; empty where a row has none.
fn export_csv(curves: &Curves, path: &Path) -> anyhow::Result<PathBuf> {
    let names: Vec<&str> = curves.names().filter(|name| *name != "steps").collect();
    let mut steps: Vec<f64> =
        names.iter().flat_map(|name| curves.get(name)).map(|p| p[0]).collect();
    steps.sort_by(f64::total_cmp);
    steps.dedup();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["steps"].iter().chain(&names))?;
    for at in steps {
        let value = |name: &&str| {
            let points = curves.get(name);
            let found = points.binary_search_by(|point| point[0].total_cmp(&at)).ok();
            found.map_or(String::new(), |i| points[i][1].to_string())
        };
        let values: Vec<String> = names.iter().map(value).collect();
        writer.write_record([at.to_string()].iter().chain(&values))?;
    }
    write_atomically(path, &writer.into_inner().context("the table is not whole")?)?;
    Ok(path.to_owned())
}

/// The curves on show, as they are smoothed.
fn export_png(
    curves: &Curves,
    choice: &Choice,
    title: &str,
    path: &Path,
) -> anyhow::Result<PathBuf> {
    let lines: Vec<(&str, Vec<(f64, f64)>)> = choice
        .names
        .iter()
        .map(|name| {
            let until = choice.frozen.unwrap_or(f64::INFINITY);
            let points = curves.smooth(name, choice.smoothing, until, usize::MAX);
            (name.as_str(), points.into_iter().map(|[x, y]| (x, y)).collect())
        })
        .collect();
    let drawn: Vec<Curve<'_>> = lines.iter().map(|(name, points)| Curve { name, points }).collect();
    Picture::new(path)?.draw(title, "environment steps", &drawn)?;
    Ok(path.to_owned())
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
    fn a_table_has_a_column_for_each_metric_and_a_row_for_each_update() {
        let folder = tempfile::tempdir().unwrap();
        let path = export_csv(&curves(), &folder.path().join("x.csv")).unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(text, "steps,loss,terms.alive\n10,1.5,\n20,2,1\n");
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
    fn a_picture_of_the_curves_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let choice = Choice { names: vec!["loss".to_owned()], ..Choice::default() };
        let path = folder.path().join("x.png");
        export_png(&curves(), &choice, "run", &path).unwrap();
        assert!(std::fs::read(path).unwrap().starts_with(b"\x89PNG"));
    }
}

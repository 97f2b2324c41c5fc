//! Metrics as curves.

use super::super::live::Curves;
use super::{ACCENT, MUTED};
use crate::plot::{Curve, Plot as Picture};
use crate::session::write_atomically;
use anyhow::Context;
use bevy::prelude::*;
use bevy_egui::egui::{ComboBox, Slider, Ui};
use egui_plot::{Line, Plot, PlotPoints};
use std::path::{Path, PathBuf};

/// More points than this are not told apart on a screen.
const MOST_POINTS: usize = 600;
const HEIGHT: f32 = 110.0;

/// Which curves are shown, and how smooth.
#[derive(Resource)]
pub(super) struct Choice {
    pub names: Vec<String>,
    /// Rows over which a curve is averaged.
    pub smoothing: f64,
    /// Rows that are shown while new ones are not.
    frozen: Option<usize>,
    /// What was drawn last.
    drawn: Vec<Drawn>,
    /// What came of the last export.
    said: String,
}

struct Drawn {
    name: String,
    n_rows: usize,
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
                ui.label(format!("{last:.4}"));
            }
            if ui.small_button("x").on_hover_text("Remove this curve").clicked() {
                removed = Some(place);
            }
        });
        let points = points(choice, place, curves);
        let name = choice.names[place].clone();
        Plot::new(("plot", place)).height(HEIGHT).allow_scroll(false).show(ui, |plot| {
            if choice.smoothing > 0.0 {
                let raw = PlotPoints::from(curves.smooth(&name, 0.0, MOST_POINTS));
                plot.line(Line::new("", raw).color(MUTED).width(0.7).allow_hover(false));
            }
            plot.line(Line::new(name, PlotPoints::from(points)).color(ACCENT).width(1.6));
        });
    }
    if let Some(place) = removed {
        choice.names.remove(place);
    }
    ui.horizontal(|ui| {
        if ui.button("Add a curve").clicked() {
            choice.names.push("value_loss".to_owned());
        }
        let mut is_frozen = choice.frozen.is_some();
        if ui.toggle_value(&mut is_frozen, "Hold").on_hover_text("Draw no new points").changed() {
            choice.frozen = is_frozen.then_some(curves.n_rows);
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

/// A curve as drawn last, unless there are new rows.
fn points(choice: &mut Choice, place: usize, curves: &Curves) -> Vec<[f64; 2]> {
    let name = choice.names[place].clone();
    let (n_rows, smoothing) = (choice.frozen.unwrap_or(curves.n_rows), choice.smoothing);
    let is_known = |drawn: &&Drawn| drawn.name == name && drawn.smoothing == smoothing;
    if let Some(drawn) = choice.drawn.iter().find(is_known)
        && (drawn.n_rows == n_rows || choice.frozen.is_some())
    {
        return drawn.points.clone();
    }
    let points = curves.smooth(&name, smoothing, MOST_POINTS);
    let Choice { drawn, names, .. } = choice;
    drawn.retain(|other| other.name != name && names.contains(&other.name));
    drawn.push(Drawn { name, n_rows, smoothing, points: points.clone() });
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
            let points = curves.smooth(name, choice.smoothing, usize::MAX);
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
        assert_eq!(points(&mut choice, 0, &curves).len(), 2);
        choice.frozen = Some(curves.n_rows);
        curves.push(&json!({"steps": 30, "loss": 9.0}));
        assert_eq!(points(&mut choice, 0, &curves).len(), 2);
        choice.frozen = None;
        assert_eq!(points(&mut choice, 0, &curves).len(), 3);
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

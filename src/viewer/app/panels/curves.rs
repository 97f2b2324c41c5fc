//! Metrics as curves.

use super::super::live::Curves;
use bevy::prelude::*;
use bevy_egui::egui::{Color32, ComboBox, Slider, Ui};
use egui_plot::{Line, Plot, PlotPoints};

/// More points than this are not told apart on a screen.
const MOST_POINTS: usize = 600;
const HEIGHT: f32 = 110.0;
const COLOUR: Color32 = Color32::from_rgb(237, 148, 51);

/// Which curves are shown, and how smooth.
#[derive(Resource)]
pub(super) struct Choice {
    names: Vec<String>,
    /// Rows over which a curve is averaged.
    smoothing: f64,
    /// What was drawn last, with the number of rows and the smoothing that it was made from.
    drawn: Vec<(String, usize, f64, Vec<[f64; 2]>)>,
}

impl Default for Choice {
    fn default() -> Self {
        let names = ["episode_return", "episode_length"].map(str::to_owned).to_vec();
        Self { names, smoothing: 0.0, drawn: Vec::new() }
    }
}

pub(super) fn show(ui: &mut Ui, curves: &Curves, choice: &mut Choice) {
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
        Plot::new(("plot", place)).height(HEIGHT).allow_scroll(false).show_axes([true, true]).show(
            ui,
            |plot| {
                let name = choice.names[place].clone();
                plot.line(Line::new(name, PlotPoints::from(points)).color(COLOUR).width(1.6));
            },
        );
    }
    if let Some(place) = removed {
        choice.names.remove(place);
    }
    if ui.button("Add a curve").clicked() {
        choice.names.push("value_loss".to_owned());
    }
}

/// A curve as drawn last, unless there are new rows.
fn points(choice: &mut Choice, place: usize, curves: &Curves) -> Vec<[f64; 2]> {
    let name = choice.names[place].clone();
    let made_from = (name.clone(), curves.n_rows, choice.smoothing);
    let known = choice.drawn.iter().find(|(name, n_rows, smoothing, _)| {
        (name, *n_rows, *smoothing) == (&made_from.0, made_from.1, made_from.2)
    });
    if let Some((.., points)) = known {
        return points.clone();
    }
    let points = curves.smooth(&name, choice.smoothing, MOST_POINTS);
    choice.drawn.retain(|(other, ..)| *other != name && choice.names.contains(other));
    choice.drawn.push((made_from.0, made_from.1, made_from.2, points.clone()));
    points
}

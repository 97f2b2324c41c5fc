//! Notices above the canvas of a workflow, with buttons to answer them.

use super::canvas::Icon;
use super::differences::Differences;
use super::look;
use super::parts::{self, Look};
use super::tab::Tab;
use crate::workflow::{OnDisk, Registry};
use bevy_egui::egui::{self, Color32, Rect, Stroke, vec2};

/// What becomes of a training from which its workflow differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    GoOn,
    Anew,
    Later,
}

/// Shows it, if there is something, and does what is answered; whether there is.
pub(crate) fn show(ui: &egui::Ui, area: Rect, tab: &mut Tab, registry: &Registry) -> bool {
    let colours = look::colours(ui.ctx());
    if let Some(found) = &tab.found {
        let text = match found.is_older_than_file {
            false => "Work on this file was not saved when the editor ended.",
            true => "Unsaved work was found. The file was saved elsewhere after it.",
        };
        match ask(ui, area, text, &["Take it", "Throw it away"], colours.warning) {
            Some(0) => tab.answer_found(true, registry),
            Some(_) => tab.answer_found(false, registry),
            None => {}
        }
    } else if let Some(outside) = tab.outside {
        let (text, answers): (_, &[&str]) = match outside {
            OnDisk::Gone => ("The file was removed. Saving writes it again.", &["Keep mine"]),
            _ => ("Another program changed the file.", &["Read it again", "Keep mine"]),
        };
        match ask(ui, area, text, answers, colours.warning) {
            Some(0) if outside != OnDisk::Gone => tab.reload(registry),
            Some(_) => tab.keep_mine(),
            None => {}
        }
    } else if let Some(error_message) = tab.error_message.clone()
        && ask(ui, area, &error_message, &["OK"], colours.text2).is_some()
    {
        tab.error_message = None;
    } else {
        return tab.error_message.is_some();
    }
    true
}

/// Says how a workflow differs from the training that runs, and what can be done about it.
pub(crate) fn differs(ui: &egui::Ui, area: Rect, differences: &Differences) -> Option<Choice> {
    let colour = look::colours(ui.ctx()).warning;
    let choices: (&str, &[(&str, Choice)]) = match differences.has_other_parts {
        // No checkpoint fits other nodes or wires.
        true => (
            "Nodes or wires differ from the training that runs.",
            &[("Train anew", Choice::Anew), ("Later", Choice::Later)],
        ),
        false => (
            "Settings differ from the training that runs.",
            &[
                ("Go on with them", Choice::GoOn),
                ("Train anew", Choice::Anew),
                ("Later", Choice::Later),
            ],
        ),
    };
    let (text, choices) = choices;
    let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    ask(ui, area, text, &names, colour).map(|i| choices[i].1)
}

/// A sentence with buttons; the one that was pressed.
fn ask(ui: &egui::Ui, area: Rect, text: &str, answers: &[&str], colour: Color32) -> Option<usize> {
    let colours = look::colours(ui.ctx());
    let mut answer = None;
    egui::Area::new(egui::Id::new("banner"))
        .order(egui::Order::Middle)
        .pivot(egui::Align2::CENTER_TOP)
        .fixed_pos(area.center_top() + vec2(0.0, 10.0))
        .show(ui.ctx(), |ui| {
            look::apply(ui);
            egui::Frame::new()
                .fill(colours.raised)
                .stroke(Stroke::new(1.0, colours.edge))
                .corner_radius(8)
                .inner_margin(egui::Margin::symmetric(12, 8))
                .show(ui, |ui| {
                    ui.set_max_width(area.width() - 60.0);
                    ui.horizontal(|ui| {
                        let (rect, _) =
                            ui.allocate_exact_size(vec2(16.0, 28.0), egui::Sense::hover());
                        Icon::Info.paint(ui.painter(), rect.center(), 0.85, colour);
                        ui.label(text);
                        for (i, says) in answers.iter().enumerate() {
                            if parts::button(ui, None, says, Look::Plain, true).clicked() {
                                answer = Some(i);
                            }
                        }
                    });
                });
        });
    answer
}

//! The start page: what there is to open.

use super::super::{Entry, Shelf};
use super::{DrawPanels, Page, message};
use bevy::prelude::*;
use bevy_egui::{EguiContexts, EguiPrimaryContextPass, egui};
use std::path::PathBuf;

const BACKGROUND: Color = Color::srgb(0.10, 0.12, 0.15);
const CARD: egui::Vec2 = egui::vec2(300.0, 44.0);
const SCROLL_BAR: f32 = 16.0;

/// What is on the page; a window without one cannot go back to it.
#[derive(Resource, Clone, Debug, Default)]
pub(crate) struct StartPage {
    pub shelves: Vec<Shelf>,
    /// What is still being ended, so that nothing else can be opened yet.
    pub busy_with: Option<String>,
    /// What went wrong last.
    pub problem: Option<String>,
}

/// A person chose something to open.
#[derive(Message, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chosen(pub PathBuf);

pub(super) fn plugin(app: &mut App) {
    let show = show.run_if(in_state(Page::Start).and_then(resource_exists::<StartPage>));
    app.add_message::<Chosen>().add_systems(EguiPrimaryContextPass, show.in_set(DrawPanels));
}

fn show(
    mut contexts: EguiContexts,
    mut page: ResMut<StartPage>,
    mut clear: ResMut<ClearColor>,
    mut chosen: MessageWriter<Chosen>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    clear.0 = match ctx.theme() {
        egui::Theme::Dark => BACKGROUND,
        egui::Theme::Light => {
            let [r, g, b, _] = ctx.style_of(ctx.theme()).visuals.panel_fill.to_array();
            Color::srgb_u8(r, g, b)
        }
    };
    let layer = egui::UiBuilder::new()
        .layer_id(egui::LayerId::background())
        .max_rect(ctx.viewport_rect().shrink(28.0));
    let mut ui = egui::Ui::new(ctx.clone(), "start".into(), layer);

    ui.label(egui::RichText::new("DNNE").size(30.0).strong());
    ui.weak("Teach simulated robots. Choose a workflow to train, or a run to play.");
    if let Some(problem) = page.problem.clone() {
        let colour = ui.visuals().error_fg_color;
        if message(&mut ui, &problem, colour) {
            page.problem = None;
        }
    }
    if let Some(what) = &page.busy_with {
        ui.label(what);
    }
    ui.add_space(16.0);
    let is_busy = page.busy_with.is_some();
    let mut choice = None;
    ui.columns(page.shelves.len().max(1), |columns| {
        for (column, shelf) in columns.iter_mut().zip(&page.shelves) {
            choice = list(column, shelf, is_busy).or(choice.take());
        }
    });
    if let Some(path) = choice {
        chosen.write(Chosen(path));
    }
    Ok(())
}

/// Entries as buttons; the path of one that was clicked.
fn list(ui: &mut egui::Ui, shelf: &Shelf, is_busy: bool) -> Option<PathBuf> {
    ui.heading(shelf.title);
    ui.add_space(6.0);
    if shelf.entries.is_empty() {
        // Columns would space out its words.
        let left = egui::Layout::top_down(egui::Align::LEFT);
        ui.with_layout(left, |ui| ui.label(&shelf.if_empty));
    }
    let mut clicked = None;
    egui::ScrollArea::vertical().id_salt(shelf.title).show(ui, |ui| {
        // Beside it is the bar that scrolls.
        ui.set_max_width(ui.available_width() - SCROLL_BAR);
        for entry in &shelf.entries {
            let button = egui::Button::new(text(ui, entry)).right_text(entry.does);
            let button = ui.add_enabled(!is_busy, button.min_size(CARD));
            if button.on_hover_text(entry.path.display().to_string()).clicked() {
                clicked = Some(entry.path.clone());
            }
        }
    });
    clicked
}

/// The name, and below it a few words in smaller print.
fn text(ui: &egui::Ui, entry: &Entry) -> egui::text::LayoutJob {
    let visuals = ui.visuals();
    let mut job = egui::text::LayoutJob::default();
    let mut line = |text: &str, size: f32, colour: egui::Color32| {
        let format = egui::TextFormat::simple(egui::FontId::proportional(size), colour);
        job.append(text, 0.0, format);
    };
    line(&entry.name, 15.0, visuals.strong_text_color());
    if !entry.about.is_empty() {
        line(&format!("\n{}", entry.about), 12.0, visuals.text_color());
    }
    job
}

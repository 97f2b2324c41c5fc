//! The start page: what there is to watch.

use super::super::error::ViewerError;
use super::super::show::{Entry, Shelf};
use super::graphics;
use super::panels::set_colours;
use bevy::prelude::*;
use bevy_egui::{EguiContexts, EguiPlugin, EguiPrimaryContextPass, egui};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

const BACKGROUND: Color = Color::srgb(0.10, 0.12, 0.15);
const CARD: egui::Vec2 = egui::vec2(300.0, 44.0);
const SCROLL_BAR: f32 = 16.0;

/// What is listed, and what was chosen.
#[derive(Resource, Default)]
pub(super) struct Page {
    pub shelves: [Shelf; 2],
    pub chosen: Arc<Mutex<Option<PathBuf>>>,
}

/// Lets a person choose a workflow to train or a run to play; none if the window is closed.
pub fn choose(shelves: [Shelf; 2]) -> Result<Option<PathBuf>, ViewerError> {
    let chosen = Arc::new(Mutex::new(None));
    let mut app = graphics::windowed("DNNE", graphics::pace(None, false))?;
    furnish(&mut app, Page { shelves, chosen: chosen.clone() });
    app.run();
    let mut chosen = chosen.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(chosen.take())
}

/// Puts the page into an app.
pub(super) fn furnish(app: &mut App, page: Page) {
    app.insert_resource(ClearColor(BACKGROUND))
        .insert_resource(page)
        .add_plugins(EguiPlugin::default())
        .add_systems(Startup, |mut commands: Commands| {
            commands.spawn(Camera2d);
        })
        .add_systems(EguiPrimaryContextPass, show);
}

fn show(
    mut contexts: EguiContexts,
    page: Res<Page>,
    mut exit: MessageWriter<AppExit>,
    mut has_colours: Local<bool>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    if !std::mem::replace(&mut *has_colours, true) {
        set_colours(ctx);
    }
    let layer = egui::UiBuilder::new()
        .layer_id(egui::LayerId::background())
        .max_rect(ctx.viewport_rect().shrink(28.0));
    let mut ui = egui::Ui::new(ctx.clone(), "start".into(), layer);

    ui.label(egui::RichText::new("DNNE").size(30.0).strong());
    ui.weak("Teach simulated robots. Choose a workflow to train, or a run to play.");
    ui.add_space(16.0);
    let mut choice = None;
    ui.columns(2, |columns| {
        for (column, shelf) in columns.iter_mut().zip(&page.shelves) {
            choice = list(column, shelf).or(choice.take());
        }
    });
    if let Some(path) = choice {
        *page.chosen.lock().unwrap_or_else(PoisonError::into_inner) = Some(path);
        exit.write(AppExit::Success);
    }
    Ok(())
}

/// Entries as buttons; the path of one that was clicked.
fn list(ui: &mut egui::Ui, shelf: &Shelf) -> Option<PathBuf> {
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
            let button = ui.add(button.min_size(CARD));
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

//! The start page: what there is to watch.

use super::super::error::ViewerError;
use super::super::show::Entry;
use super::graphics;
use bevy::prelude::*;
use bevy_egui::{EguiContexts, EguiPlugin, EguiPrimaryContextPass, egui};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

const BACKGROUND: Color = Color::srgb(0.10, 0.12, 0.15);
const CARD: egui::Vec2 = egui::vec2(300.0, 44.0);

/// What is listed, and what was chosen.
#[derive(Resource, Default)]
pub(super) struct Page {
    pub workflows: Vec<Entry>,
    pub runs: Vec<Entry>,
    pub chosen: Arc<Mutex<Option<PathBuf>>>,
}

/// Lets a person choose a workflow to train or a run to play; none if the window is closed.
pub fn choose(workflows: Vec<Entry>, runs: Vec<Entry>) -> Result<Option<PathBuf>, ViewerError> {
    let chosen = Arc::new(Mutex::new(None));
    let mut app = graphics::windowed("DNNE", graphics::pace(None, false))?;
    furnish(&mut app, Page { workflows, runs, chosen: chosen.clone() });
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

fn show(mut contexts: EguiContexts, page: Res<Page>, mut exit: MessageWriter<AppExit>) -> Result {
    let ctx = contexts.ctx_mut()?;
    let layer = egui::UiBuilder::new()
        .layer_id(egui::LayerId::background())
        .max_rect(ctx.viewport_rect().shrink(28.0));
    let mut ui = egui::Ui::new(ctx.clone(), "start".into(), layer);
    ui.label(egui::RichText::new("DNNE").size(30.0).strong());
    ui.weak("Teach simulated robots. Choose a workflow to train, or a run to play.");
    ui.add_space(16.0);
    let mut choice = None;
    ui.columns(2, |columns| {
        let lists = [("Workflows", &page.workflows), ("Recent runs", &page.runs)];
        for (column, (title, entries)) in columns.iter_mut().zip(lists) {
            choice = list(column, title, entries).or(choice.take());
        }
    });
    if let Some(path) = choice {
        *page.chosen.lock().unwrap_or_else(PoisonError::into_inner) = Some(path);
        exit.write(AppExit::Success);
    }
    Ok(())
}

/// Entries as buttons; the path of one that was clicked.
fn list(ui: &mut egui::Ui, title: &str, entries: &[Entry]) -> Option<PathBuf> {
    ui.heading(title);
    ui.add_space(6.0);
    if entries.is_empty() {
        ui.weak("None here.");
    }
    let mut clicked = None;
    egui::ScrollArea::vertical().id_salt(title).show(ui, |ui| {
        for entry in entries {
            let name = egui::RichText::new(&entry.name).size(15.0);
            let button = egui::Button::new(name).right_text(&entry.about).min_size(CARD);
            if ui.add(button).on_hover_text(entry.path.display().to_string()).clicked() {
                clicked = Some(entry.path.clone());
            }
        }
    });
    clicked
}

//! The start page: what there is to open.

use super::super::{StartEntry, StartList, Template};
use super::templates::{self, Pictures};
use super::{DrawPanels, Page, look, message};
use bevy::prelude::*;
use bevy_egui::{EguiContexts, EguiPrimaryContextPass, egui};
use std::path::PathBuf;

/// Heights of an entry and of what stands above, widths of the button beside an entry and of the search [points].
const CARD: f32 = 44.0;
const HIGH: f32 = 34.0;
const DOES: f32 = 58.0;
/// What an entry has beside its texts: its edges, and the word at its right.
const BESIDE: f32 = 64.0;
const SEARCH: f32 = 300.0;
const SCROLL_BAR: f32 = 16.0;
/// In less room the names of many entries would be cut off [points].
const LEAST_COLUMN: f32 = 280.0;

/// What is on the page; a window without one cannot go back to it.
#[derive(Resource, Clone, Debug, Default)]
pub(crate) struct StartPage {
    pub templates: Vec<Template>,
    pub shelves: Vec<StartList>,
    /// What is still being ended, so that nothing else can be opened yet.
    pub busy_with: Option<String>,
    /// What went wrong last.
    pub problem: Option<String>,
}

/// A person chose something to open.
#[derive(Message, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chosen(pub PathBuf);

/// A person chose a workflow to edit; none for a new one.
#[derive(Message, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edited(pub Option<PathBuf>);

pub(super) fn plugin(app: &mut App) {
    let show = show.run_if(in_state(Page::Start).and_then(resource_exists::<StartPage>));
    app.add_message::<Chosen>()
        .add_message::<Edited>()
        .add_systems(EguiPrimaryContextPass, show.in_set(DrawPanels));
}

fn show(
    mut contexts: EguiContexts,
    mut page: ResMut<StartPage>,
    mut clear: ResMut<ClearColor>,
    mut chosen: MessageWriter<Chosen>,
    mut edited: MessageWriter<Edited>,
    (mut search, mut pictures, mut open): (Local<String>, Local<Pictures>, Local<usize>),
) -> Result {
    let ctx = contexts.ctx_mut()?;
    let colours = look::colours(ctx);
    let [r, g, b, _] = colours.canvas.to_array();
    clear.0 = Color::srgb_u8(r, g, b);
    let layer = egui::UiBuilder::new()
        .layer_id(egui::LayerId::background())
        .max_rect(ctx.viewport_rect().shrink2(egui::vec2(40.0, 32.0)));
    let mut ui = egui::Ui::new(ctx.clone(), "start".into(), layer);
    look::apply(&mut ui);
    if heading(&mut ui, &mut search) {
        edited.write(Edited(None));
    }
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
    let wanted = search.trim().to_lowercase();
    let mut choice =
        templates::show(&mut ui, &page.templates, &mut pictures, &wanted).map(Choice::Edit);
    let n_shelves = page.shelves.len().max(1);
    if ui.available_width() < n_shelves as f32 * LEAST_COLUMN {
        tabs(&mut ui, &page.shelves, &mut open);
        let shelf = page.shelves.get(*open);
        choice = shelf.and_then(|shelf| list(&mut ui, shelf, &wanted, is_busy)).or(choice);
    } else {
        ui.columns(n_shelves, |columns| {
            for (column, shelf) in columns.iter_mut().zip(&page.shelves) {
                title(column, shelf.title);
                choice = list(column, shelf, &wanted, is_busy).or(choice.take());
            }
        });
    }
    match choice {
        Some(Choice::Do(path)) => {
            chosen.write(Chosen(path));
        }
        Some(Choice::Edit(path)) => {
            edited.write(Edited(Some(path)));
        }
        None => {}
    }
    Ok(())
}

/// What was clicked: the entry, or what is done with it.
enum Choice {
    Edit(PathBuf),
    Do(PathBuf),
}

/// The name, what it is for, a field to search, and a button for a new workflow; whether that was clicked.
fn heading(ui: &mut egui::Ui, search: &mut String) -> bool {
    let colours = look::colours(ui.ctx());
    let mut is_new = false;
    ui.horizontal(|ui| {
        ui.label(egui::RichText::new("DNNE").font(look::strong(26.0)).color(colours.text));
        let words = "Wire it, press Train, watch it learn.";
        ui.label(egui::RichText::new(words).font(look::regular(14.0)).color(colours.text2));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let text = egui::RichText::new("New workflow").font(look::strong(13.0));
            let button = egui::Button::new(text.color(colours.on_fill)).fill(colours.fill);
            is_new = ui.add(button.min_size(egui::vec2(0.0, HIGH))).clicked();
            let field = egui::TextEdit::singleline(search)
                .hint_text("Search workflows, runs and scenes")
                .margin(egui::Margin::symmetric(10, 8))
                .desired_width(SEARCH);
            ui.add(field);
        });
    });
    ui.add_space(10.0);
    let words = "Click a workflow to edit it, a run to see its policy play, a scene to try the robot, or drop a file \
                 here.";
    ui.label(egui::RichText::new(words).font(look::regular(12.5)).color(colours.text3));
    is_new
}

/// What a list is of.
fn title(ui: &mut egui::Ui, title: &str) {
    let colours = look::colours(ui.ctx());
    ui.label(egui::RichText::new(title).font(look::strong(13.5)).color(colours.text));
    ui.add_space(4.0);
}

/// The titles of lists side by side, of which one is open: where there is no room for them all.
fn tabs(ui: &mut egui::Ui, shelves: &[StartList], open: &mut usize) {
    let colours = look::colours(ui.ctx());
    ui.horizontal(|ui| {
        for (place, shelf) in shelves.iter().enumerate() {
            let colour = if place == *open { colours.text } else { colours.text3 };
            let title = egui::RichText::new(shelf.title).font(look::strong(13.5)).color(colour);
            if ui.selectable_label(place == *open, title).clicked() {
                *open = place;
            }
        }
    });
    ui.add_space(4.0);
}

/// Entries as rows, those whose words hold `wanted`, in lower case; what was clicked.
fn list(ui: &mut egui::Ui, shelf: &StartList, wanted: &str, is_busy: bool) -> Option<Choice> {
    if shelf.entries.is_empty() {
        // Columns would space out its words.
        let left = egui::Layout::top_down(egui::Align::LEFT);
        ui.with_layout(left, |ui| ui.label(&shelf.if_empty));
    }
    let is_meant = |entry: &&StartEntry| {
        entry.name.to_lowercase().contains(wanted) || entry.about.to_lowercase().contains(wanted)
    };
    let mut clicked = None;
    egui::ScrollArea::vertical().id_salt(shelf.title).show(ui, |ui| {
        // Beside it is the bar that scrolls.
        ui.set_max_width(ui.available_width() - SCROLL_BAR);
        for entry in shelf.entries.iter().filter(is_meant) {
            clicked = row(ui, entry, shelf.edits, is_busy).or(clicked.take());
        }
    });
    clicked
}

/// An entry: a click on it edits a workflow and opens what else there is; a workflow has a button beside.
fn row(ui: &mut egui::Ui, entry: &StartEntry, edits: bool, is_busy: bool) -> Option<Choice> {
    let mut clicked = None;
    let path = || entry.path.clone();
    ui.horizontal(|ui| {
        let beside = if edits { DOES + ui.spacing().item_spacing.x } else { 0.0 };
        let width = ui.available_width() - beside;
        let colours = look::colours(ui.ctx());
        let does = if edits { "edit" } else { entry.does };
        let does = egui::RichText::new(does).font(look::regular(11.5)).color(colours.text3);
        let card = egui::Button::new(text(ui, entry, width - BESIDE)).right_text(does);
        let card = ui.add_enabled(edits || !is_busy, card.min_size(egui::vec2(width, CARD)));
        if card.on_hover_text(entry.path.display().to_string()).clicked() {
            clicked = Some(if edits { Choice::Edit(path()) } else { Choice::Do(path()) });
        }
        if edits {
            let button = egui::Button::new(entry.does).min_size(egui::vec2(DOES, CARD));
            if ui.add_enabled(!is_busy, button).clicked() {
                clicked = Some(Choice::Do(path()));
            }
        }
    });
    clicked
}

/// The name, and below it a few words in smaller print; each is cut off where its room ends.
fn text(ui: &egui::Ui, entry: &StartEntry, room: f32) -> egui::text::LayoutJob {
    let colours = look::colours(ui.ctx());
    let mut job = egui::text::LayoutJob::default();
    let mut line = |text: &str, font: egui::FontId, colour: egui::Color32| {
        let text = cut(ui, text, &font, room);
        job.append(&text, 0.0, egui::TextFormat::simple(font, colour));
    };
    line(&entry.name, look::strong(13.5), colours.text);
    if !entry.about.is_empty() {
        line("\n", look::regular(11.5), colours.text3);
        line(&entry.about, look::regular(11.5), colours.text3);
    }
    job
}

/// As much of a text as there is room for.
fn cut(ui: &egui::Ui, text: &str, font: &egui::FontId, room: f32) -> String {
    let width = |c: char| ui.fonts_mut(|fonts| fonts.glyph_width(font, c));
    let mut left = room - width('\u{2026}');
    let end = text.char_indices().find(|(_, c)| {
        left -= width(*c);
        left < 0.0
    });
    end.map_or_else(|| text.to_owned(), |(end, _)| format!("{}\u{2026}", &text[..end]))
}

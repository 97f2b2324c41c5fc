//! The sidebar with all node kinds, which are dragged onto the canvas, or with the workflows that there are.

use super::canvas::{Icon, category};
use super::look;
use super::parts::{self, Hint, within};
use super::search;
use crate::workflow::{NodeSchema, Registry};
use bevy_egui::egui::{self, Align2, Pos2, Rect, Sense, Stroke, StrokeKind, pos2, vec2};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

/// Of what is said of the kind under the mouse.
const HELP: f32 = 126.0;
const ROW: f32 = 24.0;

/// What the sidebar keeps.
#[derive(Default)]
pub(crate) struct Library {
    search: String,
    folded: HashSet<&'static str>,
    /// The kind under the mouse last.
    shown: Option<&'static NodeSchema>,
    /// The kind that is dragged.
    dragged: Option<&'static NodeSchema>,
    /// The workflows, while they are shown in the place of the kinds.
    files: Option<Vec<PathBuf>>,
}

/// What was chosen.
pub(crate) enum Chosen {
    /// A kind to be added: where on the screen, or in the middle of what is seen.
    Kind { schema: &'static NodeSchema, at: Option<Pos2> },
    /// A workflow to be opened.
    File(PathBuf),
}

impl Library {
    /// Turns to the given workflows, or else to the kinds; what is turned to when it is shown is hidden. Whether
    /// the sidebar is then shown.
    pub(crate) fn turn(&mut self, files: Option<Vec<PathBuf>>, is_shown: bool) -> bool {
        let stays = self.files.is_some() == files.is_some();
        self.files = files;
        !(is_shown && stays)
    }

    /// Shows it; a kind that was clicked or dropped is to be added.
    pub(crate) fn show(
        &mut self,
        ui: &mut egui::Ui,
        area: Rect,
        registry: &Registry,
        usage: &HashMap<String, u32>,
        selected: Option<&'static NodeSchema>,
    ) -> Option<Chosen> {
        let colours = look::colours(ui.ctx());
        ui.painter().rect_filled(area, 0.0, colours.panel);
        let line = Stroke::new(1.0, colours.line);
        ui.painter().vline(area.right(), area.y_range(), line);
        let help = Rect::from_min_max(pos2(area.left(), area.bottom() - HELP), area.max);
        let list = Rect::from_min_max(area.min, pos2(area.right(), help.top())).shrink(10.0);
        let mut chosen = None;
        within(ui, "kinds", list, |ui| {
            if let Some(files) = &self.files {
                chosen = workflows(ui, files);
                return;
            }
            self.field(ui);
            egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                chosen = self.list(ui, registry, usage);
            });
        });
        ui.painter().hline(area.x_range(), help.top(), line);
        if let Some(schema) = self.shown.or(selected) {
            within(ui, "about", help.shrink2(vec2(14.0, 10.0)), |ui| about(ui, schema));
        }
        chosen.or(self.drag(ui))
    }

    fn field(&mut self, ui: &mut egui::Ui) {
        let colours = look::colours(ui.ctx());
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 28.0), Sense::hover());
        let inner = Rect::from_min_max(rect.min + vec2(26.0, 2.0), rect.max - vec2(30.0, 2.0));
        let edit = egui::TextEdit::singleline(&mut self.search)
            .frame(egui::Frame::NONE)
            .vertical_align(egui::Align::Center)
            .hint_text("Search nodes");
        let ground = ui.painter().add(egui::Shape::Noop);
        let response = ui.put(inner, edit);
        let colour = if response.has_focus() { colours.accent } else { colours.line };
        let edge = Stroke::new(1.0, colour);
        let shape = egui::epaint::RectShape::new(rect, 6, colours.inset, edge, StrokeKind::Inside);
        ui.painter().set(ground, shape);
        Icon::Search.paint(ui.painter(), rect.left_center() + vec2(15.0, 0.0), 0.8, colours.text3);
        if self.search.is_empty() {
            let at = rect.right_center() - vec2(26.0, 8.5);
            within(ui, "search key", Rect::from_min_size(at, vec2(24.0, 18.0)), |ui| {
                parts::key(ui, "N")
            });
        }
        if response.has_focus() && ui.input(|input| input.key_pressed(egui::Key::Escape)) {
            self.search.clear();
            response.surrender_focus();
        }
        ui.add_space(6.0);
    }

    fn list(
        &mut self,
        ui: &mut egui::Ui,
        registry: &Registry,
        usage: &HashMap<String, u32>,
    ) -> Option<Chosen> {
        let colours = look::colours(ui.ctx());
        let mut chosen = None;
        if !self.search.is_empty() {
            for schema in search::find(registry, &self.search, usage, |_| true) {
                chosen = self.row(ui, schema).or(chosen);
            }
            return chosen;
        }
        let mut categories: Vec<&'static str> = Vec::new();
        for schema in registry.iter() {
            if !categories.contains(&schema.category) {
                categories.push(schema.category);
            }
        }
        for name in categories {
            let size = vec2(ui.available_width(), ROW);
            let (rect, response) = ui.allocate_exact_size(size, Sense::click());
            let is_folded = self.folded.contains(name);
            let icon = if is_folded { Icon::Right } else { Icon::Down };
            let colour = if response.hovered() { colours.text } else { colours.text3 };
            icon.paint(ui.painter(), rect.left_center() + vec2(7.0, 0.0), 0.7, colour);
            let at = rect.left_center() + vec2(18.0, 0.0);
            let font = look::regular(12.0);
            ui.painter().text(at, Align2::LEFT_CENTER, name, font, colour);
            if response.clicked() && !self.folded.remove(name) {
                self.folded.insert(name);
            }
            if !is_folded {
                for schema in registry.iter().filter(|schema| schema.category == name) {
                    chosen = self.row(ui, schema).or(chosen);
                }
            }
        }
        chosen
    }

    fn row(&mut self, ui: &mut egui::Ui, schema: &'static NodeSchema) -> Option<Chosen> {
        let colours = look::colours(ui.ctx());
        let size = vec2(ui.available_width(), ROW);
        let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
        if response.hovered() {
            ui.painter().rect_filled(rect, 5.0, colours.hover);
            self.shown = Some(schema);
        }
        swatch(ui, pos2(rect.left() + 24.0, rect.center().y), schema);
        let at = pos2(rect.left() + 38.0, rect.center().y);
        let room = rect.right() - at.x - 4.0;
        let font = look::regular(12.5);
        parts::text_at(ui, at, Align2::LEFT_CENTER, schema.title, font, colours.text, room);
        if response.drag_started() {
            self.dragged = Some(schema);
        }
        response.clicked().then_some(Chosen::Kind { schema, at: None })
    }

    /// A kind on its way to the canvas.
    fn drag(&mut self, ui: &egui::Ui) -> Option<Chosen> {
        let schema = self.dragged?;
        let mouse = ui.input(|input| input.pointer.latest_pos())?;
        let colours = look::colours(ui.ctx());
        if ui.input(|input| input.pointer.any_down()) {
            let layer = egui::LayerId::new(egui::Order::Tooltip, egui::Id::new("dragged kind"));
            let painter = ui.ctx().layer_painter(layer);
            let rect = Rect::from_min_size(mouse - vec2(20.0, 14.0), vec2(150.0, 28.0));
            let edge = Stroke::new(1.5, colours.accent);
            let ground = colours.headers[category(Some(schema))];
            painter.rect(rect, 7.0, ground, edge, StrokeKind::Middle);
            let at = rect.left_center() + vec2(10.0, 0.0);
            let font = look::strong(13.0);
            painter.text(at, Align2::LEFT_CENTER, schema.title, font, colours.text);
            ui.ctx().request_repaint();
            return None;
        }
        self.dragged = None;
        Some(Chosen::Kind { schema, at: Some(mouse - vec2(20.0, 14.0)) })
    }
}

/// The list of workflows; the one that was clicked.
fn workflows(ui: &mut egui::Ui, files: &[PathBuf]) -> Option<Chosen> {
    let colours = look::colours(ui.ctx());
    ui.label(egui::RichText::new("Workflows").font(look::strong(12.5)).color(colours.text));
    ui.add_space(4.0);
    let mut chosen = None;
    egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for file in files {
            let name = file.file_stem().unwrap_or_default().to_string_lossy();
            let size = vec2(ui.available_width(), ROW);
            let (rect, response) = ui.allocate_exact_size(size, Sense::click());
            if response.hovered() {
                ui.painter().rect_filled(rect, 5.0, colours.hover);
            }
            let at = rect.left_center() + vec2(8.0, 0.0);
            let (font, room) = (look::regular(12.5), rect.width() - 12.0);
            parts::text_at(ui, at, Align2::LEFT_CENTER, &name, font, colours.text, room);
            if response.hint(file.display().to_string()).clicked() {
                chosen = Some(Chosen::File(file.clone()));
            }
        }
        if files.is_empty() {
            parts::small(ui, "None here yet.", colours.text3);
        }
    });
    chosen
}

/// A square in the colour of a kind's header.
fn swatch(ui: &egui::Ui, at: Pos2, schema: &'static NodeSchema) {
    let colours = look::colours(ui.ctx());
    let rect = Rect::from_center_size(at, vec2(11.0, 11.0));
    let colour = colours.headers[category(Some(schema))];
    let edge = Stroke::new(1.0, colours.edge);
    ui.painter().rect(rect, 3.0, colour, edge, StrokeKind::Inside);
}

fn about(ui: &mut egui::Ui, schema: &'static NodeSchema) {
    let colours = look::colours(ui.ctx());
    ui.label(egui::RichText::new(schema.title).font(look::strong(13.0)).color(colours.text));
    let doc = egui::RichText::new(schema.doc).font(look::regular(11.5)).color(colours.text2);
    let counts = format!(
        "{} inputs \u{b7} {} outputs \u{b7} {} settings",
        schema.inputs.len(),
        schema.outputs.len(),
        schema.params.len()
    );
    egui::ScrollArea::vertical().id_salt("about").show(ui, |ui| {
        ui.label(doc);
        parts::small(ui, counts, colours.text3);
        for port in schema.inputs.iter().chain(schema.outputs) {
            parts::small(ui, format!("{}: {}", port.name, port.doc), colours.text3);
        }
    });
}

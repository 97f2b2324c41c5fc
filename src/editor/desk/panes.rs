//! What stands around the canvas, and what is done with what was chosen there.

use super::super::canvas::{self, Around, Ask};
use super::super::dialog::{Dialog, Done};
use super::super::palette::Palette;
use super::super::parts::within;
use super::super::problems::{self, Wanted};
use super::super::run::RunView;
use super::super::selection::Selection;
use super::super::tab::Tab;
use super::super::{banner, bar, export, library, look};
use super::{Editor, LEAST_WITH_SIDEBAR, Request, SIDEBAR, WIDE, WIDE_SIDEBAR};
use crate::workflow::{Edit, NodeSchema, NodeToAdd};
use bevy_egui::egui::{self, Pos2, Rect, pos2};

impl Editor {
    pub(super) fn middle(&mut self, ui: &mut egui::Ui, area: Rect, run: &RunView) {
        let mut canvas = area;
        if self.habits.sidebar && area.width() > LEAST_WITH_SIDEBAR {
            let width = if area.width() >= WIDE { WIDE_SIDEBAR } else { SIDEBAR };
            let sidebar = Rect::from_min_max(area.min, pos2(area.left() + width, area.bottom()));
            canvas.min.x = sidebar.right();
            self.sidebar(ui, sidebar);
        }
        if self.habits.problems
            && let Some(tab) = self.tab()
        {
            let height = problems::height(tab);
            let panel =
                Rect::from_min_max(pos2(canvas.left(), canvas.bottom() - height), canvas.max);
            if height > 0.0 {
                canvas.max.y = panel.top();
                let wanted = problems::show(ui, panel, tab, self.kinds.registry(), &self.keymap);
                self.answer(wanted);
            }
        }
        if self.habits.code && self.tab().is_some() {
            let width = (canvas.width() * 0.44).clamp(280.0, 620.0);
            let panel = Rect::from_min_max(pos2(canvas.right() - width, canvas.top()), canvas.max);
            canvas.max.x = panel.left();
            self.code_panel(ui, panel);
        }
        self.canvas(ui, canvas, run);
    }

    pub(super) fn sidebar(&mut self, ui: &mut egui::Ui, area: Rect) {
        let selected = self.tab().and_then(|tab| {
            let id = tab.selection.nodes.first()?;
            tab.plan().node(id)?.schema
        });
        let registry = self.kinds.registry();
        let chosen = self.library.show(ui, area, registry, &self.habits.usage, selected);
        match chosen {
            Some(library::Chosen::Kind { schema, at }) => self.add(schema, at),
            Some(library::Chosen::File(path)) => {
                if let Err(problem) = self.open(&path) {
                    self.tell("It cannot be opened", problem);
                }
            }
            None => {}
        }
    }

    /// Adds a kind at a point of the screen, if that is on the canvas.
    pub(super) fn add(&mut self, schema: &'static NodeSchema, at: Option<Pos2>) {
        let kinds = self.kinds.clone();
        let Some(tab) = self.tab_mut() else { return };
        let Some(area) = tab.state.area() else { return };
        let at = match at {
            Some(at) if area.contains(at) => tab.camera.to_canvas(area, at),
            Some(_) => return,
            None => tab.camera.to_canvas(area, area.center()),
        };
        let at = [f64::from(at.x).round(), f64::from(at.y).round()];
        let node = NodeToAdd { class: schema.class_type.to_owned(), at, ..NodeToAdd::default() };
        if let Some(made) = tab.edit(kinds.registry(), &Edit::AddNode(node)) {
            tab.selection = Selection::of_nodes(made.nodes);
            *self.habits.usage.entry(schema.class_type.to_owned()).or_default() += 1;
        }
    }

    pub(super) fn answer(&mut self, wanted: Option<Wanted>) {
        let kinds = self.kinds.clone();
        match wanted {
            None => {}
            Some(Wanted::Hide) => self.habits.problems = false,
            Some(Wanted::Show(node)) => {
                if let Some(tab) = self.tab_mut() {
                    tab.show_node(&node);
                }
            }
            Some(Wanted::Mend(remedy)) => {
                if let Some(tab) = self.tab_mut() {
                    tab.edit(kinds.registry(), &remedy.edit);
                }
            }
        }
    }

    pub(super) fn code_panel(&mut self, ui: &mut egui::Ui, area: Rect) {
        let Some(tab) = self.tabs.get_mut(self.active) else { return };
        if let Some(node) = self.code.show(ui, area, tab) {
            tab.show_node(&node);
        }
    }

    pub(super) fn canvas(&mut self, ui: &mut egui::Ui, area: Rect, run: &RunView) {
        let is_covered = self.is_covered();
        let Some(tab) = self.tabs.get_mut(self.active) else {
            ui.painter().rect_filled(area, 0.0, look::colours(ui.ctx()).canvas);
            return;
        };
        let pointed = self.code.pointed(tab).filter(|_| self.habits.code);
        let mut around = Around {
            registry: self.kinds.registry(),
            keymap: &self.keymap,
            scenes: &self.scene_names.1,
            live: run.live.as_ref(),
            has_minimap: self.habits.minimap,
            snaps: self.habits.snap,
            selects: self.habits.selects,
            is_covered,
            loose: self.palette.as_ref().and_then(Palette::loose),
            pointed,
            asks: Vec::new(),
        };
        within(ui, "canvas", area, |ui| canvas::show(ui, tab, &mut around));
        let asks = std::mem::take(&mut around.asks);
        drop(around);
        let zoomed = bar::zoom(ui, area, tab.camera.zoom, &self.keymap);
        for ask in asks {
            self.obey(ask, run);
        }
        if let Some(command) = zoomed {
            self.command(command, run);
        }
        self.banner(ui, area, run);
    }

    pub(super) fn obey(&mut self, ask: Ask, run: &RunView) {
        match ask {
            Ask::Palette { at, on } => self.palette = Some(Palette::new(at, on)),
            Ask::Command(command) => self.command(command, run),
            Ask::Look(scene) => self.requests.push(Request::Look(scene)),
        }
    }

    pub(super) fn show_palette(&mut self, ui: &mut egui::Ui) {
        let Some(mut palette) = self.palette.take() else { return };
        let Some(tab) = self.tabs.get_mut(self.active) else { return };
        if palette.show(ui, tab, self.kinds.registry(), &mut self.habits.usage) {
            self.palette = Some(palette);
        }
    }

    pub(super) fn show_export(&mut self, ui: &egui::Ui) {
        let Some(tab) = self.tabs.get(self.active).filter(|_| self.export.is_open) else { return };
        match self.export.show(ui, tab) {
            None => {}
            Some(export::Wanted::Close) => self.export.is_open = false,
            Some(export::Wanted::Export { runs }) => {
                if tab.is_dirty() || tab.path().is_none() {
                    self.save();
                }
                // A file without a name is asked for one first; then Export is pressed again.
                if let Some(path) = self.tab().filter(|tab| !tab.is_dirty()).and_then(Tab::path) {
                    let path = path.to_path_buf();
                    self.export.begin(&path, runs);
                }
            }
        }
    }

    pub(super) fn show_dialog(&mut self, ui: &mut egui::Ui, run: &RunView) {
        let Some(mut dialog) = self.dialog.take() else { return };
        let done = dialog.show(ui, self.tabs.get(self.active), &mut self.keymap);
        match done {
            Done::Not => self.dialog = Some(dialog),
            Done::Left => {}
            Done::Command(command) => self.command(command, run),
            Done::Show(node) => {
                if let Some(tab) = self.tab_mut() {
                    tab.show_node(&node);
                }
            }
            Done::Open(path) => {
                if let Err(problem) = self.open(&path) {
                    self.tell("It cannot be opened", problem);
                }
            }
            Done::Save(path, overwrite) => {
                let Some(tab) = self.tab_mut() else { return };
                let saved = match &path {
                    Some(path) => tab.save_as(path.clone(), overwrite),
                    None => tab.save(overwrite),
                };
                match (saved, path) {
                    (Ok(()), Some(path)) => self.remember(&path),
                    (Ok(()), None) => {}
                    (Err(error), path) => {
                        self.dialog = Some(Dialog::overwrite(error.to_string(), path));
                    }
                }
            }
            Done::CloseSaved => {
                self.save();
                if self.tab().is_some_and(|tab| !tab.is_dirty()) {
                    self.remove(self.active);
                }
            }
            Done::CloseUnsaved => self.remove(self.active),
        }
    }

    /// The tour waits while something lies over the canvas.
    pub(super) fn show_tour(&mut self, ui: &egui::Ui) {
        if self.is_covered() {
            return;
        }
        let (Some(mut tour), Some(tab)) = (self.tour, self.tab()) else { return };
        let is_over = tour.show(ui, tab, &self.keymap);
        self.tour = (!is_over).then_some(tour);
        self.habits.saw_tour |= is_over;
    }

    /// What a tab has to say that is to be answered: work found beside the file, a file changed outside, an
    /// edit that could not be done, one that what runs has not.
    pub(super) fn banner(&mut self, ui: &mut egui::Ui, area: Rect, run: &RunView) {
        let kinds = self.kinds.clone();
        let Some(tab) = self.tabs.get_mut(self.active) else { return };
        if banner::show(ui, area, tab, kinds.registry()) {
            return;
        }
        let differences = &run.differences;
        let is_new = differences.matters() && *differences != self.left_differences;
        if !is_new || tab.sound().is_none() {
            return;
        }
        match banner::differs(ui, area, differences) {
            None => {}
            Some(banner::Choice::GoOn) => {
                self.requests.push(Request::GoOn(differences.settings.clone()));
            }
            Some(banner::Choice::Anew) => self.requests.push(Request::TrainAnew),
            Some(banner::Choice::Later) => self.left_differences = differences.clone(),
        }
    }
}

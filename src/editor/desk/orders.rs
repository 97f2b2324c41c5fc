//! Keys and commands.

use super::super::canvas::{self, Around};
use super::super::command::Command;
use super::super::dialog::{self, Dialog};
use super::super::picture::Format;
use super::super::problems;
use super::super::remedy::remedy;
use super::super::run::RunView;
use super::super::settings::Settings;
use super::super::tab::Tab;
use super::super::tour::Tour;
use super::{Editor, Request};
use bevy_egui::egui::{self, Key, Modifiers};

impl Editor {
    /// Keys mean commands, unless somebody writes.
    pub(super) fn keys(&mut self, ui: &egui::Ui, run: &RunView) {
        if self.is_writing() || ui.ctx().text_edit_focused() {
            return;
        }
        let mut pressed: Vec<(Key, Modifiers)> = Vec::new();
        // The window system turns these keys into events of their own.
        let mut told: Vec<(Key, Modifiers)> = Vec::new();
        let mut pasted = None;
        ui.input(|input| {
            for event in &input.events {
                match event {
                    egui::Event::Key { key, pressed: true, modifiers, .. } => {
                        pressed.push((*key, *modifiers));
                    }
                    egui::Event::Copy => told.push((Key::C, Modifiers::COMMAND)),
                    egui::Event::Cut => told.push((Key::X, Modifiers::COMMAND)),
                    egui::Event::Paste(text) => {
                        pasted = Some(text.clone());
                        told.push((Key::V, Modifiers::COMMAND));
                    }
                    _ => {}
                }
            }
        });
        told.retain(|(key, _)| pressed.iter().all(|(other, _)| other != key));
        self.clipboard = pasted.unwrap_or(std::mem::take(&mut self.clipboard));
        for (key, modifiers) in pressed.into_iter().chain(told) {
            if let Some(command) = self.keymap.of(key, modifiers) {
                self.command(command, run);
            }
        }
    }

    /// Does what a command means.
    pub(crate) fn command(&mut self, command: Command, run: &RunView) {
        let kinds = self.kinds.clone();
        match command {
            Command::New => self.open_new(),
            Command::Open => self.dialog = Some(Dialog::open(&self.habits.recent)),
            Command::Save => self.save(),
            Command::SaveAs => self.save_as(),
            Command::Close if run.progress().is_some() => {
                let text = "Stop it first; what was learned is saved.".to_owned();
                self.tell("A training is running", text);
            }
            Command::Close => self.close(self.active),
            Command::NextTab => self.active = (self.active + 1) % self.tabs.len().max(1),
            Command::PreviousTab => {
                self.active = (self.active + self.tabs.len().max(1) - 1) % self.tabs.len().max(1);
            }
            Command::DragSelects => self.habits.selects = !self.habits.selects,
            Command::Settings => self.settings = Some(Settings),
            Command::Workflows => {
                let files = dialog::listed(&self.habits.recent);
                self.habits.sidebar = self.library.turn(Some(files), self.habits.sidebar);
            }
            Command::ReloadScenes => {
                self.list_scenes();
                self.asked.clear();
            }
            Command::Sidebar => {
                self.habits.sidebar = self.library.turn(None, self.habits.sidebar);
            }
            Command::Minimap => self.habits.minimap = !self.habits.minimap,
            Command::Problems => self.habits.problems = !self.habits.problems,
            Command::Code => self.habits.code = !self.habits.code,
            Command::Snap => self.habits.snap = !self.habits.snap,
            Command::Shortcuts => self.dialog = Some(Dialog::shortcuts()),
            Command::Tour => self.tour = Some(Tour::default()),
            Command::Find => self.dialog = Some(Dialog::find()),
            Command::Theme => self.requests.push(Request::Theme),
            Command::StartPage => self.requests.push(Request::StartPage),
            Command::Export => {
                if let Some(tab) = self.tabs.get(self.active) {
                    self.export.open(tab);
                }
            }
            Command::Train if run.progress().is_none() => self.wants_to_train = self.number(),
            Command::Pause => self.requests.push(Request::Pause),
            Command::Stop => self.requests.push(Request::Stop),
            Command::Picture => self.save_picture(Format::Png),
            Command::Drawing => self.save_picture(Format::Svg),
            Command::NextProblem => self.next_problem(),
            Command::Remedy => self.mend_first(),
            _ => {
                let Some(tab) = self.tabs.get_mut(self.active) else { return };
                let mut around = Around {
                    registry: kinds.registry(),
                    keymap: &self.keymap,
                    scenes: &self.scene_names.1,
                    live: None,
                    has_minimap: self.habits.minimap,
                    snaps: self.habits.snap,
                    selects: self.habits.selects,
                    is_covered: false,
                    loose: None,
                    pointed: None,
                    asks: Vec::new(),
                };
                canvas::act(tab, &mut around, command, &mut self.clipboard);
                self.is_copied |= matches!(command, Command::Copy | Command::Cut);
                for ask in around.asks {
                    self.obey(ask, run);
                }
            }
        }
    }

    /// Asks for the training that was ordered once the workflow is checked as it now is: the click that orders it
    /// may have ended an edit.
    pub(super) fn begin_training(&mut self) {
        if self.wants_to_train.is_none() {
            return;
        }
        if self.wants_to_train != self.number() {
            // Another workflow came to the front.
            self.wants_to_train = None;
        } else if self.tab().is_some_and(Tab::is_checked) {
            self.wants_to_train = None;
            if self.tab().is_some_and(|tab| tab.sound().is_some()) {
                self.requests.push(Request::Train);
            }
        }
    }

    pub(super) fn next_problem(&mut self) {
        let Some(tab) = self.tab_mut() else { return };
        let all = problems::sorted(&tab.findings.diagnostics);
        let nodes: Vec<String> = all.iter().filter_map(|found| found.node.clone()).collect();
        let current = tab.selection.nodes.first().and_then(|id| nodes.iter().position(|n| n == id));
        let next = current.map_or(0, |i| i + 1);
        if let Some(node) = nodes.get(next).or(nodes.first()).cloned() {
            tab.show_node(&node);
        }
    }

    pub(super) fn mend_first(&mut self) {
        let kinds = self.kinds.clone();
        let Some(tab) = self.tab_mut() else { return };
        let all = problems::sorted(&tab.findings.diagnostics);
        let first = all.iter().find_map(|found| remedy(found, tab.plan(), kinds.registry()));
        if let Some(remedy) = first {
            tab.edit(kinds.registry(), &remedy.edit);
        }
    }
}

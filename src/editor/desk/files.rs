//! What is open: from files, into files, beside them; and what is checked of it.

use super::super::dialog::Dialog;
use super::super::picture::{self, Format};
use super::super::tab::Tab;
use super::{AUTOSAVE, Editor, LOOK, MOST_RECENT, Request};
use crate::workflow::{Document, Overwrite, WorkflowFile};
use bevy_egui::egui;
use std::path::{Path, PathBuf};
use std::time::Instant;

impl Editor {
    /// Opens a file, or goes to it if it is open.
    pub(crate) fn open(&mut self, path: &Path) -> Result<(), String> {
        let same = |tab: &Tab| {
            let of = |path: &Path| std::fs::canonicalize(path).ok();
            tab.path()
                .is_some_and(|open| open == path || (of(open) == of(path) && of(path).is_some()))
        };
        if let Some(i) = self.tabs.iter().position(same) {
            self.active = i;
            return Ok(());
        }
        let tab = Tab::open(path, self.kinds.registry())?;
        self.push(tab);
        self.remember(path);
        Ok(())
    }

    /// Opens an empty workflow.
    pub(crate) fn open_new(&mut self) {
        let name = match self.tabs.iter().filter(|tab| tab.path().is_none()).count() {
            0 => "untitled".to_owned(),
            n => format!("untitled {}", n + 1),
        };
        let tab = Tab::new(&name, Document::empty(), self.kinds.registry());
        let file = self.shelter.as_ref().map(|folder| folder.join(format!("{name}.json")));
        self.push(match file {
            Some(file) => tab.sheltered(WorkflowFile::new(file)),
            None => tab,
        });
    }

    pub(super) fn push(&mut self, tab: Tab) {
        self.tabs.push(tab);
        self.numbers.push(self.next_number);
        self.next_number += 1;
        self.active = self.tabs.len() - 1;
        self.palette = None;
    }

    pub(super) fn remember(&mut self, path: &Path) {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        self.habits.recent.retain(|other| *other != path);
        self.habits.recent.insert(0, path);
        self.habits.recent.truncate(MOST_RECENT);
    }

    /// Writes what is not saved beside the files, at once.
    pub(crate) fn autosave(&mut self) {
        self.tabs.iter_mut().for_each(Tab::autosave);
        self.changed = None;
    }

    /// The scenes that there are change with the workflow that is active, and when somebody adds one.
    pub(super) fn list_scenes(&mut self) {
        let path = self.tab().and_then(Tab::path).map(Path::to_path_buf);
        let library = (self.scenes)(path.as_deref());
        self.scenes_folder = library.folder().to_path_buf();
        self.scene_names = (path, library.names());
    }

    pub(super) fn save(&mut self) {
        let Some(tab) = self.tab_mut() else { return };
        if tab.path().is_none() {
            self.save_as();
            return;
        }
        if let Err(error) = tab.save(Overwrite::No) {
            self.dialog = Some(Dialog::overwrite(error.to_string(), None));
        }
    }

    /// Writes the drawing as a picture beside its file, under a name that no file has.
    pub(super) fn save_picture(&mut self, format: Format) {
        let theme = self.theme;
        let Some(tab) = self.tab_mut() else { return };
        let folder = tab.path().and_then(Path::parent).unwrap_or(Path::new("")).to_path_buf();
        let name = |n: u32| match n {
            1 => folder.join(format!("{}.{}", tab.name(), format.ending())),
            n => folder.join(format!("{}-{n}.{}", tab.name(), format.ending())),
        };
        let path = (1..).map(name).find(|path| !path.exists()).unwrap_or_else(|| name(0));
        let written = picture::picture(tab, theme, format)
            .map_err(|error| error.to_string())
            .and_then(|bytes| {
                crate::session::write_atomically(&path, &bytes).map_err(|error| error.to_string())
            });
        tab.error_message = Some(match written {
            Ok(()) => {
                format!("The drawing is in {}; opened here, it is the workflow.", path.display())
            }
            Err(problem) => problem,
        });
    }

    pub(super) fn save_as(&mut self) {
        let Some(tab) = self.tab() else { return };
        let path = match tab.path() {
            Some(path) => path.to_path_buf(),
            None => PathBuf::from("workflows").join(format!("{}.json", tab.name())),
        };
        self.dialog = Some(Dialog::save_as(&path));
    }

    /// Closes a workflow; one with unsaved work is asked about.
    pub(super) fn close(&mut self, i: usize) {
        let Some(tab) = self.tabs.get(i) else { return };
        if tab.is_dirty() {
            self.active = i;
            self.dialog = Some(Dialog::close(tab.name()));
            return;
        }
        self.remove(i);
    }

    pub(super) fn remove(&mut self, i: usize) {
        let tab = self.tabs.remove(i);
        self.numbers.remove(i);
        if let Err(error) = tab.discard() {
            self.tell("Something is left", error.to_string());
        }
        self.active = self.active.min(self.tabs.len().saturating_sub(1));
        self.palette = None;
        if self.tabs.is_empty() {
            self.requests.push(Request::StartPage);
        }
    }

    pub(super) fn ask_check(&mut self, ctx: &egui::Context) {
        for (tab, number) in self.tabs.iter().zip(&self.numbers) {
            if self.asked.get(number) != Some(&tab.revision()) {
                self.asked.insert(*number, tab.revision());
                let scenes = (self.scenes)(tab.path());
                let state = (*number, tab.revision());
                self.checker.ask(state, tab.document().clone(), scenes, ctx);
                self.changed.get_or_insert_with(Instant::now);
            }
        }
    }

    pub(super) fn take_results(&mut self) {
        for (number, findings) in self.checker.results() {
            let place = self.numbers.iter().position(|other| *other == number);
            if let Some(tab) = place.map(|i| &mut self.tabs[i]) {
                tab.take_findings(findings);
            }
        }
    }

    /// Writes what was changed beside the files, soon after.
    pub(super) fn keep(&mut self, ctx: &egui::Context) {
        let Some(changed) = self.changed else { return };
        match AUTOSAVE.checked_sub(changed.elapsed()) {
            Some(left) => ctx.request_repaint_after(left),
            None => self.autosave(),
        }
    }

    pub(super) fn look_outside(&mut self, ctx: &egui::Context) {
        let path = self.tab().and_then(Tab::path);
        if path != self.scene_names.0.as_deref() {
            self.list_scenes();
        }
        let scenes = self.scenes_folder.clone();
        let files = self.tabs.iter().filter_map(Tab::path).map(Path::to_path_buf);
        self.watcher.watch(files.chain([scenes]).collect(), ctx);
        if self.watcher.has_news() || self.looked.elapsed() >= LOOK {
            self.looked = Instant::now();
            self.list_scenes();
            self.tabs.iter_mut().for_each(Tab::look_outside);
        }
    }
}

//! All that is open, and what stands around the canvas.

mod files;
mod orders;
mod panes;

use super::bar::{self, STATUS, TOP};
use super::check::Checker;
use super::command::Command;
use super::dialog::Dialog;
use super::differences::Differences;
use super::keymap::Keymap;
use super::library::Library;
use super::page::Shown;
use super::palette::Palette;
use super::run::RunView;
use super::settings::Settings;
use super::tab::Tab;
use super::tour::Tour;
use super::watcher::Watcher;
use super::{code, export, look};
use crate::nodes::Kinds;
use crate::scene::SceneLibrary;
use bevy_egui::egui::{self, Rect, pos2};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

const SIDEBAR: f32 = 196.0;
const WIDE_SIDEBAR: f32 = 236.0;
const WIDE: f32 = 1500.0;
/// In less the canvas stands alone.
const LEAST_WITH_SIDEBAR: f32 = 800.0;
/// What was changed is written beside the file this long after, at the latest.
const AUTOSAVE: Duration = Duration::from_millis(500);
/// How often files are looked at for changes from outside.
const LOOK: Duration = Duration::from_secs(2);
/// How often what to do next was found before it is shown again.
const MOST_RECENT: usize = 12;

/// What a person arranged and used, kept from window to window.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Habits {
    pub sidebar: bool,
    pub minimap: bool,
    pub problems: bool,
    pub code: bool,
    pub snap: bool,
    /// Whether a drag on empty canvas selects, and the wheel moves the canvas.
    pub selects: bool,
    /// How often each kind was added.
    pub usage: HashMap<String, u32>,
    pub recent: Vec<PathBuf>,
    /// Whether the tour was taken or left.
    pub saw_tour: bool,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            sidebar: true,
            minimap: true,
            problems: true,
            code: false,
            snap: false,
            selects: false,
            usage: HashMap::new(),
            recent: Vec::new(),
            saw_tour: false,
        }
    }
}

/// What the editor asks of the program around it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Request {
    /// To train the active workflow, which is sound.
    Train,
    Pause,
    Stop,
    /// To stop, and to go on from where that was with these settings (`NODE.PARAM=VALUE`).
    GoOn(Vec<String>),
    /// To stop, and to train anew.
    TrainAnew,
    /// To show a scene's robot.
    Look(String),
    Theme,
    StartPage,
    /// To show canvas, view or both.
    Arrange(Shown),
}

/// Where a workflow's scenes are, by where its file is; none of one that has no file.
pub(crate) type Scenes = Arc<dyn Fn(Option<&Path>) -> SceneLibrary + Send + Sync>;

/// The editor.
pub(crate) struct Editor {
    kinds: Arc<Kinds>,
    scenes: Scenes,
    /// Names of the scenes of the active workflow, and whose they are.
    scene_names: (Option<PathBuf>, Vec<String>),
    /// Where they are.
    scenes_folder: PathBuf,
    settings: Option<Settings>,
    tabs: Vec<Tab>,
    active: usize,
    /// For the checker: of each tab a number that stays.
    numbers: Vec<usize>,
    next_number: usize,
    /// The states that were given to the checker.
    asked: HashMap<usize, u64>,
    checker: Checker,
    clipboard: String,
    /// Whether it is to be given to the window system.
    is_copied: bool,
    palette: Option<Palette>,
    library: Library,
    code: code::Panel,
    dialog: Option<Dialog>,
    tour: Option<Tour>,
    export: export::Panel,
    pub habits: Habits,
    pub keymap: Keymap,
    changed: Option<Instant>,
    looked: Instant,
    watcher: Watcher,
    requests: Vec<Request>,
    /// The workflow, by its number, whose training is asked for once it is checked.
    wants_to_train: Option<usize>,
    /// How the workflow differed from the training when somebody said that this may stay so.
    left_differences: Differences,
    theme: egui::Theme,
    shelter: Option<PathBuf>,
}

impl Editor {
    /// Without anything open. The work of workflows without a file is kept in the folder `shelter`.
    pub(crate) fn new(
        kinds: Arc<Kinds>,
        scenes: Scenes,
        habits: Habits,
        shelter: Option<PathBuf>,
    ) -> Self {
        Self {
            scene_names: (None, scenes(None).names()),
            scenes_folder: scenes(None).folder().to_path_buf(),
            checker: Checker::new(kinds.clone()),
            scenes,
            settings: None,
            kinds,
            tabs: Vec::new(),
            active: 0,
            numbers: Vec::new(),
            next_number: 0,
            asked: HashMap::new(),
            clipboard: String::new(),
            is_copied: false,
            palette: None,
            library: Library::default(),
            code: code::Panel::default(),
            dialog: None,
            tour: (!habits.saw_tour).then(Tour::default),
            export: export::Panel::default(),
            habits,
            keymap: Keymap::default(),
            changed: None,
            looked: Instant::now(),
            watcher: Watcher::default(),
            requests: Vec::new(),
            wants_to_train: None,
            left_differences: Differences::default(),
            theme: egui::Theme::Dark,
            shelter,
        }
    }

    pub(crate) fn tab(&self) -> Option<&Tab> {
        self.tabs.get(self.active)
    }

    pub(crate) fn tab_mut(&mut self) -> Option<&mut Tab> {
        self.tabs.get_mut(self.active)
    }

    #[cfg(test)]
    pub(crate) fn tabs(&self) -> &[Tab] {
        &self.tabs
    }

    /// Whether the dialogue for exports is open.
    #[cfg(test)]
    pub(crate) fn exports(&self) -> bool {
        self.export.is_open
    }

    #[cfg(test)]
    pub(crate) fn is_touring(&self) -> bool {
        self.tour.is_some()
    }

    /// The folder of a scene that the workflow in front may name.
    pub(crate) fn scene(&self, name: &str) -> PathBuf {
        let plain = |name: &str| name.to_lowercase().replace('_', "");
        let library = (self.scenes)(self.tab().and_then(Tab::path));
        let names = library.names();
        let folder = names.iter().find(|folder| plain(folder) == plain(name));
        library.folder().join(folder.map_or(name, String::as_str))
    }

    /// Of the workflow in front: a number that it has as long as it is open.
    pub(crate) fn number(&self) -> Option<usize> {
        self.numbers.get(self.active).copied()
    }

    /// Lets the canvas show everything that is open in front, once it is drawn next.
    pub(crate) fn see_all(&mut self) {
        if let Some(tab) = self.tab_mut() {
            tab.is_unseen = true;
        }
    }

    /// Whether something lies over the canvas that has the mouse.
    fn is_covered(&self) -> bool {
        self.palette.is_some()
            || self.dialog.is_some()
            || self.settings.is_some()
            || self.export.is_open
    }

    /// Whether keys go into a field.
    pub(crate) fn is_writing(&self) -> bool {
        self.palette.is_some()
            || self.dialog.is_some()
            || self.export.is_open
            || self.settings.is_some()
            || self.tab().is_some_and(|tab| tab.state.is_writing())
    }

    /// Says something in a window that must be answered.
    pub(crate) fn tell(&mut self, title: &str, text: String) {
        self.dialog = Some(Dialog::tell(title, text));
    }

    /// Shows all of it in the room of a ui; what is asked of the program around it is returned.
    /// The canvas and what stands around it take so much of the width; the rest is another's. Keys are for the
    /// canvas if it has the focus.
    pub(crate) fn show(
        &mut self,
        ui: &mut egui::Ui,
        run: &RunView,
        width: f32,
        has_focus: bool,
    ) -> Vec<Request> {
        look::apply(ui);
        self.theme = ui.ctx().theme();
        self.take_results();
        self.look_outside(ui.ctx());
        let area = ui.max_rect();
        let top = Rect::from_min_max(area.min, pos2(area.right(), area.top() + TOP));
        let status = Rect::from_min_max(pos2(area.left(), area.bottom() - STATUS), area.max);
        let right = (area.left() + width).min(area.right());
        let middle = Rect::from_min_max(top.left_bottom(), pos2(right, status.top()));
        if has_focus {
            self.keys(ui, run);
        }
        if let Some(chosen) = bar::top(ui, top, &self.tabs, self.active, run, &self.keymap) {
            match chosen {
                bar::Chosen::Command(command) => self.command(command, run),
                bar::Chosen::Tab(i) => self.active = i,
                bar::Chosen::Close(_) if run.progress().is_some() => {
                    self.command(Command::Close, run);
                }
                bar::Chosen::Close(i) => self.close(i),
                bar::Chosen::Arrange(shown) => self.requests.push(Request::Arrange(shown)),
            }
        }
        if middle.width() > 0.0 {
            self.middle(ui, middle, run);
        }
        bar::status(ui, status, self.tabs.get(self.active), run, &self.keymap);
        self.show_palette(ui);
        self.show_export(ui);
        self.show_dialog(ui, run);
        if self.settings.as_mut().is_some_and(|it| it.show(ui, &mut self.habits)) {
            self.settings = None;
        }
        self.show_tour(ui);
        if std::mem::take(&mut self.is_copied) && !self.clipboard.is_empty() {
            ui.ctx().copy_text(self.clipboard.clone());
        }
        self.ask_check(ui.ctx());
        self.begin_training();
        self.keep(ui.ctx());
        std::mem::take(&mut self.requests)
    }
}

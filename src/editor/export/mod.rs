//! The dialogue that writes the workflow as a Rust program, builds it and runs it. It does what `dnne export` does,
//! by the command line that it shows.

mod job;

use super::canvas::Icon;
use super::look;
use super::parts::{self, Look};
use super::tab::Tab;
use bevy_egui::egui::{self, Key, Rect, RichText, Sense, Stroke, StrokeKind, vec2};
use job::{Job, Log};
use std::path::{Path, PathBuf};

const WIDTH: f32 = 860.0;

/// What the dialogue keeps, also while it is closed.
#[derive(Default)]
pub(crate) struct Panel {
    pub is_open: bool,
    /// The workflow that the rest is about.
    name: String,
    folder: String,
    own: String,
    vendor: bool,
    update: bool,
    seed: String,
    timeout: String,
    has_window: bool,
    other: String,
    log: Log,
    job: Option<Job>,
    /// How the last one ended, and how long it took.
    ended: Option<(bool, f32)>,
}

/// What the dialogue asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The workflow saved, then the command; with the program run or not.
    Export {
        runs: bool,
    },
    Close,
}

impl Panel {
    /// Opens it for a workflow.
    pub(crate) fn open(&mut self, tab: &Tab) {
        self.is_open = true;
        if self.name != tab.name() {
            self.name = tab.name().to_owned();
            self.folder = format!("exports/{}", tab.name());
            self.ended = None;
        }
    }

    /// The arguments of `dnne` that do what is chosen.
    pub(crate) fn arguments(&self, workflow: &Path, runs: bool) -> Vec<String> {
        let mut words = vec!["export".to_owned(), workflow.display().to_string()];
        words.extend(["--to".to_owned(), self.folder.trim().to_owned()]);
        let own: Vec<&str> = self.own.split([',', ' ']).filter(|it| !it.is_empty()).collect();
        if !own.is_empty() {
            words.extend(["--own".to_owned(), own.join(",")]);
        }
        for (is_on, flag) in [(self.vendor, "--vendor"), (self.update, "--update")] {
            if is_on {
                words.push(flag.to_owned());
            }
        }
        if runs {
            words.push("--run".to_owned());
            let options = self.options();
            if !options.is_empty() {
                words.push("--".to_owned());
                words.extend(options);
            }
        }
        words
    }

    /// The options of the program.
    fn options(&self) -> Vec<String> {
        let mut options = Vec::new();
        for (value, flag) in [(&self.seed, "--seed"), (&self.timeout, "--timeout")] {
            if !value.trim().is_empty() {
                options.extend([flag.to_owned(), value.trim().to_owned()]);
            }
        }
        if self.has_window {
            options.push("--visual".to_owned());
        }
        options.extend(self.other.split_whitespace().map(str::to_owned));
        options
    }

    /// Begins the command; what it says goes into the log.
    pub(crate) fn begin(&mut self, workflow: &Path, runs: bool) {
        let words = self.arguments(workflow, runs);
        self.log.clear();
        self.ended = None;
        match Job::begin(&words, &self.log) {
            Ok(job) => self.job = Some(job),
            Err(error) => self.log.say(format!("the command cannot be run: {error}")),
        }
    }

    /// Looks whether the command has ended.
    fn attend(&mut self) {
        let Some(job) = &mut self.job else { return };
        match job.ended() {
            Ok(None) => {}
            Ok(Some(went_well)) => {
                self.ended = Some((went_well, job.seconds()));
                self.job = None;
            }
            Err(error) => {
                self.job = None;
                self.log.say(format!("how the command ended is unknown: {error}"));
            }
        }
    }

    /// Shows the dialogue.
    pub(crate) fn show(&mut self, ui: &egui::Ui, tab: &Tab) -> Option<Wanted> {
        self.attend();
        let colours = look::colours(ui.ctx());
        let whole = ui.ctx().content_rect();
        super::dialog::dim(ui, whole);
        let mut wanted = None;
        egui::Area::new(egui::Id::new("export"))
            .order(egui::Order::Foreground)
            .pivot(egui::Align2::CENTER_TOP)
            .fixed_pos(whole.center_top() + vec2(0.0, whole.height() * 0.08))
            .constrain_to(whole.shrink(12.0))
            .show(ui.ctx(), |ui| {
                look::apply(ui);
                egui::Frame::new()
                    .fill(colours.panel)
                    .stroke(Stroke::new(1.0, colours.edge))
                    .corner_radius(12)
                    .inner_margin(22)
                    .show(ui, |ui| {
                        ui.set_width(WIDTH.min(whole.width() - 70.0));
                        wanted = self.body(ui, tab);
                    });
            });
        if self.job.is_some() {
            ui.ctx().request_repaint_after(std::time::Duration::from_millis(100));
        }
        let escape = ui.input(|input| input.key_pressed(Key::Escape));
        if escape && wanted.is_none() { Some(Wanted::Close) } else { wanted }
    }

    fn body(&mut self, ui: &mut egui::Ui, tab: &Tab) -> Option<Wanted> {
        let colours = look::colours(ui.ctx());
        let mut wanted = None;
        ui.horizontal(|ui| {
            let title = RichText::new("Export as a Rust program").font(look::strong(17.0));
            ui.label(title.color(colours.text));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if parts::button(ui, Some(Icon::Cross), "", Look::Ghost, true).clicked() {
                    wanted = Some(Wanted::Close);
                }
            });
        });
        parts::small(
            ui,
            "A cargo project of your own: change a number, a wire, a node.",
            colours.text2,
        );
        ui.add_space(10.0);
        ui.columns(2, |columns| {
            self.choices(&mut columns[0], tab);
            self.progress(&mut columns[1], tab);
        });
        ui.add_space(10.0);
        ui.separator();
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let is_ready = self.job.is_none() && tab.findings.graph.is_some();
            let look = if is_ready { Look::Primary } else { Look::Plain };
            if parts::button(ui, Some(Icon::Play), "Build and run", look, is_ready).clicked() {
                wanted = Some(Wanted::Export { runs: true });
            }
            if parts::button(ui, Some(Icon::Export), "Export", Look::Plain, is_ready).clicked() {
                wanted = Some(Wanted::Export { runs: false });
            }
            let is_running = self.job.is_some();
            let stop = parts::button(ui, Some(Icon::Stop), "Stop", Look::Plain, is_running);
            if let Some(job) = self.job.as_mut().filter(|_| stop.clicked()) {
                job.stop();
            }
            let note = match (tab.findings.graph.is_some(), tab.is_dirty()) {
                (false, _) => "there are errors; close this and look at the list of problems",
                (_, true) => "the workflow is saved first",
                _ => "",
            };
            parts::small(ui, note, colours.text3);
        });
        wanted
    }

    fn choices(&mut self, ui: &mut egui::Ui, tab: &Tab) {
        let colours = look::colours(ui.ctx());
        label(ui, "Folder");
        line(ui, &mut self.folder, "exports/name", f32::INFINITY);
        let folder = PathBuf::from(self.folder.trim());
        let (icon, text, colour) = match (folder.exists(), self.update) {
            (false, false) => (Icon::Check, "a new folder", colours.running),
            (false, true) => {
                (Icon::Check, "a new folder; there is nothing to update", colours.text3)
            }
            (true, true) => {
                (Icon::Check, "is written again; files that you have edited stay", colours.running)
            }
            (true, false) => {
                (Icon::Warning, "is there already: update it, or name another", colours.warning)
            }
        };
        ui.horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(16.0, 16.0), Sense::hover());
            icon.paint(ui.painter(), rect.center(), 0.7, colour);
            parts::small(ui, text, colour);
        });
        ui.add_space(8.0);
        label(ui, "What goes in");
        switch(
            ui,
            &mut self.update,
            "Update what was exported before",
            "files that you have edited stay",
        );
        switch(
            ui,
            &mut self.vendor,
            "The library's source inside",
            "for a machine without DNNE; builds longer",
        );
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            ui.label("Own copies of nodes");
            let ids = tab.selection.node_list(tab.canvas()).join(",");
            if !ids.is_empty() && ui.small_button("those selected").clicked() {
                self.own = ids;
            }
            if ui.small_button("all").clicked() {
                "all".clone_into(&mut self.own);
            }
            if ui.small_button("none").clicked() {
                self.own.clear();
            }
        });
        line(ui, &mut self.own, "ids such as 5,6, or all", f32::INFINITY);
        ui.add_space(8.0);
        label(ui, "When it runs");
        ui.horizontal(|ui| {
            ui.label("seed");
            line(ui, &mut self.seed, "1", 60.0);
            ui.label("time limit");
            line(ui, &mut self.timeout, "none", 70.0);
            ui.checkbox(&mut self.has_window, "window");
        });
        ui.horizontal(|ui| {
            ui.label("other options");
            line(ui, &mut self.other, "--set PPOTrainerNode.epochs=10", f32::INFINITY);
        });
    }

    fn progress(&mut self, ui: &mut egui::Ui, tab: &Tab) {
        let colours = look::colours(ui.ctx());
        let path = tab
            .path()
            .map_or_else(|| PathBuf::from(format!("{}.json", tab.name())), Path::to_path_buf);
        let words: Vec<String> =
            self.arguments(&path, true).iter().map(|word| quoted(word)).collect();
        let command = format!("dnne {}", words.join(" "));
        ui.horizontal(|ui| {
            label(ui, "Command line");
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if ui.small_button("copy").clicked() {
                    ui.ctx().copy_text(command.clone());
                }
            });
        });
        framed(ui, 64.0, |ui| {
            ui.add(egui::Label::new(RichText::new(&command).font(look::mono(11.5))).wrap());
        });
        ui.add_space(6.0);
        ui.horizontal(|ui| {
            label(ui, "Log");
            let (text, colour) = match (&self.job, self.ended) {
                (Some(job), _) => {
                    (format!("running \u{b7} {:.0} s", job.seconds()), colours.running)
                }
                (None, Some((true, secs))) => (format!("done in {secs:.0} s"), colours.running),
                (None, Some((false, secs))) => (format!("failed after {secs:.0} s"), colours.error),
                (None, None) => (String::new(), colours.text3),
            };
            parts::small(ui, text, colour);
        });
        framed(ui, 250.0, |ui| {
            let rows = egui::ScrollArea::both().auto_shrink([false, false]).stick_to_bottom(true);
            rows.show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 1.0;
                for line in self.log.lines().iter() {
                    let text = RichText::new(line).font(look::mono(11.0)).color(colours.text2);
                    ui.add(egui::Label::new(text).extend());
                }
            });
        });
    }
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./=,:+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

fn label(ui: &mut egui::Ui, text: &str) {
    let colours = look::colours(ui.ctx());
    ui.label(RichText::new(text).font(look::strong(12.5)).color(colours.text2));
}

fn line(ui: &mut egui::Ui, text: &mut String, hint: &str, width: f32) {
    let edit = egui::TextEdit::singleline(text)
        .hint_text(hint)
        .font(look::mono(11.5))
        .margin(egui::Margin::symmetric(8, 5))
        .desired_width(width);
    ui.add(edit);
}

fn switch(ui: &mut egui::Ui, is_on: &mut bool, title: &str, about: &str) {
    let colours = look::colours(ui.ctx());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 42.0), Sense::click());
    let ground = if response.hovered() { colours.hover } else { colours.raised };
    let edge = Stroke::new(1.0, colours.line);
    ui.painter().rect(rect, 6.0, ground, edge, StrokeKind::Inside);
    let at = rect.left_center() + vec2(12.0, -8.0);
    let room = rect.width() - 60.0;
    let (strong, small) = (look::strong(12.5), look::regular(11.5));
    let left = egui::Align2::LEFT_CENTER;
    parts::text_at(ui, at, left, title, strong, colours.text, room);
    let at = rect.left_center() + vec2(12.0, 9.0);
    parts::text_at(ui, at, left, about, small, colours.text3, room);
    let track = Rect::from_center_size(rect.right_center() - vec2(26.0, 0.0), vec2(26.0, 14.0));
    let (fill, knob) =
        if *is_on { (colours.fill, colours.on_fill) } else { (colours.hover, colours.text3) };
    let edge = if *is_on { colours.fill } else { colours.edge };
    ui.painter().rect(track, 7.0, fill, Stroke::new(1.0, edge), StrokeKind::Inside);
    let x = if *is_on { track.right() - 7.0 } else { track.left() + 7.0 };
    ui.painter().circle_filled(egui::pos2(x, track.center().y), 4.6, knob);
    if response.clicked() {
        *is_on = !*is_on;
    }
    ui.add_space(2.0);
}

fn framed(ui: &mut egui::Ui, height: f32, add: impl FnOnce(&mut egui::Ui)) {
    let colours = look::colours(ui.ctx());
    let size = vec2(ui.available_width(), height);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let edge = Stroke::new(1.0, colours.line);
    ui.painter().rect(rect, 6.0, colours.inset, edge, StrokeKind::Inside);
    parts::within(ui, ("export frame", rect.top() as i32), rect.shrink(8.0), add);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_says_what_is_chosen() {
        let mut panel = Panel { folder: "exports/cart pole".to_owned(), ..Panel::default() };
        let path = Path::new("workflows/cartpole.json");
        let plain = ["export", "workflows/cartpole.json", "--to", "exports/cart pole"];
        assert_eq!(panel.arguments(path, false), plain);
        panel.own = "5, 6".to_owned();
        panel.update = true;
        panel.seed = "7".to_owned();
        panel.has_window = true;
        panel.other = "--updates 3".to_owned();
        let words = panel.arguments(path, true);
        let expected = "--own 5,6 --update --run -- --seed 7 --visual --updates 3";
        assert_eq!(words[4..].join(" "), expected);
        assert_eq!(quoted(&words[3]), "'exports/cart pole'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
    }
}

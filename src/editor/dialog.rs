//! Windows that want an answer: names of files, what to do with unsaved work, a node to be found, the shortcuts.

use super::command::Command;
use super::keymap::Keymap;
use super::look;
use super::parts::{self, Look};
use super::shortcuts::Shortcuts;
use super::tab::Tab;
use crate::workflow::Overwrite;
use bevy_egui::egui::{self, Color32, Key, Rect, Sense, Stroke, vec2};
use std::path::{Path, PathBuf};

/// A window that wants an answer.
pub(crate) struct Dialog {
    kind: Kind,
    is_new: bool,
}

enum Kind {
    Tell {
        title: String,
        text: String,
    },
    Open {
        path: String,
        recent: Vec<PathBuf>,
    },
    SaveAs {
        path: String,
    },
    /// Saving was refused as another's work would be lost.
    Overwrite {
        why: String,
        path: Option<PathBuf>,
    },
    Close {
        name: String,
    },
    Find {
        search: String,
    },
    Shortcuts(Shortcuts),
}

/// How it ended, if it has.
pub(crate) enum Done {
    Not,
    Left,
    Command(Command),
    Show(String),
    Open(PathBuf),
    Save(Option<PathBuf>, Overwrite),
    CloseSaved,
    CloseUnsaved,
}

impl Dialog {
    fn of(kind: Kind) -> Self {
        Self { kind, is_new: true }
    }

    pub(crate) fn tell(title: &str, text: String) -> Self {
        Self::of(Kind::Tell { title: title.to_owned(), text })
    }

    pub(crate) fn open(recent: &[PathBuf]) -> Self {
        Self::of(Kind::Open { path: String::new(), recent: recent.to_vec() })
    }

    pub(crate) fn save_as(path: &Path) -> Self {
        Self::of(Kind::SaveAs { path: path.display().to_string() })
    }

    pub(crate) fn overwrite(why: String, path: Option<PathBuf>) -> Self {
        Self::of(Kind::Overwrite { why, path })
    }

    pub(crate) fn close(name: &str) -> Self {
        Self::of(Kind::Close { name: name.to_owned() })
    }

    pub(crate) fn find() -> Self {
        Self::of(Kind::Find { search: String::new() })
    }

    pub(crate) fn shortcuts() -> Self {
        Self::of(Kind::Shortcuts(Shortcuts::default()))
    }

    /// Shows it over everything else, which is dimmed. Keys are changed in the list of shortcuts.
    pub(crate) fn show(&mut self, ui: &egui::Ui, tab: Option<&Tab>, keymap: &mut Keymap) -> Done {
        let colours = look::colours(ui.ctx());
        let whole = ui.ctx().content_rect();
        dim(ui, whole);
        let mut done = Done::Not;
        let is_new = std::mem::take(&mut self.is_new);
        egui::Area::new(egui::Id::new("dialog"))
            .order(egui::Order::Foreground)
            .pivot(egui::Align2::CENTER_TOP)
            .fixed_pos(whole.center_top() + vec2(0.0, whole.height() * 0.14))
            .constrain_to(whole.shrink(12.0))
            .show(ui.ctx(), |ui| {
                look::apply(ui);
                egui::Frame::new()
                    .fill(colours.panel)
                    .stroke(Stroke::new(1.0, colours.edge))
                    .corner_radius(12)
                    .inner_margin(18)
                    .show(ui, |ui| {
                        done = match &mut self.kind {
                            Kind::Tell { title, text } => tell(ui, title, text),
                            Kind::Open { path, recent } => open(ui, path, recent, is_new),
                            Kind::SaveAs { path } => save_as(ui, path, is_new),
                            Kind::Overwrite { why, path } => overwrite(ui, why, path.as_ref()),
                            Kind::Close { name } => close(ui, name),
                            Kind::Find { search } => find(ui, search, tab, is_new),
                            Kind::Shortcuts(shortcuts) => shortcuts.show(ui, keymap, is_new),
                        };
                    });
            });
        let escape = ui.input(|input| input.key_pressed(Key::Escape));
        if escape && matches!(done, Done::Not) { Done::Left } else { done }
    }
}

pub(super) fn dim(ui: &egui::Ui, whole: Rect) {
    let shade = match ui.ctx().theme() {
        egui::Theme::Dark => Color32::from_black_alpha(158),
        egui::Theme::Light => Color32::from_black_alpha(115),
    };
    egui::Area::new(egui::Id::new("dialog ground"))
        .order(egui::Order::Middle)
        .fixed_pos(whole.min)
        .show(ui.ctx(), |ui| {
            let (rect, _) = ui.allocate_exact_size(whole.size(), Sense::click_and_drag());
            ui.painter().rect_filled(rect, 0.0, shade);
        });
}

pub(super) fn heading(ui: &mut egui::Ui, text: &str) {
    let colours = look::colours(ui.ctx());
    ui.label(egui::RichText::new(text).font(look::strong(17.0)).color(colours.text));
    ui.add_space(4.0);
}

/// Buttons at the right, the one that matters most last; the one that was pressed.
fn buttons(ui: &mut egui::Ui, names: &[&str]) -> Option<usize> {
    let mut pressed = None;
    ui.add_space(10.0);
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        for (i, name) in names.iter().enumerate().rev() {
            let look = if i + 1 == names.len() { Look::Primary } else { Look::Plain };
            if parts::button(ui, None, name, look, true).clicked() {
                pressed = Some(i);
            }
        }
    });
    pressed
}

pub(super) fn field(ui: &mut egui::Ui, text: &mut String, hint: &str, is_new: bool) -> bool {
    let edit = egui::TextEdit::singleline(text)
        .hint_text(hint)
        .font(look::mono(12.5))
        .margin(egui::Margin::symmetric(8, 6))
        .desired_width(f32::INFINITY);
    let response = ui.add(edit);
    if is_new {
        response.request_focus();
    }
    ui.input(|input| input.key_pressed(Key::Enter))
}

fn tell(ui: &mut egui::Ui, title: &str, text: &str) -> Done {
    ui.set_width(460.0);
    heading(ui, title);
    egui::ScrollArea::vertical().max_height(300.0).show(ui, |ui| ui.label(text));
    let enter = ui.input(|input| input.key_pressed(Key::Enter));
    if buttons(ui, &["OK"]).is_some() || enter { Done::Left } else { Done::Not }
}

fn open(ui: &mut egui::Ui, path: &mut String, recent: &[PathBuf], is_new: bool) -> Done {
    ui.set_width(560.0);
    heading(ui, "Open a workflow");
    let mut done = Done::Not;
    if field(ui, path, "path of a file, or a part of a name below", is_new) && !path.is_empty() {
        let typed = PathBuf::from(path.trim());
        let listed = listed(recent);
        let found = listed.into_iter().find(|it| is_meant(it, path));
        done = Done::Open(if typed.is_file() { typed } else { found.unwrap_or(typed) });
    }
    ui.add_space(6.0);
    egui::ScrollArea::vertical().max_height(320.0).auto_shrink([false, true]).show(ui, |ui| {
        let mut shown = 0;
        for file in listed(recent).iter().filter(|file| is_meant(file, path)) {
            let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let folder = file.parent().map(|it| it.display().to_string()).unwrap_or_default();
            let colours = look::colours(ui.ctx());
            let folder = egui::RichText::new(folder).font(look::regular(11.0)).color(colours.text3);
            let row = egui::Button::new(name)
                .right_text(folder)
                .frame_when_inactive(false)
                .min_size(vec2(ui.available_width(), 26.0));
            if ui.add(row).clicked() {
                done = Done::Open(file.clone());
            }
            shown += 1;
        }
        if shown == 0 {
            ui.weak("There is no such file here; Enter opens the path as written.");
        }
    });
    match buttons(ui, &["Cancel", "Open"]) {
        Some(0) => Done::Left,
        Some(_) if !path.trim().is_empty() => Done::Open(PathBuf::from(path.trim())),
        _ => done,
    }
}

/// What was open before, then the workflows of the folder.
pub(crate) fn listed(recent: &[PathBuf]) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = recent.iter().filter(|path| path.is_file()).cloned().collect();
    let folder = std::fs::read_dir("workflows").into_iter().flatten().flatten();
    let mut here: Vec<PathBuf> = folder
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .filter_map(|path| std::path::absolute(path).ok())
        .collect();
    here.sort();
    here.retain(|path| !files.contains(path));
    files.extend(here);
    files
}

fn is_meant(file: &Path, typed: &str) -> bool {
    file.display().to_string().to_lowercase().contains(&typed.trim().to_lowercase())
}

fn save_as(ui: &mut egui::Ui, path: &mut String, is_new: bool) -> Done {
    ui.set_width(560.0);
    heading(ui, "Save the workflow as");
    let enter = field(ui, path, "workflows/name.json", is_new);
    let pressed = buttons(ui, &["Cancel", "Save"]);
    match pressed {
        Some(0) => Done::Left,
        _ if (enter || pressed == Some(1)) && !path.trim().is_empty() => {
            let mut path = PathBuf::from(path.trim());
            if path.extension().is_none() {
                path.set_extension("json");
            }
            Done::Save(Some(path), Overwrite::No)
        }
        _ => Done::Not,
    }
}

fn overwrite(ui: &mut egui::Ui, why: &str, path: Option<&PathBuf>) -> Done {
    ui.set_width(480.0);
    heading(ui, "It was not saved");
    ui.label(why);
    match buttons(ui, &["Replace it", "Save under another name", "Cancel"]) {
        Some(0) => Done::Save(path.cloned(), Overwrite::Yes),
        Some(1) => Done::Command(Command::SaveAs),
        Some(_) => Done::Left,
        None => Done::Not,
    }
}

fn close(ui: &mut egui::Ui, name: &str) -> Done {
    ui.set_width(420.0);
    heading(ui, &format!("Save {name}?"));
    ui.label("Otherwise your changes are lost.");
    match buttons(ui, &["Do not save", "Cancel", "Save"]) {
        Some(0) => Done::CloseUnsaved,
        Some(1) => Done::Left,
        Some(_) => Done::CloseSaved,
        None => Done::Not,
    }
}

fn find(ui: &mut egui::Ui, search: &mut String, tab: Option<&Tab>, is_new: bool) -> Done {
    ui.set_width(420.0);
    heading(ui, "Find a node");
    let enter = field(ui, search, "title, class or id", is_new);
    let Some(tab) = tab else { return Done::Left };
    let wanted = search.trim().to_lowercase();
    let is_meant = |node: &&super::canvas::NodePlan| {
        let class = node.schema.map_or("", |schema| schema.class_type);
        node.title.to_lowercase().contains(&wanted)
            || class.to_lowercase().contains(&wanted)
            || node.id == wanted
    };
    let mut done = Done::Not;
    egui::ScrollArea::vertical().max_height(300.0).auto_shrink([false, true]).show(ui, |ui| {
        for (i, node) in tab.plan().nodes.iter().filter(is_meant).enumerate() {
            let colours = look::colours(ui.ctx());
            let about = format!("{} \u{b7} {}", node.kind, node.id);
            let about = egui::RichText::new(about).font(look::regular(11.0)).color(colours.text3);
            let row = egui::Button::new(&node.title)
                .right_text(about)
                .frame_when_inactive(false)
                .min_size(vec2(ui.available_width(), 26.0));
            if ui.add(row).clicked() || (enter && i == 0) {
                done = Done::Show(node.id.clone());
            }
        }
    });
    done
}

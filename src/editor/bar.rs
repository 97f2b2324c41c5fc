//! The bars above and below the canvas.

use super::canvas::Icon;
use super::command::Command;
use super::keymap::Keymap;
use super::look;
use super::page::Shown;
use super::parts::{self, Hint, Look, within};
use super::run::RunView;
use super::tab::Tab;
use crate::diagnostic::Severity;
use bevy_egui::egui::{self, Align2, Color32, Rect, Sense, Stroke, StrokeKind, pos2, vec2};

pub(crate) const TOP: f32 = 44.0;
pub(crate) const STATUS: f32 = 24.0;
const TAB_WIDTH: std::ops::RangeInclusive<f32> = 80.0..=190.0;

/// What was chosen in a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chosen {
    Command(Command),
    Tab(usize),
    Close(usize),
    /// Canvas, view or both.
    Arrange(Shown),
}

/// The tabs, what runs, and what is done with the workflow as a whole.
pub(crate) fn top(
    ui: &mut egui::Ui,
    area: Rect,
    tabs: &[Tab],
    active: usize,
    run: &RunView,
    keymap: &Keymap,
) -> Option<Chosen> {
    let colours = look::colours(ui.ctx());
    ui.painter().rect_filled(area, 0.0, colours.panel);
    ui.painter().hline(area.x_range(), area.bottom(), Stroke::new(1.0, colours.line));
    let mut chosen = None;
    let middle = 420.0_f32.min(area.width() * 0.36);
    let sides = (area.width() - middle) * 0.5;
    let left = Rect::from_min_size(area.min, vec2(sides, area.height())).shrink2(vec2(8.0, 8.0));
    within(ui, "tabs", left, |ui| {
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            chosen = main_menu(ui, keymap).map(Chosen::Command);
            for (i, tab) in tabs.iter().enumerate() {
                chosen = tab_button(ui, i, tab, i == active).or(chosen);
            }
            let plus = parts::button(ui, Some(Icon::Plus), "", Look::Ghost, true);
            if plus.hint(keymap.hint(Command::New)).clicked() {
                chosen = Some(Chosen::Command(Command::New));
            }
        });
    });
    let centre = Rect::from_center_size(area.center(), vec2(middle, 28.0));
    within(ui, "running", centre, |ui| {
        chosen = running(ui, tabs.get(active), run, keymap).map(Chosen::Command).or(chosen);
    });
    let right = Rect::from_min_max(pos2(area.right() - sides, area.top()), area.max);
    within(ui, "actions", right.shrink2(vec2(8.0, 8.0)), |ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let mut icon =
                |ui: &mut egui::Ui, icon: Icon, text: &str, look: Look, command: Command| {
                    let button = parts::button(ui, Some(icon), text, look, true);
                    if button.hint(keymap.hint(command)).clicked() {
                        chosen = Some(Chosen::Command(command));
                    }
                };
            icon(ui, Icon::Sliders, "", Look::Ghost, Command::Shortcuts);
            icon(ui, Icon::Export, "Export", Look::Plain, Command::Export);
            icon(ui, Icon::Code, "", Look::Ghost, Command::Code);
            icon(ui, Icon::Search, "", Look::Ghost, Command::Find);
            let tab = tabs.get(active);
            if let Some(shown) = run.shown {
                chosen = arrangement(ui, shown).or(chosen);
            }
            let steps = [
                (Icon::Redo, Command::Redo, tab.and_then(Tab::can_redo)),
                (Icon::Undo, Command::Undo, tab.and_then(Tab::can_undo)),
            ];
            for (icon, command, what) in steps {
                let button = parts::button(ui, Some(icon), "", Look::Ghost, what.is_some());
                let hint = match what {
                    Some(what) => keymap.with_key(&format!("{} {what}", command.name()), command),
                    None => format!("nothing to {}", command.name()),
                };
                if button.hint(hint).clicked() {
                    chosen = Some(Chosen::Command(command));
                }
            }
        });
    });
    chosen
}

/// What is shown while something runs.
fn arrangement(ui: &mut egui::Ui, shown: Shown) -> Option<Chosen> {
    let colours = look::colours(ui.ctx());
    let mut chosen = None;
    let choices = [
        (Shown::View, Icon::Cube, "the robots alone"),
        (Shown::Both, Icon::Split, "canvas and robots"),
        (Shown::Canvas, Icon::Canvas, "the canvas alone"),
    ];
    for (choice, icon, hint) in choices {
        let (rect, response) = ui.allocate_exact_size(vec2(34.0, 28.0), Sense::click());
        let is_chosen = choice == shown;
        let ground = match (is_chosen, response.hovered()) {
            (true, _) => colours.hover,
            (_, true) => colours.raised,
            _ => colours.panel,
        };
        let edge = Stroke::new(1.0, if is_chosen { colours.edge } else { colours.line });
        ui.painter().rect(rect, 6.0, ground, edge, StrokeKind::Inside);
        let colour = if is_chosen { colours.text } else { colours.text2 };
        icon.paint(ui.painter(), rect.center(), 0.9, colour);
        if response.hint(hint).clicked() {
            chosen = Some(Chosen::Arrange(choice));
        }
    }
    chosen
}

fn main_menu(ui: &mut egui::Ui, keymap: &Keymap) -> Option<Command> {
    let mut chosen = None;
    let button = parts::button(ui, Some(Icon::Menu), "", Look::Ghost, true);
    egui::Popup::menu(&button).show(|ui| {
        look::apply(ui);
        ui.set_min_width(230.0);
        let colours = look::colours(ui.ctx());
        use Command::*;
        let groups: [&[Command]; 5] = [
            &[New, Open, Save, SaveAs, Close],
            &[Undo, Redo, SelectAll, Find],
            &[Arrange, Fit, Wires, Snap, Minimap, Sidebar, Problems, Theme],
            &[Code, Export, Picture, Drawing],
            &[Shortcuts, StartPage],
        ];
        for (i, group) in groups.iter().enumerate() {
            if i > 0 {
                ui.separator();
            }
            for &command in *group {
                let key = egui::RichText::new(keymap.key(command)).font(look::regular(11.0));
                let row = egui::Button::new(command.name())
                    .right_text(key.color(colours.text3))
                    .frame_when_inactive(false);
                if ui.add(row).clicked() {
                    chosen = Some(command);
                    ui.close();
                }
            }
        }
    });
    chosen
}

fn tab_button(ui: &mut egui::Ui, i: usize, tab: &Tab, is_active: bool) -> Option<Chosen> {
    let colours = look::colours(ui.ctx());
    let colour = if is_active { colours.text } else { colours.text2 };
    let room = *TAB_WIDTH.end() - 34.0;
    let galley = super::canvas::elided(ui.painter(), tab.name(), look::regular(13.0), colour, room);
    let width = (galley.size().x + 36.0).clamp(*TAB_WIDTH.start(), *TAB_WIDTH.end());
    let (rect, response) = ui.allocate_exact_size(vec2(width, 28.0), Sense::click());
    let ground = match (is_active, response.hovered()) {
        (true, _) => colours.hover,
        (_, true) => colours.raised,
        _ => Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect, 6.0, ground);
    let at = pos2(rect.left() + 12.0, rect.center().y - galley.size().y * 0.5);
    ui.painter().galley(at, galley, colour);
    let end = rect.right_center() - vec2(13.0, 0.0);
    let cross = Rect::from_center_size(end, vec2(20.0, 20.0));
    let over_cross =
        ui.input(|input| input.pointer.hover_pos()).is_some_and(|at| cross.contains(at));
    if response.hovered() {
        let colour = if over_cross { colours.text } else { colours.text3 };
        Icon::Cross.paint(ui.painter(), end, 0.65, colour);
    } else if tab.is_dirty() {
        Icon::Dot.paint(ui.painter(), end, 1.0, colours.text3);
    }
    let path = tab.path().map_or("not saved yet".to_owned(), |path| path.display().to_string());
    let clicked = response.clicked();
    let middle = response.middle_clicked();
    response.hint(path);
    if middle || (clicked && over_cross) {
        return Some(Chosen::Close(i));
    }
    clicked.then_some(Chosen::Tab(i))
}

/// What runs: to begin, to pause and to stop it, and how far it is.
fn running(
    ui: &mut egui::Ui,
    tab: Option<&Tab>,
    run: &RunView,
    keymap: &Keymap,
) -> Option<Command> {
    let colours = look::colours(ui.ctx());
    let mut chosen = None;
    let area = ui.max_rect();
    if let Some(progress) = run.progress() {
        ui.horizontal_centered(|ui| {
            let (icon, hint) =
                if run.is_paused() { (Icon::Play, "go on") } else { (Icon::Pause, "pause") };
            let button = parts::button(ui, Some(icon), "", Look::Plain, true);
            let hint = keymap.with_key(hint, Command::Pause);
            if button.hint(hint).clicked() {
                chosen = Some(Command::Pause);
            }
            let button = parts::button(ui, Some(Icon::Stop), "", Look::Plain, true);
            let hint = keymap.with_key("stop; what was learned is saved", Command::Stop);
            if button.hint(hint).clicked() {
                chosen = Some(Command::Stop);
            }
        });
        let bar = Rect::from_min_max(pos2(area.left() + 84.0, area.top()), area.max);
        let font = look::strong(12.5);
        let at = bar.left_top() + vec2(0.0, 1.0);
        parts::text_at(ui, at, Align2::LEFT_TOP, &progress.title, font, colours.text, bar.width());
        let at = bar.right_top() + vec2(0.0, 1.0);
        let font = look::regular(12.0);
        parts::text_at(ui, at, Align2::RIGHT_TOP, &progress.rate, font, colours.text2, bar.width());
        let track =
            Rect::from_min_max(pos2(bar.left(), bar.bottom() - 7.0), bar.max - vec2(0.0, 2.0));
        ui.painter().rect_filled(track, 2.5, colours.hover);
        let mut done = track;
        done.set_width(track.width() * progress.share.clamp(0.0, 1.0));
        ui.painter().rect_filled(done, 2.5, colours.running);
        return chosen;
    }
    let n_errors = tab.map_or(0, |tab| tab.findings.count(Severity::Error));
    let is_ready = tab.is_some() && n_errors == 0 && !run.is_ending();
    let width = 92.0;
    let place = Rect::from_center_size(area.center(), vec2(width, 28.0));
    within(ui, "train", place, |ui| {
        let look = if is_ready { Look::Primary } else { Look::Plain };
        let button = parts::button(ui, Some(Icon::Play), "Train", look, is_ready);
        let hint = match n_errors {
            _ if run.is_ending() => "the last training is being saved".to_owned(),
            0 => keymap.with_key("train it here", Command::Train),
            1 => "one error must be fixed first; it is listed below".to_owned(),
            n => format!("{n} errors must be fixed first; they are listed below"),
        };
        if button.hint(hint).clicked() {
            chosen = Some(Command::Train);
        }
    });
    chosen
}

/// What was found, what keys there are, and how much there is.
pub(crate) fn status(
    ui: &mut egui::Ui,
    area: Rect,
    tab: Option<&Tab>,
    run: &RunView,
    keymap: &Keymap,
) {
    let colours = look::colours(ui.ctx());
    ui.painter().rect_filled(area, 0.0, colours.panel);
    ui.painter().hline(area.x_range(), area.top(), Stroke::new(1.0, colours.line));
    let counts = tab.map(|tab| {
        let plan = tab.plan();
        let (nodes, wires) = (plan.nodes.len(), plan.wires.len());
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        format!("{nodes} node{} \u{b7} {wires} wire{}", plural(nodes), plural(wires))
    });
    let inner = area.shrink2(vec2(12.0, 2.0));
    within(ui, "status", inner, |ui| {
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            let (icon, text, colour) = state(tab, run, colours);
            let (rect, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
            icon.paint(ui.painter(), rect.center(), 0.75, colour);
            ui.label(egui::RichText::new(text).font(look::strong(11.5)).color(colour));
            ui.add_space(8.0);
            for (key, does) in keys(tab, run, keymap) {
                parts::key(ui, &key);
                parts::small(ui, does, colours.text3);
                ui.add_space(4.0);
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                parts::small(ui, counts.unwrap_or_default(), colours.text3);
            });
        });
    });
}

fn state(tab: Option<&Tab>, run: &RunView, colours: &look::Colours) -> (Icon, String, Color32) {
    if run.progress().is_some() {
        let text = match (run.has_ended, run.is_paused()) {
            (true, _) => "done",
            (_, true) => "paused",
            _ => "training",
        };
        return (Icon::Dot, text.to_owned(), colours.running);
    }
    let Some(tab) = tab else { return (Icon::Info, "nothing is open".to_owned(), colours.text2) };
    let (errors, warnings) =
        (tab.findings.count(Severity::Error), tab.findings.count(Severity::Warning));
    let plural = |n: usize| if n == 1 { "" } else { "s" };
    if errors > 0 {
        (Icon::Error, format!("{errors} error{}", plural(errors)), colours.error)
    } else if warnings > 0 {
        (Icon::Warning, format!("{warnings} warning{}", plural(warnings)), colours.warning)
    } else {
        (Icon::Check, "sound".to_owned(), colours.running)
    }
}

/// The keys that matter at the moment, and what the mouse does.
fn keys(tab: Option<&Tab>, run: &RunView, keymap: &Keymap) -> Vec<(String, &'static str)> {
    use Command::{AddNode, Bypass, Clear, Delete, Fit, Group, Pause, Rename, Shortcuts, Stop};
    let is_selected = tab.is_some_and(|tab| !tab.selection.nodes.is_empty());
    let all = (Shortcuts, "all shortcuts");
    let of = |list: &[(Command, &'static str)]| -> Vec<(String, &'static str)> {
        let keys = list.iter().map(|(command, does)| (keymap.key(*command), *does));
        keys.filter(|(key, _)| !key.is_empty()).collect()
    };
    if run.progress().is_some() {
        return of(&[(Pause, "pause"), (Stop, "stop"), all]);
    }
    if is_selected {
        return of(&[
            (Delete, "delete"),
            (Bypass, "bypass"),
            (Group, "group"),
            (Rename, "rename"),
            (Clear, "select nothing"),
            all,
        ]);
    }
    let mut keys = of(&[(AddNode, "add node")]);
    keys.extend([("Drag".to_owned(), "pan"), ("Ctrl+drag".to_owned(), "select")]);
    keys.extend(of(&[(Fit, "fit"), all]));
    keys
}

/// The zoom in the lower left corner of the canvas.
pub(crate) fn zoom(ui: &mut egui::Ui, canvas: Rect, zoom: f32, keymap: &Keymap) -> Option<Command> {
    let colours = look::colours(ui.ctx());
    let size = vec2(134.0, 28.0);
    let place = pos2(canvas.left() + 12.0, canvas.bottom() - 12.0 - size.y);
    let frame = Rect::from_min_size(place, size);
    let edge = Stroke::new(1.0, colours.line);
    let mut chosen = None;
    egui::Area::new(egui::Id::new("zoom")).order(egui::Order::Middle).fixed_pos(frame.min).show(
        ui.ctx(),
        |ui| {
            look::apply(ui);
            let (rect, _) = ui.allocate_exact_size(size, Sense::click());
            ui.painter().rect(rect, 6.0, colours.panel, edge, StrokeKind::Inside);
            within(ui, "zoom", rect, |ui| {
                ui.horizontal_centered(|ui| {
                    ui.spacing_mut().item_spacing.x = 0.0;
                    let mut button =
                        |ui: &mut egui::Ui, icon: Option<Icon>, text: &str, command: Command| {
                            let button = parts::button(ui, icon, text, Look::Ghost, true);
                            if button.hint(keymap.hint(command)).clicked() {
                                chosen = Some(command);
                            }
                        };
                    button(ui, Some(Icon::Minus), "", Command::ZoomOut);
                    let text = format!("{:.0} %", zoom * 100.0);
                    let (rect, _) = ui.allocate_exact_size(vec2(38.0, 28.0), Sense::hover());
                    let font = look::regular(12.0);
                    let at = rect.center();
                    ui.painter().text(at, Align2::CENTER_CENTER, text, font, colours.text2);
                    button(ui, Some(Icon::Plus), "", Command::ZoomIn);
                    button(ui, None, "Fit", Command::Fit);
                });
            });
        },
    );
    chosen
}

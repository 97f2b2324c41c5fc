//! Five steps that show a newcomer around. They lie beside what they speak of and hold nothing up: everything can be
//! used meanwhile.

use super::bar::TOP;
use super::command::Command;
use super::keymap::Keymap;
use super::look;
use super::parts::{self, Look};
use super::tab::Tab;
use crate::workflow::{NodeSchema, Role};
use bevy_egui::egui::{self, Align2, Color32, Rect, Sense, Stroke, StrokeKind, Vec2, pos2, vec2};

/// Of a card, and from what it speaks of [points].
const WIDTH: f32 = 300.0;
const PAD: f32 = 16.0;
const AWAY: f32 = 14.0;
const BUTTONS: f32 = 28.0;
/// Of the button that trains, in the middle of the bar.
const TRAIN: Vec2 = vec2(150.0, 36.0);

/// What a step speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    Canvas,
    Node,
    Library,
    Status,
    Train,
}

struct Step {
    about: About,
    title: &'static str,
    /// With names of commands in braces, for which their keys are written.
    text: &'static str,
}

static STEPS: [Step; 5] = [
    Step {
        about: About::Canvas,
        title: "This is a workflow",
        text: "Each node does one thing, and wires carry what it makes to the next. Drag the ground to move about, \
               turn the wheel to come nearer, press {Fit} to see everything.",
    },
    Step {
        about: About::Node,
        title: "Settings stand in the nodes",
        text: "Click a value and write, or drag a number. Those at their default are folded away behind the last \
               row. {Shortcuts} lists every shortcut; what a field means shows under the mouse.",
    },
    Step {
        about: About::Library,
        title: "Add nodes, pull wires",
        text: "Drag a node from this list, or double-click the ground and write its name. Pull a wire from a port: \
               the ports that fit it light up.",
    },
    Step {
        about: About::Status,
        title: "Every edit is checked",
        text: "A mistake is marked where it arises, often with a button that mends it. {Undo} takes back as much \
               as you like.",
    },
    Step {
        about: About::Train,
        title: "Train, and watch it learn",
        text: "The robots appear beside the canvas while they learn, and the wires come alive. {Export} makes a Rust \
               program of the workflow.",
    },
];

/// The progress of the tour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tour {
    step: usize,
}

impl Tour {
    /// Shows the step at which it is, in a window of that size; whether it is over.
    pub(crate) fn show(&mut self, ui: &egui::Ui, tab: &Tab, keymap: &Keymap) -> bool {
        let whole = ui.ctx().content_rect();
        let Some(canvas) = tab.state.area() else { return false };
        let step = &STEPS[self.step];
        let spoken_of = place(step.about, tab, canvas, whole);
        let colours = look::colours(ui.ctx());
        let over =
            ui.ctx().layer_painter(egui::LayerId::new(egui::Order::Middle, "tour mark".into()));
        if let Some(mark) = spoken_of {
            let ring = Stroke::new(2.0, colours.accent);
            over.rect_stroke(mark.expand(4.0), 8.0, ring, StrokeKind::Outside);
        }
        let text = |text: &str, font, colour| {
            ui.painter().layout(text.to_owned(), font, colour, WIDTH - 2.0 * PAD)
        };
        let title = text(step.title, look::strong(14.0), colours.text);
        let words = text(&with_keys(step.text, keymap), look::regular(12.5), colours.text2);
        let height = title.size().y + words.size().y + BUTTONS + 2.0 * PAD + 22.0;
        let rect = beside(spoken_of, canvas, whole, vec2(WIDTH, height));
        let mut wanted = None;
        egui::Area::new(egui::Id::new("tour"))
            .order(egui::Order::Foreground)
            .fixed_pos(rect.min)
            .show(ui.ctx(), |ui| {
                look::apply(ui);
                let (rect, _) = ui.allocate_exact_size(rect.size(), Sense::click_and_drag());
                let edge = Stroke::new(1.0, colours.accent);
                let painter = ui.painter();
                painter.rect(rect, 10.0, colours.panel, edge, StrokeKind::Inside);
                let corner = rect.min + Vec2::splat(PAD);
                let under = corner + vec2(0.0, title.size().y + 8.0);
                painter.galley(corner, title, Color32::PLACEHOLDER);
                painter.galley(under, words, Color32::PLACEHOLDER);
                let count = format!("{} of {}", self.step + 1, STEPS.len());
                let (left, row) = (rect.left() + PAD, rect.bottom() - PAD - BUTTONS * 0.5);
                let font = look::regular(11.5);
                painter.text(pos2(left, row), Align2::LEFT_CENTER, count, font, colours.text3);
                let buttons = Rect::from_min_max(
                    pos2(left + 50.0, row - BUTTONS * 0.5),
                    pos2(rect.right() - PAD, row + BUTTONS * 0.5),
                );
                parts::within(ui, "tour buttons", buttons, |ui| {
                    let layout = egui::Layout::right_to_left(egui::Align::Center);
                    ui.with_layout(layout, |ui| wanted = wanted.or(self.buttons(ui)));
                });
            });
        match wanted {
            Some(Wanted::Leave) => true,
            Some(Wanted::Next) => {
                self.step += 1;
                self.step == STEPS.len()
            }
            Some(Wanted::Back) => {
                self.step -= 1;
                false
            }
            None => false,
        }
    }

    fn buttons(self, ui: &mut egui::Ui) -> Option<Wanted> {
        let mut wanted = None;
        let is_last = self.step + 1 == STEPS.len();
        let next = if is_last { "Done" } else { "Next" };
        if parts::button(ui, None, next, Look::Primary, true).clicked() {
            wanted = Some(Wanted::Next);
        }
        if self.step > 0 && parts::button(ui, None, "Back", Look::Plain, true).clicked() {
            wanted = Some(Wanted::Back);
        }
        if !is_last && parts::button(ui, None, "Skip the tour", Look::Ghost, true).clicked() {
            wanted = Some(Wanted::Leave);
        }
        wanted
    }
}

/// A text with the keys of the commands that it names.
fn with_keys(text: &str, keymap: &Keymap) -> String {
    let mut text = text.to_owned();
    for command in [Command::Fit, Command::Shortcuts, Command::Undo, Command::Export] {
        let name = format!("{{{}}}", command.entry().id);
        let key = match keymap.key(command) {
            key if key.is_empty() => format!("\u{201c}{}\u{201d} in a menu", command.name()),
            key => key,
        };
        text = text.replace(&name, &key);
    }
    text
}

#[derive(Clone, Copy, Debug)]
enum Wanted {
    Next,
    Back,
    Leave,
}

/// Where that is on the screen, if it is seen.
fn place(about: About, tab: &Tab, canvas: Rect, whole: Rect) -> Option<Rect> {
    match about {
        About::Canvas => None,
        About::Node => {
            let is_environment = |schema: &NodeSchema| schema.role == Role::Environment;
            let nodes = &tab.plan().nodes;
            let node = nodes.iter().find(|node| node.schema.is_some_and(is_environment));
            let rect = tab.camera.rect_to_screen(canvas, node.or(nodes.first())?.rect);
            Some(rect.intersect(canvas.shrink(8.0))).filter(Rect::is_positive)
        }
        About::Library => {
            let sidebar =
                Rect::from_min_max(pos2(whole.left(), canvas.top()), canvas.left_bottom());
            Some(sidebar.shrink(6.0)).filter(|rect| rect.width() > 40.0)
        }
        About::Status => {
            let below = Rect::from_min_max(pos2(canvas.left(), canvas.bottom()), whole.max);
            Some(below.shrink(6.0)).filter(Rect::is_positive)
        }
        About::Train => {
            let middle = pos2(whole.center().x, whole.top() + TOP * 0.5);
            Some(Rect::from_center_size(middle, TRAIN))
        }
    }
}

/// A place for a card beside what it speaks of, within the canvas; the middle of it, if that is not seen.
fn beside(spoken_of: Option<Rect>, canvas: Rect, whole: Rect, size: Vec2) -> Rect {
    let room = canvas.intersect(whole).shrink(8.0);
    let Some(mark) = spoken_of else { return Rect::from_center_size(room.center(), size) };
    let at = |x: f32, y: f32| Rect::from_min_size(pos2(x, y), size);
    let (x, y) = (mark.center().x - size.x * 0.5, mark.center().y - size.y * 0.5);
    let around = [
        at(mark.right() + AWAY, y),
        at(x, mark.bottom() + AWAY),
        at(mark.left() - AWAY - size.x, y),
        at(x, mark.top() - AWAY - size.y),
    ];
    let inside = |rect: Rect| {
        let rect = rect.translate((room.min - rect.min).max(Vec2::ZERO));
        rect.translate((room.max - rect.max).min(Vec2::ZERO))
    };
    let hides = |rect: &Rect| {
        let over = rect.intersect(mark);
        if over.is_positive() { over.area() } else { 0.0 }
    };
    let best = around.into_iter().map(inside);
    best.min_by(|a, b| hides(a).total_cmp(&hides(b))).unwrap_or(Rect::from_min_size(room.min, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_name_the_keys_that_there_are() {
        let mut keymap = Keymap::default();
        let all = |keymap: &Keymap| -> Vec<String> {
            STEPS.iter().map(|step| with_keys(step.text, keymap)).collect()
        };
        assert!(all(&keymap).iter().all(|text| !text.contains(['{', '}'])));
        assert!(all(&keymap)[3].contains("Ctrl+Z takes back"));
        keymap.give(Command::Undo, &[]);
        assert!(all(&keymap)[3].contains("\u{201c}undo\u{201d} in a menu takes back"));
    }

    #[test]
    fn a_card_lies_beside_what_it_speaks_of_and_in_the_window() {
        let whole = Rect::from_min_size(egui::Pos2::ZERO, vec2(1280.0, 720.0));
        let canvas = Rect::from_min_max(pos2(196.0, 44.0), pos2(1280.0, 690.0));
        let size = vec2(WIDTH, 170.0);
        for x in [0.0, 200.0, 700.0, 1200.0] {
            for y in [0.0, 60.0, 400.0, 680.0] {
                let mark = Rect::from_min_size(pos2(x, y), vec2(120.0, 60.0)).intersect(whole);
                let card = beside(Some(mark), canvas, whole, size);
                assert_eq!(card.size(), size);
                assert!(canvas.contains_rect(card), "{mark:?}: {card:?}");
                assert!(!card.intersect(mark).is_positive(), "{mark:?}: {card:?}");
            }
        }
        assert_eq!(beside(None, canvas, whole, size).center(), canvas.center());
    }
}

//! The list of findings, each with a button that leads there and, if there is only one fix, a button for it.

use super::canvas::{Icon, elided};
use super::command::Command;
use super::keymap::Keymap;
use super::look;
use super::parts::{self, Hint, Look, within};
use super::remedy::{Remedy, remedy};
use super::tab::Tab;
use crate::diagnostic::{Diagnostic, Severity};
use crate::workflow::Registry;
use bevy_egui::egui::{self, Align2, Rect, Sense, Stroke, pos2, vec2};

const HEAD: f32 = 32.0;
const ROW: f32 = 36.0;
/// So many rows are seen at once.
const MOST_ROWS: usize = 4;

/// How high the panel is.
pub(crate) fn height(tab: &Tab) -> f32 {
    let n = tab.findings.diagnostics.len().min(MOST_ROWS);
    if n == 0 { 0.0 } else { HEAD + n as f32 * ROW + 6.0 }
}

/// What was asked for.
pub(crate) enum Wanted {
    Show(String),
    Mend(Remedy),
    Hide,
}

pub(crate) fn show(
    ui: &mut egui::Ui,
    area: Rect,
    tab: &Tab,
    registry: &Registry,
    keymap: &Keymap,
) -> Option<Wanted> {
    let colours = look::colours(ui.ctx());
    ui.painter().rect_filled(area, 0.0, colours.panel);
    ui.painter().hline(area.x_range(), area.top(), Stroke::new(1.0, colours.line));
    let mut wanted = None;
    let head = Rect::from_min_size(area.min, vec2(area.width(), HEAD)).shrink2(vec2(14.0, 4.0));
    within(ui, "problems head", head, |ui| {
        ui.horizontal_centered(|ui| {
            ui.label(egui::RichText::new("Problems").font(look::strong(12.5)).color(colours.text));
            let counts = [
                (Severity::Error, colours.error, colours.error_ground),
                (Severity::Warning, colours.warning, colours.raised),
                (Severity::Note, colours.text2, colours.raised),
            ];
            for (severity, colour, ground) in counts {
                let n = tab.findings.count(severity);
                if n > 0 {
                    parts::pill(ui, &n.to_string(), ground, colour);
                }
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if parts::button(ui, Some(Icon::Down), "", Look::Ghost, true).clicked() {
                    wanted = Some(Wanted::Hide);
                }
                let took = tab.findings.took.as_secs_f64() * 1e3;
                parts::small(ui, format!("checked in {took:.0} ms"), colours.text3);
            });
        });
    });
    let rows = Rect::from_min_max(pos2(area.left(), area.top() + HEAD), area.max);
    within(ui, "problems", rows, |ui| {
        // Rows that are not seen are not worked out: each looks for its remedy.
        ui.spacing_mut().item_spacing.y = 0.0;
        let found = sorted(&tab.findings.diagnostics);
        let area = egui::ScrollArea::vertical().auto_shrink([false, false]);
        area.show_rows(ui, ROW, found.len(), |ui, rows| {
            for found in &found[rows] {
                wanted = row(ui, tab, registry, keymap, found).or(wanted.take());
            }
        });
    });
    wanted
}

/// The worst first, else in the order of the file.
pub(crate) fn sorted(diagnostics: &[Diagnostic]) -> Vec<&Diagnostic> {
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by_key(|found| std::cmp::Reverse(found.severity));
    sorted
}

/// The sign and colour of a severity.
pub(crate) fn sign(severity: Severity, colours: &look::Colours) -> (Icon, egui::Color32) {
    match severity {
        Severity::Error => (Icon::Error, colours.error),
        Severity::Warning => (Icon::Warning, colours.warning),
        Severity::Note => (Icon::Info, colours.text2),
    }
}

fn row(
    ui: &mut egui::Ui,
    tab: &Tab,
    registry: &Registry,
    keymap: &Keymap,
    found: &Diagnostic,
) -> Option<Wanted> {
    let colours = look::colours(ui.ctx());
    let size = vec2(ui.available_width(), ROW);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let inner = rect.shrink2(vec2(8.0, 2.0));
    if response.hovered() {
        ui.painter().rect_filled(inner, 6.0, colours.hover);
    }
    let (icon, colour) = sign(found.severity, colours);
    icon.paint(ui.painter(), inner.left_center() + vec2(14.0, 0.0), 0.85, colour);
    let mut wanted = None;
    let mend = remedy(found, tab.plan(), registry);
    let buttons = Rect::from_min_max(pos2(inner.right() - 330.0, inner.top() + 2.0), inner.max);
    let right = within(ui, ("problem", rect.top() as i32), buttons, |ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Min), |ui| {
            if let Some(mend) = mend {
                let button = parts::button(ui, Some(Icon::Check), &mend.says, Look::Plain, true);
                if button.hint(keymap.hint(Command::Remedy)).clicked() {
                    wanted = Some(Wanted::Mend(mend));
                }
            }
            if let Some(node) = &found.node
                && parts::button(ui, None, "Show", Look::Plain, true).clicked()
            {
                wanted = Some(Wanted::Show(node.clone()));
            }
            ui.min_rect().left()
        })
        .inner
    });
    let mut left = inner.left() + 30.0;
    let subject = subject(tab, found);
    if !subject.is_empty() {
        let at = pos2(left, inner.center().y);
        let font = look::strong(12.5);
        let written =
            parts::text_at(ui, at, Align2::LEFT_CENTER, &subject, font, colours.text, 260.0);
        left = written.right() + 14.0;
    }
    let text = match found.remedy.as_str() {
        "" => found.message.clone(),
        remedy => format!("{}; {remedy}", found.message),
    };
    let galley =
        elided(ui.painter(), &text, look::regular(12.5), colours.text2, right - left - 12.0);
    let at = pos2(left, inner.center().y - galley.size().y * 0.5);
    ui.painter().galley(at, galley, colours.text2);
    if response.clicked() && wanted.is_none() {
        wanted = found.node.clone().map(Wanted::Show);
    }
    response.hint(text);
    wanted
}

/// What a finding is about: a node and its port or setting.
fn subject(tab: &Tab, found: &Diagnostic) -> String {
    let node = found.node.as_deref().map(|id| match tab.plan().node(id) {
        Some(node) => node.title.clone(),
        None => format!("node {id}"),
    });
    match (node, found.field.as_deref()) {
        (Some(node), Some(field)) => format!("{node} \u{b7} {field}"),
        (Some(one), None) => one,
        (None, Some(field)) => field.to_owned(),
        (None, None) => String::new(),
    }
}

//! The settings of a node, and the strip below them.

use super::super::super::flow::PortLook;
use super::super::super::look;
use super::super::hit::Hit;
use super::super::plan::{HINT_SIZE, INDENT, NAME_SIZE, NodePlan, SettingPlan, VALUE_SIZE};
use super::icon::Icon;
use super::node::took;
use super::{Picture, text};
use crate::diagnostic::Severity;
use crate::workflow::ParamType;
use bevy_egui::egui::{self, Align2, Pos2, Rect, Stroke, StrokeKind, pos2, vec2};

/// What is said of a node that what runs has otherwise.
const NEXT_RUN: &str = "for the next run";

impl Picture<'_> {
    pub(super) fn setting(&self, i: usize, k: usize, node: &NodePlan, setting: &SettingPlan) {
        let zoom = self.camera.zoom;
        let (row, field) = (self.rect(setting.row), self.rect(setting.field));
        let colours = self.colours;
        let is_hovered = [Hit::Field(i, k), Hit::Setting(i, k)].contains(&self.hover);
        let name = match (setting.is_default, is_hovered) {
            (_, true) => colours.text,
            (true, _) => colours.text3,
            (false, _) => colours.text2,
        };
        let found =
            self.findings.at(&node.id, setting.param.name).map(|found| found.severity).max();
        let left = pos2(row.left() + INDENT * zoom, row.center().y);
        let room = field.left() - left.x - 6.0;
        text::write(
            self.painter,
            left,
            Align2::LEFT_CENTER,
            setting.param.name,
            look::regular(NAME_SIZE * zoom),
            self.shade(node, name),
            room,
        );
        if setting.is_input {
            let at = pos2(row.left(), row.center().y);
            let look = PortLook { is_wired: setting.link.is_some(), ..PortLook::default() };
            let flow = super::super::super::flow::Flow::Other;
            flow.paint_port(self.painter, colours, at, zoom.max(0.7) * 0.92, look);
        }
        if self.editing == Some(Hit::Field(i, k)) {
            return;
        }
        if setting.link.is_some() {
            let at = pos2(row.right() - 10.0 * zoom, row.center().y);
            let font = look::regular(HINT_SIZE * zoom);
            self.painter.text(at, Align2::RIGHT_CENTER, "linked", font, colours.text3);
            return;
        }
        if let ParamType::Bool { .. } = setting.param.param_type {
            self.toggle(field, setting.shown == "on" || setting.shown == "true");
            return;
        }
        let edge = match found {
            Some(Severity::Error) => colours.error,
            Some(Severity::Warning) => colours.warning,
            _ if is_hovered => colours.edge,
            _ => colours.line,
        };
        let edge = Stroke::new(1.0, edge);
        self.painter.rect(field, 4.0 * zoom, colours.inset, edge, StrokeKind::Middle);
        let is_list = is_list(setting);
        let mut right = field.right() - 7.0 * zoom;
        if is_list {
            let at = pos2(field.right() - 10.0 * zoom, field.center().y);
            Icon::Down.paint(self.painter, at, 0.6 * zoom, colours.text3);
            right = field.right() - 18.0 * zoom;
        } else if !setting.param.unit.is_empty() {
            let at = pos2(right, field.center().y);
            let font = look::mono(VALUE_SIZE * zoom);
            let unit = self.painter.text(
                at,
                Align2::RIGHT_CENTER,
                setting.param.unit,
                font,
                colours.text3,
            );
            right = unit.left() - 4.0 * zoom;
        }
        let value = if setting.is_default { colours.text2 } else { colours.text };
        let value = if found == Some(Severity::Error) { colours.error } else { value };
        text::write(
            self.painter,
            pos2(right, field.center().y),
            Align2::RIGHT_CENTER,
            &setting.shown,
            look::mono(VALUE_SIZE * zoom),
            self.shade(node, value),
            right - field.left() - 4.0 * zoom,
        );
    }

    /// What is wrong with a setting, below it.
    pub(super) fn wrong(&self, setting: &SettingPlan) {
        let Some(says) = &setting.wrong else { return };
        let row = self.rect(setting.row);
        let at = pos2(row.left() + INDENT * self.camera.zoom, row.bottom());
        let font = look::regular(HINT_SIZE * self.camera.zoom);
        let room = row.width() - 2.0 * INDENT * self.camera.zoom;
        let (painter, anchor) = (self.painter, Align2::LEFT_TOP);
        text::write(painter, at, anchor, says, font, self.colours.error, room);
        // The word itself is underlined.
        let field = self.rect(setting.field);
        let y = field.bottom() - 3.5 * self.camera.zoom;
        let line = [pos2(field.left() + 6.0, y), pos2(field.right() - 6.0, y)];
        self.painter.line_segment(line, Stroke::new(1.0, self.colours.error));
    }

    fn toggle(&self, rect: Rect, is_on: bool) {
        let k = self.camera.zoom;
        let track = Rect::from_center_size(rect.center(), vec2(26.0, 14.0) * k);
        let (ground, knob) = match is_on {
            true => (self.colours.fill, self.colours.on_fill),
            false => (self.colours.hover, self.colours.text3),
        };
        let edge = if is_on { self.colours.fill } else { self.colours.edge };
        self.painter.rect(track, 7.0 * k, ground, Stroke::new(1.0, edge), StrokeKind::Inside);
        let x = if is_on { track.right() - 7.0 * k } else { track.left() + 7.0 * k };
        self.painter.circle_filled(pos2(x, track.center().y), 4.6 * k, knob);
    }

    /// Below the settings: how many are folded away and the kind; of what runs, time and counts.
    pub(super) fn strip(&self, i: usize, node: &NodePlan) {
        let zoom = self.camera.zoom;
        let strip = self.rect(node.strip_rect());
        if strip.height() <= 0.0 {
            return;
        }
        let middle = strip.center().y;
        let colours = self.colours;
        if let Some(live) = self.live.and_then(|live| live.nodes.get(&node.id)) {
            let line = [strip.left_top(), strip.right_top()];
            self.painter.line_segment(line, Stroke::new(1.0, colours.line));
            let font = || look::mono((HINT_SIZE - 0.5) * zoom);
            let at = pos2(strip.left() + INDENT * zoom, middle);
            // Where a curve stands at the right this is said at the left.
            let (text, colour) = match live.is_changed && live.curve.is_some() {
                true => (NEXT_RUN.to_owned(), colours.warning),
                false => (took(live), colours.text2),
            };
            self.painter.text(at, Align2::LEFT_CENTER, text, font(), colour);
            let at = pos2(strip.right() - INDENT * zoom, middle);
            let right = match &live.curve {
                Some((_, values)) => {
                    let last = values.last().copied().unwrap_or_default();
                    let text = super::super::plan::shortest(f64::from((last * 1e3).round() / 1e3));
                    self.painter.text(at, Align2::RIGHT_CENTER, text, font(), colours.text)
                }
                None => {
                    let (text, colour) = match live.n_firings {
                        _ if live.is_changed => (NEXT_RUN.to_owned(), colours.warning),
                        0 => (String::new(), colours.text3),
                        n => (format!("{}\u{d7}", thousands(n)), colours.text3),
                    };
                    self.painter.text(at, Align2::RIGHT_CENTER, text, font(), colour)
                }
            };
            if let Some((_, values)) = &live.curve {
                let width = strip.width() * 0.27;
                let plot = Rect::from_min_max(
                    pos2(right.left() - width - 8.0 * zoom, strip.top() + 4.0 * zoom),
                    pos2(right.left() - 8.0 * zoom, strip.bottom() - 4.0 * zoom),
                );
                self.curve(plot, values);
            }
            return;
        }
        let font = || look::regular(HINT_SIZE * zoom);
        let is_hovered = self.hover == Hit::Strip(i);
        let colour = if is_hovered { colours.text } else { colours.text3 };
        let mut left = strip.left() + INDENT * zoom;
        if node.folds() {
            let icon = if node.is_open { Icon::Down } else { Icon::Right };
            icon.paint(self.painter, pos2(left + 3.0 * zoom, middle), 0.7 * zoom, colour);
            left += 13.0 * zoom;
        }
        let written = self.painter.text(
            pos2(left, middle),
            Align2::LEFT_CENTER,
            node.strip_text(),
            font(),
            colour,
        );
        let at = pos2(strip.right() - INDENT * zoom, middle);
        let room = at.x - written.right() - 8.0 * zoom;
        if room > 24.0 * zoom {
            text::write(
                self.painter,
                at,
                Align2::RIGHT_CENTER,
                &node.kind,
                font(),
                colours.text3,
                room,
            );
        }
    }

    /// A small curve of the last values.
    pub(super) fn curve(&self, plot: Rect, values: &[f32]) {
        let (low, high) = values
            .iter()
            .filter(|x| x.is_finite())
            .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), x| (low.min(*x), high.max(*x)));
        if values.len() < 2 || low > high {
            return;
        }
        let range = if high > low { high - low } else { 1.0 };
        let at = |(i, value): (usize, &f32)| {
            let x = plot.left() + plot.width() * i as f32 / (values.len() - 1) as f32;
            let value = if value.is_finite() { *value } else { low };
            pos2(x, plot.bottom() - plot.height() * (value - low) / range)
        };
        let points: Vec<Pos2> = values.iter().enumerate().map(at).collect();
        let end = points[points.len() - 1];
        self.add(egui::Shape::line(points, Stroke::new(1.4, self.colours.data)));
        self.painter.circle_filled(end, 2.2, self.colours.data);
    }
}

/// Whether a field offers a list.
pub(crate) fn is_list(setting: &SettingPlan) -> bool {
    matches!(setting.param.param_type, ParamType::Choice { .. }) || setting.param.name == "env_name"
}

/// 1 009, 12 345 678.
fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

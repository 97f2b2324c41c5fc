//! A node, in as much detail as the zoom allows.

use super::super::super::flow::PortLook;
use super::super::super::look::{self, mixed};
use super::super::hit::Hit;
use super::super::plan::{
    Color, INDENT, NAME_SIZE, NodePlan, PortPlan, Shape, TITLE_SIZE, shortest,
};
use super::icon::Icon;
use super::{ALL_PARTS, Picture, TITLES, text};
use crate::diagnostic::Severity;
use crate::workflow::NodeMode;
use bevy_egui::egui::epaint::CornerRadiusF32;
use bevy_egui::egui::{self, Align2, Color32, Pos2, Rect, Stroke, StrokeKind, pos2, vec2};

/// Of a muted node.
const MUTED: f32 = 0.45;
const CORNER: f32 = 7.0;
/// What a node waits for has at least so much room [screen points].
const ROOM_OF_WAITS: f32 = 160.0;
/// A small node this high shows its curve [screen points].
const ROOM_OF_CURVE: f32 = 84.0;

impl Picture<'_> {
    pub(super) fn node(&self, i: usize, node: &NodePlan) {
        let zoom = self.camera.zoom;
        let rect = self.rect(node.rect);
        if zoom < TITLES {
            let colour = if self.selection.nodes.contains(&node.id) {
                self.colours.accent
            } else {
                mixed(self.header_colour(node), self.colours.text3, 0.35)
            };
            self.painter.rect_filled(rect, 2.0, self.shade(node, colour));
            return;
        }
        self.frames(node, rect);
        match node.shape {
            Shape::Note => self.note(node, rect),
            Shape::Pill => self.pill(i, node, rect),
            Shape::Full | Shape::Collapsed => {
                self.body(i, node, rect);
                self.ports(i, node);
            }
        }
        if self.hover == Hit::NodeCorner(i) {
            let corner = rect.max - vec2(4.0, 4.0);
            for size in [4.0, 8.0] {
                let points = [corner - vec2(size, 0.0), corner - vec2(0.0, size)];
                self.painter.line_segment(points, Stroke::new(1.5, self.colours.text2));
            }
        }
    }

    /// What a muted node fades.
    pub(super) fn shade(&self, node: &NodePlan, colour: Color32) -> Color32 {
        if node.mode == NodeMode::Muted { colour.gamma_multiply(MUTED) } else { colour }
    }

    fn header_colour(&self, node: &NodePlan) -> Color32 {
        match node.header {
            Color::Category(i) => self.colours.headers[i],
            Color::Own(colour) => mixed(self.colours.raised, colour, self.colours.tint),
        }
    }

    fn radius(&self) -> f32 {
        if self.is_far() {
            2.0
        } else if self.camera.zoom < ALL_PARTS {
            5.0
        } else {
            CORNER * self.camera.zoom
        }
    }

    /// What says from outside what the node is up to: selected, lit, waiting, wrong.
    fn frames(&self, node: &NodePlan, rect: Rect) {
        let radius = self.radius();
        let around = |by: f32, width: f32, colour: Color32| {
            let stroke = Stroke::new(width, colour);
            self.painter.rect_stroke(rect.expand(by), radius + by, stroke, StrokeKind::Middle);
        };
        if let Some(live) = self.live {
            let glow = live.glow(&node.id);
            if glow > 0.0 {
                around(2.0, 2.0, self.colours.running.gamma_multiply(glow));
            }
            let waits = live.nodes.get(&node.id).and_then(|node| node.waits_for.as_ref());
            if let Some(waits) = waits {
                self.dashed_frame(rect.expand(2.0), self.colours.warning);
                self.waits_for(rect, waits);
            }
        }
        if self.findings.worst_of(&node.id) == Some(Severity::Error) {
            around(2.0, 1.5, self.colours.error);
        }
        if self.selection.nodes.contains(&node.id) {
            around(3.5, 2.0, self.colours.accent);
        }
    }

    /// Below a node that waits: what for.
    fn waits_for(&self, rect: Rect, waits: &str) {
        let size = 11.0 * self.camera.zoom.clamp(0.8, 1.2);
        let text = format!("waits for {waits}");
        let (font, room) = (look::strong(size), rect.width().max(ROOM_OF_WAITS));
        let galley = self.painter.layout(text, font, self.colours.warning, room);
        let place = Rect::from_min_size(rect.left_bottom() + vec2(0.0, 6.0), galley.size());
        self.painter.rect_filled(place.expand2(vec2(4.0, 1.0)), 3.0, self.colours.canvas);
        self.painter.galley(place.min, galley, self.colours.warning);
    }

    fn dashed_frame(&self, rect: Rect, colour: Color32) {
        let corners = [
            rect.left_top(),
            rect.right_top(),
            rect.right_bottom(),
            rect.left_bottom(),
            rect.left_top(),
        ];
        let stroke = Stroke::new(1.5, colour);
        self.painter.extend(egui::Shape::dashed_line(&corners, stroke, 5.0, 4.0));
    }

    fn body(&self, i: usize, node: &NodePlan, rect: Rect) {
        let zoom = self.camera.zoom;
        let colours = self.colours;
        let is_selected = self.selection.nodes.contains(&node.id);
        let edge = if is_selected { colours.accent } else { colours.edge };
        let radius = self.radius();
        if node.mode == NodeMode::Bypassed {
            self.painter.rect_filled(rect, radius, colours.canvas.gamma_multiply(0.7));
            self.dashed_frame(rect, colours.bypassed);
            self.bypass(node);
        } else {
            let ground = match node.body {
                Some(own) => mixed(colours.raised, own, colours.tint * 0.5),
                None => colours.raised,
            };
            let edge = Stroke::new(1.0, self.shade(node, edge));
            self.painter.rect(rect, radius, self.shade(node, ground), edge, StrokeKind::Middle);
            self.header_ground(node, rect);
        }
        self.title(node, rect);
        if node.shape == Shape::Collapsed || self.is_far() {
            return;
        }
        if zoom < ALL_PARTS {
            self.small_form(node, rect);
            return;
        }
        self.port_names(i, node);
        if !node.settings.is_empty() {
            let y = node.settings[0].row.top() - 3.0;
            let (left, right) = (node.rect.left() + 8.0, node.rect.right() - 8.0);
            let points = [self.at(pos2(left, y)), self.at(pos2(right, y))];
            self.painter.line_segment(points, Stroke::new(1.0, colours.line));
        }
        for (k, setting) in node.settings.iter().enumerate() {
            self.setting(i, k, node, setting);
            self.wrong(setting);
        }
        self.strip(i, node);
    }

    fn header_height(&self, node: &NodePlan, rect: Rect) -> f32 {
        let own = node.header_rect().height() * self.camera.zoom;
        if self.camera.zoom < ALL_PARTS { (own + 5.0).min(22.0).min(rect.height()) } else { own }
    }

    fn header_ground(&self, node: &NodePlan, rect: Rect) {
        let height = self.header_height(node, rect);
        let top = Rect::from_min_size(rect.min, vec2(rect.width(), height)).shrink(1.0);
        let r = (self.radius() - 1.0).max(0.0);
        let bottom = if node.shape == Shape::Collapsed { r } else { 0.0 };
        let corners = CornerRadiusF32 { nw: r, ne: r, sw: bottom, se: bottom };
        self.painter.rect_filled(top, corners, self.shade(node, self.header_colour(node)));
    }

    fn title(&self, node: &NodePlan, rect: Rect) {
        let zoom = self.camera.zoom;
        let height = self.header_height(node, rect);
        let size = (TITLE_SIZE * zoom).max(11.0);
        let at = pos2(rect.left() + 10.0 * zoom.max(0.6), rect.top() + height * 0.5);
        let sign = self.sign(node, pos2(rect.right() - 12.0 * zoom.max(0.8), at.y));
        let room = rect.width() - 14.0 * zoom.max(0.6) - if sign { 20.0 } else { 4.0 };
        let colour = self.shade(node, self.colours.text);
        if room > 12.0 {
            text::write(
                self.painter,
                at,
                Align2::LEFT_CENTER,
                &node.title,
                look::strong(size),
                colour,
                room,
            );
        }
    }

    /// The sign at the right of the header; whether there is one.
    fn sign(&self, node: &NodePlan, at: Pos2) -> bool {
        let k = 0.75 * self.camera.zoom.clamp(0.8, 1.2);
        let (icon, colour) = match (node.mode, self.findings.worst_of(&node.id)) {
            (NodeMode::Muted, _) => (Icon::Cross, self.colours.text3),
            (NodeMode::Bypassed, _) => (Icon::Right, self.colours.bypassed),
            (_, Some(Severity::Error)) => (Icon::Error, self.colours.error),
            (_, Some(Severity::Warning)) => (Icon::Warning, self.colours.warning),
            _ => {
                let Some(live) = self.live.and_then(|live| live.nodes.get(&node.id)) else {
                    return false;
                };
                if live.waits_for.is_some() {
                    (Icon::Clock, self.colours.warning)
                } else if live.n_firings > 0 {
                    (Icon::Dot, self.colours.running)
                } else {
                    (Icon::Dot, self.colours.text3)
                }
            }
        };
        icon.paint(self.painter, at, k, colour);
        true
    }

    /// A curve in the whole of a small node, with its name and its last value above.
    fn named_curve(&self, rect: Rect, top: f32, name: &str, values: &[f32]) {
        let colours = self.colours;
        let (left, right) = (pos2(rect.left() + 9.0, top), pos2(rect.right() - 9.0, top));
        let last = values.last().copied().unwrap_or_default();
        let last = shortest(f64::from((last * 1e3).round() / 1e3));
        let font = look::mono(10.5);
        let value = self.painter.text(right, Align2::RIGHT_CENTER, last, font, colours.text);
        let room = value.left() - left.x - 6.0;
        let font = look::regular(10.5);
        text::write(self.painter, left, Align2::LEFT_CENTER, name, font, colours.text3, room);
        let plot = Rect::from_min_max(pos2(left.x - 2.0, top + 9.0), rect.max - vec2(7.0, 7.0));
        self.painter.rect_filled(plot, 3.0, colours.inset);
        self.curve(plot.shrink(4.0), values);
    }

    /// Without room for names and fields: what differs as plain lines, or what a training does.
    fn small_form(&self, node: &NodePlan, rect: Rect) {
        let top = rect.top() + self.header_height(node, rect) + 12.0;
        if let Some(live) = self.live.and_then(|live| live.nodes.get(&node.id)) {
            if let Some((name, values)) =
                live.curve.as_ref().filter(|_| rect.height() > ROOM_OF_CURVE)
            {
                self.named_curve(rect, top, name, values);
                return;
            }
            let middle = pos2(rect.center().x, (top + rect.bottom()) * 0.5 - 4.0);
            let ms = took(live);
            if rect.height() > 34.0 {
                let font = look::mono(10.5);
                self.painter.text(middle, Align2::CENTER_CENTER, ms, font, self.colours.text2);
            }
            return;
        }
        let rows = ((rect.bottom() - top) / 14.0).floor().max(0.0) as usize;
        for (k, setting) in node.settings.iter().take(rows).enumerate() {
            let y = top + k as f32 * 14.0;
            let (left, right) = (rect.left() + 10.0, rect.right() - 9.0);
            let value = text::write(
                self.painter,
                pos2(right, y),
                Align2::RIGHT_CENTER,
                &setting.shown,
                look::mono(10.0),
                self.shade(node, self.colours.text2),
                rect.width() * 0.5,
            );
            let room = value.left() - left - 6.0;
            let font = look::regular(10.5);
            let colour = self.shade(node, self.colours.text3);
            if room > 16.0 {
                let at = pos2(left, y);
                text::write(
                    self.painter,
                    at,
                    Align2::LEFT_CENTER,
                    setting.param.name,
                    font,
                    colour,
                    room,
                );
            }
        }
    }

    fn port_names(&self, i: usize, node: &NodePlan) {
        let font = || look::regular(NAME_SIZE * self.camera.zoom);
        let indent = INDENT * self.camera.zoom;
        let room = node.rect.width() * self.camera.zoom - 2.0 * indent;
        for row in 0..node.inputs.len().max(node.outputs.len()) {
            let mut left = 0.0;
            if let Some(port) = node.inputs.get(row) {
                let at = self.at(port.at) + vec2(indent, 0.0);
                let colour = self.name_colour(node, port, Hit::Input(i, row));
                let (painter, anchor) = (self.painter, Align2::LEFT_CENTER);
                left = text::write(painter, at, anchor, &port.name, font(), colour, room).width();
            }
            if let Some(port) = node.outputs.get(row) {
                let at = self.at(port.at) - vec2(indent, 0.0);
                let colour = self.name_colour(node, port, Hit::Output(i, row));
                let room = room - left - 6.0;
                text::write(
                    self.painter,
                    at,
                    Align2::RIGHT_CENTER,
                    &port.name,
                    font(),
                    colour,
                    room,
                );
            }
        }
    }

    fn name_colour(&self, node: &NodePlan, port: &PortPlan, hit: Hit) -> Color32 {
        let is_wrong = self.is_wrong(node, port);
        let colour = match self.fitting {
            Some(fitting) if fitting.contains(&hit) => self.colours.text,
            Some(_) => self.colours.text3.gamma_multiply(0.5),
            None if is_wrong => self.colours.error,
            None if port.is_wired || self.hover == hit => self.colours.text2,
            None => self.colours.text3,
        };
        self.shade(node, colour)
    }

    fn is_wrong(&self, node: &NodePlan, port: &PortPlan) -> bool {
        self.findings.at(&node.id, &port.name).any(|found| found.severity == Severity::Error)
    }

    fn ports(&self, i: usize, node: &NodePlan) {
        let k = self.camera.zoom.max(0.7) * 0.92;
        if self.is_far() {
            return;
        }
        let inputs = node.inputs.iter().enumerate().map(|(k, port)| (Hit::Input(i, k), port));
        let outputs = node.outputs.iter().enumerate().map(|(k, port)| (Hit::Output(i, k), port));
        for (hit, port) in inputs.chain(outputs) {
            if node.shape != Shape::Full && !port.is_wired && self.fitting.is_none() {
                continue;
            }
            let fits = self.fitting.map(|fitting| fitting.contains(&hit));
            let look = PortLook {
                is_wired: port.is_wired,
                has_halo: fits == Some(true) || (fits.is_none() && self.hover == hit),
                is_wrong: matches!(hit, Hit::Input(..)) && self.is_wrong(node, port),
                is_dim: fits == Some(false) || node.mode == NodeMode::Muted,
            };
            port.flow.paint_port(self.painter, self.colours, self.at(port.at), k, look);
        }
    }

    /// The wires that go straight through a node.
    fn bypass(&self, node: &NodePlan) {
        for output in node.outputs.iter().filter(|port| port.is_wired) {
            let suits = |input: &&PortPlan| input.is_wired && input.flow == output.flow;
            if let Some(input) = node.inputs.iter().find(suits) {
                let points = [self.at(input.at), self.at(output.at)];
                let colour = output.flow.colour(self.colours);
                self.painter.line_segment(points, Stroke::new(2.0, colour));
            }
        }
    }

    fn note(&self, node: &NodePlan, rect: Rect) {
        let zoom = self.camera.zoom;
        let is_selected = self.selection.nodes.contains(&node.id);
        let edge = if is_selected { self.colours.accent } else { self.colours.line };
        let edge = Stroke::new(1.0, edge);
        self.painter.rect(rect, self.radius(), self.colours.note, edge, StrokeKind::Middle);
        let inner = rect.shrink2(vec2(12.0, 9.0) * zoom);
        let painter = self.painter.with_clip_rect(self.painter.clip_rect().intersect(rect));
        let size = (12.5 * zoom).max(11.0);
        let title = text::write(
            &painter,
            inner.min,
            Align2::LEFT_TOP,
            &node.title,
            look::strong(size),
            self.colours.text,
            inner.width(),
        );
        if self.is_far() {
            return;
        }
        let top = title.bottom() + 5.0 * zoom;
        let body = Rect::from_min_max(pos2(inner.left(), top), inner.max);
        super::super::note::paint(&painter, self.colours, body, &node.text, zoom);
    }

    fn pill(&self, i: usize, node: &NodePlan, rect: Rect) {
        let colours = self.colours;
        let is_selected = self.selection.nodes.contains(&node.id);
        let edge = if is_selected { colours.accent } else { colours.edge };
        let radius = rect.height() * 0.5;
        let edge = Stroke::new(1.0, edge);
        self.painter.rect(rect, radius, colours.raised, edge, StrokeKind::Middle);
        let font = look::regular((NAME_SIZE * self.camera.zoom).max(10.0));
        let room = rect.width() - 20.0 * self.camera.zoom;
        if room > 10.0 {
            let galley = text::elided(self.painter, &node.title, font, colours.text2, room);
            let at = rect.center() - galley.size() * 0.5;
            self.painter.galley(at, galley, colours.text2);
        }
        self.ports(i, node);
    }
}

/// What a firing takes, in words.
pub(super) fn took(live: &super::super::live::LiveNode) -> String {
    match live.n_firings {
        // It fired before anybody looked, or has not yet.
        0 => String::new(),
        1 => "once".to_owned(),
        _ => {
            let ms = live.mean.as_secs_f64() * 1e3;
            if ms < 10.0 { format!("{ms:.2} ms") } else { format!("{ms:.1} ms") }
        }
    }
}

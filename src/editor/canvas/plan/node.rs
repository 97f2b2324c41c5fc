//! A node: what of it is shown, how large it is, and where its ports and fields are.

use super::measure::{Face, Widths};
use super::ports::{inputs, outputs};
use super::values::{is_default, room, shown};
use super::{
    Color, FIELD, GAP, HEADER, INDENT, LARGEST, NodePlan, PAD, PORT_ROW, PortPlan, SETTING_ROW,
    STRIP, SettingPlan, Shape, Sources, place,
};
use crate::diagnostic::Severity;
use crate::editor::look;
use crate::workflow::{CanvasNode, NodeMode, NodeSchema, ParamType, Role};
use bevy_egui::egui::{Context, Pos2, Rect, Vec2, pos2, vec2};
use serde_json::Value;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Widths of a node that its content decides.
const WIDTH: std::ops::RangeInclusive<f32> = 136.0..=240.0;
/// What is wrong with a setting stands below it.
const WRONG_ROW: f32 = 16.0;
/// So many settings are shown while a node is not unfolded.
const MOST_SHOWN: usize = 6;

impl NodePlan {
    pub(super) fn new(
        ctx: &Context,
        widths: &mut Widths,
        node: &CanvasNode,
        sources: &Sources<'_>,
    ) -> Self {
        let schema = sources.registry.find(&node.class);
        let role = schema.map_or(Role::Plain, |schema| schema.role);
        let own_title = node.title.clone().filter(|title| !title.is_empty());
        let kind = schema.map_or(node.class.as_str(), |schema| schema.title);
        let title = match &node.label {
            Some(label) => label.name.clone(),
            None => own_title.unwrap_or_else(|| kind.to_owned()),
        };
        let shape = match role {
            Role::Comment => Shape::Note,
            Role::Reroute => Shape::Pill,
            _ if node.label.is_some() => Shape::Pill,
            _ if node.collapsed => Shape::Collapsed,
            _ => Shape::Full,
        };
        let header = match node.color.as_deref().and_then(look::read_colour) {
            // The colours that DNNE's files carry for a kind say no more than its category does.
            Some(colour) if schema.is_none() => Color::Own(colour),
            Some(colour) if !is_usual(node.color.as_deref()) => Color::Own(colour),
            _ => Color::Category(category(schema)),
        };
        let body = node.bgcolor.as_deref().and_then(look::read_colour);
        let mut planned = Self {
            id: node.id.clone(),
            shape,
            rect: Rect::from_min_size(place(node.at), vec2(0.0, 0.0)),
            kind: if kind == title { String::new() } else { kind.to_owned() },
            title,
            schema,
            header,
            body: body.filter(|_| !is_usual(node.color.as_deref())),
            mode: node.mode,
            is_pinned: node.pinned,
            inputs: inputs(node, schema),
            outputs: outputs(node, schema),
            settings: Vec::new(),
            n_default: 0,
            n_changed: 0,
            is_open: sources.open.contains(&node.id),
            text: String::new(),
            label: node.label.clone(),
            own: node.size,
            stamp: 0,
        };
        let values = sources.values.get(&node.id).map_or(&[][..], Vec::as_slice);
        if shape == Shape::Note {
            planned.text = values.iter().flatten().find_map(Value::as_str).unwrap_or("").to_owned();
        } else {
            planned.choose_settings(node, values, sources);
        }
        planned.arrange(ctx, widths);
        planned
    }

    /// Those that differ from their defaults, and those that say what the node is; all of one that is unfolded.
    fn choose_settings(
        &mut self,
        node: &CanvasNode,
        values: &[Option<Value>],
        sources: &Sources<'_>,
    ) {
        let params = self.schema.map_or(&[][..], |schema| schema.params);
        for (i, param) in params.iter().enumerate() {
            if param.ignored.is_some() {
                continue;
            }
            let value = values.get(i).cloned().flatten();
            let is_default = is_default(param, value.as_ref());
            let input = node.inputs.iter().find(|input| input.is_param && input.name == param.name);
            let is_telling = ["env_name", "num_envs", "value"].contains(&param.name);
            let mut found = sources.findings.at(&node.id, param.name);
            let wrong = found.find(|found| found.severity == Severity::Error);
            let is_shown =
                wrong.is_some() || self.is_open || !is_default || is_telling || input.is_some();
            let has_room = self.is_open || wrong.is_some() || self.settings.len() < MOST_SHOWN;
            if !is_shown || !has_room {
                if is_default {
                    self.n_default += 1
                } else {
                    self.n_changed += 1
                }
                continue;
            }
            self.settings.push(SettingPlan {
                param,
                row: Rect::NOTHING,
                field: Rect::NOTHING,
                shown: shown(param, value.as_ref()),
                value,
                is_default,
                link: input.and_then(|input| input.link.clone()),
                is_input: input.is_some(),
                wrong: wrong.map(|found| found.message.clone()),
            });
        }
    }

    /// Works out the size, and where ports and fields are.
    fn arrange(&mut self, ctx: &Context, widths: &mut Widths) {
        let (min, own) = (self.rect.min, vec2(self.own[0] as f32, self.own[1] as f32));
        let own = vec2(own.x.min(LARGEST), own.y.min(LARGEST));
        let title = widths.width(ctx, &self.title, Face::Title);
        let size = match self.shape {
            Shape::Note => vec2(own.x.max(80.0), own.y.max(HEADER + 20.0)),
            Shape::Pill => vec2((title + 36.0).clamp(44.0, 220.0), HEADER - 4.0),
            Shape::Collapsed => vec2((title + 36.0).clamp(90.0, 240.0), HEADER),
            Shape::Full => {
                let rows = self.inputs.len().max(self.outputs.len()) as f32;
                let settings = match self.settings.len() {
                    0 => 0.0,
                    n => GAP + n as f32 * SETTING_ROW + self.n_wrong() as f32 * WRONG_ROW,
                };
                let height = HEADER + GAP + rows * PORT_ROW + settings + self.strip() + PAD;
                let content = self.content_width(ctx, widths, title);
                let content = content.clamp(*WIDTH.start(), *WIDTH.end());
                // The user's width wins if it is wider.
                vec2(own.x.max(content), height)
            }
        };
        self.rect = Rect::from_min_size(min, size);
        self.place_ports();
        let top = HEADER + GAP + self.inputs.len().max(self.outputs.len()) as f32 * PORT_ROW + GAP;
        let (left, right) = (self.rect.left(), self.rect.right());
        let mut y = min.y + top;
        for setting in &mut self.settings {
            setting.row = Rect::from_min_max(pos2(left, y), pos2(right, y + SETTING_ROW));
            let width = match setting.param.param_type {
                ParamType::Bool { .. } => 26.0,
                _ => (widths.width(ctx, &setting.shown, Face::Value) + room(setting.param))
                    .clamp(54.0, size.x * 0.6),
            };
            let corner = pos2(right - 8.0 - width, setting.row.center().y - FIELD * 0.5);
            setting.field = Rect::from_min_size(corner, vec2(width, FIELD));
            y += SETTING_ROW + if setting.wrong.is_some() { WRONG_ROW } else { 0.0 };
        }
    }

    fn content_width(&self, ctx: &Context, widths: &mut Widths, title: f32) -> f32 {
        let mut width = title + 34.0;
        for row in 0..self.inputs.len().max(self.outputs.len()) {
            let mut name = |ports: &[PortPlan]| {
                ports.get(row).map_or(0.0, |port| widths.width(ctx, &port.name, Face::Name))
            };
            let (left, right) = (name(&self.inputs), name(&self.outputs));
            width = width.max(left + right + 2.0 * INDENT + 12.0);
        }
        for setting in &self.settings {
            let name = widths.width(ctx, setting.param.name, Face::Name);
            let value = widths.width(ctx, &setting.shown, Face::Value) + room(setting.param);
            width = width.max(name + value.max(54.0) + 2.0 * INDENT + 10.0);
        }
        if self.strip() > 0.0 {
            let hint = widths.width(ctx, &self.strip_text(), Face::Hint);
            let kind = widths.width(ctx, &self.kind, Face::Hint);
            width = width.max(hint + kind + 44.0);
        }
        width
    }

    fn place_ports(&mut self) {
        let rect = self.rect;
        let is_full = self.shape == Shape::Full;
        let y = |i: usize| match is_full {
            true => rect.top() + HEADER + GAP + (i as f32 + 0.5) * PORT_ROW,
            // Where there are no rows they gather at the edge.
            false => rect.center().y,
        };
        for (i, port) in self.inputs.iter_mut().enumerate() {
            port.at = pos2(rect.left(), y(i));
        }
        for (i, port) in self.outputs.iter_mut().enumerate() {
            port.at = pos2(rect.right(), y(i));
        }
    }

    /// Whether nothing is seen through it.
    pub(crate) fn covers(&self) -> bool {
        self.shape != Shape::Pill && self.mode == NodeMode::Active
    }

    /// The height of the strip below the settings.
    pub(crate) fn strip(&self) -> f32 {
        if self.shape == Shape::Full && (self.schema.is_some() || !self.kind.is_empty()) {
            STRIP
        } else {
            0.0
        }
    }

    pub(crate) fn strip_rect(&self) -> Rect {
        let bottom = self.rect.bottom() - PAD;
        Rect::from_min_max(
            pos2(self.rect.left(), bottom - self.strip()),
            pos2(self.rect.right(), bottom),
        )
    }

    /// Whether there is something to unfold, or to fold away.
    pub(crate) fn folds(&self) -> bool {
        self.is_open || self.n_default + self.n_changed > 0
    }

    pub(crate) fn strip_text(&self) -> String {
        match (self.is_open, self.n_changed, self.n_default) {
            (true, ..) => "fold".to_owned(),
            (_, 0, 0) if self.settings.is_empty() => "no settings".to_owned(),
            (_, 0, 0) => String::new(),
            (_, 0, n) => format!("{n} at default"),
            (_, changed, n) => format!("{changed} more changed \u{b7} {n} default"),
        }
    }

    pub(crate) fn header_rect(&self) -> Rect {
        Rect::from_min_size(self.rect.min, vec2(self.rect.width(), HEADER.min(self.rect.height())))
    }

    fn n_wrong(&self) -> usize {
        self.settings.iter().filter(|setting| setting.wrong.is_some()).count()
    }

    /// Keeps the state of the ports, as wires set it, from the node before a change. False if a wire would end
    /// elsewhere.
    pub(super) fn takes_place_of(&mut self, before: &Self) -> bool {
        let place = |node: &Self| (node.rect, node.shape, node.label.clone());
        let port =
            |port: &PortPlan| (port.name.clone(), port.port_type.clone(), port.at, port.is_wired);
        let ports = |node: &Self| -> Vec<_> {
            node.inputs.iter().map(port).chain(node.outputs.iter().map(port)).collect()
        };
        let fed = |node: &Self| -> Vec<(Option<String>, Rect)> {
            let fed = node.settings.iter().filter(|setting| setting.link.is_some());
            fed.map(|setting| (setting.link.clone(), setting.row)).collect()
        };
        let is_same = self.inputs.len() == before.inputs.len()
            && place(self) == place(before)
            && ports(self) == ports(before)
            && fed(self) == fed(before);
        if is_same {
            let of = self.inputs.iter_mut().chain(&mut self.outputs);
            for (port, before) in of.zip(before.inputs.iter().chain(&before.outputs)) {
                port.flow = before.flow;
            }
        }
        is_same
    }

    /// Follows the file's place and size; whether one changed.
    pub(super) fn follow(&mut self, ctx: &Context, widths: &mut Widths, node: &CanvasNode) -> bool {
        let way = place(node.at) - self.rect.min;
        if self.own != node.size {
            self.own = node.size;
            self.rect = Rect::from_min_size(place(node.at), Vec2::ZERO);
            self.arrange(ctx, widths);
            self.put_stamp();
            return true;
        }
        if way == Vec2::ZERO {
            return false;
        }
        self.rect = self.rect.translate(way);
        self.inputs.iter_mut().chain(&mut self.outputs).for_each(|port| port.at += way);
        for setting in &mut self.settings {
            setting.row = setting.row.translate(way);
            setting.field = setting.field.translate(way);
        }
        true
    }

    /// Works out what tells its look from another's.
    pub(super) fn put_stamp(&mut self) {
        let mut hasher = DefaultHasher::new();
        let it = &mut hasher;
        (&self.title, &self.kind, &self.text, self.mode, self.is_pinned, self.is_open).hash(it);
        [self.rect.width().to_bits(), self.rect.height().to_bits()].hash(it);
        (self.shape as u8, self.n_default, self.n_changed, self.body).hash(it);
        match self.header {
            Color::Category(i) => i.hash(it),
            Color::Own(colour) => colour.hash(it),
        }
        for port in self.inputs.iter().chain(&self.outputs) {
            (&port.name, port.flow, port.is_wired, port.is_required).hash(it);
        }
        for setting in &self.settings {
            let SettingPlan { param, shown, is_default, link, is_input, wrong, .. } = setting;
            (param.name, shown, is_default, link, is_input, wrong).hash(it);
        }
        self.stamp = hasher.finish();
    }

    /// Where a wire ends that feeds a setting.
    pub(super) fn end_of_setting(&self, link: &str) -> Pos2 {
        let setting = self.settings.iter().find(|setting| setting.link.as_deref() == Some(link));
        setting
            .filter(|_| self.shape == Shape::Full)
            .map_or(pos2(self.rect.left(), self.header_rect().center().y), |s| s.row.left_center())
    }
}

/// Which of the headers' colours a kind has.
pub(crate) fn category(schema: Option<&'static NodeSchema>) -> usize {
    let Some(schema) = schema else { return 4 };
    match (schema.role, schema.category) {
        (Role::Policy, _) => 1,
        (_, "environment") => 0,
        (_, "learning") => 2,
        (_, "monitoring" | "monitor" | "checkpoints" | "checkpoint") => 3,
        _ => 4,
    }
}

/// The colours that DNNE gives to nodes by their kind.
fn is_usual(colour: Option<&str>) -> bool {
    let usual = ["#232", "#222", "#223", "#322", "#432", "#233", "#323", "#332"];
    colour.is_some_and(|colour| usual.contains(&colour))
}

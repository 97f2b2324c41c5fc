//! Fields of settings, titles and notes while somebody writes into them.

use super::hit::Hit;
use super::plan::{NodePlan, Plan, shortest};
use super::{Around, ask_list};
use crate::editor::look;
use crate::editor::tab::Tab;
use crate::workflow::{Edit, ParamSchema, ParamType};
use bevy_egui::egui::{self, Key, Rect, Vec2, pos2, vec2};
use serde_json::Value;

/// Of the window for texts of several lines.
const TEXT_AREA: Vec2 = vec2(380.0, 110.0);

/// A setting that is being written.
#[derive(Clone, Debug)]
pub(super) struct FieldEdit {
    node: String,
    param: &'static ParamSchema,
    text: String,
    kind: Kind,
    /// Its first picture: then it takes the keyboard.
    is_new: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Line,
    Lines,
    List,
}

impl FieldEdit {
    /// Which field it is.
    pub(super) fn place(&self, plan: &Plan) -> Option<Hit> {
        let i = plan.position(&self.node)?;
        let settings = &plan.nodes[i].settings;
        let k = settings.iter().position(|setting| setting.param.name == self.param.name)?;
        (self.kind == Kind::Line).then_some(Hit::Field(i, k))
    }
}

/// A number that is dragged.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scrub {
    node: String,
    param: &'static ParamSchema,
    start: f64,
    /// How much one point of the mouse changes it.
    step: f64,
    moved: f64,
}

impl Scrub {
    /// Of a field with a number that nothing feeds.
    pub(super) fn new(node: &NodePlan, k: usize) -> Option<Self> {
        let setting = &node.settings[k];
        if setting.link.is_some() {
            return None;
        }
        let param = setting.param;
        let start: f64 = setting.shown.parse().ok()?;
        let step = match param.param_type {
            ParamType::Int { min, max, .. } => {
                let range = (max as f64 - min as f64).abs();
                (start.abs() * 0.01).max(0.1).min((range / 200.0).max(0.1))
            }
            ParamType::Float { min, max, .. } => {
                let range = (max - min).abs();
                let by_size = if start == 0.0 { 1e-3 } else { start.abs() * 0.01 };
                by_size.min(range / 100.0)
            }
            _ => return None,
        };
        Some(Self { node: node.id.clone(), param, start, step, moved: 0.0 })
    }

    /// Moved on by so many points; finer on request.
    pub(super) fn drag(&mut self, by: f32, is_fine: bool) -> Option<Edit> {
        self.moved += f64::from(by) * if is_fine { 0.1 } else { 1.0 };
        let value = self.start + self.moved * self.step;
        let value = match self.param.param_type {
            ParamType::Int { min, max, .. } => Value::from((value.round() as i64).clamp(min, max)),
            ParamType::Float { min, max, .. } => {
                Value::from(rounded(value, self.step).clamp(min, max))
            }
            _ => return None,
        };
        let (node, param) = (self.node.clone(), self.param.name.to_owned());
        Some(Edit::SetParam { node, param, value })
    }
}

/// To digits that matter beside a step.
fn rounded(value: f64, step: f64) -> f64 {
    let unit = 10f64.powf(step.log10().floor());
    let rounded = (value / unit).round() * unit;
    // The shortest decimal of that: 0.30000000000000004 is none that anybody meant.
    format!("{rounded:.12}").parse().unwrap_or(rounded)
}

/// A field was clicked: a switch turns, a list opens, everything else is written into.
pub(super) fn open(tab: &mut Tab, around: &mut Around<'_>, i: usize, k: usize) {
    let node = &tab.plan().nodes[i];
    let setting = &node.settings[k];
    if setting.link.is_some() {
        return;
    }
    let (id, param) = (node.id.clone(), setting.param);
    let text = match &setting.value {
        Some(Value::String(text)) => text.clone(),
        _ => setting.shown.clone(),
    };
    let kind = match param.param_type {
        ParamType::Bool { .. } => {
            let is_on = ["on", "true"].contains(&setting.shown.as_str());
            let edit = for_all(tab, &id, param, &Value::from(!is_on));
            tab.edit(around.registry, &edit);
            return;
        }
        ParamType::Choice { .. } => Kind::List,
        ParamType::Text { .. } if param.name == "env_name" => Kind::List,
        ParamType::Text { .. } if !param.is_path => Kind::Lines,
        _ => Kind::Line,
    };
    tab.state.rename = None;
    tab.state.field = Some(FieldEdit { node: id, param, text, kind, is_new: true });
}

/// Sets a parameter of a node, and of all that are selected with it and have the same.
pub(super) fn for_all(tab: &Tab, node: &str, param: &ParamSchema, value: &Value) -> Edit {
    let set = |node: &str| Edit::SetParam {
        node: node.to_owned(),
        param: param.name.to_owned(),
        value: value.clone(),
    };
    let plan = tab.plan();
    let class = |id: &str| plan.node(id).and_then(|node| node.schema).map(|it| it.class_type);
    let own = class(node);
    let mut edits = vec![set(node)];
    if tab.selection.nodes.contains(node) {
        let others = tab.selection.nodes.iter().filter(|id| *id != node && class(id) == own);
        edits.extend(others.map(|id| set(id)));
    }
    if edits.len() == 1 { edits.remove(0) } else { Edit::All(edits) }
}

/// What somebody wrote, as files hold it: a number where it is one, else the text, of which the check says what
/// is wrong with it.
pub(super) fn read(param: &ParamSchema, text: &str) -> Value {
    let trimmed = text.trim();
    let as_text = || Value::from(trimmed);
    match param.param_type {
        ParamType::Int { .. } => trimmed.parse::<i64>().map_or_else(
            |_| match trimmed.parse::<f64>() {
                Ok(x) if x.fract() == 0.0 && x.abs() < 9e15 => Value::from(x as i64),
                _ => as_text(),
            },
            Value::from,
        ),
        ParamType::Float { .. } => match trimmed.parse::<f64>() {
            Ok(x) if x.is_finite() => Value::from(x),
            _ => as_text(),
        },
        ParamType::Text { .. } => Value::from(text),
        _ => as_text(),
    }
}

/// Shows what is being written, and takes it over once it is done.
pub(super) fn show(ui: &mut egui::Ui, area: Rect, tab: &mut Tab, around: &mut Around<'_>) {
    let Some(mut field) = tab.state.field.take() else { return };
    let place = tab.plan().position(&field.node).and_then(|i| {
        let settings = &tab.plan().nodes[i].settings;
        settings.iter().find(|setting| setting.param.name == field.param.name)
    });
    // The node is gone, or the setting folded away.
    let Some(rect) = place.map(|setting| tab.camera.rect_to_screen(area, setting.field)) else {
        return;
    };
    let done = match field.kind {
        Kind::Line => line(ui, rect, tab.camera.zoom, &mut field),
        Kind::Lines => {
            lines(ui, rect, field.param.name, field.param.doc, &mut field.text, &mut field.is_new)
        }
        Kind::List => ask_list(ui, rect, around, field.param, &mut field.text, &mut field.is_new),
    };
    match done {
        Done::Not => tab.state.field = Some(field),
        Done::Left => {}
        Done::Taken => {
            let value = read(field.param, &field.text);
            let edit = for_all(tab, &field.node, field.param, &value);
            tab.edit(around.registry, &edit);
        }
    }
}

/// How the writing ended, if it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    Not,
    Left,
    Taken,
}

fn line(ui: &mut egui::Ui, rect: Rect, zoom: f32, field: &mut FieldEdit) -> Done {
    let least = 64.0_f32.max(rect.width());
    let rect = Rect::from_min_max(pos2(rect.right() - least, rect.top()), rect.max).expand(1.0);
    let size = (super::plan::VALUE_SIZE * zoom).max(10.0);
    let edit = egui::TextEdit::singleline(&mut field.text)
        .font(look::mono(size))
        .horizontal_align(egui::Align::RIGHT)
        .margin(egui::Margin::symmetric(6, 0))
        .vertical_align(egui::Align::Center)
        .desired_width(rect.width());
    look::apply(ui);
    let response = ui.put(rect, edit);
    take_keyboard(ui, &response, &mut field.is_new, &field.text);
    ended(ui, &response, false)
}

/// A text of several lines beside its place.
pub(super) fn lines(
    ui: &mut egui::Ui,
    rect: Rect,
    name: &str,
    doc: &str,
    text: &mut String,
    is_new: &mut bool,
) -> Done {
    let inner = egui::Area::new(egui::Id::new(("lines", name)))
        .order(egui::Order::Foreground)
        .fixed_pos(rect.left_bottom() + vec2(0.0, 4.0))
        .constrain_to(ui.ctx().content_rect())
        .show(ui.ctx(), |ui| {
            look::apply(ui);
            let colours = look::colours(ui.ctx());
            egui::Frame::new()
                .fill(colours.raised)
                .stroke(egui::Stroke::new(1.0, colours.edge))
                .corner_radius(8)
                .inner_margin(10)
                .show(ui, |ui| {
                    ui.set_width(TEXT_AREA.x);
                    ui.label(
                        egui::RichText::new(name).font(look::strong(12.0)).color(colours.text),
                    );
                    let doc = egui::RichText::new(doc).font(look::regular(11.0));
                    ui.label(doc.color(colours.text3));
                    let edit = egui::TextEdit::multiline(text)
                        .font(look::mono(12.0))
                        .desired_width(TEXT_AREA.x)
                        .desired_rows(4)
                        .min_size(TEXT_AREA);
                    let response = ui.add(edit);
                    let hint = "Ctrl+Enter takes it, Esc leaves it";
                    let hint = egui::RichText::new(hint).font(look::regular(11.0));
                    ui.label(hint.color(colours.text3));
                    response
                })
                .inner
        });
    take_keyboard(ui, &inner.inner, is_new, text);
    ended(ui, &inner.inner, true)
}

pub(super) fn take_keyboard(
    ui: &egui::Ui,
    response: &egui::Response,
    is_new: &mut bool,
    text: &str,
) {
    if !std::mem::take(is_new) {
        return;
    }
    response.request_focus();
    // What is there is replaced by what is written first.
    let mut state = egui::TextEdit::load_state(ui.ctx(), response.id).unwrap_or_default();
    let range = egui::text::CCursorRange::two(
        egui::text::CCursor::new(0),
        egui::text::CCursor::new(text.chars().count()),
    );
    state.cursor.set_char_range(Some(range));
    state.store(ui.ctx(), response.id);
}

pub(super) fn ended(ui: &egui::Ui, response: &egui::Response, is_long: bool) -> Done {
    if ui.input(|input| input.key_pressed(Key::Escape)) {
        return Done::Left;
    }
    let enter =
        ui.input(|input| input.key_pressed(Key::Enter) && (!is_long || input.modifiers.command));
    if enter || response.lost_focus() { Done::Taken } else { Done::Not }
}

/// A number as a range says it.
pub(super) fn range_of(param: &ParamSchema) -> Option<String> {
    match param.param_type {
        ParamType::Float { min, max, .. } => {
            Some(format!("{} to {}", shortest(min), shortest(max)))
        }
        ParamType::Int { min, max, .. } | ParamType::IntList { min, max, .. } => {
            Some(format!("{min} to {max}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static RATE: ParamSchema = ParamSchema::float("learning_rate", 3e-4, 0.0, 1.0, "");
    static COUNT: ParamSchema = ParamSchema::int("num_envs", 64, 1, 4096, "");
    static SIZES: ParamSchema = ParamSchema::int_list("hidden_sizes", &[64, 64], 1, 4096, "");

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let cases = [
            (&RATE, "3e-4", Value::from(3e-4)),
            (&RATE, " .5 ", Value::from(0.5)),
            (&RATE, "much", Value::from("much")),
            (&RATE, "inf", Value::from("inf")),
            (&COUNT, "512", Value::from(512)),
            (&COUNT, "1e3", Value::from(1000)),
            (&COUNT, "2.5", Value::from("2.5")),
            (&SIZES, "64, 64", Value::from("64, 64")),
        ];
        for (param, text, expected) in cases {
            assert_eq!(read(param, text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_dragged_number_stays_in_its_range_and_short() {
        let mut scrub =
            Scrub { node: "1".to_owned(), param: &RATE, start: 0.3, step: 0.003, moved: 0.0 };
        let Some(Edit::SetParam { value, .. }) = scrub.drag(1.0, false) else { panic!() };
        assert_eq!(value, Value::from(0.303));
        let Some(Edit::SetParam { value, .. }) = scrub.drag(1e9, false) else { panic!() };
        assert_eq!(value, Value::from(1.0));
        let Some(Edit::SetParam { value, .. }) = scrub.drag(-1e12, true) else { panic!() };
        assert_eq!(value, Value::from(0.0));
    }
}

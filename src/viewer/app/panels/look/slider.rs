//! A row with a name, a slider that begins at zero, and the number, which can be dragged and typed too.

use super::{CHOSEN, of_theme};
use bevy_egui::egui::{
    Align, DragValue, Id, Label, Layout, Pos2, Rect, Response, Sense, Stroke, Ui, UiBuilder,
    WidgetText, pos2, vec2,
};

/// Sizes [points].
const HEIGHT: f32 = 20.0;
const NAME: f32 = 96.0;
const FIELD: f32 = 90.0;
const GAP: f32 = 10.0;
const KNOB: f32 = 5.5;
const TRACK: f32 = 4.0;

/// A number that is moved.
pub(super) struct Moved<'a> {
    pub name: &'a str,
    pub value: f64,
    /// Ends of the slider.
    pub range: [f64; 2],
    /// Whether the number ends there too.
    pub is_bounded: bool,
    pub unit: &'a str,
}

/// The rectangles of a row: the name, what is in the middle, the number.
pub(super) fn split(ui: &mut Ui) -> [Rect; 3] {
    split_at(ui, NAME)
}

/// The same with another width for the name [points].
pub(super) fn split_at(ui: &mut Ui, width_of_name: f32) -> [Rect; 3] {
    let size = vec2(ui.available_width(), HEIGHT);
    let (row, _) = ui.allocate_exact_size(size, Sense::hover());
    let part = |left: f32, right: f32| {
        Rect::from_min_max(pos2(left, row.top()), pos2(right.max(left), row.bottom()))
    };
    let field = row.right() - FIELD;
    [
        part(row.left(), row.left() + width_of_name),
        part(row.left() + width_of_name + GAP, field - GAP),
        part(field, row.right()),
    ]
}

/// A text at the left of a rectangle, cut where there is no room for it.
pub(super) fn name(ui: &mut Ui, rect: Rect, text: impl Into<WidgetText>) -> Response {
    put(ui, rect, Layout::left_to_right(Align::Center), text)
}

/// A text at the right.
pub(super) fn value(ui: &mut Ui, rect: Rect, text: impl Into<WidgetText>) -> Response {
    put(ui, rect, Layout::right_to_left(Align::Center), text)
}

/// The row has its room already.
fn put(ui: &mut Ui, rect: Rect, layout: Layout, text: impl Into<WidgetText>) -> Response {
    let label = Label::new(text).truncate().selectable(false);
    ui.new_child(UiBuilder::new().max_rect(rect).layout(layout)).add(label)
}

/// The row; the new value if it was moved. What is said of it shows over its name.
pub(super) fn row(
    ui: &mut Ui,
    id: Id,
    moved: &Moved<'_>,
    about: impl FnOnce() -> String,
) -> Option<f64> {
    let [at_name, at_slider, at_field] = split(ui);
    if !ui.is_rect_visible(at_name.union(at_field)) {
        return None;
    }
    let response = name(ui, at_name, moved.name);
    if response.hovered() {
        response.on_hover_text(about());
    }
    let mut new = moved.value;
    let mut has_moved = slide(ui, at_slider, id, &mut new, moved.range);
    let [low, high] = moved.range;
    let mut field = DragValue::new(&mut new).speed((high - low) / 300.0).max_decimals(6);
    field = field.custom_formatter(|value, _| three(value));
    if moved.is_bounded {
        field = field.range(low..=high);
    }
    if !moved.unit.is_empty() {
        field = field.suffix(format!(" {}", moved.unit));
    }
    // By an id of its own, so that what is being typed stays where it is when rows above go.
    let mut child = ui.new_child(UiBuilder::new().id(id.with("field")).max_rect(at_field));
    has_moved |= child.put(at_field, field).changed();
    (has_moved && new.is_finite()).then_some(new)
}

/// Three digits behind the point; what is zero in them has no sign.
pub(super) fn three(value: f64) -> String {
    let text = format!("{value:.3}");
    if text == "-0.000" { "0.000".to_owned() } else { text }
}

/// The slider itself: a click puts it there, a double-click to zero, or what is nearest to it.
fn slide(ui: &mut Ui, rect: Rect, id: Id, value: &mut f64, [low, high]: [f64; 2]) -> bool {
    let response = ui.interact(rect, id, Sense::click_and_drag());
    let (left, width) = (rect.left() + KNOB, (rect.width() - 2.0 * KNOB).max(1.0));
    let zero = 0f64.clamp(low, high);
    let mut has_moved = false;
    if response.double_clicked() {
        (*value, has_moved) = (zero, true);
    } else if response.is_pointer_button_down_on()
        && let Some(pointer) = response.interact_pointer_pos()
    {
        let part = f64::from(((pointer.x - left) / width).clamp(0.0, 1.0));
        let new = low + part * (high - low);
        has_moved = new != *value;
        *value = new;
    }
    let place = |value: f64| {
        let part = ((value - low) / (high - low).max(1e-12)).clamp(0.0, 1.0);
        pos2(left + part as f32 * width, rect.center().y)
    };
    paint(ui, &response, rect, place(zero), place(*value));
    has_moved
}

fn paint(ui: &Ui, response: &Response, rect: Rect, zero: Pos2, knob: Pos2) {
    let (painter, visuals) = (ui.painter(), ui.visuals());
    let colour = of_theme(ui, CHOSEN);
    let track = Rect::from_center_size(rect.center(), vec2(rect.width(), TRACK));
    painter.rect_filled(track, TRACK / 2.0, visuals.widgets.inactive.bg_fill);
    let filled = Rect::from_two_pos(zero - vec2(0.0, TRACK / 2.0), knob + vec2(0.0, TRACK / 2.0));
    painter.rect_filled(filled, TRACK / 2.0, colour);
    let mark = [zero - vec2(0.0, TRACK), zero + vec2(0.0, TRACK)];
    painter.line_segment(mark, Stroke::new(1.0, visuals.weak_text_color()));
    let is_lit = response.hovered() || response.is_pointer_button_down_on();
    let inside = if is_lit { colour } else { visuals.panel_fill };
    painter.circle(knob, KNOB, inside, Stroke::new(2.0, colour));
}

#[cfg(test)]
mod tests {
    use super::three;

    #[test]
    fn zero_has_no_sign() {
        assert_eq!([-0.0001, 0.0, -0.0006, 1.5].map(three), ["0.000", "0.000", "-0.001", "1.500"]);
    }
}

//! A list of choices below a field.

use super::Around;
use super::field::Done;
use crate::editor::look;
use crate::workflow::{ParamSchema, ParamType};
use bevy_egui::egui::{self, Key, Rect, vec2};

const WIDTH: f32 = 200.0;
const HEIGHT: f32 = 260.0;
/// Longer lists are searched.
const SHORT: usize = 8;

/// Shows what may be chosen; `text` is what stands in the field, then what is searched, then what was chosen.
pub(super) fn ask_list(
    ui: &mut egui::Ui,
    rect: Rect,
    around: &Around<'_>,
    param: &ParamSchema,
    text: &mut String,
    is_new: &mut bool,
) -> Done {
    let options: Vec<&str> = match param.param_type {
        ParamType::Choice { options, .. } => options.to_vec(),
        _ => around.scenes.iter().map(String::as_str).collect(),
    };
    let id = egui::Id::new(("list", param.name));
    let search_id = id.with("search");
    let mut search: String = ui.data_mut(|data| data.get_temp(search_id).unwrap_or_default());
    if *is_new {
        search.clear();
    }
    let found: Vec<&str> = options
        .iter()
        .copied()
        .filter(|option| option.to_lowercase().contains(&search.to_lowercase()))
        .collect();
    let mut done = Done::Not;
    let shown = egui::Area::new(id)
        .order(egui::Order::Foreground)
        .fixed_pos(rect.left_bottom() + vec2(0.0, 3.0))
        .constrain_to(ui.ctx().content_rect())
        .show(ui.ctx(), |ui| {
            look::apply(ui);
            let colours = look::colours(ui.ctx());
            egui::Frame::new()
                .fill(colours.raised)
                .stroke(egui::Stroke::new(1.0, colours.edge))
                .corner_radius(8)
                .inner_margin(4)
                .show(ui, |ui| {
                    ui.set_width(WIDTH.max(rect.width()));
                    if options.len() > SHORT {
                        let edit = egui::TextEdit::singleline(&mut search)
                            .hint_text("search")
                            .desired_width(f32::INFINITY);
                        let response = ui.add(edit);
                        if *is_new {
                            response.request_focus();
                        }
                        if ui.input(|input| input.key_pressed(Key::Enter))
                            && let [first, ..] = found[..]
                        {
                            first.clone_into(text);
                            done = Done::Taken;
                        }
                    }
                    egui::ScrollArea::vertical().max_height(HEIGHT).show(ui, |ui| {
                        for option in &found {
                            let is_chosen = option.eq_ignore_ascii_case(text);
                            let label = egui::RichText::new(*option).font(look::mono(11.5));
                            let button = egui::Button::selectable(is_chosen, label)
                                .min_size(vec2(ui.available_width(), 22.0));
                            if ui.add(button).clicked() {
                                (*option).clone_into(text);
                                done = Done::Taken;
                            }
                        }
                        if found.is_empty() {
                            ui.weak(if options.is_empty() {
                                "there is none"
                            } else {
                                "none is called so"
                            });
                        }
                    });
                });
        });
    ui.data_mut(|data| data.insert_temp(search_id, search));
    let pressed_beside = !*is_new && shown.response.clicked_elsewhere();
    *is_new = false;
    if done == Done::Not && (pressed_beside || ui.input(|input| input.key_pressed(Key::Escape))) {
        return Done::Left;
    }
    done
}

//! Titles of nodes and groups, and the texts of notes, while somebody writes them.

use super::field::{Done, ended, lines, take_keyboard};
use super::{Around, hit, plan};
use crate::editor::look;
use crate::editor::tab::Tab;
use crate::workflow::Edit;
use bevy_egui::egui::{self, Rect, vec2};
use plan::{NodePlan, Shape};
use serde_json::Value;

/// A title, or the text of a note, that is being written.
#[derive(Clone, Debug)]
pub(super) struct Rename {
    what: Named,
    text: String,
    is_new: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Named {
    Node(String),
    Group(usize),
    /// A note's text: its node and the parameter.
    Note(String, &'static str),
}

pub(super) fn rename_node(tab: &mut Tab, i: usize) {
    let node = &tab.plan().nodes[i];
    let (what, text) = (Named::Node(node.id.clone()), node.title.clone());
    tab.state.field = None;
    tab.state.rename = Some(Rename { what, text, is_new: true });
}

pub(super) fn rename_group(tab: &mut Tab, i: usize) {
    let Some(text) = tab.canvas().groups.get(i).map(|group| group.title.clone()) else { return };
    tab.state.field = None;
    tab.state.rename = Some(Rename { what: Named::Group(i), text, is_new: true });
}

/// A note is written in its place.
pub(super) fn write_note(tab: &mut Tab, i: usize) {
    let node = &tab.plan().nodes[i];
    let param = node.schema.and_then(|schema| schema.params.first());
    let Some(param) = param.filter(|_| node.shape == Shape::Note) else { return };
    let (what, text) = (Named::Note(node.id.clone(), param.name), node.text.clone());
    tab.state.field = None;
    tab.state.rename = Some(Rename { what, text, is_new: true });
}

/// Shows the title or text that is being written, and takes it over once that is done.
pub(super) fn show(ui: &mut egui::Ui, area: Rect, tab: &mut Tab, around: &mut Around<'_>) {
    let Some(mut rename) = tab.state.rename.take() else { return };
    let zoom = tab.camera.zoom;
    let place = match &rename.what {
        Named::Node(id) => tab.plan().node(id).map(NodePlan::header_rect),
        Named::Group(i) => tab.plan().groups.get(*i).map(|group| {
            Rect::from_min_size(group.rect.min, vec2(group.rect.width(), hit::GROUP_TITLE))
        }),
        Named::Note(id, _) => tab.plan().node(id).map(|node| node.rect),
    };
    let Some(place) = place else { return };
    let rect = tab.camera.rect_to_screen(area, place);
    let done = match &rename.what {
        Named::Note(..) => {
            let rect = Rect::from_min_size(rect.min, vec2(rect.width(), 0.0));
            lines(
                ui,
                rect,
                "note",
                "Markdown: # heading, - list, **strong**, `code`",
                &mut rename.text,
                &mut rename.is_new,
            )
        }
        _ => {
            look::apply(ui);
            let size = (plan::TITLE_SIZE * zoom).max(11.0);
            let edit = egui::TextEdit::singleline(&mut rename.text)
                .font(look::strong(size))
                .vertical_align(egui::Align::Center)
                .desired_width(rect.width());
            let least = vec2(rect.width().max(120.0), rect.height().max(22.0));
            let response = ui.put(Rect::from_min_size(rect.min, least), edit);
            take_keyboard(ui, &response, &mut rename.is_new, &rename.text);
            ended(ui, &response, false)
        }
    };
    match done {
        Done::Not => tab.state.rename = Some(rename),
        Done::Left => {}
        Done::Taken => {
            let text = rename.text;
            let edit = match rename.what {
                Named::Node(node) => Edit::RenameNode { node, title: text.trim().to_owned() },
                Named::Group(group) => Edit::RenameGroup { group, title: text.trim().to_owned() },
                Named::Note(node, param) => {
                    let (param, value) = (param.to_owned(), Value::from(text));
                    Edit::SetParam { node, param, value }
                }
            };
            tab.edit(around.registry, &edit);
        }
    }
}

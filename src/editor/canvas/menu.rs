//! The menus of canvas, nodes, wires, ports and groups, and what is said of what is under the mouse.

use super::field::range_of;
use super::gesture::position_among;
use super::hit::Hit;
use super::plan::NodePlan;
use super::wiring::reference;
use super::{Around, Ask, PaletteOn, Route, field, port};
use crate::editor::command::Command;
use crate::editor::look;
use crate::editor::selection::Selection;
use crate::editor::tab::Tab;
use crate::workflow::{Edit, Role};
use bevy_egui::egui::{self, Pos2};

/// Colours that nodes and groups may be given: a name, that of the header, that of the body.
const COLOURS: [(&str, &str, &str); 8] = [
    ("red", "#5a3038", "#3b2528"),
    ("orange", "#5a4328", "#3b3024"),
    ("yellow", "#55502a", "#3a3826"),
    ("green", "#2f5040", "#26382f"),
    ("cyan", "#2a5058", "#24383c"),
    ("blue", "#2f4668", "#26324a"),
    ("purple", "#4a3a68", "#34294a"),
    ("grey", "#4a4f57", "#33373d"),
];

/// Fills the menu of what was clicked with the other button.
pub(super) fn show(ui: &mut egui::Ui, tab: &mut Tab, around: &mut Around<'_>) {
    look::apply(ui);
    ui.set_min_width(210.0);
    let (hit, at) = tab.state.menu;
    match hit {
        Hit::Nothing => of_canvas(ui, tab, around, at),
        Hit::Input(..) | Hit::Output(..) => of_port(ui, tab, around, hit, at),
        Hit::Wire(i) => of_wire(ui, tab, around, i, at),
        Hit::Reroute(i) => {
            if item(ui, "remove this bend", &around.keymap.key(Command::Delete))
                && let Some(reroute) = tab.plan().reroutes.get(i).map(|reroute| reroute.id.clone())
            {
                tab.edit(around.registry, &Edit::RemoveReroute { reroute });
            }
        }
        Hit::GroupTitle(_) | Hit::GroupCorner(_) => of_group(ui, tab, around),
        Hit::Field(i, k) | Hit::Setting(i, k) => {
            of_setting(ui, tab, around, i, k);
            ui.separator();
            of_node(ui, tab, around, i);
        }
        _ => {
            if let Some(i) = hit.node() {
                of_node(ui, tab, around, i);
            }
        }
    }
}

/// One row; whether it was chosen.
fn item(ui: &mut egui::Ui, text: &str, key: &str) -> bool {
    let colours = look::colours(ui.ctx());
    let key = egui::RichText::new(key).font(look::regular(11.0)).color(colours.text3);
    let button = egui::Button::new(text).right_text(key).frame_when_inactive(false);
    let chosen = ui.add(button).clicked();
    if chosen {
        ui.close();
    }
    chosen
}

fn commands(ui: &mut egui::Ui, around: &mut Around<'_>, list: &[Command]) {
    for &command in list {
        if item(ui, command.name(), &around.keymap.key(command)) {
            around.asks.push(Ask::Command(command));
        }
    }
}

fn of_canvas(ui: &mut egui::Ui, tab: &mut Tab, around: &mut Around<'_>, at: Pos2) {
    if item(ui, "add a node", "double-click") {
        around.asks.push(Ask::Palette { at, on: PaletteOn::Nothing });
    }
    if item(ui, "add a note", "") {
        let note = around.registry.iter().find(|schema| schema.role == Role::Comment);
        if let Some(schema) = note {
            let node = crate::workflow::NodeToAdd {
                class: schema.class_type.to_owned(),
                at: [f64::from(at.x).round(), f64::from(at.y).round()],
                size: Some([240.0, 120.0]),
                ..Default::default()
            };
            if let Some(made) = tab.edit(around.registry, &Edit::AddNode(node)) {
                tab.selection = Selection::of_nodes(made.nodes);
            }
        }
    }
    commands(ui, around, &[Command::Paste, Command::PasteConnected]);
    ui.separator();
    commands(
        ui,
        around,
        &[Command::SelectAll, Command::Arrange, Command::Fit, Command::Minimap, Command::Snap],
    );
    ui.menu_button("wires", |ui| {
        look::apply(ui);
        let routes = [
            ("curves", Route::Spline),
            ("straight", Route::Straight),
            ("steps", Route::Orthogonal),
        ];
        for (name, route) in routes {
            if ui.selectable_label(tab.route() == route, name).clicked() {
                tab.set_route(route);
                ui.close();
            }
        }
    });
    ui.separator();
    commands(ui, around, &[Command::Save, Command::Export, Command::Shortcuts]);
}

fn of_node(ui: &mut egui::Ui, tab: &mut Tab, around: &mut Around<'_>, i: usize) {
    let Some(node) = tab.plan().nodes.get(i) else { return };
    let is_environment = node.schema.is_some_and(|schema| schema.role == Role::Environment);
    if is_environment {
        let scene = node.settings.iter().find(|setting| setting.param.name == "env_name");
        let scene = scene.map(|setting| setting.shown.clone());
        if item(ui, "look at the robot", "")
            && let Some(scene) = scene
        {
            around.asks.push(Ask::Look(scene));
        }
        ui.separator();
    }
    commands(ui, around, &[Command::Rename, Command::Collapse, Command::Unfold]);
    commands(ui, around, &[Command::Bypass, Command::Mute, Command::Pin]);
    colour_menu(ui, tab, around);
    ui.separator();
    if tab.selection.nodes.len() > 1 {
        commands(ui, around, &[Command::Group, Command::Arrange]);
        ui.menu_button("align", |ui| {
            look::apply(ui);
            use Command::{AlignLeft, AlignTop, DistributeAcross, DistributeDown};
            commands(ui, around, &[AlignLeft, AlignTop, DistributeAcross, DistributeDown]);
        });
        ui.separator();
    }
    commands(ui, around, &[Command::Copy, Command::Cut, Command::Duplicate, Command::Delete]);
}

fn colour_menu(ui: &mut egui::Ui, tab: &mut Tab, around: &Around<'_>) {
    ui.menu_button("colour", |ui| {
        look::apply(ui);
        let mut chosen = None;
        if ui.button("that of its kind").clicked() {
            chosen = Some((None, None));
        }
        for (name, header, body) in COLOURS {
            let colour = look::read_colour(header).unwrap_or_default();
            ui.horizontal(|ui| {
                let (dot, _) = ui.allocate_exact_size(egui::vec2(14.0, 14.0), egui::Sense::hover());
                ui.painter().rect_filled(dot, 3.0, colour);
                if ui.button(name).clicked() {
                    chosen = Some((Some(header.to_owned()), Some(body.to_owned())));
                }
            });
        }
        if let Some((color, bgcolor)) = chosen {
            let nodes = tab.selection.node_list(tab.canvas());
            let groups = tab.selection.groups.iter();
            let mut edits: Vec<Edit> =
                groups.map(|&group| Edit::ColourGroup { group, color: color.clone() }).collect();
            if !nodes.is_empty() {
                edits.push(Edit::ColourNodes { nodes, color, bgcolor });
            }
            tab.edit(around.registry, &Edit::All(edits));
            ui.close();
        }
    });
}

fn of_group(ui: &mut egui::Ui, tab: &mut Tab, around: &mut Around<'_>) {
    commands(ui, around, &[Command::Rename, Command::FitGroup]);
    colour_menu(ui, tab, around);
    commands(ui, around, &[Command::Ungroup, Command::Copy]);
}

fn of_port(ui: &mut egui::Ui, tab: &mut Tab, around: &mut Around<'_>, hit: Hit, at: Pos2) {
    let Some(is_wired) = port(tab.plan(), hit).map(|(_, port)| port.is_wired) else { return };
    if item(ui, "add a node here", "drop the wire") {
        let on = PaletteOn::Wire(super::Loose::new(hit, at));
        around.asks.push(Ask::Palette { at, on });
    }
    if is_wired && item(ui, "disconnect", "Ctrl+Alt+click") {
        let Some(port) = reference(tab.plan(), hit) else { return };
        let edit = match hit {
            Hit::Input(..) => Edit::DisconnectInput(port),
            _ => Edit::DisconnectOutput(port),
        };
        tab.edit(around.registry, &edit);
    }
}

fn of_wire(ui: &mut egui::Ui, tab: &mut Tab, around: &mut Around<'_>, i: usize, at: Pos2) {
    let Some(link) = tab.plan().wires.get(i).map(|wire| wire.link.clone()) else { return };
    if item(ui, "insert a node", "double-click") {
        around.asks.push(Ask::Palette { at, on: PaletteOn::Link(link.clone()) });
    }
    if item(ui, "bend here", "Alt+click") {
        let position = position_among(&tab.plan().wires[i], tab.plan(), at);
        let at = [f64::from(at.x), f64::from(at.y)];
        tab.edit(around.registry, &Edit::AddReroute { link: link.clone(), position, at });
    }
    if item(ui, "replace by labels", "") {
        tab.edit(around.registry, &Edit::LinkToLabels { link: link.clone(), name: None });
    }
    if item(ui, "remove", &around.keymap.key(Command::Delete)) {
        tab.edit(around.registry, &Edit::RemoveLinks { links: vec![link] });
    }
}

fn of_setting(ui: &mut egui::Ui, tab: &mut Tab, around: &mut Around<'_>, i: usize, k: usize) {
    let Some(node) = tab.plan().nodes.get(i) else { return };
    let Some(setting) = node.settings.get(k) else { return };
    let (id, param, is_default, is_input) =
        (node.id.clone(), setting.param, setting.is_default, setting.is_input);
    let name = param.name.to_owned();
    if !is_default && item(ui, "back to its default", "") {
        let value = param.param_type.default_value().to_json();
        let edit = field::for_all(tab, &id, param, &value);
        tab.edit(around.registry, &edit);
    }
    let text = if is_input { "write it here again" } else { "feed it by a wire" };
    if item(ui, text, "") {
        let edit = match is_input {
            true => Edit::InputToParam { node: id, param: name },
            false => Edit::ParamToInput { node: id, param: name },
        };
        tab.edit(around.registry, &edit);
    }
}

/// What is said of what is under the mouse: a title, then lines of words or of values.
pub(super) fn hint_of(tab: &Tab, around: &Around<'_>) -> Option<Vec<(String, bool)>> {
    let plan = tab.plan();
    let mut lines = Vec::new();
    let mut say = |text: String| {
        if !text.is_empty() {
            lines.push((text, false));
        }
    };
    match tab.state.hover() {
        hit @ (Hit::Input(i, _) | Hit::Output(i, _)) => {
            let (node, port) = port(plan, hit)?;
            say(format!("{} \u{b7} {}", node.title, port.name));
            say(port.doc.to_owned());
            let found = tab.findings.at(&node.id, &port.name).map(|found| found.message.clone());
            found.for_each(&mut say);
            let is_free = matches!(hit, Hit::Input(..)) && !port.is_wired;
            if is_free {
                say(if port.is_required { "must be wired" } else { "may stay free" }.to_owned());
            }
            lines.push((port.port_type.clone(), true));
            let size = tab.findings.sizes.get(&(plan.nodes[i].id.clone(), port.name.clone()));
            lines.extend(size.map(|size| (size.clone(), true)));
        }
        Hit::Field(i, k) | Hit::Setting(i, k) => {
            let node = plan.nodes.get(i)?;
            let param = node.settings.get(k)?.param;
            say(param.name.to_owned());
            say(param.doc.to_owned());
            let found = tab.findings.at(&node.id, param.name);
            for found in found {
                say(format!("{}; {}", found.message, found.remedy));
            }
            let default = super::plan::shown(param, None);
            if !default.is_empty() {
                lines.push((format!("default {default} {}", param.unit), true));
            }
            lines.extend(range_of(param).map(|range| (range, true)));
        }
        Hit::Wire(i) => {
            let wire = plan.wires.get(i)?;
            let from = &plan.nodes[wire.from.0];
            let output = &from.outputs[wire.from.1].name;
            let to = &plan.nodes[wire.to.0];
            let input = wire.to.1.map_or("", |k| to.inputs[k].name.as_str());
            say(format!("{} \u{b7} {output}", from.title));
            say(format!("to {} \u{b7} {input}", to.title));
            let size = tab.findings.sizes.get(&(from.id.clone(), output.clone()));
            lines.extend(size.map(|size| (format!("shape  {size}"), true)));
            if let Some(live) = around.live {
                let shape = live.shapes.get(&wire.link);
                lines.extend(shape.map(|shape| (format!("last   {shape}"), true)));
            }
        }
        Hit::Header(i) => return of_header(plan.nodes.get(i)?, tab, around),
        _ => return None,
    }
    Some(lines)
}

fn of_header(node: &NodePlan, tab: &Tab, around: &Around<'_>) -> Option<Vec<(String, bool)>> {
    let mut lines = vec![(node.title.clone(), false)];
    if !node.kind.is_empty() {
        lines.push((node.kind.clone(), false));
    }
    lines.extend(node.schema.map(|schema| (schema.doc.to_owned(), false)));
    for found in tab.findings.at(&node.id, "") {
        lines.push((format!("{}; {}", found.message, found.remedy), false));
    }
    let waits = around.live.and_then(|live| live.nodes.get(&node.id)?.waits_for.clone());
    lines.extend(waits.map(|waits| (format!("waits for {waits}"), false)));
    lines.push((format!("node {}", node.id), true));
    Some(lines)
}

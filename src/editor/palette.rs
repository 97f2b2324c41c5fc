//! The palette: a node is chosen by a few letters, and lands wired.

use super::canvas::{Hit, Icon, Loose, PaletteOn, Plan, category, port, reference};
use super::flow::{Flow, PortLook};
use super::look;
use super::search;
use super::selection::Selection;
use super::tab::Tab;
use crate::workflow::{Edit, NodeSchema, NodeToAdd, PortRef, Registry};
use bevy_egui::egui::{self, Align2, Key, Pos2, Rect, Sense, Stroke, StrokeKind, pos2, vec2};
use std::collections::HashMap;

const WIDTH: f32 = 396.0;
const ROW: f32 = 40.0;
const LIST: f32 = 260.0;

/// The palette while it is open.
#[derive(Clone, Debug)]
pub(crate) struct Palette {
    /// Where the node is put [canvas points], and what on.
    at: Pos2,
    on: PaletteOn,
    search: String,
    chosen: usize,
    is_new: bool,
    /// Whether kinds are listed that the wire does not suit.
    all: bool,
}

/// What is offered: a kind with the port that takes the wire, or a port that is there.
#[derive(Clone, Debug, PartialEq)]
enum Offer {
    Kind(&'static NodeSchema, Option<&'static str>),
    Port(Hit),
}

impl Palette {
    pub(crate) fn new(at: Pos2, on: PaletteOn) -> Self {
        Self { at, on, search: String::new(), chosen: 0, is_new: true, all: false }
    }

    /// The wire whose other end is chosen.
    pub(crate) fn loose(&self) -> Option<&Loose> {
        match &self.on {
            PaletteOn::Wire(loose) => Some(loose),
            _ => None,
        }
    }

    /// The port that the node is to meet: its name, type, and whether it is an output.
    fn meets(&self, plan: &Plan) -> Option<(String, String, bool)> {
        let of = |hit: Hit| {
            let (_, port) = port(plan, hit)?;
            let is_output = matches!(hit, Hit::Output(..));
            Some((port.name.clone(), port.port_type.clone(), is_output))
        };
        match &self.on {
            PaletteOn::Nothing => None,
            PaletteOn::Wire(loose) => of(loose.fixed),
            PaletteOn::Link(link) => {
                let (node, output) = plan.wire(link)?.from;
                of(Hit::Output(node, output))
            }
        }
    }

    fn offers(&self, plan: &Plan, registry: &Registry, usage: &HashMap<String, u32>) -> Vec<Offer> {
        let meets = self.meets(plan);
        let fitting = |schema: &'static NodeSchema| match &meets {
            None => Some(None),
            Some((name, port_type, true)) => search::input_for(schema, name, port_type).map(Some),
            Some((name, port_type, false)) => search::output_for(schema, name, port_type).map(Some),
        };
        let suits = |schema: &'static NodeSchema| self.all || fitting(schema).is_some();
        let kinds = search::find(registry, &self.search, usage, suits);
        let mut offers: Vec<Offer> =
            kinds.into_iter().map(|kind| Offer::Kind(kind, fitting(kind).flatten())).collect();
        if let Some(loose) = self.loose().filter(|_| self.search.is_empty()) {
            let mut ports: Vec<Hit> = loose.fitting(plan).into_iter().collect();
            ports.sort_by_key(|hit| (hit.node(), matches!(hit, Hit::Output(..))));
            offers.extend(ports.into_iter().map(Offer::Port));
        }
        offers
    }

    /// Shows it; false once it is to be closed.
    pub(crate) fn show(
        &mut self,
        ui: &mut egui::Ui,
        tab: &mut Tab,
        registry: &Registry,
        usage: &mut HashMap<String, u32>,
    ) -> bool {
        let offers = self.offers(tab.plan(), registry, usage);
        self.chosen = self.chosen.min(offers.len().saturating_sub(1));
        let area = tab.state.area().unwrap_or(ui.ctx().content_rect());
        let at = tab.camera.to_screen(area, self.at) + vec2(-20.0, 10.0);
        let mut taken = None;
        let shown = egui::Area::new(egui::Id::new("palette"))
            .order(egui::Order::Foreground)
            .fixed_pos(at)
            .constrain_to(area.shrink(8.0))
            .show(ui.ctx(), |ui| {
                look::apply(ui);
                let colours = look::colours(ui.ctx());
                egui::Frame::new()
                    .fill(colours.panel)
                    .stroke(Stroke::new(1.0, colours.edge))
                    .corner_radius(10)
                    .inner_margin(8)
                    .show(ui, |ui| {
                        ui.set_width(WIDTH - 16.0);
                        self.field(ui, tab.plan());
                        taken = self.list(ui, tab, &offers);
                        self.keys(ui);
                    });
            });
        let (down, up, enter, escape, wide) = ui.input(|input| {
            let pressed = |key| input.key_pressed(key);
            let is = (pressed(Key::ArrowDown), pressed(Key::ArrowUp), pressed(Key::Enter));
            (is.0, is.1, is.2, pressed(Key::Escape), pressed(Key::Tab))
        });
        if down {
            self.chosen = (self.chosen + 1).min(offers.len().saturating_sub(1));
        }
        if up {
            self.chosen = self.chosen.saturating_sub(1);
        }
        if wide && !self.is_new {
            self.all = !self.all;
        }
        if enter {
            taken = taken.or(offers.get(self.chosen).cloned());
        }
        if let Some(offer) = taken {
            self.take(tab, registry, &offer, usage);
            return false;
        }
        let left = escape || (!self.is_new && shown.response.clicked_elsewhere());
        self.is_new = false;
        !left
    }

    fn field(&mut self, ui: &mut egui::Ui, plan: &Plan) {
        let colours = look::colours(ui.ctx());
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 34.0), Sense::hover());
        let edge = Stroke::new(1.5, colours.accent);
        ui.painter().rect(rect, 8.0, colours.inset, edge, StrokeKind::Inside);
        Icon::Search.paint(ui.painter(), rect.left_center() + vec2(17.0, 0.0), 0.85, colours.text2);
        let mut left = rect.left() + 32.0;
        if let Some((name, port_type, is_output)) = self.meets(plan).filter(|_| !self.all) {
            let flow = Flow::of(&name, &port_type);
            let text = if is_output { format!("takes {name}") } else { format!("gives {name}") };
            let galley = ui.painter().layout_no_wrap(text, look::regular(12.0), colours.text);
            let chip = Rect::from_min_size(
                pos2(left, rect.center().y - 11.0),
                vec2(galley.size().x + 32.0, 22.0),
            );
            let edge = Stroke::new(1.0, colours.line);
            ui.painter().rect(chip, 5.0, colours.raised, edge, StrokeKind::Inside);
            let look = PortLook { is_wired: true, ..PortLook::default() };
            flow.paint_port(
                ui.painter(),
                colours,
                chip.left_center() + vec2(12.0, 0.0),
                0.85,
                look,
            );
            let at = pos2(chip.left() + 23.0, chip.center().y - galley.size().y * 0.5);
            ui.painter().galley(at, galley, colours.text);
            left = chip.right() + 8.0;
        }
        let inner = Rect::from_min_max(pos2(left, rect.top() + 4.0), rect.max - vec2(8.0, 4.0));
        let edit = egui::TextEdit::singleline(&mut self.search)
            .frame(egui::Frame::NONE)
            .font(look::regular(14.0))
            .vertical_align(egui::Align::Center)
            .hint_text("Type to search");
        let response = ui.put(inner, edit);
        response.request_focus();
        if response.changed() {
            self.chosen = 0;
        }
    }

    fn list(&mut self, ui: &mut egui::Ui, tab: &Tab, offers: &[Offer]) -> Option<Offer> {
        let colours = look::colours(ui.ctx());
        let mut taken = None;
        ui.add_space(4.0);
        let by_key =
            ui.input(|input| input.key_pressed(Key::ArrowDown) || input.key_pressed(Key::ArrowUp));
        let mouse_moved = ui.input(|input| input.pointer.delta() != egui::Vec2::ZERO);
        egui::ScrollArea::vertical().max_height(LIST).auto_shrink([false, true]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            if offers.is_empty() {
                ui.label("Nothing is called so. Esc leaves; Tab shows all types.");
            }
            let mut was_kind = false;
            for (i, offer) in offers.iter().enumerate() {
                let is_kind = matches!(offer, Offer::Kind(..));
                if i == 0 || is_kind != was_kind {
                    let text = if is_kind { "New node" } else { "Or connect to" };
                    ui.label(
                        egui::RichText::new(text).font(look::regular(11.5)).color(colours.text3),
                    );
                }
                was_kind = is_kind;
                let height = if is_kind { ROW } else { 24.0 };
                let size = vec2(ui.available_width(), height);
                let (rect, response) = ui.allocate_exact_size(size, Sense::click());
                if response.hovered() && mouse_moved {
                    self.chosen = i;
                }
                if i == self.chosen {
                    ui.painter().rect_filled(rect, 6.0, colours.select);
                    if by_key {
                        response.scroll_to_me(None);
                    }
                }
                offer.paint(ui, tab.plan(), rect);
                if response.clicked() {
                    taken = Some(offer.clone());
                }
            }
        });
        taken
    }

    fn keys(&self, ui: &mut egui::Ui) {
        let colours = look::colours(ui.ctx());
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 5.0;
            let add = if self.meets_something() { "add and wire" } else { "add" };
            let mut rows = vec![("\u{2191}\u{2193}", "choose"), ("Enter", add)];
            if self.meets_something() {
                rows.push(("Tab", if self.all { "fitting types" } else { "all types" }));
            }
            rows.push(("Esc", "leave"));
            for (key, does) in rows {
                super::parts::key(ui, key);
                ui.label(egui::RichText::new(does).font(look::regular(11.0)).color(colours.text3));
                ui.add_space(6.0);
            }
        });
    }

    fn meets_something(&self) -> bool {
        self.on != PaletteOn::Nothing
    }

    /// Adds the node that was chosen, wired; or wires to the port.
    fn take(
        &self,
        tab: &mut Tab,
        registry: &Registry,
        offer: &Offer,
        usage: &mut HashMap<String, u32>,
    ) {
        let (schema, own) = match offer {
            Offer::Port(hit) => {
                let edit = self.loose().and_then(|loose| loose.connect(tab.plan(), *hit));
                if let Some(edit) = edit {
                    tab.edit(registry, &edit);
                }
                return;
            }
            Offer::Kind(schema, own) => (*schema, *own),
        };
        *usage.entry(schema.class_type.to_owned()).or_default() += 1;
        let at = [f64::from(self.at.x).round(), f64::from(self.at.y).round()];
        let class = schema.class_type.to_owned();
        let node = NodeToAdd { class, at, ..NodeToAdd::default() };
        let made = match &self.on {
            PaletteOn::Link(link) if own.is_some() => {
                let link = link.clone();
                let centred = NodeToAdd { at: [at[0] - 70.0, at[1] - 40.0], ..node.clone() };
                tab.edit(registry, &Edit::InsertNode { link, node: centred })
                    // A node that takes the wire and gives nothing like it is fed by the same output.
                    .or_else(|| tab.edit(registry, &Edit::AddNode(node)))
            }
            PaletteOn::Wire(loose) => {
                tab.begin("add and wire a node");
                let made = tab.edit(registry, &Edit::AddNode(node));
                let id = made.as_ref().and_then(|made| made.nodes.first().cloned());
                if let (Some(id), Some(own), Some(fixed)) =
                    (id, own, reference(tab.plan(), loose.fixed))
                {
                    let own = PortRef::new(id, own);
                    let edit = match loose.fixed {
                        Hit::Output(..) => Edit::Connect { from: fixed, to: own },
                        _ => Edit::Connect { from: own, to: fixed },
                    };
                    tab.edit(registry, &edit);
                }
                tab.end();
                made
            }
            _ => tab.edit(registry, &Edit::AddNode(node)),
        };
        if let Some(made) = made {
            tab.selection = Selection::of_nodes(made.nodes);
        }
    }
}

impl Offer {
    fn paint(&self, ui: &egui::Ui, plan: &Plan, rect: Rect) {
        let colours = look::colours(ui.ctx());
        let painter = ui.painter();
        match self {
            Self::Kind(schema, own) => {
                let square = Rect::from_center_size(
                    pos2(rect.left() + 17.0, rect.center().y),
                    vec2(14.0, 14.0),
                );
                let colour = colours.headers[category(Some(schema))];
                let edge = Stroke::new(1.0, colours.edge);
                painter.rect(square, 4.0, colour, edge, StrokeKind::Inside);
                let mut room = rect.width() - 44.0;
                if let Some(name) = own {
                    let port =
                        schema.inputs.iter().chain(schema.outputs).find(|it| it.name == *name);
                    let port_type = port.map_or("*", |port| port.port_type.name());
                    let at = pos2(rect.right() - 16.0, rect.center().y);
                    let look = PortLook { is_wired: true, ..PortLook::default() };
                    Flow::of(name, port_type).paint_port(painter, colours, at, 0.95, look);
                    let at = pos2(rect.right() - 30.0, rect.center().y);
                    let font = look::regular(11.5);
                    let written = painter.text(at, Align2::RIGHT_CENTER, name, font, colours.text2);
                    room = written.left() - rect.left() - 44.0;
                }
                let left = rect.left() + 34.0;
                let at = pos2(left, rect.center().y - 1.0);
                let font = look::strong(13.0);
                super::canvas::write(
                    painter,
                    at,
                    Align2::LEFT_BOTTOM,
                    schema.title,
                    font,
                    colours.text,
                    room,
                );
                let at = pos2(left, rect.center().y + 1.0);
                let font = look::regular(11.5);
                super::canvas::write(
                    painter,
                    at,
                    Align2::LEFT_TOP,
                    schema.doc,
                    font,
                    colours.text3,
                    room,
                );
            }
            Self::Port(hit) => {
                let Some((node, port)) = port(plan, *hit) else { return };
                let at = pos2(rect.left() + 17.0, rect.center().y);
                let look = PortLook { is_wired: port.is_wired, ..PortLook::default() };
                port.flow.paint_port(painter, colours, at, 0.9, look);
                let text = format!("{} \u{b7} {}", node.title, port.name);
                let at = pos2(rect.left() + 34.0, rect.center().y);
                let font = look::regular(12.5);
                painter.text(at, Align2::LEFT_CENTER, text, font, colours.text);
                if port.is_wired && matches!(hit, Hit::Input(..)) {
                    let at = pos2(rect.right() - 10.0, rect.center().y);
                    let font = look::regular(11.0);
                    painter.text(at, Align2::RIGHT_CENTER, "wired now", font, colours.text3);
                }
            }
        }
    }
}

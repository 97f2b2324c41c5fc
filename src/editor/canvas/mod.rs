//! The canvas: what it shows, and what mouse and keys do on it.

mod act;
mod arrange;
mod callout;
mod camera;
mod field;
mod gesture;
mod hit;
mod list;
mod live;
mod menu;
mod note;
mod paint;
mod plan;
mod rename;
mod route;
mod wiring;

pub(crate) use act::act;
pub(crate) use arrange::arranged;
pub(crate) use camera::Camera;
pub(crate) use hit::Hit;
pub(crate) use live::{Live, LiveNews};
pub(crate) use paint::icon::Icon;
pub(crate) use paint::{GRID, Kept, Picture, elided, write};
pub(crate) use plan::{NodePlan, Plan, Sources, Widths, category};
#[cfg(test)]
pub(crate) use plan::{PortPlan, Shape};
pub(crate) use route::Route;
pub(crate) use wiring::{Loose, port, reference, suits, types_suit};

use super::command::Command;
use super::keymap::Keymap;
use super::look;
use super::tab::Tab;
use crate::workflow::Registry;
use bevy_egui::egui::{self, Pos2, Rect, Sense, vec2};
use callout::Callout;
use field::FieldEdit;
use gesture::Gesture;
use list::ask_list;
use paint::Minimap;

/// How long the camera is on its way.
const FLIGHT: f32 = 0.18;

/// What the canvas keeps from picture to picture.
#[derive(Debug, Default)]
pub(crate) struct CanvasState {
    gesture: Gesture,
    hover: Hit,
    /// The field that is being written into.
    field: Option<FieldEdit>,
    /// What was clicked with the other button, of which a menu is shown, and where [canvas points].
    menu: (Hit, Pos2),
    /// Whether the menu is to be opened or closed now.
    menu_opens: Option<bool>,
    /// Whether the mouse only moves what is seen.
    is_locked: bool,
    /// A title that is being written.
    rename: Option<rename::Rename>,
    /// From where to where the camera is on its way, and since when; none before its first picture.
    flight: Option<(Camera, Camera, Option<f64>)>,
    kept: Kept,
    /// What the callout that somebody closed said.
    left_callout: Option<String>,
    /// Where the canvas was on the screen.
    area: Option<Rect>,
    /// Where the mouse was last, so that what is pasted lands there [canvas points].
    mouse: Option<Pos2>,
}

/// What is around the canvas.
pub(crate) struct Around<'a> {
    pub registry: &'a Registry,
    pub keymap: &'a Keymap,
    /// Names of the scenes that there are.
    pub scenes: &'a [String],
    pub live: Option<&'a Live>,
    pub has_minimap: bool,
    /// Whether moved nodes snap to the grid without Shift.
    pub snaps: bool,
    /// Whether a drag on empty canvas selects, and the wheel moves it.
    pub selects: bool,
    /// Whether the mouse is for something else.
    pub is_covered: bool,
    /// A wire whose other end is being looked for in the palette.
    pub loose: Option<&'a Loose>,
    /// A port, field or wire under the mouse in another panel.
    pub pointed: Option<Hit>,
    pub asks: Vec<Ask>,
}

/// What the canvas asks of what is around it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ask {
    /// To choose a node that is put at a point of the canvas, and what hangs on it.
    Palette { at: Pos2, on: PaletteOn },
    /// To do something that is not the canvas's.
    Command(Command),
    /// To show the robot of a scene.
    Look(String),
}

/// What a node that is chosen from the palette is put on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum PaletteOn {
    Nothing,
    Wire(Loose),
    /// In the middle of a link.
    Link(String),
}

impl CanvasState {
    /// Whether keys go into a field.
    pub(crate) fn is_writing(&self) -> bool {
        self.field.is_some() || self.rename.is_some()
    }

    pub(crate) fn hover(&self) -> Hit {
        self.hover
    }

    pub(crate) fn is_locked(&self) -> bool {
        self.is_locked
    }

    /// Whether a wire out of this output is in the hand.
    #[cfg(test)]
    pub(crate) fn draws_wire_from(&self, (node, port): (usize, usize)) -> bool {
        self.gesture.loose().is_some_and(|loose| loose.fixed == Hit::Output(node, port))
    }

    pub(crate) fn area(&self) -> Option<Rect> {
        self.area
    }

    /// Where something new is put: at the mouse, else in the middle of what is seen.
    pub(crate) fn place(&self, camera: Camera) -> Pos2 {
        let middle = self.area.map(|area| camera.to_canvas(area, area.center()));
        self.mouse.or(middle).unwrap_or_default()
    }

    /// Leaves whatever is going on, as Escape does; whether something was.
    pub(crate) fn leave(&mut self) -> bool {
        let was = self.is_writing() || self.gesture != Gesture::Idle;
        self.field = None;
        self.rename = None;
        self.gesture = Gesture::Idle;
        was
    }
}

impl Tab {
    /// Lets the camera go to where a part of the canvas is seen whole.
    pub(crate) fn fly_to(&mut self, part: Rect) {
        let Some(area) = self.state.area else { return };
        let goal = Camera::fit(area, part);
        self.state.flight = Some((self.camera, goal, None));
    }

    /// Lets it see everything.
    pub(crate) fn fly_home(&mut self) {
        if let Some(all) = self.plan().bounds() {
            self.fly_to(all);
        }
    }

    /// Lets it go to a node, which is then selected.
    pub(crate) fn show_node(&mut self, id: &str) {
        let Some(rect) = self.plan().node(id).map(|node| node.rect) else { return };
        self.selection = super::selection::Selection::of_nodes([id.to_owned()]);
        let part = Rect::from_center_size(rect.center(), rect.size().max(vec2(600.0, 400.0)));
        self.fly_to(part);
    }

    fn fly(&mut self, ctx: &egui::Context) {
        let Some((from, to, start)) = self.state.flight else { return };
        let now = ctx.input(|input| input.time);
        let start = start.unwrap_or(now);
        let t = ((now - start) as f32 / FLIGHT).min(1.0);
        // Fast at first, slow at the end.
        self.camera = from.towards(to, 1.0 - (1.0 - t).powi(3));
        self.state.flight = Some((from, to, Some(start)));
        if t >= 1.0 {
            self.camera = to;
            self.state.flight = None;
        }
        ctx.request_repaint();
    }
}

/// Shows the canvas in all the room of a ui, and does what mouse and keys ask for.
pub(crate) fn show(ui: &mut egui::Ui, tab: &mut Tab, around: &mut Around<'_>) {
    let area = ui.available_rect_before_wrap();
    let response = ui.allocate_rect(area, Sense::click_and_drag());
    let ctx = ui.ctx().clone();
    tab.state.area = Some(area);
    tab.lay_out(&ctx, around.registry);
    if tab.is_unseen {
        if let Some(all) = tab.plan().bounds() {
            tab.camera = Camera::fit(area, all);
        }
        tab.is_unseen = false;
    }
    tab.fly(&ctx);
    gesture::attend(ui, &response, tab, around);
    tab.lay_out(&ctx, around.registry);
    paint_all(ui, area, tab, around);
    callout::show(ui, area, tab, around);
    rename::show(ui, area, tab, around);
    field::show(ui, area, tab, around);
    let mut popup = egui::Popup::context_menu(&response);
    if let Some(opens) = tab.state.menu_opens.take() {
        popup = popup.open_memory(Some(egui::SetOpenCommand::Bool(opens)));
    }
    popup.show(|ui| menu::show(ui, tab, around));
    hint(ui, &response, tab, around);
}

fn paint_all(ui: &egui::Ui, area: Rect, tab: &mut Tab, around: &Around<'_>) {
    let mut kept = std::mem::take(&mut tab.state.kept);
    paint_with(ui, area, tab, around, &mut kept);
    tab.state.kept = kept;
}

fn paint_with(ui: &egui::Ui, area: Rect, tab: &Tab, around: &Around<'_>, kept: &mut Kept) {
    let painter = ui.painter_at(area);
    let colours = look::colours(ui.ctx());
    let loose = tab.state.gesture.loose().or(around.loose);
    let fitting = loose.map(|loose| loose.fitting(tab.plan()));
    let picture = Picture {
        painter: &painter,
        area,
        camera: tab.camera,
        colours,
        plan: tab.plan(),
        selection: &tab.selection,
        findings: &tab.findings,
        hover: around.pointed.unwrap_or(tab.state.hover),
        fitting: fitting.as_ref(),
        live: around.live,
        is_crowded: Picture::counts_crowd(tab.plan(), tab.camera.seen(area)),
        editing: tab.state.field.as_ref().and_then(|field| field.place(tab.plan())),
    };
    picture.paint(kept);
    if let Some(callout) = Callout::new(tab, around) {
        callout.paint_ghost(&picture);
    }
    if let Some(loose) = loose {
        picture.loose(loose);
    }
    tab.state.gesture.paint(&picture);
    if tab.state.is_locked() {
        let at = area.min + vec2(14.0, 12.0);
        let font = look::strong(12.0);
        let says = around.keymap.with_key("locked", Command::Unlock);
        write(&painter, at, egui::Align2::LEFT_TOP, &says, font, colours.text2, 200.0);
    }
    if let Some(map) = Minimap::new(area, tab.plan(), tab.camera).filter(|_| around.has_minimap) {
        map.paint(&painter, colours, tab.plan(), &tab.findings, tab.camera.seen(area));
    }
    if around.live.is_some() {
        // Dots and lights are on their way.
        ui.ctx().request_repaint_after(std::time::Duration::from_millis(50));
    }
}

/// What is under the mouse, in words, once it rests there.
fn hint(ui: &egui::Ui, response: &egui::Response, tab: &Tab, around: &Around<'_>) {
    let is_idle = tab.state.gesture == Gesture::Idle && !tab.state.is_writing();
    if !is_idle || around.is_covered || response.context_menu_opened() || !response.hovered() {
        return;
    }
    let Some(lines) = menu::hint_of(tab, around) else { return };
    let id = egui::Id::new(("canvas hint", tab.state.hover));
    let rests = ui.input(|input| input.pointer.time_since_last_movement()) > 0.3;
    if !rests {
        ui.ctx().request_repaint_after(std::time::Duration::from_millis(320));
        return;
    }
    let Some(at) = response.hover_pos() else { return };
    egui::Area::new(id)
        .order(egui::Order::Tooltip)
        .fixed_pos(at + vec2(14.0, 18.0))
        .interactable(false)
        .show(ui.ctx(), |ui| {
            look::apply(ui);
            let colours = look::colours(ui.ctx());
            egui::Frame::new()
                .fill(colours.raised)
                .stroke(egui::Stroke::new(1.0, colours.edge))
                .corner_radius(8)
                .inner_margin(egui::Margin::symmetric(12, 9))
                .show(ui, |ui| {
                    ui.set_max_width(320.0);
                    for (i, (text, is_value)) in lines.iter().enumerate() {
                        let font = match (i, is_value) {
                            (0, _) => look::strong(13.0),
                            (_, true) => look::mono(11.5),
                            _ => look::regular(12.0),
                        };
                        let colour = if i == 0 || *is_value { colours.text } else { colours.text2 };
                        ui.label(egui::RichText::new(text).font(font).color(colour));
                    }
                });
        });
}

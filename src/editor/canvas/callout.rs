//! The first error, said beside the port where it arose, with what mends it.

use super::hit::Hit;
use super::paint::{Picture, SMALL};
use super::plan::Plan;
use super::{Around, gesture::Gesture};
use crate::diagnostic::{Diagnostic, Severity};
use crate::editor::command::Command;
use crate::editor::look;
use crate::editor::parts::{self, Hint, Look, within};
use crate::editor::remedy::{Remedy, remedy};
use crate::editor::tab::Tab;
use crate::workflow::{Edit, PortRef};
use bevy_egui::egui::{self, Color32, Rect, Sense, Stroke, StrokeKind, Vec2, pos2, vec2};

/// Of the texts in it, and around them.
const TEXT: f32 = 190.0;
const PAD: f32 = 12.0;
const ICON: f32 = 24.0;
const BUTTON: f32 = 28.0;
/// From the port.
const AWAY: f32 = 40.0;
/// What stands in the lower corners of the canvas.
const CORNERS: f32 = 108.0;

/// An error that has a port, and what mends it.
pub(super) struct Callout<'a> {
    found: &'a Diagnostic,
    at: Hit,
    remedy: Option<Remedy>,
}

impl<'a> Callout<'a> {
    /// The first error of what is seen, if the check knows what is drawn and nothing is going on.
    pub(super) fn new(tab: &'a Tab, around: &Around<'_>) -> Option<Self> {
        let is_busy = tab.state.gesture != Gesture::Idle || tab.state.is_writing();
        let is_old = tab.findings.revision != tab.revision();
        if is_busy
            || is_old
            || around.is_covered
            || around.live.is_some()
            || tab.camera.zoom < SMALL
        {
            return None;
        }
        let errors = tab.findings.diagnostics.iter().filter(|it| it.severity == Severity::Error);
        let mut at_ports = errors.filter_map(|found| Some((found, input_of(found, tab.plan())?)));
        let (found, at) = at_ports.next()?;
        let is_left = tab.state.left_callout.as_deref() == Some(found.message.as_str());
        (!is_left).then(|| Self { found, at, remedy: remedy(found, tab.plan(), around.registry) })
    }

    /// What the button would do, as a wire that is not there yet.
    pub(super) fn paint_ghost(&self, picture: &Picture<'_>) {
        if let Some(Remedy { edit: Edit::Connect { from, to }, .. }) = &self.remedy
            && let Some(from) = port_at(picture.plan, from, false)
            && let Some(to) = port_at(picture.plan, to, true)
        {
            picture.ghost(from, to);
        }
    }
}

/// The input that an error is about.
fn input_of(found: &Diagnostic, plan: &Plan) -> Option<Hit> {
    let i = plan.position(found.node.as_deref()?)?;
    let name = found.field.as_deref()?;
    let k = plan.nodes[i].inputs.iter().position(|port| port.name == name)?;
    Some(Hit::Input(i, k))
}

fn port_at(plan: &Plan, port: &PortRef, is_input: bool) -> Option<Hit> {
    let i = plan.position(&port.node)?;
    let ports = if is_input { &plan.nodes[i].inputs } else { &plan.nodes[i].outputs };
    let k = ports.iter().position(|other| other.port == port.port)?;
    Some(if is_input { Hit::Input(i, k) } else { Hit::Output(i, k) })
}

/// Shows it; what its button does is done.
pub(super) fn show(ui: &egui::Ui, area: Rect, tab: &mut Tab, around: &Around<'_>) {
    let Some(Callout { found, at, remedy }) = Callout::new(tab, around) else { return };
    let Some((_, port)) = super::port(tab.plan(), at) else { return };
    let port = tab.camera.to_screen(area, port.at);
    if !area.shrink(8.0).contains(port) {
        return;
    }
    let colours = look::colours(ui.ctx());
    let painter = ui.painter_at(area);
    let text = format!("{}: {}", found.field.as_deref().unwrap_or_default(), found.message);
    let says = painter.layout(text, look::strong(12.5), colours.text, TEXT);
    let hint = painter.layout(found.remedy.clone(), look::regular(11.5), colours.text2, TEXT);
    let texts = says.size().y + if hint.size().y > 0.0 { hint.size().y + 4.0 } else { 0.0 };
    let below = if remedy.is_some() { BUTTON + 8.0 } else { 0.0 };
    let size = vec2(TEXT + ICON + 2.0 * PAD, texts + below + 2.0 * PAD);
    let rect = free_place(tab, area, port, size);
    let message = found.message.clone();
    let leader = [
        pos2(
            if rect.center().x < port.x { rect.right() } else { rect.left() },
            port.y.clamp(rect.top() + 12.0, rect.bottom() - 12.0),
        ),
        port,
    ];
    painter.line_segment(leader, Stroke::new(1.5, colours.error));
    painter.circle_filled(leader[0], 3.0, colours.error);
    let edge = Stroke::new(1.5, colours.error);
    let (mut wanted, mut is_left) = (None, false);
    let place = egui::Area::new(egui::Id::new("callout")).order(egui::Order::Middle);
    place.fixed_pos(rect.min).show(ui.ctx(), |ui| {
        look::apply(ui);
        let (rect, _) = ui.allocate_exact_size(size, Sense::click());
        let painter = ui.painter();
        painter.rect(rect, 8.0, colours.error_ground, edge, StrokeKind::Inside);
        let corner = rect.min + Vec2::splat(PAD);
        super::Icon::Error.paint(painter, corner + vec2(7.0, 8.0), 0.85, colours.error);
        painter.galley(corner + vec2(ICON, 0.0), says.clone(), Color32::PLACEHOLDER);
        let under = corner + vec2(ICON, says.size().y + 4.0);
        painter.galley(under, hint, Color32::PLACEHOLDER);
        let cross = Rect::from_center_size(rect.right_top() + vec2(-10.0, 10.0), vec2(16.0, 16.0));
        let left = ui.interact(cross, ui.id().with("leave"), Sense::click());
        let colour = if left.hovered() { colours.text } else { colours.text3 };
        super::Icon::Cross.paint(ui.painter(), cross.center(), 0.6, colour);
        is_left = left.clicked();
        if let Some(remedy) = remedy {
            let row = Rect::from_min_max(
                pos2(corner.x + ICON, rect.bottom() - PAD - BUTTON),
                rect.max - Vec2::splat(PAD * 0.5),
            );
            within(ui, "callout button", row, |ui| {
                let button = parts::button(ui, None, &remedy.says, Look::Plain, true);
                if button.hint(around.keymap.hint(Command::Remedy)).clicked() {
                    wanted = Some(remedy.edit);
                }
            });
        }
    });
    if is_left {
        tab.state.left_callout = Some(message);
    }
    if let Some(edit) = wanted {
        tab.edit(around.registry, &edit);
    }
}

/// A place beside the port, as near as possible, that hides no node.
fn free_place(tab: &Tab, area: Rect, port: egui::Pos2, size: Vec2) -> Rect {
    let seen = Rect::from_min_max(area.min, area.max - vec2(0.0, CORNERS)).shrink(8.0);
    let nodes: Vec<Rect> =
        tab.plan().nodes.iter().map(|node| tab.camera.rect_to_screen(area, node.rect)).collect();
    let hidden = |rect: &Rect| -> f32 {
        let over = nodes.iter().map(|node| node.expand(8.0).intersect(*rect));
        over.filter(Rect::is_positive).map(|it| it.area()).sum()
    };
    let mut best: Option<(f32, Rect)> = None;
    for x in 0..8 {
        for y in 0..9 {
            let up = if y % 2 == 0 { y / 2 } else { -(y + 1) / 2 };
            let corner = vec2(-AWAY - size.x - x as f32 * 40.0, -size.y * 0.5 + up as f32 * 40.0);
            let rect = Rect::from_min_size(port + corner, size);
            let inside = rect
                .translate((seen.min - rect.min).max(Vec2::ZERO))
                .translate((seen.max - rect.max).min(Vec2::ZERO));
            let cost = hidden(&inside) * 10.0 + inside.center().distance(port);
            if best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, inside));
            }
        }
    }
    best.map_or(Rect::from_min_size(port, size), |(_, rect)| rect)
}

//! The whole canvas in a corner.

use super::super::super::look::{Colours, mixed};
use super::super::camera::Camera;
use super::super::plan::{Color, Plan};
use crate::diagnostic::Severity;
use crate::editor::check::Findings;
use bevy_egui::egui::{Mesh, Painter, Pos2, Rect, Stroke, StrokeKind, vec2};

const SIZE: (f32, f32) = (150.0, 84.0);
const MARGIN: f32 = 12.0;

/// Where it is, and how it is related to the canvas.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Minimap {
    pub frame: Rect,
    part: Rect,
    scale: f32,
}

impl Minimap {
    /// In the lower right corner of the view; none of an empty canvas.
    pub(crate) fn new(area: Rect, plan: &Plan, camera: Camera) -> Option<Self> {
        let size = vec2(SIZE.0, SIZE.1);
        let frame = Rect::from_min_size(area.max - size - vec2(MARGIN, MARGIN), size);
        let part = plan.bounds()?.union(camera.seen(area)).expand(20.0);
        let room = size - vec2(12.0, 12.0);
        let scale = (room.x / part.width()).min(room.y / part.height());
        (scale.is_finite() && scale > 0.0).then_some(Self { frame, part, scale })
    }

    fn place(&self, rect: Rect) -> Rect {
        let to = |at: Pos2| self.frame.center() + (at - self.part.center()) * self.scale;
        Rect::from_min_max(to(rect.min), to(rect.max))
    }

    /// The canvas point at a point of it.
    pub(crate) fn to_canvas(self, at: Pos2) -> Pos2 {
        self.part.center() + (at - self.frame.center()) / self.scale
    }

    pub(crate) fn paint(
        &self,
        painter: &Painter,
        colours: &Colours,
        plan: &Plan,
        findings: &Findings,
        seen: Rect,
    ) {
        let edge = Stroke::new(1.0, colours.line);
        painter.rect(self.frame, 6.0, colours.panel, edge, StrokeKind::Inside);
        let painter = painter.with_clip_rect(self.frame.shrink(2.0));
        for group in &plan.groups {
            let colour = group.colour.unwrap_or(colours.edge);
            painter.rect_filled(self.place(group.rect), 1.0, colour.gamma_multiply(0.2));
        }
        let mut nodes = Mesh::default();
        for node in &plan.nodes {
            let colour = match (findings.worst_of(&node.id), node.header) {
                (Some(Severity::Error), _) => colours.error,
                (_, Color::Own(colour)) => mixed(colour, colours.text3, 0.4),
                (_, Color::Category(i)) => mixed(colours.headers[i], colours.text3, 0.55),
            };
            nodes.add_colored_rect(self.place(node.rect), colour);
        }
        painter.add(nodes);
        let view = self.place(seen);
        painter.rect_stroke(view, 2.0, Stroke::new(1.0, colours.text2), StrokeKind::Inside);
    }
}

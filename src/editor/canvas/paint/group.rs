//! Groups, and the points at which wires bend.

use super::super::super::flow::LineStyle;
use super::super::super::look;
use super::super::hit::Hit;
use super::super::plan::{GroupPlan, ReroutePlan};
use super::{Picture, text};
use bevy_egui::egui::{Align2, Color32, Stroke, StrokeKind, vec2};

/// Of a group that has no colour of its own.
const USUAL: Color32 = Color32::from_rgb(0x3F, 0x78, 0x9E);

impl Picture<'_> {
    pub(super) fn group(&self, i: usize, group: &GroupPlan) {
        let zoom = self.camera.zoom;
        let rect = self.rect(group.rect);
        let colour = group.colour.unwrap_or(USUAL);
        let corner = 10.0 * zoom;
        let is_selected = self.selection.groups.contains(&i);
        let edge = if is_selected { self.colours.accent } else { colour.gamma_multiply(0.8) };
        let width = if is_selected { 2.0 } else { 1.0 };
        self.painter.rect(
            rect,
            corner,
            colour.gamma_multiply(0.13),
            Stroke::new(width, edge),
            StrokeKind::Inside,
        );
        let at = rect.min + vec2(10.0, 5.0) * zoom.max(0.5);
        let font = look::strong((12.0 * zoom).max(11.0));
        let room = rect.width() - 16.0;
        text::write(
            self.painter,
            at,
            Align2::LEFT_TOP,
            &group.title,
            font,
            self.colours.text2,
            room,
        );
        if matches!(self.hover, Hit::GroupCorner(hovered) if hovered == i) {
            let corner = rect.max - vec2(4.0, 4.0);
            for size in [5.0, 10.0] {
                let points = [corner - vec2(size, 0.0), corner - vec2(0.0, size)];
                self.painter.line_segment(points, Stroke::new(1.5, self.colours.text2));
            }
        }
    }

    pub(super) fn reroute(&self, i: usize, reroute: &ReroutePlan) {
        let at = self.at(reroute.at);
        let k = self.camera.zoom.max(0.7);
        let colour = reroute.flow.colour(self.colours);
        if self.selection.reroutes.contains(&reroute.id) {
            self.painter.circle_stroke(at, 9.0 * k, Stroke::new(2.0, self.colours.accent));
        } else if self.hover == Hit::Reroute(i) {
            self.painter.circle_filled(at, 9.5 * k, colour.gamma_multiply(0.28));
        }
        let inside =
            if reroute.flow.line() == LineStyle::Double { self.colours.raised } else { colour };
        self.painter.circle(at, 4.5 * k, inside, Stroke::new(1.6 * k, colour));
    }
}

//! What part of the canvas is seen.

use crate::workflow::CanvasView;
use bevy_egui::egui::{Pos2, Rect, Vec2, pos2, vec2};

/// Screen points for one canvas point.
const ZOOM: std::ops::RangeInclusive<f32> = 0.05..=3.0;
/// Room around everything when it is fitted into the view.
const MARGIN: f32 = 36.0;
/// Nothing is enlarged to fit.
const LARGEST_FIT: f32 = 1.0;

/// From canvas to screen: a point is enlarged, then moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Camera {
    pub zoom: f32,
    /// Where on the screen, from the view's upper left corner, the canvas has its origin.
    pub offset: Vec2,
}

impl Default for Camera {
    fn default() -> Self {
        Self { zoom: 1.0, offset: vec2(40.0, 40.0) }
    }
}

impl Camera {
    /// What a file remembers of it.
    pub(crate) fn from_view(view: CanvasView) -> Self {
        let offset = vec2(view.offset[0] as f32, view.offset[1] as f32);
        let zoom = (view.scale as f32).clamp(*ZOOM.start(), *ZOOM.end());
        let camera = Self { zoom, offset: offset * zoom };
        if camera.offset.is_finite() { camera } else { Self::default() }
    }

    pub(crate) fn to_view(self) -> CanvasView {
        let offset = self.offset / self.zoom;
        let [zoom, x, y] =
            [self.zoom, offset.x, offset.y].map(|x| (f64::from(x) * 1e3).round() / 1e3);
        CanvasView { scale: zoom, offset: [x, y] }
    }

    /// A canvas point on the screen; `area` is the view.
    pub(crate) fn to_screen(self, area: Rect, at: Pos2) -> Pos2 {
        area.min + self.offset + at.to_vec2() * self.zoom
    }

    pub(crate) fn rect_to_screen(self, area: Rect, rect: Rect) -> Rect {
        Rect::from_min_max(self.to_screen(area, rect.min), self.to_screen(area, rect.max))
    }

    /// What is at a point of the screen.
    pub(crate) fn to_canvas(self, area: Rect, at: Pos2) -> Pos2 {
        let at = (at - area.min - self.offset) / self.zoom;
        pos2(at.x, at.y)
    }

    /// What of the canvas is seen.
    pub(crate) fn seen(self, area: Rect) -> Rect {
        Rect::from_min_max(self.to_canvas(area, area.min), self.to_canvas(area, area.max))
    }

    pub(crate) fn pan(&mut self, by: Vec2) {
        self.offset += by;
    }

    /// Enlarges by a factor; what is at a point of the screen stays there.
    pub(crate) fn zoom_at(&mut self, area: Rect, at: Pos2, factor: f32) {
        let zoom = (self.zoom * factor).clamp(*ZOOM.start(), *ZOOM.end());
        let from_origin = at - area.min - self.offset;
        self.offset += from_origin * (1.0 - zoom / self.zoom);
        self.zoom = zoom;
    }

    /// The camera that sees all of a part of the canvas.
    pub(crate) fn fit(area: Rect, part: Rect) -> Self {
        let room = (area.size() - Vec2::splat(2.0 * MARGIN)).max(Vec2::splat(1.0));
        let size = part.size().max(Vec2::splat(1.0));
        let zoom = (room.x / size.x).min(room.y / size.y);
        let zoom = zoom.min(LARGEST_FIT).clamp(*ZOOM.start(), *ZOOM.end());
        Self { zoom, offset: area.size() * 0.5 - part.center().to_vec2() * zoom }
    }

    /// A camera on the way to another: `share` of the way done.
    pub(crate) fn towards(self, other: Self, share: f32) -> Self {
        let mix = |a: f32, b: f32| a + (b - a) * share;
        Self {
            zoom: mix(self.zoom.ln(), other.zoom.ln()).exp(),
            offset: self.offset + (other.offset - self.offset) * share,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Rect = Rect { min: pos2(200.0, 44.0), max: pos2(1280.0, 700.0) };

    #[test]
    fn what_is_under_the_mouse_stays_there_while_one_zooms() {
        let mut camera = Camera::default();
        let mouse = pos2(700.0, 300.0);
        let before = camera.to_canvas(AREA, mouse);
        for factor in [1.1, 1.1, 0.5, 100.0, 1e-6, 1.1] {
            camera.zoom_at(AREA, mouse, factor);
            assert!(camera.to_canvas(AREA, mouse).distance(before) < 1e-2, "{camera:?}");
            assert!(ZOOM.contains(&camera.zoom));
        }
    }

    #[test]
    fn all_of_a_part_is_seen_after_it_was_fitted() {
        for part in [
            Rect::from_min_max(pos2(-500.0, -20.0), pos2(3000.0, 900.0)),
            Rect::from_min_max(pos2(5.0, 5.0), pos2(5.0, 5.0)),
            Rect::from_min_max(pos2(1e5, 1e5), pos2(1e5 + 10.0, 1.1e5)),
        ] {
            let camera = Camera::fit(AREA, part);
            let seen = camera.seen(AREA).expand(1.0);
            assert!(seen.contains_rect(part), "{part:?} {seen:?}");
        }
    }

    #[test]
    fn a_file_remembers_what_was_seen() {
        let camera = Camera { zoom: 0.5, offset: vec2(-30.0, 12.0) };
        assert_eq!(Camera::from_view(camera.to_view()), camera);
        let wild = CanvasView { scale: 1e300, offset: [f64::MAX, f64::MAX] };
        assert!(Camera::from_view(wild).offset.is_finite());
    }
}

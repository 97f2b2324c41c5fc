//! Small pictures, drawn by lines in a box of 16.

use bevy_egui::egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, vec2};

/// What there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Icon {
    Play,
    Pause,
    Stop,
    Search,
    Plus,
    Minus,
    Cross,
    Down,
    Right,
    Check,
    Error,
    Warning,
    Info,
    Export,
    Canvas,
    Split,
    Cube,
    Code,
    Sliders,
    Menu,
    Clock,
    Dot,
    Undo,
    Redo,
}

impl Icon {
    /// Draws it around a point, `k` times its natural size.
    pub(crate) fn paint(self, painter: &Painter, at: Pos2, k: f32, colour: Color32) {
        let stroke = Stroke::new((1.5 * k).max(1.0), colour);
        let to = |&(x, y): &(f32, f32)| at + vec2(x, y) * k;
        let line = |points: &[(f32, f32)]| {
            painter.add(Shape::line(points.iter().map(to).collect(), stroke));
        };
        let filled = |points: &[(f32, f32)]| {
            let points = points.iter().map(to).collect();
            painter.add(Shape::convex_polygon(points, colour, Stroke::NONE));
        };
        let closed = |points: &[(f32, f32)]| {
            painter.add(Shape::closed_line(points.iter().map(to).collect(), stroke));
        };
        let block =
            |x: f32, y: f32, w: f32, h: f32| Rect::from_min_size(to(&(x, y)), vec2(w, h) * k);
        let frame = |x: f32, y: f32, w: f32, h: f32| {
            painter.rect_stroke(block(x, y, w, h), 1.5 * k, stroke, StrokeKind::Middle);
        };
        match self {
            Self::Play => filled(&[(-4.0, -6.0), (6.0, 0.0), (-4.0, 6.0)]),
            Self::Pause => {
                for x in [-4.5, 1.5] {
                    painter.rect_filled(block(x, -6.0, 3.0, 12.0), 0.5, colour);
                }
            }
            Self::Stop => {
                painter.rect_filled(block(-5.0, -5.0, 10.0, 10.0), 1.0, colour);
            }
            Self::Search => {
                painter.circle_stroke(to(&(-1.0, -1.0)), 4.5 * k, stroke);
                line(&[(2.4, 2.4), (6.0, 6.0)]);
            }
            Self::Plus => {
                line(&[(0.0, -5.0), (0.0, 5.0)]);
                line(&[(-5.0, 0.0), (5.0, 0.0)]);
            }
            Self::Minus => line(&[(-5.0, 0.0), (5.0, 0.0)]),
            Self::Cross => {
                line(&[(-4.0, -4.0), (4.0, 4.0)]);
                line(&[(4.0, -4.0), (-4.0, 4.0)]);
            }
            Self::Down => line(&[(-4.0, -2.0), (0.0, 2.0), (4.0, -2.0)]),
            Self::Right => line(&[(-2.0, -4.0), (2.0, 0.0), (-2.0, 4.0)]),
            Self::Check => line(&[(-5.0, 0.0), (-1.5, 3.5), (5.0, -4.0)]),
            Self::Error => {
                let (a, b) = (2.6, 6.2);
                closed(&[(-a, -b), (a, -b), (b, -a), (b, a), (a, b), (-a, b), (-b, a), (-b, -a)]);
                line(&[(0.0, -3.0), (0.0, 0.6)]);
                painter.circle_filled(to(&(0.0, 3.1)), 0.9 * k, colour);
            }
            Self::Warning => {
                closed(&[(0.0, -5.5), (6.2, 5.2), (-6.2, 5.2)]);
                line(&[(0.0, -1.8), (0.0, 1.6)]);
                painter.circle_filled(to(&(0.0, 3.6)), 0.8 * k, colour);
            }
            Self::Info => {
                painter.circle_stroke(at, 6.0 * k, stroke);
                line(&[(0.0, -0.5), (0.0, 3.0)]);
                painter.circle_filled(to(&(0.0, -2.9)), 0.9 * k, colour);
            }
            Self::Export => {
                line(&[(0.0, 2.0), (0.0, -6.0)]);
                line(&[(-3.2, -3.0), (0.0, -6.0), (3.2, -3.0)]);
                line(&[(-6.0, 1.0), (-6.0, 5.5), (6.0, 5.5), (6.0, 1.0)]);
            }
            Self::Canvas => {
                frame(-6.0, -5.0, 4.5, 4.0);
                frame(1.5, 1.0, 4.5, 4.0);
                line(&[(-1.5, -3.0), (3.7, -3.0), (3.7, 1.0)]);
            }
            Self::Split => {
                frame(-6.5, -5.0, 13.0, 10.0);
                line(&[(1.5, -5.0), (1.5, 5.0)]);
            }
            Self::Cube => {
                closed(&[
                    (0.0, -6.2),
                    (5.6, -3.0),
                    (5.6, 3.2),
                    (0.0, 6.2),
                    (-5.6, 3.2),
                    (-5.6, -3.0),
                ]);
                line(&[(-5.6, -3.0), (0.0, 0.0), (5.6, -3.0)]);
                line(&[(0.0, 0.0), (0.0, 6.0)]);
            }
            Self::Code => {
                line(&[(-3.0, -4.0), (-7.0, 0.0), (-3.0, 4.0)]);
                line(&[(3.0, -4.0), (7.0, 0.0), (3.0, 4.0)]);
            }
            Self::Sliders => {
                for (y, x) in [(-3.5, -1.0), (3.5, 2.5)] {
                    line(&[(-6.0, y), (6.0, y)]);
                    line(&[(x, y - 2.0), (x, y + 2.0)]);
                }
            }
            Self::Menu => {
                for y in [-4.0, 0.0, 4.0] {
                    line(&[(-5.0, y), (5.0, y)]);
                }
            }
            Self::Clock => {
                painter.circle_stroke(at, 6.0 * k, stroke);
                line(&[(0.0, -3.2), (0.0, 0.3), (2.5, 1.8)]);
            }
            Self::Dot => {
                painter.circle_filled(at, 3.2 * k, colour);
            }
            Self::Undo | Self::Redo => {
                let side = if self == Self::Undo { 1.0 } else { -1.0 };
                let turn = |points: &[(f32, f32)]| -> Vec<(f32, f32)> {
                    points.iter().map(|&(x, y)| (x * side, y)).collect()
                };
                line(&turn(&[
                    (-5.0, -2.0),
                    (2.0, -2.0),
                    (5.2, 0.2),
                    (5.2, 3.0),
                    (2.0, 5.2),
                    (-2.0, 5.2),
                ]));
                line(&turn(&[(-2.0, -5.0), (-5.0, -2.0), (-2.0, 1.0)]));
            }
        }
    }
}

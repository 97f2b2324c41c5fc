//! How the type of a wire is shown: its colour, the shape of its ports and the style of its line.

use super::look::Colours;
use crate::workflow::PortType;
use bevy_egui::egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2, vec2};

/// What flows along a wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Flow {
    Observations,
    Actions,
    Policy,
    Rewards,
    Dones,
    Model,
    Simulation,
    Trigger,
    Metrics,
    /// Numbers, texts, anything.
    Other,
}

/// The manner of a line: a stream, something that is held, a permission, a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineStyle {
    Solid,
    Double,
    Dashed,
    Dotted,
}

/// Radius of a port [points].
pub(crate) const RADIUS: f32 = 5.0;

/// How a port is drawn.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PortLook {
    pub is_wired: bool,
    /// It fits what is being wired, or its wire is under the mouse.
    pub has_halo: bool,
    pub is_wrong: bool,
    /// It does not fit what is being wired.
    pub is_dim: bool,
}

impl Flow {
    /// What flows through a port of this name and type, both as a file writes them.
    pub(crate) fn of(name: &str, port_type: &str) -> Self {
        match PortType::parse(port_type) {
            Some(PortType::SimHandle) => Self::Simulation,
            Some(PortType::Tensor) if name.contains("reward") => Self::Rewards,
            Some(PortType::Tensor) if name.contains("done") => Self::Dones,
            Some(PortType::Tensor) => Self::Observations,
            Some(PortType::Dones) => Self::Dones,
            Some(PortType::Action) => Self::Actions,
            Some(PortType::PolicyOutput) => Self::Policy,
            Some(PortType::Model) => Self::Model,
            Some(PortType::Sync) => Self::Trigger,
            Some(PortType::Metrics) => Self::Metrics,
            _ => Self::Other,
        }
    }

    pub(crate) fn colour(self, colours: &Colours) -> Color32 {
        match self {
            Self::Other => colours.text3,
            flow => colours.flows[flow as usize],
        }
    }

    pub(crate) fn line(self) -> LineStyle {
        match self {
            Self::Model | Self::Simulation => LineStyle::Double,
            Self::Trigger => LineStyle::Dashed,
            Self::Metrics => LineStyle::Dotted,
            _ => LineStyle::Solid,
        }
    }

    /// Draws the port's glyph; `k` screen points are one canvas point.
    pub(crate) fn paint_port(
        self,
        painter: &Painter,
        colours: &Colours,
        at: Pos2,
        k: f32,
        look: PortLook,
    ) {
        let own = self.colour(colours);
        let faded =
            |colour: Color32| if look.is_dim { colour.gamma_multiply(0.35) } else { colour };
        let (colour, ground) = (faded(own), colours.raised);
        let inside = if look.is_wired { colour } else { ground };
        let edge = Stroke::new(1.6 * k, colour);
        let r = RADIUS * k;
        if look.has_halo {
            painter.circle_filled(at, 9.5 * k, own.gamma_multiply(0.28));
        }
        if look.is_wrong {
            painter.circle(at, 9.0 * k, colours.error_ground, Stroke::new(2.0, colours.error));
        }
        let polygon = |points: &[(f32, f32)]| {
            let points = points.iter().map(|&(x, y)| at + vec2(x, y) * r).collect();
            painter.add(Shape::convex_polygon(points, inside, edge));
        };
        let block = |centre: Pos2, half: Vec2, corner: f32, edge: Stroke| {
            let rect = Rect::from_center_size(centre, half * 2.0);
            painter.rect(rect, corner, inside, edge, StrokeKind::Middle);
        };
        match self {
            Self::Observations | Self::Other => {
                painter.circle(at, r, inside, edge);
            }
            Self::Actions => polygon(&[(-0.9, -1.05), (1.15, 0.0), (-0.9, 1.05)]),
            Self::Policy => polygon(&[(0.0, -1.2), (1.2, 0.0), (0.0, 1.2), (-1.2, 0.0)]),
            Self::Rewards => block(at, vec2(0.95, 0.95) * r, 1.5 * k, edge),
            Self::Dones => block(at, vec2(0.6, 1.15) * r, 0.6 * r, edge),
            Self::Model | Self::Simulation => {
                painter.circle(at, r * 1.05, ground, Stroke::new(2.0 * k, colour));
                if look.is_wired {
                    painter.circle_filled(at, r * 0.42, colour);
                }
            }
            Self::Trigger => {
                let points = [(-0.7, -1.0), (0.5, 0.0), (-0.7, 1.0)];
                let points = points.map(|(x, y)| at + vec2(x, y) * r).to_vec();
                painter.add(Shape::line(points, Stroke::new(2.2 * k, colour)));
            }
            Self::Metrics => {
                for y in [-0.75, 0.75] {
                    let centre = at + vec2(0.0, y * r);
                    block(centre, vec2(0.9, 0.4) * r, k, Stroke::new(k, colour));
                }
            }
        }
    }
}

impl LineStyle {
    /// Draws a line through points on the screen, `k` times as wide as at rest.
    pub(crate) fn paint(
        self,
        painter: &Painter,
        points: Vec<Pos2>,
        k: f32,
        colour: Color32,
        ground: Color32,
    ) {
        match self {
            Self::Solid => {
                painter.add(Shape::line(points, Stroke::new(2.0 * k, colour)));
            }
            Self::Double => {
                painter.add(Shape::line(points.clone(), Stroke::new(3.4 * k, colour)));
                painter.add(Shape::line(points, Stroke::new(1.2 * k, ground)));
            }
            Self::Dashed => {
                let stroke = Stroke::new(1.7 * k, colour);
                painter.extend(Shape::dashed_line(&points, stroke, 5.0 * k, 5.0 * k));
            }
            Self::Dotted => {
                painter.extend(Shape::dotted_line(&points, colour, 4.5 * k, 1.0 * k));
            }
        }
    }
}

//! Convex shapes by their support points.

use super::{Shape, ShapeData, ShapeKind};
use crate::math::lanes::hypot;
use crate::math::spatial::*;

/// A convex shape about a given origin: a core, and a radius by which that is rounded off. The core
/// of a sphere is a point, of a capsule a segment, of other shapes the shape itself.
pub(super) struct Convex<'a> {
    pub kind: ShapeKind,
    pub shape: Shape<'a, f64>,
    pub radius: f64,
    /// Of a prism of a height field: the triangle below and the one above.
    corners: [V3<f64>; 6],
}

impl<'a> Convex<'a> {
    pub(super) fn new(kind: ShapeKind, shape: &Shape<'a, f64>, origin: V3<f64>) -> Self {
        let radius = if matches!(kind, ShapeKind::Sphere | ShapeKind::Capsule) {
            shape.size[0]
        } else {
            0.0
        };
        let shape = Shape { pos: sub3(shape.pos, origin), ..*shape };
        Self { kind, shape, radius, corners: [[0.0; 3]; 6] }
    }

    /// The solid under a triangle of a height field, down to `base`.
    pub(super) fn prism(top: [V3<f64>; 3], base: f64) -> Self {
        let [p, q, r] = top;
        let below = |v: V3<f64>| [v[0], v[1], base];
        let corners = [below(p), below(q), below(r), p, q, r];
        let middle = |k: usize| corners.iter().map(|v| v[k]).sum::<f64>() / 6.0;
        let pos: V3<f64> = std::array::from_fn(middle);
        let reach = |k: usize| corners.iter().map(|v| (v[k] - pos[k]).abs()).fold(0.0, f64::max);
        Self {
            kind: ShapeKind::HeightField,
            shape: Shape {
                pos,
                mat: [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
                size: std::array::from_fn(reach),
                data: ShapeData::None,
            },
            radius: 0.0,
            corners,
        }
    }

    /// The point of the core that is furthest in a direction, which need not be a unit vector.
    pub(super) fn support(&self, direction: V3<f64>) -> V3<f64> {
        let shape = &self.shape;
        let size = shape.size;
        if self.kind == ShapeKind::HeightField {
            let height = |v: &V3<f64>| dot3(*v, direction);
            let [first, others @ ..] = &self.corners;
            return *others.iter().fold(first, |b, v| if height(v) > height(b) { v } else { b });
        }
        let d: V3<f64> = std::array::from_fn(|k| dot3(shape.axis(k), direction));
        let local = match self.kind {
            ShapeKind::Capsule => [0.0, 0.0, size[1].copysign(d[2])],
            ShapeKind::Ellipsoid => {
                let scaled: V3<f64> = std::array::from_fn(|k| size[k] * d[k]);
                let length = dot3(scaled, scaled).sqrt().max(f64::MIN_POSITIVE);
                std::array::from_fn(|k| size[k] * (scaled[k] / length))
            }
            ShapeKind::Cylinder => {
                let scale = size[0] / hypot(d[0], d[1]).max(f64::MIN_POSITIVE);
                [d[0] * scale, d[1] * scale, size[1].copysign(d[2])]
            }
            ShapeKind::Box => std::array::from_fn(|k| size[k].copysign(d[k])),
            ShapeKind::Mesh => match shape.data {
                ShapeData::Hull(hull) => hull.vertices[hull.support(d)],
                _ => [0.0; 3],
            },
            ShapeKind::Sphere | ShapeKind::Plane | ShapeKind::HeightField => [0.0; 3],
        };
        add3(rotate(&shape.mat, local), shape.pos)
    }

    /// How large the shape is, for tolerances.
    pub(super) fn scale(&self) -> f64 {
        match self.shape.data {
            ShapeData::Hull(hull) => hull.radius,
            _ => self.shape.size.iter().sum(),
        }
    }
}

/// A point of the set of differences between two shapes, and the points that it is the difference of.
#[derive(Clone, Copy)]
pub(super) struct Difference {
    pub point: V3<f64>,
    pub first: V3<f64>,
    pub second: V3<f64>,
}

impl Difference {
    pub(super) const ZERO: Self = Self { point: [0.0; 3], first: [0.0; 3], second: [0.0; 3] };

    /// The difference that is furthest in a direction.
    pub(super) fn support(a: &Convex, b: &Convex, direction: V3<f64>) -> Self {
        let first = a.support(direction);
        let second = b.support(direction.map(|x| -x));
        Self { point: sub3(first, second), first, second }
    }
}

/// Nearest points of two cores, or the deepest ones: the unit normal from the first to the second,
/// and the signed distance along it.
pub(super) struct Witness {
    pub dist: f64,
    pub normal: V3<f64>,
    pub first: V3<f64>,
    pub second: V3<f64>,
}

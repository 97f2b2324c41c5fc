//! Straight rays and the shapes that they meet: what cameras, scanners, rangefinders and touch sensors see.
//!
//! A shape is in its own frame, with MuJoCo's sizes; a ray is an origin and a direction there, of any length
//! but zero, and lengths along it count in that length. Lanes may be rays of one environment or one ray in
//! each of several. Products and sums are never fused: the same ray meets the same shape with the same bits
//! in f32 lanes of every width. A ray of numbers that are not finite meets nothing.
//!
//! Shapes stand here, below physics, because physics needs them for sensors and pictures are made of them.

mod capsule;
mod cuboid;
mod cylinder;
mod ellipsoid;
mod field;
#[cfg(test)]
mod field_tests;
mod grid;
mod plane;
mod sphere;
mod surface;
#[cfg(test)]
mod tests;

pub use surface::{Facing, Surface};

use super::lanes::Lanes;
use super::spatial::V3;

/// Farther than anything: the length along a ray that meets nothing.
pub const NOWHERE: f64 = 1e30;
/// In the place of a direction's part that is zero, so that quotients by it are finite.
const TINY: f64 = 1e-30;

/// A shape with a closed form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Solid {
    /// The front of the frame's z = 0. Size: half-lengths along x and y; zero is without end.
    Plane,
    /// Size: radius.
    Sphere,
    /// About z. Size: radius, half-length of the axis.
    Capsule,
    /// Size: the three semi-axes.
    Ellipsoid,
    /// About z. Size: radius, half-length.
    Cylinder,
    /// Size: the three half-lengths.
    Box,
}

/// Where a ray's line is inside of a convex shape, as lengths along it: nowhere if `leave` is below `enter`.
#[derive(Clone, Copy, Debug)]
pub struct RayInterval<L> {
    /// Length at which the line enters.
    pub enter: L,
    /// Length at which the line leaves.
    pub leave: L,
}

impl<L: Lanes> RayInterval<L> {
    /// `enter` and `leave` in the lanes that meet the shape.
    #[inline(always)]
    fn only(meets: L::Mask, enter: L, leave: L) -> Self {
        let far = L::splat(NOWHERE);
        Self { enter: L::select(meets, enter, far), leave: L::select(meets, leave, -far) }
    }

    /// The first point of the surface ahead of the origin, from outside or inside; else [`NOWHERE`].
    #[inline(always)]
    pub fn ahead(self) -> L {
        let from_outside = L::zero().le(self.enter);
        let first = L::select(from_outside, self.enter, self.leave);
        let is_ahead = self.enter.le(self.leave) & L::zero().le(first);
        L::select(is_ahead, first, L::splat(NOWHERE))
    }

    /// The same, seen from outside only.
    #[inline(always)]
    pub fn front(self) -> L {
        let is_ahead = self.enter.le(self.leave) & L::zero().lt(self.enter);
        L::select(is_ahead, self.enter, L::splat(NOWHERE))
    }

    /// The ray begins inside, or meets the shape ahead.
    #[inline(always)]
    pub fn touches(self) -> L::Mask {
        self.enter.le(self.leave) & L::zero().le(self.leave)
    }
}

/// The interval in which a ray is inside of a shape.
#[inline(always)]
pub fn span<L: Lanes>(solid: Solid, size: V3<L>, from: V3<L>, along: V3<L>) -> RayInterval<L> {
    match solid {
        Solid::Plane => plane::span(size, from, along),
        Solid::Sphere => sphere::span(size[0], from, along),
        Solid::Capsule => capsule::span(size, from, along),
        Solid::Ellipsoid => ellipsoid::span(size, from, along),
        Solid::Cylinder => cylinder::span(size, from, along),
        Solid::Box => cuboid::span(size, from, along),
    }
}

/// The first point of a shape's surface ahead, seen from outside only; else [`NOWHERE`].
#[inline(always)]
pub fn front<L: Lanes>(solid: Solid, size: V3<L>, from: V3<L>, along: V3<L>) -> L {
    match solid {
        Solid::Capsule => capsule::front(size, from, along),
        _ => span(solid, size, from, along).front(),
    }
}

/// The outward normal at a point of a shape's surface, of length one.
#[inline(always)]
pub fn normal<L: Lanes>(solid: Solid, size: V3<L>, at: V3<L>) -> V3<L> {
    match solid {
        Solid::Plane => plane::normal(),
        Solid::Sphere => unit(at),
        Solid::Capsule => capsule::normal(size, at),
        Solid::Ellipsoid => ellipsoid::normal(size, at),
        Solid::Cylinder => cylinder::normal(size, at),
        Solid::Box => cuboid::normal(size, at),
    }
}

/// Without fused products, unlike `spatial::dot3`.
#[inline(always)]
pub fn dot<L: Lanes>(a: V3<L>, b: V3<L>) -> L {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// `from + t * along`, without fused products.
#[inline(always)]
pub fn point<L: Lanes>(from: V3<L>, along: V3<L>, t: L) -> V3<L> {
    [from[0] + t * along[0], from[1] + t * along[1], from[2] + t * along[2]]
}

/// The same direction with length one.
#[inline(always)]
pub fn unit<L: Lanes>(v: V3<L>) -> V3<L> {
    scaled(v, L::one() / dot(v, v).sqrt())
}

/// Kernels write this out: a closure that is called for each part may not become one with them.
#[inline(always)]
pub fn scaled<L: Lanes>(v: V3<L>, scale: L) -> V3<L> {
    [v[0] * scale, v[1] * scale, v[2] * scale]
}

/// A number without its zero: quotients by it are finite.
#[inline(always)]
fn not_zero<L: Lanes>(x: L) -> L {
    L::select(x.abs().lt(L::splat(TINY)), L::splat(TINY), x)
}

/// Between two planes across an axis: a ray along one of them is outside.
#[inline(always)]
fn slab<L: Lanes>(half: L, from: L, along: L) -> RayInterval<L> {
    let inverse = L::one() / not_zero(along);
    let (a, b) = ((-half - from) * inverse, (half - from) * inverse);
    RayInterval { enter: a.min(b), leave: a.max(b) }
}

/// Where it is a number: comparisons with NaN are false.
#[inline(always)]
fn is_number<L: Lanes>(x: L) -> L::Mask {
    x.equal(x)
}

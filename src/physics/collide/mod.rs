//! Narrowphase collision: two shapes in, their contacts out.
//!
//! Kinds, sizes and conventions are MuJoCo's (documentation, "Computation / Collision detection"):
//! the shapes of a pair are sorted by [`ShapeKind`], a contact's normal points from the first to the
//! second, its position is midway between the two surfaces, and a negative distance is penetration.
//!
//! Every pair of kinds has a fixed number of slots ([`max_contacts`]), which [`collide`] always fills
//! all of; a lane without a contact in a slot has [`ABSENT`] for its distance there. Planes, spheres,
//! capsules, boxes, and what else has a closed form, are computed in lanes. Pairs of ellipsoids, cylinders
//! and meshes branch too much for that: they take one lane at a time in f64, and only the lanes whose bounds
//! overlap.

mod box_box;
mod capsule_box;
mod choice;
mod convex;
mod convex_convex;
mod epa;
mod frame;
mod gjk;
mod height_field;
mod hull;
mod per_lane;
mod plane;
mod plane_mesh;
mod polygon;
mod prism;
mod prism_box;
mod several;
mod sphere_box;
mod sphere_capsule;

#[cfg(test)]
mod boxes_tests;
#[cfg(test)]
mod prism_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;

use crate::math::lanes::{Cells, Lanes, Visitor};
use crate::math::spatial::{M3, V3, splat3};

use height_field::FieldContacts;
use per_lane::per_lane;

pub use frame::contact_frame;
pub use height_field::{Field, HEIGHT_FIELD_CONTACTS};
pub use hull::Hull;

/// The distance in a slot, of lanes that have no contact there.
pub const ABSENT: f64 = 1e10;

/// What a shape is, in the order in which the shapes of a pair are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ShapeKind {
    /// The half-space below the frame's z = 0; infinite, whatever its size says.
    Plane,
    /// Needs [`ShapeData::HeightField`].
    HeightField,
    /// Size: radius.
    Sphere,
    /// About the frame's z. Size: radius, half-length of the axis.
    Capsule,
    /// Size: the three semi-axes.
    Ellipsoid,
    /// About the frame's z. Size: radius, half-length.
    Cylinder,
    /// Size: the three half-lengths.
    Box,
    /// Convex. Needs [`ShapeData::Hull`].
    Mesh,
}

/// Geometry that shapes share, beyond their sizes.
#[derive(Clone, Copy, Debug)]
pub enum ShapeData<'a> {
    None,
    Hull(&'a Hull),
    HeightField(&'a Field),
}

/// A shape in the world.
#[derive(Clone, Copy, Debug)]
pub struct Shape<'a, L> {
    pub pos: V3<L>,
    pub mat: M3<L>,
    pub size: V3<L>,
    pub data: ShapeData<'a>,
}

impl<L: Lanes> Shape<'_, L> {
    /// The frame's axis `k` in the world: a column of the matrix.
    #[inline(always)]
    fn axis(&self, k: usize) -> V3<L> {
        [self.mat[k], self.mat[3 + k], self.mat[6 + k]]
    }

    #[inline(always)]
    fn in_lane(&self, lane: usize) -> Shape<'_, f64> {
        Shape {
            pos: self.pos.map(|x| x.lane(lane)),
            mat: self.mat.map(|x| x.lane(lane)),
            size: self.size.map(|x| x.lane(lane)),
            data: self.data,
        }
    }
}

/// One possible contact.
#[derive(Clone, Copy, Debug)]
pub struct Contact<L> {
    /// Distance of the surfaces along the normal; negative is penetration.
    pub dist: L,
    /// Midway between the surfaces.
    pub pos: V3<L>,
    /// Unit, from the first shape to the second.
    pub normal: V3<L>,
    /// Where the first tangent should lie; zero where it does not matter.
    pub tangent: V3<L>,
}

impl<L: Lanes> Contact<L> {
    /// No contact in any lane.
    #[inline(always)]
    pub fn absent() -> Self {
        Self {
            dist: L::splat(ABSENT),
            pos: [L::zero(); 3],
            normal: splat3([1.0, 0.0, 0.0]),
            tangent: [L::zero(); 3],
        }
    }

    #[inline(always)]
    fn in_lane(&self, lane: usize) -> Contact<f64> {
        Contact {
            dist: self.dist.lane(lane),
            pos: self.pos.map(|x| x.lane(lane)),
            normal: self.normal.map(|x| x.lane(lane)),
            tangent: self.tangent.map(|x| x.lane(lane)),
        }
    }

    #[inline(always)]
    fn set_lane(&mut self, lane: usize, contact: &Contact<f64>) {
        self.dist.set_lane(lane, contact.dist);
        for k in 0..3 {
            self.pos[k].set_lane(lane, contact.pos[k]);
            self.normal[k].set_lane(lane, contact.normal[k]);
            self.tangent[k].set_lane(lane, contact.tangent[k]);
        }
    }
}

impl<L: Lanes> Cells<L> for Contact<L> {
    fn visit(&mut self, visitor: &mut dyn Visitor<L>) {
        visitor.number(&mut self.dist, ABSENT);
        self.pos.visit(visitor);
        self.normal.visit(visitor);
        self.tangent.visit(visitor);
    }
}

/// `dist` where a contact is wanted, else [`ABSENT`].
#[inline(always)]
fn present<L: Lanes>(dist: L, margin: L, near: L::Mask) -> L {
    L::select(near & dist.le(margin), dist, L::splat(ABSENT))
}

/// The most contacts that a pair of these kinds can have, in either order; zero for kinds that do
/// not collide.
pub fn max_contacts(kind1: ShapeKind, kind2: ShapeKind) -> usize {
    use ShapeKind::*;
    match (kind1.min(kind2), kind1.max(kind2)) {
        (Plane, Plane | HeightField) | (HeightField, HeightField) => 0,
        (HeightField, _) => HEIGHT_FIELD_CONTACTS,
        (Sphere | Ellipsoid, _) | (_, Sphere | Ellipsoid) => 1,
        (Plane, Capsule) => 2,
        (Plane, Mesh) => plane_mesh::MOST,
        (Plane, _) => 4,
        (Capsule, Capsule | Box) => 2,
        (Box, Box) => 8,
        (Capsule, _) => several::OF_CAPSULES,
        (Cylinder | Box | Mesh, _) => several::MOST,
    }
}

/// Of a pair of kinds, in sorted order, whose contacts are not found in lanes: which of the two shapes to replace, and
/// what by. None of the others.
pub fn leaves_lanes(kind1: ShapeKind, kind2: ShapeKind) -> Option<(usize, &'static str)> {
    use ShapeKind::*;
    const OF_MESHES: &str = "have spheres, capsules or boxes in the place of the mesh";
    const OF_ELLIPSOIDS: &str = "have spheres or capsules in the place of the ellipsoid";
    const OF_CYLINDERS: &str = "have capsules in the place of the cylinder";
    match (kind1, kind2) {
        (HeightField, kind) if kind != HeightField => {
            Some((0, "have planes or boxes in the place of the height field"))
        }
        (Plane | Sphere | Capsule | Box | Mesh, Mesh) => Some((1, OF_MESHES)),
        (Sphere | Capsule, Ellipsoid) => Some((1, OF_ELLIPSOIDS)),
        (Ellipsoid, _) => Some((0, OF_ELLIPSOIDS)),
        (Capsule, Cylinder) => Some((1, OF_CYLINDERS)),
        (Cylinder, _) => Some((0, OF_CYLINDERS)),
        _ => None,
    }
}

/// The contacts of two shapes with `kinds` in sorted order: fills `out`, which has
/// [`max_contacts`] slots.
///
/// Contacts whose distance is up to `margin` are wanted, in the lanes where the shapes are `near`.
#[inline(always)]
pub fn collide<L: Lanes>(
    kinds: (ShapeKind, ShapeKind),
    a: &Shape<L>,
    b: &Shape<L>,
    margin: L,
    near: L::Mask,
    out: &mut [Contact<L>],
) {
    use ShapeKind::*;
    debug_assert!(kinds.0 <= kinds.1, "the shapes of a pair are sorted by kind");
    debug_assert_eq!(out.len(), max_contacts(kinds.0, kinds.1));
    match kinds {
        (Plane, Sphere) => plane::plane_sphere(a, b, margin, near, out),
        (Plane, Capsule) => plane::plane_capsule(a, b, margin, near, out),
        (Plane, Ellipsoid) => plane::plane_ellipsoid(a, b, margin, near, out),
        (Plane, Cylinder) => plane::plane_cylinder(a, b, margin, near, out),
        (Plane, Box) => plane::plane_box(a, b, margin, near, out),
        (Sphere, Sphere) => sphere_capsule::sphere_sphere(a, b, margin, near, out),
        (Sphere, Capsule) => sphere_capsule::sphere_capsule(a, b, margin, near, out),
        (Capsule, Capsule) => sphere_capsule::capsule_capsule(a, b, margin, near, out),
        (Sphere, Cylinder) => sphere_box::sphere_cylinder(a, b, margin, near, out),
        (Sphere, Box) => sphere_box::sphere_box(a, b, margin, near, out),
        (Capsule, Box) => L::vectorize(capsule_box::CapsuleBox { a, b, margin, near, out }),
        (Box, Box) => L::vectorize(box_box::BoxBox { a, b, margin, near, out }),
        (Plane, Mesh) => per_lane(a, b, margin, near, out, plane_mesh::plane_mesh),
        (HeightField, kind) if kind != HeightField => {
            L::vectorize(FieldContacts { kind, field: a, other: b, margin, near, out });
        }
        (Sphere | Capsule | Ellipsoid | Cylinder | Box | Mesh, _) => {
            per_lane(a, b, margin, near, out, |a, b, found| {
                convex_convex::convex_convex(kinds, a, b, found);
            });
        }
        (Plane, Plane | HeightField) | (HeightField, _) => {}
    }
}

//! Shapes, and which of them may touch.

use super::{Quat, Vec3};

/// Shapes of geoms, in MuJoCo's order, by which the two geoms of a pair are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GeomType {
    Plane,
    HeightField,
    Sphere,
    Capsule,
    Ellipsoid,
    Cylinder,
    Box,
    Mesh,
}

/// A shape fixed to a body.
#[derive(Clone, Debug, PartialEq)]
pub struct Geom {
    pub name: String,
    pub geom_type: GeomType,
    pub bodyid: usize,
    /// MuJoCo's size parameters of the shape: radius, half-lengths [m].
    pub size: Vec3,
    /// Frame relative to the body [m].
    pub pos: Vec3,
    pub quat: Quat,
    pub contype: u32,
    pub conaffinity: u32,
    /// 1 frictionless, 3 sliding, 4 torsion, 6 rolling friction.
    pub condim: usize,
    pub priority: i32,
    /// Sliding, torsional [m], rolling [m].
    pub friction: Vec3,
    pub solmix: f64,
    pub solref: [f64; 2],
    pub solimp: [f64; 5],
    /// Distance at which contacts begin to push, and how much farther they are already found [m];
    /// those of the two geoms of a pair add up.
    pub margin: f64,
    pub gap: f64,
    /// Radius of a sphere about the geom's centre that holds it; 0 for planes, which have no bound [m].
    pub rbound: f64,
    /// Index into `meshes` or `hfields`.
    pub dataid: Option<usize>,
    pub group: i32,
    /// Index into `materials`.
    pub matid: Option<usize>,
    /// Red, green, blue, alpha in [0, 1]: its own colour, or else that of its material.
    pub rgba: [f32; 4],
}

/// Two geoms that may touch, with their contact parameters mixed by priority and solmix, or as given
/// by `<pair>`. In MuJoCo's order: by bodies, of the same bodies explicit pairs first, then by geoms.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// Sorted by type, as contact functions expect it; equal types by index.
    pub geom1: usize,
    pub geom2: usize,
    /// Given by `<pair>`, so that its parameters are its own and not those of its geoms.
    pub is_explicit: bool,
    pub condim: usize,
    /// Two sliding, one torsional, two rolling coefficients, each at least MuJoCo's `mjMINMU`.
    pub friction: [f64; 5],
    pub solref: [f64; 2],
    /// For the friction rows of elliptic cones; zero: as `solref`.
    pub solreffriction: [f64; 2],
    pub solimp: [f64; 5],
    /// Distance at which the contact begins to push, and how much farther it is already found [m].
    pub margin: f64,
    pub gap: f64,
}

/// A triangle mesh in the frame of its principal axes of inertia, about its centre of mass.
#[derive(Clone, Debug, PartialEq)]
pub struct Mesh {
    pub name: String,
    /// All vertices and triangles, for drawing [m].
    pub vertices: Vec<Vec3>,
    pub faces: Vec<[u32; 3]>,
    /// Vertices of the convex hull, for contacts; none if no geom of this mesh can touch anything.
    pub hull: Vec<Vec3>,
    /// Triangles of the hull, outward, as indices into `hull`.
    pub hull_faces: Vec<[u32; 3]>,
    /// For each triangle of the hull the number of the flat side that it is part of, as MuJoCo has it; none of a
    /// triangle without area.
    pub hull_sides: Vec<Option<u32>>,
}

/// A height field over a rectangle of its geom's frame.
#[derive(Clone, Debug, PartialEq)]
pub struct HeightField {
    pub name: String,
    pub nrow: usize,
    pub ncol: usize,
    /// Half-lengths along x and y, largest elevation, depth of the base below zero [m].
    pub size: [f64; 4],
    /// Elevations in [0, 1], row by row along y, shape (nrow, ncol).
    pub data: Vec<f64>,
}

//! Shapes, and which of them may touch.

use super::{Quat, Vec3};

/// Shapes of geoms, in MuJoCo's order, by which the two geoms of a pair are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GeomType {
    /// An infinite plane through the origin of its frame, with the normal +z.
    Plane,
    /// A height field.
    HeightField,
    /// A sphere.
    Sphere,
    /// A cylinder along z with a half sphere at each end.
    Capsule,
    /// An ellipsoid.
    Ellipsoid,
    /// A cylinder along z.
    Cylinder,
    /// A box.
    Box,
    /// A triangle mesh; contacts use its convex hull.
    Mesh,
}

/// A shape fixed to a body.
#[derive(Clone, Debug, PartialEq)]
pub struct Geom {
    /// Name in the file; empty if it has none.
    pub name: String,
    /// Kind of shape.
    pub geom_type: GeomType,
    /// Index of the body that it is fixed to.
    pub bodyid: usize,
    /// MuJoCo's size parameters of the shape: radius, half-lengths \[m\].
    pub size: Vec3,
    /// Position of its frame relative to the body \[m\].
    pub pos: Vec3,
    /// Orientation of its frame relative to the body.
    pub quat: Quat,
    /// Bits that another geom's `conaffinity` must share for the two to collide, or the other way round.
    pub contype: u32,
    /// Bits that another geom's `contype` must share for the two to collide, or the other way round.
    pub conaffinity: u32,
    /// 1 frictionless, 3 sliding, 4 torsion, 6 rolling friction.
    pub condim: usize,
    /// The contact parameters of the geom of higher priority count alone.
    pub priority: i32,
    /// Sliding, torsional \[m\], rolling \[m\].
    pub friction: Vec3,
    /// Weight of its solver parameters where two geoms of equal priority meet.
    pub solmix: f64,
    /// Time constant \[s\] and damping ratio of its contacts, or, both negative, -stiffness and -damping.
    pub solref: [f64; 2],
    /// Impedance of its contacts at and far from touching, width, midpoint and power of the transition.
    pub solimp: [f64; 5],
    /// Distance at which contacts begin to push \[m\]; those of the two geoms of a pair add up.
    pub margin: f64,
    /// How much farther than `margin` contacts are already found \[m\]; those of the two geoms of a pair add
    /// up.
    pub gap: f64,
    /// Radius of a sphere about the geom's centre that holds it; 0 for planes, which have no bound \[m\].
    pub rbound: f64,
    /// Index into `meshes` or `hfields`.
    pub dataid: Option<usize>,
    /// Group of the geom, an integer that selects geoms together.
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
    /// Index of the first geom. The two are sorted by type, as contact functions expect it; equal types by
    /// index.
    pub geom1: usize,
    /// Index of the second geom.
    pub geom2: usize,
    /// Given by `<pair>`, so that its parameters are its own and not those of its geoms.
    pub is_explicit: bool,
    /// 1 frictionless, 3 sliding, 4 torsion, 6 rolling friction.
    pub condim: usize,
    /// Two sliding, one torsional, two rolling coefficients, each at least MuJoCo's `mjMINMU`.
    pub friction: [f64; 5],
    /// Time constant \[s\] and damping ratio of the normal, or, both negative, -stiffness and -damping.
    pub solref: [f64; 2],
    /// For the friction rows of elliptic cones; zero: as `solref`.
    pub solreffriction: [f64; 2],
    /// Impedance at and far from touching, width, midpoint and power of the transition.
    pub solimp: [f64; 5],
    /// Distance at which the contact begins to push \[m\].
    pub margin: f64,
    /// How much farther than `margin` the contact is already found \[m\].
    pub gap: f64,
}

/// A triangle mesh in the frame of its principal axes of inertia, about its centre of mass.
#[derive(Clone, Debug, PartialEq)]
pub struct Mesh {
    /// Name in the file.
    pub name: String,
    /// All vertices, for drawing \[m\], shape (n_vertices, 3).
    pub vertices: Vec<Vec3>,
    /// All triangles, for drawing, as indices into `vertices`.
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
    /// Name in the file.
    pub name: String,
    /// Number of rows of `data`, along y.
    pub nrow: usize,
    /// Number of columns of `data`, along x.
    pub ncol: usize,
    /// Half-lengths along x and y, largest elevation, depth of the base below zero \[m\].
    pub size: [f64; 4],
    /// Elevations in [0, 1], row by row along y, shape (nrow, ncol).
    pub data: Vec<f64>,
}

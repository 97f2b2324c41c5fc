//! The tree of bodies, what joins them, and frames fixed to them.

use super::{GeomType, Quat, Vec3};

/// Joint kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JointType {
    /// Three positions \[m\] and a quaternion; velocities are linear in the world frame [m/s], then
    /// angular in the body frame [rad/s].
    Free,
    /// A quaternion relative to the parent; angular velocity in the body frame [rad/s].
    Ball,
    /// A position along the joint's axis \[m\].
    Slide,
    /// An angle about the joint's axis \[rad\].
    Hinge,
}

impl JointType {
    /// Numbers in `qpos`.
    pub fn nq(self) -> usize {
        match self {
            Self::Free => 7,
            Self::Ball => 4,
            Self::Slide | Self::Hinge => 1,
        }
    }

    /// Degrees of freedom.
    pub fn nv(self) -> usize {
        match self {
            Self::Free => 6,
            Self::Ball => 3,
            Self::Slide | Self::Hinge => 1,
        }
    }
}

/// A rigid body; index 0 is the world.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    /// Name in the file; empty if it has none.
    pub name: String,
    /// Index of the parent; the world is its own parent.
    pub parentid: usize,
    /// The top of this body's kinematic tree: the ancestor whose parent is the world.
    pub rootid: usize,
    /// Position of its frame relative to the parent \[m\].
    pub pos: Vec3,
    /// Orientation of its frame relative to the parent.
    pub quat: Quat,
    /// Centre of mass relative to the body \[m\].
    pub ipos: Vec3,
    /// Orientation of the principal axes of inertia relative to the body.
    pub iquat: Quat,
    /// Mass \[kg\].
    pub mass: f64,
    /// Principal moments of inertia in the inertial frame [kg m^2].
    pub inertia: Vec3,
    /// Mass of this body and all its descendants \[kg\].
    pub subtreemass: f64,
    /// Index of its first joint.
    pub jntadr: usize,
    /// Number of its joints.
    pub jntnum: usize,
    /// Index of its first degree of freedom.
    pub dofadr: usize,
    /// Number of its degrees of freedom.
    pub dofnum: usize,
    /// Mean inverse inertia at `qpos0`, translational [1/kg] and rotational [1/(kg m^2)].
    pub invweight0: [f64; 2],
    /// A leaf that only slides along its own axes: MuJoCo's shortcut for `invweight0` is used.
    pub only_slides: bool,
    /// The part of the body's weight that is taken from it; 1 floats.
    pub gravcomp: f64,
    /// Moved by the user, not by forces (`mocap`); such a body stands at `pos`, `quat`.
    pub mocap: bool,
}

/// A joint; its dofs are `dofadr .. dofadr + jnt_type.nv()`.
#[derive(Clone, Debug, PartialEq)]
pub struct Joint {
    /// Name in the file; empty if it has none.
    pub name: String,
    /// Kind of joint.
    pub jnt_type: JointType,
    /// Index of the body that it moves.
    pub bodyid: usize,
    /// Where its position begins in `qpos`.
    pub qposadr: usize,
    /// Its first dof.
    pub dofadr: usize,
    /// Anchor in the body frame \[m\]; zero for free joints.
    pub pos: Vec3,
    /// Unit axis in the body frame; meaningless for free and ball joints.
    pub axis: Vec3,
    /// Spring [N/m or N m/rad] towards `qpos_spring`; of free joints, for both parts.
    pub stiffness: f64,
    /// Whether its position is kept within `range`.
    pub limited: bool,
    /// Limits of the position [m or rad]; of a ball joint 0 and the largest angle.
    pub range: [f64; 2],
    /// Distance from the limit at which its constraint begins [m or rad].
    pub margin: f64,
    /// `solref` of the limit: time constant \[s\] and damping ratio, or, both negative, -stiffness and
    /// -damping.
    pub solref_limit: [f64; 2],
    /// `solimp` of the limit: impedance at and far from it, width, midpoint and power of the transition.
    pub solimp_limit: [f64; 5],
    /// Bounds of the sum of actuator forces on this joint, if it has any [N or N m].
    pub actfrcrange: Option<[f64; 2]>,
    /// Gravity compensation of the body counts as actuator force of this joint.
    pub actgravcomp: bool,
}

/// A degree of freedom.
#[derive(Clone, Debug, PartialEq)]
pub struct Dof {
    /// Index of the body that it moves.
    pub bodyid: usize,
    /// Index of the joint that it belongs to.
    pub jntid: usize,
    /// The next dof towards the root, in this body or above.
    pub parentid: Option<usize>,
    /// Rotor inertia added to the diagonal of M [kg or kg m^2].
    pub armature: f64,
    /// Damping coefficient [N s/m or N m s/rad].
    pub damping: f64,
    /// Diagonal of the inverse of M at `qpos0` [1/kg or 1/(kg m^2)].
    pub invweight0: f64,
    /// Dry friction [N or N m]; zero is none.
    pub frictionloss: f64,
    /// `solref` of its dry friction.
    pub solref_friction: [f64; 2],
    /// `solimp` of its dry friction.
    pub solimp_friction: [f64; 5],
}

/// A frame fixed to a body.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// Name in the file; empty if it has none.
    pub name: String,
    /// Index of the body that it is fixed to.
    pub bodyid: usize,
    /// Sphere, capsule, ellipsoid, cylinder or box: the volume of a touch sensor.
    pub site_type: GeomType,
    /// Size parameters of its shape, as those of geoms \[m\].
    pub size: Vec3,
    /// Position of its frame relative to the body \[m\].
    pub pos: Vec3,
    /// Orientation of its frame relative to the body.
    pub quat: Quat,
    /// Red, green, blue, alpha in [0, 1].
    pub rgba: [f32; 4],
}

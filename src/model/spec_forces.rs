//! A model as written: what acts on the tree of bodies, and what is measured of it.

use super::diagnostic::Origin;
use super::spec::{Limited, SOLIMP, SOLREF};

/// What decides which geoms may touch.
#[derive(Clone, Debug)]
pub(super) struct ContactSpec {
    pub enabled: bool,
    /// Parent and child do not touch.
    pub filterparent: bool,
    /// Names of two bodies that do not touch.
    pub excludes: Vec<(Origin, [String; 2])>,
    pub pairs: Vec<PairSpec>,
}

impl Default for ContactSpec {
    fn default() -> Self {
        Self { enabled: true, filterparent: true, excludes: Vec::new(), pairs: Vec::new() }
    }
}

/// `<pair>`: two geoms that may touch whatever the other rules say.
#[derive(Clone, Debug)]
pub(super) struct PairSpec {
    pub origin: Origin,
    pub name: String,
    pub geoms: [String; 2],
    pub condim: usize,
    pub friction: [f64; 5],
    pub solref: [f64; 2],
    pub solreffriction: [f64; 2],
    pub solimp: [f64; 5],
    pub margin: f64,
    pub gap: f64,
}

impl Default for PairSpec {
    fn default() -> Self {
        Self {
            origin: Origin::default(),
            name: String::new(),
            geoms: Default::default(),
            condim: 3,
            friction: [1.0, 1.0, 0.005, 0.0001, 0.0001],
            solref: SOLREF,
            solreffriction: [0.0; 2],
            solimp: SOLIMP,
            margin: 0.0,
            gap: 0.0,
        }
    }
}

/// What an actuator is attached to, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TargetKind {
    Joint,
    JointInParent,
    Tendon,
    Site,
    Body,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DynType {
    None,
    Integrator,
    Filter,
    FilterExact,
    Muscle,
}

/// The form of a gain or a bias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Term {
    /// Of a bias: zero.
    None,
    /// Of a gain: its first parameter.
    Fixed,
    Affine,
    Muscle,
}

/// Parameters of a gain or a bias; muscles have nine, all others up to three.
pub(super) const N_PARAMETERS: usize = 9;

/// What a kind of actuator takes over from a class of defaults that has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Law {
    pub gainprm: [f64; N_PARAMETERS],
    pub biasprm: [f64; N_PARAMETERS],
    pub dyntype: DynType,
    pub dynprm: [f64; 3],
    pub inheritrange: f64,
}

impl Default for Law {
    fn default() -> Self {
        Self {
            gainprm: first(1.0),
            biasprm: [0.0; N_PARAMETERS],
            dyntype: DynType::None,
            dynprm: first(1.0),
            inheritrange: 0.0,
        }
    }
}

/// A list of parameters of which only the first is not zero.
pub(super) fn first<const N: usize>(value: f64) -> [f64; N] {
    std::array::from_fn(|k| if k == 0 { value } else { 0.0 })
}

impl ActuatorSpec {
    pub fn law(&self) -> Law {
        Law {
            gainprm: self.gainprm,
            biasprm: self.biasprm,
            dyntype: self.dyntype,
            dynprm: self.dynprm,
            inheritrange: self.inheritrange,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct ActuatorSpec {
    pub origin: Origin,
    pub name: String,
    pub target: Option<(TargetKind, String)>,
    /// The tag that wrote the law, if it is not `general`.
    pub shortcut: Option<String>,
    /// Of a class of defaults: the laws that tags wrote in the classes around it, the nearest last.
    pub outer: Vec<(String, Law)>,
    pub gear: [f64; 6],
    pub ctrllimited: Limited,
    pub ctrlrange: [f64; 2],
    pub forcelimited: Limited,
    pub forcerange: [f64; 2],
    pub actlimited: Limited,
    pub actrange: [f64; 2],
    pub dyntype: DynType,
    pub gaintype: Term,
    pub biastype: Term,
    pub dynprm: [f64; 3],
    pub gainprm: [f64; N_PARAMETERS],
    /// Of a position servo the third is minus the damping or, if positive, a damping ratio.
    pub biasprm: [f64; N_PARAMETERS],
    /// Of a muscle; both zero if it is not given.
    pub lengthrange: [f64; 2],
    /// The control's (or state's) range is that of the target, times this; zero for none.
    pub inheritrange: f64,
    pub actearly: bool,
    /// Of the rotor, before the gear; added to the target.
    pub armature: f64,
    pub damping: f64,
}

impl Default for ActuatorSpec {
    fn default() -> Self {
        Self {
            origin: Origin::default(),
            name: String::new(),
            target: None,
            shortcut: None,
            outer: Vec::new(),
            gear: [1.0, 0.0, 0.0, 0.0, 0.0, 0.0],
            ctrllimited: Limited::Auto,
            ctrlrange: [0.0; 2],
            forcelimited: Limited::Auto,
            forcerange: [0.0; 2],
            actlimited: Limited::Auto,
            actrange: [0.0; 2],
            dyntype: DynType::None,
            gaintype: Term::Fixed,
            biastype: Term::None,
            dynprm: first(1.0),
            gainprm: first(1.0),
            biasprm: [0.0; N_PARAMETERS],
            lengthrange: [0.0; 2],
            inheritrange: 0.0,
            actearly: false,
            armature: 0.0,
            damping: 0.0,
        }
    }
}

/// A part of the way of a spatial tendon, by name.
#[derive(Clone, Debug)]
pub(super) enum PathPart {
    Site(String),
    /// The geom, and the site on whose side the tendon passes it.
    Geom(String, Option<String>),
    /// The divisor of what follows.
    Pulley(f64),
}

/// `<fixed>` or `<spatial>`.
#[derive(Clone, Debug)]
pub(super) struct TendonSpec {
    pub origin: Origin,
    pub name: String,
    pub is_spatial: bool,
    /// Of a fixed tendon.
    pub joints: Vec<(Origin, String, f64)>,
    /// Of a spatial one.
    pub parts: Vec<(Origin, PathPart)>,
    pub limited: Limited,
    pub range: [f64; 2],
    pub actfrclimited: Limited,
    pub actfrcrange: [f64; 2],
    pub margin: f64,
    pub solref_limit: [f64; 2],
    pub solimp_limit: [f64; 5],
    pub frictionloss: f64,
    pub solref_friction: [f64; 2],
    pub solimp_friction: [f64; 5],
    pub stiffness: f64,
    pub damping: f64,
    pub armature: f64,
    /// Both -1: the length at the joints' spring references.
    pub springlength: [f64; 2],
}

impl Default for TendonSpec {
    fn default() -> Self {
        Self {
            origin: Origin::default(),
            name: String::new(),
            is_spatial: false,
            joints: Vec::new(),
            parts: Vec::new(),
            limited: Limited::Auto,
            range: [0.0; 2],
            actfrclimited: Limited::Auto,
            actfrcrange: [0.0; 2],
            margin: 0.0,
            solref_limit: SOLREF,
            solimp_limit: SOLIMP,
            frictionloss: 0.0,
            solref_friction: SOLREF,
            solimp_friction: SOLIMP,
            stiffness: 0.0,
            damping: 0.0,
            armature: 0.0,
            springlength: [-1.0; 2],
        }
    }
}

/// What an equality holds together, by name.
#[derive(Clone, Debug)]
pub(super) enum EqualityKind {
    Connect { body1: String, body2: Option<String>, anchor: [f64; 3] },
    ConnectSites([String; 2]),
    Weld { body1: String, body2: Option<String>, anchor: [f64; 3], relpose: [f64; 7], torque: f64 },
    WeldSites { sites: [String; 2], torque: f64 },
    Joint { joint1: String, joint2: Option<String>, polycoef: [f64; 5] },
    Tendon { tendon1: String, tendon2: Option<String>, polycoef: [f64; 5] },
}

/// What all equalities have in common, and what a class of defaults holds.
#[derive(Clone, Debug)]
pub(super) struct EqualityBase {
    pub active: bool,
    pub solref: [f64; 2],
    pub solimp: [f64; 5],
}

impl Default for EqualityBase {
    fn default() -> Self {
        Self { active: true, solref: SOLREF, solimp: SOLIMP }
    }
}

#[derive(Clone, Debug)]
pub(super) struct EqualitySpec {
    pub origin: Origin,
    pub name: String,
    pub base: EqualityBase,
    pub kind: EqualityKind,
}

/// A sensor as written; its names are looked up by the compiler.
#[derive(Clone, Debug)]
pub(super) struct SensorSpec {
    pub origin: Origin,
    pub name: String,
    pub tag: String,
    /// What it is attached to: of frame sensors (objtype, objname), else (attribute, name).
    pub object: Option<(String, String)>,
    /// (reftype, refname)
    pub reference: Option<(String, String)>,
    pub cutoff: f64,
}

#[derive(Clone, Debug)]
pub(super) struct KeySpec {
    pub origin: Origin,
    pub name: String,
    pub qpos: Option<KeyList>,
    pub qvel: Option<KeyList>,
    pub act: Option<KeyList>,
    pub ctrl: Option<KeyList>,
    pub mpos: Option<KeyList>,
    pub mquat: Option<KeyList>,
}

/// An attribute of a keyframe.
#[derive(Debug, Clone)]
pub(super) struct KeyList {
    pub origin: Origin,
    /// One at least.
    pub numbers: Vec<f64>,
}

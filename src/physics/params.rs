//! The numbers of a model, as lanes: an environment may have its own.

use crate::math::lanes::Lanes;
use crate::math::spatial::{Q4, V3, splat3};
use crate::model::{Joint, Model};

/// The constants of MuJoCo's impedance and reference acceleration for one joint's limit.
#[derive(Clone, Debug)]
pub(super) struct LimitParams<L> {
    pub range: [L; 2],
    pub margin: L,
    /// Stiffness [1/s^2] and damping [1/s] of the reference acceleration.
    pub stiffness: L,
    pub damping: L,
    pub dmin: L,
    pub dmax: L,
    pub width: L,
    pub midpoint: L,
    /// Exponent of the impedance curve; the same in all lanes, for it chooses a code path.
    pub power: f64,
    /// Inverse inertia seen by the row.
    pub invweight0: L,
}

/// Model parameters of one block of environments. A batch has one copy for all blocks, or one for
/// each where environments differ.
///
/// Names, shapes and units are those of [`Model`].
#[derive(Clone, Debug)]
pub struct Params<L> {
    pub(super) timestep: L,
    pub(super) gravity: V3<L>,
    pub(super) body_pos: Vec<V3<L>>,
    pub(super) body_quat: Vec<Q4<L>>,
    pub(super) body_ipos: Vec<V3<L>>,
    pub(super) body_iquat: Vec<Q4<L>>,
    pub(super) body_mass: Vec<L>,
    pub(super) body_inertia: Vec<V3<L>>,
    pub(super) body_subtreemass: Vec<L>,
    /// One over the subtree's mass; zero for massless subtrees.
    pub(super) body_subtreemass_inv: Vec<L>,
    pub(super) jnt_pos: Vec<V3<L>>,
    pub(super) jnt_axis: Vec<V3<L>>,
    pub(super) jnt_stiffness: Vec<L>,
    pub(super) qpos0: Vec<L>,
    pub(super) qpos_spring: Vec<L>,
    pub(super) dof_armature: Vec<L>,
    pub(super) dof_damping: Vec<L>,
    pub(super) actuator_gear: Vec<L>,
    pub(super) actuator_ctrlrange: Vec<Option<[L; 2]>>,
    pub(super) actuator_forcerange: Vec<Option<[L; 2]>>,
    /// Shape (njnt,); meaningful for limited joints.
    pub(super) jnt_limit: Vec<LimitParams<L>>,
}

/// MuJoCo's smallest and largest impedance (mjMINIMP, mjMAXIMP) and smallest divisor (mjMINVAL).
const MIN_IMPEDANCE: f64 = 0.0001;
const MAX_IMPEDANCE: f64 = 0.9999;
pub(super) const MIN_VALUE: f64 = 1e-15;

impl<L: Lanes> Params<L> {
    /// The model's own numbers, the same in every lane.
    pub fn new(model: &Model) -> Self {
        let splat = L::splat;
        let range = |r: Option<[f64; 2]>| r.map(|r| r.map(splat));
        Self {
            timestep: splat(model.opt.timestep),
            gravity: splat3(model.opt.gravity),
            body_pos: model.bodies.iter().map(|b| splat3(b.pos)).collect(),
            body_quat: model.bodies.iter().map(|b| b.quat.map(splat)).collect(),
            body_ipos: model.bodies.iter().map(|b| splat3(b.ipos)).collect(),
            body_iquat: model.bodies.iter().map(|b| b.iquat.map(splat)).collect(),
            body_mass: model.bodies.iter().map(|b| splat(b.mass)).collect(),
            body_inertia: model.bodies.iter().map(|b| splat3(b.inertia)).collect(),
            body_subtreemass: model.bodies.iter().map(|b| splat(b.subtreemass)).collect(),
            body_subtreemass_inv: (model.bodies.iter())
                .map(|b| splat(if b.subtreemass > MIN_VALUE { 1.0 / b.subtreemass } else { 0.0 }))
                .collect(),
            jnt_pos: model.joints.iter().map(|j| splat3(j.pos)).collect(),
            jnt_axis: model.joints.iter().map(|j| splat3(j.axis)).collect(),
            jnt_stiffness: model.joints.iter().map(|j| splat(j.stiffness)).collect(),
            qpos0: model.qpos0.iter().copied().map(splat).collect(),
            qpos_spring: model.qpos_spring.iter().copied().map(splat).collect(),
            dof_armature: model.dofs.iter().map(|d| splat(d.armature)).collect(),
            dof_damping: model.dofs.iter().map(|d| splat(d.damping)).collect(),
            actuator_gear: model.actuators.iter().map(|a| splat(a.gear)).collect(),
            actuator_ctrlrange: model.actuators.iter().map(|a| range(a.ctrlrange)).collect(),
            actuator_forcerange: model.actuators.iter().map(|a| range(a.forcerange)).collect(),
            jnt_limit: model.joints.iter().map(|j| limit_params(model, j)).collect(),
        }
    }
}

/// MuJoCo's solver parameters, "Computation / Solver parameters" of its documentation: `solref` as
/// (time constant, damping ratio) when positive, else as (-stiffness, -damping).
fn limit_params<L: Lanes>(model: &Model, joint: &Joint) -> LimitParams<L> {
    let [dmin, dmax, width, midpoint, power] = joint.solimp_limit;
    let dmin = dmin.clamp(MIN_IMPEDANCE, MAX_IMPEDANCE);
    let dmax = dmax.clamp(MIN_IMPEDANCE, MAX_IMPEDANCE);
    let [mut timeconst, dampratio] = joint.solref_limit;
    let (stiffness, damping) = if timeconst > 0.0 {
        if model.opt.refsafe {
            timeconst = timeconst.max(2.0 * model.opt.timestep);
        }
        let critical = dmax * timeconst;
        (
            1.0 / (critical * critical * dampratio * dampratio).max(MIN_VALUE),
            2.0 / critical.max(MIN_VALUE),
        )
    } else {
        (-timeconst / (dmax * dmax), -dampratio / dmax)
    };
    LimitParams {
        range: joint.range.map(L::splat),
        margin: L::splat(joint.margin),
        stiffness: L::splat(stiffness),
        damping: L::splat(damping),
        dmin: L::splat(dmin),
        dmax: L::splat(dmax),
        width: L::splat(width.max(0.0)),
        midpoint: L::splat(midpoint.clamp(MIN_IMPEDANCE, MAX_IMPEDANCE)),
        power: power.max(1.0),
        invweight0: L::splat(model.dofs[joint.dofadr].invweight0),
    }
}

//! The numbers of a model, as lanes: an environment may have its own.

use crate::math::lanes::Lanes;
use crate::math::spatial::{M3, Q4, V3};
use crate::model::Model;

/// MuJoCo's smallest divisor (mjMINVAL).
pub(super) const MIN_VALUE: f64 = 1e-15;

/// How softly a constraint holds: MuJoCo's `solref` and `solimp`, "Computation / Solver parameters"
/// of its documentation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Impedance<L> {
    /// Stiffness [1/s^2] and damping [1/s] of the reference acceleration.
    pub stiffness: L,
    pub damping: L,
    pub dmin: L,
    pub dmax: L,
    pub width: L,
    pub midpoint: L,
    /// Exponent of the impedance curve; the same in all lanes, for it chooses a code path.
    pub power: f64,
}

/// A limit of a joint or tendon.
#[derive(Clone, Copy, Debug)]
pub(super) struct LimitParams<L> {
    pub range: [L; 2],
    pub margin: L,
    pub impedance: Impedance<L>,
    /// Inverse inertia seen by the row.
    pub invweight0: L,
}

/// Dry friction of a dof or tendon.
#[derive(Clone, Copy, Debug)]
pub(super) struct FrictionParams<L> {
    pub frictionloss: L,
    pub impedance: Impedance<L>,
    pub invweight0: L,
}

/// An equality constraint; which of the fields count depends on its type.
#[derive(Clone, Debug)]
pub(super) struct EqualityParams<L> {
    pub impedance: Impedance<L>,
    /// Translational and rotational inverse inertia of both sides; a scalar constraint's in the first.
    pub invweight0: [L; 2],
    pub anchors: [V3<L>; 2],
    pub relquat: Q4<L>,
    pub torquescale: L,
    pub polycoef: [L; 5],
}

/// Two geoms that may touch.
#[derive(Clone, Debug)]
pub(super) struct PairParams<L> {
    /// Distance at which contacts are found, and at which they begin to push [m].
    pub margin: L,
    pub includemargin: L,
    /// Sum of the bounding radii [m], and the margin.
    pub reach: L,
    pub friction: [L; 5],
    pub impedance: Impedance<L>,
    /// Damping of the friction rows of elliptic cones [1/s].
    pub friction_damping: L,
    /// Inverse inertia of both bodies, translational and rotational.
    pub invweight0: [L; 2],
}

/// A geom's frame in its body and its size.
#[derive(Clone, Debug)]
pub(super) struct GeomParams<L> {
    pub pos: V3<L>,
    pub mat: M3<L>,
    pub size: V3<L>,
}

/// How the medium resists a body in its inertial frame: turning about each axis [N m], then moving along
/// each [N], by speed and by its square.
#[derive(Clone, Debug)]
pub(super) struct DragParams<L> {
    pub viscous: [L; 6],
    pub quadratic: [L; 6],
}

/// An actuator's numbers.
#[derive(Clone, Debug)]
pub(super) struct ActuatorParams<L> {
    pub gear: [L; 6],
    pub gain: [L; 3],
    pub bias: [L; 3],
    /// In the place of gain and bias, which are zero then.
    pub gain_muscle: Option<MuscleParams<L>>,
    pub bias_muscle: Option<MuscleParams<L>>,
    pub ctrlrange: Option<[L; 2]>,
    pub forcerange: Option<[L; 2]>,
    pub actrange: Option<[L; 2]>,
}

/// A muscle's numbers: the fields of [`Muscle`](crate::model::Muscle), its largest force, the shortest length of
/// its actuator [m or rad] with what that is in optimal lengths, and the optimal length [m or rad].
#[derive(Clone, Debug)]
pub(super) struct MuscleParams<L> {
    pub peak: L,
    pub shortest: L,
    pub low: L,
    pub optimal: L,
    pub lmin: L,
    pub lmax: L,
    pub vmax: L,
    pub fpmax: L,
    pub fvmax: L,
}

/// A tendon's numbers.
#[derive(Clone, Debug)]
pub(super) struct TendonParams<L> {
    /// Of the joints of a fixed tendon.
    pub coef: Vec<L>,
    pub stiffness: L,
    pub damping: L,
    pub armature: L,
    pub lengthspring: [L; 2],
    pub length0: L,
    pub actfrcrange: Option<[L; 2]>,
    pub limit: LimitParams<L>,
    pub friction: FrictionParams<L>,
}

/// Model parameters of one block of environments. A batch has one copy for all blocks, or one for
/// each where environments differ.
///
/// Names, shapes and units are those of [`Model`].
#[derive(Clone, Debug)]
pub struct Params<L> {
    pub(super) timestep: L,
    pub(super) gravity: V3<L>,
    pub(super) impratio: L,
    pub(super) body_pos: Vec<V3<L>>,
    pub(super) body_quat: Vec<Q4<L>>,
    pub(super) body_ipos: Vec<V3<L>>,
    pub(super) body_iquat: Vec<Q4<L>>,
    pub(super) body_mass: Vec<L>,
    pub(super) body_inertia: Vec<V3<L>>,
    pub(super) body_subtreemass: Vec<L>,
    /// One over the subtree's mass; zero for massless subtrees.
    pub(super) body_subtreemass_inv: Vec<L>,
    pub(super) body_gravcomp: Vec<L>,
    /// Resistance of the medium to each body; none where it is empty.
    pub(super) body_drag: Vec<DragParams<L>>,
    /// Velocity of the medium [m/s].
    pub(super) wind: V3<L>,
    pub(super) jnt_pos: Vec<V3<L>>,
    pub(super) jnt_axis: Vec<V3<L>>,
    pub(super) jnt_stiffness: Vec<L>,
    pub(super) jnt_actfrcrange: Vec<Option<[L; 2]>>,
    /// Shape (njnt,); meaningful for limited joints.
    pub(super) jnt_limit: Vec<LimitParams<L>>,
    pub(super) qpos0: Vec<L>,
    pub(super) qpos_spring: Vec<L>,
    pub(super) dof_armature: Vec<L>,
    pub(super) dof_damping: Vec<L>,
    pub(super) dof_friction: Vec<FrictionParams<L>>,
    pub(super) geoms: Vec<GeomParams<L>>,
    pub(super) sites: Vec<GeomParams<L>>,
    pub(super) pairs: Vec<PairParams<L>>,
    pub(super) actuators: Vec<ActuatorParams<L>>,
    pub(super) tendons: Vec<TendonParams<L>>,
    pub(super) equalities: Vec<EqualityParams<L>>,
    /// One over (mean inertia times number of dofs): the solver's scale.
    pub(super) solver_scale: L,
}

impl<L: Lanes> Params<L> {
    /// The model's own numbers, the same in every lane.
    pub fn new(model: &Model) -> Self {
        Self::pack(&[model])
    }

    /// Memory that it takes; of tendons without the list of their joints.
    pub fn bytes(&self) -> u64 {
        fn of<T>(list: &[T]) -> usize {
            size_of_val(list)
        }
        let bodies = of(&self.body_pos)
            + of(&self.body_quat)
            + of(&self.body_ipos)
            + of(&self.body_iquat)
            + of(&self.body_mass)
            + of(&self.body_inertia)
            + of(&self.body_subtreemass)
            + of(&self.body_subtreemass_inv)
            + of(&self.body_gravcomp)
            + of(&self.body_drag);
        let joints = of(&self.jnt_pos)
            + of(&self.jnt_axis)
            + of(&self.jnt_stiffness)
            + of(&self.jnt_actfrcrange)
            + of(&self.jnt_limit)
            + of(&self.qpos0)
            + of(&self.qpos_spring)
            + of(&self.dof_armature)
            + of(&self.dof_damping)
            + of(&self.dof_friction);
        let others = of(&self.geoms)
            + of(&self.sites)
            + of(&self.pairs)
            + of(&self.actuators)
            + of(&self.tendons)
            + of(&self.equalities);
        (size_of::<Self>() + bodies + joints + others) as u64
    }

    /// Gives one lane the masses, friction, damping, stiffness and actuator gains of a variant of the
    /// model, with what is derived from them. Other numbers stay.
    pub fn set_lane(&mut self, lane: usize, variant: &Model) {
        let mut from = Params::<f64>::new(variant);
        for (to, from) in self.varying().into_iter().zip(from.varying()) {
            to.set_lane(lane, *from);
        }
    }

    /// The numbers in which variants of a model may differ, in the order in which a program has them as `params`.
    pub fn varying(&mut self) -> Vec<&mut L> {
        let mut cells: Vec<&mut L> = vec![];
        cells.extend(&mut self.body_mass);
        cells.extend(&mut self.body_subtreemass);
        cells.extend(&mut self.body_subtreemass_inv);
        cells.extend(self.body_inertia.iter_mut().flatten());
        for drag in &mut self.body_drag {
            cells.extend(drag.viscous.iter_mut().chain(&mut drag.quadratic));
        }
        cells.extend(&mut self.jnt_stiffness);
        cells.extend(&mut self.dof_damping);
        cells.extend(self.jnt_limit.iter_mut().map(|limit| &mut limit.invweight0));
        cells.extend(self.dof_friction.iter_mut().map(|friction| &mut friction.invweight0));
        for tendon in &mut self.tendons {
            cells.extend([&mut tendon.limit.invweight0, &mut tendon.friction.invweight0]);
        }
        cells.extend(self.equalities.iter_mut().flat_map(|equality| &mut equality.invweight0));
        for pair in &mut self.pairs {
            cells.extend(pair.friction.iter_mut().chain(&mut pair.invweight0));
        }
        for actuator in &mut self.actuators {
            cells.extend(actuator.gain.iter_mut().chain(&mut actuator.bias));
            let muscles = [&mut actuator.gain_muscle, &mut actuator.bias_muscle];
            cells.extend(muscles.into_iter().flatten().map(|muscle| &mut muscle.peak));
        }
        cells.push(&mut self.solver_scale);
        cells
    }
}

//! Models' numbers gathered into lanes.

use super::fluid;
use super::params::{
    ActuatorParams, DragParams, EqualityParams, FrictionParams, GeomParams, Impedance, LimitParams,
    MIN_VALUE, MuscleParams, PairParams, Params, TendonParams,
};
use crate::math::lanes::Lanes;
use crate::model::{Actuator, EqualityType, GeomType, Model, Muscle, TendonPath};

/// MuJoCo's smallest and largest impedance (mjMINIMP, mjMAXIMP).
const MIN_IMPEDANCE: f64 = 0.0001;
const MAX_IMPEDANCE: f64 = 0.9999;

impl<L: Lanes> Params<L> {
    /// Lane `i` has the numbers of `models[i]`; the last model also fills the lanes beyond. The
    /// models are variants of one: they differ in numbers, never in topology, in what is limited or
    /// in the exponents of impedances.
    ///
    /// # Panics
    /// If there is no model, or if they differ in their topology.
    pub fn pack(models: &[&Model]) -> Self {
        let pack = Packer { models };
        let first = models[0];
        let bodies = 0..first.bodies.len();
        let joints = 0..first.joints.len();
        let dofs = 0..first.nv;
        let each = |n: usize, of: &dyn Fn(&Model, usize) -> f64| -> Vec<L> {
            (0..n).map(|i| pack.one(|m| of(m, i))).collect()
        };
        let nbody = first.bodies.len();
        let inverse = |x: f64| if x > MIN_VALUE { 1.0 / x } else { 0.0 };
        Self {
            timestep: pack.one(|m| m.opt.timestep),
            gravity: pack.many(|m| m.opt.gravity),
            impratio: pack.one(|m| m.opt.impratio),
            body_pos: bodies.clone().map(|i| pack.many(|m| m.bodies[i].pos)).collect(),
            body_quat: bodies.clone().map(|i| pack.many(|m| m.bodies[i].quat)).collect(),
            body_ipos: bodies.clone().map(|i| pack.many(|m| m.bodies[i].ipos)).collect(),
            body_iquat: bodies.clone().map(|i| pack.many(|m| m.bodies[i].iquat)).collect(),
            body_mass: each(nbody, &|m, i| m.bodies[i].mass),
            body_inertia: bodies.clone().map(|i| pack.many(|m| m.bodies[i].inertia)).collect(),
            body_subtreemass: each(nbody, &|m, i| m.bodies[i].subtreemass),
            body_subtreemass_inv: each(nbody, &|m, i| inverse(m.bodies[i].subtreemass)),
            body_gravcomp: each(nbody, &|m, i| m.bodies[i].gravcomp),
            body_drag: bodies.filter(|_| fluid::resists(first)).map(|i| pack.drag(i)).collect(),
            wind: pack.many(|m| m.opt.medium.wind),
            jnt_pos: joints.clone().map(|i| pack.many(|m| m.joints[i].pos)).collect(),
            jnt_axis: joints.clone().map(|i| pack.many(|m| m.joints[i].axis)).collect(),
            jnt_stiffness: each(first.joints.len(), &|m, i| m.joints[i].stiffness),
            jnt_actfrcrange: joints
                .clone()
                .map(|i| pack.optional(|m| m.joints[i].actfrcrange))
                .collect(),
            jnt_limit: joints
                .map(|i| LimitParams {
                    range: pack.many(|m| m.joints[i].range),
                    margin: pack.one(|m| m.joints[i].margin),
                    impedance: pack.impedance(|m| {
                        let joint = &m.joints[i];
                        (joint.solref_limit, joint.solimp_limit)
                    }),
                    invweight0: pack.one(|m| m.dofs[m.joints[i].dofadr].invweight0),
                })
                .collect(),
            qpos0: each(first.nq, &|m, i| m.qpos0[i]),
            qpos_spring: each(first.nq, &|m, i| m.qpos_spring[i]),
            dof_armature: each(first.nv, &|m, i| m.dofs[i].armature),
            dof_damping: each(first.nv, &|m, i| m.dofs[i].damping),
            dof_friction: dofs
                .map(|i| FrictionParams {
                    frictionloss: pack.one(|m| m.dofs[i].frictionloss),
                    impedance: pack
                        .impedance(|m| (m.dofs[i].solref_friction, m.dofs[i].solimp_friction)),
                    invweight0: pack.one(|m| m.dofs[i].invweight0),
                })
                .collect(),
            geoms: (0..first.geoms.len())
                .map(|i| GeomParams {
                    pos: pack.many(|m| m.geoms[i].pos),
                    mat: pack.many(|m| crate::math::spatial::quat_to_mat(m.geoms[i].quat)),
                    size: pack.many(|m| m.geoms[i].size),
                })
                .collect(),
            sites: (0..first.sites.len())
                .map(|i| GeomParams {
                    pos: pack.many(|m| m.sites[i].pos),
                    mat: pack.many(|m| crate::math::spatial::quat_to_mat(m.sites[i].quat)),
                    size: pack.many(|m| m.sites[i].size),
                })
                .collect(),
            pairs: (0..first.pairs.len()).map(|i| pack.pair(i)).collect(),
            actuators: (0..first.nu)
                .map(|i| ActuatorParams {
                    gear: pack.many(|m| m.actuators[i].gear),
                    gain: pack.many(|m| m.actuators[i].gainprm),
                    bias: pack.many(|m| m.actuators[i].biasprm),
                    gain_muscle: pack.muscle(i, |it| &it.gain_muscle),
                    bias_muscle: pack.muscle(i, |it| &it.bias_muscle),
                    ctrlrange: pack.optional(|m| m.actuators[i].ctrlrange),
                    forcerange: pack.optional(|m| m.actuators[i].forcerange),
                    actrange: pack.optional(|m| m.actuators[i].actrange),
                })
                .collect(),
            tendons: (0..first.tendons.len()).map(|i| pack.tendon(i)).collect(),
            equalities: (0..first.equalities.len()).map(|i| pack.equality(i)).collect(),
            solver_scale: pack.one(|m| inverse(m.meaninertia * m.nv.max(1) as f64)),
        }
    }
}

/// Gathers numbers of several models into lanes.
struct Packer<'a> {
    models: &'a [&'a Model],
}

impl Packer<'_> {
    fn one<L: Lanes>(&self, of: impl Fn(&Model) -> f64) -> L {
        let mut lanes = L::splat(of(self.models[self.models.len() - 1]));
        for (lane, model) in self.models.iter().enumerate().take(L::WIDTH) {
            lanes.set_lane(lane, of(model));
        }
        lanes
    }

    fn many<L: Lanes, const N: usize>(&self, of: impl Fn(&Model) -> [f64; N]) -> [L; N] {
        std::array::from_fn(|k| self.one(|m| of(m)[k]))
    }

    fn optional<L: Lanes>(&self, of: impl Fn(&Model) -> Option<[f64; 2]>) -> Option<[L; 2]> {
        of(self.models[0])?;
        Some(self.many(|m| of(m).unwrap_or([f64::MIN, f64::MAX])))
    }

    fn impedance<L: Lanes>(&self, of: impl Fn(&Model) -> ([f64; 2], [f64; 5])) -> Impedance<L> {
        let clamp = |d: f64| d.clamp(MIN_IMPEDANCE, MAX_IMPEDANCE);
        let reference = |k: usize| {
            self.one(|m| {
                let (solref, solimp) = of(m);
                reference(m, solref, clamp(solimp[1]))[k]
            })
        };
        Impedance {
            stiffness: reference(0),
            damping: reference(1),
            dmin: self.one(|m| clamp(of(m).1[0])),
            dmax: self.one(|m| clamp(of(m).1[1])),
            width: self.one(|m| of(m).1[2].max(0.0)),
            midpoint: self.one(|m| clamp(of(m).1[3])),
            power: of(self.models[0]).1[4].max(1.0),
        }
    }

    fn pair<L: Lanes>(&self, i: usize) -> PairParams<L> {
        let friction_solref = |m: &Model| {
            let pair = &m.pairs[i];
            let own = pair.solreffriction != [0.0; 2];
            if own { pair.solreffriction } else { pair.solref }
        };
        let friction: Impedance<L> = self.impedance(|m| (friction_solref(m), m.pairs[i].solimp));
        PairParams {
            margin: self.one(|m| m.pairs[i].margin + m.pairs[i].gap),
            includemargin: self.one(|m| m.pairs[i].margin),
            reach: self.one(|m| {
                let pair = &m.pairs[i];
                let radius = |geom: usize| match m.geoms[geom].geom_type {
                    GeomType::Plane => 0.0,
                    _ => m.geoms[geom].rbound,
                };
                radius(pair.geom1) + radius(pair.geom2) + pair.margin + pair.gap
            }),
            friction: self.many(|m| m.pairs[i].friction),
            impedance: self.impedance(|m| (m.pairs[i].solref, m.pairs[i].solimp)),
            friction_damping: friction.damping,
            invweight0: self.many(|m| {
                let pair = &m.pairs[i];
                let weight = |geom: usize| m.bodies[m.geoms[geom].bodyid].invweight0;
                let (one, other) = (weight(pair.geom1), weight(pair.geom2));
                [one[0] + other[0], one[1] + other[1]]
            }),
        }
    }

    fn drag<L: Lanes>(&self, i: usize) -> DragParams<L> {
        let drag = |m: &Model| fluid::drag_of_box(&m.bodies[i], &m.opt.medium);
        DragParams {
            viscous: self.many(|m| drag(m).viscous),
            quadratic: self.many(|m| drag(m).quadratic),
        }
    }

    fn muscle<L: Lanes>(
        &self,
        i: usize,
        of: impl Fn(&Actuator) -> &Option<Muscle>,
    ) -> Option<MuscleParams<L>> {
        of(&self.models[0].actuators[i]).as_ref()?;
        let one = |number: &dyn Fn(&Actuator, &Muscle) -> f64| {
            self.one(|m| of(&m.actuators[i]).as_ref().map_or(0.0, |it| number(&m.actuators[i], it)))
        };
        Some(MuscleParams {
            peak: one(&|actuator, it| it.peak(actuator.acc0)),
            shortest: one(&|actuator, _| actuator.lengthrange[0]),
            low: one(&|_, it| it.range[0]),
            optimal: one(&|actuator, it| {
                let [shortest, longest] = actuator.lengthrange;
                ((longest - shortest) / (it.range[1] - it.range[0]).max(MIN_VALUE)).max(MIN_VALUE)
            }),
            lmin: one(&|_, it| it.lmin),
            lmax: one(&|_, it| it.lmax),
            vmax: one(&|_, it| it.vmax),
            fpmax: one(&|_, it| it.fpmax),
            fvmax: one(&|_, it| it.fvmax),
        })
    }

    fn tendon<L: Lanes>(&self, i: usize) -> TendonParams<L> {
        let coefficient = |m: &Model, k: usize| match &m.tendons[i].path {
            TendonPath::Joints(joints) => joints[k].1,
            TendonPath::Sites(_) => 0.0,
        };
        let n = match &self.models[0].tendons[i].path {
            TendonPath::Joints(joints) => joints.len(),
            TendonPath::Sites(_) => 0,
        };
        let invweight0 = self.one(|m| m.tendons[i].invweight0);
        TendonParams {
            coef: (0..n).map(|k| self.one(|m| coefficient(m, k))).collect(),
            stiffness: self.one(|m| m.tendons[i].stiffness),
            damping: self.one(|m| m.tendons[i].damping),
            armature: self.one(|m| m.tendons[i].armature),
            lengthspring: self.many(|m| m.tendons[i].lengthspring),
            length0: self.one(|m| m.tendons[i].length0),
            actfrcrange: self.optional(|m| m.tendons[i].actfrcrange),
            limit: LimitParams {
                range: self.many(|m| m.tendons[i].range),
                margin: self.one(|m| m.tendons[i].margin),
                impedance: self
                    .impedance(|m| (m.tendons[i].solref_limit, m.tendons[i].solimp_limit)),
                invweight0,
            },
            friction: FrictionParams {
                frictionloss: self.one(|m| m.tendons[i].frictionloss),
                impedance: self
                    .impedance(|m| (m.tendons[i].solref_friction, m.tendons[i].solimp_friction)),
                invweight0,
            },
        }
    }

    fn equality<L: Lanes>(&self, i: usize) -> EqualityParams<L> {
        let kind = |m: &Model| m.equalities[i].equality_type.clone();
        let invweight0 = |m: &Model| match kind(m) {
            EqualityType::Connect { bodies: [a, b], .. }
            | EqualityType::Weld { bodies: [a, b], .. } => {
                let (a, b) = (m.bodies[a].invweight0, m.bodies[b].invweight0);
                [a[0] + b[0], a[1] + b[1]]
            }
            EqualityType::Joint { joints: (a, b), .. } => {
                let weight = |joint: usize| m.dofs[m.joints[joint].dofadr].invweight0;
                [weight(a) + b.map_or(0.0, weight), 0.0]
            }
            EqualityType::Tendon { tendons: (a, b), .. } => {
                let weight = |tendon: usize| m.tendons[tendon].invweight0;
                [weight(a) + b.map_or(0.0, weight), 0.0]
            }
        };
        let anchors = |m: &Model| match kind(m) {
            EqualityType::Connect { anchors, .. } => anchors,
            // Where body 1 has the point that body 2 has at `anchor`.
            EqualityType::Weld { anchor, relpos, .. } => [relpos, anchor],
            _ => [[0.0; 3]; 2],
        };
        let polycoef = |m: &Model| match kind(m) {
            EqualityType::Joint { polycoef, .. } | EqualityType::Tendon { polycoef, .. } => {
                polycoef
            }
            _ => [0.0; 5],
        };
        let weld = |m: &Model| match kind(m) {
            EqualityType::Weld { relquat, torquescale, .. } => (relquat, torquescale),
            _ => ([1.0, 0.0, 0.0, 0.0], 0.0),
        };
        EqualityParams {
            impedance: self.impedance(|m| (m.equalities[i].solref, m.equalities[i].solimp)),
            invweight0: self.many(invweight0),
            anchors: [self.many(|m| anchors(m)[0]), self.many(|m| anchors(m)[1])],
            relquat: self.many(|m| weld(m).0),
            torquescale: self.one(|m| weld(m).1),
            polycoef: self.many(polycoef),
        }
    }
}

/// Stiffness and damping of a reference acceleration: `solref` is (time constant, damping ratio)
/// when positive, else (-stiffness, -damping).
fn reference(model: &Model, [timeconst, dampratio]: [f64; 2], dmax: f64) -> [f64; 2] {
    if timeconst > 0.0 {
        let least = if model.opt.refsafe { 2.0 * model.opt.timestep } else { 0.0 };
        let critical = dmax * timeconst.max(least);
        [
            1.0 / (critical * critical * dampratio * dampratio).max(MIN_VALUE),
            2.0 / critical.max(MIN_VALUE),
        ]
    } else {
        [-timeconst / (dmax * dmax), -dampratio / dmax]
    }
}

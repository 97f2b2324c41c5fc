//! What all environments of a model share: its topology as index tables.

use super::pattern::Pattern;
use super::rays::RayShape;
use super::{collide, rays};
use crate::model::{
    Actuator, EqualityType, GeomType, HeightField, JointType, MAX_DOFS, Mesh, Model, SensorType,
    TendonLeg, TendonPath, Transmission,
};
use std::ops::Range;
use std::sync::Arc;

/// What a group of constraint rows is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// Index into the model's equalities.
    Equality(usize),
    FrictionDof(usize),
    FrictionTendon(usize),
    /// A scalar joint's lower limit (side 0) or upper limit (side 1).
    LimitJoint(usize, usize),
    /// A ball joint's largest angle.
    LimitBall(usize),
    LimitTendon(usize, usize),
    /// Index into the model's pairs, and which of the pair's contacts.
    Contact(usize, usize),
}

/// Constraint rows that come and go together: a limit is one row, a contact with sliding friction
/// three (normal and two tangents), a weld six.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub subject: Subject,
    /// Number of rows.
    pub dim: usize,
    /// The dofs on which the rows depend, largest first: `row_dof[dofs.0..dofs.1]`.
    pub dofs: (usize, usize),
    /// First row in the arrays of rows, first entry in `efc_J`. A group's part of the Jacobian is
    /// row-major, shape (dim, number of dofs).
    pub row: usize,
    pub jadr: usize,
    /// Couples dofs that are not on one chain, so that the Hessian fills in.
    pub couples: bool,
}

/// A geom that takes part in contacts, and what is needed of its frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct ContactGeom {
    pub geomid: usize,
    pub axes: Axes,
}

/// How much of a geom's rotation its contacts depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axes {
    None,
    /// The third axis.
    Z,
    All,
}

/// Two geoms that may touch.
#[derive(Clone, Copy, Debug)]
pub(super) struct PairPlan {
    /// Indices into `contact_geoms`.
    pub geoms: [usize; 2],
    pub bodies: [usize; 2],
    /// Its groups among the slots.
    pub first_slot: usize,
    pub n_slots: usize,
}

/// A dof that moves one end of a straight part of a tendon, and not the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moving {
    pub dof: usize,
    /// Its place among the tendon's dofs.
    pub place: usize,
    /// The second end.
    pub second: bool,
}

/// Which dofs change the parts of a leg: of the straight one, and of those onto a geom and off it.
#[derive(Clone, Debug, Default)]
pub(super) struct LegPlan {
    pub straight: Vec<Moving>,
    pub onto: Vec<Moving>,
    pub off: Vec<Moving>,
}

/// The dofs on which a tendon's length depends; of a fixed tendon in the order of its joints.
#[derive(Clone, Debug)]
pub(super) struct TendonPlan {
    pub dofs: Vec<usize>,
    /// The first entry in `ten_J`.
    pub adr: usize,
    /// Of a spatial tendon.
    pub legs: Vec<LegPlan>,
}

/// A model's topology, compiled once and shared by all threads.
#[derive(Debug)]
pub struct Plan {
    /// The model that it was made of.
    pub model: Arc<Model>,
    /// Each dof with its ancestors.
    pub(super) ancestors: Pattern,
    /// The sparsity of M: the ancestors, and more where a tendon with armature couples branches.
    pub(super) tree: Pattern,
    /// Ancestors of each dof in bits, without itself.
    pub(super) ancestor_rows: Vec<u128>,
    /// The sparsity of M in bits.
    pub(super) tree_rows: Vec<u128>,
    /// Dofs that turn their body (else they shift it).
    pub(super) dof_rotates: Vec<bool>,
    /// Every group of rows that can ever exist; an overflow is impossible. In MuJoCo's order:
    /// equality, friction, limits, contacts.
    pub(super) slots: Vec<Slot>,
    /// Slots of each kind, as ranges.
    pub(super) equality_slots: Range<usize>,
    pub(super) friction_slots: Range<usize>,
    pub(super) limit_slots: Range<usize>,
    pub(super) row_dof: Vec<u32>,
    pub(super) n_rows: usize,
    pub(super) n_jacobian: usize,
    pub(super) contact_geoms: Vec<ContactGeom>,
    pub(super) pairs: Vec<PairPlan>,
    pub(super) tendons: Vec<TendonPlan>,
    /// Of each mesh; none for flat ones, which the model's compiler refuses.
    pub(super) hulls: Vec<Option<collide::Hull>>,
    pub(super) fields: Vec<collide::Field>,
    /// The geoms as rangefinders meet them; empty in a model that has none.
    pub(super) ray_shapes: Vec<RayShape>,
    /// Bodies on a free joint on which no other joint hangs, with their first dofs.
    pub(super) free_alone: Vec<(usize, usize)>,
    pub(super) has_damping: bool,
    pub(super) has_spring: bool,
    pub(super) has_gravcomp: bool,
    pub(super) has_tendon_armature: bool,
}

impl Plan {
    /// # Panics
    /// If the model has more than 128 degrees of freedom, which its compiler refuses.
    pub fn new(model: Arc<Model>) -> Self {
        assert!(model.nv <= MAX_DOFS, "{} degrees of freedom of at most {MAX_DOFS}", model.nv);
        let mut tree_rows: Vec<u128> = (0..model.nv)
            .map(|dof| chain(&model, model.dofs[dof].parentid).iter().fold(0, |r, j| r | 1 << j))
            .collect();
        let ancestor_rows = tree_rows.clone();
        let ancestors = Pattern::closure(&mut tree_rows);
        let tendons = plan_tendons(&model);
        for (tendon, of_tendon) in model.tendons.iter().zip(&tendons) {
            if tendon.armature > 0.0 {
                couple(&mut tree_rows, &of_tendon.dofs);
            }
        }
        let mut closed = tree_rows.clone();
        let rotates = |joint_type: JointType| -> &'static [bool] {
            match joint_type {
                JointType::Free => &[false, false, false, true, true, true],
                JointType::Ball => &[true; 3],
                JointType::Slide => &[false],
                JointType::Hinge => &[true],
            }
        };
        let dof_rotates = model.joints.iter().flat_map(|j| rotates(j.jnt_type)).copied().collect();
        let mut plan = Self {
            ancestors,
            ancestor_rows,
            tree: Pattern::closure(&mut closed),
            tree_rows,
            dof_rotates,
            slots: vec![],
            equality_slots: 0..0,
            friction_slots: 0..0,
            limit_slots: 0..0,
            row_dof: vec![],
            n_rows: 0,
            n_jacobian: 0,
            contact_geoms: vec![],
            pairs: vec![],
            tendons,
            hulls: model.meshes.iter().map(hull).collect(),
            fields: model.hfields.iter().map(field).collect(),
            ray_shapes: if has_rangefinder(&model) { rays::ray_shapes(&model) } else { vec![] },
            free_alone: free_alone(&model),
            has_damping: model.opt.enable.damper && model.dofs.iter().any(|dof| dof.damping > 0.0),
            has_spring: model.opt.enable.spring
                && model.joints.iter().any(|joint| joint.stiffness > 0.0),
            has_gravcomp: model.bodies.iter().any(|body| body.gravcomp != 0.0),
            has_tendon_armature: model.tendons.iter().any(|tendon| tendon.armature > 0.0),
            model,
        };
        plan.add_equalities();
        plan.add_friction();
        plan.add_limits();
        plan.add_contacts();
        plan
    }

    fn add_slot(&mut self, subject: Subject, dim: usize, dofs: (usize, usize)) {
        let list = &self.row_dof[dofs.0..dofs.1];
        let couples = list.iter().enumerate().any(|(at, &i)| {
            list[at + 1..].iter().any(|&j| self.tree_rows[i as usize] & (1 << j) == 0)
        });
        let (row, jadr) = (self.n_rows, self.n_jacobian);
        self.slots.push(Slot { subject, dim, dofs, row, jadr, couples });
        self.n_rows += dim;
        self.n_jacobian += dim * (dofs.1 - dofs.0);
    }

    /// Appends a list of dofs, largest first; returns its place.
    fn add_dofs(&mut self, mut dofs: Vec<usize>) -> (usize, usize) {
        dofs.sort_unstable_by(|a, b| b.cmp(a));
        dofs.dedup();
        let first = self.row_dof.len();
        self.row_dof.extend(dofs.into_iter().map(|dof| dof as u32));
        (first, self.row_dof.len())
    }

    fn add_equalities(&mut self) {
        let model = self.model.clone();
        let n = if model.opt.enable.equality { model.equalities.len() } else { 0 };
        for (index, equality) in model.equalities[..n].iter().enumerate() {
            let scalar = |joint: usize| model.joints[joint].dofadr;
            let (dim, dofs) = match &equality.equality_type {
                // Both chains whole: the error moves with the common ancestors too.
                EqualityType::Connect { bodies, .. } => (3, both_chains(&model, *bodies)),
                EqualityType::Weld { bodies, .. } => (6, both_chains(&model, *bodies)),
                EqualityType::Joint { joints: (one, other), .. } => {
                    (1, std::iter::once(*one).chain(*other).map(scalar).collect())
                }
                EqualityType::Tendon { tendons: (one, other), .. } => {
                    let tendons = std::iter::once(*one).chain(*other);
                    let dofs = tendons.flat_map(|tendon| self.tendons[tendon].dofs.clone());
                    (1, dofs.collect())
                }
            };
            let dofs = self.add_dofs(dofs);
            self.add_slot(Subject::Equality(index), dim, dofs);
        }
        self.equality_slots = 0..self.slots.len();
    }

    fn add_friction(&mut self) {
        let first = self.slots.len();
        let model = self.model.clone();
        if model.opt.enable.frictionloss {
            for (dof, _) in model.dofs.iter().enumerate().filter(|(_, d)| d.frictionloss > 0.0) {
                let dofs = self.add_dofs(vec![dof]);
                self.add_slot(Subject::FrictionDof(dof), 1, dofs);
            }
            for (index, tendon) in model.tendons.iter().enumerate() {
                if tendon.frictionloss > 0.0 {
                    let dofs = self.add_dofs(self.tendons[index].dofs.clone());
                    self.add_slot(Subject::FrictionTendon(index), 1, dofs);
                }
            }
        }
        self.friction_slots = first..self.slots.len();
    }

    fn add_limits(&mut self) {
        let first = self.slots.len();
        let model = self.model.clone();
        if model.opt.enable.limit {
            for (index, joint) in model.joints.iter().enumerate().filter(|(_, j)| j.limited) {
                let first = joint.dofadr;
                let dofs = self.add_dofs((first..first + joint.jnt_type.nv()).collect());
                match joint.jnt_type {
                    JointType::Ball => self.add_slot(Subject::LimitBall(index), 1, dofs),
                    _ => (0..2).for_each(|side| {
                        self.add_slot(Subject::LimitJoint(index, side), 1, dofs);
                    }),
                }
            }
            for (index, _) in model.tendons.iter().enumerate().filter(|(_, t)| t.limited) {
                let dofs = self.add_dofs(self.tendons[index].dofs.clone());
                for side in 0..2 {
                    self.add_slot(Subject::LimitTendon(index, side), 1, dofs);
                }
            }
        }
        self.limit_slots = first..self.slots.len();
    }

    fn add_contacts(&mut self) {
        let model = self.model.clone();
        let mut place = vec![None; model.geoms.len()];
        for (index, pair) in model.pairs.iter().enumerate() {
            let geoms = [pair.geom1, pair.geom2].map(|geomid| {
                *place[geomid].get_or_insert_with(|| {
                    let axes = axes(model.geoms[geomid].geom_type);
                    self.contact_geoms.push(ContactGeom { geomid, axes });
                    self.contact_geoms.len() - 1
                })
            });
            let kinds = [pair.geom1, pair.geom2].map(|geom| kind(model.geoms[geom].geom_type));
            let bodies = [pair.geom1, pair.geom2].map(|geom| model.geoms[geom].bodyid);
            // Where both bodies move with a dof, it does not change how they meet.
            let [one, other] = bodies.map(|body| chain(&model, last_dof(&model, body)));
            let common = |dof: &&usize| one.contains(dof) && other.contains(dof);
            let dofs = one.iter().chain(&other).filter(|dof| !common(dof)).copied().collect();
            let dofs = self.add_dofs(dofs);
            let first_slot = self.slots.len();
            let n_slots = collide::max_contacts(kinds[0], kinds[1]);
            for contact in 0..n_slots {
                self.add_slot(Subject::Contact(index, contact), pair.condim, dofs);
            }
            self.pairs.push(PairPlan { geoms, bodies, first_slot, n_slots });
        }
    }

    /// The dofs of a slot, largest first.
    #[inline(always)]
    pub(super) fn dofs(&self, slot: &Slot) -> &[u32] {
        &self.row_dof[slot.dofs.0..slot.dofs.1]
    }

    /// The only dof that an actuator acts on, if it drives a scalar joint.
    #[inline(always)]
    pub(super) fn scalar_dof(&self, actuator: &Actuator) -> Option<usize> {
        match actuator.transmission {
            Transmission::Joint(jnt) | Transmission::JointInParent(jnt) => {
                let joint = &self.model.joints[jnt];
                (joint.jnt_type.nv() == 1).then_some(joint.dofadr)
            }
            _ => None,
        }
    }
}

fn has_rangefinder(model: &Model) -> bool {
    model.sensors.iter().any(|it| matches!(it.sensor_type, SensorType::Rangefinder(_)))
}

fn free_alone(model: &Model) -> Vec<(usize, usize)> {
    let free = model.joints.iter().filter(|joint| joint.jnt_type == JointType::Free);
    let alone = free.filter(|joint| {
        let end = joint.dofadr + 6;
        !model.dofs.iter().any(|dof| dof.parentid == Some(end - 1))
    });
    alone.map(|joint| (joint.bodyid, joint.dofadr)).collect()
}

/// A dof and its ancestors, nearest first.
fn chain(model: &Model, mut dof: Option<usize>) -> Vec<usize> {
    let mut dofs = Vec::new();
    while let Some(i) = dof {
        dofs.push(i);
        dof = model.dofs[i].parentid;
    }
    dofs
}

/// The last dof that moves a body.
pub(super) fn last_dof(model: &Model, mut body: usize) -> Option<usize> {
    while body > 0 && model.bodies[body].dofnum == 0 {
        body = model.bodies[body].parentid;
    }
    let body = &model.bodies[body];
    (body.dofnum > 0).then(|| body.dofadr + body.dofnum - 1)
}

fn both_chains(model: &Model, bodies: [usize; 2]) -> Vec<usize> {
    bodies.iter().flat_map(|&body| chain(model, last_dof(model, body))).collect()
}

fn plan_tendons(model: &Model) -> Vec<TendonPlan> {
    let mut plans: Vec<TendonPlan> = Vec::new();
    for tendon in &model.tendons {
        let adr = plans.last().map_or(0, |plan| plan.adr + plan.dofs.len());
        let mut plan = TendonPlan { dofs: vec![], adr, legs: vec![] };
        match &tendon.path {
            TendonPath::Joints(joints) => {
                plan.dofs = joints.iter().map(|&(jnt, _)| model.joints[jnt].dofadr).collect();
            }
            TendonPath::Sites(legs) => {
                plan.legs = legs.iter().map(|leg| plan_leg(model, leg, &mut plan.dofs)).collect();
            }
        }
        plans.push(plan);
    }
    plans
}

fn plan_leg(model: &Model, leg: &TendonLeg, dofs: &mut Vec<usize>) -> LegPlan {
    let [first, last] = leg.sites.map(|site| model.sites[site].bodyid);
    let mut plan = LegPlan { straight: moving(model, [first, last], dofs), ..Default::default() };
    if let Some(over) = leg.over {
        let body = model.geoms[over.geom].bodyid;
        plan.onto = moving(model, [first, body], dofs);
        plan.off = moving(model, [body, last], dofs);
    }
    plan
}

/// The dofs that move one of two bodies and not the other; new ones are added to the tendon's.
fn moving(model: &Model, bodies: [usize; 2], dofs: &mut Vec<usize>) -> Vec<Moving> {
    let chains = bodies.map(|body| chain(model, last_dof(model, body)));
    let mut found = Vec::new();
    for (second, own, other) in [(false, &chains[0], &chains[1]), (true, &chains[1], &chains[0])] {
        for &dof in own.iter().filter(|dof| !other.contains(dof)) {
            let place = dofs.iter().position(|&known| known == dof).unwrap_or_else(|| {
                dofs.push(dof);
                dofs.len() - 1
            });
            found.push(Moving { dof, place, second });
        }
    }
    found
}

/// Adds the entries between every two of some dofs.
pub(super) fn couple(rows: &mut [u128], dofs: &[usize]) {
    for &i in dofs {
        for &j in dofs.iter().filter(|&&j| j < i) {
            rows[i] |= 1 << j;
        }
    }
}

fn axes(geom_type: GeomType) -> Axes {
    match geom_type {
        GeomType::Sphere => Axes::None,
        GeomType::Plane | GeomType::Capsule => Axes::Z,
        _ => Axes::All,
    }
}

/// The narrow phase's name for a shape.
pub(super) fn kind(geom_type: GeomType) -> collide::ShapeKind {
    use collide::ShapeKind;
    match geom_type {
        GeomType::Plane => ShapeKind::Plane,
        GeomType::HeightField => ShapeKind::HeightField,
        GeomType::Sphere => ShapeKind::Sphere,
        GeomType::Capsule => ShapeKind::Capsule,
        GeomType::Ellipsoid => ShapeKind::Ellipsoid,
        GeomType::Cylinder => ShapeKind::Cylinder,
        GeomType::Box => ShapeKind::Box,
        GeomType::Mesh => ShapeKind::Mesh,
    }
}

fn hull(mesh: &Mesh) -> Option<collide::Hull> {
    collide::Hull::new(&mesh.hull, &mesh.hull_faces, &mesh.hull_sides)
}

fn field(field: &HeightField) -> collide::Field {
    collide::Field::new(field.nrow, field.ncol, field.size, &field.data)
}

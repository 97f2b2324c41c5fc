//! The state of a block of environments, and the work bench on which it is stepped.

use super::collide::{ABSENT, Contact};
use super::pattern::{Pattern, tri};
use super::plan::{Plan, Slot, Subject};
use super::velocity::at_point;
use super::wrench::{contact_groups, contact_wrench};
use crate::math::lanes::{Cells, Lanes, Visitor};
use crate::math::spatial::{I10, M3, Q4, S6, V3, V6, add3, sub3};
use crate::model::Cone;

/// State of one block of environments between steps.
#[derive(Clone, Debug)]
pub struct BlockState<L> {
    /// Joint positions [m or rad; quaternions], shape (nq,).
    pub qpos: Vec<L>,
    /// Joint velocities [m/s or rad/s], shape (nv,).
    pub qvel: Vec<L>,
    /// Actuator states, shape (na,).
    pub act: Vec<L>,
    /// Controls, shape (nu,).
    pub ctrl: Vec<L>,
    /// The last constrained acceleration, from which the solver starts, shape (nv,).
    pub qacc_warmstart: Vec<L>,
    /// Forces from outside on each body, at its centre of mass in world axes: torque [N m], then
    /// force \[N\], shape (nbody,). Empty while there are none.
    pub xfrc_applied: Vec<V6<L>>,
}

impl<L: Lanes> BlockState<L> {
    /// The model's reference configuration at rest, in every lane.
    pub fn new(plan: &Plan) -> Self {
        let model = &plan.model;
        Self {
            qpos: model.qpos0.iter().copied().map(L::splat).collect(),
            qvel: vec![L::zero(); model.nv],
            act: vec![L::zero(); model.na],
            ctrl: vec![L::zero(); model.nu],
            qacc_warmstart: vec![L::zero(); model.nv],
            xfrc_applied: vec![],
        }
    }

    /// Memory that it takes.
    pub fn bytes(&self) -> u64 {
        let Self { qpos, qvel, act, ctrl, qacc_warmstart, xfrc_applied } = self;
        let arrays = [qpos, qvel, act, ctrl, qacc_warmstart];
        let numbers: usize = arrays.iter().map(|it| size_of_val(&it[..])).sum();
        (size_of::<Self>() + numbers + size_of_val(&xfrc_applied[..])) as u64
    }
}

/// A thread's work bench: one block's state and everything computed from it. Names and meanings are
/// those of MuJoCo's mjData; spatial vectors are about `subtree_com` of the body's root.
#[derive(Clone, Debug)]
pub struct Data<L> {
    /// The state of the block at hand.
    pub state: BlockState<L>,

    /// Positions of the bodies in the world \[m\], shape (nbody,).
    pub xpos: Vec<V3<L>>,
    /// Orientations of the bodies in the world, shape (nbody,).
    pub xquat: Vec<Q4<L>>,
    /// Axes of the bodies in the world, the columns of row-major matrices, shape (nbody,).
    pub xmat: Vec<M3<L>>,
    /// Centres of mass of the bodies in the world \[m\], shape (nbody,).
    pub xipos: Vec<V3<L>>,
    /// Anchors of the joints in the world \[m\], shape (njnt,).
    pub xanchor: Vec<V3<L>>,
    /// Positions of the sites in the world \[m\], shape (nsite,).
    pub site_xpos: Vec<V3<L>>,
    /// Axes of the sites in the world, the columns of row-major matrices, shape (nsite,).
    pub site_xmat: Vec<M3<L>>,
    /// Direction in which each dof shifts or about which it turns, in the world.
    pub dof_axis: Vec<V3<L>>,
    /// Centre of mass of each subtree \[m\].
    pub subtree_com: Vec<V3<L>>,
    /// Rotational inertia of each body about its own centre of mass, in world axes.
    pub xinertia: Vec<S6<L>>,
    /// Spatial inertia of each body.
    pub cinert: Vec<I10<L>>,
    /// Rotational inertia of each body with all its descendants, about `subtree_com` of this body.
    pub crb: Vec<S6<L>>,
    /// Motion axis of each dof, shape (nv,).
    pub cdof: Vec<V6<L>>,
    /// Rate of change of each dof's motion axis [1/s], shape (nv,).
    pub cdof_dot: Vec<V6<L>>,
    /// Velocity of each body [rad/s, m/s], shape (nbody,).
    pub cvel: Vec<V6<L>>,
    /// Acceleration that the velocities alone give each body, less gravity [rad/s^2, m/s^2], shape (nbody,).
    pub cacc: Vec<V6<L>>,
    /// Force that gives a body and its descendants `cacc` [N m, N], shape (nbody,).
    pub cfrc: Vec<V6<L>>,
    /// Length of each tendon [m or rad], shape (ntendon,).
    pub ten_length: Vec<L>,
    /// Rate of change of each tendon's length [m/s or rad/s], shape (ntendon,).
    pub ten_velocity: Vec<L>,
    /// How each tendon's length grows with the dofs of its plan, one after the other.
    pub(super) ten_J: Vec<L>,
    pub(super) ten_force: Vec<L>,

    /// Joint-space inertia, a triangle with the tree's pattern; its factor L'DL with one over its
    /// diagonal.
    pub qM: Vec<L>,
    pub(super) qLD: Vec<L>,
    pub(super) qLDiagInv: Vec<L>,

    /// Actuator forces before the gear [N or N m], shape (nu,).
    pub actuator_force: Vec<L>,
    /// Lengths of the actuators' transmissions [m or rad], shape (nu,).
    pub actuator_length: Vec<L>,
    /// Rates of change of `actuator_length` [m/s or rad/s], shape (nu,).
    pub actuator_velocity: Vec<L>,
    /// Moment arms of the actuator at hand.
    pub(super) arms: Vec<(usize, L)>,
    /// Rates of change of actuator states, shape (na,).
    pub act_dot: Vec<L>,
    /// Coriolis, centrifugal and gravitational forces [N or N m], shape (nv,).
    pub qfrc_bias: Vec<L>,
    /// Forces of springs, damping, the medium and gravity compensation [N or N m], shape (nv,).
    pub qfrc_passive: Vec<L>,
    /// What compensates gravity, whether passively or through actuators.
    pub(super) qfrc_gravcomp: Vec<L>,
    /// Forces of actuators [N or N m], shape (nv,).
    pub qfrc_actuator: Vec<L>,
    /// Sum of all forces but those of constraints [N or N m], shape (nv,).
    pub qfrc_smooth: Vec<L>,
    /// Forces of constraints [N or N m], shape (nv,).
    pub qfrc_constraint: Vec<L>,
    /// Accelerations without constraints [m/s^2 or rad/s^2], shape (nv,).
    pub qacc_smooth: Vec<L>,
    /// Accelerations [m/s^2 or rad/s^2], shape (nv,).
    pub qacc: Vec<L>,

    /// Poses of the plan's contact geoms.
    pub(super) geom_xpos: Vec<V3<L>>,
    pub(super) geom_xmat: Vec<M3<L>>,
    /// The narrow phase's answer for one pair, and the contacts found: for each of `contacts`, what
    /// the narrow phase said and its frame (normal and two tangents, row by row).
    pub(super) found: Vec<Contact<L>>,
    pub(super) contacts: Vec<ContactData<L>>,

    /// Groups of rows that are active in some lane, in the plan's order.
    pub(super) groups: Vec<Group<L>>,
    /// Reference acceleration of every row of the plan; stale for groups that are not active.
    pub efc_aref: Vec<L>,
    /// Inverse regularisation of every row of the plan, zero in lanes where the row is absent; stale for groups
    /// that are not active.
    pub efc_D: Vec<L>,
    /// Force [N or N m] after [`forward`](super::forward()).
    pub efc_force: Vec<L>,
    /// Jacobian, as the plan's slots say.
    pub(super) efc_J: Vec<L>,
    pub(super) solver: SolverData<L>,
    pub(super) rk4: RungeKuttaData<L>,
    /// Sensor values, shape (nsensordata,).
    pub sensordata: Vec<L>,
    /// Body accelerations and forces with contacts, for sensors.
    pub(super) cacc_full: Vec<V6<L>>,
    pub(super) cfrc_int: Vec<V6<L>>,
}

/// A contact that is there in some lane.
#[derive(Clone, Copy, Debug)]
pub struct ContactData<L> {
    /// Index into the model's pairs.
    pub pair: usize,
    pub(super) slot: usize,
    /// Its first row.
    pub(super) row: usize,
    /// Distance \[m\], negative when penetrating; a large number in lanes without this contact.
    pub dist: L,
    /// Middle of the two surfaces in the world \[m\].
    pub pos: V3<L>,
    /// Normal from the first geom to the second, and two tangents, row by row.
    pub frame: M3<L>,
}

/// How a group of rows pushes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Push {
    /// Both ways.
    Equality,
    /// Both ways up to a largest force.
    Friction,
    /// One way: limits and contacts without friction.
    Unilateral,
    /// A contact with a pyramidal cone; the rows are its normal and tangents, not its edges.
    Pyramid,
    /// A contact with an elliptic cone.
    Cone,
}

/// Rows of one slot that are active in some lane.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group<L> {
    pub slot: Slot,
    pub push: Push,
    /// Position of the constraint: distance to the limit or contact [m or rad].
    pub pos: L,
    /// Friction coefficients of a contact; of dry friction the largest force in the first.
    pub friction: [L; 5],
    /// Friction of the regularised elliptic cone.
    pub mu: L,
}

/// What Newton's method needs beside the rows.
#[derive(Clone, Debug)]
pub(super) struct SolverData<L> {
    /// Per row: J qacc - aref, and J search.
    pub jaref: Vec<L>,
    pub jv: Vec<L>,
    /// Per dof.
    pub grad: Vec<L>,
    pub search: Vec<L>,
    pub ma: Vec<L>,
    pub mv: Vec<L>,
    pub hessian: Vec<L>,
    pub hessian_diag_inv: Vec<L>,
    /// The Hessian's pattern where groups couple branches, and the bits that it was made from.
    pub pattern: Pattern,
    pub pattern_rows: Vec<u128>,
    pub pattern_key: Vec<u128>,
    /// Indices of the groups that a lane with work to do has.
    pub live: Vec<u32>,
    /// One group's Jacobian times its local Hessian.
    pub scratch: Vec<L>,
}

/// Runge and Kutta's stages.
#[derive(Clone, Debug)]
pub(super) struct RungeKuttaData<L> {
    pub qpos: Vec<L>,
    pub qvel: Vec<L>,
    pub act: Vec<L>,
    /// The number of the stage at hand, from 0, and its time since the step began [s].
    pub stage: L,
    pub before: L,
    /// Rates of the coordinates of turns since the step began; of all other dofs their velocities.
    pub rates: Vec<L>,
    pub qvel_sum: Vec<L>,
    pub qacc_sum: Vec<L>,
    pub act_dot_sum: Vec<L>,
}

/// Of contacts that are not there the distance is large, as in lanes without them.
impl<L: Lanes> Cells<L> for ContactData<L> {
    fn visit(&mut self, visitor: &mut dyn Visitor<L>) {
        visitor.number(&mut self.dist, ABSENT);
        self.pos.visit(visitor);
        self.frame.visit(visitor);
    }
}

impl<L: Lanes> Cells<L> for Group<L> {
    fn visit(&mut self, visitor: &mut dyn Visitor<L>) {
        self.pos.visit(visitor);
        // Nobody asks for the friction of rows that are not there.
        self.friction.iter_mut().for_each(|cell| visitor.number(cell, f64::NAN));
        visitor.number(&mut self.mu, f64::NAN);
    }
}

/// Without the scratch, of which nothing is read again.
impl<L: Lanes> Cells<L> for SolverData<L> {
    fn visit(&mut self, visitor: &mut dyn Visitor<L>) {
        let Self { jaref, jv, grad, search, ma, mv, hessian, hessian_diag_inv, .. } = self;
        for cells in [jaref, jv, grad, search, ma, mv, hessian, hessian_diag_inv] {
            cells.visit(visitor);
        }
    }
}

impl<L: Lanes> Data<L> {
    /// About what a work bench takes of a model's plan \[bytes\].
    pub fn bytes(plan: &Plan) -> u64 {
        let model = &plan.model;
        let (nbody, nv) = (model.bodies.len(), model.nv);
        let most_contacts: usize = plan.pairs.iter().map(|pair| pair.n_slots).sum();
        // Lanes of each body, geom, dof, row and contact, as the fields have them.
        let bodies = 90 * nbody + 12 * (plan.contact_geoms.len() + model.sites.len());
        let dofs = 50 * nv + 3 * tri(nv, 0);
        let rows = 5 * plan.n_rows + plan.n_jacobian + 10 * plan.slots.len() + 14 * most_contacts;
        (size_of::<Self>() + size_of::<L>() * (bodies + dofs + rows)) as u64
    }

    /// Data for one block, with the model's reference configuration at rest as its state.
    pub fn new(plan: &Plan) -> Self {
        let model = &plan.model;
        let (nbody, njnt) = (model.bodies.len(), model.joints.len());
        let (nv, nu) = (model.nv, model.nu);
        let zero = L::zero();
        let per_dof = || vec![zero; nv];
        let per_row = || vec![zero; plan.n_rows];
        let triangle = || vec![zero; tri(nv, 0)];
        let mut world = [zero; 4];
        world[0] = L::one();
        let mut identity = [zero; 9];
        (identity[0], identity[4], identity[8]) = (L::one(), L::one(), L::one());
        let ncgeom = plan.contact_geoms.len();
        let most_contacts = plan.pairs.iter().map(|pair| pair.n_slots).max().unwrap_or(0);
        let widest = plan.slots.iter().map(|s| s.dim * (s.dofs.1 - s.dofs.0)).max().unwrap_or(0);
        Self {
            state: BlockState::new(plan),
            xpos: vec![[zero; 3]; nbody],
            xquat: vec![world; nbody],
            xmat: vec![identity; nbody],
            xipos: vec![[zero; 3]; nbody],
            xanchor: vec![[zero; 3]; njnt],
            site_xpos: vec![[zero; 3]; model.sites.len()],
            site_xmat: vec![identity; model.sites.len()],
            dof_axis: vec![[zero; 3]; nv],
            subtree_com: vec![[zero; 3]; nbody],
            cinert: vec![[zero; 10]; nbody],
            xinertia: vec![[zero; 6]; nbody],
            crb: vec![[zero; 6]; nbody],
            cdof: vec![[zero; 6]; nv],
            cdof_dot: vec![[zero; 6]; nv],
            cvel: vec![[zero; 6]; nbody],
            cacc: vec![[zero; 6]; nbody],
            cfrc: vec![[zero; 6]; nbody],
            ten_length: vec![zero; model.tendons.len()],
            ten_velocity: vec![zero; model.tendons.len()],
            ten_J: vec![zero; plan.tendons.iter().map(|tendon| tendon.dofs.len()).sum()],
            ten_force: vec![zero; model.tendons.len()],
            qM: triangle(),
            qLD: triangle(),
            qLDiagInv: per_dof(),
            actuator_force: vec![zero; nu],
            actuator_length: vec![zero; nu],
            actuator_velocity: vec![zero; nu],
            arms: Vec::with_capacity(nv),
            act_dot: vec![zero; model.na],
            qfrc_bias: per_dof(),
            qfrc_passive: per_dof(),
            qfrc_gravcomp: per_dof(),
            qfrc_actuator: per_dof(),
            qfrc_smooth: per_dof(),
            qfrc_constraint: per_dof(),
            qacc_smooth: per_dof(),
            qacc: per_dof(),
            geom_xpos: vec![[zero; 3]; ncgeom],
            geom_xmat: vec![identity; ncgeom],
            found: vec![Contact::absent(); most_contacts],
            contacts: Vec::with_capacity(plan.pairs.iter().map(|pair| pair.n_slots).sum()),
            groups: Vec::with_capacity(plan.slots.len()),
            efc_aref: per_row(),
            efc_D: per_row(),
            efc_force: per_row(),
            efc_J: vec![zero; plan.n_jacobian],
            solver: SolverData {
                jaref: per_row(),
                jv: per_row(),
                grad: per_dof(),
                search: per_dof(),
                ma: per_dof(),
                mv: per_dof(),
                hessian: triangle(),
                hessian_diag_inv: per_dof(),
                pattern: plan.tree.clone(),
                pattern_rows: vec![0; nv],
                pattern_key: vec![0; nv],
                live: Vec::with_capacity(plan.slots.len()),
                scratch: vec![zero; widest],
            },
            rk4: RungeKuttaData {
                qpos: vec![zero; model.nq],
                qvel: per_dof(),
                act: vec![zero; model.na],
                stage: zero,
                before: zero,
                rates: per_dof(),
                qvel_sum: per_dof(),
                qacc_sum: per_dof(),
                act_dot_sum: vec![zero; model.na],
            },
            sensordata: vec![zero; model.nsensordata],
            cacc_full: vec![[zero; 6]; nbody],
            cfrc_int: vec![[zero; 6]; nbody],
        }
    }

    /// Constraint rows of one lane after [`forward`](super::forward()), as MuJoCo counts them: a
    /// pyramid has one for each of its edges.
    pub fn n_rows(&self, lane: usize) -> usize {
        let present = |group: &&Group<L>| self.efc_D[group.slot.row].lane(lane) > 0.0;
        let rows = |group: &Group<L>| match group.push {
            Push::Pyramid => 2 * (group.slot.dim - 1),
            _ => group.slot.dim,
        };
        self.groups.iter().filter(present).map(rows).sum()
    }

    /// Velocity of a body's frame in the world [m/s]; needs poses and `cvel` up to date.
    #[inline(always)]
    pub fn body_linvel(&self, plan: &Plan, body: usize) -> V3<L> {
        at_point(plan, self, &self.cvel, body, self.xpos[body]).1
    }

    /// Sum of the contact forces on a body in the last step, in world axes \[N\].
    #[inline(always)]
    pub fn contact_force(&self, plan: &Plan, body: usize) -> V3<L> {
        let mut sum = [L::zero(); 3];
        for (contact, group) in contact_groups(self) {
            let [one, other] = plan.pairs[contact.pair].bodies;
            if one != body && other != body {
                continue;
            }
            let (_, force) = contact_wrench(contact, group, &self.efc_force, &self.efc_D);
            sum = if other == body { add3(sum, force) } else { sub3(sum, force) };
        }
        sum
    }

    /// Contacts that some lane has, after [`forward`](super::forward()): where each is, the two bodies, and the
    /// force on the second of them, in world axes \[N\].
    pub fn contact_forces<'a>(
        &'a self,
        plan: &'a Plan,
    ) -> impl Iterator<Item = (V3<L>, [usize; 2], V3<L>)> + 'a {
        contact_groups(self).map(|(contact, group)| {
            let (_, force) = contact_wrench(contact, group, &self.efc_force, &self.efc_D);
            (contact.pos, plan.pairs[contact.pair].bodies, force)
        })
    }

    /// Contacts that some lane has, after [`forward`](super::forward()).
    pub fn contacts(&self) -> &[ContactData<L>] {
        &self.contacts
    }
}

impl Push {
    /// How a slot's rows push.
    pub(super) fn of(subject: Subject, dim: usize, cone: Cone) -> Self {
        match subject {
            Subject::Equality(_) => Self::Equality,
            Subject::FrictionDof(_) | Subject::FrictionTendon(_) => Self::Friction,
            Subject::Contact(..) if dim > 1 => match cone {
                Cone::Pyramidal => Self::Pyramid,
                Cone::Elliptic => Self::Cone,
            },
            _ => Self::Unilateral,
        }
    }
}

//! The state of a block of environments, and the work bench on which it is stepped.

use super::plan::Plan;
use crate::math::lanes::Lanes;
use crate::math::spatial::{I10, M3, Q4, S6, V3, V6};

/// What an environment keeps from one step to the next, for one block.
#[derive(Clone, Debug)]
pub struct BlockState<L> {
    /// Joint positions [m or rad], shape (nq,).
    pub qpos: Vec<L>,
    /// Joint velocities [m/s or rad/s], shape (nv,).
    pub qvel: Vec<L>,
    /// Controls, shape (nu,).
    pub ctrl: Vec<L>,
    /// The last constrained acceleration, from which the solver starts, shape (nv,).
    pub qacc_warmstart: Vec<L>,
}

impl<L: Lanes> BlockState<L> {
    /// The model's reference configuration at rest, in every lane.
    pub fn new(plan: &Plan) -> Self {
        let model = &plan.model;
        Self {
            qpos: model.qpos0.iter().copied().map(L::splat).collect(),
            qvel: vec![L::zero(); model.nv],
            ctrl: vec![L::zero(); model.nu],
            qacc_warmstart: vec![L::zero(); model.nv],
        }
    }
}

/// A thread's work bench: one block's state and everything computed from it. Names and meanings are
/// those of MuJoCo's mjData; spatial vectors are about `subtree_com` of the body's root.
#[derive(Clone, Debug)]
pub struct Data<L> {
    pub state: BlockState<L>,

    /// Frames of bodies, joints and inertias in the world [m].
    pub xpos: Vec<V3<L>>,
    pub xquat: Vec<Q4<L>>,
    pub xmat: Vec<M3<L>>,
    pub xipos: Vec<V3<L>>,
    pub xanchor: Vec<V3<L>>,
    pub xaxis: Vec<V3<L>>,
    /// Centre of mass of each subtree [m].
    pub subtree_com: Vec<V3<L>>,
    /// Rotational inertia of each body about its own centre of mass, in world axes.
    pub xinertia: Vec<S6<L>>,
    /// Spatial inertia of each body.
    pub cinert: Vec<I10<L>>,
    /// Rotational inertia of each body with all its descendants, about `subtree_com` of this body.
    pub crb: Vec<S6<L>>,
    /// Motion axis of each dof, and its rate of change.
    pub cdof: Vec<V6<L>>,
    pub cdof_dot: Vec<V6<L>>,
    /// Velocity and acceleration of each body, and the force on it.
    pub cvel: Vec<V6<L>>,
    pub cacc: Vec<V6<L>>,
    pub cfrc: Vec<V6<L>>,

    /// Joint-space inertia, sparse as [`Plan`] says; its factor L'DL with one over its diagonal.
    pub qM: Vec<L>,
    pub(super) qLD: Vec<L>,
    pub(super) qLDiagInv: Vec<L>,

    /// Generalised forces [N or N m], shape (nv,).
    pub qfrc_bias: Vec<L>,
    pub qfrc_passive: Vec<L>,
    pub qfrc_actuator: Vec<L>,
    pub qfrc_smooth: Vec<L>,
    pub qfrc_constraint: Vec<L>,
    /// Accelerations without and with constraints, shape (nv,).
    pub qacc_smooth: Vec<L>,
    pub qacc: Vec<L>,

    /// Rows that are active in some lane, as indices into the plan's.
    pub(super) active_rows: Vec<usize>,
    /// For every row of the plan: position, reference acceleration, inverse regularisation (zero in
    /// lanes where the row is absent).
    pub efc_pos: Vec<L>,
    pub efc_aref: Vec<L>,
    pub efc_D: Vec<L>,
    /// Jacobian, sparse as the plan's rows say.
    pub(super) efc_J: Vec<L>,
    pub(super) solver: SolverData<L>,
    pub(super) rk4: RungeKuttaData<L>,
}

/// What Newton's method needs beside the rows.
#[derive(Clone, Debug)]
pub(super) struct SolverData<L> {
    /// Per row: J qacc - aref, J search, and whether the row pushed in the last Hessian (0 or D).
    pub jaref: Vec<L>,
    pub jv: Vec<L>,
    pub pushing: Vec<L>,
    /// Per dof.
    pub grad: Vec<L>,
    pub search: Vec<L>,
    pub ma: Vec<L>,
    pub mv: Vec<L>,
    /// Hessian, with the sparsity of M.
    pub hessian: Vec<L>,
    pub hessian_diag_inv: Vec<L>,
}

/// Runge and Kutta's stages.
#[derive(Clone, Debug)]
pub(super) struct RungeKuttaData<L> {
    pub qpos: Vec<L>,
    pub qvel: Vec<L>,
    pub qvel_sum: Vec<L>,
    pub qacc_sum: Vec<L>,
}

impl<L: Lanes> Data<L> {
    pub fn new(plan: &Plan) -> Self {
        let (nbody, njnt) = (plan.model.bodies.len(), plan.model.joints.len());
        let (nv, nrow) = (plan.model.nv, plan.rows.len());
        let zero = L::zero();
        let per_dof = || vec![zero; nv];
        let per_row = || vec![zero; nrow];
        let sparse = || vec![zero; plan.M_colind.len()];
        let mut world = [zero; 4];
        world[0] = L::one();
        let mut identity = [zero; 9];
        (identity[0], identity[4], identity[8]) = (L::one(), L::one(), L::one());
        Self {
            state: BlockState::new(plan),
            xpos: vec![[zero; 3]; nbody],
            xquat: vec![world; nbody],
            xmat: vec![identity; nbody],
            xipos: vec![[zero; 3]; nbody],
            xanchor: vec![[zero; 3]; njnt],
            xaxis: vec![[zero; 3]; njnt],
            subtree_com: vec![[zero; 3]; nbody],
            cinert: vec![[zero; 10]; nbody],
            xinertia: vec![[zero; 6]; nbody],
            crb: vec![[zero; 6]; nbody],
            cdof: vec![[zero; 6]; nv],
            cdof_dot: vec![[zero; 6]; nv],
            cvel: vec![[zero; 6]; nbody],
            cacc: vec![[zero; 6]; nbody],
            cfrc: vec![[zero; 6]; nbody],
            qM: sparse(),
            qLD: sparse(),
            qLDiagInv: per_dof(),
            qfrc_bias: per_dof(),
            qfrc_passive: per_dof(),
            qfrc_actuator: per_dof(),
            qfrc_smooth: per_dof(),
            qfrc_constraint: per_dof(),
            qacc_smooth: per_dof(),
            qacc: per_dof(),
            active_rows: Vec::with_capacity(nrow),
            efc_pos: per_row(),
            efc_aref: per_row(),
            efc_D: per_row(),
            efc_J: vec![zero; plan.row_dof.len()],
            solver: SolverData {
                jaref: per_row(),
                jv: per_row(),
                pushing: per_row(),
                grad: per_dof(),
                search: per_dof(),
                ma: per_dof(),
                mv: per_dof(),
                hessian: sparse(),
                hessian_diag_inv: per_dof(),
            },
            rk4: RungeKuttaData {
                qpos: vec![zero; plan.model.nq],
                qvel: per_dof(),
                qvel_sum: per_dof(),
                qacc_sum: per_dof(),
            },
        }
    }

    /// Constraint rows of one lane after [`forward`](super::forward()).
    pub fn n_rows(&self, lane: usize) -> usize {
        let present = |&&row: &&usize| self.efc_D[row].lane(lane) > 0.0;
        self.active_rows.iter().filter(present).count()
    }
}

//! Many copies of one model, stepped together: the engine without a task.

use super::data::{BlockState, Data};
use super::forward::{forward, step};
use super::params::Params;
use super::plan::Plan;
use crate::math::lanes::{Isa, Kernel, Lanes, for_isa};
use crate::model::Model;
use rayon::prelude::*;
use std::slice::ChunksMut;
use std::sync::{Arc, Mutex, PoisonError};

/// N environments of one model, in blocks of as many lanes as the layout has, stepped on all threads
/// of the current rayon pool. An environment's trajectory depends on its own state and controls only.
pub struct Simulation {
    isa: Isa,
    n_envs: usize,
    batch: Box<dyn Batch>,
}

/// A batch with its lane type forgotten.
trait Batch: Send {
    fn block(&mut self, env: usize, access: &mut dyn FnMut(Quantity, usize, &mut f64));
    fn step(&mut self, n_steps: usize);
    fn count_rows(&mut self, n_envs: usize) -> usize;
}

/// The arrays of a state.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quantity {
    Qpos,
    Qvel,
    Ctrl,
    Warmstart,
}

impl Simulation {
    /// `n_envs` environments at `qpos0`, at rest, without controls.
    pub fn new(model: Arc<Model>, n_envs: usize, isa: Isa) -> Self {
        let batch: Box<dyn Batch> =
            for_isa!(isa, L => Box::new(LaneBatch::<L>::new(model, n_envs)));
        Self { isa, n_envs, batch }
    }

    pub fn isa(&self) -> Isa {
        self.isa
    }

    pub fn n_envs(&self) -> usize {
        self.n_envs
    }

    /// Advances every environment by `n_steps` timesteps of the model.
    pub fn step(&mut self, n_steps: usize) {
        self.batch.step(n_steps);
    }

    /// Constraint rows that the present states have, over all environments.
    pub fn count_rows(&mut self) -> usize {
        self.batch.count_rows(self.n_envs)
    }

    /// Sets positions (nq,) and velocities (nv,) of one environment, and forgets its last
    /// acceleration.
    ///
    /// # Panics
    /// If `env` is not below `n_envs` or a slice is shorter than the state.
    pub fn set_state(&mut self, env: usize, qpos: &[f64], qvel: &[f64]) {
        self.access(env, &mut |quantity, i, value| match quantity {
            Quantity::Qpos => *value = qpos[i],
            Quantity::Qvel => *value = qvel[i],
            Quantity::Warmstart => *value = 0.0,
            Quantity::Ctrl => {}
        });
    }

    /// Sets the controls (nu,) of one environment.
    ///
    /// # Panics
    /// If `env` is not below `n_envs` or `ctrl` is too short.
    pub fn set_ctrl(&mut self, env: usize, ctrl: &[f64]) {
        self.access(env, &mut |quantity, i, value| {
            if quantity == Quantity::Ctrl {
                *value = ctrl[i];
            }
        });
    }

    /// Positions (nq,) and velocities (nv,) of one environment.
    ///
    /// # Panics
    /// If `env` is not below `n_envs`.
    pub fn state(&mut self, env: usize) -> (Vec<f64>, Vec<f64>) {
        let (mut qpos, mut qvel) = (Vec::new(), Vec::new());
        self.access(env, &mut |quantity, _, value| match quantity {
            Quantity::Qpos => qpos.push(*value),
            Quantity::Qvel => qvel.push(*value),
            _ => {}
        });
        (qpos, qvel)
    }

    fn access(&mut self, env: usize, visit: &mut dyn FnMut(Quantity, usize, &mut f64)) {
        assert!(env < self.n_envs, "environment {env} of {}", self.n_envs);
        self.batch.block(env, visit);
    }
}

/// Blocks that a thread takes at a time: enough that taking them costs nothing.
const CHUNK: usize = 4;

fn next<'a, L>(queue: &Mutex<ChunksMut<'a, BlockState<L>>>) -> Option<&'a mut [BlockState<L>]> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).next()
}

/// Blocks of lanes, with a work bench for each thread.
struct LaneBatch<L> {
    plan: Plan,
    params: Params<L>,
    blocks: Vec<BlockState<L>>,
    benches: Vec<Data<L>>,
}

impl<L: Lanes> LaneBatch<L> {
    fn new(model: Arc<Model>, n_envs: usize) -> Self {
        let plan = Plan::new(model);
        let n_blocks = n_envs.div_ceil(L::WIDTH);
        let n_benches = rayon::current_num_threads().min(n_blocks).max(1);
        Self {
            params: Params::new(&plan.model),
            blocks: vec![BlockState::new(&plan); n_blocks],
            benches: vec![Data::new(&plan); n_benches],
            plan,
        }
    }
}

impl<L: Lanes> Batch for LaneBatch<L> {
    fn block(&mut self, env: usize, access: &mut dyn FnMut(Quantity, usize, &mut f64)) {
        let (block, lane) = (&mut self.blocks[env / L::WIDTH], env % L::WIDTH);
        for (quantity, values) in [
            (Quantity::Qpos, &mut block.qpos),
            (Quantity::Qvel, &mut block.qvel),
            (Quantity::Ctrl, &mut block.ctrl),
            (Quantity::Warmstart, &mut block.qacc_warmstart),
        ] {
            for (i, lanes) in values.iter_mut().enumerate() {
                let mut value = lanes.lane(lane);
                access(quantity, i, &mut value);
                lanes.set_lane(lane, value);
            }
        }
    }

    fn step(&mut self, n_steps: usize) {
        let (plan, params) = (&self.plan, &self.params);
        // Blocks take unequal times, as do threads on a busy machine: each takes what is left.
        let queue = Mutex::new(self.blocks.chunks_mut(CHUNK));
        self.benches.par_iter_mut().for_each(|bench| {
            while let Some(blocks) = next(&queue) {
                L::vectorize(StepBlocks { plan, params, bench, blocks, n_steps });
            }
        });
    }

    fn count_rows(&mut self, n_envs: usize) -> usize {
        let Self { plan, params, blocks, benches } = self;
        L::vectorize(CountRows { plan, params, bench: &mut benches[0], blocks, n_lanes: n_envs })
    }
}

/// Rows of some blocks at their present states.
struct CountRows<'a, L> {
    plan: &'a Plan,
    params: &'a Params<L>,
    bench: &'a mut Data<L>,
    blocks: &'a mut [BlockState<L>],
    n_lanes: usize,
}

impl<L: Lanes> Kernel for CountRows<'_, L> {
    type Output = usize;

    #[inline(always)]
    fn run(self) -> usize {
        let mut n_rows = 0;
        for (index, block) in self.blocks.iter_mut().enumerate() {
            self.bench.state.clone_from(block);
            forward(self.plan, self.params, self.bench);
            let n_lanes = (self.n_lanes - index * L::WIDTH).min(L::WIDTH);
            n_rows += (0..n_lanes).map(|lane| self.bench.n_rows(lane)).sum::<usize>();
        }
        n_rows
    }
}

/// All steps of some blocks, one block after the other.
struct StepBlocks<'a, L> {
    plan: &'a Plan,
    params: &'a Params<L>,
    bench: &'a mut Data<L>,
    blocks: &'a mut [BlockState<L>],
    n_steps: usize,
}

impl<L: Lanes> Kernel for StepBlocks<'_, L> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for block in self.blocks {
            std::mem::swap(&mut self.bench.state, block);
            for _ in 0..self.n_steps {
                step(self.plan, self.params, self.bench);
            }
            std::mem::swap(&mut self.bench.state, block);
        }
    }
}

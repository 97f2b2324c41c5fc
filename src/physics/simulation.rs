//! Many copies of one model, stepped together: the engine without a task.

use super::contact::collision;
use super::data::{BlockState, Data};
use super::forward::{forward, place, step};
use super::params::Params;
use super::plan::Plan;
use crate::math::lanes::{Isa, Kernel, Lanes, for_isa};
use crate::model::Model;
use rayon::prelude::*;
use std::iter::Enumerate;
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
    fn step(&mut self, n_steps: usize, controls: Option<Controls>);
    fn count_rows(&mut self, n_envs: usize) -> usize;
    fn contacts(&mut self, n_envs: usize) -> Vec<EnvContact>;
}

/// Two geoms that meet, or are near enough to be found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EnvContact {
    /// Index of the environment.
    pub env: usize,
    /// Indices of the two geoms.
    pub geoms: [usize; 2],
    /// Distance \[m\], negative when penetrating.
    pub dist: f64,
}

/// Controls of several steps, shape (n_steps, n_envs, nu).
#[derive(Clone, Copy)]
struct Controls<'a> {
    values: &'a [f64],
    n_envs: usize,
}

impl Controls<'_> {
    /// Gives a block, whose first environment is `first`, the controls of one step.
    #[inline(always)]
    fn set<L: Lanes>(&self, step: usize, first: usize, ctrl: &mut [L]) {
        for lane in 0..L::WIDTH.min(self.n_envs - first) {
            let at = (step * self.n_envs + first + lane) * ctrl.len();
            for (lanes, &value) in ctrl.iter_mut().zip(&self.values[at..]) {
                lanes.set_lane(lane, value);
            }
        }
    }
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

    /// About what so many environments take, and a work bench for each thread of the current rayon pool \[bytes\].
    pub fn bytes(model: &Arc<Model>, n_envs: usize, isa: Isa) -> u64 {
        for_isa!(isa, L => LaneBatch::<L>::bytes(model, n_envs))
    }

    /// The lanes that it steps in.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// Number of environments.
    pub fn n_envs(&self) -> usize {
        self.n_envs
    }

    /// Advances every environment by `n_steps` timesteps of the model.
    pub fn step(&mut self, n_steps: usize) {
        self.batch.step(n_steps, None);
    }

    /// Advances every environment by `n_steps` timesteps, in each with controls of its own, shape
    /// (n_steps, n_envs, nu). Threads do not wait for each other between the steps.
    ///
    /// # Panics
    /// If there are fewer or more controls.
    pub fn roll_out(&mut self, n_steps: usize, controls: &[f64]) {
        self.batch.step(n_steps, Some(Controls { values: controls, n_envs: self.n_envs }));
    }

    /// Constraint rows that the present states have, over all environments.
    pub fn count_rows(&mut self) -> usize {
        self.batch.count_rows(self.n_envs)
    }

    /// The contacts of the present states, over all environments.
    pub fn contacts(&mut self) -> Vec<EnvContact> {
        self.batch.contacts(self.n_envs)
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

/// Steps of one block that a thread takes at a time at least: enough that taking them costs nothing.
const LEAST_STEPS: usize = 4;

/// Blocks that wait for a thread, with their places.
type Queue<'a, L> = Mutex<Enumerate<ChunksMut<'a, BlockState<L>>>>;

fn next<'a, L>(queue: &Queue<'a, L>) -> Option<(usize, &'a mut [BlockState<L>])> {
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
    /// Blocks and benches of so many environments.
    fn counts(n_envs: usize) -> (usize, usize) {
        let n_blocks = n_envs.div_ceil(L::WIDTH);
        (n_blocks, rayon::current_num_threads().min(n_blocks).max(1))
    }

    fn bytes(model: &Arc<Model>, n_envs: usize) -> u64 {
        let plan = Plan::new(model.clone());
        let (n_blocks, n_benches) = Self::counts(n_envs);
        let blocks = BlockState::<L>::new(&plan).bytes().saturating_mul(n_blocks as u64);
        blocks.saturating_add(Data::<L>::bytes(&plan) * n_benches as u64)
    }

    fn new(model: Arc<Model>, n_envs: usize) -> Self {
        let plan = Plan::new(model);
        let (n_blocks, n_benches) = Self::counts(n_envs);
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

    fn step(&mut self, n_steps: usize, controls: Option<Controls>) {
        let (plan, params) = (&self.plan, &self.params);
        if let Some(Controls { values, n_envs }) = controls {
            assert_eq!(values.len(), n_steps * n_envs * plan.model.nu, "controls");
        }
        // Blocks take unequal times, as do threads on a busy machine: each takes what is left.
        let n_blocks = LEAST_STEPS.div_ceil(n_steps.max(1));
        let queue = Mutex::new(self.blocks.chunks_mut(n_blocks).enumerate());
        self.benches.par_iter_mut().for_each(|bench| {
            while let Some((index, blocks)) = next(&queue) {
                let first_env = index * n_blocks * L::WIDTH;
                L::vectorize(StepBlocks {
                    plan,
                    params,
                    bench,
                    blocks,
                    n_steps,
                    controls,
                    first_env,
                });
            }
        });
    }

    fn count_rows(&mut self, n_envs: usize) -> usize {
        let Self { plan, params, blocks, benches } = self;
        L::vectorize(CountRows { plan, params, bench: &mut benches[0], blocks, n_lanes: n_envs })
    }

    fn contacts(&mut self, n_envs: usize) -> Vec<EnvContact> {
        let Self { plan, params, blocks, benches } = self;
        L::vectorize(FindTouches { plan, params, bench: &mut benches[0], blocks, n_envs })
    }
}

/// Contacts of some blocks at their present states.
struct FindTouches<'a, L> {
    plan: &'a Plan,
    params: &'a Params<L>,
    bench: &'a mut Data<L>,
    blocks: &'a [BlockState<L>],
    n_envs: usize,
}

impl<L: Lanes> Kernel for FindTouches<'_, L> {
    type Output = Vec<EnvContact>;

    #[inline(always)]
    fn run(self) -> Vec<EnvContact> {
        let mut contacts = Vec::new();
        for (index, block) in self.blocks.iter().enumerate() {
            self.bench.state.clone_from(block);
            place(self.plan, self.params, self.bench);
            collision(self.plan, self.params, self.bench);
            let first = index * L::WIDTH;
            for contact in self.bench.contacts.iter() {
                let pair = &self.plan.model.pairs[contact.pair];
                let reach = self.params.pairs[contact.pair].margin;
                for lane in 0..L::WIDTH.min(self.n_envs - first) {
                    let dist = contact.dist.lane(lane);
                    if dist < reach.lane(lane) {
                        let geoms = [pair.geom1, pair.geom2];
                        contacts.push(EnvContact { env: first + lane, geoms, dist });
                    }
                }
            }
        }
        contacts
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
    /// Of each step; else those that the blocks have stay.
    controls: Option<Controls<'a>>,
    first_env: usize,
}

impl<L: Lanes> Kernel for StepBlocks<'_, L> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (index, block) in self.blocks.iter_mut().enumerate() {
            std::mem::swap(&mut self.bench.state, block);
            for number in 0..self.n_steps {
                if let Some(controls) = &self.controls {
                    let first_env = self.first_env + index * L::WIDTH;
                    controls.set(number, first_env, &mut self.bench.state.ctrl);
                }
                step(self.plan, self.params, self.bench);
            }
            std::mem::swap(&mut self.bench.state, block);
        }
    }
}

//! A block of environments between steps: what they keep, saved and loaded.

use super::appearance;
use super::library::Scene;
use super::randomize::variant;
use super::state::{EnvironmentsState, parts};
use crate::math::lanes::Lanes;
use crate::math::rng::{Random, RandomStream};
use crate::physics::{BlockState, Params, Plan};
use crate::sight::Appearance;

/// Where an environment is in its episode.
#[derive(Clone, Copy, Default)]
pub(super) struct Clock {
    pub progress: u32,
    pub episode: u64,
    /// Policy steps in all episodes.
    pub n_steps: u64,
    pub total_reward: f64,
    /// Whether the episode is to end with the next step, whatever the task says.
    pub cut_off: bool,
}

impl Clock {
    /// The number of what is observed now. What comes after a reset belongs to the same step as the last of the
    /// episode before.
    pub fn moment(&self) -> u64 {
        2 * self.n_steps + u64::from(self.progress == 0)
    }
}

/// Whose episode it is.
#[derive(Clone, Copy)]
pub(super) struct Of {
    pub env: u32,
    pub episode: u64,
    pub seed: u64,
}

/// A block of environments between steps.
pub(super) struct Block<L> {
    pub state: BlockState<L>,
    /// The last action, clipped, and the one before, shape (action_dim,).
    pub action: Vec<L>,
    pub previous_action: Vec<L>,
    /// What the task's expressions keep from step to step.
    pub memory: Vec<L>,
    /// The controls of the last steps, latest first, shape (action_delay + 1, nu).
    pub controls: Vec<Vec<L>>,
    /// Each lane's delay of controls [policy steps].
    pub delay: L,
    /// The difficulty at which each lane's episode began.
    pub difficulty: Vec<f64>,
    /// The block's own parameters, where environments differ.
    pub params: Option<Box<Params<L>>>,
    /// How each lane in use looks, where episodes differ in that.
    pub appearances: Vec<Appearance>,
    /// Shape (lanes in use,).
    pub clocks: Vec<Clock>,
}

impl<L: Lanes> Block<L> {
    /// A block of `n_lanes` environments before their first reset.
    pub fn new(scene: &Scene, plan: &Plan, n_lanes: usize) -> Self {
        let task = &scene.task;
        let action = vec![L::zero(); task.action_space.action_dim()];
        Self {
            state: BlockState::new(plan),
            previous_action: action.clone(),
            action,
            memory: vec![L::zero(); task.after_step.n_memory()],
            controls: vec![vec![L::zero(); scene.model.nu]; task.action_delay + 1],
            delay: L::zero(),
            difficulty: vec![0.0; L::WIDTH],
            params: (!task.randomized.is_empty()).then(|| Box::new(Params::new(&scene.model))),
            appearances: match task.appearances.is_empty() {
                true => Vec::new(),
                false => vec![Appearance::of(&scene.model); n_lanes],
            },
            clocks: vec![Clock::default(); n_lanes],
        }
    }

    /// Memory that it takes.
    pub fn bytes(&self) -> u64 {
        let Self { state, action, previous_action, memory, controls, params, .. } = self;
        let lanes = [action, previous_action, memory].into_iter().chain(controls);
        let lanes: usize = lanes.map(|it| size_of_val(&it[..])).sum();
        let numbers = size_of_val(&self.difficulty[..]);
        let own = size_of::<Self>() - size_of::<BlockState<L>>() + size_of_val(&self.clocks[..]);
        let params = params.as_ref().map_or(0, |params| params.bytes());
        let looks: u64 = self.appearances.iter().map(Appearance::bytes).sum();
        state.bytes() + params + looks + (own + lanes + numbers) as u64
    }

    /// Draws the parameters and the appearance of an episode that begins, or began, at a difficulty.
    pub fn draw_params(&mut self, scene: &Scene, lane: usize, of: Of, difficulty: f64) {
        self.difficulty[lane] = difficulty;
        if let Some(params) = &mut self.params {
            let mut random = Random::new(of.seed, RandomStream::Randomize, of.env, of.episode);
            let randomized = &scene.task.randomized;
            let differs = difficulty > 0.0;
            let variant =
                differs.then(|| variant(&scene.model, randomized, &mut random, difficulty));
            // Without a variant the episode has the model as it is.
            let variant = variant.flatten();
            params.set_lane(lane, variant.as_ref().unwrap_or(&scene.model));
        }
        if let Some(appearance) = self.appearances.get_mut(lane) {
            let mut random = Random::new(of.seed, RandomStream::Appearance, of.env, of.episode);
            let randomized = &scene.task.appearances;
            *appearance = appearance::draw(&scene.model, randomized, &mut random, difficulty);
        }
    }

    /// Appends its environments to `state`.
    pub fn save(&self, state: &mut EnvironmentsState) {
        let parts = parts::<L>();
        for lane in 0..self.clocks.len() {
            for (part, array) in parts.iter().zip(&mut state.arrays) {
                part.save(self, lane, array);
            }
        }
    }

    /// Takes its environments, which begin with `first`, out of `state`.
    pub fn load(&mut self, scene: &Scene, seed: u64, first: usize, state: &EnvironmentsState) {
        let parts = parts::<L>();
        for lane in 0..self.clocks.len() {
            let env = first + lane;
            for (part, array) in parts.iter().zip(&state.arrays) {
                part.load(self, lane, env, array);
            }
            let clock = &mut self.clocks[lane];
            clock.cut_off = false;
            // Parameters were drawn when the episode began: its number was one less.
            let episode = clock.episode.saturating_sub(1);
            let of = Of { env: env as u32, episode, seed };
            self.draw_params(scene, lane, of, self.difficulty[lane]);
        }
    }
}

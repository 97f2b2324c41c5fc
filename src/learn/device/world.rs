//! Made-up environments, here and on a device, and policies that learn in them, for tests.

use super::actor::{DeviceActor, TransitionThere};
use crate::device::{BufferId, DeviceError, ProgramBackend, Shared};
use crate::learn::inputs::seen_of;
use crate::learn::{
    Algorithm, HiddenStates, LearnError, NextObservations, Policy, PolicyConfig, PolicyOutput,
    PpoConfig, PpoLearner, StateDict, Transition, UpdateMetrics,
};
use crate::math::rng::{Random, RandomStream};
use crate::space::{Device, ObservationSpace, ObservationStream, Observations};

/// Steps of a rollout.
pub(super) const HORIZON: usize = 4;

/// What `n` environments show, a function of the step alone.
pub(super) struct World {
    pub(super) space: ObservationSpace,
    pub(super) n_envs: usize,
    /// Whether episodes are cut short, in two of three steps.
    pub(super) has_truncations: bool,
}

/// What a step gives.
pub(super) struct Outcome {
    pub(super) next: Observations,
    pub(super) rewards: Vec<f32>,
    pub(super) terminated: Vec<bool>,
    pub(super) truncated: Vec<bool>,
}

impl World {
    fn draw(&self, dim: usize, entity: u32, step: u64) -> Vec<f32> {
        let mut random = Random::new(21, RandomStream::Control, entity, step);
        (0..self.n_envs * dim).map(|_| random.normal() as f32).collect()
    }

    fn see(&self, entity: u32, step: u64) -> Observations {
        let sizes = self.space.streams().iter().map(ObservationStream::size);
        let streams = sizes.zip(entity..).map(|(size, entity)| self.draw(size, entity, step));
        let streams: Vec<Vec<f32>> = streams.collect();
        seen_of(&self.space, &streams.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    /// What is observed before a step.
    pub(super) fn observations(&self, step: u64) -> Observations {
        self.see(10, step)
    }

    /// What it gives.
    pub(super) fn outcome(&self, step: u64) -> Outcome {
        let ends =
            |entity| -> Vec<bool> { self.draw(1, entity, step).iter().map(|x| *x > 1.2).collect() };
        let is_cut = self.has_truncations && step % 3 != 1;
        Outcome {
            next: self.see(20, step),
            rewards: self.draw(1, 30, step),
            terminated: ends(31),
            truncated: ends(32).iter().map(|ends| is_cut && *ends).collect(),
        }
    }
}

/// All streams of every environment, one after the other.
pub(super) fn rows_of(seen: &Observations) -> Vec<f32> {
    let streams: Vec<&[f32]> = seen.buffers().iter().map(|it| it.f32s().unwrap()).collect();
    let n = seen.view().len();
    let row = |env: usize| {
        streams.iter().flat_map(move |it| &it[env * it.len() / n..(env + 1) * it.len() / n])
    };
    (0..n).flat_map(row).copied().collect()
}

/// A policy that learns in a world whose numbers lie on a device.
pub(super) struct Run {
    pub(super) world: World,
    pub(super) device: Shared,
    pub(super) policy: Policy,
    pub(super) learner: PpoLearner,
    pub(super) actor: DeviceActor,
    pub(super) observations: BufferId,
    pub(super) step: TransitionThere,
}

impl Run {
    pub(super) fn new(
        mut device: Shared,
        world: World,
        policy: &PolicyConfig,
        config: &PpoConfig,
    ) -> Self {
        let policy = Policy::new(policy.clone(), Device::detect()).unwrap();
        let learner = PpoLearner::new(config.clone(), HORIZON).unwrap();
        let actor = DeviceActor::new(device.clone(), &policy, world.n_envs).unwrap();
        let (n, dim) = (world.n_envs, world.space.size());
        let mut buffer = |dim: usize| device.allocate(n * dim).unwrap();
        let observations = buffer(dim);
        let step = TransitionThere {
            next_observations: buffer(dim),
            rewards: buffer(1),
            terminated: buffer(1),
            truncated: buffer(1),
        };
        Self { world, device, policy, learner, actor, observations, step }
    }

    /// Writes what is observed before a step.
    pub(super) fn observe(&mut self, step: u64) -> Result<(), DeviceError> {
        self.device.write(self.observations, 0, &rows_of(&self.world.observations(step)))
    }

    /// Writes what it gives.
    pub(super) fn go(&mut self, step: u64) -> Result<(), DeviceError> {
        let Outcome { next, rewards, terminated, truncated } = self.world.outcome(step);
        let flags = |flags: &[bool]| -> Vec<f32> {
            flags.iter().map(|flag| f32::from(u8::from(*flag))).collect()
        };
        self.device.write(self.step.next_observations, 0, &rows_of(&next))?;
        self.device.write(self.step.rewards, 0, &rewards)?;
        self.device.write(self.step.terminated, 0, &flags(&terminated))?;
        self.device.write(self.step.truncated, 0, &flags(&truncated))?;
        // Environments show the next step where they showed this one.
        self.observe(step + 1)
    }

    /// A step that the learner takes.
    pub(super) fn collect(&mut self, step: u64) -> Result<(), LearnError> {
        self.observe(step)?;
        self.actor.act(&self.policy, self.observations, step, false)?;
        self.go(step)?;
        self.learner.take_there(&self.policy, &mut self.actor, &self.step)
    }

    /// The same, and an update if it is due.
    pub(super) fn take(&mut self, step: u64) -> Result<Option<UpdateMetrics>, LearnError> {
        self.collect(step)?;
        if !self.learner.is_ready() {
            return Ok(None);
        }
        self.learner.update_there(&mut self.policy, &mut self.actor, 0.0).map(Some)
    }

    /// Some steps, of which the last update's metrics are told.
    pub(super) fn take_all(&mut self, steps: std::ops::Range<u64>) -> Option<UpdateMetrics> {
        steps.filter_map(|step| self.take(step).unwrap()).last()
    }

    /// What the policy gave in the last step.
    pub(super) fn given(&mut self) -> PolicyOutput {
        let (given, space) = (self.actor.given, &self.policy.config().action_space);
        let (n, action_dim, n_params) = (self.world.n_envs, space.action_dim(), space.n_params());
        let mut rows = |buffer, dim: usize| {
            let mut numbers = vec![0.0; n * dim];
            self.device.read(buffer, 0, &mut numbers).unwrap();
            numbers
        };
        PolicyOutput {
            n_envs: n,
            action: rows(given.actions, action_dim),
            unsquashed: rows(given.raw_actions, action_dim),
            log_prob: rows(given.log_probs, 1),
            value: rows(given.values, 1),
            params: rows(given.params, n_params),
            states: Vec::new(),
        }
    }

    pub(super) fn state(&self) -> StateDict {
        state_of(&self.policy, &self.learner)
    }
}

/// A policy that learns here.
pub(super) struct HostRun {
    pub(super) world: World,
    pub(super) policy: Policy,
    pub(super) learner: PpoLearner,
}

impl HostRun {
    pub(super) fn take(&mut self, step: u64) -> Result<Option<UpdateMetrics>, LearnError> {
        let seen = self.world.observations(step);
        let (mut out, mut states) = (PolicyOutput::default(), HiddenStates::default());
        self.policy.act(seen.view(), &mut states, step, false, &mut out)?;
        let outcome = self.world.outcome(step);
        let next = NextObservations { observations: outcome.next.view(), states: &[] };
        let transition = Transition {
            observations: seen.view(),
            policy: &out,
            rewards: &outcome.rewards,
            terminated: &outcome.terminated,
            truncated: &outcome.truncated,
            next,
        };
        self.learner.take(&self.policy, transition)?;
        if !self.learner.is_ready() {
            return Ok(None);
        }
        self.learner.update(&mut self.policy, next, 0.0).map(Some)
    }

    pub(super) fn state(&self) -> StateDict {
        state_of(&self.policy, &self.learner)
    }
}

fn state_of(policy: &Policy, learner: &PpoLearner) -> StateDict {
    let mut state = StateDict::new();
    state.insert_nested("policy", policy.state().unwrap());
    state.insert_nested("learner", learner.state().unwrap());
    state
}

//! What goes into one step of a batch of environments, and what comes out.

use super::non_finite::NonFinite;
use crate::space::{ObservationSpace, Observations};

/// Units of the numbers of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionUnits {
    /// What a policy puts out: clipped to [-1, 1] and scaled by the task, or a choice's index.
    Policy,
    /// Forces or torques at the joints [N or N m], one for each of the task's actuators. Tasks
    /// whose actions are choices take none.
    Effort,
    /// The controls themselves, one for each actuator of the model. Of a task whose actions are choices the
    /// last action stays as it was.
    Control,
}

/// One action for every environment.
#[derive(Clone, Copy, Debug)]
pub struct Actions<'a> {
    /// Shape (n_envs, action_dim); with [`ActionUnits::Effort`] (n_envs, actuators of the task), with
    /// [`ActionUnits::Control`] (n_envs, nu).
    pub values: &'a [f32],
    /// What the numbers are.
    pub units: ActionUnits,
}

/// A finished episode.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Episode {
    /// Index of the environment.
    pub env: usize,
    /// Sum of rewards.
    pub total_reward: f64,
    /// Policy steps.
    pub length: u32,
    /// Whether it ended as the task's `success` has it; without one, whether it lasted to its limit.
    pub success: bool,
}

/// Result of one step. Buffers are reused from step to step.
#[derive(Clone, Debug, Default)]
pub struct StepOutput {
    /// Where each environment is now, after a reset if its episode ended: n_envs rows.
    pub observations: Observations,
    /// Whether `observations` are the first of an episode, shape (n_envs,).
    pub episode_starts: Vec<bool>,
    /// Where each transition led, before any reset: n_envs rows.
    pub next_observations: Observations,
    /// Shape (n_envs,).
    pub rewards: Vec<f32>,
    /// The episode ended by the task's rules, shape (n_envs,).
    pub terminated: Vec<bool>,
    /// The episode was cut off, by its length or from outside, shape (n_envs,). Never together with
    /// `terminated`.
    pub truncated: Vec<bool>,
    /// Episodes that ended in this step, by environment.
    pub episodes: Vec<Episode>,
    /// Mean over the environments of what each reward term gave, in the task's order, and last of what
    /// terminations gave in place of all terms, where one gives a reward
    /// ([`Task::reward_mean_names`](super::Task::reward_mean_names)). They add up to the mean reward.
    pub reward_terms: Vec<f64>,
    /// What each term gave to each reward, and last what a termination gave in place of all terms,
    /// shape (n_envs, n_terms + 1). A row's sum is the reward.
    pub reward_parts: Vec<f32>,
    /// How often an environment met a number that is not finite: an action that came in, or a
    /// state, reward or observation that a step led to, which ends the episode; or an observation
    /// after a reset, which reads 0 instead.
    pub n_non_finite: usize,
    /// Which numbers those were, by environment; only of these are there any.
    pub non_finite: Vec<NonFinite>,
}

impl StepOutput {
    /// Room for nothing yet, in a space.
    pub(super) fn new(space: &ObservationSpace) -> Self {
        let empty = Observations::with_capacity(space.clone(), 0);
        Self { observations: empty.clone(), next_observations: empty, ..Self::default() }
    }

    /// Memory of its rows.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> u64 {
        let seen = [&self.observations, &self.next_observations];
        let seen: usize = seen.iter().map(|it| it.len() * it.space().bytes()).sum();
        let numbers = size_of_val(&self.rewards[..]) + size_of_val(&self.reward_parts[..]);
        let flags = self.episode_starts.len() + self.terminated.len() + self.truncated.len();
        (seen + numbers + flags) as u64
    }

    pub(super) fn clear(&mut self) {
        self.observations.clear();
        self.episode_starts.clear();
        self.next_observations.clear();
        self.rewards.clear();
        self.terminated.clear();
        self.truncated.clear();
        self.episodes.clear();
        self.reward_terms.clear();
        self.reward_parts.clear();
        self.n_non_finite = 0;
        self.non_finite.clear();
    }

    /// Adds a shard's output, in which `reward_terms` are sums over each block, shape
    /// (n_blocks, n_terms). They are added block by block, so that rounding is the same for any
    /// number of shards.
    pub(super) fn append(&mut self, shard: &StepOutput, first: usize) {
        self.observations.extend(shard.observations.view());
        self.episode_starts.extend_from_slice(&shard.episode_starts);
        self.next_observations.extend(shard.next_observations.view());
        self.rewards.extend_from_slice(&shard.rewards);
        self.reward_parts.extend_from_slice(&shard.reward_parts);
        self.terminated.extend_from_slice(&shard.terminated);
        self.truncated.extend_from_slice(&shard.truncated);
        let episodes = shard.episodes.iter();
        self.episodes.extend(episodes.map(|e| Episode { env: e.env + first, ..*e }));
        for block in shard.reward_terms.chunks(self.reward_terms.len().max(1)) {
            for (total, sum) in self.reward_terms.iter_mut().zip(block) {
                *total += sum;
            }
        }
        self.n_non_finite += shard.n_non_finite;
        let unfit = shard.non_finite.iter();
        self.non_finite.extend(unfit.map(|it| NonFinite { env: it.env + first, ..*it }));
    }
}

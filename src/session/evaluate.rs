//! Measuring a policy: whole episodes, one from each environment.

use super::build::Session;
use super::error::SessionError;
use crate::nodes::SimulatedTask;
use crate::scene::{StepOutput, TERMINATION_REWARD};
use bevy::prelude::Entity;
use serde::Serialize;
use std::collections::BTreeMap;

/// Mean, standard deviation and range of a quantity over episodes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub std: f64,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
}

impl Summary {
    fn of(values: &[f64]) -> Self {
        let n = values.len().max(1) as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        Self {
            mean,
            std: variance.sqrt(),
            min: values.iter().copied().fold(f64::INFINITY, f64::min),
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        }
    }
}

/// One episode, from its environment's first reset to its end.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EpisodeResult {
    /// Its task, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// Its environment's index within the task.
    pub env: usize,
    /// Sum of rewards.
    #[serde(rename = "return")]
    pub total_reward: f64,
    /// Policy steps.
    pub length: u32,
    /// Whether it achieved the task.
    pub success: bool,
    /// Whether it lasted to its limit.
    pub survived: bool,
    /// Mean reward of a step, by term: what each gave, and what a termination gave instead of all.
    /// Times the length they add up to the return.
    pub reward_terms: BTreeMap<String, f64>,
}

/// Statistics of a policy over some episodes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Score {
    /// Number of episodes.
    pub episodes: usize,
    /// Sum of rewards of an episode.
    #[serde(rename = "return")]
    pub total_reward: Summary,
    /// Policy steps of an episode.
    pub length: Summary,
    /// Share of episodes that achieved their task, in 0..=1: as the scene's `success` has it in the
    /// last step, or else by lasting to their limit.
    pub success_rate: f64,
    /// Whether a scene says what success is.
    #[serde(skip)]
    pub has_goal: bool,
    /// Share of episodes that lasted to their limit instead of being ended by the task's rules, in
    /// 0..=1.
    pub survival_rate: f64,
    /// Mean reward of a step by term, over the episodes' own means.
    pub reward_terms: BTreeMap<String, Summary>,
}

impl Score {
    fn of(episodes: &[EpisodeResult], has_goal: bool) -> Self {
        let summary = |value: &dyn Fn(&EpisodeResult) -> f64| {
            Summary::of(&episodes.iter().map(value).collect::<Vec<_>>())
        };
        let share = |is_met: &dyn Fn(&EpisodeResult) -> bool| {
            let n = episodes.iter().filter(|&episode| is_met(episode)).count();
            n as f64 / episodes.len().max(1) as f64
        };
        let mut terms: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for (name, mean) in episodes.iter().flat_map(|episode| &episode.reward_terms) {
            terms.entry(name.clone()).or_default().push(*mean);
        }
        Self {
            episodes: episodes.len(),
            total_reward: summary(&|episode| episode.total_reward),
            length: summary(&|episode| f64::from(episode.length)),
            success_rate: share(&|episode| episode.success),
            has_goal,
            survival_rate: share(&|episode| episode.survived),
            reward_terms: terms.into_iter().map(|(name, v)| (name, Summary::of(&v))).collect(),
        }
    }
}

/// Result of an evaluation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// Over all episodes.
    #[serde(flatten)]
    pub all: Score,
    /// Over those of each task, where there are several.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tasks: BTreeMap<String, Score>,
    /// How often a number in an environment was no longer finite.
    pub non_finite: usize,
    /// Every episode, by task and environment.
    pub per_episode: Vec<EpisodeResult>,
}

/// The first episodes of one task's environments.
struct Measured {
    simulation: Entity,
    task: String,
    has_goal: bool,
    term_names: Vec<String>,
    results: Vec<Option<EpisodeResult>>,
    /// Sums of the parts of each environment's rewards so far, shape (n_envs, n_parts).
    sums: Vec<f64>,
    non_finite: usize,
}

impl Measured {
    fn new(entity: Entity, simulation: &SimulatedTask) -> Self {
        let task = &simulation.environments.scene().task;
        let mut term_names = task.reward_names.clone();
        term_names.push(TERMINATION_REWARD.to_owned());
        let n_envs = simulation.environments.n_envs();
        Self {
            simulation: entity,
            task: simulation.task.clone(),
            has_goal: task.has_goal(),
            results: vec![None; n_envs],
            sums: vec![0.0; n_envs * term_names.len()],
            term_names,
            non_finite: 0,
        }
    }

    fn is_done(&self) -> bool {
        self.results.iter().all(Option::is_some)
    }

    fn see(&mut self, output: &StepOutput) {
        if self.is_done() {
            return;
        }
        self.non_finite += output.n_non_finite;
        for (sum, part) in self.sums.iter_mut().zip(&output.reward_parts) {
            *sum += f64::from(*part);
        }
        let n_parts = self.term_names.len();
        for episode in &output.episodes {
            let env = episode.env;
            let sums = &mut self.sums[env * n_parts..(env + 1) * n_parts];
            if self.results[env].is_none() {
                let means = sums.iter().map(|sum| sum / f64::from(episode.length));
                let terms = self.term_names.iter().cloned().zip(means);
                // Most tasks give nothing of the kind.
                let is_told =
                    |(name, mean): &(String, f64)| name != TERMINATION_REWARD || *mean != 0.0;
                self.results[env] = Some(EpisodeResult {
                    task: None,
                    env,
                    total_reward: episode.total_reward,
                    length: episode.length,
                    success: episode.success,
                    survived: output.truncated[env],
                    reward_terms: terms.filter(is_told).collect(),
                });
            }
        }
    }
}

impl Session {
    /// Runs until every environment has finished its first episode. Taking one from each keeps short
    /// episodes from being counted more often than long ones.
    pub fn evaluate(&mut self) -> Result<Evaluation, SessionError> {
        self.evaluate_with(&mut |_, _| ())
    }

    /// The same; after each step `progress` is told how many episodes have ended, of how many.
    pub fn evaluate_with(
        &mut self,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Evaluation, SessionError> {
        let mut query = self.world_mut().query::<(Entity, &SimulatedTask)>();
        let simulations = query.iter(self.world());
        let mut measured: Vec<Measured> =
            simulations.map(|(entity, simulation)| Measured::new(entity, simulation)).collect();
        if measured.is_empty() {
            return Err(SessionError::Deadlock("  there is no environment to act in".into()));
        }
        while !measured.iter().all(Measured::is_done) {
            self.tick()?;
            for measured in &mut measured {
                if let Some(simulation) = self.world().get::<SimulatedTask>(measured.simulation) {
                    measured.see(simulation.environments.output());
                }
            }
            let results = || measured.iter().flat_map(|of_task| &of_task.results);
            progress(results().flatten().count() as u64, results().count() as u64);
        }
        let (has_several, mut tasks) = (measured.len() > 1, BTreeMap::new());
        let has_goal = measured.iter().any(|of_task| of_task.has_goal);
        let (mut per_episode, mut non_finite) = (Vec::new(), 0);
        for of_task in measured {
            non_finite += of_task.non_finite;
            let mut results: Vec<EpisodeResult> = of_task.results.into_iter().flatten().collect();
            if has_several {
                let task = Some(of_task.task.clone());
                results.iter_mut().for_each(|result| result.task.clone_from(&task));
                tasks.insert(of_task.task, Score::of(&results, of_task.has_goal));
            }
            per_episode.extend(results);
        }
        let all = Score::of(&per_episode, has_goal);
        Ok(Evaluation { all, tasks, non_finite, per_episode })
    }
}

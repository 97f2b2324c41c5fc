//! Measuring a policy: whole episodes, one from each environment.

use super::build::Session;
use super::error::SessionError;
use crate::nodes::Simulation;
use crate::scene::Episode;
use serde::Serialize;

/// Mean, standard deviation and range of a quantity over episodes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Summary {
    pub mean: f64,
    pub std: f64,
    pub min: f64,
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

/// What a policy achieves.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    pub episodes: usize,
    /// Sum of rewards of an episode.
    #[serde(rename = "return")]
    pub total_reward: Summary,
    /// Policy steps of an episode.
    pub length: Summary,
    /// Share of episodes that lasted to their limit instead of being ended by the task's rules, in
    /// 0..=1: what comes nearest to success where a task has no goal but to go on.
    pub survival_rate: f64,
    /// Mean of a step's reward by term, over all steps of all environments until the last one had
    /// finished its first episode.
    pub reward_terms: serde_json::Map<String, serde_json::Value>,
    /// Episodes that ended because a number in them was no longer finite.
    pub non_finite: usize,
}

impl Session {
    /// Runs until every environment has finished its first episode. Taking one from each keeps short
    /// episodes from being counted more often than long ones.
    pub fn evaluate(&mut self) -> Result<Evaluation, SessionError> {
        let mut first: Vec<Option<Episode>> = Vec::new();
        let (mut non_finite, mut n_survived, mut n_steps) = (0, 0, 0);
        let mut term_sums: Vec<f64> = Vec::new();
        let query = self.world_mut().query::<&Simulation>();
        loop {
            self.tick()?;
            let world = self.world();
            let Some(simulation) = query.iter_manual(world).next() else {
                return Err(SessionError::Deadlock("  there is no environment to act in".into()));
            };
            let output = simulation.environments.output();
            first.resize(simulation.environments.n_envs(), None);
            non_finite += output.n_non_finite;
            for episode in &output.episodes {
                if first[episode.env].is_none() {
                    n_survived += usize::from(output.truncated[episode.env]);
                    first[episode.env] = Some(*episode);
                }
            }
            n_steps += 1;
            term_sums.resize(output.reward_terms.len(), 0.0);
            for (sum, term) in term_sums.iter_mut().zip(&output.reward_terms) {
                *sum += term;
            }
            if first.iter().all(Option::is_some) {
                break;
            }
        }
        let world = self.world();
        let task = query.iter_manual(world).next().map(|s| &s.environments.scene().task);
        let terms = task.into_iter().flat_map(|task| &task.reward_names).zip(&term_sums);
        let reward_terms =
            terms.map(|(name, sum)| (name.clone(), (sum / f64::from(n_steps)).into())).collect();
        let episodes: Vec<Episode> = first.into_iter().flatten().collect();
        let rewards: Vec<f64> = episodes.iter().map(|e| e.total_reward).collect();
        let lengths: Vec<f64> = episodes.iter().map(|e| f64::from(e.length)).collect();
        Ok(Evaluation {
            episodes: episodes.len(),
            total_reward: Summary::of(&rewards),
            length: Summary::of(&lengths),
            survival_rate: n_survived as f64 / episodes.len() as f64,
            reward_terms,
            non_finite,
        })
    }
}

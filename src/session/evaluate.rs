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
    /// Episodes that ended because a number in them was no longer finite.
    pub non_finite: usize,
}

impl Session {
    /// Runs until every environment has finished its first episode. Taking one from each keeps short
    /// episodes from being counted more often than long ones.
    pub fn evaluate(&mut self) -> Result<Evaluation, SessionError> {
        let mut first: Vec<Option<Episode>> = Vec::new();
        let mut non_finite = 0;
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
                first[episode.env].get_or_insert(*episode);
            }
            if first.iter().all(Option::is_some) {
                break;
            }
        }
        let episodes: Vec<Episode> = first.into_iter().flatten().collect();
        let rewards: Vec<f64> = episodes.iter().map(|e| e.total_reward).collect();
        let lengths: Vec<f64> = episodes.iter().map(|e| f64::from(e.length)).collect();
        Ok(Evaluation {
            episodes: episodes.len(),
            total_reward: Summary::of(&rewards),
            length: Summary::of(&lengths),
            non_finite,
        })
    }
}

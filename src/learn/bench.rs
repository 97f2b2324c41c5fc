//! How fast a policy learns and infers on this machine.

use std::time::Instant;

use candle_core::Device;

use super::act::PolicyOutput;
use super::activation::Activation;
use super::batch::{Batch, Past};
use super::config::PpoConfig;
use super::distribution::ActionSpace;
use super::error::LearnError;
use super::loss::Samples;
use super::memory::Memory;
use super::observed::Observed;
use super::policy::Policy;
use super::policy_config::PolicyConfig;
use super::ppo::Ppo;
use super::recurrent::Rnn;
use crate::math::rng::{Random, Stream};

/// What [`bench_update`] measured.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct BenchResult {
    /// Transitions per second through gathering, forward pass, loss, backward pass, clipping, Adam
    /// and the divergence.
    pub update_samples_per_sec: f64,
    /// Observations per second through [`Policy::act`] without noise.
    pub inference_samples_per_sec: f64,
}

/// What [`bench_update`] is to measure.
#[derive(Clone, Debug)]
pub struct BenchCase {
    pub obs_dim: usize,
    pub action_space: ActionSpace,
    /// Widths of the hidden layers, of elu.
    pub hidden: Vec<usize>,
    /// The recurrent layer, and the steps of the sequences that it learns from.
    pub rnn: Option<(Rnn, usize)>,
    /// Transitions in a minibatch; whole sequences.
    pub minibatch: usize,
    /// Minibatches.
    pub n: usize,
}

/// Times the minibatches of a case on random transitions, after three to warm up, then as many
/// inferences of the same size.
pub fn bench_update(case: &BenchCase) -> Result<BenchResult, LearnError> {
    let config = PolicyConfig {
        hidden_sizes: case.hidden.clone(),
        activation: Activation::Elu,
        rnn: case.rnn.map(|(rnn, _)| rnn),
        ..PolicyConfig::new(case.obs_dim, case.action_space.clone())
    };
    let (minibatch, n) = (case.minibatch, case.n);
    let mut policy = Policy::new(config, &Device::Cpu)?;
    let config = PpoConfig { max_grad_norm: 1.0, entropy_coef: 0.0, ..PpoConfig::default() };
    let mut ppo = Ppo::new(config.clone(), &policy)?;
    let obs = draw(minibatch * case.obs_dim, 0);
    let mut out = PolicyOutput::default();
    let seen = Observed::from(obs.as_slice());
    let mut memory = Memory::default();
    policy.act(seen, &mut memory, 0, false, &mut out)?;
    let length = case.rnn.map_or(1, |(_, length)| length);
    let n_sequences = minibatch / length;
    let states = vec![0.0; n_sequences * policy.state_dim()];
    let begins = vec![false; minibatch];
    let mut batch = Batch {
        observed: seen,
        samples: Samples {
            actions: out.action.clone(),
            log_probs: out.log_prob.clone(),
            advantages: draw(minibatch, 1),
            returns: draw(minibatch, 2),
            values: draw(minibatch, 3),
        },
        params: out.params.clone(),
        past: match case.rnn {
            None => Past::NONE,
            Some(_) => Past { n_envs: n_sequences, length, states: &states, begins },
        },
    };
    let sequences: Vec<u32> = (0..n_sequences as u32).collect();
    let update_samples_per_sec = time(minibatch, n, || {
        ppo.step(&mut policy, &mut batch, &sequences, false, &config).map(|_| ())
    })?;
    let inference_samples_per_sec =
        time(minibatch, n, || policy.act(seen, &mut memory, 0, true, &mut out))?;
    Ok(BenchResult { update_samples_per_sec, inference_samples_per_sec })
}

/// Samples per second of `n` runs of `work`, each of `samples`, after three runs to warm up.
fn time(
    samples: usize,
    n: usize,
    mut work: impl FnMut() -> Result<(), LearnError>,
) -> Result<f64, LearnError> {
    for _ in 0..3 {
        work()?;
    }
    let start = Instant::now();
    for _ in 0..n {
        work()?;
    }
    Ok((samples * n) as f64 / start.elapsed().as_secs_f64())
}

fn draw(n: usize, entity: u32) -> Vec<f32> {
    let mut random = Random::new(0, Stream::Control, entity, 0);
    (0..n).map(|_| random.normal() as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::Cell;

    #[test]
    fn both_rates_are_measured() {
        for rnn in [None, Some((Rnn { cell: Cell::Lstm, size: 5 }, 4))] {
            let result = bench_update(&BenchCase {
                obs_dim: 3,
                action_space: ActionSpace::Discrete(2),
                hidden: vec![8],
                rnn,
                minibatch: 16,
                n: 2,
            });
            let result = result.unwrap();
            assert!(result.update_samples_per_sec > 0.0);
            assert!(result.inference_samples_per_sec > 0.0);
        }
    }
}

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

/// Times `n` minibatches of `minibatch` random transitions, after three to warm up, then as many
/// inferences of the same size. The network has elu units of the widths `hidden`.
pub fn bench_update(
    obs_dim: usize,
    action_space: ActionSpace,
    hidden: &[usize],
    minibatch: usize,
    n: usize,
) -> Result<BenchResult, LearnError> {
    let config = PolicyConfig {
        hidden_sizes: hidden.to_vec(),
        activation: Activation::Elu,
        ..PolicyConfig::new(obs_dim, action_space)
    };
    let mut policy = Policy::new(config, &Device::Cpu)?;
    let config = PpoConfig { max_grad_norm: 1.0, entropy_coef: 0.0, ..PpoConfig::default() };
    let mut ppo = Ppo::new(config.clone(), &policy)?;
    let obs = draw(minibatch * obs_dim, 0);
    let mut out = PolicyOutput::default();
    let seen = Observed::from(obs.as_slice());
    let mut memory = Memory::default();
    policy.act(seen, &mut memory, 0, false, &mut out)?;
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
        past: Past::NONE,
    };
    let rows: Vec<u32> = (0..minibatch as u32).collect();
    let update_samples_per_sec = time(minibatch, n, || {
        ppo.step(&mut policy, &mut batch, &rows, false, &config).map(|_| ())
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

    #[test]
    fn both_rates_are_measured() {
        let result = bench_update(3, ActionSpace::Discrete(2), &[8], 16, 2).unwrap();
        assert!(result.update_samples_per_sec > 0.0);
        assert!(result.inference_samples_per_sec > 0.0);
    }
}

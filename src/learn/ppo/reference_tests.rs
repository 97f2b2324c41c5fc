//! Ten whole updates against PPO written straightforwardly: candle's autograd, double precision
//! elsewhere, one transition after the other.

use candle_core::{Device, Tensor, Var};

use super::tests::{experience, policy_config};
use super::*;
use crate::learn::network::{CandleNetwork, set};
use crate::learn::plain;
use crate::learn::{LearningRateSchedule, PolicyConfig, RnnCell, RnnConfig};
use crate::space::ActionSpace;

/// Mean and variance of all that was seen and of one imagined row of mean 0 and variance 1.
struct Seen {
    n: f64,
    /// Sums of the numbers and of their squares, shape (dim,).
    sums: Vec<(f64, f64)>,
}

impl Seen {
    fn new(dim: usize) -> Self {
        Self { n: 1.0, sums: vec![(0.0, 1.0); dim] }
    }

    fn see(&mut self, rows: &[f64]) {
        self.n += (rows.len() / self.sums.len()) as f64;
        for row in rows.chunks(self.sums.len()) {
            for ((sum, squares), x) in self.sums.iter_mut().zip(row) {
                *sum += x;
                *squares += x * x;
            }
        }
    }

    fn normalize(&self, x: f64, column: usize) -> f64 {
        let (sum, squares) = self.sums[column];
        let mean = sum / self.n;
        let variance = squares / self.n - mean * mean;
        ((x - mean) / (variance + 1e-5).sqrt()).clamp(-5.0, 5.0)
    }
}

/// Adam of one variable.
struct Moments(Vec<(f64, f64)>);

struct Plain<'a> {
    policy: &'a PolicyConfig,
    config: &'a PpoConfig,
    network: CandleNetwork,
    weights: Vec<f32>,
    log_std: Var,
    moments: [Moments; 2],
    observations: Seen,
    values: Seen,
    learning_rate: f64,
    n_steps: i32,
    /// In the present update.
    has_stepped: bool,
}

fn doubles(data: &[f32]) -> Vec<f64> {
    data.iter().map(|x| f64::from(*x)).collect()
}

impl Plain<'_> {
    fn update(&mut self, rollout: &Rollout, last_values: &[f32], orders: &[Vec<u32>]) {
        let (mut samples, episode_starts) = self.prepare(rollout, last_values);
        self.has_stepped = false;
        let mut params = doubles(&rollout.params);
        let length = if self.policy.rnn.is_some() { rollout.shape().sequence_length } else { 1 };
        for (epoch, order) in orders.iter().enumerate() {
            for sequences in order.chunks(self.config.minibatch_size / length) {
                let n_envs = rollout.shape().n_envs;
                let first = |s: &u32| *s as usize / n_envs * length * n_envs + *s as usize % n_envs;
                let rows: Vec<usize> = (0..length)
                    .flat_map(|t| sequences.iter().map(move |s| first(s) + t * n_envs))
                    .collect();
                let state_dim = rollout.shape().state_dim;
                let states: Vec<f32> = sequences
                    .iter()
                    .flat_map(|s| &rollout.states[*s as usize * state_dim..][..state_dim])
                    .copied()
                    .collect();
                let episode_starts: Vec<bool> =
                    rows.iter().map(|row| episode_starts[*row]).collect();
                let hidden_states =
                    Sequences { length, states: &states, episode_starts: &episode_starts };
                let dim = self.policy.policy_dim();
                let observations = rollout.observations.f32s("observations");
                let seen: Vec<f64> = rows
                    .iter()
                    .flat_map(|row| doubles(&observations[row * dim..(row + 1) * dim]))
                    .collect();
                if epoch == 0 {
                    self.observations.see(&seen);
                }
                self.step(&rows, &seen, hidden_states, &mut samples, &mut params);
            }
        }
    }

    /// What the loss knows, and where episodes begin.
    fn prepare(&mut self, rollout: &Rollout, last_values: &[f32]) -> (Samples, Vec<bool>) {
        let n_envs = rollout.shape().n_envs;
        let n = rollout.rewards.len();
        let value = |row: usize| {
            f64::from(*rollout.values.get(row).unwrap_or_else(|| &last_values[row - n]))
        };
        let (gamma, lam) = (self.config.gamma, self.config.lam);
        let mut advantages = vec![0.0; n];
        for row in (0..n).rev() {
            let ended = rollout.terminated[row] || rollout.truncated[row];
            let next = match (rollout.terminated[row], rollout.truncated[row]) {
                (true, _) => 0.0,
                (_, true) => f64::from(rollout.truncation_values[row]),
                _ => value(row + n_envs),
            };
            let reward = self.config.reward_scale * f64::from(rollout.rewards[row]);
            let later = advantages.get(row + n_envs).filter(|_| !ended).copied().unwrap_or(0.0);
            advantages[row] = reward + gamma * next - value(row) + gamma * lam * later;
        }
        let returns: Vec<f64> = (0..n).map(|row| advantages[row] + value(row)).collect();
        let mean = advantages.iter().sum::<f64>() / n as f64;
        let squares = advantages.iter().map(|a| (a - mean).powi(2)).sum::<f64>();
        let std = (squares / (n as f64 - 1.0)).sqrt() + 1e-8;
        let advantages = advantages.iter().map(|a| ((a - mean) / std) as f32).collect();
        let mut normalized = |data: &[f64]| -> Vec<f32> {
            self.values.see(data);
            data.iter().map(|x| self.values.normalize(*x, 0) as f32).collect()
        };
        let values = normalized(&doubles(&rollout.values));
        let samples = Samples {
            actions: rollout.actions.clone(),
            log_probs: rollout.log_probs.clone(),
            advantages,
            returns: normalized(&returns),
            values,
        };
        let episode_starts = (0..n)
            .map(|row| {
                row >= n_envs
                    && (rollout.terminated[row - n_envs] || rollout.truncated[row - n_envs])
            })
            .collect();
        (samples, episode_starts)
    }

    fn step(
        &mut self,
        rows: &[usize],
        seen: &[f64],
        hidden_states: Sequences<'_>,
        samples: &mut Samples,
        params: &mut [f64],
    ) {
        let head = self.policy.head();
        let dim = self.policy.policy_dim();
        let x =
            seen.iter().enumerate().map(|(i, x)| self.observations.normalize(*x, i % dim) as f32);
        let x = Tensor::from_iter(x, &Device::Cpu).unwrap().reshape((rows.len(), dim)).unwrap();
        let (outputs, _) = self.network.forward(&x, &[], hidden_states).unwrap();
        let gather = |data: &[f32], dim: usize| -> Vec<f32> {
            rows.iter().flat_map(|row| &data[row * dim..(row + 1) * dim]).copied().collect()
        };
        let minibatch = Samples {
            actions: gather(&samples.actions, head.space.action_dim()),
            log_probs: gather(&samples.log_probs, 1),
            advantages: gather(&samples.advantages, 1),
            returns: gather(&samples.returns, 1),
            values: gather(&samples.values, 1),
        };
        let loss = plain::loss(&outputs, &self.log_std, &head, &minibatch, self.config).unwrap();
        let gradients = loss.backward().unwrap();
        let kl = self.replace_params(rows, &outputs, params);
        let by_log_std = gradients.get(&self.log_std).unwrap().to_vec1().unwrap();
        let mut by_weights = vec![0.0; self.weights.len()];
        self.network.add_gradient(&gradients, &mut by_weights).unwrap();
        let gradients = [doubles(&by_weights), doubles(&by_log_std)];
        let norm = gradients.iter().flatten().map(|g| g * g).sum::<f64>().sqrt();
        let limit = self.config.max_grad_norm;
        let scale = if norm > limit { limit / norm } else { 1.0 };
        self.n_steps += 1;
        let (corrected_1, corrected_2) =
            (1.0 - 0.9_f64.powi(self.n_steps), 1.0 - 0.999_f64.powi(self.n_steps));
        let mut after = [self.weights.clone(), self.log_std.to_vec1().unwrap()];
        let variables = after.iter_mut().zip(&mut self.moments);
        for ((variable, moments), gradient) in variables.zip(gradients) {
            let mut data = doubles(variable);
            for ((x, (first, second)), g) in data.iter_mut().zip(&mut moments.0).zip(gradient) {
                let g = g * scale;
                *first = 0.9 * *first + 0.1 * g;
                *second = 0.999 * *second + 0.001 * g * g;
                let step = (*first / corrected_1) / ((*second / corrected_2).sqrt() + 1e-8);
                *x -= self.learning_rate * step;
            }
            *variable = data.iter().map(|x| *x as f32).collect();
        }
        let [weights, log_std] = after;
        self.network.set(&weights).unwrap();
        self.weights = weights;
        set(&self.log_std, log_std).unwrap();
        assert_eq!(self.config.schedule, LearningRateSchedule::Adaptive);
        let kl_threshold = self.config.kl_threshold;
        // Before an update's first step no policy has moved.
        let counts = std::mem::replace(&mut self.has_stepped, true);
        if counts && kl > 2.0 * kl_threshold {
            self.learning_rate = (self.learning_rate / 1.5).max(1e-6);
        } else if counts && kl < 0.5 * kl_threshold {
            self.learning_rate = (self.learning_rate * 1.5).min(1e-2);
        }
    }

    /// The mean divergence of the new normal distributions from the old ones, which they replace.
    fn replace_params(&self, rows: &[usize], outputs: &Tensor, params: &mut [f64]) -> f64 {
        let n = self.policy.head().mu_dim();
        let log_std = doubles(&self.log_std.to_vec1().unwrap());
        let mut kl = 0.0;
        for (row, output) in rows.iter().zip(outputs.to_vec2::<f32>().unwrap()) {
            for i in 0..n {
                let (mean, std) = (f64::from(output[i]), log_std[i].exp());
                let (old_mean, old_std) = (params[row * 2 * n + i], params[row * 2 * n + n + i]);
                let squares = std * std + (mean - old_mean).powi(2);
                kl += (old_std / std).ln() + squares / (2.0 * old_std * old_std) - 0.5;
                (params[row * 2 * n + i], params[row * 2 * n + n + i]) = (mean, std);
            }
        }
        kl / rows.len() as f64
    }
}

#[test]
fn ten_updates_agree_with_a_straightforward_implementation() {
    let base = policy_config(ActionSpace::Continuous(2));
    let recurrent = |cell, separate_value| PolicyConfig {
        rnn: Some(RnnConfig { cell, size: 8 }),
        separate_value,
        ..base.clone()
    };
    for policy_config in [
        base.clone(),
        recurrent(RnnCell::Lstm, false),
        recurrent(RnnCell::Lstm, true),
        recurrent(RnnCell::Gru, false),
    ] {
        let config = PpoConfig {
            epochs: 2,
            minibatch_size: 160,
            sequence_length: 4,
            bounds_coef: 1e-2,
            clip_value_loss: true,
            reward_scale: 0.1,
            schedule: LearningRateSchedule::Adaptive,
            ..PpoConfig::default()
        };
        follows_a_straightforward_implementation(&policy_config, &config);
    }
}

fn follows_a_straightforward_implementation(policy_config: &PolicyConfig, config: &PpoConfig) {
    let mut policy = Policy::new(policy_config.clone(), crate::space::Device::detect()).unwrap();
    let mut ppo = Ppo::new(config.clone(), &policy).unwrap();
    let copy = |variable: &Var| Var::from_tensor(&variable.as_tensor().copy().unwrap()).unwrap();
    let moments = |n: usize| Moments(vec![(0.0, 0.0); n]);
    let n_weights = policy.weights.len();
    let mut plain = Plain {
        policy: policy_config,
        config,
        network: CandleNetwork::new(&policy.network, &policy.weights.to_vec().unwrap()).unwrap(),
        weights: policy.weights.to_vec().unwrap(),
        log_std: copy(&policy.log_std),
        moments: [moments(n_weights), moments(policy.log_std.elem_count())],
        observations: Seen::new(policy_config.policy_dim()),
        values: Seen::new(1),
        learning_rate: config.learning_rate,
        n_steps: 0,
        has_stepped: false,
    };
    for _ in 0..10 {
        // Both learn from what the fused policy did.
        let (rollout, last_values) = experience(&policy, 8, 60, config.sequence_length);
        let length = if policy.state_dim() > 0 { config.sequence_length } else { 1 };
        let n = rollout.rewards.len() / length;
        let (n_together, update) = (config.minibatch_size / length, ppo.n_updates());
        let order = |epoch| minibatches::order(n, n_together, config.seed, update, epoch);
        let orders: Vec<Vec<u32>> = (0..config.epochs).map(order).collect();
        plain.update(&rollout, &last_values, &orders);
        ppo.update(&mut policy, &rollout, &last_values, 0.0).unwrap();
        assert_eq!(plain.learning_rate, ppo.learning_rate());
        let fused = [policy.weights.to_vec().unwrap(), policy.log_std.to_vec1().unwrap()];
        let plain = [plain.weights.clone(), plain.log_std.to_vec1().unwrap()];
        for (fused, plain) in fused.iter().zip(&plain) {
            assert!(!fused.is_empty() && fused.len() == plain.len());
            for (a, b) in fused.iter().zip(plain) {
                assert!((a - b).abs() < 1e-4, "{:?}: {a} {b}", policy_config.rnn);
            }
        }
    }
}

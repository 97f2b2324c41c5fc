//! What crosses to a device before an update, and back after it.

use super::control::ControlAtEnd;
use super::learner::{DeviceLearner, UpdateSettings};
use super::optimizer::DescentSettings;
use crate::device::ProgramBackend;
use crate::device::words::{from_words, to_doubles};
use crate::learn::error::LearnError;
use crate::learn::minibatches;
use crate::learn::normalizer::RunningStats;
use crate::learn::optimizer::Optimizer;
use crate::learn::policy::Policy;
use crate::learn::ppo::UpdateStats;

impl DeviceLearner {
    /// Policy and optimizer, unless they are there, and the settings.
    pub(super) fn write(
        &mut self,
        device: &mut dyn ProgramBackend,
        (policy, optimizer, learning_rate): (&Policy, &Optimizer, f64),
        settings: &UpdateSettings<'_>,
    ) -> Result<(), LearnError> {
        let config = settings.config;
        self.control.begin(device, learning_rate)?;
        // What an update that does not come to its end leaves there is not known here.
        if self.held.take() != Some((policy.revision(), optimizer.revision())) {
            self.write_learned(device, policy, optimizer)?;
        }
        self.loss.set(device, config)?;
        let descent = DescentSettings {
            max_grad_norm: config.max_grad_norm,
            target_kl: config.target_kl,
            kl_threshold: if settings.is_adaptive { config.kl_threshold } else { 0.0 },
            adam_epsilon: config.adam_epsilon,
            n_steps: optimizer.moments().1,
        };
        self.optimizer.begin(device, &descent)?;
        let n = self.rollout.experience.len();
        let order = |epoch| {
            minibatches::order(n, config.minibatch_size, config.seed, settings.number, epoch)
        };
        let order: Vec<u32> = (0..config.epochs).flat_map(order).collect();
        Ok(device.write(self.order, 0, &from_words(&order))?)
    }

    fn write_learned(
        &self,
        device: &mut dyn ProgramBackend,
        policy: &Policy,
        optimizer: &Optimizer,
    ) -> Result<(), LearnError> {
        let (moments, _) = optimizer.moments();
        let (weights, log_std) = (policy.weights.to_vec()?, policy.log_std()?);
        let all = [(&self.optimizer.weights, weights), (&self.optimizer.log_std, log_std)];
        for ((to, values), moments) in all.into_iter().zip(moments) {
            device.write(to.values, 0, &values)?;
            device.write(to.moments[0], 0, moments[0])?;
            device.write(to.moments[1], 0, moments[1])?;
        }
        let statistics = [
            (&self.observations, policy.inputs.columns()),
            (&self.values, policy.value_stats.as_ref().map(RunningStats::columns)),
        ];
        for (to, columns) in statistics {
            if let Some(columns) = columns {
                to.write(device, &columns)?;
            }
        }
        Ok(())
    }

    /// Takes what came back into the policy and the optimizer.
    pub(super) fn take(
        &self,
        answer: &[Vec<f32>],
        (policy, optimizer, learning_rate): (&mut Policy, &mut Optimizer, &mut f64),
        update: u64,
    ) -> Result<UpdateStats, LearnError> {
        let [
            control,
            of_advantages,
            of_returns,
            seen,
            values,
            weights,
            m,
            v,
            log_std,
            log_std_m,
            log_std_v,
        ] = answer
        else {
            return Err(LearnError::Length {
                what: "parts of the device's answer",
                expected: 11,
                got: answer.len(),
            });
        };
        let control = ControlAtEnd::new(control);
        *learning_rate = control.learning_rate;
        let (_, n_steps) = optimizer.moments();
        optimizer.set_moments([[m, v], [log_std_m, log_std_v]], n_steps + control.n_taken);
        let log_std = Some(log_std.clone()).filter(|log_std| !log_std.is_empty());
        policy.set_parameters(weights.clone(), log_std)?;
        let [seen, values] = [seen, values].map(|it| to_doubles(it));
        policy.set_statistics(in_three(&seen), in_three(&values));
        if let Some(what) = control.ended.not_finite() {
            return Err(LearnError::NonFinite { what, update });
        }
        let mut stats = control.stats();
        let [advantages, returns] = [of_advantages, of_returns].map(|it| to_doubles(it));
        let (mean, unexplained, variance) = (advantages[0], advantages[2], returns[2]);
        stats.value_error = (unexplained + mean * mean).sqrt();
        if variance > 0.0 {
            stats.explained_variance = 1.0 - unexplained / variance;
        }
        Ok(stats)
    }
}

/// An array of shape (3, dim) by its rows.
fn in_three(all: &[f64]) -> [&[f64]; 3] {
    let dim = all.len() / 3;
    [0, 1, 2].map(|i| &all[i * dim..(i + 1) * dim])
}

//! Action distributions: normal ones, and choices.
//!
//! They know log-probability, entropy and divergence of one environment; batches are loops over them.

mod categorical;
mod gaussian;
mod squash;

use serde::{Deserialize, Serialize};

pub(in crate::learn) use crate::space::ActionSpace;

pub(in crate::learn) use categorical::{Categorical, each_choice};
pub(in crate::learn) use gaussian::{Gaussian, LOG_STD_RANGE};
pub(in crate::learn) use squash::{squash_correction, squash_entropy};

impl ActionSpace {
    /// Numbers that describe the distribution: (n,) means then (n,) standard deviations, or the
    /// logits of all choices, one after the other.
    pub fn n_params(&self) -> usize {
        match self {
            Self::Continuous(n) => 2 * n,
            Self::Discrete(_) | Self::MultiDiscrete(_) => self.size(),
        }
    }

    /// The divergences of new distributions from old ones, summed over `rows` of both, each of shape (n_params,): the
    /// expectation under the new of ln new - ln old [nats].
    pub(in crate::learn) fn divergences<'a>(
        &self,
        rows: impl Iterator<Item = (&'a [f32], &'a [f32])> + Clone,
    ) -> f64 {
        match self {
            Self::Continuous(n) => gaussian::divergences(*n, rows),
            Self::Discrete(_) | Self::MultiDiscrete(_) => {
                let options = self.options();
                let of_row = |(new, old)| {
                    let choices = each_choice(options, new).zip(each_choice(options, old));
                    f64::from(choices.map(|(new, old)| new.divergence(&old)).sum::<f32>())
                };
                rows.map(of_row).sum()
            }
        }
    }
}

/// Source of the standard deviations of continuous actions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogStd {
    /// A learned logarithm for each dimension, the same in every state.
    #[default]
    Parameter,
    /// What [`super::PolicyConfig::init_log_std`] says, for good.
    Fixed,
    /// Outputs of the network, so that they depend on the state, clamped to -20..=2 (the bounds of
    /// soft actor-critic's implementations; Haarnoja et al., 2018).
    Network,
}

/// How the outputs of the policy head describe a distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::learn) struct Head {
    pub(in crate::learn) space: ActionSpace,
    pub(in crate::learn) log_std: LogStd,
    /// Whether actions are the hyperbolic tangent of what is drawn.
    pub(in crate::learn) squash: bool,
}

impl Head {
    /// Means or logits.
    pub(in crate::learn) fn mu_dim(&self) -> usize {
        self.space.size()
    }

    /// Logarithms of standard deviations that the network gives.
    pub(in crate::learn) fn log_std_dim(&self) -> usize {
        match (&self.space, self.log_std) {
            (ActionSpace::Continuous(n), LogStd::Network) => *n,
            _ => 0,
        }
    }

    /// Logarithms of standard deviations that are parameters of their own.
    pub(in crate::learn) fn n_log_std(&self) -> usize {
        match (&self.space, self.log_std) {
            (ActionSpace::Continuous(n), LogStd::Parameter | LogStd::Fixed) => *n,
            _ => 0,
        }
    }

    /// Those of them that are learned.
    pub(in crate::learn) fn n_learned(&self) -> usize {
        match self.log_std {
            LogStd::Parameter => self.n_log_std(),
            LogStd::Fixed | LogStd::Network => 0,
        }
    }

    /// Outputs of the network's policy head: means then logarithms of deviations, or logits.
    pub(in crate::learn) fn dim(&self) -> usize {
        self.mu_dim() + self.log_std_dim()
    }

    /// Writes what `outputs`, shape (dim,), says into `params`, shape (n_params,). `gaussian` has
    /// the deviations, unless the network gives them: then it gets them.
    pub(in crate::learn) fn fill_params(
        &self,
        outputs: &[f32],
        gaussian: &mut Gaussian,
        params: &mut [f32],
    ) {
        let n = self.mu_dim();
        params[..n].copy_from_slice(&outputs[..n]);
        if let ActionSpace::Continuous(_) = self.space {
            if self.log_std == LogStd::Network {
                gaussian.set(&outputs[n..]);
            }
            params[n..].copy_from_slice(&gaussian.std);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::rng::{Random, RandomStream};

    #[test]
    fn logarithms_from_a_network_are_clamped() {
        let head =
            Head { space: ActionSpace::Continuous(2), log_std: LogStd::Network, squash: false };
        let (mut gaussian, mut params) = (Gaussian::new(&[0.0, 0.0]), [0.0; 4]);
        head.fill_params(&[0.3, -0.3, 50.0, 0.5], &mut gaussian, &mut params);
        assert_eq!(params, [0.3, -0.3, 2.0_f32.exp(), 0.5_f32.exp()]);
        assert_eq!((head.dim(), head.n_log_std()), (4, 0));
    }

    #[test]
    fn divergences_agree_with_their_closed_forms() {
        let one = |space: &ActionSpace, new: &[f32], old: &[f32]| {
            space.divergences(std::iter::once((new, old))) as f32
        };
        let space = ActionSpace::Continuous(1);
        let exact = (2.0_f32).ln() + (1.0 + 9.0) / 8.0 - 0.5;
        // Single-precision rounding.
        assert!((one(&space, &[3.0, 1.0], &[0.0, 2.0]) - exact).abs() < 1e-6);
        assert_eq!(one(&space, &[3.0, 1.0], &[3.0, 1.0]), 0.0);
        let space = ActionSpace::Discrete(2);
        let exact = 0.25 * (0.25_f32 / 0.5).ln() + 0.75 * (0.75_f32 / 0.5).ln();
        let got = one(&space, &[0.0, 3.0_f32.ln()], &[1.0, 1.0]);
        assert!((got - exact).abs() < 1e-6);
        // That of independent choices is the sum.
        let space = ActionSpace::MultiDiscrete(vec![2, 3]);
        let (new, old) = ([0.0, 3.0_f32.ln(), 5.0, 5.0, 5.0], [1.0, 1.0, 2.0, 2.0, 2.0]);
        assert!((one(&space, &new, &old) - exact).abs() < 1e-6);
    }

    #[test]
    fn samples_have_the_distribution() {
        let n = 20_000;
        let logits: Vec<f32> = [0.2_f32, 0.5, 0.3].iter().map(|p| p.ln()).collect();
        let gaussian = Gaussian::new(&[0.5_f32.ln()]);
        let (mut counts, mut sum, mut squares) = ([0.0; 3], 0.0, 0.0);
        for env in 0..n {
            let mut random = Random::new(9, RandomStream::Explore, env, 0);
            counts[Categorical::new(&logits).sample(&mut random)] += 1.0;
            let mut action = [0.0];
            gaussian.place(&[2.0], &[random.normal()], &mut action);
            sum += action[0] - 2.0;
            squares += (action[0] - 2.0) * (action[0] - 2.0);
        }
        let n = n as f32;
        // Four standard errors: 0.5 / sqrt(n) at most for a frequency and for the mean, and
        // sqrt(2/n) / 4 for the variance.
        assert!((counts[0] / n - 0.2).abs() < 2.0 / n.sqrt());
        assert!((counts[1] / n - 0.5).abs() < 2.0 / n.sqrt());
        assert!((sum / n).abs() < 2.0 / n.sqrt());
        assert!((squares / n - 0.25).abs() < (2.0 / n).sqrt());
    }
}

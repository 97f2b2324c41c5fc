//! The two kinds of action distribution.
//!
//! Both know log-probability, entropy and divergence of one environment; batches are loops over
//! them.

use std::f32::consts::{LN_2, PI};

use serde::{Deserialize, Serialize};

use crate::math::rng::Random;

/// What a policy chooses from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionSpace {
    /// That many real numbers.
    Continuous(usize),
    /// One of that many choices.
    Discrete(usize),
}

impl ActionSpace {
    /// Numbers that an action has: one per dimension, or the index of the choice as f32.
    pub fn action_dim(self) -> usize {
        match self {
            Self::Continuous(n) => n,
            Self::Discrete(_) => 1,
        }
    }

    /// Numbers that describe the distribution: (n,) means then (n,) standard deviations, or (n,)
    /// logits.
    pub fn n_params(self) -> usize {
        match self {
            Self::Continuous(n) => 2 * n,
            Self::Discrete(n) => n,
        }
    }

    /// Whether actions are choices.
    pub fn is_discrete(self) -> bool {
        matches!(self, Self::Discrete(_))
    }

    /// How many numbers or choices there are: means or logits.
    pub fn size(self) -> usize {
        match self {
            Self::Continuous(n) | Self::Discrete(n) => n,
        }
    }

    /// The divergence of the distribution described by `new` from that described by `old`, both of
    /// shape (n_params,): the expectation under `new` of ln new - ln old [nats].
    pub(super) fn divergence(self, new: &[f32], old: &[f32]) -> f32 {
        match self {
            Self::Continuous(n) => gaussian_divergence(new.split_at(n), old.split_at(n)),
            Self::Discrete(_) => Categorical::new(new).divergence(&Categorical::new(old)),
        }
    }
}

/// Where the standard deviations of continuous actions come from.
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

/// Bounds of the logarithms that the network gives.
pub(super) const LOG_STD_RANGE: (f32, f32) = (-20.0, 2.0);

/// How the outputs of the policy head describe a distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) space: ActionSpace,
    pub(super) log_std: LogStd,
    /// Whether actions are the hyperbolic tangent of what is drawn.
    pub(super) squash: bool,
}

impl Head {
    /// Means or logits.
    pub(super) fn mu_dim(self) -> usize {
        self.space.size()
    }

    /// Logarithms of standard deviations that the network gives.
    pub(super) fn log_std_dim(self) -> usize {
        match (self.space, self.log_std) {
            (ActionSpace::Continuous(n), LogStd::Network) => n,
            _ => 0,
        }
    }

    /// Logarithms of standard deviations that are parameters of their own.
    pub(super) fn n_log_std(self) -> usize {
        match (self.space, self.log_std) {
            (ActionSpace::Continuous(n), LogStd::Parameter | LogStd::Fixed) => n,
            _ => 0,
        }
    }

    /// Outputs of the network's policy head: means then logarithms of deviations, or logits.
    pub(super) fn dim(self) -> usize {
        self.mu_dim() + self.log_std_dim()
    }

    /// Writes what `outputs`, shape (dim,), says into `params`, shape (n_params,). `gaussian` has
    /// the deviations, unless the network gives them: then it gets them.
    pub(super) fn fill_params(self, outputs: &[f32], gaussian: &mut Gaussian, params: &mut [f32]) {
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

/// sum over dimensions of ln(1 - tanh(u)^2), as 2 (ln 2 - u - softplus(-2 u)), which stays exact
/// where tanh has rounded to 1.
pub(super) fn squash_correction(drawn: &[f32]) -> f32 {
    // ln(1 + e^(-2u)) + u is even in u; its form for |u| does not overflow.
    let term = |u: &f32| 2.0 * (LN_2 - u.abs() - (-2.0 * u.abs()).exp().ln_1p());
    drawn.iter().map(term).sum()
}

/// Nodes and weights of Gauss-Hermite quadrature with five points, for the expectation under the
/// standard normal distribution (Abramowitz and Stegun, 1964, table 25.10, rescaled).
pub(super) const QUADRATURE: [(f32, f32); 5] = [
    (-2.856_97, 0.011_257_411),
    (-1.355_626_2, 0.222_075_92),
    (0.0, 0.533_333_3),
    (1.355_626_2, 0.222_075_92),
    (2.856_97, 0.011_257_411),
];

/// What squashing adds to the entropy of one dimension [nats]: the expectation of ln(1 - tanh(u)^2) for
/// u of the normal distribution, by quadrature; and its derivatives by the mean and by the logarithm of
/// the standard deviation.
pub(super) fn squash_entropy(mean: f32, std: f32) -> (f32, f32, f32) {
    let (mut sum, mut by_mean, mut by_log_std) = (0.0, 0.0, 0.0);
    for (node, weight) in QUADRATURE {
        let u = mean + std * node;
        let slope = -2.0 * u.tanh();
        sum += weight * squash_correction(&[u]);
        by_mean += weight * slope;
        by_log_std += weight * slope * std * node;
    }
    (sum, by_mean, by_log_std)
}

/// sum over dimensions of ln(s1/s0) + (s0^2 + (m0 - m1)^2) / (2 s1^2) - 1/2, with (m0, s0) the new
/// and (m1, s1) the old mean and standard deviation.
fn gaussian_divergence(new: (&[f32], &[f32]), old: (&[f32], &[f32])) -> f32 {
    let mut sum = 0.0;
    for i in 0..new.0.len() {
        let (mean, std) = (new.0[i], new.1[i]);
        let (old_mean, old_std) = (old.0[i], old.1[i]);
        let shift = (mean - old_mean) / old_std;
        let ratio = std / old_std;
        sum += 0.5 * (ratio * ratio + shift * shift - 1.0) - ratio.ln();
    }
    sum
}

/// Independent normal distributions.
#[derive(Clone, Debug)]
pub(super) struct Gaussian {
    /// Standard deviations, shape (n,).
    pub(super) std: Vec<f32>,
    /// Sum over dimensions of ln std + ln(2 pi) / 2.
    log_normalizer: f32,
    /// Sum over dimensions of ln std + ln(2 pi e) / 2 [nats].
    pub(super) entropy: f32,
}

impl Gaussian {
    /// From the logarithms of the standard deviations, shape (n,).
    pub(super) fn new(log_std: &[f32]) -> Self {
        let mut gaussian = Self { std: Vec::new(), log_normalizer: 0.0, entropy: 0.0 };
        gaussian.set_unclamped(log_std.iter().copied());
        gaussian
    }

    /// Takes the logarithms that a network gives, clamped to [`LOG_STD_RANGE`].
    pub(super) fn set(&mut self, log_std: &[f32]) {
        let (low, high) = LOG_STD_RANGE;
        self.set_unclamped(log_std.iter().map(|log_std| log_std.clamp(low, high)));
    }

    fn set_unclamped(&mut self, log_std: impl Iterator<Item = f32>) {
        let mut sum = 0.0;
        self.std.clear();
        self.std.extend(log_std.map(|log_std| {
            sum += log_std;
            log_std.exp()
        }));
        let n = self.std.len() as f32;
        self.log_normalizer = sum + 0.5 * n * (LN_2 + PI.ln());
        self.entropy = self.log_normalizer + 0.5 * n;
    }

    /// ln p(action), summed over dimensions; `mean` and `action` of shape (n,).
    pub(super) fn log_prob(&self, mean: &[f32], action: &[f32]) -> f32 {
        let mut squares = 0.0;
        for ((mean, std), action) in mean.iter().zip(&self.std).zip(action) {
            let z = (action - mean) / std;
            squares += z * z;
        }
        -0.5 * squares - self.log_normalizer
    }

    /// Draws an action of shape (n,).
    pub(super) fn sample(&self, mean: &[f32], random: &mut Random, action: &mut [f32]) {
        for ((action, mean), std) in action.iter_mut().zip(mean).zip(&self.std) {
            *action = mean + std * random.normal() as f32;
        }
    }
}

/// One choice of n, by logits that need not be normalised.
#[derive(Clone, Copy, Debug)]
pub(super) struct Categorical<'a> {
    /// Shape (n,).
    logits: &'a [f32],
    /// ln of the sum of e^logit.
    log_normalizer: f32,
}

impl<'a> Categorical<'a> {
    pub(super) fn new(logits: &'a [f32]) -> Self {
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = logits.iter().map(|logit| (logit - largest).exp()).sum();
        Self { logits, log_normalizer: largest + sum.ln() }
    }

    /// ln p(choice).
    pub(super) fn log_prob(&self, choice: usize) -> f32 {
        self.logits[choice] - self.log_normalizer
    }

    /// - sum of p ln p [nats].
    pub(super) fn entropy(&self) -> f32 {
        let log_probs = (0..self.logits.len()).map(|choice| self.log_prob(choice));
        -log_probs.map(|log_prob| log_prob.exp() * log_prob).sum::<f32>()
    }

    /// sum of p (ln p - ln q), with p this distribution and q the other.
    fn divergence(&self, other: &Categorical<'_>) -> f32 {
        let choices = 0..self.logits.len();
        let term = |choice| {
            let log_prob = self.log_prob(choice);
            log_prob.exp() * (log_prob - other.log_prob(choice))
        };
        choices.map(term).sum()
    }

    /// Draws a choice, by inversion of the cumulative distribution.
    pub(super) fn sample(&self, random: &mut Random) -> usize {
        let mut left = random.uniform() as f32;
        for choice in 0..self.logits.len() {
            left -= self.log_prob(choice).exp();
            if left < 0.0 {
                return choice;
            }
        }
        // Rounding may leave a crumb after the last choice; so does a NaN.
        self.mode()
    }

    /// The likeliest choice, the first of equals.
    pub(super) fn mode(&self) -> usize {
        let mut best = 0;
        for (choice, logit) in self.logits.iter().enumerate() {
            if *logit > self.logits[best] {
                best = choice;
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::rng::Stream;

    #[test]
    fn gaussian_agrees_with_its_closed_forms() {
        let (mean, log_std, action) = ([0.3_f32, -1.0], [-0.5_f32, 0.7], [1.0_f32, 2.0]);
        let gaussian = Gaussian::new(&log_std);
        let (mut log_prob, mut entropy) = (0.0_f64, 0.0_f64);
        for i in 0..2 {
            let std = f64::from(log_std[i]).exp();
            let z = f64::from(action[i] - mean[i]) / std;
            let density = (-0.5 * z * z).exp() / (std * std::f64::consts::TAU.sqrt());
            log_prob += density.ln();
            entropy += 0.5 * (std::f64::consts::TAU * std::f64::consts::E * std * std).ln();
        }
        // Single-precision rounding.
        assert!((f64::from(gaussian.log_prob(&mean, &action)) - log_prob).abs() < 1e-5);
        assert!((f64::from(gaussian.entropy) - entropy).abs() < 1e-6);
    }

    /// The density of tanh(u) by its definition: what the normal distribution gives to a small
    /// interval of u, over the length of the interval of actions that it becomes.
    #[test]
    fn squashing_changes_the_density_by_the_slope_of_tanh() {
        for u in [-3.0_f64, -0.4, 0.0, 1.0, 2.5] {
            let step = 1e-5;
            let stretch = ((u + step).tanh() - (u - step).tanh()) / (2.0 * step);
            let got = f64::from(squash_correction(&[u as f32]));
            assert!((got - stretch.ln()).abs() < 1e-5, "{u}: {got} {}", stretch.ln());
        }
        // Where tanh has long been 1: 2 ln 2 - 2 u.
        let far = squash_correction(&[40.0, -40.0]);
        assert!((far - 2.0 * (2.0 * LN_2 - 80.0)).abs() < 1e-4, "{far}");
    }

    #[test]
    fn the_entropy_of_squashed_actions_agrees_with_sampling() {
        for (mean, std) in [(0.0_f32, 1.0_f32), (0.8, 0.5), (-2.0, 0.3)] {
            let n = 100_000;
            let sample = |env| {
                let u = mean + std * Random::new(5, Stream::Explore, env, 0).normal() as f32;
                f64::from(squash_correction(&[u]))
            };
            let sampled = (0..n).map(sample).sum::<f64>() / f64::from(n);
            let (sum, by_mean, by_log_std) = squash_entropy(mean, std);
            // Five standard errors of sampling, and the quadrature's own error.
            assert!((f64::from(sum) - sampled).abs() < 0.02, "{mean} {std}: {sum} {sampled}");
            let step = 1e-2;
            let slope_of = |high: f32, low: f32| (high - low) / (2.0 * step);
            let value = |mean, std| squash_entropy(mean, std).0;
            let slope = slope_of(value(mean + step, std), value(mean - step, std));
            assert!((slope - by_mean).abs() < 1e-3, "{mean} {std}: {slope} {by_mean}");
            let (wide, narrow) = (std * step.exp(), std * (-step).exp());
            let slope = slope_of(value(mean, wide), value(mean, narrow));
            assert!((slope - by_log_std).abs() < 1e-3, "{mean} {std}: {slope} {by_log_std}");
        }
    }

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
    fn categorical_agrees_with_its_closed_forms() {
        // Probabilities 1/6, 2/6, 3/6, from logits with a large common shift.
        let logits: Vec<f32> = [1.0_f32, 2.0, 3.0].iter().map(|p| p.ln() + 50.0).collect();
        let categorical = Categorical::new(&logits);
        let expected = [1.0 / 6.0, 2.0 / 6.0, 3.0 / 6.0_f32];
        for (choice, p) in expected.iter().enumerate() {
            // The shift costs log2(50) bits.
            assert!((categorical.log_prob(choice).exp() - p).abs() < 1e-5);
        }
        let entropy: f32 = expected.iter().map(|p| -p * p.ln()).sum();
        assert!((categorical.entropy() - entropy).abs() < 1e-5);
        assert_eq!(categorical.mode(), 2);
    }

    #[test]
    fn divergences_agree_with_their_closed_forms() {
        let space = ActionSpace::Continuous(1);
        let exact = (2.0_f32).ln() + (1.0 + 9.0) / 8.0 - 0.5;
        // Single-precision rounding.
        assert!((space.divergence(&[3.0, 1.0], &[0.0, 2.0]) - exact).abs() < 1e-6);
        assert_eq!(space.divergence(&[3.0, 1.0], &[3.0, 1.0]), 0.0);
        let space = ActionSpace::Discrete(2);
        let exact = 0.25 * (0.25_f32 / 0.5).ln() + 0.75 * (0.75_f32 / 0.5).ln();
        let got = space.divergence(&[0.0, 3.0_f32.ln()], &[1.0, 1.0]);
        assert!((got - exact).abs() < 1e-6);
    }

    #[test]
    fn samples_have_the_distribution() {
        let n = 20_000;
        let logits: Vec<f32> = [0.2_f32, 0.5, 0.3].iter().map(|p| p.ln()).collect();
        let gaussian = Gaussian::new(&[0.5_f32.ln()]);
        let (mut counts, mut sum, mut squares) = ([0.0; 3], 0.0, 0.0);
        for env in 0..n {
            let mut random = Random::new(9, Stream::Explore, env, 0);
            counts[Categorical::new(&logits).sample(&mut random)] += 1.0;
            let mut action = [0.0];
            gaussian.sample(&[2.0], &mut random, &mut action);
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

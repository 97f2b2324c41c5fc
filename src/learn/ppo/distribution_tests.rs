//! Log-probabilities, entropies and their gradients against the distributions' definitions: densities by their
//! formulas in f64, entropies by integrals over all actions or sums over all choices, gradients by finite
//! differences of those.

use super::*;

/// Half the width of integrals [deviations].
const REACH: f64 = 9.0;

/// A distribution with actions whose log-probability is asked for.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) head: Head,
    /// Of the policy head, shape (dim,).
    pub(super) outputs: Vec<f32>,
    /// Shape (n_log_std,).
    pub(super) log_std: Vec<f32>,
    /// As drawn, each of shape (action_dim,).
    pub(super) actions: Vec<Vec<f32>>,
}

/// What a distribution is by definition, in f64: of numbers that `outputs`, then `log_std` begin with.
struct Definition<'a>(&'a Head);

impl Definition<'_> {
    /// Means and logarithms of deviations.
    fn gaussians(&self, numbers: &[f64]) -> Vec<(f64, f64)> {
        let n = self.0.mu_dim();
        let log_std = |i: usize| match self.0.log_std {
            LogStd::Network => numbers[n + i].clamp(LOG_STD_RANGE.0.into(), LOG_STD_RANGE.1.into()),
            _ => numbers[n + i],
        };
        (0..n).map(|i| (numbers[i], log_std(i))).collect()
    }

    fn log_prob(&self, numbers: &[f64], action: &[f64]) -> f64 {
        if let ActionSpace::Continuous(_) = self.0.space {
            let each =
                self.gaussians(numbers).into_iter().zip(action).map(|((mean, log_std), u)| {
                    let z = (u - mean) / log_std.exp();
                    // d tanh(u) / du = 1 / cosh(u)^2; ln cosh without overflow.
                    let ln_cosh = u.abs() + (-2.0 * u.abs()).exp().ln_1p() - std::f64::consts::LN_2;
                    let stretch = if self.0.squash { 2.0 * ln_cosh } else { 0.0 };
                    -0.5 * z * z - log_std - 0.5 * std::f64::consts::TAU.ln() + stretch
                });
            return each.sum();
        }
        let mut rest = numbers;
        let mut sum = 0.0;
        for (n, choice) in self.0.space.options().iter().zip(action) {
            let (logits, tail) = rest.split_at(*n);
            rest = tail;
            let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let total: f64 = logits.iter().map(|logit| (logit - largest).exp()).sum();
            sum += (logits[*choice as usize] - largest) - total.ln();
        }
        sum
    }

    /// The expectation of `of` over all actions: by the trapezoidal rule in each dimension, with steps so small that
    /// neither a bell nor tanh, with its nearest pole at i pi / 2, leaves an error above 1e-10; or a sum over choices.
    fn expectation(&self, numbers: &[f64], of: impl Fn(&[f64]) -> f64) -> f64 {
        let mut grids: Vec<Vec<(f64, f64)>> = Vec::new();
        if let ActionSpace::Continuous(_) = self.0.space {
            for (mean, log_std) in self.gaussians(numbers) {
                let step = 0.3_f64.min(0.3 / log_std.exp());
                let n = (REACH / step).ceil();
                let nodes = (0..=2 * n as usize).map(|i| (i as f64 - n) * step);
                let weight = |z: f64| step * (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt();
                grids.push(nodes.map(|z| (mean + log_std.exp() * z, weight(z))).collect());
            }
            return sum_over(&grids, &mut Vec::new(), 1.0, &of);
        }
        let choices = self.0.space.options();
        grids.extend(choices.iter().map(|n| (0..*n).map(|choice| (choice as f64, 1.0)).collect()));
        sum_over(&grids, &mut Vec::new(), 1.0, &|action| {
            let p = self.log_prob(numbers, action).exp();
            if p > 0.0 { p * of(action) } else { 0.0 }
        })
    }

    /// [nats]
    fn entropy(&self, numbers: &[f64]) -> f64 {
        -self.expectation(numbers, |action| self.log_prob(numbers, action))
    }
}

/// The weighted sum over all combinations of nodes.
fn sum_over(
    grids: &[Vec<(f64, f64)>],
    action: &mut Vec<f64>,
    weight: f64,
    of: &dyn Fn(&[f64]) -> f64,
) -> f64 {
    let Some((grid, grids)) = grids.split_first() else { return weight * of(action) };
    let mut sum = 0.0;
    for (node, of_node) in grid {
        action.push(*node);
        sum += sum_over(grids, action, weight * of_node, of);
        action.pop();
    }
    sum
}

/// The slopes of `of` at some numbers, by central differences.
fn slopes(numbers: &[f64], of: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let step = 1e-4;
    let at = |i: usize, by: f64| {
        let mut moved = numbers.to_vec();
        moved[i] += by;
        of(&moved)
    };
    (0..numbers.len()).map(|i| (at(i, step) - at(i, -step)) / (2.0 * step)).collect()
}

impl Case {
    fn numbers(&self) -> Vec<f64> {
        self.outputs.iter().chain(&self.log_std).map(|x| f64::from(*x)).collect()
    }

    /// As the loss and [`crate::learn::Policy::act`] work it out.
    pub(super) fn log_prob(&self, action: &[f32]) -> f32 {
        if let ActionSpace::Continuous(n) = self.head.space {
            let mut gaussian = Gaussian::new(&self.log_std);
            if self.head.log_std == LogStd::Network {
                gaussian.set(&self.outputs[n..]);
            }
            let squash = if self.head.squash { squash_correction(action) } else { 0.0 };
            return gaussian.log_prob(&self.outputs[..n], action) - squash;
        }
        let choices = each_choice(self.head.space.options(), &self.outputs).zip(action);
        choices
            .map(|(categorical, a): (Categorical<'_>, _)| categorical.log_prob(*a as usize))
            .sum()
    }

    /// The loss of one transition whose probability has not changed, without the value's: its entropy, and the
    /// gradient of the loss by [`numbers`](Self::numbers).
    fn loss(&self, action: &[f32], advantage: f32, entropy_coef: f64) -> (f64, Vec<f64>) {
        let samples = Samples {
            actions: action.to_vec(),
            log_probs: vec![self.log_prob(action)],
            advantages: vec![advantage],
            returns: vec![0.0],
            values: vec![0.0],
        };
        let config = PpoConfig { entropy_coef, value_coef: 0.0, ..PpoConfig::default() };
        let loss = PpoLoss::new(&self.head, &samples, &config, &self.log_std, 1);
        let outputs = [&self.outputs[..], &[0.0]].concat();
        let mut gradient = vec![0.0; outputs.len()];
        let sums = loss.chunk(&[0], &outputs, &mut gradient);
        let (terms, by_log_std) = loss.total(&[sums]);
        assert_eq!(gradient.pop(), Some(0.0), "{}", self.name);
        (terms.entropy, gradient.iter().chain(&by_log_std).map(|x| f64::from(*x)).collect())
    }

    /// `error` is what the entropy of a squashed distribution may be off by: it is integrated in single precision.
    fn check(&self) {
        let (definition, numbers) = (Definition(&self.head), self.numbers());
        let near = |what: &str, got: f64, expected: f64, tolerance: f64| {
            let error = (got - expected).abs();
            // A NaN is not near.
            assert!(error <= tolerance, "{}, {what}: {got}, not {expected}", self.name);
        };
        // Single precision, of numbers, and of sums of squares of z to 4 and of logarithms.
        let digits = |x: f64| 3e-6 * x.abs().max(1.0);
        let integral = if self.head.squash { 1e-4 } else { 0.0 };
        for action in &self.actions {
            let exact: Vec<f64> = action.iter().map(|a| f64::from(*a)).collect();
            let log_prob = definition.log_prob(&numbers, &exact);
            near("ln p", self.log_prob(action).into(), log_prob, digits(log_prob));
            // An advantage of -1: the gradient is that of the ratio, and so of ln p.
            let (_, gradient) = self.loss(action, -1.0, 0.0);
            let expected = slopes(&numbers, |numbers| definition.log_prob(numbers, &exact));
            assert_eq!(gradient.len(), expected.len(), "{}", self.name);
            for (got, expected) in gradient.iter().zip(expected) {
                // Those of a deviation of 0.01 are to 1e6 of its third derivative, times the step squared.
                near("slope of ln p", *got, expected, 10.0 * digits(expected));
            }
        }
        let total = definition.expectation(&numbers, |action| {
            let single: Vec<f32> = action.iter().map(|a| *a as f32).collect();
            let rounded: Vec<f64> = single.iter().map(|a| f64::from(*a)).collect();
            (f64::from(self.log_prob(&single)) - definition.log_prob(&numbers, &rounded)).exp()
        });
        near("the probability of all actions", total, 1.0, 1e-6);
        let (entropy, gradient) = self.loss(&self.actions[0], 0.0, -1.0);
        let expected = definition.entropy(&numbers);
        near("entropy", entropy, expected, digits(expected) + integral);
        let expected = slopes(&numbers, |numbers| definition.entropy(numbers));
        for (got, expected) in gradient.iter().zip(expected) {
            near("slope of the entropy", *got, expected, digits(expected) + integral);
        }
    }
}

/// Every deviation with every mean, alone and beside another dimension.
fn gaussian_cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let all = [0.01, 0.05, 0.3, 0.999, 1.0, 1.7, 4.0, 10.0_f64];
    for (i, std) in all.into_iter().enumerate() {
        for mean in [-3.0, -1.0, -0.2, 0.0, 0.6, 2.0, 3.0_f64] {
            for (log_std, squash) in [
                (LogStd::Parameter, false),
                (LogStd::Parameter, true),
                (LogStd::Network, false),
                (LogStd::Network, true),
            ] {
                // Wide ones beside narrow ones.
                let gaussians = [(mean, std), (-0.5 * mean, all[(i + 3) % 5])];
                for n in [1, 2] {
                    cases.push(gaussian_case(&gaussians[..n], log_std, squash));
                }
            }
        }
    }
    cases
}

fn gaussian_case(gaussians: &[(f64, f64)], log_std: LogStd, squash: bool) -> Case {
    let n = gaussians.len();
    let head = Head { space: ActionSpace::Continuous(n), log_std, squash };
    let means = gaussians.iter().map(|(mean, _)| *mean as f32);
    let logarithms = gaussians.iter().map(|(_, std)| std.ln() as f32);
    let (outputs, of_parameter) = match log_std {
        LogStd::Network => (means.chain(logarithms).collect(), Vec::new()),
        _ => (means.collect(), logarithms.collect()),
    };
    let at = |z: f64| gaussians.iter().map(|(mean, std)| (mean + std * z) as f32).collect();
    let actions = [-2.0, -0.3, 0.0, 1.0, 4.0].map(at).to_vec();
    let name = format!("{gaussians:?} {log_std:?} squash {squash}");
    Case { name, head, outputs, log_std: of_parameter, actions }
}

/// Logits of every size, with what they have in common and between them, to the ends of single precision.
fn choice_cases() -> Vec<Case> {
    let patterns: [&[f32]; 6] = [
        &[0.0, 0.0],
        &[0.0, 1.0, -2.0],
        &[3.0, 3.0, 3.0, 2.5, -1.0],
        &[0.0, -15.0, -16.0],
        &[0.0, -100.0],
        &[-1e4, 1e4, 0.0],
    ];
    let mut cases = Vec::new();
    for (i, pattern) in patterns.into_iter().enumerate() {
        for shift in [0.0_f32, 50.0, -1e3, 1e6, -1e7] {
            let shifted = |logits: &[f32]| logits.iter().map(|x| x + shift).collect::<Vec<_>>();
            cases.push(choice_case(&[shifted(pattern)]));
            cases.push(choice_case(&[shifted(pattern), patterns[(i + 1) % 4].to_vec()]));
        }
    }
    // Of the others the logarithm is beyond single precision, or finite differences.
    let mut ends = choice_case(&[vec![f32::MAX, f32::MIN, 0.0]]);
    ends.actions.truncate(1);
    cases.push(ends);
    cases
}

fn choice_case(choices: &[Vec<f32>]) -> Case {
    let options: Vec<usize> = choices.iter().map(Vec::len).collect();
    let most = options.iter().copied().max().unwrap_or(0);
    let action = |a: usize| options.iter().map(|n| (a % n) as f32).collect();
    let actions = (0..most).map(action).collect();
    let space = match &options[..] {
        [n] => ActionSpace::Discrete(*n),
        _ => ActionSpace::MultiDiscrete(options),
    };
    Case {
        name: format!("logits {choices:?}"),
        head: Head { space, log_std: LogStd::Parameter, squash: false },
        outputs: choices.concat(),
        log_std: Vec::new(),
        actions,
    }
}

/// All of them.
pub(super) fn cases() -> Vec<Case> {
    gaussian_cases().into_iter().chain(choice_cases()).collect()
}

#[test]
fn probabilities_entropies_and_gradients_are_those_of_the_definitions() {
    let cases = cases();
    assert!(cases.len() > 500, "{}", cases.len());
    cases.iter().for_each(Case::check);
}

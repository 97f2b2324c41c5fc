//! Choices.

use crate::math::lanes::{exp, ln};
use crate::math::rng::Random;

/// One choice of n, by logits that need not be normalised.
#[derive(Clone, Copy, Debug)]
pub(in crate::learn) struct Categorical<'a> {
    /// Shape (n,).
    logits: &'a [f32],
    largest: f32,
    /// ln of the sum of e^(logit - largest). It is kept apart, for what large logits have in common would swallow it.
    log_sum: f32,
}

impl<'a> Categorical<'a> {
    pub(in crate::learn) fn new(logits: &'a [f32]) -> Self {
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = logits.iter().map(|logit| exp(logit - largest)).sum();
        Self { logits, largest, log_sum: ln(sum) }
    }

    /// Choices.
    pub(in crate::learn) fn n_choices(&self) -> usize {
        self.logits.len()
    }

    /// ln p(choice).
    pub(in crate::learn) fn log_prob(&self, choice: usize) -> f32 {
        (self.logits[choice] - self.largest) - self.log_sum
    }

    /// - sum of p ln p [nats].
    pub(in crate::learn) fn entropy(&self) -> f32 {
        -self.expectation(|_, log_prob| log_prob)
    }

    /// sum of p `of`(choice, ln p). What cannot be chosen adds nothing, though its logarithm may be infinite.
    fn expectation(&self, of: impl Fn(usize, f32) -> f32) -> f32 {
        let term = |choice| {
            let log_prob = self.log_prob(choice);
            let p = exp(log_prob);
            if p == 0.0 { 0.0 } else { p * of(choice, log_prob) }
        };
        (0..self.logits.len()).map(term).sum()
    }

    /// d entropy / d logit of a choice, -p (ln p + entropy), with p and ln p of the choice.
    pub(in crate::learn) fn entropy_slope(p: f32, log_prob: f32, entropy: f32) -> f32 {
        if p == 0.0 { 0.0 } else { -p * (log_prob + entropy) }
    }

    /// sum of p (ln p - ln q), with p this distribution and q the other.
    pub(super) fn divergence(&self, other: &Categorical<'_>) -> f32 {
        self.expectation(|choice, log_prob| log_prob - other.log_prob(choice))
    }

    /// Draws a choice, by inversion of the cumulative distribution.
    pub(in crate::learn) fn sample(&self, random: &mut Random) -> usize {
        let mut left = random.uniform() as f32;
        for choice in 0..self.logits.len() {
            left -= exp(self.log_prob(choice));
            if left < 0.0 {
                return choice;
            }
        }
        // Rounding may leave a crumb after the last choice; so does a NaN.
        self.mode()
    }

    /// The likeliest choice, the first of equals.
    pub(in crate::learn) fn mode(&self) -> usize {
        let mut best = 0;
        for (choice, logit) in self.logits.iter().enumerate() {
            if *logit > self.logits[best] {
                best = choice;
            }
        }
        best
    }
}

/// Independent choices, each with so many `options`, whose `logits` lie one after the other.
pub(in crate::learn) fn each_choice<'a>(
    options: &'a [usize],
    logits: &'a [f32],
) -> impl Iterator<Item = Categorical<'a>> {
    let mut rest = logits;
    options.iter().map(move |n| {
        let (logits, tail) = rest.split_at(*n);
        rest = tail;
        Categorical::new(logits)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categorical_agrees_with_its_closed_forms() {
        // Probabilities 1/6, 2/6, 3/6, from logits with a large common shift.
        let logits: Vec<f32> = [1.0_f32, 2.0, 3.0].iter().map(|p| p.ln() + 50.0).collect();
        let categorical = Categorical::new(&logits);
        let expected = [1.0 / 6.0, 2.0 / 6.0, 3.0 / 6.0_f32];
        for (choice, p) in expected.iter().enumerate() {
            // The shift costs log2(50) bits of the logits.
            assert!((categorical.log_prob(choice).exp() - p).abs() < 1e-5);
        }
        let entropy: f32 = expected.iter().map(|p| -p * p.ln()).sum();
        assert!((categorical.entropy() - entropy).abs() < 1e-5);
        assert_eq!(categorical.mode(), 2);
    }

    /// The largest logit is found past a NaN, which then shows in every probability.
    #[test]
    fn a_logit_that_is_no_number_is_not_hidden() {
        let categorical = Categorical::new(&[1.0, f32::NAN, 2.0]);
        assert!((0..3).all(|choice| categorical.log_prob(choice).is_nan()));
        assert!(categorical.entropy().is_nan());
    }

    #[test]
    fn choices_have_their_own_logits() {
        let logits = [0.0, 3.0_f32.ln(), 1.0, 1.0, 1.0];
        let choices: Vec<Categorical> = each_choice(&[2, 3], &logits).collect();
        // Single-precision rounding.
        assert!((choices[0].log_prob(1).exp() - 0.75).abs() < 1e-6);
        assert!((choices[1].log_prob(2).exp() - 1.0 / 3.0).abs() < 1e-6);
        assert_eq!(choices.len(), 2);
    }
}

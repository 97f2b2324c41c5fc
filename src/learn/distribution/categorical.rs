//! Choices.

use crate::math::lanes::{exp, ln};
use crate::math::rng::Random;

/// One choice of n, by logits that need not be normalised.
#[derive(Clone, Copy, Debug)]
pub(in crate::learn) struct Categorical<'a> {
    /// Shape (n,).
    logits: &'a [f32],
    /// ln of the sum of e^logit.
    log_normalizer: f32,
}

impl<'a> Categorical<'a> {
    pub(in crate::learn) fn new(logits: &'a [f32]) -> Self {
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = logits.iter().map(|logit| exp(logit - largest)).sum();
        Self { logits, log_normalizer: largest + ln(sum) }
    }

    /// ln p(choice).
    pub(in crate::learn) fn log_prob(&self, choice: usize) -> f32 {
        self.logits[choice] - self.log_normalizer
    }

    /// - sum of p ln p [nats].
    pub(in crate::learn) fn entropy(&self) -> f32 {
        let log_probs = (0..self.logits.len()).map(|choice| self.log_prob(choice));
        -log_probs.map(|log_prob| exp(log_prob) * log_prob).sum::<f32>()
    }

    /// sum of p (ln p - ln q), with p this distribution and q the other.
    pub(super) fn divergence(&self, other: &Categorical<'_>) -> f32 {
        let choices = 0..self.logits.len();
        let term = |choice| {
            let log_prob = self.log_prob(choice);
            exp(log_prob) * (log_prob - other.log_prob(choice))
        };
        choices.map(term).sum()
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
            // The shift costs log2(50) bits.
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

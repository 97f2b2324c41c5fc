//! The loss of distillation, and its gradient by the network's outputs.

use std::ops::Range;

use crate::learn::distribution::{ActionSpace, Head, each_choice};
use crate::math::lanes::{exp, tanh};

/// How far a student is from what its teacher would do, a mean over transitions.
///
/// Of continuous actions it is the mean squared error between the actions that both take without noise, over all their
/// numbers, as RSL-RL and with it Isaac Lab have it: the teacher's deviations say how it explored, not how sure it is,
/// so that a divergence of distributions would weigh states by what was noise. The student's deviations have no part in it
/// and stay as they are. Of choices, which have no mean, it is the divergence of the teacher's distribution from the
/// student's, a sum over independent choices [nats].
pub(super) struct BehaviorLoss<'a> {
    head: &'a Head,
    /// What the teacher would do: actions as environments get them, or logits; shape (rows, label_dim).
    labels: Vec<&'a [f32]>,
    /// Transitions of each of the `labels`.
    n_of_each: usize,
    /// Those of the minibatch.
    n: usize,
}

/// Numbers of what a teacher says of one state.
pub(super) fn label_dim(space: &ActionSpace) -> usize {
    space.size()
}

impl<'a> BehaviorLoss<'a> {
    /// Of a minibatch of `n` of the transitions of some rollouts, each of `n_of_each`.
    pub(super) fn new(head: &'a Head, labels: Vec<&'a [f32]>, n_of_each: usize, n: usize) -> Self {
        Self { head, labels, n_of_each, n }
    }

    /// The loss summed over the transitions `rows`, with the network's `outputs` for them, shape (rows, dim + 1).
    /// `gradient`, of the same shape, gets that of the mean loss.
    pub(super) fn chunk(&self, rows: &[u32], outputs: &[f32], gradient: &mut [f32]) -> f64 {
        let width = self.head.dim() + 1;
        let outputs = outputs.chunks_exact(width).zip(gradient.chunks_exact_mut(width));
        let of_row = |((outputs, gradient), row): ((&[f32], &mut [f32]), &u32)| {
            // Neither deviations nor the value learn.
            gradient.fill(0.0);
            let range = self.label_of(*row as usize);
            let label = &self.labels[*row as usize / self.n_of_each][range];
            match self.head.space {
                ActionSpace::Continuous(_) => self.means(label, outputs, gradient),
                _ => self.choices(label, outputs, gradient),
            }
        };
        outputs.zip(rows).map(of_row).sum()
    }

    fn label_of(&self, row: usize) -> Range<usize> {
        let (place, dim) = (row % self.n_of_each, label_dim(&self.head.space));
        place * dim..(place + 1) * dim
    }

    fn means(&self, label: &[f32], outputs: &[f32], gradient: &mut [f32]) -> f64 {
        let weight = 1.0 / (self.n * label.len()) as f32;
        let mut sum = 0.0;
        for ((label, mean), gradient) in label.iter().zip(outputs).zip(gradient) {
            let (action, slope) = match self.head.squash {
                true => {
                    let action = tanh(*mean);
                    (action, 1.0 - action * action)
                }
                false => (*mean, 1.0),
            };
            let error = action - label;
            sum += f64::from(error * error);
            *gradient = 2.0 * error * slope * weight;
        }
        sum / label.len() as f64
    }

    /// d KL(teacher, student) / d logit_j = p_j - q_j, with q the teacher's.
    fn choices(&self, label: &[f32], outputs: &[f32], gradient: &mut [f32]) -> f64 {
        let (options, weight) = (self.head.space.options(), 1.0 / self.n as f32);
        let outputs = &outputs[..label.len()];
        let mut rest = &mut *gradient;
        for (teacher, student) in each_choice(options, label).zip(each_choice(options, outputs)) {
            for choice in 0..teacher.n_choices() {
                let (q, p) = (exp(teacher.log_prob(choice)), exp(student.log_prob(choice)));
                rest[choice] = (p - q) * weight;
            }
            rest = &mut rest[teacher.n_choices()..];
        }
        self.head.space.divergences(std::iter::once((label, outputs)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::LogStd;
    use crate::math::rng::{Random, RandomStream};

    fn draw(n: usize, entity: u32) -> Vec<f32> {
        let mut random = Random::new(6, RandomStream::Control, entity, 0);
        (0..n).map(|_| (0.8 * random.normal()) as f32).collect()
    }

    fn softmax(logits: &[f64]) -> Vec<f64> {
        let sum: f64 = logits.iter().map(|logit| logit.exp()).sum();
        logits.iter().map(|logit| logit.exp() / sum).collect()
    }

    /// The mean loss by its definition, in f64; `outputs` and `labels` lie row by row.
    fn plain(head: &Head, outputs: &[f64], labels: &[f64]) -> f64 {
        let (width, dim) = (head.dim() + 1, head.mu_dim());
        let rows = outputs.chunks(width).zip(labels.chunks(dim));
        let n = (outputs.len() / width) as f64;
        let of_row = |(outputs, label): (&[f64], &[f64])| -> f64 {
            if let ActionSpace::Continuous(k) = head.space {
                let action = |mean: f64| if head.squash { mean.tanh() } else { mean };
                let errors = outputs.iter().zip(label).map(|(mean, label)| action(*mean) - label);
                return errors.map(|error| error * error).sum::<f64>() / k as f64;
            }
            let (mut first, mut sum) = (0, 0.0);
            for options in head.space.options() {
                let range = first..first + options;
                first += options;
                let (q, p) = (softmax(&label[range.clone()]), softmax(&outputs[range]));
                sum += q.iter().zip(&p).map(|(q, p)| q * (q / p).ln()).sum::<f64>();
            }
            sum
        };
        rows.map(of_row).sum::<f64>() / n
    }

    /// Rows of two rollouts, in an order of their own.
    #[test]
    fn the_loss_is_its_definition_and_its_gradient_that_of_finite_differences() {
        let spaces = [ActionSpace::Discrete(3), ActionSpace::MultiDiscrete(vec![2, 4])];
        let mut heads: Vec<Head> =
            spaces.map(|space| Head { space, log_std: LogStd::Parameter, squash: false }).to_vec();
        for log_std in [LogStd::Parameter, LogStd::Fixed, LogStd::Network] {
            for squash in [false, true] {
                heads.push(Head { space: ActionSpace::Continuous(2), log_std, squash });
            }
        }
        for head in heads {
            let (rows, n_of_each, dim) = ([5_u32, 0, 3, 2], 3, head.mu_dim());
            let labels = [draw(n_of_each * dim, 1), draw(n_of_each * dim, 2)];
            let all = labels.concat();
            let of_rows = rows.iter().flat_map(|row| &all[*row as usize * dim..][..dim]);
            let of_rows: Vec<f64> = of_rows.map(|x| f64::from(*x)).collect();
            let outputs = draw(rows.len() * (head.dim() + 1), 3);
            let labels = labels.iter().map(|labels| &labels[..]).collect();
            let loss = BehaviorLoss::new(&head, labels, n_of_each, rows.len());
            let mut gradient = vec![f32::NAN; outputs.len()];
            let got = loss.chunk(&rows, &outputs, &mut gradient) / rows.len() as f64;
            let exact: Vec<f64> = outputs.iter().map(|x| f64::from(*x)).collect();
            let expected = plain(&head, &exact, &of_rows);
            // Single precision, of numbers near 1.
            assert!((got - expected).abs() < 1e-6, "{head:?}: {got} {expected}");
            for (i, got) in gradient.iter().enumerate() {
                let at = |by: f64| {
                    let mut moved = exact.clone();
                    moved[i] += by;
                    plain(&head, &moved, &of_rows)
                };
                let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
                assert!((f64::from(*got) - slope).abs() < 1e-6, "{head:?} {i}: {got} {slope}");
            }
            assert!(gradient.iter().any(|x| x.abs() > 1e-3));
        }
    }
}

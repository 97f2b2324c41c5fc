//! Gradients of a policy's parameters, and steps along them.

use std::ops::Range;

use super::adam::Adam;
use super::error::{LearnError, check_len};
use super::network::{Buffer, Sequences};
use super::policy::Policy;
use super::revision::Revision;
use super::state::StateDict;
use crate::space::ObservationsView;

/// The gradient of a loss by the parameters of a policy; that of frozen parameters is 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradient {
    /// By the network's weights, shape (n_weights,).
    weights: Vec<f32>,
    /// By the logarithms of the standard deviations, shape (n_log_std,); empty where nothing learns
    /// them.
    log_std: Vec<f32>,
}

impl Gradient {
    /// The gradient of `policy`: by its weights, shape (n_weights,), and by its logarithms of standard
    /// deviations, shape (n_log_std,) or empty.
    pub(super) fn new(policy: &Policy, mut weights: Vec<f32>, mut log_std: Vec<f32>) -> Self {
        policy.frozen.clear(&mut weights);
        if policy.frozen.log_std {
            log_std.clear();
        }
        Self { weights, log_std }
    }

    /// The Euclidean norm of the whole gradient.
    pub fn norm(&self) -> f64 {
        (sum_of_squares(&self.weights) + sum_of_squares(&self.log_std)).sqrt()
    }
}

impl Policy {
    /// The outputs of the network for one row: means or logits, then logarithms of standard deviations
    /// where the network gives them, then the value, normalised where values are.
    pub fn n_outputs(&self) -> usize {
        self.network.n_outputs
    }

    /// The logarithms of standard deviations that are parameters of their own, shape (n_log_std,); empty
    /// if actions are choices or the network gives them.
    pub fn log_std(&self) -> Result<Vec<f32>, LearnError> {
        Ok(self.log_std.to_vec1()?)
    }

    /// The gradient of a loss over all that was `seen`, which is normalised as for acting.
    ///
    /// `loss` is told a row and its outputs, shape (n_outputs,), and writes its gradient by them, of the
    /// same shape; the whole loss is the sum over rows. `by_log_std`, shape (n_log_std,), is its gradient
    /// by [`log_std`](Self::log_std). Returns the sum of what `loss` returned, which is added in the
    /// order of rows. Fails for policies with a recurrent layer, whose rows depend on each other.
    pub fn gradient(
        &self,
        seen: ObservationsView<'_>,
        by_log_std: Vec<f32>,
        loss: impl Fn(usize, &[f32], &mut [f32]) -> f64 + Sync,
    ) -> Result<(f64, Gradient), LearnError> {
        let n = self.inputs.count(seen)?;
        check_len("hidden state of a policy whose rows stand alone", 0, self.state_dim())?;
        check_len("gradient by log_std", self.log_std.elem_count(), by_log_std.len())?;
        let n_outputs = self.n_outputs();
        let loss_of = |rows: Range<usize>, outputs: &[f32], gradient: &mut [f32]| -> f64 {
            let outputs = outputs.chunks_exact(n_outputs);
            let rows = rows.zip(outputs).zip(gradient.chunks_exact_mut(n_outputs));
            rows.map(|((row, outputs), gradient)| loss(row, outputs, gradient)).sum()
        };
        let (mut outputs, mut sums) = (Vec::new(), Buffer::default());
        let (weights, buffers) = (self.weights.of_backend(), (&mut outputs, &mut sums));
        let rows = (n, Sequences::NONE);
        let (gradient, parts) =
            self.network.train(weights, rows, buffers, self.inputs.read(seen), loss_of)?;
        Ok((parts.iter().sum(), Gradient::new(self, gradient, by_log_std)))
    }
}

/// The settings of one gradient step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Descent {
    /// Adam's step size.
    pub learning_rate: f64,
    /// What Adam adds to the root of the second moment.
    pub epsilon: f64,
    /// Gradients are clipped to this norm; 0 is off.
    pub max_grad_norm: f64,
    /// The update in progress, counted from 0, for errors.
    pub update: u64,
}

/// Adam on all parameters of a policy.
#[derive(Debug)]
pub struct Optimizer {
    weights: Adam,
    log_std: Adam,
    /// Steps taken.
    n_steps: u64,
    revision: Revision,
}

impl Optimizer {
    /// A new optimizer for `policy`, with moments of 0.
    pub fn new(policy: &Policy) -> Self {
        Self {
            weights: Adam::new(policy.weights.len()),
            log_std: Adam::new(policy.log_std.elem_count()),
            n_steps: 0,
            revision: Revision::next(),
        }
    }

    /// Takes one step of Adam. Returns the gradient's length before it was shortened. Fails, and
    /// changes nothing, if the gradient is not finite.
    pub fn step(
        &mut self,
        policy: &mut Policy,
        gradient: &Gradient,
        descent: &Descent,
    ) -> Result<f64, LearnError> {
        let &Descent { learning_rate, epsilon, max_grad_norm: limit, update } = descent;
        let norm = gradient.norm();
        if !norm.is_finite() {
            return Err(LearnError::NonFinite { what: "the gradient", update });
        }
        let scale = if limit > 0.0 && norm > limit { limit / norm } else { 1.0 };
        self.n_steps += 1;
        self.revision = Revision::next();
        let (rates, step) = ((learning_rate, epsilon), self.n_steps);
        let before = policy.weights.to_vec()?;
        let mut after = before.clone();
        self.weights.step(&mut after, (&gradient.weights, scale as f32), rates, step);
        policy.frozen.restore(&before, &mut after);
        // Deviations that nothing learns have no gradient.
        let mut log_std = None;
        if !gradient.log_std.is_empty() {
            let after = log_std.insert(policy.log_std()?);
            self.log_std.step(after, (&gradient.log_std, scale as f32), rates, step);
        }
        policy.set_parameters(after, log_std)?;
        Ok(norm)
    }

    /// The state of the moments, which is another after each change.
    pub(super) fn revision(&self) -> Revision {
        self.revision
    }

    /// The moments of the weights, then of the logarithms of standard deviations, and the number of steps.
    pub(super) fn moments(&self) -> ([[&[f32]; 2]; 2], u64) {
        ([self.weights.moments(), self.log_std.moments()], self.n_steps)
    }

    /// Takes others of the same shape.
    pub(super) fn set_moments(&mut self, [weights, log_std]: [[&[f32]; 2]; 2], n_steps: u64) {
        self.weights.set_moments(weights);
        self.log_std.set_moments(log_std);
        self.n_steps = n_steps;
        self.revision = Revision::next();
    }

    /// Adam's moments and the number of steps, by name.
    pub fn state(&self) -> StateDict {
        let mut state = StateDict::new();
        self.weights.save("weights", &mut state);
        self.log_std.save("log_std", &mut state);
        state.insert_u64("n_steps", &[1], vec![self.n_steps]);
        state
    }

    /// Restores what [`state`](Self::state) returned for a policy of the same shape; other names are ignored. After an
    /// error nothing is changed.
    pub fn load_state(&mut self, state: &StateDict) -> Result<(), LearnError> {
        *self = Self {
            weights: self.weights.load("weights", state)?,
            log_std: self.log_std.load("log_std", state)?,
            n_steps: state.get_u64("n_steps", &[1])?[0],
            revision: Revision::next(),
        };
        Ok(())
    }
}

/// The sum of squares, in eight interleaved parts so that it vectorises.
fn sum_of_squares(data: &[f32]) -> f64 {
    let mut lanes = [0.0_f64; 8];
    for part in data.chunks(8) {
        for (lane, x) in lanes.iter_mut().zip(part) {
            *lane += f64::from(*x) * f64::from(*x);
        }
    }
    lanes.iter().sum()
}

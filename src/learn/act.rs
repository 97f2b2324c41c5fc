//! From the outputs of the network to actions.

use super::distribution::{
    ActionSpace, Categorical, Gaussian, Head, each_choice, squash_correction,
};
use super::hidden_states::HiddenStates;
use crate::math::lanes::tanh;
use crate::math::rng::Sequences;
use crate::space::ObservationsView;

/// The output of a policy for a batch of observations. Its buffers are reused from step to step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyOutput {
    /// Environments in the batch.
    pub n_envs: usize,
    /// Actions as sampled, unclipped, shape (n_envs, action_dim).
    pub action: Vec<f32>,
    /// Sample of the normal distribution before tanh, shape (n_envs, action_dim); empty
    /// unless [`super::PolicyConfig::squash`].
    pub unsquashed: Vec<f32>,
    /// Natural logarithm of the density or probability of each action, shape (n_envs,).
    pub log_prob: Vec<f32>,
    /// Values in units of return (denormalised), shape (n_envs,).
    pub value: Vec<f32>,
    /// Parameters of the distributions, shape (n_envs, n_params): means then standard deviations,
    /// or logits.
    pub params: Vec<f32>,
    /// Hidden states before the step, shape (n_envs, state_dim); empty without a recurrent layer.
    pub states: Vec<f32>,
}

impl PolicyOutput {
    /// The sample of the distribution before tanh, shape (n_envs, action_dim), of which log-probabilities are taken.
    pub fn raw_action(&self) -> &[f32] {
        if self.unsquashed.is_empty() { &self.action } else { &self.unsquashed }
    }
}

/// One chunk of a batch, and its part of each output buffer.
pub(super) struct Chunk<'a> {
    first_env: usize,
    pub(super) seen: ObservationsView<'a>,
    /// Hidden states before the step, shape (rows, state_dim).
    pub(super) states: &'a [f32],
    /// Hidden states after it, shape (rows, state_dim).
    pub(super) after: &'a mut [f32],
    /// Shape (rows, action_dim).
    action: &'a mut [f32],
    /// Shape (rows, action_dim), or empty.
    unsquashed: &'a mut [f32],
    /// Shape (rows,).
    log_prob: &'a mut [f32],
    /// Shape (rows,).
    pub(super) value: &'a mut [f32],
    /// Shape (rows, n_params).
    params: &'a mut [f32],
}

impl<'a> Chunk<'a> {
    /// Resizes the buffers of `out` for the observations `seen`, and cuts both into chunks of `chunk_rows`. The hidden
    /// states of `hidden_states` move to `out`; those after the step replace them.
    pub(super) fn cut(
        out: &'a mut PolicyOutput,
        seen: ObservationsView<'a>,
        (hidden_states, state_dim): (&'a mut HiddenStates, usize),
        (head, chunk_rows): (&Head, usize),
    ) -> Vec<Self> {
        let n_envs = seen.len();
        std::mem::swap(&mut out.states, &mut hidden_states.states);
        out.states.resize(n_envs * state_dim, 0.0);
        hidden_states.states.resize(n_envs * state_dim, 0.0);
        let (action_dim, n_params) = (head.space.action_dim(), head.space.n_params());
        out.n_envs = n_envs;
        out.action.resize(n_envs * action_dim, 0.0);
        out.unsquashed.resize(if head.squash { n_envs * action_dim } else { 0 }, 0.0);
        out.log_prob.resize(n_envs, 0.0);
        out.value.resize(n_envs, 0.0);
        out.params.resize(n_envs * n_params, 0.0);
        let mut unsquashed = out.unsquashed.chunks_mut(chunk_rows * action_dim);
        let mut states = out.states.chunks(chunk_rows * state_dim.max(1));
        let mut after = hidden_states.states.chunks_mut(chunk_rows * state_dim.max(1));
        let chunks = seen
            .chunks(chunk_rows)
            .zip(out.action.chunks_mut(chunk_rows * action_dim))
            .zip(out.log_prob.chunks_mut(chunk_rows))
            .zip(out.value.chunks_mut(chunk_rows))
            .zip(out.params.chunks_mut(chunk_rows * n_params))
            .enumerate();
        chunks
            .map(|(i, ((((seen, action), log_prob), value), params))| Self {
                first_env: i * chunk_rows,
                seen,
                states: states.next().unwrap_or_default(),
                after: after.next().unwrap_or_default(),
                action,
                unsquashed: unsquashed.next().unwrap_or_default(),
                log_prob,
                value,
                params,
            })
            .collect()
    }

    /// Environments in the chunk.
    pub(super) fn len(&self) -> usize {
        self.value.len()
    }

    /// Stores the distributions given by `outputs` of the network, shape (rows, n_outputs), samples an action
    /// from each with the random numbers of `draws`, where an entity is an environment, or takes the mode where that is
    /// None, and stores its log-probability.
    pub(super) fn choose(
        &mut self,
        head: &Head,
        mut gaussian: Gaussian,
        outputs: &[f32],
        draws: Option<Sequences>,
    ) {
        let action_dim = head.space.action_dim();
        let mut normals = Vec::new();
        if let (ActionSpace::Continuous(n), Some(draws)) = (&head.space, draws) {
            normals.resize(self.action.len(), 0.0);
            draws.normals(self.first_env as u32, *n, &mut normals);
        }
        let outputs = outputs.chunks_exact(head.dim() + 1);
        let params = self.params.chunks_exact_mut(head.space.n_params());
        let actions = self.action.chunks_exact_mut(action_dim);
        let rows = outputs.zip(params).zip(actions).zip(self.log_prob.iter_mut());
        for (i, (((outputs, params), action), log_prob)) in rows.enumerate() {
            head.fill_params(&outputs[..head.dim()], &mut gaussian, params);
            *log_prob = match &head.space {
                &ActionSpace::Continuous(n) => {
                    let mean = &params[..n];
                    match normals.get(i * n..(i + 1) * n) {
                        Some(normals) => gaussian.place(mean, normals, action),
                        None => action.copy_from_slice(mean),
                    }
                    let log_prob = gaussian.log_prob(mean, action);
                    match self.unsquashed.get_mut(i * n..(i + 1) * n) {
                        Some(unsquashed) => {
                            unsquashed.copy_from_slice(action);
                            action.iter_mut().for_each(|x| *x = tanh(*x));
                            log_prob - squash_correction(unsquashed)
                        }
                        None => log_prob,
                    }
                }
                space @ (ActionSpace::Discrete(_) | ActionSpace::MultiDiscrete(_)) => {
                    let mut random = draws.map(|draws| draws.of((self.first_env + i) as u32));
                    let choices = each_choice(space.options(), params).zip(action.iter_mut());
                    let choose = |(categorical, action): (Categorical<'_>, &mut f32)| {
                        let choice = match &mut random {
                            Some(random) => categorical.sample(random),
                            None => categorical.mode(),
                        };
                        *action = choice as f32;
                        categorical.log_prob(choice)
                    };
                    choices.map(choose).sum()
                }
            };
        }
    }
}

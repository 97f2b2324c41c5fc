//! What environments show, on its way into the network.

use std::borrow::Cow;

use super::error::{LearnError, check_len};
use super::normalizer::Scale;

/// What the policy and the value see of some environments, before normalisation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Observed<'a> {
    /// What both see, shape (n, obs_dim).
    pub observations: &'a [f32],
    /// What the value sees besides, shape (n, critic_dim); empty where it sees no more.
    pub critic: &'a [f32],
}

impl<'a> From<&'a [f32]> for Observed<'a> {
    /// Where the value sees no more than the policy.
    fn from(observations: &'a [f32]) -> Self {
        Self { observations, critic: &[] }
    }
}

/// What a rollout holds of what was seen: that itself, or what the network saw of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept<'a> {
    observations: Cow<'a, [f32]>,
    critic: Cow<'a, [f32]>,
}

impl Kept<'_> {
    /// Both parts.
    pub fn observed(&self) -> Observed<'_> {
        Observed { observations: &self.observations, critic: &self.critic }
    }
}

impl<'a> From<Observed<'a>> for Kept<'a> {
    fn from(seen: Observed<'a>) -> Self {
        Self { observations: seen.observations.into(), critic: seen.critic.into() }
    }
}

/// The numbers of one environment: what both see, and what only the value sees.
pub(super) type Dims = (usize, usize);

impl<'a> Observed<'a> {
    /// The number of environments. Fails unless both parts are of it.
    pub(super) fn count(&self, (obs_dim, critic_dim): Dims) -> Result<usize, LearnError> {
        let n = self.observations.len() / obs_dim;
        check_len("observations", n * obs_dim, self.observations.len())?;
        check_len("observations of the critic", n * critic_dim, self.critic.len())?;
        Ok(n)
    }

    /// Pieces of `n` environments; the last may be smaller.
    pub(super) fn chunks(
        self,
        n: usize,
        (obs_dim, critic_dim): Dims,
    ) -> impl Iterator<Item = Self> {
        let mut critic = self.critic.chunks(n * critic_dim.max(1));
        self.observations.chunks(n * obs_dim).map(move |observations| {
            let critic = critic.next().unwrap_or_default();
            Self { observations, critic }
        })
    }
}

/// The normalisation of both parts; none where it is off.
#[derive(Clone, Debug)]
pub(super) struct ObservedScale {
    pub(super) observations: Option<Scale>,
    pub(super) critic: Option<Scale>,
}

impl ObservedScale {
    /// Of numbers that are normalised already, or not to be.
    pub(super) const NONE: Self = Self { observations: None, critic: None };

    /// What is `seen`, normalised.
    pub(super) fn keep<'a>(&self, seen: Observed<'a>) -> Kept<'a> {
        let normalized = |scale: &Option<Scale>, rows: &'a [f32]| {
            let Some(scale) = scale else { return rows.into() };
            let mut rows = rows.to_vec();
            scale.normalize(&mut rows);
            rows.into()
        };
        Kept {
            observations: normalized(&self.observations, seen.observations),
            critic: normalized(&self.critic, seen.critic),
        }
    }

    /// Writes the `rows` of `all` into `x`, shape (rows, obs_dim + critic_dim), normalised: each row's
    /// observations, then what only the value sees.
    pub(super) fn gather(
        &self,
        all: Observed<'_>,
        (obs_dim, critic_dim): Dims,
        rows: impl Iterator<Item = usize>,
        x: &mut [f32],
    ) {
        for (row, x) in rows.zip(x.chunks_exact_mut(obs_dim + critic_dim)) {
            let (x, extra) = x.split_at_mut(obs_dim);
            x.copy_from_slice(&all.observations[row * obs_dim..(row + 1) * obs_dim]);
            extra.copy_from_slice(&all.critic[row * critic_dim..(row + 1) * critic_dim]);
            if let Some(scale) = &self.observations {
                scale.normalize(x);
            }
            if let Some(scale) = &self.critic {
                scale.normalize(extra);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parts_are_cut_and_joined_together() {
        let (observations, critic) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [10.0, 20.0, 30.0]);
        let all = Observed { observations: &observations, critic: &critic };
        assert_eq!(all.count((2, 1)).unwrap(), 3);
        let chunks: Vec<Observed> = all.chunks(2, (2, 1)).collect();
        assert_eq!(chunks[1], Observed { observations: &[5.0, 6.0], critic: &[30.0] });
        let scale = ObservedScale::NONE;
        let mut x = [0.0; 6];
        scale.gather(all, (2, 1), [2, 0].into_iter(), &mut x);
        assert_eq!(x, [5.0, 6.0, 30.0, 1.0, 2.0, 10.0]);
        let message = all.count((2, 2)).unwrap_err().to_string();
        assert_eq!(message, "observations of the critic: expected 6 elements, got 3");
    }
}

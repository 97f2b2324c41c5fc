//! What environments have beside what they keep, read from a device.

use super::clocks::{self, Began};
use super::enqueue::{Clocks, Enqueue};
use super::link::Link;
use super::shown::put_rows;
use crate::device::DeviceError;
use crate::scene::snapshot::Snapshot;
use crate::scene::step::StepOutput;
use std::ops::Range;

/// What environments have beside what they keep, as it is on the device after a step there.
pub(super) struct Fetched {
    pub clocks: Vec<Began>,
    pub delays: Vec<f32>,
    /// All but the episodes that ended, means of reward terms, and what is not finite: of these there are sums.
    pub output: StepOutput,
    /// Which terminations held, shape (n_envs, n_terminations).
    pub conditions: Vec<bool>,
}

impl Fetched {
    /// What an environment looks like of which this was seen `before`.
    pub fn seen(&self, env: usize, before: Snapshot) -> Snapshot {
        let (output, (clock, _)) = (&self.output, &self.clocks[env]);
        let [n_parts, n_conditions] = [before.reward_parts.len(), before.conditions.len()];
        Snapshot {
            observations: output.observations.row(env),
            reward: output.rewards[env],
            reward_parts: output.reward_parts[env * n_parts..][..n_parts].to_vec(),
            terminated: output.terminated[env],
            truncated: output.truncated[env],
            conditions: self.conditions[env * n_conditions..][..n_conditions].to_vec(),
            episode: clock.episode,
            progress: clock.progress,
            total_reward: clock.total_reward,
            ..before
        }
    }
}

impl Enqueue {
    /// What environments have on the device; none where the host knows it. `shown` is what they showed before.
    pub fn fetched<'a>(
        &self,
        link: &'a mut Link,
        shown: &StepOutput,
    ) -> Result<Option<&'a Fetched>, DeviceError> {
        if self.clocks != Clocks::There {
            return Ok(None);
        }
        let fetched = match link.fetched.take() {
            Some(fetched) => fetched,
            None => self.fetch(link, shown)?,
        };
        Ok(Some(link.fetched.insert(fetched)))
    }

    fn fetch(&self, link: &mut Link, shown: &StepOutput) -> Result<Fetched, DeviceError> {
        let (n, step, fields) = (link.n, self.step, link.fields.clone());
        let seen = [step.observations, step.next_observations];
        let seen = seen.map(|from| link.numbers_of(from, n * self.dim));
        let [observations, next_observations] = seen;
        let mut output = shown.clone();
        put_rows(&mut output.observations, &observations?);
        put_rows(&mut output.next_observations, &next_observations?);
        output.rewards = link.numbers_of(step.rewards, n)?;
        let flags = |numbers: Vec<f32>| numbers.into_iter().map(|it| it == 1.0).collect();
        output.terminated = flags(link.numbers_of(step.terminated, n)?);
        output.truncated = flags(link.numbers_of(step.truncated, n)?);
        let chosen = link.numbers_of(link.begin.chosen, n)?;
        output.episode_starts = chosen.iter().map(|it| it.to_bits() < n as u32).collect();
        output.reward_parts = by_env(link, fields.rows("reward_parts"))?;
        output.reward_terms.clear();
        output.episodes.clear();
        output.non_finite.clear();
        output.n_non_finite = 0;
        let conditions = by_env(link, fields.rows("terminations"))?;
        let clocks = link.numbers_of(self.at_clocks, clocks::PLACES * n)?;
        let mut delays = vec![];
        link.read(fields.rows("delay"), &mut delays)?;
        Ok(Fetched {
            clocks: clocks::from_rows(&clocks, n),
            delays,
            output,
            conditions: conditions.into_iter().map(|it| it != 0.0).collect(),
        })
    }
}

/// Rows of all environments as a row of each, shape (n, rows).
fn by_env(link: &mut Link, rows: Range<usize>) -> Result<Vec<f32>, DeviceError> {
    let (n, n_rows) = (link.n, rows.len());
    let mut numbers = vec![];
    link.read(rows, &mut numbers)?;
    let row = |env: usize| (0..n_rows).map(move |k| k * n + env);
    Ok((0..n).flat_map(row).map(|place| numbers[place]).collect())
}

//! Which numbers of an environment are not finite.

use super::shard::LaneShard;
use super::task::Task;
use crate::math::lanes::{LaneMask, Lanes};
use crate::model::Model;
use crate::space::Element;

/// A number of an environment that is not finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NonFinite {
    /// Index of the environment.
    pub env: usize,
    /// What the number is.
    pub part: NonFiniteSource,
    /// Whether it is so where an episode begins.
    pub at_reset: bool,
    /// The number: NaN or an infinity.
    pub value: f64,
}

/// The quantity that a number of an environment belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NonFiniteSource {
    /// An action that came in.
    Action,
    /// Position or velocity of a joint, by the joint's index.
    State(usize),
    /// By the places of the stream and of the number in it.
    Observation(usize, usize),
    /// A term of the reward, by its place.
    Reward(usize),
    /// The sum of terms that are finite themselves.
    RewardSum,
    /// A condition that compares what is no number, by its place. That ends nothing, and is noted only while
    /// somebody [looks](super::Environments::look).
    Termination(usize),
}

impl NonFiniteSource {
    /// Whether it makes the reward one that is not finite.
    pub fn is_reward(self) -> bool {
        matches!(self, Self::Reward(_) | Self::RewardSum)
    }

    /// What the task and its model call it, such as `reward "speed"`.
    pub fn describe(self, task: &Task, model: &Model) -> String {
        let named = |kind: &str, name: Option<&String>, place: usize| match name {
            Some(name) if !name.is_empty() => format!("{kind} \"{name}\""),
            _ => format!("{kind} {place}"),
        };
        match self {
            Self::Action => "an action".to_owned(),
            Self::State(joint) => {
                named("the state of joint", model.joints.get(joint).map(|it| &it.name), joint)
            }
            Self::Observation(stream, place) => {
                let stream = task.observations.streams().get(stream);
                let name = stream.map(|stream| stream.component(place));
                named("observation", name.as_ref(), place)
            }
            Self::Reward(term) => named("reward", task.reward_names.get(term), term),
            Self::RewardSum => "the sum of the rewards".to_owned(),
            Self::Termination(place) => {
                named("termination", task.termination_names.get(place), place)
            }
        }
    }
}

/// The lanes in which a number is finite.
#[inline(always)]
pub(super) fn is_finite<L: Lanes>(x: L) -> L::Mask {
    // A multiple of zero is zero for finite numbers and NaN for all others.
    (x * L::zero()).equal(L::zero())
}

impl<L: Lanes> LaneShard<L> {
    /// Notes what is not finite in the lanes of a block that are not, by what the program has just left in its
    /// registers. What follows from it is not noted: nothing but the action or the state where those are not.
    pub(super) fn note_non_finite(&mut self, index: usize, acted: L::Mask, finite: L::Mask) {
        for lane in 0..self.blocks[index].clocks.len() {
            if finite.lane(lane) {
                continue;
            }
            let env = index * L::WIDTH + lane;
            let mut found: Vec<(NonFiniteSource, f64)> = match acted.lane(lane) {
                true => self.unfit_state(index, lane),
                false => vec![(NonFiniteSource::Action, f64::NAN)],
            };
            if found.is_empty() {
                found = self.unfit_outputs(env, lane);
            }
            let noted = found.into_iter();
            let noted = noted.map(|(part, value)| NonFinite { env, part, at_reset: false, value });
            self.output.non_finite.extend(noted);
        }
    }

    /// The first joint whose state is not finite.
    fn unfit_state(&self, index: usize, lane: usize) -> Vec<(NonFiniteSource, f64)> {
        let state = &self.blocks[index].state;
        let unfit = |numbers: &[L]| numbers.iter().map(|x| x.lane(lane)).find(|x| !x.is_finite());
        let joints = self.scene.model.joints.iter().enumerate();
        let mut found = joints.filter_map(|(place, joint)| {
            let (at, dof) = (joint.qposadr, joint.dofadr);
            let qpos = &state.qpos[at..at + joint.jnt_type.nq()];
            let qvel = &state.qvel[dof..dof + joint.jnt_type.nv()];
            Some((NonFiniteSource::State(place), unfit(qpos).or_else(|| unfit(qvel))?))
        });
        found.next().into_iter().collect()
    }

    /// Observations and terms of the reward that are not finite.
    fn unfit_outputs(&self, env: usize, lane: usize) -> Vec<(NonFiniteSource, f64)> {
        let task = &self.scene.task;
        let value =
            |output: usize| task.after_step.output(&self.bench.registers, output).lane(lane);
        let mut found = Vec::new();
        for written in &task.written {
            let numbered = written.outputs.clone().enumerate();
            let of = |(k, output)| (NonFiniteSource::Observation(written.stream, k), value(output));
            found.extend(numbered.map(of));
        }
        for &place in &task.own_streams {
            let size = task.observations.streams()[place].size();
            let Some(numbers) = f32::of(&self.output.observations.buffers()[place]) else {
                continue;
            };
            let row = numbers[env * size..][..size].iter().enumerate();
            found.extend(row.map(|(k, &x)| (NonFiniteSource::Observation(place, k), f64::from(x))));
        }
        let first = task.n_written();
        let terms = 0..task.reward_names.len();
        found.extend(terms.map(|term| (NonFiniteSource::Reward(term), value(first + term))));
        found.retain(|(_, value)| !value.is_finite());
        found
    }

    /// Notes terminations of a block that compare what is no number, as the program has left its registers.
    pub(super) fn note_blind_terminations(&mut self, index: usize) {
        let task = &self.scene.task;
        for (place, termination) in task.terminations.iter().enumerate() {
            let blind =
                task.after_step.compares_no_number(&self.bench.registers, termination.output);
            for lane in 0..self.blocks[index].clocks.len() {
                if blind.lane(lane) {
                    let (env, part) =
                        (index * L::WIDTH + lane, NonFiniteSource::Termination(place));
                    let noted = NonFinite { env, part, at_reset: false, value: f64::NAN };
                    self.output.non_finite.push(noted);
                }
            }
        }
    }
}

/// Environments whose numbers may be wrong without the scene being: 1 of 100, and of few 3, but never all.
pub fn few(n_envs: usize) -> usize {
    n_envs.div_ceil(100).max(3).min(n_envs.saturating_sub(1))
}

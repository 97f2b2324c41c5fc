//! What a batch of environments keeps from step to step: one table, from which sizes, saving and loading
//! follow.

use super::block::Block;
use super::error::SceneError;
use crate::math::lanes::Lanes;
use crate::space::{Buffer, ObservationStream, Observations};
use std::borrow::Cow;

/// Everything that an environment batch needs to go on exactly where it was; f32 as simulated.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvironmentsState {
    /// Environments of the batch.
    pub n_envs: usize,
    /// Each part once, in a fixed order.
    pub arrays: Vec<StateArray>,
    /// What the difficulty is held at, if it is.
    pub held_difficulty: Option<f64>,
}

/// One part of the state of all environments.
#[derive(Clone, Debug, PartialEq)]
pub struct StateArray {
    /// Its name, also in checkpoints.
    pub name: Cow<'static, str>,
    /// Numbers of each environment.
    pub dim: usize,
    /// Shape (n_envs, dim).
    pub numbers: Numbers,
}

/// Numbers of one type.
#[derive(Clone, Debug, PartialEq)]
pub enum Numbers {
    /// As simulated.
    F32(Vec<f32>),
    /// Sums.
    F64(Vec<f64>),
    /// Counters.
    U64(Vec<u64>),
    /// Bytes of what is observed.
    U8(Vec<u8>),
}

impl Numbers {
    fn len(&self) -> usize {
        match self {
            Self::F32(numbers) => numbers.len(),
            Self::F64(numbers) => numbers.len(),
            Self::U64(numbers) => numbers.len(),
            Self::U8(numbers) => numbers.len(),
        }
    }
}

impl EnvironmentsState {
    fn numbers(&self, name: &str) -> Option<&Numbers> {
        self.arrays.iter().find(|array| array.name == name).map(|array| &array.numbers)
    }

    /// The numbers of a part of type f32, shape (n_envs, dim); empty if there is none of that name.
    pub fn f32s(&self, name: &str) -> &[f32] {
        match self.numbers(name) {
            Some(Numbers::F32(numbers)) => numbers,
            _ => &[],
        }
    }

    /// The same of f64.
    pub fn f64s(&self, name: &str) -> &[f64] {
        match self.numbers(name) {
            Some(Numbers::F64(numbers)) => numbers,
            _ => &[],
        }
    }

    /// The same of counters.
    pub fn u64s(&self, name: &str) -> &[u64] {
        match self.numbers(name) {
            Some(Numbers::U64(numbers)) => numbers,
            _ => &[],
        }
    }

    /// Fails unless `other` has the same parts of the same sizes.
    pub(super) fn check_like(&self, other: &Self) -> Result<(), SceneError> {
        if self.arrays.len() != other.arrays.len() {
            let (expected, got) = (self.arrays.len(), other.arrays.len());
            return Err(SceneError::Size { what: "parts of a saved state".into(), expected, got });
        }
        for (array, other) in self.arrays.iter().zip(&other.arrays) {
            let (expected, got) = (array.numbers.len(), other.numbers.len());
            let same_type =
                std::mem::discriminant(&array.numbers) == std::mem::discriminant(&other.numbers);
            if expected != got || array.name != other.name || !same_type {
                return Err(SceneError::Size { what: array.name.clone(), expected, got });
            }
        }
        Ok(())
    }
}

/// What is observed, as parts of a state. Those that only the value sees have a part also where there are none:
/// so it stands in checkpoints.
pub(super) fn observed_parts(shown: &Observations) -> Vec<StateArray> {
    let streams = shown.space().streams();
    let mut parts: Vec<StateArray> = streams
        .iter()
        .zip(shown.buffers())
        .map(|(stream, buffer)| StateArray {
            name: stream.key().into(),
            dim: stream.size(),
            numbers: match buffer {
                Buffer::F32(numbers) => Numbers::F32(numbers.clone()),
                Buffer::U8(numbers) => Numbers::U8(numbers.clone()),
            },
        })
        .collect();
    let name = Cow::from(ObservationStream::CRITIC_OBSERVATIONS);
    if parts.iter().all(|part| part.name != name) {
        parts.push(StateArray { name, dim: 0, numbers: Numbers::F32(Vec::new()) });
    }
    parts
}

/// Takes what is observed out of a state that has all its parts; the first row is that of environment `first`.
pub(super) fn load_observed(shown: &mut Observations, state: &EnvironmentsState, first: usize) {
    let streams = shown.space().streams().iter();
    let parts: Vec<(String, usize)> = streams.map(|it| (it.key(), first * it.size())).collect();
    for ((key, start), buffer) in parts.iter().zip(shown.buffers_mut()) {
        match (buffer, state.numbers(key)) {
            (Buffer::F32(to), Some(Numbers::F32(from))) => copy_from(to, &from[*start..]),
            (Buffer::U8(to), Some(Numbers::U8(from))) => copy_from(to, &from[*start..]),
            _ => unreachable!("`check_like` refuses other types"),
        }
    }
}

/// Takes as many as there is room for.
fn copy_from<T: Copy>(to: &mut [T], from: &[T]) {
    to.copy_from_slice(&from[..to.len()]);
}

/// A part of what a block keeps.
pub(super) struct Part<L: 'static> {
    pub name: &'static str,
    access: Access<L>,
}

/// Where a part lies in a block.
enum Access<L: 'static> {
    /// Some slices of lanes, one after the other.
    Lanes(
        for<'a> fn(&'a Block<L>) -> Vec<&'a [L]>,
        for<'a> fn(&'a mut Block<L>) -> Vec<&'a mut [L]>,
    ),
    /// A number of each lane.
    F64(fn(&Block<L>, usize) -> f64, fn(&mut Block<L>, usize, f64)),
    U64(fn(&Block<L>, usize) -> u64, fn(&mut Block<L>, usize, u64)),
}

/// A part of which the block has one slice.
macro_rules! lanes {
    ($name:literal, $($field:ident).+) => {
        Part {
            name: $name,
            access: Access::Lanes(|b| vec![&b.$($field).+[..]], |b| vec![&mut b.$($field).+[..]]),
        }
    };
}

/// The table. What is not in it must follow from it: parameters that differ from the model's are drawn anew
/// from the episode's number and difficulty.
pub(super) fn parts<L: Lanes>() -> Vec<Part<L>> {
    let part = |name, access| Part { name, access };
    vec![
        // Shape (n_envs, nq).
        lanes!("qpos", state.qpos),
        // Shape (n_envs, nv).
        lanes!("qvel", state.qvel),
        // Shape (n_envs, na).
        lanes!("act", state.act),
        // Shape (n_envs, nv).
        lanes!("qacc_warmstart", state.qacc_warmstart),
        // The last action, clipped, shape (n_envs, action_dim).
        lanes!("previous_action", action),
        // What the task's expressions keep from step to step, shape (n_envs, n_memory).
        lanes!("memory", memory),
        // The controls of the last steps, latest first, shape (n_envs, action_delay + 1, nu); none without a
        // delay.
        part(
            "controls",
            Access::Lanes(
                |b| match b.controls.len() {
                    1 => Vec::new(),
                    _ => b.controls.iter().map(Vec::as_slice).collect(),
                },
                |b| match b.controls.len() {
                    1 => Vec::new(),
                    _ => b.controls.iter_mut().map(Vec::as_mut_slice).collect(),
                },
            ),
        ),
        // Delay of actions in the current episode [policy steps].
        part(
            "delay",
            Access::U64(|b, i| b.delay.lane(i) as u64, |b, i, x| b.delay.set_lane(i, x as f64)),
        ),
        // The task's difficulty when the current episode began.
        part("difficulty", Access::F64(|b, i| b.difficulty[i], |b, i, x| b.difficulty[i] = x)),
        // Policy steps in all episodes.
        part("n_steps", Access::U64(|b, i| b.clocks[i].n_steps, |b, i, x| b.clocks[i].n_steps = x)),
        // Steps in the current episode.
        part(
            "progress",
            Access::U64(
                |b, i| u64::from(b.clocks[i].progress),
                |b, i, x| b.clocks[i].progress = x as u32,
            ),
        ),
        // Number of the current episode.
        part("episode", Access::U64(|b, i| b.clocks[i].episode, |b, i, x| b.clocks[i].episode = x)),
        // Sum of rewards in the current episode.
        part(
            "total_reward",
            Access::F64(|b, i| b.clocks[i].total_reward, |b, i, x| b.clocks[i].total_reward = x),
        ),
    ]
}

impl<L: Lanes> Part<L> {
    /// Its numbers in a block, one after the other; none of what each lane keeps as a number of its own.
    pub(super) fn lanes<'a>(&self, block: &'a Block<L>) -> Vec<&'a [L]> {
        match &self.access {
            Access::Lanes(of, _) => of(block),
            _ => Vec::new(),
        }
    }

    /// The same, to be written.
    pub(super) fn lanes_mut<'a>(&self, block: &'a mut Block<L>) -> Vec<&'a mut [L]> {
        match &self.access {
            Access::Lanes(_, of) => of(block),
            _ => Vec::new(),
        }
    }

    /// The part without any environment, in the shape that it has in `block`.
    pub(super) fn empty(&self, block: &Block<L>) -> StateArray {
        let (dim, numbers) = match &self.access {
            Access::Lanes(of, _) => {
                (of(block).iter().map(|slice| slice.len()).sum(), Numbers::F32(Vec::new()))
            }
            Access::F64(..) => (1, Numbers::F64(Vec::new())),
            Access::U64(..) => (1, Numbers::U64(Vec::new())),
        };
        StateArray { name: self.name.into(), dim, numbers }
    }

    /// Appends one lane of a block to the part's `array`.
    pub(super) fn save(&self, block: &Block<L>, lane: usize, array: &mut StateArray) {
        match (&self.access, &mut array.numbers) {
            (Access::Lanes(of, _), Numbers::F32(to)) => {
                let all = of(block).into_iter().flatten();
                to.extend(all.map(|lanes| lanes.lane(lane) as f32));
            }
            (Access::F64(get, _), Numbers::F64(to)) => to.push(get(block, lane)),
            (Access::U64(get, _), Numbers::U64(to)) => to.push(get(block, lane)),
            _ => unreachable!("`empty` gives each part the type of its access"),
        }
    }

    /// Takes the numbers of environment `env` into one lane of a block.
    pub(super) fn load(&self, block: &mut Block<L>, lane: usize, env: usize, array: &StateArray) {
        match (&self.access, &array.numbers) {
            (Access::Lanes(_, of), Numbers::F32(from)) => {
                let from = &from[env * array.dim..(env + 1) * array.dim];
                let all = of(block).into_iter().flatten();
                all.zip(from).for_each(|(lanes, x)| lanes.set_lane(lane, f64::from(*x)));
            }
            (Access::F64(_, set), Numbers::F64(from)) => set(block, lane, from[env]),
            (Access::U64(_, set), Numbers::U64(from)) => set(block, lane, from[env]),
            _ => unreachable!("`check_like` refuses other types"),
        }
    }
}

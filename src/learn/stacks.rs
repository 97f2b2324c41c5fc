//! Stacks of frames in a rollout, which keeps each frame once.

use super::error::LearnError;
use super::state::StateDict;
use crate::space::{
    Buffer, ObservationSpace, ObservationStream, ObservationsView, Picture, StreamRows,
};

/// What a rollout knows of the stacks that it was shown. Of each step it keeps the newest frame only; the others
/// are those of the steps before, as far as the episode goes back.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stacks {
    n_envs: usize,
    /// Of each stream, if it is a stack.
    streams: Vec<Option<Stack>>,
    /// Steps since the episode began, shape (len, n_envs); none where it began before the first step. Empty
    /// without stacks.
    since: Vec<Option<u32>>,
}

#[derive(Clone, Debug, PartialEq)]
struct Stack {
    name: String,
    picture: Picture,
    /// The frames before that of the first step, shape (n_envs, frames - 1, height, width, channels); empty before
    /// it.
    before: Vec<u8>,
}

impl Stack {
    fn of(stream: &ObservationStream) -> Option<Self> {
        let picture = stream.as_picture().filter(|picture| picture.frames > 1)?;
        Some(Self { name: stream.name.clone(), picture, before: Vec::new() })
    }

    /// The frame of a stack, of all that are shown, oldest first.
    fn shown<'a>(&self, shown: &'a [u8], env: usize, frame: usize) -> &'a [u8] {
        let size = self.picture.frame_size();
        &shown[(env * self.picture.frames + frame) * size..][..size]
    }

    /// What checkpoints call the frames before.
    fn key(&self) -> String {
        format!("stack.{}", self.name)
    }

    fn shape_before(&self, n_envs: usize, len: usize) -> [usize; 5] {
        let Picture { frames, height, width, channels } = self.picture;
        [if len > 0 { n_envs } else { 0 }, frames - 1, height, width, channels]
    }
}

impl Stacks {
    /// Those of a rollout that holds no step.
    pub(super) fn new(space: &ObservationSpace, n_envs: usize) -> Self {
        let streams = space.streams().iter().map(Stack::of).collect();
        Self { n_envs, streams, since: Vec::new() }
    }

    /// A space as rollouts keep it: with single frames in the place of stacks.
    pub(super) fn kept_space(space: &ObservationSpace) -> Result<ObservationSpace, LearnError> {
        let streams = space.streams().iter().map(|stream| match stream.as_picture() {
            Some(picture) if picture.frames > 1 => {
                let single =
                    ObservationStream::picture(&stream.name, Picture { frames: 1, ..picture });
                ObservationStream { group: stream.group, ..single }
            }
            _ => stream.clone(),
        });
        Ok(ObservationSpace::new(streams.collect())?)
    }

    /// Memory of the frames before the first step.
    pub(super) fn bytes_before(space: &ObservationSpace, n_envs: usize) -> usize {
        let stacks = space.streams().iter().filter_map(Stack::of).map(|stack| stack.picture);
        n_envs * stacks.map(|picture| (picture.frames - 1) * picture.frame_size()).sum::<usize>()
    }

    /// Memory that a transition takes beside its frame.
    pub(super) fn bytes_of_step(space: &ObservationSpace) -> usize {
        let has_any = space.streams().iter().any(|stream| Stack::of(stream).is_some());
        if has_any { size_of::<Option<u32>>() } else { 0 }
    }

    /// Memory of what is held.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let before = self.streams.iter().flatten().map(|stack| stack.before.len());
        before.sum::<usize>() + size_of_val(&self.since[..])
    }

    fn has_any(&self) -> bool {
        self.streams.iter().any(Option::is_some)
    }

    /// Takes a step, of which `kept` are the steps before. `episode_starts` says where an episode begins, shape (n_envs,);
    /// it is empty at the first step. Fails, and takes nothing, on a stack that does not go on from the step before.
    pub(super) fn push(
        &mut self,
        shown: ObservationsView<'_>,
        kept: ObservationsView<'_>,
        episode_starts: &[bool],
    ) -> Result<(), LearnError> {
        if !self.has_any() {
            return Ok(());
        }
        let is_first = self.since.is_empty();
        for place in 0..self.streams.len() {
            let StreamRows::U8(shown) = shown.stream(place) else { continue };
            if !is_first {
                self.check(place, shown, kept, episode_starts)?;
            } else if let Some(stack) = &mut self.streams[place] {
                let size = stack.picture.frame_size();
                let older = |stack: &'_ [u8]| stack[..stack.len() - size].to_vec();
                stack.before =
                    shown.chunks_exact(stack.picture.frames * size).flat_map(older).collect();
            }
        }
        let last = self.since.len().saturating_sub(self.n_envs);
        for env in 0..self.n_envs {
            let since = match episode_starts.get(env) {
                None => None,
                Some(true) => Some(0),
                Some(false) => self.since[last + env].map(|since| since + 1),
            };
            self.since.push(since);
        }
        Ok(())
    }

    fn check(
        &self,
        place: usize,
        shown: &[u8],
        kept: ObservationsView<'_>,
        episode_starts: &[bool],
    ) -> Result<(), LearnError> {
        let Some(stack) = &self.streams[place] else { return Ok(()) };
        let (last, newest) = (self.since.len() - self.n_envs, stack.picture.frames - 1);
        for (env, episode_starts) in episode_starts.iter().enumerate() {
            let goes_on = (0..newest).all(|i| {
                let expected = match episode_starts {
                    true => stack.shown(shown, env, newest),
                    false => self.frame(kept, place, last + env, i + 1),
                };
                stack.shown(shown, env, i) == expected
            });
            if !goes_on {
                return Err(LearnError::Stack { stream: stack.name.clone(), env });
            }
        }
        Ok(())
    }

    /// Appends to a buffer what a rollout keeps of the stream at a place.
    pub(super) fn keep(&self, shown: ObservationsView<'_>, place: usize, to: &mut Buffer) {
        match (shown.stream(place), to) {
            (StreamRows::F32(numbers), Buffer::F32(to)) => to.extend_from_slice(numbers),
            (StreamRows::U8(bytes), Buffer::U8(to)) => match &self.streams[place] {
                None => to.extend_from_slice(bytes),
                Some(stack) => {
                    let newest = |env| stack.shown(bytes, env, stack.picture.frames - 1);
                    (0..self.n_envs).for_each(|env| to.extend_from_slice(newest(env)));
                }
            },
            _ => unreachable!("what is shown was compared with the space"),
        }
    }

    /// A frame of the picture that the stream at a place showed in a row, from what is `kept`: oldest first.
    pub(super) fn frame<'a>(
        &'a self,
        kept: ObservationsView<'a>,
        place: usize,
        row: usize,
        frame: usize,
    ) -> &'a [u8] {
        let StreamRows::U8(bytes) = kept.stream(place) else { return &[] };
        let Some(stack) = &self.streams[place] else {
            let size = kept.streams()[place].size();
            return &bytes[row * size..(row + 1) * size];
        };
        let (size, newest) = (stack.picture.frame_size(), stack.picture.frames - 1);
        let (step, env) = (row / self.n_envs, row % self.n_envs);
        let back = match self.since[row] {
            Some(since) => (newest - frame).min(since as usize),
            None => newest - frame,
        };
        if back <= step {
            let at = row - back * self.n_envs;
            return &bytes[at * size..(at + 1) * size];
        }
        let before = env * newest + newest - (back - step);
        &stack.before[before * size..(before + 1) * size]
    }

    /// Forgets every step.
    pub(super) fn clear(&mut self) {
        self.since.clear();
        self.streams.iter_mut().flatten().for_each(|stack| stack.before.clear());
    }

    /// Adds the frames before to the `state` of a rollout of `len` steps.
    pub(super) fn save(&self, len: usize, state: &mut StateDict) {
        for stack in self.streams.iter().flatten() {
            let shape = stack.shape_before(self.n_envs, len);
            state.insert_u8(stack.key(), &shape, stack.before.clone());
        }
    }

    /// Those of a saved rollout of `len` steps. `episode_starts` says where episodes begin after the first step, shape (len,
    /// n_envs).
    pub(super) fn loaded(
        &self,
        state: &StateDict,
        len: usize,
        episode_starts: &[bool],
    ) -> Result<Self, LearnError> {
        let mut loaded = self.clone();
        loaded.clear();
        for stack in loaded.streams.iter_mut().flatten() {
            let shape = stack.shape_before(self.n_envs, len);
            stack.before = state.get_u8(&stack.key(), &shape)?.to_vec();
        }
        if self.has_any() {
            // `episode_starts` tells of a first step also where there is none yet.
            for (row, episode_starts) in episode_starts.iter().take(len * self.n_envs).enumerate() {
                let before = row.checked_sub(self.n_envs).and_then(|row| loaded.since[row]);
                let since = if *episode_starts { Some(0) } else { before.map(|since| since + 1) };
                loaded.since.push(since);
            }
        }
        Ok(loaded)
    }
}

/// What a rollout kept of the observations, with which stacks are put together again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept<'a> {
    /// Single frames in the place of stacks.
    pub(super) observations: ObservationsView<'a>,
    pub(super) stacks: Option<&'a Stacks>,
}

impl<'a> Kept<'a> {
    /// Observations as they were seen.
    pub(super) fn whole(observations: ObservationsView<'a>) -> Self {
        Self { observations, stacks: None }
    }

    /// A frame of the picture at a place, of a row.
    pub(super) fn frame(&self, place: usize, row: usize, frame: usize) -> &'a [u8] {
        let Self { observations, stacks } = *self;
        if let Some(stacks) = stacks {
            return stacks.frame(observations, place, row, frame);
        }
        let stream = &observations.streams()[place];
        let (StreamRows::U8(bytes), Some(picture)) =
            (observations.stream(place), stream.as_picture())
        else {
            return &[];
        };
        let size = picture.frame_size();
        &bytes[(row * picture.frames + frame) * size..][..size]
    }
}

#[cfg(test)]
#[path = "stacks_tests.rs"]
mod tests;

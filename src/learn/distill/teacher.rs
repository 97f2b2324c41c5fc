//! The teacher: a policy that does not learn, and what it sees of what the student's environments show.

use crate::learn::act::PolicyOutput;
use crate::learn::error::LearnError;
use crate::learn::hidden_states::HiddenStates;
use crate::learn::policy::Policy;
use crate::learn::policy_config::PolicyConfig;
use crate::space::{
    ActionSpace, Buffer, ObservationGroup, ObservationSpace, ObservationStream, Observations,
    ObservationsView, StreamRows,
};

/// A policy that says what to do, by its mean action or its likeliest choices' logits. It does not learn.
///
/// It sees its own streams of what environments show to the student. A stream that they show under its name is taken as
/// it is, whoever else sees it. A vector may also be put together: from numbers that have the names of its own, in
/// whatever vectors they are shown. So the teacher of a task with few observations may see what the student's task
/// lists for the critic only (`critic_observations`). Of two numbers of a name it is the critic's that is taken, for what
/// the policy sees may be noisy.
#[derive(Debug)]
pub struct Teacher {
    policy: Policy,
    /// What environments show.
    shown: ObservationSpace,
    /// Where the numbers of each of its streams are.
    sources: Vec<Source>,
    /// What it last saw.
    seen: Observations,
}

/// Where a stream of the teacher is in what environments show.
#[derive(Clone, Debug, PartialEq)]
enum Source {
    /// The stream at a place.
    Stream(usize),
    /// Numbers, each by the place of its stream and its place there.
    Numbers(Vec<(usize, usize)>),
}

impl Teacher {
    /// A trained policy for students of environments that show `shown`. Fails on what it needs and they do not show, and
    /// unless it chooses from the student's `actions`.
    pub fn new(
        policy: Policy,
        shown: &ObservationSpace,
        actions: &ActionSpace,
    ) -> Result<Self, LearnError> {
        let sources = sources(policy.config(), shown, actions)?;
        let seen = Observations::with_capacity(policy.config().observations.clone(), 0);
        Ok(Self { policy, shown: shown.clone(), sources, seen })
    }

    /// Fails as [`new`](Self::new) does, of a policy of which no more is known than its configuration.
    pub fn check(
        config: &PolicyConfig,
        shown: &ObservationSpace,
        actions: &ActionSpace,
    ) -> Result<(), LearnError> {
        sources(config, shown, actions).map(drop)
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What it would do in what environments show, which is what it was told of at first, into `out`; `hidden_states` is what it remembers.
    pub(super) fn act(
        &mut self,
        shown: ObservationsView<'_>,
        hidden_states: &mut HiddenStates,
        out: &mut PolicyOutput,
    ) -> Result<(), LearnError> {
        self.shown.check_like(shown.streams())?;
        self.seen.clear();
        let sources = &self.sources;
        self.seen.extend_with(shown.len(), |place, _, to| sources[place].copy(shown, to));
        self.policy.act(self.seen.view(), hidden_states, 0, true, out)
    }
}

/// Where the streams of a policy are in what environments show.
fn sources(
    config: &PolicyConfig,
    shown: &ObservationSpace,
    actions: &ActionSpace,
) -> Result<Vec<Source>, LearnError> {
    if config.action_space != *actions {
        let message = format!(
            "chooses from {:?}, the student from {actions:?}; both need the same actions",
            config.action_space
        );
        return Err(LearnError::Teacher { message });
    }
    config.observations.streams().iter().map(|stream| Source::find(stream, shown)).collect()
}

impl Source {
    fn find(stream: &ObservationStream, shown: &ObservationSpace) -> Result<Self, LearnError> {
        let same = |other: &ObservationStream| {
            let has_names = !stream.components.is_empty() && !other.components.is_empty();
            other.name == stream.name
                && other.shape == stream.shape
                && other.element == stream.element
                && (!has_names || other.components == stream.components)
        };
        if let Some(place) = shown.streams().iter().position(same) {
            return Ok(Self::Stream(place));
        }
        let wrong = |what: String| {
            let known: Vec<String> =
                shown.streams().iter().map(ObservationStream::to_string).collect();
            let message = format!(
                "needs {what}, which the student's environments do not show; they show {}. Have the student's task \
                 list it, as a critic observation if the student is not to see it",
                known.join(", ")
            );
            LearnError::Teacher { message }
        };
        if !stream.is_vector() || stream.components.is_empty() {
            return Err(wrong(stream.to_string()));
        }
        let find = |name: &String| {
            let vectors = |group| {
                let streams = shown.streams().iter().enumerate();
                streams.filter(move |(_, other)| other.group == group && other.is_vector())
            };
            let groups = [ObservationGroup::Critic, ObservationGroup::Policy];
            let mut places = groups.into_iter().flat_map(vectors).filter_map(|(place, other)| {
                Some((place, other.components.iter().position(|other| other == name)?))
            });
            let found = if name.is_empty() { None } else { places.next() };
            found.ok_or_else(|| wrong(format!("the observation \"{name}\"")))
        };
        Ok(Self::Numbers(stream.components.iter().map(find).collect::<Result<_, LearnError>>()?))
    }

    /// Appends the numbers of all that is `shown`.
    fn copy(&self, shown: ObservationsView<'_>, to: &mut Buffer) {
        match (self, to) {
            (Self::Stream(place), Buffer::F32(to)) => {
                if let StreamRows::F32(numbers) = shown.stream(*place) {
                    to.extend_from_slice(numbers);
                }
            }
            (Self::Stream(place), Buffer::U8(to)) => {
                if let StreamRows::U8(bytes) = shown.stream(*place) {
                    to.extend_from_slice(bytes);
                }
            }
            (Self::Numbers(numbers), Buffer::F32(to)) => {
                for row in 0..shown.len() {
                    to.extend(numbers.iter().map(|&(place, column)| match shown.stream(place) {
                        StreamRows::F32(of) => of[row * shown.streams()[place].size() + column],
                        StreamRows::U8(_) => f32::NAN,
                    }));
                }
            }
            (Self::Numbers(_), Buffer::U8(_)) => {
                unreachable!("only vectors of f32 are put together")
            }
        }
    }
}

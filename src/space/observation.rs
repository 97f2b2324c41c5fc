//! Observation spaces: named streams of numbers.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::buffer::ElementType;
use super::error::SpaceError;

/// Observation group of a stream: which networks get it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ObservationGroup {
    /// Policy and critic.
    #[default]
    Policy,
    /// Privileged: the critic only, during training (asymmetric actor-critic; Pinto et al., 2018).
    #[serde(rename = "value")]
    Critic,
}

/// A named part of what an environment shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservationStream {
    /// Its name, by which checkpoints know it.
    pub name: String,
    /// Extents for one environment, slowest first: (n) of a vector, (height, width, channels) of a picture.
    pub shape: Vec<usize>,
    /// The type of its numbers.
    pub element: ElementType,
    /// Who sees it.
    #[serde(rename = "seen_by")]
    pub group: ObservationGroup,
    /// Names of the numbers of a vector, which may be empty; none of them where nobody has named them.
    pub components: Vec<String>,
}

impl ObservationStream {
    /// What a task file lists as `observations`.
    pub const OBSERVATIONS: &'static str = "observations";
    /// What a task file lists as `critic_observations`.
    pub const CRITIC_OBSERVATIONS: &'static str = "critic_observations";
    /// Which of the joined environments a row is of, where a policy sees no vector that says so at its end.
    pub const TASK_ID: &'static str = "task_id";

    /// A stream without names of its numbers, that the policy sees.
    pub fn new(name: &str, shape: &[usize], element: ElementType) -> Self {
        Self {
            name: name.to_owned(),
            shape: shape.to_vec(),
            element,
            group: ObservationGroup::Policy,
            components: Vec::new(),
        }
    }

    /// A vector of named f32.
    pub fn named(name: &str, components: Vec<String>, group: ObservationGroup) -> Self {
        let shape = vec![components.len()];
        Self { name: name.to_owned(), shape, element: ElementType::F32, group, components }
    }

    /// Numbers of one environment; of a shape that no memory holds, the largest number.
    pub fn size(&self) -> usize {
        self.shape.iter().fold(1, |size: usize, &extent| size.saturating_mul(extent))
    }

    /// Memory of one environment's numbers.
    pub fn bytes(&self) -> usize {
        let of_each = match self.element {
            ElementType::F32 => size_of::<f32>(),
            ElementType::U8 => size_of::<u8>(),
        };
        self.size().saturating_mul(of_each)
    }

    /// Whether it is one row of f32.
    pub fn is_vector(&self) -> bool {
        self.element == ElementType::F32 && self.shape.len() == 1
    }

    /// Whether it is one row of f32 that the policy sees.
    fn is_seen_vector(&self) -> bool {
        self.is_vector() && self.group == ObservationGroup::Policy
    }

    /// What one of its numbers is called: its name, or the stream's with its place.
    pub fn component(&self, place: usize) -> String {
        match self.components.get(place) {
            Some(name) if !name.is_empty() => name.clone(),
            _ => format!("{}[{place}]", self.name),
        }
    }

    /// The name under which checkpoints keep its numbers beside others. Streams that do not come from a task
    /// file have a name of their own kind, so that they may be called `values` or `actions`.
    pub fn key(&self) -> String {
        match self.name.as_str() {
            Self::OBSERVATIONS | Self::CRITIC_OBSERVATIONS => self.name.clone(),
            name => format!("stream.{name}"),
        }
    }

    /// Whether both are the same to a policy, whatever their numbers are called.
    fn is_like(&self, other: &Self) -> bool {
        self.name == other.name
            && self.shape == other.shape
            && self.element == other.element
            && self.group == other.group
    }

    fn check(&self) -> Result<(), SpaceError> {
        let stream = || self.name.clone();
        if self.size() == 0 || self.shape.is_empty() {
            return Err(SpaceError::Empty { stream: stream() });
        }
        if !self.components.is_empty() && self.shape != [self.components.len()] {
            let (shape, got) = (self.shape.clone(), self.components.len());
            return Err(SpaceError::Components { stream: stream(), shape, got });
        }
        let mut names = HashSet::new();
        let named = self.components.iter().filter(|name| !name.is_empty());
        match named.into_iter().find(|name| !names.insert(name.as_str())) {
            Some(name) => {
                Err(SpaceError::DoubledComponent { stream: stream(), component: name.clone() })
            }
            None => Ok(()),
        }
    }
}

impl fmt::Display for ObservationStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let extents: Vec<String> = self.shape.iter().map(usize::to_string).collect();
        write!(f, "{} ({} {})", self.name, extents.join(" x "), self.element.name())?;
        match self.group {
            ObservationGroup::Policy => Ok(()),
            ObservationGroup::Critic => write!(f, " for the critic only"),
        }
    }
}

/// All that an environment shows. Streams that the policy sees come first, which is the order of the columns
/// of a network's input. A copy costs a counter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<ObservationStream>", into = "Vec<ObservationStream>")]
pub struct ObservationSpace(Arc<[ObservationStream]>);

impl TryFrom<Vec<ObservationStream>> for ObservationSpace {
    type Error = SpaceError;

    fn try_from(streams: Vec<ObservationStream>) -> Result<Self, SpaceError> {
        Self::new(streams)
    }
}

impl From<ObservationSpace> for Vec<ObservationStream> {
    fn from(space: ObservationSpace) -> Self {
        space.0.to_vec()
    }
}

impl ObservationSpace {
    /// Of these streams, of which those that the policy sees move to the front. Fails if a stream has no
    /// number, or a name is there twice.
    pub fn new(mut streams: Vec<ObservationStream>) -> Result<Self, SpaceError> {
        streams.sort_by_key(|stream| stream.group);
        let mut names = HashSet::new();
        for stream in &streams {
            stream.check()?;
            if !names.insert(stream.name.as_str()) {
                return Err(SpaceError::DoubledStream { stream: stream.name.clone() });
            }
        }
        Ok(Self(streams.into()))
    }

    /// One vector of `n` unnamed numbers, called `observations`; nothing, if `n` is 0.
    pub fn vector(n: usize) -> Self {
        let stream =
            ObservationStream::new(ObservationStream::OBSERVATIONS, &[n], ElementType::F32);
        Self(if n == 0 { Arc::default() } else { Arc::new([stream]) })
    }

    /// The same with one stream more.
    pub fn with(&self, stream: ObservationStream) -> Result<Self, SpaceError> {
        Self::new(self.0.iter().cloned().chain([stream]).collect())
    }

    /// The streams.
    pub fn streams(&self) -> &[ObservationStream] {
        &self.0
    }

    /// The place of the stream of that name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|stream| stream.name == name)
    }

    /// The stream of that name.
    pub fn stream(&self, name: &str) -> Option<&ObservationStream> {
        self.0.iter().find(|stream| stream.name == name)
    }

    /// Numbers of one environment, those of all streams together.
    pub fn size(&self) -> usize {
        self.0.iter().map(ObservationStream::size).fold(0, usize::saturating_add)
    }

    /// Memory of one environment's numbers.
    pub fn bytes(&self) -> usize {
        self.0.iter().map(ObservationStream::bytes).fold(0, usize::saturating_add)
    }

    /// What the numbers of the vector that task files list as `observations` are called.
    pub fn names(&self) -> &[String] {
        self.stream(ObservationStream::OBSERVATIONS).map_or(&[], |stream| &stream.components)
    }

    /// The first vector: what task files list as `observations` or, where that is nothing, what they list for the value
    /// only.
    pub fn first_vector(&self) -> Option<&ObservationStream> {
        let is_id = |stream: &&ObservationStream| stream.name == ObservationStream::TASK_ID;
        self.0.iter().find(|stream| stream.is_vector() && !is_id(stream))
    }

    /// Of joined environments, the place of the vector whose last numbers say which one a row is of.
    pub fn task_id_place(&self) -> Option<usize> {
        self.0.iter().position(ObservationStream::is_seen_vector)
    }

    /// Numbers of one environment that a kind of reader sees beside what the others do.
    pub fn size_for(&self, group: ObservationGroup) -> usize {
        let streams = self.0.iter().filter(|stream| stream.group == group);
        streams.map(ObservationStream::size).fold(0, usize::saturating_add)
    }

    /// Fails unless both are the same to a policy, whatever their numbers are called.
    pub fn check_like(&self, other: &[ObservationStream]) -> Result<(), SpaceError> {
        let same = std::ptr::eq(&*self.0, other)
            || self.0.len() == other.len()
                && self.0.iter().zip(other).all(|(stream, other)| stream.is_like(other));
        match same {
            true => Ok(()),
            false => Err(SpaceError::Mismatch { expected: list(&self.0), got: list(other) }),
        }
    }

    /// What an agent sees that several environments are joined for. Vectors are as long as the longest of
    /// their name, and the first that the policy sees has one number more for each environment, which says which one
    /// it is; where it sees pictures alone these numbers are a vector of their own. Numbers keep the names that all
    /// agree on. Fails unless all have the same of every other stream.
    pub fn joined(all: &[Self]) -> Result<Self, SpaceError> {
        let mut each = all.iter().flat_map(|space| space.streams());
        let with_id = each.find(|stream| stream.is_seen_vector()).map(|stream| &stream.name);
        let mut streams: Vec<ObservationStream> = Vec::new();
        for stream in all.iter().flat_map(|space| space.streams()) {
            let known = streams.iter().any(|known| known.name == stream.name);
            if !known {
                let extra = if with_id == Some(&stream.name) { all.len() } else { 0 };
                streams.push(joined_stream(stream, all, extra)?);
            }
        }
        if with_id.is_none() && !streams.is_empty() {
            let names = vec![String::new(); all.len()];
            let group = ObservationGroup::Policy;
            streams.push(ObservationStream::named(ObservationStream::TASK_ID, names, group));
        }
        Self::new(streams)
    }
}

/// What becomes of a stream where environments are joined; a vector gets `extra` unnamed numbers.
fn joined_stream(
    stream: &ObservationStream,
    all: &[ObservationSpace],
    extra: usize,
) -> Result<ObservationStream, SpaceError> {
    let of_each: Vec<Option<&ObservationStream>> =
        all.iter().map(|space| space.stream(&stream.name)).collect();
    let is_alike = |other: &Option<&ObservationStream>| match other {
        Some(other) if stream.is_vector() => other.is_vector() && other.group == stream.group,
        Some(other) => other.is_like(stream),
        None => stream.is_vector(),
    };
    if let Some(other) = of_each.iter().find(|other| !is_alike(other)) {
        let (name, one) = (stream.name.clone(), stream.to_string());
        let other = other.map_or("none".to_owned(), ObservationStream::to_string);
        return Err(SpaceError::Joined { stream: name, one, other });
    }
    if !stream.is_vector() {
        return Ok(stream.clone());
    }
    let n = of_each.iter().flatten().map(|stream| stream.size()).max().unwrap_or(0) + extra;
    // Whoever goes by a name means the same of all.
    let name_of = |place: usize| {
        let mut names =
            of_each.iter().map(|stream| stream.and_then(|stream| stream.components.get(place)));
        let first = names.next().flatten();
        first.filter(|_| names.all(|name| name == first)).cloned().unwrap_or_default()
    };
    Ok(ObservationStream::named(&stream.name, (0..n).map(name_of).collect(), stream.group))
}

fn list(streams: &[ObservationStream]) -> String {
    match streams {
        [] => "nothing".to_owned(),
        streams => streams.iter().map(ObservationStream::to_string).collect::<Vec<_>>().join(", "),
    }
}

impl fmt::Display for ObservationSpace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&list(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn space(observations: &[&str]) -> ObservationSpace {
        let stream = ObservationStream::named(
            ObservationStream::OBSERVATIONS,
            names(observations),
            ObservationGroup::Policy,
        );
        ObservationSpace::new(vec![stream]).unwrap()
    }

    fn picture(size: usize) -> ObservationStream {
        ObservationStream::new("picture", &[size, size, 3], ElementType::U8)
    }

    #[test]
    fn what_the_policy_sees_comes_first() {
        let more = ObservationStream::named(
            ObservationStream::CRITIC_OBSERVATIONS,
            names(&["c", "d"]),
            ObservationGroup::Critic,
        );
        let space = space(&["a"]).with(more).unwrap().with(picture(4)).unwrap();
        let order: Vec<&str> = space.streams().iter().map(|stream| stream.name.as_str()).collect();
        assert_eq!(order, ["observations", "picture", "critic_observations"]);
        assert_eq!((space.size(), space.size_for(ObservationGroup::Policy)), (51, 49));
        let written = serde_json::to_string(&space).unwrap();
        assert_eq!(serde_json::from_str::<ObservationSpace>(&written).unwrap(), space);
        assert_eq!(space.streams()[1].key(), "stream.picture");
    }

    #[test]
    fn streams_that_cannot_be_are_refused_by_name() {
        let base = space(&["a", "b"]);
        let refused = |stream: ObservationStream| base.with(stream).unwrap_err();
        let stream = "picture".to_owned();
        assert_eq!(refused(picture(0)), SpaceError::Empty { stream });
        let scalar = ObservationStream::new("scalar", &[], ElementType::U8);
        assert_eq!(refused(scalar), SpaceError::Empty { stream: "scalar".to_owned() });
        let stream = ObservationStream::OBSERVATIONS.to_owned();
        let doubled = ObservationStream::new(&stream, &[3], ElementType::U8);
        assert_eq!(refused(doubled), SpaceError::DoubledStream { stream });
        let stream = "more".to_owned();
        let doubled =
            ObservationStream::named(&stream, names(&["x", "y", "x"]), ObservationGroup::Policy);
        let component = "x".to_owned();
        assert_eq!(refused(doubled), SpaceError::DoubledComponent { stream, component });
        let unnamed = ObservationStream::named("more", names(&["", ""]), ObservationGroup::Policy);
        assert!(base.with(unnamed.clone()).is_ok());
        let wrong = ObservationStream { shape: vec![3], ..unnamed };
        assert!(matches!(refused(wrong), SpaceError::Components { got: 2, .. }));
    }

    #[test]
    fn joined_environments_keep_the_names_that_all_agree_on() {
        let all = [space(&["height", "pitch", "knee"]), space(&["height", "speed"])];
        let joined = ObservationSpace::joined(&all).unwrap();
        assert_eq!(joined.streams()[0].components, ["height", "", "", "", ""]);
    }

    /// A picture does not say for sure what is to be done in it.
    #[test]
    fn joined_environments_of_pictures_alone_have_their_ids_as_a_vector() {
        let value = ObservationStream::named(
            ObservationStream::CRITIC_OBSERVATIONS,
            names(&["x", "y"]),
            ObservationGroup::Critic,
        );
        let pictures = ObservationSpace::new(vec![picture(2)]).unwrap();
        let both = pictures.with(value).unwrap();
        let listed = |all: &[ObservationSpace]| {
            let joined = ObservationSpace::joined(all).unwrap();
            let place = joined.task_id_place().unwrap();
            (joined.to_string(), joined.streams()[place].name.clone())
        };
        let picture_and = |rest: &str| format!("picture (2 x 2 x 3 u8), {rest}");
        let id = || ObservationStream::TASK_ID.to_owned();
        let alone = listed(&[pictures.clone(), pictures.clone()]);
        assert_eq!(alone, (picture_and("task_id (2 f32)"), id()));
        let privileged = listed(&[both.clone(), pictures.clone(), both.clone()]);
        let said = "task_id (3 f32), critic_observations (2 f32) for the critic only";
        assert_eq!(privileged, (picture_and(said), id()));
        // Where one of them shows numbers, the id is at their end, whichever comes first.
        for all in [[both.clone(), space(&["a"]).with(picture(2)).unwrap()], {
            [space(&["a"]).with(picture(2)).unwrap(), both.clone()]
        }] {
            let (said, place) = listed(&all);
            assert!(said.contains("observations (3 f32), ") && !said.contains("task_id"), "{said}");
            assert_eq!(place, "observations");
        }
        // Formulas go by what tasks list.
        let joined = ObservationSpace::joined(&[both.clone(), both]).unwrap();
        assert_eq!(joined.first_vector().unwrap().components, ["x", "y"]);
        let named = ObservationStream::new("task_id", &[1, 1, 1], ElementType::U8);
        let taken = ObservationSpace::new(vec![named]).unwrap();
        let said = ObservationSpace::joined(&[taken.clone(), taken]).unwrap_err().to_string();
        assert!(said.contains("task_id"), "{said}");
    }

    #[test]
    fn joined_environments_see_the_same_pictures() {
        let value = ObservationStream::named(
            ObservationStream::CRITIC_OBSERVATIONS,
            names(&["x"]),
            ObservationGroup::Critic,
        );
        let all = [
            space(&["a"]).with(picture(2)).unwrap(),
            space(&["a"]).with(value).unwrap().with(picture(2)).unwrap(),
        ];
        let joined = ObservationSpace::joined(&all).unwrap();
        let sizes: Vec<usize> = joined.streams().iter().map(ObservationStream::size).collect();
        assert_eq!(sizes, [3, 12, 1]);
        for other in [space(&["a"]), space(&["a"]).with(picture(3)).unwrap()] {
            let said = ObservationSpace::joined(&[all[0].clone(), other]).unwrap_err().to_string();
            assert!(said.contains("\"picture\"") && said.contains("2 x 2 x 3"), "{said}");
        }
    }
}

//! From observations to the network's input: its columns, and their normalisation.

use std::borrow::Cow;
use std::ops::Range;

use super::error::LearnError;
use super::network::Seen;
use super::normalizer::{RunningStats, Scale};
use super::policy_config::{ObserveAt, PolicyConfig};
use super::stacks::Kept;
use super::state::StateDict;
use crate::space::{
    Element, ElementType, ObservationSpace, Observations, ObservationsView, StreamRows,
};

/// The network's input. Its first columns are what encoders give; then come the numbers of the other streams in
/// the order of the space, so that those which only the value sees come last. Bytes are divided by 255.
#[derive(Clone, Debug)]
pub(super) struct Inputs {
    space: ObservationSpace,
    /// Of each stream of f32, if those are normalised.
    stats: Vec<Option<StreamStats>>,
    /// What normalised numbers are clamped to, +-.
    limit: f32,
    observe_at: ObserveAt,
    /// The places of the streams that encoders take, in the order of those.
    encoded: Vec<usize>,
    /// Columns of encoders.
    encoded_dim: usize,
}

/// What was seen of a stream, and the normalisation that follows from it.
#[derive(Clone, Debug)]
struct StreamStats {
    stats: RunningStats,
    scale: Scale,
}

impl StreamStats {
    fn new(stats: RunningStats, limit: f32) -> Self {
        Self { scale: stats.scale(limit), stats }
    }
}

impl Inputs {
    /// The inputs of a new policy whose encoders give this many columns.
    pub(super) fn new(config: &PolicyConfig, encoded_dim: usize) -> Self {
        let (space, limit) = (config.observations.clone(), config.clip_observations as f32);
        let streams = space.streams().iter();
        let stats = streams.map(|stream| {
            let is_normalized = config.normalize_observations && stream.element == ElementType::F32;
            is_normalized.then(|| StreamStats::new(RunningStats::new(stream.size()), limit))
        });
        let stats = stats.collect();
        let encoders = config.encoders.iter();
        let encoded = encoders.filter_map(|it| space.position(&it.stream)).collect();
        Self { stats, limit, observe_at: config.observe_at, encoded, encoded_dim, space }
    }

    /// The number of environments. Fails unless these are their streams.
    pub(super) fn count(&self, seen: ObservationsView<'_>) -> Result<usize, LearnError> {
        self.space.check_like(seen.streams())?;
        Ok(seen.len())
    }

    /// What was `seen`, normalised, all of its rows in order.
    pub(super) fn read<'a>(&'a self, seen: ObservationsView<'a>) -> Reading<'a> {
        Reading { inputs: self, kept: Kept::whole(seen), rows: None, normalize: true }
    }

    /// Chosen `rows` of what rollouts hold, which may be normalised already.
    pub(super) fn read_kept<'a>(&'a self, kept: Kept<'a>, rows: &'a [u32]) -> Reading<'a> {
        let normalize = self.observe_at == ObserveAt::Update;
        Reading { inputs: self, kept, rows: Some(rows), normalize }
    }

    /// Chosen `rows` of several rollouts that hold `n_of_each` transitions as they were seen, counted through all of
    /// them.
    pub(super) fn read_rollouts<'a>(
        &'a self,
        kept: Vec<Kept<'a>>,
        n_of_each: usize,
        rows: &'a [u32],
    ) -> RolloutsReading<'a> {
        RolloutsReading { inputs: self, kept, n_of_each, rows }
    }

    /// Writes chosen `rows` into `x`, shape (rows, columns), but for the columns of encoders.
    fn write_columns(
        &self,
        seen: ObservationsView<'_>,
        rows: impl Iterator<Item = usize> + Clone,
        normalize: bool,
        x: &mut [f32],
    ) {
        let n = rows.clone().count();
        let dim = x.len().checked_div(n).unwrap_or(1).max(1);
        let mut end = self.encoded_dim;
        for (place, (stream, stats)) in seen.streams().iter().zip(&self.stats).enumerate() {
            if self.encoded.contains(&place) {
                continue;
            }
            let (size, first) = (stream.size(), end);
            end += size;
            let x = x.chunks_exact_mut(dim).map(|x| &mut x[first..first + size]);
            let rows = rows.clone().zip(x);
            match seen.stream(place) {
                StreamRows::F32(numbers) => {
                    let scale = stats.as_ref().filter(|_| normalize).map(|stats| &stats.scale);
                    for (row, x) in rows {
                        x.copy_from_slice(&numbers[row * size..(row + 1) * size]);
                        if let Some(scale) = scale {
                            scale.normalize(x);
                        }
                    }
                }
                StreamRows::U8(bytes) => {
                    for (row, x) in rows {
                        let bytes = &bytes[row * size..(row + 1) * size];
                        x.iter_mut().zip(bytes).for_each(|(x, byte)| *x = f32::from(*byte) / 255.0);
                    }
                }
            }
        }
    }

    /// Normalises the rows of `observations` from `first` on where rollouts hold what the network saw.
    pub(super) fn keep(&self, observations: &mut Observations, first: usize) {
        if self.observe_at == ObserveAt::Update {
            return;
        }
        let streams = self.space.streams().iter().zip(&self.stats);
        for ((stream, stats), buffer) in streams.zip(observations.buffers_mut()) {
            if let (Some(stats), Some(numbers)) = (stats, f32::of_mut(buffer)) {
                stats.scale.normalize(&mut numbers[first * stream.size()..]);
            }
        }
    }

    /// Updates the statistics with the observations `seen`. False if they are not finite.
    pub(super) fn observe(&mut self, seen: ObservationsView<'_>) -> bool {
        self.update(|place, _| match seen.stream(place) {
            StreamRows::F32(numbers) => numbers.into(),
            StreamRows::U8(_) => Vec::new().into(),
        })
    }

    /// The same of chosen `rows`.
    pub(super) fn observe_rows(&mut self, seen: ObservationsView<'_>, rows: &[u32]) -> bool {
        self.update(|place, size| match seen.stream(place) {
            StreamRows::F32(numbers) => gather(numbers, rows, size).into(),
            StreamRows::U8(_) => Vec::new().into(),
        })
    }

    /// Takes rows of each stream that has statistics into them; `rows_of` gives those of the stream at a
    /// place and of a size.
    fn update<'a>(&mut self, rows_of: impl Fn(usize, usize) -> Cow<'a, [f32]>) -> bool {
        let limit = self.limit;
        let streams = self.space.streams().iter().zip(&mut self.stats).enumerate();
        let mut with_stats = streams
            .filter_map(|(place, (stream, stats))| Some((place, stream.size(), stats.as_mut()?)));
        with_stats.all(|(place, size, of_stream)| {
            let is_finite = of_stream.stats.update(&rows_of(place, size));
            of_stream.scale = of_stream.stats.scale(limit);
            is_finite
        })
    }

    /// The normalisation of the stream at a place; none if it has none.
    pub(super) fn scale(&self, place: usize) -> Option<&Scale> {
        self.stats.get(place)?.as_ref().map(|stats| &stats.scale)
    }

    /// Means, variances and rows seen of every column, if all streams have statistics; each of shape (columns,).
    pub(super) fn columns(&self) -> Option<[Vec<f64>; 3]> {
        let mut all: [Vec<f64>; 3] = Default::default();
        for stats in &self.stats {
            let columns = stats.as_ref()?.stats.columns();
            all.iter_mut().zip(columns).for_each(|(all, columns)| all.extend(columns));
        }
        Some(all)
    }

    /// Takes the statistics of every column, as [`columns`](Self::columns) gives them.
    pub(super) fn set_columns(&mut self, [mean, variance, counts]: [&[f64]; 3]) {
        let mut first = 0;
        for (stream, stats) in self.space.streams().iter().zip(&mut self.stats) {
            let of_stream = first..first + stream.size();
            first = of_stream.end;
            if let Some(stats) = stats {
                let columns = [mean, variance, counts].map(|all| &all[of_stream.clone()]);
                *stats = StreamStats::new(RunningStats::of_columns(columns), self.limit);
            }
        }
    }

    /// Adds the statistics to `state`, each under the key of its stream.
    pub(super) fn save(&self, state: &mut StateDict) {
        for (stream, stats) in self.space.streams().iter().zip(&self.stats) {
            if let Some(stats) = stats {
                stats.stats.save(&stream.key(), state);
            }
        }
    }

    /// The same inputs with the statistics of `state`.
    pub(super) fn loaded(&self, state: &StateDict) -> Result<Self, LearnError> {
        let streams = self.space.streams().iter().zip(&self.stats);
        let load = streams.map(|(stream, stats)| {
            let Some(_) = stats else { return Ok(None) };
            let stats = RunningStats::load(&stream.key(), stream.size(), state)?;
            Ok(Some(StreamStats::new(stats, self.limit)))
        });
        Ok(Self { stats: load.collect::<Result<_, LearnError>>()?, ..self.clone() })
    }
}

/// Observations in the form that the network reads.
pub(super) struct Reading<'a> {
    inputs: &'a Inputs,
    kept: Kept<'a>,
    /// Which rows, in which order; none of all in theirs.
    rows: Option<&'a [u32]>,
    /// Whether they are not yet normalised.
    normalize: bool,
}

impl Reading<'_> {
    fn row(&self, place: usize) -> usize {
        self.rows.map_or(place, |rows| rows[place] as usize)
    }
}

impl Seen for Reading<'_> {
    fn write(&self, rows: Range<usize>, x: &mut [f32]) {
        let rows = rows.map(|place| self.row(place));
        self.inputs.write_columns(self.kept.observations, rows, self.normalize, x);
    }

    fn frame(&self, encoder: usize, row: usize, frame: usize) -> &[u8] {
        self.kept.frame(self.inputs.encoded[encoder], self.row(row), frame)
    }
}

/// Observations of several rollouts as the network reads them.
pub(super) struct RolloutsReading<'a> {
    inputs: &'a Inputs,
    kept: Vec<Kept<'a>>,
    n_of_each: usize,
    rows: &'a [u32],
}

impl RolloutsReading<'_> {
    /// The rollout of a place, and the row there.
    fn row(&self, place: usize) -> (&Kept<'_>, usize) {
        let row = self.rows[place] as usize;
        (&self.kept[row / self.n_of_each], row % self.n_of_each)
    }
}

impl Seen for RolloutsReading<'_> {
    fn write(&self, rows: Range<usize>, x: &mut [f32]) {
        let dim = x.len() / rows.len().max(1);
        for (place, x) in rows.zip(x.chunks_exact_mut(dim.max(1))) {
            let (kept, row) = self.row(place);
            self.inputs.write_columns(kept.observations, std::iter::once(row), true, x);
        }
    }

    fn frame(&self, encoder: usize, row: usize, frame: usize) -> &[u8] {
        let (kept, row) = self.row(row);
        kept.frame(self.inputs.encoded[encoder], row, frame)
    }
}

/// The rows `rows` of `data`, shape (n, dim).
pub(super) fn gather(data: &[f32], rows: &[u32], dim: usize) -> Vec<f32> {
    let mut gathered = Vec::with_capacity(rows.len() * dim);
    for row in rows {
        let start = *row as usize * dim;
        gathered.extend_from_slice(&data[start..start + dim]);
    }
    gathered
}

/// A space of vectors: what the policy sees, and what only the value does.
#[cfg(test)]
pub(super) fn space_of(n_policy: usize, n_value: usize) -> ObservationSpace {
    use crate::space::{ObservationGroup, ObservationStream};
    let space = ObservationSpace::vector(n_policy);
    if n_value == 0 {
        return space;
    }
    let names = vec![String::new(); n_value];
    space
        .with(ObservationStream::named(
            ObservationStream::CRITIC_OBSERVATIONS,
            names,
            ObservationGroup::Critic,
        ))
        .unwrap()
}

/// Observations of a space of vectors.
#[cfg(test)]
pub(super) fn seen_of(space: &ObservationSpace, streams: &[&[f32]]) -> Observations {
    use crate::space::Buffer;
    let buffers = streams.iter().take(space.streams().len()).map(|rows| Buffer::F32(rows.to_vec()));
    Observations::new(space.clone(), buffers.collect()).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::distribution::ActionSpace;
    use crate::space::{Buffer, ObservationStream};

    fn config() -> PolicyConfig {
        let picture = ObservationStream::new("picture", &[1, 2], ElementType::U8);
        PolicyConfig {
            normalize_observations: true,
            separate_value: true,
            ..PolicyConfig::new(space_of(2, 1).with(picture).unwrap(), ActionSpace::Discrete(2))
        }
    }

    fn rows(config: &PolicyConfig) -> Observations {
        let numbers = vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let bytes = vec![0, 255, 51, 102, 255, 0];
        let value_only = vec![10.0, 20.0, 30.0];
        let buffers = vec![Buffer::F32(numbers), Buffer::U8(bytes), Buffer::F32(value_only)];
        Observations::new(config.observations.clone(), buffers).unwrap()
    }

    #[test]
    fn columns_are_what_the_policy_sees_and_then_what_only_the_value_sees() {
        let config = PolicyConfig { normalize_observations: false, ..config() };
        let (inputs, all) = (Inputs::new(&config, 0), rows(&config));
        let mut x = [9.0; 10];
        inputs.read_kept(Kept::whole(all.view()), &[2, 0]).write(0..2, &mut x);
        assert_eq!(x, [5.0, 6.0, 1.0, 0.0, 30.0, 1.0, 2.0, 0.0, 1.0, 10.0]);
        assert_eq!(inputs.count(all.view()).unwrap(), 3);
        let other = seen_of(&space_of(2, 0), &[&[1.0, 2.0]]);
        let said = inputs.count(other.view()).unwrap_err().to_string();
        assert!(said.contains("picture (1 x 2 u8)") && said.contains("got observations"), "{said}");
    }

    #[test]
    fn numbers_are_normalised_stream_by_stream_and_bytes_are_not() {
        for observe_at in [ObserveAt::Update, ObserveAt::Step] {
            let config = PolicyConfig { observe_at, ..config() };
            let (mut inputs, all) = (Inputs::new(&config, 0), rows(&config));
            assert!(inputs.observe(all.view()));
            let mut x = [0.0; 5];
            inputs.read(all.view()).write(1..2, &mut x);
            // One imagined row of mean 0 and variance 1: mean 9 / 4, variance (36 + 1) / 4 - (9 / 4)^2.
            let expected = (3.0 - 9.0 / 4.0) / (36.0_f32 / 4.0 - 81.0 / 16.0).sqrt();
            assert!((x[0] - expected).abs() < 1e-5, "{} {expected}", x[0]);
            assert_eq!((x[2], x[3]), (0.2, 0.4));
            assert!(x[4] > 0.0 && x[4] < 2.0);
            // What is kept gives the same input.
            let mut kept = all.clone();
            inputs.keep(&mut kept, 1);
            assert_eq!(kept == all, observe_at == ObserveAt::Update);
            assert_eq!(kept.buffer("picture"), all.buffer("picture"));
            let mut again = [0.0; 5];
            inputs.read_kept(Kept::whole(kept.view()), &[1]).write(0..1, &mut again);
            assert_eq!(again, x);
            let mut state = StateDict::new();
            inputs.save(&mut state);
            let keys: Vec<&str> = state.names().collect();
            assert_eq!(keys.len(), 6, "{keys:?}");
            let loaded = Inputs::new(&config, 0).loaded(&state).unwrap();
            loaded.read(all.view()).write(1..2, &mut again);
            assert_eq!(again, x);
        }
    }
}

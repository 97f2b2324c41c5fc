//! Observations of a batch of environments: a buffer for each stream of a space.

use std::ops::Range;

use super::buffer::Buffer;
use super::error::SpaceError;
use super::observation::{ObservationSpace, ObservationStream};

/// Observations of several environments, one row for each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observations {
    space: ObservationSpace,
    /// One for each stream, shape (n, ...stream).
    buffers: Vec<Buffer>,
    n: usize,
}

/// Rows of observations, borrowed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ObservationsView<'a> {
    streams: &'a [ObservationStream],
    buffers: &'a [Buffer],
    first: usize,
    n: usize,
}

impl Observations {
    /// Of a space, in the order of its streams: buffers of the same number of rows. Fails if they are not of
    /// that type and size.
    pub fn new(space: ObservationSpace, buffers: Vec<Buffer>) -> Result<Self, SpaceError> {
        let streams = space.streams();
        let first = streams.iter().zip(&buffers).next();
        let n = first.map_or(0, |(stream, buffer)| buffer.len() / stream.size());
        for (i, stream) in streams.iter().enumerate() {
            let of = |len: usize, element: &str| format!("{len} elements of type {element}");
            let got = buffers.get(i).map(|buffer| (buffer.len(), buffer.element()));
            if got != Some((n * stream.size(), stream.element)) {
                return Err(SpaceError::Buffer {
                    stream: stream.name.clone(),
                    expected: of(n * stream.size(), stream.element.name()),
                    got: got.map_or("nothing".to_owned(), |(len, got)| of(len, got.name())),
                });
            }
        }
        if let Some(extra) = buffers.get(streams.len()) {
            let (expected, got) = ("nothing".to_owned(), format!("{} elements", extra.len()));
            return Err(SpaceError::Buffer { stream: "beyond all".to_owned(), expected, got });
        }
        Ok(Self { space, buffers, n })
    }

    /// `n` rows of zeros.
    pub fn zeros(space: ObservationSpace, n: usize) -> Self {
        let of = |stream: &ObservationStream| Buffer::zeros(stream.element, n * stream.size());
        Self { buffers: space.streams().iter().map(of).collect(), space, n }
    }

    /// No row, with room for `capacity`.
    pub fn with_capacity(space: ObservationSpace, capacity: usize) -> Self {
        let of = |stream: &ObservationStream| {
            Buffer::with_capacity(stream.element, capacity * stream.size())
        };
        Self { buffers: space.streams().iter().map(of).collect(), space, n: 0 }
    }

    /// What they are.
    pub fn space(&self) -> &ObservationSpace {
        &self.space
    }

    /// Rows.
    pub fn len(&self) -> usize {
        self.n
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// The numbers of each stream, shape (n, ...stream).
    pub fn buffers(&self) -> &[Buffer] {
        &self.buffers
    }

    /// The same to be changed; their lengths must stay.
    pub fn buffers_mut(&mut self) -> &mut [Buffer] {
        &mut self.buffers
    }

    /// The numbers of the stream of that name, shape (n, ...stream).
    pub fn buffer(&self, name: &str) -> Option<&Buffer> {
        self.buffers.get(self.space.position(name)?)
    }

    /// The numbers of the f32 stream of that name; empty if there is none.
    pub fn f32s(&self, name: &str) -> &[f32] {
        self.buffer(name).and_then(Buffer::f32s).unwrap_or_default()
    }

    /// The bytes of the stream of that name; empty if there is none.
    pub fn u8s(&self, name: &str) -> &[u8] {
        self.buffer(name).and_then(Buffer::u8s).unwrap_or_default()
    }

    /// All rows.
    pub fn view(&self) -> ObservationsView<'_> {
        let Self { space, buffers, n } = self;
        ObservationsView { streams: space.streams(), buffers, first: 0, n: *n }
    }

    /// One row as observations of their own.
    pub fn row(&self, row: usize) -> Self {
        let mut one = Self::with_capacity(self.space.clone(), 1);
        one.extend(self.view().rows(row..row + 1));
        one
    }

    /// Forgets all rows and keeps the memory.
    pub fn clear(&mut self) {
        self.buffers.iter_mut().for_each(Buffer::clear);
        self.n = 0;
    }

    /// Becomes what `other` is, in the memory that it has if both are of one space.
    pub fn clear_for(&mut self, space: &ObservationSpace) {
        match self.space == *space {
            true => self.clear(),
            false => *self = Self::with_capacity(space.clone(), 0),
        }
    }

    /// Appends rows of the same space.
    ///
    /// # Panics
    /// If they are of streams of another number or type.
    pub fn extend(&mut self, rows: ObservationsView<'_>) {
        assert_eq!(self.buffers.len(), rows.buffers.len(), "rows of another space");
        for ((to, from), stream) in self.buffers.iter_mut().zip(rows.buffers).zip(rows.streams) {
            to.extend(from, rows.range(stream));
        }
        self.n += rows.n;
    }

    /// Appends rows stream by stream: `add` puts those of a stream into its buffer, `n` of its size.
    ///
    /// # Panics
    /// If it puts there another number.
    pub fn extend_with(
        &mut self,
        n: usize,
        mut add: impl FnMut(usize, &ObservationStream, &mut Buffer),
    ) {
        self.n += n;
        for (i, (stream, buffer)) in self.space.streams().iter().zip(&mut self.buffers).enumerate()
        {
            add(i, stream, buffer);
            assert_eq!(buffer.len(), self.n * stream.size(), "rows of {}", stream.name);
        }
    }

    /// Puts rows of `other`, which is of the same space, in the place of these.
    pub fn copy_rows(&mut self, other: &Self, rows: Range<usize>) {
        let streams = self.space.streams().iter();
        for ((to, from), stream) in self.buffers.iter_mut().zip(&other.buffers).zip(streams) {
            let size = stream.size();
            to.copy(from, rows.start * size..rows.end * size);
        }
    }

    /// Puts zeros into a row.
    pub fn clear_row(&mut self, row: usize) {
        for (buffer, stream) in self.buffers.iter_mut().zip(self.space.streams()) {
            let size = stream.size();
            buffer.fill_zero(row * size..(row + 1) * size);
        }
    }
}

impl<'a> ObservationsView<'a> {
    /// What they are.
    pub fn streams(self) -> &'a [ObservationStream] {
        self.streams
    }

    /// Rows.
    pub fn len(self) -> usize {
        self.n
    }

    /// Whether there is no row.
    pub fn is_empty(self) -> bool {
        self.n == 0
    }

    /// Some of the rows.
    ///
    /// # Panics
    /// If they are not there.
    pub fn rows(self, rows: Range<usize>) -> Self {
        assert!(rows.start <= rows.end && rows.end <= self.n, "rows {rows:?} of {}", self.n);
        Self { first: self.first + rows.start, n: rows.len(), ..self }
    }

    /// Pieces of `n` rows; the last may be smaller.
    pub fn chunks(self, n: usize) -> impl Iterator<Item = Self> {
        let first = (0..self.n).step_by(n);
        first.map(move |first| self.rows(first..(first + n).min(self.n)))
    }

    /// The numbers of the stream at a place, shape (n, ...stream).
    pub fn stream(self, place: usize) -> StreamRows<'a> {
        let range = self.range(&self.streams[place]);
        match &self.buffers[place] {
            Buffer::F32(numbers) => StreamRows::F32(&numbers[range]),
            Buffer::U8(numbers) => StreamRows::U8(&numbers[range]),
        }
    }

    /// The numbers of the f32 stream of that name; empty if there is none.
    pub fn f32s(self, name: &str) -> &'a [f32] {
        match self.streams.iter().position(|stream| stream.name == name).map(|i| self.stream(i)) {
            Some(StreamRows::F32(numbers)) => numbers,
            _ => &[],
        }
    }

    /// Chosen rows, in their order, as observations of their own.
    pub fn gather(self, space: &ObservationSpace, rows: &[usize]) -> Observations {
        let mut gathered = Observations::with_capacity(space.clone(), rows.len());
        rows.iter().for_each(|&row| gathered.extend(self.rows(row..row + 1)));
        gathered
    }

    fn range(self, stream: &ObservationStream) -> Range<usize> {
        let size = stream.size();
        self.first * size..(self.first + self.n) * size
    }
}

/// Borrowed numbers of one stream, shape (n, ...stream).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StreamRows<'a> {
    /// Measured numbers.
    F32(&'a [f32]),
    /// Bytes.
    U8(&'a [u8]),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::ElementType;

    fn space() -> ObservationSpace {
        let picture = ObservationStream::new("picture", &[1, 2], ElementType::U8);
        ObservationSpace::vector(3).with(picture).unwrap()
    }

    /// Row i is (i, i, i) and (10 i, 10 i + 1).
    fn rows(n: u8) -> Observations {
        let numbers = (0..n).flat_map(|i| [f32::from(i); 3]).collect();
        let bytes = (0..n).flat_map(|i| [10 * i, 10 * i + 1]).collect();
        Observations::new(space(), vec![Buffer::F32(numbers), Buffer::U8(bytes)]).unwrap()
    }

    #[test]
    fn all_streams_are_cut_gathered_and_appended_together() {
        let all = rows(5);
        assert_eq!(all.len(), 5);
        let last = all.view().chunks(2).last().unwrap();
        assert_eq!(last.len(), 1);
        assert_eq!(last.stream(0), StreamRows::F32(&[4.0; 3]));
        assert_eq!(last.stream(1), StreamRows::U8(&[40, 41]));
        let mut two = all.view().rows(1..5).gather(all.space(), &[2, 0]);
        assert_eq!(two.u8s("picture"), [30, 31, 10, 11]);
        two.extend(last);
        assert_eq!(two.view().f32s("observations"), [3.0, 3.0, 3.0, 1.0, 1.0, 1.0, 4.0, 4.0, 4.0]);
        two.copy_rows(&rows(3), 1..2);
        two.clear_row(0);
        assert_eq!(two.u8s("picture"), [0, 0, 10, 11, 40, 41]);
        assert_eq!((two.row(2), two.f32s("picture").len()), (all.row(4), 0));
    }

    #[test]
    fn buffers_that_do_not_fit_are_refused_by_name() {
        let (numbers, bytes) = (Buffer::F32(vec![0.0; 6]), Buffer::U8(vec![0; 3]));
        let said = |buffers| Observations::new(space(), buffers).unwrap_err().to_string();
        let short = said(vec![numbers.clone(), bytes.clone()]);
        assert!(short.contains("\"picture\": expected 4 elements of type u8, got 3"), "{short}");
        assert!(said(vec![bytes, numbers.clone()]).contains("\"observations\""));
        assert!(said(vec![numbers.clone()]).contains("got nothing"));
        let four = Buffer::U8(vec![0; 4]);
        assert!(said(vec![numbers.clone(), four.clone(), numbers]).contains("expected nothing"));
    }
}

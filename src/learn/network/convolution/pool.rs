//! Pooling: one number for each window of a channel.

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use super::grid::{Grid, Window};
use crate::math::lanes::{F32x4, Isa, Kernel, LaneMask, Lanes, Vector};
#[cfg(target_arch = "x86_64")]
use crate::math::lanes::{F32x8, F32x16};

/// Kind of pooling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PoolKind {
    /// The largest.
    Max,
    /// Their mean.
    Average,
}

/// Pooling of the pictures in the lanes. What lies beyond the edges of the input counts for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::learn) struct Pooling {
    pub(in crate::learn) kind: PoolKind,
    /// Without a border.
    pub(in crate::learn) input: Grid,
    pub(in crate::learn) output: Grid,
    pub(in crate::learn) rows: Window,
    pub(in crate::learn) columns: Window,
}

/// Work on the pictures in the lanes, of the shapes of [`Pooling`]'s grids.
enum Job<'a> {
    Forward { x: &'a [f32], y: &'a mut [f32] },
    Backward { x: &'a [f32], y: &'a [f32], dy: &'a [f32], dx: &'a mut [f32] },
}

impl Pooling {
    /// y, whose border is left as it is, from x.
    pub(super) fn forward(&self, isa: Isa, x: &[f32], y: &mut [f32]) {
        self.run(isa, Job::Forward { x, y });
    }

    /// dx, the gradient by x, from that by y. Of several largest numbers the first one gets it.
    pub(super) fn backward(&self, isa: Isa, (x, y): (&[f32], &[f32]), dy: &[f32], dx: &mut [f32]) {
        dx.fill(0.0);
        self.run(isa, Job::Backward { x, y, dy, dx });
    }

    fn run(&self, isa: Isa, job: Job<'_>) {
        match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512(_) => F32x16::vectorize(Run::<F32x16>(self, job, PhantomData)),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2(_) => F32x8::vectorize(Run::<F32x8>(self, job, PhantomData)),
            _ => F32x4::vectorize(Run::<F32x4>(self, job, PhantomData)),
        }
    }
}

struct Run<'a, V>(&'a Pooling, Job<'a>, PhantomData<V>);

/// The number at a place, of all lanes.
#[inline(always)]
#[allow(unsafe_code, reason = "see Vector::load")]
fn get<V: Vector>(data: &[f32], place: usize) -> V {
    let data = &data[place * V::WIDTH..][..V::WIDTH];
    // SAFETY: the slice has as many numbers as there are lanes.
    unsafe { V::load(data.as_ptr()) }
}

#[inline(always)]
#[allow(unsafe_code, reason = "see Vector::store")]
fn put<V: Vector>(data: &mut [f32], place: usize, value: V) {
    let data = &mut data[place * V::WIDTH..][..V::WIDTH];
    // SAFETY: as in `get`.
    unsafe { value.store(data.as_mut_ptr()) };
}

impl<V: Vector> Kernel for Run<'_, V> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self(pooling, mut job, _) = self;
        for oy in 0..pooling.output.height {
            for ox in 0..pooling.output.width {
                for channel in 0..pooling.output.channels {
                    let window = Seen::new(pooling, (oy, ox), channel);
                    match &mut job {
                        Job::Forward { x, y } => window.forward::<V>(x, y),
                        Job::Backward { x, y, dy, dx } => window.backward::<V>((x, y), dy, dx),
                    }
                }
            }
        }
    }
}

/// The window of one number of the output.
struct Seen<'a> {
    pooling: &'a Pooling,
    /// Where the number lies.
    at: usize,
    /// Rows and columns of the input.
    rows: std::ops::Range<usize>,
    columns: std::ops::Range<usize>,
    channel: usize,
}

impl<'a> Seen<'a> {
    #[inline(always)]
    fn new(pooling: &'a Pooling, (oy, ox): (usize, usize), channel: usize) -> Self {
        let &Pooling { input, output, rows, columns, .. } = pooling;
        let (rows, columns) = (rows.covers(oy, input.height), columns.covers(ox, input.width));
        Self { pooling, at: output.at(oy, ox) + channel, rows, columns, channel }
    }

    #[inline(always)]
    fn place(&self, y: usize, x: usize) -> usize {
        self.pooling.input.at(y, x) + self.channel
    }

    #[inline(always)]
    fn share<V: Vector>(&self) -> V {
        V::repeat(1.0 / (self.rows.len() * self.columns.len()) as f32)
    }

    #[inline(always)]
    fn forward<V: Vector>(&self, x: &[f32], y: &mut [f32]) {
        let first = get::<V>(x, self.place(self.rows.start, self.columns.start));
        let (mut largest, mut sum) = (first, V::repeat(0.0));
        for row in self.rows.clone() {
            for column in self.columns.clone() {
                let number = get::<V>(x, self.place(row, column));
                // Not `max`, which would hide a NaN.
                largest = V::select(largest.lt(number), number, largest);
                sum += number;
            }
        }
        let result = match self.pooling.kind {
            PoolKind::Max => largest,
            PoolKind::Average => sum * self.share(),
        };
        put(y, self.at, result);
    }

    #[inline(always)]
    fn backward<V: Vector>(&self, (x, y): (&[f32], &[f32]), dy: &[f32], dx: &mut [f32]) {
        let (dy, largest) = (get::<V>(dy, self.at), get::<V>(y, self.at));
        let mut is_free = V::Mask::splat(true);
        for row in self.rows.clone() {
            for column in self.columns.clone() {
                let place = self.place(row, column);
                let part = match self.pooling.kind {
                    PoolKind::Average => dy * self.share(),
                    PoolKind::Max => {
                        let is_largest = get::<V>(x, place).equal(largest) & is_free;
                        is_free = is_free & !is_largest;
                        V::select(is_largest, dy, V::repeat(0.0))
                    }
                };
                let sum = get::<V>(dx, place) + part;
                put(dx, place, sum);
            }
        }
    }
}

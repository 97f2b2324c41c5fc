//! Convolutions of the pictures in the lanes, a tile of registers at a time.
//!
//! A tile is up to eight filters by three pixels, or six by two: as many sums as hide the latency of a
//! multiplication and leave registers for the factors, each of which is read once for several products. Nothing is
//! copied into columns first; a weight is repeated in all lanes as it is read.

use std::array::from_fn;
use std::marker::PhantomData;

use super::shape::{ConvShape, next_block, widest};
use crate::math::lanes::{F32x4, Isa, Kernel, Lanes, MOST_LANES, Vector};
#[cfg(target_arch = "x86_64")]
use crate::math::lanes::{F32x8, F32x16};

/// How many of the `left` pixels the next tile takes: with the widest registers three, but no single one at the end of
/// four; else two.
#[inline(always)]
fn next_pixels<V: Vector>(left: usize) -> usize {
    match left {
        1 => 1,
        2 | 4 => 2,
        _ if V::WIDTH < MOST_LANES => 2,
        _ => 3,
    }
}

/// Work on the pictures in the lanes. Numbers of pictures are those of a [`Grid`](super::Grid).
pub(super) enum Job<'a> {
    /// y = x * w + b. `weights` are blocks of filters ([`next_block`]), of shape (patch, filters of the block);
    /// `bias` has shape (filters,). The border of y is left as it is.
    Forward { x: &'a [f32], weights: &'a [f32], bias: &'a [f32], y: &'a mut [f32] },
    /// The gradient by w, shape (filters, patch), and by b, shape (filters,), of all lanes together, are added
    /// to `dw` and `db`. `scratch` is working memory.
    Weights {
        x: &'a [f32],
        dy: &'a [f32],
        dw: &'a mut [f32],
        db: &'a mut [f32],
        scratch: &'a mut [f32],
    },
    /// dx is the gradient by x, in the border anything. `weights` are, for each row of the filters, blocks of
    /// its weights, of shape (filters, weights of the block).
    Input { dy: &'a [f32], weights: &'a [f32], dx: &'a mut [f32] },
}

impl Job<'_> {
    /// Does it.
    pub(super) fn run(self, shape: &ConvShape, isa: Isa) {
        self.check(shape, isa);
        match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512(_) => F32x16::vectorize(Run::<F32x16>(self, shape, isa, PhantomData)),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2(_) => F32x8::vectorize(Run::<F32x8>(self, shape, isa, PhantomData)),
            _ => F32x4::vectorize(Run::<F32x4>(self, shape, isa, PhantomData)),
        }
    }

    /// Every array has the length that its shape says.
    fn check(&self, shape: &ConvShape, isa: Isa) {
        let (lanes, filters) = (isa.width(), shape.filters());
        let (input, output) = (shape.input.len() * lanes, shape.output.len() * lanes);
        let weights = filters * shape.patch();
        let reach = |n: usize| (n - 1) * shape.stride + shape.kernel;
        let (rows, columns) = (reach(shape.output.height), reach(shape.output.width));
        let border = 2 * shape.input.border;
        assert!(rows <= shape.input.height + border, "a convolution and its input");
        assert!(columns <= shape.input.width + border, "a convolution and its input");
        let lengths = match self {
            Job::Forward { x, weights: w, bias, y } => {
                [(x.len(), input), (w.len(), weights), (bias.len(), filters), (y.len(), output)]
            }
            Job::Weights { x, dy, dw, db, scratch } => {
                assert!(scratch.len() >= shape.scratch(isa), "working memory of a convolution");
                [(x.len(), input), (dy.len(), output), (dw.len(), weights), (db.len(), filters)]
            }
            Job::Input { dy, weights: w, dx } => {
                [(dx.len(), input), (dy.len(), output), (w.len(), weights), (0, 0)]
            }
        };
        lengths.iter().for_each(|(got, len)| assert_eq!(got, len, "pictures and their shape"));
    }
}

struct Run<'a, V>(Job<'a>, &'a ConvShape, Isa, PhantomData<V>);

/// `$run` with the constant `$n` bound to the value, one of those listed.
macro_rules! with_const {
    ($value:expr, $n:ident in [$($known:literal),*] => $run:expr) => {
        match $value {
            $($known => { const $n: usize = $known; $run })*
            _ => unreachable!("blocks are of these sizes"),
        }
    };
}

impl<V: Vector> Kernel for Run<'_, V> {
    type Output = ();

    #[inline(always)]
    #[allow(
        unsafe_code,
        reason = "an index that is checked for each number would cost as much as its product"
    )]
    fn run(self) {
        let Self(job, shape, isa, _) = self;
        let widest = widest(isa);
        // SAFETY: `Job::check` has compared every length with the shape, and the shape's windows with its
        // input; the kernels go through the pixels and weights of that shape. What they write is borrowed
        // exclusively.
        unsafe {
            match job {
                Job::Forward { x, weights, bias, y } => {
                    for oy in 0..shape.output.height {
                        let mut first = 0;
                        while first < shape.filters() {
                            let n = next_block(shape.filters() - first, widest);
                            let row = Row { shape, oy, first };
                            let (x, w) = (x.as_ptr(), weights.as_ptr().add(first * shape.patch()));
                            let (b, y) = (bias.as_ptr().add(first), y.as_mut_ptr());
                            with_const!(n, B in [8, 6, 4, 2, 1] => row.forward::<V, B>(x, (w, b), y));
                            first += n;
                        }
                    }
                }
                Job::Weights { x, dy, dw, db, scratch } => {
                    let band = shape.band(isa);
                    for start in (0..shape.output.height).step_by(band) {
                        let mut first = 0;
                        while first < shape.filters() {
                            let n = next_block(shape.filters() - first, widest);
                            let end = (start + band).min(shape.output.height);
                            let band = Band { shape, start, end, first };
                            let (x, dy) = (x.as_ptr(), dy.as_ptr());
                            let (dw, db) = (dw.as_mut_ptr(), db.as_mut_ptr());
                            let dy_block = scratch.as_mut_ptr();
                            with_const!(n, B in [8, 6, 4, 2, 1] => {
                                band.gather::<V, B>(dy, dy_block, db);
                                band.weights::<V, B>(x, dy_block, dw);
                            });
                            first += n;
                        }
                    }
                }
                Job::Input { dy, weights, dx } => {
                    dx.fill(0.0);
                    let segment = shape.segment();
                    for oy in 0..shape.output.height {
                        for ky in 0..shape.kernel {
                            let mut first = 0;
                            while first < segment {
                                let n = next_block(segment - first, widest);
                                let row = Row { shape, oy, first };
                                let w = (ky * segment + first) * shape.filters();
                                let (dy, w) = (dy.as_ptr(), weights.as_ptr().add(w));
                                let dx = dx.as_mut_ptr().add(ky * shape.input.row() * V::WIDTH);
                                with_const!(n, B in [8, 6, 4, 2, 1] => row.input::<V, B>(dy, w, dx));
                                first += n;
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A row of outputs, and the first filter or weight of a block.
struct Row<'a> {
    shape: &'a ConvShape,
    oy: usize,
    first: usize,
}

#[allow(unsafe_code, reason = "see Run::run")]
impl Row<'_> {
    #[inline(always)]
    unsafe fn forward<V: Vector, const B: usize>(
        &self,
        x: *const f32,
        (w, b): (*const f32, *const f32),
        y: *mut f32,
    ) {
        let width = self.shape.output.width;
        let mut ox = 0;
        while ox < width {
            let n = next_pixels::<V>(width - ox);
            // SAFETY: that of `Run::run`.
            unsafe {
                with_const!(n, P in [3, 2, 1] => self.outputs::<V, B, P>(ox, x, (w, b), y));
            }
            ox += n;
        }
    }

    /// `P` pixels of `B` filters.
    #[inline(always)]
    unsafe fn outputs<V: Vector, const B: usize, const P: usize>(
        &self,
        ox: usize,
        x: *const f32,
        (w, b): (*const f32, *const f32),
        y: *mut f32,
    ) {
        let &Self { shape, oy, first } = self;
        let (segment, input_row) = (shape.segment(), shape.input.row());
        let pixel = shape.stride * shape.input.channels * V::WIDTH;
        // SAFETY: that of `Run::run`.
        unsafe {
            let mut sums: [[V; P]; B] = from_fn(|filter| [V::repeat(*b.add(filter)); P]);
            let x = x.add(shape.window(oy, ox) * V::WIDTH);
            for ky in 0..shape.kernel {
                let x = x.add(ky * input_row * V::WIDTH);
                add_products(&mut sums, (x, pixel), w.add(ky * segment * B), segment);
            }
            for p in 0..P {
                let y = y.add((shape.output.at(oy, ox + p) + first) * V::WIDTH);
                for filter in 0..B {
                    sums[filter][p].store(y.add(filter * V::WIDTH));
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn input<V: Vector, const B: usize>(&self, dy: *const f32, w: *const f32, dx: *mut f32) {
        let width = self.shape.output.width;
        let mut ox = 0;
        while ox < width {
            let n = next_pixels::<V>(width - ox);
            // SAFETY: that of `Run::run`.
            unsafe {
                with_const!(n, P in [3, 2, 1] => self.inputs::<V, B, P>(ox, dy, w, dx));
            }
            ox += n;
        }
    }

    /// What `P` pixels of the output give to `B` numbers under each of them.
    #[inline(always)]
    unsafe fn inputs<V: Vector, const B: usize, const P: usize>(
        &self,
        ox: usize,
        dy: *const f32,
        w: *const f32,
        dx: *mut f32,
    ) {
        let &Self { shape, oy, first } = self;
        let filters = shape.filters();
        let mut sums = [[V::repeat(0.0); P]; B];
        // SAFETY: that of `Run::run`.
        unsafe {
            let dy = dy.add(shape.output.at(oy, ox) * V::WIDTH);
            add_products(&mut sums, (dy, filters * V::WIDTH), w, filters);
            // Windows may overlap: one after the other.
            for p in 0..P {
                let dx = dx.add((shape.window(oy, ox + p) + first) * V::WIDTH);
                for (i, sums) in sums.iter().enumerate() {
                    let dx = dx.add(i * V::WIDTH);
                    (V::load(dx) + sums[p]).store(dx);
                }
            }
        }
    }
}

/// sums(b, p) += the sum over i of w(i, b) x(p, i), with x(p, i) a register at `x + p pixel + i width`.
#[inline(always)]
#[allow(unsafe_code, reason = "see Run::run")]
unsafe fn add_products<V: Vector, const B: usize, const P: usize>(
    sums: &mut [[V; P]; B],
    (x, pixel): (*const f32, usize),
    w: *const f32,
    len: usize,
) {
    for i in 0..len {
        // SAFETY: that of `Run::run`.
        unsafe {
            let right: [V; P] = from_fn(|p| V::load(x.add(p * pixel + i * V::WIDTH)));
            for b in 0..B {
                let left = V::repeat(*w.add(i * B + b));
                for p in 0..P {
                    sums[b][p] = left.mul_add(right[p], sums[b][p]);
                }
            }
        }
    }
}

/// Rows of outputs, and the first filter of a block.
struct Band<'a> {
    shape: &'a ConvShape,
    start: usize,
    end: usize,
    first: usize,
}

#[allow(unsafe_code, reason = "see Run::run")]
impl Band<'_> {
    /// Puts the gradients by the block's outputs side by side, shape (pixels, B, lanes), and adds their sums to
    /// the gradient by the biases. Apart they would fall on a few lines of the nearest cache.
    #[inline(always)]
    unsafe fn gather<V: Vector, const B: usize>(&self, dy: *const f32, to: *mut f32, db: *mut f32) {
        let &Self { shape, start, end, first } = self;
        let mut sums = [V::repeat(0.0); B];
        let mut to = to;
        for oy in start..end {
            for ox in 0..shape.output.width {
                // SAFETY: that of `Run::run`.
                unsafe {
                    let dy = dy.add((shape.output.at(oy, ox) + first) * V::WIDTH);
                    for (filter, sum) in sums.iter_mut().enumerate() {
                        let number = V::load(dy.add(filter * V::WIDTH));
                        *sum += number;
                        number.store(to.add(filter * V::WIDTH));
                    }
                    to = to.add(B * V::WIDTH);
                }
            }
        }
        for (filter, sum) in sums.into_iter().enumerate() {
            let mut lanes = [0.0; MOST_LANES];
            // SAFETY: as above; no vector has more lanes.
            unsafe {
                sum.store(lanes.as_mut_ptr());
                *db.add(first + filter) += across(&lanes);
            }
        }
    }

    /// Adds the gradient by the weights of the block's filters.
    #[inline(always)]
    unsafe fn weights<V: Vector, const B: usize>(
        &self,
        x: *const f32,
        dy: *const f32,
        dw: *mut f32,
    ) {
        let segment = self.shape.segment();
        for ky in 0..self.shape.kernel {
            let mut i = 0;
            while i < segment {
                let n = next_pixels::<V>(segment - i);
                let at = ky * segment + i;
                // SAFETY: that of `Run::run`.
                unsafe {
                    let x = x.add((ky * self.shape.input.row() + i) * V::WIDTH);
                    with_const!(n, C in [3, 2, 1] => self.columns::<V, B, C>(x, dy, dw.add(at)));
                }
                i += n;
            }
        }
    }

    /// That by `C` weights of each filter.
    #[inline(always)]
    unsafe fn columns<V: Vector, const B: usize, const C: usize>(
        &self,
        x: *const f32,
        mut dy: *const f32,
        dw: *mut f32,
    ) {
        let &Self { shape, start, end, first } = self;
        let mut sums = [[V::repeat(0.0); C]; B];
        let pixel = shape.stride * shape.input.channels * V::WIDTH;
        for oy in start..end {
            // SAFETY: that of `Run::run`.
            unsafe {
                let mut x = x.add(shape.window(oy, 0) * V::WIDTH);
                for _ in 0..shape.output.width {
                    let right: [V; C] = from_fn(|c| V::load(x.add(c * V::WIDTH)));
                    for b in 0..B {
                        let left = V::load(dy.add(b * V::WIDTH));
                        for c in 0..C {
                            sums[b][c] = left.mul_add(right[c], sums[b][c]);
                        }
                    }
                    (x, dy) = (x.add(pixel), dy.add(B * V::WIDTH));
                }
            }
        }
        // Through memory: what is counted through must not keep the sums from staying in registers.
        let mut lanes = [[[0.0_f32; MOST_LANES]; C]; B];
        for b in 0..B {
            for c in 0..C {
                // SAFETY: no vector has more lanes.
                unsafe { sums[b][c].store(lanes[b][c].as_mut_ptr()) };
            }
        }
        for (b, lanes) in lanes.iter().enumerate() {
            for (c, lanes) in lanes.iter().enumerate() {
                // SAFETY: as above.
                unsafe { *dw.add((first + b) * shape.patch() + c) += across(lanes) };
            }
        }
    }
}

/// The sum of all lanes: halves, then halves of those; lanes that are not there hold zeros.
#[inline(always)]
fn across(lanes: &[f32; MOST_LANES]) -> f32 {
    let eight: [f32; 8] = from_fn(|lane| lanes[lane] + lanes[lane + 8]);
    let four: [f32; 4] = from_fn(|lane| eight[lane] + eight[lane + 4]);
    (four[0] + four[2]) + (four[1] + four[3])
}

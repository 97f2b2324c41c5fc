//! The products themselves, a tile of registers at a time.

use std::array::from_fn;
use std::marker::PhantomData;

use crate::math::lanes::{F32x4, Isa, Kernel, Lanes, Vector};
#[cfg(target_arch = "x86_64")]
use crate::math::lanes::{F32x8, F32x16};

/// What a product adds to.
#[derive(Clone, Copy)]
pub(super) enum Start {
    Zero,
    /// Numbers that all rows share, one for each column.
    Row(*const f32),
    /// What is there.
    Product,
}

/// The inner extent: `n` segments of `length` each; of every `cycle`-th the first `last` count.
#[derive(Clone, Copy)]
pub(super) struct Inner {
    pub(super) n: usize,
    pub(super) length: usize,
    pub(super) cycle: usize,
    pub(super) last: usize,
}

/// A product of `rows` rows and up to [`widest`] panels of columns:
///
/// c(m, j) = start(j) + the sum over the segments s and their elements k of a(m, s, k) b(s, k, j),
///
/// with j a panel and all its lanes. Addresses are in numbers: a(m, s, k) lies at
/// `a + m a_row + s a_segment + k a_element`, b(s, k, j) at `b + j b_panel + (s length + k) width`, and
/// c(m, j) at `c + j c_panel + m width`.
#[derive(Clone, Copy)]
pub(super) struct Product {
    pub(super) rows: usize,
    pub(super) panels: usize,
    pub(super) inner: Inner,
    pub(super) a: *const f32,
    pub(super) a_step: Step,
    pub(super) a_segment: usize,
    pub(super) b: *const f32,
    pub(super) b_panel: usize,
    pub(super) c: *mut f32,
    pub(super) c_panel: usize,
    pub(super) start: Start,
}

/// How rows and elements of the left factor lie.
#[derive(Clone, Copy)]
pub(super) enum Step {
    /// Rows a panel's width apart, elements side by side.
    Rows,
    /// Rows side by side, elements a panel's width apart: the transpose.
    Elements,
}

/// Panels of columns that one product takes at most.
pub(super) fn widest(isa: Isa) -> usize {
    match isa {
        Isa::Avx512(_) => 3,
        Isa::Avx2(_) | Isa::Portable | Isa::Reference => 2,
    }
}

impl Product {
    /// Works it out.
    ///
    /// # Safety
    /// Every address is inside its array, and nothing else reads or writes c. The instructions of `isa`
    /// are there.
    #[allow(
        unsafe_code,
        reason = "an index that is checked for each number would cost as much as its product"
    )]
    pub(super) unsafe fn run(self, isa: Isa) {
        // As many accumulators as hide the latency of a multiplication and leave registers for the factors:
        // 24 of 32, 12 of 16. Transposed, a panel is a whole number of tiles.
        match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512(_) => F32x16::vectorize(Run::<F32x16, 8, 8>(self, PhantomData)),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2(_) => F32x8::vectorize(Run::<F32x8, 6, 4>(self, PhantomData)),
            _ => F32x4::vectorize(Run::<F32x4, 4, 4>(self, PhantomData)),
        }
    }
}

/// A product in tiles of `M` rows, or of `T` if the left factor is transposed.
struct Run<V, const M: usize, const T: usize>(Product, PhantomData<V>);

impl<V: Vector, const M: usize, const T: usize> Kernel for Run<V, M, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let product = &self.0;
        match (product.a_step, product.panels) {
            (Step::Rows, 3) => tiles::<V, M, 3, true>(product),
            (Step::Rows, 2) => tiles::<V, M, 2, true>(product),
            (Step::Rows, _) => tiles::<V, M, 1, true>(product),
            (Step::Elements, 3) => tiles::<V, T, 3, false>(product),
            (Step::Elements, 2) => tiles::<V, T, 2, false>(product),
            (Step::Elements, _) => tiles::<V, T, 1, false>(product),
        }
    }
}

/// All rows, `M` at a time, and what is left in smaller tiles.
#[inline(always)]
#[allow(unsafe_code, reason = "see Product::run")]
fn tiles<V: Vector, const M: usize, const N: usize, const BY_ROWS: bool>(product: &Product) {
    let mut row = 0;
    // SAFETY: that of `Product::run`: these are tiles of its rows and panels.
    unsafe {
        while row + M <= product.rows {
            tile::<V, M, N, BY_ROWS>(product, row);
            row += M;
        }
        if M > 4 && row + 4 <= product.rows {
            tile::<V, 4, N, BY_ROWS>(product, row);
            row += 4;
        }
        if row + 2 <= product.rows {
            tile::<V, 2, N, BY_ROWS>(product, row);
            row += 2;
        }
        if row < product.rows {
            tile::<V, 1, N, BY_ROWS>(product, row);
        }
    }
}

/// sum += the rows of `panel`, shape (rows, width).
pub(super) fn add_panel(isa: Isa, sum: &mut [f32], panel: &[f32]) {
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512(_) => F32x16::vectorize(AddPanel::<F32x16>(sum, panel, PhantomData)),
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2(_) => F32x8::vectorize(AddPanel::<F32x8>(sum, panel, PhantomData)),
        _ => F32x4::vectorize(AddPanel::<F32x4>(sum, panel, PhantomData)),
    }
}

struct AddPanel<'a, V>(&'a mut [f32], &'a [f32], PhantomData<V>);

impl<V: Vector> Kernel for AddPanel<'_, V> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code, reason = "see Vector::load")]
    fn run(self) {
        // Several sums, none of which waits for the one before.
        const SUMS: usize = 8;
        let Self(sum, panel, _) = self;
        assert!(sum.len() == V::WIDTH && panel.len().is_multiple_of(V::WIDTH), "whole rows");
        // SAFETY: pieces of whole registers' widths are loaded and stored.
        let load = |row: &[f32]| unsafe { V::load(row.as_ptr()) };
        let mut sums = [V::repeat(0.0); SUMS];
        let mut rows = panel.chunks_exact(SUMS * V::WIDTH);
        for rows in &mut rows {
            for (sum, row) in sums.iter_mut().zip(rows.chunks_exact(V::WIDTH)) {
                *sum += load(row);
            }
        }
        for (sum, row) in sums.iter_mut().zip(rows.remainder().chunks_exact(V::WIDTH)) {
            *sum += load(row);
        }
        let total = sums.into_iter().fold(load(sum), |total, sum| total + sum);
        // SAFETY: as above.
        unsafe { total.store(sum.as_mut_ptr()) };
    }
}

#[inline(always)]
#[allow(unsafe_code, reason = "see Product::run")]
unsafe fn tile<V: Vector, const M: usize, const N: usize, const BY_ROWS: bool>(
    product: &Product,
    row: usize,
) {
    let width = V::WIDTH;
    let (a_row, a_element) = if BY_ROWS { (width, 1) } else { (1, width) };
    let &Product { inner, a, a_segment, b, b_panel, c, c_panel, start, .. } = product;
    // SAFETY: that of `Product::run`.
    unsafe {
        let c = c.add(row * width);
        let mut sums: [[V; N]; M] = match start {
            Start::Zero => [[V::repeat(0.0); N]; M],
            Start::Row(start) => [from_fn(|j| V::load(start.add(j * width))); M],
            Start::Product => from_fn(|m| from_fn(|j| V::load(c.add(j * c_panel + m * width)))),
        };
        let (mut a, mut b, mut until_last) = (a.add(row * a_row), b, inner.cycle);
        for _ in 0..inner.n {
            until_last -= 1;
            let mut length = inner.length;
            if until_last == 0 {
                (length, until_last) = (inner.last, inner.cycle);
            }
            let (mut a_k, mut b_k) = (a, b);
            for _ in 0..length {
                let right: [V; N] = from_fn(|j| V::load(b_k.add(j * b_panel)));
                for m in 0..M {
                    let left = V::repeat(*a_k.add(m * a_row));
                    for j in 0..N {
                        sums[m][j] = left.mul_add(right[j], sums[m][j]);
                    }
                }
                (a_k, b_k) = (a_k.add(a_element), b_k.add(width));
            }
            (a, b) = (a.add(a_segment), b.add(inner.length * width));
        }
        for m in 0..M {
            for j in 0..N {
                sums[m][j].store(c.add(j * c_panel + m * width));
            }
        }
    }
}

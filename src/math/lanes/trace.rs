//! Lanes that record operations instead of computing them.
//!
//! [`record`] runs a function on [`Trace`]; what it would have computed comes back as a
//! [`LaneProgram`](crate::math::program::LaneProgram). Every mask is answered with yes, which by the rules of lanes is always
//! right; `when!`, `listed!` and `repeat!` say where a program may skip or repeat something. What cannot be written
//! down, as a question for the number in a lane, ends in a [`TraceError`].

use super::record::Cells;
use super::recorder::{Assign, Bring, Noted, Snapshot, with};
use super::{Kernel, LaneMask, Lanes, MOST_LANES};
use crate::math::program::{ArrayCell, Op, Scalar, Value, ValueKind};
use std::marker::PhantomData;
use std::ops::{Add, AddAssign, BitAnd, BitOr, Div, Mul, Neg, Not, Sub, SubAssign};

pub use super::recorder::{MOST_WRITTEN_OUT, TraceError, record, record_as, record_by_size};

/// A kind of number that programs are made for.
pub trait Number: Copy + std::fmt::Debug + Send + Sync + 'static {
    /// The number's type in programs.
    const SCALAR: Scalar;
    /// Relative precision.
    const EPSILON: f64;
}

impl Number for f32 {
    const SCALAR: Scalar = Scalar::F32;
    const EPSILON: f64 = f32::EPSILON as f64;
}

impl Number for f64 {
    const SCALAR: Scalar = Scalar::F64;
    const EPSILON: f64 = f64::EPSILON;
}

/// A number of the program that is being written.
#[derive(Clone, Copy, Debug)]
pub struct Trace<N> {
    pub(super) value: Value,
    number: PhantomData<N>,
}

/// A mask of the program that is being written.
#[derive(Clone, Copy, Debug)]
pub struct TraceMask(pub(super) Value);

impl<N: Number> Trace<N> {
    fn of(value: Value) -> Self {
        Self { value, number: PhantomData }
    }

    fn op(op: Op) -> Self {
        Self::of(with(|it| it.op(op)))
    }

    /// A number that comes in.
    pub fn input(array: &'static str, index: usize) -> Self {
        let cell = ArrayCell { array, index: index as u32 };
        Self::of(with(|it| it.builder.input(cell)))
    }
}

impl TraceMask {
    fn op(op: Op) -> Self {
        Self(with(|it| it.op(op)))
    }
}

impl LaneMask for TraceMask {
    fn splat(value: bool) -> Self {
        Self::op(Op::Truth(value))
    }

    /// Yes: a program is for every environment.
    fn any(self) -> bool {
        true
    }

    fn lane(self, _lane: usize) -> bool {
        asks_for_number();
        false
    }
}

fn asks_for_number() {
    with(|it| {
        let stage = it.stage();
        it.fault.get_or_insert(TraceError::AsksForNumber { stage });
        Value(0)
    });
}

impl BitAnd for TraceMask {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self::op(Op::And(self.0, other.0))
    }
}

impl BitOr for TraceMask {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self::op(Op::Or(self.0, other.0))
    }
}

impl Not for TraceMask {
    type Output = Self;
    fn not(self) -> Self {
        Self::op(Op::Not(self.0))
    }
}

macro_rules! operators {
    ($($operator:ident $method:ident;)*) => {$(
        impl<N: Number> $operator for Trace<N> {
            type Output = Self;
            fn $method(self, other: Self) -> Self {
                Self::op(Op::$operator(self.value, other.value))
            }
        }
    )*};
}
operators! { Add add; Sub sub; Mul mul; Div div; }

impl<N: Number> Neg for Trace<N> {
    type Output = Self;
    fn neg(self) -> Self {
        Self::op(Op::Neg(self.value))
    }
}

impl<N: Number> AddAssign for Trace<N> {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl<N: Number> SubAssign for Trace<N> {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl<N: Number> Lanes for Trace<N> {
    type Mask = TraceMask;
    const WIDTH: usize = 1;
    const EPSILON: f64 = N::EPSILON;
    const RECORDS: bool = true;

    fn vectorize<K: Kernel>(kernel: K) -> K::Output {
        kernel.run()
    }

    fn splat(value: f64) -> Self {
        Self::of(with(|it| it.builder.number(value)))
    }

    fn mul_add(self, b: Self, c: Self) -> Self {
        Self::op(Op::MulAdd(self.value, b.value, c.value))
    }

    fn sqrt(self) -> Self {
        Self::op(Op::Sqrt(self.value))
    }

    fn abs(self) -> Self {
        Self::op(Op::Abs(self.value))
    }

    fn flip_sign(self, by: Self) -> Self {
        Self::op(Op::FlipSign(self.value, by.value))
    }

    fn exponent(self) -> Self {
        Self::op(Op::Exponent(self.value))
    }

    fn mantissa(self) -> Self {
        Self::op(Op::Mantissa(self.value))
    }

    fn power_of_two(self) -> Self {
        Self::op(Op::PowerOfTwo(self.value))
    }

    fn floor(self) -> Self {
        Self::op(Op::Floor(self.value))
    }

    fn min(self, other: Self) -> Self {
        Self::op(Op::Min(self.value, other.value))
    }

    fn max(self, other: Self) -> Self {
        Self::op(Op::Max(self.value, other.value))
    }

    fn lt(self, other: Self) -> TraceMask {
        TraceMask::op(Op::Lt(self.value, other.value))
    }

    fn le(self, other: Self) -> TraceMask {
        TraceMask::op(Op::Le(self.value, other.value))
    }

    fn equal(self, other: Self) -> TraceMask {
        TraceMask::op(Op::Equal(self.value, other.value))
    }

    fn select(mask: TraceMask, a: Self, b: Self) -> Self {
        Self::op(Op::Select(mask.0, a.value, b.value))
    }

    fn gather(_table: &[f32], _places: &[u32; MOST_LANES]) -> Self {
        asks_for_number();
        Self::zero()
    }

    fn lane(self, _lane: usize) -> f64 {
        asks_for_number();
        0.0
    }

    /// The only lane becomes a constant.
    fn set_lane(&mut self, _lane: usize, value: f64) {
        *self = Self::splat(value);
    }

    fn enter(mask: TraceMask, cells: &mut dyn Cells<Self>) {
        bring(cells, Bring::ToArraysAndHere);
        let snapshot = Snapshot::of(cells);
        with(|it| {
            let mask =
                if it.check(&[mask.0]) == Value(0) { mask.0 } else { it.stand_in(ValueKind::Mask) };
            it.open.push(snapshot);
            it.builder.begin_if(mask);
            mask
        });
    }

    fn leave(cells: &mut dyn Cells<Self>) {
        bring(cells, Bring::ToArrays);
        let after = Snapshot::of(cells);
        let mut merged = vec![];
        with(|it| {
            let before = it.open.pop().unwrap_or_default();
            let pairs = it.pairs(&before, &after);
            let known: Vec<(Value, Value)> = pairs.iter().copied().flatten().collect();
            let mut found = it.builder.end_if(&known).into_iter();
            // What a block within left unlisted stays what it is: who reads it is told.
            let after = pairs.iter().zip(after.all().map(|it| it.value));
            merged =
                after.filter_map(|(pair, now)| pair.map_or(Some(now), |_| found.next())).collect();
            Value(0)
        });
        Assign::to(cells, merged);
    }

    fn begin_loop(limit: usize, todo: &mut TraceMask, cells: &mut dyn Cells<Self>) -> Self {
        bring(cells, Bring::ToArraysAndHere);
        bring(cells, Bring::Anew);
        let snapshot = Snapshot::of(cells);
        let mut inner = vec![];
        let turn = with(|it| {
            let mut starts: Vec<Value> = snapshot.values().collect();
            starts.push(todo.0);
            it.check(&starts);
            let (turn, cells) = it.builder.begin_loop(limit as u32, todo.0, &starts);
            inner = with_homes(&snapshot, cells);
            it.open.push(snapshot);
            // Whoever is in the loop has work to do.
            todo.0 = it.builder.op(Op::Truth(true));
            turn
        });
        Assign::to(cells, inner);
        Self::of(turn)
    }

    fn end_loop(todo: &mut TraceMask, cells: &mut dyn Cells<Self>) {
        bring(cells, Bring::ToArraysAndHere);
        let after = Snapshot::of(cells);
        let mut last = vec![];
        with(|it| {
            let before = it.open.pop().unwrap_or_default();
            let mut nexts: Vec<Value> = after.values().collect();
            nexts.push(todo.0);
            it.check(&nexts);
            if !before.lists.iter().map(Vec::len).eq(after.lists.iter().map(Vec::len)) {
                // What a turn adds to a list the next one does not have.
                let stage = it.stage();
                it.fault.get_or_insert(TraceError::Escapes { stage });
                nexts.resize(before.values().count() + 1, todo.0);
            }
            last = it.builder.end_loop(todo.0, &nexts);
            todo.0 = last.pop().unwrap_or(todo.0);
            last = with_homes(&after, std::mem::take(&mut last));
            todo.0
        });
        Assign::to(cells, last);
        bring(cells, Bring::Anew);
    }

    fn begin_turns(cells: &mut dyn Cells<Self>) {
        if !has_arrays() {
            return;
        }
        bring(cells, Bring::ToArraysAndHere);
        let starts: Vec<Value> = Snapshot::of(cells).values().collect();
        with(|it| {
            it.check(&starts);
            it.starts.push(starts);
            it.builder.begin_turns();
            Value(0)
        });
    }

    fn begin_turn(cells: &mut dyn Cells<Self>) {
        if !has_arrays() {
            return;
        }
        bring(cells, Bring::ToArrays);
        let snapshot = Snapshot::of(cells);
        let inner = snapshot.all().filter(|it| it.home.is_none());
        let kinds: Vec<ValueKind> = inner.map(|it| it.kind).collect();
        let mut fresh = vec![];
        with(|it| {
            fresh = with_homes(&snapshot, it.builder.begin_turn(&kinds));
            Value(0)
        });
        Assign::to(cells, fresh);
    }

    fn end_turn(cells: &mut dyn Cells<Self>) {
        if !has_arrays() {
            return;
        }
        bring(cells, Bring::ToArraysAndHere);
        let nexts: Vec<Value> = Snapshot::of(cells).values().collect();
        with(|it| {
            it.check(&nexts);
            it.builder.end_turn(nexts);
            Value(0)
        });
    }

    fn end_turns(cells: &mut dyn Cells<Self>) {
        if !has_arrays() {
            return;
        }
        let snapshot = Snapshot::of(cells);
        let mut last = vec![];
        with(|it| {
            let starts = it.starts.pop().unwrap_or_default();
            last = with_homes(&snapshot, it.builder.end_turns(starts));
            Value(0)
        });
        Assign::to(cells, last);
    }

    fn keep(array: &'static str, first: usize, cells: &mut [Self], filled: bool) {
        if !has_arrays() {
            return;
        }
        for (at, cell) in (first as u32..).zip(cells) {
            let (address, value) = (std::ptr::from_ref(cell).addr(), cell.value);
            let mut to = value;
            with(|it| {
                let home = (it.array(array, at + 1), at);
                it.homes.insert(address, home);
                to = match filled {
                    true => it.put(value, Some(home)),
                    false => it.builder.cell(home.0, home.1),
                };
                to
            });
            cell.value = to;
        }
    }

    fn put(cells: &mut dyn Cells<Self>) {
        bring(cells, Bring::ToArrays);
    }

    fn release(cells: &mut dyn Cells<Self>) {
        bring(cells, Bring::Out);
    }

    fn begin_stage(name: &'static str) {
        with(|it| {
            let before = it.builder.begin_stage(name);
            it.stages.push((name, before));
            Value(0)
        });
    }

    fn end_stage() {
        with(|it| {
            if let Some((_, before)) = it.stages.pop() {
                it.builder.return_to(before);
            }
            Value(0)
        });
    }
}

fn bring<N: Number>(cells: &mut dyn Cells<Trace<N>>, mut how: Bring) {
    if has_arrays() {
        cells.visit(&mut how);
    }
}

/// Whether numbers may lie in arrays.
fn has_arrays() -> bool {
    let mut has_arrays = false;
    with(|it| {
        has_arrays = it.has_arrays;
        Value(0)
    });
    has_arrays
}

/// Values for all cells: those that lie in arrays keep what they have.
fn with_homes(cells: &Snapshot, others: Vec<Value>) -> Vec<Value> {
    let mut others = others.into_iter();
    let of = |it: Noted| it.home.map_or_else(|| others.next(), |_| Some(it.value));
    cells.all().filter_map(of).collect()
}

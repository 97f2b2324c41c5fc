//! The recorder of the operations of [`Trace`].

use super::record::{Cells, Visitor};
use super::trace::{Number, Trace, TraceMask};
use crate::math::program::{
    ArrayCell, Builder, LaneProgram, Op, Value, ValueKind, count, lower, order, outline, tidy,
};
use std::cell::RefCell;
use std::collections::HashMap;

/// An error of tracing: a mistake in the code of the computation, not in its input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TraceError {
    /// It asked for the number in a lane.
    AsksForNumber {
        /// The stage of the computation that asked.
        stage: String,
    },
    /// It used what a block had made that was over, and that `when!` or `repeat!` does not list.
    Escapes {
        /// The stage of the computation that used it.
        stage: String,
    },
    /// It used what a number of an array had been before another was written there.
    Overwritten {
        /// The stage of the computation that used it.
        stage: String,
    },
    /// It computed on these lanes while nothing was being written.
    Outside,
}

impl std::fmt::Display for TraceError {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Self::AsksForNumber { stage } => {
                write!(f, "{stage} asks for the number in a lane, which a program cannot answer")
            }
            Self::Escapes { stage } => {
                write!(f, "{stage} uses a number of a block that is over and does not list it")
            }
            Self::Overwritten { stage } => {
                write!(f, "{stage} uses a number of an array that another has been written over")
            }
            Self::Outside => write!(f, "numbers of a program were used where none is written"),
        }
    }
}

impl std::error::Error for TraceError {}

/// What is written, and what the open blocks began with.
pub(super) struct Recorder {
    pub builder: Builder,
    pub open: Vec<Snapshot>,
    pub stages: Vec<(&'static str, u16)>,
    pub fault: Option<TraceError>,
    /// Whether loops stay loops, and cells lie in arrays.
    pub has_arrays: bool,
    /// Of cells that lie in arrays, by their addresses, which array and where.
    pub homes: HashMap<usize, (u32, u32)>,
    arrays: HashMap<&'static str, u32>,
    /// What the cells of loops that are being written out began with.
    pub starts: Vec<Vec<Value>>,
}

thread_local! {
    static RECORDER: RefCell<Option<Recorder>> = const { RefCell::new(None) };
}

/// Runs a function and returns what it did as a program, with the cells that it names as outputs.
///
/// # Errors
/// If it did what cannot be written down.
///
/// # Panics
/// If it is called within itself.
pub fn record<N: Number>(
    run: impl FnOnce() -> Vec<(ArrayCell, Trace<N>)>,
) -> Result<LaneProgram, TraceError> {
    record_as(run, false)
}

/// Operations of a program above which its loops stay loops: written out, assemblers take minutes.
pub const MOST_WRITTEN_OUT: usize = 40_000;

/// As [`record`]; a program of more than [`MOST_WRITTEN_OUT`] operations is written once more, with arrays and loops.
/// Those execute more than what they are written out to.
///
/// # Errors
/// As there.
///
/// # Panics
/// As there.
pub fn record_by_size<N: Number>(
    mut run: impl FnMut() -> Vec<(ArrayCell, Trace<N>)>,
) -> Result<LaneProgram, TraceError> {
    let program = record_as(&mut run, false)?;
    let n_operations: usize = count(&program).iter().map(|stage| stage.operations).sum();
    if n_operations <= MOST_WRITTEN_OUT { Ok(program) } else { record_as(run, true) }
}

/// As [`record`], with numbers in arrays and loops where the function says so.
///
/// # Errors
/// As there.
///
/// # Panics
/// As there.
pub fn record_as<N: Number>(
    run: impl FnOnce() -> Vec<(ArrayCell, Trace<N>)>,
    has_arrays: bool,
) -> Result<LaneProgram, TraceError> {
    RECORDER.with(|it| {
        let before = it.borrow_mut().replace(Recorder {
            builder: Builder::new(N::SCALAR),
            open: vec![],
            stages: vec![],
            fault: None,
            has_arrays,
            homes: HashMap::new(),
            arrays: HashMap::new(),
            starts: vec![],
        });
        assert!(before.is_none(), "one program is written at a time");
    });
    let last = Last;
    let mut outputs = run();
    for (_, number) in &mut outputs {
        number.value = with(|it| match it.check(&[number.value]) {
            Value(0) => it.read(number.value),
            none => none,
        });
    }
    let recorder = RECORDER.with(|it| it.borrow_mut().take());
    drop(last);
    let Some(Recorder { builder, fault, .. }) = recorder else { return Err(TraceError::Outside) };
    match fault {
        Some(fault) => Err(fault),
        None => {
            let outputs = outputs.into_iter().map(|(cell, number)| (cell, number.value));
            Ok(lower(order(tidy(outline(tidy(builder.finish(outputs.collect())))))))
        }
    }
}

/// Leaves no recorder behind, also where what is recorded panics.
struct Last;

impl Drop for Last {
    fn drop(&mut self) {
        RECORDER.with(|it| it.borrow_mut().take());
    }
}

/// Asks the recorder of this thread; outside of [`record`] the answer is a value that no program has.
pub(super) fn with(ask: impl FnOnce(&mut Recorder) -> Value) -> Value {
    RECORDER.with(|it| it.borrow_mut().as_mut().map_or(Value(u32::MAX), ask))
}

impl Recorder {
    pub fn op(&mut self, op: Op) -> Value {
        let operands: Vec<Value> = op.operands().iter().collect();
        if self.fault.is_some() || self.check(&operands) == Value(u32::MAX) {
            return self.stand_in(op.kind());
        }
        let op = op.map(|value| self.read(value));
        if self.fault.is_some() {
            return self.stand_in(op.kind());
        }
        self.builder.op(op)
    }

    /// A value to go on with after a fault.
    pub fn stand_in(&mut self, kind: ValueKind) -> Value {
        match kind {
            ValueKind::Number => self.builder.number(0.0),
            ValueKind::Mask => self.builder.op(Op::Truth(false)),
        }
    }

    /// A value for use here, read from its array if it lies in one.
    pub fn read(&mut self, value: Value) -> Value {
        self.builder.read(value).unwrap_or_else(|| {
            let stage = self.stage();
            self.fault.get_or_insert(TraceError::Overwritten { stage });
            self.stand_in(ValueKind::Number)
        })
    }

    /// Where a cell lies.
    pub fn home<T>(&self, cell: *const T) -> Option<(u32, u32)> {
        self.homes.get(&cell.addr()).copied()
    }

    /// The array of this name, of so many numbers at least.
    pub fn array(&mut self, name: &'static str, n: u32) -> u32 {
        let array = *self.arrays.entry(name).or_insert_with(|| self.builder.array(name, n));
        self.builder.widen(array, n);
        array
    }

    /// A cell's value once its array has it.
    pub fn put(&mut self, value: Value, home: Option<(u32, u32)>) -> Value {
        let Some((array, at)) = home else { return value };
        if self.builder.is_cell(value, array, at) || self.check(&[value]) == Value(u32::MAX) {
            return value;
        }
        let value = self.read(value);
        self.builder.store(array, at, value);
        self.builder.cell(array, at)
    }

    /// Notes a fault if one of the values cannot be used here, and returns no value then.
    pub fn check(&mut self, values: &[Value]) -> Value {
        for &value in values {
            if value == Value(u32::MAX) {
                self.fault.get_or_insert(TraceError::Outside);
                return value;
            }
            if !self.builder.is_seen(value) {
                let stage = self.stage();
                self.fault.get_or_insert(TraceError::Escapes { stage });
                return Value(u32::MAX);
            }
        }
        Value(0)
    }

    pub fn stage(&self) -> String {
        self.stages.last().map_or("the computation", |(name, _)| name).to_owned()
    }
}

/// What cells hold, list by list.
#[derive(Default)]
pub(super) struct Snapshot {
    pub lists: Vec<Vec<Noted>>,
}

/// What a cell holds.
#[derive(Clone, Copy)]
pub(super) struct Noted {
    pub value: Value,
    pub kind: ValueKind,
    otherwise: f64,
    /// Where it lies, if in an array.
    pub home: Option<(u32, u32)>,
}

impl Snapshot {
    pub fn of<N: Number>(cells: &mut dyn Cells<Trace<N>>) -> Self {
        let mut snapshot = Self { lists: vec![vec![]] };
        cells.visit(&mut snapshot);
        snapshot
    }

    fn note(&mut self, noted: Noted) {
        if let Some(list) = self.lists.last_mut() {
            list.push(noted);
        }
    }

    pub fn all(&self) -> impl Iterator<Item = Noted> + '_ {
        self.lists.iter().flatten().copied()
    }

    /// What lies in no array.
    pub fn values(&self) -> impl Iterator<Item = Value> + '_ {
        self.all().filter(|it| it.home.is_none()).map(|it| it.value)
    }
}

impl<N: Number> Visitor<Trace<N>> for Snapshot {
    fn number(&mut self, cell: &mut Trace<N>, otherwise: f64) {
        let (value, kind) = (cell.value, ValueKind::Number);
        let mut home = None;
        with(|it| {
            home = it.home(cell);
            value
        });
        self.note(Noted { value, kind, otherwise, home });
    }

    fn mask(&mut self, cell: &mut TraceMask) {
        self.note(Noted { value: cell.0, kind: ValueKind::Mask, otherwise: 0.0, home: None });
    }

    fn list(&mut self) {
        self.lists.push(vec![]);
    }
}

/// Gives cells new values, in order.
pub(super) struct Assign(std::vec::IntoIter<Value>);

impl Assign {
    pub fn to<N: Number>(cells: &mut dyn Cells<Trace<N>>, values: Vec<Value>) {
        cells.visit(&mut Self(values.into_iter()));
    }
}

impl<N: Number> Visitor<Trace<N>> for Assign {
    fn number(&mut self, cell: &mut Trace<N>, _: f64) {
        cell.value = self.0.next().unwrap_or(cell.value);
    }

    fn mask(&mut self, cell: &mut TraceMask) {
        cell.0 = self.0.next().unwrap_or(cell.0);
    }

    fn list(&mut self) {}
}

impl Recorder {
    /// Of each cell after a block, what it is if the block was entered and if not; nothing of what cannot be used.
    pub fn pairs(&mut self, before: &Snapshot, after: &Snapshot) -> Vec<Option<(Value, Value)>> {
        let mut pairs = vec![];
        for (number, list) in after.lists.iter().enumerate() {
            for (place, &noted) in list.iter().enumerate() {
                if noted.home.is_some() {
                    pairs.push(None);
                    continue;
                }
                let Noted { value: taken, kind, otherwise, .. } = noted;
                let known = before.lists.get(number).and_then(|list| list.get(place));
                if known.is_none() && otherwise.is_nan() && self.builder.is_constant(taken) {
                    pairs.push(None);
                    continue;
                }
                let otherwise = if otherwise.is_nan() { 0.0 } else { otherwise };
                let skipped = match (known, kind) {
                    (Some(known), _) => known.value,
                    (None, ValueKind::Number) => self.builder.number(otherwise),
                    (None, ValueKind::Mask) => self.builder.op(Op::Truth(false)),
                };
                let seen = |value| self.builder.is_seen(value);
                let can_be_used = taken == skipped || (seen(taken) && seen(skipped));
                let taken = if can_be_used && taken != skipped { self.read(taken) } else { taken };
                pairs.push(can_be_used.then_some((taken, skipped)));
            }
        }
        pairs
    }
}

/// Brings what cells hold to where it belongs.
pub(super) enum Bring {
    /// To its array, if it has one.
    ToArrays,
    /// The same, and what was copied from an array is read here.
    ToArraysAndHere,
    /// Out of its array, which the cell has no more.
    Out,
    /// It may have changed in its array.
    Anew,
}

impl<N: Number> Visitor<Trace<N>> for Bring {
    fn number(&mut self, cell: &mut Trace<N>, _: f64) {
        let (address, value) = (std::ptr::from_ref(cell), cell.value);
        let mut to = value;
        with(|it| {
            let home = it.home(address);
            to = match (&*self, home) {
                (Self::ToArrays, _) | (Self::ToArraysAndHere, Some(_)) => it.put(value, home),
                (Self::ToArraysAndHere, None) => it.read(value),
                (Self::Out, Some(_)) => {
                    it.homes.remove(&address.addr());
                    it.read(value)
                }
                (Self::Anew, Some((array, at))) => {
                    it.builder.change(array, at);
                    it.builder.cell(array, at)
                }
                (Self::Out | Self::Anew, None) => value,
            };
            to
        });
        cell.value = to;
    }

    fn mask(&mut self, _: &mut TraceMask) {}

    fn list(&mut self) {}
}

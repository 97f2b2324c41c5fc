//! The recorder of the operations of [`Trace`].

use super::record::{Cells, Visitor};
use super::trace::{Number, Trace, TraceMask};
use crate::math::program::{
    ArrayCell, Builder, LaneProgram, Op, Value, ValueKind, order, outline, tidy,
};
use std::cell::RefCell;

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
    RECORDER.with(|it| {
        let before = it.borrow_mut().replace(Recorder {
            builder: Builder::new(N::SCALAR),
            open: vec![],
            stages: vec![],
            fault: None,
        });
        assert!(before.is_none(), "one program is written at a time");
    });
    let last = Last;
    let outputs = run();
    for (_, number) in &outputs {
        with(|it| it.check(&[number.value]));
    }
    let recorder = RECORDER.with(|it| it.borrow_mut().take());
    drop(last);
    let Some(Recorder { builder, fault, .. }) = recorder else { return Err(TraceError::Outside) };
    match fault {
        Some(fault) => Err(fault),
        None => {
            let outputs = outputs.into_iter().map(|(cell, number)| (cell, number.value));
            Ok(order(tidy(outline(tidy(builder.finish(outputs.collect()))))))
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
        self.builder.op(op)
    }

    /// A value to go on with after a fault.
    pub fn stand_in(&mut self, kind: ValueKind) -> Value {
        match kind {
            ValueKind::Number => self.builder.number(0.0),
            ValueKind::Mask => self.builder.op(Op::Truth(false)),
        }
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
    pub lists: Vec<Vec<(Value, ValueKind, f64)>>,
}

impl Snapshot {
    pub fn of<N: Number>(cells: &mut dyn Cells<Trace<N>>) -> Self {
        let mut snapshot = Self { lists: vec![vec![]] };
        cells.visit(&mut snapshot);
        snapshot
    }

    fn note(&mut self, value: Value, kind: ValueKind, otherwise: f64) {
        if let Some(list) = self.lists.last_mut() {
            list.push((value, kind, otherwise));
        }
    }

    pub fn values(&self) -> impl Iterator<Item = Value> + '_ {
        self.lists.iter().flatten().map(|&(value, ..)| value)
    }
}

impl<N: Number> Visitor<Trace<N>> for Snapshot {
    fn number(&mut self, cell: &mut Trace<N>, otherwise: f64) {
        self.note(cell.value, ValueKind::Number, otherwise);
    }

    fn mask(&mut self, cell: &mut TraceMask) {
        self.note(cell.0, ValueKind::Mask, 0.0);
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
            for (place, &(taken, kind, otherwise)) in list.iter().enumerate() {
                let known = before.lists.get(number).and_then(|list| list.get(place));
                let skipped = match (known, kind) {
                    (Some(&(value, ..)), _) => value,
                    (None, ValueKind::Number) => self.builder.number(otherwise),
                    (None, ValueKind::Mask) => self.builder.op(Op::Truth(false)),
                };
                let seen = |value| self.builder.is_seen(value);
                let can_be_used = taken == skipped || (seen(taken) && seen(skipped));
                pairs.push(can_be_used.then_some((taken, skipped)));
            }
        }
        pairs
    }
}

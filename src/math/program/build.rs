//! Builds a program operation by operation, without repeating one (common subexpressions are shared).

use super::fold::{Folded, fold};
use super::memory::{Known, Memory};
use super::op::{
    Action, ArrayCell, Block, Call, Carried, Counted, Function, If, LaneProgram, Loop, Merge, Op,
    Scalar, Statement, Value, ValueKind,
};
use super::roll::{Cell, Turn};
use std::collections::HashMap;

/// A program under construction.
///
/// Blocks that are open lie on a stack; a value can be used while the block that made it is open.
#[derive(Debug)]
pub struct Builder {
    pub(super) scalar: Scalar,
    pub(super) kinds: Vec<ValueKind>,
    /// What made each value; none of merged ones, of cells, parameters and results.
    pub(super) made_by: Vec<Option<Op>>,
    /// The block in which each value was made.
    pub(super) home: Vec<u32>,
    /// Of each block whether values in it can be used.
    is_open: Vec<bool>,
    inputs: Vec<ArrayCell>,
    stages: Vec<&'static str>,
    stage: u16,
    functions: Vec<Function>,
    /// The program's body, and functions that are being written within.
    frames: Vec<Frame>,
    pub(super) memory: Memory,
    pub(super) places: Known,
    /// Of each cell of an array what it counts for now, and how many versions there are.
    pub(super) versions: HashMap<(u32, u32), u32>,
    pub(super) n_versions: u32,
    /// Values that are read from arrays where they are used.
    pub(super) cells: HashMap<Value, Cell>,
    pub(super) n_counters: u32,
    /// Turns of the loops that are being written.
    pub(super) turns: Vec<Vec<Turn>>,
}

/// A body under construction.
#[derive(Debug, Default)]
pub(super) struct Frame {
    pub open: Vec<Open>,
    known: HashMap<Op, Value>,
    /// Masks that are known where the present block is entered.
    facts: Vec<(Value, bool)>,
}

/// A block under construction.
#[derive(Debug)]
pub(super) struct Open {
    pub id: u32,
    pub opening: Opening,
    pub statements: Vec<Statement>,
    /// What is known no more when it ends.
    made: Vec<Op>,
    n_facts: usize,
}

/// What a block belongs to.
#[derive(Debug)]
pub(super) enum Opening {
    Body,
    If(Value),
    /// A block whose mask is always true: it is part of the one around it.
    Always,
    /// A turn of a loop.
    Turn,
    Loop {
        limit: u32,
        enter: Value,
        turn: Value,
        cells: Vec<Value>,
        starts: Vec<Value>,
    },
}

impl Builder {
    /// A builder of a program over numbers of this type.
    pub fn new(scalar: Scalar) -> Self {
        let mut builder = Self {
            scalar,
            kinds: vec![],
            made_by: vec![],
            home: vec![],
            is_open: vec![],
            inputs: vec![],
            stages: vec![],
            stage: 0,
            functions: vec![],
            frames: vec![],
            memory: Memory::default(),
            places: Known::default(),
            versions: HashMap::new(),
            n_versions: 0,
            cells: HashMap::new(),
            n_counters: 0,
            turns: vec![],
        };
        builder.begin_frame();
        builder
    }

    /// A builder of a program over arrays that are there.
    pub(super) fn with_memory(scalar: Scalar, memory: Memory) -> Self {
        Self { memory, ..Self::new(scalar) }
    }

    /// Statements from here on belong to a stage. Returns the one before, for [`return_to`](Self::return_to).
    pub fn begin_stage(&mut self, name: &'static str) -> u16 {
        let known = self.stages.iter().position(|&stage| stage == name);
        let stage = known.unwrap_or_else(|| {
            self.stages.push(name);
            self.stages.len() - 1
        });
        std::mem::replace(&mut self.stage, stage as u16)
    }

    /// Statements from here on belong to this stage.
    pub fn return_to(&mut self, stage: u16) {
        self.stage = stage;
    }

    /// Whether a value is a number or a mask.
    pub fn kind(&self, value: Value) -> ValueKind {
        self.kinds[value.index()]
    }

    /// Whether a value is a number that is known.
    pub fn is_constant(&self, value: Value) -> bool {
        matches!(self.made_by(value), Some(Op::Constant(_)))
    }

    /// What made a value that can be folded.
    pub(super) fn made_by(&self, value: Value) -> Option<Op> {
        self.made_by[value.index()]
    }

    /// A mask that is the same for all that come to this place.
    pub(super) fn truth(&self, mask: Value) -> Option<bool> {
        if let Some(Op::Truth(value)) = self.made_by(mask) {
            return Some(value);
        }
        let facts = &self.frame().facts;
        facts.iter().find(|(fact, _)| *fact == mask).map(|(_, value)| *value)
    }

    /// Whether a value can be used here.
    pub fn is_seen(&self, value: Value) -> bool {
        self.cells.contains_key(&value)
            || self.home.get(value.index()).is_some_and(|&block| self.is_open[block as usize])
    }

    /// A number that comes in; asked for twice it is the same.
    pub fn input(&mut self, cell: ArrayCell) -> Value {
        let known = self.inputs.iter().position(|input| *input == cell);
        let index = known.unwrap_or_else(|| {
            self.inputs.push(cell);
            self.inputs.len() - 1
        });
        self.op(Op::Input(index as u32))
    }

    /// Writes a constant down, rounded to the program's type.
    pub fn number(&mut self, value: f64) -> Value {
        self.op(Op::Constant(self.scalar.bits(value)))
    }

    /// Writes an operation down, or finds what is the same.
    pub fn op(&mut self, op: Op) -> Value {
        match fold(self, op) {
            Folded::To(value) => value,
            Folded::Op(op) => self.intern(op),
        }
    }

    fn intern(&mut self, op: Op) -> Value {
        if let Some(&value) = self.frame().known.get(&op)
            && self.is_of_turn(op, value)
        {
            return value;
        }
        // Constants and inputs are for the whole body, wherever they are asked for first.
        let is_global = matches!(op, Op::Constant(_) | Op::Truth(_) | Op::Input(_));
        let at = if is_global { 0 } else { self.frame().open.len() - 1 };
        let to = self.value(op.kind(), Some(op), at);
        let stage = self.stage;
        let frame = self.frame_mut();
        frame.known.insert(op, to);
        frame.open[at].made.push(op);
        frame.open[at].statements.push(Statement { stage, action: Action::Let { to, op } });
        to
    }

    /// A new value of the `at`th open block.
    fn value(&mut self, kind: ValueKind, made_by: Option<Op>, at: usize) -> Value {
        let home = self.frame().open[at].id;
        self.kinds.push(kind);
        self.made_by.push(made_by);
        self.home.push(home);
        Value(self.kinds.len() as u32 - 1)
    }

    pub(super) fn fresh(&mut self, kind: ValueKind) -> Value {
        self.value(kind, None, self.frame().open.len() - 1)
    }

    pub(super) fn frame(&self) -> &Frame {
        self.frames.last().expect("a body is open until the program is finished")
    }

    fn frame_mut(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("a body is open until the program is finished")
    }

    fn begin_frame(&mut self) {
        // What is outside of a function is not seen in it.
        if let Some(frame) = self.frames.last() {
            frame.open.iter().for_each(|block| self.is_open[block.id as usize] = false);
        }
        self.frames.push(Frame::default());
        self.begin_block(Opening::Body);
    }

    pub(super) fn begin_block(&mut self, opening: Opening) {
        let id = self.is_open.len() as u32;
        self.is_open.push(true);
        let n_facts = self.frame().facts.len();
        let block = Open { id, opening, statements: vec![], made: vec![], n_facts };
        self.frame_mut().open.push(block);
    }

    pub(super) fn end_block(&mut self) -> Open {
        let frame = self.frame_mut();
        let block = frame.open.pop().expect("every block that ends has begun");
        block.made.iter().for_each(|op| {
            frame.known.remove(op);
        });
        frame.facts.truncate(block.n_facts);
        self.is_open[block.id as usize] = false;
        block
    }

    pub(super) fn push(&mut self, action: Action) {
        let stage = self.stage;
        let frame = self.frame_mut();
        let block = frame.open.last_mut().expect("a body is open until the program is finished");
        block.statements.push(Statement { stage, action });
    }

    /// Begins a block for those whose `mask` is true.
    pub fn begin_if(&mut self, mask: Value) {
        let always = self.truth(mask) == Some(true);
        self.begin_block(if always { Opening::Always } else { Opening::If(mask) });
        if !always {
            self.assume(mask, true);
        }
    }

    /// Notes what follows from a mask.
    fn assume(&mut self, mask: Value, value: bool) {
        self.frame_mut().facts.push((mask, value));
        match (self.made_by(mask), value) {
            (Some(Op::And(a, b)), true) | (Some(Op::Or(a, b)), false) => {
                self.assume(a, value);
                self.assume(b, value);
            }
            (Some(Op::Not(a)), _) => self.assume(a, !value),
            _ => {}
        }
    }

    /// Ends the block. Of each pair of values, from the block and from before it, returns the one that holds.
    ///
    /// # Panics
    /// If the innermost block is none of [`begin_if`](Self::begin_if).
    pub fn end_if(&mut self, pairs: &[(Value, Value)]) -> Vec<Value> {
        let block = self.end_block();
        let mask = match block.opening {
            Opening::If(mask) => mask,
            Opening::Always => return self.adopt(block, pairs),
            Opening::Body | Opening::Turn | Opening::Loop { .. } => {
                panic!("a block ends that is not the innermost")
            }
        };
        if self.truth(mask) == Some(false) {
            return pairs.iter().map(|&(_, skipped)| skipped).collect();
        }
        let mut merges: Vec<Merge> = vec![];
        let mut found: HashMap<(Value, Value), Value> = HashMap::new();
        let merged = pairs.iter().map(|&(taken, skipped)| {
            if taken == skipped {
                return taken;
            }
            *found.entry((taken, skipped)).or_insert_with(|| {
                let to = self.fresh(self.kind(taken));
                merges.push(Merge { to, taken, skipped });
                to
            })
        });
        let merged = merged.collect();
        let body = Block { statements: block.statements };
        self.push(Action::If(If { mask, body, merges }));
        merged
    }

    /// Takes a block that is always entered into the one around it.
    fn adopt(&mut self, block: Open, pairs: &[(Value, Value)]) -> Vec<Value> {
        let outer = self.frame().open.last().map_or(0, |open| open.id);
        for statement in &block.statements {
            made(statement, &mut |value| self.home[value.index()] = outer);
        }
        let frame = self.frame_mut();
        let open = frame.open.last_mut().expect("a body is open until the program is finished");
        for statement in &block.statements {
            if let Action::Let { to, op } = statement.action {
                frame.known.insert(op, to);
                open.made.push(op);
            }
        }
        open.statements.extend(block.statements);
        pairs.iter().map(|&(taken, _)| taken).collect()
    }

    /// Begins a loop for those whose `enter` is true; `starts` are what its cells begin with. Returns the number of
    /// the turn, and the cells.
    pub fn begin_loop(
        &mut self,
        limit: u32,
        enter: Value,
        starts: &[Value],
    ) -> (Value, Vec<Value>) {
        let opening =
            Opening::Loop { limit, enter, turn: enter, cells: vec![], starts: starts.to_vec() };
        self.begin_block(opening);
        let inner = self.fresh(ValueKind::Number);
        let fresh: Vec<Value> = starts.iter().map(|&start| self.fresh(self.kind(start))).collect();
        if let Some(Open { opening: Opening::Loop { turn, cells, .. }, .. }) =
            self.frame_mut().open.last_mut()
        {
            (*turn, *cells) = (inner, fresh.clone());
        }
        (inner, fresh)
    }

    /// Ends the loop: who stays in, and what the cells are in the next turn. Returns what they are after the loop.
    ///
    /// # Panics
    /// If the innermost block is no loop with as many cells.
    pub fn end_loop(&mut self, again: Value, nexts: &[Value]) -> Vec<Value> {
        self.end_loop_as(again, nexts, None)
    }

    /// As [`end_loop`](Self::end_loop), of a loop that may count.
    pub(super) fn end_loop_as(
        &mut self,
        again: Value,
        nexts: &[Value],
        counted: Option<Counted>,
    ) -> Vec<Value> {
        let block = self.end_block();
        let Opening::Loop { limit, enter, turn, cells, starts } = block.opening else {
            panic!("a loop ends that is not the innermost block");
        };
        assert_eq!(cells.len(), nexts.len(), "cells of a loop");
        let mut carried = vec![];
        let mut last = vec![];
        for ((&cell, &start), &next) in cells.iter().zip(&starts).zip(nexts) {
            let to = self.fresh(self.kind(start));
            carried.push(Carried { cell, start, next, to });
            last.push(to);
        }
        let body = Block { statements: block.statements };
        let turn = Some(turn);
        self.push(Action::Loop(Loop { limit, enter, turn, body, again, carried, counted }));
        last
    }

    /// Begins a function with parameters of these kinds, which it returns. What is outside is not seen until it ends.
    pub fn begin_function(&mut self, parameters: &[ValueKind]) -> Vec<Value> {
        self.begin_frame();
        parameters.iter().map(|&kind| self.fresh(kind)).collect()
    }

    /// Ends the function. Returns its number for [`call`](Self::call).
    ///
    /// # Panics
    /// If a block is open within.
    pub fn end_function(
        &mut self,
        name: String,
        parameters: Vec<Value>,
        results: Vec<Value>,
    ) -> u32 {
        let body = self.end_frame();
        self.functions.push(Function { name, parameters, body, results });
        self.functions.len() as u32 - 1
    }

    fn end_frame(&mut self) -> Block {
        let block = self.end_block();
        assert!(matches!(block.opening, Opening::Body), "every block ends within its body");
        self.frames.pop();
        if let Some(frame) = self.frames.last() {
            frame.open.iter().for_each(|block| self.is_open[block.id as usize] = true);
        }
        Block { statements: block.statements }
    }

    /// Calls a function; returns its results.
    pub fn call(&mut self, function: u32, arguments: Vec<Value>) -> Vec<Value> {
        let of = self.functions[function as usize].results.clone();
        let results: Vec<Value> = of.iter().map(|&result| self.fresh(self.kind(result))).collect();
        self.push(Action::Call(Call { function, arguments, results: results.clone() }));
        results
    }

    /// The whole.
    ///
    /// # Panics
    /// If a block is still open.
    pub fn finish(mut self, outputs: Vec<(ArrayCell, Value)>) -> LaneProgram {
        let body = self.end_frame();
        let Self { scalar, kinds, inputs, stages, functions, memory, .. } = self;
        LaneProgram { scalar, kinds, inputs, stages, functions, body, memory, outputs }
    }
}

/// Visits the values that a statement makes for what comes after it.
pub(super) fn made(statement: &Statement, visit: &mut impl FnMut(Value)) {
    match &statement.action {
        Action::Let { to, .. } => visit(*to),
        Action::If(it) => it.merges.iter().for_each(|merge| visit(merge.to)),
        Action::Loop(it) => it.carried.iter().for_each(|carried| visit(carried.to)),
        Action::Call(it) => it.results.iter().for_each(|&result| visit(result)),
        Action::Store { .. } => {}
    }
}

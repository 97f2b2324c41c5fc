//! The shape of a block: what it does, whatever it does it to.

use super::op::{Action, Block, If, Loop, Op, Statement, Value, ValueKind};
use std::collections::HashMap;

/// What a block does, without what it does it to.
pub(super) struct Shape {
    pub key: Vec<u32>,
    /// What is read from outside, occurrence by occurrence.
    pub reads: Vec<Value>,
}

impl Shape {
    /// Of a block that is compared with no other.
    pub fn none() -> Self {
        Self { key: vec![], reads: vec![] }
    }

    /// `results` are the values of the block that hold after it.
    pub fn of(body: &Block, results: &[Value], kinds: &[ValueKind]) -> Self {
        let (mut key, mut reads) = (vec![], vec![]);
        let mut inside = HashMap::new();
        let mut body = body.clone();
        walk(&mut body, &mut inside, &mut key, &mut |value, _| reads.push(*value));
        key.extend(results.iter().map(|value| inside[value]));
        key.extend(reads.iter().map(|value| u32::from(kinds[value.index()] == ValueKind::Mask)));
        Self { key, reads }
    }
}

/// Goes through a block in an order that only its shape decides: writes the shape down and shows what is read from
/// outside.
pub(super) fn walk(
    block: &mut Block,
    inside: &mut HashMap<Value, u32>,
    key: &mut Vec<u32>,
    read: &mut impl FnMut(&mut Value, usize),
) {
    walk_all(block, inside, key, read, &mut |_| {});
}

/// What stands in a block for a place of an array, or for the turns of a loop that counts.
pub(super) enum Slot<'a> {
    /// An index into [`Memory::places`](super::Memory::places).
    Place(&'a mut u32),
    /// An index into [`Memory::trees`](super::Memory::trees).
    Turns(&'a mut u32),
}

/// As [`walk`]; shows also what stands for places, which are no part of the shape.
pub(super) fn walk_all<'a>(
    block: &'a mut Block,
    inside: &mut HashMap<Value, u32>,
    key: &mut Vec<u32>,
    read: &mut impl FnMut(&mut Value, usize),
    slot: &mut dyn FnMut(Slot),
) {
    let mut walker = Walker { inside, key, read, slot, n_reads: 0 };
    walker.block(block);
}

struct Walker<'a, 'b, F> {
    inside: &'a mut HashMap<Value, u32>,
    key: &'a mut Vec<u32>,
    read: &'a mut F,
    slot: &'a mut (dyn FnMut(Slot) + 'b),
    n_reads: usize,
}

/// In a key: a value from outside, the end of a block.
const OUTSIDE: u32 = u32::MAX;
const END: u32 = u32::MAX - 1;

impl<F: FnMut(&mut Value, usize)> Walker<'_, '_, F> {
    fn value(&mut self, value: &mut Value) {
        match self.inside.get(value) {
            Some(&number) => self.key.push(number),
            None => {
                self.key.push(OUTSIDE);
                (self.read)(value, self.n_reads);
                self.n_reads += 1;
            }
        }
    }

    fn makes(&mut self, value: Value) {
        let next = self.inside.len() as u32;
        self.inside.insert(value, next);
    }

    fn block(&mut self, block: &mut Block) {
        for Statement { stage, action } in &mut block.statements {
            self.key.push(u32::from(*stage));
            match action {
                Action::Let { to, op } => {
                    self.op(op);
                    self.makes(*to);
                }
                Action::If(it) => self.choose(it),
                Action::Loop(it) => self.repeat(it),
                Action::Call(it) => {
                    self.key.extend([3, it.function]);
                    it.arguments.iter_mut().for_each(|value| self.value(value));
                    it.results.iter().for_each(|&value| self.makes(value));
                }
                Action::Store { place, value } => {
                    self.key.push(4);
                    self.value(value);
                    (self.slot)(Slot::Place(place));
                }
            }
        }
        self.key.push(END);
    }

    fn op(&mut self, op: &mut Op) {
        self.key.extend([0, tag(*op)]);
        if let Op::Load { place, .. } = op {
            (self.slot)(Slot::Place(place));
        }
        if let Op::Constant(bits) = *op {
            self.key.extend([bits as u32, (bits >> 32) as u32]);
        }
        let mut operands: Vec<Value> = op.operands().iter().collect();
        if commutes(*op) {
            // By what is made inside, which is numbered alike at all places.
            operands[..2].sort_by_key(|value| self.inside.get(value).copied().unwrap_or(OUTSIDE));
        }
        operands.iter_mut().for_each(|value| self.value(value));
        let mut operands = operands.into_iter();
        *op = op.map(|value| operands.next().unwrap_or(value));
    }

    fn choose(&mut self, it: &mut If) {
        self.key.push(1);
        self.value(&mut it.mask);
        self.block(&mut it.body);
        for merge in &mut it.merges {
            self.value(&mut merge.taken);
            self.value(&mut merge.skipped);
        }
        self.key.push(END);
        it.merges.iter().for_each(|merge| self.makes(merge.to));
    }

    fn repeat(&mut self, it: &mut Loop) {
        match &mut it.counted {
            // How far it counts is no part of the shape.
            Some(counted) => {
                self.key.push(5);
                (self.slot)(Slot::Turns(&mut counted.turns));
            }
            None => self.key.extend([2, it.limit, u32::from(it.turn.is_some())]),
        }
        self.value(&mut it.enter);
        for carried in &mut it.carried {
            self.value(&mut carried.start);
        }
        self.key.push(END);
        it.turn.into_iter().for_each(|turn| self.makes(turn));
        it.carried.iter().for_each(|carried| self.makes(carried.cell));
        self.block(&mut it.body);
        self.value(&mut it.again);
        for carried in &mut it.carried {
            self.value(&mut carried.next);
        }
        it.carried.iter().for_each(|carried| self.makes(carried.to));
    }
}

/// Whether the first two operands may change places.
fn commutes(op: Op) -> bool {
    use Op::{Add, And, Equal, Mul, MulAdd, Or};
    matches!(op, Add(..) | Mul(..) | MulAdd(..) | And(..) | Or(..) | Equal(..))
}

/// The kind of an operation, as a number. Those that are no work stand outside of every block.
fn tag(op: Op) -> u32 {
    match op {
        Op::Constant(_) => 0,
        Op::Truth(value) => 1 + u32::from(value),
        Op::Load { .. } => 25,
        Op::Input(index) => 100 + index,
        Op::Add(..) => 3,
        Op::Sub(..) => 4,
        Op::Mul(..) => 5,
        Op::Div(..) => 6,
        Op::MulAdd(..) => 7,
        Op::Neg(_) => 8,
        Op::Sqrt(_) => 9,
        Op::Abs(_) => 10,
        Op::FlipSign(..) => 11,
        Op::Exponent(_) => 12,
        Op::Mantissa(_) => 13,
        Op::PowerOfTwo(_) => 14,
        Op::Floor(_) => 15,
        Op::Min(..) => 16,
        Op::Max(..) => 17,
        Op::Lt(..) => 18,
        Op::Le(..) => 19,
        Op::Equal(..) => 20,
        Op::Select(..) => 21,
        Op::And(..) => 22,
        Op::Or(..) => 23,
        Op::Not(_) => 24,
    }
}

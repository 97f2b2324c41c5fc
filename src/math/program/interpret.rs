//! Runs a program over lanes, one statement after the other.

use super::op::{Action, Block, Counted, If, LaneProgram, Loop, Op, Scalar, Value};
use crate::math::lanes::{LaneMask, Lanes};

/// Runs a program for one block of lanes: `inputs` as [`LaneProgram::inputs`] lists them, answers as
/// [`LaneProgram::outputs`]. Each lane gets what it would get alone.
///
/// # Panics
/// If there are fewer inputs, or if the lanes hold another kind of number than the program was made for.
pub fn run<L: Lanes>(program: &LaneProgram, inputs: &[L]) -> Vec<L> {
    Interpreter::new(program).run(inputs)
}

/// A program with the memory to run it, for many runs.
#[derive(Clone, Debug)]
pub struct Interpreter<'a, L: Lanes> {
    program: &'a LaneProgram,
    numbers: Vec<L>,
    masks: Vec<L::Mask>,
    inputs: Vec<L>,
    arrays: Vec<Vec<L>>,
    /// Of loops that count, by their numbers.
    counters: Vec<u32>,
    /// Operations done so far by stage, those for several lanes at once counted once.
    done: Vec<u64>,
}

impl<'a, L: Lanes> Interpreter<'a, L> {
    /// # Panics
    /// If the lanes hold another kind of number than the program was made for.
    pub fn new(program: &'a LaneProgram) -> Self {
        let scalar = if L::EPSILON < 1e-10 { Scalar::F64 } else { Scalar::F32 };
        assert_eq!(scalar, program.scalar, "the lanes and the program hold different numbers");
        Self {
            program,
            numbers: vec![L::zero(); program.kinds.len()],
            masks: vec![L::Mask::splat(false); program.kinds.len()],
            inputs: vec![],
            arrays: program.memory.arrays.iter().map(|it| vec![L::zero(); it.n as usize]).collect(),
            counters: vec![],
            done: vec![0; program.stages.len().max(1)],
        }
    }

    /// See [`run`].
    ///
    /// # Panics
    /// If there are fewer inputs than the program has.
    pub fn run(&mut self, inputs: &[L]) -> Vec<L> {
        assert!(self.program.inputs.len() <= inputs.len(), "{} inputs", inputs.len());
        self.inputs.clear();
        self.inputs.extend_from_slice(inputs);
        let program = self.program;
        self.block(&program.body, L::Mask::splat(true));
        program.outputs.iter().map(|(_, value)| self.number(*value)).collect()
    }

    /// Operations done in all runs by stage, in the order of [`LaneProgram::stages`]. What several lanes do at once
    /// counts once, and a block counts if one of them enters it.
    pub fn done(&self) -> &[u64] {
        &self.done
    }

    fn number(&self, value: Value) -> L {
        self.numbers[value.index()]
    }

    fn mask(&self, value: Value) -> L::Mask {
        self.masks[value.index()]
    }

    fn block(&mut self, block: &Block, active: L::Mask) {
        for statement in &block.statements {
            match &statement.action {
                Action::Let { to, op } => {
                    if op.is_work() {
                        self.done[usize::from(statement.stage)] += 1;
                    }
                    self.let_be(*to, *op);
                }
                Action::Store { place, value } => {
                    self.done[usize::from(statement.stage)] += 1;
                    let value = self.number(*value);
                    let at = self.at(*place);
                    *at = L::select(active, value, *at);
                }
                Action::If(it) => self.choose(it, active),
                Action::Loop(it) => self.repeat(it, active),
                Action::Call(it) => {
                    let program = self.program;
                    let function = &program.functions[it.function as usize];
                    for (&to, &from) in function.parameters.iter().zip(&it.arguments) {
                        self.copy(from, to);
                    }
                    self.block(&function.body, active);
                    for (&to, &from) in it.results.iter().zip(&function.results) {
                        self.copy(from, to);
                    }
                }
            }
        }
    }

    fn let_be(&mut self, to: Value, op: Op) {
        let made = match op {
            Op::Constant(bits) => Made::Number(L::splat(self.program.scalar.number(bits))),
            Op::Input(index) => Made::Number(self.inputs[index as usize]),
            Op::Load { place, .. } => Made::Number(*self.at(place)),
            _ => apply(op, |value| self.number(value), |value| self.mask(value)),
        };
        match made {
            Made::Number(x) => self.numbers[to.index()] = x,
            Made::Mask(x) => self.masks[to.index()] = x,
        }
    }

    /// The number at a place.
    fn at(&mut self, place: u32) -> &mut L {
        let memory = &self.program.memory;
        let place = memory.places[place as usize];
        &mut self.arrays[place.array as usize][memory.index(place.at, &self.counters) as usize]
    }

    fn copy(&mut self, from: Value, to: Value) {
        self.numbers[to.index()] = self.number(from);
        self.masks[to.index()] = self.mask(from);
    }

    /// `to` becomes `a` where the mask is true, else `b`.
    fn select(&mut self, mask: L::Mask, [a, b]: [Value; 2], to: Value) {
        self.numbers[to.index()] = L::select(mask, self.number(a), self.number(b));
        self.masks[to.index()] = (mask & self.mask(a)) | (!mask & self.mask(b));
    }

    fn choose(&mut self, it: &If, active: L::Mask) {
        let mask = self.mask(it.mask);
        let inside = active & mask;
        if inside.any() {
            self.block(&it.body, inside);
            for merge in &it.merges {
                self.select(mask, [merge.taken, merge.skipped], merge.to);
            }
        } else {
            it.merges.iter().for_each(|merge| self.copy(merge.skipped, merge.to));
        }
    }

    fn repeat(&mut self, it: &Loop, active: L::Mask) {
        for carried in &it.carried {
            self.copy(carried.start, carried.to);
        }
        let mut inside = active & self.mask(it.enter);
        let limit = match it.counted {
            Some(counted) => self.program.memory.index(counted.turns, &self.counters),
            None => it.limit,
        };
        for turn in 0..limit {
            if let Some(Counted { counter, .. }) = it.counted {
                let n = self.counters.len().max(counter as usize + 1);
                self.counters.resize(n, 0);
                self.counters[counter as usize] = turn;
            }
            if !inside.any() {
                return;
            }
            for carried in &it.carried {
                self.copy(carried.to, carried.cell);
            }
            if let Some(to) = it.turn {
                self.numbers[to.index()] = L::splat(f64::from(turn));
            }
            self.block(&it.body, inside);
            // A cell is read from `cell`, so one may be another's next.
            for carried in &it.carried {
                self.select(inside, [carried.next, carried.cell], carried.to);
            }
            inside = inside & self.mask(it.again);
        }
    }
}

/// What an operation gives.
#[derive(Clone, Copy, Debug)]
pub(super) enum Made<L: Lanes> {
    Number(L),
    Mask(L::Mask),
}

/// One operation on values that are there. Constants and inputs are the caller's.
pub(super) fn apply<L: Lanes>(
    op: Op,
    n: impl Fn(Value) -> L,
    m: impl Fn(Value) -> L::Mask,
) -> Made<L> {
    use Made::{Mask, Number};
    match op {
        Op::Constant(_) | Op::Input(_) | Op::Load { .. } => Number(L::zero()),
        Op::Truth(value) => Mask(L::Mask::splat(value)),
        Op::Add(a, b) => Number(n(a) + n(b)),
        Op::Sub(a, b) => Number(n(a) - n(b)),
        Op::Mul(a, b) => Number(n(a) * n(b)),
        Op::Div(a, b) => Number(n(a) / n(b)),
        Op::MulAdd(a, b, c) => Number(n(a).mul_add(n(b), n(c))),
        Op::Neg(a) => Number(-n(a)),
        Op::Sqrt(a) => Number(n(a).sqrt()),
        Op::Abs(a) => Number(n(a).abs()),
        Op::FlipSign(a, by) => Number(n(a).flip_sign(n(by))),
        Op::Exponent(a) => Number(n(a).exponent()),
        Op::Mantissa(a) => Number(n(a).mantissa()),
        Op::PowerOfTwo(a) => Number(n(a).power_of_two()),
        Op::Floor(a) => Number(n(a).floor()),
        Op::Min(a, b) => Number(n(a).min(n(b))),
        Op::Max(a, b) => Number(n(a).max(n(b))),
        Op::Lt(a, b) => Mask(n(a).lt(n(b))),
        Op::Le(a, b) => Mask(n(a).le(n(b))),
        Op::Equal(a, b) => Mask(n(a).equal(n(b))),
        Op::Select(mask, a, b) => Number(L::select(m(mask), n(a), n(b))),
        Op::And(a, b) => Mask(m(a) & m(b)),
        Op::Or(a, b) => Mask(m(a) | m(b)),
        Op::Not(a) => Mask(!m(a)),
    }
}

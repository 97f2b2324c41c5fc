//! Programs that chance puts together: the text does what the interpreter does.

use super::cell;
use crate::device::emulated::{compare, has_fused_lanes};
use crate::math::program::{Builder, LaneProgram, Op, Scalar, Value, ValueKind, order, tidy};
use crate::math::rng::{Random, RandomStream};

/// How many; `DNNE_PROGRAMS` says how many else.
const N_PROGRAMS: u32 = 150;

/// A program that grows, and the values that can be used at its present place.
struct Maker {
    it: Builder,
    random: Random,
    numbers: Vec<Value>,
    masks: Vec<Value>,
    /// With the kinds of its parameters and results.
    functions: Vec<(u32, Vec<ValueKind>)>,
}

impl Maker {
    fn below(&mut self, n: usize) -> usize {
        (self.random.uniform_in(0.0, n as f64) as usize).min(n - 1)
    }

    fn number(&mut self) -> Value {
        let k = self.below(self.numbers.len());
        self.numbers[k]
    }

    fn mask(&mut self) -> Value {
        let k = self.below(self.masks.len());
        self.masks[k]
    }

    fn of(&mut self, kind: ValueKind) -> Value {
        if kind == ValueKind::Number { self.number() } else { self.mask() }
    }

    fn know(&mut self, value: Value) {
        match self.it.kind(value) {
            ValueKind::Number => self.numbers.push(value),
            ValueKind::Mask => self.masks.push(value),
        }
    }

    /// An operation whose answer depends on no bit of a NaN.
    fn operation(&mut self) {
        let [a, b, c] = [self.number(), self.number(), self.number()];
        let [p, q] = [self.mask(), self.mask()];
        let op = match self.below(20) {
            0 => Op::Add(a, b),
            1 | 2 => Op::Sub(a, b),
            3 => Op::Mul(a, b),
            4 => Op::Div(a, b),
            5 | 6 => Op::MulAdd(a, b, c),
            7 => Op::Neg(a),
            8 => Op::Sqrt(a),
            9 => Op::Abs(a),
            10 => Op::Floor(a),
            11 => Op::Min(a, b),
            12 => Op::Max(a, b),
            13 => Op::Lt(a, b),
            14 => Op::Le(a, b),
            15 => Op::Equal(a, b),
            16 => Op::Select(p, a, b),
            17 => Op::And(p, q),
            18 => Op::Or(p, q),
            _ => Op::Not(p),
        };
        let value = self.it.op(op);
        self.know(value);
    }

    fn block(&mut self, depth: usize) {
        for _ in 0..8 {
            match self.below(12) {
                0 | 1 if 0 < depth => self.choose(depth),
                2 | 3 if 0 < depth => self.repeat(depth),
                4 if !self.functions.is_empty() => self.call(),
                _ => self.operation(),
            }
        }
    }

    /// What is made within is forgotten at its end.
    fn within(&mut self, body: impl FnOnce(&mut Self)) -> [usize; 2] {
        let before = [self.numbers.len(), self.masks.len()];
        body(self);
        before
    }

    fn forget(&mut self, [n_numbers, n_masks]: [usize; 2]) {
        self.numbers.truncate(n_numbers);
        self.masks.truncate(n_masks);
    }

    fn choose(&mut self, depth: usize) {
        let outside = [self.number(), self.mask()];
        let mask = self.mask();
        self.it.begin_if(mask);
        let before = self.within(|it| it.block(depth - 1));
        let inside = [self.number(), self.mask()];
        let merged = self.it.end_if(&[(inside[0], outside[0]), (inside[1], outside[1])]);
        self.forget(before);
        merged.into_iter().for_each(|value| self.know(value));
    }

    fn repeat(&mut self, depth: usize) {
        let starts = [self.number(), self.number(), self.mask()];
        let (limit, enter) = (self.below(5) as u32, self.mask());
        let (turn, cells) = self.it.begin_loop(limit, enter, &starts);
        let before = self.within(|it| {
            cells.iter().chain([&turn]).for_each(|&value| it.know(value));
            it.block(depth - 1);
        });
        // Cells may change places.
        let nexts = [self.number(), cells[0], self.mask()];
        let again = self.mask();
        let last = self.it.end_loop(again, &nexts);
        self.forget(before);
        last.into_iter().for_each(|value| self.know(value));
    }

    fn call(&mut self) {
        let k = self.below(self.functions.len());
        let (function, kinds) = self.functions[k].clone();
        let arguments = kinds.into_iter().map(|kind| self.of(kind)).collect();
        let results = self.it.call(function, arguments);
        results.into_iter().for_each(|value| self.know(value));
    }

    fn function(&mut self) {
        let kinds = vec![ValueKind::Number, ValueKind::Mask, ValueKind::Number];
        let parameters = self.it.begin_function(&kinds);
        let outside = (std::mem::take(&mut self.numbers), std::mem::take(&mut self.masks));
        parameters.iter().for_each(|&value| self.know(value));
        self.block(1);
        let results = vec![self.number(), self.mask()];
        let function = self.it.end_function("random".to_owned(), parameters, results);
        (self.numbers, self.masks) = outside;
        self.functions.push((function, kinds));
    }
}

pub(super) fn random_program(seed: u32) -> LaneProgram {
    let random = Random::new(5, RandomStream::Reset, seed, 0);
    let it = Builder::new(Scalar::F32);
    let mut maker = Maker { it, random, numbers: vec![], masks: vec![], functions: vec![] };
    maker.numbers = (0..4).map(|k| maker.it.input(cell(k))).collect();
    for constant in [0.0, 1.0, -2.5, 1e-40] {
        let value = maker.it.number(constant);
        maker.numbers.push(value);
    }
    for k in 0..3 {
        let value = maker.it.op(Op::Lt(maker.numbers[k], maker.numbers[k + 1]));
        maker.masks.push(value);
    }
    let truth = maker.it.op(Op::Truth(true));
    maker.masks.push(truth);
    maker.function();
    maker.function();
    maker.block(3);
    maker.block(3);
    let (one, zero) = (maker.it.number(1.0), maker.it.number(0.0));
    let masks = maker.masks.clone();
    let masks = masks.into_iter().map(|mask| maker.it.op(Op::Select(mask, one, zero)));
    let outputs: Vec<Value> = masks.collect::<Vec<_>>().into_iter().chain(maker.numbers).collect();
    let program = maker.it.finish((0..).map(cell).zip(outputs).collect());
    // As what is traced comes, and as it is written.
    if seed.is_multiple_of(2) { order(tidy(program)) } else { program }
}

#[test]
fn the_text_does_what_the_interpreter_does() {
    if !has_fused_lanes() {
        return;
    }
    let n = std::env::var("DNNE_PROGRAMS").map_or(N_PROGRAMS, |it| it.parse().unwrap());
    let numbers = [0.0, -0.0, 1.0, -1.0, 0.3, -2.7, 1e-39, 3e38, f32::INFINITY, f32::NAN, 1e-3];
    let (mut n_finite, mut n_branches, mut n_calls) = (0, 0, 0);
    for seed in 0..n {
        let mut random = Random::new(6, RandomStream::Reset, seed, 0);
        let mut number = || numbers[(random.uniform_in(0.0, 11.0) as usize).min(10)];
        let environment = |_| (0..4).map(|_| number()).collect::<Vec<f32>>();
        let environments: Vec<_> = (0..[1, 45, 70][seed as usize % 3]).map(environment).collect();
        let program = random_program(seed);
        let answers = compare(&format!("program {seed}"), &program, &environments);
        n_finite += answers.iter().flatten().filter(|x| x.is_finite()).count();
        let text = crate::device::to_ptx(&program);
        n_branches += text.matches(" bra ").count();
        n_calls += text.matches("call ").count();
    }
    let n = n as usize;
    assert!(
        100 * n < n_finite && 3 * n < n_branches && n < 2 * n_calls,
        "{n_finite} {n_branches} {n_calls}"
    );
}

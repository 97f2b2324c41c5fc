//! Programs as PTX, the text from which NVIDIA's driver makes machine code.
//!
//! A thread does one environment. Every operation is the one that IEEE 754 has (`.rn`, which also keeps products and
//! sums apart; no `.ftz`, so subnormal numbers stay), in the order of the program: the bits are those of lanes that
//! fuse where the program says so. A block is a branch around it, which a warp takes where none of its threads needs
//! the block; values that leave blocks and loops are copied into one register. Registers bear the numbers of their
//! values, as the variables of [`to_c`](crate::math::program::to_c) do.

use super::layout::Layout;
use super::lines::Lines;
use super::places::table;
use crate::math::program::{
    Action, Block, Call, Counted, Function, If, LaneProgram, Loop, Op, Scalar, Value, ValueKind,
};
use std::fmt::Write;

/// The name of the kernel in the text of [`to_ptx`].
pub const KERNEL: &str = "step";

/// A program of f32 as a PTX module with one kernel, [`KERNEL`].
///
/// Its parameters are the addresses of what comes in and of what goes out (f32, number k of environment i of n at
/// `[k n + i]`; both may be the same), and n. Threads beyond n do nothing.
///
/// # Panics
/// If the program computes in f64.
pub fn to_ptx(program: &LaneProgram) -> String {
    to_ptx_in(program, &Layout::in_order(program))
}

/// As [`to_ptx`], with rows of numbers for what comes in and what goes out. Where some of it goes to rows that are
/// [`Kept`](super::Row::Kept), the kernel's parameters are `in`, `out`, `kept`, `chosen`, n and how many columns `kept`
/// has; `chosen` has the bits of a whole number for each thread: its column of `kept`. A thread does nothing
/// whose column is beyond the last.
///
/// # Panics
/// If the program computes in f64, or if the layout has fewer rows than it has numbers.
pub fn to_ptx_in(program: &LaneProgram, layout: &Layout) -> String {
    assert_eq!(program.scalar, Scalar::F32, "a device computes in f32");
    let mut constants = vec![None; program.kinds.len()];
    let bodies = program.functions.iter().map(|it| &it.body);
    bodies.chain([&program.body]).for_each(|body| note_constants(body, &mut constants));
    let printer = Printer { program, layout, constants };
    let mut text = ".version 7.0\n.target sm_75\n.address_size 64\n\n".to_owned();
    text += &table(program);
    for (index, function) in program.functions.iter().enumerate() {
        text += &printer.function(index, function);
    }
    text + &printer.kernel()
}

/// Constants are written where they are read.
fn note_constants(block: &Block, constants: &mut [Option<Op>]) {
    for statement in &block.statements {
        match &statement.action {
            Action::Let { to, op: op @ (Op::Constant(_) | Op::Truth(_)) } => {
                constants[to.index()] = Some(*op);
            }
            Action::If(If { body, .. }) | Action::Loop(Loop { body, .. }) => {
                note_constants(body, constants);
            }
            Action::Let { .. } | Action::Call(_) | Action::Store { .. } => {}
        }
    }
}

pub(super) struct Printer<'a> {
    pub(super) program: &'a LaneProgram,
    layout: &'a Layout,
    constants: Vec<Option<Op>>,
}

impl Printer<'_> {
    /// The program's body: reads, computes, writes.
    fn kernel(&self) -> String {
        let mut to = Lines::default();
        self.layout.begin(&mut to);
        to.begin_block();
        self.arrays(&mut to);
        self.block(&mut to, &self.program.body);
        for (index, (cell, value)) in self.program.outputs.iter().enumerate() {
            let Some(address) = self.layout.output(&mut to, index) else { continue };
            let value = self.operand(*value);
            to.line_of(
                &format!("st.global.f32 [{address}], {value}"),
                &format!("{}[{}]", cell.array, cell.index),
            );
        }
        let (mut own, n_own) = self.layout.registers();
        let arrays = &self.program.memory.arrays;
        if !arrays.is_empty() {
            let _ = writeln!(own, "    .reg .b64 %array<{}>, %table;", arrays.len());
        }
        for array in arrays {
            let _ = writeln!(own, "    .local .align 4 .b8 {}[{}];", array.name, 4 * array.n);
        }
        to.finish(&self.layout.head(KERNEL), self.program.kinds.len(), &own, n_own)
    }

    fn function(&self, index: usize, it: &Function) -> String {
        let mut to = Lines::default();
        for (k, &parameter) in it.parameters.iter().enumerate() {
            self.receive(&mut to, parameter, "arguments", k);
        }
        self.block(&mut to, &it.body);
        for (k, &result) in it.results.iter().enumerate() {
            self.send(&mut to, result, "results", k);
        }
        let results = array("results", it.results.len());
        let arguments = array("arguments", it.parameters.len());
        let head = format!("// {}\n.func ({results}) function{index}({arguments})", it.name);
        to.finish(&head.replace(" ()", ""), self.program.kinds.len(), "", 0) + "\n"
    }

    /// A value from number `k` of an array of parameters.
    fn receive(&self, to: &mut Lines, value: Value, array: &str, k: usize) {
        let name = name(self.program, value);
        match self.program.kind(value) {
            ValueKind::Number => to.line(&format!("ld.param.f32 {name}, [{array}+{}]", 4 * k)),
            ValueKind::Mask => {
                let word = to.word();
                to.line(&format!("ld.param.u32 {word}, [{array}+{}]", 4 * k));
                to.line(&format!("setp.ne.u32 {name}, {word}, 0"));
            }
        }
    }

    /// A value to number `k` of an array of parameters; of masks 1 or 0.
    fn send(&self, to: &mut Lines, value: Value, array: &str, k: usize) {
        match self.program.kind(value) {
            ValueKind::Number => {
                let value = self.operand(value);
                to.line(&format!("st.param.f32 [{array}+{}], {value}", 4 * k));
            }
            ValueKind::Mask => {
                let (word, mask) = (to.word(), self.mask(to, value));
                to.line(&format!("selp.u32 {word}, 1, 0, {mask}"));
                to.line(&format!("st.param.u32 [{array}+{}], {word}", 4 * k));
            }
        }
    }

    /// A value as it is written where it is read: a register, or a constant by its bits.
    fn operand(&self, value: Value) -> String {
        match self.constants[value.index()] {
            Some(Op::Constant(bits)) => format!("0f{bits:08X}"),
            Some(Op::Truth(truth)) => u8::from(truth).to_string(),
            _ => name(self.program, value),
        }
    }

    /// A number as an operand of instructions on bits.
    fn bits(&self, value: Value) -> String {
        match self.constants[value.index()] {
            Some(Op::Constant(bits)) => format!("0x{bits:08X}"),
            _ => name(self.program, value),
        }
    }

    /// A mask as a register.
    fn mask(&self, to: &mut Lines, value: Value) -> String {
        match self.constants[value.index()] {
            Some(_) => {
                let mask = to.mask();
                to.line(&format!("mov.pred {mask}, {}", self.operand(value)));
                mask
            }
            None => name(self.program, value),
        }
    }

    fn copy(&self, to: &mut Lines, from: Value, value: Value) {
        let opcode = match self.program.kind(value) {
            ValueKind::Number => "mov.f32",
            ValueKind::Mask => "mov.pred",
        };
        to.line(&format!("{opcode} {}, {}", name(self.program, value), self.operand(from)));
    }

    fn block(&self, to: &mut Lines, block: &Block) {
        for statement in &block.statements {
            if let Some(stage) = self.program.stages.get(usize::from(statement.stage)) {
                to.stage(stage);
            }
            match &statement.action {
                Action::Let { to: value, op } => self.op(to, *value, *op),
                Action::If(it) => self.choose(to, it),
                Action::Loop(it) => self.repeat(to, it),
                Action::Call(it) => self.call(to, it),
                Action::Store { place, value } => {
                    let (address, value) = (self.place(to, *place), self.operand(*value));
                    to.line(&format!("st.local.f32 [{address}], {value}"));
                }
            }
        }
    }

    fn choose(&self, to: &mut Lines, it: &If) {
        for merge in &it.merges {
            self.copy(to, merge.skipped, merge.to);
        }
        let (mask, end) = (self.mask(to, it.mask), to.label("END"));
        to.line(&format!("@!{mask} bra {end}"));
        to.begin_block();
        self.block(to, &it.body);
        to.end_block();
        for merge in &it.merges {
            self.copy(to, merge.taken, merge.to);
        }
        to.place(&end);
    }

    fn repeat(&self, to: &mut Lines, it: &Loop) {
        for carried in &it.carried {
            self.copy(to, carried.start, carried.to);
        }
        if it.limit == 0 {
            return;
        }
        self.hoist(to, it);
        if let Some(counted) = it.counted {
            return self.count(to, it, counted);
        }
        let (turn, enter) = (to.word(), self.mask(to, it.enter));
        let (begin, end) = (to.label("TURN"), to.label("END"));
        to.line(&format!("mov.u32 {turn}, 0"));
        to.line(&format!("@!{enter} bra {end}"));
        to.place(&begin);
        if let Some(number) = it.turn {
            to.line(&format!("cvt.rn.f32.u32 {}, {turn}", name(self.program, number)));
        }
        for carried in &it.carried {
            self.copy(to, carried.to, carried.cell);
        }
        to.begin_block();
        self.block(to, &it.body);
        to.end_block();
        // A cell has another register than what the loop leaves, so no order of these is wrong.
        for carried in &it.carried {
            self.copy(to, carried.next, carried.to);
        }
        let (again, more) = (self.mask(to, it.again), to.mask());
        to.line(&format!("@!{again} bra {end}"));
        to.line(&format!("add.u32 {turn}, {turn}, 1"));
        to.line(&format!("setp.lt.u32 {more}, {turn}, {}", it.limit));
        to.line(&format!("@{more} bra {begin}"));
        to.place(&end);
    }

    /// A loop that counts: it does one turn at least.
    fn count(&self, to: &mut Lines, it: &Loop, counted: Counted) {
        let turns = self.index(to, counted.turns);
        let (turn, begin, more) = (to.word(), to.label("TURN"), to.mask());
        to.line(&format!("mov.u32 {turn}, 0"));
        to.place(&begin);
        for carried in &it.carried {
            self.copy(to, carried.to, carried.cell);
        }
        to.counters.insert(counted.counter, turn.clone());
        to.begin_block();
        self.block(to, &it.body);
        to.end_block();
        for carried in &it.carried {
            self.copy(to, carried.next, carried.to);
        }
        to.line(&format!("add.u32 {turn}, {turn}, 1"));
        to.line(&format!("setp.lt.u32 {more}, {turn}, {turns}"));
        to.line(&format!("@{more} bra {begin}"));
    }

    fn call(&self, to: &mut Lines, it: &Call) {
        let (arguments, results) = (to.label("arguments"), to.label("results"));
        let arrays = [(&arguments, it.arguments.len()), (&results, it.results.len())];
        for (name, n) in arrays.into_iter().filter(|&(_, n)| 0 < n) {
            to.line(&array(name, n));
        }
        for (k, &argument) in it.arguments.iter().enumerate() {
            self.send(to, argument, &arguments, k);
        }
        let given =
            if it.arguments.is_empty() { String::new() } else { format!(", ({arguments})") };
        let back = if it.results.is_empty() { String::new() } else { format!("({results}), ") };
        to.line(&format!("call {back}function{}{given}", it.function));
        for (k, &result) in it.results.iter().enumerate() {
            self.receive(to, result, &results, k);
        }
    }

    fn op(&self, to: &mut Lines, value: Value, op: Op) {
        let operands: Vec<Value> = op.operands().iter().collect();
        let is_mask = |value: &Value| self.program.kind(*value) == ValueKind::Mask;
        let mut written = |value: &Value| match is_mask(value) {
            true => self.mask(to, *value),
            false => self.operand(*value),
        };
        let names: Vec<String> = operands.iter().map(&mut written).collect();
        let [a, b, c] = [0, 1, 2].map(|k| names.get(k).map_or("", String::as_str));
        let it = name(self.program, value);
        match op {
            // Written where they are read.
            Op::Constant(_) | Op::Truth(_) => {}
            Op::Input(index) => {
                let cell = &self.program.inputs[index as usize];
                let address = self.layout.input(to, index as usize);
                to.line_of(
                    &format!("ld.global.f32 {it}, [{address}]"),
                    &format!("{}[{}]", cell.array, cell.index),
                );
            }
            Op::Load { place, .. } => {
                let address = self.place(to, place);
                to.line(&format!("ld.local.f32 {it}, [{address}]"));
            }
            Op::FlipSign(a, b) => {
                let (sign, a, b) = (to.word(), self.bits(a), self.bits(b));
                to.line(&format!("and.b32 {sign}, {b}, 0x80000000"));
                to.line(&format!("xor.b32 {it}, {a}, {sign}"));
            }
            Op::Exponent(a) => {
                let (word, number, a) = (to.word(), to.number(), self.bits(a));
                to.line(&format!("shr.b32 {word}, {a}, 23"));
                to.line(&format!("cvt.rn.f32.u32 {number}, {word}"));
                to.line(&format!("sub.rn.f32 {it}, {number}, 0f42FE0000"));
            }
            Op::Mantissa(a) => {
                let (word, a) = (to.word(), self.bits(a));
                to.line(&format!("and.b32 {word}, {a}, 0x007FFFFF"));
                to.line(&format!("or.b32 {it}, {word}, 0x3F800000"));
            }
            Op::PowerOfTwo(_) => {
                let number = to.number();
                to.line(&format!("add.rn.f32 {number}, {a}, 0f4B00007F"));
                to.line(&format!("shl.b32 {it}, {number}, 23"));
            }
            // `min.f32` and `max.f32` know another answer where one is NaN, and an order of zeros.
            Op::Min(..) | Op::Max(..) => {
                let (mask, is) = (to.mask(), if matches!(op, Op::Min(..)) { "lt" } else { "gt" });
                to.line(&format!("setp.{is}.f32 {mask}, {a}, {b}"));
                to.line(&format!("selp.f32 {it}, {a}, {b}, {mask}"));
            }
            Op::Select(..) => to.line(&format!("selp.f32 {it}, {b}, {c}, {a}")),
            _ => to.line(&format!("{} {it}, {}", opcode(op), names.join(", "))),
        }
    }
}

/// Operations that are one instruction, with the same operands.
fn opcode(op: Op) -> &'static str {
    match op {
        Op::Add(..) => "add.rn.f32",
        Op::Sub(..) => "sub.rn.f32",
        Op::Mul(..) => "mul.rn.f32",
        Op::Div(..) => "div.rn.f32",
        Op::MulAdd(..) => "fma.rn.f32",
        Op::Neg(_) => "neg.f32",
        Op::Sqrt(_) => "sqrt.rn.f32",
        Op::Abs(_) => "abs.f32",
        Op::Floor(_) => "cvt.rmi.f32.f32",
        Op::Lt(..) => "setp.lt.f32",
        Op::Le(..) => "setp.le.f32",
        Op::Equal(..) => "setp.eq.f32",
        Op::And(..) => "and.pred",
        Op::Or(..) => "or.pred",
        Op::Not(_) => "not.pred",
        Op::Constant(_)
        | Op::Truth(_)
        | Op::Input(_)
        | Op::Load { .. }
        | Op::FlipSign(..)
        | Op::Exponent(_)
        | Op::Mantissa(_)
        | Op::PowerOfTwo(_)
        | Op::Min(..)
        | Op::Max(..)
        | Op::Select(..) => "",
    }
}

fn name(program: &LaneProgram, value: Value) -> String {
    match program.kind(value) {
        ValueKind::Number => format!("%v{}", value.0),
        ValueKind::Mask => format!("%m{}", value.0),
    }
}

/// `n` words to be handed over; nothing if there are none.
fn array(name: &str, n: usize) -> String {
    let mut text = String::new();
    if 0 < n {
        let _ = write!(text, ".param .align 4 .b8 {name}[{}]", 4 * n);
    }
    text
}

//! Programs as C, to be read and to be compiled by tests.
//!
//! `run(in, out, n, i)` does environment i of n, with number k of it at `[k * n + i]`. The text needs C99 and its
//! mathematics library, and `-ffp-contract=off`: products and sums are fused where it is said, or nowhere with
//! `-DTWO_ROUNDINGS`, as single numbers and portable lanes have it.

use super::memory::Index;
use super::op::{
    Action, Block, Call, Counted, Function, If, LaneProgram, Loop, Op, Scalar, Value, ValueKind,
};
use std::fmt::Write;

/// A program as C.
pub fn to_c(program: &LaneProgram) -> String {
    let mut printer = Printer { program, text: prologue(program.scalar), depth: 1, stage: None };
    printer.table();
    for (index, function) in program.functions.iter().enumerate() {
        printer.function(index, function);
    }
    printer.text.push_str("void run(const number *in, number *out, long n, long i) {\n");
    printer.stage = None;
    for array in &program.memory.arrays {
        printer.line(&format!("number {}[{}];", array.name, array.n));
    }
    printer.block(&program.body);
    for (index, (cell, value)) in program.outputs.iter().enumerate() {
        let value = printer.name(*value);
        let from = format!("out[{index} * n + i] = {value}; /* {}[{}] */", cell.array, cell.index);
        printer.line(&from);
    }
    printer.text.push_str("}\n");
    printer.text
}

/// What operations are in C.
fn prologue(scalar: Scalar) -> String {
    let (number, bits, suffix, fraction, bias) = match scalar {
        Scalar::F32 => ("float", "uint32_t", "f", 23, 127),
        Scalar::F64 => ("double", "uint64_t", "", 52, 1023),
    };
    let last = if scalar == Scalar::F32 { 31 } else { 63 };
    format!(
        "\
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef {number} number;
typedef {bits} bits;
#define SIGN ((bits)1 << {last})
#ifdef TWO_ROUNDINGS
#define MUL_ADD(a, b, c) ((a) * (b) + (c))
#else
#define MUL_ADD(a, b, c) fma{suffix}(a, b, c)
#endif
static inline bits to_bits(number x) {{ bits b; memcpy(&b, &x, sizeof b); return b; }}
static inline number from_bits(bits b) {{ number x; memcpy(&x, &b, sizeof x); return x; }}
static inline number min_of(number a, number b) {{ return a < b ? a : b; }}
static inline number max_of(number a, number b) {{ return a > b ? a : b; }}
static inline number flip_sign(number a, number by) {{ return from_bits(to_bits(a) ^ (to_bits(by) & SIGN)); }}
static inline number exponent(number a) {{ return (number)(int32_t)(to_bits(a) >> {fraction}) - (number){bias}; }}
static inline number mantissa(number a) {{
    return from_bits((to_bits(a) & (((bits)1 << {fraction}) - 1)) | to_bits((number)1));
}}
static inline number power_of_two(number a) {{
    return from_bits(to_bits(a + (number)(((uint64_t)1 << {fraction}) + {bias})) << {fraction});
}}

"
    )
}

struct Printer<'a> {
    program: &'a LaneProgram,
    text: String,
    depth: usize,
    stage: Option<u16>,
}

impl Printer<'_> {
    fn line(&mut self, line: &str) {
        self.text.extend(std::iter::repeat_n("    ", self.depth));
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn name(&self, value: Value) -> String {
        match self.program.kind(value) {
            ValueKind::Number => format!("v{}", value.0),
            ValueKind::Mask => format!("m{}", value.0),
        }
    }

    /// The table that indices look things up in.
    fn table(&mut self) {
        let table = &self.program.memory.table;
        if !table.is_empty() {
            let numbers: Vec<String> = table.iter().map(ToString::to_string).collect();
            let lines: Vec<String> = numbers.chunks(20).map(|line| line.join(", ")).collect();
            let (n, lines) = (table.len(), lines.join(",\n    "));
            let _ =
                writeln!(self.text, "static const uint32_t table[{n}] = {{\n    {lines}\n}};\n");
        }
    }

    /// A place in an array.
    fn place(&self, place: u32) -> String {
        let memory = &self.program.memory;
        let place = memory.places[place as usize];
        format!("{}[{}]", memory.arrays[place.array as usize].name, self.index(place.at))
    }

    fn index(&self, index: u32) -> String {
        match self.program.memory.indices[index as usize] {
            Index::Constant(value) => value.to_string(),
            Index::Sum { of, step: 0, plus, .. } => format!("{} + {plus}u", self.index(of)),
            Index::Sum { of, counter, step, plus } => {
                format!("{} + c{counter} * {step}u + {plus}u", self.index(of))
            }
            Index::Look(at) => format!("table[{}]", self.index(at)),
        }
    }

    fn names(&self, values: &[Value]) -> Vec<String> {
        values.iter().map(|&value| self.name(value)).collect()
    }

    fn kind(&self, value: Value) -> &'static str {
        match self.program.kind(value) {
            ValueKind::Number => "number",
            ValueKind::Mask => "bool",
        }
    }

    /// `kind name = from;`
    fn let_be(&mut self, to: Value, from: &str) {
        let line = format!("{} {} = {from};", self.kind(to), self.name(to));
        self.line(&line);
    }

    fn function(&mut self, index: usize, it: &Function) {
        let parameters =
            it.parameters.iter().map(|&it| format!("{} {}", self.kind(it), self.name(it)));
        let results =
            it.results.iter().enumerate().map(|(k, &it)| format!("{} *to{k}", self.kind(it)));
        let list: Vec<String> = parameters.chain(results).collect();
        let _ = writeln!(self.text, "/* {} */", it.name);
        let _ = writeln!(self.text, "static void function{index}({}) {{", list.join(", "));
        self.stage = None;
        self.block(&it.body);
        for (k, &result) in it.results.iter().enumerate() {
            let line = format!("*to{k} = {};", self.name(result));
            self.line(&line);
        }
        self.text.push_str("}\n\n");
    }

    fn block(&mut self, block: &Block) {
        for statement in &block.statements {
            if self.stage != Some(statement.stage) {
                self.stage = Some(statement.stage);
                if let Some(name) = self.program.stages.get(usize::from(statement.stage)) {
                    let line = format!("/* {name} */");
                    self.line(&line);
                }
            }
            match &statement.action {
                Action::Let { to, op } => {
                    let from = self.op(*op);
                    self.let_be(*to, &from);
                }
                Action::If(it) => self.choose(it),
                Action::Loop(it) => self.repeat(it),
                Action::Call(it) => self.call(it),
                Action::Store { place, value } => {
                    let line = format!("{} = {};", self.place(*place), self.name(*value));
                    self.line(&line);
                }
            }
        }
    }

    fn inner(&mut self, block: &Block) {
        self.depth += 1;
        self.block(block);
    }

    fn choose(&mut self, it: &If) {
        for merge in &it.merges {
            let skipped = self.name(merge.skipped);
            self.let_be(merge.to, &skipped);
        }
        let line = format!("if ({}) {{", self.name(it.mask));
        self.line(&line);
        self.inner(&it.body);
        for merge in &it.merges {
            let line = format!("{} = {};", self.name(merge.to), self.name(merge.taken));
            self.line(&line);
        }
        self.depth -= 1;
        self.line("}");
    }

    fn repeat(&mut self, it: &Loop) {
        for carried in &it.carried {
            let start = self.name(carried.start);
            self.let_be(carried.to, &start);
        }
        let number = it.carried.first().map_or(it.again.0, |carried| carried.to.0);
        if let Some(Counted { counter, turns }) = it.counted {
            let (turn, turns) = (format!("c{counter}"), self.index(turns));
            self.line(&format!("for (uint32_t {turn} = 0; {turn} < {turns}; ++{turn}) {{"));
            self.turn(it, None);
            self.line("}");
            return;
        }
        let enter = self.name(it.enter);
        self.line(&format!("bool in{number} = {enter};"));
        let (turn, limit) = (format!("turn{number}"), it.limit);
        self.line(&format!("for (int {turn} = 0; {turn} < {limit} && in{number}; ++{turn}) {{"));
        self.turn(it, Some((&turn, number)));
        self.line("}");
    }

    /// A turn of a loop; of one that does not count with the name of its turns and its number.
    fn turn(&mut self, it: &Loop, known: Option<(&str, u32)>) {
        self.depth += 1;
        if let (Some(to), Some((turn, _))) = (it.turn, known) {
            self.let_be(to, &format!("(number){turn}"));
        }
        for carried in &it.carried {
            let last = self.name(carried.to);
            self.let_be(carried.cell, &last);
        }
        self.block(&it.body);
        // A cell is another variable than what the loop leaves, so no order of these is wrong.
        for carried in &it.carried {
            let line = format!("{} = {};", self.name(carried.to), self.name(carried.next));
            self.line(&line);
        }
        if let Some((_, number)) = known {
            let line = format!("in{number} = {};", self.name(it.again));
            self.line(&line);
        }
        self.depth -= 1;
    }

    fn call(&mut self, it: &Call) {
        for &result in &it.results {
            let line = format!("{} {};", self.kind(result), self.name(result));
            self.line(&line);
        }
        let results = self.names(&it.results).into_iter().map(|name| format!("&{name}"));
        let list: Vec<String> = self.names(&it.arguments).into_iter().chain(results).collect();
        self.line(&format!("function{}({});", it.function, list.join(", ")));
    }

    fn op(&self, op: Op) -> String {
        let names: Vec<String> = op.operands().iter().map(|value| self.name(value)).collect();
        let [a, b, c] = [0, 1, 2].map(|k| names.get(k).map_or("", String::as_str));
        let suffix = if self.program.scalar == Scalar::F32 { "f" } else { "" };
        match op {
            Op::Constant(bits) => literal(self.program.scalar, bits),
            Op::Truth(value) => value.to_string(),
            Op::Input(index) => {
                let cell = &self.program.inputs[index as usize];
                format!("in[{index} * n + i] /* {}[{}] */", cell.array, cell.index)
            }
            Op::Load { place, .. } => self.place(place),
            Op::Add(..) => format!("{a} + {b}"),
            Op::Sub(..) => format!("{a} - {b}"),
            Op::Mul(..) => format!("{a} * {b}"),
            Op::Div(..) => format!("{a} / {b}"),
            Op::MulAdd(..) => format!("MUL_ADD({a}, {b}, {c})"),
            Op::Neg(_) => format!("-{a}"),
            Op::Sqrt(_) => format!("sqrt{suffix}({a})"),
            Op::Abs(_) => format!("fabs{suffix}({a})"),
            Op::FlipSign(..) => format!("flip_sign({a}, {b})"),
            Op::Exponent(_) => format!("exponent({a})"),
            Op::Mantissa(_) => format!("mantissa({a})"),
            Op::PowerOfTwo(_) => format!("power_of_two({a})"),
            Op::Floor(_) => format!("floor{suffix}({a})"),
            Op::Min(..) => format!("min_of({a}, {b})"),
            Op::Max(..) => format!("max_of({a}, {b})"),
            Op::Lt(..) => format!("{a} < {b}"),
            Op::Le(..) => format!("{a} <= {b}"),
            Op::Equal(..) => format!("{a} == {b}"),
            Op::Select(..) => format!("{a} ? {b} : {c}"),
            Op::And(..) => format!("{a} & {b}"),
            Op::Or(..) => format!("{a} | {b}"),
            Op::Not(_) => format!("!{a}"),
        }
    }
}

/// A constant with all its digits.
fn literal(scalar: Scalar, bits: u64) -> String {
    let number = scalar.number(bits);
    let sign = if number.is_sign_negative() { "-" } else { "" };
    match scalar {
        _ if number.is_nan() => "(number)NAN".to_owned(),
        _ if number.is_infinite() => format!("{sign}(number)INFINITY"),
        Scalar::F32 => format!("{:?}f", f32::from_bits(bits as u32)),
        Scalar::F64 => format!("{number:?}"),
    }
}

//! Programs in f64 as tables of operations, which kernels run (`device/kernels/program.cuh`).

use crate::math::program::{Action, ArrayCell, Block, LaneProgram, Op, Scalar, Value};
use std::collections::HashMap;

/// Numbers uniform in [0, 1) that come into a program.
const UNIFORM: &str = "uniform";
/// The difficulty, where it comes in.
const DIFFICULTY: &str = "difficulty";

/// A program without loops or calls, on registers of an environment. The first registers are for the uniform numbers,
/// and the next for the difficulty.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Table {
    n_drawn: u32,
    /// Of each operation its number, the register that it writes, and three operands.
    operations: Vec<[u32; 5]>,
    /// What goes out, and its register.
    pub outputs: Vec<(ArrayCell, u32)>,
    pub n_registers: u32,
}

impl Table {
    /// That of a program; none of one with loops, calls or arrays, with other inputs than a table has, or in f32.
    pub fn of(program: &LaneProgram) -> Option<Self> {
        if program.scalar != Scalar::F64 {
            return None;
        }
        let n_uniform = program.inputs.iter().filter(|cell| cell.array == UNIFORM);
        let n_drawn = n_uniform.map(|cell| cell.index + 1).max().unwrap_or(0);
        let register = |cell: &ArrayCell| match cell.array {
            UNIFORM => Some(cell.index),
            DIFFICULTY => Some(n_drawn),
            _ => None,
        };
        let inputs = program.inputs.iter().map(register).collect::<Option<Vec<u32>>>()?;
        let mut lines = vec![];
        write_out(&program.body, &mut lines)?;
        let mut registers = Registers::new(n_drawn + 1, &inputs, &lines, &program.outputs);
        let operations = lines.iter().enumerate();
        let operations = operations.filter_map(|(place, line)| registers.assign(place, line));
        let operations = operations.collect();
        let outputs = program.outputs.iter();
        let outputs = outputs.map(|(cell, value)| (cell.clone(), registers.of[value])).collect();
        Some(Self { n_drawn, operations, outputs, n_registers: registers.n })
    }

    /// The most words that it has as kernels read it.
    pub fn n_words(&self) -> usize {
        3 + 5 * self.operations.len() + 2 * self.outputs.len()
    }

    /// As kernels read it; `row` says to which row an output goes, if it goes anywhere.
    pub fn words(&self, row: impl Fn(&ArrayCell) -> Option<u32>) -> Vec<u32> {
        let outputs = self.outputs.iter();
        let outputs: Vec<[u32; 2]> =
            outputs.filter_map(|(cell, register)| Some([row(cell)?, *register])).collect();
        let mut words = vec![self.n_drawn, self.operations.len() as u32, outputs.len() as u32];
        words.extend(self.operations.as_flattened());
        words.extend(outputs.as_flattened());
        words
    }
}

/// `value = op`.
type Line = (Value, Op);

/// Appends all that a block does. What a guarded block makes counts nowhere where it is skipped, so it is done by all,
/// and those that skip it select.
fn write_out(block: &Block, lines: &mut Vec<Line>) -> Option<()> {
    for statement in &block.statements {
        match &statement.action {
            Action::Let { op: Op::Load { .. }, .. } => return None,
            Action::Let { to, op } => lines.push((*to, *op)),
            Action::If(it) => {
                write_out(&it.body, lines)?;
                let merges = it.merges.iter();
                lines.extend(merges.map(|m| (m.to, Op::Select(it.mask, m.taken, m.skipped))));
            }
            Action::Loop(_) | Action::Call(_) | Action::Store { .. } => return None,
        }
    }
    Some(())
}

/// Which register holds each value, while lines are read in order: a register is used anew when what it holds is asked
/// for no more.
struct Registers<'a> {
    inputs: &'a [u32],
    /// Of each value.
    of: HashMap<Value, u32>,
    /// The last line that reads each value; beyond all lines where it goes out.
    last: HashMap<Value, usize>,
    free: Vec<u32>,
    n_inputs: u32,
    n: u32,
}

impl<'a> Registers<'a> {
    /// With those that inputs have for themselves.
    fn new(
        n_inputs: u32,
        inputs: &'a [u32],
        lines: &[Line],
        outputs: &[(ArrayCell, Value)],
    ) -> Self {
        let mut last = HashMap::new();
        for (place, (_, op)) in lines.iter().enumerate() {
            last.extend(op.operands().iter().map(|value| (value, place)));
        }
        last.extend(outputs.iter().map(|&(_, value)| (value, usize::MAX)));
        Self { inputs, of: HashMap::new(), last, free: vec![], n_inputs, n: n_inputs }
    }

    /// A line as an operation; none where it names an input.
    fn assign(&mut self, place: usize, &(to, op): &Line) -> Option<[u32; 5]> {
        if let Op::Input(index) = op {
            self.of.insert(to, self.inputs[index as usize]);
            return None;
        }
        let mut operands = match op {
            Op::Constant(bits) => halves(bits),
            Op::Truth(truth) => halves(f64::from(u8::from(truth)).to_bits()),
            _ => [0; 3],
        };
        for (operand, value) in operands.iter_mut().zip(op.operands().iter()) {
            *operand = self.of[&value];
        }
        // What is read for the last time may be written by the same operation.
        for value in op.operands().iter() {
            if self.last[&value] == place {
                self.release(value);
            }
        }
        let register = self.free.pop().unwrap_or_else(|| {
            self.n += 1;
            self.n - 1
        });
        self.of.insert(to, register);
        if !self.last.contains_key(&to) {
            self.release(to);
        }
        let [a, b, c] = operands;
        Some([number(op), register, a, b, c])
    }

    /// Has the register of a value used anew, unless it is an input's.
    fn release(&mut self, value: Value) {
        let register = self.of[&value];
        if self.n_inputs <= register && !self.free.contains(&register) {
            self.free.push(register);
        }
    }
}

/// A number of 64 bits, the low word first.
fn halves(bits: u64) -> [u32; 3] {
    [bits as u32, (bits >> 32) as u32, 0]
}

/// The number of an operation, as `program.cuh` has it.
fn number(op: Op) -> u32 {
    match op {
        Op::Constant(_) | Op::Truth(_) => 0,
        Op::Add(..) => 1,
        Op::Sub(..) => 2,
        Op::Mul(..) => 3,
        Op::Div(..) => 4,
        Op::MulAdd(..) => 5,
        Op::Neg(_) => 6,
        Op::Sqrt(_) => 7,
        Op::Abs(_) => 8,
        Op::FlipSign(..) => 9,
        Op::Exponent(_) => 10,
        Op::Mantissa(_) => 11,
        Op::PowerOfTwo(_) => 12,
        Op::Floor(_) => 13,
        Op::Min(..) => 14,
        Op::Max(..) => 15,
        Op::Lt(..) => 16,
        Op::Le(..) => 17,
        Op::Equal(..) => 18,
        Op::Select(..) => 19,
        Op::And(..) => 20,
        Op::Or(..) => 21,
        Op::Not(_) => 22,
        Op::Input(_) | Op::Load { .. } => {
            unreachable!("inputs have registers, and arrays are refused")
        }
    }
}

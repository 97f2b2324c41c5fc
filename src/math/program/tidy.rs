//! Dead code elimination: removes what is never read, and cells of loops that the loop does not change.

use super::build::Builder;
use super::memory::Memory;
use super::op::{Action, Block, Carried, If, LaneProgram, Loop, Op, Value};

/// Folds, shares and drops until nothing is left to do. The answers stay the same to the bit.
#[must_use]
pub fn tidy(program: LaneProgram) -> LaneProgram {
    let mut program = drop_dead(program);
    loop {
        let size = count(&program);
        program = drop_dead(write_again(&program));
        if count(&program) >= size {
            return program;
        }
    }
}

/// Everything that a program does: statements and what blocks and loops hand on.
fn count(program: &LaneProgram) -> usize {
    let functions: usize = program.functions.iter().map(|it| of_block(&it.body)).sum();
    functions + of_block(&program.body)
}

fn of_block(block: &Block) -> usize {
    let of = |action: &Action| match action {
        Action::Let { .. } => 1,
        Action::If(it) => 1 + it.merges.len() + of_block(&it.body),
        Action::Loop(it) => 1 + it.carried.len() + of_block(&it.body),
        Action::Call(it) => 1 + it.arguments.len() + it.results.len(),
        Action::Store { .. } => 1,
    };
    block.statements.iter().map(|statement| of(&statement.action)).sum()
}

/// The program through a new builder, which folds with what is known by now.
fn write_again(program: &LaneProgram) -> LaneProgram {
    let mut writer = Writer {
        program,
        builder: Builder::with_memory(program.scalar, program.memory.clone()),
        to: vec![None; program.kinds.len()],
    };
    for function in &program.functions {
        let kinds: Vec<_> = function.parameters.iter().map(|&it| program.kind(it)).collect();
        let parameters = writer.builder.begin_function(&kinds);
        for (&from, &to) in function.parameters.iter().zip(&parameters) {
            writer.set(from, to);
        }
        writer.block(&function.body);
        let results = writer.all(&function.results);
        writer.builder.end_function(function.name.clone(), parameters, results);
    }
    writer.block(&program.body);
    let outputs = program.outputs.iter().map(|(cell, value)| (cell.clone(), writer.get(*value)));
    let outputs = outputs.collect();
    writer.builder.finish(outputs)
}

struct Writer<'a> {
    program: &'a LaneProgram,
    builder: Builder,
    to: Vec<Option<Value>>,
}

impl Writer<'_> {
    fn set(&mut self, from: Value, to: Value) {
        self.to[from.index()] = Some(to);
    }

    fn get(&self, from: Value) -> Value {
        self.to[from.index()].expect("a program uses what it has made")
    }

    fn all(&self, from: &[Value]) -> Vec<Value> {
        from.iter().map(|&value| self.get(value)).collect()
    }

    fn block(&mut self, block: &Block) {
        for statement in &block.statements {
            let name = self.program.stages.get(usize::from(statement.stage)).copied();
            let before = name.map(|name| self.builder.begin_stage(name));
            match &statement.action {
                &Action::Let { to, op: Op::Input(index) } => {
                    let cell = self.program.inputs[index as usize].clone();
                    let value = self.builder.input(cell);
                    self.set(to, value);
                }
                &Action::Let { to, op } => {
                    let op = op.map(|value| self.get(value));
                    let value = self.builder.op(op);
                    self.set(to, value);
                }
                Action::If(it) => self.choose(it),
                Action::Loop(it) => self.repeat(it),
                Action::Call(it) => {
                    let arguments = self.all(&it.arguments);
                    let results = self.builder.call(it.function, arguments);
                    it.results.iter().zip(results).for_each(|(&from, to)| self.set(from, to));
                }
                &Action::Store { place, value } => {
                    let value = self.get(value);
                    self.builder.push(Action::Store { place, value });
                }
            }
            if let Some(before) = before {
                self.builder.return_to(before);
            }
        }
    }

    fn choose(&mut self, it: &If) {
        self.builder.begin_if(self.get(it.mask));
        self.block(&it.body);
        let pair = |merge: &super::op::Merge| (self.get(merge.taken), self.get(merge.skipped));
        let pairs: Vec<_> = it.merges.iter().map(pair).collect();
        let merged = self.builder.end_if(&pairs);
        it.merges.iter().zip(merged).for_each(|(merge, to)| self.set(merge.to, to));
    }

    fn repeat(&mut self, it: &Loop) {
        let enter = self.get(it.enter);
        let is_idle = it.limit == 0 || self.builder.truth(enter) == Some(false);
        let stays = |carried: &Carried| {
            carried.next == carried.cell
                || self.to[carried.next.index()] == Some(self.get(carried.start))
        };
        let (still, moving): (Vec<&Carried>, Vec<&Carried>) =
            it.carried.iter().partition(|carried| is_idle || stays(carried));
        for carried in still {
            let start = self.get(carried.start);
            self.set(carried.cell, start);
            self.set(carried.to, start);
        }
        if is_idle {
            return;
        }
        if it.counted.is_some_and(|it| self.program.memory.most(it.turns) == 1) {
            for carried in &moving {
                self.set(carried.cell, self.get(carried.start));
            }
            self.block(&it.body);
            let lasts: Vec<Value> = moving.iter().map(|carried| self.get(carried.next)).collect();
            moving.iter().zip(lasts).for_each(|(carried, to)| self.set(carried.to, to));
            return;
        }
        let starts: Vec<Value> = moving.iter().map(|carried| self.get(carried.start)).collect();
        let (turn, cells) = self.builder.begin_loop(it.limit, enter, &starts);
        it.turn.into_iter().for_each(|from| self.set(from, turn));
        moving.iter().zip(cells).for_each(|(carried, cell)| self.set(carried.cell, cell));
        self.block(&it.body);
        let nexts: Vec<Value> = moving.iter().map(|carried| self.get(carried.next)).collect();
        let tos = self.builder.end_loop_as(self.get(it.again), &nexts, it.counted);
        moving.iter().zip(tos).for_each(|(carried, to)| self.set(carried.to, to));
    }
}

/// Without what no output needs.
fn drop_dead(mut program: LaneProgram) -> LaneProgram {
    let mut is_read = vec![false; program.memory.arrays.len()];
    note_reads(&program.body, &program.memory, &mut is_read);
    let written = program.memory.places.iter().map(|place| is_read[place.array as usize]).collect();
    let mut alive = Alive { values: vec![false; program.kinds.len()], written };
    program.outputs.iter().for_each(|(_, value)| alive.mark(*value));
    program.body = alive.block(std::mem::take(&mut program.body));
    for function in program.functions.iter_mut().rev() {
        function.results.iter().for_each(|&value| alive.mark(value));
        function.body = alive.block(std::mem::take(&mut function.body));
    }
    program
}

/// Notes the arrays that a block reads.
fn note_reads(block: &Block, memory: &Memory, is_read: &mut [bool]) {
    for statement in &block.statements {
        match &statement.action {
            Action::Let { op: Op::Load { place, .. }, .. } => {
                is_read[memory.places[*place as usize].array as usize] = true;
            }
            Action::If(If { body, .. }) | Action::Loop(Loop { body, .. }) => {
                note_reads(body, memory, is_read);
            }
            Action::Let { .. } | Action::Call(_) | Action::Store { .. } => {}
        }
    }
}

struct Alive {
    values: Vec<bool>,
    /// Of each place whether what is written there counts: somebody reads the array.
    written: Vec<bool>,
}

impl Alive {
    fn mark(&mut self, value: Value) {
        self.values[value.index()] = true;
    }

    fn is(&self, value: Value) -> bool {
        self.values[value.index()]
    }

    /// The statements that make something alive, last first; what they need is alive from there on.
    fn block(&mut self, block: Block) -> Block {
        let mut kept = vec![];
        for mut statement in block.statements.into_iter().rev() {
            let needed = match &mut statement.action {
                Action::Let { to, op } => {
                    let needed = self.is(*to);
                    if needed {
                        op.operands().iter().for_each(|value| self.mark(value));
                    }
                    needed
                }
                Action::If(it) => self.choose(it),
                Action::Loop(it) => self.repeat(it),
                Action::Call(it) => {
                    let needed = it.results.iter().any(|&value| self.is(value));
                    if needed {
                        it.arguments.iter().for_each(|&value| self.mark(value));
                    }
                    needed
                }
                Action::Store { place, value } => {
                    let needed = self.written[*place as usize];
                    if needed {
                        self.mark(*value);
                    }
                    needed
                }
            };
            if needed {
                kept.push(statement);
            }
        }
        kept.reverse();
        Block { statements: kept }
    }

    fn choose(&mut self, it: &mut If) -> bool {
        it.merges.retain(|merge| self.values[merge.to.index()]);
        for merge in &it.merges {
            self.mark(merge.taken);
            self.mark(merge.skipped);
        }
        it.body = self.block(std::mem::take(&mut it.body));
        let is_needed = !it.merges.is_empty() || self.writes(&it.body);
        if is_needed {
            self.mark(it.mask);
        }
        is_needed
    }

    /// Whether a block writes what counts.
    fn writes(&self, block: &Block) -> bool {
        block.statements.iter().any(|statement| match &statement.action {
            Action::Store { place, .. } => self.written[*place as usize],
            Action::If(If { body, .. }) | Action::Loop(Loop { body, .. }) => self.writes(body),
            Action::Let { .. } | Action::Call(_) => false,
        })
    }

    /// A cell is alive if it is read after the loop, or in it by what is alive.
    fn repeat(&mut self, it: &mut Loop) -> bool {
        if !it.carried.iter().any(|carried| self.is(carried.to)) && !self.writes(&it.body) {
            return false;
        }
        self.mark(it.again);
        let mut n_alive = usize::MAX;
        loop {
            let is_alive =
                |alive: &Self, carried: &Carried| alive.is(carried.to) || alive.is(carried.cell);
            let alive: Vec<Carried> =
                it.carried.iter().filter(|carried| is_alive(self, carried)).copied().collect();
            if alive.len() == n_alive {
                it.carried = alive;
                break;
            }
            n_alive = alive.len();
            alive.iter().for_each(|carried| self.mark(carried.next));
            self.block(it.body.clone());
        }
        it.body = self.block(std::mem::take(&mut it.body));
        it.carried.iter().for_each(|carried| self.mark(carried.start));
        self.mark(it.enter);
        true
    }
}

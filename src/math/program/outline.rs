//! Functions for what a program does at several places.
//!
//! Two blocks that may be skipped do the same if they have the same operations in the same order on what they make
//! themselves; what they read from outside, constants too, may differ and becomes parameters. Where that makes the
//! text smaller, operations and what calls hand over counted alike, the block becomes a function and each place a call
//! of it. Nothing else changes: the same operations are done, to the same bits.

use super::op::{
    Action, Block, Call, Function, If, LaneProgram, Loop, Op, Statement, Value, ValueKind,
};
use super::shape::{Shape, walk};
use std::collections::{HashMap, HashSet};

/// The program with functions, outer blocks before those within them.
#[must_use]
pub fn outline(mut program: LaneProgram) -> LaneProgram {
    // How deep the bodies of functions lay when they were blocks.
    let mut bases = vec![0; program.functions.len()];
    let mut depth = 0;
    loop {
        let classes = classes(&program, &bases, depth);
        if classes.found.is_empty() {
            return program;
        }
        let n_new = replace(&mut program, &bases, depth, classes);
        depth += 1;
        bases.splice(0..0, std::iter::repeat_n(depth, n_new));
    }
}

/// Blocks that do the same.
struct Class {
    /// What each place hands over, occurrence by occurrence: one for each value that its block reads from outside.
    reads: Vec<Vec<Value>>,
    /// The size of a block, and how many values it makes for what comes after.
    weight: usize,
    n_results: usize,
    stage: u16,
}

impl Class {
    /// Occurrences that are the same value at each place are one parameter. Of each occurrence the number of its own.
    fn parameters(&self) -> (Vec<usize>, usize) {
        let mut known: HashMap<Vec<Value>, usize> = HashMap::new();
        let n_reads = self.reads.first().map_or(0, Vec::len);
        let of = |at: usize| self.reads.iter().map(|read| read[at]).collect::<Vec<_>>();
        let mut numbers = vec![];
        for at in 0..n_reads {
            let next = known.len();
            numbers.push(*known.entry(of(at)).or_insert(next));
        }
        (numbers, known.len())
    }

    /// The value that all places hand over, if it is a constant.
    fn constant(&self, at: usize, constants: &HashMap<Value, Op>) -> Option<Op> {
        let op_of = |read: &Vec<Value>| constants.get(&read[at]).copied();
        let first = self.reads.first().and_then(op_of)?;
        self.reads.iter().all(|read| op_of(read) == Some(first)).then_some(first)
    }

    /// Whether a function and its calls are smaller than the blocks.
    fn pays(&self, constants: &HashMap<Value, Op>) -> bool {
        let n = self.reads.len();
        let (numbers, n_parameters) = self.parameters();
        let is_fixed = |&at: &usize| self.constant(at, constants).is_some();
        let fixed: HashSet<usize> =
            (0..numbers.len()).filter(is_fixed).map(|at| numbers[at]).collect();
        let handed_over = n_parameters - fixed.len() + self.n_results;
        n > 1 && (n - 1) * self.weight > n * handed_over
    }
}

/// What is known of each block of a depth, in the order in which they stand.
struct Found {
    class: usize,
    /// Its place among the blocks of its class.
    place: usize,
}

/// The blocks of a depth by their classes.
struct Classes {
    all: Vec<Class>,
    found: Vec<Found>,
    /// Of all bodies.
    constants: HashMap<Value, Op>,
}

fn classes(program: &LaneProgram, bases: &[usize], depth: usize) -> Classes {
    let mut constants = HashMap::new();
    let bodies = || {
        let functions = program.functions.iter().map(|it| &it.body).zip(bases.iter().copied());
        functions.chain([(&program.body, 0)])
    };
    for (body, _) in bodies() {
        for statement in &body.statements {
            if let Action::Let { to, op: op @ (Op::Constant(_) | Op::Truth(_)) } = statement.action
            {
                constants.insert(to, op);
            }
        }
    }
    let mut keys: HashMap<Vec<u32>, usize> = HashMap::new();
    let (mut all, mut found): (Vec<Class>, Vec<Found>) = (vec![], vec![]);
    let mut note = |it: &If, stage: u16| {
        let results = results(it);
        let (body, _) = split(&it.body);
        let next = all.len();
        // Functions do not see the arrays.
        let sees = body.has_places();
        let shape = if sees { Shape::none() } else { Shape::of(&body, &results, &program.kinds) };
        let class = if sees { next } else { *keys.entry(shape.key).or_insert(next) };
        if class == next {
            let n_results = results.len();
            all.push(Class { reads: vec![], weight: weight(&body), n_results, stage });
        }
        found.push(Found { class, place: all[class].reads.len() });
        all[class].reads.push(shape.reads);
    };
    bodies().for_each(|(body, base)| visit(body, depth - base, &mut note));
    Classes { all, found, constants }
}

/// Visits the guarded blocks of a depth.
fn visit(block: &Block, depth: usize, note: &mut impl FnMut(&If, u16)) {
    for statement in &block.statements {
        match &statement.action {
            Action::If(it) if depth == 0 => note(it, statement.stage),
            Action::If(If { body, .. }) => visit(body, depth - 1, note),
            Action::Loop(Loop { body, .. }) => visit(body, depth, note),
            Action::Let { .. } | Action::Call(_) | Action::Store { .. } => {}
        }
    }
}

/// The same blocks, to change them.
fn visit_mut(block: &mut Block, depth: usize, change: &mut impl FnMut(&mut If)) {
    for statement in &mut block.statements {
        match &mut statement.action {
            Action::If(it) if depth == 0 => change(it),
            Action::If(If { body, .. }) => visit_mut(body, depth - 1, change),
            Action::Loop(Loop { body, .. }) => visit_mut(body, depth, change),
            Action::Let { .. } | Action::Call(_) | Action::Store { .. } => {}
        }
    }
}

/// Values of a block that hold after it, each once.
fn results(it: &If) -> Vec<Value> {
    let mut inside = vec![];
    for statement in &it.body.statements {
        super::build::made(statement, &mut |value| inside.push(value));
    }
    let (_, stores) = split(&it.body);
    let stored = stores.iter().filter_map(|statement| match statement.action {
        Action::Store { value, .. } => Some(value),
        _ => None,
    });
    let mut found = vec![];
    for taken in it.merges.iter().map(|merge| merge.taken).chain(stored) {
        if inside.contains(&taken) && !found.contains(&taken) {
            found.push(taken);
        }
    }
    found
}

/// A block without what it writes to arrays at its end, and that.
fn split(block: &Block) -> (Block, Vec<Statement>) {
    let is_store = |it: &Statement| matches!(it.action, Action::Store { .. });
    let n = block.statements.iter().rposition(|it| !is_store(it)).map_or(0, |last| last + 1);
    let (before, stores) = block.statements.split_at(n);
    (Block { statements: before.to_vec() }, stores.to_vec())
}

/// The size of a block's text.
fn weight(block: &Block) -> usize {
    let of = |action: &Action| match action {
        Action::Let { op, .. } => usize::from(op.is_work()),
        Action::If(it) => 1 + it.merges.len() + weight(&it.body),
        Action::Loop(it) => 1 + it.carried.len() + weight(&it.body),
        Action::Call(it) => 1 + it.arguments.len() + it.results.len(),
        Action::Store { .. } => 1,
    };
    block.statements.iter().map(|statement| of(&statement.action)).sum()
}

/// Makes functions of the classes for which it pays, and calls of their blocks. New functions stand before those that
/// are there: their blocks are within those. Returns how many there are.
fn replace(program: &mut LaneProgram, bases: &[usize], depth: usize, classes: Classes) -> usize {
    let Classes { all, found, constants } = classes;
    let mut n_new = 0;
    let number = |class: &Class| {
        let pays = class.pays(&constants);
        n_new += u32::from(pays);
        pays.then(|| n_new - 1)
    };
    let numbers: Vec<Option<u32>> = all.iter().map(number).collect();
    let LaneProgram { kinds, functions, stages, body, .. } = program;
    let mut made: Vec<Option<(Function, Vec<usize>)>> = (0..n_new).map(|_| None).collect();
    let mut found = found.into_iter();
    let mut change = |it: &mut If| {
        let Some(Found { class, place }) = found.next() else { return };
        let Some(number) = numbers[class] else { return };
        let (class, outer) = (&all[class], results(it));
        let (_, parameters) = made[number as usize].get_or_insert_with(|| {
            let (body, _) = split(&it.body);
            let stage = stages.get(usize::from(class.stage)).copied().unwrap_or("part");
            let name = format!("{stage} {depth}.{number}");
            class.function(kinds, &constants, name, body, outer.clone())
        });
        let arguments = parameters.iter().map(|&at| class.reads[place][at]).collect();
        let kinds_of: Vec<ValueKind> = outer.iter().map(|value| kinds[value.index()]).collect();
        let results: Vec<Value> = kinds_of.into_iter().map(|kind| fresh(kinds, kind)).collect();
        for merge in &mut it.merges {
            if let Some(place) = outer.iter().position(|value| *value == merge.taken) {
                merge.taken = results[place];
            }
        }
        let (_, mut stores) = split(&it.body);
        for store in &mut stores {
            if let Action::Store { value, .. } = &mut store.action
                && let Some(place) = outer.iter().position(|outer| outer == value)
            {
                *value = results[place];
            }
        }
        let action = Action::Call(Call { function: number, arguments, results });
        it.body = Block { statements: vec![Statement { stage: class.stage, action }] };
        it.body.statements.append(&mut stores);
    };
    let bodies = functions.iter_mut().map(|it| &mut it.body).zip(bases.iter().copied());
    for (body, base) in bodies.chain([(body, 0)]) {
        renumber(body, n_new);
        visit_mut(body, depth - base, &mut change);
    }
    functions.splice(0..0, made.into_iter().flatten().map(|(function, _)| function));
    n_new as usize
}

/// Makes room for functions before those that a block calls.
fn renumber(block: &mut Block, n_new: u32) {
    for statement in &mut block.statements {
        match &mut statement.action {
            Action::If(If { body, .. }) | Action::Loop(Loop { body, .. }) => renumber(body, n_new),
            Action::Call(it) => it.function += n_new,
            Action::Let { .. } | Action::Store { .. } => {}
        }
    }
}

fn fresh(kinds: &mut Vec<ValueKind>, kind: ValueKind) -> Value {
    kinds.push(kind);
    Value(kinds.len() as u32 - 1)
}

impl Class {
    /// The body of a block of the class as a function, and of each of its parameters an occurrence that it stands
    /// for.
    fn function(
        &self,
        kinds: &mut Vec<ValueKind>,
        constants: &HashMap<Value, Op>,
        name: String,
        mut body: Block,
        results: Vec<Value>,
    ) -> (Function, Vec<usize>) {
        let (numbers, n_parameters) = self.parameters();
        let mut within: Vec<Option<Value>> = vec![None; n_parameters];
        let (mut parameters, mut occurrences, mut fixed) = (vec![], vec![], vec![]);
        let mut read = |value: &mut Value, at: usize| {
            let known = &mut within[numbers[at]];
            *value = *known.get_or_insert_with(|| {
                let to = fresh(kinds, kinds[value.index()]);
                match self.constant(at, constants) {
                    Some(op) => {
                        let action = Action::Let { to, op };
                        fixed.push(Statement { stage: self.stage, action });
                    }
                    None => {
                        parameters.push(to);
                        occurrences.push(at);
                    }
                }
                to
            });
        };
        walk(&mut body, &mut HashMap::new(), &mut vec![], &mut read);
        fixed.append(&mut body.statements);
        let body = Block { statements: fixed };
        (Function { name, parameters, body, results }, occurrences)
    }
}

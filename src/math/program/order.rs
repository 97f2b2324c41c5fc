//! Orders statements so that few values are alive at once.
//!
//! Each block is written anew from its end: what an environment needs is made just before it is needed, and what only
//! a block needs that may be skipped is made in it. Where that leaves more values alive than the order that was there,
//! that order stays. The operations and their bits are the same; fewer of them may be done.

use super::memory::Memory;
use super::op::{Action, Block, If, LaneProgram, Loop, Op, Statement, Value};
use std::collections::{HashMap, HashSet};

/// The program in that order.
#[must_use]
pub fn order(program: LaneProgram) -> LaneProgram {
    let mut program = sink(program);
    let memory = std::mem::take(&mut program.memory);
    for function in &mut program.functions {
        let body = std::mem::take(&mut function.body);
        function.body = by_need(body, &function.results, &memory);
    }
    let results: Vec<Value> = program.outputs.iter().map(|(_, value)| *value).collect();
    program.body = by_need(std::mem::take(&mut program.body), &results, &memory);
    program.memory = memory;
    program
}

/// What a statement reads from outside of itself.
fn reads(statement: &Statement) -> Vec<Value> {
    let mut found = vec![];
    read(statement, &mut found);
    found
}

fn read(statement: &Statement, found: &mut Vec<Value>) {
    match &statement.action {
        Action::Let { op, .. } => found.extend(op.operands().iter()),
        Action::If(it) => {
            found.push(it.mask);
            found.extend(it.merges.iter().flat_map(|merge| [merge.taken, merge.skipped]));
            it.body.statements.iter().for_each(|inner| read(inner, found));
        }
        Action::Loop(it) => {
            found.extend([it.enter, it.again]);
            found.extend(it.carried.iter().flat_map(|carried| [carried.start, carried.next]));
            it.body.statements.iter().for_each(|inner| read(inner, found));
        }
        Action::Call(it) => found.extend(&it.arguments),
        Action::Store { value, .. } => found.push(*value),
    }
}

/// Moves what only one block needs into it.
fn sink(mut program: LaneProgram) -> LaneProgram {
    let mut n_reads = vec![0_u32; program.kinds.len()];
    let of_functions = program.functions.iter().map(|it| (&it.body, it.results.clone()));
    let results = program.outputs.iter().map(|(_, value)| *value).collect();
    for (body, results) in of_functions.chain([(&program.body, results)]) {
        body.statements.iter().flat_map(reads).for_each(|value| n_reads[value.index()] += 1);
        results.iter().for_each(|value| n_reads[value.index()] += 1);
    }
    for function in &mut program.functions {
        function.body = sink_block(std::mem::take(&mut function.body), &n_reads);
    }
    program.body = sink_block(std::mem::take(&mut program.body), &n_reads);
    program
}

/// From the last statement to the first: one whose readers are all in one block goes there.
fn sink_block(block: Block, n_reads: &[u32]) -> Block {
    let mut kept: Vec<Statement> = vec![];
    // Of each value, in which of the kept statements it is read within a block, and how often.
    let mut inside: HashMap<Value, (usize, u32)> = HashMap::new();
    // What goes into a block, last first.
    let mut moved: HashMap<usize, Vec<Statement>> = HashMap::new();
    for statement in block.statements.into_iter().rev() {
        if let Action::Let { to, op } = statement.action
            && op.is_work()
            && !matches!(op, Op::Load { .. })
            && let Some(&(at, n)) = inside.get(&to)
            && n == n_reads[to.index()]
        {
            for value in op.operands().iter() {
                note(&mut inside, value, at);
            }
            moved.entry(at).or_default().push(statement);
            continue;
        }
        if let Action::If(it) = &statement.action {
            let mut found: Vec<Value> = it.merges.iter().map(|merge| merge.taken).collect();
            it.body.statements.iter().for_each(|inner| read(inner, &mut found));
            found.into_iter().for_each(|value| note(&mut inside, value, kept.len()));
        }
        kept.push(statement);
    }
    for (at, statements) in moved {
        if let Action::If(it) = &mut kept[at].action {
            it.body.statements.splice(0..0, statements.into_iter().rev());
        }
    }
    for statement in &mut kept {
        match &mut statement.action {
            Action::If(If { body, .. }) | Action::Loop(Loop { body, .. }) => {
                *body = sink_block(std::mem::take(body), n_reads);
            }
            Action::Let { .. } | Action::Call(_) | Action::Store { .. } => {}
        }
    }
    kept.reverse();
    Block { statements: kept }
}

/// A reading in the block of a statement; readings in several count for none.
fn note(inside: &mut HashMap<Value, (usize, u32)>, value: Value, at: usize) {
    let (place, n) = inside.entry(value).or_insert((at, 0));
    if *place == at {
        *n += 1;
    }
}

/// The block in the order in which its results and its blocks need what it makes.
fn by_need(mut block: Block, results: &[Value], memory: &Memory) -> Block {
    for statement in &mut block.statements {
        match &mut statement.action {
            Action::If(If { body, merges, .. }) => {
                let results: Vec<Value> = merges.iter().map(|merge| merge.taken).collect();
                *body = by_need(std::mem::take(body), &results, memory);
            }
            Action::Loop(Loop { body, carried, again, .. }) => {
                let nexts = carried.iter().map(|carried| carried.next);
                let results: Vec<Value> = nexts.chain([*again]).collect();
                *body = by_need(std::mem::take(body), &results, memory);
            }
            Action::Let { .. } | Action::Call(_) | Action::Store { .. } => {}
        }
    }
    let order = places_by_need(&block, results, memory);
    let ordered = order.iter().map(|&place| &block.statements[place]);
    let peak_now = Live::default().of_statements(block.statements.iter(), results);
    if Live::default().of_statements(ordered, results) >= peak_now {
        return block;
    }
    let mut taken: Vec<Option<Statement>> = block.statements.into_iter().map(Some).collect();
    let statements = order.into_iter().filter_map(|place| taken[place].take());
    Block { statements: statements.collect() }
}

fn places_by_need(block: &Block, results: &[Value], memory: &Memory) -> Vec<usize> {
    let mut made_at = HashMap::new();
    for (place, statement) in block.statements.iter().enumerate() {
        super::build::made(statement, &mut |value| {
            made_at.insert(value, place);
        });
    }
    let mut needs: Vec<Vec<usize>> = block
        .statements
        .iter()
        .map(|statement| {
            reads(statement).iter().filter_map(|it| made_at.get(it).copied()).collect()
        })
        .collect();
    add_arrays(block, memory, &mut needs);
    let mut order = vec![];
    let mut is_done = vec![false; needs.len()];
    // Constants first, as they were; blocks in their order; then results.
    let is_free = |place: &usize| matches!(block.statements[*place].action, Action::Let { op, .. } if !op.is_work());
    let is_block = |place: &usize| !matches!(block.statements[*place].action, Action::Let { .. });
    let all = 0..needs.len();
    let roots = all.clone().filter(is_free).chain(all.clone().filter(is_block));
    let last = results.iter().filter_map(|value| made_at.get(value).copied());
    for root in roots.chain(last).chain(all) {
        visit(root, &needs, &mut is_done, &mut order);
    }
    order
}

/// Who reads an array needs those before it that write there, and who writes needs all before it that use the array.
fn add_arrays(block: &Block, memory: &Memory, needs: &mut [Vec<usize>]) {
    let n = memory.arrays.len();
    // Of each array the last statement that writes it, and those that read it since.
    let mut last_written: Vec<Option<usize>> = vec![None; n];
    let mut read_since: Vec<Vec<usize>> = vec![vec![]; n];
    for (place, statement) in block.statements.iter().enumerate() {
        let mut uses = vec![[false; 2]; n];
        note_arrays(statement, memory, &mut uses);
        for (array, [reads, writes]) in uses.into_iter().enumerate() {
            if reads || writes {
                needs[place].extend(last_written[array]);
            }
            if writes {
                needs[place].append(&mut read_since[array]);
                last_written[array] = Some(place);
            } else if reads {
                read_since[array].push(place);
            }
        }
    }
}

/// Notes which arrays a statement reads and which it writes.
fn note_arrays(statement: &Statement, memory: &Memory, uses: &mut [[bool; 2]]) {
    let mut note = |place: u32, how: usize| {
        uses[memory.places[place as usize].array as usize][how] = true;
    };
    match &statement.action {
        Action::Let { op: Op::Load { place, .. }, .. } => note(*place, 0),
        Action::Store { place, .. } => note(*place, 1),
        Action::If(If { body, .. }) | Action::Loop(Loop { body, .. }) => {
            body.statements.iter().for_each(|inner| note_arrays(inner, memory, uses));
        }
        Action::Let { .. } | Action::Call(_) => {}
    }
}

/// Appends a statement after all that it needs.
fn visit(root: usize, needs: &[Vec<usize>], is_done: &mut [bool], order: &mut Vec<usize>) {
    let mut stack = vec![(root, 0)];
    while let Some((place, next)) = stack.pop() {
        if is_done[place] {
            continue;
        }
        match needs[place].get(next) {
            Some(&need) => stack.extend([(place, next + 1), (need, 0)]),
            None => {
                is_done[place] = true;
                order.push(place);
            }
        }
    }
}

/// The largest number of values that wait for a use at once, constants not counted.
pub fn most_live(program: &LaneProgram) -> usize {
    let results: Vec<Value> = program.outputs.iter().map(|(_, value)| *value).collect();
    let bodies = program.functions.iter().map(|it| (&it.body, it.results.as_slice()));
    let bodies = bodies.chain([(&program.body, results.as_slice())]);
    let peak = |(body, results): (&Block, &[Value])| {
        Live::default().of_statements(body.statements.iter(), results)
    };
    bodies.map(peak).max().unwrap_or(0)
}

/// Values alive at one place, on the way from a program's end to its beginning.
#[derive(Default)]
struct Live {
    alive: HashSet<Value>,
    constants: HashSet<Value>,
    most: usize,
}

impl Live {
    fn of_statements<'a>(
        mut self,
        statements: impl DoubleEndedIterator<Item = &'a Statement> + Clone,
        results: &[Value],
    ) -> usize {
        for statement in statements.clone() {
            if let Action::Let { to, op: Op::Constant(_) | Op::Truth(_) } = statement.action {
                self.constants.insert(to);
            }
        }
        results.iter().for_each(|&value| self.add(value));
        self.walk(statements);
        self.most
    }

    fn add(&mut self, value: Value) {
        if !self.constants.contains(&value) {
            self.alive.insert(value);
            self.most = self.most.max(self.alive.len());
        }
    }

    fn walk<'a>(&mut self, statements: impl DoubleEndedIterator<Item = &'a Statement>) {
        for statement in statements.rev() {
            super::build::made(statement, &mut |value| {
                self.alive.remove(&value);
            });
            match &statement.action {
                Action::Let { op, .. } => op.operands().iter().for_each(|value| self.add(value)),
                Action::If(it) => {
                    // What holds where the block is skipped waits beside it.
                    it.merges.iter().for_each(|merge| self.add(merge.skipped));
                    self.add(it.mask);
                    it.merges.iter().for_each(|merge| self.add(merge.taken));
                    self.walk(it.body.statements.iter());
                }
                Action::Loop(it) => {
                    // What the body reads from outside is read in every turn, so it waits through all of it.
                    let mut own = HashSet::new();
                    all_made(statement, &mut |value| {
                        own.insert(value);
                    });
                    let mut outside = reads(statement);
                    outside.retain(|value| !own.contains(value));
                    outside.iter().for_each(|&value| self.add(value));
                    let nexts = it.carried.iter().map(|carried| carried.next);
                    nexts.chain([it.again]).for_each(|value| self.add(value));
                    self.walk(it.body.statements.iter());
                    let cells = it.carried.iter().map(|carried| carried.cell);
                    cells.chain(it.turn).for_each(|value| {
                        self.alive.remove(&value);
                    });
                }
                Action::Call(it) => it.arguments.iter().for_each(|&value| self.add(value)),
                Action::Store { value, .. } => self.add(*value),
            }
        }
    }
}

/// Visits what a statement makes, what its body makes, and the cells of loops.
fn all_made(statement: &Statement, visit: &mut impl FnMut(Value)) {
    super::build::made(statement, visit);
    match &statement.action {
        Action::If(it) => it.body.statements.iter().for_each(|inner| all_made(inner, visit)),
        Action::Loop(it) => {
            it.carried.iter().map(|carried| carried.cell).chain(it.turn).for_each(&mut *visit);
            it.body.statements.iter().for_each(|inner| all_made(inner, visit));
        }
        Action::Let { .. } | Action::Call(_) | Action::Store { .. } => {}
    }
}

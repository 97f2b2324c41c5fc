//! Arrays of a thread, and how their places are found.
//!
//! An index is computed once in the block that needs it first, and before a loop if the loop's turns do not change it.

use super::lines::Lines;
use super::print::Printer;
use crate::math::program::{Action, Block, Index, LaneProgram, Loop, Op};

/// The name of what indices look things up in.
const TABLE: &str = "table";

/// What indices look things up in.
pub(super) fn table(program: &LaneProgram) -> String {
    let table = &program.memory.table;
    if table.is_empty() {
        return String::new();
    }
    let numbers: Vec<String> = table.iter().map(ToString::to_string).collect();
    let lines: Vec<String> = numbers.chunks(20).map(|line| line.join(", ")).collect();
    let (n, lines) = (table.len(), lines.join(",\n    "));
    format!(".global .align 4 .u32 {TABLE}[{n}] = {{\n    {lines}\n}};\n\n")
}

impl Printer<'_> {
    /// Finds where arrays and the table are.
    pub(super) fn arrays(&self, to: &mut Lines) {
        let memory = &self.program.memory;
        for (k, array) in memory.arrays.iter().enumerate() {
            to.line(&format!("mov.u64 %array{k}, {}", array.name));
        }
        if !memory.table.is_empty() {
            to.line(&format!("mov.u64 %table, {TABLE}"));
        }
    }

    /// The address of a place in an array.
    pub(super) fn place(&self, to: &mut Lines, place: u32) -> String {
        let place = self.program.memory.places[place as usize];
        let (index, address) = (self.index(to, place.at), to.long());
        to.line(&format!("mad.wide.u32 {address}, {index}, 4, %array{}", place.array));
        address
    }

    /// An index as it is written where it is read: a register or a constant.
    pub(super) fn index(&self, to: &mut Lines, index: u32) -> String {
        if let Some(register) = to.index(index) {
            return register;
        }
        let word = match self.program.memory.indices[index as usize] {
            Index::Constant(value) => return value.to_string(),
            Index::Sum { of, counter, step, plus } => {
                let (mut of, word) = (self.index(to, of), to.word());
                if step != 0 {
                    let turn = to.counters.get(&counter).cloned().unwrap_or_default();
                    to.line(&format!("mad.lo.u32 {word}, {turn}, {step}, {of}"));
                    of.clone_from(&word);
                }
                if plus != 0 {
                    to.line(&format!("add.u32 {word}, {of}, {plus}"));
                }
                word
            }
            Index::Look(at) => {
                let (at, address, word) = (self.index(to, at), to.long(), to.word());
                to.line(&format!("mad.wide.u32 {address}, {at}, 4, %table"));
                to.line(&format!("ld.global.u32 {word}, [{address}]"));
                word
            }
        };
        to.note_index(index, &word);
        word
    }

    /// Computes before a loop what its places need and does not change in it.
    pub(super) fn hoist(&self, to: &mut Lines, it: &Loop) {
        let mut inside = vec![];
        let mut used = vec![];
        self.note_indices(&it.body, &mut inside, &mut used);
        inside.extend(it.counted.map(|it| it.counter));
        for index in used {
            self.hoist_index(to, index, &inside);
        }
    }

    /// Computes the parts of an index that no counter changes that is `inside`.
    fn hoist_index(&self, to: &mut Lines, index: u32, inside: &[u32]) -> bool {
        let is_outside = match self.program.memory.indices[index as usize] {
            Index::Constant(_) => return true,
            Index::Sum { of, counter, step, .. } => {
                self.hoist_index(to, of, inside) && (step == 0 || !inside.contains(&counter))
            }
            Index::Look(at) => self.hoist_index(to, at, inside),
        };
        if is_outside {
            self.index(to, index);
        }
        is_outside
    }

    /// The counters of loops in a block, and the indices that it uses.
    fn note_indices(&self, block: &Block, counters: &mut Vec<u32>, used: &mut Vec<u32>) {
        let at = |place: u32| self.program.memory.places[place as usize].at;
        for statement in &block.statements {
            match &statement.action {
                Action::Let { op: Op::Load { place, .. }, .. } | Action::Store { place, .. } => {
                    used.push(at(*place));
                }
                Action::If(it) => self.note_indices(&it.body, counters, used),
                Action::Loop(it) => {
                    counters.extend(it.counted.map(|it| it.counter));
                    used.extend(it.counted.map(|it| it.turns));
                    self.note_indices(&it.body, counters, used);
                }
                Action::Let { .. } | Action::Call(_) => {}
            }
        }
    }
}

//! How large a program is.

use super::op::{Action, Block, LaneProgram};

/// Number of statements of one stage in a program's text, run or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Name of the stage.
    pub stage: &'static str,
    /// Operations on numbers and masks.
    pub operations: usize,
    /// Blocks that may be skipped.
    pub blocks: usize,
    /// Loops.
    pub loops: usize,
    /// Values that blocks, loops and calls hand on.
    pub handed_on: usize,
}

/// The size of each stage, in their order. Functions count once, for the stages in which they were written.
pub fn count(program: &LaneProgram) -> Vec<Count> {
    let of = |&stage| Count { stage, ..Count::default() };
    let mut counts: Vec<Count> = program.stages.iter().map(of).collect();
    if counts.is_empty() {
        counts.push(Count::default());
    }
    for function in &program.functions {
        add(&function.body, &mut counts);
    }
    add(&program.body, &mut counts);
    counts
}

fn add(block: &Block, counts: &mut [Count]) {
    for statement in &block.statements {
        let count = &mut counts[usize::from(statement.stage)];
        match &statement.action {
            Action::Let { op, .. } => count.operations += usize::from(op.is_work()),
            Action::If(it) => {
                count.blocks += 1;
                count.handed_on += it.merges.len();
                add(&it.body, counts);
            }
            Action::Loop(it) => {
                count.loops += 1;
                count.handed_on += it.carried.len();
                add(&it.body, counts);
            }
            Action::Store { .. } => count.operations += 1,
            Action::Call(it) => count.handed_on += it.arguments.len() + it.results.len(),
        }
    }
}

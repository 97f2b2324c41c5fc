//! Computations as data: written down once, then checked, counted, run on lanes or printed.

mod build;
mod c;
mod count;
mod fold;
mod interpret;
mod lower;
mod memory;
mod op;
mod order;
mod outline;
mod roll;
mod shape;
mod tidy;

pub use build::Builder;
pub use c::to_c;
pub use count::{Count, count};
pub use interpret::{Interpreter, run};
pub use lower::lower;
pub use memory::{Array, Index, Memory, Place, Tree};
pub use op::{
    Action, ArrayCell, Block, Call, Carried, Counted, Function, If, LaneProgram, Loop, Merge, Op,
    Operands, Scalar, Statement, Value, ValueKind,
};
pub use order::{most_live, order};
pub use outline::outline;
pub use tidy::tidy;

#[cfg(test)]
pub mod compiled;
#[cfg(test)]
mod fold_tests;
#[cfg(test)]
pub mod kept;
#[cfg(test)]
pub mod op_tests;
#[cfg(test)]
mod outline_tests;

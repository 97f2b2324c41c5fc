//! Computations as data: written down once, then checked, counted, run on lanes or printed.

mod op;

pub use op::{
    Action, Block, Call, Carried, Cell, Function, If, Kind, Loop, Merge, Op, Operands, Program,
    Scalar, Statement, Value,
};

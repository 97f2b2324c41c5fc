//! PTX: programs printed as its text, and that text read again.

mod body;
mod instruction;
mod lines;
mod print;
mod read;
mod tokens;

pub use instruction::{Instruction, Module, Opcode, Operand, Parameter, Routine, Special};
pub use print::{KERNEL, to_ptx};
pub use read::{ReadError, read_ptx};

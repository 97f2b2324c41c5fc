//! PTX: programs printed as its text, and that text read again.

mod body;
mod instruction;
mod layout;
mod lines;
mod parameters;
mod places;
mod print;
mod read;
mod tokens;

pub use instruction::{Instruction, Module, Opcode, Operand, Routine, Special};
pub use layout::{Layout, Row};
pub use parameters::{Parameter, parameters};
pub use print::{KERNEL, to_ptx, to_ptx_in};
pub use read::{ReadError, read_ptx};

//! Task expressions: text over named joints and bodies, compiled once, evaluated on whole blocks.

mod compile;
mod function;
mod group;
mod program;
mod quantity;
mod scan;
mod syntax;
mod table;
mod unknown;

pub use compile::{Compiler, Constants, ValueType, When};
pub use program::{ExpressionInputs, ExpressionProgram};
pub(super) use program::{Source, load};
pub(super) use quantity::sensor_source;
pub use table::{Table, TableProgram};

use std::fmt;
use std::ops::Range;

/// An error in an expression, with its place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionError {
    /// Bytes of the expression's text.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do about it, if that is known.
    pub remedy: Option<String>,
}

impl ExpressionError {
    fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), remedy: None }
    }

    fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

impl fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.remedy {
            Some(remedy) => write!(f, "; {remedy}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ExpressionError {}

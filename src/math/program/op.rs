//! What a program is made of: values, operations, guarded blocks, loops, functions.
//!
//! A program says what one environment does; how many do it at once is the business of who runs it. It is in single
//! assignment: each [`Value`] is made at one place and never changes. What is made inside a block or a loop is seen
//! there only; what leaves it leaves by a [`Merge`] or a [`Carried`] cell. So a printer needs one register for each
//! value, and copies at the ends of blocks.
//!
//! Every operation is one of IEEE 754 (rounded to nearest, with subnormal numbers) or a rule about bits, so all who
//! run a program agree to the bit, with one exception: the sign and the fraction of a NaN are nobody's promise.

use super::memory::Memory;
#[cfg(doc)]
use super::memory::Place;

/// The kind of number that a program computes with. Constants are rounded to it, and where rounding decides
/// (tolerances, series) what was traced depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scalar {
    /// 32-bit floating point.
    F32,
    /// 64-bit floating point.
    F64,
}

/// A value: an index into [`LaneProgram::kinds`]. Values are numbered through all functions of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value(pub u32);

impl Value {
    /// Its place in lists with an entry for each value.
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Kind of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueKind {
    /// A number of the program's [`Scalar`].
    Number,
    /// True or false.
    Mask,
}

/// One operation. Operands are numbers but where it is said; so is what it makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// A number by its bits: of f32 the lower 32.
    Constant(u64),
    /// A mask.
    Truth(bool),
    /// What comes in: an index into [`LaneProgram::inputs`]. Only in the program's body.
    Input(u32),
    /// What is at a place of an array: an index into [`Memory::places`]. Only in the program's body. Two of them
    /// with one place and one version have nothing written there between them.
    Load {
        /// An index into [`Memory::places`].
        place: u32,
        /// What sets it apart from readings before and after something was written there.
        version: u32,
    },
    /// Sum of both.
    Add(Value, Value),
    /// The first less the second.
    Sub(Value, Value),
    /// Product of both.
    Mul(Value, Value),
    /// The first over the second.
    Div(Value, Value),
    /// a b + c: rounded once where whoever runs the program has that (AVX lanes and GPUs have), else after the
    /// product too (single numbers and portable lanes). All operations of a run do the same.
    MulAdd(Value, Value, Value),
    /// The other sign, of zeros too.
    Neg(Value),
    /// Square root, correctly rounded.
    Sqrt(Value),
    /// Without the sign bit.
    Abs(Value),
    /// The first with its sign bit turned where the second's is set.
    FlipSign(Value, Value),
    /// The bits above the fraction as an integer, less the bias (127 of f32, 1023 of f64): of a positive normal
    /// number 2^e m with m in [1, 2) its e. The sign bit counts as the highest of those bits.
    Exponent(Value),
    /// The bits of the fraction under sign and exponent of 1: m of a positive normal number 2^e m.
    Mantissa(Value),
    /// The bits of x + (2^f + bias), shifted left by the f bits of the fraction: 2^x of an integer x for which that is
    /// a normal number.
    PowerOfTwo(Value),
    /// The largest integer that is not larger; of -0 it is -0.
    Floor(Value),
    /// a where a < b, else b: so b of two zeros and where one is NaN.
    Min(Value, Value),
    /// a where a > b, else b: so b of two zeros and where one is NaN.
    Max(Value, Value),
    /// Makes a mask; false where one is NaN.
    Lt(Value, Value),
    /// Makes a mask; false where one is NaN.
    Le(Value, Value),
    /// Makes a mask; false where one is NaN, true of 0 and -0.
    Equal(Value, Value),
    /// By the mask that comes first the second, else the third. All three are there already: it skips nothing.
    Select(Value, Value, Value),
    /// Of masks.
    And(Value, Value),
    /// Of masks.
    Or(Value, Value),
    /// Of a mask.
    Not(Value),
}

impl Op {
    /// What the operation makes.
    pub fn kind(self) -> ValueKind {
        match self {
            Self::Truth(_)
            | Self::Lt(..)
            | Self::Le(..)
            | Self::Equal(..)
            | Self::And(..)
            | Self::Or(..)
            | Self::Not(_) => ValueKind::Mask,
            _ => ValueKind::Number,
        }
    }

    /// Whether it is something to do, and not something that is there.
    pub fn is_work(self) -> bool {
        !matches!(self, Self::Constant(_) | Self::Truth(_) | Self::Input(_))
    }

    /// The operands in order, each with the kind that it has.
    pub fn operands(self) -> Operands {
        use ValueKind::{Mask, Number};
        let (kinds, values): (&[ValueKind], [Option<Value>; 3]) = match self {
            Self::Constant(_) | Self::Truth(_) | Self::Input(_) | Self::Load { .. } => {
                (&[], [None; 3])
            }
            Self::Neg(a)
            | Self::Sqrt(a)
            | Self::Abs(a)
            | Self::Exponent(a)
            | Self::Mantissa(a)
            | Self::PowerOfTwo(a)
            | Self::Floor(a) => (&[Number], [Some(a), None, None]),
            Self::Not(a) => (&[Mask], [Some(a), None, None]),
            Self::Add(a, b)
            | Self::Sub(a, b)
            | Self::Mul(a, b)
            | Self::Div(a, b)
            | Self::FlipSign(a, b)
            | Self::Min(a, b)
            | Self::Max(a, b)
            | Self::Lt(a, b)
            | Self::Le(a, b)
            | Self::Equal(a, b) => (&[Number, Number], [Some(a), Some(b), None]),
            Self::And(a, b) | Self::Or(a, b) => (&[Mask, Mask], [Some(a), Some(b), None]),
            Self::MulAdd(a, b, c) => (&[Number; 3], [Some(a), Some(b), Some(c)]),
            Self::Select(a, b, c) => (&[Mask, Number, Number], [Some(a), Some(b), Some(c)]),
        };
        Operands { kinds, values }
    }

    /// The same operation on other operands.
    #[must_use]
    pub fn map(self, mut of: impl FnMut(Value) -> Value) -> Self {
        match self {
            Self::Constant(_) | Self::Truth(_) | Self::Input(_) | Self::Load { .. } => self,
            Self::Neg(a) => Self::Neg(of(a)),
            Self::Sqrt(a) => Self::Sqrt(of(a)),
            Self::Abs(a) => Self::Abs(of(a)),
            Self::Exponent(a) => Self::Exponent(of(a)),
            Self::Mantissa(a) => Self::Mantissa(of(a)),
            Self::PowerOfTwo(a) => Self::PowerOfTwo(of(a)),
            Self::Floor(a) => Self::Floor(of(a)),
            Self::Not(a) => Self::Not(of(a)),
            Self::Add(a, b) => Self::Add(of(a), of(b)),
            Self::Sub(a, b) => Self::Sub(of(a), of(b)),
            Self::Mul(a, b) => Self::Mul(of(a), of(b)),
            Self::Div(a, b) => Self::Div(of(a), of(b)),
            Self::FlipSign(a, b) => Self::FlipSign(of(a), of(b)),
            Self::Min(a, b) => Self::Min(of(a), of(b)),
            Self::Max(a, b) => Self::Max(of(a), of(b)),
            Self::Lt(a, b) => Self::Lt(of(a), of(b)),
            Self::Le(a, b) => Self::Le(of(a), of(b)),
            Self::Equal(a, b) => Self::Equal(of(a), of(b)),
            Self::And(a, b) => Self::And(of(a), of(b)),
            Self::Or(a, b) => Self::Or(of(a), of(b)),
            Self::MulAdd(a, b, c) => Self::MulAdd(of(a), of(b), of(c)),
            Self::Select(a, b, c) => Self::Select(of(a), of(b), of(c)),
        }
    }
}

/// Operands of one operation.
#[derive(Clone, Copy, Debug)]
pub struct Operands {
    kinds: &'static [ValueKind],
    values: [Option<Value>; 3],
}

impl Operands {
    /// The operands in order.
    pub fn iter(&self) -> impl Iterator<Item = Value> + '_ {
        self.values.iter().copied().flatten()
    }

    /// Each with its kind.
    pub fn with_kinds(&self) -> impl Iterator<Item = (Value, ValueKind)> + '_ {
        self.iter().zip(self.kinds.iter().copied())
    }
}

/// Statements in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// Statements in the order in which they run.
    pub statements: Vec<Statement>,
}

impl Block {
    /// Whether it reads or writes an array.
    pub fn has_places(&self) -> bool {
        self.statements.iter().any(|statement| match &statement.action {
            Action::Let { op, .. } => matches!(op, Op::Load { .. }),
            Action::If(If { body, .. }) | Action::Loop(Loop { body, .. }) => body.has_places(),
            Action::Call(_) => false,
            Action::Store { .. } => true,
        })
    }
}

/// One line of a program, and the stage that it belongs to: an index into [`LaneProgram::stages`].
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Index into [`LaneProgram::stages`].
    pub stage: u16,
    /// What it does.
    pub action: Action,
}

/// A statement's effect.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// `to = op`.
    Let {
        /// The value that is made.
        to: Value,
        /// The operation that makes it.
        op: Op,
    },
    /// A block that some environments skip.
    If(If),
    /// A block that repeats.
    Loop(Loop),
    /// A call of a function.
    Call(Call),
    /// Writes a number to a place of an array. Only in the program's body.
    Store {
        /// An index into [`Memory::places`].
        place: u32,
        /// The number.
        value: Value,
    },
}

/// A block that an environment may skip where `mask` is false.
///
/// It need not: nothing that a block makes counts where its mask is false, so a machine that runs many
/// environments in lockstep enters it if any of them needs it, and [`Merge`]s by selecting.
#[derive(Clone, Debug, PartialEq)]
pub struct If {
    /// Which environments enter.
    pub mask: Value,
    /// The statements inside.
    pub body: Block,
    /// Values that are seen after it.
    pub merges: Vec<Merge>,
}

/// What is known after a block: `taken` (seen at the block's end) where the mask is true, else `skipped` (seen before
/// the block). Both may be constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merge {
    /// The value that is seen after the block.
    pub to: Value,
    /// Its value where the block was entered.
    pub taken: Value,
    /// Its value where the block was skipped.
    pub skipped: Value,
}

/// `turn` = 0; while `turn` < `limit` and the environment is in: `body`, then all `carried` at once, `turn` + 1.
///
/// The environment is in if `enter` (a mask seen before the loop) is true, and stays in as long as `again` (seen at
/// the body's end) is. Once out it is never in again and its carried cells keep what they have, also while others of
/// the same machine go on.
#[derive(Clone, Debug, PartialEq)]
pub struct Loop {
    /// Largest number of turns.
    pub limit: u32,
    /// Mask of the environments that do the first turn.
    pub enter: Value,
    /// The number of turns before this one, a number seen in the body; none if it is not asked for.
    pub turn: Option<Value>,
    /// The statements of a turn.
    pub body: Block,
    /// Mask of the environments that do another turn.
    pub again: Value,
    /// Values that go from turn to turn.
    pub carried: Vec<Carried>,
    /// Of a loop that counts: `enter` and `again` are true, and `limit` is the most that it ever counts to.
    pub counted: Option<Counted>,
}

/// How far a loop counts, and for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The number by which indices know the loop.
    pub counter: u32,
    /// How many turns there are: an index as [`Place::at`].
    pub turns: u32,
}

/// A cell of a loop: it begins as `start` (seen before the loop), is `cell` in the body and `next` (seen at its end)
/// in the next turn; `to` is the last one, which is `start` where there was no turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The value as the body sees it.
    pub cell: Value,
    /// Its value in the first turn.
    pub start: Value,
    /// Its value in the next turn.
    pub next: Value,
    /// Its value after the loop.
    pub to: Value,
}

/// `results = function(arguments)`, one for one.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// An index into [`LaneProgram::functions`].
    pub function: u32,
    /// One for each parameter of the function.
    pub arguments: Vec<Value>,
    /// One for each result of the function.
    pub results: Vec<Value>,
}

/// A part of a program that is needed at several places. It sees its parameters and what it makes itself, constants
/// too, and calls only functions before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Name in printed programs.
    pub name: String,
    /// The values that a call gives.
    pub parameters: Vec<Value>,
    /// The statements.
    pub body: Block,
    /// The values that a call takes.
    pub results: Vec<Value>,
}

/// A number that comes in or goes out: which of an array, by the array's name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ArrayCell {
    /// Name of the array, such as `qpos`.
    pub array: &'static str,
    /// Index into the array.
    pub index: u32,
}

/// A computation as data.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneProgram {
    /// Type of all numbers.
    pub scalar: Scalar,
    /// Of every [`Value`].
    pub kinds: Vec<ValueKind>,
    /// What [`Op::Input`] means. All are read before any output is written: both may be the same memory.
    pub inputs: Vec<ArrayCell>,
    /// Names of the stages of the computation.
    pub stages: Vec<&'static str>,
    /// Functions that the body and later functions call.
    pub functions: Vec<Function>,
    /// The statements.
    pub body: Block,
    /// What is found by an index.
    pub memory: Memory,
    /// Numbers seen at the body's end.
    pub outputs: Vec<(ArrayCell, Value)>,
}

impl LaneProgram {
    /// The kind of a value.
    #[inline]
    pub fn kind(&self, value: Value) -> ValueKind {
        self.kinds[value.index()]
    }
}

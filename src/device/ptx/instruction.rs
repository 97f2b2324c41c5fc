//! Our subset of PTX: what a text that was read consists of.

/// A module: kernels and functions in the order of their text.
#[derive(Clone, Debug, PartialEq)]
pub struct Module {
    /// Words that no thread writes, by their names.
    pub tables: Vec<(String, Vec<u32>)>,
    pub routines: Vec<Routine>,
}

/// A kernel or function.
#[derive(Clone, Debug, PartialEq)]
pub struct Routine {
    pub name: String,
    /// Of a kernel its parameters; a function hands over arrays.
    pub parameters: Option<Vec<Parameter>>,
    /// How many 32-bit registers (f32 and b32), 64-bit registers and predicates it uses.
    pub n_words: usize,
    pub n_longs: usize,
    pub n_masks: usize,
    /// Arrays of words to hand over, by their lengths. Of a function the first two are its results and its arguments,
    /// each of no words if it has none.
    pub arrays: Vec<u32>,
    /// Lengths in words of the arrays that each thread has for itself.
    pub locals: Vec<u32>,
    pub instructions: Vec<Instruction>,
}

/// A parameter of a kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    /// Whether it has 64 bits, else 32.
    pub is_long: bool,
}

/// One instruction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Instruction {
    /// In the text, from 1.
    pub line: u32,
    /// Only threads for which this predicate has this value do it.
    pub guard: Option<(u32, bool)>,
    pub opcode: Opcode,
    /// In the order of the text; unused ones are [`Operand::None`].
    pub operands: [Operand; 4],
}

/// What an operand is. Registers are numbered by their class, those that the routine uses only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    None,
    /// A 32-bit register, f32 or b32.
    Word(u32),
    /// A 64-bit register.
    Long(u32),
    /// A predicate.
    Mask(u32),
    /// 32 bits that stand in the text.
    Bits(u32),
    /// A predicate that stands in the text.
    Truth(bool),
    Special(Special),
    /// The memory at the address in a 64-bit register.
    Memory(u32),
    /// A parameter of the kernel.
    Parameter(u32),
    /// A word of an array.
    Element {
        array: u32,
        word: u32,
    },
    Array(u32),
    /// An array that each thread has for itself.
    Local(u32),
    /// An index into a module's tables.
    Table(u32),
    /// An index into a routine's instructions.
    Target(u32),
    /// An index into a module's routines.
    Function(u32),
}

/// Where a thread is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    /// The number of its block.
    Block,
    /// Threads of a block.
    BlockSize,
    /// Its number in the block.
    Thread,
}

impl Special {
    pub(super) fn of(name: &str) -> Option<Self> {
        match name {
            "%ctaid.x" => Some(Self::Block),
            "%ntid.x" => Some(Self::BlockSize),
            "%tid.x" => Some(Self::Thread),
            _ => None,
        }
    }
}

/// What may stand at a place of an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A register that is written: f32, b32, either of both, 64 bits, a predicate.
    ToNumber,
    ToWord,
    ToBits,
    ToLong,
    ToMask,
    /// A register that is read, or a constant.
    Number,
    Word,
    Bits,
    /// A register that is read.
    Long,
    Mask,
    /// [`Mask`](Self::Mask), or a constant.
    Truth,
    /// [`Word`](Self::Word), or a special register.
    Special,
    /// An address in brackets.
    Memory,
    /// In brackets a parameter of the kernel or a word of an array.
    Parameter,
    LongParameter,
    /// The name of an array or table.
    Name,
    Label,
}

/// The instructions of our subset by what they do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    Add,
    Sub,
    Mul,
    Div,
    Fma,
    Sqrt,
    Neg,
    Abs,
    Floor,
    ToF32,
    Lt,
    Le,
    Gt,
    Eq,
    WordLt,
    WordGe,
    WordNe,
    /// Of numbers and words.
    Select,
    /// Of numbers and words.
    Move,
    MoveMask,
    And,
    Or,
    Xor,
    ShiftRight,
    ShiftLeft,
    AddWord,
    /// a b + c, the lower 32 bits.
    MadWord,
    /// a b + c in 64 bits.
    MadWide,
    AndMask,
    OrMask,
    NotMask,
    /// The address in global memory that an address is; here they are the same.
    ToGlobal,
    /// Where an array or table is.
    Address,
    Load,
    Store,
    LoadLocal,
    StoreLocal,
    LoadParameter,
    LoadLongParameter,
    StoreParameter,
    Branch,
    Return,
    Call,
}

/// How instructions are written, and what stands at their places. Calls are written otherwise.
#[rustfmt::skip] // a table
pub(super) const INSTRUCTIONS: [(&str, Opcode, &[Place]); 47] = {
    use Opcode as O;
    use Place::*;
    [
        ("add.rn.f32", O::Add, &[ToNumber, Number, Number]),
        ("sub.rn.f32", O::Sub, &[ToNumber, Number, Number]),
        ("mul.rn.f32", O::Mul, &[ToNumber, Number, Number]),
        ("div.rn.f32", O::Div, &[ToNumber, Number, Number]),
        ("fma.rn.f32", O::Fma, &[ToNumber, Number, Number, Number]),
        ("sqrt.rn.f32", O::Sqrt, &[ToNumber, Number]),
        ("neg.f32", O::Neg, &[ToNumber, Number]),
        ("abs.f32", O::Abs, &[ToNumber, Number]),
        ("cvt.rmi.f32.f32", O::Floor, &[ToNumber, Number]),
        ("cvt.rn.f32.u32", O::ToF32, &[ToNumber, Word]),
        ("setp.lt.f32", O::Lt, &[ToMask, Number, Number]),
        ("setp.le.f32", O::Le, &[ToMask, Number, Number]),
        ("setp.gt.f32", O::Gt, &[ToMask, Number, Number]),
        ("setp.eq.f32", O::Eq, &[ToMask, Number, Number]),
        ("setp.lt.u32", O::WordLt, &[ToMask, Word, Word]),
        ("setp.ge.u32", O::WordGe, &[ToMask, Word, Word]),
        ("setp.ne.u32", O::WordNe, &[ToMask, Word, Word]),
        ("selp.f32", O::Select, &[ToNumber, Number, Number, Mask]),
        ("selp.u32", O::Select, &[ToWord, Word, Word, Mask]),
        ("mov.f32", O::Move, &[ToNumber, Number]),
        ("mov.u32", O::Move, &[ToWord, Special]),
        ("mov.pred", O::MoveMask, &[ToMask, Truth]),
        ("and.b32", O::And, &[ToBits, Bits, Bits]),
        ("or.b32", O::Or, &[ToBits, Bits, Bits]),
        ("xor.b32", O::Xor, &[ToBits, Bits, Bits]),
        ("shr.b32", O::ShiftRight, &[ToBits, Bits, Word]),
        ("shl.b32", O::ShiftLeft, &[ToBits, Bits, Word]),
        ("add.u32", O::AddWord, &[ToWord, Word, Word]),
        ("mad.lo.u32", O::MadWord, &[ToWord, Word, Word, Word]),
        ("mad.wide.u32", O::MadWide, &[ToLong, Word, Word, Long]),
        ("and.pred", O::AndMask, &[ToMask, Mask, Mask]),
        ("or.pred", O::OrMask, &[ToMask, Mask, Mask]),
        ("not.pred", O::NotMask, &[ToMask, Mask]),
        ("cvta.to.global.u64", O::ToGlobal, &[ToLong, Long]),
        ("ld.global.f32", O::Load, &[ToNumber, Memory]),
        ("ld.global.u32", O::Load, &[ToWord, Memory]),
        ("st.global.f32", O::Store, &[Memory, Number]),
        ("mov.u64", O::Address, &[ToLong, Name]),
        ("ld.local.f32", O::LoadLocal, &[ToNumber, Memory]),
        ("st.local.f32", O::StoreLocal, &[Memory, Number]),
        ("ld.param.u64", O::LoadLongParameter, &[ToLong, LongParameter]),
        ("ld.param.u32", O::LoadParameter, &[ToWord, Parameter]),
        ("ld.param.f32", O::LoadParameter, &[ToNumber, Parameter]),
        ("st.param.u32", O::StoreParameter, &[Parameter, Word]),
        ("st.param.f32", O::StoreParameter, &[Parameter, Number]),
        ("bra", O::Branch, &[Label]),
        ("ret", O::Return, &[]),
    ]
};

//! Reads the PTX that [`to_ptx`](super::to_ptx) prints, and refuses all else.
//!
//! It knows nothing of programs: what an emulator runs is what stands in the text.

use super::body::Body;
use super::instruction::{Module, Parameter, Routine};
use super::tokens::{Token, tokens};

/// An error in the text of a PTX program, with its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the PTX: {what}")]
pub struct ReadError {
    /// From 1; the last one if the text is over too early.
    pub line: u32,
    /// What is wrong there, in words.
    pub what: String,
}

/// The kernels and functions of a text.
///
/// # Errors
/// The first thing that is not of our subset: an unknown instruction, type, register or label, an operand of another
/// kind, a missing one.
pub fn read_ptx(text: &str) -> Result<Module, ReadError> {
    let tokens = tokens(text)?;
    let last = tokens.last().map_or(1, |token| token.line);
    let mut reader = Reader { tokens: &tokens, at: 0, last };
    for (directive, value) in [(".version", "7.0"), (".target", "sm_75"), (".address_size", "64")] {
        reader.expect(directive)?;
        reader.expect(value)?;
    }
    let mut module = Module { tables: vec![], routines: vec![] };
    while reader.at < tokens.len() {
        if reader.accept(".global") {
            let table = reader.table()?;
            module.tables.push(table);
            continue;
        }
        let routine = reader.routine(&module)?;
        if module.routines.iter().any(|other| other.name == routine.name) {
            return Err(reader.error(format!("there are two of `{}`", routine.name)));
        }
        module.routines.push(routine);
    }
    Ok(module)
}

/// Tokens, and how many of them have been read.
pub(super) struct Reader<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
    last: u32,
}

impl<'a> Reader<'a> {
    /// A mistake in what was read last.
    pub(super) fn error(&self, what: String) -> ReadError {
        let token = self.tokens.get(self.at.saturating_sub(1));
        ReadError { line: token.map_or(self.last, |token| token.line), what }
    }

    pub(super) fn peek(&self) -> &'a str {
        self.tokens.get(self.at).map_or("", |token| token.text)
    }

    pub(super) fn next(&mut self) -> Result<&'a str, ReadError> {
        let Some(token) = self.tokens.get(self.at) else {
            return Err(ReadError { line: self.last, what: "the text is over".to_owned() });
        };
        self.at += 1;
        Ok(token.text)
    }

    /// The line of what was read last.
    pub(super) fn line(&self) -> u32 {
        self.error(String::new()).line
    }

    pub(super) fn expect(&mut self, text: &str) -> Result<(), ReadError> {
        let found = self.next()?;
        match found == text {
            true => Ok(()),
            false => Err(self.error(format!("`{text}` is expected, not `{found}`"))),
        }
    }

    /// Whether this comes next; then it is read.
    pub(super) fn accept(&mut self, text: &str) -> bool {
        let is_next = self.peek() == text;
        self.at += usize::from(is_next);
        is_next
    }

    /// A name that the text gives to something.
    pub(super) fn name(&mut self) -> Result<&'a str, ReadError> {
        let name = self.next()?;
        match name.starts_with(|c: char| c.is_ascii_alphabetic()) && !name.contains('.') {
            true => Ok(name),
            false => Err(self.error(format!("`{name}` is no name"))),
        }
    }

    /// A whole number, also as 0x and eight digits.
    pub(super) fn whole(&mut self) -> Result<u32, ReadError> {
        let word = self.next()?;
        whole(word).ok_or_else(|| self.error(format!("`{word}` is no whole number of 32 bits")))
    }

    fn routine(&mut self, before: &Module) -> Result<Routine, ReadError> {
        match self.next()? {
            ".visible" => self.kernel(before),
            ".func" => self.function(before),
            other => Err(self.error(format!("`{other}` begins neither kernel nor function"))),
        }
    }

    fn kernel(&mut self, before: &Module) -> Result<Routine, ReadError> {
        self.expect(".entry")?;
        let name = self.name()?.to_owned();
        self.expect("(")?;
        let mut parameters: Vec<Parameter> = vec![];
        loop {
            self.expect(".param")?;
            let is_long = match self.next()? {
                ".u64" => true,
                ".u32" => false,
                other => return Err(self.error(format!("a parameter is no `{other}`"))),
            };
            let name = self.name()?.to_owned();
            if parameters.iter().any(|other| other.name == name) {
                return Err(self.error(format!("there are two of `{name}`")));
            }
            parameters.push(Parameter { name, is_long });
            if !self.accept(",") {
                break;
            }
        }
        self.expect(")")?;
        Body::new(name, Some(parameters), before).read(self)
    }

    /// Name and words of a table, after `.global`.
    fn table(&mut self) -> Result<(String, Vec<u32>), ReadError> {
        for word in [".align", "4", ".u32"] {
            self.expect(word)?;
        }
        let name = self.name()?.to_owned();
        self.expect("[")?;
        let n = self.whole()?;
        for word in ["]", "=", "{"] {
            self.expect(word)?;
        }
        let mut words = vec![self.whole()?];
        while self.accept(",") {
            words.push(self.whole()?);
        }
        if words.len() != n as usize {
            return Err(self.error(format!("`{name}` has {} words", words.len())));
        }
        self.expect("}")?;
        self.expect(";")?;
        Ok((name, words))
    }

    fn function(&mut self, before: &Module) -> Result<Routine, ReadError> {
        let results = self.handed_over()?;
        let name = self.name()?.to_owned();
        let arguments = self.handed_over()?;
        let mut body = Body::new(name, None, before);
        for array in [results, arguments] {
            match array {
                Some((name, n)) => body.declare_array(self, name, n)?,
                None => body.skip_array(),
            }
        }
        body.read(self)
    }

    /// An array in brackets, if there is one.
    fn handed_over(&mut self) -> Result<Option<(&'a str, u32)>, ReadError> {
        if !self.accept("(") || self.accept(")") {
            return Ok(None);
        }
        self.expect(".param")?;
        let array = self.array()?;
        self.expect(")")?;
        Ok(Some(array))
    }

    /// Name and words of an array, after `.param`.
    pub(super) fn array(&mut self) -> Result<(&'a str, u32), ReadError> {
        for word in [".align", "4", ".b8"] {
            self.expect(word)?;
        }
        let name = self.name()?;
        self.expect("[")?;
        let n = self.whole()?;
        if n == 0 || !n.is_multiple_of(4) {
            return Err(self.error(format!("`{n}` bytes are no words")));
        }
        self.expect("]")?;
        Ok((name, n / 4))
    }
}

pub(super) fn whole(word: &str) -> Option<u32> {
    match word.strip_prefix("0x") {
        Some(digits) if digits.len() == 8 => u32::from_str_radix(digits, 16).ok(),
        Some(_) => None,
        None => word.parse().ok(),
    }
}

//! What stands between the braces of a kernel or function, as it is read.

use super::instruction::{
    INSTRUCTIONS, Instruction, Module, Opcode, Operand, Parameter, Place, Routine, Special,
};
use super::read::{ReadError, Reader, whole};
use std::collections::HashMap;

/// What a register holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Number,
    Word,
    Long,
    Mask,
}

/// Registers that are declared together: one without a number, or so many.
#[derive(Clone, Copy, Debug)]
struct Declared {
    class: Class,
    n: Option<u32>,
}

/// A body, and what is known of its names.
pub(super) struct Body<'a, 'm> {
    routine: Routine,
    before: &'m Module,
    registers: HashMap<&'a str, Declared>,
    /// Of each register that is used its place among those of its class.
    places: HashMap<&'a str, u32>,
    arrays: HashMap<&'a str, u32>,
    locals: HashMap<&'a str, u32>,
    labels: HashMap<&'a str, u32>,
    /// Branches whose label is yet to be found: instruction, line, label.
    open: Vec<(usize, u32, &'a str)>,
    opcodes: HashMap<&'static str, (Opcode, &'static [Place])>,
}

impl<'a, 'm> Body<'a, 'm> {
    pub(super) fn new(
        name: String,
        parameters: Option<Vec<Parameter>>,
        before: &'m Module,
    ) -> Self {
        let routine = Routine {
            name,
            parameters,
            n_words: 0,
            n_longs: 0,
            n_masks: 0,
            arrays: vec![],
            locals: vec![],
            instructions: vec![],
        };
        Self {
            routine,
            before,
            registers: HashMap::new(),
            places: HashMap::new(),
            arrays: HashMap::new(),
            locals: HashMap::new(),
            labels: HashMap::new(),
            open: vec![],
            opcodes: INSTRUCTIONS.iter().map(|&(name, opcode, it)| (name, (opcode, it))).collect(),
        }
    }

    /// In the place of an array that a function does not have.
    pub(super) fn skip_array(&mut self) {
        self.routine.arrays.push(0);
    }

    pub(super) fn declare_array(
        &mut self,
        reader: &Reader<'a>,
        name: &'a str,
        n: u32,
    ) -> Result<(), ReadError> {
        let index = self.routine.arrays.len() as u32;
        self.routine.arrays.push(n);
        match self.arrays.insert(name, index) {
            None => Ok(()),
            Some(_) => Err(reader.error(format!("there are two of `{name}`"))),
        }
    }

    /// Reads from the opening brace to the closing one.
    pub(super) fn read(mut self, reader: &mut Reader<'a>) -> Result<Routine, ReadError> {
        reader.expect("{")?;
        while !reader.accept("}") {
            match reader.peek() {
                ".reg" => self.registers(reader)?,
                ".param" => {
                    reader.expect(".param")?;
                    let (name, n) = reader.array()?;
                    self.declare_array(reader, name, n)?;
                    reader.expect(";")?;
                }
                ".local" => {
                    reader.expect(".local")?;
                    let (name, n) = reader.array()?;
                    let index = self.routine.locals.len() as u32;
                    self.routine.locals.push(n);
                    if self.locals.insert(name, index).is_some() {
                        return Err(reader.error(format!("there are two of `{name}`")));
                    }
                    reader.expect(";")?;
                }
                _ => self.label_or_instruction(reader)?,
            }
        }
        let last = self.routine.instructions.last();
        if !last.is_some_and(|it| it.opcode == Opcode::Return && it.guard.is_none()) {
            return Err(reader.error("a body ends without `ret`".to_owned()));
        }
        for (instruction, line, label) in std::mem::take(&mut self.open) {
            let Some(&target) = self.labels.get(label) else {
                return Err(ReadError { line, what: format!("there is no label `{label}`") });
            };
            if target as usize == self.routine.instructions.len() {
                return Err(ReadError { line, what: format!("nothing follows `{label}`") });
            }
            self.routine.instructions[instruction].operands[0] = Operand::Target(target);
        }
        Ok(self.routine)
    }

    fn registers(&mut self, reader: &mut Reader<'a>) -> Result<(), ReadError> {
        reader.expect(".reg")?;
        let class = match reader.next()? {
            ".f32" => Class::Number,
            ".b32" => Class::Word,
            ".b64" => Class::Long,
            ".pred" => Class::Mask,
            other => return Err(reader.error(format!("a register is no `{other}`"))),
        };
        loop {
            let name = reader.next()?;
            if !name.starts_with('%') || name.contains('.') {
                return Err(reader.error(format!("`{name}` is no register")));
            }
            let n = match reader.accept("<") {
                true => {
                    let n = reader.whole()?;
                    reader.expect(">")?;
                    Some(n)
                }
                false => None,
            };
            if self.registers.insert(name, Declared { class, n }).is_some() {
                return Err(reader.error(format!("there are two of `{name}`")));
            }
            if !reader.accept(",") {
                break;
            }
        }
        reader.expect(";")
    }

    fn label_or_instruction(&mut self, reader: &mut Reader<'a>) -> Result<(), ReadError> {
        let guard = match reader.accept("@") {
            true => {
                let value = !reader.accept("!");
                let name = reader.next()?;
                let Operand::Mask(mask) = self.register(reader, name, &[Class::Mask])? else {
                    return Err(reader.error(format!("`{name}` guards nothing")));
                };
                Some((mask, value))
            }
            false => None,
        };
        let word = reader.next()?;
        let line = reader.line();
        if guard.is_none() && reader.accept(":") {
            let at = self.routine.instructions.len() as u32;
            return match self.labels.insert(word, at) {
                None => Ok(()),
                Some(_) => Err(reader.error(format!("there are two labels `{word}`"))),
            };
        }
        let (opcode, operands) = match (self.opcodes.get(word), word) {
            (Some(&(opcode, places)), _) => (opcode, self.operands(reader, places)?),
            (None, "call") => (Opcode::Call, self.call(reader)?),
            (None, _) => {
                return Err(reader.error(format!("`{word}` is no instruction of ours")));
            }
        };
        reader.expect(";")?;
        if guard.is_some() && opcode == Opcode::Call {
            return Err(reader.error("a call has no guard".to_owned()));
        }
        self.routine.instructions.push(Instruction { line, guard, opcode, operands });
        Ok(())
    }

    fn operands(
        &mut self,
        reader: &mut Reader<'a>,
        places: &[Place],
    ) -> Result<[Operand; 4], ReadError> {
        let mut operands = [Operand::None; 4];
        for (index, &place) in places.iter().enumerate() {
            if 0 < index {
                reader.expect(",")?;
            }
            operands[index] = self.operand(reader, place)?;
        }
        Ok(operands)
    }

    fn operand(&mut self, reader: &mut Reader<'a>, place: Place) -> Result<Operand, ReadError> {
        match place {
            Place::Memory | Place::Parameter | Place::LongParameter => {
                reader.expect("[")?;
                let operand = self.in_brackets(reader, place)?;
                reader.expect("]")?;
                return Ok(operand);
            }
            Place::Name => {
                let name = reader.name()?;
                let is_it = |(table, _): &(String, _)| table == name;
                let table = || self.before.tables.iter().position(is_it);
                return match self.locals.get(name) {
                    Some(&local) => Ok(Operand::Local(local)),
                    None => match table() {
                        Some(table) => Ok(Operand::Table(table as u32)),
                        None => Err(reader.error(format!("there is no array `{name}`"))),
                    },
                };
            }
            Place::Label => {
                let label = reader.name()?;
                self.open.push((self.routine.instructions.len(), reader.line(), label));
                return Ok(Operand::None);
            }
            _ => {}
        }
        let word = reader.next()?;
        if word.starts_with('%') {
            if let (Place::Special, Some(special)) = (place, Special::of(word)) {
                return Ok(Operand::Special(special));
            }
            return self.register(reader, word, classes(place));
        }
        constant(place, word).ok_or_else(|| reader.error(format!("`{word}` cannot stand here")))
    }

    fn in_brackets(&mut self, reader: &mut Reader<'a>, place: Place) -> Result<Operand, ReadError> {
        let word = reader.next()?;
        if place == Place::Memory {
            let Operand::Long(register) = self.register(reader, word, &[Class::Long])? else {
                return Err(reader.error(format!("`{word}` is no address")));
            };
            return Ok(Operand::Memory(register));
        }
        let parameters = self.routine.parameters.as_deref().unwrap_or_default();
        if let Some(index) = parameters.iter().position(|it| it.name == word) {
            return match parameters[index].is_long == (place == Place::LongParameter) {
                true => Ok(Operand::Parameter(index as u32)),
                false => Err(reader.error(format!("`{word}` has another width"))),
            };
        }
        let Some(&array) = self.arrays.get(word).filter(|_| place == Place::Parameter) else {
            return Err(reader.error(format!("there is no parameter `{word}`")));
        };
        reader.expect("+")?;
        let byte = reader.whole()?;
        if !byte.is_multiple_of(4) || self.routine.arrays[array as usize] <= byte / 4 {
            return Err(reader.error(format!("`{word}` has no word at `{byte}`")));
        }
        Ok(Operand::Element { array, word: byte / 4 })
    }

    /// `(results), function, (arguments)`, the one or the other of them left out.
    fn call(&mut self, reader: &mut Reader<'a>) -> Result<[Operand; 4], ReadError> {
        let mut arrays = [Operand::None; 2];
        if reader.accept("(") {
            arrays[0] = self.handed_over(reader)?;
            reader.expect(",")?;
        }
        let name = reader.name()?;
        let routines = &self.before.routines;
        let is_it = |it: &Routine| it.name == name && it.parameters.is_none();
        let Some(index) = routines.iter().position(is_it) else {
            return Err(reader.error(format!("there is no function `{name}` before this one")));
        };
        if reader.accept(",") {
            reader.expect("(")?;
            arrays[1] = self.handed_over(reader)?;
        }
        for (array, &n) in arrays.iter().zip(&routines[index].arrays) {
            let given = match *array {
                Operand::Array(array) => self.routine.arrays[array as usize],
                _ => 0,
            };
            if given != n {
                let what = format!("`{name}` hands over {n} words where there are {given}");
                return Err(reader.error(what));
            }
        }
        Ok([Operand::Function(index as u32), arrays[0], arrays[1], Operand::None])
    }

    /// The rest of an array in brackets.
    fn handed_over(&mut self, reader: &mut Reader<'a>) -> Result<Operand, ReadError> {
        let name = reader.name()?;
        let Some(&array) = self.arrays.get(name) else {
            return Err(reader.error(format!("there is no array `{name}`")));
        };
        reader.expect(")")?;
        Ok(Operand::Array(array))
    }

    /// A register of one of these classes.
    fn register(
        &mut self,
        reader: &Reader<'a>,
        name: &'a str,
        classes: &[Class],
    ) -> Result<Operand, ReadError> {
        let Some(class) = self.class(name) else {
            return Err(reader.error(format!("there is no register `{name}`")));
        };
        if !classes.contains(&class) {
            return Err(reader.error(format!("`{name}` cannot stand here")));
        }
        let routine = &mut self.routine;
        let n = match class {
            Class::Number | Class::Word => &mut routine.n_words,
            Class::Long => &mut routine.n_longs,
            Class::Mask => &mut routine.n_masks,
        };
        let place = *self.places.entry(name).or_insert_with(|| {
            *n += 1;
            *n as u32 - 1
        });
        Ok(match class {
            Class::Number | Class::Word => Operand::Word(place),
            Class::Long => Operand::Long(place),
            Class::Mask => Operand::Mask(place),
        })
    }

    /// As a register is declared, by its whole name or by that without its number.
    fn class(&self, name: &str) -> Option<Class> {
        if let Some(Declared { class, n: None }) = self.registers.get(name) {
            return Some(*class);
        }
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let number: u32 = name[stem.len()..].parse().ok()?;
        let declared = self.registers.get(stem)?;
        declared.n.filter(|&n| number < n && name[stem.len()..] == number.to_string())?;
        Some(declared.class)
    }
}

fn classes(place: Place) -> &'static [Class] {
    match place {
        Place::ToNumber | Place::Number => &[Class::Number],
        Place::ToWord | Place::Word | Place::Special => &[Class::Word],
        Place::ToBits | Place::Bits => &[Class::Number, Class::Word],
        Place::ToLong | Place::Long => &[Class::Long],
        Place::ToMask | Place::Mask | Place::Truth => &[Class::Mask],
        Place::Memory | Place::Parameter | Place::LongParameter | Place::Name | Place::Label => &[],
    }
}

/// What is written in the place of a register that is read.
fn constant(place: Place, word: &str) -> Option<Operand> {
    match place {
        Place::Number => {
            let digits = word.strip_prefix("0f").filter(|digits| digits.len() == 8)?;
            u32::from_str_radix(digits, 16).ok().map(Operand::Bits)
        }
        Place::Word | Place::Special | Place::Bits => whole(word).map(Operand::Bits),
        Place::Truth => match word {
            "0" => Some(Operand::Truth(false)),
            "1" => Some(Operand::Truth(true)),
            _ => None,
        },
        _ => None,
    }
}

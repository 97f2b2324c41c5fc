//! From syntax to a program: names become quantities of the scene, repeated work is done once.

use super::ExpressionError;
use super::program::{Binary, ExpressionProgram, Op, Source, Unary};
use super::quantity::QUANTITIES;
use super::syntax::{Infix, Prefix, Syntax, SyntaxKind, parse};
use super::table::Table;
use super::unknown::unknown;
use crate::model::Model;
use std::collections::HashMap;

/// Type of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// A number.
    Number,
    /// True or false.
    Truth,
}

impl ValueType {
    fn name(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Truth => "a condition",
        }
    }
}

/// What the names in expressions stand for.
#[derive(Clone, Copy)]
pub(super) enum Scope<'a> {
    /// Parts of a model, and the components of the action, in order.
    Scene {
        model: &'a Model,
        actions: &'a [String],
    },
    Table(&'a Table),
}

/// Compiles expressions over one model, or over one table, into one program.
pub struct Compiler<'a> {
    pub(super) scope: Scope<'a>,
    /// Named lists of names.
    pub(super) groups: &'a [(String, Vec<String>)],
    /// Names and numbers of rays of the scans, in their order.
    pub(super) scans: Vec<(&'a str, usize)>,
    constants: Constants,
    when: When,
    pub(super) definitions: HashMap<String, Definition>,
    /// The member of a group for which an expression is being compiled.
    pub(super) element: Option<String>,
    pub(super) program: ExpressionProgram,
    known: HashMap<Op, usize>,
    /// Parts of expressions compiled so far, and how many of them contain the one at hand.
    n_compiled: usize,
    depth: usize,
    /// What is wrong with the expression at hand.
    pub(super) errors: Vec<ExpressionError>,
}

/// Definitions of a group's member are compiled for each use, and reductions for each member: a few lines
/// could ask for any amount of work.
const MOST_COMPILED: usize = 200_000;
const MOST_DEPTH: usize = 512;
/// Mistakes of one expression that are told.
const MOST_ERRORS: usize = 10;

/// Numbers of the task that expressions may name.
#[derive(Clone, Copy, Debug)]
pub struct Constants {
    /// Policy step \[s\].
    pub dt: f64,
}

/// A named expression. One that depends on a group's member is compiled anew for each.
#[derive(Clone)]
pub(super) enum Definition {
    Done(usize, ValueType),
    OfElement(Syntax),
}

/// When a program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// After a step of the policy.
    AfterStep,
    /// At the start of an episode there is no step before: `prev(x)` is x itself.
    AfterReset,
}

impl<'a> Compiler<'a> {
    /// `actions` names the components of the action, in order.
    pub fn new(
        model: &'a Model,
        actions: &'a [String],
        groups: &'a [(String, Vec<String>)],
        constants: Constants,
        when: When,
    ) -> Self {
        Self::over(Scope::Scene { model, actions }, groups, constants, when)
    }

    /// With scans to read, by their names and numbers of rays; each is also a group of its rays among the groups, in
    /// which they are called `name[0]`, `name[1]`, ...
    #[must_use]
    pub fn with_scans(self, scans: Vec<(&'a str, usize)>) -> Self {
        Self { scans, ..self }
    }

    pub(super) fn over(
        scope: Scope<'a>,
        groups: &'a [(String, Vec<String>)],
        constants: Constants,
        when: When,
    ) -> Self {
        Self {
            scope,
            groups,
            scans: Vec::new(),
            constants,
            when,
            definitions: HashMap::new(),
            element: None,
            program: ExpressionProgram::default(),
            known: HashMap::new(),
            n_compiled: 0,
            depth: 0,
            errors: Vec::new(),
        }
    }

    /// Gives an expression a name that later expressions may use.
    pub fn define(&mut self, name: &str, text: &str) -> Result<(), ExpressionError> {
        let syntax = parse(text)?;
        let definition = if self.needs_element(&syntax) {
            Definition::OfElement(syntax)
        } else {
            let made = self.compile(&syntax);
            let (register, value) = self.settle(made)?;
            Definition::Done(register, value)
        };
        self.definitions.insert(name.to_owned(), definition);
        Ok(())
    }

    /// An expression's value one policy step earlier.
    pub(super) fn previous(
        &mut self,
        args: &[Syntax],
        syntax: &Syntax,
    ) -> Result<(usize, ValueType), ExpressionError> {
        let [arg] = args else {
            let message = format!("prev() takes 1 argument, got {}", args.len());
            return Err(ExpressionError::new(syntax.span.clone(), message));
        };
        let (register, value) = self.compile(arg)?;
        let known = self.program.memory.iter().position(|&kept| kept == register);
        let place = known.unwrap_or_else(|| {
            self.program.memory.push(register);
            self.program.memory.len() - 1
        });
        match self.when {
            When::AfterStep => Ok((self.emit(Op::Previous(place)), value)),
            When::AfterReset => Ok((register, value)),
        }
    }

    /// Adds an output that must yield `expected`; outputs are numbered in the order of these calls.
    pub fn output(&mut self, text: &str, expected: ValueType) -> Result<usize, ExpressionError> {
        let syntax = parse(text)?;
        let made = self.expect(&syntax, expected);
        let register = self.settle(made)?;
        self.program.outputs.push(register);
        Ok(self.program.outputs.len() - 1)
    }

    /// What was made of an expression, unless something in it is wrong: then the first of that.
    pub(super) fn settle<T>(
        &mut self,
        made: Result<T, ExpressionError>,
    ) -> Result<T, ExpressionError> {
        let (made, last) = match made {
            Ok(made) => (Some(made), None),
            Err(last) => (None, Some(last)),
        };
        self.errors.extend(last);
        self.errors.sort_by_key(|error| error.span.start);
        match (self.errors.is_empty(), made) {
            (true, Some(made)) => Ok(made),
            _ => Err(self.errors.remove(0)),
        }
    }

    /// What else is wrong with the expression that was compiled last.
    pub fn more_errors(&mut self) -> Vec<ExpressionError> {
        std::mem::take(&mut self.errors)
    }

    /// The program of all expressions compiled so far.
    pub fn finish(self) -> ExpressionProgram {
        self.program
    }

    pub(super) fn emit(&mut self, op: Op) -> usize {
        *self.known.entry(op).or_insert_with(|| {
            self.program.ops.push(op);
            self.program.ops.len() - 1
        })
    }

    pub(super) fn constant(&mut self, value: f64) -> usize {
        self.emit(Op::Constant(value.to_bits()))
    }

    pub(super) fn expect(
        &mut self,
        syntax: &Syntax,
        expected: ValueType,
    ) -> Result<usize, ExpressionError> {
        let error = match self.compile(syntax) {
            Ok((register, value)) if value == expected => return Ok(register),
            Ok((_, value)) => {
                let message =
                    format!("this is {}, but {} is needed", value.name(), expected.name());
                ExpressionError::new(syntax.span.clone(), message)
            }
            Err(error) => error,
        };
        // Something stands in its place, so that what else is wrong is found too.
        if self.errors.len() == MOST_ERRORS {
            return Err(error);
        }
        if !self.errors.contains(&error) {
            self.errors.push(error);
        }
        Ok(self.constant(0.0))
    }

    pub(super) fn number(&mut self, syntax: &Syntax) -> Result<usize, ExpressionError> {
        self.expect(syntax, ValueType::Number)
    }

    pub(super) fn compile(
        &mut self,
        syntax: &Syntax,
    ) -> Result<(usize, ValueType), ExpressionError> {
        self.n_compiled += 1;
        if self.n_compiled > MOST_COMPILED || self.depth == MOST_DEPTH {
            let message = "the task's expressions are too much work";
            return Err(ExpressionError::new(syntax.span.clone(), message)
                .remedy("nest fewer reductions and definitions"));
        }
        self.depth += 1;
        let compiled = self.compile_kind(syntax);
        self.depth -= 1;
        compiled
    }

    fn compile_kind(&mut self, syntax: &Syntax) -> Result<(usize, ValueType), ExpressionError> {
        match &syntax.kind {
            SyntaxKind::Number(value) => Ok((self.constant(*value), ValueType::Number)),
            SyntaxKind::Name(name) => self.name(name, syntax),
            SyntaxKind::Call { function, args, field } => {
                self.call(function, args, field.as_deref(), syntax)
            }
            SyntaxKind::Prefix(Prefix::Neg, a) => {
                let a = self.number(a)?;
                Ok((self.emit(Op::Unary(Unary::Neg, a)), ValueType::Number))
            }
            SyntaxKind::Prefix(Prefix::Not, a) => {
                let a = self.expect(a, ValueType::Truth)?;
                Ok((self.emit(Op::Unary(Unary::Not, a)), ValueType::Truth))
            }
            SyntaxKind::Infix(infix, a, b) => self.infix(*infix, a, b),
        }
    }

    fn name(&mut self, name: &str, syntax: &Syntax) -> Result<(usize, ValueType), ExpressionError> {
        match self.definitions.get(name).cloned() {
            Some(Definition::Done(register, value)) => return Ok((register, value)),
            Some(Definition::OfElement(definition)) => return self.compile(&definition),
            None => {}
        }
        if let Scope::Table(table) = self.scope {
            return self.table_value(table, name, syntax);
        }
        match name {
            "dt" => Ok((self.constant(self.constants.dt), ValueType::Number)),
            "difficulty" => Ok((self.emit(Op::Load(Source::Difficulty)), ValueType::Number)),
            "pi" => Ok((self.constant(std::f64::consts::PI), ValueType::Number)),
            "time" => Ok((self.emit(Op::Load(Source::Time)), ValueType::Number)),
            _ => {
                let defined = self.definitions.keys().map(String::as_str);
                let known = defined
                    .chain(["pi", "time", "dt", "difficulty"])
                    .chain(QUANTITIES.iter().copied());
                Err(unknown("name", name, known, syntax))
            }
        }
    }

    fn infix(
        &mut self,
        infix: Infix,
        a: &Syntax,
        b: &Syntax,
    ) -> Result<(usize, ValueType), ExpressionError> {
        let operands = match infix {
            Infix::And | Infix::Or => ValueType::Truth,
            _ => ValueType::Number,
        };
        let (x, y) = (self.expect(a, operands)?, self.expect(b, operands)?);
        let arithmetic = |binary| (Op::Binary(binary, x, y), ValueType::Number);
        let truth = |binary| (Op::Binary(binary, x, y), ValueType::Truth);
        let (op, value) = match infix {
            Infix::Add => arithmetic(Binary::Add),
            Infix::Sub => arithmetic(Binary::Sub),
            Infix::Mul => arithmetic(Binary::Mul),
            Infix::Div => arithmetic(Binary::Div),
            Infix::Pow if matches!(b.kind, SyntaxKind::Number(2.0)) => {
                (Op::Binary(Binary::Mul, x, x), ValueType::Number)
            }
            Infix::Pow => arithmetic(Binary::Pow),
            Infix::Lt => truth(Binary::Lt),
            Infix::Le => truth(Binary::Le),
            Infix::Gt => (Op::Binary(Binary::Lt, y, x), ValueType::Truth),
            Infix::Ge => (Op::Binary(Binary::Le, y, x), ValueType::Truth),
            Infix::Equal => truth(Binary::Equal),
            Infix::Unequal => {
                let equal = self.emit(Op::Binary(Binary::Equal, x, y));
                (Op::Unary(Unary::Not, equal), ValueType::Truth)
            }
            Infix::And => truth(Binary::And),
            Infix::Or => truth(Binary::Or),
        };
        Ok((self.emit(op), value))
    }
}

//! From syntax to a program: names become quantities of the scene, repeated work is done once.

use super::ExpressionError;
use super::program::{Binary, Op, Program, Source, Unary};
use super::syntax::{Infix, Prefix, Syntax, SyntaxKind, parse};
use super::table::Table;
use crate::model::Model;
use std::collections::HashMap;

/// What an expression yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    Number,
    Truth,
}

impl Value {
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
    groups: &'a [(String, Vec<String>)],
    constants: Constants,
    when: When,
    definitions: HashMap<String, Definition>,
    /// The member of a group for which an expression is being compiled.
    pub(super) element: Option<String>,
    program: Program,
    known: HashMap<Op, usize>,
}

/// Numbers of the task that expressions may name.
#[derive(Clone, Copy, Debug)]
pub struct Constants {
    /// Policy step [s].
    pub dt: f64,
}

/// A named expression. One that depends on a group's member is compiled anew for each.
#[derive(Clone)]
enum Definition {
    Done(usize, Value),
    OfElement(Syntax),
}

/// A function of expressions: its name, number of arguments, and instruction.
enum Function {
    Unary(Unary),
    Binary(Binary),
    Square,
    Tan,
    Clamp,
    If,
}

const FUNCTIONS: &[(&str, usize, Function)] = &[
    ("abs", 1, Function::Unary(Unary::Abs)),
    ("sqrt", 1, Function::Unary(Unary::Sqrt)),
    ("exp", 1, Function::Unary(Unary::Exp)),
    ("ln", 1, Function::Unary(Unary::Ln)),
    ("sin", 1, Function::Unary(Unary::Sin)),
    ("cos", 1, Function::Unary(Unary::Cos)),
    ("tan", 1, Function::Tan),
    ("tanh", 1, Function::Unary(Unary::Tanh)),
    ("floor", 1, Function::Unary(Unary::Floor)),
    ("sign", 1, Function::Unary(Unary::Sign)),
    ("square", 1, Function::Square),
    ("min", 2, Function::Binary(Binary::Min)),
    ("max", 2, Function::Binary(Binary::Max)),
    ("atan2", 2, Function::Binary(Binary::Atan2)),
    ("clamp", 3, Function::Clamp),
    ("if", 3, Function::If),
];

/// Functions that read the scene; their argument is a name.
const QUANTITIES: &[&str] = &[
    "qpos",
    "qvel",
    "scaled",
    "range_low",
    "range_high",
    "joint_force",
    "actuator_force",
    "ctrl",
    "action",
    "previous_action",
    "xpos",
    "xipos",
    "xquat",
    "axis_x",
    "axis_y",
    "axis_z",
    "roll",
    "pitch",
    "yaw",
    "linvel",
    "angvel",
    "local_linvel",
    "local_angvel",
    "com",
    "sensor",
    "contact_force",
];

/// Functions over the members of a group: `sum(legs, abs(action(it)))`.
const REDUCTIONS: &[&str] = &["sum", "mean", "min", "max", "count", "any", "all"];

/// What a group's member is called in the expression that is applied to each.
pub(super) const ELEMENT: &str = "it";

/// When a program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
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

    pub(super) fn over(
        scope: Scope<'a>,
        groups: &'a [(String, Vec<String>)],
        constants: Constants,
        when: When,
    ) -> Self {
        Self {
            scope,
            groups,
            constants,
            when,
            definitions: HashMap::new(),
            element: None,
            program: Program::default(),
            known: HashMap::new(),
        }
    }

    /// Gives an expression a name that later expressions may use.
    pub fn define(&mut self, name: &str, text: &str) -> Result<(), ExpressionError> {
        let syntax = parse(text)?;
        let definition = if self.needs_element(&syntax) {
            Definition::OfElement(syntax)
        } else {
            let (register, value) = self.compile(&syntax)?;
            Definition::Done(register, value)
        };
        self.definitions.insert(name.to_owned(), definition);
        Ok(())
    }

    /// Adds an output, or one for each member of a group: `each(joints, scaled(it))`. Returns the
    /// members' names, none for a single output.
    pub fn outputs(
        &mut self,
        text: &str,
        expected: Value,
    ) -> Result<Option<Vec<String>>, ExpressionError> {
        let syntax = parse(text)?;
        let SyntaxKind::Call { function, args, field: None } = &syntax.kind else {
            return self.output(text, expected).map(|_| None);
        };
        if function != "each" {
            return self.output(text, expected).map(|_| None);
        }
        let (members, body) = self.group_call(function, args, &syntax)?;
        for member in &members {
            let register = self.with_element(member, |this| this.expect(body, expected))?;
            self.program.outputs.push(register);
        }
        Ok(Some(members))
    }

    /// The members of the group that a call names, and the expression for each.
    fn group_call<'s>(
        &self,
        function: &str,
        args: &'s [Syntax],
        syntax: &Syntax,
    ) -> Result<(Vec<String>, &'s Syntax), ExpressionError> {
        let [Syntax { kind: SyntaxKind::Name(name), .. }, body] = args else {
            let message = format!("{function}() takes a group and an expression of `{ELEMENT}`");
            return Err(ExpressionError::new(syntax.span.clone(), message)
                .remedy(format!("for example {function}(joints, qpos({ELEMENT}))")));
        };
        match self.groups.iter().find(|(group, _)| group == name) {
            Some((_, members)) => Ok((members.clone(), body)),
            None => {
                let known = self.groups.iter().map(|(group, _)| group.as_str());
                Err(unknown("group", name, known, &args[0]))
            }
        }
    }

    fn with_element<T>(
        &mut self,
        member: &str,
        compile: impl FnOnce(&mut Self) -> Result<T, ExpressionError>,
    ) -> Result<T, ExpressionError> {
        let before = self.element.replace(member.to_owned());
        let result = compile(self);
        self.element = before;
        result.map_err(|mut error| {
            error.message = format!("{} (for `{member}`)", error.message);
            error
        })
    }

    /// Whether an expression speaks of a group's member without saying of which group.
    fn needs_element(&self, syntax: &Syntax) -> bool {
        match &syntax.kind {
            SyntaxKind::Number(_) => false,
            SyntaxKind::Name(name) => {
                let definition = self.definitions.get(name);
                name == ELEMENT || matches!(definition, Some(Definition::OfElement(_)))
            }
            SyntaxKind::Call { function, args, .. } => {
                let binds = REDUCTIONS.contains(&function.as_str()) && self.names_group(args);
                !binds && args.iter().any(|arg| self.needs_element(arg))
            }
            SyntaxKind::Prefix(_, a) => self.needs_element(a),
            SyntaxKind::Infix(_, a, b) => self.needs_element(a) || self.needs_element(b),
        }
    }

    fn names_group(&self, args: &[Syntax]) -> bool {
        matches!(args, [Syntax { kind: SyntaxKind::Name(name), .. }, _]
            if self.groups.iter().any(|(group, _)| group == name))
    }

    /// A reduction over a group.
    fn reduce(
        &mut self,
        function: &str,
        args: &[Syntax],
        syntax: &Syntax,
    ) -> Result<(usize, Value), ExpressionError> {
        let (members, body) = self.group_call(function, args, syntax)?;
        let truth = matches!(function, "count" | "any" | "all");
        let expected = if truth { Value::Truth } else { Value::Number };
        let combine = match function {
            "sum" | "mean" | "count" => Binary::Add,
            "min" => Binary::Min,
            "max" => Binary::Max,
            "any" => Binary::Or,
            _ => Binary::And,
        };
        let mut total = None;
        for member in &members {
            let term = self.with_element(member, |this| this.expect(body, expected))?;
            total = Some(match total {
                None => term,
                Some(total) => self.emit(Op::Binary(combine, total, term)),
            });
        }
        let Some(mut total) = total else {
            return Err(ExpressionError::new(args[0].span.clone(), "the group has no members"));
        };
        if function == "mean" {
            let n = self.constant(members.len() as f64);
            total = self.emit(Op::Binary(Binary::Div, total, n));
        }
        let value = if matches!(function, "any" | "all") { Value::Truth } else { Value::Number };
        Ok((total, value))
    }

    /// An expression's value one policy step earlier.
    fn previous(
        &mut self,
        args: &[Syntax],
        syntax: &Syntax,
    ) -> Result<(usize, Value), ExpressionError> {
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
    pub fn output(&mut self, text: &str, expected: Value) -> Result<usize, ExpressionError> {
        let syntax = parse(text)?;
        let register = self.expect(&syntax, expected)?;
        self.program.outputs.push(register);
        Ok(self.program.outputs.len() - 1)
    }

    pub fn finish(self) -> Program {
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

    fn expect(&mut self, syntax: &Syntax, expected: Value) -> Result<usize, ExpressionError> {
        let (register, value) = self.compile(syntax)?;
        if value != expected {
            let message = format!("this is {}, but {} is needed", value.name(), expected.name());
            return Err(ExpressionError::new(syntax.span.clone(), message));
        }
        Ok(register)
    }

    fn number(&mut self, syntax: &Syntax) -> Result<usize, ExpressionError> {
        self.expect(syntax, Value::Number)
    }

    fn compile(&mut self, syntax: &Syntax) -> Result<(usize, Value), ExpressionError> {
        match &syntax.kind {
            SyntaxKind::Number(value) => Ok((self.constant(*value), Value::Number)),
            SyntaxKind::Name(name) => self.name(name, syntax),
            SyntaxKind::Call { function, args, field } => {
                self.call(function, args, field.as_deref(), syntax)
            }
            SyntaxKind::Prefix(Prefix::Neg, a) => {
                let a = self.number(a)?;
                Ok((self.emit(Op::Unary(Unary::Neg, a)), Value::Number))
            }
            SyntaxKind::Prefix(Prefix::Not, a) => {
                let a = self.expect(a, Value::Truth)?;
                Ok((self.emit(Op::Unary(Unary::Not, a)), Value::Truth))
            }
            SyntaxKind::Infix(infix, a, b) => self.infix(*infix, a, b),
        }
    }

    fn name(&mut self, name: &str, syntax: &Syntax) -> Result<(usize, Value), ExpressionError> {
        match self.definitions.get(name).cloned() {
            Some(Definition::Done(register, value)) => return Ok((register, value)),
            Some(Definition::OfElement(definition)) => return self.compile(&definition),
            None => {}
        }
        if let Scope::Table(table) = self.scope {
            return self.table_value(table, name, syntax);
        }
        match name {
            "dt" => Ok((self.constant(self.constants.dt), Value::Number)),
            "difficulty" => Ok((self.emit(Op::Load(Source::Difficulty)), Value::Number)),
            "pi" => Ok((self.constant(std::f64::consts::PI), Value::Number)),
            "time" => Ok((self.emit(Op::Load(Source::Time)), Value::Number)),
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
    ) -> Result<(usize, Value), ExpressionError> {
        let operands = match infix {
            Infix::And | Infix::Or => Value::Truth,
            _ => Value::Number,
        };
        let (x, y) = (self.expect(a, operands)?, self.expect(b, operands)?);
        let arithmetic = |binary| (Op::Binary(binary, x, y), Value::Number);
        let truth = |binary| (Op::Binary(binary, x, y), Value::Truth);
        let (op, value) = match infix {
            Infix::Add => arithmetic(Binary::Add),
            Infix::Sub => arithmetic(Binary::Sub),
            Infix::Mul => arithmetic(Binary::Mul),
            Infix::Div => arithmetic(Binary::Div),
            Infix::Pow if matches!(b.kind, SyntaxKind::Number(2.0)) => {
                (Op::Binary(Binary::Mul, x, x), Value::Number)
            }
            Infix::Pow => arithmetic(Binary::Pow),
            Infix::Lt => truth(Binary::Lt),
            Infix::Le => truth(Binary::Le),
            Infix::Gt => (Op::Binary(Binary::Lt, y, x), Value::Truth),
            Infix::Ge => (Op::Binary(Binary::Le, y, x), Value::Truth),
            Infix::Equal => truth(Binary::Equal),
            Infix::Unequal => {
                let equal = self.emit(Op::Binary(Binary::Equal, x, y));
                (Op::Unary(Unary::Not, equal), Value::Truth)
            }
            Infix::And => truth(Binary::And),
            Infix::Or => truth(Binary::Or),
        };
        Ok((self.emit(op), value))
    }

    fn call(
        &mut self,
        function: &str,
        args: &[Syntax],
        field: Option<&str>,
        syntax: &Syntax,
    ) -> Result<(usize, Value), ExpressionError> {
        if let Scope::Table(table) = self.scope {
            if let Some(members) = table.function(function) {
                return self.table_cell(members, args, field, syntax);
            }
        } else if QUANTITIES.contains(&function) {
            return Ok((self.quantity(function, args, field, syntax)?, Value::Number));
        }
        let is_min_max = matches!(function, "min" | "max");
        if function == "prev" && matches!(self.scope, Scope::Scene { .. }) {
            return self.previous(args, syntax);
        }
        if REDUCTIONS.contains(&function) && (!is_min_max || self.names_group(args)) {
            return self.reduce(function, args, syntax);
        }
        if function == "each" {
            let message = "each() stands alone: it gives one number for each member";
            return Err(ExpressionError::new(syntax.span.clone(), message)
                .remedy("use sum, mean, min, max, count, any or all inside other expressions"));
        }
        let Some((_, n_args, function)) = FUNCTIONS.iter().find(|(name, ..)| *name == function)
        else {
            let known = FUNCTIONS.iter().map(|(name, ..)| *name).chain(REDUCTIONS.iter().copied());
            let of_scope: Vec<&str> = match self.scope {
                Scope::Scene { .. } => QUANTITIES.iter().copied().chain(["prev"]).collect(),
                Scope::Table(table) => table.functions().collect(),
            };
            return Err(unknown("function", function, of_scope.into_iter().chain(known), syntax));
        };
        if args.len() != *n_args {
            let message = format!("takes {n_args} arguments, got {}", args.len());
            return Err(ExpressionError::new(syntax.span.clone(), message));
        }
        if let Some(field) = field {
            let message = format!("a number has no component `{field}`");
            return Err(ExpressionError::new(syntax.span.clone(), message));
        }
        self.apply(function, args)
    }

    fn apply(
        &mut self,
        function: &Function,
        args: &[Syntax],
    ) -> Result<(usize, Value), ExpressionError> {
        if let Function::If = function {
            let condition = self.expect(&args[0], Value::Truth)?;
            let (a, value) = self.compile(&args[1])?;
            let b = self.expect(&args[2], value)?;
            return Ok((self.emit(Op::Select(condition, a, b)), value));
        }
        let args = args.iter().map(|arg| self.number(arg)).collect::<Result<Vec<_>, _>>()?;
        let op = match function {
            Function::Unary(unary) => Op::Unary(*unary, args[0]),
            Function::Binary(binary) => Op::Binary(*binary, args[0], args[1]),
            Function::Square => Op::Binary(Binary::Mul, args[0], args[0]),
            Function::Tan => {
                let sin = self.emit(Op::Unary(Unary::Sin, args[0]));
                let cos = self.emit(Op::Unary(Unary::Cos, args[0]));
                Op::Binary(Binary::Div, sin, cos)
            }
            Function::Clamp => {
                let above = self.emit(Op::Binary(Binary::Max, args[0], args[1]));
                Op::Binary(Binary::Min, above, args[2])
            }
            Function::If => unreachable!("handled above"),
        };
        Ok((self.emit(op), Value::Number))
    }
}

/// The index of a name among known ones, or an error that suggests the nearest.
pub(super) fn position<'n>(
    mut names: impl Iterator<Item = &'n str> + Clone,
    kind: &str,
    name: &str,
    syntax: &Syntax,
) -> Result<usize, ExpressionError> {
    let known = names.clone();
    names.position(|known| known == name).ok_or_else(|| unknown(kind, name, known, syntax))
}

pub(super) fn unknown<'n>(
    kind: &str,
    name: &str,
    known: impl Iterator<Item = &'n str>,
    syntax: &Syntax,
) -> ExpressionError {
    let known: Vec<&str> = known.filter(|name| !name.is_empty()).collect();
    let nearest = (known.iter())
        .map(|candidate| (strsim::jaro_winkler(candidate, name), *candidate))
        .filter(|(score, _)| *score > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let error = ExpressionError::new(syntax.span.clone(), format!("unknown {kind} `{name}`"));
    match nearest {
        Some((_, nearest)) => error.remedy(format!("did you mean `{nearest}`?")),
        None if known.is_empty() => error.remedy(format!("the scene has no {kind} with a name")),
        None => error.remedy(format!("known: {}", known.join(", "))),
    }
}

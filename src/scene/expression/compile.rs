//! From syntax to a program: names become quantities of the scene, repeated work is done once.

use super::ExpressionError;
use super::program::{Binary, Op, Program, Source, Unary};
use super::syntax::{Infix, Prefix, Syntax, SyntaxKind, parse};
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

/// Compiles expressions over one model into one program.
pub struct Compiler<'a> {
    model: &'a Model,
    /// Names that stand for actions, in order.
    actions: &'a [String],
    definitions: HashMap<String, (usize, Value)>,
    program: Program,
    known: HashMap<Op, usize>,
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
const QUANTITIES: &[&str] =
    &["qpos", "qvel", "ctrl", "action", "previous_action", "xpos", "xipos", "xquat"];

impl<'a> Compiler<'a> {
    /// `actions` names the components of the action, in order.
    pub fn new(model: &'a Model, actions: &'a [String]) -> Self {
        Self {
            model,
            actions,
            definitions: HashMap::new(),
            program: Program::default(),
            known: HashMap::new(),
        }
    }

    /// Gives an expression a name that later expressions may use.
    pub fn define(&mut self, name: &str, text: &str) -> Result<(), ExpressionError> {
        let compiled = self.compile(&parse(text)?)?;
        self.definitions.insert(name.to_owned(), compiled);
        Ok(())
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

    fn emit(&mut self, op: Op) -> usize {
        *self.known.entry(op).or_insert_with(|| {
            self.program.ops.push(op);
            self.program.ops.len() - 1
        })
    }

    fn constant(&mut self, value: f64) -> usize {
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
        if let Some(&defined) = self.definitions.get(name) {
            return Ok(defined);
        }
        match name {
            "pi" => Ok((self.constant(std::f64::consts::PI), Value::Number)),
            "time" => Ok((self.emit(Op::Load(Source::Time)), Value::Number)),
            _ => {
                let defined = self.definitions.keys().map(String::as_str);
                let known = defined.chain(["pi", "time"]).chain(QUANTITIES.iter().copied());
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
        if QUANTITIES.contains(&function) {
            let source = self.quantity(function, args, field, syntax)?;
            return Ok((self.emit(Op::Load(source)), Value::Number));
        }
        let Some((_, n_args, function)) = FUNCTIONS.iter().find(|(name, ..)| *name == function)
        else {
            let known = FUNCTIONS.iter().map(|(name, ..)| *name).chain(QUANTITIES.iter().copied());
            return Err(unknown("function", function, known, syntax));
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

    fn quantity(
        &self,
        function: &str,
        args: &[Syntax],
        field: Option<&str>,
        syntax: &Syntax,
    ) -> Result<Source, ExpressionError> {
        let [Syntax { kind: SyntaxKind::Name(name), .. }] = args else {
            let message = format!("{function}() takes one name");
            return Err(ExpressionError::new(syntax.span.clone(), message)
                .remedy("quote a name that is not a plain word: qpos('left-hip')"));
        };
        let arg = &args[0];
        let joint = || {
            let names = self.model.joints.iter().map(|joint| joint.name.as_str());
            position(names, "joint", name, arg)
        };
        let body = || {
            let names = self.model.bodies.iter().map(|body| body.name.as_str());
            position(names, "body", name, arg)
        };
        let actuator = || {
            let names = self.model.actuators.iter().map(|actuator| actuator.name.as_str());
            position(names, "actuator", name, arg)
        };
        let action = || position(self.actions.iter().map(String::as_str), "action", name, arg);
        let component = |axes: &[&str]| match field {
            Some(field) => position(axes.iter().copied(), "component", field, syntax),
            None => Err(ExpressionError::new(syntax.span.clone(), "this is a vector")
                .remedy(format!("take one component: {function}({name}).{}", axes[0]))),
        };
        let axes = ["x", "y", "z"];
        let source = match function {
            "xpos" => return Ok(Source::Xpos(body()?, component(&axes)?)),
            "xipos" => return Ok(Source::Xipos(body()?, component(&axes)?)),
            "xquat" => return Ok(Source::Xquat(body()?, component(&["w", "x", "y", "z"])?)),
            "qpos" => Source::Qpos(self.model.joints[joint()?].qposadr),
            "qvel" => Source::Qvel(self.model.joints[joint()?].dofadr),
            "ctrl" => Source::Ctrl(actuator()?),
            "action" => Source::Action(action()?),
            _ => Source::PreviousAction(action()?),
        };
        match field {
            Some(field) => Err(ExpressionError::new(
                syntax.span.clone(),
                format!("{function}({name}) is a number, it has no component `{field}`"),
            )),
            None => Ok(source),
        }
    }
}

/// The index of a name among known ones, or an error that suggests the nearest.
fn position<'n>(
    mut names: impl Iterator<Item = &'n str> + Clone,
    kind: &str,
    name: &str,
    syntax: &Syntax,
) -> Result<usize, ExpressionError> {
    let known = names.clone();
    names.position(|known| known == name).ok_or_else(|| unknown(kind, name, known, syntax))
}

fn unknown<'n>(
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

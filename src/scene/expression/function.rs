//! Functions of numbers and conditions.

use super::ExpressionError;
use super::compile::{Compiler, Scope, ValueType};
use super::group::REDUCTIONS;
use super::program::{Binary, Op, Unary};
use super::quantity::QUANTITIES;
use super::syntax::Syntax;
use super::unknown::unknown;

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

impl Compiler<'_> {
    pub(super) fn call(
        &mut self,
        function: &str,
        args: &[Syntax],
        field: Option<&str>,
        syntax: &Syntax,
    ) -> Result<(usize, ValueType), ExpressionError> {
        if let Scope::Table(table) = self.scope {
            if let Some(members) = table.function(function) {
                return self.table_cell(members, args, field, syntax);
            }
        } else if QUANTITIES.contains(&function) {
            return Ok((self.quantity(function, args, field, syntax)?, ValueType::Number));
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
    ) -> Result<(usize, ValueType), ExpressionError> {
        if let Function::If = function {
            let condition = self.expect(&args[0], ValueType::Truth)?;
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
        Ok((self.emit(op), ValueType::Number))
    }
}

//! Expressions over the members of a group: `each`, `sum` and their like.

use super::ExpressionError;
use super::compile::{Compiler, Definition, ValueType};
use super::program::{Binary, Op};
use super::syntax::{Syntax, SyntaxKind, parse};
use super::unknown::unknown;

/// Functions over the members of a group: `sum(legs, abs(action(it)))`.
pub(super) const REDUCTIONS: &[&str] = &["sum", "mean", "min", "max", "count", "any", "all"];

/// What a group's member is called in the expression that is applied to each.
pub(super) const ELEMENT: &str = "it";

impl Compiler<'_> {
    /// Adds an output, or one for each member of a group, `each(joints, scaled(it))`, or each ray of a scan,
    /// `scan(ground)`. Returns the members' names, none for a single output.
    pub fn outputs(
        &mut self,
        text: &str,
        expected: ValueType,
    ) -> Result<Option<Vec<String>>, ExpressionError> {
        let syntax = parse(text)?;
        if expected == ValueType::Number
            && let Some(n_rays) = self.whole_scan(&syntax)?
        {
            return Ok(Some((0..n_rays).map(|ray| ray.to_string()).collect()));
        }
        let SyntaxKind::Call { function, args, field: None } = &syntax.kind else {
            return self.output(text, expected).map(|_| None);
        };
        if function != "each" {
            return self.output(text, expected).map(|_| None);
        }
        let (members, body) = self.group_call(function, args, &syntax)?;
        for member in &members {
            let made = self.with_element(member, |this| this.expect(body, expected));
            let register = self.settle(made)?;
            self.program.outputs.push(register);
        }
        let SyntaxKind::Name(group) = &args[0].kind else { return Ok(Some(members)) };
        Ok(Some(self.short_names(group, members)))
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
        let n_errors = self.errors.len();
        let result = compile(self);
        self.element = before;
        let of_member = |mut error: ExpressionError| {
            error.message = format!("{} (for `{member}`)", error.message);
            error
        };
        for error in self.errors.split_off(n_errors) {
            // What is wrong with every member is said of the first.
            let is_same = |other: &ExpressionError| {
                other.span == error.span && other.message.starts_with(&error.message)
            };
            if !self.errors.iter().any(is_same) {
                self.errors.push(of_member(error));
            }
        }
        result.map_err(of_member)
    }

    /// Whether an expression speaks of a group's member without saying of which group.
    pub(super) fn needs_element(&self, syntax: &Syntax) -> bool {
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

    pub(super) fn names_group(&self, args: &[Syntax]) -> bool {
        matches!(args, [Syntax { kind: SyntaxKind::Name(name), .. }, _]
            if self.groups.iter().any(|(group, _)| group == name))
    }

    /// A reduction over a group.
    pub(super) fn reduce(
        &mut self,
        function: &str,
        args: &[Syntax],
        syntax: &Syntax,
    ) -> Result<(usize, ValueType), ExpressionError> {
        let (members, body) = self.group_call(function, args, syntax)?;
        let truth = matches!(function, "count" | "any" | "all");
        let expected = if truth { ValueType::Truth } else { ValueType::Number };
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
        let value =
            if matches!(function, "any" | "all") { ValueType::Truth } else { ValueType::Number };
        Ok((total, value))
    }
}

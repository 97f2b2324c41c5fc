//! All expressions of a task in one program, as far as they are sound.

use super::expression::{Compiler, ExpressionError, ExpressionProgram, ValueType};
use super::mistakes::Mistakes;
use super::source_map::{Entry, Text};
use super::task::Termination;
use super::task_file::TaskFile;
use crate::space::ObservationStream;

/// All expressions of a task in one program.
pub(super) struct Compiled {
    pub program: ExpressionProgram,
    /// Of the observations.
    pub names: Vec<String>,
    /// Of what only the value sees.
    pub value_names: Vec<String>,
    pub terminations: Vec<Termination>,
    pub success: Option<usize>,
}

/// Compiles all expressions that are sound.
pub(super) fn compile_all(
    file: &TaskFile,
    text: &Text<'_>,
    mut compiler: Compiler<'_>,
    mistakes: &mut Mistakes,
) -> Compiled {
    for (number, (name, expression)) in file.define.iter().enumerate() {
        let made = compiler.define(name, expression);
        if judge(made, &mut compiler, (text, mistakes), ("define", number), expression).is_none() {
            mistakes.lose(name);
        }
    }
    let mut observe = |field: &'static str, list: &[(String, String)]| {
        let mut names = Vec::new();
        for (number, (name, expression)) in list.iter().enumerate() {
            let made = compiler.outputs(expression, ValueType::Number);
            let place = (field, number);
            match judge(made, &mut compiler, (text, mistakes), place, expression).flatten() {
                None => names.push(name.clone()),
                Some(members) => names.extend(members.iter().map(|it| format!("{name}[{it}]"))),
            }
        }
        names
    };
    let names = observe(ObservationStream::OBSERVATIONS, &file.observations);
    let value_names = observe(ObservationStream::CRITIC_OBSERVATIONS, &file.critic_observations);
    for (number, (_, expression)) in file.rewards.iter().enumerate() {
        let made = compiler.output(expression, ValueType::Number);
        judge(made, &mut compiler, (text, mistakes), ("rewards", number), expression);
    }
    let mut terminations = Vec::new();
    for (number, termination) in file.terminations.iter().enumerate() {
        let made = compiler.output(&termination.when, ValueType::Truth);
        let place = ("terminations", number);
        let output = judge(made, &mut compiler, (text, mistakes), place, &termination.when);
        let reward = termination.reward;
        terminations.extend(output.map(|output| Termination { output, reward }));
    }
    let success = file.success.as_ref().and_then(|expression| {
        let made = compiler.output(expression, ValueType::Truth);
        judge(made, &mut compiler, (text, mistakes), ("success", 0), expression)
    });
    Compiled { program: compiler.finish(), names, value_names, terminations, success }
}

/// Longer expressions are not quoted whole [characters].
const LONGEST_QUOTED: usize = 80;

/// An expression as it is quoted: of a long one only the beginning, for its place is told.
fn beginning(expression: &str) -> String {
    match expression.char_indices().nth(LONGEST_QUOTED) {
        Some((end, _)) => format!("{} ...", &expression[..end]),
        None => expression.to_owned(),
    }
}

/// What an expression was compiled to; none if it is wrong. That is noted, unless it follows from a mistake that is
/// noted already.
fn judge<T>(
    made: Result<T, ExpressionError>,
    compiler: &mut Compiler<'_>,
    (text, mistakes): (&Text<'_>, &mut Mistakes),
    entry: Entry<'_>,
    expression: &str,
) -> Option<T> {
    let errors: Vec<ExpressionError> = match made {
        Ok(made) => return Some(made),
        Err(first) => std::iter::once(first).chain(compiler.more_errors()).collect(),
    };
    if !mistakes.excuse(expression) {
        for error in errors {
            let message = format!("in \"{}\": {error}", beginning(expression));
            mistakes.note(text.error_in_expression(entry, expression, error.span.start, message));
        }
    }
    None
}

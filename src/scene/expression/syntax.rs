//! From text to a syntax tree with places.

use super::ExpressionError;
use pest::Parser as _;
use pest::iterators::Pair;
use pest::pratt_parser::{Assoc, Op, PrattParser};
use std::ops::Range;
use std::sync::LazyLock;

#[derive(pest_derive::Parser)]
#[grammar = "scene/expression/grammar.pest"]
struct Grammar;

/// A syntax tree node and the bytes of the text that it came from.
#[derive(Clone, Debug)]
pub(super) struct Syntax {
    pub span: Range<usize>,
    pub kind: SyntaxKind,
}

#[derive(Clone, Debug)]
pub(super) enum SyntaxKind {
    Number(f64),
    Name(String),
    Call { function: String, args: Vec<Syntax>, field: Option<String> },
    Prefix(Prefix, Box<Syntax>),
    Infix(Infix, Box<Syntax>, Box<Syntax>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Prefix {
    Neg,
    Not,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Infix {
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    Lt,
    Le,
    Gt,
    Ge,
    Equal,
    Unequal,
    And,
    Or,
}

/// Binding strengths, weakest first, as in Python (a power binds tighter than the sign before it).
static PRECEDENCE: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    let left = |rule| Op::infix(rule, Assoc::Left);
    PrattParser::new()
        .op(left(Rule::or))
        .op(left(Rule::and))
        .op(Op::prefix(Rule::not))
        .op(left(Rule::equal) | left(Rule::unequal))
        .op(left(Rule::lt) | left(Rule::le) | left(Rule::gt) | left(Rule::ge))
        .op(left(Rule::add) | left(Rule::sub))
        .op(left(Rule::mul) | left(Rule::div))
        .op(Op::prefix(Rule::neg))
        .op(Op::infix(Rule::pow, Assoc::Right))
});

/// Expressions are written by people; more than this is a mistake or an attack on the stack.
const MAX_LENGTH: usize = 4096;
const MAX_NESTING: usize = 64;

/// Parses one expression.
pub(super) fn parse(text: &str) -> Result<Syntax, ExpressionError> {
    let nesting = text.bytes().scan(0i32, |depth, byte| {
        *depth += i32::from(byte == b'(') - i32::from(byte == b')');
        Some(*depth)
    });
    // Chains of signs nest as brackets do.
    let signs = text.matches(['-', '!']).count() + text.matches("not").count();
    if text.len() > MAX_LENGTH
        || nesting.max().unwrap_or(0) > MAX_NESTING as i32
        || signs > MAX_NESTING * 4
    {
        return Err(ExpressionError::new(
            0..text.len().min(1),
            "expression is too long or too deep",
        )
        .remedy("split it with `define`"));
    }
    let mut pairs = Grammar::parse(Rule::whole, text).map_err(|error| {
        let at = match error.location {
            pest::error::InputLocation::Pos(at) => at,
            pest::error::InputLocation::Span((start, _)) => start,
        };
        let found = match text[at..].chars().next() {
            Some(found) => format!("did not expect `{found}` here"),
            None => "the expression ends too early".to_owned(),
        };
        ExpressionError::new(at..at + 1, found).remedy(instead(text, at))
    })?;
    // `whole` always holds `expr` first.
    match pairs.next().and_then(|whole| whole.into_inner().next()) {
        Some(expr) => expression(expr),
        None => Err(ExpressionError::new(0..1, "empty expression")),
    }
}

/// What to write in the place of what other languages and word processors have.
fn instead(text: &str, at: usize) -> &'static str {
    let (before, rest) = (text[..at].trim_end(), &text[at..]);
    match rest.chars().next() {
        Some('=') => "write == to compare two numbers",
        Some('*') if before.ends_with('*') => "write ^ for powers",
        Some('?' | ':') => "write if(condition, then, else)",
        Some('\u{2212}' | '\u{2013}' | '\u{2014}') => "write - for minus",
        Some('\u{d7}' | '\u{b7}' | '\u{2217}') => "write * for products",
        Some('\u{f7}') => "write / for quotients",
        Some('\u{b2}') => "write ^2 for squares",
        Some('\u{b3}') => "write ^3 for cubes",
        Some('\u{2264}') => "write <=",
        Some('\u{2265}') => "write >=",
        Some('\u{3c0}') => "write pi",
        Some('\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}' | '`') => {
            "write names with other characters in quotes: 'left-knee'"
        }
        _ => "expected a number, a name, a call such as qpos(joint), or an operator",
    }
}

fn expression(pair: Pair<'_, Rule>) -> Result<Syntax, ExpressionError> {
    PRECEDENCE
        .map_primary(atom)
        .map_prefix(|operator, operand| {
            let operand = operand?;
            let prefix = if operator.as_rule() == Rule::neg { Prefix::Neg } else { Prefix::Not };
            Ok(Syntax {
                span: operator.as_span().start()..operand.span.end,
                kind: SyntaxKind::Prefix(prefix, Box::new(operand)),
            })
        })
        .map_infix(|a, operator, b| {
            let (a, b) = (a?, b?);
            let infix = match operator.as_rule() {
                Rule::add => Infix::Add,
                Rule::sub => Infix::Sub,
                Rule::mul => Infix::Mul,
                Rule::div => Infix::Div,
                Rule::pow => Infix::Pow,
                Rule::lt => Infix::Lt,
                Rule::le => Infix::Le,
                Rule::gt => Infix::Gt,
                Rule::ge => Infix::Ge,
                Rule::equal => Infix::Equal,
                Rule::unequal => Infix::Unequal,
                Rule::and => Infix::And,
                _ => Infix::Or,
            };
            Ok(Syntax {
                span: a.span.start..b.span.end,
                kind: SyntaxKind::Infix(infix, Box::new(a), Box::new(b)),
            })
        })
        .parse(pair.into_inner())
}

fn atom(pair: Pair<'_, Rule>) -> Result<Syntax, ExpressionError> {
    let span = pair.as_span().start()..pair.as_span().end();
    let kind = match pair.as_rule() {
        Rule::number => {
            let value: f64 = pair.as_str().parse().unwrap_or(f64::INFINITY);
            if !value.is_finite() {
                return Err(ExpressionError::new(span, "number out of range"));
            }
            SyntaxKind::Number(value)
        }
        Rule::name => SyntaxKind::Name(unquote(pair.as_str())),
        Rule::call => {
            let (mut function, mut args, mut field) = (String::new(), Vec::new(), None);
            for part in pair.into_inner() {
                match part.as_rule() {
                    Rule::name => function = unquote(part.as_str()),
                    Rule::field => field = Some(part.as_str()[1..].to_owned()),
                    _ => args.push(expression(part)?),
                }
            }
            SyntaxKind::Call { function, args, field }
        }
        _ => return expression(pair),
    };
    Ok(Syntax { span, kind })
}

fn unquote(name: &str) -> String {
    name.trim_matches('\'').to_owned()
}

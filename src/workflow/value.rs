//! Parameter values: from JSON or text to typed, checked values and back.

use serde_json::Value;
use thiserror::Error;

use super::schema::ParamType;
use crate::diagnostic::nearest;

/// A checked parameter value.
#[derive(Debug, Clone, PartialEq)]
pub enum ParamValue {
    /// A finite number.
    Float(f64),
    /// A whole number.
    Int(i64),
    /// True or false.
    Bool(bool),
    /// A text, or the chosen word.
    Text(String),
    /// Whole numbers.
    IntList(Vec<i64>),
}

impl ParamValue {
    /// The value as JSON.
    pub fn to_json(&self) -> Value {
        match self {
            ParamValue::Float(x) => Value::from(*x),
            ParamValue::Int(i) => Value::from(*i),
            ParamValue::Bool(b) => Value::from(*b),
            ParamValue::Text(t) => Value::from(t.as_str()),
            ParamValue::IntList(items) => Value::from(items.clone()),
        }
    }
}

impl std::fmt::Display for ParamValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ParamValue::Float(x) => write!(f, "{x}"),
            ParamValue::Int(i) => write!(f, "{i}"),
            ParamValue::Bool(b) => write!(f, "{b}"),
            ParamValue::Text(t) => write!(f, "{t:?}"),
            ParamValue::IntList(items) => write!(f, "{items:?}"),
        }
    }
}

/// An error of a parameter's value.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ValueProblem {
    /// Another kind of value.
    #[error("expected {expected}, found {found}")]
    WrongType {
        /// The kind of value that the parameter takes.
        expected: &'static str,
        /// What stands there, shortened.
        found: String,
    },
    /// Infinite or not a number.
    #[error("{found} is not a finite number")]
    NotFinite {
        /// What stands there.
        found: String,
    },
    /// A number outside its range.
    #[error("{found} is out of range")]
    OutOfRange {
        /// What stands there.
        found: String,
        /// The range in words.
        range: String,
    },
    /// A word that is not among the choices.
    #[error("{found:?} is not a choice")]
    NotAChoice {
        /// What stands there.
        found: String,
        /// The nearest choice, or all of them.
        hint: String,
    },
}

impl ValueProblem {
    /// Stable code for diagnostics.
    pub fn code(&self) -> &'static str {
        match self {
            ValueProblem::WrongType { .. } => "wrong-type",
            ValueProblem::NotFinite { .. } => "not-finite",
            ValueProblem::OutOfRange { .. } => "out-of-range",
            ValueProblem::NotAChoice { .. } => "unknown-choice",
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> String {
        match self {
            ValueProblem::WrongType { expected, .. } => format!("write {expected}"),
            ValueProblem::NotFinite { .. } => "write a finite number".to_owned(),
            ValueProblem::OutOfRange { range, .. } => format!("choose {range}"),
            ValueProblem::NotAChoice { hint, .. } => hint.clone(),
        }
    }
}

impl ParamType {
    /// The value where a file gives none.
    pub fn default_value(&self) -> ParamValue {
        match self {
            ParamType::Float { default, .. } => ParamValue::Float(*default),
            ParamType::Int { default, .. } => ParamValue::Int(*default),
            ParamType::Bool { default } => ParamValue::Bool(*default),
            ParamType::Text { default } | ParamType::Choice { default, .. } => {
                ParamValue::Text((*default).to_owned())
            }
            ParamType::IntList { default, .. } => ParamValue::IntList(default.to_vec()),
        }
    }

    /// Reads a JSON value, also from a text that spells one, as files and command lines do.
    pub fn read(&self, value: &Value) -> Result<ParamValue, ValueProblem> {
        match self {
            ParamType::Float { min, max, .. } => read_float(value, *min, *max),
            ParamType::Int { min, max, .. } => {
                let i = integer(value).ok_or_else(|| wrong("a whole number", value))?;
                in_range(i, *min, *max).map(ParamValue::Int)
            }
            ParamType::Bool { .. } => {
                boolean(value).map(ParamValue::Bool).ok_or_else(|| wrong("true or false", value))
            }
            ParamType::Text { .. } => {
                text(value).map(ParamValue::Text).ok_or_else(|| wrong("a text", value))
            }
            ParamType::Choice { options, synonyms, .. } => {
                let word = value.as_str().ok_or_else(|| wrong("a word", value))?;
                let is_it = |known: &str| known.eq_ignore_ascii_case(word.trim());
                let meant = synonyms.iter().find(|(other, _)| is_it(other)).map(|(_, word)| word);
                let found = options.iter().find(|option| is_it(option)).or(meant);
                found.map(|o| ParamValue::Text((*o).to_owned())).ok_or_else(|| {
                    ValueProblem::NotAChoice { found: shortened(word), hint: words(word, options) }
                })
            }
            ParamType::IntList { min, max, .. } => read_list(value, *min, *max),
        }
    }
}

/// The word that was probably meant, and all that there are.
fn words(word: &str, options: &[&str]) -> String {
    let all = options.join(", ");
    match nearest(word, options.iter().copied()) {
        Some(near) => format!("did you mean {near:?}? There are {all}"),
        None => format!("choose one of {all}"),
    }
}

fn read_float(value: &Value, min: f64, max: f64) -> Result<ParamValue, ValueProblem> {
    let number = match value {
        Value::Number(n) => n.as_f64(),
        Value::String(t) => t.trim().parse().ok(),
        _ => None,
    };
    let x = number.ok_or_else(|| wrong("a number", value))?;
    if !x.is_finite() {
        let found = shortened(&value.to_string());
        return Err(ValueProblem::NotFinite { found });
    }
    if x < min || x > max {
        return Err(ValueProblem::OutOfRange {
            found: x.to_string(),
            range: range_in_words(&min, &max, min > f64::MIN, max < f64::MAX),
        });
    }
    Ok(ParamValue::Float(x))
}

fn read_list(value: &Value, min: i64, max: i64) -> Result<ParamValue, ValueProblem> {
    let expected = "whole numbers such as [64, 64] or \"64,64\"";
    let items: Option<Vec<i64>> = match value {
        Value::Array(items) => items.iter().map(integer).collect(),
        Value::String(t) => {
            let text = t.trim();
            // With both brackets or with none.
            let inner = match text.strip_prefix('[') {
                Some(rest) => rest.strip_suffix(']'),
                None => Some(text),
            };
            inner.and_then(|inner| inner.split(',').map(|i| i.trim().parse().ok()).collect())
        }
        single => integer(single).map(|i| vec![i]),
    };
    let items = items.filter(|items| !items.is_empty()).ok_or_else(|| wrong(expected, value))?;
    for item in &items {
        in_range(*item, min, max)?;
    }
    Ok(ParamValue::IntList(items))
}

fn in_range(i: i64, min: i64, max: i64) -> Result<i64, ValueProblem> {
    if (min..=max).contains(&i) {
        return Ok(i);
    }
    Err(ValueProblem::OutOfRange {
        found: i.to_string(),
        range: range_in_words(&min, &max, min > i64::MIN, max < i64::MAX),
    })
}

fn range_in_words<T: std::fmt::Display>(min: &T, max: &T, has_min: bool, has_max: bool) -> String {
    match (has_min, has_max) {
        (true, true) => format!("between {min} and {max}"),
        (true, false) => format!("{min} or more"),
        (false, true) => format!("{max} or less"),
        (false, false) => "any finite number".to_owned(),
    }
}

/// A whole number, also where it is written `16.0` or `"16"`.
pub(crate) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(n) => n.as_i64().or_else(|| {
            // Up to 2^53 every whole f64 is exactly the number that was written.
            let x = n.as_f64()?;
            (x.fract() == 0.0 && x.abs() <= 9_007_199_254_740_992.0).then_some(x as i64)
        }),
        Value::String(t) => t.trim().parse().ok(),
        _ => None,
    }
}

fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(b) => Some(*b),
        Value::String(t) if t.trim().eq_ignore_ascii_case("true") => Some(true),
        Value::String(t) if t.trim().eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(t) => Some(t.clone()),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    }
}

fn wrong(expected: &'static str, value: &Value) -> ValueProblem {
    ValueProblem::WrongType { expected, found: in_words(value) }
}

/// A value as a diagnostic names it: its kind, and the value itself where that is short.
pub(crate) fn in_words(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => format!("the number {n}"),
        Value::String(t) => format!("the text {:?}", shortened(t)),
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// The first few dozen characters of a text from a file, so that no message floods a terminal.
pub(crate) fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SIZES: ParamType = ParamType::IntList { default: &[64, 64], min: 1, max: 4096 };
    const RATE: ParamType = ParamType::Float { default: 0.1, min: 0.0, max: 1.0 };

    fn code(t: &ParamType, value: Value) -> &'static str {
        t.read(&value).unwrap_err().code()
    }

    #[test]
    fn lists_come_as_arrays_texts_and_single_numbers() {
        for value in [json!([64, 32]), json!("64,32"), json!(" [64, 32] ")] {
            assert_eq!(SIZES.read(&value), Ok(ParamValue::IntList(vec![64, 32])));
        }
        assert_eq!(SIZES.read(&json!(8)), Ok(ParamValue::IntList(vec![8])));
        for value in [
            json!([]),
            json!(""),
            json!("[64"),
            json!("64]"),
            json!("a,b"),
            json!([1.5]),
            json!({}),
        ] {
            assert_eq!(code(&SIZES, value), "wrong-type");
        }
        assert_eq!(code(&SIZES, json!([64, 0])), "out-of-range");
    }

    #[test]
    fn numbers_are_finite_and_in_range() {
        assert_eq!(RATE.read(&json!("3e-4")), Ok(ParamValue::Float(3e-4)));
        assert_eq!(RATE.read(&json!(1)), Ok(ParamValue::Float(1.0)));
        assert_eq!(code(&RATE, json!(1e30)), "out-of-range");
        assert_eq!(code(&RATE, json!("NaN")), "not-finite");
        assert_eq!(code(&RATE, json!("inf")), "not-finite");
        assert_eq!(code(&RATE, json!(true)), "wrong-type");
        assert_eq!(code(&RATE, Value::Null), "wrong-type");
        let remedy = RATE.read(&json!(-0.5)).unwrap_err().remedy();
        assert_eq!(remedy, "choose between 0 and 1");
    }

    #[test]
    fn whole_numbers_may_be_written_as_floats_but_not_rounded() {
        assert_eq!(integer(&json!(16.0)), Some(16));
        assert_eq!(integer(&json!(16.5)), None);
        assert_eq!(integer(&json!(1e30)), None);
        assert_eq!(integer(&json!(u64::MAX)), None);
    }

    #[test]
    fn choices_suggest_the_nearest_word() {
        let activation = ParamType::Choice {
            default: "elu",
            options: &["elu", "relu", "tanh"],
            synonyms: &[("rectifier", "relu")],
        };
        let elu = ParamValue::Text("elu".to_owned());
        assert_eq!(activation.read(&json!("ELU")), Ok(elu));
        let relu = ParamValue::Text("relu".to_owned());
        assert_eq!(activation.read(&json!("Rectifier")), Ok(relu));
        let problem = activation.read(&json!("tahn")).unwrap_err();
        assert_eq!(problem.remedy(), "did you mean \"tanh\"? There are elu, relu, tanh");
        let problem = activation.read(&json!("x")).unwrap_err();
        assert_eq!(problem.remedy(), "choose one of elu, relu, tanh");
    }
}

//! Fields of settings as values of parameters.

use crate::workflow::ParamValue;

/// A whole number. Larger ones than files can hold are out of every range.
pub(super) fn int(number: usize) -> ParamValue {
    ParamValue::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

pub(super) fn list(numbers: &[usize]) -> ParamValue {
    ParamValue::IntList(numbers.iter().map(|n| i64::try_from(*n).unwrap_or(i64::MAX)).collect())
}

pub(super) fn text(text: &str) -> ParamValue {
    ParamValue::Text(text.to_owned())
}

//! Values of settings, as fields show them.

use crate::workflow::{ParamSchema, ParamType};
use serde_json::Value;

/// Whether a value is what stands there anyway. One that cannot be read is not.
pub(super) fn is_default(param: &ParamSchema, value: Option<&Value>) -> bool {
    value.is_none_or(|value| {
        param.param_type.read(value).is_ok_and(|value| value == param.param_type.default_value())
    })
}

/// A value as a field shows it: numbers in the shortest form that single precision tells apart.
pub(crate) fn shown(param: &ParamSchema, value: Option<&Value>) -> String {
    let default = || param.param_type.default_value().to_json();
    let text = match value.cloned().unwrap_or_else(default) {
        Value::String(text) => text,
        Value::Bool(is_on) => if is_on { "on" } else { "off" }.to_owned(),
        Value::Number(number) => match number.as_f64() {
            Some(x) if number.is_f64() => shortest(x),
            _ => number.to_string(),
        },
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(Value::to_string).collect();
            items.join(",")
        }
        Value::Null => String::new(),
        object => object.to_string(),
    };
    // A field has one line.
    text.lines().next().unwrap_or("").to_owned()
}

/// The shortest decimal that single precision reads as the same number, if the file meant no more.
pub(crate) fn shortest(x: f64) -> String {
    let single = x as f32;
    let near = (f64::from(single) - x).abs() <= x.abs() * 1e-7;
    let short = format!("{single}");
    let plain = if near && short.len() < format!("{x}").len() { short } else { format!("{x}") };
    let size = x.abs();
    if size != 0.0 && !(1e-4..1e7).contains(&size) { format!("{x:e}") } else { plain }
}

/// Room in a field beside its text.
pub(super) fn room(param: &ParamSchema) -> f32 {
    let unit =
        if param.unit.is_empty() { 0.0 } else { 7.0 * param.unit.chars().count() as f32 + 5.0 };
    match param.param_type {
        ParamType::Choice { .. } => 30.0,
        _ if param.name == "env_name" => 30.0,
        _ => 16.0 + unit,
    }
}

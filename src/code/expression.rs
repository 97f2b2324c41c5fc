//! Values as Rust writes them.

use super::names::{brought_name, choice_name, variant_name};
use super::setting::{Setting, SettingValue};
use super::trigger::Trigger;
use crate::workflow::ParamValue;
use std::time::Duration;

/// The value of a setting as an expression in Rust.
pub fn setting_expression(setting: &Setting, value: &SettingValue) -> String {
    match (setting, value) {
        (Setting::Choice { choice, .. }, SettingValue::Choice { word, brought }) => {
            let variant = format!("{}::{}", choice_name(choice.name), variant_name(word));
            let fields = brought.iter().map(|(name, value)| {
                format!("{}: {}", brought_name(choice.name, name), value_expression(value))
            });
            let fields: Vec<String> = fields.collect();
            match fields.is_empty() {
                true => variant,
                false => format!("{variant} {{ {} }}", fields.join(", ")),
            }
        }
        (Setting::Trigger { enabled, .. }, SettingValue::Trigger(trigger)) => {
            match (enabled, trigger) {
                (_, None) => "None".to_owned(),
                (None, Some(trigger)) => trigger_expression(trigger),
                (Some(_), Some(trigger)) => format!("Some({})", trigger_expression(trigger)),
            }
        }
        (_, SettingValue::Plain(value)) => value_expression(value),
        (_, other) => unreachable!("{other:?} is no value of {setting:?}"),
    }
}

fn trigger_expression(trigger: &Trigger) -> String {
    match trigger {
        Trigger::Epochs(updates) => format!("Trigger::Epochs({updates})"),
        Trigger::Every(time) => format!("Trigger::Every({})", duration_expression(*time)),
        Trigger::Best(metric) => format!("Trigger::Best({})", text_expression(metric)),
    }
}

/// In the largest unit that it is a whole number of.
fn duration_expression(time: Duration) -> String {
    match (time.as_secs(), time.subsec_nanos()) {
        (secs, 0) => format!("Duration::from_secs({secs})"),
        (secs, nanos) => format!("Duration::new({secs}, {nanos})"),
    }
}

/// A value as an expression in Rust.
pub fn value_expression(value: &ParamValue) -> String {
    match value {
        ParamValue::Float(x) => float_literal(*x),
        ParamValue::Int(i) => i.to_string(),
        ParamValue::Bool(b) => b.to_string(),
        ParamValue::Text(text) => text_expression(text),
        ParamValue::IntList(items) => format!("vec!{items:?}"),
    }
}

/// The shortest decimal that is this number.
fn float_literal(x: f64) -> String {
    match x {
        f64::MIN => "f64::MIN".to_owned(),
        f64::MAX => "f64::MAX".to_owned(),
        x => format!("{x:?}"),
    }
}

fn text_expression(text: &str) -> String {
    match text.is_empty() {
        true => "String::new()".to_owned(),
        false => format!("{}.into()", string_literal(text)),
    }
}

/// A text as a literal. Whatever it holds, it stays a text: quotes, backslashes, control characters and marks
/// that change the direction of reading are escaped.
pub fn string_literal(text: &str) -> String {
    let mut literal = String::from("\"");
    for c in text.chars() {
        match c {
            // Debug would write it as \', which strings need not.
            '\'' => literal.push(c),
            c => literal.extend(c.escape_debug()),
        }
    }
    literal.push('"');
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_cannot_leave_their_quotes() {
        for (text, literal) in [
            ("plain", r#""plain""#),
            ("it's", r#""it's""#),
            ("\"); panic!(\"", r#""\"); panic!(\"""#),
            ("a\\", r#""a\\""#),
            ("a\r\nb\u{2028}", r#""a\r\nb\u{2028}""#),
            ("\u{202e}x\u{2066}", r#""\u{202e}x\u{2066}""#),
            ("Größe", r#""Größe""#),
        ] {
            assert_eq!(string_literal(text), literal);
        }
    }

    #[test]
    fn numbers_are_the_shortest_that_mean_the_same() {
        for (x, literal) in [(400.0, "400.0"), (1e-4, "0.0001"), (1e-5, "1e-5"), (1e300, "1e300")] {
            assert_eq!(float_literal(x), literal);
            assert_eq!(literal.parse::<f64>(), Ok(x));
        }
    }
}

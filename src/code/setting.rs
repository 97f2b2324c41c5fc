//! The settings of a node kind as Rust has them: a parameter each, or several that say one thing together.

use super::names::choice_name;
use super::trigger::Trigger;
use crate::workflow::{NodeSchema, ParamGroup, ParamSchema, ParamType, ParamValue, PortSchema};
use std::collections::BTreeMap;

/// A setting.
#[derive(Clone, Debug)]
pub enum Setting {
    /// One parameter.
    Plain(&'static ParamSchema),
    /// A choice, and what some of its words bring: word and parameter.
    Choice {
        /// The parameter that is a word.
        choice: &'static ParamSchema,
        /// Parameters that count only with some of the words: word and parameter.
        brings: Vec<(&'static str, &'static ParamSchema)>,
    },
    /// A [`Trigger`], or none where its switch is off.
    Trigger {
        /// Name of the setting.
        name: &'static str,
        /// The parameter that switches it on, if it has one.
        enabled: Option<&'static ParamSchema>,
        /// The parameter that says what triggers.
        kind: &'static ParamSchema,
        /// The parameter that says how often or at what.
        value: &'static ParamSchema,
    },
}

/// The value of a setting.
#[derive(Clone, Debug, PartialEq)]
pub enum SettingValue {
    /// The value of a parameter.
    Plain(ParamValue),
    /// A word, and what it brings.
    Choice {
        /// The word that is chosen.
        word: String,
        /// Parameters that the word brings: name and value.
        brought: Vec<(&'static str, ParamValue)>,
    },
    /// A trigger; none where its switch is off.
    Trigger(Option<Trigger>),
}

impl SettingValue {
    /// The decimal numbers that its expression holds.
    pub fn decimals(&self) -> Vec<f64> {
        let of = |value: &ParamValue| match value {
            ParamValue::Float(x) => Some(*x),
            _ => None,
        };
        match self {
            Self::Plain(value) => of(value).into_iter().collect(),
            Self::Choice { brought, .. } => {
                brought.iter().filter_map(|(_, value)| of(value)).collect()
            }
            Self::Trigger(_) => Vec::new(),
        }
    }
}

/// The parameters of a node, by name.
pub type Params = BTreeMap<String, ParamValue>;

impl Setting {
    /// Those of a kind, in the order of its parameters.
    pub fn of(schema: &NodeSchema) -> Vec<Self> {
        let mut settings: Vec<Self> = Vec::new();
        for param in schema.params.iter().filter(|param| param.ignored.is_none()) {
            let setting = match schema.together.iter().find(|together| together.has(param.name)) {
                Some(together) => Self::together(schema, together),
                None if matches!(param.param_type, ParamType::Choice { .. }) => {
                    Self::Choice { choice: param, brings: Vec::new() }
                }
                None => Self::Plain(param),
            };
            if settings.iter().all(|other| other.name() != setting.name()) {
                settings.push(setting);
            }
        }
        settings
    }

    fn together(schema: &NodeSchema, together: &'static ParamGroup) -> Self {
        let param = |name: &'static str| {
            schema.params.iter().find(|param| param.name == name).expect("kinds name their own")
        };
        match together {
            ParamGroup::Choice { choice, brings } => {
                let brings = brings
                    .iter()
                    .flat_map(|(word, names)| names.iter().map(|name| (*word, param(name))));
                Self::Choice { choice: param(choice), brings: brings.collect() }
            }
            ParamGroup::Trigger { name, enabled, kind, value } => Self::Trigger {
                name,
                enabled: enabled.map(param),
                kind: param(kind),
                value: param(value),
            },
        }
    }

    /// What Rust calls it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Plain(param) | Self::Choice { choice: param, .. } => param.name,
            Self::Trigger { name, .. } => name,
        }
    }

    /// Its type in Rust.
    pub fn rust_type(&self) -> String {
        match self {
            Self::Plain(param) => rust_type(param).to_owned(),
            Self::Choice { choice, .. } => choice_name(choice.name),
            Self::Trigger { enabled: Some(_), .. } => "Option<Trigger>".to_owned(),
            Self::Trigger { .. } => "Trigger".to_owned(),
        }
    }

    /// Its value among the parameters of a node; that of what is not there is its default.
    pub fn value(&self, params: &Params) -> SettingValue {
        let of = |param: &ParamSchema| {
            params.get(param.name).cloned().unwrap_or_else(|| param.param_type.default_value())
        };
        let text = |param: &ParamSchema| match of(param) {
            ParamValue::Text(text) => text,
            other => other.to_string(),
        };
        match self {
            Self::Plain(param) => SettingValue::Plain(of(param)),
            Self::Choice { choice, brings } => {
                let word = text(choice);
                let brought = brings.iter().filter(|(other, _)| *other == word);
                let brought = brought.map(|(_, param)| (param.name, of(param))).collect();
                SettingValue::Choice { word, brought }
            }
            Self::Trigger { enabled, kind, value, .. } => {
                let is_on = enabled.is_none_or(|param| of(param) == ParamValue::Bool(true));
                let trigger = Trigger::from_params(&text(kind), &text(value));
                SettingValue::Trigger(trigger.filter(|_| is_on))
            }
        }
    }

    /// Its default.
    pub fn default(&self) -> SettingValue {
        self.value(&Params::new())
    }
}

/// The type of a parameter that is no choice.
pub fn rust_type(param: &ParamSchema) -> &'static str {
    match param.param_type {
        ParamType::Float { .. } => "f64",
        ParamType::Int { min, .. } if min >= 0 => "usize",
        ParamType::Int { .. } => "i64",
        ParamType::Bool { .. } => "bool",
        ParamType::Text { .. } | ParamType::Choice { .. } => "String",
        ParamType::IntList { min, .. } if min >= 0 => "Vec<usize>",
        ParamType::IntList { .. } => "Vec<i64>",
    }
}

/// The field for an input among the ports of a kind: its name, of a family what their names have in common;
/// with `_in` where an output has that name.
pub fn input_field(schema: &NodeSchema, port: &PortSchema) -> String {
    let name = match port.variadic {
        true => port.name.strip_suffix("_a").unwrap_or(port.name),
        false => port.name,
    };
    let is_taken = schema.outputs.iter().any(|output| output.name == name);
    if is_taken { format!("{name}_in") } else { name.to_owned() }
}

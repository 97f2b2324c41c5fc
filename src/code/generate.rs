//! Writes `kinds.rs`: settings and ports of the built-in node kinds, from their schemas.

use super::expression::setting_expression;
use super::names::{brought_name, choice_name, type_name, variant_name};
use super::setting::{Setting, input_field, rust_type};
use crate::workflow::{NodeSchema, ParamSchema, ParamType, PortSchema, Registry, Role};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Columns of a line.
const WIDTH: usize = 100;

const HEAD: &str = "\
//! Settings and ports of the built-in node kinds: a type for each, with its parameters as fields and their
//! defaults, and another for the inputs and outputs of its nodes.
//!
//! A test writes this file from the schemas, and fails where it is not what they say.

use super::port::{
    Action, Any, Bool, Dict, Dones, Float, Input, Inputs, Int, Metrics, Model, NodeKey, Output,
    PolicyOutput, SimHandle, Sync, Tensor, Text,
};
use super::trigger::Trigger;
use super::values::{int, list, text};
use super::workflow::Settings;
use crate::workflow::ParamValue;
";

/// The whole file.
fn source(registry: &Registry) -> String {
    let mut out = HEAD.to_owned();
    let schemas: Vec<&NodeSchema> = registry.iter().filter(|schema| is_in_code(schema)).collect();
    let mut choices: BTreeMap<String, (&ParamSchema, Vec<(&str, &ParamSchema)>)> = BTreeMap::new();
    for setting in schemas.iter().flat_map(|schema| Setting::of(schema)) {
        let Setting::Choice { choice, brings } = setting else { continue };
        let (first, _) = choices.entry(choice_name(choice.name)).or_insert((choice, brings));
        assert_eq!(options(first), options(choice), "two choices are called {}", choice.name);
    }
    for (name, (choice, brings)) in &choices {
        write_choice(&mut out, name, choice, brings);
    }
    schemas.iter().for_each(|schema| write_kind(&mut out, schema));
    out
}

fn options(param: &ParamSchema) -> &'static [&'static str] {
    match param.param_type {
        ParamType::Choice { options, .. } => options,
        _ => &[],
    }
}

/// Whether graphs in code have nodes of a kind: what only drawings need has none.
fn is_in_code(schema: &NodeSchema) -> bool {
    !matches!(schema.role, Role::Comment | Role::Reroute)
}

fn doc(out: &mut String, indent: &str, text: &str) {
    let width = WIDTH - indent.len() - 4;
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            let _ = writeln!(out, "{indent}/// {line}");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    let _ = writeln!(out, "{indent}/// {line}");
}

fn write_choice(
    out: &mut String,
    name: &str,
    choice: &ParamSchema,
    brings: &[(&str, &ParamSchema)],
) {
    let ParamType::Choice { default, options, .. } = choice.param_type else { return };
    let brought = |word: &str| -> Vec<&ParamSchema> {
        brings.iter().filter(|(other, _)| *other == word).map(|(_, param)| *param).collect()
    };
    out.push('\n');
    doc(out, "", choice.doc);
    let eq = if brings.is_empty() { ", Eq" } else { "" };
    let _ =
        writeln!(out, "#[derive(Clone, Copy, Debug, Default, PartialEq{eq})]\npub enum {name} {{");
    for word in options {
        doc(out, "    ", &format!("`{word}`."));
        if *word == default {
            out.push_str("    #[default]\n");
        }
        let variant = variant_name(word);
        if brought(word).is_empty() {
            let _ = writeln!(out, "    {variant},");
            continue;
        }
        let _ = writeln!(out, "    {variant} {{");
        for param in brought(word) {
            doc(out, "        ", &param_doc(param));
            let field = brought_name(choice.name, param.name);
            let _ = writeln!(out, "        {field}: {},", rust_type(param));
        }
        out.push_str("    },\n");
    }
    out.push_str("}\n");
    let _ = writeln!(out, "\nimpl {name} {{\n    /// As files write it.");
    out.push_str("    pub const fn word(self) -> &'static str {\n        match self {\n");
    for word in options {
        let variant = variant_name(word);
        let rest = if !brought(word).is_empty() { " { .. }" } else { "" };
        let _ = writeln!(out, "            Self::{variant}{rest} => {word:?},");
    }
    out.push_str("        }\n    }\n}\n");
}

fn param_doc(param: &ParamSchema) -> String {
    // Escaped, or documentation would read the unit as a link.
    let unit = if param.unit.is_empty() { String::new() } else { format!(r" \[{}\]", param.unit) };
    let range = match param.param_type {
        ParamType::Float { min, max, .. } => {
            range(min > f64::MIN, max < f64::MAX, number(min), number(max))
        }
        ParamType::Int { min, max, .. } => range(min > i64::MIN, max < 1 << 20, min, max),
        ParamType::IntList { min, max, .. } => {
            format!("Each is {}", range(true, true, min, max).trim_start().to_lowercase())
        }
        _ => String::new(),
    };
    let text = param.doc.trim_end_matches('.');
    let range = range.trim();
    let end = if range.is_empty() { String::new() } else { format!(" {range}") };
    format!("{text}{unit}.{end}")
}

/// A number in the shorter of two forms.
fn number(x: f64) -> String {
    let (plain, short) = (format!("{x}"), format!("{x:e}"));
    if plain.len() > short.len() + 1 { short } else { plain }
}

fn range<T: std::fmt::Display>(has_min: bool, has_max: bool, min: T, max: T) -> String {
    match (has_min, has_max) {
        (true, true) => format!("{min} to {max}."),
        (true, false) => format!("From {min}."),
        (false, true) => format!("Up to {max}."),
        (false, false) => String::new(),
    }
}

fn setting_doc(setting: &Setting) -> String {
    match setting {
        Setting::Plain(param) | Setting::Choice { choice: param, .. } => param_doc(param),
        Setting::Trigger { enabled, kind, .. } => param_doc(enabled.unwrap_or(kind)),
    }
}

fn write_kind(out: &mut String, schema: &NodeSchema) {
    let (name, settings) = (type_name(schema.class_type), Setting::of(schema));
    out.push('\n');
    doc(out, "", &format!("{} Workflow files call it `{}`.", schema.doc, schema.class_type));
    if settings.is_empty() {
        let derived = "#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]";
        let _ = writeln!(out, "{derived}\npub struct {name};");
    } else {
        let _ = writeln!(out, "#[derive(Clone, Debug, PartialEq)]\npub struct {name} {{");
        for setting in &settings {
            doc(out, "    ", &setting_doc(setting));
            let _ = writeln!(out, "    pub {}: {},", setting.name(), setting.rust_type());
        }
        out.push_str("}\n");
        let fields = settings.iter().map(|setting| {
            let value = setting_expression(setting, &setting.default());
            format!("{}: {value}", setting.name())
        });
        let body = struct_literal("Self", &fields.collect::<Vec<_>>());
        let head = "    fn default() -> Self {";
        let _ = writeln!(out, "\nimpl Default for {name} {{\n{head}\n{body}    }}\n}}");
    }
    let _ = writeln!(out, "\nimpl Settings for {name} {{\n    type Ports = {name}Ports;");
    let _ = writeln!(out, "    const CLASS: &'static str = {:?};\n", schema.class_type);
    out.push_str("    fn params(&self) -> Vec<(&'static str, ParamValue)> {\n");
    write_params(out, &settings);
    out.push_str("    }\n\n");
    let _ = writeln!(out, "    fn ports(node: NodeKey) -> {name}Ports {{");
    let ports = ports(schema);
    let fields = ports.iter().map(|(field, maker, ..)| format!("{field}: node.{maker}"));
    out.push_str(&struct_literal(&format!("{name}Ports"), &fields.collect::<Vec<_>>()));
    out.push_str("    }\n}\n\n");
    doc(out, "", &format!("Inputs and outputs of a node of [`{name}`]."));
    let _ = writeln!(out, "#[derive(Clone, Copy)]\npub struct {name}Ports {{");
    for (field, _, port_type, port) in &ports {
        doc(out, "    ", port.doc);
        let _ = writeln!(out, "    pub {field}: {port_type},");
    }
    out.push_str("}\n");
}

/// A value of a type as the last expression of a method: in one line where it fits, as rustfmt has it.
fn struct_literal(name: &str, fields: &[String]) -> String {
    let one_line = format!("        {name} {{ {} }}\n", fields.join(", "));
    if one_line.len() <= WIDTH + 1 {
        return one_line;
    }
    let lines: String = fields.iter().map(|field| format!("            {field},\n")).collect();
    format!("        {name} {{\n{lines}        }}\n")
}

/// The body of `params`.
fn write_params(out: &mut String, settings: &[Setting]) {
    if settings.is_empty() {
        out.push_str("        Vec::new()\n");
        return;
    }
    out.push_str("        let mut params = Vec::new();\n");
    for setting in settings {
        let name = setting.name();
        match setting {
            Setting::Plain(param) => {
                let value = value_of(param, &format!("self.{name}"));
                let _ = writeln!(out, "        params.push(({name:?}, {value}));");
            }
            Setting::Choice { choice, brings } => {
                let _ = writeln!(out, "        params.push(({name:?}, text(self.{name}.word())));");
                for (word, param) in brings {
                    let (enum_name, variant) = (choice_name(choice.name), variant_name(word));
                    let field = brought_name(choice.name, param.name);
                    let pattern = format!("{enum_name}::{variant} {{ {field} }}");
                    let _ = writeln!(out, "        if let {pattern} = self.{name} {{");
                    let value = value_of(param, field);
                    let _ = writeln!(out, "            params.push(({:?}, {value}));", param.name);
                    out.push_str("        }\n");
                }
            }
            Setting::Trigger { enabled, kind, value, .. } => {
                let mut indent = "        ".to_owned();
                let mut trigger = format!("self.{name}");
                if let Some(enabled) = enabled {
                    let is_some = format!("ParamValue::Bool(self.{name}.is_some())");
                    let _ = writeln!(out, "{indent}params.push(({:?}, {is_some}));", enabled.name);
                    let _ = writeln!(out, "{indent}if let Some(trigger) = &self.{name} {{");
                    indent.push_str("    ");
                    "trigger".clone_into(&mut trigger);
                }
                let _ = writeln!(out, "{indent}let [kind, value] = {trigger}.to_params();");
                let pushed = format!("[({:?}, kind), ({:?}, value)]", kind.name, value.name);
                let _ = writeln!(out, "{indent}params.extend({pushed});");
                if enabled.is_some() {
                    out.push_str("        }\n");
                }
            }
        }
    }
    out.push_str("        params\n");
}

/// The parameter's value from a field.
fn value_of(param: &ParamSchema, field: &str) -> String {
    match rust_type(param) {
        "f64" => format!("ParamValue::Float({field})"),
        "usize" => format!("int({field})"),
        "i64" => format!("ParamValue::Int({field})"),
        "bool" => format!("ParamValue::Bool({field})"),
        "String" => format!("text(&{field})"),
        "Vec<usize>" => format!("list(&{field})"),
        _ => format!("ParamValue::IntList({field}.clone())"),
    }
}

/// For each port its field, the call that makes it, its type, and its schema.
fn ports(schema: &NodeSchema) -> Vec<(String, String, String, &'static PortSchema)> {
    let mut ports = Vec::new();
    for port in schema.inputs {
        let of = format!("{:?}", port.port_type);
        let field = input_field(schema, port);
        let (maker, port_type) = match port.variadic {
            true => (format!("inputs({:?})", port.name), format!("Inputs<{of}>")),
            false => (format!("input({:?})", port.name), format!("Input<{of}>")),
        };
        ports.push((field, maker, port_type, port));
    }
    for port in schema.outputs {
        let maker = format!("output({:?})", port.name);
        ports.push((port.name.to_owned(), maker, format!("Output<{:?}>", port.port_type), port));
    }
    ports
}

/// With DNNE_KEEP_CODE=1 the file is written as it is to be.
#[test]
fn types_of_kinds_are_what_their_schemas_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/code/kinds.rs");
    let expected = source(crate::nodes::registry());
    if std::env::var_os("DNNE_KEEP_CODE").is_some() {
        std::fs::write(path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap();
    let mut lines = found.lines().zip(expected.lines()).zip(1..);
    if let Some(((found, expected), line)) = lines.find(|((found, expected), _)| found != expected)
    {
        panic!(
            "line {line} of kinds.rs is\n{found}\nand should be\n{expected}\nDNNE_KEEP_CODE=1 writes it"
        );
    }
    assert_eq!(found, expected);
}

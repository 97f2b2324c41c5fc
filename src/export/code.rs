//! A workflow as the text of a Rust program.

use super::constants::is_known;
use super::order::in_order;
use super::text::{Writer, literal_lines};
use crate::code::{
    Setting, SettingValue, input_field, setting_expression, string_literal, type_name,
    variable_name,
};
use crate::workflow::{Canvas, Feed, Graph, GraphNode, ParamValue};
use std::collections::HashSet;
use std::ops::Range;

/// Columns of a line.
const WIDTH: usize = 100;
/// What a program says of the function that puts its workflow together.
const DOC: &str = "/// Puts the workflow together. Nodes have the ids of the drawing: checkpoints and `--set` go by them.";

/// The text of a program, and where in it the parts of its workflow stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Code {
    /// The program's text.
    pub text: String,
    /// By their places.
    pub marks: Vec<Mark>,
}

/// A part of a workflow in the text of its program.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Its place in the text \[bytes\].
    pub range: Range<usize>,
    /// The part of the workflow.
    pub part: WorkflowPart,
}

/// A part of a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkflowPart {
    /// The node with this id: all that adds it.
    Node(String),
    /// A setting of a node, by its id and the field's name.
    Setting(String, &'static str),
    /// What feeds an input, by the node's id and the input's name.
    Wire(String, String),
}

/// Input of the code writer: a workflow and the frame of its program.
pub struct ProgramSource<'a> {
    /// The workflow's name: that of its file.
    pub name: &'a str,
    /// The checked workflow.
    pub graph: &'a Graph,
    /// Groups, and notes to the reader.
    pub drawing: &'a Canvas,
    /// The modules of the program.
    pub modules: &'a [&'a str],
    /// What comes between the heading and the workflow, such as the program's entry.
    pub main: &'a str,
    /// The lines of the heading, without the comment's marks.
    pub heading: &'a [String],
    /// Ids of the loaders whose files are in the project's folder, at the paths that they name.
    pub copies: &'a [String],
}

/// A node on its way into the text.
struct Named<'a> {
    node: &'a GraphNode,
    variable: String,
    /// The position of its group, if it stands in one.
    group: Option<usize>,
}

/// The function that puts the workflow together, and what stands before it.
pub fn code(source: &ProgramSource<'_>) -> Code {
    let mut out = Writer::default();
    for line in source.heading {
        out.line(&if line.is_empty() { "//!".to_owned() } else { format!("//! {line}") });
    }
    if !source.heading.is_empty() {
        out.line("");
    }
    for module in source.modules {
        out.line(&format!("mod {module};"));
    }
    if !source.modules.is_empty() {
        out.line("");
    }
    out.line("use dnne::prelude::*;");
    out.line("");
    if !source.main.is_empty() {
        out.line(source.main.trim_end());
        out.line("");
        out.line(DOC);
    }
    let graph = source.graph;
    if graph.nodes.iter().any(has_known_constant) {
        let reason = "numbers are as the drawing has them";
        out.line(&format!("#[allow(clippy::approx_constant, reason = \"{reason}\")]"));
    }
    out.line(&format!("fn {}(g: &mut Workflow) {{", function_name(source.name)));
    let nodes = named(source);
    let mut sections: Vec<Option<usize>> = Vec::new();
    for node in &nodes {
        if !sections.contains(&node.group) {
            sections.push(node.group);
        }
    }
    let notes = notes(source.drawing);
    for (group, ..) in &notes {
        if !sections.contains(group) {
            sections.push(*group);
        }
    }
    // What stands in no group cannot follow what does.
    sections.sort_by_key(Option::is_some);
    let mut is_added = vec![false; nodes.len()];
    let mut is_wired: HashSet<(usize, usize)> = HashSet::new();
    for (i, section) in sections.iter().enumerate() {
        if i > 0 {
            out.line("");
        }
        if let Some(group) = section {
            let title = string_literal(&source.drawing.groups[*group].title);
            out.line(&format!("    g.section({title});"));
        }
        for (_, title, text) in notes.iter().filter(|(group, ..)| group == section) {
            write_note(&mut out, title, text);
        }
        for (i, node) in nodes.iter().enumerate().filter(|(_, node)| node.group == *section) {
            let is_copied = source.copies.contains(&node.node.id);
            write_node(&mut out, node, is_used(&nodes, graph, i), is_copied);
            is_added[i] = true;
        }
        for (to, node) in nodes.iter().enumerate().filter(|(to, _)| is_added[*to]) {
            for (slot, feed) in node.node.inputs.iter().enumerate() {
                let from = position(&nodes, graph, feed);
                if is_added[from] && is_wired.insert((to, slot)) {
                    write_wire(&mut out, (&nodes[from], node), feed);
                }
            }
        }
    }
    out.line("}");
    out.finish()
}

/// The name of the function that puts a workflow together.
pub fn function_name(name: &str) -> String {
    let name = variable_name(name).unwrap_or_else(|| "workflow".to_owned());
    // The program has a function of this name, and the prelude another.
    if ["main", "default"].contains(&name.as_str()) { format!("{name}_workflow") } else { name }
}

/// The nodes in the order of the text, each with a variable that no other has: its title, else its class.
fn named<'a>(source: &ProgramSource<'a>) -> Vec<Named<'a>> {
    let mut taken: HashSet<String> = ["default".to_owned()].into();
    let drawn = |id: &str| source.drawing.nodes.iter().find(|node| node.id == id);
    let mut named = Vec::new();
    for position in in_order(source.graph) {
        let node = &source.graph.nodes[position];
        let class = type_name(node.class.class_type);
        let stem = variable_name(&node.title).or_else(|| variable_name(&class));
        let stem = stem.unwrap_or_else(|| "node".to_owned());
        let numbered = (2..).map(|number| format!("{stem}_{number}"));
        let mut names = std::iter::once(stem.clone()).chain(numbered);
        let variable = names.find(|name| !taken.contains(name)).unwrap_or_default();
        taken.insert(variable.clone());
        let group = drawn(&node.id).and_then(|drawn| source.drawing.group_of(drawn));
        named.push(Named { node, variable, group });
    }
    named
}

/// Notes of the drawing: group, title and text.
fn notes(drawing: &Canvas) -> Vec<(Option<usize>, String, String)> {
    let is_note = |class: &str| ["Note", "MarkdownNote", "NoteNode"].contains(&class);
    let notes = drawing.nodes.iter().filter(|node| is_note(&node.class));
    let parts = notes.filter_map(|node| {
        let title = node.title.clone().unwrap_or_else(|| "Note".to_owned());
        Some((drawing.group_of(node), title, node.text.clone()?))
    });
    parts.collect()
}

/// Which of the nodes feeds an input.
fn position(nodes: &[Named<'_>], graph: &Graph, feed: &Feed) -> usize {
    let source = &graph.nodes[feed.source.node].id;
    nodes.iter().position(|node| node.node.id == *source).expect("a graph's feeds are its nodes")
}

fn is_used(nodes: &[Named<'_>], graph: &Graph, of: usize) -> bool {
    let feeds = nodes.iter().flat_map(|node| &node.node.inputs);
    let feeds_another = feeds.into_iter().any(|feed| position(nodes, graph, feed) == of);
    feeds_another || !nodes[of].node.inputs.is_empty()
}

fn write_note(out: &mut Writer, title: &str, text: &str) {
    let title = string_literal(title);
    let one_line = format!("    g.note({title}, {});", string_literal(text));
    if one_line.chars().count() <= WIDTH && !text.contains('\n') {
        out.line(&one_line);
        return;
    }
    out.line("    g.note(");
    out.line(&format!("        {title},"));
    out.line(&format!("        {},", literal_lines(text, 8)));
    out.line("    );");
}

fn write_node(out: &mut Writer, named: &Named<'_>, is_used: bool, is_copied: bool) {
    let node = named.node;
    let id = match node.id.parse::<u32>() {
        Ok(number) if number.to_string() == node.id => node.id.clone(),
        _ => string_literal(&node.id),
    };
    let mut addition = Addition {
        id: &node.id,
        binding: if is_used { format!("let {} = ", named.variable) } else { String::new() },
        calls: vec![format!("node({id})")],
        name: type_name(node.class.class_type),
        settings: expressions(node, is_copied),
        is_whole: false,
    };
    addition.is_whole = addition.settings.len() == Setting::of(node.class).len();
    let title = (node.title != node.class.title).then(|| string_literal(&node.title));
    // A title that leaves no room beside it is given in a line of its own.
    let titled = title.as_ref().map(|title| format!("titled({title})"));
    addition.calls.extend(titled);
    let is_inline = 4 + columns(&addition.binding) + columns(&addition.head()) + 2 <= WIDTH;
    if !is_inline {
        addition.calls.truncate(1);
    }
    let start = out.len();
    out.push("    ");
    addition.write(out);
    out.mark_since(start, WorkflowPart::Node(node.id.clone()));
    out.line("");
    if let Some(title) = title.filter(|_| !is_inline) {
        let one_line = format!("    g.title({id}, {title});");
        match columns(&one_line) <= WIDTH {
            true => out.line(&one_line),
            false => out.line(&format!("    g.title(\n        {id},\n        {title},\n    );")),
        }
    }
}

/// The statement that adds a node.
struct Addition<'a> {
    /// The node's.
    id: &'a str,
    /// `let x = `, or nothing.
    binding: String,
    /// Those before `add`.
    calls: Vec<String>,
    /// The type of the settings.
    name: String,
    /// Fields, and their values as expressions.
    settings: Vec<(&'static str, String)>,
    /// Whether these are all there are.
    is_whole: bool,
}

impl Addition<'_> {
    /// The expression as far as the type of the settings.
    fn head(&self) -> String {
        format!("g.{}.add({}", self.calls.join("."), self.name)
    }

    /// What follows the type, in one line.
    fn tail(&self) -> String {
        if self.settings.is_empty() {
            return if self.is_whole { ");" } else { "::default());" }.to_owned();
        }
        let fields: Vec<String> =
            self.settings.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let rest = if self.is_whole { "" } else { ", ..default()" };
        format!(" {{ {}{rest} }});", fields.join(", "))
    }

    /// Writes it as rustfmt breaks it: in one line; in one after the `=`; with a line for each setting; or, where
    /// those would be few, with a line for each call.
    fn write(&self, out: &mut Writer) {
        let (head, tail) = (self.head(), self.tail());
        let width = columns(&head) + columns(&tail);
        let is_one_line = !tail.contains('\n');
        if is_one_line && 4 + columns(&self.binding) + width <= WIDTH {
            out.push(&self.binding);
            out.push(&head);
            return self.write_in_line(out);
        }
        if is_one_line && !self.binding.is_empty() && 8 + width <= WIDTH {
            out.push(&format!("{}\n        {head}", self.binding.trim_end()));
            return self.write_in_line(out);
        }
        let n_lines = self.settings.len() + 2 + usize::from(!self.is_whole);
        let last = format!(".add({}", self.name);
        if is_one_line && n_lines < 5 && 8 + columns(&last) + columns(&tail) <= WIDTH {
            // A short receiver shares its line with the first call, but not where it is bound.
            let between = if self.binding.is_empty() { "" } else { "\n        " };
            let calls = self.calls.join("\n        .");
            out.push(&format!("{}g{between}.{calls}\n        {last}", self.binding));
            return self.write_in_line(out);
        }
        out.push(&format!("{}{head} {{", self.binding));
        for (field, value) in &self.settings {
            out.push("\n        ");
            self.write_setting(out, field, value);
            out.push(",");
        }
        out.push(if self.is_whole { "\n    });" } else { "\n        ..default()\n    });" });
    }

    /// What follows the type, in the same line.
    fn write_in_line(&self, out: &mut Writer) {
        if self.settings.is_empty() {
            return out.push(&self.tail());
        }
        for (i, (field, value)) in self.settings.iter().enumerate() {
            out.push(if i == 0 { " { " } else { ", " });
            self.write_setting(out, field, value);
        }
        out.push(if self.is_whole { " });" } else { ", ..default() });" });
    }

    fn write_setting(&self, out: &mut Writer, field: &'static str, value: &str) {
        out.mark(&format!("{field}: {value}"), WorkflowPart::Setting(self.id.to_owned(), field));
    }
}

/// The settings that are not at their defaults.
fn changed_settings(node: &GraphNode) -> Vec<(Setting, SettingValue)> {
    let settings = Setting::of(node.class).into_iter();
    let valued = settings.map(|setting| (setting.value(&node.params), setting));
    let changed = valued.filter(|(value, setting)| *value != setting.default());
    changed.map(|(value, setting)| (setting, value)).collect()
}

/// The same as expressions, by the fields' names.
fn expressions(node: &GraphNode, is_copied: bool) -> Vec<(&'static str, String)> {
    let changed = changed_settings(node).into_iter().map(|(setting, value)| {
        let expression = match &value {
            SettingValue::Plain(ParamValue::Text(text)) if text.contains('\n') => {
                format!("{}\n            .into()", literal_lines(text, 12))
            }
            // What was copied into the project is found from wherever it runs.
            SettingValue::Plain(ParamValue::Text(text))
                if is_copied && setting.name() == "path" =>
            {
                let path = string_literal(&format!("/{text}"));
                format!("concat!(env!(\"CARGO_MANIFEST_DIR\"), {path}).into()")
            }
            _ => setting_expression(&setting, &value),
        };
        (setting.name(), expression)
    });
    changed.collect()
}

fn columns(text: &str) -> usize {
    text.chars().count()
}

fn write_wire(out: &mut Writer, (from, to): (&Named<'_>, &Named<'_>), feed: &Feed) {
    let output = from.node.class.outputs[feed.source.output].name;
    let (port, _) = to.node.class.input(&feed.input).expect("a graph's inputs are of its kinds");
    let mut input = input_field(to.node.class, port);
    if port.variadic {
        // Members of a family are named a, b, c.
        let letter = feed.input.bytes().last().unwrap_or(b'a');
        input = format!("{input}.at({})", letter.saturating_sub(b'a'));
    }
    out.push("    ");
    let (from, to_input) =
        (format!("{}.{output}", from.variable), format!("{}.{input}", to.variable));
    let mut wire = format!("g.wire({from}, {to_input});");
    if 4 + columns(&wire) > WIDTH {
        wire = format!("g.wire(\n        {from},\n        {to_input},\n    );");
    }
    out.mark(&wire, WorkflowPart::Wire(to.node.id.clone(), feed.input.clone()));
    out.line("");
}

/// Whether a number in the text looks like a mathematical constant, which lints would have written by its name.
fn has_known_constant(node: &GraphNode) -> bool {
    changed_settings(node).iter().flat_map(|(_, value)| value.decimals()).any(is_known)
}

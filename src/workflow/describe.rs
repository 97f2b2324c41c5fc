//! Node kinds as plain text, for `dnne nodes`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::schema::{NodeSchema, ParamSchema, ParamType, PortSchema};

/// Columns in which a text is still legible.
const LEAST_WIDTH: usize = 40;
/// Columns by which a text below its row is moved in.
const BELOW: usize = 6;
/// Bounds from here on are there to catch nonsense; printed, they would look like advice.
const NO_BOUND: f64 = 1e6;

/// A table of node kinds by category, in lines of `width` columns as far as words allow.
pub(super) fn list_nodes(schemas: &[&NodeSchema], width: usize) -> String {
    let mut categories: BTreeMap<&str, Vec<Row>> = BTreeMap::new();
    for schema in schemas {
        let sentences = schema.doc.split_inclusive(". ");
        let first = sentences.take(1).collect::<String>();
        let row =
            Row { cells: vec![schema.class_type.to_owned()], text: first.trim_end().to_owned() };
        categories.entry(schema.category).or_default().push(row);
    }
    let widest = schemas.iter().map(|s| s.class_type.len()).max();
    let mut text = String::new();
    for (category, rows) in categories {
        table(&mut text, category, &rows, widest, (Text::Beside, width));
        text.push('\n');
    }
    text.push_str("`dnne nodes NAME` shows a node's inputs, outputs and parameters.\n");
    text
}

/// Everything about one node kind, in lines of `width` columns as far as words allow.
pub(super) fn describe_node(schema: &NodeSchema, width: usize) -> String {
    let mut text = format!("{}  ({})\n", schema.class_type, schema.category);
    if !schema.aliases.is_empty() {
        let _ = writeln!(text, "also called {}", schema.aliases.join(", "));
    }
    text.push_str("\n  ");
    wrap(&mut text, schema.doc, 2, width);
    let sections: [(&str, Vec<Row>, Text); 3] = [
        ("Inputs", schema.inputs.iter().map(port_row).collect(), Text::Beside),
        ("Outputs", schema.outputs.iter().map(port_row).collect(), Text::Beside),
        // Three cells would leave no room beside them.
        ("Parameters", schema.params.iter().map(param_row).collect(), Text::Below),
    ];
    for (heading, rows, place) in sections.iter().filter(|(_, rows, _)| !rows.is_empty()) {
        text.push('\n');
        table(&mut text, heading, rows, None, (*place, width));
    }
    text
}

/// Where the text of a row stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Text {
    /// In a column of its own.
    Beside,
    /// On lines of its own.
    Below,
}

/// Aligned cells, and a text that may run over several lines.
struct Row {
    cells: Vec<String>,
    text: String,
}

/// A heading and its rows; `first_width` is the least width of the first column. Texts beside the cells go below
/// them where a line has no room for them.
fn table(
    text: &mut String,
    heading: &str,
    rows: &[Row],
    first_width: Option<usize>,
    (place, line_width): (Text, usize),
) {
    let columns = rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.cells.get(column));
        let widest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
        widest.max(first_width.filter(|_| column == 0).unwrap_or(0))
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let indent = widths.iter().map(|w| w + 2).sum::<usize>() + 2;
    let has_room = indent + LEAST_WIDTH / 2 <= line_width;
    let place = if has_room { place } else { Text::Below };
    let _ = writeln!(text, "{heading}");
    for row in rows {
        text.push_str("  ");
        for (cell, width) in row.cells.iter().zip(&widths) {
            let _ = write!(text, "{cell:width$}  ");
        }
        match place {
            Text::Beside => wrap(text, &row.text, indent, line_width),
            Text::Below => {
                text.truncate(text.trim_end().len());
                let _ = write!(text, "\n{:BELOW$}", "");
                wrap(text, &row.text, BELOW, line_width);
            }
        }
    }
}

fn port_row(port: &PortSchema) -> Row {
    let mut kind = port.port_type.to_string();
    for (set, word) in
        [(port.optional, "optional"), (port.held, "held"), (port.variadic, "any number")]
    {
        if set {
            let _ = write!(kind, ", {word}");
        }
    }
    Row { cells: vec![port.name.to_owned(), kind], text: port.doc.to_owned() + &also(port.aliases) }
}

fn param_row(param: &ParamSchema) -> Row {
    let mut default = param.param_type.default_value().to_string();
    if !param.unit.is_empty() {
        let _ = write!(default, " {}", param.unit);
    }
    let mut text = param.doc.to_owned() + &also(param.aliases);
    if let Some(reason) = param.ignored {
        let _ = write!(text, " No effect: {reason}.");
    }
    Row { cells: vec![param.name.to_owned(), default, allowed(&param.param_type)], text }
}

/// What values a parameter takes, in a word or two.
fn allowed(param_type: &ParamType) -> String {
    match param_type {
        ParamType::Float { min, max, .. } => bounds(*min, *max, "number"),
        ParamType::Int { min, max, .. } => bounds(*min as f64, *max as f64, "whole"),
        ParamType::Bool { .. } => "true/false".to_owned(),
        ParamType::Text { .. } => "text".to_owned(),
        ParamType::Choice { options, .. } => options.join("/"),
        ParamType::IntList { min, max, .. } => {
            format!("list of {}", bounds(*min as f64, *max as f64, "whole"))
        }
    }
}

fn bounds(min: f64, max: f64, kind: &str) -> String {
    match (min > -NO_BOUND, max < NO_BOUND) {
        (true, true) => format!("{min}..{max}"),
        (true, false) => format!("{min} or more"),
        (false, true) => format!("{max} or less"),
        (false, false) => kind.to_owned(),
    }
}

fn also(aliases: &[&str]) -> String {
    match aliases {
        [] => String::new(),
        names => format!(" (also {})", names.join(", ")),
    }
}

/// Adds a paragraph to a line that already reaches to column `indent`; later lines begin there and end at `width`.
fn wrap(text: &mut String, paragraph: &str, indent: usize, width: usize) {
    let width = width.max(LEAST_WIDTH);
    let mut column = indent;
    for word in paragraph.split_whitespace() {
        let length = word.chars().count();
        if column > indent && column + 1 + length > width {
            text.push('\n');
            text.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else if column > indent {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += length;
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::PortType;

    static NODE: NodeSchema = NodeSchema {
        class_type: "Thing",
        category: "things",
        doc: "Does one thing. Then another.",
        inputs: &[PortSchema::new("a", PortType::Model, "An a.").held()],
        params: &[
            ParamSchema::float("force", 2.0, 0.0, 1e9, "A force.").unit("N"),
            ParamSchema::choice("way", "up", &["up", "down"], "Where to.").aliases(&["to"]),
        ],
        ..NodeSchema::EMPTY
    };

    #[test]
    fn a_description_is_a_page_of_aligned_tables() {
        let page = "\
Thing  (things)

  Does one thing. Then another.

Inputs
  a  MODEL, held  An a.

Parameters
  force  2 N   0 or more
      A force.
  way    \"up\"  up/down
      Where to. (also to)
";
        assert_eq!(describe_node(&NODE, 100), page);
    }

    #[test]
    fn the_list_gives_each_kind_a_sentence() {
        let list = list_nodes(&[&NODE], 100);
        assert!(list.starts_with("things\n  Thing  Does one thing.\n\n"), "{list}");
    }

    #[test]
    fn long_texts_go_on_below_where_they_began() {
        for width in [60, 100, 160] {
            let mut text = "    ".to_owned();
            wrap(&mut text, &"word ".repeat(80), 4, width);
            assert!(text.lines().all(|l| l.len() <= width && l.starts_with("    word")));
            let longest = text.lines().map(str::len).max();
            assert!(longest.is_some_and(|longest| longest + 5 > width), "{width}: {text}");
            assert_eq!(text.matches("word").count(), 80);
        }
    }

    #[test]
    fn texts_stand_below_their_cells_in_a_narrow_terminal() {
        let row = Row { cells: vec!["a_long_name".into(); 3], text: "what it is".into() };
        let mut text = String::new();
        table(&mut text, "Things", &[row], None, (Text::Beside, 50));
        let row = "  a_long_name  a_long_name  a_long_name";
        assert_eq!(text, format!("Things\n{row}\n      what it is\n"));
    }
}

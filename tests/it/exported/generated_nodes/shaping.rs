//! What a RewardShaper computes: named terms and weights, compiled over the columns of a step.

use dnne::diagnostic::did_you_mean;
use dnne::nodes::NodeError;
use dnne::scene::expression::{Table, TableProgram, ValueType};
use dnne::workflow::{EnvironmentSpec, GraphNode};

/// Terms and weights, compiled.
#[derive(Clone, Debug)]
pub(crate) struct Shaping {
    /// Columns of the scene's terms that have a weight.
    weighted: Vec<(usize, TableProgram)>,
    terms: Vec<Term>,
    names: Vec<String>,
    reward_column: usize,
    /// Numbers in a row.
    n_columns: usize,
}

#[derive(Clone, Debug)]
struct Term {
    program: TableProgram,
    weight: Option<TableProgram>,
}

/// `NAME: EXPRESSION`, as it stands in a parameter.
struct Entry<'t> {
    name: &'t str,
    expression: &'t str,
    text: &'t str,
}

impl Shaping {
    /// Reads a node's terms and weights; all that is wrong with them.
    pub(crate) fn new(node: &GraphNode, spec: &EnvironmentSpec) -> Result<Self, Vec<NodeError>> {
        let text = |field| node.text(field).map_err(|error| vec![NodeError::from(error)]);
        let (terms, weights) = (text("terms")?, text("weights")?);
        let columns = Columns::new(node, spec);
        let mut errors = Vec::new();
        let mut names: Vec<String> = Vec::new();
        let mut compiled = Vec::new();
        for entry in entries("terms", &terms, &mut errors) {
            let is_taken = names.iter().chain(&spec.reward_names).any(|name| name == entry.name);
            if is_taken {
                let message = format!("there is a term \"{}\" already; rename one", entry.name);
                errors.push(NodeError::Field { field: "terms", message });
            }
            match columns.compile("terms", &entry) {
                Ok(program) => compiled.push(Term { program, weight: None }),
                Err(error) => errors.push(error),
            }
            names.push(entry.name.to_owned());
        }
        let mut weighted: Vec<(usize, TableProgram)> = Vec::new();
        for entry in entries("weights", &weights, &mut errors) {
            let position = |names: &[String]| names.iter().position(|name| name == entry.name);
            let (own, of_scene) = (position(&names), position(&spec.reward_names));
            let program = match columns.compile("weights", &entry) {
                Ok(program) => program,
                Err(error) => {
                    errors.push(error);
                    continue;
                }
            };
            match (own, of_scene) {
                (Some(own), _) if errors.is_empty() => compiled[own].weight = Some(program),
                (Some(_), _) => {}
                (None, Some(term)) => weighted.push((columns.first_term + term, program)),
                (None, None) => {
                    let known: Vec<&str> =
                        names.iter().chain(&spec.reward_names).map(String::as_str).collect();
                    let hint = did_you_mean(entry.name, &known);
                    let message = format!("no term is called \"{}\"; {hint}", entry.name);
                    errors.push(NodeError::Field { field: "weights", message });
                }
            }
        }
        let reward_column = columns.first_term + spec.reward_names.len();
        match errors.is_empty() {
            true => {
                let n_columns = columns.table.width();
                Ok(Self { weighted, terms: compiled, names, reward_column, n_columns })
            }
            false => Err(errors),
        }
    }

    /// Numbers in the rows that it takes.
    pub(crate) fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// The names of the terms that are added.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Appends to `out` the shaped reward of one environment, then each term as it was added.
    pub(crate) fn run(&self, row: &[f64], registers: &mut Vec<f64>, out: &mut Vec<f64>) {
        let at = out.len();
        out.push(row[self.reward_column]);
        for (column, weight) in &self.weighted {
            out[at] += (weight.run(row, registers) - 1.0) * row[*column];
        }
        for term in &self.terms {
            let weight = term.weight.as_ref().map_or(1.0, |weight| weight.run(row, registers));
            let value = weight * term.program.run(row, registers);
            out[at] += value;
            out.push(value);
        }
    }
}

/// The columns that a node's expressions read: those of the tensors that are connected.
struct Columns {
    table: Table,
    first_term: usize,
    /// What could be read if the input were connected: function or name, and input.
    absent: Vec<(&'static str, &'static str)>,
}

impl Columns {
    fn new(node: &GraphNode, spec: &EnvironmentSpec) -> Self {
        let mut table = Table::default();
        let mut absent = Vec::new();
        let vector = spec.observations.first_vector();
        let names = vector.map_or(&[][..], |vector| vector.components.as_slice());
        table.family("obs", names);
        for (function, input, members) in
            [("previous_obs", "states", names), ("action", "actions", &spec.action_names[..])]
        {
            match node.source(input) {
                Some(_) => table.family(function, members),
                None => absent.push((function, input)),
            }
        }
        let first_term = table.width();
        table.family("term", &spec.reward_names);
        table.value("reward", ValueType::Number);
        table.value("progress", ValueType::Number);
        for name in ["terminated", "truncated"] {
            match node.source("dones") {
                Some(_) => table.value(name, ValueType::Truth),
                None => absent.push((name, "dones")),
            }
        }
        table.group("observations", names);
        table.group("actions", &spec.action_names);
        let mut families: Vec<&str> = names.iter().filter_map(|name| family(name)).collect();
        families.dedup();
        for family_name in families {
            let members = names.iter().filter(|name| family(name) == Some(family_name));
            table.group(family_name, &members.cloned().collect::<Vec<_>>());
        }
        Self { table, first_term, absent }
    }

    fn compile(&self, field: &'static str, entry: &Entry<'_>) -> Result<TableProgram, NodeError> {
        self.table.compile(entry.expression).map_err(|error| {
            let place = entry.text.len() - entry.expression.len() + error.span.start + 1;
            let is_meant = |name: &str| error.message.contains(&format!("`{name}`"));
            let reason = match self.absent.iter().find(|(name, _)| is_meant(name)) {
                Some((name, input)) => {
                    format!("nothing is known of `{name}`; connect the input `{input}`")
                }
                None => error.to_string(),
            };
            let message = format!("in \"{}\", at {place}: {reason}", entry.text);
            NodeError::Field { field, message }
        })
    }
}

/// `joint` of `joint[knee]`.
fn family(name: &str) -> Option<&str> {
    Some(name.strip_suffix(']')?.split_once('[')?.0)
}

/// The entries of a parameter, with semicolons or line breaks between them.
fn entries<'t>(field: &'static str, text: &'t str, errors: &mut Vec<NodeError>) -> Vec<Entry<'t>> {
    let mut found: Vec<Entry<'t>> = Vec::new();
    for text in text.split([';', '\n']).map(str::trim).filter(|text| !text.is_empty()) {
        let wrong = match text.split_once(':').map(|(name, rest)| (name.trim(), rest.trim())) {
            None | Some(("", _)) => format!("\"{text}\" has no name; write NAME: EXPRESSION"),
            Some((name, _)) if found.iter().any(|entry| entry.name == name) => {
                format!("\"{name}\" is there twice; keep one")
            }
            Some((name, expression)) => {
                found.push(Entry { name, expression, text });
                continue;
            }
        };
        errors.push(NodeError::Field { field, message: wrong });
    }
    found
}

//! What a RewardShaper computes: named terms and weights, compiled over the columns of a step.

use crate::diagnostic::did_you_mean;
use crate::nodes::NodeError;
use crate::scene::expression::{Table, TableProgram, ValueType};
use crate::workflow::{EnvironmentSpec, GraphNode};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::{ActionSpace, ObservationGroup, ObservationSpace, ObservationStream};
    use crate::workflow::{Feed, NodeSchema, OutputRef, ParamValue};

    static PLAIN: NodeSchema = NodeSchema::EMPTY;

    fn spec() -> EnvironmentSpec {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        EnvironmentSpec {
            name: "Walker".to_owned(),
            observations: ObservationSpace::new(vec![ObservationStream::named(
                ObservationStream::OBSERVATIONS,
                names(&["height", "joint[hip]", "joint[knee]"]),
                ObservationGroup::Policy,
            )])
            .unwrap(),
            actions: ActionSpace::Continuous(1),
            action_names: names(&["motor"]),
            reward_names: names(&["forward", "effort"]),
            refusals: Vec::new(),
            needs_host: None,
        }
    }

    fn shaping(terms: &str, weights: &str, inputs: &[&str]) -> Result<Shaping, Vec<String>> {
        let text = |text: &str| ParamValue::Text(text.to_owned());
        let params = [("terms", text(terms)), ("weights", text(weights))];
        let feed = |input: &&str| Feed {
            input: (*input).to_owned(),
            source: OutputRef { node: 0, output: 0 },
        };
        let node = GraphNode {
            id: "7".to_owned(),
            class: &PLAIN,
            title: String::new(),
            params: params.map(|(name, value)| (name.to_owned(), value)).into(),
            inputs: inputs.iter().map(feed).collect(),
        };
        let said = |errors: Vec<NodeError>| errors.iter().map(ToString::to_string).collect();
        Shaping::new(&node, &spec()).map_err(said)
    }

    const ALL: [&str; 3] = ["states", "actions", "dones"];
    /// obs, previous_obs, action, term, reward, progress, terminated, truncated.
    const ROW: [f64; 13] = [1.0, 2.0, 3.0, 0.5, 2.0, 3.0, -0.5, 4.0, -1.0, 3.0, 0.25, 1.0, 0.0];

    fn run(terms: &str, weights: &str) -> Vec<f64> {
        let shaping = shaping(terms, weights, &ALL).unwrap();
        let mut out = Vec::new();
        shaping.run(&ROW, &mut Vec::new(), &mut out);
        out
    }

    #[test]
    fn terms_are_added_to_the_reward() {
        assert_eq!(run("", ""), [3.0]);
        let terms = "rise: obs(height) - previous_obs(0); bend: sum(joint, obs(it)); \n\
                     effort_2: -action(motor)^2\nearly: if(terminated and progress < 0.5, -1, 0)";
        assert_eq!(run(terms, ""), [3.0 + 0.5 + 5.0 - 0.25 - 1.0, 0.5, 5.0, -0.25, -1.0]);
    }

    #[test]
    fn weights_are_for_the_scenes_terms_and_ones_own() {
        assert_eq!(run("", "effort: 3"), [3.0 - 2.0]);
        assert_eq!(run("", "forward: progress; effort: 0"), [3.0 - 3.0 + 1.0]);
        assert_eq!(run("bonus: term(forward)", "bonus: 0.5"), [5.0, 2.0]);
    }

    #[test]
    fn mistakes_are_all_told_with_place_and_remedy() {
        let said = |terms, weights, inputs: &[&str]| {
            shaping(terms, weights, inputs).unwrap_err().join("\n")
        };
        let two = said("a: obs(hieght); b: 1 +", "", &ALL);
        assert!(two.contains("`terms`: in \"a: obs(hieght)\", at 8"), "{two}");
        assert!(two.contains("did you mean `height`?") && two.contains("b: 1 +"), "{two}");
        for (terms, weights, inputs, part) in [
            ("obs(height)", "", &ALL[..], "write NAME: EXPRESSION"),
            ("a: 1; a: 2", "", &ALL, "twice"),
            ("effort: 1", "", &ALL, "already"),
            ("a: 1", "forwrd: 2", &ALL, "did you mean \"forward\"?"),
            ("a: previous_obs(0)", "", &[], "connect the input `states`"),
            ("a: action(0)", "", &[], "connect the input `actions`"),
            ("a: if(terminated, 1, 0)", "", &[], "connect the input `dones`"),
            ("a: term(uprigt)", "", &ALL, "unknown term"),
            ("a: reward > 0", "", &ALL, "a number is needed"),
        ] {
            let said = said(terms, weights, inputs);
            assert!(said.contains(part), "{terms} {weights}: {said}");
        }
    }
}

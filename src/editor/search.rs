//! Finding a node kind by a few letters.

use super::canvas::types_suit;
use crate::workflow::{NodeSchema, Registry};
use std::collections::HashMap;

/// How well a kind answers a search; less is better.
type Rank = (u8, i64, usize);

/// The kinds that a search means, the best first. Words look at titles, class names, aliases and descriptions;
/// `in:rewards` and `out:actions` at names and types of ports. `usage` counts how often each was chosen.
pub(crate) fn find(
    registry: &Registry,
    search: &str,
    usage: &HashMap<String, u32>,
    suits: impl Fn(&'static NodeSchema) -> bool,
) -> Vec<&'static NodeSchema> {
    let words: Vec<String> = search.split_whitespace().map(str::to_lowercase).collect();
    let mut found: Vec<(Rank, &'static NodeSchema)> = registry
        .iter()
        .enumerate()
        .filter(|(_, schema)| suits(schema))
        .filter_map(|(position, schema)| {
            let mut worst = 0;
            for word in &words {
                worst = worst.max(rank(schema, word)?);
            }
            let used = usage.get(schema.class_type).copied().unwrap_or(0);
            Some(((worst, -i64::from(used), position), schema))
        })
        .collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, schema)| schema).collect()
}

/// How well a word is met: 0 by the beginning of the title, then of a name, of a word, inside one, in the
/// description.
fn rank(schema: &NodeSchema, word: &str) -> Option<u8> {
    if let Some(wanted) = word.strip_prefix("in:") {
        let mut inputs = schema.inputs.iter();
        return inputs.any(|port| is_meant(port.name, port.port_type.name(), wanted)).then_some(0);
    }
    if let Some(wanted) = word.strip_prefix("out:") {
        let mut outputs = schema.outputs.iter();
        return outputs.any(|port| is_meant(port.name, port.port_type.name(), wanted)).then_some(0);
    }
    let title = schema.title.to_lowercase();
    let names: Vec<String> = std::iter::once(&schema.class_type)
        .chain(schema.aliases)
        .map(|name| name.to_lowercase())
        .collect();
    if title.starts_with(word) {
        Some(0)
    } else if names.iter().any(|name| name.starts_with(word)) {
        Some(1)
    } else if title.split([' ', '-']).any(|part| part.starts_with(word)) {
        Some(2)
    } else if title.contains(word) || names.iter().any(|name| name.contains(word)) {
        Some(3)
    } else if schema.category.contains(word) || schema.doc.to_lowercase().contains(word) {
        Some(4)
    } else {
        None
    }
}

fn is_meant(name: &str, port_type: &str, wanted: &str) -> bool {
    name.to_lowercase().contains(wanted) || port_type.to_lowercase().contains(wanted)
}

/// The first input of a kind that an output of this name and type may feed, best by name.
pub(crate) fn input_for(
    schema: &'static NodeSchema,
    name: &str,
    port_type: &str,
) -> Option<&'static str> {
    best(schema.inputs.iter().map(|port| (port.name, port.port_type.name())), name, |input| {
        types_suit(port_type, input)
    })
}

/// The first output of a kind that may feed an input of this name and type, best by name.
pub(crate) fn output_for(
    schema: &'static NodeSchema,
    name: &str,
    port_type: &str,
) -> Option<&'static str> {
    best(schema.outputs.iter().map(|port| (port.name, port.port_type.name())), name, |output| {
        types_suit(output, port_type)
    })
}

fn best(
    ports: impl Iterator<Item = (&'static str, &'static str)>,
    name: &str,
    suits: impl Fn(&str) -> bool,
) -> Option<&'static str> {
    let suiting: Vec<(&str, &str)> = ports.filter(|(_, port_type)| suits(port_type)).collect();
    // Rewards and observations have one type: the name tells them apart.
    let stem = |name: &str| name.trim_end_matches('s').to_owned();
    let like = suiting.iter().find(|(port, _)| {
        let (port, name) = (stem(port), stem(name));
        port.contains(&name) || name.contains(&port)
    });
    let other = suiting.iter().find(|(port, port_type)| {
        let is_special = |name: &str| name.contains("reward") || name.contains("done");
        *port_type == "*" || is_special(port) == is_special(name)
    });
    like.or(other).map(|(port, _)| *port)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nodes::registry;

    fn first(search: &str) -> Option<&'static str> {
        find(registry(), search, &HashMap::new(), |_| true).first().map(|it| it.class_type)
    }

    #[test]
    fn kinds_are_found_by_title_class_alias_description_and_ports() {
        let cases = [
            ("ppo tr", Some("PPOTrainerNode")),
            ("isaacgymstep", Some("IsaacGymStepNode")),
            ("ORRouter", Some("ORNode")),
            ("printvalue", Some("DebugPrint")),
            ("in:rewards out:loss", Some("PPOTrainerNode")),
            ("out:policy_output", Some("PPOAgentNode")),
            ("xyzzy", None),
        ];
        for (search, expected) in cases {
            assert_eq!(first(search), expected, "{search:?}");
        }
    }

    #[test]
    fn what_is_used_most_comes_first_among_equals() {
        let usage = HashMap::from([("ConsoleLogger".to_owned(), 3)]);
        let found = find(registry(), "", &usage, |_| true);
        assert_eq!(found[0].class_type, "ConsoleLogger");
        assert_eq!(found.len(), registry().iter().count());
    }

    #[test]
    fn rewards_are_not_wired_to_states() {
        let trainer = registry().find("PPOTrainerNode").unwrap();
        assert_eq!(input_for(trainer, "rewards", "TENSOR"), Some("rewards"));
        assert_eq!(input_for(trainer, "observations", "TENSOR"), Some("states"));
        assert_eq!(input_for(trainer, "sim", "SIM_HANDLE"), None);
        let step = registry().find("IsaacGymStepNode").unwrap();
        assert_eq!(output_for(step, "rewards", "TENSOR"), Some("rewards"));
        assert_eq!(output_for(step, "states", "TENSOR"), Some("observations"));
    }
}

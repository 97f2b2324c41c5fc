//! Workflows through the whole of reading and checking, with the real node kinds.

mod august;
mod comfy;
mod diagnostics;
mod documents;
mod editing;
mod edits;
mod graphs;
mod hostile;
mod idle;
mod mistakes;
mod schemas;
mod shipped;
mod vision;

use serde_json::Value;

use super::registry;
use crate::diagnostic::{Diagnostic, has_errors};
use crate::space::{ActionSpace, ObservationGroup, ObservationSpace, ObservationStream};
use crate::workflow::{
    Document, EnvironmentCatalog, EnvironmentProblem, EnvironmentSpec, Graph, Loaded, load_bytes,
};

/// Cartpole by hand, in the API form.
const SINGLE: &str = include_str!("../../../workflows/cartpole_single.json");
/// Cartpole in the UI form, with notes, loggers and groups.
const CARTPOLE: &str = include_str!("../../../workflows/cartpole_ppo.json");
/// Cartpole with chosen actions.
const CARTPOLE_V1: &str = include_str!("../../../workflows/cartpole_v1_ppo.json");
/// As DNNE saves it: old slots, positional widgets, states fed by the step.
const DNNE_UI: &str = include_str!("../../../tests/data/dnne_cartpole_ui.json");
/// The same in the API form.
const DNNE_API: &str = include_str!("../../../tests/data/dnne_cartpole_api.json");

/// Five environments that work and one that does not.
struct Worlds;

impl EnvironmentCatalog for Worlds {
    fn names(&self) -> Vec<String> {
        ["Cartpole", "CartpoleV1", "Gears", "Ant", "Privileged", "Broken"]
            .map(String::from)
            .to_vec()
    }

    fn spec(&self, env_name: &str) -> Result<EnvironmentSpec, EnvironmentProblem> {
        let (obs_dim, actions) = match env_name {
            "Cartpole" | "Privileged" => (4, ActionSpace::Continuous(1)),
            "CartpoleV1" => (4, ActionSpace::Discrete(2)),
            "Gears" => (4, ActionSpace::MultiDiscrete(vec![2, 3])),
            "Ant" => (60, ActionSpace::Continuous(8)),
            "Broken" => {
                let reason = "line 3: unknown body \"pole\"".to_owned();
                return Err(EnvironmentProblem::Unusable(reason));
            }
            _ => return Err(EnvironmentProblem::Unknown("worlds".to_owned())),
        };
        let mut observations = ObservationSpace::vector(obs_dim);
        if env_name == "Privileged" {
            let names = vec![String::new(); 2];
            let more = ObservationStream::named(
                ObservationStream::CRITIC_OBSERVATIONS,
                names,
                ObservationGroup::Critic,
            );
            observations = observations.with(more).unwrap();
        }
        Ok(EnvironmentSpec {
            name: String::new(),
            observations,
            actions,
            action_names: Vec::new(),
            reward_names: Vec::new(),
            refusals: Vec::new(),
            needs_host: None,
        })
    }
}

fn checked(text: &str) -> Loaded {
    load_bytes(text.as_bytes(), Some("x.json"), registry(), &Worlds)
}

fn document(text: &str) -> Document {
    Document::parse(text.as_bytes(), Some("x.json")).0.unwrap()
}

/// The graph of a workflow without errors.
fn graph(text: &str) -> Graph {
    let loaded = checked(text);
    let lines: Vec<_> = loaded.diagnostics.iter().map(|d| d.to_string()).collect();
    assert!(!has_errors(&loaded.diagnostics), "{}", lines.join("\n"));
    loaded.graph.unwrap()
}

/// `text` with one change to its JSON tree.
fn edited(text: &str, edit: impl FnOnce(&mut Value)) -> String {
    let mut root: Value = serde_json::from_str(text).unwrap();
    edit(&mut root);
    format!("{root:#}")
}

/// The one diagnostic with this code.
#[track_caller]
fn only<'d>(diagnostics: &'d [Diagnostic], code: &str) -> &'d Diagnostic {
    let found: Vec<_> = diagnostics.iter().filter(|d| d.code == code).collect();
    assert_eq!(found.len(), 1, "{code} among {diagnostics:#?}");
    found[0]
}

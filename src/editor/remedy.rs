//! Automatic fixes: for findings with only one possible fix, the edit that makes it.

use super::canvas::{Hit, Plan, reference, suits};
use crate::diagnostic::Diagnostic;
use crate::workflow::{Edit, NodeSchema, Registry, Role};
use serde_json::Value;

/// A remedy: what its button says, and what it does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Remedy {
    pub says: String,
    pub edit: Edit,
}

/// The remedy for a finding, where one is clear.
pub(crate) fn remedy(found: &Diagnostic, plan: &Plan, registry: &Registry) -> Option<Remedy> {
    match found.code {
        "missing-input" | "missing-trigger" => connect(found, plan),
        "unknown-choice" | "unknown-environment" => choose(found),
        "out-of-range" | "wrong-type" | "not-finite" => to_default(found, plan),
        "empty-workflow" => begin(registry),
        _ => None,
    }
}

/// The one output that an input can only mean.
fn connect(found: &Diagnostic, plan: &Plan) -> Option<Remedy> {
    let (node, field) = (found.node.as_deref()?, found.field.as_deref()?);
    let to = plan.position(node)?;
    let input = plan.nodes[to].inputs.iter().position(|port| port.name == field)?;
    let port = &plan.nodes[to].inputs[input];
    let mut candidates = Vec::new();
    for (i, from) in plan.nodes.iter().enumerate().filter(|(i, _)| *i != to) {
        for (k, output) in from.outputs.iter().enumerate() {
            if suits(output, port) && output.port_type != "*" && !passes(from.schema) {
                candidates.push((i, k));
            }
        }
    }
    let stem = |name: &str| name.trim_end_matches('s').to_owned();
    let is_namesake =
        |&(i, k): &(usize, usize)| stem(&plan.nodes[i].outputs[k].name) == stem(&port.name);
    let namesakes: Vec<(usize, usize)> = candidates.iter().copied().filter(is_namesake).collect();
    let chosen = match (&namesakes[..], &candidates[..]) {
        ([one], _) | (_, [one]) => *one,
        _ => return None,
    };
    let output = &plan.nodes[chosen.0].outputs[chosen.1];
    Some(Remedy {
        says: format!("Connect {} \u{b7} {}", plan.nodes[chosen.0].title, output.name),
        edit: Edit::Connect {
            from: reference(plan, Hit::Output(chosen.0, chosen.1))?,
            to: reference(plan, Hit::Input(to, input))?,
        },
    })
}

fn passes(schema: Option<&'static NodeSchema>) -> bool {
    schema.is_some_and(|schema| matches!(schema.role, Role::PassThrough | Role::Reroute))
}

/// The word that was probably meant.
fn choose(found: &Diagnostic) -> Option<Remedy> {
    let meant = found.remedy.strip_prefix("did you mean \"")?.split('"').next()?;
    Some(Remedy {
        says: format!("Choose {meant}"),
        edit: Edit::SetParam {
            node: found.node.clone()?,
            param: found.field.clone()?,
            value: Value::from(meant),
        },
    })
}

fn to_default(found: &Diagnostic, plan: &Plan) -> Option<Remedy> {
    let (node, field) = (found.node.as_deref()?, found.field.as_deref()?);
    let (_, param) = plan.node(node)?.schema?.param(field)?;
    let default = param.param_type.default_value();
    Some(Remedy {
        says: format!("Back to {default}"),
        edit: Edit::SetParam {
            node: node.to_owned(),
            param: param.name.to_owned(),
            value: default.to_json(),
        },
    })
}

/// An empty canvas gets an environment.
fn begin(registry: &Registry) -> Option<Remedy> {
    let schema = registry.iter().find(|schema| schema.role == Role::Environment)?;
    let node = crate::workflow::NodeToAdd {
        class: schema.class_type.to_owned(),
        at: [40.0, 120.0],
        ..Default::default()
    };
    Some(Remedy { says: format!("Add {}", schema.title), edit: Edit::AddNode(node) })
}

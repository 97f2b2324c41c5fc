//! A wire that is being drawn: where it may end, and what its end means.

use super::super::flow::Flow;
use super::hit::Hit;
use super::plan::{NodePlan, Plan, PortPlan, Shape};
use crate::workflow::{Edit, PortRef, PortType};
use bevy_egui::egui::Pos2;
use std::collections::HashSet;

/// A fitting port takes the wire from this far [screen points].
const SNAP: f32 = 28.0;

/// A wire one end of which is held by the mouse.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Loose {
    /// The port at the other end: an output, or an input.
    pub fixed: Hit,
    /// The link that it is, of one that was there.
    pub link: Option<String>,
    /// Whether all wires of the output are held.
    pub all: bool,
    /// Where the mouse is [canvas points].
    pub end: Pos2,
    /// The port that would take it.
    pub snapped: Option<Hit>,
}

impl Loose {
    pub(crate) fn new(fixed: Hit, end: Pos2) -> Self {
        Self { fixed, link: None, all: false, end, snapped: None }
    }

    /// Whether it is an input that the mouse looks for.
    pub(crate) fn seeks_input(&self) -> bool {
        matches!(self.fixed, Hit::Output(..)) && !self.all
    }

    /// The ports that would take it.
    pub(crate) fn fitting(&self, plan: &Plan) -> HashSet<Hit> {
        let Some((_, fixed)) = port(plan, self.fixed) else { return HashSet::new() };
        let mut fitting = HashSet::new();
        for (i, node) in plan.nodes.iter().enumerate().filter(|(_, node)| has_ports(node)) {
            if self.seeks_input() {
                let ports = node.inputs.iter().enumerate();
                let fits = ports.filter(|(_, input)| suits(fixed, input));
                fitting.extend(fits.map(|(k, _)| Hit::Input(i, k)));
            } else {
                let ports = node.outputs.iter().enumerate();
                let fits = ports.filter(|(_, output)| match self.fixed {
                    Hit::Input(..) => suits(output, fixed),
                    // All wires of one output go over to another.
                    _ => same_type(output, fixed),
                });
                fitting.extend(fits.map(|(k, _)| Hit::Output(i, k)));
            }
        }
        // A node cannot feed itself, and what holds the wire is no other end.
        let own = self.fixed.node();
        fitting.retain(|hit| hit.node() != own || (self.all && *hit != self.fixed));
        fitting
    }

    /// The fitting port that is meant at a point: the nearest within reach, or the first free one of the node
    /// there.
    pub(crate) fn snap(&self, plan: &Plan, fitting: &HashSet<Hit>, zoom: f32) -> Option<Hit> {
        let place = |hit: Hit| port(plan, hit).map(|(_, port)| (port.at, port.is_wired));
        let mut near: Vec<(f32, Hit)> = fitting
            .iter()
            .filter_map(|hit| Some((place(*hit)?.0.distance(self.end), *hit)))
            .filter(|(distance, _)| *distance <= SNAP / zoom)
            .collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((_, hit)) = near.first() {
            return Some(*hit);
        }
        let node = plan.nodes.iter().rposition(|node| node.rect.contains(self.end))?;
        let mut of_node: Vec<Hit> =
            fitting.iter().copied().filter(|hit| hit.node() == Some(node)).collect();
        of_node.sort_by_key(|hit| match hit {
            Hit::Input(_, k) | Hit::Output(_, k) => {
                (place(*hit).is_some_and(|(_, wired)| wired), *k)
            }
            _ => (true, 0),
        });
        of_node.first().copied()
    }

    /// What letting it go at a port does.
    pub(crate) fn connect(&self, plan: &Plan, at: Hit) -> Option<Edit> {
        let (fixed, end) = (reference(plan, self.fixed)?, reference(plan, at)?);
        Some(match (&self.link, self.fixed) {
            (Some(link), Hit::Output(..)) => Edit::MoveLink { link: link.clone(), to: end },
            _ if self.all => Edit::MoveOutput { from: fixed, to: end },
            (_, Hit::Output(..)) => Edit::Connect { from: fixed, to: end },
            _ => Edit::Connect { from: end, to: fixed },
        })
    }

    /// What flows along it.
    pub(crate) fn flow(&self, plan: &Plan) -> Flow {
        port(plan, self.fixed).map_or(Flow::Other, |(_, port)| port.flow)
    }
}

/// The port that was hit.
pub(crate) fn port(plan: &Plan, hit: Hit) -> Option<(&NodePlan, &PortPlan)> {
    match hit {
        Hit::Input(node, k) => {
            let node = plan.nodes.get(node)?;
            Some((node, node.inputs.get(k)?))
        }
        Hit::Output(node, k) => {
            let node = plan.nodes.get(node)?;
            Some((node, node.outputs.get(k)?))
        }
        _ => None,
    }
}

/// How edits name a port.
pub(crate) fn reference(plan: &Plan, hit: Hit) -> Option<PortRef> {
    let (node, port) = port(plan, hit)?;
    Some(PortRef { node: node.id.clone(), port: port.port.clone() })
}

/// Whether an output may feed an input.
pub(crate) fn suits(output: &PortPlan, input: &PortPlan) -> bool {
    types_suit(&output.port_type, &input.port_type)
        // Rows of rewards and of observations are both tensors, and never meant for each other.
        && (output.flow == input.flow
            || [output.flow, input.flow].contains(&Flow::Other)
            || !is_tensor(&output.port_type)
            || !is_tensor(&input.port_type))
}

/// The same by the types' names in files.
pub(crate) fn types_suit(output: &str, input: &str) -> bool {
    match (PortType::parse(output), PortType::parse(input)) {
        (Some(output), Some(input)) => {
            input.accepts(output)
                // DNNE's files know no type of their own for dones.
                || matches!((output, input), (PortType::Tensor, PortType::Dones) | (PortType::Dones, PortType::Tensor))
        }
        (Some(PortType::Any), None) | (None, Some(PortType::Any)) => true,
        _ => output == input,
    }
}

fn is_tensor(port_type: &str) -> bool {
    matches!(PortType::parse(port_type), Some(PortType::Tensor | PortType::Dones))
}

fn same_type(a: &PortPlan, b: &PortPlan) -> bool {
    a.flow == b.flow || a.port_type == b.port_type
}

fn has_ports(node: &NodePlan) -> bool {
    node.shape != Shape::Note
}

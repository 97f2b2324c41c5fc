//! What a node kind is: its ports and parameters, as plain data.
//!
//! A schema serves the checker, `dnne nodes`, the editor and the exporter, so that a node's name,
//! default or unit is written in one place. Schemas are `static` values in `src/nodes/kinds/`.

mod param;
mod port;
mod together;

pub use param::{ParamSchema, ParamType};
pub use port::{PortSchema, PortType};
pub use together::ParamGroup;

use super::check::EnvironmentSpec;
use super::graph::{Graph, GraphNode};
use crate::diagnostic::Diagnostic;

/// When a node fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Firing {
    /// When every connected input holds a fresh value; one of each is consumed.
    AllInputs,
    /// Once for each value that arrives on any input.
    EachInput,
}

/// Role of a node in a workflow, for checks that concern more than one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Nothing that the checker needs to know.
    Plain,
    /// Makes simulations: parameters `env_name`, `num_envs`; outputs `sim` and `observations`.
    Environment,
    /// Makes several simulations one: inputs `sim_a`, ...; outputs `sim` and `observations`.
    Join,
    /// Advances a simulation: inputs `sim`, `actions`, `trigger`.
    Step,
    /// Chooses actions: input `observations`.
    Policy,
    /// Turns a policy's output into continuous actions.
    ActionMap {
        /// How many actions it makes; none where it follows the policy.
        action_dim: Option<usize>,
    },
    /// Learns: inputs `states`, `policy_outputs`, `rewards`, `dones`, `model`; parameter `total_updates`, if
    /// it knows when training is over, which is never where that is 0.
    Trainer,
    /// Makes rewards of its own: input `observations`, of what a step led to.
    Shaper,
    /// Says how hard the task is, by the trainer's updates: input `loss_info`.
    Curriculum,
    /// Saves a network: inputs `model`, and `loss_info`, which by itself is the trainer's.
    Saver,
    /// Hands on what it gets: first input to first output.
    PassThrough,
    /// Holds one parameter `value`, which may feed parameters of other nodes.
    Constant,
    /// Only bends a link; gone from the graph.
    Reroute,
    /// Says something to the reader; gone from the graph.
    Comment,
}

/// One node kind.
#[derive(Debug)]
pub struct NodeSchema {
    /// Canonical `class_type`.
    pub class_type: &'static str,
    /// Other class names that files use for it.
    pub aliases: &'static [&'static str],
    /// Title on the canvas.
    pub title: &'static str,
    /// Where it stands in menus, such as `learning`.
    pub category: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// What part it plays.
    pub role: Role,
    /// When it fires.
    pub firing: Firing,
    /// Whether it goes on with numbers of environments that lie on a device, and only enqueues work there. Where a node
    /// that does not reads such numbers, all of the training's are on the processor.
    pub on_device: bool,
    /// Inputs, in slot order.
    pub inputs: &'static [PortSchema],
    /// Outputs, in slot order.
    pub outputs: &'static [PortSchema],
    /// Parameters, in the order of positional `widgets_values`.
    pub params: &'static [ParamSchema],
    /// Which of them say one thing together.
    pub together: &'static [ParamGroup],
    /// Names of the numbers that its updates report beside those of every trainer, of a trainer. Empty of one
    /// that does not say: they show with its first update.
    pub metrics: &'static [&'static str],
    /// What is wrong with a node of this kind beyond types and ranges; findings name their field.
    pub check: fn(&GraphNode) -> Vec<Diagnostic>,
    /// The same where it depends on other nodes: the node at this position of the graph.
    pub check_among: fn(&Graph, usize) -> Vec<Diagnostic>,
    /// The same where it depends on the environments: those that a policy's observations come from, one
    /// after the other; for every other node what the agent meets.
    pub check_in: fn(&Graph, usize, &EnvironmentSpec) -> Vec<Diagnostic>,
}

/// Kinds are told apart by name.
impl PartialEq for NodeSchema {
    fn eq(&self, other: &Self) -> bool {
        self.class_type == other.class_type
    }
}

impl NodeSchema {
    /// A node kind without ports and parameters, to be filled in by `..NodeSchema::EMPTY`.
    pub const EMPTY: NodeSchema = NodeSchema {
        class_type: "",
        aliases: &[],
        title: "",
        category: "",
        doc: "",
        role: Role::Plain,
        firing: Firing::AllInputs,
        on_device: false,
        inputs: &[],
        outputs: &[],
        params: &[],
        together: &[],
        metrics: &[],
        check: |_| Vec::new(),
        check_among: |_, _| Vec::new(),
        check_in: |_, _, _| Vec::new(),
    };

    /// The input called `name`, under its canonical name.
    pub fn input(&self, name: &str) -> Option<(&'static PortSchema, String)> {
        self.inputs.iter().find_map(|port| {
            if port.variadic
                && let Some(member) = port.member(name)
            {
                return Some((port, member));
            }
            port.is_called(name).then(|| (port, port.name.to_owned()))
        })
    }

    /// The input in slot `slot`, under its canonical name.
    pub fn input_at(&self, slot: usize) -> Option<(&'static PortSchema, String)> {
        if let Some(port) = self.inputs.get(slot)
            && !port.variadic
        {
            return Some((port, port.name.to_owned()));
        }
        let (port, before) = match self.inputs.split_last() {
            Some((port, before)) if port.variadic => (port, before.len()),
            _ => return None,
        };
        let position = slot.checked_sub(before)?;
        let member = port.member(&format!("{}{position}", port.stem()))?;
        Some((port, member))
    }

    /// The slot of the output called `name`.
    pub fn output(&self, name: &str) -> Option<usize> {
        self.outputs.iter().position(|port| port.is_called(name))
    }

    /// The parameter called `name` and its widget position.
    pub fn param(&self, name: &str) -> Option<(usize, &'static ParamSchema)> {
        let position = self.params.iter().position(|p| p.is_called(name))?;
        Some((position, &self.params[position]))
    }

    /// Canonical names of all inputs and parameters, for suggestions.
    pub fn field_names(&self) -> Vec<&'static str> {
        let inputs = self.inputs.iter().map(|p| p.name);
        inputs.chain(self.params.iter().map(|p| p.name)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static OR: NodeSchema = NodeSchema {
        class_type: "ORNode",
        inputs: &[PortSchema::new("input_a", PortType::Any, "").variadic()],
        ..NodeSchema::EMPTY
    };

    #[test]
    fn variadic_inputs_go_by_letter_number_and_slot() {
        let name = |n: &str| OR.input(n).map(|(_, name)| name);
        assert_eq!(name("input_a").as_deref(), Some("input_a"));
        assert_eq!(name("input_1").as_deref(), Some("input_b"));
        assert_eq!(name("input_25").as_deref(), Some("input_z"));
        for wrong in ["input_26", "input_", "input_ab", "input", "input_-1", "x"] {
            assert_eq!(name(wrong), None, "{wrong}");
        }
        let slot = |i: usize| OR.input_at(i).map(|(_, name)| name);
        assert_eq!(slot(2).as_deref(), Some("input_c"));
        assert_eq!(slot(26), None);
    }
}

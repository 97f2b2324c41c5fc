//! Inputs and outputs, and what may flow between them.

use std::fmt;

/// Type of the values on a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PortType {
    /// A simulation, handed over once.
    SimHandle,
    /// An array with one row per environment.
    Tensor,
    /// How each environment's transition ended; a tensor in DNNE's files.
    Dones,
    /// Actions in the environment's own units.
    Action,
    /// What a policy says for a batch of observations: action, value, log-probability, parameters.
    PolicyOutput,
    /// The weights of a network.
    Model,
    /// A permission to go on.
    Sync,
    /// Named numbers about training.
    Metrics,
    /// Named values about a step.
    Dict,
    /// One number.
    Float,
    /// One whole number.
    Int,
    /// True or false.
    Bool,
    /// One text.
    Text,
    /// Anything.
    Any,
    /// What only node kinds from elsewhere know, under a name of theirs. It is accepted by the same type
    /// and by [`Any`](Self::Any).
    Custom(&'static str),
}

impl PortType {
    /// Whether it has a row of numbers for every environment, or may have.
    pub const fn is_of_environments(self) -> bool {
        use PortType::{Action, Any, Dict, Dones, PolicyOutput, Tensor};
        matches!(self, Tensor | Dones | Action | PolicyOutput | Dict | Any)
    }

    /// The name of the type in workflow files.
    pub const fn name(self) -> &'static str {
        match self {
            PortType::SimHandle => "SIM_HANDLE",
            PortType::Tensor => "TENSOR",
            PortType::Dones => "DONES",
            PortType::Action => "ACTION",
            PortType::PolicyOutput => "POLICY_OUTPUT",
            PortType::Model => "MODEL",
            PortType::Sync => "SYNC",
            PortType::Metrics => "METRICS",
            PortType::Dict => "DICT",
            PortType::Float => "FLOAT",
            PortType::Int => "INT",
            PortType::Bool => "BOOLEAN",
            PortType::Text => "STRING",
            PortType::Any => "*",
            PortType::Custom(name) => name,
        }
    }

    /// The type of our own that a workflow file calls `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "SIM_HANDLE" => PortType::SimHandle,
            "TENSOR" => PortType::Tensor,
            "DONES" => PortType::Dones,
            "ACTION" => PortType::Action,
            "POLICY_OUTPUT" | "POLICY" => PortType::PolicyOutput,
            "MODEL" => PortType::Model,
            "SYNC" | "TRIGGER" => PortType::Sync,
            "METRICS" | "LOSS" => PortType::Metrics,
            "DICT" => PortType::Dict,
            "FLOAT" => PortType::Float,
            "INT" => PortType::Int,
            "BOOLEAN" => PortType::Bool,
            "STRING" => PortType::Text,
            "*" | "ANY" | "" => PortType::Any,
            _ => return None,
        })
    }

    /// Whether an input of this type may be fed by an output of type `from`.
    pub fn accepts(self, from: PortType) -> bool {
        use PortType::{Action, Any, Float, Int, PolicyOutput, Tensor};
        self == from
            || matches!(
                (self, from),
                (Any, _)
                    | (_, Any)
                    | (Tensor, Action)
                    // A policy wired straight to the step: the scene's own action mapping applies.
                    | (Action, PolicyOutput)
                    | (Float, Int)
            )
    }

    /// Whether a file may call what an input of this type takes `written`: DNNE knows no type of
    /// its own for dones.
    pub(crate) fn may_be_written(self, written: PortType) -> bool {
        self.accepts(written) || (self, written) == (PortType::Dones, PortType::Tensor)
    }
}

impl fmt::Display for PortType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One input or output of a node kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PortSchema {
    /// Canonical name.
    pub name: &'static str,
    /// Other names that files use for it.
    pub aliases: &'static [&'static str],
    /// What flows through it.
    pub port_type: PortType,
    /// What it means.
    pub doc: &'static str,
    /// Whether the node works without it. A connected optional input is still waited for.
    pub optional: bool,
    /// Read once and then held, rather than consumed at each firing.
    pub held: bool,
    /// Its first value is taken as given, so that a loop can start.
    pub primed: bool,
    /// Stands for a family: `input_a` means `input_a`, `input_b`, ... and `input_0`, `input_1`, ...
    /// At least one of the family is needed. Only the last input of a node may be variadic.
    pub variadic: bool,
}

impl PortSchema {
    /// A required port that is consumed at each firing.
    pub const fn new(name: &'static str, port_type: PortType, doc: &'static str) -> Self {
        Self {
            name,
            aliases: &[],
            port_type,
            doc,
            optional: false,
            held: false,
            primed: false,
            variadic: false,
        }
    }

    /// Adds the other names of this port.
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// Makes this input optional.
    pub const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Makes this input read once and then held.
    pub const fn held(mut self) -> Self {
        self.held = true;
        self
    }

    /// Gives this input its first value.
    pub const fn primed(mut self) -> Self {
        self.primed = true;
        self
    }

    /// Makes this input stand for a family of inputs.
    pub const fn variadic(mut self) -> Self {
        self.variadic = true;
        self
    }

    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }

    /// The canonical name of the family member that `name` spells, for a variadic input.
    pub(super) fn member(&self, name: &str) -> Option<String> {
        let suffix = name.strip_prefix(self.stem())?;
        let letter = match suffix.as_bytes() {
            [letter @ b'a'..=b'z'] => *letter,
            _ => {
                let position = suffix.parse::<u8>().ok().filter(|i| *i < 26)?;
                b'a' + position
            }
        };
        Some(format!("{}{}", self.stem(), char::from(letter)))
    }

    pub(crate) fn stem(&self) -> &'static str {
        self.name.strip_suffix('a').unwrap_or(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_take_what_is_like_a_tensor() {
        use PortType::*;
        assert!(Tensor.accepts(Action) && Tensor.accepts(Tensor) && Any.accepts(Model));
        assert!(Action.accepts(PolicyOutput) && Model.accepts(Any));
        assert!(!Tensor.accepts(SimHandle) && !PolicyOutput.accepts(Tensor));
        assert!(!Model.accepts(PolicyOutput) && !Sync.accepts(Tensor));
        assert!(!Action.accepts(Tensor) && !Metrics.accepts(Dict));
        assert!(!Dones.accepts(Tensor) && !Tensor.accepts(Dones));
        assert!(Dones.may_be_written(Tensor) && !Tensor.may_be_written(Dones));
    }

    #[test]
    fn a_custom_type_goes_only_with_itself_and_with_any() {
        use PortType::*;
        assert!(Custom("MAP").accepts(Custom("MAP")) && Any.accepts(Custom("MAP")));
        assert!(!Custom("MAP").accepts(Custom("PLAN")) && !Custom("MAP").accepts(Tensor));
        assert!(!Tensor.accepts(Custom("TENSOR")));
        assert_eq!(Custom("MAP").to_string(), "MAP");
    }

    #[test]
    fn type_names_read_back() {
        use PortType::*;
        for t in [SimHandle, Tensor, Dones, Action, PolicyOutput, Model, Sync] {
            assert_eq!(PortType::parse(t.name()), Some(t));
        }
        assert_eq!(PortType::parse("POLICY"), Some(PolicyOutput));
        assert_eq!(PortType::parse("IMAGE"), None);
    }
}

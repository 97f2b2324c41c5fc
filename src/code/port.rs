//! Inputs and outputs of nodes in code. Links of wrong types do not compile.

use std::marker::PhantomData;

/// An output of a node, from which values of type `T` flow.
pub struct Output<T> {
    pub(super) node: usize,
    pub(super) name: &'static str,
    kind: PhantomData<fn() -> T>,
}

/// An input of a node, which takes values of type `T`.
pub struct Input<T> {
    pub(super) node: usize,
    /// Of a family of inputs, the name of the first.
    pub(super) name: &'static str,
    /// Its place in its family, if it is of one.
    pub(super) member: Option<usize>,
    kind: PhantomData<fn(T)>,
}

/// A family of inputs, as many as there are wires to it, at most 26.
pub struct Inputs<T> {
    node: usize,
    name: &'static str,
    kind: PhantomData<fn(T)>,
}

/// A node of a graph in code, as its ports know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeKey(pub(super) usize);

impl NodeKey {
    /// The output with this name.
    pub const fn output<T>(self, name: &'static str) -> Output<T> {
        Output { node: self.0, name, kind: PhantomData }
    }

    /// The input with this name.
    pub const fn input<T>(self, name: &'static str) -> Input<T> {
        Input { node: self.0, name, member: None, kind: PhantomData }
    }

    /// The family of inputs whose first has this name.
    pub const fn inputs<T>(self, name: &'static str) -> Inputs<T> {
        Inputs { node: self.0, name, kind: PhantomData }
    }
}

impl<T> Inputs<T> {
    /// One of them, from 0.
    pub const fn at(self, member: usize) -> Input<T> {
        Input { node: self.node, name: self.name, member: Some(member), kind: PhantomData }
    }
}

impl<T> Clone for Output<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Output<T> {}

impl<T> Clone for Input<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Input<T> {}

impl<T> Clone for Inputs<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Inputs<T> {}

/// What may be wired to an input that takes values of this type, as
/// [`PortType::accepts`](crate::workflow::PortType::accepts) has it. Types of one's own accept themselves.
#[diagnostic::on_unimplemented(
    message = "an input that takes `{Self}` cannot be fed by an output of `{From}`",
    label = "`{From}` flows here"
)]
pub trait Accepts<From> {}

macro_rules! types_of_values {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub enum $name {}

            impl Accepts<$name> for $name {}
            impl Accepts<Any> for $name {}
            impl Accepts<$name> for Any {}
        )*

        #[cfg(test)]
        const PORT_TYPES: &[crate::workflow::PortType] =
            &[$(crate::workflow::PortType::$name,)* crate::workflow::PortType::Any];
    };
}

types_of_values! {
    /// A simulation, handed over once.
    SimHandle,
    /// An array with one row for each environment.
    Tensor,
    /// How each environment's transition ended.
    Dones,
    /// Actions in the environment's own units.
    Action,
    /// What a policy says for a batch of observations.
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
}

/// Anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Any {}

impl Accepts<Any> for Any {}

impl Accepts<Action> for Tensor {}
/// A policy wired straight to the step: the scene's own mapping of actions applies.
impl Accepts<PolicyOutput> for Action {}
impl Accepts<Int> for Float {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::PortType;

    /// What the compiler lets through between different types is what the checker does.
    #[test]
    fn types_accept_what_the_checker_accepts() {
        use PortType::{Action, Any, Float, Int, PolicyOutput, Tensor};
        let between = [(Tensor, Action), (Action, PolicyOutput), (Float, Int)];
        assert_eq!(PORT_TYPES.len(), 14);
        for &to in PORT_TYPES {
            for &from in PORT_TYPES {
                let compiles =
                    to == from || to == Any || from == Any || between.contains(&(to, from));
                assert_eq!(compiles, to.accepts(from), "{to} from {from}");
            }
        }
    }
}

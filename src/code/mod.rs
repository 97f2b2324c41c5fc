//! Graphs in code: settings and ports of node kinds as types, so that a typo does not compile.
//!
//! A [`Workflow`] is put together from them and becomes a document as if it had been drawn. The types are
//! written from the schemas of the node kinds; the rules by which Rust names things are in `names.rs`.

mod expression;
#[cfg(test)]
mod generate;
#[expect(
    clippy::vec_init_then_push,
    clippy::approx_constant,
    clippy::derivable_impls,
    reason = "every kind is written in the same way, with the numbers of its schema"
)]
pub mod kinds;
mod names;
mod port;
mod setting;
mod trigger;
mod values;
mod workflow;

pub use expression::{setting_expression, string_literal, value_expression};
pub use names::{type_name, variable_name};
pub use port::{
    Accepts, Action, Any, Bool, Dict, Dones, Float, Input, Inputs, Int, Metrics, Model, NodeKey,
    Output, PolicyOutput, SimHandle, Sync, Tensor, Text,
};
pub use setting::{Setting, SettingValue, input_field};
pub use trigger::Trigger;
pub use workflow::{NewNode, NodeId, Settings, Workflow};

/// The default of a type: what `..default()` fills the rest of a node's settings with.
#[must_use]
pub fn default<T: Default>() -> T {
    T::default()
}

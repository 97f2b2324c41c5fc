//! Editing a workflow: commands, each with its exact inverse, and what was done.
//!
//! An [`Edit`] says what is meant ("remove these nodes"). [`History::apply`] turns it into a list of
//! [`DocumentChange`]s, each of one value in the JSON tree with the value before and after. A list that is run
//! backwards is therefore the exact inverse, order of keys included, and whatever else the file holds is
//! never touched.
//!
//! Only the UI form is edited. [`Document::to_ui_form`] makes it of the API form.
//!
//! An edit is refused where it could not be done, or would leave a link that leads nowhere. Whether types
//! fit and values are in range is for [`check`](crate::workflow::check) to say.
//!
//! [`Document::to_ui_form`]: crate::workflow::Document::to_ui_form

mod board;
mod change;
mod command;
mod error;
mod fragment;
mod gesture;
mod groups;
mod history;
mod labels;
mod links;
mod nodes;
mod params;
mod paste;
mod ports;
mod removal;
mod reroutes;
mod set;
mod touched;
mod wires;

pub use change::{DocumentChange, TreePath, TreeStep};
pub use command::{Edit, Made, NodeMode, NodeToAdd, Port, PortRef};
pub use error::EditError;
pub use fragment::Fragment;
pub use history::History;
pub use touched::Touched;

pub(super) use board::{id_value, read_numbers};
pub(super) use labels::label_of;
pub(super) use links::links_of;
pub(super) use nodes::{new_inputs, usual_size};
pub(super) use params::{WidgetForm, spelled_like};
pub(super) use ports::{output_slot, param_slot};
pub(super) use reroutes::{chain, nearest_reroute, reroutes_of};

#[cfg(test)]
mod tests;

//! The node kinds: a file each, with its schema, its components and its system, in a folder for each
//! category.

pub(super) mod checkpoint;
pub(super) mod environment;
pub(super) mod flow;
pub(super) mod learning;
pub(super) mod monitor;
pub(super) mod reward;

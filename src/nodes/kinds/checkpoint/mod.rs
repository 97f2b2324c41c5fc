//! Saving networks, and beginning with saved ones.

pub(in crate::nodes) mod checkpoint_loader;
pub(in crate::nodes) mod checkpoint_saver;
pub(in crate::nodes) mod checkpoint_trigger;

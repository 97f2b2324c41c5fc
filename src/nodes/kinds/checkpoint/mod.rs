//! Saving networks, and beginning with saved ones.

pub(crate) mod checkpoint_loader;
pub(crate) mod checkpoint_saver;

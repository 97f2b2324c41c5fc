//! What flows between environments and policies: the ground that both stand on.

mod action;

pub use action::ActionSpace;

//! Joining, bending and feeding links; it computes nothing.

pub(crate) mod boolean_constant;
pub(crate) mod float_constant;
pub(crate) mod int_constant;
pub(crate) mod note;
pub(crate) mod or;
pub(crate) mod reroute;
pub(crate) mod string_constant;

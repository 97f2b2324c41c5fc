//! Joining, bending and feeding links; it computes nothing.

pub(in crate::nodes) mod constant;
pub(in crate::nodes) mod float_constant;
pub(in crate::nodes) mod int_constant;
pub(in crate::nodes) mod note;
pub(in crate::nodes) mod or;
pub(in crate::nodes) mod reroute;
pub(in crate::nodes) mod string_constant;

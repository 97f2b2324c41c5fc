//! What shows or writes down how a run goes.

pub(in crate::nodes) mod console_logger;
pub(in crate::nodes) mod debug_print;
pub(in crate::nodes) mod display;
pub(in crate::nodes) mod metrics_logger;
pub(in crate::nodes) mod tensorboard_events;
pub(in crate::nodes) mod tensorboard_logger;

//! What shows or writes down how a run goes.

pub(crate) mod console_logger;
pub(crate) mod debug_print;
pub(crate) mod display;
pub(crate) mod metrics_logger;
pub(crate) mod tensorboard_events;
pub(crate) mod tensorboard_logger;

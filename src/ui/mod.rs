//! A window, whatever is shown in it: how it is opened, its colours and parts, keys, preferences, the start page.
//!
//! What is shown is for the rooms below to say. All that draws stands in `app`, which a build without the
//! feature `viewer` leaves out.

#[cfg(feature = "viewer")]
mod app;
mod error;
mod start_list;

#[cfg(feature = "viewer")]
pub(crate) use app::*;
pub use error::UiError;
pub use start_list::{StartEntry, StartList, Template};

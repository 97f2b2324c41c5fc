//! Pictures of environments: a window to watch them in, films made without one.
//!
//! Training and watching are two worlds. A session knows nothing of pixels; this room is given
//! snapshots of environments and shows them. Everything that draws stands in `app`, which a build
//! without the feature `viewer` replaces by `disabled.rs`: the same functions, which say so.

#[cfg_attr(not(feature = "viewer"), path = "disabled.rs")]
mod app;
mod error;
mod host;
mod motion;
mod recording;
mod smoothness;
mod window_options;

pub use app::{Film, browse, watch};
pub use error::ViewerError;
pub use host::{FirstPage, Host, ReadySession, SessionRunner};
pub use motion::Motion;
pub use recording::{Recording, Target};
pub use smoothness::Smoothness;
pub use window_options::{SessionKind, WindowOptions};

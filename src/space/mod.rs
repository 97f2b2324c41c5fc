//! Action and observation spaces: the interface between environments and policies.

mod action;
mod buffer;
mod device;
mod error;
mod observation;
mod observations;
mod picture;

pub use action::ActionSpace;
pub use buffer::{Buffer, Element, ElementType};
pub use device::Device;
pub use error::SpaceError;
pub use observation::{ObservationGroup, ObservationSpace, ObservationStream};
pub use observations::{Observations, ObservationsView, StreamRows};
pub use picture::Picture;

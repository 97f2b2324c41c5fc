//! Scenes: a model and its task, as files a person writes, and batches of them to step.

mod action;
mod appearance;
mod bare;
mod block;
mod camera_settings;
mod cameras;
mod control;
mod disturb;
mod engine;
mod environments;
mod error;
pub mod expression;
mod eyes;
mod judge;
mod library;
mod manual_state;
mod mistakes;
mod needs;
mod non_finite;
mod observe;
mod on_device;
mod picture_noise;
mod placed_cameras;
mod randomize;
mod reset;
mod scans;
mod shard;
mod sight_file;
mod snapshot;
mod source_map;
mod state;
mod step;
mod task;
mod task_doubts;
mod task_file;
mod task_outline;
mod task_program;
mod task_reader;
mod terms;
mod there;
mod trace;
mod with_terms;

pub use camera_settings::{CameraFault, CameraSees, CameraSettings};
pub use control::draw_controls;
pub use engine::{Drive, Engine, EngineKind, MOST_PROPS, Prop, PropShape, Throw};
pub use environments::{Environments, Preparation};
pub use error::SceneError;
pub use library::{Scene, SceneLibrary};
pub use manual_state::EnvState;
pub use needs::MemoryNeeds;
pub use non_finite::{NonFinite, NonFiniteSource, few};
pub use on_device::{Comparison, Difference, Tell, compare};
pub use snapshot::Snapshot;
pub use state::{EnvironmentsState, Numbers, StateArray};
pub use step::{ActionUnits, Actions, Episode, StepOutput};
pub use task::{TERMINATION_REWARD, Task};
pub use terms::{EnvView, EpisodeStart, Terms};
pub use there::{ActionsThere, StepSums, StepThere, needs_host};
pub use trace::{
    TaskTraceError, task_trace_errors, trace_noise, trace_push, trace_start, trace_tick, trace_view,
};

#[cfg(test)]
mod appearance_tests;
#[cfg(test)]
mod camera_settings_tests;
#[cfg(test)]
mod camera_tests;
#[cfg(test)]
pub(crate) mod fuzz;
#[cfg(test)]
mod fuzz_tests;
#[cfg(test)]
mod mistakes_tests;
#[cfg(test)]
mod noise_tests;
#[cfg(test)]
mod outside_tests;
#[cfg(test)]
mod randomize_tests;
#[cfg(test)]
mod scan_tests;
#[cfg(test)]
mod sensor_tests;
#[cfg(test)]
mod task_tests;
#[cfg(test)]
mod tests;

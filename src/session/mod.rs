//! A workflow as a running Bevy app: an entity and a system for each node, ordered so that one pass
//! over the schedule moves every value as far as it can go.
//!
//! The same API serves the command line, exported code and hand-written programs:
//!
//! ```no_run
//! # use dnne::{nodes, scene::SceneLibrary, session::{Session, SessionOptions}};
//! let graph = nodes::training_loop()
//!     .node("env", "IsaacGymEnvNode").set("env_name", "Cartpole").set("num_envs", 64)
//!     .node("agent", "PPOAgentNode")
//!     .node("trainer", "PPOTrainerNode")
//!     .build()?;
//! let mut session = Session::new(&graph, SessionOptions::new(SceneLibrary::new("scenes")))?;
//! while session.progress().updates < 10 {
//!     session.tick()?;
//! }
//! # Ok::<(), dnne::session::SessionError>(())
//! ```

mod broadcast;
mod build;
mod check;
mod checkpoint;
#[cfg(test)]
mod device_tests;
mod error;
mod evaluate;
mod evaluation_session;
mod files;
mod found;
#[cfg(test)]
mod fuzz_tests;
mod inputs;
mod limits;
mod order;
mod persist;
mod preview;
mod pull;
mod revision;
mod run_folder;
mod run_rows;
mod settings;
mod start;
mod training;
mod trial;

pub use broadcast::{Broadcast, Frame, MOST_SHOWN, Pace, SessionUpdates, Spectator, broadcast};
pub use build::{NodeStatus, Session, SessionOptions, Tick, TickSchedule};
pub use check::{Checked, Content, Subject, check_file, try_workflow};
pub use checkpoint::{CheckpointInfo, CheckpointMetadata, OWN_NODE};
pub use error::SessionError;
pub use evaluate::{EpisodeResult, Evaluation, Score, Summary};
pub use evaluation_session::SessionFactory;
pub use files::{Draft, keep_as, write_atomically};
pub use found::{FoundRun, find_checkpoint, find_run, open_checkpoint};
pub use limits::{EndedBy, Limits, total_updates};
pub use preview::{ControlSource, PreviewCommand, PreviewUpdates, ScenePreview};
pub use pull::{Pull, PullTarget};
pub use revision::Revision;
pub use run_folder::{NewRun, Rewound, RunFolder, RunInfo};
pub use run_rows::{LeftOutRows, last_metrics, runs_in};
pub use settings::SettingChange;
pub use start::{
    NewFolder, NewTraining, RunPlace, Start, StoppedRun, check_workflow, load_run, load_workflow,
    missing_weights, own_weights, workflow_text,
};
pub use training::{Training, TrainingEvent, TrainingOptions, TrainingSummary, has_trainer};
pub use trial::{ObservationRange, Trial, TrialLimits, ZeroActionResult, try_scene};

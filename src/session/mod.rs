//! A workflow as a running Bevy app: an entity and a system for each node, ordered so that one pass
//! over the schedule moves every value as far as it can go.
//!
//! The same API serves the command line, exported code and hand-written programs:
//!
//! ```no_run
//! # use dnne::{nodes, scene::SceneLibrary, session::{Session, SessionOptions}, workflow::GraphBuilder};
//! let graph = GraphBuilder::new(nodes::registry())
//!     .node("env", "IsaacGymEnvNode").set("env_name", "Cartpole").set("num_envs", 64)
//!     .node("agent", "PPOAgentNode")
//!     .node("step", "IsaacGymStepNode")
//!     .node("or", "ORNode")
//!     .node("trainer", "PPOTrainerNode")
//!     .connect("env", "sim", "step", "sim")
//!     .connect("env", "observations", "or", "input_a")
//!     .connect("step", "observations", "or", "input_b")
//!     .connect("or", "output", "agent", "observations")
//!     .connect("agent", "policy_output", "step", "actions")
//!     .connect("or", "output", "trainer", "states")
//!     .connect("agent", "policy_output", "trainer", "policy_outputs")
//!     .connect("step", "rewards", "trainer", "rewards")
//!     .connect("step", "dones", "trainer", "dones")
//!     .connect("agent", "model", "trainer", "model")
//!     .connect("trainer", "training_complete", "step", "trigger")
//!     .build()
//!     .expect("the graph is sound");
//! let mut session = Session::new(&graph, SessionOptions::new(SceneLibrary::new("scenes")))?;
//! while session.progress().updates < 10 {
//!     session.tick()?;
//! }
//! # Ok::<(), dnne::session::SessionError>(())
//! ```

mod broadcast;
mod build;
mod checkpoint;
mod error;
mod evaluate;
mod files;
mod order;
mod persist;
mod pull;
mod run_folder;
mod settings;

pub use broadcast::{Broadcast, Frame, MOST_SHOWN, News, Pace, Spectator, broadcast};
pub use build::{Session, SessionOptions, Tick, TickSchedule};
pub use checkpoint::{CheckpointInfo, CheckpointMetadata};
pub use error::SessionError;
pub use evaluate::{EpisodeResult, Evaluation, Score, Summary};
pub use files::write_atomically;
pub use pull::{Grip, Pull};
pub use run_folder::{NewRun, RunFolder, RunInfo};
pub use settings::Change;

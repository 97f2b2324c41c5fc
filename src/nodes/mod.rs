//! The node kinds: a file each, with its schema, its components and its system.

mod environments;
mod episode_sums;
mod flow;
mod kind;
mod kinds;
mod live_settings;
mod payload;
mod run;
mod tasks;
#[cfg(test)]
mod tests;
mod training_loop;
mod transfer;

pub use flow::{FiringCount, Input, Inputs, NodeName, Output, Outputs, Wires, explain_deadlock};
pub use kind::{Context, Mode, NodeBuilder, NodeError, NodeKind, NodeState};
pub use kinds::checkpoint::checkpoint_loader::loaded_file;
pub use kinds::environment::isaac_gym_env::Simulation;
pub use kinds::learning::ppo_agent::{Acting, Agent};
pub use kinds::learning::ppo_trainer::Trainer;
pub use kinds::monitor::console_logger::MetricsTable;
pub use live_settings::LiveSetting;
pub use payload::{ActionBatch, Batch, Dones, Metrics, Payload, Rewards, TaskMetrics};
pub use run::{
    CheckpointRequest, CheckpointRequests, Console, Failure, Finished, Progress, Reports, RunPath,
    Timings, file_name,
};
pub use tasks::{Layout, Task, Tasks};
pub use training_loop::training_loop;
pub use transfer::transfer;

use crate::workflow::{Absent, Registry};
use std::sync::LazyLock;

/// The folder of a run that holds its checkpoints.
pub const CHECKPOINTS_FOLDER: &str = "checkpoints";

/// The name of a checkpoint's folder. Up to a million updates, names sort as the checkpoints were made.
pub fn checkpoint_name(Progress { updates, steps }: Progress) -> String {
    format!("{UPDATE}{updates:06}_step_{steps:012}")
}

/// What the names of checkpoints begin with that are not kept for being the best.
const UPDATE: &str = "update_";

/// The file of a checkpoint that describes it.
pub const METADATA_FILE: &str = "metadata.json";

/// The file of a checkpoint that holds the policy's weights.
pub const WEIGHTS_FILE: &str = "weights.safetensors";

/// Every node kind that this version provides, in the order of the list that people see.
const KINDS: &[NodeKind] = &[
    kinds::environment::isaac_gym_env::KIND,
    kinds::environment::multi_task::KIND,
    kinds::environment::isaac_gym_step::KIND,
    kinds::flow::or::KIND,
    kinds::learning::ppo_agent::KIND,
    kinds::environment::cartpole_action::KIND,
    kinds::environment::joint_action::ANT,
    kinds::environment::joint_action::HUMANOID,
    kinds::reward::reward_shaper::KIND,
    kinds::environment::curriculum::KIND,
    kinds::learning::ppo_trainer::KIND,
    kinds::checkpoint::checkpoint_saver::KIND,
    kinds::checkpoint::checkpoint_loader::KIND,
    kinds::monitor::metrics_logger::KIND,
    kinds::monitor::console_logger::KIND,
    kinds::monitor::tensorboard_logger::KIND,
    kinds::monitor::debug_print::KIND,
    kinds::monitor::display::KIND,
    kinds::flow::float_constant::KIND,
    kinds::flow::int_constant::KIND,
    kinds::flow::string_constant::KIND,
    kinds::flow::reroute::KIND,
    kinds::flow::note::KIND,
];

/// The kind with this canonical name.
pub fn kind(class_type: &str) -> Option<&'static NodeKind> {
    KINDS.iter().find(|kind| kind.schema.class_type == class_type)
}

/// The schemas of every node kind.
pub fn registry() -> &'static Registry {
    static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
        let schemas: Vec<_> = KINDS.iter().map(|kind| kind.schema).collect();
        Registry::new(&schemas, KNOWN_BUT_ABSENT)
    });
    &REGISTRY
}
const REWARDED_BY_SCENE: &str = "scenes reward their own steps; add to that with a RewardShaper";
const NO_CAMERAS: &str = "choose an environment with vector observations: there are no cameras yet";
const SUPERVISED: &str = "this version learns by reinforcement only";

/// Node kinds of DNNE that this version lacks, and what to do without them.
const KNOWN_BUT_ABSENT: &[Absent] = &[
    absent("CartpoleRewardNode", REWARDED_BY_SCENE),
    absent("CNN", NO_CAMERAS),
    absent("CNNFeatureExtractor", NO_CAMERAS),
    absent("FrameStack", NO_CAMERAS),
    absent("Camera", NO_CAMERAS),
    absent("CameraNode", NO_CAMERAS),
    absent("Network", SUPERVISED),
    absent("LinearLayer", SUPERVISED),
    absent("SGDOptimizer", SUPERVISED),
    absent("TrainingStep", SUPERVISED),
    absent("MNISTDataset", SUPERVISED),
    absent(
        "PrimitiveNode",
        "write the value at the parameter it feeds, or use FloatConstant, IntConstant or \
         StringConstant",
    ),
];

const fn absent(class_type: &'static str, instead: &'static str) -> Absent {
    Absent { class_type, instead }
}

//! The node kinds: a file each, with its schema, its components and its system.

mod action_map;
mod agent_settings;
mod cartpole_action;
mod checkpoint_loader;
mod checkpoint_saver;
mod checkpoint_trigger;
mod console_logger;
mod constant;
mod curriculum;
mod debug_print;
mod display;
mod environments;
mod episode_sums;
mod float_constant;
mod flow;
mod int_constant;
mod isaac_gym_env;
mod isaac_gym_step;
mod joint_action;
mod kind;
mod live_settings;
mod metrics_logger;
mod multi_task;
mod note;
mod or;
mod payload;
mod ppo_agent;
mod ppo_settings;
mod ppo_trainer;
mod reroute;
mod reward_shaper;
mod run;
mod shaping;
mod string_constant;
mod tasks;
mod tensorboard_events;
mod tensorboard_logger;
#[cfg(test)]
mod tests;
mod trainer;
mod training_loop;
mod training_window;
mod transfer;

pub use checkpoint_loader::loaded_file;
pub use console_logger::MetricsTable;
pub use flow::{FiringCount, Input, Inputs, NodeName, Output, Outputs, Wires, explain_deadlock};
pub use isaac_gym_env::Simulation;
pub use kind::{Context, Mode, NodeBuilder, NodeError, NodeKind, NodeState};
pub use live_settings::{ByHand, LiveSetting};
pub use payload::{ActionBatch, Batch, Dones, Metrics, Payload, Rewards, TaskMetrics};
pub use ppo_agent::{Acting, Agent};
pub use run::{
    CheckpointRequest, CheckpointRequests, Console, Failure, Finished, Progress, Reports, RunPath,
    Timings, file_name,
};
pub use tasks::{Layout, Task, Tasks};
pub use trainer::{TRAINER_STATE, Trainer, TrainerSetup, train_with};
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
    isaac_gym_env::KIND,
    multi_task::KIND,
    isaac_gym_step::KIND,
    or::KIND,
    ppo_agent::KIND,
    cartpole_action::KIND,
    joint_action::ANT,
    joint_action::HUMANOID,
    reward_shaper::KIND,
    curriculum::KIND,
    ppo_trainer::KIND,
    checkpoint_saver::KIND,
    checkpoint_loader::KIND,
    metrics_logger::KIND,
    console_logger::KIND,
    tensorboard_logger::KIND,
    debug_print::KIND,
    display::KIND,
    float_constant::KIND,
    int_constant::KIND,
    string_constant::KIND,
    reroute::KIND,
    note::KIND,
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

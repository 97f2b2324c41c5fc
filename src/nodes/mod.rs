//! The node kinds: a file each, with its schema, its components and its system.

mod best_metric;
mod changed_scene;
mod checkpoint_trigger;
mod components;
mod device_batch;
mod environments;
mod episode_sums;
mod flow;
mod kind;
mod kinds;
mod live_settings;
mod payload;
mod run;
mod saved;
mod sources;
mod systems;
mod tasks;
#[cfg(test)]
mod tests;
mod trainer;
mod trainer_step;
mod training_device;
mod training_loop;
mod training_window;
mod transfer;
mod tried_shaper;
mod watch;
mod weights;

pub use best_metric::{BestMetric, BestYet, Direction};
pub use changed_scene::changed_scene;
pub use checkpoint_trigger::{CheckpointTrigger, n_kept};
pub use components::{ActionMode, Agent, LoadedWeights, MakesActions, SimulatedTask};
pub use device_batch::{DeviceBatch, DeviceNumbers, DeviceStep, StepInfo};
pub use flow::{
    Firings, NodeInput, NodeInputs, NodeName, NodeOutput, NodeOutputs, TakenInputs, Waiting, Wires,
    explain_deadlock, preset, waiting,
};
pub use kind::{
    Context, Mode, NodeBuilder, NodeError, NodeKind, NodeState, check_memory, diagnostics_of,
};
pub use kinds::monitor::console_logger::MetricsTable;
pub use kinds::{KindError, Kinds};
pub use live_settings::{ByHand, LiveSetting};
pub use payload::{
    ActionBatch, CustomPayload, Dones, EnvBatch, Metrics, ObservationBatch, Payload, Rewards,
    TaskMetrics,
};
pub use run::{
    CheckpointRequest, CheckpointRequests, Console, Failure, Finished, Progress, Reports, RunPath,
    Timings, file_name,
};
pub use saved::{BEST_PREFIX, RUN_FILE, RUNS_FOLDER, Saved, of_one_run};
pub use sources::{NodeSource, sources};
pub use systems::{emit_once, hand_on, pass_through, take_metrics};
pub use tasks::{EnvironmentNode, TaskPadding, Tasks};
pub use trainer::{TRAINER_STATE, Trainer, TrainerSetup, checkpoints, share_done, train_with};
pub use training_device::{
    DeviceMark, TrainingDevice, change_of_device, of_scene, on_device_of_environments,
    reader_on_host,
};
pub use training_loop::training_loop;
pub use transfer::transfer;
pub use tried_shaper::{TriedShaper, TriedStep};
pub use watch::{NodeCounts, Sent, Watch};
pub use weights::{
    check_named_weights, check_weights, loaded_file, named_policy, read_weights, weights_param,
};

use crate::workflow::Registry;

/// The folder of a run that holds its checkpoints.
pub const CHECKPOINTS_FOLDER: &str = "checkpoints";

/// The name of a checkpoint's folder. Up to a million updates, names sort as the checkpoints were made.
pub fn checkpoint_name(Progress { updates, steps }: Progress) -> String {
    format!("{CHECKPOINT_PREFIX}{updates:06}_step_{steps:012}")
}

/// What the names of checkpoints begin with that are not kept for being the best.
pub const CHECKPOINT_PREFIX: &str = "update_";

/// The file of a checkpoint that describes it.
pub const METADATA_FILE: &str = "metadata.json";

/// The file of a checkpoint that holds the policy's weights.
pub const WEIGHTS_FILE: &str = "weights.safetensors";

/// The schemas of the built-in node kinds.
pub fn registry() -> &'static Registry {
    Kinds::builtin_ref().registry()
}

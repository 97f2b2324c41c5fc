//! Learning: policies, experience and proximal policy optimisation, on candle.
//!
//! The room knows nothing of physics, Bevy, files or workflows: numbers go in as slices, and a
//! checkpoint is a [`StateDict`]. A training loop is [`Policy::act`], then [`Algorithm::take`], and whenever
//! [`Algorithm::is_ready`] says so [`Algorithm::update`]. [`PpoLearner`] and [`Distillation`] are two; another needs
//! [`Policy::gradient`] and an [`Optimizer`]. Where the numbers lie on a device it is [`DeviceActor::act`], then
//! [`Algorithm::take_there`] and [`Algorithm::update_there`].
//!
//! The same seed gives the same bits, whatever the number of threads: random numbers are functions
//! of their place, and sums over rows are formed in parts of fixed size, added in order.

mod act;
mod adam;
mod algorithm;
mod device;
mod distill;
mod distribution;
mod encoder;
mod error;
mod gae;
mod header;
mod hidden_states;
mod histogram;
mod inputs;
mod metrics;
mod minibatches;
mod network;
mod normalizer;
mod onnx;
mod optimizer;
mod parallel;
#[cfg(test)]
mod plain;
mod policy;
mod policy_config;
mod ppo;
mod revision;
mod reward_normalizer;
mod rollout;
mod stacks;
mod state;
mod tensor;
mod transfer;

pub use act::PolicyOutput;
pub use algorithm::{Algorithm, LearnerSetting};
pub use device::{DeviceActor, TransitionThere};
pub use distill::{Distillation, DistillationConfig, Teacher};
pub use distribution::LogStd;
pub use encoder::{ConvLayer, EncoderConfig, EncoderPreset, LayerSize, Pool};
pub use error::LearnError;
pub use gae::{Advantages, GaeInput, gae};
pub use header::{check_header, policy_in_header};
pub use hidden_states::HiddenStates;
pub use histogram::Histogram;
pub use metrics::{MetricValue, UpdateMetrics};
pub use network::{
    Activation, Backend, Init, InitGains, OwnLayer, PoolKind, RnnCell, RnnConfig, Scaling,
};
pub use optimizer::{Descent, Gradient, Optimizer};
pub use policy::Policy;
pub use policy_config::{ObserveAt, PolicyConfig};
pub use ppo::{
    Anneal, AnnealCurve, BenchCase, BenchResult, CANDLE_SLOWDOWN, LearningRateSchedule,
    PictureCase, Ppo, PpoConfig, PpoLearner, PpoSetting, UpdateStats, bench_pictures, bench_update,
    peak_flops,
};
pub use rollout::{NextObservations, Rollout, RolloutShape, Transition};
pub use state::{Array, StateDict};
pub use transfer::{CopiedPart, Mismatch, TensorTransfer};

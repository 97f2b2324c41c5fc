//! Learning: policies, experience and proximal policy optimisation, on candle.
//!
//! The room knows nothing of physics, Bevy, files or workflows: numbers go in as slices, and a
//! checkpoint is a [`StateDict`]. A training loop is [`Policy::act`], [`Rollout::push`] until
//! [`Rollout::is_full`], then [`Ppo::update`] with [`Policy::values`] of the last states.
//!
//! The same seed gives the same bits, whatever the number of threads: random numbers are functions
//! of their place, and sums over rows are formed in parts of fixed size, added in order.

mod act;
mod adam;
mod distribution;
mod error;
mod gae;
mod histogram;
mod memory;
mod network;
mod normalizer;
mod observed;
mod onnx;
mod parallel;
#[cfg(test)]
mod plain;
mod policy;
mod policy_config;
mod ppo;
mod reward_normalizer;
mod rollout;
mod state;
mod tensor;
mod transfer;

pub use act::PolicyOutput;
pub use distribution::LogStd;
pub use error::LearnError;
pub use gae::{Advantages, GaeInput, gae};
pub use histogram::Histogram;
pub use memory::Memory;
pub use network::{Activation, Cell, Init, InitGains, Rnn};
pub use observed::{Kept, Observed};
pub use policy::Policy;
pub use policy_config::{ObserveAt, PolicyConfig};
pub use ppo::{
    Anneal, BenchCase, BenchResult, Curve, LearningRateSchedule, Ppo, PpoConfig, Setting,
    UpdateStats, bench_update, peak_flops,
};
pub use rollout::{Rollout, RolloutShape, Transition};
pub use state::{Array, StateDict};
pub use transfer::{Mismatch, Taken, TensorTransfer};

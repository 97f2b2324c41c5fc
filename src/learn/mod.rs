//! Learning: policies, experience and proximal policy optimisation, on candle.
//!
//! The room knows nothing of physics, Bevy, files or workflows: numbers go in as slices, and a
//! checkpoint is a [`StateDict`]. A training loop is [`Policy::act`], [`Rollout::push`] until
//! [`Rollout::is_full`], then [`Ppo::update`] with [`Policy::values`] of the last states.
//!
//! The same seed gives the same bits, whatever the number of threads: random numbers are functions
//! of their place, and sums over rows are formed in parts of fixed size, added in order.

mod act;
mod activation;
mod adam;
mod batch;
mod bench;
mod cell;
mod config;
mod distribution;
mod error;
mod export;
mod gae;
mod histogram;
mod init;
mod loss;
mod matrix;
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
mod recurrent;
mod reward_normalizer;
mod rollout;
mod schedule;
mod state;
mod stats;
mod tensor;
mod tower;
mod transfer;
mod weights;

pub use act::PolicyOutput;
pub use activation::Activation;
pub use bench::{BenchCase, BenchResult, bench_update, peak_flops};
pub use config::PpoConfig;
pub use distribution::LogStd;
pub use error::LearnError;
pub use gae::{Advantages, GaeInput, gae};
pub use histogram::Histogram;
pub use init::{Init, InitGains};
pub use memory::Memory;
pub use observed::{Kept, Observed};
pub use policy::Policy;
pub use policy_config::{ObserveAt, PolicyConfig};
pub use ppo::Ppo;
pub use recurrent::{Cell, Rnn};
pub use rollout::{Rollout, RolloutShape, Transition};
pub use schedule::{Anneal, Curve, LearningRateSchedule, Setting};
pub use state::{Array, StateDict};
pub use stats::UpdateStats;
pub use transfer::{Mismatch, Taken, TensorTransfer};

//! Proximal policy optimisation (Schulman et al., 2017).

mod batch;
mod bench;
mod config;
mod learner;
mod learning;
mod loss;
mod on_device;
mod schedule;
mod setting;
mod stats;
mod update;

pub use bench::{
    BenchCase, BenchResult, CANDLE_SLOWDOWN, PictureCase, bench_pictures, bench_update, peak_flops,
};
pub use config::PpoConfig;
pub use learner::PpoLearner;
#[cfg(test)]
pub(super) use loss::Samples;
pub use schedule::{Anneal, AnnealCurve, LearningRateSchedule};
pub use setting::PpoSetting;
pub use stats::UpdateStats;
pub use update::Ppo;

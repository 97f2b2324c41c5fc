//! How much of a scene can be tried within the limits.

use super::{Acting, TrialLimits, actions};
use crate::math::lanes::Isa;
use crate::scene::{Actions, Environments, MemoryNeeds, Scene, SceneError};
use crate::space::Device;
use std::time::{Duration, Instant};

/// How many environments fit into the memory, as far as can be told beforehand; 0 if not even one does.
pub(super) fn fitting(scene: &Scene, isa: Isa, limits: &TrialLimits) -> usize {
    let needs = MemoryNeeds::of(scene, isa);
    // The search for contacts has blocks and a bench of its own.
    let bytes = |n_envs| needs.shown(n_envs).saturating_add(2 * needs.stepping(n_envs));
    (1..=limits.n_envs).rev().find(|n_envs| bytes(*n_envs) <= limits.bytes).unwrap_or(0)
}

/// How many of so many environments can be stepped in the time, by what one takes.
pub(super) fn quick_enough(
    scene: &Scene,
    seed: u64,
    device: Device,
    isa: Isa,
    n_envs: usize,
    limits: &TrialLimits,
) -> Result<usize, SceneError> {
    let start = Instant::now();
    let mut environments = Environments::on_trial(scene, 1, seed, device)?;
    let built = start.elapsed();
    let (values, units) = actions(&environments, Acting::Zero, seed, 0);
    let mut quickest = Duration::MAX;
    // The first steps wait for memory; what is quick is measured again.
    for _ in 0..3 {
        let start_step = Instant::now();
        environments.step(Actions { values: &values, units })?;
        quickest = quickest.min(start_step.elapsed());
        if start.elapsed() > limits.time / 20 {
            break;
        }
    }
    let of_block = built.as_secs_f64() / 2.0 + quickest.as_secs_f64() * 2.0 * limits.n_steps as f64;
    let left = limits.time.saturating_sub(2 * start.elapsed()).as_secs_f64();
    let n_blocks = (left / of_block.max(1e-9)).max(1.0);
    Ok(n_envs.min((n_blocks as usize).saturating_mul(isa.width())))
}

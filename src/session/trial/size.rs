//! How much of a scene can be tried within the limits.

use super::{Acting, TrialLimits, actions};
use crate::math::lanes::Isa;
use crate::physics::{Data, Plan};
use crate::scene::{Actions, Environments, Scene, SceneError};
use crate::space::Device;
use std::time::{Duration, Instant};

/// How many environments fit into the memory, as far as can be told beforehand; 0 if not even one does.
pub(super) fn fitting(scene: &Scene, isa: Isa, limits: &TrialLimits) -> usize {
    let (model, task) = (&scene.model, &scene.task);
    let plan = Plan::new(model.clone());
    let width = isa.width() as u64;
    let bench = Data::<f32>::bytes(&plan) * width * if isa == Isa::Reference { 2 } else { 1 };
    // The bench of the environments, that of the search for contacts, and parameters for both.
    let fixed = 3 * bench;
    let state = 16 * (model.nq + 3 * model.nv + 2 * model.na + model.nu * (2 + 8) + 16) as u64;
    let of_each = state + 4 * task.observations.bytes() as u64;
    // Where environments differ, each block has parameters of its own.
    let differing = if task.is_randomized() { bench / width } else { 0 };
    let room = limits.bytes.saturating_sub(fixed);
    let n = room / (of_each + differing).max(1);
    limits.n_envs.min(usize::try_from(n).unwrap_or(usize::MAX))
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

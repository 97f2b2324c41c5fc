//! `dnne bench tasks`: whole tasks under random actions, what they cost and whether they hold.

use super::output::complain;
use crate::math::rng::{Random, RandomStream};
use crate::nodes::check_memory;
use crate::scene::{ActionUnits, Actions, Environments, MemoryNeeds, Preparation, Scene};
use crate::space::{ActionSpace, Buffer, Device};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// A scene's environments with resets, rewards, observations, and pushes if its task has them.
#[derive(Serialize)]
pub(super) struct TaskResult {
    scene: PathBuf,
    n_envs: usize,
    /// Policy steps of each environment.
    n_steps: u64,
    /// From the scene's files to the end of the first step [s].
    startup_secs: f64,
    /// Policy steps of all environments together, on all threads.
    steps_per_sec: f64,
    episodes: usize,
    /// How often an environment met a number that was not finite, and was reset for it.
    non_finite: usize,
    /// Observations and rewards that are not finite: there must be none.
    escaped: usize,
    /// The most memory that this process has had [MB], where the system tells.
    peak_memory_mb: Option<f64>,
}

/// Steps a scene with uniformly random actions at full difficulty.
pub(super) fn measure(
    path: &Path,
    n_envs: usize,
    n_steps: u64,
    device: Device,
) -> anyhow::Result<TaskResult> {
    let start = Instant::now();
    let scene = Scene::load(path)?;
    let needs = MemoryNeeds::on(&scene, device);
    check_memory(&format!("--envs {n_envs}"), needs.bytes(n_envs), "use fewer environments")?;
    let ready = Preparation { tell: Arc::new(|line| complain(line)), ..Preparation::default() };
    let difficulty = scene.task.difficulty(0.0);
    let mut environments = Environments::prepared(&scene, n_envs, 0, device, difficulty, &ready)?;
    environments.set_progress(1.0);
    let mut values = vec![0.0; n_envs * environments.action_dim(ActionUnits::Policy)];
    let mut result = TaskResult {
        scene: path.to_owned(),
        n_envs,
        n_steps,
        startup_secs: 0.0,
        steps_per_sec: 0.0,
        episodes: 0,
        non_finite: 0,
        escaped: 0,
        peak_memory_mb: None,
    };
    let mut stepping = 0.0;
    for step in 0..n_steps {
        draw(&mut values, environments.action_space(), n_envs, step);
        let before = Instant::now();
        let output = environments.step(Actions { values: &values, units: ActionUnits::Policy })?;
        stepping += before.elapsed().as_secs_f64();
        result.episodes += output.episodes.len();
        result.non_finite += output.n_non_finite;
        let shown = [&output.observations, &output.next_observations];
        let streams = shown.into_iter().flat_map(|shown| shown.buffers()).filter_map(Buffer::f32s);
        let numbers = streams.chain([&output.rewards[..]]).flatten();
        result.escaped += numbers.filter(|x| !x.is_finite()).count();
        if step == 0 {
            result.startup_secs = start.elapsed().as_secs_f64();
        }
    }
    result.steps_per_sec = (n_envs as u64 * n_steps) as f64 / stepping;
    result.peak_memory_mb = peak_memory_mb();
    Ok(result)
}

fn draw(values: &mut [f32], space: &ActionSpace, n_envs: usize, step: u64) {
    for (env, row) in values.chunks_mut(space.action_dim()).enumerate().take(n_envs) {
        let mut random = Random::new(0, RandomStream::Control, env as u32, step);
        space.sample(&mut random, row);
    }
}

fn peak_memory_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes / 1024.0)
}

impl std::fmt::Display for TaskResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let memory = self.peak_memory_mb.map(|mb| format!(", peak memory {mb:.0} MB"));
        write!(
            f,
            "tasks    {:24} {} envs x {} steps: {:.3} M steps/s, start-up {:.3} s{}; {} episodes, {} resets \
             for numbers not finite, {} escaped",
            self.scene.display(),
            self.n_envs,
            self.n_steps,
            self.steps_per_sec / 1e6,
            self.startup_secs,
            memory.unwrap_or_default(),
            self.episodes,
            self.non_finite,
            self.escaped
        )
    }
}

//! Environments on a device beside those on the processor, number by number.

use super::wait::Tell;
use crate::math::lanes::Isa;
use crate::math::rng::{Random, RandomStream};
use crate::scene::{
    ActionUnits, Actions, Environments, Episode, Numbers, Preparation, Scene, SceneError,
    StepOutput,
};
use crate::space::{Device, Element};
use serde::Serialize;

/// The first number that is not the same.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Policy steps taken until then; 0 is where episodes begin.
    pub step: u64,
    /// Index of the environment.
    pub env: usize,
    /// What it is called.
    pub what: String,
    /// The number on the CPU.
    pub cpu: f64,
    /// The number on the device.
    pub device: f64,
}

/// How long two batches were the same.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Number of environments.
    pub n_envs: usize,
    /// Policy steps of each environment.
    pub n_steps: u64,
    /// Numbers that were compared.
    pub n_numbers: u64,
    /// Episodes that ended.
    pub n_episodes: usize,
    /// The first difference; none if all numbers are the same.
    pub difference: Option<Difference>,
}

/// Steps a scene at full difficulty on a device and on the processor with the same random actions, until a number has
/// other bits; any NaN is as good as another. In the end it compares the states too. `tell` is told what takes long.
///
/// # Errors
/// If the scene cannot be on the device, if the device fails, or on a CPU whose lanes round products before sums, as no
/// device does.
pub fn compare(
    scene: &Scene,
    device: Device,
    (n_envs, n_steps): (usize, u64),
    seed: u64,
    tell: &Tell,
) -> Result<Comparison, SceneError> {
    if matches!(Isa::detect(), Isa::Portable | Isa::Reference) {
        return Err(SceneError::Rounding);
    }
    let difficulty = scene.task.difficulty(1.0);
    let ready = Preparation { tell: tell.clone(), ..Preparation::default() };
    let make = |device| Environments::prepared(scene, n_envs, seed, device, difficulty, &ready);
    compare_batches(scene, (make(Device::detect())?, make(device)?), n_steps, seed)
}

/// Steps two batches of a scene with the same random actions.
pub(super) fn compare_batches(
    scene: &Scene,
    (mut on_cpu, mut there): (Environments, Environments),
    n_steps: u64,
    seed: u64,
) -> Result<Comparison, SceneError> {
    let n_envs = on_cpu.n_envs();
    let (mut found, mut n_episodes) = (Found { step: 0, n_numbers: 0, difference: None }, 0);
    found.outputs(scene, on_cpu.output(), there.output());
    let mut values = vec![0.0; n_envs * on_cpu.action_dim(ActionUnits::Policy)];
    while found.step < n_steps && found.difference.is_none() {
        for (env, row) in values.chunks_mut(scene.task.action_space.action_dim().max(1)).enumerate()
        {
            let mut random = Random::new(seed, RandomStream::Control, env as u32, found.step);
            scene.task.action_space.sample(&mut random, row);
        }
        let actions = Actions { values: &values, units: ActionUnits::Policy };
        n_episodes += on_cpu.step(actions)?.episodes.len();
        there.step(actions)?;
        found.step += 1;
        found.outputs(scene, on_cpu.output(), there.output());
    }
    found.states(&on_cpu, &there)?;
    let Found { step, n_numbers, difference } = found;
    Ok(Comparison { n_envs, n_steps: step, n_numbers, n_episodes, difference })
}

/// What has been found so far.
pub(super) struct Found {
    pub step: u64,
    pub n_numbers: u64,
    pub difference: Option<Difference>,
}

impl Found {
    /// Compares rows of `dim` numbers, of which `name` says what they are called.
    pub fn rows(&mut self, [cpu, device]: [&[f32]; 2], dim: usize, name: impl Fn(usize) -> String) {
        self.n_numbers += cpu.len() as u64;
        let is_same = |a: f32, b: f32| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
        let mut pairs = cpu.iter().zip(device).enumerate();
        let differs = pairs.find(|&(_, (&a, &b))| !is_same(a, b));
        if let Some((place, (&cpu, &device))) = differs
            && self.difference.is_none()
        {
            let (env, what) = (place / dim, name(place % dim));
            let (cpu, device) = (f64::from(cpu), f64::from(device));
            self.difference = Some(Difference { step: self.step, env, what, cpu, device });
        }
    }

    fn outputs(&mut self, scene: &Scene, cpu: &StepOutput, device: &StepOutput) {
        let streams = scene.task.observations.streams();
        for (place, stream) in streams.iter().enumerate() {
            for (of, cpu, device) in [
                ("", &cpu.next_observations, &device.next_observations),
                (" of the next step", &cpu.observations, &device.observations),
            ] {
                let rows = [cpu, device].map(|it| f32::of(&it.buffers()[place]));
                let [Some(cpu), Some(device)] = rows else { continue };
                let name = |k| format!("observation \"{}\"{of}", stream.component(k));
                self.rows([cpu, device], stream.size().max(1), name);
            }
        }
        self.rows([&cpu.rewards, &device.rewards], 1, |_| "the reward".to_owned());
        let n_parts = scene.task.n_reward_parts();
        let parts = [&cpu.reward_parts[..], &device.reward_parts[..]];
        self.rows(parts, n_parts.max(1), |k| match scene.task.reward_names.get(k) {
            Some(name) => format!("reward \"{name}\""),
            None => "the reward of a termination".to_owned(),
        });
        let flags = |all: &[bool]| -> Vec<f32> { all.iter().map(|&it| f32::from(it)).collect() };
        for (name, cpu, device) in [
            ("whether the episode is terminated", &cpu.terminated, &device.terminated),
            ("whether the episode is cut off", &cpu.truncated, &device.truncated),
        ] {
            self.rows([&flags(cpu), &flags(device)], 1, |_| name.to_owned());
        }
        self.episodes(&cpu.episodes, &device.episodes);
    }

    /// Compares the episodes that ended.
    fn episodes(&mut self, cpu: &[Episode], device: &[Episode]) {
        let numbers = |all: &[Episode]| -> Vec<f32> {
            let row = |it: &Episode| {
                [it.env as f32, it.length as f32, f32::from(it.success), it.total_reward as f32]
            };
            all.iter().flat_map(row).collect()
        };
        const NAMES: [&str; 4] = ["environment", "length", "success", "sum of rewards"];
        let name = |k: usize| format!("the {} of an episode that ended", NAMES[k]);
        self.rows([&[cpu.len() as f32], &[device.len() as f32]], 1, |_| {
            "the number of episodes that ended".to_owned()
        });
        self.rows([&numbers(cpu), &numbers(device)], NAMES.len(), name);
    }

    fn states(&mut self, cpu: &Environments, device: &Environments) -> Result<(), SceneError> {
        let (cpu, device) = (cpu.try_state()?, device.try_state()?);
        for (cpu, device) in cpu.arrays.iter().zip(&device.arrays) {
            if let (Numbers::F32(a), Numbers::F32(b)) = (&cpu.numbers, &device.numbers) {
                self.rows([a, b], cpu.dim.max(1), |k| format!("{}[{k}]", cpu.name));
            }
        }
        Ok(())
    }
}

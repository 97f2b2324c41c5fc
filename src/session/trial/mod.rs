//! The trial of a scene: a few environments for a moment, before hours go into a training.
//!
//! What is wrong with a file a check finds by reading it. What shows itself only in motion is found here: numbers
//! that are not finite, episodes that end at once, contacts that begin deep inside each other.

mod contacts;
mod shapers;
mod size;
mod unfit;

use crate::diagnostic::Diagnostic;
use crate::math::lanes::Isa;
use crate::math::rng::{Random, RandomStream};
use crate::scene::{ActionUnits, Actions, Environments, Scene, SceneError, draw_controls};
use crate::space::{Buffer, Device};
use contacts::deep_contacts;
use serde::Serialize;
pub(super) use shapers::Shapers;
use shapers::Step;
use size::{fitting, quick_enough};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use unfit::Unfit;

/// Limits of a trial. The time is checked between steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrialLimits {
    /// Number of environments.
    pub n_envs: usize,
    /// Steps with actions of zero, and as many with random ones.
    pub n_steps: usize,
    /// Longest time.
    pub time: Duration,
    /// Memory of the environments \[bytes\].
    pub bytes: u64,
}

impl Default for TrialLimits {
    fn default() -> Self {
        Self { n_envs: 64, n_steps: 100, time: Duration::from_secs(2), bytes: 256_000_000 }
    }
}

/// Result of a trial.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Trial {
    /// The scene's name.
    pub scene: String,
    /// Number of environments.
    pub n_envs: usize,
    /// Steps that were taken with actions of zero, and with random ones.
    pub n_steps: [usize; 2],
    /// What it took \[s\].
    pub secs: f64,
    /// What observations were between, from the reset on.
    pub observations: Vec<ObservationRange>,
    /// What doing nothing brings; none of a model without a task.
    pub idle: Option<ZeroActionResult>,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// The least and the most of a number that is observed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ObservationRange {
    /// Name of the observation.
    pub name: String,
    /// The smallest value that was seen.
    pub low: f32,
    /// The largest value that was seen.
    pub high: f32,
}

/// Statistics of a policy whose actions are all zero (of discrete actions the first option).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ZeroActionResult {
    /// Mean reward of a step.
    pub reward: f64,
    /// Mean sum of rewards of the first episodes, as far as they were seen.
    pub episode_return: f64,
    /// Mean length of these episodes [policy steps].
    pub episode_length: f64,
    /// Share of these that were seen to their end.
    pub ended: f64,
}

/// Tries a scene: a reset, steps with actions of zero, then the same from the same reset with random ones. Fails
/// only where the device is not there.
pub fn try_scene(
    scene: &Scene,
    seed: u64,
    device: Device,
    limits: &TrialLimits,
) -> Result<Trial, SceneError> {
    try_shaped(scene, seed, device, limits, &mut Shapers::none())
}

/// The same with the shapers of a workflow, whose terms are tried too.
pub(super) fn try_shaped(
    scene: &Scene,
    seed: u64,
    device: Device,
    limits: &TrialLimits,
    shapers: &mut Shapers<'_>,
) -> Result<Trial, SceneError> {
    let isa = device.isa()?;
    // On one thread all is in one shard, with one work bench: its memory is known.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let pool = pool.ok();
    let mut work = || work(scene, seed, (device, isa), limits, shapers);
    match pool {
        Some(pool) => pool.install(work),
        None => work(),
    }
}

fn work(
    scene: &Scene,
    seed: u64,
    (device, isa): (Device, Isa),
    limits: &TrialLimits,
    shapers: &mut Shapers<'_>,
) -> Result<Trial, SceneError> {
    let start = Instant::now();
    let mut trial = Trial { scene: scene.name.clone(), ..Trial::default() };
    let in_memory = fitting(scene, isa, limits);
    if in_memory == 0 {
        let message = format!(
            "one environment takes more than the {} MB that a trial may: nothing was simulated",
            limits.bytes / 1_000_000
        );
        trial.diagnostics.push(Diagnostic::warning("trial-none", message));
        return Ok(trial);
    }
    trial.n_envs = quick_enough(scene, seed, device, isa, in_memory, limits)?;
    let mut seen = Seen::new(scene);
    let environments = Environments::on_trial(scene, trial.n_envs, seed, device)?;
    let (n_envs, shares) = (trial.n_envs, [0.5, 1.0]);
    trial.diagnostics.extend(deep_contacts(&environments, isa));
    let mut environments = Some(environments);
    for (run, share) in [Acting::Zero, Acting::Random].into_iter().zip(shares) {
        let mut environments = match environments.take() {
            Some(environments) => environments,
            None => Environments::on_trial(scene, n_envs, seed, device)?,
        };
        let until = start + limits.time.mul_f64(share);
        trial.n_steps[run as usize] =
            seen.watch(&mut environments, run, seed, (limits.n_steps, until), shapers)?;
    }
    trial.observations = seen.observations(scene);
    trial.idle = (!scene.task.is_bare && trial.n_steps[0] > 0).then(|| seen.idle(n_envs));
    trial.diagnostics.extend(seen.unfit.diagnostics(scene, n_envs));
    trial.diagnostics.extend(shapers.diagnostics(n_envs));
    trial.diagnostics.extend(seen.at_once(scene, n_envs));
    trial.diagnostics.extend(trial.shortened(limits));
    trial.secs = start.elapsed().as_secs_f64();
    Ok(trial)
}

/// What acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Acting {
    Zero,
    Random,
}

impl Acting {
    /// Which actions those are.
    fn name(self) -> &'static str {
        match self {
            Self::Zero => "zero",
            Self::Random => "random",
        }
    }
}

/// What goes into a step, and what its numbers are.
fn actions(
    environments: &Environments,
    acting: Acting,
    seed: u64,
    step: u64,
) -> (Vec<f32>, ActionUnits) {
    let (scene, n_envs) = (environments.scene(), environments.n_envs());
    let is_bare = scene.task.is_bare;
    let units = if is_bare { ActionUnits::Control } else { ActionUnits::Policy };
    let dim = environments.action_dim(units);
    let mut values = vec![0.0; n_envs * dim];
    if acting == Acting::Random {
        for (env, row) in values.chunks_exact_mut(dim.max(1)).enumerate() {
            let mut random = Random::new(seed, RandomStream::Control, env as u32, step);
            match is_bare {
                true => draw_controls(&scene.model, &mut random, row),
                false => scene.task.action_space.sample(&mut random, row),
            }
        }
    }
    (values, units)
}

/// What was seen so far.
struct Seen {
    /// Of each number of each stream.
    ranges: Vec<Vec<(f32, f32)>>,
    unfit: Unfit,
    /// Environments whose first episode ended in its first step, by who acted, and the terminations that held.
    at_once: [BTreeSet<usize>; 2],
    causes: BTreeMap<usize, usize>,
    /// With actions of zero: of each environment's first episode its return, its length, and whether it ended.
    first: Vec<(f64, u32, bool)>,
    reward: f64,
    n_rewards: usize,
}

impl Seen {
    fn new(scene: &Scene) -> Self {
        let never = (f32::INFINITY, f32::NEG_INFINITY);
        let streams = scene.task.observations.streams();
        Self {
            ranges: streams.iter().map(|stream| vec![never; stream.size()]).collect(),
            unfit: Unfit::default(),
            at_once: Default::default(),
            causes: BTreeMap::new(),
            first: Vec::new(),
            reward: 0.0,
            n_rewards: 0,
        }
    }

    /// Steps the environments, so many times or until then. How many steps there were.
    fn watch(
        &mut self,
        environments: &mut Environments,
        acting: Acting,
        seed: u64,
        (n_steps, until): (usize, Instant),
        shapers: &mut Shapers<'_>,
    ) -> Result<usize, SceneError> {
        self.take_in(environments, acting, 0);
        if acting == Acting::Zero {
            self.first = vec![(0.0, 0, false); environments.n_envs()];
        }
        for step in 0..n_steps {
            if step > 0 && Instant::now() >= until {
                return Ok(step);
            }
            let (values, units) = actions(environments, acting, seed, step as u64);
            let before = (!shapers.is_empty()).then(|| environments.output().observations.clone());
            environments.step(Actions { values: &values, units })?;
            if let Some(before) = &before {
                let (number, actions) = (step + 1, &values[..]);
                shapers.see(&Step { acting, number, before, actions, environments });
            }
            self.take_in(environments, acting, step + 1);
            if step == 0 {
                self.note_first_ends(environments, acting);
            }
            if acting == Acting::Zero {
                self.sum_up(environments);
            }
        }
        Ok(n_steps)
    }

    /// Takes in what is observed now, and what is not finite.
    fn take_in(&mut self, environments: &Environments, acting: Acting, step: usize) {
        let output = environments.output();
        for (ranges, buffer) in self.ranges.iter_mut().zip(output.observations.buffers()) {
            let size = ranges.len().max(1);
            let mut widen = |k: usize, x: f32| {
                ranges[k % size] = (ranges[k % size].0.min(x), ranges[k % size].1.max(x));
            };
            match buffer {
                Buffer::F32(numbers) => {
                    numbers.iter().enumerate().for_each(|(k, &x)| widen(k, x));
                }
                Buffer::U8(numbers) => {
                    numbers.iter().enumerate().for_each(|(k, &x)| widen(k, f32::from(x)));
                }
            }
        }
        output.non_finite.iter().for_each(|it| self.unfit.add(it, acting, step));
    }

    /// Notes which episodes the first step has ended, and by what.
    fn note_first_ends(&mut self, environments: &Environments, acting: Acting) {
        let output = environments.output();
        let is_unfit =
            |env: usize| output.non_finite.iter().any(|it| it.env == env && !it.at_reset);
        for env in
            (0..environments.n_envs()).filter(|&env| output.terminated[env] && !is_unfit(env))
        {
            self.at_once[acting as usize].insert(env);
            let conditions = environments.snapshot(env).map(|it| it.conditions).unwrap_or_default();
            for place in conditions.iter().enumerate().filter(|(_, held)| **held).map(|it| it.0) {
                *self.causes.entry(place).or_default() += 1;
            }
        }
    }

    fn sum_up(&mut self, environments: &Environments) {
        let output = environments.output();
        for (env, (total, length, ended)) in self.first.iter_mut().enumerate() {
            let reward = f64::from(output.rewards[env]);
            self.reward += reward;
            self.n_rewards += 1;
            if !*ended {
                *total += reward;
                *length += 1;
                *ended = output.terminated[env] || output.truncated[env];
            }
        }
    }

    fn idle(&self, n_envs: usize) -> ZeroActionResult {
        let mean = |sum: f64| sum / n_envs.max(1) as f64;
        ZeroActionResult {
            reward: self.reward / self.n_rewards.max(1) as f64,
            episode_return: mean(self.first.iter().map(|(total, ..)| total).sum()),
            episode_length: mean(self.first.iter().map(|(_, length, _)| f64::from(*length)).sum()),
            ended: mean(self.first.iter().filter(|(.., ended)| *ended).count() as f64),
        }
    }

    /// The ranges by name; those of a stream whose numbers have no names are one.
    fn observations(&self, scene: &Scene) -> Vec<ObservationRange> {
        let streams = scene.task.observations.streams().iter().zip(&self.ranges);
        let named = streams.flat_map(|(stream, ranges)| {
            if stream.components.is_empty() {
                let ends = (f32::INFINITY, f32::NEG_INFINITY);
                let (low, high) = ranges.iter().fold(ends, |a, b| (a.0.min(b.0), a.1.max(b.1)));
                return vec![ObservationRange { name: stream.name.clone(), low, high }];
            }
            let of = |(k, &(low, high)): (usize, &(f32, f32))| ObservationRange {
                name: stream.component(k),
                low,
                high,
            };
            ranges.iter().enumerate().map(of).collect()
        });
        named.collect()
    }

    /// What is to be said of episodes that end in their first step.
    fn at_once(&self, scene: &Scene, n_envs: usize) -> Option<Diagnostic> {
        let task = &scene.task;
        let [zero, random] = &self.at_once;
        // An episode of one step ends there as it should.
        if task.episode_length == 1 || 2 * zero.len().max(random.len()) < n_envs.max(1) {
            return None;
        }
        let names = self.causes.keys().filter_map(|&place| task.termination_names.get(place));
        let names: Vec<String> = names.map(|name| format!("\"{name}\"")).collect();
        let by =
            if names.is_empty() { String::new() } else { format!(", by {}", names.join(", ")) };
        let message = format!(
            "the first step ends the episode in {} of {n_envs} environments with actions of zero and in {} with \
             random ones{by}",
            zero.len(),
            random.len(),
        );
        let remedy =
            "begin where no termination holds (keyframe, reset), or write the condition otherwise";
        let always = zero.len() == n_envs && random.len() == n_envs;
        let found = if always { Diagnostic::error } else { Diagnostic::warning };
        Some(found("ends-at-once", message).remedy(remedy))
    }
}

impl Trial {
    /// Whether nothing is wrong that stops a training.
    pub fn is_sound(&self) -> bool {
        !crate::diagnostic::has_errors(&self.diagnostics)
    }

    /// Names the file in what was found.
    pub(super) fn of_file(mut self, file: &std::path::Path) -> Self {
        let name = file.display().to_string();
        self.diagnostics.iter_mut().for_each(|found| found.file = Some(name.clone()));
        self
    }

    /// Says so where less was tried than the limits ask for.
    fn shortened(&self, limits: &TrialLimits) -> Option<Diagnostic> {
        let [zero, random] = self.n_steps;
        let whole = self.n_envs == limits.n_envs && zero.min(random) == limits.n_steps;
        let message = format!(
            "the scene is large: {} of {} environments were tried, {zero} steps with actions of zero and {random} \
             with random ones of {} each",
            self.n_envs, limits.n_envs, limits.n_steps
        );
        (!whole).then(|| Diagnostic::note("trial-short", message))
    }
}

#[cfg(test)]
mod tests;

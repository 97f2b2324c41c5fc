//! Steps that do nothing but launch kernels.

use super::clocks::{self, Began};
use super::link::{Link, LinkError};
use super::plan::{Draws, N_COUNTS, Plan, n_sums};
use super::shown::{flags, rows_of};
use crate::device::kernels::EPISODE;
use crate::device::words::{from_doubles, from_words, to_doubles};
use crate::device::{Argument, BLOCK, BufferId, DeviceError, Grid, KernelId, ProgramBackend};
use crate::scene::library::Scene;
use crate::scene::step::StepOutput;
use crate::scene::there::{ActionsThere, StepSums, StepThere};
use crate::scene::trace::Manner;

/// The kernels of `episode.cu`.
struct Kernels {
    prepare_step: KernelId,
    finish_step: KernelId,
    show_step: KernelId,
    sum_episodes: KernelId,
    clear_episodes: KernelId,
}

impl Kernels {
    fn load(backend: &mut dyn ProgramBackend) -> Result<Self, DeviceError> {
        let mut load = |kernel| backend.load_source(&EPISODE, kernel);
        Ok(Self {
            prepare_step: load("prepare_step")?,
            finish_step: load("finish_step")?,
            show_step: load("show_step")?,
            sum_episodes: load("sum_episodes")?,
            clear_episodes: load("clear_episodes")?,
        })
    }
}

/// Where clocks are, and what was shown last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clocks {
    /// On the host; on the device may be older ones.
    Here,
    /// The same on the host and on the device.
    Both,
    /// On the device; on the host are older ones.
    There,
}

/// What steps need that do nothing but launch kernels.
pub(super) struct Enqueue {
    kernels: Kernels,
    plan: BufferId,
    words: BufferId,
    settings: BufferId,
    pub at_clocks: BufferId,
    registers: BufferId,
    sums: BufferId,
    totals: BufferId,
    pub step: StepThere,
    pub clocks: Clocks,
    /// Rows of `sums`.
    n_sums: usize,
    /// Numbers of a row of observations.
    pub dim: usize,
    /// Bits of the difficulty that is on the device; none before the first step.
    difficulty: Option<u64>,
    /// Since sums were cleared.
    n_steps: u64,
}

fn buffer(id: BufferId) -> Argument {
    Argument::Buffer(id)
}

impl Enqueue {
    /// For the environments of a link, of which `first` is the first; sums begin with nothing.
    pub fn new(
        link: &mut Link,
        scene: &Scene,
        (first, seed): (usize, u64),
        draws: &Draws,
    ) -> Result<Self, DeviceError> {
        let n = link.n;
        let Plan { plan, words, settings } =
            Plan::new(scene, (first, n, seed), &link.fields, &link.begin.program, draws);
        // The difficulty comes with the first step.
        let settings = [&[0.0], &settings[..]].concat();
        let kernels = Kernels::load(link.backend.as_mut())?;
        let (dim, n_sums) = (scene.task.n_written(), n_sums(scene));
        let mut allocate = |n| link.allocate(n);
        let step = StepThere {
            observations: allocate(n * dim)?,
            next_observations: allocate(n * dim)?,
            rewards: allocate(n)?,
            terminated: allocate(n)?,
            truncated: allocate(n)?,
        };
        Ok(Self {
            kernels,
            at_clocks: allocate(clocks::PLACES * n)?,
            registers: allocate(2 * draws.n_registers() * n)?,
            sums: allocate(2 * n_sums * n)?,
            totals: allocate(2 * n_sums)?,
            plan: link.hold(&from_words(&plan))?,
            words: link.hold(&from_words(&words))?,
            settings: link.hold(&from_doubles(&settings))?,
            step,
            clocks: Clocks::Here,
            n_sums,
            dim,
            difficulty: None,
            n_steps: 0,
        })
    }

    /// Has the device go on from these clocks, and from what the host shows.
    pub fn send(
        &mut self,
        link: &mut Link,
        all: &[Began],
        output: &StepOutput,
    ) -> Result<(), DeviceError> {
        let n = link.n as u32;
        let begun = (0..n).zip(&output.episode_starts);
        let chosen: Vec<u32> =
            begun.map(|(env, &is_first)| if is_first { env } else { n }).collect();
        let step = self.step;
        for (to, numbers) in [
            (self.at_clocks, clocks::to_rows(all)),
            (link.begin.chosen, from_words(&chosen)),
            (step.observations, rows_of(&output.observations)),
            (step.next_observations, rows_of(&output.next_observations)),
            (step.rewards, output.rewards.clone()),
            (step.terminated, flags(&output.terminated)),
            (step.truncated, flags(&output.truncated)),
        ] {
            link.backend.write(to, 0, &numbers)?;
        }
        self.clocks = Clocks::Both;
        Ok(())
    }

    /// Takes all environments through a policy step. Clocks are on the device.
    pub fn step(
        &mut self,
        link: &mut Link,
        scene: &Scene,
        (manner, difficulty): (Manner, f64),
        actions: ActionsThere,
    ) -> Result<(), LinkError> {
        let tick = link.prepare(scene, manner)?;
        link.forget();
        self.clocks = Clocks::There;
        if self.difficulty != Some(difficulty.to_bits()) {
            link.backend.write(self.settings, 0, &from_doubles(&[difficulty]))?;
            self.difficulty = Some(difficulty.to_bits());
        }
        let (begin, n) = (&link.begin, link.n as u32);
        let (numbers, step) = (buffer(link.numbers), self.step);
        let known = [self.plan, self.words, self.settings, self.at_clocks].map(buffer);
        let count = Argument::Count;
        let backend = link.backend.as_mut();
        let mut launch = |kernel, arguments: &[Argument]| backend.launch(kernel, n, arguments);

        let given = [buffer(actions.values), numbers, buffer(self.registers)];
        let limits = [actions.limit.unwrap_or(0.0), actions.scale].map(Argument::Number);
        let sizes = [u32::from(actions.limit.is_some()), scene.action_dim(actions.units) as u32];
        let arguments = [&known[..], &given, &limits, &sizes.map(count)].concat();
        launch(self.kernels.prepare_step, &arguments)?;

        launch(tick, &[numbers, numbers, count(n)])?;

        let starts = [numbers, buffer(begin.given), buffer(begin.chosen)];
        let worth = [step.rewards, step.terminated, step.truncated, self.sums, self.registers];
        let ends = count(manner.ends.into());
        let arguments = [&known[..], &starts, &worth.map(buffer), &[ends]].concat();
        launch(self.kernels.finish_step, &arguments)?;

        let begun = [begin.given, begin.out, link.numbers, begin.chosen].map(buffer);
        launch(begin.kernel, &[&begun[..], &[count(n), count(n)]].concat())?;

        let seen = [begin.out, begin.chosen, step.observations, step.next_observations, self.sums];
        let arguments = [&[buffer(self.plan), numbers][..], &seen.map(buffer)].concat();
        launch(self.kernels.show_step, &arguments)?;
        self.n_steps += 1;
        Ok(())
    }

    /// See [`Environments::sums`](crate::scene::Environments::sums).
    pub fn sums(&self, link: &mut Link) -> Result<StepSums, DeviceError> {
        let grid = Grid { blocks: (self.n_sums as u32, 1), threads: BLOCK };
        let arguments = [buffer(self.sums), buffer(self.totals), Argument::Count(link.n as u32)];
        link.backend.launch_grid(self.kernels.sum_episodes, grid, &arguments)?;
        let sums = to_doubles(&link.numbers_of(self.totals, 2 * self.n_sums)?);
        let n = link.n.max(1) as f64;
        Ok(StepSums {
            n_steps: self.n_steps,
            episodes: sums[0] as u64,
            total_reward: sums[1],
            length: sums[2] as u64,
            successes: sums[3] as u64,
            n_non_finite: sums[4] as u64,
            reward_terms: sums[N_COUNTS..].iter().map(|sum| sum / n).collect(),
        })
    }

    /// See [`Environments::clear_sums`](crate::scene::Environments::clear_sums).
    pub fn clear_sums(&mut self, link: &mut Link) -> Result<(), DeviceError> {
        self.n_steps = 0;
        let sizes = [self.n_sums, link.n].map(|n| Argument::Count(n as u32));
        let arguments = [&[buffer(self.sums)][..], &sizes].concat();
        link.backend.launch(self.kernels.clear_episodes, link.n as u32, &arguments)
    }
}

//! What kernels of a policy step know of a scene.

use super::fields::Fields;
use super::table::Table;
use crate::math::program::{ArrayCell, LaneProgram};
use crate::math::rng::{RandomStream, Sequences};
use crate::scene::library::Scene;
use crate::scene::trace::{trace_push, trace_start};
use crate::space::ObservationStream;

/// The programs by which a scene draws.
pub(super) struct Draws {
    start: Table,
    /// None of a task without pushes.
    push: Option<Table>,
}

impl Draws {
    /// Those of a scene; none if they are no tables.
    pub fn of(scene: &Scene) -> Option<Self> {
        let start = Table::of(&trace_start(scene).ok()?)?;
        let push = match trace_push(scene).ok()? {
            Some(program) => Some(Table::of(&program)?),
            None => None,
        };
        Some(Self { start, push })
    }

    /// The most words of both programs.
    pub fn n_words(&self) -> usize {
        self.start.n_words() + self.push.as_ref().map_or(0, Table::n_words)
    }

    /// Registers that each environment needs, of one program after the other.
    pub fn n_registers(&self) -> usize {
        let of_push = self.push.as_ref().map_or(0, |push| push.n_registers);
        self.start.n_registers.max(of_push) as usize
    }
}

/// Whether kernels can draw how episodes of a scene begin, and its pushes.
pub(in crate::scene) fn draws_straight(scene: &Scene) -> bool {
    Draws::of(scene).is_some()
}

/// What precedes reward terms in the sums of each environment: episodes, their rewards, their steps, successes, numbers
/// that are not finite.
pub(super) const N_COUNTS: usize = 5;

/// Rows of sums of each environment.
pub(super) fn n_sums(scene: &Scene) -> usize {
    N_COUNTS + scene.task.n_reward_means()
}

/// Words of `Plan` of `episode.cu`.
pub(super) const PLAN_LEN: usize = 31;

/// As kernels read it.
pub(super) struct Plan {
    /// As `Plan` of `episode.cu` has it.
    pub plan: [u32; PLAN_LEN],
    /// The programs, and rows.
    pub words: Vec<u32>,
    /// Policy step \[s\] and amplitudes of noise; the difficulty is before them.
    pub settings: Vec<f64>,
}

impl Plan {
    /// That of `n` environments from `first` on, whose episodes begin by `begin`.
    pub fn new(
        scene: &Scene,
        (first, n, seed): (usize, usize, u64),
        fields: &Fields,
        begin: &LaneProgram,
        draws: &Draws,
    ) -> Self {
        let task = &scene.task;
        let row = |array: &str| fields.rows(array).start as u32;
        let n_rows = |array: &str| fields.rows(array).len() as u32;
        let n_given = begin.inputs.len() as u32;
        let given = |array: &str, index: u32| {
            let is_it = |cell: &ArrayCell| (cell.array, cell.index) == (array, index);
            begin.inputs.iter().position(is_it).map_or(n_given, |place| place as u32)
        };
        let mut words = draws
            .start
            .words(|cell| Some(given(cell.array, cell.index)).filter(|&place| place < n_given));
        let push_program = words.len() as u32;
        if let Some(push) = &draws.push {
            words.extend(push.words(|cell| fields.row(cell)));
        }
        let given_rows = words.len() as u32;
        let n_noise = task.observation_noise.len() as u32;
        words.push(given("difficulty", 0));
        words.extend((0..n_noise).map(|k| given("noise", k)));

        let shown = [ObservationStream::OBSERVATIONS, ObservationStream::CRITIC_OBSERVATIONS];
        let come_in = ["action", "push", "noise", "time", "difficulty"].map(row);
        let brought = ["reward", "reward_parts", "terminated", "success", "fit"].map(row);
        let counts = [
            n_noise,
            task.n_reward_means() as u32,
            task.success.is_some().into(),
            task.episode_length,
            task.pushes.as_ref().map_or(0, |pushes| pushes.every),
        ];
        let key = |stream| {
            let [low, high, ..] = Sequences::new(seed, stream, 0).words();
            [low, high]
        };
        let keys = [RandomStream::Observe, RandomStream::Push, RandomStream::Reset].map(key);
        let [observe, push, reset] = keys;
        let parts: [&[u32]; 10] = [
            &[n as u32, first as u32],
            &come_in,
            &brought,
            &shown.map(row),
            &shown.map(n_rows),
            &counts,
            &observe,
            &push,
            &reset,
            &[0, push_program, given_rows, n_given],
        ];
        let mut plan = [0; PLAN_LEN];
        plan.iter_mut().zip(parts.concat()).for_each(|(to, word)| *to = word);
        let settings = [task.dt].into_iter().chain(task.observation_noise.iter().copied());
        Self { plan, words, settings: settings.collect() }
    }
}

//! What a device keeps: rows of numbers, one number in each for every environment.

use crate::math::program::{ArrayCell, LaneProgram};
use crate::physics::{Plan, params_that_vary};
use crate::scene::library::Scene;
use crate::scene::randomize::all_differing;
use crate::space::ObservationStream;
use std::ops::Range;

/// An array: its name, its first row, and how many rows it has.
type Array = (&'static str, usize, usize);

/// Which row each number of a scene's programs has.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    arrays: Vec<Array>,
    /// Places in [`Params::varying`](crate::physics::Params::varying) of the numbers that have a row, in their order.
    pub params: Vec<usize>,
    pub n_rows: usize,
    /// Rows of what environments keep from step to step and a spectator sees.
    pub kept: Range<usize>,
    /// Rows of what each step brings, and of what is read only where it is asked for.
    pub brought: Range<usize>,
    pub asked_for: Range<usize>,
}

impl Fields {
    /// Those of a scene, with forces from outside on its bodies if something `pulls` at them.
    pub fn of(scene: &Scene, plan: &Plan, pulls: bool) -> Self {
        let (model, task) = (&scene.model, &scene.task);
        let variants = all_differing(model, &task.randomized);
        let params = params_that_vary(plan, &variants.iter().collect::<Vec<_>>());
        let dim = task.action_space.action_dim();
        let n_late = if task.action_delay > 0 { model.nu * (task.action_delay + 1) } else { 0 };
        let n_shown = |name: &str| {
            let is_it = |&stream: &usize| task.observations.streams()[stream].name == name;
            let of = task.written.iter().find(|it| is_it(&it.stream));
            of.map_or(0, |it| it.outputs.len())
        };
        let given: [Array; 5] = [
            // In whichever units they come.
            ("action", 0, dim.max(model.nu)),
            ("push", 0, 2 * usize::from(task.pushes.is_some())),
            ("noise", 0, task.observation_noise.len()),
            ("time", 0, 1),
            ("difficulty", 0, 1),
        ];
        let of_episode: [Array; 2] = [("delay", 0, 1), ("params", 0, params.len())];
        let kept: [Array; 7] = [
            ("qpos", 0, model.nq),
            ("qvel", 0, model.nv),
            ("act", 0, model.na),
            ("qacc_warmstart", 0, model.nv),
            ("previous_action", 0, dim),
            ("memory", 0, task.after_step.n_memory()),
            ("controls", 0, n_late),
        ];
        let brought: [Array; 7] = [
            (ObservationStream::OBSERVATIONS, 0, n_shown(ObservationStream::OBSERVATIONS)),
            (
                ObservationStream::CRITIC_OBSERVATIONS,
                0,
                n_shown(ObservationStream::CRITIC_OBSERVATIONS),
            ),
            ("reward", 0, 1),
            ("reward_parts", 0, task.n_reward_parts()),
            ("terminated", 0, 1),
            ("success", 0, 1),
            ("fit", 0, 1),
        ];
        let asked_for: [Array; 3] = [
            ("terminations", 0, task.terminations.len()),
            ("blind", 0, task.terminations.len()),
            ("outputs", 0, task.after_step.n_outputs()),
        ];
        let mut it =
            Self { arrays: vec![], params, n_rows: 0, kept: 0..0, brought: 0..0, asked_for: 0..0 };
        it.add(&given);
        it.add(&of_episode);
        it.kept = it.add(&kept).start..it.add(&[("ctrl", 0, model.nu)]).end;
        it.brought = it.add(&brought);
        it.asked_for = it.add(&asked_for);
        if pulls {
            it.add(&[("xfrc_applied", 0, 6 * model.bodies.len())]);
        }
        it
    }

    fn add(&mut self, arrays: &[Array]) -> Range<usize> {
        let first = self.n_rows;
        for &(name, _, n) in arrays {
            self.arrays.push((name, self.n_rows, n));
            self.n_rows += n;
        }
        first..self.n_rows
    }

    /// Rows of an array; none of one that there is not.
    pub fn rows(&self, array: &str) -> Range<usize> {
        let known = self.arrays.iter().find(|(name, ..)| *name == array);
        known.map_or(0..0, |&(_, first, n)| first..first + n)
    }

    /// The row of a number, if it has one.
    pub fn row(&self, cell: &ArrayCell) -> Option<u32> {
        let rows = self.rows(cell.array);
        let place = match cell.array {
            "params" => self.params.iter().position(|&place| place == cell.index as usize)?,
            _ => cell.index as usize,
        };
        rows.clone().nth(place).map(|row| row as u32)
    }

    /// Rows of all that comes into a program.
    ///
    /// # Panics
    /// If something has none: our mistake.
    pub fn rows_in(&self, program: &LaneProgram) -> Vec<u32> {
        let row =
            |cell: &ArrayCell| self.row(cell).unwrap_or_else(|| panic!("{cell:?} has no row"));
        program.inputs.iter().map(row).collect()
    }
}

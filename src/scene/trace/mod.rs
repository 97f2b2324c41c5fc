//! What a task does, as programs: for who steps environments on another device.
//!
//! [`trace_tick`] is a policy step, from actions to rewards. What an environment keeps from step to step comes in and
//! goes out as the state's table has it (`qpos`, `qvel`, `act`, `qacc_warmstart`, `previous_action`, `memory`, and
//! `controls` of tasks with `action_delay`), and beside it:
//!
//! | in | |
//! |---|---|
//! | `action` | as the policy gave it, in [`ActionUnits`] |
//! | `push` | what is added to two velocities, -0 for nothing, of tasks with `pushes` |
//! | `params` | numbers of the model that `randomize` may change, by their places in [`Params::varying`](crate::physics::Params::varying) |
//! | `delay` | how many steps late controls act |
//! | `noise` | what [`trace_noise`] gives, of tasks with `observation_noise` |
//! | `time`, `difficulty` | since the episode began, after this step [s]; from 0 to 1 |
//!
//! | out | |
//! |---|---|
//! | `ctrl` | controls, for spectators |
//! | `observations`, `critic_observations` | what the step led to; zeros, and noise, where a number was not finite |
//! | `reward`, `reward_parts` | as [`StepOutput`](super::StepOutput) has them |
//! | `terminations`, `terminated`, `success`, `fit` | 1 or 0: each condition of the task; whether the episode ends by them or by numbers that are not finite; whether it is a success, if the task says so; whether all numbers are finite |
//! | `outputs` | what the task's program gave: what is observed, terms of the reward, conditions, also where they are not finite |
//!
//! [`trace_view`] is an episode where it begins. Random numbers are made outside, by counters, and come in
//! as numbers uniform in [0, 1). What is made of them is in f64, as on the CPU, and rounded by who runs the program:
//! [`trace_start`] draws the state in which an episode begins and its delay, [`trace_push`] a push, [`trace_noise`] noise of
//! observations. Numbers of the model that are drawn are not made by a program: they come of compiling the model
//! (`set_constants`), and belong in a table that the host fills.
//!
//! Clocks, time limits and who is reset are for who runs the programs: they are counters, and would come in and go out
//! unchanged in all but few steps.

mod begin;
#[cfg(test)]
mod pair;
#[cfg(test)]
pub(super) mod tests;
mod tick;

pub use begin::{trace_noise, trace_push, trace_start, trace_view};
pub use tick::trace_tick;
pub(super) use tick::{Manner, trace_tick_as};

use super::library::Scene;
use super::task::Task;
use crate::diagnostic::{Diagnostic, Location};
use crate::math::lanes::Lanes;
use crate::math::lanes::trace::{Number, Trace, TraceError};
use crate::math::program::ArrayCell;
use crate::physics::{self, Plan, cells_out, rangefinder_trace_errors};
use crate::space::ObservationStream;

/// A part of a scene that is simulated on the CPU only, as it cannot be traced into a program; with the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskTraceError {
    /// A part of the model.
    Physics(physics::StepTraceError),
    /// A part of the task.
    Part {
        /// The part, in words.
        part: String,
        /// What of it no device does, in words.
        what: &'static str,
        /// What to do about it.
        remedy: &'static str,
        /// Where it stands in the task file.
        location: Option<Box<Location>>,
    },
}

impl TaskTraceError {
    /// As a finding about a file of the scene.
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Physics(error) => error.diagnostic(),
            Self::Part { part, what, remedy, location } => {
                let found = Diagnostic::error(physics::ON_CPU_ONLY, *what);
                found.element(part.as_str()).located(location.as_deref()).remedy(*remedy)
            }
        }
    }
}

impl std::fmt::Display for TaskTraceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.diagnostic().plain().fmt(f)
    }
}

impl std::error::Error for TaskTraceError {}

impl From<physics::StepTraceError> for TaskTraceError {
    fn from(error: physics::StepTraceError) -> Self {
        Self::Physics(error)
    }
}

impl From<TraceError> for TaskTraceError {
    fn from(fault: TraceError) -> Self {
        physics::StepTraceError::from(fault).into()
    }
}

/// Everything of a scene for which [`trace_tick`] refuses it.
///
/// What moves the bodies is not the scene's to say: who has another engine, or several tasks in one batch, has no
/// program for them.
pub fn task_trace_errors(scene: &Scene) -> Vec<TaskTraceError> {
    refusals_of(scene, &Plan::new(scene.model.clone()))
}

fn refusals_of(scene: &Scene, plan: &Plan) -> Vec<TaskTraceError> {
    let task = &scene.task;
    let mut found: Vec<TaskTraceError> =
        physics::step_trace_errors(plan).into_iter().map(TaskTraceError::from).collect();
    if needs_refresh(task) {
        found.extend(rangefinder_trace_errors(plan).into_iter().map(TaskTraceError::from));
    }
    if task.terms.is_some() {
        found.push(TaskTraceError::Part {
            part: "terms in Rust".to_owned(),
            what: "they run on the CPU only",
            remedy: "write them as expressions of the task file",
            location: None,
        });
    }
    found.extend(task.cameras.iter().map(|camera| TaskTraceError::Part {
        part: format!("camera \"{}\"", camera.name()),
        what: "its pictures are drawn on the CPU only",
        remedy: "observe numbers in their place",
        location: camera.location().cloned().map(Box::new),
    }));
    found.extend(task.scans.iter().map(|scan| TaskTraceError::Part {
        part: format!("scan \"{}\"", scan.name),
        what: "its rays are followed on the CPU only",
        remedy: "leave the scan out",
        location: scan.location.clone().map(Box::new),
    }));
    found
}

/// Whether any program of the task reads poses or velocities of bodies.
fn needs_refresh(task: &Task) -> bool {
    task.after_step.needs_refresh() || task.after_reset.needs_refresh()
}

/// The first of [`task_trace_errors`], if there is one.
fn refuse(scene: &Scene, plan: &Plan) -> Result<(), TaskTraceError> {
    refusals_of(scene, plan).into_iter().next().map_or(Ok(()), Err)
}

/// The streams that a task's program gives, of which `shown` is each output, with the noise of the policy's.
fn streams_out<N: Number>(
    task: &Task,
    shown: impl Fn(usize) -> Trace<N>,
) -> Vec<(ArrayCell, Trace<N>)> {
    let mut cells = vec![];
    for written in &task.written {
        let name = task.observations.streams()[written.stream].name.as_str();
        let known = [ObservationStream::OBSERVATIONS, ObservationStream::CRITIC_OBSERVATIONS];
        let Some(array) = known.into_iter().find(|known| *known == name) else { continue };
        let is_noisy = written.outputs.start == 0 && !task.observation_noise.is_empty();
        let number = |(place, output)| match is_noisy {
            true => shown(output) + Trace::input("noise", place),
            false => shown(output),
        };
        cells.extend(cells_out(array, written.outputs.clone().enumerate().map(number)));
    }
    cells
}

/// 1 where a mask is true, else 0.
fn number<N: Number>(mask: <Trace<N> as Lanes>::Mask) -> Trace<N> {
    Trace::select(mask, Trace::one(), Trace::zero())
}

//! How episodes begin, and what disturbs them, as programs.

use super::{TaskTraceError, number, refuse, streams_out};
use crate::math::lanes::trace::{Number, Trace, TraceError, record, record_by_size};
use crate::math::lanes::{LaneMask, Lanes};
use crate::math::program::{ArrayCell, LaneProgram};
use crate::math::rng::ranged;
use crate::physics::{
    self, Data, Plan, cells_in, cells_out, params_in, params_that_vary, state_out,
};
use crate::scene::expression::ExpressionInputs;
use crate::scene::library::Scene;
use crate::scene::non_finite::is_finite;
use crate::scene::observe::shown_where;
use crate::scene::randomize::all_differing;
use crate::scene::task::Task;

/// An episode that begins in a state, as a program: in come `qpos`, `qvel`, `params`, `delay`, `noise` and `difficulty`,
/// out go the streams of observations, all that an environment keeps from step to step as it is then, `ctrl`, and `fit`,
/// which is 1 where all that is shown is finite. A number that is not reads 0. Actions, `time` and forces are zero there.
///
/// # Errors
/// The first of [`task_trace_errors`](super::task_trace_errors).
pub fn trace_view<N: Number>(scene: &Scene) -> Result<LaneProgram, TaskTraceError> {
    let plan = Plan::new(scene.model.clone());
    refuse(scene, &plan)?;
    let program = record_by_size(|| view::<N>(scene, &plan))?;
    Ok(program)
}

fn view<N: Number>(scene: &Scene, plan: &Plan) -> Vec<(ArrayCell, Trace<N>)> {
    let task = &scene.task;
    let program = &task.after_reset;
    let variants = all_differing(&scene.model, &task.randomized);
    let params = params_in::<N>(plan, &variants.iter().collect::<Vec<_>>());
    let mut data = Data::<Trace<N>>::new(plan);
    cells_in("qpos", &mut data.state.qpos);
    cells_in("qvel", &mut data.state.qvel);
    data.state.act = task.start.act.iter().copied().map(Trace::splat).collect();
    data.state.ctrl = task.start.ctrl.iter().copied().map(Trace::splat).collect();
    if program.needs_refresh() {
        physics::refresh(plan, &params, &mut data);
    }
    Trace::<N>::begin_stage("task");
    let zeros = |n: usize| vec![Trace::<N>::zero(); n];
    let still = zeros(task.action_space.action_dim());
    let mut memory = zeros(program.n_memory());
    cells_in("memory", &mut memory);
    let inputs = ExpressionInputs {
        plan,
        data: &data,
        action: &still,
        previous_action: &still,
        time: Trace::zero(),
        difficulty: Trace::input("difficulty", 0),
        memory: &memory,
        stepped: false,
        scans: &[],
        terms: &[],
    };
    let mut registers = zeros(program.n_registers());
    program.run(&inputs, &mut registers);
    let output = |k| program.output(&registers, k);
    let mut fit = <Trace<N> as Lanes>::Mask::splat(true);
    for k in 0..task.n_written() {
        fit = fit & is_finite(output(k));
    }
    let mut cells = streams_out(task, |k| shown_where(is_finite(output(k)), output(k)));
    let kept = (0..program.n_memory()).map(|place| program.remember(&registers, place));
    cells.extend(cells_out("memory", kept));
    cells.extend(cells_out("fit", [number(fit)]));
    cells.extend(state_out(&data.state));
    cells.extend(cells_out("ctrl", data.state.ctrl.clone()));
    cells.extend(cells_out("previous_action", still));
    if task.action_delay > 0 {
        let controls = vec![data.state.ctrl.clone(); task.action_delay + 1];
        cells.extend(cells_out("controls", controls.concat()));
        cells.extend(cells_out("delay", [Trace::input("delay", 0)]));
    }
    let differs = params_that_vary(plan, &variants.iter().collect::<Vec<_>>());
    cells.extend(differs.into_iter().map(|index| {
        let cell = ArrayCell { array: "params", index: index as u32 };
        (cell, Trace::input("params", index))
    }));
    Trace::<N>::end_stage();
    cells
}

/// The state in which an episode begins, as a program in f64: of the numbers `uniform`, in the order in which
/// [`Random`](crate::math::rng::Random) draws them, it makes `qpos`, `qvel`, and `delay` of tasks with `action_delay`.
/// The rest of the state is the same for all episodes: activations and controls of the start, zeros.
///
/// # Errors
/// Where the drawing does what cannot be written down: our mistake.
pub fn trace_start(scene: &Scene) -> Result<LaneProgram, TraceError> {
    let task = &scene.task;
    record::<f64>(|| {
        let mut n_drawn = 0;
        let mut uniform = || {
            n_drawn += 1;
            Trace::input("uniform", n_drawn - 1)
        };
        let lanes = |numbers: &[f64]| numbers.iter().copied().map(Trace::splat).collect();
        let (mut qpos, mut qvel): (Vec<_>, Vec<_>) =
            (lanes(&task.start.qpos), lanes(&task.start.qvel));
        for noise in &task.reset {
            noise.apply(&scene.model, &mut uniform, &mut qpos, &mut qvel);
        }
        let mut cells = cells_out("qpos", qpos);
        cells.extend(cells_out("qvel", qvel));
        if task.action_delay > 0 {
            let delay = drawn_delay(task, uniform());
            cells.extend(cells_out("delay", [delay]));
        }
        cells
    })
}

/// A delay of 0 to the task's largest [policy steps], as [`Random::below`](crate::math::rng::Random::below) draws it.
fn drawn_delay<L: Lanes>(task: &Task, uniform: L) -> L {
    (uniform * L::splat((task.action_delay + 1) as f64)).floor()
}

/// A push, as a program in f64: of two numbers `uniform` and `difficulty` it makes `push`; none of a task without pushes.
///
/// # Errors
/// As [`trace_start`].
pub fn trace_push(scene: &Scene) -> Result<Option<LaneProgram>, TraceError> {
    let Some(pushes) = &scene.task.pushes else { return Ok(None) };
    let program = record::<f64>(|| {
        let uniform = [0, 1].map(|k| Trace::input("uniform", k));
        let change = pushes.change(Trace::input("difficulty", 0), uniform);
        cells_out("push", change)
    })?;
    Ok(Some(program))
}

/// Noise of observations, as a program in f64: of a number `uniform` for each of them it makes `noise`; none of a task
/// without noise.
///
/// # Errors
/// As [`trace_start`].
pub fn trace_noise(scene: &Scene) -> Result<Option<LaneProgram>, TraceError> {
    let amplitudes = &scene.task.observation_noise;
    if amplitudes.is_empty() {
        return Ok(None);
    }
    let noise =
        |(k, &amplitude): (usize, &f64)| ranged(-amplitude, amplitude, Trace::input("uniform", k));
    let all = || amplitudes.iter().enumerate().map(noise);
    record::<f64>(|| cells_out("noise", all())).map(Some)
}

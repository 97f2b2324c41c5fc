//! A policy step as a program.

use super::{TaskTraceError, number, refuse, streams_out};
use crate::math::lanes::trace::{Number, Trace, TraceMask, record_by_size};
use crate::math::lanes::{LaneMask, Lanes, repeat, when};
use crate::math::program::{ArrayCell, LaneProgram};
use crate::physics::{
    self, Data, Params, Plan, cells_in, cells_out, params_in, pulls_in, state_in, state_out,
};
use crate::scene::control::apply_actions;
use crate::scene::disturb::{delay_controls, push};
use crate::scene::expression::ExpressionInputs;
use crate::scene::judge::{Judgement, holds};
use crate::scene::library::Scene;
use crate::scene::observe::{finite_lanes, shown_where};
use crate::scene::randomize::all_differing;
use crate::scene::step::ActionUnits;
use crate::scene::task::Termination;

/// How a policy step is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scene) struct Manner {
    pub units: ActionUnits,
    /// Whether terminations end episodes and replace rewards.
    pub ends: bool,
    /// Whether somebody looks at conditions that compare what is no number.
    pub looks: bool,
    /// Whether forces on bodies from outside come in.
    pub pulls: bool,
}

impl Manner {
    /// As in a training.
    pub fn usual(units: ActionUnits) -> Self {
        Self { units, ends: true, looks: false, pulls: false }
    }
}

/// One policy step of a task as a program, constants of model and task baked in. `scene/trace/mod.rs` lists its inputs
/// and outputs.
///
/// # Errors
/// The first of [`task_trace_errors`](super::task_trace_errors).
pub fn trace_tick<N: Number>(
    scene: &Scene,
    units: ActionUnits,
) -> Result<LaneProgram, TaskTraceError> {
    trace_tick_as::<N>(scene, Manner::usual(units))
}

/// As [`trace_tick`]. Who looks gets `blind`, of each termination whether it compares what is no number; of who pulls
/// `xfrc_applied` comes in.
pub(in crate::scene) fn trace_tick_as<N: Number>(
    scene: &Scene,
    manner: Manner,
) -> Result<LaneProgram, TaskTraceError> {
    let plan = Plan::new(scene.model.clone());
    refuse(scene, &plan)?;
    let program = record_by_size(|| Tick::<N>::new(scene, &plan, manner).run())?;
    Ok(program)
}

/// What a tick is written down on.
struct Tick<'a, N> {
    scene: &'a Scene,
    plan: &'a Plan,
    manner: Manner,
    params: Params<Trace<N>>,
    data: Data<Trace<N>>,
    action: Vec<Trace<N>>,
    previous_action: Vec<Trace<N>>,
    memory: Vec<Trace<N>>,
    /// As a [`Block`](super::block::Block) has them.
    controls: Vec<Vec<Trace<N>>>,
    registers: Vec<Trace<N>>,
}

impl<'a, N: Number> Tick<'a, N> {
    fn new(scene: &'a Scene, plan: &'a Plan, manner: Manner) -> Self {
        let task = &scene.task;
        let zeros = |n: usize| vec![Trace::zero(); n];
        let mut data = Data::new(plan);
        state_in(&mut data.state);
        if manner.pulls {
            pulls_in(&mut data);
        }
        // What no action drives stays as it was when the episode began.
        let start = task.start.ctrl.iter().copied().map(Trace::splat);
        data.state.ctrl = start.collect();
        let mut previous_action = zeros(task.action_space.action_dim());
        cells_in("previous_action", &mut previous_action);
        let mut memory = zeros(task.after_step.n_memory());
        cells_in("memory", &mut memory);
        let mut controls = vec![zeros(scene.model.nu); task.action_delay + 1];
        let late = (0..).zip(controls.iter_mut().flatten());
        late.for_each(|(place, control)| *control = Trace::input("controls", place));
        let variants = all_differing(&scene.model, &task.randomized);
        Self {
            scene,
            plan,
            manner,
            params: params_in(plan, &variants.iter().collect::<Vec<_>>()),
            data,
            action: previous_action.clone(),
            previous_action,
            memory,
            controls,
            registers: zeros(task.after_step.n_registers()),
        }
    }

    fn run(mut self) -> Vec<(ArrayCell, Trace<N>)> {
        Trace::<N>::begin_stage("actions");
        let mut given = vec![Trace::zero(); self.scene.action_dim(self.manner.units)];
        cells_in("action", &mut given);
        let (action, ctrl) = (&mut self.action, &mut self.data.state.ctrl);
        let acted = apply_actions(self.scene, self.manner.units, &given, action, ctrl);
        if let Some(pushes) = &self.scene.task.pushes {
            let change = [0, 1].map(|k| Trace::input("push", k));
            push(&mut self.data.state.qvel, pushes.dofadr, change);
        }
        delay_controls(ctrl, &mut self.controls, Trace::input("delay", 0));
        Trace::<N>::end_stage();
        self.advance();
        Trace::<N>::begin_stage("task");
        let outputs = self.outputs(acted);
        Trace::<N>::end_stage();
        outputs
    }

    /// All physics steps; the task's program runs at the end of the last.
    fn advance(&mut self) {
        let n = self.scene.task.substeps;
        if n == 1 {
            return self.substep(TraceMask::splat(true));
        }
        let last = Trace::splat((n - 1) as f64);
        let mut todo = TraceMask::splat(true);
        repeat!(Trace<N>, turn in n, while todo, [
            self.data.state.qpos,
            self.data.state.qvel,
            self.data.state.act,
            self.data.state.qacc_warmstart,
            self.registers;
        ] => {
            self.substep(last.le(turn));
        });
    }

    /// One physics step, and the task's program after it in those whose last it is.
    fn substep(&mut self, is_last: TraceMask) {
        let task = &self.scene.task;
        let (plan, params) = (self.plan, &self.params);
        if task.needs_force_sensors() {
            physics::step_sensing(plan, params, &mut self.data, is_last);
        } else {
            physics::step(plan, params, &mut self.data);
        }
        when!(Trace<N>, is_last, [self.registers;] => {
            if task.after_step.needs_refresh() {
                physics::refresh(plan, params, &mut self.data);
            }
            Trace::<N>::begin_stage("task");
            let inputs = ExpressionInputs {
                plan,
                data: &self.data,
                action: &self.action,
                previous_action: &self.previous_action,
                time: Trace::input("time", 0),
                difficulty: Trace::input("difficulty", 0),
                memory: &self.memory,
                stepped: true,
                scans: &[],
                terms: &[],
            };
            task.after_step.run(&inputs, &mut self.registers);
            Trace::<N>::end_stage();
        });
    }

    fn outputs(&self, acted: TraceMask) -> Vec<(ArrayCell, Trace<N>)> {
        let (task, registers) = (&self.scene.task, &self.registers);
        let program = &task.after_step;
        let output = |k| program.output(registers, k);
        let finite = acted & finite_lanes(&self.data.state, program.n_outputs(), output);
        let judgement = Judgement::of(task, registers, finite, self.manner.ends);
        let mut cells = state_out(&self.data.state);
        cells.extend(streams_out(task, |k| shown_where(finite, output(k))));
        let mut add = |array, values: Vec<Trace<N>>| cells.extend(cells_out(array, values));
        add("ctrl", self.data.state.ctrl.clone());
        add("previous_action", self.action.clone());
        if self.controls.len() > 1 {
            add("controls", self.controls.concat());
        }
        let memory = (0..program.n_memory()).map(|place| program.remember(registers, place));
        add("memory", memory.collect());
        add("reward", vec![judgement.reward]);
        let parts = (0..task.n_reward_parts()).map(|part| judgement.part(task, registers, part));
        add("reward_parts", parts.collect());
        let met = task.terminations.iter().map(|it| number(holds(output(it.output))));
        add("terminations", met.collect());
        add("terminated", vec![number(judgement.terminated)]);
        if let Some(success) = task.success {
            add("success", vec![number(finite & holds(output(success)))]);
        }
        add("fit", vec![number(judgement.fit)]);
        add("outputs", (0..program.n_outputs()).map(output).collect());
        if self.manner.looks {
            let blind = |it: &Termination| number(program.compares_no_number(registers, it.output));
            add("blind", task.terminations.iter().map(blind).collect());
        }
        cells
    }
}

//! `IsaacGymStepNode`: one step of all environments.

use bevy::ecs::system::BoxedSystem;
use bevy::prelude::*;
use dnne::nodes::{
    DeviceStep, Dones, EnvBatch, MakesActions, NodeBuilder, NodeError, NodeKind, ObservationBatch,
    Payload, Progress, Rewards, SimulatedTask, StepInfo, Tasks, Timings, Wires,
};
use dnne::scene::{ActionUnits, Actions, ActionsThere, Environments, Episode};
use dnne::workflow::{NodeSchema, PortSchema, PortType, Role};
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "IsaacGymStepNode",
    aliases: &["IsaacGymStep"],
    title: "Environment Step",
    category: "environment",
    doc: "Applies actions and advances the simulation by one step. The first step needs no \
          trigger; after that each trigger permits one step.",
    role: Role::Step,
    on_device: true,
    inputs: &[
        PortSchema::new("sim", PortType::SimHandle, "The simulation.")
            .aliases(&["sim_handle"])
            .held(),
        PortSchema::new(
            "actions",
            PortType::Action,
            "Actions, shape (num_envs, actions). From a policy directly, the scene scales them.",
        )
        .aliases(&["action"]),
        PortSchema::new("trigger", PortType::Sync, "Permission to step; not needed in inference.")
            .optional()
            .primed(),
        PortSchema::new(
            "difficulty",
            PortType::Float,
            "How hard the task is, from 0 to 1, by a Curriculum; without one the scene decides.",
        )
        .optional()
        .held()
        .primed(),
    ],
    outputs: &[
        PortSchema::new(
            "observations",
            PortType::Tensor,
            "Observations after the step; after a reset, the first of the new episode.",
        ),
        PortSchema::new("rewards", PortType::Tensor, "Reward of the step, shape (num_envs,).")
            .aliases(&["reward"]),
        PortSchema::new("dones", PortType::Dones, "Whether an episode ended, shape (num_envs,).")
            .aliases(&["done"]),
        PortSchema::new("info", PortType::Dict, "Time-outs and what else the scene reports."),
        PortSchema::new(
            "next_observations",
            PortType::Tensor,
            "Observations after the step, before any reset.",
        ),
    ],
    ..NodeSchema::EMPTY
};

pub(crate) const KIND: NodeKind = NodeKind::stateless(&SCHEMA, build);

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let node = b.entity;
    let tasks = b.tasks()?.clone();
    prepare(b, &tasks)?;
    let observation_dim = tasks.layout.observations.size();
    let mut stepper = Stepper::new(tasks);
    let observations = b.output("observations");
    let (rewards, dones) = (b.output("rewards"), b.output("dones"));
    let (info, next_observations) = (b.output("info"), b.output("next_observations"));
    // A task may grow harder with the training. One without an end stays as it began, and where
    // nothing is trained, as in an evaluation, it is as hard as it gets.
    let total_updates = b.total_updates();
    let fire = move |mut wires: Wires,
                     mut simulations: Query<&mut SimulatedTask>,
                     mut timings: ResMut<Timings>,
                     mut progress: ResMut<Progress>| {
        let Some(taken) = wires.take(node) else { return Ok(()) };
        let difficulty = match taken.get("difficulty") {
            Some(Payload::Float(difficulty)) => Difficulty::Given(*difficulty),
            _ => Difficulty::Progress(match total_updates {
                None => 1.0,
                Some(total) if total > 0 => progress.updates as f64 / total as f64,
                Some(_) => 0.0,
            }),
        };
        let actions = match taken.get("actions") {
            Some(Payload::Actions(a)) => Actions { values: &a.values, units: a.units },
            Some(Payload::Policy(policy)) => {
                Actions { values: &policy.action, units: ActionUnits::Policy }
            }
            other => {
                let there = match other {
                    Some(Payload::OnDevice(batch)) => batch.as_actions(),
                    _ => None,
                };
                let expected = "actions or a policy's output";
                let Some(there) = there else { return Err(unexpected("actions", expected, other)) };
                let _span = tracing::info_span!("simulate").entered();
                let start = Instant::now();
                let step = stepper.step_there(&mut simulations, there, difficulty)?;
                timings.simulate += start.elapsed();
                progress.steps += step.about.n_envs as u64;
                let [observed, rewarded, ended, led_to] = step.payloads(observation_dim);
                wires.emit(node, rewards, rewarded);
                wires.emit(node, info, ended.clone());
                wires.emit(node, dones, ended);
                wires.emit(node, next_observations, led_to);
                wires.emit(node, observations, observed);
                return Ok(());
            }
        };
        let span = tracing::info_span!("simulate").entered();
        stepper.step(&mut simulations, actions, difficulty, &mut timings)?;
        drop(span);
        let span = tracing::info_span!("observe").entered();
        let start = Instant::now();
        let outcome = stepper.outcome(&simulations);
        timings.observe += start.elapsed();
        drop(span);
        progress.steps += outcome.rewards.values.len() as u64;
        let ended = Payload::Dones(Arc::new(outcome.dones));
        wires.emit(node, rewards, Payload::Rewards(Arc::new(outcome.rewards)));
        wires.emit(node, info, ended.clone());
        wires.emit(node, dones, ended);
        wires.emit(node, next_observations, Payload::Observations(outcome.next_observations));
        wires.emit(node, observations, Payload::Observations(outcome.observations));
        Ok(())
    };
    Ok(b.system(fire))
}

/// Makes environments on a device ready for the actions that they will get: what takes long there, and what fails, comes
/// before the first step.
fn prepare(b: &mut NodeBuilder<'_>, tasks: &Tasks) -> Result<(), NodeError> {
    // Nodes are built in the order in which they run: those that make actions are there.
    let made = b.entities.iter().find_map(|node| b.world.get::<MakesActions>(*node));
    let units = made.map_or(ActionUnits::Policy, |made| made.0);
    for task in tasks.list.iter() {
        if let Some(mut simulation) = b.world.get_mut::<SimulatedTask>(task.entity) {
            simulation.environments.prepare(units)?;
        }
    }
    Ok(())
}

/// What says how hard the tasks are.
#[derive(Clone, Copy)]
enum Difficulty {
    /// The scene, by how far the training has come.
    Progress(f64),
    /// A Curriculum.
    Given(f64),
}

impl Difficulty {
    fn set(self, environments: &mut Environments) {
        match self {
            Self::Progress(progress) => environments.set_progress(progress),
            Self::Given(difficulty) => environments.set_difficulty(difficulty),
        }
    }
}

/// Steps the environments of all tasks, and puts what came of it together.
struct Stepper {
    tasks: Tasks,
    rows: Arc<[(String, Range<usize>)]>,
    reward_names: Arc<[String]>,
    /// What was shown last and where it led, whose buffers the next step takes once all readers are done.
    shown: [Arc<ObservationBatch>; 2],
}

/// What a step of all tasks brought, task by task.
struct Outcome {
    observations: Arc<ObservationBatch>,
    next_observations: Arc<ObservationBatch>,
    rewards: Rewards,
    dones: Dones,
}

impl Stepper {
    fn new(tasks: Tasks) -> Self {
        let rows = tasks.list.iter().map(|task| (task.name.clone(), task.envs.clone())).collect();
        Self { rows, reward_names: tasks.reward_names(), shown: Default::default(), tasks }
    }

    fn step(
        &self,
        simulations: &mut Query<&mut SimulatedTask>,
        actions: Actions<'_>,
        difficulty: Difficulty,
        timings: &mut Timings,
    ) -> Result<(), NodeError> {
        let n_envs = self.tasks.n_envs();
        let dim = actions.values.len() / n_envs.max(1);
        if actions.values.len() != n_envs * dim {
            let got = format!("{} numbers for {n_envs} environments", actions.values.len());
            let expected = "one row of actions for each environment";
            return Err(NodeError::Payload { input: "actions", expected, got });
        }
        for task in self.tasks.list.iter() {
            let Ok(mut simulation) = simulations.get_mut(task.entity) else { continue };
            let environments = &mut simulation.environments;
            let start = Instant::now();
            difficulty.set(environments);
            let rows = &actions.values[task.envs.start * dim..task.envs.end * dim];
            let values = self.tasks.layout.act(rows, environments.action_dim(actions.units));
            environments.step(Actions { values: &values, units: actions.units })?;
            let elapsed = start.elapsed();
            let physics = elapsed.mul_f64(environments.physics_share().clamp(0.0, 1.0));
            timings.simulate += physics;
            timings.observe += elapsed.saturating_sub(physics);
        }
        Ok(())
    }

    /// The same where one task's environments lie on a device: nothing comes here.
    fn step_there(
        &self,
        simulations: &mut Query<&mut SimulatedTask>,
        actions: ActionsThere,
        difficulty: Difficulty,
    ) -> Result<DeviceStep, NodeError> {
        let found = match &self.tasks.list[..] {
            [only] => simulations.get_mut(only.entity).ok().map(|it| (only.entity, it)),
            _ => None,
        };
        let Some((task, mut simulation)) = found else {
            let got = format!("actions on a device for {} tasks", self.tasks.list.len());
            return Err(NodeError::Payload {
                input: "actions",
                expected: "those of one task",
                got,
            });
        };
        let environments = &mut simulation.environments;
        difficulty.set(environments);
        environments.step_there(actions)?;
        let about = StepInfo {
            n_envs: environments.n_envs(),
            reward_names: self.reward_names.clone(),
            tasks: self.rows.clone(),
            difficulty: environments.difficulty(),
        };
        Ok(DeviceStep { there: environments.there()?, task, about })
    }

    fn outcome(&mut self, simulations: &Query<&mut SimulatedTask>) -> Outcome {
        let environments = |task| simulations.get(task).ok().map(|s| &s.environments);
        let mut rewards = Rewards { names: self.reward_names.clone(), ..Rewards::default() };
        let mut dones = Dones { tasks: self.rows.clone(), ..Dones::default() };
        for task in self.tasks.list.iter() {
            let Some(environments) = environments(task.entity) else { continue };
            let output = environments.output();
            rewards.values.extend(output.rewards.iter().map(|reward| 2.0 * reward));
            rewards.terms.extend(output.reward_terms.iter().map(|term| 2.0 * term));
            if self.tasks.list.len() == 1 {
                let dim = environments.scene().task.n_reward_parts();
                let values = output.reward_parts.clone();
                rewards.parts = Arc::new(EnvBatch { values, dim });
            }
            dones.terminated.extend_from_slice(&output.terminated);
            dones.truncated.extend_from_slice(&output.truncated);
            let first = task.envs.start;
            let episodes = output.episodes.iter();
            dones.episodes.extend(episodes.map(|e| Episode { env: e.env + first, ..*e }));
            dones.n_non_finite += output.n_non_finite;
            let scene = environments.scene();
            let unfit = output.non_finite.iter().filter(|it| it.part.is_reward());
            let named =
                unfit.map(|it| (it.env + first, it.part.describe(&scene.task, &scene.model)));
            rewards.unfit.extend(named);
            dones.difficulty = environments.difficulty();
        }
        let [observations, next_observations] = &mut self.shown;
        self.tasks.led_to(environments, next_observations);
        self.tasks.seen(environments, observations);
        dones.next_observations = next_observations.clone();
        let (observations, next_observations) = (observations.clone(), next_observations.clone());
        Outcome { observations, next_observations, rewards, dones }
    }
}

fn unexpected(input: &'static str, expected: &'static str, got: Option<&Payload>) -> NodeError {
    let got = got.map_or("nothing".to_owned(), Payload::describe);
    NodeError::Payload { input, expected, got }
}

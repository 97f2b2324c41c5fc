//! What all trainers share, with any algorithm: storing transitions, reporting metrics, saving checkpoints, and
//! ending after the last update.

use super::checkpoint_trigger::{CheckpointTrigger, n_kept};
use super::components::{Agent, SimulatedTask};
use super::episode_sums::EpisodeSums;
use super::flow::Wires;
use super::kind::{NodeBuilder, NodeError, NodeState};
use super::live_settings::{ByHand, LiveSetting};
use super::payload::{Dones, Metrics, Payload};
use super::run::{
    CheckpointRequest, CheckpointRequests, Console, Finished, Progress, Reports, Timings,
};
use super::trainer_step::Step;
use super::training_window::{Row, Window, column_names};
use crate::learn::{
    Algorithm, LearnError, NextObservations, StateDict, Transition, TransitionThere, UpdateMetrics,
};
use crate::scene::{StepSums, few};
use crate::workflow::GraphNode;
use bevy::ecs::system::BoxedSystem;
use bevy::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

/// Functions by which checkpoints save and load a trainer.
pub const TRAINER_STATE: NodeState = NodeState { save, load };

/// The settings of a trainer.
pub struct TrainerSetup {
    algorithm: Box<dyn Algorithm>,
    /// 0: until it is stopped.
    total_updates: u64,
    /// When to save, and how many of these checkpoints to keep.
    checkpoints: Option<(CheckpointTrigger, Option<usize>)>,
    note_changes: fn(&ByHand, &mut serde_json::Value),
}

impl TrainerSetup {
    /// A trainer of `algorithm`. The node's parameters
    /// `total_updates` and, where it has them, `checkpoint_enabled`, `checkpoint_trigger_type`,
    /// `checkpoint_trigger_value` and `checkpoint_keep` say what else it does.
    pub fn new(node: &GraphNode, algorithm: Box<dyn Algorithm>) -> Result<Self, NodeError> {
        Ok(Self {
            algorithm,
            total_updates: node.int("total_updates")? as u64,
            checkpoints: checkpoints(node)?,
            note_changes: |by_hand, params| by_hand.note(params),
        })
    }

    /// The same with a way of its own to put settings that were changed by hand into the node's
    /// parameters, which checkpoints name.
    pub fn noting(self, note_changes: fn(&ByHand, &mut serde_json::Value)) -> Self {
        Self { note_changes, ..self }
    }
}

/// When a node's parameters say that its checkpoints are due, and how many to keep; none if they say that
/// it makes none.
pub fn checkpoints(
    node: &GraphNode,
) -> Result<Option<(CheckpointTrigger, Option<usize>)>, NodeError> {
    if node.class.param("checkpoint_enabled").is_none() || !node.bool("checkpoint_enabled")? {
        return Ok(None);
    }
    let kind = node.text("checkpoint_trigger_type")?;
    let value = node.text("checkpoint_trigger_value")?;
    let trigger =
        CheckpointTrigger::new(&kind, &value, "checkpoint_trigger_value", node.class.metrics)?;
    let keep = n_kept(node.param("checkpoint_keep")?);
    Ok(Some((trigger, keep)))
}

/// A trainer node between updates.
#[derive(Component)]
pub struct Trainer {
    algorithm: Box<dyn Algorithm>,
    by_hand: ByHand,
    note_changes: fn(&ByHand, &mut serde_json::Value),
    total_updates: u64,
    /// Whether anything shows histograms.
    draws_histograms: bool,
    since_update: Window,
    /// Of each task, the episodes of the last update in which some finished.
    last_episodes: Vec<EpisodeSums>,
    /// Training time before this process, and when this one began [s].
    wall_before: f64,
    started: Option<Instant>,
    non_finite_resets: u64,
    /// What is to be said of rewards before the last update, if more than a few were not finite.
    unfit: Option<String>,
    /// The node whose environments keep on a device what happened since the last update, if one does.
    there: Option<Entity>,
    /// Whether it was said that numbers there are not finite.
    told_not_finite: bool,
}

/// The components and the system of a trainer node, whose kind has the inputs `states`,
/// `policy_outputs`, `rewards`, `dones` and `model`, the outputs `loss` and `training_complete`, and
/// [`TRAINER_STATE`] for its checkpoints.
pub fn train_with(b: &mut NodeBuilder<'_>, setup: TrainerSetup) -> Result<BoxedSystem, NodeError> {
    let (checkpoints, keep) = setup.checkpoints.unzip();
    let keep = keep.flatten();
    let class_type = super::kinds::monitor::tensorboard_logger::SCHEMA.class_type;
    let draws_histograms = b.graph.nodes.iter().any(|node| node.class.class_type == class_type);
    b.insert(Trainer {
        algorithm: setup.algorithm,
        by_hand: ByHand::default(),
        note_changes: setup.note_changes,
        total_updates: setup.total_updates,
        draws_histograms,
        since_update: Window::default(),
        last_episodes: Vec::new(),
        wall_before: 0.0,
        started: None,
        non_finite_resets: 0,
        unfit: None,
        there: None,
        told_not_finite: false,
    });
    if let Some(checkpoints) = checkpoints {
        b.insert(checkpoints);
    }

    let id = b.node().id.clone();
    let node = b.entity;
    let (loss, trigger) = (b.output("loss"), b.output("training_complete"));
    let fire = move |mut wires: Wires,
                     mut trainers: Query<(&mut Trainer, Option<&mut CheckpointTrigger>)>,
                     mut agents: Query<&mut Agent>,
                     mut simulations: Query<&mut SimulatedTask>,
                     mut run: RunState| {
        if run.finished.0 {
            return Ok(());
        }
        let Ok((mut trainer, checkpoints)) = trainers.get_mut(node) else { return Ok(()) };
        // The first step counts, which has been taken by now.
        let now = Instant::now();
        let start = now.checked_sub(run.timings.sum()).unwrap_or(now);
        trainer.started.get_or_insert(start);
        trainer.since_update.start.get_or_insert(start);
        let Some(taken) = wires.take(node) else { return Ok(()) };
        let step = Step::of(&taken)?;
        let Some(&Payload::Model(model)) = taken.get("model") else {
            return Err(unexpected("model", "an agent's network"));
        };
        let Ok(mut agent) = agents.get_mut(model) else {
            return Err(unexpected("model", "a network that exists"));
        };
        let span = tracing::info_span!("store").entered();
        let start = Instant::now();
        trainer.store(&mut agent, &step)?;
        run.timings.store += start.elapsed();
        drop(span);
        if let Some(metrics) = trainer.update(&mut agent, &step, &mut simulations, &mut run)? {
            if let Some(mut checkpoints) = checkpoints {
                let request = checkpoints.check(&id, model, &metrics)?;
                run.checkpoints.0.extend(request.map(|r| CheckpointRequest { keep, ..r }));
            }
            let unfit = trainer.unfit.take();
            run.finished.0 = trainer.total_updates > 0 && metrics.update >= trainer.total_updates;
            run.reports.0.push(metrics.clone());
            wires.emit(node, loss, Payload::Metrics(metrics));
            if let Some(message) = unfit {
                return Err(NodeError::UnfitRewards(message));
            }
        }
        if !run.finished.0 {
            wires.emit(node, trigger, Payload::Trigger);
        }
        Ok(())
    };
    Ok(b.system(fire))
}

fn unexpected(input: &'static str, expected: &'static str) -> NodeError {
    NodeError::Payload { input, expected, got: "something else".to_owned() }
}

/// The parts of the run that a trainer reads and moves.
#[derive(bevy::ecs::system::SystemParam)]
struct RunState<'w> {
    timings: ResMut<'w, Timings>,
    progress: ResMut<'w, Progress>,
    reports: ResMut<'w, Reports>,
    checkpoints: ResMut<'w, CheckpointRequests>,
    finished: ResMut<'w, Finished>,
    console: Res<'w, Console>,
}

impl Trainer {
    /// Hands every environment's transition to the algorithm.
    fn store(&mut self, agent: &mut Agent, step: &Step) -> Result<(), NodeError> {
        match step {
            Step::Here(observations, output, rewards, dones) => {
                let transition = Transition {
                    observations: observations.observations.view(),
                    policy: output,
                    rewards: &rewards.values,
                    terminated: &dones.terminated,
                    truncated: &dones.truncated,
                    next: successors(agent, dones),
                };
                self.algorithm.take(&agent.policy, transition)?;
                self.non_finite_resets += dones.n_non_finite as u64;
                self.since_update.add(rewards, dones);
            }
            Step::There(step) => {
                let Agent { policy, on_device: Some(actor), .. } = agent else {
                    return Err(unexpected("model", "a network that acts on the device"));
                };
                self.there = Some(step.task);
                let there = step.there;
                let transition = TransitionThere {
                    next_observations: there.next_observations,
                    rewards: there.rewards,
                    terminated: there.terminated,
                    truncated: there.truncated,
                };
                self.algorithm.take_there(policy, actor, &transition)?;
            }
        }
        Ok(())
    }

    /// Takes in what environments kept on a device since the last update, after all that was launched there.
    fn take_sums(
        &mut self,
        task: &mut SimulatedTask,
        n_envs: usize,
        console: &Console,
    ) -> Result<(), NodeError> {
        let sums = task.environments.sums()?;
        task.environments.clear_sums()?;
        if sums.n_non_finite > few(n_envs) as u64 && !self.told_not_finite {
            self.told_not_finite = true;
            let n = sums.n_non_finite;
            (console.0)(&format!(
                "{n} steps of environments since the update before made numbers that are not finite; \
                 --device cpu says which"
            ));
        }
        self.add_sums(&sums);
        Ok(())
    }

    fn add_sums(&mut self, sums: &StepSums) {
        self.non_finite_resets += sums.n_non_finite;
        self.since_update.add_sums(sums);
    }

    /// Improves the policy once the algorithm is ready; returns what came of it.
    fn update(
        &mut self,
        agent: &mut Agent,
        step: &Step,
        simulations: &mut Query<&mut SimulatedTask>,
        run: &mut RunState,
    ) -> Result<Option<Arc<Metrics>>, NodeError> {
        if !self.algorithm.is_ready() {
            return Ok(None);
        }
        let about = step.about();
        if let Step::There(step) = step
            && let Ok(mut task) = simulations.get_mut(step.task)
        {
            // What waits here waits for the simulation.
            let start = Instant::now();
            self.take_sums(&mut task, about.n_envs, &run.console)?;
            run.timings.simulate += start.elapsed();
        }
        let _span = tracing::info_span!("update").entered();
        let start = Instant::now();
        let progress = share_done(run.progress.updates, self.total_updates);
        let histograms =
            if self.draws_histograms { self.algorithm.histograms() } else { Vec::new() };
        let learned = match self.learn(agent, step, progress) {
            Err(NodeError::Learn(cause @ LearnError::NonFinite { .. })) => {
                let advice = self.since_update.advice(&about.reward_names);
                // A training that goes on from here begins a new window.
                self.since_update = Window::default();
                return Err(NodeError::Diverged { cause: Box::new(cause), advice });
            }
            learned => learned?,
        };
        learned.check(column_names())?;
        let episodes = &self.since_update.episodes;
        self.last_episodes.resize(episodes.len(), EpisodeSums::default());
        for (last, sums) in self.last_episodes.iter_mut().zip(episodes) {
            if sums.metrics().episodes > 0 {
                *last = *sums;
            }
        }
        run.progress.updates += 1;
        let metrics = self.since_update.row(Row {
            learned,
            histograms,
            last_episodes: &self.last_episodes,
            about: &about,
            progress: *run.progress,
            timings: &run.timings,
            update: start.elapsed(),
            wall_secs: self.wall_secs(),
            non_finite_resets: self.non_finite_resets,
        });
        self.unfit = self.since_update.unfit_rewards(about.n_envs);
        self.since_update = Window { start: Some(Instant::now()), ..Window::default() };
        *run.timings = Timings::default();
        Ok(Some(Arc::new(metrics)))
    }

    /// One update of the algorithm, after a step.
    fn learn(
        &mut self,
        agent: &mut Agent,
        step: &Step,
        progress: f64,
    ) -> Result<UpdateMetrics, NodeError> {
        let Agent { policy, on_device, hidden_states, .. } = agent;
        Ok(match (step, on_device) {
            (Step::Here(_, _, _, dones), _) => {
                let last = NextObservations {
                    observations: dones.next_observations.observations.view(),
                    states: hidden_states.states(),
                };
                self.algorithm.update(policy, last, progress)?
            }
            (Step::There(_), Some(actor)) => {
                self.algorithm.update_there(policy, actor, progress)?
            }
            (Step::There(_), None) => {
                return Err(unexpected("model", "a network that acts on the device"));
            }
        })
    }

    /// The settings that may be changed, with their values after this many updates.
    pub fn settings(&self, updates: u64) -> Vec<LiveSetting> {
        let settings = self.algorithm.settings(share_done(updates, self.total_updates));
        self.by_hand.mark(settings)
    }

    /// Changes one of them from the next update on. Until it is released it follows neither the progress of training
    /// nor the divergence. Fails if there is no such setting, and outside of its range.
    pub fn set(&mut self, name: &str, value: f64) -> Result<(), NodeError> {
        self.algorithm.set(name, value)?;
        self.by_hand.insert(name, value);
        Ok(())
    }

    /// Has one of them go by the node's parameters again, from the next update on. Fails if there is no such setting.
    pub fn release(&mut self, name: &str) -> Result<(), NodeError> {
        self.algorithm.release(name)?;
        self.by_hand.remove(name);
        Ok(())
    }

    /// Puts what was changed by hand into the node's parameters.
    pub fn note_changes(&self, params: &mut serde_json::Value) {
        (self.note_changes)(&self.by_hand, params);
    }

    fn wall_secs(&self) -> f64 {
        self.wall_before + self.started.map_or(0.0, |started| started.elapsed().as_secs_f64())
    }
}

/// The share of a training that is done, from 0 to 1; 0 where it has no end (`total` is 0).
pub fn share_done(updates: u64, total: u64) -> f64 {
    match total {
        0 => 0.0,
        total => (updates as f64 / total as f64).min(1.0),
    }
}

/// The successors of a step's transitions.
fn successors<'a>(agent: &'a Agent, dones: &'a Dones) -> NextObservations<'a> {
    NextObservations {
        observations: dones.next_observations.observations.view(),
        states: agent.hidden_states.states(),
    }
}

fn save(world: &World, entity: Entity) -> Result<StateDict, NodeError> {
    let mut state = StateDict::new();
    let Some(trainer) = world.get::<Trainer>(entity) else { return Ok(state) };
    let learning = trainer.algorithm.state()?;
    state.insert_u64("has_learned", &[1], vec![u64::from(!learning.is_empty())]);
    state.insert_nested("learning", learning);
    state.insert_nested("by_hand", trainer.by_hand.state());
    // What environments keep on a device is of the same window.
    let task = trainer.there.and_then(|task| world.get::<SimulatedTask>(task));
    let sums = task.map(|task| task.environments.sums()).transpose()?;
    let (mut window, mut non_finite_resets) =
        (trainer.since_update.kept(), trainer.non_finite_resets);
    if let Some(sums) = &sums {
        window.add_sums(sums);
        non_finite_resets += sums.n_non_finite;
    }
    state.insert_u64("counts", &[2], vec![window.n_steps, non_finite_resets]);
    state.insert_f64("wall_secs", &[1], vec![trainer.wall_secs()]);
    state.insert_nested("episodes", EpisodeSums::save(&window.episodes));
    state.insert_nested("last_episodes", EpisodeSums::save(&trainer.last_episodes));
    let terms = window.reward_terms;
    state.insert_f64("reward_terms", &[terms.len()], terms);
    if let Some(checkpoints) = world.get::<CheckpointTrigger>(entity) {
        state.insert_nested("checkpoints", checkpoints.state());
    }
    Ok(state)
}

fn load(world: &mut World, entity: Entity, state: &StateDict) -> Result<(), NodeError> {
    if let Some(mut checkpoints) = world.get_mut::<CheckpointTrigger>(entity) {
        checkpoints.load_state(&state.nested("checkpoints"))?;
    }
    let Some(mut trainer) = world.get_mut::<Trainer>(entity) else { return Ok(()) };
    let counts = state.get_u64("counts", &[2])?;
    let n_terms = state.get("reward_terms").map_or(0, |terms| terms.shape().iter().product());
    trainer.since_update = Window {
        start: None,
        n_steps: counts[0],
        episodes: EpisodeSums::load(&state.nested("episodes"))?,
        reward_terms: state.get_f64("reward_terms", &[n_terms])?.to_vec(),
        // Steps before a checkpoint in the middle of a window are not judged again.
        unfit: BTreeMap::new(),
    };
    trainer.last_episodes = EpisodeSums::load(&state.nested("last_episodes"))?;
    trainer.non_finite_resets = counts[1];
    trainer.wall_before = state.get_f64("wall_secs", &[1])?[0];
    // Settings first: what has followed from them since is part of the algorithm's state.
    for (name, value) in ByHand::saved(&state.nested("by_hand"))? {
        trainer.set(&name, value)?;
    }
    let has_learned = state.get_u64("has_learned", &[1])?[0] == 1;
    if has_learned {
        trainer.algorithm.load_state(&state.nested("learning"))?;
    }
    Ok(())
}

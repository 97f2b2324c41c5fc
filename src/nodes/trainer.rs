//! `PPOTrainerNode`: collects transitions and improves the policy.

use super::checkpoint_trigger::{self, CheckpointTrigger};
use super::episode_sums::EpisodeSums;
use super::flow::Wires;
use super::kind::{NodeBuilder, NodeError, NodeKind, NodeState, check_memory};
use super::live_settings::{LearnerSettings, LiveSetting};
use super::payload::{Dones, Metrics, Payload, Rewards, TaskMetrics};
use super::ppo_agent::Agent;
use super::ppo_settings::{self, SCHEMA};
use super::run::{CheckpointRequest, CheckpointRequests, Finished, Progress, Reports, Timings};
use crate::learn::{
    Observed, PolicyOutput, Ppo, Rollout, RolloutShape, Setting, StateDict, Transition, UpdateStats,
};
use bevy::ecs::system::BoxedSystem;
use bevy::prelude::*;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(super) const KIND: NodeKind =
    NodeKind { schema: &SCHEMA, build: Some(build), state: Some(NodeState { save, load }) };

/// A trainer node between updates.
#[derive(Component)]
pub struct Trainer {
    settings: LearnerSettings,
    horizon: usize,
    total_updates: u64,
    /// Whether anything shows histograms.
    draws_histograms: bool,
    /// Made when the first transition and the network are there.
    learning: Option<Learning>,
    since_update: Window,
    /// Of each task, the episodes of the last update in which some finished.
    last_episodes: Vec<EpisodeSums>,
    /// Training time before this process, and when this one began [s].
    wall_before: f64,
    started: Option<Instant>,
    non_finite_resets: u64,
    /// A checkpoint's state of `learning`, which waits for it to exist.
    restored: Option<StateDict>,
}

/// Where the saved state of `learning` has the present learning rate.
const SAVED_RATE: &str = "ppo.learning_rate";

struct Learning {
    rollout: Rollout,
    ppo: Ppo,
}

/// What happened since the last update.
#[derive(Default)]
struct Window {
    start: Option<Instant>,
    n_steps: u64,
    /// Of each task.
    episodes: Vec<EpisodeSums>,
    reward_terms: Vec<f64>,
}

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let node = b.node();
    let horizon: usize = node.param("horizon_length")?;
    let config = ppo_settings::config(node, b.context.seed)?;
    config.check()?;
    let checkpoints = ppo_settings::checkpoints(node)?;
    let keep = checkpoint_trigger::keep(node.param("checkpoint_keep")?);
    let tasks = b.tasks()?;
    let n_envs = tasks.n_envs();
    // Observations, and about sixteen numbers more, for each transition and once more in batches.
    let layout = tasks.layout;
    let numbers = layout.width() + layout.critic_dim + 4 * layout.action_dim + 16;
    let transitions = horizon as u64 * n_envs as u64;
    let what = format!("`horizon_length` of {horizon} with {n_envs} environments");
    let bytes = transitions.saturating_mul(numbers as u64 * 8);
    check_memory(&what, bytes, "use a shorter horizon or fewer environments")?;
    let trainer = Trainer {
        settings: LearnerSettings::new(config),
        horizon,
        total_updates: node.int("total_updates")? as u64,
        draws_histograms: {
            let class_type = super::tensorboard_logger::SCHEMA.class_type;
            b.graph.nodes.iter().any(|node| node.class.class_type == class_type)
        },
        learning: None,
        since_update: Window::default(),
        last_episodes: Vec::new(),
        wall_before: 0.0,
        started: None,
        non_finite_resets: 0,
        restored: None,
    };
    let id = node.id.clone();
    b.insert(trainer);
    if let Some(checkpoints) = checkpoints {
        b.insert(checkpoints);
    }

    let node = b.entity;
    let (loss, trigger) = (b.output("loss"), b.output("training_complete"));
    let fire = move |mut wires: Wires,
                     mut trainers: Query<(&mut Trainer, Option<&mut CheckpointTrigger>)>,
                     mut agents: Query<&mut Agent>,
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
        let (Some(Payload::Observations(seen)), Some(Payload::Policy(output)), Some(rewards)) =
            (taken.get("states"), taken.get("policy_outputs"), taken.get("rewards"))
        else {
            return Err(unexpected("policy_outputs", "tensors and a policy's output"));
        };
        let Payload::Rewards(rewards) = rewards else {
            return Err(unexpected("rewards", "a step's rewards"));
        };
        let Some(Payload::Dones(dones)) = taken.get("dones") else {
            return Err(unexpected("dones", "a step's dones"));
        };
        let Some(&Payload::Model(model)) = taken.get("model") else {
            return Err(unexpected("model", "an agent's network"));
        };
        let Ok(mut agent) = agents.get_mut(model) else {
            return Err(unexpected("model", "a network that exists"));
        };
        let span = tracing::info_span!("store").entered();
        let start = Instant::now();
        trainer.store(&agent, seen.observed(), output, rewards, dones)?;
        run.timings.store += start.elapsed();
        drop(span);
        if let Some(metrics) = trainer.update(&mut agent, (rewards, dones), &mut run)? {
            if let Some(mut checkpoints) = checkpoints {
                let request = checkpoints.check(&id, model, &metrics)?;
                run.checkpoints.0.extend(request.map(|r| CheckpointRequest { keep, ..r }));
            }
            run.finished.0 = trainer.total_updates > 0 && metrics.update >= trainer.total_updates;
            run.reports.0.push(metrics.clone());
            wires.emit(node, loss, Payload::Metrics(metrics));
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
}

impl Trainer {
    /// Adds every environment's transition to the rollout.
    fn store(
        &mut self,
        agent: &Agent,
        observed: Observed<'_>,
        output: &PolicyOutput,
        rewards: &Rewards,
        dones: &Dones,
    ) -> Result<(), NodeError> {
        if self.learning.is_none() {
            let config = self.settings.config();
            let sequence_length = config.steps_of_sequence(self.horizon);
            let shape = agent.policy.rollout_shape(self.horizon, rewards.values.len());
            let mut learning = Learning {
                rollout: Rollout::new(RolloutShape { sequence_length, ..shape }),
                ppo: Ppo::new(config.clone(), &agent.policy)?,
            };
            if let Some(saved) = self.restored.take() {
                learning.ppo.load_state(&saved.nested("ppo"))?;
                learning.rollout.load_state(&saved.nested("rollout"))?;
            }
            self.learning = Some(learning);
        }
        let truncation_values = truncation_values(agent, dones)?;
        let kept = agent.policy.keep(observed);
        if let Some(learning) = &mut self.learning {
            learning.rollout.push(Transition {
                observed: kept.observed(),
                policy: output,
                rewards: &rewards.values,
                terminated: &dones.terminated,
                truncated: &dones.truncated,
                truncation_values: &truncation_values,
            })?;
        }
        self.non_finite_resets += dones.n_non_finite as u64;
        let window = &mut self.since_update;
        window.n_steps += 1;
        window.episodes.resize(dones.tasks.len(), EpisodeSums::default());
        for (sums, (_, envs)) in window.episodes.iter_mut().zip(dones.tasks.iter()) {
            let of_task = dones.episodes.iter().filter(|episode| envs.contains(&episode.env));
            of_task.for_each(|episode| sums.add(episode.into()));
        }
        window.reward_terms.resize(rewards.terms.len(), 0.0);
        for (sum, term) in window.reward_terms.iter_mut().zip(&rewards.terms) {
            *sum += term;
        }
        Ok(())
    }

    /// Improves the policy once the rollout is full; returns what came of it.
    fn update(
        &mut self,
        agent: &mut Agent,
        (rewards, dones): (&Rewards, &Dones),
        run: &mut RunState,
    ) -> Result<Option<Arc<Metrics>>, NodeError> {
        let Some(learning) = self.learning.as_mut().filter(|l| l.rollout.is_full()) else {
            return Ok(None);
        };
        let _span = tracing::info_span!("update").entered();
        let start = Instant::now();
        let progress = share_done(learning.ppo.n_updates(), self.total_updates);
        // Of the environments whose episode ended in this step, the value is never used.
        let Agent { policy, memory, .. } = agent;
        let last_values = policy.values(dones.next_observations.observed(), memory.states())?;
        let stats = learning.ppo.update(policy, &learning.rollout, &last_values, progress)?;
        let rollout = self.draws_histograms.then_some(&learning.rollout);
        let actions = rollout.and_then(Rollout::action_histogram);
        let log_std = rollout.and_then(Rollout::log_std_histogram);
        learning.rollout.clear();
        let episodes = &self.since_update.episodes;
        self.last_episodes.resize(episodes.len(), EpisodeSums::default());
        for (last, sums) in self.last_episodes.iter_mut().zip(episodes) {
            if sums.metrics().episodes > 0 {
                *last = *sums;
            }
        }
        run.progress.updates = learning.ppo.n_updates();
        let metrics = Metrics {
            actions,
            log_std,
            ..self.metrics(stats, (rewards, dones), start.elapsed(), run)
        };
        self.since_update = Window { start: Some(Instant::now()), ..Window::default() };
        *run.timings = Timings::default();
        Ok(Some(Arc::new(metrics)))
    }

    fn metrics(
        &self,
        stats: UpdateStats,
        (rewards, dones): (&Rewards, &Dones),
        update: Duration,
        run: &RunState,
    ) -> Metrics {
        let window = &self.since_update;
        let n_transitions = window.n_steps as f64 * dones.terminated.len() as f64;
        let rate = |time: Duration| n_transitions / time.as_secs_f64().max(1e-9);
        let mut all = EpisodeSums::default();
        self.last_episodes.iter().for_each(|sums| all.add(*sums));
        let all = all.metrics();
        let shown = |(sums, last): (&EpisodeSums, &EpisodeSums)| TaskMetrics {
            episodes: sums.metrics().episodes,
            ..last.metrics()
        };
        let by_task = window.episodes.iter().zip(&self.last_episodes).map(shown);
        let by_task: Vec<TaskMetrics> = by_task.collect();
        let n_episodes = by_task.iter().map(|task| task.episodes).sum();
        let names = dones.tasks.iter().map(|(name, _)| name.clone());
        let by_task = names.zip(by_task);
        let terms = rewards.names.iter().zip(&window.reward_terms);
        let whole = window.start.map_or(Duration::ZERO, |start| start.elapsed());
        let Timings { simulate, observe, infer, store } = *run.timings;
        let accounted = run.timings.sum() + update;
        Metrics {
            update: run.progress.updates,
            steps: run.progress.steps,
            wall_secs: self.wall_secs(),
            steps_per_sec: window.start.map_or(0.0, |_| rate(whole)),
            simulation_steps_per_sec: rate(simulate + observe),
            inference_steps_per_sec: rate(infer),
            update_steps_per_sec: rate(update),
            simulate_secs: simulate.as_secs_f64(),
            observe_secs: observe.as_secs_f64(),
            infer_secs: infer.as_secs_f64(),
            store_secs: store.as_secs_f64(),
            update_secs: update.as_secs_f64(),
            other_secs: whole.saturating_sub(accounted).as_secs_f64(),
            episode_return: all.episode_return,
            episode_length: all.episode_length,
            success_rate: all.success_rate,
            episodes: n_episodes,
            difficulty: dones.difficulty,
            tasks: if dones.tasks.len() > 1 { by_task.collect() } else { Default::default() },
            stats,
            reward_terms: terms
                .map(|(name, sum)| (name.clone(), (sum / window.n_steps as f64).into()))
                .collect(),
            non_finite_resets: self.non_finite_resets,
            actions: None,
            log_std: None,
        }
    }

    /// The settings that may be changed, as they are after so many updates.
    pub fn settings(&self, updates: u64) -> Vec<LiveSetting> {
        let configured = self.settings.config().learning_rate;
        let rate = match (&self.learning, &self.restored) {
            (Some(learning), _) => learning.ppo.learning_rate(),
            (None, Some(saved)) => {
                saved.get_f64(SAVED_RATE, &[1]).map_or(configured, |saved| saved[0])
            }
            (None, None) => configured,
        };
        self.settings.list(share_done(updates, self.total_updates), rate)
    }

    /// Changes one of them from the next update on. It is no longer annealed; a learning rate that
    /// follows the divergence goes on from there.
    pub fn set(&mut self, name: &str, value: f64) {
        let Some(setting) = self.settings.set(name, value) else { return };
        match (&mut self.learning, &mut self.restored) {
            (Some(learning), _) => learning.ppo.fix(setting, value),
            (None, Some(saved)) if setting == Setting::LearningRate => {
                saved.insert_f64(SAVED_RATE, &[1], vec![value]);
            }
            _ => {}
        }
    }

    /// Puts what was changed by hand into the node's parameters.
    pub fn note_changes(&self, params: &mut serde_json::Value) {
        self.settings.note(params);
    }

    fn wall_secs(&self) -> f64 {
        self.wall_before + self.started.map_or(0.0, |started| started.elapsed().as_secs_f64())
    }
}

/// The share of a training that is done, from 0 to 1; 0 where it has no end (`total` is 0).
pub(super) fn share_done(updates: u64, total: u64) -> f64 {
    match total {
        0 => 0.0,
        total => (updates as f64 / total as f64).min(1.0),
    }
}

/// Values of the states in which episodes were cut off, shape (n_envs,); zero elsewhere.
fn truncation_values(agent: &Agent, dones: &Dones) -> Result<Vec<f32>, NodeError> {
    let mut values = vec![0.0; dones.truncated.len()];
    let envs: Vec<usize> = (0..values.len()).filter(|&env| dones.truncated[env]).collect();
    if envs.is_empty() {
        return Ok(values);
    }
    let next = &dones.next_observations;
    let gather = |all: &[f32], dim: usize| -> Vec<f32> {
        envs.iter().flat_map(|env| &all[env * dim..(env + 1) * dim]).copied().collect()
    };
    let rows = gather(&next.values, next.dim);
    let critic = gather(&next.critic, next.critic_dim);
    let seen = Observed { observations: &rows, critic: &critic };
    let states = gather(agent.memory.states(), agent.policy.state_dim());
    for (env, value) in envs.iter().zip(agent.policy.values(seen, &states)?) {
        values[*env] = value;
    }
    Ok(values)
}

fn save(world: &World, entity: Entity) -> Result<StateDict, NodeError> {
    let mut state = StateDict::new();
    let Some(trainer) = world.get::<Trainer>(entity) else { return Ok(state) };
    let learning = match (&trainer.learning, &trainer.restored) {
        (Some(learning), _) => {
            let mut state = StateDict::new();
            state.insert_nested("ppo", learning.ppo.state()?);
            state.insert_nested("rollout", learning.rollout.state());
            Some(state)
        }
        // Restored and not yet fired again: it is where the checkpoint was.
        (None, restored) => restored.clone(),
    };
    state.insert_u64("has_learned", &[1], vec![u64::from(learning.is_some())]);
    if let Some(learning) = learning {
        state.insert_nested("learning", learning);
    }
    state.insert_nested("by_hand", trainer.settings.state());
    let window = &trainer.since_update;
    state.insert_u64("counts", &[2], vec![window.n_steps, trainer.non_finite_resets]);
    state.insert_f64("wall_secs", &[1], vec![trainer.wall_secs()]);
    state.insert_nested("episodes", EpisodeSums::save(&window.episodes));
    state.insert_nested("last_episodes", EpisodeSums::save(&trainer.last_episodes));
    let terms = window.reward_terms.clone();
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
    };
    trainer.last_episodes = EpisodeSums::load(&state.nested("last_episodes"))?;
    trainer.non_finite_resets = counts[1];
    trainer.wall_before = state.get_f64("wall_secs", &[1])?[0];
    trainer.settings.load_state(&state.nested("by_hand"))?;
    let has_learned = state.get_u64("has_learned", &[1])?[0] == 1;
    trainer.restored = has_learned.then(|| state.nested("learning"));
    Ok(())
}

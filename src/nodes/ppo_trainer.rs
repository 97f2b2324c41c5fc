//! `PPOTrainerNode`: collects transitions and improves the policy.

use super::checkpoint_trigger::CheckpointTrigger;
use super::flow::Wires;
use super::kind::{NodeBuilder, NodeError, NodeKind, check_memory};
use super::payload::{Dones, Metrics, Payload};
use super::ppo_agent::Agent;
use super::run::{CheckpointRequests, Finished, PlannedUpdates, Progress, Reports, Timings};
use crate::learn::{
    ActionSpace, LearningRateSchedule, Policy, PolicyOutput, Ppo, PpoConfig, Rollout, StateDict,
    Transition, UpdateStats,
};
use crate::workflow::GraphNode;
use crate::workflow::{NodeSchema, ParamSchema, PortSchema, PortType, Role};
use bevy::ecs::system::BoxedSystem;
use bevy::prelude::*;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "PPOTrainerNode",
    aliases: &["PPOTrainer"],
    title: "PPO Trainer",
    category: "learning",
    doc: "Stores each transition, and after horizon_length steps improves the policy by proximal \
          policy optimisation. It triggers the next step after each transition.",
    role: Role::Trainer,
    inputs: &[
        PortSchema::new("states", PortType::Tensor, "What the agent saw before it acted.")
            .aliases(&["state"]),
        PortSchema::new("policy_outputs", PortType::PolicyOutput, "What the agent then said.")
            .aliases(&["policy_output"]),
        PortSchema::new("rewards", PortType::Tensor, "Reward of the step, shape (num_envs,).")
            .aliases(&["reward"]),
        PortSchema::new("dones", PortType::Tensor, "Whether an episode ended, shape (num_envs,).")
            .aliases(&["done"]),
        PortSchema::new("model", PortType::Model, "The network to improve.").held(),
    ],
    outputs: &[
        PortSchema::new("loss", PortType::Metrics, "Losses and other numbers of each update.")
            .aliases(&["loss_info"]),
        PortSchema::new(
            "training_complete",
            PortType::Sync,
            "Permission for the next step: after each transition, and after each update.",
        )
        .aliases(&["trigger"]),
    ],
    params: PARAMS,
    ..NodeSchema::EMPTY
};

/// The first thirteen stand in the order of the widgets in files saved by DNNE; what is ours
/// follows.
const PARAMS: &[ParamSchema] = &[
    ParamSchema::int("horizon_length", 16, 1, 1_000_000, "Steps between updates.").unit("steps"),
    ParamSchema::int("epochs", 4, 1, 1000, "Passes over the samples in each update.")
        .aliases(&["num_epochs"]),
    ParamSchema::int("minibatch_size", 32, 1, 1 << 30, "Samples in each gradient step."),
    ParamSchema::float("gamma", 0.99, 0.0, 1.0, "Discount of later rewards."),
    ParamSchema::float("lam", 0.95, 0.0, 1.0, "Decay of generalised advantage estimation.")
        .aliases(&["gae_lambda"]),
    ParamSchema::float("clip_param", 0.2, 0.0, 10.0, "How far the policy ratio may leave 1."),
    ParamSchema::float("value_coef", 0.5, 0.0, 1000.0, "Weight of the value loss."),
    ParamSchema::float("entropy_coef", 0.01, 0.0, 100.0, "Weight of the entropy bonus."),
    ParamSchema::float("learning_rate", 3e-4, 0.0, 1.0, "Step size at the start."),
    ParamSchema::float("max_grad_norm", 0.5, 0.0, 1e6, "Longest gradient; 0 does not clip."),
    ParamSchema::bool("checkpoint_enabled", false, "Save checkpoints while training."),
    ParamSchema::choice(
        "checkpoint_trigger_type",
        "epoch",
        &["epoch", "time", "best_metric"],
        "What makes a checkpoint due.",
    ),
    ParamSchema::text(
        "checkpoint_trigger_value",
        "10",
        "How many updates (10), how much time (1h30m), or which metric.",
    ),
    ParamSchema::float(
        "bounds_coef",
        0.0,
        0.0,
        1000.0,
        "Weight of the loss on action means beyond 1.1.",
    ),
    ParamSchema::bool("normalize_advantages", true, "Scale advantages to mean 0, deviation 1."),
    // In units of return, unless the agent normalises values: then a clip range of 0.2 makes sense.
    ParamSchema::bool(
        "clip_value_loss",
        false,
        "Clip value changes by clip_param too; for agents that normalize_values.",
    ),
    ParamSchema::float("reward_scale", 1.0, 0.0, 1e6, "Factor on rewards before learning."),
    ParamSchema::choice(
        "schedule",
        "constant",
        &["constant", "linear", "adaptive"],
        "How step size changes: not; to 0 over total_updates; by kl_threshold after each minibatch.",
    ),
    ParamSchema::float(
        "kl_threshold",
        0.008,
        0.0,
        100.0,
        "Change of the policy per minibatch that the adaptive schedule aims at.",
    )
    .unit("nats"),
    ParamSchema::int("total_updates", 0, 0, 1 << 40, "Updates to make; 0 goes on until stopped."),
];

pub(super) const KIND: NodeKind = NodeKind { schema: &SCHEMA, build: Some(build), save, load };

/// A trainer node between updates.
#[derive(Component)]
pub struct Trainer {
    config: PpoConfig,
    horizon: usize,
    total_updates: u64,
    /// Made when the first transition and the network are there.
    learning: Option<Learning>,
    since_update: Window,
    /// Training time before this process, and when this one began [s].
    wall_before: f64,
    started: Option<Instant>,
    non_finite_resets: u64,
    checkpoints: Option<CheckpointTrigger>,
    /// A checkpoint's state that waits for `learning` to exist.
    restored: Option<StateDict>,
}

struct Learning {
    rollout: Rollout,
    ppo: Ppo,
}

/// What happened since the last update.
#[derive(Default)]
struct Window {
    start: Option<Instant>,
    n_steps: u64,
    episodes: usize,
    total_reward: f64,
    length: u64,
    reward_terms: Vec<f64>,
}

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let node = b.node();
    let horizon: usize = node.param("horizon_length")?;
    let config = config(node, b.context.seed)?;
    let checkpoints = if node.bool("checkpoint_enabled")? {
        let kind = node.text("checkpoint_trigger_type")?;
        let value = node.text("checkpoint_trigger_value")?;
        Some(CheckpointTrigger::new(&kind, &value, "checkpoint_trigger_value")?)
    } else {
        None
    };
    let task = b.scene()?.task;
    let n_envs: usize = (b.graph.nodes.iter())
        .filter_map(|node| node.param::<usize>("num_envs").ok())
        .max()
        .unwrap_or(1);
    // Observations, and about sixteen numbers more, for each transition and once more in batches.
    let numbers = task.obs_dim() + 4 * task.action_space.dim() + 16;
    let transitions = horizon as u64 * n_envs as u64;
    let what = format!("`horizon_length` of {horizon} with {n_envs} environments");
    let bytes = transitions.saturating_mul(numbers as u64 * 8);
    check_memory(&what, bytes, "use a shorter horizon or fewer environments")?;
    let trainer = Trainer {
        config,
        horizon,
        total_updates: node.int("total_updates")? as u64,
        learning: None,
        since_update: Window::default(),
        wall_before: 0.0,
        started: None,
        non_finite_resets: 0,
        checkpoints,
        restored: None,
    };
    let id = node.id.clone();
    b.insert(trainer);

    let node = b.entity;
    let (loss, trigger) = (b.output("loss"), b.output("training_complete"));
    let fire = move |mut wires: Wires,
                     mut trainers: Query<&mut Trainer>,
                     mut agents: Query<&mut Agent>,
                     mut run: RunState| {
        if run.finished.0 {
            return Ok(());
        }
        let Ok(mut trainer) = trainers.get_mut(node) else { return Ok(()) };
        // The clock runs from the first chance to fire, so that the first step counts.
        let now = Instant::now();
        trainer.started.get_or_insert(now);
        trainer.since_update.start.get_or_insert(now);
        let Some(taken) = wires.take(node) else { return Ok(()) };
        let (Some(states), Some(Payload::Policy(output)), Some(rewards)) = (
            taken.get("states").and_then(Payload::tensor),
            taken.get("policy_outputs"),
            taken.get("rewards").and_then(Payload::tensor),
        ) else {
            return Err(unexpected("policy_outputs", "tensors and a policy's output"));
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
        trainer.store(&mut agent.policy, states, output, rewards.0, dones)?;
        if let Some(metrics) = trainer.update(&mut agent.policy, dones, &mut run)? {
            if let Some(checkpoints) = &mut trainer.checkpoints {
                let request = checkpoints.check(&id, metrics.update, &metrics)?;
                run.checkpoints.0.extend(request);
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

fn config(node: &GraphNode, seed: u64) -> Result<PpoConfig, NodeError> {
    Ok(PpoConfig {
        gamma: node.float("gamma")?,
        lam: node.float("lam")?,
        clip_param: node.float("clip_param")?,
        value_coef: node.float("value_coef")?,
        entropy_coef: node.float("entropy_coef")?,
        bounds_coef: node.float("bounds_coef")?,
        learning_rate: node.float("learning_rate")?,
        schedule: match node.text("schedule")?.as_str() {
            "linear" => LearningRateSchedule::Linear,
            "adaptive" => {
                LearningRateSchedule::Adaptive { kl_threshold: node.float("kl_threshold")? }
            }
            _ => LearningRateSchedule::Constant,
        },
        max_grad_norm: node.float("max_grad_norm")?,
        epochs: node.param("epochs")?,
        minibatch_size: node.param("minibatch_size")?,
        normalize_advantages: node.bool("normalize_advantages")?,
        clip_value_loss: node.bool("clip_value_loss")?,
        reward_scale: node.float("reward_scale")?,
        seed,
        ..PpoConfig::default()
    })
}

fn unexpected(input: &'static str, expected: &'static str) -> NodeError {
    NodeError::Payload { input, expected, got: "something else".to_owned() }
}

/// The parts of the run that a trainer reads and moves.
#[derive(bevy::ecs::system::SystemParam)]
struct RunState<'w> {
    timings: ResMut<'w, Timings>,
    progress: ResMut<'w, Progress>,
    planned: Res<'w, PlannedUpdates>,
    reports: ResMut<'w, Reports>,
    checkpoints: ResMut<'w, CheckpointRequests>,
    finished: ResMut<'w, Finished>,
}

impl Trainer {
    /// Adds every environment's transition to the rollout.
    fn store(
        &mut self,
        policy: &mut Policy,
        (observations, obs_dim): (&[f32], usize),
        output: &PolicyOutput,
        rewards: &[f32],
        dones: &Dones,
    ) -> Result<(), NodeError> {
        if self.learning.is_none() {
            let action_space: ActionSpace = policy.config().action_space;
            let mut learning = Learning {
                rollout: Rollout::new(self.horizon, rewards.len(), obs_dim, action_space),
                ppo: Ppo::new(self.config.clone(), policy)?,
            };
            if let Some(saved) = self.restored.take() {
                learning.ppo.load_state(&saved.nested("ppo"))?;
                learning.rollout.load_state(&saved.nested("rollout"))?;
            }
            self.learning = Some(learning);
        }
        let truncation_values = truncation_values(policy, dones)?;
        if let Some(learning) = &mut self.learning {
            learning.rollout.push(Transition {
                observations,
                policy: output,
                rewards,
                terminated: &dones.terminated,
                truncated: &dones.truncated,
                truncation_values: &truncation_values,
            })?;
        }
        self.non_finite_resets += dones.n_non_finite as u64;
        let window = &mut self.since_update;
        window.n_steps += 1;
        for episode in &dones.episodes {
            window.episodes += 1;
            window.total_reward += episode.total_reward;
            window.length += u64::from(episode.length);
        }
        window.reward_terms.resize(dones.reward_terms.len(), 0.0);
        for (sum, term) in window.reward_terms.iter_mut().zip(&dones.reward_terms) {
            *sum += term;
        }
        Ok(())
    }

    /// Improves the policy once the rollout is full; returns what came of it.
    fn update(
        &mut self,
        policy: &mut Policy,
        dones: &Dones,
        run: &mut RunState,
    ) -> Result<Option<Arc<Metrics>>, NodeError> {
        let Some(learning) = self.learning.as_mut().filter(|l| l.rollout.is_full()) else {
            return Ok(None);
        };
        let start = Instant::now();
        let planned = if self.total_updates > 0 { Some(self.total_updates) } else { run.planned.0 };
        let done = learning.ppo.n_updates();
        let progress = planned.map_or(0.0, |total| (done as f64 / total as f64).min(1.0));
        // Of the environments whose episode ended in this step, the value is never used.
        let last_values = policy.values(&dones.next_observations.values)?;
        let stats = learning.ppo.update(policy, &learning.rollout, &last_values, progress)?;
        learning.rollout.clear();
        run.progress.updates = learning.ppo.n_updates();
        let metrics = self.metrics(stats, dones, start.elapsed(), run);
        self.since_update = Window { start: Some(Instant::now()), ..Window::default() };
        *run.timings = Timings::default();
        Ok(Some(Arc::new(metrics)))
    }

    fn metrics(
        &self,
        stats: UpdateStats,
        dones: &Dones,
        update: Duration,
        run: &RunState,
    ) -> Metrics {
        let window = &self.since_update;
        let n_transitions = window.n_steps as f64 * dones.terminated.len() as f64;
        let rate = |time: Duration| n_transitions / time.as_secs_f64().max(1e-9);
        let mean = |sum: f64| (window.episodes > 0).then(|| sum / window.episodes as f64);
        let terms = dones.reward_names.iter().zip(&window.reward_terms);
        Metrics {
            update: run.progress.updates,
            steps: run.progress.steps,
            wall_secs: self.wall_secs(),
            steps_per_sec: window.start.map_or(0.0, |start| rate(start.elapsed())),
            simulation_steps_per_sec: rate(run.timings.simulate),
            inference_steps_per_sec: rate(run.timings.infer),
            update_steps_per_sec: rate(update),
            episode_return: mean(window.total_reward),
            episode_length: mean(window.length as f64),
            episodes: window.episodes,
            stats,
            reward_terms: terms
                .map(|(name, sum)| (name.clone(), (sum / window.n_steps as f64).into()))
                .collect(),
            non_finite_resets: self.non_finite_resets,
        }
    }

    fn wall_secs(&self) -> f64 {
        self.wall_before + self.started.map_or(0.0, |started| started.elapsed().as_secs_f64())
    }
}

/// Values of the states in which episodes were cut off, shape (n_envs,); zero elsewhere.
fn truncation_values(policy: &Policy, dones: &Dones) -> Result<Vec<f32>, NodeError> {
    let mut values = vec![0.0; dones.truncated.len()];
    let envs: Vec<usize> = (0..values.len()).filter(|&env| dones.truncated[env]).collect();
    if envs.is_empty() {
        return Ok(values);
    }
    let next = &dones.next_observations;
    let row = |&env: &usize| next.values[env * next.dim..(env + 1) * next.dim].iter().copied();
    let rows: Vec<f32> = envs.iter().flat_map(row).collect();
    for (env, value) in envs.into_iter().zip(policy.values(&rows)?) {
        values[env] = value;
    }
    Ok(values)
}

fn save(world: &World, entity: Entity) -> Result<Option<StateDict>, NodeError> {
    let Some(trainer) = world.get::<Trainer>(entity) else { return Ok(None) };
    // Restored and not yet fired again: it is where the checkpoint was.
    let Some(learning) = &trainer.learning else { return Ok(trainer.restored.clone()) };
    let window = &trainer.since_update;
    let mut state = StateDict::new();
    state.insert_nested("ppo", learning.ppo.state()?);
    state.insert_nested("rollout", learning.rollout.state());
    let counts =
        vec![window.n_steps, window.episodes as u64, window.length, trainer.non_finite_resets];
    state.insert_u64("counts", &[4], counts);
    let best = trainer.checkpoints.as_ref().and_then(CheckpointTrigger::best);
    let sums = vec![window.total_reward, trainer.wall_secs(), best.unwrap_or(f64::NAN)];
    state.insert_f64("sums", &[3], sums);
    let terms = window.reward_terms.clone();
    state.insert_f64("reward_terms", &[terms.len()], terms);
    Ok(Some(state))
}

fn load(world: &mut World, entity: Entity, state: &StateDict) -> Result<(), NodeError> {
    let Some(mut trainer) = world.get_mut::<Trainer>(entity) else { return Ok(()) };
    let counts = state.get_u64("counts", &[4])?;
    let sums = state.get_f64("sums", &[3])?;
    let n_terms = state.get("reward_terms").map_or(0, |terms| terms.shape().iter().product());
    trainer.since_update = Window {
        start: None,
        n_steps: counts[0],
        episodes: counts[1] as usize,
        length: counts[2],
        total_reward: sums[0],
        reward_terms: state.get_f64("reward_terms", &[n_terms])?.to_vec(),
    };
    trainer.non_finite_resets = counts[3];
    trainer.wall_before = sums[1];
    if let Some(checkpoints) = &mut trainer.checkpoints {
        checkpoints.set_best((!sums[2].is_nan()).then_some(sums[2]));
    }
    trainer.restored = Some(state.clone());
    Ok(())
}

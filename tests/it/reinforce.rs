//! A second algorithm, written outside of the library: REINFORCE (Williams, 1992).

use crate::support::{repository, timeless_metrics, weights};
use bevy::ecs::system::BoxedSystem;
use dnne::learn::{
    Algorithm, Descent, HiddenStates, LearnError, MetricValue, NextObservations, Optimizer, Policy,
    PolicyConfig, PolicyOutput, StateDict, Transition, UpdateMetrics,
};
use dnne::nodes::{
    Kinds, NodeBuilder, NodeError, NodeKind, TRAINER_STATE, TrainerSetup, train_with,
};
use dnne::scene::{ActionUnits, Actions, Environments, SceneLibrary};
use dnne::session::{
    EndedBy, Limits, NewFolder, NewTraining, RunPlace, Start, StoppedRun, TrainingOptions,
    TrainingSummary, load_workflow, workflow_text,
};
use dnne::space::{ActionSpace, Buffer, Device, Observations};
use dnne::workflow::{NodeSchema, ParamSchema, PortSchema, PortType, Role};
use std::path::{Path, PathBuf};

/// Goes along the gradient of ln p(action) times the return that followed, over whole episodes. The returns
/// of a batch are brought to mean 0 and deviation 1, which takes the place of a baseline.
struct Reinforce {
    gamma: f32,
    learning_rate: f64,
    /// Episodes that make an update.
    episodes: usize,
    optimizer: Option<Optimizer>,
    saved: Option<StateDict>,
    /// What happened and was not learned from, in order: environment, action, reward, whether an episode
    /// ended, and the observation; shape (n, 4 + obs_dim).
    rows: Vec<f32>,
    width: usize,
    n_ended: usize,
    n_updates: u64,
}

impl Reinforce {
    fn new() -> Self {
        Self {
            gamma: 0.99,
            learning_rate: 5e-3,
            episodes: 32,
            optimizer: None,
            saved: None,
            rows: Vec::new(),
            width: 4,
            n_ended: 0,
            n_updates: 0,
        }
    }

    /// The discounted return from each row on, newest first; none where the episode goes on.
    fn returns(&self) -> Vec<Option<f32>> {
        let n_envs = self.rows.chunks(self.width).map(|row| row[0] as usize + 1).max();
        let mut later = vec![None; n_envs.unwrap_or(0)];
        let newest_first = self.rows.chunks(self.width).rev().map(|row| {
            let later = &mut later[row[0] as usize];
            let next = if row[3] == 1.0 { Some(0.0) } else { *later };
            *later = next.map(|next: f32| row[2] + self.gamma * next);
            *later
        });
        newest_first.collect()
    }
}

impl Algorithm for Reinforce {
    fn take(&mut self, policy: &Policy, transition: Transition<'_>) -> Result<(), LearnError> {
        if self.optimizer.is_none() {
            let mut optimizer = Optimizer::new(policy);
            if let Some(saved) = self.saved.take() {
                optimizer.load_state(&saved)?;
            }
            self.optimizer = Some(optimizer);
        }
        let obs_dim = policy.config().observations.size();
        self.width = 4 + obs_dim;
        let Transition { observations, policy: output, rewards, terminated, truncated, .. } =
            transition;
        for (env, seen) in observations.f32s("observations").chunks(obs_dim).enumerate() {
            let ended = terminated[env] || truncated[env];
            let action = output.raw_action()[env];
            self.rows.extend([env as f32, action, rewards[env], f32::from(u8::from(ended))]);
            self.rows.extend(seen);
            self.n_ended += usize::from(ended);
        }
        Ok(())
    }

    fn is_ready(&self) -> bool {
        self.n_ended >= self.episodes
    }

    fn update(
        &mut self,
        policy: &mut Policy,
        _: NextObservations<'_>,
        _: f64,
    ) -> Result<UpdateMetrics, LearnError> {
        let (mut seen, mut batch, mut left) = (Vec::new(), Vec::new(), Vec::new());
        for (row, ret) in self.rows.chunks(self.width).zip(self.returns().into_iter().rev()) {
            let Some(ret) = ret else {
                left.extend(row);
                continue;
            };
            seen.extend(&row[4..]);
            batch.push((row[1] as usize, ret));
        }
        (self.rows, self.n_ended) = (left, 0);
        let n = batch.len() as f32;
        let mean = batch.iter().map(|(_, ret)| ret).sum::<f32>() / n;
        let variance = batch.iter().map(|(_, ret)| (ret - mean).powi(2)).sum::<f32>() / n;
        let loss_of = |row: usize, outputs: &[f32], gradient: &mut [f32]| -> f64 {
            let (action, ret) = batch[row];
            let weight = (ret - mean) / (variance.sqrt() + 1e-6) / n;
            let (value_gradient, by_logits) = gradient.split_last_mut().unwrap();
            *value_gradient = 0.0;
            let all: f32 = outputs[..by_logits.len()].iter().map(|logit| logit.exp()).sum();
            for (choice, gradient) in by_logits.iter_mut().enumerate() {
                let chosen = if choice == action { 1.0 } else { 0.0 };
                *gradient = weight * (outputs[choice].exp() / all - chosen);
            }
            f64::from(-weight * (outputs[action] - all.ln()))
        };
        let space = policy.config().observations.clone();
        let seen = Observations::new(space, vec![Buffer::F32(seen)])?;
        if !policy.observe(seen.view()) {
            let (what, update) = ("an observation", self.n_updates);
            return Err(LearnError::NonFinite { what, update });
        }
        let (loss, gradient) = policy.gradient(seen.view(), Vec::new(), loss_of)?;
        let descent = Descent {
            learning_rate: self.learning_rate,
            epsilon: 1e-8,
            max_grad_norm: 0.0,
            update: self.n_updates,
        };
        let optimizer = self.optimizer.as_mut().expect("made with the first transition");
        let grad_norm = optimizer.step(policy, &gradient, &descent)?;
        self.n_updates += 1;
        let mut metrics = UpdateMetrics::default();
        metrics.add("policy_loss", loss);
        metrics.add("grad_norm", grad_norm);
        metrics.add("n_samples", batch.len());
        Ok(metrics)
    }

    fn state(&self) -> Result<StateDict, LearnError> {
        let Some(optimizer) = &self.optimizer else {
            return Ok(self.saved.clone().unwrap_or_default());
        };
        let mut state = optimizer.state();
        let shape = [self.rows.len() / self.width, self.width];
        state.insert_f32("rows", &shape, self.rows.clone());
        state.insert_u64("counts", &[2], vec![self.n_ended as u64, self.n_updates]);
        Ok(state)
    }

    fn load_state(&mut self, state: &StateDict) -> Result<(), LearnError> {
        let shape = state.get("rows").map(|rows| rows.shape().to_vec()).unwrap_or_default();
        self.rows = state.get_f32("rows", &shape)?.to_vec();
        self.width = shape[1];
        let counts = state.get_u64("counts", &[2])?;
        (self.n_ended, self.n_updates) = (counts[0] as usize, counts[1]);
        (self.optimizer, self.saved) = (None, Some(state.clone()));
        Ok(())
    }
}

/// A training loop over the library alone.
struct Training {
    environments: Environments,
    policy: Policy,
    hidden_states: HiddenStates,
    algorithm: Box<dyn Algorithm>,
    step: u64,
}

impl Training {
    fn new(algorithm: impl Algorithm + 'static) -> Self {
        Self::with(algorithm, |_| {})
    }

    fn with(algorithm: impl Algorithm + 'static, change: impl FnOnce(&mut PolicyConfig)) -> Self {
        let scene = SceneLibrary::new(repository("scenes")).load("CartpoleV1").unwrap();
        let environments = Environments::new(&scene, 16, 1, Device::detect()).unwrap();
        let mut config = PolicyConfig {
            hidden_sizes: vec![32],
            ..PolicyConfig::new(environments.observation_space().clone(), ActionSpace::Discrete(2))
        };
        change(&mut config);
        let policy = Policy::new(config, Device::detect()).unwrap();
        let (hidden_states, algorithm) = (HiddenStates::default(), Box::new(algorithm));
        Self { environments, policy, hidden_states, algorithm, step: 0 }
    }

    /// Makes updates; gives the mean length of each one's episodes and what it reports.
    fn run(&mut self, updates: usize) -> Vec<(f64, UpdateMetrics)> {
        let (mut rows, mut lengths) = (Vec::new(), Vec::new());
        let mut said = PolicyOutput::default();
        while rows.len() < updates {
            let seen = self.environments.output().observations.clone();
            let observations = seen.view();
            self.policy
                .act(observations, &mut self.hidden_states, self.step, false, &mut said)
                .unwrap();
            self.step += 1;
            let actions = Actions { values: &said.action, units: ActionUnits::Policy };
            let output = self.environments.step(actions).unwrap();
            let next = NextObservations {
                observations: output.next_observations.view(),
                states: self.hidden_states.states(),
            };
            let transition = Transition {
                observations,
                policy: &said,
                rewards: &output.rewards,
                terminated: &output.terminated,
                truncated: &output.truncated,
                next,
            };
            self.algorithm.take(&self.policy, transition).unwrap();
            lengths.extend(output.episodes.iter().map(|episode| f64::from(episode.length)));
            if self.algorithm.is_ready() {
                let metrics = self.algorithm.update(&mut self.policy, next, 0.0).unwrap();
                rows.push((lengths.iter().sum::<f64>() / lengths.len() as f64, metrics));
                lengths.clear();
            }
        }
        rows
    }
}

#[test]
fn an_algorithm_from_outside_trains_cartpole() {
    let mut training = Training::new(Reinforce::new());
    let rows = training.run(150);
    let mean = |rows: &[(f64, UpdateMetrics)]| {
        rows.iter().map(|(length, _)| length).sum::<f64>() / rows.len() as f64
    };
    let (first, last) = (mean(&rows[..5]), mean(&rows[145..]));
    assert!(first < 40.0 && last > 200.0, "{first} {last}");
    for (_, metrics) in &rows {
        metrics.check(&Default::default()).unwrap();
        assert!(metrics.real("policy_loss").is_some() && metrics.real("grad_norm").is_some());
    }
}

/// The statistics hold each observation that was learned from once.
#[test]
fn an_algorithm_from_outside_normalises_what_is_seen() {
    let mut training =
        Training::with(Reinforce::new(), |config| config.normalize_observations = true);
    let rows = training.run(3);
    let n_samples = |metrics: &UpdateMetrics| {
        metrics.iter().find_map(|(name, value)| match value {
            MetricValue::Count(count) if name == "n_samples" => Some(count),
            _ => None,
        })
    };
    let learned: u64 = rows.iter().map(|(_, metrics)| n_samples(metrics).unwrap()).sum();
    let state = training.policy.state().unwrap();
    let counts = state.get_f64("observations.count", &[1]).unwrap();
    assert!(learned > 0);
    // Statistics begin with one made-up row, of mean 0 and variance 1.
    assert_eq!(counts, [learned as f64 + 1.0]);
}

#[test]
fn an_algorithm_from_outside_goes_on_on_any_number_of_threads() {
    let run = |n_threads: usize, stop: bool| -> StateDict {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| {
            let mut training = Training::new(Reinforce::new());
            training.run(3);
            if stop {
                let mut resumed = Reinforce::new();
                resumed.load_state(&training.algorithm.state().unwrap()).unwrap();
                training.algorithm = Box::new(resumed);
            }
            training.run(3);
            let mut state = training.policy.state().unwrap();
            state.insert_nested("algorithm", training.algorithm.state().unwrap());
            state
        })
    };
    let whole = run(1, false);
    assert_eq!(run(1, true), whole);
    assert_eq!(run(3, false), whole);
}

/// Nothing can be set of an algorithm that says nothing of settings.
#[test]
fn an_algorithm_without_settings_refuses_to_be_set() {
    let mut algorithm = Reinforce::new();
    assert!(algorithm.settings(0.0).is_empty());
    let said = algorithm.set("gamma", 0.5).unwrap_err().to_string();
    assert!(said.contains("setting `gamma` cannot be changed"), "{said}");
}

/// The algorithm as a node kind of this program's own.
static TRAINER: NodeSchema = NodeSchema {
    class_type: "ReinforceTrainerNode",
    title: "REINFORCE",
    category: "learning",
    doc: "Learns from whole episodes.",
    role: Role::Trainer,
    inputs: &[
        PortSchema::new("states", PortType::Tensor, "What the agent saw."),
        PortSchema::new("policy_outputs", PortType::PolicyOutput, "What the agent then said."),
        PortSchema::new("rewards", PortType::Tensor, "Reward of the step."),
        PortSchema::new("dones", PortType::Dones, "Whether an episode ended."),
        PortSchema::new("model", PortType::Model, "The network to improve.").held(),
    ],
    outputs: &[
        PortSchema::new("loss", PortType::Metrics, "Numbers of each update."),
        PortSchema::new("training_complete", PortType::Sync, "Permission for the next step."),
    ],
    params: &[ParamSchema::int("total_updates", 0, 0, 1 << 30, "Updates to make.")],
    metrics: &["policy_loss", "grad_norm", "n_samples"],
    ..NodeSchema::EMPTY
};

const KIND: NodeKind =
    NodeKind { schema: &TRAINER, build: Some(build), state: Some(TRAINER_STATE) };

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let setup = TrainerSetup::new(b.node(), Box::new(Reinforce::new()))?;
    train_with(b, setup)
}

/// A workflow's file with that node in the place of PPO's.
fn file(folder: &Path, updates: u32) -> PathBuf {
    let link = |node: &str, slot: u32| serde_json::json!([node, slot]);
    let document = serde_json::json!({
        "env": {"class_type": "IsaacGymEnvNode",
            "inputs": {"env_name": "CartpoleV1", "num_envs": 16}},
        "or": {"class_type": "ORNode",
            "inputs": {"input_a": link("env", 1), "input_b": link("step", 0)}},
        "agent": {"class_type": "PPOAgentNode", "inputs": {
            "observations": link("or", 0), "hidden_sizes": [32], "action_space": "discrete"}},
        "step": {"class_type": "IsaacGymStepNode", "inputs": {
            "sim": link("env", 0), "actions": link("agent", 0), "trigger": link("trainer", 1)}},
        "trainer": {"class_type": "ReinforceTrainerNode", "inputs": {
            "states": link("or", 0), "policy_outputs": link("agent", 0), "rewards": link("step", 1),
            "dones": link("step", 2), "model": link("agent", 1), "total_updates": updates}},
        "log": {"class_type": "ConsoleLogger", "inputs": {"loss_info": link("trainer", 0)}},
    });
    let path = folder.join("reinforce.json");
    std::fs::write(&path, document.to_string()).unwrap();
    path
}

fn train(folder: &Path, name: &str, start: Option<StoppedRun>, updates: u64) -> TrainingSummary {
    let kinds = Kinds::builtin().with(KIND).unwrap();
    let scenes = SceneLibrary::new(repository("scenes"));
    let loaded = load_workflow(&file(folder, 150), &[], &kinds, &scenes);
    let said: Vec<String> = loaded.diagnostics.iter().map(ToString::to_string).collect();
    let graph = loaded.graph.unwrap_or_else(|| panic!("{}", said.join("\n")));
    let start = match start {
        Some(StoppedRun { folder, checkpoint, seed, .. }) => {
            Start::Checkpoint { folder, checkpoint: Box::new(checkpoint), seed, revision: None }
        }
        None => {
            let workflow = workflow_text(loaded.document.unwrap(), &graph, &kinds).unwrap();
            let place = RunPlace::At(folder.join(name));
            let folder = Some(NewFolder { workflow, place });
            Start::New(NewTraining { seed: 1, folder, ..NewTraining::default() })
        }
    };
    let limits = Limits { updates: Some(updates), ..Limits::default() };
    let options = TrainingOptions { start, limits, kinds, ..TrainingOptions::default() };
    dnne::session::Training::new(&graph, scenes, options).unwrap().run().unwrap()
}

#[test]
fn a_workflow_with_a_trainer_of_its_own_trains_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let whole = train(folder.path(), "whole", None, 150);
    assert_eq!((whole.updates, whole.ended_by), (150, EndedBy::Trainer));
    let rows = timeless_metrics(&whole.run);
    let length = |row: &serde_json::Value| row["episode_length"].as_f64().unwrap();
    let (first, last) = (length(&rows[0]), length(&rows[149]));
    assert!(first < 40.0 && last > 200.0, "{first} {last}");
    assert!(rows.iter().all(|row| row["policy_loss"].is_number() && row["n_samples"].is_number()));
    let stopped = train(folder.path(), "stopped", None, 60);
    let kinds = Kinds::builtin().with(KIND).unwrap();
    let run = StoppedRun::open(&stopped.run, &[], &kinds, &mut |error| panic!("{error}")).unwrap();
    assert!(run.workflow.graph.is_some());
    train(folder.path(), "", Some(run), 150);
    assert_eq!(timeless_metrics(&stopped.run), rows);
    assert!(weights(&stopped.run) == weights(&whole.run));
    // A program without the kind says which it lacks.
    let run = StoppedRun::open(&whole.run, &[], &Kinds::builtin(), &mut |error| panic!("{error}"))
        .unwrap();
    let said: Vec<String> = run.workflow.diagnostics.iter().map(ToString::to_string).collect();
    assert!(
        run.workflow.graph.is_none() && said.join(" ").contains("ReinforceTrainerNode"),
        "{said:?}"
    );
}

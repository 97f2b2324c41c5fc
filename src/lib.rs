//! DNNE trains simulated robots by reinforcement learning: a workflow, drawn as a graph of nodes, is compiled into
//! a Bevy app; our own batched physics steps thousands of environments on the CPU; PPO trains the policy.
//!
//! The program `dnne` is this library with a command line. From the lowest to the highest, one can use:
//!
//! | for | begin with |
//! |---|---|
//! | batched physics alone | [`model::load_model`], [`physics::Simulation`] |
//! | environments of a task | [`scene::SceneLibrary`], [`scene::Environments`] |
//! | terms of a task in Rust | [`scene::Terms`] |
//! | a training loop of one's own | [`learn::Policy`], [`learn::PpoLearner`], [`learn::Algorithm`] |
//! | a workflow from code, trained with limits, files and resuming | [`nodes::training_loop`], [`session::Training`] |
//! | a workflow, step by step | [`session::Session`] |
//! | node kinds of one's own | [`nodes::NodeKind`], [`nodes::Kinds`] |
//! | a program with the command line of `dnne train` | [`prelude::Program`] |
//!
//! ARCHITECTURE.md is the map of the source. The same seed gives the same numbers, bit for bit, on any number of
//! threads of one kind of machine.
//!
//! # A workflow from code
//!
//! [`nodes::training_loop`] has the step and all links; the environment, the agent and the trainer are yours to set.
//! Parameters have the names that `dnne nodes` lists.
//!
//! ```
//! use dnne::nodes;
//! use dnne::scene::SceneLibrary;
//! use dnne::session::{Limits, Training, TrainingOptions};
//!
//! let scenes = SceneLibrary::new("scenes");
//! let graph = nodes::training_loop()
//!     .node("env", "IsaacGymEnvNode").set("env_name", "Ant").set("num_envs", 64)
//!     .node("agent", "PPOAgentNode")
//!     .node("trainer", "PPOTrainerNode").set("horizon_length", 16).set("minibatch_size", 512)
//!     .build_with(&scenes)?;
//! let options = TrainingOptions {
//!     limits: Limits { updates: Some(2), ..Limits::default() },
//!     ..TrainingOptions::default()
//! };
//! let summary = Training::new(&graph, scenes, options)?.run()?;
//! assert_eq!((summary.updates, summary.steps), (2, 2 * 16 * 64));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A training loop of one's own
//!
//! Environments, policy and algorithm know nothing of each other: the loop hands the numbers on. [`learn::PpoLearner`]
//! is one [`learn::Algorithm`]; another takes its place here.
//!
//! ```
//! use dnne::learn::{
//!     Algorithm, HiddenStates, Policy, PolicyConfig, PolicyOutput, PpoConfig, PpoLearner, NextObservations, Transition,
//! };
//! use dnne::scene::{ActionUnits, Actions, Environments, SceneLibrary};
//! use dnne::space::Device;
//!
//! let scene = SceneLibrary::new("scenes").load("Ant")?;
//! let mut environments = Environments::new(&scene, 64, 1, Device::detect())?;
//! let observations = environments.observation_space().clone();
//! let actions = environments.action_space().clone();
//! let mut policy = Policy::new(PolicyConfig::new(observations, actions), Device::detect())?;
//! let ppo = PpoConfig { minibatch_size: 512, ..PpoConfig::default() };
//! let horizon = 16;
//! let mut learner = PpoLearner::new(ppo, horizon)?;
//!
//! let (mut hidden_states, mut output, mut updates) = (HiddenStates::default(), PolicyOutput::default(), 0);
//! for step in 0..2 * horizon as u64 {
//!     // Where an episode begins, a recurrent policy's hidden state is 0 again.
//!     hidden_states.reset(&environments.output().episode_starts);
//!     let observations = environments.output().observations.clone();
//!     policy.act(observations.view(), &mut hidden_states, step, false, &mut output)?;
//!     let actions = Actions { values: &output.action, units: ActionUnits::Policy };
//!     let result = environments.step(actions)?;
//!     // Where the step led, before any reset.
//!     let next = NextObservations { observations: result.next_observations.view(), states: hidden_states.states() };
//!     learner.take(&policy, Transition {
//!         observations: observations.view(),
//!         policy: &output,
//!         rewards: &result.rewards,
//!         terminated: &result.terminated,
//!         truncated: &result.truncated,
//!         next,
//!     })?;
//!     if learner.is_ready() {
//!         let metrics = learner.update(&mut policy, next, 0.0)?;
//!         assert!(metrics.real("policy_loss").is_some_and(f64::is_finite));
//!         updates += 1;
//!     }
//! }
//! assert_eq!(updates, 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Terms of one's own
//!
//! A task file has its observations, rewards and terminations as expressions. What expressions cannot say is a Rust
//! function of one environment.
//!
//! ```
//! use dnne::scene::{ActionUnits, Actions, Environments, SceneLibrary, Terms};
//! use dnne::space::Device;
//!
//! let library = SceneLibrary::new("scenes");
//! let torso = library.load("Ant")?.model.body_id("torso").expect("the ant has a torso");
//! let terms = Terms::new()
//!     .observation("tilt", 1, move |env, out| out[0] = env.xmat(torso)[8].clamp(-1.0, 1.0).acos())
//!     .reward("hurry", move |env| env.linvel(torso)[0].powi(3))
//!     .termination("jumped", Some(-1.0), move |env| env.xpos(torso)[2] > 1.5);
//! let scene = library.with_terms("Ant", terms).load("Ant")?;
//!
//! let mut environments = Environments::new(&scene, 8, 1, Device::detect())?;
//! let idle = vec![0.0; 8 * environments.action_dim(ActionUnits::Policy)];
//! let result = environments.step(Actions { values: &idle, units: ActionUnits::Policy })?;
//! let hurry = scene.task.reward_mean_names().position(|name| name == "hurry").expect("it was added");
//! assert!(result.reward_terms[hurry].is_finite());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A node kind of one's own
//!
//! A kind is a schema, from which the checker knows ports and parameters, and a function that builds its system.
//! A kind that keeps numbers from tick to tick also has a [`nodes::NodeState`], by which checkpoints hold them.
//!
//! ```
//! use bevy::ecs::system::BoxedSystem;
//! use dnne::nodes::{Kinds, NodeBuilder, NodeError, NodeKind, Payload, Rewards, Wires};
//! use dnne::scene::SceneLibrary;
//! use dnne::session::{Session, SessionOptions};
//! use dnne::workflow::{GraphBuilder, NodeSchema, ParamSchema, PortSchema, PortType};
//! use std::sync::Arc;
//!
//! static SCHEMA: NodeSchema = NodeSchema {
//!     class_type: "RewardScale",
//!     title: "Reward scale",
//!     category: "reward",
//!     doc: "Multiplies every reward.",
//!     inputs: &[PortSchema::new("rewards", PortType::Tensor, "Rewards of the step.")],
//!     outputs: &[PortSchema::new("rewards", PortType::Tensor, "Scaled rewards.")],
//!     params: &[ParamSchema::float("factor", 1.0, 0.0, 100.0, "What they are multiplied by.")],
//!     ..NodeSchema::EMPTY
//! };
//! const KIND: NodeKind = NodeKind::stateless(&SCHEMA, build);
//!
//! fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
//!     let factor = b.node().float("factor")? as f32;
//!     let (node, output) = (b.entity, b.output("rewards"));
//!     Ok(b.system(move |mut wires: Wires| {
//!         // None until every connected input holds a value.
//!         let Some(taken) = wires.take(node) else { return Ok(()) };
//!         if let Some(Payload::Rewards(rewards)) = taken.get("rewards") {
//!             let mut rewards = Rewards::clone(rewards);
//!             rewards.values.iter_mut().for_each(|value| *value *= factor);
//!             wires.emit(node, output, Payload::Rewards(Arc::new(rewards)));
//!         }
//!         Ok(())
//!     }))
//! }
//!
//! let kinds = Kinds::builtin().with(KIND)?;
//! let graph = GraphBuilder::new(kinds.registry())
//!     .node("env", "IsaacGymEnvNode").set("num_envs", 16)
//!     .node("or", "ORNode")
//!     .node("agent", "PPOAgentNode")
//!     .node("step", "IsaacGymStepNode")
//!     .node("scale", "RewardScale").set("factor", 0.1)
//!     .node("trainer", "PPOTrainerNode").set("horizon_length", 8).set("minibatch_size", 128)
//!     .connect("env", "observations", "or", "input_a")
//!     .connect("step", "observations", "or", "input_b")
//!     .connect("or", "output", "agent", "observations")
//!     .connect("env", "sim", "step", "sim")
//!     .connect("agent", "policy_output", "step", "actions")
//!     .connect("step", "rewards", "scale", "rewards")
//!     .connect("scale", "rewards", "trainer", "rewards")
//!     .connect("step", "dones", "trainer", "dones")
//!     .connect("or", "output", "trainer", "states")
//!     .connect("agent", "policy_output", "trainer", "policy_outputs")
//!     .connect("agent", "model", "trainer", "model")
//!     .connect("trainer", "training_complete", "step", "trigger")
//!     .build()?;
//! let options = SessionOptions { kinds, ..SessionOptions::new(SceneLibrary::new("scenes")) };
//! let mut session = Session::new(&graph, options)?;
//! while session.progress().updates < 1 {
//!     session.tick()?;
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Batched physics alone
//!
//! MJCF or URDF in, positions and velocities out, in MuJoCo's names and order. [`math::lanes::Isa::detect`] takes
//! the widest vectors of `f32` that the processor has; [`math::lanes::Isa::Reference`] is `f64`.
//!
//! ```
//! use dnne::math::lanes::Isa;
//! use dnne::physics::Simulation;
//! use std::{path::Path, sync::Arc};
//!
//! let (model, findings) = dnne::model::load_model(Path::new("scenes/ant/ant.xml"));
//! let model = Arc::new(model.ok_or_else(|| format!("{findings:?}"))?);
//! let n_envs = 64;
//! let mut simulation = Simulation::new(model.clone(), n_envs, Isa::detect());
//! for env in 0..n_envs {
//!     simulation.set_ctrl(env, &vec![0.01 * env as f64; model.nu]);
//! }
//! simulation.step(50);
//! let (qpos, qvel) = simulation.state(n_envs - 1);
//! assert_eq!((qpos.len(), qvel.len()), (model.nq, model.nv));
//! assert!(qpos.iter().chain(&qvel).all(|x| x.is_finite()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `viewer` | yes | the window, the editor and films; brings `rapier` with it |
//! | `rapier` | by `viewer` | Rapier as a second physics engine to play policies in |
//!
//! Without both, a build trains, measures and exports, and needs no rendering.

// An error in .ci/run, as every warning.
#![warn(missing_docs)]

/// The command line. Programs use [`prelude::Program`].
#[doc(hidden)]
pub mod cli;
pub mod code;
pub mod device;
pub mod diagnostic;
#[cfg(feature = "viewer")]
mod editor;
pub mod export;
pub mod learn;
pub mod math;
pub mod model;
pub mod nodes;
pub mod physics;
pub mod plot;
pub mod prelude;
#[cfg(feature = "rapier")]
pub mod rapier;
pub mod scene;
pub mod session;
pub mod sight;
#[cfg(test)]
mod skips;
pub mod space;
pub mod ui;
pub mod viewer;
pub mod workflow;

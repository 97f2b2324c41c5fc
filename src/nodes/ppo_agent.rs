//! `PPOAgentNode`: the policy and value network.

use super::agent_settings::{SCHEMA, action_space, network_bytes, policy_config};
use super::checkpoint_loader::LoadedWeights;
use super::flow::Wires;
use super::kind::{Mode, NodeBuilder, NodeError, NodeKind, NodeState, check_memory};
use super::payload::Payload;
use super::run::{Console, Progress, Timings};
use super::transfer::transfer;
use crate::learn::{LearnError, Memory, Policy, PolicyOutput, StateDict};
use bevy::ecs::system::BoxedSystem;
use bevy::prelude::*;
use candle_core::Device;
use std::sync::Arc;
use std::time::Instant;

pub(super) const KIND: NodeKind =
    NodeKind { schema: &SCHEMA, build: Some(build), state: Some(NodeState { save, load }) };

/// The network of an agent node.
#[derive(Component)]
pub struct Agent {
    pub policy: Policy,
    /// What it remembers of the present episodes, after its last action.
    pub memory: Memory,
    /// How often it has acted; names the exploration noise.
    step: u64,
    deterministic: bool,
}

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let tasks = b.tasks()?;
    let node = b.node();
    let (layout, action_space) = (tasks.layout, action_space(&tasks.spec()));
    let dims = (layout.width(), layout.critic_dim);
    let config = policy_config(node, dims, action_space, b.context.seed)?;
    let what = format!("`hidden_sizes` of {:?}", config.hidden_sizes);
    check_memory(&what, network_bytes(&config), "use smaller or fewer layers")?;
    let deterministic = match b.context.mode {
        Mode::Train => node.bool("deterministic")?,
        Mode::Evaluate { deterministic } => deterministic,
    };
    let mut policy = Policy::new(config, &Device::Cpu)?;
    let mut taken = Vec::new();
    if let Some(source) = b.node().source("model") {
        let source = b.entities[b.graph.origin(source).node];
        let Some(loaded) = b.world.get::<LoadedWeights>(source) else {
            let message = "only the weights of a CheckpointLoader can be begun with".to_owned();
            return Err(NodeError::Field { field: "model", message });
        };
        match loaded.mismatch {
            None => policy.load_state(&loaded.weights)?,
            Some(mismatch) => {
                taken = transfer(&mut policy, &loaded.weights, mismatch, &loaded.source)?;
            }
        }
    }
    b.insert(Agent { policy, memory: Memory::default(), step: 0, deterministic });

    let is_training = b.context.mode == Mode::Train;
    let node = b.entity;
    let (policy_output, model) = (b.output("policy_output"), b.output("model"));
    let fire = move |mut wires: Wires,
                     mut agents: Query<&mut Agent>,
                     console: Res<Console>,
                     progress: Res<Progress>,
                     mut timings: ResMut<Timings>| {
        let Some(inputs) = wires.take(node) else { return Ok(()) };
        let Ok(mut agent) = agents.get_mut(node) else { return Ok(()) };
        let Some(Payload::Observations(seen)) = inputs.get("observations") else {
            return Err(NodeError::Payload {
                input: "observations",
                expected: "observations of an environment",
                got: inputs.get("observations").map_or("nothing".to_owned(), Payload::describe),
            });
        };
        // A run that is resumed has weights of its own.
        if agent.step == 0 && is_training {
            taken.iter().for_each(|line| (console.0)(line));
        }
        let _span = tracing::info_span!("infer").entered();
        let start = Instant::now();
        let mut output = PolicyOutput::default();
        let Agent { policy, memory, step, deterministic } = &mut *agent;
        memory.forget(&seen.begins);
        if is_training && !policy.observe_step(seen.observed()) {
            let (what, update) = ("an observation", progress.updates);
            return Err(LearnError::NonFinite { what, update }.into());
        }
        policy.act(seen.observed(), memory, *step, *deterministic, &mut output)?;
        *step += 1;
        timings.infer += start.elapsed();
        wires.emit(node, policy_output, Payload::Policy(Arc::new(output)));
        wires.emit(node, model, Payload::Model(node));
        Ok(())
    };
    Ok(b.system(fire))
}

fn save(world: &World, entity: Entity) -> Result<StateDict, NodeError> {
    let mut state = StateDict::new();
    let Some(agent) = world.get::<Agent>(entity) else { return Ok(state) };
    state.insert_u64("step", &[1], vec![agent.step]);
    state.insert_nested("policy", agent.policy.state()?);
    state.insert_nested("memory", agent.memory.state());
    Ok(state)
}

fn load(world: &mut World, entity: Entity, state: &StateDict) -> Result<(), NodeError> {
    let Some(mut agent) = world.get_mut::<Agent>(entity) else { return Ok(()) };
    agent.policy.load_state(&state.nested("policy"))?;
    let state_dim = agent.policy.state_dim();
    agent.memory.load_state(&state.nested("memory"), state_dim)?;
    agent.step = state.get_u64("step", &[1])?[0];
    Ok(())
}

//! `PPOAgentNode`: the policy and value network.

use super::agent_settings::{SCHEMA, policy_config};
use super::extractor_settings::extractors_of;
use super::network_size::network_bytes;
use crate::learn::{DeviceActor, HiddenStates, LearnError, Policy, PolicyOutput, StateDict};
use crate::math::rng::{Random, RandomStream};
use crate::nodes::{
    ActionMode, Agent, Console, DeviceBatch, DeviceNumbers, LoadedWeights, Mode, NodeBuilder,
    NodeError, NodeKind, NodeState, Payload, Progress, Timings, TrainingDevice, Wires,
    check_memory, transfer,
};
use crate::space::ActionSpace;
use bevy::ecs::system::BoxedSystem;
use bevy::prelude::*;
use std::sync::Arc;
use std::time::Instant;

pub(crate) const KIND: NodeKind =
    NodeKind { schema: &SCHEMA, build: Some(build), state: Some(NodeState { save, load }) };

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let tasks = b.tasks()?;
    let node = b.node();
    let action_space = tasks.spec.actions.clone();
    let spaces = (tasks.spec.observations.clone(), action_space.clone());
    let extractors: Vec<_> =
        extractors_of(b.graph, b.index).into_iter().map(|it| &b.graph.nodes[it]).collect();
    let config = policy_config((node, &extractors), spaces, b.context.seed)?;
    let what = format!("`hidden_sizes` of {:?}", config.hidden_sizes);
    check_memory(&what, network_bytes(&config), "use smaller or fewer layers")?;
    let deterministic = match b.context.mode {
        Mode::Train => node.bool("deterministic")?,
        Mode::Evaluate { deterministic } => deterministic,
    };
    let action_mode = if deterministic { ActionMode::Mean } else { ActionMode::Sampled };
    let mut policy = Policy::new(config, b.context.device)?;
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
    b.insert(Agent {
        policy,
        on_device: None,
        hidden_states: HiddenStates::default(),
        action_mode,
        step: 0,
        seed: b.context.seed,
        output: Arc::default(),
    });

    let is_training = b.context.mode == Mode::Train;
    let node = b.entity;
    let (policy_output, model) = (b.output("policy_output"), b.output("model"));
    let fire = move |mut wires: Wires,
                     mut agents: Query<&mut Agent>,
                     console: Res<Console>,
                     progress: Res<Progress>,
                     device: Option<Res<TrainingDevice>>,
                     mut timings: ResMut<Timings>| {
        let Some(inputs) = wires.take(node) else { return Ok(()) };
        let Ok(mut agent) = agents.get_mut(node) else { return Ok(()) };
        // A run that is resumed has weights of its own.
        if agent.step == 0 && is_training {
            taken.iter().for_each(|line| (console.0)(line));
        }
        let _span = tracing::info_span!("infer").entered();
        let start = Instant::now();
        let observations = match inputs.get("observations") {
            Some(Payload::Observations(observations)) => observations,
            Some(Payload::OnDevice(batch)) => {
                let acted = act_there(&mut agent, batch, device.as_deref())?;
                timings.infer += start.elapsed();
                wires.emit(node, policy_output, acted);
                wires.emit(node, model, Payload::Model(node));
                return Ok(());
            }
            other => {
                return Err(NodeError::Payload {
                    input: "observations",
                    expected: "observations of an environment",
                    got: other.map_or("nothing".to_owned(), Payload::describe),
                });
            }
        };
        let Agent { policy, hidden_states, action_mode, step, seed, output, .. } = &mut *agent;
        // Free again by now, unless somebody keeps what the policy said: then it is copied.
        let said = Arc::make_mut(output);
        hidden_states.reset(&observations.episode_starts);
        if is_training && !policy.observe_step(observations.observations.view()) {
            let (what, update) = ("an observation", progress.updates);
            return Err(LearnError::NonFinite { what, update }.into());
        }
        policy.act(
            observations.observations.view(),
            hidden_states,
            *step,
            *action_mode == ActionMode::Mean,
            said,
        )?;
        if *action_mode == ActionMode::Random {
            act_at_random(&action_space, (*seed, *step), said);
        }
        *step += 1;
        timings.infer += start.elapsed();
        wires.emit(node, policy_output, Payload::Policy(output.clone()));
        wires.emit(node, model, Payload::Model(node));
        Ok(())
    };
    Ok(b.system(fire))
}

/// Acts where the observations lie: nothing comes here.
fn act_there(
    agent: &mut Agent,
    seen: &DeviceBatch,
    device: Option<&TrainingDevice>,
) -> Result<Payload, NodeError> {
    let (&DeviceNumbers::Observations(observations), Some(training)) = (&seen.numbers, device)
    else {
        let (expected, got) = ("observations of an environment", seen.describe());
        return Err(NodeError::Payload { input: "observations", expected, got });
    };
    let n_envs = seen.n_envs;
    let Agent { policy, on_device, action_mode, step, .. } = agent;
    let actor = match on_device {
        Some(actor) => actor,
        none => none.insert(DeviceActor::new(training.device.clone(), policy, n_envs)?),
    };
    let is_deterministic = *action_mode == ActionMode::Mean;
    let actions = actor.act(policy, observations, *step, is_deterministic)?;
    *step += 1;
    let dim = policy.config().action_space.action_dim();
    Ok(Payload::OnDevice(DeviceBatch { n_envs, dim, numbers: DeviceNumbers::Policy(actions) }))
}

/// Puts actions into `output` that have nothing to do with the policy.
fn act_at_random(space: &ActionSpace, (seed, step): (u64, u64), output: &mut PolicyOutput) {
    let dim = output.action.len() / output.n_envs.max(1);
    for (env, actions) in output.action.chunks_exact_mut(dim.max(1)).enumerate() {
        let mut random = Random::new(seed, RandomStream::Control, env as u32, step);
        space.sample(&mut random, actions);
    }
}

fn save(world: &World, entity: Entity) -> Result<StateDict, NodeError> {
    let mut state = StateDict::new();
    let Some(agent) = world.get::<Agent>(entity) else { return Ok(state) };
    state.insert_u64("step", &[1], vec![agent.step]);
    state.insert_nested("policy", agent.policy.state()?);
    state.insert_nested("memory", agent.hidden_states.state());
    Ok(state)
}

fn load(world: &mut World, entity: Entity, state: &StateDict) -> Result<(), NodeError> {
    let Some(mut agent) = world.get_mut::<Agent>(entity) else { return Ok(()) };
    agent.policy.load_state(&state.nested("policy"))?;
    let state_dim = agent.policy.state_dim();
    agent.hidden_states.load_state(&state.nested("memory"), state_dim)?;
    agent.step = state.get_u64("step", &[1])?[0];
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_actions_fill_their_range() {
        let act = |space, dim: usize| {
            let mut output = PolicyOutput { n_envs: 200, ..PolicyOutput::default() };
            output.action = vec![7.0; 200 * dim];
            act_at_random(&space, (1, 2), &mut output);
            output.action
        };
        let numbers = act(ActionSpace::Continuous(3), 3);
        assert!(numbers.iter().all(|a| (-1.0..1.0).contains(a)));
        assert!(numbers.iter().any(|&a| a > 0.9) && numbers.iter().any(|&a| a < -0.9));
        let choices = act(ActionSpace::Discrete(4), 1);
        (0..4).for_each(|choice| assert!(choices.contains(&(choice as f32))));
        assert!(choices.iter().all(|choice| (0.0..4.0).contains(choice)));
    }
}

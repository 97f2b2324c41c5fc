//! `IsaacGymStepNode`: one step of all environments.

use super::flow::Wires;
use super::isaac_gym_env::Simulation;
use super::kind::{NodeBuilder, NodeError, NodeKind};
use super::payload::{Batch, Dones, Observations, Payload};
use super::run::{Progress, Timings};
use crate::scene::{ActionUnits, Actions};
use crate::workflow::{NodeSchema, PortSchema, PortType, Role};
use bevy::ecs::system::BoxedSystem;
use bevy::prelude::*;
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
    ],
    outputs: &[
        PortSchema::new(
            "observations",
            PortType::Tensor,
            "What is seen after the step; after a reset, the first of the new episode.",
        ),
        PortSchema::new("rewards", PortType::Tensor, "Reward of the step, shape (num_envs,).")
            .aliases(&["reward"]),
        PortSchema::new("dones", PortType::Dones, "Whether an episode ended, shape (num_envs,).")
            .aliases(&["done"]),
        PortSchema::new("info", PortType::Dict, "Time-outs and what else the scene reports."),
        PortSchema::new(
            "next_observations",
            PortType::Tensor,
            "What is seen after the step, before any reset.",
        ),
    ],
    ..NodeSchema::EMPTY
};

pub(super) const KIND: NodeKind = NodeKind::stateless(&SCHEMA, build);

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let node = b.entity;
    let reward_names: Arc<[String]> = b.scene()?.task.reward_names.clone().into();
    let observations = b.output("observations");
    let (rewards, dones) = (b.output("rewards"), b.output("dones"));
    let (info, next_observations) = (b.output("info"), b.output("next_observations"));
    // A task may grow harder with the training. One without an end stays as it began, and where
    // nothing is trained, as in an evaluation, it is as hard as it gets.
    let totals = b.graph.nodes.iter().filter_map(|node| node.int("total_updates").ok());
    let total_updates = totals.max();
    let fire = move |mut wires: Wires,
                     mut simulations: Query<&mut Simulation>,
                     mut timings: ResMut<Timings>,
                     mut progress: ResMut<Progress>| {
        let Some(taken) = wires.take(node) else { return Ok(()) };
        let Some(&Payload::Sim(sim)) = taken.get("sim") else {
            return Err(unexpected("sim", "a simulation", taken.get("sim")));
        };
        let Ok(mut simulation) = simulations.get_mut(sim) else {
            return Err(unexpected("sim", "a simulation that exists", taken.get("sim")));
        };
        let actions = match taken.get("actions") {
            Some(Payload::Actions(a)) => Actions { values: &a.values, units: a.units },
            Some(Payload::Policy(policy)) => {
                Actions { values: &policy.action, units: ActionUnits::Policy }
            }
            other => return Err(unexpected("actions", "actions or a policy's output", other)),
        };
        let progress_made = match total_updates {
            None => 1.0,
            Some(total) if total > 0 => progress.updates as f64 / total as f64,
            Some(_) => 0.0,
        };
        simulation.environments.set_progress(progress_made);
        let start = Instant::now();
        let output = simulation.environments.step(actions)?;
        timings.simulate += start.elapsed();
        progress.steps += output.rewards.len() as u64;

        let next = Arc::new(Observations {
            values: output.next_observations.clone(),
            dim: output.next_observations.len() / output.rewards.len().max(1),
            critic: output.next_critic_observations.clone(),
            critic_dim: output.next_critic_observations.len() / output.rewards.len().max(1),
            begins: Vec::new(),
        });
        let step_rewards = Arc::new(Batch { values: output.rewards.clone(), dim: 1 });
        let ended = Payload::Dones(Arc::new(Dones {
            terminated: output.terminated.clone(),
            truncated: output.truncated.clone(),
            next_observations: next.clone(),
            episodes: output.episodes.clone(),
            reward_terms: output.reward_terms.clone(),
            reward_names: reward_names.clone(),
            n_non_finite: output.n_non_finite,
        }));
        wires.emit(node, rewards, Payload::Rewards(step_rewards));
        wires.emit(node, info, ended.clone());
        wires.emit(node, dones, ended);
        wires.emit(node, next_observations, Payload::Observations(next));
        wires.emit(node, observations, simulation.observations());
        Ok(())
    };
    Ok(b.system(fire))
}

fn unexpected(input: &'static str, expected: &'static str, got: Option<&Payload>) -> NodeError {
    let got = got.map_or("nothing".to_owned(), Payload::describe);
    NodeError::Payload { input, expected, got }
}

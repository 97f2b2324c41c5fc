//! `MultiTask`: several environments as one, so that one agent learns all of their tasks.

use crate::nodes::{NodeBuilder, NodeError, NodeKind, Payload, SimulatedTask, Wires};
use crate::workflow::{NodeSchema, PortSchema, PortType, Role};
use bevy::ecs::system::BoxedSystem;
use bevy::prelude::*;
use std::sync::Arc;

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "MultiTask",
    aliases: &["MultiTaskNode"],
    title: "Multi-Task",
    category: "environment",
    doc: "Joins environments of several tasks into one simulation for one agent. Observations are \
          filled up with zeros to those of the longest task, and end in one number for each task, \
          which is 1 for the row's own task; where tasks show pictures alone, these numbers are a vector \
          of their own, task_id. Of the agent's actions each task takes as many as it has.",
    role: Role::Join,
    inputs: &[PortSchema::new(
        "sim_a",
        PortType::SimHandle,
        "The simulations to join; sim_0, sim_1, ... too.",
    )
    .held()
    .variadic()],
    outputs: &[
        PortSchema::new("sim", PortType::SimHandle, "All of them, for one step node.")
            .aliases(&["sim_handle"]),
        PortSchema::new(
            "observations",
            PortType::Tensor,
            "The first observations of all environments, task by task, shape (all environments, \
             longest observation + tasks).",
        )
        .aliases(&["initial_observations"]),
    ],
    ..NodeSchema::EMPTY
};

pub(crate) const KIND: NodeKind = NodeKind::stateless(&SCHEMA, build);

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let tasks = b.tasks()?.clone();
    let node = b.entity;
    let (sim, observations) = (b.output("sim"), b.output("observations"));
    let mut started = false;
    Ok(b.system(move |mut wires: Wires, simulations: Query<&SimulatedTask>| {
        if started || wires.take(node).is_none() {
            return Ok(());
        }
        started = true;
        let mut seen = Arc::default();
        tasks.seen(|task| simulations.get(task).ok().map(|s| &s.environments), &mut seen);
        wires.emit(node, sim, Payload::Sim(node));
        wires.emit(node, observations, Payload::Observations(seen));
        Ok(())
    }))
}

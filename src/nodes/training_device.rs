//! The device of a training that is not on the processor alone: who shares it, and what stays there.

use super::components::Agent;
use super::kind::{Mode, NodeBuilder, NodeError};
use super::run::Console;
use crate::device::kernels::digest;
use crate::device::{self, ProgramBackend, Shared};
use crate::learn::{LearnError, PpoLearner};
use crate::scene::needs_host;
use crate::workflow::{Graph, GraphNode, Role};
use bevy::prelude::*;
use serde::{Deserialize, Serialize};

/// The device that the environments, the policy and the learner of a training share.
#[derive(Resource, Clone, Debug)]
pub struct TrainingDevice {
    /// Its name in the workflow.
    pub name: String,
    /// The device.
    pub device: Shared,
    /// Whether observations, actions and rewards stay there: nodes of the loop only enqueue work.
    pub keeps_rollouts: bool,
}

/// What a checkpoint says of the device of its training: with the same one, and the same driver, it goes on to the bit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceMark {
    /// The device, such as a GPU's name.
    pub name: String,
    /// SHA-256 of the text of the kernels that are written by hand.
    pub kernels: String,
}

impl TrainingDevice {
    /// What checkpoints say of it.
    pub fn mark(&self) -> DeviceMark {
        DeviceMark { name: self.device.name(), kernels: digest().to_owned() }
    }
}

/// What people should know of a run that was on one device, or on the processor, and goes on on another; nothing where it
/// goes on to the bit.
pub fn change_of_device(before: Option<&DeviceMark>, now: Option<&DeviceMark>) -> Option<String> {
    if before == now {
        return None;
    }
    let name = |mark: Option<&DeviceMark>| mark.map_or("the CPU".to_owned(), |it| it.name.clone());
    let (was, is) = (name(before), name(now));
    let what = match was == is {
        true => format!("the kernels of {is} have changed since the checkpoint"),
        false => format!("the checkpoint is of a training on {was}, and goes on on {is}"),
    };
    Some(format!("{what}: its numbers will be near, and not the same to the bit"))
}

impl NodeBuilder<'_> {
    /// The device of the training, which the first to ask opens; none if that is the processor, and none where kernels that
    /// are written by hand cannot run.
    ///
    /// # Errors
    /// If it cannot be used.
    pub fn training_device(&mut self) -> Result<Option<TrainingDevice>, NodeError> {
        if let Some(known) = self.world.get_resource::<TrainingDevice>() {
            return Ok(Some(known.clone()));
        }
        let environments =
            self.graph.nodes.iter().filter(|node| node.class.role == Role::Environment);
        let mut names = environments.filter_map(|node| node.text("device").ok());
        let name = names.find(|name| name != "cpu").filter(|_| self.context.mode == Mode::Train);
        let Some(name) = name else { return Ok(None) };
        let Some(opened) = device::open_with_kernels(&name).map_err(LearnError::from)? else {
            return Ok(None);
        };
        let made = TrainingDevice { name, device: Shared::new(opened), keeps_rollouts: false };
        self.world.insert_resource(made.clone());
        Ok(Some(made))
    }
}

/// A trainer's `learner`, with its updates on the device of the environments if that is not the processor, and the
/// rollouts too where nothing needs them here. What cannot be there is on the processor, and the console is told why.
///
/// # Errors
/// If the device cannot be used.
pub fn on_device_of_environments(
    b: &mut NodeBuilder<'_>,
    learner: PpoLearner,
) -> Result<PpoLearner, NodeError> {
    let policy = b.graph.policy_of(b.index).map(|policy| b.entities[policy]);
    let Some(mut training) = b.training_device()? else { return Ok(learner) };
    let Some(agent) = policy.and_then(|policy| b.world.get::<Agent>(policy)) else {
        return Ok(learner);
    };
    let console = b.world.resource::<Console>().0.clone();
    let name = training.device.name();
    if let Err(why) = learner.check_device(&agent.policy) {
        console(&format!("Updates are computed on the CPU: {why}"));
        return Ok(learner);
    }
    let on_host = reader_on_host(b.graph).or_else(|| {
        let refused = learner.check_rollout_there(&agent.policy);
        refused.err().map(|why| why.to_string())
    });
    let on_host = match on_host {
        Some(why) => Some(why),
        None => b.tasks()?.list.iter().find_map(|task| needs_host(&task.scene)).map(of_scene),
    };
    match on_host {
        None => {
            console(&format!("Rollouts and updates are computed on {name}"));
            training.keeps_rollouts = true;
            b.world.insert_resource(training.clone());
        }
        Some(why) => console(&format!(
            "Updates are computed on {name}; in every step numbers cross between it and the CPU: {why}"
        )),
    }
    Ok(learner.on_device(Box::new(training.device)))
}

/// What of a workflow keeps rollouts on the processor, in words: a node that reads them there, or several tasks.
pub fn reader_on_host(graph: &Graph) -> Option<String> {
    if graph.nodes.iter().any(|node| node.class.role == Role::Join) {
        return Some("the observations of several tasks are joined there".to_owned());
    }
    let GraphNode { id, title, .. } = &graph.nodes[graph.reader_on_host()?];
    Some(format!("node {id} ({title}) works there"))
}

/// What of a scene keeps rollouts on the processor, in words.
pub fn of_scene(why: &'static str) -> String {
    format!("the scene has {why}")
}

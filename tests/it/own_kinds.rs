//! Node kinds of another program, through the public interface alone: with ports, payloads and state of
//! their own.

use crate::support::repository;
use bevy::ecs::system::BoxedSystem;
use bevy::prelude::*;
use dnne::learn::StateDict;
use dnne::nodes::{
    CheckpointRequest, CustomPayload, Kinds, NodeBuilder, NodeError, NodeKind, NodeState, Payload,
    Rewards, Wires,
};
use dnne::scene::SceneLibrary;
use dnne::session::{CheckpointInfo, Session, SessionOptions};
use dnne::workflow::{Graph, GraphBuilder, NodeSchema, ParamSchema, PortSchema, PortType};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const CENSUS: PortType = PortType::Custom("CENSUS");

/// What a census node tells a bonus node.
#[derive(Debug)]
struct Count {
    episodes: u64,
}

impl CustomPayload for Count {
    fn describe(&self) -> String {
        format!("{} episodes", self.episodes)
    }
}

static CENSUS_SCHEMA: NodeSchema = NodeSchema {
    class_type: "Census",
    title: "Census",
    category: "counting",
    doc: "Counts the episodes that have ended.",
    inputs: &[PortSchema::new("dones", PortType::Dones, "How each transition ended.")],
    outputs: &[PortSchema::new("census", CENSUS, "The count.")],
    ..NodeSchema::EMPTY
};

const CENSUS_KIND: NodeKind = NodeKind {
    schema: &CENSUS_SCHEMA,
    build: Some(build_census),
    state: Some(NodeState { save, load }),
};

/// What a census node keeps.
#[derive(Component, Default)]
struct Counted(u64);

fn build_census(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    b.insert(Counted::default());
    let (node, output) = (b.entity, b.output("census"));
    Ok(b.system(move |mut wires: Wires, mut counts: Query<&mut Counted>| {
        let Some(taken) = wires.take(node) else { return Ok(()) };
        let Ok(mut count) = counts.get_mut(node) else { return Ok(()) };
        if let Some(Payload::Dones(dones)) = taken.get("dones") {
            count.0 += dones.episodes.len() as u64;
        }
        wires.emit(node, output, Payload::custom(Count { episodes: count.0 }));
        Ok(())
    }))
}

fn save(world: &World, entity: Entity) -> Result<StateDict, NodeError> {
    let mut state = StateDict::new();
    let count = world.get::<Counted>(entity).map_or(0, |count| count.0);
    state.insert_u64("episodes", &[1], vec![count]);
    Ok(state)
}

fn load(world: &mut World, entity: Entity, state: &StateDict) -> Result<(), NodeError> {
    let episodes = state.get_u64("episodes", &[1])?[0];
    world.entity_mut(entity).insert(Counted(episodes));
    Ok(())
}

static BONUS_SCHEMA: NodeSchema = NodeSchema {
    class_type: "Bonus",
    title: "Bonus",
    category: "counting",
    doc: "Adds to every reward by the count of episodes, so that a lost count changes the training.",
    inputs: &[
        PortSchema::new("rewards", PortType::Tensor, "Rewards of the step."),
        PortSchema::new("census", CENSUS, "The count."),
    ],
    outputs: &[PortSchema::new("rewards", PortType::Tensor, "Rewards with the bonus.")],
    params: &[ParamSchema::float("each", 0.01, 0.0, 1.0, "Bonus for each episode.")],
    ..NodeSchema::EMPTY
};

const BONUS_KIND: NodeKind = NodeKind::stateless(&BONUS_SCHEMA, build_bonus);

fn build_bonus(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let each = b.node().float("each")?;
    let (node, output) = (b.entity, b.output("rewards"));
    Ok(b.system(move |mut wires: Wires| {
        let Some(taken) = wires.take(node) else { return Ok(()) };
        let bonus = (each * taken.custom::<Count>("census")?.episodes as f64) as f32;
        if let Some(Payload::Rewards(rewards)) = taken.get("rewards") {
            let mut rewards = Rewards::clone(rewards);
            rewards.values.iter_mut().for_each(|value| *value += bonus);
            wires.emit(node, output, Payload::Rewards(Arc::new(rewards)));
        }
        Ok(())
    }))
}

/// Says that it gives a census, and gives something else.
static LIAR_SCHEMA: NodeSchema = NodeSchema { class_type: "Liar", ..CENSUS_LIKE };
const CENSUS_LIKE: NodeSchema = NodeSchema {
    title: "Liar",
    inputs: &[PortSchema::new("dones", PortType::Dones, "")],
    outputs: &[PortSchema::new("census", CENSUS, "")],
    ..NodeSchema::EMPTY
};

fn build_liar(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let node = b.entity;
    Ok(b.system(move |mut wires: Wires| {
        if wires.take(node).is_some() {
            wires.emit(node, 0, Payload::Int(3));
        }
        Ok(())
    }))
}

fn kinds() -> Kinds {
    let kinds = Kinds::builtin().with(CENSUS_KIND).unwrap().with(BONUS_KIND).unwrap();
    kinds.with(NodeKind::stateless(&LIAR_SCHEMA, build_liar)).unwrap()
}

fn scenes() -> SceneLibrary {
    SceneLibrary::new(repository("scenes"))
}

/// Cartpole, whose rewards go through a bonus by the census of `counter`.
fn graph(kinds: &Kinds, counter: &str, each: f64) -> Graph {
    GraphBuilder::new(kinds.registry())
        .node("env", "IsaacGymEnvNode")
        .set("env_name", "Cartpole")
        .set("num_envs", 32)
        .node("or", "ORNode")
        .connect("env", "observations", "or", "input_a")
        .connect("step", "observations", "or", "input_b")
        .node("agent", "PPOAgentNode")
        .connect("or", "output", "agent", "observations")
        .node("step", "IsaacGymStepNode")
        .connect("env", "sim", "step", "sim")
        .connect("agent", "policy_output", "step", "actions")
        .connect("trainer", "training_complete", "step", "trigger")
        .node("census", counter)
        .connect("step", "dones", "census", "dones")
        .node("bonus", "Bonus")
        .set("each", each)
        .connect("step", "rewards", "bonus", "rewards")
        .connect("census", "census", "bonus", "census")
        .node("trainer", "PPOTrainerNode")
        .set("horizon_length", 64)
        .set("minibatch_size", 1024)
        .connect("or", "output", "trainer", "states")
        .connect("agent", "policy_output", "trainer", "policy_outputs")
        .connect("agent", "model", "trainer", "model")
        .connect("bonus", "rewards", "trainer", "rewards")
        .connect("step", "dones", "trainer", "dones")
        .build_with(&scenes())
        .unwrap()
}

fn session(graph: &Graph, kinds: Kinds) -> Session {
    let options = SessionOptions { seed: 5, kinds, ..SessionOptions::new(scenes()) };
    Session::new(graph, options).unwrap()
}

fn train(session: &mut Session, updates: u64) {
    while session.progress().updates < updates {
        session.tick().unwrap();
    }
}

/// Saves into a folder, and gives the checkpoint's path.
fn checkpoint(session: &mut Session, folder: &Path) -> PathBuf {
    let request = CheckpointRequest {
        node: "session".to_owned(),
        trigger: "test".to_owned(),
        best: None,
        folder: Some(folder.to_owned()),
        keep: None,
        model: None,
    };
    session.save_checkpoint(&request).unwrap().unwrap()
}

fn weights(checkpoint: &Path) -> Vec<u8> {
    std::fs::read(checkpoint.join("weights.safetensors")).unwrap()
}

#[test]
fn kinds_of_another_program_train_and_resume() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let graph = graph(&kinds(), "Census", 0.01);
    let mut whole = session(&graph, kinds());
    train(&mut whole, 3);
    let middle = checkpoint(&mut whole, &path("middle"));
    train(&mut whole, 6);

    let mut resumed = session(&graph, kinds());
    resumed.load_checkpoint(&CheckpointInfo::open(&middle).unwrap()).unwrap();
    train(&mut resumed, 6);
    let ends = [(&mut whole, "whole"), (&mut resumed, "resumed")]
        .map(|(session, name)| weights(&checkpoint(session, &path(name))));
    assert!(ends[0] == ends[1], "the resumed run is another");

    let [count, resumed] = [whole, resumed].map(|mut session| {
        let mut query = session.world_mut().query::<&Counted>();
        query.single(session.world()).unwrap().0
    });
    assert!(count > 50, "only {count} episodes ended");
    assert_eq!(count, resumed);
}

/// The node matters: otherwise the test above would show nothing.
#[test]
fn what_such_a_node_gives_is_learned_from() {
    let folder = tempfile::tempdir().unwrap();
    let weights = [0.0, 0.01].map(|each| {
        let mut session = session(&graph(&kinds(), "Census", each), kinds());
        train(&mut session, 3);
        weights(&checkpoint(&mut session, &folder.path().join(each.to_string())))
    });
    assert!(weights[0] != weights[1]);
}

#[test]
fn a_session_without_the_kind_says_which_node_needs_it() {
    let graph = graph(&kinds(), "Census", 0.01);
    let built = Session::new(&graph, SessionOptions::new(scenes()));
    let error = built.err().expect("the kind is missing").to_string();
    let names_node = ["node census (Census)", "node bonus (Bonus)"];
    assert!(names_node.iter().any(|name| error.starts_with(name)), "{error}");
    assert!(error.contains("no node kind `"), "{error}");
    assert!(error.contains("`kinds` of SessionOptions"), "{error}");
}

#[test]
fn a_payload_of_another_type_stops_the_run_by_name() {
    let mut session = session(&graph(&kinds(), "Liar", 0.01), kinds());
    let error = (0..10).find_map(|_| session.tick().err()).expect("the run stops").to_string();
    assert!(error.starts_with("node bonus (Bonus): input `census` got 3, expected"), "{error}");
}

#[test]
fn ports_of_ones_own_are_checked() {
    let kinds = kinds();
    let built = kinds
        .training_loop()
        .node("env", "IsaacGymEnvNode")
        .node("agent", "PPOAgentNode")
        .node("trainer", "PPOTrainerNode")
        .node("bonus", "Bonus")
        .connect("step", "rewards", "bonus", "rewards")
        .connect("step", "rewards", "bonus", "census")
        .build();
    let said: Vec<String> =
        built.unwrap_err().diagnostics.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 1, "{said:?}");
    let expected = "the input takes CENSUS and is fed TENSOR by rewards of node step";
    assert!(said[0].starts_with("error[type-mismatch]") && said[0].contains(expected), "{said:?}");
}

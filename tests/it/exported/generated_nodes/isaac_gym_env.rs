//! `IsaacGymEnvNode`: many copies of one environment.

use bevy::ecs::system::BoxedSystem;
use bevy::prelude::*;
use dnne::device;
use dnne::diagnostic::Diagnostic;
use dnne::learn::StateDict;
use dnne::nodes::{
    Console, EnvironmentNode, Mode, NodeBuilder, NodeError, NodeKind, NodeState, Payload,
    SimulatedTask, TrainingDevice, Wires, check_memory, diagnostics_of,
};
use dnne::scene::{Environments, MemoryNeeds, Numbers, Preparation, Scene, SceneError, StateArray};
use dnne::space::Device;
use dnne::workflow::{
    EnvironmentSpec, Graph, GraphNode, NodeSchema, ParamSchema, PortSchema, PortType, Role,
};

const BUILT_IN: &str = "physics is built in, and scenes come from the scenes folder";

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "IsaacGymEnvNode",
    aliases: &["IsaacGymEnv"],
    title: "Environment",
    category: "environment",
    doc: "Makes num_envs parallel copies of an environment. It hands out the simulation and the \
          first observations, once.",
    role: Role::Environment,
    on_device: true,
    outputs: &[
        PortSchema::new("sim", PortType::SimHandle, "The simulation, for the step node.")
            .aliases(&["sim_handle"]),
        PortSchema::new(
            "observations",
            PortType::Tensor,
            "The first observations, shape (num_envs, observations).",
        )
        .aliases(&["initial_observations"]),
    ],
    // The order is that of the widgets in files saved by DNNE.
    params: &[
        ParamSchema::text("env_name", "Cartpole", "Which environment: the name of a scene."),
        ParamSchema::int("num_envs", 64, 1, 1 << 20, "How many copies run in parallel."),
        ParamSchema::text("isaac_gym_path", "", "Folder of Isaac Gym.").ignored(BUILT_IN),
        ParamSchema::text("isaac_gym_envs_path", "", "Where IsaacGymEnvs lies.").ignored(BUILT_IN),
        ParamSchema::bool("headless", true, "Run without a window."),
        ParamSchema::choice(
            "device",
            "cpu",
            &[
                "cpu", "cuda", "cuda:1", "cuda:2", "cuda:3", "cuda:4", "cuda:5", "cuda:6",
                "cuda:7", "emulate",
            ],
            "Where to simulate: on the CPU, on an NVIDIA GPU by its number (cuda is the first one, as is cuda:0), or \
             on an emulator of a GPU on the CPU, slow, for tests. Policies act and PPO learns there too, and no number \
             crosses; check says what keeps them on the CPU.",
        )
        .synonyms(&[("cuda:0", "cuda")]),
        ParamSchema::text("physics_engine", "physx", "Which physics engine.").ignored(BUILT_IN),
    ],
    check: |node| diagnostics_of(check_device(node)),
    check_in: check_scene,
    ..NodeSchema::EMPTY
};

pub(crate) const KIND: NodeKind =
    NodeKind { schema: &SCHEMA, build: Some(build), state: Some(NodeState { save, load }) };

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    check_device(b.node())?;
    let tasks = b.tasks()?;
    let Some(position) = tasks.list.iter().position(|task| task.entity == b.entity) else {
        let message = "the agent does not meet this environment; join it with a MultiTask node";
        return Err(NodeError::Field { field: "sim", message: message.to_owned() });
    };
    let EnvironmentNode { scene, name, .. } = tasks.list[position].clone();
    let n_envs: usize = b.node().param("num_envs")?;
    let (device, difficulty) = (device(b)?, difficulty(b, &scene)?);
    // Environments, and what they show once more on the links.
    let needs = MemoryNeeds::on(&scene, device);
    let bytes = needs.bytes(n_envs).saturating_add(needs.shown(n_envs) / 2);
    check_memory(&what_needs(n_envs, device, &needs), bytes, "use fewer environments")?;
    // Each task has a seed of its own, the first that of the run, so that two in the same scene do not
    // see the same. The fraction of the golden ratio spreads over all bits.
    let seed = b.context.seed ^ (position as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    if b.context.engine.is_some() && !matches!(device, Device::Cpu(_)) {
        return Err(SceneError::Engine { device: device.to_string() }.into());
    }
    // The step node knows in which units its actions are.
    let shared = b.training_device()?.filter(|it| Device::named(&it.name) == Some(device));
    let ready = Preparation {
        units: None,
        tell: b.world.resource::<Console>().0.clone(),
        device: shared.map(|it| it.device),
    };
    let mut environments =
        Environments::prepared(&scene, n_envs, seed, device, difficulty, &ready)?;
    if let Some(engine) = &b.context.engine {
        environments.use_engine(engine.as_ref());
    }
    b.insert(SimulatedTask { environments, task: name, started: false });

    let node = b.entity;
    let (sim, observations) = (b.output("sim"), b.output("observations"));
    let fire = move |mut wires: Wires,
                     mut simulations: Query<&mut SimulatedTask>,
                     device: Option<Res<TrainingDevice>>,
                     console: Res<Console>| {
        let Ok(mut simulation) = simulations.get_mut(node) else { return Ok(()) };
        simulation.environments.take_notes().iter().for_each(|note| (console.0)(note));
        if simulation.started || wires.take(node).is_none() {
            return Ok(());
        }
        simulation.started = true;
        wires.emit(node, sim, Payload::Sim(node));
        let seen = match device.is_some_and(|device| device.keeps_rollouts) {
            true => simulation.observations_there()?,
            false => simulation.observations(),
        };
        wires.emit(node, observations, seen);
        Ok(())
    };
    Ok(b.system(fire))
}

/// What needs memory, in words.
fn what_needs(n_envs: usize, device: Device, needs: &MemoryNeeds) -> String {
    let there = needs.on_device(n_envs).div_ceil(1_000_000);
    match device {
        Device::Cpu(_) => format!("`num_envs` of {n_envs}"),
        Device::Emulate => {
            format!("`num_envs` of {n_envs}, with {there} MB for the emulated device,")
        }
        Device::Cuda(_) => format!("`num_envs` of {n_envs}, beside {there} MB on {device},"),
    }
}

/// How hard the first episodes are: as hard as it gets where a policy is measured, else as a Curriculum
/// or the scene begins.
fn difficulty(b: &NodeBuilder<'_>, scene: &Scene) -> Result<f64, NodeError> {
    if b.context.mode != Mode::Train {
        return Ok(1.0);
    }
    let curriculum = b.graph.nodes.iter().find(|node| node.class.role == Role::Curriculum);
    Ok(match curriculum {
        Some(curriculum) => curriculum.float("start")?,
        None => scene.task.difficulty(0.0),
    })
}

/// What to do where a device cannot be used. A run that is resumed takes settings by --set alone.
const TO_CPU: &str = "set device to \"cpu\": in the workflow, by --device cpu, or with --resume by --set \
                      IsaacGymEnvNode.device=cpu";

/// So many parts of a scene that a device cannot simulate are named. Pairs of geoms can be hundreds.
const MOST_REFUSALS: usize = 5;

/// Where to simulate. Policies are measured on the processor: there the same comes out, to the bit.
fn device(b: &NodeBuilder<'_>) -> Result<Device, NodeError> {
    let name = b.node().text("device")?;
    match Device::named(&name) {
        Some(Device::Cuda(_) | Device::Emulate) if b.context.mode != Mode::Train => {
            Ok(b.context.device)
        }
        Some(device @ (Device::Cuda(_) | Device::Emulate)) => Ok(device),
        _ => Ok(b.context.device),
    }
}

/// Refuses devices that are not there.
fn check_device(node: &GraphNode) -> Result<(), NodeError> {
    let name = node.text("device")?;
    if name == "cpu" {
        return Ok(());
    }
    device::find(&name).map_err(|error| NodeError::Field {
        field: "device",
        message: format!("{error}. To go on: {TO_CPU}"),
    })
}

/// Refuses scenes that cannot be on the device.
fn check_scene(graph: &Graph, node: usize, spec: &EnvironmentSpec) -> Vec<Diagnostic> {
    let on_cpu = graph.nodes[node].text("device").is_ok_and(|name| name == "cpu");
    if on_cpu {
        return Vec::new();
    }
    let error = |message: String| {
        Diagnostic::error("unusable-value", message).field("device").remedy(TO_CPU)
    };
    let told = spec.refusals.iter().take(MOST_REFUSALS);
    let mut found: Vec<_> =
        told.map(|refusal| error(format!("{}: {refusal}", spec.name))).collect();
    let n_more = spec.refusals.len().saturating_sub(MOST_REFUSALS);
    if n_more > 0 {
        found.push(error(format!("{}: {n_more} more parts cannot be on a device", spec.name)));
    }
    found
}

fn save(world: &World, entity: Entity) -> Result<StateDict, NodeError> {
    let mut out = StateDict::new();
    let Some(simulation) = world.get::<SimulatedTask>(entity) else { return Ok(out) };
    let state = simulation.environments.try_state()?;
    let n = state.n_envs;
    for StateArray { name, dim, numbers } in state.arrays {
        match numbers {
            Numbers::F32(numbers) => out.insert_f32(name, &[n, dim], numbers),
            Numbers::F64(numbers) => out.insert_f64(name, &[n], numbers),
            Numbers::U64(numbers) => out.insert_u64(name, &[n], numbers),
            Numbers::U8(numbers) => out.insert_u8(name, &[n, dim], numbers),
        }
    }
    // Only where a person holds it: it is then there.
    if let Some(held) = state.held_difficulty {
        out.insert_f64("held_difficulty", &[1], vec![held]);
    }
    Ok(out)
}

fn load(world: &mut World, entity: Entity, saved: &StateDict) -> Result<(), NodeError> {
    let Some(mut simulation) = world.get_mut::<SimulatedTask>(entity) else { return Ok(()) };
    let environments = &mut simulation.environments;
    let mut state = environments.try_state()?;
    let n = state.n_envs;
    for StateArray { name, dim, numbers } in &mut state.arrays {
        match numbers {
            Numbers::F32(numbers) => *numbers = saved.get_f32(name, &[n, *dim])?.to_vec(),
            Numbers::F64(numbers) => *numbers = saved.get_f64(name, &[n])?.to_vec(),
            Numbers::U64(numbers) => *numbers = saved.get_u64(name, &[n])?.to_vec(),
            Numbers::U8(numbers) => *numbers = saved.get_u8(name, &[n, *dim])?.to_vec(),
        }
    }
    state.held_difficulty = match saved.get("held_difficulty") {
        Some(_) => Some(saved.get_f64("held_difficulty", &[1])?[0]),
        None => None,
    };
    Ok(environments.load_state(&state)?)
}

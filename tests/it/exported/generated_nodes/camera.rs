//! `CameraNode`: a camera whose pictures the agent sees.

use dnne::diagnostic::Diagnostic;
use dnne::nodes::{NodeKind, hand_on};
use dnne::workflow::{Graph, GraphNode, NodeSchema, ParamSchema, PortSchema, PortType, Role};

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "CameraNode",
    aliases: &["Camera"],
    title: "Camera",
    category: "environment",
    doc: "Adds a picture by a camera of the model to what an environment shows. It replaces a camera of the same name \
          in the task and keeps that camera's stack of frames. The simulation goes through unchanged, so that several \
          cameras stand one after the other.",
    role: Role::PassThrough,
    inputs: &[PortSchema::new(
        "sim",
        PortType::SimHandle,
        "The simulation of one environment node.",
    )
    .aliases(&["sim_handle"])],
    outputs: &[PortSchema::new("sim", PortType::SimHandle, "The same, for the step node.")
        .aliases(&["sim_handle"])],
    params: &[
        ParamSchema::text("name", "front", "What the stream of its pictures is called."),
        ParamSchema::text("camera", "", "The model's camera; empty is the one of that name."),
        ParamSchema::int("width", 64, 1, 4096, "Width of the picture.").unit("pixels"),
        ParamSchema::int("height", 64, 1, 4096, "Height of the picture.").unit("pixels"),
        ParamSchema::choice(
            "sees",
            "gray",
            &["gray", "rgb", "depth"],
            "Brightness, colours, or distance along the camera's axis.",
        ),
        ParamSchema::int(
            "samples",
            0,
            0,
            8,
            "Samples along each side of a pixel; 0 takes 2, and 1 of depth.",
        ),
        ParamSchema::float(
            "noise",
            0.0,
            0.0,
            255.0,
            "Standard deviation of each byte of gray and colours, in levels of 255.",
        ),
        ParamSchema::float("near", 0.1, 0.0, 1e4, "Depth that is black.").unit("m"),
        ParamSchema::float(
            "far",
            20.0,
            0.0,
            1e4,
            "Depth shown white; so is a pixel that sees nothing.",
        )
        .unit("m"),
        ParamSchema::float(
            "depth_noise",
            0.0,
            0.0,
            10.0,
            "Standard deviation of depth, as far as it is the same everywhere.",
        )
        .unit("m"),
        ParamSchema::float(
            "depth_noise_growth",
            0.0,
            0.0,
            10.0,
            "What the deviation grows by with the square of depth, as a stereo camera's does.",
        )
        .unit("1/m"),
        ParamSchema::float("dropout", 0.0, 0.0, 1.0, "Part of depth pixels that see nothing."),
    ],
    check: idle,
    check_among: |graph, node| dead_branch(graph, node).into_iter().collect(),
    ..NodeSchema::EMPTY
};

/// Says so where no step takes the simulation that the node gives: its camera is of the environment all the same.
fn dead_branch(graph: &Graph, node: usize) -> Option<Diagnostic> {
    let is_end = |role: Role| role == Role::Step;
    // Whoever only looks at a scene has no step.
    let is_stepped = graph.nodes.iter().any(|node| is_end(node.class.role));
    if !is_stepped || graph.leads_to(node, is_end) {
        return None;
    }
    let message =
        "no step takes the simulation that it gives, and its pictures are shown all the same";
    let found = Diagnostic::warning("dead-branch", message);
    Some(found.remedy("put it between the environment and the step, or remove it"))
}

/// What only pictures of depth have, and what only the others have.
const OF_DEPTH: [&str; 5] = ["near", "far", "depth_noise", "depth_noise_growth", "dropout"];
const OF_OTHERS: [&str; 1] = ["noise"];

/// Settings that the kind of picture does not go by.
fn idle(node: &GraphNode) -> Vec<Diagnostic> {
    let is_depth = node.text("sees").as_deref() == Ok("depth");
    let (names, kinds, choice) = match is_depth {
        true => (&OF_OTHERS[..], "gray and rgb", "gray or rgb"),
        false => (&OF_DEPTH[..], "depth", "depth"),
    };
    let params = node.class.params.iter().filter(|param| names.contains(&param.name));
    let is_set = |param: &&ParamSchema| {
        node.params.get(param.name).is_some_and(|it| *it != param.param_type.default_value())
    };
    let said = |param: &ParamSchema| {
        let message = format!("it has no effect: only {kinds} pictures use it");
        let found = Diagnostic::warning("idle-setting", message).field(param.name);
        found.remedy(format!("remove it, or set sees to {choice}"))
    };
    params.filter(is_set).map(said).collect()
}

pub(crate) const KIND: NodeKind = NodeKind::stateless(&SCHEMA, hand_on);

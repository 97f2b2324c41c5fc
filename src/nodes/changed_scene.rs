//! Scenes as the nodes of a workflow change them: cameras, and stacks of their frames.

use super::kind::NodeError;
use super::kinds::environment::{camera, frame_stack};
use crate::scene::{CameraFault, CameraSees, CameraSettings, Scene};
use crate::workflow::{Graph, GraphNode, NodeFault, Role};

/// The scene of the environment node at a position of a graph, with what camera and frame-stack nodes make of it. All
/// that these nodes cannot make comes at once.
pub fn changed_scene(
    graph: &Graph,
    environment: usize,
    scene: &Scene,
) -> Result<Scene, Vec<NodeFault>> {
    let mut changes = Changes { scene: scene.clone(), graph, faults: Vec::new() };
    let are_read = changes.add_cameras(environment);
    // Whoever stacks what a refused camera would see is not to blame.
    if are_read && changes.faults.is_empty() {
        changes.stack_frames(environment);
    }
    match changes.faults.is_empty() {
        true => Ok(changes.scene),
        false => Err(changes.faults),
    }
}

struct Changes<'g> {
    graph: &'g Graph,
    scene: Scene,
    faults: Vec<NodeFault>,
}

impl Changes<'_> {
    /// Whether the settings of all of them could be read.
    fn add_cameras(&mut self, environment: usize) -> bool {
        let mut are_read = true;
        let mut named: Vec<(String, usize)> = Vec::new();
        for index in of_kind(self.graph, camera::SCHEMA.class_type) {
            let node = &self.graph.nodes[index];
            let sim = node.source("sim").map(|source| self.graph.origin(source).node);
            if sim != Some(environment) {
                continue;
            }
            // Parameters of the wrong type are reported where they are read.
            let Ok(settings) = camera_settings(node) else {
                are_read = false;
                continue;
            };
            if let Some((name, other)) = named.iter().find(|(name, _)| *name == settings.name) {
                let other = &self.graph.nodes[*other].id;
                let message = format!("node {other} has a camera \"{name}\" too; rename one");
                self.blame(index, CameraFault { field: "name", message });
                continue;
            }
            let changed = self.scene.with_camera(&settings);
            named.push((settings.name, index));
            self.take(index, changed, camera_field);
        }
        are_read
    }

    fn stack_frames(&mut self, environment: usize) {
        let mut stacked: Vec<(String, usize)> = Vec::new();
        for index in of_kind(self.graph, frame_stack::SCHEMA.class_type) {
            let node = &self.graph.nodes[index];
            let Ok((stream, frames)) = stack_settings(node) else { continue };
            if !is_behind(self.graph, index, environment) {
                continue;
            }
            let meant: Vec<String> = match &stream {
                Some(stream) => vec![stream.clone()],
                None => self.scene.camera_names().map(str::to_owned).collect(),
            };
            if let Some((name, other)) = stacked.iter().find(|(name, _)| meant.contains(name)) {
                let other = &self.graph.nodes[*other].id;
                let message = format!("node {other} stacks the frames of \"{name}\" too; keep one");
                self.blame(index, CameraFault { field: "stream", message });
                continue;
            }
            stacked.extend(meant.into_iter().map(|name| (name, index)));
            let changed = self.scene.with_frames(stream.as_deref(), frames);
            self.take(index, changed, |field| field);
        }
    }

    fn take(
        &mut self,
        node: usize,
        changed: Result<Scene, CameraFault>,
        field: fn(&'static str) -> &'static str,
    ) {
        match changed {
            Ok(scene) => self.scene = scene,
            Err(fault) => self.blame(node, CameraFault { field: field(fault.field), ..fault }),
        }
    }

    fn blame(&mut self, node: usize, CameraFault { field, message }: CameraFault) {
        self.faults.push(NodeFault { node, field, message });
    }
}

fn of_kind(graph: &Graph, class_type: &'static str) -> impl Iterator<Item = usize> {
    let is_one = move |&i: &usize| graph.nodes[i].class.class_type == class_type;
    (0..graph.nodes.len()).filter(is_one)
}

/// Whether what a node gets is of an environment, by itself or as one of several that are joined.
fn is_behind(graph: &Graph, node: usize, environment: usize) -> bool {
    graph.environments_behind(node).into_iter().any(|source| {
        let of_member = |member: usize| graph.origin(graph.nodes[source].inputs[member].source);
        source == environment
            || graph.nodes[source].class.role == Role::Join
                && (0..graph.nodes[source].inputs.len())
                    .any(|member| of_member(member).node == environment)
    })
}

/// What a node says of its camera. What its kind of picture does not have counts for nothing.
fn camera_settings(node: &GraphNode) -> Result<CameraSettings, NodeError> {
    let camera = node.text("camera")?;
    let samples: usize = node.param("samples")?;
    let sees = match node.text("sees")?.as_str() {
        "rgb" => CameraSees::Rgb,
        "depth" => CameraSees::Depth,
        _ => CameraSees::Gray,
    };
    let base = CameraSettings {
        camera: Some(camera).filter(|camera| !camera.is_empty()),
        size: (node.param("width")?, node.param("height")?),
        sees,
        samples: Some(samples).filter(|&samples| samples > 0),
        ..CameraSettings::new(&node.text("name")?)
    };
    Ok(match sees {
        CameraSees::Depth => CameraSettings {
            range: (node.float("near")?, node.float("far")?),
            depth_noise: (node.float("depth_noise")?, 0.0, node.float("depth_noise_growth")?),
            dropout: node.float("dropout")?,
            ..base
        },
        _ => CameraSettings { noise: node.float("noise")?, ..base },
    })
}

/// The parameter that a setting of a camera is.
fn camera_field(setting: &'static str) -> &'static str {
    match setting {
        "size" => "width",
        "range" => "far",
        other => other,
    }
}

/// The stream that a node stacks, if not all, and its frames.
fn stack_settings(node: &GraphNode) -> Result<(Option<String>, usize), NodeError> {
    let stream = node.text("stream")?;
    Ok((Some(stream).filter(|stream| !stream.is_empty()), node.param("frames")?))
}

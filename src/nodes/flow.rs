//! Readiness: which node may fire, and how values move from one to the next.
//!
//! Every connected input has one place. A node fires when all its places are filled and everything
//! that it sent before has been taken, so nothing is ever dropped or overtaken. Held inputs keep
//! their value. One pass over all systems moves every value as far as it can go.

use super::kind::NodeError;
use super::payload::{CustomPayload, Payload};
use super::watch::Watch;
use crate::workflow::Firing;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use std::fmt::Write as _;
use std::sync::Arc;

/// The name of a node in messages: its id and title in the document.
#[derive(Component, Clone, Debug)]
pub struct NodeName {
    /// Its id in the document.
    pub id: String,
    /// Its title in the document.
    pub title: String,
}

impl std::fmt::Display for NodeName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "node {} ({})", self.id, self.title)
    }
}

/// A connected input.
#[derive(Clone, Debug)]
pub struct NodeInput {
    /// Canonical name.
    pub name: Arc<str>,
    /// The node that feeds it.
    pub source: Entity,
    /// Read once, then kept.
    pub held: bool,
    /// What has arrived and was not yet taken; for a held input the last that arrived.
    pub value: Option<Payload>,
}

/// A node's connected inputs, in the order of its kind's ports.
#[derive(Component, Clone, Debug)]
pub struct NodeInputs {
    /// Which inputs must hold a value before the node fires.
    pub firing: Firing,
    /// One for each connected port.
    pub inputs: Vec<NodeInput>,
}

/// A node's outputs. What was sent belongs to its readers: once they are done with it, its buffers are the
/// sender's again.
#[derive(Component, Clone, Debug)]
pub struct NodeOutputs {
    /// One for each output port of the kind.
    pub outputs: Vec<NodeOutput>,
}

/// An output of a node.
#[derive(Clone, Debug, Default)]
pub struct NodeOutput {
    /// Readers: node and position in its inputs.
    pub readers: Vec<(Entity, usize)>,
}

/// The number of firings of all nodes, and the counters of watched nodes. It is one resource, so that a node that is
/// not watched needs no other.
#[derive(Resource, Default, Debug)]
pub struct Firings {
    /// Those of all nodes; a pass that adds none is a deadlock.
    pub n: u64,
    /// What each node does, while a spectator asks for it.
    pub watch: Watch,
}

/// The values that a node consumed in firing.
#[derive(Debug, Default)]
pub struct TakenInputs(Vec<(Arc<str>, Payload)>);

impl TakenInputs {
    /// The value of the input with this canonical name, if it is connected.
    pub fn get(&self, name: &str) -> Option<&Payload> {
        self.0.iter().find(|(input, _)| **input == *name).map(|(_, payload)| payload)
    }

    /// The value of an input as a type of one's own; an error that names the input if there is none, or one
    /// of another type.
    pub fn custom<T: CustomPayload>(&self, input: &'static str) -> Result<&T, NodeError> {
        let value = self.get(input);
        value.and_then(Payload::as_custom).ok_or_else(|| NodeError::Payload {
            input,
            expected: std::any::type_name::<T>(),
            got: value.map_or("nothing".to_owned(), Payload::describe),
        })
    }

    /// The value that arrived first, by port order.
    pub fn first(&self) -> Option<&Payload> {
        self.0.first().map(|(_, payload)| payload)
    }
}

/// Access to a node's links, for its system.
#[derive(SystemParam)]
pub struct Wires<'w, 's> {
    inputs: Query<'w, 's, &'static mut NodeInputs>,
    outputs: Query<'w, 's, &'static NodeOutputs>,
    firings: ResMut<'w, Firings>,
}

impl Wires<'_, '_> {
    /// Consumes the inputs of a node if it may fire now.
    pub fn take(&mut self, node: Entity) -> Option<TakenInputs> {
        if self.blocked_by(node).is_some() {
            return None;
        }
        let mut node_inputs = self.inputs.get_mut(node).ok()?;
        let NodeInputs { firing, inputs } = &mut *node_inputs;
        let mut taken = Vec::new();
        match firing {
            Firing::AllInputs => {
                if inputs.iter().any(|input| input.value.is_none()) {
                    return None;
                }
                for input in inputs.iter_mut() {
                    let value = if input.held { input.value.clone() } else { input.value.take() };
                    taken.extend(value.map(|value| (input.name.clone(), value)));
                }
                // A node that only holds its inputs fires in every pass, which is no progress.
                if inputs.iter().all(|input| input.held) && !inputs.is_empty() {
                    return Some(TakenInputs(taken));
                }
            }
            Firing::EachInput => {
                let input = inputs.iter_mut().find(|input| input.value.is_some())?;
                taken.extend(input.value.take().map(|value| (input.name.clone(), value)));
            }
        }
        self.firings.n += 1;
        self.firings.watch.fired(node);
        Some(TakenInputs(taken))
    }

    /// Sends a value on an output of a node that has fired.
    pub fn emit(&mut self, node: Entity, output: usize, payload: Payload) {
        self.firings.watch.sent(node, output, &payload);
        let Ok(outputs) = self.outputs.get(node) else { return };
        let Some(output) = outputs.outputs.get(output) else { return };
        for &(reader, position) in &output.readers {
            if let Ok(mut inputs) = self.inputs.get_mut(reader) {
                inputs.inputs[position].value = Some(payload.clone());
            }
        }
    }

    /// A reader that has not yet taken what this node sent.
    fn blocked_by(&self, node: Entity) -> Option<Entity> {
        let outputs = self.outputs.get(node).ok()?;
        full_readers(outputs, |reader| self.inputs.get(reader).ok()).next()
    }
}

/// The readers that have not yet taken what was sent on some outputs.
fn full_readers<'a>(
    outputs: &'a NodeOutputs,
    inputs_of: impl Fn(Entity) -> Option<&'a NodeInputs>,
) -> impl Iterator<Item = Entity> {
    let readers = outputs.outputs.iter().flat_map(|output| &output.readers);
    let full = readers.filter(move |&&(reader, position)| {
        inputs_of(reader).is_some_and(|inputs| {
            let input = &inputs.inputs[position];
            !input.held && input.value.is_some()
        })
    });
    full.map(|&(reader, _)| reader)
}

/// Puts a value on an output of a node that has not fired: where a node has something to say before its
/// first firing, or where a resumed one must say again what its readers held.
pub fn preset(world: &mut World, node: Entity, output: usize, payload: Payload) {
    let Some(outputs) = world.get::<NodeOutputs>(node) else { return };
    let readers = outputs.outputs.get(output).map(|output| output.readers.clone());
    for (reader, position) in readers.unwrap_or_default() {
        if let Some(mut inputs) = world.get_mut::<NodeInputs>(reader) {
            inputs.inputs[position].value = Some(payload.clone());
        }
    }
}

/// The reason why a node does not fire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// For nothing: it may fire.
    Ready,
    /// For values at these inputs, each from a node.
    Inputs(Vec<(Arc<str>, Entity)>),
    /// Until these nodes have taken what it sent.
    Readers(Vec<Entity>),
}

/// The reason why a node does not fire at present.
pub fn waiting(world: &World, node: Entity) -> Waiting {
    let inputs = world.get::<NodeInputs>(node).map_or(&[][..], |inputs| &inputs.inputs);
    let missing: Vec<_> = (inputs.iter().filter(|input| input.value.is_none()))
        .map(|input| (input.name.clone(), input.source))
        .collect();
    let is_each = world.get::<NodeInputs>(node).is_some_and(|it| it.firing == Firing::EachInput);
    if !missing.is_empty() && (!is_each || missing.len() == inputs.len()) {
        return Waiting::Inputs(missing);
    }
    let outputs = world.get::<NodeOutputs>(node).into_iter();
    let full: Vec<Entity> =
        outputs.flat_map(|outputs| full_readers(outputs, |reader| world.get(reader))).collect();
    if full.is_empty() { Waiting::Ready } else { Waiting::Readers(full) }
}

/// Which nodes wait for which, for the error of a graph in which nothing can fire.
pub fn explain_deadlock(world: &mut World) -> String {
    let mut query = world.query_filtered::<(Entity, &NodeName), With<NodeInputs>>();
    let name = |entity: Entity| match world.get::<NodeName>(entity) {
        Some(name) => name.to_string(),
        None => "a node that is gone".to_owned(),
    };
    let mut lines = String::new();
    for (entity, node) in query.iter(world) {
        let _ = match waiting(world, entity) {
            Waiting::Ready => Ok(()),
            Waiting::Inputs(missing) => {
                let from = |(input, source)| format!("`{input}` from {}", name(source));
                let missing: Vec<String> = missing.into_iter().map(from).collect();
                writeln!(lines, "  {node} waits for {}", missing.join(", "))
            }
            Waiting::Readers(full) => {
                let full: Vec<String> = full.into_iter().map(name).collect();
                writeln!(lines, "  {node} waits until {} takes its output", full.join(", "))
            }
        };
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(name: &str, source: Entity, held: bool) -> NodeInput {
        NodeInput { name: name.into(), source, held, value: None }
    }

    /// A world with one source that two inputs of one reader listen to.
    fn world(firing: Firing, held: bool) -> (World, Entity, Entity) {
        let mut world = World::new();
        world.init_resource::<Firings>();
        let source = world.spawn_empty().id();
        let inputs = vec![input("a", source, false), input("b", source, held)];
        let reader = world.spawn((
            NodeName { id: "2".into(), title: "Reader".into() },
            NodeInputs { firing, inputs },
            NodeOutputs { outputs: vec![] },
        ));
        let reader = reader.id();
        let output = |position| NodeOutput { readers: vec![(reader, position)] };
        world.entity_mut(source).insert((
            NodeName { id: "1".into(), title: "Source".into() },
            NodeInputs { firing: Firing::AllInputs, inputs: vec![] },
            NodeOutputs { outputs: vec![output(0), output(1)] },
        ));
        (world, source, reader)
    }

    fn with_wires<T>(world: &mut World, act: impl FnOnce(&mut Wires) -> T) -> T {
        let mut state = bevy::ecs::system::SystemState::<Wires>::new(world);
        let mut wires = state.get_mut(world).unwrap();
        act(&mut wires)
    }

    #[test]
    fn a_node_fires_when_all_inputs_are_fresh_and_consumes_one_of_each() {
        let (mut world, source, reader) = world(Firing::AllInputs, false);
        with_wires(&mut world, |wires| {
            wires.emit(source, 0, Payload::Int(1));
            assert!(wires.take(reader).is_none());
            wires.emit(source, 1, Payload::Int(2));
            let taken = wires.take(reader).unwrap();
            assert!(matches!(taken.get("a"), Some(Payload::Int(1))));
            assert!(matches!(taken.get("b"), Some(Payload::Int(2))));
            assert!(wires.take(reader).is_none());
        });
    }

    #[test]
    fn a_held_input_is_read_again_and_again() {
        let (mut world, source, reader) = world(Firing::AllInputs, true);
        with_wires(&mut world, |wires| {
            wires.emit(source, 1, Payload::Int(7));
            for value in 0..3 {
                wires.emit(source, 0, Payload::Int(value));
                let taken = wires.take(reader).unwrap();
                assert!(matches!(taken.get("b"), Some(Payload::Int(7))));
            }
        });
    }

    #[test]
    fn an_or_join_hands_on_each_value_in_port_order() {
        let (mut world, source, reader) = world(Firing::EachInput, false);
        with_wires(&mut world, |wires| {
            wires.emit(source, 1, Payload::Int(2));
            wires.emit(source, 0, Payload::Int(1));
            assert!(matches!(wires.take(reader).unwrap().first(), Some(Payload::Int(1))));
            assert!(matches!(wires.take(reader).unwrap().first(), Some(Payload::Int(2))));
            assert!(wires.take(reader).is_none());
        });
    }

    #[test]
    fn a_source_waits_until_its_output_is_taken() {
        let (mut world, source, reader) = world(Firing::AllInputs, false);
        with_wires(&mut world, |wires| {
            assert!(wires.take(source).is_some());
            wires.emit(source, 0, Payload::Trigger);
            assert!(wires.take(source).is_none());
            wires.emit(source, 1, Payload::Trigger);
            assert!(wires.take(reader).is_some());
            assert!(wires.take(source).is_some());
        });
    }

    #[derive(Debug)]
    struct Map(u32);

    impl CustomPayload for Map {
        fn describe(&self) -> String {
            format!("map of {}", self.0)
        }
    }

    #[derive(Debug)]
    struct Plan;

    impl CustomPayload for Plan {
        fn describe(&self) -> String {
            "plan".to_owned()
        }
    }

    #[test]
    fn a_payload_of_the_wrong_type_is_an_error_that_names_input_and_types() {
        let taken = TakenInputs(vec![
            ("map".into(), Payload::custom(Map(3))),
            ("plan".into(), Payload::custom(Plan)),
            ("number".into(), Payload::Int(7)),
        ]);
        assert_eq!(taken.custom::<Map>("map").unwrap().0, 3);
        for (input, got) in [("plan", "plan"), ("number", "7"), ("none", "nothing")] {
            let error = taken.custom::<Map>(input).unwrap_err().to_string();
            let start = format!("input `{input}` got {got}, expected ");
            assert!(error.starts_with(&start) && error.ends_with("::Map"), "{error}");
        }
    }

    #[test]
    fn a_deadlock_names_who_waits_for_what() {
        let (mut world, source, _) = world(Firing::AllInputs, false);
        with_wires(&mut world, |wires| wires.emit(source, 0, Payload::Trigger));
        let told = explain_deadlock(&mut world);
        assert!(told.contains("node 2 (Reader) waits for `b` from node 1 (Source)"), "{told}");
        assert!(told.contains("node 1 (Source) waits until node 2 (Reader)"), "{told}");
    }
}

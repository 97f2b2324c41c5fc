//! Graphs in code.

use super::port::{Accepts, Input, NodeKey, Output};
use crate::diagnostic::Diagnostic;
use crate::workflow::{
    Document, NodeSchema, ParamValue, PortSchema, PortType, Registry, WorkflowError, lay_out,
};
use serde_json::{Map, Value, json};
use std::fmt;

/// The settings of a node kind, and the ports of its nodes. There is a type for each kind; another kind of
/// one's own has one too.
pub trait Settings {
    /// Its nodes' inputs and outputs.
    type Ports;
    /// The kind's class name.
    const CLASS: &'static str;
    /// Its parameters by name. What is left out stands at its default.
    fn params(&self) -> Vec<(&'static str, ParamValue)>;
    /// The ports of one of its nodes.
    fn ports(node: NodeKey) -> Self::Ports;
}

/// The id of a node in workflow files, checkpoints and `--set`: a whole number or a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeId(String);

impl From<u32> for NodeId {
    fn from(number: u32) -> Self {
        Self(number.to_string())
    }
}

impl From<&str> for NodeId {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A workflow that is put together in code. It becomes a document like one that was drawn, so a run of it is
/// checked, resumed, watched and opened as a drawing like any other.
///
/// ```
/// use dnne::code::kinds::{IsaacGymEnv, IsaacGymStep, Or};
/// use dnne::code::{Workflow, default};
///
/// let mut g = Workflow::new();
/// let env = g.node("env").add(IsaacGymEnv { num_envs: 64, ..default() });
/// let seen = g.node("or").titled("First, then every step").add(Or);
/// let step = g.node("step").add(IsaacGymStep);
/// g.wire(env.sim, step.sim);
/// g.wire(env.observations, seen.input.at(0));
/// g.wire(step.observations, seen.input.at(1));
/// let document = g.document(dnne::nodes::registry())?;
/// assert!(document.to_json().contains("First, then every step"));
/// # Ok::<(), dnne::workflow::WorkflowError>(())
/// ```
#[derive(Debug, Default)]
pub struct Workflow {
    nodes: Vec<Node>,
    wires: Vec<Wire>,
    sections: Vec<String>,
    /// Those that are given by ids.
    titles: Vec<(NodeId, String)>,
}

#[derive(Debug)]
struct Node {
    /// None of a note.
    id: Option<NodeId>,
    class: &'static str,
    title: Option<String>,
    params: Vec<(&'static str, ParamValue)>,
    section: Option<usize>,
}

#[derive(Debug)]
struct Wire {
    from: (usize, &'static str),
    to: (usize, &'static str, Option<usize>),
}

impl Workflow {
    /// Without nodes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins a node with an id, which no other has.
    pub fn node(&mut self, id: impl Into<NodeId>) -> NewNode<'_> {
        NewNode { workflow: self, id: id.into(), title: None }
    }

    /// Gives the node with an id a title other than that of its kind.
    /// [`document`](Self::document) fails if no node with this id is there by then.
    pub fn title(&mut self, id: impl Into<NodeId>, title: &str) {
        self.titles.push((id.into(), title.to_owned()));
    }

    /// Has values flow from an output to an input.
    pub fn wire<From, To: Accepts<From>>(&mut self, from: Output<From>, to: Input<To>) {
        let to = (to.node, to.name, to.member);
        self.wires.push(Wire { from: (from.node, from.name), to });
    }

    /// Begins a section, which what is added from now on belongs to. It is a group in a drawing.
    pub fn section(&mut self, title: &str) {
        self.sections.push(title.to_owned());
    }

    /// Says something to the reader of a drawing.
    pub fn note(&mut self, title: &str, text: &str) {
        let params = vec![("text", ParamValue::Text(text.to_owned()))];
        self.push(Node {
            id: None,
            class: "Note",
            title: Some(title.to_owned()),
            params,
            section: None,
        });
    }

    fn push(&mut self, node: Node) -> NodeKey {
        let section = self.sections.len().checked_sub(1);
        self.nodes.push(Node { section, ..node });
        NodeKey(self.nodes.len() - 1)
    }

    /// The workflow as a document, laid out. `registry` knows the ports of its nodes. Fails if a title is given
    /// to a node that is not there; what else may be wrong the checker finds in the document.
    pub fn document(&self, registry: &Registry) -> Result<Document, WorkflowError> {
        self.check_titles()?;
        let drawn: Vec<Drawn<'_>> = self.drawn(registry);
        let links: Vec<Link> = self.wires.iter().map(|wire| Link::of(wire, &drawn)).collect();
        let (places, groups) = self.places(&drawn);
        let nodes = drawn.iter().zip(&places).enumerate();
        let nodes: Vec<Value> =
            nodes.map(|(i, (node, place))| node.to_json(i, *place, &links)).collect();
        let listed = links.iter().enumerate().map(|(i, link)| link.to_json(i, &drawn));
        let numbers = drawn.iter().filter_map(|node| node.id.as_u64());
        let root = json!({
            "last_node_id": numbers.max().unwrap_or(0),
            "last_link_id": links.len(),
            "nodes": nodes,
            "links": listed.collect::<Vec<Value>>(),
            "groups": groups,
            "config": {},
            "extra": {},
            "version": 0.4,
        });
        let Value::Object(root) = root else { unreachable!("an object was written above") };
        Ok(Document::new(root))
    }

    fn check_titles(&self) -> Result<(), WorkflowError> {
        let is_there = |id: &NodeId| self.nodes.iter().any(|node| node.id.as_ref() == Some(id));
        let lost = self.titles.iter().filter(|(id, _)| !is_there(id));
        let diagnostics: Vec<Diagnostic> = lost
            .map(|(id, title)| {
                let message =
                    format!("there is no node {id}, which the title {title:?} is given to");
                Diagnostic::error("unknown-node", message).remedy("add the node, or correct the id")
            })
            .collect();
        if diagnostics.is_empty() { Ok(()) } else { Err(WorkflowError { diagnostics }) }
    }

    /// The title of a node, where it has one of its own.
    fn title_of<'a>(&'a self, node: &'a Node) -> Option<&'a str> {
        let given = self.titles.iter().rev().find(|(id, _)| node.id.as_ref() == Some(id));
        given.map(|(_, title)| title.as_str()).or(node.title.as_deref())
    }

    fn drawn<'a>(&'a self, registry: &Registry) -> Vec<Drawn<'a>> {
        let mut free = 1_u64;
        let is_taken = |id: u64| {
            let id = id.to_string();
            self.nodes.iter().any(|node| node.id.as_ref().is_some_and(|taken| taken.0 == id))
        };
        let mut drawn = Vec::new();
        for node in &self.nodes {
            let id = match &node.id {
                Some(NodeId(text)) => match text.parse::<u64>() {
                    Ok(number) if number.to_string() == *text => json!(number),
                    _ => json!(text),
                },
                None => {
                    while is_taken(free) {
                        free += 1;
                    }
                    free += 1;
                    json!(free - 1)
                }
            };
            let (title, schema) = (self.title_of(node), registry.find(node.class));
            drawn.push(Drawn { node, id, title, schema });
        }
        drawn
    }

    /// Where nodes stand, and the groups: sections one below the other, in each its nodes.
    fn places(&self, drawn: &[Drawn<'_>]) -> (Vec<[f64; 2]>, Vec<Value>) {
        let mut places = vec![[0.0; 2]; drawn.len()];
        let mut groups = Vec::new();
        let mut top = 0.0;
        let sections = std::iter::once(None).chain((0..self.sections.len()).map(Some));
        for section in sections {
            let members: Vec<usize> =
                (0..drawn.len()).filter(|&i| self.nodes[i].section == section).collect();
            let sizes: Vec<[f64; 2]> = members.iter().map(|&i| drawn[i].size()).collect();
            let place_of = |node: usize| members.iter().position(|&member| member == node);
            let edges = self.wires.iter();
            let edges: Vec<(usize, usize)> = edges
                .filter_map(|wire| Some((place_of(wire.from.0)?, place_of(wire.to.0)?)))
                .collect();
            let (inside, size) = lay_out(&sizes, &edges);
            if members.is_empty() && section.is_none() {
                continue;
            }
            for (&node, place) in members.iter().zip(inside) {
                places[node] = [MARGIN + place[0], top + HEADER + place[1]];
            }
            let (width, height) = (size[0] + 2.0 * MARGIN, size[1] + HEADER + MARGIN);
            if let Some(section) = section {
                let title = &self.sections[section];
                groups.push(json!({"title": title, "bounding": [0.0, top, width, height]}));
            }
            top += height + MARGIN;
        }
        (places, groups)
    }
}

/// Around the nodes of a group, and above them [pixels].
const MARGIN: f64 = 20.0;
const HEADER: f64 = 80.0;

/// A node that is begun.
#[must_use = "a node is there once its settings are added"]
#[derive(Debug)]
pub struct NewNode<'w> {
    workflow: &'w mut Workflow,
    id: NodeId,
    title: Option<String>,
}

impl NewNode<'_> {
    /// Gives it a title other than that of its kind.
    pub fn titled(self, title: &str) -> Self {
        Self { title: Some(title.to_owned()), ..self }
    }

    /// Adds it with its settings, and gives its ports.
    #[expect(
        clippy::should_implement_trait,
        reason = "a node is added to a workflow, not to a node"
    )]
    pub fn add<S: Settings>(self, settings: S) -> S::Ports {
        let Self { workflow, id, title } = self;
        let (class, params) = (S::CLASS, settings.params());
        S::ports(workflow.push(Node { id: Some(id), class, title, params, section: None }))
    }
}

/// A node on its way into a document.
struct Drawn<'a> {
    node: &'a Node,
    id: Value,
    title: Option<&'a str>,
    /// None of a kind that the registry does not know, which the checker reports.
    schema: Option<&'static NodeSchema>,
}

impl Drawn<'_> {
    /// About as large as an editor draws it [pixels].
    fn size(&self) -> [f64; 2] {
        let Some(schema) = self.schema else { return [220.0, 80.0] };
        if self.node.id.is_none() {
            return [380.0, 160.0];
        }
        let n_ports = schema.inputs.len().max(schema.outputs.len());
        [280.0, 46.0 + 20.0 * n_ports as f64 + 24.0 * schema.params.len() as f64]
    }

    /// The inputs in their slots: as many of a family as have wires.
    fn inputs(&self, index: usize, links: &[Link]) -> Vec<(String, &'static PortSchema)> {
        let Some(schema) = self.schema else { return Vec::new() };
        let mut inputs = Vec::new();
        for (slot, port) in schema.inputs.iter().enumerate() {
            let wired = links.iter().filter(|link| link.to.0 == index && link.to.1 >= slot);
            let n = match port.variadic {
                true => wired.map(|link| link.to.1 - slot + 1).max().unwrap_or(1),
                false => 1,
            };
            let names = (slot..slot + n).filter_map(|slot| schema.input_at(slot));
            inputs.extend(names.map(|(port, name)| (name, port)));
        }
        inputs
    }

    fn to_json(&self, index: usize, place: [f64; 2], links: &[Link]) -> Value {
        let outputs = self.schema.map_or(&[][..], |schema| schema.outputs);
        let numbered = || links.iter().zip(1..);
        let inputs = self.inputs(index, links);
        let inputs = inputs.iter().enumerate().map(|(slot, (name, port))| {
            let link = numbered().find(|(link, _)| link.to == (index, slot)).map(|(_, id)| id);
            let mut input = json!({"name": name, "type": port.port_type.name(), "link": link});
            if port.optional || port.variadic {
                input["shape"] = json!(7);
            }
            input
        });
        let outputs = outputs.iter().enumerate().map(|(slot, port)| {
            let fed = numbered().filter(|(link, _)| link.from == (index, slot));
            let links: Vec<i32> = fed.map(|(_, id)| id).collect();
            json!({"name": port.name, "type": port.port_type.name(), "links": links})
        });
        let values = self.node.params.iter();
        let values: Map<String, Value> =
            values.map(|(name, value)| ((*name).to_owned(), value.to_json())).collect();
        let mut node = json!({
            "id": self.id,
            "type": self.node.class,
            "pos": place,
            "size": self.size(),
            "flags": {},
            "order": index,
            "mode": 0,
            "inputs": inputs.collect::<Vec<Value>>(),
            "outputs": outputs.collect::<Vec<Value>>(),
            "properties": {"Node name for S&R": self.node.class},
            "widgets_values": values,
        });
        if let Some(title) = self.title {
            node["title"] = json!(title);
        }
        node
    }
}

/// A wire between slots of nodes, in the order of nodes.
struct Link {
    from: (usize, usize),
    to: (usize, usize),
    port_type: PortType,
}

impl Link {
    fn of(wire: &Wire, drawn: &[Drawn<'_>]) -> Self {
        let ((from, output), (to, input, member)) = (wire.from, wire.to);
        let output_slot = drawn[from].schema.and_then(|schema| schema.output(output));
        let input_slot = drawn[to]
            .schema
            .and_then(|schema| schema.inputs.iter().position(|port| port.name == input));
        let output_slot = output_slot.unwrap_or(usize::MAX);
        let schema = drawn[from].schema;
        let port = schema.and_then(|schema| schema.outputs.get(output_slot));
        let input_slot = input_slot.map_or(usize::MAX, |slot| slot + member.unwrap_or(0));
        Self {
            from: (from, output_slot),
            to: (to, input_slot),
            port_type: port.map_or(PortType::Any, |port| port.port_type),
        }
    }

    fn to_json(&self, index: usize, drawn: &[Drawn<'_>]) -> Value {
        let ((from, output), (to, input)) = (self.from, self.to);
        let name = self.port_type.name();
        json!([index + 1, drawn[from].id, output, drawn[to].id, input, name])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::kinds::Or;
    use crate::nodes::registry;

    #[test]
    fn a_title_for_a_node_that_is_not_there_is_an_error_that_names_both() {
        let mut workflow = Workflow::new();
        workflow.title(1, "Before it is there");
        workflow.node(1).add(Or);
        let json = workflow.document(registry()).unwrap().to_json();
        assert!(json.contains("\"title\": \"Before it is there\""), "{json}");
        workflow.title("one", "Nowhere");
        let said = workflow.document(registry()).unwrap_err().to_string();
        assert!(said.contains("no node one") && said.contains("\"Nowhere\""), "{said}");
    }
}

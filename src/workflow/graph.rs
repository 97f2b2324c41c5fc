//! A workflow as it runs: checked, with names resolved and parameters typed.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::schema::{NodeSchema, PortSchema, Role};
use super::value::ParamValue;

/// The nodes of a workflow, in document order. Links are kept at the inputs they feed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Graph {
    /// The nodes.
    pub nodes: Vec<GraphNode>,
}

/// One node.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphNode {
    /// Its id in the document.
    pub id: String,
    /// Its kind.
    pub class: &'static NodeSchema,
    /// Its title: the document's, or else the kind's.
    pub title: String,
    /// Every parameter of the kind by canonical name, less those that are ignored.
    pub params: BTreeMap<String, ParamValue>,
    /// Connected inputs, in the order of the kind's ports.
    pub inputs: Vec<Feed>,
}

/// A connected input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// Canonical name of the input.
    pub input: String,
    /// What feeds it.
    pub source: OutputRef,
}

/// An output of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OutputRef {
    /// Position of the node in [`Graph::nodes`].
    pub node: usize,
    /// Position of the output in the kind's outputs.
    pub output: usize,
}

/// Code asked a node for a parameter that its schema does not have in that type.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{class} has no {expected} parameter {name:?}")]
pub struct ParamError {
    /// The node kind.
    pub class: &'static str,
    /// The name asked for.
    pub name: String,
    /// The type asked for.
    pub expected: &'static str,
}

/// A Rust type that a parameter can be read as.
pub trait FromParam: Sized {
    /// What to call the type in errors.
    const KIND: &'static str;
    /// The value, if it is of this type.
    fn from_param(value: &ParamValue) -> Option<Self>;
}

impl FromParam for f64 {
    const KIND: &'static str = "number";
    fn from_param(value: &ParamValue) -> Option<Self> {
        match value {
            ParamValue::Float(x) => Some(*x),
            _ => None,
        }
    }
}

impl FromParam for i64 {
    const KIND: &'static str = "whole number";
    fn from_param(value: &ParamValue) -> Option<Self> {
        match value {
            ParamValue::Int(i) => Some(*i),
            _ => None,
        }
    }
}

impl FromParam for usize {
    const KIND: &'static str = "whole, not negative";
    fn from_param(value: &ParamValue) -> Option<Self> {
        usize::try_from(i64::from_param(value)?).ok()
    }
}

impl FromParam for bool {
    const KIND: &'static str = "true or false";
    fn from_param(value: &ParamValue) -> Option<Self> {
        match value {
            ParamValue::Bool(b) => Some(*b),
            _ => None,
        }
    }
}

impl FromParam for String {
    const KIND: &'static str = "text";
    fn from_param(value: &ParamValue) -> Option<Self> {
        match value {
            ParamValue::Text(t) => Some(t.clone()),
            _ => None,
        }
    }
}

impl FromParam for Vec<i64> {
    const KIND: &'static str = "list";
    fn from_param(value: &ParamValue) -> Option<Self> {
        match value {
            ParamValue::IntList(items) => Some(items.clone()),
            _ => None,
        }
    }
}

impl FromParam for Vec<usize> {
    const KIND: &'static str = "list of sizes";
    fn from_param(value: &ParamValue) -> Option<Self> {
        let items = Vec::<i64>::from_param(value)?;
        items.into_iter().map(|i| i.try_into().ok()).collect()
    }
}

impl GraphNode {
    /// The parameter called `name`, as a Rust type.
    pub fn param<T: FromParam>(&self, name: &str) -> Result<T, ParamError> {
        let value = self.params.get(name).and_then(T::from_param);
        value.ok_or_else(|| ParamError {
            class: self.class.class_type,
            name: name.to_owned(),
            expected: T::KIND,
        })
    }

    /// The number called `name`.
    pub fn float(&self, name: &str) -> Result<f64, ParamError> {
        self.param(name)
    }

    /// The whole number called `name`.
    pub fn int(&self, name: &str) -> Result<i64, ParamError> {
        self.param(name)
    }

    /// The switch called `name`.
    pub fn bool(&self, name: &str) -> Result<bool, ParamError> {
        self.param(name)
    }

    /// The text or chosen word called `name`.
    pub fn text(&self, name: &str) -> Result<String, ParamError> {
        self.param(name)
    }

    /// The whole numbers called `name`.
    pub fn int_list(&self, name: &str) -> Result<Vec<i64>, ParamError> {
        self.param(name)
    }

    /// What feeds the input with this canonical name.
    pub fn source(&self, input: &str) -> Option<OutputRef> {
        let feed = self.inputs.iter().find(|feed| feed.input == input)?;
        Some(feed.source)
    }
}

impl Graph {
    /// The parameter `name` of node `node`, as a Rust type.
    pub fn param<T: FromParam>(&self, node: usize, name: &str) -> Result<T, ParamError> {
        self.nodes[node].param(name)
    }

    /// The node with this id.
    pub fn node(&self, id: &str) -> Option<&GraphNode> {
        self.nodes.iter().find(|node| node.id == id)
    }

    /// All nodes of a kind, by canonical class name.
    pub fn of_class<'a>(&'a self, class: &'a str) -> impl Iterator<Item = &'a GraphNode> {
        self.nodes.iter().filter(move |n| n.class.class_type == class)
    }

    /// The schema of an output.
    pub fn output(&self, source: OutputRef) -> &'static PortSchema {
        &self.nodes[source.node].class.outputs[source.output]
    }

    /// The output that a value comes from, seen through nodes that only pass things on.
    pub fn origin(&self, mut source: OutputRef) -> OutputRef {
        for _ in 0..self.nodes.len() {
            let node = &self.nodes[source.node];
            match node.inputs.first() {
                Some(feed) if node.class.role == Role::PassThrough => source = feed.source,
                _ => break,
            }
        }
        source
    }

    /// Who reads each output: pairs of consumer position and input name.
    pub fn consumers(&self, source: OutputRef) -> impl Iterator<Item = (usize, &str)> {
        self.nodes.iter().enumerate().flat_map(move |(i, node)| {
            let fed = node.inputs.iter().filter(move |f| f.source == source);
            fed.map(move |f| (i, f.input.as_str()))
        })
    }

    /// The policy whose outputs a trainer, at this position, learns from.
    pub fn policy_of(&self, trainer: usize) -> Option<usize> {
        let outputs = self.nodes[trainer].source("policy_outputs")?;
        let policy = self.origin(outputs).node;
        (self.nodes[policy].class.role == Role::Policy).then_some(policy)
    }

    /// The updates after which the workflow's trainer says that training is over; 0 if it never does, none
    /// if nothing trains.
    pub fn total_updates(&self) -> Option<i64> {
        self.nodes.iter().filter_map(|node| node.int("total_updates").ok()).max()
    }

    /// The first node that reads numbers of environments on the processor although they could be on a device: it reads
    /// what a node gives that goes on there, and does not itself. A position in the graph.
    pub fn reader_on_host(&self) -> Option<usize> {
        self.nodes.iter().position(|node| {
            let is_there = |feed: &Feed| {
                let source = &self.nodes[feed.source.node];
                source.class.on_device && self.output(feed.source).port_type.is_of_environments()
            };
            !node.class.on_device && node.inputs.iter().any(is_there)
        })
    }

    /// Copies of the environment of a node, or of all that it joins.
    pub fn n_envs(&self, node: usize) -> Option<usize> {
        let node = &self.nodes[node];
        match node.class.role {
            Role::Join => {
                let members = node.inputs.iter().map(|feed| self.origin(feed.source).node);
                members.map(|member| self.nodes[member].param::<usize>("num_envs").ok()).sum()
            }
            _ => node.param("num_envs").ok(),
        }
    }

    /// Whether what a node hands out gets to a node of one of these roles, by itself or through nodes that have no role
    /// in a training, pass it on, or join environments.
    pub fn leads_to(&self, start: usize, is_end: impl Fn(Role) -> bool) -> bool {
        let mut seen = vec![false; self.nodes.len()];
        let mut todo = vec![start];
        while let Some(from) = todo.pop() {
            if std::mem::replace(&mut seen[from], true) {
                continue;
            }
            let is_read = |node: &&GraphNode| node.inputs.iter().any(|it| it.source.node == from);
            let readers = self.nodes.iter().enumerate().filter(|(_, node)| is_read(node));
            for (reader, node) in readers {
                if is_end(node.class.role) {
                    return true;
                }
                if matches!(node.class.role, Role::Plain | Role::PassThrough | Role::Join) {
                    todo.push(reader);
                }
            }
        }
        false
    }

    /// The environment nodes, or nodes that join them, that what a node hands out comes from.
    pub fn environments_behind(&self, start: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut seen = vec![false; self.nodes.len()];
        let mut todo = vec![start];
        while let Some(i) = todo.pop() {
            if std::mem::replace(&mut seen[i], true) {
                continue;
            }
            let node = &self.nodes[i];
            match node.class.role {
                Role::Environment | Role::Join => {
                    found.insert(i);
                }
                // What a step observes belongs to its simulation, whatever acts on it.
                Role::Step => todo.extend(node.source("sim").map(|s| s.node)),
                Role::Policy | Role::Trainer => {}
                _ => todo.extend(node.inputs.iter().map(|f| f.source.node)),
            }
        }
        found
    }
}

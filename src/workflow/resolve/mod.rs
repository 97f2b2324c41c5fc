//! From a sketch to a graph: classes looked up, links joined by name, reroutes, bypassed and muted
//! nodes dissolved, parameters read.

mod dissolve;
mod links;
mod params;

use std::collections::BTreeMap;

use super::graph::{Feed, Graph, GraphNode, OutputRef};
use super::registry::Registry;
use super::schema::{NodeSchema, Role};
use super::sketch::{Composite, CompositeKind, Mode, Sketch};
use crate::diagnostic::{Diagnostic, Span};

use dissolve::Origin;
use links::{Link, Target};

pub(in crate::workflow) use params::written;

/// A graph and the places of its parts, for the checks that follow.
#[derive(Debug, Default)]
pub(crate) struct Wiring {
    pub graph: Graph,
    places: Vec<NodePlaces>,
}

#[derive(Debug, Default)]
struct NodePlaces {
    node: Option<Span>,
    fields: BTreeMap<String, Span>,
    /// Parameters that the file gives, by their canonical names.
    given: BTreeMap<String, serde_json::Value>,
}

impl Wiring {
    /// What the file gives for a parameter, by its canonical name.
    pub fn given(&self, node: usize, param: &str) -> Option<&serde_json::Value> {
        self.places[node].given.get(param)
    }

    /// Marks a diagnostic as concerning a field of a node, or the node where the field is empty.
    pub fn blame(&self, node: usize, field: &str, diagnostic: Diagnostic) -> Diagnostic {
        let places = &self.places[node];
        let place = places.fields.get(field).copied().or(places.node);
        let at = &self.graph.nodes[node];
        let diagnostic = diagnostic.node(at.id.as_str(), Some(&at.title)).at(place);
        match field {
            "" => diagnostic,
            field => diagnostic.field(field),
        }
    }
}

/// A sketch with its classes looked up.
struct Resolver<'a> {
    sketch: &'a Sketch,
    registry: &'a Registry,
    /// Per node; none where the class is unknown.
    classes: Vec<Option<&'static NodeSchema>>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

/// Resolves what can be resolved and reports the rest.
pub(crate) fn resolve(
    sketch: &Sketch,
    registry: &Registry,
    diagnostics: &mut Vec<Diagnostic>,
) -> Wiring {
    let classes = sketch.nodes.iter().map(|n| registry.find(&n.class));
    let mut resolver = Resolver { classes: classes.collect(), sketch, registry, diagnostics };
    resolver.report_unknown_classes();
    let links = resolver.links();
    let origins = resolver.origins(&links);
    resolver.build(&links, &origins)
}

/// What is said of a node that stands for several; `title` is what it is called if the file names it nowhere else.
fn of_composite(composite: &Composite, title: &str) -> Diagnostic {
    let (code, what, remedy) = match composite.kind {
        CompositeKind::Subgraph => (
            "subgraph",
            "subgraph",
            "in ComfyUI select the subgraph, choose \"Unpack subgraph\", and save the workflow again",
        ),
        CompositeKind::GroupNode => (
            "group-node",
            "group node",
            "in ComfyUI choose \"Convert to nodes\" in the menu of the group node, and save the workflow again",
        ),
    };
    let name = composite.name.as_deref().unwrap_or(title);
    let message = match &composite.nodes {
        Some(nodes) if nodes.is_empty() => format!("{name:?} is a {what} without nodes"),
        Some(nodes) => format!(
            "{name:?} is a {what}, whose nodes this version does not read: {}",
            nodes.join(", ")
        ),
        None => format!("{name:?} is a {what}, and the file does not hold its nodes"),
    };
    let remedy = match &composite.nodes {
        Some(nodes) if nodes.is_empty() => "remove it".to_owned(),
        Some(_) => remedy.to_owned(),
        None => format!("open the workflow where it was made; {remedy}"),
    };
    Diagnostic::error(code, message).remedy(remedy)
}

impl Resolver<'_> {
    fn report(&mut self, node: usize, diagnostic: Diagnostic) {
        let mut diagnostic = self.sketch.nodes[node].blame(diagnostic);
        if let (None, Some(class)) = (&diagnostic.title, self.classes[node]) {
            diagnostic.title = Some(class.title.to_owned());
        }
        self.diagnostics.push(diagnostic);
    }

    fn report_unknown_classes(&mut self) {
        for (i, node) in self.sketch.nodes.iter().enumerate() {
            if self.classes[i].is_some() || node.mode == Mode::Muted {
                continue;
            }
            let class = super::value::shortened(&node.class);
            let diagnostic = if let Some(composite) = &node.composite {
                of_composite(composite, node.title.as_deref().unwrap_or(&class))
            } else if let Some(absent) = self.registry.absent(&node.class) {
                let message = format!("this version of DNNE does not provide {class}");
                Diagnostic::error("absent-class", message).remedy(absent.instead)
            } else {
                let remedy = match self.registry.nearest(&node.class) {
                    Some(near) => format!("did you mean {near:?}?"),
                    None => "`dnne nodes` lists the node classes".to_owned(),
                };
                let message = format!("no node class is called {class:?}");
                Diagnostic::error("unknown-class", message).remedy(remedy)
            };
            self.report(i, diagnostic.at(node.class_place));
        }
    }

    /// The schema of a node that takes part in the running workflow.
    fn running(&self, node: usize) -> Option<&'static NodeSchema> {
        let is_active = self.sketch.nodes[node].mode == Mode::Active;
        self.classes[node]
            .filter(|class| is_active && !matches!(class.role, Role::Comment | Role::Reroute))
    }

    /// Which nodes stay: all that run, less constants that were folded into parameters.
    fn staying(&self, links: &[Link], origins: &[Origin]) -> Vec<Option<&'static NodeSchema>> {
        let mut is_read = vec![false; self.sketch.nodes.len()];
        for (link, origin) in links.iter().zip(origins) {
            if let (Origin::Output { node, .. }, Target::Input(_)) = (origin, &link.target) {
                is_read[*node] |= self.running(link.to).is_some();
            }
        }
        let nodes = 0..self.sketch.nodes.len();
        nodes
            .map(|i| {
                let class = self.running(i)?;
                (class.role != Role::Constant || is_read[i]).then_some(class)
            })
            .collect()
    }

    fn build(&mut self, links: &[Link], origins: &[Origin]) -> Wiring {
        let staying = self.staying(links, origins);
        let mut position = vec![None; staying.len()];
        let kept = staying.iter().enumerate().filter(|(_, c)| c.is_some());
        for (new, (old, _)) in kept.enumerate() {
            position[old] = Some(new);
        }
        let mut fed: Vec<Vec<(&Link, &Origin)>> = vec![Vec::new(); staying.len()];
        for (link, origin) in links.iter().zip(origins) {
            fed[link.to].push((link, origin));
        }
        let mut wiring = Wiring::default();
        for (i, class) in staying.into_iter().enumerate() {
            // Folded constants leave the graph, and still have parameters to be wrong about.
            let Some(class) = class.or_else(|| self.running(i)) else {
                continue;
            };
            let mut places =
                NodePlaces { node: self.sketch.nodes[i].place, ..NodePlaces::default() };
            let params = self.params(i, class, &fed[i], &mut places);
            let inputs = self.inputs(i, class, &fed[i], &position, &mut places.fields);
            if position[i].is_none() {
                continue;
            }
            let node = &self.sketch.nodes[i];
            let title = node.title.as_deref().filter(|t| !t.is_empty());
            wiring.graph.nodes.push(GraphNode {
                id: node.id.clone(),
                class,
                title: title.unwrap_or(class.title).to_owned(),
                params,
                inputs,
            });
            wiring.places.push(places);
        }
        wiring
    }

    /// Connected inputs in port order; complaints about those that should be and are not.
    fn inputs(
        &mut self,
        node: usize,
        class: &'static NodeSchema,
        fed: &[(&Link, &Origin)],
        position: &[Option<usize>],
        places: &mut BTreeMap<String, Span>,
    ) -> Vec<Feed> {
        let mut inputs = Vec::new();
        for port in class.inputs {
            let mut is_settled = port.optional;
            let mut members: Vec<_> = fed
                .iter()
                .filter_map(|(link, origin)| match &link.target {
                    Target::Input(name) => Some((name, *link, *origin)),
                    _ => None,
                })
                .filter(|(name, ..)| class.input(name).is_some_and(|(p, _)| p.name == port.name))
                .collect();
            members.sort_by_key(|(name, ..)| *name);
            for (name, link, origin) in members {
                places.extend(link.place.map(|place| (name.clone(), place)));
                if let Origin::Output { node: from, output } = *origin {
                    is_settled = true;
                    let source = position[from].map(|node| OutputRef { node, output });
                    inputs.extend(source.map(|source| Feed { input: name.clone(), source }));
                } else {
                    is_settled = true;
                    // One of a family is missed only where it was the last.
                    self.report_unfed(node, name, link, origin, port.optional || port.variadic);
                }
            }
            if !is_settled {
                self.report_missing(node, port);
            }
        }
        inputs
    }

    fn report_missing(&mut self, node: usize, port: &super::schema::PortSchema) {
        let message = match port.variadic {
            true => "none of its inputs is connected".to_owned(),
            false => format!("the input ({}) is not connected", port.port_type),
        };
        let source = self.registry.iter().find_map(|class| {
            let output = class
                .outputs
                .iter()
                .find(|o| o.name == port.name || o.port_type == port.port_type)?;
            Some(format!("{}.{}", class.class_type, output.name))
        });
        let remedy = match source {
            Some(source) if !port.variadic => format!("connect it, for example to {source}"),
            _ => "connect something to it".to_owned(),
        };
        let diagnostic = Diagnostic::error("missing-input", message);
        self.report(node, diagnostic.field(port.name).remedy(remedy));
    }
}

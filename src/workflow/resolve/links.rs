//! Which input each link feeds, and from which output: by name where the file has names.

use std::collections::{BTreeMap, HashMap};

use super::Resolver;
use crate::diagnostic::{Diagnostic, Span, did_you_mean, nearest};
use crate::workflow::schema::{NodeSchema, PortSchema, PortType, Role};
use crate::workflow::sketch::{End, Given, Mode, SketchLink};
use crate::workflow::value::{in_words, integer};

/// A link whose ends are known.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub to: usize,
    pub target: Target,
    pub source: Source,
    pub place: Option<Span>,
}

/// What a link feeds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// An input, by canonical name.
    Input(String),
    /// A parameter, by canonical name.
    Param(&'static str),
}

/// Where a link comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Output {
        node: usize,
        output: usize,
    },
    /// From a node of unknown class, or wrong in a way that was reported.
    Reported,
}

/// The input in a slot, unless another one alone is of the type that the link carries: slots
/// moved between versions of DNNE, types did not.
fn input_by_slot(
    class: &'static NodeSchema,
    slot: usize,
    type_name: Option<&str>,
) -> Option<(&'static PortSchema, String)> {
    let at_slot = class.input_at(slot);
    let Some(carried) = type_name.and_then(PortType::parse) else {
        return at_slot;
    };
    if at_slot.as_ref().is_some_and(|(port, _)| port.port_type.may_be_written(carried)) {
        return at_slot;
    }
    let mut of_type = class.inputs.iter().filter(|p| p.port_type == carried);
    match (of_type.next(), of_type.next()) {
        (Some(port), None) => Some((port, port.name.to_owned())),
        _ => at_slot,
    }
}

impl Resolver<'_> {
    /// All links into nodes of known class, at most one for each input.
    pub(super) fn links(&mut self) -> Vec<Link> {
        let mut links = Vec::new();
        for link in &self.sketch.links {
            links.extend(self.link(link));
        }
        self.links_given_as_values(&mut links);
        self.without_double_feeds(links)
    }

    fn link(&mut self, link: &SketchLink) -> Option<Link> {
        let class = self.classes[link.to]?;
        // What a muted node or a remark is fed with is nobody's concern.
        if self.sketch.nodes[link.to].mode == Mode::Muted || class.role == Role::Comment {
            return None;
        }
        let target = self.target(link, class)?;
        let source = self.source(link, &target);
        Some(Link { to: link.to, target, source, place: link.place })
    }

    fn target(&mut self, link: &SketchLink, class: &'static NodeSchema) -> Option<Target> {
        // A reroute has one input, under whatever name.
        let found = match &link.input {
            _ if class.role == Role::Reroute => class.input_at(0),
            End::Name(name) => class.input(name),
            End::Slot(slot) => input_by_slot(class, *slot, link.type_name.as_deref()),
        };
        if let Some((_, name)) = found {
            return Some(Target::Input(name));
        }
        if let End::Name(name) = &link.input
            && let Some((_, param)) = class.param(name)
        {
            return Some(Target::Param(param.name));
        }
        let (field, remedy) = match &link.input {
            End::Name(name) => (name.clone(), self.instead_of(link, class, name)),
            End::Slot(slot) => (format!("input slot {slot}"), "connect it anew".to_owned()),
        };
        let message = format!("{} has no such input", class.class_type);
        let diagnostic = Diagnostic::error("unknown-input", message).at(link.place);
        self.report(link.to, diagnostic.field(field).remedy(remedy));
        None
    }

    /// Where a link to an input that a kind does not have might go: what is called alike, or else what takes its
    /// type.
    fn instead_of(&self, link: &SketchLink, class: &NodeSchema, name: &str) -> String {
        let inputs: Vec<&str> = class.inputs.iter().map(|input| input.name).collect();
        let output = || {
            let from = self.classes[link.from?]?;
            let output = match &link.output {
                End::Name(name) => from.output(name)?,
                End::Slot(slot) => *slot,
            };
            from.outputs.get(output)
        };
        let is_near = nearest(name, inputs.iter().copied()).is_some();
        let Some(output) = output().filter(|_| !is_near) else {
            return did_you_mean(name, &class.field_names());
        };
        let takes: Vec<String> = class
            .inputs
            .iter()
            .filter(|input| input.port_type.accepts(output.port_type))
            .map(|input| format!("{} takes {}", input.name, output.port_type))
            .collect();
        match takes.is_empty() {
            true if inputs.is_empty() => "remove the link".to_owned(),
            true => format!("its inputs are {}", inputs.join(", ")),
            false => format!("connect it to another input: {}", takes.join("; ")),
        }
    }

    fn source(&mut self, link: &SketchLink, target: &Target) -> Source {
        let Some((from, class)) = link.from.and_then(|i| Some((i, self.classes[i]?))) else {
            return Source::Reported;
        };
        let output = match &link.output {
            _ if class.role == Role::Reroute => Some(0),
            End::Name(name) => class.output(name),
            End::Slot(slot) => Some(*slot).filter(|slot| *slot < class.outputs.len()),
        };
        if let Some(output) = output {
            return Source::Output { node: from, output };
        }
        let from = &self.sketch.nodes[from].id;
        let outputs: Vec<_> = class.outputs.iter().map(|o| o.name).collect();
        let (what, remedy) = match &link.output {
            End::Name(name) => (format!("{name:?}"), did_you_mean(name, &outputs)),
            End::Slot(slot) if outputs.is_empty() => {
                (slot.to_string(), "connect another node".to_owned())
            }
            End::Slot(slot) => {
                let slots: Vec<_> = (0..).zip(&outputs).map(|(i, o)| format!("{i} {o}")).collect();
                (slot.to_string(), format!("its outputs are {}", slots.join(", ")))
            }
        };
        let message = format!("node {from} ({}) has no output {what}", class.class_type);
        let field = match target {
            Target::Input(name) => name.as_str(),
            Target::Param(name) => name,
        };
        let diagnostic = Diagnostic::error("unknown-output", message).at(link.place);
        self.report(link.to, diagnostic.field(field).remedy(remedy));
        Source::Reported
    }

    /// Values under the name of an input: a link with a numeric node id, or a mistake.
    fn links_given_as_values(&mut self, links: &mut Vec<Link>) {
        let index = self.sketch.index();
        for (to, node) in self.sketch.nodes.iter().enumerate() {
            let Some(class) = self.classes[to].filter(|c| c.role != Role::Comment) else {
                continue;
            };
            for (name, given) in &node.named {
                let input = match class.role {
                    Role::Reroute => class.input_at(0),
                    _ => class.input(name),
                };
                let Some((_, input)) = input else { continue };
                if given.value.is_null() || node.mode == Mode::Muted {
                    continue;
                }
                let target = Target::Input(input);
                links.push(match self.numeric_link(to, name, given, &index) {
                    Some((from, slot)) => {
                        let output = End::Slot(slot);
                        let (input, place) = (End::Name(name.clone()), given.place);
                        let link = SketchLink {
                            from: Some(from),
                            output,
                            to,
                            input,
                            type_name: None,
                            place,
                        };
                        let source = self.source(&link, &target);
                        Link { to, target, source, place }
                    }
                    None => Link { to, target, source: Source::Reported, place: given.place },
                });
            }
        }
    }

    fn numeric_link(
        &mut self,
        to: usize,
        name: &str,
        given: &Given,
        index: &HashMap<String, usize>,
    ) -> Option<(usize, usize)> {
        let items = given.value.as_array().map(Vec::as_slice);
        let parts = match items {
            Some([id, slot]) => integer(id).zip(integer(slot)),
            _ => None,
        };
        let slot = parts.and_then(|(_, slot)| usize::try_from(slot).ok());
        let (Some((id, _)), Some(slot)) = (parts, slot) else {
            let message = format!("an input takes a link, not {}", in_words(&given.value));
            let diagnostic = Diagnostic::error("not-a-link", message).at(given.place);
            let remedy = "write [\"node id\", output slot], such as [\"2\", 0]";
            self.report(to, diagnostic.field(name).remedy(remedy));
            return None;
        };
        let from = index.get(&id.to_string()).copied();
        if from.is_none() {
            let message = format!("the link comes from node {id}, which does not exist");
            let diagnostic = Diagnostic::error("dangling-link", message).at(given.place);
            let remedy = "name a node of this file, or remove the link";
            self.report(to, diagnostic.field(name).remedy(remedy));
        }
        Some((from?, slot))
    }

    fn without_double_feeds(&mut self, links: Vec<Link>) -> Vec<Link> {
        let mut first: BTreeMap<(usize, Target), Source> = BTreeMap::new();
        let mut kept = Vec::new();
        for link in links {
            let name = |source: &Source| match source {
                Source::Output { node, .. } => self.sketch.nodes[*node].id.as_str(),
                Source::Reported => "?",
            };
            let Some(before) = first.get(&(link.to, link.target.clone())) else {
                first.insert((link.to, link.target.clone()), link.source);
                kept.push(link);
                continue;
            };
            let field = match &link.target {
                Target::Input(name) => name.clone(),
                Target::Param(name) => (*name).to_owned(),
            };
            let (a, b) = (name(before), name(&link.source));
            let message = format!("the input is fed twice, by node {a} and by node {b}");
            let diagnostic = Diagnostic::error("doubly-fed", message).at(link.place);
            let remedy = "keep one link; an ORNode joins two streams";
            self.report(link.to, diagnostic.field(field).remedy(remedy));
        }
        kept
    }
}

//! The real source of a link, behind reroutes and bypassed nodes.

use std::collections::HashMap;

use super::Resolver;
use super::links::{Link, Source, Target};
use crate::diagnostic::Diagnostic;
use crate::workflow::schema::Role;
use crate::workflow::sketch::Mode;

/// What is found at the far end of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// An output of a node that runs.
    Output { node: usize, output: usize },
    /// A muted node.
    Muted(usize),
    /// A reroute or bypassed node that has nothing to hand on.
    Nothing(usize),
    /// Reroutes that lead into each other.
    Loop(usize),
    /// Nothing, for a reason that was reported.
    Reported,
}

impl Resolver<'_> {
    /// The origin of every link.
    pub(super) fn origins(&self, links: &[Link]) -> Vec<Origin> {
        let mut into: HashMap<usize, Vec<&Link>> = HashMap::new();
        for link in links {
            into.entry(link.to).or_default().push(link);
        }
        let mut known = HashMap::new();
        let origin = |link: &Link| self.origin(link, &into, &mut known);
        links.iter().map(origin).collect()
    }

    /// `known` holds what was found behind transparent nodes, so that each is gone through once.
    fn origin(
        &self,
        link: &Link,
        into: &HashMap<usize, Vec<&Link>>,
        known: &mut HashMap<(usize, usize), Origin>,
    ) -> Origin {
        let mut path = Vec::new();
        let mut source = link.source;
        let found = loop {
            // Every step goes through one output of a node: a path that comes back goes round.
            if path.len() > 2 * self.sketch.nodes.len() {
                break Origin::Loop(link.to);
            }
            let Source::Output { node, output } = source else {
                break Origin::Reported;
            };
            if let Some(origin) = known.get(&(node, output)) {
                break *origin;
            }
            match self.step_through(node, output, into) {
                Ok(before) => source = before,
                Err(origin) => break origin,
            }
            path.push((node, output));
        };
        known.extend(path.into_iter().map(|at| (at, found)));
        found
    }

    /// What stands behind a transparent node, or the origin if the path ends here.
    fn step_through(
        &self,
        node: usize,
        output: usize,
        into: &HashMap<usize, Vec<&Link>>,
    ) -> Result<Source, Origin> {
        let class = self.classes[node].ok_or(Origin::Reported)?;
        match self.sketch.nodes[node].mode {
            Mode::Muted => return Err(Origin::Muted(node)),
            Mode::Active if class.role != Role::Reroute => {
                return Err(Origin::Output { node, output });
            }
            Mode::Active | Mode::Bypassed => {}
        }
        let links = into.get(&node).map_or(&[][..], Vec::as_slice);
        let before = self.stand_in(node, output, links);
        before.map(|link| link.source).ok_or(Origin::Nothing(node))
    }

    /// The input of a transparent node that stands in for an output: the one in the same slot if
    /// its type suits, else the first that does.
    fn stand_in<'l>(&self, node: usize, output: usize, links: &[&'l Link]) -> Option<&'l Link> {
        let class = self.classes[node]?;
        let wanted = class.outputs.get(output)?.port_type;
        let mut suited: Vec<_> = links
            .iter()
            .filter_map(|link| match &link.target {
                Target::Input(name) => Some((name.as_str(), *link)),
                Target::Param(_) => None,
            })
            .filter(|(name, _)| {
                let port = class.input(name).map(|(port, _)| port);
                port.is_some_and(|port| wanted.accepts(port.port_type))
            })
            .collect();
        suited.sort_by_key(|(name, _)| class.inputs.iter().position(|p| p.name == *name));
        let same_slot = class.input_at(output).map(|(_, name)| name);
        let is_same = |(name, _): &&(&str, &Link)| same_slot.as_deref() == Some(*name);
        let found = suited.iter().find(is_same).or(suited.first());
        found.map(|(_, link)| *link)
    }

    /// Reports an input that a link feeds with nothing.
    pub(super) fn report_unfed(
        &mut self,
        to: usize,
        field: &str,
        link: &Link,
        origin: &Origin,
        is_optional: bool,
    ) {
        let name = |node: usize| {
            let node = &self.sketch.nodes[node];
            format!("node {} ({})", node.id, node.class)
        };
        let (code, message, remedy) = match origin {
            Origin::Output { .. } | Origin::Reported => return,
            Origin::Muted(from) => (
                "muted-source",
                format!("the input depends on {}, which is muted", name(*from)),
                "unmute it, or mute this node too",
            ),
            Origin::Nothing(from) => (
                "empty-source",
                format!("the input depends on {}, which has nothing to hand on", name(*from)),
                "connect that node's input, or connect this input to something else",
            ),
            Origin::Loop(from) => (
                "reroute-loop",
                format!("the link into {} comes from reroutes that go in a circle", name(*from)),
                "connect the input to a node",
            ),
        };
        let diagnostic = match is_optional {
            true => Diagnostic::warning(code, message),
            false => Diagnostic::error(code, message),
        };
        self.report(to, diagnostic.at(link.place).field(field).remedy(remedy));
    }
}

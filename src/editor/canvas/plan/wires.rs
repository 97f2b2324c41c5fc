//! The wires, and the points at which they bend.

use super::{Flow, Plan, PortPlan, ReroutePlan, Sources, WirePlan, place};
use crate::editor::canvas::route::{self, Route};
use crate::workflow::{Canvas, Port};
use bevy_egui::egui::{Pos2, Rect};
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// What leads to each node: the nodes and outputs that feed it.
type Feeds = Vec<Vec<(usize, usize)>>;

impl Plan {
    pub(super) fn add_wires(&mut self, sources: &Sources<'_>) {
        let canvas = sources.canvas;
        let slot = |ports: &[PortPlan], slot: usize| {
            ports.iter().position(|port| port.port == Port::Slot(slot))
        };
        for link in &canvas.links {
            let ends = (self.position(&link.from.0), self.position(&link.to.0));
            let (Some(from), Some(to)) = ends else { continue };
            let Some(output) = slot(&self.nodes[from].outputs, link.from.1) else { continue };
            let input = slot(&self.nodes[to].inputs, link.to.1);
            self.by_link.insert(link.id.clone(), self.wires.len());
            self.wires.push(WirePlan {
                link: link.id.clone(),
                from: (from, output),
                to: (to, input),
                flow: Flow::Other,
                reroutes: link.reroutes.clone(),
                points: Vec::new(),
                bounds: Rect::NOTHING,
                run: None,
                stamp: 0,
            });
        }
        self.tell_flows();
        let mut flows: HashMap<&str, Flow> = HashMap::new();
        for wire in &self.wires {
            flows.extend(wire.reroutes.iter().map(|id| (id.as_str(), wire.flow)));
        }
        let reroutes = canvas.reroutes.iter().map(|reroute| ReroutePlan {
            id: reroute.id.clone(),
            at: place(reroute.at),
            flow: flows.get(reroute.id.as_str()).copied().unwrap_or(Flow::Other),
        });
        self.reroutes = reroutes.collect();
        let all: Vec<usize> = (0..self.wires.len()).collect();
        self.route(&all, sources.route);
    }

    /// What flows along each wire; what takes anything shows what it takes.
    fn tell_flows(&mut self) {
        let mut feeds: Feeds = vec![Vec::new(); self.nodes.len()];
        for wire in &self.wires {
            feeds[wire.to.0].push(wire.from);
        }
        // What goes into a label comes out of all others of its name.
        for i in 0..self.nodes.len() {
            for source in self.label_sources(i) {
                let fed = feeds[source].clone();
                feeds[i].extend(fed);
            }
        }
        let flow =
            |wire: &WirePlan| self.flow_of(wire.from.0, wire.from.1, &mut Vec::new(), &feeds);
        let flows: Vec<Flow> = self.wires.iter().map(flow).collect();
        for (wire, flow) in self.wires.iter_mut().zip(flows) {
            wire.flow = flow;
            if let Some(input) = wire.to.1 {
                self.nodes[wire.to.0].inputs[input].flow = flow;
            }
            self.nodes[wire.from.0].outputs[wire.from.1].flow = flow;
        }
    }

    /// What flows out of an output: where that is anything, what flows into the node.
    fn flow_of(&self, node: usize, output: usize, seen: &mut Vec<usize>, feeds: &Feeds) -> Flow {
        let flow = self.nodes[node].outputs[output].flow;
        if flow != Flow::Other || seen.contains(&node) {
            return flow;
        }
        seen.push(node);
        let mut flows =
            feeds[node].iter().map(|&(from, output)| self.flow_of(from, output, seen, feeds));
        flows.find(|flow| *flow != Flow::Other).unwrap_or(Flow::Other)
    }

    /// Of a label that gives out: the labels of its name that take in.
    pub(crate) fn label_sources(&self, node: usize) -> Vec<usize> {
        let Some(label) = self.nodes[node].label.as_ref().filter(|label| !label.is_source) else {
            return Vec::new();
        };
        let is_source = |i: &usize| {
            let other = self.nodes[*i].label.as_ref();
            other.is_some_and(|other| other.is_source && other.name == label.name)
        };
        self.labels.iter().copied().filter(is_source).collect()
    }

    /// Works out the lines of some wires.
    pub(super) fn route(&mut self, wires: &[usize], route: Route) {
        let places: HashMap<&str, Pos2> =
            self.reroutes.iter().map(|reroute| (reroute.id.as_str(), reroute.at)).collect();
        let bends: Vec<Vec<Pos2>> = wires
            .iter()
            .map(|&i| {
                let ids = self.wires[i].reroutes.iter();
                ids.filter_map(|id| places.get(id.as_str()).copied()).collect()
            })
            .collect();
        let ends: Vec<route::Ends> = wires
            .iter()
            .zip(&bends)
            .map(|(&i, bends)| {
                let WirePlan { from, to, link, .. } = &self.wires[i];
                let end = match to.1 {
                    Some(input) => self.nodes[to.0].inputs[input].at,
                    None => self.nodes[to.0].end_of_setting(link),
                };
                let start = self.nodes[from.0].outputs[from.1].at;
                route::Ends { from: start, to: end, nodes: (from.0, to.0), bends }
            })
            .collect();
        let rects: Vec<Rect> = self.nodes.iter().map(|node| node.rect).collect();
        let lines = route::lines(&ends, &rects, route);
        for (&i, line) in wires.iter().zip(lines) {
            self.wires[i].lead(line);
        }
    }

    /// Follows what is moved or resized while nothing else changes. Other wires keep their lines until the plan
    /// is made anew: nothing jumps about under the mouse.
    pub(super) fn follow_wires(&mut self, canvas: &Canvas, moved: &HashSet<usize>, route: Route) {
        let mut bent: HashSet<String> = HashSet::new();
        for (planned, reroute) in self.reroutes.iter_mut().zip(&canvas.reroutes) {
            let at = place(reroute.at);
            if planned.at != at {
                planned.at = at;
                bent.insert(planned.id.clone());
            }
        }
        let is_moved = |wire: &WirePlan| {
            moved.contains(&wire.from.0)
                || moved.contains(&wire.to.0)
                || wire.reroutes.iter().any(|id| bent.contains(id))
        };
        let wires = self.wires.iter().enumerate().filter(|(_, wire)| is_moved(wire));
        let wires: Vec<usize> = wires.map(|(i, _)| i).collect();
        self.route(&wires, route);
    }
}

impl WirePlan {
    /// The point in its middle.
    pub(crate) fn middle(&self) -> Pos2 {
        route::along(&self.points, 0.5)
    }

    /// Takes over its line.
    fn lead(&mut self, points: Vec<Pos2>) {
        self.bounds = Rect::from_points(&points);
        self.run = None;
        for pair in points.windows(2) {
            let length = pair[0].distance(pair[1]);
            let is_level = (pair[0].y - pair[1].y).abs() < 0.5;
            if is_level && self.run.is_none_or(|(longest, _)| length > longest) {
                self.run = Some((length, pair[0].lerp(pair[1], 0.5)));
            }
        }
        let mut hasher = DefaultHasher::new();
        let first = points.first().copied().unwrap_or_default();
        for point in &points {
            let way = *point - first;
            [way.x.to_bits(), way.y.to_bits()].hash(&mut hasher);
        }
        self.flow.hash(&mut hasher);
        self.stamp = hasher.finish();
        self.points = points;
    }
}

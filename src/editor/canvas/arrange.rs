//! Places for all nodes: layers from what feeds to what is fed, each ordered so that wires cross little.
//!
//! The layers are those of Sugiyama's method: by the longest way from a source, loops cut where they lead back;
//! within a layer by the mean place of the neighbours, swept forth and back.

use super::act::framed;
use super::gesture::bounding;
use super::plan::{Plan, Shape, category};
use crate::workflow::Edit;
use bevy_egui::egui::{Pos2, Rect, Vec2, pos2};
use std::collections::BTreeMap;

/// Between layers, and between the nodes of one.
const ACROSS: f32 = 50.0;
const DOWN: f32 = 34.0;
/// Between rows of layers, and the widest of a row.
const ROWS: f32 = 84.0;
const WIDEST: f32 = 1250.0;
const SWEEPS: usize = 8;

/// The edit that puts nodes where wires are short and lead forward; notes and what is not wired go below. What is
/// too wide for a window goes on in a second row. Frames of groups go around what lay in them. Only the given nodes
/// are moved; all, if there are none.
pub(crate) fn arranged(plan: &Plan, only: &[String]) -> Option<Edit> {
    let chosen = |id: &String| only.is_empty() || only.contains(id);
    let nodes: Vec<usize> = (0..plan.nodes.len())
        .filter(|&i| chosen(&plan.nodes[i].id) && !plan.nodes[i].is_pinned)
        .collect();
    let (wired, rest): (Vec<usize>, Vec<usize>) = nodes.iter().copied().partition(|&i| {
        plan.nodes[i].shape != Shape::Note
            && plan.wires.iter().any(|wire| wire.from.0 == i || wire.to.0 == i)
    });
    let first = nodes.first()?;
    let corner = nodes
        .iter()
        .fold(plan.nodes[*first].rect.min, |corner, &i| corner.min(plan.nodes[i].rect.min));
    let layers = layers(plan, &wired);
    let mut places = Places { plan, corner, at: BTreeMap::new() };
    let free = places.rows(&layers);
    places.rest(&rest, free, !wired.is_empty());
    let mut edits = vec![Edit::MoveNodes { to: places.moves() }];
    edits.extend(places.frames());
    edits.extend(places.bends());
    Some(if edits.len() == 1 { edits.remove(0) } else { Edit::All(edits) })
}

/// Where nodes are put.
struct Places<'a> {
    plan: &'a Plan,
    corner: Pos2,
    at: BTreeMap<usize, Rect>,
}

impl Places<'_> {
    fn put(&mut self, node: usize, at: Pos2) {
        let rect = Rect::from_min_size(
            pos2(at.x.round(), at.y.round()),
            self.plan.nodes[node].rect.size(),
        );
        self.at.insert(node, rect);
    }

    /// Puts layers from left to right; those that find no room go on below, as far right as the others. What is
    /// free then: from where, and how wide.
    fn rows(&mut self, layers: &[Vec<usize>]) -> Rect {
        let size = |i: &usize| self.plan.nodes[*i].rect.size();
        let widths: Vec<f32> = layers
            .iter()
            .map(|layer| layer.iter().map(|i| size(i).x).fold(0.0, f32::max))
            .collect();
        let mut rows: Vec<std::ops::Range<usize>> = Vec::new();
        let (mut start, mut x) = (0, 0.0);
        for (k, width) in widths.iter().enumerate() {
            // The loop of acting stays in one row if it can; what learns from it goes below.
            let learns = k > 2 && layers[k].iter().any(|&i| is_learning(self.plan, i));
            let goes_on = layers[k + 1..].iter().flatten().any(|&i| is_learning(self.plan, i));
            let widest = if goes_on { WIDEST * 1.16 } else { WIDEST };
            if k > start && (x + width > widest || (learns && x + width > WIDEST * 0.8)) {
                rows.push(start..k);
                (start, x) = (k, 0.0);
            }
            x += width + ACROSS;
        }
        rows.push(start..layers.len());
        let width_of = |row: &std::ops::Range<usize>| {
            widths[row.clone()].iter().map(|width| width + ACROSS).sum::<f32>() - ACROSS
        };
        let whole = rows.iter().map(width_of).fold(0.0, f32::max);
        let (mut top, mut free) = (self.corner.y, Rect::NOTHING);
        for (n, row) in rows.iter().enumerate() {
            let indent = if n == 0 { 0.0 } else { whole - width_of(row) };
            let (mut x, mut bottom) = (self.corner.x + indent, top);
            for k in row.clone() {
                let mut y = top;
                for &i in &layers[k] {
                    self.put(i, pos2(x, y));
                    y += self.plan.nodes[i].rect.height() + DOWN;
                }
                bottom = bottom.max(y - DOWN);
                x += widths[k] + ACROSS;
            }
            free =
                Rect::from_min_max(pos2(self.corner.x, top), pos2(self.corner.x + indent, bottom));
            if n == 0 {
                free = Rect::from_min_size(pos2(self.corner.x, bottom + ROWS), Vec2::ZERO);
            }
            top = bottom + ROWS;
        }
        free
    }

    /// Puts what is not wired beside the last row where there is room, else below everything.
    fn rest(&mut self, nodes: &[usize], free: Rect, is_below: bool) {
        let bottom = self.at.values().map(Rect::bottom).fold(self.corner.y - ROWS, f32::max) + ROWS;
        let (mut beside, mut below) = (free.left(), self.corner.x);
        for &i in nodes {
            let size = self.plan.nodes[i].rect.size();
            if is_below && beside + size.x + DOWN <= free.right() {
                self.put(i, pos2(beside, free.top()));
                beside += size.x + DOWN;
            } else {
                let y = if is_below { bottom } else { self.corner.y };
                self.put(i, pos2(below, y));
                below += size.x + DOWN;
            }
        }
    }

    fn moves(&self) -> Vec<(String, [f64; 2])> {
        let place = |rect: &Rect| [f64::from(rect.left()), f64::from(rect.top())];
        self.at.iter().map(|(&i, rect)| (self.plan.nodes[i].id.clone(), place(rect))).collect()
    }

    /// The frames of groups around what lay in them.
    fn frames(&self) -> Vec<Edit> {
        let mut edits = Vec::new();
        for (group, frame) in self.plan.groups.iter().enumerate() {
            let nodes = self.plan.nodes.iter().enumerate();
            let inside = nodes.filter(|(_, node)| frame.rect.contains(node.rect.center()));
            let inside: Vec<usize> = inside.map(|(i, _)| i).collect();
            if !inside.iter().any(|i| self.at.contains_key(i)) {
                continue;
            }
            let place = |i: &usize| self.at.get(i).copied().unwrap_or(self.plan.nodes[*i].rect);
            if let Some(part) = inside.iter().map(place).reduce(Rect::union) {
                let bounding = bounding(framed(part));
                edits.push(Edit::ResizeGroup { group, bounding });
            }
        }
        edits
    }

    /// The bends of wires, spread between where these begin and end now.
    fn bends(&self) -> Vec<Edit> {
        let mut to: BTreeMap<&str, Pos2> = BTreeMap::new();
        for wire in &self.plan.wires {
            let (Some(from), Some(end)) = (self.at.get(&wire.from.0), self.at.get(&wire.to.0))
            else {
                continue;
            };
            let (from, end) = (from.right_center(), end.left_center());
            let n = wire.reroutes.len() as f32 + 1.0;
            for (k, id) in wire.reroutes.iter().enumerate() {
                to.entry(id).or_insert(from.lerp(end, (k as f32 + 1.0) / n));
            }
        }
        let edit = |(id, at): (&str, Pos2)| Edit::MoveReroute {
            reroute: id.to_owned(),
            to: [f64::from(at.x.round()), f64::from(at.y.round())],
        };
        to.into_iter().map(edit).collect()
    }
}

fn is_learning(plan: &Plan, node: usize) -> bool {
    category(plan.nodes[node].schema) == 2
}

fn layers(plan: &Plan, nodes: &[usize]) -> Vec<Vec<usize>> {
    let mut edges: Vec<(usize, usize)> = plan
        .wires
        .iter()
        .map(|wire| (wire.from.0, wire.to.0))
        .filter(|(from, to)| from != to && nodes.contains(from) && nodes.contains(to))
        .collect();
    edges.sort_unstable();
    edges.dedup();
    let forward = without_loops(nodes, &edges);
    // The longest way from a source; as there is no loop it is found in as many rounds as there are nodes.
    let mut depth: BTreeMap<usize, usize> = nodes.iter().map(|&node| (node, 0)).collect();
    for _ in 0..nodes.len() {
        let mut changed = false;
        for (from, to) in &forward {
            let least = depth[from] + 1;
            if depth[to] < least {
                depth.insert(*to, least);
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    let n_layers = depth.values().max().map_or(0, |deepest| deepest + 1);
    let mut layers: Vec<Vec<usize>> = vec![Vec::new(); n_layers];
    for (&node, &layer) in &depth {
        layers[layer].push(node);
    }
    for sweep in 0..SWEEPS {
        let place: BTreeMap<usize, f32> = layers
            .iter()
            .flat_map(|layer| layer.iter().enumerate().map(|(i, &node)| (node, i as f32)))
            .collect();
        let mean = |node: usize| {
            let places = forward.iter().filter_map(|(from, to)| match sweep % 2 {
                0 => (*to == node).then(|| place[from]),
                _ => (*from == node).then(|| place[to]),
            });
            let (sum, n) = places.fold((0.0, 0), |(sum, n), place| (sum + place, n + 1));
            if n > 0 { sum / n as f32 } else { place[&node] }
        };
        for layer in &mut layers {
            let mut keyed: Vec<(f32, usize)> =
                layer.iter().map(|&node| (mean(node), node)).collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            *layer = keyed.into_iter().map(|(_, node)| node).collect();
        }
    }
    layers
}

/// The edges without those that lead back to where a search in depth came from.
fn without_loops(nodes: &[usize], edges: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let has_feed = |node: usize| edges.iter().any(|(_, to)| *to == node);
    // Sources first, so that loops are cut where they come back to them.
    let mut order: Vec<usize> = nodes.to_vec();
    order.sort_by_key(|&node| (has_feed(node), node));
    let mut state: BTreeMap<usize, bool> = BTreeMap::new();
    let mut forward = Vec::new();
    for root in order {
        if state.contains_key(&root) {
            continue;
        }
        // Each step: a node, and how many of its edges were taken.
        let mut way = vec![(root, 0)];
        state.insert(root, false);
        while let Some((node, taken)) = way.pop() {
            let next = edges.iter().filter(|(from, _)| *from == node).nth(taken);
            let Some(&(_, to)) = next else {
                state.insert(node, true);
                continue;
            };
            way.push((node, taken + 1));
            match state.get(&to) {
                Some(false) => {}
                Some(true) => forward.push((node, to)),
                None => {
                    forward.push((node, to));
                    state.insert(to, false);
                    way.push((to, 0));
                }
            }
        }
    }
    forward
}

//! Wires, and what stands on them.

use super::super::super::flow::{LineStyle, PortLook};
use super::super::super::look;
use super::super::hit::Hit;
use super::super::plan::WirePlan;
use super::super::route::{Ends, Route, along, curve, lines};
use super::super::wiring::{Loose, port};
use super::Picture;
use bevy_egui::egui::{Color32, Pos2, Rect, Shape, Stroke, vec2};
use std::collections::HashMap;

/// Of the others, while a wire is traced.
const DIMMED: f32 = 0.25;
/// Of wires without a line, as DNNE draws them.
const NEST: Color32 = Color32::from_rgb(0x2F, 0xC8, 0xD8);
/// Of a line's pieces [screen points].
const LEAST_PIECE: f32 = 2.0;
const LEAST_PIECE_FAR: f32 = 6.0;
/// A size stands only on a run this long [screen points].
const LEAST_RUN: f32 = 44.0;

impl Picture<'_> {
    /// How much wider than at rest lines are drawn.
    fn width(&self) -> f32 {
        self.camera.zoom.clamp(0.75, 1.25)
    }

    /// From afar the manner of a line is not told.
    fn manner(&self, wire: &WirePlan) -> LineStyle {
        if self.is_far() { LineStyle::Solid } else { wire.flow.line() }
    }

    /// A wire's points on the screen, without those that nobody could tell apart.
    fn line(&self, wire: &WirePlan) -> Vec<Pos2> {
        let least = if self.is_far() { LEAST_PIECE_FAR } else { LEAST_PIECE };
        let mut points: Vec<Pos2> = Vec::with_capacity(wire.points.len());
        let last = wire.points.len().saturating_sub(1);
        for (i, point) in wire.points.iter().enumerate() {
            let at = self.at(*point);
            let is_far = points.last().is_none_or(|before| before.distance(at) >= least);
            if is_far || i == last {
                points.push(at);
            }
        }
        points
    }

    pub(super) fn wire(&self, wire: &WirePlan, is_dim: bool, is_traced: bool) {
        let points = self.line(wire);
        let k = self.width();
        let mut colour = wire.flow.colour(self.colours);
        if is_dim {
            colour = colour.gamma_multiply(DIMMED);
        }
        let is_selected = self.selection.link.as_deref() == Some(wire.link.as_str());
        if is_traced || is_selected {
            let band = colour.gamma_multiply(0.25);
            self.add(Shape::line(points.clone(), Stroke::new(8.0 * k, band)));
        }
        if is_selected {
            self.add(Shape::line(points.clone(), Stroke::new(4.5 * k, self.colours.accent)));
        }
        if let Some(live) = self.live {
            if live.starves(&wire.link) {
                let k = k * 1.1;
                let stroke = Stroke::new(2.0 * k, self.colours.warning);
                self.painter.extend(Shape::dashed_line(&points, stroke, 6.0, 5.0));
                return;
            }
            self.manner(wire).paint(self.painter, points.clone(), k, colour, self.colours.canvas);
            if let Some(share) = live.pulses(&wire.link) {
                let dot = along(&points, share);
                let edge = Stroke::new(1.5, wire.flow.colour(self.colours));
                self.painter.circle(dot, 3.6, self.colours.text, edge);
            }
        } else {
            self.manner(wire).paint(self.painter, points, k, colour, self.colours.canvas);
        }
        if is_traced {
            let (node, port) = wire.from;
            let from = &self.plan.nodes[node].outputs[port];
            let look = PortLook { is_wired: true, has_halo: true, ..PortLook::default() };
            let k = self.camera.zoom.max(0.7);
            wire.flow.paint_port(self.painter, self.colours, self.at(from.at), k, look);
            if let (node, Some(port)) = wire.to {
                let to = &self.plan.nodes[node].inputs[port];
                wire.flow.paint_port(self.painter, self.colours, self.at(to.at), k, look);
            }
        }
    }

    /// A wire that will take the node which is held over it.
    pub(crate) fn highlight(&self, link: &str) {
        let Some(wire) = self.plan.wire(link) else { return };
        let points: Vec<Pos2> = wire.points.iter().map(|point| self.at(*point)).collect();
        self.add(Shape::line(points, Stroke::new(4.5 * self.width(), self.colours.accent)));
    }

    /// A wire that is not there, and could be.
    pub(crate) fn ghost(&self, start: Hit, end: Hit) {
        let ends = port(self.plan, start).zip(port(self.plan, end));
        let Some(((_, from), (_, to))) = ends else { return };
        let Some(own) = start.node().zip(end.node()) else { return };
        let colour = from.flow.colour(self.colours);
        let nodes: Vec<Rect> = self.plan.nodes.iter().map(|node| node.rect).collect();
        let ends = Ends { from: from.at, to: to.at, nodes: own, bends: &[] };
        let lines = lines(&[ends], &nodes, Route::Spline);
        let line: Vec<Pos2> = lines.iter().flatten().map(|point| self.at(*point)).collect();
        let stroke = Stroke::new(1.7 * self.width(), colour);
        self.painter.extend(Shape::dashed_line(&line, stroke, 3.0, 4.0));
    }

    /// The wires without a line of selected labels, from those that take in to those that give out.
    pub(super) fn label_wires(&self) {
        for &to in self.plan.labels() {
            for from in self.plan.label_sources(to) {
                let (from, to) = (&self.plan.nodes[from], &self.plan.nodes[to]);
                if [from, to].iter().any(|node| self.selection.nodes.contains(&node.id)) {
                    let ends = [self.at(from.rect.center()), self.at(to.rect.center())];
                    self.painter.line_segment(ends, Stroke::new(1.5, NEST));
                }
            }
        }
    }

    /// A wire one end of which is held by the mouse.
    pub(crate) fn loose(&self, loose: &Loose) {
        let Some((_, fixed)) = port(self.plan, loose.fixed) else { return };
        let end = match loose.snapped.and_then(|hit| port(self.plan, hit)) {
            Some((_, port)) => port.at,
            None => loose.end,
        };
        let (from, to) = match loose.fixed {
            Hit::Input(..) => (end, fixed.at),
            _ if loose.all => (end, fixed.at),
            _ => (fixed.at, end),
        };
        let (from, to) = (self.at(from), self.at(to));
        let flow = loose.flow(self.plan);
        let colour = flow.colour(self.colours);
        let k = self.width();
        let points = curve(from, to);
        self.add(Shape::line(points.clone(), Stroke::new(8.0 * k, colour.gamma_multiply(0.25))));
        flow.line().paint(self.painter, points, k, colour, self.colours.canvas);
        if loose.snapped.is_none() {
            let held = if from == self.at(fixed.at) { to } else { from };
            self.painter.circle_filled(held, 4.0, colour);
        }
    }

    /// What flows, in numbers, on the longest straight run of each wire; once for what leaves one output.
    pub(super) fn sizes(&self, traced: &[usize]) {
        let mut best: HashMap<(usize, usize), (f32, Pos2, usize)> = HashMap::new();
        for (i, wire) in self.plan.wires.iter().enumerate() {
            let Some((length, middle)) = wire.run else { continue };
            let (length, middle) = (length * self.camera.zoom, self.at(middle));
            if length >= LEAST_RUN && self.area.contains(middle) {
                let entry = best.entry(wire.from).or_insert((0.0, middle, i));
                if length > entry.0 {
                    *entry = (length, middle, i);
                }
            }
        }
        let mut labels: Vec<_> = best.into_iter().collect();
        labels.sort_by_key(|(from, _)| *from);
        let mut taken: Vec<Rect> = Vec::new();
        for ((node, port), (_, at, wire)) in labels {
            let from = &self.plan.nodes[node];
            let key = (from.id.clone(), from.outputs[port].name.clone());
            let Some(size) = self.findings.sizes.get(&key) else { continue };
            let is_dim = !traced.is_empty() && !traced.contains(&wire);
            let colour =
                if is_dim { self.colours.text3.gamma_multiply(0.5) } else { self.colours.text2 };
            let galley =
                self.painter.layout_no_wrap(size.clone(), look::mono(10.0), Color32::PLACEHOLDER);
            let patch = Rect::from_center_size(at, galley.size() + vec2(10.0, 2.0));
            // Where another stands already, it would not be read.
            if taken.iter().any(|other| other.intersects(patch)) {
                continue;
            }
            taken.push(patch);
            self.painter.rect_filled(patch, 4.0, self.colours.canvas);
            self.painter.galley(patch.center() - galley.size() * 0.5, galley, colour);
        }
    }
}

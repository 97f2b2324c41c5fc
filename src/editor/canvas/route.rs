//! The way of each wire across the canvas.
//!
//! A wire that leads forward with nothing between is one curve. One that leads back, or would run behind a node,
//! takes a lane: straight runs with round corners in what is free above, below or between the nodes. So the loop
//! of reinforcement learning is seen as one.

use bevy_egui::egui::{Pos2, Rangef, Rect, pos2};

/// How wires are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Route {
    #[default]
    Spline,
    Straight,
    Orthogonal,
}

/// Between what a wire leads, and the points at which it bends.
pub(crate) struct Ends<'a> {
    pub from: Pos2,
    pub to: Pos2,
    /// Positions of the two nodes.
    pub nodes: (usize, usize),
    pub bends: &'a [Pos2],
}

/// Radius of a lane's corners.
const CORNER: f32 = 9.0;
/// How far a lane runs straight out of a port, at least.
const STUB: f32 = 14.0;
/// Between lanes, and between a lane and a node.
const SPACE: f32 = 10.0;
/// The least handle of a curve.
const HANDLE: f32 = 14.0;
/// A lane looks for its way round so many nodes at most: among more, a free way is not worth its time.
const MOST_OBSTACLES: usize = 40;
/// How often a run moves aside for others.
const MOST_MOVES: usize = 12;

/// The line of each wire.
pub(crate) fn lines(wires: &[Ends<'_>], nodes: &[Rect], route: Route) -> Vec<Vec<Pos2>> {
    let nodes = &Nodes::new(nodes);
    let mut lines: Vec<Vec<Pos2>> = vec![Vec::new(); wires.len()];
    let mut in_lanes = Vec::new();
    for (i, wire) in wires.iter().enumerate() {
        if !wire.bends.is_empty() {
            lines[i] = bent(wire, route);
            continue;
        }
        let is_forward = wire.to.x >= wire.from.x + 2.0 * STUB;
        let simple = match route {
            Route::Straight => Some(vec![wire.from, wire.to]),
            Route::Spline if is_forward => Some(curve(wire.from, wire.to)),
            Route::Orthogonal if is_forward => Some(elbow(wire.from, wire.to)),
            _ => None,
        };
        match simple {
            Some(line) if route == Route::Straight || is_free(&line, wire.nodes, nodes) => {
                lines[i] = line;
            }
            _ => in_lanes.push(i),
        }
    }
    // Short lanes lie inside, long ones around them, so that they do not cross.
    let span = |wire: &Ends<'_>| (wire.from.x - wire.to.x).abs() + (wire.from.y - wire.to.y).abs();
    in_lanes.sort_by(|&a, &b| span(&wires[a]).total_cmp(&span(&wires[b])));
    let mut taken = Taken::default();
    for i in in_lanes {
        lines[i] = taken.lane(&wires[i], nodes);
    }
    lines
}

/// One cubic, handles half the distance.
pub(crate) fn curve(from: Pos2, to: Pos2) -> Vec<Pos2> {
    let handle = ((to.x - from.x).abs() * 0.5).max(HANDLE);
    cubic(from, pos2(from.x + handle, from.y), pos2(to.x - handle, to.y), to)
}

fn cubic(a: Pos2, b: Pos2, c: Pos2, d: Pos2) -> Vec<Pos2> {
    let n = ((a.distance(d) / 12.0) as usize).clamp(8, 40);
    let point = |i: usize| {
        let t = i as f32 / n as f32;
        let s = 1.0 - t;
        let (wa, wb, wc, wd) = (s * s * s, 3.0 * s * s * t, 3.0 * s * t * t, t * t * t);
        pos2(wa * a.x + wb * b.x + wc * c.x + wd * d.x, wa * a.y + wb * b.y + wc * c.y + wd * d.y)
    };
    (0..=n).map(point).collect()
}

fn elbow(from: Pos2, to: Pos2) -> Vec<Pos2> {
    let x = (from.x + to.x) * 0.5;
    rounded(&[from, pos2(x, from.y), pos2(x, to.y), to])
}

/// Through the points at which the wire bends, in their order.
fn bent(wire: &Ends<'_>, route: Route) -> Vec<Pos2> {
    let mut stops = vec![wire.from];
    stops.extend_from_slice(wire.bends);
    stops.push(wire.to);
    if route == Route::Straight {
        return stops;
    }
    if route == Route::Orthogonal {
        let mut corners = vec![stops[0]];
        for pair in stops.windows(2) {
            let x = (pair[0].x + pair[1].x) * 0.5;
            corners.extend([pos2(x, pair[0].y), pos2(x, pair[1].y), pair[1]]);
        }
        return rounded(&corners);
    }
    // A smooth line: at each stop it runs along the way from the stop before to the stop after.
    let last = stops.len() - 1;
    let direction = |i: usize| match i {
        0 => bevy_egui::egui::vec2(1.0, 0.0),
        i if i == last => bevy_egui::egui::vec2(1.0, 0.0),
        i => (stops[i + 1] - stops[i - 1]).normalized(),
    };
    let mut line = vec![stops[0]];
    for i in 0..last {
        let (a, d) = (stops[i], stops[i + 1]);
        let handle = (a.distance(d) * 0.4).clamp(1.0, 120.0);
        let (b, c) = (a + direction(i) * handle, d - direction(i + 1) * handle);
        line.extend(cubic(a, b, c, d).into_iter().skip(1));
    }
    line
}

/// The nodes' rectangles, from left to right.
struct Nodes<'a> {
    rects: &'a [Rect],
    by_left: Vec<usize>,
    widest: f32,
}

impl<'a> Nodes<'a> {
    fn new(rects: &'a [Rect]) -> Self {
        let mut by_left: Vec<usize> = (0..rects.len()).collect();
        by_left.sort_by(|&a, &b| rects[a].left().total_cmp(&rects[b].left()));
        let widest = rects.iter().map(Rect::width).fold(0.0, f32::max);
        Self { rects, by_left, widest }
    }

    /// Those that stand somewhere between two places from left to right.
    fn across(&self, range: Rangef) -> impl Iterator<Item = (usize, &Rect)> {
        let left = |i: &usize| self.rects[*i].left();
        let start = self.by_left.partition_point(|i| left(i) < range.min - self.widest);
        let rest = self.by_left[start..].iter().take_while(move |i| left(i) <= range.max);
        rest.map(|&i| (i, &self.rects[i])).filter(move |(_, it)| it.x_range().intersects(range))
    }
}

/// Whether a line runs behind no node but its own two.
fn is_free(line: &[Pos2], own: (usize, usize), nodes: &Nodes<'_>) -> bool {
    let bounds = Rect::from_points(line);
    let mut in_the_way = nodes
        .across(bounds.x_range())
        .filter(|(i, rect)| *i != own.0 && *i != own.1 && rect.intersects(bounds));
    in_the_way.all(|(_, rect)| !line.iter().any(|point| rect.contains(*point)))
}

/// The straight runs of the lanes so far.
#[derive(Default)]
struct Taken {
    /// Where they are, and how far they reach.
    level: Vec<(f32, Rangef)>,
    upright: Vec<(f32, Rangef)>,
}

impl Taken {
    fn lane(&mut self, wire: &Ends<'_>, nodes: &Nodes<'_>) -> Vec<Pos2> {
        let (from, to) = (wire.from, wire.to);
        let reach = Rangef::new(from.x.min(to.x) - STUB, from.x.max(to.x) + STUB);
        let mut around: Vec<Rect> =
            nodes.across(reach).map(|(_, rect)| rect.expand(SPACE * 0.8)).collect();
        if around.len() > MOST_OBSTACLES {
            let nearer = |a: &Rect, b: &Rect| near(a, from, to).total_cmp(&near(b, from, to));
            around.select_nth_unstable_by(MOST_OBSTACLES, nearer);
            around.truncate(MOST_OBSTACLES);
        }
        let y = self.level_for(from, to, reach, &around);
        let leave = free(&mut self.upright, from.x + STUB, 1.0, span(from.y, y));
        let arrive = free(&mut self.upright, to.x - STUB, -1.0, span(y, to.y));
        self.level.push((y, span(leave, arrive)));
        rounded(&[
            from,
            pos2(leave, from.y),
            pos2(leave, y),
            pos2(arrive, y),
            pos2(arrive, to.y),
            to,
        ])
    }

    /// The height of the level run: the nearest at which it crosses no node and no run of another lane.
    fn level_for(&self, from: Pos2, to: Pos2, reach: Rangef, around: &[Rect]) -> f32 {
        let lanes = self.level.iter().filter(|(_, range)| range.intersects(reach));
        let lanes: Vec<f32> = lanes.map(|(y, _)| *y).collect();
        let is_clear = |y: f32| {
            let of_node = |rect: &Rect| rect.y_range().contains(y);
            let of_lane = |other: &f32| (other - y).abs() < SPACE * 0.8;
            !around.iter().any(of_node) && !lanes.iter().any(of_lane)
        };
        let way = |y: f32| (y - from.y).abs() + (y - to.y).abs();
        let mut best: Option<f32> = None;
        let sides = around.iter().flat_map(|rect| [(rect.top(), -1.0), (rect.bottom(), 1.0)]);
        for (edge, away) in sides {
            let mut y = edge + away * SPACE * 0.2;
            for _ in 0..MOST_MOVES {
                if is_clear(y) {
                    if best.is_none_or(|best| way(y) < way(best)) {
                        best = Some(y);
                    }
                    break;
                }
                y += away * SPACE;
            }
        }
        best.unwrap_or_else(|| from.y.min(to.y) - 60.0)
    }
}

/// A place for an upright run beside those that are there.
fn free(taken: &mut Vec<(f32, Rangef)>, start: f32, away: f32, reach: Rangef) -> f32 {
    let mut x = start;
    for _ in 0..MOST_MOVES {
        let meets =
            |(other, range): &(f32, Rangef)| (other - x).abs() < 5.0 && range.intersects(reach);
        if !taken.iter().any(meets) {
            break;
        }
        x += away * 6.0;
    }
    taken.push((x, reach));
    x
}

fn span(a: f32, b: f32) -> Rangef {
    Rangef::new(a.min(b), a.max(b))
}

fn near(rect: &Rect, from: Pos2, to: Pos2) -> f32 {
    let centre = rect.center();
    (centre.y - from.y).abs().min((centre.y - to.y).abs())
}

/// Straight runs with round corners.
fn rounded(corners: &[Pos2]) -> Vec<Pos2> {
    let mut line = vec![corners[0]];
    for three in corners.windows(3) {
        let [a, b, c] = [three[0], three[1], three[2]];
        let radius = CORNER.min(a.distance(b) * 0.5).min(b.distance(c) * 0.5);
        if radius < 0.5 {
            line.push(b);
            continue;
        }
        let (enter, leave) = (b + (a - b).normalized() * radius, b + (c - b).normalized() * radius);
        for i in 0..=4 {
            let t = i as f32 / 4.0;
            let s = 1.0 - t;
            line.push(pos2(
                s * s * enter.x + 2.0 * s * t * b.x + t * t * leave.x,
                s * s * enter.y + 2.0 * s * t * b.y + t * t * leave.y,
            ));
        }
    }
    line.push(corners[corners.len() - 1]);
    line
}

/// The point after a share of a line's length.
pub(crate) fn along(line: &[Pos2], share: f32) -> Pos2 {
    let length: f32 = line.windows(2).map(|pair| pair[0].distance(pair[1])).sum();
    let mut left = length * share.clamp(0.0, 1.0);
    for pair in line.windows(2) {
        let piece = pair[0].distance(pair[1]);
        if left <= piece && piece > 0.0 {
            return pair[0].lerp(pair[1], left / piece);
        }
        left -= piece;
    }
    line.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy_egui::egui::vec2;

    fn wire(from: Pos2, to: Pos2, nodes: (usize, usize)) -> Ends<'static> {
        Ends { from, to, nodes, bends: &[] }
    }

    /// Three nodes in a row, with ports on their edges.
    fn row() -> Vec<Rect> {
        (0..3)
            .map(|i| Rect::from_min_size(pos2(i as f32 * 300.0, 0.0), vec2(150.0, 200.0)))
            .collect()
    }

    fn runs_behind(line: &[Pos2], rect: Rect) -> bool {
        line.windows(2).any(|pair| {
            (0..=8).any(|i| rect.shrink(1.0).contains(pair[0].lerp(pair[1], i as f32 / 8.0)))
        })
    }

    #[test]
    fn lines_begin_and_end_at_their_ports() {
        let nodes = row();
        let bends = [pos2(200.0, -50.0), pos2(500.0, 300.0)];
        for route in [Route::Spline, Route::Straight, Route::Orthogonal] {
            let ends = [
                wire(pos2(150.0, 50.0), pos2(300.0, 80.0), (0, 1)),
                wire(pos2(750.0, 50.0), pos2(0.0, 80.0), (2, 0)),
                wire(pos2(150.0, 50.0), pos2(600.0, 60.0), (0, 2)),
                Ends { bends: &bends, ..wire(pos2(150.0, 50.0), pos2(600.0, 60.0), (0, 2)) },
            ];
            for (line, ends) in lines(&ends, &nodes, route).iter().zip(&ends) {
                assert_eq!((line.first(), line.last()), (Some(&ends.from), Some(&ends.to)));
                assert!(line.iter().all(|point| point.x.is_finite() && point.y.is_finite()));
                for bend in ends.bends {
                    let is_near = |point: &Pos2| point.distance(*bend) < 10.0;
                    assert!(line.iter().any(is_near), "{route:?} misses {bend:?}");
                }
            }
        }
    }

    #[test]
    fn no_lane_runs_behind_a_node() {
        let nodes = row();
        let ends = [
            wire(pos2(750.0, 50.0), pos2(0.0, 80.0), (2, 0)),
            wire(pos2(750.0, 90.0), pos2(300.0, 80.0), (2, 1)),
            wire(pos2(150.0, 50.0), pos2(600.0, 60.0), (0, 2)),
            wire(pos2(150.0, 70.0), pos2(600.0, 90.0), (0, 2)),
        ];
        let lines = lines(&ends, &nodes, Route::Spline);
        for line in &lines {
            assert!(nodes.iter().all(|rect| !runs_behind(line, *rect)), "{line:?}");
        }
    }

    #[test]
    fn level_runs_of_several_lanes_keep_apart() {
        let nodes = row();
        let ends: Vec<Ends<'_>> = (0..4)
            .map(|i| {
                wire(pos2(750.0, 40.0 + 20.0 * i as f32), pos2(0.0, 40.0 + 20.0 * i as f32), (2, 0))
            })
            .collect();
        let level = |line: &Vec<Pos2>| line.iter().map(|point| point.y).fold(f32::MAX, f32::min);
        let below = |line: &Vec<Pos2>| line.iter().map(|point| point.y).fold(f32::MIN, f32::max);
        let lines = lines(&ends, &nodes, Route::Spline);
        for (i, a) in lines.iter().enumerate() {
            for b in &lines[..i] {
                let apart = (level(a) - level(b)).abs().max((below(a) - below(b)).abs());
                assert!(apart >= 7.0, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn a_thousand_nodes_on_one_spot_still_have_lines() {
        let nodes = vec![Rect::from_min_size(pos2(0.0, 0.0), vec2(150.0, 200.0)); 1000];
        let ends: Vec<Ends<'_>> =
            (1..1000).map(|i| wire(pos2(150.0, 50.0), pos2(0.0, 50.0), (i - 1, i))).collect();
        assert!(lines(&ends, &nodes, Route::Spline).iter().all(|line| line.len() > 2));
    }
}

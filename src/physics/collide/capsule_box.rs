//! A capsule against a box, in one lane.
//!
//! The first contact is where the capsule's axis comes closest to the box. A capsule that lies on a
//! face or an edge needs a second one, which MuJoCo places by rules on the feature of the box that is
//! closest (engine_collision_box.c): as far along the axis as this still lies above the same face. The
//! rules are kept, so that a capsule rests on a box as it does there.

use super::per_lane::Manifold;
use super::sphere_box::sphere_box;
use super::sphere_capsule::TINY;
use super::{Contact, Shape};
use crate::math::spatial::*;

/// The part of the box that is closest to the capsule's axis.
enum Feature {
    /// The axis ends inside.
    Interior,
    /// The face across this axis of the box.
    Face(usize),
    /// A corner, by the signs of its coordinates.
    Corner([f64; 3]),
    /// The edge along an axis, by the signs of its corners, and where on it, from -1 to 1.
    Edge(usize, [f64; 3], f64),
}

/// Where the capsule's axis is closest, from -1 to 1.
struct Closest {
    at: f64,
    squared: f64,
    feature: Feature,
}

pub(super) fn capsule_box(a: &Shape<f64>, b: &Shape<f64>, found: &mut Manifold) {
    let between = sub3(a.pos, b.pos);
    let into_box = |v: V3<f64>| -> V3<f64> { std::array::from_fn(|k| dot3(b.axis(k), v)) };
    let (centre, axis) = (into_box(between), into_box(a.axis(2)));
    let segment = Segment {
        centre,
        axis,
        half: axis.map(|x| x * a.size[1]),
        length: a.size[1],
        noise: found.noise(),
    };

    let mut closest = Closest { at: 0.0, squared: f64::INFINITY, feature: Feature::Interior };
    segment.closest_end(b.size, &mut closest);
    segment.closest_edge(b.size, &mut closest);

    let mut at = |t: f64| {
        let pos = mul_add3(a.axis(2), t * segment.length, a.pos);
        let sphere = Shape { pos, ..*a };
        let mut contact = [Contact::absent()];
        sphere_box(&sphere, b, found.margin(), true, &mut contact);
        found.push(contact[0]);
    };
    at(closest.at);
    // One point twice is MuJoCo's answer where the axis only touches, and none of a tie.
    if let Some(step) = segment.second(b.size, &closest)
        && (step.abs() > segment.noise || !(0..3).any(|k| segment.level(k)))
    {
        at(closest.at + step);
    }
}

/// A capsule's axis in the frame of the box: centre and half of it.
struct Segment {
    centre: V3<f64>,
    axis: V3<f64>,
    half: V3<f64>,
    length: f64,
    noise: f64,
}

impl Segment {
    /// Whether a component of the axis is all rounding.
    fn level(&self, k: usize) -> bool {
        self.axis[k].abs() < self.noise
    }

    /// Ends of the axis that are inside, or beyond one face only.
    fn closest_end(&self, size: V3<f64>, closest: &mut Closest) {
        for end in [-1.0, 1.0] {
            let point = mul_add3(self.half, end, self.centre);
            let excess = std::array::from_fn(|k| (point[k].abs() - size[k]).max(0.0));
            let beyond = |k: &usize| excess[*k] > 0.0;
            let squared = dot3(excess, excess);
            if (0..3).filter(beyond).count() <= 1 && squared < closest.squared {
                let feature = (0..3).find(beyond).map_or(Feature::Interior, Feature::Face);
                *closest = Closest { at: end, squared, feature };
            }
        }
    }

    /// The nearest points of the axis and each edge: on lines first, then clamped to one and the
    /// other.
    fn closest_edge(&self, size: V3<f64>, closest: &mut Closest) {
        let tie = TINY.max(self.noise * dot3(size, size));
        for j in 0..3 {
            for corner in 0..4 {
                let (p, q) = if j == 0 { (1, 2) } else { (0, 3 - j) };
                let mut signs = [-1.0; 3];
                signs[p] = if corner & 1 == 0 { -1.0 } else { 1.0 };
                signs[q] = if corner & 2 == 0 { -1.0 } else { 1.0 };
                let mut middle: V3<f64> = std::array::from_fn(|k| signs[k] * size[k]);
                middle[j] = 0.0;
                let offset = sub3(middle, self.centre);

                // Minimise |middle + x size_j e_j - centre - t half|^2.
                let (ee, et, tt) =
                    (size[j] * size[j], -size[j] * self.half[j], self.length * self.length);
                let (u, v) = (-size[j] * offset[j], dot3(self.half, offset));
                let det = ee * tt - et * et;
                if det < TINY.max(self.noise * self.noise * ee * tt) {
                    continue; // parallel
                }
                let (mut x, mut t) = ((tt * u - et * v) / det, (ee * v - et * u) / det);
                // An edge's end stays one, even if the second clamp moves x back.
                let mut side = 0.0;
                if x.abs() > 1.0 {
                    x = x.signum();
                    side = x;
                    t = (v - et * x) / tt;
                }
                if t.abs() > 1.0 {
                    t = t.signum();
                    x = (u - et * t) / ee;
                    if x.abs() > 1.0 {
                        x = x.signum();
                        side = x;
                    }
                }
                let mut gap = mul_add3(self.half, -t, offset);
                gap[j] += size[j] * x;
                let squared = dot3(gap, gap);
                if squared < closest.squared - tie {
                    let feature = if side == 0.0 {
                        Feature::Edge(j, signs, x)
                    } else {
                        signs[j] = side;
                        Feature::Corner(signs)
                    };
                    *closest = Closest { at: t, squared, feature };
                }
            }
        }
    }

    /// How far along the axis from the closest point the second contact lies.
    fn second(&self, size: V3<f64>, closest: &Closest) -> Option<f64> {
        let at = closest.at;
        let (axis, half) = (self.axis, self.half);
        // Which way the axis runs, and how far until it has crossed the box. The sign of a component
        // that is all rounding means nothing.
        let sign = half.map(|x| if x > 0.0 { 1.0 } else { -1.0 });
        let across = |k: usize| 2.0 * size[k] / half[k].abs();
        match &closest.feature {
            Feature::Interior => None,
            Feature::Face(face) => {
                // From this end towards the other, until the axis leaves the face.
                let mut step: f64 = 2.0;
                for k in (0..3).filter(|k| k != face) {
                    let end = self.centre[k] + at * half[k];
                    for side in [size[k], -size[k]] {
                        let reach = (side - end) / (-at * half[k]);
                        if reach > 0.0 {
                            step = step.min(reach);
                        }
                    }
                }
                Some(-at * step)
            }
            Feature::Corner(corner) => {
                // Axes along which the capsule runs from the corner out of the box.
                // Of a level one there is a choice: such that the capsule, which lies along a face or
                // an edge, gets its second contact.
                let mut away: [bool; 3] = std::array::from_fn(|k| sign[k] != corner[k]);
                let main = (0..3).fold(0, |m, k| if axis[k].abs() > axis[m].abs() { k } else { m });
                for k in (0..3).filter(|&k| self.level(k)) {
                    away[k] = !away[main];
                }
                let count = away.iter().filter(|&&away| away).count();
                // If it runs away along one or along two of three, that axis is singled out.
                let (forward, single) = match count {
                    1 => (1.0, (0..3).find(|&k| away[k])?),
                    2 => (-1.0, (0..3).find(|&k| !away[k])?),
                    _ => return None,
                };
                if axis[single] * axis[single] > 0.5 {
                    // Along the edge.
                    Some(forward * (1.0 - forward * at).min(across(single)))
                } else {
                    // Along the face, the other way.
                    let (p, q) = ((single + 1) % 3, (single + 2) % 3);
                    let step = (1.0 + forward * at).min(across(p)).min(across(q));
                    Some(-forward * step)
                }
            }
            Feature::Edge(j, corner, x) => {
                let (p, q) = ((j + 1) % 3, (j + 2) % 3);
                let away = |k: usize| sign[k] != corner[k];
                if away(p) == away(q) && !self.level(p) && !self.level(q) {
                    return None; // the axis and the edge make a T
                }
                // The face that the axis is less steep to.
                let along = if axis[p].abs() > axis[q].abs() { p } else { q };
                let forward = if away(along) { 1.0 } else { -1.0 };
                let room = if (sign[*j] > 0.0) == away(along) { 1.0 - x } else { 1.0 + x };
                let step =
                    (1.0 - forward * at).min(across(along)).min(size[*j] * room / half[*j].abs());
                Some(forward * step)
            }
        }
    }
}

//! The list of geoms that may touch, with the parameters of their contacts.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use super::names::find;
use crate::model::diagnostic::Diagnostics;
use crate::model::spec::Spec;
use crate::model::spec_forces::PairSpec;
use crate::model::types::{Geom, GeomType, Model, Pair};

/// Coefficients of friction are at least this (`mjMINMU`).
const MIN_MU: f64 = 1e-5;
/// `solmix` below this counts as zero (`mjMINVAL`).
const MIN_MIX: f64 = super::MIN_VAL;
/// Every pair costs time in every step, so a longer list is taken for a mistake.
const MAX_PAIRS: usize = 100_000;
/// Looking at more couples than this takes seconds.
const MAX_CHECKS: usize = 100_000_000;

/// For each body the one it is rigidly fixed to, as far up as that goes; itself if it has a joint or is
/// moved by the user.
pub(super) fn weld_ids(model: &Model) -> Vec<usize> {
    let mut ids: Vec<usize> = Vec::with_capacity(model.bodies.len());
    for (body_idx, body) in model.bodies.iter().enumerate() {
        let fixed = body.jntnum == 0 && body_idx > 0 && !body.mocap;
        ids.push(if fixed { ids[body.parentid] } else { body_idx });
    }
    ids
}

pub(super) fn compile_pairs(spec: &Spec, model: &mut Model, sink: &mut Diagnostics) {
    let rules = Rules::new(spec, model, sink);
    let explicit = explicit_pairs(spec, model, &rules, sink);
    if !spec.contact.enabled {
        return;
    }
    let given: HashSet<[usize; 2]> = explicit.iter().map(|(_, pair)| key(pair)).collect();
    let mut pairs = explicit;
    // A geom without any bit touches nothing; many models have visual ones.
    let solid: Vec<usize> = (0..model.geoms.len())
        .filter(|&idx| model.geoms[idx].contype | model.geoms[idx].conaffinity != 0)
        .collect();
    let moving: Vec<usize> =
        solid.iter().copied().filter(|&geom| rules.moves[model.geoms[geom].bodyid]).collect();
    if moving.len().saturating_mul(solid.len()) > MAX_CHECKS {
        let message = format!("{} moving geoms could touch {} geoms", moving.len(), solid.len());
        let remedy = "set contype=\"0\" conaffinity=\"0\" where nothing should touch";
        sink.error(&spec.origin, message, remedy);
        return;
    }
    for &a in &moving {
        for &b in &solid {
            // Of two that move each couple comes once.
            if b == a || (b < a && rules.moves[model.geoms[b].bodyid]) {
                continue;
            }
            let (one, other) = (a.min(b), a.max(b));
            let may_touch = masks_meet(&model.geoms[one], &model.geoms[other])
                && rules.bodies_meet(model, one, other)
                && shapes_meet(model, one, other);
            if !may_touch || given.contains(&[one, other]) {
                continue;
            }
            if pairs.len() >= MAX_PAIRS {
                let message = format!("more than {MAX_PAIRS} pairs of geoms could touch");
                let remedy = "set contype and conaffinity so that only geoms that should touch do";
                sink.error(&spec.origin, message, remedy);
                return;
            }
            pairs.push((1, mixed(model, one, other)));
        }
    }
    // Explicit pairs come first among those of the same two bodies.
    pairs.sort_by_key(|(rank, pair)| {
        let geoms = if *rank == 0 { [0; 2] } else { key(pair) };
        (bodies(model, pair), *rank, geoms)
    });
    model.pairs = pairs.into_iter().map(|(_, pair)| pair).collect();
}

fn key(pair: &Pair) -> [usize; 2] {
    [pair.geom1.min(pair.geom2), pair.geom1.max(pair.geom2)]
}

fn bodies(model: &Model, pair: &Pair) -> [usize; 2] {
    let (one, other) = (model.geoms[pair.geom1].bodyid, model.geoms[pair.geom2].bodyid);
    [one.min(other), one.max(other)]
}

/// What keeps bodies from touching.
struct Rules {
    weld: Vec<usize>,
    /// Of each body: its weld has a joint.
    moves: Vec<bool>,
    filterparent: bool,
    excludes: HashSet<[usize; 2]>,
}

impl Rules {
    fn new(spec: &Spec, model: &Model, sink: &mut Diagnostics) -> Self {
        let weld = weld_ids(model);
        let mut moves = vec![false; model.bodies.len()];
        for (body_idx, body) in model.bodies.iter().enumerate().skip(1) {
            moves[body_idx] = body.dofnum > 0 || moves[body.parentid];
        }
        let mut excludes = HashSet::new();
        for (origin, [one, other]) in &spec.contact.excludes {
            let mut lookup = |name: &String| {
                let names = model.bodies.iter().map(|body| &body.name);
                find("body", name, names, origin, sink)
            };
            if let (Some(one), Some(other)) = (lookup(one), lookup(other)) {
                excludes.insert([one.min(other), one.max(other)]);
            }
        }
        Self { weld, moves, filterparent: spec.contact.filterparent, excludes }
    }

    /// Not of one rigid body, not parent and child (unless the parent is the world), not excluded, and
    /// one of them moves.
    fn bodies_meet(&self, model: &Model, one: usize, other: usize) -> bool {
        let (body1, body2) = (model.geoms[one].bodyid, model.geoms[other].bodyid);
        let (weld1, weld2) = (self.weld[body1], self.weld[body2]);
        let parent = |weld_idx: usize| self.weld[model.bodies[weld_idx].parentid];
        let related =
            weld1 != 0 && weld2 != 0 && (weld1 == parent(weld2) || weld2 == parent(weld1));
        weld1 != weld2
            && (self.moves[body1] || self.moves[body2])
            && !(related && self.filterparent)
            && !self.excludes.contains(&[body1.min(body2), body1.max(body2)])
    }
}

fn masks_meet(one: &Geom, other: &Geom) -> bool {
    one.contype & other.conaffinity != 0 || other.contype & one.conaffinity != 0
}

/// Planes and height fields do not touch each other.
fn shapes_meet(model: &Model, one: usize, other: usize) -> bool {
    let is_ground =
        |idx: usize| matches!(model.geoms[idx].geom_type, GeomType::Plane | GeomType::HeightField);
    !(is_ground(one) && is_ground(other))
}

/// Contact functions expect the geoms in the order of their types.
fn ordered(model: &Model, one: usize, other: usize) -> (usize, usize) {
    let rank = |idx: usize| (model.geoms[idx].geom_type, idx);
    if rank(one) <= rank(other) { (one, other) } else { (other, one) }
}

/// The parameters of a contact by those of the two geoms.
fn mixed(model: &Model, one: usize, other: usize) -> Pair {
    let (geom1, geom2) = ordered(model, one, other);
    let (a, b) = (&model.geoms[geom1], &model.geoms[geom2]);
    let mut pair = Pair {
        geom1,
        geom2,
        is_explicit: false,
        condim: a.condim,
        friction: mixed_friction(a, b),
        solref: a.solref,
        solreffriction: [0.0; 2],
        solimp: a.solimp,
        margin: a.margin + b.margin,
        gap: a.gap + b.gap,
    };
    if a.priority < b.priority {
        pair.condim = b.condim;
        pair.solref = b.solref;
        pair.solimp = b.solimp;
    } else if a.priority == b.priority {
        let share = match (a.solmix >= MIN_MIX, b.solmix >= MIN_MIX) {
            (true, true) => a.solmix / (a.solmix + b.solmix),
            (false, false) => 0.5,
            (true, false) => 1.0,
            (false, true) => 0.0,
        };
        let blend = |x: f64, y: f64| share * x + (1.0 - share) * y;
        pair.condim = a.condim.max(b.condim);
        // Averages of the two forms of solref would mean nothing.
        let is_standard = a.solref[0] > 0.0 && b.solref[0] > 0.0;
        pair.solref = [0, 1].map(|k| match is_standard {
            true => blend(a.solref[k], b.solref[k]),
            false => a.solref[k].min(b.solref[k]),
        });
        pair.solimp = [0, 1, 2, 3, 4].map(|k| blend(a.solimp[k], b.solimp[k]));
    }
    pair
}

/// Of the geom with the higher priority; between equals, of each kind the larger.
fn mixed_friction(a: &Geom, b: &Geom) -> [f64; 5] {
    unpack(match a.priority.cmp(&b.priority) {
        Ordering::Greater => a.friction,
        Ordering::Less => b.friction,
        Ordering::Equal => [0, 1, 2].map(|k| a.friction[k].max(b.friction[k])),
    })
}

impl Model {
    /// Multiplies the friction of geoms, by factors of shape (ngeom,) with none where it stays, and brings
    /// that of their contacts up to date: mixed anew, or, where a `<pair>` gave it, multiplied once by the
    /// larger of its two geoms' factors.
    pub fn scale_friction(&mut self, factors: &[Option<f64>]) {
        for (geom, factor) in self.geoms.iter_mut().zip(factors) {
            if let Some(factor) = factor {
                geom.friction = geom.friction.map(|mu| mu * factor);
            }
        }
        for pair in &mut self.pairs {
            let factor = match (factors[pair.geom1], factors[pair.geom2]) {
                (Some(one), Some(other)) => one.max(other),
                (Some(factor), None) | (None, Some(factor)) => factor,
                (None, None) => continue,
            };
            pair.friction = match pair.is_explicit {
                true => pair.friction.map(|mu| (mu * factor).max(MIN_MU)),
                false => mixed_friction(&self.geoms[pair.geom1], &self.geoms[pair.geom2]),
            };
        }
    }
}

fn unpack([slide, spin, roll]: [f64; 3]) -> [f64; 5] {
    [slide, slide, spin, roll, roll].map(|coefficient| coefficient.max(MIN_MU))
}

/// Pairs that the user names, with rank 0.
fn explicit_pairs(
    spec: &Spec,
    model: &Model,
    rules: &Rules,
    sink: &mut Diagnostics,
) -> Vec<(u8, Pair)> {
    let mut lines: HashMap<[usize; 2], u32> = HashMap::new();
    let mut pairs = Vec::new();
    for pair in &spec.contact.pairs {
        let mut lookup = |name: &String| {
            let names = model.geoms.iter().map(|geom| &geom.name);
            find("geom", name, names, &pair.origin, sink)
        };
        let [one, other] = &pair.geoms;
        let (Some(one), Some(other)) = (lookup(one), lookup(other)) else { continue };
        let bodies = [one, other].map(|geom| model.geoms[geom].bodyid);
        if rules.weld[bodies[0]] == rules.weld[bodies[1]]
            || bodies.iter().all(|body| !rules.moves[*body])
        {
            let message = "the two geoms never move against each other: the pair is left out";
            sink.warning(&pair.origin, message, "remove the pair");
            continue;
        }
        if !shapes_meet(model, one, other) {
            let message = "planes and height fields do not touch each other";
            sink.warning(&pair.origin, message, "remove the pair");
            continue;
        }
        let compiled = explicit(model, pair, one, other);
        if let Some(line) = lines.insert(key(&compiled), pair.origin.line) {
            let message = format!("the pair is there already, in line {line}: it acts twice");
            sink.warning(&pair.origin, message, "remove one of them");
        }
        pairs.push((0, compiled));
    }
    pairs
}

fn explicit(model: &Model, pair: &PairSpec, one: usize, other: usize) -> Pair {
    let (geom1, geom2) = ordered(model, one, other);
    Pair {
        geom1,
        geom2,
        is_explicit: true,
        condim: pair.condim,
        friction: pair.friction.map(|coefficient| coefficient.max(MIN_MU)),
        solref: pair.solref,
        solreffriction: pair.solreffriction,
        solimp: pair.solimp,
        margin: pair.margin,
        gap: pair.gap,
    }
}

//! Whether two geoms could ever touch. This version simulates no contacts, so a model in which they
//! could is refused.

use super::diagnostic::{Diagnostics, suggest};
use super::spec::{GeomSpec, Spec};
use super::types::Model;

/// For each body the one it is rigidly fixed to, as far up as that goes; itself if it has a joint.
pub(super) fn weld_ids(model: &Model) -> Vec<usize> {
    let mut ids: Vec<usize> = Vec::with_capacity(model.bodies.len());
    for (body_idx, body) in model.bodies.iter().enumerate() {
        let fixed = body.jntnum == 0 && body_idx > 0;
        ids.push(if fixed { ids[body.parentid] } else { body_idx });
    }
    ids
}

/// Names the first pair of geoms that could touch, by MuJoCo's rules, and counts the others.
pub(super) fn check_collisions(spec: &Spec, model: &Model, sink: &mut Diagnostics) {
    let excludes = resolve_excludes(spec, model, sink);
    if !spec.contact.enabled {
        return;
    }
    let weld = weld_ids(model);
    let specs: Vec<&GeomSpec> = spec.bodies.iter().flat_map(|body| &body.geoms).collect();
    let mut first = None;
    let mut count = 0;
    // A geom without any bit touches nothing; most models have few with some.
    let solid: Vec<usize> = (0..model.geoms.len())
        .filter(|&idx| model.geoms[idx].contype | model.geoms[idx].conaffinity != 0)
        .collect();
    for (place, &one) in solid.iter().enumerate() {
        for &other in &solid[place + 1..] {
            let pair = (one, other);
            if masks_meet(model, pair) && bodies_meet(spec, model, &weld, &excludes, pair) {
                count += 1;
                first.get_or_insert(pair);
            }
        }
    }
    let Some((one, other)) = first else { return };
    let others = match count - 1 {
        0 => String::new(),
        1 => " (and 1 other pair)".to_owned(),
        others => format!(" (and {others} other pairs)"),
    };
    let message = format!(
        "it could touch {}{others}, and contacts are not simulated by this version",
        describe(model, specs[other], other)
    );
    let remedy =
        "set contype=\"0\" conaffinity=\"0\" on the geoms, for example in <default><geom .../>";
    sink.error(&specs[one].origin, message, remedy);
}

fn describe(model: &Model, spec: &GeomSpec, geom: usize) -> String {
    let body = &model.bodies[model.geoms[geom].bodyid].name;
    format!("{} of body \"{body}\" in line {}", spec.origin.element, spec.origin.line)
}

fn masks_meet(model: &Model, (one, other): (usize, usize)) -> bool {
    let (one, other) = (&model.geoms[one], &model.geoms[other]);
    one.contype & other.conaffinity != 0 || other.contype & one.conaffinity != 0
}

/// Not of one rigid body, not parent and child (unless the parent is the world), not excluded.
fn bodies_meet(
    spec: &Spec,
    model: &Model,
    weld: &[usize],
    excludes: &[[usize; 2]],
    (one, other): (usize, usize),
) -> bool {
    let (body1, body2) = (model.geoms[one].bodyid, model.geoms[other].bodyid);
    let (weld1, weld2) = (weld[body1], weld[body2]);
    let parent = |weld_idx: usize| weld[model.bodies[weld_idx].parentid];
    let related = weld1 != 0 && weld2 != 0 && (weld1 == parent(weld2) || weld2 == parent(weld1));
    let filtered = related && spec.contact.filterparent;
    let excluded = excludes.contains(&[body1, body2]) || excludes.contains(&[body2, body1]);
    weld1 != weld2 && !filtered && !excluded
}

fn resolve_excludes(spec: &Spec, model: &Model, sink: &mut Diagnostics) -> Vec<[usize; 2]> {
    let mut excludes = Vec::new();
    for (origin, names) in &spec.contact.excludes {
        let mut find = |name: &str| {
            let found = model.body_id(name);
            if found.is_none() {
                let known = model.bodies.iter().map(|body| body.name.as_str());
                let message = format!("there is no body \"{name}\"");
                sink.error(origin, message, suggest(name, known));
            }
            found
        };
        let [one, other] = names;
        if let (Some(one), Some(other)) = (find(one), find(other)) {
            excludes.push([one, other]);
        }
    }
    excludes
}

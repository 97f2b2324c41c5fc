//! Names: checks that each is unique, and finds the element of a name.

use std::collections::HashMap;

use crate::model::diagnostic::{Diagnostics, Origin, suggest};
use crate::model::spec::Spec;

pub(super) fn check_names(spec: &Spec, sink: &mut Diagnostics) {
    let bodies = || spec.bodies.iter().skip(1);
    let joints = bodies().flat_map(|body| &body.joints);
    let geoms = spec.bodies.iter().flat_map(|body| &body.geoms);
    let sites = spec.bodies.iter().flat_map(|body| &body.sites);
    check_unique("joint", joints.map(|it| (&it.name, &it.origin)), sink);
    check_unique("geom", geoms.map(|it| (&it.name, &it.origin)), sink);
    check_unique("site", sites.map(|it| (&it.name, &it.origin)), sink);
    let cameras = spec.bodies.iter().flat_map(|body| &body.cameras);
    let lights = spec.bodies.iter().flat_map(|body| &body.lights);
    check_unique("camera", cameras.map(|it| (&it.name, &it.origin)), sink);
    check_unique("light", lights.map(|it| (&it.name, &it.origin)), sink);
    check_unique("material", spec.materials.iter().map(|it| (&it.name, &it.origin)), sink);
    check_unique("texture", spec.textures.iter().map(|it| (&it.name, &it.origin)), sink);
    check_unique("mesh", spec.meshes.iter().map(|it| (&it.name, &it.origin)), sink);
    check_unique("hfield", spec.hfields.iter().map(|it| (&it.name, &it.origin)), sink);
    check_unique("pair", spec.contact.pairs.iter().map(|it| (&it.name, &it.origin)), sink);
    check_unique("tendon", spec.tendons.iter().map(|it| (&it.name, &it.origin)), sink);
    check_unique("equality", spec.equalities.iter().map(|it| (&it.name, &it.origin)), sink);
    check_unique("actuator", spec.actuators.iter().map(|it| (&it.name, &it.origin)), sink);
    check_unique("sensor", spec.sensors.iter().map(|it| (&it.name, &it.origin)), sink);
    check_unique("key", spec.keys.iter().map(|it| (&it.name, &it.origin)), sink);
    check_unique("body", bodies().map(|it| (&it.name, &it.origin)), sink);
    for body in bodies().filter(|body| body.name == "world") {
        let message = "a body is called \"world\", as the world itself";
        sink.error(&body.origin, message, "rename it");
    }
}

fn check_unique<'a>(
    kind: &str,
    named: impl Iterator<Item = (&'a String, &'a Origin)>,
    sink: &mut Diagnostics,
) {
    let mut lines: HashMap<&str, u32> = HashMap::new();
    for (name, origin) in named.filter(|(name, _)| !name.is_empty()) {
        if let Some(line) = lines.get(name.as_str()) {
            let kinds = if kind == "body" { "bodies".to_owned() } else { format!("{kind}s") };
            let message = format!("there are two {kinds} \"{name}\", the other in line {line}");
            sink.error(origin, message, "rename one of them");
        } else {
            lines.insert(name, origin.line);
        }
    }
}

/// The index of the element of this name, or a diagnostic with the nearest one.
pub(super) fn find<'a>(
    kind: &str,
    name: &str,
    names: impl Iterator<Item = &'a String> + Clone,
    origin: &Origin,
    sink: &mut Diagnostics,
) -> Option<usize> {
    let found = names.clone().position(|known| known == name).filter(|_| !name.is_empty());
    if found.is_none() {
        let message = format!("there is no {kind} \"{name}\"");
        let known = names.map(String::as_str);
        // The nearest name takes time to find, and nobody would see it.
        let remedy = if sink.is_full() { String::new() } else { suggest(name, known) };
        sink.error(origin, message, remedy);
    }
    found
}

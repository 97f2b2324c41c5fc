//! Tendons: what they run over, and how long they are at the reference position.

use super::joint::resolve_limit;
use super::names::find;
use super::reference::{Placed, place_at};
use super::route::path_length;
use crate::model::diagnostic::{Diagnostics, Origin};
use crate::model::spec::Spec;
use crate::model::spec_forces::{PathPart, TendonSpec};
use crate::model::types::{GeomType, JointType, Model, Tendon, TendonLeg, TendonPath, WrapGeom};

pub(super) fn compile_tendons(spec: &Spec, model: &mut Model, sink: &mut Diagnostics) {
    if spec.tendons.is_empty() {
        return;
    }
    let placed = place_at(model, &model.qpos0);
    let at_springs = place_at(model, &model.qpos_spring);
    for tendon in &spec.tendons {
        let tendon = compile_tendon(tendon, spec, model, [&placed, &at_springs], sink);
        model.tendons.push(tendon);
    }
}

fn compile_tendon(
    tendon: &TendonSpec,
    spec: &Spec,
    model: &Model,
    [placed, at_springs]: [&[Placed]; 2],
    sink: &mut Diagnostics,
) -> Tendon {
    let path = match tendon.is_spatial {
        true => TendonPath::Sites(compile_legs(tendon, model, sink)),
        false => TendonPath::Joints(compile_joints(tendon, model, sink)),
    };
    let autolimits = spec.compiler.autolimits;
    let mut limit = |name: &str, limited, range| {
        resolve_limit(name, limited, range, autolimits, &tendon.origin, sink)
    };
    let limited = limit("range", tendon.limited, tendon.range);
    let actfrclimited = limit("actuatorfrcrange", tendon.actfrclimited, tendon.actfrcrange);
    let length0 = path_length(model, placed, &model.qpos0, &path);
    let is_given = tendon.springlength != [-1.0; 2];
    let lengthspring = match is_given {
        true => tendon.springlength,
        false => [path_length(model, at_springs, &model.qpos_spring, &path); 2],
    };
    Tendon {
        name: tendon.name.clone(),
        path,
        limited,
        range: tendon.range,
        margin: tendon.margin,
        solref_limit: tendon.solref_limit,
        solimp_limit: tendon.solimp_limit,
        frictionloss: tendon.frictionloss,
        solref_friction: tendon.solref_friction,
        solimp_friction: tendon.solimp_friction,
        stiffness: tendon.stiffness,
        damping: tendon.damping,
        armature: tendon.armature,
        lengthspring,
        actfrcrange: actfrclimited.then_some(tendon.actfrcrange),
        length0,
        invweight0: 0.0,
    }
}

fn compile_joints(tendon: &TendonSpec, model: &Model, sink: &mut Diagnostics) -> Vec<(usize, f64)> {
    let mut joints: Vec<(usize, f64)> = Vec::new();
    for (origin, name, coefficient) in &tendon.joints {
        let names = model.joints.iter().map(|joint| &joint.name);
        let Some(joint) = find("joint", name, names, origin, sink) else { continue };
        if matches!(model.joints[joint].jnt_type, JointType::Free | JointType::Ball) {
            let message = format!("joint \"{name}\" has no single position");
            sink.error(origin, message, "a tendon runs over hinge and slide joints");
        } else if joints.iter().any(|(other, _)| *other == joint) {
            let message = format!("joint \"{name}\" is in the tendon twice");
            sink.error(origin, message, "add up the coefficients");
        } else {
            joints.push((joint, *coefficient));
        }
    }
    if tendon.joints.is_empty() {
        sink.error(&tendon.origin, "the tendon runs over no joint", "add <joint joint coef>");
    }
    joints
}

/// The ways from site to site. A pulley ends one branch and begins the next, whose lengths its divisor divides.
fn compile_legs(tendon: &TendonSpec, model: &Model, sink: &mut Diagnostics) -> Vec<TendonLeg> {
    let mut legs = Vec::new();
    let mut divisor = 1.0;
    let mut last_site = None;
    let mut over: Option<(&Origin, WrapGeom)> = None;
    let mut n_sites = 0;
    let not_between = |origin: &Origin, sink: &mut Diagnostics| {
        let message = "the geom does not stand between two sites";
        sink.error(origin, message, "write a <site> before and after it");
    };
    let end_branch = |n_sites: usize, origin: &Origin, sink: &mut Diagnostics| {
        if n_sites < 2 {
            let message = "a branch of the tendon has less than two sites";
            sink.error(origin, message, "write a <site> at both ends of every branch");
        }
    };
    for (origin, part) in &tendon.parts {
        match part {
            PathPart::Site(name) => {
                let names = model.sites.iter().map(|site| &site.name);
                n_sites += 1;
                let Some(site) = find("site", name, names, origin, sink) else {
                    (last_site, over) = (None, None);
                    continue;
                };
                if last_site == Some(site) && over.is_none() {
                    let message = format!("site \"{name}\" follows itself");
                    sink.error(origin, message, "remove one of the two");
                }
                if let Some(before) = last_site {
                    let over = over.map(|(_, geom)| geom);
                    legs.push(TendonLeg { sites: [before, site], over, divisor });
                }
                (last_site, over) = (Some(site), None);
            }
            PathPart::Geom(name, sidesite) => {
                if n_sites == 0 || over.is_some() {
                    not_between(origin, sink);
                }
                over = wrap_geom(origin, name, sidesite.as_deref(), model, sink)
                    .map(|geom| (origin, geom));
            }
            PathPart::Pulley(number) => {
                if let Some((origin, _)) = over {
                    not_between(origin, sink);
                }
                end_branch(n_sites, origin, sink);
                (last_site, over, n_sites, divisor) = (None, None, 0, *number);
            }
        }
    }
    if let Some((origin, _)) = over {
        not_between(origin, sink);
    }
    end_branch(n_sites, &tendon.origin, sink);
    if tendon.armature > 0.0 && legs.iter().any(|leg| leg.over.is_some()) {
        let message = "armature of a tendon about geoms is not simulated, nor is it by MuJoCo";
        sink.error(&tendon.origin, message, "remove armature, or the geoms");
    }
    legs
}

fn wrap_geom(
    origin: &Origin,
    name: &str,
    sidesite: Option<&str>,
    model: &Model,
    sink: &mut Diagnostics,
) -> Option<WrapGeom> {
    let geom = find("geom", name, model.geoms.iter().map(|it| &it.name), origin, sink)?;
    let sidesite = match sidesite {
        Some(site) => {
            Some(find("site", site, model.sites.iter().map(|it| &it.name), origin, sink)?)
        }
        None => None,
    };
    if !matches!(model.geoms[geom].geom_type, GeomType::Sphere | GeomType::Cylinder) {
        let message = format!("geom \"{name}\" is neither a sphere nor a cylinder");
        sink.error(origin, message, "a tendon goes about spheres and cylinders");
        return None;
    }
    Some(WrapGeom { geom, sidesite })
}

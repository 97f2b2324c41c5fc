//! A specification into a model: names, the tree, masses, and what acts on it.

mod actuator;
mod body;
mod constants;
mod equality;
mod finite;
mod geom;
mod joint;
mod key;
mod look;
mod names;
mod pairs;
mod reference;
mod route;
mod same_frame;
mod sensor;
mod tendon;

use super::asset::{Assets, load_assets};
use super::diagnostic::Diagnostics;
use super::files::Files;
use super::spec::{BodySpec, Spec};
use super::types::{Body, Headlight, Locations, MAX_DOFS, Model};
use actuator::compile_actuators;
use body::{body_mass, body_pose};
use constants::set_constants;
use equality::compile_equalities;
use finite::infinite_part;
use geom::{compile_geom, compile_site};
use joint::{check_joint_mix, compile_joint};
use key::compile_key;
use look::{compile_materials, compile_views, material_id, set_offsets};
use names::check_names;
use pairs::compile_pairs;
pub(super) use reference::place_bodies;
use same_frame::join_frames;
use sensor::compile_sensors;
use tendon::compile_tendons;

/// Masses and inertias below this count as zero (`mjMINVAL`).
pub(super) const MIN_VAL: f64 = 1e-15;

/// The model; none if there is an error in this stage or there was one before.
pub(super) fn compile(spec: &Spec, files: &Files, sink: &mut Diagnostics) -> Option<Model> {
    check_names(spec, sink);
    let mut assets = load_assets(spec, files, sink);
    let mut model = empty_model(spec);
    let mut flawed: Vec<bool> = spec.bodies.iter().map(|body| body.flawed).collect();
    compile_materials(spec, std::mem::take(&mut assets.textures), &mut model, sink);
    for body_idx in 0..spec.bodies.len() {
        let n_errors = sink.n_errors();
        compile_body(spec, body_idx, &assets, &mut model, sink);
        flawed[body_idx] |= sink.n_errors() > n_errors;
    }
    model.nq = model.qpos0.len();
    model.nv = model.dofs.len();
    check_moving_masses(spec, &model, &flawed, sink);
    scale_to_total_mass(spec, &mut model);
    sum_subtree_masses(&mut model);
    join_frames(&mut model);
    compile_tendons(spec, &mut model, sink);
    compile_actuators(spec, &mut model, sink);
    let placed = place_bodies(&model);
    set_offsets(&mut model, &placed);
    compile_equalities(spec, &placed, &mut model, sink);
    compile_sensors(spec, &mut model, sink);
    for key in &spec.keys {
        let key = compile_key(key, &model, sink);
        model.keyframes.push(key);
    }
    compile_pairs(spec, &mut model, sink);
    model.meshes = assets.meshes.into_iter().map(|solid| solid.mesh).collect();
    model.hfields = assets.hfields;
    if model.nv > MAX_DOFS {
        let message = format!("the model has {} degrees of freedom", model.nv);
        sink.error(&spec.origin, message, format!("at most {MAX_DOFS} are simulated"));
    }
    if sink.has_errors() {
        return None;
    }
    set_constants(spec, &mut model, &placed, sink);
    if let Some(part) = infinite_part(&model).filter(|_| !sink.has_errors()) {
        let message = format!("{part} is beyond what numbers of 32 bits can hold");
        sink.error(&spec.origin, message, "check the sizes, masses, ranges and positions");
    }
    Some(model)
}

fn empty_model(spec: &Spec) -> Model {
    Model {
        name: spec.name.clone(),
        opt: spec.opt.clone(),
        nq: 0,
        nv: 0,
        nu: 0,
        na: 0,
        nsensordata: 0,
        bodies: Vec::with_capacity(spec.bodies.len()),
        joints: Vec::new(),
        dofs: Vec::new(),
        actuators: Vec::new(),
        geoms: Vec::new(),
        pairs: Vec::new(),
        sites: Vec::new(),
        cameras: Vec::new(),
        lights: Vec::new(),
        headlight: Headlight::default(),
        materials: Vec::new(),
        textures: Vec::new(),
        meshes: Vec::new(),
        hfields: Vec::new(),
        tendons: Vec::new(),
        equalities: Vec::new(),
        sensors: Vec::new(),
        keyframes: Vec::new(),
        qpos0: Vec::new(),
        qpos_spring: Vec::new(),
        meaninertia: 1.0,
        geom_locations: Locations::default(),
    }
}

/// Appends a body and its joints, geoms and sites; its ancestors are in the model already.
fn compile_body(
    spec: &Spec,
    body_idx: usize,
    assets: &Assets,
    model: &mut Model,
    sink: &mut Diagnostics,
) {
    let body = &spec.bodies[body_idx];
    let compiler = &spec.compiler;
    let pose = body_pose(body, compiler, sink);
    let is_static = !moves(spec, body_idx);
    let mut parts = Vec::new();
    for geom in &body.geoms {
        if geom.fluid_ellipsoid && !spec.opt.medium.is_empty() {
            let message = "fluidshape=\"ellipsoid\" is not simulated by this version";
            let remedy = "remove it: the medium then resists each body by its mass and inertia";
            sink.error(&geom.origin, message, remedy);
        }
        let material = geom.material.as_deref();
        let matid = material_id(spec, material, &geom.origin, sink);
        let location = geom.origin.location();
        let (mut geom, part) = compile_geom(geom, body_idx, is_static, assets, compiler, sink);
        geom.matid = matid;
        geom.rgba = spec.colour(geom.rgba, material);
        model.geoms.push(geom);
        model.geom_locations.push(location);
        parts.extend(part);
    }
    for site in &body.sites {
        let material = site.material.as_deref();
        material_id(spec, material, &site.origin, sink);
        let mut site = compile_site(site, body_idx, compiler, sink);
        site.rgba = spec.colour(site.rgba, material);
        model.sites.push(site);
    }
    compile_views(spec, body, body_idx, model, sink);
    let rootid = match body.parent {
        0 => body_idx,
        parent => model.bodies[parent].rootid,
    };
    if body.mocap && (body.parent != 0 || !body.joints.is_empty()) {
        let message = "a mocap body is moved by the user, not by joints or a parent";
        sink.error(&body.origin, message, "put it into <worldbody>, without joints");
    }
    let mut compiled = Body {
        name: body.name.clone(),
        parentid: body.parent,
        rootid,
        pos: pose.pos,
        quat: pose.quat,
        ipos: [0.0; 3],
        iquat: [1.0, 0.0, 0.0, 0.0],
        mass: 0.0,
        inertia: [0.0; 3],
        subtreemass: 0.0,
        jntadr: model.joints.len(),
        jntnum: body.joints.len(),
        dofadr: model.dofs.len(),
        dofnum: body.joints.iter().map(|joint| joint.jnt_type.nv()).sum(),
        invweight0: [0.0; 2],
        only_slides: false,
        gravcomp: body.gravcomp,
        mocap: body.mocap,
    };
    // The world has no mass, whatever is fixed to it.
    if body_idx > 0 {
        let mass = body_mass(body, &parts, pose, compiler, sink);
        compiled.mass = mass.mass;
        compiled.ipos = mass.ipos;
        compiled.iquat = mass.iquat;
        compiled.inertia = mass.inertia;
    }
    model.bodies.push(compiled);
    check_joint_mix(body, sink);
    for joint in &body.joints {
        compile_joint(joint, body_idx, spec, model, sink);
    }
}

/// The body or one of its ancestors has a joint.
fn moves(spec: &Spec, mut body_idx: usize) -> bool {
    while body_idx > 0 {
        let body = &spec.bodies[body_idx];
        if !body.joints.is_empty() {
            return true;
        }
        body_idx = body.parent;
    }
    false
}

/// A body with joints has to weigh something, itself or through bodies fixed to it. Of a flawed body
/// nothing is known: what is wrong with it has been said.
fn check_moving_masses(spec: &Spec, model: &Model, flawed: &[bool], sink: &mut Diagnostics) {
    let mut has_mass: Vec<bool> = model
        .bodies
        .iter()
        .zip(flawed)
        .map(|(body, flawed)| {
            let weighs =
                body.mass >= MIN_VAL && body.inertia.iter().all(|moment| *moment >= MIN_VAL);
            weighs || *flawed
        })
        .collect();
    for body_idx in (1..model.bodies.len()).rev() {
        let body = &model.bodies[body_idx];
        if body.jntnum == 0 && has_mass[body_idx] {
            has_mass[body.parentid] = true;
        }
    }
    for (body_idx, body) in spec.bodies.iter().enumerate().skip(1) {
        if !body.joints.is_empty() && !has_mass[body_idx] {
            sink.error(
                &body.origin,
                "the body moves but its mass or inertia is zero",
                massless_remedy(body),
            );
        }
    }
}

fn massless_remedy(body: &BodySpec) -> &'static str {
    match body.inertial {
        Some(_) => "give its <inertial> a mass and three moments (diaginertia) above zero",
        None => "give it a geom with a mass, or an <inertial>",
    }
}

fn scale_to_total_mass(spec: &Spec, model: &mut Model) {
    let wanted = spec.compiler.settotalmass;
    if wanted <= 0.0 {
        return;
    }
    let total: f64 = model.bodies.iter().map(|body| body.mass).sum();
    let factor = (wanted / total.max(MIN_VAL)).max(MIN_VAL);
    for body in &mut model.bodies {
        body.mass *= factor;
        body.inertia = body.inertia.map(|moment| moment * factor);
    }
}

fn sum_subtree_masses(model: &mut Model) {
    for body in &mut model.bodies {
        body.subtreemass = body.mass;
    }
    for body_idx in (1..model.bodies.len()).rev() {
        let parent = model.bodies[body_idx].parentid;
        model.bodies[parent].subtreemass += model.bodies[body_idx].subtreemass;
    }
}

//! A specification into a model: names, the tree, masses, motors, keyframes.

use std::collections::HashMap;

use super::collide::check_collisions;
use super::compile_body::{body_mass, compile_geom};
use super::compile_joint::{compile_joint, resolve_limit};
use super::constants::set_constants;
use super::diagnostic::{Diagnostics, Origin, suggest};
use super::spec::{BodySpec, KeySpec, Limited, MotorSpec, Spec};
use super::types::{Actuator, Body, Keyframe, Model};

/// Masses and inertias below this count as zero (`mjMINVAL`).
pub(super) const MIN_VAL: f64 = 1e-15;

/// The model; none if there is an error in this stage or there was one before.
pub(super) fn compile(spec: &Spec, sink: &mut Diagnostics) -> Option<Model> {
    check_names(spec, sink);
    let mut model = Model {
        name: spec.name.clone(),
        opt: spec.opt.clone(),
        nq: 0,
        nv: 0,
        nu: spec.motors.len(),
        bodies: Vec::with_capacity(spec.bodies.len()),
        joints: Vec::new(),
        dofs: Vec::new(),
        actuators: Vec::new(),
        geoms: Vec::new(),
        keyframes: Vec::new(),
        qpos0: Vec::new(),
        qpos_spring: Vec::new(),
        meaninertia: 1.0,
    };
    let mut flawed: Vec<bool> = spec.bodies.iter().map(|body| body.flawed).collect();
    for body_idx in 0..spec.bodies.len() {
        let n_errors = sink.n_errors();
        compile_body(spec, body_idx, &mut model, sink);
        flawed[body_idx] |= sink.n_errors() > n_errors;
    }
    model.nq = model.qpos0.len();
    model.nv = model.dofs.len();
    check_moving_masses(spec, &model, &flawed, sink);
    scale_to_total_mass(spec, &mut model);
    sum_subtree_masses(&mut model);
    for motor in &spec.motors {
        let actuator = compile_motor(motor, spec, &model, sink);
        model.actuators.extend(actuator);
    }
    for key in &spec.keys {
        let key = compile_key(key, &model, sink);
        model.keyframes.push(key);
    }
    check_collisions(spec, &model, sink);
    if sink.has_errors() {
        return None;
    }
    set_constants(spec, &mut model, sink);
    Some(model)
}

fn check_names(spec: &Spec, sink: &mut Diagnostics) {
    let bodies = || spec.bodies.iter().skip(1);
    let joints = bodies().flat_map(|body| &body.joints);
    let geoms = spec.bodies.iter().flat_map(|body| &body.geoms);
    check_unique("joint", joints.map(|it| (&it.name, &it.origin)), sink);
    check_unique("geom", geoms.map(|it| (&it.name, &it.origin)), sink);
    let motors = spec.motors.iter();
    check_unique("actuator", motors.map(|it| (&it.name, &it.origin)), sink);
    let keys = spec.keys.iter();
    check_unique("key", keys.map(|it| (&it.name, &it.origin)), sink);
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
            let message = format!("there are two {kind}s \"{name}\", the other in line {line}");
            sink.error(origin, message, "rename one of them");
        } else {
            lines.insert(name, origin.line);
        }
    }
}

/// Appends a body and its joints and geoms; its ancestors are in the model already.
fn compile_body(spec: &Spec, body_idx: usize, model: &mut Model, sink: &mut Diagnostics) {
    let body = &spec.bodies[body_idx];
    let compiler = &spec.compiler;
    let quat = body.orientation.resolve(compiler.angles, &body.origin, sink);
    let first_geom = model.geoms.len();
    let is_static = !moves(spec, body_idx);
    for geom in &body.geoms {
        let geom = compile_geom(geom, body_idx, is_static, compiler, sink);
        model.geoms.push(geom);
    }
    let rootid = match body.parent {
        0 => body_idx,
        parent => model.bodies[parent].rootid,
    };
    let mut compiled = Body {
        name: body.name.clone(),
        parentid: body.parent,
        rootid,
        pos: body.pos,
        quat,
        ipos: [0.0; 3],
        iquat: [1.0, 0.0, 0.0, 0.0],
        mass: 0.0,
        inertia: [0.0; 3],
        subtreemass: 0.0,
        jntadr: model.joints.len(),
        jntnum: body.joints.len(),
        dofadr: model.dofs.len(),
        dofnum: body.joints.len(),
        invweight0: [0.0; 2],
    };
    // The world has no mass, whatever is fixed to it.
    if body_idx > 0 {
        let geoms = &model.geoms[first_geom..];
        let mass = body_mass(body, geoms, body.pos, quat, compiler, sink);
        compiled.mass = mass.mass;
        compiled.ipos = mass.ipos;
        compiled.iquat = mass.iquat;
        compiled.inertia = mass.inertia;
    }
    model.bodies.push(compiled);
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

fn compile_motor(
    motor: &MotorSpec,
    spec: &Spec,
    model: &Model,
    sink: &mut Diagnostics,
) -> Option<Actuator> {
    let autolimits = spec.compiler.autolimits;
    let mut limit = |name: &str, limited: Limited, range: [f64; 2]| {
        let limited = resolve_limit(name, limited, range, autolimits, &motor.origin, sink);
        limited.then_some(range)
    };
    let ctrlrange = limit("ctrlrange", motor.ctrllimited, motor.ctrlrange);
    let forcerange = limit("forcerange", motor.forcelimited, motor.forcerange);
    let Some(joint) = &motor.joint else {
        let message = "the motor drives nothing";
        sink.error(&motor.origin, message, "add joint=\"...\"");
        return None;
    };
    let Some(jntid) = model.joint_id(joint).filter(|_| !joint.is_empty()) else {
        let names = model.joints.iter().map(|joint| joint.name.as_str());
        let message = format!("there is no joint \"{joint}\"");
        sink.error(&motor.origin, message, suggest(joint, names));
        return None;
    };
    if motor.gear[0] == 0.0 {
        let message = "the gear of the motor is 0: it drives nothing";
        sink.warning(&motor.origin, message, "give it a gear, or remove the motor");
    }
    Some(Actuator { name: motor.name.clone(), jntid, gear: motor.gear[0], ctrlrange, forcerange })
}

fn compile_key(key: &KeySpec, model: &Model, sink: &mut Diagnostics) -> Keyframe {
    let mut vector = |name: &str, given: &Option<Vec<f64>>, size: usize, or_else: Vec<f64>| {
        let given = given.as_ref().filter(|given| !given.is_empty());
        match given {
            Some(given) if given.len() == size => given.clone(),
            Some(given) => {
                let message = format!("{name} has {} numbers instead of {size}", given.len());
                let remedy = format!("write {size} numbers, or remove {name}");
                sink.error(&key.origin, message, remedy);
                or_else
            }
            None => or_else,
        }
    };
    Keyframe {
        name: key.name.clone(),
        qpos: vector("qpos", &key.qpos, model.nq, model.qpos0.clone()),
        qvel: vector("qvel", &key.qvel, model.nv, vec![0.0; model.nv]),
        ctrl: vector("ctrl", &key.ctrl, model.nu, vec![0.0; model.nu]),
    }
}

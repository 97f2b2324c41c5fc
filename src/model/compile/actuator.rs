//! Actuators: what they act on, their ranges and where their states are.

use super::joint::resolve_limit;
use super::names::find;
use crate::model::diagnostic::{Diagnostics, Origin};
use crate::model::spec::{Limited, Spec};
use crate::model::spec_forces::{ActuatorSpec, DynType, N_PARAMETERS, TargetKind, Term};
use crate::model::types::{Actuator, ActuatorDynamics, JointType, Model, Muscle, Transmission};

pub(super) fn compile_actuators(spec: &Spec, model: &mut Model, sink: &mut Diagnostics) {
    for actuator in &spec.actuators {
        if let Some(compiled) = compile_actuator(actuator, spec, model, sink) {
            model.na += usize::from(compiled.actadr.is_some());
            add_rotor(actuator, compiled.transmission, model, sink);
            model.actuators.push(compiled);
        }
    }
    model.nu = model.actuators.len();
}

fn compile_actuator(
    it: &ActuatorSpec,
    spec: &Spec,
    model: &Model,
    sink: &mut Diagnostics,
) -> Option<Actuator> {
    let transmission = resolve_target(it, model, sink);
    let (mut it_ctrl, mut it_act) = ((it.ctrllimited, it.ctrlrange), (it.actlimited, it.actrange));
    if let (Some(transmission), true) = (transmission, it.inheritrange > 0.0) {
        let range = inherited_range(it, transmission, model, sink)?;
        match it.dyntype {
            DynType::Integrator => it_act = (Limited::Yes, range),
            _ => it_ctrl = (Limited::Yes, range),
        }
    }
    let autolimits = spec.compiler.autolimits;
    let mut limit = |name: &str, (limited, range): (Limited, [f64; 2])| {
        let limited = resolve_limit(name, limited, range, autolimits, &it.origin, sink);
        limited.then_some(range)
    };
    let ctrlrange = limit("ctrlrange", it_ctrl);
    let forcerange = limit("forcerange", (it.forcelimited, it.forcerange));
    let actrange = limit("actrange", it_act);
    let time = it.dynprm[0];
    let dynamics = match it.dyntype {
        DynType::None => ActuatorDynamics::None,
        DynType::Integrator => ActuatorDynamics::Integrator,
        DynType::Filter => ActuatorDynamics::Filter(time),
        DynType::FilterExact => ActuatorDynamics::FilterExact(time),
        DynType::Muscle => ActuatorDynamics::Muscle(it.dynprm),
    };
    if matches!(it.dyntype, DynType::Filter | DynType::FilterExact) && time <= 0.0 {
        let message = format!("the time constant of the filter is {time}");
        sink.error(&it.origin, message, "write a first dynprm (or timeconst) above zero");
    }
    let has_state = dynamics != ActuatorDynamics::None;
    if actrange.is_some() && !has_state {
        let message = "actrange limits a state, and this actuator has none";
        sink.error(&it.origin, message, "remove actrange, or give it a dyntype");
    }
    let is_muscle = it.gaintype == Term::Muscle || it.biastype == Term::Muscle;
    if is_muscle {
        check_muscle(it, transmission, sink);
    }
    let affine = |term: Term, prm: &[f64; N_PARAMETERS]| match term {
        Term::Fixed => [prm[0], 0.0, 0.0],
        Term::Affine => [prm[0], prm[1], prm[2]],
        Term::None | Term::Muscle => [0.0; 3],
    };
    Some(Actuator {
        name: it.name.clone(),
        transmission: transmission?,
        gear: it.gear,
        gainprm: affine(it.gaintype, &it.gainprm),
        biasprm: affine(it.biastype, &it.biasprm),
        gain_muscle: (it.gaintype == Term::Muscle).then(|| muscle(&it.gainprm)),
        bias_muscle: (it.biastype == Term::Muscle).then(|| muscle(&it.biasprm)),
        lengthrange: it.lengthrange,
        acc0: 0.0,
        dynamics,
        actadr: has_state.then_some(model.na),
        actearly: it.actearly,
        ctrlrange,
        forcerange,
        actrange,
    })
}

fn muscle(prm: &[f64; N_PARAMETERS]) -> Muscle {
    let [low, high, force, scale, lmin, lmax, vmax, fpmax, fvmax] = *prm;
    Muscle { range: [low, high], force, scale, lmin, lmax, vmax, fpmax, fvmax }
}

/// What MuJoCo demands of a muscle, and what is missing here: it finds the range of lengths by pulling both ways.
fn check_muscle(it: &ActuatorSpec, transmission: Option<Transmission>, sink: &mut Diagnostics) {
    let laws = [(it.gaintype, &it.gainprm), (it.biastype, &it.biasprm)];
    for (_, prm) in laws.iter().filter(|(term, _)| *term == Term::Muscle) {
        let it_is = muscle(prm);
        let wrong = if it_is.range[0] >= it_is.range[1] {
            Some(("its range is empty", "write the smaller number of range first"))
        } else if it_is.lmin >= 1.0 || it_is.lmax <= 1.0 {
            Some(("it cannot have its optimal length", "write lmin below 1 and lmax above 1"))
        } else if [it_is.scale, it_is.vmax, it_is.fpmax, it_is.fvmax].iter().any(|x| *x <= 0.0) {
            let remedy = "write scale, vmax, fpmax and fvmax above zero";
            Some(("one of scale, vmax, fpmax and fvmax is not above zero", remedy))
        } else {
            None
        };
        if let Some((what, remedy)) = wrong {
            sink.error(&it.origin, format!("the muscle is impossible: {what}"), remedy);
            return;
        }
    }
    let [low, high] = it.lengthrange;
    if low >= high {
        let message = "the lengths that a muscle can have are not found by this version";
        let remedy = "write them as lengthrange=\"SHORTEST LONGEST\"";
        sink.error(&it.origin, message, remedy);
    }
    if matches!(transmission, Some(Transmission::Body(_))) {
        let message = "a muscle that pulls at contacts is not simulated by this version";
        sink.error(&it.origin, message, "let it drive a joint, a tendon or a site");
    }
}

fn resolve_target(
    it: &ActuatorSpec,
    model: &Model,
    sink: &mut Diagnostics,
) -> Option<Transmission> {
    let Some((kind, name)) = &it.target else {
        let message = "the actuator drives nothing";
        sink.error(
            &it.origin,
            message,
            "add joint=\"...\", tendon=\"...\", site=\"...\" or body=\"...\"",
        );
        return None;
    };
    let joints = model.joints.iter().map(|joint| &joint.name);
    let transmission = match kind {
        TargetKind::Joint => Transmission::Joint(find("joint", name, joints, &it.origin, sink)?),
        TargetKind::JointInParent => {
            Transmission::JointInParent(find("joint", name, joints, &it.origin, sink)?)
        }
        TargetKind::Tendon => {
            let names = model.tendons.iter().map(|tendon| &tendon.name);
            Transmission::Tendon(find("tendon", name, names, &it.origin, sink)?)
        }
        TargetKind::Site => {
            let names = model.sites.iter().map(|site| &site.name);
            Transmission::Site(find("site", name, names, &it.origin, sink)?)
        }
        TargetKind::Body => {
            let names = model.bodies.iter().map(|body| &body.name);
            Transmission::Body(find("body", name, names, &it.origin, sink)?)
        }
    };
    let used = match transmission {
        Transmission::Joint(joint) | Transmission::JointInParent(joint) => {
            model.joints[joint].jnt_type.nv()
        }
        Transmission::Tendon(_) => 1,
        Transmission::Site(_) => 6,
        // Adhesion has no gear.
        Transmission::Body(_) => return Some(transmission),
    };
    if it.gear[..used].iter().all(|gear| *gear == 0.0) {
        let message = "the gear is 0: the actuator drives nothing";
        sink.warning(&it.origin, message, "give it a gear, or remove the actuator");
    }
    Some(transmission)
}

/// The range of the target about its middle, widened by `inheritrange`.
fn inherited_range(
    it: &ActuatorSpec,
    transmission: Transmission,
    model: &Model,
    sink: &mut Diagnostics,
) -> Option<[f64; 2]> {
    let is_servo = it.gaintype == Term::Fixed
        && it.biastype == Term::Affine
        && it.gainprm[0] == -it.biasprm[1];
    if !is_servo {
        let message = "inheritrange is for actuators that hold a position";
        sink.error(&it.origin, message, "remove inheritrange, or use <position>");
        return None;
    }
    let range = match transmission {
        Transmission::Joint(joint) | Transmission::JointInParent(joint) => {
            model.joints[joint].range
        }
        Transmission::Tendon(tendon) => model.tendons[tendon].range,
        Transmission::Site(_) | Transmission::Body(_) => [0.0; 2],
    };
    let [low, high] = range;
    if low >= high {
        let message = "inheritrange: what it drives has no range";
        sink.error(&it.origin, message, "give the joint or tendon a range, or write ctrlrange");
        return None;
    }
    let (middle, half) = ((low + high) / 2.0, (high - low) / 2.0 * it.inheritrange);
    Some([middle - half, middle + half])
}

/// Inertia and damping of the rotor, seen through the gear, belong to what it drives: the sum is the
/// same as if both were written there.
fn add_rotor(
    it: &ActuatorSpec,
    transmission: Transmission,
    model: &mut Model,
    sink: &mut Diagnostics,
) {
    if it.armature == 0.0 && it.damping == 0.0 {
        return;
    }
    let gear = it.gear[0] * it.gear[0];
    let refuse = |origin: &Origin, sink: &mut Diagnostics| {
        let message = "armature and damping of an actuator need a hinge, a slide or a tendon";
        sink.error(origin, message, "remove them, or write them into the joint");
    };
    match transmission {
        Transmission::Tendon(tendon) => {
            let tendon = &mut model.tendons[tendon];
            tendon.armature += gear * it.armature;
            tendon.damping += gear * it.damping;
        }
        Transmission::Joint(joint) | Transmission::JointInParent(joint) => {
            let joint = &model.joints[joint];
            if !matches!(joint.jnt_type, JointType::Hinge | JointType::Slide) {
                return refuse(&it.origin, sink);
            }
            let dof = &mut model.dofs[joint.dofadr];
            dof.armature += gear * it.armature;
            dof.damping += gear * it.damping;
        }
        Transmission::Site(_) | Transmission::Body(_) => refuse(&it.origin, sink),
    }
}

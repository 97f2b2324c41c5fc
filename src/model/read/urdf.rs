//! URDF: links and joints as bodies, and a motor for each joint that has an effort.
//!
//! As in MuJoCo, the root link is fixed to the world, or is the world if it is called so; a base floats
//! if a floating joint ties it to a link "world". Looks are left out. Links that are fixed to others stay
//! bodies of their own here.

use std::collections::{HashMap, HashSet};

use super::option::read_compiler;
use super::urdf_parts::{Origins, read_collision, read_inertial};
use crate::model::diagnostic::{Diagnostics, Origin, suggest};
use crate::model::spec::{BodySpec, JointSpec, Limited, Spec};
use crate::model::spec_forces::{
    ActuatorSpec, EqualityBase, EqualityKind, EqualitySpec, TargetKind,
};
use crate::model::types::JointType;
use crate::model::xml::{Element, set};

/// Deeper chains of links are taken for a mistake, as deeper files are.
const MAX_DEPTH: usize = 256;

/// A link in the tree, with the joint that it hangs from.
struct Link<'a> {
    element: &'a Element,
    joint: Option<&'a Element>,
    children: Vec<usize>,
}

/// The robot as a specification; none if the root is not `<robot>` or the links are no tree.
pub(in crate::model) fn read_robot(root: &Element, sink: &mut Diagnostics) -> Option<Spec> {
    if root.tag != "robot" {
        let message = format!("the root is <{}>, not <robot>", root.tag);
        sink.error(&root.origin, message, "this reader takes URDF models only");
        return None;
    }
    let name = root.text("name").unwrap_or("robot").to_owned();
    let mut spec = Spec::empty(root.origin.clone(), name);
    spec.compiler.angles.degree = false;
    for section in &root.children {
        match section.tag.as_str() {
            "link" | "joint" | "material" => {}
            "mujoco" => {
                for child in section.children.iter().filter(|child| child.tag == "compiler") {
                    read_compiler(child, &mut spec.compiler, sink);
                }
            }
            tag => {
                let message = format!("<{tag}> of a URDF is ignored, like all of its kind");
                sink.note_once(tag, &section.origin, message);
            }
        }
    }
    // Whatever the file says, angles of URDF are radians, and rpy is about fixed axes.
    spec.compiler.angles.degree = false;
    spec.compiler.angles.eulerseq = *b"XYZ";
    let links = read_tree(root, sink)?;
    build(&links, &mut spec, sink);
    Some(spec)
}

/// All links with their children; the first is the root.
fn read_tree<'a>(root: &'a Element, sink: &mut Diagnostics) -> Option<Vec<Link<'a>>> {
    let n_errors = sink.n_errors();
    let mut links: Vec<Link<'a>> = Vec::new();
    let mut index: HashMap<String, usize> = HashMap::new();
    for element in root.children.iter().filter(|child| child.tag == "link") {
        let Some(name) = element.required("name", sink) else { continue };
        if index.insert(name.clone(), links.len()).is_some() {
            let message = format!("there are two links \"{name}\"");
            sink.error(&element.origin, message, "rename one of them");
        }
        links.push(Link { element, joint: None, children: Vec::new() });
    }
    let names: Vec<&str> = links.iter().filter_map(|link| link.element.text("name")).collect();
    for joint in root.children.iter().filter(|child| child.tag == "joint") {
        let mut end = |tag: &str| {
            let Some(end) = joint.children.iter().find(|child| child.tag == tag) else {
                let message = format!("the joint has no <{tag}>");
                sink.error(&joint.origin, message, format!("add <{tag} link=\"...\"/>"));
                return None;
            };
            let name = end.required("link", sink)?;
            let found = index.get(&name).copied();
            if found.is_none() {
                let message = format!("there is no link \"{name}\"");
                sink.error(&end.at("link"), message, suggest(&name, names.iter().copied()));
            }
            found
        };
        let (Some(parent), Some(child)) = (end("parent"), end("child")) else { continue };
        if links[child].joint.is_some() || parent == child {
            let message = "its child hangs from two joints, or from itself";
            sink.error(&joint.origin, message, "the links of a robot are a tree: cut the loop");
            continue;
        }
        links[child].joint = Some(joint);
        links[parent].children.push(child);
    }
    if links.is_empty() {
        sink.error(&root.origin, "the robot has no links", "add <link name=\"base\"/>");
    }
    (sink.n_errors() == n_errors).then_some(links)
}

/// Appends the bodies in depth-first order.
fn build(links: &[Link<'_>], spec: &mut Spec, sink: &mut Diagnostics) {
    let mut seen = HashSet::new();
    let mut meshes = HashMap::new();
    let mut roots = (0..links.len()).filter(|link| links[*link].joint.is_none());
    // (link, parent body, depth); the last comes next.
    let mut stack: Vec<(usize, usize, usize)> =
        roots.by_ref().map(|root| (root, 0, 0)).collect::<Vec<_>>().into_iter().rev().collect();
    while let Some((link, parent, depth)) = stack.pop() {
        seen.insert(link);
        let Link { element, joint, children } = &links[link];
        if depth > MAX_DEPTH {
            let message = format!("the chain of links is more than {MAX_DEPTH} long");
            sink.error(&element.origin, message, "join links that are fixed to each other");
            return;
        }
        let name = element.text("name").unwrap_or_default();
        let body = if joint.is_none() && name == "world" {
            0
        } else {
            let mut body = BodySpec::new(element.origin.clone(), name.to_owned(), parent);
            if let Some(joint) = joint {
                let place = Origins::read(joint, sink);
                (body.pos, body.orientation) = (place.pos, place.orientation);
                read_joint(joint, &mut body, spec, sink);
            } else {
                let message = "the root link is fixed to the world; for a floating base add a link \
                               \"world\" and a joint of type floating from it";
                sink.note_once("root", &element.origin, message);
            }
            spec.bodies.push(body);
            spec.bodies.len() - 1
        };
        read_link(element, body, spec, &mut meshes, sink);
        stack.extend(children.iter().rev().map(|child| (*child, body, depth + 1)));
    }
    if let Some(lost) = (0..links.len()).find(|link| !seen.contains(link)) {
        let message = "the link hangs from itself, through others";
        sink.error(&links[lost].element.origin, message, "cut the loop");
    }
}

fn read_link(
    element: &Element,
    body: usize,
    spec: &mut Spec,
    meshes: &mut HashMap<String, String>,
    sink: &mut Diagnostics,
) {
    let n_errors = sink.n_errors();
    for child in &element.children {
        match child.tag.as_str() {
            "inertial" if body > 0 => {
                spec.bodies[body].inertial = Some(read_inertial(child, sink));
            }
            "collision" => {
                let geom = read_collision(child, spec, meshes, sink);
                spec.bodies[body].geoms.extend(geom);
            }
            tag => {
                let message = format!("<{tag}> of a link is ignored, like all of its kind");
                sink.note_once(&format!("link {tag}"), &child.origin, message);
            }
        }
    }
    spec.bodies[body].flawed |= sink.n_errors() > n_errors;
}

fn read_joint(element: &Element, body: &mut BodySpec, spec: &mut Spec, sink: &mut Diagnostics) {
    let jnt_type = match element.text("type") {
        Some("revolute" | "continuous") => JointType::Hinge,
        Some("prismatic") => JointType::Slide,
        Some("floating") => JointType::Free,
        Some("fixed") => return,
        Some("planar") => {
            let message = "planar joints are not simulated by this version";
            let remedy = "use two prismatic joints and a revolute one, with small links between";
            sink.error(&element.origin, message, remedy);
            return;
        }
        other => {
            let message = format!("the joint is of type {other:?}");
            let remedy = "one of: revolute, continuous, prismatic, fixed, floating";
            sink.error(&element.origin, message, remedy);
            return;
        }
    };
    let name = element.required("name", sink).unwrap_or_default();
    let mut joint = JointSpec {
        origin: element.origin.clone(),
        name: name.clone(),
        jnt_type,
        axis: [1.0, 0.0, 0.0],
        limited: Limited::No,
        ..JointSpec::default()
    };
    let mut effort = 0.0;
    let mut mimic = None;
    for child in &element.children {
        match child.tag.as_str() {
            "origin" | "parent" | "child" => {}
            "axis" => set(&mut joint.axis, child.numbers("xyz", sink)),
            "dynamics" => {
                set(&mut joint.damping, child.amount("damping", sink));
                set(&mut joint.frictionloss, child.amount("friction", sink));
            }
            "limit" => {
                set(&mut joint.range[0], child.number("lower", sink));
                set(&mut joint.range[1], child.number("upper", sink));
                effort = child.amount("effort", sink).unwrap_or(0.0);
            }
            "mimic" => mimic = Some(child),
            tag => {
                let message = format!("<{tag}> of a joint is ignored, like all of its kind");
                sink.note_once(&format!("joint {tag}"), &child.origin, message);
            }
        }
    }
    if jnt_type == JointType::Free {
        (joint.damping, joint.frictionloss) = (0.0, 0.0);
        body.joints.push(joint);
        return;
    }
    if matches!(element.text("type"), Some("revolute" | "prismatic")) {
        match joint.range[0] < joint.range[1] {
            true => joint.limited = Limited::Yes,
            false => sink.warning(
                &element.origin,
                "the joint has no range: it moves without limits",
                "add <limit lower upper effort velocity/>, or say type=\"continuous\"",
            ),
        }
    }
    if effort > 0.0 {
        (joint.actfrclimited, joint.actfrcrange) = (Limited::Yes, [-effort, effort]);
    }
    match mimic {
        Some(mimic) => spec.equalities.extend(read_mimic(mimic, &name, sink)),
        None => spec.actuators.extend(motor(&name, effort, &element.origin, sink)),
    }
    body.joints.push(joint);
}

/// A motor whose control is the force, up to the joint's effort.
fn motor(name: &str, effort: f64, origin: &Origin, sink: &mut Diagnostics) -> Option<ActuatorSpec> {
    if effort <= 0.0 {
        let message = "the joint has no effort, and so no motor";
        sink.note_once(&format!("motor {name}"), origin, message);
        return None;
    }
    Some(ActuatorSpec {
        origin: origin.clone(),
        name: name.to_owned(),
        target: Some((TargetKind::Joint, name.to_owned())),
        ctrllimited: Limited::Yes,
        ctrlrange: [-effort, effort],
        forcelimited: Limited::Yes,
        forcerange: [-effort, effort],
        ..ActuatorSpec::default()
    })
}

/// A joint that follows another one is held to it by an equality, and has no motor.
fn read_mimic(mimic: &Element, joint: &str, sink: &mut Diagnostics) -> Option<EqualitySpec> {
    let other = mimic.required("joint", sink)?;
    let multiplier = mimic.number("multiplier", sink).unwrap_or(1.0);
    let offset = mimic.number("offset", sink).unwrap_or(0.0);
    Some(EqualitySpec {
        origin: mimic.origin.clone(),
        name: String::new(),
        base: EqualityBase::default(),
        kind: EqualityKind::Joint {
            joint1: joint.to_owned(),
            joint2: Some(other),
            polycoef: [offset, multiplier, 0.0, 0.0, 0.0],
        },
    })
}

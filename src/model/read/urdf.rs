//! URDF: links and joints as bodies, and a motor for each joint that has an effort.
//!
//! As in MuJoCo, the root link is fixed to the world, or is the world if it is called so; a base floats
//! if a floating joint ties it to a link "world". Looks are left out, but for colours, unless the file's
//! `<mujoco><compiler discardvisual="false"/>` asks for them. Links that are fixed to others stay bodies of
//! their own here.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::option::{read_compiler, read_option};
use super::urdf_parts::{Colours, Origins, Purpose, Shapes, read_inertial};
use crate::model::diagnostic::{Diagnostics, Origin, suggest};
use crate::model::frames::{normalize, quat_from_z, rotate};
use crate::model::spec::{BodySpec, JointSpec, Limited, Spec};
use crate::model::spec_forces::{
    ActuatorSpec, EqualityBase, EqualityKind, EqualitySpec, TargetKind,
};
use crate::model::spec_looks::LookSpec;
use crate::model::types::{JointType, Vec3};
use crate::model::vocabulary::refuse_element;
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
    spec.compiler.or_stripped = true;
    let mut shapes = Shapes::new(root, sink);
    for section in root.children.iter().filter(|section| section.tag == "mujoco") {
        for child in &section.children {
            match child.tag.as_str() {
                "compiler" => {
                    let discards = child.boolean("discardvisual", sink);
                    shapes.keeps_looks = discards == Some(false);
                    read_compiler(child, &mut spec.compiler, sink);
                }
                "option" => read_option(child, &mut spec, sink),
                "size" => {}
                _ => refuse_element(child, &["compiler", "option", "size"], sink),
            }
        }
    }
    note_ignored(root, shapes.keeps_looks, sink);
    // Whatever the file says, angles of URDF are radians, and rpy is about fixed axes.
    spec.compiler.angles.degree = false;
    spec.compiler.angles.eulerseq = *b"XYZ";
    let links = read_tree(root, sink)?;
    build(&links, &mut spec, &mut shapes, sink);
    Some(spec)
}

/// The files of a `<visual>`.
fn looks(element: &Element) -> Vec<LookSpec> {
    let mut looks: Vec<LookSpec> = element.children.iter().flat_map(looks).collect();
    let is_texture = element.tag == "texture";
    looks.extend(element.name_of("filename").map(|file| LookSpec { file, is_texture }));
    looks
}

/// One note for all elements that are read past.
fn note_ignored(root: &Element, keeps_looks: bool, sink: &mut Diagnostics) {
    let known = |place: &str, tag: &str| match place {
        "robot" => matches!(tag, "link" | "joint" | "material" | "mujoco"),
        "link" => matches!(tag, "inertial" | "collision") || (keeps_looks && tag == "visual"),
        _ => {
            matches!(tag, "origin" | "parent" | "child" | "axis" | "dynamics" | "limit" | "mimic")
        }
    };
    let parts = root.children.iter().filter(|part| matches!(part.tag.as_str(), "link" | "joint"));
    let mut ignored = BTreeSet::new();
    for place in std::iter::once(root).chain(parts) {
        let tags = place.children.iter().map(|child| child.tag.as_str());
        let unknown = tags.filter(|tag| !known(&place.tag, tag));
        ignored.extend(unknown.map(|tag| format!("<{tag}> of a {}", place.tag)));
    }
    if !ignored.is_empty() {
        let list: Vec<String> = ignored.into_iter().collect();
        let message = format!("ignored, as it changes no motion: {}", list.join(", "));
        sink.note_once("ignored", &root.origin, message);
    }
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
fn build(links: &[Link<'_>], spec: &mut Spec, shapes: &mut Shapes, sink: &mut Diagnostics) {
    let mut seen = HashSet::new();
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
        read_link(element, body, spec, shapes, sink);
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
    shapes: &mut Shapes,
    sink: &mut Diagnostics,
) {
    let n_errors = sink.n_errors();
    let mut colours = Colours::default();
    for child in &element.children {
        match child.tag.as_str() {
            "inertial" if body > 0 => {
                spec.bodies[body].inertial = Some(read_inertial(child, sink));
            }
            "visual" => {
                shapes.see(child, &mut colours, sink);
                spec.looks.extend(looks(child));
                if shapes.keeps_looks {
                    let geom = shapes.read(child, Purpose::Look, spec, &colours, sink);
                    spec.bodies[body].geoms.extend(geom);
                }
            }
            "collision" => {
                let geom = shapes.read(child, Purpose::Touch, spec, &colours, sink);
                spec.bodies[body].geoms.extend(geom);
            }
            _ => {}
        }
    }
    spec.bodies[body].flawed |= sink.n_errors() > n_errors;
}

fn read_joint(element: &Element, body: &mut BodySpec, spec: &mut Spec, sink: &mut Diagnostics) {
    let jnt_type = match element.text("type") {
        Some("revolute" | "continuous") => JointType::Hinge,
        Some("prismatic") => JointType::Slide,
        Some("floating") => JointType::Free,
        Some("spherical") => JointType::Ball,
        // Two slides, and a hinge about their normal, as MuJoCo makes of it.
        Some("planar") => JointType::Hinge,
        Some("fixed") => return,
        other => {
            let message = match other {
                Some(other) => format!("\"{other}\" is no type of joint"),
                None => "the joint has no type".to_owned(),
            };
            let known = "revolute, continuous, prismatic, planar, spherical, fixed, floating";
            sink.error(&element.at("type"), message, format!("one of: {known}"));
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
                effort = child.number("effort", sink).unwrap_or(0.0).abs();
            }
            "mimic" => mimic = Some(child),
            _ => {}
        }
    }
    match (jnt_type, element.text("type")) {
        (JointType::Free, _) => {
            (joint.damping, joint.frictionloss) = (0.0, 0.0);
            return body.joints.push(joint);
        }
        (JointType::Ball, _) => {
            joint.range = [0.0; 2];
            return body.joints.push(joint);
        }
        (_, Some("planar")) => return body.joints.extend(planar(&joint)),
        _ => {}
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

/// The three joints of a planar one: along both axes of its plane, and about its normal.
fn planar(joint: &JointSpec) -> [JointSpec; 3] {
    // A joint without direction is an error of its own, which the compiler finds.
    let normal = normalize(joint.axis).map_or([0.0, 0.0, 1.0], |(normal, _)| normal);
    let turn = quat_from_z(normal);
    let part = |ending: &str, jnt_type: JointType, axis: Vec3| JointSpec {
        name: format!("{}_{ending}", joint.name),
        jnt_type,
        axis,
        range: [0.0; 2],
        ..joint.clone()
    };
    [
        part("TX", JointType::Slide, rotate(turn, [1.0, 0.0, 0.0])),
        part("TY", JointType::Slide, rotate(turn, [0.0, 1.0, 0.0])),
        part("RZ", JointType::Hinge, joint.axis),
    ]
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

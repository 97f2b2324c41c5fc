//! The tree of bodies with their joints, geoms, sites and inertias.

use super::class::{Classes, MAIN_CLASS};
use super::geom::{read_geom, read_site};
use super::joint::{read_freejoint, read_joint};
use super::look::{read_camera, read_light};
use crate::model::diagnostic::Diagnostics;
use crate::model::frames::Pose;
use crate::model::orientation::{Angles, Orientation, euler_quat};
use crate::model::spec::{BodySpec, InertialSpec};
use crate::model::vocabulary::{Harmless, Vocabulary, check_attributes, refuse_element};
use crate::model::xml::{Element, set};

const WORLDBODY: Vocabulary = Vocabulary { read: &[], ignored: &[], refused: &[] };

const BODY: Vocabulary = Vocabulary {
    read: &[
        "name",
        "childclass",
        "pos",
        "quat",
        "axisangle",
        "xyaxes",
        "zaxis",
        "euler",
        "simple",
        "gravcomp",
        "mocap",
    ],
    ignored: &["sleep", "fuse", "user"],
    refused: &[],
};

const FRAME: Vocabulary = Vocabulary {
    read: &["name", "childclass", "pos", "quat", "axisangle", "xyaxes", "zaxis", "euler"],
    ignored: &[],
    refused: &[],
};

const REPLICATE: Vocabulary =
    Vocabulary { read: &["count", "sep", "offset", "euler"], ignored: &[], refused: &[] };

/// More than this is taken for a mistake in a count.
const MAX_ELEMENTS: usize = 100_000;

const INERTIAL: Vocabulary = Vocabulary {
    read: &[
        "pos",
        "mass",
        "diaginertia",
        "fullinertia",
        "quat",
        "axisangle",
        "xyaxes",
        "zaxis",
        "euler",
    ],
    ignored: &[],
    refused: &[("class", Harmless::Never)],
};

/// `<worldbody>`: what is in it belongs to body 0, which exists.
pub(super) fn read_world(
    section: &Element,
    classes: &Classes,
    angles: Angles,
    bodies: &mut Vec<BodySpec>,
    sink: &mut Diagnostics,
) {
    check_attributes(section, &WORLDBODY, sink);
    let place = Place { body: 0, childclass: MAIN_CLASS, frame: None, suffix: "" };
    TreeReader { classes, angles, bodies, sink, count: 0 }.content(section, place);
}

/// Where in the tree an element is.
#[derive(Clone, Copy)]
struct Place<'a> {
    body: usize,
    childclass: &'a str,
    /// The `<frame>`s between the body and here.
    frame: Option<Pose>,
    /// What `<replicate>` appends to names here.
    suffix: &'a str,
}

struct TreeReader<'a> {
    classes: &'a Classes,
    angles: Angles,
    bodies: &'a mut Vec<BodySpec>,
    sink: &'a mut Diagnostics,
    /// Elements so far, copies included.
    count: usize,
}

impl TreeReader<'_> {
    fn content(&mut self, element: &Element, place: Place<'_>) {
        for child in &element.children {
            let n_errors = self.sink.n_errors();
            self.count += 1;
            if self.count >= MAX_ELEMENTS {
                if self.count == MAX_ELEMENTS {
                    let message = format!("the tree has more than {MAX_ELEMENTS} elements");
                    self.sink.error(&child.origin, message, "lower the counts of <replicate>");
                }
                return;
            }
            match child.tag.as_str() {
                "body" => {
                    self.body(child, place);
                    continue;
                }
                "frame" => self.frame(child, place),
                "replicate" => self.replicate(child, place),
                _ => self.part(child, place),
            }
            self.bodies[place.body].flawed |= self.sink.n_errors() > n_errors;
        }
    }

    fn body(&mut self, element: &Element, place: Place<'_>) {
        let n_errors = self.sink.n_errors();
        check_attributes(element, &BODY, self.sink);
        let mut name = element.text("name").unwrap_or_default().to_owned();
        suffixed(&mut name, place);
        let mut body = BodySpec::new(element.origin.clone(), name, place.body);
        set(&mut body.pos, element.numbers("pos", self.sink));
        body.orientation.read(element, self.sink);
        body.frame = place.frame;
        let simple = [("auto", true), ("true", true), ("false", false)];
        set(&mut body.simple, element.keyword("simple", &simple, self.sink));
        set(&mut body.gravcomp, element.number("gravcomp", self.sink));
        set(&mut body.mocap, element.boolean("mocap", self.sink));
        body.flawed = self.sink.n_errors() > n_errors;
        let childclass = self.childclass(element, place.childclass);
        self.bodies.push(body);
        let place = Place { body: self.bodies.len() - 1, childclass, frame: None, ..place };
        self.content(element, place);
    }

    fn childclass<'a>(&mut self, element: &'a Element, inherited: &'a str) -> &'a str {
        // Looked up for its diagnostic: the elements inside look it up by name.
        self.classes.of(element, "childclass", inherited, self.sink);
        element.text("childclass").unwrap_or(inherited)
    }

    fn frame(&mut self, element: &Element, place: Place<'_>) {
        check_attributes(element, &FRAME, self.sink);
        let mut orientation = Orientation::default();
        orientation.read(element, self.sink);
        let own = Pose {
            pos: element.numbers("pos", self.sink).unwrap_or_default(),
            quat: orientation.resolve(self.angles, &element.origin, self.sink),
        };
        let frame = place.frame.map_or(own, |outer| outer.then(own));
        let childclass = self.childclass(element, place.childclass);
        self.content(element, Place { childclass, frame: Some(frame), ..place });
    }

    /// Copies of what is inside, each in the frame of the one before it.
    fn replicate(&mut self, element: &Element, place: Place<'_>) {
        check_attributes(element, &REPLICATE, self.sink);
        let count = element.integer("count", self.sink).unwrap_or(0);
        if count < 1 {
            let message = format!("count is {count}");
            self.sink.error(&element.at("count"), message, "write the number of copies");
            return;
        }
        let of_body = ["joint", "freejoint", "inertial"];
        let is_lost = |child: &&Element| of_body.contains(&child.tag.as_str());
        if let Some(child) = element.children.iter().find(is_lost) {
            let message = format!("a body has no copies of its <{}>", child.tag);
            self.sink.error(&child.origin, message, "put it in a <body> inside <replicate>");
            return;
        }
        let euler = element.numbers("euler", self.sink).unwrap_or_default();
        let step = Pose {
            pos: element.numbers("offset", self.sink).unwrap_or_default(),
            quat: euler_quat(euler, self.angles),
        };
        let sep = element.text("sep").unwrap_or_default();
        let width = (count - 1).to_string().len();
        let mut frame = place.frame;
        for copy in 0..count {
            if self.count >= MAX_ELEMENTS {
                return;
            }
            // Of nested copies the number of the inner one comes first.
            let suffix = format!("{sep}{copy:0width$}{}", place.suffix);
            self.content(element, Place { frame, suffix: &suffix, ..place });
            frame = Some(frame.map_or(step, |frame| frame.then(step)));
        }
    }

    fn part(&mut self, child: &Element, place: Place<'_>) {
        let body = &mut self.bodies[place.body];
        let sink = &mut *self.sink;
        let mut class = || self.classes.of(child, "class", place.childclass, sink);
        match child.tag.as_str() {
            "joint" | "freejoint" | "inertial" if place.body == 0 => sink.error(
                &child.origin,
                format!("the world has no <{}>", child.tag),
                "put it in a <body>",
            ),
            "joint" => {
                let mut joint = class().joint.clone();
                joint.frame = place.frame;
                read_joint(child, &mut joint, sink);
                suffixed(&mut joint.name, place);
                body.joints.push(joint);
            }
            "freejoint" => {
                let mut joint = read_freejoint(child, sink);
                suffixed(&mut joint.name, place);
                body.joints.push(joint);
            }
            "geom" => {
                let mut geom = class().geom.clone();
                geom.shape.frame = place.frame;
                read_geom(child, &mut geom, sink);
                suffixed(&mut geom.name, place);
                body.geoms.push(geom);
            }
            "site" => {
                let mut site = class().site.clone();
                site.shape.frame = place.frame;
                read_site(child, &mut site, sink);
                suffixed(&mut site.name, place);
                body.sites.push(site);
            }
            "inertial" if body.inertial.is_some() => {
                sink.error(&child.origin, "a body has one <inertial>", "remove the others");
            }
            "inertial" => {
                let mut inertial = read_inertial(child, sink);
                inertial.frame = place.frame;
                body.inertial = Some(inertial);
            }
            "camera" => {
                let mut camera = class().camera.clone();
                camera.frame = place.frame;
                read_camera(child, &mut camera, sink);
                suffixed(&mut camera.name, place);
                body.cameras.push(camera);
            }
            "light" => {
                let mut light = class().light.clone();
                light.frame = place.frame;
                read_light(child, &mut light, sink);
                suffixed(&mut light.name, place);
                body.lights.push(light);
            }
            _ => refuse_element(
                child,
                &[
                    "body",
                    "frame",
                    "replicate",
                    "inertial",
                    "joint",
                    "freejoint",
                    "geom",
                    "site",
                    "camera",
                    "light",
                    "include",
                ],
                sink,
            ),
        }
    }
}

fn suffixed(name: &mut String, place: Place<'_>) {
    if !name.is_empty() {
        name.push_str(place.suffix);
    }
}

fn read_inertial(element: &Element, sink: &mut Diagnostics) -> InertialSpec {
    check_attributes(element, &INERTIAL, sink);
    for name in ["pos", "mass"] {
        element.required(name, sink);
    }
    let full = element.has("fullinertia");
    if full {
        for name in ["diaginertia", "quat", "axisangle", "xyaxes", "zaxis", "euler"] {
            if element.has(name) {
                let message = format!("fullinertia and {name} contradict each other");
                sink.error(&element.at(name), message, "keep one of them");
            }
        }
    }
    let mut orientation = Orientation::default();
    orientation.read(element, sink);
    let diaginertia = element.numbers("diaginertia", sink).unwrap_or_default();
    if diaginertia.iter().any(|moment| *moment < 0.0) {
        let message = "a moment of inertia is negative";
        sink.error(&element.at("diaginertia"), message, "write zero or more");
    }
    InertialSpec {
        origin: element.origin.clone(),
        pos: element.numbers("pos", sink).unwrap_or_default(),
        orientation,
        mass: element.amount("mass", sink).unwrap_or_default(),
        diaginertia,
        fullinertia: element.numbers("fullinertia", sink),
        frame: None,
    }
}

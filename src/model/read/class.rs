//! The classes of defaults.

use std::collections::HashMap;

use super::actuator::{KINDS as ACTUATORS, is_actuator, read_actuator};
use super::asset::read_mesh;
use super::contact::read_pair;
use super::equality::read_equality_base;
use super::geom::{read_geom, read_site};
use super::joint::read_joint;
use super::look::{read_camera, read_light, read_material, read_texture};
use super::tendon::read_tendon;
use crate::model::diagnostic::{Diagnostics, suggest};
use crate::model::spec::{GeomSpec, JointSpec, MeshSpec, SiteSpec};
use crate::model::spec_forces::{ActuatorSpec, EqualityBase, PairSpec, TendonSpec};
use crate::model::spec_looks::{CameraSpec, LightSpec, MaterialSpec, TextureSpec};
use crate::model::vocabulary::{Vocabulary, check_attributes, refuse_element};
use crate::model::xml::Element;

/// The class that everything belongs to that names no other.
pub(super) const MAIN_CLASS: &str = "main";

const DEFAULT: Vocabulary = Vocabulary { read: &["class"], ignored: &[], refused: &[] };

/// One class of defaults: what its elements are before they are read.
#[derive(Clone, Debug, Default)]
pub(super) struct Class {
    pub joint: JointSpec,
    pub geom: GeomSpec,
    pub site: SiteSpec,
    pub mesh: MeshSpec,
    pub camera: CameraSpec,
    pub light: LightSpec,
    pub material: MaterialSpec,
    pub texture: TextureSpec,
    pub pair: PairSpec,
    pub equality: EqualityBase,
    pub tendon: TendonSpec,
    /// Of all kinds of actuators, with the tag that wrote its gains last.
    pub actuator: ActuatorSpec,
}

/// Classes by name; the main class is always there.
#[derive(Debug, Default)]
pub(super) struct Classes {
    main: Class,
    named: HashMap<String, Class>,
}

impl Classes {
    pub fn get(&self, name: &str) -> Option<&Class> {
        match name {
            MAIN_CLASS => Some(&self.main),
            _ => self.named.get(name),
        }
    }

    /// The class that the element names in this attribute, or else the one of this name. An unknown
    /// name is a diagnostic.
    pub fn of(
        &self,
        element: &Element,
        attribute: &str,
        or_else: &str,
        sink: &mut Diagnostics,
    ) -> &Class {
        let name = element.text(attribute).unwrap_or(or_else);
        self.get(name).unwrap_or_else(|| {
            if element.text(attribute).is_some() {
                let known = self.named.keys().map(String::as_str).chain([MAIN_CLASS]);
                let message = format!("there is no default class \"{name}\"");
                sink.error(&element.at(attribute), message, suggest(name, known));
            }
            &self.main
        })
    }

    /// The class of an element outside the tree of bodies.
    pub fn of_element(&self, element: &Element, sink: &mut Diagnostics) -> &Class {
        self.of(element, "class", MAIN_CLASS, sink)
    }

    pub fn read(&mut self, section: &Element, sink: &mut Diagnostics) {
        check_attributes(section, &DEFAULT, sink);
        if let Some(name) = section.text("class").filter(|name| *name != MAIN_CLASS) {
            let message = format!("the outermost default class is \"main\", not \"{name}\"");
            let remedy = format!("put <default class=\"{name}\"> inside a <default>");
            sink.error(&section.at("class"), message, remedy);
        }
        let mut main = std::mem::take(&mut self.main);
        read_class(section, &mut main, sink);
        self.read_nested(section, &main, sink);
        self.main = main;
    }

    /// The classes inside a class. They start as it is when all its own elements have been read.
    fn read_nested(&mut self, section: &Element, parent: &Class, sink: &mut Diagnostics) {
        for child in section.children.iter().filter(|child| child.tag == "default") {
            check_attributes(child, &DEFAULT, sink);
            let mut class = parent.clone();
            if let Some(shortcut) = &class.actuator.shortcut {
                let law = (shortcut.clone(), class.actuator.law());
                class.actuator.outer.push(law);
            }
            read_class(child, &mut class, sink);
            self.read_nested(child, &class, sink);
            let Some(name) = child.text("class").filter(|name| !name.is_empty()) else {
                sink.error(
                    &child.origin,
                    "a default class inside another needs a name",
                    "add class=\"...\"",
                );
                continue;
            };
            if name == MAIN_CLASS || self.named.insert(name.to_owned(), class).is_some() {
                let message = format!("there are two default classes \"{name}\"");
                sink.error(&child.at("class"), message, "rename one of them");
            }
        }
    }
}

fn read_class(section: &Element, class: &mut Class, sink: &mut Diagnostics) {
    for child in &section.children {
        match child.tag.as_str() {
            "default" => continue,
            "joint" => read_joint(child, &mut class.joint, sink),
            "geom" => read_geom(child, &mut class.geom, sink),
            "site" => read_site(child, &mut class.site, sink),
            "mesh" => read_mesh(child, &mut class.mesh, sink),
            "material" => read_material(child, &mut class.material, sink),
            "camera" => read_camera(child, &mut class.camera, sink),
            "light" => read_light(child, &mut class.light, sink),
            "texture" => read_texture(child, &mut class.texture, sink),
            "pair" => read_pair(child, &mut class.pair, sink),
            "equality" => read_equality_base(child, &mut class.equality, sink),
            "tendon" => read_tendon(child, &mut class.tendon, sink),
            tag if is_actuator(tag) => read_actuator(child, &mut class.actuator, sink),
            // Defaults of what is refused wherever it is used.
            "dcmotor" | "pid" | "orientation" => continue,
            _ => {
                let others =
                    ["default", "joint", "geom", "site", "mesh", "pair", "equality", "tendon"];
                refuse_element(child, &[&others[..], &ACTUATORS].concat(), sink);
            }
        }
        if child.text("name").is_some() {
            let message = "a default has no name";
            sink.error(&child.at("name"), message, "remove name");
        }
    }
}

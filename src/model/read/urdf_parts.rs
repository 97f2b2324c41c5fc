//! Poses, inertias and collision shapes of URDF.

use std::collections::{HashMap, HashSet};

use crate::model::diagnostic::Diagnostics;
use crate::model::frames::normalize;
use crate::model::orientation::{Angles, Orientation, euler_quat};
use crate::model::spec::{GeomSpec, InertialSpec, MeshSpec, Spec};
use crate::model::types::{GeomType, Vec3};
use crate::model::xml::Element;

/// `<origin xyz rpy>` of an element.
#[derive(Default)]
pub(super) struct Origins {
    pub pos: Vec3,
    pub orientation: Orientation,
}

impl Origins {
    pub fn read(element: &Element, sink: &mut Diagnostics) -> Self {
        let Some(origin) = element.children.iter().find(|child| child.tag == "origin") else {
            return Self::default();
        };
        let rpy = origin.numbers("rpy", sink).unwrap_or_default();
        let angles = Angles { degree: false, eulerseq: *b"XYZ" };
        Self {
            pos: origin.numbers("xyz", sink).unwrap_or_default(),
            orientation: Orientation::of(euler_quat(rpy, angles)),
        }
    }
}

pub(super) fn read_inertial(element: &Element, sink: &mut Diagnostics) -> InertialSpec {
    let place = Origins::read(element, sink);
    let child = |tag: &str| element.children.iter().find(|child| child.tag == tag);
    let mass = child("mass").and_then(|mass| mass.amount("value", sink));
    let tensor = child("inertia").map(|inertia| {
        ["ixx", "iyy", "izz", "ixy", "ixz", "iyz"]
            .map(|name| inertia.number(name, sink).unwrap_or_default())
    });
    for (tag, is_there) in [("mass", mass.is_some()), ("inertia", tensor.is_some())] {
        if !is_there {
            let message = format!("<inertial> has no <{tag}>");
            sink.error(&element.origin, message, format!("add <{tag} .../>"));
        }
    }
    InertialSpec {
        origin: element.origin.clone(),
        pos: place.pos,
        orientation: place.orientation,
        mass: mass.unwrap_or_default(),
        diaginertia: [0.0; 3],
        // A link without inertia at all, such as a frame for a sensor, has no principal axes.
        fullinertia: tensor.filter(|tensor| tensor.iter().any(|entry| *entry != 0.0)),
        frame: None,
    }
}

/// What a shape is there for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Look,
    Touch,
}

/// The colour that the `<visual>` elements of a link have given so far.
#[derive(Default)]
pub(super) struct Colours(Option<[f32; 4]>);

/// Reads the shapes of all links.
pub(super) struct Shapes {
    /// Names of meshes so far, by file and scale.
    meshes: HashMap<String, String>,
    /// Colours of materials, by name.
    materials: HashMap<String, [f32; 4]>,
    /// Names of geoms so far.
    names: HashSet<String>,
    /// Whether `<visual>` elements become geoms, which touch nothing and weigh nothing.
    pub keeps_looks: bool,
}

impl Shapes {
    /// Knows the materials of the whole file, wherever they are defined; the first of a name counts.
    pub fn new(root: &Element, sink: &mut Diagnostics) -> Self {
        let mut shapes = Self {
            meshes: HashMap::new(),
            materials: HashMap::new(),
            names: HashSet::new(),
            keeps_looks: false,
        };
        shapes.learn_materials(root, sink);
        shapes
    }

    fn learn_materials(&mut self, element: &Element, sink: &mut Diagnostics) {
        for child in &element.children {
            match (child.tag.as_str(), child.name_of("name")) {
                ("material", Some(name)) => {
                    if let Some(colour) = colour(child, sink) {
                        self.materials.entry(name).or_insert(colour);
                    }
                }
                ("link" | "visual", _) => self.learn_materials(child, sink),
                _ => {}
            }
        }
    }

    /// Takes the colour of a `<visual>`, which counts for what follows it in its link.
    pub fn see(&self, visual: &Element, colours: &mut Colours, sink: &mut Diagnostics) {
        let material = visual.children.iter().find(|child| child.tag == "material");
        let Some(material) = material else { return };
        let known = || self.materials.get(material.text("name")?).copied();
        colours.0 = colour(material, sink).or_else(known).or(colours.0);
    }

    /// The shape of a `<visual>` or `<collision>`.
    pub fn read(
        &mut self,
        element: &Element,
        purpose: Purpose,
        spec: &mut Spec,
        colours: &Colours,
        sink: &mut Diagnostics,
    ) -> Option<GeomSpec> {
        let place = Origins::read(element, sink);
        let geometry = element.children.iter().find(|child| child.tag == "geometry");
        let Some(shape) = geometry.and_then(|geometry| geometry.children.first()) else {
            let message = format!("the {} has no shape", element.tag);
            let remedy = "add <geometry> with a box, sphere or the like";
            sink.error(&element.origin, message, remedy);
            return None;
        };
        let mut geom = GeomSpec { origin: shape.origin.clone(), ..GeomSpec::default() };
        // Many files call every collision of a link alike; names that are there already say nothing.
        geom.name = element
            .name_of("name")
            .filter(|name| self.names.insert(name.clone()))
            .unwrap_or_default();
        (geom.shape.pos, geom.shape.orientation) = (place.pos, place.orientation);
        geom.rgba = colours.0.unwrap_or(geom.rgba);
        if purpose == Purpose::Look {
            (geom.contype, geom.conaffinity, geom.group, geom.density) = (0, 0, 1, 0.0);
        }
        let amount = |name: &str, sink: &mut Diagnostics| {
            shape.required(name, sink)?;
            shape.amount(name, sink)
        };
        (geom.shape.geom_type, geom.shape.size) = match shape.tag.as_str() {
            "box" => {
                shape.required("size", sink)?;
                (GeomType::Box, shape.numbers::<3>("size", sink)?.map(|length| length / 2.0))
            }
            "sphere" => (GeomType::Sphere, [amount("radius", sink)?, 0.0, 0.0]),
            kind @ ("cylinder" | "capsule") => {
                let (radius, length) = (amount("radius", sink)?, amount("length", sink)?);
                let kind = if kind == "capsule" { GeomType::Capsule } else { GeomType::Cylinder };
                (kind, [radius, length / 2.0, 0.0])
            }
            "mesh" => {
                geom.mesh = Some(self.read_mesh(shape, spec, sink)?);
                (GeomType::Mesh, [0.0; 3])
            }
            tag => {
                let message = format!("<{tag}> is not a shape that is simulated");
                sink.error(&shape.origin, message, "one of: box, sphere, cylinder, capsule, mesh");
                return None;
            }
        };
        Some(geom)
    }

    /// The name of the mesh, which is read once for each scale.
    fn read_mesh(
        &mut self,
        element: &Element,
        spec: &mut Spec,
        sink: &mut Diagnostics,
    ) -> Option<String> {
        let file = element.required("filename", sink)?;
        let scale: Vec3 = element.numbers("scale", sink).unwrap_or([1.0; 3]);
        let name = format!("{file} {scale:?}");
        if let Some(known) = self.meshes.get(&name) {
            return Some(known.clone());
        }
        if normalize(scale).is_none() {
            sink.error(&element.at("scale"), "the scale is zero", "write three other numbers");
            return None;
        }
        let last = file.rsplit('/').next().unwrap_or(&file);
        let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem).to_owned();
        let is_taken = spec.meshes.iter().any(|mesh| mesh.name == stem);
        let label = if is_taken { format!("{stem}_{}", spec.meshes.len()) } else { stem };
        spec.meshes.push(MeshSpec {
            origin: element.origin.clone(),
            name: label.clone(),
            file: Some(file),
            scale,
            ..MeshSpec::default()
        });
        self.meshes.insert(name, label.clone());
        Some(label)
    }
}

/// `<color rgba>` of a material.
fn colour(material: &Element, sink: &mut Diagnostics) -> Option<[f32; 4]> {
    let colour = material.children.iter().find(|child| child.tag == "color")?;
    colour.numbers("rgba", sink).map(|rgba| rgba.map(|part: f64| part as f32))
}

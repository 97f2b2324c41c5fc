//! Geoms and sites.

use crate::model::diagnostic::Diagnostics;
use crate::model::spec::{GeomSpec, ShapeSpec, SiteSpec};
use crate::model::types::GeomType;
use crate::model::vocabulary::{Harmless, Vocabulary, check_attributes};
use crate::model::xml::{Element, set};

const GEOM: Vocabulary = Vocabulary {
    read: &[
        "name",
        "class",
        "type",
        "size",
        "pos",
        "quat",
        "axisangle",
        "xyaxes",
        "zaxis",
        "euler",
        "fromto",
        "mass",
        "density",
        "contype",
        "conaffinity",
        "condim",
        "priority",
        "friction",
        "solmix",
        "solref",
        "solimp",
        "margin",
        "gap",
        "mesh",
        "hfield",
        "fitscale",
        "fluidshape",
        "group",
        "rgba",
        "material",
    ],
    // Looks, and numbers of a fluidshape that is refused.
    ignored: &["castshadow", "fluidcoef", "user"],
    refused: &[
        ("shellinertia", Harmless::Words(&["false"])),
        ("adhesion", Harmless::Zero),
        ("surfacevel", Harmless::Zero),
    ],
};

const SITE: Vocabulary = Vocabulary {
    read: &[
        "name",
        "class",
        "type",
        "size",
        "pos",
        "quat",
        "axisangle",
        "xyaxes",
        "zaxis",
        "euler",
        "fromto",
        "rgba",
        "material",
    ],
    ignored: &["group", "user"],
    refused: &[("mesh", Harmless::Never)],
};

const SHAPES: [(&str, GeomType); 8] = [
    ("sphere", GeomType::Sphere),
    ("capsule", GeomType::Capsule),
    ("ellipsoid", GeomType::Ellipsoid),
    ("cylinder", GeomType::Cylinder),
    ("box", GeomType::Box),
    ("plane", GeomType::Plane),
    ("hfield", GeomType::HeightField),
    ("mesh", GeomType::Mesh),
];

/// Reads a geom, or the default of geoms, over what it is already.
pub(super) fn read_geom(element: &Element, geom: &mut GeomSpec, sink: &mut Diagnostics) {
    check_attributes(element, &GEOM, sink);
    for child in &element.children {
        let message = format!("<{}> in a geom is not simulated by this version", child.tag);
        sink.error(&child.origin, message, "remove it");
    }
    geom.origin = element.origin.clone();
    geom.name = element.text("name").unwrap_or_default().to_owned();
    if element.text("type") == Some("sdf") {
        let message = "type=\"sdf\" is not simulated by this version";
        sink.error(&element.at("type"), message, "use type=\"mesh\", which touches by its hull");
    } else {
        set(&mut geom.shape.geom_type, element.keyword("type", &SHAPES, sink));
    }
    read_shape(element, &mut geom.shape, sink);
    set(&mut geom.mesh, element.name_of("mesh").map(Some));
    set(&mut geom.hfield, element.name_of("hfield").map(Some));
    set(&mut geom.material, element.name_of("material").map(Some));
    set(&mut geom.fitscale, element.number("fitscale", sink));
    let shapes = [("none", false), ("ellipsoid", true)];
    set(&mut geom.fluid_ellipsoid, element.keyword("fluidshape", &shapes, sink));
    set(&mut geom.mass, element.amount("mass", sink).map(Some));
    set(&mut geom.density, element.amount("density", sink));
    let bits = |name: &str, sink: &mut Diagnostics| {
        let number = element.integer(name, sink)?;
        // MuJoCo keeps these as signed numbers of 32 bits; only the bits mean anything.
        Some(number.cast_unsigned())
    };
    set(&mut geom.contype, bits("contype", sink));
    set(&mut geom.conaffinity, bits("conaffinity", sink));
    set(&mut geom.condim, read_condim(element, sink));
    set(&mut geom.priority, element.integer("priority", sink));
    element.fill("friction", &mut geom.friction, sink);
    if geom.friction.iter().any(|coefficient| *coefficient < 0.0) {
        let message = "a friction coefficient is negative";
        sink.error(&element.at("friction"), message, "write zero or more");
    }
    set(&mut geom.solmix, element.amount("solmix", sink));
    element.solref("solref", &mut geom.solref, sink);
    element.fill("solimp", &mut geom.solimp, sink);
    set(&mut geom.margin, element.number("margin", sink));
    set(&mut geom.gap, element.number("gap", sink));
    set(&mut geom.group, element.integer("group", sink));
    read_rgba(element, &mut geom.rgba, sink);
}

/// Reads a site, or the default of sites, over what it is already.
pub(super) fn read_site(element: &Element, site: &mut SiteSpec, sink: &mut Diagnostics) {
    check_attributes(element, &SITE, sink);
    site.origin = element.origin.clone();
    site.name = element.text("name").unwrap_or_default().to_owned();
    set(&mut site.shape.geom_type, element.keyword("type", &SHAPES[..5], sink));
    read_shape(element, &mut site.shape, sink);
    read_rgba(element, &mut site.rgba, sink);
    set(&mut site.material, element.name_of("material").map(Some));
}

fn read_shape(element: &Element, shape: &mut ShapeSpec, sink: &mut Diagnostics) {
    element.fill("size", &mut shape.size, sink);
    set(&mut shape.pos, element.numbers("pos", sink));
    shape.orientation.read(element, sink);
    set(&mut shape.fromto, element.numbers("fromto", sink).map(Some));
}

pub(super) fn read_rgba(element: &Element, target: &mut [f32; 4], sink: &mut Diagnostics) {
    let rgba = element.numbers::<4>("rgba", sink);
    set(target, rgba.map(|rgba| rgba.map(|part| part as f32)));
}

/// The number of directions in which a contact acts.
pub(super) fn read_condim(element: &Element, sink: &mut Diagnostics) -> Option<usize> {
    let condim = element.integer("condim", sink)?;
    match condim {
        1 => Some(1),
        3 => Some(3),
        4 => Some(4),
        6 => Some(6),
        _ => {
            let message = format!("condim is {condim}");
            let remedy = "1 is without friction, 3 sliding, 4 also torsion, 6 also rolling";
            sink.error(&element.at("condim"), message, remedy);
            None
        }
    }
}

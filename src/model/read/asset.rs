//! Meshes and height fields, as far as they are written in the file itself.

use super::class::Classes;
use super::look::{add_texture, read_material};
use crate::model::diagnostic::Diagnostics;
use crate::model::spec::{HfieldSpec, MeshInertia, MeshSpec, Spec};
use crate::model::spec_looks::LookSpec;
use crate::model::vocabulary::{
    Harmless, Vocabulary, check_attributes, note_ignored, refuse_element,
};
use crate::model::xml::{Element, set};

const MESH: Vocabulary = Vocabulary {
    read: &[
        "name",
        "class",
        "content_type",
        "file",
        "vertex",
        "face",
        "scale",
        "refpos",
        "refquat",
        "inertia",
        "maxhullvert",
    ],
    ignored: &["normal", "texcoord", "smoothnormal", "material"],
    refused: &[("builtin", Harmless::Words(&["none"])), ("params", Harmless::Never)],
};

const HFIELD: Vocabulary = Vocabulary {
    read: &["name", "content_type", "file", "nrow", "ncol", "size", "elevation"],
    ignored: &[],
    refused: &[],
};

pub(super) fn read_assets(
    section: &Element,
    classes: &Classes,
    spec: &mut Spec,
    sink: &mut Diagnostics,
) {
    for asset in &section.children {
        match asset.tag.as_str() {
            "texture" => {
                let texture = classes.of_element(asset, sink).texture.clone();
                add_texture(asset, texture, spec, sink);
            }
            "skin" => {
                note_ignored(asset, sink);
                let of_file = asset.attributes.iter().filter(|it| it.name.starts_with("file"));
                let looks =
                    of_file.map(|it| LookSpec { file: it.value.clone(), is_texture: false });
                spec.looks.extend(looks);
            }
            "material" => {
                let mut material = classes.of_element(asset, sink).material.clone();
                read_material(asset, &mut material, sink);
                spec.materials.push(material);
            }
            "mesh" => {
                let mut mesh = classes.of_element(asset, sink).mesh.clone();
                read_mesh(asset, &mut mesh, sink);
                spec.meshes.push(mesh);
            }
            "hfield" => spec.hfields.push(read_hfield(asset, sink)),
            _ => refuse_element(asset, &["mesh", "hfield", "texture", "material", "skin"], sink),
        }
    }
}

/// Reads a mesh, or the default of meshes, over what it is already.
pub(super) fn read_mesh(element: &Element, mesh: &mut MeshSpec, sink: &mut Diagnostics) {
    check_attributes(element, &MESH, sink);
    for child in &element.children {
        let message = format!("<{}> in a mesh is not simulated by this version", child.tag);
        sink.error(&child.origin, message, "remove it");
    }
    mesh.origin = element.origin.clone();
    let text = |name: &str| element.text(name).map(str::to_owned);
    mesh.file = text("file");
    mesh.content_type = text("content_type");
    mesh.name = asset_name(element);
    mesh.vertex = element.list("vertex", sink).unwrap_or_default();
    mesh.face = element.list("face", sink).unwrap_or_default();
    set(&mut mesh.scale, element.numbers("scale", sink));
    set(&mut mesh.refpos, element.numbers("refpos", sink));
    set(&mut mesh.refquat, element.numbers("refquat", sink));
    let modes = [
        ("legacy", MeshInertia::Legacy),
        ("exact", MeshInertia::Exact),
        ("convex", MeshInertia::Convex),
        ("shell", MeshInertia::Shell),
    ];
    set(&mut mesh.inertia, element.keyword("inertia", &modes, sink));
    if element.integer("maxhullvert", sink).is_some_and(|count| count >= 0) {
        let message = "maxhullvert is ignored: the hull has all its vertices";
        sink.note_once("maxhullvert", &element.at("maxhullvert"), message);
    }
}

fn read_hfield(element: &Element, sink: &mut Diagnostics) -> HfieldSpec {
    check_attributes(element, &HFIELD, sink);
    let text = |name: &str| element.text(name).map(str::to_owned);
    let count = |name: &str, sink: &mut Diagnostics| {
        let number = element.integer(name, sink).unwrap_or(0);
        usize::try_from(number).unwrap_or_else(|_| {
            let message = format!("{name} is negative ({number})");
            sink.error(&element.at(name), message, "write two or more");
            0
        })
    };
    element.required("size", sink);
    let size = element.numbers("size", sink).unwrap_or([1.0; 4]);
    if size.iter().any(|length| *length <= 0.0) {
        let message = "a size of the height field is not above zero";
        sink.error(&element.at("size"), message, "write half-lengths x y, height and depth");
    }
    HfieldSpec {
        origin: element.origin.clone(),
        name: asset_name(element),
        file: text("file"),
        content_type: text("content_type"),
        nrow: count("nrow", sink),
        ncol: count("ncol", sink),
        size,
        elevation: element.list("elevation", sink).unwrap_or_default(),
    }
}

/// An asset without a name is called as its file, without folder and ending.
pub(super) fn asset_name(element: &Element) -> String {
    if let Some(name) = element.text("name") {
        return name.to_owned();
    }
    let file = element.text("file").unwrap_or_default();
    let last = file.rsplit(['/', '\\']).next().unwrap_or_default();
    last.rsplit_once('.').map_or(last, |(stem, _)| stem).to_owned()
}

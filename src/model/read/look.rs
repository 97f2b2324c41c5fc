//! Cameras, lights, materials, textures and the headlight: what a model looks like, and from where.

use super::asset::asset_name;
use super::geom::read_rgba;
use crate::model::diagnostic::Diagnostics;
use crate::model::spec::Spec;
use crate::model::spec_looks::{
    CameraSpec, LightSpec, LookSpec, MaterialSpec, TextureFile, TextureSpec,
};
use crate::model::types::{
    Builtin, CamLightMode, Headlight, LightType, TextureMark, TextureType, Vec3,
};
use crate::model::vocabulary::{Vocabulary, check_attributes};
use crate::model::xml::{Element, set};

const CAMERA: Vocabulary = Vocabulary {
    read: &[
        "name",
        "class",
        "mode",
        "target",
        "pos",
        "quat",
        "axisangle",
        "xyaxes",
        "zaxis",
        "euler",
        "projection",
        "orthographic",
        "fovy",
        "resolution",
        "sensorsize",
        "focal",
        "focalpixel",
        "principal",
        "principalpixel",
    ],
    // Stereo, and what MuJoCo's own renderer puts out.
    ignored: &["ipd", "output", "user"],
    refused: &[],
};

const LIGHT: Vocabulary = Vocabulary {
    read: &[
        "name",
        "class",
        "mode",
        "target",
        "type",
        "directional",
        "castshadow",
        "active",
        "pos",
        "dir",
        "attenuation",
        "cutoff",
        "exponent",
        "ambient",
        "diffuse",
        "specular",
    ],
    // Of physically based renderers.
    ignored: &["bulbradius", "intensity", "range", "softness", "texture"],
    refused: &[],
};

const MODES: [(&str, CamLightMode); 5] = [
    ("fixed", CamLightMode::Fixed),
    ("track", CamLightMode::Track),
    ("trackcom", CamLightMode::TrackCom),
    ("targetbody", CamLightMode::TargetBody),
    ("targetbodycom", CamLightMode::TargetBodyCom),
];

/// Wider pictures than this are taken for a mistake [pixels].
const MAX_RESOLUTION: i32 = 16_384;

/// Reads a camera, or the default of cameras, over what it is already.
pub(super) fn read_camera(element: &Element, camera: &mut CameraSpec, sink: &mut Diagnostics) {
    check_attributes(element, &CAMERA, sink);
    camera.origin = element.origin.clone();
    camera.name = element.text("name").unwrap_or_default().to_owned();
    set(&mut camera.mode, element.keyword("mode", &MODES, sink));
    set(&mut camera.target, element.name_of("target").map(Some));
    set(&mut camera.pos, element.numbers("pos", sink));
    camera.orientation.read(element, sink);
    let projections = [("perspective", false), ("orthographic", true)];
    set(&mut camera.orthographic, element.keyword("projection", &projections, sink));
    set(&mut camera.orthographic, element.boolean("orthographic", sink));
    read_fovy(element, camera, sink);
    read_resolution(element, camera, sink);
    set(&mut camera.sensorsize, element.numbers("sensorsize", sink));
    if camera.sensorsize.iter().any(|length| *length < 0.0) {
        let message = "a length of the sensor is negative";
        sink.error(&element.at("sensorsize"), message, "write its width and height [m]");
    }
    set(&mut camera.focal, element.numbers("focal", sink));
    set(&mut camera.focalpixel, element.numbers("focalpixel", sink));
    set(&mut camera.principal, element.numbers("principal", sink));
    set(&mut camera.principalpixel, element.numbers("principalpixel", sink));
}

/// MuJoCo refuses 180 degrees and more; at 0 and below nothing is seen.
fn read_fovy(element: &Element, camera: &mut CameraSpec, sink: &mut Diagnostics) {
    let Some(fovy) = element.number("fovy", sink) else { return };
    if fovy <= 0.0 || fovy >= 180.0 {
        let message = format!("fovy is {fovy}");
        sink.error(&element.at("fovy"), message, "write an angle between 0 and 180 degrees");
        return;
    }
    if element.has("sensorsize") {
        let message = "fovy and sensorsize contradict each other";
        sink.error(&element.at("fovy"), message, "keep one of them");
    }
    camera.fovy = fovy;
}

fn read_resolution(element: &Element, camera: &mut CameraSpec, sink: &mut Diagnostics) {
    let Some(size) = element.numbers::<2>("resolution", sink) else { return };
    let is_count = |x: &f64| x.fract() == 0.0 && (1.0..=f64::from(MAX_RESOLUTION)).contains(x);
    if !size.iter().all(is_count) {
        let message = format!("the resolution is {} x {}", size[0], size[1]);
        let remedy = format!("write width and height in pixels, 1 to {MAX_RESOLUTION}");
        sink.error(&element.at("resolution"), message, remedy);
        return;
    }
    camera.resolution = size.map(|pixels| pixels as usize);
}

/// Reads a light, or the default of lights, over what it is already.
pub(super) fn read_light(element: &Element, light: &mut LightSpec, sink: &mut Diagnostics) {
    check_attributes(element, &LIGHT, sink);
    light.origin = element.origin.clone();
    light.name = element.text("name").unwrap_or_default().to_owned();
    set(&mut light.mode, element.keyword("mode", &MODES, sink));
    set(&mut light.target, element.name_of("target").map(Some));
    let types = [
        ("spot", Some(LightType::Spot)),
        ("directional", Some(LightType::Directional)),
        ("point", Some(LightType::Point)),
        ("image", None),
    ];
    set(&mut light.light_type, element.keyword("type", &types, sink));
    if let Some(directional) = element.boolean("directional", sink) {
        if element.has("type") {
            let message = "type and directional contradict each other";
            sink.error(&element.at("directional"), message, "keep type");
        }
        let of = if directional { LightType::Directional } else { LightType::Spot };
        light.light_type = Some(of);
    }
    set(&mut light.castshadow, element.boolean("castshadow", sink));
    set(&mut light.active, element.boolean("active", sink));
    set(&mut light.pos, element.numbers("pos", sink));
    set(&mut light.dir, element.numbers("dir", sink));
    read_amounts(element, "attenuation", &mut light.attenuation, sink);
    set(&mut light.cutoff, element.amount("cutoff", sink));
    set(&mut light.exponent, element.amount("exponent", sink));
    read_colour(element, "ambient", &mut light.ambient, sink);
    read_colour(element, "diffuse", &mut light.diffuse, sink);
    read_colour(element, "specular", &mut light.specular, sink);
}

fn read_amounts(element: &Element, name: &str, target: &mut Vec3, sink: &mut Diagnostics) {
    let Some(numbers) = element.numbers::<3>(name, sink) else { return };
    if numbers.iter().any(|number| *number < 0.0) {
        let message = format!("a number of {name} is negative");
        sink.error(&element.at(name), message, "write zero or more");
        return;
    }
    *target = numbers;
}

fn read_colour(element: &Element, name: &str, target: &mut Vec3, sink: &mut Diagnostics) {
    set(target, element.numbers(name, sink));
}

/// `<visual>`: of it only the headlight is read.
pub(super) fn read_visual(section: &Element, headlight: &mut Headlight, sink: &mut Diagnostics) {
    const HEADLIGHT: Vocabulary = Vocabulary {
        read: &["ambient", "diffuse", "specular", "active"],
        ignored: &[],
        refused: &[],
    };
    for child in &section.children {
        if child.tag != "headlight" {
            let message = "of <visual> only the headlight is used";
            sink.note_once("visual", &child.origin, message);
            continue;
        }
        check_attributes(child, &HEADLIGHT, sink);
        read_colour(child, "ambient", &mut headlight.ambient, sink);
        read_colour(child, "diffuse", &mut headlight.diffuse, sink);
        read_colour(child, "specular", &mut headlight.specular, sink);
        set(&mut headlight.active, child.integer("active", sink).map(|active| active != 0));
    }
}

const MATERIAL: Vocabulary = Vocabulary {
    read: &[
        "name",
        "class",
        "texture",
        "texuniform",
        "texrepeat",
        "emission",
        "specular",
        "shininess",
        "reflectance",
        "rgba",
    ],
    // Of physically based renderers.
    ignored: &["metallic", "roughness"],
    refused: &[],
};

/// Reads a material, or the default of materials, over what it is already.
pub(super) fn read_material(
    element: &Element,
    material: &mut MaterialSpec,
    sink: &mut Diagnostics,
) {
    check_attributes(element, &MATERIAL, sink);
    material.origin = element.origin.clone();
    material.name = element.text("name").unwrap_or_default().to_owned();
    set(&mut material.texture, element.name_of("texture").map(Some));
    for layer in element.children.iter().filter(|child| child.tag == "layer") {
        if layer.text("role") == Some("rgb") {
            set(&mut material.texture, layer.name_of("texture").map(Some));
        }
    }
    set(&mut material.texuniform, element.boolean("texuniform", sink));
    set(&mut material.texrepeat, element.numbers("texrepeat", sink));
    let mut part = |name: &str, target: &mut f64| set(target, element.number(name, sink));
    part("emission", &mut material.emission);
    part("specular", &mut material.specular);
    part("shininess", &mut material.shininess);
    part("reflectance", &mut material.reflectance);
    read_rgba(element, &mut material.rgba, sink);
}

const TEXTURE: Vocabulary = Vocabulary {
    read: &[
        "name",
        "class",
        "type",
        "builtin",
        "rgb1",
        "rgb2",
        "mark",
        "markrgb",
        "width",
        "height",
        "random",
        "colorspace",
        "content_type",
        "file",
        "hflip",
        "vflip",
    ],
    ignored: &[
        "embed",
        "fileback",
        "filedown",
        "filefront",
        "fileleft",
        "fileright",
        "fileup",
        "gridlayout",
        "gridsize",
        "nchannel",
    ],
    refused: &[],
};

/// Larger textures than this are taken for a mistake [pixels].
const MAX_TEXTURE: i32 = 16_384;

/// Reads a texture, or the default of textures, over what it is already.
pub(super) fn read_texture(element: &Element, texture: &mut TextureSpec, sink: &mut Diagnostics) {
    check_attributes(element, &TEXTURE, sink);
    texture.origin = element.origin.clone();
    texture.name = asset_name(element);
    let types =
        [("2d", TextureType::Flat2d), ("cube", TextureType::Cube), ("skybox", TextureType::Skybox)];
    set(&mut texture.texture_type, element.keyword("type", &types, sink));
    let builtins = [
        ("none", None),
        ("gradient", Some(Builtin::Gradient)),
        ("checker", Some(Builtin::Checker)),
        ("flat", Some(Builtin::Flat)),
    ];
    set(&mut texture.builtin, element.keyword("builtin", &builtins, sink));
    let marks = [
        ("none", TextureMark::None),
        ("edge", TextureMark::Edge),
        ("cross", TextureMark::Cross),
        ("random", TextureMark::Random),
    ];
    set(&mut texture.mark, element.keyword("mark", &marks, sink));
    for (name, target) in [
        ("rgb1", &mut texture.rgb1),
        ("rgb2", &mut texture.rgb2),
        ("markrgb", &mut texture.markrgb),
    ] {
        set(target, element.numbers(name, sink));
    }
    for (name, target) in [("width", &mut texture.width), ("height", &mut texture.height)] {
        let Some(pixels) = element.integer(name, sink) else { continue };
        if (0..=MAX_TEXTURE).contains(&pixels) {
            *target = pixels as usize;
        } else {
            // What is wrong with it has been said.
            *target = 1;
            let message = format!("the {name} of the texture is {pixels}");
            sink.error(&element.at(name), message, format!("write 1 to {MAX_TEXTURE} pixels"));
        }
    }
}

/// A texture of the file, and the files that belong to it. What is read is one picture: of a plane or geom, or of each
/// side of a cube.
pub(super) fn add_texture(
    element: &Element,
    mut texture: TextureSpec,
    spec: &mut Spec,
    sink: &mut Diagnostics,
) {
    read_texture(element, &mut texture, sink);
    let files = element.attributes.iter().filter(|it| it.name.starts_with("file"));
    let mut looks: Vec<LookSpec> =
        files.map(|it| LookSpec { file: it.value.clone(), is_texture: true }).collect();
    if !looks.is_empty() {
        texture.builtin = None;
        texture.file = texture_file(element, &texture, sink);
        // Whoever reads a file notes it.
        if texture.file.is_some() {
            looks.clear();
        }
    } else if texture.builtin.is_some() && (texture.width == 0 || needs_height(&texture)) {
        let message = "a builtin texture needs a width, and one of type 2d also a height";
        sink.error(&element.origin, message, "write its size in pixels");
    } else if texture.builtin.is_none() {
        let message = "the texture has neither a file nor a pattern";
        sink.error(&element.origin, message, "add builtin=\"checker\", \"gradient\" or \"flat\"");
    }
    if texture.mark == TextureMark::Random {
        let message = "random marks of textures are left out";
        sink.note_once("random", &element.at("mark"), message);
        texture.mark = TextureMark::None;
    }
    spec.looks.extend(looks);
    spec.textures.push(texture);
}

/// The one picture that a texture is of.
fn texture_file(
    element: &Element,
    texture: &TextureSpec,
    sink: &mut Diagnostics,
) -> Option<TextureFile> {
    let has_sides =
        element.attributes.iter().any(|it| it.name.starts_with("file") && it.name != "file");
    let has_grid = element.numbers::<2>("gridsize", sink).is_some_and(|grid| grid != [1.0; 2]);
    if texture.texture_type == TextureType::Skybox || has_sides || has_grid {
        let message = "pictures of the sky, and those of each side, are not read: there is no such sky, and materials \
                       have their colour alone";
        sink.note_once("texture", &element.origin, message);
        return None;
    }
    let spaces = [("auto", None), ("linear", Some(false)), ("sRGB", Some(true))];
    let flip = |name, sink: &mut Diagnostics| element.boolean(name, sink).unwrap_or(false);
    Some(TextureFile {
        file: element.text("file").unwrap_or_default().to_owned(),
        content_type: element.text("content_type").map(str::to_owned),
        is_srgb: element.keyword("colorspace", &spaces, sink).flatten(),
        flips: ["hflip", "vflip"].map(|name| flip(name, sink)),
    })
}

fn needs_height(texture: &TextureSpec) -> bool {
    texture.texture_type == TextureType::Flat2d && texture.height == 0
}

//! Cameras, lights and materials in their places.

use super::names::find;
use super::reference::Placed;
use crate::math::lanes::atan2;
use crate::model::diagnostic::{Diagnostics, Origin};
use crate::model::frames::{
    Mat3, Pose, add, mat_mul, mat_vec, normalize, quat_to_mat, rotate, scale, sub,
};
use crate::model::spec::{BodySpec, Spec};
use crate::model::spec_looks::{CameraSpec, LightSpec, MaterialSpec};
use crate::model::types::{
    CamLightMode, Camera, Light, Material, Model, Texture, TexturePixels, TextureType, Vec3,
};
use std::sync::Arc;

/// Textures, and the materials that have them on.
pub(super) fn compile_materials(
    spec: &Spec,
    pictures: Vec<Option<TexturePixels>>,
    model: &mut Model,
    sink: &mut Diagnostics,
) {
    model.headlight = spec.headlight;
    model.textures = spec
        .textures
        .iter()
        .zip(pictures)
        .map(|(it, picture)| Texture {
            name: it.name.clone(),
            texture_type: it.texture_type,
            builtin: it.builtin,
            pixels: picture.map(Arc::new),
            rgb1: it.rgb1,
            rgb2: it.rgb2,
            mark: it.mark,
            markrgb: it.markrgb,
            width: it.width,
            // A cube has as many rows as columns on each side.
            height: if it.texture_type == TextureType::Flat2d { it.height } else { it.width },
        })
        .collect();
    for material in &spec.materials {
        let texid = material.texture.as_ref().and_then(|name| {
            let names = spec.textures.iter().map(|it| &it.name);
            find("texture", name, names, &material.origin, sink)
        });
        model.materials.push(compiled(material, texid));
    }
}

fn compiled(it: &MaterialSpec, texid: Option<usize>) -> Material {
    Material {
        name: it.name.clone(),
        texid,
        texuniform: it.texuniform,
        texrepeat: it.texrepeat,
        emission: it.emission,
        specular: it.specular,
        shininess: it.shininess,
        reflectance: it.reflectance,
        rgba: it.rgba,
    }
}

/// The material of a geom or site, which has to be there.
pub(super) fn material_id(
    spec: &Spec,
    name: Option<&str>,
    origin: &Origin,
    sink: &mut Diagnostics,
) -> Option<usize> {
    find("material", name?, spec.materials.iter().map(|it| &it.name), origin, sink)
}

/// Cameras and lights of a body.
pub(super) fn compile_views(
    spec: &Spec,
    body: &BodySpec,
    bodyid: usize,
    model: &mut Model,
    sink: &mut Diagnostics,
) {
    for camera in &body.cameras {
        let camera = compile_camera(spec, camera, bodyid, sink);
        model.cameras.push(camera);
    }
    for light in &body.lights {
        let light = compile_light(spec, light, bodyid, sink);
        model.lights.extend(light);
    }
}

fn compile_camera(spec: &Spec, it: &CameraSpec, bodyid: usize, sink: &mut Diagnostics) -> Camera {
    let quat = it.orientation.resolve(spec.compiler.angles, &it.origin, sink);
    let own = Pose { pos: it.pos, quat };
    let pose = it.frame.map_or(own, |frame| frame.then(own));
    let (mode, targetbodyid) = aim(spec, it.mode, it.target.as_deref(), &it.origin, sink);
    let mut camera = Camera {
        name: it.name.clone(),
        mode,
        bodyid,
        targetbodyid,
        pos: pose.pos,
        quat: pose.quat,
        pos0: [0.0; 3],
        poscom0: [0.0; 3],
        mat0: [0.0; 9],
        orthographic: it.orthographic,
        fovy: it.fovy,
        resolution: it.resolution,
        sensorsize: it.sensorsize,
        intrinsic: [f64::from(0.01_f32), f64::from(0.01_f32), 0.0, 0.0],
    };
    set_intrinsic(it, &mut camera, sink);
    camera
}

/// Focal lengths and principal point in metres, and the field of view that follows.
fn set_intrinsic(it: &CameraSpec, camera: &mut Camera, sink: &mut Diagnostics) {
    let given = |pair: [f64; 2]| pair != [0.0; 2];
    let any = [it.focal, it.focalpixel, it.principal, it.principalpixel].into_iter().any(given);
    if it.sensorsize == [0.0; 2] {
        if any {
            let message = "focal and principal need the size of a sensor";
            sink.error(&it.origin, message, "add sensorsize=\"width height\" in metres");
        }
        return;
    }
    let pixel = [0, 1].map(|k| it.sensorsize[k] / it.resolution[k] as f64);
    let metres = |pixels: [f64; 2], metres: [f64; 2]| match given(pixels) {
        true => [0, 1].map(|k| pixels[k] * pixel[k]),
        false => metres,
    };
    let focal = metres(it.focalpixel, it.focal);
    let principal = metres(it.principalpixel, it.principal);
    if it.sensorsize.iter().chain(&focal).any(|length| *length <= 0.0) {
        let message = "a length of the sensor, or a focal length, is not above zero";
        sink.error(&it.origin, message, "write sensorsize and focal, each of two lengths");
        return;
    }
    // MuJoCo keeps these as 32-bit numbers, and half its field of view is one.
    let single = |pair: [f64; 2]| pair.map(|x| f64::from(x as f32));
    let ([fx, fy], [px, py]) = (single(focal), single(principal));
    camera.sensorsize = single(it.sensorsize);
    camera.intrinsic = [fx, fy, px, py];
    let half = atan2(it.sensorsize[1] / 2.0, focal[1]);
    camera.fovy = (2.0 * f64::from(half as f32)).to_degrees();
}

/// None for a light that is an image.
fn compile_light(
    spec: &Spec,
    it: &LightSpec,
    bodyid: usize,
    sink: &mut Diagnostics,
) -> Option<Light> {
    let Some(light_type) = it.light_type else {
        let message = "a light that is an image is left out";
        sink.warning(&it.origin, message, "use type=\"directional\"");
        return None;
    };
    let Some((dir, _)) = normalize(it.dir) else {
        sink.error(&it.origin, "dir has no direction", "give it a length above zero");
        return None;
    };
    let frame = it.frame.unwrap_or(Pose::IDENTITY);
    let (mode, targetbodyid) = aim(spec, it.mode, it.target.as_deref(), &it.origin, sink);
    Some(Light {
        name: it.name.clone(),
        mode,
        bodyid,
        targetbodyid,
        light_type,
        castshadow: it.castshadow,
        active: it.active,
        pos: add(frame.pos, rotate(frame.quat, it.pos)),
        dir: rotate(frame.quat, dir),
        pos0: [0.0; 3],
        poscom0: [0.0; 3],
        dir0: [0.0; 3],
        attenuation: it.attenuation,
        cutoff: it.cutoff,
        exponent: it.exponent,
        ambient: it.ambient,
        diffuse: it.diffuse,
        specular: it.specular,
    })
}

/// The body that a camera or light is turned to. One that names none stays as it is fixed, as in MuJoCo.
fn aim(
    spec: &Spec,
    mode: CamLightMode,
    target: Option<&str>,
    origin: &Origin,
    sink: &mut Diagnostics,
) -> (CamLightMode, Option<usize>) {
    let aims = matches!(mode, CamLightMode::TargetBody | CamLightMode::TargetBodyCom);
    let Some(name) = target else {
        if aims {
            let message = "the mode turns it to a body, and no target is named: it stays fixed";
            sink.warning(origin, message, "add target=\"...\"");
        }
        return (mode, None);
    };
    (mode, find("body", name, spec.bodies.iter().map(|body| &body.name), origin, sink))
}

/// Places at `qpos0`, from which the tracking modes take their offsets. Of one that has a target MuJoCo takes the
/// target's centre of mass.
pub(super) fn set_offsets(model: &mut Model, placed: &[Placed]) {
    let com = subtree_coms(model, placed);
    let turn = |bodyid: usize| -> (Pose, Mat3) {
        let pose = placed[bodyid].pose;
        (pose, quat_to_mat(pose.quat))
    };
    for camera in &mut model.cameras {
        let (pose, mat) = turn(camera.bodyid);
        let pos = add(pose.pos, mat_vec(mat, camera.pos));
        camera.pos0 = sub(pos, pose.pos);
        camera.poscom0 = sub(pos, com[camera.targetbodyid.unwrap_or(camera.bodyid)]);
        let axes = mat_mul(mat, quat_to_mat(camera.quat));
        camera.mat0 = std::array::from_fn(|i| axes[i / 3][i % 3]);
    }
    for light in &mut model.lights {
        let (pose, mat) = turn(light.bodyid);
        let pos = add(pose.pos, mat_vec(mat, light.pos));
        light.pos0 = sub(pos, pose.pos);
        light.poscom0 = sub(pos, com[light.targetbodyid.unwrap_or(light.bodyid)]);
        light.dir0 = mat_vec(mat, light.dir);
    }
}

/// Centres of mass of the subtrees at `qpos0`; of one without mass the body's own inertial frame.
fn subtree_coms(model: &Model, placed: &[Placed]) -> Vec<Vec3> {
    let own = |i: usize| placed[i].com;
    let n = model.bodies.len();
    let mut sums: Vec<Vec3> = (0..n).map(|i| scale(own(i), model.bodies[i].mass)).collect();
    for i in (1..n).rev() {
        let parent = model.bodies[i].parentid;
        sums[parent] = add(sums[parent], sums[i]);
    }
    let centre = |i: usize| match model.bodies[i].subtreemass {
        mass if mass > 0.0 => scale(sums[i], 1.0 / mass),
        _ => own(i),
    };
    (0..n).map(centre).collect()
}

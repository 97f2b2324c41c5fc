//! Geoms and sites with their sizes and frames.

use crate::model::asset::{Assets, Solid};
use crate::model::diagnostic::{Diagnostics, Origin, suggest};
use crate::model::frames::{EPS, Pose, normalize, quat_from_z, scale, sub};
use crate::model::inertia::{MassProperties, shape_inertia, volume};
use crate::model::spec::{Compiler, GeomSpec, ShapeSpec, SiteSpec};
use crate::model::types::{Geom, GeomType, HeightField, Site, Vec3};

/// A geom in its place, and what it weighs if it counts. `is_static` says that its body never moves.
pub(super) fn compile_geom(
    spec: &GeomSpec,
    bodyid: usize,
    is_static: bool,
    assets: &Assets,
    compiler: &Compiler,
    sink: &mut Diagnostics,
) -> (Geom, Option<MassProperties>) {
    let mut shape = spec.shape.clone();
    let asset = find_asset(spec, assets, sink);
    if let Some(Asset::Mesh(_, solid)) = asset
        && shape.geom_type != GeomType::Mesh
    {
        if compiler.fitaabb {
            let message = "fitaabb=\"true\" is not simulated by this version, and this shape is fitted to a mesh";
            sink.error(&spec.origin, message, "set fitaabb=\"false\", or write the shape's size");
        }
        shape.size = scale(solid.fitted_size(shape.geom_type), spec.fitscale);
    }
    let is_sized = matches!(asset, None | Some(Asset::Hfield(..)));
    let mut pose = place(&shape, is_sized, &spec.origin, compiler, sink);
    let geom_type = shape.geom_type;
    if geom_type == GeomType::Plane && !is_static {
        sink.error(
            &spec.origin,
            "a plane is on a body that moves",
            "put it in <worldbody> or use a box",
        );
    }
    let mut size = pose.1;
    let mut rbound = bounding_radius(geom_type, size);
    let mut dataid = None;
    match asset {
        Some(Asset::Mesh(index, solid)) => {
            pose.0 = pose.0.then(solid.pose);
            if geom_type == GeomType::Mesh {
                dataid = Some(index);
                size = solid.half_extents;
                rbound = size.iter().map(|x| x * x).sum::<f64>().sqrt();
            }
        }
        Some(Asset::Hfield(index, field)) => {
            dataid = Some(index);
            let [x, y, height, depth] = field.size;
            size = [x, y, 0.25 * height + 0.5 * depth];
            rbound = (x * x + y * y + height.max(depth).powi(2)).sqrt();
        }
        None => {}
    }
    if let Some(frame) = spec.shape.frame {
        pose.0 = frame.then(pose.0);
    }
    let [first, last] = compiler.inertiagrouprange;
    let part = (first..=last).contains(&spec.group).then(|| {
        let solid = match asset {
            Some(Asset::Mesh(_, solid)) if geom_type == GeomType::Mesh => Some(solid),
            _ => None,
        };
        mass_of(spec, geom_type, size, pose.0, solid)
    });
    let geom = Geom {
        name: spec.name.clone(),
        geom_type,
        bodyid,
        size,
        pos: pose.0.pos,
        quat: pose.0.quat,
        contype: spec.contype,
        conaffinity: spec.conaffinity,
        condim: spec.condim,
        priority: spec.priority,
        friction: spec.friction,
        solmix: spec.solmix,
        solref: spec.solref,
        solimp: spec.solimp,
        margin: spec.margin,
        gap: spec.gap,
        rbound,
        dataid,
        group: spec.group,
        matid: None,
        rgba: spec.rgba,
    };
    (geom, part.filter(|part| part.mass > EPS))
}

#[derive(Clone, Copy)]
enum Asset<'a> {
    Mesh(usize, &'a Solid),
    Hfield(usize, &'a HeightField),
}

/// The mesh or height field that the geom is made of.
fn find_asset<'a>(
    spec: &GeomSpec,
    assets: &'a Assets,
    sink: &mut Diagnostics,
) -> Option<Asset<'a>> {
    let kind = match spec.shape.geom_type {
        GeomType::HeightField => "hfield",
        GeomType::Mesh => "mesh",
        _ if spec.mesh.is_some() => "mesh",
        _ => return None,
    };
    let name = if kind == "mesh" { &spec.mesh } else { &spec.hfield };
    let Some(name) = name else {
        let message = format!("the {kind} of this geom is not named");
        sink.error(&spec.origin, message, format!("add {kind}=\"...\""));
        return None;
    };
    if spec.shape.fromto.is_some() {
        let message = format!("fromto and {kind} contradict each other");
        sink.error(&spec.origin, message, "keep one of them");
    }
    if matches!(spec.shape.geom_type, GeomType::Plane) {
        let message = "a plane cannot be fitted to a mesh";
        sink.error(&spec.origin, message, "use type=\"mesh\", or a box");
        return None;
    }
    let known: Vec<&str> = match kind {
        "mesh" => assets.meshes.iter().map(|solid| solid.mesh.name.as_str()).collect(),
        _ => assets.hfields.iter().map(|field| field.name.as_str()).collect(),
    };
    let Some(index) = known.iter().position(|known| known == name) else {
        // A mesh that could not be loaded has been complained about.
        if !assets.failed.contains(name) {
            let message = format!("there is no {kind} \"{name}\"");
            sink.error(&spec.origin, message, suggest(name, known));
        }
        return None;
    };
    Some(match kind {
        "mesh" => Asset::Mesh(index, &assets.meshes[index]),
        _ => Asset::Hfield(index, &assets.hfields[index]),
    })
}

fn mass_of(
    spec: &GeomSpec,
    geom_type: GeomType,
    size: Vec3,
    pose: Pose,
    solid: Option<&Solid>,
) -> MassProperties {
    let volume = solid.map_or_else(|| volume(geom_type, size), |solid| solid.volume);
    let mass = match spec.mass {
        Some(mass) if volume > EPS => mass,
        Some(_) => 0.0,
        None => spec.density * volume,
    };
    let inertia = match solid {
        Some(solid) => scale(solid.inertia, mass / volume),
        None => shape_inertia(geom_type, size, mass),
    };
    MassProperties { mass, ipos: pose.pos, iquat: pose.quat, inertia }
}

pub(super) fn compile_site(
    spec: &SiteSpec,
    bodyid: usize,
    compiler: &Compiler,
    sink: &mut Diagnostics,
) -> Site {
    let (mut pose, size) = place(&spec.shape, true, &spec.origin, compiler, sink);
    if let Some(frame) = spec.shape.frame {
        pose = frame.then(pose);
    }
    Site {
        name: spec.name.clone(),
        bodyid,
        site_type: spec.shape.geom_type,
        size,
        pos: pose.pos,
        quat: pose.quat,
        rgba: spec.rgba,
    }
}

/// The frame of a shape and its size, both with `fromto` resolved; `is_sized` says that its size is to
/// be checked.
fn place(
    shape: &ShapeSpec,
    is_sized: bool,
    origin: &Origin,
    compiler: &Compiler,
    sink: &mut Diagnostics,
) -> (Pose, Vec3) {
    let quat = shape.orientation.resolve(compiler.angles, origin, sink);
    let mut pose = Pose { pos: shape.pos, quat };
    let mut size = shape.size;
    if let Some(fromto) = shape.fromto {
        place_between(shape, fromto, &mut pose, &mut size, origin, sink);
    }
    if is_sized {
        check_size(shape, size, origin, sink);
    }
    (pose, size)
}

/// `fromto`: z of the shape along the line, from the second point to the first as MuJoCo has it.
fn place_between(
    shape: &ShapeSpec,
    fromto: [f64; 6],
    pose: &mut Pose,
    size: &mut Vec3,
    origin: &Origin,
    sink: &mut Diagnostics,
) {
    let [x0, y0, z0, x1, y1, z1] = fromto;
    let (from, to) = ([x0, y0, z0], [x1, y1, z1]);
    let Some((direction, length)) = normalize(sub(from, to)) else {
        let message = "the points of fromto are the same";
        sink.error(origin, message, "move them apart");
        return;
    };
    match shape.geom_type {
        GeomType::Capsule | GeomType::Cylinder => size[1] = length / 2.0,
        GeomType::Box | GeomType::Ellipsoid => *size = [size[0], size[0], length / 2.0],
        _ => sink.error(
            origin,
            "a plane or sphere has no fromto",
            "use a capsule, cylinder, box or ellipsoid (a geom without type is a sphere)",
        ),
    }
    if shape.pos != [0.0; 3] {
        let message = "pos and fromto contradict each other";
        sink.error(origin, message, "keep one of them");
    }
    pose.pos = scale([x0 + x1, y0 + y1, z0 + z1], 0.5);
    pose.quat = quat_from_z(direction);
}

fn check_size(shape: &ShapeSpec, size: Vec3, origin: &Origin, sink: &mut Diagnostics) {
    let positive = |range: std::ops::Range<usize>| size[range].iter().all(|size| *size > 0.0);
    let between = shape.fromto.is_some();
    let (good, wanted) = match shape.geom_type {
        GeomType::Plane => (
            positive(2..3) && size.iter().all(|size| *size >= 0.0),
            "three numbers: half-lengths (0 is without end) and a grid spacing above zero",
        ),
        GeomType::Sphere => (positive(0..1), "a radius above zero"),
        GeomType::Capsule | GeomType::Cylinder if between => {
            (positive(0..1), "a radius above zero")
        }
        GeomType::Capsule | GeomType::Cylinder => {
            (positive(0..2), "two numbers above zero: radius and half-length")
        }
        GeomType::Box | GeomType::Ellipsoid if between => {
            (positive(0..1), "a half-width above zero")
        }
        GeomType::Box | GeomType::Ellipsoid => (positive(0..3), "three half-lengths above zero"),
        GeomType::HeightField | GeomType::Mesh => (true, ""),
    };
    // A geom whose fromto is wrong has been complained about.
    if !good {
        let [a, b, c] = size;
        let message = format!("the size {a:?} {b:?} {c:?} does not suit the shape");
        sink.error(origin, message, format!("give {wanted}"));
    }
}

/// Radius of a sphere about the centre that holds the shape; zero for planes, which have none.
fn bounding_radius(geom_type: GeomType, [a, b, c]: Vec3) -> f64 {
    match geom_type {
        GeomType::Sphere => a,
        GeomType::Capsule => a + b,
        GeomType::Cylinder => (a * a + b * b).sqrt(),
        GeomType::Ellipsoid => a.max(b).max(c),
        GeomType::Box => (a * a + b * b + c * c).sqrt(),
        GeomType::Plane | GeomType::HeightField | GeomType::Mesh => 0.0,
    }
}

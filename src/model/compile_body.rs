//! Geoms with their sizes and frames, and the mass that a body gets from them or from `<inertial>`.

use super::diagnostic::Diagnostics;
use super::frames::{EPS, normalize, quat_from_z, scale, sub};
use super::inertia::{MassProperties, combine, full_tensor, principal_axes, shape_inertia, volume};
use super::spec::{BodySpec, Compiler, GeomSpec, InertiaFromGeom, InertialSpec};
use super::types::{Geom, GeomType, Quat, Vec3};

/// A geom in its place. `is_static` says that its body never moves.
pub(super) fn compile_geom(
    spec: &GeomSpec,
    bodyid: usize,
    is_static: bool,
    compiler: &Compiler,
    sink: &mut Diagnostics,
) -> Geom {
    let mut geom = Geom {
        name: spec.name.clone(),
        geom_type: spec.geom_type,
        bodyid,
        size: spec.size,
        pos: spec.pos,
        quat: spec.orientation.resolve(compiler.angles, &spec.origin, sink),
        contype: spec.contype,
        conaffinity: spec.conaffinity,
        rgba: spec.rgba,
    };
    if let Some(fromto) = spec.fromto {
        place_between(&mut geom, fromto, spec, sink);
    }
    if geom.geom_type == GeomType::Plane && !is_static {
        sink.error(
            &spec.origin,
            "a plane is on a body that moves",
            "put it in <worldbody> or use a box",
        );
    }
    check_size(&geom, spec, sink);
    geom
}

/// `fromto`: z of the shape along the line, from the second point to the first as MuJoCo has it.
fn place_between(geom: &mut Geom, fromto: [f64; 6], spec: &GeomSpec, sink: &mut Diagnostics) {
    let [x0, y0, z0, x1, y1, z1] = fromto;
    let (from, to) = ([x0, y0, z0], [x1, y1, z1]);
    let Some((direction, length)) = normalize(sub(from, to)) else {
        let message = "the points of fromto are the same";
        sink.error(&spec.origin, message, "move them apart");
        return;
    };
    match geom.geom_type {
        GeomType::Capsule | GeomType::Cylinder => geom.size[1] = length / 2.0,
        GeomType::Box | GeomType::Ellipsoid => {
            geom.size = [geom.size[0], geom.size[0], length / 2.0];
        }
        GeomType::Plane | GeomType::Sphere => sink.error(
            &spec.origin,
            "a plane or sphere has no fromto",
            "use a capsule, cylinder, box or ellipsoid (a geom without type is a sphere)",
        ),
    }
    if spec.pos != [0.0; 3] {
        let message = "pos and fromto contradict each other";
        sink.error(&spec.origin, message, "keep one of them");
    }
    geom.pos = scale([x0 + x1, y0 + y1, z0 + z1], 0.5);
    geom.quat = quat_from_z(direction);
}

fn check_size(geom: &Geom, spec: &GeomSpec, sink: &mut Diagnostics) {
    let positive = |range: std::ops::Range<usize>| geom.size[range].iter().all(|size| *size > 0.0);
    let (good, wanted) = match geom.geom_type {
        GeomType::Plane => (
            positive(2..3) && geom.size.iter().all(|size| *size >= 0.0),
            "three numbers: half-lengths (0 is without end) and a grid spacing above zero",
        ),
        GeomType::Sphere => (positive(0..1), "a radius above zero"),
        GeomType::Capsule | GeomType::Cylinder if spec.fromto.is_some() => {
            (positive(0..1), "a radius above zero")
        }
        GeomType::Capsule | GeomType::Cylinder => {
            (positive(0..2), "two numbers above zero: radius and half-length")
        }
        GeomType::Box | GeomType::Ellipsoid if spec.fromto.is_some() => {
            (positive(0..1), "a half-width above zero")
        }
        GeomType::Box | GeomType::Ellipsoid => (positive(0..3), "three half-lengths above zero"),
    };
    // A geom whose fromto is wrong has been complained about.
    if !good {
        let message = format!("the size {:?} does not suit the shape", geom.size);
        sink.error(&spec.origin, message, format!("give {wanted}"));
    }
}

/// Mass, centre and inertia of a body; `pos` and `quat` are its own frame in its parent.
pub(super) fn body_mass(
    spec: &BodySpec,
    geoms: &[Geom],
    pos: Vec3,
    quat: Quat,
    compiler: &Compiler,
    sink: &mut Diagnostics,
) -> MassProperties {
    // MuJoCo's compiler gives a body without any mass an inertial frame of these numbers.
    let mut result = MassProperties { mass: 0.0, ipos: pos, iquat: quat, inertia: [0.0; 3] };
    if let Some(inertial) = &spec.inertial {
        result = explicit_mass(inertial, compiler, sink);
    }
    let from_geoms = match compiler.inertiafromgeom {
        InertiaFromGeom::Always => true,
        InertiaFromGeom::Auto => spec.inertial.is_none(),
        InertiaFromGeom::Never => false,
    };
    if from_geoms {
        let parts = geom_masses(spec, geoms, compiler);
        if !parts.is_empty() {
            match combine(&parts) {
                Some(sum) => result = sum,
                None => sink.error(
                    &spec.origin,
                    "the inertia of its geoms has no positive principal moments",
                    "give the geoms larger sizes or masses, or add an <inertial>",
                ),
            }
        }
    }
    bound_mass(&mut result, spec, compiler, sink);
    result
}

fn explicit_mass(
    inertial: &InertialSpec,
    compiler: &Compiler,
    sink: &mut Diagnostics,
) -> MassProperties {
    let mut result = MassProperties {
        mass: inertial.mass,
        ipos: inertial.pos,
        iquat: inertial.orientation.resolve(compiler.angles, &inertial.origin, sink),
        inertia: inertial.diaginertia,
    };
    if let Some(full) = inertial.fullinertia {
        match principal_axes(full_tensor(full)) {
            Some((iquat, inertia)) => (result.iquat, result.inertia) = (iquat, inertia),
            None => sink.error(
                &inertial.origin,
                "fullinertia has no positive principal moments",
                "its order is xx yy zz xy xz yz; the matrix has to be positive definite",
            ),
        }
    }
    result
}

/// What each geom weighs, without those that weigh nothing or are not asked for.
fn geom_masses(spec: &BodySpec, geoms: &[Geom], compiler: &Compiler) -> Vec<MassProperties> {
    let [first, last] = compiler.inertiagrouprange;
    spec.geoms
        .iter()
        .zip(geoms)
        .filter(|(spec, _)| (first..=last).contains(&spec.group))
        .map(|(spec, geom)| {
            let volume = volume(geom.geom_type, geom.size);
            let mass = match spec.mass {
                Some(mass) if volume > EPS => mass,
                Some(_) => 0.0,
                None => spec.density * volume,
            };
            MassProperties {
                mass,
                ipos: geom.pos,
                iquat: geom.quat,
                inertia: shape_inertia(geom.geom_type, geom.size, mass),
            }
        })
        .filter(|part| part.mass > EPS)
        .collect()
}

/// The least mass and inertia asked for, and the triangle inequality that every real body obeys.
fn bound_mass(
    result: &mut MassProperties,
    spec: &BodySpec,
    compiler: &Compiler,
    sink: &mut Diagnostics,
) {
    result.mass = result.mass.max(compiler.boundmass);
    result.inertia = result.inertia.map(|moment| moment.max(compiler.boundinertia));
    let [a, b, c] = result.inertia;
    let sum = result.mass + a + b + c;
    if !(sum + result.ipos.iter().sum::<f64>()).is_finite() {
        let message = "its mass or inertia is beyond what numbers can hold";
        sink.error(&spec.origin, message, "check its sizes and masses");
        return;
    }
    if a + b >= c && a + c >= b && b + c >= a {
        return;
    }
    if compiler.balanceinertia {
        result.inertia = [(a + b + c) / 3.0; 3];
    } else {
        let origin = spec.inertial.as_ref().map_or(&spec.origin, |it| &it.origin);
        let message = format!(
            "no body has the moments of inertia {a}, {b}, {c}: one exceeds the sum of the others"
        );
        let remedy = "correct them, or set <compiler balanceinertia=\"true\">";
        sink.error(origin, message, remedy);
    }
}

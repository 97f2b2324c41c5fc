//! The frame of a body, and the mass that it gets from its geoms or from `<inertial>`.

use crate::model::diagnostic::Diagnostics;
use crate::model::frames::{Pose, quat_mul};
use crate::model::inertia::{EXACT, MassProperties, combine, full_tensor, principal_axes};
use crate::model::spec::{BodySpec, Compiler, InertiaFromGeom, InertialSpec};

/// The frame of a body in its parent.
pub(super) fn body_pose(body: &BodySpec, compiler: &Compiler, sink: &mut Diagnostics) -> Pose {
    let quat = body.orientation.resolve(compiler.angles, &body.origin, sink);
    let pose = Pose { pos: body.pos, quat };
    body.frame.map_or(pose, |frame| frame.then(pose))
}

/// Mass, centre and inertia of a body: `parts` are its geoms, `pose` is its own frame in its parent.
pub(super) fn body_mass(
    spec: &BodySpec,
    parts: &[MassProperties],
    pose: Pose,
    compiler: &Compiler,
    sink: &mut Diagnostics,
) -> MassProperties {
    // MuJoCo's compiler gives a body without any mass an inertial frame of these numbers.
    let mut result =
        MassProperties { mass: 0.0, ipos: pose.pos, iquat: pose.quat, inertia: [0.0; 3] };
    if let Some(inertial) = &spec.inertial {
        result = explicit_mass(inertial, compiler, sink);
    }
    let from_geoms = match compiler.inertiafromgeom {
        InertiaFromGeom::Always => true,
        InertiaFromGeom::Auto => spec.inertial.is_none(),
        InertiaFromGeom::Never => false,
    };
    if from_geoms && !parts.is_empty() {
        match combine(parts) {
            Some(sum) => result = sum,
            None => sink.error(
                &spec.origin,
                "the inertia of its geoms has no positive principal moments",
                "give the geoms larger sizes or masses, or add an <inertial>",
            ),
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
        match principal_axes(full_tensor(full), EXACT) {
            Some((turn, inertia)) => {
                result.iquat = quat_mul(result.iquat, turn);
                result.inertia = inertia;
            }
            None => sink.error(
                &inertial.origin,
                "fullinertia has no positive principal moments",
                "its order is xx yy zz xy xz yz; the matrix has to be positive definite",
            ),
        }
    }
    if let Some(frame) = inertial.frame {
        let pose = frame.then(Pose { pos: result.ipos, quat: result.iquat });
        (result.ipos, result.iquat) = (pose.pos, pose.quat);
    }
    result
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
            "no body has the moments of inertia {a:?}, {b:?}, {c:?}: one exceeds the sum of the others"
        );
        let remedy = "correct them, or set <compiler balanceinertia=\"true\">";
        sink.error(origin, message, remedy);
    }
}

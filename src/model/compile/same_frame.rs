//! Frames that differ only by rounding in the file count as equal.

use crate::model::frames::{IDENTITY, Pose};
use crate::model::types::{Body, Model, Quat, Vec3};

/// MuJoCo's compiler takes two frames for the same if no component of their positions [m] or quaternions
/// differs by this. Its arrays keep the difference, its kinematics do not.
const SAME: f64 = 1e-6;

/// Gives bodies' inertias the frames of their bodies, and geoms and sites those of their bodies or of these
/// inertias, wherever they are nearly the same.
pub(super) fn join_frames(model: &mut Model) {
    let Model { bodies, geoms, sites, .. } = model;
    for geom in geoms {
        (geom.pos, geom.quat) = joined(geom.pos, geom.quat, &bodies[geom.bodyid]);
    }
    for site in sites {
        (site.pos, site.quat) = joined(site.pos, site.quat, &bodies[site.bodyid]);
    }
    for body in bodies {
        let inertial = inertial(body);
        (body.ipos, body.iquat) = (inertial.pos, inertial.quat);
    }
}

/// A body's inertial frame.
fn inertial(body: &Body) -> Pose {
    match (same_quat(body.iquat, IDENTITY), same_pos(body.ipos, [0.0; 3])) {
        (true, true) => Pose { pos: [0.0; 3], quat: IDENTITY },
        (true, false) => Pose { pos: body.ipos, quat: IDENTITY },
        _ => Pose { pos: body.ipos, quat: body.iquat },
    }
}

/// A frame fixed to a body: orientations first, for positions are the same only together with them.
fn joined(pos: Vec3, quat: Quat, body: &Body) -> (Vec3, Quat) {
    if same_quat(quat, IDENTITY) {
        let pos = if same_pos(pos, [0.0; 3]) { [0.0; 3] } else { pos };
        return (pos, IDENTITY);
    }
    if same_quat(quat, body.iquat) {
        let inertial = inertial(body);
        let pos = if same_pos(pos, body.ipos) { inertial.pos } else { pos };
        return (pos, inertial.quat);
    }
    (pos, quat)
}

fn same_pos(a: Vec3, b: Vec3) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() < SAME)
}

/// A quaternion and its opposite are one rotation.
fn same_quat(a: Quat, b: Quat) -> bool {
    let within = |sign: f64| a.iter().zip(b).all(|(a, b)| (a - sign * b).abs() < SAME);
    within(1.0) || within(-1.0)
}

#[cfg(test)]
mod tests {
    use crate::model::parse_mjcf;
    use std::path::Path;

    /// A body of two geoms, of which one is turned by a little more and one by a little less than counts.
    #[test]
    fn frames_that_are_nearly_the_same_become_so() {
        let text = r#"<mujoco><compiler angle="radian"/><worldbody><body>
            <joint/><inertial pos="0.3 0 0" mass="1" diaginertia="1 1 1" quat="0.8 0.6 0 0"/>
            <geom size="1" pos="1e-7 0 0" euler="1e-6 0 0"/>
            <geom size="1" pos="1e-7 0 0" euler="4e-6 0 0"/>
            <geom size="1" pos="0.3000005 0 0" quat="0.8 0.6 1e-7 0"/>
            <geom size="1" pos="0.1 0 0" quat="-0.8 -0.6 1e-7 0"/>
        </body></worldbody></mujoco>"#;
        let (model, diagnostics) = parse_mjcf(text, Path::new(""));
        let geoms = model.unwrap_or_else(|| panic!("{diagnostics:?}")).geoms;
        assert_eq!((geoms[0].pos, geoms[0].quat), ([0.0; 3], [1.0, 0.0, 0.0, 0.0]));
        assert_eq!(geoms[1].pos, [1e-7, 0.0, 0.0]);
        assert!(geoms[1].quat[1] > 1e-6);
        assert_eq!((geoms[2].pos, geoms[2].quat), ([0.3, 0.0, 0.0], [0.8, 0.6, 0.0, 0.0]));
        assert_eq!((geoms[3].pos, geoms[3].quat), ([0.1, 0.0, 0.0], [0.8, 0.6, 0.0, 0.0]));
    }
}

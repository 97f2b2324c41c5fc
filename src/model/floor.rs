//! A floor below a model that would fall for ever.

use super::compile::place_bodies;
use super::frames::{Pose, mat_vec, quat_to_mat};
use super::spec::{GeomSpec, ShapeSpec, Spec};
use super::types::{Geom, GeomType, JointType, Model};

/// Where a floor has to lie [m]; none if nothing is free to fall, or there is ground already.
pub(super) fn height(model: &Model) -> Option<f64> {
    let is_ground = |geom: &Geom| matches!(geom.geom_type, GeomType::Plane | GeomType::HeightField);
    let falls = model.joints.iter().any(|joint| joint.jnt_type == JointType::Free);
    if !falls || model.geoms.iter().any(is_ground) {
        return None;
    }
    let placed = place_bodies(model);
    let lowest = model.geoms.iter().map(|geom| {
        let own = Pose { pos: geom.pos, quat: geom.quat };
        let pose = placed[geom.bodyid].pose.then(own);
        pose.pos[2] - below(model, geom, &quat_to_mat(pose.quat))
    });
    Some(lowest.fold(0.0, f64::min))
}

/// How far a geom reaches below its centre, turned as the matrix says [m].
fn below(model: &Model, geom: &Geom, turn: &[[f64; 3]; 3]) -> f64 {
    let [a, b, c] = geom.size;
    let [x, y, z] = turn[2].map(f64::abs);
    match geom.geom_type {
        GeomType::Sphere => a,
        GeomType::Capsule => a + b * z,
        GeomType::Cylinder => a * (1.0 - z * z).max(0.0).sqrt() + b * z,
        GeomType::Box => a * x + b * y + c * z,
        GeomType::Ellipsoid => ((a * x).powi(2) + (b * y).powi(2) + (c * z).powi(2)).sqrt(),
        GeomType::Mesh => {
            let vertices = geom.dataid.map_or(&[][..], |mesh| &model.meshes[mesh].vertices);
            vertices.iter().map(|&vertex| -mat_vec(*turn, vertex)[2]).fold(0.0, f64::max)
        }
        GeomType::Plane | GeomType::HeightField => 0.0,
    }
}

/// The same model with a floor at a height [m].
pub(super) fn with_floor(mut spec: Spec, height: f64) -> Spec {
    let shape = ShapeSpec {
        geom_type: GeomType::Plane,
        // Without end to both sides.
        size: [0.0, 0.0, 1.0],
        pos: [0.0, 0.0, height],
        ..ShapeSpec::sphere(0.0)
    };
    if let Some(world) = spec.bodies.first_mut() {
        world.geoms.push(GeomSpec { shape, ..GeomSpec::default() });
    }
    spec
}

#[cfg(test)]
mod tests {
    use super::super::{load_model, load_robot};
    use super::*;

    fn planes(load: impl Fn(&std::path::Path) -> Option<Model>, body: &str) -> Vec<f64> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("robot.xml");
        let text = format!("<mujoco><worldbody>{body}</worldbody></mujoco>");
        std::fs::write(&path, text).unwrap();
        let model = load(&path).unwrap();
        let planes = model.geoms.iter().filter(|geom| geom.geom_type == GeomType::Plane);
        planes.map(|geom| geom.pos[2]).collect()
    }

    #[test]
    fn what_would_fall_for_ever_stands_on_a_floor() {
        let with_floor = |body: &str| planes(|path| load_robot(path).0, body);
        let box_at = |z: &str| {
            format!(
                r#"<body pos="0 0 {z}"><freejoint/><geom type="box" size="0.1 0.1 0.25"/></body>"#
            )
        };
        assert_eq!(with_floor(&box_at("0")), [-0.25]);
        assert_eq!(with_floor(&box_at("1")), [0.0]);
        let ground = r#"<geom type="plane" size="1 1 1" pos="0 0 -3"/>"#;
        assert_eq!(with_floor(&format!("{ground}{}", box_at("0"))), [-3.0]);
        let hangs = r#"<body><joint type="hinge"/><geom size="0.1"/></body>"#;
        assert_eq!(with_floor(hangs), [0.0; 0]);
        // As it is written, nothing is added.
        assert_eq!(planes(|path| load_model(path).0, &box_at("0")), [0.0; 0]);
    }
}

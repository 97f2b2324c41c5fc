//! Lengths of tendons and how they follow the joints, at the reference position.

use super::reference::{Placed, jacobian};
use crate::math::spatial::quat_to_mat;
use crate::math::wrapping::{Round, WrapShape, unit3, wrap};
use crate::model::frames::{Pose, add, dot, rotate, sub};
use crate::model::types::{GeomType, Model, TendonLeg, TendonPath, Vec3};

/// A straight part of a spatial tendon: bodies and points at both ends.
struct Stretch {
    bodies: [usize; 2],
    points: [Vec3; 2],
    divisor: f64,
}

/// The length of a tendon [m or rad].
pub(super) fn path_length(
    model: &Model,
    placed: &[Placed],
    qpos: &[f64],
    path: &TendonPath,
) -> f64 {
    match path {
        TendonPath::Joints(joints) => {
            joints.iter().map(|(joint, coef)| coef * qpos[model.joints[*joint].qposadr]).sum()
        }
        TendonPath::Sites(legs) => legs.iter().map(|leg| stretches(model, placed, leg).1).sum(),
    }
}

/// How the length of a tendon grows with each dof at `qpos0`.
pub(super) fn tendon_row(model: &Model, placed: &[Placed], tendon: usize) -> Vec<(usize, f64)> {
    let legs = match &model.tendons[tendon].path {
        TendonPath::Joints(joints) => {
            let row = joints.iter().map(|(joint, coef)| (model.joints[*joint].dofadr, *coef));
            return row.collect();
        }
        TendonPath::Sites(legs) => legs,
    };
    let mut row = vec![0.0; model.nv];
    for leg in legs {
        for stretch in stretches(model, placed, leg).0 {
            let along = unit3(sub(stretch.points[1], stretch.points[0]));
            for (end, sign) in [(0, -1.0), (1, 1.0)] {
                let (body, point) = (stretch.bodies[end], stretch.points[end]);
                for column in jacobian(model, placed, body, point) {
                    row[column.dof] += sign * dot(along, column.linear) / stretch.divisor;
                }
            }
        }
    }
    row.into_iter().enumerate().filter(|(_, entry)| *entry != 0.0).collect()
}

/// The straight parts of a leg between different bodies, and its length.
fn stretches(model: &Model, placed: &[Placed], leg: &TendonLeg) -> (Vec<Stretch>, f64) {
    let pose = |body: usize, pos: Vec3, quat| placed[body].pose.then(Pose { pos, quat });
    let site = |site: usize| {
        let site = &model.sites[site];
        let frame = placed[site.bodyid].pose;
        add(frame.pos, rotate(frame.quat, site.pos))
    };
    let [first, last] = leg.sites.map(|site| model.sites[site].bodyid);
    let ends = leg.sites.map(site);
    let divisor = leg.divisor;
    let distance = |a: Vec3, b: Vec3| dot(sub(b, a), sub(b, a)).sqrt();
    let wrapped = leg.over.and_then(|over| {
        let geom = &model.geoms[over.geom];
        let frame = pose(geom.bodyid, geom.pos, geom.quat);
        let round = match geom.geom_type {
            GeomType::Sphere => Round::Sphere,
            _ => Round::Cylinder,
        };
        let mat = quat_to_mat(frame.quat);
        let shape = WrapShape { round, pos: frame.pos, mat, radius: geom.size[0] };
        let way = wrap(&shape, ends, over.sidesite.map(site));
        way.touches.then_some((geom.bodyid, way))
    });
    let mut parts = Vec::new();
    let mut add_part = |bodies: [usize; 2], points: [Vec3; 2]| {
        if bodies[0] != bodies[1] {
            parts.push(Stretch { bodies, points, divisor });
        }
    };
    let length = if let Some((body, way)) = wrapped {
        let [on, off] = way.points;
        add_part([first, body], [ends[0], on]);
        add_part([body, last], [off, ends[1]]);
        distance(ends[0], on) + way.length + distance(off, ends[1])
    } else {
        add_part([first, last], ends);
        distance(ends[0], ends[1])
    };
    (parts, length / divisor)
}

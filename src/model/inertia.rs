//! Volumes and moments of inertia of the shapes, and what several of them weigh together.

use super::frames::{
    EPS, IDENTITY, Mat3, add, dot, mat_mul, normalize, quat_about, quat_mul, quat_to_mat, scale,
    sub, transpose,
};
use super::types::{GeomType, Quat, Vec3};

use crate::math::lanes::atan2;
use std::f64::consts::PI;

/// Moments that differ by less [kg m^2] keep their order, as in `mju_eig3`.
const EQUAL_MOMENTS: f64 = 1e-12;
/// What is left off the diagonal of a body's inertia is rounding.
pub(super) const EXACT: f64 = f64::EPSILON / 2.0;
/// Rotations until Jacobi's method is at rounding. It converges quadratically; eight are typical.
const MAX_ROTATIONS: usize = 50;

/// Mass [kg], centre [m], principal axes and moments [kg m^2] of a body or a part of it, in the frame
/// of the body.
#[derive(Clone, Copy, Debug)]
pub(super) struct MassProperties {
    pub mass: f64,
    pub ipos: Vec3,
    pub iquat: Quat,
    pub inertia: Vec3,
}

/// Volume of a shape [m^3]; a plane has none. `size` is as in `Geom`.
pub(super) fn volume(geom_type: GeomType, size: Vec3) -> f64 {
    let [a, b, c] = size;
    match geom_type {
        GeomType::Plane | GeomType::HeightField | GeomType::Mesh => 0.0,
        GeomType::Sphere => 4.0 / 3.0 * PI * a.powi(3),
        GeomType::Capsule => PI * a * a * (2.0 * b + 4.0 / 3.0 * a),
        GeomType::Cylinder => PI * a * a * (2.0 * b),
        GeomType::Ellipsoid => 4.0 / 3.0 * PI * a * b * c,
        GeomType::Box => 8.0 * a * b * c,
    }
}

/// Moments of inertia [kg m^2] of a solid shape about its own axes through its centre.
pub(super) fn shape_inertia(geom_type: GeomType, size: Vec3, mass: f64) -> Vec3 {
    let [a, b, c] = size.map(|x| x * x);
    match geom_type {
        GeomType::Plane | GeomType::HeightField | GeomType::Mesh => [0.0; 3],
        GeomType::Sphere => [0.4 * mass * a; 3],
        GeomType::Ellipsoid => [b + c, a + c, a + b].map(|sum| mass * sum / 5.0),
        GeomType::Box => [b + c, a + c, a + b].map(|sum| mass * sum / 3.0),
        GeomType::Cylinder => cylinder_inertia(size[0], size[1], mass),
        GeomType::Capsule => capsule_inertia(size[0], size[1], mass),
    }
}

fn cylinder_inertia(radius: f64, half_length: f64, mass: f64) -> Vec3 {
    let across = mass * (radius * radius / 4.0 + half_length * half_length / 3.0);
    [across, across, mass * radius * radius / 2.0]
}

/// A cylinder and two half balls. A half ball's centre of mass is 3/8 of the radius from its face, so
/// moving both from the middle to the ends adds m h (h + 3/4 r), h the cylinder's half-length.
fn capsule_inertia(radius: f64, half_length: f64, mass: f64) -> Vec3 {
    let ball_mass = mass * 2.0 * radius / (2.0 * radius + 3.0 * half_length);
    let [across, _, along] = cylinder_inertia(radius, half_length, mass - ball_mass);
    let ball = 0.4 * ball_mass * radius * radius;
    let moved = ball_mass * half_length * (half_length + 0.75 * radius);
    let across = across + ball + moved;
    [across, across, along + ball]
}

/// Several parts as one; none if the sum of their inertias has no positive principal moments. One part
/// stays as it is, axes and all.
pub(super) fn combine(parts: &[MassProperties]) -> Option<MassProperties> {
    if let [part] = parts {
        return Some(*part);
    }
    let mass: f64 = parts.iter().map(|part| part.mass).sum();
    let moment = parts.iter().fold([0.0; 3], |sum, part| add(sum, scale(part.ipos, part.mass)));
    let ipos = moment.map(|x| x / mass);
    let mut total = [[0.0; 3]; 3];
    for part in parts {
        let tensor = tensor_about(part, ipos);
        for row in 0..3 {
            total[row] = add(total[row], tensor[row]);
        }
    }
    let (iquat, inertia) = principal_axes(total, EXACT)?;
    Some(MassProperties { mass, ipos, iquat, inertia })
}

/// Inertia tensor of a part about a point, along the axes of the body (Steiner's theorem).
fn tensor_about(part: &MassProperties, point: Vec3) -> Mat3 {
    let axes = quat_to_mat(part.iquat);
    let turned = axes.map(|row| [0, 1, 2].map(|k| row[k] * part.inertia[k]));
    let mut tensor = mat_mul(turned, transpose(axes));
    let d = sub(part.ipos, point);
    for row in 0..3 {
        for column in 0..3 {
            let diagonal = if row == column { dot(d, d) } else { 0.0 };
            tensor[row][column] += part.mass * (diagonal - d[row] * d[column]);
        }
    }
    tensor
}

/// `<inertial fullinertia>` (xx, yy, zz, xy, xz, yz) as a matrix.
pub(super) fn full_tensor([xx, yy, zz, xy, xz, yz]: [f64; 6]) -> Mat3 {
    [[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]
}

/// Principal axes and moments, the largest first; none if one is not positive. Jacobi's method, turning
/// away the largest entry off the diagonal each time, until it is below this part of the largest moment.
pub(super) fn principal_axes(tensor: Mat3, precision: f64) -> Option<(Quat, Vec3)> {
    let largest = tensor.iter().flatten().fold(0.0, |most: f64, x| most.max(x.abs()));
    let mut quat = IDENTITY;
    let mut moments = [0.0; 3];
    for _ in 0..MAX_ROTATIONS {
        let axes = quat_to_mat(quat);
        let seen = mat_mul(transpose(axes), mat_mul(tensor, axes));
        moments = [seen[0][0], seen[1][1], seen[2][2]];
        // Of equal entries the last counts, as in MuJoCo.
        let (row, column) = [(1, 2), (0, 2), (0, 1)]
            .into_iter()
            .reduce(|best, next| {
                let larger = seen[next.0][next.1].abs() > seen[best.0][best.1].abs();
                if larger { next } else { best }
            })
            .unwrap_or((0, 1));
        let entry = seen[row][column];
        if entry.abs() <= largest * precision {
            break;
        }
        let tau = (moments[column] - moments[row]) / (2.0 * entry);
        let sign = if tau >= 0.0 { 1.0 } else { -1.0 };
        let tangent = sign / (tau.abs() + (1.0 + tau * tau).sqrt());
        // Rotation in the plane of the two axes; x and z are in the wrong order for one about y.
        let mut axis = [0.0; 3];
        axis[3 - row - column] = if column - row == 2 { 1.0 } else { -1.0 };
        quat = unit(quat_mul(quat, quat_about(axis, atan2(tangent, 1.0))));
    }
    let (quat, moments) = sort_axes(quat, moments);
    let positive = moments[2] >= EPS && moments.iter().all(|moment| moment.is_finite());
    positive.then_some((quat, moments))
}

/// Exchanges neighbouring axes by quarter turns until the moments fall.
fn sort_axes(mut quat: Quat, mut moments: Vec3) -> (Quat, Vec3) {
    for first in [0, 1, 0] {
        if moments[first] + EQUAL_MOMENTS < moments[first + 1] {
            moments.swap(first, first + 1);
            let mut axis = [0.0; 3];
            axis[(first + 2) % 3] = 1.0;
            quat = unit(quat_mul(quat, quat_about(axis, PI / 2.0)));
        }
    }
    (quat, moments)
}

fn unit(quat: Quat) -> Quat {
    normalize(quat).map_or(IDENTITY, |(quat, _)| quat)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_of_eight_boxes_weighs_what_the_box_weighs() {
        let parts: Vec<MassProperties> = (0..8)
            .map(|octant| MassProperties {
                mass: 0.25,
                ipos: [0, 1, 2]
                    .map(|k| [0.1, 0.2, 0.3][k] * if octant >> k & 1 == 0 { 1.0 } else { -1.0 }),
                iquat: IDENTITY,
                inertia: shape_inertia(GeomType::Box, [0.1, 0.2, 0.3], 0.25),
            })
            .collect();
        let whole = combine(&parts).expect("positive");
        let expected = shape_inertia(GeomType::Box, [0.2, 0.4, 0.6], 2.0);
        assert!((whole.mass - 2.0).abs() < 1e-15);
        for k in 0..3 {
            assert!((whole.inertia[k] - expected[k]).abs() < 1e-15, "{whole:?}");
        }
    }

    #[test]
    fn a_short_capsule_tends_to_a_sphere_and_a_thin_one_to_a_rod() {
        let ball = shape_inertia(GeomType::Capsule, [0.5, 1e-12, 0.0], 3.0);
        let sphere = shape_inertia(GeomType::Sphere, [0.5, 0.0, 0.0], 3.0);
        assert!((0..3).all(|k| (ball[k] - sphere[k]).abs() < 1e-10));
        let thin = shape_inertia(GeomType::Capsule, [1e-9, 0.5, 0.0], 3.0);
        assert!((thin[0] - 3.0 / 12.0).abs() < 1e-8);
    }

    #[test]
    fn principal_axes_give_the_tensor_back() {
        let tensor = full_tensor([0.012, 0.015, 0.009, 0.002, -0.001, 0.0015]);
        let (quat, moments) = principal_axes(tensor, EXACT).expect("positive");
        assert!(moments[0] >= moments[1] && moments[1] >= moments[2]);
        let back = tensor_about(
            &MassProperties { mass: 1.0, ipos: [0.0; 3], iquat: quat, inertia: moments },
            [0.0; 3],
        );
        for row in 0..3 {
            for column in 0..3 {
                assert!((back[row][column] - tensor[row][column]).abs() < 1e-14);
            }
        }
    }

    #[test]
    fn a_tensor_without_positive_moments_has_no_principal_axes() {
        assert!(principal_axes(full_tensor([1.0, 1.0, 1.0, 2.0, 0.0, 0.0]), EXACT).is_none());
        assert!(principal_axes(full_tensor([0.0; 6]), EXACT).is_none());
    }
}

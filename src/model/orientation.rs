//! The ways in which MJCF writes an orientation: quat, axisangle, xyaxes, zaxis, euler.

use super::diagnostic::{Diagnostics, Origin};
use super::frames::{
    IDENTITY, cross, dot, normalize, quat_about, quat_from_axes, quat_from_z, quat_mul, scale, sub,
};
use super::types::{Quat, Vec3};
use super::xml::Element;

/// How angles are to be read (`<compiler angle eulerseq>`).
#[derive(Clone, Copy, Debug)]
pub(super) struct Angles {
    /// Angles are in degrees.
    pub degree: bool,
    /// The axes of the three rotations of `euler`, with their places: lower case turns with the frame.
    pub eulerseq: [u8; 3],
}

impl Angles {
    /// An angle of the file in radians.
    pub fn radians(&self, angle: f64) -> f64 {
        if self.degree { angle.to_radians() } else { angle }
    }
}

#[derive(Clone, Copy, Debug)]
enum Alternative {
    AxisAngle([f64; 4]),
    XyAxes([f64; 6]),
    ZAxis(Vec3),
    Euler(Vec3),
}

/// An orientation as written. The form that an element uses replaces the one inherited from a default.
#[derive(Clone, Copy, Debug)]
pub(super) struct Orientation {
    quat: Quat,
    alternative: Option<Alternative>,
}

impl Default for Orientation {
    fn default() -> Self {
        Self { quat: IDENTITY, alternative: None }
    }
}

impl Orientation {
    pub fn of(quat: Quat) -> Self {
        Self { quat, alternative: None }
    }

    pub fn read(&mut self, element: &Element, sink: &mut Diagnostics) {
        let forms = ["quat", "axisangle", "xyaxes", "zaxis", "euler"];
        let given: Vec<&str> = forms.into_iter().filter(|form| element.has(form)).collect();
        if given.len() > 1 {
            let message = format!("two orientations: {}", given.join(" and "));
            sink.error(&element.at(given[1]), message, "keep one of them");
        }
        if let Some(quat) = element.numbers("quat", sink) {
            *self = Self { quat, alternative: None };
        }
        let alternative = None
            .or_else(|| element.numbers("axisangle", sink).map(Alternative::AxisAngle))
            .or_else(|| element.numbers("xyaxes", sink).map(Alternative::XyAxes))
            .or_else(|| element.numbers("zaxis", sink).map(Alternative::ZAxis))
            .or_else(|| element.numbers("euler", sink).map(Alternative::Euler));
        self.alternative = alternative.or(self.alternative);
    }

    /// The quaternion; a diagnostic and no rotation if there is none.
    pub fn resolve(&self, angles: Angles, origin: &Origin, sink: &mut Diagnostics) -> Quat {
        match self.quaternion(angles) {
            Ok(quat) => quat,
            Err(what) => {
                let message = format!("{what} has no direction");
                sink.error(origin, message, "give it a length above zero");
                IDENTITY
            }
        }
    }

    fn quaternion(&self, angles: Angles) -> Result<Quat, &'static str> {
        match self.alternative {
            None => Ok(normalize(self.quat).ok_or("quat")?.0),
            Some(Alternative::AxisAngle([x, y, z, angle])) => {
                let (axis, _) = normalize([x, y, z]).ok_or("the axis of axisangle")?;
                Ok(quat_about(axis, angles.radians(angle)))
            }
            Some(Alternative::XyAxes([x0, x1, x2, y0, y1, y2])) => {
                let (x, _) = normalize([x0, x1, x2]).ok_or("the x axis of xyaxes")?;
                let y = [y0, y1, y2];
                let y = sub(y, scale(x, dot(x, y)));
                let (y, _) = normalize(y).ok_or("the y axis of xyaxes, seen from the x axis,")?;
                Ok(quat_from_axes(x, y, cross(x, y)))
            }
            Some(Alternative::ZAxis(z)) => {
                let (z, _) = normalize(z).ok_or("zaxis")?;
                Ok(quat_from_z(z))
            }
            Some(Alternative::Euler(euler)) => Ok(euler_quat(euler, angles)),
        }
    }
}

/// Lower-case letters turn about the axes that move along, upper-case ones about the fixed axes.
pub(super) fn euler_quat(euler: Vec3, angles: Angles) -> Quat {
    let mut quat = IDENTITY;
    for (letter, angle) in angles.eulerseq.into_iter().zip(euler) {
        let axis = match letter.to_ascii_lowercase() {
            b'x' => [1.0, 0.0, 0.0],
            b'y' => [0.0, 1.0, 0.0],
            _ => [0.0, 0.0, 1.0],
        };
        let turn = quat_about(axis, angles.radians(angle));
        quat =
            if letter.is_ascii_lowercase() { quat_mul(quat, turn) } else { quat_mul(turn, quat) };
    }
    normalize(quat).map_or(IDENTITY, |(quat, _)| quat)
}

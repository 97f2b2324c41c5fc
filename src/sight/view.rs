//! What a camera takes in: its frustum and its pixels.

use super::error::SightError;
use super::pose::{Pose, WorldFrame, facing};
use crate::math::lanes::sin_cos;
use crate::math::spatial::V3;
use crate::model::{Camera, Model};

/// The widest and highest picture \[pixels\], and most samples along a pixel's side.
pub const MOST_PIXELS: usize = 4096;
/// Most samples along a pixel's side.
pub const MOST_SAMPLES: usize = 8;

/// Viewpoint of a picture: a camera of the model or a free one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Viewpoint {
    /// A camera of the model.
    Camera(usize),
    /// One that stays where it is in the world.
    Free(FreeCamera),
}

/// A camera that is not the model's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FreeCamera {
    /// Position and axes in the world; it looks along its -z.
    pub frame: WorldFrame,
    /// Vertical field of view \[degrees\].
    pub fovy: f64,
}

impl FreeCamera {
    /// Looks from one point \[m\] at another, level.
    pub fn looking(from: V3<f64>, at: V3<f64>, fovy: f64) -> Self {
        let back = [from[0] - at[0], from[1] - at[1], from[2] - at[2]];
        Self { frame: WorldFrame { pos: from, mat: facing(back) }, fovy }
    }

    /// One that has all bodies of a model in view, from above and the side. What the world itself has, and
    /// ground before other things, counts only where there is nothing else.
    pub fn over_all(model: &Model, pose: &Pose) -> Self {
        const FOVY: f64 = 45.0;
        let (low, high) = extent(model, pose);
        let middle = [0, 1, 2].map(|k| (low[k] + high[k]) / 2.0);
        let half = [0, 1, 2].map(|k| (high[k] - low[k]) / 2.0);
        let radius = half.iter().map(|x| x * x).sum::<f64>().sqrt().max(0.05);
        // Half the field of view holds the ball about all of it, with some air.
        let (sin, _) = sin_cos(FOVY.to_radians() / 2.0);
        let away = 0.9 * radius / sin;
        let towards = [0.52, -0.74, 0.42];
        let from = [0, 1, 2].map(|k| middle[k] + away * towards[k]);
        Self::looking(from, middle, FOVY)
    }
}

/// The corners of a box about everything that moves or stands.
fn extent(model: &Model, pose: &Pose) -> (V3<f64>, V3<f64>) {
    use crate::model::GeomType::{HeightField, Plane};
    let is_ground = |it: &&crate::model::Geom| matches!(it.geom_type, Plane | HeightField);
    let mut ends = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
    let mut hold = |geom: &crate::model::Geom| {
        let at = pose.fixed(geom.bodyid, geom.pos, &super::pose::IDENTITY).pos;
        for k in 0..3 {
            ends.0[k] = ends.0[k].min(at[k] - geom.rbound);
            ends.1[k] = ends.1[k].max(at[k] + geom.rbound);
        }
    };
    let seen = || model.geoms.iter().filter(|geom| geom.rgba[3] > 0.0);
    let solid = || seen().filter(|geom| !is_ground(geom));
    // A rail of forty metres would hide what moves along it.
    let moving = || solid().filter(|geom| geom.bodyid > 0);
    if moving().next().is_some() {
        moving().for_each(&mut hold);
    } else if solid().next().is_some() {
        solid().for_each(&mut hold);
    } else {
        seen().for_each(&mut hold);
    }
    let is_bound = ends.0.iter().chain(&ends.1).all(|x| x.is_finite());
    if is_bound { ends } else { ([-1.0; 3], [1.0; 3]) }
}

/// What is seen at depth 1, or of parallel rays at any depth: from left to right and from bottom to top \[m\].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frustum {
    /// Left and right edge \[m\].
    pub x: [f64; 2],
    /// Lower and upper edge \[m\].
    pub y: [f64; 2],
    /// Whether its rays are parallel.
    pub parallel: bool,
}

impl Frustum {
    /// Of a camera of the model, on a picture of a size in pixels; a sensor has its own shape
    /// (mjv_cameraFrustum).
    pub fn of_camera(camera: &Camera, width: usize, height: usize) -> Result<Self, SightError> {
        let [w, h] = camera.sensorsize;
        if w > 0.0 && h > 0.0 {
            let [fx, fy, px, py] = camera.intrinsic;
            return Ok(Self {
                x: [-(w / 2.0 - px) / fx, (w / 2.0 + px) / fx],
                y: [-(h / 2.0 + py) / fy, (h / 2.0 - py) / fy],
                parallel: false,
            });
        }
        if camera.orthographic {
            let (half, aspect) = (camera.fovy / 2.0, width as f64 / height as f64);
            let x = half * aspect;
            return Ok(Self { x: [-x, x], y: [-half, half], parallel: true });
        }
        Self::of_angle(camera.fovy, width, height)
    }

    /// Of a vertical field of view \[degrees\].
    pub fn of_angle(fovy: f64, width: usize, height: usize) -> Result<Self, SightError> {
        if !(fovy > 0.0 && fovy < 180.0) {
            return Err(SightError::FieldOfView { fovy });
        }
        let (sin, cos) = sin_cos(fovy.to_radians() / 2.0);
        let half = sin / cos;
        let x = half * width as f64 / height as f64;
        Ok(Self { x: [-x, x], y: [-half, half], parallel: false })
    }

    pub(super) fn width(&self) -> f64 {
        self.x[1] - self.x[0]
    }

    pub(super) fn height(&self) -> f64 {
        self.y[1] - self.y[0]
    }
}

/// That a picture can have this size.
pub(super) fn check_size(width: usize, height: usize, samples: usize) -> Result<(), SightError> {
    let is_size = |pixels: usize| (1..=MOST_PIXELS).contains(&pixels);
    if !is_size(width) || !is_size(height) {
        return Err(SightError::Size { width, height });
    }
    if !(1..=MOST_SAMPLES).contains(&samples) {
        return Err(SightError::Samples { samples });
    }
    Ok(())
}

//! The visible geoms of a model, transformed into a camera's frame.

use super::bounds::{Bulk, Rect, rectangle};
use super::pixels::Pyramid;
use super::pose::{Pose, WorldFrame};
use super::view::Frustum;
use crate::math::lanes::Lanes;
use crate::math::spatial::{M3, V3, quat_to_mat, rotate_back, splat3, sub3};
use crate::model::{Geom, GeomType, Model, Texture};
use crate::physics::{RayShape, ray_shapes};
use std::sync::Arc;

/// A model's geoms as rays meet them; made once and shared.
#[derive(Debug)]
pub struct RayScene {
    /// The model.
    pub model: Arc<Model>,
    pub(super) props: Vec<Prop>,
    /// Of each of the model's textures that is a picture.
    pub(super) pixels: Vec<Option<Arc<Pyramid>>>,
}

/// A geom that is not wholly transparent.
#[derive(Debug)]
pub(super) struct Prop {
    pub geomid: usize,
    pub bodyid: usize,
    pub shape: RayShape,
    /// Frame relative to the body [m].
    pos: V3<f64>,
    mat: M3<f64>,
    pub size: V3<f64>,
    half: V3<f64>,
    radius: f64,
    pub alpha: f32,
}

impl RayScene {
    /// The shapes of a model's geoms, trees over meshes and height fields included.
    pub fn new(model: Arc<Model>) -> Self {
        let shapes = ray_shapes(&model);
        let props = model.geoms.iter().zip(shapes).enumerate();
        let mut props: Vec<Prop> = props
            .filter(|(_, (geom, _))| geom.rgba[3] > 0.0)
            .map(|(geomid, (geom, shape))| Prop::new(geomid, geom, shape))
            .collect();
        // What takes long to meet comes last, when most of it is behind something.
        props.sort_by_key(|prop| matches!(prop.shape, RayShape::Surface(_)));
        let pixels = |texture: &Texture| {
            let pixels = texture.pixels.as_ref()?;
            Some(Arc::new(Pyramid::new(pixels)))
        };
        let pixels = model.textures.iter().map(pixels).collect();
        Self { model, props, pixels }
    }
}

impl Prop {
    fn new(geomid: usize, geom: &Geom, shape: RayShape) -> Self {
        let [a, b, _] = geom.size;
        let half = match (&shape, geom.geom_type) {
            (RayShape::Surface(surface), _) => surface.half_extents,
            (_, GeomType::Plane) if a > 0.0 && b > 0.0 => [a, b, 0.0],
            (_, GeomType::Plane) => [f64::INFINITY; 3],
            (_, GeomType::Sphere) => [a; 3],
            (_, GeomType::Capsule) => [a, a, a + b],
            (_, GeomType::Cylinder) => [a, a, b],
            _ => geom.size,
        };
        let of_box = half.iter().map(|x| x * x).sum::<f64>().sqrt();
        let radius = match geom.geom_type {
            GeomType::Sphere | GeomType::Capsule | GeomType::Ellipsoid => geom.rbound,
            _ => of_box,
        };
        Self {
            geomid,
            bodyid: geom.bodyid,
            shape,
            pos: geom.pos,
            mat: quat_to_mat(geom.quat),
            size: geom.size,
            half,
            radius,
            alpha: geom.rgba[3],
        }
    }

    /// Where it is in the world.
    pub fn frame(&self, pose: &Pose) -> WorldFrame {
        pose.fixed(self.bodyid, self.pos, &self.mat)
    }
}

/// A geom before a camera.
#[derive(Clone, Debug)]
pub(super) struct Placed<L> {
    /// Index into the stage's props.
    pub prop: usize,
    /// The camera in the geom's frame [m], and the geom's axes by the camera's, row by row.
    pub from: V3<L>,
    pub axes: M3<L>,
    pub size: V3<L>,
    /// The geom's centre in the camera's frame and the radius about it [m].
    pub centre: V3<L>,
    pub radius: L,
    /// Where on the picture it can be.
    pub rect: Option<Rect>,
}

/// Puts everything before a camera, in the order of the props.
pub(super) fn place_all<L: Lanes>(
    stage: &RayScene,
    pose: &Pose,
    eye: &WorldFrame,
    view: &Frustum,
    [cols, rows]: [usize; 2],
    out: &mut Vec<Placed<L>>,
) {
    out.clear();
    for (index, prop) in stage.props.iter().enumerate() {
        let frame = prop.frame(pose);
        let offset = sub3(frame.pos, eye.pos);
        let bulk = Bulk {
            centre: rotate_back(&eye.mat, offset),
            axes: between(&eye.mat, &frame.mat),
            half: prop.half,
            radius: prop.radius,
        };
        let back = rotate_back(&frame.mat, offset);
        let axes = between(&frame.mat, &eye.mat);
        out.push(Placed {
            prop: index,
            from: splat3([-back[0], -back[1], -back[2]]),
            axes: axes.map(L::splat),
            size: splat3(prop.size),
            centre: splat3(bulk.centre),
            radius: L::splat(if prop.radius.is_finite() { prop.radius } else { 0.0 }),
            rect: rectangle(&bulk, view, cols, rows),
        });
    }
}

/// The axes of `b` in the frame of `a`: a' b.
fn between(a: &M3<f64>, b: &M3<f64>) -> M3<f64> {
    std::array::from_fn(|i| {
        let (row, col) = (i / 3, i % 3);
        a[row] * b[col] + a[3 + row] * b[3 + col] + a[6 + row] * b[6 + col]
    })
}

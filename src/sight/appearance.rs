//! What of a model may look different from one environment to the next.

use super::stage::RayScene;
use crate::math::spatial::V3;
use crate::model::{Camera, Headlight, Light, Model};
use std::sync::Arc;

/// Cameras, lights and colours, in the model's order. Pictures by it are those of a model whose file has them.
#[derive(Clone, Debug, PartialEq)]
pub struct Appearance {
    /// The model's cameras, shape (ncam,).
    pub cameras: Vec<Camera>,
    /// The model's lights, shape (nlight,).
    pub lights: Vec<Light>,
    /// The light at the camera.
    pub headlight: Headlight,
    /// Red, green and blue of each geom, from 0 to 1.
    pub colours: Vec<V3<f64>>,
}

impl Appearance {
    /// Memory that it takes.
    pub fn bytes(&self) -> u64 {
        let lists = size_of_val(&self.cameras[..])
            + size_of_val(&self.lights[..])
            + size_of_val(&self.colours[..]);
        (size_of::<Self>() + lists) as u64
    }

    /// That of a model as it is.
    pub fn of(model: &Model) -> Self {
        let colour = |rgba: [f32; 4]| [0, 1, 2].map(|k| f64::from(rgba[k]));
        Self {
            cameras: model.cameras.clone(),
            lights: model.lights.clone(),
            headlight: model.headlight,
            colours: model.geoms.iter().map(|geom| colour(geom.rgba)).collect(),
        }
    }

    /// The colours of the things on a stage, in its order.
    pub(super) fn of_props<'a>(
        &'a self,
        stage: &'a Arc<RayScene>,
    ) -> impl Iterator<Item = V3<f64>> {
        stage.props.iter().map(|prop| self.colours[prop.geomid])
    }
}

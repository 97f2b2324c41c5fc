//! Eyes: pictures and scans of environments by rays, on the CPU, without a driver.
//!
//! [`RayScene`] is what is seen of a model, made once. [`Renderer`] draws one kind of picture (colour, gray,
//! depth, segmentation) of a camera for any number of environments into one buffer of bytes, shape
//! (n, height, width, channels); [`Scanner`] casts a pattern of rays (height scans, lidar) from a body or
//! site of each and gives lengths. Both need nothing but a [`Pose`] for each environment: where its bodies
//! are.
//!
//! Lanes are used in one way: a register holds rays of one environment, the pixels of a strip or the beams
//! of a scan side by side. Shapes are those of `math::rays`, where physics has them for its own sensors.
//!
//! Pictures are as MuJoCo draws them: its cameras, lights, materials, builtin textures and pictures of texture
//! files, with sharp shadows and without reflections. A geom is seen from outside only, so a camera
//! in a robot's head looks out of it; what is half transparent is seen at half the samples.

mod appearance;
mod bounds;
mod canvas;
mod error;
mod lamp;
mod mapping;
mod pixels;
mod pose;
mod renderer;
mod scan;
mod shade;
mod shadow;
mod stage;
mod texture;
mod view;

#[cfg(test)]
mod tests;

pub use appearance::Appearance;
pub use error::SightError;
pub use pose::{Pose, WorldFrame};
pub use renderer::{
    Background, CameraOutput, DepthAndGeoms, PictureScratch, PictureSpec, Renderer,
};
pub use scan::{Align, Mount, Pattern, ScanOutput, ScanSpec, Scanner};
pub use stage::RayScene;
pub use view::{FreeCamera, Frustum, MOST_PIXELS, MOST_SAMPLES, Viewpoint};

//! Cameras of a task: each draws a picture of every environment into a stream of its own.

use super::error::SceneError;
use super::library::Scene;
use super::mistakes::Mistakes;
use super::observe::Moment;
use super::picture_noise::PictureNoise;
use super::sight_file::{CameraFile, SeesFile};
use super::source_map::Text;
use super::task_file::TaskFile;
use crate::diagnostic::Location;
use crate::math::lanes::{Isa, Lanes};
use crate::math::rng::Random;
use crate::model::Model;
use crate::sight::{
    Appearance, Background, CameraOutput, PictureScratch, PictureSpec, Pose, RayScene, Renderer,
    Viewpoint,
};
use crate::space::{Element, ObservationStream, Observations, Picture};
use std::sync::Arc;

/// The longest stack [frames].
pub(super) const MOST_FRAMES: usize = 64;
/// Samples along the side of a pixel where a file says nothing: what is thinner than a pixel would break into
/// dashes.
const SAMPLES: usize = 2;

/// A camera of a task.
#[derive(Clone, Debug)]
pub(super) struct TaskCamera {
    name: String,
    spec: PictureSpec,
    /// Pictures of a stack.
    frames: usize,
    noise: Option<PictureNoise>,
    /// Where it stands in the task file, if it does.
    location: Option<Location>,
    /// The place of its stream in the observation space.
    place: usize,
}

impl TaskCamera {
    /// What a file says, by the model's camera at an index.
    pub(super) fn new(file: &CameraFile, index: usize, noise: Option<PictureNoise>) -> Self {
        let spec = spec(file, index);
        let (name, frames) = (file.name.clone(), file.stack);
        Self { name, spec, frames, noise, location: None, place: 0 }
    }

    /// The same, of which it is known where it stands.
    fn at(self, location: Location) -> Self {
        Self { location: Some(location), ..self }
    }

    pub(super) fn location(&self) -> Option<&Location> {
        self.location.as_ref()
    }

    pub(super) fn frames(&self) -> usize {
        self.frames
    }

    pub(super) fn stack(&mut self, frames: usize) {
        self.frames = frames;
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What its pictures are.
    pub(super) fn spec(&self) -> &PictureSpec {
        &self.spec
    }

    /// What it adds to the observations.
    pub(super) fn stream(&self) -> ObservationStream {
        let PictureSpec { width, height, sees, .. } = self.spec;
        let picture = Picture { frames: self.frames, height, width, channels: sees.channels() };
        ObservationStream::picture(&self.name, picture)
    }

    /// Finds its stream among those of a task.
    pub(super) fn find(&mut self, place: impl Fn(&str) -> Option<usize>) {
        self.place = place(&self.name).unwrap_or_default();
    }
}

/// The cameras of a task file; what is wrong with any is noted.
pub(super) fn compile(
    file: &TaskFile,
    text: &Text<'_>,
    model: &Model,
    mistakes: &mut Mistakes,
) -> Vec<TaskCamera> {
    let mut cameras: Vec<TaskCamera> = Vec::new();
    for (number, camera) in file.cameras.iter().enumerate() {
        let found = findings(camera, number, (text, model), &cameras);
        if found.is_empty() {
            let index = model.cameras.iter().position(|it| it.name == *camera.wanted());
            let noise = PictureNoise::new(camera).unwrap_or_default();
            let it = TaskCamera::new(camera, index.unwrap_or_default(), noise);
            cameras.push(it.at(text.location(("cameras", number))));
        }
        found.into_iter().for_each(|error| mistakes.note(error));
    }
    cameras
}

/// What is wrong with a camera, beside others.
fn findings(
    camera: &CameraFile,
    number: usize,
    (text, model): (&Text<'_>, &Model),
    others: &[TaskCamera],
) -> Vec<SceneError> {
    let (entry, name, wanted) = (("cameras", number), &camera.name, camera.wanted());
    let mut found = Vec::new();
    found.extend(unfit_name(name, others).map(|message| text.error_in(entry, name, message)));
    let known = || model.cameras.iter().map(|it| it.name.as_str());
    match known().position(|it| it == wanted) {
        Some(index) => {
            let error = spec(camera, index).check(model).err();
            let message = error.map(|error| format!("camera \"{name}\": {error}"));
            found.extend(message.map(|message| text.error_of(entry, message)));
        }
        None if known().all(str::is_empty) => {
            let message = format!(
                "unknown camera \"{wanted}\": the model has no camera with a name; add a `<camera>` to it"
            );
            found.push(text.error_in(entry, wanted, message));
        }
        None => found.push(text.unknown(entry, "camera", wanted, known())),
    }
    if let Err(message) = PictureNoise::new(camera) {
        found.push(text.error_of(entry, format!("camera \"{name}\": {message}")));
    }
    let frames = camera.stack;
    if !(1..=MOST_FRAMES).contains(&frames) {
        let message = format!("camera \"{name}\": a `stack` of {frames}: it is 1 to {MOST_FRAMES}");
        found.push(text.error_of(entry, message));
    }
    found
}

pub(super) fn spec(camera: &CameraFile, index: usize) -> PictureSpec {
    let (near, far) = camera.range;
    let (sees, samples) = match camera.sees {
        SeesFile::Gray => (CameraOutput::Gray, SAMPLES),
        SeesFile::Rgb => (CameraOutput::Rgb, SAMPLES),
        SeesFile::Depth => (CameraOutput::Depth { near, far }, 1),
    };
    PictureSpec {
        viewpoint: Viewpoint::Camera(index),
        width: camera.size.0,
        height: camera.size.1,
        sees,
        samples: camera.samples.unwrap_or(samples),
        backdrop: Background::default(),
    }
}

/// Whether a name is of letters, digits, `_` and `-`.
pub(super) fn is_plain(name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    !name.is_empty() && name.chars().all(is_part)
}

/// Why a camera cannot be called so, beside others.
pub(super) fn unfit_name(name: &str, others: &[TaskCamera]) -> Option<String> {
    if others.iter().any(|other| other.name == name) {
        return Some(format!("there are two cameras named \"{name}\"; rename one"));
    }
    if name == ObservationStream::OBSERVATIONS || name == ObservationStream::CRITIC_OBSERVATIONS {
        return Some(format!("a camera cannot be named \"{name}\", as the task's lists are"));
    }
    if !is_plain(name) {
        return Some(format!(
            "a camera cannot be named \"{name}\": write letters, digits, `_` and `-`"
        ));
    }
    None
}

/// The renderers of a scene's cameras, in their order.
pub(super) fn renderers(
    scene: &Scene,
    stage: &Arc<RayScene>,
    isa: Isa,
) -> Result<Arc<[Renderer]>, SceneError> {
    let renderer = |camera: &TaskCamera| {
        Renderer::new(stage.clone(), camera.spec, isa).map_err(|error| SceneError::Camera {
            scene: scene.name.clone(),
            camera: camera.name.clone(),
            cause: Box::new(error),
        })
    };
    scene.task.cameras.iter().map(renderer).collect()
}

/// What a shard draws with.
pub(super) struct Pictures<L> {
    renderers: Arc<[Renderer]>,
    easels: Vec<PictureScratch<L>>,
}

impl<L: Lanes> Pictures<L> {
    pub(super) fn new(renderers: Arc<[Renderer]>) -> Self {
        let easels = renderers.iter().map(Renderer::easel).collect();
        Self { renderers, easels }
    }

    /// Draws what the cameras see in a lane of a moment. The picture becomes the last of its stack, or all of it
    /// where an episode begins. Where a body is nowhere the picture is black. Noise is drawn camera by camera.
    pub(super) fn draw(
        &mut self,
        cameras: &[TaskCamera],
        (pose, appearance): (&Pose, Option<&Appearance>),
        (moment, lane): (&Moment<'_, L>, usize),
        mut random: Random,
        shown: &mut Observations,
    ) {
        let is_somewhere = pose.is_finite();
        let tools = self.renderers.iter().zip(&mut self.easels);
        for (camera, (renderer, easel)) in cameras.iter().zip(tools) {
            let size = camera.frames * renderer.size();
            let buffer = &mut shown.buffers_mut()[camera.place];
            let Some(bytes) = u8::of_mut(buffer) else { continue };
            let stack = &mut bytes[(moment.first_row + lane) * size..][..size];
            let last = size - renderer.size();
            if moment.stepped {
                stack.copy_within(renderer.size().., 0);
            }
            let picture = &mut stack[last..];
            match is_somewhere {
                true => easel.paint_as(renderer, pose, appearance, picture),
                false => picture.fill(0),
            }
            if let Some(noise) = camera.noise.as_ref().filter(|_| is_somewhere) {
                noise.add(picture, &mut random);
            }
            if !moment.stepped {
                let (before, picture) = stack.split_at_mut(last);
                let frames = before.chunks_exact_mut(picture.len());
                frames.for_each(|frame| frame.copy_from_slice(picture));
            }
        }
    }
}

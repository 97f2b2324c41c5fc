//! Cameras that are put into a task from outside of its file, as nodes of a workflow do.

use super::cameras::{self, MOST_FRAMES, TaskCamera};
use super::library::Scene;
use super::picture_noise::PictureNoise;
use super::sight_file::{CameraFile, NoiseFile, SeesFile};
use super::task::{Task, written};
use crate::diagnostic::nearest;
use crate::sight::SightError;
use crate::space::{ObservationSpace, ObservationStream};
use std::sync::Arc;

/// What a camera sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CameraSees {
    /// Brightness, one byte a pixel.
    #[default]
    Gray,
    /// Red, green and blue, three bytes a pixel.
    Rgb,
    /// Distance along the camera's axis, one byte a pixel.
    Depth,
}

/// A camera for a task: what a task file says of one in `cameras`, without the stack of its frames.
#[derive(Clone, Debug, PartialEq)]
pub struct CameraSettings {
    /// What its stream is called.
    pub name: String,
    /// The model's camera; without it the one of that name.
    pub camera: Option<String>,
    /// Width and height \[pixels\].
    pub size: (usize, usize),
    /// What it sees.
    pub sees: CameraSees,
    /// Samples along each side of a pixel; without it 2, and 1 of depth.
    pub samples: Option<usize>,
    /// Of depth, what is black and what is white \[m\].
    pub range: (f64, f64),
    /// Of gray and colour, the standard deviation of the noise of each byte [levels of 255].
    pub noise: f64,
    /// Of depth, the standard deviation a + b z + c z^2 at depth z [m; 1; 1/m].
    pub depth_noise: (f64, f64, f64),
    /// Of depth, the part of pixels that see nothing.
    pub dropout: f64,
}

impl CameraSettings {
    /// A camera of 64 x 64 gray pixels without noise, by the model's camera of this name.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            camera: None,
            size: CameraFile::size(),
            sees: CameraSees::Gray,
            samples: None,
            range: CameraFile::range(),
            noise: 0.0,
            depth_noise: (0.0, 0.0, 0.0),
            dropout: 0.0,
        }
    }

    fn file(&self, stack: usize) -> CameraFile {
        let noise =
            NoiseFile { levels: self.noise, depth: self.depth_noise, dropout: self.dropout };
        CameraFile {
            name: self.name.clone(),
            camera: self.camera.clone(),
            pose: None,
            size: self.size,
            sees: match self.sees {
                CameraSees::Gray => SeesFile::Gray,
                CameraSees::Rgb => SeesFile::Rgb,
                CameraSees::Depth => SeesFile::Depth,
            },
            stack,
            samples: self.samples,
            range: self.range,
            noise: (noise != NoiseFile::default()).then_some(noise),
        }
    }
}

/// Why a camera cannot be put into a task.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CameraFault {
    /// The setting: `name`, `camera`, `size`, `samples`, `range`, `noise`, `frames` or `stream`.
    pub field: &'static str,
    /// What is wrong with it, and what to do.
    pub message: String,
}

fn fault(field: &'static str, message: impl Into<String>) -> CameraFault {
    CameraFault { field, message: message.into() }
}

impl Scene {
    /// This scene with a camera more in its task, or with one in the place of the task's camera of this name. Frames
    /// are stacked as they were there, else they come one by one.
    pub fn with_camera(&self, settings: &CameraSettings) -> Result<Self, CameraFault> {
        let mut task = (*self.task).clone();
        let place = task.cameras.iter().position(|other| other.name() == settings.name);
        let stack = place.map_or(1, |place| task.cameras[place].frames());
        let file = settings.file(stack);
        if place.is_none()
            && let Some(message) = cameras::unfit_name(&file.name, &[])
        {
            return Err(fault("name", message));
        }
        let index = self.camera_index(file.wanted())?;
        cameras::spec(&file, index).check(&self.model).map_err(|error| unfit(&error))?;
        let noise = PictureNoise::new(&file).map_err(|message| fault("noise", message))?;
        let camera = TaskCamera::new(&file, index, noise);
        match place {
            Some(place) => task.cameras[place] = camera,
            None => task.cameras.push(camera),
        }
        self.group(task)
    }

    /// This scene with so many frames of its task's cameras at once, or of the one that is called `stream`.
    pub fn with_frames(&self, stream: Option<&str>, frames: usize) -> Result<Self, CameraFault> {
        if !(1..=MOST_FRAMES).contains(&frames) {
            return Err(fault("frames", format!("{frames} frames: it is 1 to {MOST_FRAMES}")));
        }
        let mut task = (*self.task).clone();
        if task.cameras.is_empty() {
            let message = format!("{} has no camera whose frames could be stacked", self.name);
            return Err(fault("frames", message + "; add a CameraNode, or cameras to its task"));
        }
        let is_meant = |camera: &TaskCamera| stream.is_none_or(|stream| stream == camera.name());
        if !task.cameras.iter().any(is_meant) {
            let known = task.cameras.iter().map(TaskCamera::name);
            return Err(fault("stream", unknown("stream of pictures", stream, known)));
        }
        let cameras = task.cameras.iter_mut();
        cameras.filter(|camera| is_meant(camera)).for_each(|camera| camera.stack(frames));
        self.group(task)
    }

    /// The names of the task's cameras.
    pub fn camera_names(&self) -> impl Iterator<Item = &str> {
        self.task.cameras.iter().map(TaskCamera::name)
    }

    /// The model's camera of a name.
    fn camera_index(&self, wanted: &str) -> Result<usize, CameraFault> {
        let known = || self.model.cameras.iter().map(|it| it.name.as_str());
        known().position(|name| name == wanted).ok_or_else(|| {
            let has_none = known().all(str::is_empty);
            fault(
                "camera",
                match has_none {
                    true => format!(
                        "the model of {} has no camera with a name; add a `<camera>` to it",
                        self.name
                    ),
                    false => unknown("camera of the model", Some(wanted), known()),
                },
            )
        })
    }

    /// The same with a task whose cameras have changed.
    fn group(&self, mut task: Task) -> Result<Self, CameraFault> {
        task.show_cameras().map_err(|message| fault("name", message))?;
        Ok(Self { task: Arc::new(task), ..self.clone() })
    }
}

impl Task {
    /// Has the streams be those of the cameras as they are now, beside all others.
    fn show_cameras(&mut self) -> Result<(), String> {
        let before = self.observations.streams();
        let own: Vec<String> =
            self.own_streams.iter().map(|&place| before[place].name.clone()).collect();
        let is_picture = |stream: &&ObservationStream| {
            self.cameras.iter().any(|camera| camera.name() == stream.name)
                && !own.contains(&stream.name)
        };
        let mut streams: Vec<ObservationStream> =
            before.iter().filter(|stream| !is_picture(stream)).cloned().collect();
        streams.extend(self.cameras.iter().map(TaskCamera::stream));
        self.observations = ObservationSpace::new(streams).map_err(|error| error.to_string())?;
        self.written = written(&self.observations);
        let space = &self.observations;
        self.own_streams = own.iter().filter_map(|name| space.position(name)).collect();
        self.find_cameras();
        Ok(())
    }
}

fn unknown<'a>(
    what: &str,
    wanted: Option<&str>,
    known: impl Iterator<Item = &'a str> + Clone,
) -> String {
    let wanted = wanted.unwrap_or_default();
    let names: Vec<&str> = known.clone().filter(|name| !name.is_empty()).collect();
    let near = nearest(wanted, known).map(|near| format!("; did you mean \"{near}\"?"));
    let near = near.unwrap_or_else(|| format!("; there are {}", names.join(", ")));
    format!("no {what} is called \"{wanted}\"{near}")
}

/// A picture that cannot be drawn.
fn unfit(error: &SightError) -> CameraFault {
    let field = match error {
        SightError::Size { .. } => "size",
        SightError::Samples { .. } | SightError::Mixed { .. } => "samples",
        SightError::Range { .. } => "range",
        _ => "camera",
    };
    fault(field, error.to_string())
}

//! What a task file says of cameras and scans, as serde reads it. What it means is in [`super::cameras`] and
//! [`super::scans`].

use serde::Deserialize;

/// A picture of every environment by a camera of the model.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CameraFile {
    /// What the stream is called.
    pub name: String,
    /// The model's camera; without it the one of that name.
    #[serde(default)]
    pub camera: Option<String>,
    /// In its place a camera of the task's own.
    #[serde(default)]
    pub pose: Option<PoseFile>,
    /// Width and height [pixels].
    #[serde(default = "CameraFile::size")]
    pub size: (usize, usize),
    #[serde(default)]
    pub sees: SeesFile,
    /// Frames that are seen at once: the newest, and those of the steps before.
    #[serde(default = "CameraFile::stack")]
    pub stack: usize,
    /// Samples along each side of a pixel; without it 2, and 1 of depth.
    #[serde(default)]
    pub samples: Option<usize>,
    /// Of depth, what is black and what is white [m].
    #[serde(default = "CameraFile::range")]
    pub range: (f64, f64),
    #[serde(default)]
    pub noise: Option<NoiseFile>,
}

/// Where a camera is that the model does not have, and what it is turned to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PoseFile {
    /// The body that it is fixed to; without it the world.
    #[serde(default)]
    pub body: Option<String>,
    /// In the body's frame [m].
    pub pos: (f64, f64, f64),
    /// What is in the middle of its picture, in the same frame [m].
    pub target: (f64, f64, f64),
    /// Vertical field of view [degrees].
    #[serde(default = "PoseFile::fovy")]
    pub fovy: f64,
}

impl PoseFile {
    pub(super) fn fovy() -> f64 {
        45.0
    }
}

/// What a camera adds to its pictures, of each byte for itself.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct NoiseFile {
    /// Of Gray and Rgb, the standard deviation [levels of 255].
    #[serde(default)]
    pub levels: f64,
    /// Of Depth, the standard deviation a + b z + c z^2 at depth z [m; 1; 1/m].
    #[serde(default)]
    pub depth: (f64, f64, f64),
    /// Of Depth, the part of pixels that see nothing.
    #[serde(default)]
    pub dropout: f64,
}

impl CameraFile {
    /// The name of the model's camera.
    pub(super) fn wanted(&self) -> &str {
        self.camera.as_ref().unwrap_or(&self.name)
    }

    pub(super) fn stack() -> usize {
        1
    }

    pub(super) fn size() -> (usize, usize) {
        (64, 64)
    }

    pub(super) fn range() -> (f64, f64) {
        (0.1, 20.0)
    }
}

/// What a camera sees.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub(super) enum SeesFile {
    #[default]
    Gray,
    Rgb,
    /// Distance along the camera's axis.
    Depth,
}

/// Rays from a body or site of every environment, and what they meet.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScanFile {
    /// What expressions call it.
    pub name: String,
    /// What it is fixed to: a body or a site of the model.
    #[serde(default)]
    pub body: Option<String>,
    #[serde(default)]
    pub site: Option<String>,
    pub pattern: PatternFile,
    /// Where the pattern is from the frame of that [m].
    #[serde(default)]
    pub offset: (f64, f64, f64),
    /// How it turns with it; without it a grid with its heading and a lidar wholly.
    #[serde(default)]
    pub align: Option<AlignFile>,
    /// What its numbers are; without it heights of a grid and distances of a lidar.
    #[serde(default)]
    pub gives: Option<GivesFile>,
    /// Subtracted from heights [m].
    #[serde(default)]
    pub height_offset: f64,
    /// The numbers stay within [m].
    #[serde(default)]
    pub clip: Option<(f64, f64)>,
    /// Where rays end [m].
    #[serde(default = "ScanFile::max_distance")]
    pub max_distance: f64,
    /// Names of geoms or of a group of them; without it all but those of the robot that it is fixed to.
    #[serde(default)]
    pub against: Vec<String>,
}

impl ScanFile {
    pub(super) fn max_distance() -> f64 {
        10.0
    }
}

/// Where rays go.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) enum PatternFile {
    /// Straight down, from a grid about the origin: extents along x and y, and from one ray to the next [m].
    Grid { size: (f64, f64), resolution: f64 },
    /// From the origin: so many elevations and, a step apart, azimuths in a range [degrees].
    Lidar {
        channels: usize,
        vertical_fov: (f64, f64),
        #[serde(default = "PatternFile::all_round")]
        horizontal_fov: (f64, f64),
        horizontal_resolution: f64,
    },
}

impl PatternFile {
    pub(super) fn all_round() -> (f64, f64) {
        (-180.0, 180.0)
    }
}

/// How a scan turns with what it is fixed to.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub(super) enum AlignFile {
    /// Wholly.
    Base,
    /// With its heading; straight down stays so.
    Yaw,
    /// Not at all.
    World,
}

/// What the numbers of a scan are.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub(super) enum GivesFile {
    /// How high the body or site is above what is met [m].
    Height,
    /// How far away it is [m].
    Distance,
}

//! Errors of pictures and scans.

use super::view::{MOST_PIXELS, MOST_SAMPLES};
use thiserror::Error;

/// An error of a camera picture or a scan.
#[derive(Debug, Error, PartialEq)]
pub enum SightError {
    /// The model has no camera of this index.
    #[error("there is no camera {index}: the model has {count}")]
    Camera {
        /// The index that was asked for.
        index: usize,
        /// Number of the model's cameras.
        count: usize,
    },
    /// The picture is empty or too large.
    #[error("a picture of {width} x {height} pixels: each side has 1 to {MOST_PIXELS}")]
    Size {
        /// Width asked for \[pixels\].
        width: usize,
        /// Height asked for \[pixels\].
        height: usize,
    },
    /// Too few or too many samples for each pixel.
    #[error("{samples} samples along a pixel's side: there are 1 to {MOST_SAMPLES}")]
    Samples {
        /// Samples along a pixel's side.
        samples: usize,
    },
    /// Depth and segmentation have no mean over samples.
    #[error(
        "{samples} samples along a pixel's side: depth and segmentation take one, for a mean of two bodies is none"
    )]
    Mixed {
        /// Samples along a pixel's side.
        samples: usize,
    },
    /// The field of view is no angle of a camera.
    #[error("a field of view of {fovy} degrees: it lies between 0 and 180")]
    FieldOfView {
        /// Vertical field of view \[degrees\].
        fovy: f64,
    },
    /// The range of depths is empty.
    #[error("depths from {near} to {far} m: the first is 0 or more, and the second larger")]
    Range {
        /// Depth that is black \[m\].
        near: f64,
        /// Depth that is white \[m\].
        far: f64,
    },
    /// The model has more geoms than a byte can name.
    #[error("segmentation of {count} geoms: a byte names at most 255")]
    TooManyGeoms {
        /// Number of the model's geoms.
        count: usize,
    },
    /// A number of the scan's pattern is out of its range.
    #[error("{what} of a scan is {number}: {wanted}")]
    Pattern {
        /// What the number is, in words.
        what: &'static str,
        /// Its value.
        number: f64,
        /// What would do, in words.
        wanted: &'static str,
    },
    /// The scan has too many rays.
    #[error("a scan of {count} rays: at most {most} are cast")]
    TooManyRays {
        /// Number of rays.
        count: usize,
        /// Largest number of rays.
        most: usize,
    },
    /// The model has no such body, site or geom.
    #[error("there is no {kind} {index}: the model has {count}")]
    Missing {
        /// What was asked for, such as `body`.
        kind: &'static str,
        /// The index that was asked for.
        index: usize,
        /// How many the model has.
        count: usize,
    },
}

//! Errors of pictures and scans.

use super::view::{MOST_PIXELS, MOST_SAMPLES};
use thiserror::Error;

#[derive(Debug, Error, PartialEq)]
pub enum SightError {
    #[error("there is no camera {index}: the model has {count}")]
    Camera { index: usize, count: usize },
    #[error("a picture of {width} x {height} pixels: each side has 1 to {MOST_PIXELS}")]
    Size { width: usize, height: usize },
    #[error("{samples} samples along a pixel's side: there are 1 to {MOST_SAMPLES}")]
    Samples { samples: usize },
    #[error(
        "{samples} samples along a pixel's side: depth and segmentation take one, for a mean of two bodies is none"
    )]
    Mixed { samples: usize },
    #[error("a field of view of {fovy} degrees: it lies between 0 and 180")]
    FieldOfView { fovy: f64 },
    #[error("depths from {near} to {far} m: the first is 0 or more, and the second larger")]
    Range { near: f64, far: f64 },
    #[error("segmentation of {count} geoms: a byte names at most 255")]
    TooManyGeoms { count: usize },
    #[error("{what} of a scan is {number}: {wanted}")]
    Pattern { what: &'static str, number: f64, wanted: &'static str },
    #[error("a scan of {count} rays: at most {most} are cast")]
    TooManyRays { count: usize, most: usize },
    #[error("there is no {kind} {index}: the model has {count}")]
    Missing { kind: &'static str, index: usize, count: usize },
}

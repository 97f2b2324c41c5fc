//! Errors of learning.

use crate::device::DeviceError;
use crate::space::SpaceError;

/// An error of the learner. Every variant says what was expected and what was found.
#[derive(Debug, thiserror::Error)]
pub enum LearnError {
    /// A slice whose length does not follow from the declared shape.
    #[error("{what}: expected {expected} elements, got {got}")]
    Length {
        /// The argument.
        what: &'static str,
        /// Elements asked for by the shape.
        expected: usize,
        /// Elements found.
        got: usize,
    },
    /// A named array of another shape.
    #[error("tensor `{name}`: expected shape {expected:?}, got {got:?}")]
    Shape {
        /// The array's full name.
        name: String,
        /// The shape that the receiver has.
        expected: Vec<usize>,
        /// The shape that was offered.
        got: Vec<usize>,
    },
    /// A named array of another number type.
    #[error("tensor `{name}`: expected numbers of type {expected}, got {got}")]
    Type {
        /// The array's full name.
        name: String,
        /// The type that the receiver has.
        expected: &'static str,
        /// The type that was offered.
        got: String,
    },
    /// A named array that the receiver needs is not there.
    #[error("tensor `{name}` is missing")]
    Missing {
        /// The array's full name.
        name: String,
    },
    /// A named array that the receiver has no place for.
    #[error("tensor `{name}` is not part of this state")]
    Unknown {
        /// The array's full name.
        name: String,
    },
    /// A named array with numbers that are not finite.
    #[error("tensor `{name}` holds numbers that are not finite; take another checkpoint")]
    UnfitTensor {
        /// The array's full name.
        name: String,
    },
    /// A layer that the network does not have.
    #[error("no layer is called `{name}`; there are {known}")]
    Layer {
        /// The name given.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// A layer of a program's own is invalid.
    #[error("layer `{name}` {message}")]
    OwnLayer {
        /// Its own name.
        name: String,
        /// Why, and what to do, in words.
        message: String,
    },
    /// The settings of an encoder of pictures are invalid.
    #[error("the encoder of \"{stream}\" {message}")]
    Encoder {
        /// The stream of its pictures.
        stream: String,
        /// Why, and what to do, in words.
        message: String,
    },
    /// A teacher that the student cannot learn from.
    #[error("the teacher {message}")]
    Teacher {
        /// Why, and what to do, in words.
        message: String,
    },
    /// A stack of frames does not continue the one of the step before.
    #[error(
        "the stack of frames \"{stream}\" of environment {env}: expected the newer frames of the step before, or \
         at the beginning of an episode its first frame repeated, behind the newest one; got others"
    )]
    Stack {
        /// The stream.
        stream: String,
        /// The environment.
        env: usize,
    },
    /// A setting out of its range.
    #[error("setting `{field}`: expected {expected}, got {got}")]
    Config {
        /// The setting.
        field: &'static str,
        /// Its range, in words.
        expected: &'static str,
        /// Its value.
        got: f64,
    },
    /// A setting cannot follow the requested schedule.
    #[error("setting `{field}` {message}")]
    Anneal {
        /// The setting.
        field: &'static str,
        /// Why, and what to do, in words.
        message: &'static str,
    },
    /// A setting that cannot be changed, or not to that value.
    #[error("setting `{name}` {message}")]
    Setting {
        /// The name given.
        name: String,
        /// Why, and what to do, in words.
        message: String,
    },
    /// An update reported an invalid metric.
    #[error("metric `{name}` {message}")]
    Metric {
        /// Its name.
        name: &'static str,
        /// Why, and what to do, in words.
        message: &'static str,
    },
    /// A transition was pushed into a buffer that holds its whole horizon already.
    #[error("the rollout is full: it holds {horizon} steps")]
    RolloutFull {
        /// Steps that the buffer can hold.
        horizon: usize,
    },
    /// An update was asked for before the buffer was full.
    #[error("the rollout is not full: expected {horizon} steps, got {len}")]
    RolloutNotFull {
        /// Steps that an update needs.
        horizon: usize,
        /// Steps held.
        len: usize,
    },
    /// A NaN or an infinity. The weights are those of before the step that produced it.
    #[error("update {update}: {what} is not finite")]
    NonFinite {
        /// The quantity.
        what: &'static str,
        /// The update in progress, counted from 0.
        update: u64,
    },
    /// What the learner on a device does not do.
    #[error("{what} cannot learn on a device; {remedy}")]
    NotOnDevice {
        /// What it is, in words.
        what: &'static str,
        /// What to do, in words.
        remedy: &'static str,
    },
    /// An error of the device that updates are computed on.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// Observations of another space, or a device that this version lacks.
    #[error(transparent)]
    Space(Box<SpaceError>),
    /// The bytes of a checkpoint are not what the safetensors format prescribes.
    #[error(transparent)]
    SafeTensors(#[from] safetensors::SafeTensorError),
    /// An error of the tensor library.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
}

impl From<SpaceError> for LearnError {
    fn from(error: SpaceError) -> Self {
        Self::Space(Box::new(error))
    }
}

/// Fails unless `got` elements are what the shape asks for.
pub(super) fn check_len(what: &'static str, expected: usize, got: usize) -> Result<(), LearnError> {
    if expected == got { Ok(()) } else { Err(LearnError::Length { what, expected, got }) }
}

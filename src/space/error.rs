//! Errors of spaces.

/// An error of observation spaces.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpaceError {
    /// A stream without any number.
    #[error("the observation stream \"{stream}\" has size 0; give it at least one number")]
    Empty {
        /// Its name.
        stream: String,
    },
    /// Two streams of one name.
    #[error("there are two observation streams named \"{stream}\"; rename one")]
    DoubledStream {
        /// The name.
        stream: String,
    },
    /// A vector with two numbers of one name.
    #[error(
        "there are two observations named \"{component}\" in the stream \"{stream}\"; rename one"
    )]
    DoubledComponent {
        /// The stream.
        stream: String,
        /// The name of both.
        component: String,
    },
    /// Names of another number than the vector has.
    #[error(
        "the observation stream \"{stream}\" of shape {shape:?} has {got} names; only a vector has \
         names, one for each number"
    )]
    Components {
        /// The stream.
        stream: String,
        /// Its shape.
        shape: Vec<usize>,
        /// Names given.
        got: usize,
    },
    /// Buffers that are not those of the space.
    #[error("the observation stream \"{stream}\": expected {expected}, got {got}")]
    Buffer {
        /// The stream.
        stream: String,
        /// What the space says.
        expected: String,
        /// What was given.
        got: String,
    },
    /// Observations of another space.
    #[error("observations: expected {expected}, got {got}")]
    Mismatch {
        /// The streams expected.
        expected: String,
        /// The streams given.
        got: String,
    },
    /// Environments whose observations one agent cannot take.
    #[error(
        "one agent cannot see environments whose observation stream \"{stream}\" differs: {one}, and {other}; \
         give all of them the same, or none"
    )]
    Joined {
        /// The stream.
        stream: String,
        /// What it is in one environment.
        one: String,
        /// What it is in another.
        other: String,
    },
    /// Environments whose actions one agent cannot choose.
    #[error("one agent cannot both measure and choose actions")]
    JoinedActions,
    /// A device that this version lacks.
    #[error(
        "policies learn, and pictures are drawn, on the CPU only, and {device} was asked for. Use the CPU"
    )]
    Device {
        /// The device.
        device: String,
    },
}

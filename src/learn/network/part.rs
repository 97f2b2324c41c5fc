//! Parts of the flat array of weights.

use std::ops::Range;

/// A part of the flat array under the name that checkpoints give it.
pub(in crate::learn) struct NamedPart {
    pub(in crate::learn) name: String,
    pub(in crate::learn) shape: Vec<usize>,
    pub(in crate::learn) range: Range<usize>,
    /// Inputs of its layer; the size of a recurrent one.
    pub(super) n_inputs: usize,
    pub(super) purpose: Purpose,
}

/// What a part belongs to, by which it begins.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    Hidden,
    Recurrent,
    /// The policy's last layer.
    Policy,
    /// Of that, the rows that give logarithms of standard deviations.
    LogStd,
    /// The value's last layer.
    Value,
    /// A layer that a program brings along, and says how it begins.
    Own(candle_nn::Init),
}

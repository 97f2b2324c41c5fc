//! What an update on a device knows of itself.

use crate::device::words::{from_doubles, to_doubles};
use crate::device::{BufferId, DeviceError, ProgramBackend};
use crate::learn::ppo::UpdateStats;

/// Numbers of double precision, as `device/kernels/control.cuh` has them: why it ended, whether the step at hand is
/// taken, the learning rate, steps taken, eight sums over steps, three factors of the step at hand.
const N_NUMBERS: usize = 15;

/// Places of them.
pub(super) const CONTROL_LEN: usize = 2 * N_NUMBERS;

/// Why an update goes on no more, in the numbers of `control.cuh`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    GoesOn,
    AtTargetKl,
    Loss,
    Gradient,
    Observation,
    Value,
    Return,
}

impl Ended {
    const ALL: [Self; 7] = [
        Self::GoesOn,
        Self::AtTargetKl,
        Self::Loss,
        Self::Gradient,
        Self::Observation,
        Self::Value,
        Self::Return,
    ];

    /// What is not finite, if that is why.
    pub(super) fn not_finite(self) -> Option<&'static str> {
        match self {
            Self::GoesOn | Self::AtTargetKl => None,
            Self::Loss => Some("the loss"),
            Self::Gradient => Some("the gradient"),
            Self::Observation => Some("an observation"),
            Self::Value => Some("a value"),
            Self::Return => Some("a return"),
        }
    }
}

/// Where kernels read and write it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Control {
    pub(super) buffer: BufferId,
}

/// What is left of it at the end.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ControlAtEnd {
    pub(super) ended: Ended,
    pub(super) learning_rate: f64,
    pub(super) n_taken: u64,
    /// Over the steps taken, in the order of `Term` in `loss.cu`, and of the gradient's length.
    sums: [f64; 8],
}

impl Control {
    pub(super) fn new(device: &mut dyn ProgramBackend) -> Result<Self, DeviceError> {
        Ok(Self { buffer: device.allocate(CONTROL_LEN)? })
    }

    /// Before an update.
    pub(super) fn begin(
        &self,
        device: &mut dyn ProgramBackend,
        learning_rate: f64,
    ) -> Result<(), DeviceError> {
        let mut numbers = [0.0; N_NUMBERS];
        numbers[2] = learning_rate;
        device.write(self.buffer, 0, &from_doubles(&numbers))
    }
}

impl ControlAtEnd {
    /// From the places of a control.
    pub(super) fn new(places: &[f32]) -> Self {
        let numbers = to_doubles(places);
        let number = numbers[0] as usize;
        Self {
            ended: Ended::ALL.get(number).copied().unwrap_or(Ended::GoesOn),
            learning_rate: numbers[2],
            n_taken: numbers[3] as u64,
            sums: std::array::from_fn(|i| numbers[4 + i]),
        }
    }

    /// The statistics of the update but for those of the value before it.
    pub(super) fn stats(&self) -> UpdateStats {
        let n = self.n_taken.max(1) as f64;
        let [
            policy_loss,
            value_loss,
            entropy,
            bounds_loss,
            clip_fraction,
            approx_kl,
            kl,
            grad_norm,
        ] = self.sums.map(|sum| sum / n);
        UpdateStats {
            policy_loss,
            value_loss,
            entropy,
            bounds_loss,
            kl,
            approx_kl,
            clip_fraction,
            grad_norm,
            explained_variance: 0.0,
            value_error: 0.0,
            learning_rate: self.learning_rate,
            n_minibatches: self.n_taken as usize,
            stopped_early: self.ended == Ended::AtTargetKl,
        }
    }
}

//! The weights of a network: candle's variable, and what the backend reads.

use candle_core::{Device, Tensor, Var};

use super::{BackendWeights, Network};
use crate::learn::error::LearnError;
use crate::learn::tensor::with_slice;

/// All weights and biases of a network.
#[derive(Debug)]
pub(in crate::learn) struct Weights {
    /// Shape (n_weights,).
    var: Var,
    /// The same numbers, always.
    of_backend: BackendWeights,
}

impl Weights {
    /// Those of `network`, shape (n_weights,).
    pub(in crate::learn) fn new(
        network: &Network,
        weights: Vec<f32>,
        device: &Device,
    ) -> Result<Self, LearnError> {
        let of_backend = BackendWeights::new(network, &weights)?;
        Ok(Self { var: Var::from_vec(weights, network.n_weights, device)?, of_backend })
    }

    /// How many.
    pub(in crate::learn) fn len(&self) -> usize {
        self.var.elem_count()
    }

    /// As the network's backend reads them.
    pub(in crate::learn) fn of_backend(&self) -> &BackendWeights {
        &self.of_backend
    }

    /// `read` applied to all of them, shape (n_weights,).
    pub(in crate::learn) fn read<T>(
        &self,
        read: impl FnOnce(&[f32]) -> T,
    ) -> Result<T, LearnError> {
        Ok(with_slice(&self.var, read)?)
    }

    /// A copy, shape (n_weights,).
    pub(in crate::learn) fn to_vec(&self) -> Result<Vec<f32>, LearnError> {
        self.read(<[f32]>::to_vec)
    }

    /// Takes others, shape (n_weights,), of the same `network`.
    pub(in crate::learn) fn set(
        &mut self,
        network: &Network,
        weights: Vec<f32>,
    ) -> Result<(), LearnError> {
        self.of_backend.set(network, &weights)?;
        set(&self.var, weights)
    }
}

/// Puts `data` into a variable of the same length.
pub(in crate::learn) fn set(variable: &Var, data: Vec<f32>) -> Result<(), LearnError> {
    let data = Tensor::from_vec(data, variable.shape(), variable.device())?;
    Ok(variable.set(&data)?)
}

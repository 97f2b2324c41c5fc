//! The implementations that compute the network.

use serde::{Deserialize, Serialize};

use super::Network;
use super::candle::CandleNetwork;
use super::matrix::Packed;
use crate::learn::error::LearnError;

/// What computes the network, in acting and in learning. Weights are the same for all, so that each goes on
/// from what another has saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backend {
    /// Forward and backward pass by kernels of our own, a chunk of rows at a time while it is in the cache.
    #[default]
    Fused,
    /// The operations of candle and their gradients, one after the other. Ten times slower and more; takes layers
    /// that a program brings along ([`OwnLayer`](super::OwnLayer)).
    Candle,
}

impl Backend {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Fused, Self::Candle];
}

/// The weights as a backend reads them.
#[derive(Debug)]
pub(in crate::learn) enum BackendWeights {
    Fused(Packed),
    Candle(CandleNetwork),
}

impl BackendWeights {
    /// The `weights` of `network`, shape (n_weights,).
    pub(in crate::learn) fn new(network: &Network, weights: &[f32]) -> Result<Self, LearnError> {
        Ok(match network.backend {
            Backend::Fused => {
                let mut packed = Packed::default();
                network.pack(weights, &mut packed);
                Self::Fused(packed)
            }
            Backend::Candle => Self::Candle(CandleNetwork::new(network, weights)?),
        })
    }

    /// Takes others, shape (n_weights,), of the same `network`.
    pub(super) fn set(&mut self, network: &Network, weights: &[f32]) -> Result<(), LearnError> {
        match self {
            Self::Fused(packed) => network.pack(weights, packed),
            Self::Candle(candle) => candle.set(weights)?,
        }
        Ok(())
    }
}

/// Stamps tests, functions of a backend, for every backend.
#[cfg(test)]
macro_rules! with_each_backend {
    ($($test:ident),* $(,)?) => {
        mod fused {
            $(#[test]
            fn $test() {
                super::$test(crate::learn::Backend::Fused);
            })*
        }
        mod candle {
            $(#[test]
            fn $test() {
                super::$test(crate::learn::Backend::Candle);
            })*
        }
    };
}
#[cfg(test)]
pub(in crate::learn) use with_each_backend;

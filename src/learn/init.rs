//! Initial weights.

use serde::{Deserialize, Serialize};

use crate::math::rng::{Random, Stream};

/// The gains of initial weights, which are orthogonal; biases are 0. The defaults are those of
/// Andrychowicz et al. (2021) and of most implementations of PPO.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct InitGains {
    /// Of hidden layers.
    pub hidden: f64,
    /// Of the policy's last layer.
    pub policy: f64,
    /// Of the value's last layer.
    pub value: f64,
}

impl Default for InitGains {
    fn default() -> Self {
        Self { hidden: std::f64::consts::SQRT_2, policy: 0.01, value: 1.0 }
    }
}

/// An orthogonal matrix times `gain`, shape (outputs, inputs), row-major (Saxe et al., 2014): its
/// rows are orthonormal if there are no more of them than columns, else its columns are.
///
/// `parameter` numbers the matrix, so that every one has its own random sequence under `seed`.
pub(super) fn orthogonal(
    outputs: usize,
    inputs: usize,
    gain: f64,
    seed: u64,
    parameter: u32,
) -> Vec<f32> {
    let mut random = Random::new(seed, Stream::Init, parameter, 0);
    let (n_vectors, dim) = (outputs.min(inputs), outputs.max(inputs));
    let mut vectors: Vec<Vec<f64>> = Vec::with_capacity(n_vectors);
    for _ in 0..n_vectors {
        let mut vector: Vec<f64> = (0..dim).map(|_| random.normal()).collect();
        orthonormalize(&mut vector, &vectors);
        vectors.push(vector);
    }
    let mut weight = Vec::with_capacity(outputs * inputs);
    for i in 0..outputs {
        for j in 0..inputs {
            let q = if outputs <= inputs { vectors[i][j] } else { vectors[j][i] };
            weight.push((gain * q) as f32);
        }
    }
    weight
}

/// Gram and Schmidt's step: takes from `vector` its part along `others`, then makes it of length 1.
fn orthonormalize(vector: &mut [f64], others: &[Vec<f64>]) {
    // The second pass removes what rounding left of the first ("twice is enough", Kahan).
    for _ in 0..2 {
        for other in others {
            let along = dot(vector, other);
            for (v, o) in vector.iter_mut().zip(other) {
                *v -= along * o;
            }
        }
    }
    let length = dot(vector, vector).sqrt();
    vector.iter_mut().for_each(|v| *v /= length);
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shorter_side_is_orthonormal_times_gain() {
        for (outputs, inputs) in [(5, 9), (9, 5), (6, 6), (1, 8)] {
            let weight = orthogonal(outputs, inputs, 2.0, 3, 0);
            let at = |vector: usize, k: usize| {
                if outputs <= inputs {
                    weight[vector * inputs + k]
                } else {
                    weight[k * inputs + vector]
                }
            };
            for a in 0..outputs.min(inputs) {
                for b in 0..outputs.min(inputs) {
                    let product: f32 = (0..outputs.max(inputs)).map(|k| at(a, k) * at(b, k)).sum();
                    let expected = if a == b { 4.0 } else { 0.0 };
                    // Rounding of the weights to f32.
                    assert!((product - expected).abs() < 1e-5, "{a} {b}: {product}");
                }
            }
        }
    }
}

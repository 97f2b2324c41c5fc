//! Initial weights.

use candle_core::Shape;
use candle_nn::init::NormalOrUniform;
use serde::{Deserialize, Serialize};

use super::part::{NamedPart, Purpose};
use crate::math::rng::{Random, RandomStream};

/// Initialisation of weights and biases.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Init {
    /// Orthogonal weights, scaled by gains, those of recurrent layers by 1; biases 0.
    Orthogonal(InitGains),
    /// Weights and biases uniform within +-1 / sqrt(n), with n the inputs of a layer, or the size of a
    /// recurrent one: PyTorch's default, which Stable-Baselines3 keeps with `ortho_init=False`.
    Uniform,
}

impl Default for Init {
    fn default() -> Self {
        Self::Orthogonal(InitGains::default())
    }
}

/// The gains of orthogonal weights. The defaults are those of Andrychowicz et al. (2021) and of most
/// implementations of PPO.
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

impl Init {
    /// The first values of a weight, shape (outputs, inputs) or (filters, channels, height, width), or of a bias, shape (outputs,). `number` is
    /// that of the part in its network, so that every one has its own random sequence under `seed`.
    pub(super) fn draw(&self, part: &NamedPart, seed: u64, number: u32) -> Vec<f32> {
        let (n, shape) = (part.range.len(), &part.shape[..]);
        match (part.purpose, self, shape) {
            (Purpose::Own(init), ..) => as_hinted(init, shape, seed, number),
            (_, Self::Uniform, _) => uniform(n, part.n_inputs, seed, number),
            // A filter counts as a row.
            (purpose, Self::Orthogonal(gains), &[outputs, _, ..]) => {
                orthogonal(outputs, n / outputs, gains.of(purpose), seed, number)
            }
            (_, Self::Orthogonal(_), _) => vec![0.0; n],
        }
    }
}

impl InitGains {
    fn of(&self, purpose: Purpose) -> f64 {
        match purpose {
            Purpose::Policy | Purpose::LogStd => self.policy,
            Purpose::Value => self.value,
            Purpose::Recurrent | Purpose::Own(_) => 1.0,
            Purpose::Hidden => self.hidden,
        }
    }
}

/// What candle's hint says, from our own random numbers.
fn as_hinted(init: candle_nn::Init, shape: &[usize], seed: u64, parameter: u32) -> Vec<f32> {
    let mut random = Random::new(seed, RandomStream::Init, parameter, 0);
    let n = shape.iter().product();
    let normal = |random: &mut Random, mean: f64, stdev: f64| mean + stdev * random.normal();
    let mut fill = |draw: &dyn Fn(&mut Random) -> f64| -> Vec<f32> {
        (0..n).map(|_| draw(&mut random) as f32).collect()
    };
    match init {
        candle_nn::Init::Const(value) => fill(&|_| value),
        candle_nn::Init::Randn { mean, stdev } => fill(&|random| normal(random, mean, stdev)),
        candle_nn::Init::Uniform { lo, up } => fill(&|random| random.uniform_in(lo, up)),
        candle_nn::Init::Kaiming { dist, fan, non_linearity } => {
            let fan = fan.for_shape(&Shape::from(shape)).max(1);
            let stdev = non_linearity.gain() / (fan as f64).sqrt();
            // A uniform distribution within +-limit has the deviation limit / sqrt 3.
            let limit = 3.0_f64.sqrt() * stdev;
            match dist {
                NormalOrUniform::Normal => fill(&|random| normal(random, 0.0, stdev)),
                NormalOrUniform::Uniform => fill(&|random| random.uniform_in(-limit, limit)),
            }
        }
    }
}

fn uniform(n: usize, n_inputs: usize, seed: u64, parameter: u32) -> Vec<f32> {
    let mut random = Random::new(seed, RandomStream::Init, parameter, 0);
    let limit = 1.0 / (n_inputs as f64).sqrt();
    (0..n).map(|_| random.uniform_in(-limit, limit) as f32).collect()
}

/// An orthogonal matrix times `gain`, shape (outputs, inputs), row-major (Saxe et al., 2014): its
/// rows are orthonormal if there are no more of them than columns, else its columns are.
fn orthogonal(outputs: usize, inputs: usize, gain: f64, seed: u64, parameter: u32) -> Vec<f32> {
    let mut random = Random::new(seed, RandomStream::Init, parameter, 0);
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

    #[test]
    fn uniform_weights_and_biases_fill_their_interval() {
        for (name, shape) in [("trunk.0.weight", &[300, 16][..]), ("trunk.0.bias", &[4000])] {
            let part = NamedPart {
                name: name.to_owned(),
                shape: shape.to_vec(),
                range: 0..shape.iter().product(),
                n_inputs: 16,
                purpose: Purpose::Hidden,
            };
            let drawn = Init::Uniform.draw(&part, 3, 0);
            assert_eq!(drawn.len(), part.range.len());
            let n = drawn.len() as f32;
            let mean = drawn.iter().sum::<f32>() / n;
            let variance = drawn.iter().map(|x| x * x).sum::<f32>() / n;
            assert!(drawn.iter().all(|x| x.abs() <= 0.25));
            // The interval +-1/4 has the variance 1/48; four standard errors of both.
            assert!(mean.abs() < 4.0 * (1.0 / 48.0 / n).sqrt(), "{name}: {mean}");
            assert!((48.0 * variance - 1.0).abs() < 4.0 * (0.8 / n).sqrt(), "{name}: {variance}");
            assert_ne!(drawn, Init::Uniform.draw(&part, 3, 1));
        }
    }
}

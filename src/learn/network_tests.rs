//! The network against candle's own operations and their gradients, and against finite differences.

use candle_core::{Device, Result, Tensor, Var};

use super::*;
use crate::math::rng::{Random, Stream};

fn draw(n: usize, scale: f64, entity: u32) -> Vec<f32> {
    let mut random = Random::new(2, Stream::Control, entity, 0);
    (0..n).map(|_| (scale * random.normal()) as f32).collect()
}

/// A trunk in candle's own operations.
fn plain_trunk(
    f: Activation,
    x: &Tensor,
    affine: impl Fn(&Tensor, usize) -> Result<Tensor>,
) -> Result<Tensor> {
    let mut h = x.clone();
    for i in 0..2 {
        let y = affine(&h, i)?;
        h = match f {
            Activation::Elu => y.elu(1.0)?,
            Activation::Relu => y.relu()?,
            Activation::Tanh => y.tanh()?,
            Activation::Selu => (y.elu(1.673_263_2)? * 1.050_701)?,
            Activation::Sigmoid => (y.neg()?.exp()? + 1.0)?.recip()?,
            Activation::Softplus => (y.exp()? + 1.0)?.log()?,
        };
    }
    Ok(h)
}

/// The same network in candle's own operations.
fn plain(network: &Network, f: Activation, x: &Tensor, weights: &Tensor) -> Result<Tensor> {
    let parts = network.parts();
    let part = |name: &str| {
        let part = parts.iter().find(|part| part.name == name).unwrap();
        weights.narrow(0, part.range.start, part.range.len())?.reshape(part.shape.as_slice())
    };
    let affine = |x: &Tensor, name: &str| {
        x.matmul(&part(&format!("{name}.weight"))?.t()?)?
            .broadcast_add(&part(&format!("{name}.bias"))?)
    };
    let has = |name: &str| parts.iter().any(|part| part.name.starts_with(name));
    let trunk = |name: &str| plain_trunk(f, x, |h, i| affine(h, &format!("{name}.{i}")));
    let h = trunk("trunk")?;
    let h_value = if has("value_trunk") { trunk("value_trunk")? } else { h.clone() };
    let mut outputs = vec![affine(&h, "mu")?];
    if has("log_std") {
        outputs.push(affine(&h, "log_std")?);
    }
    outputs.push(affine(&h_value, "value")?);
    Tensor::cat(&outputs, 1)
}

fn network(
    obs_dim: usize,
    hidden_sizes: &[usize],
    heads: (usize, usize, bool),
    activation: Activation,
) -> Network {
    let (mu_dim, log_std_dim, separate_value) = heads;
    Network::new(&NetworkShape {
        obs_dim,
        hidden_sizes,
        mu_dim,
        log_std_dim,
        activation,
        separate_value,
    })
}

#[test]
fn outputs_and_gradients_agree_with_candles_own() {
    // Three chunks, the last one short.
    let n = 600;
    let activations = [
        Activation::Elu,
        Activation::Relu,
        Activation::Tanh,
        Activation::Selu,
        Activation::Sigmoid,
        Activation::Softplus,
    ];
    // Shared and separate trunks, with and without logarithms of deviations.
    let shapes = [(3, 0, false), (3, 0, true), (2, 2, false), (2, 2, true)];
    for f in activations {
        for heads in shapes {
            let network = network(5, &[17, 9], heads, f);
            let width = network.n_outputs;
            let device = Device::Cpu;
            let observations = draw(n * 5, 1.0, 0);
            let x = Tensor::from_slice(&observations, (n, 5), &device).unwrap();
            let weights =
                Var::from_vec(draw(network.n_weights, 0.4, 1), network.n_weights, &device);
            let weights = weights.unwrap();
            let factors = draw(n * width, 0.05, 2);
            let flat = weights.to_vec1::<f32>().unwrap();
            let (outputs, gradient) = fused(&network, &flat, &observations, &factors);
            let plain = plain(&network, f, &x, &weights).unwrap();
            let factors = Tensor::from_vec(factors, (n, width), &device).unwrap();
            let gradients = (&plain * factors).unwrap().sum_all().unwrap().backward().unwrap();
            // Sums of 600 terms of order 0.1, in two different orders.
            assert_close(&outputs, &plain, 2e-5);
            assert_close(&gradient, gradients.get(&weights).unwrap(), 2e-5);
        }
    }
}

/// Outputs for `x`, shape (n, obs_dim), and the gradient of their sum times `factors`, shape (n,
/// n_outputs).
fn fused(network: &Network, weights: &[f32], x: &[f32], factors: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let (mut outputs, mut sums) = (Vec::new(), Vec::new());
    let (obs_dim, width) = (network.obs_dim, network.n_outputs);
    let n = x.len() / obs_dim;
    let (gradient, ranges) = network.train(
        weights,
        n,
        (&mut outputs, &mut sums),
        |range, out| out.copy_from_slice(&x[range.start * obs_dim..range.end * obs_dim]),
        |range, _, gradient| {
            gradient.copy_from_slice(&factors[range.start * width..range.end * width]);
            range
        },
    );
    assert_eq!(ranges.iter().map(ExactSizeIterator::len).sum::<usize>(), n);
    assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start));
    outputs.truncate(n * width);
    (outputs, gradient)
}

fn assert_close(a: &[f32], b: &Tensor, tolerance: f32) {
    let b = b.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    assert_eq!(a.len(), b.len());
    let difference = a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(difference < tolerance, "difference {difference}");
}

#[test]
fn gradients_agree_with_finite_differences() {
    for separate_value in [false, true] {
        for f in [Activation::Tanh, Activation::Sigmoid, Activation::Softplus] {
            follow_finite_differences(&network(3, &[6, 5], (2, 0, separate_value), f));
        }
    }
}

fn follow_finite_differences(network: &Network) {
    let (n, mut weights) = (4, draw(network.n_weights, 0.5, 3));
    let (x, factors) = (draw(n * 3, 1.0, 4), draw(n * 3, 1.0, 5));
    let (_, gradient) = fused(network, &weights, &x, &factors);
    for i in 0..network.n_weights {
        let mut shifted = |step: f32| {
            let saved = weights[i];
            weights[i] += step;
            let (out, _) = fused(network, &weights, &x, &factors);
            weights[i] = saved;
            out.iter().zip(&factors).map(|(a, b)| f64::from(a * b)).sum::<f64>()
        };
        let slope = (shifted(1e-2) - shifted(-1e-2)) / 2e-2;
        // Rounding 1e-6 over the step 1e-2, and the third derivative times its square.
        assert!((slope - f64::from(gradient[i])).abs() < 1e-3, "{i}: {slope} {}", gradient[i]);
    }
}

/// The same outputs as in training, and several tasks of several chunks.
#[test]
fn inference_and_training_agree_to_the_bit() {
    let network = network(4, &[8], (2, 0, true), Activation::Elu);
    let n = (MAX_TASKS + 3) * CHUNK_ROWS + 5;
    let (x, weights) = (draw(n * 4, 1.0, 0), draw(network.n_weights, 0.5, 1));
    let (outputs, _) = fused(&network, &weights, &x, &vec![0.0; n * 3]);
    let mut chunk = vec![0.0; CHUNK_ROWS * 3];
    for (x, outputs) in x.chunks(CHUNK_ROWS * 4).zip(outputs.chunks(CHUNK_ROWS * 3)) {
        network.infer_chunk(&weights, x, &mut chunk[..outputs.len()]);
        assert_eq!(chunk[..outputs.len()], *outputs);
    }
}

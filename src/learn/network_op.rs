//! The network as one differentiable operation of candle.
//!
//! One operation for the whole network, rather than one a layer, because candle adds every
//! gradient that an operation hands back to a fresh tensor of zeros, on one thread: with one
//! operation that happens to the small weight gradient only, never to activations.

use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Storage, Tensor};

use super::network::{Network, at_least};

/// Working memory of a forward and backward pass, kept from one minibatch to the next.
#[derive(Debug, Default)]
struct Buffers {
    /// Hidden activations, (n, hidden_dim) elements.
    hidden: Vec<f32>,
    /// Weight gradients of the tasks, (n_tasks, n_weights) elements.
    sums: Vec<f32>,
}

/// Buffers that are not in use. Every pass in flight owns one of its own.
#[derive(Clone, Debug, Default)]
pub(super) struct BufferPool(Arc<Mutex<Vec<Buffers>>>);

/// The outputs of the network, shape (n, n_outputs), for `x`, shape (n, obs_dim), and flat
/// `weights`, shape (n_weights,), with a gradient by the weights.
pub(super) fn apply(
    network: &Arc<Network>,
    pool: &BufferPool,
    x: &Tensor,
    weights: &Tensor,
) -> Result<Tensor> {
    let buffers = lock(&pool.0).pop().unwrap_or_default();
    x.apply_op2(
        weights,
        NetworkOp {
            network: Arc::clone(network),
            pool: pool.clone(),
            buffers: Mutex::new(buffers),
        },
    )
}

struct NetworkOp {
    network: Arc<Network>,
    pool: BufferPool,
    buffers: Mutex<Buffers>,
}

impl Drop for NetworkOp {
    fn drop(&mut self) {
        let buffers = std::mem::take(&mut *lock(&self.buffers));
        lock(&self.pool.0).push(buffers);
    }
}

impl CustomOp2 for NetworkOp {
    fn name(&self) -> &'static str {
        "policy-network"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weights: &CpuStorage,
        weights_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let x = contiguous(x, x_layout)?;
        let weights = contiguous(weights, weights_layout)?;
        let n = x.len() / self.network.obs_dim;
        let mut out = vec![0.0; n * self.network.n_outputs];
        let mut buffers = lock(&self.buffers);
        let hidden = at_least(&mut buffers.hidden, n * self.network.hidden_dim);
        self.network.forward(weights, x, hidden, &mut out);
        Ok((CpuStorage::F32(out), (n, self.network.n_outputs).into()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weights: &Tensor,
        _out: &Tensor,
        out_gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let mut buffers = lock(&self.buffers);
        let Buffers { hidden, sums } = &mut *buffers;
        let gradient = with_slice(x, |x| {
            let hidden = &hidden[..x.len() / self.network.obs_dim * self.network.hidden_dim];
            with_slice(weights, |weights| {
                with_slice(out_gradient, |out_gradient| {
                    self.network.backward(weights, x, hidden, out_gradient, sums)
                })
            })
        })???;
        let gradient = Tensor::from_vec(gradient, self.network.n_weights, weights.device())?;
        Ok((None, Some(gradient)))
    }
}

/// What a mutex guards. A panic elsewhere leaves no half-written invariant in these buffers.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The numbers of a contiguous f32 tensor in main memory.
pub(super) fn contiguous<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice::<f32>()?[start..end]),
        None => candle_core::bail!("a contiguous tensor is needed, got {layout:?}"),
    }
}

/// `read` applied to the numbers of a contiguous f32 tensor in main memory, without a copy.
pub(super) fn with_slice<T>(tensor: &Tensor, read: impl FnOnce(&[f32]) -> T) -> Result<T> {
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage) => Ok(read(contiguous(storage, layout)?)),
        _ => candle_core::bail!("a tensor in main memory is needed"),
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;
    use crate::learn::Activation;
    use crate::learn::network::NetworkShape;
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
                let network = Arc::new(network(5, &[17, 9], heads, f));
                let width = network.n_outputs;
                let device = Device::Cpu;
                let x = Tensor::from_vec(draw(n * 5, 1.0, 0), (n, 5), &device).unwrap();
                let weights = draw(network.n_weights, 0.4, 1);
                let weights = Var::from_vec(weights, network.n_weights, &device).unwrap();
                let factor = draw(n * width, 0.05, 2);
                let factor = Tensor::from_vec(factor, (n, width), &device).unwrap();
                let fused = apply(&network, &BufferPool::default(), &x, &weights).unwrap();
                let plain = plain(&network, f, &x, &weights).unwrap();
                let gradient = |out: &Tensor| {
                    let loss = (out * &factor).unwrap().sum_all().unwrap();
                    let gradients = loss.backward().unwrap();
                    gradients.get(&weights).unwrap().clone()
                };
                // Sums of 600 terms of order 0.1, in two different orders.
                assert_close(&fused, &plain, 2e-5);
                assert_close(&gradient(&fused), &gradient(&plain), 2e-5);
            }
        }
    }

    fn assert_close(a: &Tensor, b: &Tensor, tolerance: f32) {
        assert_eq!(a.dims(), b.dims());
        let difference = (a - b).unwrap().abs().unwrap().flatten_all().unwrap().max(0).unwrap();
        let difference = difference.to_scalar::<f32>().unwrap();
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
        let (x, factor) = (draw(n * 3, 1.0, 4), draw(n * 3, 1.0, 5));
        let mut hidden = vec![0.0; n * network.hidden_dim];
        let mut out = vec![0.0; n * network.n_outputs];
        network.forward(&weights, &x, &mut hidden, &mut out);
        let gradient = network.backward(&weights, &x, &hidden, &factor, &mut Vec::new());
        for i in 0..network.n_weights {
            let mut shifted = |step: f32| {
                let saved = weights[i];
                weights[i] += step;
                network.forward(&weights, &x, &mut hidden, &mut out);
                weights[i] = saved;
                out.iter().zip(&factor).map(|(a, b)| f64::from(a * b)).sum::<f64>()
            };
            let slope = (shifted(1e-2) - shifted(-1e-2)) / 2e-2;
            // Rounding 1e-6 over the step 1e-2, and the third derivative times its square.
            assert!((slope - f64::from(gradient[i])).abs() < 1e-3, "{i}: {slope} {}", gradient[i]);
        }
    }
}

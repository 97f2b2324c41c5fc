//! The network and the loss in candle's own operations, as papers write them: what the fused ones are
//! tested against.

use candle_core::{D, DType, Device, IndexOp, Result, Tensor};
use candle_nn::ops::{log_softmax, sigmoid};

use super::distribution::{ActionSpace, Head, LogStd, QUADRATURE};
use super::network::{Activation, Cell, Network, Sequences};
use super::ppo::{PpoConfig, Samples};

fn activate(f: Activation, y: &Tensor) -> Result<Tensor> {
    match f {
        Activation::Elu => y.elu(1.0),
        Activation::Relu => y.relu(),
        Activation::Tanh => y.tanh(),
        Activation::Selu => y.elu(1.673_263_2)? * 1.050_701,
        Activation::Sigmoid => sigmoid(y),
        Activation::Softplus => (y.exp()? + 1.0)?.log(),
        Activation::Gelu => y.gelu_erf(),
    }
}

/// The outputs of `network` for `x`, shape (rows, input_dim). Rows lie time-major: row t * n + s is step t
/// of the sequence s of n.
pub(super) fn network(
    network: &Network,
    f: Activation,
    x: &Tensor,
    weights: &Tensor,
    sequences: Sequences<'_>,
) -> Result<Tensor> {
    let parts = network.parts();
    let has = |name: &str| parts.iter().any(|part| part.name.starts_with(name));
    let part = |name: &str| {
        let part = parts.iter().find(|part| part.name == name).unwrap();
        weights.narrow(0, part.range.start, part.range.len())?.reshape(part.shape.as_slice())
    };
    let affine = |x: &Tensor, weight: &str, bias: &str| {
        x.matmul(&part(weight)?.t()?)?.broadcast_add(&part(bias)?)
    };
    let linear =
        |x: &Tensor, name: &str| affine(x, &format!("{name}.weight"), &format!("{name}.bias"));
    let mut first_state = 0;
    let mut trunk = |name: &str| {
        // The policy may see only the first columns.
        let mut h = x.narrow(1, 0, part(&format!("{name}.0.weight"))?.dim(1)?)?;
        for i in 0.. {
            let layer = format!("{name}.{i}");
            if !has(&format!("{layer}.")) {
                break;
            }
            h = activate(f, &linear(&h, &layer)?)?;
        }
        if has(&format!("{name}.rnn")) {
            let gates = |x: &Tensor, end: &str| {
                affine(x, &format!("{name}.rnn.weight_{end}"), &format!("{name}.rnn.bias_{end}"))
            };
            let size = part(&format!("{name}.rnn.weight_hh"))?.dim(1)?;
            h = recurrent(&h, gates, size, sequences, &mut first_state)?;
        }
        Ok::<Tensor, candle_core::Error>(h)
    };
    let h = trunk("trunk")?;
    let h_value = if has("value_trunk") { trunk("value_trunk")? } else { h.clone() };
    let mut outputs = vec![linear(&h, "mu")?];
    if has("log_std") {
        outputs.push(linear(&h, "log_std")?);
    }
    outputs.push(linear(&h_value, "value")?);
    Tensor::cat(&outputs, 1)
}

/// A recurrent layer, step by step. `gates` gives all gates of an input ("ih") or a hidden state ("hh").
fn recurrent(
    x: &Tensor,
    gates: impl Fn(&Tensor, &str) -> Result<Tensor>,
    size: usize,
    sequences: Sequences<'_>,
    first_state: &mut usize,
) -> Result<Tensor> {
    let n = x.dim(0)? / sequences.length;
    let all = sequences.states.len() / n;
    let states = Tensor::from_slice(sequences.states, (n, all), &Device::Cpu)?;
    let n_gates = gates(&x.i(..1)?, "ih")?.dim(1)? / size;
    let cell = if n_gates == 4 { Cell::Lstm } else { Cell::Gru };
    let mut state = states.narrow(1, *first_state, cell.n_states() * size)?;
    *first_state += cell.n_states() * size;
    let mut outputs = Vec::new();
    for t in 0..sequences.length {
        if !sequences.begins.is_empty() {
            let begins = &sequences.begins[t * n..(t + 1) * n];
            let keep: Vec<f32> = begins.iter().map(|b| if *b { 0.0 } else { 1.0 }).collect();
            state = state.broadcast_mul(&Tensor::from_vec(keep, (n, 1), &Device::Cpu)?)?;
        }
        let h = state.narrow(1, 0, size)?.contiguous()?;
        let (a, u) = (gates(&x.narrow(0, t * n, n)?, "ih")?, gates(&h, "hh")?);
        let gate = |of: &Tensor, i: usize| of.narrow(1, i * size, size);
        let sum = |i: usize| gate(&a, i)? + gate(&u, i)?;
        let h = match cell {
            Cell::Lstm => {
                let (i, f, o) = (sigmoid(&sum(0)?)?, sigmoid(&sum(1)?)?, sigmoid(&sum(3)?)?);
                let c = ((f * state.narrow(1, size, size)?)? + (i * sum(2)?.tanh()?)?)?;
                let h = (o * c.tanh()?)?;
                state = Tensor::cat(&[&h, &c], 1)?;
                h
            }
            Cell::Gru => {
                let (r, z) = (sigmoid(&sum(0)?)?, sigmoid(&sum(1)?)?);
                let candidate = (gate(&a, 2)? + (r * gate(&u, 2)?)?)?.tanh()?;
                state = (&candidate + (z * (h - &candidate)?)?)?;
                state.clone()
            }
        };
        outputs.push(h);
    }
    Tensor::cat(&outputs, 0)
}

/// Log-probability and entropy, each of shape (n,).
fn distribution(
    outputs: &Tensor,
    log_std: &Tensor,
    head: &Head,
    actions: &Tensor,
) -> Result<(Tensor, Tensor)> {
    let mu = outputs.i((.., ..head.mu_dim()))?;
    match &head.space {
        &ActionSpace::Continuous(k) => {
            let log_std = match head.log_std {
                // Twice the dimensions and one value.
                LogStd::Network => outputs.i((.., k..2 * k))?.clamp(-20.0, 2.0)?,
                _ => log_std.broadcast_as(mu.shape())?,
            };
            let z = ((actions - &mu)? / log_std.exp()?)?;
            let half_ln_tau = 0.5 * std::f64::consts::TAU.ln();
            let each = (((z.sqr()? * -0.5)? - &log_std)? - half_ln_tau)?;
            let log_prob = each.sum(1)?;
            if head.squash {
                // 1 - tanh^2 is 0 in single precision for what a wide distribution gives.
                let ln_slope = |u: &Tensor| -> Result<Tensor> {
                    let size = u.abs()?;
                    let softplus = ((&size * -2.0)?.exp()? + 1.0)?.log()?;
                    ((((size + softplus)? * -2.0)? + 2.0 * std::f64::consts::LN_2)?).sum(1)
                };
                let mut entropy = (log_std.sum(1)? + k as f64 * (half_ln_tau + 0.5))?;
                for (node, weight) in QUADRATURE {
                    let u = (&mu + (log_std.exp()? * f64::from(node))?)?;
                    entropy = (entropy + (ln_slope(&u)? * f64::from(weight))?)?;
                }
                return Ok(((log_prob - ln_slope(actions)?)?, entropy));
            }
            let entropy = (log_std.sum(1)? + k as f64 * (half_ln_tau + 0.5))?;
            Ok((log_prob, entropy))
        }
        ActionSpace::Discrete(_) | ActionSpace::MultiDiscrete(_) => {
            let (mut log_prob, mut entropy) =
                (mu.i((.., 0))?.zeros_like()?, mu.i((.., 0))?.zeros_like()?);
            let mut first = 0;
            for (i, n) in head.space.options().iter().enumerate() {
                let log_p = log_softmax(&mu.narrow(1, first, *n)?, D::Minus1)?;
                first += n;
                let chosen = actions.narrow(1, i, 1)?.to_dtype(DType::U32)?;
                log_prob = (log_prob + log_p.gather(&chosen.contiguous()?, 1)?.squeeze(1)?)?;
                entropy = (entropy - (log_p.exp()? * &log_p)?.sum(1)?)?;
            }
            Ok((log_prob, entropy))
        }
    }
}

/// The loss as the papers write it.
pub(super) fn loss(
    outputs: &Tensor,
    log_std: &Tensor,
    head: &Head,
    samples: &Samples,
    config: &PpoConfig,
) -> Result<Tensor> {
    let space = &head.space;
    let n = samples.returns.len();
    let vector = |data: &[f32]| Tensor::from_slice(data, n, &Device::Cpu);
    let actions = (n, space.action_dim());
    let actions = Tensor::from_slice(&samples.actions, actions, &Device::Cpu)?;
    let mu = outputs.i((.., ..head.mu_dim()))?;
    let value = outputs.i((.., head.dim()))?;

    let (log_prob, entropy) = distribution(outputs, log_std, head, &actions)?;
    let advantage = vector(&samples.advantages)?;
    let ratio = (log_prob - vector(&samples.log_probs)?)?.exp()?;
    let surrogate = (&ratio * &advantage)?;
    let clip = config.clip_param;
    let clipped_surrogate = (ratio.clamp(1.0 - clip, 1.0 + clip)? * &advantage)?;
    let policy_loss = surrogate.minimum(&clipped_surrogate)?.neg()?.mean_all()?;

    let (old_value, returns) = (vector(&samples.values)?, vector(&samples.returns)?);
    let clipped_value = (&old_value + (&value - &old_value)?.clamp(-clip, clip)?)?;
    let mut value_loss = (value - &returns)?.sqr()?;
    if config.clip_value_loss {
        value_loss = value_loss.maximum(&(clipped_value - returns)?.sqr()?)?;
    }

    let mut loss = (policy_loss + (value_loss.mean_all()? * config.value_coef)?)?;
    loss = (loss - (entropy.mean_all()? * config.entropy_coef)?)?;
    if matches!(space, ActionSpace::Continuous(_)) {
        let above = (&mu - config.soft_bound)?.relu()?.sqr()?;
        let below = (mu.neg()? - config.soft_bound)?.relu()?.sqr()?;
        let bounds = (above + below)?.sum(1)?.mean_all()?;
        loss = (loss + (bounds * config.bounds_coef)?)?;
    }
    Ok(loss)
}

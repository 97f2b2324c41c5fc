//! The loss in candle's own operations, as papers write it: what the fused one is tested against.

use candle_core::{D, DType, Device, IndexOp, Result, Tensor};
use candle_nn::ops::log_softmax;

use super::distribution::{ActionSpace, Head, LogStd};
use super::ppo::{PpoConfig, Samples};

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
                // The trapezoidal rule, of so small steps that deviations to 7 do not matter.
                for step in -40..=40 {
                    let node = 0.15 * f64::from(step);
                    let weight = 0.15 * (-0.5 * node * node).exp() / std::f64::consts::TAU.sqrt();
                    let u = (&mu + (log_std.exp()? * node)?)?;
                    entropy = (entropy + (ln_slope(&u)? * weight)?)?;
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

//! The fused loss against the same formulas in candle's own operations.

use candle_core::{D, DType, Device, IndexOp, Var};
use candle_nn::ops::log_softmax;

use super::*;
use crate::math::rng::{Random, Stream};

fn draw(n: usize, scale: f64, entity: u32) -> Vec<f32> {
    let mut random = Random::new(6, Stream::Control, entity, 0);
    (0..n).map(|_| (scale * random.normal()) as f32).collect()
}

fn config(clip_value_loss: bool) -> PpoConfig {
    PpoConfig {
        value_coef: 0.7,
        entropy_coef: 0.03,
        bounds_coef: 0.2,
        soft_bound: 0.4,
        clip_value_loss,
        ..PpoConfig::default()
    }
}

fn samples(n: usize, space: ActionSpace) -> Samples {
    let actions = match space {
        ActionSpace::Continuous(k) => draw(n * k, 1.0, 1),
        ActionSpace::Discrete(k) => (0..n).map(|i| ((i * 7) % k) as f32).collect(),
    };
    // Old log-probabilities near the new ones, so that ratios fall on both sides of the interval.
    let typical = match space {
        ActionSpace::Continuous(k) => -1.6 * k as f32,
        ActionSpace::Discrete(k) => -(k as f32).ln(),
    };
    Samples {
        actions,
        log_probs: draw(n, 0.3, 2).iter().map(|x| x + typical).collect(),
        advantages: draw(n, 1.0, 3),
        returns: draw(n, 1.0, 4),
        values: draw(n, 0.3, 5),
    }
}

/// Log-probability and entropy, each of shape (n,).
fn plain_distribution(
    head: &Tensor,
    log_std: &Tensor,
    space: ActionSpace,
    actions: &Tensor,
) -> Result<(Tensor, Tensor)> {
    match space {
        ActionSpace::Continuous(k) => {
            let z = (actions - head)?.broadcast_div(&log_std.exp()?)?;
            let half_ln_tau = 0.5 * std::f64::consts::TAU.ln();
            let each = ((z.sqr()? * -0.5)?.broadcast_sub(log_std)? - half_ln_tau)?;
            let entropy = (log_std.sum_all()? + k as f64 * (half_ln_tau + 0.5))?;
            let log_prob = each.sum(1)?;
            let entropy = entropy.broadcast_as(log_prob.shape())?;
            Ok((log_prob, entropy))
        }
        ActionSpace::Discrete(_) => {
            let log_p = log_softmax(head, D::Minus1)?;
            let chosen = log_p.gather(&actions.to_dtype(DType::U32)?, 1)?.squeeze(1)?;
            let entropy = (log_p.exp()? * &log_p)?.sum(1)?.neg()?;
            Ok((chosen, entropy))
        }
    }
}

/// The loss as the papers write it.
fn plain(
    outputs: &Tensor,
    log_std: &Tensor,
    space: ActionSpace,
    samples: &Samples,
    config: &PpoConfig,
) -> Result<Tensor> {
    let n = samples.returns.len();
    let vector = |data: &[f32]| Tensor::from_slice(data, n, &Device::Cpu);
    let actions = (n, space.action_dim());
    let actions = Tensor::from_slice(&samples.actions, actions, &Device::Cpu)?;
    let head = outputs.i((.., ..space.head_dim()))?;
    let value = outputs.i((.., space.head_dim()))?;

    let (log_prob, entropy) = plain_distribution(&head, log_std, space, &actions)?;
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
        let above = (&head - config.soft_bound)?.relu()?.sqr()?;
        let below = (head.neg()? - config.soft_bound)?.relu()?.sqr()?;
        let bounds = (above + below)?.sum(1)?.mean_all()?;
        loss = (loss + (bounds * config.bounds_coef)?)?;
    }
    Ok(loss)
}

#[test]
fn value_and_gradients_agree_with_the_plain_formulas() {
    // Three chunks, the last one short.
    let n = 2500;
    for space in [ActionSpace::Continuous(3), ActionSpace::Discrete(4)] {
        for clip_value_loss in [true, false] {
            let config = config(clip_value_loss);
            let width = space.head_dim() + 1;
            let outputs = Var::from_vec(draw(n * width, 0.5, 0), (n, width), &Device::Cpu).unwrap();
            let log_std = match space {
                ActionSpace::Continuous(k) => draw(k, 0.2, 9),
                ActionSpace::Discrete(_) => vec![],
            };
            let n_log_std = log_std.len();
            let log_std = Var::from_vec(log_std, n_log_std, &Device::Cpu).unwrap();
            let samples = samples(n, space);
            let plain = plain(&outputs, &log_std, space, &samples, &config).unwrap();
            let (fused, terms) = ppo_loss(&outputs, &log_std, space, samples, &config).unwrap();
            assert!((0.05..0.95).contains(&terms.clip_fraction), "both sides of the clip are met");
            // Sums of 2500 single-precision terms in different orders.
            let value = |loss: &Tensor| loss.to_scalar::<f32>().unwrap();
            assert!((value(&fused) - value(&plain)).abs() < 1e-5);
            let (fused, plain) = (fused.backward().unwrap(), plain.backward().unwrap());
            for variable in [&outputs, &log_std].into_iter().take(1 + n_log_std.min(1)) {
                let numbers = |gradients: &candle_core::backprop::GradStore| {
                    let gradient = gradients.get(variable.as_tensor()).unwrap();
                    gradient.flatten_all().unwrap().to_vec1::<f32>().unwrap()
                };
                let (fused, plain) = (numbers(&fused), numbers(&plain));
                assert_eq!(fused.len(), plain.len());
                for (fused, plain) in fused.iter().zip(plain) {
                    assert!((fused - plain).abs() < 1e-5, "{fused} {plain}");
                }
            }
        }
    }
}

#[test]
fn gradients_follow_the_chain_rule() {
    let space = ActionSpace::Continuous(2);
    let outputs = Var::from_vec(draw(12, 0.5, 0), (4, 3), &Device::Cpu).unwrap();
    let log_std = Var::zeros(2, DType::F32, &Device::Cpu).unwrap();
    let gradient = |factor: f64| {
        let (loss, _) =
            ppo_loss(&outputs, &log_std, space, samples(4, space), &config(true)).unwrap();
        let gradients = (loss * factor).unwrap().backward().unwrap();
        gradients.get(&log_std).unwrap().to_vec1::<f32>().unwrap()
    };
    for (double, single) in gradient(2.0).iter().zip(gradient(1.0)) {
        assert_eq!(*double, 2.0 * single);
    }
}

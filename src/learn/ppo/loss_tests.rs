//! The fused loss against the same formulas in candle's own operations.

use candle_core::{Device, Tensor, Var};

use super::*;
use crate::learn::plain;
use crate::math::rng::{Random, RandomStream};

pub(super) fn draw(n: usize, scale: f64, entity: u32) -> Vec<f32> {
    let mut random = Random::new(6, RandomStream::Control, entity, 0);
    (0..n).map(|_| (scale * random.normal()) as f32).collect()
}

pub(super) fn config(clip_value_loss: bool) -> PpoConfig {
    PpoConfig {
        value_coef: 0.7,
        entropy_coef: 0.03,
        bounds_coef: 0.2,
        soft_bound: 0.4,
        clip_value_loss,
        ..PpoConfig::default()
    }
}

fn head(space: ActionSpace) -> Head {
    Head { space, log_std: LogStd::Parameter, squash: false }
}

pub(super) fn samples(n: usize, space: &ActionSpace) -> Samples {
    let actions = match space {
        ActionSpace::Continuous(k) => draw(n * k, 1.0, 1),
        _ => {
            (0..n).flat_map(|i| space.options().iter().map(move |k| ((i * 7) % k) as f32)).collect()
        }
    };
    // Old log-probabilities near the new ones, so that ratios fall on both sides of the interval.
    let typical = match space {
        ActionSpace::Continuous(k) => -1.6 * *k as f32,
        _ => space.options().iter().map(|k| -(*k as f32).ln()).sum(),
    };
    Samples {
        actions,
        log_probs: draw(n, 0.3, 2).iter().map(|x| x + typical).collect(),
        advantages: draw(n, 1.0, 3),
        returns: draw(n, 1.0, 4),
        values: draw(n, 0.3, 5),
    }
}

/// Every kind of head.
pub(super) fn heads() -> Vec<Head> {
    let mut heads =
        vec![head(ActionSpace::Discrete(4)), head(ActionSpace::MultiDiscrete(vec![3, 2, 4]))];
    for log_std in [LogStd::Parameter, LogStd::Fixed, LogStd::Network] {
        for squash in [false, true] {
            heads.push(Head { space: ActionSpace::Continuous(3), log_std, squash });
        }
    }
    heads
}

/// Every kind of head, with both kinds of value loss.
#[test]
fn value_and_gradients_agree_with_the_plain_formulas() {
    for head in heads() {
        for clip_value_loss in [true, false] {
            agrees_with_the_plain_formulas(&head, &config(clip_value_loss));
        }
    }
}

fn agrees_with_the_plain_formulas(head: &Head, config: &PpoConfig) {
    // Three chunks, the last one short.
    let n = 2500;
    let width = head.dim() + 1;
    let mut outputs = draw(n * width, 0.5, 0);
    if head.log_std == LogStd::Network {
        // Some logarithms are out of bounds.
        outputs.iter_mut().skip(4).step_by(10 * width).for_each(|x| *x += 5.0);
    }
    let outputs = Var::from_vec(outputs, (n, width), &Device::Cpu).unwrap();
    let n_log_std = head.n_log_std();
    let log_std = Var::from_vec(draw(n_log_std, 0.2, 9), n_log_std, &Device::Cpu).unwrap();
    let mut samples = samples(n, &head.space);
    if head.squash {
        // Moderate, so that candle's 1 - tanh^2 keeps its digits, and old log-probabilities to suit.
        samples.actions.iter_mut().for_each(|u| *u *= 0.7);
        let rows = samples.log_probs.iter_mut().zip(samples.actions.chunks(3));
        rows.for_each(|(log_prob, u)| *log_prob -= squash_correction(u));
    }
    let plain = plain::loss(&outputs, &log_std, head, &samples, config).unwrap();
    let numbers = |tensor: &Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let (terms, by_outputs, by_log_std) =
        fused(head, &samples, config, &numbers(&outputs), &numbers(&log_std));
    assert!((0.05..0.95).contains(&terms.clip_fraction), "both sides of the clip are met");
    // Sums of 2500 single-precision terms in different orders.
    let value = f64::from(plain.to_scalar::<f32>().unwrap());
    assert!((terms.total - value).abs() < 1e-5 * value.abs().max(1.0), "{head:?}");
    let plain = plain.backward().unwrap();
    let agree = |fused: &[f32], plain: Vec<f32>| {
        assert_eq!(fused.len(), plain.len());
        for (fused, plain) in fused.iter().zip(plain) {
            let tolerance = 1e-5 * plain.abs().max(1.0);
            assert!((fused - plain).abs() < tolerance, "{head:?}: {fused} {plain}");
        }
    };
    agree(&by_outputs, numbers(plain.get(&outputs).unwrap()));
    if n_log_std > 0 && head.log_std == LogStd::Parameter {
        agree(&by_log_std, numbers(plain.get(&log_std).unwrap()));
    } else {
        assert!(by_log_std.is_empty());
    }
}

/// The loss of all samples in order, in chunks of 1000, and its gradients.
fn fused(
    head: &Head,
    samples: &Samples,
    config: &PpoConfig,
    outputs: &[f32],
    log_std: &[f32],
) -> (LossTerms, Vec<f32>, Vec<f32>) {
    let n = samples.returns.len();
    let loss = PpoLoss::new(head, samples, config, log_std, n);
    let rows: Vec<u32> = (0..n as u32).collect();
    let mut gradient = vec![0.0; outputs.len()];
    let width = head.dim() + 1;
    let chunks = rows.chunks(1000).zip(outputs.chunks(1000 * width));
    let parts: Vec<Sums> = chunks
        .zip(gradient.chunks_mut(1000 * width))
        .map(|((rows, outputs), gradient)| loss.chunk(rows, outputs, gradient))
        .collect();
    let (terms, by_log_std) = loss.total(&parts);
    (terms, gradient, by_log_std)
}

/// The estimate of the divergence against its definition, at a shift that has a closed form.
#[test]
fn the_approximate_divergence_is_that_of_the_definition() {
    let n = 4000;
    let space = ActionSpace::Continuous(1);
    // The old policy has mean 0 and deviation 1; the new one mean 0.1: the divergence is 0.1^2 / 2.
    let actions = draw(n, 1.0, 1);
    let old = Gaussian::new(&[0.0]);
    let samples = Samples {
        log_probs: actions.iter().map(|a| old.log_prob(&[0.0], &[*a])).collect(),
        advantages: vec![0.0; n],
        returns: vec![0.0; n],
        values: vec![0.0; n],
        actions,
    };
    let outputs = [[0.1, 0.0]; 4000].concat();
    let (terms, _, _) = fused(&head(space), &samples, &config(false), &outputs, &[0.0]);
    // The estimate's own deviation is about 0.007 for one sample.
    assert!((terms.approx_kl - 0.005).abs() < 0.0005, "{}", terms.approx_kl);
}

/// Rows are those of the samples that are asked for, in any order.
#[test]
fn a_minibatch_is_a_choice_of_the_samples() {
    let head = head(ActionSpace::Continuous(2));
    let (samples, config) = (samples(4, &head.space), config(true));
    let outputs = draw(12, 0.5, 0);
    let (_, whole, _) = fused(&head, &samples, &config, &outputs, &[0.0, 0.1]);
    let loss = PpoLoss::new(&head, &samples, &config, &[0.0, 0.1], 4);
    let mut gradient = vec![0.0; 6];
    loss.chunk(&[3, 1], &[&outputs[9..], &outputs[3..6]].concat(), &mut gradient);
    assert_eq!(gradient, [&whole[9..], &whole[3..6]].concat());
}

//! The loss on a device against the loss here: what is worked out row by row has the same bits, and sums in double
//! precision differ by their order.

use super::distribution_tests::cases;
use super::tests::{config, draw, heads, samples};
use super::*;
use crate::device::kernels::host;
use crate::device::words::from_words;
use crate::device::{BufferId, Emulator, ProgramBackend};
use crate::learn::device::{
    DeviceLoss, ExperienceBuffers, MinibatchBuffers, MinibatchTerms, STANDARD_LEN, Standards,
};
use crate::learn::minibatches::Past;
use crate::learn::ppo::batch::Batch;
use crate::learn::stacks::Kept;
use crate::space::ObservationsView;

/// A minibatch and what comes of it.
struct Minibatch<'a> {
    head: &'a Head,
    config: &'a PpoConfig,
    samples: &'a Samples,
    /// Of all rows, shape (rows, n_params).
    params: &'a [f32],
    /// Which of them.
    rows: &'a [u32],
    /// Of the network for those, shape (n, dim + 1).
    outputs: &'a [f32],
    log_std: &'a [f32],
    normalize: bool,
}

#[derive(Debug, PartialEq)]
struct Outcome {
    terms: MinibatchTerms,
    gradient: Vec<f32>,
    log_std_gradient: Vec<f32>,
    params: Vec<f32>,
}

impl Minibatch<'_> {
    fn on_host(&self) -> Outcome {
        let n = self.rows.len();
        let mut loss = PpoLoss::new(self.head, self.samples, self.config, self.log_std, n);
        if self.normalize {
            loss = loss.normalizing(self.rows);
        }
        let width = self.head.dim() + 1;
        let mut gradient = vec![0.0; self.outputs.len()];
        let chunks = self.rows.chunks(1000).zip(self.outputs.chunks(1000 * width));
        let parts: Vec<Sums> = chunks
            .zip(gradient.chunks_mut(1000 * width))
            .map(|((rows, outputs), gradient)| loss.chunk(rows, outputs, gradient))
            .collect();
        let (terms, log_std_gradient) = loss.total(&parts);
        let mut batch = Batch {
            kept: Kept::whole(ObservationsView::default()),
            samples: Samples::default(),
            params: self.params.to_vec(),
            past: Past::NONE,
            new_params: Vec::new(),
        };
        let kl = batch.replace_params(self.head, self.rows, self.outputs, self.log_std);
        let LossTerms { total, policy, value, entropy, bounds, clip_fraction, approx_kl } = terms;
        let terms =
            MinibatchTerms { policy, value, entropy, bounds, clip_fraction, approx_kl, kl, total };
        Outcome { terms, gradient, log_std_gradient, params: batch.params }
    }

    /// As the second of three minibatches.
    fn on(&self, device: &mut dyn ProgramBackend) -> Outcome {
        let n = self.rows.len();
        let loss = DeviceLoss::new(device, self.head, n, 3).unwrap();
        loss.set(device, self.config).unwrap();
        let mut hold = |numbers: &[f32]| {
            let buffer = device.allocate(numbers.len()).unwrap();
            device.write(buffer, 0, numbers).unwrap();
            buffer
        };
        let experience = ExperienceBuffers {
            actions: hold(&self.samples.actions),
            log_probs: hold(&self.samples.log_probs),
            advantages: hold(&self.samples.advantages),
            returns: hold(&self.samples.returns),
            values: hold(&self.samples.values),
            params: hold(self.params),
        };
        let n_learned = match self.head.log_std {
            LogStd::Parameter => self.log_std.len(),
            LogStd::Fixed | LogStd::Network => 0,
        };
        // What is not written stays as it is.
        let minibatch = MinibatchBuffers {
            indices: hold(&from_words(self.rows)),
            n_rows: n as u32,
            outputs: hold(self.outputs),
            log_std: hold(self.log_std),
            gradient: hold(&vec![f32::NAN; self.outputs.len()]),
            log_std_gradient: hold(&vec![f32::NAN; n_learned]),
        };
        loss.launch(device, &experience, &minibatch, 1, self.normalize).unwrap();
        let mut read = |buffer: BufferId, n: usize| {
            let mut numbers = vec![0.0; n];
            device.read(buffer, 0, &mut numbers).unwrap();
            numbers
        };
        let gradient = read(minibatch.gradient, self.outputs.len());
        let log_std_gradient = read(minibatch.log_std_gradient, n_learned);
        let params = read(experience.params, self.params.len());
        let terms = loss.terms(device, 3).unwrap();
        assert_eq!([terms[0], terms[2]], [MinibatchTerms::default(); 2]);
        Outcome { terms: terms[1], gradient, log_std_gradient, params }
    }
}

/// Whether a number is near another, relative to the larger of that and `size`; a NaN is not.
fn is_near(got: f64, expected: f64, size: f64, tolerance: f64) -> bool {
    (got - expected).abs() <= tolerance * expected.abs().max(size)
}

fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().map(|x| x.to_bits()).collect()
}

/// `tolerance` is that of gradients, relative to the largest; 0 for the same bits.
fn compare(name: &str, got: &Outcome, expected: &Outcome, tolerance: f64) {
    let list = |it: &MinibatchTerms| {
        [
            it.policy,
            it.value,
            it.entropy,
            it.bounds,
            it.clip_fraction,
            it.approx_kl,
            it.kl,
            it.total,
        ]
    };
    for (i, (got, expected)) in list(&got.terms).into_iter().zip(list(&expected.terms)).enumerate()
    {
        // Sums of the same numbers in another order.
        let tolerance = tolerance.max(1e-12);
        assert!(is_near(got, expected, 1.0, tolerance), "{name}, term {i}: {got}, not {expected}");
    }
    assert_eq!(bits(&got.params), bits(&expected.params), "{name}");
    if tolerance == 0.0 {
        assert_eq!(bits(&got.gradient), bits(&expected.gradient), "{name}");
    }
    let pairs =
        [(&got.gradient, &expected.gradient), (&got.log_std_gradient, &expected.log_std_gradient)];
    for (got, expected) in pairs {
        assert_eq!(got.len(), expected.len(), "{name}");
        let largest = expected.iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
        for (got, expected) in got.iter().zip(expected) {
            // One rounding of a sum.
            let tolerance = tolerance.max(1e-6);
            let near = is_near(f64::from(*got), f64::from(*expected), largest.into(), tolerance);
            assert!(near, "{name}: {got}, not {expected}");
        }
    }
}

/// Parameters of old distributions, shape (rows, n_params).
fn old_params(head: &Head, n: usize) -> Vec<f32> {
    let mut params = draw(n * head.space.n_params(), 0.5, 7);
    if let ActionSpace::Continuous(k) = head.space {
        params.chunks_mut(2 * k).for_each(|row| row[k..].iter_mut().for_each(|x| *x = x.exp()));
    }
    params
}

/// Every kind of head, with both kinds of value loss, with advantages as they are and normalised; 2500 rows in an order of
/// their own of the 3000 there are, so that the last block is not full.
#[test]
fn a_device_has_the_loss_and_the_gradient_of_the_host() {
    let Some(mut device) = host::emulator() else { return };
    let (n_all, n) = (3000, 2500);
    let rows: Vec<u32> = (0..n as u32).map(|i| (i * 1217 + 5) % n_all as u32).collect();
    for head in heads() {
        let mut samples = samples(n_all, &head.space);
        if head.squash {
            let rows = samples.log_probs.iter_mut().zip(samples.actions.chunks(3));
            rows.for_each(|(log_prob, u)| *log_prob -= squash_correction(u));
        }
        let width = head.dim() + 1;
        let mut outputs = draw(n * width, 0.5, 0);
        if head.log_std == LogStd::Network {
            // Some logarithms are out of bounds.
            outputs.iter_mut().skip(4).step_by(10 * width).for_each(|x| *x += 5.0);
        }
        let (params, log_std) = (old_params(&head, n_all), draw(head.n_log_std(), 0.2, 9));
        for (clip_value_loss, normalize) in [(true, false), (false, false), (true, true)] {
            let minibatch = Minibatch {
                head: &head,
                config: &config(clip_value_loss),
                samples: &samples,
                params: &params,
                rows: &rows,
                outputs: &outputs,
                log_std: &log_std,
                normalize,
            };
            let expected = minibatch.on_host();
            assert!((0.05..0.95).contains(&expected.terms.clip_fraction), "both sides are met");
            assert!(
                expected.terms.kl > 0.01 && expected.terms.bounds > 0.01
                    || head.space.is_discrete()
            );
            // The mean of advantages is a sum in another order.
            let tolerance = if normalize { 1e-6 } else { 0.0 };
            compare(&format!("{head:?}"), &minibatch.on(&mut device), &expected, tolerance);
        }
    }
}

/// Means, deviations and logits to the ends of single precision, one row at a time.
#[test]
fn a_device_has_the_distributions_of_the_host() {
    let Some(mut device) = host::emulator() else { return };
    let cases = cases();
    assert!(cases.len() > 500);
    let config = PpoConfig { value_coef: 0.0, entropy_coef: 0.3, ..PpoConfig::default() };
    for case in &cases {
        let head = &case.head;
        let n = case.actions.len();
        let samples = Samples {
            actions: case.actions.concat(),
            log_probs: case.actions.iter().map(|action| case.log_prob(action) + 0.1).collect(),
            advantages: draw(n, 1.0, 3),
            returns: vec![0.0; n],
            values: vec![0.0; n],
        };
        let outputs = [&case.outputs[..], &[0.5]].concat().repeat(n);
        // The old distributions are the new ones, and so are others.
        let mut gaussian = Gaussian::new(&case.log_std);
        let mut params = vec![0.0; head.space.n_params()];
        head.fill_params(&case.outputs, &mut gaussian, &mut params);
        let rows: Vec<u32> = (0..n as u32).rev().collect();
        let minibatch = Minibatch {
            head,
            config: &config,
            samples: &samples,
            params: &params.repeat(n),
            rows: &rows,
            outputs: &outputs,
            log_std: &case.log_std,
            normalize: false,
        };
        compare(&case.name, &minibatch.on(&mut device), &minibatch.on_host(), 0.0);
    }
}

/// More dimensions than are summed together, and no more rows than one.
#[test]
fn a_device_takes_any_number_of_dimensions_and_rows() {
    let Some(mut device) = host::emulator() else { return };
    for (k, n) in [(1, 1), (8, 129), (21, 128), (21, 1)] {
        let head =
            Head { space: ActionSpace::Continuous(k), log_std: LogStd::Parameter, squash: false };
        let samples = samples(n, &head.space);
        let rows: Vec<u32> = (0..n as u32).collect();
        let minibatch = Minibatch {
            head: &head,
            config: &config(false),
            samples: &samples,
            params: &old_params(&head, n),
            rows: &rows,
            outputs: &draw(n * (k + 1), 0.5, 0),
            log_std: &draw(k, 0.2, 9),
            normalize: true,
        };
        let name = format!("{k} dimensions, {n} rows");
        compare(&name, &minibatch.on(&mut device), &minibatch.on_host(), 1e-6);
    }
}

/// No sum depends on which thread or block is first.
#[test]
fn the_order_of_threads_changes_no_bit() {
    let Some(library) = host::library() else { return };
    let mut forwards = Emulator::with_library(library.clone());
    let mut backwards = Emulator::with_library(library.backwards());
    for head in heads() {
        let n = 700;
        let rows: Vec<u32> = (0..n as u32).collect();
        let minibatch = Minibatch {
            head: &head,
            config: &config(true),
            samples: &samples(n, &head.space),
            params: &old_params(&head, n),
            rows: &rows,
            outputs: &draw(n * (head.dim() + 1), 0.5, 0),
            log_std: &draw(head.n_log_std(), 0.2, 9),
            normalize: true,
        };
        assert_eq!(minibatch.on(&mut forwards), minibatch.on(&mut backwards), "{head:?}");
    }
}

#[test]
fn a_device_normalises_as_the_host_does() {
    let Some(mut device) = host::emulator() else { return };
    for n in [1, 2, 128, 1024, 1025, 5000] {
        let data: Vec<f32> = draw(n, 3.0, 1).iter().map(|x| x + 100.0).collect();
        let standards = Standards::new(&mut device, n).unwrap();
        let [buffer, standard] = [n, STANDARD_LEN].map(|n| device.allocate(n).unwrap());
        device.write(buffer, 0, &data).unwrap();
        standards.take(&mut device, (buffer, None), n as u32, standard).unwrap();
        standards.normalize(&mut device, buffer, n as u32, standard).unwrap();
        let mut got = vec![0.0; n];
        device.read(buffer, 0, &mut got).unwrap();
        let expected = Standard::of(&data);
        for (got, x) in got.iter().zip(&data) {
            let expected = f64::from(expected.normalize(*x));
            assert!(is_near(f64::from(*got), expected, 1.0, 1e-7), "{n}: {got}, not {expected}");
        }
    }
}

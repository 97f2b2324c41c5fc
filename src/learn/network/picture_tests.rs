//! Networks with encoders: against candle's own gradients, and of every backend against finite differences.

use super::tests::{Example, assert_close, draw, isas, shape, weights};
use super::*;
use crate::learn::encoder::{ConvLayer, Pool};

with_each_backend![
    gradients_through_encoders_agree_with_finite_differences,
    inference_and_training_agree_to_the_bit,
    rows_do_not_depend_on_those_beside_them,
];

const PICTURE: Picture = Picture { frames: 2, height: 9, width: 11, channels: 3 };

/// Odd sizes, padding, both kinds of pooling, with and without a dense layer; two encoders in one network.
fn encoders(activation: Activation) -> Vec<EncoderConfig> {
    let pool = |kind, size, stride, padding| Some(Pool { kind, size, stride, padding });
    let layer = |filters, kernel, stride, padding, pool| ConvLayer {
        filters,
        kernel,
        stride,
        padding,
        pool,
    };
    let deep = vec![
        layer(5, 3, 2, 1, None),
        layer(9, 2, 1, 1, pool(PoolKind::Max, 3, 2, 1)),
        layer(4, 2, 1, 0, pool(PoolKind::Average, 2, 1, 1)),
    ];
    let flat = vec![layer(3, 4, 3, 0, None)];
    let base = |layers| EncoderConfig { activation, ..EncoderConfig::new("eye", layers) };
    vec![
        EncoderConfig { features: 7, scaling: Scaling::MeanFree, ..base(deep) },
        EncoderConfig { global_pool: Some(PoolKind::Average), ..base(flat) },
    ]
}

fn encoded<'a>(encoders: &'a [EncoderConfig], hidden: &'a [usize]) -> NetworkShape<'a> {
    let encoders = encoders.iter().map(|encoder| (PICTURE, encoder)).collect();
    NetworkShape { encoders, ..shape(hidden) }
}

/// One value for both, or one of its own that sees pictures or not.
const VALUES: [(bool, bool); 3] = [(false, true), (true, true), (true, false)];

#[test]
fn outputs_and_gradients_agree_with_candles_own() {
    for (f, isa) in Activation::ALL.into_iter().flat_map(|f| isas().map(move |isa| (f, isa))) {
        for (separate_value, value_sees_pictures) in VALUES {
            let (encoders, hidden) = (encoders(f), [13, 6]);
            let base = encoded(&encoders, &hidden);
            let shape = NetworkShape {
                isa,
                separate_value,
                value_sees_pictures,
                activation: f,
                policy_dim: 2,
                ..base
            };
            // What only the value sees needs layers of its own.
            let input_dim = if separate_value { 3 } else { 2 };
            let network = Network::new(&NetworkShape { input_dim, ..shape }).unwrap();
            // Two chunks, the last one short and no multiple of the lanes.
            let example = Example::new(&network, 83, 1);
            let flat = draw(network.n_weights, 0.25, 1);
            let (outputs, gradient) = example.train(&network, &flat);
            let (plain, plain_gradient) =
                example.plain(&network, &flat, std::slice::from_ref(&(0..83)));
            let largest = |data: &[f32]| data.iter().fold(1.0_f32, |most, x| most.max(x.abs()));
            // Relative to the largest: single precision, in another order.
            assert_close(&outputs, &plain, 1e-5 * largest(&plain));
            assert_close(&gradient, &plain_gradient, 1e-5 * largest(&plain_gradient));
            for part in network.parts() {
                let moved = gradient[part.range.clone()].iter().any(|x| x.abs() > 1e-4);
                assert!(moved, "{} has a gradient", part.name);
            }
        }
    }
}

fn gradients_through_encoders_agree_with_finite_differences(backend: Backend) {
    for (separate_value, value_sees_pictures) in VALUES {
        let (mut encoders, hidden) = (encoders(Activation::Tanh), [4]);
        // Another number may become the largest within a step: differences would be of two slopes.
        let pools = encoders.iter_mut().flat_map(|encoder| &mut encoder.layers);
        pools.flat_map(|layer| &mut layer.pool).for_each(|pool| pool.kind = PoolKind::Average);
        let base = encoded(&encoders, &hidden);
        let shape = NetworkShape { separate_value, value_sees_pictures, backend, ..base };
        let network = Network::new(&shape).unwrap();
        Example::new(&network, 3, 1).follows_finite_differences(&network);
    }
}

fn inference_and_training_agree_to_the_bit(backend: Backend) {
    let (encoders, hidden) = (encoders(Activation::Relu), [8]);
    let shape = NetworkShape { backend, separate_value: true, ..encoded(&encoders, &hidden) };
    let network = Network::new(&shape).unwrap();
    let chunk = network.chunk_rows();
    let n = 2 * chunk + 5;
    let (example, flat) = (Example::new(&network, n, 1), draw(network.n_weights, 0.3, 1));
    let (outputs, _) = example.train(&network, &flat);
    let weights = weights(&network, &flat);
    for (i, outputs) in outputs.chunks(chunk * 3).enumerate() {
        let mut out = vec![0.0; outputs.len()];
        let seen = example.from(i * chunk);
        network.infer_chunk(&weights, &seen, (&[], &mut []), &mut out).unwrap();
        assert_eq!(out, outputs);
    }
}

fn rows_do_not_depend_on_those_beside_them(backend: Backend) {
    let (encoders, hidden) = (encoders(Activation::Elu), [20]);
    let shape = NetworkShape { backend, ..encoded(&encoders, &hidden) };
    let network = Network::new(&shape).unwrap();
    let (example, flat) = (Example::new(&network, 50, 1), draw(network.n_weights, 0.2, 1));
    let weights = weights(&network, &flat);
    let infer = |n: usize| {
        let mut all = vec![0.0; 50 * 3];
        for (i, out) in all.chunks_mut(n * 3).enumerate() {
            let seen = example.from(i * n);
            network.infer_chunk(&weights, &seen, (&[], &mut []), out).unwrap();
        }
        all
    };
    let whole = infer(50);
    for n in [1, 2, 7, 33] {
        // Products of other shapes may round otherwise.
        assert_close(&infer(n), &whole, 1e-5);
    }
}

#[test]
fn weights_are_named_and_shaped_as_elsewhere() {
    let (encoders, hidden) = (encoders(Activation::Relu), [4]);
    let network = Network::new(&encoded(&encoders[..1], &hidden)).unwrap();
    let parts = network.parts();
    let named = |name: &str| parts.iter().find(|part| part.name == name).unwrap().shape.clone();
    assert_eq!(named("cnn.eye.0.weight"), [5, 6, 3, 3]);
    assert_eq!(named("cnn.eye.2.weight"), [4, 9, 2, 2]);
    assert_eq!(named("cnn.eye.1.bias"), [9]);
    assert_eq!(named("cnn.eye.features.weight")[0], 7);
    assert_eq!(named("trunk.0.weight"), [4, 7 + 3]);
    let all: usize = parts.iter().map(|part| part.range.len()).sum();
    assert_eq!(all, network.n_weights);
    // Filters are orthonormal times the gain.
    let flat = network.init(1, Init::default(), 0.0);
    let filters = &flat[parts[0].range.clone()];
    for (i, j) in (0..5).flat_map(|i| (0..5).map(move |j| (i, j))) {
        let filter = |i: usize| &filters[i * 54..(i + 1) * 54];
        let product: f32 = filter(i).iter().zip(filter(j)).map(|(a, b)| a * b).sum();
        // Rounding of the weights.
        assert!((product - if i == j { 2.0 } else { 0.0 }).abs() < 1e-5, "{i} {j}: {product}");
    }
}

//! Models with encoders against the policies that they come from.

use std::collections::HashMap;

use prost::Message;

use crate::learn::onnx::graph::{Attribute, Model, Node};
use crate::learn::{
    Activation, ConvLayer, EncoderConfig, EncoderPreset, HiddenStates, Init, InitGains, Policy,
    PolicyConfig, PolicyOutput, Pool, PoolKind, Scaling,
};
use crate::math::rng::{Random, RandomStream as Numbers};
use crate::space::{
    ActionSpace, Buffer, Device, ObservationSpace, ObservationStream, Observations, Picture,
};

/// An array: its shape, and its numbers row by row.
#[derive(Clone)]
struct Tensor {
    shape: Vec<usize>,
    data: Vec<f32>,
}

fn attribute<'n>(node: &'n Node, name: &str) -> &'n Attribute {
    node.attribute.iter().find(|attribute| attribute.name == name).unwrap()
}

fn sizes(node: &Node, name: &str) -> Vec<usize> {
    attribute(node, name).ints.iter().map(|n| *n as usize).collect()
}

/// The pixels of a channel under each window, by the specification of Conv and the pools: `work` gets the window's
/// number, and the place in it and in the channel of each pixel that is there.
fn windows(node: &Node, shape: &[usize], mut work: impl FnMut(usize, usize, usize)) -> [usize; 2] {
    let (kernel, strides, pads) =
        (sizes(node, "kernel_shape"), sizes(node, "strides"), sizes(node, "pads"));
    let (height, width) = (shape[2], shape[3]);
    let count = |len: usize, i: usize| (len + pads[i] + pads[i + 2] - kernel[i]) / strides[i] + 1;
    let (rows, columns) = (count(height, 0), count(width, 1));
    for (oy, ox) in (0..rows).flat_map(|y| (0..columns).map(move |x| (y, x))) {
        for (ky, kx) in (0..kernel[0]).flat_map(|y| (0..kernel[1]).map(move |x| (y, x))) {
            let (y, x) = (oy * strides[0] + ky, ox * strides[1] + kx);
            if (pads[0]..pads[0] + height).contains(&y) && (pads[1]..pads[1] + width).contains(&x) {
                let pixel = (y - pads[0]) * width + x - pads[1];
                work(oy * columns + ox, ky * kernel[1] + kx, pixel);
            }
        }
    }
    [rows, columns]
}

fn conv(node: &Node, [x, w, b]: [&Tensor; 3]) -> Tensor {
    let (pixels, taps) = (x.shape[2] * x.shape[3], w.shape[2] * w.shape[3]);
    let (filters, channels) = (w.shape[0], w.shape[1]);
    let mut products = Vec::new();
    let [rows, columns] = windows(node, &x.shape, |to, tap, from| products.push((to, tap, from)));
    let n = rows * columns;
    let mut data: Vec<f32> = b.data.iter().flat_map(|b| vec![*b; n]).collect();
    for (filter, channel) in (0..filters).flat_map(|f| (0..channels).map(move |c| (f, c))) {
        for (to, tap, from) in &products {
            let weight = w.data[(filter * channels + channel) * taps + tap];
            data[filter * n + to] += weight * x.data[channel * pixels + from];
        }
    }
    Tensor { shape: vec![1, filters, rows, columns], data }
}

fn pool(node: &Node, x: &Tensor) -> Tensor {
    let (channels, pixels) = (x.shape[1], x.shape[2] * x.shape[3]);
    let mut under: HashMap<usize, Vec<usize>> = HashMap::new();
    let [rows, columns] =
        windows(node, &x.shape, |to, _, from| under.entry(to).or_default().push(from));
    let mut data = Vec::new();
    for (channel, to) in (0..channels).flat_map(|c| (0..rows * columns).map(move |to| (c, to))) {
        let numbers = under[&to].iter().map(|from| x.data[channel * pixels + from]);
        data.push(match node.op_type.as_str() {
            "MaxPool" => numbers.fold(f32::NEG_INFINITY, f32::max),
            _ => numbers.sum::<f32>() / under[&to].len() as f32,
        });
    }
    Tensor { shape: vec![1, channels, rows, columns], data }
}

fn transpose(order: &[usize], x: &Tensor) -> Tensor {
    let shape: Vec<usize> = order.iter().map(|axis| x.shape[*axis]).collect();
    let mut strides = vec![1; shape.len()];
    for i in (1..shape.len()).rev() {
        strides[i - 1] = strides[i] * x.shape[i];
    }
    let data = (0..x.data.len()).map(|mut place| {
        let mut from = 0;
        for (extent, axis) in shape.iter().zip(order).rev() {
            from += place % extent * strides[*axis];
            place /= extent;
        }
        x.data[from]
    });
    Tensor { data: data.collect(), shape }
}

/// What the operators of ONNX do, by their specification, on a batch of one.
fn run(model: &Model, inputs: &[Tensor]) -> Vec<f32> {
    let graph = model.graph.as_ref().unwrap();
    let constants = graph.initializer.iter().map(|c| {
        let shape = c.dims.iter().map(|n| *n as usize).collect();
        let ints = c.int64_data.iter().map(|n| *n as f32);
        (c.name.clone(), Tensor { shape, data: c.float_data.iter().copied().chain(ints).collect() })
    });
    let mut values: HashMap<String, Tensor> = constants.collect();
    for (input, value) in graph.input.iter().zip(inputs) {
        values.insert(input.name.clone(), value.clone());
    }
    for node in &graph.node {
        let input = |i: usize| &values[&node.input[i]];
        let x = input(0);
        let map = |f: &dyn Fn(f32) -> f32| Tensor {
            shape: x.shape.clone(),
            data: x.data.iter().map(|x| f(*x)).collect(),
        };
        let result = match node.op_type.as_str() {
            "Div" => map(&|x| x / input(1).data[0]),
            "Sub" => {
                assert_eq!(input(1).data.len(), 1);
                map(&|x| x - input(1).data[0])
            }
            "ReduceMean" => {
                assert_eq!(sizes(node, "axes"), [1, 2, 3]);
                let mean = x.data.iter().sum::<f32>() / x.data.len() as f32;
                Tensor { shape: vec![1; 4], data: vec![mean] }
            }
            "Transpose" => transpose(&sizes(node, "perm"), x),
            "Reshape" => {
                let to = input(1).data.iter().zip(&x.shape);
                let shape = to.map(|(to, is)| if *to == 0.0 { *is } else { *to as usize });
                // Only the first extent may be as it is.
                let rest = input(1).data.iter().skip(x.shape.len()).map(|to| *to as usize);
                Tensor { shape: shape.chain(rest).collect(), data: x.data.clone() }
            }
            "Conv" => conv(node, [x, input(1), input(2)]),
            "MaxPool" | "AveragePool" => pool(node, x),
            "Flatten" => Tensor { shape: vec![1, x.data.len()], data: x.data.clone() },
            "Concat" => {
                let data = node.input.iter().flat_map(|name| values[name].data.clone());
                let data: Vec<f32> = data.collect();
                Tensor { shape: vec![1, data.len()], data }
            }
            "Gemm" => {
                let rows = input(1).data.chunks(x.data.len()).zip(&input(2).data);
                let product = |w: &[f32]| x.data.iter().zip(w).map(|(x, w)| x * w).sum::<f32>();
                let data: Vec<f32> = rows.map(|(w, b)| product(w) + b).collect();
                Tensor { shape: vec![1, data.len()], data }
            }
            "Relu" => map(&|x| x.max(0.0)),
            "Elu" => map(&|x| if x < 0.0 { x.exp_m1() } else { x }),
            "Tanh" => map(&f32::tanh),
            other => panic!("{other}"),
        };
        assert_eq!(result.data.len(), result.shape.iter().product::<usize>(), "{}", node.name);
        values.insert(node.output[0].clone(), result);
    }
    values[&graph.output[0].name].data.clone()
}

/// Padding, overlapping pools at edges, stacks of frames, several channels and each way of scaling.
fn encoders(stream: &str) -> Vec<EncoderConfig> {
    let pool = |kind, size, stride, padding| Some(Pool { kind, size, stride, padding });
    let layers = vec![
        ConvLayer { padding: 1, pool: pool(PoolKind::Max, 3, 2, 1), ..ConvLayer::new(5, 3, 2) },
        ConvLayer { pool: pool(PoolKind::Average, 2, 1, 1), ..ConvLayer::new(4, 2, 1) },
    ];
    let base = EncoderConfig { activation: Activation::Elu, ..EncoderConfig::new(stream, layers) };
    vec![
        EncoderConfig { features: 6, scaling: Scaling::MeanFree, ..base.clone() },
        EncoderConfig {
            global_pool: Some(PoolKind::Average),
            scaling: Scaling::Centered,
            ..base.clone()
        },
        EncoderConfig { global_pool: Some(PoolKind::Max), activation: Activation::Tanh, ..base },
        EncoderPreset::Simple.encoder(stream),
    ]
}

#[test]
fn a_model_with_an_encoder_does_what_the_policy_does() {
    let pictures = [(1, 3), (2, 2)].map(|(frames, channels)| Picture {
        frames,
        height: 21,
        width: 24,
        channels,
    });
    let cases = pictures.into_iter().flat_map(|p| encoders("eye").into_iter().map(move |e| (p, e)));
    for (picture, encoder) in cases {
        let stream = ObservationStream::picture("eye", picture);
        let space = ObservationSpace::vector(3).with(stream.clone()).unwrap();
        let config = PolicyConfig {
            hidden_sizes: vec![9],
            encoders: vec![encoder],
            init: Init::Orthogonal(InitGains { policy: 1.0, ..InitGains::default() }),
            ..PolicyConfig::new(space.clone(), ActionSpace::Continuous(3))
        };
        let policy = Policy::new(config.clone(), Device::detect()).unwrap();
        let mut random = Random::new(8, Numbers::Control, 0, 0);
        let n = 3;
        let numbers: Vec<f32> = (0..3 * n).map(|_| random.normal() as f32).collect();
        let bytes = (0..n * stream.size()).map(|_| (255.0 * random.uniform_in(0.0, 1.0)) as u8);
        let bytes: Vec<u8> = bytes.collect();
        let buffers = vec![Buffer::F32(numbers.clone()), Buffer::U8(bytes.clone())];
        let seen = Observations::new(space, buffers).unwrap();
        let mut out = PolicyOutput::default();
        policy.act(seen.view(), &mut HiddenStates::default(), 0, true, &mut out).unwrap();
        let model = Model::decode(policy.to_onnx().unwrap().as_slice()).unwrap();
        let inputs = &model.graph.as_ref().unwrap().input;
        let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
        assert_eq!(names, ["stream.eye", "observations"]);
        for (env, expected) in out.action.chunks(3).enumerate() {
            let bytes = &bytes[env * stream.size()..(env + 1) * stream.size()];
            let shape = [&[1], &stream.shape[..]].concat();
            let picture = Tensor { shape, data: bytes.iter().map(|b| f32::from(*b)).collect() };
            let vector = Tensor { shape: vec![1, 3], data: numbers[3 * env..][..3].to_vec() };
            let got = run(&model, &[picture, vector]);
            assert_eq!(got.len(), 3);
            for (got, expected) in got.iter().zip(expected) {
                // Sums of a few hundred products in single precision, in another order.
                assert!((got - expected).abs() < 2e-5, "{config:?}: {got} {expected}");
            }
        }
    }
}

//! The deterministic policy as an ONNX graph.

use super::encoder::encode;
use super::graph::GraphBuilder;
use crate::learn::network::{Layer, Recurrent};
use crate::learn::{LearnError, Policy, RnnCell, StateDict};
use crate::space::{ElementType, ObservationGroup};

impl Policy {
    /// The bytes of an ONNX model (operator set 17) of what the policy does without noise: from
    /// `observations`, shape (batch, numbers), as the environment gives them, to `actions`, shape
    /// (batch, action_dim), before any clipping by the environment; or to `logits`, shape (batch,
    /// options), the largest of which is the choice; of several choices those of each follow on those
    /// of the one before. The normalisation of observations is part of
    /// it.
    ///
    /// Another stream that the policy sees is an input of its own by its [key](crate::space::ObservationStream::key), shape
    /// (batch, numbers), row-major; bytes are given as numbers from 0 to 255.
    ///
    /// Pictures that go through an encoder have the shape (batch, height, width, channels), or (batch, frames, height,
    /// width, channels) of a stack, oldest frame first, and are given as numbers from 0 to 255, too.
    ///
    /// A policy with a recurrent layer also has the inputs `h`, and `c` of an LSTM, shape (batch, size),
    /// 0 at the start of an episode, and the outputs `h_out` and `c_out`, which are the next step's
    /// inputs. Fails for a policy with layers that a program brings along.
    pub fn to_onnx(&self) -> Result<Vec<u8>, LearnError> {
        let config = self.config();
        let state = self.state()?;
        let mut graph = GraphBuilder::new("policy");
        self.see(&mut graph, &state)?;
        let mut inputs = self.network.policy_dim;
        let layer = |graph: &mut GraphBuilder, inputs, name: &str, outputs: usize, output: &str| {
            let w = state.get_f32(&format!("{name}.weight"), &[outputs, inputs])?;
            let b = state.get_f32(&format!("{name}.bias"), &[outputs])?;
            graph.affine(name, w, b, output);
            Ok::<(), LearnError>(())
        };
        let mut states: Vec<(&str, usize)> = Vec::new();
        for (i, (name, hidden)) in self.network.policy_layers().enumerate() {
            match hidden {
                Layer::Linear(linear) => {
                    layer(&mut graph, inputs, &name, linear.n_outputs(), &name)?;
                    graph.activate(linear.activation, &format!("hidden.{i}"));
                    inputs = linear.n_outputs();
                }
                Layer::Recurrent(recurrent) => {
                    recur(&mut graph, &state, (&name, recurrent), inputs)?;
                    inputs = recurrent.size;
                    let names = ["h_out", "c_out"].into_iter().take(recurrent.cell.n_states());
                    states.extend(names.map(|name| (name, recurrent.size)));
                }
                Layer::Own(own) => {
                    let name = own.name().to_owned();
                    let message =
                        "is of a program's own: only that program can compute it, and no \
                                   ONNX model"
                            .to_owned();
                    return Err(LearnError::OwnLayer { name, message });
                }
            }
        }
        let n = config.action_space.size();
        let output = match (config.action_space.is_discrete(), config.squash) {
            (true, _) => "logits",
            (false, false) => "actions",
            (false, true) => "mu",
        };
        layer(&mut graph, inputs, "mu", n, output)?;
        if config.squash {
            graph.apply("Tanh", &[], vec![], "actions");
        }
        let output = graph.last();
        let outputs: Vec<(&str, usize)> =
            [(output.as_str(), n)].into_iter().chain(states).collect();
        Ok(graph.finish(&outputs))
    }
}

impl Policy {
    /// Adds what the policy sees as inputs, normalised and beside each other.
    fn see(&self, graph: &mut GraphBuilder, state: &StateDict) -> Result<(), LearnError> {
        let config = self.config();
        let mut parts = Vec::new();
        for (encoder, settings) in self.network.encoders().iter().zip(&config.encoders) {
            if let Some(stream) = config.observations.stream(&settings.stream) {
                parts.push(encode(graph, state, (stream, encoder))?);
            }
        }
        let streams = config.observations.streams().iter().enumerate();
        let seen = streams.filter(|(_, stream)| stream.group == ObservationGroup::Policy);
        let seen = seen.filter(|(_, stream)| !config.is_encoded(stream));
        for (place, stream) in seen {
            let (key, size) = (stream.key(), stream.size());
            graph.read_input(&key, size);
            let name = |what: &str| match place {
                0 => what.to_owned(),
                _ => format!("{key}.{what}"),
            };
            if stream.element == ElementType::U8 {
                graph.apply("Div", &[(&name("most"), &[], &[255.0])], vec![], &name("scaled"));
            }
            if let Some(scale) = self.inputs.scale(place) {
                let (low, high) = scale.range();
                graph.apply(
                    "Sub",
                    &[(&name("mean"), &[size], scale.mean())],
                    vec![],
                    &name("centered"),
                );
                graph.apply(
                    "Div",
                    &[(&name("std"), &[size], scale.std())],
                    vec![],
                    &name("scaled"),
                );
                let limits: [(&str, &[usize], &[f32]); 2] =
                    [(&name("low"), &[], &[low]), (&name("high"), &[], &[high])];
                graph.apply("Clip", &limits, vec![], &name("normalized"));
            }
            parts.push(graph.last());
        }
        if parts.len() > 1 {
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            graph.concat(&parts, "seen");
        }
        Ok(())
    }
}

/// Adds one step of a recurrent layer of `inputs` on the last value and on the hidden state; the last
/// value is then the new h.
fn recur(
    graph: &mut GraphBuilder,
    state: &StateDict,
    (name, layer): (&str, &Recurrent),
    inputs: usize,
) -> Result<(), LearnError> {
    let (cell, size) = (layer.cell, layer.size);
    let width = cell.n_gates() * size;
    let part = |part: &str, shape: &[usize]| state.get_f32(&format!("{name}.{part}"), shape);
    let (w, b) = (part("weight_ih", &[width, inputs])?, part("bias_ih", &[width])?);
    let (r, d) = (part("weight_hh", &[width, size])?, part("bias_hh", &[width])?);
    let x = graph.last();
    for name in ["h", "c"].into_iter().take(cell.n_states()) {
        graph.add_input(name, size);
    }
    let gates: &[&str] = match cell {
        RnnCell::Lstm => &["i", "f", "g", "o"],
        RnnCell::Gru => &["r", "z", "n"],
    };
    let named = |gate: &str, what: &str| format!("rnn.{gate}.{what}");
    for (k, gate) in gates.iter().enumerate() {
        let rows = |dim: usize| k * size * dim..(k + 1) * size * dim;
        let (from_x, from_h) = (named(gate, "ih"), named(gate, "hh"));
        let (w, b) = (&w[rows(inputs)], &b[rows(1)]);
        let (r, d) = (&r[rows(size)], &d[rows(1)]);
        graph.affine_of(&x, &from_x, (w, b), &from_x);
        graph.affine_of("h", &from_h, (r, d), &from_h);
        let mut from_h = from_h;
        if *gate == "n" {
            graph.apply_to("Mul", &["r", &from_h], &[], vec![], "rnn.n.reset");
            from_h = "rnn.n.reset".to_owned();
        }
        let sum = named(gate, "sum");
        graph.apply_to("Add", &[&from_x, &from_h], &[], vec![], &sum);
        let is_candidate = matches!(*gate, "g" | "n");
        graph.apply(if is_candidate { "Tanh" } else { "Sigmoid" }, &[], vec![], gate);
    }
    let operations: &[(&str, [&str; 2], &str)] = match cell {
        RnnCell::Lstm => &[
            ("Mul", ["f", "c"], "rnn.kept"),
            ("Mul", ["i", "g"], "rnn.taken"),
            ("Add", ["rnn.kept", "rnn.taken"], "c_out"),
        ],
        RnnCell::Gru => &[
            ("Sub", ["h", "n"], "rnn.change"),
            ("Mul", ["z", "rnn.change"], "rnn.kept"),
            ("Add", ["n", "rnn.kept"], "h_out"),
        ],
    };
    for (operation, values, output) in operations {
        graph.apply_to(operation, values, &[], vec![], output);
    }
    if cell == RnnCell::Lstm {
        graph.apply("Tanh", &[], vec![], "rnn.bounded");
        graph.apply_to("Mul", &["o", "rnn.bounded"], &[], vec![], "h_out");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use prost::Message;

    use super::*;
    use crate::learn::inputs::seen_of;
    use crate::learn::onnx::graph::{Attribute, Model};
    use crate::learn::{
        Activation, HiddenStates, Init, InitGains, LogStd, PolicyConfig, PolicyOutput, RnnConfig,
    };
    use crate::math::rng::{Random, RandomStream};
    use crate::space::{ActionSpace, Buffer, Device, ObservationSpace, Observations};

    /// What the operators of ONNX do, by their specification, on rows of a batch of one. Takes and
    /// gives the values of inputs and outputs in their order.
    fn run(model: &Model, inputs: &[&[f32]]) -> Vec<Vec<f32>> {
        let graph = model.graph.as_ref().unwrap();
        let constants = graph.initializer.iter().map(|c| (c.name.clone(), c.float_data.clone()));
        let mut values: HashMap<String, Vec<f32>> = constants.collect();
        for (input, value) in graph.input.iter().zip(inputs) {
            values.insert(input.name.clone(), value.to_vec());
        }
        for node in &graph.node {
            let input = |i: usize| &values[&node.input[i]];
            let float = |name: &str| {
                let is_meant = |a: &&Attribute| a.name == name && a.r#type == 1;
                node.attribute.iter().find(is_meant).unwrap().f
            };
            let x = input(0);
            let map = |f: &dyn Fn(f32) -> f32| x.iter().map(|x| f(*x)).collect();
            // A single number goes with all.
            let zip = |f: &dyn Fn(f32, f32) -> f32| {
                x.iter().zip(input(1).iter().cycle()).map(|(a, b)| f(*a, *b)).collect()
            };
            let result: Vec<f32> = match node.op_type.as_str() {
                "Add" => zip(&|a, b| a + b),
                "Mul" => zip(&|a, b| a * b),
                "Sub" => zip(&|a, b| a - b),
                "Div" => zip(&|a, b| a / b),
                "Clip" => map(&|a| a.max(input(1)[0]).min(input(2)[0])),
                "Concat" => node.input.iter().flat_map(|name| values[name].clone()).collect(),
                "Gemm" => {
                    assert_eq!(
                        (node.attribute[0].name.as_str(), node.attribute[0].i),
                        ("transB", 1)
                    );
                    let rows = input(1).chunks(x.len()).zip(input(2));
                    rows.map(|(w, b)| x.iter().zip(w).map(|(x, w)| x * w).sum::<f32>() + b)
                        .collect()
                }
                "Elu" => map(&|a| if a < 0.0 { float("alpha") * a.exp_m1() } else { a }),
                "Selu" => map(&|a| {
                    float("gamma") * if a <= 0.0 { float("alpha") * a.exp_m1() } else { a }
                }),
                "Relu" => map(&|a| a.max(0.0)),
                "Tanh" => map(&f32::tanh),
                "Sigmoid" => map(&|a| 1.0 / (1.0 + (-a).exp())),
                "Softplus" => map(&|a| a.exp().ln_1p()),
                "Erf" => map(&erf),
                other => panic!("{other}"),
            };
            values.insert(node.output[0].clone(), result);
        }
        graph.output.iter().map(|output| values[&output.name].clone()).collect()
    }

    /// Twice the integral of e^(-t^2) over sqrt(pi), from 0 to x, by Simpson's rule.
    fn erf(x: f32) -> f32 {
        let (n, x) = (400, f64::from(x));
        let bell = |k: i32| (-(x * f64::from(k) / f64::from(2 * n)).powi(2)).exp();
        let sum: f64 = (0..n).map(|k| bell(2 * k) + 4.0 * bell(2 * k + 1) + bell(2 * k + 2)).sum();
        (sum * x / f64::from(6 * n) * 2.0 / std::f64::consts::PI.sqrt()) as f32
    }

    #[test]
    fn the_model_does_what_the_policy_does() {
        let (continuous, discrete) = (ActionSpace::Continuous(3), ActionSpace::Discrete(4));
        let base = |space| PolicyConfig {
            hidden_sizes: vec![9, 7],
            normalize_observations: true,
            init: Init::Orthogonal(InitGains { policy: 1.0, ..InitGains::default() }),
            ..PolicyConfig::new(ObservationSpace::vector(5), space)
        };
        let mut configs = vec![
            base(discrete),
            base(ActionSpace::MultiDiscrete(vec![2, 3])),
            PolicyConfig { log_std: LogStd::Network, squash: true, ..base(continuous.clone()) },
            PolicyConfig {
                separate_value: true,
                normalize_observations: false,
                ..base(continuous.clone())
            },
        ];
        for activation in Activation::ALL {
            configs.push(PolicyConfig { activation, ..base(continuous.clone()) });
        }
        let mut random = Random::new(8, RandomStream::Control, 0, 0);
        let obs: Vec<f32> = (0..5 * 40).map(|_| (3.0 + 2.0 * random.normal()) as f32).collect();
        for config in configs {
            let mut policy = Policy::new(config.clone(), Device::detect()).unwrap();
            let seen = seen_of(&config.observations, &[&obs]);
            // Some observations are clamped.
            assert!(policy.observe(seen.view().rows(0..10)));
            let model = Model::decode(policy.to_onnx().unwrap().as_slice()).unwrap();
            let mut out = PolicyOutput::default();
            policy.act(seen.view(), &mut HiddenStates::default(), 0, true, &mut out).unwrap();
            let n_params = config.action_space.n_params();
            for (i, obs) in obs.chunks(5).enumerate() {
                let expected = match config.action_space {
                    ActionSpace::Continuous(n) => &out.action[i * n..(i + 1) * n],
                    _ => &out.params[i * n_params..(i + 1) * n_params],
                };
                let got = &run(&model, &[obs])[0];
                assert_eq!(got.len(), expected.len());
                for (got, expected) in got.iter().zip(expected) {
                    // Sums of a few products in single precision, in another order.
                    assert!((got - expected).abs() < 1e-5, "{config:?}: {got} {expected}");
                }
            }
        }
    }

    /// Each stream that the policy sees is an input, and what only the value sees is none.
    #[test]
    fn a_model_of_several_streams_does_what_the_policy_does() {
        use crate::space::{ObservationGroup, ObservationStream};
        let picture = ObservationStream::new("eye", &[2, 2, 1], ElementType::U8);
        let more =
            ObservationStream::named("own", vec![String::new(); 2], ObservationGroup::Critic);
        let space = ObservationSpace::vector(3).with(more).unwrap().with(picture).unwrap();
        let config = PolicyConfig {
            hidden_sizes: vec![9],
            normalize_observations: true,
            separate_value: true,
            init: Init::Orthogonal(InitGains { policy: 1.0, ..InitGains::default() }),
            ..PolicyConfig::new(space.clone(), ActionSpace::Continuous(3))
        };
        let mut policy = Policy::new(config, Device::detect()).unwrap();
        let numbers: Vec<f32> = (0..12).map(|i| (i as f32).sin() + 1.0).collect();
        let bytes: Vec<u8> = (0..16).map(|i| 16 * i).collect();
        let value_only = Buffer::F32(numbers[..8].to_vec());
        let buffers = vec![Buffer::F32(numbers.clone()), Buffer::U8(bytes.clone()), value_only];
        let seen = Observations::new(space, buffers).unwrap();
        assert!(policy.observe(seen.view()));
        let mut out = PolicyOutput::default();
        policy.act(seen.view(), &mut HiddenStates::default(), 0, true, &mut out).unwrap();
        let model = Model::decode(policy.to_onnx().unwrap().as_slice()).unwrap();
        let inputs = &model.graph.as_ref().unwrap().input;
        let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
        assert_eq!(names, ["observations", "stream.eye"]);
        let bytes: Vec<f32> = bytes.into_iter().map(f32::from).collect();
        for (env, expected) in out.action.chunks(3).enumerate() {
            let got = run(&model, &[&numbers[3 * env..][..3], &bytes[4 * env..][..4]]);
            for (got, expected) in got[0].iter().zip(expected) {
                // Sums of a few products in single precision, in another order.
                assert!((got - expected).abs() < 1e-5, "{env}: {got} {expected}");
            }
        }
    }

    #[test]
    fn a_recurrent_model_hands_its_state_on() {
        for cell in [RnnCell::Lstm, RnnCell::Gru] {
            let config = PolicyConfig {
                hidden_sizes: vec![9],
                rnn: Some(RnnConfig { cell, size: 6 }),
                separate_value: true,
                init: Init::Orthogonal(InitGains { policy: 1.0, ..InitGains::default() }),
                ..PolicyConfig::new(ObservationSpace::vector(5), ActionSpace::Continuous(3))
            };
            let mut policy = Policy::new(config, Device::detect()).unwrap();
            // Weights of biases as well, which begin with 0.
            let mut random = Random::new(9, RandomStream::Control, 0, 0);
            let weights = (0..policy.network.n_weights).map(|_| 0.5 * random.normal() as f32);
            policy.weights.set(&policy.network, weights.collect()).unwrap();
            let model = Model::decode(policy.to_onnx().unwrap().as_slice()).unwrap();
            let names: Vec<&str> =
                model.graph.iter().flat_map(|g| &g.output).map(|o| o.name.as_str()).collect();
            assert_eq!(names, ["actions", "h_out", "c_out"][..1 + cell.n_states()]);
            let (mut out, mut hidden_states) = (PolicyOutput::default(), HiddenStates::default());
            let mut values = vec![vec![]; 3];
            values[1..].fill(vec![0.0; 6]);
            for step in 0..5 {
                let obs: Vec<f32> = (0..5).map(|_| random.normal() as f32).collect();
                let seen = seen_of(&policy.config().observations, &[&obs]);
                policy.act(seen.view(), &mut hidden_states, step, true, &mut out).unwrap();
                values[0] = obs;
                let inputs: Vec<&[f32]> = values.iter().map(Vec::as_slice).collect();
                let got = run(&model, &inputs[..1 + cell.n_states()]);
                for (got, expected) in got[0].iter().zip(&out.action) {
                    // Single precision, in another order.
                    assert!((got - expected).abs() < 1e-5, "{cell:?}: {got} {expected}");
                }
                values[..got.len()].clone_from_slice(&got);
            }
        }
    }

    #[test]
    fn inputs_and_outputs_are_named_and_shaped() {
        let config = PolicyConfig::new(ObservationSpace::vector(5), ActionSpace::Discrete(4));
        let policy = Policy::new(config, Device::detect());
        let model = Model::decode(policy.unwrap().to_onnx().unwrap().as_slice()).unwrap();
        assert_eq!((model.ir_version, model.opset_import[0].version), (8, 17));
        let graph = model.graph.unwrap();
        let describe = |value: &crate::learn::onnx::graph::ValueInfo| {
            let tensor = value.r#type.as_ref().unwrap().tensor_type.as_ref().unwrap();
            let dims = &tensor.shape.as_ref().unwrap().dim;
            (value.name.clone(), dims[0].dim_param.clone().unwrap(), dims[1].dim_value)
        };
        let named = |name: &str, dim| (name.to_owned(), "batch".to_owned(), Some(dim));
        assert_eq!(describe(&graph.input[0]), named("observations", 5));
        assert_eq!(describe(&graph.output[0]), named("logits", 4));
    }
}

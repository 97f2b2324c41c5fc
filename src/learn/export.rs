//! What a policy does, for other programs.

use super::distribution::ActionSpace;
use super::error::LearnError;
use super::onnx::GraphBuilder;
use super::policy::Policy;

impl Policy {
    /// The bytes of an ONNX model (operator set 17) of what the policy does without noise: from
    /// `observations`, shape (batch, obs_dim), as the environment gives them, to `actions`, shape
    /// (batch, action_dim), before any clipping by the environment; or to `logits`, shape (batch,
    /// choices), the largest of which is the choice. The normalisation of observations is part of
    /// it.
    pub fn to_onnx(&self) -> Result<Vec<u8>, LearnError> {
        let config = self.config();
        let state = self.state()?;
        let mut graph = GraphBuilder::new("policy", "observations", config.obs_dim);
        if let Some(scale) = self.obs_scale() {
            let (low, high) = scale.range();
            let shape = [config.obs_dim];
            graph.apply("Sub", &[("mean", &shape, scale.mean())], vec![], "centered");
            graph.apply("Div", &[("std", &shape, scale.std())], vec![], "scaled");
            graph.apply(
                "Clip",
                &[("low", &[], &[low]), ("high", &[], &[high])],
                vec![],
                "normalized",
            );
        }
        let mut inputs = config.obs_dim;
        let mut layer = |graph: &mut GraphBuilder, name: &str, outputs: usize, output: &str| {
            let w = state.get_f32(&format!("{name}.weight"), &[outputs, inputs])?;
            let b = state.get_f32(&format!("{name}.bias"), &[outputs])?;
            graph.affine(name, w, b, output);
            inputs = outputs;
            Ok::<(), LearnError>(())
        };
        for (i, &size) in config.hidden_sizes.iter().enumerate() {
            layer(&mut graph, &format!("trunk.{i}"), size, &format!("trunk.{i}"))?;
            graph.activate(config.activation, &format!("hidden.{i}"));
        }
        let n = config.action_space.size();
        let output = match (config.action_space, config.squash) {
            (ActionSpace::Discrete(_), _) => "logits",
            (ActionSpace::Continuous(_), false) => "actions",
            (ActionSpace::Continuous(_), true) => "mu",
        };
        layer(&mut graph, "mu", n, output)?;
        if config.squash {
            graph.apply("Tanh", &[], vec![], "actions");
        }
        Ok(graph.finish(n))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use candle_core::Device;
    use prost::Message;

    use super::*;
    use crate::learn::onnx::{Attribute, Model};
    use crate::learn::{Activation, LogStd, PolicyConfig, PolicyOutput};
    use crate::math::rng::{Random, Stream};

    /// What the operators of ONNX do, by their specification, on rows of a batch of one.
    fn run(model: &Model, observation: &[f32]) -> Vec<f32> {
        let graph = model.graph.as_ref().unwrap();
        let constants = graph.initializer.iter().map(|c| (c.name.clone(), c.float_data.clone()));
        let mut values: HashMap<String, Vec<f32>> = constants.collect();
        values.insert(graph.input[0].name.clone(), observation.to_vec());
        for node in &graph.node {
            let input = |i: usize| &values[&node.input[i]];
            let float = |name: &str| {
                let is_meant = |a: &&Attribute| a.name == name && a.r#type == 1;
                node.attribute.iter().find(is_meant).unwrap().f
            };
            let x = input(0);
            let map = |f: &dyn Fn(f32) -> f32| x.iter().map(|x| f(*x)).collect();
            let zip = |f: &dyn Fn(f32, f32) -> f32| {
                x.iter().zip(input(1)).map(|(a, b)| f(*a, *b)).collect()
            };
            let result: Vec<f32> = match node.op_type.as_str() {
                "Sub" => zip(&|a, b| a - b),
                "Div" => zip(&|a, b| a / b),
                "Clip" => map(&|a| a.max(input(1)[0]).min(input(2)[0])),
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
                other => panic!("{other}"),
            };
            values.insert(node.output[0].clone(), result);
        }
        values[&graph.output[0].name].clone()
    }

    #[test]
    fn the_model_does_what_the_policy_does() {
        let (continuous, discrete) = (ActionSpace::Continuous(3), ActionSpace::Discrete(4));
        let base = |space| PolicyConfig {
            hidden_sizes: vec![9, 7],
            normalize_observations: true,
            init_gains: crate::learn::InitGains { policy: 1.0, ..Default::default() },
            ..PolicyConfig::new(5, space)
        };
        let mut configs = vec![
            base(discrete),
            PolicyConfig { log_std: LogStd::Network, squash: true, ..base(continuous) },
            PolicyConfig {
                separate_value: true,
                normalize_observations: false,
                ..base(continuous)
            },
        ];
        for activation in [
            Activation::Relu,
            Activation::Tanh,
            Activation::Selu,
            Activation::Sigmoid,
            Activation::Softplus,
        ] {
            configs.push(PolicyConfig { activation, ..base(continuous) });
        }
        let mut random = Random::new(8, Stream::Control, 0, 0);
        let obs: Vec<f32> = (0..5 * 40).map(|_| (3.0 + 2.0 * random.normal()) as f32).collect();
        for config in configs {
            let mut policy = Policy::new(config.clone(), &Device::Cpu).unwrap();
            // Some observations are clamped.
            assert!(policy.observe(&obs[..50]));
            let model = Model::decode(policy.to_onnx().unwrap().as_slice()).unwrap();
            let mut out = PolicyOutput::default();
            policy.act(&obs, 0, true, &mut out).unwrap();
            let n_params = config.action_space.n_params();
            for (i, obs) in obs.chunks(5).enumerate() {
                let expected = match config.action_space {
                    ActionSpace::Continuous(n) => &out.action[i * n..(i + 1) * n],
                    ActionSpace::Discrete(_) => &out.params[i * n_params..(i + 1) * n_params],
                };
                let got = run(&model, obs);
                assert_eq!(got.len(), expected.len());
                for (got, expected) in got.iter().zip(expected) {
                    // Sums of a few products in single precision, in another order.
                    assert!((got - expected).abs() < 1e-5, "{config:?}: {got} {expected}");
                }
            }
        }
    }

    #[test]
    fn inputs_and_outputs_are_named_and_shaped() {
        let policy = Policy::new(PolicyConfig::new(5, ActionSpace::Discrete(4)), &Device::Cpu);
        let model = Model::decode(policy.unwrap().to_onnx().unwrap().as_slice()).unwrap();
        assert_eq!((model.ir_version, model.opset_import[0].version), (8, 17));
        let graph = model.graph.unwrap();
        let describe = |value: &crate::learn::onnx::ValueInfo| {
            let tensor = value.r#type.as_ref().unwrap().tensor_type.as_ref().unwrap();
            let dims = &tensor.shape.as_ref().unwrap().dim;
            (value.name.clone(), dims[0].dim_param.clone().unwrap(), dims[1].dim_value)
        };
        let named = |name: &str, dim| (name.to_owned(), "batch".to_owned(), Some(dim));
        assert_eq!(describe(&graph.input[0]), named("observations", 5));
        assert_eq!(describe(&graph.output[0]), named("logits", 4));
    }
}

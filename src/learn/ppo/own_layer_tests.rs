//! Layers that a program brings along.

use candle_core::{Module, Result, Tensor};
use candle_nn::{Init, Linear, VarBuilder, linear};

use super::learning_tests::{choose, train_bandit};
use super::tests::{CHOICE, config, experience, policy_config, state_of, train_twice};
use super::*;
use crate::learn::inputs::seen_of;
use crate::learn::{Backend, OwnLayer, PolicyConfig, RnnCell, RnnConfig};
use crate::space::Device;

/// x + sin(w x + b) s.
struct SineBlock {
    linear: Linear,
    scale: Tensor,
}

impl Module for SineBlock {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x + self.linear.forward(x)?.sin()?.broadcast_mul(&self.scale)?
    }
}

fn sine_block(parameters: VarBuilder<'static>, n_inputs: usize) -> Result<(SineBlock, usize)> {
    let linear = linear(n_inputs, n_inputs, parameters.pp("linear"))?;
    let scale = parameters.get_with_hints(n_inputs, "scale", Init::Const(0.5))?;
    Ok((SineBlock { linear, scale }, n_inputs))
}

fn with_own_layer() -> PolicyConfig {
    PolicyConfig {
        hidden_sizes: vec![12],
        own_layers: vec![OwnLayer::new("sine", sine_block)],
        backend: Backend::Candle,
        ..policy_config(CHOICE)
    }
}

const NAMES: [&str; 3] = ["trunk.sine.linear.weight", "trunk.sine.linear.bias", "trunk.sine.scale"];

#[test]
fn a_policy_with_a_layer_of_its_own_learns() {
    let before = Policy::new(with_own_layer(), Device::detect()).unwrap().state().unwrap();
    let (mean, policy) = train_bandit(with_own_layer(), PpoConfig::default(), choose);
    assert!(mean > 0.9, "mean reward {mean}");
    let after = policy.state().unwrap();
    assert_eq!(before.get_f32("trunk.sine.scale", &[12]).unwrap(), [0.5; 12]);
    let weight = before.get_f32("trunk.sine.linear.weight", &[12, 12]).unwrap();
    assert!(weight.iter().all(|w| *w != 0.0), "as its hint says");
    for name in NAMES {
        assert!(before.get(name).is_some() && after.get(name) != before.get(name), "{name}");
    }
}

/// In the midst of all other kinds of layers, with a value of its own.
#[test]
fn its_parameters_survive_a_checkpoint_and_are_the_same_on_any_number_of_threads() {
    let policy_config = PolicyConfig {
        rnn: Some(RnnConfig { cell: RnnCell::Lstm, size: 5 }),
        separate_value: true,
        ..with_own_layer()
    };
    let (state, _) = train_twice(&policy_config, 1496);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert_eq!(pool.install(|| train_twice(&policy_config, 1496)).0, state);
    for name in
        NAMES.iter().flat_map(|name| [format!("policy.{name}"), format!("policy.value_{name}")])
    {
        assert!(state.get(&name).is_some(), "{name}");
    }
    let other = PolicyConfig { seed: 18, ..policy_config.clone() };
    let mut policies = [policy_config, other].map(|it| Policy::new(it, Device::detect()).unwrap());
    let mut learners = [0, 1].map(|i| {
        let config = PpoConfig { normalize_rewards: true, ..config(500) };
        Ppo::new(config, &policies[i]).unwrap()
    });
    for (policy, ppo) in policies.iter_mut().zip(&mut learners) {
        policy.load_state(&state.nested("policy")).unwrap();
        ppo.load_state(&state.nested("ppo")).unwrap();
    }
    let (rollout, last_values) = experience(&policies[0], 4, 300, 4);
    for (policy, ppo) in policies.iter_mut().zip(&mut learners) {
        ppo.update(policy, &rollout, &last_values, 0.0).unwrap();
    }
    let [one, other] = [0, 1].map(|i| state_of(&policies[i], &learners[i]));
    assert_eq!(one, other);
    assert_ne!(one.get("policy.trunk.sine.scale"), state.get("policy.trunk.sine.scale"));
}

#[test]
fn it_can_be_frozen() {
    let frozen = PolicyConfig { frozen: vec!["trunk.sine".to_owned()], ..with_own_layer() };
    let start = Policy::new(frozen.clone(), Device::detect()).unwrap().state().unwrap();
    let (state, _) = train_twice(&frozen, 1496);
    for name in NAMES {
        assert_eq!(state.get(&format!("policy.{name}")), start.get(name), "{name}");
    }
    assert_ne!(state.get("policy.trunk.0.weight"), start.get("trunk.0.weight"));
}

#[test]
fn a_layer_that_cannot_be_is_named() {
    let said =
        |config: PolicyConfig| Policy::new(config, Device::detect()).unwrap_err().to_string();
    let fused = PolicyConfig { backend: Backend::Fused, ..with_own_layer() };
    assert_eq!(
        said(fused),
        "layer `sine` needs the backend candle; the fused one has no such layers"
    );
    let of = |own_layers: Vec<OwnLayer>| PolicyConfig { own_layers, ..with_own_layer() };
    for (name, part) in [
        ("", "layer `` needs a name"),
        ("a.b", "layer `a.b` needs a name without dots"),
        ("rnn", "layer `rnn` has the name of a layer that networks have anyway"),
        ("0", "layer `0` has the name of a layer"),
    ] {
        let said = said(of(vec![OwnLayer::new(name, sine_block)]));
        assert!(said.contains(part), "{said}");
    }
    let twice = ["sine", "sine"].map(|name| OwnLayer::new(name, sine_block)).to_vec();
    assert!(said(of(twice)).contains("layer `sine` is there twice"));
    let none = OwnLayer::new("none", |parameters: VarBuilder<'static>, n: usize| {
        Ok((sine_block(parameters, n)?.0, 0))
    });
    assert!(said(of(vec![none])).contains("layer `none` has no outputs"));
    let two_shapes = OwnLayer::new("split", |parameters: VarBuilder<'static>, n: usize| {
        parameters.get(n, "scale")?;
        parameters.get(n + 1, "scale")?;
        sine_block(parameters, n)
    });
    assert!(
        said(of(vec![two_shapes])).contains("layer `split` parameter `scale` is asked for in two")
    );
}

#[test]
fn a_layer_that_gives_another_shape_than_it_says_stops_the_policy() {
    let wrong = OwnLayer::new("wrong", |parameters: VarBuilder<'static>, n: usize| {
        Ok((sine_block(parameters, n)?.0, n + 1))
    });
    let config = PolicyConfig { own_layers: vec![wrong], ..with_own_layer() };
    let policy = Policy::new(config, Device::detect()).unwrap();
    let seen = seen_of(&policy.config().observations, &[&[0.5; 6]]);
    let said = policy.values(seen.view(), &[]).unwrap_err().to_string();
    assert!(
        said.contains("layer `wrong`: expected an output of shape [2, 13], got [2, 12]"),
        "{said}"
    );
}

#[test]
fn no_onnx_model_has_it() {
    let policy = Policy::new(with_own_layer(), Device::detect()).unwrap();
    let said = policy.to_onnx().unwrap_err().to_string();
    assert!(said.starts_with("layer `sine` is of a program's own"), "{said}");
}

//! Weights that are taken over, and layers that do not learn.

use super::*;
use crate::learn::inputs::seen_of;
use crate::learn::{
    HiddenStates, NextObservations, PolicyOutput, Ppo, PpoConfig, RnnCell, RnnConfig, Rollout,
    Transition,
};
use crate::space::{ActionSpace, Device, ObservationSpace};

fn config(obs_dim: usize, n_actions: usize) -> PolicyConfig {
    PolicyConfig {
        hidden_sizes: vec![8, 8],
        normalize_observations: true,
        seed: obs_dim as u64,
        ..PolicyConfig::new(ObservationSpace::vector(obs_dim), ActionSpace::Continuous(n_actions))
    }
}

fn policy(config: PolicyConfig) -> Policy {
    Policy::new(config, Device::detect()).unwrap()
}

fn copied<'t>(transfers: &'t [TensorTransfer], name: &str) -> &'t TensorTransfer {
    transfers.iter().find(|transfer| transfer.name == name).unwrap()
}

#[test]
fn layers_that_fit_are_taken_whole_and_no_others() {
    let saved = policy(config(3, 1)).state().unwrap();
    let mut to = policy(config(5, 2));
    let before = to.state().unwrap();
    let transfers = to.transfer(&saved, Mismatch::Skip).unwrap();
    let after = to.state().unwrap();
    for (name, expected) in [
        ("trunk.0.weight", CopiedPart::None),
        // A bias fits, and is worth nothing without its weights.
        ("trunk.0.bias", CopiedPart::None),
        ("trunk.1.weight", CopiedPart::Whole),
        ("trunk.1.bias", CopiedPart::Whole),
        ("value.weight", CopiedPart::Whole),
        ("mu.weight", CopiedPart::None),
        ("log_std", CopiedPart::None),
        ("observations.count", CopiedPart::None),
    ] {
        let transfer = copied(&transfers, name);
        assert_eq!(transfer.copied, expected, "{name}");
        let source = if expected == CopiedPart::Whole { &saved } else { &before };
        assert_eq!(after.get(name), source.get(name), "{name}");
    }
    let weight = copied(&transfers, "trunk.0.weight");
    assert_eq!((&weight.here, &weight.saved), (&Some(vec![8, 5]), &Some(vec![8, 3])));
}

#[test]
fn what_both_have_is_taken_if_wanted() {
    let saved = policy(config(3, 1)).state().unwrap();
    let mut to = policy(config(5, 2));
    let before = to.state().unwrap();
    let transfers = to.transfer(&saved, Mismatch::Overlap).unwrap();
    assert_eq!(copied(&transfers, "trunk.0.weight").copied, CopiedPart::Overlap);
    assert_eq!(copied(&transfers, "trunk.0.bias").copied, CopiedPart::Whole);
    assert_eq!(copied(&transfers, "observations.mean").copied, CopiedPart::None);
    let weights = |state: &StateDict, columns: usize| {
        state.get_f32("trunk.0.weight", &[8, columns]).unwrap().to_vec()
    };
    let (after, old) = (weights(&to.state().unwrap(), 5), weights(&before, 5));
    let from = weights(&saved, 3);
    for row in 0..8 {
        assert_eq!(after[row * 5..row * 5 + 3], from[row * 3..row * 3 + 3]);
        assert_eq!(after[row * 5 + 3..row * 5 + 5], old[row * 5 + 3..row * 5 + 5]);
    }
}

/// Gates that stand one below the other are taken each into its own.
#[test]
fn recurrent_layers_of_other_sizes_overlap_gate_by_gate() {
    let recurrent =
        |cell, size| PolicyConfig { rnn: Some(RnnConfig { cell, size }), ..config(3, 1) };
    let saved = policy(recurrent(RnnCell::Lstm, 4)).state().unwrap();
    let mut to = policy(recurrent(RnnCell::Lstm, 6));
    let transfers = to.transfer(&saved, Mismatch::Overlap).unwrap();
    let after = to.state().unwrap();
    for (name, from_columns, to_columns) in
        [("weight_hh", 4, 6), ("weight_ih", 8, 8), ("bias_hh", 1, 1)]
    {
        let name = format!("trunk.rnn.{name}");
        assert_eq!(copied(&transfers, &name).copied, CopiedPart::Overlap, "{name}");
        let values = |state: &StateDict| {
            let shape = state.get(&name).unwrap().shape();
            state.get_f32(&name, shape).unwrap().to_vec()
        };
        let (from, to) = (values(&saved), values(&after));
        for (gate, row, column) in [(0, 0, 0), (1, 3, 0), (2, 2, 3), (3, 3, 3)] {
            let column = column.min(from_columns - 1);
            assert_eq!(
                to[(gate * 6 + row) * to_columns + column],
                from[(gate * 4 + row) * from_columns + column],
                "{name} {gate} {row} {column}"
            );
        }
    }
    // A layer of another kind has other gates.
    let transfers = policy(recurrent(RnnCell::Gru, 4)).transfer(&saved, Mismatch::Overlap).unwrap();
    assert_eq!(copied(&transfers, "trunk.rnn.weight_hh").copied, CopiedPart::None);
    assert_eq!(copied(&transfers, "trunk.1.weight").copied, CopiedPart::Whole);
}

#[test]
fn tensors_of_one_side_only_are_told() {
    let mut saved = policy(config(3, 1)).state().unwrap();
    saved.insert_f32("trunk.7.bias", &[4], vec![0.0; 4]);
    let mut to = policy(PolicyConfig { normalize_values: true, ..config(3, 1) });
    let transfers = to.transfer(&saved, Mismatch::Skip).unwrap();
    let unknown = copied(&transfers, "trunk.7.bias");
    assert_eq!((&unknown.here, unknown.copied), (&None, CopiedPart::None));
    let missing = copied(&transfers, "values.mean");
    assert_eq!((&missing.saved, missing.copied), (&None, CopiedPart::None));
    assert_eq!(copied(&transfers, "observations.mean").copied, CopiedPart::Whole);
}

/// One update from random experience, with gradients that are clipped.
fn learn(policy: &mut Policy, ppo: &mut Ppo) {
    let (n_envs, obs_dim) = (4, policy.config().policy_dim());
    let mut rollout = Rollout::new(policy.rollout_shape(8, n_envs));
    let mut hidden_states = HiddenStates::default();
    for step in 0..8_u64 {
        let observations: Vec<f32> =
            (0..n_envs * obs_dim).map(|i| ((i as u64 * 7 + step * 3) % 11) as f32 - 5.0).collect();
        let mut output = PolicyOutput::default();
        let seen = seen_of(&policy.config().observations, &[&observations]);
        let observations = seen.view();
        policy.act(observations, &mut hidden_states, step, false, &mut output).unwrap();
        let no = [false; 4];
        let transition = Transition {
            observations,
            policy: &output,
            rewards: &[1.0, -2.0, 3.0, step as f32],
            terminated: &no,
            truncated: &no,
            next: NextObservations::default(),
        };
        rollout.push(transition, &[0.0; 4]).unwrap();
    }
    ppo.update(policy, &rollout, &[0.0; 4], 0.0).unwrap();
}

#[test]
fn frozen_layers_stay_and_the_others_learn() {
    let frozen = ["trunk.0", "mu", "log_std", "observations"].map(str::to_owned).to_vec();
    let mut policy = policy(PolicyConfig { frozen, normalize_values: true, ..config(3, 1) });
    let settings = PpoConfig { max_grad_norm: 0.1, learning_rate: 0.01, ..PpoConfig::default() };
    let mut ppo = Ppo::new(settings, &policy).unwrap();
    let before = policy.state().unwrap();
    for _ in 0..3 {
        learn(&mut policy, &mut ppo);
    }
    let after = policy.state().unwrap();
    for (name, was) in before.iter() {
        let layer = layer(name);
        let is_frozen = ["trunk.0", "mu", "log_std", "observations"].contains(&layer);
        assert_eq!(after.get(name) == Some(was), is_frozen, "{name}");
    }
}

/// Momentum from before does not move what is frozen later.
#[test]
fn a_frozen_layer_has_no_momentum() {
    let free = config(3, 1);
    let mut before = policy(free.clone());
    let mut ppo = Ppo::new(PpoConfig::default(), &before).unwrap();
    learn(&mut before, &mut ppo);
    let mut now = policy(PolicyConfig { frozen: vec!["trunk".to_owned()], ..free });
    now.load_state(&before.state().unwrap()).unwrap();
    let mut again = Ppo::new(PpoConfig::default(), &now).unwrap();
    again.load_state(&ppo.state().unwrap()).unwrap();
    let was = now.state().unwrap();
    learn(&mut now, &mut again);
    let is = now.state().unwrap();
    assert_eq!(is.get("trunk.1.weight"), was.get("trunk.1.weight"));
    assert_ne!(is.get("mu.weight"), was.get("mu.weight"));
}

#[test]
fn a_layer_that_is_not_there_cannot_be_frozen() {
    let wrong = PolicyConfig { frozen: vec!["trunk.2".to_owned()], ..config(3, 1) };
    let said = Policy::new(wrong, Device::detect()).unwrap_err().to_string();
    let known = "trunk.0, trunk.1, mu, value, log_std, observations";
    assert!(said.contains("`trunk.2`") && said.contains(known), "{said}");
}

/// Filters of more frames are taken for those that both have, and a layer that does not learn stays.
#[test]
fn layers_of_encoders_are_taken_over_and_frozen_by_name() {
    use crate::learn::{EncoderPreset, PolicyConfig};
    use crate::space::{ObservationStream, Picture};
    let config = |frames| {
        let picture = Picture { frames, height: 24, width: 23, channels: 1 };
        let space =
            ObservationSpace::vector(2).with(ObservationStream::picture("eye", picture)).unwrap();
        PolicyConfig {
            hidden_sizes: vec![6],
            encoders: vec![EncoderPreset::Simple.encoder("eye")],
            seed: frames as u64,
            frozen: vec!["cnn.eye".to_owned()],
            ..PolicyConfig::new(space, ActionSpace::Continuous(1))
        }
    };
    let names = config(1).layer_names().unwrap();
    assert_eq!(names[..4], ["cnn.eye.0", "cnn.eye.1", "cnn.eye.features", "trunk.0"]);
    let saved = policy(config(3)).state().unwrap();
    let mut to = policy(config(2));
    let before = to.state().unwrap();
    let transfers = to.transfer(&saved, Mismatch::Overlap).unwrap();
    for (name, expected) in [
        ("cnn.eye.0.weight", CopiedPart::Overlap),
        ("cnn.eye.1.weight", CopiedPart::Whole),
        ("cnn.eye.features.weight", CopiedPart::Whole),
        ("trunk.0.weight", CopiedPart::Whole),
    ] {
        assert_eq!(copied(&transfers, name).copied, expected, "{name}");
    }
    let after = to.state().unwrap();
    let of = |state: &StateDict, frames: usize| -> Vec<Vec<f32>> {
        let data = state.get_f32("cnn.eye.0.weight", &[16, frames, 8, 8]).unwrap();
        data.chunks(64 * frames).map(|filter| filter[..64 * 2].to_vec()).collect()
    };
    assert_eq!(of(&after, 2), of(&saved, 3));
    assert_ne!(of(&after, 2), of(&before, 2));
    // With everything in front of it frozen, a gradient stops at the hidden layers.
    let parts = to.network.parts();
    let mut gradient = vec![1.0; to.network.n_weights];
    to.frozen.clear(&mut gradient);
    for part in parts {
        let kept = if part.name.starts_with("cnn.") { 0.0 } else { 1.0 };
        assert!(gradient[part.range].iter().all(|x| *x == kept), "{}", part.name);
    }
}

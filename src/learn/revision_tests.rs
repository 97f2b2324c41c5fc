//! Which changes of a policy and an optimizer are told.

use crate::learn::inputs::{seen_of, space_of};
use crate::learn::{Descent, Mismatch, Optimizer, Policy, PolicyConfig};
use crate::space::{ActionSpace, Device};

fn policy_of(config: &PolicyConfig) -> Policy {
    Policy::new(config.clone(), Device::detect()).unwrap()
}

/// A copy of a policy is made anew after every change, and after nothing else.
#[test]
fn a_policy_that_has_changed_is_told_by_its_revision() {
    let config = PolicyConfig {
        normalize_observations: true,
        normalize_values: true,
        ..PolicyConfig::new(space_of(2, 0), ActionSpace::Continuous(1))
    };
    let mut policy = policy_of(&config);
    let (mut optimizer, state) = (Optimizer::new(&policy), policy.state().unwrap());
    let seen = seen_of(&config.observations, &[&[1.0, 2.0, 3.0, 4.0]]);
    let descent = Descent { learning_rate: 0.1, epsilon: 1e-8, max_grad_norm: 0.0, update: 0 };
    let mut changes = |what: &str, change: &mut dyn FnMut(&mut Policy)| {
        let (before, numbers) = (policy.revision(), policy.state().unwrap());
        change(&mut policy);
        let is_same = policy.state().unwrap() == numbers;
        let has_changed = policy.revision() != before;
        assert!(has_changed || is_same, "{what} changed the policy, and nobody was told");
        has_changed
    };
    assert!(!changes("reading", &mut |policy| {
        policy.values(seen.view(), &[]).unwrap();
        policy.to_safetensors().unwrap();
    }));
    assert!(changes("observe", &mut |policy| assert!(policy.observe(seen.view()))));
    assert!(changes("observe_rows", &mut |policy| {
        assert!(policy.observe_rows(seen.view(), &[1]));
    }));
    assert!(changes("values", &mut |policy| {
        assert!(policy.observe_and_normalize_values(&mut [3.0, 4.0]));
    }));
    assert!(changes("load_state", &mut |policy| policy.load_state(&state).unwrap()));
    assert!(changes("transfer", &mut |policy| {
        policy.transfer(&state, Mismatch::Skip).unwrap();
    }));
    let mut before = optimizer.revision();
    assert!(changes("a step", &mut |policy| {
        let loss = |_: usize, _: &[f32], gradient: &mut [f32]| {
            gradient.fill(1.0);
            0.0
        };
        let (_, gradient) = policy.gradient(seen.view(), vec![1.0], loss).unwrap();
        optimizer.step(policy, &gradient, &descent).unwrap();
    }));
    let mut of_optimizer = |optimizer: &Optimizer| {
        let has_changed = optimizer.revision() != before;
        before = optimizer.revision();
        has_changed
    };
    assert!(of_optimizer(&optimizer) && !of_optimizer(&optimizer));
    optimizer.load_state(&optimizer.state()).unwrap();
    assert!(of_optimizer(&optimizer));
    // What is frozen stays, and nothing crosses for it.
    let frozen = vec!["observations".to_owned(), "values".to_owned()];
    let mut frozen = policy_of(&PolicyConfig { frozen, ..config });
    let before = frozen.revision();
    assert!(frozen.observe(seen.view()) && frozen.observe_and_normalize_values(&mut [1.0]));
    assert_eq!(frozen.revision(), before);
    // Not even one of the same numbers is taken for another.
    assert_ne!(policy_of(frozen.config()).revision(), before);
}

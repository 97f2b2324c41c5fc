//! Memory of learners that are not made to the end.

use super::failing::Failing;
use super::learner::DeviceLearner;
use crate::device::kernels::host;
use crate::learn::inputs::space_of;
use crate::learn::{LearnError, Policy, PolicyConfig, PpoConfig};
use crate::space::{ActionSpace, Device};

#[test]
fn a_learner_that_fails_half_way_gives_its_memory_back() {
    let Some(emulator) = host::emulator() else { return };
    let config = PolicyConfig {
        separate_value: true,
        ..PolicyConfig::new(space_of(3, 2), ActionSpace::Continuous(2))
    };
    let policy = Policy::new(config, Device::detect()).unwrap();
    let (shape, config) = (policy.rollout_shape(4, 10), PpoConfig::default());
    let (mut device, held) = Failing::new(emulator);
    let mut n_failures = 0;
    let learner = loop {
        held.lock().unwrap().fails_after = Some(n_failures);
        match DeviceLearner::new(&mut device, &policy, &shape, &config) {
            Ok(learner) => break learner,
            Err(error) => assert!(matches!(error, LearnError::Device(_)), "{error}"),
        }
        assert_eq!(held.lock().unwrap().buffers.len(), 0, "after {n_failures}");
        n_failures += 1;
    };
    let n_held = held.lock().unwrap().buffers.len();
    assert!(n_held > 40 && n_failures > n_held, "{n_held} buffers, {n_failures} failures");
    held.lock().unwrap().fails_after = None;
    learner.free(&mut device).unwrap();
    assert_eq!(held.lock().unwrap().buffers.len(), 0);
}

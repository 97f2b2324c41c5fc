//! Whole trainings whose rollouts and updates are on a device.

use super::actor::DeviceActor;
use super::failing::Failing;
use super::policy_tests::{assert_near, configs};
use super::world::{HORIZON, HostRun, Run, World};
use crate::device::kernels::host;
use crate::device::{Emulator, Shared};
use crate::learn::inputs::space_of;
use crate::learn::{
    Algorithm, LearnError, LearningRateSchedule, NextObservations, Policy, PolicyConfig, PpoConfig,
    PpoLearner, StateDict, Transition,
};
use crate::space::{ActionSpace, Device};

const N_ENVS: usize = 60;

fn world(config: &PolicyConfig) -> World {
    World { space: config.observations.clone(), n_envs: N_ENVS, has_truncations: true }
}

fn ppo() -> PpoConfig {
    PpoConfig {
        epochs: 2,
        minibatch_size: 100,
        reward_scale: 0.1,
        bounds_coef: 1e-3,
        schedule: LearningRateSchedule::Adaptive,
        ..PpoConfig::default()
    }
}

fn device(is_backwards: bool) -> Option<Shared> {
    let library = host::library()?;
    let library = if is_backwards { library.backwards() } else { library };
    Some(Shared::new(Box::new(Emulator::with_library(library))))
}

fn run_of(config: &PolicyConfig, is_backwards: bool) -> Option<Run> {
    Some(Run::new(device(is_backwards)?, world(config), config, &ppo()))
}

/// One whose rollouts are collected here, and whose updates are on a device.
fn host_run(config: &PolicyConfig) -> Option<HostRun> {
    let policy = Policy::new(config.clone(), Device::detect()).unwrap();
    let learner = PpoLearner::new(ppo(), HORIZON).unwrap().on_device(Box::new(device(false)?));
    Some(HostRun { world: world(config), policy, learner })
}

/// Fails if a number of a state is not near the expected one, or another count.
fn assert_states_near(name: &str, got: &StateDict, expected: &StateDict, tolerance: f32) {
    got.check_like(expected).unwrap();
    for key in expected.names() {
        let shape = expected.get(key).unwrap().shape();
        let name = format!("{key}, {name}");
        if let Ok(expected) = expected.get_f32(key, shape) {
            assert_near(&name, got.get_f32(key, shape).unwrap(), expected, tolerance);
        } else if let Ok(expected) = expected.get_f64(key, shape) {
            for (got, expected) in got.get_f64(key, shape).unwrap().iter().zip(expected) {
                let error = (got - expected).abs();
                assert!(error <= 1e-6 * expected.abs().max(1.0), "{name}: {got}, not {expected}");
            }
        } else {
            assert_eq!(got.get(key), expected.get(key), "{name}");
        }
    }
}

#[test]
fn a_training_there_leads_where_one_with_rollouts_here_leads() {
    for config in configs() {
        let Some(mut got) = run_of(&config, false) else { return };
        let mut expected = host_run(&config).unwrap();
        for step in 0..4 * HORIZON as u64 {
            let (got, expected) = (got.take(step).unwrap(), expected.take(step).unwrap());
            assert_eq!(got.is_some(), expected.is_some());
            let (Some(got), Some(expected)) = (got, expected) else { continue };
            for ((name, got), (_, expected)) in got.reals().zip(expected.reals()) {
                let error = (got - expected).abs();
                assert!(
                    error <= 1e-3 * expected.abs().max(0.1),
                    "{name}: {got}, not {expected}, step {step}, {config:?}"
                );
            }
        }
        assert_states_near(&format!("{config:?}"), &got.state(), &expected.state(), 1e-4);
    }
}

#[test]
fn a_training_there_has_the_same_bits_whatever_the_order_of_threads() {
    for config in configs().into_iter().step_by(4) {
        let run = |is_backwards| -> Option<StateDict> {
            let mut run = run_of(&config, is_backwards)?;
            run.take_all(0..2 * HORIZON as u64 + 2);
            Some(run.state())
        };
        let Some(first) = run(false) else { return };
        assert_eq!(run(true).unwrap(), first);
    }
}

#[test]
fn a_training_there_goes_on_from_a_saved_state_wherever_it_was_saved() {
    for config in configs().into_iter().step_by(4) {
        let (middle, end) = (HORIZON as u64 + 2, 3 * HORIZON as u64 + 1);
        let Some(mut whole) = run_of(&config, false) else { return };
        whole.take_all(0..middle);
        let saved = whole.state();
        whole.take_all(middle..end);
        let expected = whole.state();
        // On another device, to the bit.
        let mut there = run_of(&config, false).unwrap();
        there.policy.load_state(&saved.nested("policy")).unwrap();
        there.learner.load_state(&saved.nested("learner")).unwrap();
        assert_eq!(there.state(), saved);
        there.take_all(middle..end);
        assert_eq!(there.state(), expected);
        // Here, but for the order of sums.
        let mut here = host_run(&config).unwrap();
        here.policy.load_state(&saved.nested("policy")).unwrap();
        here.learner.load_state(&saved.nested("learner")).unwrap();
        (middle..end).for_each(|step| drop(here.take(step).unwrap()));
        assert_states_near(&format!("{config:?}"), &here.state(), &expected, 1e-4);
        // And back there.
        let saved = here.state();
        there.policy.load_state(&saved.nested("policy")).unwrap();
        there.learner.load_state(&saved.nested("learner")).unwrap();
        there.take_all(end..end + 4);
        (end..end + 4).for_each(|step| drop(here.take(step).unwrap()));
        assert_states_near(&format!("{config:?}"), &there.state(), &here.state(), 1e-4);
    }
}

#[test]
fn a_gpu_has_the_bits_of_the_emulator_in_a_whole_training() {
    for config in configs() {
        let gpu = match crate::device::open("cuda") {
            Ok(gpu) => gpu,
            Err(why) => return crate::skips::skip("cuda", &why.to_string()),
        };
        let Some(mut expected) = run_of(&config, false) else { return };
        let mut got = Run::new(Shared::new(gpu), world(&config), &config, &ppo());
        let steps = 0..2 * HORIZON as u64 + 2;
        assert_eq!(got.take_all(steps.clone()), expected.take_all(steps), "{config:?}");
        assert_eq!(got.state(), expected.state(), "{config:?}");
    }
}

/// Steps may be taken here and there in one rollout, and on several devices.
#[test]
fn a_rollout_may_change_its_place() {
    let config = configs().remove(2);
    let Some(mut expected) = run_of(&config, false) else { return };
    expected.take_all(0..HORIZON as u64 + 1);
    let mut run = run_of(&config, false).unwrap();
    run.take(0).unwrap();
    // The second step, in which nothing is cut short.
    run.observe(1).unwrap();
    run.actor.act(&run.policy, run.observations, 1, false).unwrap();
    let (seen, outcome, mut given) = (run.world.observations(1), run.world.outcome(1), run.given());
    if !config.squash {
        given.unsquashed.clear();
    }
    let transition = Transition {
        observations: seen.view(),
        policy: &given,
        rewards: &outcome.rewards,
        terminated: &outcome.terminated,
        truncated: &outcome.truncated,
        next: NextObservations { observations: outcome.next.view(), states: &[] },
    };
    run.learner.take(&run.policy, transition).unwrap();
    run.take(2).unwrap();
    // The rest on another device.
    let mut other = run_of(&config, false).unwrap();
    std::mem::swap(&mut other.policy, &mut run.policy);
    std::mem::swap(&mut other.learner, &mut run.learner);
    drop(run);
    other.take_all(3..HORIZON as u64 + 1);
    assert_eq!(other.state(), expected.state());
}

#[test]
fn an_update_here_takes_the_steps_that_are_there() {
    let config = configs().remove(0);
    let Some(mut there) = run_of(&config, false) else { return };
    let mut here = run_of(&config, false).unwrap();
    there.take_all(0..HORIZON as u64);
    (0..HORIZON as u64).for_each(|step| here.collect(step).unwrap());
    let outcome = here.world.outcome(HORIZON as u64 - 1);
    let last = NextObservations { observations: outcome.next.view(), states: &[] };
    here.learner.update(&mut here.policy, last, 0.0).unwrap();
    assert_states_near("an update", &here.state(), &there.state(), 1e-4);
    // The next rollout is there again.
    (4..8).for_each(|step| drop((here.take(step).unwrap(), there.take(step).unwrap())));
    assert_states_near("another", &here.state(), &there.state(), 1e-4);
}

/// A small training of one update, which can begin anew.
struct Small {
    run: Run,
    /// The policy at first.
    began: StateDict,
}

impl Small {
    fn config() -> PolicyConfig {
        PolicyConfig {
            hidden_sizes: vec![3],
            normalize_observations: true,
            normalize_values: true,
            ..PolicyConfig::new(space_of(2, 0), ActionSpace::Continuous(1))
        }
    }

    fn new(device: Shared) -> Self {
        let config = Self::config();
        let world = World { n_envs: 3, ..world(&config) };
        let ppo = PpoConfig { epochs: 1, minibatch_size: 12, ..ppo() };
        let run = Run::new(device, world, &config, &ppo);
        Self { began: run.policy.state().unwrap(), run }
    }

    fn train(&mut self) -> Result<StateDict, LearnError> {
        for step in 0..HORIZON as u64 + 1 {
            self.run.take(step)?;
        }
        self.run.learner.state()
    }

    fn restore(&mut self) -> Result<(), LearnError> {
        self.run.policy.load_state(&self.began)?;
        self.run.learner.load_state(&StateDict::new())
    }
}

#[test]
fn a_device_that_fails_leaves_nothing_wrong() {
    let Some(emulator) = host::emulator() else { return };
    let mut sound = Small::new(Shared::new(Box::new(emulator)));
    let expected = (sound.train().unwrap(), sound.run.policy.state().unwrap());
    let (device, held) = Failing::new(host::emulator().unwrap());
    let mut small = Small::new(Shared::new(Box::new(device)));
    let n_held = || held.lock().unwrap().buffers.len();
    let n_before = n_held();
    let mut n_failures = 0;
    loop {
        held.lock().unwrap().fails_after = Some(n_failures);
        let trained = small.train();
        held.lock().unwrap().fails_after = None;
        let is_done = trained.is_ok();
        if let Err(error) = trained {
            assert!(matches!(error, LearnError::Device(_)), "{error}");
            // Whatever failed, it begins anew as if nothing had been.
            small.restore().unwrap();
            assert_eq!(n_held(), n_before, "after {n_failures}");
            let got = (small.train().unwrap(), small.run.policy.state().unwrap());
            assert_eq!(got, expected, "after {n_failures}");
        }
        small.restore().unwrap();
        if is_done {
            break;
        }
        n_failures += 1;
    }
    assert!(n_failures > 150, "{n_failures}");
    // An actor that fails half way holds nothing, and one that goes gives back what it held.
    let mut n_failures = 0;
    loop {
        held.lock().unwrap().fails_after = Some(n_failures);
        let made = DeviceActor::new(small.run.device.clone(), &small.run.policy, 5);
        held.lock().unwrap().fails_after = None;
        if made.is_ok() {
            assert!(n_held() > n_before + 10);
            break;
        }
        assert_eq!(n_held(), n_before, "after {n_failures}");
        n_failures += 1;
    }
    assert_eq!(n_held(), n_before);
}

//! Steps that are collected on a device beside those that are collected here.

use super::actor::DeviceActor;
use super::policy_tests::{assert_near, configs, policy_of};
use super::world::{HORIZON, Run, World};
use crate::device::counting::{Copies, Counting};
use crate::device::kernels::host;
use crate::device::{Emulator, ProgramBackend, Shared};
use crate::learn::inputs::space_of;
use crate::learn::{
    Algorithm, Backend, Distillation, DistillationConfig, LearnError, NextObservations, ObserveAt,
    Policy, PolicyConfig, PpoConfig, PpoLearner, RnnCell, RnnConfig, Rollout, StateDict, Teacher,
    Transition,
};
use crate::space::{ActionSpace, Device, ElementType, ObservationStream};

const N_ENVS: usize = 150;

fn world(config: &PolicyConfig, has_truncations: bool) -> World {
    World { space: config.observations.clone(), n_envs: N_ENVS, has_truncations }
}

fn shared(device: impl ProgramBackend + 'static) -> Shared {
    Shared::new(Box::new(device))
}

/// What is stored has the bits of what was seen, given and told. Values of where episodes were cut short are sums in
/// another order.
#[test]
fn a_rollout_there_is_what_a_rollout_here_holds() {
    for (i, config) in configs().iter().enumerate() {
        let Some(device) = host::emulator() else { return };
        let has_truncations = !i.is_multiple_of(3);
        let mut run =
            Run::new(shared(device), world(config, has_truncations), config, &PpoConfig::default());
        let mut state = policy_of(config).state().unwrap();
        // Some values are beyond what normalised ones are clamped to.
        state.insert_f32("value.bias", &[1], vec![4.9]);
        run.policy.load_state(&state).unwrap();
        let shape = run.policy.rollout_shape(HORIZON, N_ENVS);
        let mut expected = Rollout::new(shape);
        for step in 0..HORIZON as u64 {
            run.collect(step).unwrap();
            let (seen, outcome) = (run.world.observations(step), run.world.outcome(step));
            let mut given = run.given();
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
            let values = transition.truncation_values(&run.policy).unwrap();
            assert_eq!(values.iter().any(|value| *value != 0.0), has_truncations && step != 1);
            expected.push(transition, &values).unwrap();
            // What is held is as it is saved, after each step.
            let (got, expected) =
                (run.learner.state().unwrap().nested("rollout"), expected.state());
            got.check_like(&expected).unwrap();
            for name in expected.names() {
                let shape = expected.get(name).unwrap().shape();
                if name == "truncation_values" {
                    let [got, expected] =
                        [&got, &expected].map(|it| it.get_f32(name, shape).unwrap());
                    assert_near(&format!("{config:?}"), got, expected, 2e-6);
                    let zeros =
                        |it: &[f32]| -> Vec<bool> { it.iter().map(|x| *x == 0.0).collect() };
                    assert_eq!(zeros(got), zeros(expected));
                } else {
                    assert_eq!(got.get(name), expected.get(name), "{name}, {config:?}");
                }
            }
        }
        let histograms = run.learner.histograms();
        let of_actions = histograms.iter().find(|(name, _)| *name == "actions").unwrap();
        assert_eq!(Some(&of_actions.1), expected.action_histogram().as_ref());
        let of_deviations = histograms.iter().find(|(name, _)| *name == "log_std");
        assert_eq!(of_deviations.map(|it| &it.1), expected.log_std_histogram().as_ref());
    }
}

#[test]
fn a_step_copies_nothing_and_an_update_its_settings_and_one_answer() {
    let Some(device) = host::emulator() else { return };
    let (device, copies) = Counting::new(Box::new(device));
    let config = PolicyConfig {
        normalize_observations: true,
        normalize_values: true,
        ..PolicyConfig::new(space_of(5, 0), ActionSpace::Continuous(2))
    };
    let ppo = PpoConfig { epochs: 2, minibatch_size: 100, ..PpoConfig::default() };
    let mut run = Run::new(shared(device), world(&config, true), &config, &ppo);
    let found = || std::mem::take(&mut *copies.lock().unwrap());
    let steps = ppo.epochs * (HORIZON * N_ENVS).div_ceil(100);
    let settings = vec![30, 6, 2 * (4 + 2 * steps), ppo.epochs * HORIZON * N_ENVS];
    for step in 0..3 * HORIZON as u64 {
        run.observe(step).unwrap();
        found();
        run.actor.act(&run.policy, run.observations, step, step == 5).unwrap();
        let of_act = found();
        run.go(step).unwrap();
        found();
        run.learner.take_there(&run.policy, &mut run.actor, &run.step).unwrap();
        let of_take = found();
        if step > 0 {
            // What is seen, three layers, actions; whether values are asked for, the same, what is kept.
            assert_eq!(of_act, Copies { n_launched: 5, ..Copies::default() });
            assert_eq!(of_take, Copies { n_launched: 6, ..Copies::default() });
        }
        if run.learner.is_ready() {
            run.learner.update_there(&mut run.policy, &mut run.actor, 0.0).unwrap();
            let of_update = found();
            let n_weights = run.policy.network.n_weights;
            assert_eq!(of_update.read, [30 + 6 + 6 + 30 + 6 + 3 * n_weights + 6]);
            let is_first = step < HORIZON as u64;
            assert_eq!(of_update.written.len(), if is_first { 4 + 10 } else { 4 });
            if !is_first {
                assert_eq!(of_update.written, settings);
            }
        }
    }
}

fn policy_of_space(config: &PolicyConfig) -> Policy {
    Policy::new(config.clone(), Device::detect()).unwrap()
}

#[test]
fn an_actor_acts_by_the_policy_as_it_is() {
    let Some(device) = host::emulator() else { return };
    let config = configs().remove(0);
    let mut run = Run::new(shared(device), world(&config, false), &config, &PpoConfig::default());
    let act = |run: &mut Run, step| {
        run.observe(step).unwrap();
        run.actor.act(&run.policy, run.observations, step, false).unwrap();
        run.given().params
    };
    let first = act(&mut run, 0);
    assert_eq!(act(&mut run, 0), first);
    run.policy.load_state(&policy_of(&config).state().unwrap()).unwrap();
    let second = act(&mut run, 0);
    assert_ne!(second, first);
    // Steps before the first one, and those that are further on than can be counted from it.
    for step in [u64::MAX, 1 << 40, 7] {
        assert_eq!(act(&mut run, 0), second);
        run.observe(0).unwrap();
        run.actor.act(&run.policy, run.observations, step, false).unwrap();
        let got = run.given().action;
        let mut fresh = DeviceActor::new(run.device.clone(), &run.policy, N_ENVS).unwrap();
        fresh.act(&run.policy, run.observations, step, false).unwrap();
        run.actor = fresh;
        assert_eq!(run.given().action, got, "{step}");
    }
}

#[test]
fn what_cannot_have_its_rollouts_on_a_device_is_refused_by_name() {
    let Some(_) = host::library() else { return };
    let device = || shared(Emulator::with_library(host::library().unwrap()));
    let plain = || PolicyConfig::new(space_of(3, 0), ActionSpace::Discrete(2));
    let bytes = ObservationStream::new("picture", &[2, 2], ElementType::U8);
    let rnn = Some(RnnConfig { cell: RnnCell::Gru, size: 4 });
    for (config, what) in [
        (PolicyConfig { rnn, ..plain() }, "recurrent"),
        (
            PolicyConfig { observations: space_of(3, 0).with(bytes).unwrap(), ..plain() },
            "sees bytes",
        ),
        (PolicyConfig { backend: Backend::Candle, ..plain() }, "candle"),
    ] {
        let policy = policy_of_space(&config);
        let learner = PpoLearner::new(PpoConfig::default(), 4).unwrap();
        let said = learner.check_rollout_there(&policy).unwrap_err().to_string();
        assert!(said.contains(what) && said.contains("cannot learn on a device"), "{said}");
        assert_eq!(DeviceActor::new(device(), &policy, 3).unwrap_err().to_string(), said);
    }
    let step =
        PolicyConfig { normalize_observations: true, observe_at: ObserveAt::Step, ..plain() };
    let rewards = PpoConfig { normalize_rewards: true, ..PpoConfig::default() };
    for (config, ppo, what) in [
        (step.clone(), PpoConfig::default(), "at every step"),
        (plain(), rewards, "normalize_rewards"),
    ] {
        let mut run = Run::new(device(), world(&config, false), &config, &ppo);
        let said = run.learner.check_rollout_there(&run.policy).unwrap_err().to_string();
        assert!(said.contains(what), "{said}");
        assert_eq!(run.take(0).unwrap_err().to_string(), said);
        assert_eq!(run.take(0).unwrap_err().to_string(), said);
    }
    // Statistics that nobody has do not change at every step.
    let unseen = policy_of_space(&PolicyConfig { normalize_observations: false, ..step });
    PpoLearner::new(PpoConfig::default(), 4).unwrap().check_rollout_there(&unseen).unwrap();
    // Other algorithms know nothing of it.
    let mut run = Run::new(device(), world(&plain(), false), &plain(), &PpoConfig::default());
    let (taught, space) = (policy_of_space(&plain()), plain().action_space);
    let teacher = Teacher::new(taught, &plain().observations, &space).unwrap();
    let mut other = Distillation::new(DistillationConfig::default(), 4, teacher).unwrap();
    let said = other.take_there(&run.policy, &mut run.actor, &run.step).unwrap_err();
    assert!(matches!(said, LearnError::NotOnDevice { .. }), "{said}");
    let said = other.update_there(&mut run.policy, &mut run.actor, 0.0).unwrap_err();
    assert!(said.to_string().contains("takes its transitions from the CPU"), "{said}");
}

#[test]
fn transitions_that_do_not_fit_are_refused() {
    let Some(device) = host::emulator() else { return };
    let config = configs().remove(0);
    let mut run = Run::new(shared(device), world(&config, false), &config, &PpoConfig::default());
    let said = run.learner.update_there(&mut run.policy, &mut run.actor, 0.0).unwrap_err();
    assert!(matches!(said, LearnError::RolloutNotFull { len: 0, .. }), "{said}");
    run.take(0).unwrap();
    let few = DeviceActor::new(run.device.clone(), &run.policy, 3).unwrap();
    let mut actor = std::mem::replace(&mut run.actor, few);
    let said = run.take(1).unwrap_err().to_string();
    assert!(said.contains("environments of the actor: expected 150"), "{said}");
    std::mem::swap(&mut run.actor, &mut actor);
    let rollout = |run: &Run| -> StateDict { run.learner.state().unwrap().nested("rollout") };
    assert_eq!(rollout(&run).get_u64("len", &[1]).unwrap(), [1]);
    for step in 1..HORIZON as u64 {
        run.actor.act(&run.policy, run.observations, step, false).unwrap();
        run.learner.take_there(&run.policy, &mut run.actor, &run.step).unwrap();
    }
    let said = run.learner.take_there(&run.policy, &mut run.actor, &run.step).unwrap_err();
    assert!(matches!(said, LearnError::RolloutFull { .. }), "{said}");
    // The values after the last step are not saved with it.
    let state = run.learner.state().unwrap();
    run.learner.load_state(&state).unwrap();
    let said = run.learner.take_there(&run.policy, &mut run.actor, &run.step).unwrap_err();
    assert!(matches!(said, LearnError::RolloutFull { .. }), "{said}");
    let said = run.learner.update_there(&mut run.policy, &mut run.actor, 0.0).unwrap_err();
    assert!(said.to_string().contains("full when it came to the device"), "{said}");
}

//! What may be changed of PPO between updates, and what is saved of it.

use super::*;
use crate::device::Emulator;
use crate::device::kernels::host;
use crate::learn::device::failing::Failing;
use crate::learn::inputs::seen_of;
use crate::learn::{Anneal, AnnealCurve, HiddenStates, PolicyConfig, PolicyOutput};
use crate::space::{ActionSpace, Device, ObservationSpace};

fn learner(schedule: LearningRateSchedule) -> PpoLearner {
    let anneal = Anneal { setting: PpoSetting::ClipParam, end: 0.1, curve: AnnealCurve::Linear };
    let config = PpoConfig { schedule, anneal: vec![anneal], ..PpoConfig::default() };
    PpoLearner::new(config, 4).unwrap()
}

fn value(learner: &PpoLearner, progress: f64, name: &str) -> f64 {
    let settings = learner.settings(progress);
    settings.iter().find(|setting| setting.name == name).unwrap().value
}

/// Some steps of two environments, and updates when they are due.
fn train(learner: &mut PpoLearner, policy: &mut Policy, steps: std::ops::Range<u64>) {
    for step in steps {
        train_once(learner, policy, step).unwrap();
    }
}

fn train_once(learner: &mut PpoLearner, policy: &mut Policy, step: u64) -> Result<(), LearnError> {
    let observations: [f32; 6] = std::array::from_fn(|i| ((step + i as u64) as f32).sin());
    let seen = seen_of(&policy.config().observations, &[&observations]);
    let observations = seen.view();
    let (mut output, mut hidden_states) = (PolicyOutput::default(), HiddenStates::default());
    policy.act(observations, &mut hidden_states, step, false, &mut output)?;
    let next = NextObservations { observations, states: hidden_states.states() };
    let transition = Transition {
        observations,
        policy: &output,
        rewards: &output.action,
        terminated: &[false, step.is_multiple_of(3)],
        truncated: &[step.is_multiple_of(5), false],
        next,
    };
    learner.take(policy, transition)?;
    if learner.is_ready() {
        learner.update(policy, next, 0.0)?;
    }
    Ok(())
}

fn policy() -> Policy {
    let config = PolicyConfig::new(ObservationSpace::vector(3), ActionSpace::Continuous(1));
    Policy::new(config, Device::detect()).unwrap()
}

#[test]
fn settings_are_listed_as_they_are_at_present() {
    let start = PpoConfig::default().learning_rate;
    let constant = learner(LearningRateSchedule::Constant);
    let list = constant.settings(0.5);
    assert_eq!(list.len(), 11);
    assert_eq!((list[0].name, list[0].value), ("learning_rate", start));
    // Half of the way from 0.2 to 0.1, but for the rounding of both.
    assert!((value(&constant, 0.5, "clip_param") - 0.15).abs() < 1e-12);
    assert_eq!(value(&constant, 0.5, "gamma"), 0.99);
    let gamma = list.iter().find(|setting| setting.name == "gamma").unwrap();
    assert_eq!(gamma.range, 0.0..=1.0);
    // What comes down by itself is set by where it comes from.
    assert_eq!(learner(LearningRateSchedule::Cosine).settings(0.5)[0].value, start);
    // What follows the divergence goes on from where it is.
    let mut adaptive = learner(LearningRateSchedule::Adaptive);
    assert_eq!((adaptive.settings(0.5).len(), value(&adaptive, 0.5, "kl_threshold")), (12, 0.008));
    train(&mut adaptive, &mut policy(), 0..4);
    let moved = value(&adaptive, 0.5, "learning_rate");
    assert!(moved != start);
    let mut resumed = learner(LearningRateSchedule::Adaptive);
    resumed.load_state(&adaptive.state().unwrap()).unwrap();
    assert_eq!(value(&resumed, 0.5, "learning_rate"), moved);
}

#[test]
fn what_is_set_stays_whenever_it_is_set() {
    let adaptive = || learner(LearningRateSchedule::Adaptive);
    let (mut before, mut during, mut restored) = (adaptive(), adaptive(), adaptive());
    before.set("learning_rate", 0.01).unwrap();
    train(&mut before, &mut policy(), 0..3);
    train(&mut during, &mut policy(), 0..3);
    restored.load_state(&during.state().unwrap()).unwrap();
    during.set("learning_rate", 0.01).unwrap();
    restored.set("learning_rate", 0.01).unwrap();
    for learner in [&mut before, &mut during, &mut restored] {
        assert_eq!(value(learner, 0.9, "learning_rate"), 0.01);
        learner.set("clip_param", 0.3).unwrap();
        assert_eq!(value(learner, 0.9, "clip_param"), 0.3);
    }
    let weights = |mut learner: PpoLearner| {
        let mut policy = policy();
        train(&mut learner, &mut policy, 3..8);
        policy.state().unwrap()
    };
    let first = weights(before);
    assert_eq!(weights(during), first);
    assert_eq!(weights(restored), first);
}

/// Whatever its schedule, a rate that is set stays through updates, and follows the schedule again once it is released.
#[test]
fn a_learning_rate_stays_until_it_is_released() {
    let start = PpoConfig::default().learning_rate;
    for schedule in [
        LearningRateSchedule::Constant,
        LearningRateSchedule::Linear,
        LearningRateSchedule::Cosine,
        LearningRateSchedule::Adaptive,
    ] {
        let (mut learner, mut policy) = (learner(schedule), policy());
        train(&mut learner, &mut policy, 0..4);
        learner.set("learning_rate", 0.002).unwrap();
        learner.set("clip_param", 0.4).unwrap();
        let rate = |learner: &mut PpoLearner, policy: &mut Policy, progress: f64| {
            train(learner, policy, 4..7);
            let observations = [0.5_f32; 6];
            let seen = seen_of(&policy.config().observations, &[&observations]);
            let (mut output, mut hidden_states) =
                (PolicyOutput::default(), HiddenStates::default());
            policy.act(seen.view(), &mut hidden_states, 7, false, &mut output).unwrap();
            let next =
                NextObservations { observations: seen.view(), states: hidden_states.states() };
            let transition = Transition {
                observations: seen.view(),
                policy: &output,
                rewards: &[1.0, 2.0],
                terminated: &[false; 2],
                truncated: &[false; 2],
                next,
            };
            learner.take(policy, transition).unwrap();
            learner.update(policy, next, progress).unwrap();
            learner.learning_rate()
        };
        assert_eq!(rate(&mut learner, &mut policy, 0.5), 0.002, "{schedule:?}");
        // Also in a process that goes on from there.
        let mut resumed = self::learner(schedule);
        resumed.set("learning_rate", 0.002).unwrap();
        resumed.load_state(&learner.state().unwrap()).unwrap();
        assert_eq!(rate(&mut resumed, &mut policy, 0.75), 0.002, "{schedule:?}");
        resumed.release("learning_rate").unwrap();
        let expected = match schedule {
            LearningRateSchedule::Constant => start,
            LearningRateSchedule::Linear => start * 0.25,
            LearningRateSchedule::Cosine => schedule.at(start, 0.75).unwrap(),
            // Four epochs of one minibatch move it, by factors of 1.5, from where it was held.
            LearningRateSchedule::Adaptive => {
                let moved = rate(&mut resumed, &mut policy, 0.75);
                assert!(moved != 0.002 && (0.0003..0.011).contains(&moved), "{moved}");
                continue;
            }
        };
        let got = rate(&mut resumed, &mut policy, 0.75);
        assert!((got - expected).abs() < 1e-15, "{schedule:?}: {got} {expected}");
        assert_eq!(value(&learner, 0.5, "clip_param"), 0.4);
        learner.release("clip_param").unwrap();
        assert!((value(&learner, 0.5, "clip_param") - 0.15).abs() < 1e-12);
    }
}

#[test]
fn settings_that_are_none_or_out_of_range_change_nothing() {
    let mut learner = learner(LearningRateSchedule::Constant);
    for (name, value, part) in [
        ("horizon", 3.0, "setting `horizon` cannot be changed; choose of learning_rate, gamma"),
        ("gamma", 1.5, "setting `gamma` cannot be 1.5; it goes from 0 to 1"),
        ("gamma", f64::NAN, "setting `gamma` cannot be NaN"),
    ] {
        let said = learner.set(name, value).unwrap_err().to_string();
        assert!(said.contains(part), "{said}");
    }
    assert!(learner.release("horizon").unwrap_err().to_string().contains("choose of"));
    assert_eq!(value(&learner, 0.0, "gamma"), 0.99);
    assert!(PpoLearner::new(PpoConfig::default(), 0).is_err());
}

#[test]
fn a_learner_that_goes_on_ends_as_one_that_never_stopped() {
    let (mut whole, mut policy_of_whole) = (learner(LearningRateSchedule::Adaptive), policy());
    let (mut part, mut policy_of_part) = (learner(LearningRateSchedule::Adaptive), policy());
    assert!(part.state().unwrap().is_empty());
    train(&mut whole, &mut policy_of_whole, 0..14);
    train(&mut part, &mut policy_of_part, 0..6);
    let mut resumed = learner(LearningRateSchedule::Adaptive);
    resumed.load_state(&part.state().unwrap()).unwrap();
    // Saved again before anything happens, it is the same.
    assert_eq!(resumed.state().unwrap(), part.state().unwrap());
    train(&mut resumed, &mut policy_of_part, 6..14);
    assert_eq!(policy_of_part.state().unwrap(), policy_of_whole.state().unwrap());
    assert_eq!(resumed.state().unwrap(), whole.state().unwrap());
}

#[test]
fn a_learner_on_a_device_goes_on_there_from_a_saved_state() {
    let train_on_device = |steps: [std::ops::Range<u64>; 2], is_restored: bool| {
        let device = crate::device::kernels::host::emulator()?;
        let (mut learner, mut policy) = (learner(LearningRateSchedule::Adaptive), policy());
        learner = learner.on_device(Box::new(device));
        let [first, second] = steps;
        train(&mut learner, &mut policy, first);
        if is_restored {
            // The device is that of the learner, whatever it goes on from.
            let state = learner.state().unwrap();
            learner.load_state(&state).unwrap();
        }
        train(&mut learner, &mut policy, second);
        let learning = learner.learning.as_ref().unwrap();
        assert!(learning.ppo.device.is_some() && learning.ppo.n_updates() == 3);
        Some((learner.state().unwrap(), policy.state().unwrap()))
    };
    let Some(whole) = train_on_device([0..6, 6..14], false) else { return };
    assert_eq!(train_on_device([0..6, 6..14], true).unwrap(), whole);
}

#[test]
fn a_policy_that_cannot_learn_on_a_device_is_refused_whenever_it_acts() {
    let recurrent = PolicyConfig {
        rnn: Some(crate::learn::RnnConfig { cell: crate::learn::RnnCell::Gru, size: 3 }),
        ..PolicyConfig::new(ObservationSpace::vector(3), ActionSpace::Continuous(1))
    };
    let mut recurrent = Policy::new(recurrent, Device::detect()).unwrap();
    let mut learner = learner(LearningRateSchedule::Constant).on_device(Box::new(Emulator::new()));
    let said = learner.check_device(&recurrent).unwrap_err().to_string();
    assert!(said.contains("recurrent"), "{said}");
    for step in 0..2 {
        let again = train_once(&mut learner, &mut recurrent, step).unwrap_err().to_string();
        assert_eq!(again, said);
    }
}

#[test]
fn a_device_that_fails_is_not_left_for_the_processor() {
    let Some(emulator) = host::emulator() else { return };
    let (device, held) = Failing::new(emulator);
    let (learner, mut policy) = (learner(LearningRateSchedule::Constant), policy());
    let mut learner = learner.on_device(Box::new(device));
    train(&mut learner, &mut policy, 0..6);
    let state = learner.state().unwrap();
    held.lock().unwrap().fails_after = Some(0);
    assert!(learner.load_state(&state).is_err());
    assert!(learner.learning.as_ref().unwrap().ppo.device.is_some());
    learner.load_state(&state).unwrap();
    assert!(learner.device.is_some());
}

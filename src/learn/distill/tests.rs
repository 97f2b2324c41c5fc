//! Distillation as a whole: what students learn, what is kept, and that it goes on to the bit.

use std::ops::Range;

use super::*;
use crate::learn::inputs::seen_of;
use crate::learn::{
    Activation, Array, ConvLayer, EncoderConfig, HiddenStates, LogStd, MetricValue, ObserveAt,
    PolicyConfig, PolicyOutput, RnnCell, RnnConfig,
};
use crate::math::rng::{Random, RandomStream as Draw};
use crate::space::{
    ActionSpace, Buffer, Device, ObservationGroup, ObservationSpace, ObservationStream,
    Observations, Picture,
};

const N_ENVS: usize = 32;
const HORIZON: usize = 8;
const NUMBER: ActionSpace = ActionSpace::Continuous(1);

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// What environments show: a number to the policy; the same and that of the step before for the critic only.
fn shown() -> ObservationSpace {
    let number = ObservationStream::named(
        ObservationStream::OBSERVATIONS,
        names(&["x"]),
        ObservationGroup::Policy,
    );
    let both = ObservationStream::named(
        ObservationStream::CRITIC_OBSERVATIONS,
        names(&["x", "before"]),
        ObservationGroup::Critic,
    );
    ObservationSpace::new(vec![number, both]).unwrap()
}

fn number(step: u64, env: usize) -> f32 {
    Random::new(5, Draw::Control, env as u32, step).normal() as f32
}

/// Episodes of 5 steps, which begin one after the other.
fn episode_starts(step: u64, env: usize) -> bool {
    (step + env as u64).is_multiple_of(5) || step == 0
}

fn observations(step: u64) -> Observations {
    let x: Vec<f32> = (0..N_ENVS).map(|env| number(step, env)).collect();
    let both = (0..N_ENVS).flat_map(|env| {
        let before = if episode_starts(step, env) { 0.0 } else { number(step - 1, env) };
        [x[env], before]
    });
    seen_of(&shown(), &[&x, &both.collect::<Vec<f32>>()])
}

fn student_config(action_space: ActionSpace) -> PolicyConfig {
    PolicyConfig {
        hidden_sizes: vec![16],
        separate_value: true,
        normalize_observations: true,
        init_log_std: -1.0,
        seed: 2,
        ..PolicyConfig::new(shown(), action_space)
    }
}

/// A policy that sees the number and the one before it, in the other order.
fn teacher_config(action_space: ActionSpace) -> PolicyConfig {
    let both = ObservationStream::named(
        ObservationStream::OBSERVATIONS,
        names(&["before", "x"]),
        ObservationGroup::Policy,
    );
    let space = ObservationSpace::new(vec![both]).unwrap();
    let base = PolicyConfig::new(space, action_space);
    PolicyConfig { hidden_sizes: vec![4], activation: Activation::Relu, seed: 9, ..base }
}

/// By relu(u) - relu(-u) = u its mean is `slopes` times what it sees.
fn linear_teacher(slopes: [f32; 2]) -> Teacher {
    teacher_among(slopes, &shown())
}

fn teacher_among(slopes: [f32; 2], shown: &ObservationSpace) -> Teacher {
    let config = PolicyConfig { log_std: LogStd::Fixed, ..teacher_config(NUMBER) };
    let mut policy = Policy::new(config, Device::detect()).unwrap();
    let mut state = policy.state().unwrap();
    let [a, b] = slopes;
    for (name, data) in [
        ("trunk.0.weight", vec![1.0, 0.0, -1.0, 0.0, 0.0, 1.0, 0.0, -1.0]),
        ("trunk.0.bias", vec![0.0; 4]),
        ("mu.weight", vec![a, -a, b, -b]),
        ("mu.bias", vec![0.0]),
    ] {
        let shape = state.get(name).unwrap().shape().to_vec();
        state.insert(name, Array::F32 { shape, data });
    }
    policy.load_state(&state).unwrap();
    Teacher::new(policy, shown, &NUMBER).unwrap()
}

fn config() -> DistillationConfig {
    DistillationConfig {
        learning_rate: 1e-2,
        minibatch_size: 64,
        num_rollouts: 3,
        sequence_length: 4,
        ..DistillationConfig::default()
    }
}

fn learner(config: DistillationConfig, teacher: Teacher) -> Distillation {
    Distillation::new(config, HORIZON, teacher).unwrap()
}

/// A student that acts and learns.
struct Training {
    learner: Distillation,
    student: Policy,
    hidden_states: HiddenStates,
    /// What environments show at a step.
    show: fn(u64) -> Observations,
}

impl Training {
    fn new(config: DistillationConfig, teacher: Teacher, student: PolicyConfig) -> Self {
        let student = Policy::new(student, Device::detect()).unwrap();
        let (learner, hidden_states) = (learner(config, teacher), HiddenStates::default());
        Self { learner, student, hidden_states, show: observations }
    }

    /// Goes through some steps; what each update reported.
    fn run(&mut self, steps: Range<u64>) -> Vec<UpdateMetrics> {
        let mut out = PolicyOutput::default();
        let mut updates = Vec::new();
        for step in steps {
            let (seen, next) = ((self.show)(step), (self.show)(step + 1));
            self.hidden_states
                .reset(&(0..N_ENVS).map(|env| episode_starts(step, env)).collect::<Vec<bool>>());
            assert!(self.student.observe_step(seen.view()));
            self.student.act(seen.view(), &mut self.hidden_states, step, false, &mut out).unwrap();
            let ends = |parity: usize| -> Vec<bool> {
                (0..N_ENVS).map(|env| episode_starts(step + 1, env) && env % 2 == parity).collect()
            };
            let (terminated, truncated) = (ends(0), ends(1));
            let next =
                NextObservations { observations: next.view(), states: self.hidden_states.states() };
            let transition = Transition {
                observations: seen.view(),
                policy: &out,
                rewards: &[0.0; N_ENVS],
                terminated: &terminated,
                truncated: &truncated,
                next,
            };
            self.learner.take(&self.student, transition).unwrap();
            if self.learner.is_ready() {
                updates.push(self.learner.update(&mut self.student, next, 0.0).unwrap());
            }
        }
        updates
    }
}

fn last_loss(updates: &[UpdateMetrics]) -> f64 {
    updates.last().unwrap().real("behavior_loss").unwrap()
}

/// The number of the moment is all that it takes, and that the student sees.
#[test]
fn a_linear_teacher_is_recovered() {
    for student in [
        student_config(NUMBER),
        PolicyConfig { observe_at: ObserveAt::Step, ..student_config(NUMBER) },
        PolicyConfig { log_std: LogStd::Network, ..student_config(NUMBER) },
    ] {
        let mut training = Training::new(config(), linear_teacher([0.0, 0.7]), student.clone());
        let first = training.student.log_std().unwrap();
        let updates = training.run(0..60 * HORIZON as u64);
        assert_eq!(updates.len(), 60);
        assert!(last_loss(&updates) < 1e-3, "{}", last_loss(&updates));
        let metrics: Vec<&str> = updates[0].iter().map(|(name, _)| name).collect();
        assert_eq!(metrics, Distillation::METRICS);
        assert!(updates[0].real("grad_norm").unwrap() > updates[59].real("grad_norm").unwrap());
        // In states that it did not learn from.
        let mut out = PolicyOutput::default();
        let seen = observations(1_000_000);
        training.student.act(seen.view(), &mut HiddenStates::default(), 0, true, &mut out).unwrap();
        let errors = out.action.iter().zip(seen.f32s(ObservationStream::OBSERVATIONS));
        let errors = errors.map(|(action, x)| f64::from(action - 0.7 * x));
        let mean = errors.map(|error| error * error).sum::<f64>() / N_ENVS as f64;
        assert!(mean < 0.01, "{mean}");
        // How much it explores is left to the student.
        assert_eq!(training.student.log_std().unwrap(), first);
    }
}

/// A teacher that answers with the number before: without memory the best is the mean, at a loss of the number's
/// variance, which is 4/5 in episodes of five steps.
#[test]
fn a_student_with_memory_learns_what_one_without_cannot() {
    let loss = |rnn| {
        let student = PolicyConfig { rnn, ..student_config(NUMBER) };
        let mut training = Training::new(config(), linear_teacher([1.0, 0.0]), student);
        last_loss(&training.run(0..80 * HORIZON as u64))
    };
    let without = loss(None);
    assert!((0.6..1.0).contains(&without), "{without}");
    for cell in [RnnCell::Gru, RnnCell::Lstm] {
        let with = loss(Some(RnnConfig { cell, size: 12 }));
        assert!(with < 0.1, "{cell:?}: {with}");
    }
}

/// The number as the brightness of a picture, in stacks of two which begin anew with the episode, and what only the value
/// sees.
fn pictures(step: u64) -> Observations {
    let frame = |step: u64, env: usize| {
        let brightness = (number(step, env).clamp(-2.0, 2.0) + 2.0) / 4.0;
        [(255.0 * brightness) as u8; 16]
    };
    let stacks = (0..N_ENVS).flat_map(|env| {
        let before = if episode_starts(step, env) { step } else { step - 1 };
        [frame(before, env), frame(step, env)].concat()
    });
    let both = observations(step).f32s(ObservationStream::CRITIC_OBSERVATIONS).to_vec();
    let buffers = vec![Buffer::U8(stacks.collect()), Buffer::F32(both)];
    Observations::new(shown_as_pictures(), buffers).unwrap()
}

fn shown_as_pictures() -> ObservationSpace {
    let eye =
        ObservationStream::picture("eye", Picture { frames: 2, height: 4, width: 4, channels: 1 });
    ObservationSpace::new(vec![eye, shown().streams()[1].clone()]).unwrap()
}

/// The older frame has the number before. So minibatches of several rollouts put stacks together as they were seen.
#[test]
fn a_student_of_two_frames_needs_no_memory() {
    let layers = vec![ConvLayer::new(8, 2, 2)];
    let student = PolicyConfig {
        encoders: vec![EncoderConfig { features: 16, ..EncoderConfig::new("eye", layers) }],
        observations: shown_as_pictures(),
        value_sees_pictures: false,
        ..student_config(NUMBER)
    };
    let teacher = || teacher_among([1.0, 0.0], &shown_as_pictures());
    let new = || Training { show: pictures, ..Training::new(config(), teacher(), student.clone()) };
    let mut training = new();
    let loss = last_loss(&training.run(0..40 * HORIZON as u64));
    // Beyond two deviations brightness says no more, and nothing where an episode begins.
    assert!(loss < 0.3, "{loss}");
    // It goes on to the bit, in the middle of a rollout.
    let (mut straight, mut first, mut second) = (new(), new(), new());
    straight.run(0..30);
    first.run(0..21);
    second.student.load_state(&first.student.state().unwrap()).unwrap();
    second.learner.load_state(&first.learner.state().unwrap()).unwrap();
    second.run(21..30);
    assert!(straight.student.state().unwrap() == second.student.state().unwrap());
}

#[test]
fn choices_are_distilled_with_their_probabilities() {
    let space = ActionSpace::MultiDiscrete(vec![2, 3]);
    let teacher = || {
        let mut policy = Policy::new(teacher_config(space.clone()), Device::detect()).unwrap();
        let mut state = policy.state().unwrap();
        let shape = state.get("mu.weight").unwrap().shape().to_vec();
        let data = (0..20).map(|i| ((i * 7) % 5) as f32 * 0.3 - 0.6).collect();
        state.insert("mu.weight", Array::F32 { shape, data });
        policy.load_state(&state).unwrap();
        Teacher::new(policy, &shown(), &space).unwrap()
    };
    // With a memory, for the teacher sees the number before.
    let rnn = Some(RnnConfig { cell: RnnCell::Gru, size: 12 });
    let student = PolicyConfig { rnn, ..student_config(space.clone()) };
    let mut training = Training::new(config(), teacher(), student);
    let updates = training.run(0..80 * HORIZON as u64);
    let first = updates[0].real("behavior_loss").unwrap();
    let last = last_loss(&updates);
    assert!(last < 0.01 && last < 0.1 * first, "{first} {last}");
}

/// Every kind of student and teacher, stopped in the middle of a rollout.
#[test]
fn a_distillation_that_is_resumed_goes_on_to_the_bit() {
    let rnn = |cell| Some(RnnConfig { cell, size: 5 });
    for (space, of_student, of_teacher, observe_at) in [
        (NUMBER, None, None, ObserveAt::Update),
        (NUMBER, rnn(RnnCell::Gru), rnn(RnnCell::Lstm), ObserveAt::Step),
        (ActionSpace::Discrete(3), rnn(RnnCell::Lstm), rnn(RnnCell::Gru), ObserveAt::Update),
    ] {
        let teacher = || {
            let config = PolicyConfig { rnn: of_teacher, seed: 3, ..teacher_config(space.clone()) };
            let policy = Policy::new(config, Device::detect()).unwrap();
            Teacher::new(policy, &shown(), &space).unwrap()
        };
        let student = PolicyConfig { rnn: of_student, observe_at, ..student_config(space.clone()) };
        let mut straight = Training::new(config(), teacher(), student.clone());
        let mut first = Training::new(config(), teacher(), student.clone());
        let (stop, end) = (5 * HORIZON as u64 + 3, 8 * HORIZON as u64);
        straight.run(0..end);
        first.run(0..stop);
        let mut second = Training::new(config(), teacher(), student);
        second.hidden_states = first.hidden_states.clone();
        second.student.load_state(&first.student.state().unwrap()).unwrap();
        let saved = first.learner.state().unwrap();
        assert!(saved.names().all(|name| !name.starts_with("teacher")));
        let saved = StateDict::from_safetensors(&saved.to_safetensors().unwrap()).unwrap();
        second.learner.load_state(&saved).unwrap();
        assert_eq!(second.learner.state().unwrap(), saved);
        second.run(stop..end);
        assert!(second.learner.restored.is_none());
        assert!(straight.student.state().unwrap() == second.student.state().unwrap(), "{space:?}");
        assert!(straight.learner.state().unwrap() == second.learner.state().unwrap(), "{space:?}");
        let mut other = saved.clone();
        other.insert_u64("distillation.n_past", &[1], vec![9]);
        let mut third = Training::new(config(), teacher(), student_config(space.clone()));
        third.learner.load_state(&other).unwrap();
        assert!(third.learner.begin(&third.student, N_ENVS).is_err());
    }
}

/// What the policy sees may be noisy: of two numbers of a name it is the one for the critic.
#[test]
fn a_teacher_sees_the_critics_number_of_two_of_a_name() {
    let mut teacher = linear_teacher([0.0, 1.0]);
    let seen = seen_of(&shown(), &[&[9.0], &[2.0, 5.0]]);
    let mut out = PolicyOutput::default();
    teacher.act(seen.view(), &mut HiddenStates::default(), &mut out).unwrap();
    assert_eq!(out.action, [2.0]);
}

/// What is learned is what the teacher says when it lives through the same episodes.
#[test]
fn a_teacher_with_memory_forgets_where_episodes_end() {
    let config_of = |seed| {
        let rnn = Some(RnnConfig { cell: RnnCell::Gru, size: 5 });
        PolicyConfig { rnn, seed, ..teacher_config(NUMBER) }
    };
    let policy = || Policy::new(config_of(3), Device::detect()).unwrap();
    let teacher = Teacher::new(policy(), &shown(), &NUMBER).unwrap();
    let mut training = Training::new(config(), teacher, student_config(NUMBER));
    training.run(0..7);
    let state = training.learner.state().unwrap();
    let labels = state.get_f32("distillation.present.labels", &[7, N_ENVS, 1]).unwrap();
    let (policy, mut hidden_states, mut out) =
        (policy(), HiddenStates::default(), PolicyOutput::default());
    for (step, labels) in (0..7).zip(labels.chunks(N_ENVS)) {
        hidden_states
            .reset(&(0..N_ENVS).map(|env| episode_starts(step, env)).collect::<Vec<bool>>());
        let both = observations(step).f32s(ObservationStream::CRITIC_OBSERVATIONS).to_vec();
        let turned: Vec<f32> = both.chunks(2).flat_map(|both| [both[1], both[0]]).collect();
        let seen = seen_of(&policy.config().observations, &[&turned]);
        policy.act(seen.view(), &mut hidden_states, 0, true, &mut out).unwrap();
        assert_eq!(labels, out.action, "{step}");
    }
}

#[test]
fn the_last_rollouts_are_kept_and_no_more() {
    for (num_rollouts, expected) in [(1, [1, 1, 1, 1]), (3, [1, 2, 3, 3])] {
        let config = DistillationConfig { num_rollouts, ..config() };
        let mut training =
            Training::new(config, linear_teacher([0.0, 1.0]), student_config(NUMBER));
        let updates = training.run(0..4 * HORIZON as u64);
        let of_each = (HORIZON * N_ENVS) as u64;
        let expected = expected.map(|n: u64| MetricValue::Count(n * of_each)).to_vec();
        let n_transitions = updates.iter().flat_map(UpdateMetrics::iter);
        let n_transitions = n_transitions.filter(|(name, _)| *name == "n_transitions");
        assert_eq!(n_transitions.map(|(_, n)| n).collect::<Vec<_>>(), expected);
        let names = training.learner.state().unwrap();
        let n_kept = names.names().filter(|name| name.ends_with(".labels")).count();
        assert_eq!(n_kept, num_rollouts);
    }
}

#[test]
fn teachers_that_do_not_fit_and_settings_out_of_range_are_refused() {
    let policy = |config| Policy::new(config, Device::detect()).unwrap();
    let said = |config: PolicyConfig| {
        Teacher::new(policy(config), &shown(), &NUMBER).map(|_| ()).unwrap_err().to_string()
    };
    let other = said(teacher_config(ActionSpace::Discrete(2)));
    assert!(other.contains("chooses from Discrete(2), the student from Continuous(1)"), "{other}");
    let stranger = ObservationStream::named(
        ObservationStream::OBSERVATIONS,
        names(&["x", "speed"]),
        ObservationGroup::Policy,
    );
    let space = ObservationSpace::new(vec![stranger]).unwrap();
    let missing = said(PolicyConfig { observations: space, ..teacher_config(NUMBER) });
    assert!(missing.contains("the teacher needs the observation \"speed\", which"), "{missing}");
    let unnamed = ObservationSpace::vector(2);
    let missing = said(PolicyConfig { observations: unnamed, ..teacher_config(NUMBER) });
    assert!(missing.contains("needs observations (2 f32), which"), "{missing}");
    for (field, config) in [
        ("learning_rate", DistillationConfig { learning_rate: f64::NAN, ..config() }),
        ("adam_epsilon", DistillationConfig { adam_epsilon: 0.0, ..config() }),
        ("max_grad_norm", DistillationConfig { max_grad_norm: -1.0, ..config() }),
        ("epochs", DistillationConfig { epochs: 0, ..config() }),
        ("minibatch_size", DistillationConfig { minibatch_size: 0, ..config() }),
        ("num_rollouts", DistillationConfig { num_rollouts: 0, ..config() }),
    ] {
        let said = config.check().unwrap_err().to_string();
        assert!(said.contains(&format!("`{field}`")), "{said}");
    }
    assert!(config().check_sequences(6).is_err());
    // Environments that show something else than the teacher was told.
    let mut teacher = linear_teacher([0.0, 1.0]);
    let seen = pictures(1);
    let said = teacher.act(seen.view(), &mut HiddenStates::default(), &mut PolicyOutput::default());
    let said = said.unwrap_err().to_string();
    assert!(said.contains("expected observations") && said.contains("got eye"), "{said}");
    let mut learner = learner(config(), teacher);
    assert!(learner.set("gamma", 0.5).is_err() && learner.set("learning_rate", 2.0).is_err());
    learner.set("learning_rate", 0.5).unwrap();
    assert_eq!(learner.settings(0.0)[0].value, 0.5);
    let before = config().learning_rate;
    learner.release("learning_rate").unwrap();
    assert_eq!(learner.settings(0.0)[0].value, before);
}

/// An update of what is not a number changes nothing, and what led to it is forgotten.
#[test]
fn what_the_teacher_says_is_a_number() {
    let mut training = Training::new(config(), linear_teacher([0.0, 1.0]), student_config(NUMBER));
    training.run(0..2 * HORIZON as u64 + 7);
    let before = training.student.state().unwrap();
    let learning = training.learner.learning.as_mut().unwrap();
    learning.present.labels[3] = f32::NAN;
    let error = learning.update(&mut training.student, &config()).unwrap_err().to_string();
    assert_eq!(error, "update 2: what the teacher would do is not finite");
    assert_eq!(training.student.state().unwrap(), before);
    assert!(
        training.learner.update(&mut training.student, NextObservations::default(), 0.0).is_err()
    );
    assert_eq!(training.learner.learning.as_ref().unwrap().past.len(), 0);
}

//! Policies that see pictures: that they learn, on any number of threads, and go on from what was saved.

use super::tests::{config, state_of};
use super::*;
use crate::learn::{
    Activation, Algorithm, Backend, ConvLayer, Descent, EncoderConfig, HiddenStates,
    NextObservations, Optimizer, PolicyConfig, PolicyOutput, PpoLearner, RnnCell, RnnConfig,
    Transition,
};
use crate::math::rng::{Random, RandomStream};
use crate::space::{
    ActionSpace, Buffer, Device, ObservationGroup, ObservationSpace, Observations, Picture,
};

/// Observations of pictures that have one frame.
fn single(side: usize) -> ObservationSpace {
    let picture = Picture { frames: 1, height: side, width: side, channels: 1 };
    ObservationSpace::new(vec![crate::space::ObservationStream::picture("eye", picture)]).unwrap()
}

/// A white square somewhere on black, and where: -1 to 1, from left to right and from top to bottom.
fn square(random: &mut Random, side: usize) -> (Vec<u8>, [f32; 2]) {
    let size = side / 4;
    let mut place = || (random.uniform_in(0.0, (side - size + 1) as f64) as usize).min(side - size);
    let (x, y) = (place(), place());
    let mut picture = vec![0; side * side];
    for row in picture.chunks_mut(side).skip(y).take(size) {
        row[x..x + size].fill(255);
    }
    let middle = (side - size) as f32 / 2.0;
    (picture, [x as f32 / middle - 1.0, y as f32 / middle - 1.0])
}

/// The root mean square error of the action after so many updates, by least squares, of what says where the square
/// is.
fn error_after(n_updates: u64, backend: Backend) -> f64 {
    let (side, n) = (16, 64);
    let layers = vec![ConvLayer::new(8, 4, 2), ConvLayer::new(16, 3, 2)];
    let encoder = EncoderConfig { features: 32, ..EncoderConfig::new("eye", layers) };
    let config = PolicyConfig {
        hidden_sizes: vec![16],
        activation: Activation::Relu,
        encoders: vec![encoder],
        backend,
        ..PolicyConfig::new(single(side), ActionSpace::Continuous(2))
    };
    let mut policy = Policy::new(config, Device::detect()).unwrap();
    let mut optimizer = Optimizer::new(&policy);
    let mut error = f64::INFINITY;
    for update in 0..=n_updates {
        let mut random = Random::new(5, RandomStream::Control, 0, update);
        let (pictures, places): (Vec<_>, Vec<_>) =
            (0..n).map(|_| square(&mut random, side)).unzip();
        let seen = Observations::new(single(side), vec![Buffer::U8(pictures.concat())]).unwrap();
        let loss = |row: usize, outputs: &[f32], gradient: &mut [f32]| -> f64 {
            let off = |i: usize| outputs[i] - places[row][i];
            gradient.fill(0.0);
            (0..2).for_each(|i| gradient[i] = 2.0 * off(i) / n as f32);
            (0..2).map(|i| f64::from(off(i)).powi(2)).sum()
        };
        let (sum, gradient) = policy.gradient(seen.view(), vec![0.0; 2], loss).unwrap();
        error = (sum / (2 * n) as f64).sqrt();
        if update < n_updates {
            let descent =
                Descent { learning_rate: 3e-3, epsilon: 1e-8, max_grad_norm: 0.0, update };
            optimizer.step(&mut policy, &gradient, &descent).unwrap();
        }
    }
    error
}

#[test]
fn an_encoder_learns_where_a_white_square_is() {
    // Uniform places have the deviation 1 / sqrt 3; a pixel is 1/6 wide.
    let before = error_after(0, Backend::Fused);
    assert!(before > 0.4, "{before}");
    let after = error_after(300, Backend::Fused);
    assert!(after < 0.06, "{after}");
    // The other backend comes the same way. Adam takes whole steps also where a gradient is next to nothing, so
    // that rounding shows.
    let (ours, candles) = (error_after(10, Backend::Fused), error_after(10, Backend::Candle));
    assert!((ours - candles).abs() < 3e-3, "{ours} {candles}");
}

/// A policy of two frames and a vector beside them, with a value that sees no pictures.
fn stacked(rnn: Option<RnnConfig>) -> PolicyConfig {
    let picture = Picture { frames: 2, height: 12, width: 10, channels: 1 };
    let stream = crate::space::ObservationStream::picture("eye", picture);
    let more = crate::space::ObservationStream::named(
        "own",
        vec![String::new(); 2],
        ObservationGroup::Critic,
    );
    let space = ObservationSpace::vector(3).with(stream).unwrap().with(more).unwrap();
    let layers = vec![ConvLayer::new(5, 4, 2), ConvLayer::new(6, 3, 1)];
    PolicyConfig {
        hidden_sizes: vec![9],
        encoders: vec![EncoderConfig { features: 7, ..EncoderConfig::new("eye", layers) }],
        separate_value: true,
        value_sees_pictures: false,
        normalize_observations: true,
        normalize_values: true,
        rnn,
        ..PolicyConfig::new(space, ActionSpace::Continuous(2))
    }
}

/// Environments of random pictures whose stacks begin anew with their episodes.
struct World {
    n_envs: usize,
    step: u64,
    stacks: Vec<[Vec<u8>; 2]>,
    space: ObservationSpace,
}

impl World {
    fn new(config: &PolicyConfig, n_envs: usize) -> Self {
        let space = config.observations.clone();
        let mut world = Self { n_envs, step: 0, stacks: Vec::new(), space };
        world.stacks = vec![[Vec::new(), Vec::new()]; n_envs];
        world.advance(&vec![true; n_envs]);
        world
    }

    fn advance(&mut self, episode_starts: &[bool]) {
        self.step += 1;
        for (env, (stack, episode_starts)) in self.stacks.iter_mut().zip(episode_starts).enumerate()
        {
            let mut random = Random::new(1, RandomStream::Control, env as u32, self.step);
            let frame: Vec<u8> = (0..120).map(|_| random.uniform_in(0.0, 255.0) as u8).collect();
            let older = if *episode_starts { frame.clone() } else { std::mem::take(&mut stack[1]) };
            *stack = [older, frame];
        }
    }

    fn show(&self) -> Observations {
        let draw = |n: usize, entity| super::tests::draw(n, 100 * self.step + entity);
        let numbers = Buffer::F32(draw(self.n_envs * 3, 1));
        let pictures = Buffer::U8(self.stacks.iter().flatten().flatten().copied().collect());
        let value_only = Buffer::F32(draw(self.n_envs * 2, 2));
        Observations::new(self.space.clone(), vec![numbers, pictures, value_only]).unwrap()
    }

    /// Steps of a learner, with an update whenever it is ready.
    fn train(
        &mut self,
        policy: &mut Policy,
        learner: &mut PpoLearner,
        hidden_states: &mut HiddenStates,
        n: usize,
    ) {
        let mut out = PolicyOutput::default();
        for _ in 0..n {
            let seen = self.show();
            policy.act(seen.view(), hidden_states, self.step, false, &mut out).unwrap();
            let ends = |entity: u64| -> Vec<bool> {
                let drawn = super::tests::draw(self.n_envs, 100 * self.step + entity);
                drawn.iter().map(|x| *x > 6.0).collect()
            };
            let (terminated, truncated) = (ends(3), ends(4));
            let episode_starts: Vec<bool> =
                terminated.iter().zip(&truncated).map(|(a, b)| *a || *b).collect();
            let rewards: Vec<f32> = out.action.chunks(2).map(|action| action[0]).collect();
            let states = hidden_states.states().to_vec();
            // Where an episode is cut short another picture would have followed.
            let mut next =
                World { stacks: self.stacks.clone(), space: self.space.clone(), ..*self };
            next.advance(&vec![false; self.n_envs]);
            let next = next.show();
            let successors = NextObservations { observations: next.view(), states: &states };
            let transition = Transition {
                observations: seen.view(),
                policy: &out,
                rewards: &rewards,
                terminated: &terminated,
                truncated: &truncated,
                next: successors,
            };
            learner.take(policy, transition).unwrap();
            self.advance(&episode_starts);
            hidden_states.reset(&episode_starts);
            if learner.is_ready() {
                let last = self.show();
                let last =
                    NextObservations { observations: last.view(), states: hidden_states.states() };
                learner.update(policy, last, 0.0).unwrap();
            }
        }
    }
}

fn learner() -> PpoLearner {
    let config = PpoConfig { sequence_length: 4, ..config(256) };
    PpoLearner::new(config, 8).unwrap()
}

fn all_of(policy: &Policy, learner: &PpoLearner) -> StateDict {
    let mut state = StateDict::new();
    state.insert_nested("policy", policy.state().unwrap());
    state.insert_nested("learner", learner.state().unwrap());
    state
}

const LSTM: Option<RnnConfig> = Some(RnnConfig { cell: RnnCell::Lstm, size: 5 });

#[test]
fn updates_from_pictures_do_not_depend_on_the_number_of_threads() {
    for rnn in [None, LSTM] {
        let on_threads = |n_threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
            pool.install(|| {
                let mut policy = Policy::new(stacked(rnn), Device::detect()).unwrap();
                let (mut learner, mut world) = (learner(), World::new(policy.config(), 100));
                world.train(&mut policy, &mut learner, &mut HiddenStates::default(), 19);
                all_of(&policy, &learner)
            })
        };
        let first = on_threads(1);
        assert_eq!(first, on_threads(2));
        assert_eq!(first, on_threads(3));
        assert!(first.get("learner.rollout.stack.eye").is_some());
    }
}

#[test]
fn what_was_saved_in_the_midst_of_a_rollout_goes_on_to_the_bit() {
    for rnn in [None, LSTM] {
        let mut policy = Policy::new(stacked(rnn), Device::detect()).unwrap();
        let (mut learner, mut hidden_states) = (learner(), HiddenStates::default());
        let mut world = World::new(policy.config(), 40);
        world.train(&mut policy, &mut learner, &mut hidden_states, 13);
        let bytes = all_of(&policy, &learner).to_safetensors().unwrap();
        let saved = StateDict::from_safetensors(&bytes).unwrap();
        let mut other =
            Policy::new(PolicyConfig { seed: 9, ..stacked(rnn) }, Device::detect()).unwrap();
        // The noise is that of the seed.
        let mut again = Policy::new(stacked(rnn), Device::detect()).unwrap();
        other.load_state(&saved.nested("policy")).unwrap();
        assert_eq!(other.state().unwrap(), policy.state().unwrap());
        again.load_state(&saved.nested("policy")).unwrap();
        let mut resumed = self::learner();
        resumed.load_state(&saved.nested("learner")).unwrap();
        let mut memory_again = hidden_states.clone();
        let mut world_again =
            World { stacks: world.stacks.clone(), space: world.space.clone(), ..world };
        world.train(&mut policy, &mut learner, &mut hidden_states, 12);
        world_again.train(&mut again, &mut resumed, &mut memory_again, 12);
        assert_eq!(all_of(&again, &resumed), all_of(&policy, &learner));
    }
}

#[test]
fn frozen_encoders_stay_as_they_are() {
    let config = PolicyConfig { frozen: vec!["cnn".to_owned()], ..stacked(None) };
    let mut policy = Policy::new(config, Device::detect()).unwrap();
    let before = policy.state().unwrap();
    let (mut learner, mut world) = (learner(), World::new(policy.config(), 40));
    world.train(&mut policy, &mut learner, &mut HiddenStates::default(), 8);
    let after = policy.state().unwrap();
    for (name, array) in after.iter() {
        if name.starts_with("cnn.") {
            assert_eq!(before.get(name), Some(array), "{name}");
        }
    }
    assert_ne!(before.get("trunk.0.weight"), after.get("trunk.0.weight"));
}

#[test]
fn encoders_that_do_not_fit_what_is_seen_are_refused_by_name() {
    let base = stacked(None);
    let refused =
        |config: PolicyConfig| Policy::new(config, Device::detect()).unwrap_err().to_string();
    let encoder = base.encoders[0].clone();
    let other = EncoderConfig { stream: "ear".to_owned(), ..encoder.clone() };
    let said = refused(PolicyConfig { encoders: vec![other], ..base.clone() });
    assert!(said.contains("\"ear\"") && said.contains("eye (2 x 12 x 10 x 1 u8)"), "{said}");
    let vector = EncoderConfig { stream: "observations".to_owned(), ..encoder.clone() };
    let said = refused(PolicyConfig { encoders: vec![vector], ..base.clone() });
    assert!(said.contains("no stream of pictures of that name"), "{said}");
    let twice = vec![encoder.clone(), encoder.clone()];
    let said = refused(PolicyConfig { encoders: twice, ..base.clone() });
    assert!(said.contains("is there twice"), "{said}");
    let large = EncoderConfig { layers: vec![ConvLayer::new(4, 11, 1)], ..encoder };
    let said = refused(PolicyConfig { encoders: vec![large], ..base.clone() });
    assert!(said.contains("11 x 11, larger than its picture of 12 x 10"), "{said}");
    let shared = PolicyConfig { observations: single(16), separate_value: false, ..base.clone() };
    let said = refused(PolicyConfig { normalize_observations: false, ..shared });
    assert!(said.contains("value_sees_pictures"), "{said}");
    let blind = PolicyConfig { observations: single(16), ..base };
    let said = refused(blind);
    assert!(said.contains("true where nothing but pictures is seen"), "{said}");
}

#[test]
fn states_of_policies_name_what_encoders_learn() {
    let policy = Policy::new(stacked(None), Device::detect()).unwrap();
    let ppo = Ppo::new(config(64), &policy).unwrap();
    let state = state_of(&policy, &ppo);
    let shape = |name: &str| state.get(name).unwrap().shape().to_vec();
    assert_eq!(shape("policy.cnn.eye.0.weight"), [5, 2, 4, 4]);
    assert_eq!(shape("policy.trunk.0.weight"), [9, 7 + 3]);
    assert_eq!(shape("policy.value_trunk.0.weight"), [9, 3 + 2]);
    // Files of before encoders were there are read.
    let mut row = serde_json::to_value(policy.config()).unwrap();
    row.as_object_mut().unwrap().remove("encoders");
    row.as_object_mut().unwrap().remove("value_sees_pictures");
    let read: PolicyConfig = serde_json::from_value(row).unwrap();
    assert_eq!((read.encoders.len(), read.value_sees_pictures), (0, true));
}

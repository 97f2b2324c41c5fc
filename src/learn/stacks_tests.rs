//! Stacks of frames through a rollout.

use super::*;
use crate::learn::{
    Algorithm, EncoderPreset, NextObservations, Policy, PolicyConfig, PolicyOutput, PpoConfig,
    PpoLearner, Rollout, RolloutShape, Transition,
};
use crate::space::{ActionSpace, Device, Observations};

const N_ENVS: usize = 3;
const PICTURE: Picture = Picture { frames: 3, height: 2, width: 2, channels: 1 };

fn space() -> ObservationSpace {
    ObservationSpace::vector(1).with(ObservationStream::picture("eye", PICTURE)).unwrap()
}

fn shape(horizon: usize) -> RolloutShape {
    RolloutShape {
        horizon,
        n_envs: N_ENVS,
        observations: space(),
        action_space: ActionSpace::Discrete(2),
        state_dim: 0,
        sequence_length: horizon,
    }
}

/// Environments that show the number of their frame in each pixel, and stack as nodes do.
struct Films {
    stacks: Vec<Vec<u8>>,
    n_frames: u8,
}

impl Films {
    fn new() -> Self {
        let mut films = Self { stacks: vec![Vec::new(); N_ENVS], n_frames: 0 };
        films.step(&[true; N_ENVS]);
        films
    }

    fn step(&mut self, episode_starts: &[bool; N_ENVS]) {
        for (stack, episode_starts) in self.stacks.iter_mut().zip(episode_starts) {
            self.n_frames += 1;
            let frame = self.n_frames;
            match episode_starts {
                true => *stack = vec![frame; 3],
                false => {
                    stack.remove(0);
                    stack.push(frame);
                }
            }
        }
    }

    fn show(&self) -> Observations {
        let bytes = self.stacks.iter().flatten().flat_map(|frame| [*frame; 4]).collect();
        let buffers = vec![Buffer::F32(vec![0.0; N_ENVS]), Buffer::U8(bytes)];
        Observations::new(space(), buffers).unwrap()
    }
}

fn push(
    rollout: &mut Rollout,
    shown: &Observations,
    ends: &[bool; N_ENVS],
) -> Result<(), LearnError> {
    let policy = PolicyOutput {
        n_envs: N_ENVS,
        action: vec![0.0; N_ENVS],
        log_prob: vec![0.0; N_ENVS],
        value: vec![0.0; N_ENVS],
        params: vec![0.0; 2 * N_ENVS],
        ..PolicyOutput::default()
    };
    let transition = Transition {
        observations: shown.view(),
        policy: &policy,
        rewards: &[0.0; N_ENVS],
        terminated: ends,
        truncated: &[false; N_ENVS],
        next: NextObservations::default(),
    };
    rollout.push(transition, &[0.0; N_ENVS])
}

/// The number of every frame of every stack held.
fn stacks_of(rollout: &Rollout) -> Vec<Vec<u8>> {
    let kept = rollout.kept();
    let stack = |row| (0..3).map(|i| kept.frame(1, row, i)[3]).collect();
    (0..rollout.len() * N_ENVS).map(stack).collect()
}

/// Where episodes end in each step: the second environment's soon, one after the other, and once more.
const ENDS: [[bool; N_ENVS]; 7] = [
    [false, false, false],
    [false, true, false],
    [false, true, false],
    [false, false, true],
    [false, false, false],
    [false, true, false],
    [false, false, false],
];

#[test]
fn stacks_are_put_together_as_they_were_shown() {
    let (mut films, mut rollout) = (Films::new(), Rollout::new(shape(7)));
    // The first episodes have begun before the first step.
    (0..4).for_each(|_| films.step(&[false; N_ENVS]));
    for round in 0..2 {
        let mut shown = Vec::new();
        for ends in &ENDS {
            // A rollout that is saved and loaded on the way goes on as it would have, also before its first step.
            let mut loaded = Rollout::new(shape(7));
            let bytes = rollout.state().to_safetensors().unwrap();
            loaded.load_state(&StateDict::from_safetensors(&bytes).unwrap()).unwrap();
            assert_eq!(loaded, rollout);
            rollout = loaded;
            shown.extend(films.stacks.clone());
            push(&mut rollout, &films.show(), ends).unwrap();
            films.step(ends);
        }
        let held = stacks_of(&rollout);
        assert_eq!(held, shown, "round {round}");
        // They are in order, and but for beginnings all frames differ.
        assert!(held.iter().all(|stack| stack.is_sorted()));
        let n_repeated = held.iter().filter(|stack| stack[0] == stack[1]).count();
        // The last episode of the first round has just begun when the second does.
        let expected = [6, 7][round];
        assert_eq!(n_repeated, expected, "{held:?}");
        // Each frame is held once: one number, and four bytes of picture.
        let bytes = rollout.observations.buffers()[1].len();
        assert_eq!(bytes, 7 * N_ENVS * PICTURE.frame_size());
        assert_eq!(rollout.bytes(), shape(7).bytes());
        rollout.clear();
    }
}

#[test]
fn a_stack_that_does_not_go_on_is_refused_and_not_taken() {
    let (mut films, mut rollout) = (Films::new(), Rollout::new(shape(3)));
    push(&mut rollout, &films.show(), &[true, false, false]).unwrap();
    films.step(&[true, false, false]);
    let before = rollout.clone();
    // The second environment shows its first frame again, as at a beginning.
    let mut wrong = films.show();
    let at_begin = [films.stacks[1][2]; 12];
    if let Buffer::U8(bytes) = &mut wrong.buffers_mut()[1] {
        bytes[12..24].copy_from_slice(&at_begin);
    }
    let said = push(&mut rollout, &wrong, &[false; 3]).unwrap_err().to_string();
    assert!(said.contains("\"eye\" of environment 1"), "{said}");
    assert_eq!(rollout, before);
    push(&mut rollout, &films.show(), &[false; 3]).unwrap();
    assert_eq!(rollout.len(), 2);
}

#[test]
fn a_rollout_counts_each_frame_once() {
    // 512 environments, 32 steps, two frames of 64 x 64: half of what whole stacks would take.
    let picture = Picture { frames: 2, height: 64, width: 64, channels: 1 };
    let space =
        ObservationSpace::vector(1).with(ObservationStream::picture("eye", picture)).unwrap();
    let rollout = RolloutShape { observations: space, n_envs: 512, ..shape(32) };
    let frames = 512 * 33 * 64 * 64;
    let others = 512 * 32 * 4;
    assert_eq!(rollout.observation_bytes(), frames + others);
    let stacks: usize = 512 * 32 * rollout.observations.bytes();
    assert!(rollout.observation_bytes() < stacks * 52 / 100);
}

#[test]
fn a_stack_longer_than_the_horizon_is_refused_by_name() {
    let picture = Picture { frames: 4, height: 20, width: 20, channels: 1 };
    let space =
        ObservationSpace::vector(1).with(ObservationStream::picture("eye", picture)).unwrap();
    let config = PolicyConfig {
        encoders: vec![EncoderPreset::Simple.encoder("eye")],
        ..PolicyConfig::new(space.clone(), ActionSpace::Discrete(2))
    };
    let policy = Policy::new(config, Device::detect()).unwrap();
    let shown = Observations::zeros(space, 2);
    let (mut out, mut hidden_states) =
        (PolicyOutput::default(), crate::learn::HiddenStates::default());
    policy.act(shown.view(), &mut hidden_states, 0, true, &mut out).unwrap();
    let take = |horizon| {
        let transition = Transition {
            observations: shown.view(),
            policy: &out,
            rewards: &[0.0; 2],
            terminated: &[false; 2],
            truncated: &[false; 2],
            next: NextObservations { observations: shown.view(), states: &[] },
        };
        PpoLearner::new(PpoConfig::default(), horizon).unwrap().take(&policy, transition)
    };
    let said = take(3).unwrap_err().to_string();
    assert!(
        said.contains("\"eye\"") && said.contains("4 frames") && said.contains("3 steps"),
        "{said}"
    );
    take(4).unwrap();
}

//! Environments beside the programs of their scene, compared number by number.

use super::{trace_noise, trace_push, trace_start, trace_tick, trace_view};
use crate::math::lanes::{Isa, Lanes};
use crate::math::program::{ArrayCell, Interpreter, LaneProgram};
use crate::math::rng::{Random, RandomStream};
use crate::physics::Params;
use crate::scene::disturb::NO_PUSH;
use crate::scene::randomize::variant;
use crate::scene::{ActionUnits, Actions, Environments, EnvironmentsState, Scene};
use crate::space::{Device, Element};

const SEED: u64 = 5;

/// The programs of a scene, for steps in some units.
pub(super) struct Programs {
    tick: LaneProgram,
    view: LaneProgram,
    start: LaneProgram,
    push: Option<LaneProgram>,
    noise: Option<LaneProgram>,
}

impl Programs {
    pub fn of(scene: &Scene, units: ActionUnits) -> Self {
        Self {
            tick: trace_tick::<f32>(scene, units).unwrap(),
            view: trace_view::<f32>(scene).unwrap(),
            start: trace_start(scene).unwrap(),
            push: trace_push(scene).unwrap(),
            noise: trace_noise(scene).unwrap(),
        }
    }
}

/// Uniform numbers in the order in which they are drawn.
fn uniform(stream: RandomStream, env: usize, step: u64) -> Vec<f64> {
    let mut random = Random::new(SEED, stream, env as u32, step);
    (0..100).map(|_| random.uniform()).collect()
}

/// Environments beside the programs of their scene.
pub(super) struct Pair<'a, L: Lanes> {
    scene: &'a Scene,
    programs: &'a Programs,
    tick: Interpreter<'a, L>,
    view: Interpreter<'a, L>,
    pub environments: Environments,
    units: ActionUnits,
    /// Numbers compared, episodes that ended by rules and by numbers that are not finite, and pushes.
    pub counts: [usize; 4],
}

/// What comes in for one environment.
struct Given {
    actions: Vec<f32>,
    push: Vec<f64>,
    params: Vec<f64>,
    noise: Vec<f64>,
    time: f64,
}

impl<'a, L: Lanes> Pair<'a, L> {
    /// A block and a part of one.
    pub fn new(scene: &'a Scene, programs: &'a Programs, isa: Isa, units: ActionUnits) -> Self {
        let n_envs = L::WIDTH + 3;
        let mut pair = Self {
            scene,
            programs,
            tick: Interpreter::new(&programs.tick),
            view: Interpreter::new(&programs.view),
            environments: Environments::new(scene, n_envs, SEED, Device::Cpu(isa)).unwrap(),
            units,
            counts: [0; 4],
        };
        for env in 0..n_envs {
            pair.compare_beginning(env);
        }
        pair
    }

    fn params(&self, state: &EnvironmentsState, env: usize) -> Vec<f64> {
        let episode = state.u64s("episode")[env] - 1;
        let mut random = Random::new(SEED, RandomStream::Randomize, env as u32, episode);
        let (model, difficulty) = (&self.scene.model, state.f64s("difficulty")[env]);
        let variant = variant(model, &self.scene.task.randomized, &mut random, difficulty);
        let mut params = Params::<f64>::new(variant.as_ref().unwrap_or(model));
        params.varying().into_iter().map(|number| *number).collect()
    }

    fn noise(&self, env: usize, step: u64) -> Vec<f64> {
        let drawn = |program: &LaneProgram| {
            Interpreter::<f64>::new(program).run(&uniform(RandomStream::Observe, env, step))
        };
        self.programs.noise.as_ref().map(drawn).unwrap_or_default()
    }

    fn given(&mut self, state: &EnvironmentsState, actions: &[f32], env: usize) -> Given {
        let (n_envs, dim) = (state.n_envs, actions.len() / state.n_envs);
        let (progress, n_steps) = (state.u64s("progress")[env], state.u64s("n_steps")[env]);
        assert_eq!(actions.len(), n_envs * dim);
        let mut push = vec![NO_PUSH; 2];
        if let (Some(program), Some(pushes)) = (&self.programs.push, &self.scene.task.pushes)
            && progress > 0
            && progress % u64::from(pushes.every) == 0
        {
            let uniform = uniform(RandomStream::Push, env, n_steps);
            let number = |cell: &ArrayCell| match cell.array {
                "uniform" => uniform[cell.index as usize],
                _ => self.environments.difficulty(),
            };
            let inputs: Vec<f64> = program.inputs.iter().map(number).collect();
            push = Interpreter::<f64>::new(program).run(&inputs);
            self.counts[3] += 1;
        }
        Given {
            actions: actions[env * dim..(env + 1) * dim].to_vec(),
            push,
            params: self.params(state, env),
            noise: self.noise(env, 2 * (n_steps + 1)),
            time: (progress + 1) as f64 * self.scene.task.dt,
        }
    }

    fn number(
        &self,
        cell: &ArrayCell,
        state: &EnvironmentsState,
        env: usize,
        given: &Given,
    ) -> f64 {
        let index = cell.index as usize;
        match cell.array {
            "action" => f64::from(given.actions[index]),
            "push" => given.push[index],
            "params" => given.params[index],
            "noise" => given.noise[index],
            "time" => given.time,
            "difficulty" => self.environments.difficulty(),
            "delay" => state.u64s("delay")[env] as f64,
            array => {
                let numbers = state.f32s(array);
                f64::from(numbers[env * (numbers.len() / state.n_envs) + index])
            }
        }
    }

    /// One step of both.
    pub fn step(&mut self, actions: &[f32]) {
        let n_envs = self.environments.n_envs();
        let before = self.environments.state();
        let given: Vec<Given> = (0..n_envs).map(|env| self.given(&before, actions, env)).collect();
        let mut answers: Vec<Vec<L>> = vec![];
        for first in (0..n_envs).step_by(L::WIDTH) {
            let input = |cell: &ArrayCell| {
                let mut lanes = L::zero();
                for lane in 0..L::WIDTH {
                    let env = (first + lane).min(n_envs - 1);
                    lanes.set_lane(lane, self.number(cell, &before, env, &given[env]));
                }
                lanes
            };
            let inputs: Vec<L> = self.programs.tick.inputs.iter().map(input).collect();
            answers.push(self.tick.run(&inputs));
        }
        self.environments.step(Actions { values: actions, units: self.units }).unwrap();
        let after = self.environments.state();
        for env in 0..n_envs {
            let of = |place: usize| answers[env / L::WIDTH][place].lane(env % L::WIDTH) as f32;
            let outputs = self.programs.tick.outputs.iter().enumerate();
            let named: Vec<(&ArrayCell, f32)> =
                outputs.map(|(place, (cell, _))| (cell, of(place))).collect();
            self.compare(env, &named, &after);
            if self.environments.output().episode_starts[env] {
                self.compare_beginning(env);
            }
        }
    }

    /// An episode that has just begun, in a lane of its own.
    fn compare_beginning(&mut self, env: usize) {
        let state = self.environments.state();
        let row = |array: &str, index: u32| {
            let numbers = state.f32s(array);
            numbers[env * (numbers.len() / state.n_envs) + index as usize]
        };
        let drawn = uniform(RandomStream::Reset, env, state.u64s("episode")[env] - 1);
        let started = Interpreter::<f64>::new(&self.programs.start).run(&drawn);
        for ((cell, _), number) in self.programs.start.outputs.iter().zip(started) {
            let direct = match cell.array {
                "delay" => state.u64s("delay")[env] as f32,
                array => row(array, cell.index),
            };
            assert_eq!((number as f32).to_bits(), direct.to_bits(), "{cell:?}");
            self.counts[0] += 1;
        }
        let given = Given {
            actions: vec![],
            push: vec![],
            params: self.params(&state, env),
            noise: self.noise(env, 2 * state.u64s("n_steps")[env] + 1),
            time: 0.0,
        };
        let input = |cell: &ArrayCell| L::splat(self.number(cell, &state, env, &given));
        let inputs: Vec<L> = self.programs.view.inputs.iter().map(input).collect();
        let seen = self.view.run(&inputs);
        for ((cell, _), number) in self.programs.view.outputs.iter().zip(seen) {
            let number = number.lane(0) as f32;
            let direct = match (cell.array, self.scene.task.observations.position(cell.array)) {
                ("fit", _) => 1.0,
                ("ctrl", _) => self.environments.snapshot(env).unwrap().ctrl[cell.index as usize],
                ("delay", _) => state.u64s("delay")[env] as f32,
                ("params", _) => given.params[cell.index as usize] as f32,
                (_, Some(stream)) => {
                    let shown = &self.environments.output().observations.buffers()[stream];
                    let shown = f32::of(shown).unwrap();
                    shown[env * (shown.len() / state.n_envs) + cell.index as usize]
                }
                (array, None) => row(array, cell.index),
            };
            assert_eq!(number.to_bits(), direct.to_bits(), "{cell:?} {number} {direct}");
            self.counts[0] += 1;
        }
    }

    fn compare(&mut self, env: usize, numbers: &[(&ArrayCell, f32)], after: &EnvironmentsState) {
        let (task, output) = (&self.scene.task, self.environments.output());
        let n_envs = self.environments.n_envs();
        let ended = output.terminated[env] || output.truncated[env];
        let controls = self.environments.snapshot(env).unwrap().ctrl;
        let truth = |value: bool| f32::from(u8::from(value));
        let mut met = false;
        for &(cell, number) in numbers {
            let index = cell.index as usize;
            let row = |all: &[f32]| all[env * (all.len() / n_envs) + index];
            let stream = task.observations.position(cell.array);
            let direct = match (cell.array, stream) {
                (_, Some(stream)) => {
                    row(f32::of(&output.next_observations.buffers()[stream]).unwrap())
                }
                ("reward", _) => output.rewards[env],
                ("reward_parts", _) => row(&output.reward_parts),
                ("terminated", _) => truth(output.terminated[env]),
                ("terminations", _) => {
                    met |= number != 0.0;
                    continue;
                }
                ("success", _) if ended => {
                    truth(output.episodes.iter().any(|it| it.env == env && it.success))
                }
                ("fit", _) => {
                    assert_eq!(met || number == 0.0, output.terminated[env], "{env}");
                    self.counts[2] += usize::from(number == 0.0);
                    continue;
                }
                // A reset has taken the place of the rest.
                _ if ended => continue,
                ("success" | "outputs", _) => continue,
                ("ctrl", _) => controls[index],
                (array, _) => row(after.f32s(array)),
            };
            let (scene, array) = (&self.scene.name, cell.array);
            assert_eq!(
                number.to_bits(),
                direct.to_bits(),
                "{scene} {env}: {array}[{index}] {number} {direct}"
            );
            self.counts[0] += 1;
        }
        self.counts[1] += usize::from(output.terminated[env]);
    }
}

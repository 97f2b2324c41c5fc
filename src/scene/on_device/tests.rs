//! Environments on a device are those on the processor, to the bit.

use super::compare::{Found, compare_batches};
use super::{DeviceShard, Difference, Tell, compare};
use crate::device::emulated::has_fused_lanes;
use crate::device::kernels::KernelSource;
use crate::device::{Argument, BufferId, DeviceError, Emulator, Grid, KernelId, ProgramBackend};
use crate::math::lanes::{Isa, for_isa};
use crate::math::rng::{Random, RandomStream};
use crate::model::Model;
use crate::scene::eyes::Optics;
use crate::scene::shard::Shard;
use crate::scene::trace::tests::everything;
use crate::scene::{
    ActionUnits, Actions, Engine, EngineKind, EnvState, Environments, EnvironmentsState, NonFinite,
    NonFiniteSource, Numbers, Preparation, Scene, SceneError, SceneLibrary, Snapshot, Terms,
};
use crate::space::{ActionSpace, Device};
use std::sync::Arc;

pub(super) fn library() -> SceneLibrary {
    SceneLibrary::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes"))
}

/// The same environments on the processor and on the emulator.
struct Both {
    cpu: Environments,
    device: Environments,
    random: Random,
    n_episodes: usize,
    n_non_finite: usize,
}

/// Bits of numbers; any NaN is as good as another.
pub(super) fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().map(|x| if x.is_nan() { f32::NAN.to_bits() } else { x.to_bits() }).collect()
}

pub(super) fn check_states(cpu: &EnvironmentsState, device: &EnvironmentsState) {
    assert_eq!(cpu.arrays.len(), device.arrays.len());
    for (cpu, device) in cpu.arrays.iter().zip(&device.arrays) {
        assert_eq!((&cpu.name, cpu.dim), (&device.name, device.dim));
        match (&cpu.numbers, &device.numbers) {
            (Numbers::F32(a), Numbers::F32(b)) => assert_eq!(bits(a), bits(b), "{}", cpu.name),
            (a, b) => assert_eq!(a, b, "{}", cpu.name),
        }
    }
}

/// Without values, of which a NaN is equal to nothing.
fn noted(found: &[NonFinite]) -> Vec<(usize, NonFiniteSource, bool, String)> {
    found.iter().map(|it| (it.env, it.part, it.at_reset, it.value.to_string())).collect()
}

impl Both {
    fn new(scene: &Scene, n: usize, difficulty: f64) -> Self {
        let [cpu, device] = [Device::detect(), Device::Emulate]
            .map(|device| Environments::with_difficulty(scene, n, 11, device, difficulty).unwrap());
        let random = Random::new(7, RandomStream::Control, 0, 0);
        let both = Self { cpu, device, random, n_episodes: 0, n_non_finite: 0 };
        both.check();
        both
    }

    fn check(&self) {
        let (cpu, device) = (self.cpu.output(), self.device.output());
        for (cpu, device) in [
            (&cpu.observations, &device.observations),
            (&cpu.next_observations, &device.next_observations),
        ] {
            assert_eq!(cpu.len(), device.len());
            for (cpu, device) in cpu.buffers().iter().zip(device.buffers()) {
                assert_eq!(bits(cpu.f32s().unwrap()), bits(device.f32s().unwrap()));
            }
        }
        assert_eq!(bits(&cpu.rewards), bits(&device.rewards));
        assert_eq!(bits(&cpu.reward_parts), bits(&device.reward_parts));
        assert_eq!(cpu.episode_starts, device.episode_starts);
        assert_eq!(cpu.terminated, device.terminated);
        assert_eq!(cpu.truncated, device.truncated);
        assert_eq!(cpu.episodes, device.episodes);
        assert_eq!(cpu.reward_terms, device.reward_terms);
        assert_eq!(cpu.n_non_finite, device.n_non_finite);
        assert_eq!(noted(&cpu.non_finite), noted(&device.non_finite));
    }

    fn check_all(&self) {
        self.check();
        check_states(&self.cpu.state(), &self.device.state());
        for env in 0..self.cpu.n_envs() {
            let [cpu, device]: [Snapshot; 2] =
                [&self.cpu, &self.device].map(|it| it.snapshot(env).unwrap());
            assert_eq!(cpu, device);
        }
    }

    /// Actions of the space and beyond it, and now and then one that is no number.
    fn draw(&mut self, units: ActionUnits) -> Vec<f32> {
        let n = self.cpu.n_envs() * self.cpu.action_dim(units);
        let choices = match self.cpu.action_space() {
            ActionSpace::Continuous(_) => None,
            ActionSpace::Discrete(n) => Some(*n),
            ActionSpace::MultiDiscrete(n) => n.iter().max().copied(),
        };
        let random = &mut self.random;
        let mut draw = || match choices {
            _ if random.below(1000) == 0 => f32::NAN,
            Some(n) if units == ActionUnits::Policy => random.uniform_in(-0.6, n as f64) as f32,
            _ => random.uniform_in(-1.3, 1.3) as f32,
        };
        (0..n).map(|_| draw()).collect()
    }

    fn step(&mut self, units: ActionUnits) {
        let values = self.draw(units);
        for environments in [&mut self.cpu, &mut self.device] {
            environments.step(Actions { values: &values, units }).unwrap();
        }
        self.check();
        self.n_episodes += self.cpu.output().episodes.len();
        self.n_non_finite += self.cpu.output().n_non_finite;
    }
}

fn follow(scene: &Scene, n: usize, n_steps: usize) -> (usize, usize) {
    let mut both = Both::new(scene, n, scene.task.difficulty(0.0));
    for _ in 0..n_steps {
        both.step(ActionUnits::Policy);
    }
    both.check_all();
    (both.n_episodes, both.n_non_finite)
}

#[test]
fn environments_on_a_device_are_those_on_the_processor() {
    if !has_fused_lanes() {
        return;
    }
    let mut sums = (0, 0);
    for (name, n_steps) in
        [("cartpole", 300), ("cartpole_v1", 200), ("cartpole_masked", 100), ("reacher", 120)]
    {
        let scene = library().load(name).unwrap();
        for n in [1, 33, 70] {
            let (episodes, non_finite) = follow(&scene, n, n_steps);
            sums = (sums.0 + episodes, sums.1 + non_finite);
        }
    }
    assert!(sums.0 > 300 && sums.1 > 20, "{sums:?}");
}

#[test]
fn robots_that_touch_the_ground_are_the_same_on_a_device() {
    if !has_fused_lanes() {
        return;
    }
    for (name, n, n_steps) in
        [("half_cheetah", 33, 100), ("hopper", 70, 100), ("walker2d", 33, 60), ("ant", 33, 40)]
    {
        let scene = library().load(name).unwrap();
        follow(&scene, n, n_steps);
    }
}

/// Delays, noise, pushes, randomised numbers, forces, sensors, memory, resets; actions in all units.
#[test]
fn all_that_a_task_may_have_is_the_same_on_a_device() {
    if !has_fused_lanes() {
        return;
    }
    let by_motor = r#"Continuous([(actuator: "push", scale: 0.7)])"#;
    let by_choice =
        r#"MultiDiscrete([(name: "push", actuators: ["push"], choices: [[-1], [0.3], [0.7]])])"#;
    for (integrator, substeps, actions, units) in [
        ("Euler", 1, by_motor, ActionUnits::Policy),
        ("RK4", 2, by_choice, ActionUnits::Policy),
        ("implicitfast", 3, by_motor, ActionUnits::Effort),
        ("Euler", 2, by_choice, ActionUnits::Control),
    ] {
        let mut both = Both::new(&everything(integrator, substeps, actions), 33, 0.7);
        for step in 0..60 {
            both.step(units);
            if step % 20 == 0 {
                both.check_all();
            }
        }
        both.check_all();
        assert!(both.n_episodes > 60 && both.n_non_finite > 0, "{integrator}");
    }
}

#[test]
fn a_state_goes_from_a_device_to_the_processor_and_back() {
    if !has_fused_lanes() {
        return;
    }
    let by_motor = r#"Continuous([(actuator: "push", scale: 0.7)])"#;
    let scene = everything("Euler", 2, by_motor);
    let mut both = Both::new(&scene, 37, 0.5);
    for _ in 0..30 {
        both.step(ActionUnits::Policy);
    }
    let mut changed = Both::new(&scene, 37, 0.5);
    let (of_cpu, of_device) = (both.cpu.state(), both.device.state());
    changed.cpu.load_state(&of_device).unwrap();
    changed.device.load_state(&of_cpu).unwrap();
    check_states(&changed.cpu.state(), &of_cpu);
    check_states(&changed.device.state(), &of_cpu);
    changed.random = both.random.clone();
    for _ in 0..40 {
        both.step(ActionUnits::Policy);
        changed.step(ActionUnits::Policy);
        assert_eq!(bits(&both.cpu.output().rewards), bits(&changed.device.output().rewards));
    }
    check_states(&both.cpu.state(), &changed.device.state());
}

/// An environment is put, reset, cut off, pulled and looked at.
#[test]
fn hands_do_the_same_on_a_device() {
    if !has_fused_lanes() {
        return;
    }
    let by_motor = r#"Continuous([(actuator: "push", scale: 0.7)])"#;
    let scene = everything("Euler", 2, by_motor);
    let mut both = Both::new(&scene, 19, 0.5);
    let (qpos, qvel) = ([0.1, 0.2, 0.4, 1.0, 0.0, 0.0, 0.0, -0.3], [0.25; 7]);
    let mut n_held = 0;
    for step in 0..70 {
        for it in [&mut both.cpu, &mut both.device] {
            match step {
                5 => it.pose(4, EnvState { qpos: &qpos, qvel: &qvel, act: None }).unwrap(),
                10 => it.reset(18),
                15 => it.end_episode(3),
                20 => it.push(7, 1, [0.0, 0.1, 0.0, 3.0, 0.0, 9.0]),
                30 => it.push(7, 1, [0.0; 6]),
                35 => it.push(2, 2, [0.0, 0.0, 0.0, -2.0, 0.0, 0.0]),
                40 => it.look(true),
                50 => it.look(false),
                _ => {}
            }
        }
        both.check_all();
        both.step(ActionUnits::Policy);
        let held = (0..19).filter(|&env| both.cpu.snapshot(env).unwrap().conditions == [true]);
        n_held += held.count();
    }
    both.check_all();
    assert!(both.n_episodes > 20 && n_held > 0, "{} {n_held}", both.n_episodes);
}

/// A device that is lost after some launches.
struct Lost {
    emulator: Emulator,
    n_left: usize,
}

impl Lost {
    fn gone(&self) -> Result<(), DeviceError> {
        let said = "the GPU has fallen off the bus".to_owned();
        (self.n_left > 0).then_some(()).ok_or(DeviceError::Driver { doing: "launch", said })
    }
}

impl ProgramBackend for Lost {
    fn name(&self) -> String {
        "cuda:0".to_owned()
    }
    fn load(&mut self, ptx: &str, kernel: &str) -> Result<KernelId, DeviceError> {
        self.emulator.load(ptx, kernel)
    }
    fn allocate(&mut self, n: usize) -> Result<BufferId, DeviceError> {
        self.emulator.allocate(n)
    }
    fn free(&mut self, buffer: BufferId) -> Result<(), DeviceError> {
        self.emulator.free(buffer)
    }
    fn write(&mut self, to: BufferId, at: usize, numbers: &[f32]) -> Result<(), DeviceError> {
        self.emulator.write(to, at, numbers)
    }
    fn read(&mut self, from: BufferId, at: usize, numbers: &mut [f32]) -> Result<(), DeviceError> {
        self.gone()?;
        self.emulator.read(from, at, numbers)
    }
    fn load_source(
        &mut self,
        source: &KernelSource,
        kernel: &str,
    ) -> Result<KernelId, DeviceError> {
        self.emulator.load_source(source, kernel)
    }
    fn launch_grid(
        &mut self,
        kernel: KernelId,
        grid: Grid,
        arguments: &[Argument],
    ) -> Result<(), DeviceError> {
        self.gone()?;
        self.n_left -= 1;
        self.emulator.launch_grid(kernel, grid, arguments)
    }
}

#[test]
fn a_device_that_is_lost_is_an_error_of_the_step() {
    let scene = library().load("cartpole").unwrap();
    let isa = Isa::detect();
    let optics = Optics::new(&scene, isa).unwrap();
    let mut shard: Box<dyn Shard> = for_isa!(isa, L => {
        let lost = Box::new(Lost { emulator: Emulator::new(), n_left: 4 });
        let there = (lost as Box<dyn ProgramBackend>, &Preparation::default());
        Box::new(DeviceShard::<L>::new(&scene, 0..3, (1, 0.0), &optics, there).unwrap())
    });
    let step = |shard: &mut Box<dyn Shard>| shard.step(&[0.0; 3], ActionUnits::Policy, 0.0);
    step(&mut shard).unwrap();
    step(&mut shard).unwrap();
    assert!(shard.snapshot(2).is_some());
    let error = step(&mut shard).unwrap_err().to_string();
    assert!(error.contains("fallen off the bus"), "{error}");
    assert!(shard.snapshot(2).is_none());
    let arrays = shard.empty_state();
    let mut state = EnvironmentsState { n_envs: 3, arrays, held_difficulty: None };
    assert!(shard.save(&mut state).is_err());
    // What nobody could be told the next step says.
    shard.reset(1);
    assert!(step(&mut shard).is_err());
}

#[test]
fn what_cannot_be_on_a_device_is_refused_by_name() {
    let refused = |scene: &Scene| match Environments::new(scene, 2, 1, Device::Emulate) {
        Err(error @ SceneError::Refused { .. }) => error.to_string(),
        other => panic!("{:?}", other.err()),
    };
    let said = refused(&library().load("quadruped").unwrap());
    assert!(said.contains("quadruped") && said.contains("emulator"), "{said}");
    assert!(said.contains("height field") && said.contains("use the CPU"), "{said}");
    let cartpole = library().load("cartpole").unwrap();
    let terms = cartpole.with_terms(&Terms::new().reward("zero", |_| 0.0)).unwrap();
    assert!(refused(&terms).contains("terms in Rust"));
    let gpu = Environments::new(&cartpole, 2, 1, Device::Cuda(999)).err().unwrap();
    assert!(matches!(gpu, SceneError::Device(_)), "{gpu}");
    #[derive(Debug)]
    struct Other;
    impl EngineKind for Other {
        fn build(&self, _: &Arc<Model>) -> Box<dyn Engine> {
            unreachable!("no device takes an engine")
        }
    }
    let mut environments = Environments::new(&cartpole, 2, 1, Device::Emulate).unwrap();
    environments.use_engine(&Other);
    let actions = Actions { values: &[0.0; 2], units: ActionUnits::Policy };
    let said = environments.step(actions).unwrap_err().to_string();
    assert!(said.contains("emulator") && said.contains("our own engine"), "{said}");
}

#[test]
fn batches_of_two_seeds_differ_from_the_first_step_on() {
    if !has_fused_lanes() {
        return;
    }
    let scene = library().load("cartpole").unwrap();
    let make = |seed, device| Environments::new(&scene, 5, seed, device).unwrap();
    let batches = (make(3, Device::detect()), make(4, Device::Emulate));
    let difference = compare_batches(&scene, batches, 50, 3).unwrap().difference.unwrap();
    assert_eq!((difference.step, difference.env), (0, 0), "{difference:?}");
    assert!(difference.what.contains("observation"), "{difference:?}");
}

#[test]
fn equal_batches_have_no_difference() {
    if !has_fused_lanes() {
        return;
    }
    let scene = library().load("cartpole").unwrap();
    let quiet: Tell = Arc::new(|_| ());
    let same = compare(&scene, Device::Emulate, (33, 50), 3, &quiet).unwrap();
    assert_eq!((same.n_envs, same.n_steps, &same.difference), (33, 50, &None));
    assert!(same.n_numbers > 33 * 50 * 10 && same.n_episodes > 0, "{same:?}");
}

#[test]
fn the_first_difference_is_named() {
    let mut found = Found { step: 7, n_numbers: 0, difference: None };
    let name = |k: usize| format!("number {k}");
    found.rows([&[0.0, f32::NAN, 2.0, 3.0], &[0.0, -f32::NAN, 2.0, 3.0]], 2, name);
    assert_eq!((found.n_numbers, &found.difference), (4, &None));
    found.rows([&[0.0, 1.0, 2.0, 0.0], &[0.0, 1.0, 2.0, -0.0]], 2, name);
    found.rows([&[5.0], &[6.0]], 1, name);
    let what = "number 1".to_owned();
    let expected = Difference { step: 7, env: 1, what, cpu: 0.0, device: -0.0 };
    assert_eq!(found.difference, Some(expected));
}

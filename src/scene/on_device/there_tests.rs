//! Steps without the host are those of the processor, to the bit.

use super::shown::{flags, rows_of};
use super::tests::{bits, check_states, library};
use crate::device::emulated::has_fused_lanes;
use crate::device::kernels::host;
use crate::device::{BufferId, Emulator, ProgramBackend, Shared};
use crate::math::rng::{Random, RandomStream};
use crate::scene::trace::tests::of_one_model;
use crate::scene::{
    ActionUnits, Actions, ActionsThere, EnvState, Environments, Preparation, Scene, SceneError,
    StepSums, StepThere,
};
use crate::space::{ActionSpace, Device};

pub(super) const BY_MOTOR: &str = r#"Continuous([(actuator: "push", scale: 0.7)])"#;
pub(super) const BY_CHOICE: &str =
    r#"MultiDiscrete([(name: "push", actuators: ["push"], choices: [[-1], [0.3], [0.7]])])"#;

/// Environments on a device that a test shares.
pub(super) fn on(
    device: &Shared,
    scene: &Scene,
    n: usize,
    difficulty: f64,
) -> Result<Environments, SceneError> {
    let ready = Preparation { device: Some(device.clone()), ..Preparation::default() };
    Environments::prepared(scene, n, 11, Device::Emulate, difficulty, &ready)
}

/// The same environments on the processor and on a device, where steps are without the host.
struct Both {
    cpu: Environments,
    there: Environments,
    device: Shared,
    /// For actions in any units.
    actions: BufferId,
    buffers: StepThere,
    random: Random,
    /// What sums are to be, as far as steps there made them.
    sums: StepSums,
}

impl Both {
    fn new(scene: &Scene, n: usize, difficulty: f64) -> Option<Self> {
        host::emulator().map(|device| Self::with(Box::new(device), scene, n, difficulty))
    }

    fn with(device: Box<dyn ProgramBackend>, scene: &Scene, n: usize, difficulty: f64) -> Self {
        let mut device = Shared::new(device);
        let cpu =
            Environments::with_difficulty(scene, n, 11, Device::detect(), difficulty).unwrap();
        let mut there = on(&device, scene, n, difficulty).unwrap();
        let actions = device.allocate(n * scene.model.nu.max(8)).unwrap();
        let buffers = there.there().unwrap();
        let random = Random::new(7, RandomStream::Control, 0, 0);
        let sums = there.sums().unwrap();
        let both = Self { cpu, there, device, actions, buffers, random, sums };
        assert_eq!(both.sums.reward_terms, vec![0.0; scene.task.n_reward_means()]);
        both.check();
        both.check_all();
        both
    }

    fn read(&self, from: BufferId, n: usize) -> Vec<f32> {
        let mut numbers = vec![0.0; n];
        self.device.clone().read(from, 0, &mut numbers).unwrap();
        numbers
    }

    /// What buffers hold is what the processor shows.
    fn check(&self) {
        let output = self.cpu.output();
        for (buffer, expected) in [
            (self.buffers.observations, rows_of(&output.observations)),
            (self.buffers.next_observations, rows_of(&output.next_observations)),
            (self.buffers.rewards, output.rewards.clone()),
            (self.buffers.terminated, flags(&output.terminated)),
            (self.buffers.truncated, flags(&output.truncated)),
        ] {
            assert_eq!(bits(&self.read(buffer, expected.len())), bits(&expected));
        }
    }

    fn check_all(&self) {
        check_states(&self.cpu.state(), &self.there.try_state().unwrap());
        for env in 0..self.cpu.n_envs() {
            assert_eq!(self.cpu.snapshot(env).unwrap(), self.there.snapshot(env).unwrap());
        }
        let (sums, expected) = (self.there.sums().unwrap(), &self.sums);
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-12 * (1.0 + b.abs());
        assert!(close(sums.total_reward, expected.total_reward), "{sums:?} {expected:?}");
        let counts =
            |it: &StepSums| (it.n_steps, it.episodes, it.length, it.successes, it.n_non_finite);
        assert_eq!(counts(&sums), counts(expected));
        assert_eq!(sums.reward_terms.len(), expected.reward_terms.len());
        for (&a, &b) in sums.reward_terms.iter().zip(&expected.reward_terms) {
            assert!(close(a, b), "{sums:?} {expected:?}");
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
        self.step_as(units, None, 1.0);
    }

    /// A step there, of actions that are limited and scaled.
    fn step_as(&mut self, units: ActionUnits, limit: Option<f32>, scale: f32) {
        let values = self.draw(units);
        self.device.write(self.actions, 0, &values).unwrap();
        let there = ActionsThere { values: self.actions, units, limit, scale };
        self.there.step_there(there).unwrap();
        let limited = |x: &f32| scale * limit.map_or(*x, |limit| x.clamp(-limit, limit));
        let values: Vec<f32> = values.iter().map(limited).collect();
        let output = self.cpu.step(Actions { values: &values, units }).unwrap();
        let sums = &mut self.sums;
        sums.n_steps += 1;
        sums.episodes += output.episodes.len() as u64;
        sums.n_non_finite += output.n_non_finite as u64;
        for episode in &output.episodes {
            sums.total_reward += episode.total_reward;
            sums.length += u64::from(episode.length);
            sums.successes += u64::from(episode.success);
        }
        sums.reward_terms.iter_mut().zip(&output.reward_terms).for_each(|(sum, x)| *sum += x);
        self.check();
    }

    /// A step of both by the host.
    fn step_here(&mut self, units: ActionUnits) {
        let values = self.draw(units);
        for environments in [&mut self.cpu, &mut self.there] {
            environments.step(Actions { values: &values, units }).unwrap();
        }
    }

    /// Shows the device what the host changed.
    fn go_there(&mut self) {
        assert_eq!(self.there.there().unwrap(), self.buffers);
        self.check();
    }
}

#[test]
fn steps_there_are_those_of_the_processor() {
    if !has_fused_lanes() {
        return;
    }
    let mut sums = [0; 3];
    for (name, n_steps) in
        [("cartpole", 120), ("cartpole_v1", 100), ("cartpole_masked", 60), ("reacher", 60)]
    {
        let scene = library().load(name).unwrap();
        for n in [1, 33, 150] {
            let Some(mut both) = Both::new(&scene, n, scene.task.difficulty(0.0)) else { return };
            (0..n_steps).for_each(|_| both.step(ActionUnits::Policy));
            both.check_all();
            let made = [both.sums.episodes, both.sums.successes, both.sums.n_non_finite];
            sums.iter_mut().zip(made).for_each(|(sum, n)| *sum += n);
        }
    }
    assert!(sums[0] > 300 && sums[1] > 0 && sums[2] > 20, "{sums:?}");
}

#[test]
fn robots_that_touch_the_ground_are_the_same_there() {
    if !has_fused_lanes() {
        return;
    }
    for (name, n, n_steps) in [("half_cheetah", 33, 30), ("hopper", 40, 60), ("ant", 33, 20)] {
        let scene = library().load(name).unwrap();
        let Some(mut both) = Both::new(&scene, n, scene.task.difficulty(0.0)) else { return };
        (0..n_steps).for_each(|_| both.step(ActionUnits::Policy));
        both.check_all();
    }
}

/// Delays, noise, pushes, forces, sensors, memory, resets, two streams; actions in all units, limited and scaled.
#[test]
fn all_that_a_task_may_have_is_the_same_there() {
    if !has_fused_lanes() {
        return;
    }
    for (integrator, substeps, actions, units) in [
        ("Euler", 1, BY_MOTOR, ActionUnits::Policy),
        ("RK4", 2, BY_CHOICE, ActionUnits::Policy),
        ("implicitfast", 3, BY_MOTOR, ActionUnits::Effort),
        ("Euler", 2, BY_CHOICE, ActionUnits::Control),
    ] {
        let scene = of_one_model(integrator, substeps, actions);
        let Some(mut both) = Both::new(&scene, 37, 0.7) else { return };
        for step in 0..60_u8 {
            for environments in [&mut both.cpu, &mut both.there] {
                environments.set_difficulty(f64::from(step / 7) / 10.0);
            }
            let is_limited = step % 3 == 0 && units == ActionUnits::Effort;
            let (limit, scale) = if is_limited { (Some(0.4), 1.7) } else { (None, 1.0) };
            both.step_as(units, limit, scale);
            if step % 20 == 0 {
                both.check_all();
            }
        }
        both.check_all();
        let sums = &both.sums;
        assert!(sums.episodes > 60 && sums.n_non_finite > 0, "{integrator} {sums:?}");
        both.there.clear_sums().unwrap();
        both.sums = StepSums { reward_terms: vec![0.0; 3], ..StepSums::default() };
        both.check_all();
        both.step(units);
        both.check_all();
    }
}

/// A cart whose second observation is not finite at difficulty 0.5, and which no rule ends.
fn cart() -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let model = r#"<mujoco><worldbody><body name="cart"><joint name="slide" type="slide" axis="1 0 0"/>
        <geom size="0.1" mass="1"/></body></worldbody>
        <actuator><motor name="push" joint="slide"/></actuator></mujoco>"#;
    std::fs::write(folder.path().join("cart.xml"), model).unwrap();
    let task = r#"Task(model: "cart.xml", dt: 0.02, episode_length: 5, rewards: [("one", "1")],
        actions: Continuous([(actuator: "push", scale: 1.0)]),
        observations: [("x", "qpos(slide)"), ("far", "1 / (difficulty - 0.5)")],
        observation_noise: [("far", 0.3)], reset: [(joint: "slide", qpos: (-0.2, 0.2))])"#;
    Scene::parse("cart", &folder.path().join("task.ron"), task).unwrap()
}

#[test]
fn what_is_not_finite_is_counted_where_episodes_begin_too() {
    if !has_fused_lanes() {
        return;
    }
    let Some(mut both) = Both::new(&cart(), 9, 1.0) else { return };
    (0..11).for_each(|_| both.step(ActionUnits::Effort));
    assert_eq!((both.sums.episodes, both.sums.successes), (18, 18));
    for environments in [&mut both.cpu, &mut both.there] {
        environments.set_difficulty(0.5);
    }
    let before = both.sums.n_non_finite;
    (0..3).for_each(|_| both.step(ActionUnits::Policy));
    both.check_all();
    // Each step, and each first observation.
    assert_eq!(both.sums.n_non_finite - before, 2 * 3 * 9);
    both.there.set_difficulty(0.0);
    both.cpu.set_difficulty(0.0);
    (0..3).for_each(|_| both.step(ActionUnits::Policy));
    both.check_all();
}

/// The last thread first.
#[test]
fn the_order_of_threads_makes_no_difference() {
    let Some(library) = host::library().filter(|_| has_fused_lanes()) else { return };
    let scene = of_one_model("Euler", 1, BY_MOTOR);
    let device = Box::new(Emulator::with_library(library.backwards()));
    let mut both = Both::with(device, &scene, 150, 0.9);
    (0..40).for_each(|_| both.step(ActionUnits::Policy));
    both.check_all();
    let mut forwards = Both::new(&scene, 150, 0.9).unwrap();
    (0..40).for_each(|_| forwards.step(ActionUnits::Policy));
    assert_eq!(both.there.sums().unwrap(), forwards.there.sums().unwrap());
}

/// An environment is put, reset, cut off, pulled and looked at, and some steps are the host's.
#[test]
fn hands_do_the_same_between_steps_there() {
    if !has_fused_lanes() {
        return;
    }
    let scene = of_one_model("Euler", 2, BY_MOTOR);
    let Some(mut both) = Both::new(&scene, 19, 0.5) else { return };
    let (qpos, qvel) = ([0.1, 0.2, 0.4, 1.0, 0.0, 0.0, 0.0, -0.3], [0.25; 7]);
    let mut n_held = 0;
    for step in 0..90 {
        for it in [&mut both.cpu, &mut both.there] {
            match step {
                5 => it.pose(4, EnvState { qpos: &qpos, qvel: &qvel, act: None }).unwrap(),
                10 | 11 | 55 => it.reset(18),
                15 => it.end_episode(3),
                20 => it.push(7, 1, [0.0, 0.1, 0.0, 3.0, 0.0, 9.0]),
                30 => it.push(7, 1, [0.0; 6]),
                35 => it.push(2, 2, [0.0, 0.0, 0.0, -2.0, 0.0, 0.0]),
                40 => it.look(true),
                60 => it.look(false),
                _ => {}
            }
        }
        if step % 13 == 0 {
            both.step_here(ActionUnits::Policy);
            assert_eq!(both.cpu.output().rewards, both.there.output().rewards);
        }
        both.check_all();
        both.go_there();
        if step % 3 == 0 {
            both.check_all();
        }
        both.step(ActionUnits::Policy);
        let held = (0..19).filter(|&env| both.cpu.snapshot(env).unwrap().conditions == [true]);
        n_held += held.count();
    }
    both.check_all();
    assert!(both.sums.episodes > 20 && n_held > 0, "{:?} {n_held}", both.sums);
}

#[test]
fn what_the_host_changes_is_in_the_buffers_from_the_next_call_on() {
    if !has_fused_lanes() {
        return;
    }
    let scene = of_one_model("Euler", 1, BY_MOTOR);
    let Some(mut both) = Both::new(&scene, 7, 0.5) else { return };
    (0..9).for_each(|_| both.step(ActionUnits::Policy));
    both.cpu.reset(2);
    both.there.reset(2);
    let shown = rows_of(&both.cpu.output().observations);
    assert_eq!(bits(&rows_of(&both.there.output().observations)), bits(&shown));
    assert_ne!(bits(&both.read(both.buffers.observations, shown.len())), bits(&shown));
    both.go_there();
    // A step does it too.
    both.cpu.reset(3);
    both.there.reset(3);
    both.step(ActionUnits::Policy);
    both.check_all();
}

#[test]
fn a_state_goes_on_there_and_here() {
    if !has_fused_lanes() {
        return;
    }
    let scene = of_one_model("Euler", 2, BY_MOTOR);
    let Some(mut both) = Both::new(&scene, 37, 0.5) else { return };
    (0..30).for_each(|_| both.step(ActionUnits::Policy));
    let state = both.there.try_state().unwrap();
    let mut other = Both::new(&scene, 37, 0.5).unwrap();
    (0..3).for_each(|_| other.step(ActionUnits::Policy));
    other.cpu.load_state(&state).unwrap();
    other.there.load_state(&both.cpu.state()).unwrap();
    check_states(&other.cpu.state(), &other.there.try_state().unwrap());
    other.random = both.random.clone();
    for _ in 0..40 {
        both.step(ActionUnits::Policy);
        other.step(ActionUnits::Policy);
        assert_eq!(bits(&both.cpu.output().rewards), bits(&other.cpu.output().rewards));
    }
    check_states(&both.cpu.state(), &other.there.try_state().unwrap());
}

//! Environments without a policy: states set by hand, and the terminations that hold.

use super::action::{ActionMap, Choice};
use super::reset::set_lane;
use super::shard::LaneShard;
use super::task::Task;
use crate::math::lanes::Lanes;

/// A state to put an environment into.
#[derive(Clone, Copy, Debug)]
pub struct EnvState<'a> {
    /// Joint positions [m or rad; quaternions], shape (nq,).
    pub qpos: &'a [f64],
    /// Joint velocities [m/s or rad/s], shape (nv,).
    pub qvel: &'a [f64],
    /// Actuator states, shape (na,); None leaves them as they are.
    pub act: Option<&'a [f64]>,
}

impl Task {
    /// What the task's actions make of an actuator's control, from its least to its most; none if no action
    /// drives it.
    pub fn control_range(&self, actuator: usize) -> Option<[f64; 2]> {
        match &self.action_map {
            ActionMap::Continuous(map) => {
                let scale = map.iter().find(|(driven, _)| *driven == actuator)?.1.abs();
                Some([-scale, scale])
            }
            ActionMap::Discrete(choices) => {
                let of = |choice: &Choice| {
                    let place = choice.actuators.iter().position(|&driven| driven == actuator)?;
                    let options = choice.options.iter().map(|option| option[place]);
                    let ends = (f64::INFINITY, f64::NEG_INFINITY);
                    let (low, high) = options.fold(ends, |(a, b), x| (a.min(x), b.max(x)));
                    Some([low, high])
                };
                choices.iter().find_map(of)
            }
        }
    }
}

impl<L: Lanes> LaneShard<L> {
    /// Whether terminations and the time limit end episodes.
    pub(super) fn ends(&self) -> bool {
        self.looks != Some(false)
    }

    /// Notes which terminations hold in a block, by what the program has just left in its registers.
    pub(super) fn note_conditions(&mut self, index: usize) {
        let task = &self.scene.task;
        let n = task.terminations.len();
        for (place, termination) in task.terminations.iter().enumerate() {
            let value = task.after_step.output(&self.bench.registers, termination.output);
            for lane in 0..self.blocks[index].clocks.len() {
                let env = index * L::WIDTH + lane;
                self.conditions[env * n + place] = value.lane(lane) != 0.0;
            }
        }
    }

    /// Those of one environment; none unless somebody looks.
    pub(super) fn conditions_of(&self, env: usize) -> &[bool] {
        let n = self.scene.task.terminations.len();
        self.conditions.get(env * n..(env + 1) * n).unwrap_or_default()
    }

    pub(super) fn forget_conditions(&mut self, env: usize) {
        let n = self.scene.task.terminations.len();
        self.conditions.iter_mut().skip(env * n).take(n).for_each(|held| *held = false);
    }

    /// Puts an environment into a state, in the episode that it is in.
    pub(super) fn put(&mut self, env: usize, to: EnvState<'_>) {
        let (index, lane) = (env / L::WIDTH, env % L::WIDTH);
        let state = &mut self.blocks[index].state;
        set_lane(&mut state.qpos, to.qpos, lane);
        set_lane(&mut state.qvel, to.qvel, lane);
        if let Some(act) = to.act {
            set_lane(&mut state.act, act, lane);
        }
        state.qacc_warmstart.iter_mut().for_each(|lanes| lanes.set_lane(lane, 0.0));
        self.observe_start(index, &[lane]);
        self.forget_conditions(env);
    }
}

#[cfg(test)]
mod tests {
    use super::EnvState;
    use crate::scene::{ActionUnits, Actions, Environments, SceneLibrary};
    use crate::space::Device;

    fn cartpoles(n_envs: usize) -> Environments {
        let scenes = SceneLibrary::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes"));
        let scene = scenes.load("cartpole").unwrap();
        Environments::new(&scene, n_envs, 3, Device::detect()).unwrap()
    }

    #[test]
    fn a_pose_that_does_not_fit_is_refused_and_changes_nothing() {
        let mut environments = cartpoles(3);
        let before = environments.state();
        let (two, three): (&[f64], &[f64]) = (&[0.0; 2], &[0.0; 3]);
        let endless = [0.0, 1e300];
        for (env, qpos, qvel, act) in [
            (0, three, two, None),
            (0, two, three, None),
            (0, two, two, Some(two)),
            (0, &endless[..], two, None),
            (0, two, &[f64::NAN, 0.0], None),
            (3, two, two, None),
        ] {
            assert!(
                environments.pose(env, EnvState { qpos, qvel, act }).is_err(),
                "{env} {qpos:?}"
            );
        }
        assert!(environments.state() == before);
    }

    /// One environment is put somewhere, and its neighbours in the same lanes go on as they would have.
    #[test]
    fn who_is_posed_or_reset_disturbs_nobody_else() {
        let (mut posed, mut plain) = (cartpoles(11), cartpoles(11));
        let zeros = [0.0; 11];
        for step in 0..20 {
            if step == 5 {
                let state = EnvState { qpos: &[0.5, 0.1], qvel: &[0.0; 2], act: None };
                posed.pose(4, state).unwrap();
                posed.reset(9);
            }
            for environments in [&mut posed, &mut plain] {
                let actions = Actions { values: &zeros, units: ActionUnits::Policy };
                environments.step(actions).unwrap();
            }
        }
        for env in 0..11 {
            let is_same = posed.snapshot(env) == plain.snapshot(env);
            assert_eq!(is_same, env != 4 && env != 9, "{env}");
        }
        assert_eq!(posed.snapshot(9).map(|it| (it.episode, it.progress)), Some((2, 15)));
    }

    /// A task's policy puts out an action; the same control by hand is the same step.
    #[test]
    fn controls_past_the_task_do_what_its_actions_do() {
        let (mut by_hand, mut by_policy) = (cartpoles(2), cartpoles(2));
        for _ in 0..10 {
            by_policy.step(Actions { values: &[0.25, -0.5], units: ActionUnits::Policy }).unwrap();
            by_hand
                .step(Actions { values: &[100.0, -200.0], units: ActionUnits::Control })
                .unwrap();
        }
        assert!(by_hand.state() == by_policy.state());
    }
}

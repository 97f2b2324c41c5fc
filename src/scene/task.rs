//! A task compiled against its model: what is observed, rewarded, ended and reset.

use super::action::{self, ActionMap};
use super::appearance::{self, RandomizedAppearance};
use super::cameras::{self, TaskCamera};
use super::error::SceneError;
use super::expression::{Compiler, Constants, ExpressionProgram, When};
use super::mistakes::Mistakes;
use super::randomize::{self, Pushes, Randomized, ResetNoise};
use super::scans::{self, TaskScan};
use super::source_map::Text;
use super::task_file::TaskFile;
use super::task_program::{Compiled, compile_all};
use super::terms::Terms;
use crate::model::{Actuator, Keyframe, Model, Transmission};
use crate::sight::{PictureSpec, ScanSpec};
use crate::space::{
    ActionSpace, ObservationGroup, ObservationSpace, ObservationStream, SpaceError,
};
use std::ops::Range;
use std::path::Path;

/// The name under which a reward that a termination gives in place of the terms is reported.
pub const TERMINATION_REWARD: &str = "termination_reward";

/// What a model without a task has.
const NO_ACTIONS: action::CompiledActions =
    (ActionMap::Continuous(Vec::new()), ActionSpace::Continuous(0), Vec::new());

/// A condition that ends the episode.
#[derive(Clone, Debug)]
pub(super) struct Termination {
    pub output: usize,
    pub reward: Option<f64>,
}

/// A stream that the task's program gives.
#[derive(Clone, Debug)]
pub(super) struct Written {
    /// Its place in the observation space.
    pub stream: usize,
    /// Outputs of the program.
    pub outputs: Range<usize>,
}

/// A compiled task. See the task files in `scenes/` for what each part means.
#[derive(Clone, Debug)]
pub struct Task {
    /// Policy step \[s\].
    pub dt: f64,
    /// Physics steps in a policy step.
    pub substeps: usize,
    /// Policy steps until an episode is truncated.
    pub episode_length: u32,
    /// What a policy puts out.
    pub action_space: ActionSpace,
    /// What is observed: what the task file lists as `observations` and `critic_observations`, the pictures of its
    /// `cameras`, and the streams of terms in Rust.
    pub observations: ObservationSpace,
    /// Names of the components of an action.
    pub action_names: Vec<String>,
    /// Names of the reward terms of the task file, in its order.
    pub reward_names: Vec<String>,
    /// Names of the terminations of the task file, in its order.
    pub termination_names: Vec<String>,
    /// The conditions as they are written; empty of a termination in Rust.
    pub termination_rules: Vec<String>,
    /// Made up for a model that came without a task: nothing is rewarded and nothing ends.
    pub is_bare: bool,
    pub(super) action_map: ActionMap,
    pub(super) terminations: Vec<Termination>,
    /// The output that says whether the task is achieved, if the task says when it is.
    pub(super) success: Option<usize>,
    /// What episodes start from, before the noise.
    pub(super) start: Keyframe,
    pub(super) reset: Vec<ResetNoise>,
    pub(super) pushes: Option<Pushes>,
    pub(super) randomized: Vec<Randomized>,
    pub(super) appearances: Vec<RandomizedAppearance>,
    pub(super) curriculum: Option<(f64, f64)>,
    /// Largest delay of actions in policy steps.
    pub(super) action_delay: usize,
    /// Streams that the program gives; the first is `observations`, if there is such a stream.
    pub(super) written: Vec<Written>,
    pub(super) cameras: Vec<TaskCamera>,
    pub(super) scans: Vec<TaskScan>,
    /// The places of the streams that terms in Rust give, in their order.
    pub(super) own_streams: Vec<usize>,
    /// Uniform noise of each of the file's `observations`, to either side; empty if there is none.
    pub(super) observation_noise: Vec<f64>,
    pub(super) terms: Option<Terms>,
    /// Outputs: the numbers of the streams `written`, then the reward terms, then the termination conditions,
    /// then success if there is such a condition.
    pub(super) after_step: ExpressionProgram,
    /// The same outputs at the start of an episode, of which only the observations are of use.
    pub(super) after_reset: ExpressionProgram,
}

impl Task {
    /// Whether episodes differ in the physics of their model.
    pub fn is_randomized(&self) -> bool {
        !self.randomized.is_empty()
    }

    /// Outputs of the program that are observations; those of the reward terms follow.
    pub(super) fn n_written(&self) -> usize {
        self.written.last().map_or(0, |written| written.outputs.end)
    }

    /// Whether terms in Rust give streams, which may read anything.
    pub(super) fn has_own_streams(&self) -> bool {
        !self.own_streams.is_empty()
    }

    /// Whether pictures are observed.
    pub(super) fn has_cameras(&self) -> bool {
        !self.cameras.is_empty()
    }

    /// Whether anything is drawn or scanned.
    pub(super) fn has_eyes(&self) -> bool {
        self.has_cameras() || !self.scans.is_empty()
    }

    /// The cameras: what they are called, which is the name of their stream, and what each draws.
    pub fn cameras(&self) -> impl Iterator<Item = (&str, &PictureSpec)> {
        self.cameras.iter().map(|camera| (camera.name(), camera.spec()))
    }

    /// The scans: what they are called, and the rays of each.
    pub fn scans(&self) -> impl Iterator<Item = (&str, &ScanSpec)> {
        self.scans.iter().map(|scan| (scan.name.as_str(), scan.spec()))
    }

    /// Has each camera know the place of its stream.
    pub(super) fn find_cameras(&mut self) {
        let space = &self.observations;
        self.cameras.iter_mut().for_each(|camera| camera.find(|name| space.position(name)));
    }

    /// Whether the sensors of forces must have been filled in the last step.
    pub(super) fn needs_force_sensors(&self) -> bool {
        self.after_step.needs_force_sensors() || self.has_own_streams()
    }

    /// Numbers that a reward is made of: its terms, and what a termination gives in their place.
    pub fn n_reward_parts(&self) -> usize {
        self.reward_names.len() + 1
    }

    /// Whether a termination gives a reward in place of the terms.
    fn has_termination_reward(&self) -> bool {
        self.terminations.iter().any(|termination| termination.reward.is_some())
    }

    /// Means of rewards that a step reports: those of the terms, and of what terminations gave, where one
    /// gives a reward.
    pub fn n_reward_means(&self) -> usize {
        self.reward_names.len() + usize::from(self.has_termination_reward())
    }

    /// The names of these means.
    pub fn reward_mean_names(&self) -> impl Iterator<Item = &str> {
        let of_terminations = self.has_termination_reward().then_some(TERMINATION_REWARD);
        self.reward_names.iter().map(String::as_str).chain(of_terminations)
    }

    /// The first of the task's actuators whose force is not simply its control times its gear.
    pub(super) fn no_motor<'m>(&self, model: &'m Model) -> Option<&'m Actuator> {
        let ActionMap::Continuous(map) = &self.action_map else { return None };
        let is_motor = |actuator: &Actuator| {
            let scalar = match actuator.transmission {
                Transmission::Joint(jnt) => model.joints[jnt].jnt_type.nv() == 1,
                _ => false,
            };
            let [gain, by_length, by_velocity] = actuator.gainprm;
            let fixed = by_length == 0.0 && by_velocity == 0.0 && gain != 0.0;
            let unbiased = actuator.biasprm == [0.0; 3] && actuator.bias_muscle.is_none();
            scalar && fixed && unbiased && actuator.actadr.is_none()
        };
        map.iter().map(|&(index, _)| &model.actuators[index]).find(|actuator| !is_motor(actuator))
    }

    /// How hard the task is at a training progress from 0 to 1.
    pub fn difficulty(&self, progress: f64) -> f64 {
        match self.curriculum {
            Some((start, end)) => ((progress - start) / (end - start)).clamp(0.0, 1.0),
            None => 1.0,
        }
    }

    /// Whether the task says what success is; else it is to last to the limit.
    pub fn has_goal(&self) -> bool {
        self.success.is_some()
    }

    /// Whether anything in the task goes by its difficulty.
    pub fn has_difficulty(&self) -> bool {
        let programs = [&self.after_step, &self.after_reset];
        programs.iter().any(|program| program.reads_difficulty())
            || self.pushes.is_some()
            || !self.randomized.is_empty()
            || !self.appearances.is_empty()
            || self.terms.is_some()
    }

    /// Appends terminations with what replaces their rewards, the last of the outputs; all of them begin
    /// with output `first`.
    pub(super) fn end_with(&mut self, rewards: impl Iterator<Item = Option<f64>>, first: usize) {
        self.terminations.extend(rewards.map(|reward| Termination { output: 0, reward }));
        for (place, termination) in self.terminations.iter_mut().enumerate() {
            termination.output = first + place;
        }
    }

    /// Number of actuators that actions drive.
    pub fn n_actuators(&self) -> usize {
        match &self.action_map {
            ActionMap::Continuous(map) => map.len(),
            ActionMap::Discrete(choices) => choices.iter().map(|c| c.actuators.len()).sum(),
        }
    }

    /// Compiles the text of a task file against its model. All mistakes come at once, with those that were there
    /// before.
    pub(super) fn compile(
        file: &TaskFile,
        text: &Text<'_>,
        model: &Model,
        mut mistakes: Mistakes,
    ) -> Result<Self, SceneError> {
        check_numbers(file, text, &mut mistakes);
        let actions = match file.unread.contains(&"actions") {
            true => NO_ACTIONS,
            false => action::compile(&file.actions, text, model, &mut mistakes),
        };
        Self::assemble(file, text, model, actions, mistakes)
    }

    /// The task of a model that came without one. It shows the model's sensors or, where there are none, the
    /// time, and lasts for ever.
    pub(super) fn bare(model: &Model) -> Result<Self, SceneError> {
        let file = TaskFile::bare(model);
        let text = Text::new(Path::new(""), "");
        let task = Self::assemble(&file, &text, model, NO_ACTIONS, Mistakes::default())?;
        Ok(Self { is_bare: true, ..task })
    }

    fn assemble(
        file: &TaskFile,
        text: &Text<'_>,
        model: &Model,
        (action_map, action_space, action_names): action::CompiledActions,
        mut mistakes: Mistakes,
    ) -> Result<Self, SceneError> {
        let constants = Constants { dt: file.dt };
        file.lost.iter().for_each(|name| mistakes.lose(name));
        let scans = scans::compile(file, text, model, &mut mistakes);
        let rays = scans.iter().map(|scan| (scan.name.clone(), scan.rays()));
        let groups: Vec<_> = file.groups.iter().cloned().chain(rays).collect();
        let compiler = |when| {
            let sizes = scans.iter().map(|scan| (scan.name.as_str(), scan.n_rays)).collect();
            Compiler::new(model, &action_names, &groups, constants, when).with_scans(sizes)
        };
        let Compiled { program: after_step, names, value_names, terminations, success } =
            compile_all(file, text, compiler(When::AfterStep), &mut mistakes);
        let noise = observation_noise(file, text, &names, &mut mistakes);
        let start = mistakes.take(start(file, text, model));
        let reset = randomize::reset_noise(file, text, model, &mut mistakes);
        let pushes = mistakes.take(randomize::pushes(file, text, model));
        let randomized = randomize::randomized(file, text, model, &mut mistakes);
        let appearances = appearance::compile(file, text, model, &mut mistakes);
        let cameras = cameras::compile(file, text, model, &mut mistakes);
        let observations = mistakes.take(named_observations(text, names, value_names, &cameras));
        mistakes.finish()?;
        let (Some(start), Some(pushes), Some(observations)) = (start, pushes, observations) else {
            // What is not there has been noted, and that has been told.
            return Err(text.error("", "the task cannot be used".to_owned()));
        };
        // What has compiled once does so again.
        let after_reset =
            compile_all(file, text, compiler(When::AfterReset), &mut Mistakes::default()).program;
        let mut task = Self {
            dt: file.dt,
            substeps: file.substeps,
            episode_length: file.episode_length,
            action_space,
            start,
            observation_noise: noise,
            written: written(&observations),
            cameras,
            scans,
            own_streams: Vec::new(),
            observations,
            reward_names: file.rewards.iter().map(|(name, _)| name.clone()).collect(),
            termination_names: file.terminations.iter().map(|t| t.name.clone()).collect(),
            termination_rules: file.terminations.iter().map(|t| t.when.clone()).collect(),
            is_bare: false,
            action_names,
            action_map,
            terminations,
            success,
            reset,
            pushes,
            randomized,
            appearances,
            curriculum: file.curriculum,
            action_delay: file.action_delay as usize,
            terms: None,
            after_step,
            after_reset,
        };
        task.find_cameras();
        Ok(task)
    }
}

/// The observation space, or which name stands twice.
fn named_observations(
    text: &Text<'_>,
    names: Vec<String>,
    value_names: Vec<String>,
    cameras: &[TaskCamera],
) -> Result<ObservationSpace, SceneError> {
    observation_space(names, value_names, cameras).map_err(|error| match &error {
        SpaceError::DoubledComponent { stream, component } => {
            let quoted = component.split('[').next().unwrap_or_default();
            text.error_in((stream, usize::MAX), quoted, error.to_string())
        }
        _ => text.error("observations", error.to_string()),
    })
}

/// The streams of a task file, by the names of their numbers. One without numbers is not there.
fn observation_space(
    names: Vec<String>,
    value_names: Vec<String>,
    cameras: &[TaskCamera],
) -> Result<ObservationSpace, SpaceError> {
    let mut streams = Vec::new();
    if !names.is_empty() {
        streams.push(ObservationStream::named(
            ObservationStream::OBSERVATIONS,
            names,
            ObservationGroup::Policy,
        ));
    }
    if !value_names.is_empty() {
        streams.push(ObservationStream::named(
            ObservationStream::CRITIC_OBSERVATIONS,
            value_names,
            ObservationGroup::Critic,
        ));
    }
    streams.extend(cameras.iter().map(TaskCamera::stream));
    ObservationSpace::new(streams)
}

/// Where a task's program puts its first outputs.
pub(super) fn written(space: &ObservationSpace) -> Vec<Written> {
    let mut first = 0;
    let names = [ObservationStream::OBSERVATIONS, ObservationStream::CRITIC_OBSERVATIONS];
    let places = names.into_iter().filter_map(|name| space.position(name));
    let next = |stream: usize| {
        let outputs = first..first + space.streams()[stream].size();
        first = outputs.end;
        Written { stream, outputs }
    };
    places.map(next).collect()
}

/// Noise of each observation; that of a group's observations goes by the group's name.
fn observation_noise(
    file: &TaskFile,
    text: &Text<'_>,
    names: &[String],
    mistakes: &mut Mistakes,
) -> Vec<f64> {
    let mut noise = if file.observation_noise.is_empty() { vec![] } else { vec![0.0; names.len()] };
    for (number, (wanted, amplitude)) in file.observation_noise.iter().enumerate() {
        let entry = ("observation_noise", number);
        if !amplitude.is_finite() || *amplitude < 0.0 {
            let message = "observation noise must be a finite number from 0".to_owned();
            mistakes.note(text.error_in(entry, wanted, message));
        }
        let mut found = false;
        for (place, name) in names.iter().enumerate() {
            if name == wanted || name.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('['))
            {
                noise[place] = *amplitude;
                found = true;
            }
        }
        if !found && !mistakes.is_lost(wanted) && !file.unread.contains(&"observations") {
            let known = file.observations.iter().map(|(name, _)| name.as_str());
            mistakes.note(text.unknown(entry, "observation", wanted, known));
        }
    }
    noise
}

/// Where episodes start, before the noise: the keyframe, or the reference position at rest.
fn start(file: &TaskFile, text: &Text<'_>, model: &Model) -> Result<Keyframe, SceneError> {
    let Some(name) = &file.keyframe else {
        return Ok(Keyframe {
            name: String::new(),
            qpos: model.qpos0.clone(),
            qvel: vec![0.0; model.nv],
            act: vec![0.0; model.na],
            ctrl: vec![0.0; model.nu],
        });
    };
    let known = model.keyframes.iter().map(|key| key.name.as_str());
    model
        .keyframe(name)
        .cloned()
        .ok_or_else(|| text.unknown(("keyframe", 0), "keyframe", name, known))
}

fn check_numbers(file: &TaskFile, text: &Text<'_>, mistakes: &mut Mistakes) {
    let checks = [
        ("dt", file.dt.is_finite() && file.dt > 0.0 && file.dt <= 10.0, "seconds in (0, 10]"),
        ("substeps", (1..=10_000).contains(&file.substeps), "1 to 10000"),
        ("episode_length", file.episode_length > 0, "at least 1"),
        ("observations", shows_something(file), "at least one term, where there are no `cameras`"),
        ("rewards", !file.rewards.is_empty(), "at least one term"),
        ("action_delay", file.action_delay <= 1000, "at most 1000 steps"),
        ("curriculum", is_stretch(file.curriculum), "(start, end) with 0 <= start < end <= 1"),
    ];
    let wrong = checks.iter().filter(|(_, valid, _)| !valid);
    for (field, _, needed) in wrong.filter(|(field, ..)| !file.unread.contains(field)) {
        mistakes.note(text.error(field, format!("`{field}` must be {needed}")));
    }
    let finite = |(low, high): (f64, f64)| low.is_finite() && high.is_finite() && low <= high;
    for (number, reset) in file.reset.iter().enumerate() {
        if ![reset.qpos, reset.qvel, reset.xy, reset.yaw].into_iter().all(finite) {
            let message = "reset ranges must be finite and in order (low, high)".to_owned();
            mistakes.note(text.error_in(("reset", number), &reset.joint, message));
        }
    }
    for (number, termination) in file.terminations.iter().enumerate() {
        // As steps hand it out.
        if termination.reward.is_some_and(|reward| !(reward as f32).is_finite()) {
            let message = format!("the reward of `{}` must be finite", termination.name);
            let entry = ("terminations", number);
            mistakes.note(text.error_in(entry, &termination.name, message));
        }
    }
}

/// Whether anything is observed, as far as that is known.
fn shows_something(file: &TaskFile) -> bool {
    let has_cameras = !file.cameras.is_empty() || file.unread.contains(&"cameras");
    !file.observations.is_empty() || has_cameras
}

/// Whether a curriculum goes from somewhere to somewhere later.
fn is_stretch(curriculum: Option<(f64, f64)>) -> bool {
    curriculum.is_none_or(|(start, end)| 0.0 <= start && start < end && end <= 1.0)
}

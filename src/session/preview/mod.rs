//! Looking at a scene without a policy: its actuators do what a person says, its joints go where they are
//! put, and it is loaded anew when one of its files is saved.

mod files;
#[cfg(test)]
mod tests;

use super::broadcast::Broadcast;
use super::error::SessionError;
use crate::diagnostic::Diagnostic;
use crate::math::rng::{Random, RandomStream};
use crate::scene::{
    ActionUnits, Actions, EnvState, Environments, Scene, SceneError, Snapshot, draw_controls,
};
use crate::space::Device;
use files::Files;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// Source of the controls of a scene that is shown without a policy.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ControlSource {
    /// These controls, shape (nu,), in every environment. They end at the actuators' ranges.
    Hold(Vec<f32>),
    /// A policy that always puts out zeros, of choices the first; without a task no control at all.
    #[default]
    Zero,
    /// Actions drawn anew for each step, from all that there are; without a task, controls from their ranges.
    Random,
}

/// A request of the person who looks at a scene.
#[derive(Clone, Debug, PartialEq)]
pub enum PreviewCommand {
    /// What moves the robots.
    Drive(ControlSource),
    /// A joint of one environment is put to a position, shape (nq of the joint,) [m or rad; quaternions, which
    /// need not be of length 1], and rests there.
    Joint {
        /// Index of the environment.
        env: usize,
        /// Index of the joint.
        joint: usize,
        /// The position, with one number for each of the joint's entries in `qpos`.
        position: Vec<f32>,
    },
    /// One environment, or all, begin at a keyframe of the model.
    Keyframe {
        /// Index of the environment; none is all of them.
        env: Option<usize>,
        /// Index of the keyframe.
        key: usize,
    },
    /// Whether terminations and the time limit end episodes; at first they do not.
    EndEpisodes(bool),
}

impl PreviewCommand {
    /// Whether nothing is left of this order once `later` has been given.
    pub(super) fn is_void_after(&self, later: &Self) -> bool {
        match (self, later) {
            (Self::Drive(_), Self::Drive(_)) | (Self::EndEpisodes(_), Self::EndEpisodes(_)) => true,
            (Self::Joint { env, joint, .. }, Self::Joint { env: other, joint: of, .. }) => {
                (env, joint) == (other, of)
            }
            _ => false,
        }
    }
}

/// News of a scene that is shown without a policy.
#[derive(Clone, Debug, Default)]
pub struct PreviewUpdates {
    /// The scene as it is now, if it has been loaded anew.
    pub scene: Option<Scene>,
    /// What is wrong with the files as they are now; what is on show is then as they were before.
    pub problems: Vec<Diagnostic>,
    /// Why nothing moves any more, until it is reset.
    pub trouble: Option<String>,
    /// Whether terminations and the time limit end episodes.
    pub ends_episodes: bool,
}

/// Environments of a scene on show, and the files that they come from.
pub struct ScenePreview {
    files: Files,
    seed: u64,
    environments: Environments,
    driving: ControlSource,
    ends_episodes: bool,
    n_steps: u64,
    /// What was on show before numbers were no longer finite, and what is to be said of that.
    stuck: Option<(Vec<Snapshot>, String)>,
    problems: Vec<Diagnostic>,
    /// Not told yet.
    reloaded: bool,
}

impl ScenePreview {
    /// A scene's folder, or a model's file, with so many environments. What is wrong with it comes as
    /// diagnostics.
    pub fn open(path: &Path, n_envs: usize, seed: u64) -> Result<Self, Vec<Diagnostic>> {
        let (scene, found) = load(path);
        let scene = scene.map_err(|error| error.diagnostics())?;
        let environments = environments(&scene, n_envs.max(1), seed, false);
        let environments = environments.map_err(|error| error.diagnostics())?;
        Ok(Self {
            files: Files::new(path, found),
            seed,
            environments,
            driving: ControlSource::default(),
            ends_episodes: false,
            n_steps: 0,
            stuck: None,
            problems: Vec::new(),
            reloaded: false,
        })
    }

    /// The scene that is looked at.
    pub fn scene(&self) -> &Scene {
        self.environments.scene()
    }

    /// Number of environments.
    pub fn n_envs(&self) -> usize {
        self.environments.n_envs()
    }

    /// Runs until the spectator is gone, or `interrupted` is set.
    pub fn run(
        mut self,
        mut broadcast: Broadcast,
        interrupted: &AtomicBool,
    ) -> Result<(), SessionError> {
        broadcast.begin_look(&mut self);
        while broadcast.attend_look(&mut self, interrupted) {
            self.step()?;
            broadcast.show_look(&mut self);
        }
        Ok(())
    }

    /// One policy step of every environment. Where that leads to numbers that are not finite, everything stays
    /// as it was before until it is reset.
    pub fn step(&mut self) -> Result<(), SessionError> {
        if self.is_stuck() {
            return Ok(());
        }
        let before = self.snapshots(self.n_envs());
        let (values, units) = self.actions();
        let failed = |cause: SceneError| SessionError::Look(cause.to_string());
        let output = self.environments.step(Actions { values: &values, units }).map_err(failed)?;
        let n_non_finite = output.n_non_finite;
        self.n_steps += 1;
        if n_non_finite > 0 {
            let secs =
                before.first().map_or(0.0, |env| f64::from(env.progress)) * self.scene().task.dt;
            let message = format!(
                "After {secs:.2} s the numbers are no longer finite: this is the last moment before. A shorter \
                 timestep, weaker actuators or more armature may help"
            );
            self.stuck = Some((before, message));
        }
        Ok(())
    }

    /// What goes into a step, and what its numbers are.
    fn actions(&self) -> (Vec<f32>, ActionUnits) {
        let (scene, n_envs) = (self.scene(), self.n_envs());
        let is_bare = scene.task.is_bare;
        let units = match &self.driving {
            ControlSource::Hold(_) => ActionUnits::Control,
            _ if is_bare => ActionUnits::Control,
            _ => ActionUnits::Policy,
        };
        let dim = self.environments.action_dim(units);
        let mut values = vec![0.0; n_envs * dim];
        let rows = values.chunks_exact_mut(dim.max(1));
        match &self.driving {
            ControlSource::Hold(controls) => {
                for row in rows {
                    row.iter_mut().zip(controls).for_each(|(to, &from)| *to = from);
                }
            }
            ControlSource::Zero => {}
            ControlSource::Random => {
                for (env, row) in rows.enumerate() {
                    let mut random =
                        Random::new(self.seed, RandomStream::Control, env as u32, self.n_steps);
                    match is_bare {
                        true => draw_controls(&scene.model, &mut random, row),
                        false => scene.task.action_space.sample(&mut random, row),
                    }
                }
            }
        }
        (values, units)
    }

    /// Carries out an order.
    pub fn execute(&mut self, command: PreviewCommand) -> Result<(), SessionError> {
        match command {
            PreviewCommand::Drive(driving) => self.drive(driving),
            PreviewCommand::EndEpisodes(ends) => {
                self.ends_episodes = ends;
                self.environments.look(ends);
                Ok(())
            }
            PreviewCommand::Joint { env, joint, position } => self.put_joint(env, joint, &position),
            PreviewCommand::Keyframe { env, key } => self.begin_at(env, key),
        }
    }

    fn drive(&mut self, driving: ControlSource) -> Result<(), SessionError> {
        if let ControlSource::Hold(controls) = &driving {
            let nu = self.scene().model.nu;
            if controls.len() != nu || controls.iter().any(|control| !control.is_finite()) {
                let message = format!("{nu} finite controls are needed, one for each actuator");
                return Err(SessionError::Look(message));
            }
        }
        self.driving = driving;
        Ok(())
    }

    fn put_joint(
        &mut self,
        env: usize,
        index: usize,
        position: &[f32],
    ) -> Result<(), SessionError> {
        let model = self.scene().model.clone();
        let joint = model.joints.get(index);
        let joint = joint.filter(|joint| joint.jnt_type.nq() == position.len());
        let (Some(joint), Some(now)) = (joint, self.environments.snapshot(env)) else {
            let message = format!(
                "there is no joint {index} with {} numbers in environment {env}",
                position.len()
            );
            return Err(SessionError::Look(message));
        };
        let wide = |numbers: &[f32]| numbers.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
        let (mut qpos, mut qvel) = (wide(&now.qpos), wide(&now.qvel));
        let (at, dof) = (joint.qposadr, joint.dofadr);
        qpos[at..at + position.len()].copy_from_slice(&wide(position));
        qvel[dof..dof + joint.jnt_type.nv()].fill(0.0);
        if position.len() > 1 {
            normalize(&mut qpos[at + position.len() - 4..at + position.len()]);
        }
        self.pose(env, EnvState { qpos: &qpos, qvel: &qvel, act: None })
    }

    fn begin_at(&mut self, env: Option<usize>, key: usize) -> Result<(), SessionError> {
        let model = self.scene().model.clone();
        let Some(key) = model.keyframes.get(key) else {
            return Err(SessionError::Look(format!("the model has no keyframe {key}")));
        };
        let envs = env.map_or(0..self.n_envs(), |env| env..env + 1);
        for env in envs {
            let act = Some(&key.act[..]);
            self.pose(env, EnvState { qpos: &key.qpos, qvel: &key.qvel, act })?;
        }
        Ok(())
    }

    fn pose(&mut self, env: usize, posture: EnvState<'_>) -> Result<(), SessionError> {
        let posed = self.environments.pose(env, posture);
        posed.map_err(|cause| SessionError::Look(cause.to_string()))?;
        self.stuck = None;
        Ok(())
    }

    /// Begins another episode in an environment.
    pub fn reset(&mut self, env: usize) {
        self.environments.reset(env);
        self.stuck = None;
    }

    /// Loads the scene anew if one of its files has changed. What is wrong with them is to be told, and the
    /// scene stays as it is. Says whether there is something to tell.
    pub fn refresh(&mut self) -> bool {
        if !self.files.have_changed() {
            return false;
        }
        let (scene, found) = load(self.files.path());
        self.files.note(found);
        let n_envs = self.n_envs();
        let made = scene.and_then(|scene| {
            let made = environments(&scene, n_envs, self.seed, self.ends_episodes)?;
            Ok(made)
        });
        match made {
            Ok(environments) => {
                self.environments = environments;
                self.problems.clear();
                (self.stuck, self.reloaded) = (None, true);
                let nu = self.scene().model.nu;
                if let ControlSource::Hold(controls) = &mut self.driving {
                    controls.resize(nu, 0.0);
                }
            }
            Err(error) => self.problems = error.diagnostics(),
        }
        true
    }

    /// Whether nothing moves before it is reset.
    pub fn is_stuck(&self) -> bool {
        self.stuck.is_some()
    }

    /// What there is to say.
    pub fn updates(&mut self) -> PreviewUpdates {
        let reloaded = std::mem::take(&mut self.reloaded);
        PreviewUpdates {
            scene: reloaded.then(|| self.scene().clone()),
            problems: self.problems.clone(),
            trouble: self.stuck.as_ref().map(|(_, message)| message.clone()),
            ends_episodes: self.ends_episodes,
        }
    }

    /// The first environments as they are to be seen.
    pub fn snapshots(&self, n: usize) -> Vec<Snapshot> {
        match &self.stuck {
            Some((before, _)) => before.iter().take(n).cloned().collect(),
            None => (0..n).map_while(|env| self.environments.snapshot(env)).collect(),
        }
    }

    pub(super) fn environments_mut(&mut self) -> &mut Environments {
        &mut self.environments
    }
}

fn load(path: &Path) -> (Result<Scene, SceneError>, Vec<PathBuf>) {
    match path.is_dir() {
        true => Scene::load_files(path),
        false => Scene::of_model(path),
    }
}

fn environments(
    scene: &Scene,
    n_envs: usize,
    seed: u64,
    ends_episodes: bool,
) -> Result<Environments, SceneError> {
    let mut environments = Environments::new(scene, n_envs, seed, Device::detect())?;
    environments.look(ends_episodes);
    Ok(environments)
}

/// Makes a quaternion one of length 1; of no length, that of no turn.
fn normalize(quat: &mut [f64]) {
    let length = quat.iter().map(|part| part * part).sum::<f64>().sqrt();
    match length > 1e-9 {
        true => quat.iter_mut().for_each(|part| *part /= length),
        false => quat.copy_from_slice(&[1.0, 0.0, 0.0, 0.0]),
    }
}

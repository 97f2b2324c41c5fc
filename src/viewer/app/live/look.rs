//! A scene that is looked at without a policy: what it has told, and what it is told to do.

use super::super::stage::{OnShow, Poser, Restage};
use super::{Clip, Live, Watched};
use crate::model::Keyframe;
use crate::session::{ControlSource, PreviewCommand, PreviewUpdates};
use bevy::prelude::*;
use std::sync::Mutex;

/// Takes in what the session has told. A scene that was loaded anew is on the stage before anything of it is
/// shown.
pub(super) fn receive(mut commands: Commands, mut live: ResMut<Live>, time: Res<Time<Real>>) {
    let live = &mut *live;
    live.arrived = live.spectator.updates();
    let Some(PreviewUpdates { scene, problems, trouble, ends_episodes }) = live.arrived.look.take()
    else {
        return;
    };
    live.look = PreviewUpdates { scene: None, problems, trouble, ends_episodes };
    let Some(scene) = scene else { return };
    live.poser = Mutex::new(Poser::new(scene.model.clone()));
    live.clip = Clip::default();
    live.envs = [].into();
    live.reloaded_secs = Some(time.elapsed_secs_f64());
    if let ControlSource::Hold(controls) = &mut live.driving {
        // As the session does.
        controls.resize(scene.model.nu, 0.0);
    }
    commands.queue(move |world: &mut World| {
        let mut on_show = world.resource_mut::<OnShow>();
        // Others take a change for one of how many are on show.
        on_show.bypass_change_detection().scene = scene.clone();
        world.resource_mut::<Watched>().0.scene = scene;
        world.run_schedule(Restage);
    });
}

impl Live {
    /// What there is to say of a scene without a policy.
    pub(in crate::viewer::app) fn look(&self) -> &PreviewUpdates {
        &self.look
    }

    /// When the scene was loaded anew, if it has been, by the clock of the window [s].
    pub(in crate::viewer::app) fn reloaded_secs(&self) -> Option<f64> {
        self.reloaded_secs
    }

    /// What moves its actuators.
    pub(in crate::viewer::app) fn driving(&self) -> &ControlSource {
        &self.driving
    }

    pub(in crate::viewer::app) fn drive(&mut self, driving: ControlSource) {
        self.spectator.look(PreviewCommand::Drive(driving.clone()));
        self.driving = driving;
        // What is on its way was done before.
        self.clip.drop_ahead();
    }

    /// Holds the controls where they are; then no action at all; then random ones; and round again.
    pub(in crate::viewer::app) fn drive_otherwise(&mut self) {
        let next = match self.driving {
            ControlSource::Hold(_) => ControlSource::Zero,
            ControlSource::Zero => ControlSource::Random,
            ControlSource::Random => ControlSource::Hold(self.controls(0)),
        };
        self.drive(next);
    }

    /// The controls of an environment, shape (nu,): those that are held, or those of the last step.
    pub(in crate::viewer::app) fn controls(&self, env: usize) -> Vec<f32> {
        match &self.driving {
            ControlSource::Hold(controls) => controls.clone(),
            _ => self.envs.get(env).map(|env| env.ctrl.clone()).unwrap_or_default(),
        }
    }

    /// Sets the control of one actuator; the others are held where they are.
    pub(in crate::viewer::app) fn set_control(&mut self, env: usize, actuator: usize, value: f32) {
        let mut controls = self.controls(env);
        if let Some(control) = controls.get_mut(actuator) {
            *control = value;
            self.drive(ControlSource::Hold(controls));
        }
    }

    /// Puts a joint of an environment to a position.
    pub(in crate::viewer::app) fn put_joint(
        &mut self,
        env: usize,
        joint: usize,
        position: Vec<f32>,
    ) {
        self.spectator.look(PreviewCommand::Joint { env, joint, position });
        self.clip.drop_ahead();
    }

    /// Begins at a keyframe, in one environment or in all; controls that it has are held.
    pub(in crate::viewer::app) fn begin_at(
        &mut self,
        env: Option<usize>,
        key: usize,
        keyframe: &Keyframe,
    ) {
        self.spectator.look(PreviewCommand::Keyframe { env, key });
        self.clip.drop_ahead();
        if keyframe.ctrl.iter().any(|&control| control != 0.0) {
            self.drive(ControlSource::Hold(
                keyframe.ctrl.iter().map(|&control| control as f32).collect(),
            ));
        }
    }

    /// Lets terminations and the time limit end episodes, or no longer.
    pub(in crate::viewer::app) fn end_episodes(&self, ends: bool) {
        self.spectator.look(PreviewCommand::EndEpisodes(ends));
    }
}

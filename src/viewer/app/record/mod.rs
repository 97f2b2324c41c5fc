//! Films, rendered off screen.

mod by_camera;
mod encoder;
mod gif;
mod mp4;
mod part;
mod png_folder;

use super::super::error::ViewerError;
use super::super::motion::Motion;
use super::super::recording::Recording;
use super::camera::{self, CameraClock};
use super::graphics::{self, Canvas};
use super::stage::{self, Layout, OnShow, Poser, Poses, Rig, SetStage};
use crate::ui::{Page, Quality, make_ready, offscreen, require_adapter};
use bevy::prelude::*;
use encoder::Encoder;

/// Passes before the first picture: assets go to the GPU, and shaders are compiled.
const N_WARM_UP: usize = 6;

/// A film that is about to be made. It takes its name when it is whole; what had that name stays until then.
pub struct Film {
    recording: Recording,
    encoder: Box<dyn Encoder>,
}

impl Film {
    /// Finds out whether there is something to draw with, and whether what is drawn can be written.
    pub fn begin(recording: Recording) -> Result<Self, ViewerError> {
        if recording.camera.is_none() {
            require_adapter()?;
        }
        let encoder = encoder::open(&recording)?;
        Ok(Self { recording, encoder })
    }

    /// Makes it of a motion; `progress` is told how many pictures are done.
    pub fn shoot(
        mut self,
        motion: &Motion,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), ViewerError> {
        let recording = &self.recording;
        let n_pictures = ((motion.duration_secs() * recording.fps).round() as u64).max(1);
        if let Some(camera) = recording.camera {
            by_camera::shoot(recording, camera, motion, &mut |picture, rgb| {
                self.encoder.picture(rgb)?;
                progress(picture + 1);
                Ok(())
            })?;
            return self.encoder.finish();
        }
        let mut app = studio(motion, recording)?;
        let mut poser = Poser::new(motion.scene.model.clone());
        for picture in 0..n_pictures {
            let time_secs = picture as f64 / recording.fps;
            let (before, after, way) = motion.moment(time_secs);
            app.world_mut().resource_mut::<Poses>().0 =
                poser.between(&motion.steps[before], &motion.steps[after], way);
            turn_camera(&mut app, picture, recording);
            if picture == 0 {
                (0..N_WARM_UP).for_each(|_| app.update());
            }
            self.encoder.picture(&graphics::shoot(&mut app, camera::stand_still)?)?;
            progress(picture + 1);
        }
        self.encoder.finish()
    }
}

/// An app with the environments, a camera, and an image to render into.
fn studio(motion: &Motion, recording: &Recording) -> Result<App, ViewerError> {
    let mut app = offscreen()?;
    app.insert_resource(OnShow { scene: motion.scene.clone(), n_envs: motion.n_envs() })
        .add_plugins((stage::plugin, camera::plugin))
        .add_systems(OnEnter(Page::Watch), set_up_camera.after(SetStage))
        .insert_state(Page::Watch);
    Canvas::stretch(&mut app, (recording.width, recording.height));
    make_ready(&mut app);
    Ok(app)
}

fn set_up_camera(
    mut commands: Commands,
    mut images: ResMut<Assets<Image>>,
    layout: Res<Layout>,
    canvas: Res<Canvas>,
) {
    camera::spawn(&mut commands, &mut images, &layout, canvas.aspect(), Quality::Fine)
        .insert(canvas.target());
}

/// In this time a camera has caught up with whatever it follows [s].
const LONG_SECS: f32 = 1_000.0;

fn turn_camera(app: &mut App, picture: u64, recording: &Recording) {
    let delta_secs = if picture == 0 { 0.0 } else { 1.0 / recording.fps as f32 };
    // A film that begins in the midst of an episode begins where the robots are by then.
    let until_now = if picture == 0 { LONG_SECS } else { delta_secs };
    app.world_mut().resource_mut::<CameraClock>().delta_secs = until_now;
    let turn = recording.orbit.to_radians() as f32 * delta_secs;
    let mut rigs = app.world_mut().query::<&mut Rig>();
    for mut rig in rigs.iter_mut(app.world_mut()) {
        rig.azimuth += turn;
    }
}

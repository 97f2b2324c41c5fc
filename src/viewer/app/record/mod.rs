//! Films, rendered off screen.

mod encoder;
mod gif;
mod mp4;
mod png_folder;

use super::super::error::ViewerError;
use super::super::motion::Motion;
use super::super::recording::Recording;
use super::camera::{self, CameraClock, Rig};
use super::graphics;
use super::stage::{self, Layout, OnShow, Poser, Poses};
use bevy::camera::RenderTarget;
use bevy::prelude::*;
use bevy::render::render_resource::{TextureFormat, TextureUsages};
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use std::time::{Duration, Instant};

/// Passes before the first picture: assets go to the GPU, and shaders are compiled.
const N_WARM_UP: usize = 6;
/// Software rendering on a busy machine is slow; a driver that is stuck is slower.
const PATIENCE: Duration = Duration::from_secs(120);

/// Pictures that came back from the GPU.
#[derive(Resource, Default)]
struct Captured(Vec<Image>);

/// The image that is rendered into.
#[derive(Resource)]
struct Canvas {
    image: Handle<Image>,
    aspect: f32,
}

/// Makes a film of a motion; `progress` is told how many pictures are done.
pub fn record(
    motion: &Motion,
    recording: &Recording,
    progress: &mut dyn FnMut(u64),
) -> Result<(), ViewerError> {
    let n_pictures = ((motion.duration_secs() * recording.fps).round() as u64).max(1);
    let mut encoder = encoder::open(recording)?;
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
        encoder.picture(&shoot(&mut app)?)?;
        progress(picture + 1);
    }
    encoder.finish()
}

/// An app with the environments, a camera, and an image to render into.
fn studio(motion: &Motion, recording: &Recording) -> Result<App, ViewerError> {
    let mut app = graphics::offscreen()?;
    app.insert_resource(OnShow { scene: motion.scene.clone(), n_envs: motion.n_envs() })
        .init_resource::<Captured>()
        .add_plugins((stage::plugin, camera::plugin))
        .add_systems(Startup, set_up_camera);
    let (width, height) = (recording.width, recording.height);
    let mut image = Image::new_target_texture(width, height, TextureFormat::Rgba8UnormSrgb, None);
    image.texture_descriptor.usage |= TextureUsages::COPY_SRC;
    let image = app.world_mut().resource_mut::<Assets<Image>>().add(image);
    let aspect = width as f32 / height as f32;
    app.insert_resource(Canvas { image, aspect });
    while app.plugins_state() == bevy::app::PluginsState::Adding {
        bevy::tasks::tick_global_task_pools_on_main_thread();
    }
    app.finish();
    app.cleanup();
    Ok(app)
}

fn set_up_camera(
    mut commands: Commands,
    mut images: ResMut<Assets<Image>>,
    layout: Res<Layout>,
    canvas: Res<Canvas>,
) {
    camera::spawn(&mut commands, &mut images, &layout, canvas.aspect)
        .insert(RenderTarget::Image(canvas.image.clone().into()));
}

fn turn_camera(app: &mut App, picture: u64, recording: &Recording) {
    let delta_secs = if picture == 0 { 0.0 } else { 1.0 / recording.fps as f32 };
    app.world_mut().resource_mut::<CameraClock>().delta_secs = delta_secs;
    let turn = recording.orbit.to_radians() as f32 * delta_secs;
    let mut rigs = app.world_mut().query::<&mut Rig>();
    for mut rig in rigs.iter_mut(app.world_mut()) {
        rig.azimuth += turn;
    }
}

/// Renders one picture and waits for it: RGB, row by row from the top.
fn shoot(app: &mut App) -> Result<Vec<u8>, ViewerError> {
    let canvas = app.world().resource::<Canvas>().image.clone();
    let keep = |shot: On<ScreenshotCaptured>, mut captured: ResMut<Captured>| {
        captured.0.push(shot.image.clone());
    };
    app.world_mut().spawn(Screenshot::image(canvas)).observe(keep);
    let start = Instant::now();
    loop {
        app.update();
        // What is drawn while the picture is on its way is the same picture.
        app.world_mut().resource_mut::<CameraClock>().delta_secs = 0.0;
        if let Some(image) = app.world_mut().resource_mut::<Captured>().0.pop() {
            let rgba = image.data.unwrap_or_default();
            return Ok(rgba
                .chunks_exact(4)
                .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
                .collect());
        }
        if start.elapsed() > PATIENCE {
            return Err(ViewerError::Stalled { secs: PATIENCE.as_secs() });
        }
    }
}

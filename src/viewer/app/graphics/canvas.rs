//! An image that is rendered into, and read back.

use super::super::super::error::ViewerError;
use bevy::camera::RenderTarget;
use bevy::prelude::*;
use bevy::render::render_resource::{TextureFormat, TextureUsages};
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use std::time::{Duration, Instant};

/// Software rendering on a busy machine is slow; a driver that is stuck is slower.
const PATIENCE: Duration = Duration::from_secs(120);

/// The image that is rendered into.
#[derive(Resource)]
pub(in crate::viewer::app) struct Canvas {
    image: Handle<Image>,
    /// Width and height [pixels].
    size: (u32, u32),
}

impl Canvas {
    /// Adds an image of a width and height in pixels to an app.
    pub(in crate::viewer::app) fn stretch(app: &mut App, size: (u32, u32)) {
        let format = TextureFormat::Rgba8UnormSrgb;
        let mut image = Image::new_target_texture(size.0, size.1, format, None);
        image.texture_descriptor.usage |= TextureUsages::COPY_SRC;
        let image = app.world_mut().resource_mut::<Assets<Image>>().add(image);
        app.insert_resource(Self { image, size }).init_resource::<Captured>();
    }

    /// Width over height.
    pub(in crate::viewer::app) fn aspect(&self) -> f32 {
        self.size.0 as f32 / self.size.1 as f32
    }

    /// For cameras.
    pub(in crate::viewer::app) fn target(&self) -> RenderTarget {
        RenderTarget::Image(self.image.clone().into())
    }
}

/// Pictures that came back from the GPU.
#[derive(Resource, Default)]
struct Captured(Vec<Image>);

/// Renders one picture and waits for it: RGB, row by row from the top. `stand_still` has nothing move while it
/// is on its way.
pub(in crate::viewer::app) fn shoot(
    app: &mut App,
    stand_still: fn(&mut World),
) -> Result<Vec<u8>, ViewerError> {
    let canvas = app.world().resource::<Canvas>().image.clone();
    let keep = |shot: On<ScreenshotCaptured>, mut captured: ResMut<Captured>| {
        captured.0.push(shot.image.clone());
    };
    app.world_mut().spawn(Screenshot::image(canvas)).observe(keep);
    let start = Instant::now();
    loop {
        app.update();
        stand_still(app.world_mut());
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

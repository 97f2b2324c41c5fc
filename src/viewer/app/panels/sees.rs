//! What a robot sees: the pictures of its task's cameras as the policy gets them, and what other cameras of its
//! model would see.

use super::super::stage::{Pose, seen};
use crate::math::lanes::Isa;
use crate::model::Model;
use crate::scene::{Scene, Snapshot};
use crate::sight::{Background, CameraOutput, PictureSpec, RayScene, Renderer, Viewpoint};
use crate::space::{self, ObservationStream};
use crate::ui::section;
use bevy::prelude::Resource;
use bevy_egui::egui::{
    self, Color32, ColorImage, Image, Rect, Sense, TextureHandle, TextureOptions, Ui, Vec2,
    load::SizedTexture, pos2, vec2,
};
use std::collections::HashMap;
use std::sync::Arc;

/// A pixel of a picture is at most so large, and a picture at least so wide [points].
const LARGEST_PIXEL: f32 = 4.0;
const LEAST_WIDTH: f32 = 48.0;
/// Between frames of a stack [points].
const GAP: f32 = 4.0;
/// Rows of a texture that every graphics card has.
const MOST_ROWS: usize = 8192;
/// Of pictures of cameras that no policy looks through [pixels].
const OWN_SIZE: [usize; 2] = [240, 180];
/// Least time between two of them [s]: they are drawn on the processor that simulates.
const OWN_PERIOD_SECS: f64 = 0.1;

/// What has been drawn last, by the names of cameras.
#[derive(Resource, Default)]
pub(in super::super) struct Seen {
    pictures: HashMap<String, Picture>,
    own: Option<Own>,
}

/// A picture on the graphics card, and the bytes that it is of.
struct Picture {
    texture: TextureHandle,
    bytes: Vec<u8>,
}

/// The cameras of a model, whoever looks through them.
struct Own {
    model: Arc<Model>,
    eyes: Vec<Eye>,
}

/// A camera of a model.
struct Eye {
    /// None of one whose field of view cannot be: it has a black picture.
    renderer: Option<Renderer>,
    /// What was drawn last, and when by the clock of the window [s]; none before the first picture.
    drawn: Option<(Vec<[u32; 7]>, f64)>,
}

impl Eye {
    /// Since when it waits for another picture [s]; none if it does not.
    fn waits_since(&self, poses: &[[u32; 7]], secs: f64) -> Option<f64> {
        let Some((drawn, when)) = &self.drawn else { return Some(f64::NEG_INFINITY) };
        let is_due = !(0.0..OWN_PERIOD_SECS).contains(&(secs - when));
        (is_due && drawn != poses).then_some(*when)
    }
}

impl Seen {
    /// What is shown of a camera: bytes of its pixels.
    #[cfg(test)]
    pub(in super::super) fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.pictures.get(name).map(|picture| picture.bytes.as_slice())
    }

    /// Another scene has other cameras.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// The texture of these pixels; rows of width x channels bytes.
    fn texture(
        &mut self,
        ctx: &egui::Context,
        name: &str,
        bytes: &[u8],
        size: Size,
    ) -> SizedTexture {
        let image = || {
            let pixels = [size.width, size.rows];
            match size.channels {
                3 => ColorImage::from_rgb(pixels, bytes),
                _ => ColorImage::from_gray(pixels, bytes),
            }
        };
        let known = self.pictures.get_mut(name);
        let texture = match known {
            Some(known) => {
                if known.bytes != bytes {
                    known.texture.set(image(), TextureOptions::NEAREST);
                    bytes.clone_into(&mut known.bytes);
                }
                known.texture.clone()
            }
            None => {
                let texture = ctx.load_texture(name, image(), TextureOptions::NEAREST);
                let picture = Picture { texture: texture.clone(), bytes: bytes.to_owned() };
                self.pictures.insert(name.to_owned(), picture);
                texture
            }
        };
        SizedTexture::from_handle(&texture)
    }
}

/// Pixels in a row, rows of all frames, bytes of a pixel.
#[derive(Clone, Copy)]
struct Size {
    width: usize,
    rows: usize,
    channels: usize,
}

/// The pictures of an environment, camera by camera: as its policy gets them, and from the model's other cameras.
/// Nothing where the model has no camera.
pub(super) fn show(
    ui: &mut Ui,
    scene: &Scene,
    now: &Snapshot,
    bodies: Option<&Vec<Pose>>,
    seen: &mut Seen,
    secs: f64,
) {
    let streams = scene.task.observations.streams();
    for (name, spec) in scene.task.cameras() {
        let Some(stream) = streams.iter().find(|stream| stream.name == name) else { continue };
        let bytes = now.observations.u8s(name);
        if let Some(stack) = Stack::of(stream, bytes.len()) {
            ui.strong(name);
            ui.weak(caption(spec, &stack));
            stack.show(ui, name, bytes, seen);
            ui.add_space(4.0);
        }
    }
    let (Some(bodies), false) = (bodies, scene.model.cameras.is_empty()) else { return };
    section(ui, "Through the model's cameras").default_open(scene.task.is_bare).show(ui, |ui| {
        own(ui, &scene.model, bodies, seen, secs);
    });
}

/// The frames of a picture in a stream of bytes.
struct Stack {
    frames: usize,
    height: usize,
    width: usize,
    channels: usize,
}

impl Stack {
    /// None of a stream that is none of pictures, or of which there are other than its bytes.
    fn of(stream: &ObservationStream, n_bytes: usize) -> Option<Self> {
        let space::Picture { frames, height, width, channels } = stream.as_picture()?;
        let is_whole = n_bytes == stream.size() && n_bytes > 0 && [1, 3].contains(&channels);
        is_whole.then_some(Self { frames, height, width, channels })
    }

    /// The frames side by side, oldest first, in more lines if need be.
    fn show(&self, ui: &mut Ui, name: &str, bytes: &[u8], seen: &mut Seen) {
        // Frames lie one below the other already. Of more than a texture holds the last are shown.
        let n = self.frames.min((MOST_ROWS / self.height).max(1));
        let skipped = (self.frames - n) * self.height * self.width * self.channels;
        let size = Size { width: self.width, rows: n * self.height, channels: self.channels };
        let texture = seen.texture(ui.ctx(), name, &bytes[skipped..], size);
        let each = self.size_on(ui.available_width(), n);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = Vec2::splat(GAP);
            for frame in 0..n {
                let [top, bottom] = [frame, frame + 1].map(|row| row as f32 / n as f32);
                let part = Rect::from_min_max(pos2(0.0, top), pos2(1.0, bottom));
                let image = Image::from_texture(texture).uv(part).fit_to_exact_size(each);
                let age = n - 1 - frame;
                let when = match age {
                    0 => "the newest frame".to_owned(),
                    1 => "one step before".to_owned(),
                    _ => format!("{age} steps before"),
                };
                ui.add(image).on_hover_text(when);
            }
        });
    }

    /// How large a frame is on a panel of this width [points]: whole points for each pixel where there is room.
    fn size_on(&self, room: f32, n: usize) -> Vec2 {
        let pixels = vec2(self.width as f32, self.height as f32);
        let for_each = (room - (n - 1) as f32 * GAP) / n as f32;
        let width = for_each.max(LEAST_WIDTH).min(room);
        let scale = (width / pixels.x).min(LARGEST_PIXEL);
        pixels * if scale >= 1.0 { scale.floor() } else { scale }
    }
}

/// What a camera's pictures are, in words.
fn caption(spec: &PictureSpec, stack: &Stack) -> String {
    let kind = match spec.sees {
        CameraOutput::Rgb => "colour".to_owned(),
        CameraOutput::Gray => "gray".to_owned(),
        CameraOutput::Depth { near, far } => {
            format!("depth, black at {near} m, white from {far} m on")
        }
        CameraOutput::Segmentation => "segmentation".to_owned(),
    };
    let frames = match stack.frames {
        1 => String::new(),
        n => format!(", {n} frames, oldest first"),
    };
    format!("{} x {} {kind}{frames}", stack.width, stack.height)
}

/// What each camera of the model sees of bodies as they are drawn. Of those in sight one is drawn in each picture of
/// the window, that which has waited longest.
fn own(ui: &mut Ui, model: &Arc<Model>, bodies: &[Pose], seen_last: &mut Seen, secs: f64) {
    let own = seen_last.own.take().filter(|own| Arc::ptr_eq(&own.model, model));
    let mut own = own.unwrap_or_else(|| Own::new(model));
    let [width, height] = OWN_SIZE;
    let size = Size { width, rows: height, channels: 3 };
    let mut in_sight = Vec::new();
    for (index, camera) in model.cameras.iter().enumerate() {
        ui.weak(if camera.name.is_empty() { "without a name" } else { &camera.name });
        let room = ui.available_width().min(width as f32);
        let fits = vec2(room, room * height as f32 / width as f32);
        let (rect, _) = ui.allocate_exact_size(fits, Sense::hover());
        if ui.is_rect_visible(rect) {
            in_sight.push((index, rect));
        }
    }
    let poses: Vec<[u32; 7]> = bodies.iter().map(Pose::bits).collect();
    let waiting = in_sight.iter().filter_map(|(index, _)| {
        let eye = own.eyes.get(*index)?;
        Some((eye.waits_since(&poses, secs)?, *index))
    });
    let mut waiting: Vec<(f64, usize)> = waiting.collect();
    waiting.sort_by(|a, b| a.0.total_cmp(&b.0));
    // A name of a task's camera has no blank.
    let key = |index: usize| format!("camera {index}");
    if let Some((_, index)) = waiting.first()
        && let Some(eye) = own.eyes.get_mut(*index)
    {
        let pose = seen(model, bodies);
        let mut bytes = vec![0; size.width * size.rows * size.channels];
        if let Some(renderer) = &eye.renderer
            && pose.is_finite()
        {
            renderer.draw(std::slice::from_ref(&pose), &mut bytes);
        }
        seen_last.texture(ui.ctx(), &key(*index), &bytes, size);
        eye.drawn = Some((poses, secs));
    }
    if waiting.len() > 1 {
        ui.ctx().request_repaint();
    }
    for (index, rect) in in_sight {
        match seen_last.pictures.get(&key(index)) {
            Some(known) => {
                let texture = SizedTexture::from_handle(&known.texture);
                Image::from_texture(texture).paint_at(ui, rect);
            }
            // Its turn comes.
            None => {
                ui.painter().rect_filled(rect, 0.0, Color32::BLACK);
            }
        }
    }
    seen_last.own = Some(own);
}

impl Own {
    fn new(model: &Arc<Model>) -> Self {
        let stage = Arc::new(RayScene::new(model.clone()));
        let [width, height] = OWN_SIZE;
        let renderer = |camera: usize| {
            let spec = PictureSpec {
                viewpoint: Viewpoint::Camera(camera),
                width,
                height,
                sees: CameraOutput::Rgb,
                samples: 1,
                backdrop: Background::Day,
            };
            Renderer::new(stage.clone(), spec, Isa::detect()).ok()
        };
        let eye = |camera| Eye { renderer: renderer(camera), drawn: None };
        Self { model: model.clone(), eyes: (0..model.cameras.len()).map(eye).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Picture;
    use bevy::prelude::Vec3;

    fn stack(frames: usize, height: usize, width: usize, channels: usize) -> Stack {
        let stream = ObservationStream::picture("eye", Picture { frames, height, width, channels });
        let n = stream.size();
        assert!(Stack::of(&stream, n + 1).is_none(), "bytes of another picture");
        Stack::of(&stream, n).unwrap()
    }

    #[test]
    fn a_stack_is_shown_as_large_as_there_is_room() {
        let two = stack(2, 64, 64, 1);
        assert_eq!((two.frames, two.height, two.width, two.channels), (2, 64, 64, 1));
        // Two points for each pixel, side by side.
        assert_eq!(two.size_on(300.0, 2), Vec2::splat(128.0));
        // Less than one where there is not even room for that.
        assert_eq!(two.size_on(104.0, 2), Vec2::splat(50.0));
        // Many small ones go into the next line before they vanish.
        assert_eq!(stack(16, 96, 96, 3).size_on(300.0, 16), Vec2::splat(LEAST_WIDTH));
        assert_eq!(stack(1, 4, 8, 1).size_on(300.0, 1), vec2(32.0, 16.0));
    }

    #[test]
    fn a_camera_waits_only_for_what_it_has_not_drawn() {
        let mut eye = Eye { renderer: None, drawn: None };
        let poses = |z: f32| [Pose { pos: Vec3::new(0.0, 0.0, z), ..Pose::default() }.bits()];
        assert!(eye.waits_since(&poses(1.0), 5.0).is_some(), "nothing was drawn yet");
        eye.drawn = Some((poses(f32::NAN).into(), 5.0));
        assert_eq!(eye.waits_since(&poses(f32::NAN), 9.0), None, "the same, though no number");
        assert_eq!(eye.waits_since(&poses(1.0), 5.01), None, "too soon");
        assert_eq!(eye.waits_since(&poses(1.0), 9.0), Some(5.0));
        assert_eq!(eye.waits_since(&poses(1.0), 1.0), Some(5.0), "another clock");
    }

    #[test]
    fn numbers_are_no_picture() {
        let numbers =
            ObservationStream::named("observations", vec!["x".to_owned()], Default::default());
        assert!(Stack::of(&numbers, 1).is_none());
    }

    #[test]
    fn a_caption_says_what_is_black_and_what_is_white() {
        let spec = |sees| PictureSpec {
            viewpoint: Viewpoint::Camera(0),
            width: 64,
            height: 48,
            sees,
            samples: 1,
            backdrop: Background::Day,
        };
        let depth =
            caption(&spec(CameraOutput::Depth { near: 0.5, far: 4.0 }), &stack(3, 48, 64, 1));
        assert_eq!(
            depth,
            "64 x 48 depth, black at 0.5 m, white from 4 m on, 3 frames, oldest first"
        );
        assert_eq!(caption(&spec(CameraOutput::Rgb), &stack(1, 48, 64, 3)), "64 x 48 colour");
    }
}

//! Pictures of many environments into bytes.

use super::appearance::Appearance;
use super::bounds::Rect;
use super::canvas::{Canvas, SKY};
use super::error::SightError;
use super::lamp::{Lamp, lamps};
use super::pose::{Pose, WorldFrame};
use super::shade::{Light, Palette, upward};
use super::shadow::shades;
use super::stage::{Placed, RayScene, place_all};
use super::view::{Frustum, Viewpoint, check_size};
use crate::math::lanes::{Isa, Kernel, Lanes, for_isa};
use crate::math::rays::NOWHERE;
use crate::model::{Camera, Model};
use rayon::prelude::*;
use std::sync::Arc;

/// Type of the data of a camera.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CameraOutput {
    /// Red, green and blue.
    Rgb,
    /// The weighted mean of the three (ITU-R BT.601).
    Gray,
    /// Depth along the camera's axis: black from `near` \[m\] on the way to white from `far` on, where there is
    /// nothing too.
    Depth {
        /// Depth that is black \[m\].
        near: f64,
        /// Depth that is white \[m\].
        far: f64,
    },
    /// One more than the geom's index; 0 where there is nothing.
    Segmentation,
}

impl CameraOutput {
    /// Bytes of a pixel.
    pub fn channels(self) -> usize {
        if self == Self::Rgb { 3 } else { 1 }
    }
}

/// Sky and lights for models that define none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Background {
    /// Ours: without a sky a soft one, without lights a sun that throws shadows.
    #[default]
    Day,
    /// MuJoCo's: black, and no light but that at the camera.
    Bare,
}

/// A picture that is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PictureSpec {
    /// Where it is taken from.
    pub viewpoint: Viewpoint,
    /// Width \[pixels\].
    pub width: usize,
    /// Height \[pixels\].
    pub height: usize,
    /// What each pixel holds.
    pub sees: CameraOutput,
    /// Samples along each side of a pixel, whose mean it is.
    pub samples: usize,
    /// What is behind the geoms.
    pub backdrop: Background,
}

impl PictureSpec {
    /// Fails on a picture that cannot be drawn of a model.
    pub fn check(self, model: &Model) -> Result<(), SightError> {
        self.view(model).map(drop)
    }

    fn view(self, model: &Model) -> Result<Frustum, SightError> {
        let Self { width, height, samples, .. } = self;
        check_size(width, height, samples)?;
        check_kind(model, self)?;
        match self.viewpoint {
            Viewpoint::Free(camera) => Frustum::of_angle(camera.fovy, width, height),
            Viewpoint::Camera(index) => {
                let missing = SightError::Camera { index, count: model.cameras.len() };
                Frustum::of_camera(model.cameras.get(index).ok_or(missing)?, width, height)
            }
        }
    }
}

/// Depth and geom at each pixel.
#[derive(Clone, Debug, PartialEq)]
pub struct DepthAndGeoms {
    /// Depth along the camera's axis \[m\], shape (height, width); infinite where there is nothing.
    pub depth: Vec<f64>,
    /// Index of the geom, shape (height, width).
    pub geom: Vec<Option<usize>>,
}

/// Draws one kind of picture of any number of environments.
///
/// A picture is a function of its environment's pose: not of its neighbours, their number, or that of threads,
/// and in f32 lanes of every width it has the same bits.
#[derive(Debug)]
pub struct Renderer {
    stage: Arc<RayScene>,
    palette: Palette,
    spec: PictureSpec,
    view: Frustum,
    isa: Isa,
}

/// ITU-R BT.601.
const LUMA: [f64; 3] = [0.299, 0.587, 0.114];
/// Environments that a thread takes at a time at least.
const LEAST: usize = 4;

impl Renderer {
    /// A renderer of one kind of picture.
    ///
    /// # Errors
    ///
    /// If the model lacks the camera, or a number of the picture is out of its range.
    pub fn new(stage: Arc<RayScene>, spec: PictureSpec, isa: Isa) -> Result<Self, SightError> {
        let view = spec.view(&stage.model)?;
        let palette = Palette::new(&stage, spec.backdrop);
        Ok(Self { stage, palette, spec, view, isa })
    }

    /// Height, width and channels of a picture.
    pub fn shape(&self) -> [usize; 3] {
        [self.spec.height, self.spec.width, self.spec.sees.channels()]
    }

    /// Bytes of a picture.
    pub fn size(&self) -> usize {
        self.shape().iter().product()
    }

    /// One picture of each pose, shape (n, height, width, channels), on all threads of the current pool.
    ///
    /// # Panics
    /// If `out` has not `size` bytes for each pose, or a pose is not of this model.
    pub fn draw(&self, poses: &[Pose], out: &mut [u8]) {
        assert_eq!(out.len(), poses.len() * self.size(), "bytes of {} pictures", poses.len());
        for_isa!(self.isa, L => self.draw_in_lanes::<L>(poses, out));
    }

    fn draw_in_lanes<L: Lanes>(&self, poses: &[Pose], out: &mut [u8]) {
        let pictures = poses.par_iter().zip(out.par_chunks_mut(self.size()));
        pictures.with_min_len(LEAST).for_each_init(
            || PictureScratch::<L>::new(self, self.spec.samples),
            |easel, (pose, out)| easel.paint(self, pose, out),
        );
    }

    /// A room of its own for whoever draws one picture after the other.
    pub fn easel<L: Lanes>(&self) -> PictureScratch<L> {
        PictureScratch::new(self, self.spec.samples)
    }

    /// Depths and geoms of one pose, a ray through the middle of each pixel, whatever the picture shows.
    pub fn measure(&self, pose: &Pose) -> DepthAndGeoms {
        for_isa!(self.isa, L => PictureScratch::<L>::new(self, 1).measure(self, pose))
    }

    /// The cameras of a pose's model, or of how it looks.
    fn cameras<'a>(&'a self, appearance: Option<&'a Appearance>) -> &'a [Camera] {
        appearance.map_or(&self.stage.model.cameras, |appearance| &appearance.cameras)
    }

    fn eye(&self, pose: &Pose, appearance: Option<&Appearance>) -> WorldFrame {
        match self.spec.viewpoint {
            Viewpoint::Free(camera) => camera.frame,
            Viewpoint::Camera(index) => pose.camera(&self.cameras(appearance)[index]),
        }
    }

    /// What is taken in. A field of view that cannot be is as the model has it.
    fn view_of(&self, appearance: Option<&Appearance>) -> Frustum {
        let Viewpoint::Camera(index) = self.spec.viewpoint else { return self.view };
        let (width, height) = (self.spec.width, self.spec.height);
        let own = appearance
            .map(|appearance| Frustum::of_camera(&appearance.cameras[index], width, height));
        own.and_then(Result::ok).unwrap_or(self.view)
    }
}

fn check_kind(model: &Model, spec: PictureSpec) -> Result<(), SightError> {
    let samples = spec.samples;
    match spec.sees {
        CameraOutput::Depth { .. } | CameraOutput::Segmentation if samples != 1 => {
            Err(SightError::Mixed { samples })
        }
        CameraOutput::Depth { near, far } if !(0.0 <= near && near < far && far.is_finite()) => {
            Err(SightError::Range { near, far })
        }
        CameraOutput::Segmentation if model.geoms.len() > 255 => {
            Err(SightError::TooManyGeoms { count: model.geoms.len() })
        }
        _ => Ok(()),
    }
}

/// A thread's room for one environment at a time, in lanes of one width.
#[derive(Debug)]
pub struct PictureScratch<L> {
    canvas: Canvas<L>,
    placed: Vec<Placed<L>>,
    lamps: Vec<Lamp<L>>,
    /// What the canvas takes in at present.
    view: Frustum,
    /// Colours of an environment that has its own.
    palette: Option<Palette>,
    shades: Vec<Option<Rect>>,
    /// Samples of each channel, shape (channels, rows, columns).
    planes: Vec<f32>,
}

impl<L: Lanes> PictureScratch<L> {
    fn new(renderer: &Renderer, samples: usize) -> Self {
        let spec = &renderer.spec;
        let (cols, rows) = (spec.width * samples, spec.height * samples);
        let planes = if samples > 1 { spec.sees.channels() * cols * rows } else { 0 };
        Self {
            canvas: Canvas::new(&renderer.view, cols, rows),
            placed: Vec::new(),
            lamps: Vec::new(),
            view: renderer.view,
            palette: None,
            shades: Vec::new(),
            planes: vec![0.0; planes],
        }
    }

    fn prepare(
        &mut self,
        renderer: &Renderer,
        pose: &Pose,
        appearance: Option<&Appearance>,
    ) -> WorldFrame {
        let (eye, view) = (renderer.eye(pose, appearance), renderer.view_of(appearance));
        let size @ [cols, rows] = [self.canvas.cols, self.canvas.rows];
        if view != self.view {
            self.canvas = Canvas::new(&view, cols, rows);
            self.view = view;
        }
        place_all(&renderer.stage, pose, &eye, &view, size, &mut self.placed);
        eye
    }

    /// The picture of one pose by the renderer that it is of, shape (height, width, channels).
    ///
    /// # Panics
    /// If `out` has not the `size` of a picture, or the pose is not of this model.
    pub fn paint(&mut self, renderer: &Renderer, pose: &Pose, out: &mut [u8]) {
        self.paint_as(renderer, pose, None, out);
    }

    /// The same of an environment that looks so, where it has an appearance of its own.
    ///
    /// # Panics
    /// As [`paint`](Self::paint), and if the appearance is not of this model.
    pub fn paint_as(
        &mut self,
        renderer: &Renderer,
        pose: &Pose,
        appearance: Option<&Appearance>,
        out: &mut [u8],
    ) {
        assert_eq!(out.len(), renderer.size(), "bytes of a picture");
        let eye = self.prepare(renderer, pose, appearance);
        let is_day = renderer.spec.backdrop == Background::Day;
        if matches!(renderer.spec.sees, CameraOutput::Rgb | CameraOutput::Gray) {
            let model = &renderer.stage.model;
            let lights = match appearance {
                Some(appearance) => (&appearance.lights[..], &appearance.headlight),
                None => (&model.lights[..], &model.headlight),
            };
            lamps(lights, is_day, pose, &eye, &mut self.lamps);
            let size = [self.canvas.cols, self.canvas.rows];
            let (stage, view) = (&renderer.stage, &self.view);
            shades(stage, &self.placed, &self.lamps, view, size, &mut self.shades);
            self.palette = appearance.map(|appearance| {
                let mut palette = self.palette.take().unwrap_or_else(|| renderer.palette.clone());
                palette.recolour(appearance.of_props(&renderer.stage));
                palette
            });
        }
        L::vectorize(Paint { easel: self, renderer, eye, out });
    }

    fn measure(&mut self, renderer: &Renderer, pose: &Pose) -> DepthAndGeoms {
        self.prepare(renderer, pose, None);
        L::vectorize(Draw { easel: self, renderer });
        let canvas = &self.canvas;
        let places = (0..canvas.rows).flat_map(|row| (0..canvas.cols).map(move |col| (row, col)));
        let (mut depth, mut geom) = (Vec::new(), Vec::new());
        for (row, col) in places {
            let (at, lane) = (row * canvas.strips + col / L::WIDTH, col % L::WIDTH);
            let prop = canvas.geom[at].lane(lane);
            let of = (prop != SKY).then(|| renderer.stage.props[prop as usize].geomid);
            let t = canvas.depth[at].lane(lane);
            depth.push(if t < NOWHERE { t } else { f64::INFINITY });
            geom.push(of);
        }
        DepthAndGeoms { depth, geom }
    }
}

struct Draw<'a, L> {
    easel: &'a mut PictureScratch<L>,
    renderer: &'a Renderer,
}

impl<L: Lanes> Kernel for Draw<'_, L> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.easel.canvas.draw(&self.renderer.stage, &self.easel.placed);
    }
}

struct Paint<'a, L> {
    easel: &'a mut PictureScratch<L>,
    renderer: &'a Renderer,
    eye: WorldFrame,
    out: &'a mut [u8],
}

impl<L: Lanes> Kernel for Paint<'_, L> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { easel, renderer, eye, out } = self;
        let (stage, sees) = (&renderer.stage, renderer.spec.sees);
        easel.canvas.draw(stage, &easel.placed);
        match sees {
            CameraOutput::Depth { near, far } => depths(&easel.canvas, near, far, out),
            CameraOutput::Segmentation => segments(stage, &easel.canvas, out),
            CameraOutput::Rgb | CameraOutput::Gray => {
                let rows = easel.canvas.rows as f64;
                let light = Light {
                    stage,
                    palette: easel.palette.as_ref().unwrap_or(&renderer.palette),
                    placed: &easel.placed,
                    lamps: &easel.lamps,
                    shades: &easel.shades,
                    up: upward(&eye),
                    sample: L::splat(easel.view.height() / rows),
                };
                if renderer.spec.samples == 1 {
                    colours(&easel.canvas, &light, sees, out);
                } else {
                    samples(&easel.canvas, &light, sees, &mut easel.planes);
                    average(&easel.planes, &easel.canvas, renderer, out);
                }
            }
        }
    }
}

#[inline(always)]
fn depths<L: Lanes>(canvas: &Canvas<L>, near: f64, far: f64, out: &mut [u8]) {
    let scale = L::splat(1.0 / (far - near));
    for row in 0..canvas.rows {
        let line = &mut out[row * canvas.cols..(row + 1) * canvas.cols];
        for strip in 0..canvas.strips {
            let depth = canvas.depth[row * canvas.strips + strip];
            let part = (depth - L::splat(near)) * scale;
            part.spread_bytes(&mut line[strip * L::WIDTH..]);
        }
    }
}

/// The stage's props into geoms, one by one: it is a look-up.
#[inline(always)]
fn segments<L: Lanes>(stage: &RayScene, canvas: &Canvas<L>, out: &mut [u8]) {
    for row in 0..canvas.rows {
        for col in 0..canvas.cols {
            let at = row * canvas.strips + col / L::WIDTH;
            let prop = canvas.geom[at].lane(col % L::WIDTH);
            let geom = if prop == SKY { 0 } else { stage.props[prop as usize].geomid + 1 };
            out[row * canvas.cols + col] = geom as u8;
        }
    }
}

#[inline(always)]
fn gray<L: Lanes>(colour: [L; 3]) -> L {
    let [r, g, b] = LUMA;
    // Each part as bright as it can be shown, as a picture in colour would have it.
    let (zero, one) = (L::zero(), L::one());
    colour[0].clamp(zero, one) * L::splat(r)
        + colour[1].clamp(zero, one) * L::splat(g)
        + colour[2].clamp(zero, one) * L::splat(b)
}

#[inline(always)]
fn colours<L: Lanes>(canvas: &Canvas<L>, light: &Light<'_, L>, sees: CameraOutput, out: &mut [u8]) {
    let channels = sees.channels();
    let mut bytes = [[0_u8; crate::math::lanes::MOST_LANES]; 3];
    for row in 0..canvas.rows {
        let line = &mut out[row * canvas.cols * channels..(row + 1) * canvas.cols * channels];
        for strip in 0..canvas.strips {
            let colour = light.strip(canvas, row, strip);
            let rest = &mut line[strip * L::WIDTH * channels..];
            if channels == 1 {
                gray(colour).spread_bytes(rest);
                continue;
            }
            for k in 0..3 {
                colour[k].spread_bytes(&mut bytes[k]);
            }
            let n = (rest.len() / 3).min(L::WIDTH);
            for lane in 0..n {
                rest[3 * lane] = bytes[0][lane];
                rest[3 * lane + 1] = bytes[1][lane];
                rest[3 * lane + 2] = bytes[2][lane];
            }
        }
    }
}

#[inline(always)]
fn samples<L: Lanes>(
    canvas: &Canvas<L>,
    light: &Light<'_, L>,
    sees: CameraOutput,
    planes: &mut [f32],
) {
    let plane = canvas.rows * canvas.cols;
    for row in 0..canvas.rows {
        for strip in 0..canvas.strips {
            let colour = light.strip(canvas, row, strip);
            let (first, last) = (row * canvas.cols + strip * L::WIDTH, (row + 1) * canvas.cols);
            if sees == CameraOutput::Gray {
                gray(colour).spread(&mut planes[first..last]);
                continue;
            }
            for k in 0..3 {
                let bounded = colour[k].clamp(L::zero(), L::one());
                bounded.spread(&mut planes[k * plane + first..k * plane + last]);
            }
        }
    }
}

/// The mean of each pixel's samples.
#[inline(always)]
fn average<L>(planes: &[f32], canvas: &Canvas<L>, renderer: &Renderer, out: &mut [u8]) {
    let [height, width, channels] = renderer.shape();
    let (side, plane) = (renderer.spec.samples, canvas.rows * canvas.cols);
    let scale = 255.0 / (side * side) as f32;
    for row in 0..height {
        for col in 0..width {
            for channel in 0..channels {
                let mut sum = 0.0;
                for line in 0..side {
                    let first = channel * plane + (row * side + line) * canvas.cols + col * side;
                    for part in &planes[first..first + side] {
                        sum += part;
                    }
                }
                out[(row * width + col) * channels + channel] = (sum * scale + 0.5) as u8;
            }
        }
    }
}

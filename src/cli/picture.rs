//! `dnne look`: a picture of a scene or model as a camera of it sees it, by rays, without a driver.

use super::output::{complain, print, tell};
use super::place::{Advice, Wanted};
use super::{Outcome, check, look};
use crate::diagnostic::did_you_mean;
use crate::math::lanes::Isa;
use crate::model::Model;
use crate::physics::{Data, Params, Plan, refresh};
use crate::session::ScenePreview;
use crate::sight::{
    Background, CameraOutput, DepthAndGeoms, FreeCamera, PictureSpec, Pose, RayScene, Renderer,
    Viewpoint,
};
use anyhow::{Context, bail, ensure};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Of a picture whose size nobody says [pixels].
const SIZE: (usize, usize) = (640, 480);

#[derive(Args)]
pub(super) struct LookArgs {
    /// A scene's folder or name, or a model in MJCF or URDF
    scene: PathBuf,
    /// A camera of the model [default: the model's first, or else one with the robot in view]
    #[arg(long)]
    camera: Option<String>,
    /// The picture to write, a name ending in .png
    #[arg(long)]
    out: PathBuf,
    /// Width and height in pixels [default: the camera's resolution, or 640x480]
    #[arg(long, value_parser = parse_size)]
    size: Option<(usize, usize)>,
    /// Kind of picture
    #[arg(long, value_enum, default_value_t)]
    kind: PictureKind,
    /// Samples along each side of a pixel of rgb and gray [default: 3]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=8))]
    samples: Option<u64>,
    /// Policy steps to simulate first, with zero actions
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=1_000_000))]
    steps: u64,
    /// Seed of the initial state
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Draw only what the model defines: without its own sky the background is black, without lights it is dark
    #[arg(long)]
    bare: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum PictureKind {
    #[default]
    Rgb,
    Gray,
    /// Black is near and white is far: the two ends are printed
    Depth,
    /// A colour for each geom
    Segmentation,
}

fn parse_size(text: &str) -> Result<(usize, usize), String> {
    let wrong = || format!("`{text}` is not a size; write it as 640x480, up to 4096x4096");
    let (width, height) = text.split_once('x').ok_or_else(wrong)?;
    match (width.parse(), height.parse()) {
        (Ok(width @ 1..=4096), Ok(height @ 1..=4096)) => Ok((width, height)),
        _ => Err(wrong()),
    }
}

pub(super) fn run(args: &LookArgs) -> anyhow::Result<Outcome> {
    let is_png = args.out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png"));
    ensure!(is_png, "--out {}: write a name ending in .png", args.out.display());
    let path = match look::target(&args.scene, None) {
        Ok(Some(path)) => path,
        sought => {
            if let Some(advice) = Advice::for_words(&args.scene, Wanted::Scene) {
                return Err(advice.into());
            }
            sought?;
            bail!("{}: neither a scene nor a model", args.scene.display());
        }
    };
    let mut look = match ScenePreview::open(&path, 1, args.seed) {
        Ok(look) => look,
        Err(diagnostics) => {
            diagnostics.iter().for_each(tell);
            let n = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
            complain(check::count(&path, n));
            return Ok(Outcome::Unsound);
        }
    };
    for _ in 0..args.steps {
        look.step()?;
    }
    let model = look.scene().model.clone();
    let snapshot = look.snapshots(1).into_iter().next().context("no environment to look at")?;
    let picture = draw(args, &model, &pose(&model, &snapshot.qpos))?;
    write(&args.out, &picture)?;
    print(&picture.what)?;
    Ok(Outcome::Done)
}

/// Where everything is at these joint positions.
pub(super) fn pose(model: &Arc<Model>, qpos: &[f32]) -> Pose {
    let plan = Plan::new(model.clone());
    let mut data = Data::<f64>::new(&plan);
    for (to, from) in data.state.qpos.iter_mut().zip(qpos) {
        *to = f64::from(*from);
    }
    refresh(&plan, &Params::new(model), &mut data);
    Pose::of(&data, 0)
}

/// A picture in bytes, and what is to be said of it.
struct Picture {
    width: usize,
    height: usize,
    bytes: Vec<u8>,
    channels: usize,
    what: String,
}

fn draw(args: &LookArgs, model: &Arc<Model>, pose: &Pose) -> anyhow::Result<Picture> {
    let (viewpoint, name, size) = viewpoint(args.camera.as_deref(), model, pose)?;
    let (width, height) = args.size.unwrap_or(size);
    let is_colour = matches!(args.kind, PictureKind::Rgb | PictureKind::Gray);
    ensure!(is_colour || args.samples.unwrap_or(1) == 1, "--samples is for rgb and gray");
    let spec = PictureSpec {
        viewpoint,
        width,
        height,
        sees: if args.kind == PictureKind::Gray { CameraOutput::Gray } else { CameraOutput::Rgb },
        samples: if is_colour { args.samples.unwrap_or(3) as usize } else { 1 },
        backdrop: if args.bare { Background::Bare } else { Background::Day },
    };
    let renderer = Renderer::new(Arc::new(RayScene::new(model.clone())), spec, Isa::detect())?;
    let mut what = format!("{}: {width} x {height}, {name}", args.out.display());
    let (bytes, channels) = match args.kind {
        PictureKind::Rgb | PictureKind::Gray => {
            let mut bytes = vec![0; renderer.size()];
            renderer.draw(std::slice::from_ref(pose), &mut bytes);
            (bytes, renderer.shape()[2])
        }
        PictureKind::Depth => {
            let seen = renderer.measure(pose);
            let [near, far] = ends(&seen);
            what += &format!(", depth from {near:.3} m (black) to {far:.3} m (white)");
            (depths(&seen, near, far), 1)
        }
        PictureKind::Segmentation => {
            let seen = renderer.measure(pose);
            (seen.geom.iter().flat_map(|geom| geom.map_or([0; 3], hue)).collect(), 3)
        }
    };
    Ok(Picture { width, height, bytes, channels, what })
}

/// Where from, what it is called, and how large its picture is if nobody says.
fn viewpoint(
    wanted: Option<&str>,
    model: &Arc<Model>,
    pose: &Pose,
) -> anyhow::Result<(Viewpoint, String, (usize, usize))> {
    let index = match wanted {
        None => (!model.cameras.is_empty()).then_some(0),
        Some(name) => Some(camera_named(name, model)?),
    };
    let Some(index) = index else {
        let camera = FreeCamera::over_all(model, pose);
        return Ok((Viewpoint::Free(camera), "the default camera".to_owned(), SIZE));
    };
    let camera = &model.cameras[index];
    let size = match camera.resolution {
        [1, 1] => SIZE,
        [width, height] => (width, height),
    };
    Ok((Viewpoint::Camera(index), format!("camera \"{}\"", camera.name), size))
}

/// The place of a camera among a model's; otherwise names those that there are.
pub(super) fn camera_named(name: &str, model: &Model) -> anyhow::Result<usize> {
    let Some(index) = model.camera_id(name) else {
        let named = model.cameras.iter().filter(|camera| !camera.name.is_empty());
        let known: Vec<&str> = named.map(|camera| camera.name.as_str()).collect();
        bail!("there is no camera \"{name}\": {}", did_you_mean(name, &known));
    };
    Ok(index)
}

/// The nearest and the farthest that is seen.
fn ends(seen: &DepthAndGeoms) -> [f64; 2] {
    let depths = || seen.depth.iter().copied().filter(|depth| depth.is_finite());
    let near = depths().fold(f64::INFINITY, f64::min);
    let far = depths().fold(0.0, f64::max);
    if near < far { [near, far] } else { [0.0, far.max(1.0)] }
}

fn depths(seen: &DepthAndGeoms, near: f64, far: f64) -> Vec<u8> {
    let part = |depth: &f64| ((depth - near) / (far - near)).clamp(0.0, 1.0);
    seen.depth.iter().map(|depth| (part(depth) * 255.0).round() as u8).collect()
}

/// A colour of its own, told apart from those of its neighbours in the list: hues a golden angle apart.
fn hue(geom: usize) -> [u8; 3] {
    let turn = (geom as f64 * 0.618_033_988_75).fract() * 6.0;
    let part = |from: f64| {
        let away = ((turn - from).rem_euclid(6.0) - 3.0).abs();
        let bright = (away - 1.0).clamp(0.0, 1.0);
        (60.0 + 195.0 * bright) as u8
    };
    [part(0.0), part(2.0), part(4.0)]
}

fn write(path: &Path, picture: &Picture) -> anyhow::Result<()> {
    let cannot = || format!("cannot write {}", path.display());
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, picture.width as u32, picture.height as u32);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_color(match picture.channels {
        3 => png::ColorType::Rgb,
        _ => png::ColorType::Grayscale,
    });
    let mut writer = encoder.write_header().with_context(cannot)?;
    writer.write_image_data(&picture.bytes).with_context(cannot)?;
    writer.finish().with_context(cannot)?;
    std::fs::write(path, bytes).with_context(cannot)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: LookArgs,
    }

    fn looked(words: &[&str], out: &Path) -> anyhow::Result<Outcome> {
        let out = out.to_string_lossy().into_owned();
        let words = ["look"].iter().chain(words).copied().chain(["--out", &out]);
        run(&Line::try_parse_from(words)?.args)
    }

    fn decoded(path: &Path) -> (png::OutputInfo, Vec<u8>) {
        let file = std::io::BufReader::new(std::fs::File::open(path).unwrap());
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut bytes).unwrap();
        (info, bytes)
    }

    #[test]
    fn every_kind_of_picture_is_written_in_the_size_that_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("a.png");
        for (kind, channels) in [("rgb", 3), ("gray", 1), ("depth", 1), ("segmentation", 3)] {
            let words = ["scenes/cartpole", "--size", "48x32", "--kind", kind, "--steps", "2"];
            assert!(matches!(looked(&words, &out).unwrap(), Outcome::Done));
            let (info, bytes) = decoded(&out);
            assert_eq!((info.width, info.height, bytes.len()), (48, 32, 48 * 32 * channels));
            assert!(bytes.iter().any(|byte| *byte != bytes[0]), "{kind} is plain");
        }
    }

    #[test]
    fn a_camera_is_found_by_name_and_the_first_is_the_default() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("a.png");
        let model = "tests/golden/models/looks.xml";
        looked(&[model, "--camera", "front", "--samples", "1"], &out).unwrap();
        let (info, by_name) = decoded(&out);
        assert_eq!((info.width, info.height), (64, 48));
        looked(&[model, "--size", "64x48", "--samples", "1"], &out).unwrap();
        assert_ne!(decoded(&out).1, by_name);
        let error = looked(&[model, "--camera", "frnt"], &out).err().unwrap().to_string();
        assert!(error.contains("\"frnt\"") && error.contains("\"front\""), "{error}");
    }

    #[test]
    fn what_cannot_be_looked_at_or_written_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let png = folder.path().join("a.png");
        let error = |words: &[&str], out: &Path| looked(words, out).err().unwrap().to_string();
        assert!(error(&["scenes/cartpole"], &folder.path().join("a.gif")).contains(".png"));
        assert!(error(&["Cargo.toml"], &png).contains("neither a scene nor a model"));
        assert!(error(&["scenes/cartpole", "--size", "0x9"], &png).contains("not a size"));
        let depth = ["scenes/cartpole", "--kind", "depth", "--samples", "2"];
        assert!(error(&depth, &png).contains("rgb and gray"));
        let nowhere = folder.path().join("no/a.png");
        assert!(error(&["scenes/cartpole"], &nowhere).contains("cannot write"));
        let broken = folder.path().join("b.xml");
        std::fs::write(&broken, "<mujoco><worldbody><camera fovy=\"0\"/></worldbody></mujoco>")
            .unwrap();
        let found = looked(&[&broken.to_string_lossy()], &png).unwrap();
        assert!(matches!(found, Outcome::Unsound));
    }
}

//! Films by a camera of the model: what it sees of the first environment, drawn by rays.

use super::super::super::error::ViewerError;
use super::super::super::motion::Motion;
use super::super::super::recording::Recording;
use super::super::stage::{Poser, seen};
use crate::math::lanes::Isa;
use crate::sight::{Background, CameraOutput, PictureSpec, RayScene, Renderer, Viewpoint};
use std::sync::Arc;

/// Samples along each side of a pixel.
const SAMPLES: usize = 2;

/// Draws the pictures of a film in their order and hands them on: RGB, row by row from the top.
pub(super) fn shoot(
    recording: &Recording,
    camera: usize,
    motion: &Motion,
    take: &mut dyn FnMut(u64, &[u8]) -> Result<(), ViewerError>,
) -> Result<(), ViewerError> {
    let model = &motion.scene.model;
    let spec = PictureSpec {
        viewpoint: Viewpoint::Camera(camera),
        width: recording.width as usize,
        height: recording.height as usize,
        sees: CameraOutput::Rgb,
        samples: SAMPLES,
        backdrop: Background::Day,
    };
    let renderer = Renderer::new(Arc::new(RayScene::new(model.clone())), spec, Isa::detect())?;
    let mut poser = Poser::new(model.clone());
    let mut rgb = vec![0; renderer.size()];
    let n_pictures = ((motion.duration_secs() * recording.fps).round() as u64).max(1);
    for picture in 0..n_pictures {
        let (before, after, way) = motion.moment(picture as f64 / recording.fps);
        let first = |step: usize| motion.steps[step].get(..1).unwrap_or_default();
        let bodies = poser.between(first(before), first(after), way);
        let pose = bodies.first().map(|bodies| seen(model, bodies)).filter(|it| it.is_finite());
        match pose {
            Some(pose) => renderer.draw(std::slice::from_ref(&pose), &mut rgb),
            // A body is nowhere.
            None => rgb.fill(0),
        }
        take(picture, &rgb)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::super::super::recording::Target;
    use super::*;
    use crate::model::parse_mjcf;
    use crate::scene::{Scene, SceneLibrary, Snapshot};
    use std::path::Path;

    /// A ball before a camera in a world without light but its own, red on the left half of the way.
    const BALL: &str = r#"<mujoco><worldbody>
        <camera name="eye" pos="0 0 0" xyaxes="0 -1 0 0 0 1" fovy="60"/>
        <body name="ball" pos="4 0 0"><joint name="slide" type="slide" axis="0 1 0"/>
        <geom size="0.5" mass="1" rgba="1 0 0 1"/></body></worldbody></mujoco>"#;

    #[test]
    fn a_film_by_a_camera_shows_what_moves_before_it() {
        let scenes = SceneLibrary::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes"));
        let scene = Scene::clone(&scenes.load("Cartpole").unwrap());
        let model = parse_mjcf(BALL, Path::new(".")).0.unwrap();
        let scene = Scene { model: Arc::new(model), ..scene };
        let at = |y: f32| Snapshot { qpos: vec![y], episode: 1, ..Snapshot::default() };
        // The task's step is a picture. The second environment is not seen.
        let steps = [-1.0, 0.0, 1.0].map(|y| vec![at(y), at(0.0)]).to_vec();
        let fps = 1.0 / scene.task.dt;
        let target = Target::Frames("film".into());
        let (width, height) = (64, 32);
        let recording = Recording { width, height, fps, orbit: 0.0, camera: Some(0), target };
        let mut places = Vec::new();
        let motion = Motion { scene, steps };
        shoot(&recording, 0, &motion, &mut |_, rgb| {
            // Columns in which there is more red than anything else.
            let is_red = |p: &[u8]| p[0].saturating_sub(p[1].max(p[2])) > 40;
            let red: Vec<usize> =
                (0..rgb.len() / 3).filter(|&i| is_red(&rgb[3 * i..3 * i + 3])).collect();
            let sum: usize = red.iter().map(|i| i % 64).sum();
            places.push(sum as f64 / red.len() as f64);
            Ok(())
        })
        .unwrap();
        // It looks along x, so that y is to the left.
        assert_eq!(places.len(), 2, "{places:?}");
        assert!(places[0] > 36.0 && (places[1] - 31.5).abs() < 0.6, "{places:?}");
        let missing = shoot(&recording, 1, &motion, &mut |_, _| Ok(())).unwrap_err().to_string();
        assert!(missing.contains("there is no camera 1"), "{missing}");
    }
}

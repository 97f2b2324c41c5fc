//! Pictures and scans against MuJoCo's rays (`tests/golden/sight/`), and what they promise by themselves.

mod bad_input;
mod golden;
mod looks;
mod pictures;
mod scans;
mod textures;

use super::*;
use crate::math::lanes::Isa;
use crate::model::{Model, load_model, parse_mjcf};
use crate::physics::{Data, Params, Plan, refresh};
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn load(path: &str) -> Arc<Model> {
    let (model, diagnostics) = load_model(&root().join(path));
    Arc::new(model.unwrap_or_else(|| panic!("{path}: {diagnostics:#?}")))
}

/// A model whose world is these elements.
fn world(elements: &str) -> Arc<Model> {
    let text = format!("<mujoco><worldbody>{elements}</worldbody></mujoco>");
    whole(&text)
}

fn whole(text: &str) -> Arc<Model> {
    let (model, diagnostics) = parse_mjcf(text, Path::new(""));
    Arc::new(model.unwrap_or_else(|| panic!("{text}: {diagnostics:#?}")))
}

/// A work bench in the reference precision at these positions.
fn bench(model: &Arc<Model>, qpos: &[f64]) -> (Plan, Data<f64>) {
    let plan = Plan::new(model.clone());
    let mut data = Data::<f64>::new(&plan);
    data.state.qpos.copy_from_slice(qpos);
    refresh(&plan, &Params::new(model), &mut data);
    (plan, data)
}

fn pose(model: &Arc<Model>, qpos: &[f64]) -> Pose {
    Pose::of(&bench(model, qpos).1, 0)
}

fn at_rest(model: &Arc<Model>) -> Pose {
    pose(model, &model.qpos0)
}

fn gray(viewpoint: Viewpoint, size: usize) -> PictureSpec {
    PictureSpec {
        viewpoint,
        width: size,
        height: size,
        sees: CameraOutput::Gray,
        samples: 1,
        backdrop: Background::Day,
    }
}

fn draw(model: &Arc<Model>, spec: PictureSpec, poses: &[Pose], isa: Isa) -> Vec<u8> {
    let renderer = Renderer::new(Arc::new(RayScene::new(model.clone())), spec, isa).unwrap();
    let mut out = vec![0; renderer.size() * poses.len()];
    renderer.draw(poses, &mut out);
    out
}

//! Cameras that a task has for itself, for models that have none where one is wanted.

use super::error::SceneError;
use super::mistakes::Mistakes;
use super::sight_file::{CameraFile, PoseFile};
use super::source_map::Text;
use super::task_file::TaskFile;
use crate::model::{Camera, Model};

/// Adds the cameras whose pose a task file gives to its model; what is wrong with any is noted.
pub(super) fn place(file: &TaskFile, text: &Text<'_>, model: &mut Model, mistakes: &mut Mistakes) {
    for (number, camera) in file.cameras.iter().enumerate() {
        let Some(pose) = &camera.pose else { continue };
        let name = &camera.name;
        if model.cameras.iter().any(|other| other.name == *name) {
            let message = format!(
                "camera \"{name}\": there is one of that name; rename this one, or remove its `pose`"
            );
            mistakes.note(text.error_of(("cameras", number), message));
            continue;
        }
        match placed(camera, pose, model, (text, number)) {
            Ok(placed) => model.cameras.push(placed),
            Err(error) => {
                mistakes.note(error);
                // It is there all the same, so that nobody misses it as well.
                let aims = ([0.0; 3], [1.0, 0.0, 0.0]);
                model.cameras.extend(Camera::looking(name, 0, aims, 45.0));
            }
        }
    }
}

fn placed(
    camera: &CameraFile,
    pose: &PoseFile,
    model: &Model,
    (text, number): (&Text<'_>, usize),
) -> Result<Camera, SceneError> {
    let (entry, name) = (("cameras", number), &camera.name);
    let refuse = |what: &str| Err(text.error_of(entry, format!("camera \"{name}\": {what}")));
    if camera.camera.is_some() {
        return refuse(
            "it has a `pose` of its own, and `camera` names one of the model; remove one",
        );
    }
    let bodyid = match &pose.body {
        None => 0,
        Some(body) => match model.body_id(body) {
            Some(bodyid) => bodyid,
            None => {
                let known = model.bodies.iter().map(|it| it.name.as_str());
                return Err(text.unknown(entry, "body", body, known));
            }
        },
    };
    if !(pose.fovy > 0.0 && pose.fovy < 180.0) {
        let what = format!("a `fovy` of {} degrees: it lies between 0 and 180", pose.fovy);
        return refuse(&what);
    }
    let three = |(x, y, z): (f64, f64, f64)| [x, y, z];
    let aims = (three(pose.pos), three(pose.target));
    match Camera::looking(name, bodyid, aims, pose.fovy) {
        Some(camera) => Ok(camera),
        None => refuse("its `pos` and its `target` must be two different places"),
    }
}

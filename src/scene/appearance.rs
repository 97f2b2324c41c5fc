//! How an episode looks: colours, lights and cameras that differ from one to the next.

use super::error::SceneError;
use super::mistakes::Mistakes;
use super::randomize::resolve;
use super::source_map::{Entry, Text};
use super::task_file::{RandomizeFile, RandomizedFile, TaskFile};
use crate::math::rng::Random;
use crate::math::spatial::{
    M3, Q4, V3, add3, quat_axis_angle, quat_mul, quat_normalize, quat_to_mat, rotate, rotate_back,
};
use crate::model::{CamLightMode, Camera, Light, Model};
use crate::sight::Appearance;

/// What the light at the camera is called among the lights.
const HEADLIGHT: &str = "headlight";

/// What of an appearance each episode has its own of.
#[derive(Clone, Debug)]
pub(super) struct RandomizedAppearance {
    what: RandomizedFile,
    /// Of geoms, lights or cameras; the headlight comes after the last light.
    indices: Vec<usize>,
    change: Change,
}

/// How a number differs.
#[derive(Clone, Copy, Debug)]
enum Change {
    /// A factor in a range.
    Scale(f64, f64),
    /// An addition in a range.
    Add(f64, f64),
}

impl Change {
    /// The number at a difficulty: as it is at 0, anywhere in the range at 1.
    fn draw(self, number: f64, random: &mut Random, difficulty: f64) -> f64 {
        match self {
            Self::Scale(low, high) => {
                number * (1.0 + difficulty * (random.uniform_in(low, high) - 1.0))
            }
            Self::Add(low, high) => number + difficulty * random.uniform_in(low, high),
        }
    }

    /// Between what numbers within bounds can lie.
    fn widen(self, (low, high): (f64, f64)) -> (f64, f64) {
        match self {
            Self::Scale(least, most) => (low * least.min(1.0), high * most.max(1.0)),
            Self::Add(least, most) => (low + least.min(0.0), high + most.max(0.0)),
        }
    }
}

/// The appearance of one episode of one environment: that of a model whose file has the numbers.
pub(super) fn draw(
    model: &Model,
    randomized: &[RandomizedAppearance],
    random: &mut Random,
    difficulty: f64,
) -> Appearance {
    let mut seen = Appearance::of(model);
    for RandomizedAppearance { what, indices, change } in randomized {
        let mut draw = |number: f64| change.draw(number, random, difficulty);
        for &index in indices {
            match what {
                RandomizedFile::Color => {
                    let colour = &mut seen.colours[index];
                    *colour = colour.map(|part| draw(part).clamp(0.0, 1.0));
                }
                RandomizedFile::LightBrightness => {
                    let by = draw(1.0);
                    let [ambient, diffuse, specular] = brightness(&mut seen, index);
                    for part in [ambient, diffuse, specular] {
                        *part = part.map(|it| it * by);
                    }
                }
                RandomizedFile::LightDirection => {
                    turn_light(&mut seen.lights[index], [0.0; 3].map(&mut draw));
                }
                RandomizedFile::CameraPosition => {
                    move_camera(&mut seen.cameras[index], [0.0; 3].map(&mut draw));
                }
                RandomizedFile::CameraOrientation => {
                    turn_camera(&mut seen.cameras[index], [0.0; 3].map(&mut draw));
                }
                RandomizedFile::FieldOfView => {
                    let camera = &mut seen.cameras[index];
                    camera.fovy = draw(camera.fovy);
                }
                // Of the physics.
                RandomizedFile::Mass
                | RandomizedFile::Friction
                | RandomizedFile::Damping
                | RandomizedFile::Stiffness
                | RandomizedFile::Strength => {}
            }
        }
    }
    seen
}

/// Ambient, diffuse and specular light of a light, or of the headlight after the last.
fn brightness(seen: &mut Appearance, index: usize) -> [&mut V3<f64>; 3] {
    match seen.lights.get_mut(index) {
        Some(light) => [&mut light.ambient, &mut light.diffuse, &mut light.specular],
        None => {
            let head = &mut seen.headlight;
            [&mut head.ambient, &mut head.diffuse, &mut head.specular]
        }
    }
}

/// Turns about x, then y, then z [degrees].
fn turns(degrees: V3<f64>) -> Q4<f64> {
    let about = |k: usize| {
        let mut axis = [0.0; 3];
        axis[k] = 1.0;
        quat_axis_angle(axis, degrees[k].to_radians())
    };
    quat_mul(about(2), quat_mul(about(1), about(0)))
}

fn turn_light(light: &mut Light, degrees: V3<f64>) {
    let turn = quat_to_mat(turns(degrees));
    (light.dir, light.dir0) = (rotate(&turn, light.dir), rotate(&turn, light.dir0));
}

/// By so much along the axes of its body [m].
fn move_camera(camera: &mut Camera, by: V3<f64>) {
    // The body's axes at the reference position follow from the camera's.
    let own = rotate_back(&quat_to_mat(camera.quat), by);
    let in_world = rotate(&camera.mat0, own);
    camera.pos = add3(camera.pos, by);
    camera.pos0 = add3(camera.pos0, in_world);
    camera.poscom0 = add3(camera.poscom0, in_world);
}

/// About its own axes.
fn turn_camera(camera: &mut Camera, degrees: V3<f64>) {
    let turn = turns(degrees);
    camera.quat = quat_normalize(quat_mul(camera.quat, turn));
    camera.mat0 = product(&camera.mat0, &quat_to_mat(turn));
}

fn product(a: &M3<f64>, b: &M3<f64>) -> M3<f64> {
    std::array::from_fn(|i| (0..3).map(|k| a[3 * (i / 3) + k] * b[3 * k + i % 3]).sum())
}

/// What of appearances a task file randomises; what is wrong with any is noted.
pub(super) fn compile(
    file: &TaskFile,
    text: &Text<'_>,
    model: &Model,
    mistakes: &mut Mistakes,
) -> Vec<RandomizedAppearance> {
    let mut fields_of_view: Vec<(f64, f64)> =
        model.cameras.iter().map(|it| (it.fovy, it.fovy)).collect();
    let mut randomized = Vec::new();
    for (number, entry) in file.randomize.iter().enumerate() {
        if !entry.what.is_appearance() {
            continue;
        }
        let place = ("randomize", number);
        let Some(change) = mistakes.take(change(entry, place, text)) else { continue };
        let indices = indices(entry, file, (text, mistakes), place, model);
        for &index in &indices {
            let bounds = fields_of_view.get_mut(index);
            let message = unfit(entry.what, index, model).or_else(|| match bounds {
                Some(bounds) if entry.what == RandomizedFile::FieldOfView => {
                    *bounds = change.widen(*bounds);
                    unfit_view(&model.cameras[index], *bounds)
                }
                _ => None,
            });
            if let Some(message) = message {
                mistakes.note(text.error_of(place, message));
            }
        }
        randomized.push(RandomizedAppearance { what: entry.what, indices, change });
    }
    randomized
}

/// How an entry has numbers differ.
fn change(entry: &RandomizeFile, place: Entry<'_>, text: &Text<'_>) -> Result<Change, SceneError> {
    use RandomizedFile::{CameraOrientation, CameraPosition, LightBrightness, LightDirection};
    let wrong = |message: String| Err(text.error_of(place, message));
    let what = entry.what;
    match (entry.scale, entry.add) {
        (Some(_), None) if matches!(what, LightDirection | CameraPosition | CameraOrientation) => {
            wrong(format!("{what:?} has no factor: write `add: (low, high)` in place of `scale`"))
        }
        (None, Some(_)) if what == LightBrightness => {
            wrong(format!("{what:?} is a factor: write `scale: (low, high)` in place of `add`"))
        }
        (Some((low, high)), None) if 0.0 <= low && low <= high && high <= 1000.0 => {
            Ok(Change::Scale(low, high))
        }
        (None, Some((low, high))) if -1e4 <= low && low <= high && high <= 1e4 => {
            Ok(Change::Add(low, high))
        }
        (Some(_), None) => {
            wrong(format!("the `scale` of {what:?} must be (low, high) within 0 to 1000"))
        }
        (None, Some(_)) => {
            wrong(format!("the `add` of {what:?} must be (low, high) within -10000 to 10000"))
        }
        (Some(_), Some(_)) => {
            wrong(format!("{what:?} has either `scale` or `add`; for both write two entries"))
        }
        (None, None) => wrong(format!("{what:?} lacks `scale` or `add`")),
    }
}

/// What an entry is of; `*` stands for all, also those without a name.
fn indices(
    entry: &RandomizeFile,
    file: &TaskFile,
    (text, mistakes): (&Text<'_>, &mut Mistakes),
    place: Entry<'_>,
    model: &Model,
) -> Vec<usize> {
    use RandomizedFile::{Color, LightBrightness, LightDirection};
    let lights = || model.lights.iter().map(|it| it.name.as_str());
    let (kind, n, known): (&str, usize, Vec<&str>) = match entry.what {
        Color => {
            let names = model.geoms.iter().map(|it| it.name.as_str());
            ("geom", model.geoms.len(), names.collect())
        }
        LightDirection => ("light", model.lights.len(), lights().collect()),
        LightBrightness => ("light", model.lights.len() + 1, lights().chain([HEADLIGHT]).collect()),
        _ => {
            let names = model.cameras.iter().map(|it| it.name.as_str());
            ("camera", model.cameras.len(), names.collect())
        }
    };
    let is_all = entry.names.iter().any(|name| name == "*");
    if is_all && (n == 0 || (kind, n) == ("light", 1) && model.lights.is_empty()) {
        let message = format!("the model has no {kind} to differ; add a `<{kind}>` to it");
        mistakes.note(text.error_of(place, message));
    }
    match is_all {
        true => (0..n).collect(),
        false => resolve(file, (text, mistakes), place, kind, &entry.names, &known),
    }
}

/// Why something of this index cannot differ so.
fn unfit(what: RandomizedFile, index: usize, model: &Model) -> Option<String> {
    let aims = |mode: CamLightMode, target: Option<usize>| {
        target.is_some() && matches!(mode, CamLightMode::TargetBody | CamLightMode::TargetBodyCom)
    };
    let (kind, name, reason) = match what {
        RandomizedFile::LightDirection => {
            let light = &model.lights[index];
            let reason =
                aims(light.mode, light.targetbodyid).then_some("it is turned to its target");
            ("light", &light.name, reason)
        }
        RandomizedFile::CameraOrientation => {
            let camera = &model.cameras[index];
            let reason =
                aims(camera.mode, camera.targetbodyid).then_some("it is turned to its target");
            ("camera", &camera.name, reason)
        }
        RandomizedFile::FieldOfView => {
            let camera = &model.cameras[index];
            let reason = (camera.sensorsize != [0.0; 2])
                .then_some("its `sensorsize` and `focal` say what it takes in");
            ("camera", &camera.name, reason)
        }
        _ => return None,
    };
    reason.map(|reason| format!("{what:?} of {kind} \"{name}\" cannot differ: {reason}"))
}

/// What is wrong with a field of view in these bounds.
fn unfit_view(camera: &Camera, (low, high): (f64, f64)) -> Option<String> {
    let most = if camera.orthographic { f64::INFINITY } else { 180.0 };
    let name = &camera.name;
    (low <= 0.0 || high >= most).then(|| {
        format!(
            "the field of view of camera \"{name}\" would lie between {low} and {high}: it is above 0 and below \
             {most}"
        )
    })
}

//! What differs between environments and episodes: reset noise, model parameters, pushes.

use super::error::SceneError;
use super::mistakes::Mistakes;
use super::source_map::{Entry, Text};
use super::task_file::{RandomizedFile, TaskFile};
use crate::math::lanes::{Lanes, sin_cos};
use crate::math::rng::{Random, RandomStream, ranged};
use crate::model::{JointType, Model};

/// Uniform noise of one joint at the start of an episode.
#[derive(Clone, Debug)]
pub(super) struct ResetNoise {
    pub jntid: usize,
    pub qpos: (f64, f64),
    pub qvel: (f64, f64),
    pub xy: (f64, f64),
    pub yaw: (f64, f64),
}

impl ResetNoise {
    /// Adds the noise to a state of shapes (nq,) and (nv,); `uniform` draws numbers from [0, 1).
    pub(super) fn apply<L: Lanes>(
        &self,
        model: &Model,
        uniform: &mut impl FnMut() -> L,
        qpos: &mut [L],
        qvel: &mut [L],
    ) {
        let joint = &model.joints[self.jntid];
        let mut draw = |(low, high): (f64, f64)| {
            if low == high { L::splat(low) } else { ranged(low, high, uniform()) }
        };
        let q = &mut qpos[joint.qposadr..joint.qposadr + joint.jnt_type.nq()];
        match joint.jnt_type {
            JointType::Slide | JointType::Hinge => {
                q[0] += draw(self.qpos);
                if joint.limited {
                    let [low, high] = joint.range.map(L::splat);
                    q[0] = Lanes::clamp(q[0], low, high);
                }
            }
            JointType::Free => {
                q[0] += draw(self.xy);
                q[1] += draw(self.xy);
                q[2] += draw(self.qpos);
                let (sin, cos) = sin_cos(L::splat(0.5) * draw(self.yaw));
                // A turn about the world's vertical comes before the pose that is there.
                let [w, x, y, z] = [q[3], q[4], q[5], q[6]];
                q[3] = cos * w - sin * z;
                q[4] = cos * x - sin * y;
                q[5] = cos * y + sin * x;
                q[6] = cos * z + sin * w;
            }
            JointType::Ball => {}
        }
        for v in &mut qvel[joint.dofadr..joint.dofadr + joint.jnt_type.nv()] {
            *v += draw(self.qvel);
        }
    }
}

/// Now and then a free body's horizontal velocity changes at once.
#[derive(Clone, Debug)]
pub(super) struct Pushes {
    /// The joint's first dof.
    pub dofadr: usize,
    /// Policy steps from one push to the next.
    pub every: u32,
    /// [m/s]
    pub velocity: f64,
}

impl Pushes {
    /// What a push at a difficulty adds to the velocity along x and y [m/s], by two numbers uniform in [0, 1).
    pub(super) fn change<L: Lanes>(&self, difficulty: L, [turn, size]: [L; 2]) -> [L; 2] {
        let (sin, cos) = sin_cos(ranged(0.0, std::f64::consts::TAU, turn));
        let speed = difficulty * L::splat(self.velocity) * size;
        [speed * cos, speed * sin]
    }
}

/// A parameter of the model that each environment has its own of.
#[derive(Clone, Debug)]
pub(super) struct Randomized {
    what: RandomizedFile,
    indices: Vec<usize>,
    scale: (f64, f64),
}

/// A variant of the model for one episode of one environment: each parameter times a factor that is
/// one at difficulty 0 and anywhere in its range at difficulty 1. What the model's compiler derives from
/// the numbers in the file is as of a file with the products, but for springs and dampers that the file
/// gives by time constants and ratios: they stay those of its own masses. None if a variant cannot be: a
/// mass has become too small for its joints.
pub(super) fn variant(
    model: &Model,
    randomized: &[Randomized],
    random: &mut Random,
    difficulty: f64,
) -> Option<Model> {
    let factor = |(low, high): (f64, f64)| 1.0 + difficulty * (random.uniform_in(low, high) - 1.0);
    scaled(model, randomized, factor)
}

/// Variants that differ from the model in every number in which any can: with all factors at their least, with all at
/// their most, and some between.
pub(super) fn all_differing(model: &Model, randomized: &[Randomized]) -> Vec<Model> {
    let ends: [fn((f64, f64)) -> f64; 2] = [|(low, _)| low, |(_, high)| high];
    let at_ends = ends.into_iter().filter_map(|factor| scaled(model, randomized, factor));
    let between = (0..4).filter_map(|number| {
        let mut random = Random::new(0, RandomStream::Randomize, number, 0);
        variant(model, randomized, &mut random, 1.0)
    });
    at_ends.chain(between).collect()
}

fn scaled(
    model: &Model,
    randomized: &[Randomized],
    mut factor: impl FnMut((f64, f64)) -> f64,
) -> Option<Model> {
    let mut model = model.clone();
    let mut masses_changed = false;
    let mut frictions = vec![None; model.geoms.len()];
    for parameter in randomized {
        for &index in &parameter.indices {
            let factor = factor(parameter.scale);
            masses_changed |= parameter.what == RandomizedFile::Mass;
            if parameter.what == RandomizedFile::Friction {
                frictions[index] = Some(frictions[index].unwrap_or(1.0) * factor);
            } else {
                scale(&mut model, parameter.what, index, factor);
            }
        }
    }
    model.scale_friction(&frictions);
    (!masses_changed || model.set_constants()).then_some(model)
}

fn scale(model: &mut Model, what: RandomizedFile, index: usize, factor: f64) {
    match what {
        RandomizedFile::Mass => {
            let body = &mut model.bodies[index];
            body.mass *= factor;
            body.inertia = body.inertia.map(|moment| moment * factor);
        }
        // A contact has two geoms: their friction is scaled when all factors are known.
        RandomizedFile::Friction => {}
        RandomizedFile::Stiffness => model.joints[index].stiffness *= factor,
        RandomizedFile::Damping => {
            let joint = &model.joints[index];
            for dof in joint.dofadr..joint.dofadr + joint.jnt_type.nv() {
                model.dofs[dof].damping *= factor;
            }
        }
        RandomizedFile::Strength => {
            let actuator = &mut model.actuators[index];
            actuator.gainprm = actuator.gainprm.map(|gain| gain * factor);
            actuator.biasprm = actuator.biasprm.map(|bias| bias * factor);
            for muscle in
                [&mut actuator.gain_muscle, &mut actuator.bias_muscle].into_iter().flatten()
            {
                muscle.scale *= factor;
                // A negative force stands for the scale.
                muscle.force *= if muscle.force < 0.0 { 1.0 } else { factor };
            }
        }
        // Of looks, which are drawn for themselves.
        RandomizedFile::Color
        | RandomizedFile::LightBrightness
        | RandomizedFile::LightDirection
        | RandomizedFile::CameraPosition
        | RandomizedFile::CameraOrientation
        | RandomizedFile::FieldOfView => {}
    }
}

/// Names, where a group's name stands for its members and `*` for all.
fn members(file: &TaskFile, name: &str, all: impl Iterator<Item = String>) -> Vec<String> {
    match file.groups.iter().find(|(group, _)| group == name) {
        Some((_, members)) => members.clone(),
        None if name == "*" => all.collect(),
        None => vec![name.to_owned()],
    }
}

/// The indices of what a list of names stands for, each once. What nothing is called is noted.
pub(super) fn resolve(
    file: &TaskFile,
    (text, mistakes): (&Text<'_>, &mut Mistakes),
    entry: Entry<'_>,
    kind: &str,
    names: &[String],
    known: &[&str],
) -> Vec<usize> {
    let mut indices = Vec::new();
    for name in names.iter().filter(|name| !mistakes.is_lost(name)).collect::<Vec<_>>() {
        let all = || known.iter().filter(|name| !name.is_empty()).map(|name| (*name).to_owned());
        for member in members(file, name, all()) {
            match known.iter().position(|known| **known == member) {
                Some(index) if !indices.contains(&index) => indices.push(index),
                Some(_) => {}
                None => mistakes.note(text.unknown(entry, kind, &member, known.iter().copied())),
            }
        }
    }
    indices
}

pub(super) fn reset_noise(
    file: &TaskFile,
    text: &Text<'_>,
    model: &Model,
    mistakes: &mut Mistakes,
) -> Vec<ResetNoise> {
    let mut noise = Vec::new();
    let scalar = |jnt_type| matches!(jnt_type, JointType::Slide | JointType::Hinge);
    let known: Vec<&str> = model.joints.iter().map(|joint| joint.name.as_str()).collect();
    for (number, reset) in file.reset.iter().enumerate() {
        let entry = ("reset", number);
        let names = std::slice::from_ref(&reset.joint);
        let mut joints = resolve(file, (text, mistakes), entry, "joint", names, &known);
        if reset.joint == "*" {
            joints.retain(|&jnt| scalar(model.joints[jnt].jnt_type));
        }
        let turns = reset.xy != (0.0, 0.0) || reset.yaw != (0.0, 0.0);
        let is_free = |jnt: &usize| model.joints[*jnt].jnt_type == JointType::Free;
        if turns && !joints.iter().all(is_free) {
            let message = format!("`xy` and `yaw` need a free joint, \"{}\" is none", reset.joint);
            mistakes.note(text.error_in(entry, &reset.joint, message));
        }
        let &super::task_file::ResetFile { qpos, qvel, xy, yaw, .. } = reset;
        noise.extend(joints.into_iter().map(|jntid| ResetNoise { jntid, qpos, qvel, xy, yaw }));
    }
    noise
}

pub(super) fn pushes(
    file: &TaskFile,
    text: &Text<'_>,
    model: &Model,
) -> Result<Option<Pushes>, SceneError> {
    let Some(pushes) = &file.pushes else { return Ok(None) };
    let wrong = |message| text.error_in(("pushes", 0), &pushes.joint, message);
    let Some(jntid) = model.joint_id(&pushes.joint) else {
        let known = model.joints.iter().map(|joint| joint.name.as_str());
        return Err(text.unknown(("pushes", 0), "joint", &pushes.joint, known));
    };
    let joint = &model.joints[jntid];
    if joint.jnt_type != JointType::Free {
        return Err(wrong(format!("\"{}\" is not a free joint; pushes need one", pushes.joint)));
    }
    if pushes.every == 0 || !pushes.velocity.is_finite() || pushes.velocity < 0.0 {
        let message = "`every` must be at least 1 and `velocity` a finite speed from 0";
        return Err(wrong(message.to_owned()));
    }
    let (dofadr, every, velocity) = (joint.dofadr, pushes.every, pushes.velocity);
    Ok(Some(Pushes { dofadr, every, velocity }))
}

pub(super) fn randomized(
    file: &TaskFile,
    text: &Text<'_>,
    model: &Model,
    mistakes: &mut Mistakes,
) -> Vec<Randomized> {
    let mut all = Vec::new();
    for (number, entry) in file.randomize.iter().enumerate() {
        let place = ("randomize", number);
        if entry.what.is_appearance() {
            continue;
        }
        let (kind, known) = choices(entry.what, model);
        let mut indices = resolve(file, (text, mistakes), place, kind, &entry.names, &known);
        if entry.what == RandomizedFile::Mass {
            // The world is no body to be randomised.
            indices.iter_mut().for_each(|index| *index += 1);
        }
        let Some(scale @ (low, high)) = entry.scale.filter(|_| entry.add.is_none()) else {
            let message = format!("{:?} has a factor: write `scale: (low, high)`", entry.what);
            mistakes.note(text.error_of(place, message));
            continue;
        };
        if !(low > 0.0 && low <= high && high <= 1000.0) {
            let message =
                "the scale of a randomised parameter must be (low, high) within (0, 1000]";
            mistakes.note(text.error_of(place, message.to_owned()));
        }
        all.push(Randomized { what: entry.what, indices, scale });
    }
    all
}

/// Of what a parameter is, and the names of those.
fn choices(what: RandomizedFile, model: &Model) -> (&'static str, Vec<&str>) {
    match what {
        RandomizedFile::Mass => {
            ("body", model.bodies.iter().skip(1).map(|it| it.name.as_str()).collect())
        }
        RandomizedFile::Friction => {
            ("geom", model.geoms.iter().map(|it| it.name.as_str()).collect())
        }
        RandomizedFile::Damping | RandomizedFile::Stiffness => {
            ("joint", model.joints.iter().map(|it| it.name.as_str()).collect())
        }
        _ => ("actuator", model.actuators.iter().map(|it| it.name.as_str()).collect()),
    }
}

//! `dnne check` and `dnne nodes`.

use super::output::{Verbosity, complain, print};
use super::{Outcome, source};
use crate::diagnostic::has_errors;
use crate::model::{JointType, load_model};
use crate::nodes::{Kinds, registry};
use crate::scene::Scene;
use crate::session::load_workflow;
use crate::space::SeenBy;
use clap::Args;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

#[derive(Args)]
pub(super) struct CheckArgs {
    /// Workflow file, scene folder, or model in MJCF or URDF
    path: PathBuf,
    /// Folder of scenes [default: the one beside the workflow's folder, or ./scenes]
    #[arg(long)]
    scenes: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct NodesArgs {
    /// Node kind to describe; all are listed without it
    name: Option<String>,
}

pub(super) fn run(args: &CheckArgs) -> anyhow::Result<Outcome> {
    if args.path.is_dir() {
        return check_scene(&args.path);
    }
    if is_xml(&args.path) {
        return check_model(&args.path);
    }
    let scenes = source::scene_library(args.scenes.as_deref(), &args.path);
    let source = load_workflow(&args.path, &[], &Kinds::builtin(), &scenes);
    source::report(&source, Verbosity::Verbose);
    if has_errors(&source.diagnostics) {
        let n = source.diagnostics.iter().filter(|d| d.is_error()).count();
        complain(count(&args.path, n));
        return Ok(Outcome::Unsound);
    }
    let n_nodes = source.graph.map_or(0, |graph| graph.nodes.len());
    print(format_args!("{}: sound, {n_nodes} nodes", args.path.display()))?;
    Ok(Outcome::Done)
}

/// Whether it is a model: by how its name ends, or by how it begins.
pub(super) fn is_xml(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let begins = || {
        let mut head = [0; 256];
        let read = std::fs::File::open(path).and_then(|mut file| file.read(&mut head));
        let text = &head[..read.unwrap_or(0)];
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        text.trim_ascii_start().starts_with(b"<")
    };
    matches!(ending.as_str(), "xml" | "urdf" | "mjcf") || begins()
}

/// The line that ends a list of errors.
pub(super) fn count(path: &Path, n: usize) -> String {
    format!("{}: {n} error{}", path.display(), if n == 1 { "" } else { "s" })
}

fn check_scene(folder: &Path) -> anyhow::Result<Outcome> {
    let scene = match Scene::load(folder) {
        Ok(scene) => scene,
        Err(error) => {
            complain(error);
            return Ok(Outcome::Unsound);
        }
    };
    let mut out = std::io::stdout().lock();
    let (model, task) = (&scene.model, &scene.task);
    writeln!(out, "{}: sound", folder.display())?;
    let list = |names: Vec<&str>| names.join(", ");
    let bodies = model.bodies.iter().skip(1).map(|body| body.name.as_str()).collect();
    writeln!(out, "  bodies        {}", list(bodies))?;
    for joint in &model.joints {
        let (name, unit) = match joint.jnt_type {
            JointType::Free => ("free", "m"),
            JointType::Ball => ("ball", "rad"),
            JointType::Slide => ("slide", "m"),
            JointType::Hinge => ("hinge", "rad"),
        };
        let range = match joint.limited {
            true => format!("{:.4} to {:.4} {unit}", joint.range[0], joint.range[1]),
            false => "unlimited".to_owned(),
        };
        writeln!(out, "  joint         {} ({name}, {range})", joint.name)?;
    }
    for actuator in &model.actuators {
        writeln!(out, "  actuator      {} (gear {})", actuator.name, actuator.gear[0])?;
    }
    writeln!(out, "  actions       {}", task.action_space)?;
    for stream in task.observations.streams() {
        let what = match stream.seen_by {
            SeenBy::Policy => "observations",
            SeenBy::Value => "value only  ",
        };
        writeln!(out, "  {what}  {}: {}", stream.size(), stream.components.join(", "))?;
    }
    writeln!(out, "  rewards       {}", task.reward_names.join(", "))?;
    writeln!(out, "  terminations  {}", task.termination_names.join(", "))?;
    let (dt, substeps, length) = (task.dt, task.substeps, task.episode_length);
    writeln!(
        out,
        "  time          {dt:.5} s a step ({substeps} physics), {length} steps an episode"
    )?;
    Ok(Outcome::Done)
}

fn check_model(path: &Path) -> anyhow::Result<Outcome> {
    let (model, diagnostics) = load_model(path);
    for diagnostic in &diagnostics {
        complain(diagnostic);
    }
    let Some(model) = model else {
        let n = diagnostics.iter().filter(|d| d.is_error()).count();
        complain(count(path, n));
        return Ok(Outcome::Unsound);
    };
    let (nbody, nv, nu) = (model.bodies.len() - 1, model.nv, model.nu);
    let file = path.display();
    print(format_args!("{file}: sound, {nbody} bodies, {nv} dofs, {nu} actuators"))?;
    Ok(Outcome::Done)
}

pub(super) fn nodes(args: &NodesArgs) -> anyhow::Result<Outcome> {
    let text = match &args.name {
        None => registry().list(),
        Some(name) => {
            let text = registry().describe(name);
            if registry().find(name).is_none() {
                complain(text);
                return Ok(Outcome::Unsound);
            }
            text
        }
    };
    print(text.trim_end())?;
    Ok(Outcome::Done)
}

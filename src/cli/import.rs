//! `dnne import`: a robot's file becomes a scene folder that runs at once.

use super::output::{print, tell};
use super::{Outcome, import_workflow};
use crate::diagnostic::Severity;
use crate::model::{JointType, Model, load_model_files};
use crate::scene::Scene;
use anyhow::{Context, bail, ensure};
use clap::Args;
use std::fmt::Write;
use std::path::{Path, PathBuf};

#[derive(Args)]
pub(super) struct ImportArgs {
    /// Model of the robot: an MJCF or URDF file
    robot: PathBuf,
    /// Folder of the new scene [default: scenes/<the file's name>]
    #[arg(long)]
    out: Option<PathBuf>,
}

pub(super) fn run(args: &ImportArgs) -> anyhow::Result<Outcome> {
    let stem = args.robot.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let stem = stem.with_context(|| format!("{} is not a file", args.robot.display()))?;
    let out = args.out.clone().unwrap_or_else(|| Path::new("scenes").join(&stem));
    ensure!(!out.exists(), "{} exists already; choose another folder with --out", out.display());
    let (model, diagnostics, files) = load_model_files(&args.robot);
    for diagnostic in &diagnostics {
        if diagnostic.severity != Severity::Note {
            tell(diagnostic);
        }
    }
    let Some(model) = model else {
        bail!("{}: the model does not load; see above", args.robot.display());
    };
    check_actuators(&model)?;
    // Made under another name and moved, so that a scene is there whole or not at all.
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).with_context(|| format!("make {}", parent.display()))?;
    let draft = tempfile::Builder::new()
        .prefix(".unfinished-")
        .tempdir_in(parent)
        .with_context(|| format!("make a folder in {}", parent.display()))?;
    let copy = copy_files(&files, draft.path())?;
    let task = task_text(&model, &copy.to_string_lossy().replace('\\', "/"))?;
    let task_file = draft.path().join("task.ron");
    std::fs::write(&task_file, task).with_context(|| format!("write {}", task_file.display()))?;
    // What was written must run: names, numbers, and copied files, for a scene reads none from outside.
    Scene::load(draft.path()).context("the copy of the model does not load as a scene")?;
    std::fs::rename(draft.path(), &out).with_context(|| format!("make {}", out.display()))?;
    let _moved = draft.keep();
    let name = out.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let written = import_workflow::write(&out, &name)?;
    print(format!(
        "{out}: a scene of {n_bodies} bodies, {nv} degrees of freedom and {nu} actuators\n\
         {workflow}: {what}\n\
         Look at it:      dnne watch {out}\n\
         Write its task:  {out}/task.ron\n\
         Check it:        dnne check {out}\n\
         Train it:        dnne train {workflow}{scenes}\n\
         Watch it train:  dnne watch {workflow}{scenes}",
        out = out.display(),
        n_bodies = model.bodies.len() - 1,
        nv = model.nv,
        nu = model.nu,
        workflow = written.path.display(),
        what = match written.was_there {
            true => "was there already, and is left as it was",
            false => "a workflow that trains it with PPO",
        },
        scenes = written.scenes.map_or(String::new(), |it| format!(" --scenes {}", it.display())),
    ))?;
    Ok(Outcome::Done)
}

/// Copies files with their places relative to the folder that holds them all, and returns that of the first.
fn copy_files(files: &[PathBuf], to: &Path) -> anyhow::Result<PathBuf> {
    let folder = common_folder(files);
    let within = |file: &Path| -> anyhow::Result<PathBuf> {
        let relative = file.strip_prefix(&folder);
        Ok(relative.with_context(|| format!("{} lies on another disk", file.display()))?.to_owned())
    };
    for file in files {
        let target = to.join(within(file)?);
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent)
                .with_context(|| format!("make {}", parent.display()))?;
        }
        std::fs::copy(file, &target).with_context(|| format!("copy {}", file.display()))?;
    }
    let first = files.first().context("the model has no file")?;
    within(first)
}

/// The innermost folder that holds all of some absolute paths.
fn common_folder(files: &[PathBuf]) -> PathBuf {
    let mut folder = files.first().and_then(|file| file.parent()).unwrap_or(Path::new(""));
    while !files.iter().all(|file| file.starts_with(folder)) {
        let Some(above) = folder.parent() else { break };
        folder = above;
    }
    folder.to_owned()
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.contains(['\'', '"', '\\'])
}

fn check_actuators(model: &Model) -> anyhow::Result<()> {
    ensure!(
        model.actuators.iter().any(|actuator| is_plain(&actuator.name)),
        "the model has no actuator with a name, and a policy must have something to move; give it \
         <actuator><motor name=\"...\" joint=\"...\"/></actuator>, or efforts in a URDF"
    );
    Ok(())
}

/// A task file to begin with: it stands, moves forward, and says how to go on.
fn task_text(model: &Model, file_name: &str) -> anyhow::Result<String> {
    let actuators: Vec<_> = model.actuators.iter().filter(|a| is_plain(&a.name)).collect();
    let scalar = |t| matches!(t, JointType::Hinge | JointType::Slide);
    let joints: Vec<_> =
        model.joints.iter().filter(|j| scalar(j.jnt_type) && is_plain(&j.name)).collect();
    let root = model.joints.iter().find(|joint| joint.jnt_type == JointType::Free);
    let root = root.map(|joint| (joint, &model.bodies[joint.bodyid].name));
    let root = root.filter(|(_, body)| is_plain(body));

    let mut text = String::new();
    let substeps = (0.02 / model.opt.timestep).round().clamp(1.0, 10_000.0);
    writeln!(
        text,
        "// Observations, rewards and terminations; scenes/README.md lists everything that can stand here."
    )?;
    writeln!(text, "Task(\n    model: \"{file_name}\",")?;
    writeln!(text, "    dt: {},  // policy step [s]", substeps * model.opt.timestep)?;
    writeln!(text, "    substeps: {substeps},  // physics steps in a policy step")?;
    writeln!(text, "    episode_length: 1000,  // policy steps\n")?;
    writeln!(
        text,
        "    // Actions are clipped to [-1, 1]; times the scale they are the actuators' controls."
    )?;
    writeln!(text, "    actions: Continuous([")?;
    for actuator in &actuators {
        let scale = actuator.ctrlrange.map_or(1.0, |[low, high]| low.abs().max(high.abs()));
        writeln!(text, "        (actuator: \"{}\", scale: {scale:?}),", actuator.name)?;
    }
    writeln!(text, "    ]),\n    groups: [")?;
    let list = |names: Vec<&String>| {
        names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
    };
    writeln!(text, "        (\"joints\", [{}]),", list(joints.iter().map(|j| &j.name).collect()))?;
    writeln!(
        text,
        "        (\"motors\", [{}]),",
        list(actuators.iter().map(|a| &a.name).collect())
    )?;
    writeln!(text, "    ],\n    observations: [")?;
    if let Some((_, body)) = root {
        writeln!(text, "        (\"height\", \"xpos('{body}').z\"),")?;
        writeln!(text, "        (\"up\", \"axis_z('{body}').z\"),")?;
        writeln!(
            text,
            "        (\"roll\", \"roll('{body}')\"),\n        (\"pitch\", \"pitch('{body}')\"),"
        )?;
        for (quantity, name) in [("local_linvel", "velocity"), ("local_angvel", "spin")] {
            for axis in ["x", "y", "z"] {
                writeln!(text, "        (\"{name}_{axis}\", \"{quantity}('{body}').{axis}\"),")?;
            }
        }
    }
    if !joints.is_empty() {
        writeln!(text, "        (\"joint_position\", \"each(joints, qpos(it))\"),")?;
        writeln!(text, "        (\"joint_velocity\", \"each(joints, 0.1 * qvel(it))\"),")?;
    }
    writeln!(text, "        (\"action\", \"each(motors, action(it))\"),\n    ],\n    rewards: [")?;
    if let Some((_, body)) = root {
        writeln!(text, "        (\"forward\", \"local_linvel('{body}').x\"),")?;
        writeln!(text, "        (\"alive\", \"1\"),")?;
    } else {
        writeln!(text, "        // Replace this by what the robot is there for.")?;
        writeln!(text, "        (\"stillness\", \"-0.01 * sum(joints, qvel(it)^2)\"),")?;
    }
    writeln!(text, "        (\"effort\", \"-0.01 * sum(motors, action(it)^2)\"),\n    ],")?;
    if let Some((joint, body)) = root {
        let height = model.qpos0[joint.qposadr + 2];
        writeln!(text, "    terminations: [")?;
        writeln!(text, "        // Half as high as it starts.")?;
        writeln!(
            text,
            "        (name: \"fallen\", when: \"xpos('{body}').z < {:.4}\"),",
            0.5 * height
        )?;
        writeln!(text, "    ],")?;
    }
    writeln!(text, "    reset: [(joint: \"*\", qpos: (-0.05, 0.05), qvel: (-0.05, 0.05))],\n)")?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_keep_their_places_in_the_folder_that_holds_them_all() {
        for (files, expected) in [
            (&["/a/b/c.xml"][..], "/a/b"),
            (&["/a/b/c.xml", "/a/b/d/e.stl"], "/a/b"),
            (&["/a/b/c.xml", "/a/d/e.stl", "/a/b/f.stl"], "/a"),
            (&["/a/bc/d.xml", "/a/b/d.xml"], "/a"),
            (&["/a/b.xml", "/c/d.stl"], "/"),
        ] {
            let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
            assert_eq!(common_folder(&files), Path::new(expected), "{files:?}");
        }
    }
}

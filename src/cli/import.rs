//! `dnne import`: a robot's file becomes a scene folder that runs at once.

use super::Outcome;
use super::output::print;
use crate::diagnostic::Severity;
use crate::model::{JointType, Model, load_model};
use crate::scene::Scene;
use anyhow::{Context, bail, ensure};
use clap::Args;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Component, Path, PathBuf};

#[derive(Args)]
pub(super) struct ImportArgs {
    /// Robot's model: MJCF or URDF
    robot: PathBuf,
    /// Folder of the new scene [default: scenes/<the file's name>]
    #[arg(long)]
    out: Option<PathBuf>,
}

pub(super) fn run(args: &ImportArgs) -> anyhow::Result<Outcome> {
    let stem = args.robot.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let stem = stem.with_context(|| format!("{} is no file", args.robot.display()))?;
    let out = args.out.clone().unwrap_or_else(|| Path::new("scenes").join(&stem));
    ensure!(!out.exists(), "{} exists already; choose another folder with --out", out.display());
    let (model, diagnostics) = load_model(&args.robot);
    for diagnostic in &diagnostics {
        if diagnostic.severity != Severity::Note {
            super::output::complain(diagnostic);
        }
    }
    let Some(model) = model else {
        bail!("{}: the model does not load; see above", args.robot.display());
    };
    let file_name = args.robot.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let task = task_text(&model, &file_name)?;

    // Made under another name and moved, so that a scene is there whole or not at all.
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).with_context(|| format!("make {}", parent.display()))?;
    let draft = tempfile::Builder::new()
        .prefix(".unfinished-")
        .tempdir_in(parent)
        .with_context(|| format!("make a folder in {}", parent.display()))?;
    let folder = args.robot.parent().unwrap_or(Path::new(""));
    copy_files(&args.robot, folder, draft.path())?;
    let task_file = draft.path().join("task.ron");
    std::fs::write(&task_file, task).with_context(|| format!("write {}", task_file.display()))?;
    // What was written must run: names, copied files and numbers.
    Scene::load(draft.path()).context("the copy of the model does not load as a scene")?;
    std::fs::rename(draft.path(), &out).with_context(|| format!("make {}", out.display()))?;
    let _moved = draft.keep();
    print(format!(
        "{out}: a scene of {n_bodies} bodies, {nv} degrees of freedom and {nu} actuators\n\
         Look at it:  dnne check {out}\n\
         Write its task:  {out}/task.ron",
        out = out.display(),
        n_bodies = model.bodies.len() - 1,
        nv = model.nv,
        nu = model.nu,
    ))?;
    Ok(Outcome::Done)
}

/// Copies a model and every file that it names, with their places relative to it.
fn copy_files(robot: &Path, folder: &Path, to: &Path) -> anyhow::Result<()> {
    let mut wanted = vec![PathBuf::from(robot.file_name().unwrap_or_default())];
    let mut copied = BTreeSet::new();
    while let Some(relative) = wanted.pop() {
        let relative = plain(&relative).with_context(|| {
            let named = relative.display();
            format!("the model names {named}, which is not beside or below it; put it there and import again")
        })?;
        if !copied.insert(relative.clone()) {
            continue;
        }
        let (source, target) = (folder.join(&relative), to.join(&relative));
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::copy(&source, &target).with_context(|| format!("copy {}", source.display()))?;
        let is_xml = source.extension().is_some_and(|e| e == "xml" || e == "urdf" || e == "mjcf");
        if is_xml {
            let text = std::fs::read_to_string(&source)
                .with_context(|| format!("read {}", source.display()))?;
            wanted.extend(named_files(&text, folder)?);
        }
    }
    Ok(())
}

/// A relative path without `.` and `..`; none if it leads out of its folder.
fn plain(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => plain.push(name),
            Component::CurDir => {}
            Component::ParentDir if plain.pop() => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(plain)
}

/// The files that are named in a model and exist, relative to its folder.
fn named_files(text: &str, folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let options = roxmltree::ParsingOptions { allow_dtd: false, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(text, options)?;
    let mut places = vec![PathBuf::new()];
    let elements = || document.descendants().filter(roxmltree::Node::is_element);
    for compiler in elements().filter(|node| node.has_tag_name("compiler")) {
        for attribute in ["meshdir", "assetdir", "texturedir"] {
            places.extend(compiler.attribute(attribute).map(PathBuf::from));
        }
    }
    let mut files = Vec::new();
    for node in elements() {
        for attribute in ["file", "filename"] {
            let Some(name) = node.attribute(attribute) else { continue };
            // URDF's packages are folders beside the file.
            let name = name.strip_prefix("package://").unwrap_or(name);
            let found = places.iter().map(|place| place.join(name));
            files.extend(found.filter(|path| folder.join(path).is_file()));
        }
    }
    Ok(files)
}

/// A task file to begin with: it stands, moves forward, and says how to go on.
fn task_text(model: &Model, file_name: &str) -> anyhow::Result<String> {
    let named = |name: &str| !name.is_empty() && !name.contains(['\'', '"', '\\']);
    let actuators: Vec<_> = model.actuators.iter().filter(|a| named(&a.name)).collect();
    ensure!(
        !actuators.is_empty(),
        "the model has no actuator with a name, and a policy must have something to move; give it \
         <actuator><motor name=\"...\" joint=\"...\"/></actuator>, or efforts in a URDF"
    );
    let scalar = |t| matches!(t, JointType::Hinge | JointType::Slide);
    let joints: Vec<_> =
        model.joints.iter().filter(|j| scalar(j.jnt_type) && named(&j.name)).collect();
    let root = model.joints.iter().find(|joint| joint.jnt_type == JointType::Free);
    let root = root.map(|joint| (joint, &model.bodies[joint.bodyid].name));
    let root = root.filter(|(_, body)| named(body));

    let mut text = String::new();
    let substeps = (0.02 / model.opt.timestep).round().clamp(1.0, 10_000.0);
    writeln!(
        text,
        "// What is observed, rewarded and ended; scenes/README.md lists all that can be written here."
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
    fn paths_that_stay_below_are_made_plain() {
        for (path, expected) in [
            ("a/b.xml", Some("a/b.xml")),
            ("./a/./b.xml", Some("a/b.xml")),
            ("a/../b.xml", Some("b.xml")),
            ("../b.xml", None),
            ("a/../../b.xml", None),
            ("/b.xml", None),
        ] {
            assert_eq!(plain(Path::new(path)), expected.map(PathBuf::from), "{path}");
        }
    }
}

//! A scene or a model that is looked at without a policy: `dnne watch SCENE`.

use super::output::{complain, tell};
use super::watch::WatchArgs;
use super::{Outcome, STARTED, check, place, signals, start};
use crate::diagnostic::Diagnostic;
use crate::nodes::ActionMode;
use crate::scene::SceneLibrary;
use crate::session::{ScenePreview, Subject};
use crate::viewer::{self, FirstPage, ReadySession, SessionKind, WindowOptions};
use anyhow::ensure;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Most environments that are looked at: their physics shares the processor with the pictures.
const MOST: u64 = 64;

/// What a path means if it means something to look at: a scene's folder or its task file, a model, or the name of
/// a scene in a folder of scenes, by default the one here or above.
pub(super) fn target(words: &Path, scenes: Option<&Path>) -> anyhow::Result<Option<PathBuf>> {
    let path = &if scenes.is_some() { words.to_owned() } else { place::scene(words) };
    let is_task = path.file_name().is_some_and(|name| name == "task.ron");
    if path.is_dir() && path.join("task.ron").is_file() && !path.join("run.json").is_file() {
        return Ok(Some(path.to_owned()));
    }
    if is_task && path.is_file() {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        return Ok(Some(folder.unwrap_or(Path::new(".")).to_owned()));
    }
    if path.is_file() && Subject::of(path) == Subject::Model {
        return Ok(Some(path.to_owned()));
    }
    // A name, and not a path that is mistaken.
    let is_name = path.components().count() == 1 && path.extension().is_none() && !path.exists();
    match is_name {
        true => {
            let library =
                SceneLibrary::new(scenes.map_or_else(|| place::folder("scenes"), Path::to_owned));
            Ok(Some(library.find(&path.to_string_lossy())?))
        }
        false => Ok(None),
    }
}

/// Opens a window on a scene or a model, from which others can be opened too.
pub(super) fn run(args: &WatchArgs, path: &Path) -> anyhow::Result<Outcome> {
    let n_envs = args.envs.unwrap_or(1);
    ensure!(n_envs <= MOST, "--envs {n_envs}: at most {MOST} are looked at without a policy");
    let interrupted = signals::watch()?;
    let look = match ScenePreview::open(path, n_envs as usize, args.seed.unwrap_or(1)) {
        Ok(look) => look,
        Err(diagnostics) => {
            say(path, &diagnostics);
            return Ok(Outcome::Unsound);
        }
    };
    let opened = opened(look, args, *STARTED, interrupted.clone());
    let doors = start::Doors { interrupted: interrupted.clone() };
    viewer::browse(doors, FirstPage::Watch(Box::new(opened)))?;
    Ok(match interrupted.load(Ordering::SeqCst) {
        true => Outcome::Interrupted,
        false => Outcome::Done,
    })
}

/// The same for who is in the window already; otherwise all that is wrong.
pub(super) fn open(
    path: &Path,
    args: &WatchArgs,
    interrupted: Arc<AtomicBool>,
) -> Result<ReadySession, String> {
    let look = ScenePreview::open(path, 1, 1).map_err(|diagnostics| {
        let lines: Vec<String> = diagnostics.iter().map(|it| it.plain().to_string()).collect();
        lines.join("\n")
    })?;
    Ok(opened(look, args, Instant::now(), interrupted))
}

fn say(path: &Path, diagnostics: &[Diagnostic]) {
    diagnostics.iter().for_each(tell);
    let n = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
    complain(check::count(path, n));
}

fn opened(
    look: ScenePreview,
    args: &WatchArgs,
    started: Instant,
    interrupted: Arc<AtomicBool>,
) -> ReadySession {
    let show = WindowOptions {
        scene: look.scene().clone(),
        n_envs: look.n_envs(),
        most_envs: look.n_envs(),
        checkpoints: Vec::new(),
        run: None,
        title: look.scene().name.clone(),
        kind: SessionKind::Looking,
        planned: None,
        action_mode: ActionMode::Mean,
        history: Vec::new(),
        interrupted: interrupted.clone(),
        max_fps: args.fps,
        started,
        renders: !args.no_3d,
        stays: true,
    };
    let work = move |broadcast| {
        look.run(broadcast, &interrupted).map(|()| None).map_err(|error| error.to_string())
    };
    ReadySession { show, work: Box::new(work) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn scenes_task_files_and_models_are_looked_at_and_runs_and_workflows_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for (folder, file) in [("scene", "task.ron"), ("run", "run.json"), ("run", "task.ron")] {
            fs::create_dir_all(path(folder)).unwrap();
            fs::write(path(folder).join(file), "").unwrap();
        }
        for (file, text) in
            [("a.urdf", ""), ("b.XML", ""), ("c.robot", " <mujoco/>"), ("d.json", "{}")]
        {
            fs::write(path(file), text).unwrap();
        }
        let of = |name: &str| target(&path(name), None).unwrap();
        assert_eq!(of("scene"), Some(path("scene")));
        assert_eq!(of("scene/task.ron"), Some(path("scene")));
        for model in ["a.urdf", "b.XML", "c.robot"] {
            assert_eq!(of(model), Some(path(model)));
        }
        for other in ["run", "d.json", "nowhere.json", "nowhere"] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn a_name_is_that_of_a_scene() {
        assert_eq!(target(Path::new("Cart_Pole"), None).unwrap(), Some("scenes/cartpole".into()));
        let error = target(Path::new("cartpol"), None).unwrap_err().to_string();
        assert!(error.contains("did you mean \"cartpole\"?"), "{error}");
    }
}

//! Where what a person names is sought, so that commands work from any folder.
//!
//! A path that is there is taken as it is. Another that does not begin with `/`, `./` or `../` is sought in the folders
//! above, and a bare name in their `workflows` and `scenes`; last comes the checkout that this program was built from.
//! What else may be meant by words that lead to nothing is in `place/advice.rs`.
//! Runs and checkpoints are sought by [`Saved::find`](crate::nodes::Saved::find) in the folders alone.

use super::output::complain;
use crate::diagnostic::Diagnostic;
use crate::scene::SceneLibrary;
use std::path::{Component, Path, PathBuf};

mod advice;
mod of_scene;

pub(super) use advice::{Advice, Wanted};
pub(super) use of_scene::{ToTrain, to_train};

const WORKFLOWS: &str = "workflows";
const SCENES: &str = "scenes";

/// The checkout that this program was built from; it may be gone.
fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folders in which something is sought that is not where its path says: the present one first.
fn homes() -> Vec<PathBuf> {
    let here = std::env::current_dir().unwrap_or_default();
    let above = here.ancestors().skip(1).map(Path::to_owned);
    [PathBuf::new()].into_iter().chain(above).chain([checkout().to_owned()]).collect()
}

/// Whether words may be sought elsewhere than where they lead.
fn is_open(words: &Path) -> bool {
    !words.as_os_str().is_empty()
        && words.components().all(|part| matches!(part, Component::Normal(_)))
        && !words.exists()
}

/// The first of what `candidates` finds in each home; the words themselves if there is none. Says so if
/// it is elsewhere than in the present folder.
fn sought(words: &Path, candidates: impl Fn(&Path) -> Vec<PathBuf>) -> PathBuf {
    if !is_open(words) {
        return words.to_owned();
    }
    for home in homes() {
        if let Some(found) = candidates(&home).into_iter().next() {
            if !home.as_os_str().is_empty() {
                complain(format_args!("note: {} is {}", words.display(), found.display()));
            }
            return found;
        }
    }
    words.to_owned()
}

/// What an argument names; an error with what there is where it is not given. `command` is whose argument it is.
pub(super) fn given<'a>(
    argument: Option<&'a PathBuf>,
    command: &str,
    wanted: Wanted,
) -> Result<&'a Path, Advice> {
    argument.map(PathBuf::as_path).ok_or_else(|| Advice::for_nothing(command, wanted))
}

/// Fails if words name no run and no checkpoint, with what may be meant.
pub(super) fn run(words: &Path) -> Result<(), Advice> {
    Advice::for_words(words, Wanted::Run).map_or(Ok(()), Err)
}

/// The file of the workflow that words mean: a path, or a name in `workflows`.
pub(super) fn workflow(words: &Path) -> PathBuf {
    let named = Path::new(WORKFLOWS).join(words);
    sought(words, |home| {
        let file = named.with_added_extension("json");
        let all = [words, named.as_path(), file.as_path()].map(|it| home.join(it));
        all.into_iter().filter(|path| path.is_file()).collect()
    })
}

/// The folder or file of the scene or model that words mean: a path, or the name of a scene as workflows have it.
pub(super) fn scene(words: &Path) -> PathBuf {
    sought(words, |home| {
        let named = words.components().count() == 1;
        let library = SceneLibrary::new(home.join(SCENES));
        let by_name = named.then(|| library.find(&words.to_string_lossy()).ok()).flatten();
        let here = Some(home.join(words));
        let here = here.filter(|path| path.is_file() || path.join("task.ron").is_file());
        here.into_iter().chain(by_name).collect()
    })
}

/// Says in a finding about a file what may be meant by words that lead to none of the kind.
pub(super) fn advise(mut found: Vec<Diagnostic>, words: &Path, wanted: Wanted) -> Vec<Diagnostic> {
    if let Some(Advice { message, help, .. }) = Advice::for_words(words, wanted)
        && let Some(first) = found.iter_mut().find(|found| found.is_error())
    {
        // That nothing is there has been said; that it is something else has not.
        first.remedy = if words.exists() { format!("{message}; {help}") } else { help };
    }
    found
}

/// What the words for a scene, a model or a workflow mean.
pub(super) fn anything(words: &Path) -> PathBuf {
    let scene = scene(words);
    if scene.exists() { scene } else { workflow(words) }
}

/// A folder of the project: here or above, or that of the checkout. Where there is none, the one that would be here.
pub(super) fn folder(name: &str) -> PathBuf {
    let found = homes().into_iter().map(|home| home.join(name)).find(|path| path.is_dir());
    found.unwrap_or_else(|| PathBuf::from(name))
}

/// The scenes that belong to a workflow: `--scenes`; else the first folder `scenes` that holds any, beside the
/// workflow's file and in the folders above it, then here and in the folders above, then in the checkout.
pub(super) fn scene_library(option: Option<&Path>, workflow: &Path) -> SceneLibrary {
    if let Some(folder) = option {
        return SceneLibrary::new(short(folder.to_owned()));
    }
    let file = std::path::absolute(workflow).unwrap_or_else(|_| workflow.to_owned());
    let around = file.ancestors().skip(1).map(|folder| folder.join(SCENES));
    let mut all = around.chain(homes().into_iter().map(|home| home.join(SCENES)));
    let folder = all.find(|folder| !SceneLibrary::new(folder).names().is_empty());
    SceneLibrary::new(short(folder.unwrap_or_else(|| PathBuf::from(SCENES))))
}

/// A path without dots, and without what the present folder's begins with, reads better in messages.
fn short(folder: PathBuf) -> PathBuf {
    let current = std::env::current_dir().ok().and_then(|here| here.canonicalize().ok());
    match (folder.canonicalize(), current) {
        (Ok(full), Some(here)) => match full.strip_prefix(&here) {
            // Nothing is here, but no folder to read.
            Ok(inside) if inside.as_os_str().is_empty() => PathBuf::from("."),
            Ok(inside) => inside.to_owned(),
            Err(_) => full,
        },
        _ => folder,
    }
}

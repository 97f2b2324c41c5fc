//! How a person likes the window, kept from one time to the next.

use bevy::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// What is kept, by name: each feature has its own. What a file does not say is as it is at first.
#[derive(Resource, Default)]
pub(crate) struct Preferences {
    /// Where, if they are to be kept.
    file: Option<PathBuf>,
    now: Map<String, Value>,
    /// What is in the file.
    kept: Map<String, Value>,
    /// Why the file could not be read, if that is so.
    problem: Option<String>,
}

impl Preferences {
    /// Those of a file. One that cannot be read counts as none, which is said, and steps aside when preferences
    /// are kept again.
    pub(crate) fn open(file: Option<PathBuf>) -> Self {
        let (kept, problem) = match file.as_deref().map_or(Ok(Map::new()), read) {
            Ok(kept) => (kept, None),
            Err(problem) => (Map::new(), Some(problem)),
        };
        Self { file, now: kept.clone(), kept, problem }
    }

    /// Why the file could not be read, if that is so.
    pub(crate) fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// What was kept under a name; none if nothing was, or nothing that fits, which is said.
    pub(crate) fn get<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let value = self.now.get(name)?;
        match serde_json::from_value(value.clone()) {
            Ok(value) => Some(value),
            Err(error) => {
                eprintln!("warning: the preference {name:?} is left out: {error}");
                None
            }
        }
    }

    /// Keeps something under a name.
    pub(crate) fn set(&mut self, name: &str, value: impl Serialize) {
        // What is kept are plain data, which are always JSON.
        if let Ok(value) = serde_json::to_value(value) {
            self.now.insert(name.to_owned(), value);
        }
    }

    /// Writes the file, if something is not as it is there.
    pub(crate) fn write(&mut self) {
        let Some(path) = self.file.as_ref().filter(|_| self.now != self.kept) else { return };
        let aside = match &self.problem {
            // What somebody may have written by hand is not lost.
            Some(_) if path.is_file() => std::fs::rename(path, path.with_extension("broken.json")),
            _ => Ok(()),
        };
        let written = aside
            .and_then(|()| path.parent().map_or(Ok(()), std::fs::create_dir_all))
            .map_err(|error| error.to_string())
            .and_then(|()| serde_json::to_vec_pretty(&self.now).map_err(|error| error.to_string()))
            .and_then(|bytes| {
                crate::session::write_atomically(path, &bytes).map_err(|error| error.to_string())
            });
        match written {
            Ok(()) => (self.kept, self.problem) = (self.now.clone(), None),
            Err(error) => {
                let path = path.display();
                eprintln!("warning: the window's layout was not kept in {path}: {error}");
            }
        }
    }
}

/// What a file holds; nothing if there is none.
fn read(path: &Path) -> Result<Map<String, Value>, String> {
    let said = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    match std::fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| said(&error)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Map::new()),
        Err(error) => Err(said(&error)),
    }
}

/// Features hand over what they keep. Runs when the window closes.
#[derive(SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct KeepPreferences;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Preferences>()
        .configure_sets(Last, KeepPreferences.run_if(on_message::<AppExit>))
        .add_systems(
            Last,
            (|mut preferences: ResMut<Preferences>| preferences.write())
                .after(KeepPreferences)
                .run_if(on_message::<AppExit>),
        );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_there_the_next_time_and_a_broken_file_is_said_and_steps_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/window.json");
        let mut preferences = Preferences::open(Some(path.clone()));
        assert_eq!(preferences.get::<bool>("light"), None);
        preferences.set("light", true);
        preferences.set("panel_width", 250.0);
        preferences.write();
        let again = Preferences::open(Some(path.clone()));
        assert_eq!((again.get("light"), again.get("panel_width")), (Some(true), Some(250.0)));
        assert_eq!(again.get::<bool>("panel_width"), None);
        std::fs::write(&path, "[1, 2").unwrap();
        let mut broken = Preferences::open(Some(path.clone()));
        assert_eq!(broken.get::<bool>("light"), None);
        assert!(broken.problem().is_some_and(|it| it.contains("window.json")));
        // Nothing is kept: it stays as it is.
        broken.write();
        assert_eq!(std::fs::read(&path).unwrap(), b"[1, 2");
        broken.set("light", false);
        broken.write();
        assert_eq!(Preferences::open(Some(path.clone())).get("light"), Some(false));
        assert_eq!(std::fs::read(path.with_extension("broken.json")).unwrap(), b"[1, 2");
        // A file that is not there yet is no problem.
        assert_eq!(Preferences::open(Some(folder.path().join("none"))).problem(), None);
    }
}

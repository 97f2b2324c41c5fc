//! How a person likes the window, kept from one time to the next.

use bevy::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::path::PathBuf;

/// What is kept, by name: each feature has its own. What a file does not say is as it is at first.
#[derive(Resource, Default)]
pub(crate) struct Preferences {
    /// Where, if they are to be kept.
    file: Option<PathBuf>,
    now: Map<String, Value>,
    /// What is in the file.
    kept: Map<String, Value>,
}

impl Preferences {
    /// Those of a file. One that cannot be read is as good as none: nothing hangs on it.
    pub(crate) fn open(file: Option<PathBuf>) -> Self {
        let bytes = file.as_deref().and_then(|path| std::fs::read(path).ok());
        let kept: Map<String, Value> =
            bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        Self { file, now: kept.clone(), kept }
    }

    /// What was kept under a name; none if nothing was, or nothing that fits.
    pub(crate) fn get<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        self.now.get(name).and_then(|value| serde_json::from_value(value.clone()).ok())
    }

    /// Keeps something under a name.
    pub(crate) fn set(&mut self, name: &str, value: impl Serialize) {
        // What is kept are plain data, which are always JSON.
        if let Ok(value) = serde_json::to_value(value) {
            self.now.insert(name.to_owned(), value);
        }
    }

    fn write(&mut self) {
        let Some(path) = self.file.as_ref().filter(|_| self.now != self.kept) else { return };
        let written = path
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .map_err(|error| error.to_string())
            .and_then(|()| serde_json::to_vec_pretty(&self.now).map_err(|error| error.to_string()))
            .and_then(|bytes| {
                crate::session::write_atomically(path, &bytes).map_err(|error| error.to_string())
            });
        match written {
            Ok(()) => self.kept = self.now.clone(),
            Err(error) => {
                let path = path.display();
                eprintln!("warning: the window's layout was not kept in {path}: {error}");
            }
        }
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
    fn what_was_kept_is_there_the_next_time_and_a_broken_file_is_none() {
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
        assert_eq!(Preferences::open(Some(path)).get::<bool>("light"), None);
    }
}

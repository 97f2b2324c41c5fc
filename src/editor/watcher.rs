//! Wakes the window when a file changes that it shows: at rest it draws nothing, and would not see it.

use bevy_egui::egui;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, SystemTime};

/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);

/// Looks at files from a thread of its own, as long as it is there.
#[derive(Default)]
pub(crate) struct Watcher(Option<Arc<Mutex<Watched>>>);

struct Watched {
    /// Files and folders, and what was last seen of each.
    files: Vec<(PathBuf, Option<Stamp>)>,
    has_news: bool,
    window: egui::Context,
}

/// What tells that a file changed: when it was written, and its size.
type Stamp = (Option<SystemTime>, u64);

impl Watcher {
    /// Looks at these from now on.
    pub(crate) fn watch(&mut self, files: Vec<PathBuf>, window: &egui::Context) {
        if let Some(watched) = &self.0 {
            let mut watched = lock(watched);
            let are_same = watched.files.iter().map(|(path, _)| path).eq(&files);
            if !are_same {
                watched.files = files.into_iter().map(stamped).collect();
            }
            return;
        }
        let files = files.into_iter().map(stamped).collect();
        let watched = Watched { files, has_news: false, window: window.clone() };
        let watched = Arc::new(Mutex::new(watched));
        let seen_by_thread = Arc::downgrade(&watched);
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(EVERY);
                if !look(&seen_by_thread) {
                    return;
                }
            }
        });
        self.0 = Some(watched);
    }

    /// Whether something changed since this was asked last.
    pub(crate) fn has_news(&self) -> bool {
        self.0.as_ref().is_some_and(|watched| std::mem::take(&mut lock(watched).has_news))
    }
}

/// Looks once; whether somebody is still interested.
fn look(watched: &Weak<Mutex<Watched>>) -> bool {
    let Some(watched) = watched.upgrade() else { return false };
    // Files may lie far away: nobody waits for the look.
    let paths: Vec<PathBuf> = lock(&watched).files.iter().map(|(path, _)| path.clone()).collect();
    let now: Vec<(PathBuf, Option<Stamp>)> = paths.into_iter().map(stamped).collect();
    let mut watched = lock(&watched);
    let are_same_files =
        watched.files.iter().map(|(path, _)| path).eq(now.iter().map(|(path, _)| path));
    if are_same_files && watched.files != now {
        watched.files = now;
        watched.has_news = true;
        watched.window.request_repaint();
    }
    true
}

fn stamped(path: PathBuf) -> (PathBuf, Option<Stamp>) {
    let stamp = stamp(&path);
    (path, stamp)
}

/// None of a file that is not there.
fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok(), metadata.len()))
}

fn lock(watched: &Mutex<Watched>) -> MutexGuard<'_, Watched> {
    watched.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn the_window_is_woken_when_a_file_changes_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let (file, other) = (folder.path().join("a.json"), folder.path().join("scenes"));
        std::fs::write(&file, "{}").unwrap();
        let window = egui::Context::default();
        let n_woken = Arc::new(AtomicUsize::new(0));
        let woken = n_woken.clone();
        window.set_request_repaint_callback(move |_| {
            woken.fetch_add(1, Ordering::SeqCst);
        });
        let mut watcher = Watcher::default();
        watcher.watch(vec![file.clone(), other.clone()], &window);
        let watched = Arc::downgrade(watcher.0.as_ref().unwrap());
        assert!(look(&watched) && !watcher.has_news());
        assert_eq!(n_woken.load(Ordering::SeqCst), 0);
        // Changed, come, gone.
        for change in [
            (&|| std::fs::write(&file, "{ }").unwrap()) as &dyn Fn(),
            &|| std::fs::create_dir(&other).unwrap(),
            &|| std::fs::remove_file(&file).unwrap(),
        ] {
            // What was asked for before is drawn.
            (0..4).for_each(|_| drop(window.run_ui(egui::RawInput::default(), |_| {})));
            let before = n_woken.load(Ordering::SeqCst);
            change();
            assert!(look(&watched) && watcher.has_news() && !watcher.has_news());
            assert_eq!(n_woken.load(Ordering::SeqCst), before + 1);
        }
        // The same again are no other files; others are not news.
        watcher.watch(vec![file.clone(), other.clone()], &window);
        watcher.watch(vec![other], &window);
        assert!(look(&watched) && !watcher.has_news());
        drop(watcher);
        assert!(!look(&watched));
    }
}

//! The curves of another run behind those of this one.

use super::super::super::live::Curves;
use crate::nodes::RUNS_FOLDER;
use crate::session::{RunFolder, runs_in};
use bevy_egui::egui::{ComboBox, Ui};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Runs that are listed, the newest ones.
const N_RUNS: usize = 24;
/// How long a list of them is shown before they are looked for again.
const LISTED: Duration = Duration::from_secs(1);

/// The newest runs, as they were found last.
#[derive(Default)]
pub(super) struct Runs {
    paths: Vec<PathBuf>,
    found: Option<Instant>,
}

impl Runs {
    /// Those in a folder, which is read at most once a second, without the one on show.
    fn listed(&mut self, folder: &Path, on_show: Option<&Path>) -> &[PathBuf] {
        if self.found.is_none_or(|found| found.elapsed() >= LISTED) {
            let full = |path: &Path| path.canonicalize().ok();
            let on_show = on_show.and_then(full);
            let is_other = |path: &PathBuf| on_show.is_none() || full(path) != on_show;
            let runs = runs_in(folder).into_iter().map(|(path, _)| path);
            self.paths = runs.filter(is_other).take(N_RUNS).collect();
            self.found = Some(Instant::now());
        }
        &self.paths
    }
}

/// Another run, as it was when it was chosen.
pub(super) struct Behind {
    pub name: String,
    path: PathBuf,
    pub curves: Curves,
    /// What was drawn last, by metric: how it was averaged, and the points.
    drawn: HashMap<String, (f64, Vec<[f64; 2]>)>,
}

impl Behind {
    /// Reads the rows of a run; otherwise says what is wrong with it.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let (folder, _) = RunFolder::open(path).map_err(|error| error.to_string())?;
        let rows = folder.metric_rows().map_err(|error| error.to_string())?;
        let mut curves = Curves::default();
        rows.iter().for_each(|row| curves.push(row));
        if curves.n_rows == 0 {
            return Err(format!("{} has made no update yet", path.display()));
        }
        Ok(Self { name: name(path), path: path.to_owned(), curves, drawn: HashMap::new() })
    }

    /// A metric as (steps, value), averaged over so many rows and thinned.
    pub(super) fn points(&mut self, name: &str, smoothing: f64, most: usize) -> &[[f64; 2]] {
        let curves = &self.curves;
        let smooth = || (smoothing, curves.smooth(name, smoothing, f64::INFINITY, most));
        let drawn = self.drawn.entry(name.to_owned()).or_insert_with(smooth);
        if drawn.0 != smoothing {
            *drawn = smooth();
        }
        &drawn.1
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Which run is behind the one on show; what could not be read is said.
pub(super) fn choose(
    ui: &mut Ui,
    behind: &mut Option<Behind>,
    (runs, on_show): (&mut Runs, Option<&Path>),
    said: &mut String,
) {
    let now = behind.as_ref().map_or("no other run", |behind| behind.name.as_str());
    let chosen = behind.as_ref().map(|behind| behind.path.clone());
    let mut wanted = chosen.clone();
    ComboBox::from_id_salt("behind").selected_text(now).width(170.0).show_ui(ui, |ui| {
        ui.selectable_value(&mut wanted, None, "no other run");
        // Looked for only while the list is open.
        for path in runs.listed(Path::new(RUNS_FOLDER), on_show) {
            ui.selectable_value(&mut wanted, Some(path.clone()), name(path));
        }
    });
    if wanted == chosen {
        return;
    }
    said.clear();
    *behind = wanted.and_then(|path| Behind::read(&path).map_err(|error| *said = error).ok());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_not_looked_for_in_every_picture() {
        let folder = tempfile::tempdir().unwrap();
        let mut runs = Runs { paths: vec![PathBuf::from("ant")], found: Some(Instant::now()) };
        assert_eq!(runs.listed(folder.path(), None), [PathBuf::from("ant")]);
        runs.found = None;
        assert!(runs.listed(folder.path(), None).is_empty() && runs.found.is_some());
    }

    #[test]
    fn a_run_is_not_behind_itself() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["ant", "ant-2"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
            std::fs::write(folder.path().join(name).join("run.json"), "{}").unwrap();
        }
        let names = |on_show: Option<&Path>| {
            let mut runs = Runs::default();
            let mut names: Vec<String> =
                runs.listed(folder.path(), on_show).iter().map(|path| name(path)).collect();
            names.sort();
            names
        };
        let [one, same, gone] = ["ant", "ant-2/../ant", "ant-3"].map(|it| folder.path().join(it));
        assert_eq!(names(None), ["ant", "ant-2"]);
        assert_eq!([names(Some(&one)), names(Some(&same))], [["ant-2"], ["ant-2"]]);
        assert_eq!(names(Some(&gone)), ["ant", "ant-2"]);
    }

    #[test]
    fn what_is_no_run_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let error = Behind::read(folder.path()).err().unwrap_or_default();
        assert!(error.contains("is not a run folder"), "{error}");
    }
}

//! Curves as files: a table of all metrics, a picture of those on show.

use super::super::super::live::Curves;
use super::Choice;
use super::axis::Axes;
use crate::plot::{Plot as Picture, PlotSeries};
use crate::session::write_atomically;
use anyhow::Context;
use std::path::{Path, PathBuf};

pub(super) fn outcome(written: anyhow::Result<PathBuf>) -> String {
    match written {
        Ok(path) => format!("wrote {}", path.display()),
        Err(error) => format!("nothing was written: {error:#}"),
    }
}

/// A name for an export of a run's curves that no file has.
pub(super) fn free_name(title: &str, ending: &str) -> PathBuf {
    let plain = |c: char| if c.is_alphanumeric() { c } else { '_' };
    let title: String = title.chars().map(plain).collect();
    let name = |number: u32| PathBuf::from(format!("{title}-curves-{number}.{ending}"));
    (1..).map(name).find(|path| !path.exists()).unwrap_or_else(|| name(0))
}

/// Every metric at every row, in a column each; empty where a row has none.
pub(super) fn csv(curves: &Curves, path: &Path) -> anyhow::Result<PathBuf> {
    let names: Vec<&str> = curves.names().filter(|name| *name != "steps").collect();
    let mut steps: Vec<f64> =
        names.iter().flat_map(|name| curves.get(name)).map(|p| p[0]).collect();
    steps.sort_by(f64::total_cmp);
    steps.dedup();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["steps"].iter().chain(&names))?;
    for at in steps {
        let value = |name: &&str| {
            let points = curves.get(name);
            let found = points.binary_search_by(|point| point[0].total_cmp(&at)).ok();
            found.map_or(String::new(), |i| points[i][1].to_string())
        };
        let values: Vec<String> = names.iter().map(value).collect();
        writer.write_record([at.to_string()].iter().chain(&values))?;
    }
    write_atomically(path, &writer.into_inner().context("the table is not whole")?)?;
    Ok(path.to_owned())
}

/// The curves on show, as they are smoothed.
pub(super) fn png(
    curves: &Curves,
    choice: &Choice,
    title: &str,
    path: &Path,
) -> anyhow::Result<PathBuf> {
    // Values as they are: a picture has no axis of logarithms.
    let axes = Axes { log: false, ..choice.axes };
    let lines: Vec<(&str, Vec<(f64, f64)>)> = choice
        .names
        .iter()
        .map(|name| {
            let until = choice.frozen.unwrap_or(f64::INFINITY);
            let points = curves.smooth(name, choice.smoothing, until, usize::MAX);
            let points = axes.place(&points, curves);
            (name.as_str(), points.into_iter().map(|[x, y]| (x, y)).collect())
        })
        .collect();
    let drawn: Vec<PlotSeries<'_>> =
        lines.iter().map(|(name, points)| PlotSeries { name, points }).collect();
    let along = if axes.time { "training time [s]" } else { axes.along() };
    Picture::new(path)?.draw(title, along, &drawn)?;
    Ok(path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn curves() -> Curves {
        let mut curves = Curves::default();
        curves.push(&json!({"steps": 10, "loss": 1.5}));
        curves.push(&json!({"steps": 20, "loss": 2.0, "terms": {"alive": 1}}));
        curves
    }

    #[test]
    fn a_table_has_a_column_for_each_metric_and_a_row_for_each_update() {
        let folder = tempfile::tempdir().unwrap();
        let path = csv(&curves(), &folder.path().join("x.csv")).unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(text, "steps,loss,terms.alive\n10,1.5,\n20,2,1\n");
    }

    #[test]
    fn a_picture_of_the_curves_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let choice = Choice { names: vec!["loss".to_owned()], ..Choice::default() };
        let path = folder.path().join("x.png");
        png(&curves(), &choice, "run", &path).unwrap();
        assert!(std::fs::read(path).unwrap().starts_with(b"\x89PNG"));
    }
}

//! `dnne compare`: runs side by side, as a table and as curves.

use super::Outcome;
use super::output::{complain, print};
use super::place::{self, Wanted};
use super::source::warn_of_damage;
use crate::diagnostic::did_you_mean;
use crate::nodes::Metrics;
use crate::plot::{Plot, PlotSeries};
use crate::session::{RunFolder, find_run};
use anyhow::{Context, bail, ensure};
use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;
use serde_json::Value;
use std::path::{Path, PathBuf};

#[derive(Args)]
pub(super) struct CompareArgs {
    /// Runs, by folder or name
    runs: Vec<PathBuf>,
    /// Metric to compare, such as episode_return or reward_terms.upright
    #[arg(long, default_value = "episode_return")]
    metric: String,
    /// Draw the curves into a file: .svg or .png
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print the table as JSON
    #[arg(long)]
    json: bool,
}

/// A metric of one run.
#[derive(Serialize)]
struct Row {
    run: String,
    updates: u64,
    steps: u64,
    wall_secs: f64,
    /// The last value, the mean of the last tenth of the values (at least one), and their range.
    last: f64,
    last_tenth: f64,
    min: f64,
    max: f64,
}

/// A run's metrics as far as they are compared.
struct Series {
    row: Row,
    /// Environment steps and values, by update.
    points: Vec<(f64, f64)>,
}

pub(super) fn run(args: &CompareArgs) -> anyhow::Result<Outcome> {
    // Before anything is read: what cannot be drawn is a mistake on the command line.
    let plot = args.out.as_deref().map(Plot::new).transpose()?;
    place::given(args.runs.first(), "compare", Wanted::Run)?;
    let mut series = Vec::new();
    for run in &args.runs {
        match read(run, &args.metric)? {
            Ok(read) => series.push(read),
            // One run that has nothing yet is no reason to show none.
            Err(lacks) if args.runs.len() > 1 => complain(format_args!("warning: {lacks}")),
            Err(lacks) => bail!(lacks),
        }
    }
    ensure!(!series.is_empty(), "none of the runs has a value of {} yet", args.metric);
    if args.json {
        let rows: Vec<&Row> = series.iter().map(|series| &series.row).collect();
        print(serde_json::to_string_pretty(&rows)?)?;
    } else {
        print(table(&series, &args.metric))?;
    }
    if let Some(plot) = plot {
        let curves: Vec<PlotSeries<'_>> = series
            .iter()
            .map(|series| PlotSeries { name: &series.row.run, points: &series.points })
            .collect();
        plot.draw(&args.metric, "environment steps", &curves)?;
    }
    Ok(Outcome::Done)
}

/// Reads a metric of a run, or says what the run lacks. Updates in which it has no value (no episode ended,
/// say) are passed over.
fn read(run: &Path, metric: &str) -> anyhow::Result<Result<Series, String>> {
    place::run(run)?;
    let found = find_run(run, &mut warn_of_damage)?;
    let (folder, _) = RunFolder::open(&found.path)?;
    let rows = folder.metric_rows()?;
    if rows.is_empty() {
        return Ok(Err(format!("{}: this run has made no update yet", run.display())));
    }
    let (mut points, mut last) = (Vec::new(), Value::Null);
    for row in rows {
        let value = Metrics::find(&row, metric).with_context(|| {
            let known = Metrics::names(&row);
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let (file, instead) = (folder.metrics(), did_you_mean(metric, &known));
            format!("{}: there is no metric \"{metric}\"; {instead}", file.display())
        })?;
        if let (Some(step), Some(value)) = (row["steps"].as_f64(), value.as_f64()) {
            points.push((step, value));
        }
        last = row;
    }
    if points.is_empty() {
        return Ok(Err(format!(
            "{}: {metric} has no value in any of its updates; let the run go on until it has",
            run.display()
        )));
    }
    let values: Vec<f64> = points.iter().map(|point| point.1).collect();
    let tail = &values[values.len() - values.len().div_ceil(10)..];
    let row = Row {
        run: run.display().to_string(),
        updates: last["update"].as_u64().unwrap_or_default(),
        steps: last["steps"].as_u64().unwrap_or_default(),
        wall_secs: last["wall_secs"].as_f64().unwrap_or_default(),
        last: values[values.len() - 1],
        last_tenth: tail.iter().sum::<f64>() / tail.len() as f64,
        min: values.iter().copied().fold(f64::INFINITY, f64::min),
        max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    };
    Ok(Ok(Series { row, points }))
}

fn table(series: &[Series], metric: &str) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["run", "updates", "steps", "seconds", "last", "last tenth", "min", "max"]);
    for Series { row, .. } in series {
        let number = |x: f64| format!("{x:.4}");
        table.add_row([
            row.run.clone(),
            row.updates.to_string(),
            row.steps.to_string(),
            format!("{:.1}", row.wall_secs),
            number(row.last),
            number(row.last_tenth),
            number(row.min),
            number(row.max),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{metric}\n{}", table.trim_fmt())
}

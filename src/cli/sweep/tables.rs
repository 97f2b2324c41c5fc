//! The tables of a sweep: its runs, and means over their seeds.

use super::axes::{Axis, Member};
use super::plan::{Row, Status};
use crate::session::write_atomically;
use anyhow::Context;
use comfy_table::{Table, presets};
use serde_json::{Map, Value};
use std::path::Path;

/// Numbers of a run's summary that the table has.
const RESULTS: [&str; 6] =
    ["updates", "steps", "wall_secs", "steps_per_sec", "last_return", "best_return"];

fn text_of(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    }
}

/// The table: a heading, then a record for each row.
pub(super) fn records(
    axes: &[Axis],
    members: &[Member],
    rows: &[Row],
    folder: &Path,
) -> Vec<Vec<String>> {
    let mut header = vec!["run".to_owned(), "seed".to_owned()];
    header.extend(axes.iter().map(|axis| axis.name.clone()));
    header.push("status".to_owned());
    header.extend(RESULTS.map(str::to_owned));
    header.push("error".to_owned());
    let record = |row: &Row| {
        let member = &members[row.member];
        let mut record = vec![folder.join(&row.run).display().to_string(), member.seed.to_string()];
        record.extend(member.values.iter().cloned());
        record.push(row.status.word().to_owned());
        record.extend(RESULTS.map(|name| text_of(row.summary.get(name))));
        record.push(row.error.clone());
        record
    };
    [header].into_iter().chain(rows.iter().map(record)).collect()
}

/// For each combination of values, the mean and the standard deviation over its seeds of what its runs came
/// to: a heading, then a record for each. Runs that did not come to their end are not counted.
pub(super) fn over_seeds(axes: &[Axis], members: &[Member], rows: &[Row]) -> Vec<Vec<String>> {
    const OF: [&str; 3] = ["last_return", "best_return", "steps_per_sec"];
    let mut header: Vec<String> = axes.iter().map(|axis| axis.name.clone()).collect();
    header.push("seeds".to_owned());
    header.extend(OF.iter().flat_map(|name| [(*name).to_owned(), format!("{name}_std")]));
    let mut records = vec![header];
    let mut combinations: Vec<&[String]> = members.iter().map(|it| &it.values[..]).collect();
    combinations.dedup();
    for values in combinations {
        let of: Vec<&Row> = rows
            .iter()
            .filter(|row| members[row.member].values == values && row.status == Status::Done)
            .collect();
        let mut record = values.to_vec();
        record.push(of.len().to_string());
        for name in OF {
            let numbers: Vec<f64> =
                of.iter().filter_map(|row| row.summary.get(name)?.as_f64()).collect();
            let n = numbers.len() as f64;
            let mean = numbers.iter().sum::<f64>() / n;
            // Of a sample, as Student's: the seeds stand for many more.
            let squares: f64 = numbers.iter().map(|x| (x - mean).powi(2)).sum();
            let std = (squares / (n - 1.0)).sqrt();
            let text = |x: f64| if x.is_finite() { x.to_string() } else { String::new() };
            record.extend([text(mean), text(std)]);
        }
        records.push(record);
    }
    records
}

/// Records as objects by the heading's names.
pub(super) fn objects(records: &[Vec<String>]) -> Vec<Map<String, Value>> {
    let Some((header, rest)) = records.split_first() else { return Vec::new() };
    let object = |record: &Vec<String>| {
        header.iter().cloned().zip(record.iter().map(|text| text.as_str().into())).collect()
    };
    rest.iter().map(object).collect()
}

pub(super) fn write_csv(path: &Path, records: &[Vec<String>]) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for record in records {
        writer.write_record(record)?;
    }
    let bytes = writer.into_inner().context("cannot write the table")?;
    Ok(write_atomically(path, &bytes)?)
}

/// A table whose first `n_given` columns stay as they were written.
pub(super) fn table(records: &[Vec<String>], n_given: usize) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let short = |text: &String| match text.parse::<f64>() {
        Ok(number) if text.contains('.') => format!("{number:.1}"),
        _ => text.clone(),
    };
    for (i, record) in records.iter().enumerate() {
        let cells: Vec<String> = record
            .iter()
            .enumerate()
            .map(|(column, text)| if column < n_given { text.clone() } else { short(text) })
            .collect();
        match i {
            0 => table.set_header(cells),
            _ => table.add_row(cells),
        };
    }
    table.trim_fmt()
}

#[cfg(test)]
mod tests {
    use super::super::axes::{members, parse_given};
    use super::*;

    #[test]
    fn results_are_averaged_over_the_seeds_that_have_any() {
        let axes = [parse_given("a=1,2").unwrap().axis(false).unwrap()];
        let members = members(&axes, &[1, 2, 3]).unwrap();
        let row = |member: usize, result: Option<f64>| Row {
            member,
            run: String::new(),
            status: if result.is_some() { Status::Done } else { Status::Failed },
            summary: result.map(|it| ("last_return".to_owned(), it.into())).into_iter().collect(),
            error: String::new(),
        };
        let rows =
            [row(0, Some(1.0)), row(1, Some(4.0)), row(2, None), row(4, Some(7.0)), row(5, None)];
        let records = over_seeds(&axes, &members, &rows);
        assert_eq!(records[0][..4], ["a", "seeds", "last_return", "last_return_std"]);
        assert_eq!(records[1][..3], ["1", "2", "2.5"]);
        assert!((records[1][3].parse::<f64>().unwrap() - 4.5_f64.sqrt()).abs() < 1e-12);
        // One seed has no deviation.
        assert_eq!(records[2][..4], ["2", "1", "7", ""]);
        assert_eq!(records.len(), 3);
    }
}

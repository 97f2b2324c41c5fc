//! Rows of metrics as curves.

use bevy::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;

/// Rows of which the time of an update is the average.
const RECENT: usize = 20;
/// What the time of an update consists of.
const STAGES: [&str; 6] =
    ["simulate_secs", "observe_secs", "infer_secs", "store_secs", "update_secs", "other_secs"];

/// What a row says its update took, which added so many steps if that is known [s]; 0 if it says nothing.
fn secs_of(row: &Value, n_steps: Option<f64>) -> f64 {
    let number = |name: &str| row.get(name).and_then(Value::as_f64).filter(|it| it.is_finite());
    let stages: Vec<f64> = STAGES.into_iter().filter_map(number).collect();
    let rate = || number("steps_per_sec").filter(|rate| *rate > 0.0);
    let by_rate = || Some(n_steps? / rate()?);
    let secs = if stages.is_empty() { by_rate().unwrap_or(0.0) } else { stages.iter().sum() };
    secs.max(0.0)
}

/// Every number of every row, by its name; of what stands deeper, `outer.inner`.
#[derive(Resource, Default)]
pub(in crate::viewer::app) struct Curves {
    /// (environment steps, value).
    series: BTreeMap<String, Vec<[f64; 2]>>,
    /// Training time by the end of each row: (environment steps, seconds).
    times: Vec<[f64; 2]>,
    /// Counts the rows, so that a reader sees that there are new ones.
    pub n_rows: usize,
}

impl Curves {
    pub(in crate::viewer::app) fn push(&mut self, row: &Value) {
        let Some(steps) = row.get("steps").and_then(Value::as_f64) else { return };
        self.n_rows += 1;
        // The first row of a run that goes on counts steps of before it.
        let before = self.times.last();
        let n_steps = before.map(|before| steps - before[0]);
        let secs = before.map_or(0.0, |before| before[1]) + secs_of(row, n_steps);
        self.times.push([steps, secs]);
        self.add("", row, steps);
    }

    fn add(&mut self, name: &str, value: &Value, steps: f64) {
        match value {
            Value::Object(fields) => {
                for (field, value) in fields {
                    let name = match name {
                        "" => field.clone(),
                        outer => format!("{outer}.{field}"),
                    };
                    self.add(&name, value, steps);
                }
            }
            value => {
                if let Some(number) = value.as_f64().filter(|number| number.is_finite()) {
                    self.series.entry(name.to_owned()).or_default().push([steps, number]);
                }
            }
        }
    }

    /// How long the training had taken by a row that ends at so many steps, or by the last one before [s].
    pub(in crate::viewer::app) fn secs_at(&self, steps: f64) -> f64 {
        let n = self.times.partition_point(|time| time[0] <= steps);
        n.checked_sub(1).map_or(0.0, |last| self.times[last][1])
    }

    /// What an update takes, on average of the last ones [s]; none before one has said it.
    pub(in crate::viewer::app) fn secs_per_update(&self) -> Option<f64> {
        let is_untold = self.times.first()?[1] <= 0.0;
        let n = (self.times.len() - usize::from(is_untold)).min(RECENT);
        let first = self.times.len().checked_sub(n + 1).map_or(0.0, |before| self.times[before][1]);
        let last = self.times.last()?[1];
        Some((last - first) / n as f64).filter(|secs| *secs > 0.0)
    }

    /// All names, in alphabetical order.
    pub(in crate::viewer::app) fn names(&self) -> impl Iterator<Item = &str> {
        self.series.keys().map(String::as_str)
    }

    /// One curve; empty if there is none of that name.
    pub(in crate::viewer::app) fn get(&self, name: &str) -> &[[f64; 2]] {
        self.series.get(name).map_or(&[], Vec::as_slice)
    }

    /// The newest value of a curve.
    pub(in crate::viewer::app) fn last(&self, name: &str) -> Option<f64> {
        self.get(name).last().map(|point| point[1])
    }

    /// A curve up to a number of steps, averaged with a weight that falls by a factor of e over `width` rows,
    /// and thinned to at most `n_points`.
    pub(in crate::viewer::app) fn smooth(
        &self,
        name: &str,
        width: f64,
        until: f64,
        n_points: usize,
    ) -> Vec<[f64; 2]> {
        let points = self.get(name);
        let points = &points[..points.partition_point(|point| point[0] <= until)];
        let keep = if width > 0.0 { (-1.0 / width).exp() } else { 0.0 };
        let (mut sum, mut weight) = (0.0, 0.0);
        let smoothed = points.iter().map(|&[steps, value]| {
            sum = keep * sum + value;
            weight = keep * weight + 1.0;
            [steps, sum / weight]
        });
        let stride = points.len().div_ceil(n_points.max(1)).max(1);
        let n = points.len();
        smoothed
            .enumerate()
            .filter(|(i, _)| i % stride == 0 || i + 1 == n)
            .map(|(_, p)| p)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_become_curves() {
        let mut curves = Curves::default();
        curves.push(&json!({"steps": 10, "loss": 1.0, "terms": {"a": 2}, "none": null}));
        curves.push(&json!({"steps": 20, "loss": 3.0, "terms": {"a": 4}}));
        curves.push(&json!({"loss": 3.0}));
        assert_eq!(curves.names().collect::<Vec<_>>(), ["loss", "steps", "terms.a"]);
        assert_eq!(curves.get("terms.a"), [[10.0, 2.0], [20.0, 4.0]]);
        assert_eq!((curves.last("loss"), curves.last("none")), (Some(3.0), None));
        assert_eq!(curves.n_rows, 2);
    }

    #[test]
    fn the_time_of_a_training_is_that_of_its_updates() {
        let mut curves = Curves::default();
        assert_eq!((curves.secs_at(5.0), curves.secs_per_update()), (0.0, None));
        curves.push(&json!({"steps": 10, "simulate_secs": 1.0, "update_secs": 2.0}));
        // A row of another learner, which says only how fast it was.
        curves.push(&json!({"steps": 30, "steps_per_sec": 4.0}));
        curves.push(&json!({"steps": 40, "other_secs": 1.0}));
        assert_eq!(
            [9.0, 10.0, 30.0, 99.0].map(|steps| curves.secs_at(steps)),
            [0.0, 3.0, 8.0, 9.0]
        );
        assert_eq!(curves.secs_per_update(), Some(3.0));
    }

    #[test]
    fn what_no_row_says_takes_no_time() {
        let mut curves = Curves::default();
        curves.push(&json!({"steps": 10}));
        assert_eq!(curves.secs_per_update(), None);
        // A run that goes on: nobody knows how many steps the first update made.
        let mut curves = Curves::default();
        curves.push(&json!({"steps": 1_000_000, "steps_per_sec": 5.0}));
        assert_eq!((curves.secs_at(1e6), curves.secs_per_update()), (0.0, None));
        curves.push(&json!({"steps": 1_000_010, "steps_per_sec": 5.0}));
        assert_eq!(curves.secs_per_update(), Some(2.0));
    }

    #[test]
    fn smoothing_keeps_a_constant_and_the_last_point() {
        let mut curves = Curves::default();
        (0..101).for_each(|i| curves.push(&json!({"steps": i, "x": 5.0})));
        let smooth = curves.smooth("x", 10.0, f64::INFINITY, 20);
        assert!(smooth.len() <= 22, "{}", smooth.len());
        assert!(smooth.iter().all(|point| (point[1] - 5.0).abs() < 1e-12));
        assert_eq!(smooth.last().map(|point| point[0]), Some(100.0));
        let first = curves.smooth("x", 0.0, 30.0, 100);
        assert_eq!((first.len(), first[30]), (31, [30.0, 5.0]));
    }
}

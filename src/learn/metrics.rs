//! The metrics of an update: numbers under fixed names.

use std::collections::BTreeSet;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::error::LearnError;

/// A number that an update reports.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
#[serde(untagged)]
pub enum MetricValue {
    /// A measured quantity. It may be infinite, as is the divergence of distributions that do not overlap; files
    /// then have null.
    Real(f64),
    /// A count.
    Count(u64),
    /// Yes or no.
    Flag(bool),
}

impl From<f64> for MetricValue {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl From<usize> for MetricValue {
    fn from(value: usize) -> Self {
        Self::Count(value as u64)
    }
}

impl From<bool> for MetricValue {
    fn from(value: bool) -> Self {
        Self::Flag(value)
    }
}

/// The numbers of one update, in order. As JSON they are an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateMetrics(Vec<(&'static str, MetricValue)>);

impl UpdateMetrics {
    /// Adds a number. Its name is that of its column in files, such as `policy_loss`.
    pub fn add(&mut self, name: &'static str, value: impl Into<MetricValue>) {
        self.0.push((name, value.into()));
    }

    /// Names and numbers, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, MetricValue)> {
        self.0.iter().copied()
    }

    /// The measured quantities.
    pub fn reals(&self) -> impl Iterator<Item = (&'static str, f64)> {
        self.iter().filter_map(|(name, value)| match value {
            MetricValue::Real(value) => Some((name, value)),
            MetricValue::Count(_) | MetricValue::Flag(_) => None,
        })
    }

    /// The measured number of that name.
    pub fn real(&self, name: &str) -> Option<f64> {
        self.reals().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Fails on a number that is NaN, and on a name that is there twice or in `taken`, the names of
    /// other columns.
    pub fn check(&self, taken: &BTreeSet<String>) -> Result<(), LearnError> {
        let mut names = BTreeSet::new();
        for (name, value) in self.iter() {
            let message = if matches!(value, MetricValue::Real(value) if value.is_nan()) {
                "is NaN; report a number, or none"
            } else if taken.contains(name) {
                "is the name of a number that every trainer reports; choose another"
            } else if !names.insert(name) {
                "is there twice; give each number a name of its own"
            } else {
                continue;
            };
            return Err(LearnError::Metric { name, message });
        }
        Ok(())
    }
}

impl FromIterator<(&'static str, MetricValue)> for UpdateMetrics {
    fn from_iter<I: IntoIterator<Item = (&'static str, MetricValue)>>(numbers: I) -> Self {
        Self(numbers.into_iter().collect())
    }
}

impl Serialize for UpdateMetrics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics(numbers: &[(&'static str, MetricValue)]) -> UpdateMetrics {
        numbers.iter().copied().collect()
    }

    #[test]
    fn files_get_numbers_in_order_as_what_they_are() {
        let mut all = UpdateMetrics::default();
        all.add("z_loss", 0.5);
        all.add("n_minibatches", 8);
        all.add("stopped_early", false);
        all.add("kl", f64::INFINITY);
        let text = serde_json::to_string(&all).unwrap();
        assert_eq!(text, r#"{"z_loss":0.5,"n_minibatches":8,"stopped_early":false,"kl":null}"#);
        assert_eq!((all.real("z_loss"), all.real("n_minibatches")), (Some(0.5), None));
        assert_eq!(all.reals().count(), 2);
    }

    #[test]
    fn names_that_are_doubled_or_taken_and_numbers_that_are_none_are_refused() {
        let one = MetricValue::Real(1.0);
        let taken = BTreeSet::from(["steps".to_owned()]);
        let said = |numbers: &[(&'static str, MetricValue)]| {
            metrics(numbers).check(&taken).map_err(|error| error.to_string())
        };
        assert_eq!(said(&[("loss", one), ("entropy", MetricValue::Real(f64::INFINITY))]), Ok(()));
        for (numbers, part) in [
            ([("loss", one), ("loss", one)], "metric `loss` is there twice"),
            ([("loss", one), ("steps", one)], "metric `steps` is the name of a number that every"),
            ([("loss", one), ("kl", MetricValue::Real(f64::NAN))], "metric `kl` is NaN"),
        ] {
            let said = said(&numbers).unwrap_err();
            assert!(said.contains(part), "{said}");
        }
    }
}

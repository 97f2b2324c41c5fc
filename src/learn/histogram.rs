//! Histograms of values.

/// Bins from the smallest value to the largest.
const N_BINS: usize = 30;

/// Counts of values in bins of equal width, with their moments.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// The smallest value.
    pub min: f64,
    /// The largest value.
    pub max: f64,
    /// Values counted.
    pub n: u64,
    /// Sum of the values.
    pub sum: f64,
    /// Sum of their squares.
    pub sum_squares: f64,
    /// Upper edge of each bin, ascending; the first bin begins at `min`.
    pub limits: Vec<f64>,
    /// Values in each bin.
    pub counts: Vec<u64>,
}

impl Histogram {
    /// Of the finite ones among `values`; none if there are none. A value on an edge belongs to the
    /// bin above it, the largest to the last bin.
    pub fn of(values: impl Iterator<Item = f32> + Clone) -> Option<Self> {
        let values = values.map(f64::from).filter(|value| value.is_finite());
        let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
        let (mut n, mut sum, mut sum_squares) = (0, 0.0, 0.0);
        for value in values.clone() {
            (min, max) = (min.min(value), max.max(value));
            n += 1;
            sum += value;
            sum_squares += value * value;
        }
        if n == 0 {
            return None;
        }
        // Equal values need a bin too.
        let width = if max > min { (max - min) / N_BINS as f64 } else { 1e-12 };
        let mut counts = vec![0; N_BINS];
        for value in values {
            let bin = ((value - min) / width) as usize;
            counts[bin.min(N_BINS - 1)] += 1;
        }
        let limits = (1..=N_BINS).map(|bin| min + width * bin as f64).collect();
        Some(Self { min, max, n, sum, sum_squares, limits, counts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finite_value_is_in_its_bin() {
        let values = [0.0, 0.5, 1.0, 30.0, f32::NAN, f32::INFINITY];
        let histogram = Histogram::of(values.into_iter()).unwrap();
        assert_eq!((histogram.min, histogram.max, histogram.n), (0.0, 30.0, 4));
        assert_eq!((histogram.sum, histogram.sum_squares), (31.5, 901.25));
        assert_eq!((histogram.limits[0], histogram.limits[29]), (1.0, 30.0));
        assert_eq!(histogram.counts[..3], [2, 1, 0]);
        assert_eq!(histogram.counts[29], 1);
    }

    #[test]
    fn equal_values_have_a_bin_and_no_values_have_none() {
        let histogram = Histogram::of([2.0_f32; 5].into_iter()).unwrap();
        assert_eq!((histogram.counts[0], histogram.n), (5, 5));
        assert!(histogram.limits.is_sorted());
        assert_eq!(Histogram::of([f32::NAN].into_iter()), None);
    }
}

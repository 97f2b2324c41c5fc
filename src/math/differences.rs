//! How far numbers are apart, for tests: what cannot be compared is a failure, never no difference.

/// The largest of some magnitudes.
///
/// # Panics
/// If there is none, or one of them is not a number.
#[track_caller]
pub fn largest(magnitudes: impl IntoIterator<Item = f64>) -> f64 {
    let pick = |most: Option<f64>, x: f64| {
        assert!(!x.is_nan(), "one of the numbers is not a number");
        Some(most.map_or(x, |most| most.max(x)))
    };
    magnitudes.into_iter().fold(None, pick).expect("there is nothing to compare")
}

/// The largest difference between two arrays.
///
/// # Panics
/// If they differ in length, are empty, or a difference is not a number.
#[track_caller]
pub fn largest_difference<T: Copy + Into<f64>>(ours: &[T], theirs: &[T]) -> f64 {
    assert_eq!(ours.len(), theirs.len(), "the numbers of two arrays");
    largest(ours.iter().zip(theirs).map(|(&a, &b)| (a.into() - b.into()).abs()))
}

/// The largest difference, relative to the largest magnitude of `theirs` or to one.
///
/// # Panics
/// As [`largest_difference`].
#[track_caller]
pub fn relative_difference<T: Copy + Into<f64>>(ours: &[T], theirs: &[T]) -> f64 {
    let scale = largest(theirs.iter().map(|&x| x.into().abs())).max(1.0);
    largest_difference(ours, theirs) / scale
}

#[test]
fn what_cannot_be_compared_fails() {
    let fails = |ours: &[f64], theirs: &[f64]| {
        let (ours, theirs) = (ours.to_vec(), theirs.to_vec());
        std::panic::catch_unwind(move || relative_difference(&ours, &theirs)).is_err()
    };
    assert_eq!(relative_difference(&[1.0, 3.0], &[1.0, 4.0]), 0.25);
    assert!(fails(&[], &[]));
    assert!(fails(&[1.0], &[1.0, 2.0]));
    assert!(fails(&[1.0, f64::NAN], &[1.0, 2.0]));
    assert!(fails(&[1.0, 2.0], &[f64::NAN, 2.0]));
    assert!(fails(&[f64::INFINITY], &[f64::INFINITY]));
}

//! Numbers that lints mistake for mathematical constants.

use std::f64::consts as c;

/// In the order of their names; the last is the golden ratio.
const KNOWN: [f64; 20] = [
    c::E,
    c::FRAC_1_PI,
    c::FRAC_1_SQRT_2,
    c::FRAC_2_PI,
    c::FRAC_2_SQRT_PI,
    c::FRAC_PI_2,
    c::FRAC_PI_3,
    c::FRAC_PI_4,
    c::FRAC_PI_6,
    c::FRAC_PI_8,
    c::LN_10,
    c::LN_2,
    c::LOG10_2,
    c::LOG10_E,
    c::LOG2_10,
    c::LOG2_E,
    c::PI,
    c::SQRT_2,
    c::TAU,
    1.618_033_988_749_895,
];

/// Whether a number is about as large as one of them.
pub(super) fn is_known(x: f64) -> bool {
    KNOWN.iter().any(|known| (x.abs() / known - 1.0).abs() < 1e-3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_known_by_their_first_digits() {
        assert!(is_known(314.0 / 100.0) && is_known(-318.0 / 1000.0) && is_known(1618.0 / 1000.0));
        assert!(!is_known(3.2) && !is_known(0.0) && !is_known(f64::NAN) && !is_known(0.577));
    }
}

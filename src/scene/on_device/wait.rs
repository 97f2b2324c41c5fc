//! What people are told while they wait for a device.

use std::sync::Arc;

/// Says a line at once to who waits.
pub type Tell = Arc<dyn Fn(&str) + Send + Sync>;

/// Seconds in which NVIDIA's assembler (ptxas 13.0, `-O3`) made machine code of a step of 10,000 operations; the time
/// grows with the square of their number. By 14,500 operations in 2.1 to 2.7 s and 25,800 in 6.5 to 7.0 s (BENCHMARKS.md).
const OF_TEN_THOUSAND: f64 = 1.1;
/// How much longer it may take: the driver's assembler is another one, and machines differ.
const LEEWAY: f64 = 5.0;

/// What to say before the driver makes machine code of a program.
pub(super) fn assembling(what: &str, device: &str, n_operations: usize) -> String {
    let least = OF_TEN_THOUSAND * (n_operations as f64 / 1e4).powi(2);
    let most = LEEWAY * least;
    let time = match (least, most) {
        (_, most) if most < 1.0 => "less than a second".to_owned(),
        (least, most) if least < 1.0 => format!("up to {most:.0} s"),
        (least, most) if most < 120.0 => format!("{least:.0} to {most:.0} s"),
        (least, most) => format!("{:.0} to {:.0} minutes", (least / 60.0).ceil(), most / 60.0),
    };
    format!(
        "assembling {what} for this GPU ({device}), the first time only: {n_operations} operations, which may take {time}"
    )
}

#[cfg(test)]
mod tests {
    use super::assembling;

    #[test]
    fn how_long_assembling_may_take_goes_by_the_number_of_operations() {
        let said = |n| assembling("the step of ant", "H200", n);
        let all = said(12_812);
        assert!(all.starts_with("assembling the step of ant for this GPU (H200), "), "{all}");
        for (n, time) in [
            (0, "less than a second"),
            (849, "less than a second"),
            (5_000, "up to 1 s"),
            (12_812, "12812 operations, which may take 2 to 9 s"),
            (25_800, "7 to 37 s"),
            (67_000, "1 to 4 minutes"),
            (142_000, "4 to 18 minutes"),
        ] {
            assert!(said(n).ends_with(time), "{}", said(n));
        }
    }
}

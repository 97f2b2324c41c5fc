//! Clocks of environments as a device has them.

use crate::device::words::{from_doubles, to_doubles};
use crate::scene::block::Clock;

/// Rows of 64 bits, as `episode.cu` has them: progress, episode, steps, whether the episode is to end, its reward, and
/// the difficulty at which it began.
const N_ROWS: usize = 6;
/// Places of a buffer that the clock of an environment takes.
pub(super) const PLACES: usize = 2 * N_ROWS;

/// A clock, and the difficulty at which the episode began.
pub(super) type Began = (Clock, f64);

/// Rows of the clocks of all environments, as a buffer holds them.
pub(super) fn to_rows(clocks: &[Began]) -> Vec<f32> {
    // Bits of whole numbers go the way of those of numbers in double precision.
    let numbers = |(clock, difficulty): &Began| {
        let whole = [u64::from(clock.progress), clock.episode, clock.n_steps, clock.cut_off.into()];
        let [progress, episode, n_steps, cut_off] = whole.map(f64::from_bits);
        [progress, episode, n_steps, cut_off, clock.total_reward, *difficulty]
    };
    let numbers: Vec<[f64; N_ROWS]> = clocks.iter().map(numbers).collect();
    let rows = (0..N_ROWS).flat_map(|row| numbers.iter().map(move |it| it[row]));
    from_doubles(&rows.collect::<Vec<_>>())
}

/// The clocks of `n` environments of which a buffer holds the rows.
pub(super) fn from_rows(places: &[f32], n: usize) -> Vec<Began> {
    let numbers = to_doubles(places);
    let clock = |env: usize| {
        let [progress, episode, n_steps, cut_off, total_reward, difficulty]: [f64; N_ROWS] =
            std::array::from_fn(|row| numbers[row * n + env]);
        let progress = progress.to_bits() as u32;
        let [episode, n_steps, cut_off] = [episode, n_steps, cut_off].map(f64::to_bits);
        let clock = Clock { progress, episode, n_steps, total_reward, cut_off: cut_off != 0 };
        (clock, difficulty)
    };
    (0..n).map(clock).collect()
}

#[cfg(test)]
mod tests {
    use super::{PLACES, from_rows, to_rows};
    use crate::scene::block::Clock;

    #[test]
    fn clocks_come_back_as_they_went() {
        let clock = |k: u32| Clock {
            progress: u32::MAX - k,
            episode: u64::MAX - u64::from(k),
            n_steps: 1 << 63 | u64::from(k),
            total_reward: -0.1 * f64::from(k),
            cut_off: k == 1,
        };
        let clocks: Vec<_> = (0..3).map(|k| (clock(k), f64::from(k) / 3.0)).collect();
        let rows = to_rows(&clocks);
        assert_eq!(rows.len(), 3 * PLACES);
        let said = |all: &[(Clock, f64)]| -> Vec<_> {
            let numbers = |(it, difficulty): &(Clock, f64)| {
                (it.progress, it.episode, it.n_steps, it.cut_off, it.total_reward, *difficulty)
            };
            all.iter().map(numbers).collect()
        };
        assert_eq!(said(&from_rows(&rows, 3)), said(&clocks));
    }
}

//! Counter-based random numbers: Philox4x32-10.
//!
//! A draw is a pure function of a key and a counter, so that nothing depends on the order in which
//! environments, threads or resumed runs ask for it. Source: Salmon et al., "Parallel random
//! numbers: as easy as 1, 2, 3", SC 2011.

use super::kernel::kernel;
use super::lanes::{Lanes, normal};

const MULTIPLIER: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];

/// One Philox4x32-10 block: four independent 32-bit words for one (counter, key) pair.
pub fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for round in 0..10 {
        if round > 0 {
            key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
        }
        let low = u64::from(MULTIPLIER[0]) * u64::from(counter[0]);
        let high = u64::from(MULTIPLIER[1]) * u64::from(counter[2]);
        counter = [
            (high >> 32) as u32 ^ counter[1] ^ key[0],
            high as u32,
            (low >> 32) as u32 ^ counter[3] ^ key[1],
            low as u32,
        ];
    }
    counter
}

/// Purpose of a random number. Each purpose has its own sequence under one seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum RandomStream {
    /// Initial weights; the entity is the parameter's index.
    Init = 1,
    /// Exploration noise; the entity is the environment, the step the policy step.
    Explore = 2,
    /// Minibatch order; the entity is the epoch, the step the update.
    Shuffle = 3,
    /// Reset noise; the entity is the environment, the step its episode number.
    Reset = 4,
    /// Random controls; the entity is the environment, the step the control step.
    Control = 5,
    /// Observation noise; the entity is the environment, the step counts all its policy steps.
    Observe = 6,
    /// Pushes; the entity is the environment, the step counts all its policy steps.
    Push = 7,
    /// Randomised parameters; the entity is the environment, the step its episode number.
    Randomize = 8,
    /// Noise of pictures; the entity is the environment, the step counts all its policy steps.
    Picture = 9,
    /// Randomised looks; the entity is the environment, the step its episode number.
    Appearance = 10,
}

/// The random numbers of one (seed, stream, entity, step), drawn in order.
#[derive(Clone, Debug)]
pub struct Random {
    key: [u32; 2],
    counter: [u32; 4],
    block: [u32; 4],
    n_used: usize,
}

impl Random {
    /// `entity` is an environment or parameter index, `step` a position in time; together with
    /// `seed` and `stream` they name the sequence completely.
    pub fn new(seed: u64, stream: RandomStream, entity: u32, step: u64) -> Self {
        Sequences::new(seed, stream, step).of(entity)
    }

    /// A uniform 32-bit word.
    pub fn next_u32(&mut self) -> u32 {
        if self.n_used == 4 {
            self.block = philox(self.counter, self.key);
            self.counter[0] = self.counter[0].wrapping_add(1);
            self.n_used = 0;
        }
        self.n_used += 1;
        self.block[self.n_used - 1]
    }

    /// Uniform in [0, 1), in steps of 2^-32.
    pub fn uniform(&mut self) -> f64 {
        f64::from(self.next_u32()) / 4_294_967_296.0
    }

    /// Uniform in [low, high).
    pub fn uniform_in(&mut self, low: f64, high: f64) -> f64 {
        ranged(low, high, self.uniform())
    }

    /// Standard normal.
    pub fn normal(&mut self) -> f64 {
        let (u, v) = self.uniform_pair();
        normal(u, v)
    }

    /// What a normal number is made of: the first in (0, 1], so that its logarithm is finite, the second in [0, 1).
    fn uniform_pair(&mut self) -> (f64, f64) {
        (1.0 - self.uniform(), self.uniform())
    }

    /// Uniform in 0..n, by Lemire's multiplication (the bias is below n / 2^32).
    pub fn below(&mut self, n: u32) -> u32 {
        ((u64::from(self.next_u32()) * u64::from(n)) >> 32) as u32
    }

    /// A random permutation of `items`, in place (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i as u32 + 1) as usize);
        }
    }
}

/// The random numbers of all entities of one (seed, stream, step).
#[derive(Clone, Copy, Debug)]
pub struct Sequences {
    key: [u32; 2],
    step: u64,
}

impl Sequences {
    /// See [`Random::new`].
    pub fn new(seed: u64, stream: RandomStream, step: u64) -> Self {
        // The stream is folded into the key by one Philox round of its own, so that neighbouring
        // seeds and streams never share a key.
        let seed = [seed as u32, (seed >> 32) as u32];
        let mixed = philox([stream as u32, 0, 0, 0], seed);
        Self { key: [mixed[0], mixed[1]], step }
    }

    /// Those of one entity.
    pub fn of(self, entity: u32) -> Random {
        let Self { key, step } = self;
        let counter = [0, entity, step as u32, (step >> 32) as u32];
        Random { key, counter, block: [0; 4], n_used: 4 }
    }

    /// The key, then the step, each low word first: what a device needs to draw the same numbers.
    pub fn words(self) -> [u32; 4] {
        [self.key[0], self.key[1], self.step as u32, (self.step >> 32) as u32]
    }

    /// The first `n` standard normal numbers of each entity from `first` on, shape (entities, n); to the bit those
    /// that [`Random::normal`] gives one by one.
    pub fn normals(self, first: u32, n: usize, out: &mut [f64]) {
        let mut turns = vec![0.0; out.len()];
        let rows = out.chunks_exact_mut(n).zip(turns.chunks_exact_mut(n));
        for (entity, (sizes, turns)) in (first..).zip(rows) {
            let mut random = self.of(entity);
            for (size, turn) in sizes.iter_mut().zip(turns) {
                (*size, *turn) = random.uniform_pair();
            }
        }
        normal_each(out, &turns);
    }
}

kernel! {
    /// The first of each pair of uniform numbers becomes the normal one of both.
    fn normal_each(sizes: &mut [f64], turns: &[f64]) {
        for (size, turn) in sizes.iter_mut().zip(turns) {
            *size = normal(*size, *turn);
        }
    }
}

/// A number uniform in [0, 1) as one in [low, high).
#[inline(always)]
pub fn ranged<L: Lanes>(low: f64, high: f64, uniform: L) -> L {
    L::splat(low) + L::splat(high - low) * uniform
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known-answer vectors published with the Random123 library.
    #[test]
    fn philox_gives_the_published_answers() {
        assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(
            philox([u32::MAX; 4], [u32::MAX; 2]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
    }

    #[test]
    fn normal_draws_have_unit_variance_and_no_mean() {
        let mut random = Random::new(7, RandomStream::Explore, 3, 11);
        let n = 100_000;
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..n {
            let x = random.normal();
            sum += x;
            squares += x * x;
        }
        let mean = sum / f64::from(n);
        // Four standard errors of the mean and of the variance.
        assert!(mean.abs() < 4.0 / f64::from(n).sqrt(), "mean {mean}");
        let variance = squares / f64::from(n) - mean * mean;
        assert!((variance - 1.0).abs() < 4.0 * (2.0 / f64::from(n)).sqrt(), "variance {variance}");
    }

    #[test]
    fn normal_numbers_of_many_entities_are_those_of_each() {
        for n in [1, 2, 3, 5] {
            let mut all = vec![f64::NAN; 37 * n];
            Sequences::new(7, RandomStream::Explore, 1 << 40).normals(90, n, &mut all);
            for (entity, numbers) in (90..).zip(all.chunks(n)) {
                let mut random = Random::new(7, RandomStream::Explore, entity, 1 << 40);
                assert!(numbers.iter().all(|x| x.to_bits() == random.normal().to_bits()));
            }
        }
    }

    #[test]
    fn sequences_differ_in_each_part_of_their_name() {
        let first = |seed, stream, entity, step| Random::new(seed, stream, entity, step).next_u32();
        let base = first(1, RandomStream::Explore, 2, 3);
        assert_eq!(base, first(1, RandomStream::Explore, 2, 3));
        assert_ne!(base, first(2, RandomStream::Explore, 2, 3));
        assert_ne!(base, first(1, RandomStream::Reset, 2, 3));
        assert_ne!(base, first(1, RandomStream::Explore, 3, 3));
        assert_ne!(base, first(1, RandomStream::Explore, 2, 4));
    }

    #[test]
    fn a_shuffle_keeps_every_item() {
        let mut items: Vec<u32> = (0..1000).collect();
        Random::new(5, RandomStream::Shuffle, 0, 0).shuffle(&mut items);
        assert_ne!(items, (0..1000).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..1000).collect::<Vec<_>>());
    }
}

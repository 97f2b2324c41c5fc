//! Numbers of other kinds in buffers of f32: whole ones by their bits, f64 as two places, the low word first.

/// Whole numbers as a buffer holds them.
pub fn from_words(words: &[u32]) -> Vec<f32> {
    words.iter().map(|word| f32::from_bits(*word)).collect()
}

/// Numbers of double precision as a buffer holds them.
pub fn from_doubles(numbers: &[f64]) -> Vec<f32> {
    let words = numbers.iter().map(|x| x.to_bits()).flat_map(|x| [x as u32, (x >> 32) as u32]);
    words.map(f32::from_bits).collect()
}

/// The numbers of double precision that a buffer holds.
pub fn to_doubles(places: &[f32]) -> Vec<f64> {
    let double = |pair: &[f32]| {
        let [low, high] = [pair[0].to_bits(), pair[1].to_bits()].map(u64::from);
        f64::from_bits(high << 32 | low)
    };
    places.chunks_exact(2).map(double).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_out_as_they_went_in() {
        let numbers = [0.1, -1e300, f64::MIN_POSITIVE, f64::INFINITY, -0.0];
        let back = to_doubles(&from_doubles(&numbers));
        assert_eq!(back, numbers);
        assert!(back[4].is_sign_negative());
        let words: Vec<u32> = from_words(&[7, u32::MAX]).iter().map(|it| it.to_bits()).collect();
        assert_eq!(words, [7, u32::MAX]);
    }
}

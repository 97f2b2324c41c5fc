//! How far two pictures are apart, as a whole and in the tile where it is most; shared with `tests/it/`.

/// Edge of a tile [pixels].
const TILE: usize = 16;

/// Mean difference of a colour channel of two RGB pictures, of 255, and that of the tile where it is largest.
///
/// # Panics
/// If the pictures are empty or differ in size.
pub(crate) fn apart(one: &[u8], other: &[u8], width: usize) -> (f64, f64) {
    assert!(!one.is_empty() && one.len() == other.len(), "{} and {}", one.len(), other.len());
    let n_across = width.div_ceil(TILE);
    let height = one.len() / (3 * width);
    let mut tiles = vec![(0.0, 0.0); n_across * height.div_ceil(TILE)];
    for (i, (a, b)) in one.iter().zip(other).enumerate() {
        let (x, y) = (i / 3 % width, i / 3 / width);
        let (sum, n) = &mut tiles[y / TILE * n_across + x / TILE];
        *sum += f64::from(a.abs_diff(*b));
        *n += 1.0;
    }
    let whole: f64 = tiles.iter().map(|(sum, _)| sum).sum();
    let worst = tiles.iter().map(|(sum, n)| sum / n).fold(0.0, f64::max);
    (whole / one.len() as f64, worst)
}

//! How much may be asked of a device.

use super::checks::check_size;
use super::network::{tiles, tiles_of_each};
use super::normalizer::moment_blocks;
use crate::device::Grid;

/// Fails unless these are `n` blocks of a grid that every GPU takes.
fn assert_blocks(grid: Grid, n: u64, what: &str) {
    let (x, y) = grid.blocks;
    assert_eq!(u64::from(x) * u64::from(y), n, "{what}");
    assert!(x <= i32::MAX as u32 && y <= 65_535 && (1..=1024).contains(&grid.threads), "{what}");
}

#[test]
fn grids_of_large_minibatches_are_within_the_limits_of_every_gpu() {
    // 65,535 tiles of 64 rows, or chunks of 1024, are the most by the second index of a grid.
    let most = u32::MAX as usize;
    for n_rows in [1, 64, 65, 4_194_240, 4_194_241, 67_107_840, 67_107_841, most] {
        for n_columns in [1_usize, 64, 65, 1000] {
            let what = format!("{n_rows} x {n_columns}");
            let of_64 = n_columns.div_ceil(64) as u64;
            assert_blocks(tiles(n_columns, n_rows), n_rows.div_ceil(64) as u64 * of_64, &what);
            let n = n_rows.div_ceil(1024) * n_columns.div_ceil(128);
            assert_blocks(moment_blocks(n_columns, n_rows), n as u64, &what);
            // Of wide layers in as many chunks as there can be.
            let n = 128 * 640 * of_64;
            assert_blocks(tiles_of_each((n_columns, 40_960), 128), n, &what);
        }
    }
    // What cannot be counted is no smaller grid.
    assert_eq!(tiles(most, most).blocks, (u32::MAX, 1));
    assert_eq!(moment_blocks(most, most).blocks, (u32::MAX, 1));
}

#[test]
fn what_cannot_be_counted_is_refused() {
    let most = u32::MAX as usize;
    assert!(check_size(most / 4, 4, (most / 8, 8)).is_ok());
    for ((n_rows, dim, n, epochs), what) in [
        ((1 << 31, 2, 1, 1), "a minibatch of more than 4,294,967,295 numbers"),
        ((1, 1, 1 << 30, 4), "an update of more than 4,294,967,295 rows in all epochs"),
        ((1, 1, most + 1, 1), "an update of more than"),
        ((1, 1, usize::MAX, 2), "an update of more than"),
    ] {
        let said = check_size(n_rows, dim, (n, epochs)).unwrap_err().to_string();
        assert!(said.contains(what), "{said}");
    }
}

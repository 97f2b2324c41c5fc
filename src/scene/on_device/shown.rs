//! What environments show, as a device has it: a row of each environment, with the numbers of one stream after the other.

use crate::space::{Element, Observations};

/// 1 where it is so, else 0.
pub(super) fn flags(all: &[bool]) -> Vec<f32> {
    all.iter().map(|&it| f32::from(u8::from(it))).collect()
}

/// Rows of all streams of f32, shape (n_envs, dim).
pub(super) fn rows_of(shown: &Observations) -> Vec<f32> {
    let sizes = shown.space().streams().iter().map(|stream| stream.size());
    let streams = shown.buffers().iter().zip(sizes);
    let streams: Vec<(&[f32], usize)> =
        streams.filter_map(|(buffer, size)| Some((f32::of(buffer)?, size))).collect();
    let row = |env: usize| {
        let parts = streams.iter().map(move |&(numbers, size)| &numbers[env * size..][..size]);
        parts.flatten().copied()
    };
    (0..shown.len()).flat_map(row).collect()
}

/// Takes the numbers of all streams of f32 out of rows, shape (n_envs, dim).
pub(super) fn put_rows(shown: &mut Observations, rows: &[f32]) {
    let n = shown.len();
    let sizes: Vec<usize> = shown.space().streams().iter().map(|stream| stream.size()).collect();
    let dim = rows.len() / n.max(1);
    let mut first = 0;
    for (buffer, size) in shown.buffers_mut().iter_mut().zip(sizes) {
        let Some(numbers) = f32::of_mut(buffer) else { continue };
        for (env, row) in rows.chunks_exact(dim.max(1)).enumerate() {
            numbers[env * size..][..size].copy_from_slice(&row[first..first + size]);
        }
        first += size;
    }
}

//! The memory that a network takes.

use crate::learn::{LayerSize, PolicyConfig, RnnConfig};

/// About what a network takes while it learns: weights, gradient, two moments and copies in f32, and
/// while it is initialised two copies of its largest layer in f64.
pub(crate) fn network_bytes(config: &PolicyConfig) -> u64 {
    let outputs = config.action_space.n_params() as u64 + 1;
    let n_trunks = 1 + u64::from(config.separate_value);
    let widths = config.hidden_sizes.iter().map(|&width| width as u64).chain([outputs]);
    let (mut before, mut weights, mut largest) = encoder_numbers(config);
    if let Some(RnnConfig { size, .. }) = config.rnn {
        // At most four gates, each from the layer below and from the state before.
        let (size, below) = (size as u64, widths.clone().rev().nth(1).unwrap_or(before));
        weights += 4 * size * (below + size + 2);
        largest = largest.max(4 * size * below.max(size));
    }
    for width in widths {
        let layer = (before + 1) * width;
        weights += layer;
        largest = layer.max(largest);
        before = width;
    }
    weights * n_trunks * 4 * 6 + largest * 8 * 2
}

/// Columns of the network's input, weights of encoders, and the most of one layer.
fn encoder_numbers(config: &PolicyConfig) -> (u64, u64, u64) {
    let (mut columns, mut weights, mut largest) = (config.observations.size(), 0, 0);
    for encoder in &config.encoders {
        let stream = config.observations.stream(&encoder.stream);
        let Some(picture) = stream.and_then(|stream| stream.as_picture()) else { continue };
        let Ok(sizes) = encoder.sizes(picture) else { continue };
        let before = sizes.iter().rev().nth(1).map_or(0, LayerSize::numbers);
        let filters = encoder.layers.iter().map(|layer| layer.filters);
        let channels = [picture.frames * picture.channels].into_iter().chain(filters);
        let layers = encoder.layers.iter().zip(channels);
        let layers = layers.map(|(layer, channels)| channels * layer.kernel.pow(2) * layer.filters);
        for layer in layers.chain([before * encoder.features]) {
            (weights, largest) = (weights + layer as u64, largest.max(layer as u64));
        }
        let given = sizes.last().map_or(0, LayerSize::numbers);
        columns = columns - picture.frames * picture.frame_size() + given;
    }
    (columns as u64, weights, largest)
}

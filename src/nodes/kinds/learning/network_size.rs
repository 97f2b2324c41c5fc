//! The memory that a network takes.

use crate::learn::{LayerSize, PolicyConfig, RnnConfig};

/// About what a network takes while it learns: weights, gradient, two moments and copies in f32, and
/// while it is initialised two copies of its largest layer in f64.
pub(crate) fn network_bytes(config: &PolicyConfig) -> u64 {
    let outputs = (config.action_space.n_params() as u64).saturating_add(1);
    let n_trunks = 1 + u64::from(config.separate_value);
    let widths = config.hidden_sizes.iter().map(|&width| width as u64).chain([outputs]);
    let (mut before, mut weights, mut largest) = encoder_numbers(config);
    if let Some(RnnConfig { size, .. }) = config.rnn {
        // At most four gates, each from the layer below and from the state before.
        let (size, below) = (size as u64, widths.clone().rev().nth(1).unwrap_or(before));
        let gates = size.saturating_mul(4);
        let inputs = below.saturating_add(size).saturating_add(2);
        weights = weights.saturating_add(gates.saturating_mul(inputs));
        largest = largest.max(gates.saturating_mul(below.max(size)));
    }
    for width in widths {
        let layer = before.saturating_add(1).saturating_mul(width);
        weights = weights.saturating_add(layer);
        largest = layer.max(largest);
        before = width;
    }
    let learned = weights.saturating_mul(n_trunks * 4 * 6);
    learned.saturating_add(largest.saturating_mul(8 * 2))
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
        let layers = layers.map(|(layer, channels)| {
            let filter = layer.kernel.saturating_pow(2).saturating_mul(channels);
            filter.saturating_mul(layer.filters)
        });
        for layer in layers.chain([before.saturating_mul(encoder.features)]) {
            let layer = layer as u64;
            (weights, largest) = (layer.saturating_add(weights), largest.max(layer));
        }
        let given = sizes.last().map_or(0, LayerSize::numbers);
        let pixels = picture.frames * picture.frame_size();
        columns = columns.saturating_sub(pixels).saturating_add(given);
    }
    (columns as u64, weights, largest)
}

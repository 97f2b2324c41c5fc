//! An encoder of pictures in a model.

use super::graph::{GraphBuilder, int, ints};
use crate::learn::network::{Conv, Encoder, Layer, Pooling, Stage};
use crate::learn::{LearnError, PoolKind, Scaling, StateDict};
use crate::space::{ObservationStream, Picture};

/// Adds the pictures of a stream as an input, and their encoder. Returns the name of what it gives, shape (batch,
/// outputs).
pub(super) fn encode(
    graph: &mut GraphBuilder,
    state: &StateDict,
    (stream, encoder): (&ObservationStream, &Encoder),
) -> Result<String, LearnError> {
    let key = stream.key();
    let name = |what: &str| format!("{key}.{what}");
    graph.read_array(&key, &stream.shape);
    see(graph, &name, (encoder.picture, stream.shape.len()), encoder.scaling);
    let mut convs = encoder.named_convs();
    for (i, stage) in encoder.stages.iter().enumerate() {
        match stage {
            Stage::Pool(pooling) => pool(graph, pooling, &name(&format!("pool.{i}"))),
            Stage::Conv(_) => {
                if let Some((layer, conv)) = convs.next() {
                    convolve(graph, state, (&layer, conv))?;
                    graph.activate(conv.activation, &name(&format!("hidden.{i}")));
                }
            }
        }
    }
    graph.apply("Flatten", &[], vec![int("axis", 1)], &name("flat"));
    if let Some(Layer::Linear(dense)) = &encoder.dense {
        let (layer, outputs) = (encoder.dense_name(), dense.n_outputs());
        let inputs = encoder.last().height * encoder.last().width * encoder.last().channels;
        let w = state.get_f32(&format!("{layer}.weight"), &[outputs, inputs])?;
        let b = state.get_f32(&format!("{layer}.bias"), &[outputs])?;
        graph.affine(&layer, w, b, &layer);
        graph.activate(dense.activation, &name("features"));
    }
    Ok(graph.last())
}

/// From bytes as an environment gives them, in so many dimensions without the batch, to numbers of shape (batch,
/// channels of all frames, height, width).
fn see(
    graph: &mut GraphBuilder,
    name: &impl Fn(&str) -> String,
    (picture, n_dims): (Picture, usize),
    scaling: Scaling,
) {
    graph.apply("Div", &[(&name("most"), &[], &[255.0])], vec![], &name("scaled"));
    let order: &[usize] = if n_dims == 3 { &[0, 3, 1, 2] } else { &[0, 1, 4, 2, 3] };
    graph.apply("Transpose", &[], vec![ints("perm", order)], &name("channels_first"));
    let channels = picture.frames * picture.channels;
    graph.reshape(&[channels, picture.height, picture.width], &name("stacked"));
    match scaling {
        Scaling::Unit => {}
        Scaling::Centered => {
            graph.apply("Sub", &[(&name("middle"), &[], &[0.5])], vec![], &name("centered"));
        }
        Scaling::MeanFree => {
            let (stacked, mean) = (graph.last(), name("mean"));
            graph.apply("ReduceMean", &[], vec![ints("axes", &[1, 2, 3])], &mean);
            graph.apply_to("Sub", &[&stacked, &mean], &[], vec![], &name("centered"));
        }
    }
}

fn convolve(
    graph: &mut GraphBuilder,
    state: &StateDict,
    (layer, conv): (&str, &Conv),
) -> Result<(), LearnError> {
    let shape = &conv.shape;
    let (filters, kernel) = (shape.output.channels, shape.kernel);
    let (weight, bias) = (format!("{layer}.weight"), format!("{layer}.bias"));
    let extents = [filters, shape.input.channels, kernel, kernel];
    let w = state.get_f32(&weight, &extents)?;
    let b = state.get_f32(&bias, &[filters])?;
    let attributes = vec![
        ints("kernel_shape", &[kernel; 2]),
        ints("strides", &[shape.stride; 2]),
        ints("pads", &[shape.input.border; 4]),
    ];
    let constants: [(&str, &[usize], &[f32]); 2] =
        [(&weight, &extents, w), (&bias, &extents[..1], b)];
    graph.apply("Conv", &constants, attributes, layer);
    Ok(())
}

fn pool(graph: &mut GraphBuilder, pooling: &Pooling, output: &str) {
    let (rows, columns) = (pooling.rows, pooling.columns);
    let operation = match pooling.kind {
        PoolKind::Max => "MaxPool",
        // What lies beyond the edges does not count, unless asked for.
        PoolKind::Average => "AveragePool",
    };
    let attributes = vec![
        ints("kernel_shape", &[rows.size, columns.size]),
        ints("strides", &[rows.stride, columns.stride]),
        ints("pads", &[rows.padding, columns.padding, rows.padding, columns.padding]),
    ];
    graph.apply(operation, &[], attributes, output);
}

#[cfg(test)]
#[path = "encoder_tests.rs"]
mod tests;

//! Encoders in candle's operations.

use std::ops::Range;

use candle_core::{Device, Result, Tensor, Var};
use candle_nn::Linear;

use super::candle::{activate, linear, through, variable};
use super::convolution::{Conv, ConvShape, Encoder, Pooling, Stage, Window};
use super::{Activation, Layer, PoolKind};

/// An [`Encoder`] in candle's operations.
#[derive(Debug)]
pub(super) struct CandleEncoder {
    stages: Vec<CandleStage>,
    dense: Option<(Linear, Activation)>,
}

#[derive(Debug)]
enum CandleStage {
    Conv { conv: Conv, weight: Tensor, bias: Tensor },
    Pool(Pooling),
}

impl CandleEncoder {
    /// Puts its variables behind those that are there.
    pub(super) fn new(encoder: &Encoder, variables: &mut Vec<(Var, Range<usize>)>) -> Result<Self> {
        let stages = encoder.stages.iter().map(|stage| CandleStage::new(stage, variables));
        let stages = stages.collect::<Result<_>>()?;
        let dense = match &encoder.dense {
            Some(Layer::Linear(dense)) => {
                Some((linear(&dense.affine, variables)?, dense.activation))
            }
            _ => None,
        };
        Ok(Self { stages, dense })
    }

    /// What it gives, shape (rows, outputs), for pictures of shape (rows, channels, height, width).
    pub(super) fn forward(&self, pictures: &Tensor) -> Result<Tensor> {
        let mut y = pictures.clone();
        for stage in &self.stages {
            y = stage.forward(&y)?;
        }
        let y = y.flatten_from(1)?;
        match &self.dense {
            Some((dense, activation)) => activate(*activation, &through(dense, &y)?),
            None => Ok(y),
        }
    }
}

impl CandleStage {
    fn new(stage: &Stage, variables: &mut Vec<(Var, Range<usize>)>) -> Result<Self> {
        Ok(match stage {
            Stage::Pool(pooling) => Self::Pool(*pooling),
            Stage::Conv(conv) => {
                let (filters, kernel) = (conv.bias.len(), conv.shape.kernel);
                let shape = [filters, conv.shape.input.channels, kernel, kernel];
                let weight = variable(&conv.weight, &shape, variables)?;
                let bias = variable(&conv.bias, &[filters], variables)?;
                Self::Conv { conv: conv.clone(), weight, bias }
            }
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match self {
            Self::Pool(pooling) => pool(pooling, x),
            Self::Conv { conv, weight, bias } => {
                let y = covered(&conv.shape, x)?.conv2d(weight, 0, conv.shape.stride, 1, 1)?;
                let bias = bias.reshape((1, bias.dim(0)?, 1, 1))?;
                activate(conv.activation, &y.broadcast_add(&bias)?)
            }
        }
    }
}

/// What filters cover of pictures and their padding, so that none of it is left over: candle's gradient expects as
/// much of it in rows as in columns.
fn covered(shape: &ConvShape, x: &Tensor) -> Result<Tensor> {
    let (border, extent) = (shape.input.border, |n: usize| (n - 1) * shape.stride + shape.kernel);
    let padded = x.pad_with_zeros(2, border, border)?.pad_with_zeros(3, border, border)?;
    let rows = padded.narrow(2, 0, extent(shape.output.height))?;
    rows.narrow(3, 0, extent(shape.output.width))?.contiguous()
}

/// Pooling as operations on shifted copies, whose gradients candle knows for windows that overlap, too.
fn pool(pooling: &Pooling, x: &Tensor) -> Result<Tensor> {
    let (rows, columns) =
        (Axis::new(pooling.rows, x.dim(2)?), Axis::new(pooling.columns, x.dim(3)?));
    let mut result: Option<Tensor> = None;
    for i in 0..pooling.rows.size {
        for j in 0..pooling.columns.size {
            let ((rows, has_row), (columns, has_column)) = (rows.shifted(i)?, columns.shifted(j)?);
            let part = x.index_select(&rows, 2)?.index_select(&columns, 3)?;
            // Beyond an edge is once more what lies at it: no larger one, and no part of a mean.
            let part = match pooling.kind {
                PoolKind::Max => part,
                PoolKind::Average => {
                    let share = has_row.reshape(((), 1))?.matmul(&has_column.reshape((1, ()))?)?;
                    part.broadcast_mul(&share)?
                }
            };
            result = Some(match (result, pooling.kind) {
                (None, _) => part,
                (Some(result), PoolKind::Max) => result.maximum(&part)?,
                (Some(result), PoolKind::Average) => (result + part)?,
            });
        }
    }
    result.ok_or_else(|| candle_core::Error::Msg("a window without extent".to_owned()))
}

/// Windows along one extent of a picture.
struct Axis {
    covers: Vec<Range<usize>>,
    window: Window,
    len: usize,
}

impl Axis {
    fn new(window: Window, len: usize) -> Self {
        let n = window.count(len).unwrap_or(0);
        Self { covers: (0..n).map(|place| window.covers(place, len)).collect(), window, len }
    }

    /// The pixel that is the i-th of each window, or the one nearest to that; and the share of each in a mean.
    fn shifted(&self, i: usize) -> Result<(Tensor, Tensor)> {
        let n = self.covers.len();
        let at = |place: usize| (place * self.window.stride + i).checked_sub(self.window.padding);
        let nearest = |place: usize| at(place).unwrap_or(0).min(self.len - 1) as u32;
        let share = |place: usize| match at(place) {
            Some(at) if at < self.len => 1.0 / self.covers[place].len() as f32,
            _ => 0.0,
        };
        let pixels = Tensor::from_vec((0..n).map(nearest).collect(), n, &Device::Cpu)?;
        Ok((pixels, Tensor::from_vec((0..n).map(share).collect(), n, &Device::Cpu)?))
    }
}

/// The pictures of some rows as an encoder takes them, shape (rows, channels, height, width). `frame` gives those of
/// a row by their numbers.
pub(super) fn pictures<'s>(
    encoder: &Encoder,
    rows: Range<usize>,
    frame: impl Fn(usize, usize) -> &'s [u8],
) -> Result<Tensor> {
    let picture = encoder.picture;
    let mut data = Vec::with_capacity(rows.len() * picture.frames * picture.frame_size());
    for row in rows.clone() {
        let offset = encoder.scaling.offset((0..picture.frames).map(|i| frame(row, i)));
        for i in 0..picture.frames {
            let frame = frame(row, i);
            for channel in 0..picture.channels {
                let bytes = frame.iter().skip(channel).step_by(picture.channels);
                data.extend(bytes.map(|byte| f32::from(*byte) / 255.0 + offset));
            }
        }
    }
    let channels = picture.frames * picture.channels;
    Tensor::from_vec(data, (rows.len(), channels, picture.height, picture.width), &Device::Cpu)
}

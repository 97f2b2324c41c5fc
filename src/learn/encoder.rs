//! Settings of a convolutional encoder of pictures, and the sizes of its layers.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::error::LearnError;
use super::network::{Activation, PoolKind, Scaling, Window};
use crate::space::Picture;

/// A convolutional network between a stream of pictures and the hidden layers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EncoderConfig {
    /// The name of the stream, whose numbers are [pictures](crate::space::ObservationStream::as_picture) that the policy
    /// sees. Checkpoints call its layers `cnn.STREAM.0` and so on.
    pub stream: String,
    /// Convolutions, at least one, each with the nonlinearity after it and with pooling if there is any.
    pub layers: Vec<ConvLayer>,
    /// Whether all pixels of a channel become one number at the end.
    pub global_pool: Option<PoolKind>,
    /// Width of a dense layer after that, with the nonlinearity. 0: no dense layer, the hidden layers get all features.
    pub features: usize,
    /// Nonlinearity of all layers.
    pub activation: Activation,
    /// How bytes are scaled to numbers.
    pub scaling: Scaling,
}

/// One convolution of an encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConvLayer {
    /// Filters, which are the channels of its output; at least 1.
    pub filters: usize,
    /// Side of a filter \[pixels\], at least 1.
    pub kernel: usize,
    /// Stride \[pixels\], at least 1.
    pub stride: usize,
    /// Zero padding on each side \[pixels\], fewer than `kernel`.
    pub padding: usize,
    /// After the nonlinearity.
    pub pool: Option<Pool>,
}

/// Pooling after a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    /// Maximum or mean of a window.
    pub kind: PoolKind,
    /// Side of a window \[pixels\], at least 1.
    pub size: usize,
    /// Stride of the windows \[pixels\], at least 1.
    pub stride: usize,
    /// Padding beyond the edges \[pixels\], fewer than `size`; padded pixels are ignored.
    pub padding: usize,
}

/// Encoders that others use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EncoderPreset {
    /// Two convolutions, 16 of 8 x 8 / 4 and 32 of 4 x 4 / 2, and 128 features: `simple` of ML-Agents, with relu
    /// in the place of its leaky relu. For pictures from 20 x 20 on.
    Simple,
    /// Three convolutions, 32 of 8 x 8 / 4, 64 of 4 x 4 / 2 and 64 of 3 x 3 / 1, and 512 features, of relu (Mnih
    /// et al., 2015). For pictures from 36 x 36 on.
    Nature,
    /// Two convolutions, 16 of 5 x 5 / 2 and 32 of 3 x 3 / 2, each with the largest of 2 x 2, of elu, without a
    /// dense layer: that of MuJoCo Playground. For pictures from 23 x 23 on.
    Playground,
}

impl EncoderPreset {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Simple, Self::Nature, Self::Playground];

    /// Its name, as `simple`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::Nature => "nature",
            Self::Playground => "playground",
        }
    }

    /// The encoder of a stream.
    pub fn encoder(self, stream: &str) -> EncoderConfig {
        let layer = |filters, kernel, stride| ConvLayer::new(filters, kernel, stride);
        let pool = Some(Pool::new(PoolKind::Max, 2));
        let (layers, features, activation) = match self {
            Self::Simple => (vec![layer(16, 8, 4), layer(32, 4, 2)], 128, Activation::Relu),
            Self::Nature => {
                (vec![layer(32, 8, 4), layer(64, 4, 2), layer(64, 3, 1)], 512, Activation::Relu)
            }
            Self::Playground => {
                let layers = [layer(16, 5, 2), layer(32, 3, 2)];
                let pooled = layers.map(|layer| ConvLayer { pool, ..layer });
                (pooled.to_vec(), 0, Activation::Elu)
            }
        };
        EncoderConfig { layers, features, activation, ..EncoderConfig::new(stream, Vec::new()) }
    }
}

impl ConvLayer {
    /// One without padding and pooling.
    pub fn new(filters: usize, kernel: usize, stride: usize) -> Self {
        Self { filters, kernel, stride, padding: 0, pool: None }
    }

    pub(super) fn window(self) -> Window {
        Window { size: self.kernel, stride: self.stride, padding: self.padding }
    }
}

impl Pool {
    /// Windows side by side.
    pub fn new(kind: PoolKind, size: usize) -> Self {
        Self { kind, size, stride: size, padding: 0 }
    }

    pub(super) fn window(self) -> Window {
        Window { size: self.size, stride: self.stride, padding: self.padding }
    }
}

/// The output size of an encoder layer for one picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerSize {
    /// Which layer: `0`, `0.pool`, `global_pool`, `features`.
    pub layer: String,
    /// Rows of pixels; 1 of features.
    pub height: usize,
    /// Pixels of a row; 1 of features.
    pub width: usize,
    /// Numbers of a pixel.
    pub channels: usize,
}

impl LayerSize {
    /// All of its numbers.
    pub fn numbers(&self) -> usize {
        self.height * self.width * self.channels
    }
}

impl fmt::Display for LayerSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { layer, height, width, channels } = self;
        write!(f, "{layer}: {height} x {width} x {channels}")
    }
}

/// The largest number of outputs per picture, and of weights, that a layer may have: more than any use needs, and far
/// below the size at which integers overflow.
const MOST_NUMBERS: usize = 1 << 24;

impl EncoderConfig {
    /// One of these layers and no dense one, of relu.
    pub fn new(stream: &str, layers: Vec<ConvLayer>) -> Self {
        Self {
            stream: stream.to_owned(),
            layers,
            global_pool: None,
            features: 0,
            activation: Activation::Relu,
            scaling: Scaling::default(),
        }
    }

    /// An error of it.
    pub(super) fn error(&self, message: impl Into<String>) -> LearnError {
        LearnError::Encoder { stream: self.stream.clone(), message: message.into() }
    }

    /// The output size of each layer for such a picture, in order. Fails at the first impossible layer, and says why.
    pub fn sizes(&self, picture: Picture) -> Result<Vec<LayerSize>, LearnError> {
        let Picture { frames, height, width, channels } = picture;
        if frames == 0 || picture.frame_size() == 0 {
            let message =
                format!("sees pictures of {height} x {width} x {channels} in {frames} frames");
            return Err(self.error(message + "; each must be at least 1"));
        }
        if self.layers.is_empty() {
            return Err(self.error("has no convolution; give it at least one"));
        }
        let channels = frames.saturating_mul(channels);
        let mut now = LayerSize { layer: "picture".to_owned(), height, width, channels };
        self.check_numbers(&now)?;
        let mut sizes = Vec::new();
        for (i, layer) in self.layers.iter().enumerate() {
            self.check_least(i, "filters", layer.filters)?;
            let weights = layer.filters.saturating_mul(layer.kernel.saturating_pow(2));
            self.check_most(i, "weights", weights.saturating_mul(now.channels))?;
            now = self.covered(&now, i, ("kernel", layer.window()), layer.filters)?;
            now.layer = i.to_string();
            sizes.push(now.clone());
            if let Some(pool) = layer.pool {
                now = self.covered(&now, i, ("pool", pool.window()), now.channels)?;
                now.layer = format!("{i}.pool");
                sizes.push(now.clone());
            }
        }
        if self.global_pool.is_some() {
            let layer = "global_pool".to_owned();
            now = LayerSize { layer, height: 1, width: 1, ..now };
            sizes.push(now.clone());
        }
        if self.features > 0 {
            let layer = "features".to_owned();
            self.check_most(
                self.layers.len(),
                "weights",
                self.features.saturating_mul(now.numbers()),
            )?;
            sizes.push(LayerSize { layer, height: 1, width: 1, channels: self.features });
        }
        Ok(sizes)
    }

    /// What `windows` of the layer `i` give.
    fn covered(
        &self,
        input: &LayerSize,
        i: usize,
        (what, window): (&str, Window),
        channels: usize,
    ) -> Result<LayerSize, LearnError> {
        let Window { size, stride, padding } = window;
        self.check_least(i, &format!("{what} size"), size)?;
        self.check_least(i, &format!("{what} stride"), stride)?;
        if padding >= size {
            let message = format!(
                "layer {i} has a {what} of {size} x {size} and a padding of {padding}, so that windows see \
                 nothing; make the padding smaller than the {what}"
            );
            return Err(self.error(message));
        }
        let (from_height, from_width) = (input.height, input.width);
        let sizes = (window.count(from_height), window.count(from_width));
        let (Some(height), Some(width)) = sizes else {
            let padded = |n: usize| n + 2 * padding;
            let (rows, columns) = (padded(from_height), padded(from_width));
            let message = format!(
                "layer {i} has a {what} of {size} x {size}, larger than its picture of {rows} x {columns}; make \
                 it smaller, the strides before it smaller, or the picture larger"
            );
            return Err(self.error(message));
        };
        let size = LayerSize { layer: i.to_string(), height, width, channels };
        self.check_numbers(&size)?;
        Ok(size)
    }

    fn check_least(&self, i: usize, what: &str, got: usize) -> Result<(), LearnError> {
        match got {
            0 => Err(self.error(format!("layer {i} has {what} 0; it must be at least 1"))),
            _ => Ok(()),
        }
    }

    fn check_most(&self, i: usize, what: &str, got: usize) -> Result<(), LearnError> {
        if got <= MOST_NUMBERS {
            return Ok(());
        }
        Err(self.error(format!(
            "layer {i} has {got} {what}, more than {MOST_NUMBERS}; make it smaller"
        )))
    }

    fn check_numbers(&self, size: &LayerSize) -> Result<(), LearnError> {
        let LayerSize { layer, height, width, channels } = size;
        let numbers = height.saturating_mul(*width).saturating_mul(*channels);
        if numbers <= MOST_NUMBERS {
            return Ok(());
        }
        let message = format!(
            "{layer} has {height} x {width} x {channels} numbers, more than {MOST_NUMBERS}"
        );
        Err(self.error(message + "; make it smaller"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(side: usize, frames: usize) -> Picture {
        Picture { frames, height: side, width: side, channels: 1 }
    }

    fn said(config: &EncoderConfig, side: usize) -> String {
        config.sizes(picture(side, 1)).unwrap_err().to_string()
    }

    #[test]
    fn sizes_follow_layer_by_layer() {
        let sizes = |preset: EncoderPreset, side| {
            let sizes = preset.encoder("eye").sizes(picture(side, 2)).unwrap();
            sizes.iter().map(LayerSize::to_string).collect::<Vec<_>>()
        };
        let nature = ["0: 20 x 20 x 32", "1: 9 x 9 x 64", "2: 7 x 7 x 64", "features: 1 x 1 x 512"];
        assert_eq!(sizes(EncoderPreset::Nature, 84), nature);
        let simple = ["0: 15 x 15 x 16", "1: 6 x 6 x 32", "features: 1 x 1 x 128"];
        assert_eq!(sizes(EncoderPreset::Simple, 64), simple);
        let playground =
            ["0: 30 x 30 x 16", "0.pool: 15 x 15 x 16", "1: 7 x 7 x 32", "1.pool: 3 x 3 x 32"];
        assert_eq!(sizes(EncoderPreset::Playground, 64), playground);
    }

    #[test]
    fn presets_say_how_small_a_picture_may_be() {
        let least = [20, 36, 23];
        for (preset, side) in EncoderPreset::ALL.into_iter().zip(least) {
            let encoder = preset.encoder("eye");
            assert!(encoder.sizes(picture(side, 1)).is_ok(), "{}", preset.name());
            let said = said(&encoder, side - 1);
            assert!(said.contains("larger than its picture"), "{}: {said}", preset.name());
        }
    }

    #[test]
    fn layers_that_cannot_be_are_refused_by_number_and_size() {
        let base =
            EncoderConfig::new("eye", vec![ConvLayer::new(4, 3, 1), ConvLayer::new(4, 8, 1)]);
        let message = said(&base, 9);
        assert!(
            message.contains(
                "\"eye\" layer 1 has a kernel of 8 x 8, larger than its picture of 7 x 7"
            )
        );
        let with = |layer: ConvLayer| EncoderConfig { layers: vec![layer], ..base.clone() };
        let layer = ConvLayer::new(4, 3, 1);
        let pool = Pool::new(PoolKind::Max, 3);
        for (layer, expected) in [
            (ConvLayer { filters: 0, ..layer }, "layer 0 has filters 0"),
            (ConvLayer { kernel: 0, ..layer }, "layer 0 has kernel size 0"),
            (ConvLayer { stride: 0, ..layer }, "layer 0 has kernel stride 0"),
            (ConvLayer { padding: 3, ..layer }, "a padding of 3"),
            (ConvLayer { pool: Some(Pool { stride: 0, ..pool }), ..layer }, "pool stride 0"),
            (ConvLayer { pool: Some(Pool { size: 9, ..pool }), ..layer }, "a pool of 9 x 9"),
            (ConvLayer { filters: usize::MAX, ..layer }, "weights, more than"),
            (ConvLayer { kernel: usize::MAX, ..layer }, "weights, more than"),
            (ConvLayer { padding: usize::MAX, ..layer }, "a padding of"),
        ] {
            let message = said(&with(layer), 9);
            assert!(message.contains(expected), "{message}");
        }
        let none = EncoderConfig { layers: Vec::new(), ..base.clone() };
        assert!(said(&none, 9).contains("no convolution"));
        assert!(said(&base, 0).contains("0 x 0 x 1"));
        assert!(said(&base, 1 << 20).contains("picture has 1048576 x 1048576 x 1 numbers"));
        let wide = EncoderConfig { features: usize::MAX, ..base };
        assert!(said(&wide, 20).contains("weights, more than"));
    }
}

//! How fast a policy acts and learns: the part `learn` of `dnne bench`.

use crate::learn::{
    Backend, BenchCase, BenchResult, EncoderPreset, PictureCase, RnnCell, RnnConfig,
    bench_pictures, bench_update,
};
use crate::space::{ActionSpace, Picture};
use serde::Serialize;
use std::fmt;

/// Of so many minibatches one is measured with candle, which takes several times as long.
const CANDLE_PART: usize = 5;
/// Steps of the sequences that LSTMs learn from.
const SEQUENCE_LENGTH: usize = 16;

/// Transitions a second.
#[derive(Serialize)]
struct Rates {
    update_samples_per_sec: f64,
    inference_samples_per_sec: f64,
    /// What the network's products alone do of `peak_flops`, in an update and in inference.
    update_share_of_peak: f64,
    inference_share_of_peak: f64,
}

impl Rates {
    fn new(measured: &BenchResult, peak: f64) -> Self {
        let (update, inference) =
            (measured.update_samples_per_sec, measured.inference_samples_per_sec);
        Self {
            update_samples_per_sec: update,
            inference_samples_per_sec: inference,
            update_share_of_peak: update * measured.update_flops / peak,
            inference_share_of_peak: inference * measured.inference_flops / peak,
        }
    }
}

impl fmt::Display for Rates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "update {:8.1} K samples/s ({:2.0} % of peak), inference {:8.1} K/s ({:2.0} %)",
            self.update_samples_per_sec / 1e3,
            100.0 * self.update_share_of_peak,
            self.inference_samples_per_sec / 1e3,
            100.0 * self.inference_share_of_peak,
        )
    }
}

/// Of a policy that sees a vector.
#[derive(Serialize)]
pub(super) struct VectorResult {
    obs_dim: usize,
    action_dim: usize,
    hidden: Vec<usize>,
    /// Units of the LSTM after them.
    lstm: Option<usize>,
    minibatch: usize,
    #[serde(flatten)]
    rates: Rates,
    /// How many times as long both take with the backend candle.
    candle_update_times: f64,
    candle_inference_times: f64,
}

/// Of a policy that sees pictures and nothing else.
#[derive(Serialize)]
pub(super) struct PictureResult {
    /// The convolutions, by the name of their preset.
    encoder: &'static str,
    picture: Picture,
    hidden: Vec<usize>,
    minibatch: usize,
    #[serde(flatten)]
    rates: Rates,
}

/// Measures the learning from vectors; `peak` is what all threads do in registers \[multiplications and additions/s\].
pub(super) fn of_vectors(peak: f64) -> anyhow::Result<Vec<VectorResult>> {
    let lstm = |size| Some((RnnConfig { cell: RnnCell::Lstm, size }, SEQUENCE_LENGTH));
    let case = |(obs_dim, action_dim), hidden: &[usize], rnn, minibatch, n| BenchCase {
        obs_dim,
        action_space: ActionSpace::Continuous(action_dim),
        hidden: hidden.to_vec(),
        rnn,
        minibatch,
        n,
        backend: Backend::Fused,
    };
    let cases = [
        case((4, 1), &[32, 32], None, 8192, 200),
        case((4, 1), &[64, 64], None, 32, 5000),
        case((60, 8), &[256, 128, 64], None, 32768, 10),
        case((108, 21), &[400, 200, 100], None, 32768, 5),
        case((4, 1), &[32], lstm(32), 8192, 50),
        case((60, 8), &[256, 128], lstm(128), 8192, 10),
    ];
    let mut results = Vec::new();
    for case in cases {
        let measured = bench_update(&case)?;
        let n = case.n.div_ceil(CANDLE_PART);
        let candle = bench_update(&BenchCase { backend: Backend::Candle, n, ..case.clone() })?;
        results.push(VectorResult {
            obs_dim: case.obs_dim,
            action_dim: case.action_space.size(),
            hidden: case.hidden,
            lstm: case.rnn.map(|(rnn, _)| rnn.size),
            minibatch: case.minibatch,
            candle_update_times: measured.update_samples_per_sec / candle.update_samples_per_sec,
            candle_inference_times: measured.inference_samples_per_sec
                / candle.inference_samples_per_sec,
            rates: Rates::new(&measured, peak),
        });
    }
    Ok(results)
}

/// The networks and pictures that others use, with a hidden layer behind the convolutions.
fn picture_cases() -> [(EncoderPreset, PictureCase); 4] {
    let picture = |frames, size, channels| Picture { frames, height: size, width: size, channels };
    let cases = [
        (EncoderPreset::Simple, picture(2, 64, 1), &[64][..]),
        (EncoderPreset::Nature, picture(4, 64, 1), &[64]),
        (EncoderPreset::Nature, picture(1, 84, 3), &[64]),
        (EncoderPreset::Playground, picture(1, 64, 3), &[128, 64]),
    ];
    cases.map(|(preset, picture, hidden)| {
        let encoder = preset.encoder("camera");
        let (hidden, backend) = (hidden.to_vec(), Backend::Fused);
        (preset, PictureCase { picture, encoder, hidden, minibatch: 256, n: 20, backend })
    })
}

/// The same of learning from pictures.
pub(super) fn of_pictures(peak: f64) -> anyhow::Result<Vec<PictureResult>> {
    let mut results = Vec::new();
    for (preset, case) in picture_cases() {
        let rates = Rates::new(&bench_pictures(&case)?, peak);
        let PictureCase { picture, hidden, minibatch, .. } = case;
        results.push(PictureResult { encoder: preset.name(), picture, hidden, minibatch, rates });
    }
    Ok(results)
}

impl fmt::Display for VectorResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "learn    obs {:3} act {:2} {:19} minibatch {:5}: {}; candle {:.1} and {:.1} times as long",
            self.obs_dim,
            self.action_dim,
            match self.lstm {
                Some(size) => format!("{:?} lstm {size}", self.hidden),
                None => format!("{:?}", self.hidden),
            },
            self.minibatch,
            self.rates,
            self.candle_update_times,
            self.candle_inference_times
        )
    }
}

impl fmt::Display for PictureResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Picture { frames, height, width, channels } = self.picture;
        let seen = format!("{} x {height} x {width}", frames * channels);
        let network = match self.hidden.is_empty() {
            true => self.encoder.to_owned(),
            false => format!("{} {:?}", self.encoder, self.hidden),
        };
        write!(f, "learn    {seen:11} {network:20} minibatch {:5}: {}", self.minibatch, self.rates)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_network_that_sees_pictures_is_measured() {
        for (preset, case) in picture_cases() {
            let measured = bench_pictures(&PictureCase { minibatch: 8, n: 1, ..case.clone() });
            let rates = Rates::new(&measured.unwrap(), 1e9);
            assert!(rates.update_share_of_peak > 0.0 && rates.update_share_of_peak.is_finite());
            let PictureCase { picture, hidden, minibatch, .. } = case;
            let row = PictureResult { encoder: preset.name(), picture, hidden, minibatch, rates };
            assert!(row.to_string().contains(preset.name()), "{row}");
        }
    }
}

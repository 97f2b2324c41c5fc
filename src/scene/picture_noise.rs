//! Noise of cameras: what a real one adds to its picture.

use super::sight_file::{CameraFile, NoiseFile, SeesFile};
use crate::math::lanes::exp;
use crate::math::rng::Random;
use std::sync::LazyLock;

/// Quantiles in [`QUANTILES`], each as likely as the others.
const N_QUANTILES: usize = 4096;

/// The standard normal distribution as equally likely values, from the lowest up.
static QUANTILES: LazyLock<[f32; N_QUANTILES]> = LazyLock::new(quantiles);

/// By the probability below them, dx/dp = 1 / density(x), from the middle on by Runge and Kutta's rule.
fn quantiles() -> [f32; N_QUANTILES] {
    const STEPS: usize = 16;
    let slope = |x: f64| std::f64::consts::TAU.sqrt() * exp(0.5 * x * x);
    let advance = |x: f64, h: f64| {
        let a = slope(x);
        let b = slope(x + 0.5 * h * a);
        let c = slope(x + 0.5 * h * b);
        let d = slope(x + h * c);
        x + h / 6.0 * (a + 2.0 * b + 2.0 * c + d)
    };
    let half = N_QUANTILES / 2;
    let step = 1.0 / N_QUANTILES as f64;
    let mut upper = Vec::with_capacity(half);
    // The first lies half a step above the middle.
    let mut x = advance(0.0, 0.5 * step);
    for _ in 0..half {
        upper.push(x);
        x = (0..STEPS).fold(x, |x, _| advance(x, step / STEPS as f64));
    }
    // What the steps leave out is spread over all, so that the variance is one.
    let variance = upper.iter().map(|x| x * x).sum::<f64>() / half as f64;
    let scale = 1.0 / variance.sqrt();
    std::array::from_fn(|i| match i.checked_sub(half) {
        Some(above) => (upper[above] * scale) as f32,
        None => -(upper[half - 1 - i] * scale) as f32,
    })
}

/// What a camera adds to its pictures.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PictureNoise {
    /// Standard deviation at each byte [levels].
    deviation: Vec<f32>,
    /// How many of 65536 pixels read as nothing there.
    n_dropouts: u32,
}

/// Of depth, where there is nothing: it has no noise.
const NOTHING: u8 = 255;

impl PictureNoise {
    /// That of a camera, if it has any; what is wrong with it otherwise.
    pub(super) fn new(camera: &CameraFile) -> Result<Option<Self>, String> {
        let Some(noise) = &camera.noise else { return Ok(None) };
        check(noise, camera.sees)?;
        let deviation = |byte: u8| match camera.sees {
            SeesFile::Gray | SeesFile::Rgb => noise.levels,
            SeesFile::Depth if byte == NOTHING => 0.0,
            SeesFile::Depth => {
                let (near, far) = camera.range;
                let (constant, linear, quadratic) = noise.depth;
                let depth = near + (far - near) * f64::from(byte) / 255.0;
                (constant + depth * (linear + depth * quadratic)) * 255.0 / (far - near)
            }
        };
        Ok(Some(Self {
            deviation: (0..=255).map(|byte| deviation(byte) as f32).collect(),
            n_dropouts: (noise.dropout * 65536.0).round() as u32,
        }))
    }

    /// Adds it to a picture, shape (height, width, channels).
    pub(super) fn add(&self, picture: &mut [u8], random: &mut Random) {
        let quantiles = &*QUANTILES;
        for pixels in picture.chunks_mut(2) {
            let word = random.next_u32();
            for (pixel, half) in pixels.iter_mut().zip([word, word >> 16]) {
                let quantile = quantiles[half as usize % N_QUANTILES];
                let noisy = f32::from(*pixel) + self.deviation[usize::from(*pixel)] * quantile;
                // A byte is a bounded number, and what is no number is none.
                *pixel = (noisy + 0.5) as u8;
            }
        }
        if self.n_dropouts > 0 {
            for pixels in picture.chunks_mut(2) {
                let word = random.next_u32();
                for (pixel, half) in pixels.iter_mut().zip([word, word >> 16]) {
                    if half & 0xffff < self.n_dropouts {
                        *pixel = NOTHING;
                    }
                }
            }
        }
    }
}

/// What is wrong with the noise of a camera.
fn check(noise: &NoiseFile, sees: SeesFile) -> Result<(), String> {
    let (a, b, c) = noise.depth;
    if sees == SeesFile::Depth && noise.levels != 0.0 {
        return Err(
            "noise of `levels` is of Gray and Rgb; of Depth it is `depth` and `dropout`".into()
        );
    }
    if sees != SeesFile::Depth && (noise.depth, noise.dropout) != ((0.0, 0.0, 0.0), 0.0) {
        return Err("noise of `depth` and `dropout` are of Depth; of others it is `levels`".into());
    }
    if !(0.0..=255.0).contains(&noise.levels) {
        return Err(format!("noise of {} `levels`: there are 0 to 255", noise.levels));
    }
    if ![a, b, c].iter().all(|part| part.is_finite() && *part >= 0.0) {
        return Err(format!("noise of `depth` ({a}, {b}, {c}): all numbers are finite, from 0 on"));
    }
    if !(0.0..=1.0).contains(&noise.dropout) {
        return Err(format!(
            "a `dropout` of {}: it is a part of the pixels, 0 to 1",
            noise.dropout
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_normal_distribution() {
        let all = &*QUANTILES;
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
        // Of the probabilities 0.5, 0.841345, 0.975, 0.99865 (any table); there are a few thousand values.
        for (p, x) in [(0.5, 0.0), (0.841_345, 1.0), (0.975, 1.959_964), (0.998_65, 3.0)] {
            let found = f64::from(all[(p * N_QUANTILES as f64) as usize]);
            assert!((found - x).abs() < 0.03 * (1.0 + x * x) / 4.0, "{p}: {found}");
            let mirrored = f64::from(all[N_QUANTILES - 1 - (p * N_QUANTILES as f64) as usize]);
            assert_eq!(found, -mirrored);
        }
        let mean_of = |power: i32| {
            all.iter().map(|x| f64::from(*x).powi(power)).sum::<f64>() / N_QUANTILES as f64
        };
        assert!((mean_of(2) - 1.0).abs() < 1e-6, "{}", mean_of(2));
        // The kurtosis of what has no far ends.
        assert!((mean_of(4) - 3.0).abs() < 0.05, "{}", mean_of(4));
    }
}

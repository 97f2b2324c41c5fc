//! Pictures of texture files: each with smaller copies of itself, for what is far away.

use crate::math::lanes::{LaneMask, Lanes};
use crate::model::TexturePixels;

/// A picture and its copies of half the size, down to one pixel (mip maps).
#[derive(Debug)]
pub(super) struct Pyramid {
    levels: Vec<Level>,
}

#[derive(Debug)]
struct Level {
    width: usize,
    height: usize,
    /// Shape (height, width, 3).
    rgb: Vec<u8>,
}

impl Pyramid {
    pub fn new(pixels: &TexturePixels) -> Self {
        let TexturePixels { width, height, ref rgb } = *pixels;
        let mut levels = vec![Level { width, height, rgb: rgb.clone() }];
        while let Some(last) = levels.last().filter(|last| last.width.max(last.height) > 1) {
            let half = last.halved();
            levels.push(half);
        }
        Self { levels }
    }

    /// Pixels along both sides.
    pub fn size(&self) -> [usize; 2] {
        self.levels.first().map_or([1; 2], |level| [level.width, level.height])
    }

    /// Colours from 0 to 1 at places from 0 to 1, of lanes that are seen, where a sample covers `reach` pixels: between
    /// four pixels of each of two copies (trilinear, as OpenGL 1.5 has it in "3.8.8 Texture minification").
    #[inline(always)]
    pub fn colour<L: Lanes>(
        &self,
        [s, t]: [L; 2],
        reach: L,
        seen: L::Mask,
        repeats: bool,
    ) -> [L; 3] {
        let reach = reach.max(L::one()).min(L::splat(65536.0));
        let most = L::splat((self.levels.len() - 1) as f64);
        let detail = (reach.exponent() + reach.mantissa() - L::one()).min(most);
        let level = detail.floor();
        let part = detail - level;
        let mut out = [L::zero(); 3];
        for lane in 0..L::WIDTH {
            if !seen.lane(lane) {
                continue;
            }
            let (first, part) = (level.lane(lane) as usize, part.lane(lane));
            let place = [s.lane(lane), t.lane(lane)];
            let near = self.levels[first].colour(place, repeats);
            let far = match self.levels.get(first + 1).filter(|_| part > 0.0) {
                Some(next) => next.colour(place, repeats),
                None => near,
            };
            for k in 0..3 {
                out[k].set_lane(lane, (near[k] + part * (far[k] - near[k])) / 255.0);
            }
        }
        out
    }
}

impl Level {
    fn halved(&self) -> Self {
        let (width, height) = ((self.width / 2).max(1), (self.height / 2).max(1));
        let mut rgb = Vec::with_capacity(3 * width * height);
        for row in 0..height {
            for col in 0..width {
                let rows = [2 * row, (2 * row + 1).min(self.height - 1)];
                let cols = [2 * col, (2 * col + 1).min(self.width - 1)];
                for k in 0..3 {
                    let at = |row: usize, col: usize| {
                        u32::from(self.rgb[3 * (row * self.width + col) + k])
                    };
                    let sum: u32 =
                        rows.iter().map(|&row| at(row, cols[0]) + at(row, cols[1])).sum();
                    rgb.push(((sum + 2) / 4) as u8);
                }
            }
        }
        Self { width, height, rgb }
    }

    /// Red, green and blue between four pixels, from 0 to 255.
    #[inline(always)]
    fn colour(&self, [s, t]: [f64; 2], repeats: bool) -> [f64; 3] {
        let (left, right, across) = neighbours(s, self.width, repeats);
        let (above, below, down) = neighbours(t, self.height, repeats);
        let pixel = |row: usize, col: usize| &self.rgb[3 * (row * self.width + col)..][..3];
        let corners =
            [pixel(above, left), pixel(above, right), pixel(below, left), pixel(below, right)];
        [0, 1, 2].map(|k| {
            let [a, b, c, d] = corners.map(|corner| f64::from(corner[k]));
            let (upper, lower) = (a + across * (b - a), c + across * (d - c));
            upper + down * (lower - upper)
        })
    }
}

/// The pixels on both sides of a place, whose middles are half a pixel from their edges, and how far it is from the
/// first to the second.
#[inline(always)]
fn neighbours(place: f64, n: usize, repeats: bool) -> (usize, usize, f64) {
    // What is no number is at the beginning.
    let at = place.clamp(0.0, 1.0) * n as f64 - 0.5;
    let first = at.floor();
    let part = at - first;
    // From -1 to n - 1.
    let first = first as isize;
    let last = n as isize - 1;
    let (before, after) = match (first < 0, first >= last, repeats) {
        (true, _, true) | (_, true, true) => (last, 0),
        (true, _, false) => (0, 0),
        (_, true, false) => (last, last),
        _ => (first, first + 1),
    };
    (before.max(0) as usize, after.max(0) as usize, if part.is_nan() { 0.0 } else { part })
}

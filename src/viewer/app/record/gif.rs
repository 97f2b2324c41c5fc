//! GIF: one palette for the whole film, and of each picture only what has changed.

use super::super::super::error::ViewerError;
use super::super::super::recording::Recording;
use super::encoder::{Encoder, write_error};
use super::part::Part;
use color_quant::NeuQuant;
use gif::{DisposalMethod, Encoder as Writer, EncodingError, Frame, Repeat};
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// Colours of the palette; one more stands for "as before".
const N_COLOURS: usize = 255;
const AS_BEFORE: u8 = 255;
/// Of every so many pixels one teaches the palette.
const SAMPLING: i32 = 3;
/// Pictures per second: programs that show GIFs take a delay of less than two hundredths for ten, and there is
/// room for 65535.
const RATES: RangeInclusive<f64> = 0.002..=50.0;
/// Bits of each colour channel that choose from the palette.
const BITS: usize = 6;

pub(super) struct GifEncoder {
    path: PathBuf,
    part: Part,
    /// Until the film begins.
    file: Option<File>,
    size: (u16, u16),
    fps: f64,
    n_written: u64,
    film: Option<Film>,
}

/// What is there once the first picture has given its colours.
struct Film {
    writer: Writer<BufWriter<File>>,
    palette: Palette,
    /// Indices of the last picture; empty before the first.
    shown: Vec<u8>,
}

impl GifEncoder {
    pub(super) fn create(path: &Path, recording: &Recording) -> Result<Self, ViewerError> {
        let size = [recording.width, recording.height].map(|edge| u16::try_from(edge).ok());
        let [Some(width), Some(height)] = size else {
            let cause = io::Error::new(io::ErrorKind::InvalidInput, "a GIF has at most 65535 rows");
            return Err(write_error(path)(cause));
        };
        let fps = recording.fps;
        if !RATES.contains(&fps) {
            return Err(ViewerError::GifRate { path: path.to_owned(), fps });
        }
        let (part, file) = Part::create(path)?;
        let (path, size) = (path.to_owned(), (width, height));
        Ok(Self { path, part, file: Some(file), size, fps, n_written: 0, film: None })
    }

    fn begin(&self, file: File, rgb: &[u8]) -> Result<Film, ViewerError> {
        let palette = Palette::of(rgb);
        let (width, height) = self.size;
        let begun = || -> Result<_, EncodingError> {
            let mut writer = Writer::new(BufWriter::new(file), width, height, &palette.colours)?;
            writer.set_repeat(Repeat::Infinite)?;
            Ok(writer)
        };
        let writer = begun().map_err(|error| encoding_error(&self.path, error))?;
        Ok(Film { writer, palette, shown: Vec::new() })
    }
}

impl Encoder for GifEncoder {
    fn picture(&mut self, rgb: &[u8]) -> Result<(), ViewerError> {
        if let Some(file) = self.file.take() {
            self.film = Some(self.begin(file, rgb)?);
        }
        let (size, delay) = (self.size, delay(self.n_written, self.fps));
        self.n_written += 1;
        let Some(film) = self.film.as_mut() else { return Ok(()) };
        let pixels: Vec<u8> =
            rgb.chunks_exact(3).map(|pixel| film.palette.nearest(pixel)).collect();
        let frame = changes(&film.shown, &pixels, size, delay);
        film.shown = pixels;
        film.writer.write_frame(&frame).map_err(|error| encoding_error(&self.path, error))
    }

    fn finish(self: Box<Self>) -> Result<(), ViewerError> {
        let Some(film) = self.film else { return Ok(()) };
        let path = self.path;
        let file = film.writer.into_inner().map_err(|error| encoding_error(&path, error))?;
        file.into_inner().map_err(|error| write_error(&path)(error.into_error()))?;
        self.part.publish()
    }
}

/// How long a picture is shown [hundredths of a second]: until the next one is due, which is rounded, and not the
/// time between the two, or a film would be slower or faster than life.
fn delay(picture: u64, fps: f64) -> u16 {
    let due = |picture: u64| (100.0 * picture as f64 / fps).round();
    (due(picture + 1) - due(picture)) as u16
}

fn encoding_error(path: &Path, error: EncodingError) -> ViewerError {
    let cause = match error {
        EncodingError::Io(cause) => cause,
        other => io::Error::other(other.to_string()),
    };
    write_error(path)(cause)
}

/// The smallest rectangle that holds all changes, in which pixels that stay are left out.
fn changes(before: &[u8], now: &[u8], (width, height): (u16, u16), delay: u16) -> Frame<'static> {
    let frame = |left: u16, top: u16, width: u16, height: u16, buffer: Vec<u8>| Frame {
        left,
        top,
        width,
        height,
        delay,
        dispose: DisposalMethod::Keep,
        transparent: Some(AS_BEFORE),
        buffer: Cow::Owned(buffer),
        ..Frame::default()
    };
    if before.is_empty() {
        return frame(0, 0, width, height, now.to_vec());
    }
    let row = |y: u16| {
        let range = usize::from(y) * usize::from(width)..(usize::from(y) + 1) * usize::from(width);
        before[range.clone()].iter().zip(&now[range])
    };
    let changed = |y: &u16| row(*y).any(|(a, b)| a != b);
    let (top, bottom) = ((0..height).find(changed), (0..height).rev().find(changed));
    let (Some(top), Some(bottom)) = (top, bottom) else {
        return frame(0, 0, 1, 1, vec![AS_BEFORE]);
    };
    let firsts = (top..=bottom).filter_map(|y| row(y).position(|(a, b)| a != b));
    let left = firsts.min().unwrap_or(0);
    let lasts = (top..=bottom).filter_map(|y| row(y).rposition(|(a, b)| a != b));
    let right = lasts.max().unwrap_or(0);
    let kept = |y: u16| {
        row(y).skip(left).take(right - left + 1).map(|(a, &b)| if *a == b { AS_BEFORE } else { b })
    };
    let buffer = (top..=bottom).flat_map(kept).collect();
    frame(left as u16, top, (right - left + 1) as u16, bottom - top + 1, buffer)
}

/// Colours, and a table from shortened colours to the nearest of them.
struct Palette {
    quantizer: NeuQuant,
    /// RGB, shape (256, 3).
    colours: Vec<u8>,
    table: Vec<Option<u8>>,
}

impl Palette {
    fn of(rgb: &[u8]) -> Self {
        let rgba: Vec<u8> =
            rgb.chunks_exact(3).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255]).collect();
        let quantizer = NeuQuant::new(SAMPLING, N_COLOURS, &rgba);
        let mut colours = quantizer.color_map_rgb();
        colours.resize(256 * 3, 0);
        Self { quantizer, colours, table: vec![None; 1 << (3 * BITS)] }
    }

    fn nearest(&mut self, pixel: &[u8]) -> u8 {
        let short = |part: u8| usize::from(part >> (8 - BITS));
        let place = (short(pixel[0]) << (2 * BITS)) | (short(pixel[1]) << BITS) | short(pixel[2]);
        let quantizer = &self.quantizer;
        let found = || quantizer.index_of(&[pixel[0], pixel[1], pixel[2], 255]) as u8;
        *self.table[place].get_or_insert_with(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changes_is_written() {
        let before = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1];
        let now = [1, 1, 1, 1, 1, 2, 1, 3, 1, 1, 1, 1];
        let frame = changes(&before, &now, (4, 3), 4);
        assert_eq!((frame.left, frame.top, frame.width, frame.height), (1, 1, 3, 1));
        assert_eq!(frame.buffer[..], [2, AS_BEFORE, 3]);
        let still = changes(&now, &now, (4, 3), 4);
        assert_eq!(still.buffer[..], [AS_BEFORE]);
        assert_eq!(changes(&[], &now, (4, 3), 4).buffer[..], now);
    }

    #[test]
    fn a_film_lasts_as_long_as_its_pictures() {
        for fps in [0.002f64, 3.0, 16.0, 24.0, 30.0, 50.0] {
            let n = (20.0 * fps).ceil() as u64;
            let sum: u64 = (0..n).map(|picture| u64::from(delay(picture, fps))).sum();
            assert_eq!(sum, (100.0 * n as f64 / fps).round() as u64, "{fps}");
            assert!((0..n).all(|picture| delay(picture, fps) >= 2));
        }
    }

    #[test]
    fn a_palette_finds_its_colours_again() {
        let rgb: Vec<u8> =
            (0..3000).flat_map(|i| if i % 2 == 0 { [250, 10, 20] } else { [0, 90, 200] }).collect();
        let mut palette = Palette::of(&rgb);
        for pixel in [[250u8, 10, 20], [0, 90, 200]] {
            let index = usize::from(palette.nearest(&pixel));
            let found = &palette.colours[3 * index..3 * index + 3];
            let error = pixel.iter().zip(found).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(error.unwrap() < 12, "{pixel:?} became {found:?}");
        }
    }
}

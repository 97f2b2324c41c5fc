//! Height fields: elevations written in the file, in a picture or in MuJoCo's own format, or flat.

use super::{format_of, read_file};
use crate::diagnostic::counted;
use crate::model::diagnostic::Diagnostics;
use crate::model::files::Files;
use crate::model::spec::{Compiler, HfieldSpec};
use crate::model::types::HeightField;

/// Larger fields are taken for a mistake.
const MAX_POINTS: usize = 4_000_000;

/// Elevations row by row, the first row at the smallest y.
struct Grid {
    nrow: usize,
    ncol: usize,
    data: Vec<f32>,
}

pub(super) fn load(
    spec: &HfieldSpec,
    files: &Files,
    compiler: &Compiler,
    sink: &mut Diagnostics,
) -> Option<HeightField> {
    let origin = &spec.origin;
    let grid = match &spec.file {
        Some(file) => {
            if spec.nrow != 0 || spec.ncol != 0 {
                let message = "the file says how many rows and columns there are";
                sink.error(origin, message, "remove nrow and ncol, or file");
                return None;
            }
            let bytes = read_file(file, files, compiler, origin, sink)?;
            let parsed = match format_of(file, spec.content_type.as_deref()).as_str() {
                "png" => parse_png(&bytes),
                _ => parse_binary(&bytes),
            };
            match parsed {
                Ok(grid) => grid,
                Err(what) => {
                    let message = format!("\"{file}\" is not a height field: {what}");
                    sink.error(origin, message, "give a PNG, or two counts and as many f32");
                    return None;
                }
            }
        }
        None => inline(spec),
    };
    let count = grid.nrow.saturating_mul(grid.ncol);
    if grid.nrow < 2 || grid.ncol < 2 || count > MAX_POINTS {
        let (rows, columns) = (counted(grid.nrow, "row"), counted(grid.ncol, "column"));
        let message = format!("it has {rows} and {columns}");
        let remedy =
            format!("a height field has two of each or more, and up to {MAX_POINTS} points");
        sink.error(origin, message, remedy);
        return None;
    }
    let mut data = grid.data;
    if data.is_empty() {
        data = vec![0.0; count];
    } else if data.len() != count {
        let given = counted(data.len(), "number");
        let message = format!("elevation has {given} instead of {count}");
        sink.error(origin, message, "write nrow times ncol numbers");
        return None;
    }
    normalize(&mut data);
    Some(HeightField {
        name: spec.name.clone(),
        nrow: grid.nrow,
        ncol: grid.ncol,
        size: spec.size,
        data: data.into_iter().map(f64::from).collect(),
    })
}

/// In the XML the first row is the farthest, as in a picture.
fn inline(spec: &HfieldSpec) -> Grid {
    let rows = spec.elevation.chunks(spec.ncol.max(1)).rev();
    let data = rows.flatten().map(|height| *height as f32).collect();
    Grid { nrow: spec.nrow, ncol: spec.ncol, data }
}

/// To [0, 1], in 32-bit numbers as MuJoCo keeps them.
fn normalize(data: &mut [f32]) {
    let low = data.iter().copied().fold(f32::INFINITY, f32::min);
    let high = data.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for height in data {
        *height -= low;
        if high > low {
            *height /= high - low;
        }
    }
}

fn parse_binary(bytes: &[u8]) -> Result<Grid, String> {
    let (counts, rest) = bytes.split_at_checked(8).ok_or("it is too short")?;
    let word = |at: usize| {
        let word = <[u8; 4]>::try_from(&counts[at..at + 4]).unwrap_or_default();
        usize::try_from(i32::from_le_bytes(word)).map_err(|_| "a count is negative".to_owned())
    };
    let (nrow, ncol) = (word(0)?, word(4)?);
    if nrow.checked_mul(ncol).and_then(|count| count.checked_mul(4)) != Some(rest.len()) {
        return Err(format!("{nrow} rows and {ncol} columns do not fit its {} bytes", bytes.len()));
    }
    let float = |word: &[u8]| f32::from_le_bytes(<[u8; 4]>::try_from(word).unwrap_or_default());
    let data: Vec<f32> = rest.chunks_exact(4).map(float).collect();
    if !data.iter().all(|height| height.is_finite() && height.abs() < 1e30) {
        return Err("an elevation is not finite".to_owned());
    }
    Ok(Grid { nrow, ncol, data })
}

/// The first channel in eight bits; the top row of the picture is the farthest of the field.
fn parse_png(bytes: &[u8]) -> Result<Grid, String> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let limit = MAX_POINTS * 4;
    decoder.set_limits(png::Limits { bytes: limit * 4 });
    let mut reader = decoder.read_info().map_err(|error| error.to_string())?;
    let size = reader.output_buffer_size().filter(|size| *size <= limit);
    let mut pixels = vec![0; size.ok_or("the picture is too large")?];
    let frame = reader.next_frame(&mut pixels).map_err(|error| error.to_string())?;
    let (nrow, ncol) = (frame.height as usize, frame.width as usize);
    let channels = frame.color_type.samples();
    let rows = pixels.chunks_exact(frame.line_size).take(nrow).rev();
    let data = rows.flat_map(|row| row.chunks_exact(channels).map(|pixel| f32::from(pixel[0])));
    Ok(Grid { nrow, ncol, data: data.collect() })
}

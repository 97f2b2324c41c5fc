//! Pictures compared with those that are kept.

use crate::ui::apart;
use std::path::Path;

/// Mean difference of a colour channel, of 255, that drivers may have over the whole picture.
const TOLERANCE: f64 = 2.0;
/// The same in any tile: a thin line that is missing is nothing in the whole, but more than twice this in
/// the tile that it crosses.
const TILE_TOLERANCE: f64 = 10.0;

/// Compares a picture, of which half in each direction is kept, with the one of that name.
pub(super) fn compare(name: &str, rgb: &[u8], (width, height): (u32, u32)) {
    let got = halved(rgb, width as usize);
    let size = (width / 2, height / 2);
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/pictures");
    let path = Path::new(golden).join(format!("window_{name}.png"));
    // To be looked at, and kept if it is as it should be.
    let aside = std::env::temp_dir().join(format!("dnne_window_{name}.png"));
    write_png(&aside, &got, size);
    if std::env::var_os("DNNE_KEEP_PICTURES").is_some() {
        write_png(&path, &got, size);
    }
    let expected = read_png(&path, size).unwrap_or_else(|error| {
        panic!("{}: {error}; what came is in {}", path.display(), aside.display())
    });
    let (mean, worst) = apart(&got, &expected, size.0 as usize);
    assert!(
        mean < TOLERANCE && worst < TILE_TOLERANCE,
        "{name}: on average {mean:.2} of 255 apart, in the worst tile {worst:.1}; see {}",
        aside.display()
    );
}

/// Each pixel the mean of four.
fn halved(rgb: &[u8], width: usize) -> Vec<u8> {
    let height = rgb.len() / (3 * width);
    let mut out = Vec::with_capacity(rgb.len() / 4);
    for y in (0..height).step_by(2) {
        for x in (0..width).step_by(2) {
            for part in 0..3 {
                let at = |dx, dy| u32::from(rgb[3 * ((y + dy) * width + x + dx) + part]);
                out.push(((at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1) + 2) / 4) as u8);
            }
        }
    }
    out
}

fn write_png(path: &Path, rgb: &[u8], (width, height): (u32, u32)) {
    let file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let mut encoder = png::Encoder::new(file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    encoder.write_header().unwrap().write_image_data(rgb).unwrap();
}

fn read_png(path: &Path, size: (u32, u32)) -> Result<Vec<u8>, String> {
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let decoder = png::Decoder::new(std::io::BufReader::new(file));
    let mut reader = decoder.read_info().map_err(|error| error.to_string())?;
    let mut rgb = vec![0; reader.output_buffer_size().unwrap_or(0)];
    let info = reader.next_frame(&mut rgb).map_err(|error| error.to_string())?;
    assert_eq!((info.width, info.height), size);
    Ok(rgb)
}

#[test]
fn a_thin_line_is_seen_and_a_little_noise_is_not() {
    let plain = vec![100; 3 * 64 * 48];
    let noisy: Vec<u8> = (0..plain.len()).map(|i| 99 + (i * 7 % 3) as u8).collect();
    let (mean, worst) = apart(&plain, &noisy, 64);
    assert!(mean < TOLERANCE && worst < TILE_TOLERANCE, "{mean} {worst}");
    let mut lined = plain.clone();
    for x in 4..40 {
        let at = 3 * (20 * 64 + x);
        lined[at..at + 3].fill(250);
        lined[at + 3 * 64..at + 3 * 64 + 3].fill(250);
    }
    let (mean, worst) = apart(&plain, &lined, 64);
    assert!(mean > 0.0 && worst > TILE_TOLERANCE, "{mean} {worst}");
}

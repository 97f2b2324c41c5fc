//! Pictures of the editor, compared with those that are kept.

use super::*;
use crate::ui::apart;

/// Mean difference of a colour channel, of 255: over the whole picture, and in the tile where it is largest.
const TOLERANCE: f64 = 0.5;
const TILE_TOLERANCE: f64 = 6.0;

/// Compares what is seen with the picture of that name. `DNNE_KEEP_PICTURES=1` keeps it instead.
pub(super) fn compare(name: &str, rehearsal: &mut Rehearsal) {
    let got = rehearsal.shoot();
    let (width, height) = rehearsal.raster.size();
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/pictures/editor");
    let path = Path::new(kept).join(format!("{name}.png"));
    // To be looked at, and kept if it is as it should be.
    let aside = std::env::temp_dir().join(format!("dnne_editor_{name}.png"));
    write_png(&aside, &got, (width, height));
    if std::env::var_os("DNNE_KEEP_PICTURES").is_some() {
        write_png(&path, &got, (width, height));
    }
    let expected = read_png(&path).unwrap_or_else(|error| {
        panic!("{}: {error}; what came is in {}", path.display(), aside.display())
    });
    let (mean, worst) = apart(&got, &expected, width);
    assert!(
        mean < TOLERANCE && worst < TILE_TOLERANCE,
        "{name}: on average {mean:.2} of 255 apart, in the worst tile {worst:.1}; see {}",
        aside.display()
    );
}

pub(super) fn write_png(path: &Path, rgb: &[u8], (width, height): (usize, usize)) {
    let file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let mut encoder = png::Encoder::new(file, width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    encoder.write_header().unwrap().write_image_data(rgb).unwrap();
}

fn read_png(path: &Path) -> Result<Vec<u8>, String> {
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let decoder = png::Decoder::new(std::io::BufReader::new(file));
    let mut reader = decoder.read_info().map_err(|error| error.to_string())?;
    let mut rgb = vec![0; reader.output_buffer_size().unwrap_or(0)];
    reader.next_frame(&mut rgb).map_err(|error| error.to_string())?;
    Ok(rgb)
}

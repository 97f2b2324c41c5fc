//! Pictures of textures: PNG of 8 or 16 bits, in gray or colours.

use super::{format_of, read_at};
use crate::math::lanes::pow;
use crate::model::diagnostic::Diagnostics;
use crate::model::files::Files;
use crate::model::spec::Compiler;
use crate::model::spec_looks::{TextureFile, TextureSpec};
use crate::model::types::{TexturePixels, TextureType};

/// Larger pictures are taken for a mistake [pixels along a side].
const MAX_SIDE: usize = 8192;

/// The picture of a texture, if it is of a file that is read.
pub(super) fn load(
    texture: &TextureSpec,
    files: &Files,
    compiler: &Compiler,
    sink: &mut Diagnostics,
) -> Option<TexturePixels> {
    let (wanted, origin) = (texture.file.as_ref()?, &texture.origin);
    let path = files.of_texture(&wanted.file, compiler);
    let bytes = read_at(&path, files, "texturedir", origin, sink)?;
    let format = format_of(&wanted.file, wanted.content_type.as_deref());
    let refuse = |sink: &mut Diagnostics, why: String, remedy: &str| {
        sink.error(origin, format!("\"{}\" is no texture: {why}", wanted.file), remedy);
        None
    };
    if format != "png" {
        let why = format!("its format is \"{format}\"");
        return refuse(sink, why, "give a PNG, with 8 or 16 bits");
    }
    let pixels = match decode(&bytes, wanted) {
        Ok(pixels) => pixels,
        Err(why) => {
            let remedy = "give a PNG of up to 8192 x 8192 pixels, with 8 or 16 bits";
            return refuse(sink, why, remedy);
        }
    };
    if texture.texture_type == TextureType::Cube && pixels.width != pixels.height {
        let why = format!("a side of a cube has {} x {} pixels", pixels.width, pixels.height);
        return refuse(sink, why, "give a square picture, or type=\"2d\"");
    }
    Some(pixels)
}

/// What a PNG shows. Transparency is left out, as MuJoCo does; of 16 bits the upper 8 are taken.
fn decode(bytes: &[u8], wanted: &TextureFile) -> Result<TexturePixels, String> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    decoder.set_limits(png::Limits { bytes: 4 * MAX_SIDE * MAX_SIDE });
    let mut reader = decoder.read_info().map_err(|error| error.to_string())?;
    let (width, height) = (reader.info().width as usize, reader.info().height as usize);
    if width > MAX_SIDE || height > MAX_SIDE {
        return Err(format!("it has {width} x {height} pixels"));
    }
    let is_srgb = wanted.is_srgb.unwrap_or(reader.info().srgb.is_some());
    let mut data = vec![0; reader.output_buffer_size().ok_or("the picture is too large")?];
    let frame = reader.next_frame(&mut data).map_err(|error| error.to_string())?;
    let n = frame.color_type.samples();
    let of_byte: Vec<u8> =
        (0..=255).map(|byte| if is_srgb { linear(byte) } else { byte }).collect();
    let [mirrored, overturned] = wanted.flips;
    let mut rgb = Vec::with_capacity(3 * width * height);
    for row in 0..height {
        let row = if overturned { height - 1 - row } else { row };
        let line = &data[row * frame.line_size..][..n * width];
        for col in 0..width {
            let col = if mirrored { width - 1 - col } else { col };
            let pixel = &line[n * col..][..n];
            // Gray has one number, and one more where it is transparent.
            let places = if n < 3 { [0; 3] } else { [0, 1, 2] };
            rgb.extend(places.map(|place| of_byte[usize::from(pixel[place])]));
        }
    }
    Ok(TexturePixels { width, height, rgb })
}

/// sRGB (IEC 61966-2-1) as light adds up.
fn linear(byte: u8) -> u8 {
    let coded = f64::from(byte) / 255.0;
    let light = if coded <= 0.04045 { coded / 12.92 } else { pow((coded + 0.055) / 1.055, 2.4) };
    (255.0 * light).round() as u8
}

//! Pictures of pixels.

use super::super::raster::Raster;
use super::super::tab::Tab;
use super::{PictureError, ascii, shapes};
use bevy_egui::egui::{self, Rect, Vec2};
use std::io::Cursor;

/// The name of the chunk.
const CHUNK: &str = "workflow";
/// Pixels of a canvas point, and of the longer side at most: a larger drawing is drawn smaller.
const SCALE: f32 = 1.5;
const LONGEST: f32 = 4096.0;

pub(super) fn write(tab: &Tab, theme: egui::Theme, part: Rect) -> Result<Vec<u8>, PictureError> {
    let scale = SCALE.min(LONGEST / part.width().max(part.height()));
    let size = (part.size() * scale).ceil().max(Vec2::splat(1.0));
    let (width, height) = (size.x as usize, size.y as usize);
    let mut raster = Raster::new(width, height);
    let (ctx, shapes) = shapes(tab, theme, (part, scale), false, |delta| raster.take(delta));
    let pixels = raster.draw(&ctx.tessellate(shapes, 1.0), 1.0);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(Cursor::new(&mut bytes), width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    encoder.add_text_chunk(CHUNK.to_owned(), ascii(tab))?;
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(bytes)
}

/// The text of the workflow in a picture, if it is one and has one.
pub(super) fn workflow_in(bytes: &[u8]) -> Option<String> {
    let mut reader = png::Decoder::new(Cursor::new(bytes)).read_info().ok()?;
    // Chunks may stand behind the pixels.
    reader.finish().ok()?;
    let info = reader.info();
    let plain = info.uncompressed_latin1_text.iter().find(|chunk| chunk.keyword == CHUNK);
    let wide = info.utf8_text.iter().find(|chunk| chunk.keyword == CHUNK);
    plain.map(|chunk| chunk.text.clone()).or_else(|| wide.and_then(|chunk| chunk.get_text().ok()))
}

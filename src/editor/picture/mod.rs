//! The drawing as a picture that holds its workflow, as people share them: whoever opens the picture has the
//! workflow. It is in a text chunk `workflow` of the PNG, where ComfyUI puts and looks for its own.

use super::canvas::{Camera, Hit, Kept, Picture};
use super::check::Findings;
use super::look;
use super::raster::Raster;
use super::selection::Selection;
use super::tab::Tab;
use bevy_egui::egui::{self, Rect, Vec2, vec2};
use serde_json::Value;
use std::io::Cursor;
use thiserror::Error;

/// The name of the chunk.
const CHUNK: &str = "workflow";
/// Around the drawing [points].
const MARGIN: f32 = 32.0;
/// Pixels of a canvas point, and of the longer side at most: a larger drawing is drawn smaller.
const SCALE: f32 = 1.5;
const LONGEST: f32 = 4096.0;

/// Why there is no picture.
#[derive(Debug, Error)]
pub(crate) enum PictureError {
    #[error("there is nothing on the canvas")]
    Empty,
    #[error("the picture cannot be written: {0}")]
    Png(#[from] png::EncodingError),
}

/// The drawing of a tab as a PNG picture with its workflow inside.
pub(crate) fn png(tab: &Tab, theme: egui::Theme) -> Result<Vec<u8>, PictureError> {
    let part = tab.plan().bounds().ok_or(PictureError::Empty)?.expand(MARGIN);
    let scale = SCALE.min(LONGEST / part.width().max(part.height()));
    let size = (part.size() * scale).ceil().max(Vec2::splat(1.0));
    let (width, height) = (size.x as usize, size.y as usize);
    let pixels = drawn(tab, theme, part, scale, (width, height));
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(Cursor::new(&mut bytes), width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    encoder
        .add_text_chunk(CHUNK.to_owned(), ascii(&Value::Object(tab.document().root().clone())))?;
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(bytes)
}

/// The text of the workflow in a picture, if there is one.
pub(crate) fn workflow_in(bytes: &[u8]) -> Option<String> {
    let mut reader = png::Decoder::new(Cursor::new(bytes)).read_info().ok()?;
    // Chunks may stand behind the pixels.
    reader.finish().ok()?;
    let info = reader.info();
    let plain = info.uncompressed_latin1_text.iter().find(|chunk| chunk.keyword == CHUNK);
    let wide = info.utf8_text.iter().find(|chunk| chunk.keyword == CHUNK);
    plain.map(|chunk| chunk.text.clone()).or_else(|| wide.and_then(|chunk| chunk.get_text().ok()))
}

fn drawn(
    tab: &Tab,
    theme: egui::Theme,
    part: Rect,
    scale: f32,
    (width, height): (usize, usize),
) -> Vec<u8> {
    let ctx = egui::Context::default();
    look::add_fonts(&ctx);
    ctx.set_theme(theme);
    let mut raster = Raster::new(width, height);
    let area = Rect::from_min_size(egui::Pos2::ZERO, vec2(width as f32, height as f32));
    // What is wrong is not shown, as it is no part of the workflow; sizes are.
    let mut findings = Findings::default();
    findings.sizes.clone_from(&tab.findings.sizes);
    let selection = Selection::default();
    let mut shapes = Vec::new();
    // Fonts are there from the second pass on.
    for _ in 0..2 {
        let input = egui::RawInput { screen_rect: Some(area), ..egui::RawInput::default() };
        let output = ctx.run_ui(input, |ui| {
            let painter = ui.painter_at(area);
            let picture = Picture {
                painter: &painter,
                area,
                camera: Camera { zoom: scale, offset: -part.min.to_vec2() * scale },
                colours: look::colours(ui.ctx()),
                plan: tab.plan(),
                selection: &selection,
                findings: &findings,
                hover: Hit::Nothing,
                fitting: None,
                live: None,
                is_crowded: false,
                editing: None,
            };
            picture.paint(&mut Kept::default());
        });
        raster.take(&output.textures_delta);
        shapes = output.shapes;
    }
    raster.draw(&ctx.tessellate(shapes, 1.0), 1.0)
}

/// JSON in ASCII alone, which is all that the chunk may hold.
fn ascii(value: &Value) -> String {
    let mut text = String::new();
    for c in value.to_string().chars() {
        if c.is_ascii() {
            text.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nodes::registry;
    use crate::workflow::{Document, Edit, NewNode};

    #[test]
    fn a_picture_holds_the_workflow_that_it_shows() {
        let mut tab = Tab::new("shared", Document::empty(), registry());
        assert!(matches!(png(&tab, egui::Theme::Dark), Err(PictureError::Empty)));
        let title = Some("Stra\u{df}e \u{1f916} \"quoted\"".to_owned());
        let node = NewNode { class: "ConsoleLogger".to_owned(), title, ..NewNode::default() };
        tab.edit(registry(), &Edit::AddNode(node)).unwrap();
        let ctx = egui::Context::default();
        look::add_fonts(&ctx);
        let input = || egui::RawInput::default();
        let _ = ctx.run_ui(input(), |_| {});
        let _ = ctx.run_ui(input(), |ui| tab.lay_out(ui.ctx(), registry()));
        let bytes = png(&tab, egui::Theme::Light).unwrap();
        let text = workflow_in(&bytes).unwrap();
        assert!(text.is_ascii());
        let (document, diagnostics) = Document::parse(text.as_bytes(), None);
        assert_eq!(diagnostics, []);
        assert_eq!(document.unwrap().root(), tab.document().root());
        // Something was drawn: not all pixels are the ground's.
        let mut reader = png::Decoder::new(Cursor::new(&bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        let first = pixels[..3].to_vec();
        assert!(pixels.chunks(3).filter(|pixel| **pixel != first[..]).count() > 500);
        assert_eq!(workflow_in(b"no picture"), None);
    }
}

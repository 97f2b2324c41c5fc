//! The drawing as a picture that holds its workflow, as people share them: whoever opens the picture has the
//! workflow. It is where ComfyUI puts and looks for its own: in a PNG in a text chunk `workflow`, in an SVG in
//! its metadata.

mod png;
mod svg;

use super::canvas::{Camera, Hit, Kept, Picture};
use super::check::Findings;
use super::look;
use super::selection::Selection;
use super::tab::Tab;
use bevy_egui::egui::epaint::ClippedShape;
use bevy_egui::egui::{self, Rect, TexturesDelta, Vec2};
use serde_json::Value;
use std::path::Path;
use thiserror::Error;

/// Around the drawing [points].
const MARGIN: f32 = 32.0;

/// How a picture is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Pixels, at most 4096 of them along a side.
    Png,
    /// Shapes and texts, sharp at any size.
    Svg,
}

impl Format {
    /// Of a file's name.
    pub(crate) fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Svg => "svg",
        }
    }

    /// The one that a file's name tells.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?;
        [Self::Png, Self::Svg].into_iter().find(|it| ending.eq_ignore_ascii_case(it.ending()))
    }
}

/// Why there is no picture.
#[derive(Debug, Error)]
pub(crate) enum PictureError {
    #[error("there is nothing on the canvas")]
    Empty,
    #[error("the picture cannot be written: {0}")]
    Png(#[from] ::png::EncodingError),
}

/// The drawing of a tab as a picture with its workflow inside.
pub(crate) fn picture(
    tab: &Tab,
    theme: egui::Theme,
    format: Format,
) -> Result<Vec<u8>, PictureError> {
    let part = tab.plan().bounds().ok_or(PictureError::Empty)?.expand(MARGIN);
    match format {
        Format::Png => png::write(tab, theme, part),
        Format::Svg => Ok(svg::write(tab, theme, part).into_bytes()),
    }
}

/// The text of the workflow in a picture, if there is one.
pub(crate) fn workflow_in(bytes: &[u8]) -> Option<String> {
    png::workflow_in(bytes).or_else(|| svg::workflow_in(std::str::from_utf8(bytes).ok()?))
}

/// The shapes of a part of the canvas at a scale, and the context that knows their letters, whose pictures `take`
/// is handed. Without a ground where it is `bare`.
fn shapes(
    tab: &Tab,
    theme: egui::Theme,
    (part, scale): (Rect, f32),
    is_bare: bool,
    mut take: impl FnMut(&TexturesDelta),
) -> (egui::Context, Vec<ClippedShape>) {
    let ctx = egui::Context::default();
    look::add_fonts(&ctx);
    ctx.set_theme(theme);
    let size = (part.size() * scale).ceil().max(Vec2::splat(1.0));
    let area = Rect::from_min_size(egui::Pos2::ZERO, size);
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
            if is_bare {
                picture.paint_drawing(&mut Kept::off());
            } else {
                picture.paint(&mut Kept::off());
            }
        });
        take(&output.textures_delta);
        shapes = output.shapes;
    }
    (ctx, shapes)
}

/// The workflow as JSON in ASCII alone, and without the sign that ends tags: what may stand in any picture.
fn ascii(tab: &Tab) -> String {
    let mut text = String::new();
    for c in Value::Object(tab.document().root().clone()).to_string().chars() {
        if c.is_ascii() && c != '>' {
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
    use crate::workflow::{Document, Edit, NodeToAdd};

    /// A tab that is laid out, with so many nodes of a title that no format takes as it is.
    fn tab(n: usize) -> Tab {
        let mut tab = Tab::new("shared", Document::empty(), registry());
        let title = Some("Stra\u{df}e \u{1f916} \"quoted\" <b>&amp; ]]></metadata>".to_owned());
        for i in 0..n {
            let at = [300.0 * (i % 10) as f64, 200.0 * (i / 10) as f64];
            let (class, title) = ("ConsoleLogger".to_owned(), title.clone());
            let node = NodeToAdd { class, title, at, ..NodeToAdd::default() };
            tab.edit(registry(), &Edit::AddNode(node)).unwrap();
        }
        let ctx = egui::Context::default();
        look::add_fonts(&ctx);
        let input = || egui::RawInput::default();
        let _ = ctx.run_ui(input(), |_| {});
        let _ = ctx.run_ui(input(), |ui| tab.lay_out(ui.ctx(), registry()));
        tab
    }

    #[test]
    fn a_picture_holds_the_workflow_that_it_shows() {
        for format in [Format::Png, Format::Svg] {
            let empty = picture(&tab(0), egui::Theme::Dark, format);
            assert!(matches!(empty, Err(PictureError::Empty)));
            let tab = tab(3);
            let bytes = picture(&tab, egui::Theme::Light, format).unwrap();
            let text = workflow_in(&bytes).unwrap();
            // The chunk of a PNG may hold nothing else.
            assert!(text.is_ascii() || format == Format::Svg);
            let (document, diagnostics) = Document::parse(text.as_bytes(), None);
            assert_eq!(diagnostics, []);
            assert_eq!(document.unwrap().root(), tab.document().root(), "{format:?}");
        }
        for bytes in [&b"no picture"[..], b"<svg/>", b"<svg><metadata>no</metadata></svg>", b"\xff"]
        {
            assert_eq!(workflow_in(bytes), None);
        }
    }

    #[test]
    fn something_is_drawn() {
        // Not all pixels are the ground's.
        let bytes = picture(&tab(1), egui::Theme::Light, Format::Png).unwrap();
        let mut reader = ::png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        let first = pixels[..3].to_vec();
        assert!(pixels.chunks(3).filter(|pixel| **pixel != first[..]).count() > 500);
        // Of many nodes each has its title as a text, and its body as a shape.
        for n in [1, 90] {
            let bytes = picture(&tab(n), egui::Theme::Dark, Format::Svg).unwrap();
            let text = String::from_utf8(bytes).unwrap();
            let drawing = roxmltree::Document::parse(&text).unwrap();
            let of = |tag| drawing.descendants().filter(move |it| it.tag_name().name() == tag);
            let starts = |text: Option<&str>| text.is_some_and(|it| it.starts_with("Stra\u{df}e"));
            assert_eq!(of("text").filter(|it| starts(it.text())).count(), n);
            assert!(of("rect").count() > n);
        }
    }

    #[test]
    fn an_svg_of_comfyui_or_another_program_is_read() {
        let metadata = [
            "<![CDATA[{\"workflow\":{\"nodes\":[]},\"prompt\":{}}]]>",
            "{&quot;workflow&quot;:{&quot;nodes&quot;:[]}}",
        ];
        for metadata in metadata {
            let text = format!(
                "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"><metadata>{metadata}</metadata></svg>"
            );
            assert_eq!(workflow_in(text.as_bytes()).as_deref(), Some("{\"nodes\":[]}"));
        }
    }
}

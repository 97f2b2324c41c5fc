//! The workflows to begin with, as cards with pictures.

use super::super::Template;
use super::look;
use bevy_egui::egui::{
    self, Align2, Color32, ColorImage, CornerRadius, Rect, Response, Sense, Stroke, StrokeKind,
    TextureHandle, TextureOptions, WidgetInfo, WidgetType, pos2, vec2,
};
use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// Of a card, of its picture, and of the gap between cards [points]. At 1280 points four and a part of the fifth are
/// seen, so that one knows of the others.
const WIDTH: f32 = 264.0;
const HEIGHT: f32 = 204.0;
const PICTURE: f32 = 144.0;
const GAP: f32 = 16.0;
const MARGIN: f32 = 5.0;
const ROUND: u8 = 8;
/// The largest picture that is read [bytes, decoded].
const LARGEST: usize = 16 << 20;

/// Pictures that were read, by file; none of one that cannot be.
#[derive(Default)]
pub(super) struct Pictures(HashMap<PathBuf, Option<TextureHandle>>);

impl Pictures {
    fn of(&mut self, ctx: &egui::Context, path: &Path) -> Option<&TextureHandle> {
        let read = || {
            let image = read(path)?;
            Some(ctx.load_texture(path.display().to_string(), image, TextureOptions::LINEAR))
        };
        self.0.entry(path.to_owned()).or_insert_with(read).as_ref()
    }
}

/// Shows the cards whose words hold `search`, in lower case; the file of the one that was clicked.
pub(super) fn show(
    ui: &mut egui::Ui,
    templates: &[Template],
    pictures: &mut Pictures,
    search: &str,
) -> Option<PathBuf> {
    let is_meant = |of: &&Template| {
        [&of.title, &of.teaches].iter().any(|words| words.to_lowercase().contains(search))
    };
    let shown: Vec<&Template> = templates.iter().filter(is_meant).collect();
    if shown.is_empty() {
        return None;
    }
    let colours = look::colours(ui.ctx());
    ui.label(egui::RichText::new("Begin with").font(look::strong(13.5)).color(colours.text));
    ui.add_space(4.0);
    let mut chosen = None;
    egui::ScrollArea::horizontal().id_salt("templates").show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = GAP;
            for (place, template) in shown.into_iter().enumerate() {
                let starts = place == 0 && search.is_empty();
                if card(ui, template, pictures, starts).clicked() {
                    chosen = Some(template.path.clone());
                }
            }
        });
        ui.add_space(6.0);
    });
    ui.add_space(12.0);
    chosen
}

/// A picture, and below it what is learned and how long it takes.
fn card(ui: &mut egui::Ui, template: &Template, pictures: &mut Pictures, starts: bool) -> Response {
    let colours = look::colours(ui.ctx());
    let (rect, response) = ui.allocate_exact_size(vec2(WIDTH, HEIGHT), Sense::click());
    let words = format!("{}: {}", template.title, template.teaches);
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, &words));
    let response = response
        .on_hover_text(format!("open {}", template.path.display()))
        .on_hover_cursor(egui::CursorIcon::PointingHand);
    let is_near = response.hovered() || response.has_focus();
    let edge =
        if is_near { Stroke::new(1.5, colours.accent) } else { Stroke::new(1.0, colours.line) };
    let ground = if is_near { colours.hover } else { colours.raised };
    let painter = ui.painter();
    painter.rect(rect, CornerRadius::same(ROUND), ground, edge, StrokeKind::Inside);
    let frame = Rect::from_min_size(rect.min, vec2(WIDTH, PICTURE)).shrink(MARGIN);
    let round = CornerRadius::same(ROUND - 2);
    painter.rect_filled(frame, round, colours.inset);
    if let Some(picture) = template.picture.as_deref().and_then(|it| pictures.of(ui.ctx(), it)) {
        let image = egui::Image::from_texture(picture).corner_radius(round);
        image.uv(middle(picture.size_vec2(), frame.size())).paint_at(ui, frame);
    }
    let painter = ui.painter();
    if starts {
        let font = look::strong(11.5);
        let text = painter.layout_no_wrap("start here".to_owned(), font, colours.on_fill);
        let label = Rect::from_min_size(frame.min + vec2(6.0, 6.0), text.size() + vec2(14.0, 6.0));
        painter.rect_filled(label, CornerRadius::same(4), colours.fill);
        painter.galley(label.min + vec2(7.0, 3.0), text, Color32::PLACEHOLDER);
    }
    let (left, right) = (frame.left() + 5.0, frame.right() - 5.0);
    let (first, second) = (rect.top() + PICTURE + 16.0, rect.top() + PICTURE + 38.0);
    let write = |at, align, text: &str, font, colour| painter.text(at, align, text, font, colour);
    let time = write(
        pos2(right, first),
        Align2::RIGHT_CENTER,
        &template.time,
        look::regular(11.5),
        colours.text3,
    );
    let cut = painter.with_clip_rect(rect.with_max_x(time.left() - 6.0).shrink(MARGIN));
    let title = look::strong(14.0);
    cut.text(pos2(left, first), Align2::LEFT_CENTER, &template.title, title, colours.text);
    let cut = painter.with_clip_rect(rect.shrink(MARGIN));
    let teaches = look::regular(12.0);
    cut.text(pos2(left, second), Align2::LEFT_CENTER, &template.teaches, teaches, colours.text2);
    response
}

/// The middle of a picture that has the aspect of its frame, as a part of the unit square.
fn middle(picture: egui::Vec2, frame: egui::Vec2) -> Rect {
    let scale = (frame.x / picture.x).max(frame.y / picture.y);
    Rect::from_center_size(pos2(0.5, 0.5), frame / (picture * scale))
}

/// A PNG picture.
fn read(path: &Path) -> Option<ColorImage> {
    let mut decoder = png::Decoder::new(BufReader::new(File::open(path).ok()?));
    decoder.set_limits(png::Limits { bytes: LARGEST });
    decoder.set_transformations(
        png::Transformations::normalize_to_color8() | png::Transformations::ALPHA,
    );
    let mut reader = decoder.read_info().ok()?;
    let size = reader.output_buffer_size().filter(|size| *size <= LARGEST)?;
    let mut pixels = vec![0; size];
    let info = reader.next_frame(&mut pixels).ok()?;
    let size = [info.width as usize, info.height as usize];
    match info.color_type {
        png::ColorType::Rgba => Some(ColorImage::from_rgba_unmultiplied(size, &pixels)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_fills_its_frame_and_keeps_its_aspect() {
        let wide = middle(vec2(400.0, 100.0), vec2(200.0, 100.0));
        assert_eq!((wide.min, wide.max), (pos2(0.25, 0.0), pos2(0.75, 1.0)));
        let tall = middle(vec2(100.0, 400.0), vec2(200.0, 100.0));
        assert_eq!((tall.left(), tall.right(), tall.height()), (0.0, 1.0, 0.125));
    }

    #[test]
    fn what_is_no_picture_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("no.png");
        assert!(read(&path).is_none());
        std::fs::write(&path, b"\x89PNG\r\n\x1a\nand no more").unwrap();
        assert!(read(&path).is_none());
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/templates/cartpole.png");
        let image = read(&shipped).unwrap();
        assert!(image.size[0] > 100 && image.pixels.iter().any(|pixel| *pixel != image.pixels[0]));
    }
}

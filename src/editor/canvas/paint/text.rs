//! Texts on the canvas.

use bevy_egui::egui::text::{LayoutJob, TextFormat, TextWrapping};
use bevy_egui::egui::{Align2, Color32, FontId, Galley, Painter, Pos2, Rect};
use std::sync::Arc;

/// No text on the canvas needs more characters than this.
const MOST_CHARACTERS: usize = 400;

/// A text in one line that is cut off where its room ends.
pub(crate) fn elided(
    painter: &Painter,
    text: &str,
    font: FontId,
    colour: Color32,
    room: f32,
) -> Arc<Galley> {
    let end = text.char_indices().nth(MOST_CHARACTERS).map_or(text.len(), |(i, _)| i);
    let line = text[..end].lines().next().unwrap_or("");
    let mut job = LayoutJob::single_section(line.to_owned(), TextFormat::simple(font, colour));
    job.wrap = TextWrapping {
        max_width: room.max(0.0),
        max_rows: 1,
        break_anywhere: true,
        overflow_character: Some('\u{2026}'),
    };
    painter.layout_job(job)
}

/// Writes a text that is cut off where its room ends, and says where it stands.
pub(crate) fn write(
    painter: &Painter,
    at: Pos2,
    anchor: Align2,
    text: &str,
    font: FontId,
    colour: Color32,
    room: f32,
) -> Rect {
    let galley = elided(painter, text, font, colour, room);
    let rect = anchor.anchor_size(at, galley.size());
    painter.galley(rect.min, galley, colour);
    rect
}

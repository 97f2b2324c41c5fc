//! Notes: a little Markdown, drawn at any zoom.

use super::super::look::{self, Colours};
use bevy_egui::egui::text::{LayoutJob, TextFormat};
use bevy_egui::egui::{Color32, Painter, Rect, Stroke};

/// No note is drawn further than this.
const MOST_CHARACTERS: usize = 4000;
const SIZE: f32 = 11.8;

/// Draws a note's text into a rectangle, whose rest is cut off.
pub(super) fn paint(painter: &Painter, colours: &Colours, body: Rect, text: &str, zoom: f32) {
    let mut job = laid_out(text, colours, zoom);
    job.wrap.max_width = body.width();
    let galley = painter.layout_job(job);
    painter.with_clip_rect(painter.clip_rect().intersect(body)).galley(
        body.min,
        galley,
        colours.text2,
    );
}

/// Headings, lists, **strong** and `code`; all else is as it is written.
fn laid_out(text: &str, colours: &Colours, zoom: f32) -> LayoutJob {
    let end = text.char_indices().nth(MOST_CHARACTERS).map_or(text.len(), |(i, _)| i);
    let mut job = LayoutJob::default();
    for (i, line) in text[..end].lines().enumerate() {
        if i > 0 {
            job.append("\n", 0.0, plain(colours.text2, zoom));
        }
        let trimmed = line.trim_start();
        let level = trimmed.chars().take_while(|c| *c == '#').count();
        if (1..=6).contains(&level) && trimmed[level..].starts_with(' ') {
            let size = (SIZE + 4.0 - level as f32).max(SIZE) * zoom;
            let format = TextFormat::simple(look::strong(size), colours.text);
            job.append(trimmed[level..].trim(), 0.0, format);
            continue;
        }
        let item = ["- ", "* ", "+ "].iter().find_map(|mark| trimmed.strip_prefix(mark));
        let indent = (line.len() - trimmed.len()) as f32 * 3.0 * zoom;
        match item {
            Some(rest) => {
                job.append("\u{2022} ", indent, plain(colours.text3, zoom));
                inline(&mut job, rest, colours, zoom);
            }
            None => inline(&mut job, line, colours, zoom),
        }
    }
    job
}

fn plain(colour: Color32, zoom: f32) -> TextFormat {
    TextFormat::simple(look::regular(SIZE * zoom), colour)
}

/// A line with its marks of strong words and code.
fn inline(job: &mut LayoutJob, line: &str, colours: &Colours, zoom: f32) {
    let mut rest = line;
    while !rest.is_empty() {
        let next = ["**", "`"].iter().filter_map(|mark| Some((rest.find(mark)?, *mark))).min();
        let Some((start, mark)) = next else { break };
        let inside = &rest[start + mark.len()..];
        let Some(length) = inside.find(mark).filter(|length| *length > 0) else { break };
        job.append(&rest[..start], 0.0, plain(colours.text2, zoom));
        let format = match mark {
            "`" => TextFormat {
                background: colours.inset,
                underline: Stroke::NONE,
                ..TextFormat::simple(look::mono((SIZE - 0.5) * zoom), colours.text)
            },
            _ => TextFormat::simple(look::strong(SIZE * zoom), colours.text),
        };
        job.append(&inside[..length], 0.0, format);
        rest = &inside[length + mark.len()..];
    }
    job.append(rest, 0.0, plain(colours.text2, zoom));
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy_egui::egui;

    fn texts(text: &str) -> Vec<(String, bool)> {
        let ctx = egui::Context::default();
        let colours = look::colours(&ctx);
        let job = laid_out(text, colours, 1.0);
        let strong = look::strong(SIZE).family;
        let sections = job.sections.iter();
        sections
            .map(|section| {
                let range = section.byte_range.start.0..section.byte_range.end.0;
                (job.text[range].to_owned(), section.format.font_id.family == strong)
            })
            .filter(|(text, _)| !text.is_empty())
            .collect()
    }

    #[test]
    fn marks_of_markdown_are_taken_away_and_others_stay() {
        let plain = |text: &str| (text.to_owned(), false);
        let strong = |text: &str| (text.to_owned(), true);
        let cases = [
            ("# Title", vec![strong("Title")]),
            ("a **b** c", vec![plain("a "), strong("b"), plain(" c")]),
            ("a ** b", vec![plain("a ** b")]),
            ("****", vec![plain("****")]),
            ("2 * 3 `x", vec![plain("2 * 3 `x")]),
            ("`x` y", vec![plain("x"), plain(" y")]),
            ("#no title", vec![plain("#no title")]),
            ("- item", vec![plain("\u{2022} "), plain("item")]),
        ];
        for (text, expected) in cases {
            assert_eq!(texts(text), expected, "{text:?}");
        }
    }
}

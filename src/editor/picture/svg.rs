//! Drawings of shapes and texts. Texts stay texts: they are found by a search, and a reader without our fonts
//! shows them in its own, fitted to the room that they have here.

use super::super::tab::Tab;
use super::super::{canvas, look};
use super::{ascii, shapes};
use bevy_egui::egui::epaint::{
    CircleShape, ColorMode, CubicBezierShape, EllipseShape, Mesh, PathShape, PathStroke,
    QuadraticBezierShape, RectShape, TextShape,
};
use bevy_egui::egui::{self, Color32, Pos2, Rect, Shape, Stroke, StrokeKind};
use serde_json::Value;
use std::fmt::Write as _;

/// A point of a canvas is one of the drawing.
const SCALE: f32 = 1.0;
const REGULAR: &str = "Inter,'Helvetica Neue',Arial,sans-serif";
const MONO: &str = "Hack,'DejaVu Sans Mono',Menlo,Consolas,monospace";

pub(super) fn write(tab: &Tab, theme: egui::Theme, part: Rect) -> String {
    let (_, shapes) = shapes(tab, theme, (part, SCALE), true, |_| {});
    let size = (part.size() * SCALE).ceil();
    let whole = Rect::from_min_size(Pos2::ZERO, size);
    let colours = look::colours_of(theme);
    let mut drawing = Drawing::default();
    for clipped in &shapes {
        let clip = clipped.clip_rect.intersect(whole);
        drawing.clipped(&clipped.shape, (clip != whole).then_some(clip));
    }
    let (width, height) = (size.x, size.y);
    let (ground, dot) = (Paint(colours.canvas), Paint(colours.grid));
    let (grid, workflow) = (canvas::GRID, ascii(tab));
    // Dots stand where the canvas has them: on round places.
    let (left, top) = ((-part.min.x).rem_euclid(grid) - 1.0, (-part.min.y).rem_euclid(grid) - 1.0);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xml:space=\"preserve\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\">\n\
         <metadata><![CDATA[{{\"workflow\":{workflow}}}]]></metadata>\n\
         <style>text{{font-family:{REGULAR}}}.b{{font-weight:600}}.m{{font-family:{MONO}}}</style>\n\
         <defs><pattern id=\"grid\" x=\"{left}\" y=\"{top}\" width=\"{grid}\" height=\"{grid}\" \
         patternUnits=\"userSpaceOnUse\"><path d=\"M0 0h2v2h-2z\"{}/></pattern>{}</defs>\n\
         <rect width=\"{width}\" height=\"{height}\"{}/>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"url(#grid)\"/>\n\
         {}</svg>\n",
        dot.fill(),
        drawing.clips,
        ground.fill(),
        drawing.text,
    )
}

/// The text of the workflow in a drawing, if it is one and has one.
pub(super) fn workflow_in(text: &str) -> Option<String> {
    let drawing = roxmltree::Document::parse(text).ok()?;
    let metadata = drawing.descendants().filter(|node| node.tag_name().name() == "metadata");
    let mut found = metadata.filter_map(|node| {
        let kept: Value = serde_json::from_str(node.text()?.trim()).ok()?;
        kept.get("workflow").map(Value::to_string)
    });
    found.next()
}

/// Numbers need no more digits than a screen shows.
struct Number(f32);

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without a sign of nothing.
        let rounded = (self.0 * 100.0).round() / 100.0 + 0.0;
        write!(f, "{rounded}")
    }
}

/// A colour as an attribute.
#[derive(Clone, Copy)]
struct Paint(Color32);

impl Paint {
    fn of(self, name: &str) -> String {
        let [r, g, b, a] = self.0.to_srgba_unmultiplied();
        match a {
            0 => format!(" {name}=\"none\""),
            255 => format!(" {name}=\"#{r:02x}{g:02x}{b:02x}\""),
            a => format!(
                " {name}=\"#{r:02x}{g:02x}{b:02x}\" {name}-opacity=\"{}\"",
                Number(f32::from(a) / 255.0)
            ),
        }
    }

    fn fill(self) -> String {
        self.of("fill")
    }
}

/// A line's colour and width as attributes.
fn stroke(Stroke { width, color }: Stroke) -> String {
    if width <= 0.0 || color == Color32::TRANSPARENT {
        return String::new();
    }
    let paint = Paint(color).of("stroke");
    format!("{paint} stroke-width=\"{}\" stroke-linejoin=\"round\"", Number(width))
}

/// What has one colour from end to end.
fn plain(PathStroke { width, color, .. }: &PathStroke) -> Stroke {
    match color {
        ColorMode::Solid(color) => Stroke::new(*width, *color),
        // Nothing on the canvas is drawn so.
        ColorMode::UV(_) => Stroke::NONE,
    }
}

/// A text of a drawing: letters that mean something there are written in another way, and those that no drawing
/// may have are left out.
fn escaped(text: &str) -> String {
    let mut written = String::new();
    for c in text.chars() {
        match c {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => written.push(' '),
            c => written.push(c),
        }
    }
    written
}

/// What was drawn so far.
#[derive(Default)]
struct Drawing {
    text: String,
    /// Parts of the drawing of which something does not stick out.
    clips: String,
    clip: Option<Rect>,
    n_clips: usize,
}

/// Writes a line. A string takes all that is written.
macro_rules! put {
    ($text:expr, $($parts:tt)*) => {{
        let _ = writeln!($text, $($parts)*);
    }};
}

impl Drawing {
    /// Adds a shape, cut off where the clip ends.
    fn clipped(&mut self, shape: &Shape, clip: Option<Rect>) {
        let Some(clip) = clip else { return self.shape(shape) };
        if !clip.is_positive() {
            return;
        }
        let before = self.text.len();
        self.shape(shape);
        if self.text.len() == before {
            return;
        }
        if self.clip != Some(clip) {
            (self.clip, self.n_clips) = (Some(clip), self.n_clips + 1);
            let _ = write!(
                self.clips,
                "<clipPath id=\"c{}\"><path d=\"{}\"/></clipPath>",
                self.n_clips,
                corners(clip)
            );
        }
        let drawn = self.text.split_off(before);
        put!(self.text, "<g clip-path=\"url(#c{})\">{}</g>", self.n_clips, drawn.trim_end());
    }

    fn shape(&mut self, shape: &Shape) {
        match shape {
            // What a program draws by itself is not on the canvas.
            Shape::Noop | Shape::Callback(_) => {}
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| self.shape(shape)),
            Shape::Circle(CircleShape { center, radius, fill, stroke: edge }) => put!(
                self.text,
                "<circle cx=\"{}\" cy=\"{}\" r=\"{}\"{}{}/>",
                Number(center.x),
                Number(center.y),
                Number(*radius),
                Paint(*fill).fill(),
                stroke(*edge)
            ),
            Shape::Ellipse(EllipseShape { center, radius, fill, stroke: edge, .. }) => put!(
                self.text,
                "<ellipse cx=\"{}\" cy=\"{}\" rx=\"{}\" ry=\"{}\"{}{}/>",
                Number(center.x),
                Number(center.y),
                Number(radius.x),
                Number(radius.y),
                Paint(*fill).fill(),
                stroke(*edge)
            ),
            Shape::LineSegment { points, stroke: line } => {
                self.path(&way(points, false), Color32::TRANSPARENT, *line);
            }
            Shape::Path(PathShape { points, closed, fill, stroke: line }) => {
                self.path(&way(points, *closed), *fill, plain(line));
            }
            Shape::Rect(rect) => self.rect(rect),
            Shape::Text(text) => self.text(text),
            Shape::Mesh(mesh) => self.mesh(mesh),
            Shape::QuadraticBezier(QuadraticBezierShape { points, fill, stroke: line, .. }) => {
                let [a, b, c] = points.map(place);
                self.path(&format!("M{a}Q{b} {c}"), *fill, plain(line));
            }
            Shape::CubicBezier(CubicBezierShape { points, fill, stroke: line, .. }) => {
                let [a, b, c, d] = points.map(place);
                self.path(&format!("M{a}C{b} {c} {d}"), *fill, plain(line));
            }
        }
    }

    fn path(&mut self, way: &str, fill: Color32, line: Stroke) {
        let (fill, line) = (Paint(fill).fill(), stroke(line));
        if !line.is_empty() || !fill.contains("none") {
            put!(self.text, "<path d=\"{way}\"{fill}{line}/>");
        }
    }

    fn rect(&mut self, shape: &RectShape) {
        let half = match shape.stroke_kind {
            StrokeKind::Inside => -shape.stroke.width * 0.5,
            StrokeKind::Middle => 0.0,
            StrokeKind::Outside => shape.stroke.width * 0.5,
        };
        let rect = shape.rect.expand(half);
        if rect.is_negative() {
            return;
        }
        let corners = shape.corner_radius;
        let most = rect.width().min(rect.height()) * 0.5;
        let radius = |of: u8| (f32::from(of) + half).clamp(0.0, most);
        let (nw, ne, se, sw) =
            (radius(corners.nw), radius(corners.ne), radius(corners.se), radius(corners.sw));
        if [ne, se, sw] == [nw; 3] {
            put!(
                self.text,
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{}{}{}/>",
                Number(rect.left()),
                Number(rect.top()),
                Number(rect.width()),
                Number(rect.height()),
                if nw > 0.0 { format!(" rx=\"{}\"", Number(nw)) } else { String::new() },
                Paint(shape.fill).fill(),
                stroke(shape.stroke)
            );
            return;
        }
        let (width, height) = (rect.width(), rect.height());
        let arc = |radius: f32, x: f32, y: f32| {
            let r = Number(radius);
            format!("a{r} {r} 0 0 1 {} {}", Number(x * radius), Number(y * radius))
        };
        let way = format!(
            "M{}h{}{}v{}{}h{}{}v{}{}z",
            place(rect.left_top() + egui::vec2(nw, 0.0)),
            Number(width - nw - ne),
            arc(ne, 1.0, 1.0),
            Number(height - ne - se),
            arc(se, -1.0, 1.0),
            Number(se + sw - width),
            arc(sw, -1.0, -1.0),
            Number(sw + nw - height),
            arc(nw, 1.0, -1.0),
        );
        self.path(&way, shape.fill, shape.stroke);
    }

    /// Triangles, each in the colour of its first corner.
    fn mesh(&mut self, mesh: &Mesh) {
        for three in mesh.indices.chunks_exact(3) {
            let corners = [0, 1, 2].map(|i| mesh.vertices[three[i] as usize]);
            let way = way(&corners.map(|corner| corner.pos), true);
            self.path(&way, corners[0].color, Stroke::NONE);
        }
    }

    /// Row by row, and in each what has one look.
    fn text(&mut self, shape: &TextShape) {
        let galley = &shape.galley;
        let sections = &galley.job.sections;
        let mut letters = galley.job.text.char_indices();
        for row in &galley.rows {
            let mut runs: Vec<(usize, Run)> = Vec::new();
            for glyph in &row.glyphs {
                let (at, _) = letters.next().unwrap_or((galley.job.text.len(), ' '));
                // What says that more was written is behind the last letter.
                let holds = |range: &egui::text::ByteRange| range.start.0 <= at && at < range.end.0;
                let of = sections.iter().position(|section| holds(&section.byte_range));
                let of = of.unwrap_or(sections.len().saturating_sub(1));
                match runs.last_mut() {
                    Some((last, run)) if *last == of => {
                        run.text.push(glyph.chr);
                        run.right = glyph.max_x();
                    }
                    _ => runs.push((
                        of,
                        Run { text: glyph.chr.into(), from: glyph.pos, right: glyph.max_x() },
                    )),
                }
            }
            if row.ends_with_newline {
                letters.next();
            }
            for (of, run) in runs {
                let Some(section) = sections.get(of).filter(|_| !run.text.trim().is_empty()) else {
                    continue;
                };
                let format = &section.format;
                let is_open = format.color == Color32::PLACEHOLDER;
                let own = if is_open { shape.fallback_color } else { format.color };
                let colour = shape.override_text_color.unwrap_or(own);
                let colour = colour.gamma_multiply(shape.opacity_factor);
                let at = shape.pos + row.pos.to_vec2() + run.from.to_vec2();
                let class = match (look::is_strong(&format.font_id), look::is_mono(&format.font_id))
                {
                    (true, _) => " class=\"b\"",
                    (_, true) => " class=\"m\"",
                    _ => "",
                };
                put!(
                    self.text,
                    "<text x=\"{}\" y=\"{}\" font-size=\"{}\" textLength=\"{}\" \
                     lengthAdjust=\"spacingAndGlyphs\"{class}{}>{}</text>",
                    Number(at.x),
                    Number(at.y),
                    Number(format.font_id.size),
                    Number(run.right - run.from.x),
                    Paint(colour).fill(),
                    escaped(&run.text)
                );
            }
        }
    }
}

/// Letters of one look beside each other.
struct Run {
    text: String,
    /// Where the first begins on its line.
    from: Pos2,
    /// Where the last ends.
    right: f32,
}

fn place(at: Pos2) -> String {
    format!("{} {}", Number(at.x), Number(at.y))
}

/// Through these points.
fn way(points: &[Pos2], is_closed: bool) -> String {
    let places: Vec<String> = points.iter().copied().map(place).collect();
    format!("M{}{}", places.join("L"), if is_closed { "z" } else { "" })
}

fn corners(rect: Rect) -> String {
    way(&[rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom()], true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(shape: impl Into<Shape>) -> String {
        let mut drawing = Drawing::default();
        drawing.shape(&shape.into());
        drawing.text
    }

    #[test]
    fn shapes_keep_their_places_and_colours() {
        let rect = Rect::from_min_size(egui::pos2(10.0, 20.0), egui::vec2(30.0, 40.0));
        let grey = Color32::from_rgb(1, 2, 255);
        let edge = Stroke::new(2.0, Color32::from_rgba_unmultiplied(255, 0, 0, 128));
        let text = drawn(RectShape::new(rect, 4, grey, edge, StrokeKind::Inside));
        assert_eq!(
            text.trim(),
            "<rect x=\"11\" y=\"21\" width=\"28\" height=\"38\" rx=\"3\" fill=\"#0102ff\" stroke=\"#ff0000\" \
             stroke-opacity=\"0.5\" stroke-width=\"2\" stroke-linejoin=\"round\"/>"
        );
        let line = [egui::pos2(-0.001, 1.255), egui::pos2(3.0, 4.0)];
        let text = drawn(Shape::line_segment(line, Stroke::new(1.0, grey)));
        assert!(text.contains("d=\"M0 1.25L3 4\"") || text.contains("d=\"M0 1.26L3 4\""), "{text}");
        assert_eq!(drawn(Shape::line_segment(line, Stroke::NONE)), "");
    }

    #[test]
    fn a_rectangle_with_two_round_corners_goes_round_once() {
        let rect = Rect::from_min_size(egui::pos2(0.0, 0.0), egui::vec2(100.0, 20.0));
        let corners = egui::CornerRadius { nw: 7, ne: 7, sw: 0, se: 0 };
        let text = drawn(RectShape::filled(rect, corners, Color32::WHITE));
        assert!(
            text.contains(
                "M7 0h86a7 7 0 0 1 7 7v13a0 0 0 0 1 0 0h-100a0 0 0 0 1 0 0v-13a7 7 0 0 1 7 -7z"
            ),
            "{text}"
        );
    }

    #[test]
    fn what_a_drawing_may_not_have_is_written_otherwise() {
        assert_eq!(escaped("a<b>&\u{0}\n\u{fffe}\u{1f916}"), "a&lt;b&gt;&amp;  \u{1f916}");
    }
}

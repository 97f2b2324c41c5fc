//! Curves as pictures. The font is part of the program: pictures look the same on every machine, and
//! need none that is installed.

use anyhow::{Context, anyhow, bail};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::register_font;
use std::path::{Path, PathBuf};

/// Width and height of a picture [pixels].
const SIZE: (u32, u32) = (900, 540);
const FONT: &str = "sans-serif";

/// A named line through points.
pub struct PlotSeries<'a> {
    /// Name in the legend.
    pub name: &'a str,
    /// With finite coordinates.
    pub points: &'a [(f64, f64)],
}

/// A picture that is to be drawn into a file.
pub struct Plot {
    path: PathBuf,
    format: Format,
}

enum Format {
    Svg,
    Png,
}

impl Plot {
    /// Goes by the ending of the file's name.
    pub fn new(path: &Path) -> anyhow::Result<Self> {
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let format = match extension.as_str() {
            "svg" => Format::Svg,
            "png" => Format::Png,
            _ => bail!("{}: a picture's name ends in .svg or .png", path.display()),
        };
        Ok(Self { path: path.to_owned(), format })
    }

    /// Draws the curves over axes that hold all of them.
    pub fn draw(
        &self,
        title: &str,
        x_label: &str,
        curves: &[PlotSeries<'_>],
    ) -> anyhow::Result<()> {
        register_font(FONT, FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT)
            .map_err(|_| anyhow!("the program's font is not one"))?;
        let bytes = match self.format {
            Format::Svg => {
                let mut text = String::new();
                draw(
                    &SVGBackend::with_string(&mut text, SIZE).into_drawing_area(),
                    title,
                    x_label,
                    curves,
                )?;
                text.into_bytes()
            }
            Format::Png => {
                let mut pixels = vec![0; (SIZE.0 * SIZE.1 * 3) as usize];
                let area = BitMapBackend::with_buffer(&mut pixels, SIZE).into_drawing_area();
                draw(&area, title, x_label, curves)?;
                drop(area);
                encode_png(&pixels)?
            }
        };
        Ok(crate::session::write_atomically(&self.path, &bytes)?)
    }
}

fn draw<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    title: &str,
    x_label: &str,
    curves: &[PlotSeries<'_>],
) -> anyhow::Result<()>
where
    B::ErrorType: 'static,
{
    area.fill(&WHITE)?;
    let points = || curves.iter().flat_map(|curve| curve.points);
    let x = range(points().map(|point| point.0));
    let y = range(points().map(|point| point.1));
    let mut chart = ChartBuilder::on(area)
        .caption(title, (FONT, 22))
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d(x, y)?;
    chart
        .configure_mesh()
        .x_desc(x_label)
        .label_style((FONT, 14))
        .axis_desc_style((FONT, 16))
        .light_line_style(WHITE)
        .x_label_formatter(&short)
        .y_label_formatter(&short)
        .draw()?;
    for (i, curve) in curves.iter().enumerate() {
        let color = Palette99::pick(i).to_rgba();
        chart
            .draw_series(LineSeries::new(curve.points.iter().copied(), color.stroke_width(2)))?
            .label(curve.name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], color.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .label_font((FONT, 14))
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.3))
        .draw()?;
    area.present()?;
    Ok(())
}

/// From the least to the greatest value, with some room if they are equal.
fn range(values: impl Iterator<Item = f64>) -> std::ops::Range<f64> {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    let room = if high > low { 0.03 * (high - low) } else { 0.5_f64.max(1e-3 * high.abs()) };
    low - room..high + room
}

/// A number as axes show it: 1500000 as 1.5M.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature is that of a formatter")]
fn short(x: &f64) -> String {
    let (divisor, suffix) = match x.abs() {
        size if size >= 1e9 => (1e9, "G"),
        size if size >= 1e6 => (1e6, "M"),
        size if size >= 1e3 => (1e3, "K"),
        _ => (1.0, ""),
    };
    let text = format!("{:.3}", x / divisor);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{}{suffix}", if text == "-0" { "0" } else { text })
}

fn encode_png(pixels: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, SIZE.0, SIZE.1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().context("cannot write the picture")?;
    writer.write_image_data(pixels).context("cannot write the picture")?;
    writer.finish().context("cannot write the picture")?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POINTS: [(f64, f64); 3] = [(0.0, 1.0), (1000.0, 3.0), (2e6, 2.0)];

    fn drawn(name: &str) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let curves = [PlotSeries { name: "first & only", points: &POINTS }];
        Plot::new(&path).unwrap().draw("episode_return", "steps", &curves).unwrap();
        std::fs::read(path).unwrap()
    }

    #[test]
    fn an_svg_holds_title_axes_and_curve() {
        let text = String::from_utf8(drawn("a.SVG")).unwrap();
        let document = roxmltree::Document::parse(&text).unwrap();
        let texts = document.descendants().filter(|node| node.has_tag_name("text"));
        let texts: Vec<&str> = texts.filter_map(|node| Some(node.text()?.trim())).collect();
        for part in ["episode_return", "steps", "first & only", "1M", "1.6M"] {
            assert!(texts.contains(&part), "{part} in {texts:?}");
        }
        let wide = |node: &roxmltree::Node<'_, '_>| node.attribute("stroke-width") == Some("2");
        // The curve and its key.
        assert_eq!(document.descendants().filter(wide).count(), 2);
    }

    #[test]
    fn a_png_shows_the_curve_and_letters() {
        let bytes = drawn("a.png");
        let mut reader = png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), SIZE);
        let count = |found: &dyn Fn(&[u8]) -> bool| pixels.chunks(3).filter(|p| found(p)).count();
        let color = Palette99::pick(0).to_rgba();
        let of_curve = count(&|p| p == [color.0, color.1, color.2]);
        assert!(of_curve > 300, "{of_curve} pixels of the curve");
        // The caption stands in the first rows.
        let top = &pixels[..(SIZE.0 * 36 * 3) as usize];
        let dark = top.chunks(3).filter(|p| p.iter().all(|&x| x < 128)).count();
        assert!(dark > 100, "{dark} pixels of letters");
    }

    #[test]
    fn numbers_on_axes_are_short() {
        for (x, text) in [
            (0.0, "0"),
            (-0.0001, "0"),
            (1.5e6, "1.5M"),
            (-2000.0, "-2K"),
            (0.25, "0.25"),
            (3e9, "3G"),
        ] {
            assert_eq!(short(&x), text);
        }
    }

    #[test]
    fn other_endings_are_refused() {
        let said = Plot::new(Path::new("curve.pdf")).err().unwrap().to_string();
        assert_eq!(said, "curve.pdf: a picture's name ends in .svg or .png");
    }
}

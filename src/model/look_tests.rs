//! What is said of cameras, lights, materials, textures and rangefinders that cannot be.

use std::path::Path;

use super::parse_mjcf;
use crate::diagnostic::{Diagnostic, Severity};

fn said(parts: &str, elements: &str) -> Vec<Diagnostic> {
    let body = "<body name=\"arm\"><freejoint/><geom size=\"1\"/><site name=\"tip\"/></body>";
    let text = format!("<mujoco>{parts}<worldbody>{body}{elements}</worldbody></mujoco>");
    parse_mjcf(&text, Path::new("")).1
}

/// One finding, with this in its message and that in its remedy.
fn one(severity: Severity, parts: &str, elements: &str, message: &str, remedy: &str) {
    let said = said(parts, elements);
    assert_eq!(said.len(), 1, "{parts}{elements}: {said:#?}");
    let it = &said[0];
    let has = |text: &str, part: &str| text.contains(part);
    assert!(it.severity == severity && has(&it.message, message), "{it:#?}");
    assert!(has(&it.to_string(), remedy), "{it:#?}");
}

fn error(elements: &str, message: &str, remedy: &str) {
    one(Severity::Error, "", elements, message, remedy);
}

#[test]
fn cameras_that_cannot_see_are_refused_by_name() {
    for fovy in ["0", "-3", "180", "1e9"] {
        error(&format!("<camera name=\"eye\" fovy=\"{fovy}\"/>"), "fovy is", "between 0 and 180");
    }
    for size in ["0 3", "3 -2", "1.5 2", "99999 2"] {
        error(&format!("<camera resolution=\"{size}\"/>"), "the resolution is", "1 to 16384");
    }
    error("<camera mode=\"targetbody\" target=\"am\"/>", "no body \"am\"", "\"arm\"");
    error("<camera mode=\"spin\"/>", "mode=\"spin\"", "trackcom");
    error("<camera focal=\"1 1\" resolution=\"2 2\"/>", "size of a sensor", "sensorsize");
    error("<camera sensorsize=\"1 1\"/>", "focal length", "two lengths");
    error("<camera sensorsize=\"1 1\" focal=\"-1 1\"/>", "focal length", "two lengths");
    error("<camera sensorsize=\"1 1\" focal=\"1 1\" fovy=\"30\"/>", "contradict", "keep one");
    error("<camera zaxis=\"0 0 0\"/>", "no direction", "length above zero");
    error("<camera name=\"a\"/><camera name=\"a\"/>", "two cameras \"a\"", "rename");
    error("<camera fov=\"3\"/>", "no attribute \"fov\"", "fovy");
    let nobody = "<camera mode=\"targetbody\"/>";
    one(Severity::Warning, "", nobody, "stays fixed", "target");
}

#[test]
fn lights_and_materials_that_cannot_be_are_refused_by_name() {
    error("<light dir=\"0 0 0\"/>", "no direction", "length above zero");
    error("<light directional=\"true\" type=\"spot\"/>", "contradict", "keep type");
    error("<light attenuation=\"1 -1 0\"/>", "negative", "zero or more");
    error("<light type=\"laser\"/>", "type=\"laser\"", "directional");
    one(Severity::Warning, "", "<light type=\"image\"/>", "left out", "directional");
    error("<geom size=\"1\" material=\"red\"/>", "no material \"red\"", "none");
    let asset = |inside: &str| format!("<asset>{inside}</asset>");
    let wrong = |inside: &str, message: &str, remedy: &str| {
        one(Severity::Error, &asset(inside), "", message, remedy);
    };
    wrong("<material name=\"m\" texture=\"t\"/>", "no texture \"t\"", "none");
    wrong("<texture name=\"t\" builtin=\"checker\"/>", "needs a width", "pixels");
    let flat = "<texture name=\"t\" type=\"2d\" builtin=\"flat\" width=\"4\"/>";
    wrong(flat, "also a height", "pixels");
    wrong("<texture name=\"t\"/>", "neither a file nor a pattern", "builtin");
    wrong(
        "<texture name=\"t\" builtin=\"flat\" width=\"99999\"/>",
        "width of the texture",
        "16384",
    );
    let file = asset("<texture name=\"t\" type=\"skybox\" file=\"a.png\"/>");
    one(Severity::Note, &file, "", "not read", "");
}

/// A PNG of these channels and bits, of zeros.
fn png_of(size: (u32, u32), color: png::ColorType, depth: png::BitDepth) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, size.0, size.1);
    encoder.set_color(color);
    encoder.set_depth(depth);
    let mut writer = encoder.write_header().unwrap();
    let of_row = (color.samples() * depth as usize * size.0 as usize).div_ceil(8);
    writer.write_image_data(&vec![0x80; of_row * size.1 as usize]).unwrap();
    drop(writer);
    bytes
}

/// What is said of a texture of a file with these bytes, and its pixels.
fn of_file(bytes: &[u8], file: &str, attributes: &str) -> (Vec<Diagnostic>, Vec<Vec<u8>>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("there.png"), bytes).unwrap();
    std::fs::write(folder.path().join("there.jpg"), bytes).unwrap();
    let text = format!(
        "<mujoco><asset><texture name=\"t\" {attributes} file=\"{file}\"/></asset>
        <worldbody><geom size=\"1\"/></worldbody></mujoco>"
    );
    let (model, said) = parse_mjcf(&text, folder.path());
    let textures = model.map(|model| model.textures).unwrap_or_default();
    (said, textures.into_iter().filter_map(|it| Some(it.pixels?.rgb.clone())).collect())
}

#[test]
fn pictures_of_textures_that_cannot_be_are_refused_by_name_and_place() {
    use png::{BitDepth::*, ColorType::*};
    let whole = png_of((4, 4), Rgb, Eight);
    let large = png_of((20_000, 1), Grayscale, One);
    let tall = png_of((1, 8193), Grayscale, One);
    let wide = png_of((4, 3), Rgb, Eight);
    let flat = "type=\"2d\"";
    let rows: [(&[u8], &str, &str, &str, &str); 9] = [
        (&whole, "gone.png", flat, "gone.png\" cannot be read", "texturedir"),
        (&whole, "", flat, "cannot be read", "texturedir"),
        (&large, "there.png", flat, "20000 x 1 pixels", "8192 x 8192"),
        (&tall, "there.png", flat, "1 x 8193 pixels", "8192 x 8192"),
        (&wide, "there.png", "", "4 x 3 pixels", "square"),
        (&whole, "there.jpg", flat, "its format is \"jpg\"", "give a PNG"),
        (&whole[..40], "there.png", flat, "is no texture", "give a PNG"),
        (b"", "there.png", flat, "is no texture", "give a PNG"),
        (b"P6 4 4 255", "there.png", flat, "is no texture", "give a PNG"),
    ];
    for (bytes, file, attributes, message, remedy) in rows {
        let (said, pixels) = of_file(bytes, file, attributes);
        let errors: Vec<&Diagnostic> = said.iter().filter(|it| it.is_error()).collect();
        assert_eq!(errors.len(), 1, "{file} {attributes}: {said:#?}");
        assert!(errors[0].message.contains(message), "{said:#?}");
        assert!(errors[0].remedy.contains(remedy), "{said:#?}");
        assert!(errors[0].span.is_some() && pixels.is_empty());
    }
    let (said, _) = of_file(&whole, "there.png", "type=\"2d\" colorspace=\"cmyk\"");
    assert!(said.iter().any(|it| it.is_error() && it.to_string().contains("sRGB")), "{said:#?}");
}

#[test]
fn every_kind_of_png_is_read() {
    use png::{BitDepth::*, ColorType::*};
    for (color, depth, expected) in [
        (Grayscale, One, [255, 0]),
        (Grayscale, Two, [170, 0]),
        (Grayscale, Four, [136, 0]),
        (Grayscale, Eight, [128, 128]),
        (Grayscale, Sixteen, [128, 128]),
        (GrayscaleAlpha, Eight, [128, 128]),
        (GrayscaleAlpha, Sixteen, [128, 128]),
        (Rgb, Eight, [128, 128]),
        (Rgb, Sixteen, [128, 128]),
        (Rgba, Eight, [128, 128]),
        (Rgba, Sixteen, [128, 128]),
    ] {
        let (said, pixels) = of_file(&png_of((2, 2), color, depth), "there.png", "type=\"2d\"");
        assert!(said.is_empty(), "{color:?} {depth:?}: {said:#?}");
        let row = expected.map(|level| [level; 3]).concat();
        assert_eq!(pixels, [[&row[..], &row].concat()], "{color:?} {depth:?}");
    }
    // Half of the bytes' range is a fifth of the light.
    let bytes = png_of((2, 2), Rgb, Eight);
    let (_, pixels) = of_file(&bytes, "there.png", "type=\"2d\" colorspace=\"sRGB\"");
    assert_eq!(pixels, [vec![55; 12]]);
    // The format may be said.
    let (said, pixels) = of_file(&bytes, "there.jpg", "content_type=\"image/png\"");
    assert!(said.is_empty() && pixels.len() == 1, "{said:#?}");
}

#[test]
fn rangefinders_of_cameras_or_of_other_data_are_left_out_by_name() {
    let sensor = |inside: &str| format!("<sensor><rangefinder {inside}/></sensor>");
    one(Severity::Warning, &sensor("camera=\"eye\""), "<camera name=\"eye\"/>", "left out", "site");
    one(Severity::Warning, &sensor("site=\"tip\" data=\"normal\""), "", "left out", "site");
    one(Severity::Error, &sensor("site=\"top\""), "", "no site \"top\"", "\"tip\"");
    assert!(said(&sensor("site=\"tip\" data=\"dist\""), "").is_empty());
}

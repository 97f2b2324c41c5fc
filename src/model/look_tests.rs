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
    let file = asset("<texture name=\"t\" type=\"2d\" file=\"a.png\"/>");
    one(Severity::Note, &file, "", "not read", "");
}

#[test]
fn rangefinders_of_cameras_or_of_other_data_are_left_out_by_name() {
    let sensor = |inside: &str| format!("<sensor><rangefinder {inside}/></sensor>");
    one(Severity::Warning, &sensor("camera=\"eye\""), "<camera name=\"eye\"/>", "left out", "site");
    one(Severity::Warning, &sensor("site=\"tip\" data=\"normal\""), "", "left out", "site");
    one(Severity::Error, &sensor("site=\"top\""), "", "no site \"top\"", "\"tip\"");
    assert!(said(&sensor("site=\"tip\" data=\"dist\""), "").is_empty());
}

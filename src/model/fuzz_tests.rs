//! Damaged and hostile files: nothing may panic, hang or eat memory, and what still loads is finite.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::{load_model, parse_mjcf};

fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/models")
}

/// A fixed walk through damaged versions of all the golden models.
#[test]
fn damaged_files_do_not_panic_and_give_no_infinities() {
    let folder = models();
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("there are models")
        .map(|file| file.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "xml"))
        .collect();
    files.sort();
    for (number, file) in files.iter().enumerate() {
        let text = std::fs::read_to_string(file).expect("there");
        for cut in (number..text.len()).step_by(61).filter(|&cut| text.is_char_boundary(cut)) {
            parse_mjcf(&text[..cut], &folder);
            let end = (cut + 5).min(text.len());
            if !text.is_char_boundary(end) {
                continue;
            }
            for patch in ["", "-1", "nan", "\"", "1e308 ", "<", "0", "1e-300 ", "/>"] {
                let damaged = format!("{}{patch}{}", &text[..cut], &text[end..]);
                let shown = format!("{:?}", parse_mjcf(&damaged, &folder).0);
                let is_finite = !shown.contains("NaN") && !shown.contains(" inf");
                assert!(is_finite, "{file:?} {cut} {patch}");
            }
        }
    }
}

fn refused_soon(text: &str) {
    let start = Instant::now();
    let (model, diagnostics) = parse_mjcf(text, &models());
    let taken = start.elapsed().as_secs_f64();
    assert!(model.is_none() && diagnostics.len() <= 501, "{} findings", diagnostics.len());
    // Generous: unoptimised builds on busy machines run this too.
    assert!(taken < 20.0, "{taken} s for {}", &text[..text.len().min(100)]);
}

#[test]
fn hostile_sizes_are_refused_soon() {
    let world = |inside: &str| format!("<mujoco><worldbody>{inside}</worldbody></mujoco>");
    let deep = "<body>".repeat(100_000) + &"</body>".repeat(100_000);
    refused_soon(&world(&deep));
    let geom = "<body><freejoint/><geom size=\"1\"/></body>";
    let nested = format!(
        "{}{geom}{}",
        "<replicate count=\"1000000000\">".repeat(20),
        "</replicate>".repeat(20)
    );
    refused_soon(&world(&nested));
    refused_soon(&world(&format!("<replicate count=\"90000\">{geom}</replicate>")));
    let ghost = "<body><freejoint/><geom size=\"1\" conaffinity=\"2\"/></body>";
    refused_soon(&world(&format!("<replicate count=\"30000\">{ghost}</replicate>")));
    refused_soon(&world(&format!("<replicate count=\"2000\">{geom}</replicate>")));
    let asset = |inside: &str| format!("<mujoco><asset>{inside}</asset></mujoco>");
    refused_soon(&asset(
        "<hfield name=\"h\" nrow=\"100000\" ncol=\"2000000000\" size=\"1 1 1 1\"/>",
    ));
    refused_soon(&asset("<mesh name=\"m\" vertex=\"1e308 0 0 0 1e308 0 0 0 1e308 -1e308 0 0\"/>"));
    refused_soon(&asset(
        "<mesh name=\"m\" vertex=\"0 0 0 1 0 0 0 1 0 0 0 1\" face=\"0 1 4294967294\"/>",
    ));
    let unknown = "<jointpos joint=\"nobody\"/>".repeat(20_000);
    let bodies = "<replicate count=\"900\"><body name=\"b\"><joint name=\"j\"/><geom size=\"1\" contype=\"0\"/></body></replicate>";
    refused_soon(&format!(
        "<mujoco><worldbody>{bodies}</worldbody><sensor>{unknown}</sensor></mujoco>"
    ));
    let long = "x".repeat(1_000_000);
    refused_soon(&world(&format!("<{long} {long}=\"{long}\"/>")));
}

/// Files of every kind of asset, cut off and with bytes turned.
#[test]
fn damaged_assets_do_not_panic() {
    let folder = std::env::temp_dir().join(format!("dnne_assets_{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    for (name, element) in [
        ("peg.stl", "<mesh file=\"peg.stl\"/>"),
        ("bracket.obj", "<mesh file=\"bracket.obj\"/>"),
        ("steps.bin", "<hfield file=\"steps.bin\" size=\"1 1 1 1\"/>"),
        ("hills.png", "<hfield file=\"hills.png\" size=\"1 1 1 1\"/>"),
    ] {
        let bytes = std::fs::read(models().join("assets").join(name)).expect("there");
        let text = format!("<mujoco><asset>{element}</asset></mujoco>");
        let load = |bytes: &[u8]| {
            std::fs::write(folder.join(name), bytes).expect("a file for the test");
            parse_mjcf(&text, &folder).0
        };
        assert!(load(&bytes).is_some(), "{name}");
        for place in (0..bytes.len()).step_by(13) {
            load(&bytes[..place]);
            for value in [0, 0xff, b'-', b'9'] {
                let mut damaged = bytes.clone();
                damaged[place] = value;
                let shown = format!("{:?}", load(&damaged));
                assert!(
                    !shown.contains("NaN") && !shown.contains(" inf"),
                    "{name} {place} {value}"
                );
            }
        }
    }
    std::fs::remove_dir_all(&folder).expect("the folder can go");
}

#[test]
fn damaged_robots_do_not_panic() {
    let folder = std::env::temp_dir().join(format!("dnne_robots_{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    let text = std::fs::read_to_string(models().join("robot.urdf")).expect("there");
    let file = folder.join("robot.urdf");
    for cut in (0..text.len()).step_by(23).filter(|&cut| text.is_char_boundary(cut)) {
        let end = (cut + 4).min(text.len());
        for patch in ["", "1e308 ", "\"", "world", "-1"] {
            if text.is_char_boundary(end) {
                let damaged = format!("{}{patch}{}", &text[..cut], &text[end..]);
                std::fs::write(&file, damaged).expect("a file for the test");
                let shown = format!("{:?}", load_model(&file).0);
                assert!(!shown.contains("NaN") && !shown.contains(" inf"), "{cut} {patch}");
            }
        }
    }
    std::fs::remove_dir_all(&folder).expect("the folder can go");
}

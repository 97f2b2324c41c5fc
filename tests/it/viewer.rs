//! Films and windows, as far as a machine without a screen has them.

use crate::skips::skip;
use crate::support::{dnne, metrics, output, repository, succeed, timeless_metrics, workflow};
use crate::tiles::apart;
use std::path::{Path, PathBuf};
use std::process::Output;

/// Mean difference of a colour channel between two pictures, of 255, that drivers may have.
const TOLERANCE: f64 = 3.0;
/// The same in any tile: what is not there is nothing in the whole picture.
const TILE_TOLERANCE: f64 = 12.0;

/// A run of Cartpole that has hardly begun.
fn short_run(folder: &Path) -> PathBuf {
    let run = folder.join("run");
    let train = ["train", &workflow("cartpole_ppo"), "--updates", "1", "--quiet", "--out"];
    succeed(folder, &[&train[..], &[&run.to_string_lossy()]].concat());
    run
}

/// Records; none where there is nothing to render with, which is then said.
fn record(folder: &Path, run: &Path, more: &[&str]) -> Option<Output> {
    let run = run.to_string_lossy();
    let args = [&["record", &run, "--deterministic"], more].concat();
    let output = output(&mut dnne(folder, &args));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if said.contains("no graphics adapter was found") {
        skip("graphics", &said);
        return None;
    }
    assert!(output.status.success(), "{said}");
    Some(output)
}

/// RGB of a PNG picture, and its size.
fn picture(path: &Path) -> (Vec<u8>, (u32, u32)) {
    let file = std::io::BufReader::new(std::fs::File::open(path).unwrap());
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut rgb).unwrap();
    (rgb, (info.width, info.height))
}

#[test]
fn a_film_looks_as_it_did() {
    let folder = tempfile::tempdir().unwrap();
    let run = short_run(folder.path());
    let film = folder.path().join("film");
    let out = film.to_string_lossy().into_owned();
    let more =
        ["--seconds", "0.2", "--fps", "10", "--envs", "4", "--size", "320x180", "--out", &out];
    if record(folder.path(), &run, &more).is_none() {
        return;
    }
    let names: Vec<_> = std::fs::read_dir(&film).unwrap().collect();
    assert_eq!(names.len(), 2);
    let (got, size) = picture(&film.join("00000.png"));
    let (expected, expected_size) = picture(&repository("tests/golden/pictures/cartpole.png"));
    assert_eq!((size, expected_size), ((320, 180), (320, 180)));
    let (mean, worst) = apart(&got, &expected, 320);
    assert!(
        mean < TOLERANCE && worst < TILE_TOLERANCE,
        "on average {mean} of 255 apart, in the worst tile {worst}; see {}",
        film.display()
    );
    // The same picture with its robot painted out would not do: carts stand in some tile.
    let sky = [expected[0], expected[1], expected[2]];
    let bare: Vec<u8> = sky.into_iter().cycle().take(expected.len()).collect();
    assert!(apart(&bare, &expected, 320).1 > TILE_TOLERANCE);
}

#[test]
fn a_gif_moves() {
    let folder = tempfile::tempdir().unwrap();
    let run = short_run(folder.path());
    let more = ["--seconds", "0.4", "--fps", "10", "--size", "160x90", "--out", "film.gif"];
    if record(folder.path(), &run, &more).is_none() {
        return;
    }
    let bytes = std::fs::read(folder.path().join("film.gif")).unwrap();
    assert!(bytes.starts_with(b"GIF89a") && bytes.ends_with(&[0x3b]));
    // The header of each picture's control block.
    let n_pictures = bytes.windows(4).filter(|four| *four == [0x21, 0xf9, 4, 5]).count();
    assert_eq!(n_pictures, 4);
}

#[test]
fn what_cannot_be_drawn_is_said_before_anything_is_simulated() {
    let folder = tempfile::tempdir().unwrap();
    let run = short_run(folder.path());
    let run = run.to_string_lossy();
    for (more, expected) in [
        (&["--out", "film.avi"][..], ".avi is no format"),
        (&["--out", "film.gif", "--size", "9"], "is not a size"),
        (&["--out", "film.gif", "--fps", "0"], "--fps 0"),
        (&["--out", "film.gif", "--seconds", "1e9"], "pictures"),
        (&["--out", "film.gif", "--fps", "60"], "from 0.002 to 50 pictures per second"),
        (&["--out", "film/", "--fps", "0.001", "--seconds", "1e8"], "--seconds 100000000: with 9"),
        (&["--out", "film.gif", "--skip", "1e12"], "--skip 1000000000000: with 9"),
        (&["--out", "nowhere/film.gif"], "cannot write nowhere/film.gif"),
        (&["--out", "film.gif", "--camera", "eye"], "there is no camera \"eye\""),
        (&["--out", "film.gif", "--camera", "eye", "--orbit", "9"], "cannot be used with"),
    ] {
        let output = output(&mut dnne(folder.path(), &[&["record", &run], more].concat()));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(expected), "{said}");
        assert!(!said.contains("panicked"), "{said}");
    }
    // So much could not be simulated before the test is over, and an older film stays as it is.
    let film = folder.path().join("film.gif");
    std::fs::write(&film, "an older film").unwrap();
    let long = ["record", &run, "--out", "film.gif", "--skip", "1e5"];
    let mut without_driver = dnne(folder.path(), &long);
    without_driver.env("VK_ICD_FILENAMES", "/nonexistent").env("WGPU_BACKEND", "vulkan");
    let output = output(&mut without_driver);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("no graphics adapter was found"), "{said}");
    assert_eq!(std::fs::read_to_string(&film).unwrap(), "an older film");
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().flatten().collect();
    assert_eq!(names.len(), 2, "nothing but the run and the film is there: {names:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_window_without_a_screen_is_an_error_and_headless_overrides_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_ppo");
    let windowed = ["train", &path, "--updates", "2", "--set", "IsaacGymEnvNode.headless=false"];
    let run = |args: &[&str]| {
        let output = output(dnne(folder.path(), args).env_remove("DISPLAY"));
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for args in [&windowed[..], &["watch", &path]] {
        let (code, said) = run(args);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("DISPLAY is not set") && said.contains("--headless"), "{said}");
    }
    let mut on_wayland = dnne(folder.path(), &["watch", &path]);
    on_wayland.env_remove("DISPLAY").env("WAYLAND_DISPLAY", "wayland-7");
    let said = String::from_utf8_lossy(&output(&mut on_wayland).stderr).into_owned();
    assert!(said.contains("wayland-7") && said.contains("XWayland"), "{said}");
    let (code, said) = run(&[&windowed[..], &["--headless"]].concat());
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(metrics(&folder.path().join("runs/cartpole_ppo")).len(), 2);
}

/// What cannot be looked at is said in the terminal, before there is a window.
#[test]
fn a_broken_robot_opens_no_window() {
    let folder = tempfile::tempdir().unwrap();
    let model = "<mujoco><worldbody><body><joint typ=\"hinge\"/></body></worldbody></mujoco>";
    std::fs::write(folder.path().join("robot.xml"), model).unwrap();
    let scene = folder.path().join("scene");
    std::fs::create_dir(&scene).unwrap();
    std::fs::write(scene.join("task.ron"), "Task(\n    model: 3,\n)").unwrap();
    let run = |args: &[&str]| {
        let output = output(dnne(folder.path(), args).env_remove("DISPLAY"));
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = run(&["watch", "robot.xml"]);
    assert_eq!((code, &said), (Some(2), &run(&["check", "robot.xml"]).1));
    assert!(said.contains("robot.xml:1:") && said.contains("typ"), "{said}");
    for path in ["scene", "scene/task.ron"] {
        let (code, said) = run(&["watch", path]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("task.ron:2:"), "{said}");
    }
    let (code, said) = run(&["watch", "nothing", "--scenes", "."]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("did you mean \"scene\"?"), "{said}");
    // A sound one needs a screen.
    let said =
        run(&["watch", "ant", "--scenes", &crate::support::repository("scenes").to_string_lossy()])
            .1;
    assert!(cfg!(not(target_os = "linux")) || said.contains("DISPLAY is not set"), "{said}");
}

/// The same training with and without a spectator, who is slow and pauses.
#[test]
fn watching_changes_no_number() {
    use dnne::nodes::registry;
    use dnne::scene::SceneLibrary;
    use dnne::session::{NewRun, RunFolder, Session, SessionOptions, broadcast};
    use dnne::workflow::{Document, check};
    use std::sync::atomic::AtomicBool;

    let folder = tempfile::tempdir().unwrap();
    let scenes = SceneLibrary::new(repository("scenes"));
    let text = std::fs::read_to_string(workflow("cartpole_ppo")).unwrap();
    let (document, _) = Document::load(Path::new(&workflow("cartpole_ppo")));
    let (graph, _) = check(&document.unwrap(), registry(), &scenes);
    let graph = graph.unwrap();
    let train = |name: &str, watched: bool| {
        let run = NewRun {
            workflow: &text,
            seed: 3,
            library: &scenes,
            scenes: &[],
            loaded: &[],
            init_from: None,
            own_kinds: &[],
        };
        let path = folder.path().join(name);
        let options = SessionOptions { seed: 3, ..SessionOptions::new(scenes.clone()) };
        let mut session = Session::new(&graph, options).unwrap();
        session.keep_in(RunFolder::create(&path, &run).unwrap());
        let (mut stage, spectator) = broadcast(16);
        let interrupted = AtomicBool::new(false);
        let mut n_frames = 0;
        while session.progress().updates < 3 {
            if watched {
                spectator.want(1);
                spectator.set_paused(session.progress().steps.is_multiple_of(3));
                spectator.single_step();
                assert!(stage.attend(&mut session, &interrupted));
            }
            session.tick().unwrap();
            let reports = session.take_reports();
            if watched {
                stage.show(&mut session, &reports);
                n_frames += spectator.updates().frames.len();
            }
        }
        assert_eq!(n_frames > 0, watched);
        timeless_metrics(&path)
    };
    let alone = train("alone", false);
    assert_eq!(alone.len(), 3);
    assert_eq!(alone, train("watched", true));
}

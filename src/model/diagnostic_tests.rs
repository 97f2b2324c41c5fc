//! Typical mistakes, and what the reader says about each: the line, the trouble and the way out.

use std::path::Path;

use super::{load_mjcf, parse_mjcf};
use crate::diagnostic::{Diagnostic, Severity};

fn errors(text: &str) -> Vec<Diagnostic> {
    let (model, diagnostics) = parse_mjcf(text, Path::new("tests/golden/models"));
    let errors: Vec<Diagnostic> =
        diagnostics.into_iter().filter(|it| it.severity == Severity::Error).collect();
    assert_eq!(model.is_none(), !errors.is_empty(), "a model or an error");
    errors
}

/// A model of one arm with these lines in it: `top` is line 2, `world` line 4, `body` line 6.
fn file(top: &str, world: &str, body: &str) -> String {
    format!(
        "<mujoco>\n{top}\n<worldbody>\n{world}\n<body name=\"arm\">\n{body}\n\
         <joint name=\"hip\"/>\n<geom size=\"0.1\" contype=\"0\" conaffinity=\"0\"/>\n\
         </body>\n</worldbody>\n</mujoco>"
    )
}

/// There is one error, in this line, and it and its remedy hold these words.
fn assert_one(text: &str, line: usize, message: &str, remedy: &str) {
    let errors = errors(text);
    let shown: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(errors.len(), 1, "{shown:#?}");
    assert_eq!(errors[0].span.unwrap().start.line, line, "{shown:#?}");
    assert!(errors[0].message.contains(message), "{shown:#?}");
    let given = errors[0].remedy.as_str();
    assert!(given.contains(remedy), "{shown:#?}");
}

#[test]
fn the_base_of_these_tests_is_a_good_model() {
    assert!(errors(&file("", "", "")).is_empty());
}

#[test]
fn misspelt_attributes_and_elements_get_the_nearest_name() {
    assert_one(&file("", "", "<joint axs=\"1 0 0\"/>"), 6, "no attribute \"axs\"", "\"axis\"");
    assert_one(&file("", "", "<gem/>"), 6, "<gem>", "\"geom\"");
    assert_one(&file("<actuators/>", "", ""), 2, "<actuators>", "\"actuator\"");
    assert_one(&file("<option integrator=\"RK\"/>", "", ""), 2, "not known", "\"RK4\"");
}

#[test]
fn a_place_is_that_of_the_attribute() {
    let errors = errors(&file("", "", "<joint name=\"knee\"\n  range=\"1 a\"/>"));
    assert_eq!((errors[0].span.unwrap().start.line, errors[0].span.unwrap().start.column), (7, 3));
    assert_eq!(
        errors[0].to_string(),
        "<text>:7:3: error: <joint name=\"knee\">: range=\"1 a\": \"a\" is not a number; separate \
         numbers by spaces"
    );
}

#[test]
fn what_is_not_simulated_is_refused_by_name() {
    for (top, tag) in [
        ("<equality><flex/></equality>", "flex"),
        ("<actuator><dcmotor joint=\"hip\"/></actuator>", "dcmotor"),
        ("<actuator><orientation joint=\"hip\"/></actuator>", "orientation"),
        ("<actuator><pid joint=\"hip\"/></actuator>", "pid"),
        ("<extension><plugin plugin=\"a\"/></extension>", "extension"),
        ("<deformable><skin/></deformable>", "deformable"),
        ("<asset><model/></asset>", "model"),
    ] {
        let message = format!("<{tag}> is not simulated by this version");
        assert_one(&file(top, "", ""), 2, &message, "");
    }
    for (world, tag) in
        [("<composite/>", "composite"), ("<flexcomp/>", "flexcomp"), ("<attach/>", "attach")]
    {
        let message = format!("<{tag}> is not simulated by this version");
        assert_one(&file("", world, ""), 4, &message, "");
    }
    for (top, message, remedy) in [
        ("<option integrator=\"implicit\"/>", "\"implicit\" is not simulated", "implicitfast"),
        ("<option><flag sleep=\"enable\"/></option>", "sleep=\"enable\"", "disable"),
        ("<option><flag override=\"enable\"/></option>", "override", "disable"),
        ("<compiler alignfree=\"true\"/>", "alignfree", "false"),
        ("<actuator><motor cranksite=\"a\" joint=\"hip\"/></actuator>", "cranksite", "remove"),
        ("<actuator><motor refsite=\"a\" joint=\"hip\"/></actuator>", "refsite", "remove"),
        ("<actuator><general gaintype=\"user\" joint=\"hip\"/></actuator>", "user", "affine"),
        ("<actuator><motor delay=\"1\" joint=\"hip\"/></actuator>", "delay", "delay=\"0\""),
    ] {
        assert_one(&file(top, "", ""), 2, message, remedy);
    }
    for (body, message, remedy) in [
        ("<geom size=\"1\" contype=\"0\" adhesion=\"1\"/>", "adhesion", "adhesion=\"0\""),
        ("<geom size=\"1\" contype=\"0\" shellinertia=\"true\"/>", "shellinertia", "false"),
        ("<geom type=\"sdf\" size=\"1\" contype=\"0\"/>", "sdf", "mesh"),
        ("<joint axis=\"1 0 0\" damping=\"1 2\"/>", "not linear", "one number"),
        ("<joint axis=\"1 0 0\" stiffness=\"1 2 3\"/>", "not linear", "one number"),
        ("<joint axis=\"1 0 0\" springyield=\"1\"/>", "springyield", "springyield=\"0\""),
    ] {
        assert_one(&file("", "", body), 6, message, remedy);
    }
    let in_water =
        file("<option density=\"1000\"/>", "", "<geom size=\"1\" fluidshape=\"ellipsoid\"/>");
    assert_one(&in_water, 6, "fluidshape=\"ellipsoid\"", "remove it");
}

#[test]
fn harmless_values_of_what_is_not_simulated_are_fine() {
    let text = file(
        "<option density=\"0\"/><tendon/>",
        "",
        "<joint frictionloss=\"0\" damping=\"1 0\" axis=\"1 0 0\"/>",
    );
    assert_eq!(errors(&text), []);
}

#[test]
fn the_list_of_pairs_follows_the_filters() {
    let pairs = |top: &str, world: &str, body: &str| {
        let body = format!("{body}<geom name=\"foot\" size=\"0.1\"/>");
        let (model, diagnostics) = parse_mjcf(&file(top, world, &body), Path::new(""));
        let model = model.unwrap_or_else(|| panic!("{diagnostics:?}"));
        let name = |geom: usize| model.geoms[geom].name.clone();
        model.pairs.iter().map(|pair| (name(pair.geom1), name(pair.geom2))).collect::<Vec<_>>()
    };
    let floor = "<geom name=\"floor\" type=\"plane\" size=\"1 1 1\"/>";
    let pair = |one: &str, other: &str| vec![(one.to_owned(), other.to_owned())];
    assert_eq!(pairs("", floor, ""), pair("floor", "foot"));
    for off in ["contact", "constraint"] {
        let off = format!("<option><flag {off}=\"disable\"/></option>");
        assert_eq!(pairs(&off, floor, ""), []);
    }
    let exclude = "<contact><exclude body1=\"arm\" body2=\"world\"/></contact>";
    assert_eq!(pairs(exclude, floor, ""), []);
    // Parent and child do not touch, nor geoms of one body, nor what does not move.
    let child = "<body><joint/><geom name=\"toe\" size=\"0.1\"/></body>";
    assert_eq!(pairs("", "", child), []);
    let off = "<option><flag filterparent=\"disable\"/></option>";
    assert_eq!(pairs(off, "", child), pair("foot", "toe"));
    assert_eq!(pairs("", &format!("{floor}{floor}").replacen("floor", "wall", 1), "").len(), 2);
    // A pair that is asked for is there whatever the filters say, in the order of shapes.
    let asked = "<contact><pair geom1=\"toe\" geom2=\"foot\"/></contact>";
    assert_eq!(pairs(asked, "", child), pair("foot", "toe"));
    let capsule = "<geom name=\"bar\" type=\"capsule\" size=\"1 1\"/>";
    assert_eq!(pairs("", capsule, ""), pair("foot", "bar"));
    let mocap = "<body mocap=\"true\"><geom name=\"hand\" size=\"1\"/></body>";
    assert_eq!(pairs("", &format!("{mocap}{floor}"), "").len(), 2);
}

#[test]
fn a_motor_needs_a_joint_that_exists() {
    let motor = |text: &str| file(&format!("<actuator><motor {text}/></actuator>"), "", "");
    assert_one(&motor("joint=\"hop\""), 2, "no joint \"hop\"", "\"hip\"");
    assert_one(&motor("name=\"m\""), 2, "drives nothing", "joint");
    assert_one(
        &motor("joint=\"hip\" ctrlrange=\"1 -1\""),
        2,
        "ctrlrange is empty",
        "smaller number first",
    );
}

#[test]
fn joints_are_checked() {
    let joint = |text: &str| file("", "", &format!("<joint {text}/>"));
    assert_one(&joint("axis=\"0 0 0\""), 6, "no direction", "above zero");
    assert_one(&joint("range=\"2 1\""), 6, "range is empty", "limited=\"false\"");
    assert_one(&joint("range=\"0 nan\""), 6, "not a finite number", "finite");
    assert_one(&joint("damping=\"-1\""), 6, "negative", "zero or more");
    assert_one(&joint("solreflimit=\"0.1 -1\""), 6, "mixes", "positive");
    assert_one(&joint("pos=\"1 2\""), 6, "2 numbers instead of 3", "3 numbers");
    assert_one(&joint("name=\"hip\""), 7, "two joints \"hip\"", "rename");
    assert_one(
        &file("<compiler autolimits=\"false\"/>", "", "<joint range=\"0 1\"/>"),
        6,
        "no limited",
        "autolimits",
    );
}

#[test]
fn masses_and_sizes_are_checked() {
    let body = |text: &str| file("", "", &format!("<body name=\"b\"><joint/>{text}</body>"));
    assert_one(&body(""), 6, "mass or inertia is zero", "<inertial>");
    assert_one(&body("<geom mass=\"-1\" size=\"1\"/>"), 6, "negative", "");
    let inertial = |text: &str| body(&format!("<inertial pos=\"0 0 0\" {text}/>"));
    assert_one(&inertial("mass=\"1\""), 6, "mass or inertia is zero", "diaginertia");
    assert_one(
        &inertial("mass=\"1\" diaginertia=\"1 2 9\""),
        6,
        "no body has the moments",
        "balanceinertia",
    );
    assert_one(
        &inertial("mass=\"1\" fullinertia=\"1 1 1 2 0 0\""),
        6,
        "positive",
        "xx yy zz xy xz yz",
    );
    let geom =
        |text: &str| file("", "", &format!("<geom contype=\"0\" conaffinity=\"0\" {text}/>"));
    assert_one(&geom("type=\"box\" size=\"1 1\""), 6, "does not suit", "three");
    assert_one(&geom("type=\"capsule\" size=\"1\" fromto=\"0 0 0 0 0 0\""), 6, "the same", "apart");
    assert_one(&geom("type=\"plane\" size=\"1 1 1\""), 6, "moves", "worldbody");
}

#[test]
fn joints_that_move_alike_are_refused() {
    let errors = errors(&file("", "", "<joint pos=\"0 0 0\"/>"));
    assert!(errors[0].message.contains("without inertia"), "{errors:?}");
}

#[test]
fn options_and_classes_are_checked() {
    assert_one(&file("<option timestep=\"0\"/>", "", ""), 2, "timestep is 0", "above");
    assert_one(
        &file(
            "<default><default class=\"leg\"/></default>",
            "",
            "<geom class=\"log\" size=\"1\" contype=\"0\"/>",
        ),
        6,
        "no default class \"log\"",
        "\"leg\"",
    );
    assert_one(
        &file("<keyframe><key qpos=\"1 2\"/></keyframe>", "", ""),
        2,
        "2 numbers instead of 1",
        "write 1 number, or remove qpos",
    );
    assert_one(
        &file("", "", "<geom size=\"1\" euler=\"1 2 3\" zaxis=\"0 0 1\"/>"),
        6,
        "two orientations",
        "keep one",
    );
    assert_one(
        &file("<compiler coordinate=\"global\"/>", "", ""),
        2,
        "not simulated",
        "coordinate=\"local\"",
    );
}

#[test]
fn text_that_is_not_a_model_is_refused() {
    assert_one("<mujoco>\n<worldbody>\n</mujoco>", 3, "not well-formed", "mend");
    assert_one("", 1, "not well-formed", "mend");
    assert_one("<robot/>", 1, "not <mujoco>", "MJCF");
    let (model, diagnostics) = load_mjcf(Path::new("no/such/file.xml"));
    assert!(model.is_none());
    assert!(diagnostics[0].message.contains("cannot be read"));
    assert!(diagnostics[0].to_string().starts_with("no/such/file.xml:1:1: error: "));
}

#[test]
fn includes_are_resolved_once() {
    let text = "<mujoco>\n<include file=\"double_pendulum.xml\"/>\n</mujoco>";
    let (model, _) = parse_mjcf(text, &root().join("tests/golden/models"));
    assert_eq!(model.expect("no error").nv, 2);
    let missing = "<mujoco>\n<include file=\"nowhere.xml\"/>\n</mujoco>";
    assert_one(missing, 2, "cannot be read", "main file");
    let twice = "<include file=\"double_pendulum.xml\"/>\n".repeat(2);
    let (_, diagnostics) =
        parse_mjcf(&format!("<mujoco>\n{twice}</mujoco>"), &root().join("tests/golden/models"));
    assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
    assert_eq!(diagnostics[0].span.unwrap().start.line, 3);
    assert!(diagnostics[0].message.contains("included already"));
}

#[test]
fn a_diagnostic_of_an_included_file_names_that_file() {
    let folder = std::env::temp_dir().join(format!("dnne_include_{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    let part = "<mujoco>\n<include file=\"main.xml\"/>\n<option timestep=\"x\"/>\n</mujoco>";
    std::fs::write(folder.join("part.xml"), part).expect("a file for the test");
    let main = "<mujoco><include file=\"part.xml\"/></mujoco>";
    std::fs::write(folder.join("main.xml"), main).expect("a file for the test");
    let (model, diagnostics) = load_mjcf(&folder.join("main.xml"));
    std::fs::remove_dir_all(&folder).expect("the folder can go");
    assert!(model.is_none());
    let shown: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
    assert_eq!(shown.len(), 2, "{shown:#?}");
    assert!(shown[0].contains("part.xml:2:10: error") && shown[0].contains("includes itself"));
    assert!(shown[1].contains("part.xml:3:9: error"), "{shown:#?}");
}

/// Files that include each other are nested as deep as one file may be, however few elements each has.
#[test]
fn includes_do_not_nest_without_end() {
    for (n_files, n_bodies) in [(20, 200), (2000, 0)] {
        let folder = tempfile::tempdir().expect("a folder for the test");
        for i in 0..n_files {
            let include = format!("<include file=\"c{}.xml\"/>", i + 1);
            let (open, close) = ("<body>".repeat(n_bodies), "</body>".repeat(n_bodies));
            let text = match i {
                0 => format!("<mujoco><worldbody>{open}{include}{close}</worldbody></mujoco>"),
                _ => format!("<mujocoinclude>{open}{include}{close}</mujocoinclude>"),
            };
            std::fs::write(folder.path().join(format!("c{i}.xml")), text).expect("a file");
        }
        let (model, diagnostics) = load_mjcf(&folder.path().join("c0.xml"));
        assert!(model.is_none());
        let said = diagnostics.iter().any(|it| it.message.contains("nested more than 256 deep"));
        assert!(said, "{n_files} files: {diagnostics:#?}");
    }
}

/// What is no file is not opened: a pipe waits for ever for somebody who writes, a device has no end.
#[cfg(unix)]
#[test]
fn pipes_and_devices_are_not_read() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
    assert!(made.success());
    for file in ["pipe", "/dev/zero", "."] {
        for text in [
            format!("<mujoco><include file=\"{file}\"/></mujoco>"),
            format!(
                "<mujoco><asset><mesh name=\"m\" file=\"{file}\" content_type=\"model/stl\"/></asset></mujoco>"
            ),
            format!(
                "<mujoco><asset><hfield name=\"h\" file=\"{file}\" size=\"1 1 1 1\"/></asset></mujoco>"
            ),
        ] {
            let main = folder.path().join("main.xml");
            std::fs::write(&main, &text).expect("a file for the test");
            let (model, diagnostics) = load_mjcf(&main);
            assert!(model.is_none());
            let is_said = diagnostics.iter().any(|it| it.message.contains("and no file"));
            assert!(is_said, "{text}: {diagnostics:#?}");
        }
    }
    let (model, diagnostics) = load_mjcf(Path::new("/dev/zero"));
    assert!(model.is_none() && diagnostics[0].message.contains("and no file"), "{diagnostics:#?}");
}

#[test]
fn doubtful_models_load_with_a_warning() {
    let motor = "<actuator><motor joint=\"hip\" gear=\"0\"/></actuator>";
    let joint = "<joint axis=\"1 0 0\" range=\"10 20\"/>";
    let (model, diagnostics) = parse_mjcf(&file(motor, "", joint), Path::new(""));
    assert!(model.is_some());
    let shown: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
    assert_eq!(shown.len(), 2, "{shown:#?}");
    assert!(shown[0].starts_with("<text>:6:1: warning") && shown[0].contains("outside the range"));
    assert!(shown[1].starts_with("<text>:2:11: warning") && shown[1].contains("gear"));
}

#[test]
fn all_problems_are_found_at_once() {
    let errors = errors(&file(
        "<option timestep=\"-1\"/><actuator><motor joint=\"hop\"/></actuator>",
        "<site/>",
        "<joint axis=\"0 0 0\" range=\"1 0\"/><geom type=\"bax\"/>",
    ));
    assert!(errors.len() >= 5, "{errors:#?}");
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn numbers_that_cannot_be_simulated_are_plain_errors() {
    let body = |inside: &str| {
        format!(
            "<mujoco><worldbody><body><joint name=\"j\" axis=\"0 1 0\"/>{inside}</body></worldbody></mujoco>"
        )
    };
    let ball = "<geom size=\"1\"/>";
    let option = |text: &str| body(ball).replace("<worldbody>", &format!("{text}<worldbody>"));
    let rest = |text: &str| body(ball).replace("</mujoco>", &format!("{text}</mujoco>"));
    for (text, words) in [
        (option("<option timestep=\"0\"/>"), "timestep is 0"),
        (option("<option timestep=\"-0.002\"/>"), "timestep is -0.002"),
        (option("<option timestep=\"1e-9\"/>"), "timestep is 0.000000001"),
        (option("<option gravity=\"0 nan 0\"/>"), "nan is not a finite number"),
        (body("<inertial pos=\"0 0 0\" mass=\"1\" diaginertia=\"1 1 3\"/>"), "exceeds the sum"),
        (body("<inertial pos=\"0 0 0\" mass=\"0\" diaginertia=\"1 1 1\"/>"), "mass"),
        (body("<inertial pos=\"0 0 0\" mass=\"-1\" diaginertia=\"1 1 1\"/>"), "negative"),
        (body("<geom size=\"1\" mass=\"-1\"/>"), "mass is negative"),
        (rest("<actuator><motor joint=\"j\" ctrlrange=\"1 -1\"/></actuator>"), "ctrlrange"),
        (body(ball).replace("axis", "range=\"9 -9\" axis"), "range"),
        (rest("<keyframe><key qpos=\"1 2\"/></keyframe>"), "qpos"),
        (body(ball).replace("<body>", "<body pos=\"1e308 0 0\">"), "32 bits"),
        (rest("<actuator><motor joint=\"j\" gear=\"1e308\"/></actuator>"), "32 bits"),
        (rest("<actuator><position joint=\"j\" kp=\"1e300\"/></actuator>"), "32 bits"),
        (body(ball).replace("axis", "damping=\"1e39\" axis"), "32 bits"),
    ] {
        let (model, found) = super::parse_mjcf(&text, std::path::Path::new(""));
        let errors: Vec<_> = found.iter().filter(|it| it.is_error()).collect();
        assert!(model.is_none() && !errors.is_empty(), "{text}");
        let is_plain = |it: &&Diagnostic| {
            let said = it.to_string();
            said.contains(words) && !it.remedy.is_empty() && !said.contains("Some(")
        };
        assert!(errors.iter().any(is_plain), "{words}: {errors:#?}");
    }
}

#[test]
fn a_keyframe_of_a_wrong_length_says_what_its_numbers_are_of() {
    let model = |attribute: &str, parts: &str, body: &str| {
        let (joint, free) = match body {
            "free" => ("<freejoint/>", ""),
            "mocap" => ("<joint name=\"j\"/>", "<body mocap=\"true\"/>"),
            _ => ("<joint name=\"j\"/>", ""),
        };
        format!(
            "<mujoco><worldbody><body>{joint}<geom size=\"1\"/></body>{free}</worldbody>\n\
             <actuator>{parts}</actuator>\n<keyframe><key {attribute}/></keyframe></mujoco>"
        )
    };
    let two = "<motor joint=\"j\"/><motor joint=\"j\"/>";
    let filter = "<general joint=\"j\" dyntype=\"filter\" dynprm=\"1\"/>";
    for (attribute, parts, body, message, remedy) in [
        ("ctrl=\"1\"", "", "", "ctrl has 1 number, but the model has no actuator", "remove ctrl"),
        (
            "ctrl=\"1\"",
            two,
            "",
            "ctrl has 1 number instead of 2 (1 for each actuator)",
            "write 2 numbers, or",
        ),
        (
            "act=\"1\"",
            two,
            "",
            "act has 1 number, but the model has no actuator with a state",
            "remove act",
        ),
        ("act=\"1 2\"", filter, "", "act has 2 numbers instead of 1", "write 1 number, or"),
        (
            "qpos=\"1 2\"",
            "",
            "",
            "qpos has 2 numbers instead of 1 (1 for a hinge",
            "write 1 number, or",
        ),
        ("qpos=\"1\"", "", "free", "qpos has 1 number instead of 7", "write 7 numbers, or"),
        ("qvel=\"1\"", "", "free", "qvel has 1 number instead of 6", "write 6 numbers, or"),
        (
            "mpos=\"1 2 3\"",
            "",
            "",
            "mpos has 3 numbers, but the model has no mocap body",
            "remove mpos",
        ),
        (
            "mquat=\"1\"",
            "",
            "",
            "mquat has 1 number, but the model has no mocap body",
            "remove mquat",
        ),
        ("mquat=\"1 0 z\"", "", "mocap", "\"z\" is not a number", "separate"),
    ] {
        let text = model(attribute, parts, body);
        let (built, found) = super::parse_mjcf(&text, std::path::Path::new(""));
        assert!(built.is_none(), "{text}");
        let [error] = &found[..] else { panic!("{attribute}: {found:#?}") };
        assert!(error.message.contains(message), "{attribute}: {error}");
        assert!(error.remedy.contains(remedy), "{attribute}: {error}");
        // At the attribute, in the third line.
        let at = error.span.expect("a place").start;
        let column = text.lines().nth(2).unwrap().find(attribute).unwrap() + 1;
        assert_eq!((at.line, at.column), (3, column), "{attribute}");
    }
}

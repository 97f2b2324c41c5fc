//! What is said about tendons, equalities, sensors, assets, copies and robots that cannot be.

use std::path::Path;

use super::{load_mjcf, load_model, load_urdf, parse_mjcf};
use crate::diagnostic::{Diagnostic, Severity};

/// A model of two bodies, with these lines in it: `top` is line 2, `world` line 4.
fn file(top: &str, world: &str) -> String {
    format!(
        "<mujoco>\n{top}\n<worldbody>\n{world}\n<body name=\"arm\"><joint name=\"hip\" range=\"-9 9\"/>\
         <joint name=\"rail\" type=\"slide\"/><geom name=\"arm\" size=\"0.1\"/><site name=\"tip\"/>\
         </body><body name=\"ball\" pos=\"3 0 0\"><joint name=\"ball\" type=\"ball\"/>\
         <geom name=\"ball\" size=\"0.1\"/></body>\n</worldbody>\n</mujoco>"
    )
}

fn findings(text: &str, severity: Severity) -> Vec<Diagnostic> {
    let (model, diagnostics) = parse_mjcf(text, Path::new(""));
    let has_error = diagnostics.iter().any(|it| it.severity == Severity::Error);
    assert_eq!(model.is_none(), has_error, "{diagnostics:#?}");
    diagnostics.into_iter().filter(|it| it.severity == severity).collect()
}

/// One finding of this severity, in this line, with these words in it and its remedy.
fn one(severity: Severity, text: &str, line: usize, message: &str, remedy: &str) {
    let found = findings(text, severity);
    let shown: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), 1, "{text}: {shown:#?}");
    assert_eq!(found[0].span.unwrap().start.line, line, "{shown:#?}");
    assert!(found[0].message.contains(message), "{shown:#?}");
    assert!(found[0].remedy.as_str().contains(remedy), "{shown:#?}");
}

fn error(top: &str, message: &str, remedy: &str) {
    one(Severity::Error, &file(top, ""), 2, message, remedy);
}

fn warning(top: &str, message: &str, remedy: &str) {
    one(Severity::Warning, &file(top, ""), 2, message, remedy);
}

#[test]
fn the_base_of_these_tests_is_a_good_model() {
    assert_eq!(findings(&file("", ""), Severity::Error), []);
}

#[test]
fn tendons_are_checked() {
    let tendon = |inside: &str| format!("<tendon><fixed name=\"t\">{inside}</fixed></tendon>");
    error(&tendon(""), "over no joint", "<joint");
    error(&tendon("<joint joint=\"hop\" coef=\"1\"/>"), "no joint \"hop\"", "\"hip\"");
    error(&tendon("<joint joint=\"ball\" coef=\"1\"/>"), "no single position", "hinge");
    error(&tendon("<joint joint=\"hip\"/>"), "has no coef", "add coef");
    let twice = "<joint joint=\"hip\" coef=\"1\"/>".repeat(2);
    error(&tendon(&twice), "twice", "add up");
    let spring =
        "<tendon><fixed springlength=\"2 1\"><joint joint=\"hip\" coef=\"1\"/></fixed></tendon>";
    error(spring, "springlength", "smaller first");
}

#[test]
fn spatial_tendons_are_checked() {
    let tendon = |inside: &str| format!("<tendon><spatial name=\"t\">{inside}</spatial></tendon>");
    let site = |name: &str| format!("<site site=\"{name}\"/>");
    let (tip, geom) = (site("tip"), "<geom geom=\"g\"/>");
    error(&tendon(""), "less than two sites", "both ends");
    error(&tendon(&tip), "less than two sites", "both ends");
    error(&tendon(&format!("{tip}{tip}")), "follows itself", "remove one");
    error(&tendon(&format!("{tip}{}", site("tp"))), "no site \"tp\"", "\"tip\"");
    let other = "<site name=\"top\" pos=\"0 0 3\"/>";
    let text = file(&tendon(&format!("{tip}{geom}{}", site("top"))), other);
    one(Severity::Error, &text, 2, "no geom \"g\"", "arm");
    let branch = format!("{tip}{}", site("top"));
    let text = file(&tendon(&format!("{branch}<pulley divisor=\"0\"/>{branch}")), other);
    one(Severity::Error, &text, 2, "divisor", "above zero");
    let text = file(&tendon(&format!("{branch}<joint joint=\"hip\" coef=\"1\"/>")), other);
    one(Severity::Error, &text, 2, "not an element of this place", "site");
}

#[test]
fn muscles_and_adhesion_are_checked() {
    let actuator = |inside: &str| format!("<actuator>{inside}</actuator>");
    let muscle = |more: &str| actuator(&format!("<muscle joint=\"hip\" {more}/>"));
    error(&muscle(""), "lengths that a muscle can have", "lengthrange=");
    let ranged = |more: &str| muscle(&format!("lengthrange=\"0 1\" {more}"));
    error(&ranged("range=\"1 0.5\""), "its range is empty", "smaller number");
    error(&ranged("lmin=\"1.2\""), "optimal length", "lmin below 1");
    error(&ranged("vmax=\"0\""), "not above zero", "vmax");
    error(&actuator("<muscle body=\"arm\" lengthrange=\"0 1\"/>"), "at contacts", "joint");
    error(&actuator("<adhesion body=\"am\" ctrlrange=\"0 1\"/>"), "no body \"am\"", "\"arm\"");
    error(&actuator("<adhesion body=\"arm\" ctrlrange=\"-1 1\"/>"), "negative", "zero or more");
}

#[test]
fn equalities_are_checked() {
    let equality = |inside: &str| format!("<equality>{inside}</equality>");
    error(&equality("<connect body1=\"arm\"/>"), "no anchor", "add anchor");
    error(&equality("<connect body1=\"am\" anchor=\"0 0 0\"/>"), "no body \"am\"", "\"arm\"");
    error(&equality("<weld body1=\"arm\" body2=\"arm\"/>"), "the same", "different");
    error(&equality("<weld site1=\"tip\"/>"), "no site2", "add site2");
    error(
        &equality("<weld site1=\"tip\" site2=\"tip\" anchor=\"0 0 0\"/>"),
        "contradict",
        "two sites",
    );
    error(&equality("<joint joint1=\"ball\"/>"), "no single position", "hinge");
    error(&equality("<tendon tendon1=\"t\"/>"), "no tendon \"t\"", "none");
    error(&equality("<weld body1=\"arm\" solref=\"1 -1\"/>"), "mixes", "positive");
    let text = file(&equality("<weld body1=\"arm\" active=\"false\"/>"), "");
    one(Severity::Note, &text, 2, "not active", "");
    let (model, _) = parse_mjcf(&text, Path::new(""));
    assert!(model.expect("no error").equalities.is_empty());
}

#[test]
fn sensors_that_cannot_be_read_are_left_out_by_name() {
    let sensor = |inside: &str| format!("<sensor>{inside}<clock name=\"time\"/></sensor>");
    for tag in ["camprojection", "insidesite", "contact", "distance", "user"] {
        let top = sensor(&format!("<{tag} name=\"a\"/>"));
        warning(&top, "is not read by this version", "remove it");
        let (model, _) = parse_mjcf(&file(&top, ""), Path::new(""));
        let model = model.expect("no error");
        assert_eq!((model.sensors.len(), model.nsensordata), (1, 1));
        assert!(model.sensor("time").is_some_and(|sensor| sensor.adr == 0));
    }
    warning(&sensor("<gyro site=\"tip\" delay=\"0.1\"/>"), "delay is ignored", "remove delay");
    let camera = "<framepos objtype=\"camera\" objname=\"eye\"/>";
    warning(&sensor(camera), "frames of cameras", "site");
    error(&sensor("<gyro site=\"top\"/>"), "no site \"top\"", "\"tip\"");
    error(&sensor("<gyros site=\"tip\"/>"), "<gyros>", "\"gyro\"");
    error(&sensor("<jointpos joint=\"ball\"/>"), "does not suit", "hinge");
    error(&sensor("<ballquat joint=\"hip\"/>"), "does not suit", "ball");
    error(&sensor("<jointlimitpos joint=\"rail\"/>"), "does not suit", "limits");
    let slack = "<tendon><fixed name=\"t\"><joint joint=\"hip\" coef=\"1\"/></fixed></tendon>";
    let of_slack = format!("{slack}{}", sensor("<tendonlimitfrc tendon=\"t\"/>"));
    error(&of_slack, "\"t\" does not suit", "limits");
    error(&sensor("<framepos objtype=\"thing\" objname=\"tip\"/>"), "not known", "xbody");
    let moving = "objtype=\"site\" objname=\"tip\" reftype=\"site\"";
    error(&sensor(&format!("<framelinacc {moving}/>")), "no attribute \"reftype\"", "objtype");
    error(
        &sensor("<framepos objtype=\"site\" objname=\"tip\" reftype=\"site\"/>"),
        "reference",
        "both",
    );
}

#[test]
fn actuators_and_contacts_are_checked() {
    let actuator = |inside: &str| format!("<actuator>{inside}</actuator>");
    error(&actuator("<motor joint=\"hip\" site=\"tip\"/>"), "two things", "keep one");
    error(
        &actuator("<position joint=\"hip\" kv=\"1\" dampratio=\"1\"/>"),
        "contradict",
        "keep one",
    );
    error(&actuator("<position joint=\"rail\" inheritrange=\"1\"/>"), "no range", "ctrlrange");
    error(
        &actuator("<position joint=\"hip\" inheritrange=\"1\" ctrlrange=\"0 1\"/>"),
        "contradict",
        "keep one",
    );
    error(&actuator("<damper joint=\"hip\" kv=\"1\"/>"), "ctrlrange is empty", "smaller number");
    error(&actuator("<motor site=\"tip\" armature=\"1\"/>"), "need a hinge", "joint");
    error(
        &actuator("<general joint=\"hip\" dyntype=\"filter\" dynprm=\"0\"/>"),
        "time constant",
        "above",
    );
    error(
        &actuator("<general joint=\"hip\" actrange=\"0 1\"/>"),
        "actrange limits a state",
        "dyntype",
    );
    let contact = |inside: &str| format!("<contact>{inside}</contact>");
    error(&contact("<pair geom1=\"arm\"/>"), "no geom2", "add geom2");
    error(&contact("<pair geom1=\"arm\" geom2=\"bal\"/>"), "no geom \"bal\"", "\"ball\"");
    error(&contact("<pair geom1=\"arm\" geom2=\"ball\" condim=\"2\"/>"), "condim is 2", "sliding");
    warning(
        &contact("<pair geom1=\"arm\" geom2=\"ball\"/><pair geom1=\"ball\" geom2=\"arm\"/>"),
        "already, in line 2",
        "remove one",
    );
    warning(&contact("<pair geom1=\"arm\" geom2=\"arm\"/>"), "never move", "remove");
    error(&contact("<exclude body1=\"arm\" body2=\"bill\"/>"), "no body \"bill\"", "\"ball\"");
    warning("<option noslip_iterations=\"3\"/>", "creep", "impratio");
    error("<option impratio=\"0\"/>", "impratio is 0", "above");
}

#[test]
fn assets_are_checked() {
    let asset = |inside: &str| format!("<asset>{inside}</asset>");
    error(&asset("<mesh name=\"m\"/>"), "neither a file nor vertices", "file");
    error(&asset("<mesh file=\"no/such.stl\"/>"), "cannot be read", "meshdir");
    error(&asset("<mesh name=\"m\" vertex=\"0 0 0 1 0 0 0 1 0\"/>"), "3 vertices", "4 to");
    error(&asset("<mesh name=\"m\" vertex=\"0 0 0 1 0 0 0 1 0 1 1 0\"/>"), "plane", "thickness");
    error(
        &asset("<mesh name=\"m\" vertex=\"0 0 0 1 0 0 0 1 0 0 0 1\" face=\"0 1 9\"/>"),
        "not there",
        "vertices",
    );
    error(
        &asset("<mesh name=\"m\" builtin=\"sphere\"/>")
            .replace("/>", " vertex=\"0 0 0 1 0 0 0 1 0 0 0 1\"/>"),
        "builtin",
        "none",
    );
    error(&asset("<hfield name=\"h\" nrow=\"2\" ncol=\"2\"/>"), "no size", "add size");
    error(
        &asset("<hfield name=\"h\" nrow=\"1\" ncol=\"2\" size=\"1 1 1 1\"/>"),
        "1 row and 2",
        "two",
    );
    error(
        &asset("<hfield name=\"h\" nrow=\"2\" ncol=\"2\" size=\"1 1 1 1\" elevation=\"1 2 3\"/>"),
        "3 numbers instead of 4",
        "ncol",
    );
    let mesh = "<asset><mesh name=\"part\" vertex=\"0 0 0 1 0 0 0 1 0 0 0 1\"/></asset>";
    let fitted = |geom: &str| file(&format!("<compiler fitaabb=\"true\"/>{mesh}"), geom);
    assert_eq!(findings(&fitted("<geom type=\"mesh\" mesh=\"part\"/>"), Severity::Error), []);
    let capsule = "<geom type=\"capsule\" mesh=\"part\"/>";
    one(Severity::Error, &fitted(capsule), 4, "fitaabb", "fitaabb=\"false\"");
    let geom = |geom: &str| file(mesh, geom);
    one(Severity::Error, &geom("<geom type=\"mesh\" mesh=\"pert\"/>"), 4, "no mesh", "\"part\"");
    one(Severity::Error, &geom("<geom type=\"mesh\"/>"), 4, "not named", "mesh=");
    one(Severity::Error, &geom("<geom type=\"hfield\" hfield=\"h\"/>"), 4, "no hfield", "none");
    one(
        Severity::Error,
        &geom("<geom type=\"plane\" mesh=\"part\" size=\"1 1 1\"/>"),
        4,
        "plane",
        "box",
    );
}

#[test]
fn bodies_and_copies_are_checked() {
    let world = |inside: &str, message: &str, remedy: &str| {
        one(Severity::Error, &file("", inside), 4, message, remedy);
    };
    let geom = "<geom size=\"1\"/>";
    world(
        &format!("<body><freejoint/><joint axis=\"1 0 0\"/>{geom}</body>"),
        "only joint",
        "other joints",
    );
    world(
        &format!("<body><joint/>{geom}<body><joint type=\"free\"/>{geom}</body></body>"),
        "only joint",
        "worldbody",
    );
    world(
        &format!("<body><joint type=\"ball\"/><joint/>{geom}</body>"),
        "all directions",
        "of its own",
    );
    world(
        &format!("<body><joint type=\"ball\" range=\"1 2\"/>{geom}</body>"),
        "largest angle",
        "0 ...",
    );
    world(&format!("<body mocap=\"true\"><joint/>{geom}</body>"), "mocap", "without joints");
    world(&format!("<body><freejoint align=\"true\"/>{geom}</body>"), "align", "false");
    world("<replicate count=\"0\"/>", "count is 0", "copies");
    world("<body><replicate count=\"2\"><joint/></replicate></body>", "no copies", "<body>");
    world("<body name=\"b\"/><body name=\"b\"/>", "two bodies \"b\"", "rename");
    world("<site type=\"mesh\"/>", "not known", "sphere");
    let key = "<keyframe><key qpos=\"0 0 0 0 0 0\"/></keyframe>";
    warning(key, "rotation of joint \"ball\"", "1 0 0 0");
    let (model, _) = parse_mjcf(&file(key, ""), Path::new(""));
    assert_eq!(model.expect("no error").keyframes[0].qpos[2..], [1.0, 0.0, 0.0, 0.0]);
    let mocap = "<worldbody><body mocap=\"true\"/></worldbody>";
    let moved = format!("{mocap}<keyframe><key mpos=\"1 2 3\"/></keyframe>");
    warning(&moved, "mpos is ignored", "mocap");
}

#[test]
fn robots_are_checked() {
    let folder = std::env::temp_dir().join(format!("dnne_urdf_{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    let file = folder.join("robot.urdf");
    let link = |name: &str| {
        format!(
            "<link name=\"{name}\"><collision><geometry><sphere radius=\"0.1\"/></geometry></collision></link>"
        )
    };
    let joint = |kind: &str, parent: &str, child: &str| {
        format!(
            "<joint name=\"{child}\" type=\"{kind}\"><parent link=\"{parent}\"/><child link=\"{child}\"/>\
             <limit lower=\"0\" upper=\"1\" effort=\"2\"/></joint>"
        )
    };
    let errors = |inside: &str| {
        std::fs::write(&file, format!("<robot name=\"r\">{inside}</robot>")).expect("written");
        let (model, diagnostics) = load_model(&file);
        let errors: Vec<String> = diagnostics
            .iter()
            .filter(|it| it.severity == Severity::Error)
            .map(ToString::to_string)
            .collect();
        assert_eq!(model.is_none(), !errors.is_empty());
        errors
    };
    let two = link("a") + &link("b");
    assert_eq!(errors(&(two.clone() + &joint("revolute", "a", "b"))), [""; 0]);
    for (inside, words) in [
        (String::new(), "no links"),
        (
            two.clone() + &joint("hinge", "a", "b"),
            "\"hinge\" is no type of joint; one of: revolute",
        ),
        (two.clone() + &joint("hinge", "a", "b").replace(" type=\"hinge\"", ""), "has no type"),
        (
            "<mujoco><sensor/></mujoco>".to_owned() + &two,
            "<sensor> is not an element of this place",
        ),
        ("<mujoco><option timestep=\"0\"/></mujoco>".to_owned() + &two, "timestep is 0"),
        (two.clone() + &joint("fixed", "a", "c"), "no link \"c\""),
        (two.clone() + &joint("fixed", "a", "b") + &joint("fixed", "b", "a"), "hangs from itself"),
        (two.clone() + &joint("fixed", "a", "b") + &joint("fixed", "a", "b"), "two joints"),
        (two.clone() + &joint("floating", "a", "b"), "free joint"),
        (link("a") + &link("a"), "two links"),
        (
            two.clone() + "<joint name=\"j\" type=\"fixed\"><parent link=\"a\"/></joint>",
            "no <child>",
        ),
        (link("a").replace("sphere", "cone"), "<cone> is not a shape"),
        (link("a").replace("radius", "size"), "no radius"),
    ] {
        let errors = errors(&inside);
        assert!(errors.first().is_some_and(|it| it.contains(words)), "{words}: {errors:#?}");
    }
    // What does not move anything is told in one note.
    let extras = "<gazebo/><gazebo/><transmission/>".to_owned()
        + &link("a").replace("</link>", "<visual/><self_collision/></link>")
        + &link("b")
        + &joint("revolute", "a", "b").replace("</joint>", "<safety_controller/></joint>");
    std::fs::write(&file, format!("<robot name=\"r\">{extras}</robot>")).expect("written");
    let notes = load_model(&file).1;
    let notes: Vec<&Diagnostic> =
        notes.iter().filter(|it| it.message.contains("ignored")).collect();
    let [note] = notes[..] else { panic!("{notes:#?}") };
    assert_eq!(note.severity, Severity::Note);
    let places =
        ["<gazebo> of a robot", "<safety_controller> of a joint", "<self_collision> of a link"];
    assert!(places.iter().all(|place| note.message.contains(place)), "{note}");
    // One language is not taken for the other.
    assert!(load_mjcf(&file).1[0].message.contains("not <mujoco>"));
    std::fs::write(&file, "<mujoco/>").expect("written");
    assert!(load_urdf(&file).1[0].message.contains("not <robot>"));
    assert!(load_model(&file).0.is_some());
    std::fs::remove_dir_all(&folder).expect("the folder can go");
}

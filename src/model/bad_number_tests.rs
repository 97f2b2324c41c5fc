//! Numbers that no model can have: each is a plain error, of one line that says where and what to do.

use std::path::Path;

use super::parse_mjcf;
use crate::diagnostic::Severity;

/// An arm that hangs from the world, with most of what has numbers; words in capitals are places for attributes.
const MODEL: &str = r#"<mujoco>
<option OPTION/>
<worldbody>
<geom name="floor" type="plane" size="1 1 1"/>
<body name="arm" pos="0 0 1" BODY><joint name="hip" range="-9 9" JOINT/><joint name="rail" type="slide"/>
<geom name="arm" size="0.1" mass="1" GEOM/><site name="tip"/>
<body name="hand" pos="1 0 0"><inertial pos="0 0 0" INERTIAL/><joint name="wrist"/></body></body>
</worldbody>
<contact><pair geom1="floor" geom2="arm" PAIR/></contact>
<tendon><fixed name="string" TENDON><joint joint="hip" coef="1"/></fixed></tendon>
<equality><joint joint1="wrist" joint2="rail" EQUALITY/></equality>
<actuator><position name="motor" joint="hip" ACTUATOR/></actuator>
<keyframe><key KEY/></keyframe>
</mujoco>"#;

const INERTIA: &str = "mass=\"1\" diaginertia=\"1 1 1\"";

fn model(place: &str, attributes: &str) -> String {
    let text = MODEL.replacen(place, attributes, 1).replacen("INERTIAL", INERTIA, 1);
    let places =
        ["OPTION", "BODY", "JOINT", "GEOM", "PAIR", "TENDON", "EQUALITY", "ACTUATOR", "KEY"];
    places.iter().fold(text, |text, place| text.replacen(&format!(" {place}"), "", 1))
}

#[test]
fn the_model_of_these_tests_is_good() {
    let (model, diagnostics) = parse_mjcf(&model(" OPTION", ""), Path::new(""));
    assert!(model.is_some(), "{diagnostics:#?}");
}

#[test]
fn numbers_that_no_model_can_have_are_plain_errors() {
    // Beyond 32 bits, in radians as well, and so far beyond that products are not finite.
    let large = ["1e42", "1e308", "-1e308"];
    let beyond = [
        ("OPTION", "gravity=\"0 0 {}\""),
        ("OPTION", "wind=\"{} 0 0\""),
        ("OPTION", "magnetic=\"0 0 {}\""),
        ("BODY", "gravcomp=\"{}\""),
        ("JOINT", "pos=\"{} 0 0\""),
        ("JOINT", "springref=\"{}\""),
        ("JOINT", "ref=\"{}\""),
        ("GEOM", "pos=\"0 {} 0\""),
        ("EQUALITY", "polycoef=\"{} 1\""),
        ("ACTUATOR", "gear=\"{}\""),
        ("ACTUATOR", "kp=\"{}\""),
        ("KEY", "qpos=\"{} 0 0\""),
        ("KEY", "qvel=\"{} 0 0\""),
        ("KEY", "ctrl=\"{}\""),
    ];
    // What cannot be negative.
    let amounts = [
        ("JOINT", "stiffness=\"{}\""),
        ("JOINT", "damping=\"{}\""),
        ("JOINT", "armature=\"{}\""),
        ("JOINT", "frictionloss=\"{}\""),
        ("GEOM", "mass=\"{}\""),
        ("GEOM", "friction=\"{}\""),
        ("INERTIAL", "mass=\"{}\" diaginertia=\"1 1 1\""),
        ("INERTIAL", "mass=\"1\" diaginertia=\"{} 1 1\""),
        ("TENDON", "stiffness=\"{}\""),
        ("TENDON", "frictionloss=\"{}\""),
    ];
    let ranges = [
        ("JOINT", "actuatorfrcrange=\"{}\""),
        ("TENDON", "range=\"{}\""),
        ("ACTUATOR", "ctrlrange=\"{}\""),
        ("ACTUATOR", "forcerange=\"{}\""),
    ];
    let mut cases = vec![
        ("OPTION", "timestep=\"0\"".to_owned()),
        ("OPTION", "timestep=\"-0.01\"".to_owned()),
        ("OPTION", "timestep=\"1e-9\"".to_owned()),
        ("OPTION", "timestep=\"nan\"".to_owned()),
        ("OPTION", "gravity=\"0 0 nan\"".to_owned()),
        ("OPTION", "gravity=\"0 0 inf\"".to_owned()),
        ("OPTION", "gravity=\"0 0\"".to_owned()),
        ("INERTIAL", "mass=\"1\" diaginertia=\"1 1 9\"".to_owned()),
        ("INERTIAL", "mass=\"1\" fullinertia=\"1 1 1 2 0 0\"".to_owned()),
        ("INERTIAL", "mass=\"0\" diaginertia=\"1 1 1\"".to_owned()),
        ("INERTIAL", "mass=\"1\" diaginertia=\"0 0 0\"".to_owned()),
        ("KEY", "qpos=\"0\"".to_owned()),
        ("KEY", "qpos=\"0 0 0 0\"".to_owned()),
        ("KEY", "qvel=\"0 0\"".to_owned()),
        ("KEY", "ctrl=\"0 0\"".to_owned()),
        ("KEY", "act=\"0\"".to_owned()),
        ("ACTUATOR", "kp=\"1e308\" gear=\"1e308\"".to_owned()),
    ];
    let fill =
        |patterns: &[(&'static str, &str)], values: &[&str]| -> Vec<(&'static str, String)> {
            let fill = |(place, text): &(&'static str, &str)| {
                let filled = values.iter().map(|value| (*place, text.replace("{}", value)));
                filled.collect::<Vec<_>>()
            };
            patterns.iter().flat_map(fill).collect()
        };
    cases.extend(fill(&beyond, &large));
    cases.extend(fill(&amounts, &["1e39", "1e308", "-1", "nan"]));
    cases.extend(fill(&ranges, &["2 1", "-1e308 1e308", "0 nan"]));
    let mut passed = vec![];
    for (place, attributes) in &cases {
        let (model, diagnostics) = parse_mjcf(&model(place, attributes), Path::new(""));
        let errors = diagnostics.iter().filter(|it| it.severity == Severity::Error);
        let errors: Vec<String> = errors.map(ToString::to_string).collect();
        assert_eq!(
            model.is_none(),
            !errors.is_empty(),
            "{place} {attributes}: a model or an error"
        );
        let is_plain = |error: &String| {
            let rust = ["Some(", "None", "Err(", "::", "\n"];
            error.len() < 300 && !rust.iter().any(|word| error.contains(word))
        };
        if errors.is_empty() || !errors.iter().all(is_plain) {
            passed.push(format!("{place} {attributes}: {errors:?}"));
        }
    }
    assert!(passed.is_empty(), "{} of {}: {passed:#?}", passed.len(), cases.len());
    assert!(cases.len() > 100, "{}", cases.len());
}

//! Trifles for which no file may be refused.

use std::path::Path;

use super::diagnostic::Diagnostics;
use super::dump::dump;
use super::files::Files;
use super::types::JointType;
use super::{Ground, Language, build, parse_mjcf};

/// Attributes without a value, by what stands at their place. MuJoCo 4.0 takes a list or a number for not written, and
/// refuses a word.
const EMPTY: [(&str, &str); 9] = [
    (
        "GEOM",
        "rgba friction solref solimp pos quat euler margin gap mass density group contype solmix fromto axisangle \
         priority condim material",
    ),
    (
        "JOINT",
        "pos axis range damping stiffness armature ref springref frictionloss solreflimit solimplimit margin group",
    ),
    ("BODY", "pos quat euler gravcomp"),
    ("MOTOR", "ctrlrange forcerange gear group"),
    ("KEY", "qpos qvel act ctrl mpos mquat time"),
    ("LIGHT", "pos dir diffuse"),
    ("CAMERA", "pos quat fovy"),
    ("SITE", "rgba size pos"),
    ("TENDON", "range damping solreflimit springlength"),
];

fn model(place: &str, attribute: &str) -> String {
    let text = "<mujoco><default><geom friction=\"0.7 0.1 0.1\"/></default><worldbody><light LIGHT/>\
         <camera name=\"c\" CAMERA/><site SITE/><body BODY><joint name=\"a\" type=\"hinge\" JOINT/>\
         <geom size=\".1\" GEOM/></body></worldbody><tendon><fixed TENDON><joint joint=\"a\" coef=\"1\"/></fixed></tendon>\
         <actuator><motor joint=\"a\" MOTOR/></actuator><keyframe><key KEY/></keyframe></mujoco>";
    let text = text.replacen(&format!(" {place}"), &format!(" {attribute}"), 1);
    EMPTY.iter().fold(text, |text, (place, _)| text.replacen(&format!(" {place}"), "", 1))
}

#[test]
fn an_attribute_without_a_value_is_one_that_is_not_written() {
    let (plain, _) = parse_mjcf(&model("none", ""), Path::new(""));
    let plain = plain.expect("the model of this test is good");
    let mut n_tried = 0;
    for (place, attributes) in EMPTY {
        for name in attributes.split_whitespace() {
            let text = model(place, &format!("{name}=\"\""));
            let (built, found) = parse_mjcf(&text, Path::new(""));
            let built = built.unwrap_or_else(|| panic!("{place} {name}: {found:?}"));
            assert!(dump(&built) == dump(&plain), "{place} {name}");
            n_tried += 1;
        }
    }
    assert!(n_tried >= 60, "{n_tried}");
    for (place, name) in [("GEOM", "type"), ("JOINT", "limited"), ("MOTOR", "ctrllimited")] {
        let (built, _) = parse_mjcf(&model(place, &format!("{name}=\"\"")), Path::new(""));
        assert!(built.is_none(), "{place} {name}: MuJoCo refuses an empty word");
    }
}

#[test]
fn a_spherical_joint_of_a_urdf_is_a_ball_joint() {
    let inertial = "<inertial><mass value=\"1\"/><inertia ixx=\".01\" ixy=\"0\" ixz=\"0\" iyy=\".02\" iyz=\"0\" \
                    izz=\".025\"/></inertial>";
    let text = format!(
        "<robot name=\"r\"><link name=\"base\">{inertial}</link><link name=\"a\">{inertial}</link>\
         <joint name=\"j\" type=\"spherical\"><parent link=\"base\"/><child link=\"a\"/>\
         <origin xyz=\"0.25 0 0\" rpy=\"0.3 0.1 -0.2\"/><axis xyz=\"0 1 0.5\"/></joint></robot>"
    );
    let files = Files::new(Path::new(""), None);
    let language = (Language::Urdf, Ground::AsWritten);
    let (built, found) = build(&text, None, &files, language, Diagnostics::default());
    let built = built.unwrap_or_else(|| panic!("{found:?}"));
    assert_eq!((built.nq, built.nv), (4, 3));
    assert_eq!(built.joints[0].jnt_type, JointType::Ball);
}

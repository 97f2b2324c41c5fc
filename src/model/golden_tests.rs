//! The compiled models against MuJoCo's, number for number (`tests/golden/constants/*.json`).

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::dump::dump;
use super::frames::{mat_mul, quat_to_mat, transpose};
use super::{load_mjcf, load_model};
use crate::diagnostic::Severity;

/// Both sides compute in f64 with formulas that differ in the order of operations only.
const TOLERANCE: f64 = 1e-10;
/// What cancels to zero in one of the two leaves rounding in the other, and rotations do in their rows.
const ROUNDING: f64 = 1e-14;
/// Sums over the triangles of a mesh, and axes found from them, come from more operations.
const MESH_ROUNDING: f64 = 1e-12;

struct Golden {
    name: String,
    ours: Value,
    theirs: Value,
}

impl Golden {
    fn rounding(&self) -> f64 {
        if self.ours["nmesh"] == 0 { ROUNDING } else { MESH_ROUNDING }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    serde_json::from_str(&text).expect("golden data is JSON")
}

fn all() -> Vec<Golden> {
    let folder = root().join("tests/golden/constants");
    let files = std::fs::read_dir(folder).expect("there are golden data");
    let mut files: Vec<PathBuf> = files.map(|file| file.expect("readable").path()).collect();
    files.sort();
    assert!(files.len() > 15, "{files:?}");
    let load = |path: &PathBuf| {
        let theirs = read(path);
        let name = theirs["model"].as_str().expect("a path").to_owned();
        let (model, diagnostics) = load_model(&root().join(&name));
        let said: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
        let model = model.unwrap_or_else(|| panic!("{name}: {said:#?}"));
        Golden { name, ours: dump(&model), theirs }
    };
    files.iter().map(load).collect()
}

/// All the numbers of a value, whatever its shape; true is 1, and what is not there is 9e99.
fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(values) => values.iter().flat_map(numbers).collect(),
        Value::Object(values) => values.values().flat_map(numbers).collect(),
        Value::Bool(value) => vec![f64::from(u8::from(*value))],
        Value::Null => vec![9e99],
        value => vec![value.as_f64().unwrap_or_else(|| panic!("{value} is a number"))],
    }
}

fn rows(value: &Value) -> Vec<Vec<f64>> {
    match value {
        Value::Array(rows) => rows.iter().map(numbers).collect(),
        value => vec![numbers(value)],
    }
}

fn is_words(value: &Value) -> bool {
    value.as_array().is_some_and(|rows| rows.first().is_some_and(Value::is_string))
}

fn same(golden: &Golden, name: &str) {
    let (ours, theirs) = (&golden.ours[name], &golden.theirs[name]);
    let what = format!("{} {name}", golden.name);
    if is_words(theirs) {
        assert_eq!(ours, theirs, "{what}");
        return;
    }
    let (ours, theirs) = (rows(ours), rows(theirs));
    assert_eq!(ours.len(), theirs.len(), "{what}");
    // A whole array gives the scale of its rounding: positions are sums of other positions.
    let scale =
        theirs.iter().flatten().filter(|x| x.abs() < 1e90).fold(1.0_f64, |m, x| m.max(x.abs()));
    for (a, b) in ours.iter().zip(&theirs) {
        assert_eq!(a.len(), b.len(), "{what}");
        // A quaternion and its opposite are one rotation.
        let dot: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
        let sign = if name.ends_with("quat") && dot < 0.0 { -1.0 } else { 1.0 };
        for (x, y) in a.iter().zip(b) {
            let allowed = TOLERANCE * x.abs().max(y.abs()) + golden.rounding() * scale;
            assert!((x - sign * y).abs() <= allowed, "{what}: {a:?} {b:?}");
        }
    }
}

#[test]
fn every_array_agrees_with_mujoco() {
    for golden in all() {
        let ours = golden.ours.as_object().expect("an object");
        let mut compared = 0;
        // MuJoCo makes no motors of a URDF.
        let is_ours =
            |name: &str| golden.name.ends_with("urdf") && (name.starts_with("act") || name == "nu");
        for name in ours.keys().filter(|name| *name != "body_iquat" && *name != "opt") {
            if !is_ours(name) && golden.theirs.get(name).is_some() {
                same(&golden, name);
                compared += 1;
            }
        }
        assert!(compared > 80, "{} has {compared} arrays", golden.name);
    }
}

#[test]
fn options_agree_with_mujoco() {
    for golden in all() {
        for (name, value) in golden.ours["opt"].as_object().expect("an object") {
            let theirs = &golden.theirs["opt"][name];
            if value.is_string() {
                assert_eq!(value, theirs, "{} {name}", golden.name);
            } else {
                assert_eq!(numbers(value), numbers(theirs), "{} {name}", golden.name);
            }
        }
    }
}

/// Principal axes of equal moments are free, so whole tensors are compared.
#[test]
fn inertias_agree_with_mujoco() {
    for golden in all() {
        let tensors = |values: &Value| -> Vec<Vec<f64>> {
            let quats = rows(&values["body_iquat"]);
            let moments = rows(&values["body_inertia"]);
            let tensor = |(quat, moments): (&Vec<f64>, &Vec<f64>)| {
                let axes = quat_to_mat([quat[0], quat[1], quat[2], quat[3]]);
                let scaled = axes.map(|row| [0, 1, 2].map(|k| row[k] * moments[k]));
                mat_mul(scaled, transpose(axes)).concat()
            };
            quats.iter().zip(&moments).map(tensor).collect()
        };
        for (ours, theirs) in tensors(&golden.ours).iter().zip(tensors(&golden.theirs)) {
            let scale = theirs[0] + theirs[4] + theirs[8];
            for (a, b) in ours.iter().zip(&theirs) {
                assert!(
                    (a - b).abs() <= (TOLERANCE + golden.rounding()) * scale,
                    "{}: {ours:?}",
                    golden.name
                );
            }
        }
    }
}

/// Every contact that MuJoCo found in random states is in our list, with its parameters.
#[test]
fn contacts_agree_with_mujoco() {
    let mut seen = 0;
    for golden in all() {
        let fields = ["pair_geoms", "pair_condim", "pair_friction", "pair_solref"];
        let more = ["pair_solreffriction", "pair_solimp"];
        let columns: Vec<Vec<Vec<f64>>> =
            fields.iter().chain(&more).map(|name| rows(&golden.ours[*name])).collect();
        for contact in rows(&golden.theirs["contacts"]) {
            seen += 1;
            let found = columns[0].iter().position(|geoms| geoms[..] == contact[..2]);
            let found = found.unwrap_or_else(|| panic!("{}: {contact:?}", golden.name));
            let ours: Vec<f64> = columns.iter().flat_map(|rows| rows[found].clone()).collect();
            assert_eq!(ours.len(), contact.len(), "{}", golden.name);
            for (a, b) in ours.iter().zip(&contact) {
                assert!(
                    (a - b).abs() <= TOLERANCE * b.abs(),
                    "{}: {ours:?} {contact:?}",
                    golden.name
                );
            }
        }
    }
    assert!(seen > 50, "{seen} contacts");
}

#[test]
fn the_shipped_scenes_load_without_a_warning() {
    let folders = std::fs::read_dir(root().join("scenes"))
        .expect("scenes")
        .map(|it| it.expect("readable").path());
    let files = folders.filter(|path| path.is_dir()).map(|folder| {
        let mut files =
            std::fs::read_dir(folder).expect("files").map(|it| it.expect("readable").path());
        files.find(|file| file.extension().is_some_and(|it| it == "xml")).expect("a model")
    });
    let files: Vec<PathBuf> = files.collect();
    assert!(files.len() >= 11, "{files:?}");
    for file in files {
        let (model, diagnostics) = load_mjcf(&file);
        let is_note = |it: &crate::diagnostic::Diagnostic| it.severity == Severity::Note;
        assert!(model.is_some() && diagnostics.iter().all(is_note), "{diagnostics:?}");
    }
    for name in ["cartpole", "cartpole_v1"] {
        let (model, diagnostics) = load_mjcf(&root().join(format!("scenes/{name}/{name}.xml")));
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        let model = model.expect("no error");
        assert_eq!((model.nq, model.nv, model.nu), (2, 2, 1));
        assert_eq!(model.joint_id("slider"), Some(0));
        assert_eq!(model.actuator_id("push"), Some(0));
        assert_eq!(model.body_id("pole"), Some(2));
        assert!(model.geom_id("floor").is_some() && model.keyframe("home").is_none());
    }
}

#[test]
fn a_note_is_no_error() {
    let text = r#"<mujoco><option solver="CG"/><worldbody><camera/><camera/><light/></worldbody></mujoco>"#;
    let (model, diagnostics) = super::parse_mjcf(text, Path::new(""));
    assert!(model.is_some());
    assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
    assert!(diagnostics.iter().all(|it| it.severity == Severity::Note));
}

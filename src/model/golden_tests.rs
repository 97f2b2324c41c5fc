//! The compiled models against MuJoCo's, number for number (`tests/golden/*.json`).

use std::path::Path;

use serde_json::Value;

use super::frames::{mat_mul, quat_to_mat, transpose};
use super::types::{Integrator, JointType, Model, Quat, Vec3};
use super::{Severity, load_mjcf};

/// Both sides compute in f64 with formulas that differ in the order of operations only.
const TOLERANCE: f64 = 1e-10;

struct Golden {
    name: &'static str,
    model: Model,
    constants: Value,
}

const NAMES: [&str; 9] = [
    "cartpole",
    "cartpole_v1",
    "double_pendulum",
    "double_pendulum_euler",
    "arm6",
    "arm6_rk4",
    "compiler",
    "from_geoms",
    "sliders",
];

fn all() -> impl Iterator<Item = Golden> {
    NAMES.into_iter().map(|name| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let path = root.join(format!("tests/golden/{name}.json"));
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let mut json: Value = serde_json::from_str(&text).expect("golden data is JSON");
        let file = root.join(json["model"].as_str().expect("a path"));
        let (model, diagnostics) = load_mjcf(&file);
        let errors: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
        Golden {
            name,
            model: model.unwrap_or_else(|| panic!("{name}: {errors:#?}")),
            constants: json["constants"].take(),
        }
    })
}

impl Golden {
    /// All the numbers of a field, whatever its shape; true is 1.
    fn numbers(&self, field: &str) -> Vec<f64> {
        let mut numbers = Vec::new();
        flatten(&self.constants[field], &mut numbers);
        numbers
    }

    fn same(&self, field: &str, ours: impl IntoIterator<Item = f64>) {
        let ours: Vec<f64> = ours.into_iter().collect();
        let theirs = self.numbers(field);
        assert_close(&format!("{} {field}", self.name), &ours, &theirs);
    }

    fn same_names<'a>(&self, field: &str, ours: impl IntoIterator<Item = &'a String>) {
        let theirs = self.constants[field].as_array().expect("names");
        let ours: Vec<&str> = ours.into_iter().map(String::as_str).collect();
        let theirs: Vec<&str> = theirs.iter().filter_map(Value::as_str).collect();
        assert_eq!(ours, theirs, "{} {field}", self.name);
    }
}

fn flatten(value: &Value, numbers: &mut Vec<f64>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| flatten(value, numbers)),
        Value::Bool(value) => numbers.push(f64::from(u8::from(*value))),
        value => numbers.push(value.as_f64().expect("a number")),
    }
}

fn assert_close(what: &str, ours: &[f64], theirs: &[f64]) {
    assert_eq!(ours.len(), theirs.len(), "{what}: {ours:?} {theirs:?}");
    for (a, b) in ours.iter().zip(theirs) {
        // Rotations leave rounding where there should be a zero, hence the absolute part.
        let allowed = TOLERANCE * a.abs().max(b.abs()) + 1e-14;
        assert!((a - b).abs() <= allowed, "{what}: {ours:?} {theirs:?}");
    }
}

fn index(index: Option<usize>) -> f64 {
    index.map_or(-1.0, |index| index as f64)
}

/// A quaternion and its opposite are one rotation.
fn assert_same_rotations(what: &str, ours: impl Iterator<Item = Quat>, theirs: &[f64]) {
    for (ours, theirs) in ours.zip(theirs.chunks_exact(4)) {
        let dot: f64 = ours.iter().zip(theirs).map(|(a, b)| a * b).sum();
        let close = ours.iter().zip(theirs).all(|(a, b)| (a - b * dot.signum()).abs() < TOLERANCE);
        assert!(close, "{what}: {ours:?} {theirs:?}");
    }
}

fn tensor(quat: Quat, moments: Vec3) -> Vec<f64> {
    let axes = quat_to_mat(quat);
    let scaled = axes.map(|row| [0, 1, 2].map(|k| row[k] * moments[k]));
    mat_mul(scaled, transpose(axes)).concat()
}

#[test]
fn options_agree_with_mujoco() {
    for golden in all() {
        let (opt, theirs) = (&golden.model.opt, &golden.constants["opt"]);
        let numbers = |field: &str| {
            let mut numbers = Vec::new();
            flatten(&theirs[field], &mut numbers);
            numbers
        };
        assert_close("timestep", &[opt.timestep], &numbers("timestep"));
        assert_close("gravity", &opt.gravity, &numbers("gravity"));
        assert_close("tolerance", &[opt.tolerance], &numbers("tolerance"));
        assert_close("ls_tolerance", &[opt.ls_tolerance], &numbers("ls_tolerance"));
        assert_eq!(theirs["iterations"], opt.iterations);
        assert_eq!(theirs["ls_iterations"], opt.ls_iterations);
        assert_eq!(theirs["eulerdamp"], opt.eulerdamp, "{}", golden.name);
        assert_eq!(theirs["refsafe"], opt.refsafe, "{}", golden.name);
        let integrator = match opt.integrator {
            Integrator::Euler => "EULER",
            Integrator::Rk4 => "RK4",
        };
        assert_eq!(theirs["integrator"], integrator, "{}", golden.name);
    }
}

#[test]
fn the_tree_agrees_with_mujoco() {
    for golden in all() {
        let model = &golden.model;
        assert_eq!(golden.constants["nq"], model.nq);
        assert_eq!(golden.constants["nv"], model.nv);
        assert_eq!(golden.constants["nu"], model.nu);
        let bodies = &model.bodies;
        golden.same_names("body_name", bodies.iter().map(|body| &body.name));
        golden.same_names("jnt_name", model.joints.iter().map(|joint| &joint.name));
        golden.same("body_parentid", bodies.iter().map(|body| body.parentid as f64));
        golden.same("body_rootid", bodies.iter().map(|body| body.rootid as f64));
        golden.same("body_jntnum", bodies.iter().map(|body| body.jntnum as f64));
        golden.same("body_dofnum", bodies.iter().map(|body| body.dofnum as f64));
        golden.same("body_pos", bodies.iter().flat_map(|body| body.pos));
        let theirs = golden.numbers("body_quat");
        assert_same_rotations(golden.name, bodies.iter().map(|body| body.quat), &theirs);
        // MuJoCo writes -1 where a body has none.
        let addresses = bodies.iter().map(|body| match body.jntnum {
            0 => -1.0,
            _ => body.jntadr as f64,
        });
        golden.same("body_jntadr", addresses.clone());
        golden.same("body_dofadr", addresses);
    }
}

#[test]
fn masses_agree_with_mujoco() {
    for golden in all() {
        let bodies = &golden.model.bodies;
        golden.same("body_mass", bodies.iter().map(|body| body.mass));
        golden.same("body_subtreemass", bodies.iter().map(|body| body.subtreemass));
        golden.same("body_ipos", bodies.iter().flat_map(|body| body.ipos));
        golden.same("body_inertia", bodies.iter().flat_map(|body| body.inertia));
        let iquat = golden.numbers("body_iquat");
        assert_same_rotations(golden.name, bodies.iter().map(|body| body.iquat), &iquat);
        let inertia = golden.numbers("body_inertia");
        for (body_idx, body) in bodies.iter().enumerate() {
            let quat = [0, 1, 2, 3].map(|k| iquat[4 * body_idx + k]);
            let moments = [0, 1, 2].map(|k| inertia[3 * body_idx + k]);
            let theirs = tensor(quat, moments);
            // Entries off the diagonal may cancel: the whole tensor gives the scale.
            for (a, b) in tensor(body.iquat, body.inertia).iter().zip(&theirs) {
                let scale = moments.iter().sum::<f64>();
                let what = (golden.name, &body.name);
                assert!((a - b).abs() <= TOLERANCE * scale, "{what:?}");
            }
        }
    }
}

#[test]
fn joints_agree_with_mujoco() {
    for golden in all() {
        let (joints, dofs) = (&golden.model.joints, &golden.model.dofs);
        golden.same(
            "jnt_type",
            joints.iter().map(|joint| match joint.jnt_type {
                JointType::Slide => 2.0,
                JointType::Hinge => 3.0,
            }),
        );
        golden.same("jnt_bodyid", joints.iter().map(|joint| joint.bodyid as f64));
        golden.same("jnt_qposadr", joints.iter().map(|joint| joint.qposadr as f64));
        golden.same("jnt_dofadr", joints.iter().map(|joint| joint.dofadr as f64));
        golden.same("jnt_pos", joints.iter().flat_map(|joint| joint.pos));
        golden.same("jnt_axis", joints.iter().flat_map(|joint| joint.axis));
        golden.same("jnt_stiffness", joints.iter().map(|joint| joint.stiffness));
        golden.same("jnt_limited", joints.iter().map(|joint| f64::from(u8::from(joint.limited))));
        golden.same("jnt_range", joints.iter().flat_map(|joint| joint.range));
        golden.same("jnt_margin", joints.iter().map(|joint| joint.margin));
        golden.same("jnt_solref", joints.iter().flat_map(|joint| joint.solref_limit));
        golden.same("jnt_solimp", joints.iter().flat_map(|joint| joint.solimp_limit));
        golden.same("dof_bodyid", dofs.iter().map(|dof| dof.bodyid as f64));
        golden.same("dof_jntid", dofs.iter().map(|dof| dof.jntid as f64));
        golden.same("dof_parentid", dofs.iter().map(|dof| index(dof.parentid)));
        golden.same("dof_armature", dofs.iter().map(|dof| dof.armature));
        golden.same("dof_damping", dofs.iter().map(|dof| dof.damping));
        golden.same("qpos0", golden.model.qpos0.iter().copied());
        golden.same("qpos_spring", golden.model.qpos_spring.iter().copied());
    }
}

#[test]
fn constants_of_the_reference_position_agree_with_mujoco() {
    for golden in all() {
        let model = &golden.model;
        golden.same("dof_invweight0", model.dofs.iter().map(|dof| dof.invweight0));
        golden.same("body_invweight0", model.bodies.iter().flat_map(|body| body.invweight0));
        golden.same("meaninertia", [model.meaninertia]);
    }
}

#[test]
fn geoms_agree_with_mujoco() {
    for golden in all() {
        let geoms = &golden.model.geoms;
        golden.same_names("geom_name", geoms.iter().map(|geom| &geom.name));
        golden.same("geom_bodyid", geoms.iter().map(|geom| geom.bodyid as f64));
        golden.same("geom_size", geoms.iter().flat_map(|geom| geom.size));
        golden.same("geom_pos", geoms.iter().flat_map(|geom| geom.pos));
        let quats = golden.numbers("geom_quat");
        assert_same_rotations(golden.name, geoms.iter().map(|geom| geom.quat), &quats);
        golden.same("geom_contype", geoms.iter().map(|geom| f64::from(geom.contype)));
        golden.same("geom_conaffinity", geoms.iter().map(|geom| f64::from(geom.conaffinity)));
        // Colours are f32 on both sides, and written as f64 by the generator.
        golden.same("geom_rgba", geoms.iter().flat_map(|geom| geom.rgba.map(f64::from)));
        for (geom, theirs) in
            geoms.iter().zip(golden.constants["geom_type"].as_array().expect("types"))
        {
            let ours = format!("{:?}", geom.geom_type).to_lowercase();
            assert_eq!(theirs, ours.as_str());
        }
    }
}

#[test]
fn motors_and_keyframes_agree_with_mujoco() {
    for golden in all() {
        let model = &golden.model;
        let actuators = &model.actuators;
        golden.same_names("actuator_name", actuators.iter().map(|actuator| &actuator.name));
        golden.same("actuator_jntid", actuators.iter().map(|actuator| actuator.jntid as f64));
        golden.same("actuator_gear", actuators.iter().map(|actuator| actuator.gear));
        for (limited, range, ours) in [
            (
                "actuator_ctrllimited",
                "actuator_ctrlrange",
                actuators.iter().map(|it| it.ctrlrange).collect::<Vec<_>>(),
            ),
            (
                "actuator_forcelimited",
                "actuator_forcerange",
                actuators.iter().map(|it| it.forcerange).collect(),
            ),
        ] {
            golden.same(limited, ours.iter().map(|range| f64::from(u8::from(range.is_some()))));
            let theirs = golden.numbers(range);
            for (ours, theirs) in ours.iter().zip(theirs.chunks_exact(2)) {
                assert_close(range, ours.as_ref().map_or(theirs, |ours| ours), theirs);
            }
        }
        let keys = &model.keyframes;
        golden.same_names("key_name", keys.iter().map(|key| &key.name));
        golden.same("key_qpos", keys.iter().flat_map(|key| key.qpos.clone()));
        golden.same("key_qvel", keys.iter().flat_map(|key| key.qvel.clone()));
        golden.same("key_ctrl", keys.iter().flat_map(|key| key.ctrl.clone()));
    }
}

#[test]
fn the_shipped_scenes_load_without_a_diagnostic() {
    for name in ["cartpole", "cartpole_v1"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let (model, diagnostics) = load_mjcf(&root.join(format!("scenes/{name}/{name}.xml")));
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
    let text =
        r#"<mujoco><option solver="CG"/><worldbody><site/><site/><light/></worldbody></mujoco>"#;
    let (model, diagnostics) = super::parse_mjcf(text, Path::new(""));
    assert!(model.is_some());
    assert_eq!(diagnostics.len(), 3);
    assert!(diagnostics.iter().all(|it| it.severity == Severity::Note));
}
